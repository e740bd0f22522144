/* test_base: the context and its memory.
 * SPDX-License-Identifier: MIT */
#include "room.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- context and status ---- */

static void status_names_and_texts(void **state)
{
    (void)state;
    assert_string_equal(ink_status_name(INK_OK), "OK");
    assert_string_equal(ink_status_name(INK_BAD_FILE), "BAD_FILE");
    assert_string_equal(ink_status_text(INK_NO_MEMORY), "out of memory");
    assert_int_equal(INK_INTERNAL, 11);
    for (int i = 0; i <= INK_INTERNAL; i++) {
        assert_string_not_equal(ink_status_name((ink_status)i), "UNKNOWN");
        assert_true(strlen(ink_status_text((ink_status)i)) > 0);
    }
    for (int i = -2; i < 100; i += i == -1 ? 13 : 1) {
        assert_string_equal(ink_status_name((ink_status)i), "UNKNOWN");
        assert_non_null(ink_status_text((ink_status)i));
    }
}

static void version_is_the_header(void **state)
{
    char text[32];
    (void)state;
    snprintf(text, sizeof text, "%d.%d.%d", INK_VERSION_MAJOR, INK_VERSION_MINOR, INK_VERSION_PATCH);
    assert_string_equal(ink_version(), text);
}

static void *no_alloc(void *user, size_t size)
{
    (void)user;
    (void)size;
    return NULL;
}

static void context_refuses_half_an_allocator(void **state)
{
    struct tally tally = {0};
    ink_allocator whole = room_allocator(&tally), half = whole;
    ink_ctx *ctx = (ink_ctx *)state;
    half.release = NULL;
    assert_int_equal(ink_ctx_new(&half, &ctx), INK_BAD_ARGUMENT);
    assert_null(ctx);
    half = (ink_allocator){sizeof(ink_allocator), NULL, whole.release, &tally};
    assert_int_equal(ink_ctx_new(&half, &ctx), INK_BAD_ARGUMENT);
    assert_null(ctx);
    half = (ink_allocator){sizeof(ink_allocator), no_alloc, whole.release, NULL};
    assert_int_equal(ink_ctx_new(&half, &ctx), INK_NO_MEMORY);
    assert_null(ctx);
    ink_ctx_free(NULL);
}

static void context_threads(void **state)
{
    struct room *room = *state;
    ink_ctx *ctx = room->ctx;
    assert_true(ink_ctx_threads(ctx) >= 1);
    assert_int_equal(ink_ctx_set_threads(ctx, 7), INK_OK);
    assert_int_equal(ink_ctx_threads(ctx), 7);
    assert_int_equal(ink_ctx_set_threads(ctx, 1024), INK_OK);
    assert_int_equal(ink_ctx_set_threads(ctx, 1025), INK_BAD_ARGUMENT);
    room_said(room, "1025");
    assert_int_equal(ink_ctx_threads(ctx), 1024);
    assert_int_equal(ink_ctx_set_threads(ctx, 0), INK_OK);
    assert_true(ink_ctx_threads(ctx) >= 1 && ink_ctx_threads(ctx) <= 1024);
}

static void messages_may_quote_messages(void **state)
{
    struct room *room = *state;
    char longer[3000];
    assert_string_equal(ink_ctx_message(room->ctx), "");
    assert_int_equal(inki_fail(room->ctx, INK_IO, "first %d", 1), INK_IO);
    assert_int_equal(inki_fail(room->ctx, INK_BAD_DATA, "then (%s)", ink_ctx_message(room->ctx)), INK_BAD_DATA);
    assert_string_equal(ink_ctx_message(room->ctx), "then (first 1)");
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = 0;
    assert_int_equal(inki_fail(room->ctx, INK_IO, "%s", longer), INK_IO);
    assert_int_equal(strlen(ink_ctx_message(room->ctx)), sizeof room->ctx->message - 1);
}

static void keep_line(void *user, const char *line) { snprintf(user, 64, "%.63s", line); }

static void notes_reach_the_caller(void **state)
{
    struct room *room = *state;
    char line[64] = "";
    inki_note(room->ctx, "nobody listens");
    ink_ctx_on_note(room->ctx, keep_line, line);
    inki_note(room->ctx, "%d rows", 12);
    assert_string_equal(line, "12 rows");
    ink_ctx_on_note(room->ctx, NULL, NULL);
    inki_note(room->ctx, "nobody listens any more");
    assert_string_equal(line, "12 rows");
}

/* ---- memory ---- */

static void products_of_sizes(void **state)
{
    size_t out = 0;
    (void)state;
    assert_true(inki_mul_fits(0, SIZE_MAX, &out) && out == 0);
    assert_true(inki_mul_fits(SIZE_MAX, 0, &out) && out == 0);
    assert_true(inki_mul_fits(SIZE_MAX, 1, &out) && out == SIZE_MAX);
    assert_true(inki_mul_fits(1000, 1001, &out) && out == 1001000);
    assert_true(inki_mul_fits(SIZE_MAX / 8, 8, &out) && out == SIZE_MAX / 8 * 8);
    assert_false(inki_mul_fits(SIZE_MAX / 8 + 1, 8, &out));
    assert_false(inki_mul_fits(SIZE_MAX / 2 + 1, SIZE_MAX / 2 + 1, &out));
    assert_false(inki_mul_fits(SIZE_MAX, SIZE_MAX, &out));
}

static void too_large_sizes_are_refused(void **state)
{
    static const size_t sizes[][2] = {
        {SIZE_MAX, 1},          {SIZE_MAX, SIZE_MAX}, {SIZE_MAX / 4 + 1, 4},       {SIZE_MAX / 2, 1},
        {SIZE_MAX / 2 - 64, 1}, {SIZE_MAX - 71, 1},   {SIZE_MAX / 3, SIZE_MAX / 5}};
    struct room *room = *state;
    size_t calls = room->tally.calls;
    for (size_t i = 0; i < LENGTH(sizes); i++) {
        room->ctx->message[0] = 0;
        assert_null(inki_alloc(room->ctx, sizes[i][0], sizes[i][1]));
        room_said(room, "out of memory");
        assert_null(inki_zalloc(room->ctx, sizes[i][0], sizes[i][1]));
    }
    assert_int_equal(room->tally.calls, calls); /* the hook is not asked for what cannot be */
}

static void blocks_are_aligned_and_counted(void **state)
{
    struct room *room = *state;
    void *blocks[200];
    size_t live = room->tally.live, calls = room->tally.calls;
    for (size_t i = 0; i < LENGTH(blocks); i++) {
        blocks[i] = inki_alloc(room->ctx, i, 3);
        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t)blocks[i] % 64, 0);
        memset(blocks[i], 0xA5, 3 * i);
    }
    assert_int_equal(room->tally.live, live + LENGTH(blocks));
    assert_int_equal(room->tally.calls, calls + LENGTH(blocks));
    for (size_t i = 0; i < LENGTH(blocks); i++) inki_free(blocks[i]);
    assert_int_equal(room->tally.live, live);
    inki_free(NULL);
}

/* Hands out blocks at every address that is a multiple of 8. */
static void *shifted_alloc(void *user, size_t size)
{
    size_t *shift = user;
    char *raw = malloc(size + 128);
    assert_non_null(raw);
    char *block = raw + 16 + *shift;
    *shift = (*shift + 8) % 64;
    memcpy(block - 8, &raw, sizeof raw);
    return block;
}

static void shifted_release(void *user, void *block)
{
    void *raw;
    (void)user;
    memcpy(&raw, (char *)block - 8, sizeof raw);
    free(raw);
}

static void alignment_from_any_address(void **state)
{
    size_t shift = 0;
    struct ink_ctx ctx = {.allocator = {sizeof(ink_allocator), shifted_alloc, shifted_release, &shift}};
    (void)state;
    for (size_t i = 0; i < 64; i++) {
        void *block = inki_alloc(&ctx, i, 1);
        assert_int_equal((uintptr_t)block % 64, 0);
        memset(block, 0xA5, i);
        inki_free(block);
    }
}

static void zeroed_blocks_are_zero(void **state)
{
    struct room *room = *state;
    for (int round = 0; round < 20; round++) {
        uint8_t *block = inki_zalloc(room->ctx, 333, 3);
        for (size_t i = 0; i < 999; i++) assert_int_equal(block[i], 0);
        memset(block, 0xFF, 999);
        inki_free(block);
    }
}

static void growing_keeps_the_content(void **state)
{
    struct room *room = *state;
    uint32_t *block = NULL;
    size_t live = room->tally.live, count = 0;
    for (size_t larger = 1; larger < 5000; larger = larger * 2 + 3) {
        block = inki_grow(room->ctx, block, count, larger, sizeof *block);
        assert_non_null(block);
        assert_int_equal((uintptr_t)block % 64, 0);
        for (size_t i = 0; i < count; i++) assert_int_equal(block[i], i * i);
        for (size_t i = count; i < larger; i++) block[i] = (uint32_t)(i * i);
        count = larger;
        assert_int_equal(room->tally.live, live + 1);
    }
    assert_null(inki_grow(room->ctx, block, count, SIZE_MAX, sizeof *block));
    room->tally.fail_at = room->tally.calls + 1;
    assert_null(inki_grow(room->ctx, block, count, 2 * count, sizeof *block));
    for (size_t i = 0; i < count; i++) assert_int_equal(block[i], i * i); /* as it was */
    inki_free(block);
}

static void a_failing_hook_is_reported(void **state)
{
    struct room *room = *state;
    room->tally.fail_at = room->tally.calls + 1;
    assert_null(inki_alloc(room->ctx, 10, 7));
    room_said(room, "10 x 7");
    room->tally.fail_at = room->tally.calls + 1;
    assert_null(inki_zalloc(room->ctx, 1, 1));
    room->tally.fail_at = room->tally.calls + 1;
    assert_null(inki_copy_text(room->ctx, "text"));
    char *copy = inki_copy_text(room->ctx, "tëxt");
    assert_string_equal(copy, "tëxt");
    inki_free(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status_names_and_texts),
        cmocka_unit_test(version_is_the_header),
        cmocka_unit_test(context_refuses_half_an_allocator),
        cmocka_unit_test_setup_teardown(context_threads, room_begin, room_end),
        cmocka_unit_test_setup_teardown(messages_may_quote_messages, room_begin, room_end),
        cmocka_unit_test_setup_teardown(notes_reach_the_caller, room_begin, room_end),
        cmocka_unit_test(products_of_sizes),
        cmocka_unit_test_setup_teardown(too_large_sizes_are_refused, room_begin, room_end),
        cmocka_unit_test_setup_teardown(blocks_are_aligned_and_counted, room_begin, room_end),
        cmocka_unit_test(alignment_from_any_address),
        cmocka_unit_test_setup_teardown(zeroed_blocks_are_zero, room_begin, room_end),
        cmocka_unit_test_setup_teardown(growing_keeps_the_content, room_begin, room_end),
        cmocka_unit_test_setup_teardown(a_failing_hook_is_reported, room_begin, room_end),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
