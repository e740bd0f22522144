/* roles: the label column, the column of parts, the column of lists.
 * SPDX-License-Identifier: MIT */
#include "read/roles.h"

#include "base/settings.h"
#include "base/text.h"
#include "read/expect.h"
#include "read/scorer.h"

#include <math.h>
#include <string.h>
#include <strings.h>

/* A labels file has one column besides those left out; of two without names the first may only count the rows. */
static void guess_labels_file(struct inki_columns *columns)
{
    size_t found = columns->count, count = 0;
    if (columns->count == 2 && columns->features == 2 && columns->list[0].kind == INKI_NUMBERS &&
        (!columns->named || !inki_is_label_name(inki_columns_name(columns, 0)))) {
        inki_columns_set_role(columns, 0, INKI_ORDER, INKI_USED);
        columns->id = 0;
    }
    for (size_t i = 0; i < columns->count; i++) {
        if (columns->list[i].role != INKI_FEATURE) continue;
        count++;
        found = i;
    }
    if (count == 1) inki_columns_set_label(columns, found, "");
}

/* Integers of 0 to 255 throughout. */
static bool are_bytes(const struct inki_table *table, const struct inki_look *look)
{
    for (size_t i = 0; i < table->columns.count; i++) {
        const struct inki_traits *traits = &look->traits[i];
        if (table->columns.list[i].role != INKI_FEATURE) continue;
        if (traits->integers < traits->cells || traits->missing || traits->cells == 0 || traits->low < 0 ||
            traits->high > 255)
            return false;
    }
    return look->rows > 0;
}

/* Numbers as classes have them: few, from 0 or 1 on, without gaps. */
static bool is_numbered(const struct inki_traits *traits)
{
    return traits->distinct > 1 && traits->low <= 1 && traits->high - traits->low + 1 == traits->distinct &&
           2 * traits->distinct <= traits->cells;
}

/* Where all columns but one make a square image the first holds the label, as MNIST is mostly shared, unless it has one
 * value only, as an image's corner, and the last has several; or the last. */
static void guess_by_image(struct inki_table *table, const struct inki_look *look)
{
    struct inki_columns *columns = &table->columns;
    size_t side = (size_t)sqrt((double)columns->features), first = 0, last = 0;
    if (side < 8 || side * side + 1 != columns->features || !are_bytes(table, look)) return;
    while (columns->list[first].role != INKI_FEATURE) first++;
    for (size_t i = 0; i < columns->count; i++)
        if (columns->list[i].role == INKI_FEATURE) last = i;
    const struct inki_traits *a = &look->traits[first], *b = &look->traits[last];
    bool at_end = (a->distinct < 2 && b->distinct > 1) || (!is_numbered(a) && is_numbered(b));
    inki_columns_set_label(columns, at_end ? last : first, "the others are pixels of a square image");
    columns->close = is_numbered(a) && is_numbered(b);
    columns->candidates[0] = at_end ? first : last;
    columns->candidate_count = columns->close;
}

/* The same name, or as pandas calls a second column of it: label.1 */
static bool is_same_or_again(const char *name, const char *other)
{
    const size_t length = strlen(name);
    size_t number;
    if (strncasecmp(name, other, length) != 0) return false;
    return !other[length] || (other[length] == '.' && inki_parse_count(other + length + 1, &number));
}

/* A column of this role and name where another has the name, too. */
static ink_status check_doubled(const struct inki_columns *columns)
{
    size_t label = columns->label;
    const char *name = label < columns->count ? inki_columns_name(columns, label) : "";
    for (size_t i = 0; *name && i < columns->count; i++) {
        if (i == label || !is_same_or_again(name, inki_columns_name(columns, i)) ||
            columns->list[i].role != INKI_FEATURE)
            continue;
        size_t first = i < label ? i : label, second = i < label ? label : i;
        return inki_fail(
            columns->ctx, INK_BAD_DATA,
            "%s: columns %zu and %zu are both named '%.40s': say which holds the labels (--label-column %zu), "
            "and leave out the other (--drop %zu) if it says the same",
            columns->where, first + 1, second + 1, name, first + 1, second + 1);
    }
    return INK_OK;
}

/* The labels are in a file of their own, as the setting says. */
static bool has_own_labels(const struct inki_table *table)
{
    return !table->for_labels && *inki_get_text(table->source->set, INKI_LABELS);
}

/* What only looks like the labels is a feature then; what is named so is not. */
static void keep_named_label(struct inki_columns *columns)
{
    const size_t label = columns->label;
    if (label == columns->count || inki_is_label_name(inki_columns_name(columns, label))) return;
    inki_columns_set_role(columns, label, INKI_FEATURE, INKI_USED);
    columns->label = columns->count;
    columns->candidate_count = 0;
    columns->close = false;
    columns->reason = "";
}

static ink_status guess_label(struct inki_table *table, const struct inki_look *look)
{
    struct inki_columns *columns = &table->columns;
    if (table->order && inki_expect_target(columns, table->source->expected)) return INK_OK;
    if (inki_columns_find_one_hot(columns, look)) return INK_OK;
    if (table->for_labels) guess_labels_file(columns);
    if (columns->label == columns->count && !table->for_labels && !columns->named) guess_by_image(table, look);
    if (columns->label == columns->count) inki_columns_score(columns, look);
    if (columns->label == columns->count && !table->for_labels && columns->named) guess_by_image(table, look);
    if (table->source->expected && !table->order) inki_expect_label(columns, table->source->expected);
    if (has_own_labels(table)) keep_named_label(columns);
    INK_TRY(check_doubled(columns));
    return columns->close && columns->label < columns->count ? inki_columns_ask(columns) : INK_OK;
}

ink_status inki_roles_find_label(struct inki_table *table, const struct inki_look *look)
{
    const struct inki_columns *columns = &table->columns;
    if (!inki_columns_may_guess(columns, table->source->set, table->for_labels)) return INK_OK;
    INK_TRY(guess_label(table, look));
    if (columns->label < columns->count) return INK_OK;
    inki_columns_hint(columns, look, table->source->unlabelled, sizeof table->source->unlabelled);
    return INK_OK;
}

/* A column whose words name parts, as Usage does with Training and PublicTest. */
void inki_roles_find_part(struct inki_table *table, const struct inki_look *look)
{
    static const char *const names[] = {"usage", "split", "part", "set", "subset", "partition"};
    struct inki_columns *columns = &table->columns;
    for (size_t i = 0; columns->named && i < columns->count; i++) {
        bool named = false;
        for (size_t k = 0; k < sizeof names / sizeof *names; k++)
            named = named || strcasecmp(names[k], inki_columns_name(columns, i)) == 0;
        const struct inki_traits *traits = &look->traits[i];
        if (!named || columns->list[i].role != INKI_FEATURE || columns->list[i].given == INKI_GIVEN_NUMBER ||
            traits->numbers || traits->missing || traits->distinct > 4)
            continue;
        inki_columns_set_role(columns, i, table->for_labels ? INKI_LEFT_OUT : INKI_PART, INKI_HAS_PARTS);
        return;
    }
}

/* A column of lists has all features, if no other column has any. */
void inki_roles_find_list(struct inki_table *table, const struct inki_look *look)
{
    struct inki_columns *columns = &table->columns;
    size_t found = columns->count, others = 0;
    for (size_t i = 0; i < columns->count; i++) {
        if (columns->list[i].role != INKI_FEATURE) continue;
        if (columns->list[i].kind == INKI_LISTS && look->traits[i].list_length > 0)
            found = i;
        else
            others++;
    }
    if (found == columns->count || others > 0 || table->for_labels) return;
    inki_columns_set_role(columns, found, INKI_LIST, INKI_USED);
    table->list_length = look->traits[found].list_length;
}

void inki_roles_keep_ids(struct inki_table *table)
{
    struct inki_columns *columns = &table->columns;
    if (columns->id == columns->count) return;
    struct inki_column *column = &columns->list[columns->id];
    if (table->for_labels)
        column->role = INKI_ORDER;
    else if (column->role == INKI_LEFT_OUT)
        column->role = INKI_ID;
}
