/* sniff: the reader for a file, by its first bytes.
 * SPDX-License-Identifier: MIT */
#include "read/sniff.h"

#include <stdio.h>
#include <string.h>

/* Text comes last: other kinds may look like it. */
const struct inki_reader *const inki_readers[] = {
    &inki_cifar_reader,  &inki_npy_reader,  &inki_npz_reader,      &inki_idx_reader,   &inki_image_reader,
    &inki_pickle_reader, &inki_arff_reader, &inki_svmlight_reader, &inki_jsonl_reader, &inki_csv_reader};
const size_t inki_reader_count = sizeof inki_readers / sizeof *inki_readers;

static const struct inki_reader *sniff(const struct inki_bytes *content)
{
    for (size_t i = 0; i < inki_reader_count; i++) {
        if (inki_readers[i]->is(content->data, content->size)) return inki_readers[i];
    }
    return NULL;
}

/* What is often given to read and cannot be, by its first bytes, with the way to what can. */
static const struct {
    const char *first, *advice;
} strangers[] = {
    {"BZh", "bzip2: unpack it first, with bunzip2"},
    {"\xFD\x37zXZ", "xz: unpack it first, with unxz"},
    {"\x28\xB5\x2F\xFD", "Zstandard: unpack it first, with unzstd"},
    {"\x1F\x9D", "compress: unpack it first, with gunzip"},
    {"\x89HDF", "HDF5: in Python, save its arrays with np.savez"},
    {"MATLAB", "MATLAB: in Python, scipy.io.loadmat and np.savez"},
    {"PAR1", "Parquet: in Python, pandas.read_parquet and to_csv"},
    {"{\"", "JSON: in Python, pandas.read_json and to_csv"},
    {"<!DOCTYPE", "a web page: download the file itself, not the page about it"},
    {"<!doctype", "a web page: download the file itself, not the page about it"},
    {"<html", "a web page: download the file itself, not the page about it"},
    {"{\n", "JSON: in Python, pandas.read_json and to_csv"},
    {"[{", "JSON: in Python, pandas.read_json and to_csv"},
    {"[[", "JSON: in Python, pandas.read_json and to_csv"},
    {"[\n", "JSON: in Python, pandas.read_json and to_csv"},
    {"[ ", "JSON: in Python, pandas.read_json and to_csv"},
    {"SQLite format 3", "an SQLite database: export its table as CSV"},
    {"version https://git-lfs", "a Git LFS pointer, not the file itself: fetch that with git lfs pull"},
};

static const char *stranger(const struct inki_bytes *content)
{
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
        size_t length = strlen(strangers[i].first);
        if (content->size >= length && memcmp(content->data, strangers[i].first, length) == 0)
            return strangers[i].advice;
    }
    const uint8_t *head = content->data;
    if (content->size > 8 && head[8] == '{' && !head[4] && !head[5] && !head[6] && !head[7])
        return "a model file (.safetensors), not data";
    return NULL;
}

static bool is_printable(const uint8_t *bytes, size_t size)
{
    size_t i = 0;
    while (i < size && (bytes[i] >= ' ' || bytes[i] == '\n' || bytes[i] == '\r' || bytes[i] == '\t') && bytes[i] != 127)
        i++;
    return i == size;
}

static bool is_mostly_text(const struct inki_bytes *content)
{
    const size_t looked = content->size < 64 ? content->size : 64;
    size_t count = 0;
    for (size_t i = 0; i < looked; i++) count += is_printable(content->data + i, 1);
    return 4 * count >= 3 * looked;
}

/* Text, but for a byte that is none. */
static ink_status strange_byte(const struct inki_source *source)
{
    const struct inki_bytes *content = &source->content;
    size_t at = 0, line = 1;
    for (; at < content->size && is_printable(content->data + at, 1); at++) line += content->data[at] == '\n';
    if (at == content->size)
        return inki_fail(source->ctx, INK_BAD_FILE, "%s: line 1: most of it is neither UTF-8 nor another text",
                         source->path);
    return inki_fail(
        source->ctx, INK_BAD_FILE,
        "%s: byte %zu, line %zu: 0x%02X is not text, and the file begins as none of the other formats that can "
        "be read; remove it, or save the file as UTF-8 text",
        source->path, at, line, content->data[at]);
}

static ink_status unknown_kind(const struct inki_source *source)
{
    char first[16] = "nothing", kinds[128] = "";
    if (source->content.size == 0)
        return inki_fail(source->ctx, INK_BAD_FILE, "%s: byte 0: the file is empty; download or save it again",
                         source->path);
    if (source->content.size > 8 && is_mostly_text(&source->content)) return strange_byte(source);
    for (size_t i = 0, n = source->content.size; i < n && i < 4; i++)
        snprintf(first + 3 * i, sizeof first - 3 * i, "%02X ", source->content.data[i]);
    for (size_t i = 0, used = 0; i < inki_reader_count && used < sizeof kinds; i++)
        used += (size_t)snprintf(kinds + used, sizeof kinds - used, "%s%s", i ? ", " : "", inki_readers[i]->name);
    return inki_fail(source->ctx, INK_BAD_FILE,
                     "%s: byte 0: begins with %s; expected one of the formats that can be read (%s)", source->path,
                     first, kinds);
}

ink_status inki_reader_choose(const struct inki_source *source, const char *given, const struct inki_reader **out)
{
    const struct inki_bytes *content = &source->content;
    *out = NULL;
    for (size_t i = 0; i < inki_reader_count; i++) {
        if (strcmp(inki_readers[i]->name, given) != 0) continue;
        if (inki_readers[i]->is(content->data, content->size)) {
            *out = inki_readers[i];
            return INK_OK;
        }
        return inki_fail(source->ctx, INK_BAD_SETTING, "kind: %s does not begin as %s files do", source->path, given);
    }
    bool lines = inki_jsonl_reader.is(content->data, content->size);
    const char *advice = lines ? NULL : stranger(content);
    if (advice) return inki_fail(source->ctx, INK_BAD_FILE, "%s: byte 0: this is %s", source->path, advice);
    *out = sniff(content);
    return *out ? INK_OK : unknown_kind(source);
}
