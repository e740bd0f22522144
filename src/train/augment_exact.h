/* augment_exact: what augment does pixel for pixel, without arithmetic on their values.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_AUGMENT_EXACT_H
#define INKI_AUGMENT_EXACT_H

#include "base/rng.h"
#include "train/augment.h"

/* The image at `from` into `to`, which do not overlap, mirrored and cropped as drawn. */
void inki_copy_crop(const struct inki_augment *augment, struct inki_rng *rng, const void *from, void *to);

/* A square of the image becomes 0. */
void inki_cut_out(const struct inki_augment *augment, struct inki_rng *rng, void *image);

#endif
