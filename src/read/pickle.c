/* pickle: the reader of pickled data.
 * SPDX-License-Identifier: MIT */
#include "read/pickle.h"

#include "base/mem.h"
#include "read/array.h"
#include "read/load.h"
#include "read/pickle_ops.h"
#include "read/pickle_rows.h"

#include <string.h>

#include <stdio.h>

enum { MOST_PICKLES = 16 };

bool inki_pickle_is(const uint8_t *bytes, size_t size) { return inki_py_is_pickle(bytes, size); }

ink_status inki_pickle_load(ink_ctx *ctx, const char *path, struct inki_bytes *content, struct inki_unpickler *u,
                            struct inki_py *out)
{
    struct inki_py values[MOST_PICKLES];
    size_t count = 0;
    inki_py_begin(u, ctx, path, content);
    do INK_TRY(inki_py_load(u, &values[count++]));
    while (count < MOST_PICKLES && inki_py_is_pickle(content->data + u->at, content->size - u->at));
    size_t rest = content->size - u->at;
    if (rest) inki_note(ctx, "%s: %zu bytes after the end of the pickle are ignored", path, rest);
    inki_py_free_machine(u);
    *out = values[0];
    return count == 1 ? INK_OK : inki_py_sequence(u, INKI_PY_TUPLE, values, count, out);
}

/* ------------------------------------------------------------------- labels */

static void free_labels(struct inki_labels *labels)
{
    inki_free(labels->values);
    inki_free(labels->names);
    *labels = (struct inki_labels){0};
}

/* Labels of up to two parts, one after the other. */
static ink_status labels_of(struct inki_unpickler *u, const struct inki_py_part *const *parts, size_t count,
                            struct inki_labels *out)
{
    char where[1024];
    struct inki_label_list list = {.ctx = u->ctx, .where = where};
    *out = (struct inki_labels){0};
    snprintf(where, sizeof where, "%s: labels", u->where);
    for (size_t i = 0; i < count; i++) {
        ink_status status = inki_py_labels(u, parts[i], &list);
        if (status == INK_OK) continue;
        inki_labels_drop(&list);
        return status;
    }
    return inki_labels_give(&list, out);
}

static ink_status set_labels(struct inki_unpickler *u, struct inki_labels *labels, ink_data *data)
{
    char where[1024];
    snprintf(where, sizeof where, "%s: its list of labels", u->where);
    return inki_data_set_labels(u->ctx, data, labels, where, "that of its rows");
}

/* -------------------------------------------------------------------- parts */

/* On failure *out may hold data to free. */
static ink_status read_test(struct inki_unpickler *u, const struct inki_py_part *part, ink_data **out)
{
    struct inki_labels labels;
    INK_TRY(inki_py_rows(u, &part, 1, false, out));
    if (!part->labelled) return INK_OK;
    INK_TRY(labels_of(u, &part, 1, &labels));
    return set_labels(u, &labels, *out);
}

static ink_status check_labelled(const struct inki_unpickler *u, const struct inki_py_part *parts)
{
    for (size_t i = 1; i < INKI_PARTS; i++) {
        if (!parts[i].there || parts[i].labelled == parts[0].labelled) continue;
        return inki_fail(u->ctx, INK_BAD_DATA, "%s: of its parts some have labels and others have none", u->where);
    }
    return INK_OK;
}

/* On failure *out may hold data to free. Validation rows follow the training rows, which come last: they may take their block
 * with them. */
static ink_status read_parts(struct inki_unpickler *u, const struct inki_py_part *parts, struct inki_labels *labels,
                             ink_data **test, ink_data **out)
{
    const struct inki_py_part *const both[] = {&parts[INKI_TRAIN], &parts[INKI_VALID]};
    size_t count = parts[INKI_VALID].there ? 2 : 1;
    bool labelled = parts[INKI_TRAIN].labelled;
    INK_TRY(check_labelled(u, parts));
    if (labelled) INK_TRY(labels_of(u, both, count, labels));
    if (parts[INKI_TEST].there) INK_TRY(read_test(u, &parts[INKI_TEST], test));
    INK_TRY(inki_py_rows(u, both, count, true, out));
    (*out)->test = *test;
    *test = NULL;
    return labelled ? set_labels(u, labels, *out) : INK_OK;
}

/* What the layout was taken for. */
static void describe_layout(const struct inki_py_part *train, char *out, size_t room)
{
    if (train->pairs)
        snprintf(out, room, "; pickle, %s pairs", train->row ? "(label, row)" : "(row, label)");
    else if (*train->name)
        snprintf(out, room, "; pickle, rows \"%s\"", train->name);
    else
        snprintf(out, room, "; pickle, %s", train->labelled ? "(rows, labels)" : "rows");
}

/* A batch of CIFAR has names of files or of the batch, and rows of 3x32x32 bytes, the channels first. */
static bool is_cifar(const struct inki_unpickler *u, struct inki_py value)
{
    struct inki_py found;
    return inki_py_of_kind(u, value, INKI_PY_DICT) &&
           (inki_py_get(u, value, "batch_label", &found) || inki_py_get(u, value, "filenames", &found));
}

static bool has_cifar_rows(const ink_data *data)
{
    return data->bytes && data->features == 3 * 32 * 32 && data->channels == 1;
}

static ink_status read_data(struct inki_unpickler *u, struct inki_py value, struct inki_source *source, ink_data **out)
{
    struct inki_py_part parts[INKI_PARTS];
    struct inki_labels labels = {0};
    ink_data *test = NULL;
    const bool cifar = is_cifar(u, value); /* before the rows take the file's block */
    INK_TRY(inki_py_detect(u, value, ink_settings_get(source->set, "arrays"), parts));
    describe_layout(&parts[INKI_TRAIN], source->decided, sizeof source->decided);
    ink_status status = read_parts(u, parts, &labels, &test, out);
    free_labels(&labels);
    ink_data_free(test);
    if (status == INK_OK && cifar && has_cifar_rows(*out))
        status = inki_put_channels_last(u->ctx, (const size_t[]){3, 32, 32}, source->path, *out);
    if (status == INK_OK) return INK_OK;
    ink_data_free(*out);
    *out = NULL;
    return status;
}

static ink_status read_samples(struct inki_source *source, ink_data **out)
{
    struct inki_unpickler u;
    struct inki_py value;
    *out = NULL;
    ink_status status = inki_pickle_load(source->ctx, source->path, &source->content, &u, &value);
    if (status == INK_OK) status = read_data(&u, value, source, out);
    inki_py_free(&u);
    return status;
}

/* A list or array of labels alone. */
static ink_status read_labels(struct inki_source *source, struct inki_labels *out)
{
    struct inki_unpickler u;
    struct inki_py_part part = {.there = true, .labelled = true};
    const struct inki_py_part *only = &part;
    ink_status status = inki_pickle_load(source->ctx, source->path, &source->content, &u, &part.y);
    if (status == INK_OK) status = labels_of(&u, &only, 1, out);
    inki_py_free(&u);
    return status;
}

/* -------------------------------------------------------------- names of classes */

static ink_status write_names(const struct inki_unpickler *u, struct inki_py list, struct inki_bytes *out)
{
    size_t count, size, total = 1;
    if (!inki_py_is_sequence(u, list, &count)) return INK_OK;
    for (size_t i = 0; i < count; i++)
        if (inki_py_bytes(u, inki_py_item(u, list, i), &size)) total += size + 1;
    out->data = inki_alloc(u->ctx, total, 1);
    if (!out->data) return INK_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *text = inki_py_bytes(u, inki_py_item(u, list, i), &size);
        if (!text) continue;
        memcpy(out->data + out->size, text, size);
        out->size += size;
        out->data[out->size++] = '\n';
    }
    return INK_OK;
}

ink_status inki_pickle_names(ink_ctx *ctx, const char *path, struct inki_bytes *content)
{
    struct inki_unpickler u;
    struct inki_py value, list;
    struct inki_bytes names = {0};
    ink_status status = inki_pickle_load(ctx, path, content, &u, &value);
    if (status == INK_OK && inki_py_of_kind(&u, value, INKI_PY_DICT) &&
        (inki_py_get(&u, value, "fine_label_names", &list) || inki_py_get(&u, value, "label_names", &list)))
        status = write_names(&u, list, &names);
    inki_py_free(&u);
    if (status != INK_OK) return status;
    inki_bytes_free(ctx, content);
    *content = names;
    return INK_OK;
}

const struct inki_reader inki_pickle_reader = {"pickle", "Python's pickles", inki_pickle_is, read_samples, read_labels};
