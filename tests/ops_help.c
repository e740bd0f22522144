/* ops_help: networks on made-up rows.
 * SPDX-License-Identifier: MIT */
#include "ops_help.h"

#include "base/rng.h"
#include "fence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEED = 5, STEP = 9 };

struct inki_shape ops_shape(size_t height, size_t width, size_t channels)
{
    return (struct inki_shape){.channels = channels, .height = height, .width = width};
}

/* ---- tensors ---- */

bool ops_tensor(const ink_model *model, size_t node, size_t t, struct ops_tensor *out)
{
    const struct inki_node *of = &model->nodes[node];
    struct inki_param param;
    if (!inki_param(of, t, &param)) return false;
    *out = (struct ops_tensor){.node = of, .number = t, .count = param.count, .trained = inki_is_trained(param.role)};
    snprintf(out->name, sizeof out->name, "%s.%s", of->name, param.suffix);
    return true;
}

size_t ops_at(const struct ops_tensor *tensor, size_t i)
{
    return tensor->node->offset + tensor->node->op->at(tensor->node, tensor->number, i);
}

/* ---- networks ---- */

/* Zero biases would be too good to be true. */
static void fill_zeros(ink_model *model)
{
    struct ops_tensor tensor;
    for (size_t l = 0; l < model->node_count; l++)
        for (size_t t = 0; ops_tensor(model, l, t, &tensor); t++)
            for (size_t i = 0; tensor.trained && i < tensor.count; i++) {
                float *w = &model->w[ops_at(&tensor, i)];
                if (*w == 0) *w = 0.01f * (float)(i % 7) - 0.03f;
            }
}

/* Gains all begin at 1 or -1, where a gradient that leaves one out would be right. */
static void move_gains(ink_model *model)
{
    struct inki_param param;
    for (size_t l = 0; l < model->node_count; l++) {
        const struct inki_node *node = &model->nodes[l];
        for (size_t t = 0; inki_param(node, t, &param); t++)
            for (size_t i = 0; param.role == INKI_GAIN && i < param.count; i++)
                model->w[node->offset + node->op->at(node, t, i)] *= 0.7f + 0.05f * (float)(i * 7 % 13);
    }
}

static ink_status make_model(struct ops_net *net)
{
    const struct ops_recipe *recipe = &net->recipe;
    float *scaling = malloc(2 * net->features * sizeof *scaling);
    net_values(3, net->features, recipe->offset - 1, recipe->offset + 1, scaling);
    net_values(4, net->features, 0.8f, 1.2f, scaling + net->features);
    bool reals = inki_losses[recipe->loss].target == INKI_TARGET_REALS;
    struct inki_model_plan plan = {.notation = recipe->notation,
                                   .in = recipe->in,
                                   .loss = &inki_losses[recipe->loss],
                                   .classes = reals ? 0 : recipe->outputs,
                                   .targets = reals ? recipe->outputs : 0,
                                   .shift = recipe->offset != 0 ? scaling : NULL,
                                   .factor = recipe->offset != 0 ? scaling + net->features : NULL,
                                   .scaling = recipe->offset != 0 ? "standard" : "none"};
    ink_status status = inki_model_begin(net->f->ctx, &plan, &net->model);
    if (status == INK_OK) status = inki_model_init(net->f->ctx, net->model, net->f->set);
    if (status == INK_OK) fill_zeros(net->model);
    if (status == INK_OK) move_gains(net->model);
    free(scaling);
    return status;
}

static void make_rows(struct ops_net *net)
{
    const size_t values = net->rows * net->features, outputs = net->recipe.outputs;
    struct inki_rng rng = inki_rng_begin(6, INKI_RNG_TEST, 0, 0);
    net->x = malloc(values * sizeof *net->x);
    net->bytes = malloc(values);
    net->labels = malloc(net->rows * sizeof *net->labels);
    net->targets = malloc(net->rows * outputs * sizeof *net->targets);
    net->weights = malloc(net->rows * sizeof *net->weights);
    net_values(1, values, net->recipe.offset - 1, net->recipe.offset + 1, net->x);
    for (size_t i = 0; i < values; i++) net->bytes[i] = inki_rng_below(&rng, 4) ? 0 : (uint8_t)inki_rng_below(&rng, 4);
    net_labels(2, net->rows, outputs, net->labels);
    const float far = net->recipe.loss == INKI_LOSS_mae || net->recipe.loss == INKI_LOSS_quantile
                          ? 8
                          : 0; /* its gradient jumps where an error is 0: differences need none there */
    net_values(7, net->rows * outputs, far - 1, far + 1, net->targets);
    net_values(8, net->rows, 0.5f, 2, net->weights);
}

bool ops_begin(struct ops_net *net, const struct fixture *f, const struct ops_recipe *recipe)
{
    *net = (struct ops_net){.f = f, .recipe = *recipe, .rows = recipe->rows};
    net->features = recipe->in.height * recipe->in.width * recipe->in.channels;
    assert_true(recipe->rows <= OPS_MOST_ROWS);
    ink_status status = make_model(net);
    if (status == INK_OK) make_rows(net);
    assert_true(status == INK_OK || status == INK_BAD_SETTING);
    return status == INK_OK;
}

void ops_end(struct ops_net *net)
{
    ink_model_free(net->model);
    free(net->x);
    free(net->bytes);
    free(net->labels);
    free(net->targets);
    free(net->weights);
}

/* ---- programs ---- */

static const struct inki_update update = {.lr = 0.25f, .l2 = 0.125f, .clip = 1};

/* Little work would stay in one part. */
static void spread_stages(struct inki_program *program, uint64_t seed)
{
    struct inki_rng rng = inki_rng_begin(seed, INKI_RNG_TEST, 3, 0);
    for (size_t i = 0; seed && i < program->stage_count; i++)
        program->stages[i].cost = seed > 1 && inki_rng_below(&rng, 3) == 0 ? 0 : SIZE_MAX / OPS_MOST_ROWS;
}

/* Where layers take statistics of rows, those of a batch are run together. */
static size_t chunk_of(const struct ops_net *net, const struct ops_way *way)
{
    bool together = false;
    for (size_t i = 0; i < net->model->node_count; i++) together = together || net->model->nodes[i].op->by_batch;
    return way->chunk == 0 || (together && way->purpose != INKI_FOR_PREDICTING) ? net->rows : way->chunk;
}

void ops_program(const struct ops_net *net, const struct ops_way *way, struct inki_program *out)
{
    ink_ctx *ctx = way->ctx ? way->ctx : net->f->ctx;
    struct inki_use use = {.purpose = way->purpose,
                           .rows = chunk_of(net, way),
                           .norm_rows = 10,
                           .threads = way->threads,
                           .observe = way->observe,
                           .update = way->steps ? &update : NULL};
    unsigned threads = way->pool ? way->pool : 1;
    if (ctx->threads != threads) net_ok(net->f, ink_ctx_set_threads(ctx, threads));
    net_ok(net->f, inki_program_begin(ctx, net->model, &use, out));
    spread_stages(out, way->spread);
}

void ops_spoil(struct inki_program *program)
{
    for (size_t i = 0; i < program->value_count; i++) {
        const struct inki_value *value = &program->values[i];
        if (!value->lasts && value->bytes) memset(program->arena + value->at, 0xFF, value->copies * value->bytes);
    }
}

struct inki_feed ops_feed(const struct ops_net *net, size_t first, size_t count, const void **from,
                          struct ops_result *result)
{
    bool reals = net->model->loss->target == INKI_TARGET_REALS;
    for (size_t i = 0; i < count; i++) {
        size_t at = (first + i) * net->features;
        from[i] = net->recipe.bytes ? (const void *)(net->bytes + at) : (const void *)(net->x + at);
    }
    return (struct inki_feed){.from = from,
                              .bytes = net->recipe.bytes,
                              .rows = count,
                              .fresh = true,
                              .seed = SEED,
                              .step = STEP,
                              .first_row = (uint32_t)first,
                              .loss = {.labels = reals ? NULL : net->labels + first,
                                       .targets = reals ? net->targets + first * net->recipe.outputs : NULL,
                                       .row_weight = net->recipe.weighted ? net->weights + first : NULL,
                                       .smoothing = net->recipe.smoothing,
                                       .scale = 1.0f / (float)net->rows,
                                       .row_loss = result->losses + first,
                                       .row_parts = result->scores + first * result->parts},
                              .g = result->g,
                              .add = first > 0,
                              .last = first + count == net->rows};
}

static void make_result(const struct ops_net *net, struct ops_result *out)
{
    *out = (struct ops_result){
        .rows = net->rows, .outputs = net->recipe.outputs, .size = net->model->size, .parts = net->model->loss->parts};
    out->answers = calloc(out->rows * out->outputs, sizeof *out->answers);
    out->g = calloc(out->size, sizeof *out->g);
    out->w = calloc(out->size, sizeof *out->w);
    out->losses = calloc(out->rows, sizeof *out->losses);
    out->scores = calloc(out->rows * out->parts, sizeof *out->scores);
}

void ops_free(struct ops_result *result)
{
    free(result->answers);
    free(result->g);
    free(result->w);
    free(result->losses);
    free(result->scores);
}

static void copy_answers(const struct inki_program *program, size_t first, size_t count, struct ops_result *out)
{
    size_t stride;
    const float *answers = inki_program_answers(program, &stride);
    for (size_t i = 0; i < count; i++)
        memcpy(out->answers + (first + i) * out->outputs, answers + i * stride, out->outputs * sizeof *answers);
}

void ops_run(const struct ops_net *net, const struct ops_way *way, struct ops_result *out)
{
    struct inki_program program;
    const size_t chunk = chunk_of(net, way), bytes = net->model->size * sizeof(float);
    float *before = malloc(bytes);
    memcpy(before, net->model->w, bytes);
    make_result(net, out);
    ops_program(net, way, &program);
    for (size_t first = 0; first < net->rows; first += chunk) {
        const void *from[OPS_MOST_ROWS];
        size_t left = net->rows - first, count = left < chunk ? left : chunk;
        struct inki_feed feed = ops_feed(net, first, count, from, out);
        feed.fresh = first == 0;
        feed.step_now = way->steps;
        ops_spoil(&program);
        inki_program_run(&program, &feed);
        if (way->purpose != INKI_FOR_TRAINING || way->observe) copy_answers(&program, first, count, out);
    }
    memcpy(out->w, net->model->w, bytes);
    memcpy(net->model->w, before, bytes);
    free(before);
    inki_program_end(&program);
}

double ops_loss(const struct ops_net *net, struct inki_program *program)
{
    static double losses[OPS_MOST_ROWS], scores[OPS_MOST_ROWS * INKI_MOST_PARTS];
    struct ops_result result = {.losses = losses, .scores = scores, .parts = net->model->loss->parts};
    const void *from[OPS_MOST_ROWS];
    double sum = 0;
    struct inki_feed feed = ops_feed(net, 0, net->rows, from, &result);
    inki_program_run(program, &feed);
    for (size_t i = 0; i < net->rows; i++) sum += losses[i];
    return sum / (double)net->rows;
}

/* ---- comparing ---- */

static void same_bytes(const struct ops_net *net, const struct ops_way *way, const char *what, const void *got,
                       const void *wanted, size_t size)
{
    if (memcmp(got, wanted, size) == 0) return;
    fail_msg("'%s' on %zux%zux%zu, %zu outputs, %zu rows, %s: other %s with %u parts, %u threads, chunks of %zu, "
             "spread %zu%s%s, purpose %d, kernels %s",
             net->recipe.notation, net->recipe.in.height, net->recipe.in.width, net->recipe.in.channels,
             net->recipe.outputs, net->rows, net->model->loss->name, what, way->threads, way->pool, way->chunk,
             (size_t)way->spread, way->steps ? ", stepping" : "", way->observe ? ", observing" : "", (int)way->purpose,
             ink_ctx_kernels(way->ctx ? way->ctx : net->f->ctx));
}

void ops_same(const struct ops_net *net, const struct ops_way *way, const struct ops_result *got,
              const struct ops_result *wanted)
{
    const size_t floats = got->size * sizeof(float);
    same_bytes(net, way, "losses", got->losses, wanted->losses, got->rows * sizeof(double));
    same_bytes(net, way, "scores", got->scores, wanted->scores, got->rows * got->parts * sizeof(double));
    if (got->outputs)
        same_bytes(net, way, "answers", got->answers, wanted->answers, got->rows * got->outputs * sizeof(float));
    if (way->purpose != INKI_FOR_TRAINING) return;
    same_bytes(net, way, "gradient", got->g, wanted->g, floats);
    same_bytes(net, way, "weights", got->w, wanted->w, floats);
}

/* ---- contexts ---- */

size_t ops_contexts(ink_ctx **contexts)
{
    size_t count = 0;
    const char *kernels;
    for (size_t k = 0; (kernels = ink_kernels(k)); k++) {
        char reason[200];
        if (ink_kernels_check(kernels, reason, sizeof reason) != INK_OK) continue;
        assert_true(count < OPS_KERNELS);
        setenv("INKLING_KERNELS", kernels, 1);
        assert_int_equal(ink_ctx_new(NULL, &contexts[count++]), INK_OK);
        unsetenv("INKLING_KERNELS");
    }
    return count;
}

/* ---- random networks ---- */

/* A notation while it is drawn; width: of the last layer, 0 where it is not known. */
struct drawing {
    struct inki_rng *rng;
    size_t most, used, width;
    char *text;
};

static void write_text(struct drawing *d, const char *text)
{
    d->used += (size_t)snprintf(d->text + d->used, OPS_NOTATION - d->used, "%s", text);
    assert_true(d->used < OPS_NOTATION);
}

static void draw_dense(struct drawing *d, size_t width)
{
    char text[64];
    const char *act = inki_activation_name((enum inki_activation)inki_rng_below(d->rng, INKI_ACT_COUNT));
    snprintf(text, sizeof text, "dense %zu %s", width, act);
    write_text(d, text);
}

static void draw_dropout(struct drawing *d)
{
    char text[64];
    snprintf(text, sizeof text, "dropout 0.%zu", (size_t)inki_rng_below(d->rng, 6));
    write_text(d, text);
}

static void draw_chain(struct drawing *d, size_t layers, size_t depth, size_t width);

/* One side that keeps the shape, or two of one width. */
static void draw_add(struct drawing *d, size_t depth)
{
    size_t width = 1 + inki_rng_below(d->rng, d->most);
    write_text(d, "add( ");
    if (inki_rng_below(d->rng, 2)) {
        draw_chain(d, 1 + inki_rng_below(d->rng, 2), depth + 1, width);
        write_text(d, " & ");
        draw_chain(d, 1 + inki_rng_below(d->rng, 2), depth + 1, width);
        d->width = width;
    } else if (d->width && inki_rng_below(d->rng, 3)) {
        draw_chain(d, 1 + inki_rng_below(d->rng, 2), depth + 1, d->width);
    } else {
        draw_dropout(d);
    }
    write_text(d, inki_rng_below(d->rng, 2) ? " ) tanh" : " )");
}

/* width: of the last layer, 0 where any will do. */
static void draw_chain(struct drawing *d, size_t layers, size_t depth, size_t width)
{
    const size_t before = d->width;
    for (size_t l = 0; l < layers; l++) {
        size_t kind = inki_rng_below(d->rng, 6), own = 1 + inki_rng_below(d->rng, d->most);
        if (l) write_text(d, " | ");
        if (width && l + 1 == layers) {
            draw_dense(d, width);
        } else if (kind == 0) {
            draw_dropout(d);
        } else if (kind == 1 && depth < 2) {
            draw_add(d, depth);
        } else {
            draw_dense(d, own);
            d->width = own;
        }
    }
    if (depth) d->width = before;
}

/* One of the table's rows, whichever there are. */
static void draw_example(struct drawing *d)
{
    const struct inki_op *op = inki_ops[inki_rng_below(d->rng, inki_op_count)];
    write_text(d, op->parse ? op->example : "");
}

struct ops_recipe ops_draw(struct inki_rng *rng, size_t most, char notation[OPS_NOTATION])
{
    static const float offsets[] = {0, 0, 1.5f, 40};
    struct drawing d = {.rng = rng, .most = most, .text = notation};
    notation[0] = 0;
    if (inki_rng_below(rng, 8))
        draw_chain(&d, inki_rng_below(rng, 5), 0, 0);
    else
        draw_example(&d);
    struct ops_recipe recipe = {.notation = notation,
                                .in = ops_shape(1, 1, 1 + inki_rng_below(rng, most)),
                                .outputs = 2 + inki_rng_below(rng, inki_rng_below(rng, 3) ? 14 : most),
                                .rows = 1 + inki_rng_below(rng, OPS_MOST_ROWS),
                                .offset = offsets[inki_rng_below(rng, COUNT(offsets))],
                                .smoothing = inki_rng_below(rng, 2) ? 0.1f : 0,
                                .weighted = inki_rng_below(rng, 3) == 0,
                                .bytes = inki_rng_below(rng, 3) == 0,
                                .loss = (enum inki_loss_number)inki_rng_below(rng, INKI_LOSS_COUNT)};
    if (inki_rng_below(rng, 4) == 0) recipe.in = ops_shape(1 + inki_rng_below(rng, 9), 1 + inki_rng_below(rng, 9), 3);
    return recipe;
}
