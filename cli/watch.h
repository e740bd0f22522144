/* watch: a page on this machine that shows a training's curves while it runs.
 * SPDX-License-Identifier: MIT */
#ifndef WATCH_H
#define WATCH_H

#include "inkling.h"

struct job;
struct watch;

/* Serves the page at 127.0.0.1 and prints its address; *out is NULL after a failure. text is the port, as it was given. Returns the
 * exit code. */
int watch_begin(const struct job *job, const char *text, struct watch **out);

/* How it goes; watch may be NULL, here and below. */
void watch_progress(struct watch *watch, const ink_progress *now);

/* Lets pages that are open get the end, if there are any, for two seconds at most; then stops. run may be NULL. */
void watch_end(struct watch *watch, const ink_run *run);

#endif
