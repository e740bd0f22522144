/* settings: the values of the one settings table.
 * SPDX-License-Identifier: MIT */
#include "base/settings.h"
#include "base/mem.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* clang-format off */
static const ink_setting rows[] = {
#define HELP_AND_NEEDS(help, needs, ...) help, needs
#define SETTING_ROW(id, name, group, type, min, max, log, initial, choices, placeholder, ...) \
    {name, group, INK_TYPE_##type, min, max, log, initial, choices, placeholder, HELP_AND_NEEDS(__VA_ARGS__, NULL, )},
    INKI_SETTINGS(SETTING_ROW)
#undef SETTING_ROW
#undef HELP_AND_NEEDS
};
/* clang-format on */

const struct inki_about_row inki_about_rows[INKI_ABOUT_COUNT] = {
#define ABOUT_ROW(id, name, section, lines) {name, section, lines},
    INKI_ABOUT(ABOUT_ROW)
#undef ABOUT_ROW
};

struct value {
    char *text; /* the canonical form */
    double number;
    int choice;
    bool is_set;
};

struct ink_settings {
    struct value values[INKI_SETTING_COUNT];
    char *about[INKI_ABOUT_COUNT]; /* NULL: nothing is said */
};

size_t ink_settings_count(void) { return INKI_SETTING_COUNT; }

const ink_setting *ink_settings_row(size_t i) { return i < INKI_SETTING_COUNT ? &rows[i] : NULL; }

int inki_setting_find(const char *name)
{
    if (strcmp(name, "target") == 0) name = "label-column"; /* its other name */
    for (int i = 0; i < INKI_SETTING_COUNT; i++)
        if (strcmp(rows[i].name, name) == 0) return i;
    return -1;
}

ink_status inki_setting_unknown(ink_ctx *ctx, const char *name)
{
    const char *names[INKI_SETTING_COUNT];
    for (int i = 0; i < INKI_SETTING_COUNT; i++) names[i] = rows[i].name;
    const char *near = ink_did_you_mean(name, names, INKI_SETTING_COUNT);
    if (near) return inki_fail(ctx, INK_BAD_SETTING, "there is no setting '%s'; did you mean '%s'?", name, near);
    return inki_fail(ctx, INK_BAD_SETTING, "there is no setting '%s'; 'inkling help settings' lists them", name);
}

static ink_status parse_bool(ink_ctx *ctx, const ink_setting *row, const char *text, struct value *out)
{
    int index = inki_choice_index("false|true|0|1|no|yes|off|on", text);
    if (index < 0) return inki_fail(ctx, INK_BAD_SETTING, "%s: '%s' is not true or false", row->name, text);
    out->number = index % 2;
    out->text = inki_copy_text(ctx, index % 2 ? "true" : "false");
    return out->text ? INK_OK : INK_NO_MEMORY;
}

/* The word itself, however it was spelled. */
static ink_status copy_choice(ink_ctx *ctx, const char *choices, int index, char **out)
{
    for (; index > 0; index--) choices = strchr(choices, '|') + 1;
    size_t length = strcspn(choices, "|");
    *out = inki_alloc(ctx, length + 1, 1);
    if (!*out) return INK_NO_MEMORY;
    memcpy(*out, choices, length);
    (*out)[length] = 0;
    return INK_OK;
}

/* "WORD:MORE", where the placeholder says that WORD may be followed by something, which is checked where it is used; -1: it is not. */
static int choice_with_more(const ink_setting *row, const char *text)
{
    char word[40];
    size_t length = strcspn(text, ":");
    if (!row->placeholder || !text[length] || length + 3 > sizeof word) return -1;
    snprintf(word, sizeof word, "|%.*s:", (int)length, text);
    if (!strstr(row->placeholder, word)) return -1;
    word[length + 1] = 0;
    return inki_choice_index(row->choices, word + 1);
}

static ink_status parse_choice(ink_ctx *ctx, const ink_setting *row, const char *text, struct value *out)
{
    out->choice = choice_with_more(row, text);
    if (out->choice >= 0) {
        out->text = inki_copy_text(ctx, text);
        return out->text ? INK_OK : INK_NO_MEMORY;
    }
    out->choice = inki_choice_index(row->choices, text);
    if (out->choice < 0) {
        char copy[256];
        const char *names[32];
        size_t count = 0;
        snprintf(copy, sizeof copy, "%s", row->choices);
        for (char *at = copy; at && count < 32; count++) {
            names[count] = at;
            at = strchr(at, '|');
            if (at) *at++ = 0;
        }
        const char *near = ink_did_you_mean(text, names, count);
        if (near)
            return inki_fail(ctx, INK_BAD_SETTING, "%s: there is no '%s'; did you mean '%s'?", row->name, text, near);
        return inki_fail(ctx, INK_BAD_SETTING, "%s: '%s' is not one of %s", row->name, text,
                         row->placeholder ? row->placeholder : row->choices);
    }
    return copy_choice(ctx, row->choices, out->choice, &out->text);
}

int inki_setting_word(const ink_setting *row, const char *text)
{
    return row->choices ? inki_choice_index(row->choices, text) : -1;
}

const char *inki_setting_words(const ink_setting *row, char text[32])
{
    const char *first = row->choices ? row->choices : "", *bar = strchr(first, '|');
    if (bar)
        snprintf(text, 32, "%.*s or %s", (int)(bar - first), first, bar + 1);
    else
        snprintf(text, 32, "%s", first);
    return text;
}

static ink_status parse_number(ink_ctx *ctx, const ink_setting *row, const char *text, struct value *out)
{
    char canonical[32], low[32], high[32], words[32];
    bool whole = row->type == INK_TYPE_INT;
    const char *or_word = row->choices ? " or the word " : "", *word = inki_setting_words(row, words);
    const int index = inki_setting_word(row, text);
    if (index >= 0) {
        out->number = whole ? 0 : (double)NAN;
        out->choice = index + 1;
        return copy_choice(ctx, row->choices, index, &out->text);
    }
    if (!inki_parse_real(text, &out->number) || (whole && out->number != floor(out->number)))
        return inki_fail(ctx, INK_BAD_SETTING, "%s: '%s' is not %s%s%s", row->name, text,
                         whole ? "an integer" : "a number", or_word, word);
    out->number += 0.0; /* -0 is 0 */
    inki_format_real(row->min, low);
    inki_format_real(row->max, high);
    if (out->number < row->min || out->number > row->max)
        return inki_fail(ctx, INK_BAD_SETTING, "%s: %s is outside %s to %s%s%s", row->name, text, low, high, or_word,
                         word);
    if (whole)
        snprintf(canonical, sizeof canonical, "%.0f", out->number);
    else
        inki_format_real(out->number, canonical);
    out->text = inki_copy_text(ctx, canonical);
    return out->text ? INK_OK : INK_NO_MEMORY;
}

static ink_status parse_value(ink_ctx *ctx, const ink_setting *row, const char *text, struct value *out)
{
    memset(out, 0, sizeof *out);
    switch (row->type) {
    case INK_TYPE_BOOL:
        return parse_bool(ctx, row, text, out);
    case INK_TYPE_CHOICE:
        return parse_choice(ctx, row, text, out);
    case INK_TYPE_INT:
    case INK_TYPE_REAL:
        return parse_number(ctx, row, text, out);
    case INK_TYPE_TEXT:
        break;
    }
    out->text = inki_copy_text(ctx, text);
    return out->text ? INK_OK : INK_NO_MEMORY;
}

ink_status ink_settings_new(ink_ctx *ctx, ink_settings **out)
{
    *out = NULL;
    ink_settings *set = inki_zalloc(ctx, 1, sizeof *set);
    if (!set) return INK_NO_MEMORY;
    for (int i = 0; i < INKI_SETTING_COUNT; i++) {
        ink_status status = parse_value(ctx, &rows[i], rows[i].initial, &set->values[i]);
        if (status == INK_OK) continue;
        ink_settings_free(set);
        return status;
    }
    *out = set;
    return INK_OK;
}

void ink_settings_free(ink_settings *set)
{
    if (!set) return;
    for (int i = 0; i < INKI_SETTING_COUNT; i++) inki_free(set->values[i].text);
    for (int i = 0; i < INKI_ABOUT_COUNT; i++) inki_free(set->about[i]);
    inki_free(set);
}

ink_status ink_settings_copy(ink_ctx *ctx, const ink_settings *set, ink_settings **out)
{
    ink_settings *copy;
    *out = NULL;
    INK_TRY(ink_settings_new(ctx, &copy));
    for (int i = 0; i < INKI_SETTING_COUNT; i++) {
        if (!set->values[i].is_set) continue;
        ink_status status = ink_settings_set(ctx, copy, rows[i].name, set->values[i].text);
        if (status == INK_OK) continue;
        ink_settings_free(copy);
        return status;
    }
    *out = copy;
    return INK_OK;
}

ink_status ink_settings_set(ink_ctx *ctx, ink_settings *set, const char *name, const char *text)
{
    struct value value;
    if (!name || !text)
        return inki_fail(ctx, INK_BAD_ARGUMENT, "%s: its text is NULL", name ? name : "a setting without a name");
    int i = inki_setting_find(name);
    if (i < 0) return inki_setting_unknown(ctx, name);
    INK_TRY(parse_value(ctx, &rows[i], text, &value));
    value.is_set = true;
    inki_free(set->values[i].text);
    set->values[i] = value;
    return INK_OK;
}

const char *ink_settings_get(const ink_settings *set, const char *name)
{
    int i = inki_setting_find(name);
    return i < 0 ? NULL : set->values[i].text;
}

bool ink_settings_is_set(const ink_settings *set, const char *name)
{
    int i = inki_setting_find(name);
    return i >= 0 && set->values[i].is_set;
}

static int find_about(const char *name)
{
    for (int i = 0; i < INKI_ABOUT_COUNT; i++)
        if (strcmp(inki_about_rows[i].name, name) == 0) return i;
    return -1;
}

const char *ink_settings_about(const ink_settings *set, const char *name)
{
    int i = find_about(name);
    return i < 0 ? NULL : set->about[i];
}

ink_status ink_settings_set_about(ink_ctx *ctx, ink_settings *set, const char *name, const char *text)
{
    int i = find_about(name);
    if (i < 0) return inki_fail(ctx, INK_BAD_ARGUMENT, "a settings file has no entry '%s'", name);
    char *copy = text ? inki_copy_text(ctx, text) : NULL;
    if (text && !copy) return INK_NO_MEMORY;
    inki_free(set->about[i]);
    set->about[i] = copy;
    return INK_OK;
}

void inki_settings_swap(ink_settings *a, ink_settings *b)
{
    ink_settings other = *a;
    *a = *b;
    *b = other;
}

bool inki_get_bool(const ink_settings *set, enum inki_setting id) { return set->values[id].number != 0; }

/* As large as this machine counts: some settings go up to 1e15. */
size_t inki_get_int(const ink_settings *set, enum inki_setting id)
{
    const double number = set->values[id].number;
    return number < (double)SIZE_MAX ? (size_t)number : SIZE_MAX;
}

double inki_get_real(const ink_settings *set, enum inki_setting id) { return set->values[id].number; }

int inki_get_choice(const ink_settings *set, enum inki_setting id) { return set->values[id].choice; }

const char *inki_get_text(const ink_settings *set, enum inki_setting id) { return set->values[id].text; }

bool inki_setting_is_kept(enum inki_setting id)
{
    return strcmp(rows[id].group, "run") != 0 && strcmp(rows[id].group, "search") != 0;
}
