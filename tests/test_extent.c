/* test_extent: how far values reach, of bytes as of the same values as floats.
 * SPDX-License-Identifier: MIT */
#include "data/extent.h"
#include "net_help.h"

#include <stdlib.h>

enum { ROWS = 3, MOST = 5000 };

static struct inki_extent measured(struct fixture *f, const ink_rows *rows)
{
    struct inki_extent extent;
    ink_data *data;
    net_ok(f, ink_data_wrap(f->ctx, rows, &data));
    net_ok(f, inki_extent_measure(f->ctx, data, &extent));
    ink_data_free(data);
    return extent;
}

static void check_width(struct fixture *f, const uint8_t *bytes, const float *floats, size_t features)
{
    ink_rows rows = INK_INIT(ink_rows);
    rows.rows = ROWS;
    rows.features = features;
    rows.bytes = bytes;
    struct inki_extent of_bytes = measured(f, &rows);
    rows.bytes = NULL;
    rows.floats = floats;
    struct inki_extent of_floats = measured(f, &rows);
    double sum = 0, low = 255, high = 0;
    for (size_t i = 0; i < ROWS * features; i++) {
        sum += bytes[i];
        low = bytes[i] < low ? bytes[i] : low;
        high = bytes[i] > high ? bytes[i] : high;
    }
    net_near(of_bytes.mean, sum / (double)(ROWS * features), 1e-12);
    net_near(of_floats.mean, of_bytes.mean, 1e-12);
    assert_true(of_bytes.low == low && of_bytes.high == high && of_floats.low == low && of_floats.high == high);
    inki_extent_free(&of_bytes);
    inki_extent_free(&of_floats);
}

/* Sums are made in blocks: rows shorter, longer and just as long as one, of any bytes and of the largest only. */
static void bytes_are_like_floats(void **state)
{
    static const size_t widths[] = {1, 15, 255, 256, 257, 511, 512, 784, MOST};
    uint8_t *bytes = malloc(ROWS * MOST);
    float *floats = malloc(ROWS * MOST * sizeof *floats);
    for (int full = 0; full < 2; full++) {
        for (size_t i = 0; i < (size_t)ROWS * MOST; i++)
            floats[i] = bytes[i] = (uint8_t)(full ? 255 : 7 + i * 31 % 240);
        for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) check_width(*state, bytes, floats, widths[w]);
    }
    free(bytes);
    free(floats);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bytes_are_like_floats, help_begin, help_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
