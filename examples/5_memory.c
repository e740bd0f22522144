/* 5_memory: everything in memory: settings from values, folds of one's own from views, weights as arrays, a model as bytes.
 * SPDX-License-Identifier: MIT */
#include <inkling.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 600, FOLDS = 3 };

/* What an example does where something fails. */
static void must(ink_ctx *ctx, ink_status status)
{
    if (status == INK_OK) return;
    fprintf(stderr, "%s: %s\n", ink_status_name(status), ctx ? ink_ctx_message(ctx) : "no context");
    exit(1);
}

/* Whether a point lies above the diagonal. */
static ink_data *make_data(ink_ctx *ctx)
{
    static float x[ROWS][2];
    static int32_t labels[ROWS];
    ink_data *data;
    for (int i = 0; i < ROWS; i++) {
        x[i][0] = (float)(i * 37 % 101) / 100;
        x[i][1] = (float)(i * 53 % 97) / 96;
        labels[i] = x[i][1] > x[i][0];
    }
    must(ctx, ink_data_new(ctx, ROWS, 2, &x[0][0], labels, 2, &data));
    return data;
}

static ink_settings *make_settings(ink_ctx *ctx)
{
    ink_settings *set;
    must(ctx, ink_settings_new(ctx, &set));
    must(ctx, ink_settings_set(ctx, set, "hidden", "8"));
    must(ctx, ink_settings_set_int(ctx, set, "batch", 8));
    must(ctx, ink_settings_set_int(ctx, set, "epochs", 30));
    must(ctx, ink_settings_set_real(ctx, set, "lr", 0.1));
    must(ctx, ink_settings_set_choice(ctx, set, "optimizer", "momentum"));
    must(ctx, ink_settings_set(ctx, set, "val", "0"));
    return set;
}

/* Trains on all rows but [begin, end) and says how many of these are answered right. The views borrow from the data. */
static double try_fold(ink_ctx *ctx, const ink_data *data, const ink_settings *set, size_t begin, size_t end)
{
    static uint32_t others[ROWS];
    size_t count = 0;
    ink_data *train, *held_out;
    ink_model *model;
    ink_run *run, *scores;
    for (uint32_t i = 0; i < ROWS; i++)
        if (i < begin || i >= end) others[count++] = i;
    must(ctx, ink_data_select(ctx, data, others, count, &train));
    must(ctx, ink_data_range(ctx, data, begin, end, &held_out));
    must(ctx, ink_train(ctx, train, set, NULL, &model, &run));
    must(ctx, ink_eval(ctx, model, held_out, &scores));
    double accuracy = ink_run_metrics(scores)->accuracy;
    ink_run_free(scores);
    ink_run_free(run);
    ink_model_free(model);
    ink_data_free(held_out);
    ink_data_free(train);
    return accuracy;
}

/* A sink: the bytes of a model's file, kept. */
struct bytes {
    char *at;
    size_t size;
};

static bool keep(void *user, const char *bytes, size_t count)
{
    struct bytes *kept = user;
    char *larger = realloc(kept->at, kept->size + count);
    if (!larger) return false;
    memcpy(larger + kept->size, bytes, count);
    kept->at = larger;
    kept->size += count;
    return true;
}

/* Prints the tensors, and swaps what the two outputs stand for: their weights and biases change places. */
static void swap_outputs(ink_ctx *ctx, ink_model *model)
{
    float w[2][8], b[2], swapped[2][8];
    ink_tensor tensor = INK_INIT(ink_tensor);
    for (size_t i = 0; ink_model_tensor(model, i, &tensor); i++)
        printf("%-14s %zu values%s\n", tensor.name, tensor.count, tensor.frozen ? ", fixed" : "");
    must(ctx, ink_model_get_tensor(ctx, model, "dense2.weight", 16, &w[0][0]));
    must(ctx, ink_model_get_tensor(ctx, model, "dense2.bias", 2, b));
    for (int i = 0; i < 2; i++) memcpy(swapped[i], w[1 - i], sizeof w[0]);
    must(ctx, ink_model_set_tensor(ctx, model, "dense2.weight", (size_t[]){2, 8}, 2, &swapped[0][0]));
    must(ctx, ink_model_set_tensor(ctx, model, "dense2.bias", (size_t[]){2}, 1, (float[]){b[1], b[0]}));
}

int main(void)
{
    static const float point[2] = {0.2f, 0.9f};
    ink_ctx *ctx = NULL;
    ink_model *model, *again;
    ink_run *run;
    struct bytes file = {0};
    float p[2], swapped[2];
    must(NULL, ink_ctx_new(NULL, &ctx));
    ink_data *data = make_data(ctx);
    ink_settings *set = make_settings(ctx);
    for (size_t f = 0; f < FOLDS; f++)
        printf("fold %zu: %.1f %%\n", f + 1, 100 * try_fold(ctx, data, set, f * ROWS / FOLDS, (f + 1) * ROWS / FOLDS));
    must(ctx, ink_train(ctx, data, set, NULL, &model, &run));
    must(ctx, ink_model_write(ctx, model, keep, &file));
    must(ctx, ink_model_read(ctx, file.at, file.size, "the model in memory", &again));
    swap_outputs(ctx, again);
    must(ctx, ink_predict(ctx, model, 1, point, p));
    must(ctx, ink_predict(ctx, again, 1, point, swapped));
    printf("above: %.3f, with its outputs swapped: %.3f\n", (double)p[1], (double)swapped[1]);
    bool good = p[1] > 0.5f && p[0] == swapped[1] && p[1] == swapped[0];
    free(file.at);
    ink_run_free(run);
    ink_model_free(again);
    ink_model_free(model);
    ink_settings_free(set);
    ink_data_free(data);
    ink_ctx_free(ctx);
    return good ? 0 : 1;
}
