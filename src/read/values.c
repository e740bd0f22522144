/* values: bytes as long as possible, then floats.
 * SPDX-License-Identifier: MIT */
#include "read/values.h"

#include "base/mem.h"

#include <assert.h>

enum { FIRST_ROOM = 4096 };

ink_status inki_values_reserve(struct inki_values *values, size_t more)
{
    if (values->room - values->count >= more && values->room > 0) return INK_OK;
    size_t room = values->room + values->room / 2;
    if (room < values->count + more) room = values->count + more;
    if (room < FIRST_ROOM) room = FIRST_ROOM;
    size_t size = values->floats ? sizeof *values->floats : 1;
    void *block = values->floats ? (void *)values->floats : values->bytes;
    block = inki_grow(values->ctx, block, values->count, room, size);
    if (!block) return INK_NO_MEMORY;
    values->room = room;
    if (values->floats)
        values->floats = block;
    else
        values->bytes = block;
    return INK_OK;
}

static ink_status turn_to_floats(struct inki_values *values)
{
    float *floats = inki_alloc(values->ctx, values->room, sizeof *floats);
    if (!floats) return INK_NO_MEMORY;
    for (size_t i = 0; i < values->count; i++) floats[i] = (float)values->bytes[i];
    inki_free(values->bytes);
    values->bytes = NULL;
    values->floats = floats;
    return INK_OK;
}

static bool is_byte(double value) { return value >= 0 && value <= 255 && value == (double)(uint8_t)value; }

ink_status inki_values_put_any(struct inki_values *values, double value)
{
    if (!inki_is_value(value))
        return inki_fail(values->ctx, INK_BAD_DATA, "%g is not a number that a 32-bit float holds", value);
    INK_TRY(inki_values_reserve(values, 1));
    if (!values->floats && !is_byte(value)) INK_TRY(turn_to_floats(values));
    if (values->floats)
        values->floats[values->count++] = (float)value;
    else
        values->bytes[values->count++] = (uint8_t)value;
    return INK_OK;
}

ink_status inki_values_put_special(struct inki_values *values, float value)
{
    INK_TRY(inki_values_reserve(values, 1));
    if (!values->floats) INK_TRY(turn_to_floats(values));
    values->floats[values->count++] = value;
    return INK_OK;
}

ink_status inki_values_give(struct inki_values *values, ink_data *data, const size_t *dims, size_t rank,
                            const char *where)
{
    data->bytes = values->bytes;
    data->floats = values->floats;
    data->block = (struct inki_bytes){.data = values->floats ? (void *)values->floats : values->bytes};
    values->bytes = NULL;
    values->floats = NULL;
    INK_TRY(inki_data_set_shape(values->ctx, data, dims, rank, where));
    assert(data->rows * data->features == values->count);
    return INK_OK;
}

void inki_values_free(struct inki_values *values)
{
    inki_free(values->bytes);
    inki_free(values->floats);
    *values = (struct inki_values){.ctx = values->ctx};
}
