/* test_words: columns of words, gaps and dates become values; what says nothing is left out; rows are read for others.
 * SPDX-License-Identifier: MIT */
#include "table_help.h"

#include "read/dates.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ink_data *load_text(const struct fixture *f, const char *text)
{
    return help_load(f, table_write(f, "t.csv", text));
}

static void words_are(const ink_data *data, size_t feature, const char *const *words)
{
    size_t count = 0;
    while (words[count]) count++;
    assert_int_equal(data->categories[feature].count, count);
    for (size_t i = 0; i < count; i++) assert_string_equal(data->categories[feature].words[i], words[i]);
}

static void words_and_gaps(void **state)
{
    const struct fixture *f = *state;
    help_set(f, "label-column", "y");
    ink_data *data = load_text(f, "a,sex,deck,y\n1, male,C,0\n?,female,NA,1\n3,male ,\"NA\",1\nNone,-,#N/A,0\n");
    table_row_is(data, 0, "1 0 0 0");
    table_row_is(data, 1, "nan 1 nan 1");
    table_row_is(data, 2, "3 0 1 1"); /* quoted, NA is a word */
    table_row_is(data, 3, "nan nan nan 0");
    words_are(data, 1, ROWS("male", "female"));
    words_are(data, 2, ROWS("C", "NA"));
    assert_int_equal(data->categories[0].count, 0);
    assert_string_equal(data->columns[1], "sex");
    ink_data_free(data);
    static const char *const gaps[] = {"", "  ", "\"\"", "?", "NA", "n/a", "nan", "NaN", "NULL", "None", "-", "#N/A"};
    for (size_t i = 0; i < COUNT(gaps); i++) {
        char text[64];
        snprintf(text, sizeof text, "a,b,y\n1,2,0\n4,%s,1\n", gaps[i]);
        data = load_text(f, text);
        table_row_is(data, 1, "4 nan 1");
        assert_null(data->categories);
        ink_data_free(data);
    }
    data = load_text(f, "a,b,y\n1,inf,0\n2,-Infinity,1\n3,4.5,1\n");
    assert_true(isinf(data->floats[1]) && data->floats[1] > 0 && isinf(data->floats[3]) && data->floats[3] < 0);
    ink_data_free(data);
    data = load_text(f, "a,sign,y\n1,+,0\n2,-,1\n3,+,1\n"); /* the column's only other word */
    words_are(data, 1, ROWS("+", "-"));
    table_row_is(data, 1, "2 1 1");
    ink_data_free(data);
}

/* Kinds that are given, or forced upon a column. */
static void given_kinds(void **state)
{
    const struct fixture *f = *state;
    help_set(f, "label-column", "y");
    help_set(f, "columns", "zip=category");
    ink_data *data = load_text(f, "zip,a,y\n01234,1,0\n99999,2,1\n01234,3,1\n");
    words_are(data, 0, ROWS("01234", "99999"));
    ink_data_free(data);
    help_set(f, "columns", "zip=number");
    help_load_fails(f, table_write(f, "t.csv", "zip,a,y\nx,1,0\nz,2,1\n"), INK_BAD_DATA,
                    "t.csv:2:1: 'x' is not a number|(--columns 1=category)");
}

/* A table of this many rows; {i} is a row's number, {m} that of 7. */
static char *repeat(const char *header, const char *form, size_t rows)
{
    char *text = malloc(strlen(header) + 8 + rows * (strlen(form) + 64));
    size_t used = (size_t)sprintf(text, "%s\n", header);
    for (size_t i = 0; i < rows; i++) {
        for (const char *c = form; *c; c++) {
            if (strncmp(c, "{i}", 3) == 0)
                used += (size_t)sprintf(text + used, "%zu", i), c += 2;
            else if (strncmp(c, "{m}", 3) == 0)
                used += (size_t)sprintf(text + used, "%zu", i % 7), c += 2;
            else if (strncmp(c, "{b}", 3) == 0)
                used += (size_t)sprintf(text + used, "%zu", i * 5 % 3 % 2), c += 2;
            else
                text[used++] = *c;
        }
        text[used++] = '\n';
    }
    text[used] = 0;
    return text;
}

static ink_data *load_repeated(const struct fixture *f, const char *header, const char *form, size_t rows)
{
    char *text = repeat(header, form, rows);
    ink_data *data = load_text(f, text);
    free(text);
    return data;
}

static void left_out(void **state)
{
    const struct fixture *f = *state;
    help_set(f, "label-column", "y");
    ink_data *data = load_repeated(f, "a,note,same,none,says,y", "{m},text {i},x,,w{b},{b}", 60);
    assert_int_equal(data->features, 1);
    static const char *const said[] = {"column \"note\" left out (text, another in nearly every row)",
                                       "column \"same\" left out (it has one value only)",
                                       "column \"none\" left out (it is empty)",
                                       "column \"says\" left out (it says the same as the target in every row)"};
    for (size_t i = 0; i < COUNT(said); i++) assert_non_null(strstr(f->note, said[i]));
    ink_data_free(data);
    data = load_repeated(f, "a,note,y", "{m},text {i},{b}", 50); /* not more than 50 rows */
    assert_int_equal(data->features, 2);
    ink_data_free(data);
    help_set(f, "columns", "note=category says=category same=number");
    data = load_repeated(f, "a,note,same,none,says,y", "{m},text {i},1,,w{b},{b}", 60);
    assert_int_equal(data->features, 4);
    ink_data_free(data);
    help_set(f, "columns", "");
    data = load_repeated(f, "class,pclass,y", "c{m},{m},{b}", 60);
    assert_int_equal(data->features, 2);
    assert_non_null(strstr(f->note, "column \"pclass\" says the same as \"class\""));
    ink_data_free(data);
}

/* What was so in the first 1,000 rows, but not in all. */
static void later_rows(void **state)
{
    const struct fixture *f = *state;
    help_set(f, "label-column", "y");
    char *text = repeat("a,says,same,none,y", "{m},w{b},x,,{b}", 1200), *more = malloc(strlen(text) + 64);
    sprintf(more, "%s7,w0,z,,1\n", text);
    ink_data *data = load_text(f, more); /* `says` tells no more, `same` varies */
    assert_int_equal(data->features, 3);
    words_are(data, 2, ROWS("x", "z"));
    ink_data_free(data);
    sprintf(more, "%s7,w0,z,word,1\n7,w0,z,,1\n", text);
    data = load_text(f, more); /* `none` holds words, as a shorter table's would */
    assert_int_equal(data->features, 4);
    words_are(data, 3, ROWS("word"));
    ink_data_free(data);
    free(more);
    free(text);
}

static void dates(void **state)
{
    const struct fixture *f = *state;
    help_set(f, "label-column", "y");
    ink_data *data = load_text(f, "when,a,y\n2021-03-01,1,0\n2021-04-03,2,1\n,3,1\n");
    assert_int_equal(data->features, 5);
    static const char *const names[] = {"when.month", "when.day", "when.weekday", "when.days", "a"};
    for (size_t i = 0; i < COUNT(names); i++) assert_string_equal(data->columns[i], names[i]);
    table_row_is(data, 0, "3 1 0 18687 1 0");
    table_row_is(data, 1, "4 3 5 18720 2 1");
    table_row_is(data, 2, "nan nan nan nan 3 1");
    ink_data_free(data);
    data = load_text(f, "when,a,y\n31.12.2020 18:30,1,0\n01.02.2021 06:00,2,1\n");
    table_row_is(data, 0, "2020 12 31 3 18 18627.7715 1 0");
    ink_data_free(data);
    data = load_text(f, "when,a,y\n1/2/2021,1,0\n3/4/2021,2,1\n");
    assert_int_equal(data->features, 1);
    assert_non_null(strstr(f->note, "dates of which day and month cannot be distinguished"));
    ink_data_free(data);
    char *text = repeat("when,a,y", "2021-03-0{m},{m},{b}", 1100); /* 0 is no day */
    for (char *c = text; (c = strstr(c, "-00,")); c++) c[2] = '9';
    char *more = malloc(strlen(text) + 64);
    sprintf(more, "%ssoon,1,1\n", text);
    help_load_fails(f, table_write(f, "t.csv", more), INK_BAD_DATA, "t.csv:1102:1: 'soon' is not a date|1=drop");
    free(more);
    free(text);
}

static void date_forms(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned forms;
        double days, hour;
    } cases[] = {
        {"1970-01-01", INKI_DATE_YMD, 0, 0},
        {"1969-12-31T23:00:00Z", INKI_DATE_YMD, -1 + 23 / 24.0, 23},
        {"2000/02/29", INKI_DATE_YMD, 11016, 0},
        {"2021.03.01 06:30", INKI_DATE_YMD, 18687 + 6.5 / 24, 6},
        {"1.3.2021", INKI_DATE_DMY, 18687, 0},
        {"13/01/2021", INKI_DATE_DMY, 18640, 0},
        {"01/13/21 12:00 AM", INKI_DATE_MDY, 18640, 0},
        {"01/13/2021 12:15 pm", INKI_DATE_MDY, 18640 + 12.25 / 24, 12},
        {"1/2/2021", INKI_DATE_DMY | INKI_DATE_MDY, 18659, 0},
        {"1 Mar 2021", INKI_DATE_YMD | INKI_DATE_DMY | INKI_DATE_MDY, 18687, 0},
        {"March 1, 2021", INKI_DATE_YMD | INKI_DATE_DMY | INKI_DATE_MDY, 18687, 0},
        {"Mon, 01-Mar-21", INKI_DATE_YMD | INKI_DATE_DMY | INKI_DATE_MDY, 18687, 0},
        {"2021-03-01 10:00:30.5+01:00", INKI_DATE_YMD, 18687 + 36030.5 / 86400, 10},
        {"13:45", INKI_DATE_TIME, 0, 13.75},
        {"0:00:36.0", INKI_DATE_TIME, 0, 0.01},
        {"1:45 PM", INKI_DATE_TIME, 0, 13.75},
        {"12:30am", INKI_DATE_TIME, 0, 0.5},
    };
    static const char *const none[] = {
        "",        "2021",        "2021-13-01", "2021-02-29", "29.02.2021",       "1/2",
        "24:00",   "10:3",        "13:00 PM",   "10:30:",     "2021-03-01 25:00", "2021-03-01x",
        "1-2-3-4", "12.34.56.78", "0/0/2021",   "Mar 2021",   "99999-01-01",      "2021-03 01"};
    double parts[INKI_DATE_PARTS];
    for (size_t i = 0; i < COUNT(cases); i++) {
        const unsigned forms = inki_date_forms(cases[i].text, strlen(cases[i].text));
        assert_int_equal(forms, cases[i].forms);
        assert_true(inki_date_read(cases[i].text, strlen(cases[i].text), forms & (0U - forms), parts));
        assert_true(fabs(parts[INKI_DAYS] - cases[i].days) < 1e-9 && parts[INKI_HOUR] == cases[i].hour);
    }
    for (size_t i = 0; i < COUNT(none); i++) assert_int_equal(inki_date_forms(none[i], strlen(none[i])), 0);
}

/* Validation rows have the training rows' numbers of words and forms of dates, whatever order their columns are in. */
static void for_training_rows(void **state)
{
    const struct fixture *f = *state;
    help_set(f, "label-column", "y");
    ink_data *data = load_text(f, "when,c,a,y\n13/2/2021,red,1,u\n1/3/2021,blue,2,v\n4/4/2020,red,3,u\n"), *train,
             *valid, *test;
    help_set(f, "val", table_write(f, "v.csv", "extra,a,y,c,when\n9,5,v,green,1/2/2021\n9,,u,blue,\n"));
    assert_int_equal(ink_data_split(f->ctx, data, f->set, &train, &valid, &test), INK_OK);
    assert_int_equal(valid->features, data->features);
    assert_string_equal(valid->columns[0], "when.year");
    table_row_is(valid, 0, "2021 2 1 0 18659 -1 5 v"); /* the first of February; green is not known */
    table_row_is(valid, 1, "nan nan nan nan nan 1 nan u");
    words_are(valid, 5, ROWS("red", "blue"));
    ink_data_free(valid);
    ink_data_free(train);
    help_set(f, "val", table_write(f, "v.csv", "a,y,c\n5,v,green\n"));
    assert_int_equal(ink_data_split(f->ctx, data, f->set, &train, &valid, &test), INK_BAD_DATA);
    help_message_has(f, "v.csv: has no column 'when.year'");
    help_set(f, "val", table_write(f, "v.csv", "a,y,c,when\nx,v,green,1/2/2021\n"));
    assert_int_equal(ink_data_split(f->ctx, data, f->set, &train, &valid, &test), INK_BAD_DATA);
    help_message_has(f, "v.csv:2:1: 'x' is not a number");
    ink_data_free(data);
}

/* Labels that all end with a dot, columns by their numbers. */
static void without_names(void **state)
{
    const struct fixture *f = *state;
    char *text = repeat("39, State-gov, Male, <=50K", "{m}1, Private, Female, >50K\n{i}, ?, Female, <=50K", 20);
    ink_data *data = load_text(f, text), *train, *valid, *test;
    assert_string_equal(data->columns[1], "2");
    assert_int_equal(data->classes, 2);
    help_set(f, "val",
             table_write(f, "v.csv", "|1x3 Cross validator\n25, Private, Male, <=50K.\n26, Own, Female, >50K.\n"));
    assert_int_equal(ink_data_split(f->ctx, data, f->set, &train, &valid, &test), INK_OK);
    table_row_is(valid, 0, "25 1 0 <=50K");
    table_row_is(valid, 1, "26 -1 1 >50K");
    ink_data_free(valid);
    ink_data_free(train);
    ink_data_free(data);
    free(text);
}

static void arff_words(void **state)
{
    const struct fixture *f = *state;
    ink_data *data =
        help_load(f, table_write(f, "t.arff",
                                 "@relation r\n@attribute a real\n@attribute c {red,'dark blue'}\n@attribute "
                                 "s string\n@attribute class {u,v}\n@data\n1,'dark blue',x,u\n?,?,?,v\n{0 5, 3 v}\n"));
    table_row_is(data, 0, "1 1 0 u");
    table_row_is(data, 1, "nan nan nan v");
    table_row_is(data, 2, "5 0 nan v"); /* of a sparse row the first value */
    words_are(data, 1, ROWS("red", "dark blue"));
    ink_data_free(data);
    data =
        help_load(f, table_write(f, "t.jsonl",
                                 "{\"a\": \"x\", \"b\": 1, \"label\": 0}\n{\"a\": null, \"b\": null, \"label\": 1}\n"));
    table_row_is(data, 0, "0 1 0");
    table_row_is(data, 1, "nan nan 1");
    ink_data_free(data);
}

static ink_status split_once(struct fixture *f, void *arg)
{
    ink_data *data, *train = NULL, *valid = NULL, *test = NULL;
    ink_status status = ink_data_load(f->ctx, arg, f->set, &data);
    if (status == INK_OK) status = ink_data_split(f->ctx, data, f->set, &train, &valid, &test);
    ink_data_free(train);
    ink_data_free(valid);
    ink_data_free(test);
    ink_data_free(data);
    return status;
}

static void without_memory(void **state)
{
    struct fixture *f = *state;
    char path[256];
    help_set(f, "label-column", "y");
    snprintf(path, sizeof path, "%s", table_write(f, "m.csv", "when,c,a,k,y\n13/2/2021,red,1,1,u\n1/3/2021,,2,1,v\n"));
    help_set(f, "val", path);
    assert_true(help_sweep(f, split_once, path) > 20);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(words_and_gaps), TEST(given_kinds),       TEST(left_out),      TEST(later_rows), TEST(dates),
        TEST(date_forms),     TEST(for_training_rows), TEST(without_names), TEST(arff_words), TEST(without_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
