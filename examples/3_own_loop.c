/* 3_own_loop: the training loop by hand, with a rule of its own for when to stop.
 * SPDX-License-Identifier: MIT */
#include <inkling.h>

#include <stdio.h>
#include <stdlib.h>

enum { ROWS = 600, FEATURES = 2 };

/* Two rings, one within the other. */
static void make_rings(float x[ROWS][FEATURES], int32_t labels[ROWS])
{
    unsigned state = 1;
    for (int i = 0; i < ROWS;) {
        float point[FEATURES], square = 0;
        for (int j = 0; j < FEATURES; j++) {
            state = state * 1103515245u + 12345u;
            point[j] = (float)(state >> 16 & 0x7fff) / 16384.0f - 1;
            square += point[j] * point[j];
        }
        if (square > 0.45f && square < 0.55f) continue; /* the gap between the rings */
        labels[i] = square > 0.5f;
        for (int j = 0; j < FEATURES; j++) x[i][j] = point[j];
        i++;
    }
}

/* Ends as soon as the validation accuracy is good enough; *reached tells whether it was. */
static ink_status run_loop(ink_trainer *trainer, bool *reached)
{
    ink_epoch row = INK_INIT(ink_epoch);
    bool more = true;
    *reached = false;
    while (more && !*reached) {
        ink_status status = ink_trainer_epoch(trainer, NULL, &row, &more);
        if (status != INK_OK) return status;
        if (row.epoch % 25 == 0)
            printf("epoch %zu: loss %.4f, validation %.3f\n", row.epoch, row.train[INK_LOSS],
                   ink_epoch_value(&row, "val_accuracy"));
        *reached = ink_epoch_value(&row, "val_accuracy") >= 0.97;
    }
    printf("after %zu epochs: validation accuracy %.3f\n", row.epoch, ink_epoch_value(&row, "val_accuracy"));
    return INK_OK;
}

int main(void)
{
    static float x[ROWS][FEATURES];
    static int32_t labels[ROWS];
    ink_ctx *ctx = NULL;
    ink_settings *set = NULL;
    ink_data *data = NULL, *train = NULL, *valid = NULL, *test = NULL;
    ink_trainer *trainer = NULL;
    bool reached = false;
    make_rings(x, labels);
    if (ink_ctx_new(NULL, &ctx) != INK_OK) return 1;
    if (ink_settings_new(ctx, &set) != INK_OK || ink_settings_set(ctx, set, "hidden", "16,16") != INK_OK ||
        ink_settings_set(ctx, set, "epochs", "400") != INK_OK || ink_settings_set(ctx, set, "batch", "16") != INK_OK ||
        ink_settings_set(ctx, set, "val", "0.2") != INK_OK ||
        ink_data_new(ctx, ROWS, FEATURES, &x[0][0], labels, 2, &data) != INK_OK ||
        ink_data_split(ctx, data, set, &train, &valid, &test) != INK_OK ||
        ink_trainer_new(ctx, train, valid, set, NULL, &trainer) != INK_OK || run_loop(trainer, &reached) != INK_OK)
        fprintf(stderr, "%s\n", ink_ctx_message(ctx));
    ink_trainer_free(trainer);
    ink_data_free(test);
    ink_data_free(valid);
    ink_data_free(train);
    ink_data_free(data);
    ink_settings_free(set);
    ink_ctx_free(ctx);
    return reached ? 0 : 1;
}
