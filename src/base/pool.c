/* pool: worker threads.
 * SPDX-License-Identifier: MIT
 *
 * The caller is thread 0. A piece of work is announced by raising `round`; threads that have not slept yet see it while
 * spinning (a step of training starts several pieces within microseconds), the others are woken. Every thread takes its
 * own part first, which keeps data in its cache, and then any part that nobody has begun: on a busy machine a thread that
 * does not get a core costs nothing but help. A part is taken by writing the round's number into its `taken`; so a thread
 * that slept through rounds cannot take a part of an old one. Finished parts are counted in `done`. Waiting spins at most
 * SPINS pauses before it sleeps, so that a partner without a core does not cost a time slice. */
#include "base/pool.h"
#include "base/flush.h"
#include "base/mem.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

enum { SPINS = 4000, SMALL_WORK = 20000 };

struct worker {
    struct inki_pool *pool;
    pthread_t thread;
    size_t part;
};

/* A line of its own for each part. */
struct part {
    _Alignas(64) atomic_size_t taken; /* the last round in which somebody took it */
};

struct inki_pool {
    _Alignas(64) atomic_size_t round; /* pieces of work announced */
    _Alignas(64) atomic_size_t done;  /* parts finished, over all rounds */
    _Alignas(64) atomic_int sleepers; /* workers, or the caller, in pthread_cond_wait or on the way there */
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    inki_task *task;
    void *arg;
    size_t parts; /* workers + 1 */
    atomic_bool ending;
    struct worker *workers;
    struct part *part;
    size_t count;
};

unsigned inki_cores(void)
{
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) return (unsigned)CPU_COUNT(&set);
#endif
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores > 0 && cores <= 1024 ? (unsigned)cores : 1;
}

static void pause_a_little(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Waits until *count reaches `target` (counters only grow; the difference is taken modulo the word). */
static void wait_for(struct inki_pool *pool, atomic_size_t *count, size_t target)
{
    for (int spin = 0; spin < SPINS; spin++) {
        if (atomic_load_explicit(count, memory_order_acquire) - target < SIZE_MAX / 2) return;
        pause_a_little();
    }
    pthread_mutex_lock(&pool->mutex);
    atomic_fetch_add(&pool->sleepers, 1);
    while (atomic_load(count) - target >= SIZE_MAX / 2) pthread_cond_wait(&pool->wake, &pool->mutex);
    atomic_fetch_sub(&pool->sleepers, 1);
    pthread_mutex_unlock(&pool->mutex);
}

/* Raises the counter; the sequentially consistent order of counter and sleepers means that no sleeper is missed. */
static void signal_count(struct inki_pool *pool, atomic_size_t *count)
{
    atomic_fetch_add(count, 1);
    if (atomic_load(&pool->sleepers) == 0) return;
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->mutex);
}

static bool take_part(struct inki_pool *pool, size_t part, size_t round)
{
    size_t last = atomic_load_explicit(&pool->part[part].taken, memory_order_relaxed);
    return last < round && atomic_compare_exchange_strong(&pool->part[part].taken, &last, round);
}

/* The part of this thread's own, then what is left. */
static void take_parts(struct inki_pool *pool, size_t own, size_t round)
{
    for (size_t i = 0; i < pool->parts; i++) {
        size_t part = (own + i) % pool->parts;
        if (!take_part(pool, part, round)) continue;
        pool->task(pool->arg, part, pool->parts);
        signal_count(pool, &pool->done);
    }
}

static void *work(void *arg)
{
    struct worker *worker = arg;
    struct inki_pool *pool = worker->pool;
    (void)inki_flush_begin();
    for (size_t round = 0;;) {
        wait_for(pool, &pool->round, round + 1);
        round = atomic_load(&pool->round);
        if (atomic_load(&pool->ending)) return NULL;
        take_parts(pool, worker->part, round);
    }
}

/* With fewer threads than wanted (or none) the work is done all the same. */
static struct inki_pool *start(ink_ctx *ctx)
{
    struct inki_pool *pool = inki_zalloc(ctx, 1, sizeof *pool);
    struct worker *workers = inki_zalloc(ctx, ctx->threads, sizeof *workers);
    struct part *part = inki_zalloc(ctx, ctx->threads, sizeof *part);
    if (!pool || !workers || !part) {
        inki_free(pool);
        inki_free(workers);
        inki_free(part);
        return NULL;
    }
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->wake, NULL);
    pool->workers = workers;
    pool->part = part;
    for (size_t i = 0; i + 1 < ctx->threads; i++) {
        workers[i] = (struct worker){.pool = pool, .part = i + 1};
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0) break;
        pool->count++;
    }
    pool->parts = pool->count + 1;
    return pool;
}

bool inki_worth(size_t work) { return work >= SMALL_WORK; }

size_t inki_parts(ink_ctx *ctx, size_t cost)
{
    if (ctx->threads < 2 || !inki_worth(cost)) return 1;
    if (!ctx->pool) ctx->pool = start(ctx);
    return ctx->pool ? ctx->pool->parts : 1;
}

void inki_parallel(ink_ctx *ctx, size_t cost, inki_task *task, void *arg)
{
    size_t parts = inki_parts(ctx, cost);
    struct inki_pool *pool = ctx->pool;
    uint64_t mode = inki_flush_begin();
    if (parts == 1) {
        task(arg, 0, 1);
        inki_flush_end(mode);
        return;
    }
    pool->task = task;
    pool->arg = arg;
    size_t round = atomic_load_explicit(&pool->round, memory_order_relaxed) + 1;
    signal_count(pool, &pool->round);
    take_parts(pool, 0, round);
    inki_flush_end(mode);
    enum inki_phase before = inki_phase(ctx, INKI_PHASE_WAIT);
    wait_for(pool, &pool->done, round * parts);
    inki_phase(ctx, before);
}

/* A task of another number of parts than there are threads. */
struct spread {
    inki_task *task;
    void *arg;
    size_t parts;
};

static void spread_part(void *arg, size_t part, size_t parts)
{
    const struct spread *spread = arg;
    for (; part < spread->parts; part += parts) spread->task(spread->arg, part, spread->parts);
}

void inki_parts_run(ink_ctx *ctx, size_t parts, inki_task *task, void *arg)
{
    struct spread spread = {task, arg, parts};
    if (inki_parts(ctx, SIZE_MAX) == parts)
        inki_parallel(ctx, SIZE_MAX, task, arg);
    else
        inki_parallel(ctx, SIZE_MAX, spread_part, &spread);
}

void inki_pool_stop(ink_ctx *ctx)
{
    struct inki_pool *pool = ctx->pool;
    if (!pool) return;
    atomic_store(&pool->ending, true);
    signal_count(pool, &pool->round);
    for (size_t i = 0; i < pool->count; i++) pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->mutex);
    inki_free(pool->workers);
    inki_free(pool->part);
    inki_free(pool);
    ctx->pool = NULL;
}

void inki_share(size_t n, size_t part, size_t parts, size_t *begin, size_t *end)
{
    *begin = 0;
    *end = n;
    if (parts == 1) return; /* divisions take time */
    *begin = n / parts * part + (n % parts * part) / parts;
    *end = n / parts * (part + 1) + (n % parts * (part + 1)) / parts;
}

enum inki_phase inki_phase(ink_ctx *ctx, enum inki_phase phase)
{
    struct inki_profile *profile = ctx->profile;
    struct timespec time;
    if (!profile) return phase;
    clock_gettime(CLOCK_MONOTONIC, &time);
    double now = (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
    enum inki_phase before = profile->now;
    profile->seconds[before] += now - profile->since;
    profile->since = now;
    profile->now = phase;
    return before;
}
