/* inputs: the names of a model's inputs and classes, and whether data has them.
 * SPDX-License-Identifier: MIT */
#include "train/inputs.h"

#include "base/mem.h"
#include "data/decided.h"
#include "data/extent.h"
#include "data/middle.h"
#include "read/load.h"
#include "train/known.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static ink_status keep_json(ink_ctx *ctx, ink_model *model, const char *key, json_t *value)
{
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
    ink_status status = text ? inki_model_set_metadata(ctx, model, key, text)
                             : inki_fail(ctx, INK_NO_MEMORY, "out of memory for the model's %s", key);
    inki_json_free(text);
    json_decref(value);
    return status;
}

static ink_status keep_names(ink_ctx *ctx, ink_model *model, const char *key, char *const *names, size_t count)
{
    if (!names) return INK_OK;
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) json_array_append_new(list, json_string(names[i]));
    if (json_array_size(list) != count) {
        json_decref(list);
        list = NULL;
    }
    return keep_json(ctx, model, key, list);
}

/* What is not finite, of columns of words, becomes null. */
static json_t *list_of(const double *values, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, isfinite(values[i]) ? json_real(values[i]) : json_null());
    return list;
}

/* What is usual in each column. Errors: NO_MEMORY. */
static ink_status add_middles(ink_ctx *ctx, const ink_data *data, json_t *object)
{
    double *middles = inki_alloc(ctx, data->features, sizeof *middles);
    ink_status status = middles ? inki_middle_of(ctx, data, middles) : INK_NO_MEMORY;
    if (status == INK_OK) json_object_set_new(object, "middles", list_of(middles, data->features));
    inki_free(middles);
    return status;
}

/* {"low": …, "high": …, "mean": …}, and of tables the lows, highs, means and middles of the columns. */
static ink_status keep_range(ink_ctx *ctx, ink_model *model, const ink_data *data)
{
    struct inki_extent range;
    INK_TRY(inki_extent_measure(ctx, data, &range));
    ink_status status = INK_OK;
    json_t *object = json_pack("{s:f, s:f, s:f}", "low", range.low, "high", range.high, "mean", range.mean);
    if (object && range.count) {
        json_object_set_new(object, "lows", list_of(range.lows, range.count));
        json_object_set_new(object, "highs", list_of(range.highs, range.count));
        json_object_set_new(object, "means", list_of(range.means, range.count));
        status = add_middles(ctx, data, object);
    }
    inki_extent_free(&range);
    if (status == INK_OK) return keep_json(ctx, model, "inputs", object);
    json_decref(object);
    return status;
}

/* The words of a feature, if it has some, as "words". */
static void keep_words(json_t *object, const ink_data *data, const char *name)
{
    size_t j = 0;
    while (data->columns && j < data->features && strcmp(data->columns[j], name) != 0) j++;
    if (!data->columns || !data->categories || j == data->features || !data->categories[j].count) return;
    json_t *list = json_array();
    for (size_t i = 0; i < data->categories[j].count; i++)
        json_array_append_new(list, json_string(data->categories[j].words[i]));
    json_object_set_new(object, "words", list);
}

/* Of rows in memory there are features alone. */
static ink_status keep_features(ink_ctx *ctx, ink_model *model, const ink_data *data)
{
    json_t *list = json_array();
    for (size_t j = 0; j < data->features; j++) {
        const char *kind = data->categories[j].count ? "category" : "number";
        json_t *object = json_pack("{s:s, s:s}", "name", data->columns[j], "kind", kind);
        if (object) keep_words(object, data, data->columns[j]);
        json_array_append_new(list, object);
    }
    return keep_json(ctx, model, "schema", list);
}

/* What was decided of each column of a table. Features whose names only count are left out of the list: they are numbers. */
static ink_status keep_schema(ink_ctx *ctx, ink_model *model, const ink_data *data)
{
    const struct inki_decided *decided = data->decided;
    if ((!decided || decided->count == 0) && data->columns && data->categories) return keep_features(ctx, model, data);
    if (!decided || decided->count == 0) return INK_OK;
    json_t *list = json_array();
    for (size_t i = 0; i < decided->count; i++) {
        const struct inki_field *field = &decided->fields[i];
        if (field->feature && !data->columns) continue;
        const char *label = inki_field_label(decided, i), *why = inki_field_why(decided, i);
        json_t *object = json_pack("{s:s, s:s}", "name", label, "kind", inki_field_kind_name(decided, i));
        if (object && *why) json_object_set_new(object, "why", json_string(why));
        if (object && field->date_form) json_object_set_new(object, "form", json_integer(field->date_form));
        if (object && field->feature) keep_words(object, data, label);
        json_array_append_new(list, object);
    }
    return keep_json(ctx, model, "schema", list);
}

ink_status inki_inputs_keep(ink_ctx *ctx, ink_model *model, const ink_data *data)
{
    const char *target = inki_decided_target(data->decided);
    const char *id = inki_decided_id(data->decided);
    INK_TRY(keep_names(ctx, model, "columns", data->columns, data->features));
    INK_TRY(keep_names(ctx, model, "labels", data->class_labels, data->classes));
    if (*target) INK_TRY(inki_model_set_metadata(ctx, model, "label_column", target));
    if (*id) INK_TRY(inki_model_set_metadata(ctx, model, "id_column", id));
    INK_TRY(keep_schema(ctx, model, data));
    return keep_range(ctx, model, data);
}

/* --------------------------------------------------------------------- ranges */

static double number_in(const json_t *object, const char *key, double otherwise)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : otherwise;
}

static double number_at(const json_t *list, size_t i, double otherwise)
{
    const json_t *value = json_array_get(list, i);
    return json_is_number(value) ? json_number_value(value) : otherwise;
}

/* What the model's metadata says, whatever it is: nothing is compared with what is no number. */
static ink_status read_range(ink_ctx *ctx, const json_t *object, size_t features, struct inki_extent *out)
{
    const json_t *lows = json_object_get(object, "lows"), *highs = json_object_get(object, "highs"),
                 *means = json_object_get(object, "means");
    *out = (struct inki_extent){.low = number_in(object, "low", 0), .high = number_in(object, "high", 0)};
    out->mean = number_in(object, "mean", (out->low + out->high) / 2);
    if (json_array_size(lows) != features || json_array_size(highs) != features) return INK_OK;
    INK_TRY(inki_extent_make_room(ctx, features, out));
    for (size_t j = 0; j < features; j++) {
        out->lows[j] = number_at(lows, j, -(double)INFINITY);
        out->highs[j] = number_at(highs, j, (double)INFINITY);
        out->means[j] = number_at(means, j, (out->lows[j] + out->highs[j]) / 2);
    }
    if (json_array_size(means) != features) out->means = NULL;
    return INK_OK;
}

struct ink_range {
    ink_ctx *ctx;
    bool known; /* the model says something of its inputs */
    size_t features, height;
    struct inki_extent extent;
};

static ink_status begin_range(ink_ctx *ctx, const ink_model *model, struct ink_range *range)
{
    const char *text = json_string_value(json_object_get(model->metadata, "inputs"));
    json_t *object = text ? json_loads(text, 0, NULL) : NULL;
    *range = (struct ink_range){.ctx = ctx, .features = model->features, .height = model->in.height};
    range->known = json_is_number(json_object_get(object, "low"));
    ink_status status = range->known ? read_range(ctx, object, model->features, &range->extent) : INK_OK;
    json_decref(object);
    return status;
}

static bool has_gap(const ink_data *data, size_t column)
{
    for (size_t i = 0; i < data->rows; i++)
        if (isnan(data->floats[inki_data_base(data, i) * data->features + column])) return true;
    return false;
}

/* Rows whose word in a column is none that the model knows. */
static size_t count_unknown(const ink_data *data, size_t column, size_t words)
{
    size_t count = 0;
    for (size_t i = 0; i < data->rows; i++) {
        const size_t at = inki_data_base(data, i) * data->features + column;
        const float x = data->bytes ? (float)data->bytes[at] : data->floats[at];
        count += x < 0 || x >= (float)words;
    }
    return count;
}

/* Words that the training rows had not all count as one. */
static void warn_of_words(ink_ctx *ctx, const ink_model *model, const ink_data *data)
{
    char name[INKI_COLUMN_TEXT];
    for (size_t j = 0; ctx->note && model->encoding && j < model->features; j++) {
        const struct inki_column *column = &model->encoding->columns[j];
        const size_t unknown = column->number ? 0 : count_unknown(data, j, column->word_count);
        if (unknown == 0) continue;
        inki_warn(ctx, "%s: %s has a word in %zu of %zu rows that the training rows had not", data->source,
                  inki_data_column_text(data, j, name), unknown, data->rows);
    }
}

/* Gaps in columns that had none are answered as the network was never trained to. */
static void warn_of_gaps(ink_ctx *ctx, const ink_model *model, const ink_data *data)
{
    char name[INKI_COLUMN_TEXT];
    for (size_t j = 0; ctx->note && model->encoding && data->floats && j < model->features; j++) {
        if (model->encoding->columns[j].gap || !has_gap(data, j)) continue;
        inki_warn(ctx, "%s: %s has a gap; the training rows had none there", data->source,
                  inki_data_column_text(data, j, name));
    }
}

void inki_inputs_warn(ink_ctx *ctx, const ink_model *model, const ink_data *data)
{
    warn_of_gaps(ctx, model, data);
    warn_of_words(ctx, model, data);
}

static ink_status check_range(ink_ctx *ctx, const ink_model *model, const ink_data *data)
{
    inki_inputs_warn(ctx, model, data);
    struct ink_range range;
    INK_TRY(begin_range(ctx, model, &range));
    if (range.known) inki_extent_compare(ctx, data, &range.extent, "the model");
    inki_extent_free(&range.extent);
    return INK_OK;
}

ink_status ink_range_new(ink_ctx *ctx, const ink_model *model, ink_range **out)
{
    *out = NULL;
    ink_range *range = inki_alloc(ctx, 1, sizeof *range);
    if (!range) return INK_NO_MEMORY;
    ink_status status = begin_range(ctx, model, range);
    if (status == INK_OK)
        *out = range;
    else
        inki_free(range);
    return status;
}

void ink_range_free(ink_range *range)
{
    if (!range) return;
    inki_extent_free(&range->extent);
    inki_free(range);
}

bool ink_range_holds(const ink_range *range, size_t rows, const float *x, char *text, size_t room)
{
    const ink_data data = {.rows = rows, .features = range->features, .height = range->height, .floats = x};
    if (room) *text = 0;
    return !range->known || rows == 0 || inki_extent_holds(&data, &range->extent, "the model", text, room);
}

ink_status inki_inputs_compare(ink_ctx *ctx, const ink_model *model, size_t rows, const float *x)
{
    ink_data data = {.rows = rows, .features = model->features, .height = model->in.height, .floats = x};
    char name[] = "the rows";
    data.source = name;
    return ctx->note && rows ? check_range(ctx, model, &data) : INK_OK;
}

/* ---------------------------------------------------------------------- names */

/* A model file may say anything: what is no list of as many texts as there are features counts as no names. */
static ink_status check_names(ink_ctx *ctx, const json_t *list, const ink_model *model, const ink_data *data)
{
    if (json_array_size(list) != model->features) return INK_OK;
    const char **names = inki_alloc(ctx, model->features, sizeof *names);
    if (!names) return INK_NO_MEMORY;
    bool texts = true;
    for (size_t i = 0; i < model->features; i++) {
        names[i] = json_string_value(json_array_get(list, i));
        texts = texts && names[i];
    }
    ink_status status =
        texts ? inki_data_check_columns(ctx, data, (char *const *)(uintptr_t)names, "the model") : INK_OK;
    inki_free(names);
    return status;
}

/* As many values in another order would get answers that mean nothing. */
static ink_status check_shape(ink_ctx *ctx, const ink_model *model, const ink_data *data)
{
    const struct inki_shape *in = &model->in;
    bool images = data->height > 1 && in->height > 1, colours = data->channels > 1 && in->height == 1;
    bool same = data->height == in->height && data->width == in->width && data->channels == in->channels;
    if (!colours && (!images || same)) return INK_OK;
    return inki_fail(
        ctx, INK_BAD_DATA,
        "%s has images of %zux%zux%zu, the model takes %zux%zux%zu: the values of a row may be in another order; the "
        "setting shape (none: as they are) says how they are meant",
        data->source ? data->source : "the data", data->height, data->width, data->channels, in->height, in->width,
        in->channels);
}

static ink_status other_words(ink_ctx *ctx, const ink_data *data, size_t column, const char *has, const char *expected)
{
    char name[INKI_COLUMN_TEXT];
    return inki_fail(ctx, INK_BAD_DATA,
                     "%s: %s has %s where the model has %s: read the rows for the model (ink_data_load_for), so that "
                     "they get its words",
                     data->source ? data->source : "the data", inki_data_column_text(data, column, name), has,
                     expected);
}

/* As far as both lists go: further words count as unknown. */
static ink_status match_list(ink_ctx *ctx, const ink_data *data, size_t column, const struct inki_category *words,
                             const struct inki_column *known)
{
    char has[100], expected[100];
    for (size_t i = 0; i < words->count && i < known->word_count; i++) {
        if (strcmp(words->words[i], known->words[i]) == 0) continue;
        snprintf(has, sizeof has, "the word '%.60s'", words->words[i]);
        snprintf(expected, sizeof expected, "'%.60s'", known->words[i]);
        return other_words(ctx, data, column, has, expected);
    }
    return INK_OK;
}

/* Of rows in memory without a table's words the caller knows what their numbers mean. */
ink_status inki_inputs_match_words(ink_ctx *ctx, const ink_model *model, const ink_data *data)
{
    const bool of_file = data->decided && data->decided->count;
    for (size_t j = 0; (data->categories || of_file) && j < model->features; j++) {
        const struct inki_category *words = data->categories ? &data->categories[j] : &(struct inki_category){0};
        const struct inki_column *known = model->encoding ? &model->encoding->columns[j] : NULL;
        const bool knows_words = known && !known->number;
        if (words->count && !knows_words) return other_words(ctx, data, j, "words", "numbers");
        if (!words->count && knows_words && known->word_count) return other_words(ctx, data, j, "numbers", "words");
        if (words->count) INK_TRY(match_list(ctx, data, j, words, known));
    }
    return INK_OK;
}

ink_status inki_inputs_match(ink_ctx *ctx, const ink_model *model, const ink_data *data)
{
    if (data->features != model->features) {
        char shape[80] = "";
        if (model->in.height > 1)
            snprintf(shape, sizeof shape, " (%zux%zux%zu)", model->in.height, model->in.width, model->in.channels);
        return inki_fail(ctx, INK_BAD_DATA,
                         "%s has %zu features a row, the model was trained on %zu%s; use the same kind of data",
                         data->source ? data->source : "the data", data->features, model->features, shape);
    }
    INK_TRY(check_shape(ctx, model, data));
    const char *text = data->columns ? json_string_value(json_object_get(model->metadata, "columns")) : NULL;
    json_t *list = text ? json_loads(text, 0, NULL) : NULL;
    ink_status status = list ? check_names(ctx, list, model, data) : INK_OK;
    json_decref(list);
    return status == INK_OK ? inki_inputs_match_words(ctx, model, data) : status;
}

ink_status inki_inputs_check(ink_ctx *ctx, const ink_model *model, const ink_data *data)
{
    INK_TRY(inki_inputs_match(ctx, model, data));
    return check_range(ctx, model, data);
}

/* The names that a model keeps of its inputs or classes, as pointers into the list; NULL where they are not `count`. Errors: NO_MEMORY. */
static ink_status names_of(ink_ctx *ctx, const json_t *list, size_t count, const char ***out)
{
    *out = NULL;
    if (json_array_size(list) != count) return INK_OK;
    const char **names = inki_alloc(ctx, count, sizeof *names);
    if (!names) return INK_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        names[i] = json_string_value(json_array_get(list, i));
        if (names[i]) continue;
        inki_free(names);
        return INK_OK;
    }
    *out = names;
    return INK_OK;
}

static ink_status load_for(ink_ctx *ctx, const char *path, const ink_settings *set, const ink_model *model,
                           bool all_rows, ink_data **out)
{
    struct inki_known known;
    *out = NULL;
    INK_TRY(inki_known_read(ctx, model, &known));
    const struct inki_expected expected = {.features = model->features,
                                           .columns = (char *const *)(uintptr_t)known.names,
                                           .categories = known.categories,
                                           .date_forms = known.date_forms,
                                           .target =
                                               json_string_value(json_object_get(model->metadata, "label_column")),
                                           .id = json_string_value(json_object_get(model->metadata, "id_column")),
                                           .classes = model->classes > 0,
                                           .targets = model->target_names,
                                           .target_count = model->numbers.targets,
                                           .all_rows = all_rows,
                                           .missing = known.missing,
                                           .where = "the model"};
    ink_status status = inki_data_load_for(ctx, path, set, &expected, out);
    inki_known_free(&known);
    return status;
}

ink_status ink_data_load_for(ink_ctx *ctx, const char *path, const ink_settings *set, const ink_model *model,
                             ink_data **out)
{
    return load_for(ctx, path, set, model, false, out);
}

ink_status ink_data_load_all_for(ink_ctx *ctx, const char *path, const ink_settings *set, const ink_model *model,
                                 ink_data **out)
{
    return load_for(ctx, path, set, model, true, out);
}

ink_status inki_inputs_map_classes(ink_ctx *ctx, const ink_model *model, const ink_data *data, int32_t *map)
{
    const char *text = json_string_value(json_object_get(model->metadata, "labels")), **labels;
    json_t *list = text ? json_loads(text, 0, NULL) : NULL;
    ink_status status = names_of(ctx, list, model->classes, &labels);
    const struct inki_class_list classes = {model->class_names, (char *const *)(uintptr_t)labels, model->classes};
    if (status == INK_OK) status = inki_data_map_classes(ctx, data, &classes, map);
    inki_free(labels);
    json_decref(list);
    return status;
}
