/* score: what a network in integers answers, beside the float one.
 * SPDX-License-Identifier: MIT */
#include "out/score.h"

#include "base/mem.h"
#include "base/pool.h"
#include "out/quant_flow.h"
#include "out/taken.h"
#include "train/inputs.h"

#include <math.h>
#include <string.h>

/* Logits of the rows in integers. */
struct batch {
    const struct inki_quant *quant;
    const ink_data *data;
    size_t rows, parts;
    float *z;    /* [rows][members][outputs] */
    size_t room; /* bytes */
    /* a part's share of each: */
    uint8_t *rooms; /* [parts][room] */
    float *x;       /* [parts][features] */
    uint8_t *u;     /* [parts][widest] */
    int32_t *acc;   /* [parts][widest] */
};

static void run_part(void *arg, size_t part, size_t parts)
{
    const struct batch *batch = arg;
    const struct inki_quant *quant = batch->quant;
    float *x = batch->x + part * quant->features;
    uint8_t *u = batch->u + part * quant->widest;
    size_t begin, end;
    inki_share(batch->rows, part, parts, &begin, &end);
    for (size_t row = begin; row < end; row++) {
        inki_take_row(quant->model, batch->data, row, batch->rooms + part * batch->room, x);
        if (quant->images) {
            inki_quant_flow_row(quant->images, x, u, batch->z + row * quant->members * quant->outputs);
            continue;
        }
        if (!quant->bytes) inki_quant_take(quant, x, u);
        for (size_t i = 0; quant->bytes && i < quant->features; i++) u[i] = (uint8_t)x[i];
        inki_quant_row(quant, u, batch->acc + part * quant->widest, batch->z + row * quant->outputs);
    }
}

static ink_status run_all(const struct inki_quant *quant, const ink_data *data, size_t rows, float *z)
{
    ink_ctx *ctx = quant->ctx;
    size_t work = rows * (quant->images ? quant->images->flow.work : quant->features * quant->widest),
           parts = inki_parts(ctx, work);
    struct batch batch = {.quant = quant,
                          .data = data,
                          .rows = rows,
                          .z = z,
                          .room = (inki_taken_room(quant->model) + 15) / 16 * 16,
                          .x = inki_alloc(ctx, parts, quant->features * sizeof *batch.x),
                          .u = inki_alloc(ctx, parts, quant->widest),
                          .acc = inki_alloc(ctx, parts, quant->widest * sizeof *batch.acc)};
    batch.rooms = inki_alloc(ctx, parts, batch.room);
    bool room = batch.x && batch.u && batch.acc && batch.rooms;
    if (room) inki_parallel(ctx, work, run_part, &batch);
    inki_free(batch.x);
    inki_free(batch.u);
    inki_free(batch.acc);
    inki_free(batch.rooms);
    return room ? INK_OK : INK_NO_MEMORY;
}

/* Logits of all members, the first row's first, become those whose softmax is their mean answer. */
static void pool_classes(const struct inki_quant *quant, size_t rows, float *members, float *z)
{
    const size_t classes = quant->outputs, stride = quant->members * classes;
    inki_kern(quant->ctx)
        ->pool_classes(&(struct inki_pooling){.rows = rows,
                                              .members = quant->members,
                                              .classes = classes,
                                              .width = classes,
                                              .stride = stride,
                                              .z = members});
    for (size_t row = 0; row < rows; row++) memcpy(z + row * classes, members + row * stride, classes * sizeof *z);
}

/* Numbers: their mean, summed as in the C that is written. */
static void pool_numbers(const struct inki_quant *quant, size_t rows, const float *members, float *z)
{
    const size_t outputs = quant->outputs;
    for (size_t row = 0; row < rows; row++, members += quant->members * outputs, z += outputs)
        for (size_t i = 0; i < outputs; i++) {
            z[i] = 0;
            for (size_t m = 0; m < quant->members; m++) z[i] += members[m * outputs + i];
            z[i] /= (float)quant->members;
        }
}

/* z[rows][outputs]: logits of classes, or the numbers that are answered. */
static ink_status run_rows(const struct inki_quant *quant, const ink_data *data, size_t rows, float *z)
{
    const ink_model *model = quant->model;
    float *members =
        quant->members == 1 ? z : inki_alloc(quant->ctx, rows, quant->members * quant->outputs * sizeof *z);
    ink_status status = members ? run_all(quant, data, rows, members) : INK_NO_MEMORY;
    if (status == INK_OK && members != z && inki_is_classifier(model)) pool_classes(quant, rows, members, z);
    if (status == INK_OK && members != z && !inki_is_classifier(model)) pool_numbers(quant, rows, members, z);
    if (members != z) inki_free(members);
    if (status == INK_OK && !inki_is_classifier(model)) inki_numbers_answer(&model->numbers, rows, quant->outputs, z);
    return status;
}

static size_t largest(const float *values, size_t count)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++)
        if (values[i] > values[best]) best = i;
    return best;
}

static ink_status model_labels(ink_ctx *ctx, const ink_model *model, const ink_data *data, size_t rows, int32_t *labels)
{
    for (size_t i = 0; i < rows; i++) labels[i] = -1;
    if (!data->labels) return INK_OK;
    int32_t *map = inki_alloc(ctx, data->classes, sizeof *map);
    ink_status status = map ? inki_inputs_map_classes(ctx, model, data, map) : INK_NO_MEMORY;
    for (size_t i = 0; status == INK_OK && i < rows; i++) labels[i] = map[inki_data_label(data, i)];
    inki_free(map);
    return status;
}

static void count(const ink_model *model, const float *p, const float *z, const int32_t *labels, ink_c_report *report)
{
    size_t right[2] = {0, 0}, equal = 0, rows = report->rows, classes = model->classes;
    for (size_t row = 0; row < rows; row++) {
        size_t by_float = largest(p + row * classes, classes), by_int8 = largest(z + row * classes, classes);
        right[0] += by_float == (size_t)labels[row];
        right[1] += by_int8 == (size_t)labels[row];
        equal += by_float == by_int8;
    }
    report->float_accuracy = (double)right[0] / (double)rows;
    report->int8_accuracy = (double)right[1] / (double)rows;
    report->equal = (double)equal / (double)rows;
}

/* Of answers y[rows][outputs] the mean error and its root mean square; of quantiles the middle one's. */
static void measure_errors(const ink_model *model, const ink_data *data, const float *y, double *rmse, double *mae)
{
    const size_t each = inki_numbers_each(&model->numbers), targets = model->numbers.targets, n = data->rows * targets;
    double squares = 0, sizes = 0;
    for (size_t row = 0; row < data->rows; row++)
        for (size_t t = 0; t < targets; t++) {
            const double target = (double)data->targets[inki_data_base(data, row) * targets + t],
                         error = (double)y[row * model->outputs + t * each + each / 2] - target;
            squares += error * error;
            sizes += fabs(error);
        }
    *rmse = sqrt(squares / (double)n);
    *mae = sizes / (double)n;
}

static void count_numbers(const ink_model *model, const ink_data *data, const float *by_float, const float *by_int8,
                          ink_c_report *report)
{
    const size_t n = data->rows * model->outputs;
    report->numbers = true;
    measure_errors(model, data, by_float, &report->float_rmse, &report->float_mae);
    measure_errors(model, data, by_int8, &report->int8_rmse, &report->int8_mae);
    report->apart = 0;
    for (size_t i = 0; i < n; i++) report->apart += fabs((double)by_float[i] - (double)by_int8[i]) / (double)n;
}

static ink_status check_rows(ink_ctx *ctx, const ink_model *model, const struct inki_quant *quant, const ink_data *data)
{
    const bool classes = inki_is_classifier(model);
    INK_TRY(inki_inputs_check(ctx, model, data));
    if (data->rows == 0 || (classes && !data->labels))
        return inki_fail(ctx, INK_BAD_DATA, "there are no labelled rows to compare float and int8 on");
    if (!classes && (!data->targets || data->target_count != model->numbers.targets))
        return inki_fail(ctx, INK_BAD_DATA,
                         "the rows to compare float and int8 on do not have the model's %zu numbers to predict",
                         model->numbers.targets);
    if (quant->bytes && !data->bytes)
        return inki_fail(ctx, INK_BAD_DATA, "the rows to compare float and int8 on are not bytes; use float inputs");
    return INK_OK;
}

ink_status inki_score_both(ink_ctx *ctx, const ink_model *model, const struct inki_quant *quant, const ink_data *data,
                           ink_c_report *report)
{
    INK_TRY(check_rows(ctx, model, quant, data));
    float *p = inki_alloc(ctx, data->rows, model->outputs * sizeof *p),
          *z = inki_alloc(ctx, data->rows, model->outputs * sizeof *z);
    int32_t *labels = inki_alloc(ctx, data->rows, sizeof *labels);
    ink_status status = p && z && labels ? model_labels(ctx, model, data, data->rows, labels) : INK_NO_MEMORY;
    if (status == INK_OK) status = ink_predict_data(ctx, model, data, p);
    if (status == INK_OK) status = run_rows(quant, data, data->rows, z);
    report->rows = data->rows;
    if (status == INK_OK && inki_is_classifier(model)) count(model, p, z, labels, report);
    if (status == INK_OK && !inki_is_classifier(model)) count_numbers(model, data, p, z, report);
    inki_free(p);
    inki_free(z);
    inki_free(labels);
    return status;
}

static ink_status predict(const ink_model *model, const struct inki_quant *quant, struct inki_expect *out)
{
    ink_data *first;
    if (quant) {
        INK_TRY(run_rows(quant, out->data, out->rows, out->p));
        struct inki_softmax call = {.rows = out->rows, .classes = out->outputs, .stride = out->outputs, .z = out->p};
        if (inki_is_classifier(model)) inki_kern(out->ctx)->softmax(&call);
        return INK_OK;
    }
    INK_TRY(inki_data_view(out->ctx, out->data, NULL, out->rows, &first));
    ink_status status = ink_predict_data(out->ctx, model, first, out->p);
    ink_data_free(first);
    return status;
}

ink_status inki_expect_begin(ink_ctx *ctx, const ink_model *model, const struct inki_quant *quant, const ink_data *data,
                             size_t most, struct inki_expect *out)
{
    *out = (struct inki_expect){
        .ctx = ctx, .data = data, .rows = data->rows < most ? data->rows : most, .outputs = model->outputs};
    out->p = inki_alloc(ctx, out->rows, model->outputs * sizeof *out->p);
    out->labels = inki_alloc(ctx, out->rows, sizeof *out->labels);
    ink_status status = out->p && out->labels ? model_labels(ctx, model, data, out->rows, out->labels) : INK_NO_MEMORY;
    if (status == INK_OK) status = predict(model, quant, out);
    if (status != INK_OK) inki_expect_end(out);
    return status;
}

ink_status inki_expect_known(const ink_model *model, struct inki_expect *expect)
{
    ink_data *first;
    expect->known = inki_alloc(expect->ctx, expect->rows, sizeof *expect->known);
    if (!expect->known) return INK_NO_MEMORY;
    INK_TRY(inki_data_view(expect->ctx, expect->data, NULL, expect->rows, &first));
    ink_status status = ink_known_data(expect->ctx, model, first, expect->known);
    ink_data_free(first);
    return status;
}

void inki_expect_end(struct inki_expect *expect)
{
    if (!expect->ctx) return;
    inki_free(expect->p);
    inki_free(expect->labels);
    inki_free(expect->known);
    *expect = (struct inki_expect){0};
}
