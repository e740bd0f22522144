/* test_pickle: Python's pickles: every layout and protocol is the same data; what is hostile or wrong is a sentence.
 * SPDX-License-Identifier: MIT */
#include "pickle_help.h"

#include "read/npy.h"
#include "read/pickle.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ layouts */

/* Twelve images of 4x5: pixel i of all is 37 i mod 256, label r is r mod 3 (see make_pickles.py). */
static void every_layout(void **state)
{
    const struct fixture *f = *state;
    char *names[PICKLE_NAMES];
    size_t count = pickle_fixtures("same_", names);
    assert_true(count > 50);
    for (size_t i = 0; i < count; i++) {
        ink_data *data = help_load(f, names[i]);
        if (data->rows != 12 || data->height != 4 || data->width != 5 || !data->bytes || data->classes != 3)
            fail_msg("%s: %s", names[i], f->note);
        for (size_t j = 0; j < 240; j++) assert_int_equal(data->bytes[j], j * 37 % 256);
        for (size_t r = 0; r < 12; r++) assert_int_equal(inki_data_label(data, r), r % 3);
        bool parts = strstr(names[i], "valid") || strstr(names[i], "packed");
        assert_int_equal(data->test != NULL, parts);
        if (parts) assert_int_equal(data->test->rows, 4);
        ink_data_free(data);
        free(names[i]);
    }
}

static void the_validation_part_is_noted(void **state)
{
    const struct fixture *f = *state;
    size_t size;
    ink_data *data;
    uint8_t *bytes = help_read(PICKLES "same_valid_2.pkl", &size);
    assert_int_equal(pickle_read(f, bytes, size, &data), INK_OK);
    assert_non_null(strstr(f->note, "memory.pkl: its 4 validation rows are joined to the training rows"));
    ink_data_free(data);
    free(bytes);
}

static void every_type(void **state)
{
    const struct fixture *f = *state;
    size_t size, count;
    struct inki_array *arrays;
    uint8_t *bytes = help_read(PICKLES "types.pkl", &size);
    struct inki_bytes content = {.data = bytes, .size = size};
    assert_int_equal(inki_pickle_arrays(f->ctx, "types", &content, &arrays, &count), INK_OK);
    assert_int_equal(count, 22);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(arrays[i].count, 4);
        for (size_t j = 0; j < 4; j++) assert_true(inki_array_at(&arrays[i], j) == 3);
    }
    assert_string_equal(arrays[0].name, "<u1");
    inki_arrays_free(f->ctx, arrays, count);
    free(bytes);
}

/* A list of rows of one value each, from the opcodes of the values; protocol 2. */
struct rows {
    uint8_t bytes[4096];
    size_t size;
};

static void put(struct rows *rows, const void *bytes, size_t size)
{
    assert_true(rows->size + size <= sizeof rows->bytes);
    memcpy(rows->bytes + rows->size, bytes, size);
    rows->size += size;
}

static void numbers(void **state)
{
    static const struct {
        const char *ops;
        size_t size;
        double value;
    } cases[] = {
        {OPS("I-5\n"), -5},
        {OPS("I01\n"), 1},
        {OPS("I00\n"), 0},
        {OPS("I123456\r\n"), 123456},
        {OPS("L12L\n"), 12},
        {OPS("L-3\n"), -3},
        {OPS("F1.5\n"), 1.5},
        {OPS("F-2.5e3\n"), -2500},
        {OPS("J\xFF\xFF\xFF\xFF"), -1},
        {OPS("J\x01\x00\x00\x7F"), 0x7F000001},
        {OPS("K\xFF"), 255},
        {OPS("M\x01\x02"), 513},
        {OPS("G\x3F\xF8\0\0\0\0\0\0"), 1.5},
        {OPS("\x8A\x01\xFF"), -1},
        {OPS("\x8A\x00"), 0},
        {OPS("\x8A\x02\x00\x80"), -32768},
        {OPS("\x8A\x09\0\0\0\0\0\0\0\x80\0"), 9223372036854775808.0},
        {OPS("\x8B\x02\0\0\0\x10\x27"), 10000},
        {OPS("\x88"), 1},
        {OPS("\x89"), 0},
    };
    const struct fixture *f = *state;
    struct rows rows = {.size = 0};
    ink_data *data;
    put(&rows, OPS("\x80\x02]("));
    for (size_t i = 0; i < COUNT(cases); i++) {
        put(&rows, "]", 1);
        put(&rows, cases[i].ops, cases[i].size);
        put(&rows, "a", 1);
    }
    put(&rows, OPS("e."));
    if (pickle_read(f, rows.bytes, rows.size, &data) != INK_OK) fail_msg("%s", ink_ctx_message(f->ctx));
    assert_int_equal(data->rows, COUNT(cases));
    for (size_t i = 0; i < COUNT(cases); i++) assert_float_equal(data->floats[i], (float)cases[i].value, 0);
    ink_data_free(data);
    pickle_fails(f, OPS("\x80\x02](](K\1K\2e](K\1Fnan\nee."), INK_BAD_DATA,
                 "memory.pkl: row 1, column 1 (from 0): nan");
    pickle_fails(f, OPS("\x80\x02](](K\1K\2e](F-inf\nK\1ee."), INK_BAD_DATA, "row 1, column 0 (from 0): -inf");
    pickle_fails(f, OPS("\x80\x02](](K\1K\2e](F1e300\nK\1ee."), INK_BAD_DATA, "row 1, column 0 (from 0): inf");
}

/* Lists change from bytes to integers to floats, also when others were made meanwhile. */
static void lists_that_change(void **state)
{
    const struct fixture *f = *state;
    ink_data *data;
    /* three rows, each got by its number and lengthened in turn */
    assert_int_equal(pickle_read(f,
                                 OPS("\x80\x02]q\0(K\1K\2e]q\1(K\3M\xE8\3e]q\2(K\4G\x3F\xE0\0\0\0\0\0\0e]q\3(h\0h\1h\2e"
                                     "h\0K\5a0h\1K\6a0h\2K\7a0h\0J\0\0\0\x40"
                                     "a0h\1G\x3F\xD0\0\0\0\0\0\0a0h\2K\x09"
                                     "a0."),
                                 &data),
                     INK_OK);
    static const float expected[] = {1, 2, 5, 1073741824, 3, 1000, 6, 0.25f, 4, 0.5f, 7, 9};
    assert_int_equal(data->features, 4);
    for (size_t i = 0; i < 12; i++) assert_float_equal(data->floats[i], expected[i], 0);
    ink_data_free(data);
}

static void labels(void **state)
{
    static const struct {
        const char *ops;
        size_t size;
        const char *classes;
        int32_t labels[3];
    } cases[] = {
        {OPS("](U\3dogU\3catU\3doge"), "cat dog ", {1, 0, 1}},
        {OPS("(X\1\0\0\0bX\1\0\0\0aX\1\0\0\0ct"), "a b c ", {1, 0, 2}},
        {OPS("](U\0012U\0010U\0011e"), "0 1 2 ", {2, 0, 1}},
        {OPS("](K\2K\0G\x3F\xF0\0\0\0\0\0\0e"), "0 1 2 ", {2, 0, 1}},
        {OPS("](I-1\nK\7I-1\ne"), "-1 7 ", {0, 1, 0}},
        {OPS("](](K\2e](K\0e](K\1ee"), "0 1 2 ", {2, 0, 1}},
        {OPS("](](K\0K\1e](K\1K\0e](K\0K\1ee"), "0 1 ", {1, 0, 1}},
        {OPS("](\x8A\4\1\0\0\1J\2\0\0\1\x8A\4\1\0\0\1e"), "16777217 16777218 ", {0, 1, 0}},
    };
    const struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct rows rows = {.size = 0};
        char classes[64] = "";
        ink_data *data;
        put(&rows, OPS("\x80\x02](](K\1K\2e](K\3K\4e](K\5K\6ee"));
        put(&rows, cases[i].ops, cases[i].size);
        put(&rows, OPS("\x86."));
        if (pickle_read(f, rows.bytes, rows.size, &data) != INK_OK) fail_msg("%zu: %s", i, ink_ctx_message(f->ctx));
        for (size_t c = 0, used = 0; c < data->classes && c < 4; c++)
            used += (size_t)snprintf(classes + used, sizeof classes - used, "%s ", ink_data_class(data, c));
        if (data->classes < 4) assert_string_equal(classes, cases[i].classes);
        for (size_t r = 0; r < 3; r++) assert_int_equal(inki_data_label(data, r), cases[i].labels[r]);
        ink_data_free(data);
    }
}

/* A file of labels for another file's rows. */
static void labels_alone(void **state)
{
    const struct fixture *f = *state;
    const char *x = help_write_doubles(f, "x.npy", 3, 2, (double[]){1, 2, 3, 4, 5, 6});
    help_set(f, "labels", help_write(f, "y.pkl", OPS("\x80\x02](K\2K\0K\1e.")));
    ink_data *data = help_load(f, x);
    assert_int_equal(data->classes, 3);
    ink_data_free(data);
    help_write(f, "y.pkl", OPS("\x80\x02}."));
    help_load_fails(f, x, INK_BAD_DATA, "y.pkl: labels: labels are a dict");
}

static void layouts_that_are_wrong(void **state)
{
    static const struct {
        const char *ops;
        size_t size;
        const char *words;
    } cases[] = {
        {OPS("\x80\x02]."), "row 0 (from 0): an empty list where numbers should be"},
        {OPS("\x80\x02N."), "row 0 (from 0): None where numbers should be"},
        {OPS("\x80\x02}."), "data and target or the like|it holds: nothing"},
        {OPS("\x80\x02}(U\3fooK\1U\3barK\2u."), "it holds: foo, bar"},
        {OPS("\x80\x02](K\1K\2e."), "an array of 1 dimensions"},
        {OPS("\x80\x02](](K\1K\2e](K\1ee."), "row 1 (from 0) has 1 where others have 2|all alike"},
        {OPS("\x80\x02](](K\1K\2e](K\1U\1xee."), "row 1 (from 0): a text where numbers should be"},
        {OPS("\x80\x02](](K\1K\2e](K\1Nee."), "row 1 (from 0): None where numbers should be"},
        {OPS("\x80\x02](](K\1K\2eK\3\x86](K\1K\2ee."), "row 1 (from 0) has one number where others have 2"},
        {OPS("\x80\x02](](K\1K\2eK\3\x86U\1xe."), "row 1 (from 0) is a text, not a pair"},
        {OPS("\x80\x02](](K\1K\2eK\3\x86K\1e."), "row 1 (from 0) is a number, not a pair"},
        {OPS("\x80\x02](](K\1K\2e](K\3K\4ee](K\1G\x3F\xE0\0\0\0\0\0\0e\x86."), "row 1 (from 0): label 0.5"},
        {OPS("\x80\x02](](K\1K\2e](K\3K\4ee](K\1U\1ae\x86."), "row 1 (from 0): the label is a word; expected"},
        {OPS("\x80\x02](](K\1K\2e](K\3K\4ee](K\1Ne\x86."), "row 1 (from 0): the label is None"},
        {OPS("\x80\x02]q\0h\0a."), "more than 4 deep"},
        {OPS("\x80\x02]q\0(h\0h\0h\0e."), "more than 4 deep"},
        {OPS("\x80\x02](](](](](](](K\1eeeeeee."), "deep"},
        {OPS("\x80\x02}q\0(U\4datah\0U\6targeth\0u."), "labels are a dict"},
    };
    const struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(cases); i++)
        pickle_fails(f, cases[i].ops, cases[i].size, INK_BAD_DATA, cases[i].words);
}

/* ------------------------------------------------------------------ hostile */

/* Each would write the file `owned`, or run something, where a pickle is trusted. */
static const struct {
    const char *ops;
    size_t size;
    const char *words;
} hostile[] = {
    {OPS("cos\nsystem\n(S'touch owned'\ntR."), "byte 0: asks to call os.system: only numbers|nothing was run"},
    {OPS("cos\nsystem\n."), "asks to call os.system|nothing was run"},
    {OPS("(S'touch owned'\nios\nsystem\n."), "byte 16: asks to call os.system|nothing was run"},
    {OPS("\x80\x02"
         "cposix\nsystem\nq\0X\x0B\0\0\0touch ownedq\1\x85q\2Rq\3."),
     "byte 2: asks to call posix.system|nothing was run"},
    {OPS("\x80\x04\x95\x1E\0\0\0\0\0\0\0\x8C\2os\x94\x8C\6system\x94\x93\x94\x8C\x0Btouch owned\x94\x85\x94R\x94."),
     "asks to call os.system|nothing was run"},
    {OPS("\x80\x02(cos\nsystem\nX\x0B\0\0\0touch ownedo."), "asks to call os.system"},
    {OPS("\x80\x02"
         "csubprocess\nPopen\n)\x81."),
     "asks to call subprocess.Popen|nothing was run"},
    {OPS("\x80\x04\x8C\10builtins\x8C\4eval\x93)}\x92."), "asks to call builtins.eval|nothing was run"},
    {OPS("\x80\x02\x82\5."), "extension code 5|nothing was run"},
    {OPS("\x80\x02\x83\1\2."), "extension code 513|nothing was run"},
    {OPS("\x80\x02\x84\1\0\0\1."), "extension code 16777217|nothing was run"},
    {OPS("\x80\x02}(X\4\0\0\0datac__builtin__\nexec\nX\1\0\0\0x\x85RX\6\0\0\0target](K\0K\1eu."),
     "asks to call __builtin__.exec"},
    {OPS("\x80\x02](](K\1K\2e](cshutil\nrmtree\nX\1\0\0\0.\x85Ree."), "asks to call shutil.rmtree"},
    {OPS("\x80\x02"
         "cnumpy.core.multiarray\n_reconstruct\ncos\nsystem\nK\0\x85U\1b\x87R."),
     "asks to call os.system"},
    {OPS("\x80\x02"
         "cnumpy.core.multiarray\n_reconstruct\ncnumpy\ndtype\nK\0\x85U\1b\x87R."),
     "_reconstruct of a type that is not an array"},
    {OPS("\x80\x04\x8C\5numpy\x8C\x0F"
         "core.os.systemX\x93."),
     "asks to call numpy.core.os.systemX"},
    {OPS("\x80\x04\x8C\5numpy\x8C\4load\x93\x8C\1x\x85R."), "asks to call numpy.load"},
    {OPS("\x80\x04\x8C\7_codecs\x8C\6decode\x93\x8C\1x\x85R."), "asks to call _codecs.decode"},
    {OPS("\x80\x02"
         "c__builtin__\ngetattr\nc__builtin__\nopen\n\x86R."),
     "asks to call __builtin__.getattr"},
    {OPS("\x80\x02"
         "ccopy_reg\n_reconstructor\n(tR."),
     "asks to call copy_reg._reconstructor"},
    {OPS("\x80\x02P1234\n."), "a persistent id|nothing was run"},
    {OPS("\x80\x02U\1aQ."), "a persistent id"},
    {OPS("\x80\x04\x8C\3a\nb\x8C\1\x1B\x93."), "asks to call a?b.?:"},
    {OPS("\x80\x02"
         "cpandas.core.frame\nDataFrame\n)\x81."),
     "asks to call pandas.core.frame.DataFrame|df.to_numpy()|df.to_csv()"},
    {OPS("\x80\x02"
         "ctorch._utils\n_rebuild_tensor_v2\n."),
     "torch._utils._rebuild_tensor_v2|tensor.numpy()"},
    {OPS("\x80\x05\x97."), "buffer_callback"},
};

static void hostile_pickles(void **state)
{
    const struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(hostile); i++) {
        const char *path = help_write(f, "x.pkl", hostile[i].ops, hostile[i].size);
        ink_data *data;
        ink_status status = ink_data_load(f->ctx, path, f->set, &data);
        assert_null(data);
        if (status != INK_UNSUPPORTED && status != INK_BAD_FILE)
            fail_msg("%zu: %s: %s", i, ink_status_name(status), ink_ctx_message(f->ctx));
        help_message_has(f, "x.pkl: byte ");
        help_message_has(f, hostile[i].words);
        DIR *folder = opendir(f->folder);
        size_t files = 0;
        for (struct dirent *entry; (entry = readdir(folder));) files += *entry->d_name != '.';
        closedir(folder);
        assert_int_equal(files, 1);
    }
    FILE *file = fopen("owned", "rb");
    assert_null(file);
}

/* ---------------------------------------------------------------- malformed */

static void opcodes_that_are_wrong(void **state)
{
    static const struct {
        const char *ops;
        size_t size;
        const char *words;
    } cases[] = {
        {OPS("\x80\x02"), "byte 2|cut short"},
        {OPS("\x80\x02."), "byte 2 (STOP): the stack is empty"},
        {OPS("\x80\x02\xFF."), "byte 2: 0xFF is not an opcode"},
        {OPS("\x80\x02]e."), "(APPENDS): a mark is missing"},
        {OPS("\x80\x02K\1(K\2e."), "(APPENDS): APPEND on a value that is not a list"},
        {OPS("\x80\x02(e."), "(APPENDS): the stack is empty"},
        {OPS("\x80\x02]K\1K\2s."), "(SETITEM): SETITEM on a value that is not a dict"},
        {OPS("\x80\x02}(K\1u."), "a key without a value"},
        {OPS("\x80\x02(K\1d."), "a key without a value"},
        {OPS("\x80\x02h\0."), "(BINGET): a memo index that was never stored"},
        {OPS("\x80\x02]r\xFF\xFF\xFF\xFF."), "(LONG_BINPUT): a memo index that is too large"},
        {OPS("\x80\x02]p99999999999999999999\n."), "(PUT)"},
        {OPS("\x80\x02]px\n."), "malformed memo index"},
        {OPS("\x80\x02q\0."), "(BINPUT): the stack is empty"},
        {OPS("\x80\x02K\1K\1R."), "(REDUCE): arguments are not a tuple"},
        {OPS("\x80\x02K\1)R."), "(REDUCE): calls a value that is not a function"},
        {OPS("\x80\x02]}b."), "(BUILD): BUILD on a value without a state"},
        {OPS("\x80\x02Ione\n."), "(INT): malformed number"},
        {OPS("\x80\x02I\n."), "(INT): malformed number"},
        {OPS("\x80\x02Sabc\n."), "(STRING): a string without quotes"},
        {OPS("\x80\x02S'\\q'\n."), "(STRING): an unknown escape"},
        {OPS("\x80\x02V\\u12\n."), "(UNICODE): an unknown escape"},
        {OPS("\x80\x02X\xFF\xFF\xFF\xFFx."), "byte 2|cut short"},
        {OPS("\x80\x04\x8E\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFFx."), "cut short"},
        {OPS("\x80\x02\x8B\xFF\xFF\xFF\x7Fx."), "cut short"},
        {OPS("\x80\x04\x95\xFF\xFF\0\0\0\0\0\0N."), "(FRAME): the file ends within a frame"},
        {OPS("\x80\x04K\1K\2\x93."), "(STACK_GLOBAL): GLOBAL without a name"},
        {OPS("\x80\x02"
             "cnumpy\ndtype\nK\1\x85R."),
         "an array type needs a name"},
        {OPS("\x80\x02"
             "cnumpy\nndarray\n)R."),
         "an array is not made as NumPy does it"},
        {OPS("\x80\x02"
             "c_codecs\nencode\nU\1aU\4utf8\x86R."),
         "encoded as latin1"},
        {OPS("\x80\x02"
             "c_codecs\nencode\nU\2\xC8\x80U\6latin1\x86R."),
         "characters beyond one byte"},
        {OPS("\x80\x02"
             "cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\nU\2i4K\0K\1\x87RU\3abc\x86R."),
         "a NumPy number of an unknown type"},
    };
    const struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(cases); i++)
        pickle_fails(f, cases[i].ops, cases[i].size, INK_BAD_FILE, cases[i].words);
    pickle_fails(f, OPS("\x80\x06N."), INK_UNSUPPORTED, "byte 0: pickle protocol 6 is not supported");
}

/* _frombuffer(bytes, dtype, shape, order): shapes and types that do not fit. */
static void arrays_that_are_wrong(void **state)
{
#define BUFFER(bytes, type, rest)                                                                                      \
    OPS("\x80\x04\x8C\x12numpy.core.numeric\x8C\x0B_frombuffer\x93(" bytes "\x8C\5numpy\x8C\5dtype\x93\x8C\2" type     \
        "\x85R" rest "\x8C\1Ct"                                                                                        \
        "R.")
    static const struct {
        const char *ops;
        size_t size;
        ink_status status;
        const char *words;
    } cases[] = {
        {BUFFER("C\4abcd", "u1", "K\2K\2\x86"), INK_OK, ""},
        {BUFFER("C\4abcd", "u1", "K\2K\3\x86"), INK_BAD_FILE, "an array of 4 bytes does not match"},
        {BUFFER("C\4abcd", "u1", "K\2J\xFF\xFF\xFF\xFF\x86"), INK_BAD_FILE, "(REDUCE): the shape of an array"},
        {BUFFER("C\4abcd", "u1", "N"), INK_BAD_FILE, "the shape of an array is not a tuple"},
        {BUFFER("C\4abcd", "u8", "\x8A\10\0\0\0\0\0\0\0\x10\x8A\10\0\0\0\0\0\0\0\x10\x86"), INK_BAD_FILE, "shape"},
        {BUFFER("C\4abcd", "u1", "(K\1K\1K\1K\1K\4t"), INK_UNSUPPORTED, "5 dimensions"},
        {BUFFER("K\1", "u1", "K\1\x85"), INK_BAD_FILE, "an array has no bytes"},
        {BUFFER("C\4abcd", "c8", "K\2K\2\x86"), INK_BAD_DATA, "complex numbers"},
        {BUFFER("C\4abcd", "U1", "K\1K\1\x86"), INK_BAD_DATA, "an array of texts where numbers should be"},
        {BUFFER("C\0", "u1", "K\0K\2\x86"), INK_BAD_DATA, "0 rows of 2 values"},
    };
    const struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        ink_data *data;
        if (cases[i].status != INK_OK) {
            pickle_fails(f, cases[i].ops, cases[i].size, cases[i].status, cases[i].words);
            continue;
        }
        assert_int_equal(pickle_read(f, cases[i].ops, cases[i].size, &data), INK_OK);
        assert_int_equal(data->bytes[3], 'd');
        ink_data_free(data);
    }
}

/* ------------------------------------------------------------------- detecting */

static void what_is_a_pickle(void **state)
{
    static const char *const others[] = {
        "label,pixel0\n1,2\n",
        "class\ncat\ndog\n",
        "(a,b)\n",
        "c1,c2\n1,2\n",
        "@relation x\n",
        "",
        "[1, 2]",
        "]",
        "}\n",
        "(",
        "c\n\nc\n\n",
        "class\ncat\np1\n1,2\n",
        "d,e,f\n1,2,3\n",
        "cat\ndog\nelk\n",
        "c;l;t\n1",
    };
    static const char *const pickles[] = {"(lp0\n.", "(dp0\nS'a'\np1\nI1\ns.", "]q.", "cos\nsystem\n."};
    (void)state;
    for (size_t i = 0; i < COUNT(others); i++)
        if (inki_pickle_is((const uint8_t *)others[i], strlen(others[i]))) fail_msg("'%s' is no pickle", others[i]);
    for (size_t i = 0; i < COUNT(pickles); i++)
        assert_int_equal(inki_pickle_is((const uint8_t *)pickles[i], strlen(pickles[i])), i != 2);
    assert_true(inki_pickle_is((const uint8_t *)"\x80\x05", 2));
    assert_false(inki_pickle_is((const uint8_t *)"\x80\x01", 2));
    assert_false(inki_pickle_is((const uint8_t *)"\x80\x06", 2));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_layout),
        TEST(the_validation_part_is_noted),
        TEST(every_type),
        TEST(numbers),
        TEST(lists_that_change),
        TEST(labels),
        TEST(labels_alone),
        TEST(layouts_that_are_wrong),
        TEST(hostile_pickles),
        TEST(opcodes_that_are_wrong),
        TEST(arrays_that_are_wrong),
        TEST(what_is_a_pickle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
