/* reading: what a network reads in an image of many signs.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_READING_H
#define INKI_READING_H

#include "base/text.h"
#include "image/pieces.h"
#include "model/model.h"

/* A digit that was read. */
struct inki_reading_digit {
    struct inki_area area;
    size_t line, class_index;
    double p;
};

struct ink_reading {
    ink_ctx *ctx;
    const ink_model *model;
    size_t height, width, features, classes;
    double black, white;
    ink_pieces *pieces; /* NULL: the image was of the model's size, and one digit */
    size_t count, room;
    struct inki_reading_digit *digits; /* [count] */
    float *x;                          /* [count][features] */
    float *known;                      /* [count], NULL: the model cannot tell */
    struct inki_str text;
};

#endif
