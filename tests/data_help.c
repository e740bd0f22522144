/* data_help: a counted context, files, an out-of-memory sweep.
 * SPDX-License-Identifier: MIT */
#include "data_help.h"

#include "base/little.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *counted_alloc(void *user, size_t size)
{
    struct memory *memory = user;
    if (++memory->calls == memory->fail_at) return NULL;
    memory->live++;
    return malloc(size);
}

static void counted_release(void *user, void *block)
{
    struct memory *memory = user;
    memory->live--;
    free(block);
}

static void keep_note(void *user, const char *line)
{
    struct fixture *f = user;
    snprintf(f->note, sizeof f->note, "%s", line);
    size_t used = strlen(f->notes);
    snprintf(f->notes + used, sizeof f->notes - used, "%s\n", line);
}

int help_begin(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    ink_allocator allocator = {sizeof allocator, counted_alloc, counted_release, &f->memory};
    assert_int_equal(ink_ctx_new(&allocator, &f->ctx), INK_OK);
    assert_int_equal(ink_settings_new(f->ctx, &f->set), INK_OK);
    ink_ctx_on_note(f->ctx, keep_note, f);
    const char *temporary = getenv("TMPDIR");
    snprintf(f->folder, sizeof f->folder, "%s/inkling-test-XXXXXX",
             temporary && strlen(temporary) < 32 ? temporary : "/tmp");
    assert_non_null(mkdtemp(f->folder));
    *state = f;
    return 0;
}

int help_end(void **state)
{
    struct fixture *f = *state;
    char command[96];
    ink_settings_free(f->set);
    ink_ctx_free(f->ctx);
    assert_int_equal(f->memory.live, 0);
    snprintf(command, sizeof command, "rm -rf '%s'", f->folder);
    assert_int_equal(system(command), 0);
    free(f);
    return 0;
}

const char *help_path(const struct fixture *f, const char *name)
{
    static char paths[64][256];
    static unsigned next;
    char *path = paths[next++ % 64];
    snprintf(path, sizeof paths[0], "%s/%s", f->folder, name);
    return path;
}

const char *help_write(const struct fixture *f, const char *name, const void *bytes, size_t size)
{
    const char *path = help_path(f, name);
    remove(path); /* some file systems write a file that is cut and written again to the disk at once: slow */
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    if (size) assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return path;
}

uint8_t *help_read(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(*size + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

void help_set(const struct fixture *f, const char *name, const char *value)
{
    assert_int_equal(ink_settings_set(f->ctx, f->set, name, value), INK_OK);
}

ink_data *help_load(const struct fixture *f, const char *path)
{
    ink_data *data = NULL;
    ink_status status = ink_data_load(f->ctx, path, f->set, &data);
    if (status != INK_OK) fail_msg("%s: %s", path, ink_ctx_message(f->ctx));
    assert_non_null(data);
    return data;
}

void help_message_has(const struct fixture *f, const char *words)
{
    const char *message = ink_ctx_message(f->ctx);
    while (*words) {
        char word[128];
        size_t length = strcspn(words, "|");
        snprintf(word, sizeof word, "%.*s", (int)length, words);
        if (!strstr(message, word)) fail_msg("'%s' is not in: %s", word, message);
        words += length + (words[length] == '|');
    }
}

void help_load_fails(const struct fixture *f, const char *path, ink_status status, const char *words)
{
    ink_data *data = (ink_data *)1;
    size_t before = f->memory.live;
    ink_status got = ink_data_load(f->ctx, path, f->set, &data);
    if (got != status)
        fail_msg("%s: %s instead of %s: %s", path, ink_status_name(got), ink_status_name(status),
                 ink_ctx_message(f->ctx));
    assert_null(data);
    assert_int_equal(f->memory.live, before);
    help_message_has(f, words);
}

size_t help_idx(uint8_t *out, uint8_t type, size_t rank, const uint32_t *dims, size_t value_bytes)
{
    size_t at = 0;
    out[at++] = 0;
    out[at++] = 0;
    out[at++] = type;
    out[at++] = (uint8_t)rank;
    for (size_t d = 0; d < rank; d++)
        for (int shift = 24; shift >= 0; shift -= 8) out[at++] = (uint8_t)(dims[d] >> shift);
    for (size_t i = 0; i < value_bytes; i++) out[at++] = (uint8_t)i;
    return at;
}

const char *help_write_doubles(const struct fixture *f, const char *name, size_t rows, size_t columns, const double *x)
{
    char dict[128];
    uint8_t file[1024] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    if (columns)
        snprintf(dict, sizeof dict, "{'descr': '<f8', 'fortran_order': False, 'shape': (%zu, %zu)}", rows, columns);
    else
        snprintf(dict, sizeof dict, "{'descr': '<f8', 'fortran_order': False, 'shape': (%zu,)}", rows);
    size_t length = strlen(dict), size = rows * (columns ? columns : 1) * sizeof *x;
    file[8] = (uint8_t)length;
    memcpy(file + 10, dict, length);
    memcpy(file + 10 + length, x, size);
    inki_swap_little(file + 10 + length, size / sizeof *x, sizeof *x);
    return help_write(f, name, file, 10 + length + size);
}

size_t help_sweep(struct fixture *f, ink_status (*task)(struct fixture *f, void *arg), void *arg)
{
    struct memory *memory = &f->memory;
    for (size_t n = 1;; n++) {
        size_t live = memory->live;
        memory->calls = 0;
        memory->fail_at = n;
        ink_status status = task(f, arg);
        memory->fail_at = 0;
        assert_int_equal(memory->live, live);
        if (status == INK_OK) return n - 1;
        if (status != INK_NO_MEMORY)
            fail_msg("allocation %zu: %s instead of NO_MEMORY: %s", n, ink_status_name(status),
                     ink_ctx_message(f->ctx));
        assert_true(n < 1000);
    }
}
