/* images: image files as rows for a model.
 * SPDX-License-Identifier: MIT */
#ifndef IMAGES_H
#define IMAGES_H

#include "cli.h"

/* Rows made from files: x[count][height*width], as the model wants them. */
struct images {
    size_t count, height, width;
    char *const *paths;  /* [count] */
    float *x;            /* what the network gets */
    double black, white; /* the values of such pixels in it */
};

/* Whether the operands from the second on are images rather than DATA. */
bool images_are_given(const struct job *job);

/* What they are to become for the model, without any of them. Returns the exit code. */
int images_plan(const struct job *job, const ink_model *model, struct images *out);

/* Says what is wrong with an image, with its file's name: the message of one without ink has none. Returns the exit code. */
int images_fail(const struct job *job, const char *path, ink_status status);

/* Loads and prepares them, reporting what was done to each. Returns the exit code. */
int images_open(const struct job *job, const ink_model *model, struct images *out);
void images_close(struct images *images);

#endif
