/* class_weight: weights of the classes in the training loss, and the budget's time.
 * SPDX-License-Identifier: MIT */
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "train/trainer.h"

#include <string.h>

/* rows / (classes * rows of the class), as scikit-learn's "balanced": the mean weight of a row is 1. */
static ink_status balanced(ink_ctx *ctx, const ink_data *data, float *weights)
{
    size_t *counts = inki_zalloc(ctx, data->classes, sizeof *counts), present = 0;
    if (!counts) return INK_NO_MEMORY;
    for (size_t i = 0; i < data->rows; i++) counts[inki_data_label(data, i)]++;
    for (size_t c = 0; c < data->classes; c++) present += counts[c] > 0;
    for (size_t c = 0; c < data->classes; c++)
        weights[c] = counts[c] ? (float)((double)data->rows / ((double)present * (double)counts[c])) : 0;
    inki_free(counts);
    return INK_OK;
}

/* One line of the file, without its end. */
struct line {
    const char *path, *text;
    size_t number, length;
};

static ink_status bad_line(ink_ctx *ctx, const struct line *line, const char *what)
{
    return inki_fail(ctx, INK_BAD_DATA, "%s:%zu: %s; a line is CLASS,WEIGHT", line->path, line->number, what);
}

static int class_of(const ink_data *data, const char *name, size_t length)
{
    char *const *const lists[] = {data->class_names, data->class_labels};
    for (size_t i = 0; i < 2 && lists[i]; i++)
        for (size_t c = 0; c < data->classes; c++)
            if (strlen(lists[i][c]) == length && memcmp(lists[i][c], name, length) == 0) return (int)c;
    return -1;
}

/* weights[] is negative where no line has been yet. */
static ink_status read_line(ink_ctx *ctx, const ink_data *data, const struct line *line, float *weights)
{
    double weight;
    size_t comma = line->length, begin, used;
    while (comma > 0 && line->text[comma - 1] != ',') comma--;
    if (comma == 0) return bad_line(ctx, line, "there is no comma");
    int class = class_of(data, line->text, comma - 1);
    for (begin = comma; begin < line->length && line->text[begin] == ' ';) begin++;
    used = inki_parse_number(line->text + begin, line->length - begin, &weight);
    bool number = used > 0 && begin + used == line->length;
    if (class < 0 && !number && line->number == 1) return INK_OK; /* a header */
    if (class < 0) return bad_line(ctx, line, "the data has no such class");
    if (!number || !(weight >= 0 && weight <= 1e6))
        return bad_line(ctx, line, "the weight is not a number from 0 to 1e6");
    if (weights[class] >= 0) return bad_line(ctx, line, "the class has a weight already");
    weights[class] = (float)weight;
    return INK_OK;
}

static ink_status read_lines(ink_ctx *ctx, const ink_data *data, const char *path, const struct inki_bytes *content,
                             float *weights)
{
    const char *at = (const char *)content->data, *end = at + content->size;
    for (size_t number = 1; at < end; number++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        struct line line = {path, at, number, (size_t)((stop ? stop : end) - at)};
        at = stop ? stop + 1 : end;
        while (line.length > 0 && (line.text[line.length - 1] == '\r' || line.text[line.length - 1] == ' '))
            line.length--;
        if (line.length > 0) INK_TRY(read_line(ctx, data, &line, weights));
    }
    for (size_t c = 0; c < data->classes; c++) {
        if (weights[c] < 0)
            return inki_fail(ctx, INK_BAD_DATA, "%s: class '%s' has no weight; add a line %s,1", path,
                             data->class_names[c], data->class_names[c]);
    }
    return INK_OK;
}

static ink_status from_file(ink_ctx *ctx, const ink_data *data, const char *path, float *weights)
{
    struct inki_bytes content;
    INK_TRY(inki_bytes_read(ctx, path, &content));
    for (size_t c = 0; c < data->classes; c++) weights[c] = -1;
    ink_status status = read_lines(ctx, data, path, &content, weights);
    inki_bytes_free(ctx, &content);
    return status;
}

static ink_status check_weights(ink_ctx *ctx, const ink_data *data, const float *of_class)
{
    if (!of_class && !data->weights) return INK_OK;
    for (size_t i = 0; i < data->rows; i++) {
        bool counts = !data->weights || data->weights[inki_data_base(data, i)] > 0;
        if (counts && (!of_class || of_class[inki_data_label(data, i)] > 0)) return INK_OK;
    }
    return inki_fail(ctx, INK_BAD_DATA, "%s: all training rows have weight 0, and nothing can be learned from them; %s",
                     data->source,
                     of_class ? "give a class that has rows a weight above 0 (setting class-weight)"
                              : "give some a weight above 0");
}

static ink_status weigh_classes(ink_ctx *ctx, const ink_data *data, const char *setting, float **weights)
{
    if (strcmp(setting, "none") == 0) return INK_OK;
    *weights = inki_alloc(ctx, data->classes, sizeof **weights);
    if (!*weights) return INK_NO_MEMORY;
    return strcmp(setting, "balanced") == 0 ? balanced(ctx, data, *weights) : from_file(ctx, data, setting, *weights);
}

ink_status inki_class_weights(ink_ctx *ctx, const ink_data *data, const char *setting, float **weights)
{
    *weights = NULL;
    INK_TRY(weigh_classes(ctx, data, setting, weights));
    return check_weights(ctx, data, *weights);
}

bool inki_seconds(const char *text, double *seconds)
{
    static const struct {
        const char *unit;
        double seconds;
    } units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}};
    size_t used = inki_parse_number(text, strlen(text), seconds);
    for (size_t i = 0; used > 0 && i < sizeof units / sizeof *units; i++) {
        if (strcmp(text + used, units[i].unit) != 0) continue;
        *seconds *= units[i].seconds;
        return *seconds > 0 && *seconds < 1e9;
    }
    return false;
}

ink_status inki_budget(ink_ctx *ctx, const char *text, double *seconds)
{
    *seconds = 0;
    if (strcmp(text, "none") == 0 || inki_seconds(text, seconds)) return INK_OK;
    return inki_fail(ctx, INK_BAD_SETTING, "budget: '%s' is not a time such as 90s, 10m or 2h", text);
}
