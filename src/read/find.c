/* find: the IDX files of a folder, labels beside samples.
 * SPDX-License-Identifier: MIT */
#include "read/find.h"

#include "base/file.h"

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
