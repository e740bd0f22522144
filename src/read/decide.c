/* decide: columns, kinds and reasons as they are kept with the data.
 * SPDX-License-Identifier: MIT */
#include "read/decide.h"

#include "base/mem.h"
#include "base/text.h"
#include "read/features.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_DIGITS = 8 }; /* of a column's number */

/* What a column is called for those who ask. */
static const char *kind_name(const struct inki_column *column, const struct inki_traits *traits)
{
    if (column->role == INKI_LABEL || column->role == INKI_ONE_HOT || column->role == INKI_TARGET) return "target";
    if (column->kind == INKI_IDS || column->role == INKI_ID || column->why == INKI_NAMED_ID) return "id";
    if (column->kind == INKI_DATES || column->why == INKI_HAS_DATES) return "date";
    if (column->role == INKI_PART) return "category";
    if (column->role != INKI_FEATURE && column->role != INKI_LIST) return "dropped";
    if (traits->distinct == 2 && traits->cells > 2) return "flag";
    return column->role != INKI_LIST && inki_column_has_words(column) ? "category" : "number";
}

/* A name in small letters as a number, nearly always different for different ones. */
static uint64_t hash_of(const char *name)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (; *name; name++) hash = (hash ^ (uint8_t)inki_lower(*name)) * 1099511628211u;
    return hash;
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* hashes[columns->count] of all names, in order. */
static void sort_names(const struct inki_columns *columns, uint64_t *hashes)
{
    for (size_t i = 0; i < columns->count; i++) hashes[i] = hash_of(inki_columns_name(columns, i));
    if (columns->count) qsort(hashes, columns->count, sizeof *hashes, by_value);
}

static bool is_only(const struct inki_columns *columns, const uint64_t *hashes, size_t i)
{
    const uint64_t hash = hash_of(inki_columns_name(columns, i));
    const uint64_t *found = bsearch(&hash, hashes, columns->count, sizeof hash, by_value);
    bool before = found > hashes && found[-1] == hash, behind = found + 1 < hashes + columns->count && found[1] == hash;
    return !before && !behind;
}

static void fill_fields(const struct inki_columns *columns, const struct inki_traits *traits, const uint64_t *hashes,
                        struct inki_decided *decided)
{
    char handle[INKI_SHOWN_ROOM], *text = (char *)(decided->fields + columns->count);
    for (size_t i = 0; i < columns->count; i++) {
        const struct inki_column *column = &columns->list[i];
        decided->fields[i] =
            (struct inki_field){.name = text,
                                .kind = kind_name(column, &traits[i]),
                                .why = column->role == INKI_PART ? "" : inki_why_text((enum inki_why)column->why),
                                .feature = column->role == INKI_FEATURE,
                                .date_form = column->role == INKI_FEATURE && column->parts ? column->form : 0,
                                .missing = traits[i].missing,
                                .distinct = traits[i].distinct};
        text = stpcpy(text, inki_columns_name(columns, i)) + 1;
        inki_columns_handle_of(columns, i, is_only(columns, hashes, i), handle);
        decided->fields[i].handle = strcmp(handle, decided->fields[i].name) == 0 ? decided->fields[i].name : text;
        if (decided->fields[i].handle == text) text = stpcpy(text, handle) + 1;
    }
}

ink_status inki_decide(const struct inki_columns *columns, const struct inki_traits *traits, size_t looked_at,
                       const char *separator, const char *decimal, struct inki_decided **out)
{
    *out = NULL;
    struct inki_decided *decided = inki_zalloc(columns->ctx, 1, sizeof *decided);
    if (!decided) return INK_NO_MEMORY;
    decided->fields = inki_alloc(columns->ctx, 1, /* a handle that is not the name is a number */
                                 columns->count * (sizeof *decided->fields + MOST_DIGITS + 2) + columns->text_size);
    uint64_t *hashes = inki_alloc(columns->ctx, columns->count, sizeof *hashes);
    if (!decided->fields || !hashes) {
        inki_free(hashes);
        inki_decided_free(decided);
        return INK_NO_MEMORY;
    }
    sort_names(columns, hashes);
    fill_fields(columns, traits, hashes, decided);
    inki_free(hashes);
    decided->count = columns->count;
    decided->target = columns->label;
    decided->id = columns->id;
    decided->header = columns->named;
    decided->looked_at = looked_at;
    decided->separator = separator;
    decided->decimal = decimal;
    for (size_t i = 0; i < columns->candidate_count; i++)
        if (columns->candidates[i] != columns->label)
            decided->candidates[decided->candidate_count++] = columns->candidates[i];
    *out = decided;
    return INK_OK;
}
