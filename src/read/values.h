/* values: numbers that a reader finds one after another, kept as bytes for as long as all of them are whole and 0..255.
 * SPDX-License-Identifier: MIT
 *
 * The same rows read from a table, an ARFF file or a pickle of any number type become the same data, and pixels cost one
 * byte each. The first value that is no byte turns what is there into floats. */
#ifndef INKI_VALUES_H
#define INKI_VALUES_H

#include "data/data.h"

#include <math.h>

struct inki_values {
    ink_ctx *ctx;
    uint8_t *bytes;     /* one of the two, [room], or none yet */
    float *floats;      /* NULL while all values are bytes */
    size_t count, room; /* in values */
};

/* Room for `more` values after those that are there. Errors: NO_MEMORY. */
ink_status inki_values_reserve(struct inki_values *values, size_t more);

/* The slow part of put: makes room, or turns bytes into floats. Errors: BAD_DATA for a number that a float cannot hold
 * (the message says only that: the caller names the place by asking inki_is_value before), NO_MEMORY. */
ink_status inki_values_put_any(struct inki_values *values, double value);

/* Whether a 32-bit float holds the number: finite, and nearer to the largest float than to the next power of two (so that
 * 3.4028235e+38, as the largest is written, can be read back). */
static inline bool inki_is_value(double value) { return fabs(value) < 0x1.ffffffp127; } /* false for NaN */

static inline ink_status inki_values_put(struct inki_values *values, double value)
{
    if (values->count < values->room && values->bytes && value >= 0 && value <= 255) {
        uint8_t byte = (uint8_t)value;
        if ((double)byte == value) {
            values->bytes[values->count++] = byte;
            return INK_OK;
        }
    }
    return inki_values_put_any(values, value);
}

/* A gap (NaN), or a value beyond all numbers (infinity): then all are floats. Errors: NO_MEMORY. */
ink_status inki_values_put_special(struct inki_values *values, float value);

/* The data takes the values over as its rows: dims as inki_data_set_shape, their product is values->count. Errors: as
 * there. */
ink_status inki_values_give(struct inki_values *values, ink_data *data, const size_t *dims, size_t rank,
                            const char *where);

void inki_values_free(struct inki_values *values);

#endif
