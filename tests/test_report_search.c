/* test_report_search: pages of searches of all kinds: every trial once in each plot and in the table; nothing is trusted.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#ifdef INKI_HAVE_SQLITE

#include "base/mem.h"
#include "out/svg.h"
#include "search/search.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* A page in memory. */
struct page {
    char *text;
    size_t size;
    bool refuse;
};

static bool take(void *user, const char *bytes, size_t count)
{
    struct page *page = user;
    if (page->refuse) return false;
    page->text = realloc(page->text, page->size + count + 1);
    assert_non_null(page->text);
    memcpy(page->text + page->size, bytes, count);
    page->size += count;
    page->text[page->size] = 0;
    return true;
}

static size_t times(const char *text, const char *what)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, what)); at += strlen(what)) count++;
    return count;
}

static ink_search *searched(struct fixture *f, ink_data *data, const char *settings, const char *space,
                            const char *store)
{
    ink_search *search;
    net_reset(f, "scale=standard; val=0.3; workers=1");
    net_set(f, settings);
    net_ok(f, ink_search_new(f->ctx, help_path(f, store), data, f->set, space, &search));
    net_ok(f, ink_search_run(search, NULL));
    return search;
}

/* What must hold of any page; returns it. */
static char *written(const struct fixture *f, const ink_search *search, size_t plots)
{
    struct page page = {0};
    ink_search_info info = INK_INIT(ink_search_info);
    size_t results = 0;
    const ink_trial *trial;
    net_ok(f, ink_report_search(f->ctx, search, "<script>alert(1)</script>", take, &page));
    ink_search_describe(search, &info);
    for (size_t rank = 0; (trial = ink_search_trial(search, rank)); rank++)
        results += isfinite(trial->val[INK_LOSS]) && strcmp(trial->state, "failed") != 0;
    assert_null(strstr(page.text, "<script>alert"));
    assert_null(strstr(page.text, "nan"));
    const size_t together = plots ? 1 : 0; /* all settings side by side, a line a result */
    assert_int_equal(times(page.text, "<svg "), plots + together);
    assert_int_equal(times(page.text, "</svg>"), plots + together);
    assert_int_equal(times(page.text, "<path class=\"row t"), together * results);
    assert_int_equal(times(page.text, "<path class=\"row t0 best\""), together);
    assert_int_equal(times(page.text, "<g class=\"upright\""), together * (plots + 1));
    assert_int_equal(times(page.text, "<circle "), plots * results);
    assert_int_equal(times(page.text, "class=\"point best\""), plots);
    assert_int_equal(times(page.text, "<th scope=\"row\" class=\"num\" data-v="), info.trials);
    assert_int_equal(times(page.text, "<section "), times(page.text, "</section>"));
    return page.text;
}

static void kinds(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *settings, *space;
        size_t plots;
    } cases[] = {
        {"epochs=3; method=grid", "hidden=4|8,4 lr=0.01,0.1", 2},
        {"epochs=3; method=random; trials=9; objective=val_accuracy",
         "hidden=4|8 lr=1e-4..30:log l2=0..0.1 epochs=1..3", 4},
        {"epochs=6; method=halving; trials=9", "batch=8..64 lr=1e-3..1:log", 2},
        {"epochs=2; method=grid", "net=dense 4 relu / dense 8 tanh | dropout 0.2 lr=0.001..1:log:12 optimizer=sgd,adam",
         3},
        {"epochs=1; method=grid", "seed=1..40", 1},
        {"epochs=1; method=grid; folds=2", "lr=0.1", 1},
    };
    ink_data *data = net_clusters(f, 3, 120, 6, 3, 2.0F);
    for (size_t i = 0; i < LENGTH(cases); i++) {
        char name[32];
        snprintf(name, sizeof name, "%zu.db", i);
        ink_search *search = searched(f, data, cases[i].settings, cases[i].space, name);
        char *text = written(f, search, cases[i].plots);
        free(text);
        ink_search_free(search);
    }
    ink_data_free(data);
}

/* Trials without a value pass below an axis; ranges by factors are axes by factors, and say so to the script. */
static void conditional(void **state)
{
    struct fixture *f = *state;
    ink_data *data = net_clusters(f, 3, 120, 6, 3, 2.0F);
    ink_search *search = searched(f, data, "epochs=1; method=random; trials=12",
                                  "optimizer=sgd,momentum momentum=0.5,0.9 lr=1e-3..1:log", "some.db");
    struct page page = {0};
    net_ok(f, ink_report_search(f->ctx, search, "t", take, &page));
    char *text = page.text;
    assert_int_equal(times(text, "<path class=\"row t"), 12);
    assert_int_equal(times(text, ">none</text>"), 1);
    const char *lr = strstr(text, "data-name=\"lr\""), *momentum = strstr(text, "data-name=\"momentum\"");
    assert_true(lr && momentum && strstr(lr, "data-log=") && strstr(lr, "data-log=") < strstr(lr, "</g>"));
    assert_true(strstr(momentum, ">none</text>") < strstr(momentum, "</g>"));
    free(text);
    ink_search_free(search);
    ink_data_free(data);
}

/* Names beyond what a plot has places for are left to the table. */
static void many_names(void **state)
{
    struct fixture *f = *state;
    char space[1024] = "net=";
    for (int i = 1; i <= 31; i++)
        snprintf(space + strlen(space), sizeof space - strlen(space), "%sdense %d relu", i > 1 ? " / " : "", i);
    ink_data *data = net_clusters(f, 3, 60, 4, 3, 2.0F);
    ink_search *search = searched(f, data, "epochs=1; method=grid", space, "many.db");
    char *text = written(f, search, 0);
    assert_non_null(strstr(text, "net has 31 values: see the table"));
    free(text);
    ink_search_free(search);
    ink_data_free(data);
}

static void nothing_yet(void **state)
{
    struct fixture *f = *state;
    struct page page = {0}, refusing = {.refuse = true};
    ink_data *data = net_clusters(f, 3, 60, 4, 3, 2.0F);
    ink_search *search = searched(f, data, "epochs=1; method=grid", "hidden=wide|<b>", "none.db");
    net_ok(f, ink_report_search(f->ctx, search, "t", take, &page));
    assert_non_null(strstr(page.text, "No trial has a result yet"));
    assert_non_null(strstr(page.text, "2 failed; trial 1: "));
    assert_non_null(strstr(page.text, "&lt;b&gt;"));
    assert_null(strstr(page.text, "<svg "));
    net_fails(f, ink_report_search(f->ctx, search, "t", take, &refusing), INK_IO, "could not be written");
    free(page.text);
    ink_search_free(search);
    ink_data_free(data);
}

static bool swallow(void *user, const char *bytes, size_t count)
{
    (void)user, (void)bytes, (void)count;
    return true;
}

static ink_status write_it(struct fixture *f, void *arg) { return ink_report_search(f->ctx, arg, "t", swallow, NULL); }

static void out_of_memory(void **state)
{
    struct fixture *f = *state;
    ink_data *data = net_clusters(f, 7, 60, 4, 3, 2.0F);
    ink_search *search = searched(f, data, "epochs=1; method=grid", "hidden=4|8 lr=0.01,0.1", "room.db");
    assert_true(help_sweep(f, write_it, search) >= 10);
    ink_search_free(search);
    ink_data_free(data);
}

/* Whatever the numbers, a plot says no NaN and no infinity, and ends. */
static void odd_points(void **state)
{
    struct fixture *f = *state;
    static const double odd[] = {0, -1, 1, 1e300, -1e300, 1e-300, 5e-324, INFINITY, -INFINITY, NAN, 0.5};
    struct inki_svg_point points[LENGTH(odd) * LENGTH(odd)];
    static const char *const names[] = {"a", "b", "a name that is longer than its place has room"};
    const double middles[] = {NAN, -1, INFINITY};
    for (size_t i = 0; i < LENGTH(points); i++)
        points[i] = (struct inki_svg_point){odd[i / LENGTH(odd)], odd[i % LENGTH(odd)], "", NULL};
    for (unsigned kind = 0; kind < 64; kind++) {
        struct inki_str out = {.ctx = f->ctx};
        size_t count = kind & 32 ? 1 + kind % 7 : LENGTH(points);
        bool named = kind & 8;
        inki_svg_scattered(&out, &(struct inki_svg_scatter){.id = "i",
                                                            .title = "t",
                                                            .about = "a",
                                                            .x_name = "x",
                                                            .y_name = "y",
                                                            .points = points,
                                                            .count = named ? 0 : count,
                                                            .names = named ? names : NULL,
                                                            .middles = middles,
                                                            .name_count = named ? kind & 16 ? 3 : 2 : 0,
                                                            .log_x = kind & 1,
                                                            .log_y = kind & 2,
                                                            .percent = kind & 4,
                                                            .whole = kind & 16});
        assert_false(out.failed);
        assert_null(strstr(out.text, "nan"));
        assert_null(strstr(out.text, "inf"));
        assert_string_equal(out.text + strlen(out.text) - 6, "</svg>");
        inki_free(out.text);
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {CASE(kinds),       CASE(conditional),   CASE(many_names),
                                       CASE(nothing_yet), CASE(out_of_memory), CASE(odd_points)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void) { return 0; }

#endif
