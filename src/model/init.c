/* init: starting weights. He et al. 2015: normal with deviation sqrt(2/inputs). Glorot and Bengio 2010 (xavier): uniform
 * within sqrt(6/(inputs+outputs)). Uniform: within sqrt(1/inputs), biases too. Else biases begin at 0, gains at 1; those that tell
 * an ensemble's members apart at 1 or -1.
 * SPDX-License-Identifier: MIT */
#include "base/settings.h"
#include "base/text.h"
#include "model/model.h"

#include <math.h>
#include <string.h>

enum kind { INIT_AUTO, INIT_HE, INIT_XAVIER, INIT_NORMAL, INIT_ZEROS, INIT_UNIFORM };

static ink_status parse_init(ink_ctx *ctx, const char *text, enum kind *kind, double *deviation)
{
    static const char *const names[] = {"auto", "he", "xavier", "normal:0.01", "zeros", "uniform"};
    int index = inki_choice_index("auto|he|xavier|normal|zeros|uniform", text);
    *deviation = 0;
    if (index >= 0 && index != INIT_NORMAL) {
        *kind = (enum kind)index;
        return INK_OK;
    }
    *kind = INIT_NORMAL;
    if (strncmp(text, "normal:", 7) == 0 && inki_parse_real(text + 7, deviation) && *deviation >= 0 &&
        *deviation <= 1e3)
        return INK_OK;
    const char *near = ink_did_you_mean(text, names, 6);
    return inki_fail(ctx, INK_BAD_SETTING, "init: '%s' is not one of auto, he, xavier, uniform, normal:SD, zeros%s%s%s",
                     text, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

#define ACTIVATION_HE(name, formula, he) he,
static const bool wants_he[] = {INKI_ACTIVATIONS(ACTIVATION_HE)};

static double draw(struct inki_rng *rng, enum kind kind, double deviation, double inputs, double outputs)
{
    switch (kind) {
    case INIT_HE:
        return inki_rng_normal(rng) * sqrt(2 / inputs);
    case INIT_XAVIER:
        return (2 * inki_rng_uniform(rng) - 1) * sqrt(6 / (inputs + outputs));
    case INIT_NORMAL:
        return inki_rng_normal(rng) * deviation;
    case INIT_UNIFORM:
        return (2 * inki_rng_uniform(rng) - 1) / sqrt(inputs);
    default:
        return 0;
    }
}

/* fan_in: of the node's weights. */
static double begin_value(struct inki_rng *rng, const struct inki_param *param, size_t fan_in, enum kind kind,
                          double deviation)
{
    switch (param->role) {
    case INKI_WEIGHT:
        return draw(rng, kind, deviation, (double)param->fan_in, (double)param->fan_out);
    case INKI_BIAS:
        return kind == INIT_UNIFORM && fan_in ? draw(rng, kind, 0, (double)fan_in, 0) : 0;
    case INKI_GAIN:
        return param->coin && inki_rng_uniform(rng) < 0.5 ? -1 : 1;
    case INKI_STATE:
        return (double)param->begin;
    default:
        return 0;
    }
}

/* In the order of the file. What is frozen stays as it is. */
static void init_node(ink_model *model, size_t index, enum kind kind, double deviation, uint64_t seed)
{
    const struct inki_node *node = &model->nodes[index];
    struct inki_rng rng = inki_rng_begin(seed, INKI_RNG_INIT, (uint32_t)index, 0);
    struct inki_param param;
    size_t fan_in = 0;
    if (kind == INIT_AUTO) kind = node->members ? INIT_UNIFORM : wants_he[node->act] ? INIT_HE : INIT_XAVIER;
    for (size_t t = 0; inki_param(node, t, &param); t++) {
        if (param.role == INKI_WEIGHT) fan_in = param.fan_in;
        for (size_t i = 0; param.role != INKI_FROZEN && i < param.count; i++)
            model->w[node->offset + node->op->at(node, t, i)] =
                (float)begin_value(&rng, &param, fan_in, kind, deviation);
    }
}

ink_status inki_model_init(ink_ctx *ctx, ink_model *model, const ink_settings *set)
{
    enum kind kind;
    double deviation;
    INK_TRY(parse_init(ctx, inki_get_text(set, INKI_INIT), &kind, &deviation));
    for (size_t i = 0; i < model->node_count; i++) init_node(model, i, kind, deviation, inki_get_int(set, INKI_SEED));
    return INK_OK;
}
