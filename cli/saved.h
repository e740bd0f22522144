/* saved: the model file that a command writes: what it replaces, and where it goes when there is no room for it.
 * SPDX-License-Identifier: MIT */
#ifndef SAVED_H
#define SAVED_H

#include "cli.h"

struct saved {
    char path[4200];   /* where the model is; "": nowhere */
    char replaced[96]; /* "a model of 98.47 %, test accuracy", or "" */
};

/* Says before long work what is at `path` already and will be replaced. */
void saved_announce(const struct job *job, const char *path);

/* Writes the model to `path`, or where that fails for want of room (a full disk, a folder that has gone) to the first place that takes
 * it, beside other files there, and says so. Returns the exit code: that of a failure also when the model is kept elsewhere. */
int saved_write(const struct job *job, const ink_model *model, const char *path, struct saved *out);

/* The same for what a failed training left, which never replaces a model: "a.safetensors" becomes "a.diverged.safetensors" if it is
 * there. */
int saved_write_failed(const struct job *job, const ink_model *model, const char *path, struct saved *out);

/* "a.safetensors (replaces a model of 98.47 %, test accuracy)" */
const char *saved_text(const struct saved *saved, char text[4400]);

#endif
