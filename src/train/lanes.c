/* lanes: shards, chunks, and who takes them.
 * SPDX-License-Identifier: MIT */
#include "train/lanes.h"
#include "base/mem.h"
#include "base/settings.h"
#include "train/trainer.h"

#include <string.h>

/* ----------------------------------------------------------------- chunks */

/* A part of a batch that goes through the network at once. */
struct chunk {
    const uint32_t *rows; /* the batch's */
    size_t first, count, batch;
    bool add, last; /* not the first one of its shard; the last one */
};

static size_t place_rows(const ink_trainer *trainer, const uint32_t *rows, size_t count, const void **places)
{
    if (trainer->lists.rows) return inki_lists_places(&trainer->lists, rows, count, places);
    return inki_row_places(trainer->train, rows, 0, count, places);
}

/* Rows of a shuffled order come from memory, and slowly: the next chunk's are asked for while this one is computed. */
static void fetch_next(ink_trainer *trainer, struct inki_lane *lane, struct inki_program *program,
                       const struct chunk *chunk)
{
    const uint32_t *rows = chunk->rows + chunk->first;
    size_t left = inki_batches_after(&trainer->batches, rows, chunk->count),
           next = left < chunk->count ? left : chunk->count;
    size_t size = place_rows(trainer, rows + chunk->count, next, lane->next_places);
    inki_program_ahead(program, lane->next_places, next, size);
}

/* Rows, and with them what they are to be answered with. */
static void mix_chunk(ink_trainer *trainer, struct inki_lane *lane, const struct chunk *chunk)
{
    inki_mix(&trainer->augment, trainer->step, chunk->first, chunk->count, lane->places, lane->shares);
    for (size_t i = 0; i < chunk->count && !lane->targets; i++)
        lane->others[i] = lane->labels[inki_mixed_with(i, chunk->count)];
    if (lane->targets) inki_mix_targets(chunk->count, trainer->train->target_count, lane->shares, lane->targets);
}

static void begin_chunk(ink_trainer *trainer, struct inki_lane *lane, struct inki_program *program,
                        const struct chunk *chunk)
{
    const uint32_t *rows = chunk->rows + chunk->first;
    lane->rows = chunk->count;
    place_rows(trainer, rows, chunk->count, lane->places);
    if (lane->targets)
        inki_row_targets(trainer->train, rows, 0, chunk->count, lane->targets);
    else
        inki_row_labels(trainer->train, rows, 0, chunk->count, lane->labels);
    if (inki_augments(&trainer->augment))
        inki_augment(trainer->ctx, &trainer->augment, trainer->step, chunk->first, chunk->count,
                     program->use.beside ? (size_t)(lane - trainer->lanes.lane) : INKI_ALL_THREADS, lane->places);
    if (inki_mixes(&trainer->augment)) mix_chunk(trainer, lane, chunk);
    fetch_next(trainer, lane, program, chunk);
}

/* The weights of the chunk's rows, by their classes, whose numbers are there, and their own. */
static const float *weights_of(const ink_trainer *trainer, struct inki_lane *lane, const struct chunk *chunk)
{
    const float *classes = trainer->class_weights, *own = trainer->train->weights;
    if (!classes && !own) return NULL;
    for (size_t i = 0; i < chunk->count; i++) {
        lane->weights[i] = classes ? classes[lane->labels[i]] : 1;
        if (own) lane->weights[i] *= own[inki_data_base(trainer->train, chunk->rows[chunk->first + i])];
    }
    return lane->weights;
}

static struct inki_feed feed_of(const ink_trainer *trainer, struct inki_lane *lane, const struct chunk *chunk, float *g)
{
    const bool mixes = inki_mixes(&trainer->augment) && !lane->targets;
    return (struct inki_feed){
        .from = lane->places,
        .bytes = trainer->train->bytes != NULL,
        .lists = trainer->lists.rows != NULL,
        .rows = chunk->count,
        .fresh = lane->fresh,
        .seed = trainer->seed,
        .step = (uint32_t)trainer->step,
        .first_row = (uint32_t)chunk->first,
        .loss = {.labels = lane->labels,
                 .targets = lane->targets,
                 .target_mean = trainer->target_mean,
                 .row_weight = weights_of(trainer, lane, chunk),
                 .others = mixes ? lane->others : NULL,
                 .shares = mixes ? lane->shares : NULL,
                 .smoothing = trainer->smoothing,
                 .scale = 1.0f / (float)chunk->batch,
                 .row_loss = lane->losses,
                 .row_parts = lane->parts},
        .g = g,
        .add = chunk->add,
        .last = chunk->last,
        .step_now = trainer->step_now,
    };
}

static void run_chunk(ink_trainer *trainer, struct inki_lane *lane, struct inki_program *program,
                      const struct chunk *chunk, float *g, struct inki_sums *sums)
{
    if (!program->use.beside) inki_phase(trainer->ctx, INKI_PHASE_GATHER);
    begin_chunk(trainer, lane, program, chunk);
    struct inki_feed feed = feed_of(trainer, lane, chunk, g);
    inki_program_run(program, &feed);
    lane->fresh = false;
    inki_sums_add(trainer->model->loss, sums, chunk->count, lane->losses, lane->parts);
}

/* ----------------------------------------------------------------- shards */

/* The batch under way: what each shard gives beside its gradient. Of several ranks each takes a run [begin, end) of its shards; all take
 * the only one, as each would have to wait for it. */
struct batch {
    ink_trainer *trainer;
    const uint32_t *rows;
    size_t count, shards, begin, end;
    struct inki_sums sums[INKI_MOST_SHARDS];
};

/* All chunks of a shard, as even as can be. */
static void run_shard(struct batch *batch, struct inki_lane *lane, struct inki_program *program, size_t s, float *g)
{
    size_t begin, end;
    inki_shard(batch->count, batch->trainer->lanes.shard_rows, s, &begin, &end);
    batch->sums[s] = (struct inki_sums){0};
    struct chunk chunk = {.rows = batch->rows, .first = begin, .batch = batch->count};
    for (size_t chunks = (end - begin + INKI_CHUNK_ROWS - 1) / INKI_CHUNK_ROWS; chunks > 0; chunks--) {
        chunk.count = (end - chunk.first + chunks - 1) / chunks;
        chunk.add = chunk.first > begin;
        chunk.last = chunks == 1;
        run_chunk(batch->trainer, lane, program, &chunk, g, &batch->sums[s]);
        chunk.first += chunk.count;
    }
}

/* ------------------------------------------------------------------- sums */

/* Appends the sum of shard s and adds it as far as the tree allows. */
static void add_shard(const struct batch *batch, struct inki_lane *lane, size_t s)
{
    struct inki_adding adding;
    adding.count = inki_partials_push(&lane->partials, s, adding.pairs);
    adding.size = batch->trainer->model->size;
    if (adding.count == 0) return;
    memcpy(adding.block, lane->partials.block, sizeof lane->partials.block);
    inki_adding_run(lane->program.use.beside ? NULL : batch->trainer->ctx, &adding);
}

static void run_shards(struct batch *batch, struct inki_lane *lane, size_t s, size_t end)
{
    lane->fresh = true;
    lane->partials.count = 0;
    for (; s < end; s++) {
        run_shard(batch, lane, &lane->program, s, lane->partials.block[lane->partials.count]);
        add_shard(batch, lane, s);
    }
}

static void lane_part(void *arg, size_t part, size_t parts)
{
    struct batch *batch = arg;
    size_t begin, end;
    inki_shards_share(batch->end - batch->begin, part, parts, &begin, &end);
    run_shards(batch, &batch->trainer->lanes.lane[part], batch->begin + begin, batch->begin + end);
}

/* What the lanes have left. Returns how many blocks there are. */
static size_t list_lanes(const ink_trainer *trainer, const struct inki_partials **lists, struct inki_adding *adding)
{
    size_t blocks = 0;
    for (size_t i = 0; i < trainer->lanes.count; i++) {
        lists[i] = &trainer->lanes.lane[i].partials;
        for (size_t b = 0; b < lists[i]->count; b++) adding->block[blocks++] = lists[i]->block[b];
    }
    adding->size = trainer->model->size;
    return blocks;
}

/* All of it into trainer->g. */
static void add_lanes(ink_trainer *trainer)
{
    const struct inki_partials *lists[INKI_MOST_SHARDS];
    struct inki_adding adding;
    if (list_lanes(trainer, lists, &adding) == 1) return;
    adding.count = inki_partials_end(lists, trainer->lanes.count, adding.pairs);
    inki_adding_run(trainer->ctx, &adding);
}

/* The same with what the other ranks have. */
static ink_status add_ranks(struct batch *batch)
{
    ink_trainer *trainer = batch->trainer;
    const struct inki_partials *lists[INKI_MOST_SHARDS];
    struct inki_adding adding;
    struct inki_partials left;
    size_t number[INKI_MOST_PARTIALS];
    list_lanes(trainer, lists, &adding);
    adding.count = inki_partials_join(lists, trainer->lanes.count, adding.pairs, &left, number);
    inki_adding_run(trainer->ctx, &adding);
    for (size_t i = 0; i < left.count; i++) left.block[i] = adding.block[number[i]];
    return inki_peers_sum(trainer, batch->shards, &left, batch->sums);
}

/* Losses and parts of all shards, in their order, are added to sums; returns the mean loss. */
static double add_sums(const struct batch *batch, struct inki_sums *sums)
{
    double loss = 0;
    for (size_t s = 0; s < batch->shards; s++) {
        loss += batch->sums[s].loss;
        for (size_t k = 0; k < INKI_MOST_PARTS; k++) sums->parts[k] += batch->sums[s].parts[k];
    }
    sums->loss += loss;
    sums->rows += batch->count;
    return loss / (double)batch->count;
}

static void begin_batch(struct batch *batch, ink_trainer *trainer, const uint32_t *rows, size_t count)
{
    batch->trainer = trainer;
    batch->rows = rows;
    batch->count = count;
    batch->shards = inki_shard_count(count, trainer->lanes.shard_rows);
    batch->begin = 0;
    batch->end = batch->shards;
}

ink_status inki_lanes_run(ink_trainer *trainer, const uint32_t *rows, size_t count, double *loss)
{
    struct batch batch;
    begin_batch(&batch, trainer, rows, count);
    const bool shared = inki_peers_begin_step(trainer, batch.shards);
    if (shared)
        inki_shards_share(batch.shards, inki_rank(trainer->ctx), inki_ranks(trainer->ctx), &batch.begin, &batch.end);
    if (trainer->lanes.count > 1)
        inki_parts_run(trainer->ctx, trainer->lanes.count, lane_part, &batch);
    else
        run_shards(&batch, trainer->lanes.lane, batch.begin, batch.end);
    if (shared)
        INK_TRY(add_ranks(&batch));
    else
        add_lanes(trainer);
    *loss = add_sums(&batch, &trainer->sums);
    return INK_OK;
}

double inki_lanes_loss(ink_trainer *trainer, const uint32_t *rows, size_t count)
{
    struct batch batch;
    struct inki_sums sums = {0};
    begin_batch(&batch, trainer, rows, count);
    trainer->lanes.lane[0].fresh = true;
    for (size_t s = 0; s < batch.shards; s++)
        run_shard(&batch, &trainer->lanes.lane[0], &trainer->lanes.at_weights, s, NULL);
    return add_sums(&batch, &sums);
}

/* --------------------------------------------------------------- begin, end */

/* More weights than this and threads do better to share the caches; fewer shards, and some threads would have nothing to do. */
enum { MOST_FLOATS = 1 << 20, BUSY_PERCENT = 85 };

size_t inki_lane_count(const ink_model *model, size_t rows, size_t each, size_t threads, size_t ranks)
{
    const size_t shards = (inki_shard_count(rows, each) + ranks - 1) / ranks;
    if (inki_lanes_alone(each)) return threads < shards ? threads : shards;
    if (threads < 2 || threads > shards || model->size > MOST_FLOATS) return 1;
    size_t most = (shards + threads - 1) / threads;
    return 100 * shards >= BUSY_PERCENT * most * threads ? threads : 1;
}

/* The most sums of shards that wait in lane i, for any batch of up to so many shards: an epoch's last one may be small. */
static size_t most_partials(const ink_trainer *trainer, size_t shards, size_t i)
{
    size_t most = 0;
    for (; shards > 0; shards--) {
        size_t begin, end, first = 0, last = shards;
        if (shards > 1) inki_shards_share(shards, inki_rank(trainer->ctx), inki_ranks(trainer->ctx), &first, &last);
        inki_shards_share(last - first, i, trainer->lanes.count, &begin, &end);
        size_t needed = inki_partials_needed(first + begin, first + end);
        if (needed > most) most = needed;
    }
    return most;
}

/* Room for the sums of shards that wait; the first lane's first block is the gradient. */
static ink_status begin_partials(ink_trainer *trainer, size_t i, size_t rows)
{
    struct inki_lane *lane = &trainer->lanes.lane[i];
    const size_t size = trainer->model->size, own = i == 0;
    const size_t shards = inki_shard_count(rows, trainer->lanes.shard_rows);
    size_t needed = most_partials(trainer, shards, i);
    if (own) lane->partials.block[0] = trainer->g;
    if (needed <= own) return INK_OK;
    lane->blocks = inki_zalloc(trainer->ctx, (needed - own) * size, sizeof *lane->blocks);
    for (size_t b = own; lane->blocks && b < needed; b++) lane->partials.block[b] = lane->blocks + (b - own) * size;
    return lane->blocks ? INK_OK : INK_NO_MEMORY;
}

static ink_status begin_lane(ink_trainer *trainer, size_t i, size_t rows, const struct inki_use *use)
{
    const ink_data *train = trainer->train;
    struct inki_lane *lane = &trainer->lanes.lane[i];
    INK_TRY(inki_program_begin(trainer->ctx, trainer->model, use, &lane->program));
    INK_TRY(begin_partials(trainer, i, rows));
    if (!train->targets) return INK_OK;
    lane->targets = inki_alloc(trainer->ctx, use->rows, train->target_count * sizeof *lane->targets);
    return lane->targets ? INK_OK : INK_NO_MEMORY;
}

static ink_status begin_at_weights(ink_trainer *trainer, struct inki_use use)
{
    if (!trainer->step_losses || trainer->optim.kind != INKI_OPT_nesterov) return INK_OK;
    use.purpose = INKI_FOR_LOSS;
    use.threads = inki_lanes_alone(trainer->lanes.shard_rows) ? 1 : trainer->ctx->threads;
    use.beside = false;
    return inki_program_begin(trainer->ctx, trainer->model, &use, &trainer->lanes.at_weights);
}

struct inki_use inki_lane_use(const ink_model *model, const ink_settings *set, size_t rows, unsigned threads,
                              unsigned ranks, size_t *lanes, const struct inki_update *update)
{
    const size_t norm_rows = inki_get_int(set, INKI_NORM_ROWS), each = inki_shard_rows(model, norm_rows),
                 shards = inki_shard_count(rows, each), shard = inki_most_shard_rows(rows, each);
    *lanes = inki_lane_count(model, rows, each, threads, ranks);
    bool alone = *lanes > 1 || inki_lanes_alone(each);
    return (struct inki_use){.purpose = INKI_FOR_TRAINING,
                             .rows = shard < INKI_CHUNK_ROWS ? shard : INKI_CHUNK_ROWS,
                             .threads = alone ? 1 : threads,
                             .norm_rows = norm_rows,
                             .beside = alone,
                             .update = shards == 1 && rows <= INKI_CHUNK_ROWS ? update : NULL};
}

ink_status inki_lanes_begin(ink_trainer *trainer, const ink_settings *set, size_t rows,
                            const struct inki_update *update)
{
    ink_ctx *ctx = trainer->ctx;
    struct inki_lanes *lanes = &trainer->lanes;
    size_t count;
    struct inki_use use = inki_lane_use(trainer->model, set, rows, ctx->threads, inki_ranks(ctx), &count, update);
    lanes->shard_rows = inki_shard_rows(trainer->model, use.norm_rows);
    if (inki_augments(&trainer->augment) && !inki_lanes_alone(lanes->shard_rows)) { /* that has all threads already */
        count = 1;
        use.threads = ctx->threads;
        use.beside = false;
    }
    lanes->at_weights.ctx = ctx;
    lanes->lane = inki_zalloc(ctx, count, sizeof *lanes->lane);
    if (!lanes->lane) return INK_NO_MEMORY;
    lanes->count = count;
    for (size_t i = 0; i < count; i++) lanes->lane[i].program.ctx = ctx;
    for (size_t i = 0; i < count; i++) INK_TRY(begin_lane(trainer, i, rows, &use));
    return begin_at_weights(trainer, use);
}

void inki_lanes_end(ink_trainer *trainer)
{
    struct inki_lanes *lanes = &trainer->lanes;
    for (size_t i = 0; i < lanes->count; i++) {
        inki_program_end(&lanes->lane[i].program);
        inki_free(lanes->lane[i].blocks);
        inki_free(lanes->lane[i].targets);
    }
    lanes->at_weights.ctx = trainer->ctx;
    inki_program_end(&lanes->at_weights);
    inki_free(lanes->lane);
    *lanes = (struct inki_lanes){0};
}
