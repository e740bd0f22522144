/* decide: columns, kinds and reasons as they are kept with the data.
 * SPDX-License-Identifier: MIT */
#include "read/decide.h"

#include "base/mem.h"
#include "base/text.h"
#include "read/features.h"

#include <stdlib.h>
#include <string.h>

/* What a column is called for those who ask. */
static enum inki_field_kind kind_of(const struct inki_column *column)
{
    if (column->role == INKI_LABEL || column->role == INKI_ONE_HOT || column->role == INKI_TARGET)
        return INKI_FIELD_TARGET;
    if (column->kind == INKI_IDS || column->role == INKI_ID || column->why == INKI_NAMED_ID) return INKI_FIELD_ID;
    if (column->kind == INKI_DATES || column->why == INKI_HAS_DATES) return INKI_FIELD_DATE;
    if (column->role == INKI_PART) return INKI_FIELD_CATEGORY;
    if (column->role != INKI_FEATURE && column->role != INKI_LIST) return INKI_FIELD_DROPPED;
    if (column->two) return INKI_FIELD_FLAG;
    return column->role != INKI_LIST && inki_column_has_words(column) ? INKI_FIELD_CATEGORY : INKI_FIELD_NUMBER;
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

/* The column as a setting names it, where that is not its name; "" else. */
static const char *number_of(const struct inki_columns *columns, const uint64_t *hashes, size_t i,
                             char handle[INKI_SHOWN_ROOM])
{
    inki_columns_handle_of(columns, i, is_only(columns, hashes, i), handle);
    return strcmp(handle, inki_columns_name(columns, i)) == 0 ? "" : handle;
}

/* All texts, the first of which is empty. */
static size_t size_of_texts(const struct inki_columns *columns, const uint64_t *hashes)
{
    char handle[INKI_SHOWN_ROOM];
    size_t size = 1;
    for (size_t i = 0; i < columns->count; i++) {
        const size_t name = strlen(inki_columns_name(columns, i)),
                     number = strlen(number_of(columns, hashes, i, handle));
        size += (name ? name + 1 : 0) + (number ? number + 1 : 0);
    }
    return size;
}

static uint32_t put_text(char *texts, size_t *used, const char *text)
{
    const size_t at = *used;
    if (!*text) return 0;
    *used += strlen(text) + 1;
    memcpy(texts + at, text, *used - at);
    return (uint32_t)at;
}

/* What was counted in all rows. */
static void fill_counts(const struct inki_counts *counts, size_t i, struct inki_field *field)
{
    const struct inki_count *count = &counts->of[i];
    field->missing = field->distinct = UINT32_MAX;
    if (counts->partly || !count->known) return;
    field->missing = count->missing;
    if (!count->full) field->distinct = count->distinct;
}

static void fill_fields(const struct inki_table *table, const uint64_t *hashes, struct inki_decided *decided,
                        char *texts)
{
    const struct inki_columns *columns = &table->columns;
    char handle[INKI_SHOWN_ROOM];
    size_t used = 1;
    *texts = 0;
    for (size_t i = 0; i < columns->count; i++) {
        const struct inki_column *column = &columns->list[i];
        struct inki_field *field = &decided->fields[i];
        *field = (struct inki_field){.name = put_text(texts, &used, inki_columns_name(columns, i)),
                                     .kind = (uint8_t)kind_of(column),
                                     .why = column->role == INKI_PART ? INKI_USED : column->why,
                                     .date_form =
                                         (uint8_t)(column->role == INKI_FEATURE && column->parts ? column->form : 0),
                                     .feature = column->role == INKI_FEATURE};
        const char *number = number_of(columns, hashes, i, handle);
        field->handle = *number ? put_text(texts, &used, number) : field->name;
        fill_counts(&table->counts, i, field);
    }
}

ink_status inki_decide(const struct inki_table *table, const char *separator, const char *decimal,
                       struct inki_decided **out)
{
    const struct inki_columns *columns = &table->columns;
    *out = NULL;
    struct inki_decided *decided = inki_zalloc(columns->ctx, 1, sizeof *decided);
    uint64_t *hashes = inki_alloc(columns->ctx, columns->count, sizeof *hashes);
    ink_status status = decided && hashes ? INK_OK : INK_NO_MEMORY;
    if (status == INK_OK) {
        sort_names(columns, hashes);
        const size_t fields = columns->count * sizeof *decided->fields;
        decided->fields = inki_alloc(columns->ctx, 1, fields + size_of_texts(columns, hashes));
        if (!decided->fields) status = INK_NO_MEMORY;
    }
    if (status == INK_OK) fill_fields(table, hashes, decided, (char *)(decided->fields + columns->count));
    inki_free(hashes);
    if (status != INK_OK) {
        inki_decided_free(decided);
        return status;
    }
    decided->texts = (const char *)(decided->fields + columns->count);
    decided->whys = inki_whys;
    decided->count = columns->count;
    decided->target = columns->label;
    decided->id = columns->id;
    decided->header = columns->named;
    decided->looked_at = table->counts.partly ? 0 : table->rows_read;
    decided->separator = separator;
    decided->decimal = decimal;
    for (size_t i = 0; i < columns->candidate_count; i++)
        if (columns->candidates[i] != columns->label)
            decided->candidates[decided->candidate_count++] = columns->candidates[i];
    *out = decided;
    return INK_OK;
}
