/* test_report_runs: pages about several runs: curves, settings that differ, pairs, histories of files, what cannot be compared.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include "base/mem.h"
#include "out/course.h"
#include "train/keep.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A page in memory, and the warnings that came with it. */
struct page {
    char *text;
    size_t size;
    bool refuse;
    char notes[4096];
};

static bool take(void *user, const char *bytes, size_t count)
{
    struct page *page = user;
    if (page->refuse) return false;
    page->text = realloc(page->text, page->size + count + 1);
    assert_non_null(page->text);
    memcpy(page->text + page->size, bytes, count);
    page->size += count;
    page->text[page->size] = 0;
    return true;
}

static void note(void *user, const char *line)
{
    struct page *page = user;
    const size_t used = strlen(page->notes);
    snprintf(page->notes + used, sizeof page->notes - used, "%s\n", line);
}

static size_t times(const char *text, const char *what)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, what)); at += strlen(what)) count++;
    return count;
}

static void has(const struct page *page, const char *text)
{
    if (!strstr(page->text, text)) fail_msg("the page has no '%s'", text);
}

static ink_model *trained(struct fixture *f, const ink_data *data, const char *settings, ink_run **run)
{
    ink_model *model;
    net_reset(f, settings);
    net_ok(f, ink_train(f->ctx, data, f->set, NULL, &model, run));
    return model;
}

/* A history as `inkling train --history` writes it; `key` comes first in each row. */
static const char *history_of(struct fixture *f, const ink_run *run, const char *name, const char *key)
{
    char *text = malloc(1 << 20);
    size_t used = 0;
    assert_non_null(text);
    for (size_t i = 0; i < ink_run_epochs(run); i++) {
        const ink_epoch *row = ink_run_epoch(run, i);
        used += (size_t)snprintf(
            text + used, (1 << 20) - used,
            "{%s\"epoch\":%zu,\"step\":%zu,\"lr\":%.17g,\"train_loss\":%.17g,\"train_accuracy\":%.17g,"
            "\"val_loss\":%.17g,\"val_accuracy\":%.17g,\"seconds\":%.3f}\n{\"step\":%zu,\"loss\":0.5}\n",
            key, row->epoch, row->step, row->lr, row->train[0], row->train[1], row->val[0], row->val[1],
            0.5 * (double)(i + 1), row->step);
    }
    const char *path = help_write(f, name, text, used);
    free(text);
    return path;
}

static struct page written(struct fixture *f, const ink_report_plan *plan)
{
    struct page page = {0};
    ink_ctx_on_note(f->ctx, note, &page);
    net_ok(f, ink_report_runs(f->ctx, plan, take, &page));
    ink_ctx_on_note(f->ctx, NULL, NULL);
    assert_int_equal(times(page.text, "<section "), times(page.text, "</section>"));
    assert_int_equal(times(page.text, "<svg "), times(page.text, "</svg>"));
    assert_null(strstr(page.text, "nan"));
    return page;
}

/* Two models on the same data; the numbers of the pair are those of ink_compare. */
static void models(void **state)
{
    struct fixture *f = *state;
    ink_data *data = net_clusters(f, 7, 300, 5, 3, 1.5F);
    ink_run *runs[2];
    ink_model *both[2] = {trained(f, data, "hidden=2; epochs=2; lr=0.01; seed=3", &runs[0]),
                          trained(f, data, "hidden=9; epochs=6; seed=3", &runs[1])};
    const char *const names[] = {"<a>", "b"};
    ink_comparison result = INK_INIT(ink_comparison);
    char text[64];
    struct page page = written(f, &(ink_report_plan){.size = sizeof(ink_report_plan),
                                                     .models = (const ink_model *const *)both,
                                                     .names = names,
                                                     .model_count = 2,
                                                     .data = data,
                                                     .title = "<t>"});
    has(&page, "<h1>&lt;t&gt;</h1>");
    has(&page, "<th scope=\"row\">hidden</th><td class=\"short\">2</td><td class=\"short\">9</td>");
    has(&page, "<th scope=\"row\">lr</th>");
    assert_null(strstr(page.text, "<th scope=\"row\">seed</th>"));
    assert_null(strstr(page.text, "id=\"mind\""));
    assert_string_equal(page.notes, "");
    assert_int_equal(times(page.text, "<svg "), 4); /* loss and accuracy, of validation and training rows */
    assert_int_equal(times(page.text, "class=\"line r0\""), 4);
    assert_int_equal(times(page.text, "class=\"line r1\""), 4);
    assert_int_equal(times(page.text, "class=\"dot r1\""), 2);
    has(&page, "models keep no times");
    net_ok(f, ink_compare(f->ctx, both[0], both[1], data, &result));
    assert_true(result.difference > 0);
    has(&page, "<b>b</b> is the best");
    snprintf(text, sizeof text, "<td class=\"num\">%.2f <span class=\"dim\">%.2f to %.2f</span></td>",
             100 * result.difference, 100 * result.difference_low, 100 * result.difference_high);
    has(&page, text);
    snprintf(text, sizeof text, "<td class=\"num\">%zu</td><td class=\"num\">%zu</td>", result.only_a, result.only_b);
    has(&page, text);
    has(&page, result.better > 0 ? "<td class=\"short\">significantly worse</td>"
                                 : "<td class=\"short\">not significantly worse</td>");
    free(page.text);
    for (size_t i = 0; i < 2; i++) {
        ink_run_free(runs[i]);
        ink_model_free(both[i]);
    }
    ink_data_free(data);
}

/* A history whose values are a model's gives it seconds; others are runs of their own, one a round. */
static void histories(void **state)
{
    struct fixture *f = *state;
    ink_data *data = net_clusters(f, 7, 200, 5, 3, 1.5F);
    ink_run *runs[2];
    ink_model *a = trained(f, data, "hidden=4; epochs=5", &runs[0]),
              *b = trained(f, data, "hidden=4; epochs=5; seed=2", &runs[1]);
    const char *const names[] = {"a"};
    char path[512];
    snprintf(path, sizeof path, "%s", history_of(f, runs[0], "a.jsonl", ""));
    const char *paths[] = {path};
    ink_report_plan plan = {.size = sizeof plan,
                            .models = (const ink_model *const *)&a,
                            .names = names,
                            .model_count = 1,
                            .histories = paths,
                            .history_count = 1};
    struct page page = written(f, &plan);
    has(&page, "By the clock");
    has(&page, "<td class=\"num\">2.5</td>");
    assert_int_equal(times(page.text, "<svg "), 8);
    assert_int_equal(times(page.text, "data-run="), 1);
    assert_string_equal(page.notes, "");
    free(page.text);
    snprintf(path, sizeof path, "%s", history_of(f, runs[1], "b.jsonl", "\"seed\":2,\"fold\":3,"));
    page = written(f, &plan);
    assert_int_equal(times(page.text, "data-run="), 2);
    has(&page, "b.jsonl seed 2, fold 3 is a history alone");
    assert_non_null(strstr(page.notes, "warning: b.jsonl seed 2, fold 3 is a history alone"));
    free(page.text);
    plan.model_count = 0;
    page = written(f, &plan);
    assert_int_equal(times(page.text, "data-run="), 1);
    assert_null(strstr(page.text, "id=\"settings\""));
    free(page.text);
    for (size_t i = 0; i < 2; i++) ink_run_free(runs[i]);
    ink_model_free(a);
    ink_model_free(b);
    ink_data_free(data);
}

/* What does not mean the same is in the page and a warning, and losses of other kinds are not in one plot. */
static void not_comparable(void **state)
{
    struct fixture *f = *state;
    ink_data *data = net_clusters(f, 7, 200, 5, 3, 1.5F), *other = net_clusters(f, 8, 200, 5, 4, 1.5F);
    ink_run *runs[3];
    ink_model *models[3] = {trained(f, data, "hidden=4; epochs=2", &runs[0]),
                            trained(f, data, "hidden=4; epochs=2; seed=5; label-smoothing=0.1", &runs[1]),
                            trained(f, other, "hidden=4; epochs=2", &runs[2])};
    const char *const names[] = {"a", "b", "c"};
    ink_report_plan plan = {.size = sizeof plan,
                            .models = (const ink_model *const *)models,
                            .names = names,
                            .model_count = 3,
                            .title = "t"};
    static const char *const said[] = {"a and b were judged on other validation rows",
                                       "a and b differ in label-smoothing", "a and c were trained on other data",
                                       "a and c have other classes (3, the first"};
    struct page page = written(f, &plan);
    has(&page, "id=\"mind\"");
    for (size_t i = 0; i < COUNT(said); i++) {
        has(&page, said[i]);
        assert_non_null(strstr(page.notes, said[i]));
    }
    assert_int_equal(times(page.text, "<svg "), 4);
    free(page.text);
    net_ok(f, inki_model_set_metadata(f->ctx, models[1], "loss", "other"));
    net_ok(f, inki_model_set_metadata(f->ctx, models[1], "history", "{}"));
    page = written(f, &plan);
    has(&page, "a and b have other losses (cross_entropy and other)");
    has(&page, "b has no history in its file");
    assert_int_equal(times(page.text, "<svg "), 2);
    assert_null(strstr(page.text, "id=\"val-loss-epochs-t\""));
    free(page.text);
    for (size_t i = 0; i < 3; i++) {
        ink_run_free(runs[i]);
        ink_model_free(models[i]);
    }
    ink_data_free(data);
    ink_data_free(other);
}

static void classes_and_numbers(void **state)
{
    struct fixture *f = *state;
    net_reset(f, "");
    ink_model *models[2] = {net_model(f, "", (struct inki_shape){1, 5, 1, 0}, 3, NULL, NULL),
                            net_model(f, "", (struct inki_shape){1, 5, 1, 0}, 3, NULL, NULL)};
    const char *const names[] = {"a", "b"};
    models[1]->loss = inki_loss_named("mse");
    const size_t classes = models[1]->classes;
    models[1]->classes = 0;
    ink_report_plan plan = {.size = sizeof plan,
                            .models = (const ink_model *const *)models,
                            .names = names,
                            .model_count = 2,
                            .title = "t"};
    struct page page = written(f, &plan);
    has(&page, "a answers with classes, b with numbers: they cannot be compared");
    assert_non_null(strstr(page.notes, "warning: a answers with classes, b with numbers"));
    assert_null(strstr(page.text, "<svg "));
    free(page.text);
    models[1]->classes = classes;
    ink_model_free(models[0]);
    ink_model_free(models[1]);
}

/* Rows that are none, rows that do not rise, and too much of them. */
static void odd_histories(void **state)
{
    static const struct {
        const char *text, *said;
    } cases[] = {
        {"", "no row of a history"},
        {"{\"step\":1,\"loss\":1}\n", "no row of a history"},
        {"[]\n", ":1: no JSON object"},
        {"{\"epoch\":1,\"step\":1,\"train_loss\":1}\n{\"epoch\":\n", ":2: no JSON object"},
        {"{\"x\":1}\n", ":1: no row of a history"},
        {"{\"epoch\":1,\"step\":1,\"lr\":1,\"train_loss\":1,\"val_loss\":1}\n", "no history of a training"},
        {"{\"epoch\":2,\"step\":2,\"lr\":1,\"train_loss\":1,\"train_accuracy\":1,\"val_loss\":1,\"val_accuracy\":1}\n"
         "{\"epoch\":1,\"step\":1,\"lr\":1,\"train_loss\":1,\"train_accuracy\":1,\"val_loss\":1,\"val_accuracy\":1}\n",
         "no history of a training"},
    };
    struct fixture *f = *state;
    struct page page = {0};
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *path = help_write(f, "odd.jsonl", cases[i].text, strlen(cases[i].text));
        const ink_report_plan plan = {.size = sizeof plan, .histories = &path, .history_count = 1, .title = "t"};
        net_fails(f, ink_report_runs(f->ctx, &plan, take, &page), INK_BAD_FILE, cases[i].said);
    }
    const char *missing = help_path(f, "missing.jsonl");
    const ink_report_plan plan = {.size = sizeof plan, .histories = &missing, .history_count = 1},
                          none = {.size = sizeof none};
    net_fails(f, ink_report_runs(f->ctx, &plan, take, &page), INK_NOT_FOUND, "missing.jsonl");
    net_fails(f, ink_report_runs(f->ctx, &none, take, &page), INK_BAD_ARGUMENT, "no runs");
    char many[4096] = "";
    for (int fold = 1; fold <= 13; fold++)
        snprintf(many + strlen(many), sizeof many - strlen(many),
                 "{\"fold\":%d,\"epoch\":1,\"step\":1,\"lr\":1,\"train_loss\":1,\"train_accuracy\":1,\"val_loss\":null,"
                 "\"val_accuracy\":null}\n",
                 fold);
    const char *path = help_write(f, "many.jsonl", many, strlen(many));
    const ink_report_plan full = {.size = sizeof full, .histories = &path, .history_count = 1};
    net_fails(f, ink_report_runs(f->ctx, &full, take, &page), INK_BAD_ARGUMENT, "at most 12 runs");
    assert_null(page.text);
}

/* Long histories are thinned, and keep the first, the last and the kept row. */
static void long_history(void **state)
{
    struct fixture *f = *state;
    char *text = malloc(2 << 20);
    size_t used = 0;
    assert_non_null(text);
    for (int i = 1; i <= 9000; i++)
        used += (size_t)snprintf(text + used, (2 << 20) - used,
                                 "{\"epoch\":%d,\"step\":%d,\"lr\":1,\"train_loss\":%g,\"train_accuracy\":1,\"val_"
                                 "loss\":1,\"val_accuracy\":1,\"seconds\":%d}\n",
                                 i, i, 1.0 / i, i);
    const char *path = help_write(f, "long.jsonl", text, used);
    const ink_report_plan plan = {.size = sizeof plan, .histories = &path, .history_count = 1, .title = "t"};
    struct page page = written(f, &plan);
    assert_true(page.size < 300000);
    has(&page, "<td class=\"num\">9000</td><td class=\"num\">9000.0</td>");
    free(page.text);
    free(text);
}

struct report_arg {
    const ink_model *models[2];
    const char *paths[1];
    ink_data *data;
};

static bool swallow(void *user, const char *bytes, size_t count)
{
    (void)user, (void)bytes, (void)count;
    return true;
}

static ink_status write_it(struct fixture *f, void *arg)
{
    static const char *const names[] = {"a", "b"};
    const struct report_arg *of = arg;
    const ink_report_plan plan = {.size = sizeof plan,
                                  .models = of->models,
                                  .names = names,
                                  .model_count = 2,
                                  .histories = of->paths,
                                  .history_count = 1,
                                  .data = of->data,
                                  .title = "t"};
    return ink_report_runs(f->ctx, &plan, swallow, NULL);
}

static void failures(void **state)
{
    struct fixture *f = *state;
    struct page page = {.refuse = true};
    struct report_arg arg;
    ink_run *runs[2];
    arg.data = net_clusters(f, 7, 60, 5, 3, 2.0F);
    ink_data *other = net_data(f, 1, 20, 4, 3);
    ink_model *a = trained(f, arg.data, "hidden=3; epochs=2", &runs[0]),
              *b = trained(f, arg.data, "hidden=2; epochs=2", &runs[1]);
    arg.models[0] = a, arg.models[1] = b;
    arg.paths[0] = history_of(f, runs[0], "a.jsonl", "");
    assert_true(help_sweep(f, write_it, &arg) >= 20);
    static const char *const names[] = {"a", "b"};
    ink_report_plan plan = {.size = sizeof plan, .models = arg.models, .names = names, .model_count = 2, .title = "t"};
    net_fails(f, ink_report_runs(f->ctx, &plan, take, &page), INK_IO, "could not be written");
    plan.data = other;
    net_fails(f, ink_report_runs(f->ctx, &plan, take, &page), INK_BAD_DATA, "a: ");
    for (size_t i = 0; i < 2; i++) ink_run_free(runs[i]);
    ink_model_free(a);
    ink_model_free(b);
    ink_data_free(arg.data);
    ink_data_free(other);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(models),        CASE(histories),    CASE(not_comparable), CASE(classes_and_numbers),
        CASE(odd_histories), CASE(long_history), CASE(failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
