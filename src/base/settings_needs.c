/* settings_needs: which settings have an effect beside the others, by the rows' own conditions.
 * SPDX-License-Identifier: MIT */
#include "base/settings.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* One condition, "optimizer=momentum|nesterov", of the setting `of`. */
struct condition {
    enum inki_setting of;
    bool is_not;
    char values[96]; /* separated by '|' */
};

const char *inki_schedule_for(const char *lr) { return strcmp(lr, "auto") == 0 ? "cosine" : "constant"; }

/* Reads the condition that stands at the beginning of text[length]. */
static void read_condition(const char *text, size_t length, struct condition *out)
{
    char name[64];
    size_t equal = (size_t)((const char *)memchr(text, '=', length) - text);
    out->is_not = equal > 0 && text[equal - 1] == '!';
    snprintf(name, sizeof name, "%.*s", (int)(equal - out->is_not), text);
    snprintf(out->values, sizeof out->values, "%.*s", (int)(length - equal - 1), text + equal + 1);
    out->of = (enum inki_setting)inki_setting_find(name);
}

/* The value that counts: what auto stands for, where that depends on settings alone. */
static const char *value_of(enum inki_setting id, inki_value_fn *value, const void *user, bool *given)
{
    bool other;
    const char *text = value(user, id, given);
    if (id != INKI_SCHEDULE || !text || strcmp(text, "auto") != 0) return text;
    const char *lr = value(user, INKI_LR, &other);
    return lr ? inki_schedule_for(lr) : NULL;
}

static bool holds(const struct condition *condition, const char *value, bool given)
{
    if (!value) return true;
    if (strcmp(condition->values, "given") == 0) return given != condition->is_not;
    if (!*condition->values) return (*value == 0) != condition->is_not;
    return (inki_choice_index(condition->values, value) >= 0) != condition->is_not;
}

/* "; it needs optimizer momentum or nesterov" */
static void say_need(const struct condition *condition, char *text, size_t room)
{
    size_t used = (size_t)snprintf(text, room, "; it needs %s ", ink_settings_row(condition->of)->name);
    for (const char *c = condition->values; *c && used + 8 < room; c++)
        used += (size_t)snprintf(text + used, room - used, *c == '|' ? " or " : "%c", *c);
}

static void say_why(enum inki_setting id, const struct condition *condition, const char *value, char why[160])
{
    const char *name = ink_settings_row(id)->name, *other = ink_settings_row(condition->of)->name;
    char need[128] = "";
    bool usual =
        strcmp(condition->values, ink_settings_row(condition->of)->initial) == 0; /* what was set is in the way */
    if (!condition->is_not && *condition->values && !usual) say_need(condition, need, sizeof need);
    if (strcmp(condition->values, "given") == 0)
        snprintf(why, 160, "%s has no effect beside %s", name, other);
    else if (!*value)
        snprintf(why, 160, "%s has no effect without %s", name, other);
    else
        snprintf(why, 160, "%s has no effect with %s %.40s%.70s", name, other, value, need);
}

/* All conditions of text[length], separated by spaces. The first that does not hold is the reason. */
static bool all_hold(enum inki_setting id, const char *text, size_t length, inki_value_fn *value, const void *user,
                     char why[160])
{
    for (const char *at = text, *end = text + length; at < end;) {
        const char *space = memchr(at, ' ', (size_t)(end - at));
        struct condition condition;
        bool given = false;
        read_condition(at, (size_t)((space ? space : end) - at), &condition);
        const char *is = value_of(condition.of, value, user, &given);
        if (!holds(&condition, is, given)) {
            say_why(id, &condition, is, why);
            return false;
        }
        at = space ? space + 1 : end;
    }
    return true;
}

bool inki_setting_counts(enum inki_setting id, inki_value_fn *value, const void *user, char why[160])
{
    const char *at = ink_settings_row(id)->needs;
    char first[160] = "";
    *why = 0;
    while (at) {
        const char *next = strstr(at, " or ");
        if (all_hold(id, at, next ? (size_t)(next - at) : strlen(at), value, user, why)) return true;
        if (!*first) memcpy(first, why, sizeof first);
        at = next ? next + 4 : NULL;
    }
    memcpy(why, first, sizeof first);
    return !*first;
}

/* What was set, and the values that count. */
struct known {
    const ink_settings *set, *own;
};

static const char *value_in(const void *user, enum inki_setting id, bool *given)
{
    const struct known *known = user;
    const char *name = ink_settings_row(id)->name;
    *given = ink_settings_is_set(known->set, name);
    return ink_settings_get(known->own, name);
}

void inki_settings_note(ink_ctx *ctx, const ink_settings *set, const ink_settings *own)
{
    char why[160];
    struct known known = {set, own};
    for (int i = 0; i < INKI_SETTING_COUNT; i++) {
        const ink_setting *row = ink_settings_row((size_t)i);
        if (!row->needs || !ink_settings_is_set(set, row->name)) continue;
        if (!inki_setting_counts((enum inki_setting)i, value_in, &known, why)) inki_note(ctx, "%s", why);
    }
}
