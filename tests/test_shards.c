/* test_shards: sums over rows come in a tree over the shards' numbers, whoever adds them.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include "train/shards.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the tree ---- */

/* What a block holds, in words: "((0+1)+2)". */
typedef char words[400];

static void add_words(char *to, const char *from)
{
    words sum;
    snprintf(sum, sizeof sum, "(%s+%s)", to, from);
    memcpy(to, sum, sizeof sum);
}

/* The sum of `shards` shards made by `lanes` lanes, in words. */
static void sum_of(size_t shards, size_t lanes, char *out)
{
    static words blocks[INKI_MOST_SHARDS][INKI_MOST_PARTIALS];
    struct inki_partials partials[INKI_MOST_SHARDS];
    const struct inki_partials *lists[INKI_MOST_SHARDS];
    struct inki_pair pairs[INKI_MOST_SHARDS * INKI_MOST_PARTIALS];
    char *all[INKI_MOST_SHARDS * INKI_MOST_PARTIALS];
    size_t count = 0;
    for (size_t lane = 0; lane < lanes; lane++) {
        size_t begin = shards * lane / lanes, end = shards * (lane + 1) / lanes;
        size_t needed = inki_partials_needed(begin, end);
        assert_in_range(needed, 1, INKI_MOST_PARTIALS);
        partials[lane].count = 0;
        lists[lane] = &partials[lane];
        for (size_t s = begin; s < end; s++) {
            assert_true(partials[lane].count < needed);
            snprintf(blocks[lane][partials[lane].count], sizeof(words), "%zu", s);
            size_t added = inki_partials_push(&partials[lane], s, pairs);
            for (size_t i = 0; i < added; i++) add_words(blocks[lane][pairs[i].to], blocks[lane][pairs[i].from]);
        }
        for (size_t b = 0; b < partials[lane].count; b++) all[count++] = blocks[lane][b];
    }
    size_t added = inki_partials_end(lists, lanes, pairs);
    assert_int_equal(added, count - 1);
    for (size_t i = 0; i < added; i++) add_words(all[pairs[i].to], all[pairs[i].from]);
    memcpy(out, all[0], sizeof(words));
}

static void known_trees(void **state)
{
    static const struct {
        size_t shards;
        const char *sum;
    } known[] = {{1, "0"},
                 {2, "(0+1)"},
                 {3, "((0+1)+2)"},
                 {5, "(((0+1)+(2+3))+4)"},
                 {7, "(((0+1)+(2+3))+((4+5)+6))"},
                 {8, "(((0+1)+(2+3))+((4+5)+(6+7)))"}};
    words sum;
    (void)state;
    for (size_t i = 0; i < COUNT(known); i++) {
        sum_of(known[i].shards, 1, sum);
        assert_string_equal(sum, known[i].sum);
    }
}

static void any_number_of_lanes(void **state)
{
    words alone, together;
    (void)state;
    for (size_t shards = 1; shards <= INKI_MOST_SHARDS; shards++) {
        sum_of(shards, 1, alone);
        for (size_t lanes = 2; lanes <= shards; lanes++) {
            sum_of(shards, lanes, together);
            assert_string_equal(together, alone);
        }
    }
}

static void shards_of_batches(void **state)
{
    static const size_t known[][2] = {{1, 1}, {512, 1}, {513, 2}, {1024, 2}, {1025, 3}, {8192, 16}, {60000, 16}};
    (void)state;
    for (size_t i = 0; i < COUNT(known); i++) {
        size_t begin, end, expected = 0;
        assert_int_equal(inki_shard_count(known[i][0], INKI_SHARD_ROWS), known[i][1]);
        for (size_t s = 0; s < known[i][1]; s++, expected = end) {
            inki_shard(known[i][0], INKI_SHARD_ROWS, s, &begin, &end);
            assert_true(begin == expected && end > begin);
        }
        assert_int_equal(expected, known[i][0]);
    }
}

/* Whatever the batch, up to the largest, no shard has more rows than it was said. */
static void rows_of_shards(void **state)
{
    static const size_t sizes[][2] = {{50, 16},  {100, 32}, {128, 16},  {256, 16},
                                      {300, 16}, {10, 16},  {4096, 32}, {9000, 512}};
    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++)
        for (size_t rows = 1; rows <= sizes[i][0]; rows++)
            for (size_t s = 0, begin, end; s < inki_shard_count(rows, sizes[i][1]); s++) {
                inki_shard(rows, sizes[i][1], s, &begin, &end);
                assert_true(end - begin <= inki_most_shard_rows(sizes[i][0], sizes[i][1]));
            }
}

/* ---- training ---- */

enum { FEATURES = 20, CLASSES = 5 };

static uint64_t train(const struct fixture *f, const ink_data *data, unsigned threads)
{
    ink_trainer *trainer;
    ink_epoch row = INK_INIT(ink_epoch);
    bool more;
    net_ok(f, ink_ctx_set_threads(f->ctx, threads));
    net_ok(f, ink_trainer_new(f->ctx, data, NULL, f->set, NULL, &trainer));
    do net_ok(f, ink_trainer_epoch(trainer, NULL, &row, &more));
    while (more);
    uint64_t hash = inki_model_hash(ink_trainer_model(trainer));
    ink_trainer_free(trainer);
    return hash;
}

/* Batches of 1, 2, 3, 5, 8 and 16 shards, also where they do not fill them, on as many threads as shards and fewer. */
static void any_number_of_threads(void **state)
{
    static const size_t rows[] = {512, 1000, 1100, 1537, 2600, 4096, 9000};
    static const char *const settings[] = {
        "hidden=32; optimizer=nesterov; history-steps=true",
        "net=dense 40 tanh | dropout 0.3 | dense 20 relu; optimizer=adam; scale=standard"};
    const struct fixture *f = *state;
    net_set(f, "epochs=3; batch=full; val=0; scale=none; lr=0.01");
    for (size_t s = 0; s < COUNT(settings); s++) {
        net_set(f, settings[s]);
        for (size_t i = 0; i < COUNT(rows); i++) {
            ink_data *data = net_clusters(f, 3 + i, rows[i], FEATURES, CLASSES, 0.6f);
            uint64_t wanted = train(f, data, 1);
            for (unsigned threads = 2; threads <= 5; threads++) assert_true(train(f, data, threads) == wanted);
            ink_data_free(data);
        }
    }
}

/* The last batch of an epoch may have fewer shards than lanes are there for a whole one. */
static void any_number_of_threads_with_small_last_batches(void **state)
{
    static const size_t rows[] = {1025, 1030, 1044, 1444, 2300};
    static const char *const settings[] = {
        "batch=1024; hidden=32; optimizer=adam",
        "batch=50; net=conv 12 1x1 relu | dense 16 relu; optimizer=adam",
        "batch=100; net=conv 12 1x1 relu | batchnorm relu | dense 16 relu; optimizer=momentum",
        "batch=250; norm-rows=20; net=conv 9 1x1 relu | add( conv 9 1x1 relu | layernorm | conv 9 1x1 ) relu",
    };
    struct fixture *f = *state;
    for (size_t s = 0; s < COUNT(settings); s++) {
        net_reset(f, "epochs=2; val=0; scale=none; lr=0.01");
        net_set(f, settings[s]);
        for (size_t i = 0; i < COUNT(rows); i++) {
            ink_data *data = net_clusters(f, 3 + i, rows[i], FEATURES, CLASSES, 0.6f);
            uint64_t wanted = train(f, data, 1);
            for (unsigned threads = 2; threads <= 8; threads++) assert_true(train(f, data, threads) == wanted);
            ink_data_free(data);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_trees),
        cmocka_unit_test(any_number_of_lanes),
        cmocka_unit_test(shards_of_batches),
        cmocka_unit_test(rows_of_shards),
        cmocka_unit_test_setup_teardown(any_number_of_threads, help_begin, help_end),
        cmocka_unit_test_setup_teardown(any_number_of_threads_with_small_last_batches, help_begin, help_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
