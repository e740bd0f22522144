/* like: a CSV file of two or more columns with a header, read line by line.
 * SPDX-License-Identifier: MIT */
#include "like.h"

#include "cli.h"
#include "terminal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first field at *line, without quotes, in `out`; *line goes behind it. False: longer than that, or a quote that is not closed. */
static bool take_field(const char **line, char *out, size_t room)
{
    const char *at = *line;
    size_t used = 0;
    bool quoted = *at == '"';
    if (quoted) at++;
    for (; quoted ? *at : !strchr(",;\t\r\n", *at); at++) {
        if (quoted && *at == '"' && *++at != '"') break;
        if (used + 1 == room) return false;
        out[used++] = *at;
        if (!*at) return false;
    }
    out[used] = 0;
    *line = at + (*at == ',' || *at == ';' || *at == '\t');
    return !*at || strchr(",;\t\r\n", *at);
}

static int refuse(const char *path, size_t line, const char *what)
{
    return fail(CODE_INPUT,
                "%s:%zu: %s; --like takes a CSV file with a header and an id a line, such as sample_submission.csv",
                path, line, what);
}

static int read_header(const char *path, const char *line, struct like *out)
{
    if (strncmp(line, "\xEF\xBB\xBF", 3) == 0) line += 3;
    if (!take_field(&line, out->id, sizeof out->id) || !take_field(&line, out->target, sizeof out->target) ||
        !*out->id || !*out->target)
        return refuse(path, 1, "expected the names of two columns");
    return CODE_DONE;
}

/* Whether the id is `wanted` in plain digits. */
static bool is_count(const char *id, size_t wanted)
{
    char text[32];
    snprintf(text, sizeof text, "%zu", wanted);
    return strcmp(id, text) == 0;
}

static int add_id(const char *path, const char *line, struct like *out)
{
    char id[256];
    if (!take_field(&line, id, sizeof id) || !*id) return refuse(path, out->rows + 2, "expected an id");
    if (out->rows % 1024 == 0) {
        char **ids = reallocarray(out->ids, out->rows + 1024, sizeof *ids);
        if (!ids) return fail(CODE_INTERNAL, "out of memory");
        out->ids = ids;
    }
    if (out->rows == 0) {
        out->first = (size_t)strtoull(id, NULL, 10);
        out->counts = 1;
    }
    if (!is_count(id, out->first + out->rows)) out->counts = 0;
    out->ids[out->rows] = strdup(id);
    if (!out->ids[out->rows]) return fail(CODE_INTERNAL, "out of memory");
    out->rows++;
    return CODE_DONE;
}

int like_read(const char *path, struct like *out)
{
    char *line = NULL;
    size_t room = 0;
    FILE *file = fopen(path, "r");
    *out = (struct like){.rows = 0};
    if (!file) return fail(CODE_INPUT, "%s: cannot be opened: %s", path, strerror(errno));
    int code = getline(&line, &room, file) > 0 ? read_header(path, line, out) : refuse(path, 1, "the file is empty");
    while (code == CODE_DONE && getline(&line, &room, file) > 0)
        if (line[strspn(line, "\r\n")]) code = add_id(path, line, out);
    if (code == CODE_DONE && ferror(file)) code = fail(CODE_INPUT, "%s: cannot be read: %s", path, strerror(errno));
    free(line);
    fclose(file);
    return code;
}

void like_free(struct like *like)
{
    for (size_t i = 0; i < like->rows; i++) free(like->ids[i]);
    free(like->ids);
    *like = (struct like){.rows = 0};
}
