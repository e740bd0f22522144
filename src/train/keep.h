/* keep: a run's history as one text of the model's metadata.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_KEEP_H
#define INKI_KEEP_H

#include "model/model.h"
#include "train/run.h"

enum { INKI_KEEP_ROWS = 400 };

/* Sets the metadata text "history": an object of lists, one value a row ("epoch", "step", "lr", and each score of the training
 * and validation rows, as "train_loss" and "val_accuracy"; null where there is none), with "kept" (the epoch whose weights the model has), "best" (the best
 * epoch, null where nothing was monitored), "epochs" (how many were done) and "ended". Of long histories about INKI_KEEP_ROWS
 * rows stay, evenly spaced, with the first, the last and the kept one among them; values have six digits. There are no times
 * in it: the same seed gives the same file. Errors: NO_MEMORY. */
ink_status inki_keep_history(ink_ctx *ctx, ink_model *model, const ink_run *run);

#endif
