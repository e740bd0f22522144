/* serve_columns: the columns of a model's rows by name, and their words.
 * SPDX-License-Identifier: MIT */
#include "serve_columns.h"

#include "json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------------- names */

static int compare(const void *a, const void *b)
{
    const struct name_entry *x = a, *y = b;
    const int order = strcmp(x->name, y->name);
    return order ? order : (x->number > y->number) - (x->number < y->number);
}

static bool make_room(size_t count, struct names *out)
{
    out->entries = calloc(count + 1, sizeof *out->entries);
    return out->entries != NULL;
}

static void add_name(struct names *names, const char *name, size_t number)
{
    names->entries[names->count++] = (struct name_entry){name, number};
}

static void sort_names(struct names *names)
{
    if (names->count) qsort(names->entries, names->count, sizeof *names->entries, compare);
}

size_t names_find(const struct names *names, const char *name)
{
    size_t low = 0, high = names->count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (strcmp(names->entries[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < names->count && strcmp(names->entries[low].name, name) == 0 ? names->entries[low].number : SIZE_MAX;
}

/* ---------------------------------------------------------------------- begin */

static bool name_columns(struct serve_columns *columns)
{
    bool named = columns->count > 0;
    columns->known = calloc(columns->count + 1, sizeof *columns->known);
    columns->list = calloc(columns->count + 1, sizeof *columns->list);
    if (!columns->known || !columns->list || !make_room(columns->count, &columns->by_name)) return false;
    for (size_t i = 0; i < columns->count; i++) {
        columns->known[i] = (ink_known_column)INK_INIT(ink_known_column);
        ink_schema_column(columns->schema, i, &columns->known[i]);
        columns->list[i] = columns->known[i].name;
        named = named && *columns->list[i];
        add_name(&columns->by_name, columns->list[i], i);
    }
    sort_names(&columns->by_name);
    if (named) return true;
    free(columns->list);
    columns->list = NULL;
    return true;
}

static bool name_others(const ink_model *model, struct serve_columns *columns)
{
    const char *text = ink_model_metadata(model, "schema");
    json_t *list = columns->schema_text = text ? json_loads(text, 0, NULL) : NULL, *entry;
    const char *const more[] = {ink_model_metadata(model, "label_column"), ink_model_metadata(model, "id_column")};
    size_t i;
    if (!make_room(json_array_size(list) + 2, &columns->other)) return false;
    json_array_foreach(list, i, entry)
    {
        const char *name = json_string_value(json_object_get(entry, "name"));
        if (name) add_name(&columns->other, name, 0);
    }
    for (i = 0; i < 2; i++)
        if (more[i]) add_name(&columns->other, more[i], 0);
    sort_names(&columns->other);
    return true;
}

bool serve_columns_begin(ink_ctx *ctx, const ink_model *model, struct serve_columns *out)
{
    ink_model_info info = INK_INIT(ink_model_info);
    ink_model_describe(model, &info);
    *out = (struct serve_columns){.ctx = ctx, .gaps = strcmp(info.scaling, "encoding") == 0};
    if (ink_schema_new(ctx, model, &out->schema) != INK_OK) return false;
    out->count = ink_schema_count(out->schema);
    return name_columns(out) && name_others(model, out);
}

void serve_columns_end(struct serve_columns *columns)
{
    ink_schema_free(columns->schema);
    free(columns->known);
    free(columns->list);
    free(columns->by_name.entries);
    free(columns->other.entries);
    json_decref(columns->schema_text);
    *columns = (struct serve_columns){0};
}

/* --------------------------------------------------------------------- values */

bool serve_columns_is_number(const struct serve_columns *columns, size_t column)
{
    return strcmp(columns->known[column].kind, "number") == 0;
}

bool serve_columns_put(const struct serve_columns *columns, size_t column, const char *text, float *row, bool *unseen,
                       bool *gap)
{
    const ink_known_column *of = &columns->known[column];
    if (ink_schema_put(columns->ctx, columns->schema, column, text, row) != INK_OK) return false;
    *gap = isnan(row[of->first]);
    *unseen = of->words > 0 && row[of->first] < 0;
    return true;
}

const char *serve_columns_near_word(const struct serve_columns *columns, size_t column, const char *word)
{
    const size_t count = columns->known[column].words;
    const char **list = calloc(count + 1, sizeof *list), *near = NULL;
    for (size_t i = 0; list && i < count; i++) list[i] = ink_schema_word(columns->schema, column, i);
    if (list) near = ink_did_you_mean(word, list, count);
    free(list);
    return near;
}

const char *serve_columns_name(const struct serve_columns *columns, size_t column, char room[32])
{
    if (columns->list && *columns->list[column]) return columns->list[column];
    snprintf(room, 32, "column %zu", column + 1);
    return room;
}

json_t *serve_columns_json(const struct serve_columns *columns)
{
    json_t *list = json_array();
    for (size_t i = 0; i < columns->count; i++) {
        const ink_known_column *of = &columns->known[i];
        json_t *entry = json_pack("{s:o, s:o}", "name", json_of_text(of->name), "kind", json_of_text(of->kind));
        json_t *words = of->words ? json_array() : NULL;
        for (size_t w = 0; words && w < of->words; w++)
            json_array_append_new(words, json_of_text(ink_schema_word(columns->schema, i, w)));
        if (words) json_object_set_new(entry, "words", words);
        json_array_append_new(list, entry);
    }
    return list;
}
