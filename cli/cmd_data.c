/* cmd_data: what is in DATA.
 * SPDX-License-Identifier: MIT */
#include "cli.h"
#include "draw.h"
#include "json.h"
#include "terminal.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a walk over all rows finds. */
struct survey {
    float *row, *low, *high; /* [features] each */
    size_t *class_rows;      /* [classes] */
    double least, most;      /* over all values */
    size_t constant;         /* columns with one value only */
};

static bool survey_begin(struct survey *survey, const ink_data_info *info)
{
    survey->row = calloc(info->features, sizeof(float));
    survey->low = calloc(info->features, sizeof(float));
    survey->high = calloc(info->features, sizeof(float));
    survey->class_rows = calloc(info->classes + 1, sizeof(size_t));
    return survey->row && survey->low && survey->high && survey->class_rows;
}

static void survey_end(struct survey *survey)
{
    free(survey->row);
    free(survey->low);
    free(survey->high);
    free(survey->class_rows);
}

static void survey_row(struct survey *survey, const ink_data *data, const ink_data_info *info, size_t i)
{
    int32_t label = ink_data_row(data, i, survey->row);
    if (label >= 0 && (size_t)label < info->classes) survey->class_rows[label]++;
    for (size_t k = 0; k < info->features; k++) {
        float value = survey->row[k];
        if (i == 0 || value < survey->low[k]) survey->low[k] = value;
        if (i == 0 || value > survey->high[k]) survey->high[k] = value;
    }
}

static void survey_rows(struct survey *survey, const ink_data *data, const ink_data_info *info)
{
    for (size_t i = 0; i < info->rows; i++) survey_row(survey, data, info, i);
    survey->least = INFINITY;
    survey->most = -INFINITY;
    for (size_t k = 0; k < info->features; k++) {
        survey->least = fmin(survey->least, (double)survey->low[k]);
        survey->most = fmax(survey->most, (double)survey->high[k]);
        survey->constant += survey->low[k] == survey->high[k];
    }
}

/* -------------------------------------------------------------------- text */

static const char *class_name(const ink_data *data, size_t i)
{
    const char *name = ink_data_class(data, i);
    return name ? name : "?";
}

static void print_bar(size_t count, size_t most)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    size_t length = most ? (size_t)(8.0 * 34.0 * (double)count / (double)most + 0.5) : 0;
    bool utf8 = terminal_is_utf8();
    for (size_t i = 0; i < length / 8; i++) out("%s", utf8 ? "█" : "#");
    if (utf8) out("%s", eighths[length % 8]);
}

static void print_balance(const struct rows *rows, const struct survey *survey)
{
    size_t most = 0, width = 5, shown = rows->info.classes > 40 ? 40 : rows->info.classes;
    for (size_t i = 0; i < rows->info.classes; i++) {
        size_t name = text_width(class_name(rows->part, i));
        if (survey->class_rows[i] > most) most = survey->class_rows[i];
        if (name > width) width = name > 20 ? 20 : name;
    }
    out("\n");
    out_left("class", width);
    out(" %9s %8s\n", "rows", "share");
    for (size_t i = 0; i < shown; i++) {
        char share[TEXT_ROOM];
        out_left(class_name(rows->part, i), width);
        out(" %9zu %8s  ", survey->class_rows[i],
            text_share(share, (double)survey->class_rows[i] / (double)(rows->info.rows ? rows->info.rows : 1)));
        print_bar(survey->class_rows[i], most);
        out("\n");
    }
    if (shown < rows->info.classes) out("… and %zu more\n", rows->info.classes - shown);
}

static void print_rows(const struct rows *rows)
{
    const ink_data_info *info = &rows->info;
    const char *other = strcmp(rows->part_name, "test") == 0 ? "train" : "test";
    out("rows         %zu", info->rows);
    if (rows->other_rows) out(" (the %s part; %zu more with --part %s)", rows->part_name, rows->other_rows, other);
    out("\nfeatures     %zu", info->features);
    if (info->height > 1) out(" (%zux%zu", info->height, info->width);
    if (info->height > 1 && info->channels > 1) out("x%zu", info->channels);
    out("%s, kept as %s\n", info->height > 1 ? ")" : "", info->bytes ? "bytes" : "floats");
}

static void print_facts(const struct rows *rows, const struct survey *survey)
{
    const ink_data_info *info = &rows->info;
    out("data         %s\n", info->source);
    print_rows(rows);
    if (info->labelled)
        out("classes      %zu\n", info->classes);
    else
        out("classes      none: there are no labels\n");
    if (info->rows) out("values       %.7g to %.7g\n", survey->least, survey->most);
    if (info->rows) out("constant     %zu of %zu columns have one value only\n", survey->constant, info->features);
    out("fingerprint  %016" PRIx64 "\n", info->fingerprint);
}

/* ----------------------------------------------------------------- samples */

#define SAMPLES 4

/* The first row of each of the first classes that turn up; any rows where there are no labels. */
static size_t choose_samples(const struct rows *rows, float *row, size_t wanted, size_t chosen[SAMPLES],
                             int32_t labels[SAMPLES])
{
    size_t count = 0;
    for (size_t i = 0; i < rows->info.rows && count < wanted; i++) {
        int32_t label = ink_data_row(rows->part, i, row);
        bool seen = false;
        for (size_t k = 0; k < count; k++) seen |= label >= 0 && labels[k] == label;
        if (seen) continue;
        labels[count] = label;
        chosen[count++] = i;
    }
    return count;
}

/* width 0: the last of the line */
static void print_caption(const struct rows *rows, size_t row, int32_t label, size_t width)
{
    char caption[64];
    if (label >= 0)
        snprintf(caption, sizeof caption, "row %zu: %s", row, class_name(rows->part, (size_t)label));
    else
        snprintf(caption, sizeof caption, "row %zu", row);
    out_left(caption, width ? width : text_width(caption));
}

static int print_samples(const struct rows *rows, struct survey *survey)
{
    const ink_data_info *info = &rows->info;
    size_t chosen[SAMPLES], wanted = draw_beside(info->width), columns = draw_columns(info->width);
    int32_t labels[SAMPLES];
    struct picture pictures[SAMPLES];
    size_t count = choose_samples(rows, survey->row, wanted > SAMPLES ? SAMPLES : wanted, chosen, labels);
    float *pixels = calloc(SAMPLES, info->features * sizeof *pixels);
    if (!pixels) return fail(CODE_INTERNAL, "out of memory");
    out("\n");
    for (size_t i = 0; i < count; i++) {
        float *x = pixels + i * info->features;
        ink_data_row(rows->part, chosen[i], x);
        pictures[i] = (struct picture){x, info->height, info->width, (float)survey->least, (float)survey->most};
        print_caption(rows, chosen[i], labels[i], i + 1 < count ? columns + DRAW_GAP : 0);
    }
    out("\n");
    draw_pictures(pictures, count);
    free(pixels);
    return CODE_DONE;
}

static int print_all(const struct rows *rows, struct survey *survey)
{
    const ink_data_info *info = &rows->info;
    print_facts(rows, survey);
    if (info->labelled) print_balance(rows, survey);
    bool pictures = info->height > 1 && info->channels == 1 && info->rows > 0;
    return pictures ? print_samples(rows, survey) : CODE_DONE;
}

/* -------------------------------------------------------------------- JSON */

static int json_all(const struct rows *rows, const struct survey *survey)
{
    const ink_data_info *info = &rows->info;
    json_t *classes = json_array(), *counts = json_array();
    for (size_t i = 0; i < info->classes; i++) {
        json_array_append_new(classes, json_of_text(class_name(rows->part, i)));
        json_array_append_new(counts, json_of_count(survey->class_rows[i]));
    }
    return json_print(json_pack("{s:o, s:o, s:o, s:o, s:o, s:[o, o, o], s:b, s:o, s:o, s:o, s:o, s:o, s:o}", "data",
                                json_of_text(info->source), "part", json_of_text(rows->part_name), "rows",
                                json_of_count(info->rows), "other_rows", json_of_count(rows->other_rows), "features",
                                json_of_count(info->features), "shape", json_of_count(info->height),
                                json_of_count(info->width), json_of_count(info->channels), "labelled", info->labelled,
                                "classes", classes, "class_rows", counts, "min", json_of_real(survey->least), "max",
                                json_of_real(survey->most), "constant_features", json_of_count(survey->constant),
                                "fingerprint", json_of_hash(info->fingerprint)));
}

int cmd_data(struct job *job)
{
    struct rows rows;
    struct survey survey = {0};
    int code = rows_open(job, job->operands[0], &rows);
    if (code != CODE_DONE) return code;
    if (survey_begin(&survey, &rows.info)) {
        survey_rows(&survey, rows.part, &rows.info);
        code = job->json ? json_all(&rows, &survey) : print_all(&rows, &survey);
    } else {
        code = fail(CODE_INTERNAL, "out of memory");
    }
    survey_end(&survey);
    rows_close(&rows);
    return code;
}
