/* scorer: the scores of a model on all rows, which several ranks share.
 * SPDX-License-Identifier: MIT */
#include "base/comm.h"
#include "base/mem.h"
#include "base/pool.h"
#include "data/batch.h"
#include "model/two_classes.h"
#include "train/metrics.h"

#include <string.h>

ink_status inki_scorer_begin(ink_ctx *ctx, const ink_model *model, struct inki_scorer *out)
{
    memset(out, 0, sizeof *out);
    struct inki_use use = {
        .purpose = INKI_FOR_PREDICTING, .rows = INKI_CHUNK_ROWS, .threads = ctx->threads, .observe = true};
    INK_TRY(inki_program_begin(ctx, model, &use, &out->program));
    if (inki_is_classifier(model)) return INK_OK;
    out->targets = inki_alloc(ctx, INKI_CHUNK_ROWS, model->numbers.targets * sizeof *out->targets);
    out->target_mean = inki_alloc(ctx, model->numbers.targets, sizeof *out->target_mean);
    if (out->targets && out->target_mean) return INK_OK;
    inki_scorer_end(out);
    return INK_NO_MEMORY;
}

void inki_scorer_end(struct inki_scorer *scorer)
{
    inki_free(scorer->targets);
    inki_free(scorer->target_mean);
    inki_free(scorer->records);
    scorer->records = NULL;
    if (scorer->ranks.rows) inki_ranks_end(&scorer->ranks);
    scorer->targets = NULL;
    scorer->target_mean = NULL;
    inki_program_end(&scorer->program);
}

void inki_scorer_run(struct inki_scorer *scorer, const ink_data *data, size_t first, size_t count, bool fresh,
                     const struct inki_loss_call *loss)
{
    const void *places[INKI_CHUNK_ROWS];
    inki_row_places(data, NULL, first, count, places);
    inki_program_run(&scorer->program, &(struct inki_feed){.from = places,
                                                           .bytes = data->bytes != NULL,
                                                           .rows = count,
                                                           .fresh = fresh, /* the weights may have changed */
                                                           .loss = *loss});
}

static void take_labels(struct inki_scorer *scorer, const ink_data *data, size_t first, size_t count)
{
    inki_row_labels(data, NULL, first, count, scorer->labels);
    for (size_t i = 0; scorer->map && i < count; i++) scorer->labels[i] = scorer->map[scorer->labels[i]];
}

void inki_scorer_chunk(struct inki_scorer *scorer, const ink_data *data, size_t first, size_t count, bool fresh)
{
    struct inki_loss_call call = {.row_loss = scorer->losses, .row_parts = scorer->parts};
    if (scorer->targets) {
        call.targets = scorer->targets;
        call.target_mean = scorer->target_mean;
        if (fresh) inki_data_target_means(data, scorer->target_mean);
        inki_row_targets(data, NULL, first, count, scorer->targets);
    } else {
        call.labels = scorer->labels;
        take_labels(scorer, data, first, count);
    }
    inki_scorer_run(scorer, data, first, count, fresh, &call);
}

void inki_score_rows(struct inki_scorer *scorer, const ink_data *data, size_t mark, float *losses, float *marks)
{
    const size_t parts = scorer->program.model->loss->parts;
    for (size_t first = 0; first < data->rows; first += INKI_CHUNK_ROWS) {
        size_t count = inki_chunk_at(data, first);
        inki_scorer_chunk(scorer, data, first, count, first == 0);
        for (size_t i = 0; i < count; i++) losses[first + i] = (float)scorer->losses[i];
        for (size_t i = 0; marks && i < count; i++) marks[first + i] = (float)scorer->parts[i * parts + mark];
    }
}

void inki_rank_rows(const struct inki_loss *loss, struct inki_ranks *ranks, double scores[INK_MOST_SCORES])
{
    if (loss != &inki_two_classes) return;
    inki_ranks_sort(ranks);
    scores[INKI_AUC] = inki_ranks_auc(ranks);
    scores[INKI_AVERAGE_PRECISION] = inki_ranks_average_precision(ranks);
}

static void collect_ranks(struct inki_scorer *scorer, size_t rows, const float *p, size_t stride)
{
    if (scorer->program.model->loss != &inki_two_classes) return;
    inki_ranks_add(scorer->program.ctx, &scorer->ranks, rows, p, stride, scorer->labels);
}

/* Adds what is known of a chunk: losses and parts in the scorer, p[count][stride]. */
static void collect(struct inki_scorer *scorer, struct inki_sums *sums, size_t count, const float *p, size_t stride)
{
    inki_sums_add(scorer->program.model->loss, sums, count, scorer->losses, scorer->parts);
    inki_worst_add(&scorer->worst, scorer->losses, count);
    collect_ranks(scorer, count, p, stride);
}

/* ----------------------------------------------- rows that ranks share */

/* What a row gives: loss, parts, and the probability of the second class. */
static size_t record_size(const struct inki_scorer *scorer) { return scorer->program.model->loss->parts + 2; }

static void write_records(const struct inki_scorer *scorer, size_t first, size_t count)
{
    const size_t parts = scorer->program.model->loss->parts;
    size_t stride;
    const float *p = inki_program_answers(&scorer->program, &stride);
    double *to = scorer->records + first * record_size(scorer);
    const bool ranked = scorer->program.model->loss == &inki_two_classes;
    for (size_t i = 0; i < count; i++, to += record_size(scorer)) {
        to[0] = scorer->losses[i];
        memcpy(to + 1, scorer->parts + i * parts, parts * sizeof *to);
        to[1 + parts] = ranked ? (double)p[i * stride + 1] : 0;
    }
}

static void read_records(struct inki_scorer *scorer, size_t first, size_t count, float *p)
{
    const size_t parts = scorer->program.model->loss->parts;
    const double *from = scorer->records + first * record_size(scorer);
    for (size_t i = 0; i < count; i++, from += record_size(scorer)) {
        scorer->losses[i] = from[0];
        memcpy(scorer->parts + i * parts, from + 1, parts * sizeof *from);
        p[2 * i + 1] = (float)from[1 + parts];
    }
}

/* The rows of a rank, in whole chunks. */
static void share_of(const ink_data *data, unsigned rank, unsigned ranks, size_t *begin, size_t *end)
{
    inki_share((data->rows + INKI_CHUNK_ROWS - 1) / INKI_CHUNK_ROWS, rank, ranks, begin, end);
    *begin *= INKI_CHUNK_ROWS;
    *end *= INKI_CHUNK_ROWS;
    if (*end > data->rows) *end = data->rows;
}

static ink_status exchange_records(struct inki_scorer *scorer, const ink_data *data)
{
    ink_ctx *ctx = scorer->program.ctx;
    const unsigned ranks = inki_ranks(ctx), own = inki_rank(ctx);
    ink_comm_block *blocks = inki_zalloc(ctx, 2 * (size_t)ranks, sizeof *blocks);
    size_t begin, end;
    if (!blocks) return INK_NO_MEMORY;
    for (unsigned r = 0; r < ranks; r++)
        for (unsigned side = 0; side < 2 && r != own; side++) {
            share_of(data, side ? r : own, ranks, &begin, &end);
            blocks[side * ranks + r] = (ink_comm_block){scorer->records + begin * record_size(scorer),
                                                        (end - begin) * record_size(scorer) * sizeof(double)};
        }
    ink_status status = inki_exchange(ctx, blocks, blocks + ranks);
    inki_free(blocks);
    return status;
}

static ink_status begin_records(struct inki_scorer *scorer, const ink_data *data)
{
    if (scorer->record_rows >= data->rows) return INK_OK;
    inki_free(scorer->records);
    scorer->records = inki_alloc(scorer->program.ctx, data->rows, record_size(scorer) * sizeof(double));
    scorer->record_rows = scorer->records ? data->rows : 0;
    return scorer->records ? INK_OK : INK_NO_MEMORY;
}

/* The sums are made of all rows in their order by each rank. */
static ink_status score_together(struct inki_scorer *scorer, const ink_data *data, struct inki_sums *sums)
{
    float p[2 * INKI_CHUNK_ROWS];
    size_t begin, end, first;
    INK_TRY(begin_records(scorer, data));
    share_of(data, inki_rank(scorer->program.ctx), inki_ranks(scorer->program.ctx), &begin, &end);
    for (first = begin; first < end; first += INKI_CHUNK_ROWS) {
        inki_scorer_chunk(scorer, data, first, inki_chunk_at(data, first), first == begin);
        write_records(scorer, first, inki_chunk_at(data, first));
    }
    INK_TRY(exchange_records(scorer, data));
    for (first = 0; first < data->rows; first += INKI_CHUNK_ROWS) {
        read_records(scorer, first, inki_chunk_at(data, first), p);
        if (!scorer->targets) take_labels(scorer, data, first, inki_chunk_at(data, first));
        collect(scorer, sums, inki_chunk_at(data, first), p, 2);
    }
    return INK_OK;
}

static void score_alone(struct inki_scorer *scorer, const ink_data *data, struct inki_sums *sums)
{
    for (size_t first = 0; first < data->rows; first += INKI_CHUNK_ROWS) {
        size_t stride;
        inki_scorer_chunk(scorer, data, first, inki_chunk_at(data, first), first == 0);
        const float *p = inki_program_answers(&scorer->program, &stride);
        collect(scorer, sums, inki_chunk_at(data, first), p, stride);
    }
}

ink_status inki_score(struct inki_scorer *scorer, const ink_data *data, double scores[INK_MOST_SCORES])
{
    const ink_model *model = scorer->program.model;
    struct inki_sums sums = {0};
    scorer->worst = (struct inki_worst){0};
    scorer->ranks.count = 0;
    if (inki_ranks(scorer->program.ctx) > 1)
        INK_TRY(score_together(scorer, data, &sums));
    else
        score_alone(scorer, data, &sums);
    inki_loss_scores(model->loss, &sums, model->numbers.targets, scores);
    inki_rank_rows(model->loss, &scorer->ranks, scores);
    return INK_OK;
}
