/* predictor: a model made ready for many small calls.
 * SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "model/finite.h"
#include "train/asking.h"
#include "train/inputs.h"

#include <string.h>

enum { ARENA_BYTES = 64 << 10 };

struct ink_predictor {
    ink_ctx *ctx;
    struct inki_program program;
    bool used;
    struct inki_asking *asking; /* once `known` was asked for */
};

ink_status ink_predictor_new(ink_ctx *ctx, const ink_model *model, size_t rows, ink_predictor **out)
{
    *out = NULL;
    if (rows == 0) return inki_fail(ctx, INK_BAD_ARGUMENT, "a predictor needs room for at least one row");
    ink_predictor *predictor = inki_zalloc(ctx, 1, sizeof *predictor);
    if (!predictor) return INK_NO_MEMORY;
    predictor->ctx = ctx;
    struct inki_use use = {.purpose = INKI_FOR_PREDICTING,
                           .rows = rows < INKI_CHUNK_ROWS ? rows : INKI_CHUNK_ROWS,
                           .threads = ctx->threads,
                           .keep = model->unlike != NULL};
    ink_status status = inki_program_begin(ctx, model, &use, &predictor->program);
    if (status == INK_OK)
        *out = predictor;
    else
        inki_free(predictor);
    return status;
}

void ink_predictor_free(ink_predictor *predictor)
{
    if (!predictor) return;
    if (predictor->asking) inki_asking_end(predictor->asking);
    inki_free(predictor->asking);
    inki_program_end(&predictor->program);
    inki_free(predictor);
}

/* What the program has said of the rows of its last run, from row `first` of the call on. */
static ink_status take_answers(const ink_predictor *predictor, size_t first, float *p)
{
    const struct inki_program *program = &predictor->program;
    const ink_model *model = program->model;
    size_t stride;
    const float *answers = inki_program_answers(program, &stride);
    for (size_t i = 0; i < program->feed.rows; i++) {
        if (!inki_all_finite(answers + i * stride, model->outputs))
            return inki_answer_refuse(
                predictor->ctx, model,
                &(struct inki_answerless){NULL, first + i, program->feed.from[i], program->feed.bytes});
        memcpy(p + (first + i) * model->outputs, answers + i * stride, model->outputs * sizeof *p);
    }
    return INK_OK;
}

/* known NULL: not asked for. */
static ink_status run(ink_predictor *predictor, size_t rows, const void *x, bool bytes, float *p, float *known)
{
    struct inki_program *program = &predictor->program;
    const size_t size = program->model->features * (bytes ? 1 : sizeof(float)), room = program->use.rows;
    const void *places[INKI_CHUNK_ROWS];
    for (size_t first = 0; first < rows; first += room) {
        size_t count = rows - first < room ? rows - first : room;
        for (size_t i = 0; i < count; i++) places[i] = (const uint8_t *)x + (first + i) * size;
        /* a const model keeps its weights: what was made of them stays */
        struct inki_feed feed = {.from = places, .bytes = bytes, .rows = count, .fresh = !predictor->used};
        inki_program_run(program, &feed);
        predictor->used = true;
        INK_TRY(take_answers(predictor, first, p));
        if (known) inki_asking_answer(predictor->asking, known + first);
    }
    return INK_OK;
}

ink_status ink_predictor_run(ink_predictor *predictor, size_t rows, const float *x, float *p)
{
    return run(predictor, rows, x, false, p, NULL);
}

ink_status ink_predictor_run_bytes(ink_predictor *predictor, size_t rows, const uint8_t *x, float *p)
{
    return run(predictor, rows, x, true, p, NULL);
}

static ink_status begin_known(ink_predictor *predictor)
{
    const ink_model *model = predictor->program.model;
    ink_ctx *ctx = predictor->ctx;
    if (predictor->asking) return INK_OK;
    INK_TRY(ink_known_check(ctx, model));
    struct inki_asking *asking = inki_alloc(ctx, 1, sizeof *asking);
    if (!asking) return INK_NO_MEMORY;
    ink_status status = inki_asking_begin(&predictor->program, model->unlike, asking);
    if (status == INK_OK)
        predictor->asking = asking;
    else
        inki_free(asking);
    return status;
}

ink_status ink_predictor_run_known(ink_predictor *predictor, size_t rows, const float *x, float *p, float *known)
{
    INK_TRY(begin_known(predictor));
    return run(predictor, rows, x, false, p, known);
}

/* -------------------------------------------------------------------- one row */

/* Memory on the stack of a call, and the context's allocator where that ends. */
struct stack_arena {
    const ink_allocator *outer;
    size_t used;
    uint8_t bytes[ARENA_BYTES];
};

static void *arena_alloc(void *user, size_t size)
{
    struct stack_arena *arena = user;
    if (size > ARENA_BYTES - arena->used) return arena->outer->alloc(arena->outer->user, size);
    void *block = arena->bytes + arena->used;
    arena->used += size;
    return block;
}

static void arena_release(void *user, void *block)
{
    struct stack_arena *arena = user;
    uintptr_t at = (uintptr_t)block, begin = (uintptr_t)arena->bytes;
    if (at < begin || at - begin >= ARENA_BYTES) arena->outer->release(arena->outer->user, block);
}

static ink_status predict_one(ink_ctx *ctx, const ink_model *model, const float *x, float *p)
{
    struct stack_arena arena;
    ink_ctx inner = *ctx;
    struct ink_predictor predictor = {.ctx = &inner};
    arena.outer = &ctx->allocator;
    arena.used = 0;
    inner.allocator = (ink_allocator){sizeof(ink_allocator), arena_alloc, arena_release, &arena};
    inner.threads = 1; /* each more would want room of its own, and the context's are not the copy's to start */
    inner.pool = NULL;
    ink_status status = inki_program_begin(
        &inner, model, &(struct inki_use){.purpose = INKI_FOR_PREDICTING, .rows = 1, .threads = 1}, &predictor.program);
    if (status == INK_OK) status = run(&predictor, 1, x, false, p, NULL);
    if (status != INK_OK) memcpy(ctx->message, inner.message, sizeof ctx->message);
    inki_program_end(&predictor.program);
    return status;
}

static ink_status predict_many(ink_ctx *ctx, const ink_model *model, size_t rows, const float *x, float *p)
{
    ink_predictor *predictor;
    if (rows == 0) return INK_OK;
    INK_TRY(ink_predictor_new(ctx, model, rows, &predictor));
    ink_status status = ink_predictor_run(predictor, rows, x, p);
    ink_predictor_free(predictor);
    return status;
}

ink_status ink_predict(ink_ctx *ctx, const ink_model *model, size_t rows, const float *x, float *p)
{
    INK_TRY(rows == 1 ? predict_one(ctx, model, x, p) : predict_many(ctx, model, rows, x, p));
    return inki_inputs_compare(ctx, model, rows, x);
}
