/* onnx_images_shape: how values are laid out on the way through an ONNX graph with layers over images.
 * SPDX-License-Identifier: MIT */
#include "out/onnx_images.h"

#ifdef INKI_HAVE_ONNX

#include <string.h>

size_t inki_onnx_values_of(const struct inki_onnx_image *now)
{
    size_t size = 1;
    for (size_t d = 0; d < now->rank; d++) size *= now->sides[d];
    return size;
}

/* Sides of an image of channels. */
void inki_onnx_set_image(struct inki_onnx_images *walk, size_t height, size_t width, size_t channels)
{
    struct inki_onnx_image *now = &walk->now;
    now->in = (struct inki_shape){height, width, channels, 0};
    now->rank = 3;
    now->sides[0] = channels;
    now->sides[1] = height;
    now->sides[2] = width;
    now->last = now->raw = false;
}

ink_status inki_onnx_resolve(struct inki_onnx_images *walk, const Inki__Onnx__Node *node)
{
    struct inki_onnx_image *now = &walk->now;
    if (now->rank != 3) return inki_onnx_refuse(walk->onnx, node, "takes no image of three sides");
    if (now->last) return inki_onnx_refuse(walk->onnx, node, "takes an image whose channels come last");
    if (!now->raw) return INK_OK;
    if (now->flat_rows && now->sides[0] > 1 && now->sides[1] * now->sides[2] > 1)
        return inki_onnx_refuse(walk->onnx, node,
                                "takes rows that hold images plane by plane; expected pixel by pixel, or images");
    inki_onnx_set_image(walk, now->sides[1], now->sides[2], now->sides[0]);
    walk->network->in = now->in;
    return INK_OK;
}

void inki_onnx_flatten(struct inki_onnx_image *now)
{
    if (now->rank == 3) now->pixels = now->last;
    now->sides[0] = inki_onnx_values_of(now);
    now->rank = 1;
    now->last = false;
}

ink_status inki_onnx_image_flatten(struct inki_onnx_images *walk, const Inki__Onnx__Node *node)
{
    const int64_t axis = inki_onnx_int(node, "axis", 1);
    if (axis != 1 && axis != -(int64_t)walk->now.rank)
        return inki_onnx_refuse(walk->onnx, node, "does not keep the rows apart");
    if (walk->now.raw && walk->now.rank == 3 && walk->now.sides[0] > 1 && walk->now.sides[2] > 4)
        return inki_onnx_refuse(walk->onnx, node, "flattens images of several channels in front of the first layer");
    inki_onnx_flatten(&walk->now);
    return INK_OK;
}

static ink_status set_sides(struct inki_onnx_images *walk, const Inki__Onnx__Node *node, const size_t *sides,
                            size_t rank)
{
    struct inki_onnx_image *now = &walk->now;
    bool same = rank == now->rank;
    size_t size = 1;
    for (size_t d = 0; d < rank; d++) size *= sides[d];
    for (size_t d = 0; same && d < rank; d++) same = sides[d] == now->sides[d];
    if (size != inki_onnx_values_of(now)) return inki_onnx_refuse(walk->onnx, node, "does not keep the rows apart");
    if (same) return INK_OK;
    if (rank == 1) {
        inki_onnx_flatten(now);
        return INK_OK;
    }
    if (rank > 3 || (!now->raw && now->in.height * now->in.width > 1))
        return inki_onnx_refuse(walk->onnx, node, "gives an image another shape");
    memcpy(now->sides, sides, rank * sizeof *sides);
    now->rank = rank;
    now->last = !now->raw && rank == 3 && sides[2] > 1;
    return INK_OK;
}

ink_status inki_onnx_image_reshape(struct inki_onnx_images *walk, const Inki__Onnx__Node *node)
{
    struct inki_onnx_values shape;
    size_t sides[4] = {0}, rank, open = 4, known = 1;
    INK_TRY(inki_onnx_take(walk->onnx, inki_onnx_input(node, 1), &shape));
    bool good = shape.count >= 2 && shape.count <= 4;
    rank = good ? shape.count - 1 : 0;
    for (size_t d = 0; d < rank; d++) {
        const double side = shape.values[d + 1];
        if (side == -1 && open == 4)
            open = d;
        else if (side == 0 && d < walk->now.rank)
            sides[d] = walk->now.sides[d];
        else if (side >= 1 && side < 1e9)
            sides[d] = (size_t)side;
        else
            good = false;
        if (d != open) known *= sides[d] ? sides[d] : 1;
    }
    inki_onnx_drop(&shape);
    if (!good) return inki_onnx_refuse(walk->onnx, node, "does not keep the rows apart");
    if (open < 4) sides[open] = inki_onnx_values_of(&walk->now) / known;
    return set_sides(walk, node, sides, rank);
}

/* Sides of 1 come or go. */
ink_status inki_onnx_image_squeeze(struct inki_onnx_images *walk, const Inki__Onnx__Node *node)
{
    const Inki__Onnx__Attribute *given = inki_onnx_attribute(node, "axes");
    struct inki_onnx_values list = {0};
    const bool adds = *inki_onnx_op(node) == 'U';
    bool which[5] = {false}, good = true;
    size_t sides[4], rank = 0, from = 0;
    if (!given && *inki_onnx_input(node, 1)) INK_TRY(inki_onnx_take(walk->onnx, inki_onnx_input(node, 1), &list));
    const size_t count = given ? given->n_ints : list.count, all = walk->now.rank + 1 + (adds ? count : 0);
    for (size_t k = 0; k < count; k++) {
        double at = given ? (double)given->ints[k] : list.values[k];
        if (at < 0) at += (double)all;
        good = good && at >= 1 && at < (double)all && at < 5;
        if (good) which[(size_t)at] = true;
    }
    inki_onnx_drop(&list);
    if (!good || count == 0 || all > 4)
        return inki_onnx_refuse(walk->onnx, node, "may not keep the rows apart; a Flatten does");
    for (size_t d = 1; d < all; d++) {
        if (adds && which[d])
            sides[rank++] = 1;
        else if (adds || !which[d])
            sides[rank++] = walk->now.sides[from++];
        else
            from++;
    }
    if (rank == 0) sides[rank++] = 1;
    return set_sides(walk, node, sides, rank);
}

static bool is_order(const Inki__Onnx__Attribute *list, const int64_t order[4])
{
    return list && list->n_ints == 4 && memcmp(list->ints, order, 4 * sizeof *order) == 0;
}

ink_status inki_onnx_image_transpose(struct inki_onnx_images *walk, const Inki__Onnx__Node *node)
{
    const Inki__Onnx__Attribute *perm = inki_onnx_attribute(node, "perm");
    struct inki_onnx_image *now = &walk->now;
    const bool in = is_order(perm, (const int64_t[]){0, 3, 1, 2}), out = is_order(perm, (const int64_t[]){0, 2, 3, 1});
    if (now->rank != 3 || (!in && !out) || (!now->raw && (in != now->last)))
        return inki_onnx_refuse(walk->onnx, node, "turns an image round in a way that is not known");
    const size_t a = now->sides[0], b = now->sides[1], c = now->sides[2];
    now->sides[0] = in ? c : b;
    now->sides[1] = in ? a : c;
    now->sides[2] = in ? b : a;
    if (now->raw && in) {
        now->flat_rows = false; /* pixel by pixel, as rows are */
        return inki_onnx_resolve(walk, node);
    }
    now->last = out;
    return INK_OK;
}

/* Pads that add nothing, as some programs write them in front of pools. */
ink_status inki_onnx_image_pad(struct inki_onnx_images *walk, const Inki__Onnx__Node *node)
{
    const Inki__Onnx__Attribute *given = inki_onnx_attribute(node, "pads");
    struct inki_onnx_values list = {0};
    bool any = false;
    if (!given && *inki_onnx_input(node, 1)) INK_TRY(inki_onnx_take(walk->onnx, inki_onnx_input(node, 1), &list));
    for (size_t k = 0; k < (given ? given->n_ints : list.count); k++)
        any = any || (given ? given->ints[k] != 0 : list.values[k] != 0);
    inki_onnx_drop(&list);
    return any ? inki_onnx_refuse(walk->onnx, node, "pads an image; a padding can be that of a Conv") : INK_OK;
}

#endif
