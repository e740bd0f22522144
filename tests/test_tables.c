/* test_tables: CSV and ARFF files cut, changed, read without memory, large; the same rows in both and in NumPy's form.
 * SPDX-License-Identifier: MIT */
#include "data_help.h"

#include "base/rng.h"
#include "room.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *name, *text;
} samples[] = {
    {"header.csv", "id,a,\"b \"\"c\"\"\",label\r\n1,2.5,-3e2,x\r\n2,\"4\",5,\"y, z\"\r\n3,6,7,x\r\n"},
    {"plain.csv", "0,1,255,7\n3,4,0,8\n12,34,56,7\n"},
    {"tabs.tsv", "\xEF\xBB\xBF"
                 "a\tclass\n1\t0\n\n 2 \t1\n"},
    {"spaces.txt", "# a b  label\n1 2.5\t0 \n 3 4 1\n"},
    {"late.csv", "a;b;y\n1;2;0\n3;4;1\n5;6;0\n7;8.5;1\n"},
    {"comma.csv", "sep=;\n# log\nid;a;b;kind\nno;m;s;\n1;1,5;1.070,5;x\n2;2,5;3,25;y\n3;0,5;999;x\n"},
    {"title.txt", "A title\n\"len\" \"wid\"\n\"1\" 1'234 5\n\"2\" 2 6\n\"3\" 3 7\n"},
    {"faces.csv", "emotion,pixels,Usage\n0,1 2 3 4,Training\n1,5 6 7 8,PublicTest\n0,9 9 9 9,Training\n"},
    {"hot.csv", "a,y_0,y_1\n1,0,1\n2,1,0\n5,0,1\n,,\n"},
    {"keel.dat", "@relation r\n@attribute a real [0, 1]\n@attribute c {u,v}\n@inputs a\n@outputs c\n@data\n1 u\n2 v\n"},
    {"rows.svm", "+1 qid:3 1:0.5 3:1 # x\n-1 2:2.5\n\n1 1:1 2:1 3:4\n"},
    {"dense.arff", "% remark\n@relation 'r'\n@attribute 'a b' real\n@attribute c {0,1}\n@attribute class {u,'v w'}\n"
                   "@data\n1,0,u\n% x\n2.5,1,'v w'\n"},
    {"sparse.arff", "@RELATION r\n@ATTRIBUTE a NUMERIC\n@ATTRIBUTE b REAL\n@ATTRIBUTE y {3,4}\n@DATA\n"
                    "{0 1, 2 4}\n{}\n{1 300, 2 '4'}\n"},
};

static const char *write_sample(const struct fixture *f, size_t i)
{
    return help_write(f, samples[i].name, samples[i].text, strlen(samples[i].text));
}

/* Data, or a sentence that names the file; and no memory left behind. */
static void load_any(struct fixture *f, const char *path)
{
    ink_data *data = NULL;
    size_t live = f->memory.live;
    f->ctx->message[0] = 0;
    ink_status status = ink_data_load(f->ctx, path, f->set, &data);
    assert_int_equal(status == INK_OK, data != NULL);
    if (status != INK_OK) {
        assert_true(status == INK_BAD_FILE || status == INK_BAD_DATA || status == INK_UNSUPPORTED);
        help_message_has(f, path);
    }
    ink_data_free(data);
    assert_int_equal(f->memory.live, live);
}

static void cut_at_every_byte(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(samples); i++) {
        ink_data_free(help_load(f, write_sample(f, i)));
        for (size_t cut = 0; cut < strlen(samples[i].text); cut++)
            load_any(f, help_write(f, "cut", samples[i].text, cut));
    }
}

static void change_every_byte(void **state)
{
    struct fixture *f = *state;
    static const char values[] = "\0\n\r\"',;\t%@{}?0a\\\xFF";
    for (size_t i = 0; i < COUNT(samples); i++) {
        char text[256];
        size_t size = strlen(samples[i].text);
        assert_true(size < sizeof text);
        for (size_t at = 0; at < size * (sizeof values - 1); at++) {
            memcpy(text, samples[i].text, size);
            text[at / (sizeof values - 1)] = values[at % (sizeof values - 1)];
            load_any(f, help_write(f, "changed", text, size));
        }
    }
}

/* Pieces of the samples and odd characters, put together at random. */
static void random_mixtures(void **state)
{
    struct fixture *f = *state;
    struct inki_rng rng = inki_rng_begin(7, INKI_RNG_TEST, 0, 0);
    const char *more = getenv("INKLING_LONG");
    for (size_t run = 0; run < (more ? 100000u : 3000u); run++) {
        char text[1024];
        size_t size = 0;
        while (size < 600 && inki_rng_below(&rng, 12) > 0) {
            const char *from = samples[inki_rng_below(&rng, COUNT(samples))].text;
            size_t length = strlen(from), at = inki_rng_below(&rng, (uint32_t)length);
            size_t part = 1 + inki_rng_below(&rng, (uint32_t)(length - at));
            memcpy(text + size, from + at, part);
            size += part;
            if (inki_rng_below(&rng, 3) == 0) text[size++] = (char)inki_rng_below(&rng, 256);
        }
        load_any(f, help_write(f, "mixed", text, size));
    }
}

/* ---------------------------------------------------------- out of memory */

static ink_status load_and_free(struct fixture *f, void *path)
{
    ink_data *data;
    ink_status status = ink_data_load(f->ctx, path, f->set, &data);
    ink_data_free(data);
    return status;
}

static void out_of_memory(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(samples); i++)
        assert_true(help_sweep(f, load_and_free, (void *)(uintptr_t)write_sample(f, i)) >= 8);
    const char *x = help_write(f, "x.csv", "a\n1\n2\n", 6);
    help_write(f, "y.csv", "ID,kind\n0,cat\n1,\"d\"\"og\"\n", 24);
    assert_true(help_sweep(f, load_and_free, (void *)(uintptr_t)x) >= 16);
}

/* -------------------------------------------------------------------- sizes */

/* Integers below 256 and a label in front, so many rows of 784; ends at exactly `size` bytes, without a line end. */
static size_t write_large(const char *path, size_t rows, const char *header, bool label_first)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs(header, file);
    for (size_t i = 0; i < rows; i++) {
        if (i) fputc('\n', file);
        if (label_first) fprintf(file, "%zu,", i % 10);
        for (size_t j = 0; j < 784; j++) fprintf(file, "%s%zu", j ? "," : "", (i * 131 + j * 7) % 256);
        if (!label_first) fprintf(file, ",%zu", i % 10);
    }
    long size = ftell(file);
    fclose(file);
    return (size_t)size;
}

/* Fills the file with blanks up to whole pages: nothing may be looked at behind its end, where no page is. */
static void fill_pages(const char *path, size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    FILE *file = fopen(path, "ab");
    assert_non_null(file);
    for (; size % page; size++) fputc(' ', file);
    fclose(file);
}

static void large_tables(void **state)
{
    struct room *room = *state;
    enum { ROWS = 2000 };
    char header[784 * 24 + 100];
    size_t used = (size_t)sprintf(header, "@relation r\n");
    for (int i = 0; i < 784; i++) used += (size_t)sprintf(header + used, "@attribute p%d real\n", i);
    sprintf(header + used, "@attribute class {0,1,2,3,4,5,6,7,8,9}\n@data\n");
    uint64_t fingerprint = 0;
    for (int arff = 0; arff < 2; arff++) {
        const char *path = room_path(room, arff ? "t.arff" : "t.csv");
        size_t size = write_large(path, ROWS, arff ? header : "", !arff);
        assert_true(size > INKI_MAP_FROM);
        fill_pages(path, size);
        ink_data *data;
        size_t before = room->tally.bytes;
        room->tally.peak = before;
        if (ink_data_load(room->ctx, path, NULL, &data) != INK_OK) fail_msg("%s", ink_ctx_message(room->ctx));
        assert_int_equal(data->rows, ROWS);
        assert_int_equal(data->height, 28);
        for (size_t i = 0; i < ROWS * 784; i++) assert_int_equal(data->bytes[i], (i / 784 * 131 + i % 784 * 7) % 256);
        for (size_t i = 0; i < ROWS; i++) assert_int_equal(inki_data_label(data, i), i % 10);
        /* the file itself is mapped: the values, the labels, the columns' names */
        assert_true(room->tally.peak - before < ROWS * 784 * 5 / 4 + 300000);
        assert_true(!arff || ink_data_fingerprint(data) == fingerprint);
        fingerprint = ink_data_fingerprint(data);
        ink_data_free(data);
    }
}

/* What a file claims with few bytes costs few: a wide header over narrow rows, nothing but separators, an open quote. */
static void small_claims(void **state)
{
    struct room *room = *state;
    enum { SIZE = 400000 };
    char *text = malloc(SIZE + 1);
    const char *path = room_path(room, "t.csv");
    for (int kind = 0; kind < 4; kind++) {
        ink_data *data;
        memset(text, ',', SIZE);
        if (kind == 0)
            for (size_t i = SIZE / 2; i < SIZE; i += 2) memcpy(text + i, "1\n", 2);
        if (kind == 2) text[100] = '"';
        if (kind == 3) memset(text, 'a', SIZE);
        room_write(path, text, SIZE);
        size_t before = room->tally.bytes;
        room->tally.peak = before;
        assert_true(ink_data_load(room->ctx, path, NULL, &data) != INK_OK);
        assert_true(room->tally.peak - before < 40 * SIZE);
        assert_int_equal(room->tally.bytes, before);
    }
    size_t most = 10000000; /* columns, twice */
    text = realloc(text, most + 1);
    for (size_t i = 0; i < most; i++) text[i] = i % 2 ? ',' : '1';
    room_write(path, text, most);
    ink_data *data;
    assert_int_equal(ink_data_load(room->ctx, path, NULL, &data), INK_BAD_DATA);
    room_said(room, "has more than 4194304 columns");
    free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)
#define SIZED(name) cmocka_unit_test_setup_teardown(name, room_begin, room_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(cut_at_every_byte), TEST(change_every_byte), TEST(random_mixtures),
        TEST(out_of_memory),     SIZED(large_tables),     SIZED(small_claims),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
