/* test_encoding: what becomes of a table's columns: rule by rule with values worked out by hand, and fitted.
 * SPDX-License-Identifier: MIT */
#include "encode_help.h"

#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_INPUTS = 400 };

/* All inputs of a row. */
static void inputs_of(const ink_model *model, const float *row, float out[MOST_INPUTS])
{
    struct inki_nonzero nonzero[MOST_INPUTS];
    assert_true(model->encoding->inputs <= MOST_INPUTS);
    size_t count = inki_encode_row(model->encoding, model->w + model->nodes[0].offset, row, false, nonzero);
    assert_true(count <= model->encoding->most_nonzero);
    memset(out, 0, MOST_INPUTS * sizeof *out);
    for (size_t i = 0; i < count; i++) {
        assert_true(nonzero[i].at < model->encoding->inputs && nonzero[i].value != 0);
        assert_true(i == 0 || nonzero[i].at > nonzero[i - 1].at);
        out[nonzero[i].at] = nonzero[i].value;
    }
}

static void check_inputs(const ink_model *model, const float *row, const float *wanted)
{
    float got[MOST_INPUTS];
    inputs_of(model, row, got);
    for (size_t i = 0; i < model->encoding->inputs; i++)
        if (got[i] != wanted[i])
            fail_msg("x %g: input %zu is %.9g, not %.9g", (double)*row, i, (double)got[i], (double)wanted[i]);
}

/* ---- one column, by hand ---- */

/* A number with knots 0, 1, 3 and scores -1, 0, 2; its z: (x - 1) 0.5, x held to [-2, 4]. */
static ink_model *one_number(const struct fixture *f, enum inki_bins bins, bool has_gap)
{
    struct inki_encoding encoding;
    static const float constants[] = {1, 0.5f, -2, 4, 0, 1, 3, -1, 0, 2};
    net_ok(f, inki_encoding_begin(f->ctx, 1, &encoding));
    encoding.columns[0] = (struct inki_column){.number = true, .bins = bins, .knots = bins ? 3 : 0, .gap = has_gap};
    inki_encoding_lay(&encoding);
    encoding.constants = inki_alloc(f->ctx, COUNT(constants), sizeof *constants);
    memcpy(encoding.constants, constants, sizeof constants);
    ink_model *model = encode_model(f, &encoding, "dense 4 relu");
    inki_encoding_end(&encoding);
    return model;
}

struct known {
    float x, wanted[8];
};

static void check_known(const struct fixture *f, enum inki_bins bins, bool has_gap, const struct known *known,
                        size_t count)
{
    ink_model *model = one_number(f, bins, has_gap);
    for (size_t i = 0; i < count; i++) check_inputs(model, &known[i].x, known[i].wanted);
    ink_model_free(model);
}

static void numbers_by_hand(void **state)
{
    static const struct known z[] = {{1, {0}},      {3, {1}},           {9, {1.5f}},
                                     {-9, {-1.5f}}, {INFINITY, {1.5f}}, {-INFINITY, {-1.5f}}},
                              hats[] = {{0, {-0.5f, 1, 0, 0}},  {0.25f, {-0.375f, 0.75f, 0.25f, 0}},
                                        {1, {0, 0, 1, 0}},      {2, {0.5f, 0, 0.5f, 0.5f}},
                                        {3, {1, 0, 0, 1}},      {9, {1.5f, 0, 0, 1}},
                                        {-9, {-1.5f, 1, 0, 0}}, {INFINITY, {1.5f, 0, 0, 1}},
                                        {-INFINITY, {-1.5f, 1}}},
                              ple[] = {{0, {-0.5f, 0, 0}}, {0.25f, {-0.375f, 0.25f, 0}},
                                       {1, {0, 1, 0}},     {2, {0.5f, 1, 0.5f}},
                                       {9, {1.5f, 1, 1}},  {-9, {-1.5f, 0, 0}}},
                              normal[] = {{0, {-1}}, {0.5f, {-0.5f}}, {1, {0}}, {2, {1}}, {9, {2}}, {-9, {-1}}};
    check_known(*state, INKI_BINS_NONE, false, z, COUNT(z));
    check_known(*state, INKI_BINS_HAT, false, hats, COUNT(hats));
    check_known(*state, INKI_BINS_PLE, false, ple, COUNT(ple));
    check_known(*state, INKI_BINS_NORMAL, false, normal, COUNT(normal));
}

static void gaps_of_numbers(void **state)
{
    static const struct known with[] = {{NAN, {0, 0, 0, 0, 1}}, {1, {0, 0, 1, 0, 0}}},
                              without[] = {{NAN, {0, 0, 0, 0}}}, alone[] = {{NAN, {0, 1}}, {3, {2, 0}}};
    check_known(*state, INKI_BINS_HAT, true, with, COUNT(with));
    check_known(*state, INKI_BINS_HAT, false, without, COUNT(without));
    check_known(*state, INKI_BINS_NORMAL, true, alone, COUNT(alone));
}

/* ---- fitted: numbers ---- */

static const float *constants_of(const struct inki_encoding *encoding, size_t t)
{
    return encoding->constants + (t < 4 ? t * encoding->numbers : 4 * encoding->numbers + (t - 4) * encoding->knots);
}

static void check_knots(const struct inki_encoding *encoding, const float *wanted, size_t count)
{
    assert_int_equal(encoding->knots, count);
    for (size_t i = 0; i < count; i++) assert_true(constants_of(encoding, 4)[i] == wanted[i]);
}

static void few_values_are_the_knots(void **state)
{
    struct fixture *f = *state;
    static const float wanted[] = {-1.5f, 0, 0.25f, 7};
    float x[100];
    for (size_t i = 0; i < COUNT(x); i++) x[i] = wanted[i % 4];
    net_reset(f, "numbers=hat:3");
    ink_data data = encode_table(COUNT(x), 1, x, NULL);
    struct inki_encoding encoding = encode_fit(f, &data);
    check_knots(&encoding, wanted, 4);
    assert_int_equal(encoding.inputs, 5);
    inki_encoding_end(&encoding);
}

/* 0 … 100 evenly: five bins end at 0, 20, 40, 60, 80, 100. */
static void knots_are_quantiles(void **state)
{
    struct fixture *f = *state;
    static const float wanted[] = {0, 20, 40, 60, 80, 100};
    float x[101];
    for (size_t i = 0; i < COUNT(x); i++) x[i] = (float)(i * 37 % 101);
    net_reset(f, "numbers=hat:5");
    ink_data data = encode_table(COUNT(x), 1, x, NULL);
    struct inki_encoding encoding = encode_fit(f, &data);
    check_knots(&encoding, wanted, 6);
    inki_encoding_end(&encoding);
}

/* 300 rows of 5, which has more rows than a bin, and 1 … 100: the spike is a knot, and four bins are left for the others. */
static void spikes_are_knots(void **state)
{
    struct fixture *f = *state;
    float x[401];
    for (size_t i = 0; i < 300; i++) x[i] = 50.5f;
    for (size_t i = 0; i < 101; i++) x[300 + i] = (float)(i * 37 % 101);
    static const float wanted[] = {0, 25, 50, 50.5f, 75, 100};
    net_reset(f, "numbers=hat:5");
    ink_data data = encode_table(COUNT(x), 1, x, NULL);
    struct inki_encoding encoding = encode_fit(f, &data);
    check_knots(&encoding, wanted, 6);
    inki_encoding_end(&encoding);
}

/* Mean 2, deviation sqrt 2; gaps and infinite values count for neither, nor for the range. */
static void scores_are_of_finite_values(void **state)
{
    struct fixture *f = *state;
    static const float x[] = {0, 1, gap, 2.5f, INFINITY, 2.5f, 4, -INFINITY};
    net_reset(f, "numbers=standard");
    ink_data data = encode_table(COUNT(x), 1, x, NULL);
    struct inki_encoding encoding = encode_fit(f, &data);
    assert_true(encoding.columns[0].gap && encoding.inputs == 2 && encoding.knots == 0);
    assert_true(constants_of(&encoding, 0)[0] == 2);
    net_near((double)constants_of(&encoding, 1)[0], 1 / sqrt(1.9), 1e-7);
    assert_true(constants_of(&encoding, 2)[0] == 0 && constants_of(&encoding, 3)[0] == 4);
    inki_encoding_end(&encoding);
}

/* Two values are one input of -1 and 1, whatever else is asked for; a constant is one that is 0; integers of three values have
 * slots, and those of few rows share the first. */
static void whole_numbers(void **state)
{
    struct fixture *f = *state;
    float x[3 * 40];
    for (size_t i = 0; i < 40; i++) {
        x[3 * i] = i % 2 ? 3 : 7;
        x[3 * i + 1] = 5;
        x[3 * i + 2] = i == 0 ? 9 : i % 2 ? 4 : 6;
    }
    net_reset(f, "numbers=hat:8");
    ink_data data = encode_table(40, 3, x, NULL);
    struct inki_encoding encoding = encode_fit(f, &data);
    const struct inki_column *third = &encoding.columns[2];
    assert_true(encoding.columns[0].inputs == 1 && encoding.columns[1].inputs == 1);
    assert_true(third->bin_count == 3 && third->slot_count == 3 && third->inputs == 1 + 3 + 3);
    ink_model *model = encode_model(f, &encoding, "");
    float got[MOST_INPUTS];
    inputs_of(model, (const float[]){3, 5, 6}, got);
    assert_true(got[0] == -1 && got[1] == 0 && got[4] == 1 && got[6] == 0 && got[7] == 0 && got[8] == 1);
    inputs_of(model, (const float[]){7, 99, 9}, got);
    assert_true(got[0] == 1 && got[1] == 0 && got[5] == 1 && got[6] == 1 && got[7] == 0 && got[8] == 0);
    inputs_of(model, (const float[]){99, 5, gap}, got);
    assert_true(got[0] == 1 && got[2] == 0 && got[5] == 0 && got[6] == 1 && got[8] == 0);
    ink_model_free(model);
    inki_encoding_end(&encoding);
}

/* Ranks 1/8, 3/8, 5/8, 7/8 of four values; Phi^-1 of these. */
static void quantile_scores(void **state)
{
    struct fixture *f = *state;
    static const float x[] = {8, 1, 4, 2};
    static const double wanted[] = {-1.1503493803760079, -0.3186393639643752, 0.3186393639643752, 1.1503493803760079};
    net_reset(f, "numbers=quantile");
    ink_data data = encode_table(4, 1, x, NULL);
    struct inki_encoding encoding = encode_fit(f, &data);
    assert_true(encoding.inputs == 1 && encoding.knots == 4 && encoding.scores);
    for (size_t i = 0; i < 4; i++) net_near((double)constants_of(&encoding, 5)[i], wanted[i], 1e-7);
    inki_encoding_end(&encoding);
}

/* One bin for 250 rows, none under 6, 32 at most, and no more than 4096 inputs. */
static void automatic_bins(void **state)
{
    struct fixture *f = *state;
    static const struct {
        size_t rows, columns, knots;
    } known[] = {{1499, 1, 0}, {1500, 1, 7}, {9000, 1, 33}, {9000, 200, 20}, {9000, 600, 0}};
    for (size_t k = 0; k < COUNT(known); k++) {
        const size_t n = known[k].rows * known[k].columns;
        float *x = malloc(n * sizeof *x);
        net_values(k, n, 0, 1, x);
        net_reset(f, "numbers=auto");
        ink_data data = encode_table(known[k].rows, known[k].columns, x, NULL);
        assert_true(inki_encoding_wanted(f->set, &data));
        struct inki_encoding encoding = encode_fit(f, &data);
        assert_int_equal(encoding.columns[0].knots, known[k].knots);
        assert_true(encoding.inputs - encoding.column_count <= 4096);
        inki_encoding_end(&encoding);
        free(x);
    }
}

/* ---- fitted: words ---- */

/* 20 rows: red 9, green 6, blue 5 less the gap, rare 1; slots in the order of the list. */
static void words_have_slots(void **state)
{
    struct fixture *f = *state;
    struct inki_category category = {encode_words, ENCODE_WORDS};
    static const float x[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 3, 3, 3, 3, 3, 2, gap};
    net_reset(f, "");
    ink_data data = encode_table(COUNT(x), 1, x, &category);
    struct inki_encoding encoding = encode_fit(f, &data);
    assert_true(encoding.inputs == 5 && encoding.columns[0].gap && !encoding.columns[0].flag);
    ink_model *model = encode_model(f, &encoding, "");
    static const struct known known[] = {{0, {0, 1, 0, 0, 0}},  {1, {0, 0, 1, 0, 0}},     {2, {1, 0, 0, 0, 0}},
                                         {3, {0, 0, 0, 1, 0}},  {4, {1, 0, 0, 0, 0}},     {-1, {1, 0, 0, 0, 0}},
                                         {77, {1, 0, 0, 0, 0}}, {1e30f, {1, 0, 0, 0, 0}}, {NAN, {0, 0, 0, 0, 1}}};
    for (size_t i = 0; i < COUNT(known); i++) check_inputs(model, &known[i].x, known[i].wanted);
    ink_model_free(model);
    inki_encoding_end(&encoding);
}

/* Where training had no gap, one counts as an unknown word. */
static void gap_without_a_slot(void **state)
{
    struct fixture *f = *state;
    struct inki_category category = {encode_words, ENCODE_WORDS};
    float x[30];
    for (size_t i = 0; i < COUNT(x); i++) x[i] = (float)(i % 3);
    net_reset(f, "");
    ink_data data = encode_table(COUNT(x), 1, x, &category);
    struct inki_encoding encoding = encode_fit(f, &data);
    ink_model *model = encode_model(f, &encoding, "");
    check_inputs(model, &gap, (const float[]){1, 0, 0, 0});
    check_inputs(model, &x[2], (const float[]){0, 0, 0, 1});
    ink_model_free(model);
    inki_encoding_end(&encoding);
}

static void two_words_are_one_input(void **state)
{
    struct fixture *f = *state;
    struct inki_category category = {encode_words, ENCODE_WORDS};
    static const float x[] = {3, 0, 0, 0, gap};
    net_reset(f, "");
    ink_data data = encode_table(COUNT(x), 1, x, &category);
    struct inki_encoding encoding = encode_fit(f, &data);
    ink_model *model = encode_model(f, &encoding, "");
    static const struct known known[] = {{0, {-1, 0}}, {3, {1, 0}}, {1, {0, 0}}, {-1, {0, 0}}, {NAN, {0, 1}}};
    assert_int_equal(encoding.inputs, 2);
    for (size_t i = 0; i < COUNT(known); i++) check_inputs(model, &known[i].x, known[i].wanted);
    ink_model_free(model);
    inki_encoding_end(&encoding);
}

/* Of 300 words the 255 with the most rows; from 10,000 rows on a slot takes 10 of them. */
static void many_words(void **state)
{
    struct fixture *f = *state;
    enum { WORDS = 300, MANY = 30000 };
    char *list[WORDS], text[WORDS][8];
    float *x = malloc(MANY * sizeof *x);
    size_t rows = 0;
    for (size_t w = 0; w < WORDS; w++) {
        snprintf(text[w], sizeof text[w], "w%zu", w);
        list[w] = text[w];
        size_t count = w < 280 ? 20 + (w * 7) % 280 / 4 : 9; /* the last 20 are rare from 10,000 rows on */
        for (size_t i = 0; i < count; i++) x[rows++] = (float)w;
    }
    struct inki_category category = {list, WORDS};
    assert_true(rows >= 10000 && rows <= MANY);
    net_reset(f, "");
    ink_data data = encode_table(rows, 1, x, &category);
    struct inki_encoding encoding = encode_fit(f, &data);
    assert_int_equal(encoding.inputs, 256);
    for (size_t w = 280; w < WORDS; w++) assert_int_equal(encoding.columns[0].slots_of[w], 0);
    inki_encoding_end(&encoding);
    data.rows = 9000; /* of fewer rows a slot takes 5: all words seen, up to 255 */
    encoding = encode_fit(f, &data);
    assert_true(encoding.inputs > 100 && encoding.inputs <= 256);
    inki_encoding_end(&encoding);
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(numbers_by_hand, help_begin, help_end),
        cmocka_unit_test_setup_teardown(gaps_of_numbers, help_begin, help_end),
        cmocka_unit_test_setup_teardown(few_values_are_the_knots, help_begin, help_end),
        cmocka_unit_test_setup_teardown(knots_are_quantiles, help_begin, help_end),
        cmocka_unit_test_setup_teardown(spikes_are_knots, help_begin, help_end),
        cmocka_unit_test_setup_teardown(scores_are_of_finite_values, help_begin, help_end),
        cmocka_unit_test_setup_teardown(whole_numbers, help_begin, help_end),
        cmocka_unit_test_setup_teardown(quantile_scores, help_begin, help_end),
        cmocka_unit_test_setup_teardown(automatic_bins, help_begin, help_end),
        cmocka_unit_test_setup_teardown(words_have_slots, help_begin, help_end),
        cmocka_unit_test_setup_teardown(gap_without_a_slot, help_begin, help_end),
        cmocka_unit_test_setup_teardown(two_words_are_one_input, help_begin, help_end),
        cmocka_unit_test_setup_teardown(many_words, help_begin, help_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
