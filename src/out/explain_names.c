/* explain_names: what a table's inputs are called: "age", "age bin 3", "deck = C", "age gap".
 * SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "base/text.h"
#include "out/explain.h"

#include <stdio.h>
#include <string.h>

enum { ROOM = 96 };

static void name_of(json_t *columns, size_t i, char name[ROOM])
{
    const char *text = json_string_value(json_array_get(columns, i));
    if (text && *text)
        snprintf(name, ROOM, "%.60s", text);
    else
        snprintf(name, ROOM, "column %zu", i + 1);
}

static void put_name(struct ink_explanation *e, size_t at, const char *name, const char *more)
{
    char text[2 * ROOM];
    snprintf(text, sizeof text, "%.90s%.60s", name, more);
    if (!e->inputs[at]) e->inputs[at] = inki_copy_text(e->ctx, text);
}

static void put_counted(struct ink_explanation *e, size_t at, const char *name, const char *what, size_t number)
{
    char more[ROOM];
    snprintf(more, sizeof more, " %s %zu", what, number);
    put_name(e, at, name, more);
}

static void put_words(struct ink_explanation *e, const struct inki_column *column, const char *name)
{
    char more[ROOM];
    for (size_t i = 0; i < column->word_count; i++) {
        snprintf(more, sizeof more, " = %.50s", column->words[i]);
        if (column->slots_of[i] < column->slot_count) put_name(e, column->slots_at + column->slots_of[i], name, more);
    }
}

static void put_values(struct ink_explanation *e, const struct inki_column *column, const char *name)
{
    char more[ROOM];
    for (size_t i = 0; i < column->value_count; i++) {
        snprintf(more, sizeof more, " = %g", (double)column->values[i]);
        put_name(e, column->slots_at + i + 1, name, more);
    }
}

static void put_column(struct ink_explanation *e, const struct inki_column *column, const char *name)
{
    char more[2 * ROOM] = "";
    if (column->number) put_name(e, column->first, name, "");
    for (size_t i = 0; i < column->bin_count; i++) put_counted(e, column->bins_at + i, name, "bin", i + 1);
    if (column->flag && column->word_count == 2) {
        snprintf(more, sizeof more, ": %.24s -1, %.24s 1", column->words[0], column->words[1]);
        put_name(e, column->slots_at, name, more);
    }
    if (!column->flag && !column->number) put_words(e, column, name);
    if (column->number) put_values(e, column, name);
    if (column->gap) put_name(e, column->gap_at, name, " gap");
    for (size_t i = 0; i < column->inputs; i++) put_name(e, column->first + i, name, " = another");
}

ink_status inki_explain_names(struct ink_explanation *e)
{
    const struct inki_encoding *encoding = e->model->encoding;
    const size_t count = e->layers[0].show.count;
    const char *text = ink_model_metadata(e->model, "columns");
    if (!encoding && e->model->in.height > 1) return INK_OK;
    e->inputs = inki_zalloc(e->ctx, count, sizeof *e->inputs);
    if (!e->inputs) return INK_NO_MEMORY;
    json_t *columns = text ? json_loads(text, 0, NULL) : NULL;
    char name[ROOM];
    for (size_t i = 0; i < (encoding ? encoding->column_count : count); i++) {
        name_of(columns, i, name);
        if (encoding)
            put_column(e, &encoding->columns[i], name);
        else
            put_name(e, i, name, "");
    }
    json_decref(columns);
    bool all = true;
    for (size_t i = 0; i < count; i++) all = all && e->inputs[i];
    return all ? INK_OK : inki_fail(e->ctx, INK_NO_MEMORY, "out of memory for the names of inputs");
}
