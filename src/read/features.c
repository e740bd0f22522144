/* features: words, dates and gaps as values.
 * SPDX-License-Identifier: MIT */
#include "read/features.h"

#include "base/mem.h"
#include "base/text.h"
#include "read/dates.h"
#include "read/encoding.h"
#include "read/table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void inki_features_free(struct inki_features *features)
{
    for (size_t i = 0; i < features->words_count; i++) inki_words_free(&features->words[i]);
    inki_free(features->words);
    inki_free(features->list);
    inki_free(features->declared);
    inki_free(features->full);
}

/* ----------------------------------------------------------------------- begin */

static size_t width_of(const struct inki_column *column)
{
    size_t width = 0;
    if (column->role != INKI_FEATURE) return 0;
    for (unsigned parts = column->parts; parts; parts &= parts - 1) width++;
    return width ? width : 1;
}

static void fill_list(struct inki_table *table)
{
    struct inki_features *features = &table->features;
    const struct inki_columns *columns = &table->columns;
    for (size_t i = 0; i < columns->count; i++) {
        const struct inki_column *column = &columns->list[i];
        if (column->role != INKI_FEATURE) continue;
        if (!column->parts) features->list[features->count++] = (struct inki_feature){(uint32_t)i, INKI_DATE_PARTS};
        for (unsigned part = 0; part < INKI_DATE_PARTS; part++)
            if (column->parts >> part & 1)
                features->list[features->count++] = (struct inki_feature){(uint32_t)i, (uint8_t)part};
    }
}

static ink_status begin_words(struct inki_table *table)
{
    struct inki_features *features = &table->features;
    ink_ctx *ctx = table->columns.ctx;
    bool any = false;
    for (size_t j = 0; j < features->count && !any; j++)
        any = inki_column_has_words(&table->columns.list[features->list[j].column]);
    if (!any) return INK_OK;
    features->words = inki_zalloc(ctx, features->count, sizeof *features->words);
    features->full = inki_zalloc(ctx, features->count, sizeof *features->full);
    if (!features->words || !features->full) return INK_NO_MEMORY;
    features->words_count = features->count;
    for (size_t j = 0; j < features->count; j++) features->words[j].ctx = ctx;
    return INK_OK;
}

ink_status inki_features_begin(struct inki_table *table)
{
    size_t count = 0;
    for (size_t i = 0; i < table->columns.count; i++) count += width_of(&table->columns.list[i]);
    table->features.list = inki_alloc(table->columns.ctx, count, sizeof *table->features.list);
    if (!table->features.list) return INK_NO_MEMORY;
    fill_list(table);
    return begin_words(table);
}

/* ----------------------------------------------------------------------- cells */

ink_status inki_features_word(struct inki_table *table, size_t place, struct inki_cell *cell)
{
    struct inki_features *features = &table->features;
    struct inki_words *words = &features->words[place];
    const struct inki_column *column = &table->columns.list[features->list[place].column];
    const size_t known = words->count;
    char shown[INKI_SHOWN_ROOM];
    int32_t number = 0;
    if (inki_cell_missing(&table->cells, cell) || (!column->weak && inki_cell_weak(&table->cells, cell)))
        return inki_values_put_special(&table->values, NAN);
    INK_TRY(inki_cells_to_utf8(&table->cells, cell));
    inki_trim(&cell->text, &cell->length);
    ink_status status = inki_words_put(words, cell->text, cell->length, &number);
    if (status == INK_BAD_DATA && column->given)
        return inki_fail(
            table->cells.ctx, INK_BAD_DATA,
            "%s:%zu:%zu: '%s' is one word too many: a column may have %d; leave it out (--columns %zu=drop)",
            table->cells.where, cell->line, cell->column, inki_cell_shown(cell, shown), INKI_CLASSES_MAX, cell->column);
    if (status == INK_BAD_DATA) features->full[place] = true; /* it will be left out */
    if (status == INK_NO_MEMORY) return status;
    if (words->count > known && features->declared && features->declared[place])
        return inki_fail(table->cells.ctx, INK_BAD_DATA,
                         "%s:%zu:%zu: '%s' is none of the values that its attribute declares; correct it, or declare "
                         "it",
                         table->cells.where, cell->line, cell->column, inki_cell_shown(cell, shown));
    return inki_values_put(&table->values, number);
}

static ink_status not_a_date(const struct inki_table *table, const struct inki_cell *cell)
{
    char shown[INKI_SHOWN_ROOM];
    return inki_fail(table->cells.ctx, INK_BAD_DATA,
                     "%s:%zu:%zu: '%s' is not a date of the form that the column has in other rows; correct it, or "
                     "say what the column is (--columns %zu=category, or %zu=drop)",
                     table->cells.where, cell->line, cell->column, inki_cell_shown(cell, shown), cell->column,
                     cell->column);
}

ink_status inki_features_date(struct inki_table *table, size_t column, const struct inki_cell *cell)
{
    const struct inki_column *dates = &table->columns.list[column];
    double parts[INKI_DATE_PARTS];
    const bool gap = inki_cell_missing(&table->cells, cell) || inki_cell_weak(&table->cells, cell);
    if (!gap && !inki_date_read(cell->text, cell->length, dates->form, parts)) {
        table->cells.broken = true;
        return not_a_date(table, cell);
    }
    for (unsigned part = 0; part < INKI_DATE_PARTS; part++) {
        if (!(dates->parts >> part & 1)) continue;
        INK_TRY(gap ? inki_values_put_special(&table->values, NAN) : inki_values_put(&table->values, parts[part]));
    }
    return INK_OK;
}

/* ---------------------------------------------------------------------- finish */

/* All values are the same. Gaps are another value, unless they are left aside. */
static bool is_constant(const struct inki_table *table, size_t place, bool gaps_aside)
{
    float first = inki_table_value(table, 0, place);
    for (size_t row = 1; row < table->rows; row++) {
        const float value = inki_table_value(table, row, place);
        if (value == first || (gaps_aside && isnan(value))) continue;
        if (!gaps_aside || !isnan(first)) return false;
        first = value;
    }
    return !isnan(first);
}

static bool is_empty(const struct inki_table *table, size_t place)
{
    size_t row = 0;
    while (row < table->rows && isnan(inki_table_value(table, row, place))) row++;
    return row == table->rows;
}

/* Nearly every row has words of its own. */
static bool is_text(const struct inki_table *table, size_t place)
{
    enum { MANY = 50 };
    const struct inki_features *features = &table->features;
    if (!features->words || (features->declared && features->declared[place])) return false;
    return features->full[place] || (table->rows > MANY && 2 * features->words[place].count > table->rows);
}

/* Whether values and labels go together one to one in all rows. */
static bool tells_label(const struct inki_table *table, size_t place)
{
    enum { MOST = 100 };
    float value[MOST];
    int32_t label[MOST];
    size_t count = 0;
    for (size_t row = 0; row < table->rows; row++) {
        const float x = inki_table_value(table, row, place);
        const int32_t y = table->goals.labels[row];
        size_t k = 0;
        while (k < count && value[k] != x && label[k] != y) k++;
        if ((k < count && (value[k] != x || label[k] != y)) || k == MOST || isnan(x)) return false;
        value[k] = x, label[k] = y;
        count += k == count;
    }
    return count > 1;
}

/* Whether the values of two features go together one to one in all rows. */
static bool are_twins(const struct inki_table *table, size_t a, size_t b)
{
    enum { MOST = 100 };
    float pairs[MOST][2];
    size_t count = 0;
    for (size_t row = 0; row < table->rows; row++) {
        float x = inki_table_value(table, row, a), y = inki_table_value(table, row, b);
        size_t k = 0;
        if (isnan(x) != isnan(y)) return false;
        if (isnan(x)) continue;
        while (k < count && pairs[k][0] != x && pairs[k][1] != y) k++;
        if ((k < count && (pairs[k][0] != x || pairs[k][1] != y)) || k == MOST) return false;
        pairs[k][0] = x, pairs[k][1] = y;
        count += k == count;
    }
    return count > 1;
}

/* The feature that the column is; count if it is none. */
static size_t place_of(const struct inki_features *features, size_t column)
{
    size_t j = 0;
    while (j < features->count && features->list[j].column != column) j++;
    return j;
}

/* Of the twins that were found in the first rows those stay that are in all. */
static void check_twins(struct inki_table *table)
{
    const struct inki_features *features = &table->features;
    for (size_t j = 0; j < features->count; j++) {
        struct inki_column *column = &table->columns.list[features->list[j].column];
        if (!column->twin) continue;
        const size_t k = place_of(features, column->twin - 1);
        if (k == features->count || !are_twins(table, j, k)) column->twin = 0;
    }
}

static bool are_named(const struct inki_table *table)
{
    return table->columns.named && !inki_columns_only_count(&table->columns);
}

static void renumber(struct inki_table *table, size_t place, const int32_t *numbers)
{
    struct inki_values *values = &table->values;
    for (size_t row = 0; row < table->rows; row++) {
        const size_t at = row * table->features.count + place;
        if (values->bytes)
            values->bytes[at] = (uint8_t)numbers[values->bytes[at]];
        else if (!isnan(values->floats[at]))
            values->floats[at] = (float)numbers[(size_t)values->floats[at]];
    }
}

static ink_status forget_words(struct inki_table *table, size_t place)
{
    struct inki_words *words = &table->features.words[place];
    struct inki_words kept = {.ctx = words->ctx};
    bool *used = inki_zalloc(words->ctx, words->count, sizeof *used);
    int32_t *numbers = inki_zalloc(words->ctx, words->count, sizeof *numbers);
    ink_status status = used && numbers ? INK_OK : INK_NO_MEMORY;
    if (status == INK_OK) inki_features_see_words(table, place, used);
    for (size_t i = 0; status == INK_OK && i < words->count; i++) {
        const char *word = inki_words_get(words, i);
        if (used[i]) status = inki_words_put(&kept, word, strlen(word), &numbers[i]);
    }
    if (status == INK_OK) {
        if (kept.count < words->count) renumber(table, place, numbers);
        inki_words_free(words);
        *words = kept;
    } else {
        inki_words_free(&kept);
    }
    inki_free(used);
    inki_free(numbers);
    return status;
}

ink_status inki_features_forget_words(struct inki_table *table)
{
    const struct inki_features *features = &table->features;
    for (size_t j = 0; features->words && j < features->count; j++) {
        const bool declared = features->declared && features->declared[j];
        if (features->words[j].count && !declared && !features->full[j]) INK_TRY(forget_words(table, j));
    }
    return INK_OK;
}

/* Why the feature is left out; USED: it is not. */
static enum inki_why why_left_out(const struct inki_table *table, size_t place, bool constants)
{
    const struct inki_feature *feature = &table->features.list[place];
    const struct inki_column *column = &table->columns.list[feature->column];
    if (is_empty(table, place)) return INKI_IS_EMPTY;
    if (feature->part < INKI_DATE_PARTS && is_constant(table, place, true)) return INKI_IS_CONSTANT;
    if (column->given) return INKI_USED;
    if (inki_column_has_words(column) && is_text(table, place)) return INKI_HAS_TEXTS;
    if (constants && is_constant(table, place, false)) return INKI_IS_CONSTANT;
    const bool classes = table->goals.labels && !table->columns.numbers && !table->goals.unlabelled;
    return column->copy && classes && tells_label(table, place) ? INKI_TELLS_TARGET : INKI_USED;
}

/* A column all of whose features are left out is. */
static void leave_out(struct inki_table *table, const enum inki_why *why)
{
    const struct inki_features *features = &table->features;
    for (size_t j = 0; j < features->count;) {
        const uint32_t column = features->list[j].column;
        const enum inki_why reason = why[j];
        bool any = false;
        for (; j < features->count && features->list[j].column == column; j++) any = any || why[j] == INKI_USED;
        if (any) continue;
        inki_features_keep_count(table, j - 1);
        inki_columns_set_role(&table->columns, column, INKI_LEFT_OUT, reason);
    }
}

/* Rows of the features that stay alone. */
static void compact(struct inki_table *table, const enum inki_why *why)
{
    struct inki_features *features = &table->features;
    struct inki_values *values = &table->values;
    const size_t count = features->count;
    size_t kept = 0, to = 0;
    for (size_t i = 0; i < table->rows * count; i++) {
        if (why[i % count] != INKI_USED) continue;
        if (values->floats)
            values->floats[to++] = values->floats[i];
        else
            values->bytes[to++] = values->bytes[i];
    }
    values->count = to;
    for (size_t j = 0; j < count; j++) {
        if (why[j] != INKI_USED) continue;
        features->list[kept] = features->list[j];
        if (features->words && kept < j) {
            struct inki_words moved = features->words[j];
            features->words[j] = features->words[kept];
            features->words[kept] = moved;
        }
        kept++;
    }
    features->count = kept;
}

static ink_status leave_out_all(struct inki_table *table)
{
    struct inki_features *features = &table->features;
    enum { FEW_ROWS = 10 }; /* may be alike by chance */
    const bool constants = table->rows >= FEW_ROWS && (are_named(table) || features->words);
    size_t kept = 0;
    enum inki_why *why = inki_alloc(table->columns.ctx, features->count, sizeof *why);
    if (!why) return INK_NO_MEMORY;
    for (size_t j = 0; j < features->count; j++) {
        why[j] = why_left_out(table, j, constants);
        kept += why[j] == INKI_USED;
    }
    for (size_t j = 0; j < features->count && kept == 0; j++) why[j] = INKI_USED; /* nothing else is there */
    if (kept > 0 && kept < features->count) {
        leave_out(table, why);
        compact(table, why);
    }
    inki_free(why);
    return INK_OK;
}

/* A word that few rows have beside yes and no, or the like, is most likely a mistake: it makes flags words. */
static void note_odd_flags(const struct inki_table *table, size_t place)
{
    enum { MOST = 8, FEW = 20 };
    const struct inki_words *words = &table->features.words[place];
    size_t rows[MOST] = {0}, flags = 0, odd = 0, others = 0;
    bool sides[2] = {false, false};
    double side;
    char handle[INKI_SHOWN_ROOM];
    if (words->count < 3 || words->count > MOST) return;
    for (size_t row = 0; row < table->rows; row++) {
        const float value = inki_table_value(table, row, place);
        if (!isnan(value)) rows[(size_t)value]++;
    }
    for (size_t i = 0; i < words->count; i++) {
        const char *word = inki_words_get(words, i);
        if (inki_flag_value(word, strlen(word), &side))
            flags += rows[i], sides[side > 0] = true;
        else
            others += rows[i], odd = i;
    }
    if (!sides[0] || !sides[1] || others == 0 || FEW * others > flags + others) return;
    const char *word = inki_words_get(words, odd);
    inki_warn(
        table->columns.ctx,
        "%s: column %s: beside yes and no it has other words in %zu of %zu values, as '%.40s': it is read as words",
        table->columns.where, inki_columns_handle(&table->columns, table->features.list[place].column, handle), others,
        flags + others, word);
}

static void note_all_odd_flags(const struct inki_table *table)
{
    const struct inki_features *features = &table->features;
    for (size_t j = 0; features->words && j < features->count; j++)
        if (!table->columns.list[features->list[j].column].given) note_odd_flags(table, j);
}

/* Values, names and words in the order that is wanted. */
static ink_status reorder(struct inki_table *table)
{
    struct inki_features *features = &table->features;
    struct inki_values *values = &table->values;
    const size_t count = features->count, size = values->floats ? sizeof *values->floats : 1;
    ink_ctx *ctx = table->columns.ctx;
    uint8_t *row = inki_alloc(ctx, count, size);
    struct inki_feature *list = inki_alloc(ctx, count, sizeof *list);
    struct inki_words *words = features->words ? inki_alloc(ctx, features->words_count, sizeof *words) : NULL;
    ink_status status = row && list && !features->words == !words ? INK_OK : INK_NO_MEMORY;
    for (size_t i = 0; status == INK_OK && i < table->rows; i++) {
        uint8_t *at = (values->floats ? (uint8_t *)values->floats : values->bytes) + i * count * size;
        for (size_t k = 0; k < count; k++) memcpy(row + table->order[k] * size, at + k * size, size);
        memcpy(at, row, count * size);
    }
    for (size_t k = 0; status == INK_OK && k < count; k++) list[table->order[k]] = features->list[k];
    for (size_t k = 0; status == INK_OK && words && k < count; k++) words[table->order[k]] = features->words[k];
    if (status == INK_OK) {
        memcpy(features->list, list, count * sizeof *list);
        if (words) memcpy(features->words, words, count * sizeof *words);
    }
    inki_free(row);
    inki_free(list);
    inki_free(words);
    return status;
}

ink_status inki_features_finish(struct inki_table *table)
{
    if (table->for_labels || table->list_length || table->rows == 0) return INK_OK;
    const bool all_wanted = table->source->expected != NULL;
    const bool plain = !are_named(table) && !table->features.words && table->values.bytes; /* no gaps, no names */
    if (!all_wanted) check_twins(table);
    if (!all_wanted && !plain && !table->order) INK_TRY(leave_out_all(table));
    if (!all_wanted) note_all_odd_flags(table);
    return table->order ? reorder(table) : INK_OK;
}

/* ----------------------------------------------------------------------- giving */

static size_t write_name(const struct inki_table *table, size_t place, char *out, size_t room)
{
    const struct inki_feature *feature = &table->features.list[place];
    const char *name = inki_columns_name(&table->columns, feature->column), *part = "", *dot = "";
    char number[24];
    snprintf(number, sizeof number, "%u", (unsigned)feature->column + 1);
    if (feature->part < INKI_DATE_PARTS) dot = ".", part = inki_date_part_name((enum inki_date_part)feature->part);
    return (size_t)snprintf(out, room, "%s%s%s", *name ? name : number, dot, part) + 1;
}

static ink_status give_names(const struct inki_table *table, ink_data *data)
{
    const size_t count = table->features.count;
    size_t size = 0;
    for (size_t j = 0; j < count; j++) size += write_name(table, j, NULL, 0);
    char **names = inki_alloc(table->columns.ctx, 1, count * sizeof *names + size);
    if (!names) return INK_NO_MEMORY;
    char *text = (char *)(names + count), *end = text + size;
    for (size_t j = 0; j < count; j++) {
        names[j] = text;
        text += write_name(table, j, text, (size_t)(end - text));
    }
    data->columns = names;
    return INK_OK;
}

/* Pointers to the words of a column, in `out` behind what is there. */
static void point_to_words(const struct inki_words *words, char **out)
{
    for (size_t i = 0; i < words->count; i++) out[i] = words->text + words->begin[i];
}

static ink_status give_words(const struct inki_table *table, ink_data *data)
{
    const struct inki_features *features = &table->features;
    ink_ctx *ctx = table->columns.ctx;
    size_t words = 0, used = 0;
    for (size_t j = 0; j < features->count; j++) words += features->words[j].count;
    struct inki_category *categories = inki_zalloc(ctx, features->count, sizeof *categories);
    char **pointers = inki_alloc(ctx, words, sizeof *pointers);
    for (size_t j = 0; categories && pointers && j < features->count; j++) {
        point_to_words(&features->words[j], pointers + used);
        categories[j] = (struct inki_category){.words = pointers + used, .count = features->words[j].count};
        used += categories[j].count;
    }
    ink_status status = categories && pointers
                            ? inki_categories_copy(ctx, categories, features->count, &data->categories)
                            : INK_NO_MEMORY;
    inki_free(categories);
    inki_free(pointers);
    return status;
}

ink_status inki_features_give(const struct inki_table *table, ink_data *data)
{
    const struct inki_features *features = &table->features;
    bool dates = false, words = false;
    if (table->list_length || data->features != features->count) return INK_OK;
    for (size_t j = 0; j < features->count; j++) {
        dates = dates || features->list[j].part < INKI_DATE_PARTS;
        words = words || (features->words && features->words[j].count > 0);
    }
    if (words || dates || are_named(table)) INK_TRY(give_names(table, data));
    return words ? give_words(table, data) : INK_OK;
}
