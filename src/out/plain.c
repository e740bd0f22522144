/* plain: a network as a list of dense layers.
 * SPDX-License-Identifier: MIT */
#include "out/plain.h"

#include "base/mem.h"
#include "model/input.h"

#include <math.h>

const struct inki_plain_known inki_plain_common = {.act = {[INKI_ACT_relu] = true,
                                                           [INKI_ACT_leaky_relu] = true,
                                                           [INKI_ACT_tanh] = true,
                                                           [INKI_ACT_sigmoid] = true,
                                                           [INKI_ACT_gelu] = true,
                                                           [INKI_ACT_identity] = true}};

static float *copy_param(ink_ctx *ctx, const ink_model *model, const struct inki_node *node, size_t i)
{
    struct inki_param param = {.count = 0};
    inki_param(node, i, &param);
    float *values = inki_alloc(ctx, param.count, sizeof *values);
    for (size_t at = 0; values && at < param.count; at++)
        values[at] = model->w[node->offset + node->op->at(node, i, at)];
    return values;
}

/* A network on its way into a list of layers; `path` is for messages. */
struct listing {
    struct inki_plain *plain;
    const char *path;
    const struct inki_plain_known *known; /* NULL: all activations are */
};

static ink_status add_scaling(void *user, const struct inki_node *node)
{
    struct inki_plain *plain = ((struct listing *)user)->plain;
    plain->shift = copy_param(plain->ctx, plain->model, node, 0);
    plain->factor = copy_param(plain->ctx, plain->model, node, 1);
    return plain->shift && plain->factor ? INK_OK : INK_NO_MEMORY;
}

static ink_status add_affine(void *user, const struct inki_node *node)
{
    const struct listing *listing = user;
    struct inki_plain *plain = listing->plain;
    if (listing->known && !listing->known->act[node->act])
        return inki_fail(plain->ctx, INK_UNSUPPORTED,
                         "%s: layer %s ends in %s, which cannot be written in this format yet", listing->path,
                         node->name, inki_activation_name(node->act));
    struct inki_plain_layer *out = &plain->layers[plain->count++];
    *out = (struct inki_plain_layer){.name = node->name,
                                     .inputs = node->inputs,
                                     .outputs = node->outputs,
                                     .act = node->act,
                                     .w = copy_param(plain->ctx, plain->model, node, 0),
                                     .b = copy_param(plain->ctx, plain->model, node, 1)};
    return out->w && out->b ? INK_OK : INK_NO_MEMORY;
}

static ink_status refuse_node(void *user, const struct inki_node *node)
{
    const struct listing *listing = user;
    return inki_fail(listing->plain->ctx, INK_UNSUPPORTED,
                     "%s: a layer '%s' cannot be exported in this format; networks of dense layers can", listing->path,
                     node->op->word);
}

ink_status inki_plain_begin(ink_ctx *ctx, const ink_model *model, const char *path,
                            const struct inki_plain_known *known, struct inki_plain *out)
{
    struct listing listing = {out, path, known};
    *out = (struct inki_plain){.ctx = ctx, .model = model};
    out->layers = inki_zalloc(ctx, model->node_count, sizeof *out->layers);
    if (!out->layers) return INK_NO_MEMORY;
    ink_status status = inki_model_emit(
        model,
        &(struct inki_emitter){.user = &listing, .scaling = add_scaling, .affine = add_affine, .other = refuse_node});
    if (status != INK_OK) inki_plain_end(out);
    return status;
}

void inki_plain_end(struct inki_plain *plain)
{
    ink_ctx *ctx = plain->ctx;
    if (!ctx) return;
    for (size_t l = 0; plain->layers && l < plain->count; l++) {
        inki_free(ctx, plain->layers[l].w);
        inki_free(ctx, plain->layers[l].b);
    }
    inki_free(ctx, plain->layers);
    inki_free(ctx, plain->shift);
    inki_free(ctx, plain->factor);
    *plain = (struct inki_plain){0};
}

static bool is_far(float shift, float factor) { return fabsf(shift * factor) > INKI_OFFSET_MOST; }

static void fold_row(const struct inki_plain *plain, bool all, float *w, float *b)
{
    double sum = (double)*b;
    for (size_t i = 0; i < plain->layers[0].inputs; i++) {
        if (all || !is_far(plain->shift[i], plain->factor[i]))
            sum -= (double)w[i] * (double)plain->factor[i] * (double)plain->shift[i];
        w[i] *= plain->factor[i];
    }
    *b = (float)sum;
}

void inki_plain_fold(struct inki_plain *plain, bool all)
{
    struct inki_plain_layer *first = &plain->layers[0];
    bool any = false;
    if (!plain->factor) return;
    for (size_t o = 0; o < first->outputs; o++) fold_row(plain, all, first->w + o * first->inputs, first->b + o);
    for (size_t i = 0; i < first->inputs; i++) {
        if (!all && is_far(plain->shift[i], plain->factor[i]))
            any = true;
        else
            plain->shift[i] = 0;
    }
    inki_free(plain->ctx, plain->factor);
    plain->factor = NULL;
    if (any) return;
    inki_free(plain->ctx, plain->shift);
    plain->shift = NULL;
}
