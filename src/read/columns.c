/* columns: names and roles.
 * SPDX-License-Identifier: MIT */
#include "read/columns.h"

#include "base/mem.h"
#include "base/settings.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

static ink_status make_room(struct inki_columns *columns, size_t length)
{
    if (columns->count == columns->room) {
        size_t room = 2 * columns->room + 16;
        struct inki_column *list = inki_grow(columns->ctx, columns->list, columns->count, room, sizeof *list);
        if (!list) return INK_NO_MEMORY;
        columns->list = list;
        columns->room = room;
    }
    if (columns->text_room - columns->text_size <= length) {
        size_t room = 2 * columns->text_room + length + 64;
        char *text = inki_grow(columns->ctx, columns->text, columns->text_size, room, 1);
        if (!text) return INK_NO_MEMORY;
        columns->text = text;
        columns->text_room = room;
    }
    return INK_OK;
}

ink_status inki_columns_add(struct inki_columns *columns, const char *name, size_t length)
{
    if (columns->count == INKI_COLUMNS_MAX)
        return inki_fail(columns->ctx, INK_BAD_DATA, "%s: has more than %d columns", columns->where, INKI_COLUMNS_MAX);
    INK_TRY(make_room(columns, length));
    columns->list[columns->count++] = (struct inki_column){.name = columns->text_size, .role = INKI_FEATURE};
    columns->features++;
    columns->label = columns->count;
    if (length) memcpy(columns->text + columns->text_size, name, length);
    columns->text[columns->text_size + length] = 0;
    columns->text_size += length + 1;
    return INK_OK;
}

const char *inki_columns_name(const struct inki_columns *columns, size_t i)
{
    return columns->named ? columns->text + columns->list[i].name : "";
}

void inki_columns_free(struct inki_columns *columns)
{
    inki_free(columns->ctx, columns->list);
    inki_free(columns->ctx, columns->text);
    *columns = (struct inki_columns){.ctx = columns->ctx};
}

/* ------------------------------------------------------------------- names */

static bool same_name(const char *a, const char *b)
{
    while (*a && inki_lower(*a) == inki_lower(*b)) a++, b++;
    return inki_lower(*a) == inki_lower(*b);
}

static const char *const label_names[] = {"label", "target", "class", "y"};
static const char *const id_names[] = {"id", "imageid", "index", "unnamed: 0", ""};

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (same_name(name, names[i])) return true;
    }
    return false;
}

bool inki_columns_is_label_name(const char *name)
{
    return is_one_of(name, label_names, sizeof label_names / sizeof *label_names);
}

bool inki_columns_is_id_name(const char *name) { return is_one_of(name, id_names, sizeof id_names / sizeof *id_names); }

/* The column of this name, or of the same letters in another case; count if there is none. */
static size_t find_column(const struct inki_columns *columns, const char *name)
{
    if (!columns->named) return columns->count;
    for (size_t i = 0; i < columns->count; i++) {
        if (strcmp(inki_columns_name(columns, i), name) == 0) return i;
    }
    size_t i = 0;
    while (i < columns->count && !same_name(inki_columns_name(columns, i), name)) i++;
    return i;
}

static ink_status no_such_column(const struct inki_columns *columns, const char *setting, const char *given)
{
    enum { LOOKED_AT = 64 };
    const char *names[LOOKED_AT];
    size_t count = columns->count < LOOKED_AT ? columns->count : LOOKED_AT, number;
    if (inki_parse_count(given, &number))
        return inki_fail(columns->ctx, INK_BAD_SETTING, "%s: there is no column %s in %s: it has columns 1 to %zu",
                         setting, given, columns->where, columns->count);
    if (!columns->named)
        return inki_fail(columns->ctx, INK_BAD_SETTING,
                         "%s: %s has no header that could name a column '%s': use its number (1 to %zu), or declare "
                         "its first row a header (--header yes)",
                         setting, columns->where, given, columns->count);
    for (size_t i = 0; i < count; i++) names[i] = inki_columns_name(columns, i);
    const char *near = ink_did_you_mean(given, names, count);
    return inki_fail(columns->ctx, INK_BAD_SETTING,
                     "%s: %s has no column '%s'%s%s%s; 'inkling help %s' says how to name one", setting, columns->where,
                     given, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "", setting);
}

/* ------------------------------------------------------------------- roles */

/* The column that a setting gives by name, number, first or last. */
static ink_status given_column(const struct inki_columns *columns, const char *setting, const char *given, size_t *out)
{
    size_t number;
    *out = columns->count;
    if (strcmp(given, "first") == 0)
        *out = 0;
    else if (strcmp(given, "last") == 0)
        *out = columns->count - 1;
    else if (inki_parse_count(given, &number))
        *out = number - 1 < columns->count ? number - 1 : columns->count;
    else
        *out = find_column(columns, given);
    return *out < columns->count ? INK_OK : no_such_column(columns, setting, given);
}

static void set_role(struct inki_columns *columns, size_t i, enum inki_role role)
{
    if (columns->list[i].role == INKI_FEATURE) columns->features--;
    columns->list[i].role = (uint8_t)role;
}

void inki_columns_set_label(struct inki_columns *columns, size_t i, const char *reason)
{
    set_role(columns, i, INKI_LABEL);
    columns->label = i;
    columns->reason = reason;
}

void inki_columns_leave_out(struct inki_columns *columns, size_t i, enum inki_role role) { set_role(columns, i, role); }

/* What the setting says of this file: where labels have a file of their own, a column is looked for there. */
static const char *label_wish(const ink_settings *set, bool for_labels)
{
    const char *given = inki_get_text(set, INKI_LABEL_COLUMN);
    bool none = strcmp(given, "none") == 0, own_file = *inki_get_text(set, INKI_LABELS) != 0;
    if (for_labels) return none ? "auto" : given;
    return own_file && !none ? "auto" : given;
}

static ink_status choose_label(struct inki_columns *columns, const char *given)
{
    size_t label = columns->count;
    if (strcmp(given, "none") == 0) return INK_OK;
    if (strcmp(given, "auto") != 0) {
        INK_TRY(given_column(columns, "label-column", given, &label));
    } else {
        for (size_t i = 0; i < sizeof label_names / sizeof *label_names && label == columns->count; i++)
            label = find_column(columns, label_names[i]);
    }
    if (label < columns->count) inki_columns_set_label(columns, label, "");
    return INK_OK;
}

static ink_status choose_left_out(struct inki_columns *columns, const char *given)
{
    size_t id;
    if (strcmp(given, "none") == 0) return INK_OK;
    if (strcmp(given, "auto") != 0) {
        INK_TRY(given_column(columns, "id-column", given, &id));
        if (id == columns->label)
            return inki_fail(columns->ctx, INK_BAD_SETTING, "id-column: column %zu of %s is the label column", id + 1,
                             columns->where);
        inki_columns_leave_out(columns, id, INKI_LEFT_OUT);
        return INK_OK;
    }
    for (size_t i = 0; columns->named && i < columns->count; i++) {
        if (i != columns->label && inki_columns_is_id_name(inki_columns_name(columns, i)))
            inki_columns_leave_out(columns, i, INKI_LEFT_OUT);
    }
    return INK_OK;
}

ink_status inki_columns_choose(struct inki_columns *columns, const ink_settings *set, bool for_labels)
{
    const char *id = inki_get_text(set, INKI_ID_COLUMN);
    columns->reason = "";
    columns->label = columns->count;
    INK_TRY(choose_label(columns, label_wish(set, for_labels)));
    if (for_labels && strcmp(id, "none") != 0 && find_column(columns, id) >= columns->count) id = "auto";
    return choose_left_out(columns, id);
}

bool inki_columns_may_guess(const struct inki_columns *columns, const ink_settings *set, bool for_labels)
{
    return columns->label == columns->count && strcmp(label_wish(set, for_labels), "auto") == 0;
}

/* ------------------------------------------------------------------ saying */

static size_t say(char *out, size_t room, size_t used, const char *before, const struct inki_columns *columns, size_t i,
                  const char *after)
{
    char shown[INKI_SHOWN_ROOM];
    const char *name = inki_columns_name(columns, i);
    const struct inki_cell cell = {.text = name, .length = strlen(name)};
    int length = *name ? snprintf(out + used, room - used, "%s\"%s\"%s", before, inki_cell_shown(&cell, shown), after)
                       : snprintf(out + used, room - used, "%s%zu%s", before, i + 1, after);
    used += length < 0 ? 0 : (size_t)length;
    return used < room ? used : room - 1;
}

void inki_columns_say(const struct inki_columns *columns, bool empty, char *out, size_t room)
{
    enum { NAMED = 3 };
    size_t used = 0, left_out = 0;
    *out = 0;
    if (columns->label < columns->count) {
        used = say(out, room, used, ", label column ", columns, columns->label, empty ? " is empty" : "");
        if (*columns->reason) used += (size_t)snprintf(out + used, room - used, " (%s)", columns->reason);
        if (used >= room) used = room - 1;
    }
    for (size_t i = 0; i < columns->count; i++) {
        if (columns->list[i].role != INKI_LEFT_OUT && columns->list[i].role != INKI_ORDER) continue;
        if (++left_out <= NAMED) used = say(out, room, used, ", column ", columns, i, " left out");
    }
    if (left_out > NAMED) snprintf(out + used, room - used, ", %zu more left out", left_out - NAMED);
}

/* ------------------------------------------------------------ names of data */

/* The number that a name ends with, and how long the name is before it. False if it does not end with a digit. */
static bool split_number(const char *name, size_t *stem, size_t *number)
{
    size_t length = strlen(name);
    *stem = length;
    while (*stem > 0 && name[*stem - 1] >= '0' && name[*stem - 1] <= '9') --*stem;
    return inki_parse_count(name + *stem, number);
}

/* Whether the names only count: pixel0, pixel1, … */
static bool only_count(char *const *names, size_t count)
{
    size_t stem, number, first_stem, first;
    if (!split_number(names[0], &first_stem, &first)) return false;
    for (size_t i = 1; i < count; i++) {
        if (!split_number(names[i], &stem, &number) || stem != first_stem || number != first + i ||
            memcmp(names[i], names[0], stem) != 0)
            return false;
    }
    return true;
}

ink_status inki_columns_give(const struct inki_columns *columns, ink_data *data)
{
    if (!columns->named) return INK_OK;
    char **names = inki_alloc(columns->ctx, 1, columns->features * sizeof *names + columns->text_size);
    if (!names) return INK_NO_MEMORY;
    char *text = (char *)(names + columns->features);
    for (size_t i = 0, k = 0; i < columns->count; i++) {
        if (columns->list[i].role != INKI_FEATURE) continue;
        names[k++] = text;
        text = stpcpy(text, inki_columns_name(columns, i)) + 1;
    }
    if (only_count(names, columns->features))
        inki_free(columns->ctx, names);
    else
        data->columns = names;
    return INK_OK;
}
