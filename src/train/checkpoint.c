/* checkpoint: writing and reading a training's state.
 * SPDX-License-Identifier: MIT */
#include "train/checkpoint.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/little.h"
#include "base/mem.h"
#include "base/settings.h"
#include "base/text.h"
#include "train/trainer.h"

#include <inttypes.h>
#include <string.h>

#define MAGIC "INKCKPT2"
enum { MAGIC_SIZE = 8, BLOCKS = 8 };

/* ------------------------------------------------------------------ when */

ink_status inki_checkpoints_begin(ink_ctx *ctx, const ink_settings *set, struct inki_checkpoints *out)
{
    const char *every = inki_get_text(set, INKI_CHECKPOINT_EVERY);
    size_t epochs;
    *out = (struct inki_checkpoints){.path = inki_get_text(set, INKI_CHECKPOINT)};
    if (strcmp(every, "auto") == 0) return INK_OK;
    out->kind = INKI_CHECKPOINT_NONE;
    if (strcmp(every, "none") == 0) return INK_OK;
    out->kind = INKI_CHECKPOINT_EPOCHS;
    if (inki_parse_count(every, &epochs) && epochs > 0 && epochs <= 10000000) {
        out->every = (double)epochs;
        return INK_OK;
    }
    out->kind = INKI_CHECKPOINT_SECONDS;
    if (inki_seconds(every, &out->every)) return INK_OK;
    return inki_fail(ctx, INK_BAD_SETTING,
                     "checkpoint-every: '%s' is not auto, none, a number of epochs, or a time such as 30s or 5m",
                     every);
}

bool inki_checkpoint_due(const ink_trainer *trainer, double now)
{
    const struct inki_checkpoints *checkpoints = &trainer->checkpoints;
    double since = now - (checkpoints->last > 0 ? checkpoints->last : trainer->began_here);
    if (!*checkpoints->path || inki_follows(trainer->ctx)) return false;
    switch (checkpoints->kind) {
    case INKI_CHECKPOINT_NONE:
        return false;
    case INKI_CHECKPOINT_EPOCHS:
        return trainer->step % ((size_t)checkpoints->every * trainer->per_epoch) == 0;
    case INKI_CHECKPOINT_SECONDS:
        return since >= checkpoints->every;
    default:
        return since >= 1 && since >= 60 * checkpoints->cost;
    }
}

/* ----------------------------------------------------------------- blocks */

/* Numbers of the trainer that are no arrays; integers are exact in them up to 2^53. */
static size_t list_numbers(ink_trainer *trainer, double *numbers, bool load)
{
    size_t count = 0;
#define REAL(field)                                                                                                    \
    do {                                                                                                               \
        if (load)                                                                                                      \
            (field) = numbers[count];                                                                                  \
        else                                                                                                           \
            numbers[count] = (field);                                                                                  \
        count++;                                                                                                       \
    } while (0)
#define WHOLE(field)                                                                                                   \
    do {                                                                                                               \
        if (load)                                                                                                      \
            (field) = numbers[count] >= 0 && numbers[count] < 9e15 && numbers[count] <= (double)SIZE_MAX               \
                          ? (size_t)numbers[count]                                                                     \
                          : 0;                                                                                         \
        else                                                                                                           \
            numbers[count] = (double)(field);                                                                          \
        count++;                                                                                                       \
    } while (0)
    WHOLE(trainer->step);
    WHOLE(trainer->best_step);
    WHOLE(trainer->optim.steps);
    WHOLE(trainer->schedule.since);
    WHOLE(trainer->sums.rows);
    WHOLE(trainer->watch.rows);
    WHOLE(trainer->run->best);
    WHOLE(trainer->run->kept);
    REAL(trainer->schedule.lr);
    REAL(trainer->schedule.best_loss);
    for (size_t i = 0; i < INK_MOST_SCORES; i++) REAL(trainer->best[i]);
    for (size_t i = 0; i < INKI_MOST_PARTS; i++) REAL(trainer->sums.parts[i]);
    REAL(trainer->sums.loss);
    REAL(trainer->training_seconds);
    REAL(trainer->elapsed);
    REAL(trainer->watch.dead);
    size_t noted = trainer->watch.chance_noted;
    WHOLE(noted);
    trainer->watch.chance_noted = noted != 0;
#undef REAL
#undef WHOLE
    return count;
}

enum { NUMBERS = 15 + INK_MOST_SCORES + INKI_MOST_PARTS, ROW_NUMBERS = 7 + 2 * INK_MOST_SCORES, PIECE = 1024 };

static void pack_row(const ink_epoch *row, double *numbers)
{
    const double head[] = {(double)row->epoch,   (double)row->step, (double)row->steps_total, row->lr, row->seconds,
                           row->rows_per_second, row->best};
    memcpy(numbers, head, sizeof head);
    memcpy(numbers + 7, row->train, sizeof row->train);
    memcpy(numbers + 7 + INK_MOST_SCORES, row->val, sizeof row->val);
}

static ink_epoch unpack_row(const ink_trainer *trainer, const double *numbers)
{
    ink_epoch row = {.epoch = (size_t)numbers[0],
                     .step = (size_t)numbers[1],
                     .steps_total = trainer->steps_total,
                     .lr = numbers[3],
                     .scores = trainer->model->loss->scores,
                     .score_count = trainer->model->loss->score_count,
                     .monitor = trainer->monitor,
                     .seconds = numbers[4],
                     .rows_per_second = numbers[5],
                     .best = numbers[6] != 0};
    memcpy(row.train, numbers + 7, sizeof row.train);
    memcpy(row.val, numbers + 7 + INK_MOST_SCORES, sizeof row.val);
    return row;
}

struct block {
    const char *name;
    void *bytes; /* NULL: this training has none */
    size_t size;
};

/* The weight blocks; rows, losses and numbers come before them. */
static void list_blocks(ink_trainer *trainer, struct block blocks[BLOCKS])
{
    const size_t size = trainer->model->size * sizeof *trainer->model->w;
    const struct block list[BLOCKS] = {
        {"weights", trainer->model->w, size},      {"state0", trainer->optim.state[0], size},
        {"state1", trainer->optim.state[1], size}, {"average", trainer->average ? trainer->average->w : NULL, size},
        {"best", trainer->best_w, size},           {"row", trainer->row_w, size}};
    memcpy(blocks, list, sizeof list);
}

/* ----------------------------------------------------------------- header */

static json_t *settings_of(const ink_settings *set)
{
    json_t *object = json_object();
    for (int i = 0; i < INKI_SETTING_COUNT; i++) {
        const char *name = ink_settings_row((size_t)i)->name;
        if (!inki_setting_is_kept((enum inki_setting)i) || i == INKI_BUDGET) continue;
        json_object_set_new(object, name, json_string(ink_settings_get(set, name)));
    }
    return object;
}

static json_t *hash_text(uint64_t hash)
{
    char text[20];
    snprintf(text, sizeof text, "%016" PRIx64, hash);
    return json_string(text);
}

void inki_trainer_prints(ink_trainer *trainer)
{
    if (!trainer->train_print) trainer->train_print = ink_data_fingerprint(trainer->train);
    if (trainer->valid && !trainer->valid_print) trainer->valid_print = ink_data_fingerprint(trainer->valid);
}

static json_t *header_of(ink_trainer *trainer)
{
    inki_trainer_prints(trainer);
    return json_pack(
        "{s:s, s:s, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:b}", "version", ink_version(), "notation",
        trainer->model->notation, "settings", settings_of(trainer->set), "train", hash_text(trainer->train_print),
        "valid", trainer->valid ? hash_text(trainer->valid_print) : json_null(), "start",
        hash_text(trainer->start_hash), "size", (json_int_t)trainer->model->size, "rows",
        (json_int_t)trainer->run->epoch_count, "losses", (json_int_t)trainer->run->step_count, "little_endian", 1);
}

/* ------------------------------------------------------------------- save */

struct sink {
    struct inki_writer writer;
    uint64_t hash;
};

/* Turned round while they are written, where this machine has another order. */
static ink_status put_numbers(struct sink *sink, void *numbers, size_t count, size_t size)
{
    inki_swap_little(numbers, count, size);
    sink->hash = inki_hash(sink->hash, numbers, count * size);
    ink_status status = inki_write(&sink->writer, numbers, count * size);
    inki_swap_little(numbers, count, size);
    return status;
}

static ink_status put_header(struct sink *sink, ink_trainer *trainer)
{
    json_t *header = header_of(trainer);
    char *text = header ? json_dumps(header, JSON_COMPACT) : NULL;
    ink_status status = text ? INK_OK : inki_fail(trainer->ctx, INK_NO_MEMORY, "out of memory");
    if (text) {
        char magic[] = MAGIC;
        status = put_numbers(sink, magic, MAGIC_SIZE, 1);
        if (status == INK_OK) status = put_numbers(sink, &(uint64_t){strlen(text)}, 1, sizeof(uint64_t));
        if (status == INK_OK) status = put_numbers(sink, text, strlen(text), 1);
    }
    inki_json_free(text);
    json_decref(header);
    return status;
}

static ink_status put_state(struct sink *sink, ink_trainer *trainer)
{
    double numbers[NUMBERS], row[ROW_NUMBERS];
    struct block blocks[BLOCKS];
    list_numbers(trainer, numbers, false);
    INK_TRY(put_numbers(sink, numbers, NUMBERS, sizeof *numbers));
    for (size_t i = 0; i < trainer->run->epoch_count; i++) {
        pack_row(&trainer->run->epochs[i], row);
        INK_TRY(put_numbers(sink, row, ROW_NUMBERS, sizeof *row));
    }
    for (size_t i = 0; i < trainer->run->step_count; i += PIECE) {
        size_t left = trainer->run->step_count - i, count = left < PIECE ? left : PIECE;
        INK_TRY(put_numbers(sink, trainer->run->losses + i, count, sizeof *trainer->run->losses));
    }
    list_blocks(trainer, blocks);
    for (size_t i = 0; i < BLOCKS; i++)
        if (blocks[i].bytes) INK_TRY(put_numbers(sink, blocks[i].bytes, blocks[i].size / sizeof(float), sizeof(float)));
    return INK_OK;
}

static ink_status put_all(struct sink *sink, ink_trainer *trainer)
{
    trainer->elapsed = inki_seconds_now() - trainer->started;
    INK_TRY(put_header(sink, trainer));
    INK_TRY(put_state(sink, trainer));
    inki_swap_little(&sink->hash, 1, sizeof sink->hash);
    return inki_write(&sink->writer, &sink->hash, sizeof sink->hash);
}

ink_status inki_checkpoint_to_bytes(ink_trainer *trainer, struct inki_bytes *out)
{
    struct sink sink = {0};
    inki_write_to_memory(trainer->ctx, out, &sink.writer);
    ink_status status = put_all(&sink, trainer);
    if (status != INK_OK) inki_bytes_free(trainer->ctx, out);
    return status;
}

static ink_status save(ink_trainer *trainer)
{
    struct sink sink = {0};
    INK_TRY(inki_write_begin(trainer->ctx, trainer->checkpoints.path, &sink.writer));
    ink_status status = put_all(&sink, trainer);
    if (status == INK_OK) return inki_write_commit(&sink.writer);
    inki_write_abort(&sink.writer);
    return status;
}

void inki_checkpoint_save(ink_trainer *trainer)
{
    struct inki_checkpoints *checkpoints = &trainer->checkpoints;
    double began = inki_seconds_now();
    if (inki_follows(trainer->ctx)) return;
    bool failed = save(trainer) != INK_OK;
    if (failed && !checkpoints->failing)
        inki_note(trainer->ctx, "step %zu: no checkpoint: %s; training continues", trainer->step,
                  trainer->ctx->message);
    checkpoints->failing = failed;
    checkpoints->last = inki_seconds_now();
    checkpoints->cost = checkpoints->last - began;
}

/* ------------------------------------------------------------------- load */

/* The file's content, and how far it has been read. */
struct reading {
    ink_trainer *trainer;
    const char *path;
    struct inki_bytes content;
    bool shorter;   /* its training may have had fewer epochs */
    size_t at, end; /* end: without the hash */
    uint64_t hash;  /* of what was read, piece by piece as it was written */
};

static ink_status damaged(const struct reading *reading, const char *why)
{
    return inki_fail(reading->trainer->ctx, INK_BAD_FILE,
                     "%s: byte %zu: the checkpoint is damaged (%s); drop --resume to start over", reading->path,
                     reading->at, why);
}

static ink_status get(struct reading *reading, void *out, size_t count, size_t size)
{
    size_t bytes;
    if (!inki_mul_fits(count, size, &bytes) || bytes > reading->end - reading->at)
        return damaged(reading, "it is cut short");
    memcpy(out, reading->content.data + reading->at, bytes);
    reading->hash = inki_hash(reading->hash, out, bytes);
    inki_swap_little(out, count, size);
    reading->at += bytes;
    return INK_OK;
}

static ink_status check_magic(struct reading *reading)
{
    char magic[MAGIC_SIZE];
    if (reading->content.size < MAGIC_SIZE + 16 || memcmp(reading->content.data, MAGIC, MAGIC_SIZE) != 0)
        return damaged(reading, "it does not begin with the checkpoint signature");
    reading->end = reading->content.size - sizeof reading->hash;
    return get(reading, magic, MAGIC_SIZE, 1);
}

static ink_status read_header(struct reading *reading, json_t **header)
{
    json_error_t error;
    uint64_t length;
    *header = NULL;
    INK_TRY(get(reading, &length, 1, sizeof length));
    if (length > reading->end - reading->at) return damaged(reading, "it is cut short");
    *header = json_loadb((const char *)reading->content.data + reading->at, (size_t)length, 0, &error);
    reading->hash = inki_hash(reading->hash, reading->content.data + reading->at, (size_t)length);
    reading->at += (size_t)length;
    return json_is_object(*header) ? INK_OK : damaged(reading, "its header is not a JSON object");
}

static ink_status compare_settings(const struct reading *reading, json_t *header)
{
    const ink_trainer *trainer = reading->trainer;
    json_t *now = settings_of(trainer->set), *then = json_object_get(header, "settings"), *value;
    const char *name;
    ink_status status = INK_OK;
    json_object_foreach(now, name, value)
    {
        const char *is = json_string_value(value), *was = json_string_value(json_object_get(then, name));
        if (status != INK_OK || (was && is && strcmp(was, is) == 0)) continue;
        if (reading->shorter && strcmp(name, "epochs") == 0) continue;
        status = inki_fail(
            trainer->ctx, INK_BAD_SETTING,
            "resume: %s was started with %s '%s', not '%s'; use the same settings, or drop --resume to start over",
            reading->path, name, was ? was : "unknown", is ? is : "");
    }
    json_decref(now);
    return status;
}

static bool same_value(json_t *header, json_t *now, const char *key)
{
    return json_equal(json_object_get(header, key), json_object_get(now, key));
}

static ink_status compare_header(const struct reading *reading, json_t *header)
{
    static const struct {
        const char *key, *what;
    } facts[] = {{"version", "another version of Inkling"},
                 {"little_endian", "a machine of another kind"},
                 {"train", "other training rows"},
                 {"valid", "other validation rows"},
                 {"notation", "another network"},
                 {"start", "other starting weights"},
                 {"size", "another network"}};
    INK_TRY(compare_settings(reading, header));
    json_t *now = header_of(reading->trainer);
    ink_status status = now ? INK_OK : INK_NO_MEMORY;
    for (size_t i = 0; status == INK_OK && i < sizeof facts / sizeof *facts; i++) {
        if (same_value(header, now, facts[i].key)) continue;
        status = inki_fail(reading->trainer->ctx, INK_BAD_DATA,
                           "resume: %s was made with %s; use the same, or drop --resume to start over", reading->path,
                           facts[i].what);
    }
    json_decref(now);
    return status;
}

static ink_status read_history(struct reading *reading, json_t *header)
{
    ink_ctx *ctx = reading->trainer->ctx;
    ink_run *run = reading->trainer->run;
    json_int_t rows = json_integer_value(json_object_get(header, "rows")),
               losses = json_integer_value(json_object_get(header, "losses"));
    double numbers[PIECE];
    size_t best = run->best, kept = run->kept;
    for (json_int_t i = 0; i < rows; i++) {
        INK_TRY(get(reading, numbers, ROW_NUMBERS, sizeof *numbers));
        const ink_epoch row = unpack_row(reading->trainer, numbers);
        INK_TRY(inki_run_add_epoch(ctx, run, &row));
    }
    for (json_int_t i = 0; i < losses; i += PIECE) {
        size_t count = losses - i < PIECE ? (size_t)(losses - i) : PIECE;
        INK_TRY(get(reading, numbers, count, sizeof *numbers));
        for (size_t j = 0; j < count; j++) INK_TRY(inki_run_add_step(ctx, run, numbers[j]));
    }
    run->best = best <= run->epoch_count ? best : run->epoch_count;
    run->kept = kept < run->epoch_count ? kept : 0;
    return INK_OK;
}

static ink_status read_state(struct reading *reading, json_t *header)
{
    ink_trainer *trainer = reading->trainer;
    double numbers[NUMBERS];
    struct block blocks[BLOCKS];
    INK_TRY(get(reading, numbers, NUMBERS, sizeof *numbers));
    list_numbers(trainer, numbers, true);
    INK_TRY(read_history(reading, header));
    list_blocks(trainer, blocks);
    for (size_t i = 0; i < BLOCKS; i++)
        if (blocks[i].bytes) INK_TRY(get(reading, blocks[i].bytes, blocks[i].size / sizeof(float), sizeof(float)));
    uint64_t hash;
    if (reading->at != reading->end || trainer->step > trainer->steps_total)
        return damaged(reading, "its length is wrong");
    memcpy(&hash, reading->content.data + reading->end, sizeof hash);
    inki_swap_little(&hash, 1, sizeof hash);
    if (hash != reading->hash) return damaged(reading, "its checksum does not match");
    trainer->started = trainer->began_here - trainer->elapsed;
    trainer->replay = trainer->run->epoch_count > 0;
    inki_note(trainer->ctx, "resumed from %s after %zu of %zu steps", reading->path, trainer->step,
              trainer->steps_total);
    return INK_OK;
}

static ink_status read_all(struct reading *reading)
{
    json_t *header;
    INK_TRY(check_magic(reading));
    ink_status status = read_header(reading, &header);
    if (status == INK_OK) status = compare_header(reading, header);
    if (status == INK_OK) status = read_state(reading, header);
    json_decref(header);
    return status;
}

ink_status inki_checkpoint_from_bytes(ink_trainer *trainer, const char *name, const struct inki_bytes *content,
                                      bool shorter)
{
    struct reading reading = {.trainer = trainer, .path = name, .content = *content, .shorter = shorter};
    return read_all(&reading);
}

enum { NO_FILE = 0, NOT_READ = 1 }; /* instead of a size; a checkpoint is longer */

static ink_status take_content(struct reading *reading, uint64_t size)
{
    ink_ctx *ctx = reading->trainer->ctx;
    if (size == NO_FILE) return INK_OK;
    if (size == NOT_READ) return inki_fail(ctx, INK_BAD_FILE, "rank 0 could not read %s", reading->path);
    reading->content.data = inki_alloc(ctx, (size_t)size, 1);
    if (!reading->content.data) return INK_NO_MEMORY;
    reading->content.size = (size_t)size;
    return inki_share_first(ctx, reading->content.data, (size_t)size);
}

/* What rank 0 has found in its file, to the others. */
static ink_status share_content(struct reading *reading, bool there, ink_status read)
{
    ink_ctx *ctx = reading->trainer->ctx;
    uint64_t size = !there                                               ? NO_FILE
                    : read == INK_OK && reading->content.size > NOT_READ ? reading->content.size
                                                                         : NOT_READ;
    if (inki_ranks(ctx) == 1) return read;
    INK_TRY(inki_share_first(ctx, &size, sizeof size));
    if (inki_follows(ctx)) return take_content(reading, size);
    if (size <= NOT_READ) return read;
    return inki_share_first(ctx, reading->content.data, reading->content.size);
}

/* *there: whether there is a checkpoint. */
static ink_status read_content(struct reading *reading, bool *there)
{
    ink_ctx *ctx = reading->trainer->ctx;
    ink_status status = INK_OK;
    *there = !inki_follows(ctx) && inki_path_kind(reading->path) != INKI_PATH_NONE;
    if (*there) status = inki_bytes_read(ctx, reading->path, &reading->content);
    status = share_content(reading, *there, status);
    if (inki_follows(ctx)) *there = reading->content.size > 0;
    return status;
}

ink_status inki_checkpoint_load(ink_trainer *trainer)
{
    struct reading reading = {.trainer = trainer, .path = trainer->checkpoints.path};
    bool there;
    if (!*reading.path)
        return inki_fail(trainer->ctx, INK_BAD_SETTING,
                         "resume: needs the path of the checkpoint (setting checkpoint)");
    ink_status status = read_content(&reading, &there);
    if (status == INK_OK && there) status = read_all(&reading);
    if (status == INK_OK && !there) inki_note(trainer->ctx, "no checkpoint %s: starting from scratch", reading.path);
    inki_bytes_free(trainer->ctx, &reading.content);
    return status;
}
