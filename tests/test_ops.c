/* test_ops: what must hold of every row of the table of operations, on several shapes and in several places of a network.
 * SPDX-License-Identifier: MIT
 *
 * Gradients are held to differences of the loss, without an absolute floor: steps are so long that rounding does not count, two lengths must agree
 * to 1 % before they are believed, and then the gradient to 2 %, so that a factor of 1.05 fails. What plain.h knows is held to its gradient in
 * double, to 1e-5 of a tensor's largest, and that again to differences in double, to 1e-6. All else is a matter of bits. */
#include "ops_help.h"
#include "plain.h"

#include "base/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OUTPUTS = 5, ROWS = 33, MOST_FRAMES = 4 };
/* A sanitizer looks at places: more parts, or other numbers in the same places, have no others; nets take turns. */
#if defined(__SANITIZE_ADDRESS__)
enum { PARTS = 3, PARTS_A_TABLE = 1, PIECEWISE = false, FIRST_THREADS = 3, MOST_THREADS = 3 };
#else
enum { PARTS = 9, PARTS_A_TABLE = 9, PIECEWISE = true, FIRST_THREADS = 1, MOST_THREADS = 5 };
#endif

/* ---- the walk ---- */

typedef void visit(const struct ops_net *net);

static const struct {
    size_t height, width, channels;
} shapes[] = {{1, 1, 1}, {1, 1, 9}, {1, 1, 70}, {7, 5, 3}, {1, 1, 131}, {5, 6, 9}, {8, 8, 1}};

/* Forms that the operations' own examples do not show. */
static const char *const more[] = {"dense 21 tanh members 3 shared"};

static void notation_of(const char *example, size_t frame, char notation[200])
{
    static const char *const before[MOST_FRAMES] = {"", "dense 20 tanh | ", "", ""};
    static const char *const after[MOST_FRAMES] = {"", "", " | dense 20 tanh", " | "};
    snprintf(notation, 200, "%s%s%s%s", before[frame], example, after[frame], frame == 3 ? example : "");
}

/* In front of the output layer, behind and before another layer, twice; with and without scaling, near and far. */
static size_t visit_shape(const struct fixture *f, const char *example, size_t shape, visit *check)
{
    static const float offsets[] = {0, 1.5f, 40};
    size_t visited = 0;
    for (size_t frame = 0; frame < MOST_FRAMES; frame++) {
        struct ops_net net;
        char notation[200];
        notation_of(example, frame, notation);
        struct ops_recipe recipe = {
            .notation = notation,
            .in = ops_shape(shapes[shape].height, shapes[shape].width, shapes[shape].channels),
            .outputs = OUTPUTS,
            .rows = ROWS,
            .offset = offsets[(frame + shape) % COUNT(offsets)],
            .smoothing = frame == 1 ? 0.1f : 0,
        };
        if (ops_begin(&net, f, &recipe)) {
            check(&net);
            visited++;
        }
        ops_end(&net);
    }
    return visited;
}

/* An operation may refuse a shape that is too small for it, but not all. */
static void visit_example(const struct fixture *f, const char *example, visit *check)
{
    size_t visited = 0;
    for (size_t shape = 0; shape < COUNT(shapes); shape++) visited += visit_shape(f, example, shape, check);
    if (visited < 2 * MOST_FRAMES) fail_msg("'%s' goes with hardly any shape", example);
}

static const char *only; /* the word of the one operation that is walked through; NULL: all are */
static void walk(void **state, visit *check)
{
    size_t known = 0;
    for (size_t k = 0; k < inki_op_count; k++) {
        if (!inki_ops[k]->parse || (only && strcmp(inki_ops[k]->word, only) != 0)) continue;
        visit_example(*state, inki_ops[k]->example, check);
        known++;
    }
    for (size_t i = 0; i < COUNT(more) && !only; i++) visit_example(*state, more[i], check);
    assert_true(known >= (only ? 1 : 2));
}

/* ---- gradients: differences of the float program ---- */

/* A tensor's gradient, and the part of it along which the weights are moved. */
struct stretch {
    struct ops_tensor tensor;
    size_t begin, end;
    const float *g;
    double norm;  /* of the gradient in the stretch */
    double scale; /* of the gradient of all of the tensor, or what counts as 0 beside the whole gradient */
    double *step; /* [count], of norm 1 */
};

static double norm_of(const struct ops_tensor *tensor, const float *g, size_t begin, size_t end)
{
    double sum = 0;
    for (size_t i = begin; i < end; i++) sum += (double)g[ops_at(tensor, i)] * (double)g[ops_at(tensor, i)];
    return sqrt(sum);
}

/* Along the gradient, so that nothing cancels; where it is next to nothing, along random signs. */
static void choose_step(struct stretch *s)
{
    struct inki_rng rng = inki_rng_begin(s->begin, INKI_RNG_TEST, 4, 0);
    bool loud = s->norm >= 0.05 * s->scale;
    for (size_t i = s->begin; i < s->end; i++) {
        double sign = inki_rng_below(&rng, 2) ? 1 : -1;
        s->step[i] = loud ? (double)s->g[ops_at(&s->tensor, i)] / s->norm : sign / sqrt((double)(s->end - s->begin));
    }
}

/* L(w + by step) - L(w - by step), and in *expected what the gradient makes of the same two points, which floats round. */
static double difference(const struct ops_net *net, struct inki_program *program, const struct stretch *s, double by,
                         double *expected)
{
    float *w = net->model->w, *from = malloc(s->tensor.count * sizeof *from);
    double loss[2];
    *expected = 0;
    for (size_t i = s->begin; i < s->end; i++) from[i] = w[ops_at(&s->tensor, i)];
    for (int side = 0; side < 2; side++) {
        for (size_t i = s->begin; i < s->end; i++) {
            size_t at = ops_at(&s->tensor, i);
            w[at] = (float)((double)from[i] + (side ? -by : by) * s->step[i]);
            *expected += (side ? -1 : 1) * (double)s->g[at] * ((double)w[at] - (double)from[i]);
        }
        loss[side] = ops_loss(net, program);
        for (size_t i = s->begin; i < s->end; i++) w[ops_at(&s->tensor, i)] = from[i];
    }
    free(from);
    return loss[0] - loss[1];
}

/* How far the gradient is from differences with steps `by` and 2 `by`, whose third order cancels, as a share of the stretch's
 * gradient; or of the scale, where the stretch has next to none. */
static double error_at(const struct ops_net *net, struct inki_program *program, const struct stretch *s, double by)
{
    double expected[2], got[2];
    got[0] = difference(net, program, s, by, &expected[0]);
    got[1] = difference(net, program, s, 2 * by, &expected[1]);
    double error = 8 * (got[0] - expected[0]) - (got[1] - expected[1]);
    return error / (12 * by * (s->norm >= 0.05 * s->scale ? s->norm : s->scale));
}

static void check_stretch(const struct ops_net *net, struct inki_program *program, struct stretch *s)
{
    const double looseness = 0.02, agreement = 0.01;
    s->norm = norm_of(&s->tensor, s->g, s->begin, s->end);
    choose_step(s);
    double by = fmin(0.02, 1e-3 / fmax(s->norm, s->scale)), before = error_at(net, program, s, by), error = before;
    for (int tries = 0; tries < 4; tries++, before = error) {
        error = error_at(net, program, s, by /= 3);
        if (fabs(error - before) <= agreement && fabs(error) <= looseness && fabs(before) <= looseness) return;
    }
    fail_msg("'%s' on %zu values, %s, elements %zu to %zu: gradient off by %.3g of it", net->recipe.notation,
             net->features, s->tensor.name, s->begin, s->end, error);
}

/* The largest of elements [begin, end). */
static size_t find_largest(const struct ops_tensor *tensor, const float *g, size_t begin, size_t end)
{
    size_t best = begin;
    for (size_t i = begin; i < end; i++)
        if (fabsf(g[ops_at(tensor, i)]) > fabsf(g[ops_at(tensor, best)])) best = i;
    return best;
}

/* All of it, its quarters, and the largest element of each sixth. */
static void check_tensor(const struct ops_net *net, struct inki_program *program, const struct ops_tensor *tensor,
                         const float *g, double whole)
{
    const size_t count = tensor->count;
    struct stretch s = {.tensor = *tensor, .g = g, .step = malloc(count * sizeof *s.step)};
    s.scale = fmax(norm_of(tensor, g, 0, count), 1e-2 * whole);
    s.end = count;
    check_stretch(net, program, &s);
    for (size_t i = 0; PIECEWISE && i < 4 && count >= 8; i++) {
        s.begin = i * count / 4;
        s.end = (i + 1) * count / 4;
        check_stretch(net, program, &s);
    }
    s.scale /= sqrt((double)count);
    for (size_t i = 0; PIECEWISE && i < 6 && count >= 8; i++) {
        s.begin = find_largest(tensor, g, i * count / 6, (i + 1) * count / 6);
        s.end = s.begin + 1;
        check_stretch(net, program, &s);
    }
    free(s.step);
}

static void check_differences(const struct ops_net *net, const struct ops_result *result)
{
    struct inki_program program;
    struct ops_tensor tensor;
    double whole = 0;
    for (size_t i = 0; i < result->size; i++) whole += (double)result->g[i] * (double)result->g[i];
    ops_program(net, &(struct ops_way){.purpose = INKI_FOR_LOSS, .threads = 1}, &program);
    for (size_t l = 0; l < net->model->node_count; l++)
        for (size_t t = 0; ops_tensor(net->model, l, t, &tensor); t++)
            if (tensor.trained) check_tensor(net, &program, &tensor, result->g, sqrt(whole));
    inki_program_end(&program);
}

/* ---- gradients: plain arithmetic in double ---- */

static double plain_norm(const struct plain_layer *layer, size_t t, size_t begin, size_t end)
{
    double sum = 0;
    for (size_t i = begin; i < end; i++) sum += layer->gradient[t][i] * layer->gradient[t][i];
    return sqrt(sum);
}

/* The loss with elements [begin, end) moved by `by` along their gradient, whose norm is `norm`. */
static double plain_at(const struct ops_net *net, struct plain *plain, struct plain_layer *layer, size_t t,
                       const size_t range[2], double by)
{
    for (size_t i = range[0]; i < range[1]; i++) layer->value[t][i] += by * layer->gradient[t][i];
    double loss = plain_loss(plain, net->rows, net->x, net->labels);
    for (size_t i = range[0]; i < range[1]; i++) layer->value[t][i] -= by * layer->gradient[t][i];
    return loss;
}

static void check_plain_tensor(const struct ops_net *net, struct plain *plain, struct plain_layer *layer, size_t t)
{
    const double exactness = 1e-6, step = 1e-4;
    for (size_t half = 0; half < 2; half++) {
        const size_t range[2] = {half * layer->count[t] / 2, (half + 1) * layer->count[t] / 2};
        double norm = plain_norm(layer, t, range[0], range[1]), by = step / norm;
        if (range[0] == range[1]) continue;
        assert_true(norm > 0);
        double difference =
            8 * (plain_at(net, plain, layer, t, range, by) - plain_at(net, plain, layer, t, range, -by)) -
            (plain_at(net, plain, layer, t, range, 2 * by) - plain_at(net, plain, layer, t, range, -2 * by));
        net_near(difference / (12 * step) / norm, 1, exactness);
    }
}

static void check_plain(const struct ops_net *net, const struct ops_result *result)
{
    double loss = 0;
    if (!plain_can(net->model) || net->model->loss->target != INKI_TARGET_CLASSES) return;
    struct plain *plain = plain_new(net->model);
    const void *from[OPS_MOST_ROWS];
    struct ops_result unused = {0};
    struct inki_feed feed = ops_feed(net, 0, net->rows, from, &unused);
    plain->training = true;
    plain->seed = feed.seed;
    plain->step = feed.step;
    plain->smoothing = (double)net->recipe.smoothing;
    double wanted = plain_gradient(plain, net->rows, net->x, net->labels);
    for (size_t i = 0; i < net->rows; i++) loss += result->losses[i] / (double)net->rows;
    net_near(loss / wanted, 1, 1e-5);
    double off = plain_difference(plain, result->g, true, 0);
    if (!(off <= 1e-5)) fail_msg("'%s' on %zu values: gradient off by %g", net->recipe.notation, net->features, off);
    for (size_t l = 0; l < plain->layer_count; l++)
        for (size_t t = 0; PIECEWISE && t < PLAIN_TENSORS && inki_node_learns(plain->layers[l].of); t++)
            check_plain_tensor(net, plain, &plain->layers[l], t);
    plain_free(plain);
}

static void check_padding(const struct ops_net *net, const struct ops_result *result)
{
    bool *used = net_used(net->model);
    for (size_t i = 0; i < result->size; i++)
        if (!used[i] && (result->g[i] != 0 || result->w[i] != 0))
            fail_msg("%s on %zux%zux%zu: padding %zu is not 0: gradient %g, weight %g", net->recipe.notation,
                     net->recipe.in.height, net->recipe.in.width, net->recipe.in.channels, i, (double)result->g[i],
                     (double)result->w[i]);
    free(used);
}

static void check_gradient(const struct ops_net *net)
{
    struct ops_result result;
    ops_run(net, &(struct ops_way){.purpose = INKI_FOR_TRAINING, .threads = 1}, &result);
    check_plain(net, &result);
    check_differences(net, &result);
    check_padding(net, &result);
    ops_free(&result);
}

static void gradients(void **state) { walk(state, check_gradient); }

/* Activations, losses, and weights of rows, which no operation's example has. */
static void gradients_of_what_examples_lack(void **state)
{
    char notation[80];
    for (size_t i = 0; i < (size_t)INKI_ACT_COUNT * INKI_LOSS_COUNT; i++) {
        const char *name = inki_activation_name((enum inki_activation)(i % INKI_ACT_COUNT));
        snprintf(notation, sizeof notation, "dense 37 %s | dense 70 %s", name, name);
        struct ops_net net;
        struct ops_recipe recipe = {.notation = notation,
                                    .in = ops_shape(1, 1, 45),
                                    .outputs = OUTPUTS,
                                    .rows = 64,
                                    .loss = (enum inki_loss_number)(i / INKI_ACT_COUNT)};
        assert_true(ops_begin(&net, *state, &recipe));
        check_gradient(&net);
        ops_end(&net);
    }
}

/* ---- bits: chunks, parts, threads, tables of kernels ---- */

static ink_ctx *contexts[OPS_KERNELS];
static size_t context_count;

static void check_way(const struct ops_net *net, const struct ops_way *way, const struct ops_result *wanted)
{
    struct ops_result got;
    ops_run(net, way, &got);
    ops_same(net, way, &got, wanted);
    ops_free(&got);
}

/* Numbers of parts under each table, with chunks of one more row each time; all of it stepping its weights, too. */
static void check_cuts(const struct ops_net *net)
{
    for (int purpose = 0; purpose <= INKI_FOR_TRAINING; purpose++)
        for (int steps = 0; steps <= (purpose == INKI_FOR_TRAINING); steps++) {
            struct ops_result wanted;
            struct ops_way way = {.purpose = (enum inki_use_for)purpose, .threads = 1, .steps = steps};
            ops_run(net, &way, &wanted);
            if (steps) check_padding(net, &wanted);
            for (size_t i = 0; i < PARTS_A_TABLE * context_count; i++) {
                size_t turn = PARTS_A_TABLE < PARTS ? i + net->features + net->model->node_count : i / context_count;
                way.ctx = contexts[i % context_count];
                way.threads = 1 + (unsigned)(turn % PARTS);
                way.pool = 1 + way.threads % 3;
                way.spread = 1 + i % 2 * i;
                way.chunk = steps ? 0 : 1 + i % 11;
                check_way(net, &way, &wanted);
            }
            ops_free(&wanted);
        }
}

static void any_cut_gives_the_same_bits(void **state)
{
    context_count = ops_contexts(contexts);
    walk(state, check_cuts);
    while (context_count > 0) ink_ctx_free(contexts[--context_count]);
}

/* ---- a step within the gradient is the gradient, then the step ---- */

static void check_step(const struct ops_net *net)
{
    struct ops_result stepped, plain;
    struct ops_way way = {.purpose = INKI_FOR_TRAINING, .threads = 1, .steps = true};
    struct inki_program program;
    ops_run(net, &way, &stepped);
    ops_program(net, &way, &program);
    way.steps = false;
    ops_run(net, &way, &plain);
    const struct inki_update update = *program.use.update;
    for (size_t l = 0; l < net->model->node_count; l++) {
        const struct inki_node *node = &net->model->nodes[l];
        struct inki_segment segment;
        for (size_t s = 0; node->op->segment && node->op->segment(node, s, &segment); s++) {
            size_t at = node->offset + segment.offset, bytes = segment.size * sizeof(float);
            bool taken = inki_segment_role(node, &segment) == INKI_WEIGHT && inki_program_steps(&program, l);
            if (taken)
                program.kern->update[INKI_OPT_sgd](segment.size, &update, plain.w + at, plain.g + at, NULL, NULL);
            assert_memory_equal(plain.w + at, stepped.w + at, bytes);
            if (!taken) assert_memory_equal(plain.g + at, stepped.g + at, bytes);
        }
    }
    inki_program_end(&program);
    ops_free(&plain);
    ops_free(&stepped);
}

static void a_step_is_the_gradient_and_the_step(void **state) { walk(state, check_step); }

/* ---- rows ---- */

static void check_rows(const struct ops_net *net)
{
    for (int purpose = 0; purpose < INKI_FOR_TRAINING; purpose++) {
        struct ops_result wanted;
        ops_run(net, &(struct ops_way){.purpose = (enum inki_use_for)purpose, .threads = 1}, &wanted);
        check_way(net, &(struct ops_way){.purpose = (enum inki_use_for)purpose, .threads = 1, .chunk = 1}, &wanted);
        ops_free(&wanted);
    }
}

static void a_batch_is_its_rows(void **state) { walk(state, check_rows); }

/* ---- arrays: what a task writes lies in its node's ---- */

static void allow(bool *allowed, const struct inki_program *program, const void *at, size_t bytes)
{
    if (at) memset(allowed + ((const uint8_t *)at - program->arena), 1, bytes);
}

/* The rows of an array's copies. */
static void allow_span(bool *allowed, const struct inki_program *program, const struct inki_span *span, size_t rows)
{
    size_t copies = span->apart && !span->panel_rows ? program->use.threads : 1;
    for (size_t c = 0; c < copies; c++)
        allow(allowed, program, span->at ? span->at + c * span->apart : NULL,
              (span->panel_rows ? span->panel_rows : rows) * span->stride * sizeof(float));
}

/* The bytes of the arena that a task at this site may change. */
static bool *find_allowed(const struct inki_program *program, const struct inki_task *task, size_t rows)
{
    const struct inki_site *site = task->site;
    const struct inki_node *node = site->node;
    bool *allowed = calloc(program->arena_bytes, 1);
    allow_span(allowed, program, &site->y, rows);
    allow_span(allowed, program, &site->dx, rows);
    allow_span(allowed, program, &site->dx2, rows);
    allow_span(allowed, program, &site->dy, rows);
    allow_span(allowed, program, &site->saved, rows);
    for (size_t q = 0; site->partial.at && q < inki_panels(node->inputs); q++)
        allow(allowed, program, site->partial.at + q * site->partial.apart,
              rows * site->partial.stride * sizeof(float));
    size_t scratch = node->op->scratch ? node->op->scratch(node, &program->use) : 0;
    for (size_t c = 0; site->scratch.at && c < program->use.threads; c++)
        allow(allowed, program, site->scratch.at + c * site->scratch.apart, scratch * sizeof(float));
    size_t made = node->op->made ? node->op->made(node, site->input && site->input->offset) : 0;
    for (size_t c = 0; site->made.at && c < (site->made.apart ? program->use.threads : 1); c++)
        allow(allowed, program, site->made.at + c * site->made.apart, made * sizeof(float));
    size_t derived = node->op->derived ? node->op->derived(node) : 0;
    for (size_t c = 0; site->derived.at && c < (site->derived.apart ? program->use.threads : 1); c++)
        allow(allowed, program, site->derived.at + c * site->derived.apart, derived * sizeof(float));
    if (site->input || strcmp(task->what, "take") == 0)
        allow(allowed, program, program->input.x, program->input.copies * program->input.copy * sizeof(float));
    if (strcmp(task->what, "loss") == 0 && program->losses.at) {
        allow(allowed, program, program->losses.at, program->use.threads * program->losses.apart * sizeof(float));
        allow(allowed, program, program->scores.at, program->use.threads * program->scores.apart * sizeof(float));
    }
    return allowed;
}

static void check_task(const struct ops_net *net, struct inki_program *program, struct inki_stage stage, size_t task,
                       struct inki_feed *feed)
{
    struct inki_stage *stages = program->stages;
    size_t count = program->stage_count;
    uint8_t *before = malloc(program->arena_bytes);
    bool *allowed = find_allowed(program, &program->tasks[task], feed->rows);
    memcpy(before, program->arena, program->arena_bytes);
    stage.task = task;
    stage.task_end = task + 1;
    stage.guards = false;
    stage.tied = 0;
    program->stages = &stage;
    program->stage_count = 1;
    inki_program_run(program, feed);
    for (size_t i = 0; i < program->arena_bytes; i++)
        if (before[i] != program->arena[i] && !allowed[i])
            fail_msg("'%s': task '%s' of node %u wrote to byte %zu of the arena", net->recipe.notation,
                     program->tasks[task].what, program->tasks[task].site->number, i);
    program->stages = stages;
    program->stage_count = count;
    free(before);
    free(allowed);
}

/* Task by task, with fewer rows. */
static void check_arrays(const struct ops_net *net)
{
    for (unsigned threads = FIRST_THREADS; threads <= MOST_THREADS; threads += 2) {
        struct ops_way way = {.purpose = INKI_FOR_TRAINING, .threads = threads, .spread = 1};
        struct inki_program program;
        const void *from[OPS_MOST_ROWS];
        double losses[OPS_MOST_ROWS], scores[OPS_MOST_ROWS * INKI_MOST_PARTS];
        struct ops_result result = {.g = calloc(net->model->size, sizeof(float)),
                                    .losses = losses,
                                    .scores = scores,
                                    .parts = net->model->loss->parts};
        ops_program(net, &way, &program);
        struct inki_feed feed = ops_feed(net, 0, net->rows - 4, from, &result);
        for (size_t s = 0; s < program.stage_count; s++)
            for (size_t task = program.stages[s].task; task < program.stages[s].task_end; task++)
                check_task(net, &program, program.stages[s], task, &feed);
        inki_program_end(&program);
        free(result.g);
    }
}

static void tasks_write_to_their_own_arrays(void **state) { walk(state, check_arrays); }

/* ---- files ---- */

static void same_answers(const struct ops_net *net, ink_model *other, const char *what, double exactness)
{
    float *p = malloc(2 * net->rows * OUTPUTS * sizeof *p), *again = p + net->rows * OUTPUTS;
    net_ok(net->f, ink_predict(net->f->ctx, net->model, net->rows, net->x, p));
    net_ok(net->f, ink_predict(net->f->ctx, other, net->rows, net->x, again));
    for (size_t i = 0; i < net->rows * OUTPUTS; i++)
        if (!(fabs((double)p[i] - (double)again[i]) <= exactness))
            fail_msg("'%s' through %s: answer %zu is %.9g, not %.9g", net->recipe.notation, what, i, (double)again[i],
                     (double)p[i]);
    free(p);
}

static void check_file(const struct ops_net *net)
{
    ink_model *again;
    const char *path = help_path(net->f, "model.safetensors");
    net_ok(net->f, ink_model_save(net->f->ctx, net->model, path));
    net_ok(net->f, ink_model_load(net->f->ctx, path, &again));
    assert_int_equal(again->size, net->model->size);
    assert_memory_equal(again->w, net->model->w, again->size * sizeof *again->w);
    assert_string_equal(again->notation, net->model->notation);
    same_answers(net, again, "its file", 0);
    ink_model_free(again);
}

static void files_keep_every_bit(void **state) { walk(state, check_file); }

static const char *const formats[] = {
#define NAME(name, text) #name,
    INK_EXPORT_LIST(NAME)
#undef NAME
};

/* The refusal names an operation that is in the network. */
static void check_refusal(const struct ops_net *net)
{
    char word[64];
    for (size_t l = 0; l < net->model->node_count; l++) {
        snprintf(word, sizeof word, "'%s'", net->model->nodes[l].op->word);
        if (strstr(ink_ctx_message(net->f->ctx), word)) return;
    }
    fail_msg("'%s': no word of what cannot be said: %s", net->recipe.notation, ink_ctx_message(net->f->ctx));
}

/* Whether a reader of dense layers knows all of the network. */
static bool is_dense(const ink_model *model)
{
    bool dense = true;
    for (size_t i = 0; i < model->node_count; i++)
        dense = dense && !model->nodes[i].op->images && !model->nodes[i].op->brackets && !model->nodes[i].members;
    return dense;
}

/* What the reader of graphs with layers over images knows by. */
static bool has_images(const ink_model *model)
{
    bool images = false;
    for (size_t i = 0; i < model->node_count; i++) images = images || model->nodes[i].frame.rows > 0;
    return images;
}

/* Written, and then read again with the same answers where there is a reader; or refused. */
static void check_format(const struct ops_net *net, const char *format)
{
    char name[32];
    ink_model *again = NULL;
    snprintf(name, sizeof name, "out.%s", format);
    const char *path = help_path(net->f, name);
    ink_status status = ink_model_export(net->f->ctx, net->model, format, path);
    if (status == INK_UNSUPPORTED) {
        check_refusal(net);
        return;
    }
    net_ok(net->f, status);
    if (strcmp(format, "c") == 0) return; /* its answers: tests/export */
    status = ink_model_import(net->f->ctx, path, net->f->set, &again);
    if (status == INK_UNSUPPORTED && !has_images(net->model) && !is_dense(net->model)) return;
    net_ok(net->f, status);
    same_answers(net, again, format, strcmp(format, "onnx") == 0 ? 2e-6 : 0);
    ink_model_free(again);
}

static void check_exports(const struct ops_net *net)
{
    for (size_t i = 0; i < COUNT(formats); i++) check_format(net, formats[i]);
}

static void exports_come_back_or_are_refused(void **state) { walk(state, check_exports); }

int main(int argc, char **argv)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)
    only = argc > 1 ? argv[1] : NULL;
    const struct CMUnitTest tests[] = {
        CASE(gradients),
        CASE(gradients_of_what_examples_lack),
        CASE(any_cut_gives_the_same_bits),
        CASE(a_step_is_the_gradient_and_the_step),
        CASE(a_batch_is_its_rows),
        CASE(tasks_write_to_their_own_arrays),
        CASE(files_keep_every_bit),
        CASE(exports_come_back_or_are_refused),
    };
    return cmocka_run_group_tests_name("ops", tests, NULL, NULL);
}
