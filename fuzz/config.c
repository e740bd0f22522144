/* config: settings files as a fuzz target: what was read is what comes back after writing.
 * SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include "base/config.h"
#include "base/mem.h"

#include <string.h>

static void same(const char *a, const char *b)
{
    fuzz_assert((a == NULL) == (b == NULL) && (!a || strcmp(a, b) == 0), "written settings are read back as others");
}

static void compare(const ink_settings *a, const ink_settings *b)
{
    for (size_t i = 0; i < ink_settings_count(); i++) {
        const char *name = ink_settings_row(i)->name;
        same(ink_settings_get(a, name), ink_settings_get(b, name));
        fuzz_assert(ink_settings_is_set(a, name) == ink_settings_is_set(b, name), "another setting is set");
    }
    for (size_t i = 0; i < INKI_ABOUT_COUNT; i++)
        same(ink_settings_about(a, inki_about_rows[i].name), ink_settings_about(b, inki_about_rows[i].name));
}

static void write_and_read(ink_ctx *ctx, const ink_settings *set)
{
    struct inki_str text = {.ctx = ctx};
    ink_settings *back;
    fuzz_assert(ink_settings_new(ctx, &back) == INK_OK, "no settings");
    if (inki_settings_print(set, &text) == INK_OK) {
        struct inki_bytes bytes = {.data = (uint8_t *)text.text, .size = text.length};
        fuzz_assert(inki_settings_parse(ctx, back, "written", &bytes) == INK_OK, "written settings cannot be read");
        compare(set, back);
    }
    inki_free(text.text);
    ink_settings_free(back);
}

void fuzz_try(ink_ctx *ctx, const uint8_t *bytes, size_t size)
{
    ink_settings *set;
    struct inki_bytes content = fuzz_content(ctx, bytes, size);
    fuzz_assert(ink_settings_new(ctx, &set) == INK_OK, "no settings");
    if (inki_settings_parse(ctx, set, "input", &content) == INK_OK)
        write_and_read(ctx, set);
    else
        compare(set, fuzz_settings());
    ink_settings_free(set);
    inki_bytes_free(ctx, &content);
}
