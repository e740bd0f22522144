/* pickle_arrays: the arrays and lists of numbers in a pickle, by name: for starting weights.
 * SPDX-License-Identifier: MIT */
#include "read/pickle.h"

#include "base/mem.h"
#include "read/npy.h"
#include "read/pickle_rows.h"

#include <stdio.h>
#include <string.h>

enum { MOST_ARRAYS = 4096, MOST_DEPTH = 4, MOST_VISITS = 1 << 16 };

struct found {
    struct inki_unpickler *u;
    struct inki_table arrays; /* of struct inki_array */
    size_t visits, budget;    /* lists may share their items: what has been looked at, what may be */
};

/* A copy of an array's bytes, or of a nested list's numbers as doubles, of its own. */
static ink_status copy_values(struct inki_unpickler *u, struct inki_py value, const struct inki_py_shape *shape,
                              struct inki_array *out)
{
    size_t size;
    *out = (struct inki_array){0};
    bool one = inki_py_array(u, &value, out);
    if (!one) {
        out->rank = shape->rank;
        out->count = 1;
        memcpy(out->dims, shape->dims, sizeof out->dims);
        for (size_t d = 0; d < shape->rank; d++) out->count *= shape->dims[d];
        out->big_endian = !inki_is_little_endian();
        inki_array_set_type(out, "f8");
    }
    if (!inki_mul_fits(out->count, out->item, &size)) size = SIZE_MAX;
    INK_TRY(inki_py_spend(u, size / sizeof(double)));
    uint8_t *copy = inki_alloc(u->ctx, size, 1);
    if (!copy) return INK_NO_MEMORY;
    if (one)
        memcpy(copy, out->values, size);
    else
        inki_py_copy(u, value, (double *)(void *)copy);
    out->values = copy;
    out->block = (struct inki_bytes){.data = copy, .size = size};
    return INK_OK;
}

static ink_status add_array(struct found *found, const char *name, struct inki_py value,
                            const struct inki_py_shape *shape)
{
    struct inki_array array;
    if (found->arrays.count == MOST_ARRAYS)
        return inki_fail(found->u->ctx, INK_BAD_DATA, "%s: more than %d arrays; are these the weights of a network?",
                         found->u->where, MOST_ARRAYS);
    INK_TRY(inki_table_reserve(found->u->ctx, &found->arrays, 1, sizeof array));
    INK_TRY(copy_values(found->u, value, shape, &array));
    snprintf(array.name, sizeof array.name, "%s", name);
    ((struct inki_array *)found->arrays.items)[found->arrays.count++] = array;
    return INK_OK;
}

/* A list of arrays is no array, however alike they are: they are those of several layers. */
static bool holds_arrays(const struct inki_unpickler *u, struct inki_py value, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (inki_py_of_kind(u, inki_py_item(u, value, i), INKI_PY_ARRAY)) return true;
    return false;
}

static ink_status collect(struct found *found, const char *name, struct inki_py value, size_t depth);

static ink_status collect_items(struct found *found, const char *name, struct inki_py value, size_t count, size_t depth)
{
    char longer[2 * sizeof(((struct inki_array *)0)->name)];
    for (size_t i = 0; i < count; i++) {
        snprintf(longer, sizeof longer, "%.64s[%zu]", name, i);
        INK_TRY(collect(found, longer, inki_py_item(found->u, value, i), depth + 1));
    }
    return INK_OK;
}

static ink_status collect_entries(struct found *found, const char *name, const struct inki_py_object *dict,
                                  size_t depth)
{
    char longer[2 * sizeof(((struct inki_array *)0)->name)];
    const struct inki_unpickler *u = found->u;
    size_t at = dict->at, count = dict->count;
    for (size_t i = 0; i < count; i += 2) {
        size_t size;
        struct inki_py key = ((const struct inki_py *)u->items.items)[at + i];
        const char *text = (const char *)inki_py_bytes(u, key, &size);
        if (text)
            snprintf(longer, sizeof longer, "%.64s%s%.*s", name, *name ? "." : "", (int)(size < 60 ? size : 60), text);
        else
            snprintf(longer, sizeof longer, "%.64s[%.0f]", name, inki_py_is_number(key) ? inki_py_as_number(key) : -1);
        INK_TRY(collect(found, longer, ((const struct inki_py *)u->items.items)[at + i + 1], depth + 1));
    }
    return INK_OK;
}

/* Texts, None and the like are left out. Recursion ends at MOST_DEPTH. */
static ink_status collect(struct found *found, const char *name, struct inki_py value, size_t depth)
{
    size_t count = 0;
    struct inki_array array;
    struct inki_py_shape shape = {0};
    struct inki_unpickler *u = found->u;
    const struct inki_py_object *dict = inki_py_of_kind(u, value, INKI_PY_DICT);
    bool sequence = inki_py_is_sequence(u, value, &count);
    if (sequence) INK_TRY(inki_py_spend(u, count)); /* its items are looked at */
    if (inki_py_array(u, &value, &array)) return array.element ? add_array(found, name, value, &shape) : INK_OK;
    if (depth == MOST_DEPTH || ++found->visits > MOST_VISITS) return INK_OK;
    if (dict) return collect_entries(found, name, dict, depth);
    if (!sequence || count == 0) return INK_OK;
    if (!holds_arrays(u, value, count) && inki_py_shape(u, u->where, value, &found->budget, &shape) == INK_OK &&
        shape.rank == 2)
        return add_array(found, name, value, &shape);
    return collect_items(found, name, value, count, depth);
}

ink_status inki_pickle_arrays(ink_ctx *ctx, const char *path, struct inki_bytes *content, struct inki_array **out,
                              size_t *count)
{
    struct inki_unpickler u;
    struct inki_py value;
    struct found found = {.u = &u, .budget = 4 * content->size + MOST_VISITS};
    *out = NULL;
    *count = 0;
    ink_status status = inki_pickle_load(ctx, path, content, &u, &value);
    if (status == INK_OK) status = collect(&found, "", value, 0);
    inki_py_free(&u);
    if (status != INK_OK) {
        inki_arrays_free(ctx, found.arrays.items, found.arrays.count);
        return status;
    }
    *out = found.arrays.items;
    *count = found.arrays.count;
    return INK_OK;
}
