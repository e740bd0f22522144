/* decided: what reading decided, and the names of rows.
 * SPDX-License-Identifier: MIT */
#include "data/decided.h"

#include "base/mem.h"
#include "base/sized.h"
#include "base/text.h"
#include "data/data.h"
#include "inkling-extra.h"

#include <string.h>

void inki_decided_free(struct inki_decided *decided)
{
    if (!decided) return;
    inki_free(decided->fields);
    inki_free(decided->unused);
    inki_free(decided);
}

const char *inki_field_name(const struct inki_decided *decided, size_t i)
{
    return decided->texts + decided->fields[i].name;
}

const char *inki_field_handle(const struct inki_decided *decided, size_t i)
{
    return decided->texts + decided->fields[i].handle;
}

const char *inki_field_label(const struct inki_decided *decided, size_t i)
{
    const char *name = inki_field_name(decided, i);
    return *name ? name : inki_field_handle(decided, i);
}

const char *inki_field_kind_name(const struct inki_decided *decided, size_t i)
{
    static const char *const names[] = {[INKI_FIELD_NUMBER] = "number",  [INKI_FIELD_CATEGORY] = "category",
                                        [INKI_FIELD_FLAG] = "flag",      [INKI_FIELD_DATE] = "date",
                                        [INKI_FIELD_ID] = "id",          [INKI_FIELD_TARGET] = "target",
                                        [INKI_FIELD_DROPPED] = "dropped"};
    return names[decided->fields[i].kind];
}

const char *inki_field_why(const struct inki_decided *decided, size_t i)
{
    return decided->whys[decided->fields[i].why];
}

uint8_t inki_decided_date_form(const struct inki_decided *decided, const char *name)
{
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < decided->count; i++) {
        const uint8_t form = decided->fields[i].date_form;
        const char *own = inki_field_label(decided, i);
        if (form && strlen(own) == (size_t)(dot - name) && memcmp(own, name, (size_t)(dot - name)) == 0) return form;
    }
    return 0;
}

const char *inki_decided_target(const struct inki_decided *decided)
{
    return decided && decided->target < decided->count ? inki_field_name(decided, decided->target) : "";
}

const char *inki_decided_id(const struct inki_decided *decided)
{
    return decided && decided->id < decided->count ? inki_field_name(decided, decided->id) : "";
}

ink_status inki_decided_unused(ink_ctx *ctx, struct inki_decided **out, const char *name)
{
    if (!*out) *out = inki_zalloc(ctx, 1, sizeof **out);
    if (!*out) return INK_NO_MEMORY;
    size_t length = (*out)->unused ? strlen((*out)->unused) : 0;
    char *longer = inki_alloc(ctx, length + strlen(name) + 2, 1);
    if (!longer) return INK_NO_MEMORY;
    stpcpy(stpcpy(stpcpy(longer, length ? (*out)->unused : ""), length ? "\n" : ""), name);
    inki_free((*out)->unused);
    (*out)->unused = longer;
    return INK_OK;
}

bool ink_data_decisions(const ink_data *data, ink_decisions *out)
{
    const struct inki_decided *decided = data->decided;
    if (!decided) return false;
    ink_decisions given = {.columns = decided->count,
                           .target = decided->target,
                           .id = decided->id,
                           .candidates = decided->candidate_count,
                           .header = decided->header,
                           .separator = decided->separator,
                           .decimal = decided->decimal,
                           .unused = decided->unused,
                           .looked_at = decided->looked_at,
                           .rows_left_out = decided->rows_left_out,
                           .left_out_line = decided->left_out_line,
                           .left_out_column = decided->left_out_column};
    inki_sized_give(out, &given, sizeof given, sizeof given);
    return true;
}

bool ink_data_field(const ink_data *data, size_t i, ink_field *out)
{
    if (!data->decided || i >= data->decided->count) return false;
    const struct inki_field *field = &data->decided->fields[i];
    ink_field given = {.name = inki_field_name(data->decided, i),
                       .handle = inki_field_handle(data->decided, i),
                       .kind = inki_field_kind_name(data->decided, i),
                       .why = inki_field_why(data->decided, i),
                       .missing = field->missing < UINT32_MAX ? field->missing : SIZE_MAX,
                       .distinct = field->distinct < UINT32_MAX ? field->distinct : SIZE_MAX,
                       .feature = field->feature};
    inki_sized_give(out, &given, sizeof given, sizeof given);
    return true;
}

size_t ink_data_candidate(const ink_data *data, size_t i)
{
    return data->decided && i < data->decided->candidate_count ? data->decided->candidates[i] : SIZE_MAX;
}

/* ------------------------------------------------------------------------- ids */

static ink_status make_room(ink_ctx *ctx, struct inki_ids *ids, size_t length)
{
    if (ids->count == ids->room) {
        size_t room = 2 * ids->room + 64;
        size_t *begin = inki_grow(ctx, ids->begin, ids->count, room, sizeof *begin);
        if (!begin) return INK_NO_MEMORY;
        ids->begin = begin;
        ids->room = room;
    }
    if (ids->text_room - ids->text_size > length) return INK_OK;
    size_t room = ids->text_room + ids->text_room / 2 + length + 256;
    char *text = inki_grow(ctx, ids->text, ids->text_size, room, 1);
    if (!text) return INK_NO_MEMORY;
    ids->text = text;
    ids->text_room = room;
    return INK_OK;
}

ink_status inki_ids_add(ink_ctx *ctx, struct inki_ids **out, const char *name, const char *text, size_t length)
{
    if (!*out) {
        struct inki_ids *made = inki_zalloc(ctx, 1, sizeof *made);
        if (!made) return INK_NO_MEMORY;
        *out = made;
        made->name = inki_copy_text(ctx, name);
        if (!made->name) return INK_NO_MEMORY;
    }
    struct inki_ids *ids = *out;
    INK_TRY(make_room(ctx, ids, length));
    const char *end = length ? memchr(text, 0, length) : NULL;
    if (end) length = (size_t)(end - text);
    ids->begin[ids->count++] = ids->text_size;
    if (length) memcpy(ids->text + ids->text_size, text, length);
    ids->text[ids->text_size + length] = 0;
    ids->text_size += length + 1;
    return INK_OK;
}

const char *inki_ids_get(const struct inki_ids *ids, size_t i) { return ids->text + ids->begin[i]; }

void inki_ids_free(struct inki_ids *ids)
{
    if (!ids) return;
    inki_free(ids->name);
    inki_free(ids->text);
    inki_free(ids->begin);
    inki_free(ids);
}

/* -------------------------------------------------------------------- matching */

/* Places of ids by their text: slot -> place + 1, 0: free; size is a power of two. */
struct places {
    uint32_t *slots;
    size_t size;
};

/* The slot of this id, or the free one where it belongs. */
static size_t slot_of(const struct places *places, const struct inki_ids *ids, const char *id)
{
    size_t slot = (size_t)inki_hash_at(places->slots, id, strlen(id)) & (places->size - 1);
    while (places->slots[slot] && strcmp(inki_ids_get(ids, places->slots[slot] - 1), id) != 0)
        slot = (slot + 1) & (places->size - 1);
    return slot;
}

static ink_status place_all(ink_ctx *ctx, const struct inki_ids *ids, const char *where, struct places *places)
{
    places->size = 16;
    while (places->size < 2 * ids->count) places->size *= 2;
    places->slots = inki_zalloc(ctx, places->size, sizeof *places->slots);
    if (!places->slots) return INK_NO_MEMORY;
    for (size_t i = 0; i < ids->count; i++) {
        uint32_t *slot = &places->slots[slot_of(places, ids, inki_ids_get(ids, i))];
        if (*slot)
            return inki_fail(ctx, INK_BAD_DATA,
                             "%s: id '%.60s' is there twice, in rows %u and %zu; which one counts? Remove the other",
                             where, inki_ids_get(ids, i), (unsigned)*slot, i + 1);
        *slot = (uint32_t)i + 1;
    }
    return INK_OK;
}

static ink_status look_up(ink_ctx *ctx, const struct inki_ids *have, const char *have_where,
                          const struct inki_ids *wanted, const char *wanted_where, const struct places *places,
                          uint32_t *order)
{
    for (size_t i = 0; i < wanted->count; i++) {
        const char *id = inki_ids_get(wanted, i);
        uint32_t place = places->slots[slot_of(places, have, id)];
        if (place == 0)
            return inki_fail(
                ctx, INK_BAD_DATA,
                "%s: row %zu is id '%.60s', which %s has no label for (its first id is '%.60s'); add it, or "
                "join rows and labels in their order: --drop %s",
                wanted_where, i + 1, id, have_where, have->count ? inki_ids_get(have, 0) : "",
                *wanted->name ? wanted->name : "1");
        order[i] = place - 1;
    }
    return INK_OK;
}

ink_status inki_ids_match(ink_ctx *ctx, const struct inki_ids *have, const char *have_where,
                          const struct inki_ids *wanted, const char *wanted_where, uint32_t *order, size_t *more)
{
    struct places places = {0}, doubled = {0};
    ink_status status = place_all(ctx, have, have_where, &places);
    if (status == INK_OK) status = place_all(ctx, wanted, wanted_where, &doubled);
    if (status == INK_OK) status = look_up(ctx, have, have_where, wanted, wanted_where, &places, order);
    inki_free(places.slots);
    inki_free(doubled.slots);
    *more = status == INK_OK ? have->count - wanted->count : 0;
    return status;
}
