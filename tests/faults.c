/* faults: calls for files, over the C library's, of which one fails.
 * SPDX-License-Identifier: MIT */
#undef _FILE_OFFSET_BITS /* both open and open64 are defined here, and others */
#undef _TIME_BITS
#include "faults.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FAULT_NAME(name) #name,
const char *const fault_names[FAULT_COUNT] = {FAULT_KINDS(FAULT_NAME)};
struct faults faults;

static struct {
    bool on;
    enum fault_kind kind;
    size_t at;
} plan;

void fault_begin(enum fault_kind kind, size_t n)
{
    memset(&faults, 0, sizeof faults);
    plan.kind = kind;
    plan.at = n;
    plan.on = true;
}

void fault_end(void) { plan.on = false; }

/* Whether this call is the one. */
static bool fails(enum fault_kind kind)
{
    if (!plan.on) return false;
    size_t n = __atomic_add_fetch(&faults.calls[kind], 1, __ATOMIC_RELAXED);
    if (kind != plan.kind || n != plan.at) return false;
    faults.failed = true;
    errno = ENOSPC;
    return true;
}

/* What the C library leaves in a stream whose call failed (ferror). */
static void mark(FILE *file)
{
#ifdef __GLIBC__
    file->_flags |= 0x20; /* _IO_ERR_SEEN */
#else
    (void)file;
#endif
}

static bool is_standard(const FILE *file) { return file == stdin || file == stdout || file == stderr; }

/* The C library's function of this name and type. */
#define REAL(type, name, ...)                                                                                          \
    static type (*real)(__VA_ARGS__);                                                                                  \
    if (!real) *(void **)(void *)&real = dlsym(RTLD_NEXT, #name)

#define OPEN(name)                                                                                                     \
    int name(const char *path, int flags, ...)                                                                         \
    {                                                                                                                  \
        REAL(int, name, const char *, int, ...);                                                                       \
        va_list list;                                                                                                  \
        va_start(list, flags);                                                                                         \
        unsigned mode = flags & O_CREAT ? va_arg(list, unsigned) : 0;                                                  \
        va_end(list);                                                                                                  \
        return fails(FAULT_open) ? -1 : real(path, flags, mode);                                                       \
    }
#define FOPEN(name)                                                                                                    \
    FILE *name(const char *path, const char *mode)                                                                     \
    {                                                                                                                  \
        REAL(FILE *, name, const char *, const char *);                                                                \
        return fails(FAULT_open) ? NULL : real(path, mode);                                                            \
    }
/* CHECK says for which handles; where the call fails it must have done what LEAVE says. */
#define CALL(type, name, kind, check, leave, wrong, parameters, arguments)                                             \
    type name parameters                                                                                               \
    {                                                                                                                  \
        static type(*real) parameters;                                                                                 \
        if (!real) *(void **)(void *)&real = dlsym(RTLD_NEXT, #name);                                                  \
        if ((check) && fails(FAULT_##kind)) {                                                                          \
            leave;                                                                                                     \
            errno = ENOSPC;                                                                                            \
            return wrong;                                                                                              \
        }                                                                                                              \
        return real arguments;                                                                                         \
    }
#define NOTHING (void)0

int open(const char *path, int flags, ...);
int open64(const char *path, int flags, ...);
OPEN(open)
OPEN(open64)
FOPEN(fopen)
FOPEN(fopen64)
CALL(FILE *, fdopen, open, true, NOTHING, NULL, (int handle, const char *mode), (handle, mode))
CALL(ssize_t, read, read, handle > 2, NOTHING, -1, (int handle, void *bytes, size_t size), (handle, bytes, size))
CALL(ssize_t, pread64, read, true, NOTHING, -1, (int handle, void *bytes, size_t size, off64_t at),
     (handle, bytes, size, at))
CALL(ssize_t, write, write, handle > 2, NOTHING, -1, (int handle, const void *bytes, size_t size),
     (handle, bytes, size))
CALL(ssize_t, pwrite64, write, true, NOTHING, -1, (int handle, const void *bytes, size_t size, off64_t at),
     (handle, bytes, size, at))
CALL(size_t, fwrite, write, !is_standard(file), mark(file), 0, (const void *bytes, size_t size, size_t n, FILE *file),
     (bytes, size, n, file))
CALL(int, fflush, flush, file && !is_standard(file), mark(file), EOF, (FILE * file), (file))
CALL(int, fclose, close, !is_standard(file), real(file), EOF, (FILE * file), (file))
CALL(int, close, close, handle > 2, real(handle), -1, (int handle), (handle))
CALL(int, fsync, sync, true, NOTHING, -1, (int handle), (handle))
CALL(int, fdatasync, sync, true, NOTHING, -1, (int handle), (handle))
CALL(int, rename, rename, true, NOTHING, -1, (const char *from, const char *to), (from, to))
CALL(int, unlink, unlink, true, NOTHING, -1, (const char *path), (path))
CALL(void *, mmap, map, handle >= 0, NOTHING, MAP_FAILED,
     (void *at, size_t size, int protection, int flags, int handle, off_t offset),
     (at, size, protection, flags, handle, offset))
CALL(void *, mmap64, map, handle >= 0, NOTHING, MAP_FAILED,
     (void *at, size_t size, int protection, int flags, int handle, off64_t offset),
     (at, size, protection, flags, handle, offset))
CALL(int, stat, stat, true, NOTHING, -1, (const char *path, struct stat *out), (path, out))
CALL(int, stat64, stat, true, NOTHING, -1, (const char *path, struct stat64 *out), (path, out))
CALL(int, fstat, stat, true, NOTHING, -1, (int handle, struct stat *out), (handle, out))
CALL(int, fstat64, stat, true, NOTHING, -1, (int handle, struct stat64 *out), (handle, out))
CALL(int, ftruncate64, truncate, true, NOTHING, -1, (int handle, off64_t size), (handle, size))

#ifdef FAULTS_PRELOADED
static void report(void)
{
    const char *path = getenv("FAULTS_COUNT");
    fault_end();
    FILE *file = path ? fopen(path, "w") : NULL;
    for (int kind = 0; file && kind < FAULT_COUNT; kind++)
        fprintf(file, "%s %zu\n", fault_names[kind], faults.calls[kind]);
    if (file) fclose(file);
}

__attribute__((constructor)) static void begin(void)
{
    const char *text = getenv("FAULTS");
    size_t n = 0;
    char name[32] = "";
    enum fault_kind kind = FAULT_open;
    if (!text && !getenv("FAULTS_COUNT")) return;
    if (text) sscanf(text, "%31[a-z]:%zu", name, &n);
    while (text && kind < FAULT_COUNT && strcmp(fault_names[kind], name) != 0) kind++;
    fault_begin(kind, n);
    atexit(report);
}
#endif
