/* test_search: whole searches: the same for any number of workers, interrupted and resumed, refused when changed.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#ifdef INKI_HAVE_SQLITE

#include "base/clock.h"
#include "base/text.h"
#include "search/search.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ink_data *rows_of(const struct fixture *f, uint64_t seed) { return net_clusters(f, seed, 300, 10, 3, 2.5f); }

static ink_status open_search(const struct fixture *f, const char *store, const ink_data *data, const char *space,
                              ink_search **out)
{
    return ink_search_new(f->ctx, help_path(f, store), data, f->set, space, out);
}

/* Everything about the trials but times, one line each, by rank. */
static void describe(const ink_search *search, char *text, size_t room)
{
    const ink_trial *trial;
    size_t used = 0;
    for (size_t rank = 0; (trial = ink_search_trial(search, rank)); rank++) {
        used += (size_t)snprintf(text + used, room - used, "%zu %s %zu/%zu %zu %.17g %.17g %.17g %.17g %s %d %s\n",
                                 trial->trial, trial->state, trial->best_epoch, trial->epochs, trial->parameters,
                                 trial->val[INK_LOSS], trial->low[INK_LOSS], trial->val[ACCURACY], trial->low[ACCURACY],
                                 trial->hash, trial->as_good, trial->message);
        assert_true(used + 1 < room);
    }
}

static const char *const plans[] = {
    "epochs=4; method=grid; seed=3",
    "epochs=6; method=random; trials=7; objective=val_accuracy",
    "epochs=9; method=halving; trials=10; schedule=cosine; keep=last",
    "epochs=4; method=hyperband; keep-one-in=2; early-stop=2; ema=0.9",
    "method=grid; schedule=plateau; plateau-patience=1; optimizer=momentum; dropout=0.1",
};
static const char *const spaces[] = {"hidden=4|8 lr=0.01,0.1,1", "hidden=4|8,4 lr=0.01..1:log batch=8..64",
                                     "hidden=4|8 lr=0.001..1:log optimizer=sgd,adam dropout=0,0.2",
                                     "hidden=4|8 lr=0.001..1:log", "epochs=3,1,8 hidden=4|8 l2=0,0.01"};

static void set_plan(struct fixture *f, size_t plan, const char *more)
{
    net_reset(f, "scale=standard; val=0.3; stratify=true");
    net_set(f, plans[plan]);
    net_set(f, more);
}

/* One whole search in a store of its own. */
static void search_whole(struct fixture *f, size_t plan, const char *more, const char *store, const ink_data *data,
                         char *text, size_t room)
{
    ink_search *search;
    set_plan(f, plan, more);
    net_ok(f, open_search(f, store, data, spaces[plan], &search));
    net_ok(f, ink_search_run(search, NULL));
    describe(search, text, room);
    ink_search_free(search);
}

static void workers_do_not_matter(void **state)
{
    static char one[16384], many[16384];
    struct fixture *f = *state;
    ink_data *data = rows_of(f, 3);
    for (size_t plan = 0; plan < COUNT(plans); plan++) {
        char store[16];
        snprintf(store, sizeof store, "one%zu.db", plan);
        search_whole(f, plan, "workers=1", store, data, one, sizeof one);
        snprintf(store, sizeof store, "many%zu.db", plan);
        search_whole(f, plan, "workers=4", store, data, many, sizeof many);
        assert_string_equal(one, many);
        assert_null(strstr(one, "waiting"));
        assert_non_null(strstr(one, "done"));
        if (plan == 2 || plan == 3) assert_non_null(strstr(one, "stopped"));
    }
    ink_data_free(data);
}

/* ---- interrupted ---- */

struct stopper {
    size_t after, reported; /* trials that were reported */
};

static bool stop_after(void *user, const ink_search_progress *now)
{
    struct stopper *stopper = user;
    if (now->finished) stopper->reported++;
    return stopper->reported < stopper->after;
}

/* Cancelled again and again, each time in a new process, as it were. */
static void interrupted_searches_resume(void **state)
{
    static char whole[16384], parts[16384];
    struct fixture *f = *state;
    ink_data *data = rows_of(f, 3);
    for (size_t plan = 0; plan < COUNT(plans); plan++) {
        char store[16];
        size_t stops = 0;
        snprintf(store, sizeof store, "whole%zu.db", plan);
        search_whole(f, plan, "workers=2", store, data, whole, sizeof whole);
        snprintf(store, sizeof store, "parts%zu.db", plan);
        for (ink_status status = INK_CANCELLED; status != INK_OK; stops++) {
            struct stopper stopper = {.after = 1};
            const ink_search_hooks hooks = {.size = sizeof hooks, .progress = stop_after, .user = &stopper};
            ink_search *search;
            set_plan(f, plan, "workers=1");
            net_ok(f, open_search(f, store, data, spaces[plan], &search));
            status = ink_search_run(search, &hooks);
            if (status != INK_OK) net_fails(f, status, INK_CANCELLED, "trials left");
            describe(search, parts, sizeof parts);
            ink_search_free(search);
            assert_true(stops < 40);
        }
        assert_true(stops >= 2);
        assert_string_equal(parts, whole);
    }
    ink_data_free(data);
}

/* A budget ends the search in the middle of a trial; the next call goes on from the trial's checkpoint. */
static void budgets_end_a_search(void **state)
{
    static char whole[4096], parts[4096];
    struct fixture *f = *state;
    ink_data *data = rows_of(f, 3);
    ink_search *search;
    ink_search_info info = INK_INIT(ink_search_info);
    char budget[80];
    net_reset(f, "epochs=1000; optimizer=adam; hidden=16; val=0.3");
    const double began = inki_seconds_now();
    net_ok(f, open_search(f, "whole.db", data, "lr=0.001,0.0002", &search));
    net_ok(f, ink_search_run(search, NULL));
    describe(search, whole, sizeof whole);
    ink_search_free(search);
    /* a sixth of both trials: each is cut, even where the machine was slow at first */
    snprintf(budget, sizeof budget, "budget=%.4fs; workers=1; checkpoint-every=20", (inki_seconds_now() - began) / 6);
    size_t calls = 0, inside = 0;
    for (bool done = false; !done; calls++) {
        net_set(f, budget);
        net_ok(f, open_search(f, "parts.db", data, "lr=0.001,0.0002", &search));
        net_ok(f, ink_search_run(search, NULL));
        ink_search_describe(search, &info);
        done = info.done == 2;
        assert_true(info.running == 0 && info.waiting + info.done == 2);
        for (size_t rank = 0; rank < 2; rank++) {
            const ink_trial *trial = ink_search_trial(search, rank);
            inside += strcmp(trial->state, "waiting") == 0 && trial->epochs > 0;
        }
        describe(search, parts, sizeof parts);
        ink_search_free(search);
        assert_true(calls < 1000);
    }
    assert_true(inside > 0);
    assert_string_equal(parts, whole);
    ink_data_free(data);
}

/* ---- the same as training by hand ---- */

static void is_training(struct fixture *f, ink_search *search, const ink_trial *trial, const ink_data *data)
{
    ink_settings *set;
    ink_model *model, *kept;
    ink_model_info trained = INK_INIT(ink_model_info), stored = INK_INIT(ink_model_info);
    ink_run *run, *history;
    net_ok(f, ink_search_settings(search, trial->trial, &set));
    net_ok(f, ink_train(f->ctx, data, set, NULL, &model, &run));
    net_ok(f, ink_search_model(search, trial->trial, &kept));
    net_ok(f, ink_search_history(search, trial->trial, &history));
    ink_model_describe(model, &trained);
    ink_model_describe(kept, &stored);
    assert_true(trained.hash == stored.hash);
    assert_string_equal(ink_model_metadata(model, "settings"), ink_model_metadata(kept, "settings"));
    assert_string_equal(ink_model_metadata(model, "metrics"), ink_model_metadata(kept, "metrics"));
    assert_int_equal(ink_run_epochs(run), ink_run_epochs(history));
    for (size_t i = 0; i < ink_run_epochs(run); i++) {
        assert_true(ink_run_epoch(run, i)->val[INK_LOSS] == ink_run_epoch(history, i)->val[INK_LOSS]);
        assert_int_equal(ink_run_epoch(run, i)->steps_total, ink_run_epoch(history, i)->steps_total);
    }
    assert_int_equal(trial->parameters, trained.parameters);
    ink_model_free(model);
    ink_model_free(kept);
    ink_run_free(run);
    ink_run_free(history);
    ink_settings_free(set);
}

static void trials_are_trainings(void **state)
{
    struct fixture *f = *state;
    ink_data *data = rows_of(f, 5);
    for (size_t plan = 0; plan < COUNT(plans); plan++) {
        ink_search *search;
        char store[16];
        snprintf(store, sizeof store, "train%zu.db", plan);
        set_plan(f, plan, "workers=2");
        net_ok(f, open_search(f, store, data, spaces[plan], &search));
        net_ok(f, ink_search_run(search, NULL));
        const ink_trial *trial;
        size_t shared = 0;
        for (size_t rank = 0; (trial = ink_search_trial(search, rank)); rank++) {
            if (strcmp(trial->state, "done") == 0) is_training(f, search, trial, data);
            shared += trial->shared_epochs;
        }
        assert_true(plan == 4 ? shared >= 4 && shared <= 16
                              : shared == 0); /* 1 of 3 and 3 of 8 epochs, 4 times, if all went well */
        ink_search_free(search);
    }
    ink_data_free(data);
}

/* ---- several trainings a trial ---- */

/* The means are those of ink_train_rounds, the model that of its best round; also if the search is interrupted. */
static void rounds_are_those_of_training(void **state)
{
    static const char *const more[] = {"folds=3", "repeat=3", "folds=2; repeat=2; test=0.2", "repeat=2; val=0.3"};
    static char whole[4096], parts[4096];
    struct fixture *f = *state;
    ink_data *data = rows_of(f, 3);
    for (size_t i = 0; i < COUNT(more); i++) {
        ink_search *search;
        ink_settings *set;
        ink_rounds *rounds;
        ink_model *model = NULL, *kept = NULL;
        ink_model_info trained = INK_INIT(ink_model_info), stored = INK_INIT(ink_model_info);
        ink_mean loss = INK_INIT(ink_mean), accuracy = INK_INIT(ink_mean);
        char store[32];
        snprintf(store, sizeof store, "rounds%zu.db", i);
        net_reset(f, "epochs=5; scale=standard; stratify=true; monitor=val_loss; workers=3");
        net_set(f, more[i]);
        net_ok(f, open_search(f, store, data, "hidden=4|8 lr=0.01,0.1", &search));
        net_ok(f, ink_search_run(search, NULL));
        describe(search, whole, sizeof whole);
        const ink_trial *best = ink_search_trial(search, 0);
        net_ok(f, ink_search_settings(search, best->trial, &set));
        net_ok(f, ink_settings_set(f->ctx, set, "folds", ink_settings_get(f->set, "folds")));
        net_ok(f, ink_settings_set(f->ctx, set, "repeat", ink_settings_get(f->set, "repeat")));
        net_ok(f, ink_train_rounds(f->ctx, data, set, NULL, &model, &rounds));
        ink_rounds_mean(rounds, "val_loss", &loss);
        ink_rounds_mean(rounds, "val_accuracy", &accuracy);
        net_near(best->val[INK_LOSS], loss.mean, 1e-12);
        net_near(best->val[ACCURACY], accuracy.mean, 1e-12);
        assert_int_equal(best->epochs, 5 * loss.count);
        bool folds = strncmp(more[i], "folds", 5) == 0;
        if (folds) {
            ink_run *run;
            net_fails(f, ink_search_model(search, best->trial, &kept), INK_BAD_ARGUMENT, "each fold had one|refit");
            net_ok(f, ink_search_refit(search, best->trial, data, NULL, &kept, &run));
            ink_run_free(run);
        } else {
            net_ok(f, ink_search_model(search, best->trial, &kept));
        }
        ink_model_describe(model, &trained);
        ink_model_describe(kept, &stored);
        assert_true(trained.hash == stored.hash);
        ink_model_free(model);
        ink_model_free(kept);
        ink_rounds_free(rounds);
        ink_settings_free(set);
        ink_search_free(search);
        snprintf(store, sizeof store, "parts%zu.db", i);
        for (ink_status status = INK_CANCELLED; status != INK_OK;) {
            struct stopper stopper = {.after = 1};
            const ink_search_hooks hooks = {.size = sizeof hooks, .progress = stop_after, .user = &stopper};
            net_ok(f, open_search(f, store, data, "hidden=4|8 lr=0.01,0.1", &search));
            status = ink_search_run(search, &hooks);
            describe(search, parts, sizeof parts);
            ink_search_free(search);
        }
        assert_string_equal(parts, whole);
    }
    ink_data_free(data);
}

/* ---- changed ---- */

static void what_changed_is_named(void **state)
{
    static const struct {
        const char *set, *space, *words;
        ink_status status;
    } cases[] = {
        {"", "hidden=4|8 lr=0.01,0.1,0.2", "started with the space|0.01,0.1,1'|choose another --store",
         INK_BAD_SETTING},
        {"l2=0.1", NULL, "started with l2 'not given', not '0.1'", INK_BAD_SETTING},
        {"epochs=5", NULL, "started with epochs '4', not '5'", INK_BAD_SETTING},
        {"method=random; trials=6", NULL, "started with method 'grid', not 'random'", INK_BAD_SETTING},
        {"objective=val_accuracy", NULL, "started with objective 'val_loss'", INK_BAD_SETTING},
        {"trials=3", NULL, "started with trials '6', not '3'", INK_BAD_SETTING},
        {"val=0.2", NULL, "started with val '0.3'", INK_BAD_SETTING},
        {"seed=4", NULL, "started with seed '3'", INK_BAD_SETTING},
        {"folds=3", NULL, "started with folds 'none', not '3'", INK_BAD_SETTING},
    };
    struct fixture *f = *state;
    ink_data *data = rows_of(f, 3), *other = rows_of(f, 4);
    ink_search *search;
    set_plan(f, 0, "");
    net_ok(f, open_search(f, "store.db", data, spaces[0], &search));
    ink_search_free(search);
    for (size_t i = 0; i < COUNT(cases); i++) {
        set_plan(f, 0, cases[i].set);
        net_fails(f, open_search(f, "store.db", data, cases[i].space ? cases[i].space : spaces[0], &search),
                  cases[i].status, cases[i].words);
        assert_null(search);
    }
    set_plan(f, 0, "");
    net_fails(f, open_search(f, "store.db", other, spaces[0], &search), INK_BAD_DATA, "started with other data");
    set_plan(f, 0, "workers=3; budget=1h; threads=2"); /* these change no result */
    net_ok(f, open_search(f, "store.db", data, spaces[0], &search));
    ink_search_free(search);
    ink_data_free(data);
    ink_data_free(other);
}

/* More random trials begin with the same ones. */
static void random_searches_may_grow(void **state)
{
    static char all[16384], grown[16384];
    struct fixture *f = *state;
    ink_data *data = rows_of(f, 3);
    ink_search *search;
    search_whole(f, 1, "trials=9", "all.db", data, all, sizeof all);
    search_whole(f, 1, "trials=4", "grown.db", data, grown, sizeof grown);
    assert_string_not_equal(all, grown);
    search_whole(f, 1, "trials=9", "grown.db", data, grown, sizeof grown);
    assert_string_equal(all, grown);
    set_plan(f, 1, "trials=4");
    net_fails(f, open_search(f, "grown.db", data, spaces[1], &search), INK_BAD_SETTING, "trials '9', not '4'");
    ink_data_free(data);
}

static void what_cannot_be_searched(void **state)
{
    static const struct {
        const char *set, *space, *words;
        ink_status status;
    } cases[] = {
        {"val=0", "lr=0.1,0.2", "there are none; set val", INK_BAD_DATA},
        {"net=dense 5 relu", "dropout=0,0.1", "dropout means nothing where net gives", INK_BAD_SETTING},
        {"", "net=dense 5 relu / dense 6 relu hidden=4|5", "hidden means nothing where net gives", INK_BAD_SETTING},
        {"", "lr=", "a value is missing", INK_BAD_SETTING},
        {"method=grid", "lr=0.1..0.2", "a grid needs points", INK_BAD_SETTING},
        {"method=halving; folds=3", "lr=0.1..0.2", "halving trains a trial once; with folds", INK_BAD_SETTING},
        {"method=hyperband; repeat=3", "lr=0.1..0.2", "with repeat take method random", INK_BAD_SETTING},
    };
    struct fixture *f = *state;
    ink_data *data = rows_of(f, 3);
    for (size_t i = 0; i < COUNT(cases); i++) {
        ink_search *search;
        net_reset(f, cases[i].set);
        net_fails(f, open_search(f, "never.db", data, cases[i].space, &search), cases[i].status, cases[i].words);
        assert_null(search);
    }
    ink_search *none;
    net_fails(f, ink_search_open(f->ctx, help_path(f, "never.db"), &none), INK_NOT_FOUND, "no such file");
    ink_data_free(data);
}

/* ---- failures of trials ---- */

static void failed_trials_end_nothing(void **state)
{
    struct fixture *f = *state;
    ink_data *data = rows_of(f, 3);
    ink_search *search;
    ink_search_info info = INK_INIT(ink_search_info);
    size_t failed = 0;
    net_reset(f, "epochs=3; scale=standard; val=0.3; workers=2");
    net_ok(f, open_search(f, "failed.db", data, "hidden=4|wide lr=0.1,10000", &search));
    net_ok(f, ink_search_run(search, NULL));
    ink_search_describe(search, &info);
    assert_true(info.failed == 3 && info.done == 1 && info.best == 1);
    for (size_t rank = 1; rank < 4; rank++) {
        const ink_trial *trial = ink_search_trial(search, rank);
        bool wide = strcmp(ink_search_value(search, trial->trial, "hidden"), "wide") == 0;
        assert_string_equal(trial->state, "failed");
        assert_non_null(strstr(trial->message, wide ? "hidden: 'wide' is not a list of widths" : "training diverged"));
        failed += wide;
    }
    assert_int_equal(failed, 2);
    ink_model *model;
    net_fails(f, ink_search_model(search, 3, &model), INK_BAD_ARGUMENT, "trial 3 has no network");
    ink_search_free(search);
    ink_data_free(data);
}

/* ---- looking, marking, refitting ---- */

static void stores_can_be_looked_at(void **state)
{
    static char before[16384], after[16384];
    struct fixture *f = *state;
    ink_data *data = rows_of(f, 3);
    ink_search *search;
    ink_search_info info = INK_INIT(ink_search_info);
    ink_settings *set;
    set_plan(f, 2, "");
    search_whole(f, 2, "workers=2", "look.db", data, before, sizeof before);
    net_ok(f, ink_search_open(f->ctx, help_path(f, "look.db"), &search));
    describe(search, after, sizeof after);
    assert_string_equal(before, after);
    ink_search_describe(search, &info);
    assert_string_equal(info.method, "halving");
    assert_string_equal(info.objective, "val_loss");
    assert_string_equal(info.data, "memory");
    assert_string_equal(ink_settings_get(info.set, "schedule"), "cosine");
    assert_int_equal(info.trials, 10);
    assert_int_equal(info.terms, 4);
    assert_string_equal(ink_search_term(search, 3, NULL), "dropout");
    assert_null(ink_search_term(search, 4, NULL));
    assert_null(ink_search_trial(search, 10));
    assert_null(ink_search_value(search, 1, "epochs"));
    assert_null(ink_search_value(search, 11, "lr"));
    net_fails(f, ink_search_run(search, NULL), INK_BAD_ARGUMENT, "opened for reading");
    net_fails(f, ink_search_settings(search, 11, &set), INK_BAD_ARGUMENT, "no trial 11");
    /* What it says is what ink_search_new wants to join it. */
    ink_search *joined;
    net_ok(f, ink_search_new(f->ctx, help_path(f, "look.db"), data, info.set, info.space, &joined));
    net_ok(f, ink_search_run(joined, NULL));
    describe(joined, after, sizeof after);
    assert_string_equal(before, after);
    ink_search_free(joined);
    ink_search_free(search);
    ink_data_free(data);
}

/* The same settings under two names of the same point are as good as each other; a network that learns nothing is not. */
static void equals_are_marked_and_the_smallest_named(void **state)
{
    struct fixture *f = *state;
    ink_data *data = rows_of(f, 3);
    ink_search *search;
    ink_search_info info = INK_INIT(ink_search_info);
    net_reset(f, "epochs=12; scale=standard; val=0.3; hidden=8; keep=last");
    net_ok(f, open_search(f, "equal.db", data, "hidden=30|12 lr=0.1,1e-9 clip-norm=none,1e9", &search));
    net_ok(f, ink_search_run(search, NULL));
    ink_search_describe(search, &info);
    size_t good = 0;
    const ink_trial *trial;
    for (size_t rank = 0; (trial = ink_search_trial(search, rank)); rank++) {
        bool learns = strcmp(ink_search_value(search, trial->trial, "lr"), "0.1") == 0;
        if (!learns) assert_false(trial->as_good);
        good += trial->as_good;
    }
    assert_true(ink_search_trial(search, 0)->as_good && ink_search_trial(search, 1)->as_good);
    assert_true(ink_search_trial(search, 0)->val[INK_LOSS] == ink_search_trial(search, 1)->val[INK_LOSS]);
    assert_true(ink_search_trial(search, 0)->trial < ink_search_trial(search, 1)->trial);
    assert_true(good == 2 || good == 4);
    assert_string_equal(ink_search_value(search, info.smallest, "hidden"),
                        good == 4 ? "12" : ink_search_value(search, info.best, "hidden"));
    double share[3];
    for (size_t i = 0; i < 3; i++) assert_non_null(ink_search_term(search, i, &share[i]));
    assert_true(share[1] > 0.6 && share[2] < 0.05);
    ink_search_free(search);
    ink_data_free(data);
}

static void refitting_takes_all_rows(void **state)
{
    struct fixture *f = *state;
    ink_data *data = rows_of(f, 3), *other = rows_of(f, 4);
    ink_search *search;
    ink_model *model;
    ink_run *run;
    net_reset(f,
              "epochs=8; batch=32; scale=standard; val=0.2; test=0.2; optimizer=adam; early-stop=3; schedule=cosine");
    net_ok(f, open_search(f, "refit.db", data, "hidden=8|12 lr=0.01,0.05", &search));
    net_ok(f, ink_search_run(search, NULL));
    const ink_trial *best = ink_search_trial(search, 0);
    net_fails(f, ink_search_refit(search, best->trial, other, NULL, &model, &run), INK_BAD_DATA, "other rows");
    net_fails(f, ink_search_refit(search, 9, data, NULL, &model, &run), INK_BAD_ARGUMENT, "trial 9");
    net_ok(f, ink_search_refit(search, best->trial, data, NULL, &model, &run));
    assert_int_equal(ink_run_epochs(run), best->best_epoch);
    assert_int_equal(ink_run_epoch(run, 0)->step, (240 + 31) / 32);
    assert_non_null(ink_run_metrics(run));
    assert_int_equal(ink_run_metrics(run)->rows, 60);
    /* The same by hand: all but the test rows, in their order, cut off after that epoch. */
    ink_settings *set;
    ink_data *train, *valid, *test;
    ink_trainer *trainer;
    ink_epoch row = INK_INIT(ink_epoch);
    bool more = true;
    net_ok(f, ink_search_settings(search, best->trial, &set));
    net_ok(f, ink_settings_set(f->ctx, set, "val", "0"));
    net_ok(f, ink_data_split(f->ctx, data, set, &train, &valid, &test));
    assert_null(valid);
    net_ok(f, ink_settings_set(f->ctx, set, "early-stop", "none"));
    net_ok(f, ink_trainer_new(f->ctx, train, NULL, set, NULL, &trainer));
    for (size_t i = 0; i < best->best_epoch; i++) net_ok(f, ink_trainer_epoch(trainer, NULL, &row, &more));
    ink_model_info one = INK_INIT(ink_model_info), two = INK_INIT(ink_model_info);
    ink_model_describe(model, &one);
    ink_model_describe(ink_trainer_model(trainer), &two);
    assert_true(one.hash == two.hash);
    ink_trainer_free(trainer);
    ink_data_free(train);
    ink_data_free(valid);
    ink_data_free(test);
    ink_settings_free(set);
    ink_model_free(model);
    ink_run_free(run);
    ink_search_free(search);
    ink_data_free(data);
    ink_data_free(other);
}

/* ---- progress, memory ---- */

struct seen {
    size_t finished, calls, best, last_ended;
    bool all_good;
};

static bool look(void *user, const ink_search_progress *now)
{
    struct seen *seen = user;
    seen->calls++;
    if (now->finished) seen->finished++;
    if (now->finished && now->finished->parameters == 0) seen->all_good = false;
    if (now->ended < seen->last_ended || now->ended + now->running > now->trials) seen->all_good = false;
    seen->last_ended = now->ended;
    seen->best = now->best;
    return true;
}

static void progress_is_reported(void **state)
{
    struct fixture *f = *state;
    ink_data *data = rows_of(f, 3);
    ink_search *search;
    struct seen seen = {.all_good = true};
    const ink_search_hooks hooks = {.size = sizeof hooks, .progress = look, .user = &seen};
    set_plan(f, 0, "workers=3");
    net_ok(f, open_search(f, "progress.db", data, spaces[0], &search));
    net_ok(f, ink_search_run(search, &hooks));
    assert_int_equal(seen.finished, 6);
    assert_true(seen.all_good && seen.calls >= 6);
    assert_int_equal(seen.best, ink_search_trial(search, 0)->trial);
    ink_search_free(search);
    ink_data_free(data);
}

static ink_status begin_and_look(struct fixture *f, void *data)
{
    ink_search *search;
    ink_status status = open_search(f, "memory.db", data, spaces[0], &search);
    if (status != INK_OK) return status;
    ink_search_free(search);
    status = ink_search_open(f->ctx, help_path(f, "memory.db"), &search);
    if (status == INK_OK) ink_search_free(search);
    return status;
}

static void no_memory_is_reported(void **state)
{
    struct fixture *f = *state;
    ink_data *data = rows_of(f, 3);
    ink_search *search;
    set_plan(f, 0, "workers=1");
    net_ok(f, open_search(f, "memory.db", data, spaces[0], &search));
    net_ok(f, ink_search_run(search, NULL));
    ink_search_free(search);
    assert_true(help_sweep(f, begin_and_look, data) > 50);
    ink_data_free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(workers_do_not_matter, help_begin, help_end),
        cmocka_unit_test_setup_teardown(interrupted_searches_resume, help_begin, help_end),
        cmocka_unit_test_setup_teardown(budgets_end_a_search, help_begin, help_end),
        cmocka_unit_test_setup_teardown(trials_are_trainings, help_begin, help_end),
        cmocka_unit_test_setup_teardown(rounds_are_those_of_training, help_begin, help_end),
        cmocka_unit_test_setup_teardown(what_changed_is_named, help_begin, help_end),
        cmocka_unit_test_setup_teardown(random_searches_may_grow, help_begin, help_end),
        cmocka_unit_test_setup_teardown(what_cannot_be_searched, help_begin, help_end),
        cmocka_unit_test_setup_teardown(failed_trials_end_nothing, help_begin, help_end),
        cmocka_unit_test_setup_teardown(stores_can_be_looked_at, help_begin, help_end),
        cmocka_unit_test_setup_teardown(equals_are_marked_and_the_smallest_named, help_begin, help_end),
        cmocka_unit_test_setup_teardown(refitting_takes_all_rows, help_begin, help_end),
        cmocka_unit_test_setup_teardown(progress_is_reported, help_begin, help_end),
        cmocka_unit_test_setup_teardown(no_memory_is_reported, help_begin, help_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else
int main(void) { return 77; } /* skipped: a build without stores */
#endif
