/* test_survey: what is reported about data, and each warning: it comes when it should, with its number, and only then.
 * SPDX-License-Identifier: MIT */
#include "data_help.h"

#include "base/rng.h"
#include "data/middle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 300, COLUMNS = 6, CLASSES = 3 };

struct table {
    float x[ROWS * COLUMNS];
    int32_t y[ROWS];
};

/* Heaps of three classes, as many rows each, nothing wrong with them. */
static struct table sound(uint32_t number)
{
    struct table table;
    struct inki_rng rng = inki_rng_begin(1, INKI_RNG_TEST, 900, number);
    for (size_t i = 0; i < ROWS; i++) {
        table.y[i] = (int32_t)(i % CLASSES);
        for (size_t j = 0; j < COLUMNS; j++)
            table.x[i * COLUMNS + j] = (float)(inki_rng_normal(&rng) + (j % CLASSES == i % CLASSES ? 3 : 0));
    }
    return table;
}

static ink_data *data_of(const struct fixture *f, const struct table *table, const int32_t *labels, size_t classes)
{
    ink_data *data;
    assert_int_equal(ink_data_new(f->ctx, ROWS, COLUMNS, table->x, labels, classes, &data), INK_OK);
    return data;
}

static const ink_finding *find(const ink_survey *survey, const char *kind)
{
    for (size_t i = 0; ink_survey_finding(survey, i); i++)
        if (strcmp(ink_survey_finding(survey, i)->kind, kind) == 0) return ink_survey_finding(survey, i);
    return NULL;
}

/* The only finding of a survey is of this kind ("" for none at all); its number, and its words. */
static void check(const struct fixture *f, const struct table *table, const struct table *other, const char *kind,
                  double number, const char *words)
{
    ink_survey *survey;
    ink_data *data = data_of(f, table, table->y, CLASSES);
    ink_data *beside = other ? data_of(f, other, other->y, CLASSES) : NULL;
    assert_int_equal(ink_data_survey(f->ctx, data, beside, &survey), INK_OK);
    for (size_t i = 0; ink_survey_finding(survey, i); i++)
        if (strcmp(ink_survey_finding(survey, i)->kind, kind) != 0)
            fail_msg("also found: %s", ink_survey_finding(survey, i)->text);
    const ink_finding *finding = find(survey, kind);
    assert_int_equal(finding != NULL, *kind != 0);
    if (finding) {
        if (number > 0 && finding->number != number) fail_msg("%g: %s", finding->number, finding->text);
        assert_true(finding->warning);
        if (!strstr(finding->text, words)) fail_msg("'%s' is not in: %s", words, finding->text);
    }
    ink_survey_free(survey);
    ink_data_free(beside);
    ink_data_free(data);
}

static void nothing_wrong(void **state)
{
    const struct fixture *f = *state;
    struct table table = sound(0), other = sound(1);
    check(f, &table, NULL, "", 0, "");
    check(f, &table, &other, "", 0, "");
}

static void facts(void **state)
{
    const struct fixture *f = *state;
    struct table table = sound(0);
    ink_survey *survey;
    for (size_t i = 0; i < ROWS; i++) table.x[i * COLUMNS] = i % 2 ? 3.0F : -1.0F;
    ink_data *data = data_of(f, &table, table.y, CLASSES);
    assert_int_equal(ink_data_survey(f->ctx, data, NULL, &survey), INK_OK);
    assert_int_equal(survey->rows, ROWS);
    assert_int_equal(survey->features, COLUMNS);
    assert_int_equal(survey->classes, CLASSES);
    for (size_t c = 0; c < CLASSES; c++) assert_int_equal(survey->class_rows[c], ROWS / CLASSES);
    assert_null(ink_survey_column(survey, survey->features));
    assert_true(ink_survey_column(survey, 0)->low == -1 && ink_survey_column(survey, 0)->high == 3);
    assert_true(ink_survey_column(survey, 0)->mean == 1 && ink_survey_column(survey, 0)->deviation == 2);
    float low = table.x[0], high = low;
    for (size_t i = 0; i < ROWS * COLUMNS; i++) {
        if (table.x[i] < low) low = table.x[i];
        if (table.x[i] > high) high = table.x[i];
    }
    assert_true(survey->low == (double)low && survey->high == (double)high);
    assert_int_equal(survey->labels->rows, ROWS);
    assert_true(survey->labels->p < 0.01);
    ink_survey_free(survey);
    ink_data_free(data);
}

static void constant_columns(void **state)
{
    const struct fixture *f = *state;
    struct table table = sound(0);
    for (size_t i = 0; i < ROWS; i++) table.x[i * COLUMNS + 2] = 0.1F;
    check(f, &table, NULL, "constant_columns", 1, "1 of 6 columns has one value only (first: column 2)");
    for (size_t i = 0; i < ROWS; i++) table.x[i * COLUMNS + 4] = -7;
    check(f, &table, NULL, "constant_columns", 2, "2 of 6 columns have one value only");
    for (size_t i = 0; i < ROWS; i += 2) table.x[i * COLUMNS + 2] = 1, table.x[i * COLUMNS + 4] = -8;
    check(f, &table, NULL, "", 0, "");
}

static void unscaled_columns(void **state)
{
    const struct fixture *f = *state;
    struct table table = sound(0);
    for (size_t i = 0; i < ROWS; i++) table.x[i * COLUMNS + 1] *= 30;
    check(f, &table, NULL, "", 0, "");
    for (size_t i = 0; i < ROWS; i++) table.x[i * COLUMNS + 1] *= 100;
    check(f, &table, NULL, "unscaled_columns", 0, "of column 1): train with --scale standard or minmax");
}

static void class_imbalance(void **state)
{
    const struct fixture *f = *state;
    struct table table = sound(0);
    ink_survey *survey;
    int32_t few[ROWS];
    for (size_t i = 0; i < ROWS; i++) few[i] = i % 10 == 0 ? 1 : 0;
    ink_data *data = data_of(f, &table, few, 2);
    assert_int_equal(ink_data_survey(f->ctx, data, NULL, &survey), INK_OK);
    const ink_finding *finding = find(survey, "class_imbalance");
    assert_non_null(finding);
    assert_true(finding->number == 9);
    assert_non_null(strstr(finding->text, "class '0' has 270 rows, class '1' 30: 9 to 1"));
    assert_non_null(strstr(finding->text, "right for 90.0 %"));
    ink_survey_free(survey);
    ink_data_free(data);
}

static void absent_classes(void **state)
{
    const struct fixture *f = *state;
    struct table table = sound(0);
    ink_survey *survey;
    ink_data *data = data_of(f, &table, table.y, CLASSES + 2);
    assert_int_equal(ink_data_survey(f->ctx, data, NULL, &survey), INK_OK);
    assert_true(ink_survey_finding(survey, 0) && !ink_survey_finding(survey, 1));
    assert_true(find(survey, "absent_classes")->number == 2);
    assert_non_null(strstr(ink_survey_finding(survey, 0)->text, "2 of 5 classes have no row here (first: '3')"));
    ink_survey_free(survey);
    ink_data_free(data);
}

static void duplicate_rows(void **state)
{
    const struct fixture *f = *state;
    struct table table = sound(0);
    memcpy(table.x + 200 * COLUMNS, table.x + 5 * COLUMNS, COLUMNS * sizeof *table.x); /* both of class 2 */
    check(f, &table, NULL, "duplicate_rows", 1, "1 of 300 rows equals an earlier row (row 200 is row 5 again)");
    memcpy(table.x + 203 * COLUMNS, table.x + 5 * COLUMNS, COLUMNS * sizeof *table.x);
    check(f, &table, NULL, "duplicate_rows", 2, "2 of 300 rows equal an earlier row");
    table.x[203 * COLUMNS + 5] += 1e-5F;
    check(f, &table, NULL, "duplicate_rows", 1, "");
}

/* The same values, but another label. */
static void conflicting_rows(void **state)
{
    const struct fixture *f = *state;
    struct table table = sound(0);
    ink_survey *survey;
    memcpy(table.x + 201 * COLUMNS, table.x + 5 * COLUMNS, COLUMNS * sizeof *table.x);
    ink_data *data = data_of(f, &table, table.y, CLASSES);
    assert_int_equal(ink_data_survey(f->ctx, data, NULL, &survey), INK_OK);
    assert_int_equal(survey->duplicate_rows, 1);
    assert_int_equal(survey->conflicting_rows, 1);
    const ink_finding *finding = find(survey, "conflicting_rows");
    assert_non_null(finding);
    assert_non_null(strstr(finding->text, "(row 201 is '0', row 5 '2')"));
    ink_survey_free(survey);
    ink_data_free(data);
}

static void shared_rows(void **state)
{
    const struct fixture *f = *state;
    struct table table = sound(0), other = sound(1);
    memcpy(other.x + 7 * COLUMNS, table.x + 100 * COLUMNS, COLUMNS * sizeof *table.x);
    check(f, &table, &other, "shared_rows", 1, "1 of 300 rows is in the other part too (row 100 is its row 7)");
    memcpy(other.x + 8 * COLUMNS, table.x + 101 * COLUMNS, COLUMNS * sizeof *table.x);
    check(f, &table, &other, "shared_rows", 2, "2 of 300 rows are in the other part too");
}

/* Rows that move by one against their labels, and labels drawn at random. */
static void shuffled_labels(void **state)
{
    const struct fixture *f = *state;
    struct table table = sound(0);
    struct inki_rng rng = inki_rng_begin(1, INKI_RNG_TEST, 901, 0);
    for (size_t i = 0; i < ROWS; i++) table.y[i] = (int32_t)(i / (ROWS / CLASSES)); /* rows alternate, labels do not */
    check(f, &table, NULL, "shuffled_labels", 0, "labels look shuffled: of 300 rows, ");
    for (size_t i = 0; i < ROWS; i++) table.y[i] = (int32_t)(inki_rng_uniform(&rng) * CLASSES);
    check(f, &table, NULL, "shuffled_labels", 0, "check that labels and rows are in the same order");
}

/* A test of chance: of many sound sets hardly any is suspected, of many random ones hardly any passes. */
static void shuffled_often(void **state)
{
    const struct fixture *f = *state;
    size_t suspected = 0, passed = 0;
    for (uint32_t i = 0; i < 40; i++) {
        struct table table = sound(10 + i);
        struct inki_rng rng = inki_rng_begin(1, INKI_RNG_TEST, 902, i);
        for (int random = 0; random < 2; random++) {
            ink_survey *survey;
            for (size_t k = 0; random && k < ROWS; k++) table.y[k] = (int32_t)(inki_rng_uniform(&rng) * CLASSES);
            ink_data *data = data_of(f, &table, table.y, CLASSES);
            assert_int_equal(ink_data_survey(f->ctx, data, NULL, &survey), INK_OK);
            bool found = find(survey, "shuffled_labels") != NULL;
            suspected += !random && found;
            passed += random && !found;
            ink_survey_free(survey);
            ink_data_free(data);
        }
    }
    assert_int_equal(suspected, 0);
    assert_true(passed <= 2);
}

/* Pixels at the border never change: a remark, no warning; and images are on one scale. */
static void images(void **state)
{
    const struct fixture *f = *state;
    ink_survey *survey;
    enum { IMAGES = 60 };
    uint8_t file[16 + IMAGES * 16] = {0, 0, 8, 3, 0, 0, 0, IMAGES, 0, 0, 0, 4, 0, 0, 0, 4};
    struct inki_rng rng = inki_rng_begin(1, INKI_RNG_TEST, 903, 0);
    for (size_t i = 0; i < IMAGES; i++)
        for (size_t k = 4; k < 16; k++) file[16 + i * 16 + k] = (uint8_t)(inki_rng_uniform(&rng) * (k == 4 ? 2 : 255));
    ink_data *data = help_load(f, help_write(f, "x-images.idx3-ubyte", file, sizeof file));
    assert_int_equal(ink_data_survey(f->ctx, data, NULL, &survey), INK_OK);
    assert_int_equal(survey->constant_columns, 4);
    assert_true(ink_survey_finding(survey, 0) && !ink_survey_finding(survey, 1));
    assert_string_equal(ink_survey_finding(survey, 0)->kind, "constant_columns");
    assert_false(ink_survey_finding(survey, 0)->warning);
    ink_survey_free(survey);
    ink_data_free(data);
}

static ink_status survey_again(struct fixture *f, void *arg)
{
    ink_data *const *data = arg;
    ink_survey *survey;
    (void)f;
    ink_status status = ink_data_survey(f->ctx, data[0], data[1], &survey);
    ink_survey_free(survey);
    return status;
}

static void out_of_memory(void **state)
{
    struct fixture *f = *state;
    struct table table = sound(0), other = sound(1);
    memcpy(table.x + 200 * COLUMNS, table.x + 5 * COLUMNS, COLUMNS * sizeof *table.x);
    for (size_t i = 0; i < ROWS; i++) table.x[i * COLUMNS + 2] = 0.1F;
    ink_data *both[] = {data_of(f, &table, table.y, CLASSES), data_of(f, &other, other.y, CLASSES)};
    assert_true(help_sweep(f, survey_again, both) >= 5);
    ink_data_free(both[0]);
    ink_data_free(both[1]);
}

/* Medians of numbers without gaps, the most frequent word, and nothing of a column of gaps. */
static void middles(void **state)
{
    struct fixture *f = *state;
    enum { MANY = 3 * INKI_MIDDLE_ROWS };
    float x[5 * 4] = {3, 2, NAN, 7, 1, 2, NAN, NAN, 9, 0, NAN, 5, 2, -1, NAN, INFINITY, 4, -1, NAN, 6}, *many;
    struct inki_category categories[4] = {[1] = {.count = 3}};
    ink_data data = {.rows = 5, .features = 4, .height = 1, .width = 4, .channels = 1, .floats = x};
    double got[4];
    data.categories = categories;
    assert_int_equal(inki_middle_of(f->ctx, &data, got), INK_OK);
    assert_true(got[0] == 3 && got[1] == 2 && got[2] == 0 && got[3] == 6);
    many = malloc(MANY * sizeof *many);
    assert_non_null(many);
    for (size_t i = 0; i < MANY; i++) many[i] = (float)(i * 7 % MANY);
    data = (ink_data){.rows = MANY, .features = 1, .height = 1, .width = 1, .channels = 1, .floats = many};
    assert_int_equal(inki_middle_of(f->ctx, &data, got), INK_OK);
    assert_true(fabs(got[0] - MANY / 2) < 0.05 * MANY);
    free(many);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_wrong),   TEST(facts),           TEST(constant_columns), TEST(unscaled_columns),
        TEST(class_imbalance), TEST(absent_classes),  TEST(duplicate_rows),   TEST(conflicting_rows),
        TEST(shared_rows),     TEST(shuffled_labels), TEST(shuffled_often),   TEST(images),
        TEST(middles),         TEST(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
