/* test_schema: a model's columns from its metadata, texts as raw values; tables in memory; tables written and read back.
 * SPDX-License-Identifier: MIT */
#include "table_help.h"

#include "inkling-extra.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char table[] =
    "when,sex,age,y\n13/2/2021,male,22,0\n1/3/2021,female,,1\n4/4/2020,male,40,0\n5/4/2020,,31,1\n"
    "6/4/2020,female,35.5,0\n7/5/2021,male,12,1\n";

static ink_model *train(const struct fixture *f, const ink_data *data)
{
    ink_model *model;
    ink_run *run;
    help_set(f, "val", "0");
    help_set(f, "hidden", "4");
    help_set(f, "epochs", "1");
    assert_int_equal(ink_train(f->ctx, data, f->set, NULL, &model, &run), INK_OK);
    ink_run_free(run);
    return model;
}

/* The columns of a model are the file's, and a row's texts become what reading the file gives. */
static void columns_of_a_model(void **state)
{
    const struct fixture *f = *state;
    help_set(f, "label-column", "y");
    ink_data *data = help_load(f, table_write(f, "t.csv", table));
    ink_model *model = train(f, data);
    ink_schema *schema;
    ink_known_column column = INK_INIT(ink_known_column);
    float row[8], expected[8];
    assert_int_equal(ink_schema_new(f->ctx, model, &schema), INK_OK);
    assert_int_equal(ink_schema_count(schema), 3);
    assert_true(ink_schema_column(schema, 0, &column));
    assert_string_equal(column.name, "when");
    assert_string_equal(column.kind, "date");
    assert_true(column.first == 0 && column.values == 5 && !column.gaps);
    assert_true(ink_schema_column(schema, 1, &column));
    assert_string_equal(column.kind, "category");
    assert_true(column.words == 2 && column.gaps);
    assert_string_equal(ink_schema_word(schema, 1, 1), "female");
    assert_null(ink_schema_word(schema, 1, 2));
    assert_null(ink_schema_word(schema, 2, 0));
    assert_true(ink_schema_column(schema, 2, &column));
    assert_string_equal(column.kind, "number");
    assert_false(ink_schema_column(schema, 3, &column));
    assert_true(ink_schema_find(schema, "age") == 2 && ink_schema_find(schema, "Age") == 2);
    assert_true(ink_schema_find(schema, "ages") == SIZE_MAX);
    static const char *const texts[][3] = {{"13/2/2021", "male", "22"},
                                           {"1/3/2021", " female ", NULL},
                                           {"4/4/2020", "male", "40"},
                                           {"5/4/2020", "?", "31"}};
    for (size_t i = 0; i < COUNT(texts); i++) {
        ink_schema_clear(schema, row);
        for (size_t k = 0; k < 3; k++) assert_int_equal(ink_schema_put(f->ctx, schema, k, texts[i][k], row), INK_OK);
        ink_data_row(data, i, expected);
        for (size_t j = 0; j < data->features; j++)
            assert_true(row[j] == expected[j] || (isnan(row[j]) && isnan(expected[j])));
    }
    assert_int_equal(ink_schema_put(f->ctx, schema, 1, "other", row), INK_OK);
    assert_true(row[5] == -1);
    assert_int_equal(ink_schema_put(f->ctx, schema, 2, "old", row), INK_BAD_DATA);
    help_message_has(f, "column 'age': 'old' is not a number");
    assert_int_equal(ink_schema_put(f->ctx, schema, 0, "soon", row), INK_BAD_DATA);
    help_message_has(f, "column 'when': 'soon' is not a date");
    assert_int_equal(ink_schema_put(f->ctx, schema, 0, "", row), INK_OK);
    assert_true(isnan(row[0]) && isnan(row[4]));
    assert_int_equal(ink_schema_put(f->ctx, schema, 2, "-inf", row), INK_OK);
    assert_true(isinf(row[6]));
    assert_int_equal(ink_schema_put(f->ctx, schema, 3, "1", row), INK_BAD_ARGUMENT);
    ink_schema_free(schema);
    ink_schema_free(NULL);
    ink_model_free(model);
    ink_data_free(data);
}

/* Rows for a model have its numbers of words and its columns' order. */
static void rows_for_a_model(void **state)
{
    const struct fixture *f = *state;
    help_set(f, "label-column", "y");
    ink_data *data = help_load(f, table_write(f, "t.csv", table)), *rows;
    ink_model *model = train(f, data);
    help_set(f, "label-column", "auto");
    const char *path = table_write(f, "n.csv", "age,y,sex,when\n7,1,female,1/2/2021\n8,0,none of these,NA\n");
    assert_int_equal(ink_data_load_for(f->ctx, path, f->set, model, &rows), INK_OK);
    table_row_is(rows, 0, "2021 2 1 0 18659 1 7 1");
    table_row_is(rows, 1, "nan nan nan nan nan -1 8 0");
    ink_data_free(rows);
    path = table_write(f, "n.csv", "age,sex\n7,female\n");
    assert_int_equal(ink_data_load_for(f->ctx, path, f->set, model, &rows), INK_BAD_DATA);
    help_message_has(f, "n.csv: has no column 'when.year', which the model takes (2 of its 7 columns are there)");
    ink_model_free(model);
    ink_data_free(data);
}

static const char *const sexes[] = {"male", "female"};
static const char *const *const words[] = {NULL, sexes};
static const char *const names[] = {"age", "sex"};
static const size_t counts[] = {0, 2};

static void tables_in_memory(void **state)
{
    const struct fixture *f = *state;
    const float x[] = {22, 0, NAN, 1, INFINITY, NAN, 40, -1};
    const int32_t labels[] = {0, 1, 0, 1};
    ink_rows rows = INK_INIT(ink_rows);
    ink_columns columns = INK_INIT(ink_columns);
    ink_data *data;
    rows.rows = 4, rows.features = 2, rows.floats = x, rows.labels = labels, rows.classes = 2;
    columns.names = names, columns.words = words, columns.counts = counts;
    assert_int_equal(ink_data_wrap(f->ctx, &rows, &data), INK_BAD_DATA);
    assert_int_equal(ink_data_wrap_table(f->ctx, &rows, &columns, &data), INK_OK);
    assert_string_equal(data->columns[1], "sex");
    assert_int_equal(data->categories[0].count, 0);
    assert_string_equal(data->categories[1].words[1], "female");
    ink_model *model = train(f, data);
    ink_schema *schema;
    assert_int_equal(ink_schema_new(f->ctx, model, &schema), INK_OK);
    assert_string_equal(ink_schema_word(schema, ink_schema_find(schema, "sex"), 0), "male");
    ink_schema_free(schema);
    ink_model_free(model);
    ink_data_free(data);
    static const float bad[] = {0.5F, 2, -2, INFINITY};
    for (size_t i = 0; i < COUNT(bad); i++) {
        const float y[] = {1, bad[i]};
        rows.rows = 1, rows.floats = y;
        assert_int_equal(ink_data_wrap_table(f->ctx, &rows, &columns, &data), INK_BAD_DATA);
        help_message_has(f, "is none of its 2 words");
    }
    columns.words = NULL;
    assert_int_equal(ink_data_wrap_table(f->ctx, &rows, &columns, &data), INK_BAD_ARGUMENT);
    columns.counts = NULL;
    columns.names = NULL;
    rows.floats = x, rows.rows = 4;
    assert_int_equal(ink_data_wrap_table(f->ctx, &rows, &columns, &data), INK_OK);
    assert_true(!data->columns && !data->categories);
    ink_data_free(data);
}

/* What is written as CSV is read back as the same rows; other formats are refused by name. */
static void written(void **state)
{
    const struct fixture *f = *state;
    help_set(f, "label-column", "y");
    static const char *const texts[] = {
        "sex,age,y\nmale,22,0\nfemale,,1\n\"NA\",inf,0\n,3,1\n\" a, \"\"b\"\"\",-inf,0\n",
        "sex,age,y\nmale,22,0.5\nfemale,,1.5\n?,3,-2\n",
        "b,age,y\n1.5,22,0\n,,1\n0.25,7,1\n",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        ink_data *data = help_load(f, table_write(f, "t.csv", texts[i])), *again;
        const char *out = help_path(f, "out.csv");
        assert_int_equal(ink_data_save(f->ctx, data, out), INK_OK);
        help_set(f, "label-column", "first");
        again = help_load(f, out);
        assert_true(ink_data_fingerprint(again) == ink_data_fingerprint(data));
        ink_data_free(again);
        assert_int_equal(ink_data_save(f->ctx, data, help_path(f, "out.npz")), INK_UNSUPPORTED);
        help_message_has(f, "can be written as CSV alone");
        assert_int_equal(ink_data_save(f->ctx, data, help_path(f, "out.idx")), INK_UNSUPPORTED);
        ink_data_free(data);
        help_set(f, "label-column", "y");
    }
    help_set(f, "label-column", "none");
    ink_data *data = help_load(f, table_write(f, "t.csv", "a,c\n1,x\nNA,NA\n2,y\n")), *again;
    const char *out = help_path(f, "gaps.csv");
    assert_int_equal(ink_data_save(f->ctx, data, out), INK_OK);
    again = help_load(f, out);
    assert_int_equal(again->rows, 3);
    assert_true(ink_data_fingerprint(again) == ink_data_fingerprint(data));
    ink_data_free(again);
    ink_data_free(data);
}

static ink_status schema_once(struct fixture *f, void *arg)
{
    ink_schema *schema;
    ink_status status = ink_schema_new(f->ctx, arg, &schema);
    ink_schema_free(schema);
    return status;
}

static void without_memory(void **state)
{
    struct fixture *f = *state;
    help_set(f, "label-column", "y");
    ink_data *data = help_load(f, table_write(f, "t.csv", table));
    ink_model *model = train(f, data);
    assert_true(help_sweep(f, schema_once, model) > 4);
    ink_model_free(model);
    ink_data_free(data);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(columns_of_a_model), TEST(rows_for_a_model), TEST(tables_in_memory),
                                       TEST(written), TEST(without_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
