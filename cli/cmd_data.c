/* cmd_data: what is in DATA.
 * SPDX-License-Identifier: MIT */
#include "cli.h"
#include "draw.h"
#include "json.h"
#include "terminal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* -------------------------------------------------------------------- text */

#define COLUMNS_SHOWN 20

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

static void print_balance(const struct rows *rows, const ink_survey *survey)
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

static void print_label_check(const ink_label_check *check)
{
    char share[TEXT_ROOM], chance[TEXT_ROOM], means[TEXT_ROOM], means_chance[TEXT_ROOM], rows[TEXT_ROOM];
    if (check->rows == 0) return;
    out("label check  %s of %s rows have the label of their nearest neighbour\n             (chance: %s), %s that of "
        "the nearest class mean (%s)\n",
        text_share(share, check->neighbours), text_count(rows, check->rows),
        text_share(chance, check->neighbours_chance), text_share(means, check->means),
        text_share(means_chance, check->means_chance));
}

/* The label column, what else it could be, and columns left out with the reason: also when the line on loading is not shown. */
static void print_decisions(const struct rows *rows)
{
    ink_decisions made = INK_INIT(ink_decisions);
    ink_field field = INK_INIT(ink_field);
    size_t count = 0;
    if (!ink_data_decisions(rows->whole, &made)) return;
    if (ink_data_field(rows->whole, made.target, &field)) {
        out("%s column %s", rows->info.targets ? "target      " : "labels      ",
            *field.name ? field.name : field.handle);
        for (size_t i = 0;
             i < made.candidates && ink_data_field(rows->whole, ink_data_candidate(rows->whole, i), &field); i++)
            out("%s %s", i ? "," : "; perhaps", *field.name ? field.name : field.handle);
        out("\n");
    }
    for (size_t i = 0; ink_data_field(rows->whole, i, &field); i++) {
        if (!*field.why) continue;
        if (++count <= COLUMNS_SHOWN)
            out("left out     column %s (%s)\n", *field.name ? field.name : field.handle, field.why);
    }
    if (count > COLUMNS_SHOWN) out("left out     %zu more columns\n", count - COLUMNS_SHOWN);
    if (made.rows_left_out)
        out("left out     %zu row%s without a target (the first: line %zu, column %zu)\n", made.rows_left_out,
            made.rows_left_out == 1 ? "" : "s", made.left_out_line, made.left_out_column);
    if (made.unused) out("not used     %s\n", made.unused);
}

static void print_facts(const struct rows *rows, const ink_survey *survey)
{
    const ink_data_info *info = &rows->info;
    out("data         %s\n", info->source);
    print_rows(rows);
    if (info->labelled)
        out("classes      %zu\n", info->classes);
    else if (info->targets)
        out("targets      %zu: numbers to predict\n", info->targets);
    else
        out("classes      none: there are no labels\n");
    print_decisions(rows);
    out("values       %.7g to %.7g\n", survey->low, survey->high);
    out("constant     %zu of %zu columns have one value only\n", survey->constant_columns, info->features);
    print_label_check(survey->labels);
    out("fingerprint  %016" PRIx64 "\n", ink_data_fingerprint(rows->part));
}

/* What the column is: the kind of a table's, or what its values are. */
static const char *kind_of(const struct rows *rows, const ink_column *column)
{
    ink_field field = INK_INIT(ink_field);
    for (size_t i = 0; column->name && ink_data_field(rows->whole, i, &field); i++)
        if (strcmp(field.name, column->name) == 0 || strcmp(field.handle, column->name) == 0) return field.kind;
    return column->words ? "category" : "number";
}

static void print_column(const struct rows *rows, const ink_column *column)
{
    char distinct[TEXT_ROOM] = "", rare[TEXT_ROOM] = "";
    if (column->distinct) snprintf(distinct, sizeof distinct, "%zu", column->distinct);
    if (column->words) snprintf(rare, sizeof rare, "%zu", column->rare);
    out(" %-8s %7zu %8s %5s", kind_of(rows, column), column->missing, distinct, rare);
    if (column->relation == column->relation)
        out(" %8.3f", column->relation);
    else
        out(" %8s", "");
    if (!column->words) out(" %11.5g %11.5g %11.5g %11.5g", column->low, column->high, column->mean, column->deviation);
    out("\n");
}

/* Columns of a table: what each is, its gaps and different values, its relation to the target, its range. */
static void print_columns(const struct rows *rows, const ink_survey *survey)
{
    size_t width = 8, shown = survey->features > COLUMNS_SHOWN ? COLUMNS_SHOWN : survey->features;
    for (size_t i = 0; i < shown; i++) {
        size_t name = ink_survey_column(survey, i)->name ? text_width(ink_survey_column(survey, i)->name) : 0;
        if (name > width) width = name > 24 ? 24 : name;
    }
    out("\n");
    out_left("column", width);
    out(" %-8s %7s %8s %5s %8s %11s %11s %11s %11s\n", "kind", "gaps", "distinct", "rare", "relation", "low", "high",
        "mean", "deviation");
    for (size_t i = 0; i < shown; i++) {
        const ink_column *column = ink_survey_column(survey, i);
        char number[TEXT_ROOM];
        snprintf(number, sizeof number, "%zu", i);
        out_left(column->name ? column->name : number, width);
        print_column(rows, column);
    }
    if (shown < survey->features) out("… and %zu more\n", survey->features - shown);
}

static void print_findings(const ink_survey *survey)
{
    if (ink_survey_finding(survey, 0)) out("\n");
    for (size_t i = 0; ink_survey_finding(survey, i); i++) {
        out("%s", ink_survey_finding(survey, i)->warning ? "warning      " : "remark       ");
        out_wrapped(13, 13, ink_survey_finding(survey, i)->text);
    }
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

/* Colours as grey, in place. */
static void make_grey(const ink_data_info *info, float *x)
{
    for (size_t i = 0; info->channels == 3 && i < info->height * info->width; i++)
        x[i] = 0.299F * x[3 * i] + 0.587F * x[3 * i + 1] + 0.114F * x[3 * i + 2];
}

static int print_samples(const struct rows *rows, const ink_survey *survey)
{
    const ink_data_info *info = &rows->info;
    size_t chosen[SAMPLES], wanted = draw_beside(info->width), columns = draw_columns(info->width);
    int32_t labels[SAMPLES];
    struct image images[SAMPLES];
    float *pixels = calloc(SAMPLES, info->features * sizeof *pixels);
    if (!pixels) return fail(CODE_INTERNAL, "out of memory");
    size_t count = choose_samples(rows, pixels, wanted > SAMPLES ? SAMPLES : wanted, chosen, labels);
    out("\n");
    for (size_t i = 0; i < count; i++) {
        float *x = pixels + i * info->features;
        ink_data_row(rows->part, chosen[i], x);
        make_grey(info, x);
        images[i] = (struct image){x, info->height, info->width, (float)survey->low, (float)survey->high};
        print_caption(rows, chosen[i], labels[i], i + 1 < count ? columns + DRAW_GAP : 0);
    }
    out("\n");
    draw_images(images, count);
    free(pixels);
    return CODE_DONE;
}

static int print_all(const struct rows *rows, const ink_survey *survey)
{
    const ink_data_info *info = &rows->info;
    print_facts(rows, survey);
    if (info->labelled) print_balance(rows, survey);
    if (info->height == 1) print_columns(rows, survey);
    bool images = info->height > 1 && (info->channels == 1 || info->channels == 3);
    int code = images ? print_samples(rows, survey) : CODE_DONE;
    print_findings(survey);
    return code;
}

/* -------------------------------------------------------------------- JSON */

/* Adds what was measured of a feature. */
static void json_measures(json_t *object, const ink_column *column)
{
    json_object_set_new(object, "relation",
                        column->relation == column->relation ? json_of_real(column->relation) : json_null());
    if (column->words) {
        json_object_set_new(object, "words", json_of_count(column->words));
        json_object_set_new(object, "rare", json_of_count(column->rare));
        return;
    }
    json_object_set_new(object, "min", json_of_real(column->low));
    json_object_set_new(object, "max", json_of_real(column->high));
    json_object_set_new(object, "mean", json_of_real(column->mean));
    json_object_set_new(object, "deviation", json_of_real(column->deviation));
}

static bool is_table(const struct rows *rows)
{
    ink_field field = INK_INIT(ink_field);
    return ink_data_field(rows->whole, 0, &field);
}

/* "when.year" for "when": a value that a column of dates became. */
static bool is_part(const char *name, const char *column)
{
    const size_t length = strlen(column);
    return strncmp(name, column, length) == 0 && name[length] == '.';
}

/* The number that a name ends with; false if it ends with none. */
static bool number_at_end(const char *name, size_t *number)
{
    const char *end = name + strlen(name), *at = end;
    while (at > name && at[-1] >= '0' && at[-1] <= '9') at--;
    *number = (size_t)strtoull(at, NULL, 10);
    return at < end;
}

/* Features' names that only count are not kept, and their columns stand in the order of the numbers: the lowest of them. */
static size_t lowest_number(const struct rows *rows)
{
    ink_field field = INK_INIT(ink_field);
    size_t lowest = SIZE_MAX, number;
    for (size_t i = 0; ink_data_field(rows->whole, i, &field); i++)
        if (field.feature && number_at_end(field.name, &number) && number < lowest) lowest = number;
    return lowest;
}

/* What was measured of a column that is a feature of its own; NULL of others. *next: of the survey's columns. */
static const ink_column *measures_of(const ink_survey *survey, const ink_field *field, size_t lowest, size_t *next)
{
    const char *name = *field->name ? field->name : field->handle;
    const ink_column *column = ink_survey_column(survey, *next);
    size_t number;
    if (!field->feature || !column) return NULL;
    if (!column->name) {
        const size_t place = number_at_end(field->name, &number) ? number - lowest : *next;
        ++*next;
        return ink_survey_column(survey, place);
    }
    if (strcmp(column->name, name) == 0) return ++*next, column;
    while (column && is_part(column->name, name)) column = ink_survey_column(survey, ++*next);
    return NULL;
}

static json_t *json_counted(size_t count) { return count < SIZE_MAX ? json_of_count(count) : json_null(); }

/* All columns of a table, those that are features with their measures; else the features. */
static json_t *json_columns(const struct rows *rows, const ink_survey *survey)
{
    json_t *columns = json_array();
    const size_t lowest = lowest_number(rows);
    ink_field field = INK_INIT(ink_field);
    size_t next = 0;
    for (size_t i = 0; ink_data_field(rows->whole, i, &field); i++) {
        const ink_column *column = measures_of(survey, &field, lowest, &next);
        if (column && field.missing == SIZE_MAX) field.missing = column->missing;
        if (column && field.distinct == SIZE_MAX && (column->distinct || column->missing == survey->rows))
            field.distinct = column->distinct;
        json_t *object = json_pack("{s:o, s:s, s:s, s:o, s:o}", "name", json_of_text(*field.name ? field.name : NULL),
                                   "column", field.handle, "kind", field.kind, "missing", json_counted(field.missing),
                                   "distinct", json_counted(field.distinct));
        if (rows->info.height == 1 && column) json_measures(object, column);
        json_array_append_new(columns, object);
    }
    for (size_t i = 0; !is_table(rows) && i < survey->features; i++) {
        const ink_column *column = ink_survey_column(survey, i);
        json_t *object = json_pack("{s:o, s:s}", "name", json_of_text(column->name), "kind", "number");
        json_measures(object, column);
        json_array_append_new(columns, object);
    }
    return columns;
}

/* The columns of the labels as one gives them: several are one-hot. */
static json_t *json_target(const struct rows *rows)
{
    char list[1024] = "";
    size_t used = 0;
    ink_field field = INK_INIT(ink_field);
    for (size_t i = 0; ink_data_field(rows->whole, i, &field); i++)
        if (strcmp(field.kind, "target") == 0 && used + strlen(field.handle) + 2 < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", used ? "," : "", field.handle);
    return used ? json_of_text(list) : json_null();
}

static json_t *json_handle(const struct rows *rows, size_t i)
{
    ink_field field = INK_INIT(ink_field);
    return ink_data_field(rows->whole, i, &field) ? json_of_text(field.handle) : json_null();
}

static json_t *json_unused(const char *unused)
{
    json_t *list = json_array();
    for (const char *at = unused; at && *at; at += strcspn(at, "\n"), at += *at == '\n') {
        char name[512];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(at, "\n"), at);
        json_array_append_new(list, json_of_text(name));
    }
    return list;
}

/* What was decided; given back as flags it leads to the same rows. */
static void json_decisions(const struct rows *rows, json_t *all)
{
    ink_decisions made = INK_INIT(ink_decisions);
    ink_field field = INK_INIT(ink_field);
    json_t *candidates = json_array(), *left_out = json_array();
    bool any = ink_data_decisions(rows->whole, &made), table = any && made.columns > 0;
    for (size_t i = 0; table && i < made.candidates; i++)
        json_array_append_new(candidates, json_handle(rows, ink_data_candidate(rows->whole, i)));
    for (size_t i = 0; ink_data_field(rows->whole, i, &field); i++)
        if (*field.why)
            json_array_append_new(left_out,
                                  json_pack("{s:o, s:s}", "column", json_of_text(field.handle), "why", field.why));
    json_object_set_new(all, "target", json_target(rows));
    json_object_set_new(all, "target_candidates", candidates);
    json_object_set_new(all, "task",
                        rows->info.labelled  ? json_string("classify")
                        : rows->info.targets ? json_string("regress")
                                             : json_null());
    json_object_set_new(all, "id_column", table && made.id < made.columns ? json_handle(rows, made.id) : json_null());
    json_object_set_new(all, "left_out", left_out);
    json_object_set_new(all, "rows_left_out",
                        json_pack("{s:o, s:o, s:o}", "rows", json_of_count(made.rows_left_out), "line",
                                  made.rows_left_out ? json_of_count(made.left_out_line) : json_null(), "column",
                                  made.rows_left_out ? json_of_count(made.left_out_column) : json_null()));
    json_object_set_new(all, "header", table ? json_boolean(made.header) : json_null());
    json_object_set_new(all, "separator", table ? json_of_text(made.separator) : json_null());
    json_object_set_new(all, "decimal", table ? json_of_text(made.decimal) : json_null());
    json_object_set_new(all, "looked_at", table && made.looked_at ? json_of_count(made.looked_at) : json_null());
    json_object_set_new(all, "unused", json_unused(any ? made.unused : NULL));
}

static json_t *json_label_check(const ink_label_check *check)
{
    if (check->rows == 0) return json_null();
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "rows", json_of_count(check->rows), "neighbours",
                     json_of_real(check->neighbours), "neighbours_chance", json_of_real(check->neighbours_chance),
                     "neighbours_most", json_of_real(check->neighbours_most), "means", json_of_real(check->means),
                     "means_chance", json_of_real(check->means_chance), "means_most", json_of_real(check->means_most),
                     "p", json_of_real(check->p));
}

static json_t *json_findings(const ink_survey *survey)
{
    json_t *findings = json_array();
    for (size_t i = 0; ink_survey_finding(survey, i); i++) {
        const ink_finding *finding = ink_survey_finding(survey, i);
        json_array_append_new(findings,
                              json_pack("{s:s, s:b, s:o, s:o}", "kind", finding->kind, "warning", finding->warning,
                                        "number", json_of_real(finding->number), "text", json_of_text(finding->text)));
    }
    return findings;
}

static int json_all(const struct rows *rows, const ink_survey *survey)
{
    const ink_data_info *info = &rows->info;
    json_t *classes = json_array(), *counts = json_array();
    for (size_t i = 0; i < info->classes; i++) {
        json_array_append_new(classes, json_of_text(class_name(rows->part, i)));
        json_array_append_new(counts, json_of_count(survey->class_rows[i]));
    }
    json_t *all =
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:[o, o, o], s:b, s:o, s:o, s:o, s:o, s:o, s:o}", "data",
                  json_of_text(info->source), "part", json_of_text(rows->part_name), "rows", json_of_count(info->rows),
                  "other_rows", json_of_count(rows->other_rows), "features", json_of_count(info->features), "shape",
                  json_of_count(info->height), json_of_count(info->width), json_of_count(info->channels), "labelled",
                  info->labelled, "classes", classes, "class_rows", counts, "min", json_of_real(survey->low), "max",
                  json_of_real(survey->high), "constant_features", json_of_count(survey->constant_columns),
                  "fingerprint", json_of_hash(ink_data_fingerprint(rows->part)));
    json_object_set_new(all, "duplicate_rows", json_of_count(survey->duplicate_rows));
    json_object_set_new(all, "conflicting_rows", json_of_count(survey->conflicting_rows));
    json_object_set_new(all, "shared_rows", json_of_count(survey->shared_rows));
    json_object_set_new(all, "label_check", json_label_check(survey->labels));
    json_object_set_new(all, "findings", json_findings(survey));
    json_decisions(rows, all);
    if (info->height == 1 || is_table(rows)) json_object_set_new(all, "columns", json_columns(rows, survey));
    return json_print(all);
}

/* The flag test: data of its own, whole. */
static int load_test(const struct job *job, const char *path, const struct rows *rows, ink_data **out)
{
    ink_data_info info = INK_INIT(ink_data_info);
    ink_settings *set;
    ink_status status = ink_settings_copy(job->ctx, job->set, &set);
    if (status == INK_OK) status = ink_settings_set(job->ctx, set, "labels", "");
    if (status == INK_OK) status = ink_settings_set(job->ctx, set, "limit", "all");
    if (status == INK_OK) status = ink_data_load(job->ctx, path, set, out);
    ink_settings_free(set);
    if (status != INK_OK) return job_fail(job, status);
    ink_data_describe(*out, &info);
    if (info.features == rows->info.features) return CODE_DONE;
    return fail(CODE_INPUT,
                "%s has %zu features, %s has %zu: they cannot be compared; use test rows with the same columns", path,
                info.features, rows->info.source, rows->info.features);
}

/* The rows beside those that are looked at, or NULL. */
static int open_other(const struct job *job, const struct rows *rows, ink_data **out)
{
    const char *test = job_value(job, "test");
    *out = NULL;
    if (test) return load_test(job, test, rows, out);
    if (rows->other_rows == 0) return CODE_DONE;
    ink_part part = strcmp(rows->part_name, "test") == 0 ? INK_PART_TRAIN : INK_PART_TEST;
    ink_status status = ink_data_part(job->ctx, rows->whole, part, out);
    return status == INK_OK ? CODE_DONE : job_fail(job, status);
}

static int look_through(const struct job *job, const struct rows *rows, const ink_data *other)
{
    ink_survey *survey;
    ink_status status = ink_data_survey(job->ctx, rows->part, other, &survey);
    if (status != INK_OK) return job_fail(job, status);
    int code = job->json ? json_all(rows, survey) : print_all(rows, survey);
    ink_survey_free(survey);
    return code;
}

int cmd_data(struct job *job)
{
    struct rows rows;
    ink_data *other = NULL;
    int code = rows_open(job, job->operands[0], &rows);
    if (code != CODE_DONE) return code;
    code = open_other(job, &rows, &other);
    if (code == CODE_DONE) code = look_through(job, &rows, other);
    ink_data_free(other);
    rows_close(&rows);
    return code;
}
