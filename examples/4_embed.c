/* 4_embed: a model in a program that allows no malloc: memory comes from one fixed block, results go to the caller.
 * SPDX-License-Identifier: MIT */
#include <inkling.h>

#include <stdio.h>
#include <string.h>

/* A stack of blocks in a fixed block; enough for programs that make their objects once. */
struct arena {
    size_t used, peak;
    _Alignas(64) unsigned char room[8 << 20];
};

static void *arena_alloc(void *user, size_t size)
{
    struct arena *arena = user;
    size_t rounded = (size + 63) / 64 * 64;
    if (rounded > sizeof arena->room - arena->used) return NULL;
    void *block = arena->room + arena->used;
    arena->used += rounded;
    if (arena->used > arena->peak) arena->peak = arena->used;
    return block;
}

static void arena_release(void *user, void *block)
{
    (void)user;
    (void)block;
}

/* Stands for the training that happened elsewhere: learns whether a point lies above the diagonal. */
static ink_status make_model(const char *path)
{
    enum { ROWS = 400 };
    static float x[ROWS][2];
    static int32_t labels[ROWS];
    ink_ctx *ctx;
    ink_settings *set = NULL;
    ink_data *data = NULL;
    ink_model *model = NULL;
    ink_run *run = NULL;
    for (int i = 0; i < ROWS; i++) {
        x[i][0] = (float)(i * 37 % 101) / 100;
        x[i][1] = (float)(i * 53 % 97) / 96;
        labels[i] = x[i][1] > x[i][0];
    }
    ink_status status = ink_ctx_new(NULL, &ctx);
    if (status == INK_OK) status = ink_settings_new(ctx, &set);
    if (status == INK_OK) status = ink_settings_set(ctx, set, "hidden", "8");
    if (status == INK_OK) status = ink_settings_set(ctx, set, "batch", "8");
    if (status == INK_OK) status = ink_data_new(ctx, ROWS, 2, &x[0][0], labels, 2, &data);
    if (status == INK_OK) status = ink_train(ctx, data, set, NULL, &model, &run);
    if (status == INK_OK) status = ink_model_save(ctx, model, path);
    ink_run_free(run);
    ink_model_free(model);
    ink_data_free(data);
    ink_settings_free(set);
    ink_ctx_free(ctx);
    return status;
}

int main(void)
{
    static struct arena arena;
    const ink_allocator allocator = {sizeof allocator, arena_alloc, arena_release, &arena};
    const float points[2][2] = {{0.1f, 0.9f}, {0.8f, 0.2f}};
    float p[2][2] = {{0}};
    ink_ctx *ctx = NULL;
    ink_model *model = NULL;
    if (make_model("embed.safetensors") != INK_OK) return 1;
    if (ink_ctx_new(&allocator, &ctx) != INK_OK) return 1;
    if (ink_model_load(ctx, "embed.safetensors", &model) != INK_OK ||
        ink_predict(ctx, model, 2, &points[0][0], &p[0][0]) != INK_OK)
        fprintf(stderr, "%s\n", ink_ctx_message(ctx));
    for (int i = 0; model && i < 2; i++)
        printf("(%.1f, %.1f) lies above the diagonal: %.3f\n", (double)points[i][0], (double)points[i][1],
               (double)p[i][1]);
    printf("%zu bytes were enough\n", arena.peak);
    ink_model_free(model);
    ink_ctx_free(ctx);
    return p[0][1] > 0.5f && p[1][1] < 0.5f ? 0 : 1;
}
