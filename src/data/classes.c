/* classes: labels as files have them become classes 0, 1, … with names.
 * SPDX-License-Identifier: MIT */
#include "data/data.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum { NUMBER_ROOM = 12 }; /* the longest int32 and its end */

/* ------------------------------------------------------------------- names */

/* Pointers and texts live in one block, so that a single release takes them back. */
static char **make_names(ink_ctx *ctx, size_t count, size_t text_size, char **text)
{
    char **names = inki_alloc(ctx, 1, count * sizeof *names + text_size);
    if (names) *text = (char *)(names + count);
    return names;
}

/* Names from numbers[count], or 0, 1, … if it is NULL. */
static ink_status name_numbers(ink_ctx *ctx, ink_data *data, const int32_t *numbers, size_t count)
{
    char *text;
    char **names = make_names(ctx, count, count * NUMBER_ROOM, &text);
    if (!names) return INK_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        names[i] = text;
        text += snprintf(text, NUMBER_ROOM, "%d", numbers ? (int)numbers[i] : (int)i) + 1;
    }
    data->class_names = names;
    data->classes = count;
    return INK_OK;
}

ink_status inki_data_count_classes(ink_ctx *ctx, ink_data *data, size_t classes)
{
    return name_numbers(ctx, data, NULL, classes);
}

ink_status inki_data_name_classes(ink_ctx *ctx, ink_data *data, const char *const *from, size_t classes)
{
    size_t size = 0;
    char *text;
    for (size_t i = 0; i < classes; i++) size += strlen(from[i]) + 1;
    char **names = make_names(ctx, classes, size, &text);
    if (!names) return INK_NO_MEMORY;
    for (size_t i = 0; i < classes; i++) {
        names[i] = text;
        text = stpcpy(text, from[i]) + 1;
    }
    inki_free(data->class_names);
    data->class_names = names;
    data->classes = classes;
    return INK_OK;
}

ink_status inki_data_rename_classes(ink_ctx *ctx, ink_data *data, const char *const *names)
{
    char **before = data->class_names;
    data->class_names = NULL;
    ink_status status = inki_data_name_classes(ctx, data, names, data->classes);
    if (status != INK_OK) {
        data->class_names = before;
        return status;
    }
    inki_free(data->class_labels);
    data->class_labels = before;
    return INK_OK;
}

ink_status inki_data_copy_classes(ink_ctx *ctx, ink_data *data, const ink_data *of)
{
    const char *const *names = (const char *const *)of->class_names, *const *labels =
                                                                         (const char *const *)of->class_labels;
    inki_free(data->class_labels);
    data->class_labels = NULL;
    data->names_known = of->names_known;
    INK_TRY(inki_data_name_classes(ctx, data, labels ? labels : names, of->classes));
    return labels ? inki_data_rename_classes(ctx, data, names) : INK_OK;
}

/* --------------------------------------------------------------- numbering */

/* Different values in increasing order. */
struct distinct {
    int32_t *values;
    size_t count, room;
};

/* The place of the first value that is not smaller. */
static size_t place_of(const struct distinct *set, int32_t value)
{
    size_t low = 0, high = set->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (set->values[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static ink_status insert(ink_ctx *ctx, struct distinct *set, size_t place, int32_t value)
{
    if (set->count == set->room) {
        size_t room = set->room * 2 + 16;
        int32_t *values = inki_grow(ctx, set->values, set->count, room, sizeof *values);
        if (!values) return INK_NO_MEMORY;
        set->values = values;
        set->room = room;
    }
    memmove(set->values + place + 1, set->values + place, (set->count - place) * sizeof *set->values);
    set->values[place] = value;
    set->count++;
    return INK_OK;
}

static ink_status too_many(ink_ctx *ctx, const char *where)
{
    return inki_fail(ctx, INK_BAD_DATA,
                     "%s: more than %d classes; labels are class numbers or names; these may be measurements", where,
                     INKI_CLASSES_MAX);
}

static ink_status collect(ink_ctx *ctx, const ink_data *data, size_t count, const char *where, struct distinct *set)
{
    for (size_t i = 0; i < count; i++) {
        size_t place = place_of(set, data->labels[i]);
        if (place < set->count && set->values[place] == data->labels[i]) continue;
        if (set->count == INKI_CLASSES_MAX) return too_many(ctx, where);
        INK_TRY(insert(ctx, set, place, data->labels[i]));
    }
    return INK_OK;
}

static ink_status number_in_order(ink_ctx *ctx, ink_data *data, size_t count, const char *where)
{
    struct distinct set = {0};
    enum { MANY = 30 };
    ink_status status = collect(ctx, data, count, where, &set);
    if (status == INK_OK && set.count >= MANY && 2 * set.count > count)
        inki_warn(ctx, "%s: %zu classes in %zu rows: are these numbers to predict?", where, set.count, count);
    if (status == INK_OK) status = name_numbers(ctx, data, set.values, set.count);
    if (status == INK_OK) {
        for (size_t i = 0; i < count; i++) data->labels[i] = (int32_t)place_of(&set, data->labels[i]);
    }
    inki_free(set.values);
    return status;
}

/* Whether more than one in ten of the numbers 0 to limit - 1 is missing: then they are names, not places. */
static bool has_gaps(const int32_t *labels, size_t count, size_t limit)
{
    enum { SMALL = 4096 };
    uint64_t seen[SMALL / 64] = {0};
    size_t different = 0;
    if (limit > SMALL) return 10 * count < 9 * limit; /* so many classes are counted by whoever made the file */
    for (size_t i = 0; i < count; i++) {
        uint64_t bit = (uint64_t)1 << labels[i] % 64, *word = &seen[labels[i] / 64];
        different += !(*word & bit);
        *word |= bit;
    }
    return 10 * different < 9 * limit;
}

void inki_labels_free(struct inki_labels *labels)
{
    inki_free(labels->values);
    inki_free(labels->reals);
    inki_free(labels->names);
    inki_ids_free(labels->ids);
    *labels = (struct inki_labels){0};
}

/* An id as others may write it: without folders before it, an ending behind it, and zeros that do not count. */
static const char *bare_id(const char *id, size_t *length)
{
    const char *slash = strrchr(id, '/');
    if (slash && slash[1]) id = slash + 1;
    const char *dot = strrchr(id, '.');
    *length = dot && dot > id && dot[1] && !(dot[1] >= '0' && dot[1] <= '9') ? (size_t)(dot - id) : strlen(id);
    size_t digits = 0;
    while (digits < *length && id[digits] >= '0' && id[digits] <= '9') digits++;
    while (digits == *length && *length > 1 && *id == '0') id++, --*length, digits--;
    return id;
}

static ink_status bare_ids(ink_ctx *ctx, const struct inki_ids *ids, struct inki_ids **out)
{
    *out = NULL;
    for (size_t i = 0; i < ids->count; i++) {
        size_t length;
        const char *id = bare_id(inki_ids_get(ids, i), &length);
        INK_TRY(inki_ids_add(ctx, out, ids->name, id, length));
    }
    return INK_OK;
}

/* Whether the first of the wanted ids is there as it is. */
static bool has_id(const struct inki_ids *have, const struct inki_ids *wanted)
{
    for (size_t i = 0; wanted->count && i < have->count; i++)
        if (strcmp(inki_ids_get(have, i), inki_ids_get(wanted, 0)) == 0) return true;
    return false;
}

/* By the ids as they are; else, if all are found then, by what is left of them without folders, endings and zeros. */
static ink_status match_ids(ink_ctx *ctx, const struct inki_ids *have, const char *where, const struct inki_ids *wanted,
                            const char *rows_where, uint32_t *order, size_t *more)
{
    struct inki_ids *bare = NULL, *bare_wanted = NULL;
    ink_status status = inki_ids_match(ctx, have, where, wanted, rows_where, order, more);
    if (status != INK_BAD_DATA) return status;
    status = bare_ids(ctx, have, &bare);
    if (status == INK_OK) status = bare_ids(ctx, wanted, &bare_wanted);
    if (status == INK_OK && bare && bare_wanted)
        status = inki_ids_match(ctx, bare, where, bare_wanted, rows_where, order, more);
    inki_ids_free(bare);
    inki_ids_free(bare_wanted);
    if (status == INK_BAD_DATA && has_id(have, wanted)) /* they were meant as they are: that sentence */
        return inki_ids_match(ctx, have, where, wanted, rows_where, order, more);
    return status;
}

/* The labels in this order; the old ones are freed. Errors: NO_MEMORY. */
static ink_status reorder_labels(ink_ctx *ctx, struct inki_labels *labels, const uint32_t *order, size_t count)
{
    const size_t width = labels->reals ? labels->targets : 1;
    const char *from = labels->reals ? (const char *)labels->reals : (const char *)labels->values;
    void *ordered = inki_alloc(ctx, count * width, sizeof *labels->values);
    if (!ordered) return INK_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        memcpy((char *)ordered + i * width * sizeof *labels->values, from + order[i] * width * sizeof *labels->values,
               width * sizeof *labels->values);
    inki_free(labels->reals ? (void *)labels->reals : labels->values);
    if (labels->reals)
        labels->reals = ordered;
    else
        labels->values = ordered;
    labels->count = count;
    return INK_OK;
}

ink_status inki_labels_join(ink_ctx *ctx, const ink_data *data, struct inki_labels *labels, const char *where,
                            const char *rows_where)
{
    size_t more;
    uint32_t *order = inki_alloc(ctx, data->ids->count, sizeof *order);
    ink_status status = order ? INK_OK : INK_NO_MEMORY;
    if (status == INK_OK) status = match_ids(ctx, labels->ids, where, data->ids, rows_where, order, &more);
    if (status == INK_OK) status = reorder_labels(ctx, labels, order, data->ids->count);
    if (status == INK_OK && more)
        inki_note(ctx, "%s: %zu labels are of ids that %s does not have: not used", where, more, rows_where);
    inki_free(order);
    return status;
}

static ink_status check_count(ink_ctx *ctx, const ink_data *data, size_t count, const char *where,
                              const char *rows_where)
{
    if (count == data->rows) return INK_OK;
    return inki_fail(ctx, INK_BAD_DATA, "%s has %zu labels, but %s has %zu rows: they do not belong together; %s",
                     where, count, rows_where, data->rows,
                     count == data->features ? "its columns are as many: save it transposed, x.T"
                                             : "save both again, or name the labels file (--labels)");
}

/* Numbers to predict, in place of classes. */
static ink_status set_targets(ink_ctx *ctx, ink_data *data, struct inki_labels *labels, const char *where,
                              const char *rows_where)
{
    ink_status status = check_count(ctx, data, labels->count, where, rows_where);
    if (status == INK_OK) status = inki_data_name_targets(ctx, data, labels->targets, labels->names);
    if (status == INK_OK) {
        data->targets = labels->reals;
        labels->reals = NULL;
    }
    inki_labels_free(labels);
    return status;
}

ink_status inki_data_set_labels(ink_ctx *ctx, ink_data *data, struct inki_labels *labels, const char *where,
                                const char *rows_where)
{
    size_t count = labels->count, classes = labels->classes;
    if (labels->reals) return set_targets(ctx, data, labels, where, rows_where);
    inki_free(data->labels);
    inki_free(data->class_names);
    data->labels = labels->values;
    data->class_names = labels->names;
    if (labels->names) data->classes = classes;
    labels->values = NULL;
    labels->names = NULL;
    inki_labels_free(labels);
    INK_TRY(check_count(ctx, data, count, where, rows_where));
    if (data->class_names) return INK_OK;
    int32_t smallest = data->labels[0], largest = data->labels[0];
    for (size_t i = 1; i < count; i++) {
        if (data->labels[i] < smallest) smallest = data->labels[i];
        if (data->labels[i] > largest) largest = data->labels[i];
    }
    if (classes == 0 && (smallest != 0 || has_gaps(data->labels, count, (size_t)largest + 1)))
        return number_in_order(ctx, data, count, where);
    if (classes == 0) classes = (size_t)largest + 1;
    return classes > INKI_CLASSES_MAX ? too_many(ctx, where) : inki_data_count_classes(ctx, data, classes);
}

/* ---------------------------------------------------------------- matching */

/* The names of both sides mostly have the same order: searching on from the last find is one pass. */
static int32_t find_name(char *const *names, size_t count, const char *name, size_t *from)
{
    for (size_t tried = 0; tried < count; tried++) {
        size_t i = *from;
        *from = (*from + 1) % count;
        if (strcmp(names[i], name) == 0) return (int32_t)i;
    }
    return -1;
}

/* The only name of the same number, "1.0" for "1"; -1 if there is none. */
static int32_t find_number(char *const *names, size_t count, const char *name)
{
    double value, other;
    int32_t found = -1;
    if (!inki_parse_real(name, &value)) return -1;
    for (size_t i = 0; i < count; i++) {
        if (!inki_parse_real(names[i], &other) || other != value) continue;
        if (found >= 0) return -1;
        found = (int32_t)i;
    }
    return found;
}

/* The name without the dot that it ends with; -1 if it has none, or is then none of the names either. */
static int32_t find_undotted(char *const *names, size_t count, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; length > 1 && name[length - 1] == '.' && i < count; i++)
        if (strlen(names[i]) == length - 1 && memcmp(names[i], name, length - 1) == 0) return (int32_t)i;
    return -1;
}

/* Labels that all end with a dot, as in UCI's adult.test, and are known without. */
static bool map_undotted(const ink_data *data, const struct inki_class_list *list, int32_t *map)
{
    bool all = true;
    for (size_t c = 0; c < data->classes && all; c++)
        all = map[c] < 0 || find_undotted(list->names, list->count, data->class_names[c]) >= 0;
    for (size_t c = 0; c < data->classes && all; c++)
        if (map[c] >= 0) map[c] = find_undotted(list->names, list->count, data->class_names[c]);
    return all;
}

/* By from[data->classes] and to[count]; false, with *unknown a class that is not among these, where one is not. */
static bool map_names(const ink_data *data, char *const *from, char *const *to, size_t count, int32_t *map,
                      size_t *unknown)
{
    size_t start = 0;
    for (size_t c = 0; c < data->classes; c++) {
        if (map[c] < 0) continue;
        int32_t found = find_name(to, count, from[c], &start);
        if (found < 0) found = find_number(to, count, from[c]);
        if (found < 0) {
            *unknown = c;
            return false;
        }
        map[c] = found;
    }
    return true;
}

static ink_status unknown_class(ink_ctx *ctx, const ink_data *data, const struct inki_class_list *list, size_t class)
{
    enum { LOOKED_AT = 64 };
    const char *name = data->class_names[class];
    char *const *names = list->names;
    const size_t count = list->count;
    const char *near =
        ink_did_you_mean(name, (const char *const *)(uintptr_t)names, count < LOOKED_AT ? count : LOOKED_AT);
    return inki_fail(ctx, INK_BAD_DATA, "%s: label '%s' is not one of the %zu known classes (%s … %s)%s%s%s",
                     data->source, name, count, count ? names[0] : "", count ? names[count - 1] : "",
                     near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* Labels may be the same where classes are not: 0 to 9 are digits to one, clothes to another. */
static void note_other_names(ink_ctx *ctx, const ink_data *data, const struct inki_class_list *list)
{
    inki_note(ctx,
              "%s: its classes are called '%.40s' … '%.40s', the model's '%.40s' … '%.40s'; they are matched by "
              "their labels",
              data->source, data->class_names[0], data->class_names[data->classes - 1], list->names[0],
              list->names[list->count - 1]);
}

ink_status inki_data_map_classes(ink_ctx *ctx, const ink_data *data, const struct inki_class_list *list, int32_t *map)
{
    size_t unknown = 0, other;
    for (size_t c = 0; c < data->classes; c++) map[c] = -1;
    for (size_t i = 0; data->labels && i < data->rows; i++) map[inki_data_label(data, i)] = 0;
    if (data->classes > 0 && map_undotted(data, list, map)) {
        if (data->labels) inki_note(ctx, "%s: the dots behind its labels are passed over", data->source);
        return INK_OK;
    }
    if (list->labels && !data->class_labels &&
        map_names(data, data->class_names, list->labels, list->count, map, &other))
        return INK_OK;
    if (map_names(data, data->class_names, list->names, list->count, map, &unknown)) return INK_OK;
    if (data->class_labels &&
        map_names(data, data->class_labels, list->labels ? list->labels : list->names, list->count, map, &other)) {
        note_other_names(ctx, data, list);
        return INK_OK;
    }
    return unknown_class(ctx, data, list, unknown);
}

ink_status inki_data_adopt_classes(ink_ctx *ctx, ink_data *data, const ink_data *of)
{
    const struct inki_class_list list = {of->class_names, of->class_labels, of->classes};
    if (!data->labels) return INK_OK;
    int32_t *map = inki_alloc(ctx, data->classes, sizeof *map);
    if (!map) return INK_NO_MEMORY;
    ink_status status = inki_data_map_classes(ctx, data, &list, map);
    if (status == INK_OK) status = inki_data_copy_classes(ctx, data, of);
    if (status == INK_OK) {
        for (size_t i = 0; i < data->rows; i++) data->labels[i] = map[data->labels[i]];
    }
    inki_free(map);
    return status;
}

static bool has_one_class(const ink_data *data)
{
    const int32_t first = inki_data_label(data, 0);
    for (size_t i = 1; i < data->rows; i++)
        if (inki_data_label(data, i) != first) return false;
    return true;
}

/* "the training part, of 1 row, has" */
static const char *describe_rows(const ink_data *data, char text[160])
{
    const char *plural = data->rows == 1 ? "" : "s", *verb = data->rows == 1 ? "has" : "have";
    if (data->part)
        snprintf(text, 160, "the %s part, of %zu row%s, has", data->part, data->rows, plural);
    else if (data->whole && data->rows == 1)
        snprintf(text, 160, "the first of %zu rows (setting limit) has", data->whole);
    else if (data->whole)
        snprintf(text, 160, "the first %zu of %zu rows (setting limit) have", data->rows, data->whole);
    else
        snprintf(text, 160, "the %zu row%s chosen %s", data->rows, plural, verb);
    return text;
}

ink_status inki_data_check_classes(ink_ctx *ctx, const ink_data *data)
{
    if (!data->labels) {
        return inki_fail(
            ctx, INK_BAD_DATA,
            "%s: has no labels; name their file (--labels FILE), or of a table their column (--label-column)",
            data->source);
    }
    if (data->classes_given || !has_one_class(data)) return INK_OK;
    const char *class_name = data->class_names[inki_data_label(data, 0)], *way_out;
    char rows[160];
    if (!data->part && !data->whole && !data->is_view)
        return inki_fail(ctx, INK_BAD_DATA, "%s: one class only: every label is '%s'; a classifier needs two or more",
                         data->source, class_name);
    way_out = data->part    ? "leave it more rows (settings val and test), or set stratify"
              : data->whole ? "take more rows, or rows in another order"
                            : "choose other rows";
    return inki_fail(ctx, INK_BAD_DATA, "%s: %s one class only, '%s'; a classifier needs two or more: %s", data->source,
                     describe_rows(data, rows), class_name, way_out);
}

void inki_data_accept_class(ink_ctx *ctx, ink_data *data)
{
    char rows[160];
    if (!data->labels || data->classes_given || !has_one_class(data)) return;
    data->classes_given = true;
    inki_note(ctx, "%s one class only, '%s', and nothing else can be learned from that", describe_rows(data, rows),
              data->class_names[inki_data_label(data, 0)]);
}

ink_status inki_data_check_targets(ink_ctx *ctx, const ink_data *data)
{
    return data->targets ? INK_OK : inki_data_check_classes(ctx, data);
}
