/* named_weights: arrays into a network's tensors by their names, or by shape and order.
 * SPDX-License-Identifier: MIT */
#include "train/named_weights.h"
#include "base/mem.h"
#include "base/text.h"
#include "read/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The arrays, in the order of their names, and which have been taken. */
struct offer {
    ink_ctx *ctx;
    ink_model *model;
    const char *path;
    const struct inki_array **arrays;
    bool *taken;
    size_t count;
};

bool inki_weights_have_names(const ink_model *model)
{
    for (size_t i = 0; i < model->node_count; i++)
        if (model->nodes[i].op->images || model->nodes[i].members) return true;
    return false;
}

/* Numbers in names by their value: conv2 before conv10. */
static int by_name(const void *a, const void *b)
{
    const char *x = (*(const struct inki_array *const *)a)->name, *y = (*(const struct inki_array *const *)b)->name;
    for (; *x && *y; x++, y++) {
        size_t n = strspn(x, "0123456789"), m = strspn(y, "0123456789");
        if (n && m && n != m) return n < m ? -1 : 1;
        if (*x != *y) return (unsigned char)*x < (unsigned char)*y ? -1 : 1;
    }
    return (*x != 0) - (*y != 0);
}

static bool has_shape(const struct inki_array *array, const struct inki_param *tensor)
{
    bool same = array->element && array->rank == tensor->rank;
    for (size_t d = 0; same && d < tensor->rank; d++) same = array->dims[d] == tensor->dims[d];
    return same;
}

static bool ends_in(const char *name, const char *suffix)
{
    size_t length = strlen(name), end = strlen(suffix);
    return length > end && name[length - end - 1] == '.' && strcmp(name + length - end, suffix) == 0;
}

static const struct inki_array *find_called(const struct offer *offer, const char *name)
{
    for (size_t i = 0; i < offer->count; i++)
        if (strcmp(offer->arrays[i]->name, name) == 0) {
            offer->taken[i] = true;
            return offer->arrays[i];
        }
    return NULL;
}

static const struct inki_array *find_like(const struct offer *offer, const struct inki_param *tensor)
{
    for (size_t i = 0; i < offer->count; i++)
        if (!offer->taken[i] && ends_in(offer->arrays[i]->name, tensor->suffix) &&
            has_shape(offer->arrays[i], tensor)) {
            offer->taken[i] = true;
            return offer->arrays[i];
        }
    return NULL;
}

static void shape_text(size_t rank, const size_t *dims, char out[128])
{
    size_t used = (size_t)snprintf(out, 128, "[");
    for (size_t d = 0; d < rank && used < 100; d++)
        used += (size_t)snprintf(out + used, 128 - used, "%s%zu", d ? "," : "", dims[d]);
    snprintf(out + used, 128 - used, "]");
}

static ink_status put_values(const struct offer *offer, const struct inki_node *node, size_t number,
                             const struct inki_param *tensor, const struct inki_array *array)
{
    for (size_t i = 0; i < array->count; i++) {
        double value = inki_array_at(array, i);
        const char *expected = inki_is_value(value) ? inki_param_expects(tensor, value) : "a finite number";
        if (expected)
            return inki_fail(offer->ctx, INK_BAD_DATA, "%s: array '%s': value %zu (from 0) is %g; expected %s",
                             offer->path, array->name, i, value, expected);
        offer->model->w[node->offset + node->op->at(node, number, i)] = (float)value;
    }
    return INK_OK;
}

/* Running averages that the file does not have begin as in a new network. */
static ink_status begin_state(const struct offer *offer, const struct inki_node *node, size_t number,
                              const struct inki_param *tensor)
{
    for (size_t i = 0; i < tensor->count; i++)
        offer->model->w[node->offset + node->op->at(node, number, i)] = tensor->begin;
    inki_note(offer->ctx, "%s: holds no %s.%s: it begins at %g", offer->path, node->name, tensor->suffix,
              (double)tensor->begin);
    return INK_OK;
}

static ink_status put_tensor(const struct offer *offer, const struct inki_node *node, size_t number,
                             const struct inki_param *tensor, bool named)
{
    char name[64], found[128], expected[128];
    snprintf(name, sizeof name, "%s.%s", node->name, tensor->suffix);
    const struct inki_array *array = named ? find_called(offer, name) : find_like(offer, tensor);
    shape_text(tensor->rank, tensor->dims, expected);
    if (!array && tensor->role == INKI_STATE) return begin_state(offer, node, number, tensor);
    if (!array)
        return inki_fail(offer->ctx, INK_BAD_DATA, "%s: holds no %s; expected an array of shape %s%s", offer->path,
                         name, expected,
                         named ? "" : " whose name ends so; arrays can be called as 'inkling show' calls them");
    if (has_shape(array, tensor)) return put_values(offer, node, number, tensor, array);
    shape_text(array->rank, array->dims, found);
    return inki_fail(offer->ctx, INK_BAD_DATA, "%s: %s is of shape %s; expected %s", offer->path, name, found,
                     expected);
}

static ink_status put_all(const struct offer *offer, bool named)
{
    struct inki_param tensor;
    for (size_t l = 0; l < offer->model->node_count; l++) {
        const struct inki_node *node = &offer->model->nodes[l];
        for (size_t t = 0; inki_param(node, t, &tensor); t++)
            if (tensor.role != INKI_FROZEN) INK_TRY(put_tensor(offer, node, t, &tensor, named));
    }
    return INK_OK;
}

/* Whether an array is called as a tensor of the network is. */
static bool has_names(const struct offer *offer)
{
    struct inki_param tensor;
    char name[64];
    for (size_t l = 0; l < offer->model->node_count; l++)
        for (size_t t = 0; inki_param(&offer->model->nodes[l], t, &tensor); t++) {
            snprintf(name, sizeof name, "%s.%s", offer->model->nodes[l].name, tensor.suffix);
            if (tensor.role == INKI_WEIGHT && find_called(offer, name)) return true;
        }
    return false;
}

/* What PyTorch counts beside a norm says nothing of the network; anything else that is left over may be missed. */
static void note_rest(const struct offer *offer, bool named)
{
    struct inki_str rest = {.ctx = offer->ctx};
    size_t left = 0;
    for (size_t i = 0; i < offer->count; i++) {
        const struct inki_array *array = offer->arrays[i];
        if (offer->taken[i] || !array->element || ends_in(array->name, "num_batches_tracked") ||
            strcmp(array->name, "scale_shift") == 0 || strcmp(array->name, "scale_factor") == 0 ||
            strcmp(array->name, "input_shape") == 0)
            continue;
        if (left++ < 5) inki_str_add(&rest, "%s'%s'", left > 1 ? ", " : "", array->name);
    }
    if (!named)
        inki_note(offer->ctx, "%s: its arrays go to the layers by their shapes, in the order of their names",
                  offer->path);
    if (left && rest.text) inki_note(offer->ctx, "%s: not used: %s%s", offer->path, rest.text, left > 5 ? ", …" : "");
    inki_free(rest.text);
}

ink_status inki_weights_by_name(ink_ctx *ctx, ink_model *model, const char *path, const struct inki_array *arrays,
                                size_t count)
{
    struct offer offer = {.ctx = ctx, .model = model, .path = path, .count = count};
    offer.arrays = inki_alloc(ctx, count + 1, sizeof *offer.arrays);
    offer.taken = inki_zalloc(ctx, count + 1, sizeof *offer.taken);
    ink_status status = offer.arrays && offer.taken ? INK_OK : INK_NO_MEMORY;
    if (status == INK_OK) {
        for (size_t i = 0; i < count; i++) offer.arrays[i] = &arrays[i];
        qsort(offer.arrays, count, sizeof *offer.arrays, by_name);
        bool named = has_names(&offer);
        memset(offer.taken, 0, count);
        status = put_all(&offer, named);
        if (status == INK_OK) note_rest(&offer, named);
    }
    inki_free(offer.arrays);
    inki_free(offer.taken);
    return status;
}
