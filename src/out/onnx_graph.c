/* onnx_graph: a network's nodes as ONNX's, from the rows to the logits.
 * SPDX-License-Identifier: MIT
 *
 * Images go channel by channel there, [batch][channels][height][width]: what comes in as rows of pixels is turned once, in front of the first
 * layer over images; a dense layer behind images flattens them in the order in which its weights are kept. Norms and activations are
 * nodes of their own. */
#include "model/members.h"
#include "out/onnx_build.h"

#ifdef INKI_HAVE_ONNX

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What a node gives: its name, and whether it is of four dimensions. */
struct made {
    struct inki_onnx_name name; /* "": what its input gives */
    bool image;
};

struct walk {
    struct inki_onnx_build *b;
    struct made *made; /* [nodes + 1]: that of node i is made[i + 1]; made[0] are the rows */
};

typedef const char *const inputs_of[INKI_ONNX_INPUTS];

/* What source s of a node gives. */
static struct made source_of(const struct walk *walk, const struct inki_node *node, size_t s)
{
    size_t i = (size_t)(node - walk->b->from->nodes) + 1;
    const size_t back = node->back[s] ? node->back[s] : 1;
    for (i = i > back ? i - back : 0; i > 0 && !*walk->made[i].name.name;) {
        const struct inki_node *before = &walk->b->from->nodes[i - 1];
        const size_t step = before->back[0] ? before->back[0] : 1;
        i = i > step ? i - step : 0;
    }
    return walk->made[i];
}

static ink_status put(const struct walk *walk, const struct inki_node *node, const struct inki_onnx_name *name,
                      bool image)
{
    walk->made[node - walk->b->from->nodes + 1] = (struct made){*name, image};
    return walk->b->failed ? INK_NO_MEMORY : INK_OK;
}

static void name_as(struct inki_onnx_name *name, const struct walk *walk, const struct inki_node *node,
                    const char *what)
{
    if (*node->name)
        snprintf(name->name, sizeof name->name, "%.40s.%s", node->name, what);
    else
        snprintf(name->name, sizeof name->name, "%s%zu.%s", node->op->word, (size_t)(node - walk->b->from->nodes),
                 what);
}

/* A parameter as a constant "NAME.suffix", in the order of the file. */
static void add_param(const struct walk *walk, const struct inki_node *node, size_t i, struct inki_onnx_name *name)
{
    struct inki_param param = {.count = 0};
    inki_param(node, i, &param);
    float *values = inki_onnx_memory(walk->b, param.count, sizeof *values);
    name_as(name, walk, node, param.suffix);
    if (!values) return;
    for (size_t at = 0; at < param.count; at++) values[at] = walk->b->from->w[node->offset + node->op->at(node, i, at)];
    inki_onnx_add_floats(walk->b, name->name, values, param.dims, param.rank);
}

/* ------------------------------------------------------------------- shapes */

/* [batch][values] becomes [batch][height][width][channels], and that is turned; of a single pixel there is nothing to turn. */
static struct inki_onnx_name as_image(const struct walk *walk, const struct inki_node *node, const struct made *from)
{
    const struct inki_shape *in = &node->in;
    struct inki_onnx_name shape, flat, turned;
    const bool single = in->height * in->width == 1;
    if (from->image) return from->name;
    const int64_t rows[] = {-1, (int64_t)in->height, (int64_t)in->width, (int64_t)in->channels},
                  pixel[] = {-1, (int64_t)in->channels, 1, 1}, order[] = {0, 3, 1, 2};
    name_as(&shape, walk, node, "shape");
    name_as(&flat, walk, node, "rows");
    name_as(&turned, walk, node, "image");
    inki_onnx_add_int64s(walk->b, shape.name, single ? pixel : rows, 4);
    inki_onnx_add_node(walk->b, "Reshape", flat.name, (inputs_of){from->name.name, shape.name}, flat.name, NULL);
    if (single) return flat;
    Inki__Onnx__Node *transpose =
        inki_onnx_add_node(walk->b, "Transpose", turned.name, (inputs_of){flat.name}, turned.name, NULL);
    if (transpose) inki_onnx_add_ints(walk->b, transpose, "perm", order, 4);
    return turned;
}

static struct inki_onnx_name as_rows(const struct walk *walk, const struct inki_node *node, const struct made *from)
{
    struct inki_onnx_name flat;
    if (!from->image) return from->name;
    name_as(&flat, walk, node, "flat");
    inki_onnx_add_node(walk->b, "Flatten", flat.name, (inputs_of){from->name.name}, flat.name, NULL);
    return flat;
}

/* ------------------------------------------------------------------- layers */

static ink_status add_scaling(void *user, const struct inki_node *node)
{
    const struct walk *walk = user;
    struct inki_onnx_name shift, factor, centred, output = source_of(walk, node, 0).name;
    const char *doc = "the scaling that was fitted on the training rows";
    const float *w = walk->b->from->w + node->offset;
    bool shifted = false;
    for (size_t i = 0; i < node->inputs; i++) {
        float value = w[node->op->at(node, 0, i)];
        shifted = shifted || value != 0 || signbit(value);
    }
    if (shifted) {
        add_param(walk, node, 0, &shift);
        name_as(&centred, walk, node, "centred");
        inki_onnx_add_node(walk->b, "Sub", "scale.sub", (inputs_of){output.name, shift.name}, centred.name, doc);
        output = centred;
    }
    add_param(walk, node, 1, &factor);
    struct inki_onnx_name scaled;
    name_as(&scaled, walk, node, "output");
    inki_onnx_add_node(walk->b, "Mul", "scale.mul", (inputs_of){output.name, factor.name}, scaled.name,
                       shifted ? NULL : doc);
    return put(walk, node, &scaled, false);
}

static ink_status add_encoding(void *user, const struct inki_node *node)
{
    const struct walk *walk = user;
    struct inki_onnx_name output;
    INK_TRY(inki_onnx_add_encoding(walk->b, node, walk->b->columns, &output));
    return put(walk, node, &output, false);
}

static ink_status check_activation(const struct walk *walk, const struct inki_node *node)
{
    if (inki_onnx_has_activation(node->act)) return INK_OK;
    return inki_fail(walk->b->ctx, INK_UNSUPPORTED,
                     "%s: layer %s ends in %s, which cannot be written in this format yet", walk->b->path, node->name,
                     inki_activation_name(node->act));
}

static ink_status finish(const struct walk *walk, const struct inki_node *node, struct inki_onnx_name *now, bool image)
{
    char layer[64];
    snprintf(layer, sizeof layer, "%s", *node->name ? node->name : node->op->word);
    if (!*node->name) snprintf(layer, sizeof layer, "%s%zu", node->op->word, (size_t)(node - walk->b->from->nodes));
    INK_TRY(check_activation(walk, node));
    inki_onnx_add_activation(walk->b, layer, node->act, now);
    return put(walk, node, now, image);
}

static ink_status add_affine(void *user, const struct inki_node *node)
{
    const struct walk *walk = user;
    const struct made from = source_of(walk, node, 0);
    const bool last = node + 1 == walk->b->from->nodes + walk->b->from->node_count;
    struct inki_onnx_name input = as_rows(walk, node, &from), weight, bias, output;
    add_param(walk, node, 0, &weight);
    add_param(walk, node, 1, &bias);
    name_as(&output, walk, node, "sum");
    if (last) snprintf(output.name, sizeof output.name, "output.sum");
    Inki__Onnx__Node *gemm = inki_onnx_add_node(walk->b, "Gemm", node->name,
                                                (inputs_of){input.name, weight.name, bias.name}, output.name, NULL);
    if (gemm) inki_onnx_add_int(walk->b, gemm, "transB", 1);
    return finish(walk, node, &output, false);
}

/* W and b of all members as constants, W[members * outputs][inputs]. */
static void add_member_weights(const struct walk *walk, const struct inki_node *node, struct inki_onnx_name *weight,
                               struct inki_onnx_name *bias)
{
    const ink_model *model = walk->b->from;
    const size_t outputs = node->out.channels, all = node->members * outputs,
                 inputs = node->parted ? node->in.channels : inki_shape_size(&node->in);
    float *w = inki_onnx_memory(walk->b, all * inputs, sizeof *w), *b = inki_onnx_memory(walk->b, all, sizeof *b);
    name_as(weight, walk, node, "weight");
    name_as(bias, walk, node, "bias");
    if (!w || !b) return;
    for (size_t o = 0; o < all; o++) {
        b[o] = inki_members_bias(model, node, o / outputs, o % outputs);
        for (size_t i = 0; i < inputs; i++)
            w[o * inputs + i] = inki_members_weight(model, node, o / outputs, o % outputs, i);
    }
    inki_onnx_add_floats(walk->b, weight->name, w, (size_t[]){all, inputs, 1, 1}, node->parted ? 4 : 2);
    inki_onnx_add_floats(walk->b, bias->name, b, &all, 1);
}

/* Member by member: a convolution of a single pixel with a group for each. */
static struct inki_onnx_name add_parted(const struct walk *walk, const struct inki_node *node,
                                        const struct inki_onnx_name *input, const struct inki_onnx_name *weight,
                                        const struct inki_onnx_name *bias)
{
    const int64_t pixel[] = {-1, (int64_t)inki_shape_size(&node->in), 1, 1};
    struct inki_onnx_name shape, from, sum, flat;
    name_as(&shape, walk, node, "shape");
    name_as(&from, walk, node, "pixel");
    name_as(&sum, walk, node, "sums");
    name_as(&flat, walk, node, "sum");
    inki_onnx_add_int64s(walk->b, shape.name, pixel, 4);
    inki_onnx_add_node(walk->b, "Reshape", from.name, (inputs_of){input->name, shape.name}, from.name, NULL);
    Inki__Onnx__Node *conv =
        inki_onnx_add_node(walk->b, "Conv", node->name, (inputs_of){from.name, weight->name, bias->name}, sum.name,
                           "a group a member: each reads its own outputs of the layer before");
    if (conv) inki_onnx_add_int(walk->b, conv, "group", (int64_t)node->members);
    inki_onnx_add_node(walk->b, "Flatten", flat.name, (inputs_of){sum.name}, flat.name, NULL);
    return flat;
}

static ink_status add_members(void *user, const struct inki_node *node)
{
    const struct walk *walk = user;
    const struct made from = source_of(walk, node, 0);
    struct inki_onnx_name input = as_rows(walk, node, &from), weight, bias, output;
    add_member_weights(walk, node, &weight, &bias);
    if (node->parted) {
        output = add_parted(walk, node, &input, &weight, &bias);
        return finish(walk, node, &output, false);
    }
    name_as(&output, walk, node, "sum");
    Inki__Onnx__Node *gemm =
        inki_onnx_add_node(walk->b, "Gemm", node->name, (inputs_of){input.name, weight.name, bias.name}, output.name,
                           "the first layer of all members, one beside the other");
    if (gemm) inki_onnx_add_int(walk->b, gemm, "transB", 1);
    return finish(walk, node, &output, false);
}

/* Where the frame begins and ends outside the image. */
static void add_frame(const struct walk *walk, Inki__Onnx__Node *to, const struct inki_node *node)
{
    const struct inki_frame *frame = &node->frame;
    const int64_t rows = (int64_t)((node->out.height - 1) * frame->stride + frame->rows) -
                         (int64_t)(node->in.height + frame->top),
                  columns = (int64_t)((node->out.width - 1) * frame->stride + frame->columns) -
                            (int64_t)(node->in.width + frame->left);
    const int64_t kernel[] = {(int64_t)frame->rows, (int64_t)frame->columns},
                  strides[] = {(int64_t)frame->stride, (int64_t)frame->stride},
                  pads[] = {(int64_t)frame->top, (int64_t)frame->left, rows > 0 ? rows : 0, columns > 0 ? columns : 0};
    if (!to) return;
    inki_onnx_add_ints(walk->b, to, "kernel_shape", kernel, 2);
    inki_onnx_add_ints(walk->b, to, "strides", strides, 2);
    inki_onnx_add_ints(walk->b, to, "pads", pads, 4);
}

static ink_status add_convolution(void *user, const struct inki_node *node)
{
    const struct walk *walk = user;
    const struct made from = source_of(walk, node, 0);
    struct inki_param weights, bias_is;
    struct inki_onnx_name input = as_image(walk, node, &from), weight, bias, output;
    const bool biased = inki_param(node, 1, &bias_is);
    inki_param(node, 0, &weights);
    add_param(walk, node, 0, &weight);
    if (biased) add_param(walk, node, 1, &bias);
    name_as(&output, walk, node, "sum");
    Inki__Onnx__Node *conv =
        inki_onnx_add_node(walk->b, "Conv", node->name, (inputs_of){input.name, weight.name, biased ? bias.name : NULL},
                           output.name, NULL);
    add_frame(walk, conv, node);
    if (conv) inki_onnx_add_int(walk->b, conv, "group", (int64_t)(node->in.channels / weights.dims[1]));
    return finish(walk, node, &output, true);
}

static ink_status add_pool(void *user, const struct inki_node *node, bool largest)
{
    const struct walk *walk = user;
    const struct made from = source_of(walk, node, 0);
    struct inki_onnx_name input = as_image(walk, node, &from), output;
    name_as(&output, walk, node, "output");
    add_frame(walk,
              inki_onnx_add_node(walk->b, largest ? "MaxPool" : "AveragePool", output.name, (inputs_of){input.name},
                                 output.name, NULL),
              node);
    return put(walk, node, &output, true);
}

static struct inki_onnx_name turn(const struct walk *walk, const struct inki_node *node, const char *what,
                                  const struct inki_onnx_name *from, const int64_t order[4])
{
    struct inki_onnx_name name;
    name_as(&name, walk, node, what);
    Inki__Onnx__Node *transpose =
        inki_onnx_add_node(walk->b, "Transpose", name.name, (inputs_of){from->name}, name.name, NULL);
    if (transpose) inki_onnx_add_ints(walk->b, transpose, "perm", order, 4);
    return name;
}

/* By the running averages of a batch's norm; of a pixel's channels, which then have to come last. */
static ink_status add_norm(void *user, const struct inki_node *node, bool by_batch)
{
    static const int64_t last[] = {0, 2, 3, 1}, back[] = {0, 3, 1, 2};
    const struct walk *walk = user;
    const struct made from = source_of(walk, node, 0);
    struct inki_onnx_name input = as_image(walk, node, &from), part[4] = {{""}}, output;
    for (size_t i = 0; i < (by_batch ? 4u : 2u); i++) add_param(walk, node, i, &part[i]);
    name_as(&output, walk, node, "sum");
    if (!by_batch) input = turn(walk, node, "pixels", &input, last);
    Inki__Onnx__Node *norm =
        inki_onnx_add_node(walk->b, by_batch ? "BatchNormalization" : "LayerNormalization", node->name,
                           (inputs_of){input.name, part[0].name, part[1].name, by_batch ? part[2].name : NULL,
                                       by_batch ? part[3].name : NULL},
                           output.name, NULL);
    if (norm) inki_onnx_add_float(walk->b, norm, "epsilon", 1e-5f);
    if (!by_batch) output = turn(walk, node, "channels", &output, back);
    return finish(walk, node, &output, true);
}

static ink_status add_sum(void *user, const struct inki_node *node)
{
    const struct walk *walk = user;
    struct made a = source_of(walk, node, 0), b = source_of(walk, node, 1);
    struct inki_onnx_name output;
    name_as(&output, walk, node, "sum");
    const bool image = a.image || b.image;
    if (image && !a.image) a.name = as_image(walk, node, &a);
    if (image && !b.image) b.name = as_image(walk, node, &b);
    inki_onnx_add_node(walk->b, "Add", output.name, (inputs_of){a.name.name, b.name.name}, output.name, NULL);
    return finish(walk, node, &output, image);
}

static ink_status refuse(void *user, const struct inki_node *node)
{
    const struct walk *walk = user;
    return inki_fail(walk->b->ctx, INK_UNSUPPORTED, "%s: a layer '%s' cannot be exported in this format", walk->b->path,
                     node->op->word);
}

ink_status inki_onnx_add_network(struct inki_onnx_build *b, struct inki_onnx_name *now)
{
    const ink_model *model = b->from;
    struct walk walk = {b, inki_onnx_memory(b, model->node_count + 1, sizeof *walk.made)};
    if (b->failed) return INK_NO_MEMORY;
    walk.made[0].name = *now;
    INK_TRY(inki_model_emit(model, &(struct inki_emitter){.user = &walk,
                                                          .scaling = add_scaling,
                                                          .encoding = add_encoding,
                                                          .affine = add_affine,
                                                          .members = add_members,
                                                          .convolution = add_convolution,
                                                          .pool = add_pool,
                                                          .norm = add_norm,
                                                          .sum = add_sum,
                                                          .other = refuse}));
    *now = walk.made[model->node_count].name;
    return INK_OK;
}

#endif
