/* test_encoded: models that encode a table's columns: kept in a file, and multiplied.
 * SPDX-License-Identifier: MIT */
#include "encode_help.h"

#include "train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- kept ---- */

static void saved_and_loaded(void **state)
{
    struct fixture *f = *state;
    float *x = encode_rows(), *one = malloc(2 * ROWS * CLASSES * sizeof *one), *two = one + ROWS * CLASSES;
    net_reset(f, "numbers=ple:6");
    ink_model *model = encode_mixed(f, x, "dense 9 relu"), *loaded, *copy;
    struct inki_bytes bytes, again;
    net_ok(f, inki_model_to_bytes(f->ctx, model, &bytes));
    net_ok(f, inki_model_from_bytes(f->ctx, "m", &bytes, &loaded));
    net_ok(f, inki_model_to_bytes(f->ctx, loaded, &again));
    assert_true(bytes.size == again.size && memcmp(bytes.data, again.data, bytes.size) == 0);
    net_ok(f, inki_model_copy(f->ctx, model, &copy));
    assert_true(inki_model_hash(copy) == inki_model_hash(model) &&
                inki_encoding_same(copy->encoding, loaded->encoding));
    net_ok(f, ink_predict(f->ctx, model, ROWS, x, one));
    net_ok(f, ink_predict(f->ctx, loaded, ROWS, x, two));
    assert_memory_equal(one, two, ROWS * CLASSES * sizeof *one);
    net_ok(f, ink_predict(f->ctx, copy, ROWS, x, two));
    assert_memory_equal(one, two, ROWS * CLASSES * sizeof *one);
    inki_bytes_free(f->ctx, &bytes);
    inki_bytes_free(f->ctx, &again);
    ink_model_free(model);
    ink_model_free(loaded);
    ink_model_free(copy);
    free(one);
    free(x);
}

/* Gaps where training had some are nothing new; where it had none, the column is named. */
static void new_gaps_are_named(void **state)
{
    struct fixture *f = *state;
    float *x = encode_rows(), p[CLASSES];
    net_reset(f, "numbers=hat:6");
    ink_model *model = encode_mixed(f, x, "");
    *f->note = 0;
    net_ok(f, ink_predict(f->ctx, model, 1, (const float[]){0, gap, gap, 1, 2}, p));
    assert_string_equal(f->note, "");
    net_ok(f, ink_predict(f->ctx, model, 1, (const float[]){gap, 0, 1, 1, 2}, p));
    assert_non_null(strstr(f->note, "column 1 has a gap"));
    ink_model_free(model);
    free(x);
}

/* What a file may say instead, and what is answered. */
static void damaged_metadata(void **state)
{
    struct fixture *f = *state;
    static const char *const known[][2] = {
        {"", "not a list of the 2 columns"},
        {"{}", "not a list"},
        {"[{\"kind\":\"number\"}]", "not a list"},
        {"[{\"kind\":\"number\"},{}]", "column 1|no kind"},
        {"[{\"kind\":\"number\"},{\"kind\":\"date\"}]", "column 1|unknown kind"},
        {"[{\"kind\":\"number\",\"bins\":\"hat\"},{\"kind\":\"number\"}]", "column 0|number of knots"},
        {"[{\"kind\":\"number\",\"bins\":\"hat\",\"knots\":1},{\"kind\":\"number\"}]", "column 0|number of knots"},
        {"[{\"kind\":\"number\",\"bins\":\"hat\",\"knots\":1e9},{\"kind\":\"number\"}]", "number of knots"},
        {"[{\"kind\":\"number\",\"bins\":7,\"knots\":3},{\"kind\":\"number\"}]", "unknown kind"},
        {"[{\"kind\":\"number\",\"values\":[1,1]},{\"kind\":\"number\"}]", "ascending"},
        {"[{\"kind\":\"number\",\"values\":[1.5]},{\"kind\":\"number\"}]", "integers"},
        {"[{\"kind\":\"category\"},{\"kind\":\"number\"}]", "lacks a list of words"},
        {"[{\"kind\":\"category\",\"words\":[\"a\"],\"slots\":[]},{\"kind\":\"number\"}]", "lacks a list of words"},
        {"[{\"kind\":\"category\",\"words\":[\"a\"],\"slots\":[2]},{\"kind\":\"number\"}]", "slot"},
        {"[{\"kind\":\"category\",\"words\":[\"a\"],\"slots\":[-1]},{\"kind\":\"number\"}]", "slot"},
        {"[{\"kind\":\"flag\",\"words\":[\"a\",\"b\",\"c\"],\"slots\":[1,2,3]},{\"kind\":\"number\"}]", "slot"},
        {"[{\"kind\":\"category\",\"words\":[7],\"slots\":[0]},{\"kind\":\"number\"}]", "texts"},
    };
    struct inki_encoding encoding;
    for (size_t i = 0; i < COUNT(known); i++) {
        size_t live = f->memory.live;
        net_fails(f, inki_encoding_read(f->ctx, known[i][0], 2, &encoding), INK_BAD_DATA, known[i][1]);
        assert_int_equal(f->memory.live, live);
        assert_null(encoding.columns);
    }
}

/* A model file whose knots do not ascend, and one that says another structure than its tensors have. */
static void damaged_files(void **state)
{
    struct fixture *f = *state;
    float *x = encode_rows();
    struct inki_bytes bytes;
    ink_model *model, *loaded;
    net_reset(f, "numbers=hat:6");
    model = encode_mixed(f, x, "dense 9 relu");
    const size_t knot = inki_encoding_place(model->encoding, 4, 1);
    const float known = model->w[knot];
    model->w[knot] = model->w[knot + 1];
    net_ok(f, inki_model_to_bytes(f->ctx, model, &bytes));
    net_fails(f, inki_model_from_bytes(f->ctx, "m", &bytes, &loaded), INK_BAD_FILE,
              "m: encode.knots|expected a larger one");
    inki_bytes_free(f->ctx, &bytes);
    model->w[knot] = known;
    net_ok(f, inki_model_set_metadata(f->ctx, model, "encoding", "[{\"kind\":\"number\"}]"));
    net_ok(f, inki_model_to_bytes(f->ctx, model, &bytes));
    net_fails(f, inki_model_from_bytes(f->ctx, "m", &bytes, &loaded), INK_BAD_FILE, "m: metadata 'encoding'|5 columns");
    inki_bytes_free(f->ctx, &bytes);
    ink_model_free(model);
    free(x);
}

static void exports(void **state)
{
    struct fixture *f = *state;
    const ink_c_plan floats = {.size = sizeof floats, .inputs = INK_C_FLOATS};
    ink_model *again;
    float *x = encode_rows();
    net_reset(f, "");
    ink_model *model = encode_mixed(f, x, "dense 9 relu");
    net_ok(f, ink_model_export(f->ctx, model, "npz", help_path(f, "m.npz"))); /* its answers: tests/export/npz */
    net_fails(f, ink_model_import(f->ctx, help_path(f, "m.npz"), NULL, &again), INK_UNSUPPORTED,
              "m.npz: encodes the columns of a table|cannot be imported");
    net_ok(f, ink_model_export(f->ctx, model, "c", help_path(f, "m.c"))); /* answers: tests/export/host */
    net_fails(f, ink_model_export_c(f->ctx, model, &floats, help_path(f, "m"), NULL), INK_BAD_ARGUMENT,
              "a row of a table as a struct|leave the inputs out");
    net_ok(f, ink_model_export(f->ctx, model, "json", help_path(f, "m.json")));
    net_fails(f, ink_model_import(f->ctx, help_path(f, "m.json"), NULL, &again), INK_UNSUPPORTED,
              "m.json: encodes the columns of a table|cannot be imported");
#ifdef INKI_HAVE_ONNX /* its answers are tested in tests/export/onnx */
    net_ok(f, ink_model_export(f->ctx, model, "onnx", help_path(f, "m.onnx")));
    net_fails(f, ink_model_import(f->ctx, help_path(f, "m.onnx"), NULL, &again), INK_UNSUPPORTED,
              "m.onnx: encodes the columns of a table|cannot be imported");
#endif
    ink_model_free(model);
    free(x);
}

/* C of a table, with what may fail on the way. */
struct table {
    const ink_model *model;
    const ink_data *data;
    bool int8;
};

static ink_status export_table(struct fixture *f, void *arg)
{
    const struct table *table = arg;
    const ink_c_plan plan = {
        .size = sizeof plan, .int8 = table->int8, .calibrate = table->data, .check = table->data, .check_rows = 4};
    return ink_model_export_c(f->ctx, table->model, &plan, help_path(f, "o.c"), NULL);
}

static void exports_without_memory(void **state)
{
    struct fixture *f = *state;
    float *x = encode_rows();
    net_reset(f, "");
    ink_model *model = encode_mixed(f, x, "dense 4 relu");
    ink_data data = encode_table(ROWS, COLUMNS, x, NULL);
    for (int int8 = 0; int8 < 2; int8++) {
        struct table table = {model, &data, int8};
        net_ok(f, export_table(f, &table)); /* threads, once begun, stay */
        assert_true(help_sweep(f, export_table, &table) >= 10);
    }
    ink_model_free(model);
    free(x);
}

/* ---- multiplied ---- */

struct pass {
    double loss;
    float *g;
};

static struct pass pass_of(const struct fixture *f, const ink_model *model, const float *x, size_t rows, bool skip)
{
    struct inki_program program;
    int32_t labels[128];
    double losses[128];
    struct pass pass = {.g = calloc(model->size, sizeof *pass.g)};
    net_labels(5, rows, CLASSES, labels);
    f->ctx->no_skip = !skip;
    net_program(f, model, INKI_FOR_TRAINING, rows, &program);
    struct inki_feed feed = {.fresh = true,
                             .seed = 5,
                             .loss = {.labels = labels, .scale = 1.0f / (float)rows, .row_loss = losses},
                             .g = pass.g,
                             .last = true};
    net_run(&program, x, rows, &feed);
    f->ctx->no_skip = false;
    for (size_t i = 0; i < rows; i++) pass.loss += losses[i] / (double)rows;
    inki_program_end(&program);
    return pass;
}

static const char *const nets[] = {"",
                                   "dense 20 tanh",
                                   "dense 150 tanh | dense 9 relu",
                                   "dropout 0.3 | dense 20 tanh",
                                   "layernorm | dense 20 tanh",
                                   "dense 20 tanh members 3",
                                   "dense 70 tanh members 2 shared"};

static struct pass pass_with(const struct fixture *f, const char *kernels, unsigned threads, const ink_model *model,
                             const float *x, bool skip)
{
    struct fixture other = *f;
    setenv("INKLING_KERNELS", kernels, 1);
    assert_int_equal(ink_ctx_new(NULL, &other.ctx), INK_OK);
    unsetenv("INKLING_KERNELS");
    assert_string_equal(ink_ctx_kernels(other.ctx), kernels);
    net_ok(f, ink_ctx_set_threads(other.ctx, threads));
    struct pass pass = pass_of(&other, model, x, 100, skip);
    ink_ctx_free(other.ctx);
    return pass;
}

/* The list of what is not 0 gives the bits of the whole multiplication, on all kernels and numbers of threads. */
static void same_bits(void **state)
{
    struct fixture *f = *state;
    float *x = encode_rows();
    net_reset(f, "numbers=hat:6");
    for (size_t n = 0; n < COUNT(nets); n++) {
        ink_model *model = encode_mixed(f, x, nets[n]);
        struct pass first = pass_of(f, model, x, 100, false);
        for (size_t k = 0; ink_kernels(k); k++)
            for (unsigned way = 0; way < 6; way++) {
                struct pass pass = pass_with(f, ink_kernels(k), 1 + way / 2, model, x, way % 2);
                if (pass.loss != first.loss || memcmp(pass.g, first.g, model->size * sizeof *pass.g) != 0)
                    fail_msg("'%s', %s, %u threads, zeros %s: other bits", nets[n], ink_kernels(k), 1 + way / 2,
                             way % 2 ? "left out" : "multiplied");
                free(pass.g);
            }
        free(first.g);
        ink_model_free(model);
    }
    free(x);
}

/* The loss along the gradient: it falls by what the gradient says, within the third power of the step. */
static void gradient_by_differences(void **state)
{
    struct fixture *f = *state;
    float *x = encode_rows();
    net_reset(f, "numbers=hat:6");
    for (size_t n = 0; n < 3; n++) {
        ink_model *model = encode_mixed(f, x, nets[n]);
        struct pass at = pass_of(f, model, x, 100, true);
        double squares = 0;
        for (size_t i = 0; i < model->size; i++) squares += (double)at.g[i] * (double)at.g[i];
        const double step = 2e-3 / sqrt(squares);
        double ends[2];
        for (int end = 0; end < 2; end++) {
            for (size_t i = 0; i < model->size; i++) model->w[i] += (float)((end ? 2 : -1) * step * (double)at.g[i]);
            struct pass there = pass_of(f, model, x, 100, true);
            ends[end] = there.loss;
            free(there.g);
        }
        assert_true(squares > 1e-4);
        net_near((ends[1] - ends[0]) / (2 * step), squares, 2e-3 * squares);
        free(at.g);
        ink_model_free(model);
    }
    free(x);
}

/* The same sum in two runs, of which the second adds. */
static void rows_in_two_runs(void **state)
{
    struct fixture *f = *state;
    float *x = encode_rows();
    net_reset(f, "numbers=hat:6");
    ink_model *model = encode_mixed(f, x, "dense 70 tanh");
    struct inki_program program;
    int32_t labels[100];
    double losses[100];
    struct pass whole = pass_of(f, model, x, 100, true);
    float *g = calloc(model->size, sizeof *g);
    net_labels(5, 100, CLASSES, labels);
    net_program(f, model, INKI_FOR_TRAINING, 100, &program);
    for (size_t first = 0; first < 100; first += 60) {
        const size_t rows = first ? 40 : 60;
        struct inki_feed feed = {.fresh = true,
                                 .seed = 5,
                                 .first_row = (uint32_t)first,
                                 .loss = {.labels = labels + first, .scale = 1.0f / 100, .row_loss = losses},
                                 .g = g,
                                 .add = first > 0,
                                 .last = first > 0};
        net_run(&program, x + first * COLUMNS, rows, &feed);
    }
    assert_memory_equal(g, whole.g, model->size * sizeof *g);
    inki_program_end(&program);
    free(g);
    free(whole.g);
    ink_model_free(model);
    free(x);
}

/* Trains on a table: rows encoded once for all epochs, or each time that they are wanted. */
static uint64_t trained(const struct fixture *f, const ink_data *data, bool once)
{
    ink_trainer *trainer = NULL;
    ink_epoch row = INK_INIT(ink_epoch);
    bool more = true;
    net_ok(f, ink_trainer_new(f->ctx, data, NULL, f->set, NULL, &trainer));
    assert_non_null(trainer->lists.rows);
    if (!once) inki_lists_end(&trainer->lists);
    while (more) net_ok(f, ink_trainer_epoch(trainer, NULL, &row, &more));
    const uint64_t hash = inki_model_hash(trainer->model);
    ink_trainer_free(trainer);
    return hash;
}

static void encoded_once(void **state)
{
    static const char *const settings[] = {"hidden=20", "net=layernorm | dense 9 relu",
                                           "net=dense 17 relu members 3; numbers=ple:6"};
    struct fixture *f = *state;
    ink_data *data = net_clusters(f, 7, ROWS, COLUMNS, CLASSES, 1.5f);
    for (size_t i = 0; i < COUNT(settings); i++) {
        net_reset(f, "numbers=hat:6; batch=150; epochs=3; threads=2; optimizer=adam");
        net_set(f, settings[i]);
        assert_true(trained(f, data, true) == trained(f, data, false));
    }
    ink_data_free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(saved_and_loaded, help_begin, help_end),
        cmocka_unit_test_setup_teardown(new_gaps_are_named, help_begin, help_end),
        cmocka_unit_test_setup_teardown(damaged_metadata, help_begin, help_end),
        cmocka_unit_test_setup_teardown(damaged_files, help_begin, help_end),
        cmocka_unit_test_setup_teardown(exports, help_begin, help_end),
        cmocka_unit_test_setup_teardown(exports_without_memory, help_begin, help_end),
        cmocka_unit_test_setup_teardown(same_bits, help_begin, help_end),
        cmocka_unit_test_setup_teardown(gradient_by_differences, help_begin, help_end),
        cmocka_unit_test_setup_teardown(rows_in_two_runs, help_begin, help_end),
        cmocka_unit_test_setup_teardown(encoded_once, help_begin, help_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
