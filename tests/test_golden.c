/* test_golden: trainings on real data that an independent float64 implementation has done before; see golden/README.md.
 * SPDX-License-Identifier: MIT
 *
 * Data is looked for in $INKLING_TEST_DATA, else in the repository's data/ (scripts/get-data all). Without it the tests
 * are skipped, and so they are under a sanitizer, where they take minutes, unless $INKLING_LONG is set. Each prints how
 * far it was off. */
#include "net_help.h"
#include "train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_MATRICES = 8, EXACT_STEPS = 100 };

/* The settings beside shuffle none, keep last, history-steps, init-from. `own_val`: this file validates. */
struct golden {
    const char *name, *data, *settings, *own_val;
};

static const struct golden cases[] = {
    {"000-zscore-minibatch", "mnist", "hidden=100; scale=standard; lr=0.1; batch=60; steps=300; val=0.1", NULL},
    {"001-full-batch", "mnist", "hidden=16,16; scale=255; lr=0.05; batch=full; steps=20", "t10k-images-idx3-ubyte"},
    {"001-single-sample", "mnist", "hidden=16,16; scale=255; lr=0.001; batch=1; steps=1000", "t10k-images-idx3-ubyte"},
    {"002-fashion-l2", "fashion", "hidden=40; scale=minmax; lr=0.05; batch=64; l2=0.001; steps=300; val=0.2", NULL},
    {"003-nesterov", "mnist",
     "hidden=104,64; scale=255; optimizer=nesterov; momentum=0.9; dampening=0.9; lr=0.01; batch=full; "
     "l2=1.6666666666666668e-07;"
     "steps=12",
     "t10k-images-idx3-ubyte"},
    {"004-kaggle-full-batch", "mnist", "limit=40000; hidden=25,15; scale=255; lr=0.1; batch=full; steps=20; val=2000",
     NULL},
};

#ifndef __has_feature
#define __has_feature(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || __has_feature(address_sanitizer) ||               \
    __has_feature(thread_sanitizer)
static const bool is_slow = true;
#else
static const bool is_slow = false;
#endif
#ifdef INKI_HAVE_LIBZIP
static const bool has_archives = true;
#else
static const bool has_archives = false;
#endif

static const char *data_folder(void)
{
    const char *folder = getenv("INKLING_TEST_DATA");
    return folder && *folder ? folder : INKI_ROOT "/data";
}

/* Why this cannot run, or NULL. */
static const char *obstacle(const char *path)
{
    if (!has_archives) return "this build cannot read .npz (libzip)";
    if (is_slow && !getenv("INKLING_LONG")) return "slow under a sanitizer; set INKLING_LONG=1 to run it";
    FILE *file = fopen(path, "rb");
    if (!file) return "its data is not there; scripts/get-data all fetches it";
    fclose(file);
    return NULL;
}

static void set_all(struct fixture *f, const struct golden *golden)
{
    char text[600];
    net_reset(
        f, "activation=relu; optimizer=sgd; schedule=constant; dropout=0; shuffle=none; keep=last; history-steps=true");
    net_set(f, golden->settings);
    snprintf(text, sizeof text, "%s/tests/golden/%s/init.npz", INKI_ROOT, golden->name);
    help_set(f, "init-from", text);
    if (!golden->own_val) return;
    snprintf(text, sizeof text, "%s/%s/%s", data_folder(), golden->data, golden->own_val);
    help_set(f, "val", text);
}

/* ---- comparing ---- */

static double number(const json_t *expected, const char *key)
{
    const json_t *value = json_object_get(expected, key);
    assert_true(json_is_number(value));
    return json_number_value(value);
}

/* The first steps exactly; what comes later more loosely: rounding grows from step to step. */
static void check_steps(const json_t *expected, const ink_run *run, size_t exact, double later)
{
    const json_t *losses = json_object_get(expected, "step_loss");
    double worst[2] = {0, 0};
    assert_true(ink_run_steps(run) <= json_array_size(losses));
    for (size_t i = 0; i < ink_run_steps(run); i++) {
        double wanted = json_number_value(json_array_get(losses, i)), got = ink_run_step_losses(run)[i];
        double off = fabs(got - wanted) / wanted, *most = &worst[i >= exact];
        if (!(off <= (i < exact ? 2e-5 : later))) fail_msg("step %zu: loss %.9g, wanted %.9g", i + 1, got, wanted);
        if (off > *most) *most = off;
    }
    print_message("    step losses off by %.1e, %.1e from step %d on\n", worst[0], worst[1], (int)exact + 1);
}

static void check_validation(const json_t *expected, const ink_run *run, double accuracy_within, double loss_within)
{
    const ink_epoch *last = ink_run_epoch(run, ink_run_epochs(run) - 1);
    double loss = number(expected, "final_validation_loss"), accuracy = number(expected, "final_validation_accuracy");
    print_message("    validation loss off by %.1e, accuracy by %.5f\n", fabs(last->val[INK_LOSS] - loss) / loss,
                  fabs(last->val[ACCURACY] - accuracy));
    net_near(last->val[ACCURACY], accuracy, accuracy_within);
    net_near(last->val[INK_LOSS], loss, loss_within * loss);
}

/* Sums of the values, and of their sizes, of each matrix. */
struct sums {
    size_t count;
    double plain[MOST_MATRICES], sizes[MOST_MATRICES];
};

static ink_status add_up(void *arg, const struct inki_node *layer, const struct inki_param *tensor, const float *values,
                         size_t first, size_t count)
{
    struct sums *sums = arg;
    if (!inki_node_learns(layer) || tensor->rank < 2) return INK_OK;
    if (first == 0) sums->count++;
    assert_true(sums->count <= MOST_MATRICES);
    for (size_t i = 0; i < count; i++) {
        sums->plain[sums->count - 1] += (double)values[i];
        sums->sizes[sums->count - 1] += fabs((double)values[i]);
    }
    return INK_OK;
}

static void check_weights(const json_t *expected, const ink_model *model)
{
    const json_t *plain = json_object_get(expected, "final_weight_sum"),
                 *sizes = json_object_get(expected, "final_weight_abs_sum");
    struct sums sums = {0};
    double worst = 0;
    assert_int_equal(inki_model_visit(model, add_up, &sums), INK_OK);
    assert_int_equal(sums.count, json_array_size(sizes));
    for (size_t i = 0; i < sums.count; i++) {
        double wanted = json_number_value(json_array_get(sizes, i));
        worst = fmax(worst, fabs(sums.sizes[i] - wanted) / wanted);
        net_near(sums.sizes[i], wanted, 1e-4 * wanted);
        net_near(sums.plain[i], json_number_value(json_array_get(plain, i)), 1e-4 * wanted); /* positive and negative */
    }
    print_message("    sums of weights off by %.1e\n", worst);
}

/* ---- convolutions ---- */

/* Networks over images, by PyTorch in double: how many rows are trained on; the first 1000 test rows validate. How many steps must agree to
 * 2e-5, and what comes later and the end how well: PyTorch in float is off by 2.1e-5 from step 19 on and by 2.9e-3 in the end in the second
 * (ours 3.5e-5 from step 33 on, 1.5e-3), and by 3.2e-5 in the last step of the third, as ours is. */
struct image_golden {
    const char *name, *data, *settings;
    size_t rows, steps, exact;
    double later, sums, accuracy,
        loss; /* loss 1: of the third the file has it with the smoothing of labels, we without */
};

static const struct image_golden image_cases[] = {
    {"conv-plain", "mnist",
     "net=conv 8 5x5 pad valid relu | maxpool 2 | conv 16 3x3 relu | maxpool 2 | dense 32 relu; optimizer=sgd; "
     "lr=0.05; "
     "batch=50",
     3000, 60, 60, 2e-5, 1e-4, 0.003, 1e-4},
    {"conv-batchnorm-residual", "mnist",
     "net=conv 8 3x3 nobias | batchnorm relu | conv 16 3x3 stride 2 pad 1 nobias | batchnorm relu | add( conv 16 3x3 "
     "nobias | batchnorm relu | conv 16 3x3 nobias | batchnorm ) relu | avgpool 2 | conv 16 1x1 relu | globalpool; "
     "optimizer=momentum; momentum=0.9; lr=0.05; batch=32",
     2048, 64, 30, 5e-3, 1e-3, 0.02, 0.02},
    {"conv-depthwise-smoothing", "fashion",
     "net=conv 12 3x3 stride 2 pad 1 relu | depthwise 3x3 relu | conv 24 1x1 relu | maxpool 2; optimizer=adamw; "
     "lr=0.003; l2=0.01; label-smoothing=0.1; batch=50",
     3000, 60, 59, 5e-5, 1e-4, 0.003, 1},
};

/* Of one tensor of a node: the values, or their sizes. */
static double sum_of(const ink_model *model, const struct inki_node *node, const char *suffix, bool sizes)
{
    struct inki_param tensor;
    double sum = 0;
    for (size_t t = 0; inki_param(node, t, &tensor); t++)
        for (size_t i = 0; strcmp(suffix, tensor.suffix) == 0 && i < tensor.count; i++) {
            double value = (double)model->w[node->offset + node->op->at(node, t, i)];
            sum += sizes ? fabs(value) : value;
        }
    return sum;
}

static void check_sums(const json_t *expected, const ink_model *model, const char *key, const char *suffix, double most)
{
    const json_t *sums = json_object_get(expected, key);
    size_t found = 0;
    double worst = 0;
    for (size_t l = 0; l < model->node_count; l++) {
        const json_t *wanted = json_object_get(sums, model->nodes[l].name);
        if (!wanted) continue;
        double got = sum_of(model, &model->nodes[l], suffix, strcmp(suffix, "weight") == 0),
               off = fabs(got / json_number_value(wanted) - 1);
        if (!(off <= most))
            fail_msg("%s of %s is %.9g, wanted %.9g", key, model->nodes[l].name, got, json_number_value(wanted));
        worst = fmax(worst, off);
        found++;
    }
    assert_int_equal(found, json_object_size(sums));
    if (found) print_message("    %s off by %.1e\n", key, worst);
}

static void check_all_sums(const json_t *expected, const ink_model *model, double most)
{
    check_sums(expected, model, "final_abs_sum", "weight", most);
    check_sums(expected, model, "running_mean_sum", "running_mean", 50 * most); /* what cancels most */
    check_sums(expected, model, "running_var_sum", "running_var", 10 * most);
}

/* A view of the first rows of *all, which is to be freed behind it. */
static ink_data *load_first(struct fixture *f, const char *folder, const char *file, size_t rows, ink_data **all)
{
    char path[600];
    ink_data *first = NULL;
    snprintf(path, sizeof path, "%s/%s/%s", data_folder(), folder, file);
    net_ok(f, ink_data_load(f->ctx, path, NULL, all));
    net_ok(f, ink_data_range(f->ctx, *all, 0, rows, &first));
    return first;
}

static ink_trainer *train_steps(struct fixture *f, const ink_data *train, const ink_data *valid, size_t steps)
{
    ink_trainer *trainer;
    ink_epoch row = INK_INIT(ink_epoch);
    char text[24];
    snprintf(text, sizeof text, "%zu", steps);
    help_set(f, "steps", text);
    net_ok(f, ink_trainer_new(f->ctx, train, valid, f->set, NULL, &trainer));
    for (bool more = true; more;) net_ok(f, ink_trainer_epoch(trainer, NULL, &row, &more));
    return trainer;
}

/* Once to the end, and once as far as rounding has not grown yet, where the file knows of that. */
static void check_images(struct fixture *f, const struct image_golden *golden, const json_t *expected,
                         const ink_data *train, const ink_data *valid)
{
    const json_t *early = json_object_get(expected, "early");
    ink_trainer *trainer = train_steps(f, train, valid, golden->steps);
    assert_int_equal(ink_run_steps(trainer->run), golden->steps);
    check_steps(expected, trainer->run, golden->exact, golden->later);
    check_all_sums(expected, ink_trainer_model(trainer), golden->sums);
    check_validation(expected, trainer->run, golden->accuracy, golden->loss);
    ink_trainer_free(trainer);
    if (!early) return;
    trainer = train_steps(f, train, valid, (size_t)number(early, "steps"));
    check_all_sums(early, ink_trainer_model(trainer), 2e-6);
    ink_trainer_free(trainer);
}

static void run_image_case(struct fixture *f, const struct image_golden *golden)
{
    char path[600];
    snprintf(path, sizeof path, "%s/%s/train-images-idx3-ubyte", data_folder(), golden->data);
    if (obstacle(path)) {
        print_message("    skipped: %s\n", obstacle(path));
        skip();
    }
    net_reset(f, "scale=255; schedule=constant; shuffle=none; keep=last; history-steps=true");
    net_set(f, golden->settings);
    snprintf(path, sizeof path, "%s/tests/golden/%s/init.npz", INKI_ROOT, golden->name);
    help_set(f, "init-from", path);
    snprintf(path, sizeof path, "%s/tests/golden/%s/expected.json", INKI_ROOT, golden->name);
    json_t *expected = json_load_file(path, 0, NULL);
    assert_non_null(expected);
    ink_data *all, *test, *train = load_first(f, golden->data, "train-images-idx3-ubyte", golden->rows, &all),
                          *valid = load_first(f, golden->data, "t10k-images-idx3-ubyte", 1000, &test);
    check_images(f, golden, expected, train, valid);
    ink_data_free(train);
    ink_data_free(valid);
    ink_data_free(all);
    ink_data_free(test);
    json_decref(expected);
}

static void conv_plain(void **state) { run_image_case(*state, &image_cases[0]); }
static void conv_batchnorm_residual(void **state) { run_image_case(*state, &image_cases[1]); }
static void conv_depthwise_smoothing(void **state) { run_image_case(*state, &image_cases[2]); }

/* ---- numbers to predict ---- */

enum { TABLE_ROWS = 6000, TABLE_VALID = 2000, TABLE_VALID_FROM = 40000, TABLE_COLUMNS = 6 };

/* Rows of diamonds.csv: carat, depth, table, x, y, z; and the price behind them. */
struct diamonds {
    float x[TABLE_ROWS + TABLE_VALID][TABLE_COLUMNS], price[TABLE_ROWS + TABLE_VALID];
};

static void read_row(char *line, float *x, float *price)
{
    size_t column = 0, used = 0;
    for (char *rest = line, *cell; (cell = strsep(&rest, ",\n")) && column < 10; column++) {
        if (column == 0 || column == 4 || column == 5 || column >= 7) x[used++] = strtof(cell, NULL);
        if (column == 6) *price = strtof(cell, NULL);
    }
    assert_int_equal(used, TABLE_COLUMNS);
}

static void read_diamonds(FILE *file, struct diamonds *out)
{
    char line[256];
    assert_non_null(fgets(line, sizeof line, file)); /* the header */
    for (size_t row = 0, at = 0; at < TABLE_ROWS + TABLE_VALID; row++) {
        assert_non_null(fgets(line, sizeof line, file));
        if (row >= TABLE_ROWS && row < TABLE_VALID_FROM) continue;
        read_row(line, out->x[at], &out->price[at]);
        at++;
    }
}

/* Both parts by the training rows' mean and deviation. */
static void standardise(float *value, size_t stride)
{
    double mean = 0, square = 0;
    for (size_t i = 0; i < TABLE_ROWS; i++) mean += (double)value[i * stride] / TABLE_ROWS;
    for (size_t i = 0; i < TABLE_ROWS; i++) square += pow((double)value[i * stride] - mean, 2) / TABLE_ROWS;
    for (size_t i = 0; i < TABLE_ROWS + TABLE_VALID; i++)
        value[i * stride] = (float)(((double)value[i * stride] - mean) / sqrt(square));
}

static ink_data *wrap_rows(const struct fixture *f, const struct diamonds *diamonds, size_t first, size_t count)
{
    ink_rows rows = INK_INIT(ink_rows);
    ink_data *data = NULL;
    rows.rows = count;
    rows.features = TABLE_COLUMNS;
    rows.floats = diamonds->x[first];
    rows.targets = diamonds->price + first;
    rows.target_count = 1;
    net_ok(f, ink_data_wrap(f->ctx, &rows, &data));
    return data;
}

/* The prices standardised before, or as they are and standardised within the model. Signs of errors amplify rounding: with mae PyTorch in float
 * is off by more than 2e-5 from step 21 on, and by 5.6e-4 at worst. */
static void run_table_case(struct fixture *f, const char *name, const char *loss, size_t exact, double later,
                           bool scaled)
{
    char path[600];
    snprintf(path, sizeof path, "%s/diamonds.csv", data_folder());
    if (obstacle(path)) {
        print_message("    skipped: %s\n", obstacle(path));
        skip();
    }
    FILE *file = fopen(path, "r");
    struct diamonds *diamonds = malloc(sizeof *diamonds);
    read_diamonds(file, diamonds);
    fclose(file);
    for (size_t j = 0; j < TABLE_COLUMNS; j++) standardise(diamonds->x[0] + j, TABLE_COLUMNS);
    if (scaled) standardise(diamonds->price, 1);
    ink_data *train = wrap_rows(f, diamonds, 0, TABLE_ROWS), *valid = wrap_rows(f, diamonds, TABLE_ROWS, TABLE_VALID);
    net_reset(f,
              "net=dense 24 relu | dense 16 tanh; optimizer=adam; lr=0.003; batch=60; scale=none; schedule=constant; "
              "shuffle=none; keep=last; history-steps=true");
    help_set(f, "target-scale", scaled ? "none" : "standard");
    help_set(f, "loss", loss);
    snprintf(path, sizeof path, "%s/tests/golden/%s/init.npz", INKI_ROOT, name);
    help_set(f, "init-from", path);
    snprintf(path, sizeof path, "%s/tests/golden/%s/expected.json", INKI_ROOT, name);
    json_t *expected = json_load_file(path, 0, NULL);
    assert_non_null(expected);
    ink_trainer *trainer = train_steps(f, train, valid, (size_t)number(expected, "steps"));
    const ink_epoch *last = ink_run_epoch(trainer->run, ink_run_epochs(trainer->run) - 1);
    check_steps(expected, trainer->run, exact, later);
    check_sums(expected, ink_trainer_model(trainer), "final_abs_sum", "weight", 1e-4);
    net_near(last->val[INK_LOSS] / number(expected, "final_validation_loss"), 1, 1e-4);
    if (scaled) net_near(last->val[2] / number(expected, "final_validation_mae"), 1, 1e-4); /* else within the range */
    ink_trainer_free(trainer);
    json_decref(expected);
    ink_data_free(train);
    ink_data_free(valid);
    free(diamonds);
}

static void run_table_cases(struct fixture *f, const char *name, const char *loss, size_t exact, double later)
{
    run_table_case(f, name, loss, exact, later, true);
    run_table_case(f, name, loss, exact, later, false);
}

static void table_mse(void **state) { run_table_cases(*state, "table-mse", "mse", EXACT_STEPS, 5e-4); }
static void table_mae(void **state) { run_table_cases(*state, "table-mae", "mae", 20, 1e-3); }
static void table_huber(void **state) { run_table_cases(*state, "table-huber", "huber", EXACT_STEPS, 5e-4); }

/* ---- running ---- */

static void run_case(struct fixture *f, const struct golden *golden)
{
    char path[600];
    ink_data *data = NULL;
    ink_model *model = NULL;
    ink_run *run = NULL;
    snprintf(path, sizeof path, "%s/%s/train-images-idx3-ubyte", data_folder(), golden->data);
    if (obstacle(path)) {
        print_message("    skipped: %s\n", obstacle(path));
        skip();
    }
    set_all(f, golden);
    snprintf(path, sizeof path, "%s/tests/golden/%s/expected.json", INKI_ROOT, golden->name);
    json_t *expected = json_load_file(path, 0, NULL);
    assert_non_null(expected);
    snprintf(path, sizeof path, "%s/%s", data_folder(), golden->data);
    net_ok(f, ink_data_load(f->ctx, path, f->set, &data));
    net_ok(f, ink_train(f->ctx, data, f->set, NULL, &model, &run));
    print_message("    %zu steps in %.1f s\n", ink_run_steps(run),
                  ink_run_epoch(run, ink_run_epochs(run) - 1)->seconds);
    assert_int_equal(ink_run_steps(run), json_array_size(json_object_get(expected, "step_loss")));
    check_steps(expected, run, EXACT_STEPS, 5e-4);
    check_validation(expected, run, 0.003, 1e-4);
    check_weights(expected, model);
    ink_run_free(run);
    ink_model_free(model);
    ink_data_free(data);
    json_decref(expected);
}

static void zscore_minibatch(void **state) { run_case(*state, &cases[0]); }
static void full_batch(void **state) { run_case(*state, &cases[1]); }
static void single_sample(void **state) { run_case(*state, &cases[2]); }
static void fashion_l2(void **state) { run_case(*state, &cases[3]); }
static void nesterov(void **state) { run_case(*state, &cases[4]); }
static void kaggle_full_batch(void **state) { run_case(*state, &cases[5]); }

/* Of these splits the training rows have pixels that are nearly constant, and validation rows strokes there: as z-scores of thousands
 * they made a third of the loss (0.50 and 0.54; all other splits are near 0.35). */
static void nearly_constant_pixels(void **state)
{
    static const char *const seeds[] = {"1", "4"};
    struct fixture *f = *state;
    char path[600];
    snprintf(path, sizeof path, "%s/mnist/train-images-idx3-ubyte", data_folder());
    if (obstacle(path)) skip();
    snprintf(path, sizeof path, "%s/mnist", data_folder());
    for (size_t i = 0; i < COUNT(seeds); i++) {
        ink_data *data = NULL;
        ink_model *model = NULL;
        ink_run *run = NULL;
        net_reset(f, "hidden=0; scale=standard; lr=0.02; batch=60; epochs=1; val=0.1");
        help_set(f, "seed", seeds[i]);
        net_ok(f, ink_data_load(f->ctx, path, f->set, &data));
        net_ok(f, ink_train(f->ctx, data, f->set, NULL, &model, &run));
        double loss = ink_run_epoch(run, 0)->val[INK_LOSS];
        print_message("    seed %s: validation loss %.4f\n", seeds[i], loss);
        assert_true(loss < 0.4);
        ink_run_free(run);
        ink_model_free(model);
        ink_data_free(data);
    }
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)
    const struct CMUnitTest tests[] = {
        CASE(zscore_minibatch),
        CASE(full_batch),
        CASE(single_sample),
        CASE(fashion_l2),
        CASE(nesterov),
        CASE(kaggle_full_batch),
        CASE(conv_plain),
        CASE(conv_batchnorm_residual),
        CASE(conv_depthwise_smoothing),
        CASE(table_mse),
        CASE(table_mae),
        CASE(table_huber),
        CASE(nearly_constant_pixels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
