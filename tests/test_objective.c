/* test_objective: what trials are compared by means the same for all of them.
 * SPDX-License-Identifier: MIT */
#include "table_help.h"
#include "net_help.h"

#include "search/search.h"

#include <stdio.h>
#include <string.h>

#define PLAN "hidden=3; epochs=1; val=2; workers=1"
#define PRICES "label-column=price; task=regress; "
static const char *const prices = "age,price\n1,1.5\n2,3\n3,6\n4,12\n5,24\n6,48\n7,96\n8,192\n";
static const char *const classes = "age,label\n1,a\n2,b\n3,a\n4,b\n5,a\n6,b\n7,a\n8,b\n";

static ink_status search_new(const struct fixture *f, const char *text, const char *set, const char *space,
                             ink_search **out)
{
    net_reset((struct fixture *)(uintptr_t)f, PLAN);
    net_set(f, set);
    ink_data *data = help_load(f, table_write(f, "rows.csv", text));
    ink_status status = ink_search_new(f->ctx, help_path(f, "s.db"), data, f->set, space, out);
    ink_data_free(status == INK_OK ? NULL : data);
    return status;
}

/* A search borrows its data. */
static void search_end(ink_search *search)
{
    ink_data *data = (ink_data *)(uintptr_t)search->data;
    ink_search_free(search);
    ink_data_free(data);
}

static void refused(void **state)
{
    static const struct {
        bool numbers;
        const char *set, *space, *words;
    } cases[] = {
        {true, "objective=val_loss", "target-scale=log,standard", "different target-scale|objective val_rmse"},
        {true, "monitor=val_loss", "target-scale=log,standard", "different target-scale|objective val_rmse"},
        {true, "loss=quantile; objective=val_loss", "target-scale=log,standard", "objective val_pinball"},
        {true, "objective=val_rmse", "loss=mse,huber", "different losses|inkling compare"},
        {true, "", "label-smoothing=0,0.1", "label-smoothing has no effect|numbers to predict"},
        {true, "", "class-weight=none|balanced", "class-weight has no effect|numbers to predict"},
        {false, "", "target-scale=log,standard", "target-scale has no effect|classes"},
        {false, "", "threshold=0.3,0.5", "threshold cannot be searched|threshold auto"},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        ink_search *search;
        const char *set = cases[i].set;
        char all[128];
        snprintf(all, sizeof all, "%s%s", cases[i].numbers ? PRICES : "", *set ? set : "seed=1");
        ink_status status = search_new(f, cases[i].numbers ? prices : classes, all, cases[i].space, &search);
        net_fails(f, status, INK_BAD_SETTING, cases[i].words);
    }
}

/* Left open, the objective is in the targets' own unit, and that is said. */
static void chosen(void **state)
{
    static const char *const cases[][3] = {{"loss=mse", "target-scale=log,standard", "rmse"},
                                           {"loss=huber", "target-scale=log,standard", "rmse"},
                                           {"loss=quantile", "target-scale=log,standard", "pinball"},
                                           {"objective=val_mae", "target-scale=log,standard", "mae"},
                                           {"loss=mse", "lr=0.1,0.2", "loss"}};
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        ink_search *search;
        char all[128], note[64];
        snprintf(all, sizeof all, PRICES "%s", cases[i][0]);
        net_ok(f, search_new(f, prices, all, cases[i][1], &search));
        assert_string_equal(search->loss->scores[search->score].name, cases[i][2]);
        snprintf(note, sizeof note, "objective: val_%s", cases[i][2]);
        assert_true((strstr(f->notes, note) != NULL) == (i < 3));
        search_end(search);
        assert_int_equal(remove(help_path(f, "s.db")), 0);
    }
}

/* Validation rows of one class have no AUC, those of one target no r2: trials are not compared by these, and of a training the loss
 * decides, which is said. */
static void undefined(void **state)
{
    static const struct {
        const char *set, *space, *words;
        ink_status status;
    } cases[] = {
        {"val=one.csv; objective=val_auc", "lr=0.1,0.2", "val_auc is not defined|2 validation rows|one class",
         INK_BAD_DATA},
        {"val=one.csv; objective=val_average_precision", "lr=0.1,0.2", "one class", INK_BAD_DATA},
        {"val=one.csv; objective=val_f1", "lr=0.1,0.2", "one class", INK_BAD_DATA},
        {"val=0; folds=8; objective=val_auc", "lr=0.1,0.2", "of a fold have one class", INK_BAD_DATA},
        {"val=one.csv; objective=val_balanced_accuracy", "lr=0.1,0.2", NULL, INK_OK},
        {"val=4; objective=val_auc; stratify=true", "lr=0.1,0.2", NULL, INK_OK},
        {PRICES "val=1; objective=val_r2", "lr=0.1,0.2", "val_r2 is not defined|one target", INK_BAD_DATA},
        {PRICES "val=2; objective=val_r2", "lr=0.1,0.2", NULL, INK_OK},
    };
    struct fixture *f = *state;
    const char *one = table_write(f, "one.csv", "age,label\n1,a\n3,a\n");
    for (size_t i = 0; i < COUNT(cases); i++) {
        ink_search *search;
        char set[256];
        const bool own = strncmp(cases[i].set, "val=one.csv", 11) == 0;
        snprintf(set, sizeof set, own ? "val=%s%s" : "%s%s", own ? one : cases[i].set, own ? cases[i].set + 11 : "");
        ink_status status = search_new(f, strstr(set, "price") ? prices : classes, set, cases[i].space, &search);
        if (cases[i].words) {
            net_fails(f, status, cases[i].status, cases[i].words);
            continue;
        }
        net_ok(f, status);
        search_end(search);
        remove(help_path(f, "s.db"));
    }
}

static void undefined_monitor(void **state)
{
    struct fixture *f = *state;
    ink_model *model;
    ink_run *run;
    net_reset(f, PLAN "; monitor=val_auc");
    help_set(f, "val", table_write(f, "one.csv", "age,label\n1,a\n3,a\n"));
    ink_data *data = help_load(f, table_write(f, "rows.csv", classes));
    net_ok(f, ink_train(f->ctx, data, f->set, NULL, &model, &run));
    assert_non_null(
        strstr(f->notes, "monitor val_auc is not defined here, as the 2 validation rows have one class only"));
    ink_run_free(run);
    ink_model_free(model);
    ink_data_free(data);
}

/* How columns are encoded belongs to the model, as their scale does. */
static void encodings(void **state)
{
    struct fixture *f = *state;
    ink_search *search;
    net_ok(f, search_new(f, classes, "seed=1", "numbers=standard|hat:2", &search));
    assert_int_equal(inki_space_points(&search->space), 2);
    search_end(search);
}

/* Members that are not there have no weights to share. */
static void members(void **state)
{
    struct fixture *f = *state;
    ink_search *search;
    net_ok(f, search_new(f, classes, "seed=1", "hidden=3|4 ensemble-weights=shared,separate", &search));
    assert_int_equal(inki_space_points(&search->space), 2);
    search_end(search);
    remove(help_path(f, "s.db"));
    net_ok(f, search_new(f, classes, "ensemble=2", "hidden=3|4 ensemble-weights=shared,separate", &search));
    assert_int_equal(inki_space_points(&search->space), 4);
    search_end(search);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(refused, help_begin, help_end),
        cmocka_unit_test_setup_teardown(chosen, help_begin, help_end),
        cmocka_unit_test_setup_teardown(undefined, help_begin, help_end),
        cmocka_unit_test_setup_teardown(undefined_monitor, help_begin, help_end),
        cmocka_unit_test_setup_teardown(encodings, help_begin, help_end),
        cmocka_unit_test_setup_teardown(members, help_begin, help_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
