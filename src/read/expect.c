/* expect: columns by what they are for.
 * SPDX-License-Identifier: MIT */
#include "read/expect.h"

#include "base/mem.h"
#include "base/text.h"
#include "read/dates.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The column that goes by a wanted name, or of a file without names by a number; count if there is none, or if the name may be that of
 * several. */
static size_t column_named(const struct inki_columns *columns, const struct inki_expected *expected, const char *name)
{
    size_t found = columns->count, same = 0, number;
    if (!columns->named) return inki_parse_count(name, &number) && number <= found && number > 0 ? number - 1 : found;
    for (size_t i = 0; i < columns->count; i++)
        if (strcmp(inki_columns_name(columns, i), name) == 0) found = i, same++;
    if (same) return same == 1 ? found : columns->count;
    for (size_t i = 0; i < columns->count; i++)
        if (inki_names_alike(inki_columns_name(columns, i), name)) found = i, same++;
    for (size_t k = 0; k < expected->features; k++)
        same += expected->columns[k] != name && inki_names_alike(expected->columns[k], name);
    return same == 1 ? found : columns->count;
}

/* Where each column, or each part of its dates, belongs: [columns][PARTS], UINT32_MAX: nowhere. */
struct places {
    uint32_t *of;
    size_t found;        /* wanted columns */
    const char *missing; /* the first that is not there */
    size_t left_out;     /* or that a setting left out: the column; count if there is none */
};
enum { PARTS = INKI_DATE_PARTS + 1 };

/* The column of one wanted name, or of the dates that it is a part of; *part: which. */
static size_t find_column(const struct inki_columns *columns, const struct inki_expected *expected, const char *name,
                          enum inki_date_part *part)
{
    char dates[300];
    size_t stem, i = column_named(columns, expected, name);
    *part = INKI_DATE_PARTS;
    if (i < columns->count) return i;
    *part = inki_date_part_of(name, &stem);
    if (*part == INKI_DATE_PARTS || stem >= sizeof dates) return columns->count;
    snprintf(dates, sizeof dates, "%.*s", (int)stem, name);
    return column_named(columns, expected, dates);
}

static void find_places(const struct inki_columns *columns, const struct inki_expected *expected, struct places *places)
{
    for (size_t k = 0; k < expected->features; k++) {
        enum inki_date_part part;
        const char *name = expected->columns[k];
        size_t i = find_column(columns, expected, name, &part);
        uint32_t *place = i < columns->count ? &places->of[i * PARTS + part] : NULL;
        const bool is_feature = place && columns->list[i].role == INKI_FEATURE;
        if (is_feature && *place == UINT32_MAX)
            *place = (uint32_t)k, places->found++;
        else if (!places->missing)
            places->missing = name, places->left_out = place && !is_feature ? i : columns->count;
    }
}

/* The column is read as what is wanted of it. */
static void set_kind(struct inki_column *column, const struct inki_expected *expected, const uint32_t *place)
{
    column->wanted = true;
    column->twin = 0;
    if (place[INKI_DATE_PARTS] < UINT32_MAX) {
        const size_t k = place[INKI_DATE_PARTS];
        const bool words = expected->categories && expected->categories[k].count;
        if (column->parts) column->form = 0;
        column->parts = 0;
        column->kind = words ? INKI_WORDS : INKI_NUMBERS;
        return;
    }
    for (unsigned part = 0, parts = 0; part < INKI_DATE_PARTS; part++) {
        if (place[part] == UINT32_MAX) continue;
        const unsigned form = expected->date_forms ? expected->date_forms[place[part]] : 0;
        column->parts = (uint8_t)(parts |= 1U << part);
        column->kind = INKI_DATES;
        if (form || !column->form) column->form = (uint8_t)(form ? form : INKI_DATE_YMD);
    }
}

/* The places in the order of the file. */
static ink_status take_order(struct inki_columns *columns, const struct inki_expected *expected, const uint32_t *places,
                             uint32_t **order)
{
    size_t count = 0;
    *order = inki_alloc(columns->ctx, expected->features, sizeof **order);
    if (!*order) return INK_NO_MEMORY;
    for (size_t i = 0; i < columns->count; i++) {
        bool any = false;
        for (size_t part = 0; part < PARTS; part++) {
            const uint32_t place = places[i * PARTS + part];
            if (place < UINT32_MAX) (*order)[count++] = place, any = true;
        }
        if (any) set_kind(&columns->list[i], expected, places + i * PARTS);
    }
    return INK_OK;
}

static ink_status refuse_missing(const struct inki_columns *columns, const struct inki_expected *expected,
                                 const struct places *places)
{
    if (places->left_out < columns->count)
        return inki_fail(columns->ctx, INK_BAD_SETTING,
                         "%s: column '%.60s' is not read as a feature by the settings, but %s takes it", columns->where,
                         places->missing, expected->where);
    return inki_fail(columns->ctx, INK_BAD_DATA,
                     "%s: has no column '%.60s', which %s takes (%zu of its %zu columns are there); add it, if need be "
                     "with empty cells",
                     columns->where, places->missing, expected->where, places->found, expected->features);
}

ink_status inki_expect_columns(struct inki_columns *columns, const struct inki_expected *expected, uint32_t **order)
{
    enum { SEARCHED = 4096 }; /* so many names are looked for in all others */
    struct places places = {.left_out = columns->count};
    *order = NULL;
    if (!expected->columns || expected->features > SEARCHED || columns->count > SEARCHED) return INK_OK;
    places.of = inki_alloc(columns->ctx, columns->count * PARTS, sizeof *places.of);
    if (!places.of) return INK_NO_MEMORY;
    for (size_t i = 0; i < columns->count * PARTS; i++) places.of[i] = UINT32_MAX;
    find_places(columns, expected, &places);
    ink_status status = INK_OK;
    if (!places.missing)
        status = take_order(columns, expected, places.of, order);
    else if (columns->named && places.found > 0)
        status = refuse_missing(columns, expected, &places);
    inki_free(places.of);
    return status;
}

/* The column of this name that is still a feature, exactly or but for case and punctuation; count if there is none. */
static size_t find_feature(const struct inki_columns *columns, const char *wanted)
{
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < columns->count; i++) {
            const char *name = inki_columns_name(columns, i);
            bool same = pass ? inki_names_alike(name, wanted) : strcmp(name, wanted) == 0;
            if (same && columns->list[i].role == INKI_FEATURE && !columns->list[i].wanted) return i;
        }
    return columns->count;
}

/* Several columns of numbers, if all are there. */
static void expect_targets(struct inki_columns *columns, const struct inki_expected *expected)
{
    for (size_t k = 0; k < expected->target_count; k++)
        if (find_feature(columns, expected->targets[k]) == columns->count) return;
    for (size_t k = 0; k < expected->target_count; k++) {
        size_t i = find_feature(columns, expected->targets[k]);
        inki_columns_set_role(columns, i, INKI_ONE_HOT, INKI_USED); /* until it is known that they hold numbers */
        if (i < columns->label) columns->label = i;
    }
}

bool inki_expect_target(struct inki_columns *columns, const struct inki_expected *expected)
{
    if (expected->target_count > 1) {
        if (columns->label == columns->count) expect_targets(columns, expected);
        return true;
    }
    if (!expected->target || !*expected->target) return false;
    if (columns->label == columns->count) {
        size_t i = find_feature(columns, expected->target);
        if (i < columns->count) inki_columns_set_label(columns, i, "");
    }
    return true;
}

void inki_expect_id(struct inki_columns *columns, const struct inki_expected *expected)
{
    if (!expected->id || !*expected->id || columns->id < columns->count) return;
    for (size_t i = 0; i < columns->count; i++) {
        if (columns->list[i].role != INKI_FEATURE || columns->list[i].wanted ||
            strcmp(inki_columns_name(columns, i), expected->id) != 0)
            continue;
        inki_columns_set_role(columns, i, INKI_LEFT_OUT, INKI_NAMED_ID);
        columns->list[i].kind = INKI_IDS;
        columns->id = i;
        return;
    }
}

void inki_expect_no_more(struct inki_columns *columns)
{
    for (size_t i = 0; i < columns->count; i++)
        if (columns->list[i].role == INKI_FEATURE && !columns->list[i].wanted)
            inki_columns_set_role(columns, i, INKI_LEFT_OUT, INKI_NOT_WANTED);
}

void inki_expect_label(struct inki_columns *columns, const struct inki_expected *expected)
{
    size_t label = columns->label;
    if (label == columns->count || columns->list[label].role != INKI_LABEL) return;
    columns->close = false;
    if (columns->features + 1 != expected->features || columns->list[label].kind != INKI_NUMBERS) return;
    inki_columns_set_role(columns, label, INKI_FEATURE, INKI_USED);
    columns->label = columns->count;
}

void inki_expect_count(struct inki_columns *columns, const struct inki_look *look, const struct inki_expected *expected)
{
    if (columns->features != expected->features + 1 || columns->list[0].role != INKI_FEATURE) return;
    const struct inki_traits *traits = &look->traits[0];
    bool keys = traits->integers == traits->cells || traits->numbers == 0;
    if (!keys || traits->distinct < traits->cells || traits->missing) return;
    inki_columns_set_role(columns, 0, INKI_LEFT_OUT, INKI_NOT_WANTED);
    if (columns->id == columns->count) columns->id = 0;
}
