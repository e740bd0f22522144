/* test_space: spaces of settings, their points, and the plans of trials over them.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include "base/mem.h"
#include "base/text.h"
#include "search/search.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct inki_space parsed(const struct fixture *f, const char *text)
{
    struct inki_space space;
    net_ok(f, inki_space_parse(f->ctx, text, &space));
    return space;
}

static void texts_become_spaces(void **state)
{
    static const struct {
        const char *text, *canonical;
        size_t points; /* 0: countless */
    } cases[] = {
        {"batch=32,64,128", "batch=32,64,128", 3},
        {"hidden=20|40|100,50 batch=32|full", "hidden=20|40|100,50 batch=32,full", 6},
        {"  lr=0.10,1e-3\tl2=0,1 ", "lr=0.1,0.001 l2=0,1", 4},
        {"lr=1e-4..1e-1:log", "lr=0.0001..0.1:log", 0},
        {"l2=0..0.01", "l2=0..0.01", 0},
        {"epochs=5..9", "epochs=5,6,7,8,9", 5},
        {"epochs=5..20:4", "epochs=5,10,15,20", 4},
        {"batch=16..256:log", "batch=16..256:log", 0},
        {"batch=16..256:log:5", "batch=16,32,64,128,256", 5},
        {"batch=16..256:5:log", "batch=16,32,64,128,256", 5},
        {"batch=1..3:9", "batch=1,2,3", 3},
        {"lr=1e-4..1e-1:log:4", "lr=0.0001,0.001,0.01,0.1", 4},
        {"dropout=0..0.5:3", "dropout=0,0.25,0.5", 3},
        {"lr=auto,0.1", "lr=auto,0.1", 2},
        {"optimizer=sgd,adam|adamw stratify=true", NULL, 0},
        {"optimizer=sgd,adam|adamw", "optimizer=sgd,adam,adamw", 3},
        {"scale=255,standard", "scale=255,standard", 2},
        {"net=dense 20 relu / dense 40 relu | dropout 0.2 lr=0.1",
         "net=dense 20 relu / dense 40 relu | dropout 0.2 lr=0.1", 2},
        {"net=\"dense 20 relu | dense 10 tanh\",\"dense 5 relu\" lr=0.1",
         "net=dense 20 relu | dense 10 tanh / dense 5 relu lr=0.1", 2},
        {"net=\"dense 20 relu\" | \"dense 5 relu\"", "net=dense 20 relu / dense 5 relu", 2},
        {"augment=\"shift:2,rotate:10\"|shift:1", "augment=shift:2,rotate:10|shift:1", 2},
        {"seed=1..3 lr=0.1", "seed=1,2,3 lr=0.1", 3},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct inki_space space;
        if (!cases[i].canonical) {
            net_fails(f, inki_space_parse(f->ctx, cases[i].text, &space), INK_BAD_SETTING, "stratify");
            continue;
        }
        space = parsed(f, cases[i].text);
        assert_string_equal(space.text, cases[i].canonical);
        assert_int_equal(inki_space_points(&space), cases[i].points);
        struct inki_space again = parsed(f, space.text); /* what is kept reads back as the same */
        assert_string_equal(again.text, space.text);
        inki_space_free(&again);
        inki_space_free(&space);
    }
}

static void wrong_texts_are_refused(void **state)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"", "nothing to search"},
        {"   ", "nothing to search"},
        {"lr", "'lr' is not a term|NAME=VALUE"},
        {"lr=0.1 batch", "'0.1 batch' is not a number"},
        {"lr=", "a value is missing"},
        {"lr=0.1,", "a value is missing"},
        {"lr=,0.1", "a value is missing"},
        {"lr=0.1,0.10", "is given twice"},
        {"lr=0.1 lr=0.2", "lr is given twice"},
        {"leraning=1", "there is no setting 'leraning'"},
        {"epoch=1", "did you mean 'epochs'"},
        {"lr=x", "'x' is not a number"},
        {"dropout=1.5", "1.5 is outside 0 to 0.95"},
        {"dropout=0..2", "2 is outside"},
        {"epochs=1.5,2", "integer"},
        {"optimizer=sdg", "did you mean 'sgd'"},
        {"optimizer=adam..sgd", "adam..sgd"},
        {"lr=1..0.1", "write the smaller end first"},
        {"lr=0.1..0.1", "write the smaller end first"},
        {"l2=0..1:log", "must start above 0"},
        {"lr=auto..1", "two numbers"},
        {"lr=0.1..1:lgo", ":log, a number of points"},
        {"lr=0.1..1:1", "a number of points from 2"},
        {"lr=0.1..1:1000000", "a number of points from 2"},
        {"lr=0.1..1:", "a number of points"},
        {"lr=..1", "''"},
        {"net=\"dense 20 relu", "a closing quote is missing"},
        {"net=\"dense 20\" x,\"dense 30\"", "unexpected text after the closing quote"},
        {"val=0.1,0.2", "val cannot be searched: all trials use the same data"},
        {"limit=100", "limit cannot be searched"},
        {"threads=1,2", "threads cannot be searched: it changes no result"},
        {"workers=1,2", "workers cannot be searched"},
        {"keep=best,last", "keep cannot be searched"},
        {"seed=0..100000:100000", "points from 2 to 10000"},
        {"init=\xff|he", "not UTF-8"},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct inki_space space;
        net_fails(f, inki_space_parse(f->ctx, cases[i].text, &space), INK_BAD_SETTING, cases[i].words);
        assert_null(space.axes);
        assert_int_equal(space.count, 0);
    }
}

static const char *value(json_t *point, const char *name) { return json_string_value(json_object_get(point, name)); }

static void grids_run_through_all_points(void **state)
{
    struct fixture *f = *state;
    struct inki_space space = parsed(f, "hidden=20|40 batch=1,2,3 lr=0.1,0.2");
    char seen[12][64];
    for (size_t i = 0; i < 12; i++) {
        json_t *point = inki_space_point(&space, i);
        snprintf(seen[i], sizeof seen[i], "%s %s %s", value(point, "hidden"), value(point, "batch"),
                 value(point, "lr"));
        for (size_t j = 0; j < i; j++) assert_string_not_equal(seen[i], seen[j]);
        json_decref(point);
    }
    assert_string_equal(seen[0], "20 1 0.1");
    assert_string_equal(seen[1], "20 1 0.2");
    assert_string_equal(seen[2], "20 2 0.1");
    assert_string_equal(seen[11], "40 3 0.2");
    inki_space_free(&space);
}

/* Draws lie in their ranges, spread over them evenly, and depend on seed, trial and the term's place alone. */
static void draws_are_even_and_repeat(void **state)
{
    struct fixture *f = *state;
    struct inki_space space =
        parsed(f, "lr=1e-4..1:log l2=1..3 batch=1..1000000:log epochs=1..20000 optimizer=sgd,adam");
    struct inki_space shorter = parsed(f, "lr=1e-4..1:log l2=1..3");
    size_t below[4] = {0}, sgd = 0, n = 2000;
    for (size_t trial = 1; trial <= n; trial++) {
        json_t *point = inki_space_draw(&space, 7, trial), *again = inki_space_draw(&space, 7, trial),
               *less = inki_space_draw(&shorter, 7, trial), *other = inki_space_draw(&space, 8, trial);
        assert_true(json_equal(point, again));
        assert_false(json_equal(point, other));
        assert_string_equal(value(point, "lr"), value(less, "lr"));
        assert_string_equal(value(point, "l2"), value(less, "l2"));
        static const char *const names[] = {"lr", "l2", "batch", "epochs"};
        static const double low[] = {1e-4, 1, 1, 1}, high[] = {1, 3, 1e6, 20000}, middle[] = {1e-2, 2, 1e3, 10000.5};
        for (size_t i = 0; i < 4; i++) {
            double number;
            assert_true(inki_parse_real(value(point, names[i]), &number));
            assert_true(number >= low[i] && number <= high[i]);
            if (i >= 2) assert_true(number == floor(number));
            below[i] += number < middle[i];
            assert_true(strlen(value(point, names[i])) < 10);
            net_ok(f, ink_settings_set(f->ctx, f->set, names[i], value(point, names[i])));
        }
        sgd += strcmp(value(point, "optimizer"), "sgd") == 0;
        json_decref(point);
        json_decref(again);
        json_decref(less);
        json_decref(other);
    }
    for (size_t i = 0; i < 4; i++) net_near((double)below[i] / (double)n, 0.5, 0.05);
    net_near((double)sgd / (double)n, 0.5, 0.05);
    inki_space_free(&space);
    inki_space_free(&shorter);
}

/* ---- plans ---- */

static struct inki_plan planned(struct fixture *f, const char *settings, const struct inki_space *space)
{
    struct inki_plan plan;
    net_reset(f, settings);
    net_ok(f, inki_plan_make(f->set, space, &plan));
    return plan;
}

static void halving_has_rungs(void **state)
{
    static const size_t epochs[] = {1, 3, 9, 27}, rooms[] = {27, 9, 3, 1};
    struct fixture *f = *state;
    struct inki_space space = parsed(f, "lr=1e-4..1:log");
    struct inki_plan plan = planned(f, "method=halving; trials=27; epochs=27", &space);
    assert_int_equal(plan.bracket_count, 1);
    assert_int_equal(plan.brackets[0].rungs, 4);
    for (size_t r = 0; r < 4; r++) {
        assert_int_equal(inki_plan_epochs(&plan, 0, r, 27), epochs[r]);
        assert_int_equal(inki_plan_room(&plan, 0, r), rooms[r]);
    }
    assert_int_equal(inki_plan_epochs(&plan, 0, 1, 10), 2); /* a trial of 10 epochs: 10/9, rounded up */
    inki_plan_free(&plan);
    plan = planned(f, "method=halving; trials=200; epochs=25; min-epochs=5", &space);
    assert_int_equal(plan.brackets[0].rungs, 2);
    inki_plan_free(&plan);
    plan = planned(f, "method=halving; trials=5; epochs=1000; keep-one-in=2", &space);
    assert_int_equal(plan.brackets[0].rungs, 3);
    assert_int_equal(inki_plan_room(&plan, 0, 2), 1);
    inki_plan_free(&plan);
    inki_space_free(&space);
}

/* Table 1 of Li et al.: R = 81, eta = 3. */
static void hyperband_is_the_papers(void **state)
{
    static const size_t counts[] = {81, 34, 15, 8, 5}, first_epochs[] = {1, 3, 9, 27, 81};
    struct fixture *f = *state;
    struct inki_space space = parsed(f, "lr=1e-4..1:log");
    struct inki_plan plan = planned(f, "method=hyperband; epochs=81", &space);
    assert_int_equal(plan.bracket_count, 5);
    size_t first = 1;
    for (size_t b = 0; b < 5; b++) {
        assert_int_equal(plan.brackets[b].first, first);
        assert_int_equal(plan.brackets[b].count, counts[b]);
        assert_int_equal(plan.brackets[b].rungs, 5 - b);
        assert_int_equal(inki_plan_epochs(&plan, b, 0, 81), first_epochs[b]);
        first += counts[b];
    }
    assert_int_equal(plan.trials, 143);
    inki_plan_free(&plan);
    plan = planned(f, "method=hyperband; epochs=81; trials=160", &space);
    assert_int_equal(plan.trials, 160);
    assert_int_equal(plan.bracket_count, 6);
    inki_plan_free(&plan);
    inki_space_free(&space);
}

static void methods_are_chosen(void **state)
{
    static const struct {
        const char *settings, *space, *method;
        size_t trials;
    } cases[] = {
        {"", "lr=0.1,0.2 batch=1,2,3", "grid", 6},
        {"trials=4", "lr=0.1,0.2 batch=1,2,3", "random", 4},
        {"trials=40", "lr=0.1,0.2 batch=1,2,3", "random", 6},
        {"", "lr=0.1..0.2", "random", 50},
        {"trials=3; method=grid", "lr=0.1,0.2 batch=1,2,3", "grid", 3},
        {"method=random", "lr=0.1,0.2", "random", 2},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct inki_space space = parsed(f, cases[i].space);
        struct inki_plan plan = planned(f, cases[i].settings, &space);
        assert_string_equal(inki_plan_method(&plan), cases[i].method);
        assert_int_equal(plan.trials, cases[i].trials);
        inki_plan_free(&plan);
        inki_space_free(&space);
    }
}

static void plans_that_cannot_be(void **state)
{
    static const struct {
        const char *settings, *space, *words;
    } cases[] = {
        {"method=grid", "lr=0.1..0.2", "a grid needs points, and lr is a range|lr=LOW..HIGH:5"},
        {"method=grid", "lr=0.1..0.2:5000 l2=0..1:5000", "more than 1000000 points"},
        {"method=halving; epochs=2", "lr=0.1..0.2", "halving|leave nothing to save"},
        {"method=halving; epochs=20; min-epochs=10", "lr=0.1..0.2", "leave nothing to save"},
        {"method=halving; steps=100", "lr=0.1..0.2", "set epochs instead of steps"},
        {"method=hyperband", "lr=0.1..0.2 steps=100,200", "set epochs instead of steps"},
        {"method=hyperband; epochs=10000000", "lr=0.1..0.2", "set trials"},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct inki_space space = parsed(f, cases[i].space);
        struct inki_plan plan;
        net_reset(f, cases[i].settings);
        net_fails(f, inki_plan_make(f->set, &space, &plan), INK_BAD_SETTING, cases[i].words);
        inki_space_free(&space);
    }
}

/* Random trials of a space of points are different ones, and more trials begin with the same. */
static void random_points_are_not_drawn_twice(void **state)
{
    struct fixture *f = *state;
    struct inki_space space = parsed(f, "lr=0.1,0.2,0.3,0.4 batch=1,2,3,4,5");
    struct inki_plan few = planned(f, "method=random; trials=7", &space),
                     all = planned(f, "method=random; trials=20", &space);
    json_t *some[7] = {NULL}, *points[20] = {NULL};
    net_ok(f, inki_plan_points(&few, &space, 3, some));
    net_ok(f, inki_plan_points(&all, &space, 3, points));
    size_t moved = 0;
    for (size_t i = 0; i < 20; i++) {
        for (size_t j = 0; j < i; j++) assert_false(json_equal(points[i], points[j]));
        if (i < 7) assert_true(json_equal(points[i], some[i]));
        json_t *in_order = inki_space_point(&space, i);
        moved += !json_equal(points[i], in_order);
        json_decref(in_order);
    }
    assert_true(moved > 10);
    for (size_t i = 0; i < 7; i++) json_decref(some[i]);
    for (size_t i = 0; i < 20; i++) json_decref(points[i]);
    inki_plan_free(&few);
    inki_plan_free(&all);
    inki_space_free(&space);
}

/* ---- what matters ---- */

/* Trials with made-up results; shares of each term. */
static void weigh(struct fixture *f, const char *text, size_t count, double (*result)(json_t *point, size_t i),
                  double *shares)
{
    struct inki_space space = parsed(f, text);
    struct inki_trial *trials = calloc(count, sizeof *trials);
    for (size_t i = 0; i < count; i++) {
        size_t points = inki_space_points(&space);
        trials[i].settings = points ? inki_space_point(&space, i % points) : inki_space_draw(&space, 1, i + 1);
        trials[i].first = result(trials[i].settings, i);
        snprintf(trials[i].state, sizeof trials[i].state, "%s", isnan(trials[i].first) ? "failed" : "done");
    }
    ink_search search = {.ctx = f->ctx,
                         .loss = inki_loss_for(INKI_TARGET_CLASSES),
                         .space = space,
                         .trials = trials,
                         .count = count,
                         .shares = shares};
    net_ok(f, inki_search_weigh(&search));
    for (size_t i = 0; i < count; i++) json_decref(trials[i].settings);
    free(trials);
    inki_space_free(&space);
}

static double noise(size_t i)
{
    float x;
    net_values(i + 100, 1, -1, 1, &x);
    return (double)x;
}

static double by_batch(json_t *point, size_t i) { return 10 * atof(value(point, "batch")) + noise(i); }

static double by_lr(json_t *point, size_t i)
{
    double lr = 0;
    inki_parse_real(value(point, "lr"), &lr);
    return fabs(lr - 0.5) + 0.01 * noise(i); /* best in the middle: a straight line would see nothing */
}

static double by_chance(json_t *point, size_t i)
{
    (void)point;
    return noise(i);
}

static double fails_at_ten(json_t *point, size_t i)
{
    return strcmp(value(point, "lr"), "10") == 0 ? (double)NAN : 1 + noise(i);
}

static double all_the_same(json_t *point, size_t i)
{
    (void)point, (void)i;
    return 1;
}

static void what_matters_is_seen(void **state)
{
    struct fixture *f = *state;
    double shares[2];
    weigh(f, "batch=1,2,3,4 lr=0.1,0.2", 8, by_batch, shares);
    assert_true(shares[0] > 0.9 && shares[1] < 0.05);
    weigh(f, "lr=0.0001..1 l2=0..1", 200, by_lr, shares);
    assert_true(shares[0] > 0.8 && shares[1] < 0.05);
    weigh(f, "lr=0.0001..1 l2=0..1", 200, by_chance, shares);
    assert_true(shares[0] < 0.06 && shares[1] < 0.06);
    weigh(f, "lr=1,10 l2=0,1", 40, fails_at_ten, shares);
    assert_true(shares[0] > 0.7 && shares[1] < 0.05);
    weigh(f, "lr=1,10 l2=0,1", 4, all_the_same, shares);
    assert_true(isnan(shares[0]) && isnan(shares[1]));
    weigh(f, "lr=1,10 l2=0,1", 2, by_chance, shares);
    assert_true(isnan(shares[0]));
}

/* By hand: ranks 1..6, groups {1,2,3} and {4,5,6}: within 4, total 17.5; 1 - (4 / 4) / (17.5 / 5). */
static double ordered(json_t *point, size_t i)
{
    return (strcmp(value(point, "lr"), "1") == 0 ? 0 : 100) + (double)i * (double)i;
}

static void shares_are_epsilon_squared(void **state)
{
    struct fixture *f = *state;
    double share;
    weigh(f, "lr=1,10", 6, ordered, &share);
    net_near(share, 1 - (4.0 / 4) / (17.5 / 5), 1e-12);
}

/* ---- terms that depend on others ---- */

static void terms_without_effect_are_left_out(void **state)
{
    static const struct {
        const char *settings, *space, *points; /* the grid's, separated by " / " */
        const char *note;                      /* a word of the last note, or NULL */
    } cases[] = {
        {"epochs=3", "optimizer=sgd,momentum momentum=0.5,0.9",
         "optimizer=sgd / optimizer=momentum momentum=0.5 / optimizer=momentum momentum=0.9", "1 of 4 points"},
        {"epochs=3", "momentum=0.5,0.9 optimizer=momentum,sgd,adam dampening=0,0.1",
         "momentum=0.5 optimizer=momentum dampening=0 / momentum=0.5 optimizer=momentum dampening=0.1 / optimizer=sgd "
         "/ "
         "optimizer=adam / momentum=0.9 optimizer=momentum dampening=0 / momentum=0.9 optimizer=momentum dampening=0.1",
         "6 of 12 points"},
        {"optimizer=nesterov", "momentum=0.5,0.9", "momentum=0.5 / momentum=0.9", NULL},
        {"optimizer=sgd", "momentum=0.5,0.9 l2=0,1", "l2=0 / l2=1", "2 of 4 points"},
        {"lr=0.1", "schedule=constant,plateau,auto plateau-factor=0.5,0.1",
         "schedule=constant / schedule=plateau plateau-factor=0.5 / schedule=plateau plateau-factor=0.1 / "
         "schedule=auto",
         "2 of 6 points"},
        {"min-lr=0.001", "lr=auto,0.1 decay=0.5,0.6 schedule=exponential,auto",
         "lr=auto decay=0.5 schedule=exponential / lr=auto schedule=auto / lr=auto decay=0.6 schedule=exponential / "
         "lr=0.1 decay=0.5 schedule=exponential / lr=0.1 schedule=auto / lr=0.1 decay=0.6 schedule=exponential",
         "2 of 8 points"},
        {"epochs=3", "hidden=0|5 dropout=0,0.1", "hidden=0 / hidden=5 dropout=0 / hidden=5 dropout=0.1", "1 of 4"},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[600] = "";
        struct inki_space space = parsed(f, cases[i].space);
        net_reset(f, cases[i].settings);
        *f->note = 0;
        net_ok(f, inki_space_bind(&space, f->set));
        for (size_t p = 0; p < inki_space_points(&space); p++) {
            const char *name;
            json_t *point = inki_space_point(&space, p), *of;
            if (p) strcat(text, " /");
            json_object_foreach(point, name, of)
            {
                size_t used = strlen(text);
                snprintf(text + used, sizeof text - used, "%s%s=%s", used ? " " : "", name, json_string_value(of));
            }
            json_decref(point);
        }
        assert_string_equal(text, cases[i].points);
        if (cases[i].note)
            assert_non_null(strstr(f->note, cases[i].note));
        else
            assert_string_equal(f->note, "");
        inki_space_free(&space);
    }
}

static void draws_leave_out_what_has_no_effect(void **state)
{
    struct fixture *f = *state;
    struct inki_space space = parsed(f, "lr=0.01..1:log optimizer=sgd,momentum momentum=0.5..0.9"),
                      plain = parsed(f, space.text);
    size_t with = 0;
    net_reset(f, "");
    net_ok(f, inki_space_bind(&space, f->set));
    for (size_t trial = 1; trial <= 40; trial++) {
        json_t *point = inki_space_draw(&space, 1, trial), *all = inki_space_draw(&plain, 1, trial);
        bool has = json_object_get(point, "momentum") != NULL;
        assert_int_equal(has, strcmp(value(point, "optimizer"), "momentum") == 0);
        assert_string_equal(value(point, "lr"), value(all, "lr"));
        if (has) assert_string_equal(value(point, "momentum"), value(all, "momentum"));
        with += has;
        json_decref(point);
        json_decref(all);
    }
    assert_true(with > 5 && with < 35);
    inki_space_free(&space);
    inki_space_free(&plain);
}

static void lists_that_are_one_value_are_named(void **state)
{
    static const struct {
        const char *space, *note;
    } cases[] = {{"hidden=20,40,100", "hidden=20,40,100 is one network, with layers of these widths; to try each write "
                                      "hidden=20|40|100"},
                 {"augment=shift:2,rotate:10", "augment=shift:2,rotate:10 is one value; to try each write "},
                 {"hidden=20,40|100", NULL},
                 {"hidden=20", NULL}};
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct inki_space space = parsed(f, cases[i].space);
        net_reset(f, "");
        *f->note = 0;
        net_ok(f, inki_space_bind(&space, f->set));
        if (cases[i].note)
            assert_non_null(strstr(f->note, cases[i].note));
        else
            assert_string_equal(f->note, "");
        inki_space_free(&space);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(texts_become_spaces, help_begin, help_end),
        cmocka_unit_test_setup_teardown(wrong_texts_are_refused, help_begin, help_end),
        cmocka_unit_test_setup_teardown(grids_run_through_all_points, help_begin, help_end),
        cmocka_unit_test_setup_teardown(draws_are_even_and_repeat, help_begin, help_end),
        cmocka_unit_test_setup_teardown(halving_has_rungs, help_begin, help_end),
        cmocka_unit_test_setup_teardown(hyperband_is_the_papers, help_begin, help_end),
        cmocka_unit_test_setup_teardown(methods_are_chosen, help_begin, help_end),
        cmocka_unit_test_setup_teardown(plans_that_cannot_be, help_begin, help_end),
        cmocka_unit_test_setup_teardown(random_points_are_not_drawn_twice, help_begin, help_end),
        cmocka_unit_test_setup_teardown(what_matters_is_seen, help_begin, help_end),
        cmocka_unit_test_setup_teardown(shares_are_epsilon_squared, help_begin, help_end),
        cmocka_unit_test_setup_teardown(terms_without_effect_are_left_out, help_begin, help_end),
        cmocka_unit_test_setup_teardown(draws_leave_out_what_has_no_effect, help_begin, help_end),
        cmocka_unit_test_setup_teardown(lists_that_are_one_value_are_named, help_begin, help_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
