/* write_numbers: classes as numbers: their own where their names are numbers, else their places.
 * SPDX-License-Identifier: MIT */
#include "read/write.h"

#include "base/mem.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A class' name as the number that it plainly is: "7", "-1", but not "07" or "7.0". */
static bool number_of(const char *name, int32_t *out)
{
    char again[16];
    double value;
    if (!inki_parse_real(name, &value) || !(value >= INT32_MIN && value <= INT32_MAX) || value != floor(value))
        return false;
    *out = (int32_t)value;
    snprintf(again, sizeof again, "%d", (int)*out);
    return strcmp(again, name) == 0;
}

/* Readers keep numbers from 0 as they are, up to the largest, and number others in increasing order: is that what is here? */
static bool come_back(const ink_data *data, const int32_t *values, const bool *there)
{
    size_t classes = data->classes;
    if (values[0] != 0) {
        for (size_t c = 0; c < classes; c++) {
            if (!there[c] || (c > 0 && values[c] <= values[c - 1])) return false;
        }
        return true;
    }
    for (size_t c = 0; c < classes; c++) {
        if (values[c] != (int32_t)c) return false;
    }
    return there[0] && there[classes - 1];
}

ink_status inki_numbers_of(ink_ctx *ctx, const ink_data *data, struct inki_numbers *out)
{
    *out = (struct inki_numbers){.own = true};
    if (!data->labels) return INK_OK;
    out->values = inki_alloc(ctx, data->classes, sizeof *out->values);
    bool *there = inki_zalloc(ctx, data->classes, sizeof *there);
    if (!out->values || !there) {
        inki_free(out->values);
        inki_free(there);
        return INK_NO_MEMORY;
    }
    for (size_t i = 0; i < data->rows; i++) there[inki_data_label(data, i)] = true;
    for (size_t c = 0; c < data->classes && out->own; c++) out->own = number_of(data->class_names[c], &out->values[c]);
    out->come_back = out->own && come_back(data, out->values, there);
    for (size_t c = 0; c < data->classes && !out->own; c++) out->values[c] = (int32_t)c;
    inki_free(there);
    return INK_OK;
}
