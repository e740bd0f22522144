/* each: all digits of an image as text.
 * SPDX-License-Identifier: MIT */
#ifndef EACH_H
#define EACH_H

#include "cli.h"

/* Refuses flags that do not go with --each, or without. Returns the exit code. */
int each_check(const struct job *job);

/* predict --each: reads the images that are given, and writes what is in them. Returns the exit code. */
int each_predict(const struct job *job, const ink_model *model);

#endif
