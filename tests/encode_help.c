/* encode_help: tables in memory and models that encode them.
 * SPDX-License-Identifier: MIT */
#include "encode_help.h"

#include <math.h>
#include <stdlib.h>

ink_data encode_table(size_t rows, size_t features, const float *x, struct inki_category *categories)
{
    return (ink_data){.rows = rows,
                      .features = features,
                      .height = 1,
                      .width = features,
                      .channels = 1,
                      .floats = x,
                      .categories = categories};
}

struct inki_encoding encode_fit(const struct fixture *f, const ink_data *data)
{
    struct inki_encoding encoding;
    net_ok(f, inki_encoding_fit(f->ctx, f->set, INKI_SCALE_AUTO, data, &encoding));
    return encoding;
}

ink_model *encode_model(const struct fixture *f, const struct inki_encoding *encoding, const char *notation)
{
    ink_model *model = NULL;
    struct inki_model_plan plan = {
        .notation = notation, .in = {1, encoding->column_count, 1, 0}, .classes = CLASSES, .encoding = encoding};
    net_ok(f, inki_model_begin(f->ctx, &plan, &model));
    net_ok(f, inki_model_init(f->ctx, model, f->set));
    return model;
}

char *encode_words[ENCODE_WORDS] = {"red", "green", "rare", "blue", "never"};

/* Rows of all kinds: a number, one with gaps, words, a flag, few integers. */
static struct inki_category mixed_categories[COLUMNS] = {
    {0}, {0}, {encode_words, ENCODE_WORDS}, {encode_words, 2}, {0}};

float *encode_rows(void)
{
    float *x = malloc(ROWS * COLUMNS * sizeof *x);
    net_values(11, ROWS * COLUMNS, -2, 2, x);
    for (size_t i = 0; i < ROWS; i++) {
        float *row = x + i * COLUMNS;
        if (i % 7 == 0) row[1] = gap;
        row[2] = i % 11 == 0 ? gap : (float)(i * 5 % 4);
        row[3] = (float)(i * 3 % 4 < 2);
        row[4] = (float)(i * 7 % 5);
    }
    return x;
}

ink_model *encode_mixed(const struct fixture *f, const float *x, const char *notation)
{
    ink_data data = encode_table(ROWS, COLUMNS, x, mixed_categories);
    struct inki_encoding encoding = encode_fit(f, &data);
    ink_model *model = encode_model(f, &encoding, notation);
    inki_encoding_end(&encoding);
    return model;
}
