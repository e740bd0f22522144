/* whole: columns in all rows.
 * SPDX-License-Identifier: MIT */
#include "read/whole.h"

#include "base/mem.h"
#include "read/counts.h"

ink_status inki_whole_mark(struct inki_whole *whole, size_t columns, size_t i, enum inki_marked how)
{
    if (!whole->of) {
        whole->of = inki_zalloc(whole->ctx, columns, sizeof *whole->of);
        whole->traits = inki_zalloc(whole->ctx, columns, sizeof *whole->traits);
        if (!whole->of || !whole->traits) return INK_NO_MEMORY;
        whole->columns = columns;
    }
    if (whole->of[i] < how) whole->of[i] = (uint8_t)how;
    return INK_OK;
}

/* texts: of the different ones, or NULL. */
static ink_status see(struct inki_whole *whole, struct inki_cells *cells, size_t i, const struct inki_cell *cell,
                      bool weak, struct inki_count *texts)
{
    uint64_t hash;
    double value;
    if (!texts && !weak && inki_cell_weak(cells, cell)) {
        whole->traits[i].missing++;
        return INK_OK;
    }
    inki_look_cell(&whole->traits[i], cells, cell, &hash, &value);
    return texts && hash ? inki_count_hash(whole->ctx, texts, hash) : INK_OK;
}

/* False if the row cannot be read. */
static ink_status see_row(struct inki_whole *whole, const struct inki_columns *columns, struct inki_cells *cells,
                          struct inki_count *texts, bool *good)
{
    struct inki_cell cell;
    *good = false;
    for (size_t i = 0; i < whole->columns; i++) {
        if (cells->row_ended) return INK_OK;
        ink_status status = inki_cells_next(cells, &cell);
        if (status != INK_OK) return status == INK_NO_MEMORY ? status : INK_OK;
        struct inki_count *own = whole->of[i] == INKI_TEXTS_TOO ? &texts[i] : NULL;
        if (whole->of[i]) INK_TRY(see(whole, cells, i, &cell, columns->list[i].weak, own));
    }
    *good = cells->row_ended;
    return INK_OK;
}

static ink_status see_rows(struct inki_whole *whole, const struct inki_columns *columns, struct inki_cells *cells,
                           struct inki_count *texts)
{
    bool good = true;
    while (good && inki_cells_row(cells)) INK_TRY(see_row(whole, columns, cells, texts, &good));
    return cells->failed;
}

/* Weak cells are gaps, unless they are all that the column has beside one other text. */
static void resolve_weak(struct inki_traits *traits, const struct inki_count *texts)
{
    const uint32_t kinds =
        (uint32_t)inki_count_has_hash(texts, INKI_DASH_HASH) + inki_count_has_hash(texts, INKI_NONE_HASH);
    if (traits->numbers == 0 && !texts->full && texts->distinct <= kinds + 1) return;
    traits->cells -= traits->weak;
    traits->missing += traits->weak;
    traits->distinct -= texts->full ? traits->weak : kinds;
    traits->weak = 0;
}

static void end_column(struct inki_traits *traits, const struct inki_column *column, enum inki_marked how,
                       const struct inki_count *texts)
{
    traits->distinct = column->seen;
    if (how != INKI_TEXTS_TOO) {
        inki_look_settle_unit(traits);
        return;
    }
    traits->distinct = texts->full ? traits->cells : texts->distinct;
    if (traits->weak) resolve_weak(traits, texts);
    inki_look_settle_unit(traits);
}

ink_status inki_whole_look(struct inki_whole *whole, const struct inki_columns *columns, struct inki_cells *cells)
{
    struct inki_counts counts = {.count = whole->columns};
    bool any = false;
    for (size_t i = 0; i < whole->columns; i++) {
        any = any || whole->of[i] == INKI_TEXTS_TOO;
        if (whole->of[i]) whole->traits[i] = (struct inki_traits){.forms = UINT8_MAX};
    }
    if (any) counts.of = inki_zalloc(whole->ctx, whole->columns, sizeof *counts.of);
    if (any && !counts.of) return INK_NO_MEMORY;
    ink_status status = see_rows(whole, columns, cells, counts.of);
    for (size_t i = 0; i < whole->columns; i++)
        if (whole->of[i])
            end_column(&whole->traits[i], &columns->list[i], (enum inki_marked)whole->of[i],
                       any ? &counts.of[i] : NULL);
    inki_counts_free(&counts);
    return status;
}

void inki_whole_apply(const struct inki_whole *whole, struct inki_look *look)
{
    if (!whole->of || whole->columns != look->columns) return;
    for (size_t i = 0; i < look->columns; i++)
        if (whole->of[i]) look->traits[i] = whole->traits[i];
    look->whole = whole->of;
}

void inki_whole_free(struct inki_whole *whole)
{
    inki_free(whole->of);
    inki_free(whole->traits);
    *whole = (struct inki_whole){.ctx = whole->ctx};
}
