/* targets: numbers that rows are to be answered with.
 * SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "data/batch.h"

#include <stdio.h>
#include <string.h>

enum { NAME_ROOM = 28 };

/* Pointers and texts in one block. */
ink_status inki_data_name_targets(ink_ctx *ctx, ink_data *data, size_t count, char *const *names)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++) size += sizeof *names + (names ? strlen(names[i]) + 1 : NAME_ROOM);
    data->target_names = inki_alloc(ctx, size, 1);
    if (!data->target_names) return INK_NO_MEMORY;
    data->target_count = count;
    char *text = (char *)(data->target_names + count);
    for (size_t i = 0; i < count; i++) {
        data->target_names[i] = text;
        if (names)
            text = stpcpy(text, names[i]) + 1;
        else if (count == 1)
            text += snprintf(text, NAME_ROOM, "target") + 1;
        else
            text += snprintf(text, NAME_ROOM, "target%zu", i + 1) + 1;
    }
    return INK_OK;
}

void inki_data_target_means(const ink_data *data, double *mean)
{
    for (size_t j = 0; j < data->target_count; j++) mean[j] = 0;
    for (size_t i = 0; i < data->rows; i++) {
        const float *target = inki_data_targets(data, i);
        for (size_t j = 0; j < data->target_count; j++) mean[j] += (double)target[j];
    }
    for (size_t j = 0; j < data->target_count; j++) mean[j] /= (double)data->rows;
}

void inki_row_targets(const ink_data *data, const uint32_t *rows, size_t first, size_t count, float *targets)
{
    const size_t width = data->target_count;
    for (size_t i = 0; i < count; i++)
        memcpy(targets + i * width, inki_data_targets(data, rows ? rows[i] : first + i), width * sizeof *targets);
}
