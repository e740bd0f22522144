/* search_results: the trials of a search as a table, as CSV or as JSON.
 * SPDX-License-Identifier: MIT */
#include "search_results.h"

#include "json.h"
#include "scores.h"
#include "terminal.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define LINE_ROOM SEARCH_LINE_ROOM

static bool has_result(const ink_trial *trial)
{
    return isfinite(trial->val[INK_LOSS]) && strcmp(trial->state, "failed");
}

static const char *value_of(const ink_search *search, const ink_trial *trial, size_t term)
{
    const char *value = ink_search_value(search, trial->trial, ink_search_term(search, term, NULL));
    return value ? value : "";
}

const ink_trial *search_trial(const ink_search *search, size_t number)
{
    const ink_trial *trial = NULL;
    for (size_t rank = 0; (trial = ink_search_trial(search, rank)); rank++)
        if (trial->trial == number) return trial;
    return NULL;
}

char *search_values(const ink_search *search, size_t trial, char *to, size_t room)
{
    size_t used = 0;
    const char *name;
    *to = 0;
    for (size_t i = 0; (name = ink_search_term(search, i, NULL)) && used + 1 < room; i++) {
        const char *value = ink_search_value(search, trial, name);
        if (value) used += (size_t)snprintf(to + used, room - used, "%s%s %s", used ? ", " : "", name, value);
    }
    return to;
}

/* ------------------------------------------------------------------- table */

/* Adds to a line of text[LINE_ROOM]. */
__attribute__((format(printf, 2, 3))) static void add(char *line, const char *format, ...)
{
    size_t used = strlen(line);
    va_list list;
    va_start(list, format);
    vsnprintf(line + used, LINE_ROOM - used, format, list);
    va_end(list);
}

/* To the right of a column. */
static void add_right(char *line, const char *text, size_t width)
{
    size_t used = text_width(text);
    add(line, "%*s%s", (int)(used < width ? width - used : 0), "", text);
}

static size_t column_width(const ink_search *search, size_t term, size_t most)
{
    size_t width = text_width(ink_search_term(search, term, NULL));
    const ink_trial *trial;
    for (size_t rank = 0; rank < most && (trial = ink_search_trial(search, rank)); rank++) {
        size_t value = text_width(value_of(search, trial, term));
        if (value > width) width = value;
    }
    return width;
}

void search_columns(const ink_search *search, size_t most, bool running, struct search_columns *out)
{
    const ink_trial *trial, *first = NULL;
    size_t used = running ? 7 + 10 + 10 + 8 : 7 + 10 + 10;
    bool states = false;
    *out = (struct search_columns){.running = running};
    for (size_t rank = 0; rank < most && (trial = ink_search_trial(search, rank)); rank++) {
        if (!first && has_result(trial)) first = trial;
        out->epochs |= first && has_result(trial) && trial->epochs != first->epochs;
        states |= strcmp(trial->state, "done") != 0 && has_result(trial);
    }
    out->epochs = out->epochs && !running;
    used += (out->epochs ? 8U : 0U) + (states && !running ? 9U : 0U);
    for (; out->terms < SEARCH_TERMS_MOST && ink_search_term(search, out->terms, NULL); out->terms++) {
        out->width[out->terms] = column_width(search, out->terms, running ? SIZE_MAX : most);
        used += 2 + out->width[out->terms];
    }
    out->in_lines = used > TERMINAL_WIDTH || ink_search_term(search, out->terms, NULL);
    out->parameters = !running && used + 12 <= TERMINAL_WIDTH;
    if (out->in_lines) out->epochs = out->parameters = !running;
}

void search_head(const ink_search *search, const struct search_columns *columns, char line[LINE_ROOM])
{
    strcpy(line, "  trial");
    for (size_t i = 0; !columns->in_lines && i < columns->terms; i++) {
        add(line, "  ");
        add_right(line, ink_search_term(search, i, NULL), columns->width[i]);
    }
    ink_search_info info = INK_INIT(ink_search_info);
    ink_search_describe(search, &info);
    bool ranges = columns->in_lines && !columns->running;
    add(line, ranges ? "  val loss%s %8s%s" : "  val loss%s  %8s%s", ranges ? " (95 %)            " : "",
        info.scores[SCORE_BESIDE].name, ranges ? " (95 %)          " : "");
    if (columns->epochs) add(line, "  epochs");
    if (columns->parameters) add(line, ranges ? "    params" : "  parameters");
    if (columns->running) add(line, "    took");
    if (columns->running && columns->in_lines) add(line, "   settings");
    for (size_t end = strlen(line); end > 0 && line[end - 1] == ' '; end--) line[end - 1] = 0;
}

/* "(98.20 to 98.71)", or with the digits of a number; "" where there is no interval. */
static char *range_text(char to[2 * TEXT_ROOM + 8], const ink_score *score, double low, double high)
{
    char text[2][TEXT_ROOM];
    if (score->share)
        snprintf(to, 2 * TEXT_ROOM + 8, "(%.2f to %.2f)", 100 * low, 100 * high);
    else
        snprintf(to, 2 * TEXT_ROOM + 8, "(%s to %s)", text_loss(text[0], low), text_loss(text[1], high));
    return to;
}

static void add_figures(const ink_search *search, const ink_trial *trial, const struct search_columns *columns,
                        char *line)
{
    char text[TEXT_ROOM], range[2 * TEXT_ROOM + 8];
    ink_search_info info = INK_INIT(ink_search_info);
    ink_search_describe(search, &info);
    const ink_score *loss = &info.scores[INK_LOSS], *score = &info.scores[SCORE_BESIDE];
    bool ranges = columns->in_lines && !columns->running;
    add(line, "  %8s", text_loss(text, trial->val[INK_LOSS]));
    if (ranges) add(line, " %-18s", range_text(range, loss, trial->low[INK_LOSS], trial->high[INK_LOSS]));
    add(line, ranges ? " %8s" : "  %8s", text_score(text, score, trial->val[SCORE_BESIDE]));
    if (ranges) add(line, " %-16s", range_text(range, score, trial->low[SCORE_BESIDE], trial->high[SCORE_BESIDE]));
    if (columns->epochs) add(line, "  %6zu", trial->epochs);
    if (columns->parameters) add(line, ranges ? "  %8zu" : "  %10zu", trial->parameters);
    if (columns->running) add(line, "  %4.1f s", trial->seconds);
}

void search_line(const ink_search *search, const struct search_columns *columns, const ink_trial *trial, char mark,
                 char line[LINE_ROOM])
{
    snprintf(line, LINE_ROOM, "%c%6zu", mark, trial->trial);
    for (size_t i = 0; !columns->in_lines && i < columns->terms; i++) {
        add(line, "  ");
        add_right(line, value_of(search, trial, i), columns->width[i]);
    }
    if (has_result(trial)) add_figures(search, trial, columns, line);
    bool done = strcmp(trial->state, "done") == 0;
    if (!done && !columns->running && !columns->in_lines) add(line, "  %s", trial->state);
    ink_text_clean(line, false);
}

static void print_trial(const ink_search *search, const struct search_columns *columns, const ink_trial *trial,
                        bool best)
{
    char line[LINE_ROOM];
    search_line(search, columns, trial, !has_result(trial) ? ' ' : best ? '*' : trial->as_good ? '=' : ' ', line);
    out("%s\n", line);
    if (!columns->in_lines) return;
    snprintf(line, sizeof line, "%s%s", strcmp(trial->state, "done") ? trial->state : "",
             strcmp(trial->state, "done") ? ": " : "");
    search_values(search, trial->trial, line + strlen(line), sizeof line - strlen(line));
    out("         ");
    out_wrapped(9, 9, line);
}

static void print_table(const ink_search *search, size_t most)
{
    struct search_columns columns;
    const ink_trial *trial;
    char line[LINE_ROOM];
    search_columns(search, most, false, &columns);
    search_head(search, &columns, line);
    out("%s\n", line);
    for (size_t rank = 0; rank < most && (trial = ink_search_trial(search, rank)); rank++)
        print_trial(search, &columns, trial, rank == 0);
}

/* ------------------------------------------------------------------- words */

enum { INTERVAL_ROOM = 2 * TEXT_ROOM + 32 };

/* " (95 % interval 0.47 to 0.75)"; "" where there is none. */
static const char *text_interval(char to[INTERVAL_ROOM], const ink_score *score, double low, double high)
{
    char range[2 * TEXT_ROOM + 8];
    *to = 0;
    if (isfinite(low)) snprintf(to, INTERVAL_ROOM, " (95 %% interval %s)", text_range(range, score, low, high));
    return to;
}

static void print_best(const ink_search *search, const ink_search_info *info)
{
    char loss[TEXT_ROOM], value[TEXT_ROOM], range[2][INTERVAL_ROOM], values[512], line[1024];
    const ink_trial *best = info->best ? search_trial(search, info->best) : NULL;
    if (!best) return;
    const ink_score *scores = info->scores, *score = &scores[SCORE_BESIDE];
    snprintf(line, sizeof line, "trial %zu (%s): validation loss %s%s, %s %s%s", best->trial,
             search_values(search, best->trial, values, sizeof values), text_loss(loss, best->val[INK_LOSS]),
             text_interval(range[0], scores, best->low[INK_LOSS], best->high[INK_LOSS]), score->name,
             text_score(value, score, best->val[SCORE_BESIDE]),
             text_interval(range[1], score, best->low[SCORE_BESIDE], best->high[SCORE_BESIDE]));
    out("best         ");
    out_wrapped(13, 13, line);
}

static void print_as_good(const ink_search *search, const ink_search_info *info)
{
    char values[512], line[1024];
    size_t others = 0, rank = 1;
    const ink_trial *trial;
    for (; (trial = ink_search_trial(search, rank)) && has_result(trial); rank++) others += trial->as_good;
    if (!info->best || rank == 1) return; /* one trial has nothing beside it */
    const ink_trial *small = search_trial(search, info->smallest);
    if (others == 0)
        snprintf(line, sizeof line, "none: every other trial is significantly worse (row by row, 95 %%)");
    else
        snprintf(
            line, sizeof line,
            "%zu (marked =) not significantly worse than the best (row by row, 95 %% each); the smallest of all is "
            "trial %zu (%s): %zu parameters",
            others, small->trial, search_values(search, small->trial, values, sizeof values), small->parameters);
    out("as good      ");
    out_wrapped(13, 13, line);
}

static void print_shares(const ink_search *search, const ink_search_info *info)
{
    char line[1024] = "";
    size_t used = 0, terms = info->terms < 64 ? info->terms : 64;
    bool shown[64] = {false};
    for (size_t n = 0; n < terms && used < sizeof line - 64; n++) { /* the largest first */
        size_t most = terms;
        double share, most_share = -1;
        for (size_t i = 0; i < terms; i++) {
            ink_search_term(search, i, &share);
            if (shown[i] || !(share > most_share)) continue;
            most = i;
            most_share = share;
        }
        if (most == terms) break;
        shown[most] = true;
        used += (size_t)snprintf(line + used, sizeof line - used, "%s%s %.0f %%", n ? ", " : "",
                                 ink_search_term(search, most, NULL), 100 * most_share);
    }
    if (used == 0) return;
    snprintf(line + used, sizeof line - used, " (of the variance of the ranks by %s, each alone)", info->objective);
    out("what matters ");
    out_wrapped(13, 13, line);
}

static void print_failed(const ink_search *search, const ink_search_info *info)
{
    const ink_trial *trial = NULL;
    char line[1400];
    if (info->failed == 0) return;
    for (size_t rank = 0; (trial = ink_search_trial(search, rank)); rank++)
        if (strcmp(trial->state, "failed") == 0) break;
    if (!trial) return;
    snprintf(line, sizeof line, "%zu of %zu; trial %zu: %s", info->failed, info->trials, trial->trial, trial->message);
    out("failed       ");
    out_wrapped(13, 13, line);
}

/* The epochs that every trial with a result had; 0: they differ. */
static size_t common_epochs(const ink_search *search)
{
    const ink_trial *trial, *first = NULL;
    for (size_t rank = 0; (trial = ink_search_trial(search, rank)) && has_result(trial); rank++) {
        if (!first) first = trial;
        if (trial->epochs != first->epochs) return 0;
    }
    return first ? first->epochs : 0;
}

static void print_counts(const ink_search *search, const ink_search_info *info, const char *store)
{
    size_t epochs = common_epochs(search);
    size_t open = info->waiting + info->running + info->paused;
    out("trials       %zu (%s): %zu done", info->trials, info->method, info->done);
    if (epochs) out(" (%zu epoch%s each)", epochs, epochs == 1 ? "" : "s");
    if (info->stopped) out(", %zu stopped early", info->stopped);
    if (info->failed) out(", %zu failed", info->failed);
    if (open) out(", %zu left (%zu running)", open, info->running);
    out("\nstore        %s\n", store);
}

void search_print(const ink_search *search, const char *store, size_t most)
{
    ink_search_info info = INK_INIT(ink_search_info);
    ink_search_describe(search, &info);
    print_table(search, most);
    if (info.trials > most) out("  … %zu more: inkling search --list %s\n", info.trials - most, store);
    out("\n");
    print_counts(search, &info, store);
    print_failed(search, &info);
    print_best(search, &info);
    print_as_good(search, &info);
    print_shares(search, &info);
}

/* --------------------------------------------------------------------- CSV */

static void print_cell(const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        out(",%s", text);
        return;
    }
    out(",\"");
    for (; *text; text++) out("%s%c", *text == '"' ? "\"" : "", *text);
    out("\"");
}

static void print_number(double value)
{
    char text[TEXT_ROOM];
    print_cell(isfinite(value) ? text_exact(text, value) : "");
}

static void print_count(size_t count, bool is)
{
    char text[TEXT_ROOM];
    snprintf(text, sizeof text, "%zu", count);
    print_cell(is ? text : "");
}

static void print_csv_trial(const ink_search *search, const ink_search_info *info, const ink_trial *trial)
{
    bool is = has_result(trial);
    out("%zu,%s", trial->trial, trial->state);
    for (size_t i = 0; ink_search_term(search, i, NULL); i++) print_cell(value_of(search, trial, i));
    print_count(trial->epochs, is);
    print_count(trial->best_epoch, is);
    print_count(trial->parameters, is);
    for (size_t i = 0; i < info->score_count; i++) {
        print_number(trial->val[i]);
        print_number(trial->low[i]);
        print_number(trial->high[i]);
    }
    print_cell(is ? trial->as_good ? "true" : "false" : "");
    print_cell(trial->hash);
    print_cell(trial->message);
    out("\n");
}

void search_print_csv(const ink_search *search)
{
    const ink_trial *trial;
    const char *name;
    ink_search_info info = INK_INIT(ink_search_info);
    ink_search_describe(search, &info);
    out("trial,state");
    for (size_t i = 0; (name = ink_search_term(search, i, NULL)); i++) out(",%s", name);
    out(",epochs,best_epoch,parameters");
    for (size_t i = 0; i < info.score_count; i++) {
        name = info.scores[i].name;
        out(",val_%s,val_%s_low,val_%s_high", name, name, name);
    }
    out(",as_good,weights,message\n");
    for (size_t rank = 0; (trial = ink_search_trial(search, rank)); rank++) print_csv_trial(search, &info, trial);
}

/* -------------------------------------------------------------------- JSON */

/* Numbers where the setting is one. */
static json_t *json_of_value(const char *name, const char *text)
{
    const ink_setting *row = NULL;
    char *end;
    for (size_t i = 0; i < ink_settings_count() && !row; i++)
        if (strcmp(ink_settings_row(i)->name, name) == 0) row = ink_settings_row(i);
    if (!text || !row) return json_of_text(text);
    if (row->type == INK_TYPE_BOOL) return json_boolean(strcmp(text, "true") == 0);
    if (row->type != INK_TYPE_INT && row->type != INK_TYPE_REAL) return json_of_text(text);
    double value = strtod(text, &end);
    if (end == text || *end) return json_of_text(text);
    return row->type == INK_TYPE_INT ? json_integer((json_int_t)value) : json_of_real(value);
}

json_t *search_json_values(const ink_search *search, size_t trial)
{
    json_t *object = json_object();
    const char *name;
    for (size_t i = 0; (name = ink_search_term(search, i, NULL)); i++)
        json_object_set_new(object, name, json_of_value(name, ink_search_value(search, trial, name)));
    return object;
}

void search_json_scores(json_t *object, const ink_search_info *info, const double *values)
{
    char name[64];
    for (size_t i = 0; i < info->score_count; i++) {
        snprintf(name, sizeof name, "val_%s", info->scores[i].name);
        json_object_set_new(object, name, json_of_real(values[i]));
    }
}

/* Of each score "val_loss_low" and "val_loss_high". */
static void add_intervals(json_t *object, const ink_search_info *info, const ink_trial *trial)
{
    char name[64];
    for (size_t i = 0; i < info->score_count; i++) {
        snprintf(name, sizeof name, "val_%s_low", info->scores[i].name);
        json_object_set_new(object, name, json_of_real(trial->low[i]));
        snprintf(name, sizeof name, "val_%s_high", info->scores[i].name);
        json_object_set_new(object, name, json_of_real(trial->high[i]));
    }
}

static json_t *json_of_trial(const ink_search *search, const ink_trial *trial)
{
    ink_search_info info = INK_INIT(ink_search_info);
    ink_search_describe(search, &info);
    json_t *object = json_pack("{s:o, s:s, s:o}", "trial", json_of_count(trial->trial), "state", trial->state,
                               "settings", search_json_values(search, trial->trial));
    search_json_scores(object, &info, trial->val);
    json_object_set_new(object, "seconds", json_of_real(round(1000 * trial->seconds) / 1000));
    json_object_set_new(object, "epochs", json_of_count(trial->epochs));
    json_object_set_new(object, "best_epoch", json_of_count(trial->best_epoch));
    json_object_set_new(object, "parameters", json_of_count(trial->parameters));
    add_intervals(object, &info, trial);
    json_object_set_new(object, "as_good", json_boolean(trial->as_good));
    if (object && trial->shared_epochs)
        json_object_set_new(object, "shared_epochs", json_of_count(trial->shared_epochs));
    if (object && *trial->hash) json_object_set_new(object, "hash", json_of_text(trial->hash));
    if (object && *trial->message) json_object_set_new(object, "message", json_of_text(trial->message));
    return object;
}

static json_t *json_of_trials(const ink_search *search)
{
    json_t *array = json_array();
    const ink_trial *trial;
    size_t count = 0;
    while (ink_search_trial(search, count)) count++;
    const ink_trial **by_number = calloc(count + 1, sizeof *by_number);
    for (size_t rank = 0; by_number && (trial = ink_search_trial(search, rank)); rank++)
        if (trial->trial <= count) by_number[trial->trial] = trial;
    for (size_t i = 1; by_number && i <= count; i++)
        if (by_number[i]) json_array_append_new(array, json_of_trial(search, by_number[i]));
    free(by_number);
    return array;
}

json_t *search_json(const ink_search *search, const char *store)
{
    ink_search_info info = INK_INIT(ink_search_info);
    double share;
    const char *name;
    json_t *matters = json_object();
    ink_search_describe(search, &info);
    for (size_t i = 0; (name = ink_search_term(search, i, &share)); i++)
        json_object_set_new(matters, name, json_of_real(share));
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "store", json_of_text(store), "data",
                     json_of_text(info.data), "space", json_of_text(info.space), "method", json_of_text(info.method),
                     "objective", json_of_text(info.objective), "best",
                     info.best ? json_of_count(info.best) : json_null(), "smallest",
                     info.smallest ? json_of_count(info.smallest) : json_null(), "matters", matters, "trials",
                     json_of_trials(search));
}

/* -------------------------------------------------------------- the same weights */

/* The terms in which two trials differ, "norm-rows, init". */
static void differing_terms(const ink_search *search, size_t a, size_t b, char *out, size_t room)
{
    const char *name;
    size_t used = 0;
    *out = 0;
    for (size_t i = 0; (name = ink_search_term(search, i, NULL)) != NULL && used < room; i++) {
        const char *x = ink_search_value(search, a, name), *y = ink_search_value(search, b, name);
        if (x && y && strcmp(x, y) != 0)
            used += (size_t)snprintf(out + used, room - used, "%s%s", used ? ", " : "", name);
    }
}

void search_note_same(const ink_search *search)
{
    ink_search_info info = INK_INIT(ink_search_info);
    char names[200];
    size_t pairs = 0, first[2] = {0, 0};
    ink_search_describe(search, &info);
    for (size_t i = 1; i < info.trials; i++) {
        const ink_trial *b = ink_search_trial(search, i), *a = NULL;
        for (size_t k = 0; k < i && *b->hash && !a; k++)
            if (strcmp(ink_search_trial(search, k)->hash, b->hash) == 0) a = ink_search_trial(search, k);
        if (!a || a->epochs != b->epochs) continue;
        if (pairs++ == 0) first[0] = a->trial, first[1] = b->trial;
    }
    if (pairs == 0) return;
    differing_terms(search, first[0], first[1], names, sizeof names);
    talk("trials %zu and %zu came to the same weights%s: %s had no effect there", first[0], first[1],
         pairs > 1 ? " (and others did)" : "", *names ? names : "what they differ in");
}
