/* test_programs: drawn networks in drawn programs: whatever number of parts, threads and rows at once, tables of kernels and stages
 * that are cut or not, one program or many: the bits are those of one part that takes all rows at once.
 * SPDX-License-Identifier: MIT
 *
 * Between runs everything in a program's arena that need not last is spoilt, so that nothing is read before it was written.
 * $INKLING_LONG asks for many draws, fewer under a sanitizer; ThreadSanitizer sees whether parts that meet too late still come out
 * right by chance. */
#include "ops_help.h"
#include "plain.h"

#include "base/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SLOWER = 10 };
#else
enum { SLOWER = 1 };
#endif

enum { WIDEST = 300, MOST_PARTS = 9, MOST_POOL = 4, WAYS = 8, RUNS = 8 };

static size_t draws(void) { return (getenv("INKLING_LONG") ? 600 : 60) / SLOWER; }

static ink_ctx *contexts[OPS_KERNELS];
static size_t context_count;

static struct ops_way draw_way(struct inki_rng *rng, size_t rows)
{
    struct ops_way way = {.ctx = contexts[inki_rng_below(rng, context_count)],
                          .purpose = (enum inki_use_for)inki_rng_below(rng, INKI_FOR_TRAINING + 1),
                          .threads = 1 + (unsigned)inki_rng_below(rng, MOST_PARTS),
                          .pool = 1 + (unsigned)inki_rng_below(rng, MOST_POOL),
                          .chunk = inki_rng_below(rng, 2) ? 0 : 1 + inki_rng_below(rng, rows),
                          .spread = inki_rng_below(rng, 3) ? 1 : 2 + inki_rng_below(rng, 1000),
                          .observe = inki_rng_below(rng, 3) == 0};
    way.steps = way.purpose == INKI_FOR_TRAINING && way.chunk == 0 && inki_rng_below(rng, 2);
    return way;
}

/* The same by one part on one thread at once. */
static struct ops_way plain_way(const struct ops_way *way)
{
    return (struct ops_way){
        .ctx = contexts[0], .purpose = way->purpose, .threads = 1, .steps = way->steps, .observe = way->observe};
}

/* Calls `check` for one drawn network after the other. */
static void walk(void **state, uint64_t seed, void (*check)(struct ops_net *net, struct inki_rng *rng))
{
    struct inki_rng rng = inki_rng_begin(seed, INKI_RNG_TEST, 90, 0);
    context_count = ops_contexts(contexts);
    for (size_t left = draws(); left > 0; left--) {
        struct ops_net net;
        char notation[OPS_NOTATION];
        struct ops_recipe recipe = ops_draw(&rng, left % 3 ? 80 : WIDEST, notation);
        if (ops_begin(&net, *state, &recipe)) check(&net, &rng);
        ops_end(&net);
    }
    while (context_count > 0) ink_ctx_free(contexts[--context_count]);
}

/* ---- one program a run ---- */

static void check_ways(struct ops_net *net, struct inki_rng *rng)
{
    for (size_t i = 0; i < WAYS; i++) {
        struct ops_way way = draw_way(rng, net->rows), plain = plain_way(&way);
        struct ops_result got, wanted;
        ops_run(net, &way, &got);
        ops_run(net, &plain, &wanted);
        ops_same(net, &way, &got, &wanted);
        ops_free(&got);
        ops_free(&wanted);
    }
}

static void any_program_gives_the_same_bits(void **state) { walk(state, 1, check_ways); }

/* ---- many runs of one program ---- */

/* The rows of a run; one of them may be broken, so that its loss is not finite. */
struct stint {
    size_t first, count;
    bool broken;
};

static struct stint draw_stint(struct inki_rng *rng, const struct ops_net *net)
{
    struct stint stint = {.count = 1 + inki_rng_below(rng, net->rows), .broken = inki_rng_below(rng, 4) == 0};
    stint.first = inki_rng_below(rng, net->rows - stint.count + 1);
    return stint;
}

static void run_stint(const struct ops_net *net, struct inki_program *program, const struct stint *stint, bool fresh,
                      struct ops_result *out)
{
    const void *from[OPS_MOST_ROWS];
    float *broken = malloc(net->features * sizeof *broken);
    struct inki_feed feed = ops_feed(net, stint->first, stint->count, from, out);
    for (size_t i = 0; i < net->features; i++) broken[i] = INFINITY;
    if (stint->broken && !feed.bytes) from[stint->count / 2] = broken;
    feed.fresh = fresh;
    feed.add = false;
    feed.last = true;
    ops_spoil(program);
    inki_program_run(program, &feed);
    free(broken);
}

static void open_result(const struct ops_net *net, struct ops_result *out)
{
    *out = (struct ops_result){
        .rows = net->rows, .outputs = 0, .size = net->model->size, .parts = net->model->loss->parts};
    out->g = malloc(out->size * sizeof *out->g);
    out->w = calloc(out->size, sizeof *out->w);
    out->losses = calloc(net->rows, sizeof *out->losses);
    out->scores = calloc(net->rows * out->parts, sizeof *out->scores);
    for (size_t i = 0; i < out->size; i++) out->g[i] = 77; /* what is not trained stays so */
}

static void change_weights(const struct ops_net *net, struct inki_rng *rng)
{
    struct ops_tensor tensor;
    for (size_t l = 0; l < net->model->node_count; l++)
        for (size_t t = 0; ops_tensor(net->model, l, t, &tensor); t++)
            for (size_t i = 0; tensor.trained && i < tensor.count; i++)
                net->model->w[ops_at(&tensor, i)] += (float)inki_rng_uniform(rng) * 0.02f - 0.01f;
}

/* Where a loss is not finite, bits are whatever NaN they are, but there is no gradient. */
static void compare_stint(const struct ops_net *net, const struct ops_way *way, const struct ops_result *got,
                          const struct ops_result *wanted)
{
    double sum = 0;
    for (size_t i = 0; i < net->rows; i++) sum += wanted->losses[i];
    if (isfinite(sum)) {
        ops_same(net, way, got, wanted);
        return;
    }
    for (size_t i = 0; i < net->rows; i++) assert_int_equal(isfinite(got->losses[i]), isfinite(wanted->losses[i]));
    for (size_t i = 0; i < got->size; i++)
        if (got->g[i] != 77 || wanted->g[i] != 77)
            fail_msg("'%s', %u parts, spread %zu: a gradient of losses that are not finite (element %zu: %g, %g)",
                     net->recipe.notation, way->threads, (size_t)way->spread, i, (double)got->g[i],
                     (double)wanted->g[i]);
}

static void check_runs(struct ops_net *net, struct inki_rng *rng)
{
    struct ops_way way = draw_way(rng, net->rows);
    struct inki_program program, other;
    way.chunk = 0;
    way.steps = false;
    ops_program(net, &way, &program);
    for (size_t i = 0; i < RUNS; i++) {
        struct stint stint = draw_stint(rng, net);
        struct ops_result got, wanted;
        bool fresh = i == 0 || inki_rng_below(rng, 2);
        struct ops_way plain = plain_way(&way);
        if (fresh) change_weights(net, rng);
        open_result(net, &got);
        open_result(net, &wanted);
        run_stint(net, &program, &stint, fresh, &got);
        plain.pool = way.pool;
        ops_program(net, &plain, &other);
        run_stint(net, &other, &stint, true, &wanted);
        inki_program_end(&other);
        compare_stint(net, &way, &got, &wanted);
        ops_free(&got);
        ops_free(&wanted);
    }
    inki_program_end(&program);
}

static void a_program_runs_again_and_again(void **state) { walk(state, 2, check_runs); }

/* Runs after one that came to no gradient have its weights, though nothing behind its loss was made from them. */
static void check_after_broken(struct ops_net *net, struct inki_rng *rng, unsigned threads)
{
    static const struct stint stints[] = {{0, 20, false}, {3, 9, true}, {0, 20, false}};
    struct ops_way way = {.purpose = INKI_FOR_TRAINING, .threads = threads, .pool = threads, .spread = 1};
    struct inki_program program;
    struct ops_result got, wanted;
    open_result(net, &got);
    ops_program(net, &way, &program);
    for (size_t i = 0; i < COUNT(stints); i++) {
        if (i == 1) change_weights(net, rng);
        run_stint(net, &program, &stints[i], i < 2, &got);
    }
    inki_program_end(&program);
    open_result(net, &wanted);
    ops_program(net, &way, &program);
    run_stint(net, &program, &stints[0], true, &wanted);
    ops_same(net, &way, &got, &wanted);
    inki_program_end(&program);
    ops_free(&got);
    ops_free(&wanted);
}

static void broken_rows_leave_nothing_behind(void **state)
{
    static const char *const nets[] = {"dense 100 relu", "dense 130 tanh | dropout 0.2 | dense 140 relu",
                                       "dense 9 tanh"};
    struct inki_rng rng = inki_rng_begin(4, INKI_RNG_TEST, 90, 0);
    for (size_t i = 0; i < 3 * COUNT(nets); i++) {
        struct ops_net net;
        struct ops_recipe recipe = {
            .notation = nets[i % COUNT(nets)], .in = ops_shape(1, 1, 150), .outputs = 10, .rows = 20, .offset = 1.5f};
        assert_true(ops_begin(&net, *state, &recipe));
        check_after_broken(&net, &rng, 1 + (unsigned)(i / COUNT(nets)));
        ops_end(&net);
    }
}

/* ---- looking inside ---- */

/* Whether a node behind writes over what node l gives. */
static bool is_covered(const struct inki_program *program, size_t l)
{
    bool covered = false;
    for (size_t i = l + 1; program->use.purpose != INKI_FOR_PREDICTING && i < program->model->node_count; i++)
        covered |= program->sites[i].node->op->in_place && program->sites[i].y.at == program->sites[l].y.at;
    return covered;
}

/* What nodes give for row i, against plain arithmetic. */
static void check_row(const struct ops_net *net, const struct inki_program *program, struct plain *plain, size_t i)
{
    plain_forward(plain, net->x + i * net->features, i, NULL);
    for (size_t l = 0; l + 1 < net->model->node_count; l++) {
        const struct inki_node *node = &net->model->nodes[l];
        const float *y = is_covered(program, l) ? NULL : inki_program_output(program, l);
        for (size_t j = 0; y && j < node->outputs; j++) {
            double wanted = plain->layers[l].y[j], got = (double)y[i * node->out_stride + j];
            if (!(fabs(got - wanted) <= 2e-5 * (1 + fabs(wanted))))
                fail_msg("'%s', node %zu, row %zu, output %zu: %.9g, not %.9g", net->recipe.notation, l, i, j, got,
                         wanted);
        }
    }
}

static void check_outputs_for(const struct ops_net *net, struct plain *plain, const struct ops_way *way)
{
    struct inki_program program;
    const void *from[OPS_MOST_ROWS];
    struct ops_result result;
    open_result(net, &result);
    struct inki_feed feed = ops_feed(net, 0, net->rows, from, &result);
    plain->training = way->purpose != INKI_FOR_PREDICTING;
    plain->seed = feed.seed;
    plain->step = feed.step;
    ops_program(net, way, &program);
    ops_spoil(&program);
    inki_program_run(&program, &feed);
    for (size_t i = 0; i < net->rows; i += 1 + net->rows / 4) check_row(net, &program, plain, i);
    inki_program_end(&program);
    ops_free(&result);
}

static void check_outputs(struct ops_net *net, struct inki_rng *rng)
{
    struct ops_way way = draw_way(rng, net->rows);
    if (!plain_can(net->model) || net->recipe.bytes) return;
    struct plain *plain = plain_new(net->model);
    way.threads = 1 + way.threads % 3;
    way.observe = true;
    way.chunk = 0;
    way.steps = false;
    for (int purpose = 0; purpose <= INKI_FOR_TRAINING; purpose++) {
        way.purpose = (enum inki_use_for)purpose;
        check_outputs_for(net, plain, &way);
    }
    plain_free(plain);
}

static void outputs_are_those_of_the_nodes(void **state) { walk(state, 3, check_outputs); }

/* ---- gradients ---- */

/* Within rounding of a kink a unit may fall on its other side; that is not what is looked for here. */
static bool is_smooth(const struct ops_net *net)
{
    return plain_can(net->model) && !strstr(net->recipe.notation, "relu") && !net->recipe.weighted &&
           !net->recipe.bytes && net->model->loss->target == INKI_TARGET_CLASSES;
}

static void check_gradient(struct ops_net *net, struct inki_rng *rng)
{
    struct ops_way way = draw_way(rng, net->rows);
    struct ops_result result, unused = {0};
    const void *from[OPS_MOST_ROWS];
    if (!is_smooth(net)) return;
    struct inki_feed feed = ops_feed(net, 0, net->rows, from, &unused);
    struct plain *plain = plain_new(net->model);
    plain->training = true;
    plain->seed = feed.seed;
    plain->step = feed.step;
    plain->smoothing = (double)net->recipe.smoothing;
    plain_gradient(plain, net->rows, net->x, net->labels);
    way.purpose = INKI_FOR_TRAINING;
    way.steps = false;
    ops_run(net, &way, &result);
    double off = plain_difference(plain, result.g, true, 0);
    if (!(off <= 1e-4)) fail_msg("'%s', %zu rows: gradient off by %g", net->recipe.notation, net->rows, off);
    plain_free(plain);
    ops_free(&result);
}

static void gradients_are_those_of_plain_arithmetic(void **state) { walk(state, 5, check_gradient); }

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)
    const struct CMUnitTest tests[] = {
        CASE(any_program_gives_the_same_bits),         CASE(a_program_runs_again_and_again),
        CASE(broken_rows_leave_nothing_behind),        CASE(outputs_are_those_of_the_nodes),
        CASE(gradients_are_those_of_plain_arithmetic),
    };
    return cmocka_run_group_tests_name("programs", tests, NULL, NULL);
}
