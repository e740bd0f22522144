/* decide: columns, kinds and reasons as they are kept with the data.
 * SPDX-License-Identifier: MIT */
#include "read/decide.h"

#include "base/mem.h"

#include <string.h>

/* What a column is called for those who ask. */
static const char *kind_name(const struct inki_column *column, const struct inki_traits *traits)
{
    if (column->role == INKI_LABEL || column->role == INKI_ONE_HOT) return "target";
    if (column->kind == INKI_IDS || column->role == INKI_ID || column->why == INKI_NAMED_ID) return "id";
    if (column->kind == INKI_DATES || column->why == INKI_HAS_DATES) return "date";
    if (column->role == INKI_PART) return "category";
    if (column->role != INKI_FEATURE && column->role != INKI_LIST) return "dropped";
    if (traits->distinct == 2 && traits->cells > 2) return "flag";
    return column->kind == INKI_WORDS ? "category" : "number";
}

static void fill_fields(const struct inki_columns *columns, const struct inki_traits *traits,
                        struct inki_decided *decided)
{
    char *text = (char *)(decided->fields + columns->count);
    for (size_t i = 0; i < columns->count; i++) {
        const struct inki_column *column = &columns->list[i];
        decided->fields[i] =
            (struct inki_field){.name = text,
                                .kind = kind_name(column, &traits[i]),
                                .why = column->role == INKI_PART ? "" : inki_why_text((enum inki_why)column->why),
                                .feature = column->role == INKI_FEATURE,
                                .missing = traits[i].missing,
                                .distinct = traits[i].distinct};
        inki_columns_handle(columns, i, decided->fields[i].handle);
        text = stpcpy(text, inki_columns_name(columns, i)) + 1;
    }
}

ink_status inki_decide(const struct inki_columns *columns, const struct inki_traits *traits, size_t looked_at,
                       const char *separator, const char *decimal, struct inki_decided **out)
{
    *out = NULL;
    struct inki_decided *decided = inki_zalloc(columns->ctx, 1, sizeof *decided);
    if (!decided) return INK_NO_MEMORY;
    decided->fields =
        inki_alloc(columns->ctx, columns->count * sizeof *decided->fields + columns->text_size + columns->count, 1);
    if (!decided->fields) {
        inki_decided_free(decided);
        return INK_NO_MEMORY;
    }
    fill_fields(columns, traits, decided);
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
