/* comm: the communicator of the library over MPI, and how ranks end together.
 * SPDX-License-Identifier: MIT
 *
 * Blocks go as plain bytes, all at once. A rank that ends says so to all, with its exit code and sentence: who is waiting for its blocks
 * then sees that they will not come, and ends too. Of a rank that is killed MPI itself knows, and its starter ends the others. */
#include "comm.h"

#include "cli.h"

#include <mpi.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TAG_BLOCK = 1, TAG_END = 2, PIECE = 1 << 30, NAME_ROOM = MPI_MAX_PROCESSOR_NAME + 1 };

/* What a rank says when it ends. */
struct ending {
    int code, rank;
    char sentence[900];
};

static struct {
    ink_comm comm;
    char (*names)[NAME_ROOM];
    MPI_Request *requests;
    size_t count, room;
    struct ending *ended; /* [ranks]; rank -1: not yet */
    bool threads;         /* others than the first may use MPI */
    bool said;            /* who has failed */
    bool broken;          /* an exchange failed: some of its messages are still under way */
} job;

/* ----------------------------------------------------------------- endings */

/* Notes who has ended. Returns the first one that has failed, or NULL. */
static const struct ending *look_for_endings(void)
{
    int there = 1;
    MPI_Status status;
    const struct ending *failed = NULL;
    while (MPI_Iprobe(MPI_ANY_SOURCE, TAG_END, MPI_COMM_WORLD, &there, &status) == MPI_SUCCESS && there) {
        struct ending *ending = &job.ended[status.MPI_SOURCE];
        MPI_Recv(ending, sizeof *ending, MPI_BYTE, status.MPI_SOURCE, TAG_END, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
    for (unsigned r = 0; r < job.comm.ranks && !failed; r++)
        if (job.ended[r].rank >= 0 && job.ended[r].code != CODE_DONE) failed = &job.ended[r];
    return failed;
}

static bool fail_with(const struct ending *failed, char *why, size_t room)
{
    const bool said = *failed->sentence != 0;
    snprintf(why, room, "rank %d on %s has ended%s%s", failed->rank, job.names[failed->rank], said ? ": " : "",
             failed->sentence);
    return false;
}

/* Whether a rank has ended as if all was well, though this one still waits: another command, or a mistake of ours. */
static const struct ending *look_for_early(void)
{
    for (unsigned r = 0; r < job.comm.ranks; r++)
        if (job.ended[r].rank >= 0) return &job.ended[r];
    return NULL;
}

/* ---------------------------------------------------------------- messages */

static MPI_Request *next_request(void)
{
    if (job.count == job.room) {
        size_t larger = 2 * job.room + 64;
        MPI_Request *requests = realloc(job.requests, larger * sizeof *requests);
        if (!requests) return NULL;
        job.requests = requests;
        job.room = larger;
    }
    return &job.requests[job.count++];
}

/* MPI counts in ints. */
static bool begin_block(const ink_comm_block *block, unsigned rank, bool give)
{
    char *at = block->at;
    for (size_t done = 0; done < block->bytes;) {
        const size_t left = block->bytes - done;
        const int bytes = left < PIECE ? (int)left : PIECE;
        MPI_Request *request = next_request();
        if (!request) return false;
        int code = give ? MPI_Isend(at + done, bytes, MPI_BYTE, (int)rank, TAG_BLOCK, MPI_COMM_WORLD, request)
                        : MPI_Irecv(at + done, bytes, MPI_BYTE, (int)rank, TAG_BLOCK, MPI_COMM_WORLD, request);
        if (code != MPI_SUCCESS) return false;
        done += (size_t)bytes;
    }
    return true;
}

static bool begin_blocks(const ink_comm_block *give, const ink_comm_block *take)
{
    job.count = 0;
    for (int direction = 0; direction < 2; direction++)
        for (unsigned r = 0; r < job.comm.ranks; r++)
            if (r != job.comm.rank && !begin_block(direction ? &give[r] : &take[r], r, direction)) return false;
    return true;
}

static void say_code(int code, char *why, size_t room)
{
    char text[MPI_MAX_ERROR_STRING];
    int length;
    MPI_Error_string(code, text, &length);
    snprintf(why, room, "MPI: %s", text);
}

/* Others may need the core: the wait soon lets go of it, and at last sleeps. */
static void wait_a_little(size_t times)
{
    if (times > 200) sched_yield();
    if (times > 20000) nanosleep(&(struct timespec){0, 50000}, NULL);
}

enum {
    LOOK_EVERY = 64,
    PATIENCE = 40000
}; /* looks of 50 us and more after a rank has ended, while a last message arrives */

static bool finish_blocks(char *why, size_t room)
{
    int done = 0;
    for (size_t times = 0, early = 0;; times++) {
        int code = MPI_Testall((int)job.count, job.requests, &done, MPI_STATUSES_IGNORE);
        if (code != MPI_SUCCESS) {
            say_code(code, why, room);
            return false;
        }
        if (done) return true;
        wait_a_little(times);
        if (times % LOOK_EVERY != LOOK_EVERY - 1) continue;
        const struct ending *ending = look_for_endings();
        if (!ending && look_for_early() && (early += LOOK_EVERY) > PATIENCE) ending = look_for_early();
        if (ending) return fail_with(ending, why, room);
    }
}

static bool exchange(void *user, const ink_comm_block *give, const ink_comm_block *take, char *why, size_t room)
{
    (void)user;
    bool begun = begin_blocks(give, take);
    if (!begun) snprintf(why, room, "MPI could not begin an exchange");
    bool all = begun && finish_blocks(why, room);
    job.broken = job.broken || !all;
    return all;
}

static const char *name_of(void *user, unsigned rank)
{
    (void)user;
    return job.names[rank];
}

/* -------------------------------------------------------------- begin, end */

static void give_up(const char *what)
{
    fprintf(stderr, "inkling: %s\n", what);
    MPI_Abort(MPI_COMM_WORLD, CODE_INTERNAL);
    exit(CODE_INTERNAL);
}

static void share_names(void)
{
    char own[NAME_ROOM] = "";
    int length;
    MPI_Get_processor_name(own, &length);
    MPI_Allgather(own, NAME_ROOM, MPI_CHAR, job.names, NAME_ROOM, MPI_CHAR, MPI_COMM_WORLD);
}

/* How many ranks on this machine may use the same cores. */
static size_t count_beside(void)
{
    cpu_set_t own, *all = calloc(job.comm.ranks, sizeof own);
    size_t count = 0;
    if (!all) give_up("out of memory for the cores of the ranks");
    CPU_ZERO(&own);
    sched_getaffinity(0, sizeof own, &own);
    MPI_Allgather(&own, sizeof own, MPI_BYTE, all, sizeof own, MPI_BYTE, MPI_COMM_WORLD);
    for (unsigned r = 0; r < job.comm.ranks; r++)
        count += CPU_EQUAL(&own, &all[r]) && strcmp(job.names[r], job.names[job.comm.rank]) == 0;
    free(all);
    return count;
}

const ink_comm *comm_begin(void)
{
    int level, rank, ranks;
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &level) != MPI_SUCCESS) give_up("MPI could not be begun");
    job.threads = level >= MPI_THREAD_SERIALIZED;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    job.comm = (ink_comm){sizeof job.comm, (unsigned)rank, (unsigned)ranks, exchange, name_of, NULL, 1};
    if (ranks == 1) return NULL;
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    job.names = calloc((size_t)ranks, sizeof *job.names);
    job.ended = calloc((size_t)ranks, sizeof *job.ended);
    if (!job.names || !job.ended) give_up("out of memory for the names of the ranks");
    for (int r = 0; r < ranks; r++) job.ended[r].rank = -1;
    share_names();
    job.comm.beside = count_beside();
    return &job.comm;
}

bool comm_has_failed(bool all_must_be, char *why, size_t room)
{
    const struct ending *ending = look_for_endings();
    if (!ending && all_must_be) ending = look_for_early();
    return ending && !fail_with(ending, why, room);
}

bool comm_first_has_ended(char *why, size_t room)
{
    look_for_endings();
    return job.ended[0].rank == 0 && !fail_with(&job.ended[0], why, room);
}

bool comm_others_ended(void)
{
    look_for_endings();
    for (unsigned r = 0; r < job.comm.ranks; r++)
        if (r != job.comm.rank && job.ended[r].rank < 0) return false;
    return true;
}

bool comm_is_same(const char *command)
{
    enum { ROOM = 32 };
    char own[ROOM], first[ROOM];
    int at = (int)job.comm.ranks, lowest; /* who has another one */
    if (job.comm.ranks == 1) return true;
    snprintf(own, sizeof own, "%s", command);
    memcpy(first, own, sizeof first);
    MPI_Bcast(first, ROOM, MPI_CHAR, 0, MPI_COMM_WORLD);
    if (strcmp(own, first) != 0) at = (int)job.comm.rank;
    MPI_Allreduce(&at, &lowest, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
    if (lowest == (int)job.comm.ranks) return true;
    if (lowest == (int)job.comm.rank)
        fprintf(stderr, "inkling: rank %d on %s has the command '%s'; expected '%s', as rank 0 has\n", lowest,
                job.names[lowest], own, first);
    return false;
}

void comm_break(void) { job.broken = true; }

bool comm_has_threads(void) { return job.threads; }

static void say_failure(const struct ending *failed)
{
    char why[1200];
    if (job.said) return;
    job.said = true;
    fail_with(failed, why, sizeof why);
    fprintf(stderr, "inkling: %s\n", why);
}

enum { BY_SIGNAL = 128 }; /* greater exit codes are those of an interruption, which goes to all ranks */

void comm_say_failure(void)
{
    const struct ending *failed = look_for_endings();
    if (failed && failed->code <= BY_SIGNAL) say_failure(failed);
}

/* Says to all that this rank has ended. */
static void say_ending(struct ending *own)
{
    for (unsigned r = 0; r < job.comm.ranks; r++)
        if (r != job.comm.rank) MPI_Send(own, sizeof *own, MPI_BYTE, (int)r, TAG_END, MPI_COMM_WORLD);
}

/* Until all have ended. Returns one that has failed, or NULL. */
static const struct ending *wait_for_endings(void)
{
    for (size_t times = 0;; times++) {
        const struct ending *failed = look_for_endings();
        bool all = true;
        for (unsigned r = 0; r < job.comm.ranks; r++) all = all && (r == job.comm.rank || job.ended[r].rank >= 0);
        if (all) return failed;
        wait_a_little(times);
    }
}

int comm_end(int code, const char *sentence)
{
    if (job.comm.ranks > 1) {
        struct ending own = {.code = code, .rank = (int)job.comm.rank};
        snprintf(own.sentence, sizeof own.sentence, "%s", sentence);
        say_ending(&own);
        const struct ending *failed = wait_for_endings();
        if (code == CODE_DONE && failed) {
            if (job.comm.rank == 0) say_failure(failed);
            code = failed->code;
        }
    }
    fflush(NULL);
    if (job.broken) _Exit(code); /* messages that nobody takes would keep MPI_Finalize waiting */
    MPI_Finalize();
    return code;
}
