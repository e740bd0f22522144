/* test_values: settings as values of C, models in memory, weights as arrays, rows as views.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- settings ---- */

static void settings_take_values(void **state)
{
    const struct fixture *f = *state;
    bool truth = true;
    int64_t whole = -1;
    double real = 0;
    const char *word = NULL;
    net_ok(f, ink_settings_set_bool(f->ctx, f->set, "stratify", true));
    net_ok(f, ink_settings_set_int(f->ctx, f->set, "epochs", 7));
    net_ok(f, ink_settings_set_int(f->ctx, f->set, "dropout", 0)); /* an integer is a number */
    net_ok(f, ink_settings_set_real(f->ctx, f->set, "lr", 0.1));
    net_ok(f, ink_settings_set_choice(f->ctx, f->set, "optimizer", "adam"));
    net_ok(f, ink_settings_set_choice(f->ctx, f->set, "batch", "full"));
    net_ok(f, ink_settings_get_bool(f->ctx, f->set, "stratify", &truth));
    assert_true(truth && ink_settings_is_set(f->set, "stratify"));
    net_ok(f, ink_settings_get_int(f->ctx, f->set, "epochs", &whole));
    assert_int_equal(whole, 7);
    net_ok(f, ink_settings_get_real(f->ctx, f->set, "lr", &real));
    assert_true(real == 0.1);
    assert_string_equal(ink_settings_get(f->set, "lr"), "0.1");
    net_ok(f, ink_settings_get_real(f->ctx, f->set, "epochs", &real));
    assert_true(real == 7);
    net_ok(f, ink_settings_get_choice(f->ctx, f->set, "optimizer", &word));
    assert_string_equal(word, "adam");
    assert_string_equal(ink_settings_get(f->set, "batch"), "full");
    net_ok(f, ink_settings_set_int(f->ctx, f->set, "steps", 1000000000000000)); /* 1e15, the largest */
    net_ok(f, ink_settings_get_int(f->ctx, f->set, "steps", &whole));
    assert_int_equal(whole, 1000000000000000);
}

/* Each row by the setters and getters of its type and of all others. */
static void settings_know_their_types(void **state)
{
    const struct fixture *f = *state;
    for (size_t i = 0; i < ink_settings_count(); i++) {
        const ink_setting *row = ink_settings_row(i);
        bool truth, is_bool = row->type == INK_TYPE_BOOL, is_int = row->type == INK_TYPE_INT;
        bool is_number = is_int || row->type == INK_TYPE_REAL, has_word = is_number && row->choices;
        bool is_word = has_word && strstr(row->choices, row->initial);
        int64_t whole;
        double real;
        const char *word;
        assert_int_equal(ink_settings_get_bool(f->ctx, f->set, row->name, &truth), is_bool ? INK_OK : INK_BAD_SETTING);
        assert_int_equal(ink_settings_get_int(f->ctx, f->set, row->name, &whole),
                         is_int && !is_word ? INK_OK : INK_BAD_SETTING);
        assert_int_equal(ink_settings_get_real(f->ctx, f->set, row->name, &real),
                         is_number && !is_word ? INK_OK : INK_BAD_SETTING);
        assert_true(!isnan(real) == (is_number && !is_word));
        assert_int_equal(ink_settings_get_choice(f->ctx, f->set, row->name, &word),
                         row->type == INK_TYPE_CHOICE ? INK_OK : INK_BAD_SETTING);
        assert_true(!word == (row->type != INK_TYPE_CHOICE));
        assert_int_equal(ink_settings_set_bool(f->ctx, f->set, row->name, true), is_bool ? INK_OK : INK_BAD_SETTING);
        assert_int_equal(ink_settings_set_real(f->ctx, f->set, row->name, row->min),
                         is_number ? INK_OK : INK_BAD_SETTING);
        const char *last = has_word && strchr(row->choices, '|') ? strchr(row->choices, '|') + 1 : row->choices;
        if (has_word) net_ok(f, ink_settings_set_choice(f->ctx, f->set, row->name, last));
        if (!has_word && row->type != INK_TYPE_CHOICE)
            net_fails(f, ink_settings_set_choice(f->ctx, f->set, row->name, "x"), INK_BAD_SETTING, row->name);
    }
}

static void settings_refuse_values(void **state)
{
    const struct fixture *f = *state;
    int64_t whole = 5;
    net_fails(f, ink_settings_set_int(f->ctx, f->set, "epocs", 1), INK_BAD_SETTING, "did you mean 'epochs'");
    net_fails(f, ink_settings_set_int(f->ctx, f->set, "epochs", 0), INK_BAD_SETTING, "epochs: 0 is outside 1 to");
    net_fails(f, ink_settings_set_int(f->ctx, f->set, "epochs", INT64_MIN), INK_BAD_SETTING, "outside");
    net_fails(f, ink_settings_set_real(f->ctx, f->set, "epochs", 1.5), INK_BAD_SETTING, "1.5|integer");
    net_fails(f, ink_settings_set_real(f->ctx, f->set, "lr", (double)NAN), INK_BAD_SETTING, "lr: nan|not a number");
    net_fails(f, ink_settings_set_real(f->ctx, f->set, "lr", (double)INFINITY), INK_BAD_SETTING, "not a number");
    net_fails(f, ink_settings_set_int(f->ctx, f->set, "hidden", 20), INK_BAD_SETTING, "hidden: is a text|a number");
    net_fails(f, ink_settings_set_choice(f->ctx, f->set, "batch", "half"), INK_BAD_SETTING,
              "'half' is not the word auto or full");
    net_fails(f, ink_settings_set_choice(f->ctx, f->set, "optimizer", "adan"), INK_BAD_SETTING, "did you mean 'adam'");
    net_ok(f, ink_settings_set(f->ctx, f->set, "batch", "full"));
    net_fails(f, ink_settings_get_int(f->ctx, f->set, "batch", &whole), INK_BAD_SETTING, "batch: is the word full");
    assert_int_equal(whole, 0);
    assert_false(ink_settings_is_set(f->set, "epochs"));
}

/* ---- models in memory ---- */

struct buffer {
    uint8_t bytes[20000];
    size_t size, room;
};

static bool append(void *user, const char *bytes, size_t count)
{
    struct buffer *buffer = user;
    if (count > buffer->room - buffer->size) return false;
    memcpy(buffer->bytes + buffer->size, bytes, count);
    buffer->size += count;
    return true;
}

static ink_model *small_model(const struct fixture *f)
{
    ink_model *model;
    net_ok(f, ink_model_new(f->ctx, "dense 5 relu | dense 70 tanh", 7, 3, f->set, &model));
    return model;
}

static void models_go_through_memory(void **state)
{
    const struct fixture *f = *state;
    static struct buffer buffer;
    ink_model *model = small_model(f), *back;
    size_t size;
    buffer = (struct buffer){.room = sizeof buffer.bytes};
    net_ok(f, ink_model_write(f->ctx, model, append, &buffer));
    net_ok(f, ink_model_save(f->ctx, model, help_path(f, "m")));
    uint8_t *file = help_read(help_path(f, "m"), &size);
    assert_int_equal(size, buffer.size);
    assert_memory_equal(file, buffer.bytes, size);
    net_ok(f, ink_model_read(f->ctx, buffer.bytes, buffer.size, "the buffer", &back));
    memset(buffer.bytes, 0, sizeof buffer.bytes); /* nothing of it is borrowed */
    assert_true(inki_model_hash(model) == inki_model_hash(back));
    assert_memory_equal(back->w, model->w, model->size * sizeof *model->w);
    ink_model_free(back);
    for (size_t end = 0; end < size; end += end < 16 ? 1 : 101) {
        net_fails(f, ink_model_read(f->ctx, file, end, "the buffer", &back), INK_BAD_FILE, "the buffer: ");
        assert_null(back);
    }
    for (size_t room = 0; room < size; room += 997) {
        buffer = (struct buffer){.room = room};
        net_fails(f, ink_model_write(f->ctx, model, append, &buffer), INK_IO, "did not accept");
    }
    free(file);
    ink_model_free(model);
}

/* ---- weights ---- */

static void weights_come_as_arrays(void **state)
{
    static const struct {
        const char *name;
        size_t rank, dims[2];
    } expected[] = {{"scale.shift", 1, {7, 0}},    {"scale.factor", 1, {7, 0}},   {"dense1.weight", 2, {5, 7}},
                    {"dense1.bias", 1, {5, 0}},    {"dense2.weight", 2, {70, 5}}, {"dense2.bias", 1, {70, 0}},
                    {"dense3.weight", 2, {3, 70}}, {"dense3.bias", 1, {3, 0}}};
    static const float shift[7] = {1, 2, 3, 4, 5, 6, 7}, factor[7] = {2, 2, 2, 2, 2, 2, 2};
    static float values[400], again[400];
    const struct fixture *f = *state;
    ink_tensor tensor = INK_INIT(ink_tensor);
    ink_model *model = net_model(f, "dense 5 relu | dense 70 tanh", (struct inki_shape){1, 1, 7, 0}, 3, shift, factor);
    for (size_t i = 0; i < COUNT(expected); i++) {
        assert_true(ink_model_tensor(model, i, &tensor));
        assert_string_equal(tensor.name, expected[i].name);
        assert_int_equal(tensor.rank, expected[i].rank);
        assert_memory_equal(tensor.dims, expected[i].dims, sizeof expected[i].dims);
        assert_int_equal(tensor.count, tensor.dims[0] * (tensor.rank > 1 ? tensor.dims[1] : 1));
        assert_int_equal(tensor.frozen, i < 2);
        for (size_t k = 0; k < tensor.count; k++) values[k] = (float)(1000 * i + k) / 7;
        net_ok(f, ink_model_set_tensor(f->ctx, model, tensor.name, tensor.dims, tensor.rank, values));
        net_ok(f, ink_model_get_tensor(f->ctx, model, tensor.name, tensor.count, again));
        assert_memory_equal(again, values, tensor.count * sizeof *values);
    }
    assert_false(ink_model_tensor(model, COUNT(expected), &tensor));
    assert_int_equal(tensor.count, 0);
    net_ok(f, ink_model_get_tensor(f->ctx, model, "dense2.weight", 350, again));
    assert_true(again[349] == (float)(4000 + 349) / 7); /* what came later has not moved it */
    ink_model_free(model);
}

/* A network set by hand, with W as (outputs, inputs): z = (x0 - x1, x1 - x0). */
static void weights_have_the_order_of_the_file(void **state)
{
    const struct fixture *f = *state;
    static const float w[4] = {1, -1, -1, 1}, b[2] = {0, 0}, x[2] = {3, 1};
    float p[2];
    ink_model *model;
    net_ok(f, ink_model_new(f->ctx, "", 2, 2, f->set, &model));
    net_ok(f, ink_model_set_tensor(f->ctx, model, "dense1.weight", (size_t[]){2, 2}, 2, w));
    net_ok(f, ink_model_set_tensor(f->ctx, model, "dense1.bias", (size_t[]){2}, 1, b));
    net_ok(f, ink_predict(f->ctx, model, 1, x, p));
    net_near((double)p[0], 1 / (1 + exp(-4)), 1e-6);
    ink_model_free(model);
}

static void weights_are_refused(void **state)
{
    const struct fixture *f = *state;
    static float values[35];
    ink_model *model = small_model(f);
    uint64_t hash = inki_model_hash(model);
    net_fails(f, ink_model_get_tensor(f->ctx, model, "dense9.weight", 35, values), INK_BAD_ARGUMENT, "'dense9.weight'");
    net_fails(f, ink_model_get_tensor(f->ctx, model, "dense1.weight", 34, values), INK_BAD_ARGUMENT,
              "room for 34 values|expected 35");
    net_fails(f, ink_model_set_tensor(f->ctx, model, "", (size_t[]){5, 7}, 2, values), INK_BAD_ARGUMENT,
              "no tensor ''");
    net_fails(f, ink_model_set_tensor(f->ctx, model, "dense1.weight", (size_t[]){7, 5}, 2, values), INK_BAD_ARGUMENT,
              "shape [7,5]|expected [5,7]");
    net_fails(f, ink_model_set_tensor(f->ctx, model, "dense1.weight", (size_t[]){35}, 1, values), INK_BAD_ARGUMENT,
              "shape [35]|expected [5,7]");
    net_fails(f, ink_model_set_tensor(f->ctx, model, "dense1.weight", (size_t[]){1, 1, 1, 5, 7}, 5, values),
              INK_BAD_ARGUMENT, "[1,1,1,5,…]");
    values[34] = NAN;
    net_fails(f, ink_model_set_tensor(f->ctx, model, "dense1.weight", (size_t[]){5, 7}, 2, values), INK_BAD_DATA,
              "dense1.weight: value 34|nan");
    assert_true(inki_model_hash(model) == hash);
    ink_model_free(model);
}

/* ---- rows ---- */

static float first_value(const ink_data *data, size_t row)
{
    float x[2];
    ink_data_row(data, row, x);
    return x[0];
}

static void rows_by_range_and_number(void **state)
{
    const struct fixture *f = *state;
    static const float x[12] = {0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0};
    static const int32_t labels[6] = {0, 1, 0, 1, 0, 1};
    ink_data *data, *range, *some, *begin;
    ink_data_info info = INK_INIT(ink_data_info);
    net_ok(f, ink_data_new(f->ctx, 6, 2, x, labels, 2, &data));
    net_ok(f, ink_data_range(f->ctx, data, 2, 6, &range));
    net_ok(f, ink_data_range(f->ctx, data, 0, 3, &begin));
    net_ok(f, ink_data_select(f->ctx, range, (const uint32_t[]){3, 0, 0}, 3, &some));
    ink_data_describe(range, &info);
    assert_int_equal(info.rows, 4);
    for (size_t i = 0; i < 4; i++) assert_true(first_value(range, i) == (float)(i + 2));
    for (size_t i = 0; i < 3; i++) assert_true(first_value(begin, i) == (float)i);
    ink_data_describe(some, &info);
    assert_int_equal(info.rows, 3);
    assert_true(first_value(some, 0) == 5 && first_value(some, 1) == 2 && first_value(some, 2) == 2);
    assert_int_equal(inki_data_label(some, 0), 1);
    ink_data_free(range); /* a view of a view borrows from the data itself */
    assert_true(first_value(some, 0) == 5);
    ink_data_free(some);
    ink_data_free(begin);
    ink_data_free(data);
}

static void rows_that_are_not_there(void **state)
{
    const struct fixture *f = *state;
    ink_data *data = net_data(f, 1, 6, 2, 2), *none;
    net_fails(f, ink_data_range(f->ctx, data, 2, 7, &none), INK_BAD_ARGUMENT, "rows 2 to 7|it has 6");
    net_fails(f, ink_data_range(f->ctx, data, 3, 3, &none), INK_BAD_ARGUMENT, "rows 3 to 3");
    net_fails(f, ink_data_range(f->ctx, data, 5, 4, &none), INK_BAD_ARGUMENT, "rows 5 to 4");
    net_fails(f, ink_data_range(f->ctx, data, 0, SIZE_MAX, &none), INK_BAD_ARGUMENT, "it has 6");
    net_fails(f, ink_data_select(f->ctx, data, (const uint32_t[]){0, 6}, 2, &none), INK_BAD_ARGUMENT, "row 6|has 6");
    net_fails(f, ink_data_select(f->ctx, data, NULL, 0, &none), INK_BAD_ARGUMENT, "range of rows is empty");
    assert_null(none);
    ink_data_free(data);
}

/* ---- memory ---- */

static ink_status all_calls(struct fixture *f, void *arg)
{
    static struct buffer buffer;
    const ink_model *model = arg;
    ink_data *data = NULL, *range = NULL, *some = NULL;
    ink_model *back = NULL;
    static const float x[6] = {0};
    buffer = (struct buffer){.room = sizeof buffer.bytes};
    ink_status status = ink_data_new(f->ctx, 3, 2, x, NULL, 0, &data);
    if (status == INK_OK) status = ink_data_range(f->ctx, data, 1, 3, &range);
    if (status == INK_OK) status = ink_data_select(f->ctx, range, (const uint32_t[]){1, 0}, 2, &some);
    if (status == INK_OK) status = ink_model_write(f->ctx, model, append, &buffer);
    if (status == INK_OK) status = ink_model_read(f->ctx, buffer.bytes, buffer.size, "memory", &back);
    ink_data_free(some);
    ink_data_free(range);
    ink_data_free(data);
    ink_model_free(back);
    return status;
}

static void memory_runs_out(void **state)
{
    struct fixture *f = *state;
    ink_model *model = small_model(f);
    assert_true(help_sweep(f, all_calls, model) > 10);
    ink_model_free(model);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(settings_take_values),     CASE(settings_know_their_types), CASE(settings_refuse_values),
        CASE(models_go_through_memory), CASE(weights_come_as_arrays),    CASE(weights_have_the_order_of_the_file),
        CASE(weights_are_refused),      CASE(rows_by_range_and_number),  CASE(rows_that_are_not_there),
        CASE(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
