/* test_onnx_refused: what cannot be taken over from an ONNX graph is refused by name, and so are files that say more than they have.
 * SPDX-License-Identifier: MIT */
#include "graph_help.h"

#ifdef INKI_HAVE_ONNX

#include "out/import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What cannot be taken over, and what is said. */
static const struct {
    const char *lines;
    ink_status status;
    const char *words;
} refusals[] = {
    {"Conv x w1 > k; Softmax k > p", INK_UNSUPPORTED, "g.onnx|node 'k' (Conv)|no image"},
    {"Gemm x w1 b1 > a; Softplus a > s; Gemm s w2 b2 > l", INK_UNSUPPORTED, "'s' (Softplus)|is not known"},
    {"Gemm x w1 b1 > a; LeakyRelu a alpha=0.2 > s; Gemm s w2 b2 > l", INK_UNSUPPORTED,
     "(LeakyRelu)|slope|one of these"},
    {"Gemm x w1 b1 > a; Relu a > s; Relu s > t; Gemm t w2 b2 > l", INK_UNSUPPORTED,
     "'t' (Relu)|one activation already|behind each layer"},
    {"Relu x > t; Gemm t w1 b1 > l", INK_UNSUPPORTED, "(Relu)|no layer in front"},
    {"Gemm w1 x b1 > a", INK_UNSUPPORTED, "other way round"},
    {"Gemm x w1 b1 transA=1 > a", INK_UNSUPPORTED, "other way round"},
    {"MatMul x x > a", INK_UNSUPPORTED, "(MatMul)|two values"},
    {"Gemm x w1 b1 > a; Div b1 a > m; Gemm m w2 b2 > l", INK_UNSUPPORTED, "(Div)|divides a constant"},
    {"Gemm x w1 b2 > a; Gemm a w2 b2 > l", INK_UNSUPPORTED, "(Gemm)|each column"},
    {"Gemm x w1 b1 > a; Add a x > s; Gemm s w2 b2 > l", INK_UNSUPPORTED, "(Add)|two values"},
    {"Sub x b1 > s; Gemm s w1 b1 > a", INK_UNSUPPORTED, "(Sub)|each column"},
    {"Mul x zero > s; Sub s one > t; Gemm t w1 b1 > a", INK_UNSUPPORTED, "multiplied by 0"},
    {"Gemm x w1 b1 > a; Softmax a axis=0 > l", INK_UNSUPPORTED, "(Softmax)|classes"},
    {"Softmax x > l", INK_UNSUPPORTED, "(Softmax)|in front"},
    {"Transpose x > t; Gemm t w1 b1 > a", INK_UNSUPPORTED, "(Transpose)"},
    {"Gemm x w2 b2 > a", INK_BAD_FILE, "first layer takes 3|has 4"},
    {"Gemm x w1 b1 > a; Gemm a w1 b1 > l", INK_BAD_FILE, "layer 2 takes 4|gives 3"},
    {"Gemm x w1 b1 > a; Relu a > s", INK_BAD_FILE, "last layer|relu"},
    {"Identity x > z", INK_BAD_FILE, "no layer"},
    {"Identity y > z", INK_UNSUPPORTED, "'z' does not depend on the rows"},
    {"Gemm x w1 b1 > a; out b1", INK_UNSUPPORTED, "'b1' does not depend on the rows"},
    {"Identity x > x", INK_BAD_FILE, "'x' is made twice"},
    {"Identity z > y; Identity y > z", INK_UNSUPPORTED, "'y' (Identity)|circle"},
    {"Gemm x b1 > a", INK_UNSUPPORTED, "not a matrix"},
    {"Gemm x w3 b1 > a", INK_UNSUPPORTED, "(Gemm)|two values"},
    /* behind the network */
    {"Gemm x w1 > a; Softmax a > p; Softmax p > q", INK_UNSUPPORTED, "'q' (Softmax)|behind a softmax|extract_model"},
    {"Gemm x w1 > a; Softmax a > p; Gemm p w2 > q", INK_UNSUPPORTED, "'q' (Gemm)|behind a softmax|at their end alone"},
    {"Gemm x w1 > a; Softmax a > p; Mul p half > q", INK_UNSUPPORTED, "'q' (Mul)|changes the answers|extract_model"},
    {"Gemm x w1 > a; Relu a > r; Gemm r w2 > l; Softmax l > p; Gather p only axis=1 > q", INK_UNSUPPORTED,
     "'q' (Gather)|all classes|extract_model"},
    {"Gemm x w1 > a; Gather a turned axis=1 > q", INK_UNSUPPORTED, "'q' (Gather)|all classes|extract_model"},
    {"Gather x turned axis=1 > g; Gemm g w2 > q", INK_UNSUPPORTED, "'g' (Gather)|parts of a value"},
    {"Gemm x w1 > a; ArgMax a axis=0 > q", INK_UNSUPPORTED, "'q' (ArgMax)|classes"},
    {"Gemm x w1 > a; ArgMax a axis=1 select_last_index=1 > q", INK_UNSUPPORTED, "(ArgMax)|last of equal|extract_model"},
    {"ArgMax x axis=1 > q", INK_UNSUPPORTED, "(ArgMax)|last layer|extract_model"},
    {"Gemm x w1 > a; ArgMax a axis=1 > q; ml:ArrayFeatureExtractor labels q > l", INK_UNSUPPORTED, "2 labels for 3"},
    {"Gemm x w1 > a; Relu a > r; Mul r half > q", INK_UNSUPPORTED, "'q' (Mul)|changes the answers|extract_model"},
    {"Gemm x w1 > a; Clip a zero six > q", INK_UNSUPPORTED, "'q' (Clip)|changes the answers"},
    {"Gemm x w1 b1 > a; Relu a > r; MatMul r c > z; Sigmoid z > p; Greater p six > q", INK_UNSUPPORTED,
     "(Greater)|0.5"},
    {"Gemm x w1 > a; Sub one a > b; Concat b a axis=1 > q", INK_UNSUPPORTED, "'q' (Concat)|single output"},
    /* numbers that lose something */
    {"Cast x to=7 > i; Cast i to=1 > j; Gemm j w1 > a", INK_UNSUPPORTED, "'i' (Cast)|drops the decimals"},
    {"Gemm x w1 > a; Cast a to=6 > b; Cast b to=1 > d; Gemm d w2 > e", INK_UNSUPPORTED,
     "'b' (Cast)|drops the decimals"},
    {"Mul six six > m; Mul m six > n; Mul n six > o; Cast o to=3 > i; Cast i to=1 > j; Mul x j > y; Gemm y w1 > a",
     INK_UNSUPPORTED, "'i' (Cast)|cannot hold it"},
    {"Neg one > m; Cast m to=2 > i; Cast i to=1 > j; Mul x j > y; Gemm y w1 > a", INK_UNSUPPORTED,
     "'i' (Cast)|cannot hold it"},
    {"Gemm x w1 > a; LogSoftmax a > p; Log p > q", INK_UNSUPPORTED, "'q' (Log)|behind a softmax"},
    {"Gemm x w1 > a; LogSoftmax a > p; Clip p zero one > q", INK_UNSUPPORTED, "'q' (Clip)"},
    {"Add x mean axis=0 > s; Gemm s w1 > a", INK_UNSUPPORTED, "'s' (Add)|opset before 7"},
    {"Cast x to=9 > i; Gemm i w1 > a", INK_UNSUPPORTED, "'i' (Cast)"},
    {"Gemm x w1 > a; Cast a to=10 > h; Cast h to=1 > f; Gemm f w2 > l", INK_UNSUPPORTED,
     "'f' (Cast)|to 16 bits and back"},
    {"Cast x to=16 > h; Cast h to=11 > f; Gemm f w1 > a; Gemm a w2 > l", INK_UNSUPPORTED,
     "'f' (Cast)|to 16 bits and back"},
    {"Gemm x w1 > a; Clip a half > q; Gemm q w2 > l", INK_UNSUPPORTED, "'q' (Clip)|bounds"},
    {"Gemm x w1 > a; PRelu a b1 > q; Gemm q w2 > l", INK_UNSUPPORTED, "'q' (PRelu)|slope"},
    {"Gemm x w1 > a; Max a half > q; Gemm q w2 > l", INK_UNSUPPORTED, "'q' (Max)|another number than 0"},
    {"Gemm x w1 > a; BatchNormalization a gain b1 gain var training_mode=1 > q; Gemm q w2 > l", INK_UNSUPPORTED,
     "'q' (BatchNormalization)|model.eval"},
    {"Gemm x w1 > a; BatchNormalization a b2 b1 gain var > q; Gemm q w2 > l", INK_UNSUPPORTED,
     "'q' (BatchNormalization)|each channel"},
    {"Gemm x w1 > a; Dropout a half one > q; Gemm q w2 > l", INK_UNSUPPORTED, "'q' (Dropout)|training"},
    {"Gemm x w1 > a; Softplus w2 > k; Gemm a k > l", INK_UNSUPPORTED, "'k' (Softplus)|constant"},
    {"Reshape w1 b1 > k; Gemm x k > l", INK_UNSUPPORTED, "'k' (Reshape)|shape"},
    {"Reshape x one > k; Gemm k w1 > l", INK_UNSUPPORTED, "'k' (Reshape)|rows apart"},
    {"Gemm x w1 > a; Unsqueeze a axes=0, > u; Gemm u w2 > l", INK_UNSUPPORTED, "'u' (Unsqueeze)|rows apart"},
    {"Gemm x w1 > a; Squeeze a axes=-2, > u; Gemm u w2 > l", INK_UNSUPPORTED, "'u' (Squeeze)|rows apart"},
    {"Gemm x w1 > a; Unsqueeze a axes=2, > u; Softmax u axis=-1 > l", INK_UNSUPPORTED,
     "'l' (Softmax)|part of the outputs"},
    {"Gemm x w1 > a; Unsqueeze a axes=1, > u; Softmax u axis=1 > l", INK_UNSUPPORTED, "'l' (Softmax)|last dimension"},
    {"Gemm x w1 > a; Gemm a c > l", INK_UNSUPPORTED, "'l' (Gemm)|put a Sigmoid behind it"},
    {"Shape x start=1 > k; Reshape x k > q; Gemm q w1 > l", INK_UNSUPPORTED, "'k' (Shape)|part"},
    /* several outputs */
    {"Gemm x w1 > a; Relu a > r; Gemm r w2 > l; Gemm r w2 b2 > m; out l m", INK_UNSUPPORTED,
     "'l' and 'm'|different networks"},
    {"Gemm x w1 > a; Relu a > r; Gemm r w2 > l; Tanh l > m; Gemm x w2 > n; out m l", INK_BAD_FILE, "last layer|tanh"},
    {"Gemm x w1 > a; Relu a > r; Gemm r w2 > l; ArgMax r axis=1 > m; out l m", INK_UNSUPPORTED,
     "'l' and 'm'|different networks"},
    {"Gemm x w1 > a; Relu a > r; Gemm r w2 > l; Relu l > m; out l m", INK_UNSUPPORTED, "'m' (Relu)|another network"},
    {"Gemm x w1 > a; Relu a > r; Gemm r w2 > l; ArgMax l axis=1 > m; ml:ArrayFeatureExtractor labels m > n; "
     "ml:ZipMap l "
     "classlabels_int64s=1,2 > z; out n z",
     INK_UNSUPPORTED, "'z' (ZipMap)|otherwise"},
    {"Gemm x w1 > a; Relu a > r; Gemm r w2 > l; ml:ZipMap l classlabels_int64s=5,5 > z", INK_UNSUPPORTED, "one label"},
    {"Gemm x w1 > a; Relu a > r; Gemm r w2 > l; Gather l turned axis=1 > t; ArgMax l axis=1 > m; out t m",
     INK_UNSUPPORTED, "different networks"},
};

static void refused(void **state)
{
    struct fixture *f = *state;
    static struct graph g;
    for (size_t i = 0; i < COUNT(refusals); i++) {
        ink_model *model;
        graph_build(&g, refusals[i].lines, graph_row);
        net_reset(f, "");
        net_fails(f, graph_import(f, &g, &model), refusals[i].status, refusals[i].words);
        assert_null(model);
    }
}

/* Sizes that are not given: rows that may have several dimensions must be made flat before a layer takes them. */
static void sizes_not_known(void **state)
{
    static const struct {
        const char *lines, *words; /* NULL: imported */
    } cases[] = {
        {"Flatten x > f; Gemm f w1 > a; Gemm a w2 > l", NULL},
        {"Reshape x flat > f; Gemm f w1 > a; Gemm a w2 > l", NULL},
        {"MatMul x w1 > a; Gemm a w2 > l", "'a' (MatMul)|several dimensions"},
        {"Sub x mean > s; Flatten s > f; Gemm f w1 > a; Gemm a w2 > l", "'s' (Sub)|sizes are not known"},
    };
    struct fixture *f = *state;
    static struct graph g;
    for (size_t i = 0; i < COUNT(cases); i++) {
        ink_model *model = NULL;
        graph_build(&g, cases[i].lines, (int64_t[]){1, 2, 2});
        for (size_t d = 1; d < 4; d++) g.dim[d].has_dim_value = false;
        ink_status status = graph_import(f, &g, &model);
        if (cases[i].words)
            net_fails(f, status, INK_UNSUPPORTED, cases[i].words);
        else
            net_ok(f, status);
        ink_model_free(model);
    }
}

/* Integers go in as they are, and only as they are. */
static void integers(void **state)
{
    struct fixture *f = *state;
    static struct graph g;
    ink_model *model;
    graph_build(&g, "Cast x to=1 > i; Div i 255 > j; Gemm j w1 > a; Gemm a w2 > l", graph_row);
    g.tensor_type.has_elem_type = true;
    g.tensor_type.elem_type = INKI_ONNX_UINT8;
    net_ok(f, graph_import(f, &g, &model));
    ink_model_free(model);
    graph_build(&g, "Div x 255 > j; Cast j to=1 > i; Gemm i w1 > a; Gemm a w2 > l", graph_row);
    g.tensor_type.has_elem_type = true;
    g.tensor_type.elem_type = INKI_ONNX_UINT8;
    net_fails(f, graph_import(f, &g, &model), INK_UNSUPPORTED, "'j' (Div)|integers|Cast");
    graph_build(&g, "Cast x to=3 > i; Cast i to=1 > j; Gemm j w1 > a; Gemm a w2 > l", graph_row);
    g.tensor_type.has_elem_type = true;
    g.tensor_type.elem_type = INKI_ONNX_UINT8;
    net_fails(f, graph_import(f, &g, &model), INK_UNSUPPORTED, "'i' (Cast)|cannot hold all numbers");
}

/* What cannot be said by layers is refused. */
static void files_refused(void **state)
{
    static const char *const cases[][2] = {{"softmax-twice", "'y' (Softmax)|behind a softmax"},
                                           {"cast-to-int", "'i' (Cast)|drops the decimals"}};
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        ink_model *model;
        char path[256];
        snprintf(path, sizeof path, FIXTURES "onnx/%s.onnx", cases[i][0]);
        net_fails(f, ink_model_import(f->ctx, path, f->set, &model), INK_UNSUPPORTED, cases[i][1]);
    }
}

/* Files that say more than they have. */
static void hostile(void **state)
{
    struct fixture *f = *state;
    static struct graph g;
    ink_model *model;
    graph_build(&g, "Mul x half > s; Gemm s w1 b1 > a", (int64_t[]){1 << 20, 1 << 20, 0});
    net_fails(f, graph_import(f, &g, &model), INK_UNSUPPORTED, "more columns than the file");
    graph_build(&g, "Gemm x w1 b1 > a", graph_row);
    g.dims[0][0] = 1 << 30;
    net_fails(f, graph_import(f, &g, &model), INK_BAD_FILE, "'w1'|numbers that its shape says");
    g.dims[0][0] = INT64_MAX;
    net_fails(f, graph_import(f, &g, &model), INK_BAD_FILE, "'w1'|no file can hold");
    g.dims[0][0] = -4;
    net_fails(f, graph_import(f, &g, &model), INK_BAD_FILE, "'w1'|no file can hold");
    graph_build(&g, "Gemm x w1 b1 > a", graph_row);
    g.tensors[0].data_type = 15;
    net_fails(f, graph_import(f, &g, &model), INK_UNSUPPORTED, "'w1'|type 15");
    g.tensors[0].data_type = INKI_ONNX_FLOAT;
    g.tensors[0].has_data_location = true;
    g.tensors[0].data_location = 1;
    net_fails(f, graph_import(f, &g, &model), INK_UNSUPPORTED, "'w1'|another file");
    graph_build(&g, "Gemm x w1 b1 > a; Gemm a w2 b2 > l", graph_row);
    g.value.name = NULL;
    net_fails(f, graph_import(f, &g, &model), INK_UNSUPPORTED, "does not depend on the rows");
    graph_build(&g, "Gemm x w1 b1 > a; Gemm a w2 b2 > l", graph_row);
    g.graph.n_output = 0;
    net_fails(f, graph_import(f, &g, &model), INK_BAD_FILE, "no output");
}

/* More nodes than a search by names should go through. */
static void long_chain(void **state)
{
    enum { MANY = 200000 };
    struct fixture *f = *state;
    ink_model *model;
    uint8_t *bytes = malloc(MANY * 5 + 64), *at = bytes;
    assert_non_null(bytes);
    *at++ = 0x3a; /* the graph; its length in four bytes */
    uint32_t length = MANY * 5;
    for (int b = 0; b < 4; b++, length >>= 7) *at++ = (uint8_t)((length & 127) | (b < 3 ? 128 : 0));
    for (size_t i = 0; i < MANY; i++, at += 5) memcpy(at, "\x0a\x03\x0a\x01x", 5); /* a node that takes x */
    struct inki_bytes content = {.data = bytes, .size = (size_t)(at - bytes)};
    net_fails(f, inki_import_bytes(f->ctx, "long.onnx", &content, f->set, &model), INK_UNSUPPORTED, "200000 nodes");
    free(bytes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(integers), TEST(sizes_not_known), TEST(refused), TEST(hostile), TEST(long_chain), TEST(files_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void) { return 77; }

#endif
