/* serve: what inkling serve answers: the page, the model's description, predictions.
 * SPDX-License-Identifier: MIT */
#include "serve.h"

#include "cli.h"
#include "each.h"
#include "json.h"
#include "terminal.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------- answers */

static struct answer answer_of(const ink_ctx *ctx, ink_status status)
{
    unsigned code = status == INK_NO_MEMORY ? 503 : status == INK_INTERNAL || status == INK_IO ? 500 : 400;
    return answer_error(code, "%s", ink_ctx_message(ctx));
}

/* A probability in nine significant digits, the last within one of the nearest, which reads back as the same float; a dozen times
 * faster than printf. */
static void write_share(FILE *file, double p)
{
    char digits[16], text[32], *to = text;
    int places = 9;
    if (!(p > 0) || p >= 1) {
        fprintf(file, "%.9g", p);
        return;
    }
    for (p *= 1e9; p < 1e8; p *= 10) places++;
    unsigned long long value = (unsigned long long)(p + 0.5); /* value / 10^places */
    size_t length = 0;
    for (; value; value /= 10) digits[length++] = (char)('0' + value % 10);
    size_t last = 0; /* trailing zeros are left out */
    while (last + 1 < length && digits[last] == '0') last++;
    if (places > 12) {
        *to++ = digits[length - 1];
        if (length - 1 > last) *to++ = '.';
        for (size_t i = length - 1; i-- > last;) *to++ = digits[i];
        to += snprintf(to, 8, "e-%d", places - (int)length + 1);
    } else if (length > (size_t)places) {
        *to++ = '1'; /* what is next to 1 was rounded up */
    } else {
        *to++ = '0';
        *to++ = '.';
        for (size_t i = length; i < (size_t)places; i++) *to++ = '0';
        for (size_t i = length; i-- > last;) *to++ = digits[i];
    }
    fwrite(text, 1, (size_t)(to - text), file);
}

/* What a request came to. */
struct answered {
    size_t rows;
    const float *p;     /* [rows][outputs] */
    const float *known; /* [rows], where the model knows */
    const float *seen;  /* [features], of an image; or NULL */
    const json_t *notes;
};

/* The names of all outputs: classes or targets. */
static json_t *output_names(const struct service *service)
{
    json_t *names = json_array();
    for (size_t i = 0; i < service->info.outputs; i++)
        json_array_append_new(names, json_of_text(ink_model_output(service->model, i)));
    return names;
}

/* One row's line: {"label":…,"probabilities":[…],"known":…} */
static void write_classes(const struct service *service, FILE *file, const json_t *names, const float *p,
                          const float *known)
{
    const size_t best = ink_model_answer(service->model, p);
    fputs("{\"label\":", file);
    json_dumpf(json_array_get(names, best), file, JSON_ENCODE_ANY);
    for (size_t c = 0; c < service->info.classes; c++) {
        fputs(c ? "," : ",\"probabilities\":[", file);
        write_share(file, (double)p[c]);
    }
    fputc(']', file);
    if (service->knows) fprintf(file, ",\"known\":%.6g", (double)*known);
    fputc('}', file);
}

/* {"values":[…]}: numbers in the targets' units. */
static void write_values(const struct service *service, FILE *file, const float *p)
{
    for (size_t t = 0; t < service->info.outputs; t++) fprintf(file, "%s%.9g", t ? "," : "{\"values\":[", (double)p[t]);
    fputs("]}", file);
}

static void write_predictions(const struct service *service, FILE *file, const json_t *names, const struct answered *of)
{
    const bool classes = service->info.classes > 0;
    fputs(classes ? "{\"classes\":" : "{\"targets\":", file);
    json_dumpf(names, file, JSON_COMPACT);
    fputs(",\"predictions\":[", file);
    for (size_t i = 0; i < of->rows; i++) {
        fputs(i ? ",\n" : "\n", file);
        const float *p = of->p + i * service->info.outputs;
        if (classes)
            write_classes(service, file, names, p, of->known + i);
        else
            write_values(service, file, p);
    }
    fputs("]", file);
}

/* What the network saw, where that was prepared from an image. */
static void write_seen(const struct service *service, FILE *file, const float *seen)
{
    for (size_t i = 0; i < service->info.features; i++)
        fprintf(file, "%s%.6g", i ? "," : ",\n\"seen\":[", (double)seen[i]);
    fputs("]", file);
}

/* Rows that are not like those of the training. */
static void write_note(const struct service *service, FILE *file)
{
    json_t *note = json_of_text(service->note);
    fputs(",\n\"note\":", file);
    json_dumpf(note, file, JSON_ENCODE_ANY);
    json_decref(note);
}

static struct answer write_answer(const struct service *service, const struct answered *of)
{
    struct answer answer = {.status = 200};
    json_t *names = output_names(service);
    FILE *file = json_array_size(names) == service->info.outputs ? open_memstream(&answer.text, &answer.size) : NULL;
    if (file) {
        write_predictions(service, file, names, of);
        if (of->seen) write_seen(service, file, of->seen);
        if (*service->note) write_note(service, file);
        if (of->notes) {
            fputs(",\n\"notes\":", file);
            json_dumpf(of->notes, file, JSON_COMPACT);
        }
        fputs("}\n", file);
        bool failed = ferror(file);
        if (fclose(file) != 0 || failed) free(answer.text), answer.text = NULL;
    }
    json_decref(names);
    return answer;
}

bool service_answer_rows(const struct service *service, size_t before, size_t rows, const float *x, float *p,
                         float *known, struct answer *wrong)
{
    bool few = rows <= SERVE_FEW_ROWS;
    const ink_ctx *ctx = few ? service->alone : service->ctx;
    ink_predictor *predictor = few ? service->few : service->many;
    ink_status status = service->knows ? ink_predictor_run_known(predictor, rows, x, p, known)
                                       : ink_predictor_run(predictor, rows, x, p);
    if (!*service->note) ink_range_holds(service->range, rows, x, service->note, SERVE_NOTE_ROOM);
    if (status == INK_OK) return true;
    *wrong = before && status == INK_BAD_DATA
                 ? answer_error(400, "of the rows from %zu on, %s", before, ink_ctx_message(ctx))
                 : answer_of(ctx, status);
    return false;
}

/* ------------------------------------------------------------------- requests */

static struct answer predict_json(const struct service *service, const char *body, size_t size)
{
    struct serve_reading r = {.service = service, .begin = body, .at = body};
    const bool good = serve_read(&r, size);
    struct answer answer =
        good ? write_answer(service, &(struct answered){r.rows, r.p, r.known, NULL, r.notes}) : r.wrong;
    json_decref(r.notes);
    free(r.p);
    free(r.known);
    return answer;
}

/* ------------------------------------------------------------------ images */

static bool is_png(const char *body, size_t size) { return size >= 24 && memcmp(body, "\x89PNG\r\n\x1A\n", 8) == 0; }

static uint32_t big_endian(const char *at)
{
    const unsigned char *byte = (const unsigned char *)at;
    return (uint32_t)byte[0] << 24 | (uint32_t)byte[1] << 16 | (uint32_t)byte[2] << 8 | byte[3];
}

/* work[2 * features + outputs] */
static struct answer answer_image(const struct service *service, const ink_image *image, float *work)
{
    const ink_model_info *info = &service->info;
    ink_image_view view = INK_INIT(ink_image_view);
    float *seen = work, *x = seen + info->features, *p = x + info->features;
    double black = isfinite(info->black) ? info->black : 0, white = isfinite(info->white) ? info->white : 1;
    ink_status status = ink_image_fit(service->ctx, image, info->height, info->width, seen, &view);
    if (status != INK_OK) return answer_of(service->ctx, status);
    for (size_t i = 0; i < info->features; i++) x[i] = (float)(black + (double)seen[i] * (white - black));
    struct answer wrong;
    float known = 0;
    return service_answer_rows(service, 0, 1, x, p, &known, &wrong)
               ? write_answer(service, &(struct answered){1, p, &known, seen, NULL})
               : wrong;
}

/* An answer without text: *image is there. */
static struct answer read_png(const struct service *service, const char *body, size_t size, ink_image **image)
{
    const ink_model_info *info = &service->info;
    *image = NULL;
    if (info->height == 1 || info->channels != 1)
        return answer_error(400, "the model takes %zu values, not a grey image", info->features);
    if (big_endian(body + 16) > SERVE_IMAGE_MOST || big_endian(body + 20) > SERVE_IMAGE_MOST)
        return answer_error(413, "the image is larger than %d pixels a side", SERVE_IMAGE_MOST);
    ink_status status = ink_image_read(service->ctx, body, size, "the image", image);
    return status == INK_OK ? (struct answer){0} : answer_of(service->ctx, status);
}

static struct answer predict_png(const struct service *service, const char *body, size_t size)
{
    const ink_model_info *info = &service->info;
    ink_image *image;
    struct answer wrong = read_png(service, body, size, &image);
    if (!image) return wrong;
    float *work = calloc(2 * info->features + info->outputs, sizeof *work);
    struct answer answer = work ? answer_image(service, image, work) : answer_error(503, "out of memory");
    free(work);
    ink_image_free(image);
    return answer;
}

static struct answer write_each(const struct service *service, const ink_reading *reading)
{
    struct answer answer = {.status = 200};
    json_t *value = each_json(service->model, reading, NULL);
    FILE *file = value ? open_memstream(&answer.text, &answer.size) : NULL;
    if (file) {
        json_write(file, value, 0);
        fputc('\n', file);
        bool failed = ferror(file);
        if (fclose(file) != 0 || failed) free(answer.text), answer.text = NULL;
    }
    json_decref(value);
    return answer;
}

struct answer service_each(void *user, const char *body, size_t size)
{
    const struct service *service = user;
    ink_image *image;
    ink_reading *reading;
    if (!is_png(body, size)) return answer_error(400, "each=1 reads all digits of an image: send a PNG");
    struct answer answer = read_png(service, body, size, &image);
    if (!image) return answer;
    ink_status status = ink_reading_new(service->ctx, service->model, image, NAN, NAN, &reading);
    answer = status == INK_OK ? write_each(service, reading) : answer_of(service->ctx, status);
    ink_reading_free(reading);
    ink_image_free(image);
    return answer;
}

struct answer service_predict(void *user, const char *body, size_t size)
{
    const struct service *service = user;
    *service->note = 0;
    return is_png(body, size) ? predict_png(service, body, size) : predict_json(service, body, size);
}

/* ---------------------------------------------------------------------- whole */

static char *describe(const struct service *service)
{
    const ink_model_info *info = &service->info;
    json_t *about = json_pack("{s:o, s:o, s:[o, o, o], s:o, s:o, s:o, s:o, s:o}", "notation",
                              json_of_text(info->notation), "features", json_of_count(info->features), "input_shape",
                              json_of_count(info->height), json_of_count(info->width), json_of_count(info->channels),
                              info->classes ? "classes" : "targets", output_names(service), "parameters",
                              json_of_count(info->parameters), "scaling", json_of_text(info->scaling), "hash",
                              json_of_hash(info->hash), "version", json_of_text(ink_version()));
    if (about && service->columns.list) json_object_set_new(about, "columns", serve_columns_json(&service->columns));
    char *text = about ? json_dumps(about, JSON_COMPACT) : NULL;
    json_decref(about);
    return text;
}

static bool keep_page(void *user, const char *bytes, size_t count)
{
    struct service *service = user;
    service->page = malloc(count + 1);
    if (!service->page) return false;
    memcpy(service->page, bytes, count);
    service->page[count] = 0;
    service->page_size = count;
    return true;
}

struct answer service_get(void *user, const char *path)
{
    const struct service *service = user;
    if (strcmp(path, "/") == 0)
        return (struct answer){200, service->page, service->page_size, "text/html; charset=utf-8", true};
    if (strcmp(path, "/model") == 0) return (struct answer){200, service->about, service->about_size, NULL, true};
    return (struct answer){0};
}

static ink_status make_ready(struct service *service)
{
    size_t features = service->info.features, fit = SERVE_CHUNK_VALUES / features;
    service->chunk = fit == 0 ? 1 : fit < SERVE_CHUNK_ROWS ? fit : SERVE_CHUNK_ROWS;
    service->x = calloc(service->chunk, features * sizeof *service->x);
    service->note = calloc(SERVE_NOTE_ROOM, 1);
    service->seen = calloc(features, sizeof *service->seen);
    if (!service->x || !service->note || !service->seen) return INK_NO_MEMORY;
    if (!serve_columns_begin(service->ctx, service->model, &service->columns)) return INK_NO_MEMORY;
    service->plain = service->columns.count == features;
    for (size_t i = 0; i < service->columns.count; i++)
        service->plain = service->plain && serve_columns_is_number(&service->columns, i);
    ink_status status = ink_range_new(service->ctx, service->model, &service->range);
    if (status == INK_OK) status = ink_predictor_new(service->ctx, service->model, service->chunk, &service->many);
    if (status == INK_OK) status = ink_ctx_new(NULL, &service->alone);
    if (status == INK_OK) status = ink_ctx_set_threads(service->alone, 1);
    if (status == INK_OK) status = ink_predictor_new(service->alone, service->model, SERVE_FEW_ROWS, &service->few);
    return status;
}

int service_begin(struct service *service, const struct job *job, const ink_model *model, const ink_data *data,
                  const char *title)
{
    *service = (struct service){.ctx = job->ctx, .model = model, .info = INK_INIT(ink_model_info)};
    ink_model_describe(model, &service->info);
    service->knows = ink_known_check(job->ctx, model) == INK_OK;
    ink_status status = ink_report_write(job->ctx, model, data, title, keep_page, service);
    if (status == INK_OK) status = make_ready(service);
    if (status != INK_OK) return job_fail(job, status);
    service->about = describe(service);
    if (!service->about) return fail(CODE_INTERNAL, "out of memory");
    service->about_size = strlen(service->about);
    return CODE_DONE;
}

void service_end(struct service *service)
{
    ink_predictor_free(service->few);
    ink_predictor_free(service->many);
    ink_ctx_free(service->alone);
    ink_range_free(service->range);
    serve_columns_end(&service->columns);
    free(service->note);
    free(service->seen);
    free(service->x);
    free(service->page);
    free(service->about);
}
