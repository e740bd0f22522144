/* ranks_help: ranks of one training as threads, or as processes.
 * SPDX-License-Identifier: MIT */
#include "ranks_help.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

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

/* --------------------------------------------------------------- processes */

/* A rank's sockets to the others. */
struct links {
    unsigned rank, ranks;
    int socket[RANKS_MOST];
};

/* How far a block has got. */
struct moved {
    size_t given, taken;
};

static bool move(int handle, const ink_comm_block *give, const ink_comm_block *take, struct moved *moved, short ready)
{
    ssize_t count;
    if (ready & POLLOUT && moved->given < give->bytes) {
        count = send(handle, (char *)give->at + moved->given, give->bytes - moved->given, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count > 0) moved->given += (size_t)count;
    }
    if (ready & (POLLIN | POLLHUP) && moved->taken < take->bytes) {
        count = recv(handle, (char *)take->at + moved->taken, take->bytes - moved->taken, MSG_DONTWAIT);
        if (count <= 0) return false;
        moved->taken += (size_t)count;
    }
    return true;
}

static bool exchange_by_sockets(void *user, const ink_comm_block *give, const ink_comm_block *take, char *why,
                                size_t room)
{
    const struct links *links = user;
    struct moved moved[RANKS_MOST] = {{0, 0}};
    struct pollfd waits[RANKS_MOST];
    for (bool more = true; more;) {
        more = false;
        for (unsigned r = 0; r < links->ranks; r++) {
            const bool gives = r != links->rank && moved[r].given < give[r].bytes,
                       takes = r != links->rank && moved[r].taken < take[r].bytes;
            waits[r].fd = gives || takes ? links->socket[r] : -1;
            waits[r].events = (short)((gives ? POLLOUT : 0) | (takes ? POLLIN : 0));
            waits[r].revents = 0;
            more = more || gives || takes;
        }
        if (more && poll(waits, links->ranks, -1) < 0) return false;
        for (unsigned r = 0; more && r < links->ranks; r++) {
            if (waits[r].fd < 0 || move(links->socket[r], &give[r], &take[r], &moved[r], waits[r].revents)) continue;
            snprintf(why, room, "rank %u cannot be reached", r);
            return false;
        }
    }
    return true;
}

static struct sockaddr_un address_of(const char *folder, unsigned rank)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/rank%u", folder, rank);
    return address;
}

/* Rank `to` may not be there yet. */
static int call_rank(const char *folder, unsigned from, unsigned to)
{
    const struct sockaddr_un address = address_of(folder, to);
    for (int times = 0; times < 6000; times++) {
        int handle = socket(AF_UNIX, SOCK_STREAM, 0);
        if (connect(handle, (const struct sockaddr *)&address, sizeof address) == 0)
            return write(handle, &from, sizeof from) == sizeof from ? handle : -1;
        close(handle);
        nanosleep(&(struct timespec){0, 10000000}, NULL);
    }
    return -1;
}

/* Those with lower numbers are called, the others call. */
static bool link_up(const char *folder, struct links *links)
{
    const struct sockaddr_un address = address_of(folder, links->rank);
    unsigned from;
    int door = socket(AF_UNIX, SOCK_STREAM, 0);
    bool linked = bind(door, (const struct sockaddr *)&address, sizeof address) == 0 && listen(door, RANKS_MOST) == 0;
    for (unsigned r = 0; linked && r < links->rank; r++)
        linked = (links->socket[r] = call_rank(folder, links->rank, r)) >= 0;
    for (unsigned r = links->rank + 1; linked && r < links->ranks; r++) {
        int handle = accept(door, NULL, NULL);
        linked = handle >= 0 && read(handle, &from, sizeof from) == sizeof from && from < links->ranks;
        if (linked) links->socket[from] = handle;
    }
    close(door);
    return linked;
}

bool ranks_join(const char *folder, unsigned rank, unsigned ranks, ranks_fn *work, void *arg)
{
    struct links links = {.rank = rank, .ranks = ranks};
    const ink_comm comm = {sizeof comm, rank, ranks, exchange_by_sockets, name, &links, 1};
    if (ranks > RANKS_MOST || !link_up(folder, &links)) return false;
    work(arg, &comm);
    for (unsigned r = 0; r < ranks; r++)
        if (r != rank) close(links.socket[r]);
    return true;
}
