/* 2_digits: trains on handwritten digits, shows each epoch, saves the model. Usage: 2_digits [DATA] (default: mnist).
 * SPDX-License-Identifier: MIT */
#include <inkling.h>

#include <stdio.h>

static bool show(void *user, const ink_progress *now)
{
    (void)user;
    if (now->row)
        printf("epoch %zu of %zu: validation accuracy %.2f %%\n", now->row->epoch, now->epochs,
               100 * ink_epoch_value(now->row, "val_accuracy"));
    return true;
}

static ink_status train(ink_ctx *ctx, const char *source, ink_settings *set, ink_data **data, ink_model **model,
                        ink_run **run)
{
    static const char *const wanted[][2] = {{"hidden", "64"}, {"epochs", "3"}, {"limit", "10000"}, {"seed", "7"}};
    const ink_hooks hooks = {sizeof hooks, show, NULL};
    ink_status status = INK_OK;
    for (int i = 0; i < 4 && status == INK_OK; i++) status = ink_settings_set(ctx, set, wanted[i][0], wanted[i][1]);
    if (status == INK_OK) status = ink_data_load(ctx, source, set, data);
    if (status == INK_OK) status = ink_train(ctx, *data, set, &hooks, model, run);
    if (status == INK_OK) status = ink_model_save(ctx, *model, "digits.safetensors");
    return status;
}

int main(int count, char **arguments)
{
    ink_ctx *ctx = NULL;
    ink_settings *set = NULL;
    ink_data *data = NULL;
    ink_model *model = NULL;
    ink_run *run = NULL;
    if (ink_ctx_new(NULL, &ctx) != INK_OK || ink_settings_new(ctx, &set) != INK_OK) return 1;
    ink_status status = train(ctx, count > 1 ? arguments[1] : "mnist", set, &data, &model, &run);
    const ink_metrics *test = run ? ink_run_metrics(run) : NULL;
    if (status != INK_OK) fprintf(stderr, "%s\n", ink_ctx_message(ctx));
    if (test)
        printf("test accuracy %.2f %% on %zu rows; the model is digits.safetensors\n", 100 * test->accuracy,
               test->rows);
    bool good = status == INK_OK && (!test || test->accuracy > 0.9);
    ink_run_free(run);
    ink_model_free(model);
    ink_data_free(data);
    ink_settings_free(set);
    ink_ctx_free(ctx);
    return good ? 0 : 1;
}
