/* schema: a model's columns as one gives them, and their texts as raw values of a row.
 * SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "base/sized.h"
#include "data/data.h"
#include "inkling-extra.h"
#include "read/cells.h"
#include "read/dates.h"
#include "model/encoding.h"
#include "train/known.h"

#include <math.h>
#include <string.h>

/* A column that one gives, and the features that it is. */
struct column {
    const char *name;     /* ends in place */
    size_t first, values; /* features, one after the other */
    unsigned form;        /* of dates, else 0 */
    bool gaps;            /* the training rows had some */
};

struct ink_schema {
    struct inki_known known;
    struct column *columns; /* [count] */
    char *names;            /* of dates, each with its end */
    size_t count, features;
};

void ink_schema_free(ink_schema *schema)
{
    if (!schema) return;
    inki_known_free(&schema->known);
    inki_free(schema->columns);
    inki_free(schema->names);
    inki_free(schema);
}

static unsigned form_of(const struct inki_known *known, size_t feature)
{
    const unsigned form = known->date_forms ? known->date_forms[feature] : 0;
    return form & (0U - form);
}

/* One column a feature, or of dates for all parts with one name that stand together. */
static void fill_columns(const ink_model *model, ink_schema *schema)
{
    const struct inki_known *known = &schema->known;
    char *text = schema->names;
    for (size_t j = 0; j < schema->features; j++) {
        const char *name = known->names ? known->names[j] : "";
        struct column *last = schema->count ? &schema->columns[schema->count - 1] : NULL;
        const unsigned form = form_of(known, j);
        size_t stem = 0;
        if (form) inki_date_part_of(name, &stem);
        if (form && last && last->form && strlen(last->name) == stem && memcmp(last->name, name, stem) == 0) {
            last->values++;
            continue;
        }
        struct column *column = &schema->columns[schema->count++];
        *column = (struct column){.name = name, .first = j, .values = 1, .form = form};
        column->gaps = model->encoding && model->encoding->columns[j].gap;
        if (!form) continue;
        memcpy(text, name, stem);
        text[stem] = 0;
        column->name = text;
        text += stem + 1;
    }
}

ink_status ink_schema_new(ink_ctx *ctx, const ink_model *model, ink_schema **out)
{
    *out = NULL;
    ink_schema *schema = inki_zalloc(ctx, 1, sizeof *schema);
    if (!schema) return INK_NO_MEMORY;
    schema->features = model->features;
    ink_status status = inki_known_read(ctx, model, &schema->known);
    size_t size = 1;
    for (size_t j = 0; schema->known.names && j < model->features; j++) size += strlen(schema->known.names[j]) + 1;
    if (status == INK_OK) schema->columns = inki_alloc(ctx, model->features, sizeof *schema->columns);
    if (status == INK_OK) schema->names = inki_alloc(ctx, size, 1);
    if (status == INK_OK && (!schema->columns || !schema->names)) status = INK_NO_MEMORY;
    if (status != INK_OK) {
        ink_schema_free(schema);
        return status;
    }
    fill_columns(model, schema);
    *out = schema;
    return INK_OK;
}

size_t ink_schema_count(const ink_schema *schema) { return schema->count; }

static const struct inki_category *words_of(const ink_schema *schema, size_t i)
{
    const struct inki_category *categories = schema->known.categories;
    return categories && categories[schema->columns[i].first].count ? &categories[schema->columns[i].first] : NULL;
}

bool ink_schema_column(const ink_schema *schema, size_t i, ink_known_column *out)
{
    if (i >= schema->count) return false;
    const struct column *column = &schema->columns[i];
    const struct inki_category *words = words_of(schema, i);
    ink_known_column given = {.name = column->name,
                              .kind = column->form ? "date"
                                      : words      ? "category"
                                                   : "number",
                              .words = words ? words->count : 0,
                              .first = column->first,
                              .values = column->values,
                              .gaps = column->gaps};
    inki_sized_give(out, &given, sizeof given, sizeof given);
    return true;
}

const char *ink_schema_word(const ink_schema *schema, size_t i, size_t word)
{
    const struct inki_category *words = i < schema->count ? words_of(schema, i) : NULL;
    return words && word < words->count ? words->words[word] : NULL;
}

size_t ink_schema_find(const ink_schema *schema, const char *name)
{
    for (int alike = 0; alike < 2; alike++)
        for (size_t i = 0; i < schema->count; i++) {
            const char *own = schema->columns[i].name;
            if (*own && (alike ? inki_names_alike(own, name) : strcmp(own, name) == 0)) return i;
        }
    return SIZE_MAX;
}

/* ---------------------------------------------------------------------- values */

void ink_schema_clear(const ink_schema *schema, float *row)
{
    for (size_t j = 0; j < schema->features; j++) row[j] = NAN;
}

/* Without the blanks around it. */
static struct inki_cell cell_of(const char *text)
{
    struct inki_cell cell = {.text = text, .length = strlen(text)};
    while (cell.length > 0 && *cell.text == ' ') cell.text++, cell.length--;
    while (cell.length > 0 && cell.text[cell.length - 1] == ' ') cell.length--;
    return cell;
}

static ink_status bad_text(ink_ctx *ctx, const struct column *column, const struct inki_cell *cell, const char *what)
{
    char shown[INKI_SHOWN_ROOM];
    return inki_fail(ctx, INK_BAD_DATA, "column '%.60s': '%s' is not %s", column->name, inki_cell_shown(cell, shown),
                     what);
}

static ink_status put_date(ink_ctx *ctx, const ink_schema *schema, const struct column *column,
                           const struct inki_cell *cell, float *row)
{
    double parts[INKI_DATE_PARTS];
    size_t stem;
    if (!inki_date_read(cell->text, cell->length, column->form, parts))
        return bad_text(ctx, column, cell, "a date of the form that the training rows have");
    for (size_t j = column->first; j < column->first + column->values; j++) {
        const enum inki_date_part part = inki_date_part_of(schema->known.names[j], &stem);
        row[j] = part < INKI_DATE_PARTS ? (float)parts[part] : NAN;
    }
    return INK_OK;
}

static int32_t find_word(const struct inki_category *words, const struct inki_cell *cell)
{
    for (size_t i = 0; i < words->count; i++)
        if (strlen(words->words[i]) == cell->length && memcmp(words->words[i], cell->text, cell->length) == 0)
            return (int32_t)i;
    return -1;
}

ink_status ink_schema_put(ink_ctx *ctx, const ink_schema *schema, size_t i, const char *text, float *row)
{
    const struct inki_cells cells = {0};
    if (i >= schema->count) return inki_fail(ctx, INK_BAD_ARGUMENT, "the model has no column %zu", i);
    const struct column *column = &schema->columns[i];
    const struct inki_category *words = words_of(schema, i);
    const struct inki_cell cell = cell_of(text ? text : "");
    double value;
    float special = NAN;
    for (size_t j = 0; j < column->values; j++) row[column->first + j] = NAN;
    const int32_t word = words ? find_word(words, &cell) : -1;
    if (word >= 0) { /* also one that is a gap elsewhere */
        row[column->first] = (float)word;
        return INK_OK;
    }
    const bool is_special = inki_cell_special(&cells, &cell, &special);
    if (is_special && (isnan(special) || (!words && !column->form))) {
        if (!column->form) row[column->first] = special;
        return INK_OK;
    }
    if (column->form) return put_date(ctx, schema, column, &cell, row);
    if (words) {
        row[column->first] = -1;
        return INK_OK;
    }
    if (!inki_cell_number(&cell, &value) || !inki_is_value(value)) return bad_text(ctx, column, &cell, "a number");
    row[column->first] = (float)value;
    return INK_OK;
}
