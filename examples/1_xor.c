/* 1_xor: a network for four points, from arrays in memory.
 * SPDX-License-Identifier: MIT */
#include <inkling.h>

#include <stdio.h>

int main(void)
{
    const float x[4][2] = {{0, 0}, {0, 1}, {1, 0}, {1, 1}};
    const int32_t labels[4] = {0, 1, 1, 0};
    float p[4][2] = {{0}};
    ink_ctx *ctx = NULL;
    ink_settings *set = NULL;
    ink_data *data = NULL;
    ink_model *model = NULL;
    ink_run *run = NULL;
    int right = 0;

    if (ink_ctx_new(NULL, &ctx) != INK_OK) return 1;
    if (ink_settings_new(ctx, &set) != INK_OK || ink_settings_set(ctx, set, "net", "dense 8 tanh") != INK_OK ||
        ink_settings_set(ctx, set, "val", "0") != INK_OK || ink_settings_set(ctx, set, "batch", "full") != INK_OK ||
        ink_settings_set(ctx, set, "lr", "0.5") != INK_OK || ink_settings_set(ctx, set, "epochs", "2000") != INK_OK ||
        ink_data_new(ctx, 4, 2, &x[0][0], labels, 2, &data) != INK_OK ||
        ink_train(ctx, data, set, NULL, &model, &run) != INK_OK ||
        ink_predict(ctx, model, 4, &x[0][0], &p[0][0]) != INK_OK)
        fprintf(stderr, "%s\n", ink_ctx_message(ctx));
    for (int i = 0; model && i < 4; i++) {
        printf("%.0f xor %.0f: %.3f\n", (double)x[i][0], (double)x[i][1], (double)p[i][1]);
        right += (p[i][1] > 0.5f) == (labels[i] == 1);
    }
    ink_run_free(run);
    ink_model_free(model);
    ink_data_free(data);
    ink_settings_free(set);
    ink_ctx_free(ctx);
    return right == 4 ? 0 : 1;
}
