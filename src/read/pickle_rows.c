/* pickle_rows: nested lists and arrays as rows of a data set.
 * SPDX-License-Identifier: MIT
 *
 * Rows are walked as leaves: arrays, and lists of numbers, which both are struct inki_array. */
#include "read/pickle_rows.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

enum { MOST_REPEATS = 64, FREE_VALUES = 1 << 16 };

const char *inki_py_describe(const struct inki_unpickler *u, struct inki_py value)
{
    static const char *const kinds[] = {[INKI_PY_TEXT] = "a text",   [INKI_PY_NUMBERS] = "a list of numbers",
                                        [INKI_PY_LIST] = "a list",   [INKI_PY_TUPLE] = "a tuple",
                                        [INKI_PY_DICT] = "a dict",   [INKI_PY_DTYPE] = "a type of arrays",
                                        [INKI_PY_ARRAY] = "an array"};
    const struct inki_py_object *object = inki_py_object(u, value);
    if (inki_py_is_number(value)) return "a number";
    if (!object) return inki_py_is(value, INKI_PY_NONE) ? "None" : "a function";
    if (object->kind != INKI_PY_ARRAY) return kinds[object->kind];
    const struct inki_py_array *array = inki_store_at(&u->arrays, object->at);
    const struct inki_py_dtype *type = object->made ? inki_store_at(&u->dtypes, array->type) : NULL;
    if (!object->made) return "an array of objects or without content (save numbers, e.g. x.astype('float32'))";
    if (type->readable) return type->like.text ? "an array of texts" : "an array";
    return "an array of records, dates or complex numbers (save numbers, e.g. x.astype('float32'))";
}

void inki_py_where(const struct inki_unpickler *u, const struct inki_py_part *part, char *out, size_t room)
{
    snprintf(out, room, "%s%s%s", u->where, *part->name ? ":" : "", part->name);
}

/* ------------------------------------------------------------------- shapes */

/* A walk over nested values: where it is, and how many values it may see at all, and still. */
struct walk {
    struct inki_unpickler *u;
    const char *where;
    size_t row, most, *budget;
};

static ink_status too_much(const struct walk *w)
{
    return inki_fail(
        w->u->ctx, INK_BAD_DATA,
        "%s: its lists repeat each other so often that they expand to more values than %zu bytes can justify", w->where,
        w->u->content->size);
}

static void shape_text(const struct inki_py_shape *shape, char out[96])
{
    size_t used = 0;
    snprintf(out, 96, "one number");
    for (size_t d = 0; d < shape->rank; d++)
        used += (size_t)snprintf(out + used, 96 - used, "%s%zu", d ? "x" : "", shape->dims[d]);
}

static bool same_shape(const struct inki_py_shape *a, const struct inki_py_shape *b)
{
    return a->rank == b->rank && memcmp(a->dims, b->dims, a->rank * sizeof *a->dims) == 0;
}

static ink_status ragged(const struct walk *w, const struct inki_py_shape *shape, const struct inki_py_shape *before)
{
    char here[96], there[96];
    shape_text(shape, here);
    shape_text(before, there);
    return inki_fail(w->u->ctx, INK_BAD_DATA,
                     "%s: row %zu (from 0) has %s where others have %s; rows are all alike: correct it, or remove it",
                     w->where, w->row, here, there);
}

/* Recursion ends at INKI_RANK_MAX levels. */
static ink_status walk_shape(struct walk *w, struct inki_py value, size_t level, struct inki_py_shape *out)
{
    size_t count;
    struct inki_array leaf;
    *out = (struct inki_py_shape){0};
    if (*w->budget == 0) return too_much(w);
    --*w->budget;
    if (inki_py_array(w->u, &value, &leaf) && leaf.element) {
        if (leaf.count > *w->budget) return too_much(w);
        *w->budget -= leaf.count;
        out->rank = leaf.rank;
        memcpy(out->dims, leaf.dims, sizeof out->dims);
    } else if (!inki_py_is_sequence(w->u, value, &count) || count == 0) {
        return inki_fail(w->u->ctx, INK_BAD_DATA,
                         "%s: row %zu (from 0): %s where numbers should be; save an array or lists of numbers",
                         w->where, w->row,
                         inki_py_is_sequence(w->u, value, &count) ? "an empty list" : inki_py_describe(w->u, value));
    } else {
        if (level == INKI_RANK_MAX)
            return inki_fail(w->u->ctx, INK_BAD_DATA, "%s: row %zu (from 0): lists in lists, more than %d deep",
                             w->where, w->row, INKI_RANK_MAX);
        struct inki_py_shape first = {0};
        for (size_t i = 0; i < count; i++) {
            struct inki_py_shape item;
            if (level == 0) w->row = i;
            INK_TRY(walk_shape(w, inki_py_item(w->u, value, i), level + 1, &item));
            if (i == 0) first = item;
            if (!same_shape(&item, &first)) return ragged(w, &item, &first);
        }
        out->rank = first.rank + 1;
        out->dims[0] = count;
        memcpy(out->dims + 1, first.dims, (INKI_RANK_MAX - 1) * sizeof *out->dims);
    }
    if (level + out->rank <= INKI_RANK_MAX) return INK_OK;
    return inki_fail(w->u->ctx, INK_BAD_DATA, "%s: row %zu (from 0): more than %d dimensions; reshape the rows",
                     w->where, w->row, INKI_RANK_MAX);
}

/* No more values than the file can justify. */
static ink_status check_count(const struct walk *w, const struct inki_py_shape *shape)
{
    size_t count = 1;
    for (size_t d = 0; d < shape->rank; d++)
        if (!inki_mul_fits(count, shape->dims[d], &count) || count > w->most) return too_much(w);
    return INK_OK;
}

ink_status inki_py_shape(struct inki_unpickler *u, const char *where, struct inki_py value, size_t *budget,
                         struct inki_py_shape *out)
{
    struct walk w = {u, where, 0, *budget, budget};
    INK_TRY(walk_shape(&w, value, 0, out));
    return check_count(&w, out);
}

static struct inki_py row_of(const struct inki_unpickler *u, const struct inki_py_part *part, size_t i)
{
    return inki_py_item(u, inki_py_item(u, part->x, i), part->row);
}

/* Every item of a list of pairs is a pair. */
static ink_status check_pair(const struct inki_unpickler *u, const char *where, size_t row, struct inki_py pair)
{
    size_t two;
    if (inki_py_is_sequence(u, pair, &two) && two == 2) return INK_OK;
    return inki_fail(u->ctx, INK_BAD_DATA, "%s: row %zu (from 0) is %s, not a pair (row, label)", where, row,
                     inki_py_describe(u, pair));
}

static ink_status shape_of_part(struct walk *w, const struct inki_py_part *part, struct inki_py_shape *out)
{
    size_t count;
    struct inki_py_shape first = {0}, shape;
    if (!part->pairs) return walk_shape(w, part->x, 0, out);
    inki_py_is_sequence(w->u, part->x, &count);
    for (w->row = 0; w->row < count; w->row++) {
        INK_TRY(check_pair(w->u, w->where, w->row, inki_py_item(w->u, part->x, w->row)));
        INK_TRY(walk_shape(w, row_of(w->u, part, w->row), 1, &shape));
        if (w->row == 0) first = shape;
        if (!same_shape(&shape, &first)) return ragged(w, &shape, &first);
    }
    if (first.rank == 2 && first.dims[1] == 1) first.rank = 1; /* a column */
    out->rank = first.rank + 1;
    out->dims[0] = count;
    memcpy(out->dims + 1, first.dims, (INKI_RANK_MAX - 1) * sizeof *out->dims);
    return INK_OK;
}

/* The rows of several parts, one after the other: as long as all together, else alike. */
static ink_status shape_of_parts(struct walk *w, const struct inki_py_part *const *parts, size_t count,
                                 struct inki_py_shape *out)
{
    INK_TRY(shape_of_part(w, parts[0], out));
    for (size_t i = 1; i < count; i++) {
        struct inki_py_shape more;
        INK_TRY(shape_of_part(w, parts[i], &more));
        size_t rows = more.dims[0];
        more.dims[0] = out->dims[0];
        if (!same_shape(&more, out)) return ragged(w, &more, out);
        out->dims[0] += rows;
        inki_note(w->u->ctx, "%s: its %zu validation rows are joined to the training rows", w->u->where, rows);
    }
    return INK_OK;
}

/* ------------------------------------------------------------------- leaves */

/* Called for each leaf, in order; false ends the walk. */
typedef bool visit(void *arg, struct inki_array *leaf);

/* The value's shape is known, so its depth is too. */
static bool each_leaf(const struct inki_unpickler *u, struct inki_py value, visit *call, void *arg)
{
    size_t count;
    struct inki_array leaf;
    if (inki_py_array(u, &value, &leaf)) return call(arg, &leaf);
    inki_py_is_sequence(u, value, &count);
    for (size_t i = 0; i < count; i++)
        if (!each_leaf(u, inki_py_item(u, value, i), call, arg)) return false;
    return true;
}

static bool each_leaf_of_part(struct inki_unpickler *u, const struct inki_py_part *part, visit *call, void *arg)
{
    size_t count;
    if (!part->pairs) return each_leaf(u, part->x, call, arg);
    inki_py_is_sequence(u, part->x, &count);
    for (size_t i = 0; i < count; i++)
        if (!each_leaf(u, row_of(u, part, i), call, arg)) return false;
    return true;
}

static bool each_leaf_of_parts(struct inki_unpickler *u, const struct inki_py_part *const *parts, size_t count,
                               visit *call, void *arg)
{
    u->content->done = 0; /* what was given back is looked at once more */
    for (size_t i = 0; i < count; i++)
        if (!each_leaf_of_part(u, parts[i], call, arg)) return false;
    return true;
}

static bool leaf_is_bytes(void *arg, struct inki_array *leaf)
{
    (void)arg;
    return inki_array_holds_bytes(leaf);
}

/* Where leaves lie that follow one another as the data would have them. */
struct stretch {
    bool bytes;
    const uint8_t *begin, *end;
};

static bool leaf_follows(void *arg, struct inki_array *leaf)
{
    struct stretch *stretch = arg;
    if (!(stretch->bytes ? inki_array_is_bytes(leaf) : inki_array_is_floats(leaf))) return false;
    if (!stretch->begin) stretch->begin = stretch->end = leaf->values;
    if (leaf->values != stretch->end) return false;
    stretch->end += leaf->count * leaf->item;
    return true;
}

/* Where the leaves' numbers go; floats may be NULL, then they are looked at only. */
struct copy {
    struct inki_unpickler *u;
    uint8_t *bytes;
    float *floats;
    size_t done;
    bool once;  /* nothing is looked at again */
    double bad; /* what no float holds */
};

/* A mapped file need not be held beside what is made of it. */
static void give_back(struct inki_unpickler *u, const struct inki_array *leaf)
{
    const uint8_t *begin = u->content->data;
    if (u->content->mapped && leaf->values >= begin && leaf->values < begin + u->content->size)
        inki_bytes_done(u->content, (size_t)(leaf->values - begin));
}

/* The same within one array, which may be all of the file. */
static void give_back_within(const struct copy *copy, struct inki_array *leaf)
{
    if (!copy->once) return;
    leaf->block = (struct inki_bytes){.data = (uint8_t *)(uintptr_t)leaf->values, .size = leaf->count * leaf->item};
    leaf->through = copy->u->ctx;
}

static bool copy_bytes(void *arg, struct inki_array *leaf)
{
    struct copy *copy = arg;
    give_back_within(copy, leaf);
    inki_array_to_bytes(leaf, copy->bytes + copy->done);
    copy->done += leaf->count;
    give_back(copy->u, leaf);
    return true;
}

static bool copy_floats(void *arg, struct inki_array *leaf)
{
    struct copy *copy = arg;
    give_back_within(copy, leaf);
    size_t good = inki_array_to_floats(leaf, copy->floats ? copy->floats + copy->done : NULL);
    copy->done += good;
    give_back(copy->u, leaf);
    if (good == leaf->count) return true;
    copy->bad = inki_array_at(leaf, good);
    return false;
}

struct copy_doubles {
    double *to;
};

static bool copy_double(void *arg, struct inki_array *leaf)
{
    struct copy_doubles *copy = arg;
    for (size_t i = 0; i < leaf->count; i++) *copy->to++ = inki_array_at(leaf, i);
    return true;
}

void inki_py_copy(struct inki_unpickler *u, struct inki_py value, double *to)
{
    struct copy_doubles copy = {to};
    each_leaf(u, value, copy_double, &copy);
}

/* -------------------------------------------------------------------- rows */

/* The block that holds the stretch, if that is most of it: the data's from now on. */
static bool take_block(struct inki_unpickler *u, const struct stretch *stretch, ink_data *data)
{
    uint8_t *numbers = u->numbers.items;
    size_t size = (size_t)(stretch->end - stretch->begin);
    bool among_numbers = numbers && stretch->begin >= numbers && stretch->begin < numbers + u->numbers.count;
    if (size < (among_numbers ? u->numbers.count : u->content->size) / 2) return false;
    if (among_numbers) {
        data->block = (struct inki_bytes){.data = numbers, .size = u->numbers.count};
        u->numbers = (struct inki_table){0};
    } else {
        data->block = *u->content;
        *u->content = (struct inki_bytes){0};
    }
    return true;
}

/* What is read: parts one after another. */
struct source {
    struct inki_unpickler *u;
    const struct inki_py_part *const *parts;
    size_t count;
    const char *where;
};

static bool each(const struct source *from, visit *call, void *arg)
{
    return each_leaf_of_parts(from->u, from->parts, from->count, call, arg);
}

/* Numbers as they lie, if they lie as the data would have them: sets *taken. */
static ink_status take_rows(const struct source *from, ink_data *data, bool *taken)
{
    bool bytes = data->bytes != NULL;
    size_t size = data->rows * data->features * (bytes ? 1 : sizeof(float));
    struct stretch stretch = {.bytes = bytes};
    struct copy look = {.u = from->u};
    *taken = each(from, leaf_follows, &stretch) && (size_t)(stretch.end - stretch.begin) == size;
    if (*taken && !bytes && !each(from, copy_floats, &look))
        return inki_not_a_value(from->u->ctx, from->where, look.done, data->features, look.bad);
    *taken = *taken && take_block(from->u, &stretch, data);
    if (!*taken) return INK_OK;
    data->bytes = bytes ? stretch.begin : NULL;
    data->floats = bytes ? NULL : (const float *)(const void *)stretch.begin;
    return INK_OK;
}

/* take: these are the last rows that are read. */
static ink_status copy_rows(const struct source *from, bool take, ink_data *data)
{
    struct inki_array array;
    struct inki_py x = from->parts[0]->x;
    bool bytes = data->bytes != NULL;
    void *room = inki_data_room(from->u->ctx, data, data->rows * data->features, bytes ? 1 : sizeof(float));
    struct copy copy = {.u = from->u, .bytes = bytes ? room : NULL, .floats = bytes ? NULL : room};
    if (!room) return INK_NO_MEMORY;
    copy.once = take && from->count == 1 && !from->parts[0]->pairs && inki_py_array(from->u, &x, &array);
    data->bytes = copy.bytes;
    data->floats = copy.floats;
    if (each(from, bytes ? copy_bytes : copy_floats, &copy)) return INK_OK;
    return inki_not_a_value(from->u->ctx, from->where, copy.done, data->features, copy.bad);
}

static ink_status read_rows(const struct source *from, bool take, ink_data *data)
{
    size_t budget = MOST_REPEATS * from->u->content->size + FREE_VALUES;
    struct walk w = {from->u, from->where, 0, budget, &budget};
    struct inki_py_shape shape;
    bool taken = false;
    INK_TRY(shape_of_parts(&w, from->parts, from->count, &shape));
    INK_TRY(check_count(&w, &shape));
    if (each(from, leaf_is_bytes, NULL)) data->bytes = from->u->content->data; /* the shape depends on it */
    INK_TRY(inki_data_set_shape(from->u->ctx, data, shape.dims, shape.rank, from->where));
    if (take) INK_TRY(take_rows(from, data, &taken));
    return taken ? INK_OK : copy_rows(from, take, data);
}

ink_status inki_py_rows(struct inki_unpickler *u, const struct inki_py_part *const *parts, size_t count, bool take,
                        ink_data **out)
{
    char where[1024];
    ink_data *data = NULL;
    struct source from = {u, parts, count, where};
    *out = NULL;
    inki_py_where(u, parts[0], where, sizeof where);
    INK_TRY(inki_data_begin(u->ctx, where, &data));
    ink_status status = read_rows(&from, take, data);
    if (status != INK_OK) {
        ink_data_free(data);
        return status;
    }
    *out = data;
    return INK_OK;
}

/* ------------------------------------------------------------------ labels */

static ink_status add_label(struct inki_unpickler *u, struct inki_py value, struct inki_label_list *list)
{
    size_t size;
    struct inki_array array;
    const char *word = (const char *)inki_py_bytes(u, value, &size);
    if (word) INK_TRY(inki_py_spend(u, size / 8));
    if (word) return inki_labels_add_word(list, word, size);
    if (inki_py_is_number(value)) return inki_labels_add_number(list, inki_py_as_number(value));
    if (inki_py_array(u, &value, &array)) {
        INK_TRY(inki_py_spend(u, array.count * (array.text ? 1 + array.item / 8 : 1)));
        return inki_labels_add_row(list, &array);
    }
    return inki_fail(u->ctx, INK_BAD_DATA, "%s: row %zu (from 0): the label is %s; expected a number or a word",
                     list->where, list->count, inki_py_describe(u, value));
}

ink_status inki_py_labels(struct inki_unpickler *u, const struct inki_py_part *part, struct inki_label_list *list)
{
    size_t count;
    struct inki_array array;
    struct inki_py from = part->pairs ? part->x : part->y;
    if (!part->pairs && inki_py_array(u, &from, &array)) return inki_labels_add_array(list, &array);
    if (!inki_py_is_sequence(u, from, &count))
        return inki_fail(u->ctx, INK_BAD_DATA, "%s: labels are %s; expected a list or an array", list->where,
                         inki_py_describe(u, from));
    for (size_t i = 0; i < count; i++) {
        struct inki_py item = inki_py_item(u, from, i);
        if (part->pairs) INK_TRY(check_pair(u, list->where, i, item));
        INK_TRY(add_label(u, part->pairs ? inki_py_item(u, item, 1 - part->row) : item, list));
    }
    return INK_OK;
}
