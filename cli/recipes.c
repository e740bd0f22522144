/* recipes: where the settings files that come with the program are.
 * SPDX-License-Identifier: MIT
 *
 * They are looked for in ./recipes, in the share folder beside an installed program, above a program in its build folder
 * (build/PRESET/inkling), and where the build was configured to install to. */
#include "recipes.h"

#include "cli.h"
#include "terminal.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENDING ".ini"

/* The folder the program lies in, "" if the system does not say. */
static void program_folder(char *out, size_t room)
{
    ssize_t length = readlink("/proc/self/exe", out, room - 1);
    out[length > 0 ? length : 0] = 0;
    char *slash = strrchr(out, '/');
    if (slash) *slash = 0;
}

/* Folder i to look in; false after the last. */
static bool folder_at(size_t i, char *out, size_t room)
{
    static const char *const below[] = {INKLING_SHARE_BESIDE "/recipes", "../../recipes"};
    char program[3072];
    if (i == 0) return snprintf(out, room, "recipes"), true;
    if (i == 3) return snprintf(out, room, "%s/recipes", INKLING_SHARE), true;
    if (i > 3) return false;
    program_folder(program, sizeof program);
    snprintf(out, room, "%s/%s", program, below[i - 1]);
    return true;
}

static bool is_file(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && !S_ISDIR(info.st_mode);
}

static int out_of_memory(void) { return fail(CODE_INTERNAL, "out of memory"); }

/* -------------------------------------------------------------------- list */

static bool has_name(const struct recipe *list, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i].name, name) == 0) return true;
    return false;
}

static int add(struct recipe **list, size_t *count, const char *folder, const char *file)
{
    size_t length = strlen(file);
    if (length <= strlen(ENDING) || *file == '.' || strcmp(file + length - strlen(ENDING), ENDING) != 0)
        return CODE_DONE;
    char *name = strndup(file, length - strlen(ENDING)), *path = NULL;
    struct recipe *grown = realloc(*list, (*count + 1) * sizeof **list);
    if (grown) *list = grown;
    if (!name || !grown || asprintf(&path, "%s/%s", folder, file) < 0) return free(name), out_of_memory();
    if (has_name(*list, *count, name) || !is_file(path)) return free(name), free(path), CODE_DONE;
    (*list)[(*count)++] = (struct recipe){name, path};
    return CODE_DONE;
}

static int add_folder(struct recipe **list, size_t *count, const char *folder)
{
    int code = CODE_DONE;
    DIR *dir = opendir(folder);
    if (!dir) return CODE_DONE;
    for (struct dirent *entry; code == CODE_DONE && (entry = readdir(dir));)
        code = add(list, count, folder, entry->d_name);
    closedir(dir);
    return code;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct recipe *)a)->name, ((const struct recipe *)b)->name);
}

int recipes_list(struct recipe **list, size_t *count)
{
    char folder[4096];
    int code = CODE_DONE;
    *list = NULL;
    *count = 0;
    for (size_t i = 0; code == CODE_DONE && folder_at(i, folder, sizeof folder); i++)
        code = add_folder(list, count, folder);
    if (*count > 0) qsort(*list, *count, sizeof **list, by_name);
    if (code == CODE_DONE) return code;
    recipes_free(*list, *count);
    *list = NULL;
    *count = 0;
    return code;
}

void recipes_free(struct recipe *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(list[i].name);
        free(list[i].path);
    }
    free(list);
}

/* -------------------------------------------------------------------- find */

/* The one recipe that begins with what was typed, else the nearest; NULL if there is none. */
static const char *nearest(const char *typed, const struct recipe *list, size_t count)
{
    const char **names = malloc((count + 1) * sizeof *names), *begins = NULL;
    if (!names) return NULL;
    for (size_t i = 0; i < count; i++) {
        names[i] = list[i].name;
        if (!begins && *typed && strncmp(names[i], typed, strlen(typed)) == 0) begins = names[i];
    }
    const char *near = begins ? begins : ink_did_you_mean(typed, names, count);
    free(names);
    return near;
}

static int not_found(const char *name)
{
    struct recipe *list;
    size_t count;
    int code = recipes_list(&list, &count);
    if (code != CODE_DONE) return code;
    const char *near = strchr(name, '/') ? NULL : nearest(name, list, count);
    if (near)
        fail(CODE_INPUT, "there is no settings file and no recipe '%s'; did you mean %s?", name, near);
    else
        fail(CODE_INPUT, "there is no settings file and no recipe '%s'; inkling recipes lists what there is", name);
    recipes_free(list, count);
    return CODE_INPUT;
}

int recipe_find(const char *name, char **path)
{
    char folder[4096];
    *path = NULL;
    if (is_file(name)) return (*path = strdup(name)) ? CODE_DONE : out_of_memory();
    for (size_t i = 0; !strchr(name, '/') && folder_at(i, folder, sizeof folder); i++) {
        char *candidate;
        if (asprintf(&candidate, "%s/%s" ENDING, folder, name) < 0) return out_of_memory();
        if (is_file(candidate)) return *path = candidate, CODE_DONE;
        free(candidate);
    }
    return not_found(name);
}
