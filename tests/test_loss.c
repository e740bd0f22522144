/* test_loss: the table of losses: gradients against differences, scores against sums by hand, ranges of rows.
 * SPDX-License-Identifier: MIT */
#include "room.h"

#include "base/rng.h"
#include "model/loss.h"

#include <math.h>
#include <string.h>

enum { ROWS = 7, OUTPUTS = 3, STRIDE = 16 };

/* Rows of outputs with targets of either kind, and room for what a loss says about them. */
struct batch {
    float z[ROWS * STRIDE], dz[ROWS * STRIDE], targets[ROWS * OUTPUTS], weights[ROWS];
    double mean[OUTPUTS], losses[ROWS], parts[ROWS * INKI_MOST_PARTS];
    int32_t labels[ROWS];
};

static void fill(struct batch *b)
{
    struct inki_rng rng = inki_rng_begin(3, INKI_RNG_TEST, 0, 0);
    memset(b, 0, sizeof *b);
    for (size_t i = 0; i < ROWS * STRIDE; i++) {
        if (i % STRIDE < OUTPUTS) b->z[i] = (float)inki_rng_normal(&rng);
        b->dz[i] = 777;
    }
    for (size_t i = 0; i < ROWS * OUTPUTS; i++) {
        b->targets[i] = (float)inki_rng_normal(&rng) + 2;
        b->mean[i % OUTPUTS] += (double)b->targets[i] / ROWS;
    }
    for (size_t i = 0; i < ROWS; i++) {
        b->labels[i] = (int32_t)inki_rng_below(&rng, OUTPUTS);
        b->weights[i] = 0.5f + (float)i;
    }
}

static struct inki_loss_call call_of(const struct inki_loss *loss, struct batch *b)
{
    return (struct inki_loss_call){.loss = loss,
                                   .kern = inki_kern_named("portable"),
                                   .rows = ROWS,
                                   .outputs = OUTPUTS,
                                   .stride = STRIDE,
                                   .z = b->z,
                                   .dz = b->dz,
                                   .labels = b->labels,
                                   .targets = b->targets,
                                   .target_mean = b->mean,
                                   .row_weight = b->weights,
                                   .scale = 0.25f,
                                   .row_loss = b->losses,
                                   .row_parts = b->parts};
}

/* The weighted sum of the rows' losses with output (row, j) moved by `step`. */
static double loss_at(const struct inki_loss *loss, size_t at, float step)
{
    struct batch b;
    double sum = 0;
    fill(&b);
    b.z[at] += step;
    struct inki_loss_call call = call_of(loss, &b);
    call.dz = NULL;
    inki_loss_rows(&call, 0, ROWS);
    for (size_t i = 0; i < ROWS; i++) sum += b.losses[i];
    return sum;
}

static void gradients_are_those_of_the_loss(void **state)
{
    (void)state;
    const float step = 1.0f / 256;
    for (size_t l = 0; l < INKI_LOSS_COUNT; l++) {
        struct batch b;
        fill(&b);
        struct inki_loss_call call = call_of(&inki_losses[l], &b);
        inki_loss_rows(&call, 0, ROWS);
        for (size_t at = 0; at < ROWS * STRIDE; at++) {
            double slope = 0;
            if (at % STRIDE < OUTPUTS)
                slope = (loss_at(&inki_losses[l], at, step) - loss_at(&inki_losses[l], at, -step)) / (2 * (double)step);
            if (fabs((double)b.dz[at] - 0.25 * slope) > 2e-5 * (1 + fabs(slope)))
                fail_msg("%s: dz[%zu] is %g, expected %g", inki_losses[l].name, at, (double)b.dz[at], 0.25 * slope);
        }
    }
}

static void a_range_of_rows_is_that_part_of_all(void **state)
{
    (void)state;
    for (size_t l = 0; l < INKI_LOSS_COUNT; l++) {
        struct batch whole, pieces;
        fill(&whole);
        fill(&pieces);
        struct inki_loss_call a = call_of(&inki_losses[l], &whole), b = call_of(&inki_losses[l], &pieces);
        inki_loss_rows(&a, 0, ROWS);
        inki_loss_rows(&b, 2, ROWS);
        inki_loss_rows(&b, 0, 2);
        assert_memory_equal(&whole, &pieces, sizeof whole);
    }
}

/* Without targets only the answer is made, with the same bits. */
static void answers_need_no_targets(void **state)
{
    (void)state;
    for (size_t l = 0; l < INKI_LOSS_COUNT; l++) {
        struct batch with, without;
        fill(&with);
        fill(&without);
        struct inki_loss_call a = call_of(&inki_losses[l], &with), b = call_of(&inki_losses[l], &without);
        b.labels = NULL, b.targets = NULL, b.row_loss = b.row_parts = NULL, b.dz = NULL, b.row_weight = NULL;
        inki_loss_rows(&a, 0, ROWS);
        inki_loss_rows(&b, 0, ROWS);
        assert_memory_equal(with.z, without.z, sizeof with.z);
    }
}

static double score_of(const char *loss_name, const char *name, const struct inki_sums *sums, size_t outputs)
{
    const struct inki_loss *loss = inki_loss_named(loss_name);
    double scores[INK_MOST_SCORES];
    size_t i = inki_loss_score(loss, name);
    if (i == loss->score_count) fail_msg("%s has no score %s", loss_name, name);
    inki_loss_scores(loss, sums, outputs, scores);
    return scores[i];
}

static void near(double value, double wanted)
{
    if (fabs(value - wanted) > 1e-12 * (1 + fabs(wanted))) fail_msg("%.17g is not %.17g", value, wanted);
}

/* Two rows of two outputs: errors 1, -2 and 3, 0; targets 0, 1 and 4, 1 around their means 2, 1. */
static void scores_of_numbers_by_hand(void **state)
{
    (void)state;
    float z[2 * STRIDE] = {1, -1}, targets[4] = {0, 1, 4, 1}, weights[2] = {1, 10};
    double mean[2] = {2, 1}, losses[2], parts[2 * INKI_MOST_PARTS];
    struct inki_sums sums = {0};
    struct inki_loss_call call = {.loss = inki_loss_named("mse"),
                                  .rows = 2,
                                  .outputs = 2,
                                  .stride = STRIDE,
                                  .z = z,
                                  .targets = targets,
                                  .target_mean = mean,
                                  .row_weight = weights,
                                  .row_loss = losses,
                                  .row_parts = parts};
    z[STRIDE] = 7, z[STRIDE + 1] = 1;
    inki_loss_rows(&call, 0, 2);
    near(losses[0], 2.5); /* (1 + 4) / 2 */
    near(losses[1], 45);  /* 10 (9 + 0) / 2 */
    inki_sums_add(call.loss, &sums, 2, losses, parts);
    near(score_of("mse", "loss", &sums, 2), 47.5 / 2);
    near(score_of("mse", "rmse", &sums, 2), sqrt(14.0 / 4));
    near(score_of("mse", "mae", &sums, 2), 6.0 / 4);
    near(score_of("mse", "r2", &sums, 2), 1 - 14.0 / 8);
    sums.parts[2] = 0;
    assert_true(isnan(score_of("mse", "r2", &sums, 2)));
}

static void hits_make_accuracy(void **state)
{
    (void)state;
    float z[3 * STRIDE] = {0};
    int32_t labels[3] = {1, 0, 1};
    double losses[3], parts[3];
    struct inki_sums sums = {0};
    struct inki_loss_call call = {.loss = inki_loss_for(INKI_TARGET_CLASSES),
                                  .kern = inki_kern_named("portable"),
                                  .rows = 3,
                                  .outputs = 2,
                                  .stride = STRIDE,
                                  .z = z,
                                  .labels = labels,
                                  .row_loss = losses,
                                  .row_parts = parts};
    z[1] = 2, z[STRIDE + 1] = 1, z[2 * STRIDE + 1] = 1;
    inki_loss_rows(&call, 0, 3);
    inki_sums_add(call.loss, &sums, 3, losses, parts);
    near(score_of("cross_entropy", "accuracy", &sums, 2), 2.0 / 3);
    assert_true(fabs(losses[1] - log(1 + exp(1.0))) < 1e-6); /* exponentials and their sum are floats */
}

/* What is not finite shows in the row's loss, and in no other row's. */
static void an_output_that_is_not_finite_shows(void **state)
{
    (void)state;
    const float odd[] = {NAN, INFINITY, -INFINITY};
    for (size_t l = 0; l < INKI_LOSS_COUNT; l++)
        for (size_t i = 0; i < 3; i++) {
            struct batch b;
            fill(&b);
            b.z[2 * STRIDE + 1] = odd[i];
            struct inki_loss_call call = call_of(&inki_losses[l], &b);
            inki_loss_rows(&call, 0, ROWS);
            for (size_t row = 0; row < ROWS; row++) assert_int_equal(!isfinite(b.losses[row]), row == 2);
        }
}

/* Those that monitors can be chosen from. */
static bool is_known_score(const char *name)
{
#define SCORE_NAME(name) #name,
    const char *const names[] = {INKI_SCORES(SCORE_NAME)};
    for (size_t i = 0; i < LENGTH(names); i++)
        if (strcmp(names[i], name) == 0) return true;
    return false;
}

static void better_is_by_the_monitor_then_by_the_loss(void **state)
{
    const ink_score *scores = inki_loss_for(INKI_TARGET_CLASSES)->scores;
    const double a[] = {0.5, 0.9}, b[] = {0.4, 0.8}, c[] = {0.4, 0.9}, unknown[] = {0.3, (double)NAN};
    (void)state;
    assert_true(inki_is_better(scores, 1, a, b) && !inki_is_better(scores, 1, b, a));
    assert_true(inki_is_better(scores, 0, b, a) && !inki_is_better(scores, 0, a, b));
    assert_true(inki_is_better(scores, 1, c, a) && !inki_is_better(scores, 1, a, c));
    assert_false(inki_is_better(scores, 1, a, a));
    assert_true(inki_is_better(scores, 1, unknown, a) && !inki_is_better(scores, 1, a, unknown));
}

/* Names in rows.h, from which settings and help are made, are those of the table; and it holds what it promises. */
static void the_table_is_sound(void **state)
{
    (void)state;
#define NAME_OF(name) #name,
    const char *const names[] = {INKI_LOSSES(NAME_OF)};
    for (size_t l = 0; l < INKI_LOSS_COUNT; l++) {
        const struct inki_loss *loss = &inki_losses[l];
        assert_string_equal(loss->name, names[l]);
        assert_ptr_equal(inki_loss_named(names[l]), loss);
        assert_true(loss->parts >= 1 && loss->parts <= INKI_MOST_PARTS);
        assert_true(loss->score_count >= 2 && loss->score_count <= INK_MOST_SCORES); /* one stands beside the loss */
        assert_string_equal(loss->scores[INK_LOSS].name, "loss");
        assert_true(loss->monitor < loss->score_count);
        for (size_t i = 1; i < loss->score_count; i++) assert_true(is_known_score(loss->scores[i].name));
        assert_true(inki_loss_for(loss->target)->target == loss->target);
    }
    assert_null(inki_loss_named("hinge"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_are_those_of_the_loss),
        cmocka_unit_test(a_range_of_rows_is_that_part_of_all),
        cmocka_unit_test(answers_need_no_targets),
        cmocka_unit_test(scores_of_numbers_by_hand),
        cmocka_unit_test(hits_make_accuracy),
        cmocka_unit_test(an_output_that_is_not_finite_shows),
        cmocka_unit_test(the_table_is_sound),
        cmocka_unit_test(better_is_by_the_monitor_then_by_the_loss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
