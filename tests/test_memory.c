/* test_memory: each allocation of each public function fails once: NO_MEMORY, nothing given, nothing left, a sentence.
 * SPDX-License-Identifier: MIT */
#include "room.h"

#include "base/pool.h"
#include "base/rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 60, FEATURES = 9, CLASSES = 3 };

/* What the calls work on, made while there is memory. */
struct world {
    struct room *room;
    ink_settings *set;
    ink_data *data, *images; /* in memory; from files, with a test part */
    ink_data *train, *valid;
    ink_model *model;
    char folder[96], file[128];
    float x[ROWS * FEATURES], p[ROWS * CLASSES];
    int32_t labels[ROWS];
};

static void ok(const struct world *world, ink_status status)
{
    if (status != INK_OK) fail_msg("%s: %s", ink_status_name(status), ink_ctx_message(world->room->ctx));
}

static void set_to(const struct world *world, const char *name, const char *text)
{
    ok(world, ink_settings_set(world->room->ctx, world->set, name, text));
}

static void write_idx(const char *folder, const char *part, size_t rows)
{
    uint8_t images[16 + ROWS * FEATURES] = {0, 0, 8, 3, 0, 0, 0, (uint8_t)rows, 0, 0, 0, 3, 0, 0, 0, 3};
    uint8_t labels[8 + ROWS] = {0, 0, 8, 1, 0, 0, 0, (uint8_t)rows};
    char path[192];
    for (size_t i = 0; i < rows * FEATURES; i++) images[16 + i] = (uint8_t)(i * 7);
    for (size_t i = 0; i < rows; i++) labels[8 + i] = (uint8_t)(i % CLASSES);
    snprintf(path, sizeof path, "%s/%s-images-idx3-ubyte", folder, part);
    room_write(path, images, 16 + rows * FEATURES);
    snprintf(path, sizeof path, "%s/%s-labels-idx1-ubyte", folder, part);
    room_write(path, labels, 8 + rows);
}

static void make_values(struct world *world)
{
    struct inki_rng rng = inki_rng_begin(1, INKI_RNG_TEST, 70, 0);
    for (size_t i = 0; i < ROWS; i++) {
        world->labels[i] = (int32_t)(i % CLASSES);
        for (size_t j = 0; j < FEATURES; j++)
            world->x[i * FEATURES + j] = (float)inki_rng_normal(&rng) + (j % CLASSES == i % CLASSES ? 2.0f : 0);
    }
}

static int world_begin(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    room_begin((void **)&world->room);
    ink_ctx *ctx = world->room->ctx;
    ok(world, ink_ctx_set_threads(ctx, 1));
    make_values(world);
    snprintf(world->folder, sizeof world->folder, "%s", world->room->folder);
    snprintf(world->file, sizeof world->file, "%s/model.safetensors", world->folder);
    write_idx(world->folder, "train", ROWS);
    write_idx(world->folder, "t10k", ROWS / 2);
    ok(world, ink_settings_new(ctx, &world->set));
    set_to(world, "hidden", "8,5");
    set_to(world, "dropout", "0.2");
    set_to(world, "epochs", "2");
    set_to(world, "batch", "16");
    set_to(world, "val", "0.2");
    set_to(world, "test", "12");
    set_to(world, "stratify", "true");
    set_to(world, "scale", "standard");
    set_to(world, "optimizer", "adam");
    set_to(world, "clip-norm", "1");
    ok(world, ink_data_new(ctx, ROWS, FEATURES, world->x, world->labels, CLASSES, &world->data));
    ok(world, ink_data_load(ctx, world->folder, NULL, &world->images));
    ok(world, ink_data_part(world->room->ctx, world->data, INK_PART_TRAIN, &world->train));
    ok(world, ink_data_part(world->room->ctx, world->images, INK_PART_TRAIN, &world->valid));
    ok(world, ink_model_new(ctx, "dense 8 relu | dense 5 tanh", FEATURES, CLASSES, world->set, &world->model));
    ok(world, ink_model_save(ctx, world->model, world->file));
    *state = world;
    return 0;
}

static int world_end(void **state)
{
    struct world *world = *state;
    world->room->tally.fail_at = 0;
    ink_model_free(world->model);
    ink_data_free(world->train);
    ink_data_free(world->valid);
    ink_data_free(world->images);
    ink_data_free(world->data);
    ink_settings_free(world->set);
    room_end((void **)&world->room);
    free(world);
    return 0;
}

/* ---- the sweep ---- */

/* Makes one call and frees what it gave; the pointers must have become NULL if it failed. */
typedef ink_status call_function(struct world *world);

/* Fails allocation n of the call, n = 1, 2, … until none failed. Each time it must have ended with NO_MEMORY, or,
 * where `may_do_without`, have succeeded all the same. Returns how many allocations there were. */
static size_t sweep(struct world *world, call_function *call, bool may_do_without)
{
    struct room *room = world->room;
    struct tally *tally = &room->tally;
    const size_t live = tally->live, files = room_count_files(room);
    for (size_t n = 1;; n++) {
        assert_true(n < 5000);
        tally->fail_at = tally->calls + n;
        room->ctx->message[0] = 0;
        ink_status status = call(world);
        bool failed = tally->calls >= tally->fail_at;
        tally->fail_at = 0;
        inki_pool_stop(room->ctx);
        if (tally->live != live) fail_msg("allocation %zu: %zu blocks left behind", n, tally->live - live);
        assert_int_equal(room_count_files(room), files);
        if (!failed) {
            ok(world, status);
            return n - 1;
        }
        if (may_do_without && status == INK_OK) continue;
        if (status != INK_NO_MEMORY)
            fail_msg("allocation %zu failed, but the call gave %s", n, ink_status_name(status));
        assert_string_not_equal(ink_ctx_message(room->ctx), "");
    }
}

/* Every failure must show. */
static void sweep_all(struct world *world, call_function *call, size_t at_least)
{
    size_t count = sweep(world, call, false);
    if (count < at_least) fail_msg("%zu allocations only: is the sweep blind?", count);
    assert_int_equal(sweep(world, call, false), count); /* nothing was spoilt */
}

/* What `out` points to is of no use after a failure, and must be NULL. */
#define GAVE(status, out, release)                                                                                     \
    do {                                                                                                               \
        if ((status) == INK_OK)                                                                                        \
            release(out);                                                                                              \
        else                                                                                                           \
            assert_null(out);                                                                                          \
    } while (0)
#define NOT_NULL(world) ((void *)(world))

/* ---- the calls ---- */

static ink_status new_context(struct world *world)
{
    ink_allocator allocator = room_allocator(&world->room->tally);
    ink_ctx *out = NOT_NULL(world);
    ink_status status = ink_ctx_new(&allocator, &out);
    GAVE(status, out, ink_ctx_free);
    if (status != INK_OK) snprintf(world->room->ctx->message, 16, "no context"); /* which has no message either */
    return status;
}

static ink_status new_settings(struct world *world)
{
    ink_settings *out = NOT_NULL(world);
    ink_status status = ink_settings_new(world->room->ctx, &out);
    GAVE(status, out, ink_settings_free);
    return status;
}

static ink_status copy_settings(struct world *world)
{
    ink_settings *out = NOT_NULL(world);
    ink_status status = ink_settings_copy(world->room->ctx, world->set, &out);
    GAVE(status, out, ink_settings_free);
    return status;
}

/* A row of each type; the value stays as it was when there is no memory for another. */
static ink_status set_settings(struct world *world)
{
    static const char *const pairs[][2] = {{"epochs", "2"},     {"lr", "0.25"},        {"lr", "auto"},
                                           {"stratify", "yes"}, {"optimizer", "adam"}, {"val", "0.2"}};
    for (size_t i = 0; i < LENGTH(pairs); i++) {
        char before[64];
        snprintf(before, sizeof before, "%s", ink_settings_get(world->set, pairs[i][0]));
        ink_status status = ink_settings_set(world->room->ctx, world->set, pairs[i][0], pairs[i][1]);
        if (status != INK_OK) assert_string_equal(ink_settings_get(world->set, pairs[i][0]), before);
        if (status != INK_OK) return status;
    }
    return INK_OK;
}

static ink_status new_data(struct world *world)
{
    ink_data *out = NOT_NULL(world);
    ink_status status = ink_data_new(world->room->ctx, ROWS, FEATURES, world->x, world->labels, CLASSES, &out);
    GAVE(status, out, ink_data_free);
    return status;
}

static ink_status load_folder(struct world *world)
{
    ink_data *out = NOT_NULL(world);
    ink_status status = ink_data_load(world->room->ctx, world->folder, world->set, &out);
    GAVE(status, out, ink_data_free);
    return status;
}

static ink_status load_without_settings(struct world *world)
{
    ink_data *out = NOT_NULL(world);
    ink_status status = ink_data_load(world->room->ctx, room_path(world->room, "train-images-idx3-ubyte"), NULL, &out);
    GAVE(status, out, ink_data_free);
    return status;
}

static ink_status take_parts(struct world *world)
{
    for (int part = INK_PART_ALL; part <= INK_PART_TEST; part++) {
        ink_data *out = NOT_NULL(world);
        ink_status status = ink_data_part(world->room->ctx, world->images, (ink_part)part, &out);
        GAVE(status, out, ink_data_free);
        if (status != INK_OK) return status;
    }
    return INK_OK;
}

static ink_status split_data(const struct world *world, const ink_data *data)
{
    ink_data *train = NOT_NULL(world->room), *valid = train, *test = train;
    ink_status status = ink_data_split(world->room->ctx, data, world->set, &train, &valid, &test);
    GAVE(status, train, ink_data_free);
    GAVE(status, valid, ink_data_free);
    GAVE(status, test, ink_data_free);
    return status;
}

static ink_status split_memory(struct world *world) { return split_data(world, world->data); }

static ink_status split_views(struct world *world) { return split_data(world, world->train); }

static ink_status new_model(struct world *world)
{
    ink_model *out = NOT_NULL(world);
    ink_status status = ink_model_new(world->room->ctx, "dense 8 relu | dropout 0.1 | dense 5 tanh", FEATURES, CLASSES,
                                      world->set, &out);
    GAVE(status, out, ink_model_free);
    return status;
}

static ink_status load_model(struct world *world)
{
    ink_model *out = NOT_NULL(world);
    ink_status status = ink_model_load(world->room->ctx, world->file, &out);
    GAVE(status, out, ink_model_free);
    return status;
}

/* The sweep counts the files: a failed save leaves none, and the last one here is removed. */
static ink_status save_model(struct world *world)
{
    const char *path = room_path(world->room, "new.safetensors");
    ink_status status = ink_model_save(world->room->ctx, world->model, path);
    if (status == INK_OK) assert_int_equal(remove(path), 0);
    return status;
}

static ink_status predict(struct world *world)
{
    return ink_predict(world->room->ctx, world->model, ROWS, world->x, world->p);
}

static ink_status predict_data(struct world *world)
{
    return ink_predict_data(world->room->ctx, world->model, world->data, world->p);
}

static ink_status evaluate(struct world *world)
{
    ink_run *out = NOT_NULL(world);
    ink_status status = ink_eval(world->room->ctx, world->model, world->data, &out);
    GAVE(status, out, ink_run_free);
    return status;
}

static ink_status train_data(const struct world *world, const ink_data *data)
{
    ink_model *model = NOT_NULL(world->room);
    ink_run *run = NOT_NULL(world->room);
    ink_status status = ink_train(world->room->ctx, data, world->set, NULL, &model, &run);
    GAVE(status, model, ink_model_free);
    GAVE(status, run, ink_run_free);
    return status;
}

static ink_status train_memory(struct world *world) { return train_data(world, world->data); }

static ink_status train_images(struct world *world) { return train_data(world, world->images); }

static ink_status new_trainer(struct world *world)
{
    ink_trainer *out = NOT_NULL(world);
    ink_status status = ink_trainer_new(world->room->ctx, world->train, world->data, world->set, world->model, &out);
    GAVE(status, out, ink_trainer_free);
    return status;
}

static ink_status run_trainer(struct world *world)
{
    ink_trainer *trainer = NOT_NULL(world);
    ink_epoch row = INK_INIT(ink_epoch);
    bool more = true;
    ink_status status = ink_trainer_new(world->room->ctx, world->train, world->data, world->set, NULL, &trainer);
    while (status == INK_OK && more) status = ink_trainer_epoch(trainer, NULL, &row, &more);
    ink_trainer_free(trainer);
    return status;
}

/* ---- tests ---- */

static void context(void **state) { sweep_all(*state, new_context, 1); }

static void settings(void **state)
{
    sweep_all(*state, new_settings, 30);
    sweep_all(*state, copy_settings, 30);
    sweep_all(*state, set_settings, 6);
}

static void data(void **state)
{
    sweep_all(*state, new_data, 4);
    sweep_all(*state, load_folder, 8);
    sweep_all(*state, load_without_settings, 30);
    sweep_all(*state, take_parts, 3);
}

static void splits(void **state)
{
    sweep_all(*state, split_memory, 4);
    sweep_all(*state, split_views, 4);
}

static void models(void **state)
{
    sweep_all(*state, new_model, 4);
    sweep_all(*state, load_model, 4);
    sweep_all(*state, save_model, 2);
}

static void answers(void **state)
{
    sweep_all(*state, predict, 3);
    sweep_all(*state, predict_data, 3);
    sweep_all(*state, evaluate, 4);
}

static void training(void **state)
{
    struct world *world = *state;
    sweep_all(world, train_memory, 20);
    set_to(world, "test", "0");
    sweep_all(world, train_images, 20);
}

static void training_from_a_file(void **state)
{
    struct world *world = *state;
    set_to(world, "init-from", world->file);
    set_to(world, "scale", "none"); /* as the file has it */
    set_to(world, "dropout", "0");
    set_to(world, "net", "dense 8 relu | dense 5 tanh");
    set_to(world, "history-steps", "true");
    set_to(world, "optimizer", "nesterov");
    sweep_all(world, train_memory, 20);
}

static void trainers(void **state)
{
    sweep_all(*state, new_trainer, 10);
    sweep_all(*state, run_trainer, 11);
}

/* With threads: without memory for them the work is done by the caller, to the same end. */
static ink_status predict_much(struct world *world)
{
    enum { MUCH = 2000 };
    static float x[MUCH * FEATURES], p[MUCH * CLASSES], before[MUCH * CLASSES];
    for (size_t i = 0; i < MUCH * FEATURES; i++) x[i] = world->x[i % (ROWS * FEATURES)];
    ink_status status = ink_predict(world->room->ctx, world->model, MUCH, x, p);
    if (status == INK_OK && before[0] != 0) assert_memory_equal(p, before, sizeof p);
    if (status == INK_OK) memcpy(before, p, sizeof p);
    return status;
}

static void with_threads(void **state)
{
    struct world *world = *state;
    set_to(world, "hidden", "64,32");
    set_to(world, "batch", "full");
    ink_model_free(world->model);
    ok(world, ink_model_new(world->room->ctx, "dense 64 relu", FEATURES, CLASSES, world->set, &world->model));
    size_t alone = sweep(world, predict_much, false), train_alone = sweep(world, train_memory, false);
    ok(world, ink_ctx_set_threads(world->room->ctx, 3));
    assert_true(sweep(world, predict_much, true) > alone); /* the threads' blocks came in addition */
    assert_true(sweep(world, train_memory, true) > train_alone);
}

/* After the first row of the history, training allocates nothing (until that has 1024 rows). */
static void no_allocation_while_training(void **state)
{
    static const char *const optimizers[] = {"sgd", "nesterov", "adam"}, *const threads[] = {"1", "2"};
    struct world *world = *state;
    set_to(world, "epochs", "40");
    set_to(world, "hidden", "64,33");
    for (size_t i = 0; i < LENGTH(optimizers) * LENGTH(threads); i++) {
        ink_trainer *trainer;
        ink_epoch row = INK_INIT(ink_epoch);
        bool more;
        set_to(world, "optimizer", optimizers[i / 2]);
        set_to(world, "threads", threads[i % 2]);
        ok(world, ink_trainer_new(world->room->ctx, world->train, world->data, world->set, NULL, &trainer));
        ok(world, ink_trainer_epoch(trainer, NULL, &row, &more));
        size_t calls = world->room->tally.calls, live = world->room->tally.live;
        while (more) ok(world, ink_trainer_epoch(trainer, NULL, &row, &more));
        assert_int_equal(row.epoch, 40);
        assert_int_equal(world->room->tally.calls, calls);
        assert_int_equal(world->room->tally.live, live);
        ink_trainer_free(trainer);
    }
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, world_begin, world_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(context),
        IN_WORLD(settings),
        IN_WORLD(data),
        IN_WORLD(splits),
        IN_WORLD(models),
        IN_WORLD(answers),
        IN_WORLD(training),
        IN_WORLD(training_from_a_file),
        IN_WORLD(trainers),
        IN_WORLD(with_threads),
        IN_WORLD(no_allocation_while_training),
    };
    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
