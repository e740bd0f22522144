/* asking: the share of validation rows that are at least as unlike as a row.
 * SPDX-License-Identifier: MIT */
#include "train/asking.h"

#include "base/mem.h"
#include "data/batch.h"
#include "train/inputs.h"

ink_status inki_asking_begin(const struct inki_program *program, struct inki_unlike *unlike, struct inki_asking *out)
{
    ink_ctx *ctx = program->ctx;
    *out = (struct inki_asking){.ctx = ctx, .program = program, .room_each = unlike->units + 2 * INKI_UNLIKE_SIDES + 8};
    INK_TRY(inki_unlike_view_begin(ctx, program->model, unlike, &out->view));
    out->room = inki_alloc(ctx, program->use.threads, out->room_each * sizeof *out->room);
    if (out->room) return INK_OK;
    inki_unlike_view_end(&out->view);
    return INK_NO_MEMORY;
}

void inki_asking_end(struct inki_asking *asking)
{
    inki_unlike_view_end(&asking->view);
    inki_free(asking->room);
    asking->room = NULL;
}

void inki_asking_look(const struct inki_asking *asking, size_t row, double *h, double *v)
{
    const struct inki_program *program = asking->program;
    const struct inki_site *last = &program->sites[program->model->node_count - 1];
    const float *x = asking->view.bare ? NULL : last->x.at + row * last->node->in_stride;
    inki_unlike_look(&asking->view, x, program->feed.from[row], program->feed.bytes, h, v);
}

static void measure_part(void *arg, size_t part, size_t parts)
{
    struct inki_asking *asking = arg;
    double *h = asking->room + part * asking->room_each, *v = h + asking->view.unlike->units;
    size_t row, end;
    inki_share(asking->program->feed.rows, part, parts, &row, &end);
    for (; row < end; row++) {
        inki_asking_look(asking, row, h, v);
        inki_unlike_measure(&asking->view, h, v, v + INKI_UNLIKE_SIDES, asking->distances[row]);
    }
}

void inki_asking_measure(struct inki_asking *asking, double (*distances)[INKI_UNLIKE_PARTS])
{
    const struct inki_program *program = asking->program;
    const struct inki_unlike *unlike = asking->view.unlike;
    const size_t work = unlike->units * (program->model->outputs + unlike->classes) +
                        unlike->sides * (unlike->sides / 2 + unlike->classes);
    asking->distances = distances;
    inki_parts_run(asking->ctx, inki_worth(work * program->feed.rows) ? program->use.threads : 1, measure_part, asking);
}

void inki_asking_answer(struct inki_asking *asking, float *known)
{
    double distances[INKI_CHUNK_ROWS][INKI_UNLIKE_PARTS];
    const struct inki_unlike *unlike = asking->view.unlike;
    inki_asking_measure(asking, distances);
    for (size_t i = 0; i < asking->program->feed.rows; i++)
        known[i] = (float)inki_unlike_share(unlike, inki_unlike_sum(unlike, distances[i]));
}

/* ------------------------------------------------------------ without answers */

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
        "fewer than %d validation rows, is a search's trial, was changed or imported, or is of an earlier version; "
        "train it "
        "with a validation part (val)",
        INKI_UNLIKE_LEAST);
}

/* A model at work on rows, a chunk at a time. */
struct knowing {
    struct inki_program program;
    struct inki_asking asking;
    struct inki_feed feed;
    const void *places[INKI_CHUNK_ROWS];
};

static ink_status begin_knowing(ink_ctx *ctx, const ink_model *model, bool bytes, struct knowing *out)
{
    const struct inki_use use = {
        .purpose = INKI_FOR_PREDICTING, .rows = INKI_CHUNK_ROWS, .threads = ctx->threads, .keep = true};
    out->feed = (struct inki_feed){.from = out->places, .bytes = bytes, .fresh = true};
    INK_TRY(inki_program_begin(ctx, model, &use, &out->program));
    ink_status status = inki_asking_begin(&out->program, model->unlike, &out->asking);
    if (status != INK_OK) inki_program_end(&out->program);
    return status;
}

static void end_knowing(struct knowing *knowing)
{
    inki_asking_end(&knowing->asking);
    inki_program_end(&knowing->program);
}

static void know_chunk(struct knowing *knowing, size_t count, float *known)
{
    knowing->feed.rows = count;
    inki_program_run(&knowing->program, &knowing->feed);
    inki_asking_answer(&knowing->asking, known);
    knowing->feed.fresh = false;
}

ink_status ink_known(ink_ctx *ctx, const ink_model *model, size_t rows, const float *x, float *known)
{
    struct knowing knowing;
    INK_TRY(ink_known_check(ctx, model));
    INK_TRY(begin_knowing(ctx, model, false, &knowing));
    for (size_t first = 0; first < rows; first += INKI_CHUNK_ROWS) {
        const size_t count = rows - first < INKI_CHUNK_ROWS ? rows - first : INKI_CHUNK_ROWS;
        for (size_t i = 0; i < count; i++) knowing.places[i] = x + (first + i) * model->features;
        know_chunk(&knowing, count, known + first);
    }
    end_knowing(&knowing);
    return INK_OK;
}

ink_status ink_known_data(ink_ctx *ctx, const ink_model *model, const ink_data *data, float *known)
{
    struct knowing knowing;
    INK_TRY(ink_known_check(ctx, model));
    INK_TRY(inki_inputs_match(ctx, model, data));
    INK_TRY(begin_knowing(ctx, model, data->bytes != NULL, &knowing));
    for (size_t first = 0; first < data->rows; first += INKI_CHUNK_ROWS) {
        const size_t count = data->rows - first < INKI_CHUNK_ROWS ? data->rows - first : INKI_CHUNK_ROWS;
        inki_row_places(data, NULL, first, count, knowing.places);
        know_chunk(&knowing, count, known + first);
    }
    end_knowing(&knowing);
    return INK_OK;
}
