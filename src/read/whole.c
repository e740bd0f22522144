/* whole: columns in all rows.
 * SPDX-License-Identifier: MIT */
#include "read/whole.h"

#include "base/mem.h"
#include "data/data.h"

#include <string.h>

/* ------------------------------------------------------------- different texts */

/* Hashes, 0 is none. */
struct keys {
    uint64_t *slots;
    size_t room, count;
};

static size_t slot_of(const struct keys *keys, uint64_t hash)
{
    size_t slot = (size_t)(hash * 0x9E3779B97F4A7C15u >> 20) & (keys->room - 1);
    while (keys->slots[slot] && keys->slots[slot] != hash) slot = (slot + 1) & (keys->room - 1);
    return slot;
}

static ink_status grow(ink_ctx *ctx, struct keys *keys)
{
    struct keys larger = {.room = keys->room ? 2 * keys->room : 1024, .count = keys->count};
    larger.slots = inki_zalloc(ctx, larger.room, sizeof *larger.slots);
    if (!larger.slots) return INK_NO_MEMORY;
    for (size_t i = 0; i < keys->room; i++)
        if (keys->slots[i]) larger.slots[slot_of(&larger, keys->slots[i])] = keys->slots[i];
    inki_free(keys->slots);
    *keys = larger;
    return INK_OK;
}

static bool is_full(const struct keys *keys) { return keys->count > INKI_CLASSES_MAX; }

static ink_status add_key(ink_ctx *ctx, struct keys *keys, uint64_t hash)
{
    if (is_full(keys) || hash == 0) return INK_OK;
    if (2 * keys->count >= keys->room) INK_TRY(grow(ctx, keys));
    const size_t slot = slot_of(keys, hash);
    if (!keys->slots[slot]) keys->slots[slot] = hash, keys->count++;
    return INK_OK;
}

/* ------------------------------------------------------------------------- rows */

ink_status inki_whole_mark(struct inki_whole *whole, size_t columns, size_t i)
{
    if (!whole->of) {
        whole->of = inki_zalloc(whole->ctx, columns, sizeof *whole->of);
        whole->traits = inki_zalloc(whole->ctx, columns, sizeof *whole->traits);
        if (!whole->of || !whole->traits) return INK_NO_MEMORY;
        whole->columns = columns;
    }
    whole->of[i] = true;
    return INK_OK;
}

static ink_status see(struct inki_whole *whole, struct inki_cells *cells, size_t i, const struct inki_cell *cell,
                      bool weak, struct keys *keys)
{
    uint64_t hash;
    double value;
    if (!weak && inki_cell_weak(cells, cell)) {
        whole->traits[i].missing++;
        return INK_OK;
    }
    inki_look_cell(&whole->traits[i], cells, cell, &hash, &value);
    return keys ? add_key(whole->ctx, &keys[i], hash) : INK_OK;
}

/* False if the row cannot be read. */
static ink_status see_row(struct inki_whole *whole, const struct inki_look *first, struct inki_cells *cells,
                          struct keys *keys, bool *good)
{
    struct inki_cell cell;
    *good = false;
    for (size_t i = 0; i < whole->columns; i++) {
        if (cells->row_ended) return INK_OK;
        ink_status status = inki_cells_next(cells, &cell);
        if (status != INK_OK) return status == INK_NO_MEMORY ? status : INK_OK;
        if (whole->of[i]) INK_TRY(see(whole, cells, i, &cell, first->traits[i].weak > 0, keys));
    }
    *good = cells->row_ended;
    return INK_OK;
}

static ink_status see_rows(struct inki_whole *whole, const struct inki_look *first, struct inki_cells *cells,
                           struct keys *keys)
{
    bool good = true;
    while (good && inki_cells_row(cells)) INK_TRY(see_row(whole, first, cells, keys, &good));
    return cells->failed;
}

ink_status inki_whole_look(struct inki_whole *whole, const struct inki_look *first, struct inki_cells *cells,
                           bool texts)
{
    struct keys *keys = texts ? inki_zalloc(whole->ctx, whole->columns, sizeof *keys) : NULL;
    if (texts && !keys) return INK_NO_MEMORY;
    for (size_t i = 0; i < whole->columns; i++)
        if (whole->of[i]) whole->traits[i] = (struct inki_traits){.forms = UINT8_MAX, .dated = UINT8_MAX};
    ink_status status = see_rows(whole, first, cells, keys);
    for (size_t i = 0; i < whole->columns; i++) {
        struct inki_traits *traits = &whole->traits[i];
        if (!whole->of[i]) continue;
        traits->distinct = first->traits[i].distinct;
        if (texts) traits->distinct = is_full(&keys[i]) ? traits->cells : (uint32_t)keys[i].count;
        if (texts) inki_free(keys[i].slots);
    }
    inki_free(keys);
    return status;
}

void inki_whole_apply(const struct inki_whole *whole, struct inki_look *look)
{
    for (size_t i = 0; whole->of && whole->columns == look->columns && i < look->columns; i++)
        if (whole->of[i]) look->traits[i] = whole->traits[i];
}

void inki_whole_free(struct inki_whole *whole)
{
    inki_free(whole->of);
    inki_free(whole->traits);
    *whole = (struct inki_whole){.ctx = whole->ctx};
}
