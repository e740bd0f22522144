/* test_faults: each call for a file fails once: the library says so, leaves what was there, no file, descriptor or block more.
 * SPDX-License-Identifier: MIT */
#include "faults.h"
#include "room.h"

#include "base/pool.h"
#include "inkling-extra.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 40, FEATURES = 4, CLASSES = 2 };

struct world {
    struct room *room;
    ink_settings *set;
    ink_data *data;
    ink_model *model;
    float x[ROWS * FEATURES];
    int32_t labels[ROWS];
    uint64_t hash; /* of what a training without faults ends with */
};

static void ok(const struct world *world, ink_status status)
{
    if (status != INK_OK) fail_msg("%s: %s", ink_status_name(status), ink_ctx_message(world->room->ctx));
}

static size_t count_descriptors(void)
{
    size_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (folder && readdir(folder)) count++;
    if (folder) closedir(folder);
    return count;
}

static int world_begin(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    room_begin((void **)&world->room);
    ink_ctx *ctx = world->room->ctx;
    ok(world, ink_ctx_set_threads(ctx, 1));
    for (size_t i = 0; i < ROWS * FEATURES; i++) world->x[i] = (float)(i * i % 17);
    for (size_t i = 0; i < ROWS; i++) world->labels[i] = i % 3 == 0;
    ok(world, ink_settings_new(ctx, &world->set));
    ok(world, ink_settings_set(ctx, world->set, "hidden", "3"));
    ok(world, ink_settings_set(ctx, world->set, "epochs", "3"));
    ok(world, ink_data_new(ctx, ROWS, FEATURES, world->x, world->labels, CLASSES, &world->data));
    ok(world, ink_model_new(ctx, "dense 3 relu", FEATURES, CLASSES, world->set, &world->model));
    *state = world;
    return 0;
}

static int world_end(void **state)
{
    struct world *world = *state;
    ink_model_free(world->model);
    ink_data_free(world->data);
    ink_settings_free(world->set);
    room_end((void **)&world->room);
    free(world);
    return 0;
}

/* ---- the sweep ---- */

typedef ink_status call_function(struct world *world);

/* What a call leaves in the room besides what was there. */
struct traces {
    size_t blocks, files, descriptors;
};

static struct traces look(const struct world *world)
{
    return (struct traces){world->room->tally.live, room_count_files(world->room), count_descriptors()};
}

/* Whether call n of the kind was reached. */
static bool try_one(struct world *world, const char *name, call_function *call, enum fault_kind kind, size_t n)
{
    ink_ctx *ctx = world->room->ctx;
    struct traces before = look(world);
    ctx->message[0] = 0;
    fault_begin(kind, n);
    ink_status status = call(world);
    fault_end();
    struct traces after = look(world);
    if (kind == FAULT_unlink) before.files = after.files; /* it could not be taken away */
    if (after.blocks != before.blocks || after.files != before.files || after.descriptors != before.descriptors)
        fail_msg("%s, %s %zu: blocks %zu, then %zu; files %zu, then %zu; descriptors %zu, then %zu", name,
                 fault_names[kind], n, before.blocks, after.blocks, before.files, after.files, before.descriptors,
                 after.descriptors);
    if (status != INK_OK && strlen(ink_ctx_message(ctx)) < 10)
        fail_msg("%s, %s %zu: %s without a sentence", name, fault_names[kind], n, ink_status_name(status));
    if (status == INK_DIVERGED || status == INK_INTERNAL || status == INK_BAD_ARGUMENT)
        fail_msg("%s, %s %zu: %s", name, fault_names[kind], n, ink_status_name(status));
    return faults.failed;
}

/* Each call of each kind; once without a fault before, so that what is to be written is there already, and afterwards. */
static void sweep(struct world *world, const char *name, call_function *call)
{
    size_t tried = 0;
    ok(world, call(world));
    for (int kind = 0; kind < FAULT_COUNT; kind++)
        for (size_t n = 1; try_one(world, name, call, (enum fault_kind)kind, n); n++) assert_true(++tried < 5000);
    ok(world, call(world));
    assert_true(tried >= 2);
}

/* ---- calls ---- */

static const char *path(const struct world *world, const char *name) { return room_path(world->room, name); }

static ink_status save_model(struct world *world)
{
    return ink_model_save(world->room->ctx, world->model, path(world, "m.safetensors"));
}

static ink_status load_model(struct world *world)
{
    ink_model *model;
    ink_status status = ink_model_load(world->room->ctx, path(world, "m.safetensors"), &model);
    assert_true((status == INK_OK) == (model != NULL));
    ink_model_free(model);
    return status;
}

static ink_status save_settings(struct world *world)
{
    return ink_settings_save(world->room->ctx, world->set, path(world, "run.ini"));
}

static ink_status load_settings(struct world *world)
{
    ink_settings *set;
    ink_status status = ink_settings_new(world->room->ctx, &set);
    if (status == INK_OK) status = ink_settings_load(world->room->ctx, set, path(world, "run.ini"));
    ink_settings_free(set);
    return status;
}

static ink_status export_as(const struct world *world, const char *format)
{
    char name[32];
    snprintf(name, sizeof name, "m.%s", format);
    return ink_model_export(world->room->ctx, world->model, format, path(world, name));
}

static ink_status export_json(struct world *world) { return export_as(world, "json"); }
static ink_status export_npz(struct world *world) { return export_as(world, "npz"); }
static ink_status export_onnx(struct world *world) { return export_as(world, "onnx"); }
static ink_status export_c(struct world *world) { return export_as(world, "c"); }

static ink_status import_json(struct world *world)
{
    ink_model *model;
    ink_status status = ink_model_import(world->room->ctx, path(world, "m.json"), NULL, &model);
    ink_model_free(model);
    return status;
}

static ink_status save_csv(struct world *world)
{
    return ink_data_save(world->room->ctx, world->data, path(world, "d.csv"));
}

static ink_status save_npz(struct world *world)
{
    return ink_data_save(world->room->ctx, world->data, path(world, "d.npz"));
}

static ink_status load_as(const struct world *world, const char *name)
{
    ink_data *data;
    ink_status status = ink_data_load(world->room->ctx, path(world, name), NULL, &data);
    ink_data_free(data);
    return status;
}

static ink_status load_csv(struct world *world) { return load_as(world, "d.csv"); }
static ink_status load_npz(struct world *world) { return load_as(world, "d.npz"); }

/* Whatever fails of its checkpoints, training ends with the weights that it has without faults. */
static ink_status train(struct world *world)
{
    ink_ctx *ctx = world->room->ctx;
    ink_model *model;
    ink_run *run;
    ink_model_info info = INK_INIT(ink_model_info);
    ok(world, ink_settings_set(ctx, world->set, "checkpoint", path(world, "m.checkpoint")));
    ok(world, ink_settings_set(ctx, world->set, "checkpoint-every", "1"));
    ok(world, ink_train(ctx, world->data, world->set, NULL, &model, &run));
    ink_model_describe(model, &info);
    if (world->hash == 0) world->hash = info.hash;
    assert_true(info.hash == world->hash);
    ink_model_free(model);
    ink_run_free(run);
    return INK_OK;
}

/* ---- tests ---- */

static void models(void **state)
{
    sweep(*state, "save a model", save_model);
    sweep(*state, "load a model", load_model);
}

static void settings(void **state)
{
    sweep(*state, "save settings", save_settings);
    sweep(*state, "load settings", load_settings);
}

static void exports(void **state)
{
    sweep(*state, "export JSON", export_json);
    sweep(*state, "import JSON", import_json);
    sweep(*state, "export C", export_c);
    if (ink_model_export(((struct world *)*state)->room->ctx, ((struct world *)*state)->model, "npz",
                         path(*state, "m.npz")) != INK_UNSUPPORTED)
        sweep(*state, "export .npz", export_npz);
    if (ink_model_export(((struct world *)*state)->room->ctx, ((struct world *)*state)->model, "onnx",
                         path(*state, "m.onnx")) != INK_UNSUPPORTED)
        sweep(*state, "export ONNX", export_onnx);
}

static void data(void **state)
{
    sweep(*state, "save CSV", save_csv);
    sweep(*state, "load CSV", load_csv);
    sweep(*state, "save .npz", save_npz);
    sweep(*state, "load .npz", load_npz);
}

static void keep_note(void *note, const char *line)
{
    if (strstr(line, "checkpoint")) snprintf(note, 512, "%s", line);
}

static void checkpoints(void **state)
{
    struct world *world = *state;
    char note[512] = "";
    ok(world, train(world));
    ink_ctx_on_note(world->room->ctx, keep_note, note);
    fault_begin(FAULT_sync, 1);
    ok(world, train(world));
    fault_end();
    if (!strstr(note, "no checkpoint") || !strstr(note, "No space left")) fail_msg("noted: '%s'", note);
    ink_ctx_on_note(world->room->ctx, NULL, NULL);
    sweep(world, "train", train);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, world_begin, world_end)

int main(void)
{
    const struct CMUnitTest tests[] = {IN_WORLD(models), IN_WORLD(settings), IN_WORLD(exports), IN_WORLD(data),
                                       IN_WORLD(checkpoints)};
    return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
