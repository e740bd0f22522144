/* score: what a network in integers answers, beside the float one.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_SCORE_H
#define INKI_SCORE_H

#include "out/quant.h"

/* Accuracy of both on labelled rows, and the share of equal answers, or the errors of numbers and how far they are apart, into the report. Errors: BAD_DATA (no labels, other
 * features or classes), NO_MEMORY. */
ink_status inki_score_both(ink_ctx *ctx, const ink_model *model, const struct inki_quant *quant, const ink_data *data,
                           ink_c_report *report);

/* Rows with what should be answered. */
struct inki_expect {
    ink_ctx *ctx;
    const ink_data *data;
    size_t rows, outputs;
    float *p;        /* [rows][outputs]: what the network that is exported answers: probabilities, or numbers */
    int32_t *labels; /* [rows] in the model's numbering, -1: unknown */
    float *known;    /* [rows], once inki_expect_known was called */
};

/* The first `most` rows; by the model itself, or by quant if it is not NULL. The data is borrowed. Errors: as above. */
ink_status inki_expect_begin(ink_ctx *ctx, const ink_model *model, const struct inki_quant *quant, const ink_data *data,
                             size_t most, struct inki_expect *out);
ink_status inki_expect_known(const ink_model *model, struct inki_expect *expect);
void inki_expect_end(struct inki_expect *expect);

#endif
