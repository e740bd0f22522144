/* asking: the share of validation rows that are at least as unlike as a row.
 * SPDX-License-Identifier: MIT */
#include "train/asking.h"

#include "base/mem.h"
#include "data/batch.h"
#include "train/inputs.h"

ink_status inki_asking_begin(ink_ctx *ctx, const ink_model *model, struct inki_unlike *unlike, size_t rows,
                             struct inki_asking *out)
{
    *out = (struct inki_asking){.ctx = ctx, .model = model, .room_each = unlike->units + 2 * INKI_UNLIKE_SIDES + 8};
    const struct inki_use use = {
        .purpose = INKI_FOR_PREDICTING, .rows = rows, .threads = ctx->threads, .observe = true};
    INK_TRY(inki_unlike_view_begin(ctx, model, unlike, &out->view));
    out->room = inki_alloc(ctx, ctx->threads, out->room_each * sizeof *out->room);
    ink_status status = out->room ? inki_program_begin(ctx, model, &use, &out->program) : INK_NO_MEMORY;
    if (status == INK_OK) return INK_OK;
    inki_unlike_view_end(&out->view);
    inki_free(out->room);
    return status;
}

void inki_asking_end(struct inki_asking *asking)
{
    inki_program_end(&asking->program);
    inki_unlike_view_end(&asking->view);
    inki_free(asking->room);
}

void inki_asking_forward(struct inki_asking *asking)
{
    const struct inki_feed feed = {
        .from = asking->places, .bytes = asking->bytes, .rows = asking->count, .fresh = !asking->used};
    inki_program_run(&asking->program, &feed);
    asking->used = true;
}

void inki_asking_look(const struct inki_asking *asking, size_t row, double *h, double *v)
{
    const struct inki_site *last = &asking->program.sites[asking->model->node_count - 1];
    const float *x = asking->view.bare ? NULL : last->x.at + row * last->node->in_stride;
    inki_unlike_look(&asking->view, x, asking->places[row], asking->bytes, h, v);
}

static void measure_part(void *arg, size_t part, size_t parts)
{
    struct inki_asking *asking = arg;
    double *h = asking->room + part * asking->room_each, *v = h + asking->view.unlike->units;
    size_t row, end;
    inki_share(asking->count, part, parts, &row, &end);
    for (; row < end; row++) {
        inki_asking_look(asking, row, h, v);
        inki_unlike_measure(&asking->view, h, v, v + INKI_UNLIKE_SIDES, asking->distances[row]);
    }
}

void inki_asking_measure(struct inki_asking *asking, double (*distances)[INKI_UNLIKE_PARTS])
{
    asking->distances = distances;
    inki_asking_forward(asking);
    const struct inki_unlike *unlike = asking->view.unlike;
    const size_t work = unlike->units * (asking->model->outputs + unlike->classes) +
                        unlike->sides * (unlike->sides / 2 + unlike->classes);
    inki_parts_run(asking->ctx, inki_worth(work * asking->count) ? asking->program.use.threads : 1, measure_part,
                   asking);
}

ink_status ink_known_check(ink_ctx *ctx, const ink_model *model)
{
    const char *refuses = inki_unlike_refuses(model);
    if (model->unlike) return INK_OK;
    if (refuses)
        return inki_fail(ctx, INK_UNSUPPORTED, "known: %s cannot say which rows are unlike all that it was trained on",
                         refuses);
    return inki_fail(
        ctx, INK_UNSUPPORTED,
        "known: the model keeps nothing to tell rows by that are unlike all that it was trained on: it had "
        "fewer than %d validation rows, was changed or imported, or is of an earlier version; train it "
        "with a validation part (val)",
        INKI_UNLIKE_LEAST);
}

void inki_asking_answer(struct inki_asking *asking, float *known)
{
    double distances[INKI_CHUNK_ROWS][INKI_UNLIKE_PARTS];
    const struct inki_unlike *unlike = asking->view.unlike;
    inki_asking_measure(asking, distances);
    for (size_t i = 0; i < asking->count; i++)
        known[i] = (float)inki_unlike_share(unlike, inki_unlike_sum(unlike, distances[i]));
}

ink_status ink_known(ink_ctx *ctx, const ink_model *model, size_t rows, const float *x, float *known)
{
    struct inki_asking asking;
    INK_TRY(ink_known_check(ctx, model));
    INK_TRY(inki_asking_begin(ctx, model, model->unlike, INKI_CHUNK_ROWS, &asking));
    for (size_t first = 0; first < rows; first += INKI_CHUNK_ROWS) {
        asking.count = rows - first < INKI_CHUNK_ROWS ? rows - first : INKI_CHUNK_ROWS;
        for (size_t i = 0; i < asking.count; i++) asking.places[i] = x + (first + i) * model->features;
        inki_asking_answer(&asking, known + first);
    }
    inki_asking_end(&asking);
    return INK_OK;
}

ink_status ink_known_data(ink_ctx *ctx, const ink_model *model, const ink_data *data, float *known)
{
    struct inki_asking asking;
    INK_TRY(ink_known_check(ctx, model));
    INK_TRY(inki_inputs_match(ctx, model, data));
    INK_TRY(inki_asking_begin(ctx, model, model->unlike, INKI_CHUNK_ROWS, &asking));
    asking.bytes = data->bytes != NULL;
    for (size_t first = 0; first < data->rows; first += INKI_CHUNK_ROWS) {
        asking.count = data->rows - first < INKI_CHUNK_ROWS ? data->rows - first : INKI_CHUNK_ROWS;
        inki_row_places(data, NULL, first, asking.count, asking.places);
        inki_asking_answer(&asking, known + first);
    }
    inki_asking_end(&asking);
    return INK_OK;
}
