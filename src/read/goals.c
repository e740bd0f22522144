/* goals: labels and numbers to predict.
 * SPDX-License-Identifier: MIT */
#include "read/goals.h"

#include "base/mem.h"
#include "base/settings.h"
#include "base/text.h"
#include "read/encoding.h"
#include "read/numerals.h"
#include "read/scorer.h"
#include "read/table.h"
#include "read/unlabelled.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

void inki_goals_begin(struct inki_table *table)
{
    const struct inki_source *source = table->source;
    struct inki_goals *goals = &table->goals;
    goals->words = (struct inki_words){.ctx = source->ctx};
    goals->task = (enum inki_task)inki_get_choice(source->set, INKI_TASK);
    if (source->expected && (source->expected->classes || source->expected->targets))
        goals->task = source->expected->classes ? INKI_TASK_CLASSIFY : INKI_TASK_REGRESS;
}

void inki_goals_free(struct inki_goals *goals)
{
    inki_words_free(&goals->words);
    inki_free(goals->labels);
    inki_free(goals->reals);
    inki_free(goals->missing);
}

/* --------------------------------------------------------------------- columns */

/* Whether some row that was looked at has not one 1 among the one-hot columns and 0 in all others, but numbers. */
static bool is_no_class(const struct inki_columns *columns, const struct inki_look *look, size_t row)
{
    size_t ones = 0, others = 0;
    for (size_t i = 0; i < columns->count; i++) {
        if (columns->list[i].role != INKI_ONE_HOT) continue;
        double value = look->values[row * look->columns + i];
        if (isnan(value)) return false;
        ones += value == 1, others += value != 0 && value != 1;
    }
    return ones != 1 || others > 0;
}

void inki_goals_choose(struct inki_table *table, const struct inki_look *look)
{
    struct inki_columns *columns = &table->columns;
    struct inki_goals *goals = &table->goals;
    bool numbers = goals->task == INKI_TASK_REGRESS;
    for (size_t row = 0; goals->task == INKI_TASK_AUTO && look->values && row < look->rows && !numbers; row++)
        numbers = is_no_class(columns, look, row);
    for (size_t i = 0; numbers && i < columns->count; i++) {
        if (columns->list[i].role != INKI_ONE_HOT) continue;
        columns->list[i].role = INKI_TARGET;
        goals->columns++;
    }
}

/* ---------------------------------------------------------------------- a cell */

static ink_status bad_label(const struct inki_table *table, const struct inki_cell *cell, const char *why)
{
    char shown[INKI_SHOWN_ROOM];
    return inki_fail(table->cells.ctx, INK_BAD_DATA, "%s:%zu:%zu: the label '%s' %s", table->cells.where, cell->line,
                     cell->column, inki_cell_shown(cell, shown), why);
}

static ink_status missing_label(const struct inki_table *table)
{
    return inki_fail(table->cells.ctx, INK_BAD_DATA,
                     "%s:%zu:%zu: the label is missing here, and in all other rows: fill them in", table->cells.where,
                     table->goals.missing_line, table->goals.missing_column);
}

/* Digits alone, as long numbers of articles and customers are. */
static bool is_digits(const struct inki_cell *cell)
{
    size_t i = 0;
    while (i < cell->length && cell->text[i] >= '0' && cell->text[i] <= '9') i++;
    return i == cell->length;
}

/* The cell's number, in the form that its column is read in. */
static bool number_of(const struct inki_table *table, size_t column, const struct inki_cell *cell, double *value)
{
    const unsigned form = table->columns.list[column].form;
    if (!form) return inki_cell_number(cell, value);
    return inki_numeral_value(cell->text, cell->length, form, value);
}

static ink_status make_label_room(struct inki_table *table)
{
    struct inki_goals *goals = &table->goals;
    if (table->rows < goals->label_room) return INK_OK;
    size_t room = 2 * goals->label_room + 256;
    int32_t *labels = inki_grow(table->cells.ctx, goals->labels, table->rows, room, sizeof *labels);
    if (!labels) return INK_NO_MEMORY;
    goals->labels = labels;
    goals->label_room = room;
    return INK_OK;
}

static ink_status put_real(struct inki_table *table, double value)
{
    struct inki_goals *goals = &table->goals;
    if (goals->real_count == goals->real_room) {
        size_t room = 2 * goals->real_room + 256;
        float *reals = inki_grow(table->cells.ctx, goals->reals, goals->real_count, room, sizeof *reals);
        if (!reals) return INK_NO_MEMORY;
        goals->reals = reals;
        goals->real_room = room;
    }
    if (inki_may_merge(0, value))
        inki_merging_keep(&table->merging,
                          table->features.count + (goals->columns ? goals->real_count % goals->columns : 0), value);
    goals->reals[goals->real_count++] = (float)value;
    return INK_OK;
}

static ink_status put_word(struct inki_table *table, struct inki_cell *cell)
{
    struct inki_goals *goals = &table->goals;
    const size_t known = goals->words.count;
    INK_TRY(inki_cells_to_utf8(&table->cells, cell));
    if (!cell->quoted) inki_trim(&cell->text, &cell->length);
    ink_status status = inki_words_put(&goals->words, cell->text, cell->length, &goals->labels[table->rows]);
    if (status == INK_BAD_DATA && goals->task == INKI_TASK_AUTO && !goals->named) {
        goals->fraction = true;
        return INK_OK;
    }
    if (status == INK_BAD_DATA)
        return bad_label(table, cell,
                         "is one too many: at most 65536 different ones are supported; is this the label column?");
    if (status == INK_OK && goals->declared && goals->words.count > known)
        return bad_label(table, cell, "is none of the values that its attribute declares; correct it, or declare it");
    return status;
}

/* A number that classes can be: whole, and not too large. */
static bool may_be_class(const struct inki_cell *cell, double value)
{
    return value == floor(value) && (fabs(value) <= INT32_MAX || is_digits(cell));
}

/* A number as whoever predicts it writes it: 007 is a name. */
static bool is_name(const struct inki_cell *cell) { return cell->length > 1 && *cell->text == '0' && is_digits(cell); }

/* What the cells so far are, with this one. */
static ink_status see_label(struct inki_table *table, const struct inki_cell *cell, bool number, double value)
{
    struct inki_goals *goals = &table->goals;
    if (goals->declared) return INK_OK;
    const bool fraction = number && !may_be_class(cell, value);
    if (fraction && (goals->named || goals->task == INKI_TASK_CLASSIFY))
        return bad_label(table, cell,
                         "is neither a word nor an integer: the column holds numbers to predict, not classes; predict "
                         "them (--task regress), name another (--label-column), or make classes of ranges of it");
    if (!number && goals->fraction)
        return bad_label(table, cell,
                         "is a word among numbers to predict; correct it, remove the row, or name another column "
                         "(--label-column)");
    goals->fraction = goals->fraction || fraction;
    goals->named = goals->named || !number || is_name(cell);
    return INK_OK;
}

static ink_status bad_target(const struct inki_table *table, const struct inki_cell *cell)
{
    char shown[INKI_SHOWN_ROOM];
    double value;
    const bool large = inki_cell_number(cell, &value);
    return inki_fail(table->cells.ctx, INK_BAD_DATA, "%s:%zu:%zu: the target '%s' is not a number%s; correct it%s",
                     table->cells.where, cell->line, cell->column, inki_cell_shown(cell, shown),
                     large ? " that a 32-bit float holds" : "",
                     large ? ", or scale the column" : ", or remove the row; words are classes (--task classify)");
}

/* Among numbers - and None are gaps, too; among words they are words. */
static ink_status see_missing(struct inki_table *table, size_t column, const struct inki_cell *cell, bool *missing)
{
    const bool numbers = table->columns.list[column].kind == INKI_NUMBERS;
    *missing = inki_cell_missing(&table->cells, cell) || (numbers && inki_cell_weak(&table->cells, cell));
    return *missing ? inki_unlabelled_add(table, cell) : INK_OK;
}

ink_status inki_table_target(struct inki_table *table, size_t column, struct inki_cell *cell)
{
    double value = 0;
    bool missing;
    INK_TRY(see_missing(table, column, cell, &missing));
    if (!missing && (!number_of(table, column, cell, &value) || !inki_is_value(value))) return bad_target(table, cell);
    return put_real(table, value);
}

/* Where a short text without quotes belongs among the recent labels, and *key, which no other has; NULL for other texts, and while labels
 * are numbers to predict. */
static struct inki_recent_label *recent_of(struct inki_goals *goals, const struct inki_cell *cell, uint64_t *key)
{
    if (goals->fraction || cell->quoted || cell->length == 0 || cell->length >= sizeof *key) return NULL;
    *key = cell->length;
    for (size_t i = 0; i < cell->length; i++) *key = *key << 8 | (uint8_t)cell->text[i];
    return &goals->recent[(*key * 0x9E3779B97F4A7C15u) >> 60];
}

ink_status inki_table_label(struct inki_table *table, struct inki_cell *cell)
{
    struct inki_goals *goals = &table->goals;
    double value = 0;
    bool missing;
    uint64_t key = 0;
    struct inki_recent_label *recent = recent_of(goals, cell, &key);
    if (recent && recent->key == key) {
        INK_TRY(make_label_room(table));
        goals->labels[table->rows] = recent->word;
        return put_real(table, (double)recent->value);
    }
    if (goals->task == INKI_TASK_REGRESS) return inki_table_target(table, table->columns.label, cell);
    INK_TRY(see_missing(table, table->columns.label, cell, &missing));
    INK_TRY(make_label_room(table));
    goals->labels[table->rows] = 0;
    if (missing) return put_real(table, 0);
    bool number = number_of(table, table->columns.label, cell, &value);
    INK_TRY(see_label(table, cell, number, value));
    if (!goals->fraction) INK_TRY(put_word(table, cell));
    if (goals->fraction && !inki_is_value(value)) return bad_target(table, cell);
    value = inki_is_value(value) ? value : 0;
    if (recent && !goals->fraction && !inki_may_merge(0, value))
        *recent = (struct inki_recent_label){key, goals->labels[table->rows], (float)value};
    return put_real(table, value);
}

ink_status inki_table_class(struct inki_table *table, int32_t class)
{
    INK_TRY(make_label_room(table));
    table->goals.labels[table->rows] = class;
    return INK_OK;
}

/* -------------------------------------------------------------------- deciding */

/* Rows of the value that has the fewest. */
static ink_status count_fewest(const struct inki_table *table, size_t *out)
{
    const struct inki_goals *goals = &table->goals;
    size_t *rows = inki_zalloc(table->cells.ctx, goals->words.count, sizeof *rows);
    if (!rows) return INK_NO_MEMORY;
    for (size_t i = 0; i < table->rows; i++) rows[goals->labels[i]]++;
    *out = table->rows;
    for (size_t i = 0; i < goals->words.count; i++)
        if (rows[i] < *out) *out = rows[i];
    inki_free(rows);
    return INK_OK;
}

/* Integers in nearly as many values as rows; those with gaps between them need more rows each. */
static bool are_measured(const struct inki_table *table)
{
    enum { FEW = 20, MANY = 30, LOTS = 100 };
    const struct inki_words *words = &table->goals.words;
    double low = INFINITY, high = -(double)INFINITY, value;
    if (words->count < FEW) return false;
    for (size_t i = 0; i < words->count; i++) {
        if (!inki_parse_real(inki_words_get(words, i), &value)) return false;
        low = fmin(low, value), high = fmax(high, value);
    }
    const bool gaps = 0.9 * (high - low + 1) > (double)words->count;
    return gaps || words->count >= LOTS ? 4 * words->count > table->rows
                                        : words->count >= MANY && 2 * words->count > table->rows;
}

/* All features are bytes, as many as a square image has. */
static bool beside_image(const struct inki_table *table)
{
    const size_t features = table->list_length ? table->list_length : table->columns.features,
                 side = (size_t)sqrt((double)features);
    return table->values.bytes && side >= 8 && side * side == features;
}

static ink_status are_numbers(const struct inki_table *table, bool *out)
{
    enum { CLASSES = 10, MOST = 20, ROWS = 20 };
    const struct inki_goals *goals = &table->goals;
    const char *name = inki_columns_name(&table->columns, table->columns.label);
    size_t fewest = 0;
    *out = goals->task == INKI_TASK_REGRESS || goals->columns > 0 || goals->fraction;
    if (*out || goals->task == INKI_TASK_CLASSIFY || goals->declared || goals->named) return INK_OK;
    if (goals->words.count <= CLASSES) return INK_OK;
    if (table->for_labels || beside_image(table)) {
        *out = are_measured(table);
        return INK_OK;
    }
    INK_TRY(count_fewest(table, &fewest));
    const bool named = strcasecmp(name, "label") == 0 || strcasecmp(name, "class") == 0;
    *out = fewest < ROWS || (goals->words.count > MOST && !named);
    return INK_OK;
}

ink_status inki_goals_decide(struct inki_table *table)
{
    bool numbers = false;
    INK_TRY(inki_unlabelled_leave_out(table));
    if (table->columns.label < table->columns.count && !table->goals.unlabelled && table->rows)
        INK_TRY(are_numbers(table, &numbers));
    table->columns.numbers = numbers;
    return INK_OK;
}

/* ---------------------------------------------------------------------- giving */

/* Words that hardly come again are most likely names or texts, not classes. */
static void warn_of_many(const struct inki_table *table)
{
    enum { MANY = 30 };
    const struct inki_words *words = &table->goals.words;
    if (!table->goals.declared && table->goals.named && words->count >= MANY && 2 * words->count > table->rows)
        inki_warn(table->cells.ctx, "%s: %zu classes in %zu rows: is this the label column (--label-column)?",
                  table->cells.where, words->count, table->rows);
}

static bool is_sum_word(const char *word)
{
    static const char *const words[] = {"total",      "totals", "sum",         "summe", "gesamt", "average", "mean",
                                        "mittelwert", "count",  "grand total", "suma",  "somme",  "moyenne", "totale"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(word, words[i]) == 0) return true;
    return false;
}

/* The last row of a spreadsheet may be a sum, whose "Total" would be a class. */
static void warn_of_footer(const struct inki_table *table, const int32_t *labels)
{
    const struct inki_words *words = &table->goals.words;
    size_t others = 0, rows = 0, last = table->rows - 1;
    double value;
    for (size_t i = 0; i < words->count && others < 2; i++)
        others += !inki_parse_real(inki_words_get(words, i), &value);
    const char *word = inki_words_get(words, (size_t)labels[last]);
    if (table->goals.declared || words->count < 3 || (others != 1 && !is_sum_word(word))) return;
    for (size_t i = 0; i < table->rows; i++) rows += labels[i] == labels[last];
    if (rows == 1 && !inki_parse_real(word, &value))
        inki_warn(table->cells.ctx,
                  "%s: the last row has the label '%.60s', %sa class of its own: remove the row if it is a sum",
                  table->cells.where, word, others == 1 ? "a word among numbers and " : "");
}

static ink_status give_classes(struct inki_table *table, struct inki_labels *out)
{
    struct inki_goals *goals = &table->goals;
    int32_t *numbers = goals->labels;
    warn_of_many(table);
    warn_of_footer(table, numbers);
    if (!goals->declared) INK_TRY(inki_words_warn(&goals->words, table->cells.where));
    goals->labels = NULL;
    if (goals->declared) return inki_words_classes(&goals->words, numbers, table->rows, out);
    return inki_words_labels(&goals->words, numbers, table->rows, false, out);
}

static bool is_target(const struct inki_columns *columns, size_t i)
{
    return columns->list[i].role == INKI_LABEL || columns->list[i].role == INKI_TARGET;
}

static ink_status give_numbers(struct inki_table *table, struct inki_labels *out)
{
    const struct inki_columns *columns = &table->columns;
    const size_t count = table->goals.columns ? table->goals.columns : 1;
    *out = (struct inki_labels){.count = table->rows, .targets = count};
    out->names = columns->named ? inki_alloc(columns->ctx, 1, count * sizeof *out->names + columns->text_size) : NULL;
    if (columns->named && !out->names) return INK_NO_MEMORY;
    char *text = out->names ? (char *)(out->names + count) : NULL;
    for (size_t i = 0, k = 0; text && i < columns->count; i++) {
        if (!is_target(columns, i)) continue;
        out->names[k++] = text;
        text = stpcpy(text, inki_columns_name(columns, i)) + 1;
    }
    out->reals = table->goals.reals;
    table->goals.reals = NULL;
    return INK_OK;
}

ink_status inki_goals_give(struct inki_table *table, struct inki_labels *out)
{
    *out = (struct inki_labels){0};
    if (table->goals.unlabelled) return missing_label(table);
    return table->columns.numbers ? give_numbers(table, out) : give_classes(table, out);
}
