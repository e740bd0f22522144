/* settings_typed: settings by name as values of C, all by way of their text, which one place checks.
 * SPDX-License-Identifier: MIT */
#include "base/settings.h"
#include "base/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const types[] = {"true or false", "an integer", "a number", "one of some words", "a text"};

static ink_status other_type(ink_ctx *ctx, const ink_setting *row, ink_setting_type wanted)
{
    return inki_fail(ctx, INK_BAD_SETTING, "%s: is %s, not %s", row->name, types[row->type], types[wanted]);
}

/* The row of a setting that `wanted` fits: an integer fits a number. */
static ink_status find_row(ink_ctx *ctx, const char *name, ink_setting_type wanted, enum inki_setting *out)
{
    int i = inki_setting_find(name);
    *out = i < 0 ? INKI_SETTING_COUNT : (enum inki_setting)i;
    if (i < 0) return inki_setting_unknown(ctx, name);
    const ink_setting *row = ink_settings_row(*out);
    bool widened = wanted == INK_TYPE_REAL && row->type == INK_TYPE_INT;
    return row->type == wanted || widened ? INK_OK : other_type(ctx, row, wanted);
}

/* ------------------------------------------------------------------ setting */

ink_status ink_settings_set_bool(ink_ctx *ctx, ink_settings *set, const char *name, bool value)
{
    enum inki_setting id;
    INK_TRY(find_row(ctx, name, INK_TYPE_BOOL, &id));
    return ink_settings_set(ctx, set, name, value ? "true" : "false");
}

ink_status ink_settings_set_int(ink_ctx *ctx, ink_settings *set, const char *name, int64_t value)
{
    char text[24];
    enum inki_setting id;
    INK_TRY(find_row(ctx, name, INK_TYPE_REAL, &id));
    snprintf(text, sizeof text, "%" PRId64, value);
    return ink_settings_set(ctx, set, name, text);
}

ink_status ink_settings_set_real(ink_ctx *ctx, ink_settings *set, const char *name, double value)
{
    char text[32];
    enum inki_setting id;
    INK_TRY(find_row(ctx, name, INK_TYPE_REAL, &id));
    if (!isfinite(value)) return inki_fail(ctx, INK_BAD_SETTING, "%s: %g is not a number", name, value);
    inki_format_real(value, text);
    return ink_settings_set(ctx, set, name, text);
}

ink_status ink_settings_set_choice(ink_ctx *ctx, ink_settings *set, const char *name, const char *word)
{
    if (!name || !word) return ink_settings_set(ctx, set, name, word); /* which says so */
    int i = inki_setting_find(name);
    if (i < 0) return inki_setting_unknown(ctx, name);
    const ink_setting *row = ink_settings_row((size_t)i);
    bool numeric = row->type == INK_TYPE_INT || row->type == INK_TYPE_REAL;
    if (row->type != INK_TYPE_CHOICE && !(numeric && row->choices)) return other_type(ctx, row, INK_TYPE_CHOICE);
    char words[32];
    if (numeric && inki_setting_word(row, word) < 0)
        return inki_fail(ctx, INK_BAD_SETTING, "%s: '%s' is not the word %s", name, word,
                         inki_setting_words(row, words));
    return ink_settings_set(ctx, set, name, word);
}

/* ------------------------------------------------------------------ getting */

ink_status ink_settings_get_bool(ink_ctx *ctx, const ink_settings *set, const char *name, bool *value)
{
    enum inki_setting id;
    *value = false;
    INK_TRY(find_row(ctx, name, INK_TYPE_BOOL, &id));
    *value = inki_get_bool(set, id);
    return INK_OK;
}

/* The number of a row whose value is not its word. */
static ink_status get_number(ink_ctx *ctx, const ink_settings *set, const char *name, ink_setting_type wanted,
                             enum inki_setting *id)
{
    INK_TRY(find_row(ctx, name, wanted, id));
    const char *text = inki_get_text(set, *id);
    if (inki_setting_word(ink_settings_row(*id), text) < 0) return INK_OK;
    return inki_fail(ctx, INK_BAD_SETTING, "%s: is the word %s, not a number", name, text);
}

ink_status ink_settings_get_int(ink_ctx *ctx, const ink_settings *set, const char *name, int64_t *value)
{
    enum inki_setting id;
    *value = 0;
    INK_TRY(get_number(ctx, set, name, INK_TYPE_INT, &id));
    *value = (int64_t)inki_get_real(set, id);
    return INK_OK;
}

ink_status ink_settings_get_real(ink_ctx *ctx, const ink_settings *set, const char *name, double *value)
{
    enum inki_setting id;
    *value = (double)NAN;
    INK_TRY(get_number(ctx, set, name, INK_TYPE_REAL, &id));
    *value = inki_get_real(set, id);
    return INK_OK;
}

ink_status ink_settings_get_choice(ink_ctx *ctx, const ink_settings *set, const char *name, const char **word)
{
    enum inki_setting id;
    *word = NULL;
    INK_TRY(find_row(ctx, name, INK_TYPE_CHOICE, &id));
    *word = inki_get_text(set, id);
    return INK_OK;
}
