/* load: from a path or a set's name to data.
 * SPDX-License-Identifier: MIT */
#include "read/load.h"
#include "base/mem.h"
#include "base/settings.h"
#include "base/text.h"
#include "data/leak.h"
#include "read/adjust.h"
#include "read/bundle.h"
#include "read/folder.h"
#include "read/labels.h"
#include "read/marked.h"
#include "read/named.h"
#include "read/npy.h"
#include "read/sniff.h"
#include "read/unlabelled.h"

#include <stdio.h>
#include <string.h>

/* What the note on loading says besides sizes. */
struct findings {
    char labels[INKI_PATH_ROOM]; /* the labels' own file, "" if there is none */
    char decided[1024];          /* by the reader of the samples */
    const struct inki_expected *expected;
    char unlabelled[300];
    const char *header;  /* names of a table's columns, which its file has not; or NULL */
    bool table, archive; /* what was read, of rows or labels: one has columns, one has arrays with names */
};

static void see_reader(struct findings *found, const struct inki_reader *reader)
{
    found->table = found->table || reader == &inki_csv_reader || reader == &inki_arff_reader;
    found->archive = found->archive || reader == &inki_npz_reader || reader == &inki_pickle_reader;
}

/* ---------------------------------------------------------------- one file */

/* What is alone in a zip archive. What is packed twice may be larger than anybody thinks. */
static ink_status unwrap(struct inki_source *source)
{
    struct inki_bytes *content = &source->content;
    if (content->from_gzip && content->size > 1 && content->data[0] == 0x1f && content->data[1] == 0x8b)
        return inki_fail(source->ctx, INK_BAD_FILE, "%s: is gzipped twice: gunzip it once", source->path);
    const uint8_t *packed = content->data;
    INK_TRY(inki_zip_open(source->ctx, source->path, content));
    if (content->data == packed) return INK_OK;
    if (content->size < 4 || (memcmp(content->data, "\x1F\x8B", 2) != 0 && memcmp(content->data, "PK\x03\x04", 4) != 0))
        return INK_OK;
    return inki_fail(source->ctx, INK_BAD_FILE, "%s: holds another archive: unzip it first", source->path);
}

static ink_status read_content(struct inki_source *source)
{
    INK_TRY(inki_bytes_read(source->ctx, source->path, &source->content));
    ink_status status = unwrap(source);
    if (status != INK_OK) inki_bytes_free(source->ctx, &source->content);
    return status;
}

/* A file that is another one by now is read as what it is then. */
static ink_status read_again(struct inki_source *source)
{
    inki_bytes_free(source->ctx, &source->content);
    return read_content(source);
}

/* given: a kind of file, or "auto". */
static ink_status open_source(ink_ctx *ctx, const char *path, const ink_settings *set, const char *given,
                              struct inki_source *source, const struct inki_reader **reader)
{
    *source = (struct inki_source){.ctx = ctx, .path = path, .set = set, .again = read_again};
    INK_TRY(read_content(source));
    ink_status status = inki_reader_choose(source, given, reader);
    if (status != INK_OK) inki_bytes_free(ctx, &source->content);
    return status;
}

/* Columns are those of a table. */
static ink_status check_columns_setting(const struct inki_source *source, const struct inki_reader *reader)
{
    static const enum inki_setting columns[] = {INKI_LABEL_COLUMN, INKI_ID_COLUMN, INKI_DROP, INKI_COLUMNS};
    bool table = reader == &inki_csv_reader || reader == &inki_arff_reader || reader == &inki_jsonl_reader;
    if (table || source->expected || *inki_get_text(source->set, INKI_LABELS)) return INK_OK;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        const char *given = inki_get_text(source->set, columns[i]);
        if (!*given || strcmp(given, "auto") == 0 || strcmp(given, "none") == 0) continue;
        return inki_fail(
            source->ctx, INK_BAD_SETTING,
            "%s: %s is not a table but a file of kind %s; save rows and labels as two arrays, or the whole "
            "as CSV",
            ink_settings_row(columns[i])->name, source->path, reader->name);
    }
    return INK_OK;
}

static ink_status read_samples(ink_ctx *ctx, const char *path, const ink_settings *set, struct findings *found,
                               ink_data **out)
{
    struct inki_source source;
    const struct inki_reader *reader;
    *out = NULL;
    INK_TRY(open_source(ctx, path, set, ink_settings_get(set, "kind"), &source, &reader));
    source.expected = found->expected;
    see_reader(found, reader);
    ink_status status = check_columns_setting(&source, reader);
    if (status == INK_OK && found->header) status = inki_named_add_header(found->header, &source);
    if (status == INK_OK) status = reader->read(&source, out);
    inki_bytes_free(ctx, &source.content);
    memcpy(found->decided, source.decided, sizeof found->decided);
    memcpy(found->unlabelled, source.unlabelled, sizeof found->unlabelled);
    return status;
}

/* Rows and labels that both have ids go together by these; else by their order. */
static ink_status join_labels(ink_ctx *ctx, const ink_data *data, struct inki_labels *labels, const char *path,
                              const char *samples_path)
{
    if (data->ids && labels->ids) return inki_labels_join(ctx, data, labels, path, samples_path);
    if (!*labels->disorder) return INK_OK;
    return inki_fail(
        ctx, INK_BAD_DATA,
        "%s:%s: labels must be in the order of the samples, since %s has no ids to join them by; sort them, "
        "or remove this column from the file",
        path, labels->disorder, samples_path);
}

static ink_status read_labels(ink_ctx *ctx, ink_data **data, const char *path, const char *samples_path,
                              const ink_settings *set, struct findings *found)
{
    struct inki_source source;
    struct inki_labels labels;
    const struct inki_reader *reader;
    INK_TRY(open_source(ctx, path, set, "auto", &source, &reader));
    see_reader(found, reader);
    ink_status status = reader->labels
                            ? reader->labels(&source, &labels)
                            : inki_fail(ctx, INK_BAD_DATA, "%s: a %s file cannot be a labels file", path, reader->name);
    inki_bytes_free(ctx, &source.content);
    if (status != INK_OK) return status;
    status = join_labels(ctx, *data, &labels, path, samples_path);
    const bool all_rows = labels.gaps > 0 && found->expected && found->expected->all_rows;
    if (status == INK_OK && !all_rows) status = inki_unlabelled_take_out(ctx, &labels, path, data);
    if (status != INK_OK || all_rows) {
        inki_labels_free(&labels);
        return status;
    }
    if (reader == &inki_csv_reader && labels.count == (*data)->rows + 1)
        inki_note(ctx, "%s: one label more than rows; if its first row is a header: --header yes", path);
    return inki_data_set_labels(ctx, *data, &labels, path, samples_path);
}

/* A single batch takes the names of its classes from the file beside it, if it has rows of all. */
static ink_status name_batch(ink_ctx *ctx, const char *path, ink_data *data)
{
    enum { TEN = 10, HUNDRED = 100 };
    char names[INKI_PATH_ROOM];
    if ((data->classes != TEN && data->classes != HUNDRED) || !inki_bundle_names(path, names)) return INK_OK;
    return inki_adjust_class_names(ctx, data, names);
}

/* Without the setting `labels`, a labels file may be found by name. */
static ink_status open_file(ink_ctx *ctx, const char *path, const ink_settings *set, struct findings *found,
                            ink_data **out)
{
    const char *labels = inki_get_text(set, INKI_LABELS);
    INK_TRY(read_samples(ctx, path, set, found, out));
    const bool answered = (*out)->labels || (*out)->targets;
    if ((*out)->labels && !*labels) INK_TRY(name_batch(ctx, path, *out));
    if (answered && *labels)
        return inki_fail(ctx, INK_BAD_SETTING, "labels: %s already contains labels; leave the setting out", path);
    if (answered) return INK_OK;
    if (*labels)
        snprintf(found->labels, sizeof found->labels, "%s", labels);
    else if (!inki_find_labels(path, found->labels))
        *found->labels = 0;
    return *found->labels ? read_labels(ctx, out, found->labels, path, set, found) : INK_OK;
}

/* ---------------------------------------------------------------- a folder */

static ink_status open_pair(ink_ctx *ctx, const char *images, const char *labels, const ink_settings *set,
                            ink_data **out)
{
    struct findings found = {0};
    if (!*labels) return inki_fail(ctx, INK_NOT_FOUND, "%s: its labels file is missing beside it", images);
    INK_TRY(read_samples(ctx, images, set, &found, out));
    return read_labels(ctx, out, labels, images, set, &found);
}

/* Files and folders that were found and not used. */
static ink_status name_unused(ink_ctx *ctx, const struct inki_list *names, ink_data *data)
{
    enum { NAMED = 20 };
    char list[400] = "";
    for (size_t i = 0, used = 0; i < names->count && i < NAMED; i++) {
        const char *name = names->entries[i].name;
        INK_TRY(inki_decided_unused(ctx, &data->decided, name));
        if (used + strlen(name) + 3 < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", name);
    }
    if (names->count) inki_note(ctx, "%s: not used: %s%s", data->source, list, names->count > NAMED ? " …" : "");
    return INK_OK;
}

/* Images in folders, with labels of their own or in a table, given or beside them. */
static ink_status open_images(ink_ctx *ctx, const char *folder, const ink_settings *set, struct findings *found,
                              ink_data **out)
{
    char images[INKI_PATH_ROOM];
    const char *labels = inki_get_text(set, INKI_LABELS);
    bool beside = false;
    struct inki_list unused = {.ctx = ctx};
    ink_status status = *labels ? INK_OK : inki_folder_find_table(ctx, folder, images, found->labels, &unused, &beside);
    if (!beside) *found->labels = 0;
    if (status == INK_OK)
        status = inki_folder_read(ctx, beside ? images : folder, found->decided, sizeof found->decided, out);
    if (status == INK_OK && beside) status = name_unused(ctx, &unused, *out);
    inki_list_free(&unused);
    INK_TRY(status);
    if ((*out)->labels && *labels)
        return inki_fail(ctx, INK_BAD_SETTING, "labels: %s already contains labels; leave the setting out", folder);
    if (*labels) snprintf(found->labels, sizeof found->labels, "%s", labels);
    return *found->labels ? read_labels(ctx, out, found->labels, folder, set, found) : INK_OK;
}

static ink_status append_file(ink_ctx *ctx, const char *path, const ink_settings *set, ink_data **all)
{
    struct findings found = {0};
    ink_data *more, *joined;
    INK_TRY(read_samples(ctx, path, set, &found, &more));
    if (!*all) {
        *all = more;
        return INK_OK;
    }
    ink_status status = more->labels ? inki_data_adopt_classes(ctx, more, *all) : INK_OK;
    if (status == INK_OK) status = inki_data_join(ctx, *all, more, &joined);
    ink_data_free(more);
    if (status != INK_OK) return status;
    ink_data_free(*all);
    *all = joined;
    return INK_OK;
}

static ink_status append_all(ink_ctx *ctx, const struct inki_list *files, const ink_settings *set, ink_data **all)
{
    for (size_t i = 0; i < files->count; i++) INK_TRY(append_file(ctx, files->entries[i].name, set, all));
    return INK_OK;
}

/* Each row of a file has the class of the file's name. */
static ink_status label_by_files(ink_ctx *ctx, const struct inki_list *files, const size_t *ends, ink_data *data)
{
    struct inki_label_list list = {.ctx = ctx, .where = data->source};
    struct inki_labels labels;
    char name[256];
    ink_status status = INK_OK;
    for (size_t i = 0, row = 0; i < files->count && status == INK_OK; i++) {
        inki_bundle_class(files->entries[i].name, name);
        for (; row < ends[i] && status == INK_OK; row++) status = inki_labels_add_word(&list, name, strlen(name));
    }
    if (status == INK_OK) status = inki_labels_give(&list, &labels);
    inki_labels_drop(&list);
    return status == INK_OK ? inki_data_set_labels(ctx, data, &labels, data->source, data->source) : status;
}

static ink_status open_class_files(ink_ctx *ctx, const struct inki_bundle *bundle, const ink_settings *set,
                                   ink_data **out)
{
    size_t *ends = inki_alloc(ctx, bundle->train.count, sizeof *ends);
    ink_status status = ends ? INK_OK : INK_NO_MEMORY;
    for (size_t i = 0; i < bundle->train.count && status == INK_OK; i++) {
        status = append_file(ctx, bundle->train.entries[i].name, set, out);
        if (status == INK_OK) ends[i] = (*out)->rows;
    }
    if (status == INK_OK) status = label_by_files(ctx, &bundle->train, ends, *out);
    inki_free(ends);
    return status;
}

static ink_status open_batches(ink_ctx *ctx, const struct inki_bundle *bundle, const ink_settings *set, ink_data **out)
{
    INK_TRY(append_all(ctx, &bundle->train, set, out));
    if (bundle->test.count) INK_TRY(append_all(ctx, &bundle->test, set, &(*out)->test));
    if (!*bundle->names || !(*out)->labels) return INK_OK;
    if ((*out)->test) INK_TRY(inki_data_adopt_classes(ctx, (*out)->test, *out));
    return inki_adjust_class_names(ctx, *out, bundle->names);
}

static ink_status open_arrays(ink_ctx *ctx, const struct inki_bundle *bundle, const ink_settings *set, ink_data **out)
{
    if (!*bundle->labels) return append_all(ctx, &bundle->train, set, out);
    INK_TRY(open_pair(ctx, bundle->train.entries[0].name, bundle->labels, set, out));
    if (!bundle->test.count || !*bundle->test_labels) return INK_OK;
    return open_pair(ctx, bundle->test.entries[0].name, bundle->test_labels, set, &(*out)->test);
}

/* A folder of files that are one set. */
static ink_status open_bundle(ink_ctx *ctx, const struct inki_bundle *bundle, const ink_settings *set,
                              struct findings *found, ink_data **out)
{
    static const char *const kinds[] = {
        [INKI_BATCHES] = "batches", [INKI_ARRAY_FILES] = "arrays", [INKI_CLASS_FILES] = "a file a class"};
    snprintf(found->decided, sizeof found->decided, "; %s", kinds[bundle->kind]);
    ink_status status = bundle->kind == INKI_BATCHES       ? open_batches(ctx, bundle, set, out)
                        : bundle->kind == INKI_ARRAY_FILES ? open_arrays(ctx, bundle, set, out)
                                                           : open_class_files(ctx, bundle, set, out);
    return status == INK_OK ? name_unused(ctx, &bundle->others, *out) : status;
}

static ink_status open_other(ink_ctx *ctx, const char *folder, const ink_settings *set, struct findings *found,
                             ink_data **out)
{
    struct inki_bundle bundle;
    ink_status status = inki_bundle_find(ctx, folder, &bundle);
    const bool is_bundle = bundle.kind;
    if (status == INK_OK && is_bundle) status = open_bundle(ctx, &bundle, set, found, out);
    inki_bundle_free(&bundle);
    return status != INK_OK || is_bundle ? status : open_images(ctx, folder, set, found, out);
}

/* The folder, or what is alone in it, as archives are unpacked. */
static ink_status open_folder(ink_ctx *ctx, const char *folder, const ink_settings *set, struct findings *found,
                              ink_data **out)
{
    enum { DEEPEST = 3 };
    struct inki_idx_files files;
    char at[INKI_PATH_ROOM], inner[INKI_PATH_ROOM];
    snprintf(at, sizeof at, "%s", folder);
    bool idx = inki_find_idx(at, &files);
    for (int depth = 0; !idx && depth < DEEPEST; depth++) {
        INK_TRY(inki_folder_inner(ctx, at, inner));
        if (!*inner) break;
        memcpy(at, inner, sizeof at);
        idx = inki_find_idx(at, &files);
    }
    if (!idx) return open_other(ctx, at, set, found, out);
    if (*inki_get_text(set, INKI_LABELS))
        return inki_fail(ctx, INK_BAD_SETTING, "labels: %s already contains labels; leave the setting out", folder);
    INK_TRY(open_pair(ctx, files.images, files.labels, set, out));
    return *files.test_images ? open_pair(ctx, files.test_images, files.test_labels, set, &(*out)->test) : INK_OK;
}

/* ------------------------------------------------------------------ whatever */

/* A set's table, and its test part as the setting test would read it. */
static ink_status open_tables(ink_ctx *ctx, const struct inki_found_set *named, const ink_settings *set,
                              struct findings *found, ink_data **out)
{
    found->header = named->header;
    INK_TRY(read_samples(ctx, named->train, set, found, out));
    if (!*named->test) return INK_OK;
    const struct inki_expected expected = {.features = (*out)->features,
                                           .columns = (*out)->columns,
                                           .target = inki_decided_target((*out)->decided),
                                           .id = inki_decided_id((*out)->decided),
                                           .where = (*out)->source};
    struct findings test = {.expected = &expected, .header = named->header};
    return read_samples(ctx, named->test, set, &test, &(*out)->test);
}

static ink_status open_named(ink_ctx *ctx, const struct inki_found_set *named, const ink_settings *set,
                             struct findings *found, ink_data **out)
{
    ink_settings *own;
    if (!*named->train) return open_folder(ctx, named->folder, set, found, out);
    INK_TRY(inki_named_settings(ctx, named, set, found->expected, &own));
    ink_status status = open_tables(ctx, named, own, found, out);
    ink_settings_free(own);
    return status;
}

/* On failure *out may hold data to free. */
static ink_status open_any(ink_ctx *ctx, const char *path, const ink_settings *set, struct findings *found,
                           ink_data **out)
{
    struct inki_found_set named;
    const char *data_path = inki_get_text(set, INKI_DATA_PATH);
    if (inki_find_set(path, data_path, &named)) return open_named(ctx, &named, set, found, out);
    switch (inki_path_kind(path)) {
    case INKI_PATH_FILE:
        return open_file(ctx, path, set, found, out);
    case INKI_PATH_FOLDER:
        return open_folder(ctx, path, set, found, out);
    case INKI_PATH_NONE:
        break;
    }
    return inki_set_missing(ctx, path, data_path);
}

static ink_status rename_source(ink_ctx *ctx, ink_data *data, const char *source)
{
    char *copy = inki_copy_text(ctx, source);
    if (!copy) return INK_NO_MEMORY;
    inki_free(data->source);
    data->source = copy;
    return INK_OK;
}

/* A test part has the features and classes of its training part. */
static ink_status fit_test(ink_ctx *ctx, const ink_data *data, const char *source)
{
    if (!data->test) return INK_OK;
    if (data->test->features != data->features) {
        return inki_fail(ctx, INK_BAD_DATA, "%s: the test part has %zu features, the training part %zu", source,
                         data->test->features, data->features);
    }
    INK_TRY(rename_source(ctx, data->test, source));
    return inki_data_adopt_classes(ctx, data->test, data);
}

/* " (28x28)" */
static void image_text(const ink_data *data, char text[80])
{
    *text = 0;
    if (data->height == 1) return;
    int length = snprintf(text, 80, " (%zux%zu", data->height, data->width);
    if (data->channels > 1) length += snprintf(text + length, 80 - (size_t)length, "x%zu", data->channels);
    snprintf(text + length, 80 - (size_t)length, ")");
}

/* `train.csv: rows 42000, 784 features (28x28), 10 classes, label column "label"; csv, header, comma` */
static void note_findings(ink_ctx *ctx, const ink_data *data, size_t all_rows, const struct findings *found)
{
    char of[40] = "", image[80], classes[40] = "no labels", test[40] = "";
    const char *labels = found->labels, *why = data->labels || data->targets ? "" : found->unlabelled;
    if (data->rows < all_rows) snprintf(of, sizeof of, " of %zu", all_rows);
    image_text(data, image);
    if (data->labels) snprintf(classes, sizeof classes, "%zu class%s", data->classes, data->classes == 1 ? "" : "es");
    if (data->targets) snprintf(classes, sizeof classes, "numbers to predict");
    if (data->test) snprintf(test, sizeof test, ", %zu test rows", data->test->rows);
    inki_note(ctx, "%s: rows %zu%s, %zu features%s, %s%s%s%s%s%s%s", data->source, data->rows, of, data->features,
              image, classes, *labels ? " from " : "", labels, *why ? ": " : "", why, test, found->decided);
}

/* Settings of tables and of archives that were set for data which is neither. */
static void note_without_effect(ink_ctx *ctx, const ink_data *data, const ink_settings *set,
                                const struct findings *found)
{
    static const struct {
        enum inki_setting id;
        bool of_tables;
    } of[] = {{INKI_LABEL_COLUMN, true}, {INKI_ID_COLUMN, true}, {INKI_DROP, true},    {INKI_HEADER, true},
              {INKI_SEPARATOR, true},    {INKI_DECIMAL, true},   {INKI_MISSING, true}, {INKI_ARRAYS, false}};
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        const ink_setting *row = ink_settings_row(of[i].id);
        if (of[i].of_tables ? found->table : found->archive) continue;
        const char *value = ink_settings_get(set, row->name);
        if (ink_settings_is_set(set, row->name) && strcmp(value, row->initial) != 0)
            inki_note(ctx, "%s has no effect: %s is %s", row->name, data->source,
                      of[i].of_tables ? "not a table" : "not an archive of named arrays");
    }
}

static ink_status load_data(ink_ctx *ctx, const char *path, const ink_settings *set,
                            const struct inki_expected *expected, ink_data **out)
{
    struct findings found = {.expected = expected};
    INK_TRY(open_any(ctx, path, set, &found, out));
    ink_data *data = *out;
    INK_TRY(rename_source(ctx, data, path));
    INK_TRY(fit_test(ctx, data, path));
    for (ink_data *part = data; expected && part; part = part->test)
        if (part->features == expected->features && (part->categories || expected->categories))
            INK_TRY(inki_data_adopt_words(ctx, part, expected->categories));
    INK_TRY(inki_adjust_shape(ctx, data, inki_get_text(set, INKI_SHAPE)));
    if (inki_get_bool(set, INKI_TRANSPOSE)) INK_TRY(inki_adjust_transpose(ctx, data));
    INK_TRY(inki_adjust_class_names(ctx, data, inki_get_text(set, INKI_CLASS_NAMES)));
    INK_TRY(inki_marked_apply(ctx, data, set));
    size_t limit = inki_get_int(set, INKI_LIMIT), all_rows = data->rows;
    if (limit && limit < all_rows) {
        data->rows = limit;
        data->whole = all_rows;
    }
    note_findings(ctx, data, all_rows, &found);
    if (!expected) INK_TRY(inki_leak_warn(ctx, data));
    note_without_effect(ctx, data, set, &found);
    return expected ? INK_OK : inki_adjust_check_task(ctx, data, set);
}

ink_status inki_data_load_for(ink_ctx *ctx, const char *path, const ink_settings *set,
                              const struct inki_expected *expected, ink_data **out)
{
    ink_data *data = NULL;
    ink_settings *defaults = NULL;
    *out = NULL;
    if (!set) INK_TRY(ink_settings_new(ctx, &defaults));
    ink_status status = load_data(ctx, path, set ? set : defaults, expected, &data);
    ink_settings_free(defaults);
    if (status != INK_OK) {
        ink_data_free(data);
        return status;
    }
    *out = data;
    return INK_OK;
}

ink_status ink_data_load(ink_ctx *ctx, const char *path, const ink_settings *set, ink_data **out)
{
    return inki_data_load_for(ctx, path, set, NULL, out);
}
