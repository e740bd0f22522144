/* test_explain: one row through every operation and back in double: differences beside gradients, the program's own answers and gradients, memory.
 * SPDX-License-Identifier: MIT */
#include "ops_help.h"

#include "inkling-extra.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { OUTPUTS = 3, ROWS = 2 };

/* The rows of the net as data. */
static ink_data *data_of(const struct fixture *f, const struct ops_net *net)
{
    static const char *const names[] = {"0", "1", "2"};
    bool reals = net->model->loss->target == INKI_TARGET_REALS;
    ink_rows rows = INK_INIT(ink_rows);
    ink_data *data;
    rows.rows = net->rows;
    rows.features = net->features;
    rows.floats = net->x;
    rows.labels = reals ? NULL : net->labels;
    rows.classes = reals ? 0 : OUTPUTS;
    rows.class_names = reals ? NULL : names;
    rows.targets = reals ? net->targets : NULL;
    rows.target_count = reals ? OUTPUTS : 0;
    rows.height = net->recipe.in.height;
    rows.width = net->recipe.in.width;
    rows.channels = net->recipe.in.channels;
    net_ok(f, ink_data_wrap(f->ctx, &rows, &data));
    return data;
}

static void near_difference(const char *notation, const char *name, double norm, double difference)
{
    if (fabs(norm - difference) > 1e-4 * fmax(fabs(norm), 1e-3))
        fail_msg("'%s': %s has a gradient of %.9g and a difference of %.9g", notation, name, norm, difference);
}

static void check_layers(const struct ops_net *net, const ink_explanation *of)
{
    ink_explained_layer layer = INK_INIT(ink_explained_layer);
    ink_explained_tensor tensor = INK_INIT(ink_explained_tensor);
    const char *notation = net->recipe.notation;
    for (size_t i = 0; ink_explanation_layer(of, i, &layer); i++) {
        assert_int_equal(layer.count, layer.height * layer.width * layer.channels);
        near_difference(notation, layer.name, layer.norm, layer.difference);
        near_difference(notation, layer.name, layer.output_norm, layer.output_difference);
        for (size_t t = 0; ink_explanation_tensor(of, i, t, &tensor); t++) {
            near_difference(notation, tensor.name, tensor.norm, tensor.difference);
            near_difference(notation, tensor.name, tensor.gradient[tensor.largest], tensor.largest_difference);
        }
    }
}

/* The gradient that the program makes of this row, where training sees the network as answers do. */
static void check_gradient(const struct ops_net *net, const ink_explanation *of)
{
    struct ops_way way = {.purpose = INKI_FOR_TRAINING, .threads = 1, .chunk = 1};
    struct ops_net one = *net;
    struct ops_result result;
    ink_explained_tensor tensor = INK_INIT(ink_explained_tensor);
    for (size_t i = 0; i < net->model->node_count; i++)
        if (net->model->nodes[i].op->by_batch || net->model->nodes[i].op->training_only) return;
    one.rows = 1;
    ops_run(&one, &way, &result);
    for (size_t i = 0; i < net->model->node_count; i++) {
        struct ops_tensor expected;
        for (size_t t = 0; ops_tensor(net->model, i, t, &expected); t++)
            for (size_t l = 0; expected.trained && l < 20; l++)
                for (size_t k = 0; ink_explanation_tensor(of, l, k, &tensor); k++)
                    for (size_t v = 0; strcmp(tensor.name, expected.name) == 0 && v < tensor.count; v++)
                        if (fabs((double)result.g[ops_at(&expected, v)] - tensor.gradient[v]) >
                            1e-5 * fmax(tensor.norm, 1e-2))
                            fail_msg("'%s': value %zu of %s has the gradient %.9g, not %.9g", net->recipe.notation, v,
                                     tensor.name, (double)result.g[ops_at(&expected, v)], tensor.gradient[v]);
    }
    ops_free(&result);
}

static void explain_net(const struct fixture *f, const char *notation, struct inki_shape in, enum inki_loss_number loss)
{
    struct ops_recipe recipe = {
        .notation = notation, .in = in, .outputs = OUTPUTS, .rows = ROWS, .offset = 1.5f, .loss = loss};
    struct ops_net net;
    ink_explained_row row = INK_INIT(ink_explained_row);
    ink_explanation *of;
    if (ops_begin(&net, f, &recipe)) {
        ink_data *data = data_of(f, &net);
        net_ok(f, ink_explain(f->ctx, net.model, data, 0, &of));
        ink_explanation_row(of, &row);
        assert_true(row.apart < 1e-5 * fmax(1, fabs(row.answers[0])));
        check_layers(&net, of);
        check_gradient(&net, of);
        ink_explanation_free(of);
        ink_data_free(data);
    }
    ops_end(&net);
}

static void every_operation(void **state)
{
    for (size_t k = 0; k < inki_op_count; k++)
        if (inki_ops[k]->parse) {
            explain_net(*state, inki_ops[k]->example, ops_shape(6, 7, 3), INKI_LOSS_cross_entropy);
            explain_net(*state, inki_ops[k]->example, ops_shape(1, 1, 9), INKI_LOSS_mse);
        }
    explain_net(*state, "dense 5 tanh members 3 shared | dense 4 gelu members 3 shared", ops_shape(1, 1, 9),
                INKI_LOSS_cross_entropy);
    explain_net(*state, "conv 4x3x3 stride 2 sigmoid | depthwise 3x3 tanh | dense 4 gelu", ops_shape(7, 6, 2),
                INKI_LOSS_huber);
}

static void every_loss(void **state)
{
    for (int loss = 0; loss < INKI_LOSS_COUNT; loss++)
        explain_net(*state, "dense 6 tanh", ops_shape(1, 1, 5), (enum inki_loss_number)loss);
}

/* ---- what cannot be explained ---- */

static void refused(void **state)
{
    const struct fixture *f = *state;
    struct ops_recipe recipe = {.notation = "dense 4", .in = ops_shape(1, 1, 5), .outputs = OUTPUTS, .rows = ROWS};
    struct ops_net net;
    ink_explanation *of;
    ink_data *silent;
    assert_true(ops_begin(&net, f, &recipe));
    ink_data *data = data_of(f, &net);
    net_fails(f, ink_explain(f->ctx, net.model, data, 2, &of), INK_BAD_ARGUMENT, "row 2 does not exist|2 rows");
    assert_null(of);
    net_ok(f, ink_data_new(f->ctx, ROWS, 5, net.x, NULL, 0, &silent));
    net_fails(f, ink_explain(f->ctx, net.model, silent, 0, &of), INK_BAD_DATA,
              "no labels|neither a loss nor a gradient");
    ink_data_free(silent);
    net_ok(f, ink_data_new(f->ctx, 1, 4, net.x, NULL, 0, &silent));
    net_fails(f, ink_explain(f->ctx, net.model, silent, 0, &of), INK_BAD_DATA, "4 features a row|trained on 5");
    ink_data_free(silent);
    ink_data_free(data);
    ops_end(&net);
}

/* ---- memory ---- */

struct subject {
    ink_model *model;
    ink_data *data;
};

static bool swallow(void *user, const char *bytes, size_t count)
{
    (void)user;
    return bytes && count > 1000;
}

static ink_status explain_once(struct fixture *f, void *arg)
{
    const struct subject *subject = arg;
    ink_explanation *of;
    ink_status status = ink_explain(f->ctx, subject->model, subject->data, 1, &of);
    if (status == INK_OK) status = ink_explanation_write(f->ctx, of, "a <row>", swallow, NULL);
    ink_explanation_free(of);
    return status;
}

static void without_memory(void **state)
{
    struct fixture *f = *state;
    struct ops_recipe recipe = {.notation = "conv 3x3x3 relu | batchnorm | maxpool 2 | dense 4 tanh",
                                .in = ops_shape(6, 6, 1),
                                .outputs = OUTPUTS,
                                .rows = ROWS,
                                .offset = 1.5f};
    struct ops_net net;
    assert_true(ops_begin(&net, f, &recipe));
    struct subject subject = {net.model, data_of(f, &net)};
    assert_true(help_sweep(f, explain_once, &subject) >= 40);
    ink_data_free(subject.data);
    ops_end(&net);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)
    const struct CMUnitTest tests[] = {CASE(every_operation), CASE(every_loss), CASE(refused), CASE(without_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
