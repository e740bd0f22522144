/* held: a list of connections under a lock, looked through once a second.
 * SPDX-License-Identifier: MIT */
#include "held.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

struct held {
    struct held *next, *before;
    int socket;
    bool asks;
    time_t since; /* by the monotonic clock */
};

struct held_list {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct held *first;
    unsigned count, many;
    bool ends;
};

static time_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec;
}

/* A socket that is shut down is closed by the server, which removes it from the list first. */
static void end_late(const struct held_list *list)
{
    const time_t time = now(), headers = list->count > list->many ? SCARCE_SECONDS : HEADER_SECONDS;
    for (struct held *held = list->first; held; held = held->next)
        if (time - held->since > (held->asks ? ANSWER_SECONDS : headers)) shutdown(held->socket, SHUT_RDWR);
}

static void *watch_held(void *arg)
{
    struct held_list *list = arg;
    pthread_mutex_lock(&list->lock);
    while (!list->ends) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec++;
        pthread_cond_timedwait(&list->wake, &list->lock, &until);
        end_late(list);
    }
    pthread_mutex_unlock(&list->lock);
    return NULL;
}

struct held_list *held_begin(unsigned many)
{
    struct held_list *list = calloc(1, sizeof *list);
    if (!list) return NULL;
    list->many = many;
    pthread_mutex_init(&list->lock, NULL);
    pthread_cond_init(&list->wake, NULL);
    if (pthread_create(&list->thread, NULL, watch_held, list) == 0) return list;
    free(list);
    return NULL;
}

void held_end(struct held_list *list)
{
    if (!list) return;
    pthread_mutex_lock(&list->lock);
    list->ends = true;
    pthread_cond_signal(&list->wake);
    pthread_mutex_unlock(&list->lock);
    pthread_join(list->thread, NULL);
    while (list->first) held_remove(list, list->first);
    free(list);
}

struct held *held_add(struct held_list *list, int socket)
{
    struct held *held = calloc(1, sizeof *held);
    if (!held) return NULL;
    held->socket = socket;
    held->since = now();
    pthread_mutex_lock(&list->lock);
    held->next = list->first;
    if (held->next) held->next->before = held;
    list->first = held;
    list->count++;
    pthread_mutex_unlock(&list->lock);
    return held;
}

void held_remove(struct held_list *list, struct held *held)
{
    pthread_mutex_lock(&list->lock);
    *(held->before ? &held->before->next : &list->first) = held->next;
    if (held->next) held->next->before = held->before;
    list->count--;
    pthread_mutex_unlock(&list->lock);
    free(held);
}

void held_asks(struct held_list *list, struct held *held, bool asks)
{
    if (!held) return;
    pthread_mutex_lock(&list->lock);
    held->asks = asks;
    held->since = now();
    pthread_mutex_unlock(&list->lock);
}
