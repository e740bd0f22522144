/* store: a model from one .safetensors file.
 * SPDX-License-Identifier: MIT
 *
 * Eight bytes of header length (little-endian), the header in JSON (tensors' type, shape and place; texts under
 * __metadata__), padded with spaces to a multiple of eight, then the tensors without gaps. What a file says is checked
 * against what it is before anything is allocated for it, and the weights against their hash at the end. */
#include "base/file.h"
#include "base/little.h"
#include "base/mem.h"
#include "base/text.h"
#include "inkling-extra.h"
#include "model/unlike.h"
#include "model/spec.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_HEADER = 16 << 20 };

struct file {
    ink_ctx *ctx;
    const char *path;
    struct inki_bytes bytes;
    bool claimed; /* its hash may be another than its weights have */
    json_t *root;
    const uint8_t *data; /* behind the header */
    size_t size;         /* of data */
};

static ink_status bad_file(const struct file *file, const char *what)
{
    return inki_fail(file->ctx, INK_BAD_FILE, "%s: %s; train it again or get another copy", file->path, what);
}

static ink_status read_header(struct file *file)
{
    uint64_t length = 0;
    json_error_t error;
    if (file->bytes.size < 8) return bad_file(file, "byte 0: the file is too short for a model (.safetensors)");
    for (int b = 7; b >= 0; b--) length = length << 8 | file->bytes.data[b];
    if (length > MOST_HEADER) return bad_file(file, "byte 0: not a model file (.safetensors)");
    if (length > file->bytes.size - 8) return bad_file(file, "byte 8: the file is cut short within its header");
    file->root = json_loadb((const char *)file->bytes.data + 8, (size_t)length, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(file->root))
        return inki_fail(file->ctx, INK_BAD_FILE,
                         "%s: byte %d: the header is not JSON (%s): not a model file (.safetensors), or a damaged one",
                         file->path, 8 + error.position, error.text);
    file->data = file->bytes.data + 8 + length;
    file->size = file->bytes.size - 8 - (size_t)length;
    return INK_OK;
}

static bool read_offsets(const json_t *tensor, size_t size, size_t *begin, size_t *end)
{
    const json_t *pair = json_object_get(tensor, "data_offsets"), *from = json_array_get(pair, 0),
                 *to = json_array_get(pair, 1);
    if (json_array_size(pair) != 2 || !json_is_integer(from) || !json_is_integer(to)) return false;
    json_int_t a = json_integer_value(from), b = json_integer_value(to);
    if (a < 0 || b < a || (uint64_t)b > size) return false;
    *begin = (size_t)a;
    *end = (size_t)b;
    return true;
}

struct extent {
    size_t begin, end;
};

static int compare_extents(const void *a, const void *b)
{
    const struct extent *x = a, *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}

/* True if they cover [0, size), each byte once. Sorts them. */
static bool fill_exactly(struct extent *extents, size_t count, size_t size)
{
    size_t end = 0, i = 0;
    qsort(extents, count, sizeof *extents, compare_extents);
    for (; i < count && extents[i].begin == end; i++) end = extents[i].end;
    return i == count && end == size;
}

/* Every tensor lies within the file and together they fill it, without gap or overlap: a cut or lengthened file is seen
 * here. */
static ink_status check_extent(const struct file *file)
{
    const char *name;
    json_t *value;
    size_t count = 0;
    struct extent *extents = inki_alloc(file->ctx, json_object_size(file->root), sizeof *extents);
    ink_status status = extents ? INK_OK : INK_NO_MEMORY;
    json_object_foreach(file->root, name, value)
    {
        if (strcmp(name, "__metadata__") == 0) continue;
        if (status != INK_OK) break;
        if (!read_offsets(value, file->size, &extents[count].begin, &extents[count].end))
            status = inki_fail(file->ctx, INK_BAD_FILE,
                               "%s: tensor '%.60s' lies outside the file, which may be cut short; get another copy",
                               file->path, name);
        count++;
    }
    if (status == INK_OK && !fill_exactly(extents, count, file->size))
        status = bad_file(file, "the tensors do not fill the file: it was cut short or something was added");
    inki_free(extents);
    return status;
}

static const char *text_of(const struct file *file, const char *key)
{
    return json_string_value(json_object_get(json_object_get(file->root, "__metadata__"), key));
}

static ink_status read_shape(const struct file *file, struct inki_shape *out)
{
    size_t dims[3];
    const char *text = text_of(file, "input_shape");
    json_t *shape = text ? json_loads(text, 0, NULL) : NULL;
    bool good = json_array_size(shape) == 3;
    for (size_t i = 0; good && i < 3; i++) {
        json_int_t n = json_integer_value(json_array_get(shape, i));
        good = n >= 1 && n <= 1 << 20;
        dims[i] = (size_t)n;
    }
    json_decref(shape);
    if (!good || (uint64_t)dims[0] * dims[1] > ((size_t)1 << 30) / dims[2])
        return bad_file(file, "metadata 'input_shape' is missing or wrong");
    *out = (struct inki_shape){.channels = dims[0], .height = dims[1], .width = dims[2]};
    return INK_OK;
}

/* Files from before there was more than one loss do not name it. */
static ink_status read_loss(const struct file *file, const struct inki_loss **loss, struct inki_numbers *levels)
{
    const char *name = text_of(file, "loss");
    *loss = name ? inki_loss_named(name) : inki_loss_for(INKI_TARGET_CLASSES);
    if (*loss && (!name || inki_loss_levels(file->ctx, name, levels) == INK_OK)) return INK_OK;
    return inki_fail(file->ctx, INK_BAD_FILE, "%s: metadata 'loss' is '%s', unknown to this version", file->path, name);
}

/* The names of the classes or targets, which stay owned by *list. */
static ink_status read_names(const struct file *file, const char *key, size_t least, json_t **list, char ***names,
                             size_t *count)
{
    const char *text = text_of(file, key);
    *list = text ? json_loads(text, 0, NULL) : NULL;
    *count = json_array_size(*list);
    if (*count < least)
        return inki_fail(file->ctx, INK_BAD_FILE, "%s: metadata '%s' is missing or wrong", file->path, key);
    *names = inki_alloc(file->ctx, *count, sizeof **names);
    if (!*names) return INK_NO_MEMORY;
    for (size_t i = 0; i < *count; i++) {
        const char *name = json_string_value(json_array_get(*list, i));
        if (!name)
            return inki_fail(file->ctx, INK_BAD_FILE, "%s: metadata '%s' is not a list of texts", file->path, key);
        memcpy(&(*names)[i], &name, sizeof name);
    }
    return INK_OK;
}

static ink_status read_outputs(const struct file *file, struct inki_model_plan *plan, struct inki_numbers *levels,
                               json_t **list, char ***names)
{
    INK_TRY(read_loss(file, &plan->loss, levels));
    plan->levels = levels;
    bool classes = plan->loss->target == INKI_TARGET_CLASSES;
    ink_status status = read_names(file, classes ? "classes" : "targets", classes ? 2 : 1, list, names,
                                   classes ? &plan->classes : &plan->targets);
    plan->class_names = classes ? *names : NULL;
    plan->target_names = classes ? NULL : *names;
    return status;
}

static bool same_shape(const json_t *tensor, const struct inki_param *wanted)
{
    const json_t *shape = json_object_get(tensor, "shape");
    if (json_array_size(shape) != wanted->rank) return false;
    for (size_t i = 0; i < wanted->rank; i++)
        if (json_integer_value(json_array_get(shape, i)) != (json_int_t)wanted->dims[i]) return false;
    return true;
}

/* "F64 [784,100]"; what stands in the file is of any kind. */
static void describe_tensor(const json_t *tensor, char *text, size_t room)
{
    const char *type = json_string_value(json_object_get(tensor, "dtype"));
    char *shape = json_dumps(json_object_get(tensor, "shape"), JSON_COMPACT | JSON_ENCODE_ANY);
    snprintf(text, room, "%.20s %.100s", type ? type : "of no type", shape ? shape : "without a shape");
    inki_json_free(shape);
}

static ink_status bad_tensor(const struct file *file, const char *name, const json_t *tensor,
                             const struct inki_param *wanted)
{
    char found[128], shape[96] = "";
    describe_tensor(tensor, found, sizeof found);
    for (size_t i = 0, at = 0; i < wanted->rank; i++)
        at += (size_t)snprintf(shape + at, sizeof shape - at, "%s%zu", i ? "," : "", wanted->dims[i]);
    return inki_fail(file->ctx, INK_BAD_FILE, "%s: tensor '%s' is %s; expected F32 [%s]", file->path, name, found,
                     shape);
}

static ink_status read_tensor(const struct file *file, ink_model *model, const struct inki_node *layer, size_t t,
                              const struct inki_param *wanted)
{
    char name[64];
    size_t begin, end;
    snprintf(name, sizeof name, "%s.%s", layer->name, wanted->suffix);
    const json_t *tensor = json_object_get(file->root, name);
    const char *type = json_string_value(json_object_get(tensor, "dtype"));
    if (!tensor)
        return inki_fail(file->ctx, INK_BAD_FILE, "%s: tensor '%s' is missing; the notation needs it", file->path,
                         name);
    if (!type || strcmp(type, "F32") != 0 || !same_shape(tensor, wanted)) return bad_tensor(file, name, tensor, wanted);
    if (!read_offsets(tensor, file->size, &begin, &end) || end - begin != 4 * wanted->count)
        return inki_fail(file->ctx, INK_BAD_FILE, "%s: tensor '%s' has data_offsets that do not fit its shape",
                         file->path, name);
    for (size_t i = 0; i < wanted->count; i++)
        model->w[layer->offset + layer->op->at(layer, t, i)] = inki_float_at(file->data + begin + 4 * i);
    return INK_OK;
}

static ink_status read_tensors(const struct file *file, ink_model *model)
{
    struct inki_param wanted;
    for (size_t l = 0; l < model->node_count; l++) {
        const struct inki_node *layer = &model->nodes[l];
        for (size_t t = 0; inki_param(layer, t, &wanted); t++) INK_TRY(read_tensor(file, model, layer, t, &wanted));
    }
    return INK_OK;
}

/* Who writes a model need not give a hash; one that is there must be right. */
static ink_status check_hash(const struct file *file, const ink_model *model)
{
    char hash[20];
    const json_t *given = json_object_get(json_object_get(file->root, "__metadata__"), "weight_hash");
    const char *text = json_string_value(given);
    snprintf(hash, sizeof hash, "%016" PRIx64, inki_model_hash(model));
    if (!given || file->claimed || (text && strcmp(text, hash) == 0)) return INK_OK;
    return inki_fail(file->ctx, INK_BAD_FILE,
                     "%s: the XXH64 of its weights is %s, its weight_hash '%.40s': the file is damaged, or was changed "
                     "without its hash; get another copy, or leave weight_hash out",
                     file->path, hash, text ? text : "no text");
}

/* Whoever trains never writes others: no answer would come of them. */
static ink_status check_values(const struct file *file, const ink_model *model)
{
    struct inki_param tensor;
    for (size_t l = 0; l < model->node_count; l++) {
        const struct inki_node *layer = &model->nodes[l];
        for (size_t t = 0; inki_param(layer, t, &tensor); t++)
            for (size_t i = 0; i < tensor.count; i++) {
                float value = model->w[layer->offset + layer->op->at(layer, t, i)];
                const char *expected = inki_param_expects(&tensor, (double)value);
                if (expected)
                    return inki_fail(file->ctx, INK_BAD_FILE,
                                     "%s: tensor '%s.%s': value %zu (from 0) is %g; expected %s", file->path,
                                     layer->name, tensor.suffix, i, (double)value, expected);
            }
    }
    return INK_OK;
}

/* ---- what tells rows unlike all others ---- */

static ink_status bad_unlike(const struct file *file, const char *what)
{
    return inki_fail(file->ctx, INK_BAD_FILE,
                     "%s: %s: the file is damaged; train it again, get another copy, or take metadata '%s' and the "
                     "tensors known.* out",
                     file->path, what, INKI_UNLIKE_KEY);
}

/* Entries of the tables, 0: they have none that can be. */
static size_t levels_in(const struct file *file)
{
    const json_t *shape = json_object_get(json_object_get(file->root, "known.tables"), "shape");
    const json_int_t levels = json_integer_value(json_array_get(shape, 1));
    return levels >= 2 && levels <= INKI_UNLIKE_LEVELS ? (size_t)levels : 0;
}

static ink_status read_unlike_tensor(const struct file *file, const struct inki_unlike_tensor *tensor)
{
    const json_t *found = json_object_get(file->root, tensor->name);
    const struct inki_param wanted = {
        .rank = tensor->rank, .dims = {tensor->dims[0], tensor->dims[1]}, .count = tensor->count};
    const char *type = json_string_value(json_object_get(found, "dtype"));
    size_t begin, end;
    if (!found) return inki_fail(file->ctx, INK_BAD_FILE, "%s: tensor '%s' is missing", file->path, tensor->name);
    if (!type || strcmp(type, "F32") != 0 || !same_shape(found, &wanted))
        return bad_tensor(file, tensor->name, found, &wanted);
    if (!read_offsets(found, file->size, &begin, &end) || end - begin != 4 * tensor->count)
        return inki_fail(file->ctx, INK_BAD_FILE, "%s: tensor '%s' has data_offsets that do not fit its shape",
                         file->path, tensor->name);
    for (size_t i = 0; i < tensor->count; i++) tensor->values[i] = inki_float_at(file->data + begin + 4 * i);
    return INK_OK;
}

/* The rows that the metadata speak of and their hash, which the tensors must have. */
static ink_status check_unlike(const struct file *file, struct inki_unlike *unlike, const json_t *said)
{
    char text[INKI_UNLIKE_TEXT];
    const json_int_t rows = json_integer_value(json_object_get(said, "rows"));
    if (rows < 1) return bad_unlike(file, "metadata 'known' does not say of how many rows");
    unlike->rows = (size_t)rows;
    inki_unlike_text(unlike, text);
    if (strcmp(text, text_of(file, INKI_UNLIKE_KEY)) != 0)
        return bad_unlike(file, "the tensors known.* are not those of the hash in metadata 'known'");
    return inki_unlike_flaw(unlike) ? bad_unlike(file, inki_unlike_flaw(unlike)) : INK_OK;
}

static ink_status fill_unlike(const struct file *file, struct inki_unlike *unlike)
{
    struct inki_unlike_tensor tensor;
    for (size_t i = 0; inki_unlike_tensor(unlike, i, &tensor); i++) INK_TRY(read_unlike_tensor(file, &tensor));
    json_t *said = json_loads(text_of(file, INKI_UNLIKE_KEY), 0, NULL);
    ink_status status = check_unlike(file, unlike, said);
    json_decref(said);
    return status;
}

/* Larger than its tensors the file is at least, so that nothing is allocated that it does not justify. */
static ink_status read_unlike(const struct file *file, ink_model *model)
{
    const size_t levels = levels_in(file);
    size_t begin, end;
    if (!text_of(file, INKI_UNLIKE_KEY)) return INK_OK;
    if (inki_unlike_refuses(model)) return bad_unlike(file, "metadata 'known' is of a model that cannot have it");
    if (!levels || !read_offsets(json_object_get(file->root, "known.means"), file->size, &begin, &end) ||
        (end - begin) / 4 / model->classes != inki_shape_size(&model->nodes[model->node_count - 1].in))
        return bad_unlike(file, "its tensors known.means and known.tables are missing or of another shape");
    INK_TRY(inki_unlike_new(file->ctx, model, levels, &model->unlike));
    return fill_unlike(file, model->unlike);
}

static ink_status keep_metadata(const struct file *file, ink_model *model)
{
    if (json_object_update(model->metadata, json_object_get(file->root, "__metadata__")) != 0)
        return inki_fail(file->ctx, INK_NO_MEMORY, "out of memory");
    json_object_del(model->metadata, INKI_UNLIKE_KEY); /* written anew with its tensors */
    return INK_OK;
}

/* An image may have more values than the few weights that look at it. */
enum { MOST_PIXELS = 1 << 22 };

/* What is said of a network, as said of the file that describes it. */
static ink_status place_failure(const struct file *file, ink_status status)
{
    char why[512];
    if (status != INK_BAD_SETTING && status != INK_BAD_DATA) return status;
    snprintf(why, sizeof why, "%s", ink_ctx_message(file->ctx));
    return inki_fail(file->ctx, INK_BAD_FILE, "%s: %s", file->path, why);
}

static ink_status make_model(const struct file *file, struct inki_model_plan *plan, ink_model **out)
{
    float *zeros = NULL;
    ink_model *model = NULL;
    size_t features = plan->in.channels * plan->in.height * plan->in.width;
    plan->notation = text_of(file, "notation");
    plan->scaling = text_of(file, "scaling");
    plan->most_values = file->size / 4 ? file->size / 4 : 1;
    bool scaled = !plan->encoding && json_object_get(file->root, "scale.shift") != NULL;
    if (features > (scaled || plan->most_values > MOST_PIXELS ? plan->most_values : MOST_PIXELS))
        return bad_file(file, "metadata 'input_shape' is larger than the file");
    if (scaled) plan->shift = plan->factor = zeros = inki_zalloc(file->ctx, features, sizeof *zeros);
    ink_status status = scaled && !zeros ? INK_NO_MEMORY : inki_model_begin(file->ctx, plan, &model);
    inki_free(zeros);
    if (status != INK_OK) return place_failure(file, status);
    if (status == INK_OK) status = read_tensors(file, model);
    if (status == INK_OK) status = check_hash(file, model);
    if (status == INK_OK) status = check_values(file, model);
    if (status == INK_OK)
        status = inki_model_read_scales(file->ctx, model, file->path, text_of(file, INKI_TARGET_SCALE_KEY));
    if (status == INK_OK) status = inki_model_read_threshold(file->ctx, model, file->path, text_of(file, "threshold"));
    if (status == INK_OK) status = inki_encode_check(file->ctx, file->path, model);
    if (status == INK_OK) status = read_unlike(file, model);
    if (status == INK_OK) status = keep_metadata(file, model);
    if (status == INK_OK)
        *out = model;
    else
        ink_model_free(model);
    return status;
}

/* Tables whose columns are encoded say how. */
static ink_status make_encoded(const struct file *file, struct inki_model_plan *plan, ink_model **out)
{
    struct inki_encoding encoding;
    const char *text = text_of(file, "encoding");
    if (!text) return make_model(file, plan, out);
    ink_status status =
        inki_encoding_read(file->ctx, text, plan->in.channels * plan->in.height * plan->in.width, &encoding);
    if (status != INK_OK) return place_failure(file, status);
    plan->encoding = &encoding;
    status = make_model(file, plan, out);
    plan->encoding = NULL;
    inki_encoding_end(&encoding);
    return status;
}

static ink_status load(struct file *file, ink_model **out)
{
    struct inki_model_plan plan = {0};
    struct inki_numbers levels = {0};
    json_t *list = NULL;
    char **names = NULL;
    INK_TRY(read_header(file));
    INK_TRY(check_extent(file));
    if (!text_of(file, "notation") || !text_of(file, "scaling"))
        return inki_fail(
            file->ctx, INK_BAD_FILE,
            "%s: has no notation: it is not a model of Inkling's; inkling import takes PyTorch's linear layers",
            file->path);
    if (text_of(file, "format") && strcmp(text_of(file, "format"), "inkling-1") != 0)
        return inki_fail(file->ctx, INK_UNSUPPORTED,
                         "%s: is of format '%.40s', written by a newer Inkling; expected inkling-1", file->path,
                         text_of(file, "format"));
    INK_TRY(read_shape(file, &plan.in));
    ink_status status = read_outputs(file, &plan, &levels, &list, &names);
    if (status == INK_OK) status = make_encoded(file, &plan, out);
    inki_free(names);
    json_decref(list);
    return status;
}

static ink_status from_bytes(ink_ctx *ctx, const char *name, const struct inki_bytes *bytes, bool claimed,
                             ink_model **out)
{
    struct file file = {.ctx = ctx, .path = name, .bytes = *bytes, .claimed = claimed};
    *out = NULL;
    ink_status status = load(&file, out);
    json_decref(file.root);
    return status;
}

ink_status inki_model_from_bytes(ink_ctx *ctx, const char *name, const struct inki_bytes *bytes, ink_model **out)
{
    return from_bytes(ctx, name, bytes, false, out);
}

ink_status ink_model_read(ink_ctx *ctx, const void *bytes, size_t size, const char *name, ink_model **out)
{
    const struct inki_bytes content = {.data = (uint8_t *)(uintptr_t)bytes, .size = size}; /* only read */
    return inki_model_from_bytes(ctx, name, &content, out);
}

static ink_status load_file(ink_ctx *ctx, const char *path, bool claimed, ink_model **out)
{
    struct inki_bytes bytes;
    *out = NULL;
    INK_TRY(inki_bytes_read(ctx, path, &bytes));
    ink_status status = from_bytes(ctx, path, &bytes, claimed, out);
    inki_bytes_free(ctx, &bytes);
    return status;
}

ink_status ink_model_load(ink_ctx *ctx, const char *path, ink_model **out) { return load_file(ctx, path, false, out); }

ink_status ink_model_load_claimed(ink_ctx *ctx, const char *path, ink_model **out)
{
    return load_file(ctx, path, true, out);
}
