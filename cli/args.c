/* args: the command line to a job, by the command's flags and the settings table.
 * SPDX-License-Identifier: MIT */
#include "args.h"
#include "kinds.h"
#include "recipes.h"
#include "terminal.h"

#include <ctype.h>
#include <stdarg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Where reading has got to, and the flag in hand: --name or --name=inline. */
struct reader {
    struct job *job;
    int count, at;
    char **words;
    char name[64];
    const char *inline_value; /* NULL: none */
};

enum args_help args_wants_help(int count, char *const *words)
{
    for (int i = 0; i < count && strcmp(words[i], "--") != 0; i++) {
        if (strcmp(words[i], "-h") == 0) return ARGS_SHORT_HELP;
        if (strcmp(words[i], "--help") == 0) return ARGS_LONG_HELP;
    }
    return ARGS_NO_HELP;
}

static size_t flag_count(const struct command *command)
{
    size_t count = 0;
    while (command->flags[count].name) count++;
    return count;
}

const char *job_value(const struct job *job, const char *name)
{
    for (size_t i = 0; i < flag_count(job->command); i++)
        if (strcmp(job->command->flags[i].name, name) == 0) return job->values[i];
    return NULL;
}

/* True if `word` is one of the words of `list`. */
static bool lists(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = list; (at = strstr(at, word)); at += length) {
        bool begins = at == list || at[-1] == ' ', ends = at[length] == 0 || at[length] == ' ';
        if (begins && ends) return true;
    }
    return false;
}

bool command_takes(const struct command *command, const ink_setting *row)
{
    return lists(command->groups, row->group) && !lists(command->without, row->name);
}

static const ink_setting *setting_find(const char *name)
{
    if (strcmp(name, "target") == 0) name = "label-column"; /* its other name */
    for (size_t i = 0; i < ink_settings_count(); i++)
        if (strcmp(ink_settings_row(i)->name, name) == 0) return ink_settings_row(i);
    return NULL;
}

/* ------------------------------------------------------------------ errors */

TERMINAL_FORMAT(2, 3) static int usage(const struct job *job, const char *format, ...)
{
    char text[512];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    size_t length = strlen(text);
    const char *stop = length > 0 && text[length - 1] == '?' ? "" : ";";
    return fail(CODE_USAGE, "%s%s see inkling help %s", text, stop, job->command->name);
}

#define NAME_ROOM 256

/* The flag that a mistyped one was probably meant to be, or NULL. */
static const char *nearest_flag(const struct command *command, const char *typed)
{
    const char *names[NAME_ROOM] = {"help"};
    size_t count = 1;
    for (const struct flag *flag = command->flags; flag->name && count < NAME_ROOM; flag++) names[count++] = flag->name;
    for (size_t i = 0; i < ink_settings_count() && count < NAME_ROOM; i++)
        if (command_takes(command, ink_settings_row(i))) names[count++] = ink_settings_row(i)->name;
    return ink_did_you_mean(typed, names, count);
}

static int unknown_flag(const struct job *job, const char *typed)
{
    const char *command = job->command->name;
    if (strcmp(typed, "help") == 0) return usage(job, "--help takes no value");
    const ink_setting *row = setting_find(typed);
    if (row) return usage(job, "--%s has no effect on %s; it belongs to inkling train", typed, command);
    const char *near = nearest_flag(job->command, typed);
    if (near) return usage(job, "%s has no flag --%s; did you mean --%s?", command, typed, near);
    return usage(job, "%s has no flag --%s", command, typed);
}

/* Checks that `value` is one of the words of `choices`. */
static int check_choice(const struct job *job, const struct flag *flag, const char *value)
{
    char words[128];
    const char *names[16];
    size_t count = 0;
    snprintf(words, sizeof words, "%s", flag->choices);
    for (char *word = strtok(words, "|"); word && count < 16; word = strtok(NULL, "|")) {
        if (strcmp(word, value) == 0) return CODE_DONE;
        names[count++] = word;
    }
    const char *near = ink_did_you_mean(value, names, count);
    if (near) return usage(job, "--%s cannot be '%s'; did you mean %s?", flag->name, value, near);
    return usage(job, "--%s cannot be '%s'; choose one of %s", flag->name, value, flag->choices);
}

int args_share(const struct job *job, const char *name, const char *text, double *out)
{
    char *end;
    *out = strtod(text, &end);
    if (end == text || *end) return usage(job, "--%s '%s' is not a number", name, text);
    if (!(*out >= 0 && *out <= 1)) return usage(job, "--%s %s is not between 0 and 1 (0.97 means 97 %%)", name, text);
    return CODE_DONE;
}

/* ----------------------------------------------------------------- reading */

/* A word that looks like a flag is no value; negative numbers and a lone - are. */
static bool looks_like_flag(const char *word)
{
    return word[0] == '-' && (word[1] == '-' || isalpha((unsigned char)word[1]));
}

/* The value of the flag in hand: its own, or the next word. */
static int take_value(struct reader *reader, const char *placeholder, const char **value)
{
    *value = reader->inline_value;
    if (*value) return CODE_DONE;
    if (reader->at + 1 >= reader->count || looks_like_flag(reader->words[reader->at + 1]))
        return usage(reader->job, "--%s needs a value: --%s %s", reader->name, reader->name, placeholder);
    *value = reader->words[++reader->at];
    return CODE_DONE;
}

static int take_flag(struct reader *reader, const struct flag *flag)
{
    const char **value = &reader->job->values[flag - reader->job->command->flags];
    if (flag->placeholder) {
        int code = take_value(reader, flag->placeholder, value);
        if (code == CODE_DONE && flag->choices) code = check_choice(reader->job, flag, *value);
        return code;
    }
    if (reader->inline_value) return usage(reader->job, "--%s takes no value", flag->name);
    *value = "true";
    return CODE_DONE;
}

static int set(const struct job *job, const char *name, const char *value)
{
    if (ink_settings_set(job->ctx, job->set, name, value) == INK_OK) return CODE_DONE;
    return usage(job, "%s", ink_ctx_message(job->ctx));
}

static int take_setting(struct reader *reader, const ink_setting *row)
{
    const char *value = reader->inline_value ? reader->inline_value : "true";
    int code = CODE_DONE;
    if (row->type != INK_TYPE_BOOL) {
        const char *placeholder = row->placeholder ? row->placeholder : row->choices ? row->choices : "VALUE";
        code = take_value(reader, placeholder, &value);
    }
    return code == CODE_DONE ? set(reader->job, row->name, value) : code;
}

static const ink_setting *taken_setting(const struct reader *reader, const char *name)
{
    const ink_setting *row = setting_find(name);
    return row && command_takes(reader->job->command, row) ? row : NULL;
}

/* predict's --columns ID,target is a flag of its own; with NAME=KIND it is the setting of that name. */
static bool means_setting(const struct reader *reader)
{
    const char *value = reader->inline_value             ? reader->inline_value
                        : reader->at + 1 < reader->count ? reader->words[reader->at + 1]
                                                         : "";
    return strchr(value, '=') && taken_setting(reader, reader->name);
}

/* --name, --name=VALUE, --no-name */
static int read_long(struct reader *reader, const char *word)
{
    size_t length = strcspn(word, "=");
    snprintf(reader->name, sizeof reader->name, "%.*s", (int)length, word);
    reader->inline_value = word[length] ? word + length + 1 : NULL;
    for (const struct flag *flag = reader->job->command->flags; flag->name; flag++)
        if (strcmp(flag->name, reader->name) == 0 && !means_setting(reader)) return take_flag(reader, flag);
    const ink_setting *row = taken_setting(reader, reader->name);
    if (row) return take_setting(reader, row);
    bool negated = strncmp(reader->name, "no-", 3) == 0 && !reader->inline_value;
    row = negated ? taken_setting(reader, reader->name + 3) : NULL;
    if (row && row->type == INK_TYPE_BOOL) return set(reader->job, row->name, "false");
    return unknown_flag(reader->job, reader->name);
}

/* -o VALUE, -oVALUE, -q */
static int read_short(struct reader *reader, const char *word)
{
    for (const struct flag *flag = reader->job->command->flags; flag->name; flag++) {
        if (flag->letter != word[0]) continue;
        snprintf(reader->name, sizeof reader->name, "%s", flag->name);
        reader->inline_value = word[1] ? word + 1 : NULL;
        return take_flag(reader, flag);
    }
    return usage(reader->job, "%s has no flag -%s", reader->job->command->name, word);
}

/* ---------------------------------------------------------------- operands */

bool operand_name(const struct command *command, size_t i, char name[32])
{
    const char *at = command->operands;
    for (; i > 0 && *at; i--) {
        at += strcspn(at, " ");
        at += *at == ' ';
    }
    snprintf(name, 32, "%.*s", (int)strcspn(at, " "), at);
    return *name != 0;
}

static int check_operands(const struct job *job)
{
    char name[32];
    const struct command *command = job->command;
    if (operand_name(command, job->operand_count, name) && *name != '[')
        return usage(job, "%s is missing: inkling %s %s", name, command->name, command->operands);
    const char *more = "…";
    size_t length = strlen(command->operands), end = strlen(more);
    if (length >= end && strcmp(command->operands + length - end, more) == 0) return CODE_DONE;
    if (job->operand_count > 0 && !operand_name(command, job->operand_count - 1, name))
        return kinds_fail_surplus(job, job->operands[job->operand_count - 1]);
    return CODE_DONE;
}

/* Settings of a file that name data, and whether the command line has them. */
static const char *const beside_data[] = {"labels", "val", "test"};
enum { BESIDE_DATA = sizeof beside_data / sizeof *beside_data };

static bool is_number(const char *text)
{
    char *end;
    strtod(text, &end);
    return end != text && *end == 0;
}

/* A file's DATA and what it names beside it go together; where other DATA was given, the rest may not fit. */
static void warn_of_other_data(const struct job *job, const bool flagged[BESIDE_DATA])
{
    const char *data = ink_settings_about(job->set, "data");
    if (!data || job->operand_count == 0 || strcmp(data, job->operands[0]) == 0) return;
    for (size_t i = 0; i < BESIDE_DATA; i++) {
        const char *value = ink_settings_get(job->set, beside_data[i]);
        if (flagged[i] || !ink_settings_is_set(job->set, beside_data[i]) || !*value || is_number(value)) continue;
        talk("%s %s is from %s, where the data is %s; --%s says what belongs to %s", beside_data[i], value, job->config,
             data, beside_data[i], job->operands[0]);
    }
}

/* The settings file: flags count over it, and DATA may be left out where it names some. */
static int take_config(struct job *job)
{
    bool flagged[BESIDE_DATA];
    const char *name = job_value(job, "config");
    if (!name) return CODE_DONE;
    for (size_t i = 0; i < BESIDE_DATA; i++) flagged[i] = ink_settings_is_set(job->set, beside_data[i]);
    int code = recipe_find(name, &job->config);
    if (code != CODE_DONE) return code;
    ink_status status = ink_settings_load(job->ctx, job->set, job->config);
    if (status != INK_OK) return job_fail(job, status);
    talk("settings from %s", job->config);
    warn_of_other_data(job, flagged);
    const char *data = ink_settings_about(job->set, "data");
    if (data && job->operand_count == 0) job->operands[job->operand_count++] = (char *)data;
    return CODE_DONE;
}

/* predict --each reads images with the model that train writes unless another is named: there is room for it, --each being a word too. */
static void take_model(struct job *job)
{
    if (strcmp(job->command->name, "predict") != 0 || !job_value(job, "each")) return;
    if (job->operand_count == 0 || !ink_image_is(job->operands[0])) return;
    memmove(job->operands + 1, job->operands, job->operand_count * sizeof *job->operands);
    job->operands[0] = "model.safetensors";
    job->operand_count++;
}

int args_complete(struct job *job)
{
    take_model(job);
    int code = take_config(job);
    if (code == CODE_DONE) code = check_operands(job);
    return code == CODE_DONE ? kinds_check(job) : code;
}

int args_parse(struct job *job, int count, char **words)
{
    struct reader reader = {.job = job, .count = count, .words = words};
    bool flags = true;
    job->operands = words;
    for (; reader.at < count; reader.at++) {
        char *word = words[reader.at];
        int code = CODE_DONE;
        if (flags && strcmp(word, "--") == 0)
            flags = false;
        else if (flags && strncmp(word, "--", 2) == 0)
            code = read_long(&reader, word + 2);
        else if (flags && looks_like_flag(word))
            code = read_short(&reader, word + 1);
        else
            job->operands[job->operand_count++] = word;
        if (code != CODE_DONE) return code;
    }
    job->quiet = job_value(job, "quiet") != NULL;
    job->json = job_value(job, "json") != NULL;
    return CODE_DONE;
}
