/* test_rng: Philox against its published vectors, and the distributions made from it.
 * SPDX-License-Identifier: MIT */
#include "room.h"

#include "base/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* From kat_vectors of Random123 (Salmon et al. 2011), philox4x32, 10 rounds. */
static void known_answers(void **state)
{
    static const struct {
        uint32_t counter[4], key[2], out[4];
    } vectors[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8}},
        {{0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF},
         {0xFFFFFFFF, 0xFFFFFFFF},
         {0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD}},
        {{0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344},
         {0xA4093822, 0x299F31D0},
         {0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1}},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(vectors); i++) {
        uint32_t out[4];
        inki_philox(vectors[i].key, vectors[i].counter, out);
        assert_memory_equal(out, vectors[i].out, sizeof out);
    }
}

/* A stream is the blocks of its key in order, the counter (i, 0, a, b). */
static void streams_are_blocks_in_order(void **state)
{
    struct inki_rng rng = inki_rng_begin(77, INKI_RNG_TEST, 5, 6);
    uint32_t key[2], out[4];
    (void)state;
    inki_rng_key(77, INKI_RNG_TEST, key);
    for (uint32_t block = 0; block < 100; block++) {
        inki_philox(key, (const uint32_t[4]){block, 0, 5, 6}, out);
        for (int i = 0; i < 4; i++) assert_int_equal(inki_rng_next(&rng), out[i]);
    }
}

static void long_streams_carry(void **state)
{
    struct inki_rng rng = inki_rng_begin(1, INKI_RNG_TEST, 0, 0);
    uint32_t out[4];
    (void)state;
    rng.counter[0] = UINT32_MAX;
    inki_rng_next(&rng);
    assert_int_equal(rng.counter[0], 0);
    assert_int_equal(rng.counter[1], 1);
    rng.used = 4;
    inki_philox(rng.key, (const uint32_t[4]){0, 1, 0, 0}, out);
    assert_int_equal(inki_rng_next(&rng), out[0]);
}

/* No two of many neighbouring streams have a block in common, nor half a block. */
static int compare_words(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void streams_differ(void **state)
{
    enum { SEEDS = 8, PURPOSES = 6, NUMBERS = 5, DRAWS = 8, ALL = SEEDS * PURPOSES * NUMBERS * NUMBERS * DRAWS };
    uint64_t *seen = malloc(ALL * sizeof *seen);
    size_t count = 0;
    (void)state;
    assert_non_null(seen);
    for (uint64_t seed = 0; seed < SEEDS; seed++)
        for (int purpose = INKI_RNG_INIT; purpose <= INKI_RNG_TEST; purpose++)
            for (uint32_t ab = 0; ab < NUMBERS * NUMBERS; ab++) {
                uint64_t far = seed < SEEDS / 2 ? seed : (seed - SEEDS / 2) << 32 | 7;
                struct inki_rng rng = inki_rng_begin(far, (enum inki_purpose)purpose, ab / NUMBERS, ab % NUMBERS);
                for (int i = 0; i < DRAWS; i++, count++)
                    seen[count] = inki_rng_next(&rng) | (uint64_t)inki_rng_next(&rng) << 32;
            }
    assert_int_equal(count, ALL);
    qsort(seen, ALL, sizeof *seen, compare_words);
    for (size_t i = 1; i < ALL; i++) assert_true(seen[i] != seen[i - 1]);
    free(seen);
}

static void same_stream_again(void **state)
{
    struct inki_rng one = inki_rng_begin(9, INKI_RNG_SHUFFLE, 3, 4), other = inki_rng_begin(9, INKI_RNG_SHUFFLE, 3, 4);
    (void)state;
    for (int i = 0; i < 1000; i++) {
        assert_true(inki_rng_normal(&one) == inki_rng_normal(&other));
        assert_int_equal(inki_rng_below(&one, (size_t)(1 + (uint64_t)i * 77777777777u)),
                         inki_rng_below(&other, (size_t)(1 + (uint64_t)i * 77777777777u)));
    }
}

/* Chi-square of `bins` counts that should be even, in deviations from its mean. */
static double unevenness(const size_t *count, size_t bins, size_t draws)
{
    double expected = (double)draws / (double)bins, sum = 0;
    for (size_t i = 0; i < bins; i++) sum += ((double)count[i] - expected) * ((double)count[i] - expected) / expected;
    return (sum - ((double)bins - 1)) / sqrt(2 * ((double)bins - 1));
}

static void below_is_even(void **state)
{
    enum { DRAWS = 300000 };
    static const size_t sizes[] = {2, 3, 6, 7, 10, 48, 100, 1000};
    (void)state;
    for (size_t s = 0; s < LENGTH(sizes); s++) {
        struct inki_rng rng = inki_rng_begin(s, INKI_RNG_TEST, 10, 0);
        size_t count[1000] = {0};
        for (int i = 0; i < DRAWS; i++) {
            size_t value = inki_rng_below(&rng, sizes[s]);
            assert_true(value < sizes[s]);
            count[value]++;
        }
        assert_true(fabs(unevenness(count, sizes[s], DRAWS)) < 5);
    }
}

/* 3 * 2^30 shows a bias of plain scaling as 2:1:1; above 2^32 the other method is used. */
static void below_is_even_for_large_ranges(void **state)
{
    enum { DRAWS = 120000, BINS = 12 };
    static const size_t sizes[] = {
        (size_t)3 << 30,
        UINT32_MAX,
#if SIZE_MAX > UINT32_MAX
        (size_t)UINT32_MAX + 1,
        ((size_t)1 << 32) + 12,
        (size_t)3 << 40,
        (size_t)3 << 62,
        SIZE_MAX,
#endif
    };
    (void)state;
    for (size_t s = 0; s < LENGTH(sizes); s++) {
        struct inki_rng rng = inki_rng_begin(s, INKI_RNG_TEST, 11, 0);
        size_t count[BINS] = {0}, low[BINS] = {0};
        for (int i = 0; i < DRAWS; i++) {
            size_t value = inki_rng_below(&rng, sizes[s]);
            assert_true(value < sizes[s]);
            count[(size_t)((double)value / (double)sizes[s] * BINS) % BINS]++;
            low[value % BINS]++;
        }
        assert_true(fabs(unevenness(count, BINS, DRAWS)) < 5);
        assert_true(fabs(unevenness(low, BINS, DRAWS)) < 5);
    }
}

static void below_one_is_zero(void **state)
{
    struct inki_rng rng = inki_rng_begin(1, INKI_RNG_TEST, 12, 0);
    (void)state;
    for (int i = 0; i < 100; i++) assert_int_equal(inki_rng_below(&rng, 1), 0);
}

static void uniform_is_uniform(void **state)
{
    enum { DRAWS = 300000, BINS = 100 };
    struct inki_rng rng = inki_rng_begin(1, INKI_RNG_TEST, 13, 0);
    size_t count[BINS] = {0}, fine[BINS] = {0};
    double sum = 0;
    (void)state;
    for (int i = 0; i < DRAWS; i++) {
        double value = inki_rng_uniform(&rng), scaled = value * 1e9;
        assert_true(value >= 0 && value < 1);
        count[(size_t)(value * BINS)]++;
        fine[(size_t)((scaled - floor(scaled)) * BINS)]++; /* the lower bits */
        sum += value;
    }
    assert_true(fabs(unevenness(count, BINS, DRAWS)) < 5);
    assert_true(fabs(unevenness(fine, BINS, DRAWS)) < 5);
    assert_true(fabs(sum / DRAWS - 0.5) < 5 / sqrt(12.0 * DRAWS));
}

/* Moments, the share beyond some deviations, and no link between neighbours. */
static void normal_is_normal(void **state)
{
    enum { DRAWS = 400000 };
    struct inki_rng rng = inki_rng_begin(1, INKI_RNG_TEST, 14, 0);
    double moment[5] = {0}, beyond[4] = {0}, link = 0, last = 0;
    (void)state;
    for (int i = 0; i < DRAWS; i++) {
        double value = inki_rng_normal(&rng), power = 1;
        for (int m = 1; m <= 4; m++) moment[m] += power *= value;
        for (int k = 1; k <= 3; k++) beyond[k] += fabs(value) > k;
        link += value * last;
        last = value;
    }
    const double five = 5 / sqrt((double)DRAWS);
    assert_true(fabs(moment[1] / DRAWS) < five);
    assert_true(fabs(moment[2] / DRAWS - 1) < five * sqrt(2));
    assert_true(fabs(moment[3] / DRAWS) < five * sqrt(15));
    assert_true(fabs(moment[4] / DRAWS - 3) < five * sqrt(96));
    assert_true(fabs(link / DRAWS) < five);
    for (int k = 1; k <= 3; k++) {
        double share = erfc(k / sqrt(2));
        assert_true(fabs(beyond[k] / DRAWS - share) < five * sqrt(share * (1 - share)));
    }
}

static void shuffle_is_a_permutation(void **state)
{
    uint32_t items[1000];
    (void)state;
    for (size_t n = 0; n <= LENGTH(items); n = n * 2 + 1) {
        struct inki_rng rng = inki_rng_begin(n, INKI_RNG_TEST, 15, 0);
        uint8_t seen[LENGTH(items)] = {0};
        for (size_t i = 0; i < LENGTH(items); i++) items[i] = (uint32_t)i;
        inki_rng_shuffle(&rng, items, n);
        for (size_t i = 0; i < LENGTH(items); i++) {
            if (i >= n) assert_int_equal(items[i], i);
            assert_int_equal(seen[items[i]]++, 0);
        }
    }
}

/* Each of the 24 orders of four items comes up as often as the others. */
static void shuffle_is_fair(void **state)
{
    enum { ROUNDS = 120000 };
    struct inki_rng rng = inki_rng_begin(1, INKI_RNG_TEST, 16, 0);
    size_t count[256] = {0}, orders[24], used = 0;
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t items[4] = {0, 1, 2, 3};
        inki_rng_shuffle(&rng, items, 4);
        count[items[0] | items[1] << 2 | items[2] << 4 | items[3] << 6]++;
    }
    for (size_t i = 0; i < LENGTH(count); i++)
        if (count[i]) orders[used++] = count[i];
    assert_int_equal(used, 24);
    assert_true(fabs(unevenness(orders, 24, ROUNDS)) < 5);
}

/* Distance of two doubles in steps of the last place. */
static double steps_apart(double a, double b) { return fabs(a - b) / (nextafter(fabs(b), (double)INFINITY) - fabs(b)); }

static void check_log(double x)
{
    double mine = inki_log(x), theirs = log(x);
    if (mine == theirs) return;
    if (!(steps_apart(mine, theirs) <= 2)) fail_msg("log of %a: %a instead of %a", x, mine, theirs);
}

static void log_of_anything(void **state)
{
    struct inki_rng rng = inki_rng_begin(1, INKI_RNG_TEST, 17, 0);
    (void)state;
    for (int i = 0; i < 300000; i++) {
        uint64_t bits = (inki_rng_next(&rng) | (uint64_t)inki_rng_next(&rng) << 32) >> 1;
        double x;
        memcpy(&x, &bits, sizeof x);
        if (isfinite(x) && x > 0) check_log(x);
        check_log(inki_rng_uniform(&rng) + 0x1p-60);
        check_log(0.25 + 4 * inki_rng_uniform(&rng));
        check_log(1 + 1e-3 * (inki_rng_uniform(&rng) - 0.5));
    }
    for (int i = -1074; i < 1024; i++) check_log(ldexp(1, i));
    check_log(nextafter(1, 0));
    check_log(nextafter(1, 2));
    check_log(0x1.fffffffffffffp+1023);
    assert_true(inki_log(1) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(streams_are_blocks_in_order),
        cmocka_unit_test(long_streams_carry),
        cmocka_unit_test(streams_differ),
        cmocka_unit_test(same_stream_again),
        cmocka_unit_test(below_is_even),
        cmocka_unit_test(below_is_even_for_large_ranges),
        cmocka_unit_test(below_one_is_zero),
        cmocka_unit_test(uniform_is_uniform),
        cmocka_unit_test(normal_is_normal),
        cmocka_unit_test(shuffle_is_a_permutation),
        cmocka_unit_test(shuffle_is_fair),
        cmocka_unit_test(log_of_anything),
    };
    return cmocka_run_group_tests_name("rng", tests, NULL, NULL);
}
