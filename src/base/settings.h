/* settings: typed reading of the one settings table (rows in settings_rows.h).
 * SPDX-License-Identifier: MIT */
#ifndef INKI_SETTINGS_H
#define INKI_SETTINGS_H

#include "base/ctx.h"
#include "base/settings_rows.h"

enum inki_setting {
#define INKI_SETTING_ENUM(id, ...) INKI_##id,
    INKI_SETTINGS(INKI_SETTING_ENUM)
#undef INKI_SETTING_ENUM
        INKI_SETTING_COUNT
};

/* What a settings file may say beside settings: id, name, its section, whether its lines stay lines. */
/* clang-format off */
#define INKI_ABOUT(X) \
    X(DESCRIPTION, "description", "recipe", false) \
    X(FOLLOWS, "follows", "recipe", false) \
    X(WHY, "why", "recipe", false) \
    X(DATA, "data", "data", false) \
    X(AFTER, "after", "recipe", true) \
    X(FILES, "files", "recipe", true) \
    X(SPACE, "space", "recipe", false)
/* clang-format on */

enum inki_about {
#define INKI_ABOUT_ENUM(id, ...) INKI_ABOUT_##id,
    INKI_ABOUT(INKI_ABOUT_ENUM)
#undef INKI_ABOUT_ENUM
        INKI_ABOUT_COUNT
};

struct inki_about_row {
    const char *name, *section;
    bool lines;
};
extern const struct inki_about_row inki_about_rows[INKI_ABOUT_COUNT];

/* Values are valid by construction: what does not fit its row cannot be set. */
bool inki_get_bool(const ink_settings *set, enum inki_setting id);
size_t inki_get_int(const ink_settings *set, enum inki_setting id);  /* 0 if it is a word of the row */
double inki_get_real(const ink_settings *set, enum inki_setting id); /* NaN if it is a word of the row */
int inki_get_choice(const ink_settings *set, enum inki_setting id);  /* index in the row's choices */
const char *inki_get_text(const ink_settings *set, enum inki_setting id);

/* Exchanges the values of two settings, what they say about themselves too. */
void inki_settings_swap(ink_settings *a, ink_settings *b);

/* Which of the words of a row of numbers a text is; -1: none. And these words as in a sentence, "auto or none". */
int inki_setting_word(const ink_setting *row, const char *text);
const char *inki_setting_words(const ink_setting *row, char text[32]);

/* True for settings that change results and therefore belong in a model's metadata (all but groups "run" and "search"). */
bool inki_setting_is_kept(enum inki_setting id);

/* What stands for a setting in a question: its value, or NULL where that is open; *given: whether it was set. */
typedef const char *inki_value_fn(const void *user, enum inki_setting id, bool *given);

/* Whether a setting has an effect beside the others (the rows' `needs`). What is open is taken to be as it has to be. If it has none,
 * why[160] says so: "momentum has no effect with optimizer sgd; it needs optimizer momentum or nesterov". */
bool inki_setting_counts(enum inki_setting id, inki_value_fn *value, const void *user, char why[160]);

/* The value that `auto` stands for in the setting schedule: cosine where the rate is auto too, else constant. */
const char *inki_schedule_for(const char *lr);

/* A note for each setting that was set and has no effect beside the others, whose values are those in `own`. */
void inki_settings_note(ink_ctx *ctx, const ink_settings *set, const ink_settings *own);

/* The setting of this name, -1 if there is none; and the failure that says so, with the nearest name: BAD_SETTING. */
int inki_setting_find(const char *name);
ink_status inki_setting_unknown(ink_ctx *ctx, const char *name);

#endif
