/* test_unlike: what tells rows unlike all others: shares that mean what they say, files, damage, the same bits, models that have none.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include "base/file.h"
#include "model/unlike.h"
#include "train/unlike.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 4000, FEATURES = 6, CLASSES = 3, SIDE = 8, MOST_BYTES = 1 << 18 };

/* Half of the rows are trained on and held out, half are fresh. */
static ink_model *train(struct fixture *f, const char *settings, ink_data **data, ink_data **fresh)
{
    ink_data *seen;
    ink_model *model;
    ink_run *run;
    *data = net_clusters(f, 7, ROWS, FEATURES, CLASSES, 0.3f);
    net_reset(f, settings);
    net_ok(f, ink_data_range(f->ctx, *data, 0, ROWS / 2, &seen));
    net_ok(f, ink_data_range(f->ctx, *data, ROWS / 2, ROWS, fresh));
    net_ok(f, ink_train(f->ctx, seen, f->set, NULL, &model, &run));
    ink_run_free(run);
    ink_data_free(seen);
    return model;
}

static double share_below(const float *known, size_t count, double bound)
{
    size_t below = 0;
    for (size_t i = 0; i < count; i++) below += (double)known[i] < bound;
    return (double)below / (double)count;
}

/* Fresh rows are below a bound as often as it says, by 4 deviations of the 600 rows that tables are made of; rows far away always. */
static void shares_are_rates(void **state)
{
    struct fixture *f = *state;
    static float known[ROWS];
    float far[2 * FEATURES];
    ink_data *data, *fresh;
    ink_model *model = train(f, "hidden=16;epochs=4;val=600;seed=1", &data, &fresh);
    net_ok(f, ink_known_data(f->ctx, model, fresh, known));
    for (double bound = 0.05; bound < 1; bound += 0.15)
        net_near(share_below(known, ROWS / 2, bound), bound, 4 * sqrt(bound * (1 - bound) * (1.0 / 600 + 2.0 / ROWS)));
    assert_true(share_below(known, ROWS / 2, 0.01) < 0.03);
    for (size_t i = 0; i < 2 * FEATURES; i++) far[i] = i < FEATURES ? 40.0f : (i % 2 ? -30.0f : 30.0f);
    net_ok(f, ink_known(f->ctx, model, 2, far, known));
    assert_true(known[0] < 0.01f && known[1] < 0.01f);
    ink_model_free(model);
    ink_data_free(fresh);
    ink_data_free(data);
}

/* Of the rows that tables are made of the share is their rank's, to a part of an entry's step. */
static void ranks_of_the_table(void **state)
{
    struct fixture *f = *state;
    static float known[ROWS];
    ink_data *data, *fresh, *part, *valid, *test;
    ink_model *model = train(f, "hidden=16;epochs=2;val=600;seed=1", &data, &fresh);
    net_ok(f, ink_data_range(f->ctx, data, 0, ROWS / 2, &part));
    ink_data *rest;
    net_ok(f, ink_data_split(f->ctx, part, f->set, &rest, &valid, &test));
    net_ok(f, ink_known_data(f->ctx, model, valid, known));
    for (size_t i = 0; i < valid->rows; i++) {
        size_t as_unlike = 0;
        for (size_t k = 0; k < valid->rows; k++) as_unlike += known[k] <= known[i];
        net_near((double)known[i], (double)as_unlike / (double)valid->rows, 0.05);
    }
    ink_data_free(rest);
    ink_data_free(valid);
    ink_data_free(part);
    ink_model_free(model);
    ink_data_free(fresh);
    ink_data_free(data);
}

/* No more rows are looked at than were trained on, nor fewer than tell anything. */
static void few_steps_look_at_few_rows(void **state)
{
    static const struct {
        const char *settings;
        size_t rows;
    } cases[] = {{"hidden=4;val=600;batch=50;steps=1", INKI_UNLIKE_LEAST},
                 {"hidden=4;val=600;batch=50;steps=5", 250},
                 {"hidden=4;val=600;batch=50;steps=90", 600}};
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ink_data *data, *fresh;
        ink_model *model = train(f, cases[i].settings, &data, &fresh);
        assert_int_equal(model->unlike->rows, cases[i].rows);
        ink_model_free(model);
        ink_data_free(fresh);
        ink_data_free(data);
    }
}

static void assert_same(const struct fixture *f, const ink_model *a, const ink_model *b)
{
    struct inki_bytes left, right;
    net_ok(f, inki_model_to_bytes(f->ctx, a, &left));
    net_ok(f, inki_model_to_bytes(f->ctx, b, &right));
    assert_int_equal(left.size, right.size);
    assert_memory_equal(left.data, right.data, left.size);
    inki_bytes_free(f->ctx, &left);
    inki_bytes_free(f->ctx, &right);
}

/* Nor do threads show, one row or many, floats of rows or rows of data, or a file in between. */
static void check_bits(struct fixture *f, const char *settings)
{
    static float all[ROWS], one;
    float x[FEATURES];
    ink_data *data, *fresh;
    ink_model *models[2], *read;
    for (unsigned i = 0; i < 2; i++) {
        net_ok(f, ink_ctx_set_threads(f->ctx, i ? 3 : 1));
        models[i] = train(f, settings, &data, &fresh);
        if (i) break;
        ink_data_free(fresh);
        ink_data_free(data);
    }
    assert_same(f, models[0], models[1]);
    net_ok(f, ink_known_data(f->ctx, models[0], fresh, all));
    net_ok(f, ink_ctx_set_threads(f->ctx, 2));
    net_ok(f, ink_model_save(f->ctx, models[0], help_path(f, "m")));
    net_ok(f, ink_model_load(f->ctx, help_path(f, "m"), &read));
    assert_same(f, models[0], read);
    for (size_t i = 0; i < 200; i++) {
        ink_data_row(fresh, i, x);
        net_ok(f, ink_known(f->ctx, read, 1, x, &one));
        assert_memory_equal(&one, &all[i], sizeof one);
    }
    static float rows[300][FEATURES], p[300][CLASSES], plain[300][CLASSES], known[300];
    ink_predictor *predictor;
    for (size_t i = 0; i < 300; i++) ink_data_row(fresh, i, rows[i]);
    net_ok(f, ink_predictor_new(f->ctx, read, 70, &predictor));
    net_ok(f, ink_predictor_run_known(predictor, 300, rows[0], p[0], known));
    net_ok(f, ink_predictor_run(predictor, 300, rows[0], plain[0]));
    assert_memory_equal(known, all, sizeof known);
    assert_memory_equal(p, plain, sizeof p);
    ink_predictor_free(predictor);
    for (unsigned i = 0; i < 2; i++) ink_model_free(models[i]);
    ink_model_free(read);
    ink_data_free(fresh);
    ink_data_free(data);
}

static void same_bits(void **state)
{
    check_bits(*state, "hidden=70;epochs=1;val=500;seed=3");
    check_bits(*state, "net=dense 70 relu members 3 | dense 9 tanh members 3 shared;epochs=1;val=500;seed=3");
}

/* Images, whose blocks count, behind convolutions; a wide net, whose units are folded; none; with a scaling's offset. */
static void all_kinds_of_networks(void **state)
{
    static const char *const nets[] = {
        "conv 5 3x3 relu | maxpool 2 | batchnorm relu",
        "conv 3 3x3 tanh | dense 90 relu",
        "",
        "dense 130 gelu | dropout 0.3",
        "dropout 0.2",
        "dense 40 relu members 3",
        "conv 3 3x3 relu | dense 9 relu members 2 shared | dense 70 tanh members 2 shared"};
    struct fixture *f = *state;
    static float x[900 * SIDE * SIDE], known[900];
    static int32_t labels[900];
    ink_data *data;
    net_values(5, 900 * SIDE * SIDE, -1, 1, x);
    net_labels(6, 900, 2, labels);
    for (size_t i = 0; i < 900 * SIDE * SIDE; i++) x[i] += labels[i / (SIDE * SIDE)] && i % SIDE < 3 ? 2.0f : 0;
    ink_rows rows = {.size = sizeof rows, .rows = 900, .features = SIDE * SIDE, .floats = x, .labels = labels};
    rows.classes = 2;
    rows.height = rows.width = SIDE;
    rows.channels = 1;
    net_ok(f, ink_data_wrap(f->ctx, &rows, &data));
    for (size_t n = 0; n < sizeof nets / sizeof *nets; n++) {
        ink_model *model;
        ink_run *run;
        net_reset(f, "val=300;epochs=1;scale=standard;seed=2");
        net_ok(f, ink_settings_set(f->ctx, f->set, "net", nets[n]));
        net_ok(f, ink_train(f->ctx, data, f->set, NULL, &model, &run));
        net_ok(f, ink_known_data(f->ctx, model, data, known));
        assert_true(share_below(known, 900, 0.01) < 0.05 && share_below(known, 900, 0.5) > 0.3);
        float odd[SIDE * SIDE];
        for (size_t i = 0; i < SIDE * SIDE; i++) odd[i] = i % SIDE > 5 ? 9.0f : -9.0f;
        net_ok(f, ink_known(f->ctx, model, 1, odd, known));
        assert_true(known[0] < 0.01f);
        ink_model_free(model);
        ink_run_free(run);
    }
    ink_data_free(data);
}

/* ---- files ---- */

struct content {
    uint8_t bytes[MOST_BYTES];
    size_t size;
};

static void take(const struct fixture *f, const ink_model *model, struct content *out)
{
    struct inki_bytes bytes;
    net_ok(f, inki_model_to_bytes(f->ctx, model, &bytes));
    assert_true(bytes.size <= sizeof out->bytes);
    memcpy(out->bytes, bytes.data, bytes.size);
    out->size = bytes.size;
    inki_bytes_free(f->ctx, &bytes);
}

static ink_status load(const struct fixture *f, const struct content *content)
{
    ink_model *model;
    ink_status status = ink_model_read(f->ctx, content->bytes, content->size, "m", &model);
    assert_true((status == INK_OK) == (model != NULL));
    ink_model_free(model);
    return status;
}

/* Puts as many bytes in the place of others in the header. */
static void replace(struct content *content, const char *from, const char *to)
{
    for (size_t i = 8; i + strlen(from) < content->size; i++)
        if (memcmp(content->bytes + i, from, strlen(from)) == 0) {
            memcpy(content->bytes + i, to, strlen(to));
            return;
        }
    fail_msg("%s is not in the file", from);
}

static void damage_is_an_error(void **state)
{
    static const struct {
        const char *from, *to, *words;
    } cases[] = {
        {"\"known.means\"", "\"knowx.means\"", "m|known.means"},
        {"\"known.tables\"", "\"knowx.tables\"", "m|known.tables"},
        {"\"known.whiten\"", "\"knowx.whiten\"", "m|'known.whiten' is missing"},
        {"{\\\"rows\\\":", "{\\\"raws\\\":", "m|metadata 'known'|rows"},
        {",\\\"hash\\\":", ",\\\"hosh\\\":", "m|hash in metadata 'known'|train it again"},
        {"\"known.centres\":{\"dtype\":\"F32\"", "\"known.centres\":{\"dtype\":\"I32\"",
         "m|known.centres|expected F32"},
    };
    struct fixture *f = *state;
    static struct content whole, broken;
    ink_data *data, *fresh;
    ink_model *model = train(f, "hidden=4;epochs=1;val=400;seed=1", &data, &fresh);
    take(f, model, &whole);
    net_ok(f, load(f, &whole));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        broken = whole;
        replace(&broken, cases[i].from, cases[i].to);
        net_fails(f, load(f, &broken), INK_BAD_FILE, cases[i].words);
    }
    for (size_t back = 1; back <= 4 * 4 * 30; back += 37) { /* any bit of the tables */
        broken = whole;
        broken.bytes[broken.size - back] ^= 16;
        net_fails(f, load(f, &broken), INK_BAD_FILE, "m|hash in metadata 'known'");
    }
    for (size_t cut = 1; cut < 2000; cut += 97) {
        broken = whole;
        broken.size -= cut;
        net_fails(f, load(f, &broken), INK_BAD_FILE, "m");
    }
    ink_model_free(model);
    ink_data_free(fresh);
    ink_data_free(data);
}

/* The weights' hash says nothing of it; changed weights, copies and numbers have none. */
static void who_has_none(void **state)
{
    struct fixture *f = *state;
    float bias[4] = {0};
    const size_t dims[1] = {4};
    ink_data *data, *fresh;
    ink_model *model = train(f, "hidden=4;epochs=1;val=400;seed=1", &data, &fresh), *copy;
    const uint64_t hash = inki_model_hash(model);
    net_ok(f, ink_known_check(f->ctx, model));
    net_ok(f, inki_model_copy(f->ctx, model, &copy));
    net_fails(f, ink_known_check(f->ctx, copy), INK_UNSUPPORTED, "known|validation");
    assert_true(inki_model_hash(copy) == hash);
    net_ok(f, ink_model_set_tensor(f->ctx, model, "dense1.bias", dims, 1, bias));
    net_fails(f, ink_known_check(f->ctx, model), INK_UNSUPPORTED, "known|validation");
    ink_model_free(copy);
    ink_model_free(model);
    ink_data_free(fresh);
    ink_data_free(data);
    model = train(f, "hidden=4;epochs=1;val=99;seed=1", &data, &fresh);
    net_fails(f, ink_known_data(f->ctx, model, fresh, bias), INK_UNSUPPORTED, "known|100 validation rows|val");
    ink_model_free(model);
    ink_data_free(fresh);
    ink_data_free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(shares_are_rates, help_begin, help_end),
        cmocka_unit_test_setup_teardown(ranks_of_the_table, help_begin, help_end),
        cmocka_unit_test_setup_teardown(few_steps_look_at_few_rows, help_begin, help_end),
        cmocka_unit_test_setup_teardown(same_bits, help_begin, help_end),
        cmocka_unit_test_setup_teardown(all_kinds_of_networks, help_begin, help_end),
        cmocka_unit_test_setup_teardown(damage_is_an_error, help_begin, help_end),
        cmocka_unit_test_setup_teardown(who_has_none, help_begin, help_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
