/* survey: what is in data, and what about it may be wrong.
 * SPDX-License-Identifier: MIT */
#include "data/data.h"

#include "base/mem.h"
#include "base/pool.h"
#include "base/text.h"
#include "data/relate.h"
#include "data/sense.h"
#include "data/twins.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FINDINGS_MAX = 8, UNSCALED = 100, IMBALANCED = 4 };
#define SHUFFLED_P 0.01 /* of shuffled labels, 99 in 100 are noticed */

/* The survey with what it points to. */
struct surveying {
    ink_survey survey; /* first, so that it can be freed */
    ink_ctx *ctx;
    const ink_data *data;
    size_t other_rows;
    ink_column *columns;
    double *firsts, *counts; /* [features] the first finite value, and how many there are; in one block */
    bool ranged;             /* survey.low and high are known */
    size_t *class_rows;
    ink_label_check labels;
    ink_finding findings[FINDINGS_MAX];
    size_t finding_count;
    struct inki_twins twins;
};

/* ------------------------------------------------------------------- columns */

static double value_at(const ink_data *data, size_t row, size_t column)
{
    size_t at = inki_data_base(data, row) * data->features + column;
    return data->bytes ? (double)data->bytes[at] : (double)data->floats[at];
}

/* The first finite value; 0 if there is none. */
static double first_value(const ink_data *data, size_t column)
{
    for (size_t i = 0; i < data->rows; i++)
        if (isfinite(value_at(data, i, column))) return value_at(data, i, column);
    return 0;
}

/* Two passes over a share of the columns: extremes and mean, then the deviation from it, of the finite values. Sums of differences from
 * the first make a constant column's deviation exactly 0. */
static void measure_columns(void *arg, size_t part, size_t parts)
{
    const struct surveying *s = arg;
    const ink_data *data = s->data;
    size_t begin, end;
    inki_share(data->features, part, parts, &begin, &end);
    for (size_t j = begin; j < end; j++) {
        const double first = first_value(data, j);
        s->columns[j] = (ink_column){.low = first, .high = first};
        s->firsts[j] = first;
    }
    for (size_t i = 0; i < data->rows; i++)
        for (size_t j = begin; j < end; j++) {
            ink_column *column = &s->columns[j];
            const double value = value_at(data, i, j);
            if (!isfinite(value)) continue;
            s->counts[j]++;
            column->mean += value - s->firsts[j];
            if (value < column->low) column->low = value;
            if (value > column->high) column->high = value;
        }
    for (size_t j = begin; j < end; j++) s->columns[j].mean = s->columns[j].mean / fmax(1, s->counts[j]) + s->firsts[j];
    for (size_t i = 0; i < data->rows; i++)
        for (size_t j = begin; j < end; j++) {
            const double distance = value_at(data, i, j) - s->columns[j].mean;
            if (isfinite(distance)) s->columns[j].deviation += distance * distance;
        }
    for (size_t j = begin; j < end; j++)
        s->columns[j].deviation = sqrt(s->columns[j].deviation / fmax(1, s->counts[j]));
}

static bool has_words(const ink_data *data, size_t column)
{
    return data->categories && data->categories[column].count > 0;
}

/* Of numbers alone. */
static void see_range(struct surveying *s, size_t j)
{
    if (has_words(s->data, j) || s->counts[j] == 0) return;
    if (!s->ranged || s->columns[j].low < s->survey.low) s->survey.low = s->columns[j].low;
    if (!s->ranged || s->columns[j].high > s->survey.high) s->survey.high = s->columns[j].high;
    s->ranged = true;
}

static void measure(struct surveying *s)
{
    const ink_data *data = s->data;
    inki_parallel(s->ctx, data->rows * data->features, measure_columns, s);
    for (size_t j = 0; j < data->features; j++) {
        s->columns[j].name = data->columns ? data->columns[j] : NULL;
        see_range(s, j);
        s->survey.constant_columns += s->columns[j].low == s->columns[j].high;
    }
    for (size_t i = 0; data->labels && i < data->rows; i++) s->class_rows[inki_data_label(data, i)]++;
}

/* ------------------------------------------------------------------ findings */

/* Adds a finding; the text is in str. */
static ink_status add(struct surveying *s, const char *kind, double number, bool warning, struct inki_str *str)
{
    if (str->failed) {
        inki_free(str->text);
        return INK_NO_MEMORY;
    }
    s->findings[s->finding_count++] = (ink_finding){kind, number, warning, str->text};
    return INK_OK;
}

/* "'name'", or its number. */
static const char *column_name(const struct surveying *s, size_t j, char text[80])
{
    if (s->columns[j].name)
        snprintf(text, 80, "'%.70s'", s->columns[j].name);
    else
        snprintf(text, 80, "column %zu", j);
    return text;
}

static const char *class_of(const struct surveying *s, size_t row)
{
    int32_t label = inki_data_label(s->data, row);
    return label < 0 ? "?" : s->data->class_names[label];
}

static const char *plural(size_t count) { return count == 1 ? "" : "s"; }

/* Borders of images never change, and that is no mistake. */
static ink_status find_constant(struct surveying *s)
{
    char name[80];
    size_t first = 0, count = s->survey.constant_columns, features = s->data->features;
    bool images = s->data->height > 1;
    struct inki_str str = {.ctx = s->ctx};
    if (count == 0) return INK_OK;
    while (s->columns[first].low != s->columns[first].high) first++;
    inki_str_add(&str, "%zu of %zu columns %s one value only (first: %s): ", count, features,
                 count == 1 ? "has" : "have", column_name(s, first, name));
    if (images && count < features)
        inki_str_add(&str, "pixels of the border mostly; they carry no information and do no harm");
    else
        inki_str_add(&str, "they carry no information; drop them, or find out why they never change");
    return add(s, "constant_columns", (double)count, !images || count == features, &str);
}

static ink_status find_unscaled(struct surveying *s)
{
    char least_name[80], most_name[80];
    size_t least = SIZE_MAX, most = SIZE_MAX;
    struct inki_str str = {.ctx = s->ctx};
    if (s->data->height > 1) return INK_OK;
    for (size_t j = 0; j < s->data->features; j++) {
        double deviation = s->columns[j].deviation;
        if (!(deviation > 0) || has_words(s->data, j)) continue;
        if (least == SIZE_MAX || deviation < s->columns[least].deviation) least = j;
        if (most == SIZE_MAX || deviation > s->columns[most].deviation) most = j;
    }
    if (least == SIZE_MAX) return INK_OK;
    double factor = s->columns[most].deviation / s->columns[least].deviation;
    if (factor < UNSCALED) return INK_OK;
    inki_str_add(&str,
                 "the standard deviations of the columns differ by a factor of %.3g (%.3g of %s, "
                 "%.3g of %s): train "
                 "with --scale "
                 "standard or minmax, never none",
                 factor, s->columns[least].deviation, column_name(s, least, least_name), s->columns[most].deviation,
                 column_name(s, most, most_name));
    return add(s, "unscaled_columns", factor, true, &str);
}

static ink_status find_absent(struct surveying *s)
{
    size_t count = 0, first = 0;
    struct inki_str str = {.ctx = s->ctx};
    for (size_t c = s->data->classes; c-- > 0;) {
        if (s->class_rows[c]) continue;
        count++;
        first = c;
    }
    if (!s->data->labels || count == 0) return INK_OK;
    inki_str_add(&str, "%zu of %zu classes %s no row here (first: '%s'): nothing can be learned or measured about %s",
                 count, s->data->classes, count == 1 ? "has" : "have", s->data->class_names[first],
                 count == 1 ? "it" : "them");
    return add(s, "absent_classes", (double)count, true, &str);
}

static ink_status find_imbalance(struct surveying *s)
{
    size_t least = SIZE_MAX, most = SIZE_MAX;
    struct inki_str str = {.ctx = s->ctx};
    for (size_t c = 0; s->data->labels && c < s->data->classes; c++) {
        if (s->class_rows[c] == 0) continue;
        if (least == SIZE_MAX || s->class_rows[c] < s->class_rows[least]) least = c;
        if (most == SIZE_MAX || s->class_rows[c] > s->class_rows[most]) most = c;
    }
    if (least == SIZE_MAX || s->class_rows[most] < IMBALANCED * s->class_rows[least]) return INK_OK;
    double ratio = (double)s->class_rows[most] / (double)s->class_rows[least];
    inki_str_add(&str,
                 "class '%s' has %zu rows, class '%s' %zu: %.3g to 1, and always answering '%s' would be right for "
                 "%.1f %%; train with "
                 "--class-weight balanced and --stratify, and look at each class' recall",
                 s->data->class_names[most], s->class_rows[most], s->data->class_names[least], s->class_rows[least],
                 ratio, s->data->class_names[most], 100 * (double)s->class_rows[most] / (double)s->data->rows);
    return add(s, "class_imbalance", ratio, true, &str);
}

static ink_status find_copies(struct surveying *s)
{
    const struct inki_twins *twins = &s->twins;
    char some[32], all[32];
    struct inki_str str = {.ctx = s->ctx}, other = str;
    if (twins->copies) {
        inki_str_add(&str,
                     "%s of %s rows equal%s an earlier row (row %zu is row %zu again): duplicates count more than "
                     "once, and leak from training into test when the split separates them; remove them",
                     inki_format_count(twins->copies, some), inki_format_count(s->data->rows, all),
                     twins->copies == 1 ? "s" : "", twins->copy.second, twins->copy.first);
        INK_TRY(add(s, "duplicate_rows", (double)twins->copies, true, &str));
    }
    if (!twins->contradictions) return INK_OK;
    inki_str_add(&other,
                 "%zu row%s equal%s an earlier row except for the label (row %zu is '%s', row %zu '%s'): one of the "
                 "two labels is wrong",
                 twins->contradictions, plural(twins->contradictions), twins->contradictions == 1 ? "s" : "",
                 twins->contradiction.second, class_of(s, twins->contradiction.second), twins->contradiction.first,
                 class_of(s, twins->contradiction.first));
    return add(s, "conflicting_rows", (double)twins->contradictions, true, &other);
}

static ink_status find_shared(struct surveying *s)
{
    struct inki_str str = {.ctx = s->ctx};
    char some[32], all[32];
    if (s->twins.shared == 0) return INK_OK;
    inki_str_add(&str,
                 "%s of %s rows %s in the other part too (row %zu is its row %zu): a test on training rows is too "
                 "optimistic; remove them from one part",
                 inki_format_count(s->twins.shared, some), inki_format_count(s->data->rows, all),
                 s->twins.shared == 1 ? "is" : "are", s->twins.shared_pair.first, s->twins.shared_pair.second);
    return add(s, "shared_rows", (double)s->twins.shared, true, &str);
}

static ink_status find_shuffled(struct surveying *s)
{
    const ink_label_check *check = &s->labels;
    char rows[32];
    struct inki_str str = {.ctx = s->ctx};
    if (check->rows == 0 || check->p <= SHUFFLED_P) return INK_OK;
    inki_str_add(
        &str,
        "labels look shuffled: of %s rows, %.1f %% have the label of their nearest neighbour (chance: %.1f %%, "
        "up to %.1f) and %.1f %% that of the nearest class mean (%.1f, up to %.1f), p = %.2g; check that labels "
        "and rows are in the same order, else these columns say little about the classes",
        inki_format_count(check->rows, rows), 100 * check->neighbours, 100 * check->neighbours_chance,
        100 * check->neighbours_most, 100 * check->means, 100 * check->means_chance, 100 * check->means_most, check->p);
    return add(s, "shuffled_labels", check->neighbours, true, &str);
}

/* -------------------------------------------------------------------- survey */

/* Columns of images have one scale; others are brought to one. */
static ink_status check_labels(struct surveying *s)
{
    size_t features = s->data->features;
    if (s->data->height > 1) return inki_sense_check(s->ctx, s->data, NULL, NULL, &s->labels);
    float *shift = inki_alloc(s->ctx, 2 * features, sizeof *shift);
    if (!shift) return INK_NO_MEMORY;
    for (size_t j = 0; j < features; j++) {
        shift[j] = (float)s->columns[j].mean;
        shift[features + j] = s->columns[j].deviation > 0 ? (float)(1 / s->columns[j].deviation) : 0;
    }
    ink_status status = inki_sense_check(s->ctx, s->data, shift, shift + features, &s->labels);
    inki_free(shift);
    return status;
}

static ink_status look_through(struct surveying *s, const ink_data *other)
{
    INK_TRY(inki_twins_find(s->ctx, s->data, other, &s->twins));
    measure(s);
    INK_TRY((s->data->height == 1 ? inki_relate_columns : inki_relate_bytes)(s->ctx, s->data, s->columns));
    INK_TRY(check_labels(s));
    s->survey.duplicate_rows = s->twins.copies;
    s->survey.conflicting_rows = s->twins.contradictions;
    s->survey.shared_rows = s->twins.shared;
    INK_TRY(find_shuffled(s));
    INK_TRY(find_shared(s));
    INK_TRY(find_copies(s));
    INK_TRY(find_absent(s));
    INK_TRY(find_imbalance(s));
    INK_TRY(find_unscaled(s));
    return find_constant(s);
}

ink_status ink_data_survey(ink_ctx *ctx, const ink_data *data, const ink_data *other, ink_survey **out)
{
    *out = NULL;
    struct surveying *s = inki_zalloc(ctx, 1, sizeof *s);
    if (!s) return INK_NO_MEMORY;
    s->ctx = ctx;
    s->data = data;
    s->columns = inki_zalloc(s->ctx, data->features, sizeof *s->columns);
    s->firsts = inki_zalloc(s->ctx, 2 * data->features, sizeof *s->firsts);
    s->counts = s->firsts ? s->firsts + data->features : NULL;
    s->class_rows = inki_zalloc(s->ctx, data->classes, sizeof *s->class_rows);
    s->survey = (ink_survey){.rows = data->rows, .features = data->features, .classes = data->classes};
    s->survey.class_rows = s->class_rows;
    s->survey.labels = &s->labels;
    ink_status status = s->columns && s->firsts && s->class_rows ? look_through(s, other) : INK_NO_MEMORY;
    if (status != INK_OK) {
        ink_survey_free(&s->survey);
        return status;
    }
    *out = &s->survey;
    return INK_OK;
}

void ink_survey_free(ink_survey *survey)
{
    if (!survey) return;
    struct surveying *s = (struct surveying *)survey;
    for (size_t i = 0; i < s->finding_count; i++) inki_free((char *)(uintptr_t)s->findings[i].text);
    inki_free(s->columns);
    inki_free(s->firsts);
    inki_free(s->class_rows);
    inki_free(s);
}

const ink_column *ink_survey_column(const ink_survey *survey, size_t i)
{
    const struct surveying *s = (const struct surveying *)survey;
    return i < survey->features ? &s->columns[i] : NULL;
}

const ink_finding *ink_survey_finding(const ink_survey *survey, size_t i)
{
    const struct surveying *s = (const struct surveying *)survey;
    return i < s->finding_count ? &s->findings[i] : NULL;
}
