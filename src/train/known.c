/* known: names, words and forms of dates out of a model's metadata.
 * SPDX-License-Identifier: MIT */
#include "train/known.h"

#include "base/mem.h"
#include "read/dates.h"

#include <string.h>

static json_t *read_list(const ink_model *model, const char *key)
{
    const char *text = json_string_value(json_object_get(model->metadata, key));
    return text ? json_loads(text, 0, NULL) : NULL;
}

static ink_status read_names(ink_ctx *ctx, const ink_model *model, struct inki_known *known)
{
    if (json_array_size(known->columns) != model->features) return INK_OK;
    known->names = inki_alloc(ctx, model->features, sizeof *known->names);
    if (!known->names) return INK_NO_MEMORY;
    for (size_t j = 0; j < model->features; j++) {
        known->names[j] = json_string_value(json_array_get(known->columns, j));
        if (known->names[j]) continue;
        inki_free(known->names);
        known->names = NULL;
        return INK_OK;
    }
    return INK_OK;
}

/* The schema's column that feature j is, or is a part of. */
static const json_t *field_of(const struct inki_known *known, size_t j, bool *part)
{
    const char *name = known->names[j];
    size_t i, stem;
    json_t *field;
    const bool dated = inki_date_part_of(name, &stem) < INKI_DATE_PARTS;
    json_array_foreach(known->schema, i, field)
    {
        const char *own = json_string_value(json_object_get(field, "name"));
        *part = own && dated && strlen(own) == stem && memcmp(own, name, stem) == 0;
        if (*part ? json_is_integer(json_object_get(field, "form")) : own && strcmp(own, name) == 0) return field;
    }
    return NULL;
}

/* Texts of a list, as far as they are texts. */
static size_t take_words(const json_t *list, const char **out)
{
    size_t count = 0, i;
    const json_t *word;
    json_array_foreach(list, i, word) if (json_is_string(word)) out[count++] = json_string_value(word);
    return count;
}

static size_t count_words(const json_t *schema)
{
    size_t count = 0, i;
    const json_t *field;
    json_array_foreach(schema, i, field) count += json_array_size(json_object_get(field, "words"));
    return count;
}

static ink_status read_schema(ink_ctx *ctx, const ink_model *model, struct inki_known *known)
{
    const size_t features = model->features, words = count_words(known->schema);
    size_t used = 0;
    known->date_forms = inki_zalloc(ctx, features, 1);
    if (words) known->categories = inki_zalloc(ctx, features, sizeof *known->categories);
    known->words = inki_alloc(ctx, words, sizeof *known->words);
    if (!known->date_forms || !known->words || (words && !known->categories)) return INK_NO_MEMORY;
    for (size_t j = 0; j < features; j++) {
        bool part = false;
        const json_t *field = field_of(known, j, &part), *list = json_object_get(field, "words");
        if (part)
            known->date_forms[j] = (uint8_t)(json_integer_value(json_object_get(field, "form")) & INKI_DATE_FORMS);
        if (part || used + json_array_size(list) > words || !json_array_size(list)) continue;
        known->categories[j].words = (char **)(uintptr_t)(known->words + used);
        known->categories[j].count = take_words(list, known->words + used);
        used += known->categories[j].count;
    }
    return INK_OK;
}

ink_status inki_known_read(ink_ctx *ctx, const ink_model *model, struct inki_known *out)
{
    *out = (struct inki_known){.columns = read_list(model, "columns"),
                               .schema = read_list(model, "schema"),
                               .settings = read_list(model, "settings")};
    out->missing = json_string_value(json_object_get(out->settings, "missing"));
    ink_status status = read_names(ctx, model, out);
    enum { MOST = 4096 }; /* columns that are looked for by name */
    if (status == INK_OK && out->names && model->features <= MOST && json_array_size(out->schema) <= MOST)
        status = read_schema(ctx, model, out);
    if (status != INK_OK) inki_known_free(out);
    return status;
}

void inki_known_free(struct inki_known *known)
{
    inki_free(known->names);
    inki_free(known->categories);
    inki_free(known->date_forms);
    inki_free(known->words);
    json_decref(known->columns);
    json_decref(known->schema);
    json_decref(known->settings);
    *known = (struct inki_known){0};
}
