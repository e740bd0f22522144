/* test_settings: the one settings table, row by row.
 * SPDX-License-Identifier: MIT */
#include "room.h"

#include "base/settings.h"
#include "base/text.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room, and settings at their defaults. */
static ink_settings *fresh(const struct room *room)
{
    ink_settings *set;
    assert_int_equal(ink_settings_new(room->ctx, &set), INK_OK);
    return set;
}

static void takes(const struct room *room, ink_settings *set, const char *name, const char *text)
{
    ink_status status = ink_settings_set(room->ctx, set, name, text);
    if (status != INK_OK) fail_msg("%s '%s': %s", name, text, ink_ctx_message(room->ctx));
    assert_true(ink_settings_is_set(set, name));
}

/* Refused: BAD_SETTING, a sentence with `word` in it, the value as it was. */
static void refuses(const struct room *room, ink_settings *set, const char *name, const char *text, const char *word)
{
    char before[256];
    bool was_set = ink_settings_is_set(set, name);
    snprintf(before, sizeof before, "%s", ink_settings_get(set, name));
    room->ctx->message[0] = 0;
    if (ink_settings_set(room->ctx, set, name, text) != INK_BAD_SETTING) fail_msg("%s took '%s'", name, text);
    room_said(room, name);
    room_said(room, word);
    assert_string_equal(ink_settings_get(set, name), before);
    assert_int_equal(ink_settings_is_set(set, name), was_set);
}

static bool is_number(const ink_setting *row) { return row->type == INK_TYPE_INT || row->type == INK_TYPE_REAL; }

/* The value behind a row, as the typed getters have it. */
static double value_of(const ink_settings *set, size_t i)
{
    if (ink_settings_row(i)->type == INK_TYPE_REAL) return inki_get_real(set, (enum inki_setting)i);
    return (double)inki_get_int(set, (enum inki_setting)i);
}

static bool is_one_of(const char *word, const char *list) { return inki_choice_index(list, word) >= 0; }

static void rows_are_complete(void **state)
{
    (void)state;
    assert_int_equal(ink_settings_count(), INKI_SETTING_COUNT);
    assert_null(ink_settings_row(ink_settings_count()));
    assert_null(ink_settings_row(SIZE_MAX));
    for (size_t i = 0; i < ink_settings_count(); i++) {
        const ink_setting *row = ink_settings_row(i);
        assert_true(is_one_of(row->group, "data|network|training|stopping|run|search"));
        assert_true(strlen(row->help) > 10);
        assert_non_null(row->initial);
        assert_true(strlen(row->name) > 0 && strlen(row->name) < 24);
        for (const char *c = row->name; *c; c++)
            assert_true(islower((unsigned char)*c) || isdigit((unsigned char)*c) || *c == '-');
        for (size_t j = 0; j < i; j++) assert_string_not_equal(ink_settings_row(j)->name, row->name);
        const bool worded = row->type == INK_TYPE_CHOICE || row->type == INK_TYPE_BOOL;
        if (worded && row->placeholder) /* the choices, the last of them with what may follow it */
            assert_true(strncmp(row->placeholder, row->choices, strlen(row->choices)) == 0 &&
                        row->placeholder[strlen(row->choices)] == ':');
        else
            assert_int_equal(worded, row->placeholder == NULL);
        if (row->type == INK_TYPE_CHOICE) assert_non_null(strchr(row->choices, '|'));
        if (is_number(row)) assert_true(row->min < row->max);
        if (row->log_scale) assert_true(is_number(row) && row->min >= 0);
        assert_int_equal(inki_setting_is_kept((enum inki_setting)i), !is_one_of(row->group, "run|search"));
    }
}

static void defaults_come_back(void **state)
{
    struct room *room = *state;
    ink_settings *set = fresh(room);
    for (size_t i = 0; i < ink_settings_count(); i++) {
        const ink_setting *row = ink_settings_row(i);
        char text[256];
        double number;
        snprintf(text, sizeof text, "%s", ink_settings_get(set, row->name));
        assert_false(ink_settings_is_set(set, row->name));
        if (is_number(row) && inki_parse_real(row->initial, &number))
            assert_true(value_of(set, i) == number);
        else
            assert_string_equal(text, row->initial);
        takes(room, set, row->name, row->initial);
        assert_string_equal(ink_settings_get(set, row->name), text);
        takes(room, set, row->name, text); /* the canonical form is taken too, and is the same again */
        assert_string_equal(ink_settings_get(set, row->name), text);
    }
    ink_settings_free(set);
}

/* The number itself is taken, and what comes back is the same number. */
static void takes_number(const struct room *room, ink_settings *set, size_t i, double number)
{
    const ink_setting *row = ink_settings_row(i);
    char text[64];
    double back;
    snprintf(text, sizeof text, "%.17g", number);
    takes(room, set, row->name, text);
    assert_true(value_of(set, i) == number);
    assert_true(inki_parse_real(ink_settings_get(set, row->name), &back));
    assert_true(back == number);
}

static void refuses_number(const struct room *room, ink_settings *set, size_t i, double number)
{
    char text[64];
    snprintf(text, sizeof text, "%.17g", number);
    refuses(room, set, ink_settings_row(i)->name, text, "outside");
}

static void ranges_end_where_they_say(void **state)
{
    struct room *room = *state;
    ink_settings *set = fresh(room);
    for (size_t i = 0; i < ink_settings_count(); i++) {
        const ink_setting *row = ink_settings_row(i);
        if (!is_number(row)) continue;
        bool whole = row->type == INK_TYPE_INT;
        takes_number(room, set, i, row->min);
        takes_number(room, set, i, row->max);
        takes_number(room, set, i, whole ? row->min + 1 : (row->min + row->max) / 2);
        takes_number(room, set, i, whole ? row->max - 1 : nextafter(row->max, 0));
        refuses_number(room, set, i, whole ? row->min - 1 : nextafter(row->min, -1));
        refuses_number(room, set, i, whole ? row->max + 1 : nextafter(row->max, 1e300));
        refuses_number(room, set, i, -1e300);
        refuses_number(room, set, i, 1e300);
    }
    ink_settings_free(set);
}

static void numbers_are_numbers(void **state)
{
    static const char *const wrong[] = {"",   " ",   "1x",    "x",   "nan",  "inf", "0x1", "1 ",
                                        " 1", "1,5", "1e999", "--1", "true", "é",   "-"};
    struct room *room = *state;
    ink_settings *set = fresh(room);
    for (size_t i = 0; i < ink_settings_count(); i++) {
        const ink_setting *row = ink_settings_row(i);
        if (!is_number(row)) continue;
        for (size_t w = 0; w < LENGTH(wrong); w++) refuses(room, set, row->name, wrong[w], "not a");
        if (row->type == INK_TYPE_INT) refuses(room, set, row->name, "1.5", "integer");
        if (row->type == INK_TYPE_INT) refuses(room, set, row->name, "1e-3", "integer");
    }
    ink_settings_free(set);
}

static void words_instead_of_numbers(void **state)
{
    struct room *room = *state;
    ink_settings *set = fresh(room);
    for (size_t i = 0; i < ink_settings_count(); i++) {
        const ink_setting *row = ink_settings_row(i);
        char words[64], beside[64];
        if (!is_number(row)) continue;
        refuses(room, set, row->name, "never",
                row->choices                ? inki_setting_words(row, words)
                : row->type == INK_TYPE_INT ? "integer"
                                            : "number");
        if (!row->choices) continue;
        snprintf(words, sizeof words, "%s", row->choices);
        for (char *word = strtok(words, "|"); word; word = strtok(NULL, "|")) {
            takes(room, set, row->name, word);
            assert_string_equal(ink_settings_get(set, row->name), word);
            if (row->type == INK_TYPE_INT)
                assert_int_equal(inki_get_int(set, (enum inki_setting)i), 0);
            else
                assert_true(isnan(inki_get_real(set, (enum inki_setting)i)));
            snprintf(beside, sizeof beside, "%s1", word);
            refuses(room, set, row->name, beside, "not a");
        }
    }
    ink_settings_free(set);
}

static void integers_in_other_forms(void **state)
{
    struct room *room = *state;
    ink_settings *set = fresh(room);
    takes(room, set, "epochs", "1e3");
    assert_int_equal(inki_get_int(set, INKI_EPOCHS), 1000);
    assert_string_equal(ink_settings_get(set, "epochs"), "1000");
    takes(room, set, "seed", "9007199254740991");
    assert_true(inki_get_int(set, INKI_SEED) == 9007199254740991u);
    assert_string_equal(ink_settings_get(set, "seed"), "9007199254740991");
    takes(room, set, "seed", "-0"); /* the same seed as 0 must be written the same */
    assert_string_equal(ink_settings_get(set, "seed"), "0");
    takes(room, set, "lr", "0.10");
    assert_string_equal(ink_settings_get(set, "lr"), "0.1");
    takes(room, set, "lr", "100");
    assert_string_equal(ink_settings_get(set, "lr"), "100");
    ink_settings_free(set);
}

/* A NULL is an error with a sentence, whatever it stands for. */
static void no_text(void **state)
{
    struct room *room = *state;
    ink_settings *set;
    assert_int_equal(ink_settings_new(room->ctx, &set), INK_OK);
    assert_int_equal(ink_settings_set(room->ctx, set, "lr", NULL), INK_BAD_ARGUMENT);
    room_said(room, "lr: its text is NULL");
    assert_int_equal(ink_settings_set(room->ctx, set, NULL, "1"), INK_BAD_ARGUMENT);
    room_said(room, "NULL");
    assert_int_equal(ink_settings_set_choice(room->ctx, set, "optimizer", NULL), INK_BAD_ARGUMENT);
    room_said(room, "optimizer: its text is NULL");
    assert_false(ink_settings_is_set(set, "lr"));
    ink_settings_free(set);
}

static void choices_one_by_one(void **state)
{
    struct room *room = *state;
    ink_settings *set = fresh(room);
    for (size_t i = 0; i < ink_settings_count(); i++) {
        const ink_setting *row = ink_settings_row(i);
        char copy[256], *rest = copy;
        if (row->type != INK_TYPE_CHOICE) continue;
        assert_true(strlen(row->choices) < sizeof copy);
        strcpy(copy, row->choices);
        for (int index = 0; rest; index++) {
            char *word = strsep(&rest, "|");
            takes(room, set, row->name, word);
            assert_int_equal(inki_get_choice(set, (enum inki_setting)i), index);
            assert_string_equal(ink_settings_get(set, row->name), word);
        }
        refuses(room, set, row->name, "", row->choices);
        refuses(room, set, row->name, "zzzzzzzzzz", row->choices);
        refuses(room, set, row->name, row->choices, row->name);
    }
    refuses(room, set, "optimizer", "momentun", "did you mean 'momentum'");
    refuses(room, set, "activation", "rleu", "did you mean 'relu'");
    ink_settings_free(set);
}

static void booleans(void **state)
{
    static const char *const yes[] = {"true", "1", "yes", "on"}, *const no[] = {"false", "0", "no", "off"};
    struct room *room = *state;
    ink_settings *set = fresh(room);
    for (size_t i = 0; i < ink_settings_count(); i++) {
        const ink_setting *row = ink_settings_row(i);
        if (row->type != INK_TYPE_BOOL) continue;
        for (size_t w = 0; w < LENGTH(yes); w++) {
            takes(room, set, row->name, yes[w]);
            assert_true(inki_get_bool(set, (enum inki_setting)i));
            assert_string_equal(ink_settings_get(set, row->name), "true");
            takes(room, set, row->name, no[w]);
            assert_false(inki_get_bool(set, (enum inki_setting)i));
            assert_string_equal(ink_settings_get(set, row->name), "false");
        }
        refuses(room, set, row->name, "maybe", "is not true or false");
        refuses(room, set, row->name, "", "is not true or false");
    }
    ink_settings_free(set);
}

static void texts_are_kept_as_they_are(void **state)
{
    struct room *room = *state;
    ink_settings *set = fresh(room);
    char longer[5000];
    memset(longer, 'n', sizeof longer);
    longer[sizeof longer - 1] = 0;
    for (size_t i = 0; i < ink_settings_count(); i++) {
        const ink_setting *row = ink_settings_row(i);
        if (row->type != INK_TYPE_TEXT) continue;
        const char *const texts[] = {"", " a b ", "käse|→", longer, "100%s%n", "0.1"};
        for (size_t t = 0; t < LENGTH(texts); t++) {
            takes(room, set, row->name, texts[t]);
            assert_string_equal(inki_get_text(set, (enum inki_setting)i), texts[t]);
        }
        takes(room, set, row->name, ink_settings_get(set, row->name)); /* its own text */
        assert_string_equal(ink_settings_get(set, row->name), "0.1");
    }
    ink_settings_free(set);
}

static void unknown_names(void **state)
{
    static const struct {
        const char *name, *words;
    } cases[] = {{"epcohs", "did you mean 'epochs'"}, {"batchsize", "batch"},
                 {"learning", "help settings"},       {"", "help settings"},
                 {"LR", "there is no setting 'LR'"},  {"earlystop", "did you mean 'early-stop'"}};
    struct room *room = *state;
    ink_settings *set = fresh(room);
    for (size_t i = 0; i < LENGTH(cases); i++) {
        assert_int_equal(ink_settings_set(room->ctx, set, cases[i].name, "1"), INK_BAD_SETTING);
        room_said(room, cases[i].words);
        assert_null(ink_settings_get(set, cases[i].name));
        assert_false(ink_settings_is_set(set, cases[i].name));
    }
    for (size_t i = 0; i < ink_settings_count();
         i++) { /* a letter left out: the row is suggested, or one just as near */
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)strlen(ink_settings_row(i)->name) - 1, ink_settings_row(i)->name);
        if (strlen(name) < 3 || ink_settings_get(set, name)) continue;
        assert_int_equal(ink_settings_set(room->ctx, set, name, "1"), INK_BAD_SETTING);
        room_said(room, "did you mean");
    }
    ink_settings_free(set);
}

static void copies_stand_alone(void **state)
{
    struct room *room = *state;
    ink_settings *set = fresh(room), *copy;
    takes(room, set, "lr", "0.3");
    takes(room, set, "batch", "full");
    takes(room, set, "optimizer", "adam");
    takes(room, set, "net", "dense 7 tanh");
    takes(room, set, "history-steps", "true");
    takes(room, set, "seed", "1"); /* set to the default */
    assert_int_equal(ink_settings_copy(room->ctx, set, &copy), INK_OK);
    for (size_t i = 0; i < ink_settings_count(); i++) {
        const char *name = ink_settings_row(i)->name;
        assert_string_equal(ink_settings_get(copy, name), ink_settings_get(set, name));
        assert_int_equal(ink_settings_is_set(copy, name), ink_settings_is_set(set, name));
    }
    assert_true(inki_get_real(copy, INKI_LR) == 0.3);
    assert_int_equal(inki_get_choice(copy, INKI_OPTIMIZER), 1 + INKI_OPT_adam); /* behind auto */
    takes(room, copy, "lr", "0.4");
    assert_string_equal(ink_settings_get(set, "lr"), "0.3");
    ink_settings_free(set);
    assert_string_equal(ink_settings_get(copy, "net"), "dense 7 tanh");
    ink_settings_free(copy);
    ink_settings_free(NULL);
}

/* Blocks of one context, counted. */
static void *count_up(void *user, size_t size)
{
    ++*(int *)user;
    return malloc(size);
}

static void count_down(void *user, void *block)
{
    --*(int *)user;
    free(block);
}

/* Settings know no context: each call fails where it was made, and what they hold goes back to where it is from, whoever set it. */
static void settings_have_no_context(void **state)
{
    struct room *room = *state;
    int blocks[2] = {0, 0};
    ink_ctx *ctx[2] = {NULL, NULL};
    ink_settings *set = NULL, *copy = NULL;
    for (int i = 0; i < 2; i++)
        assert_int_equal(
            ink_ctx_new(&(ink_allocator){sizeof(ink_allocator), count_up, count_down, &blocks[i]}, &ctx[i]), INK_OK);
    assert_int_equal(ink_settings_new(ctx[0], &set), INK_OK);
    assert_int_equal(ink_settings_set(ctx[1], set, "lr", "high"), INK_BAD_SETTING);
    assert_non_null(strstr(ink_ctx_message(ctx[1]), "'high'"));
    assert_int_equal(ink_settings_load(ctx[1], set, room_path(room, "none.ini")), INK_NOT_FOUND);
    assert_non_null(strstr(ink_ctx_message(ctx[1]), "none.ini"));
    assert_int_equal(ink_settings_save(ctx[1], set, room_path(room, "no/such.ini")), INK_IO);
    assert_string_equal(ink_ctx_message(ctx[0]), "");
    assert_int_equal(ink_settings_set(ctx[1], set, "hidden", "7,5"), INK_OK);
    room_write(room_path(room, "a.ini"), "lr = 0.3\n", 9);
    assert_int_equal(ink_settings_load(ctx[1], set, room_path(room, "a.ini")), INK_OK);
    assert_int_equal(ink_settings_copy(ctx[1], set, &copy), INK_OK);
    assert_string_equal(ink_settings_get(copy, "lr"), "0.3");
    ink_settings_free(set);
    ink_ctx_free(ctx[0]);
    assert_int_equal(blocks[0], 0);
    ink_ctx_free(ctx[1]);
    ink_settings_free(copy);
    assert_int_equal(blocks[1], 0);
}

/* The choices are made from the same rows as the enumerations. */
static void choices_follow_the_rows(void **state)
{
    struct room *room = *state;
    ink_settings *set = fresh(room);
    takes(room, set, "activation", "identity");
    assert_int_equal(inki_get_choice(set, INKI_ACTIVATION), INKI_ACT_identity);
    takes(room, set, "activation", "relu");
    assert_int_equal(inki_get_choice(set, INKI_ACTIVATION), INKI_ACT_relu);
    takes(room, set, "optimizer", "adamw");
    assert_int_equal(inki_get_choice(set, INKI_OPTIMIZER), 1 + INKI_OPT_adamw); /* behind auto */
    ink_settings_free(set);
}

/* What a row needs is given in names of other rows and values that these can have. */
static void needs_are_of_the_table(void **state)
{
    struct room *room = *state;
    ink_settings *set = fresh(room);
    size_t conditions = 0;
    for (size_t i = 0; i < ink_settings_count(); i++) {
        char needs[200], *left = needs;
        const ink_setting *row = ink_settings_row(i);
        if (!row->needs) continue;
        snprintf(needs, sizeof needs, "%s", row->needs);
        for (char *one; (one = strsep(&left, " "));) {
            if (strcmp(one, "or") == 0) continue;
            char *values = strchr(one, '=');
            assert_non_null(values);
            *values++ = 0;
            if (values[-2] == '!') values[-2] = 0;
            assert_true(inki_setting_find(one) >= 0);
            conditions++;
            for (char *value; (value = strsep(&values, "|"));)
                if (*value && strcmp(value, "given") != 0) takes(room, set, one, value);
        }
    }
    assert_true(conditions >= 20);
    ink_settings_free(set);
}

struct said {
    char text[1000];
};

static void keep_said(void *user, const char *line)
{
    struct said *said = user;
    size_t used = strlen(said->text);
    snprintf(said->text + used, sizeof said->text - used, "%s\n", line);
}

static void settings_without_effect_are_named(void **state)
{
    static const struct {
        const char *set[4][2], *notes;
    } cases[] = {
        {{{"momentum", "0.5"}},
         "momentum has no effect with optimizer auto; it needs optimizer momentum or nesterov\n"},
        {{{"momentum", "0.5"}, {"optimizer", "nesterov"}}, ""},
        {{{"dampening", "0.5"}, {"optimizer", "adam"}},
         "dampening has no effect with optimizer adam; it needs optimizer momentum or nesterov\n"},
        {{{"plateau-patience", "3"}},
         "plateau-patience has no effect with schedule cosine; it needs schedule plateau\n"},
        {{{"plateau-patience", "3"}, {"lr", "0.1"}},
         "plateau-patience has no effect with schedule constant; it needs schedule plateau\n"},
        {{{"min-lr", "0.01"}}, ""},
        {{{"min-lr", "0.01"}, {"lr", "0.1"}}, "min-lr has no effect with schedule constant\n"},
        {{{"decay", "0.5"}, {"schedule", "exponential"}}, ""},
        {{{"decay-every", "5"}, {"schedule", "exponential"}},
         "decay-every has no effect with schedule exponential; it needs schedule step\n"},
        {{{"hidden", "5"}, {"net", "dense 3"}, {"dropout", "0.1"}},
         "hidden has no effect beside net\ndropout has no effect beside net\n"},
        {{{"hidden", "0"}, {"activation", "tanh"}}, "activation has no effect with hidden 0\n"},
        {{{"epochs", "5"}, {"steps", "100"}}, "epochs has no effect with steps 100\n"},
        {{{"init", "he"}, {"init-from", "a.npz"}}, "init has no effect with init-from a.npz\n"},
        {{{"init-layout", "in-out"}}, "init-layout has no effect without init-from\n"},
        {{{"stratify", "true"}, {"val", "0"}}, "stratify has no effect with val 0\n"},
        {{{"stratify", "true"}, {"val", "0"}, {"test", "0.2"}}, ""},
        {{{"stratify", "false"}, {"val", "0"}}, ""},
        {{{"keep", "best"}, {"val", "0"}}, "keep has no effect with val 0\n"},
        {{{"keep", "last"}, {"val", "0"}}, ""},
        {{{"stratify", "true"}, {"val", "0"}, {"folds", "5"}}, ""},
        {{{"checkpoint-every", "5"}, {"folds", "3"}}, "checkpoint-every has no effect with folds 3\n"},
        {{{"checkpoint-every", "5"}, {"repeat", "3"}}, "checkpoint-every has no effect with repeat 3\n"},
    };
    struct room *room = *state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct said said = {""};
        ink_settings *set = fresh(room);
        for (size_t k = 0; k < 4 && cases[i].set[k][0]; k++) takes(room, set, cases[i].set[k][0], cases[i].set[k][1]);
        ink_ctx_on_note(room->ctx, keep_said, &said);
        inki_settings_note(room->ctx, set, set);
        ink_ctx_on_note(room->ctx, NULL, NULL);
        assert_string_equal(said.text, cases[i].notes);
        ink_settings_free(set);
    }
}

#define IN_ROOM(test) cmocka_unit_test_setup_teardown(test, room_begin, room_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_ROOM(rows_are_complete),
        IN_ROOM(defaults_come_back),
        IN_ROOM(ranges_end_where_they_say),
        IN_ROOM(numbers_are_numbers),
        IN_ROOM(words_instead_of_numbers),
        IN_ROOM(integers_in_other_forms),
        IN_ROOM(no_text),
        IN_ROOM(choices_one_by_one),
        IN_ROOM(booleans),
        IN_ROOM(texts_are_kept_as_they_are),
        IN_ROOM(unknown_names),
        IN_ROOM(copies_stand_alone),
        IN_ROOM(settings_have_no_context),
        IN_ROOM(choices_follow_the_rows),
        IN_ROOM(needs_are_of_the_table),
        IN_ROOM(settings_without_effect_are_named),
    };
    return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
