/* each: all digits of an image as text.
 * SPDX-License-Identifier: MIT */
#ifndef EACH_H
#define EACH_H

#include "cli.h"

#include "inkling-extra.h"

#include <jansson.h>

/* Refuses flags that do not go with --each, or without. Returns the exit code. */
int each_check(const struct job *job);

/* What was read in an image: its text, digits and what was left out; path NULL: without "image". */
json_t *each_json(const ink_model *model, const ink_reading *reading, const char *path);

/* predict --each: reads the images that are given, and writes what is in them. Returns the exit code. */
int each_predict(const struct job *job, const ink_model *model);

#endif
