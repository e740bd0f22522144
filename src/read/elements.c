/* elements: NumPy's types of numbers, one at a time and in lines.
 * SPDX-License-Identifier: MIT
 *
 * Each type has one function that decodes an element; the loops over lines are made from it, once for each byte order, so
 * that the compiler sees plain loads. */
#include "base/little.h"
#include "read/array.h"
#include "read/values.h"

#include <string.h>

bool inki_is_little_endian(void) { return !INKI_BIG_ENDIAN; }

/* A number of `size` bytes, low byte first. */
static inline uint64_t load_bits(const uint8_t *at, size_t size, bool big_endian)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < size; i++) bits |= (uint64_t)at[big_endian ? size - 1 - i : i] << 8 * i;
    return bits;
}

#define INTEGER(name, type)                                                                                            \
    static inline double decode_##name(const uint8_t *at, bool big_endian)                                             \
    {                                                                                                                  \
        return (double)(type)load_bits(at, sizeof(type), big_endian);                                                  \
    }

INTEGER(u1, uint8_t)
INTEGER(i1, int8_t)
INTEGER(u2, uint16_t)
INTEGER(i2, int16_t)
INTEGER(u4, uint32_t)
INTEGER(i4, int32_t)
INTEGER(u8, uint64_t)
INTEGER(i8, int64_t)

static inline double decode_b1(const uint8_t *at, bool big_endian)
{
    (void)big_endian;
    return *at != 0;
}

/* IEEE half: 1 bit sign, 5 bits exponent, 10 bits fraction. */
static inline double decode_f2(const uint8_t *at, bool big_endian)
{
    unsigned bits = (unsigned)load_bits(at, 2, big_endian);
    int exponent = (int)(bits >> 10 & 31), fraction = (int)(bits & 1023);
    double size;
    if (exponent == 31)
        size = fraction ? (double)NAN : (double)INFINITY;
    else
        size = exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);
    return bits >> 15 ? -size : size;
}

static inline double decode_f4(const uint8_t *at, bool big_endian)
{
    uint32_t bits = (uint32_t)load_bits(at, 4, big_endian);
    float value;
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

static inline double decode_f8(const uint8_t *at, bool big_endian)
{
    uint64_t bits = load_bits(at, 8, big_endian);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline bool is_byte(double value) { return value >= 0 && value <= 255 && value == (double)(uint8_t)value; }

/* The loop of one type, byte order and target; `to` may be NULL. */
#define LOOP(name, big_endian, fits, type)                                                                             \
    for (; i < line.count; i++, at += line.stride) {                                                                   \
        double value = decode_##name(at, big_endian);                                                                  \
        if (!fits(value)) break;                                                                                       \
        if (to) to[i] = (type)value;                                                                                   \
    }

#define LINES(name)                                                                                                    \
    static size_t bytes_##name(struct inki_line line, bool big_endian, uint8_t *to)                                    \
    {                                                                                                                  \
        const uint8_t *at = line.at;                                                                                   \
        size_t i = 0;                                                                                                  \
        if (big_endian)                                                                                                \
            LOOP(name, true, is_byte, uint8_t)                                                                         \
        else                                                                                                           \
            LOOP(name, false, is_byte, uint8_t)                                                                        \
        return i;                                                                                                      \
    }                                                                                                                  \
    static size_t floats_##name(struct inki_line line, bool big_endian, float *to)                                     \
    {                                                                                                                  \
        const uint8_t *at = line.at;                                                                                   \
        size_t i = 0;                                                                                                  \
        if (big_endian)                                                                                                \
            LOOP(name, true, inki_is_value, float)                                                                     \
        else                                                                                                           \
            LOOP(name, false, inki_is_value, float)                                                                    \
        return i;                                                                                                      \
    }

LINES(u1)
LINES(i1)
LINES(u2)
LINES(i2)
LINES(u4)
LINES(i4)
LINES(u8)
LINES(i8)
LINES(b1)
LINES(f2)
LINES(f4)
LINES(f8)

#define ROW(name, size)                                                                                                \
    {                                                                                                                  \
#name, size, decode_##name, bytes_##name, floats_##name                                                        \
    }

static const struct inki_element elements[] = {
    ROW(u1, 1), ROW(f4, 4), ROW(f8, 8), ROW(b1, 1), ROW(i1, 1), ROW(u2, 2),
    ROW(i2, 2), ROW(u4, 4), ROW(i4, 4), ROW(u8, 8), ROW(i8, 8), ROW(f2, 2),
};

const struct inki_element *inki_element_find(const char *name)
{
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++) {
        if (strcmp(elements[i].name, name) == 0) return &elements[i];
    }
    return NULL;
}
