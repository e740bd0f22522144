/* score: what a network in integers answers, beside the float one.
 * SPDX-License-Identifier: MIT */
#include "out/score.h"

#include "base/mem.h"
#include "base/pool.h"
#include "out/quant_flow.h"
#include "train/inputs.h"

#include <string.h>

/* Logits of the rows in integers. */
struct batch {
    const struct inki_quant *quant;
    const ink_data *data;
    size_t rows, parts;
    float *z; /* [rows][members][classes] */
    /* a part's share of each: */
    float *x;     /* [parts][features] */
    uint8_t *u;   /* [parts][widest] */
    int32_t *acc; /* [parts][widest] */
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
        ink_data_row(batch->data, row, x);
        if (quant->images) {
            inki_quant_flow_row(quant->images, x, u, batch->z + row * quant->members * quant->classes);
            continue;
        }
        if (!quant->bytes) inki_quant_take(quant, x, u);
        for (size_t i = 0; quant->bytes && i < quant->features; i++) u[i] = (uint8_t)x[i];
        inki_quant_row(quant, u, batch->acc + part * quant->widest, batch->z + row * quant->classes);
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
                          .x = inki_alloc(ctx, parts, quant->features * sizeof *batch.x),
                          .u = inki_alloc(ctx, parts, quant->widest),
                          .acc = inki_alloc(ctx, parts, quant->widest * sizeof *batch.acc)};
    bool room = batch.x && batch.u && batch.acc;
    if (room) inki_parallel(ctx, work, run_part, &batch);
    inki_free(batch.x);
    inki_free(batch.u);
    inki_free(batch.acc);
    return room ? INK_OK : INK_NO_MEMORY;
}

/* Logits of all members, the first row's first, become those whose softmax is their mean answer. */
static void pool(const struct inki_quant *quant, size_t rows, float *members, float *z)
{
    const size_t classes = quant->classes, stride = quant->members * classes;
    inki_kern(quant->ctx)
        ->pool_classes(&(struct inki_pooling){.rows = rows,
                                              .members = quant->members,
                                              .classes = classes,
                                              .width = classes,
                                              .stride = stride,
                                              .z = members});
    for (size_t row = 0; row < rows; row++) memcpy(z + row * classes, members + row * stride, classes * sizeof *z);
}

/* z[rows][classes] */
static ink_status run_rows(const struct inki_quant *quant, const ink_data *data, size_t rows, float *z)
{
    if (quant->members == 1) return run_all(quant, data, rows, z);
    float *members = inki_alloc(quant->ctx, rows, quant->members * quant->classes * sizeof *members);
    if (!members) return INK_NO_MEMORY;
    ink_status status = run_all(quant, data, rows, members);
    if (status == INK_OK) pool(quant, rows, members, z);
    inki_free(members);
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

ink_status inki_score_both(ink_ctx *ctx, const ink_model *model, const struct inki_quant *quant, const ink_data *data,
                           ink_c_report *report)
{
    INK_TRY(inki_inputs_check(ctx, model, data));
    if (data->rows == 0 || !data->labels)
        return inki_fail(ctx, INK_BAD_DATA, "there are no labelled rows to compare float and int8 on");
    if (quant->bytes && !data->bytes)
        return inki_fail(ctx, INK_BAD_DATA, "the rows to compare float and int8 on are not bytes; use float inputs");
    float *p = inki_alloc(ctx, data->rows, model->classes * sizeof *p),
          *z = inki_alloc(ctx, data->rows, model->classes * sizeof *z);
    int32_t *labels = inki_alloc(ctx, data->rows, sizeof *labels);
    ink_status status = p && z && labels ? model_labels(ctx, model, data, data->rows, labels) : INK_NO_MEMORY;
    if (status == INK_OK) status = ink_predict_data(ctx, model, data, p);
    if (status == INK_OK) status = run_rows(quant, data, data->rows, z);
    report->rows = data->rows;
    if (status == INK_OK) count(model, p, z, labels, report);
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
        struct inki_softmax call = {.rows = out->rows, .classes = out->classes, .stride = out->classes, .z = out->p};
        inki_kern(out->ctx)->softmax(&call);
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
        .ctx = ctx, .data = data, .rows = data->rows < most ? data->rows : most, .classes = model->classes};
    out->p = inki_alloc(ctx, out->rows, model->classes * sizeof *out->p);
    out->labels = inki_alloc(ctx, out->rows, sizeof *out->labels);
    ink_status status = out->p && out->labels ? model_labels(ctx, model, data, out->rows, out->labels) : INK_NO_MEMORY;
    if (status == INK_OK) status = predict(model, quant, out);
    if (status != INK_OK) inki_expect_end(out);
    return status;
}

void inki_expect_end(struct inki_expect *expect)
{
    if (!expect->ctx) return;
    inki_free(expect->p);
    inki_free(expect->labels);
    *expect = (struct inki_expect){0};
}
