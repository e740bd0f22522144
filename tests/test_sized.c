/* test_sized: structs that begin with their size: callers that know fewer fields than the library, or more.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include "base/sized.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the rule ---- */

/* A struct of three releases. */
struct first {
    size_t size, a;
};

struct second {
    size_t size, a, b;
};

struct third {
    size_t size, a, b;
    double c;
};

static void fields_go_in(void **state)
{
    const struct fixture *f = *state;
    const struct first older = {sizeof older, 7};
    struct third newer = {sizeof newer, 7, 8, 0};
    struct second known = {0, 1, 2};
    net_ok(f, inki_sized_take(f->ctx, "x", &older, &known, sizeof known));
    assert_int_equal(known.a, 7);
    assert_int_equal(known.b, 0);
    assert_int_equal(known.size, sizeof known);
    net_ok(f, inki_sized_take(f->ctx, "x", &newer, &known, sizeof known));
    assert_int_equal(known.b, 8);
    newer.c = 0.5;
    net_fails(f, inki_sized_take(f->ctx, "x", &newer, &known, sizeof known), INK_BAD_ARGUMENT,
              "x: its size is 32|expected 24");
    newer.size = 0;
    net_fails(f, inki_sized_take(f->ctx, "x", &newer, &known, sizeof known), INK_BAD_ARGUMENT,
              "x: its size is 0|INK_INIT(x)");
}

static void fields_come_out(void **state)
{
    struct second full = {0, 7, 8};
    struct {
        struct first known;
        int behind;
    } older = {{sizeof older.known, 1}, 5};
    struct third newer = {sizeof newer, 1, 2, 3};
    (void)state;
    inki_sized_give(&older.known, &full, sizeof full, sizeof older.known);
    assert_int_equal(older.known.a, 7);
    assert_int_equal(older.known.size, sizeof older.known);
    assert_int_equal(older.behind, 5);
    inki_sized_give(&newer, &full, sizeof full, sizeof(struct first));
    assert_true(newer.a == 7 && newer.b == 8 && newer.c == 3); /* what was there, as size says */
    assert_int_equal(newer.size, sizeof full);
}

/* A size that no caller ever had was not set: all of it is filled. */
static void forgotten_sizes_count_as_all(void **state)
{
    struct second full = {0, 7, 8}, out;
    (void)state;
    for (size_t size = 0; size < sizeof(struct first); size++) {
        out = (struct second){size, 1, 2};
        inki_sized_give(&out, &full, sizeof full, sizeof(struct first));
        assert_true(out.size == sizeof out && out.a == 7 && out.b == 8);
    }
}

/* ---- the structs ---- */

static void rows_of_other_sizes(void **state)
{
    const struct fixture *f = *state;
    static const float x[4] = {1, 2, 3, 4};
    struct {
        ink_rows known;
        size_t more;
    } newer = {.known = {.size = sizeof newer, .rows = 2, .features = 2, .floats = x}};
    ink_rows rows = {.size = offsetof(ink_rows, weights), .rows = 2, .features = 2, .floats = x};
    ink_data *data;
    rows.weights = (const float *)(uintptr_t)8; /* behind its size: not looked at */
    net_ok(f, ink_data_wrap(f->ctx, &rows, &data));
    ink_data_free(data);
    net_ok(f, ink_data_wrap(f->ctx, &newer.known, &data));
    ink_data_free(data);
    newer.more = 1;
    net_fails(f, ink_data_wrap(f->ctx, &newer.known, &data), INK_BAD_ARGUMENT, "ink_rows: its size is|0.1.0");
    assert_null(data);
    rows.size = 0;
    net_fails(f, ink_data_wrap(f->ctx, &rows, &data), INK_BAD_ARGUMENT, "ink_rows: its size is 0|INK_INIT(ink_rows)");
}

static void infos_of_newer_callers(void **state)
{
    const struct fixture *f = *state;
    ink_data *data = net_data(f, 1, 6, 4, 2);
    struct {
        ink_data_info known;
        size_t more;
    } newer = {.known = {.size = sizeof newer}, .more = 5};
    ink_data_describe(data, &newer.known);
    assert_int_equal(newer.known.size, sizeof newer.known);
    assert_int_equal(newer.known.features, 4);
    assert_int_equal(newer.known.classes, 2);
    assert_int_equal(newer.more, 5);
    ink_data_free(data);
}

static void allocators_of_other_sizes(void **state)
{
    ink_ctx *ctx = (ink_ctx *)1;
    struct {
        ink_allocator known;
        void *more;
    } newer = {.known = {.size = sizeof newer}, .more = &newer};
    ink_allocator none = {0}, half = INK_INIT(ink_allocator);
    (void)state;
    const ink_allocator *const wrong[] = {&newer.known, &none, &half};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        assert_int_equal(ink_ctx_new(wrong[i], &ctx), INK_BAD_ARGUMENT);
        assert_null(ctx);
    }
}

static bool go_on(void *user, const ink_progress *now)
{
    (void)now;
    ++*(int *)user;
    return true;
}

static void hooks_of_other_sizes(void **state)
{
    struct fixture *f = *state;
    int calls = 0;
    ink_hooks hooks = {sizeof hooks, go_on, &calls}, none = {0, go_on, &calls};
    ink_round_hooks rounds_hooks = {0};
    ink_data *data = net_data(f, 1, 40, 3, 2);
    ink_model *model;
    ink_run *run;
    ink_rounds *rounds;
    ink_trainer *trainer;
    ink_epoch row = INK_INIT(ink_epoch);
    bool more = true;
    net_reset(f, "hidden=3; epochs=2");
    net_ok(f, ink_train(f->ctx, data, f->set, &hooks, &model, &run));
    assert_true(calls >= 2);
    assert_int_equal(ink_run_epoch(run, 0)->size, sizeof(ink_epoch));
    ink_model_free(model);
    ink_run_free(run);
    net_fails(f, ink_train(f->ctx, data, f->set, &none, &model, &run), INK_BAD_ARGUMENT, "ink_hooks: its size is 0");
    assert_true(!model && !run);
    net_fails(f, ink_train_rounds(f->ctx, data, f->set, &rounds_hooks, &model, &rounds), INK_BAD_ARGUMENT,
              "ink_round_hooks: its size is 0");
    net_ok(f, ink_trainer_new(f->ctx, data, NULL, f->set, NULL, &trainer));
    net_fails(f, ink_trainer_epoch(trainer, &none, &row, &more), INK_BAD_ARGUMENT, "ink_hooks: its size is 0");
    assert_true(!more && row.step == 0);
    net_ok(f, ink_trainer_epoch(trainer, &hooks, &row, &more));
    assert_true(more && row.epoch == 1 && row.size == sizeof row);
    ink_trainer_free(trainer);
    ink_data_free(data);
}

static void plans_of_other_sizes(void **state)
{
    const struct fixture *f = *state;
    const ink_c_plan none = {0}, plan = INK_INIT(ink_c_plan);
    struct {
        ink_c_report known;
        size_t behind;
    } report = {.known = INK_INIT(ink_c_report), .behind = 5};
    ink_model *model;
    net_ok(f, ink_model_new(f->ctx, "dense 3 relu", 4, 2, f->set, &model));
    net_fails(f, ink_model_export_c(f->ctx, model, &none, help_path(f, "a.c"), NULL), INK_BAD_ARGUMENT,
              "ink_c_plan: its size is 0");
    net_ok(f, ink_model_export_c(f->ctx, model, &plan, help_path(f, "a.c"), &report.known));
    assert_true(report.known.flash > 0 && report.behind == 5);
    ink_model_free(model);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(fields_go_in),         CASE(fields_come_out),        CASE(forgotten_sizes_count_as_all),
        CASE(rows_of_other_sizes),  CASE(infos_of_newer_callers), CASE(allocators_of_other_sizes),
        CASE(hooks_of_other_sizes), CASE(plans_of_other_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
