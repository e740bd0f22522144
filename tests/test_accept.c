/* test_accept: rows that a network cannot take are refused, with row and column, before they make a loss that is no number.
 * SPDX-License-Identifier: MIT */
#include "table_help.h"
#include "net_help.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static ink_model *trained(const struct fixture *f, const ink_data *data)
{
    ink_model *model;
    ink_run *run;
    net_ok(f, ink_train(f->ctx, data, f->set, NULL, &model, &run));
    ink_run_free(run);
    return model;
}

static ink_model *trained_on(const struct fixture *f, const char *name, const char *text)
{
    ink_data *data = help_load(f, table_write(f, name, text));
    ink_model *model = trained(f, data);
    ink_data_free(data);
    return model;
}

/* Going on from a model, on other rows, fails with these words. */
static void goes_not_on(const struct fixture *f, const ink_model *start, const char *name, const char *text,
                        const char *words)
{
    ink_data *data = help_load(f, table_write(f, name, text));
    ink_model *model;
    ink_run *run;
    net_fails(f, ink_train_from(f->ctx, data, f->set, NULL, start, &model, &run), INK_BAD_DATA, words);
    assert_null(model);
    assert_null(run);
    ink_data_free(data);
}

#define SMALL "hidden=3; epochs=1; val=0"
#define PLAIN "age,height,label\n1,5,a\n2,6,b\n3,7,a\n4,8,b\n"

static void gaps(void **state)
{
    struct fixture *f = *state;
    net_reset(f, SMALL);
    ink_model *plain = trained_on(f, "plain.csv", PLAIN);
    goes_not_on(f, plain, "gaps.csv", "age,height,label\n1,5,a\n2,6,b\n3,,a\n4,8,b\n",
                "gaps.csv|column 'height'|gap in row 2|numbers");
    net_set(f, "numbers=standard");
    ink_model *encoded = trained_on(f, "plain.csv", PLAIN); /* the way out that the sentence names */
    ink_data *data = help_load(f, help_path(f, "gaps.csv"));
    ink_model *model;
    ink_run *run;
    net_ok(f, ink_train_from(f->ctx, data, f->set, NULL, encoded, &model, &run));
    ink_run_free(run);
    ink_model_free(model);
    ink_model_free(encoded);
    ink_model_free(plain);
    ink_data_free(data);
}

static void gaps_in_images(void **state)
{
    struct fixture *f = *state;
    float x[16];
    const int32_t labels[4] = {0, 1, 0, 1};
    ink_data *data;
    ink_model *model;
    ink_run *run;
    net_reset(f, SMALL);
    net_values(1, 16, 0, 1, x);
    x[9] = NAN;
    ink_rows rows = {.size = sizeof rows,
                     .rows = 4,
                     .features = 4,
                     .floats = x,
                     .labels = labels,
                     .classes = 2,
                     .height = 2,
                     .width = 2,
                     .channels = 1};
    ink_status status = ink_data_wrap(f->ctx, &rows, &data);
    if (status == INK_OK) status = ink_train(f->ctx, data, f->set, NULL, &model, &run);
    net_fails(f, status, INK_BAD_DATA, "row 2|column|nan");
    ink_data_free(data);
}

/* Where the training rows have no gap but validation or test rows have, the network gets an encoding all the same. */
static void gaps_in_parts(void **state)
{
    static const char *const parts[] = {"val", "test"};
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(parts); i++) {
        net_reset(f, SMALL);
        help_set(f, parts[i], table_write(f, "part.csv", "age,height,label\n1,,a\n2,6,b\n"));
        ink_model *model = trained_on(f, "plain.csv", PLAIN);
        assert_non_null(model->encoding);
        assert_non_null(strstr(f->notes, "column 'height' has a gap; the training rows had none there"));
        ink_model_free(model);
    }
}

#define COLOURS "colour,label\nred,a\nblue,b\nred,a\nblue,b\n"

static void words(void **state)
{
    static const char *const others[][2] = {
        {"colour,label\nblue,a\nred,b\nred,a\nblue,b\n", "column 'colour'|'blue'|'red'|ink_data_load_for"},
        {"colour,label\n0,a\n1,b\n0,a\n1,b\n", "column 'colour'|numbers where the model has words"},
        {"hue,label\nblue,a\nred,b\n", "column 'hue'|'blue'"}};
    struct fixture *f = *state;
    ink_run *run;
    net_reset(f, SMALL);
    ink_model *model = trained_on(f, "colours.csv", COLOURS);
    for (size_t i = 0; i < COUNT(others); i++) {
        goes_not_on(f, model, "others.csv", others[i][0], others[i][1]);
        ink_data *data = help_load(f, help_path(f, "others.csv"));
        net_fails(f, ink_eval(f->ctx, model, data, &run), INK_BAD_DATA, others[i][1]);
        ink_data_free(data);
    }
    ink_model_free(model);
    model = trained_on(f, "numbers.csv", "colour,label\n0,a\n1,b\n0,a\n1,b\n");
    goes_not_on(f, model, "colours.csv", COLOURS, "column 'colour'|words where the model has numbers");
    ink_model_free(model);
}

/* A further word at the end of the list is one that the model does not know: counted, and said. */
static void further_words(void **state)
{
    struct fixture *f = *state;
    ink_run *run;
    net_reset(f, SMALL);
    ink_model *model = trained_on(f, "colours.csv", COLOURS);
    ink_data *data = help_load(f, table_write(f, "more.csv", "colour,label\nred,a\nblue,b\ngreen,a\nteal,b\nred,a\n"));
    net_ok(f, ink_eval(f->ctx, model, data, &run));
    assert_non_null(strstr(f->notes, "column 'colour' has a word in 2 of 5 rows that the training rows had not"));
    ink_run_free(run);
    ink_data_free(data);
    net_ok(f, ink_data_load_for(f->ctx, help_path(f, "more.csv"), f->set, model, &data));
    *f->notes = 0;
    net_ok(f, ink_eval(f->ctx, model, data, &run));
    assert_non_null(strstr(f->notes, "column 'colour' has a word in 2 of 5 rows"));
    ink_run_free(run);
    ink_data_free(data);
    net_ok(f, ink_data_load_for(f->ctx, help_path(f, "colours.csv"), f->set, model, &data));
    *f->notes = 0;
    net_ok(f, ink_eval(f->ctx, model, data, &run));
    assert_null(strstr(f->notes, "has a word"));
    ink_run_free(run);
    ink_data_free(data);
    ink_model_free(model);
}

/* Columns that stand elsewhere: of a start too. */
static void columns(void **state)
{
    struct fixture *f = *state;
    net_reset(f, SMALL);
    ink_model *model = trained_on(f, "plain.csv", PLAIN);
    goes_not_on(f, model, "turned.csv", "height,age,label\n5,1,a\n6,2,b\n", "column 'height' stands where");
    ink_model_free(model);
}

#define PRICES "age,price\n1,1.5\n2,3\n3,6\n4,12\n5,24\n6,48\n7,96\n8,192\n"
#define DEBTS "age,price\n1,1.5\n2,-2.5\n3,4.5\n"

static void targets(void **state)
{
    struct fixture *f = *state;
    ink_run *run;
    net_reset(f, SMALL "; task=regress; label-column=price; target-scale=log");
    ink_model *model = trained_on(f, "prices.csv", PRICES);
    goes_not_on(f, model, "debts.csv", DEBTS, "debts.csv|target 'price' is -2.5 in row 1|target-scale standard");
    ink_data *debts = help_load(f, help_path(f, "debts.csv"));
    net_ok(f, ink_eval(f->ctx, model, debts, &run));
    assert_non_null(strstr(f->notes, "no loss: the target 'price' is -2.5 in row 1"));
    ink_run_free(run);
    ink_model_free(model);
    ink_data *prices = help_load(f, help_path(f, "prices.csv"));
    ink_trainer *trainer;
    net_fails(f, ink_trainer_new(f->ctx, prices, debts, f->set, NULL, &trainer), INK_BAD_DATA, "-2.5 in row 1");
    ink_data_free(prices);
    ink_data_free(debts);
}

/* Left to itself, the scale is a logarithm only where the other parts have one too. */
static void targets_of_parts(void **state)
{
    static const char *const parts[] = {"val", "test"};
    struct fixture *f = *state;
    net_reset(f, SMALL "; task=regress; label-column=price");
    ink_model *model = trained_on(f, "prices.csv", PRICES);
    assert_true(model->numbers.scales[0].log);
    ink_model_free(model);
    for (size_t i = 0; i < COUNT(parts); i++) {
        net_reset(f, SMALL "; task=regress; label-column=price");
        help_set(f, parts[i], table_write(f, "debts.csv", DEBTS));
        model = trained_on(f, "prices.csv", PRICES);
        assert_false(model->numbers.scales[0].log);
        ink_model_free(model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(gaps, help_begin, help_end),
        cmocka_unit_test_setup_teardown(gaps_in_images, help_begin, help_end),
        cmocka_unit_test_setup_teardown(gaps_in_parts, help_begin, help_end),
        cmocka_unit_test_setup_teardown(words, help_begin, help_end),
        cmocka_unit_test_setup_teardown(further_words, help_begin, help_end),
        cmocka_unit_test_setup_teardown(columns, help_begin, help_end),
        cmocka_unit_test_setup_teardown(targets, help_begin, help_end),
        cmocka_unit_test_setup_teardown(targets_of_parts, help_begin, help_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
