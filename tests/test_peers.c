/* test_peers: ranks that train together make the file that one process makes, byte for byte; what differs is refused by its name.
 * SPDX-License-Identifier: MIT
 *
 * test_peers --rank RANK RANKS FOLDER: one of RANKS processes, of this machine's program or of an emulated one, that join in FOLDER, train and print
 * the hash of the weights of each trial (tests/aarch64). */
#include "net_help.h"
#include "ranks_help.h"

#include "train/shards.h"
#include "train/trainer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SIDE = 6, FEATURES = SIDE * SIDE, ROWS = 700 };

/* A training, as each rank makes it with a context of its own. */
struct task {
    const struct fixture *f;
    const char *settings;
    unsigned threads;
    size_t classes;      /* 0: numbers */
    size_t cancel_after; /* rank 0's hook cancels after this step; 0: never */
    const char *odd;     /* settings of the last rank alone */
    bool odd_rows;       /* whether it has other rows */
    const char *name;    /* of rank 0's model file */
    uint64_t hash[RANKS_MOST];
    ink_status status[RANKS_MOST];
    char message[RANKS_MOST][1024], notes[RANKS_MOST][4096], ended[RANKS_MOST][256];
};

/* Images with something of their class in them. */
static void make_rows(size_t rows, size_t classes, float *x, int32_t *labels, float *targets, bool odd)
{
    net_values(3, rows * FEATURES, 0, 1, x);
    net_labels(4, rows, classes ? classes : 2, labels);
    for (size_t i = 0; i < rows; i++) x[i * FEATURES + (size_t)labels[i]] += 1;
    for (size_t i = 0; i < rows; i++) targets[i] = x[i * FEATURES] - x[i * FEATURES + 1];
    if (odd) x[17] += 1;
}

static ink_status wrap(ink_ctx *ctx, const struct task *task, bool odd, void **memory, ink_data **out)
{
    float *x = malloc((FEATURES + 1) * ROWS * sizeof *x), *targets = x + FEATURES * ROWS;
    int32_t *labels = malloc(ROWS * sizeof *labels);
    make_rows(ROWS, task->classes, x, labels, targets, odd);
    memory[0] = x;
    memory[1] = labels;
    ink_rows rows = INK_INIT(ink_rows);
    rows.rows = ROWS;
    rows.features = FEATURES;
    rows.floats = x;
    rows.height = rows.width = SIDE;
    rows.channels = 1;
    if (task->classes == 0) {
        rows.targets = targets;
        rows.target_count = 1;
    } else {
        rows.labels = labels;
        rows.classes = task->classes;
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
    size_t classes; /* 0: numbers */
} trials[] = {
    {"epochs=2; batch=560; hidden=24; optimizer=momentum; val=0.1", 4},
    {"epochs=2; batch=64; hidden=24; optimizer=sgd", 4},
    {"epochs=2; batch=100; norm-rows=20; " CONV "; optimizer=momentum; l2=0.01", 4},
    {"epochs=2; batch=200; " CONV "; optimizer=adam; augment=shift:1,flip; ema=0.9", 4},
    {"epochs=2; batch=150; net=conv 8 3x3 relu | dropout 0.3 | dense 12 relu; optimizer=nesterov; clip-norm=0.5; "
     "history-steps=true; augment=mixup:0.3; schedule=plateau; plateau-patience=1",
     4},
    {"epochs=6; batch=200; net=conv 8 3x3 relu | dense 12 relu; optimizer=adamw; early-stop=1; scale=standard; lr=0.3",
     4},
    {"epochs=2; batch=180; net=conv 8 3x3 relu | dense 12 tanh; optimizer=adam; val=0.4", 0},
    {"epochs=3; batch=150; net=conv 8 3x3 relu; optimizer=adam; val=0.4; threshold=auto; monitor=val_auc", 2},
    {"epochs=2; batch=150; net=conv 8 3x3 relu | dense 80 relu; optimizer=adam", 4}, /* gradients go in slices */
};
#undef CONV

static struct task *begin_task(const struct fixture *f, const char *settings, size_t classes, const char *name)
{
    struct task *task = calloc(1, sizeof *task);
    *task = (struct task){.f = f, .settings = settings, .classes = classes, .threads = 1, .name = name};
    return task;
}

static void all_end_with(const struct task *task, unsigned ranks, ink_status status)
{
    for (unsigned r = 0; r < ranks; r++)
        if (task->status[r] != status)
            fail_msg("%s: rank %u of %u: %s", task->settings, r, ranks,
                     task->status[r] == INK_OK ? "done" : task->message[r]);
}

static void same_hashes(const struct task *task, unsigned ranks, uint64_t hash)
{
    for (unsigned r = 0; r < ranks; r++)
        if (task->hash[r] != hash) fail_msg("%s: rank %u of %u: other weights", task->settings, r, ranks);
}

static void the_same_file_for_any_number_of_ranks(void **state)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    static const unsigned ranks[] = {2, 3, 8}; /* what more ranks do is what these do, many times over */
#else
    static const unsigned ranks[] = {2, 3, 4, 8, 20};
#endif
    const struct fixture *f = *state;
    for (size_t t = 0; t < COUNT(trials); t++) {
        struct task *alone = begin_task(f, trials[t].settings, trials[t].classes, "alone.safetensors");
        work(alone, NULL);
        all_end_with(alone, 1, INK_OK);
        for (size_t i = 0; i < COUNT(ranks); i++) {
            struct task *task = begin_task(f, trials[t].settings, trials[t].classes, "together.safetensors");
            task->threads = i % 2 ? 1 : 3;
            assert_true(ranks_run(ranks[i], work, task) > 0);
            all_end_with(task, ranks[i], INK_OK);
            same_hashes(task, ranks[i], alone->hash[0]);
            for (unsigned r = 0; r < ranks[i]; r++) assert_string_equal(task->ended[r], alone->ended[0]);
            same_files(f, "alone.safetensors", "together.safetensors", task->settings);
            free(task);
        }
        free(alone);
    }
}

/* A batch of one shard costs no exchange of gradients, and is said not to pay. */
static void small_batches_stay_at_home(void **state)
{
    const struct fixture *f = *state;
    struct task *task = begin_task(f, "steps=320; batch=20; hidden=24; eval-every=320; val=0", 4, NULL);
    size_t bytes = ranks_run(4, work, task);
    all_end_with(task, 4, INK_OK);
    assert_true(bytes < 32768);
    assert_non_null(strstr(task->notes[0], "4 ranks do not pay here: a batch of 20 rows is one shard"));
    assert_non_null(strstr(task->notes[0], "each one shard at 2048"));
    free(task);
}

/* What is measured in the first steps, here made up: 1 ms of computing in each of two ranks of a batch of 1024, and `exchange` ms. */
static void judge(const struct fixture *f, double exchange, char *notes)
{
    ink_comm comm = {sizeof comm, 0, 2, NULL, NULL, NULL, 1};
    ink_model *model;
    net_ok(f, ink_model_new(f->ctx, "dense 100 relu", 784, 10, f->set, &model));
    ink_ctx *ctx = NULL;
    net_ok(f, ink_ctx_new(NULL, &ctx));
    ink_ctx_on_note(ctx, keep_note, notes);
    ctx->comm = comm;
    struct ink_trainer trainer = {.ctx = ctx, .model = model};
    trainer.batches.size = 1024;
    trainer.lanes.shard_rows = 512;
    for (size_t step = 1; step <= 100; step++) {
        const bool first = step <= 3; /* which do not count */
        trainer.peers.timed++;
        trainer.peers.computing += first ? 9 : 0.002;
        trainer.peers.slowest += first ? 9 : 0.001;
        trainer.peers.all += first ? 99 : 0.001 + exchange / 1000;
        inki_peers_judge(&trainer);
    }
    ink_ctx_free(ctx);
    ink_model_free(model);
}

static void what_does_not_pay_is_said_once(void **state)
{
    char notes[4096] = "";
    judge(*state, 0.5, notes);
    assert_string_equal(notes, "");
    judge(*state, 4, notes);
    assert_non_null(strstr(notes, "2 ranks do not pay here: a step takes 5 ms, of which 4 ms are for exchanging 0.3"));
    assert_non_null(strstr(notes, "one rank would take 2 ms; they would pay from about batch 6144 on\n"));
    assert_ptr_equal(strstr(notes, "pay here"), strstr(notes, "2 ranks") + strlen("2 ranks do not "));
    assert_null(strstr(strstr(notes, "pay here") + 1, "pay here"));
}

/* A loss that is not finite ends all of them in the same step. */
static void all_diverge(void **state)
{
    static const char settings[] = "epochs=9; batch=150; net=conv 8 3x3 relu; optimizer=sgd; lr=10000; loss=mse; val=0";
    struct task *alone = begin_task(*state, settings, 0, NULL), *task = begin_task(*state, settings, 0, NULL);
    work(alone, NULL);
    ranks_run(3, work, task);
    all_end_with(alone, 1, INK_DIVERGED);
    all_end_with(task, 3, INK_DIVERGED);
    for (unsigned r = 0; r < 3; r++) assert_string_equal(task->message[r], alone->message[0]);
    free(alone);
    free(task);
}

/* ---- decisions ---- */

static void rank_0_cancels(void **state)
{
    static const char *const settings[] = {"epochs=50; batch=30; hidden=12; eval-every=2",
                                           "epochs=50; batch=100; net=conv 8 3x3 relu; eval-every=2"};
    for (size_t i = 0; i < COUNT(settings); i++) {
        struct task *task = begin_task(*state, settings[i], 4, NULL);
        task->cancel_after = 6;
        ranks_run(3, work, task);
        all_end_with(task, 3, INK_CANCELLED);
        same_hashes(task, 3, task->hash[0]);
        for (unsigned r = 0; r < 3; r++) assert_string_equal(task->ended[r], "cancelled after step 6");
        free(task);
    }
}

/* Clocks differ: the ranks end after the step that rank 0 says, be it between two rows. */
static void rank_0_has_the_clock(void **state)
{
    static const char *const settings[] = {
        "epochs=100000; batch=30; hidden=12; eval-every=1000000; budget=0.05s; val=0",
        "epochs=100000; batch=100; net=conv 8 3x3 relu; eval-every=1000000; "
        "budget=0.05s; val=0"};
    for (size_t i = 0; i < COUNT(settings); i++) {
        struct task *task = begin_task(*state, settings[i], 4, NULL);
        task->odd = "budget=100s";
        ranks_run(3, work, task);
        all_end_with(task, 3, INK_OK);
        same_hashes(task, 3, task->hash[0]);
        assert_non_null(strstr(task->ended[0], "time budget"));
        free(task);
    }
}

/* ---- checkpoints ---- */

/* Cancelled with three ranks, and again with two: alone it ends as if nothing had been. */
static void resumed_with_other_numbers_of_ranks(void **state)
{
    static const char same[] = "epochs=6; batch=100; net=conv 8 3x3 relu | dropout 0.2; optimizer=adam; val=0.2";
    const struct fixture *f = *state;
    char settings[512];
    struct task *whole = begin_task(f, same, 4, "whole.safetensors");
    work(whole, NULL);
    snprintf(settings, sizeof settings, "%s; checkpoint=%s; resume=true; checkpoint-every=1", same,
             help_path(f, "state"));
    for (unsigned ranks = 3; ranks > 0; ranks--) {
        struct task *task = begin_task(f, settings, 4, "resumed.safetensors");
        task->cancel_after = ranks == 3 ? 12 : ranks == 2 ? 24 : 0;
        if (ranks > 1)
            ranks_run(ranks, work, task);
        else
            work(task, NULL);
        all_end_with(task, ranks, ranks > 1 ? INK_CANCELLED : INK_OK);
        same_hashes(task, ranks, ranks > 1 ? task->hash[0] : whole->hash[0]);
        free(task);
    }
    same_files(f, "whole.safetensors", "resumed.safetensors", same);
    free(whole);
}

/* ---- what is refused ---- */

static void what_differs_is_refused_by_name(void **state)
{
    static const struct {
        const char *odd, *words;
        bool rows;
        ink_status status;
    } cases[] = {{"lr=0.5", "rank 2 on gamma has another value of the setting lr", false, INK_BAD_SETTING},
                 {"seed=2", "setting seed", false, INK_BAD_SETTING},
                 {NULL, "rank 2 on gamma has other training rows", true, INK_BAD_DATA}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct task *task = begin_task(*state, "epochs=2; batch=100; hidden=8; lr=0.25; val=0", 4, NULL);
        task->odd = cases[i].odd;
        task->odd_rows = cases[i].rows;
        ranks_run(3, work, task);
        all_end_with(task, 3, cases[i].status);
        for (unsigned r = 0; r < 3; r++)
            if (!strstr(task->message[r], cases[i].words)) fail_msg("rank %u says: %s", r, task->message[r]);
        assert_true(i > 0 || strstr(task->message[0], "expected '0.25', as rank 0 has"));
        free(task);
    }
}

/* A rank whose memory changes what it has taken: signs of the gradient, once. */
struct fault {
    const ink_comm *comm;
    size_t exchanges;
};

static bool faulty_exchange(void *user, const ink_comm_block *give, const ink_comm_block *take, char *why, size_t room)
{
    struct fault *fault = user;
    const bool done = fault->comm->exchange(fault->comm->user, give, take, why, room);
    if (done && ++fault->exchanges == 3)
        for (size_t i = 1; i < 4000; i += 4) ((uint8_t *)take[0].at)[take[0].bytes - i] ^= 0x80;
    return done;
}

static void work_faulty(void *arg, const ink_comm *comm)
{
    struct fault fault = {.comm = comm};
    ink_comm faulty = *comm;
    faulty.exchange = faulty_exchange;
    faulty.user = &fault;
    faulty.name = NULL;
    work(arg, comm->rank == 1 ? &faulty : comm);
}

static void a_rank_that_computes_wrongly_is_named(void **state)
{
    struct task *task =
        begin_task(*state, "epochs=3; batch=150; net=conv 8 3x3 relu | dense 12 tanh; optimizer=adam; val=0", 4, NULL);
    ranks_run(3, work_faulty, task);
    all_end_with(task, 3, INK_BAD_DATA);
    for (unsigned r = 0; r < 3; r++) assert_non_null(strstr(task->message[r], "step 5: the weights of rank 1"));
    free(task);
}

static void a_rank_that_ends_ends_the_others(void **state)
{
    struct task *task = begin_task(*state, "epochs=2; batch=100; hidden=8", 4, NULL);
    task->odd = "net=dense 5 relo";
    ranks_run(3, work, task);
    assert_int_equal(task->status[2], INK_BAD_SETTING);
    for (unsigned r = 0; r < 2; r++) {
        assert_int_equal(task->status[r], INK_IO);
        assert_non_null(strstr(task->message[r], "another rank has ended"));
    }
    free(task);
}

static bool no_exchange(void *user, const ink_comm_block *give, const ink_comm_block *take, char *why, size_t room)
{
    (void)user;
    (void)give;
    (void)take;
    (void)why;
    (void)room;
    return false;
}

static void communicators_that_are_none(void **state)
{
    const struct fixture *f = *state;
    ink_comm comm = INK_INIT(ink_comm);
    comm.ranks = comm.rank = 2;
    comm.exchange = no_exchange;
    net_fails(f, ink_ctx_set_comm(f->ctx, &comm), INK_BAD_ARGUMENT, "rank 2 of 2");
    comm.rank = 1;
    comm.exchange = NULL;
    net_fails(f, ink_ctx_set_comm(f->ctx, &comm), INK_BAD_ARGUMENT, "without exchange");
    comm.exchange = no_exchange;
    net_ok(f, ink_ctx_set_comm(f->ctx, &comm));
    struct task *task = begin_task(f, "epochs=1; hidden=8", 4, NULL);
    work(task, &comm);
    assert_int_equal(task->status[1], INK_IO);
    assert_non_null(strstr(task->message[1], "cannot be reached"));
    free(task);
    net_ok(f, ink_ctx_set_comm(f->ctx, NULL));
}

static void ranks_share_cores(void **state)
{
    const struct fixture *f = *state;
    const unsigned cores = inki_cores();
    ink_comm comm = {sizeof comm, 0, 2, no_exchange, NULL, NULL, 2};
    net_ok(f, ink_ctx_set_comm(f->ctx, &comm));
    assert_int_equal(ink_ctx_threads(f->ctx), cores > 2 ? cores / 2 : 1);
    comm.beside = 5000;
    net_ok(f, ink_ctx_set_comm(f->ctx, &comm));
    assert_int_equal(ink_ctx_threads(f->ctx), 1);
    net_ok(f, ink_ctx_set_threads(f->ctx, 3)); /* what is asked for stays so */
    assert_int_equal(ink_ctx_threads(f->ctx), 3);
    net_ok(f, ink_ctx_set_comm(f->ctx, NULL));
    net_ok(f, ink_ctx_set_threads(f->ctx, 0));
    assert_int_equal(ink_ctx_threads(f->ctx), cores);
}

/* One of several processes. */
static int be_rank(char **words)
{
    const unsigned rank = (unsigned)atoi(words[2]), ranks = (unsigned)atoi(words[3]);
    int code = 0;
    char folder[80];
    for (size_t t = 0; t < COUNT(trials); t++) {
        struct task *task = begin_task(NULL, trials[t].settings, trials[t].classes, NULL);
        snprintf(folder, sizeof folder, "%.60s/%zu", words[4], t);
        mkdir(folder, 0700);
        bool joined = ranks > 1 && ranks_join(folder, rank, ranks, work, task);
        if (ranks == 1) work(task, NULL);
        if ((ranks > 1 && !joined) || task->status[rank] != INK_OK) code = 1;
        printf("%016llx %s\n", (unsigned long long)task->hash[rank], code ? task->message[rank] : trials[t].settings);
        free(task);
    }
    return code;
}

int main(int count, char **words)
{
    if (count == 5 && strcmp(words[1], "--rank") == 0) return be_rank(words);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_same_file_for_any_number_of_ranks, help_begin, help_end),
        cmocka_unit_test_setup_teardown(small_batches_stay_at_home, help_begin, help_end),
        cmocka_unit_test_setup_teardown(what_does_not_pay_is_said_once, help_begin, help_end),
        cmocka_unit_test_setup_teardown(all_diverge, help_begin, help_end),
        cmocka_unit_test_setup_teardown(rank_0_cancels, help_begin, help_end),
        cmocka_unit_test_setup_teardown(rank_0_has_the_clock, help_begin, help_end),
        cmocka_unit_test_setup_teardown(resumed_with_other_numbers_of_ranks, help_begin, help_end),
        cmocka_unit_test_setup_teardown(what_differs_is_refused_by_name, help_begin, help_end),
        cmocka_unit_test_setup_teardown(a_rank_that_computes_wrongly_is_named, help_begin, help_end),
        cmocka_unit_test_setup_teardown(a_rank_that_ends_ends_the_others, help_begin, help_end),
        cmocka_unit_test_setup_teardown(ranks_share_cores, help_begin, help_end),
        cmocka_unit_test_setup_teardown(communicators_that_are_none, help_begin, help_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
