/* sets: the table of named sets.
 * SPDX-License-Identifier: MIT
 *
 * A new set is one row here, its files in published.c, and where they come from in cli/cmd_fetch.c. */
#include "read/sets.h"

#include "base/file.h"
#include "base/settings.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *const fashion_classes[] = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                              "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};

/* What is known of a set, the folder of a system's package or NULL; of images names of their classes where the files have numbers, and the
 * hashes of both parts' labels; of tables the files of the rows and of the test part, and the columns' names where these have none. */
static const struct named_set {
    ink_named_set about;
    const char *package;
    const char *const *classes;
    uint64_t labels, test_labels;
    const char *train, *test, *header;
} sets[] = {
    {.about = {"mnist", "inkling fetch mnist", 60000, 10000, 784, 10, 0x8a72fcdf03af1fe9, 0x49b2f98b5d877bc7, NULL}},
    {.about = {"fashion", "inkling fetch fashion", 60000, 10000, 784, 10, 0x18b3d8c255f77d42, 0x599210e7eb3af723, NULL},
     .package = "/usr/share/datasets/fashion-mnist",
     .classes = fashion_classes,
     .labels = 0x8b68ffe6651ddf6e,
     .test_labels = 0x14ebb163f648c368},
    {.about = {"adult", "inkling fetch adult", 32561, 16281, 14, 2, 0, 0, "income"},
     .train = "adult.data",
     .test = "adult.test",
     .header =
         "age,workclass,fnlwgt,education,education-num,marital-status,occupation,relationship,race,sex,capital-gain,"
         "capital-loss,hours-per-week,native-country,income\n"},
    {.about = {"diamonds", "inkling fetch diamonds", 53940, 0, 9, 0, 0, 0, "price"}, .train = "diamonds.csv"},
    {.about = {"titanic", "inkling fetch titanic", 891, 0, 14, 2, 0, 0, "survived"}, .train = "titanic.csv"},
    {.about = {"penguins", "inkling fetch penguins", 344, 0, 6, 3, 0, 0, "species"}, .train = "penguins.csv"},
    {.about = {"mpg", "inkling fetch mpg", 398, 0, 8, 0, 0, 0, "mpg"}, .train = "mpg.csv"},
};

size_t ink_named_set_count(void) { return COUNT(sets); }

const ink_named_set *ink_named_set_row(size_t i) { return i < COUNT(sets) ? &sets[i].about : NULL; }

static const struct named_set *set_named(const char *name)
{
    for (size_t i = 0; i < COUNT(sets); i++) {
        if (strcmp(sets[i].about.name, name) == 0) return &sets[i];
    }
    return NULL;
}

/* ------------------------------------------------------------------ finding */

/* The i-th folder that a set may lie in. False after the last. */
static bool place(const struct named_set *set, const char *data_path, size_t i, char out[INKI_PATH_ROOM])
{
    bool has_data = false; /* ./data is in the list, and not looked into twice */
    while (*data_path) {
        size_t length = strcspn(data_path, ":");
        has_data = has_data || (length == 6 && memcmp(data_path, "./data", 6) == 0);
        if (length > 0 && i-- == 0) {
            snprintf(out, INKI_PATH_ROOM, "%.*s/%s", (int)(length < INKI_PATH_ROOM ? length : INKI_PATH_ROOM),
                     data_path, set->about.name);
            return true;
        }
        data_path += length + (data_path[length] == ':');
    }
    if (!has_data && i-- == 0) return snprintf(out, INKI_PATH_ROOM, "./data/%s", set->about.name) > 0;
    return i == 0 && set->package && snprintf(out, INKI_PATH_ROOM, "%s", set->package) > 0;
}

/* FOLDER/NAME or FOLDER/NAME.gz; else "". */
static bool file_in(const char *folder, const char *name, char out[INKI_PATH_ROOM])
{
    static const char *const endings[] = {"", ".gz"};
    for (size_t i = 0; name && i < COUNT(endings); i++) {
        int length = snprintf(out, INKI_PATH_ROOM, "%s/%s%s", folder, name, endings[i]);
        if (length > 0 && length < INKI_PATH_ROOM && inki_path_kind(out) == INKI_PATH_FILE) return true;
    }
    *out = 0;
    return false;
}

/* Whether the folder holds the rows to train on. */
static bool is_in(const struct named_set *set, const char *folder, struct inki_found_set *out)
{
    struct inki_idx_files files;
    *out->train = *out->test = 0;
    if (!set->train) return inki_find_idx(folder, &files);
    file_in(folder, set->test, out->test);
    return file_in(folder, set->train, out->train);
}

bool inki_find_set(const char *name, const char *data_path, struct inki_found_set *out)
{
    const struct named_set *set = set_named(name);
    for (size_t i = 0; set && place(set, data_path, i, out->folder); i++) {
        if (!is_in(set, out->folder, out)) continue;
        out->about = &set->about;
        out->header = set->header;
        return true;
    }
    return false;
}

bool ink_named_set_place(const ink_settings *set, size_t i, size_t at, char *folder, size_t room, bool *there)
{
    struct inki_found_set found;
    if (i >= COUNT(sets) || !place(&sets[i], inki_get_text(set, INKI_DATA_PATH), at, found.folder)) return false;
    *there = is_in(&sets[i], found.folder, &found);
    snprintf(folder, room, "%s", found.folder);
    return true;
}

/* ------------------------------------------------------------------ classes */

static uint64_t hash_labels(const ink_data *data)
{
    return inki_hash_numbers(0, data->labels, data->rows, sizeof *data->labels);
}

const char *const *inki_known_classes(const ink_data *data)
{
    for (size_t i = 0; i < COUNT(sets); i++) {
        const ink_named_set *about = &sets[i].about;
        bool train = data->rows == about->rows, test = data->rows == about->test_rows;
        if (!sets[i].classes || !data->labels || data->classes != about->classes || !(train || test)) continue;
        for (size_t c = 0; c < data->classes; c++)
            if (data->class_names[c][0] != (char)('0' + c) || data->class_names[c][1]) return NULL;
        if (hash_labels(data) == (train ? sets[i].labels : sets[i].test_labels)) return sets[i].classes;
    }
    return NULL;
}

/* ------------------------------------------------------------------ missing */

static ink_status no_such_set(ink_ctx *ctx, const char *name)
{
    const char *names[COUNT(sets)];
    char list[256] = "";
    for (size_t i = 0, used = 0; i < COUNT(sets); i++) {
        names[i] = sets[i].about.name;
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", names[i]);
    }
    const char *near = strchr(name, '/') ? NULL : ink_did_you_mean(name, names, COUNT(sets));
    if (near) return inki_fail(ctx, INK_NOT_FOUND, "%s: no such file or data set; did you mean '%s'?", name, near);
    return inki_fail(ctx, INK_NOT_FOUND, "%s: no such file or folder, and not a named data set (%s)", name, list);
}

ink_status inki_set_missing(ink_ctx *ctx, const char *name, const char *data_path)
{
    char folder[INKI_PATH_ROOM], places[512] = "";
    size_t used = 0;
    const struct named_set *set = set_named(name);
    if (!set) return no_such_set(ctx, name);
    for (size_t i = 0; place(set, data_path, i, folder) && used < sizeof places; i++)
        used += (size_t)snprintf(places + used, sizeof places - used, "%s%s", i ? ", " : "", folder);
    return inki_fail(ctx, INK_NOT_FOUND,
                     "%s: is not in %s; get it with %s, or name the folder with its files, or what holds that folder "
                     "with --data-path or $INKLING_DATA",
                     name, places, set->about.fetch);
}
