/* ranks_help: ranks of one training as threads.
 * SPDX-License-Identifier: MIT */
#include "ranks_help.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* All ranks meet twice in an exchange: when what each gives is there, and when each has taken it. */
struct room {
    pthread_mutex_t mutex;
    pthread_cond_t change;
    unsigned ranks, arrived;
    size_t meetings, bytes;
    int gone; /* a rank that has ended; -1: none */
    const ink_comm_block *given[RANKS_MOST];
};

struct seat {
    struct room *room;
    unsigned rank;
    ranks_fn *work;
    void *arg;
};

static bool meet(struct room *room)
{
    pthread_mutex_lock(&room->mutex);
    const size_t meeting = room->meetings;
    if (++room->arrived == room->ranks) {
        room->arrived = 0;
        room->meetings++;
        pthread_cond_broadcast(&room->change);
    }
    while (room->meetings == meeting && room->gone < 0) pthread_cond_wait(&room->change, &room->mutex);
    bool met = room->meetings != meeting;
    pthread_mutex_unlock(&room->mutex);
    return met;
}

static bool take_from(const struct room *room, unsigned from, unsigned to, const ink_comm_block *take)
{
    const ink_comm_block *given = &room->given[from][to];
    if (given->bytes != take->bytes) return false;
    if (given->bytes) memcpy(take->at, given->at, given->bytes);
    return true;
}

static bool exchange(void *user, const ink_comm_block *give, const ink_comm_block *take, char *why, size_t room_of_why)
{
    const struct seat *seat = user;
    struct room *room = seat->room;
    bool fits = true;
    size_t bytes = 0;
    room->given[seat->rank] = give;
    bool met = meet(room);
    for (unsigned r = 0; met && r < room->ranks; r++) {
        if (r == seat->rank) continue;
        fits = take_from(room, r, seat->rank, &take[r]) && fits;
        bytes += take[r].bytes;
    }
    met = met && meet(room);
    snprintf(why, room_of_why, met ? "a rank gave what rank %u did not expect" : "rank %u: another rank has ended",
             seat->rank);
    pthread_mutex_lock(&room->mutex);
    room->bytes += bytes;
    pthread_mutex_unlock(&room->mutex);
    return met && fits;
}

static const char *name(void *user, unsigned rank)
{
    static const char *const names[] = {"alpha", "beta", "gamma", "delta"};
    (void)user;
    return names[rank % 4];
}

static void *run_rank(void *arg)
{
    struct seat *seat = arg;
    const ink_comm comm = {sizeof comm, seat->rank, seat->room->ranks, exchange, name, seat, 1};
    seat->work(seat->arg, &comm);
    pthread_mutex_lock(&seat->room->mutex);
    seat->room->gone = (int)seat->rank;
    pthread_cond_broadcast(&seat->room->change);
    pthread_mutex_unlock(&seat->room->mutex);
    return NULL;
}

size_t ranks_run(unsigned ranks, ranks_fn *work, void *arg)
{
    struct room room = {.ranks = ranks, .gone = -1};
    struct seat seats[RANKS_MOST];
    pthread_t threads[RANKS_MOST];
    pthread_mutex_init(&room.mutex, NULL);
    pthread_cond_init(&room.change, NULL);
    for (unsigned r = 0; r < ranks; r++) {
        seats[r] = (struct seat){&room, r, work, arg};
        pthread_create(&threads[r], NULL, run_rank, &seats[r]);
    }
    for (unsigned r = 0; r < ranks; r++) pthread_join(threads[r], NULL);
    pthread_cond_destroy(&room.change);
    pthread_mutex_destroy(&room.mutex);
    return room.bytes;
}
