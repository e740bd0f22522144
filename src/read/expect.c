/* expect: columns by what they are for.
 * SPDX-License-Identifier: MIT */
#include "read/expect.h"

#include "base/mem.h"

#include <string.h>
#include <strings.h>

/* The column that goes by a wanted name; count if there is none, or if the name may be that of several. */
static size_t column_named(const struct inki_columns *columns, const struct inki_expected *expected, const char *name)
{
    size_t found = columns->count, same = 0;
    for (size_t i = 0; i < columns->count; i++)
        if (strcmp(inki_columns_name(columns, i), name) == 0) found = i, same++;
    if (same) return same == 1 ? found : columns->count;
    for (size_t i = 0; i < columns->count; i++)
        if (inki_names_alike(inki_columns_name(columns, i), name)) found = i, same++;
    for (size_t k = 0; k < expected->features; k++)
        same += expected->columns[k] != name && inki_names_alike(expected->columns[k], name);
    return same == 1 ? found : columns->count;
}

ink_status inki_expect_columns(struct inki_columns *columns, const struct inki_expected *expected, uint32_t **order)
{
    enum { SEARCHED = 4096 }; /* so many names are looked for in all others */
    *order = NULL;
    if (!columns->named || !expected->columns || expected->features > SEARCHED || columns->count > SEARCHED)
        return INK_OK;
    uint32_t *place = inki_alloc(columns->ctx, columns->count, sizeof *place);
    uint32_t *moves = inki_alloc(columns->ctx, expected->features, sizeof *moves);
    size_t found = 0, k = 0;
    for (size_t i = 0; place && i < columns->count; i++) place[i] = UINT32_MAX;
    for (; place && moves && found < expected->features; found++) {
        size_t i = column_named(columns, expected, expected->columns[found]);
        if (i == columns->count || place[i] != UINT32_MAX || columns->list[i].role != INKI_FEATURE) break;
        place[i] = (uint32_t)found;
    }
    ink_status status = place && moves ? INK_OK : INK_NO_MEMORY;
    if (status == INK_OK && found == expected->features) {
        for (size_t i = 0; i < columns->count; i++) {
            columns->list[i].wanted = place[i] != UINT32_MAX;
            if (place[i] != UINT32_MAX) moves[k++] = place[i];
        }
        *order = moves;
        moves = NULL;
    }
    inki_free(columns->ctx, place);
    inki_free(columns->ctx, moves);
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
