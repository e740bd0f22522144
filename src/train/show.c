/* show: what a step of training is compiled to, in words.
 * SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "base/settings.h"
#include "inkling-extra.h"
#include "train/defaults.h"
#include "train/optim.h"
#include "train/lanes.h"

/* How a batch comes in; rows 0: all there are. */
static void add_batch(const ink_settings *set, size_t rows, size_t each, size_t lanes, struct inki_str *out)
{
    const size_t shards = inki_shard_count(rows, each);
    inki_str_add(out, "a step of %s", ink_settings_get(set, "optimizer"));
    if (rows > INKI_CHUNK_ROWS || shards > 1)
        inki_str_add(out, ", %zu rows in %zu shard%s", rows, shards, shards > 1 ? "s" : "");
    if (lanes > 1) inki_str_add(out, ", which %zu threads share out", lanes);
    if (rows == 0)
        inki_str_add(out, ", all rows; where they make shards enough each thread takes whole ones, in one part");
    inki_str_add(out, ": ");
}

static void add_rest(const struct inki_optim *optim, const struct inki_program *program, struct inki_str *out)
{
    bool some = false, all = true;
    for (size_t i = 0; i < optim->segment_count; i++) {
        bool left = optim->decays[i] && inki_program_steps(program, optim->node[i]);
        some = some || left;
        all = all && left;
    }
    if (!all) inki_str_add(out, "then the optimiser, along parameters%s\n", some ? ": what is left" : "");
}

/* A copy of the model is stepped: an optimiser has a model to change. */
static ink_status add_program(ink_ctx *ctx, ink_model *model, const ink_settings *set, struct inki_str *out)
{
    struct inki_program program;
    struct inki_optim optim;
    size_t rows = inki_get_int(set, INKI_BATCH), lanes;
    const size_t each = inki_shard_rows(model, inki_get_int(set, INKI_NORM_ROWS));
    const unsigned threads = ink_ctx_threads(ctx);
    INK_TRY(inki_optim_begin(ctx, model, set, &optim));
    struct inki_use use =
        inki_lane_use(model, set, rows ? rows : INKI_CHUNK_ROWS, threads, 1, &lanes, inki_optim_update(&optim));
    if (rows == 0) use.update = NULL;
    ink_status status = inki_program_begin(ctx, model, &use, &program);
    if (status == INK_OK) {
        add_batch(set, rows, each, rows ? lanes : 1, out);
        inki_program_show(&program, out);
        add_rest(&optim, &program, out);
        inki_program_end(&program);
    }
    inki_optim_end(&optim);
    return status;
}

ink_status ink_model_program(ink_ctx *ctx, const ink_model *model, const ink_settings *set, ink_sink sink, void *user)
{
    struct inki_str out = {.ctx = ctx};
    ink_model *copy;
    ink_settings *own;
    INK_TRY(inki_model_copy(ctx, model, &copy));
    ink_status status = inki_settings_resolve(ctx, set, NULL, 0, true, model, &own);
    if (status == INK_OK) {
        status = add_program(ctx, copy, own, &out);
        ink_settings_free(own);
    }
    ink_model_free(copy);
    if (status == INK_OK && out.failed) status = INK_NO_MEMORY;
    if (status == INK_OK && !sink(user, out.text, out.length))
        status = inki_fail(ctx, INK_IO, "the program could not be written");
    inki_free(out.text);
    return status;
}
