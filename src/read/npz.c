/* npz: NumPy's .npz: a zip archive of .npy files, and the names that data goes by in them.
 * SPDX-License-Identifier: MIT
 *
 * Nothing in a zip's directory is believed: a member may be at most deflate's greatest ratio (1032) larger than its packed
 * bytes, all packed bytes together at most as large as the archive, and room grows with what has really come out. */
#include "read/npy.h"
#include "read/labels.h"
#include "read/load.h"
#include "read/names.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

static bool is_npz(const uint8_t *bytes, size_t size)
{
    return size >= 4 && (memcmp(bytes, "PK\3\4", 4) == 0 || memcmp(bytes, "PK\5\6", 4) == 0);
}

#ifdef INKI_HAVE_LIBZIP
#include <zip.h>

enum { DEFLATE_RATIO = 1032, SLACK = 1024, STEP = 1 << 22 };

struct archive {
    ink_ctx *ctx;
    const char *where;
    zip_t *zip;
    size_t count; /* members */
    struct inki_bytes *content;
};

static ink_status damaged(ink_ctx *ctx, const char *where, const char *why)
{
    return inki_fail(ctx, INK_BAD_FILE,
                     "%s: the zip archive is damaged (%s); it may be cut short: save or download it again", where, why);
}

static ink_status check_members(const struct archive *archive, size_t size)
{
    size_t packed = 0;
    for (size_t i = 0; i < archive->count; i++) {
        zip_stat_t info;
        const zip_uint64_t needed = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE;
        if (zip_stat_index(archive->zip, i, 0, &info) != 0 || (info.valid & needed) != needed)
            return damaged(archive->ctx, archive->where, "a member without a size");
        if (info.comp_size > size - packed)
            return damaged(archive->ctx, archive->where, "its members claim more bytes than it has");
        packed += (size_t)info.comp_size;
        if (info.size > DEFLATE_RATIO * info.comp_size + SLACK)
            return damaged(archive->ctx, archive->where, "a member claims a size that it cannot have");
    }
    return INK_OK;
}

static void archive_close(struct archive *archive)
{
    if (archive->zip) zip_discard(archive->zip);
    archive->zip = NULL;
}

/* The content must live as long as the archive. */
static ink_status archive_open(ink_ctx *ctx, struct inki_bytes *content, const char *where, struct archive *out)
{
    zip_error_t error;
    zip_error_init(&error);
    *out = (struct archive){.ctx = ctx, .where = where, .content = content};
    zip_source_t *source = zip_source_buffer_create(content->data, content->size, 0, &error);
    if (source) out->zip = zip_open_from_source(source, ZIP_RDONLY, &error);
    ink_status status = INK_OK;
    if (!out->zip) {
        status = damaged(ctx, where, zip_error_strerror(&error));
        if (source) zip_source_free(source);
    }
    zip_error_fini(&error);
    if (status != INK_OK) return status;
    out->count = (size_t)zip_get_num_entries(out->zip, 0);
    status = check_members(out, content->size);
    if (status != INK_OK) archive_close(out);
    return status;
}

/* The archive's pages need not be held beside what was unpacked from them; they come again if they are wanted. */
static void give_back(struct archive *archive)
{
    archive->content->done = 0;
    inki_bytes_done(archive->content, archive->content->size);
}

/* Reads what the member really holds; it must be what the directory says. */
static ink_status read_growing(struct archive *archive, zip_file_t *file, size_t room, size_t said,
                               struct inki_bytes *out)
{
    for (;;) {
        if (out->size == room) {
            size_t larger = room > said / 2 ? said + 1 : room * 2;
            uint8_t *data = inki_grow(archive->ctx, out->data, out->size, larger, 1);
            if (!data) return INK_NO_MEMORY;
            out->data = data;
            room = larger;
        }
        size_t step = room - out->size < STEP ? room - out->size : STEP;
        zip_int64_t got = zip_fread(file, out->data + out->size, step);
        if (got < 0) return damaged(archive->ctx, archive->where, zip_file_strerror(file));
        out->size += (size_t)got;
        give_back(archive);
        if (out->size > said || (got == 0 && out->size < said))
            return damaged(archive->ctx, archive->where, "a member's size is not what the directory says");
        if (got == 0) return INK_OK;
    }
}

static ink_status unpack(struct archive *archive, size_t i, struct inki_bytes *out)
{
    zip_stat_t info;
    *out = (struct inki_bytes){0};
    if (zip_stat_index(archive->zip, i, 0, &info) != 0) return damaged(archive->ctx, archive->where, "no such member");
    zip_file_t *file = zip_fopen_index(archive->zip, i, 0);
    if (!file) {
        return inki_fail(archive->ctx, INK_UNSUPPORTED,
                         "%s: %s cannot be unpacked: %s; save with np.savez or "
                         "np.savez_compressed",
                         archive->where, info.name, zip_strerror(archive->zip));
    }
    size_t said = (size_t)info.size, guess = 16 * (size_t)info.comp_size + SLACK;
    size_t room = said < guess ? said + 1 : guess; /* one more, so that a member that is longer shows */
    out->data = inki_alloc(archive->ctx, room, 1);
    ink_status status = out->data ? read_growing(archive, file, room, said, out) : INK_NO_MEMORY;
    zip_fclose(file);
    if (status != INK_OK) inki_bytes_free(archive->ctx, out);
    return status;
}

/* A member's name without ".npy"; false if it is something else. */
static bool array_name(const struct archive *archive, size_t i, char *name, size_t room)
{
    const char *member = zip_get_name(archive->zip, i, ZIP_FL_ENC_RAW);
    size_t length = member ? strlen(member) : 0;
    if (length < 4 || strcmp(member + length - 4, ".npy") != 0) return false;
    snprintf(name, room, "%.*s", (int)(length - 4 < room ? length - 4 : room), member);
    return true;
}

static ink_status read_array(struct archive *archive, size_t i, struct inki_array *out)
{
    struct inki_bytes content;
    char name[sizeof out->name], where[1024];
    *out = (struct inki_array){0};
    array_name(archive, i, name, sizeof name);
    snprintf(where, sizeof where, "%s:%s", archive->where, name);
    INK_TRY(unpack(archive, i, &content));
    ink_status status = inki_npy_parse(archive->ctx, &content, where, out);
    inki_bytes_free(archive->ctx, &content);
    if (status == INK_OK) memcpy(out->name, name, sizeof name);
    return status;
}

/* -------------------------------------------------------------- all arrays */

static ink_status read_arrays(struct archive *archive, struct inki_array *arrays, size_t *count)
{
    char name[sizeof arrays->name];
    for (size_t i = 0; i < archive->count; i++) {
        if (!array_name(archive, i, name, sizeof name)) continue;
        ink_status status = read_array(archive, i, &arrays[*count]);
        if (status == INK_UNSUPPORTED) { /* what cannot be read may not be wanted */
            inki_note(archive->ctx, "left out: %s", ink_ctx_message(archive->ctx));
            continue;
        }
        INK_TRY(status);
        ++*count;
    }
    return INK_OK;
}

ink_status inki_npz_read(ink_ctx *ctx, const char *path, struct inki_array **out, size_t *count)
{
    struct inki_bytes content;
    struct archive archive = {0};
    struct inki_array *arrays = NULL;
    *out = NULL;
    *count = 0;
    INK_TRY(inki_bytes_read(ctx, path, &content));
    ink_status status = archive_open(ctx, &content, path, &archive);
    if (status != INK_OK) goto done;
    arrays = inki_zalloc(ctx, archive.count, sizeof *arrays);
    status = arrays ? read_arrays(&archive, arrays, count) : INK_NO_MEMORY;
done:
    archive_close(&archive);
    inki_bytes_free(ctx, &content);
    if (status != INK_OK) {
        inki_arrays_free(ctx, arrays, *count);
        arrays = NULL;
        *count = 0;
    }
    *out = arrays;
    return status;
}

/* --------------------------------------------------------------- as data */

/* The member of this name, or archive->count. */
static size_t find_member(const struct archive *archive, const char *wanted)
{
    char name[64];
    size_t i = 0;
    for (; i < archive->count; i++) {
        if (array_name(archive, i, name, sizeof name) && strcmp(name, wanted) == 0) break;
    }
    return i;
}

static bool has(const void *archive, const char *name)
{
    return find_member(archive, name) < ((const struct archive *)archive)->count;
}

/* The number of rows and dimensions of an array, by the header of its member; 0 if it has none. */
static void glance(const struct archive *archive, const char *name, size_t *rows, size_t *rank)
{
    static const char word[] = "'shape': (";
    char head[200] = "";
    *rows = *rank = 0;
    zip_file_t *file = zip_fopen_index(archive->zip, find_member(archive, name), 0);
    zip_int64_t got = file ? zip_fread(file, head, sizeof head - 1) : -1;
    if (file) zip_fclose(file);
    for (zip_int64_t i = 0; i < got; i++)
        if (!head[i]) head[i] = ' ';
    const char *at = strstr(head, word);
    if (!at) return;
    at += sizeof word - 1;
    for (const char *end = at + strcspn(at, ")"); at < end; at += strcspn(at, ",)") + 1) {
        at += strspn(at, " ");
        if (*at < '0' || *at > '9') break;
        if (++*rank > 1) continue;
        for (const char *digit = at; *digit >= '0' && *digit <= '9' && *rows < INT32_MAX; digit++)
            *rows = 10 * *rows + (size_t)(*digit - '0');
    }
}

/* Four arrays in scikit-learn's order: the first and the third, the second and the fourth have as many rows, and not, as Keras has it, the
 * first two; where both are so, the second is no list of labels. */
static bool is_sklearn(const struct archive *archive)
{
    static const char *const names[] = {"arr_0", "arr_1", "arr_2", "arr_3"};
    size_t rows[4], rank[4];
    for (size_t i = 0; i < 4; i++) glance(archive, names[i], &rows[i], &rank[i]);
    const bool keras = rows[0] == rows[1] && rows[2] == rows[3], sklearn = rows[0] == rows[2] && rows[1] == rows[3];
    return sklearn && (!keras || rank[1] > 1);
}

static bool find_names(const struct archive *archive, const char *given, struct inki_names names[INKI_PARTS])
{
    if (!inki_names_are_four(has, archive, given)) return inki_names_find(has, archive, given, names);
    inki_names_of_four(is_sklearn(archive), names);
    return true;
}

static ink_status nothing_known(struct archive *archive, const char *given)
{
    char name[64], list[512] = "";
    for (size_t i = 0, used = 0; i < archive->count && used + sizeof name + 2 < sizeof list; i++) {
        if (!array_name(archive, i, name, sizeof name)) continue;
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", name);
    }
    return inki_names_missing(archive->ctx, archive->where, given, list);
}

/* names[count] from an array of texts, pointers and texts in one block. */
static ink_status take_names(ink_ctx *ctx, const struct inki_array *array, char ***out)
{
    size_t room = inki_array_text_room(array) + 1, size;
    *out = NULL;
    if (!inki_mul_fits(array->count, room + sizeof **out, &size)) return inki_fail(ctx, INK_NO_MEMORY, "out of memory");
    char **names = inki_alloc(ctx, 1, size);
    if (!names) return INK_NO_MEMORY;
    char *text = (char *)(names + array->count);
    for (size_t i = 0; i < array->count; i++) {
        names[i] = text;
        text += inki_array_text(array, i, text);
        *text++ = 0;
    }
    *out = names;
    return INK_OK;
}

/* Labels that are numbers may be places in the member class_names, as `inkling convert` writes them. */
static ink_status name_labels(struct archive *archive, struct inki_labels *labels)
{
    struct inki_array array;
    bool places = has(archive, "class_names") && !labels->names;
    if (!places) return INK_OK;
    INK_TRY(read_array(archive, find_member(archive, "class_names"), &array));
    places = array.text && array.rank == 1 && array.count <= INKI_CLASSES_MAX;
    for (size_t i = 0; i < labels->count && places; i++)
        places = labels->values[i] >= 0 && (size_t)labels->values[i] < array.count;
    ink_status status = places ? take_names(archive->ctx, &array, &labels->names) : INK_OK;
    if (places && status == INK_OK) labels->classes = array.count;
    inki_array_free(archive->ctx, &array);
    return status;
}

/* Labels of up to two parts, one after the other. */
static ink_status read_labels_of(struct archive *archive, const struct inki_names *parts, size_t count, ink_data *data)
{
    char where[1024];
    struct inki_label_list list = {.ctx = archive->ctx, .where = where};
    struct inki_labels labels;
    ink_status status = INK_OK;
    for (size_t i = 0; i < count && status == INK_OK; i++) {
        struct inki_array array;
        snprintf(where, sizeof where, "%s:%s", archive->where, parts[i].y);
        status = read_array(archive, find_member(archive, parts[i].y), &array);
        if (status == INK_OK) status = inki_labels_add_array(&list, &array);
        inki_array_free(archive->ctx, &array);
    }
    if (status != INK_OK) {
        inki_labels_drop(&list);
        return status;
    }
    INK_TRY(inki_labels_give(&list, &labels));
    status = name_labels(archive, &labels);
    if (status != INK_OK) {
        inki_free(labels.values);
        inki_free(labels.names);
        return status;
    }
    return inki_data_set_labels(archive->ctx, data, &labels, where, parts[0].x);
}

static ink_status read_rows(struct archive *archive, const char *name, ink_data **out)
{
    struct inki_array array;
    char where[1024];
    *out = NULL;
    snprintf(where, sizeof where, "%s:%s", archive->where, name);
    INK_TRY(read_array(archive, find_member(archive, name), &array));
    ink_status status = inki_array_samples(archive->ctx, &array, where, out);
    inki_array_free(archive->ctx, &array);
    return status;
}

/* The rows of one more part behind those of *data. */
static ink_status join_rows(struct archive *archive, const char *name, ink_data **data)
{
    ink_data *more, *joined;
    INK_TRY(read_rows(archive, name, &more));
    ink_status status = inki_data_join(archive->ctx, *data, more, &joined);
    if (status == INK_OK) {
        inki_note(archive->ctx, "%s: the %zu rows of %s are joined to the training rows", archive->where, more->rows,
                  name);
        ink_data_free(*data);
        *data = joined;
    }
    ink_data_free(more);
    return status;
}

/* On failure *out may hold data to free. */
static ink_status read_part(struct archive *archive, const struct inki_names *parts, size_t count, ink_data **out)
{
    INK_TRY(read_rows(archive, parts[0].x, out));
    for (size_t i = 1; i < count; i++) INK_TRY(join_rows(archive, parts[i].x, out));
    return *parts[0].y ? read_labels_of(archive, parts, count, *out) : INK_OK;
}

/* Arrays that are neither rows nor labels of any part. */
static ink_status note_unused(const struct archive *archive, const struct inki_names *names, ink_data *data)
{
    char name[64], list[300] = "";
    size_t used = 0, count = 0;
    for (size_t i = 0; i < archive->count; i++) {
        if (!array_name(archive, i, name, sizeof name) || strcmp(name, "class_names") == 0) continue;
        bool taken = false;
        for (size_t part = 0; part < INKI_PARTS; part++)
            taken = taken || strcmp(name, names[part].x) == 0 || strcmp(name, names[part].y) == 0;
        if (taken || used + sizeof name + 2 > sizeof list) continue;
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", count++ ? ", " : "", name);
        INK_TRY(inki_decided_unused(archive->ctx, &data->decided, name));
    }
    if (count) inki_note(archive->ctx, "%s: not used: %s", archive->where, list);
    return INK_OK;
}

static ink_status read_all(struct archive *archive, struct inki_source *source, ink_data **out)
{
    struct inki_names names[INKI_PARTS];
    const char *given = ink_settings_get(source->set, "arrays");
    *out = NULL;
    if (!find_names(archive, given, names)) return nothing_known(archive, given);
    if (!inki_names_labelled(archive->ctx, archive->where, names)) {
        return inki_fail(archive->ctx, INK_BAD_DATA,
                         "%s: the labels of other rows are there, those of %s are not: save them too, or name the "
                         "arrays: --arrays ROWS,LABELS",
                         archive->where, names[INKI_TRAIN].x);
    }
    snprintf(source->decided, sizeof source->decided, "; npz, rows \"%s\"%s%s%s", names[INKI_TRAIN].x,
             *names[INKI_TRAIN].y ? ", labels \"" : "", names[INKI_TRAIN].y, *names[INKI_TRAIN].y ? "\"" : "");
    const size_t used = strlen(source->decided);
    if (*names[INKI_TEST].x)
        snprintf(source->decided + used, sizeof source->decided - used, ", test rows \"%s\"", names[INKI_TEST].x);
    INK_TRY(read_part(archive, names, *names[INKI_VALID].x ? 2 : 1, out));
    INK_TRY(note_unused(archive, names, *out));
    return *names[INKI_TEST].x ? read_part(archive, &names[INKI_TEST], 1, &(*out)->test) : INK_OK;
}

static ink_status read_samples(struct inki_source *source, ink_data **out)
{
    struct archive archive;
    *out = NULL;
    INK_TRY(archive_open(source->ctx, &source->content, source->path, &archive));
    ink_status status = read_all(&archive, source, out);
    archive_close(&archive);
    if (status == INK_OK) return INK_OK;
    ink_data_free(*out);
    *out = NULL;
    return status;
}

/* ------------------------------------------------------- zips of other files */

/* Archives of other programs, by a member that they have. */
static const struct {
    const char *member, *advice;
} programs[] = {
    {"[Content_Types].xml", "an Excel workbook or the like: save the sheet as CSV"},
    {"mimetype", "an OpenDocument file: save the sheet as CSV"},
    {"data.pkl", "a PyTorch file: in Python, torch.load and np.savez"},
};

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), size = strlen(end);
    return length >= size && strcmp(text + length - size, end) == 0;
}

/* The only file in the archive, archive->count if there are none or several; what that is of another program fails. */
static ink_status find_only(const struct archive *archive, size_t *only, bool *arrays)
{
    size_t files = 0, used = 0;
    char name[64], list[300] = "";
    *only = archive->count;
    *arrays = false;
    for (size_t i = 0; i < archive->count; i++) {
        const char *member = zip_get_name(archive->zip, i, ZIP_FL_ENC_RAW);
        if (array_name(archive, i, name, sizeof name)) *arrays = true;
        if (!member || ends_with(member, "/") || strncmp(member, "__MACOSX/", 9) == 0) continue;
        for (size_t k = 0; k < sizeof programs / sizeof *programs; k++)
            if (ends_with(member, programs[k].member))
                return inki_fail(archive->ctx, INK_BAD_FILE, "%s: byte 0: this is %s", archive->where,
                                 programs[k].advice);
        *only = i;
        if (used + 80 < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%.70s", files ? ", " : "", member);
        files++;
    }
    *arrays = *arrays || files == 0; /* nothing is said of, as of arrays that are missing */
    if (*arrays || files == 1) return INK_OK;
    return inki_fail(archive->ctx, INK_BAD_FILE, "%s: a zip archive with %s: unzip it first, and name a file of it",
                     archive->where, list);
}

ink_status inki_zip_open(ink_ctx *ctx, const char *path, struct inki_bytes *content)
{
    struct archive archive;
    struct inki_bytes unpacked = {0};
    size_t only;
    bool arrays = true;
    if (!is_npz(content->data, content->size)) return INK_OK;
    INK_TRY(archive_open(ctx, content, path, &archive));
    ink_status status = find_only(&archive, &only, &arrays);
    if (status == INK_OK && !arrays) status = unpack(&archive, only, &unpacked);
    if (status == INK_OK && !arrays)
        inki_note(ctx, "%s: a zip archive, of which %s is read", path, zip_get_name(archive.zip, only, ZIP_FL_ENC_RAW));
    archive_close(&archive);
    if (status != INK_OK || arrays) return status;
    inki_bytes_free(ctx, content);
    *content = unpacked;
    return INK_OK;
}

/* Labels for another file's rows: the only array, or the one whose name says so. */
static size_t find_labels(const struct archive *archive)
{
    static const char *const names[] = {"y", "Y", "labels", "label", "target", "y_train", "train_labels", "arr_0"};
    char name[64];
    size_t only = archive->count, arrays = 0;
    for (size_t i = 0; i < archive->count; i++) {
        if (!array_name(archive, i, name, sizeof name)) continue;
        only = i;
        arrays++;
    }
    for (size_t n = 0; arrays != 1 && n < sizeof names / sizeof *names; n++) {
        only = find_member(archive, names[n]);
        if (only < archive->count) break;
    }
    return only;
}

static ink_status read_labels(struct inki_source *source, struct inki_labels *out)
{
    struct archive archive;
    struct inki_array array;
    INK_TRY(archive_open(source->ctx, &source->content, source->path, &archive));
    size_t i = find_labels(&archive);
    ink_status status =
        i < archive.count
            ? read_array(&archive, i, &array)
            : inki_fail(source->ctx, INK_BAD_DATA,
                        "%s: none of its arrays is called y or labels; save the labels alone, with np.save",
                        source->path);
    if (i < archive.count) {
        if (status == INK_OK) status = inki_array_labels(source->ctx, &array, source->path, out);
        inki_array_free(source->ctx, &array);
    }
    archive_close(&archive);
    return status;
}

#else

static ink_status without_libzip(ink_ctx *ctx, const char *path)
{
    return inki_fail(ctx, INK_UNSUPPORTED,
                     "%s: this build cannot read .npz archives: it was built without libzip; save .npy files, or "
                     "rebuild with libzip",
                     path);
}

ink_status inki_npz_read(ink_ctx *ctx, const char *path, struct inki_array **out, size_t *count)
{
    *out = NULL;
    *count = 0;
    return without_libzip(ctx, path);
}

ink_status inki_zip_open(ink_ctx *ctx, const char *path, struct inki_bytes *content)
{
    (void)ctx, (void)path, (void)content;
    return INK_OK;
}

static ink_status read_samples(struct inki_source *source, ink_data **out)
{
    *out = NULL;
    return without_libzip(source->ctx, source->path);
}

static ink_status read_labels(struct inki_source *source, struct inki_labels *out)
{
    (void)out;
    return without_libzip(source->ctx, source->path);
}

#endif

void inki_arrays_free(ink_ctx *ctx, struct inki_array *arrays, size_t count)
{
    for (size_t i = 0; arrays && i < count; i++) inki_array_free(ctx, &arrays[i]);
    inki_free(arrays);
}

const struct inki_reader inki_npz_reader = {"npz", "NumPy archives", is_npz, read_samples, read_labels};
