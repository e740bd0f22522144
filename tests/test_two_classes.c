/* test_two_classes: scores of two classes, against values by scikit-learn 1.2 and by hand; as monitors, objectives and columns.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include "base/file.h"
#include "inkling-extra.h"
#include "model/two_classes.h"
#include "train/metrics.h"
#include "train/ranks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 12, AUC = 2, PRECISION, BALANCED, F1, BRIER };

/* With ties within and between the classes. */
static const float p1[ROWS] = {0.875f, 0.75f, 0.75f, 0.625f, 0.5f, 0.5f, 0.5f, 0.375f, 0.25f, 0.25f, 0.125f, 0.0625f};
static const int32_t labels[ROWS] = {1, 1, 0, 1, 0, 1, 0, 0, 1, 0, 0, 0};

static struct inki_ranks ranks_of(const struct fixture *f, const float *p, const int32_t *label, size_t rows)
{
    struct inki_ranks ranks = {0};
    for (size_t i = 0; i < rows; i++) {
        const float both[2] = {1 - p[i], p[i]};
        inki_ranks_add(f->ctx, &ranks, 1, both, 2, &label[i]);
    }
    inki_ranks_sort(&ranks);
    return ranks;
}

/* Values of roc_auc_score and average_precision_score. */
static void areas_are_exact(void **state)
{
    const struct fixture *f = *state;
    struct inki_ranks ranks = ranks_of(f, p1, labels, ROWS);
    net_near(inki_ranks_auc(&ranks), 0.7714285714285715, 1e-14);
    net_near(inki_ranks_average_precision(&ranks), 0.6976190476190477, 1e-14);
    net_near(inki_ranks_threshold(&ranks), 0.5625, 1e-7);
    inki_ranks_end(&ranks);
    const float same[4] = {0.3f, 0.3f, 0.3f, 0.3f}, order[4] = {0.1f, 0.2f, 0.3f, 0.4f};
    const int32_t two[4] = {0, 1, 1, 0}, rising[4] = {0, 0, 1, 1}, one[4] = {1, 1, 1, 1};
    ranks = ranks_of(f, same, two, 4);
    net_near(inki_ranks_auc(&ranks), 0.5, 0);
    net_near(inki_ranks_average_precision(&ranks), 0.5, 0);
    inki_ranks_end(&ranks);
    ranks = ranks_of(f, order, rising, 4);
    net_near(inki_ranks_auc(&ranks), 1, 0);
    net_near(inki_ranks_average_precision(&ranks), 1, 0);
    net_near(inki_ranks_threshold(&ranks), 0.25, 1e-7);
    inki_ranks_end(&ranks);
    ranks = ranks_of(f, order, one, 4);
    assert_true(isnan(inki_ranks_auc(&ranks)) && isnan(inki_ranks_average_precision(&ranks)));
    inki_ranks_end(&ranks);
    const float none[4] = {0.1f, NAN, 0.3f, 0.4f};
    ranks = ranks_of(f, none, two, 4);
    assert_true(isnan(inki_ranks_auc(&ranks)) && isnan(inki_ranks_threshold(&ranks)));
    inki_ranks_end(&ranks);
    ranks = (struct inki_ranks){0};
    inki_ranks_sort(&ranks);
    assert_true(isnan(inki_ranks_auc(&ranks)));
}

/* balanced_accuracy_score, f1_score, brier_score_loss, log_loss of p >= threshold. */
static void sums_are_those_of_scikit_learn(void **state)
{
    const struct {
        float threshold;
        double balanced, f1, accuracy;
    } cases[] = {{0, 0.7285714285714285, 0.6666666666666665, 0.75},
                 {0.25f, 0.6428571428571428, 0.6666666666666666, 0.5833333333333334}};
    (void)state;
    for (size_t k = 0; k < COUNT(cases); k++) {
        float z[ROWS * 2];
        double losses[ROWS], parts[ROWS * INKI_MOST_PARTS], scores[INK_MOST_SCORES];
        struct inki_sums sums = {0};
        for (size_t i = 0; i < ROWS; i++) {
            z[2 * i] = 0;
            z[2 * i + 1] = (float)log((double)p1[i] / (1 - (double)p1[i]));
        }
        inki_loss_rows(&(struct inki_loss_call){.loss = &inki_two_classes,
                                                .kern = inki_kern_named("portable"),
                                                .rows = ROWS,
                                                .outputs = 2,
                                                .stride = 2,
                                                .z = z,
                                                .labels = labels,
                                                .threshold = cases[k].threshold,
                                                .row_loss = losses,
                                                .row_parts = parts},
                       0, ROWS);
        inki_sums_add(&inki_two_classes, &sums, ROWS, losses, parts);
        inki_loss_scores(&inki_two_classes, &sums, 0, scores);
        net_near(scores[INK_LOSS], 0.5582502478084389, 1e-6);
        net_near(scores[1], cases[k].accuracy, 1e-12);
        net_near(scores[BALANCED], cases[k].balanced, 1e-12);
        net_near(scores[F1], cases[k].f1, 1e-12);
        net_near(scores[BRIER], 0.19303385416666666, 1e-6);
        assert_true(isnan(scores[AUC]) && isnan(scores[PRECISION])); /* no sums */
    }
}

#define PLAN "hidden=8;optimizer=adam;lr=0.003;epochs=6;batch=20;val=0.3;"

/* Each as a monitor, with the same value from eval; and only of two classes. */
static void they_are_monitors(void **state)
{
    static const char *const monitors[] = {"val_auc", "val_average_precision", "val_balanced_accuracy", "val_f1",
                                           "val_brier"};
    struct fixture *f = *state;
    ink_data *data = net_clusters(f, 4, 400, 5, 2, 1.5f), *three = net_clusters(f, 4, 90, 5, 3, 1), *train, *valid,
             *test;
    ink_model *model = NULL;
    ink_run *run = NULL, *eval = NULL;
    for (size_t i = 0; i < COUNT(monitors); i++) {
        net_reset(f, PLAN);
        help_set(f, "monitor", monitors[i]);
        net_ok(f, ink_data_split(f->ctx, data, f->set, &train, &valid, &test));
        net_ok(f, ink_train(f->ctx, data, f->set, NULL, &model, &run));
        const ink_epoch *best = ink_run_epoch(run, ink_run_best(run));
        assert_int_equal(best->monitor, AUC + i);
        assert_true(ink_epoch_value(best, "val_auc") > 0.5 && isnan(ink_epoch_value(best, "train_auc")));
        for (size_t k = 0; k < ink_run_epochs(run); k++) {
            double other = ink_epoch_value(ink_run_epoch(run, k), monitors[i]), value = best->val[AUC + i];
            assert_true(i + AUC == BRIER ? other >= value : other <= value);
        }
        net_ok(f, ink_eval(f->ctx, model, valid, &eval));
        for (size_t k = 0; k < 7; k++) net_near(ink_run_metrics(eval)->score[k], best->val[k], 1e-12);
        ink_run_free(eval);
        ink_run_free(run);
        ink_model_free(model);
        ink_data_free(train);
        ink_data_free(valid);
        ink_data_free(test);
    }
    net_reset(f, PLAN "monitor=val_auc");
    net_fails(f, ink_train(f->ctx, three, f->set, NULL, &model, &run), INK_BAD_SETTING, "val_auc|val_accuracy");
    ink_data_free(three);
    ink_data_free(data);
}

/* What is given, or found on the validation rows, counts in evaluation, is in the file, and comes back. */
static void a_threshold_is_kept(void **state)
{
    struct fixture *f = *state;
    enum { MANY = 400 };
    static float x[MANY * 5], p[MANY * 2];
    const char *path = help_path(f, "m.safetensors");
    ink_data *data = net_clusters(f, 4, MANY, 5, 2, 2), *three = net_clusters(f, 4, 90, 5, 3, 1), *train, *valid, *test;
    ink_model *model = NULL, *loaded = NULL;
    ink_run *run = NULL, *eval = NULL;
    for (size_t i = 0; i < 3; i++) {
        net_reset(f, PLAN "epochs=2");
        if (i == 2) help_set(f, "ema", "0.9");
        help_set(f, "threshold", i ? "auto" : "0.875");
        net_ok(f, ink_data_split(f->ctx, data, f->set, &train, &valid, &test));
        net_ok(f, ink_train(f->ctx, data, f->set, NULL, &model, &run));
        net_ok(f, ink_model_save(f->ctx, model, path));
        net_ok(f, ink_model_load(f->ctx, path, &loaded));
        assert_true(loaded->threshold == model->threshold && model->threshold > 0);
        if (i == 0) assert_true(model->threshold == 0.875f);
        net_ok(f, ink_predict_data(f->ctx, loaded, valid, p));
        size_t right = 0, found[2] = {0}, all[2] = {0};
        for (size_t row = 0; row < valid->rows; row++) {
            const size_t label = (size_t)ink_data_row(valid, row, x), answer = ink_model_answer(loaded, p + 2 * row);
            assert_int_equal(answer, p[2 * row + 1] >= loaded->threshold);
            right += answer == label;
            found[label] += answer == label;
            all[label]++;
        }
        net_ok(f, ink_eval(f->ctx, loaded, valid, &eval));
        const ink_metrics *m = ink_run_metrics(eval);
        const double n = (double)valid->rows,
                     balanced = ((double)found[0] / (double)all[0] + (double)found[1] / (double)all[1]) / 2;
        net_near(m->accuracy, (double)right / n, 1e-12);
        for (size_t s = 0; s < m->score_count; s++) /* what training says of these weights, with their threshold */
            net_near(ink_run_epoch(run, ink_run_kept(run))->val[s], m->score[s], 1e-6);
        assert_int_equal(strstr(f->notes, "balanced accuracy") != NULL, i > 0);
        net_near(m->score[1], (double)right / n, 1e-12);
        net_near(m->score[BALANCED], balanced, 1e-12);
        assert_int_equal(m->confusion[3], found[1]);
        if (i == 1)
            assert_true(balanced >= ink_epoch_value(ink_run_epoch(run, ink_run_best(run)), "val_balanced_accuracy"));
        ink_run_free(eval);
        ink_run_free(run);
        ink_model_free(loaded);
        net_ok(f, inki_model_set_metadata(f->ctx, model, "threshold", "1.5"));
        net_ok(f, ink_model_save(f->ctx, model, path));
        net_fails(f, ink_model_load(f->ctx, path, &loaded), INK_BAD_FILE, "threshold|1.5|between 0 and 1");
        ink_model_free(model);
        ink_data_free(train);
        ink_data_free(valid);
        ink_data_free(test);
    }
    net_fails(f, ink_train(f->ctx, three, f->set, NULL, &model, &run), INK_BAD_SETTING, "threshold|two classes");
    help_set(f, "val", "0");
    net_fails(f, ink_train(f->ctx, data, f->set, NULL, &model, &run), INK_BAD_SETTING, "threshold auto|validation");
    ink_data_free(three);
    ink_data_free(data);
}

#ifdef INKI_HAVE_SQLITE
static void they_are_objectives(void **state)
{
    struct fixture *f = *state;
    ink_data *data = net_clusters(f, 4, 300, 5, 2, 1.5f);
    const char *store = help_path(f, "s.db");
    ink_search *search = NULL, *seen = NULL;
    ink_search_info info = INK_INIT(ink_search_info);
    net_reset(f, PLAN "epochs=3;objective=val_auc");
    net_ok(f, ink_search_new(f->ctx, store, data, f->set, "lr=0.0001,0.001,0.01", &search));
    net_ok(f, ink_search_run(search, NULL));
    net_ok(f, ink_search_open(f->ctx, store, &seen));
    ink_search_describe(seen, &info);
    assert_string_equal(info.objective, "val_auc");
    assert_true(info.done == 3 && info.score == AUC && info.score_count == 7);
    for (size_t rank = 0; rank < 3; rank++) {
        const ink_trial *trial = ink_search_trial(seen, rank), *next = ink_search_trial(seen, rank + 1);
        ink_settings *set = NULL;
        ink_model *model = NULL;
        ink_run *run = NULL;
        net_ok(f, ink_search_settings(search, trial->trial, &set));
        net_ok(f, ink_train(f->ctx, data, set, NULL, &model, &run));
        for (size_t k = 0; k < 7; k++) net_near(trial->val[k], ink_run_epoch(run, ink_run_best(run))->val[k], 0);
        if (next) assert_true(trial->val[AUC] >= next->val[AUC]);
        ink_run_free(run);
        ink_model_free(model);
        ink_settings_free(set);
    }
    ink_search_free(search);
    ink_search_free(seen);
    ink_data_free(data);
}
#endif

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)
    const struct CMUnitTest tests[] = {
        CASE(areas_are_exact),     CASE(sums_are_those_of_scikit_learn),
        CASE(they_are_monitors),   CASE(a_threshold_is_kept),
#ifdef INKI_HAVE_SQLITE
        CASE(they_are_objectives),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
