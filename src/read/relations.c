/* relations: twins among columns.
 * SPDX-License-Identifier: MIT */
#include "read/relations.h"

enum {
    FEW_ROWS = 10, /* fewer say nothing */
    MOST_VALUES = 100,
    MOST_COLUMNS = 256 /* of wider tables nothing is said */
};

/* Whether the values of two columns go together one to one in all rows that were looked at. */
static bool are_twins(const struct inki_look *look, size_t a, size_t b)
{
    uint64_t pairs[MOST_VALUES][2];
    size_t count = 0;
    for (size_t row = 0; row < look->rows; row++) {
        uint64_t x = look->hashes[row * look->columns + a], y = look->hashes[row * look->columns + b];
        size_t k = 0;
        while (k < count && pairs[k][0] != x && pairs[k][1] != y) k++;
        if (k < count && (pairs[k][0] != x || pairs[k][1] != y)) return false;
        if (k == MOST_VALUES) return false;
        pairs[k][0] = x, pairs[k][1] = y;
        count += k == count;
    }
    return count > 1;
}

/* A feature or label of few values, in many rows each. */
static bool is_candidate(const struct inki_columns *columns, const struct inki_look *look, size_t i)
{
    const unsigned role = columns->list[i].role, distinct = look->traits[i].distinct;
    return (role == INKI_FEATURE || role == INKI_LABEL) && distinct > 1 && 5 * (size_t)distinct <= look->rows;
}

void inki_columns_find_twins(struct inki_columns *columns, const struct inki_look *look)
{
    if (columns->count > MOST_COLUMNS || look->rows < FEW_ROWS || !look->hashes) return;
    for (size_t i = 1; i < columns->count; i++) {
        struct inki_column *column = &columns->list[i];
        for (size_t k = 0; k < i && is_candidate(columns, look, i) && !column->twin; k++) {
            if (columns->list[k].twin || !is_candidate(columns, look, k) ||
                look->traits[i].distinct != look->traits[k].distinct ||
                look->traits[i].missing != look->traits[k].missing || !are_twins(look, i, k))
                continue;
            column->twin = (uint32_t)k + 1;
            column->twinned = columns->list[k].twinned = true;
        }
    }
}

/* The first of those that say the same. */
static size_t first_of(const struct inki_columns *columns, size_t i)
{
    return columns->list[i].twin ? columns->list[i].twin - 1 : i;
}

void inki_columns_find_copies(struct inki_columns *columns)
{
    const size_t label = columns->label;
    if (label == columns->count || columns->list[label].role != INKI_LABEL || !columns->list[label].twinned) return;
    const size_t first = first_of(columns, label);
    for (size_t i = 0; i < columns->count; i++) columns->list[i].copy = i != label && first_of(columns, i) == first;
    for (size_t i = 0; i < columns->count; i++)
        if (columns->list[i].copy || i == label) columns->list[i].twin = 0, columns->list[i].twinned = false;
}
