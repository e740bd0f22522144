/* test_forms: models out as ONNX, JSON and archives of arrays and back in; graphs of other programs; what is refused; damage.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include "base/little.h"
#include "base/mem.h"
#include "base/rng.h"
#include "out/onnx.h"
#include "train/start.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 40, FEATURES = 6, CLASSES = 3 };

#ifdef INKI_HAVE_ONNX
static const char *const forms[] = {"json", "npz", "onnx"};
#else
static const char *const forms[] = {"json", "npz"};
#endif

static const char *const networks[] = {
    "hidden=5,4; scale=standard; seed=3",
    ("net=dense 5 tanh | dropout 0.2 | dense 4 sigmoid | dense 4 gelu | dense 4 leaky_relu | dense 5 identity; "
     "scale=minmax"),
    "hidden=0; scale=none",
    "hidden=6; scale=255",
};

/* A model on these settings and rows, with weights and metadata of its own. */
static ink_model *make(struct fixture *f, const char *settings, const ink_data *data)
{
    ink_model *model;
    net_reset(f, settings);
    net_ok(f, inki_start_model(f->ctx, data, f->set, &model));
    net_ok(f, inki_model_set_metadata(f->ctx, model, "data", "a \"name\" of\nits own, é"));
    return model;
}

static const char *export_to(struct fixture *f, const ink_model *model, const char *form)
{
    char name[32];
    snprintf(name, sizeof name, "model.%s", form);
    const char *path = help_path(f, name);
    net_ok(f, ink_model_export(f->ctx, model, form, path));
    return path;
}

/* The saved files of both are the same, byte for byte. */
static void assert_same_file(struct fixture *f, const ink_model *a, const ink_model *b)
{
    size_t size[2];
    net_ok(f, ink_model_save(f->ctx, a, help_path(f, "a.safetensors")));
    net_ok(f, ink_model_save(f->ctx, b, help_path(f, "b.safetensors")));
    uint8_t *bytes[2] = {help_read(help_path(f, "a.safetensors"), &size[0]),
                         help_read(help_path(f, "b.safetensors"), &size[1])};
    assert_true(size[0] == size[1] && memcmp(bytes[0], bytes[1], size[0]) == 0);
    free(bytes[0]);
    free(bytes[1]);
}

static void and_back(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(networks) * COUNT(forms); i++) {
        const char *form = forms[i % COUNT(forms)];
        ink_data *data = net_data(f, 1, ROWS, FEATURES, CLASSES);
        ink_model *model = make(f, networks[i / COUNT(forms)], data), *again;
#ifndef INKI_HAVE_LIBZIP
        if (strcmp(form, "npz") == 0) continue;
#endif
        net_ok(f, ink_model_import(f->ctx, export_to(f, model, form), f->set, &again));
        assert_memory_equal(again->w, model->w, model->size * sizeof *model->w);
        assert_string_equal(again->notation, model->notation);
        assert_string_equal(again->scaling, model->scaling);
        if (strcmp(form, "npz") != 0) assert_same_file(f, model, again);
        ink_model_free(again);
        ink_model_free(model);
        ink_data_free(data);
    }
}

/* Class names and the image's shape. */
static void names_and_shapes(void **state)
{
    static const char *const classes[][CLASSES] = {
        {"cat", "dog, or \"so\"", "été"}, {"3", "-5", "12"}, {"0", "1", "2"}};
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(classes) * COUNT(forms); i++) {
        struct inki_model_plan plan = {.notation = "dense 4 relu",
                                       .in = {.height = 2, .width = 3, .channels = 1},
                                       .classes = CLASSES,
                                       .class_names = (char *const *)(uintptr_t)classes[i / COUNT(forms)]};
        ink_model *model, *again;
        ink_model_info info = INK_INIT(ink_model_info);
#ifndef INKI_HAVE_LIBZIP
        if (strcmp(forms[i % COUNT(forms)], "npz") == 0) continue;
#endif
        net_reset(f, "");
        net_ok(f, inki_model_begin(f->ctx, &plan, &model));
        net_ok(f, ink_model_import(f->ctx, export_to(f, model, forms[i % COUNT(forms)]), f->set, &again));
        ink_model_describe(again, &info);
        assert_true(info.height == 2 && info.width == 3 && info.channels == 1);
        for (size_t c = 0; c < CLASSES; c++)
            assert_string_equal(ink_model_class(again, c), classes[i / COUNT(forms)][c]);
        ink_model_free(again);
        ink_model_free(model);
    }
}

/* ----------------------------------------------------------------------- refused */

static void import_fails(struct fixture *f, const char *path, ink_status status, const char *words)
{
    ink_model *model = (ink_model *)f;
    net_fails(f, ink_model_import(f->ctx, path, f->set, &model), status, words);
    assert_null(model);
}

static void text_fails(struct fixture *f, const char *text, ink_status status, const char *words)
{
    import_fails(f, help_write(f, "x.json", text, strlen(text)), status, words);
}

#define HEAD "{\"format\": \"inkling-json-1\", \"layers\": ["
#define DENSE(w, b) "{\"kind\": \"dense\", \"weight\": " w ", \"bias\": " b "}"

static void json_refused(void **state)
{
    struct fixture *f = *state;
    net_reset(f, "");
    text_fails(f, "hello", INK_BAD_FILE, "can be imported");
    text_fails(f, "", INK_BAD_FILE, "can be imported");
    text_fails(f, "{\n \"a\": nope}", INK_BAD_FILE, "x.json:2:|not JSON");
    text_fails(f, "{}", INK_BAD_FILE, "no network");
    text_fails(f, "{\"format\": \"inkling-json-9\"}", INK_UNSUPPORTED, "newer");
    text_fails(f, HEAD "]}", INK_BAD_FILE, "no layer");
    text_fails(f, HEAD "{\"kind\": \"conv\"}]}", INK_UNSUPPORTED, "layer 1|'conv'");
    text_fails(f, HEAD DENSE("[[1,2],[3]]", "[0,0]") "]}", INK_BAD_FILE, "layer 1|different lengths");
    text_fails(f, HEAD DENSE("[[1,2],[3,null]]", "[0,0]") "]}", INK_BAD_FILE, "layer 1|not a number");
    text_fails(f, HEAD DENSE("[[1,2],[3,4]]", "[0]") "]}", INK_BAD_FILE, "layer 1|bias");
    text_fails(f, HEAD DENSE("[[],[]]", "[0,0]") "]}", INK_BAD_FILE, "layer 1|0 inputs");
    text_fails(f, HEAD DENSE("[[1e39,2],[3,4]]", "[0,0]") "]}", INK_BAD_FILE, "weights of layer 1|not a number");
    text_fails(f, HEAD DENSE("[[1,2]]", "[0]") "]}", INK_BAD_FILE, "two or more");
    text_fails(f, HEAD DENSE("[[1,2],[3,4]]", "[0,0]") "," DENSE("[[1,2,3],[3,4,5]]", "[0,0]") "]}", INK_BAD_FILE,
               "layer 2|3 inputs|2 outputs");
    text_fails(f, HEAD "{\"kind\": \"scale\", \"shift\": [0], \"factor\": [1]}," DENSE("[[1,2],[3,4]]", "[0,0]") "]}",
               INK_BAD_FILE, "factor|next layer");
    text_fails(f, HEAD DENSE("[[1,2],[3,4]]", "[0,0], \"activation\": \"relu\"") "]}", INK_BAD_FILE, "last layer|relu");
    text_fails(f, HEAD DENSE("[[1,2],[3,4]]", "[0,0], \"activation\": \"sine\"") "]}", INK_BAD_FILE, "'sine'");
    import_fails(f, help_path(f, "nothing"), INK_NOT_FOUND, "nothing");
}

/* What the metadata say counts only where it is true of the layers. */
static void json_notation_wrong(void **state)
{
    struct fixture *f = *state;
    ink_model *model;
    const char *text = HEAD DENSE("[[1,2],[3,4]]", "[0,0], \"activation\": \"tanh\"") "," DENSE(
        "[[1,2],[3,4]]",
        "[0,0]") "], \"metadata\": {\"notation\": \"dense 2 relu\", \"seed\": \"5\"}, \"classes\": [1, 2]}";
    net_reset(f, "");
    net_ok(f, ink_model_import(f->ctx, help_write(f, "x.json", text, strlen(text)), f->set, &model));
    assert_string_equal(model->notation, "dense 2 tanh");
    assert_string_equal(ink_model_metadata(model, "notation"), "dense 2 tanh");
    assert_string_equal(ink_model_metadata(model, "seed"), "5");
    assert_string_equal(ink_model_class(model, 1), "1");
    assert_non_null(strstr(f->note, "is rewritten"));
    ink_model_free(model);
}

/* ------------------------------------------------------------------------- arrays */

#ifdef INKI_HAVE_LIBZIP
static void bare_arrays(void **state)
{
    struct fixture *f = *state;
    float w1[6 * 4], w2[4 * 3], b1[4], b2[3];
    ink_model *model;
    net_values(1, 24, -1, 1, w1);
    net_values(2, 12, -1, 1, w2);
    net_values(3, 4, -1, 1, b1);
    net_values(4, 3, -1, 1, b2);
    struct net_array arrays[] = {
        {"W1", 2, {6, 4}, w1}, {"b1", 1, {4}, b1}, {"W2", 2, {4, 3}, w2}, {"b2", 2, {1, 3}, b2}};
    net_reset(f, "activation=tanh");
    net_ok(f, ink_model_import(f->ctx, net_npz(f, "w.npz", arrays, 4), f->set, &model));
    assert_string_equal(model->notation, "dense 4 tanh");
    const struct inki_node *dense = &model->nodes[0];
    assert_true(model->w[dense->op->at(dense, 0, 2 * 6 + 5)] == w1[5 * 4 + 2]);
    assert_true(model->w[dense->op->at(dense, 1, 3)] == b1[3]);
    ink_model_free(model);
    net_reset(f, "init-layout=out-in");
    import_fails(f, help_path(f, "w.npz"), INK_BAD_DATA, "W2|4x3|6 outputs");
    arrays[0].dims[0] = 4;
    arrays[0].dims[1] = 6;
    arrays[2].dims[0] = 3;
    arrays[2].dims[1] = 4;
    net_ok(f, ink_model_import(f->ctx, net_npz(f, "w.npz", arrays, 4), f->set, &model));
    assert_string_equal(model->notation, "dense 4 relu");
    dense = &model->nodes[0];
    assert_true(model->w[dense->op->at(dense, 0, 2 * 6 + 5)] == w1[2 * 6 + 5]);
    ink_model_free(model);
    net_reset(f, "");
    import_fails(f, net_npz(f, "b.npz", arrays + 1, 1), INK_BAD_DATA, "no matrix");
}
#endif

/* ------------------------------------------------------------------------ tensors */

/* Tensors as PyTorch saves them, "0.weight 3x4; 0.bias 3; …" in the order of the file, numbered 0, 1/8, 2/8, … through all of them. */
static const char *write_tensors(const struct fixture *f, const char *list)
{
    static uint8_t file[8192];
    char *header = (char *)file + 8;
    static float values[512];
    size_t used = 0, count = 0;
    for (const char *at = list; *at; at += strcspn(at, ";"), at += strspn(at, "; ")) {
        char name[64];
        size_t rows, columns = 0, before = count;
        assert_true(sscanf(at, "%63s %zux%zu", name, &rows, &columns) >= 2);
        count += rows * (columns ? columns : 1);
        assert_true(count <= COUNT(values));
        used +=
            (size_t)sprintf(header + used, "%s\"%s\":{\"dtype\":\"F32\",\"shape\":[%zu", used ? "," : "{", name, rows);
        if (columns) used += (size_t)sprintf(header + used, ",%zu", columns);
        used += (size_t)sprintf(header + used, "],\"data_offsets\":[%zu,%zu]}", 4 * before, 4 * count);
    }
    used += (size_t)sprintf(header + used, "}");
    memset(file, 0, 8);
    file[0] = (uint8_t)(used & 0xFF), file[1] = (uint8_t)(used >> 8);
    for (size_t i = 0; i < count; i++) values[i] = (float)i / 8;
    memcpy(header + used, values, 4 * count);
    inki_swap_little(header + used, count, 4);
    return help_write(f, "torch.safetensors", file, 8 + used + 4 * count);
}

static float weight_of(const ink_model *model, size_t layer, size_t o, size_t i)
{
    const struct inki_node *node = &model->nodes[layer];
    return model->w[node->offset + node->op->at(node, 0, o * node->inputs + i)];
}

/* The order is that of the numbers, and W is (out, in), unless the shapes say otherwise. */
static void tensors_of_pytorch(void **state)
{
    struct fixture *f = *state;
    ink_model *model;
    const char *path = write_tensors(f, "0.bias 3; 0.weight 3x4; 10.bias 2; 10.weight 2x3; 2.bias 3; 2.weight 3x3");
    net_reset(f, "");
    net_ok(f, ink_model_import(f->ctx, path, f->set, &model));
    assert_string_equal(model->notation, "dense 3 relu | dense 3 relu");
    assert_true(weight_of(model, 0, 1, 2) == (3 + 1 * 4 + 2) / 8.0f);
    assert_true(weight_of(model, 1, 1, 2) == (26 + 1 * 3 + 2) / 8.0f);
    assert_true(weight_of(model, 2, 1, 2) == (17 + 1 * 3 + 2) / 8.0f);
    ink_model_free(model);
    net_ok(f, ink_model_import(f->ctx, write_tensors(f, "Dense_0.kernel 4x3; Dense_1.kernel 3x2"), f->set, &model));
    assert_true(model->features == 4 && model->classes == 2);
    assert_true(weight_of(model, 0, 1, 2) == (2 * 3 + 1) / 8.0f);
    ink_model_free(model);
    help_set(f, "activation", "tanh");
    help_set(f, "init-layout", "in-out");
    net_ok(f, ink_model_import(f->ctx, write_tensors(f, "a1.weight 4x4; a2.weight 4x4"), f->set, &model));
    assert_string_equal(model->notation, "dense 4 tanh");
    assert_true(weight_of(model, 0, 1, 2) == (2 * 4 + 1) / 8.0f);
    ink_model_free(model);
}

static void tensors_refused(void **state)
{
    static const struct {
        const char *list;
        ink_status status;
        const char *words;
    } cases[] = {
        {"down.weight 4x4; out.weight 2x4; up.weight 4x4", INK_BAD_DATA, "'down.weight'|'up.weight'|no number|ONNX"},
        {"0.bias 3; 0.weight 3x4; 1.running_mean 3; 1.running_var 3; 2.weight 2x3", INK_UNSUPPORTED,
         "'1.running_mean'|ONNX"},
        {"conv.weight 3x4; fc.weight 2x3", INK_UNSUPPORTED, "'conv.weight'|not belong to a dense layer"},
        {"0.weight 3x4; 2.weight 2x5", INK_BAD_DATA, "'2.weight'|2x5|3 outputs|(outputs, inputs)"},
        {"0.bias 3", INK_BAD_DATA, "no matrix"},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(cases); i++)
        import_fails(f, write_tensors(f, cases[i].list), cases[i].status, cases[i].words);
}

/* -------------------------------------------------------------------- memory, damage */

struct task {
    const char *form, *path;
    ink_model *model;
};

static ink_status export_it(struct fixture *f, void *arg)
{
    struct task *task = arg;
    return ink_model_export(f->ctx, task->model, task->form, help_path(f, "o"));
}

static ink_status import_it(struct fixture *f, void *arg)
{
    struct task *task = arg;
    ink_model *model;
    ink_status status = ink_model_import(f->ctx, task->path, f->set, &model);
    ink_model_free(model);
    return status;
}

static void out_of_memory(void **state)
{
    struct fixture *f = *state;
    ink_data *data = net_data(f, 1, ROWS, FEATURES, CLASSES);
    for (size_t i = 0; i < COUNT(forms); i++) {
#ifndef INKI_HAVE_LIBZIP
        if (strcmp(forms[i], "npz") == 0) continue;
#endif
        ink_model *model = make(f, networks[1], data);
        struct task task = {forms[i], export_to(f, model, forms[i]), model};
        assert_true(help_sweep(f, export_it, &task) >= 3);
        assert_true(help_sweep(f, import_it, &task) >= 3);
        ink_model_free(model);
    }
    ink_data_free(data);
}

/* Cut anywhere, or with bytes changed: an error or a model, and under the sanitizers nothing else. */
static void damaged(void **state)
{
    struct fixture *f = *state;
    ink_data *data = net_data(f, 1, ROWS, FEATURES, CLASSES);
    size_t refused = 0;
    for (size_t i = 0; i < COUNT(forms); i++) {
        size_t size;
        ink_model *model = make(f, networks[0], data), *again;
        if (strcmp(forms[i], "npz") == 0) {
            ink_model_free(model);
            continue; /* test_damage has it */
        }
        uint8_t *bytes = help_read(export_to(f, model, forms[i]), &size);
        struct inki_rng rng = inki_rng_begin(7, INKI_RNG_TEST, (uint32_t)i, 0);
        for (size_t trial = 0; trial < 1500; trial++) {
            size_t length = trial % 2 ? size : (size_t)inki_rng_below(&rng, size), at[3];
            uint8_t before[3];
            for (size_t k = 0; k < 3; k++) {
                at[k] = (size_t)inki_rng_below(&rng, size);
                before[k] = bytes[at[k]];
                if (trial % 2) bytes[at[k]] = (uint8_t)inki_rng_below(&rng, 256);
            }
            if (ink_model_import(f->ctx, help_write(f, "d", bytes, length), f->set, &again) == INK_OK)
                ink_model_free(again);
            else
                refused++;
            for (size_t k = 3; k-- > 0;) bytes[at[k]] = before[k];
        }
        free(bytes);
        ink_model_free(model);
    }
    assert_true(refused > 1000);
    ink_data_free(data);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(and_back),      TEST(names_and_shapes), TEST(json_refused),       TEST(json_notation_wrong),
        TEST(out_of_memory), TEST(damaged),          TEST(tensors_of_pytorch), TEST(tensors_refused),
#ifdef INKI_HAVE_LIBZIP
        TEST(bare_arrays),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
