/* files: what the program writes: checks before the work, whole files after it.
 * SPDX-License-Identifier: MIT */
#include "files.h"

#include "cli.h"
#include "terminal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The folder that `path` is in; a new text. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash) return strdup(".");
    return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

/* Makes a file beside `path` and removes it: permissions alone do not show read-only disks. */
static int try_beside(const char *path)
{
    char *name = NULL;
    int code = CODE_DONE;
    if (asprintf(&name, "%s.XXXXXX", path) < 0) return fail(CODE_INTERNAL, "out of memory");
    int handle = mkstemp(name);
    if (handle < 0)
        code = fail(CODE_INPUT, "cannot write %s: %s", path, strerror(errno));
    else
        unlink(name), close(handle);
    free(name);
    return code;
}

static int check_folder(const char *path)
{
    struct stat info;
    char *folder = folder_of(path);
    if (!folder) return fail(CODE_INTERNAL, "out of memory");
    int code = CODE_DONE;
    if (stat(folder, &info) != 0 && errno == ENOENT)
        code = fail(CODE_INPUT, "cannot write %s: there is no folder '%s'; make it first", path, folder);
    free(folder);
    return code == CODE_DONE ? try_beside(path) : code;
}

int file_check(const char *path, bool in_place)
{
    struct stat info;
    if (*path == 0) return fail(CODE_USAGE, "the name of a file to write is empty");
    bool exists = stat(path, &info) == 0;
    if (exists && S_ISDIR(info.st_mode)) return fail(CODE_INPUT, "cannot write %s: it is a folder", path);
    if (!exists || (S_ISREG(info.st_mode) && !in_place)) return check_folder(path);
    if (access(path, W_OK) != 0) return fail(CODE_INPUT, "cannot write %s: %s", path, strerror(errno));
    return CODE_DONE;
}

bool file_is_same(const char *a, const char *b)
{
    struct stat one, other;
    if (stat(a, &one) != 0 || stat(b, &other) != 0) return strcmp(a, b) == 0;
    return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

static int fail_write(const char *path) { return fail(CODE_INPUT, "cannot write %s: %s", path, strerror(errno)); }

/* Opens a temporary file beside out->path, with the rights that a new file gets here. */
static int open_temporary(struct out_file *out)
{
    if (asprintf(&out->temporary, "%s.XXXXXX", out->path) < 0) {
        out->temporary = NULL;
        return fail(CODE_INTERNAL, "out of memory");
    }
    int handle = mkstemp(out->temporary);
    if (handle < 0) return fail_write(out->path);
    mode_t mask = umask(0);
    umask(mask);
    out->file = fchmod(handle, 0666 & ~mask) == 0 ? fdopen(handle, "w") : NULL;
    if (out->file) return CODE_DONE;
    int code = fail_write(out->path);
    close(handle);
    unlink(out->temporary);
    return code;
}

static int open_path(struct out_file *out, const char *path)
{
    struct stat info;
    bool exists = stat(path, &info) == 0, direct = exists && !S_ISREG(info.st_mode);
    out->path = exists && !direct ? realpath(path, NULL) : strdup(path);
    if (!out->path) return fail_write(path);
    if (!direct) return open_temporary(out);
    out->file = fopen(path, "w");
    return out->file ? CODE_DONE : fail_write(path);
}

static void forget(struct out_file *out)
{
    free(out->path);
    free(out->temporary);
    *out = (struct out_file){0};
}

int out_file_begin(struct out_file *out, const char *path)
{
    *out = (struct out_file){0};
    if (!path || strcmp(path, "-") == 0) {
        out->file = stdout;
        return CODE_DONE;
    }
    int code = open_path(out, path);
    if (code != CODE_DONE) forget(out);
    return code;
}

int out_file_end(struct out_file *out, bool whole)
{
    if (out->file == stdout) {
        out_works();
        return CODE_DONE;
    }
    bool written = whole && !ferror(out->file) && fflush(out->file) == 0;
    if (written && out->temporary) written = fsync(fileno(out->file)) == 0;
    if (fclose(out->file) != 0) written = false;
    if (written && out->temporary) written = rename(out->temporary, out->path) == 0;
    int code = whole && !written ? fail_write(out->path) : CODE_DONE;
    if (!written && out->temporary) unlink(out->temporary);
    forget(out);
    return code;
}

void csv_field(FILE *file, const char *before, const char *text)
{
    char *clean = file == stdout ? strdup(text) : NULL; /* a file has it as it is */
    if (clean) ink_text_clean(clean, true);
    if (clean) text = clean;
    bool quoted = strpbrk(text, ",\"\r\n") != NULL;
    if (quoted) fputc('"', file);
    fputs(before, file);
    for (; *text; text++) {
        if (*text == '"') fputc('"', file);
        fputc(*text, file);
    }
    if (quoted) fputc('"', file);
    free(clean);
}
