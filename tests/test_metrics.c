/* test_metrics: accuracy, confusion, intervals and calibration, from probabilities made by hand and from models.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include "out/exam.h"
#include "train/metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Eight rows of four classes; no row is of class 3, no row is taken for class 2. */
static const float hand_p[8 * 4] = {
    0.7f, 0.1f, 0.1f, 0.1f, /* label 0: right */
    0.2f, 0.5f, 0.2f, 0.1f, /* label 0: taken for 1, 0 ties with 2 for the second place and comes first */
    0.1f, 0.8f, 0.1f, 0.0f, /* label 1: right */
    0.4f, 0.4f, 0.1f, 0.1f, /* label 1: ties with 0, the first wins */
    0.4f, 0.4f, 0.1f, 0.1f, /* label 0: the same tie, now right */
    0.1f, 0.2f, 0.2f, 0.5f, /* label 2: taken for 3, ties with 1 for the second place and comes third */
    1.0f, 0.0f, 0.0f, 0.0f, /* label 0: right */
    0.9f, 0.0f, 0.0f, 0.1f, /* label 2: taken for 0, probability 0 */
};
static const int32_t hand_labels[8] = {0, 0, 1, 1, 0, 2, 0, 2};

static const double hand_losses[8] = {0.5, 1, 0, 2, 0.25, 4, 600, 0.25};

/* Answers of which losses and parts are given; sums are made of them. */
static struct inki_answers answers_of(size_t rows, size_t classes, const float *p, const int32_t *labels,
                                      const double *losses)
{
    struct inki_answers answers = {.loss = inki_loss_for(INKI_TARGET_CLASSES),
                                   .rows = rows,
                                   .outputs = classes,
                                   .p = (float *)(uintptr_t)p,
                                   .labels = (int32_t *)(uintptr_t)labels,
                                   .losses = (double *)(uintptr_t)losses};
    answers.sums.rows = rows;
    for (size_t i = 0; i < rows; i++) answers.sums.loss += losses[i];
    return answers;
}

static struct inki_answers hand_answers(size_t rows) { return answers_of(rows, 4, hand_p, hand_labels, hand_losses); }

static void counts_made_by_hand(void **state)
{
    static const uint64_t confusion[16] = {3, 1, 0, 0, 1, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0};
    static const double top[4] = {4 / 8.0, 6 / 8.0, 7 / 8.0, 8 / 8.0};
    static const ink_class_score scores[4] = {{0, 4, 5, 3 / 5.0, 3 / 4.0, 6 / 9.0},
                                              {0, 2, 2, 1 / 2.0, 1 / 2.0, 1 / 2.0},
                                              {0, 2, 0, 0, 0, 0},
                                              {0, 0, 1, 0, 0, 0}};
    const struct fixture *f = *state;
    ink_metrics m;
    const struct inki_answers hand = hand_answers(8);
    net_ok(f, inki_metrics_from(f->ctx, &hand, &m));
    assert_int_equal(m.rows, 8);
    assert_int_equal(m.classes, 4);
    assert_memory_equal(m.confusion, confusion, sizeof confusion);
    assert_int_equal(m.top_count, 4);
    for (size_t k = 0; k < 4; k++) net_near(m.top[k], top[k], 1e-15);
    net_near(m.accuracy, 0.5, 1e-15);
    for (size_t c = 0; c < 4; c++) {
        assert_int_equal(m.per_class[c]->rows, scores[c].rows);
        assert_int_equal(m.per_class[c]->predicted, scores[c].predicted);
        net_near(m.per_class[c]->precision, scores[c].precision, 1e-15);
        net_near(m.per_class[c]->recall, scores[c].recall, 1e-15);
        net_near(m.per_class[c]->f1, scores[c].f1, 1e-15);
    }
    inki_metrics_free(&m);
}

/* The mean of what the rows lose: it is not made of probabilities, of which many are rounded to 0. */
static void loss_made_by_hand(void **state)
{
    const struct fixture *f = *state;
    ink_metrics m;
    const struct inki_answers six = hand_answers(6), eight = hand_answers(8);
    net_ok(f, inki_metrics_from(f->ctx, &six, &m));
    net_near(m.loss, 7.75 / 6, 1e-15);
    inki_metrics_free(&m);
    net_ok(f, inki_metrics_from(f->ctx, &eight, &m));
    net_near(m.loss, 608.0 / 8, 1e-15);
    inki_metrics_free(&m);
}

/* Bins of 1/15. Their rows' confidences and hits:
 *   [6/15, 7/15) 0.4 wrong, 0.4 right;  [7/15, 8/15) 0.5 wrong, 0.5 wrong;  [10/15, 11/15) 0.7 right;
 *   [12/15, 13/15) 0.8 right;  [13/15, 14/15) 0.9 wrong;  [14/15, 1] 1.0 right. */
static void calibration_made_by_hand(void **state)
{
    const struct fixture *f = *state;
    ink_metrics m;
    double wanted = (fabs(0.8 - 1) + fabs(1.0 - 0) + fabs(0.7 - 1) + fabs(0.8 - 1) + fabs(0.9 - 0) + 0) / 8;
    const struct inki_answers hand = hand_answers(8);
    net_ok(f, inki_metrics_from(f->ctx, &hand, &m));
    net_near(m.calibration_error, wanted, 1e-7);
    inki_metrics_free(&m);
}

/* Newcombe 1998, table I, and the ends. */
static void wilson_intervals(void **state)
{
    static const struct {
        size_t right, rows;
        double low, high;
    } cases[] = {
        {81, 263, 0.2553, 0.3662},     {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718},
        {20, 20, 0.8389, 1},           {5, 10, 0.2366, 0.7634},   {0, 0, 0, 1},       {1, 1, 0.2065, 1},
        {9720, 10000, 0.9686, 0.9751},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        double low, high;
        inki_wilson(cases[i].right, cases[i].rows, &low, &high);
        net_near(low, cases[i].low, 6e-5);
        net_near(high, cases[i].high, 6e-5);
    }
}

/* Of more than five classes, five places are reported. */
static void top_five(void **state)
{
    enum { N = 9 };
    const struct fixture *f = *state;
    float p[N * N];
    int32_t labels[N];
    double losses[N] = {0};
    ink_metrics m;
    for (size_t i = 0; i < N * N; i++) p[i] = (float)(N - i % N) / 45; /* class 0 first, class 8 last */
    for (size_t i = 0; i < N; i++) labels[i] = (int32_t)i;
    const struct inki_answers answers = answers_of(N, N, p, labels, losses);
    net_ok(f, inki_metrics_from(f->ctx, &answers, &m));
    assert_int_equal(m.top_count, 5);
    for (size_t k = 0; k < 5; k++) net_near(m.top[k], (double)(k + 1) / N, 1e-15);
    inki_metrics_free(&m);
}

/* A network that answers NaN is not right about anything. */
static void answers_that_are_no_numbers(void **state)
{
    const struct fixture *f = *state;
    float p[4] = {NAN, NAN, NAN, NAN};
    int32_t labels[2] = {1, 1};
    double losses[2] = {NAN, NAN};
    const struct inki_answers answers = answers_of(2, 2, p, labels, losses);
    ink_metrics m;
    net_ok(f, inki_metrics_from(f->ctx, &answers, &m));
    net_near(m.accuracy, 0, 0);
    net_near(m.top[0], 0, 0);
    inki_metrics_free(&m);
}

/* ---- models ---- */

/* One input, two classes; class 1 where x > 0. */
static ink_model *sign_model(const struct fixture *f)
{
    ink_model *model = NULL;
    net_set(f, "init=zeros");
    net_ok(f, ink_model_new(f->ctx, "", 1, 2, f->set, &model));
    model->w[model->nodes[0].op->at(&model->nodes[0], 0, 1)] = 3;
    return model;
}

static ink_data *sign_data(const struct fixture *f, const int32_t *labels)
{
    static const float x[5] = {-2, -1, 1, 2, 3};
    ink_data *data = NULL;
    net_ok(f, ink_data_new(f->ctx, 5, 1, x, labels, labels ? 2 : 0, &data));
    return data;
}

static void evaluation(void **state)
{
    static const uint64_t confusion[4] = {1, 1, 1, 2};
    static const int32_t labels[5] = {0, 0, 1, 1, 1}, wrong[5] = {0, 1, 1, 1, 0};
    const struct fixture *f = *state;
    ink_model *model = sign_model(f);
    ink_data *data = sign_data(f, labels), *other = sign_data(f, wrong);
    ink_run *run = NULL;
    net_ok(f, ink_eval(f->ctx, model, data, &run));
    const ink_metrics *m = ink_run_metrics(run);
    double loss = (2 * log(1 + exp(-6)) + 2 * log(1 + exp(-3)) + log(1 + exp(-9))) / 5;
    net_near(m->accuracy, 1, 0);
    net_near(m->loss, loss, 1e-6);
    assert_int_equal(ink_run_epochs(run), 0);
    assert_null(ink_run_epoch(run, 0));
    ink_run_free(run);
    net_ok(f, ink_eval(f->ctx, model, other, &run));
    m = ink_run_metrics(run);
    net_near(m->accuracy, 0.6, 1e-15);
    assert_memory_equal(m->confusion, confusion, sizeof confusion);
    ink_run_free(run);
    ink_data_free(data);
    ink_data_free(other);
    ink_model_free(model);
}

/* The data's class 0 is called "1" and the other way round: names count, not numbers. */
static void classes_go_by_name(void **state)
{
    static const int32_t labels[5] = {1, 1, 0, 0, 0};
    const struct fixture *f = *state;
    ink_model *model = sign_model(f);
    ink_data *data = sign_data(f, labels);
    ink_run *run = NULL;
    char *first = data->class_names[0];
    data->class_names[0] = data->class_names[1];
    data->class_names[1] = first;
    net_ok(f, ink_eval(f->ctx, model, data, &run));
    net_near(ink_run_metrics(run)->accuracy, 1, 0);
    assert_int_equal(ink_run_metrics(run)->per_class[0]->rows, 2); /* in the model's order */
    ink_run_free(run);
    data->class_names[0][0] = 'z';
    net_fails(f, ink_eval(f->ctx, model, data, &run), INK_BAD_DATA, "'z' is not one of the 2 known classes");
    assert_null(run);
    ink_data_free(data);
    ink_model_free(model);
}

static void data_that_cannot_be_evaluated(void **state)
{
    const struct fixture *f = *state;
    ink_model *model = sign_model(f);
    ink_data *silent = sign_data(f, NULL), *wide = net_data(f, 1, 5, 3, 2);
    ink_run *run = (ink_run *)1;
    net_fails(f, ink_eval(f->ctx, model, silent, &run), INK_BAD_DATA, "has no labels to compare with");
    assert_null(run);
    net_fails(f, ink_eval(f->ctx, model, wide, &run), INK_BAD_DATA, "has 3 features a row, the model was trained on 1");
    assert_null(run);
    ink_data_free(silent);
    ink_data_free(wide);
    ink_model_free(model);
}

/* The quick score of a validation part agrees with the full metrics; 300 rows are three chunks. */
static void scores_agree_with_metrics(void **state)
{
    struct fixture *f = *state;
    ink_model *model = NULL;
    ink_data *data = net_data(f, 3, 300, 12, 5);
    struct inki_scorer *scorer = malloc(sizeof *scorer);
    ink_run *run = NULL;
    double scores[INK_MOST_SCORES];
    net_ok(f, ink_model_new(f->ctx, "dense 40 relu | dropout 0.4", 12, 5, f->set, &model));
    net_ok(f, inki_scorer_begin(f->ctx, model, scorer));
    inki_score(scorer, data, scores);
    net_ok(f, ink_eval(f->ctx, model, data, &run));
    net_near(ink_run_metrics(run)->loss, scores[INK_LOSS], 0);
    net_near(ink_run_metrics(run)->accuracy, scores[ACCURACY], 0);
    assert_memory_equal(ink_run_metrics(run)->score, scores, 2 * sizeof *scores);
    ink_run_free(run);
    inki_scorer_end(scorer);
    free(scorer);
    ink_data_free(data);
    ink_model_free(model);
}

/* Logits so far apart that most probabilities are 0 as floats: training, evaluation, comparison and report give one loss. */
static void one_loss_everywhere(void **state)
{
    struct fixture *f = *state;
    ink_data *train = net_data(f, 3, 400, 30, 5), *valid = net_data(f, 4, 300, 30, 5);
    ink_trainer *trainer = NULL;
    ink_run *run = NULL;
    ink_epoch row = INK_INIT(ink_epoch);
    ink_comparison compared = INK_INIT(ink_comparison);
    struct inki_exam exam;
    bool more;
    net_set(f, "net=dense 100 relu;init=normal:3;scale=none;epochs=1;lr=1e-6;optimizer=sgd;keep=last");
    net_ok(f, ink_trainer_new(f->ctx, train, valid, f->set, NULL, &trainer));
    net_ok(f, ink_trainer_epoch(trainer, NULL, &row, &more));
    assert_true(row.val[INK_LOSS] > 90); /* which a loss of probabilities held at 1e-38 cannot be */
    net_ok(f, ink_eval(f->ctx, ink_trainer_model(trainer), valid, &run));
    net_near(ink_run_metrics(run)->loss, row.val[INK_LOSS], 0);
    net_near(ink_run_metrics(run)->accuracy, row.val[ACCURACY], 0);
    net_ok(f, ink_compare(f->ctx, ink_trainer_model(trainer), ink_trainer_model(trainer), valid, &compared));
    net_near(compared.a.loss, row.val[INK_LOSS], 0);
    net_ok(f, inki_exam_begin(f->ctx, ink_trainer_model(trainer), valid, &exam));
    net_near(exam.metrics.loss, row.val[INK_LOSS], 0);
    for (size_t i = 1; i < exam.rows; i++)
        assert_true(exam.answers.losses[exam.hardest[i - 1]] >= exam.answers.losses[exam.hardest[i]]);
    inki_exam_end(&exam);
    ink_run_free(run);
    ink_trainer_free(trainer);
    ink_data_free(train);
    ink_data_free(valid);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)
    const struct CMUnitTest tests[] = {
        CASE(counts_made_by_hand),
        CASE(loss_made_by_hand),
        CASE(calibration_made_by_hand),
        CASE(wilson_intervals),
        CASE(top_five),
        CASE(answers_that_are_no_numbers),
        CASE(evaluation),
        CASE(classes_go_by_name),
        CASE(data_that_cannot_be_evaluated),
        CASE(scores_agree_with_metrics),
        CASE(one_loss_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
