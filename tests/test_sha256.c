/* test_sha256: SHA-256 against the values of FIPS 180-2 and NIST's examples, whole and in pieces; published files.
 * SPDX-License-Identifier: MIT */
#include "data_help.h"

#include "base/sha256.h"
#include "inkling-extra.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *text, *sum;
} published[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
     "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"}};

static void values(void **state)
{
    (void)state;
    char sum[65];
    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        const size_t size = strlen(published[i].text);
        for (size_t piece = 1; piece <= size + 1; piece++) {
            struct inki_sha256 hash;
            inki_sha256_begin(&hash);
            for (size_t at = 0; at < size; at += piece)
                inki_sha256_add(&hash, published[i].text + at, size - at < piece ? size - at : piece);
            inki_sha256_end(&hash, sum);
            assert_string_equal(sum, published[i].sum);
        }
    }
}

static void a_million(void **state)
{
    (void)state;
    char sum[65], block[1000];
    struct inki_sha256 hash;
    memset(block, 'a', sizeof block);
    inki_sha256_begin(&hash);
    for (size_t i = 0; i < 1000; i++) inki_sha256_add(&hash, block, sizeof block);
    inki_sha256_end(&hash, sum);
    assert_string_equal(sum, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void put(const char *path, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (size_t i = 0; i < size; i++) putc(0, file);
    assert_int_equal(fclose(file), 0);
}

/* What is not the published file is refused, and nothing is written. */
static void files(void **state)
{
    const struct fixture *f = *state;
    char path[256], to[256];
    snprintf(path, sizeof path, "%s/some", f->folder);
    snprintf(to, sizeof to, "%s/to", f->folder);
    const ink_named_file *file = ink_named_set_file(0, 0);
    assert_string_equal(file->name, "t10k-labels-idx1-ubyte");
    assert_null(ink_named_set_file(0, 4));
    assert_null(ink_named_set_file(ink_named_set_count(), 0));
    assert_int_equal(ink_named_set_take(f->ctx, 0, 4, path, to), INK_BAD_ARGUMENT);
    assert_int_equal(ink_named_set_take(f->ctx, 0, 0, path, to), INK_NOT_FOUND);
    put(path, file->bytes);
    assert_int_equal(ink_named_set_take(f->ctx, 0, 0, path, to), INK_BAD_FILE);
    help_message_has(f, "is not the published t10k-labels-idx1-ubyte: its SHA-256 is ");
    put(path, file->bytes + 1);
    assert_int_equal(ink_named_set_take(f->ctx, 0, 0, path, to), INK_BAD_FILE);
    help_message_has(f, "it has more than 10008 bytes");
    put(path, 5);
    assert_int_equal(ink_named_set_take(f->ctx, 0, 0, path, NULL), INK_BAD_FILE);
    help_message_has(f, "it has 5 bytes instead of 10008");
    put(path, file->bytes - 1);
    assert_int_equal(ink_named_set_take(f->ctx, 0, 0, path, NULL), INK_BAD_FILE);
    help_message_has(f, "it has 10007 bytes instead of 10008");
    file = ink_named_set_file(2, 0);
    assert_string_equal(file->name, "adult.test"); /* a text's last line end may be missing */
    put(path, file->bytes - 1);
    assert_int_equal(ink_named_set_take(f->ctx, 2, 0, path, to), INK_BAD_FILE);
    help_message_has(f, "is not the published adult.test: its SHA-256 is ");
    assert_int_not_equal(access(to, F_OK), 0);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(a_million),
        cmocka_unit_test_setup_teardown(files, help_begin, help_end),
    };
    return cmocka_run_group_tests_name("sha256", tests, NULL, NULL);
}
