/* flow_place: where the values of a network's steps lie in their workspace.
 * SPDX-License-Identifier: MIT
 *
 * A step that reads each value before it writes where that lay takes the room of what it reads, if nobody reads that again: pools, norms,
 * sums and convolutions of 1x1 channel by channel. Such a chain is one room. Large rooms come first, each at the lowest place where it
 * meets none that is in use at the same time (as in model/arena.c). */
#include "out/flow.h"

#include "base/mem.h"

/* In use while steps born … dies run, both with it. */
struct room {
    size_t born, dies, size, place;
    bool placed;
};

/* The last step that reads what step i gives; i itself if none does. */
static size_t last_reader(const struct inki_flow *flow, size_t i)
{
    size_t last = i;
    for (size_t r = i + 1; r < flow->count; r++) {
        const struct inki_step *step = &flow->steps[r];
        if (step->from[0] == i + 1 || (step->kind == INKI_STEP_SUM && step->from[1] == i + 1)) last = r;
    }
    return last;
}

static bool works_in_place(const struct inki_step *step)
{
    const struct inki_frame *frame = &step->frame;
    if (step->kind == INKI_STEP_SCALE) return false;
    if (step->kind != INKI_STEP_CONV) return true;
    return frame->rows * frame->columns * frame->stride * step->pool_rows * step->pool_columns == 1 &&
           frame->groups == step->in.channels && step->out.channels == step->in.channels;
}

/* The step whose room step i takes over, as `from` counts; 0: a room of its own. */
static size_t heir_of(const struct inki_flow *flow, size_t i)
{
    const struct inki_step *step = &flow->steps[i];
    for (size_t s = 0; s < (step->kind == INKI_STEP_SUM ? 2u : 1u) && works_in_place(step); s++)
        if (step->from[s] > 0 && last_reader(flow, step->from[s] - 1) == i) return step->from[s];
    return 0;
}

/* The lowest place for a room beside those that have one. */
static size_t find_place(const struct room *rooms, size_t count, const struct room *room)
{
    size_t at = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (size_t i = 0; i < count; i++) {
            const struct room *other = &rooms[i];
            bool meets = other->placed && other->born <= room->dies && room->born <= other->dies &&
                         at < other->place + other->size && other->place < at + room->size;
            if (meets) at = other->place + other->size;
            moved = moved || meets;
        }
    }
    return at;
}

static void place_all(struct inki_flow *flow, struct room *rooms, size_t count)
{
    for (size_t n = 0; n < count; n++) {
        struct room *largest = NULL;
        for (size_t i = 0; i < count; i++)
            if (!rooms[i].placed && (!largest || rooms[i].size > largest->size)) largest = &rooms[i];
        largest->place = find_place(rooms, count, largest);
        largest->placed = true;
        if (largest->place + largest->size > flow->workspace) flow->workspace = largest->place + largest->size;
    }
}

ink_status inki_flow_place(struct inki_flow *flow)
{
    const size_t count = flow->count - 1; /* the last one's values go elsewhere */
    struct room *rooms = inki_zalloc(flow->ctx, flow->count, sizeof *rooms);
    size_t *of = inki_zalloc(flow->ctx, flow->count, sizeof *of);
    for (size_t i = 0; rooms && of && i < count; i++) {
        const size_t heir = heir_of(flow, i);
        of[i] = heir ? of[heir - 1] : i;
        struct room *room = &rooms[of[i]];
        if (!heir) room->born = i;
        room->dies = last_reader(flow, i);
        if (flow->steps[i].size > room->size) room->size = flow->steps[i].size;
    }
    if (rooms && of) place_all(flow, rooms, count);
    for (size_t i = 0; rooms && of && i < count; i++) flow->steps[i].place = rooms[of[i]].place;
    const bool good = rooms && of;
    inki_free(rooms);
    inki_free(of);
    return good ? INK_OK : INK_NO_MEMORY;
}
