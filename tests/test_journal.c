/* test_journal: a search's store: leases, rungs, processes that come and go, files of other kinds.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#ifdef INKI_HAVE_SQLITE

#include "search/journal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A search of halving over 9 trials of 9 epochs: 9, 3, 1. */
struct bench {
    struct fixture *f;
    struct inki_space space;
    struct inki_plan plan;
    struct inki_journal journal;
};

static void open_second(const struct bench *bench, struct inki_journal *out)
{
    net_ok(bench->f, inki_journal_open(bench->f->ctx, help_path(bench->f, "store.db"), true, out));
    out->plan = &bench->plan;
    out->loss = bench->journal.loss;
    out->score = bench->journal.score;
    net_ok(bench->f, inki_journal_join(out));
}

static void begin(struct bench *bench, struct fixture *f, bool by_accuracy)
{
    json_t *points[9] = {NULL}, *facts = json_pack("{s:s}", "space", "lr");
    *bench = (struct bench){.f = f};
    net_reset(f, "method=halving; trials=9; epochs=9");
    net_ok(f, inki_space_parse(f->ctx, "lr=0.1..1", &bench->space));
    net_ok(f, inki_plan_make(f->set, &bench->space, &bench->plan));
    net_ok(f, inki_plan_points(&bench->plan, &bench->space, 1, points));
    bench->journal.loss = inki_loss_for(INKI_TARGET_CLASSES);
    bench->journal.score = by_accuracy ? ACCURACY : INK_LOSS;
    struct inki_journal journal;
    open_second(bench, &journal);
    bench->journal = journal;
    net_ok(f, inki_journal_plan(&bench->journal, &facts, points));
    for (size_t i = 0; i < 9; i++) json_decref(points[i]);
    json_decref(facts);
}

static void end(struct bench *bench)
{
    inki_journal_close(&bench->journal);
    inki_plan_free(&bench->plan);
    inki_space_free(&bench->space);
    remove(help_path(bench->f, "store.db"));
}

static struct inki_claim claim(const struct bench *bench, struct inki_journal *journal, bool *over)
{
    struct inki_claim out;
    net_ok(bench->f, inki_journal_claim(journal, bench->f->ctx, &out, over));
    return out;
}

/* Hands in a made-up result. Returns whether it was taken. */
static bool hand_in(const struct bench *bench, struct inki_journal *journal, struct inki_claim *of, double loss,
                    double accuracy, bool over)
{
    static const size_t epochs[] = {1, 3, 9};
    struct fixture *f = bench->f;
    ink_run *run;
    bool held;
    net_ok(f, inki_run_new(f->ctx, &run));
    for (size_t i = 0; i < epochs[of->rung]; i++)
        net_ok(f,
               inki_run_add_epoch(f->ctx, run, &(ink_epoch){.epoch = i + 1, .step = 10 * (i + 1), .val = {loss, 0}}));
    uint8_t bytes[] = {1, 2, 3};
    struct inki_result result = {
        .standing = {.run = run, .seconds = 1, .checkpoint = {.data = bytes, .size = of->rung < 2 ? 3 : 0}},
        .over = over,
        .best_epoch = 1,
        .rows = 10,
        .parameters = 5,
        .val = {loss, accuracy},
        .spread = 1,
        .model = {.data = bytes, .size = 2}};
    net_ok(f, inki_journal_finish(journal, f->ctx, of, &result, &held));
    ink_run_free(run);
    inki_claim_free(f->ctx, of);
    return held;
}

struct states {
    char text[512];
};

static ink_status add_state(void *arg, const json_t *row)
{
    char *text = arg;
    size_t used = strlen(text);
    snprintf(text + used, 512 - used, "%s%d%s", used ? " " : "", (int)inki_db_value_int(row, 2),
             inki_db_value_text(row, 3));
    return INK_OK;
}

/* "0stopped 2done …": rung and state of each trial. */
static const char *states(const struct bench *bench, struct states *out)
{
    struct inki_journal journal = bench->journal;
    *out->text = 0;
    net_ok(bench->f, inki_journal_trials(&journal, 0, add_state, out->text));
    return out->text;
}

static int64_t count_events(struct bench *bench, const char *what)
{
    struct inki_answer answer;
    int64_t count = -1;
    net_ok(bench->f, inki_db_begin(bench->journal.db, bench->f->ctx));
    inki_db_ask(bench->journal.db, &answer, "SELECT count(*) FROM event WHERE what = ?", "t", what);
    if (inki_db_next(&answer)) count = inki_db_int(&answer, 0);
    net_ok(bench->f, inki_db_finish(bench->journal.db, inki_db_end(&answer)));
    return count;
}

/* Losses by trial; ties between 3 and 5, and on the second rung between 2 and 5. */
static const double losses[9] = {0.9, 0.2, 0.3, 0.8, 0.3, 0.1, 0.7, 0.3, 0.6};

/* All trials of a rung are claimed, then handed in in this order. */
static void play(struct bench *bench, const size_t order[9])
{
    struct inki_claim claims[9];
    bool over;
    size_t counts[] = {9, 3, 1};
    for (size_t rung = 0; rung < 3; rung++) {
        for (size_t i = 0; i < counts[rung]; i++) {
            claims[i] = claim(bench, &bench->journal, &over);
            assert_true(claims[i].trial > 0 && claims[i].rung == rung);
            assert_int_equal(claims[i].checkpoint.size, rung ? 3 : 0);
            assert_int_equal(claims[i].rows, rung == 0 ? 0 : rung == 1 ? 1 : 3);
        }
        struct inki_claim none = claim(bench, &bench->journal, &over);
        assert_true(none.trial == 0 && !over);
        for (size_t i = 0; i < 9; i++) {
            if (order[i] >= counts[rung]) continue;
            struct inki_claim *of = &claims[order[i]];
            double loss = rung == 1 ? 0.05 : losses[of->trial - 1];
            assert_true(hand_in(bench, &bench->journal, of, loss, 0.5, false));
        }
    }
    struct inki_claim none = claim(bench, &bench->journal, &over);
    assert_true(none.trial == 0 && over);
}

/* 6, 2 and, of three with 0.3, the one with the lowest number go on; then of three with the same the lowest again. */
static void rungs_do_not_depend_on_order(void **state)
{
    static const size_t orders[][9] = {
        {0, 1, 2, 3, 4, 5, 6, 7, 8}, {8, 7, 6, 5, 4, 3, 2, 1, 0}, {4, 2, 7, 0, 8, 1, 5, 3, 6}};
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(orders); i++) {
        struct bench bench;
        struct states seen;
        begin(&bench, f, false);
        play(&bench, orders[i]);
        assert_string_equal(states(&bench, &seen), "0stopped 2done 1stopped 0stopped 0stopped 1stopped 0stopped "
                                                   "0stopped 0stopped");
        assert_int_equal(count_events(&bench, "finished"), 13);
        end(&bench);
    }
}

static void accuracy_goes_before_loss(void **state)
{
    struct fixture *f = *state;
    struct bench bench;
    struct states seen;
    bool over;
    begin(&bench, f, true);
    for (size_t i = 0; i < 9; i++) {
        struct inki_claim of = claim(&bench, &bench.journal, &over);
        double accuracy = i == 8 ? 0.9 : i >= 4 ? 0.8 : 0.7;
        assert_true(hand_in(&bench, &bench.journal, &of, (double)i, accuracy, false));
    }
    assert_string_equal(states(&bench, &seen), "0stopped 0stopped 0stopped 0stopped 1waiting 1waiting 0stopped "
                                               "0stopped 1waiting");
    end(&bench);
}

/* A trial that ended early has nothing to do on the rungs above; a failed one goes nowhere, and its place stays free. */
static void ended_and_failed_trials(void **state)
{
    struct fixture *f = *state;
    struct bench bench;
    struct states seen;
    bool over, held;
    begin(&bench, f, false);
    for (size_t i = 0; i < 9; i++) {
        struct inki_claim of = claim(&bench, &bench.journal, &over);
        if (i < 7) {
            net_ok(f, inki_journal_fail(&bench.journal, f->ctx, &of, "no memory", &held));
            assert_true(held);
            inki_claim_free(f->ctx, &of);
        } else {
            assert_true(hand_in(&bench, &bench.journal, &of, (double)i, 0.5, true));
        }
    }
    assert_string_equal(states(&bench, &seen), "0failed 0failed 0failed 0failed 0failed 0failed 0failed 2done "
                                               "1stopped");
    struct inki_claim none = claim(&bench, &bench.journal, &over);
    assert_true(none.trial == 0 && over);
    struct inki_counts counts;
    net_ok(f, inki_journal_count(&bench.journal, &counts));
    assert_true(counts.trials == 9 && counts.failed == 7 && counts.done == 1 && counts.stopped == 1);
    assert_int_equal(counts.best, 8);
    end(&bench);
}

/* The first process falls silent; the second takes over, and what the first brings later does not count. */
static void silent_processes_lose_their_leases(void **state)
{
    struct fixture *f = *state;
    struct bench bench;
    struct inki_journal second;
    struct states seen;
    bool over;
    begin(&bench, f, false);
    open_second(&bench, &second);
    struct inki_claim mine = claim(&bench, &bench.journal, &over);
    assert_int_equal(mine.trial, 1);
    net_ok(f, inki_journal_beat(&second)); /* the first is alive */
    struct inki_claim other = claim(&bench, &second, &over);
    assert_int_equal(other.trial, 2);
    net_ok(f, inki_db_begin(second.db, f->ctx));
    net_ok(f, inki_db_finish(second.db, inki_db_run(second.db, "UPDATE process SET beat = beat - ? WHERE process = ?",
                                                    "ri", 4 * INKI_LEASE + 1.0, bench.journal.process)));
    net_ok(f, inki_journal_beat(&second));
    assert_int_equal(count_events(&bench, "taken over"), 1);
    struct inki_claim again = claim(&bench, &second, &over);
    assert_int_equal(again.trial, 1);
    assert_true(again.lease > mine.lease);
    assert_false(hand_in(&bench, &bench.journal, &mine, 0.1, 0.5, false));
    assert_int_equal(count_events(&bench, "lost"), 1);
    assert_true(hand_in(&bench, &second, &again, 0.2, 0.5, false));
    assert_true(hand_in(&bench, &second, &other, 0.3, 0.5, false));
    net_ok(f, inki_journal_beat(&bench.journal)); /* it is back, under its number */
    mine = claim(&bench, &bench.journal, &over);
    assert_int_equal(mine.trial, 3);
    assert_true(hand_in(&bench, &bench.journal, &mine, 0.4, 0.5, false));
    assert_int_equal(count_events(&bench, "finished"), 3);
    assert_true(strncmp(states(&bench, &seen), "0paused 0paused 0paused 0waiting", 32) == 0);
    inki_journal_close(&second);
    end(&bench);
}

/* A process that has ended is noticed without waiting, where the system says so. */
static void ended_processes_lose_their_leases_at_once(void **state)
{
    struct fixture *f = *state;
    struct bench bench;
    struct inki_journal second;
    bool over;
    FILE *boot = fopen("/proc/sys/kernel/random/boot_id", "r");
    if (!boot) skip();
    fclose(boot);
    begin(&bench, f, false);
    open_second(&bench, &second);
    struct inki_claim mine = claim(&bench, &bench.journal, &over);
    net_ok(f, inki_db_begin(second.db, f->ctx)); /* another process had this number */
    net_ok(f, inki_db_finish(second.db, inki_db_run(second.db, "UPDATE process SET born = '1' WHERE process = ?", "i",
                                                    bench.journal.process)));
    net_ok(f, inki_journal_beat(&second));
    assert_int_equal(count_events(&bench, "taken over"), 1);
    inki_claim_free(f->ctx, &mine);
    mine = claim(&bench, &second, &over);
    assert_int_equal(mine.trial, 1);
    inki_claim_free(f->ctx, &mine);
    inki_journal_close(&second);
    end(&bench);
}

/* Leaving and releasing give trials back with what was kept of them. */
static void what_is_kept_comes_back(void **state)
{
    struct fixture *f = *state;
    struct bench bench;
    bool over, held;
    begin(&bench, f, false);
    struct inki_claim of = claim(&bench, &bench.journal, &over);
    ink_run *run;
    uint8_t bytes[] = {9, 8, 7, 6};
    net_ok(f, inki_run_new(f->ctx, &run));
    net_ok(f, inki_run_add_epoch(f->ctx, run, &(ink_epoch){.epoch = 1, .step = 3, .val = {0.5}, .lr = 0.25}));
    struct inki_standing standing = {.run = run, .seconds = 2.5, .checkpoint = {.data = bytes, .size = 4}};
    net_ok(f, inki_journal_keep(&bench.journal, f->ctx, &of, &standing, &held));
    assert_true(held && of.rows == 1);
    net_ok(f, inki_journal_release(&bench.journal, f->ctx, &of));
    net_ok(f, inki_journal_keep(&bench.journal, f->ctx, &of, &standing, &held));
    assert_false(held);
    inki_claim_free(f->ctx, &of);
    ink_run_free(run);
    of = claim(&bench, &bench.journal, &over);
    assert_true(of.trial == 1 && of.rows == 1 && of.seconds == 2.5 && of.checkpoint.size == 4);
    assert_memory_equal(of.checkpoint.data, bytes, 4);
    net_ok(f, inki_journal_history(&bench.journal, 1, &run));
    assert_true(run->epoch_count == 1 && run->epochs[0].step == 3 && run->epochs[0].lr == 0.25);
    assert_true(isnan(run->epochs[0].train[INK_LOSS]) || run->epochs[0].train[INK_LOSS] == 0);
    ink_run_free(run);
    inki_claim_free(f->ctx, &of);
    net_ok(f, inki_journal_leave(&bench.journal));
    assert_int_equal(count_events(&bench, "released"), 2);
    end(&bench);
}

/* ---- files ---- */

static void other_files_are_refused_and_left_alone(void **state)
{
    static const char *const made[] = {
        "CREATE TABLE trial (trial INTEGER)",
        "CREATE VIEW trial AS WITH RECURSIVE t(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM t) SELECT x FROM t",
    };
    struct fixture *f = *state;
    struct inki_journal journal;
    const char *text =
        help_write(f, "text", "this is no database, but long enough to be looked at: ----------------", 70);
    size_t size;
    net_fails(f, inki_journal_open(f->ctx, text, true, &journal), INK_BAD_FILE, "text: is not a search store");
    uint8_t *after = help_read(text, &size);
    assert_int_equal(size, 70);
    free(after);
    net_fails(f, inki_journal_open(f->ctx, help_path(f, "none.db"), false, &journal), INK_NOT_FOUND, "no such file");
    net_fails(f, inki_journal_open(f->ctx, f->folder, true, &journal), INK_BAD_FILE, "is a folder");
    net_fails(f, inki_journal_open(f->ctx, help_path(f, "no/such/folder.db"), true, &journal), INK_IO, "folder.db");
    const char *empty = help_write(f, "empty.db", "", 0);
    net_fails(f, inki_journal_open(f->ctx, empty, false, &journal), INK_BAD_FILE, "is not a search store");
    for (size_t i = 0; i < COUNT(made); i++) {
        const struct inki_db_kind kind = {.schema = made[i], .what = "a thing", .mark = 1};
        const char *path = help_path(f, i ? "view.db" : "table.db");
        struct inki_db *db;
        net_ok(f, inki_db_open(f->ctx, path, &kind, true, &db));
        inki_db_close(db);
        net_fails(f, inki_journal_open(f->ctx, path, true, &journal), INK_BAD_FILE, "is not a search store");
    }
}

/* Whatever bytes are changed: an error or trials, never a crash. */
static void damaged_stores(void **state)
{
    struct fixture *f = *state;
    struct bench bench;
    size_t size;
    begin(&bench, f, false);
    const size_t order[9] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    play(&bench, order);
    inki_journal_close(&bench.journal);
    uint8_t *whole = help_read(help_path(f, "store.db"), &size), *copy = malloc(size);
    size_t refused = 0, rounds = 0;
    for (size_t at = 0; at < size; at += 61, rounds++) {
        struct inki_journal journal;
        struct states seen = {""};
        memcpy(copy, whole, size);
        copy[at] ^= 0x35;
        const char *path = help_write(f, "damaged.db", copy, at % 5 ? size : at);
        ink_status status = inki_journal_open(f->ctx, path, false, &journal);
        if (status == INK_OK) {
            journal.plan = &bench.plan;
            status = inki_journal_trials(&journal, 0, add_state, seen.text);
            struct inki_claim of = {0};
            bool over;
            if (status == INK_OK) status = inki_journal_claim(&journal, f->ctx, &of, &over);
            inki_claim_free(f->ctx, &of);
            inki_journal_close(&journal);
        }
        refused += status != INK_OK;
    }
    assert_true(refused > rounds / 10);
    free(whole);
    free(copy);
    end(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rungs_do_not_depend_on_order, help_begin, help_end),
        cmocka_unit_test_setup_teardown(accuracy_goes_before_loss, help_begin, help_end),
        cmocka_unit_test_setup_teardown(ended_and_failed_trials, help_begin, help_end),
        cmocka_unit_test_setup_teardown(silent_processes_lose_their_leases, help_begin, help_end),
        cmocka_unit_test_setup_teardown(ended_processes_lose_their_leases_at_once, help_begin, help_end),
        cmocka_unit_test_setup_teardown(what_is_kept_comes_back, help_begin, help_end),
        cmocka_unit_test_setup_teardown(other_files_are_refused_and_left_alone, help_begin, help_end),
        cmocka_unit_test_setup_teardown(damaged_stores, help_begin, help_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else
int main(void) { return 77; } /* skipped: a build without stores */
#endif
