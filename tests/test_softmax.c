/* test_softmax: softmax with cross-entropy, and dropout: known values, odd values, the same bits in every table.
 * SPDX-License-Identifier: MIT */
#include "fence.h"
#include "room.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 39, CLASSES = 40, STRIDE = 80 };

static const struct inki_kern *portable(void) { return inki_kern_named("portable"); }

/* The arrays of one call; what is not written keeps its mark. */
struct scores {
    float z[ROWS * STRIDE], dz[ROWS * STRIDE];
    int32_t labels[ROWS];
    double loss[ROWS];
    double hit[ROWS];
};

static void mark(struct scores *s)
{
    memset(s, 0, sizeof *s);
    for (size_t i = 0; i < ROWS * STRIDE; i++) s->z[i] = s->dz[i] = -777;
    for (size_t i = 0; i < ROWS; i++) s->loss[i] = -777, s->hit[i] = 77;
}

static struct inki_softmax call_of(struct scores *s, size_t rows, size_t classes, size_t stride)
{
    return (struct inki_softmax){.rows = rows,
                                 .classes = classes,
                                 .stride = stride,
                                 .z = s->z,
                                 .dz = s->dz,
                                 .labels = s->labels,
                                 .scale = 1,
                                 .row_loss = s->loss,
                                 .row_hit = s->hit};
}

/* Logits of this size by chance, labels by chance. */
static void fill_scores(struct inki_rng *rng, struct scores *s, size_t rows, size_t classes, size_t stride, float size,
                        size_t odd)
{
    mark(s);
    for (size_t i = 0; i < rows; i++) {
        fence_fill(rng, s->z + i * stride, classes, odd);
        for (size_t j = 0; j < classes; j++) s->z[i * stride + j] *= size;
        s->labels[i] = (int32_t)inki_rng_below(rng, classes);
    }
}

static void same_scores(const struct scores *a, const struct scores *b)
{
    fence_same(a->z, b->z, ROWS * STRIDE, "probabilities");
    fence_same(a->dz, b->dz, ROWS * STRIDE, "gradient");
    assert_memory_equal(a->hit, b->hit, sizeof a->hit);
    for (size_t i = 0; i < ROWS; i++)
        assert_true(memcmp(&a->loss[i], &b->loss[i], sizeof *a->loss) == 0 || (isnan(a->loss[i]) && isnan(b->loss[i])));
}

static void softmax_has_the_same_bits(void **state)
{
    const struct inki_kern *kern = fence_table(state);
    struct inki_rng rng = inki_rng_begin(1, INKI_RNG_TEST, 40, 0);
    static struct scores one, other;
    for (size_t classes = 1; classes <= CLASSES; classes++)
        for (size_t round = 0; round < 12; round++) {
            size_t stride = classes + (round % 3) * 4, rows = round % (ROWS + 1);
            fill_scores(&rng, &one, rows, classes, stride, round % 2 ? 3 : 1e4f, round < 8 ? 0 : 10);
            other = one;
            struct inki_softmax a = call_of(&one, rows, classes, stride), b = call_of(&other, rows, classes, stride);
            a.smoothing = b.smoothing = round % 4 ? 0 : 0.1f;
            a.scale = b.scale = 1.0f / (float)(round + 1);
            if (round % 5 == 4) a.dz = b.dz = NULL;
            if (round % 7 == 6)
                a.labels = b.labels = NULL, a.row_loss = b.row_loss = NULL, a.row_hit = b.row_hit = NULL,
                a.dz = b.dz = NULL;
            kern->softmax(&a);
            portable()->softmax(&b);
            same_scores(&one, &other);
        }
}

/* Softmax, loss and gradient of one row in double. */
struct right {
    double p[CLASSES], dz[CLASSES], loss;
    size_t best;
};

static void exact_row(const float *z, size_t classes, size_t label, double smoothing, double scale, struct right *out)
{
    double sum = 0, max = -INFINITY;
    out->loss = 0;
    out->best = 0;
    for (size_t j = 0; j < classes; j++)
        if ((double)z[j] > max) max = (double)z[j], out->best = j;
    for (size_t j = 0; j < classes; j++) sum += exp((double)z[j] - max);
    for (size_t j = 0; j < classes; j++) {
        double target = (j == label ? 1 - smoothing : 0) + smoothing / (double)classes,
               log_p = (double)z[j] - max - log(sum);
        out->p[j] = exp(log_p);
        out->loss -= target * log_p;
        out->dz[j] = scale * (out->p[j] - target);
    }
}

static void softmax_is_right(void **state)
{
    struct inki_rng rng = inki_rng_begin(2, INKI_RNG_TEST, 40, 0);
    static struct scores s, before;
    struct right right;
    (void)state;
    for (size_t classes = 2; classes <= CLASSES; classes++)
        for (size_t round = 0; round < 8; round++) {
            float smoothing = round % 2 ? 0.2f : 0, size = powf(10, (float)round - 3);
            fill_scores(&rng, &s, ROWS, classes, STRIDE, size, 0);
            before = s;
            struct inki_softmax call = call_of(&s, ROWS, classes, STRIDE);
            call.smoothing = smoothing;
            call.scale = 0.25f;
            portable()->softmax(&call);
            for (size_t i = 0; i < ROWS; i++) {
                size_t label = (size_t)s.labels[i];
                exact_row(before.z + i * STRIDE, classes, label, (double)smoothing, 0.25, &right);
                for (size_t j = 0; j < classes; j++) {
                    double error = 1e-6 - 1.2e-7 * log(right.p[j] + 1e-300); /* z - max is rounded to float */
                    assert_true(fabs((double)s.z[i * STRIDE + j] - right.p[j]) <= error * right.p[j] + 1e-37);
                    assert_true(fabs((double)s.dz[i * STRIDE + j] - right.dz[j]) <= 2e-7);
                }
                assert_true(fabs(s.loss[i] - right.loss) <= 1e-6 * (1 + fabs(right.loss)));
                assert_int_equal(s.hit[i], right.best == label);
            }
        }
}

static void known_values(void **state)
{
    static struct scores s;
    (void)state;
    mark(&s);
    for (size_t j = 0; j < 10; j++) s.z[j] = 0.5f; /* all the same: log 10 */
    s.z[STRIDE] = 0;                               /* log(1 + e^-1) for label 1 */
    s.z[STRIDE + 1] = 1;
    for (size_t j = 2; j < 10; j++) s.z[STRIDE + j] = -1e4f;
    s.labels[0] = 3;
    s.labels[1] = 1;
    struct inki_softmax call = call_of(&s, 2, 10, STRIDE);
    portable()->softmax(&call);
    assert_true(fabs(s.loss[0] - log(10)) < 1e-7);
    assert_true(fabs(s.loss[1] - log1p(exp(-1))) < 1e-6);
    assert_true(fabs((double)s.z[7] - 0.1) < 1e-8);
    assert_true(fabs((double)s.dz[3] + 0.9) < 1e-7 && fabs((double)s.dz[4] - 0.1) < 1e-7);
    assert_int_equal(s.hit[0], 0); /* the first of equals is the answer */
    assert_int_equal(s.hit[1], 1);
    mark(&s);
    for (size_t j = 0; j < 4; j++) s.z[j] = 2;
    s.labels[0] = 1;
    call = call_of(&s, 1, 4, STRIDE);
    call.smoothing = 0.4f; /* of equal logits the loss is log 4 whatever the target */
    portable()->softmax(&call);
    assert_true(fabs(s.loss[0] - log(4)) < 1e-7);
    assert_true(fabs((double)s.dz[0] - (0.25 - 0.1)) < 1e-7 && fabs((double)s.dz[1] - (0.25 - 0.7)) < 1e-7);
}

/* Ten thousand either way: finite loss, gradients and probabilities. */
static void great_logits_are_finite(void **state)
{
    static struct scores s;
    (void)state;
    for (size_t classes = 2; classes <= CLASSES; classes++)
        for (int label = 0; label < 2; label++) {
            mark(&s);
            for (size_t j = 0; j < classes; j++) s.z[j] = j % 2 ? -1e4f : 1e4f;
            s.labels[0] = label;
            struct inki_softmax call = call_of(&s, 1, classes, STRIDE);
            call.smoothing = classes % 3 ? 0 : 0.1f;
            portable()->softmax(&call);
            assert_true(isfinite(s.loss[0]) && s.loss[0] >= 0);
            if (label == 1 && classes % 3) assert_true(fabs(s.loss[0] - 2e4) < 4);
            for (size_t j = 0; j < classes; j++) assert_true(isfinite(s.z[j]) && isfinite(s.dz[j]));
        }
}

/* One logit that is not finite makes the loss NaN, wherever it stands, and no other row's. */
static void odd_logits_make_the_loss_nan(void **state)
{
    static const float odd[] = {NAN, INFINITY, -INFINITY};
    static struct scores s;
    (void)state;
    for (size_t classes = 2; classes <= CLASSES; classes += classes < 20 ? 1 : 5)
        for (size_t at = 0; at < classes; at++)
            for (size_t o = 0; o < LENGTH(odd); o++) {
                mark(&s);
                for (size_t i = 0; i < 3; i++)
                    for (size_t j = 0; j < classes; j++) s.z[i * STRIDE + j] = (float)j / 10;
                s.z[STRIDE + at] = odd[o];
                s.labels[1] = (int32_t)(classes / 2);
                struct inki_softmax call = call_of(&s, 3, classes, STRIDE);
                call.smoothing = at % 2 ? 0 : 0.1f;
                portable()->softmax(&call);
                assert_true(isnan(s.loss[1]));
                assert_true(isfinite(s.loss[0]) && isfinite(s.loss[2]));
            }
}

static void ties_go_to_the_first(void **state)
{
    static struct scores s;
    (void)state;
    for (size_t classes = 2; classes <= CLASSES; classes++)
        for (size_t first = 0; first + 1 < classes; first++) {
            mark(&s);
            for (size_t i = 0; i < 2; i++)
                for (size_t j = 0; j < classes; j++)
                    s.z[i * STRIDE + j] = j == first || j + 1 == classes ? 1.5f : -(float)j;
            s.labels[0] = (int32_t)first;
            s.labels[1] = (int32_t)classes - 1;
            struct inki_softmax call = call_of(&s, 2, classes, STRIDE);
            portable()->softmax(&call);
            assert_int_equal(s.hit[0], 1);
            assert_int_equal(s.hit[1], 0);
        }
}

/* Padding: not read, dz 0 there, z as it was. */
static void padding_columns(void **state)
{
    const struct inki_kern *kern = fence_table(state);
    static struct scores s;
    mark(&s);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < STRIDE; j++) s.z[i * STRIDE + j] = j < 10 ? (float)(i + j) / 7 : NAN;
    struct inki_softmax call = call_of(&s, ROWS - 1, 10, STRIDE);
    kern->softmax(&call);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 10; j < STRIDE; j++) {
            assert_true(isnan(s.z[i * STRIDE + j]));
            assert_true(s.dz[i * STRIDE + j] == (i + 1 < ROWS ? 0 : -777));
        }
    for (size_t i = 0; i + 1 < ROWS; i++) {
        double sum = 0;
        for (size_t j = 0; j < 10; j++) sum += (double)s.z[i * STRIDE + j];
        assert_true(fabs(sum - 1) < 1e-6 && isfinite(s.loss[i]));
    }
}

/* The gradient is the loss' slope (central differences), smoothing included. */
static void gradient_is_the_slope(void **state)
{
    struct inki_rng rng = inki_rng_begin(3, INKI_RNG_TEST, 40, 0);
    static struct scores s, up, down;
    const float h = 1.0f / 64;
    (void)state;
    for (size_t classes = 2; classes < 15; classes++) {
        fill_scores(&rng, &s, 1, classes, STRIDE, 2, 0);
        for (size_t j = 0; j < classes; j++) {
            up = down = s;
            up.z[j] += h;
            down.z[j] -= h;
            struct inki_softmax calls[3] = {call_of(&up, 1, classes, STRIDE), call_of(&down, 1, classes, STRIDE)};
            struct scores middle = s;
            calls[2] = call_of(&middle, 1, classes, STRIDE);
            for (int c = 0; c < 3; c++) {
                calls[c].smoothing = 0.3f;
                portable()->softmax(&calls[c]);
            }
            double slope = (up.loss[0] - down.loss[0]) / (2 * (double)h);
            assert_true(fabs((double)middle.dz[j] - slope) < 1e-4);
        }
    }
}

/* ---- dropout ---- */

enum { DROP_ROWS = 7, DROP_N = 150, DROP_STRIDE = 170 };

/* kern.h's definition: word j%4 of block (first_row + i, j/4, step, layer). */
static bool is_kept(const struct inki_dropout *call, size_t i, size_t j)
{
    uint32_t counter[4] = {call->first_row + (uint32_t)i, (uint32_t)(j / 4), call->step, call->layer}, out[4];
    inki_philox(call->key, counter, out);
    return out[j % 4] <= (uint32_t)((double)call->keep * 4294967295.0);
}

static void dropout_by_definition(void **state)
{
    const struct inki_kern *kern = fence_table(state);
    struct inki_rng rng = inki_rng_begin(1, INKI_RNG_TEST, 41, 0);
    static float y[DROP_ROWS * DROP_STRIDE], mask[DROP_ROWS * DROP_STRIDE], before[DROP_ROWS * DROP_STRIDE];
    for (uint32_t round = 0; round < 60; round++) {
        struct inki_dropout call = {.rows = round % DROP_ROWS + 1,
                                    .n = 1 + inki_rng_below(&rng, DROP_N),
                                    .stride = DROP_STRIDE,
                                    .y = y,
                                    .mask = mask,
                                    .keep = 1 - 0.95f * (float)inki_rng_uniform(&rng),
                                    .first_row = inki_rng_next(&rng),
                                    .step = inki_rng_next(&rng),
                                    .layer = round};
        inki_rng_key(round, INKI_RNG_DROPOUT, call.key);
        fence_fill(&rng, y, LENGTH(y), 0);
        for (size_t i = 0; i < LENGTH(mask); i++) mask[i] = -777;
        memcpy(before, y, sizeof y);
        kern->dropout(&call);
        for (size_t at = 0; at < LENGTH(y); at++) {
            size_t i = at / DROP_STRIDE, j = at % DROP_STRIDE;
            bool inside = i < call.rows && j < call.n;
            float factor = !inside ? -777 : is_kept(&call, i, j) ? 1 / call.keep : 0;
            assert_true(mask[at] == factor);
            assert_true(y[at] == (inside ? before[at] * factor : before[at]));
        }
    }
}

/* The draw belongs to the row's number: cutting the batch anywhere gives the same. */
static void dropout_in_pieces(void **state)
{
    const struct inki_kern *kern = fence_table(state);
    static float whole[20 * 64], part[20 * 64], masks[2][20 * 64];
    for (size_t i = 0; i < LENGTH(whole); i++) whole[i] = part[i] = 1;
    struct inki_dropout call = {
        .rows = 20, .n = 60, .stride = 64, .y = whole, .mask = masks[0], .keep = 0.7f, .step = 3, .layer = 2};
    inki_rng_key(5, INKI_RNG_DROPOUT, call.key);
    kern->dropout(&call);
    for (size_t row = 0; row < 20; row += 5) {
        struct inki_dropout piece = call;
        piece.rows = 5;
        piece.y = part + row * 64;
        piece.mask = masks[1] + row * 64;
        piece.first_row = (uint32_t)row;
        kern->dropout(&piece);
    }
    fence_same(part, whole, LENGTH(whole), "dropout");
}

static void share_that_is_kept(void **state)
{
    enum { N = 4000, STEPS = 50 };
    static const float shares[] = {0.05f, 0.3f, 0.5f, 0.8f, 0.99f, 1};
    static float y[N], mask[N];
    (void)state;
    for (size_t s = 0; s < LENGTH(shares); s++) {
        double kept = 0, draws = (double)N * STEPS, share = (double)shares[s];
        for (uint32_t step = 0; step < STEPS; step++) {
            struct inki_dropout call = {
                .rows = 1, .n = N, .stride = N, .y = y, .mask = mask, .keep = shares[s], .step = step};
            inki_rng_key(1, INKI_RNG_DROPOUT, call.key);
            portable()->dropout(&call);
            for (size_t i = 0; i < N; i++) {
                assert_true(mask[i] == 0 || mask[i] == 1 / shares[s]);
                kept += mask[i] != 0;
            }
        }
        assert_true(fabs(kept / draws - share) <= 5 * sqrt(share * (1 - share) / draws));
    }
}

/* Weights of rows scale loss and gradient, and nothing else; many rows at once give the bits of one at a time. */
static void rows_have_weights(void **state)
{
    const struct inki_kern *kern = fence_table(state);
    struct inki_rng rng = inki_rng_begin(3, INKI_RNG_TEST, 33, 0);
    static struct scores plain, weighted, single;
    float weights[ROWS];
    for (size_t classes = 2; classes <= 70; classes += 17) {
        fill_scores(&rng, &plain, ROWS, classes, STRIDE, 3, 0);
        for (size_t i = 0; i < ROWS; i++) weights[i] = (float)(i % 5) * 0.5f;
        weighted = plain;
        single = plain;
        struct inki_softmax a = call_of(&plain, ROWS, classes, STRIDE), b = call_of(&weighted, ROWS, classes, STRIDE);
        b.row_weight = weights;
        kern->softmax(&a);
        kern->softmax(&b);
        for (size_t i = 0; i < ROWS; i++) {
            struct inki_softmax one = call_of(&single, 1, classes, STRIDE);
            one.z += i * STRIDE;
            one.dz += i * STRIDE;
            one.labels += i;
            one.row_loss += i;
            one.row_hit += i;
            one.row_weight = weights + i;
            kern->softmax(&one);
            assert_true(weighted.loss[i] == (double)weights[i] * plain.loss[i]);
            for (size_t j = 0; j < classes; j++)
                assert_true(fabsf(weighted.dz[i * STRIDE + j] - weights[i] * plain.dz[i * STRIDE + j]) <= 1e-6f);
        }
        assert_memory_equal(weighted.z, plain.z, sizeof plain.z);
        same_scores(&single, &weighted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FENCE_TABLES(softmax_has_the_same_bits),   FENCE_TABLES(rows_have_weights),
        cmocka_unit_test(softmax_is_right),        cmocka_unit_test(known_values),
        cmocka_unit_test(great_logits_are_finite), cmocka_unit_test(odd_logits_make_the_loss_nan),
        cmocka_unit_test(ties_go_to_the_first),    FENCE_TABLES(padding_columns),
        cmocka_unit_test(gradient_is_the_slope),   FENCE_TABLES(dropout_by_definition),
        FENCE_TABLES(dropout_in_pieces),           cmocka_unit_test(share_that_is_kept),
    };
    return cmocka_run_group_tests_name("softmax", tests, NULL, NULL);
}
