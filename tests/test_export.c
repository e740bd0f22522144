/* test_export: a model out as .npz and back in as starting weights; formats that do not exist; failures on the way.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include "read/npy.h"
#include "train/start.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 40, FEATURES = 6, CLASSES = 3 };

/* A model on these settings and rows, with weights of its own. */
static ink_model *make(struct fixture *f, const char *settings, const ink_data *data)
{
    ink_model *model;
    net_reset(f, settings);
    net_ok(f, inki_start_model(f->ctx, data, f->set, &model));
    return model;
}

static void names_unknown(void **state)
{
    struct fixture *f = *state;
    ink_data *data = net_data(f, 1, ROWS, FEATURES, CLASSES);
    ink_model *model = make(f, "hidden=4", data);
    net_fails(f, ink_model_export(f->ctx, model, "nzp", help_path(f, "a")), INK_BAD_ARGUMENT,
              "'nzp' (c, |npz)|did you mean 'npz'");
    net_fails(f, ink_model_export(f->ctx, model, "", help_path(f, "a")), INK_BAD_ARGUMENT, "unknown format ''");
    net_fails(f, ink_model_export(f->ctx, model, "npz", help_path(f, "no/a.npz")), INK_IO, "no/a.npz");
    FILE *file = fopen(help_path(f, "a"), "rb");
    assert_null(file);
    ink_model_free(model);
    ink_data_free(data);
}

static ink_status export_it(struct fixture *f, void *model)
{
    return ink_model_export(f->ctx, model, "npz", help_path(f, "o.npz"));
}

static void out_of_memory(void **state)
{
    struct fixture *f = *state;
    ink_data *data = net_data(f, 1, ROWS, FEATURES, CLASSES);
    ink_model *model = make(f, "hidden=4", data);
    assert_true(help_sweep(f, export_it, model) >= 3);
    ink_model_free(model);
    ink_data_free(data);
}

#ifdef INKI_HAVE_LIBZIP
static const struct inki_array *array_of(const struct inki_array *arrays, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(arrays[i].name, name) == 0) return &arrays[i];
    fail_msg("there is no array %s", name);
    return NULL;
}

static void what_is_in_it(void **state)
{
    struct fixture *f = *state;
    struct inki_array *arrays;
    size_t count;
    char text[64];
    ink_data *data = net_data(f, 1, ROWS, FEATURES, CLASSES);
    ink_model *model = make(f, "net=dense 4 tanh | dropout 0.2; scale=standard", data);
    const char *path = help_path(f, "weights.npz");
    net_ok(f, ink_model_export(f->ctx, model, "npz", path));
    net_ok(f, inki_npz_read(f->ctx, path, &arrays, &count));
    assert_int_equal(count, 10);
    const struct inki_array *w = array_of(arrays, count, "W1"), *b = array_of(arrays, count, "b2");
    assert_true(w->rank == 2 && w->dims[0] == FEATURES && w->dims[1] == 4 && b->rank == 1 && b->dims[0] == CLASSES);
    const struct inki_node *dense = &model->nodes[1];
    for (size_t i = 0; i < FEATURES; i++)
        for (size_t o = 0; o < 4; o++)
            assert_true(inki_array_at(w, i * 4 + o) ==
                        (double)model->w[dense->offset + dense->op->at(dense, 0, o * FEATURES + i)]);
    const struct inki_array *shift = array_of(arrays, count, "scale_shift"),
                            *factor = array_of(arrays, count, "scale_factor");
    assert_true(shift->count == FEATURES && inki_array_at(shift, 2) == (double)model->w[2]);
    assert_int_equal(factor->count, FEATURES);
    inki_array_text(array_of(arrays, count, "notation"), 0, text);
    assert_string_equal(text, "dense 4 tanh | dropout 0.2");
    inki_array_text(array_of(arrays, count, "scaling"), 0, text);
    assert_string_equal(text, "standard");
    inki_array_text(array_of(arrays, count, "classes"), 2, text);
    assert_string_equal(text, "2");
    assert_true(inki_array_at(array_of(arrays, count, "input_shape"), 1) == FEATURES);
    inki_arrays_free(f->ctx, arrays, count);
    ink_model_free(model);
    ink_data_free(data);
}

/* Into a network that was fitted on other rows: the scaling comes along, so that the answers are the same to the bit. */
static void and_back(void **state)
{
    static const char *const settings[] = {"hidden=5,4; scale=standard; seed=3",
                                           "hidden=4; scale=minmax; activation=tanh", "hidden=0; scale=none",
                                           "hidden=6,6; scale=255"};
    struct fixture *f = *state;
    for (size_t c = 0; c < COUNT(settings); c++) {
        float p[2][ROWS * CLASSES];
        ink_data *data = net_data(f, 1, ROWS, FEATURES, CLASSES), *other = net_data(f, 2, ROWS, FEATURES, CLASSES);
        ink_model *model = make(f, settings[c], data), *again;
        const char *path = help_path(f, "weights.npz");
        net_ok(f, ink_model_export(f->ctx, model, "npz", path));
        net_reset(f, settings[c]);
        help_set(f, "seed", "9");
        help_set(f, "init-from", path);
        net_ok(f, inki_start_model(f->ctx, other, f->set, &again));
        assert_memory_equal(again->w, model->w, model->size * sizeof *model->w);
        assert_string_equal(again->scaling, model->scaling);
        net_ok(f, ink_predict_data(f->ctx, model, data, p[0]));
        net_ok(f, ink_predict_data(f->ctx, again, data, p[1]));
        assert_memory_equal(p[0], p[1], sizeof p[0]);
        ink_model_free(again);
        ink_model_free(model);
        ink_data_free(other);
        ink_data_free(data);
    }
}

/* What the archive says and the network is not. */
static void what_is_noted(void **state)
{
    struct fixture *f = *state;
    const char *path = help_path(f, "weights.npz");
    ink_data *data = net_data(f, 1, ROWS, FEATURES, CLASSES);
    ink_model *model = make(f, "hidden=4; scale=standard", data), *again;
    net_ok(f, ink_model_export(f->ctx, model, "npz", path));
    net_reset(f, "hidden=4; scale=none");
    help_set(f, "init-from", path);
    net_ok(f, inki_start_model(f->ctx, data, f->set, &again));
    assert_non_null(strstr(f->note, "its scaling is ignored"));
    ink_model_free(again);
    net_reset(f, "hidden=4; scale=minmax; activation=tanh");
    help_set(f, "init-from", path);
    net_ok(f, inki_start_model(f->ctx, data, f->set, &again));
    assert_non_null(strstr(f->note, "its scaling (standard) is used"));
    assert_string_equal(ink_model_metadata(again, "scaling"), "standard");
    ink_model_free(again);
    memcpy(data->class_names[1], "x", 2); /* the data has another class now */
    net_fails(f, inki_start_model(f->ctx, data, f->set, &again), INK_BAD_DATA, "other classes|'1' for 'x'");
    ink_model_free(model);
    ink_data_free(data);
}
#endif

#define TEST(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(names_unknown), TEST(out_of_memory),
#ifdef INKI_HAVE_LIBZIP
        TEST(what_is_in_it), TEST(and_back),      TEST(what_is_noted),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
