/* published: the files of named sets as they were published: their sizes and SHA-256, and taking them over from wherever they came.
 * SPDX-License-Identifier: MIT */
#include "base/file.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "inkling-extra.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Of the files uncompressed, the smallest first; scripts/get-data has the same sums, which tests/get_data compares. */
static const struct {
    const char *set;
    ink_named_file about;
} files[] = {
    {"mnist", {"t10k-labels-idx1-ubyte", 10008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"}},
    {"mnist", {"train-labels-idx1-ubyte", 60008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"}},
    {"mnist", {"t10k-images-idx3-ubyte", 7840016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"}},
    {"mnist",
     {"train-images-idx3-ubyte", 47040016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"}},
    {"fashion", {"t10k-labels-idx1-ubyte", 10008, "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"}},
    {"fashion", {"train-labels-idx1-ubyte", 60008, "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"}},
    {"fashion",
     {"t10k-images-idx3-ubyte", 7840016, "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"}},
    {"fashion",
     {"train-images-idx3-ubyte", 47040016, "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"}},
    {"adult", {"adult.test", 2003153, "a2a9044bc167a35b2361efbabec64e89d69ce82d9790d2980119aac5fd7e9c05"}},
    {"adult", {"adult.data", 3974305, "5b00264637dbfec36bdeaab5676b0b309ff9eb788d63554ca0a249491c86603d"}},
    {"diamonds", {"diamonds.csv", 2772143, "9574730b03aba241d899c4a97511c5061b19358fab89510774fb6c24168345c4"}},
    {"titanic", {"titanic.csv", 57018, "81787d320d7f7b03df935e91de8bd19e11d45c5bbcab86ef4d4a76dc91b7d4f2"}},
    {"penguins", {"penguins.csv", 13478, "e07636bd8af74260099ea2f8678e2eabbf35def579940cc76f67061ee16c06c1"}},
    {"mpg", {"mpg.csv", 21222, "c14b8b855ea7ee86cb9736bf8caaf281c4685ca08826f3eb2acaccaaf40f0d5a"}},
};

const ink_named_file *ink_named_set_file(size_t i, size_t file)
{
    const ink_named_set *set = ink_named_set_row(i);
    for (size_t k = 0; set && k < COUNT(files); k++)
        if (strcmp(files[k].set, set->name) == 0 && file-- == 0) return &files[k].about;
    return NULL;
}

/* A file on its way: where it comes from and goes to. */
struct passage {
    const ink_named_file *file;
    const char *path;
    gzFile from;
    struct inki_writer *to; /* NULL: nowhere */
    bool text;
};

static ink_status damaged(ink_ctx *ctx, const struct passage *p, const char *what)
{
    return inki_fail(ctx, INK_BAD_FILE, "%s: is not the published %s: %s", p->path, p->file->name, what);
}

/* No more than one byte beyond the published file is unpacked, whatever the compressed one promises. */
static ink_status pass_on(ink_ctx *ctx, const struct passage *p)
{
    struct inki_sha256 hash;
    uint8_t block[1 << 15];
    char sum[65], what[160];
    size_t size = 0;
    int count;
    inki_sha256_begin(&hash);
    while (size <= p->file->bytes && (count = gzread(p->from, block, sizeof block)) > 0) {
        inki_sha256_add(&hash, block, (size_t)count);
        size += (size_t)count;
        if (p->to && size <= p->file->bytes) INK_TRY(inki_write(p->to, block, (size_t)count));
    }
    if (size <= p->file->bytes && (count < 0 || !gzeof(p->from))) return damaged(ctx, p, "it cannot be unpacked");
    if (p->text && size + 1 == p->file->bytes) { /* copies in repositories have lost UCI's last, empty line */
        inki_sha256_add(&hash, (const uint8_t *)"\n", 1);
        size++;
        if (p->to) INK_TRY(inki_write(p->to, "\n", 1));
    }
    inki_sha256_end(&hash, sum);
    snprintf(what, sizeof what,
             size > p->file->bytes ? "it has more than %zu bytes" : "it has %zu bytes instead of %zu",
             size > p->file->bytes ? p->file->bytes : size, p->file->bytes);
    if (size != p->file->bytes) return damaged(ctx, p, what);
    snprintf(what, sizeof what, "its SHA-256 is %s", sum);
    return strcmp(sum, p->file->sha256) == 0 ? INK_OK : damaged(ctx, p, what);
}

static ink_status take(ink_ctx *ctx, struct passage *p, const char *to)
{
    struct inki_writer writer;
    if (!to) return pass_on(ctx, p);
    INK_TRY(inki_write_begin(ctx, to, &writer));
    p->to = &writer;
    ink_status status = pass_on(ctx, p);
    if (status == INK_OK) status = inki_write_commit(&writer);
    if (status != INK_OK) inki_write_abort(&writer);
    return status;
}

ink_status ink_named_set_take(ink_ctx *ctx, size_t i, size_t file, const char *path, const char *to)
{
    struct passage passage = {.file = ink_named_set_file(i, file), .path = path};
    const ink_named_set *set = ink_named_set_row(i);
    passage.text = set && set->target;
    if (!passage.file) return inki_fail(ctx, INK_BAD_ARGUMENT, "named set %zu has no file %zu", i, file);
    if (inki_path_kind(path) != INKI_PATH_FILE) return inki_fail(ctx, INK_NOT_FOUND, "%s: no such file", path);
    passage.from = gzopen(path, "rb");
    if (!passage.from) return inki_fail(ctx, INK_IO, "%s: cannot be opened: %s", path, strerror(errno));
    ink_status status = take(ctx, &passage, to);
    gzclose_r(passage.from);
    return status;
}
