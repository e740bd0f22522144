/* columns: names and roles.
 * SPDX-License-Identifier: MIT */
#include "read/columns.h"

#include "base/mem.h"
#include "base/settings.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

static ink_status grow_list(struct inki_columns *columns, size_t room)
{
    struct inki_column *list = inki_grow(columns->ctx, columns->list, columns->count, room, sizeof *list);
    if (!list) return INK_NO_MEMORY;
    columns->list = list;
    columns->room = room;
    return INK_OK;
}

static ink_status grow_text(struct inki_columns *columns, size_t room)
{
    char *text = inki_grow(columns->ctx, columns->text, columns->text_size, room, 1);
    if (!text) return INK_NO_MEMORY;
    columns->text = text;
    columns->text_room = room;
    return INK_OK;
}

ink_status inki_columns_reserve(struct inki_columns *columns, size_t count, size_t text)
{
    if (columns->count > 0) return INK_OK;
    INK_TRY(grow_list(columns, count < INKI_COLUMNS_MAX ? count : INKI_COLUMNS_MAX));
    return grow_text(columns, text);
}

static ink_status make_room(struct inki_columns *columns, size_t length)
{
    if (columns->count == columns->room) INK_TRY(grow_list(columns, columns->room + columns->room / 4 + 16));
    if (columns->text_room - columns->text_size > length) return INK_OK;
    return grow_text(columns, 2 * columns->text_room + length + 64);
}

ink_status inki_columns_add(struct inki_columns *columns, const char *name, size_t length)
{
    if (columns->count == INKI_COLUMNS_MAX)
        return inki_fail(columns->ctx, INK_BAD_DATA, "%s: has more than %d columns", columns->where, INKI_COLUMNS_MAX);
    if (columns->text_size + length >= UINT32_MAX)
        return inki_fail(columns->ctx, INK_BAD_DATA, "%s: the names of its columns take more than 4 GB",
                         columns->where);
    INK_TRY(make_room(columns, length));
    columns->list[columns->count++] = (struct inki_column){.name = (uint32_t)columns->text_size, .role = INKI_FEATURE};
    columns->features++;
    columns->label = columns->id = columns->count;
    if (length) memcpy(columns->text + columns->text_size, name, length);
    columns->text[columns->text_size + length] = 0;
    columns->text_size += length + 1;
    return INK_OK;
}

const char *inki_columns_top(const struct inki_columns *columns, size_t i)
{
    return columns->text + columns->list[i].name;
}

const char *inki_columns_name(const struct inki_columns *columns, size_t i)
{
    return columns->named ? inki_columns_top(columns, i) : "";
}

bool inki_column_has_dates(const struct inki_column *column) { return column->parts != 0; }

bool inki_column_has_words(const struct inki_column *column)
{
    return column->kind != INKI_NUMBERS && column->kind != INKI_EMPTY && !inki_column_has_dates(column);
}

void inki_columns_free(struct inki_columns *columns)
{
    inki_free(columns->list);
    inki_free(columns->text);
    *columns = (struct inki_columns){.ctx = columns->ctx};
}

/* --------------------------------------------------------------------- finding */

static bool same_name(const char *a, const char *b)
{
    while (*a && inki_lower(*a) == inki_lower(*b)) a++, b++;
    return inki_lower(*a) == inki_lower(*b);
}

/* The columns of exactly this name, or if there are none of the same letters in another case. Returns how many; *first. */
static size_t find_columns(const struct inki_columns *columns, const char *name, size_t *first)
{
    size_t exact = 0, loose = 0, first_loose = columns->count;
    *first = columns->count;
    for (size_t i = columns->named ? columns->count : 0; i-- > 0;) {
        const char *other = inki_columns_name(columns, i);
        if (strcmp(other, name) == 0) *first = i, exact++;
        if (same_name(other, name)) first_loose = i, loose++;
    }
    if (exact == 0) *first = first_loose;
    return exact ? exact : loose;
}

const char *inki_columns_handle_of(const struct inki_columns *columns, size_t i, bool only, char out[INKI_SHOWN_ROOM])
{
    size_t number;
    const char *name = inki_columns_name(columns, i);
    bool plain =
        only && *name && strlen(name) < INKI_SHOWN_ROOM - 4 && !strchr(name, ',') && !inki_parse_count(name, &number);
    for (const char *c = name; plain && *c; c++) plain = (uint8_t)*c >= ' ' && *c != 127;
    if (plain)
        snprintf(out, INKI_SHOWN_ROOM, "%s", name);
    else
        snprintf(out, INKI_SHOWN_ROOM, "%zu", i + 1);
    return out;
}

const char *inki_columns_handle(const struct inki_columns *columns, size_t i, char out[INKI_SHOWN_ROOM])
{
    size_t first;
    return inki_columns_handle_of(columns, i, find_columns(columns, inki_columns_name(columns, i), &first) == 1, out);
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

ink_status inki_columns_given(const struct inki_columns *columns, const char *setting, const char *given, size_t *out)
{
    size_t number, found = 0;
    *out = columns->count;
    if (inki_parse_count(given, &number)) {
        *out = number - 1 < columns->count ? number - 1 : columns->count;
        return *out < columns->count ? INK_OK : no_such_column(columns, setting, given);
    }
    found = find_columns(columns, given, out);
    if (found > 1)
        return inki_fail(columns->ctx, INK_BAD_SETTING,
                         "%s: %zu columns of %s are named '%s': say which by its number (the first is column %zu)",
                         setting, found, columns->where, given, *out + 1);
    if (found == 1) return INK_OK;
    if (strcmp(given, "first") == 0)
        *out = 0;
    else if (strcmp(given, "last") == 0)
        *out = columns->count - 1;
    return *out < columns->count ? INK_OK : no_such_column(columns, setting, given);
}

/* The next of several columns, "A,B,C"; a name may have a comma in it. False after the last. */
static ink_status next_given(const struct inki_columns *columns, const char *setting, const char **list, size_t *out,
                             bool *more)
{
    char name[256];
    *more = **list != 0;
    if (!*more) return INK_OK;
    size_t length = strcspn(*list, ",");
    if (find_columns(columns, *list, out) > 0) length = strlen(*list);
    if (length >= sizeof name) length = sizeof name - 1;
    const char *begin = *list, *end = begin + length;
    while (begin < end && *begin == ' ') begin++;
    while (end > begin && end[-1] == ' ') end--;
    snprintf(name, sizeof name, "%.*s", (int)(end - begin), begin);
    *list += length;
    if (**list == ',') ++*list;
    return inki_columns_given(columns, setting, name, out);
}

/* ----------------------------------------------------------------------- roles */

static bool is_feature(enum inki_role role) { return role == INKI_FEATURE || role == INKI_LIST; }

void inki_columns_set_role(struct inki_columns *columns, size_t i, enum inki_role role, enum inki_why why)
{
    struct inki_column *column = &columns->list[i];
    if (is_feature(column->role) && !is_feature(role)) columns->features--;
    if (!is_feature(column->role) && is_feature(role)) columns->features++;
    column->role = (uint8_t)role;
    column->why = (uint8_t)why;
}

void inki_columns_set_label(struct inki_columns *columns, size_t i, const char *reason)
{
    inki_columns_set_role(columns, i, INKI_LABEL, INKI_USED);
    columns->label = i;
    columns->reason = reason;
}

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
    size_t label, count = 0;
    bool more = true;
    if (strcmp(given, "none") == 0 || strcmp(given, "auto") == 0) return INK_OK;
    for (;;) {
        INK_TRY(next_given(columns, "label-column", &given, &label, &more));
        if (!more) break;
        if (count++ == 0) inki_columns_set_label(columns, label, "");
        if (count == 2) inki_columns_set_role(columns, columns->label, INKI_ONE_HOT, INKI_USED);
        if (count > 1) inki_columns_set_role(columns, label, INKI_ONE_HOT, INKI_USED);
        if (label < columns->label) columns->label = label;
    }
    return INK_OK;
}

static ink_status leave_out(struct inki_columns *columns, const char *setting, const char *given)
{
    bool more = true;
    size_t i;
    for (;;) {
        INK_TRY(next_given(columns, setting, &given, &i, &more));
        if (!more) return INK_OK;
        if (columns->list[i].role == INKI_LABEL || columns->list[i].role == INKI_ONE_HOT)
            return inki_fail(columns->ctx, INK_BAD_SETTING, "%s: column %zu of %s is the label column", setting, i + 1,
                             columns->where);
        inki_columns_set_role(columns, i, INKI_LEFT_OUT, INKI_AS_GIVEN);
        if (strcmp(setting, "id-column") == 0 && columns->id == columns->count) columns->id = i;
    }
}

bool inki_columns_may_drop(const ink_settings *set) { return strcmp(inki_get_text(set, INKI_ID_COLUMN), "none") != 0; }

ink_status inki_columns_choose(struct inki_columns *columns, const ink_settings *set, bool for_labels)
{
    const char *id = inki_get_text(set, INKI_ID_COLUMN);
    size_t first;
    columns->reason = "";
    columns->label = columns->id = columns->count;
    INK_TRY(choose_label(columns, label_wish(set, for_labels)));
    bool known = !for_labels || find_columns(columns, id, &first) > 0;
    if (known && strcmp(id, "none") != 0 && strcmp(id, "auto") != 0) INK_TRY(leave_out(columns, "id-column", id));
    return for_labels ? INK_OK : leave_out(columns, "drop", inki_get_text(set, INKI_DROP));
}

bool inki_columns_may_guess(const struct inki_columns *columns, const ink_settings *set, bool for_labels)
{
    return columns->label == columns->count && strcmp(label_wish(set, for_labels), "auto") == 0;
}

/* ---------------------------------------------------------------------- saying */

const char *const inki_whys[] = {
    [INKI_USED] = "",
    [INKI_AS_GIVEN] = "as given",
    [INKI_UNNAMED] = "it has no name",
    [INKI_NAMED_ID] = "an id",
    [INKI_COUNTING] = "it counts the rows",
    [INKI_HAS_DATES] = "dates or times of no form that all can be read in",
    [INKI_HAS_TEXTS] = "text, another in nearly every row",
    [INKI_HAS_PLACES] = "file names or addresses",
    [INKI_HAS_PARTS] = "it names the part",
    [INKI_NOT_WANTED] = "the model does not know it",
    [INKI_IS_EMPTY] = "it is empty",
    [INKI_IS_CONSTANT] = "it has one value only",
    [INKI_TELLS_TARGET] = "it says the same as the target in every row",
    [INKI_HAS_EITHER] = "dates of which day and month cannot be distinguished",
};

const char *inki_why_text(enum inki_why why) { return inki_whys[why]; }

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

static size_t say_label(const struct inki_columns *columns, bool empty, char *out, size_t room)
{
    size_t used = 0, count = 0;
    const char *before = columns->numbers ? ", target column " : ", label column ";
    for (size_t i = columns->label; i < columns->count; i++) count += columns->list[i].role == INKI_ONE_HOT;
    if (columns->list[columns->label].role == INKI_TARGET)
        return say(out, room, used, ", target columns ", columns, columns->label, " and so on");
    if (count > 0) {
        used = say(out, room, used, ", label columns ", columns, columns->label, " and so on, one-hot");
        return used;
    }
    used = say(out, room, used, before, columns, columns->label, empty ? " is not filled in" : "");
    if (*columns->reason) used += (size_t)snprintf(out + used, room - used, " (%s)", columns->reason);
    return used < room ? used : room - 1;
}

/* The first few columns that say the same as another. */
static void say_twins(const struct inki_columns *columns, char *out, size_t room, size_t used)
{
    enum { NAMED = 3 };
    size_t count = 0;
    for (size_t i = 0; i < columns->count; i++) {
        const struct inki_column *column = &columns->list[i];
        if (!column->twin || column->role != INKI_FEATURE || count++ >= NAMED) continue;
        used = say(out, room, used, ", column ", columns, i, " says the same as ");
        used = say(out, room, used, "", columns, column->twin - 1, "");
    }
}

void inki_columns_say(const struct inki_columns *columns, bool empty, char *out, size_t room)
{
    enum { NAMED = 6 };
    size_t used = 0, left_out = 0;
    char after[80];
    *out = 0;
    if (columns->label < columns->count) used = say_label(columns, empty, out, room);
    for (size_t i = 0; i < columns->count; i++) {
        const struct inki_column *column = &columns->list[i];
        if (column->why == INKI_USED || ++left_out > NAMED) continue;
        snprintf(after, sizeof after, " left out (%s)", inki_why_text(column->why));
        used = say(out, room, used, ", column ", columns, i, after);
    }
    if (left_out > NAMED) used += (size_t)snprintf(out + used, room - used, ", %zu more left out", left_out - NAMED);
    if (used < room) say_twins(columns, out, room, used);
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

bool inki_columns_only_count(const struct inki_columns *columns)
{
    size_t stem, number, first_stem = 0, first = 0, k = 0;
    const char *first_name = NULL;
    if (!columns->named || columns->counted) return true;
    for (size_t i = 0; i < columns->count; i++) {
        if (columns->list[i].role != INKI_FEATURE) continue;
        const char *name = inki_columns_name(columns, i);
        if (!split_number(name, &stem, &number)) return false;
        if (k == 0) first_name = name, first_stem = stem, first = number;
        if (stem != first_stem || number != first + k++ || memcmp(name, first_name, stem) != 0) return false;
    }
    return true;
}

/* The number of each feature's name in place[features], if the names are alike but for these; *lowest of them. */
static bool counted_places(const struct inki_columns *columns, uint32_t *place, size_t *lowest)
{
    const char *first_name = NULL;
    size_t stem, first_stem = 0, number, k = 0;
    *lowest = SIZE_MAX;
    for (size_t i = 0; i < columns->count; i++) {
        if (columns->list[i].role != INKI_FEATURE) continue;
        const char *name = inki_columns_name(columns, i);
        if (!split_number(name, &stem, &number) || number > UINT32_MAX) return false;
        if (k == 0) first_name = name, first_stem = stem;
        if (stem != first_stem || memcmp(name, first_name, stem) != 0) return false;
        place[k++] = (uint32_t)number;
        if (number < *lowest) *lowest = number;
    }
    return k > 1;
}

/* Makes numbers places: each of 0 to count - 1 once. *moved: one is not at its own. */
static bool are_places(uint32_t *place, bool *seen, size_t count, size_t lowest, bool *moved)
{
    *moved = false;
    for (size_t k = 0; k < count; k++) {
        place[k] -= (uint32_t)lowest;
        if (place[k] >= count || seen[place[k]]) return false;
        seen[place[k]] = true;
        *moved = *moved || place[k] != k;
    }
    return true;
}

ink_status inki_columns_order_counted(const struct inki_columns *columns, uint32_t **order)
{
    size_t lowest;
    bool moved;
    *order = NULL;
    if (!columns->named || columns->features < 2) return INK_OK;
    uint32_t *place = inki_alloc(columns->ctx, columns->features, sizeof *place);
    bool *seen = inki_zalloc(columns->ctx, columns->features, sizeof *seen);
    ink_status status = place && seen ? INK_OK : INK_NO_MEMORY;
    if (status == INK_OK && counted_places(columns, place, &lowest) &&
        are_places(place, seen, columns->features, lowest, &moved) && moved) {
        *order = place;
        place = NULL;
    }
    inki_free(place);
    inki_free(seen);
    return status;
}
