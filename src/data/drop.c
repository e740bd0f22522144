/* drop: rows taken out of data that was read.
 * SPDX-License-Identifier: MIT */
#include "data/data.h"

#include "base/mem.h"

#include <string.h>

/* The values of the rows that stay, in a block of their own: that of the file may be mapped. */
static ink_status drop_values(ink_ctx *ctx, ink_data *data, const uint8_t *dropped, size_t left)
{
    const size_t size = data->features * (data->bytes ? 1 : sizeof(float));
    const uint8_t *from = data->bytes ? data->bytes : (const uint8_t *)data->floats;
    uint8_t *to = inki_alloc(ctx, left, size);
    if (!to) return INK_NO_MEMORY;
    for (size_t i = 0, k = 0; i < data->rows; i++)
        if (!dropped[i]) memcpy(to + k++ * size, from + i * size, size);
    inki_bytes_free(ctx, &data->block);
    data->block = (struct inki_bytes){.data = to, .size = left * size};
    if (data->bytes)
        data->bytes = to;
    else
        data->floats = (const float *)(void *)to;
    return INK_OK;
}

/* Row i of what every row has `size` bytes of, in place; NULL: there is no such. */
static void drop_part(void *rows, size_t size, size_t count, const uint8_t *dropped)
{
    char *at = rows;
    for (size_t i = 0, k = 0; rows && i < count; i++)
        if (!dropped[i]) memmove(at + k++ * size, at + i * size, size);
}

ink_status inki_data_drop(ink_ctx *ctx, ink_data *data, const uint8_t *dropped)
{
    size_t left = 0;
    for (size_t i = 0; i < data->rows; i++) left += !dropped[i];
    INK_TRY(drop_values(ctx, data, dropped, left));
    drop_part(data->labels, sizeof *data->labels, data->rows, dropped);
    drop_part(data->targets, data->target_count * sizeof *data->targets, data->rows, dropped);
    drop_part(data->weights, sizeof *data->weights, data->rows, dropped);
    if (data->ids) {
        drop_part(data->ids->begin, sizeof *data->ids->begin, data->rows, dropped);
        data->ids->count = left;
    }
    data->rows = left;
    return INK_OK;
}
