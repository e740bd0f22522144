/* kinds: whether operands are what the command takes: models, data, stores of searches; what was meant where they are not.
 * SPDX-License-Identifier: MIT */
#include "kinds.h"

#include "terminal.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* What stands at a path. OTHERS: a network of another program. HISTORY: of a training, which can be read as data, too. */
enum kind { NOTHING, MODEL, STORE, OTHERS, DATA, HISTORY };

static bool ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text), end = strlen(ending);
    return length >= end && strcmp(text + length - end, ending) == 0;
}

static bool is_named_set(const char *path)
{
    for (size_t i = 0; i < ink_named_set_count(); i++)
        if (strcmp(ink_named_set_row(i)->name, path) == 0) return true;
    return false;
}

/* The first row of a history, as inkling train writes it. */
static bool begins_history(const char *head, size_t size)
{
    static const char *const begins[] = {"{\"epoch\":", "{\"seed\":", "{\"step\":"};
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        if (size >= strlen(begins[i]) && memcmp(head, begins[i], strlen(begins[i])) == 0) return true;
    return false;
}

/* By its first bytes; a model file begins with the length of its header, and that. */
static enum kind kind_of_file(const char *path)
{
    static const char store[] = "SQLite format 3", *const others[] = {".onnx", ".pt", ".pth", ".h5", ".keras"};
    unsigned char head[16] = {0};
    FILE *file = fopen(path, "rb");
    size_t got = file ? fread(head, 1, sizeof head, file) : 0;
    if (file) fclose(file);
    if (got > 8 && head[8] == '{' && !head[4] && !head[5] && !head[6] && !head[7]) return MODEL;
    if (got == sizeof head && memcmp(head, store, sizeof store) == 0) return STORE;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (ends_with(path, others[i])) return OTHERS;
    return begins_history((const char *)head, got) ? HISTORY : DATA;
}

static enum kind kind_of(const char *path)
{
    struct stat info;
    if (is_named_set(path)) return DATA;
    if (stat(path, &info) != 0) return NOTHING;
    return S_ISREG(info.st_mode) ? kind_of_file(path) : S_ISDIR(info.st_mode) ? DATA : NOTHING;
}

bool kinds_is_history(const char *path) { return kind_of(path) == HISTORY; }

bool kinds_is_store(const char *path) { return kind_of(path) == STORE; }

/* -------------------------------------------------------------- what is taken */

/* Whether operand i of the command is one more of its last, which may be there any number of times. */
static bool is_one_more(const struct job *job, size_t i)
{
    char word[32];
    const char *operands = job->command->operands, *more = "…";
    return i > 0 && !operand_name(job->command, i, word) && ends_with(operands, more);
}

/* Whether operand i of the command is a model or data, by its word. */
static bool takes(const struct job *job, size_t i, enum kind kind)
{
    char word[32];
    while (is_one_more(job, i)) i--;
    if (!operand_name(job->command, i, word)) return false;
    const char *at = word + (*word == '[');
    bool model = strncmp(at, "MODEL", 5) == 0 || strcmp(at, "A") == 0 || strcmp(at, "B") == 0;
    if (kind == STORE) return strstr(at, "STORE") != NULL;
    if (kind == HISTORY) return strstr(at, "HISTORY") != NULL;
    return kind == MODEL ? model : strncmp(at, "DATA", 4) == 0;
}

/* The operands with all models in front, as the command takes them. */
static void reorder(const struct job *job, char *out, size_t room)
{
    size_t used = 0;
    *out = 0;
    for (int models = 1; models >= 0; models--)
        for (size_t i = 0; i < job->operand_count; i++) {
            bool model = kind_of(job->operands[i]) == MODEL || ends_with(job->operands[i], ".safetensors");
            if (model == models && used < room)
                used += (size_t)snprintf(out + used, room - used, " %s", job->operands[i]);
        }
}

/* Whether a model and data are in each other's place, though the model may not be there yet. */
static bool are_swapped(const struct job *job, const char **absent)
{
    bool data = false, model = false;
    *absent = NULL;
    for (size_t i = 0; i < job->operand_count; i++) {
        const char *path = job->operands[i];
        enum kind kind = kind_of(path);
        bool named = ends_with(path, ".safetensors");
        data = data || (takes(job, i, MODEL) && !named && kind != MODEL && kind != STORE && !takes(job, i, kind));
        if (!takes(job, i, DATA) || (kind != MODEL && !named)) continue;
        model = true;
    }
    for (size_t i = 0; i < job->operand_count; i++)
        if (kind_of(job->operands[i]) == NOTHING) *absent = job->operands[i];
    return data && model;
}

static int say_swapped(const struct job *job, const char *absent)
{
    char right[512];
    const char *command = job->command->name, *plural = strcmp(job->command->operands, "A B DATA") == 0 ? "s" : "";
    reorder(job, right, sizeof right);
    if (absent)
        return fail(CODE_USAGE,
                    "the model%s come%s first: inkling %s%s; but there is no file %s yet, which inkling train writes",
                    plural, *plural ? "" : "s", command, right, absent);
    return fail(CODE_USAGE, "the model%s come%s first: did you mean inkling %s%s? see inkling help %s", plural,
                *plural ? "" : "s", command, right, command);
}

/* ------------------------------------------------------------------- sentences */

static int no_model(const struct job *job, size_t i, enum kind kind)
{
    const char *command = job->command->name, *path = job->operands[i];
    if (kind == DATA && is_one_more(job, i)) return kinds_fail_surplus(job, path);
    if (kind == STORE)
        return fail(CODE_INPUT,
                    "%s is a search's store, and %s takes a model: inkling search --best %s writes the best one", path,
                    command, path);
    if (kind == OTHERS)
        return fail(CODE_INPUT,
                    "%s is not a model of Inkling's: inkling import makes one of ONNX files and of arrays of weights",
                    path);
    if (takes(job, 1, DATA) && *job->command->operands != '[')
        return fail(CODE_INPUT, "%s is not a model: did you mean inkling %s MODEL %s?", path, command, path);
    return fail(CODE_INPUT,
                "%s is not a model, which %s takes: inkling data %s says what is in it, inkling train %s makes a model",
                path, command, path, path);
}

static int no_data(const struct job *job, const char *path, enum kind kind)
{
    const char *command = job->command->name;
    bool trains = strcmp(command, "train") == 0 || strcmp(command, "search") == 0;
    if (kind == STORE)
        return fail(CODE_INPUT, "%s is a search's store, and %s takes data: inkling search --list %s shows its trials",
                    path, command, path);
    if (kind == OTHERS && !ends_with(path, ".onnx")) return CODE_DONE; /* whoever reads data knows them better */
    if (kind == OTHERS)
        return fail(CODE_INPUT, "%s is a network, and %s takes data: inkling import %s makes a model of it", path,
                    command, path);
    if (trains)
        return fail(CODE_USAGE,
                    "%s is a model; to train it further: inkling %s DATA --init-from %s; see inkling help %s", path,
                    command, path, command);
    if (strcmp(command, "convert") == 0)
        return fail(CODE_USAGE, "%s is a model, and convert takes data: inkling export %s writes it in other formats",
                    path, path);
    return fail(CODE_USAGE, "%s is a model, and %s takes data; inkling show describes a model; see inkling help %s",
                path, command, command);
}

int kinds_check(const struct job *job)
{
    const char *absent;
    if (are_swapped(job, &absent)) return say_swapped(job, absent);
    for (size_t i = 0; i < job->operand_count; i++) {
        const char *path = job->operands[i];
        enum kind kind = kind_of(path);
        bool data = takes(job, i, DATA), model = takes(job, i, MODEL) && !takes(job, i, kind);
        if (kind == NOTHING || (kind == DATA && ends_with(path, ".safetensors"))) continue; /* a damaged one, perhaps */
        if (kind == HISTORY && !takes(job, i, HISTORY)) kind = DATA;
        if (model && kind != MODEL) return no_model(job, i, kind);
        int code = data && kind != DATA ? no_data(job, path, kind) : CODE_DONE;
        if (code != CODE_DONE) return code;
    }
    return CODE_DONE;
}

int kinds_fail_surplus(const struct job *job, const char *surplus)
{
    const struct command *command = job->command;
    enum kind kind = kind_of(surplus);
    bool model = kind == MODEL || ends_with(surplus, ".safetensors");
    bool has_data = false, takes_data = strncmp(command->operands, "DATA", 4) == 0;
    for (const struct flag *flag = command->flags; flag->name; flag++)
        has_data = has_data || strcmp(flag->name, "data") == 0;
    if (model && strcmp(command->operands, "DATA") == 0)
        return fail(CODE_USAGE, "unexpected '%s': -o %s is where the model goes, --init-from %s what it begins with",
                    surplus, surplus, surplus);
    const char *flag = has_data && kind == DATA                   ? "--data"
                       : takes_data && ends_with(surplus, ".npy") ? "--labels"
                                                                  : NULL;
    char meant[300] = "";
    if (flag) snprintf(meant, sizeof meant, " (did you mean %s %.200s?)", flag, surplus);
    return fail(CODE_USAGE, "unexpected '%s'%s: inkling %s%s%s; see inkling help %s", surplus, meant, command->name,
                *command->operands ? " " : "", command->operands, command->name);
}
