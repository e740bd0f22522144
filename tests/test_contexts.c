/* test_contexts: objects without a context: failures are said where the call was made, and what is const is not written to.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* ---- sentences ---- */

/* Data of one context, used in another, and what the call must say there. */
struct case_of_words {
    const char *settings, *words;
};

static void training_says_why_where_it_was_asked(void **state)
{
    static const struct case_of_words cases[] = {
        {"val=60", "leave none for training"},
        {"test=", "test: nothing was given"},
        {"val=no/such.csv", "no/such.csv"},
        {"class-weight=no/weights.csv", "no/weights.csv"},
        {"net=dense 5 relo", "relo"},
        {"init-from=no/model.npz", "no/model.npz"},
        {"resume=true", "resume"},
    };
    struct fixture *f = *state;
    ink_ctx *maker = NULL;
    ink_data *data;
    static const float x[60] = {0};
    static int32_t labels[60];
    for (int i = 0; i < 60; i++) labels[i] = i % 3;
    net_ok(f, ink_ctx_new(NULL, &maker));
    net_ok(f, ink_data_new(maker, 60, 1, x, labels, 3, &data));
    for (size_t i = 0; i < COUNT(cases); i++) {
        ink_model *model = NULL;
        ink_run *run = NULL;
        net_reset(f, cases[i].settings);
        f->ctx->message[0] = 0;
        assert_int_not_equal(ink_train(f->ctx, data, f->set, NULL, &model, &run), INK_OK);
        if (!strstr(ink_ctx_message(f->ctx), cases[i].words))
            fail_msg("%s: '%s'", cases[i].settings, ink_ctx_message(f->ctx));
        assert_string_equal(ink_ctx_message(maker), "");
        assert_null(model);
        assert_null(run);
    }
    ink_ctx_free(maker);
    ink_data_free(data);
}

static void calls_on_data_say_why_where_they_were_made(void **state)
{
    struct fixture *f = *state;
    ink_ctx *maker = NULL;
    ink_data *data, *other, *out, *none;
    static const float x[6] = {0};
    net_ok(f, ink_ctx_new(NULL, &maker));
    net_ok(f, ink_data_new(maker, 6, 1, x, NULL, 0, &data));
    net_fails(f, ink_data_part(f->ctx, data, INK_PART_TEST, &out), INK_BAD_DATA, "no test part");
    net_set(f, "val=7; folds=3");
    net_fails(f, ink_data_split(f->ctx, data, f->set, &out, &other, &none), INK_BAD_DATA, "leave none for training");
    net_fails(f, ink_data_fold(f->ctx, data, f->set, 0, &out, &other), INK_BAD_DATA, "no labels");
    net_fails(f, ink_data_save(f->ctx, data, help_path(f, "a.xlsx")), INK_BAD_ARGUMENT, "a.xlsx");
    net_fails(f, ink_data_save(f->ctx, data, help_path(f, "no/a.csv")), INK_IO, "no/a.csv");
    assert_string_equal(ink_ctx_message(maker), "");
    ink_ctx_free(maker);
    ink_data_free(data);
}

/* ---- const ---- */

enum { PAGE = 1 << 16, ROWS = 120, WIDTH = 4, CLASSES = 3 };

/* An allocator whose blocks can be made read-only, all at once. */
struct vault {
    struct {
        void *at;
        size_t size;
    } blocks[4096];
    size_t count;
};

static void *vault_alloc(void *user, size_t size)
{
    struct vault *vault = user;
    size = (size + PAGE - 1) / PAGE * PAGE;
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED || vault->count == COUNT(vault->blocks)) return NULL;
    vault->blocks[vault->count].at = at;
    vault->blocks[vault->count++].size = size;
    return at;
}

static void vault_release(void *user, void *block)
{
    struct vault *vault = user;
    size_t i = 0;
    while (vault->blocks[i].at != block) i++;
    munmap(block, vault->blocks[i].size);
    vault->blocks[i] = vault->blocks[--vault->count];
}

static void vault_protect(const struct vault *vault, int how)
{
    for (size_t i = 0; i < vault->count; i++)
        assert_int_equal(mprotect(vault->blocks[i].at, vault->blocks[i].size, how), 0);
}

struct shared {
    const ink_data *data;
    const ink_settings *set;
    const ink_model *model;
};

static bool swallow(void *user, const char *bytes, size_t count)
{
    (void)bytes;
    *(size_t *)user += count;
    return true;
}

static void use_data(const struct fixture *f, const struct shared *shared)
{
    ink_data *parts[3];
    ink_data_info info = INK_INIT(ink_data_info);
    ink_survey *survey;
    float row[WIDTH];
    ink_data_describe(shared->data, &info);
    assert_int_equal(info.rows, ROWS);
    assert_true(ink_data_fingerprint(shared->data) == ink_data_fingerprint(shared->data));
    assert_int_equal(ink_data_row(shared->data, 1, row), 1);
    net_ok(f, ink_data_part(f->ctx, shared->data, INK_PART_ALL, &parts[0]));
    ink_data_free(parts[0]);
    net_ok(f, ink_data_split(f->ctx, shared->data, shared->set, &parts[0], &parts[1], &parts[2]));
    for (int i = 0; i < 3; i++) ink_data_free(parts[i]);
    net_ok(f, ink_data_fold(f->ctx, shared->data, shared->set, 1, &parts[0], &parts[1]));
    for (int i = 0; i < 2; i++) ink_data_free(parts[i]);
    net_ok(f, ink_data_survey(f->ctx, shared->data, shared->data, &survey));
    ink_survey_free(survey);
    net_ok(f, ink_data_save(f->ctx, shared->data, help_path(f, "out.csv")));
    net_ok(f, ink_data_save(f->ctx, shared->data, help_path(f, "out.npz")));
}

static void use_model(const struct fixture *f, const struct shared *shared)
{
    static float p[ROWS * CLASSES];
    static const char *const formats[] = {"c", "json", "npz"};
    ink_model_info info = INK_INIT(ink_model_info);
    ink_run *run;
    ink_comparison comparison = INK_INIT(ink_comparison);
    ink_predictor *predictor;
    size_t written = 0;
    ink_model_describe(shared->model, &info);
    net_ok(f, ink_predict_data(f->ctx, shared->model, shared->data, p));
    net_ok(f, ink_eval(f->ctx, shared->model, shared->data, &run));
    ink_run_free(run);
    net_ok(f, ink_compare(f->ctx, shared->model, shared->model, shared->data, &comparison));
    net_ok(f, ink_predictor_new(f->ctx, shared->model, 8, &predictor));
    ink_predictor_free(predictor);
    net_ok(f, ink_model_save(f->ctx, shared->model, help_path(f, "out.safetensors")));
    for (size_t i = 0; i < COUNT(formats); i++)
        net_ok(f, ink_model_export(f->ctx, shared->model, formats[i], help_path(f, formats[i])));
    net_ok(f, ink_report_write(f->ctx, shared->model, shared->data, "t", swallow, &written));
    assert_true(written > 0);
}

static void train_on(const struct fixture *f, const struct shared *shared)
{
    ink_model *model;
    ink_run *run;
    ink_rounds *rounds;
    ink_settings *copy;
    net_ok(f, ink_settings_copy(f->ctx, shared->set, &copy));
    net_ok(f, ink_settings_set(f->ctx, copy, "folds", "none"));
    net_ok(f, ink_train_from(f->ctx, shared->data, copy, NULL, shared->model, &model, &run));
    ink_model_free(model);
    ink_run_free(run);
    ink_settings_free(copy);
    net_ok(f, ink_train_rounds(f->ctx, shared->data, shared->set, NULL, &model, &rounds));
    ink_model_free(model);
    ink_rounds_free(rounds);
}

/* The maker's memory, context and all, cannot be written to while another context works with what it made. */
static void nothing_const_is_written_to(void **state)
{
    struct fixture *f = *state;
    static struct vault vault;
    static float x[ROWS * WIDTH];
    static int32_t labels[ROWS];
    ink_ctx *maker = NULL;
    ink_settings *set;
    ink_data *data;
    ink_model *model;
    ink_run *run;
    net_values(3, ROWS * WIDTH, -1, 1, x);
    for (int i = 0; i < ROWS; i++) labels[i] = i % CLASSES;
    net_ok(f, ink_ctx_new(&(ink_allocator){sizeof(ink_allocator), vault_alloc, vault_release, &vault}, &maker));
    net_ok(f, ink_settings_new(maker, &set));
    net_ok(f, ink_settings_set(maker, set, "hidden", "6"));
    net_ok(f, ink_settings_set(maker, set, "epochs", "2"));
    net_ok(f, ink_data_new(maker, ROWS, WIDTH, x, labels, CLASSES, &data));
    net_ok(f, ink_train(maker, data, set, NULL, &model, &run));
    net_ok(f, ink_settings_set(maker, set, "folds", "3"));
    ink_run_free(run);
    net_ok(f, ink_ctx_set_threads(maker, 1)); /* its workers end */
    vault_protect(&vault, PROT_READ);
    const struct shared shared = {data, set, model};
    use_data(f, &shared);
    use_model(f, &shared);
    train_on(f, &shared);
    vault_protect(&vault, PROT_READ | PROT_WRITE);
    ink_ctx_free(maker);
    ink_model_free(model);
    ink_data_free(data);
    ink_settings_free(set);
    assert_int_equal(vault.count, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(training_says_why_where_it_was_asked),
        CASE(calls_on_data_say_why_where_they_were_made),
        CASE(nothing_const_is_written_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
