/* pickle_help: fixtures and the reader in memory.
 * SPDX-License-Identifier: MIT */
#include "pickle_help.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t pickle_fixtures(const char *prefix, char *names[PICKLE_NAMES])
{
    DIR *folder = opendir(PICKLES);
    size_t count = 0;
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0) continue;
        assert_true(count < PICKLE_NAMES);
        names[count] = malloc(512);
        assert_non_null(names[count]);
        snprintf(names[count++], 512, PICKLES "%s", entry->d_name);
    }
    closedir(folder);
    return count;
}

ink_status pickle_read(const struct fixture *f, const void *bytes, size_t size, ink_data **out)
{
    struct inki_source source = {.ctx = f->ctx, .path = "memory.pkl", .set = f->set};
    source.content = (struct inki_bytes){.data = inki_alloc(f->ctx, size, 1), .size = size};
    *out = NULL;
    if (!source.content.data) return INK_NO_MEMORY;
    memcpy(source.content.data, bytes, size);
    ink_status status = inki_pickle_reader.read(&source, out);
    inki_bytes_free(f->ctx, &source.content);
    return status;
}

void pickle_fails(const struct fixture *f, const void *bytes, size_t size, ink_status status, const char *words)
{
    ink_data *data;
    size_t live = f->memory.live;
    ink_status got = pickle_read(f, bytes, size, &data);
    if (got != status)
        fail_msg("%s instead of %s: %s", ink_status_name(got), ink_status_name(status), ink_ctx_message(f->ctx));
    assert_null(data);
    assert_int_equal(f->memory.live, live);
    help_message_has(f, words);
}
