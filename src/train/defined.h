/* defined: whether rows have what a score is made of.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_DEFINED_H
#define INKI_DEFINED_H

#include "data/data.h"
#include "model/loss.h"

/* Why a score of the loss is no number on these rows: "have one class only"; NULL if it is one. */
const char *inki_score_undefined(const struct inki_loss *loss, size_t score, const ink_data *data);

#endif
