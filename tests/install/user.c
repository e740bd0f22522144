/* user: a program as someone writes it who has installed Inkling: learns the exclusive or, and says how well.
 * SPDX-License-Identifier: MIT */
#include <inkling.h>

#include <stdio.h>

static const float inputs[8] = {0, 0, 0, 1, 1, 0, 1, 1};
static const int32_t labels[4] = {0, 1, 1, 0};

static ink_status learn(ink_ctx *ctx, ink_settings *set, ink_data *data, double *loss)
{
    ink_model *model = NULL;
    ink_run *run = NULL, *scores = NULL;
    ink_status status = ink_settings_set(ctx, set, "val", "0");
    if (!status) status = ink_settings_set(ctx, set, "hidden", "8");
    if (!status) status = ink_settings_set(ctx, set, "batch", "full");
    if (!status) status = ink_settings_set(ctx, set, "epochs", "10");
    if (!status) status = ink_train(ctx, data, set, NULL, &model, &run);
    if (!status) status = ink_eval(ctx, model, data, &scores);
    if (!status) *loss = ink_run_metrics(scores)->loss;
    ink_run_free(scores);
    ink_run_free(run);
    ink_model_free(model);
    return status;
}

int main(void)
{
    ink_ctx *ctx = NULL;
    ink_settings *set = NULL;
    ink_data *data = NULL;
    double loss = 0;
    ink_status status = ink_ctx_new(NULL, &ctx);
    if (!status) status = ink_settings_new(ctx, &set);
    if (!status) status = ink_data_new(ctx, 4, 2, inputs, labels, 2, &data);
    if (!status) status = learn(ctx, set, data, &loss);
    if (status)
        printf("failed: %s (%s)\n", ink_status_text(status), ctx ? ink_ctx_message(ctx) : "no context");
    else
        printf("Inkling %s, loss %.3f\n", ink_version(), loss);
    ink_data_free(data);
    ink_settings_free(set);
    ink_ctx_free(ctx);
    return status ? 1 : 0;
}
