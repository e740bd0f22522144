/* test_pool: pieces of work on threads: every part once, in order of rounds, whatever the number of threads.
 * SPDX-License-Identifier: MIT */
#include "room.h"

#include "base/mem.h"
#include "base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

enum { ENOUGH = 1000000, MOST = 64 }; /* work that is worth threads; parts that are watched */

/* What the parts of one piece of work leave. Without atomics: the barrier alone must order this. */
struct trace {
    size_t calls[MOST], parts[MOST];
    pthread_t thread[MOST];
    size_t round;
    size_t seen[MOST]; /* the round that the part saw */
};

static void leave_trace(void *arg, size_t part, size_t parts)
{
    struct trace *trace = arg;
    trace->calls[part]++;
    trace->parts[part] = parts;
    trace->thread[part] = pthread_self();
    trace->seen[part] = trace->round;
}

/* Runs one piece and checks that each of `parts` parts ran once more. */
static void run_round(ink_ctx *ctx, struct trace *trace, size_t parts)
{
    trace->round++;
    inki_parallel(ctx, ENOUGH, leave_trace, trace);
    for (size_t p = 0; p < MOST; p++) {
        assert_int_equal(trace->calls[p], p < parts ? trace->round : 0);
        if (p >= parts) continue;
        assert_int_equal(trace->seen[p], trace->round);
        assert_int_equal(trace->parts[p], parts);
    }
}

static void use_threads(ink_ctx *ctx, unsigned threads) { assert_int_equal(ink_ctx_set_threads(ctx, threads), INK_OK); }

static void every_part_once(void **state)
{
    static const unsigned counts[] = {1, 2, 3, 8};
    struct room *room = *state;
    for (size_t i = 0; i < LENGTH(counts); i++) {
        struct trace trace = {0};
        use_threads(room->ctx, counts[i]);
        assert_int_equal(inki_parts(room->ctx, ENOUGH), counts[i]);
        for (int round = 0; round < 10000 / (int)counts[i]; round++) run_round(room->ctx, &trace, counts[i]);
    }
}

/* Threads that have gone to sleep are woken. */
static void pauses_between_rounds(void **state)
{
    struct room *room = *state;
    struct trace trace = {0};
    use_threads(room->ctx, 4);
    for (int round = 0; round < 200; round++) {
        usleep((useconds_t)(round % 7) * 150);
        run_round(room->ctx, &trace, 4);
    }
}

/* Parts that wait for each other end only if each runs on a thread of its own. */
struct meeting {
    atomic_size_t arrived;
    struct trace trace;
};

static void meet(void *arg, size_t part, size_t parts)
{
    struct meeting *meeting = arg;
    leave_trace(&meeting->trace, part, parts);
    atomic_fetch_add(&meeting->arrived, 1);
    while (atomic_load(&meeting->arrived) < parts) sched_yield();
}

static void parts_run_at_the_same_time(void **state)
{
    struct room *room = *state;
    use_threads(room->ctx, 5);
    alarm(300); /* rather die than hang */
    for (int round = 0; round < 100; round++) {
        struct meeting meeting = {0};
        inki_parallel(room->ctx, ENOUGH, meet, &meeting);
        for (size_t p = 0; p < 5; p++) {
            assert_int_equal(meeting.trace.calls[p], 1);
            for (size_t q = 0; q < p; q++)
                assert_false(pthread_equal(meeting.trace.thread[p], meeting.trace.thread[q]));
        }
        assert_true(pthread_equal(meeting.trace.thread[0], pthread_self()));
    }
    alarm(0);
}

/* A part that takes long does not hold up the others, and the caller waits for it. */
static void sleep_in_one_part(void *arg, size_t part, size_t parts)
{
    if (part == parts - 1) usleep(2000);
    leave_trace(arg, part, parts);
}

static void slow_parts_are_waited_for(void **state)
{
    struct room *room = *state;
    struct trace trace = {0};
    use_threads(room->ctx, 3);
    for (size_t round = 1; round <= 50; round++) {
        trace.round = round;
        inki_parallel(room->ctx, ENOUGH, sleep_in_one_part, &trace);
        for (size_t p = 0; p < 3; p++) assert_true(trace.calls[p] == round && trace.seen[p] == round);
        assert_int_equal(trace.calls[3], 0);
    }
}

static void small_work_stays_with_the_caller(void **state)
{
    struct room *room = *state;
    struct trace trace = {0};
    use_threads(room->ctx, 3);
    inki_parallel(room->ctx, 0, leave_trace, &trace);
    inki_parallel(room->ctx, 1000, leave_trace, &trace);
    assert_int_equal(trace.calls[0], 2);
    assert_int_equal(trace.parts[0], 1);
    assert_true(pthread_equal(trace.thread[0], pthread_self()));
    assert_null(room->ctx->pool); /* no thread was even started */
    assert_int_equal(inki_parts(room->ctx, 1000), 1);
    assert_int_equal(inki_parts(room->ctx, SIZE_MAX), 3);
    inki_parallel(room->ctx, 1000, leave_trace, &trace); /* also beside running threads */
    assert_int_equal(trace.parts[0], 1);
    use_threads(room->ctx, 1);
    assert_int_equal(inki_parts(room->ctx, SIZE_MAX), 1);
}

static void stop_and_restart(void **state)
{
    struct room *room = *state;
    size_t live = room->tally.live;
    inki_pool_stop(room->ctx); /* nothing to stop */
    use_threads(room->ctx, 3);
    for (int round = 0; round < 300; round++) {
        struct trace trace = {0};
        for (int i = 0; i < round % 5; i++) run_round(room->ctx, &trace, 3);
        inki_pool_stop(room->ctx);
        assert_int_equal(room->tally.live, live);
    }
}

static void changing_thread_counts(void **state)
{
    struct room *room = *state;
    for (unsigned round = 0; round < 200; round++) {
        struct trace trace = {0};
        unsigned threads = 1 + round * 7 % 9;
        use_threads(room->ctx, threads);
        for (int i = 0; i < 10; i++) run_round(room->ctx, &trace, threads);
        use_threads(room->ctx, threads); /* the same number: the threads stay */
        if (threads > 1) assert_non_null(room->ctx->pool);
    }
}

static void many_more_threads_than_cores(void **state)
{
    struct room *room = *state;
    struct trace trace = {0};
    use_threads(room->ctx, MOST);
    for (int i = 0; i < 50; i++) run_round(room->ctx, &trace, MOST);
}

/* Without memory for threads the caller does the work. */
static void no_memory_for_threads(void **state)
{
    struct room *room = *state;
    size_t live = room->tally.live;
    use_threads(room->ctx, 4);
    for (size_t n = 1; n < 10; n++) {
        struct trace trace = {0};
        room->tally.fail_at = room->tally.calls + n;
        size_t parts = inki_parts(room->ctx, ENOUGH);
        if (parts == 4) break;
        assert_int_equal(parts, 1);
        assert_int_equal(room->tally.live, live);
        room->tally.fail_at = room->tally.calls + n;
        run_round(room->ctx, &trace, 1);
        assert_int_equal(room->tally.live, live);
    }
    room->tally.fail_at = 0;
    struct trace trace = {0};
    run_round(room->ctx, &trace, 4);
}

/* Rounds that lean on each other: part p writes what its neighbour reads in the next round. */
struct ring {
    uint64_t value[2][MOST];
    size_t now;
};

static void turn_ring(void *arg, size_t part, size_t parts)
{
    struct ring *ring = arg;
    ring->value[1 - ring->now][part] = ring->value[ring->now][(part + 1) % parts] * 3 + part;
}

static void rounds_are_ordered(void **state)
{
    struct room *room = *state;
    struct ring ring = {0}, alone = {0};
    use_threads(room->ctx, 4);
    for (int round = 0; round < 5000; round++) {
        inki_parallel(room->ctx, ENOUGH, turn_ring, &ring);
        ring.now = 1 - ring.now;
        for (size_t p = 0; p < 4; p++) turn_ring(&alone, p, 4);
        alone.now = 1 - alone.now;
    }
    assert_memory_equal(&ring, &alone, sizeof ring);
}

static void *use_own_context(void *arg)
{
    (void)arg;
    ink_ctx *ctx;
    struct trace trace = {0};
    assert_int_equal(ink_ctx_new(NULL, &ctx), INK_OK);
    use_threads(ctx, 3);
    for (int i = 0; i < 500; i++) run_round(ctx, &trace, 3);
    ink_ctx_free(ctx);
    return NULL;
}

static void contexts_side_by_side(void **state)
{
    pthread_t threads[3];
    (void)state;
    for (size_t i = 0; i < LENGTH(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, use_own_context, NULL), 0);
    for (size_t i = 0; i < LENGTH(threads); i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static void shares_cover_everything(void **state)
{
    static const size_t numbers[] = {0, 1, 2, 3, 5, 7, 8, 15, 16, 17, 100, 1023, 1024, 60000, SIZE_MAX - 1, SIZE_MAX};
    static const size_t parts[] = {1, 2, 3, 7, 8, 64, 1023, 1024};
    (void)state;
    for (size_t i = 0; i < LENGTH(numbers); i++)
        for (size_t j = 0; j < LENGTH(parts); j++) {
            size_t n = numbers[i], next = 0;
            for (size_t part = 0; part < parts[j]; part++) {
                size_t begin, end;
                inki_share(n, part, parts[j], &begin, &end);
                assert_true(begin == next && begin <= end);
                assert_true(end - begin == n / parts[j] || end - begin == n / parts[j] + 1);
                next = end;
            }
            assert_true(next == n);
        }
}

static void cores(void **state)
{
    (void)state;
    assert_true(inki_cores() >= 1);
    assert_true(inki_cores() <= 1024 * 64);
}

#define IN_ROOM(test) cmocka_unit_test_setup_teardown(test, room_begin, room_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_ROOM(every_part_once),
        IN_ROOM(pauses_between_rounds),
        IN_ROOM(parts_run_at_the_same_time),
        IN_ROOM(slow_parts_are_waited_for),
        IN_ROOM(small_work_stays_with_the_caller),
        IN_ROOM(stop_and_restart),
        IN_ROOM(changing_thread_counts),
        IN_ROOM(many_more_threads_than_cores),
        IN_ROOM(no_memory_for_threads),
        IN_ROOM(rounds_are_ordered),
        cmocka_unit_test(contexts_side_by_side),
        cmocka_unit_test(shares_cover_everything),
        cmocka_unit_test(cores),
    };
    return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
