/* test_report: escaping and numbers of pages, images as PNG, examination of rows, and pages of models of all kinds.
 * SPDX-License-Identifier: MIT */
#include "base/base64.h"
#include "net_help.h"

#include "base/mem.h"
#include "out/exam.h"
#include "out/html.h"
#include "out/png_out.h"
#include "out/svg.h"
#include "train/keep.h"
#include "train/metrics.h"
#include "train/run.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A page in memory. */
struct page {
    char *text;
    size_t size;
    bool refuse;
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

static void is_text(struct inki_str *str, const char *wanted)
{
    assert_false(str->failed);
    assert_string_equal(str->text, wanted);
    inki_free(str->text);
    *str = (struct inki_str){.ctx = str->ctx};
}

static void escapes(void **state)
{
    struct fixture *f = *state;
    struct inki_str str = {.ctx = f->ctx};
    inki_html_text(&str, "<b title=\"a'b\">&\x01\xC3\xA9\xFF\xED\xA0\x80\xF0\x9F\x98\x80\xC3");
    is_text(
        &str,
        "&lt;b title=&quot;a&#39;b&quot;&gt;&amp;\xEF\xBF\xBD\xC3\xA9\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"
        "\xF0\x9F\x98\x80\xEF\xBF\xBD");
    inki_html_json(&str, "</script>\"\\\n\xC3\xA9\xFF");
    is_text(&str, "\"\\u003c/script\\u003e\\u0022\\u005c\\u000a\xC3\xA9\xEF\xBF\xBD\"");
    inki_base64_add(&str, (const uint8_t *)"foobar", 6);
    inki_str_add(&str, " ");
    inki_base64_add(&str, (const uint8_t *)"foob", 4);
    inki_str_add(&str, " ");
    inki_base64_add(&str, (const uint8_t *)"fooba", 5);
    is_text(&str, "Zm9vYmFy Zm9vYg== Zm9vYmE="); /* RFC 4648, section 10 */
}

static void write_numbers(struct inki_str *str)
{
    inki_html_fixed(str, 1234.567, 2);
    inki_str_add(str, " ");
    inki_html_fixed(str, -0.001, 2);
    inki_str_add(str, " ");
    inki_html_digits(str, 0.0000123, 3);
    inki_str_add(str, " ");
    inki_html_digits(str, -0.0, 3);
    inki_str_add(str, " ");
    inki_html_fixed(str, NAN, 2);
    inki_str_add(str, " ");
    inki_html_exact(str, 0.1);
    inki_str_add(str, " ");
    inki_html_exact(str, INFINITY);
    inki_str_add(str, " ");
    inki_html_count(str, 1234);
    inki_str_add(str, " ");
    inki_html_count(str, 1234567);
}

static void numbers(void **state)
{
    struct fixture *f = *state;
    struct inki_str str = {.ctx = f->ctx};
    const char *wanted = "1234.57 0.00 1.23e-5 0 - 0.1 null 1234 1\xE2\x80\xAF"
                         "234\xE2\x80\xAF"
                         "567";
    write_numbers(&str);
    is_text(&str, wanted);
    if (setlocale(LC_ALL, "de_DE.UTF-8")) { /* where there is one, it must not show */
        write_numbers(&str);
        setlocale(LC_ALL, "C");
        is_text(&str, wanted);
    }
}

/* Base64 back to bytes; returns how many. */
static size_t decode(const char *text, uint8_t *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = 0;
    size_t held = 0, used = 0;
    for (; *text && *text != '='; text++) {
        bits = bits << 6 | (uint32_t)(strchr(digits, *text) - digits);
        held += 6;
        if (held >= 8) held -= 8, out[used++] = (uint8_t)(bits >> held);
    }
    return used;
}

static void images_read_back(void **state)
{
    struct fixture *f = *state;
    uint8_t pixels[12 * 9], file[2048];
    ink_image *image;
    float x[12 * 9];
    ink_image_view view = INK_INIT(ink_image_view);
    struct inki_str str = {.ctx = f->ctx};
    memset(pixels, 0, sizeof pixels);
    for (size_t i = 0; i < 5; i++) pixels[(3 + i) * 9 + 4] = (uint8_t)(255 - 20 * i);
    net_ok(f, inki_png_add(&str, INKI_PNG_GREY, 12, 9, pixels));
    assert_memory_equal(str.text, "data:image/png;base64,", 22);
    size_t size = decode(str.text + 22, file);
    inki_free(str.text);
#ifdef INKI_HAVE_LIBPNG
    net_ok(f, ink_image_load(f->ctx, help_write(f, "a.png", file, size), &image));
    net_ok(f, ink_image_fit(f->ctx, image, 12, 9, x, &view));
    assert_true(view.as_it_is);
    for (size_t i = 0; i < sizeof pixels; i++) net_near((double)x[i], pixels[i] / 255.0, 1e-6);
    ink_image_free(image);
#else
    (void)image, (void)x, (void)view, (void)size;
    skip();
#endif
}

/* Suspects and hardest rows, against what their definitions say. */
static void examination(void **state)
{
    struct fixture *f = *state;
    enum { ROWS = 300, CLASSES = 4 };
    ink_data *data = net_clusters(f, 5, ROWS, 6, CLASSES, 0.9F);
    ink_model *model;
    ink_run *run;
    struct inki_exam exam;
    net_reset(f, "hidden=8; epochs=4; val=0; seed=3");
    net_ok(f, ink_train(f->ctx, data, f->set, NULL, &model, &run));
    net_ok(f, inki_exam_begin(f->ctx, model, data, &exam));
    double mean[CLASSES] = {0}, last = 2, error = 0;
    size_t rows[CLASSES] = {0}, suspects = 0, count = 0, wrong = 0;
    for (size_t i = 0; i < ROWS; i++) {
        mean[exam.answers.labels[i]] += inki_exam_p(&exam, i, (size_t)exam.answers.labels[i]);
        rows[exam.answers.labels[i]]++;
    }
    for (size_t i = 0; i < ROWS; i++) {
        size_t said = (size_t)exam.said[i], label = (size_t)exam.answers.labels[i], best[CLASSES];
        inki_exam_best(&exam, i, CLASSES, best);
        assert_int_equal(best[0], said);
        for (size_t k = 1; k < CLASSES; k++)
            assert_true(inki_exam_p(&exam, i, best[k - 1]) >= inki_exam_p(&exam, i, best[k]));
        wrong += said != label;
        suspects += said != label && inki_exam_p(&exam, i, said) >= mean[said] / (double)rows[said];
    }
    assert_true(suspects > 0 && suspects < wrong);
    assert_int_equal(exam.suspect_count, suspects);
    for (size_t i = 0; i < exam.suspect_count; i++) {
        size_t row = exam.suspects[i];
        double margin =
            inki_exam_p(&exam, row, (size_t)exam.said[row]) - inki_exam_p(&exam, row, (size_t)exam.answers.labels[row]);
        assert_true(margin > 0 && margin <= last);
        last = margin;
    }
    for (size_t i = 1; i < ROWS; i++)
        assert_true(exam.answers.losses[exam.hardest[i - 1]] >= exam.answers.losses[exam.hardest[i]]);
    for (size_t b = 0; b < INKI_EXAM_BINS; b++) {
        count += exam.bins.count[b];
        if (exam.bins.count[b])
            error += (double)exam.bins.count[b] / ROWS * fabs(exam.bins.share[b] - exam.bins.confidence[b]);
    }
    assert_int_equal(count, ROWS);
    net_near(error, exam.metrics.calibration_error, 1e-9);
    inki_exam_end(&exam);
    ink_run_free(run);
    ink_model_free(model);
    ink_data_free(data);
}

static const char *has(const struct page *page, const char *text)
{
    const char *found = strstr(page->text, text);
    if (!found) fail_msg("the page has no '%s'", text);
    return found;
}

static struct page make(struct fixture *f, const ink_model *model, const ink_data *data, const char *title)
{
    struct page page = {0};
    net_ok(f, ink_report_write(f->ctx, model, data, title, take, &page));
    return page;
}

static void pages(void **state)
{
    static const char *const plans[] = {
        "hidden=0; epochs=3; val=0",
        "net=dense 5 tanh | dropout 0.3 | dense 4 gelu; epochs=12; scale=standard",
        "hidden=7; epochs=2; scale=minmax",
        "hidden=3; steps=40; eval-every=1; batch=10",
        "hidden=4; epochs=1; activation=sigmoid; lr=3",
    };
    struct fixture *f = *state;
    ink_data *data = net_clusters(f, 7, 200, 5, 3, 0.8F);
    for (size_t i = 0; i < COUNT(plans); i++) {
        ink_model *model;
        ink_run *run;
        net_reset(f, plans[i]);
        net_ok(f, ink_train(f->ctx, data, f->set, NULL, &model, &run));
        struct page with = make(f, model, data, "<&title>"), without = make(f, model, NULL, "x");
        has(&with, "&lt;&amp;title&gt;");
        has(&with, "id=\"confusion\"");
        has(&with, "id=\"training\"");
        has(&without, "id=\"about\"");
        assert_null(strstr(without.text, "id=\"confusion\""));
        assert_null(strstr(with.text, "id=\"pad\""));
        assert_true(with.size > without.size);
        free(with.text);
        free(without.text);
        ink_run_free(run);
        ink_model_free(model);
    }
    ink_data_free(data);
}

static size_t count_of(const struct page *page, const char *text)
{
    size_t count = 0;
    for (const char *at = strstr(page->text, text); at; at = strstr(at + 1, text)) count++;
    return count;
}

/* Images: rows to open with, ten from the front and two mistakes; mistakes looked at, with rows of both classes where there is a training
 * part. */
static void images(void **state)
{
    struct fixture *f = *state;
    ink_data *data = net_clusters(f, 7, 200, 100, 3, 2.0F);
    ink_model *model;
    ink_run *run;
    net_reset(f, "hidden=4; epochs=2; val=0");
    net_ok(f, ink_train(f->ctx, data, f->set, NULL, &model, &run));
    model->in = (struct inki_shape){10, 10, 1, 0};
    ink_report_rows rows = INK_INIT(ink_report_rows);
    struct page with = {0}, without = make(f, model, data, "x"), bare = make(f, model, NULL, "x");
    rows.data = rows.train = data;
    net_ok(f, ink_report_write_rows(f->ctx, model, &rows, "x", take, &with));
    has(&with, "id=\"another\"");
    has(&without, "the data has no training part");
    assert_int_equal(count_of(&with, "{\"row\":"), count_of(&without, "{\"row\":"));
    assert_int_equal(count_of(&with, "\"label\":"), 10 + 2);
    assert_int_equal(count_of(&with, "<div class=\"look\">"), 12);
    assert_int_equal(count_of(&with, "<img alt=\"training row "), 12 * 2 * 3);
    assert_int_equal(count_of(&without, "<img alt=\"training row "), 0);
    has(&bare, "id=\"draw\"");
    has(&bare, "id=\"another\""); /* digits are drawn by the page */
    assert_null(strstr(bare.text, "\"examples\":"));
    assert_null(strstr(bare.text, "id=\"looked\""));
    free(with.text);
    free(without.text);
    free(bare.text);
    ink_run_free(run);
    ink_model_free(model);
    ink_data_free(data);
}

/* What a file says in its metadata is never believed. */
static void odd_metadata(void **state)
{
    static const char *const histories[] = {
        "[]",
        "{",
        "{}",
        "{\"epoch\":[1,2]}",
        "{\"epoch\":[],\"step\":[]}",
        "{\"epoch\":[1,2],\"step\":[2,1],\"lr\":[1,1],\"train_loss\":[1,1],\"train_accuracy\":[1,1],\"val_loss\":[1,1],"
        "\"val_accuracy\":[1,1]}",
        "{\"epoch\":[1e300,\"a\"],\"step\":[1,2],\"lr\":[1,1],\"train_loss\":[1,1],\"train_accuracy\":[1,1],\"val_"
        "loss\":[1,1],\"val_accuracy\":[1,1]}",
        "{\"kept\":1e99,\"ended\":\"<b>\",\"epoch\":[1,2],\"step\":[1,2],\"lr\":[0,-1],\"train_loss\":[1e-300,1e300],"
        "\"train_accuracy\":[null,null],"
        "\"val_loss\":[-1e308,1e308],\"val_accuracy\":[7,7]}",
    };
    struct fixture *f = *state;
    net_reset(f, "");
    ink_model *model = net_model(f, "dense 4 relu", (struct inki_shape){1, 5, 1, 0}, 3, NULL, NULL);
    net_ok(f, inki_model_set_metadata(f->ctx, model, "settings", "{\"lr\":3,\"hidden\":\"'<\\n\",\"val\":[]}"));
    net_ok(f, inki_model_set_metadata(f->ctx, model, "metrics", "{\"test_accuracy\":\"x\"}"));
    net_ok(f, inki_model_set_metadata(f->ctx, model, "data", "a b'c<d>.csv"));
    for (size_t i = 0; i < COUNT(histories); i++) {
        net_ok(f, inki_model_set_metadata(f->ctx, model, "history", histories[i]));
        struct page page = make(f, model, NULL, "");
        has(&page, "inkling train &#39;a b&#39;\\&#39;&#39;c&lt;d&gt;.csv&#39; <span class=\"flag\">--hidden</span>");
        assert_null(strstr(page.text, "<b>\""));
        free(page.text);
    }
    ink_model_free(model);
}

static void keeps_history(void **state)
{
    struct fixture *f = *state;
    ink_run *run;
    net_reset(f, "");
    ink_model *model = net_model(f, "", (struct inki_shape){1, 5, 1, 0}, 3, NULL, NULL);
    net_ok(f, inki_run_new(f->ctx, &run));
    for (size_t i = 1; i <= 10000; i++) {
        ink_epoch row = {.epoch = i,
                         .step = 10 * i,
                         .lr = 0.1,
                         .scores = model->loss->scores,
                         .score_count = model->loss->score_count,
                         .train[INK_LOSS] = 1 / (double)i,
                         .val[INK_LOSS] = NAN,
                         .best = i == 7777};
        net_ok(f, inki_run_add_epoch(f->ctx, run, &row));
    }
    run->kept = 7776;
    net_ok(f, inki_keep_history(f->ctx, model, run));
    const char *text = ink_model_metadata(model, "history");
    json_t *history = json_loads(text, 0, NULL), *epochs = json_object_get(history, "epoch");
    size_t count = json_array_size(epochs);
    assert_true(strlen(text) < 40000);
    assert_in_range(count, INKI_KEEP_ROWS, INKI_KEEP_ROWS + 3);
    assert_int_equal(json_integer_value(json_array_get(epochs, 0)), 1);
    assert_int_equal(json_integer_value(json_array_get(epochs, count - 1)), 10000);
    assert_int_equal(json_integer_value(json_object_get(history, "kept")), 7777);
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        double epoch = json_number_value(json_array_get(epochs, i));
        found |= epoch == 7777;
        net_near(json_real_value(json_array_get(json_object_get(history, "train_loss"), i)), 1 / epoch, 1e-5 / epoch);
    }
    assert_true(found);
    assert_true(json_is_null(json_array_get(json_object_get(history, "val_loss"), 0)));
    json_decref(history);
    ink_run_free(run);
    ink_model_free(model);
}

static void failures(void **state)
{
    struct fixture *f = *state;
    float x[10] = {0};
    ink_data *bare, *other = net_data(f, 1, 20, 4, 3);
    struct page page = {.refuse = true};
    net_reset(f, "");
    ink_model *model = net_model(f, "", (struct inki_shape){1, 5, 1, 0}, 3, NULL, NULL);
    net_ok(f, ink_data_new(f->ctx, 2, 5, x, NULL, 0, &bare));
    net_fails(f, ink_report_write(f->ctx, model, bare, "t", take, &page), INK_BAD_DATA, "no labels");
    net_fails(f, ink_report_write(f->ctx, model, other, "t", take, &page), INK_BAD_DATA, "4 features|5");
    net_fails(f, ink_report_write(f->ctx, model, NULL, "t", take, &page), INK_IO, "could not be written");
    ink_report_rows rows = INK_INIT(ink_report_rows);
    rows.train = other;
    net_fails(f, ink_report_write_rows(f->ctx, model, &rows, "t", take, &page), INK_BAD_ARGUMENT, "training part");
    rows.data = bare;
    net_fails(f, ink_report_write_rows(f->ctx, model, &rows, "t", take, &page), INK_BAD_DATA, "4 features|5");
    assert_null(page.text);
    ink_model_free(model);
    ink_data_free(bare);
    ink_data_free(other);
}

struct report_arg {
    ink_model *model;
    ink_data *data;
};

static bool swallow(void *user, const char *bytes, size_t count)
{
    (void)user, (void)bytes, (void)count;
    return true;
}

static ink_status write_it(struct fixture *f, void *arg)
{
    const struct report_arg *of = arg;
    ink_report_rows rows = INK_INIT(ink_report_rows);
    rows.data = rows.train = of->data;
    return ink_report_write_rows(f->ctx, of->model, &rows, "t", swallow, NULL);
}

static void out_of_memory(void **state)
{
    struct fixture *f = *state;
    struct report_arg arg;
    ink_run *run;
    arg.data = net_clusters(f, 7, 40, 64, 3, 2.0F);
    net_reset(f, "hidden=3; epochs=2; val=0.2");
    net_ok(f, ink_train(f->ctx, arg.data, f->set, NULL, &arg.model, &run));
    arg.model->in = (struct inki_shape){8, 8, 1, 0};
    assert_true(help_sweep(f, write_it, &arg) >= 20);
    ink_run_free(run);
    ink_model_free(arg.model);
    ink_data_free(arg.data);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(escapes), CASE(numbers),      CASE(images_read_back), CASE(examination), CASE(pages),
        CASE(images),  CASE(odd_metadata), CASE(keeps_history),    CASE(failures),    CASE(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
