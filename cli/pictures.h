/* pictures: image files as rows for a model.
 * SPDX-License-Identifier: MIT */
#ifndef PICTURES_H
#define PICTURES_H

#include "cli.h"

/* Rows made from files: x[count][height*width], as the model wants them. */
struct pictures {
    size_t count, height, width;
    char *const *paths;  /* [count] */
    float *x;            /* what the network gets */
    double black, white; /* the values of such pixels in it */
};

/* Whether the operands from the second on are images rather than DATA. */
bool pictures_are_given(const struct job *job);

/* Loads and prepares them, reporting what was done to each. Returns the exit code. */
int pictures_open(const struct job *job, const ink_model *model, struct pictures *out);
void pictures_close(struct pictures *pictures);

#endif
