/* test_excite: what excites channels and units most, against layers in double; what they see, against what moves them.
 * SPDX-License-Identifier: MIT */
#include "ops_help.h"

#include "out/excite.h"
#include "out/explain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 20, HEIGHT = 12, WIDTH = 10, MOST = 3 * HEIGHT * WIDTH };

static const struct net {
    const char *notation;
    size_t channels, layers;
    bool whole; /* all that a channel sees moves it, but for chance */
} nets[] = {
    {"conv 3 3x3 tanh | conv 4 3x3 stride 2 tanh | conv 2 2x2 pad valid tanh", 1, 2, true},
    {"avgpool 2 | depthwise 3x3 | batchnorm tanh | conv 4 3x3 | layernorm tanh | dense 5 tanh | dense 3 gelu", 3, 4,
     true},
    {"conv 3 5x3 pad 1 | batchnorm tanh | add( conv 3 3x3 tanh | conv 3 3x3 ) tanh | conv 2 3x3 tanh", 1, 3, true},
    {"conv 4 3x3 | maxpool 2 | batchnorm relu | conv 6 3x3 | maxpool 2 | batchnorm relu | dense 4 relu", 3, 2, false},
    {"dense 4 relu | dropout 0.5 | dense 3 tanh", 1, 2, false},
};

static ink_model *model_of(const struct fixture *f, const struct net *net)
{
    return net_model(f, net->notation, (struct inki_shape){HEIGHT, WIDTH, net->channels, 0}, 2, NULL, NULL);
}

/* Rows of images with labels. */
static ink_data *rows_of(const struct fixture *f, const struct net *net, size_t count, const float *x)
{
    int32_t labels[1250];
    ink_rows rows = INK_INIT(ink_rows);
    ink_data *data;
    net_labels(3, count, 2, labels);
    rows.rows = count;
    rows.features = HEIGHT * WIDTH * net->channels;
    rows.floats = x;
    rows.labels = labels;
    rows.classes = 2;
    rows.height = HEIGHT;
    rows.width = WIDTH;
    rows.channels = net->channels;
    ink_data *view;
    net_ok(f, ink_data_wrap(f->ctx, &rows, &view));
    net_ok(f, inki_data_copy(f->ctx, view, &data));
    ink_data_free(view);
    return data;
}

/* What a node gives for a row, in double. */
static const struct inki_explained_layer *values_of(const ink_explanation *e, const struct inki_node *node)
{
    for (size_t i = 1; i < e->count; i++)
        if (e->layers[i].node == node) return &e->layers[i];
    fail();
    return NULL;
}

/* The largest value of a unit in a row, and the first place that has it. */
static double most_of(const struct inki_excited_layer *layer, const double *y, size_t unit, size_t *place)
{
    const size_t places = layer->out.height * layer->out.width;
    *place = 0;
    for (size_t p = 1; p < places; p++)
        if (y[p * layer->out.channels + unit] > y[*place * layer->out.channels + unit]) *place = p;
    return y[*place * layer->out.channels + unit];
}

/* Whether a row's value has its place: as many rows are above it as come before. */
static void check_unit(const struct inki_excited_layer *layer, ink_explanation *const *rows, size_t u)
{
    const struct inki_excited_unit *unit = &layer->units[u];
    for (size_t k = 0; k < unit->count; k++) {
        const struct inki_excited *at = &unit->best[k];
        size_t place, other, above = 0;
        const double value = most_of(layer, values_of(rows[at->row], layer->behind)->y, u, &place);
        net_near((double)at->value, value, 1e-5);
        assert_int_equal(at->place, place);
        for (size_t row = 0; row < ROWS; row++)
            above += most_of(layer, values_of(rows[row], layer->behind)->y, u, &other) > value;
        assert_int_equal(above, k);
    }
}

static void strongest(void **state)
{
    struct fixture *f = *state;
    float x[ROWS * MOST];
    for (size_t n = 0; n < COUNT(nets); n++) {
        struct inki_excite excite;
        ink_explanation *rows[ROWS];
        net_reset(f, "seed=4");
        ink_model *model = model_of(f, &nets[n]);
        net_values(n, ROWS * model->features, -1, 1, x);
        ink_data *data = rows_of(f, &nets[n], ROWS, x);
        net_ok(f, inki_excite_begin(f->ctx, model, data, &excite));
        for (size_t i = 0; i < ROWS; i++) net_ok(f, ink_explain(f->ctx, model, data, i, &rows[i]));
        assert_int_equal(excite.rows, ROWS);
        assert_int_equal(excite.count, nets[n].layers);
        for (size_t l = 0; l < excite.count; l++)
            for (size_t u = 0; u < excite.layers[l].out.channels; u++) {
                check_unit(&excite.layers[l], rows, u);
                assert_true(excite.layers[l].units[u].count == INKI_EXCITED || !nets[n].whole);
            }
        for (size_t i = 0; i < ROWS; i++) ink_explanation_free(rows[i]);
        inki_excite_end(&excite);
        ink_data_free(data);
        ink_model_free(model);
    }
}

/* Rows and columns of the image that move a value: [first, end). */
struct moved {
    size_t first[2], end[2];
};

static size_t last_place(const struct inki_excited_layer *layer) { return layer->out.height * layer->out.width - 1; }

/* Looks at which of the pixels [pixel, pixel + count), moved one by one in rows 1 to count, move the first channel at a place. */
static void look_at(const struct inki_program *program, const struct inki_excited_layer *layer, size_t place,
                    size_t pixel, size_t count, struct moved *out)
{
    const struct inki_node *node = layer->behind;
    const float *y = inki_program_output(program, (size_t)(node - program->model->nodes));
    for (size_t i = 1; i <= count; i++) {
        const size_t at[2] = {(pixel + i - 1) / WIDTH, (pixel + i - 1) % WIDTH};
        const float before = y[place * inki_pitch(&node->out)];
        for (size_t side = 0; side < 2 && y[i * node->out_stride + place * inki_pitch(&node->out)] != before; side++) {
            if (at[side] < out->first[side]) out->first[side] = at[side];
            if (at[side] >= out->end[side]) out->end[side] = at[side] + 1;
        }
    }
}

/* The first channel of each layer, at its first and at its last place: moved[layers][2]. */
static void find_moved(const struct fixture *f, const ink_model *model, const struct inki_excite *excite,
                       struct moved *moved)
{
    enum { AT_ONCE = 40 };
    float x[(AT_ONCE + 1) * MOST];
    struct inki_program program;
    const struct inki_use use = {.purpose = INKI_FOR_PREDICTING, .rows = AT_ONCE + 1, .threads = 1, .observe = true};
    net_values(8, model->features, -1, 1, x);
    net_ok(f, inki_program_begin(f->ctx, model, &use, &program));
    for (size_t l = 0; l < 2 * excite->count; l++) moved[l] = (struct moved){{SIZE_MAX, SIZE_MAX}, {0, 0}};
    for (size_t pixel = 0; pixel < HEIGHT * WIDTH; pixel += AT_ONCE) {
        for (size_t i = 1; i <= AT_ONCE; i++) {
            memcpy(x + i * model->features, x, model->features * sizeof *x);
            x[i * model->features + (pixel + i - 1) * model->in.channels] += 5;
        }
        net_run(&program, x, AT_ONCE + 1, &(struct inki_feed){.fresh = true});
        for (size_t l = 0; l < excite->count; l++)
            for (size_t k = 0; k < 2; k++)
                look_at(&program, &excite->layers[l], k * last_place(&excite->layers[l]), pixel, AT_ONCE,
                        &moved[2 * l + k]);
    }
    inki_program_end(&program);
}

static void check_sight(const struct net *net, const struct inki_excited_layer *layer, size_t place,
                        const struct moved *moved)
{
    const size_t sides[2] = {HEIGHT, WIDTH}, at[2] = {place / layer->out.width, place % layer->out.width};
    for (size_t side = 0; side < 2; side++) {
        const struct inki_sight *sight = &layer->sight[side];
        const size_t begin = at[side] * sight->step, last = begin + sight->size - sight->before,
                     from = begin > sight->before ? begin - sight->before : 0,
                     to = last < sides[side] ? last : sides[side];
        assert_true(moved->end[side] == 0 || (moved->first[side] >= from && moved->end[side] <= to));
        if (!net->whole) continue;
        assert_int_equal(moved->first[side], from);
        assert_int_equal(moved->end[side], to);
    }
}

static void sights(void **state)
{
    struct fixture *f = *state;
    for (size_t n = 0; n < COUNT(nets); n++) {
        struct inki_excite excite;
        struct moved moved[2 * 4];
        float x[MOST];
        net_reset(f, "seed=5");
        ink_model *model = model_of(f, &nets[n]);
        net_values(n, model->features, -1, 1, x);
        ink_data *data = rows_of(f, &nets[n], 1, x);
        net_ok(f, inki_excite_begin(f->ctx, model, data, &excite));
        find_moved(f, model, &excite, moved);
        for (size_t l = 0; l < excite.count; l++)
            for (size_t k = 0; k < 2; k++)
                check_sight(&nets[n], &excite.layers[l], k * last_place(&excite.layers[l]), &moved[2 * l + k]);
        inki_excite_end(&excite);
        ink_data_free(data);
        ink_model_free(model);
    }
}

/* The same for all tables of kernels and any threads; a sample of many rows. */
static void same_anywhere(void **state)
{
    struct fixture *f = *state;
    enum { MANY = 1250 };
    ink_ctx *contexts[OPS_KERNELS];
    const size_t count = ops_contexts(contexts);
    struct inki_excite excite, other;
    float *x = malloc(MANY * MOST * sizeof *x);
    assert_non_null(x);
    net_reset(f, "seed=6");
    ink_model *model = model_of(f, &nets[3]);
    net_values(9, MANY * MOST, -1, 1, x);
    ink_data *data = rows_of(f, &nets[3], MANY, x);
    net_ok(f, inki_excite_begin(f->ctx, model, data, &excite));
    assert_int_equal(excite.rows, INKI_EXCITE_ROWS);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(ink_ctx_set_threads(contexts[i], (unsigned)(1 + i)), INK_OK);
        assert_int_equal(inki_excite_begin(contexts[i], model, data, &other), INK_OK);
        for (size_t l = 0; l < excite.count; l++) {
            const struct inki_excited_layer *layer = &excite.layers[l];
            assert_memory_equal(layer->units, other.layers[l].units, layer->out.channels * sizeof *layer->units);
            for (size_t k = 0; k < layer->units[0].count; k++) assert_true(layer->units[0].best[k].row % 5 != 4);
        }
        inki_excite_end(&other);
        ink_ctx_free(contexts[i]);
    }
    inki_excite_end(&excite);
    ink_data_free(data);
    ink_model_free(model);
    free(x);
}

/* Of rows that are alike the first ones; a channel that gives the same everywhere is dead. */
static void ties_and_dead(void **state)
{
    struct fixture *f = *state;
    float x[ROWS * MOST];
    struct inki_excite excite;
    net_reset(f, "seed=7");
    ink_model *model = model_of(f, &nets[0]);
    net_values(1, model->features, -1, 1, x);
    for (size_t i = 1; i < ROWS; i++) memcpy(x + i * model->features, x, model->features * sizeof *x);
    ink_data *data = rows_of(f, &nets[0], ROWS, x);
    const struct inki_node *last = &model->nodes[2];
    struct inki_param weights;
    assert_true(inki_param(last, 0, &weights));
    for (size_t i = 0; i < weights.count / 2; i++) model->w[last->offset + last->op->at(last, 0, i)] = 0;
    net_ok(f, inki_excite_begin(f->ctx, model, data, &excite));
    assert_int_equal(excite.layers[1].units[0].count, 0);
    assert_int_equal(excite.layers[1].units[1].count, INKI_EXCITED);
    for (size_t k = 0; k < INKI_EXCITED; k++) assert_int_equal(excite.layers[1].units[1].best[k].row, k);
    inki_excite_end(&excite);
    ink_data_free(data);
    ink_model_free(model);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {CASE(strongest), CASE(sights), CASE(same_anywhere), CASE(ties_and_dead)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
