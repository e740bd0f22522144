/* test_xxh64: XXH64 against the values that its author publishes, whole and in pieces, and the hash of the weights in a model.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include "base/xxh64.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The values of xxhsum's own check (cli/xsum_sanity_check.c in the repository Cyan4973/xxHash), over bytes made as it makes
 * them. */
#define PRIME32 2654435761u
static const struct {
    size_t size;
    uint64_t seed, hash;
} published[] = {
    {0, 0, 0xEF46DB3751D8E999u},        {0, PRIME32, 0xAC75FDA2929B17EFu}, {1, 0, 0xE934A84ADB052768u},
    {1, PRIME32, 0x5014607643A9B4C3u},  {4, 0, 0x9136A0DCA57457EEu},       {14, 0, 0x8282DCC4994E35C8u},
    {14, PRIME32, 0xC3BD6BF63DEB6DF0u}, {222, 0, 0xB641AE8CB691C174u},     {222, PRIME32, 0x20CB8AB7AE10C14Au}};

enum { MOST = 222 };

static void make_bytes(uint8_t *bytes)
{
    uint64_t state = PRIME32;
    for (size_t i = 0; i < MOST; i++) {
        bytes[i] = (uint8_t)(state >> 56);
        state *= 11400714785074694797u;
    }
}

/* size[0] bytes, then size[1], and so on round and round until all are in. */
static uint64_t in_pieces(uint64_t seed, const uint8_t *bytes, size_t size, const size_t *pieces, size_t count)
{
    struct inki_xxh64 hash;
    inki_xxh64_begin(seed, &hash);
    for (size_t at = 0, i = 0; at < size; i++) {
        size_t piece = pieces[i % count] < size - at ? pieces[i % count] : size - at;
        inki_xxh64_add(&hash, bytes + at, piece);
        at += piece;
    }
    return inki_xxh64_end(&hash);
}

static void published_values(void **state)
{
    uint8_t bytes[MOST];
    (void)state;
    make_bytes(bytes);
    for (size_t i = 0; i < COUNT(published); i++)
        assert_true(in_pieces(published[i].seed, bytes, published[i].size, (size_t[]){MOST}, 1) == published[i].hash);
}

static void pieces_do_not_matter(void **state)
{
    static const size_t pieces[][3] = {{1, 1, 1}, {3, 1, 2}, {31, 31, 31}, {32, 32, 32}, {33, 1, 70}, {5, 64, 27}};
    uint8_t bytes[MOST + 16];
    (void)state;
    for (size_t shift = 0; shift < 8; shift++) {
        make_bytes(bytes + shift);
        for (size_t size = 0; size <= MOST; size++) {
            uint64_t whole = in_pieces(7, bytes + shift, size, (size_t[]){MOST}, 1);
            for (size_t p = 0; p < COUNT(pieces); p++)
                assert_true(in_pieces(7, bytes + shift, size, pieces[p], 3) == whole);
        }
    }
}

/* Asked in between, it answers for what there is so far, and goes on. */
static void asked_in_between(void **state)
{
    uint8_t bytes[MOST];
    struct inki_xxh64 hash;
    (void)state;
    make_bytes(bytes);
    inki_xxh64_begin(0, &hash);
    for (size_t i = 0; i < MOST; i++) {
        assert_true(inki_xxh64_end(&hash) == in_pieces(0, bytes, i, (size_t[]){MOST}, 1));
        inki_xxh64_add(&hash, bytes + i, 1);
    }
    inki_xxh64_add(&hash, NULL, 0);
    assert_true(inki_xxh64_end(&hash) == 0xB641AE8CB691C174u);
}

/* ---- the weights' hash ---- */

/* The file's header as JSON; *data is what comes behind it. */
static json_t *read_header(const uint8_t *bytes, size_t *data)
{
    *data = 8 + (size_t)bytes[0] + 256 * (size_t)bytes[1];
    return json_loadb((const char *)bytes + 8, *data - 8, 0, NULL);
}

/* The model's file without its hash. */
static const char *without_hash(const struct fixture *f, const uint8_t *bytes, size_t size)
{
    uint8_t out[8192] = {0};
    size_t data;
    json_t *root = read_header(bytes, &data);
    assert_int_equal(json_object_del(json_object_get(root, "__metadata__"), "weight_hash"), 0);
    char *header = json_dumps(root, JSON_COMPACT);
    size_t length = strlen(header);
    assert_true(8 + length + size - data <= sizeof out);
    for (size_t b = 0; b < 2; b++) out[b] = (uint8_t)(length >> 8 * b);
    memcpy(out + 8, header, length);
    memcpy(out + 8 + length, bytes + data, size - data);
    free(header);
    json_decref(root);
    return help_write(f, "without.safetensors", out, 8 + length + size - data);
}

/* The hash is XXH64 of everything behind the header. A file need not have one: other programs write models, too. */
static void the_weight_hash(void **state)
{
    static const float shift[2] = {0.5f, -1}, factor[2] = {2, 0.25f};
    struct fixture *f = *state;
    struct inki_xxh64 hash;
    char text[20];
    size_t size, data;
    ink_model *copy,
        *model = net_model(f, "dense 3 tanh | dropout 0.25", (struct inki_shape){1, 2, 1, 0}, 4, shift, factor);
    net_ok(f, ink_model_save(f->ctx, model, help_path(f, "with.safetensors")));
    uint8_t *bytes = help_read(help_path(f, "with.safetensors"), &size);
    json_t *root = read_header(bytes, &data);
    inki_xxh64_begin(0, &hash);
    inki_xxh64_add(&hash, bytes + data, size - data);
    snprintf(text, sizeof text, "%016" PRIx64, inki_xxh64_end(&hash));
    assert_string_equal(json_string_value(json_object_get(json_object_get(root, "__metadata__"), "weight_hash")), text);
    net_ok(f, ink_model_load(f->ctx, without_hash(f, bytes, size), &copy));
    assert_true(inki_model_hash(copy) == inki_xxh64_end(&hash));
    assert_null(ink_model_metadata(copy, "weight_hash"));
    ink_model_free(copy);
    ink_model_free(model);
    json_decref(root);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_values),
        cmocka_unit_test(pieces_do_not_matter),
        cmocka_unit_test(asked_in_between),
        cmocka_unit_test_setup_teardown(the_weight_hash, help_begin, help_end),
    };
    return cmocka_run_group_tests_name("xxh64", tests, NULL, NULL);
}
