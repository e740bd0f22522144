/* cmd_recipes: lists the recipes, or prints everything about one.
 * SPDX-License-Identifier: MIT */
#include "cli.h"
#include "json.h"
#include "recipes.h"
#include "terminal.h"

#include <stdlib.h>
#include <string.h>

#define NAME_WIDTH 28
#define LABEL_WIDTH 14

/* --------------------------------------------------------------------- all */

/* The settings of a file; NULL after saying what is wrong with it. */
static ink_settings *load_recipe(const struct job *job, const char *path, int *code)
{
    ink_settings *set = NULL;
    ink_status status = ink_settings_new(job->ctx, &set);
    if (status == INK_OK) status = ink_settings_load(job->ctx, set, path);
    if (status == INK_OK) return set;
    ink_settings_free(set);
    *code = job_fail(job, status);
    return NULL;
}

static const char *about(const ink_settings *set, const char *name)
{
    const char *text = ink_settings_about(set, name);
    return text ? text : "";
}

static void list_one(const struct recipe *recipe, const ink_settings *set, json_t *array)
{
    if (array) {
        json_array_append_new(array, json_pack("{s:o, s:o, s:o, s:o}", "name", json_of_text(recipe->name),
                                               "description", json_of_text(ink_settings_about(set, "description")),
                                               "data", json_of_text(ink_settings_about(set, "data")), "path",
                                               json_of_text(recipe->path)));
        return;
    }
    size_t width = text_width(recipe->name);
    out("%s", recipe->name);
    if (width + 2 > NAME_WIDTH)
        out("\n%*s", NAME_WIDTH, "");
    else
        out("%*s", (int)(NAME_WIDTH - width), "");
    out_wrapped(NAME_WIDTH, NAME_WIDTH, *about(set, "description") ? about(set, "description") : "-");
}

/* A file that cannot be read is reported and left out. */
static int list_all(const struct job *job)
{
    struct recipe *list;
    size_t count;
    int code = recipes_list(&list, &count);
    json_t *array = job->json ? json_array() : NULL;
    for (size_t i = 0; i < count; i++) {
        ink_settings *set = load_recipe(job, list[i].path, &code);
        if (set) list_one(&list[i], set, array);
        ink_settings_free(set);
    }
    if (array && json_print(json_pack("{s:o}", "recipes", array)) != CODE_DONE) code = CODE_INTERNAL;
    if (code == CODE_DONE && count == 0)
        code = fail(CODE_INPUT, "no recipes were found in ./recipes or beside the program");
    recipes_free(list, count);
    return code;
}

/* --------------------------------------------------------------------- one */

static void print_text(const char *label, const char *text)
{
    if (!text || !*text) return;
    out("%-*s", LABEL_WIDTH, label);
    out_wrapped(LABEL_WIDTH, LABEL_WIDTH, text);
}

/* A command, which goes on in further lines as a shell understands them. */
static void print_command(const char *text, size_t length)
{
    size_t at = 2;
    out("  ");
    for (size_t i = 0; i < length;) {
        size_t word = strcspn(text + i, " \n");
        size_t behind = i + word < length ? 2 : 0; /* a further line needs its sign */
        if (i > 0 && at + 1 + word + behind > TERMINAL_WIDTH) {
            out(" \\\n     ");
            at = 5;
        }
        out("%s%.*s", i > 0 ? " " : "", (int)word, text + i);
        at += word + (i > 0);
        i += word + 1;
    }
    out("\n");
}

/* Each line of `lines` below a title. */
static void print_lines(const char *title, const char *first, const char *lines)
{
    if (!first && !lines) return;
    out("\n%s\n", title);
    if (first) print_command(first, strlen(first));
    while (lines && *lines) {
        size_t length = strcspn(lines, "\n");
        print_command(lines, length);
        lines += length + (lines[length] != 0);
    }
}

static void print_settings(const ink_settings *set)
{
    const char *label = "settings";
    for (size_t i = 0; i < ink_settings_count(); i++) {
        const char *name = ink_settings_row(i)->name;
        if (!ink_settings_is_set(set, name)) continue;
        out("%-*s%-18s", LABEL_WIDTH, label, name);
        out_wrapped(LABEL_WIDTH + 18, LABEL_WIDTH + 18, ink_settings_get(set, name));
        label = "";
    }
}

static void print_one(const char *name, const char *path, const ink_settings *set)
{
    char *train = NULL;
    out("%s\n", name);
    out_wrapped(0, 0, about(set, "description"));
    out("\n");
    print_text("follows", ink_settings_about(set, "follows"));
    print_text("why", ink_settings_about(set, "why"));
    print_text("data", ink_settings_about(set, "data"));
    print_settings(set);
    print_text("space", ink_settings_about(set, "space"));
    print_text("file", path);
    if (asprintf(&train, "inkling train %s--config %s", ink_settings_about(set, "data") ? "" : "DATA ", name) < 0)
        train = NULL;
    print_lines("To run it:", train, ink_settings_about(set, "after"));
    print_lines("On the notebook's own files:", NULL, ink_settings_about(set, "files"));
    free(train);
}

static json_t *json_of_lines(const char *lines)
{
    json_t *array = json_array();
    while (lines && *lines) {
        size_t length = strcspn(lines, "\n");
        char *line = strndup(lines, length);
        if (line) json_array_append_new(array, json_of_text(line));
        free(line);
        lines += length + (lines[length] != 0);
    }
    return array;
}

static int json_one(const char *name, const char *path, const ink_settings *set)
{
    json_t *settings = json_object();
    for (size_t i = 0; i < ink_settings_count(); i++) {
        const char *setting = ink_settings_row(i)->name;
        if (ink_settings_is_set(set, setting))
            json_object_set_new(settings, setting, json_of_text(ink_settings_get(set, setting)));
    }
    return json_print(json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "name", json_of_text(name), "path", json_of_text(path),
        "description", json_of_text(ink_settings_about(set, "description")), "follows",
        json_of_text(ink_settings_about(set, "follows")), "why", json_of_text(ink_settings_about(set, "why")), "data",
        json_of_text(ink_settings_about(set, "data")), "settings", settings, "space",
        json_of_text(ink_settings_about(set, "space")), "after", json_of_lines(ink_settings_about(set, "after")),
        "files", json_of_lines(ink_settings_about(set, "files"))));
}

static int show_recipe(const struct job *job, const char *name)
{
    char *path;
    int code = recipe_find(name, &path);
    if (code != CODE_DONE) return code;
    ink_settings *set = load_recipe(job, path, &code);
    if (set && job->json)
        code = json_one(name, path, set);
    else if (set)
        print_one(name, path, set);
    ink_settings_free(set);
    free(path);
    return code;
}

int cmd_recipes(struct job *job) { return job->operand_count > 0 ? show_recipe(job, job->operands[0]) : list_all(job); }
