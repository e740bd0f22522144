/* pickle_parts: detects what the values of a pickle are: rows, labels, pairs of both, or parts of these.
 * SPDX-License-Identifier: MIT
 *
 * Understood are: an array or nested lists of rows; (X, y); a list of (row, label) or (label, row); a dict of arrays by the
 * names of names.c, or of train, valid and test; (train, test) and (train, valid, test), each (X, y) or a list of pairs, as
 * in Nielsen's mnist.pkl; (x_train, y_train, x_test, y_test) and scikit-learn's (X_train, X_test, y_train, y_test). */
#include "read/pickle_rows.h"

#include <stdio.h>
#include <string.h>

/* A value's shape as far as its first items show it. */
struct glance {
    size_t rank, rows, count;
};

/* Recursion ends behind INKI_RANK_MAX levels. */
static struct glance glance_to(const struct inki_unpickler *u, struct inki_py value, size_t level)
{
    size_t count;
    struct inki_array array;
    const struct inki_py_object *object = inki_py_object(u, value);
    if (object && inki_py_array(u, &value, &array))
        return (struct glance){array.rank, array.rank ? array.dims[0] : 0, array.count};
    if (level > INKI_RANK_MAX || !inki_py_is_sequence(u, value, &count)) return (struct glance){0, 0, 1};
    if (count == 0) return (struct glance){1, 0, 0};
    struct glance first = glance_to(u, inki_py_item(u, value, 0), level + 1);
    return (struct glance){first.rank + 1, count, first.count <= SIZE_MAX / count ? first.count * count : SIZE_MAX};
}

static struct glance glance(const struct inki_unpickler *u, struct inki_py value) { return glance_to(u, value, 0); }

/* A list or tuple of exactly `count`. */
static bool is_group(const struct inki_unpickler *u, struct inki_py value, size_t count)
{
    size_t n;
    return inki_py_is_sequence(u, value, &n) && n == count && !inki_py_of_kind(u, value, INKI_PY_NUMBERS);
}

/* Whether y can be the labels of the rows x. */
static bool belong(const struct inki_unpickler *u, struct inki_py x, struct inki_py y)
{
    struct glance rows = glance(u, x), labels = glance(u, y);
    return rows.rank >= 2 && (labels.rank == 1 || labels.rank == 2) && rows.rows == labels.rows;
}

static bool is_one(struct glance what) { return what.rank == 0 || (what.rank == 1 && what.count == 1); }

static bool is_vector(struct glance what) { return what.rank == 1 || (what.rank == 2 && what.rows == what.count); }

/* (row, label), where the label is one number or word; or a tuple (row, one-hot vector). */
static bool is_pair(const struct inki_unpickler *u, struct inki_py value, size_t *row)
{
    if (!is_group(u, value, 2)) return false;
    struct inki_py x = inki_py_item(u, value, 0), y = inki_py_item(u, value, 1);
    struct glance a = glance(u, x), b = glance(u, y);
    *row = is_one(a) ? 1 : 0;
    if (is_one(a) != is_one(b)) return true;
    return !is_one(a) && is_vector(b) && b.count < a.count && !belong(u, x, y) &&
           inki_py_of_kind(u, value, INKI_PY_TUPLE);
}

static bool is_list_of_pairs(const struct inki_unpickler *u, struct inki_py value, size_t *row)
{
    size_t count;
    return inki_py_is_sequence(u, value, &count) && count > 0 && is_pair(u, inki_py_item(u, value, 0), row);
}

static bool is_rows_and_labels(const struct inki_unpickler *u, struct inki_py value)
{
    return is_group(u, value, 2) && belong(u, inki_py_item(u, value, 0), inki_py_item(u, value, 1));
}

/* Rows and labels of different counts, for a better message: rows of different ranks are none. */
static bool is_uneven(const struct inki_unpickler *u, struct inki_py value)
{
    return is_group(u, value, 2) && glance(u, inki_py_item(u, value, 0)).rank >= 2 &&
           glance(u, inki_py_item(u, value, 1)).rank == 1;
}

static bool is_part(const struct inki_unpickler *u, struct inki_py value)
{
    size_t row;
    return is_list_of_pairs(u, value, &row) || is_rows_and_labels(u, value);
}

static void set_part(struct inki_py_part *part, struct inki_py x, struct inki_py y)
{
    *part = (struct inki_py_part){.there = true, .labelled = true, .x = x, .y = y};
}

/* ------------------------------------------------------------------- dicts */

struct dict {
    const struct inki_unpickler *u;
    struct inki_py value;
};

static bool has(const void *archive, const char *name)
{
    const struct dict *dict = archive;
    struct inki_py found;
    return inki_py_get(dict->u, dict->value, name, &found);
}

/* Fills the parts that go by known names; false if there are none. */
static bool detect_names(const struct inki_unpickler *u, struct inki_py value, const char *given,
                         struct inki_py_part parts[INKI_PARTS])
{
    struct dict dict = {u, value};
    struct inki_names names[INKI_PARTS];
    if (!inki_names_find(has, &dict, given, names)) return false;
    inki_names_labelled(u->ctx, u->where, names);
    for (size_t i = 0; i < INKI_PARTS; i++) {
        parts[i] = (struct inki_py_part){.there = *names[i].x != 0, .labelled = *names[i].y != 0};
        if (parts[i].there) inki_py_get(u, value, names[i].x, &parts[i].x);
        if (parts[i].labelled) inki_py_get(u, value, names[i].y, &parts[i].y);
        memcpy(parts[i].name, names[i].x, sizeof parts[i].name);
    }
    return true;
}

static ink_status no_names(const struct inki_unpickler *u, struct inki_py value, const char *given)
{
    char keys[256] = "";
    const struct inki_py_object *dict = inki_py_object(u, value);
    for (size_t i = 0, used = 0; i < dict->count && used + 40 < sizeof keys; i += 2) {
        size_t size = 0;
        struct inki_py key = ((const struct inki_py *)u->items.items)[dict->at + i];
        const char *text = (const char *)inki_py_bytes(u, key, &size);
        used += (size_t)snprintf(keys + used, sizeof keys - used, "%s%.*s", used ? ", " : "",
                                 (int)(!text       ? 6
                                       : size < 24 ? size
                                                   : 24),
                                 text ? text : "number");
    }
    for (char *at = keys; *at; at++)
        if ((unsigned char)*at < ' ') *at = '?';
    return inki_names_missing(u->ctx, u->where, given, keys);
}

/* ------------------------------------------------------------------- parts */

/* One part, or the whole: whatever it is of what a part can be. */
static ink_status detect_part(const struct inki_unpickler *u, struct inki_py value, const char *given,
                              struct inki_py_part *out)
{
    size_t row = 0;
    if (inki_py_of_kind(u, value, INKI_PY_DICT)) {
        struct inki_py_part parts[INKI_PARTS];
        if (!detect_names(u, value, given, parts)) return no_names(u, value, given);
        *out = parts[INKI_TRAIN];
        return INK_OK;
    }
    *out = (struct inki_py_part){.there = true, .x = value};
    if (is_list_of_pairs(u, value, &row)) {
        out->pairs = out->labelled = true;
        out->row = row;
    } else if (is_rows_and_labels(u, value) || is_uneven(u, value)) {
        set_part(out, inki_py_item(u, value, 0), inki_py_item(u, value, 1));
    }
    return INK_OK;
}

/* {"train": …, "test": …} */
static ink_status detect_dict(const struct inki_unpickler *u, struct inki_py value, const char *given,
                              struct inki_py_part parts[INKI_PARTS])
{
    const char *word;
    struct inki_py found;
    if (detect_names(u, value, given, parts)) return INK_OK;
    for (size_t part = 0; part < INKI_PARTS; part++) {
        for (size_t i = 0; !parts[part].there && (word = inki_part_word((enum inki_part)part, i)); i++) {
            if (inki_py_get(u, value, word, &found)) INK_TRY(detect_part(u, found, given, &parts[part]));
        }
    }
    return parts[INKI_TRAIN].there ? INK_OK : no_names(u, value, given);
}

/* (train, test) or (train, valid, test); false if it is something else. */
static bool detect_group(const struct inki_unpickler *u, struct inki_py value, struct inki_py_part parts[INKI_PARTS])
{
    size_t count = is_group(u, value, 2) ? 2 : 3;
    if (!is_group(u, value, count)) return false;
    for (size_t i = 0; i < count; i++)
        if (!is_part(u, inki_py_item(u, value, i))) return false;
    for (size_t i = 0; i < count; i++) {
        struct inki_py_part *part = &parts[i == 0 ? INKI_TRAIN : i + 1 == count ? INKI_TEST : INKI_VALID];
        if (detect_part(u, inki_py_item(u, value, i), "auto", part) != INK_OK) return false;
    }
    return true;
}

/* Four arrays, in Keras' or scikit-learn's order; which one, their shapes decide. */
static bool detect_four(const struct inki_unpickler *u, struct inki_py value, struct inki_py_part parts[INKI_PARTS])
{
    struct inki_py item[4];
    if (!is_group(u, value, 4)) return false;
    for (size_t i = 0; i < 4; i++) item[i] = inki_py_item(u, value, i);
    bool keras = belong(u, item[0], item[1]) && belong(u, item[2], item[3]);
    bool sklearn = belong(u, item[0], item[2]) && belong(u, item[1], item[3]);
    if (keras && sklearn) keras = glance(u, item[1]).rank == 1;
    if (!keras && !sklearn) return false;
    set_part(&parts[INKI_TRAIN], item[0], item[keras ? 1 : 2]);
    set_part(&parts[INKI_TEST], item[keras ? 2 : 1], item[3]);
    return true;
}

/* ------------------------------------------------------- layouts without names */

/* What the setting may say of a pickle that has no names: what its items are, or those of each row. */
static const struct layout {
    const char *given;
    size_t items; /* 0: the whole is rows */
    bool pairs, test;
    size_t x, y, test_x, test_y;
} layouts[] = {
    {.given = "rows"},
    {.given = "row,label", .items = 2, .pairs = true, .x = 0},
    {.given = "label,row", .items = 2, .pairs = true, .x = 1},
    {.given = "rows,labels", .items = 2, .x = 0, .y = 1},
    {.given = "labels,rows", .items = 2, .x = 1, .y = 0},
    {.given = "rows,labels,rows,labels", .items = 4, .test = true, .x = 0, .y = 1, .test_x = 2, .test_y = 3},
    {.given = "rows,rows,labels,labels", .items = 4, .test = true, .x = 0, .y = 2, .test_x = 1, .test_y = 3},
};

static bool fits(const struct inki_unpickler *u, struct inki_py value, const struct layout *layout)
{
    size_t count;
    if (layout->pairs)
        return inki_py_is_sequence(u, value, &count) && count > 0 && is_group(u, inki_py_item(u, value, 0), 2);
    return layout->items == 0 || is_group(u, value, layout->items);
}

static ink_status detect_as(const struct inki_unpickler *u, struct inki_py value, const char *given,
                            struct inki_py_part parts[INKI_PARTS])
{
    const struct layout *layout = NULL;
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
        if (strcmp(layouts[i].given, given) == 0) layout = &layouts[i];
    if (!layout)
        return inki_fail(u->ctx, INK_BAD_SETTING,
                         "arrays: '%s' does not fit %s, whose arrays have no names; expected rows, row,label, "
                         "label,row, rows,labels, rows,labels,rows,labels or rows,rows,labels,labels",
                         given, u->where);
    if (!fits(u, value, layout))
        return inki_fail(u->ctx, INK_BAD_SETTING, "arrays: %s is not %s: it is %s", u->where, given,
                         inki_py_describe(u, value));
    parts[INKI_TRAIN] = (struct inki_py_part){
        .there = true, .labelled = layout->pairs, .pairs = layout->pairs, .x = value, .row = layout->x};
    if (layout->pairs || layout->items == 0) return INK_OK;
    set_part(&parts[INKI_TRAIN], inki_py_item(u, value, layout->x), inki_py_item(u, value, layout->y));
    if (layout->test)
        set_part(&parts[INKI_TEST], inki_py_item(u, value, layout->test_x), inki_py_item(u, value, layout->test_y));
    return INK_OK;
}

ink_status inki_py_detect(struct inki_unpickler *u, struct inki_py value, const char *given,
                          struct inki_py_part parts[INKI_PARTS])
{
    size_t row;
    memset(parts, 0, INKI_PARTS * sizeof *parts);
    if (inki_py_of_kind(u, value, INKI_PY_DICT)) return detect_dict(u, value, given, parts);
    if (strcmp(given, "auto") != 0) return detect_as(u, value, given, parts);
    bool pairs = is_list_of_pairs(u, value, &row);
    if (!pairs && (detect_group(u, value, parts) || detect_four(u, value, parts))) return INK_OK;
    memset(parts, 0, INKI_PARTS * sizeof *parts);
    return detect_part(u, value, given, &parts[INKI_TRAIN]);
}
