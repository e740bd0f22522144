/* plain: a network as a list of layers.
 * SPDX-License-Identifier: MIT */
#include "out/plain.h"

#include "base/mem.h"
#include "model/input.h"
#include "model/members.h"

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
    size_t *made; /* [nodes + 1]: what node i - 1 gives, as inki_plain_layer.from counts; UNSAID: what it takes */
};

#define UNSAID SIZE_MAX

static ink_status add_scaling(void *user, const struct inki_node *node)
{
    struct inki_plain *plain = ((struct listing *)user)->plain;
    plain->shift = copy_param(plain->ctx, plain->model, node, 0);
    plain->factor = copy_param(plain->ctx, plain->model, node, 1);
    ((struct listing *)user)->made[node - plain->model->nodes + 1] = 0;
    return plain->shift && plain->factor ? INK_OK : INK_NO_MEMORY;
}

/* Not a layer: what the first one takes is the encoding's inputs. */
static ink_status add_encoding(void *user, const struct inki_node *node)
{
    const struct listing *listing = user;
    listing->made[node - listing->plain->model->nodes + 1] = 0;
    return INK_OK;
}

/* What source s of a node gives. */
static size_t source_of(const struct listing *listing, const struct inki_node *node, size_t s)
{
    const struct inki_node *nodes = listing->plain->model->nodes;
    size_t i = (size_t)(node - nodes) + 1, back = node->back[s] ? node->back[s] : 1;
    while ((i = i > back ? i - back : 0) > 0 && listing->made[i] == UNSAID)
        back = nodes[i - 1].back[0] ? nodes[i - 1].back[0] : 1;
    return listing->made[i];
}

static struct inki_shape bare(struct inki_shape shape)
{
    shape.padding = 0;
    return shape;
}

/* The next layer: what all kinds have. NULL behind a failure, which is in *status. */
static struct inki_plain_layer *add_layer(const struct listing *listing, const struct inki_node *node,
                                          enum inki_plain_kind kind, ink_status *status)
{
    struct inki_plain *plain = listing->plain;
    *status = INK_OK;
    if (listing->known && !listing->known->act[node->act])
        *status = inki_fail(plain->ctx, INK_UNSUPPORTED,
                            "%s: layer %s ends in %s, which cannot be written in this format yet", listing->path,
                            *node->name ? node->name : node->op->word, inki_activation_name(node->act));
    if (*status != INK_OK) return NULL;
    struct inki_plain_layer *out = &plain->layers[plain->count];
    *out = (struct inki_plain_layer){.name = node->name,
                                     .node = node,
                                     .kind = kind,
                                     .from = {source_of(listing, node, 0)},
                                     .in = bare(node->in),
                                     .out = bare(node->out),
                                     .planar = node->planar,
                                     .frame = node->frame,
                                     .act = node->op->activates ? node->act : INKI_ACT_identity};
    out->inputs = inki_shape_size(&out->in);
    out->outputs = inki_shape_size(&out->out);
    plain->images = plain->images || kind != INKI_PLAIN_DENSE || out->from[0] != plain->count;
    listing->made[node - plain->model->nodes + 1] = ++plain->count;
    return out;
}

/* Weights and bias, which may not be there. */
static ink_status copy_weights(const struct listing *listing, struct inki_plain_layer *layer)
{
    const struct inki_plain *plain = listing->plain;
    struct inki_param bias;
    layer->w = copy_param(plain->ctx, plain->model, layer->node, 0);
    if (inki_param(layer->node, 1, &bias))
        layer->b = copy_param(plain->ctx, plain->model, layer->node, 1);
    else
        layer->b = inki_zalloc(plain->ctx, layer->out.channels, sizeof *layer->b);
    return layer->w && layer->b ? INK_OK : INK_NO_MEMORY;
}

static ink_status add_affine(void *user, const struct inki_node *node)
{
    ink_status status;
    struct inki_plain_layer *layer = add_layer(user, node, INKI_PLAIN_DENSE, &status);
    return layer ? copy_weights(user, layer) : status;
}

/* W and b of all members, one behind the other. */
static ink_status copy_members(const struct listing *listing, struct inki_plain_layer *layer)
{
    const struct inki_plain *plain = listing->plain;
    const struct inki_node *node = layer->node;
    const size_t members = node->members, outputs = layer->outputs / members,
                 inputs = layer->inputs / (node->parted ? members : 1);
    layer->w = inki_alloc(plain->ctx, layer->outputs, inputs * sizeof *layer->w);
    layer->b = inki_alloc(plain->ctx, layer->outputs, sizeof *layer->b);
    if (!layer->w || !layer->b) return INK_NO_MEMORY;
    for (size_t o = 0; o < layer->outputs; o++) {
        layer->b[o] = inki_members_bias(plain->model, node, o / outputs, o % outputs);
        for (size_t i = 0; i < inputs; i++)
            layer->w[o * inputs + i] = inki_members_weight(plain->model, node, o / outputs, o % outputs, i);
    }
    return INK_OK;
}

static ink_status add_members(void *user, const struct inki_node *node)
{
    ink_status status;
    struct inki_plain_layer *layer = add_layer(user, node, node->parted ? INKI_PLAIN_CONV : INKI_PLAIN_DENSE, &status);
    if (!layer) return status;
    ((struct listing *)user)->plain->images = true;
    layer->out = (struct inki_shape){1, 1, layer->outputs, 0};
    if (node->parted) {
        layer->in = (struct inki_shape){1, 1, layer->inputs, 0};
        layer->planar = false;
        layer->frame = (struct inki_frame){.rows = 1, .columns = 1, .stride = 1, .groups = node->members};
    }
    return copy_members(user, layer);
}

static ink_status add_convolution(void *user, const struct inki_node *node)
{
    ink_status status;
    struct inki_param weights;
    struct inki_plain_layer *layer = add_layer(user, node, INKI_PLAIN_CONV, &status);
    if (!layer) return status;
    inki_param(node, 0, &weights);
    layer->frame.groups = node->in.channels / weights.dims[1];
    return copy_weights(user, layer);
}

static ink_status add_pool(void *user, const struct inki_node *node, bool largest)
{
    ink_status status;
    add_layer(user, node, largest ? INKI_PLAIN_MAX : INKI_PLAIN_MEAN, &status);
    return status;
}

static ink_status add_norm(void *user, const struct inki_node *node, bool by_batch)
{
    const struct inki_plain *plain = ((struct listing *)user)->plain;
    ink_status status;
    struct inki_plain_layer *layer = add_layer(user, node, by_batch ? INKI_PLAIN_NORM : INKI_PLAIN_PIXEL_NORM, &status);
    if (!layer) return status;
    INK_TRY(copy_weights(user, layer));
    if (!by_batch) return INK_OK;
    layer->mean = copy_param(plain->ctx, plain->model, node, 2);
    layer->variance = copy_param(plain->ctx, plain->model, node, 3);
    return layer->mean && layer->variance ? INK_OK : INK_NO_MEMORY;
}

static ink_status add_sum(void *user, const struct inki_node *node)
{
    ink_status status;
    struct inki_plain_layer *layer = add_layer(user, node, INKI_PLAIN_SUM, &status);
    if (layer) layer->from[1] = source_of(user, node, 1);
    return status;
}

static ink_status refuse_node(void *user, const struct inki_node *node)
{
    const struct listing *listing = user;
    return inki_fail(listing->plain->ctx, INK_UNSUPPORTED, "%s: a layer '%s' cannot be exported in this format",
                     listing->path, node->op->word);
}

static ink_status list_layers(struct listing *listing)
{
    const ink_model *model = listing->plain->model;
    for (size_t i = 1; i <= model->node_count; i++) listing->made[i] = UNSAID;
    listing->made[0] = 0;
    return inki_model_emit(model, &(struct inki_emitter){.user = listing,
                                                         .scaling = add_scaling,
                                                         .encoding = add_encoding,
                                                         .affine = add_affine,
                                                         .members = add_members,
                                                         .convolution = add_convolution,
                                                         .pool = add_pool,
                                                         .norm = add_norm,
                                                         .sum = add_sum,
                                                         .other = refuse_node});
}

ink_status inki_plain_begin(ink_ctx *ctx, const ink_model *model, const char *path,
                            const struct inki_plain_known *known, struct inki_plain *out)
{
    struct listing listing = {out, path, known, inki_alloc(ctx, model->node_count + 1, sizeof *listing.made)};
    *out = (struct inki_plain){.ctx = ctx, .model = model, .members = model->members};
    out->layers = inki_zalloc(ctx, model->node_count, sizeof *out->layers);
    ink_status status = out->layers && listing.made ? list_layers(&listing) : INK_NO_MEMORY;
    inki_free(listing.made);
    if (status != INK_OK) inki_plain_end(out);
    return status;
}

ink_status inki_plain_refuse(const struct inki_plain *plain, const char *path)
{
    size_t l = 0;
    while (l + 1 < plain->count && plain->layers[l].kind == INKI_PLAIN_DENSE) l++;
    return inki_fail(plain->ctx, INK_UNSUPPORTED, "%s: a layer '%s' cannot be exported in this format", path,
                     plain->layers[l].node->op->word);
}

void inki_plain_end(struct inki_plain *plain)
{
    ink_ctx *ctx = plain->ctx;
    if (!ctx) return;
    for (size_t l = 0; plain->layers && l < plain->count; l++) {
        inki_free(plain->layers[l].w);
        inki_free(plain->layers[l].b);
        inki_free(plain->layers[l].mean);
        inki_free(plain->layers[l].variance);
    }
    inki_free(plain->layers);
    inki_free(plain->shift);
    inki_free(plain->factor);
    *plain = (struct inki_plain){0};
}

bool inki_plain_is_far(float shift, float factor) { return fabsf(shift * factor) > INKI_OFFSET_MOST; }

static void fold_row(const struct inki_plain *plain, bool all, float *w, float *b)
{
    double sum = (double)*b;
    for (size_t i = 0; i < plain->layers[0].inputs; i++) {
        if (all || !inki_plain_is_far(plain->shift[i], plain->factor[i]))
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
        if (!all && inki_plain_is_far(plain->shift[i], plain->factor[i]))
            any = true;
        else
            plain->shift[i] = 0;
    }
    inki_free(plain->factor);
    plain->factor = NULL;
    if (any) return;
    inki_free(plain->shift);
    plain->shift = NULL;
}
