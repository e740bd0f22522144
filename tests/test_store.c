/* test_store: models as files: the same after loading, the rules of safetensors, damage and malice.
 * SPDX-License-Identifier: MIT
 *
 * Loading runs under a guard that refuses to give more than CEILING bytes, to the library as to the JSON parser: none
 * of the small files here justifies more, so a refusal fails the test. */
#include "net_help.h"

#include "base/xxh64.h"

#include <dirent.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { CEILING = 64 << 20, CLASSES = 4, FEATURES = 2, MOST_BYTES = 4096 };

/* ---- the guard ---- */

static struct guard {
    size_t live, blocks; /* through the context's hooks */
    size_t parsed;       /* all that JSON has asked for while one file was loaded */
    size_t refused;
} guard;

static bool refuses(size_t sum, size_t size)
{
    if (size <= CEILING && sum + size <= CEILING) return false;
    guard.refused++;
    return true;
}

static void *guarded_alloc(void *user, size_t size)
{
    (void)user;
    size_t *block = refuses(guard.live, size) ? NULL : malloc(size + 16);
    if (!block) return NULL;
    *block = size;
    guard.live += size;
    guard.blocks++;
    return block + 2;
}

static void guarded_release(void *user, void *block)
{
    (void)user;
    size_t *start = (size_t *)block - 2;
    guard.live -= *start;
    guard.blocks--;
    free(start);
}

static void *json_alloc(size_t size)
{
    if (refuses(guard.parsed, size)) return NULL;
    guard.parsed += size;
    return malloc(size);
}

static ink_ctx *guarded; /* the context that loads */

static int begin(void **state)
{
    const ink_allocator hooks = {sizeof hooks, guarded_alloc, guarded_release, NULL};
    guard = (struct guard){0};
    json_set_alloc_funcs(json_alloc, free);
    return help_begin(state) || ink_ctx_new(&hooks, &guarded) != INK_OK;
}

static int end(void **state)
{
    ink_ctx_free(guarded);
    assert_int_equal(help_end(state), 0);
    json_set_alloc_funcs(malloc, free);
    return guard.blocks != 0;
}

/* ---- a small model as a file ---- */

static char *const names[CLASSES] = {"ä", "漢字", "a \"quoted\\\" one", "😀"};

static ink_model *small_model(const struct fixture *f)
{
    static const float shift[FEATURES] = {0.5f, -1}, factor[FEATURES] = {2, 0.25f};
    ink_model *model = NULL;
    struct inki_model_plan plan = {.notation = "dense 3 tanh | dropout 0.25",
                                   .in = {1, FEATURES, 1, 0},
                                   .classes = CLASSES,
                                   .class_names = names,
                                   .scaling = "standard",
                                   .shift = shift,
                                   .factor = factor};
    net_ok(f, inki_model_begin(f->ctx, &plan, &model));
    net_ok(f, inki_model_init(f->ctx, model, f->set));
    net_ok(f, inki_model_set_metadata(f->ctx, model, "seed", "1"));
    return model;
}

struct file {
    uint8_t bytes[MOST_BYTES];
    size_t size, data; /* data: where the tensors begin */
};

static struct file small_file(const struct fixture *f)
{
    struct file file = {0};
    ink_model *model = small_model(f);
    const char *path = help_path(f, "small.safetensors");
    net_ok(f, ink_model_save(f->ctx, model, path));
    ink_model_free(model);
    uint8_t *bytes = help_read(path, &file.size);
    assert_true(file.size <= sizeof file.bytes);
    memcpy(file.bytes, bytes, file.size);
    file.data = 8 + (size_t)bytes[0] + 256 * (size_t)bytes[1];
    free(bytes);
    return file;
}

/* Loads these bytes as a file; nothing but the model may be left of it. */
static ink_status load_bytes(const struct fixture *f, const uint8_t *bytes, size_t size, ink_model **out)
{
    size_t blocks = guard.blocks;
    guard.parsed = 0;
    *out = (ink_model *)1;
    ink_status status = ink_model_load(guarded, help_write(f, "changed.safetensors", bytes, size), out);
    if (guard.refused) fail_msg("a file of %zu bytes asked for more than %d bytes of memory", size, CEILING);
    if (status == INK_OK) return status;
    assert_null(*out);
    assert_int_equal(guard.blocks, blocks);
    assert_true(strlen(ink_ctx_message(guarded)) > 0);
    return status;
}

static void must_be_bad(const struct fixture *f, const char *what, const uint8_t *bytes, size_t size, const char *words)
{
    ink_model *model;
    ink_status status = load_bytes(f, bytes, size, &model);
    if (status != INK_BAD_FILE)
        fail_msg("%s: %s: %s", what, ink_status_name(status), status == INK_OK ? "" : ink_ctx_message(guarded));
    if (!strstr(ink_ctx_message(guarded), words))
        fail_msg("%s: '%s' is not in: %s", what, words, ink_ctx_message(guarded));
}

static void predict_some(const struct fixture *f, const ink_model *model, float p[3 * CLASSES])
{
    static const float x[3 * FEATURES] = {0.1f, 2, -3, 0.7f, 100, -5};
    net_ok(f, ink_predict(f->ctx, model, 3, x, p));
}

/* ---- there and back ---- */

static void loading_gives_the_same_model(void **state)
{
    const struct fixture *f = *state;
    ink_model *model = small_model(f), *loaded = NULL;
    ink_model_info info = INK_INIT(ink_model_info), same = INK_INIT(ink_model_info);
    float p[3 * CLASSES], q[3 * CLASSES];
    const char *path = help_path(f, "a.safetensors"), *again = help_path(f, "b.safetensors");
    predict_some(f, model, p);
    net_ok(f, ink_model_save(f->ctx, model, path));
    net_ok(f, ink_model_load(f->ctx, path, &loaded));
    assert_int_equal(loaded->size, model->size);
    assert_memory_equal(loaded->w, model->w, model->size * sizeof *model->w);
    ink_model_describe(model, &info);
    ink_model_describe(loaded, &same);
    assert_true(info.hash == same.hash);
    assert_string_equal(same.notation, "dense 3 tanh | dropout 0.25");
    assert_string_equal(same.scaling, "standard");
    assert_int_equal(same.width, FEATURES);
    for (size_t i = 0; i < CLASSES; i++) assert_string_equal(ink_model_class(loaded, i), names[i]);
    assert_string_equal(ink_model_metadata(loaded, "seed"), "1");
    predict_some(f, loaded, q);
    assert_memory_equal(p, q, sizeof p);

    size_t size, size_again;
    net_ok(f, ink_model_save(f->ctx, loaded, again));
    uint8_t *bytes = help_read(path, &size), *bytes_again = help_read(again, &size_again);
    assert_int_equal(size, size_again);
    assert_memory_equal(bytes, bytes_again, size);
    free(bytes);
    free(bytes_again);
    ink_model_free(model);
    ink_model_free(loaded);
}

static void every_float_survives(void **state)
{
    static const float special[] = {-0.0f, 1e-45f, -FLT_MIN, FLT_MAX, 0x1.fffffep-1f, 3.14159274f};
    const struct fixture *f = *state;
    ink_model *model = NULL, *loaded = NULL;
    net_ok(f, ink_model_new(f->ctx, "dense 70 gelu | dense 37 relu", 130, 3, f->set, &model));
    for (size_t i = 0; i < COUNT(special); i++)
        model->w[model->nodes[0].offset + model->nodes[0].op->at(&model->nodes[0], 0, 11 * i)] = special[i];
    net_ok(f, ink_model_save(f->ctx, model, help_path(f, "a")));
    net_ok(f, ink_model_load(f->ctx, help_path(f, "a"), &loaded));
    assert_memory_equal(loaded->w, model->w, model->size * sizeof *model->w);
    ink_model_free(model);
    ink_model_free(loaded);
}

static void shapes_survive(void **state)
{
    const struct fixture *f = *state;
    ink_model *model = net_model(f, "", (struct inki_shape){4, 5, 3, 0}, 2, NULL, NULL), *loaded = NULL;
    ink_model_info info = INK_INIT(ink_model_info);
    net_ok(f, ink_model_save(f->ctx, model, help_path(f, "a")));
    net_ok(f, ink_model_load(f->ctx, help_path(f, "a"), &loaded));
    ink_model_describe(loaded, &info);
    assert_int_equal(info.channels, 3);
    assert_int_equal(info.height, 4);
    assert_int_equal(info.width, 5);
    assert_string_equal(info.notation, "");
    assert_string_equal(info.scaling, "none");
    ink_model_free(model);
    ink_model_free(loaded);
}

/* ---- the rules of safetensors ---- */

static size_t check_tensor(const struct file *file, const char *name, const json_t *tensor, size_t begins)
{
    size_t count = 1, i;
    const json_t *dim, *offsets = json_object_get(tensor, "data_offsets");
    assert_string_equal(json_string_value(json_object_get(tensor, "dtype")), "F32");
    json_array_foreach(json_object_get(tensor, "shape"), i, dim) count *= (size_t)json_integer_value(dim);
    assert_int_equal(json_integer_value(json_array_get(offsets, 0)), begins);
    size_t ends = (size_t)json_integer_value(json_array_get(offsets, 1));
    assert_int_equal(ends - begins, 4 * count);
    if (strcmp(name, "scale.factor") == 0)
        assert_memory_equal(file->bytes + file->data + begins, "\0\0\0\x40\0\0\x80\x3e", 8);
    return ends;
}

static void the_file_is_a_safetensors_file(void **state)
{
    static const char *const tensors[] = {"scale.shift", "scale.factor",  "dense1.weight",
                                          "dense1.bias", "dense2.weight", "dense2.bias"};
    static const char *const texts[] = {"classes", "format",      "inkling_version", "notation",
                                        "scaling", "input_shape", "weight_hash"};
    struct file file = small_file(*state);
    size_t end = 0;
    const char *key;
    json_t *text, *root = json_loadb((const char *)file.bytes + 8, file.data - 8, JSON_REJECT_DUPLICATES, NULL);
    for (size_t i = 2; i < 8; i++) assert_int_equal(file.bytes[i], 0);
    assert_int_equal(file.data % 8, 0);
    assert_true(json_is_object(root));
    assert_int_equal(file.bytes[8], '{');
    assert_int_equal(json_object_size(root), COUNT(tensors) + 1);
    for (size_t i = 0; i < COUNT(tensors); i++)
        end = check_tensor(&file, tensors[i], json_object_get(root, tensors[i]), end);
    assert_int_equal(file.data + end, file.size);
    const json_t *metadata = json_object_get(root, "__metadata__");
    json_object_foreach((json_t *)metadata, key, text) assert_true(json_is_string(text));
    for (size_t i = 0; i < COUNT(texts); i++) assert_true(json_is_string(json_object_get(metadata, texts[i])));
    json_decref(root);
}

/* ---- damage ---- */

static void a_file_cut_anywhere(void **state)
{
    const struct fixture *f = *state;
    struct file file = small_file(f);
    ink_model *model;
    for (size_t size = 0; size < file.size; size++) must_be_bad(f, "cut", file.bytes, size, "changed.safetensors: ");
    net_ok(f, load_bytes(f, file.bytes, file.size, &model));
    ink_model_free(model);
    for (size_t size = file.size + 1; size < file.size + 10; size++)
        must_be_bad(f, "lengthened", file.bytes, size, "added");
}

/* What is read from a damaged file is refused, or gives the same answers: metadata that matter to nobody may differ. */
static void a_file_with_any_byte_changed(void **state)
{
    static const uint8_t changes[] = {0x01, 0x02, 0x04, 0x10, 0x20, 0x80, 0xFF};
    const struct fixture *f = *state;
    struct file file = small_file(f);
    ink_model *model;
    float p[3 * CLASSES], q[3 * CLASSES];
    size_t other_format = 0;
    net_ok(f, load_bytes(f, file.bytes, file.size, &model));
    uint64_t hash = inki_model_hash(model);
    predict_some(f, model, p);
    ink_model_free(model);
    for (size_t i = 0; i < file.size; i++) {
        for (size_t c = 0; c < COUNT(changes); c++) {
            file.bytes[i] ^= changes[c];
            ink_status status = load_bytes(f, file.bytes, file.size, &model);
            if (status == INK_OK) {
                if (i < 8 || i >= file.data) fail_msg("byte %zu changed by %02x is not noticed", i, changes[c]);
                assert_true(inki_model_hash(model) == hash);
                predict_some(f, model, q);
                assert_memory_equal(p, q, sizeof p);
                ink_model_free(model);
            } else if (status == INK_UNSUPPORTED) {
                other_format++; /* the name of the format itself has changed */
            } else if (status != INK_BAD_FILE) {
                fail_msg("byte %zu changed by %02x: %s", i, changes[c], ink_status_name(status));
            }
            file.bytes[i] ^= changes[c];
        }
    }
    assert_true(other_format > 0 && other_format <= strlen("inkling-1") * COUNT(changes));
}

/* ---- malice ---- */

/* A file of this header and the small model's tensors. */
static size_t with_header(const struct file *file, const char *header, size_t length, uint8_t *out)
{
    assert_true(8 + length + file->size - file->data <= 4 * MOST_BYTES);
    for (size_t b = 0; b < 8; b++) out[b] = (uint8_t)(length >> 8 * b);
    memcpy(out + 8, header, length);
    memcpy(out + 8 + length, file->bytes + file->data, file->size - file->data);
    return 8 + length + file->size - file->data;
}

/* Sets what stands at "key" or "key/key" to a JSON text; NULL takes it away. */
static void change(json_t *root, const char *path, const char *text)
{
    char key[64] = "";
    const char *slash = strchr(path, '/');
    json_t *value = text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
    if (slash) memcpy(key, path, (size_t)(slash - path));
    json_t *object = slash ? json_object_get(root, key) : root;
    assert_true(json_is_object(object) && (!text || value));
    if (value)
        json_object_set_new(object, slash ? slash + 1 : path, value);
    else
        assert_int_equal(json_object_del(object, slash ? slash + 1 : path), 0);
}

static const struct {
    const char *path, *text, *words;
} hostile[] = {
    {"dense1.weight/data_offsets", "[-24, 0]", "dense1.weight"},
    {"dense1.weight/data_offsets", "[0, 24]", ""},
    {"dense1.weight/data_offsets", "[16, 44]", ""},
    {"dense1.weight/data_offsets", "[40, 16]", "dense1.weight"},
    {"dense1.weight/data_offsets", "[16, 9223372036854775807]", "dense1.weight"},
    {"dense1.weight/data_offsets", "[16]", "dense1.weight"},
    {"dense1.weight/data_offsets", "[16, 40, 40]", "dense1.weight"},
    {"dense1.weight/data_offsets", "[16.0, 40.0]", "dense1.weight"},
    {"dense1.weight/data_offsets", "\"16\"", "dense1.weight"},
    {"dense1.weight/data_offsets", NULL, "dense1.weight"},
    {"dense1.weight/dtype", "\"F64\"", "dense1.weight"},
    {"dense1.weight/dtype", "\"F16\"", "F32"},
    {"dense1.weight/dtype", "5", "dense1.weight"},
    {"dense1.weight/dtype", NULL, "dense1.weight"},
    {"dense1.weight/shape", "[2, 3]", "dense1.weight"},
    {"dense1.weight/shape", "[6]", "dense1.weight"},
    {"dense1.weight/shape", "[3, 2, 1]", "dense1.weight"},
    {"dense1.weight/shape", "[-3, -2]", "dense1.weight"},
    {"dense1.weight/shape", NULL, "dense1.weight"},
    {"dense1.weight", "5", "dense1.weight"},
    {"dense1.weight", NULL, ""},
    {"scale.shift", NULL, ""},
    {"__metadata__", NULL, ""},
    {"__metadata__", "[]", ""},
    {"__metadata__/notation", NULL, "notation"},
    {"__metadata__/notation", "7", "notation"},
    {"__metadata__/notation", "\"dense 999999999\"", "column 7"},
    {"__metadata__/notation", "\"dense 1000000 relu\"", "needs"},
    {"__metadata__/notation", "\"dense 1000000 relu | dense 1000000 relu\"", SIZE_MAX >> 31 > 1 ? "needs" : "fit"},
    {"__metadata__/notation", "\"dense 3 sin | dropout 0.25\"", "unknown activation"},
    {"__metadata__/notation", "\"dense 4 tanh\"", "needs"},
    {"__metadata__/notation", "\"dense 2 tanh\"", "dense1.weight"},
    {"__metadata__/notation", "\"dense 3 tanh | dense 3 tanh\"", ""},
    {"__metadata__/notation", "\"convolve 3 tanh\"", "column 1"},
    {"__metadata__/scaling", NULL, ""},
    {"__metadata__/weight_hash", "\"0123456789abcdef\"", "its weight_hash '0123456789abcdef'"},
    {"__metadata__/weight_hash", "\"\"", "its weight_hash ''"},
    {"__metadata__/weight_hash", "7", "its weight_hash 'no text'"},
    {"__metadata__/weight_hash", "null", "its weight_hash 'no text'"},
    {"__metadata__/input_shape", NULL, "input_shape"},
    {"__metadata__/input_shape", "\"[1048576,1048576,1048576]\"", "input_shape"},
    {"__metadata__/input_shape", "\"[1,1,1048576]\"", "input_shape"},
    {"__metadata__/input_shape", "\"[1024,1024,1024]\"", "input_shape"},
    {"__metadata__/input_shape", "\"[1,1,9223372036854775807]\"", "input_shape"},
    {"__metadata__/input_shape", "\"[1,1,99999999999999999999]\"", "input_shape"},
    {"__metadata__/input_shape", "\"[1,1,0]\"", "input_shape"},
    {"__metadata__/input_shape", "\"[1,-1,-2]\"", "input_shape"},
    {"__metadata__/input_shape", "\"[1,2]\"", "input_shape"},
    {"__metadata__/input_shape", "\"[1,1,2,1]\"", "input_shape"},
    {"__metadata__/input_shape", "\"[1.0,1.0,2.0]\"", "input_shape"},
    {"__metadata__/input_shape", "\"two\"", "input_shape"},
    {"__metadata__/input_shape", "[1,1,2]", "input_shape"},
    {"__metadata__/input_shape", "\"[1,1,3]\"", ""},
    {"__metadata__/classes", NULL, "classes"},
    {"__metadata__/classes", "\"[]\"", "classes"},
    {"__metadata__/classes", "\"[\\\"one\\\"]\"", "classes"},
    {"__metadata__/classes", "\"[1,2,3,4]\"", "classes"},
    {"__metadata__/classes", "\"[\\\"a\\\",\\\"b\\\",null,\\\"d\\\"]\"", "classes"},
    {"__metadata__/classes", "\"[\\\"a\\\",\\\"b\\\",\\\"c\\\"]\"", ""},
    {"__metadata__/classes", "\"{\\\"a\\\":1,\\\"b\\\":2}\"", "classes"},
    {"__metadata__/classes", "\"nonsense\"", "classes"},
};

static void hostile_headers(void **state)
{
    const struct fixture *f = *state;
    struct file file = small_file(f);
    uint8_t bytes[4 * MOST_BYTES];
    for (size_t i = 0; i < COUNT(hostile); i++) {
        char what[200];
        json_t *root = json_loadb((const char *)file.bytes + 8, file.data - 8, 0, NULL);
        change(root, hostile[i].path, hostile[i].text);
        char *header = json_dumps(root, JSON_COMPACT);
        snprintf(what, sizeof what, "%s = %s", hostile[i].path, hostile[i].text ? hostile[i].text : "(nothing)");
        size_t size = with_header(&file, header, strlen(header), bytes);
        must_be_bad(f, what, bytes, size, hostile[i].words);
        free(header);
        json_decref(root);
    }
}

/* In the header's text, `from` becomes `to`. */
static void hostile_texts(void **state)
{
    static const char *const cases[][3] = {
        {"[16,40]", "[16,18446744073709551616]", "not JSON"},
        {"[16,40]", "[16,1e400]", "not JSON"},
        {"[16,40]", "[16,40],\"data_offsets\":[16,40]", "duplicate"},
        {"\"dense1.bias\":", "\"dense1.weight\":", "duplicate"},
        {"\"scaling\":", "\"notation\":", "duplicate"},
        {"{\"__metadata__\"", "[\"__metadata__\"", "not JSON"},
        {"{\"__metadata__\"", "{\"__metadatum__\"", ""},
        {"\"[1,1,2]\"", "\"[1,1,99999999999999999999]\"", "input_shape"},
        {"\"[1,1,2]\"", "\"\\u0000\"", "not JSON"},
        {"inkling-1", "inkling-\xff", "not JSON"},
        {"\"standard\"", "standard", "not JSON"},
        {"tanh", "tanh\\n", ""},
    };
    const struct fixture *f = *state;
    struct file file = small_file(f);
    uint8_t bytes[4 * MOST_BYTES];
    for (size_t i = 0; i < COUNT(cases); i++) {
        char header[2 * MOST_BYTES], text[MOST_BYTES];
        snprintf(text, sizeof text, "%.*s", (int)(file.data - 8), file.bytes + 8);
        char *at = strstr(text, cases[i][0]);
        assert_non_null(at);
        snprintf(header, sizeof header, "%.*s%s%s", (int)(at - text), text, cases[i][1], at + strlen(cases[i][0]));
        must_be_bad(f, cases[i][1], bytes, with_header(&file, header, strlen(header), bytes), cases[i][2]);
    }
}

/* A header of brackets within brackets, of nothing, and lengths that the file does not have. */
static void hostile_lengths(void **state)
{
    static const uint64_t lengths[] = {
        0, 1, UINT64_MAX, UINT64_MAX - 7, (uint64_t)1 << 63, (uint64_t)1 << 32, 1u << 24, (1u << 24) + 1};
    enum { DEEP = 1000000 };
    const struct fixture *f = *state;
    struct file file = small_file(f);
    uint8_t *bytes = malloc(DEEP + 8);
    for (size_t i = 0; i < COUNT(lengths); i++) {
        memcpy(bytes, file.bytes, file.size);
        for (size_t b = 0; b < 8; b++) bytes[b] = (uint8_t)(lengths[i] >> 8 * b);
        must_be_bad(f, "length", bytes, file.size, "byte ");
    }
    for (size_t i = 0; i < 4; i++) {
        memset(bytes + 8, "[{ \""[i], DEEP);
        for (size_t b = 0; b < 8; b++) bytes[b] = (uint8_t)((uint64_t)DEEP >> 8 * b);
        must_be_bad(f, "deep", bytes, DEEP + 8, "not JSON");
    }
    for (size_t i = 8; i + 5 < DEEP; i += 5) memcpy(bytes + i, "{\"a\":", 5);
    must_be_bad(f, "deep objects", bytes, DEEP + 8, "not JSON");
    free(bytes);
}

/* The hash in the header set right for tensors that lie elsewhere: only the rule itself can refuse them. */
static void right_the_hash(const struct file *file, json_t *root)
{
    static const char *const order[] = {"scale.shift", "scale.factor",  "dense1.weight",
                                        "dense1.bias", "dense2.weight", "dense2.bias"};
    char text[20];
    struct inki_xxh64 hash;
    inki_xxh64_begin(0, &hash);
    for (size_t i = 0; i < COUNT(order); i++) {
        const json_t *pair = json_object_get(json_object_get(root, order[i]), "data_offsets");
        size_t from = (size_t)json_integer_value(json_array_get(pair, 0)),
               to = (size_t)json_integer_value(json_array_get(pair, 1));
        inki_xxh64_add(&hash, file->bytes + file->data + from, to - from);
    }
    snprintf(text, sizeof text, "%016" PRIx64, inki_xxh64_end(&hash));
    json_object_set_new(json_object_get(root, "__metadata__"), "weight_hash", json_string(text));
}

static void tensors_that_overlap(void **state)
{
    static const char *const cases[][2] = {{"scale.factor/data_offsets", "[0, 8]"},
                                           {"dense2.weight/data_offsets", "[0, 48]"},
                                           {"scale.shift/data_offsets", "[108, 116]"}};
    const struct fixture *f = *state;
    struct file file = small_file(f);
    uint8_t bytes[4 * MOST_BYTES];
    for (size_t i = 0; i < COUNT(cases); i++) {
        json_t *root = json_loadb((const char *)file.bytes + 8, file.data - 8, 0, NULL);
        change(root, cases[i][0], cases[i][1]);
        right_the_hash(&file, root);
        char *header = json_dumps(root, JSON_COMPACT);
        must_be_bad(f, cases[i][1], bytes, with_header(&file, header, strlen(header), bytes), "");
        free(header);
        json_decref(root);
    }
}

/* ---- other files, other places ---- */

static void what_is_no_model(void **state)
{
    static const uint8_t png[] = {0x89, 'P', 'N', 'G', 13, 10, 26, 10, 0, 0, 0, 13, 'I', 'H', 'D',
                                  'R',  0,   0,   0,   1,  0,  0,  0,  1, 8, 0, 0,  0,   0};
    static const char text[] = "a,b,c\n1,2,3\n", gzip[] = "\x1f\x8b\x08\0\0\0\0\0\0\3 not really gzip";
    static const char foreign[] =
        "\x38\0\0\0\0\0\0\0{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}  \0\0\0\0";
    const struct fixture *f = *state;
    ink_model *model = (ink_model *)1;
    must_be_bad(f, "empty", png, 0, "too short");
    must_be_bad(f, "png", png, sizeof png, "not a model file");
    must_be_bad(f, "text", (const uint8_t *)text, sizeof text - 1, "not a model file");
    must_be_bad(f, "gzip", (const uint8_t *)gzip, sizeof gzip - 1, "gzip");
    must_be_bad(f, "another program's", (const uint8_t *)foreign, sizeof foreign - 1, "not a model of Inkling's");
    assert_int_equal(ink_model_load(guarded, f->folder, &model), INK_BAD_FILE);
    assert_non_null(strstr(ink_ctx_message(guarded), "folder"));
    assert_int_equal(ink_model_load(guarded, help_path(f, "nowhere"), &model), INK_NOT_FOUND);
    assert_non_null(strstr(ink_ctx_message(guarded), "nowhere"));
    assert_null(model);
}

static size_t files_in(const char *folder)
{
    size_t count = 0;
    DIR *list = opendir(folder);
    assert_non_null(list);
    for (struct dirent *entry; (entry = readdir(list));) count += entry->d_name[0] != '.';
    closedir(list);
    return count;
}

/* A disk that is full after 100 bytes, as far as this process can see. */
static ink_status save_on_full_disk(ink_ctx *ctx, const ink_model *model, const char *path)
{
    struct rlimit old, small;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    small = old;
    small.rlim_cur = 100;
    setrlimit(RLIMIT_FSIZE, &small);
    ink_status status = ink_model_save(ctx, model, path);
    setrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, handler);
    return status;
}

static void a_failed_save_leaves_the_old_file(void **state)
{
    const struct fixture *f = *state;
    struct file file = small_file(f);
    const char *path = help_path(f, "small.safetensors");
    char below[300];
    ink_model *model = small_model(f);
    model->w[0] += 1;
    net_fails(f, save_on_full_disk(f->ctx, model, path), INK_IO, "small.safetensors|writing failed");
    snprintf(below, sizeof below, "%s/no/such/folder/m.safetensors", f->folder);
    net_fails(f, ink_model_save(f->ctx, model, below), INK_IO, "no/such/folder/m.safetensors|cannot be written");
    net_fails(f, ink_model_save(f->ctx, model, f->folder), INK_IO, "is a folder");
    size_t size;
    uint8_t *bytes = help_read(path, &size);
    assert_int_equal(size, file.size);
    assert_memory_equal(bytes, file.bytes, size);
    free(bytes);
    assert_int_equal(files_in(f->folder), 1);
    ink_model_free(model);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        CASE(loading_gives_the_same_model),
        CASE(every_float_survives),
        CASE(shapes_survive),
        CASE(the_file_is_a_safetensors_file),
        CASE(a_file_cut_anywhere),
        CASE(a_file_with_any_byte_changed),
        CASE(hostile_headers),
        CASE(hostile_texts),
        CASE(hostile_lengths),
        CASE(tensors_that_overlap),
        CASE(what_is_no_model),
        CASE(a_failed_save_leaves_the_old_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
