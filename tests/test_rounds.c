/* test_rounds: training on folds and with several seeds: what each round trains and is judged on, means, the model that stays.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"
#include "train/run.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const columns[] = {"val_loss", "val_accuracy", "test_loss", "test_accuracy"};
enum { ROWS = 90, FEATURES = 6, CLASSES = 3, MOST = 24 };

/* What the callbacks got, and when they cancel. */
struct story {
    const ink_data *data;
    ink_round rounds[MOST];
    size_t finished, rows_reported;
    size_t cancel_round, cancel_finished; /* `progress` cancels in (0: none; SIZE_MAX: the last), `finished` after */
    uint8_t seen[MOST][ROWS];             /* rows of the data that each round was validated on */
    float shift[MOST][FEATURES];
};

static bool on_progress(void *user, const ink_round *round, const ink_progress *now)
{
    struct story *story = user;
    assert_true(round->number <= round->rounds && round->train_rows > 0);
    assert_null(round->model);
    story->rows_reported += now->row != NULL;
    return story->cancel_round == 0 || round->number != (story->cancel_round == SIZE_MAX ? 0 : story->cancel_round);
}

/* The validation rows are where the round says they are. */
static void check_rows(const struct story *story, const ink_round *round, uint8_t *seen)
{
    float got[FEATURES], there[FEATURES];
    if (!round->rows) return;
    for (size_t i = 0; i < round->val_rows; i++) {
        assert_int_equal(ink_data_row(round->valid, i, got), ink_data_row(story->data, round->rows[i], there));
        assert_memory_equal(got, there, sizeof got);
        seen[round->rows[i]]++;
    }
}

static bool on_finished(void *user, const ink_round *round)
{
    struct story *story = user;
    assert_int_equal(round->number, story->finished + 1);
    assert_true(round->number <= MOST);
    assert_true(round->diverged || (round->model && round->run));
    check_rows(story, round, story->seen[story->finished]);
    if (round->model && round->model->scale)
        memcpy(story->shift[story->finished], round->model->w, sizeof story->shift[0]);
    story->rounds[story->finished++] = *round;
    return story->cancel_finished != round->number;
}

static ink_status run(const struct fixture *f, const ink_data *data, struct story *story, ink_model **model,
                      ink_rounds **rounds)
{
    ink_round_hooks hooks = {sizeof hooks, on_progress, on_finished, story};
    story->data = data;
    return ink_train_rounds(f->ctx, data, f->set, &hooks, model, rounds);
}

#define QUICK "hidden=7; epochs=4; batch=10; optimizer=momentum; lr=0.05; schedule=constant; dropout=0; "

static ink_data *clusters(const struct fixture *f) { return net_clusters(f, 5, ROWS, FEATURES, CLASSES, 1.2f); }

/* The model's file. Ownership: the caller, free. */
static uint8_t *file_of(const struct fixture *f, const ink_model *model, size_t *size)
{
    const char *path = help_path(f, "model.safetensors");
    net_ok(f, ink_model_save(f->ctx, model, path));
    return help_read(path, size);
}

static void same_files(const struct fixture *f, const ink_model *a, const ink_model *b)
{
    size_t size, other_size;
    uint8_t *file = file_of(f, a, &size), *other = file_of(f, b, &other_size);
    assert_int_equal(size, other_size);
    assert_memory_equal(file, other, size);
    free(file);
    free(other);
}

static void set_number(const struct fixture *f, const char *name, size_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%zu", value);
    help_set(f, name, text);
}

static void release(ink_model *model, ink_rounds *rounds)
{
    ink_model_free(model);
    ink_rounds_free(rounds);
}

/* ---- folds ---- */

/* Each row is validated on once; what a round gives is what the loop by hand gives on the same fold. */
static void rounds_are_trainings_on_folds(void **state)
{
    struct fixture *f = *state;
    struct story story = {0};
    ink_data *data = clusters(f);
    ink_rounds *rounds;
    net_reset(f, QUICK "folds=4; stratify=true; keep=best; monitor=val_loss");
    net_ok(f, run(f, data, &story, NULL, &rounds));
    assert_int_equal(ink_rounds_count(rounds), 4);
    assert_int_equal(story.finished, 4);
    assert_int_equal(story.rows_reported, 16);
    assert_null(ink_rounds_kept(rounds));
    assert_null(ink_rounds_run(rounds));
    for (size_t i = 0; i < ROWS; i++)
        assert_int_equal(story.seen[0][i] + story.seen[1][i] + story.seen[2][i] + story.seen[3][i], 1);
    for (size_t k = 0; k < 4; k++) {
        const ink_round *round = ink_rounds_get(rounds, k);
        ink_data *train, *valid;
        ink_trainer *trainer;
        ink_epoch row = INK_INIT(ink_epoch), best = {.val[INK_LOSS] = INFINITY};
        bool more = true;
        net_ok(f, ink_data_fold(f->ctx, data, f->set, k, &train, &valid));
        net_ok(f, ink_trainer_new(f->ctx, train, valid, f->set, NULL, &trainer));
        while (more) {
            net_ok(f, ink_trainer_epoch(trainer, NULL, &row, &more));
            if (row.best) best = row;
        }
        assert_true(round->hash == inki_model_hash(ink_trainer_model(trainer)));
        assert_true(round->row->val[INK_LOSS] == best.val[INK_LOSS] && round->row->val[ACCURACY] == best.val[ACCURACY]);
        assert_int_equal(round->row->epoch, best.epoch);
        assert_int_equal(round->epochs, 4);
        assert_int_equal(round->fold, k + 1);
        assert_int_equal(round->folds, 4);
        assert_int_equal(round->train_rows, train->rows);
        assert_int_equal(round->val_rows, valid->rows);
        assert_string_equal(round->ended, "finished 4 of 4 epochs");
        assert_true(isnan(round->test[INK_LOSS]) && !round->diverged);
        ink_trainer_free(trainer);
        ink_data_free(train);
        ink_data_free(valid);
    }
    assert_null(ink_rounds_get(rounds, 4));
    ink_rounds_free(rounds);
    ink_data_free(data);
}

/* Scaling and weights come from the other rows alone: the values of a fold's rows can be anything. */
static void a_fold_is_not_seen(void **state)
{
    struct fixture *f = *state;
    struct story one = {0}, other = {0};
    ink_data *data = clusters(f), *changed;
    ink_rounds *rounds, *again;
    float x[ROWS * FEATURES];
    int32_t labels[ROWS];
    net_reset(f, QUICK "folds=3; scale=standard; keep=last");
    net_ok(f, run(f, data, &one, NULL, &rounds));
    for (size_t i = 0; i < ROWS; i++) {
        labels[i] = ink_data_row(data, i, x + i * FEATURES);
        for (size_t j = 0; one.seen[1][i] && j < FEATURES; j++) x[i * FEATURES + j] = 1e4f * (float)(i + 1) - (float)j;
    }
    net_ok(f, ink_data_new(f->ctx, ROWS, FEATURES, x, labels, CLASSES, &changed));
    net_ok(f, run(f, changed, &other, NULL, &again));
    for (size_t k = 0; k < 3; k++) {
        bool same = ink_rounds_get(rounds, k)->hash == ink_rounds_get(again, k)->hash;
        assert_true(same == (k == 1));
        for (size_t j = 0; j < FEATURES; j++) { /* the mean of the rows trained on */
            double sum = 0, count = 0;
            for (size_t i = 0; i < ROWS; i++) {
                if (one.seen[k][i]) continue;
                ink_data_row(data, i, x);
                sum += (double)x[j];
                count++;
            }
            net_near((double)one.shift[k][j], sum / count, 1e-6);
        }
    }
    ink_rounds_free(rounds);
    ink_rounds_free(again);
    ink_data_free(data);
    ink_data_free(changed);
}

/* A test part is cut off once, with the first seed, whatever the later seeds are; each round is scored on it. */
static void the_test_part_stays_out(void **state)
{
    struct fixture *f = *state;
    struct story *story = calloc(1, sizeof *story);
    ink_data *data = clusters(f), *train, *valid, *test;
    ink_model *model;
    ink_rounds *rounds;
    net_reset(f, QUICK "folds=3; repeat=4; test=0.2; val=0; seed=5");
    net_ok(f, ink_data_split(f->ctx, data, f->set, &train, &valid, &test));
    help_set(f, "val", "0.3"); /* no part in this */
    net_ok(f, run(f, data, story, &model, &rounds));
    assert_int_equal(ink_rounds_count(rounds), 12);
    for (size_t r = 0; r < 12; r++) {
        const ink_round *round = ink_rounds_get(rounds, r);
        assert_int_equal(round->seed, 5 + r / 3);
        assert_int_equal(round->fold, 1 + r % 3);
        assert_int_equal(round->val_rows, 24);
        assert_int_equal(round->test_rows, 18);
        for (size_t i = 0; i < test->rows; i++) assert_int_equal(story->seen[r][inki_data_base(test, i)], 0);
    }
    assert_memory_not_equal(story->seen[0], story->seen[3], ROWS); /* another seed, other folds */
    ink_run *run_of;
    net_ok(f, ink_eval(f->ctx, model, test, &run_of));
    assert_true(ink_run_metrics(run_of)->loss == ink_run_metrics(ink_rounds_run(rounds))->loss);
    ink_run_free(run_of);
    release(model, rounds);
    ink_data_free(train);
    ink_data_free(test);
    ink_data_free(data);
    free(story);
}

/* ---- the last training ---- */

/* It is the plain training without a validation part, for the mean of the best epochs; byte for byte. */
static void the_last_training(void **state)
{
    static const char *const lengths[] = {"epochs=9; steps=none; eval-every=epoch", "steps=70; eval-every=5",
                                          "epochs=9; early-stop=2; eval-every=epoch; steps=none"};
    struct fixture *f = *state;
    ink_data *data = net_data(f, 3, ROWS, FEATURES, CLASSES); /* random labels: the best epochs differ */
    for (size_t i = 0; i < COUNT(lengths); i++) {
        struct story story = {0};
        ink_model *model, *plain;
        ink_rounds *rounds;
        ink_run *run_of;
        double sum = 0;
        net_reset(f, QUICK "folds=3; repeat=2; test=10; lr=0.3; monitor=val_loss; scale=standard");
        net_set(f, lengths[i]);
        net_ok(f, run(f, data, &story, &model, &rounds));
        assert_null(ink_rounds_kept(rounds));
        for (size_t r = 0; r < 6; r++) {
            const ink_epoch *row = ink_rounds_get(rounds, r)->row;
            sum += (double)(i == 1 ? row->step : row->epoch);
        }
        net_reset(f, QUICK "val=0; test=10; lr=0.3; monitor=val_loss; scale=standard; early-stop=none");
        set_number(f, i == 1 ? "steps" : "epochs", (size_t)floor(sum / 6 + 0.5));
        if (i == 1) help_set(f, "eval-every", "5");
        net_ok(f, ink_train(f->ctx, data, f->set, NULL, &plain, &run_of));
        same_files(f, model, plain);
        assert_true(ink_run_metrics(run_of)->loss == ink_run_metrics(ink_rounds_run(rounds))->loss);
        ink_run_free(run_of);
        ink_model_free(plain);
        release(model, rounds);
    }
    ink_data_free(data);
}

/* ---- seeds ---- */

static bool better(const ink_round *a, const ink_round *b, bool by_accuracy)
{
    if (by_accuracy && a->row->val[ACCURACY] != b->row->val[ACCURACY])
        return a->row->val[ACCURACY] > b->row->val[ACCURACY];
    return a->row->val[INK_LOSS] < b->row->val[INK_LOSS];
}

/* Round i is ink_train with seed + i, byte for byte; the best by the monitor stays, the first of equal ones. */
static void rounds_are_seeds(void **state)
{
    static const char *const monitors[] = {"monitor=val_loss", "monitor=val_accuracy", "val=0"};
    struct fixture *f = *state;
    ink_data *data = net_data(f, 3, ROWS, FEATURES, CLASSES);
    for (size_t m = 0; m < COUNT(monitors); m++) {
        struct story story = {0};
        ink_model *model, *plain;
        ink_rounds *rounds;
        ink_run *run_of;
        size_t best = 0;
        net_reset(f, QUICK "val=0.2; test=0.1; repeat=5; seed=11");
        net_set(f, monitors[m]);
        net_ok(f, run(f, data, &story, &model, &rounds));
        assert_int_equal(ink_rounds_count(rounds), 5);
        help_set(f, "repeat", "1");
        for (size_t i = 0; i < 5; i++) {
            const ink_round *round = ink_rounds_get(rounds, i);
            set_number(f, "seed", 11 + i);
            net_ok(f, ink_train(f->ctx, data, f->set, NULL, &plain, &run_of));
            assert_true(round->hash == inki_model_hash(plain));
            assert_int_equal(round->seed, 11 + i);
            assert_int_equal(round->fold, 0);
            assert_int_equal(round->val_rows, m == 2 ? 0 : 18);
            assert_true(round->test[INK_LOSS] == ink_run_metrics(run_of)->loss);
            assert_true(round->test[ACCURACY] == ink_run_metrics(run_of)->accuracy);
            assert_memory_equal(round->row->val, run_of->epochs[run_of->kept].val, sizeof(double));
            if (m < 2 && better(round, ink_rounds_get(rounds, best), m == 1)) best = i;
            ink_model_free(plain);
            ink_run_free(run_of);
        }
        assert_true(m == 2 || best > 0); /* else the test would not distinguish the best from the first */
        assert_ptr_equal(ink_rounds_kept(rounds), ink_rounds_get(rounds, best));
        set_number(f, "seed", 11 + best);
        net_ok(f, ink_train(f->ctx, data, f->set, NULL, &plain, &run_of));
        same_files(f, model, plain);
        assert_int_equal(ink_run_epochs(ink_rounds_run(rounds)), ink_run_epochs(run_of));
        ink_run_free(run_of);
        ink_model_free(plain);
        release(model, rounds);
    }
    ink_data_free(data);
}

/* A validation part of its own has no rows in the data. */
static void validation_data_of_its_own(void **state)
{
    struct fixture *f = *state;
    struct story story = {0};
    uint8_t file[1024];
    const uint32_t dims[] = {20, FEATURES}, label_dims[] = {20};
    const char *path = help_write(f, "x-images", file, help_idx(file, 8, 2, dims, 20 * FEATURES));
    size_t size = help_idx(file, 8, 1, label_dims, 20);
    for (size_t i = 0; i < 20; i++) file[size - 20 + i] = (uint8_t)(i % 3);
    help_write(f, "x-labels", file, size);
    ink_data *data = clusters(f);
    ink_rounds *rounds;
    net_reset(f, QUICK "repeat=2");
    help_set(f, "val", path);
    net_ok(f, run(f, data, &story, NULL, &rounds));
    assert_int_equal(story.rounds[1].val_rows, 20);
    for (size_t i = 0; i < ROWS; i++) assert_int_equal(story.seen[1][i], 0);
    ink_rounds_free(rounds);
    ink_data_free(data);
}

/* ---- means ---- */

static void means_by_hand(void **state)
{
    struct fixture *f = *state;
    struct story story = {0};
    ink_data *data = net_data(f, 3, ROWS, FEATURES, CLASSES);
    ink_rounds *rounds;
    ink_mean mean = INK_INIT(ink_mean);
    net_reset(f, QUICK "folds=5; test=15");
    net_ok(f, run(f, data, &story, NULL, &rounds));
    for (int score = 0; score < 4; score++) {
        double v[5], sum = 0, squares = 0, low = INFINITY, high = -INFINITY;
        for (size_t i = 0; i < 5; i++) {
            const ink_round *round = ink_rounds_get(rounds, i);
            v[i] = score < 2 ? round->row->val[score] : round->test[score - 2];
            sum += v[i];
            low = fmin(low, v[i]);
            high = fmax(high, v[i]);
        }
        for (size_t i = 0; i < 5; i++) squares += pow(v[i] - sum / 5, 2);
        ink_rounds_mean(rounds, columns[score], &mean);
        assert_int_equal(mean.count, 5);
        net_near(mean.mean, sum / 5, 1e-15);
        net_near(mean.deviation, sqrt(squares / 4), 1e-15);
        net_near(mean.error, sqrt(squares / 4 / 5), 1e-15);
        assert_true(mean.deviation > 0 && mean.lowest == low && mean.highest == high);
        if (score < 2)
            net_near(mean.corrected_error, sqrt((1.0 / 5 + 1.0 / 4) * squares / 4), 1e-15);
        else
            assert_true(isnan(mean.corrected_error));
    }
    ink_rounds_free(rounds);
    help_set(f, "folds", "none");
    net_set(f, "repeat=1; val=0; test=0");
    net_ok(f, ink_train_rounds(f->ctx, data, f->set, NULL, NULL, &rounds));
    ink_rounds_mean(rounds, "val_loss", &mean);
    assert_int_equal(mean.count, 0);
    assert_true(isnan(mean.mean) && isnan(mean.lowest));
    ink_rounds_free(rounds);
    help_set(f, "val", "9");
    net_ok(f, ink_train_rounds(f->ctx, data, f->set, NULL, NULL, &rounds));
    ink_rounds_mean(rounds, "val_loss", &mean);
    assert_true(mean.count == 1 && isfinite(mean.mean) && isnan(mean.deviation) && isnan(mean.error));
    ink_rounds_free(rounds);
    ink_data_free(data);
}

/* ---- cancelled, diverged, refused ---- */

static void cancelled_rounds(void **state)
{
    struct fixture *f = *state;
    ink_data *data = clusters(f);
    for (int way = 0; way < 6; way++) {
        bool folds = way % 2;
        struct story story = {0};
        ink_model *model = (ink_model *)1;
        ink_rounds *rounds;
        net_reset(f, QUICK "scale=none");
        help_set(f, folds ? "folds" : "repeat", "5");
        if (way < 2) story.cancel_round = 3;
        if (way >= 2 && way < 4) story.cancel_finished = 2;
        if (way >= 4) story.cancel_round = 1;
        size_t done = way < 4 ? 2 : 0;
        net_fails(f, run(f, data, &story, &model, &rounds), INK_CANCELLED, "cancelled |round | of 5");
        assert_int_equal(ink_rounds_count(rounds), done);
        assert_int_equal(model != NULL, !folds); /* with folds the last training is left out */
        assert_int_equal(ink_rounds_kept(rounds) != NULL, !folds && done);
        release(model, rounds);
    }
    ink_data_free(data);
}

static void cancelled_in_the_last_training(void **state)
{
    struct fixture *f = *state;
    struct story story = {.cancel_round = SIZE_MAX};
    ink_data *data = clusters(f);
    ink_model *model;
    ink_rounds *rounds;
    net_reset(f, QUICK "folds=2");
    net_fails(f, run(f, data, &story, &model, &rounds), INK_CANCELLED, "cancelled");
    assert_int_equal(ink_rounds_count(rounds), 2);
    assert_non_null(model);
    release(model, rounds);
    ink_data_free(data);
}

/* A row that no training survives: only the round that validates on it ends well. */
static void diverged_rounds(void **state)
{
    struct fixture *f = *state;
    struct story story = {0};
    float x[ROWS * FEATURES];
    int32_t labels[ROWS];
    ink_data *from = clusters(f), *data;
    ink_model *model;
    ink_rounds *rounds;
    ink_mean mean = INK_INIT(ink_mean);
    for (size_t i = 0; i < ROWS; i++) labels[i] = ink_data_row(from, i, x + i * FEATURES);
    x[40 * FEATURES] = 1e30f;
    net_ok(f, ink_data_new(f->ctx, ROWS, FEATURES, x, labels, CLASSES, &data));
    net_reset(f, QUICK "folds=3; scale=none");
    net_fails(f, run(f, data, &story, &model, &rounds), INK_DIVERGED, "seed 1, fold |diverged");
    assert_int_equal(ink_rounds_count(rounds), 3);
    assert_null(model);
    for (size_t k = 0; k < 3; k++) {
        const ink_round *round = ink_rounds_get(rounds, k);
        assert_int_equal(round->diverged, !story.seen[k][40]);
        assert_int_equal(isnan(round->row->val[INK_LOSS]) != 0, round->diverged);
        if (round->diverged) assert_non_null(strstr(round->ended, "diverged"));
    }
    ink_rounds_mean(rounds, "val_loss", &mean);
    assert_int_equal(mean.count, 1);
    release(model, rounds);
    net_reset(f, QUICK "repeat=2; scale=none; lr=1e4; activation=identity");
    net_fails(f, run(f, from, &(struct story){0}, &model, &rounds), INK_DIVERGED, "seed 1: |diverged");
    assert_int_equal(ink_rounds_count(rounds), 2);
    assert_null(model);
    release(model, rounds);
    ink_data_free(from);
    ink_data_free(data);
}

static void what_is_refused(void **state)
{
    static const struct {
        const char *settings, *words;
        ink_status status;
    } cases[] = {
        {"repeat=2; resume=true; checkpoint=c", "checkpoint and resume work for a single training", INK_BAD_SETTING},
        {"folds=2; schedule=plateau", "schedule plateau needs a validation part, and the final training",
         INK_BAD_SETTING},
        {"repeat=3; seed=9007199254740990", "choose a smaller seed", INK_BAD_SETTING},
        {"folds=91", "90 rows cannot make 91 folds", INK_BAD_DATA},
        {"folds=2; net=dense", "dense", INK_BAD_SETTING},
    };
    struct fixture *f = *state;
    ink_data *data = clusters(f);
    for (size_t i = 0; i < COUNT(cases); i++) {
        ink_model *model = (ink_model *)1;
        ink_rounds *rounds = (ink_rounds *)1;
        struct story story = {0};
        net_reset(f, QUICK "val=0.1");
        net_set(f, cases[i].settings);
        net_fails(f, run(f, data, &story, &model, &rounds), cases[i].status, cases[i].words);
        assert_null(model);
        assert_null(rounds);
        assert_int_equal(story.finished, 0);
    }
    net_reset(f, QUICK "folds=2; schedule=plateau"); /* without a model it is as good as any */
    ink_rounds *rounds;
    net_ok(f, ink_train_rounds(f->ctx, data, f->set, NULL, NULL, &rounds));
    ink_rounds_free(rounds);
    ink_data_free(data);
}

/* ---- notes ---- */

struct notes {
    size_t plans, warnings, named;
};

static void count_note(void *user, const char *line)
{
    struct notes *notes = user;
    notes->plans += strstr(line, " training, ") != NULL;
    notes->warnings += strstr(line, "chance") != NULL;
    notes->named += strncmp(line, "seed ", 5) == 0;
}

/* The plan is reported once; what is about one round, with its name; and the caller's callback stays. */
static void notes_once(void **state)
{
    struct fixture *f = *state;
    struct notes notes = {0};
    ink_data *data = clusters(f);
    ink_rounds *rounds;
    ink_ctx_on_note(f->ctx, count_note, &notes);
    net_reset(f, QUICK "repeat=4; lr=1e-9; epochs=12; val=0.2");
    net_ok(f, ink_train_rounds(f->ctx, data, f->set, NULL, NULL, &rounds));
    assert_int_equal(notes.plans, 1);
    assert_true(notes.warnings >= 1);
    assert_true(notes.named + 1 >= notes.warnings && notes.named <= notes.warnings);
    assert_ptr_equal(f->ctx->note, count_note);
    assert_ptr_equal(f->ctx->note_user, &notes);
    ink_rounds_free(rounds);
    ink_data_free(data);
}

/* ---- the same everywhere, and memory ---- */

static void outcome(const struct fixture *f, const char *kernels, unsigned threads, double values[5])
{
    struct fixture other = *f;
    ink_rounds *rounds;
    ink_mean mean = INK_INIT(ink_mean);
    ink_model *model;
    setenv("INKLING_KERNELS", kernels, 1);
    net_ok(f, ink_ctx_new(NULL, &other.ctx));
    unsetenv("INKLING_KERNELS");
    net_ok(f, ink_ctx_set_threads(other.ctx, threads));
    ink_data *data = net_clusters(&other, 5, 300, 40, CLASSES, 2.5f);
    net_ok(&other, ink_train_rounds(other.ctx, data, f->set, NULL, &model, &rounds));
    for (int score = 0; score < 4; score++) {
        ink_rounds_mean(rounds, columns[score], &mean);
        values[score] = mean.mean + mean.deviation;
    }
    uint64_t hash = inki_model_hash(model);
    memcpy(&values[4], &hash, sizeof hash);
    release(model, rounds);
    ink_data_free(data);
    ink_ctx_free(other.ctx);
}

static void same_bits_everywhere(void **state)
{
    static const char *const ways[] = {"folds=3; stratify=true", "repeat=3; folds=none"};
    struct fixture *f = *state;
    for (size_t w = 0; w < COUNT(ways); w++) {
        double first[5], values[5];
        net_reset(f, "hidden=64; epochs=2; batch=50; test=40; optimizer=adam; dropout=0.2; scale=standard");
        net_set(f, ways[w]);
        outcome(f, "portable", 1, first);
        for (size_t k = 0; ink_kernels(k); k++)
            for (unsigned threads = 1 + (k == 0); threads <= 3; threads++) {
                outcome(f, ink_kernels(k), threads, values);
                assert_memory_equal(values, first, sizeof first);
            }
    }
}

static ink_status train_rounds(struct fixture *f, void *arg)
{
    struct story story = {0};
    ink_model *model = (ink_model *)1;
    ink_rounds *rounds = (ink_rounds *)1;
    ink_status status = run(f, arg, &story, &model, &rounds);
    assert_true((status == INK_OK) == (model != NULL) && (status == INK_OK) == (rounds != NULL));
    release(model, rounds);
    return status;
}

static void without_memory(void **state)
{
    static const char *const ways[] = {"folds=2; val=0.2", "repeat=2; folds=none"};
    struct fixture *f = *state;
    ink_data *data = clusters(f);
    for (size_t w = 0; w < COUNT(ways); w++) {
        net_reset(f, QUICK "epochs=1; test=10; threads=1"); /* a pool would stay */
        net_set(f, ways[w]);
        assert_true(help_sweep(f, train_rounds, data) >= 60);
    }
    ink_data_free(data);
}

int main(void)
{
    /* clang-format off */
#define CASE(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)
    const struct CMUnitTest tests[] = {
        CASE(rounds_are_trainings_on_folds), CASE(a_fold_is_not_seen), CASE(the_test_part_stays_out), CASE(the_last_training),
        CASE(rounds_are_seeds), CASE(validation_data_of_its_own), CASE(means_by_hand), CASE(cancelled_rounds),
        CASE(cancelled_in_the_last_training), CASE(diverged_rounds), CASE(what_is_refused), CASE(notes_once),
        CASE(same_bits_everywhere), CASE(without_memory),
    };
    /* clang-format on */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
