/* questions: texts from any rank to the first one, and its answers, over MPI.
 * SPDX-License-Identifier: MIT
 *
 * A question begins with the tag that its answer is to have, so that threads of a rank do not take each other's. MPI is used by one thread at a
 * time, and nobody waits within it: who holds it would keep the others from taking what it waits for. */
#include "questions.h"

#include "comm.h"
#include "terminal.h"

#include <limits.h>
#include <mpi.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TAG_QUESTION = 3, TAG_ANSWERS = 16, TAGS = 16384 };     /* the standard grants 32767 */
enum { SHORTEST = 20000, LONGEST = 1000000, LOOK_EVERY = 64 }; /* nanoseconds between looks; looks */

static struct {
    struct questions questions;
    pthread_mutex_t mutex; /* of MPI */
    int next;              /* answer's tag, under it */
    pthread_t thread;
    bool (*answer)(void *user, const char *request, size_t size, ink_sink sink, void *to);
    void *user;
    atomic_bool ending; /* as soon as the others have ended */
} post = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* A text that grows. */
struct letter {
    char *bytes;
    size_t size, room;
};

static bool add_to_letter(void *user, const char *bytes, size_t count)
{
    struct letter *letter = user;
    if (count > letter->room - letter->size) {
        size_t room = 2 * letter->room + count;
        char *more = realloc(letter->bytes, room);
        if (!more) return false;
        letter->bytes = more;
        letter->room = room;
    }
    if (count > 0) memcpy(letter->bytes + letter->size, bytes, count);
    letter->size += count;
    return true;
}

/* Pauses that grow: others may need the core, and to look is not free. */
static void pause_between(size_t times)
{
    long pause = SHORTEST;
    for (size_t i = 8; i < times && pause < LONGEST; i += 8) pause += pause / 2;
    nanosleep(&(struct timespec){0, pause < LONGEST ? pause : LONGEST}, NULL);
}

/* Takes a message of that tag if there is one. *from: whose it is. False where there is none, or no memory (*failed). */
static bool take_letter(int source, int tag, struct letter *out, int *from, bool *failed)
{
    int there = 0, count = 0;
    MPI_Status status;
    if (MPI_Iprobe(source, tag, MPI_COMM_WORLD, &there, &status) != MPI_SUCCESS || !there) return false;
    MPI_Get_count(&status, MPI_BYTE, &count);
    *out = (struct letter){.bytes = malloc((size_t)count + 1), .size = (size_t)count, .room = (size_t)count + 1};
    *failed = !out->bytes || MPI_Recv(out->bytes, count, MPI_BYTE, status.MPI_SOURCE, tag, MPI_COMM_WORLD,
                                      MPI_STATUS_IGNORE) != MPI_SUCCESS;
    *from = status.MPI_SOURCE;
    if (!*failed) return true;
    free(out->bytes);
    *out = (struct letter){0};
    return false;
}

/* ------------------------------------------------------------------ asking */

/* A question under way. */
struct asking {
    struct letter letter, answer;
    MPI_Request request;
    int tag;
    bool begun, failed;
};

static bool begin_asking(struct asking *asking, const char *text, size_t size)
{
    pthread_mutex_lock(&post.mutex);
    asking->tag = TAG_ANSWERS + post.next;
    post.next = (post.next + 1) % TAGS;
    asking->begun = size < INT_MAX - sizeof asking->tag &&
                    add_to_letter(&asking->letter, (const char *)&asking->tag, sizeof asking->tag) &&
                    add_to_letter(&asking->letter, text, size) &&
                    MPI_Isend(asking->letter.bytes, (int)asking->letter.size, MPI_BYTE, 0, TAG_QUESTION, MPI_COMM_WORLD,
                              &asking->request) == MPI_SUCCESS;
    pthread_mutex_unlock(&post.mutex);
    return asking->begun;
}

/* Until the answer is there; false, with a sentence, where it will not come. */
static bool await_answer(struct asking *asking, char *why, size_t room)
{
    int sent = 0, from;
    bool there = false, over = false;
    for (size_t times = 1; !(sent && there) && !over && !asking->failed; times++) {
        pthread_mutex_lock(&post.mutex);
        if (!sent) MPI_Test(&asking->request, &sent, MPI_STATUS_IGNORE);
        if (!there) there = take_letter(0, asking->tag, &asking->answer, &from, &asking->failed);
        over =
            times % LOOK_EVERY == 0 && !there && (comm_has_failed(false, why, room) || comm_first_has_ended(why, room));
        if (over && !sent) comm_break();
        pthread_mutex_unlock(&post.mutex);
        if (!(sent && there)) pause_between(times);
    }
    if (asking->failed) snprintf(why, room, "out of memory for an answer");
    return sent && there;
}

static ink_status ask_first(void *user, const char *request, size_t size, ink_sink sink, void *to, char *why,
                            size_t room)
{
    struct asking asking = {0};
    (void)user;
    bool good = begin_asking(&asking, request, size);
    if (!good) snprintf(why, room, "MPI could not send a question of %zu bytes", size);
    good = good && await_answer(&asking, why, room);
    if (good && !sink(to, asking.answer.bytes, asking.answer.size)) {
        good = false;
        snprintf(why, room, "out of memory for an answer");
    }
    free(asking.letter.bytes);
    free(asking.answer.bytes);
    return good ? INK_OK : INK_IO;
}

/* --------------------------------------------------------------- answering */

/* Sends it; who asked takes it, or has ended. */
static void send_answer(const struct letter *answer, int to, int tag)
{
    MPI_Request request;
    int sent = 0;
    char why[1200];
    pthread_mutex_lock(&post.mutex);
    bool begun = answer->size < INT_MAX && MPI_Isend(answer->bytes, (int)answer->size, MPI_BYTE, to, tag,
                                                     MPI_COMM_WORLD, &request) == MPI_SUCCESS;
    pthread_mutex_unlock(&post.mutex);
    for (size_t times = 1; begun && !sent; times++) {
        pthread_mutex_lock(&post.mutex);
        MPI_Test(&request, &sent, MPI_STATUS_IGNORE);
        if (!sent && times % LOOK_EVERY == 0 && comm_has_failed(false, why, sizeof why)) {
            comm_break();
            begun = false;
        }
        pthread_mutex_unlock(&post.mutex);
        if (!sent) pause_between(times);
    }
}

static void answer_letter(const struct letter *letter, int from)
{
    struct letter answer = {0};
    int tag;
    if (letter->size < sizeof tag) return;
    memcpy(&tag, letter->bytes, sizeof tag);
    static const char none[] = "{\"error\": \"out of memory for an answer\"}";
    if (!post.answer(post.user, letter->bytes + sizeof tag, letter->size - sizeof tag, add_to_letter, &answer)) {
        answer.size = 0;
        add_to_letter(&answer, none, strlen(none));
    }
    send_answer(&answer, from, tag);
    free(answer.bytes);
}

/* Until the others have ended, once that is asked for. A rank that fails is said at once: the others continue. */
static void *answer_all(void *arg)
{
    bool over = false, failed = false;
    (void)arg;
    for (size_t times = 1; !over && !failed; times++) {
        struct letter letter = {0};
        int from;
        pthread_mutex_lock(&post.mutex);
        bool there = take_letter(MPI_ANY_SOURCE, TAG_QUESTION, &letter, &from, &failed);
        if (!there && times % LOOK_EVERY == 0) {
            comm_say_failure();
            over = atomic_load(&post.ending) && comm_others_ended();
        }
        pthread_mutex_unlock(&post.mutex);
        if (there) answer_letter(&letter, from);
        free(letter.bytes);
        if (there)
            times = 0;
        else
            pause_between(times);
    }
    return NULL;
}

static int begin_answers(bool (*answer)(void *user, const char *request, size_t size, ink_sink sink, void *to),
                         void *user)
{
    if (!comm_has_threads())
        return fail(CODE_INPUT, "this MPI lets one thread of a process send messages, a search has more: take inkling "
                                "search --serve PORT and --join");
    post.answer = answer;
    post.user = user;
    atomic_store(&post.ending, false);
    if (pthread_create(&post.thread, NULL, answer_all, NULL) == 0) return CODE_DONE;
    return fail(CODE_INTERNAL, "no thread could be started for the questions of other ranks");
}

static void end_answers(void)
{
    atomic_store(&post.ending, true);
    pthread_join(post.thread, NULL);
}

const struct questions *questions_new(const ink_comm *comm)
{
    if (!comm) return NULL;
    post.questions = (struct questions){comm->rank, comm->ranks, ask_first, begin_answers, end_answers};
    return &post.questions;
}
