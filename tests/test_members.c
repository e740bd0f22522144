/* test_members: ensembles in one network, against the definitions in double; test_ops holds their gradients and bits.
 * SPDX-License-Identifier: MIT */
#include "ops_help.h"

#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 29, FEATURES = 23, MEMBERS = 3, OUTPUTS = 4, WIDEST = 64 };

static const char separate[] = "dense 19 tanh members 3 | dense 33 relu members 3",
                  shared[] = "dense 19 tanh members 3 shared | dense 33 relu members 3 shared",
                  deep_shared[] = "dense 40 gelu | add( dense 40 tanh ) | dense 17 sigmoid members 3 shared | "
                                  "dense 18 relu members 3 | dropout 0.3 | add( dense 18 tanh members 3 shared )";

static struct ops_recipe recipe_of(const char *notation, enum inki_loss_number loss)
{
    return (struct ops_recipe){
        .notation = notation, .in = ops_shape(1, 1, FEATURES), .outputs = OUTPUTS, .rows = ROWS, .loss = loss};
}

/* ---- the definitions ---- */

static double value_of(const ink_model *model, const struct inki_node *node, size_t t, size_t i)
{
    return (double)model->w[node->offset + node->op->at(node, t, i)];
}

static double activated(enum inki_activation act, double z)
{
    return act == INKI_ACT_tanh ? tanh(z) : act == INKI_ACT_relu ? fmax(z, 0) : z;
}

/* y[m][j] of x[m][inputs], or of x[inputs] for all members, by the tensors in the order of the file. */
static void run_layer(const ink_model *model, const struct inki_node *node, const double *x, double *y)
{
    struct inki_param weight, third;
    assert_true(inki_param(node, 0, &weight));
    const bool shares = inki_param(node, 2, &third);
    const size_t outputs = weight.dims[weight.rank - 2], inputs = weight.dims[weight.rank - 1];
    for (size_t m = 0; m < MEMBERS; m++)
        for (size_t j = 0; j < outputs; j++) {
            const double *in = x + (node->parted ? m * inputs : 0);
            double sum = value_of(model, node, 1, m * outputs + j);
            for (size_t i = 0; i < inputs; i++) {
                double w = value_of(model, node, 0, ((shares ? 0 : m) * outputs + j) * inputs + i);
                if (shares) w *= value_of(model, node, 2, m * inputs + i) * value_of(model, node, 3, m * outputs + j);
                sum += in[i] * w;
            }
            y[m * outputs + j] = activated(node->act, sum);
        }
}

/* z[m][j] of a row. */
static void run_row(const struct ops_net *net, size_t row, double z[MEMBERS * OUTPUTS])
{
    double x[MEMBERS * WIDEST], y[MEMBERS * WIDEST];
    for (size_t i = 0; i < net->features; i++) x[i] = (double)net->x[row * net->features + i];
    for (size_t l = 0; l < net->model->node_count; l++) {
        run_layer(net->model, &net->model->nodes[l], x, y);
        memcpy(x, y, sizeof x);
    }
    memcpy(z, x, MEMBERS * OUTPUTS * sizeof *z);
}

static void soften(double z[OUTPUTS])
{
    double sum = 0;
    for (size_t j = 0; j < OUTPUTS; j++) sum += exp(z[j]);
    for (size_t j = 0; j < OUTPUTS; j++) z[j] = exp(z[j]) / sum;
}

static double loss_of(const struct ops_net *net, size_t row, const double *answer)
{
    double sum = 0;
    if (inki_is_classifier(net->model)) return -log(answer[net->labels[row]]);
    for (size_t j = 0; j < OUTPUTS; j++) sum += pow(answer[j] - (double)net->targets[row * OUTPUTS + j], 2);
    return sum / OUTPUTS;
}

/* ---- tests ---- */

/* Answers are means, and their loss is that of the mean; training sees the mean of the members' losses. */
static void check_row(const struct ops_net *net, size_t row, const struct ops_result *answers, double members_loss)
{
    double z[MEMBERS * OUTPUTS], mean[OUTPUTS] = {0}, loss = 0;
    run_row(net, row, z);
    for (size_t m = 0; m < MEMBERS; m++) {
        if (inki_is_classifier(net->model)) soften(z + m * OUTPUTS);
        for (size_t j = 0; j < OUTPUTS; j++) mean[j] += z[m * OUTPUTS + j] / MEMBERS;
        loss += loss_of(net, row, z + m * OUTPUTS) / MEMBERS;
    }
    for (size_t j = 0; j < OUTPUTS; j++) net_near((double)answers->answers[row * OUTPUTS + j], mean[j], 2e-6);
    net_near(answers->losses[row], loss_of(net, row, mean), 1e-5);
    net_near(members_loss, loss, 1e-5);
}

static void check_answers(const struct fixture *f, const char *notation, enum inki_loss_number loss)
{
    struct ops_net net;
    struct ops_recipe recipe = recipe_of(notation, loss);
    struct ops_result answers, training;
    assert_true(ops_begin(&net, f, &recipe));
    assert_int_equal(net.model->members, MEMBERS);
    ops_run(&net, &(struct ops_way){.purpose = INKI_FOR_PREDICTING, .threads = 1}, &answers);
    ops_run(&net, &(struct ops_way){.purpose = INKI_FOR_LOSS, .threads = 1}, &training);
    for (size_t row = 0; row < ROWS; row++) check_row(&net, row, &answers, training.losses[row]);
    ops_free(&answers);
    ops_free(&training);
    ops_end(&net);
}

static void answers_are_those_of_the_definitions(void **state)
{
    const char *const notations[] = {separate, shared};
    for (size_t i = 0; i < COUNT(notations); i++) {
        check_answers(*state, notations[i], INKI_LOSS_cross_entropy);
        check_answers(*state, notations[i], INKI_LOSS_mse);
    }
}

/* Far logits: the mean of probabilities of which most are 0 in a float is still a loss, and a logit that is not finite is none. */
static void far_logits_have_a_loss(void **state)
{
    const struct fixture *f = *state;
    float z[2 * 16] = {0, 300, -200};
    int32_t labels[] = {2};
    double loss, hit;
    z[16] = z[17] = z[18] = 1;
    struct inki_loss_call call = {.loss = inki_loss_for(INKI_TARGET_CLASSES),
                                  .kern = inki_kern(f->ctx),
                                  .rows = 1,
                                  .outputs = 3,
                                  .stride = sizeof z / sizeof *z,
                                  .members = 2,
                                  .width = 16,
                                  .pooled = true,
                                  .z = z,
                                  .labels = labels,
                                  .row_loss = &loss,
                                  .row_parts = &hit};
    inki_loss_rows(&call, 0, 1);
    net_near(loss, log(6), 1e-6);
    net_near((double)z[1], 0.5 + 1.0 / 6, 1e-6);
    z[18] = NAN;
    inki_loss_rows(&call, 0, 1);
    assert_true(isnan(loss) && isnan((double)z[0]));
}

static void one_member_is_a_dense_layer(void **state)
{
    struct ops_net one, dense;
    struct ops_recipe a = recipe_of("dense 19 tanh members 1 | dense 40 gelu members 1", INKI_LOSS_cross_entropy),
                      b = recipe_of("dense 19 tanh | dense 40 gelu", INKI_LOSS_cross_entropy);
    net_set(*state, "init=he");
    assert_true(ops_begin(&one, *state, &a) && ops_begin(&dense, *state, &b));
    for (int purpose = 0; purpose <= INKI_FOR_TRAINING; purpose++) {
        struct ops_way way = {.purpose = (enum inki_use_for)purpose, .threads = 1};
        struct ops_result got, wanted;
        ops_run(&one, &way, &got);
        ops_run(&dense, &way, &wanted);
        ops_same(&one, &way, &got, &wanted);
        ops_free(&got);
        ops_free(&wanted);
    }
    ops_end(&one);
    ops_end(&dense);
}

/* The first layer leaves out what is 0, and all members with it. */
static void zeros_that_are_left_out_change_no_bit(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < 4; i++) {
        struct ops_net net;
        struct ops_recipe recipe = recipe_of(i % 2 ? shared : separate, INKI_LOSS_cross_entropy);
        struct ops_way way = {.purpose = INKI_FOR_TRAINING, .threads = 1, .chunk = i < 2 ? 0 : 1};
        struct ops_result got, wanted;
        recipe.in = ops_shape(1, 1, 150);
        recipe.bytes = true;
        recipe.offset = 1.5f;
        assert_true(ops_begin(&net, f, &recipe));
        ops_run(&net, &way, &got);
        f->ctx->no_skip = true;
        ops_run(&net, &way, &wanted);
        f->ctx->no_skip = false;
        ops_same(&net, &way, &got, &wanted);
        ops_free(&got);
        ops_free(&wanted);
        ops_end(&net);
    }
}

static void check_print(const struct fixture *f, const char *notation, const char *printed)
{
    ink_model *model = net_model(f, notation, ops_shape(6, 6, 2), OUTPUTS, NULL, NULL);
    assert_string_equal(model->notation, printed);
    ink_model_free(model);
}

static void notation_says_what_is_wrong(void **state)
{
    static const struct {
        const char *notation, *words;
    } wrong[] = {
        {"dense 8 relu members", "column 21|members 8"},
        {"dense 8 relu members 0", "1 to 64"},
        {"dense 8 relu members 65", "1 to 64"},
        {"dense 8 relu members 4 alone", "column 24|only 'shared'"},
        {"dense 8 relu members 4 | dense 8 relu members 5", "column 47|another number of members"},
        {"dense 8 relu members 4 | dense 8 relu", "each dense layer says so too"},
        {"dense 8 relu members 4 | layernorm", "each dense layer says so too"},
        {"dense 16 relu members 4 | conv 8 1x1", "each dense layer says so too"},
        {"dense 8 relu members 4 | add( dense 8 )", "each dense layer says so too"},
        {"add( dense 64 & dense 16 members 4 )", "the same members"},
        {"dense 0 relu members 4", "1 to 100000"},
        {"dense 8 rely members 4", "unknown activation"},
    };
    const struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct inki_model_plan plan = {.notation = wrong[i].notation, .in = ops_shape(1, 1, 5), .classes = 2};
        ink_model *model;
        net_fails(f, inki_model_begin(f->ctx, &plan, &model), INK_BAD_SETTING, wrong[i].words);
    }
    check_print(f, "Dense 8 MEMBERS 2 Shared", "dense 8 identity members 2 shared");
    check_print(f, deep_shared, deep_shared);
    check_print(f, "conv 4 3x3 relu | dense 9 relu members 2", "conv 4 3x3 relu | dense 9 relu members 2");
}

/* Real counts: no padding in what is shown or written. */
static void counts_are_those_of_the_definitions(void **state)
{
    ink_model *model = net_model(*state, shared, ops_shape(1, 1, FEATURES), OUTPUTS, NULL, NULL);
    ink_model_info info = INK_INIT(ink_model_info);
    ink_layer_info layer = INK_INIT(ink_layer_info);
    ink_model_describe(model, &info);
    const size_t first = 19 * FEATURES + 3 * (2 * 19 + FEATURES), second = 33 * 19 + 3 * (2 * 33 + 19),
                 head = OUTPUTS * 33 + 3 * (2 * OUTPUTS + 33);
    assert_int_equal(info.parameters, first + second + head);
    assert_int_equal(info.outputs, OUTPUTS);
    ink_model_layer(model, 1, &layer);
    assert_int_equal(layer.inputs, 3 * 19);
    assert_int_equal(layer.outputs, 3 * 33);
    assert_int_equal(layer.height * layer.width, 1);
    assert_int_equal(layer.multiply_adds, 3 * 19 * 33);
    ink_model_free(model);
}

/* W and b within 1 / sqrt(fan-in); the first r 1 or -1, all else 1. */
static void check_begin(const struct inki_node *node, const ink_model *model, bool first)
{
    size_t minus = 0;
    struct inki_param param;
    const double most = 1 / sqrt(first ? FEATURES : (double)node->in.channels);
    for (size_t t = 0; inki_param(node, t, &param); t++)
        for (size_t i = 0; i < param.count; i++) {
            double value = value_of(model, node, t, i);
            if (t < 2) assert_true(fabs(value) <= most && value != 0);
            if (t >= 2) assert_true(fabs(value) == 1);
            if (t >= 2 && value < 0) assert_true(first && t == 2);
            minus += t >= 2 && value < 0;
        }
    if (first) assert_true(minus > 10 && minus < 3 * FEATURES - 10);
}

static void members_begin_apart(void **state)
{
    ink_model *model = net_model(*state, shared, ops_shape(1, 1, FEATURES), OUTPUTS, NULL, NULL);
    for (size_t l = 0; l < model->node_count; l++) check_begin(&model->nodes[l], model, l == 0);
    ink_model_free(model);
}

static void check_setting(struct fixture *f, const char *settings, const char *wanted)
{
    char *notation;
    net_reset(f, settings);
    net_ok(f, inki_notation_from(f->ctx, f->set, &notation));
    assert_string_equal(notation, wanted);
    inki_free(notation);
}

static void settings_make_members(void **state)
{
    struct fixture *f = *state;
    check_setting(f, "hidden=20,30; dropout=0.1; ensemble=4",
                  "dense 20 relu members 4 shared | dropout 0.1 | dense 30 relu members 4 shared | dropout 0.1");
    check_setting(f, "hidden=20; activation=tanh; ensemble=4; ensemble-weights=separate", "dense 20 tanh members 4");
    check_setting(f, "hidden=20; ensemble=none", "dense 20 relu");
    check_setting(f, "ensemble=2", "dense 512 relu members 2 shared");
    check_setting(f, "net=dense 7 relu; ensemble=2", "dense 7 relu");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(answers_are_those_of_the_definitions),
        CASE(far_logits_have_a_loss),
        CASE(one_member_is_a_dense_layer),
        CASE(zeros_that_are_left_out_change_no_bit),
        CASE(notation_says_what_is_wrong),
        CASE(counts_are_those_of_the_definitions),
        CASE(members_begin_apart),
        CASE(settings_make_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
