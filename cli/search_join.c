/* search_join: takes part in a search whose store another process serves over HTTP.
 * SPDX-License-Identifier: MIT
 *
 * Where no answer comes, the same request is sent again for a while: the server may be starting anew. All threads that ask share one
 * patience, and say once that they wait. */
#include "search_join.h"

#include "http.h"
#include "interrupt.h"
#include "search_serve.h"
#include "terminal.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { PATIENCE = 300, AGAIN_MS = 500, LOOK_MS = 100 }; /* seconds without an answer; between two tries */

struct search_join {
    struct http *http;
    pthread_mutex_t mutex;
    /* under the mutex: */
    double silent_since; /* 0: it answers */
    bool given_up;
};

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

bool search_join_is_over(const char *join)
{
    return join && (strncasecmp(join, "http://", 7) == 0 || strncasecmp(join, "https://", 8) == 0);
}

struct search_join *search_join_new(const char *address, const char *token, int *code)
{
    *code = CODE_DONE;
    if (strncasecmp(address, "https://", 8) == 0) {
        *code = fail(CODE_USAGE,
                     "--join %s: there is no encryption; make a tunnel (ssh -L 8000:localhost:PORT HOST) and "
                     "join http://localhost:8000",
                     address);
        return NULL;
    }
    struct http *http = http_new(address, token, code);
    if (!http) return NULL;
    struct search_join *join = calloc(1, sizeof *join);
    if (!join) {
        http_free(http);
        *code = fail(CODE_INTERNAL, "out of memory");
        return NULL;
    }
    join->http = http;
    pthread_mutex_init(&join->mutex, NULL);
    return join;
}

void search_join_free(struct search_join *join)
{
    if (!join) return;
    http_free(join->http);
    pthread_mutex_destroy(&join->mutex);
    free(join);
}

/* Whether to try again. */
static bool has_patience(struct search_join *join, const char *why)
{
    double now = seconds_now();
    pthread_mutex_lock(&join->mutex);
    bool first = join->silent_since == 0;
    if (first) join->silent_since = now;
    bool over = interrupt_came() || now - join->silent_since > PATIENCE;
    if (over) join->given_up = true;
    bool go_on = !join->given_up;
    if (first && go_on)
        talk("%s: %s; trying again for %d minutes, what is done here is kept meanwhile", http_name(join->http), why,
             PATIENCE / 60);
    pthread_mutex_unlock(&join->mutex);
    return go_on;
}

static void note_answer(struct search_join *join)
{
    pthread_mutex_lock(&join->mutex);
    if (join->silent_since > 0 && !join->given_up) talk("%s: answers again", http_name(join->http));
    join->silent_since = 0;
    pthread_mutex_unlock(&join->mutex);
}

static void pause_between(void)
{
    const struct timespec moment = {0, LOOK_MS * 1000000L};
    for (int i = 0; i < AGAIN_MS / LOOK_MS && !interrupt_came(); i++) nanosleep(&moment, NULL);
}

static ink_status ask_server(void *user, const char *request, size_t size, ink_sink sink, void *to, char *why,
                             size_t room)
{
    struct search_join *join = user;
    char reason[HTTP_WHY_ROOM] = "";
    for (;;) {
        if (http_post(join->http, SEARCH_PATH, request, size, sink, to, reason)) break;
        if (!has_patience(join, reason)) {
            snprintf(why, room, "%s; its store has the trials: start it again there, then this", reason);
            return interrupt_came() ? INK_CANCELLED : INK_IO;
        }
        pause_between();
    }
    note_answer(join);
    return INK_OK;
}

ink_search_link search_join_link(struct search_join *join)
{
    ink_search_link link = INK_INIT(ink_search_link);
    link.name = http_name(join->http);
    link.ask = ask_server;
    link.user = join;
    return link;
}
