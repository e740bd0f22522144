/* kinds: what the setting columns says of each column: "age=number deck=category name=drop".
 * SPDX-License-Identifier: MIT
 *
 * A name may have blanks and = in it: what ends it is an = with a kind behind it, and then a blank or the end. */
#include "read/columns.h"

#include "base/settings.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *word;
    enum inki_given given;
} kinds[] = {{"number", INKI_GIVEN_NUMBER}, {"category", INKI_GIVEN_CATEGORY},
             {"flag", INKI_GIVEN_FLAG},     {"date", INKI_GIVEN_DATE},
             {"id", INKI_GIVEN_ID},         {"target", INKI_GIVEN_TARGET},
             {"drop", INKI_GIVEN_DROP},     {"dropped", INKI_GIVEN_DROP}};

/* The kind that stands at the begin of a text, and then a blank or the end; *length of it. */
static enum inki_given kind_at(const char *text, size_t *length)
{
    *length = strcspn(text, " ");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strlen(kinds[i].word) == *length && strncmp(kinds[i].word, text, *length) == 0) return kinds[i].given;
    return INKI_GIVEN_NOTHING;
}

/* NAME=KIND at the begin of *text, which is left behind it and blanks. False if it is none. */
static bool next_pair(const char **text, char name[256], enum inki_given *given)
{
    for (const char *equals = strchr(*text, '='); equals; equals = strchr(equals + 1, '=')) {
        size_t length, size = (size_t)(equals - *text);
        *given = kind_at(equals + 1, &length);
        if (!*given) continue;
        if (size == 0 || size >= 256) return false;
        snprintf(name, 256, "%.*s", (int)size, *text);
        *text = equals + 1 + length;
        *text += strspn(*text, " ");
        return true;
    }
    return false;
}

static ink_status contradicts(const struct inki_columns *columns, size_t i, const char *what)
{
    char handle[INKI_SHOWN_ROOM];
    return inki_fail(columns->ctx, INK_BAD_SETTING, "columns: column %s of %s is %s by another setting; leave one out",
                     inki_columns_handle(columns, i, handle), columns->where, what);
}

static ink_status apply_target(struct inki_columns *columns, size_t i)
{
    struct inki_column *column = &columns->list[i];
    if (column->role == INKI_LABEL || column->role == INKI_ONE_HOT) return INK_OK; /* said twice */
    if (column->role != INKI_FEATURE) return contradicts(columns, i, "left out");
    if (columns->label == columns->count) {
        inki_columns_set_label(columns, i, "");
        return INK_OK;
    }
    if (columns->list[columns->label].given != INKI_GIVEN_TARGET)
        return contradicts(columns, columns->label, "the label column");
    inki_columns_set_role(columns, columns->label, INKI_ONE_HOT, INKI_USED);
    inki_columns_set_role(columns, i, INKI_ONE_HOT, INKI_USED);
    if (i < columns->label) columns->label = i;
    return INK_OK;
}

static ink_status apply(struct inki_columns *columns, size_t i, enum inki_given given)
{
    struct inki_column *column = &columns->list[i];
    column->given = (uint8_t)given;
    if (given == INKI_GIVEN_TARGET) return apply_target(columns, i);
    if (column->role == INKI_LABEL || column->role == INKI_ONE_HOT) return contradicts(columns, i, "the label column");
    if (given == INKI_GIVEN_NUMBER || given == INKI_GIVEN_CATEGORY || given == INKI_GIVEN_FLAG ||
        given == INKI_GIVEN_DATE)
        return column->role == INKI_FEATURE ? INK_OK : contradicts(columns, i, "left out");
    if (column->role != INKI_FEATURE) return INK_OK;
    enum inki_why why = given == INKI_GIVEN_ID ? INKI_NAMED_ID : INKI_AS_GIVEN;
    inki_columns_set_role(columns, i, INKI_LEFT_OUT, why);
    return INK_OK;
}

ink_status inki_columns_give_kinds(struct inki_columns *columns, const ink_settings *set)
{
    const char *text = inki_get_text(set, INKI_COLUMNS);
    char name[256];
    enum inki_given given;
    text += strspn(text, " ");
    while (*text) {
        size_t i;
        if (!next_pair(&text, name, &given))
            return inki_fail(
                columns->ctx, INK_BAD_SETTING,
                "columns: '%.60s' is not NAME=KIND, with number, category, flag, date, id, target or drop for "
                "KIND",
                text);
        INK_TRY(inki_columns_given(columns, "columns", name, &i));
        INK_TRY(apply(columns, i, given));
    }
    return INK_OK;
}
