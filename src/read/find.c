/* find: named sets, the files of a folder, labels beside samples.
 * SPDX-License-Identifier: MIT */
#include "read/find.h"

#include "base/file.h"
#include "base/settings.h"
#include "base/text.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Writes the path's parts one after the other; false if there is no room. */
static bool join(char out[INKI_PATH_ROOM], const char *a, const char *b, const char *c, const char *d)
{
    int length = snprintf(out, INKI_PATH_ROOM, "%s%s%s%s", a, b, c, d);
    return length >= 0 && length < INKI_PATH_ROOM;
}

/* --------------------------------------------------------- files of a folder */

/* Makes the path of a folder that of the only file in it, as Kaggle unpacks files; false if there is no such. */
static bool only_file(char path[INKI_PATH_ROOM])
{
    size_t count = 0;
    char found[INKI_PATH_ROOM], file[INKI_PATH_ROOM];
    DIR *stream = opendir(path);
    for (struct dirent *entry; stream && (entry = readdir(stream));) {
        if (*entry->d_name == '.' || !join(file, path, "/", entry->d_name, "")) continue;
        if (count++ == 0) memcpy(found, file, sizeof found);
    }
    if (stream) closedir(stream);
    if (count != 1 || inki_path_kind(found) != INKI_PATH_FILE) return false;
    memcpy(path, found, sizeof found);
    return true;
}

/* The first of the spellings that is there; else "". */
static bool find_spelling(const char *folder, const char *stem, const char *rank, char out[INKI_PATH_ROOM])
{
    static const char *const before[] = {"-", ".", NULL}, *const after[] = {"", ".gz"};
    for (size_t i = 0; i < COUNT(before); i++) {
        for (size_t j = 0; j < COUNT(after); j++) {
            char name[64];
            if (before[i])
                snprintf(name, sizeof name, "/%s%s%s-ubyte%s", stem, before[i], rank, after[j]);
            else
                snprintf(name, sizeof name, "/%s%s", stem, after[j]);
            if (join(out, folder, name, "", "") && inki_path_kind(out) == INKI_PATH_FILE) return true;
            if (join(out, folder, name, "", "") && inki_path_kind(out) == INKI_PATH_FOLDER && only_file(out))
                return true;
        }
    }
    *out = 0;
    return false;
}

/* The only file of the folder whose name has all three words in it, "emnist-digits-train-images-idx3-ubyte.gz"; else "". */
static bool find_pattern(const char *folder, const char *part, const char *what, char out[INKI_PATH_ROOM])
{
    size_t count = 0;
    DIR *stream = opendir(folder);
    *out = 0;
    for (struct dirent *entry; stream && (entry = readdir(stream));) {
        char path[INKI_PATH_ROOM];
        const char *name = entry->d_name;
        if (*name == '.' || !strstr(name, part) || !strstr(name, what) || !strstr(name, "idx")) continue;
        if (!join(path, folder, "/", name, "") || inki_path_kind(path) != INKI_PATH_FILE) continue;
        if (count++ == 0) memcpy(out, path, sizeof path);
    }
    if (stream) closedir(stream);
    if (count != 1) *out = 0;
    return count == 1;
}

static bool find_idx_by_pattern(const char *folder, struct inki_idx_files *out)
{
    if (!find_pattern(folder, "train", "images", out->images) || !find_pattern(folder, "train", "labels", out->labels))
        return false;
    if (!find_pattern(folder, "test", "images", out->test_images))
        find_pattern(folder, "t10k", "images", out->test_images);
    if (!find_pattern(folder, "test", "labels", out->test_labels))
        find_pattern(folder, "t10k", "labels", out->test_labels);
    return true;
}

static bool find_idx_in(const char *folder, struct inki_idx_files *out)
{
    find_spelling(folder, "train-labels", "idx1", out->labels);
    if (!find_spelling(folder, "t10k-images", "idx3", out->test_images))
        find_spelling(folder, "test-images", "idx3", out->test_images);
    if (!find_spelling(folder, "t10k-labels", "idx1", out->test_labels))
        find_spelling(folder, "test-labels", "idx1", out->test_labels);
    return find_spelling(folder, "train-images", "idx3", out->images);
}

bool inki_find_idx(const char *folder, struct inki_idx_files *out)
{
    static const char *const below[] = {"",     "/raw", "/MNIST/raw", "/FashionMNIST/raw", "/KMNIST/raw", "/EMNIST/raw",
                                        "/gzip"};
    char path[INKI_PATH_ROOM];
    for (size_t i = 0; i < COUNT(below); i++)
        if (join(path, folder, below[i], "", "") && find_idx_in(path, out)) return true;
    return find_idx_by_pattern(folder, out);
}

/* -------------------------------------------------------------- named sets */

static const char *const fashion_classes[] = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                              "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};

/* What is known of a set, the folder of a system's package or NULL, names of its classes where its files have numbers, and the hashes of
 * both parts' labels. */
static const struct named_set {
    ink_named_set about;
    const char *package;
    const char *const *classes;
    uint64_t labels, test_labels;
} sets[] = {
    {{"mnist", "inkling fetch mnist", 60000, 10000, 784, 10, 0x8a72fcdf03af1fe9, 0x49b2f98b5d877bc7}, NULL, NULL, 0, 0},
    {{"fashion", "inkling fetch fashion", 60000, 10000, 784, 10, 0x18b3d8c255f77d42, 0x599210e7eb3af723},
     "/usr/share/datasets/fashion-mnist",
     fashion_classes,
     0x8b68ffe6651ddf6e,
     0x14ebb163f648c368},
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
    if (!has_data && i-- == 0) return join(out, "./data/", set->about.name, "", "");
    return i == 0 && set->package && join(out, set->package, "", "", "");
}

bool inki_find_set(const char *name, const char *data_path, char folder[INKI_PATH_ROOM])
{
    struct inki_idx_files files;
    const struct named_set *set = set_named(name);
    for (size_t i = 0; set && place(set, data_path, i, folder); i++) {
        if (inki_find_idx(folder, &files)) return true;
    }
    return false;
}

bool ink_named_set_place(const ink_settings *set, size_t i, size_t at, char *folder, size_t room, bool *there)
{
    char path[INKI_PATH_ROOM];
    struct inki_idx_files files;
    if (i >= COUNT(sets) || !place(&sets[i], inki_get_text(set, INKI_DATA_PATH), at, path)) return false;
    *there = inki_find_idx(path, &files);
    snprintf(folder, room, "%s", path);
    return true;
}

static uint64_t hash_labels(const ink_data *data)
{
    return inki_hash(0, data->labels, data->rows * sizeof *data->labels);
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

static ink_status no_such_set(ink_ctx *ctx, const char *name)
{
    const char *names[COUNT(sets)];
    for (size_t i = 0; i < COUNT(sets); i++) names[i] = sets[i].about.name;
    const char *near = strchr(name, '/') ? NULL : ink_did_you_mean(name, names, COUNT(sets));
    if (near) return inki_fail(ctx, INK_NOT_FOUND, "%s: no such file or data set; did you mean '%s'?", name, near);
    return inki_fail(ctx, INK_NOT_FOUND, "%s: no such file or folder, and not a named data set (mnist, fashion)", name);
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

/* ----------------------------------------------------- labels beside samples */

static bool is_word(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/* Writes `name` with its first whole word `from` replaced; false if it has none. */
static bool replace_word(const char *name, const char *from, const char *to, char out[INKI_PATH_ROOM])
{
    size_t length = strlen(from);
    for (const char *at = strstr(name, from); at; at = strstr(at + 1, from)) {
        if ((at > name && is_word(at[-1])) || is_word(at[length])) continue;
        int size = snprintf(out, INKI_PATH_ROOM, "%.*s%s%s", (int)(at - name), name, to, at + length);
        return size >= 0 && size < INKI_PATH_ROOM;
    }
    return false;
}

/* The path itself, or with .gz added or taken away. */
static bool exists_packed_or_not(char path[INKI_PATH_ROOM])
{
    size_t length = strlen(path);
    if (inki_path_kind(path) == INKI_PATH_FILE) return true;
    if (length > 3 && strcmp(path + length - 3, ".gz") == 0)
        path[length - 3] = 0;
    else if (length + 3 < INKI_PATH_ROOM)
        memcpy(path + length, ".gz", 4);
    return inki_path_kind(path) == INKI_PATH_FILE;
}

/* "qmnist-train-labels-idx1-ubyte" as QMNIST names it: -idx2-int */
static bool qmnist_labels(const char *name, char out[INKI_PATH_ROOM])
{
    char ranked[INKI_PATH_ROOM];
    return replace_word(name, "idx1", "idx2", ranked) && replace_word(ranked, "ubyte", "int", out);
}

bool inki_find_labels(const char *samples, char labels[INKI_PATH_ROOM])
{
    static const char *const words[][2] = {
        {"images", "labels"}, {"imgs", "labels"}, {"X", "y"},         {"X", "Y"},
        {"x", "y"},           {"data", "labels"}, {"data", "target"}, {"features", "labels"}};
    static const char *const ranks[] = {"idx3", "idx2", "idx4"};
    const char *slash = strrchr(samples, '/'), *name = slash ? slash + 1 : samples;
    char renamed[INKI_PATH_ROOM], copy[INKI_PATH_ROOM];
    for (size_t i = 0; i < COUNT(words); i++) {
        if (!replace_word(name, words[i][0], words[i][1], renamed)) continue;
        for (size_t j = 0; j < COUNT(ranks); j++) {
            if (replace_word(renamed, ranks[j], "idx1", copy)) memcpy(renamed, copy, sizeof copy);
        }
        if (qmnist_labels(renamed, copy)) {
            int size = snprintf(labels, INKI_PATH_ROOM, "%.*s%s", (int)(name - samples), samples, copy);
            if (size >= 0 && size < INKI_PATH_ROOM && exists_packed_or_not(labels)) return true;
        }
        int length = snprintf(labels, INKI_PATH_ROOM, "%.*s%s", (int)(name - samples), samples, renamed);
        if (length >= 0 && length < INKI_PATH_ROOM && exists_packed_or_not(labels)) return true;
    }
    return false;
}
