/* space: the settings that a search tries, from text to points.
 * SPDX-License-Identifier: MIT */
#include "search/space.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_VALUES = 10000, MOST_COMPARED = 4000000 }; /* of a term; points of which those that are equal are found */

/* The term at hand. */
struct term {
    ink_ctx *ctx;
    ink_settings *scratch; /* values are tried on it */
    const ink_setting *row;
    struct inki_axis *axis;
    const char *text; /* the values, [length] */
    size_t length;
};

/* ---- numbers, the same on every machine ---- */

/* ratio^share for 0 <= share < 1: square roots are exact by IEEE 754, powers are not. */
static double power(double ratio, double share)
{
    double result = 1;
    for (int bit = 0; bit < 50 && share > 0; bit++) {
        ratio = sqrt(ratio);
        share *= 2;
        if (share < 1) continue;
        share -= 1;
        result *= ratio;
    }
    return result;
}

/* Four digits are enough for a drawn number, and can be read. */
static void four_digits(double value, char out[32])
{
    double left = fabs(value);
    int exponent = 0;
    if (value == 0) {
        snprintf(out, 32, "0");
        return;
    }
    for (; left < 1000; left *= 10) exponent--;
    for (; left >= 9999.5; left /= 10) exponent++;
    snprintf(out, 32, "%s%.0fe%d", value < 0 ? "-" : "", left, exponent);
    if (inki_parse_real(out, &value)) inki_format_real(value, out);
}

/* The number at `share` of the way through a range. */
static void number_at(const struct inki_axis *axis, double share, char out[32])
{
    double value =
        axis->log ? axis->low * power(axis->high / axis->low, share) : axis->low + (axis->high - axis->low) * share;
    if (axis->whole) value = floor(value + 0.5);
    if (value > axis->high) value = axis->high;
    if (value < axis->low) value = axis->low;
    if (axis->whole)
        snprintf(out, 32, "%.0f", value);
    else
        four_digits(value, out);
}

/* ---- values ---- */

static ink_status bad(const struct term *term, const char *why, const char *text, size_t length)
{
    return inki_fail(term->ctx, INK_BAD_SETTING, "space: %s: '%.*s': %s", term->row->name,
                     (int)(length < 200 ? length : 200), text, why);
}

/* The setting's own word on a value: *canonical is borrowed until the next. */
static ink_status canonical(const struct term *term, const char *text, size_t length, const char **out)
{
    char *copy = inki_alloc(term->ctx, length + 1, 1);
    if (!copy) return INK_NO_MEMORY;
    memcpy(copy, text, length);
    copy[length] = 0;
    ink_status status = ink_settings_set(term->ctx, term->scratch, term->row->name, copy);
    inki_free(copy);
    if (status == INK_BAD_SETTING) {
        char why[512];
        snprintf(why, sizeof why, "%s", ink_ctx_message(term->ctx));
        return inki_fail(term->ctx, status, "space: %s", why);
    }
    INK_TRY(status);
    *out = ink_settings_get(term->scratch, term->row->name);
    json_t *text_of_it = json_string(*out);
    json_decref(text_of_it);
    return text_of_it ? INK_OK : bad(term, "is not UTF-8", text, length);
}

static bool has_value(const struct inki_axis *axis, const char *text)
{
    for (size_t i = 0; i < axis->count; i++)
        if (strcmp(axis->values[i], text) == 0) return true;
    return false;
}

/* The values of an axis have room for MOST_VALUES pointers while they are read. */
static ink_status add_value(const struct term *term, const char *text, size_t length, bool quietly)
{
    struct inki_axis *axis = term->axis;
    const char *value;
    INK_TRY(canonical(term, text, length, &value));
    if (has_value(axis, value)) return quietly ? INK_OK : bad(term, "is given twice", text, length);
    if (axis->count == MOST_VALUES) return bad(term, "has more than 10000 values", text, length);
    char *copy = inki_copy_text(term->ctx, value);
    if (!copy) return INK_NO_MEMORY;
    axis->values[axis->count++] = copy;
    return INK_OK;
}

static const char *separators(const ink_setting *row)
{
    if (strcmp(row->name, "net") == 0) return "/";
    return row->type == INK_TYPE_TEXT ? "|" : ",|";
}

static size_t trimmed(const char **text, size_t length)
{
    while (length > 0 && **text == ' ') (*text)++, length--;
    while (length > 0 && (*text)[length - 1] == ' ') length--;
    return length;
}

/* The value that begins at *at, which moves behind the separator after it. */
static ink_status next_value(const struct term *term, size_t *at, const char **value, size_t *length)
{
    const char *text = term->text + *at, *marks = separators(term->row), *behind = text;
    size_t left = term->length - *at, size = 0;
    while (size < left && text[size] == ' ') size++;
    if (size < left && text[size] == '"') {
        const char *quote = memchr(text + size + 1, '"', left - size - 1);
        if (!quote) return bad(term, "a closing quote is missing", text, left);
        *value = text + size + 1;
        *length = (size_t)(quote - *value);
        behind = quote + 1;
        marks = ",|/";
    } else {
        *value = NULL;
    }
    size = (size_t)(behind - text);
    while (size < left && !strchr(marks, text[size])) size++;
    if (!*value) {
        *value = text;
        *length = trimmed(value, size);
    } else if (trimmed(&behind, size - (size_t)(behind - text)) > 0) {
        return bad(term, "unexpected text after the closing quote; separate values by ,", text, size);
    }
    if (*length == 0) return bad(term, "a value is missing", term->text, term->length);
    *at += size;
    return INK_OK;
}

static ink_status read_list(const struct term *term)
{
    for (size_t at = 0;; at++) { /* over the separator */
        const char *value = NULL;
        size_t length = 0;
        INK_TRY(next_value(term, &at, &value, &length));
        INK_TRY(add_value(term, value, length, false));
        if (at == term->length) return INK_OK;
    }
}

/* ---- ranges ---- */

static bool is_number(const ink_setting *row) { return row->type == INK_TYPE_INT || row->type == INK_TYPE_REAL; }

/* The place of "..", or NULL. */
static const char *find_dots(const struct term *term)
{
    for (size_t i = 0; i + 1 < term->length; i++)
        if (memcmp(term->text + i, "..", 2) == 0) return term->text + i;
    return NULL;
}

static ink_status read_end(const struct term *term, const char *text, size_t length, double *out)
{
    const char *value;
    length = trimmed(&text, length);
    INK_TRY(canonical(term, text, length, &value));
    if (!inki_parse_real(value, out)) return bad(term, "a range needs two numbers", text, length);
    return INK_OK;
}

/* ":log", ":4" or both. */
static ink_status read_marks(const struct term *term, const char *text, size_t length, size_t *points)
{
    while (length > 0) {
        char mark[16];
        size_t size = 1;
        while (size < length && text[size] != ':') size++;
        snprintf(mark, sizeof mark, "%.*s", (int)(size - 1), text + 1);
        if (strcmp(mark, "log") == 0)
            term->axis->log = true;
        else if (size > sizeof mark || !inki_parse_count(mark, points) || *points < 2 || *points > MOST_VALUES)
            return bad(term, "after a range: expected :log, a number of points from 2 to 10000 (:5), or nothing", text,
                       length);
        text += size;
        length -= size;
    }
    return INK_OK;
}

/* The values of a range with points; integers may coincide. */
static ink_status list_points(const struct term *term, size_t points)
{
    for (size_t i = 0; i < points; i++) {
        char text[32];
        if (i + 1 == points)
            inki_format_real(term->axis->high, text);
        else if (i == 0)
            inki_format_real(term->axis->low, text);
        else
            number_at(term->axis, (double)i / (double)(points - 1), text);
        INK_TRY(add_value(term, text, strlen(text), true));
    }
    return INK_OK;
}

static ink_status read_range(const struct term *term, const char *dots)
{
    struct inki_axis *axis = term->axis;
    const char *high = dots + 2, *end = term->text + term->length;
    const char *marks = memchr(high, ':', (size_t)(end - high));
    size_t points = 0;
    if (!marks) marks = end;
    axis->whole = term->row->type == INK_TYPE_INT;
    INK_TRY(read_end(term, term->text, (size_t)(dots - term->text), &axis->low));
    INK_TRY(read_end(term, high, (size_t)(marks - high), &axis->high));
    INK_TRY(read_marks(term, marks, (size_t)(end - marks), &points));
    if (!(axis->low < axis->high)) return bad(term, "write the smaller end first: 0.01..0.1", term->text, term->length);
    if (axis->log && axis->low <= 0)
        return bad(term, "a logarithmic range must start above 0", term->text, term->length);
    if (axis->whole && !axis->log && points == 0 && axis->high - axis->low < MOST_VALUES)
        points = (size_t)(axis->high - axis->low) + 1;
    return points ? list_points(term, points) : INK_OK;
}

/* ---- terms ---- */

/* What cannot differ from trial to trial, and why. */
static ink_status check_row(ink_ctx *ctx, const ink_setting *row)
{
    static const char *const whole[] = {"budget", "monitor", "keep"};
    const char *why = NULL;
    if (strcmp(row->group, "run") == 0 || strcmp(row->group, "search") == 0) why = "it changes no result";
    const bool of_model = strcmp(row->name, "scale") == 0 || strcmp(row->name, "numbers") == 0;
    if (strcmp(row->group, "data") == 0 && !of_model) why = "all trials use the same data";
    if (strcmp(row->name, "threshold") == 0)
        why = "it changes answers, not what is learned; threshold auto finds it when training has ended";
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        if (strcmp(row->name, whole[i]) == 0) why = "it belongs to the search as a whole";
    if (!why) return INK_OK;
    return inki_fail(ctx, INK_BAD_SETTING, "space: %s cannot be searched: %s", row->name, why);
}

static ink_status find_row(ink_ctx *ctx, const char *name, size_t length, enum inki_setting *id)
{
    const char *names[INKI_SETTING_COUNT];
    char typed[64];
    for (size_t i = 0; i < INKI_SETTING_COUNT; i++) {
        names[i] = ink_settings_row(i)->name;
        if (strlen(names[i]) != length || memcmp(names[i], name, length) != 0) continue;
        *id = (enum inki_setting)i;
        return check_row(ctx, ink_settings_row(i));
    }
    snprintf(typed, sizeof typed, "%.*s", (int)length, name);
    const char *near = ink_did_you_mean(typed, names, INKI_SETTING_COUNT);
    if (near)
        return inki_fail(ctx, INK_BAD_SETTING, "space: there is no setting '%s'; did you mean '%s'?", typed, near);
    return inki_fail(ctx, INK_BAD_SETTING, "space: there is no setting '%s'; 'inkling help settings' lists them",
                     typed);
}

/* The length of "NAME=" at text, 0 if there is none. */
static size_t head_length(const char *text)
{
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return length > 0 && text[length] == '=' ? length + 1 : 0;
}

/* How far the values go: until a space with a head behind it, or the end. */
static size_t values_length(const char *text)
{
    size_t length = 0;
    for (bool quoted = false; text[length]; length++) {
        if (text[length] == '"') quoted = !quoted;
        if (!quoted && text[length] == ' ' && head_length(text + length + 1) > 0) break;
    }
    return length;
}

static ink_status read_term(struct term *term)
{
    struct inki_axis *axis = term->axis;
    const char *dots = is_number(term->row) ? find_dots(term) : NULL;
    axis->values = inki_alloc(term->ctx, MOST_VALUES, sizeof *axis->values);
    if (!axis->values) return INK_NO_MEMORY;
    INK_TRY(dots ? read_range(term, dots) : read_list(term));
    if (axis->count > 0) { /* no more room than is needed */
        char **exact = inki_grow(term->ctx, axis->values, axis->count, axis->count, sizeof *exact);
        if (!exact) return INK_NO_MEMORY;
        axis->values = exact;
        return INK_OK;
    }
    inki_free(axis->values);
    axis->values = NULL;
    return INK_OK;
}

static ink_status read_head(struct inki_space *space, const char **at, struct term *term)
{
    size_t head = head_length(*at);
    if (head == 0)
        return inki_fail(term->ctx, INK_BAD_SETTING,
                         "space: '%.40s' is not a term; write NAME=VALUE,VALUE,… such as lr=0.1,0.01 batch=32,64", *at);
    term->axis = &space->axes[space->count];
    *term->axis = (struct inki_axis){0};
    INK_TRY(find_row(term->ctx, *at, head - 1, &term->axis->id));
    term->row = ink_settings_row((size_t)term->axis->id);
    term->axis->name = term->row->name;
    for (size_t i = 0; i < space->count; i++)
        if (space->axes[i].id == term->axis->id)
            return inki_fail(term->ctx, INK_BAD_SETTING, "space: %s is given twice", term->row->name);
    *at += head;
    term->text = *at;
    term->length = values_length(*at);
    *at += term->length;
    term->length = trimmed(&term->text, term->length);
    space->count++;
    return INK_OK;
}

static ink_status read_terms(struct inki_space *space, struct term *term, const char *text)
{
    for (;;) {
        text += strspn(text, " \t\r\n");
        if (!*text) break;
        INK_TRY(read_head(space, &text, term));
        INK_TRY(read_term(term));
    }
    if (space->count > 0) return INK_OK;
    return inki_fail(term->ctx, INK_BAD_SETTING,
                     "space: there is nothing to search; write NAME=VALUE,VALUE,… such as lr=0.1,0.01 batch=32,64");
}

/* ---- the whole ---- */

static void print_axis(struct inki_str *str, const struct inki_axis *axis)
{
    char low[32], high[32];
    bool net = axis->id == INKI_NET, text = ink_settings_row((size_t)axis->id)->type == INK_TYPE_TEXT;
    inki_str_add(str, "%s%s=", str->length ? " " : "", axis->name);
    for (size_t i = 0; i < axis->count; i++)
        inki_str_add(str, "%s%s", i == 0 ? "" : net ? " / " : text ? "|" : ",", axis->values[i]);
    if (axis->count > 0) return;
    inki_format_real(axis->low, low);
    inki_format_real(axis->high, high);
    inki_str_add(str, "%s..%s%s", low, high, axis->log ? ":log" : "");
}

static ink_status print_space(struct inki_space *space)
{
    struct inki_str str = {.ctx = space->ctx};
    for (size_t i = 0; i < space->count; i++) print_axis(&str, &space->axes[i]);
    space->text = str.text;
    return str.failed ? INK_NO_MEMORY : INK_OK;
}

/* A text's tabs and line ends count as spaces. */
static char *one_line(ink_ctx *ctx, const char *text)
{
    char *copy = inki_copy_text(ctx, text);
    for (char *c = copy; copy && *c; c++)
        if (*c == '\t' || *c == '\n' || *c == '\r') *c = ' ';
    return copy;
}

ink_status inki_space_parse(ink_ctx *ctx, const char *text, struct inki_space *out)
{
    struct term term = {.ctx = ctx};
    *out = (struct inki_space){.ctx = ctx};
    char *line = one_line(ctx, text);
    out->axes = line ? inki_alloc(ctx, INKI_SETTING_COUNT + 1, sizeof *out->axes) : NULL;
    ink_status status = out->axes ? ink_settings_new(ctx, &term.scratch) : INK_NO_MEMORY;
    if (status == INK_OK) status = read_terms(out, &term, line);
    if (status == INK_OK) status = print_space(out);
    ink_settings_free(term.scratch);
    inki_free(line);
    if (status != INK_OK) inki_space_free(out);
    return status;
}

void inki_space_free(struct inki_space *space)
{
    for (size_t i = 0; i < space->count; i++) {
        struct inki_axis *axis = &space->axes[i];
        for (size_t j = 0; j < axis->count; j++) inki_free(axis->values[j]);
        inki_free(axis->values);
    }
    if (space->ctx) inki_free(space->axes);
    if (space->ctx) inki_free(space->text);
    if (space->ctx) inki_free(space->distinct);
    *space = (struct inki_space){.ctx = space->ctx};
}

/* ---- points ---- */

const struct inki_axis *inki_space_range(const struct inki_space *space)
{
    for (size_t i = 0; i < space->count; i++)
        if (space->axes[i].count == 0) return &space->axes[i];
    return NULL;
}

/* All combinations; 0 if they are countless. */
static size_t count_combinations(const struct inki_space *space)
{
    size_t points = 1;
    for (size_t i = 0; i < space->count; i++) {
        if (!inki_mul_fits(points, space->axes[i].count, &points) || (double)points > 0x1p53) return 0;
    }
    return points;
}

size_t inki_space_points(const struct inki_space *space)
{
    return space->distinct ? space->distinct_count : count_combinations(space);
}

/* A point under way: a value of each term, NULL for one that is open. */
struct choice {
    const struct inki_space *space;
    const char *values[INKI_SETTING_COUNT + 1];
};

static void choose_combination(const struct inki_space *space, size_t index, struct choice *out)
{
    size_t left = count_combinations(space);
    out->space = space;
    for (size_t i = 0; i < space->count; i++) {
        const struct inki_axis *axis = &space->axes[i];
        left /= axis->count;
        out->values[i] = axis->values[index / left % axis->count];
    }
}

/* The value that a setting has at a point. */
static const char *value_at(const void *user, enum inki_setting id, bool *given)
{
    const struct choice *choice = user;
    const struct inki_space *space = choice->space;
    *given = true;
    for (size_t i = 0; i < space->count; i++)
        if (space->axes[i].id == id) return choice->values[i];
    const char *name = ink_settings_row(id)->name;
    *given = ink_settings_is_set(space->set, name);
    return ink_settings_get(space->set, name);
}

static bool counts(const struct choice *choice, size_t term)
{
    char why[160];
    return !choice->space->set || inki_setting_counts(choice->space->axes[term].id, value_at, choice, why);
}

/* What has no effect is left out: the point does not depend on it. */
static json_t *make_point(const struct choice *choice)
{
    json_t *point = json_object();
    for (size_t i = 0; i < choice->space->count; i++)
        if (counts(choice, i)) json_object_set_new(point, choice->space->axes[i].name, json_string(choice->values[i]));
    return point;
}

json_t *inki_space_point(const struct inki_space *space, size_t index)
{
    struct choice choice;
    choose_combination(space, space->distinct ? space->distinct[index] : index, &choice);
    return make_point(&choice);
}

json_t *inki_space_draw(const struct inki_space *space, uint64_t seed, size_t trial)
{
    struct choice choice = {.space = space};
    char texts[INKI_SETTING_COUNT + 1][32];
    for (size_t i = 0; i < space->count; i++) {
        const struct inki_axis *axis = &space->axes[i];
        struct inki_rng rng = inki_rng_begin(seed, INKI_RNG_SEARCH, (uint32_t)trial, (uint32_t)i + 1);
        if (axis->count == 0) number_at(axis, inki_rng_uniform(&rng), texts[i]);
        choice.values[i] = axis->count ? axis->values[inki_rng_below(&rng, axis->count)] : texts[i];
    }
    return make_point(&choice);
}

/* ---- terms that depend on others ---- */

/* "hidden=20,40,100" is one network, and may have been meant as three. */
static void note_single(const struct inki_space *space, const struct inki_axis *axis)
{
    struct inki_str parts = {.ctx = space->ctx};
    const char *value = axis->count == 1 ? axis->values[0] : "";
    if (ink_settings_row(axis->id)->type != INK_TYPE_TEXT || axis->id == INKI_NET || !strchr(value, ',')) return;
    for (; *value; value++) inki_str_add(&parts, "%c", *value == ',' ? '|' : *value);
    if (!parts.failed)
        inki_note(space->ctx, "space: %s=%s is one %s; to try each write %s=%s", axis->name, axis->values[0],
                  axis->id == INKI_HIDDEN ? "network, with layers of these widths" : "value", axis->name, parts.text);
    inki_free(parts.text);
}

/* What was set, or is searched, and has no effect whatever the terms are. */
static void note_effects(const struct inki_space *space)
{
    const struct choice open = {.space = space};
    char why[160];
    for (int i = 0; i < INKI_SETTING_COUNT; i++) {
        bool given;
        value_at(&open, (enum inki_setting)i, &given);
        if (given && !inki_setting_counts((enum inki_setting)i, value_at, &open, why)) inki_note(space->ctx, "%s", why);
    }
    for (size_t i = 0; i < space->count; i++) note_single(space, &space->axes[i]);
}

/* True if the combination has the first value of each term that has no effect in it. */
static bool is_first(const struct choice *choice)
{
    for (size_t i = 0; i < choice->space->count; i++)
        if (choice->values[i] != choice->space->axes[i].values[0] && !counts(choice, i)) return false;
    return true;
}

static size_t find_distinct(const struct inki_space *space, size_t combinations, uint32_t *out)
{
    struct choice choice;
    size_t found = 0;
    for (size_t i = 0; i < combinations; i++) {
        choose_combination(space, i, &choice);
        if (!is_first(&choice)) continue;
        if (out) out[found] = (uint32_t)i;
        found++;
    }
    return found;
}

ink_status inki_space_bind(struct inki_space *space, const ink_settings *set)
{
    bool depends = false;
    size_t combinations = count_combinations(space);
    space->set = set;
    note_effects(space);
    for (size_t i = 0; i < space->count; i++) depends = depends || ink_settings_row(space->axes[i].id)->needs;
    if (!depends || combinations == 0 || combinations > MOST_COMPARED) return INK_OK;
    size_t found = find_distinct(space, combinations, NULL);
    if (found == combinations) return INK_OK;
    uint32_t *distinct = inki_alloc(space->ctx, found, sizeof *distinct);
    if (!distinct) return INK_NO_MEMORY;
    find_distinct(space, combinations, distinct);
    space->distinct = distinct;
    space->distinct_count = found;
    inki_note(space->ctx,
              "space: %zu of %zu points differ from others only in what has no effect there, and are left out",
              combinations - found, combinations);
    return INK_OK;
}
