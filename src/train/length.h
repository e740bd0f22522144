/* length: how long to train on a small table, and how firmly to hold the weights: chosen by folds of its training rows.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_LENGTH_H
#define INKI_LENGTH_H

#include "data/data.h"

/* Trains on three folds of the rows in each of a few ways, from a short and firm one to a long and loose one and a linear model, and puts that of the
 * lowest mean loss on the rows left out into `own` (steps, l2, net, numbers), as far as the given settings `set` leave these open. A note says
 * which. Rows too few for folds leave `own` as it is. Errors: as ink_trainer_new. */
ink_status inki_length_choose(ink_ctx *ctx, const ink_data *train, const ink_settings *set, ink_settings *own);

#endif
