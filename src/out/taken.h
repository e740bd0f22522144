/* taken: rows of data as the layers of a plain network take them: raw, or the encoding's inputs.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_TAKEN_H
#define INKI_TAKEN_H

#include "data/data.h"
#include "model/model.h"

/* Values of a row as the layers take it. */
static inline size_t inki_taken_values(const ink_model *model)
{
    return model->encoding ? model->encoding->inputs : model->features;
}

/* Bytes of room that a row needs on its way. */
size_t inki_taken_room(const ink_model *model);

/* Row `row` into x[inki_taken_values]; room: that many bytes, for this call alone. */
void inki_take_row(const ink_model *model, const ink_data *data, size_t row, void *room, float *x);

#endif
