/* taken: rows of data as the layers of a plain network take them.
 * SPDX-License-Identifier: MIT */
#include "out/taken.h"

#include <string.h>

size_t inki_taken_room(const ink_model *model)
{
    return model->encoding
               ? model->features * sizeof(float) + model->encoding->most_nonzero * sizeof(struct inki_nonzero)
               : 1;
}

void inki_take_row(const ink_model *model, const ink_data *data, size_t row, void *room, float *x)
{
    const struct inki_encoding *encoding = model->encoding;
    if (!encoding) {
        ink_data_row(data, row, x);
        return;
    }
    struct inki_nonzero *nonzero = room;
    float *raw = (float *)(void *)(nonzero + encoding->most_nonzero);
    ink_data_row(data, row, raw);
    const size_t count = inki_encode_row(encoding, model->w + model->nodes[0].offset, raw, false, nonzero);
    memset(x, 0, encoding->inputs * sizeof *x);
    for (size_t i = 0; i < count; i++) x[nonzero[i].at] = nonzero[i].value;
}
