/* arena: where a program's arrays lie.
 * SPDX-License-Identifier: MIT
 *
 * Large values first, each at the lowest place where it meets no other that is alive in one of the same stages (greedy by size:
 * Pisarchyk and Lee 2020, "Efficient memory management for deep neural net inference"). */
#include "base/mem.h"
#include "model/build.h"

#include <string.h>

enum {
    APART = 128
}; /* processors fetch neighbouring cache lines together, and parts would take them from each other */

static size_t room_of(const struct inki_value *value) { return value->copies * value->bytes; }

static bool meet(const struct inki_value *a, const struct inki_value *b)
{
    return a->lasts || b->lasts || (a->born <= b->dies && b->born <= a->dies);
}

/* The lowest place for `value` beside those that have one; order[count] are these, by place. */
static size_t find_place(const struct inki_program *program, const struct inki_value *value, const size_t *order,
                         size_t count)
{
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        const struct inki_value *other = &program->values[order[i]];
        if (!meet(value, other)) continue;
        if (at + room_of(value) <= other->at) break;
        if (other->at + room_of(other) > at) at = other->at + room_of(other);
    }
    return at;
}

static void insert(const struct inki_program *program, size_t *order, size_t count, size_t value)
{
    for (; count > 0 && program->values[order[count - 1]].at > program->values[value].at; count--)
        order[count] = order[count - 1];
    order[count] = value;
}

static size_t largest(const struct inki_program *program, const bool *placed)
{
    size_t best = INKI_NOTHING;
    for (size_t i = 1; i < program->value_count; i++)
        if (!placed[i] && room_of(&program->values[i]) > room_of(&program->values[best])) best = i;
    return best;
}

/* order[value_count] and placed[value_count] are room to work in. */
static size_t place_all(struct inki_program *program, size_t *order, bool *placed)
{
    size_t end = 0;
    for (size_t count = 0, i; (i = largest(program, placed)) != INKI_NOTHING; count++) {
        struct inki_value *value = &program->values[i];
        value->at = find_place(program, value, order, count);
        insert(program, order, count, i);
        placed[i] = true;
        if (value->at + room_of(value) > end) end = value->at + room_of(value);
    }
    return end;
}

/* What is made of the weights has padding that nobody writes and sums go over; all else is written before it is read. */
static void clear_lasting(const struct inki_program *program)
{
    for (size_t i = 1; i < program->value_count; i++)
        if (program->values[i].lasts) memset(program->arena + program->values[i].at, 0, room_of(&program->values[i]));
}

ink_status inki_arena_make(struct inki_program *program)
{
    size_t *order = inki_zalloc(program->ctx, program->value_count, sizeof *order + sizeof(bool));
    if (!order) return INK_NO_MEMORY;
    for (size_t i = 1; i < program->value_count; i++)
        program->values[i].bytes = (program->values[i].bytes + APART - 1) / APART * APART;
    program->arena_bytes = place_all(program, order, (bool *)(order + program->value_count));
    inki_free(order);
    program->arena = inki_alloc(program->ctx, program->arena_bytes, 1);
    if (program->arena) clear_lasting(program);
    return program->arena ? INK_OK : INK_NO_MEMORY;
}
