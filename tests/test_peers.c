/* test_peers: ranks that train together make the file that one process makes, byte for byte; what differs is refused by its name.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"
#include "ranks_help.h"

#include "train/shards.h"
#include "train/trainer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SIDE = 6, FEATURES = SIDE * SIDE, CLASSES = 4, ROWS = 700 };

/* A training, as each rank makes it with a context of its own. */
struct task {
    const struct fixture *f;
    const char *settings;
    unsigned threads;
    bool regression;
    size_t cancel_after; /* rank 0's hook cancels after this step; 0: never */
    const char *odd;     /* settings of the last rank alone */
    bool odd_rows;       /* whether it has other rows */
    const char *name;    /* of rank 0's model file */
    uint64_t hash[RANKS_MOST];
    ink_status status[RANKS_MOST];
    char message[RANKS_MOST][1024], notes[RANKS_MOST][4096], ended[RANKS_MOST][256];
};

/* Images with something of their class in them. */
static void make_rows(size_t rows, float *x, int32_t *labels, float *targets, bool odd)
{
    net_values(3, rows * FEATURES, 0, 1, x);
    net_labels(4, rows, CLASSES, labels);
    for (size_t i = 0; i < rows; i++) x[i * FEATURES + (size_t)labels[i]] += 1;
    for (size_t i = 0; i < rows; i++) targets[i] = x[i * FEATURES] - x[i * FEATURES + 1];
    if (odd) x[17] += 1;
}

static ink_status wrap(ink_ctx *ctx, const struct task *task, bool odd, void **memory, ink_data **out)
{
    float *x = malloc((FEATURES + 1) * ROWS * sizeof *x), *targets = x + FEATURES * ROWS;
    int32_t *labels = malloc(ROWS * sizeof *labels);
    make_rows(ROWS, x, labels, targets, odd);
    memory[0] = x;
    memory[1] = labels;
    ink_rows rows = INK_INIT(ink_rows);
    rows.rows = ROWS;
    rows.features = FEATURES;
    rows.floats = x;
    rows.height = rows.width = SIDE;
    rows.channels = 1;
    if (task->regression) {
        rows.targets = targets;
        rows.target_count = 1;
    } else {
        rows.labels = labels;
        rows.classes = CLASSES;
    }
    return ink_data_wrap(ctx, &rows, out);
}

static ink_status set_all(ink_ctx *ctx, ink_settings *set, const char *text)
{
    char copy[512], *rest = NULL;
    snprintf(copy, sizeof copy, "%s", text);
    for (char *pair = strtok_r(copy, ";", &rest); pair; pair = strtok_r(NULL, ";", &rest)) {
        char *value = strchr(pair, '=');
        *value++ = 0;
        ink_status status = ink_settings_set(ctx, set, pair + strspn(pair, " "), value);
        if (status != INK_OK) return status;
    }
    return INK_OK;
}

static void keep_note(void *user, const char *line)
{
    char *notes = user;
    const size_t used = strlen(notes);
    snprintf(notes + used, 4096 - used, "%s\n", line);
}

struct asking {
    const struct task *task;
    unsigned rank;
};

static bool on_progress(void *user, const ink_progress *now)
{
    const struct asking *asking = user;
    if (asking->rank > 0) return false; /* nobody asks these */
    return !asking->task->cancel_after || now->step < asking->task->cancel_after;
}

static ink_status train_rank(struct task *task, ink_ctx *ctx, const ink_comm *comm, ink_settings *set)
{
    const unsigned rank = comm ? comm->rank : 0;
    const bool last = comm && rank == comm->ranks - 1;
    void *memory[2] = {NULL, NULL};
    ink_data *data = NULL;
    ink_model *model = NULL;
    ink_run *run = NULL;
    struct asking asking = {task, rank};
    const ink_hooks hooks = {sizeof hooks, on_progress, &asking};
    ink_status status = ink_ctx_set_comm(ctx, comm);
    if (status == INK_OK) status = ink_ctx_set_threads(ctx, task->threads + rank % 2);
    if (status == INK_OK) status = set_all(ctx, set, task->settings);
    if (status == INK_OK && last && task->odd) status = set_all(ctx, set, task->odd);
    if (status == INK_OK) status = wrap(ctx, task, last && task->odd_rows, memory, &data);
    if (status == INK_OK) status = ink_train(ctx, data, set, &hooks, &model, &run);
    if (model) task->hash[rank] = inki_model_hash(model);
    if (run) snprintf(task->ended[rank], sizeof task->ended[rank], "%s", ink_run_ended(run));
    snprintf(task->message[rank], sizeof task->message[rank], "%s", ink_ctx_message(ctx));
    if (model && rank == 0 && task->name && ink_model_save(ctx, model, help_path(task->f, task->name)) != INK_OK)
        status = INK_IO;
    ink_run_free(run);
    ink_model_free(model);
    ink_data_free(data);
    free(memory[0]);
    free(memory[1]);
    return status;
}

static void work(void *arg, const ink_comm *comm)
{
    struct task *task = arg;
    const unsigned rank = comm ? comm->rank : 0;
    ink_ctx *ctx = NULL;
    ink_settings *set = NULL;
    ink_status status = ink_ctx_new(NULL, &ctx);
    if (status == INK_OK) ink_ctx_on_note(ctx, keep_note, task->notes[rank]);
    if (status == INK_OK) status = ink_settings_new(ctx, &set);
    if (status == INK_OK) status = train_rank(task, ctx, comm, set);
    task->status[rank] = status;
    ink_settings_free(set);
    ink_ctx_free(ctx);
}

static void same_files(const struct fixture *f, const char *a, const char *b, const char *what)
{
    size_t sizes[2];
    uint8_t *one = help_read(help_path(f, a), &sizes[0]), *other = help_read(help_path(f, b), &sizes[1]);
    if (sizes[0] != sizes[1] || memcmp(one, other, sizes[0]) != 0) fail_msg("%s: other files", what);
    free(one);
    free(other);
}

/* ---- the same bytes ---- */

#define CONV "net=conv 8 3x3 relu | batchnorm relu | maxpool 2 | dense 12 relu"
static const struct trial {
    const char *settings;
    bool regression;
} trials[] = {
    {"epochs=2; batch=560; hidden=24; optimizer=momentum; val=0.1", false},
    {"epochs=2; batch=64; hidden=24; optimizer=sgd", false},
    {"epochs=2; batch=100; norm-rows=20; " CONV "; optimizer=momentum; l2=0.01", false},
    {"epochs=2; batch=200; " CONV "; optimizer=adam; augment=shift:1,flip; ema=0.9", false},
    {"epochs=2; batch=150; net=conv 8 3x3 relu | dropout 0.3 | dense 12 relu; optimizer=nesterov; clip-norm=0.5; "
     "history-steps=true; augment=mixup:0.3; schedule=plateau; plateau-patience=1",
     false},
    {"epochs=6; batch=200; net=conv 8 3x3 relu | dense 12 relu; optimizer=adamw; early-stop=1; scale=standard; lr=0.3",
     false},
    {"epochs=2; batch=180; net=conv 8 3x3 relu | dense 12 tanh; optimizer=adam", true},
};
#undef CONV

static void the_same_file_for_any_number_of_ranks(void **state)
{
    static const unsigned ranks[] = {2, 3, 4, 8, 20};
    const struct fixture *f = *state;
    for (size_t t = 0; t < COUNT(trials); t++) {
        struct task alone = {.f = f,
                             .settings = trials[t].settings,
                             .regression = trials[t].regression,
                             .threads = 1,
                             .name = "alone.safetensors"};
        work(&alone, NULL);
        if (alone.status[0] != INK_OK) fail_msg("%s: %s", alone.settings, alone.message[0]);
        for (size_t i = 0; i < COUNT(ranks); i++) {
            struct task *task = calloc(1, sizeof *task);
            *task = (struct task){.f = f,
                                  .settings = trials[t].settings,
                                  .regression = trials[t].regression,
                                  .threads = i % 2 ? 1 : 3,
                                  .name = "together.safetensors"};
            ranks_run(ranks[i], work, task);
            for (unsigned r = 0; r < ranks[i]; r++) {
                if (task->status[r] != INK_OK) fail_msg("%s: rank %u: %s", task->settings, r, task->message[r]);
                if (task->hash[r] != alone.hash[0]) fail_msg("%s: %u ranks: other weights", task->settings, ranks[i]);
                assert_string_equal(task->ended[r], alone.ended[0]);
            }
            same_files(f, "alone.safetensors", "together.safetensors", task->settings);
            free(task);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_same_file_for_any_number_of_ranks, help_begin, help_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
