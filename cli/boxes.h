/* boxes: an image in the terminal, with a box around each digit.
 * SPDX-License-Identifier: MIT */
#ifndef BOXES_H
#define BOXES_H

#include "inkling-extra.h"

/* Draws on stdout what was read in the image: its ink, a box around each digit, the answer in the box's upper edge. */
void boxes_show(ink_ctx *ctx, const ink_model *model, const ink_image *image, const ink_reading *reading);

#endif
