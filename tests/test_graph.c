/* test_graph: the notation with brackets, and networks in which a value is read more than once.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include <stdlib.h>
#include <string.h>

enum { FEATURES = 20, CLASSES = 5, ROWS = 90 };

static const struct inki_shape input = {1, FEATURES, 1, 0};

/* ---- notation ---- */

static void written_as_it_was_read(void **state)
{
    static const char *const known[][2] = {
        {"add( dense 20 relu ) relu", "add( dense 20 relu ) relu"},
        {" add(dense 20 relu|dense 20)", "add( dense 20 relu | dense 20 identity )"},
        {"add(dense 7&dense 7 tanh)gelu|dense 3", "add( dense 7 identity & dense 7 tanh ) gelu | dense 3 identity"},
        {"dense 9 relu | add( dropout 0.5 | add( dense 9 tanh ) & dense 4 | dense 9 ) | dense 2 relu",
         "dense 9 relu | add( dropout 0.5 | add( dense 9 tanh ) & dense 4 identity | dense 9 identity ) | dense 2 "
         "relu"},
        {"add( add( dense 20 ) relu ) relu", "add( add( dense 20 identity ) relu ) relu"},
    };
    const struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(known); i++) {
        ink_model *model = net_model(f, known[i][0], input, CLASSES, NULL, NULL), *again;
        assert_string_equal(model->notation, known[i][1]);
        again = net_model(f, model->notation, input, CLASSES, NULL, NULL);
        assert_string_equal(again->notation, known[i][1]);
        assert_int_equal(again->node_count, model->node_count);
        ink_model_free(model);
        ink_model_free(again);
    }
}

static void what_is_wrong(void **state)
{
    static const char *const known[][2] = {
        {"add( dense 20 relu", "column 19|a ')' is missing"},
        {"add dense 20", "column 5|a '(' is missing"},
        {"add( dense 7 relu )", "column 1|one shape|7|20"},
        {"add( dense 7 & dense 8 )", "7 and 8 outputs"},
        {"add( )", "column 6|expected a layer"},
        {"add( dense 20 & )", "column 17|expected a layer"},
        {"add( dense 20 & dense 20 & dense 20 )", "column 26|at most two chains"},
        {"add( dense 20 ) purple", "column 17|unknown activation"},
        {"add( dense 20 ) relu dense 3", "column 22|put '|' before"},
        {"dense 20 )", "column 10|unmatched ')'"},
        {"dense 20 & dense 3", "column 10|in brackets only"},
        {"dense( 20 )", "column 6|nothing but add takes brackets|blanks"},
        {"add( dense 20 ) ( dense 3 )", "column 17|put '|' before"},
        {"add( dense 20 | )", "column 17|expected a layer"},
        {"add(add(add(add(add(add(add(add(add(add(add(add(add(add(add(add(add(dense 20)))))))))))))))))", "too deeply"},
    };
    const struct fixture *f = *state;
    struct inki_model_plan image = {.notation = "add( dense 8 )", .in = {2, 4, 1, 0}, .classes = CLASSES};
    ink_model *none;
    net_fails(f, inki_model_begin(f->ctx, &image, &none), INK_BAD_SETTING, "1x1x8 and 2x4x1");
    for (size_t i = 0; i < COUNT(known); i++) {
        struct inki_model_plan plan = {.notation = known[i][0], .in = input, .classes = CLASSES};
        ink_model *model;
        net_fails(f, inki_model_begin(f->ctx, &plan, &model), INK_BAD_SETTING, known[i][1]);
        assert_null(model);
    }
}

/* Words of other programs get what is written here. */
static void foreign_words(void **state)
{
    static const char *const known[][2] = {
        {"Conv2D 8 3x3", "column 1|'Conv2D' is not a layer here: write 'conv 16 3x3 relu'"},
        {"conv 8 3x3 valid relu", "column 12|'valid' is not known here: write 'pad valid'"},
        {"conv 8 3x3 relu same", "column 17|write 'pad same'|the default"},
        {"conv 8 kernel_size=3", "column 8|'kernel_size=3'|the kernel stands behind conv's channels"},
        {"conv 8 3x3 stride=2", "column 12|write it as two words: 'stride 2'"},
        {"conv 8 3x3 strides 2", "column 12|write 'stride 2'"},
        {"conv 8 3x3 padding=same", "column 12|'pad same', 'pad valid' or 'pad 1'"},
        {"conv 8 3x3 use_bias=false", "column 12|write 'nobias'"},
        {"conv 8 3x3 dilation 2", "column 12|there is no dilation"},
        {"conv 8 3x3 anything=2", "column 12|options have no '='"},
        {"conv 8 3x3 pad", "column 15|a value is missing"},
        {"conv(8, 3x3)", "column 5|nothing but add takes brackets"},
        {"maxpool2d 2", "column 1|write 'maxpool 2'"},
        {"AveragePooling2D 2", "write 'avgpool 2'"},
        {"gap", "write 'globalpool'"},
        {"GlobalMaxPooling2D", "write 'globalmax'"},
        {"linear 100", "write 'dense 100 relu'"},
        {"fc 100", "write 'dense 100 relu'"},
        {"conv 8 3x3 | flatten | dense 10", "column 14|leave it out: dense layers take images flattened"},
        {"BatchNorm2d", "write 'batchnorm'"},
        {"LayerNormalization", "write 'layernorm'"},
        {"residual( dense 5 )", "write 'add("},
        {"dense 100 | relu", "column 13|an activation stands behind its layer"},
        {"dense 100 | softmax", "column 13|the output layer is added by itself"},
        {"dense 100 softmax", "column 11|softmax belongs to the output layer"},
        {"dense 100 silu", "column 11|there is no such activation"},
        {"dense 100 none", "column 11|write 'identity'"},
        {"dense units=100", "column 7|stands behind dense"},
        {"dense 100 activation=relu", "column 11|by its name: 'dense 100 relu'"},
        {"dense 100, relu", "column 7|blanks between a layer's words"},
        {"dense 100 relu -> dense 50", "column 16|put '|' between layers"},
        {"dropout p=0.5", "column 9|'dropout 0.2'"},
        {"lstm 5", "there is no such layer"},
        {"100 | 50", "column 1|write 'dense 100 relu'"},
        {"100,50", "the setting hidden takes widths alone"},
    };
    const struct fixture *f = *state;
    ink_model *model;
    struct inki_model_plan plan = {.in = {12, 12, 1, 0}, .classes = CLASSES};
    for (size_t i = 0; i < COUNT(known); i++) {
        plan.notation = known[i][0];
        net_fails(f, inki_model_begin(f->ctx, &plan, &model), INK_BAD_SETTING, known[i][1]);
    }
    plan.notation = "Conv 8 3x3 Stride 2 PAD Valid NoBias ReLU"; /* in any case */
    net_ok(f, inki_model_begin(f->ctx, &plan, &model));
    assert_string_equal(model->notation, "conv 8 3x3 stride 2 pad valid nobias relu");
    ink_model_free(model);
}

/* ---- arithmetic ---- */

static const char *const networks[] = {
    "add( dense 20 tanh )",                                               /* the rows themselves are added */
    "add( dense 33 relu & dropout 0.2 | dense 33 gelu ) tanh",            /* read by two layers, one of them in place */
    "dense 64 relu | add( dropout 0.3 | dense 64 tanh ) relu | dense 16", /* what goes in stays as it was */
    "dense 130 tanh | add( dense 130 relu | dense 130 ) gelu | add( dense 130 ) | dropout 0.1",
    "dense 70 relu | add( dropout 0.4 & dropout 0.2 )",
    "add( dropout 0.5 ) tanh | dense 300 relu",
};

static uint64_t trained(const struct fixture *f, const ink_data *data, const char *notation, unsigned threads)
{
    ink_trainer *trainer;
    ink_epoch row = INK_INIT(ink_epoch);
    bool more;
    net_ok(f, ink_ctx_set_threads(f->ctx, threads));
    help_set(f, "net", notation);
    net_ok(f, ink_trainer_new(f->ctx, data, data, f->set, NULL, &trainer));
    do net_ok(f, ink_trainer_epoch(trainer, NULL, &row, &more));
    while (more);
    uint64_t hash = inki_model_hash(ink_trainer_model(trainer));
    ink_trainer_free(trainer);
    return hash;
}

static void same_bits_on_any_threads(void **state)
{
    static const char *const optimizers[] = {"sgd", "momentum", "adam"};
    const struct fixture *f = *state;
    ink_data *data = net_clusters(f, 4, ROWS, FEATURES, CLASSES, 0.5f);
    net_set(f, "epochs=2; batch=40; val=0; scale=standard; lr=0.05");
    for (size_t o = 0; o < COUNT(optimizers); o++) {
        help_set(f, "optimizer", optimizers[o]);
        for (size_t i = 0; i < COUNT(networks); i++) {
            uint64_t wanted = trained(f, data, networks[i], 1);
            for (unsigned threads = 2; threads <= 6; threads++)
                assert_true(trained(f, data, networks[i], threads) == wanted);
        }
    }
    ink_data_free(data);
}

/* y = act(a + b) by hand, where the two sides are dense layers of known weights. */
static void a_sum_is_a_sum(void **state)
{
    const struct fixture *f = *state;
    ink_model *both = net_model(f, "add( dense 3 & dense 3 )", (struct inki_shape){1, 2, 1, 0}, 2, NULL, NULL);
    const float first[6] = {1, 2, 3, 4, 5, 6}, second[6] = {-1, 0.5f, 2, -3, 0, 1}, x[2] = {0.5f, -2};
    const size_t dims[2] = {3, 2};
    struct inki_program program;
    net_ok(f, ink_model_set_tensor(f->ctx, both, "dense1.weight", dims, 2, first));
    net_ok(f, ink_model_set_tensor(f->ctx, both, "dense2.weight", dims, 2, second));
    struct inki_use use = {.purpose = INKI_FOR_PREDICTING, .rows = 1, .threads = 1, .observe = true};
    net_ok(f, inki_program_begin(f->ctx, both, &use, &program));
    net_run(&program, x, 1, &(struct inki_feed){.fresh = true});
    const float *y = inki_program_output(&program, 2);
    for (size_t o = 0; o < 3; o++) {
        double wanted = 0;
        for (size_t i = 0; i < 2; i++) wanted += (double)(first[2 * o + i] + second[2 * o + i]) * (double)x[i];
        net_near((double)y[o], wanted, 1e-6);
    }
    inki_program_end(&program);
    ink_model_free(both);
}

static void rows_alone_and_files(void **state)
{
    const struct fixture *f = *state;
    float x[ROWS * FEATURES], p[ROWS * CLASSES], one[CLASSES];
    net_values(7, ROWS * FEATURES, -1, 1, x);
    for (size_t i = 0; i < COUNT(networks); i++) {
        ink_model *model = net_model(f, networks[i], input, CLASSES, NULL, NULL), *loaded;
        net_ok(f, ink_model_save(f->ctx, model, help_path(f, "a")));
        net_ok(f, ink_model_load(f->ctx, help_path(f, "a"), &loaded));
        net_ok(f, ink_predict(f->ctx, model, ROWS, x, p));
        for (size_t row = 0; row < ROWS; row++) {
            net_ok(f, ink_predict(f->ctx, loaded, 1, x + row * FEATURES, one));
            assert_memory_equal(one, p + row * CLASSES, sizeof one);
        }
        ink_model_free(loaded);
        net_ok(f, ink_model_export(f->ctx, model, "json", help_path(f, "b")));
        net_ok(f, ink_model_import(f->ctx, help_path(f, "b"), f->set, &loaded));
        net_ok(f, ink_predict(f->ctx, loaded, 1, x, one));
        assert_memory_equal(one, p, sizeof one);
        ink_model_free(model);
        ink_model_free(loaded);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(written_as_it_was_read, help_begin, help_end),
        cmocka_unit_test_setup_teardown(foreign_words, help_begin, help_end),
        cmocka_unit_test_setup_teardown(what_is_wrong, help_begin, help_end),
        cmocka_unit_test_setup_teardown(same_bits_on_any_threads, help_begin, help_end),
        cmocka_unit_test_setup_teardown(a_sum_is_a_sum, help_begin, help_end),
        cmocka_unit_test_setup_teardown(rows_alone_and_files, help_begin, help_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
