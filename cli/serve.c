/* serve: what inkling serve answers: the page, the model's description, predictions.
 * SPDX-License-Identifier: MIT
 *
 * Numbers are read by a reader of their own: a body of 16 MB may hold eight million of them, for each of which a tree of JSON
 * values would take some forty bytes. */
#include "serve.h"

#include "cli.h"
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

/* One row's line of numbers: {"values":[…]} */
static void write_values(const struct service *service, FILE *file, const float *p)
{
    for (size_t i = 0; i < service->info.outputs; i++) fprintf(file, "%s%.9g", i ? "," : "{\"values\":[", (double)p[i]);
    fputs("]}", file);
}

/* One row's line: {"label":…,"probabilities":[…]} */
static void write_prediction(const struct service *service, FILE *file, json_t *const *names, const float *p)
{
    if (service->info.classes == 0) {
        write_values(service, file, p);
        return;
    }
    const size_t best = ink_model_answer(service->model, p);
    fputs("{\"label\":", file);
    json_dumpf(names[best], file, JSON_ENCODE_ANY);
    for (size_t c = 0; c < service->info.classes; c++) {
        fputs(c ? "," : ",\"probabilities\":[", file);
        write_share(file, (double)p[c]);
    }
    fputs("]}", file);
}

static void write_predictions(const struct service *service, FILE *file, json_t *const *names, size_t rows,
                              const float *p)
{
    fputs(service->info.classes ? "{\"classes\":[" : "{\"targets\":[", file);
    for (size_t c = 0; c < service->info.outputs; c++) {
        fputs(c ? "," : "", file);
        json_dumpf(names[c], file, JSON_ENCODE_ANY);
    }
    fputs("],\"predictions\":[", file);
    for (size_t i = 0; i < rows; i++) {
        fputs(i ? ",\n" : "\n", file);
        write_prediction(service, file, names, p + i * service->info.outputs);
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

static struct answer write_answer(const struct service *service, size_t rows, const float *p, const float *seen)
{
    struct answer answer = {.status = 200};
    const size_t outputs = service->info.outputs;
    json_t **names = calloc(outputs, sizeof *names);
    FILE *file = names ? open_memstream(&answer.text, &answer.size) : NULL;
    if (file) {
        for (size_t c = 0; c < outputs; c++) names[c] = json_of_text(ink_model_output(service->model, c));
        write_predictions(service, file, names, rows, p);
        if (seen) write_seen(service, file, seen);
        if (*service->note) write_note(service, file);
        fputs("}\n", file);
        for (size_t c = 0; c < outputs; c++) json_decref(names[c]);
        bool failed = ferror(file);
        if (fclose(file) != 0 || failed) free(answer.text), answer.text = NULL;
    }
    free(names);
    return answer;
}

/* Whether the rows have answers p[rows][outputs]; if not, *wrong says why. `before` rows of the request went before them. */
static bool predict(const struct service *service, size_t before, size_t rows, const float *x, float *p,
                    struct answer *wrong)
{
    bool few = rows <= SERVE_FEW_ROWS;
    const ink_ctx *ctx = few ? service->alone : service->ctx;
    ink_status status = ink_predictor_run(few ? service->few : service->many, rows, x, p);
    if (!*service->note) ink_range_holds(service->range, rows, x, service->note, SERVE_NOTE_ROOM);
    if (status == INK_OK) return true;
    *wrong = before && status == INK_BAD_DATA
                 ? answer_error(400, "of the rows from %zu on, %s", before, ink_ctx_message(ctx))
                 : answer_of(ctx, status);
    return false;
}

/* ---------------------------------------------------------------------- JSON */

/* Reading a list of lists of numbers. Rows go through the network while they are read, chunk by chunk. */
struct reading {
    const struct service *service;
    const char *begin, *at;
    float *p; /* [room][outputs] */
    size_t rows, done, room;
    struct answer wrong; /* text NULL: nothing so far */
};

static void skip_blanks(struct reading *r)
{
    while (*r->at == ' ' || *r->at == '\n' || *r->at == '\r' || *r->at == '\t') r->at++;
}

static bool take_char(struct reading *r, char c)
{
    skip_blanks(r);
    if (*r->at != c) return false;
    r->at++;
    return true;
}

static bool fail_reading(struct reading *r, const char *what)
{
    if (!r->wrong.text) r->wrong = answer_error(400, "byte %zu: %s", (size_t)(r->at - r->begin), what);
    return false;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* Length of the JSON number at `text`, 0 if there is none. */
static size_t number_length(const char *text)
{
    const char *at = text + (*text == '-');
    if (!is_digit(*at)) return 0;
    if (*at == '0')
        at++;
    else
        while (is_digit(*at)) at++;
    if (*at == '.') {
        if (!is_digit(*++at)) return 0;
        while (is_digit(*at)) at++;
    }
    if (*at == 'e' || *at == 'E') {
        at++;
        if (*at == '+' || *at == '-') at++;
        if (!is_digit(*at)) return 0;
        while (is_digit(*at)) at++;
    }
    return (size_t)(at - text);
}

/* A byte value, which most numbers are: one to three digits and nothing that goes on. Returns its length, else 0. */
static size_t read_small(const char *text, float *out)
{
    unsigned value = 0;
    size_t length = 0;
    for (; length < 3 && is_digit(text[length]); length++) value = 10 * value + (unsigned)(text[length] - '0');
    char next = text[length];
    if (length == 0 || (length > 1 && *text == '0') || is_digit(next) || next == '.' || next == 'e' || next == 'E')
        return 0;
    *out = (float)value;
    return length;
}

static bool read_number(struct reading *r, float *out)
{
    skip_blanks(r);
    size_t length = read_small(r->at, out);
    if (length == 0) {
        length = number_length(r->at);
        if (length == 0) return fail_reading(r, "a number is missing");
        *out = (float)strtod(r->at, NULL);
        if (!isfinite(*out)) return fail_reading(r, "a number is too large");
    }
    r->at += length;
    return true;
}

static bool out_of_memory(struct reading *r)
{
    r->wrong = answer_error(503, "out of memory; try fewer rows");
    return false;
}

/* The rows that have been read and not answered. */
static bool answer_chunk(struct reading *r)
{
    const struct service *service = r->service;
    size_t outputs = service->info.outputs, larger = r->room ? 2 * r->room : 1;
    while (larger < r->rows) larger *= 2;
    if (r->rows > r->room) {
        float *p = reallocarray(r->p, larger, outputs * sizeof *p);
        if (!p) return out_of_memory(r);
        r->p = p;
        r->room = larger;
    }
    if (!predict(service, r->done, r->rows - r->done, service->x, r->p + r->done * outputs, &r->wrong)) return false;
    r->done = r->rows;
    return true;
}

static bool begin_row(struct reading *r)
{
    if (r->rows == SERVE_ROWS_MOST || (r->rows + 1) * r->service->info.outputs > SERVE_ANSWERS_MOST) {
        r->wrong = answer_error(413, "more than %zu rows; send them in several requests", r->rows);
        return false;
    }
    return r->rows - r->done < r->service->chunk || answer_chunk(r);
}

/* Bytes, which most values are, as most programs write them: "0,255," or "0, 255, ". Returns how many were read. */
static size_t read_bytes(struct reading *r, float *row, size_t most)
{
    const char *at = r->at;
    size_t count = 0;
    for (; count < most; count++) {
        const char *begin = at;
        unsigned value = 0;
        while (is_digit(*at) && at < begin + 3) value = 10 * value + (unsigned)(*at++ - '0');
        if (at == begin || *at != ',' || (*begin == '0' && at > begin + 1)) {
            at = begin;
            break;
        }
        row[count] = (float)value;
        at += at[1] == ' ' ? 2 : 1;
    }
    r->at = at;
    return count;
}

/* The numbers of one row, behind its bracket. */
static bool read_row(struct reading *r)
{
    size_t features = r->service->info.features;
    if (!begin_row(r)) return false;
    float *row = r->service->x + (r->rows - r->done) * features;
    size_t count = read_bytes(r, row, features - 1);
    do {
        float value;
        if (!read_number(r, &value)) return false;
        if (count < features) row[count] = value;
        count++;
    } while (take_char(r, ','));
    if (!take_char(r, ']')) return fail_reading(r, "a comma or ] is missing");
    if (count != features) {
        r->wrong = answer_error(400, "row %zu has %zu values, the model takes %zu", r->rows, count, features);
        return false;
    }
    r->rows++;
    return true;
}

static bool read_rows(struct reading *r)
{
    if (!take_char(r, '[')) return fail_reading(r, "expected a list of rows: [[0, 0.5, ...], ...]");
    skip_blanks(r);
    if (*r->at == '-' || is_digit(*r->at)) return read_row(r); /* one row, not in a list of rows */
    do {
        if (!take_char(r, '[')) return fail_reading(r, "expected a row: [0, 0.5, ...]");
        if (!read_row(r)) return false;
    } while (take_char(r, ','));
    return take_char(r, ']') || fail_reading(r, "a comma or ] is missing");
}

/* [[…], …] or {"rows": [[…], …]}, and nothing behind it. */
static bool read_body(struct reading *r, size_t size)
{
    bool object = take_char(r, '{');
    skip_blanks(r);
    if (object && strncmp(r->at, "\"rows\"", 6) != 0)
        return fail_reading(r, "the only member of the object can be \"rows\"");
    if (object) r->at += 6;
    if (object && !take_char(r, ':')) return fail_reading(r, "a colon is missing");
    if (!read_rows(r)) return false;
    if (object && !take_char(r, '}')) return fail_reading(r, "a } is missing; the object can have \"rows\" only");
    skip_blanks(r);
    return r->at == r->begin + size || fail_reading(r, "unexpected text after the rows");
}

static struct answer predict_json(const struct service *service, const char *body, size_t size)
{
    struct reading r = {.service = service, .begin = body, .at = body};
    bool good = read_body(&r, size) && answer_chunk(&r);
    struct answer answer = good ? write_answer(service, r.rows, r.p, NULL) : r.wrong;
    free(r.p);
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
    return predict(service, 0, 1, x, p, &wrong) ? write_answer(service, 1, p, seen) : wrong;
}

static struct answer predict_png(const struct service *service, const char *body, size_t size)
{
    const ink_model_info *info = &service->info;
    ink_image *image;
    if (info->height == 1 || info->channels != 1)
        return answer_error(400, "the model takes %zu values, not a grey image", info->features);
    if (big_endian(body + 16) > SERVE_IMAGE_MOST || big_endian(body + 20) > SERVE_IMAGE_MOST)
        return answer_error(413, "the image is larger than %d pixels a side", SERVE_IMAGE_MOST);
    ink_status status = ink_image_read(service->ctx, body, size, "the image", &image);
    if (status != INK_OK) return answer_of(service->ctx, status);
    float *work = calloc(2 * info->features + info->outputs, sizeof *work);
    struct answer answer = work ? answer_image(service, image, work) : answer_error(503, "out of memory");
    free(work);
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
    json_t *names = json_array();
    for (size_t i = 0; i < info->outputs; i++)
        json_array_append_new(names, json_of_text(ink_model_output(service->model, i)));
    json_t *about =
        json_pack("{s:o, s:o, s:[o, o, o], s:o, s:o, s:o, s:o, s:o}", "notation", json_of_text(info->notation),
                  "features", json_of_count(info->features), "input_shape", json_of_count(info->height),
                  json_of_count(info->width), json_of_count(info->channels), info->classes ? "classes" : "targets",
                  names, "parameters", json_of_count(info->parameters), "scaling", json_of_text(info->scaling), "hash",
                  json_of_hash(info->hash), "version", json_of_text(ink_version()));
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
    if (!service->x || !service->note) return INK_NO_MEMORY;
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
    free(service->note);
    free(service->x);
    free(service->page);
    free(service->about);
}
