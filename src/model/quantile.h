/* quantile: the loss of quantiles.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_QUANTILE_H
#define INKI_QUANTILE_H

#include "model/loss.h"

/* A row's parts: the mean pinball loss of its quantiles and the size of the middle one's error, in the targets' units, and how many targets
 * lie within their outer quantiles; each added up over targets. */
enum inki_quantile_part { INKI_PINBALL, INKI_MIDDLE_ERROR, INKI_COVERED, INKI_QUANTILE_PARTS };

/* The loss's run (Koenker & Bassett 1978): mean over outputs of q e where e = goal - z is above 0, else of (q - 1) e. */
void inki_run_quantile(const struct inki_loss_call *call);

#endif
