/* test_resume: a training that was interrupted goes on from its checkpoint to the same final bits, or says why it cannot.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include "base/file.h"
#include "train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_ROWS = 64 };

/* What a finished training leaves. */
struct result {
    uint64_t hash;
    size_t rows, steps, best, kept;
    ink_epoch epochs[MOST_ROWS];
    double losses[400];
    char ended[256];
};

struct stop {
    size_t after;    /* step */
    size_t reported; /* rows that were reported */
    ink_trainer *trainer;
};

static bool stop_after(void *user, const ink_progress *now)
{
    struct stop *stop = user;
    if (now->row) stop->reported++;
    stop->trainer->last_call = -1; /* so that it asks after the next step again */
    return now->step < stop->after;
}

static ink_status run(const struct fixture *f, const ink_data *train, const ink_data *valid, struct stop *stop,
                      ink_trainer **trainer)
{
    ink_epoch row = INK_INIT(ink_epoch);
    bool more = true;
    const ink_hooks hooks = {sizeof hooks, stop_after, stop};
    ink_status status = ink_trainer_new(f->ctx, train, valid, f->set, NULL, trainer);
    if (status != INK_OK) return status;
    stop->trainer = *trainer;
    if ((*trainer)->step == 0 && (*trainer)->eval_every > 1) status = inki_trainer_step(*trainer);
    (*trainer)->last_call = -1;
    while (status == INK_OK && more) status = ink_trainer_epoch(*trainer, &hooks, &row, &more);
    return status;
}

static void keep(const ink_trainer *trainer, struct result *out)
{
    const ink_run *of = trainer->run;
    memset(out, 0, sizeof *out);
    out->hash = inki_model_hash(ink_trainer_model(trainer));
    out->rows = of->epoch_count;
    out->steps = of->step_count;
    out->best = of->best;
    out->kept = of->kept;
    assert_true(out->rows <= MOST_ROWS && out->steps <= COUNT(out->losses));
    for (size_t i = 0; i < out->rows; i++) {
        out->epochs[i] = of->epochs[i];
        out->epochs[i].seconds = out->epochs[i].rows_per_second = 0;
    }
    if (out->steps) memcpy(out->losses, of->losses, out->steps * sizeof *out->losses);
    snprintf(out->ended, sizeof out->ended, "%s", of->ended);
}

static void same_result(const struct result *a, const struct result *b, const char *what)
{
    if (a->hash != b->hash) fail_msg("other weights: %s", what);
    assert_int_equal(a->rows, b->rows);
    for (size_t i = 0; i < a->rows; i++) {
        const ink_epoch *x = &a->epochs[i], *y = &b->epochs[i];
        const double one[] = {x->lr,  x->train[INK_LOSS], x->train[ACCURACY], x->val[INK_LOSS], x->val[ACCURACY],
                              x->best},
                     other[] = {y->lr,  y->train[INK_LOSS], y->train[ACCURACY], y->val[INK_LOSS], y->val[ACCURACY],
                                y->best};
        assert_memory_equal(one, other, sizeof one);
        assert_true(x->epoch == y->epoch && x->step == y->step && x->steps_total == y->steps_total);
    }
    assert_int_equal(a->steps, b->steps);
    assert_memory_equal(a->losses, b->losses, sizeof a->losses);
    assert_true(a->best == b->best && a->kept == b->kept);
    assert_string_equal(a->ended, b->ended);
}

static const char *const plans[] = {
    "hidden=20; lr=0.1; batch=30; epochs=6; val=0",
    "hidden=20,10; optimizer=momentum; lr=0.05; batch=30; epochs=6; dropout=0.2; schedule=cosine",
    "hidden=20; optimizer=nesterov; lr=0.05; batch=30; epochs=6; schedule=one-cycle; history-steps=true; keep=last",
    "hidden=20; optimizer=adam; lr=0.01; batch=30; steps=50; ema=0.9; eval-every=7; warmup=1",
    "hidden=20; optimizer=adamw; l2=0.1; lr=0.01; batch=30; epochs=6; shuffle=sample; history-steps=true",
    ("hidden=20; optimizer=rmsprop; lr=0.01; batch=full; epochs=40; schedule=plateau; plateau-patience=1; early-stop=9;"
     "monitor=val_loss; class-weight=balanced"),
};

static void set_plan(struct fixture *f, const char *plan, bool resume)
{
    net_reset(f, "scale=standard; checkpoint-every=1");
    net_set(f, plan);
    help_set(f, "checkpoint", help_path(f, "checkpoint"));
    if (resume) help_set(f, "resume", "true");
}

/* Cancelled after `step`, then finished, cut in two or more. */
static void interrupt_at(struct fixture *f, const ink_data *train, const ink_data *valid, const char *plan, size_t step,
                         size_t steps, struct result *parts)
{
    struct stop never = {.after = SIZE_MAX}, stop = {.after = step};
    ink_trainer *trainer = NULL;
    set_plan(f, plan, false);
    ink_status cut = run(f, train, valid, &stop, &trainer);
    if (cut != INK_CANCELLED) fail_msg("%s: step %zu: %d %s", plan, step, (int)cut, ink_ctx_message(f->ctx));
    assert_int_equal(trainer->step, step);
    ink_trainer_free(trainer);
    set_plan(f, plan, true);
    stop = (struct stop){.after = step + (steps - step) / 2 + 1};
    ink_status status = run(f, train, valid, &stop, &trainer);
    if (status == INK_CANCELLED) {
        ink_trainer_free(trainer);
        net_ok(f, run(f, train, valid, &never, &trainer));
    }
    keep(trainer, parts);
    ink_trainer_free(trainer);
}

/* Interrupted `times` times, each in another place, and not at all. */
static void interrupt(struct fixture *f, const ink_data *train, const ink_data *valid, const char *plan, size_t times)
{
    struct result *whole = calloc(1, sizeof *whole), *parts = calloc(1, sizeof *parts);
    struct stop never = {.after = SIZE_MAX};
    ink_trainer *trainer = NULL;
    set_plan(f, plan, false);
    net_ok(f, run(f, train, valid, &never, &trainer));
    keep(trainer, whole);
    const size_t steps = trainer->step;
    ink_trainer_free(trainer);
    for (size_t step = 2; step < steps; step += 1 + steps / times) {
        interrupt_at(f, train, valid, plan, step, steps, parts);
        same_result(parts, whole, plan);
    }
    free(whole);
    free(parts);
}

static void interrupted_everywhere(void **state)
{
    struct fixture *f = *state;
    ink_data *train = net_clusters(f, 3, 200, 10, 3, 1.5f), *valid = net_clusters(f, 3, 80, 10, 3, 1.5f);
    for (size_t p = 0; p < COUNT(plans); p++) interrupt(f, train, valid, plans[p], 9);
    ink_data_free(train);
    ink_data_free(valid);
}

/* ---- tables ---- */

enum { TABLE_ROWS = 240, TABLE_TRAIN = 180 };

/* Words, numbers with gaps, dates, a flag, few integers; a class and two numbers to predict. */
static const char *write_table(const struct fixture *f)
{
    static const char *const towns[] = {"Bath", "Cork", "\"Deal, Kent\"", "", "Eton"}, *const kinds[] = {"a", "b", "c"};
    char *text = malloc(TABLE_ROWS * 80), *at = text + sprintf(text, "when,town,size,open,grade,kind,price,worth\n");
    float x[4 * TABLE_ROWS];
    net_values(8, COUNT(x), 0, 1, x);
    for (size_t i = 0; i < TABLE_ROWS; i++) {
        const float *row = x + 4 * i;
        const size_t town = (size_t)(row[0] * 5), month = 1 + (size_t)(row[1] * 12);
        char size[20] = "NA";
        if (i % 9) sprintf(size, "%.3f", (double)(row[2] * row[2]));
        const double price = 5 + 3 * (double)town + (double)month + 9 * (double)row[2];
        at += sprintf(at, "20%02zu-%02zu-%02zu,%s,%s,%s,%zu,%s,%.2f,%.3f\n", 10 + i % 9, month, 1 + i % 28, towns[town],
                      size, row[3] < 0.5f ? "yes" : "no", i % 6, kinds[(town + (row[2] > 0.5f)) % 3], price * price,
                      price);
    }
    const char *path = help_write(f, "table.csv", text, (size_t)(at - text));
    free(text);
    return path;
}

static const char *const table_plans[] = {
    "label-column=kind; steps=24; eval-every=5",
    "label-column=kind; ensemble=2; ensemble-weights=separate; epochs=4; ema=0.9; optimizer=adamw; l2=0.1; batch=32",
    "label-column=price; target-scale=log; net=dense 12 relu members 3 shared | dropout 0.1 | dense 8 relu members 3; "
    "optimizer=adam; epochs=5; batch=20; history-steps=true",
    "label-column=price,worth; numbers=quantile; loss=huber; hidden=16; epochs=5; batch=20; early-stop=2; "
    "optimizer=momentum",
    "label-column=worth; numbers=ple:6; loss=quantile:0.1,0.5,0.9; hidden=16; epochs=5; batch=20; schedule=plateau",
};

/* What a table's columns are encoded with is fitted anew, and is the same. */
static void tables_interrupted(void **state)
{
    struct fixture *f = *state;
    for (size_t p = 0; p < COUNT(table_plans); p++) {
        ink_data *data, *train = NULL, *valid = NULL;
        set_plan(f, table_plans[p], false);
        data = help_load(f, write_table(f));
        net_ok(f, ink_data_range(f->ctx, data, 0, TABLE_TRAIN, &train));
        net_ok(f, ink_data_range(f->ctx, data, TABLE_TRAIN, TABLE_ROWS, &valid));
        interrupt(f, train, valid, table_plans[p], 3);
        ink_data_free(train);
        ink_data_free(valid);
        ink_data_free(data);
    }
}

/* ---- what cannot be resumed ---- */

static ink_data *rows_of(const struct fixture *f, uint64_t seed) { return net_clusters(f, seed, 200, 10, 3, 1.5f); }

/* Leaves a checkpoint of plan 1 after step 20. */
static void leave(struct fixture *f, const ink_data *train, const ink_data *valid)
{
    ink_trainer *trainer = NULL;
    struct stop stop = {.after = 20};
    set_plan(f, plans[1], false);
    assert_int_equal(run(f, train, valid, &stop, &trainer), INK_CANCELLED);
    ink_trainer_free(trainer);
    set_plan(f, plans[1], true);
}

static ink_status resume(const struct fixture *f, const ink_data *train, const ink_data *valid)
{
    ink_trainer *trainer = NULL;
    ink_status status = ink_trainer_new(f->ctx, train, valid, f->set, NULL, &trainer);
    if (status != INK_OK) assert_null(trainer);
    ink_trainer_free(trainer);
    return status;
}

static void what_changed_is_named(void **state)
{
    static const struct {
        const char *setting, *message;
    } cases[] = {
        {"lr=0.06", "resume|started with lr '0.05', not '0.06'"},
        {"seed=2", "started with seed '1', not '2'"},
        {"epochs=7", "started with epochs '6', not '7'"},
        {"hidden=20,11", "hidden"},
        {"dropout=0.3", "dropout"},
    };
    struct fixture *f = *state;
    ink_data *train = rows_of(f, 3), *valid = rows_of(f, 4), *other = rows_of(f, 5);
    leave(f, train, valid);
    net_ok(f, resume(f, train, valid));
    for (size_t i = 0; i < COUNT(cases); i++) {
        set_plan(f, plans[1], true);
        net_set(f, cases[i].setting);
        net_fails(f, resume(f, train, valid), INK_BAD_SETTING, cases[i].message);
    }
    set_plan(f, plans[1], true);
    net_set(f, "threads=3; history-steps=false; budget=1h"); /* these change no result */
    net_ok(f, resume(f, train, valid));
    set_plan(f, plans[1], true);
    net_fails(f, resume(f, other, valid), INK_BAD_DATA, "other training rows|start over");
    net_fails(f, resume(f, train, other), INK_BAD_DATA, "other validation rows");
    net_fails(f, resume(f, train, NULL), INK_BAD_DATA, "other validation rows");
    ink_data_free(train);
    ink_data_free(valid);
    ink_data_free(other);
}

static void nothing_to_resume(void **state)
{
    struct fixture *f = *state;
    ink_data *train = rows_of(f, 3);
    set_plan(f, plans[0], true);
    net_ok(f, resume(f, train, NULL)); /* begins at the start */
    help_set(f, "checkpoint", "");
    net_fails(f, resume(f, train, NULL), INK_BAD_SETTING, "needs the path of the checkpoint");
    ink_data_free(train);
}

/* Cut short anywhere, a sanitizer may see that more is read; all that is whole but for a byte goes the same way. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { FLIP_EVERY = 17 };
#else
enum { FLIP_EVERY = 1 };
#endif

static void damaged_checkpoints(void **state)
{
    struct fixture *f = *state;
    ink_data *train = rows_of(f, 3), *valid = rows_of(f, 4);
    struct inki_bytes whole;
    leave(f, train, valid);
    net_ok(f, inki_bytes_read(f->ctx, help_path(f, "checkpoint"), &whole));
    for (size_t size = 0; size < whole.size; size += size < 3000 ? 1 : 97) {
        help_write(f, "checkpoint", whole.data, size);
        net_fails(f, resume(f, train, valid), INK_BAD_FILE, "the checkpoint is damaged");
    }
    uint8_t *copy = malloc(whole.size);
    for (size_t i = 0; i < whole.size; i += i < 3000 ? FLIP_EVERY : 97) {
        memcpy(copy, whole.data, whole.size);
        copy[i] ^= 0x11;
        help_write(f, "checkpoint", copy, whole.size);
        assert_int_not_equal(resume(f, train, valid), INK_OK);
    }
    free(copy);
    inki_bytes_free(f->ctx, &whole);
    ink_data_free(train);
    ink_data_free(valid);
}

/* ---- when ---- */

static void how_often(void **state)
{
    static const struct {
        const char *text;
        int kind; /* negative: an error */
        double every;
    } cases[] = {{"auto", INKI_CHECKPOINT_AUTO, 0},
                 {"none", INKI_CHECKPOINT_NONE, 0},
                 {"3", INKI_CHECKPOINT_EPOCHS, 3},
                 {"30s", INKI_CHECKPOINT_SECONDS, 30},
                 {"5m", INKI_CHECKPOINT_SECONDS, 300},
                 {"0", -1, 0},
                 {"often", -1, 0},
                 {"", -1, 0}};
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct inki_checkpoints checkpoints;
        net_reset(f, "");
        help_set(f, "checkpoint-every", cases[i].text);
        ink_status status = inki_checkpoints_begin(f->ctx, f->set, &checkpoints);
        if (cases[i].kind < 0) {
            net_fails(f, status, INK_BAD_SETTING, "checkpoint-every");
            continue;
        }
        net_ok(f, status);
        assert_true((int)checkpoints.kind == cases[i].kind && checkpoints.every == cases[i].every);
    }
}

/* Under auto, writing takes a small share of the time, however long it takes. */
static void auto_is_cheap(void **state)
{
    struct fixture *f = *state;
    ink_data *train = rows_of(f, 3);
    ink_trainer *trainer = NULL;
    set_plan(f, plans[0], false);
    help_set(f, "checkpoint-every", "auto");
    net_ok(f, ink_trainer_new(f->ctx, train, NULL, f->set, NULL, &trainer));
    double now = trainer->began_here;
    assert_false(inki_checkpoint_due(trainer, now + 0.9));
    assert_true(inki_checkpoint_due(trainer, now + 1.1));
    trainer->checkpoints.last = now;
    trainer->checkpoints.cost = 0.5;
    assert_false(inki_checkpoint_due(trainer, now + 29));
    assert_true(inki_checkpoint_due(trainer, now + 31));
    ink_trainer_free(trainer);
    ink_data_free(train);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(interrupted_everywhere, help_begin, help_end),
        cmocka_unit_test_setup_teardown(tables_interrupted, help_begin, help_end),
        cmocka_unit_test_setup_teardown(what_changed_is_named, help_begin, help_end),
        cmocka_unit_test_setup_teardown(nothing_to_resume, help_begin, help_end),
        cmocka_unit_test_setup_teardown(damaged_checkpoints, help_begin, help_end),
        cmocka_unit_test_setup_teardown(how_often, help_begin, help_end),
        cmocka_unit_test_setup_teardown(auto_is_cheap, help_begin, help_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
