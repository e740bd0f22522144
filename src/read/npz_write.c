/* npz_write: a zip archive of .npy members, written in one pass.
 * SPDX-License-Identifier: MIT
 *
 * Written by hand over zlib: nothing is kept in memory, the archive needs no library that may be missing, and the same arrays
 * give the same bytes (members bear the format's first date). Sizes and checksum of a member stand before it, so its header is
 * written again when it is closed. Members that may reach 4 GiB, and archives as large, have zip64 fields.
 * Format: PKWARE's APPNOTE.TXT 6.3.3, sections 4.3 and 4.5.3; NumPy's NEP 1. */
#include "read/npz_write.h"

#include "base/little.h"
#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { NAME_ROOM = 64, CHUNK = 65536, STORED = 0, DEFLATED = 8, LEVEL = 6, FIRST_DATE = 0x21 };
#define ZIP32_MAX 0xFFFFFFFFu

/* What the directory says about a member. `large`: its sizes are in a zip64 field. */
struct member {
    char name[NAME_ROOM];
    uint64_t begin, size, packed;
    uint32_t checksum;
    uint16_t method;
    bool large;
};

struct inki_npz_writer {
    ink_ctx *ctx;
    struct inki_writer file;
    uint64_t at;            /* bytes written */
    struct member *members; /* the last one may be open */
    size_t count, room;
    uint64_t missing; /* bytes that the open member still needs */
    size_t unit;      /* bytes of one of its numbers */
    bool deflating;   /* `stream` is in use */
    z_stream stream;
    uint8_t chunk[CHUNK];
};

/* ------------------------------------------------------------------ fields */

/* Little-endian fields, one after another. */
struct fields {
    uint8_t bytes[128];
    size_t size;
};

static void add(struct fields *fields, uint64_t value, size_t size)
{
    assert(fields->size + size <= sizeof fields->bytes);
    for (size_t i = 0; i < size; i++) {
        uint64_t rest = i < 8 ? value >> 8 * i : 0;
        fields->bytes[fields->size++] = (uint8_t)(rest & 255);
    }
}

static ink_status put_raw(struct inki_npz_writer *npz, const void *bytes, size_t size)
{
    INK_TRY(inki_write(&npz->file, bytes, size));
    npz->at += size;
    return INK_OK;
}

static struct member *last(struct inki_npz_writer *npz) { return &npz->members[npz->count - 1]; }

/* The part that a member's own header and its entry in the directory share. */
static void add_common(struct fields *fields, const struct member *member)
{
    add(fields, member->large ? 45 : 20, 2); /* version needed */
    add(fields, 0, 2);
    add(fields, member->method, 2);
    add(fields, 0, 2);
    add(fields, FIRST_DATE, 2);
    add(fields, member->checksum, 4);
    add(fields, member->large ? ZIP32_MAX : member->packed, 4);
    add(fields, member->large ? ZIP32_MAX : member->size, 4);
    add(fields, strlen(member->name), 2);
}

static ink_status put_header(struct inki_npz_writer *npz, const struct member *member)
{
    struct fields head = {0}, extra = {0};
    add(&head, 0x04034b50, 4);
    add_common(&head, member);
    if (member->large) {
        add(&extra, 1, 2);
        add(&extra, 16, 2);
        add(&extra, member->size, 8);
        add(&extra, member->packed, 8);
    }
    add(&head, extra.size, 2);
    INK_TRY(put_raw(npz, head.bytes, head.size));
    INK_TRY(put_raw(npz, member->name, strlen(member->name)));
    return put_raw(npz, extra.bytes, extra.size);
}

static ink_status put_entry(struct inki_npz_writer *npz, const struct member *member)
{
    struct fields head = {0}, extra = {0};
    bool far = member->begin >= ZIP32_MAX;
    add(&head, 0x02014b50, 4);
    add(&head, member->large || far ? 45 : 20, 2); /* version made by */
    add_common(&head, member);
    if (member->large || far) {
        add(&extra, 1, 2);
        add(&extra, (member->large ? 16u : 0u) + (far ? 8u : 0u), 2);
        if (member->large) add(&extra, member->size, 8);
        if (member->large) add(&extra, member->packed, 8);
        if (far) add(&extra, member->begin, 8);
    }
    add(&head, extra.size, 2);
    add(&head, 0, 2 + 2 + 2 + 4); /* no comment, one disk, no attributes */
    add(&head, far ? ZIP32_MAX : member->begin, 4);
    INK_TRY(put_raw(npz, head.bytes, head.size));
    INK_TRY(put_raw(npz, member->name, strlen(member->name)));
    return put_raw(npz, extra.bytes, extra.size);
}

static ink_status put_directory(struct inki_npz_writer *npz)
{
    struct fields end = {0};
    uint64_t begin = npz->at, count = npz->count;
    for (size_t i = 0; i < npz->count; i++) INK_TRY(put_entry(npz, &npz->members[i]));
    uint64_t size = npz->at - begin;
    bool large = begin >= ZIP32_MAX || size >= ZIP32_MAX || count >= 0xFFFF;
    if (large) {
        uint64_t here = npz->at;
        add(&end, 0x06064b50, 4);
        add(&end, 44, 8);
        add(&end, 45, 2);
        add(&end, 45, 2);
        add(&end, 0, 8);
        add(&end, count, 8);
        add(&end, count, 8);
        add(&end, size, 8);
        add(&end, begin, 8);
        add(&end, 0x07064b50, 4);
        add(&end, 0, 4);
        add(&end, here, 8);
        add(&end, 1, 4);
    }
    add(&end, 0x06054b50, 4);
    add(&end, 0, 4);
    add(&end, large ? 0xFFFF : count, 2);
    add(&end, large ? 0xFFFF : count, 2);
    add(&end, large ? ZIP32_MAX : size, 4);
    add(&end, large ? ZIP32_MAX : begin, 4);
    add(&end, 0, 2);
    return put_raw(npz, end.bytes, end.size);
}

/* ----------------------------------------------------------------- content */

static void *zlib_alloc(void *ctx, unsigned count, unsigned size) { return inki_alloc(ctx, count, size); }

static void zlib_free(void *user, void *block)
{
    (void)user;
    inki_free(block);
}

static ink_status deflate_begin(struct inki_npz_writer *npz)
{
    npz->stream = (z_stream){.zalloc = zlib_alloc, .zfree = zlib_free, .opaque = npz->ctx};
    if (deflateInit2(&npz->stream, LEVEL, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return inki_fail(npz->ctx, INK_NO_MEMORY, "out of memory for %s", npz->file.path);
    npz->deflating = true;
    return INK_OK;
}

static void deflate_end(struct inki_npz_writer *npz)
{
    if (npz->deflating) deflateEnd(&npz->stream);
    npz->deflating = false;
}

/* Gives zlib bytes[size]; with Z_FINISH it writes all that it still holds. */
static ink_status put_deflated(struct inki_npz_writer *npz, const uint8_t *bytes, size_t size, int flush)
{
    size_t taken = 0;
    int code;
    do {
        size_t left = size - taken;
        uInt in = left < (1u << 30) ? (uInt)left : 1u << 30;
        npz->stream.next_in = (Bytef *)(uintptr_t)(bytes + taken);
        npz->stream.avail_in = in;
        npz->stream.next_out = npz->chunk;
        npz->stream.avail_out = CHUNK;
        code = deflate(&npz->stream, flush);
        taken += in - npz->stream.avail_in;
        size_t made = CHUNK - npz->stream.avail_out;
        last(npz)->packed += made;
        INK_TRY(put_raw(npz, npz->chunk, made));
    } while (flush == Z_FINISH ? code == Z_OK : taken < size);
    return INK_OK;
}

static ink_status put_bytes(struct inki_npz_writer *npz, const void *bytes, size_t size)
{
    struct member *member = last(npz);
    for (size_t done = 0; done < size;) {
        size_t part = size - done < (1u << 30) ? size - done : 1u << 30;
        member->checksum = (uint32_t)crc32(member->checksum, (const Bytef *)bytes + done, (uInt)part);
        done += part;
    }
    if (member->method == DEFLATED) return put_deflated(npz, bytes, size, Z_NO_FLUSH);
    member->packed += size;
    return put_raw(npz, bytes, size);
}

/* ----------------------------------------------------------------- members */

/* The byte order: the lowest byte first, '|' where there is none. */
static char order_of(size_t element) { return element == 1 ? '|' : '<'; }

/* Magic, version, length and the dict, spaces up to a multiple of 64. Returns its size. */
static size_t make_npy_header(char out[256], const char *dtype, size_t element, const size_t *dims, size_t rank)
{
    char shape[120] = "";
    for (size_t d = 0, used = 0; d < rank; d++)
        used += (size_t)snprintf(shape + used, sizeof shape - used, "%zu%s", dims[d],
                                 d + 1 < rank ? ", "
                                 : rank == 1  ? ","
                                              : "");
    memcpy(out, "\x93NUMPY\1\0", 8);
    int length = snprintf(out + 10, 246, "{'descr': '%c%s', 'fortran_order': False, 'shape': (%s), }",
                          order_of(element), dtype, shape);
    size_t end = 10 + (size_t)length, size = (end + 1 + 63) / 64 * 64;
    memset(out + end, ' ', size - 1 - end);
    out[size - 1] = '\n';
    out[8] = (char)((size - 10) & 0xFF);
    out[9] = (char)((size - 10) >> 8);
    return size;
}

/* Room for one more member, with its name. */
static ink_status new_member(struct inki_npz_writer *npz, const char *name)
{
    if (npz->count == npz->room) {
        size_t room = 2 * npz->room + 8;
        struct member *members = inki_grow(npz->ctx, npz->members, npz->count, room, sizeof *members);
        if (!members) return INK_NO_MEMORY;
        npz->members = members;
        npz->room = room;
    }
    struct member *member = &npz->members[npz->count];
    *member = (struct member){.begin = npz->at};
    int length = snprintf(member->name, sizeof member->name, "%s.npy", name);
    if (length < 0 || (size_t)length >= sizeof member->name)
        return inki_fail(npz->ctx, INK_BAD_ARGUMENT, "%s: '%s' is too long for an array's name", npz->file.path, name);
    npz->count++;
    return INK_OK;
}

/* The size in bytes of an element of this type: "u1", "f4"; "U12" has four bytes a character. */
static size_t element_size(const char *dtype)
{
    size_t size = strtoul(dtype + 1, NULL, 10);
    return *dtype == 'U' ? 4 * size : size;
}

ink_status inki_npz_write_open(struct inki_npz_writer *npz, const char *name, const char *dtype, const size_t *dims,
                               size_t rank)
{
    char header[256];
    size_t element = element_size(dtype), values = element;
    bool fits = rank <= INKI_NPZ_RANK_MAX;
    for (size_t d = 0; fits && d < rank; d++) fits = inki_mul_fits(values, dims[d], &values);
    if (!fits) return inki_fail(npz->ctx, INK_BAD_ARGUMENT, "%s: %s is too large", npz->file.path, name);
    INK_TRY(new_member(npz, name));
    struct member *member = last(npz);
    size_t size = make_npy_header(header, dtype, element, dims, rank);
    npz->missing = values;
    npz->unit = *dtype == 'U' ? 4 : element;
    member->size = size + (uint64_t)values;
    member->large = member->size >= ZIP32_MAX - (ZIP32_MAX >> 8); /* what cannot shrink grows a little */
    member->method = element == 1 ? DEFLATED : STORED;
    INK_TRY(put_header(npz, member));
    if (member->method == DEFLATED) INK_TRY(deflate_begin(npz));
    return put_bytes(npz, header, size);
}

ink_status inki_npz_write_put(struct inki_npz_writer *npz, const void *values, size_t size)
{
    assert(size <= npz->missing);
    npz->missing -= size;
    if (!INKI_BIG_ENDIAN || npz->unit == 1) return put_bytes(npz, values, size);
    uint64_t turned[128];
    for (const uint8_t *at = values; size > 0;) {
        const size_t piece = size < sizeof turned ? size : sizeof turned;
        memcpy(turned, at, piece);
        inki_swap_little(turned, piece / npz->unit, npz->unit);
        INK_TRY(put_bytes(npz, turned, piece));
        at += piece;
        size -= piece;
    }
    return INK_OK;
}

/* Writes the header again, now that it is known. */
static ink_status complete_header(struct inki_npz_writer *npz)
{
    uint64_t end = npz->at;
    struct member *member = last(npz);
    if (fseeko(npz->file.file, (off_t)member->begin, SEEK_SET) == 0) {
        INK_TRY(put_header(npz, member));
        if (fseeko(npz->file.file, (off_t)end, SEEK_SET) == 0) {
            npz->at = end;
            return INK_OK;
        }
    }
    return inki_fail(npz->ctx, INK_IO, "%s: writing failed: %s", npz->file.path, strerror(errno));
}

ink_status inki_npz_write_close(struct inki_npz_writer *npz)
{
    assert(npz->missing == 0);
    if (npz->deflating) INK_TRY(put_deflated(npz, NULL, 0, Z_FINISH));
    deflate_end(npz);
    return complete_header(npz);
}

ink_status inki_npz_write_add(struct inki_npz_writer *npz, const char *name, const char *dtype, const size_t *dims,
                              size_t rank, const void *values)
{
    INK_TRY(inki_npz_write_open(npz, name, dtype, dims, rank));
    INK_TRY(inki_npz_write_put(npz, values, (size_t)npz->missing));
    return inki_npz_write_close(npz);
}

/* ------------------------------------------------------------------- texts */

/* The next character of a UTF-8 text; a byte that begins none counts as U+FFFD. */
static uint32_t next_character(const char **text)
{
    static const uint8_t lead[] = {0x00, 0xC0, 0xE0, 0xF0}, mask[] = {0x80, 0xE0, 0xF0, 0xF8};
    const uint8_t *at = (const uint8_t *)*text;
    for (size_t more = 0; more < 4; more++) {
        if ((*at & mask[more]) != lead[more]) continue;
        uint32_t value = *at & (uint8_t)~mask[more];
        size_t i = 1;
        for (; i <= more && (at[i] & 0xC0) == 0x80; i++) value = value << 6 | (at[i] & 0x3Fu);
        if (i <= more) break;
        *text += i;
        return value <= 0x10FFFF ? value : 0xFFFD;
    }
    ++*text;
    return 0xFFFD;
}

static size_t character_count(const char *text)
{
    size_t count = 0;
    for (; *text; count++) next_character(&text);
    return count;
}

ink_status inki_npz_write_texts(struct inki_npz_writer *npz, const char *name, const char *const *texts, size_t count)
{
    char dtype[24];
    size_t longest = 1;
    for (size_t i = 0; i < count; i++) {
        size_t length = character_count(texts[i]);
        if (length > longest) longest = length;
    }
    snprintf(dtype, sizeof dtype, "U%zu", longest);
    INK_TRY(inki_npz_write_open(npz, name, dtype, &count, 1));
    for (size_t i = 0; i < count; i++) {
        const char *text = texts[i];
        for (size_t k = 0; k < longest; k++) {
            uint32_t character = *text ? next_character(&text) : 0;
            INK_TRY(inki_npz_write_put(npz, &character, sizeof character));
        }
    }
    return inki_npz_write_close(npz);
}

/* ------------------------------------------------------------ begin and end */

ink_status inki_npz_write_begin(ink_ctx *ctx, const char *path, struct inki_npz_writer **out)
{
    *out = NULL;
    struct inki_npz_writer *npz = inki_zalloc(ctx, 1, sizeof *npz);
    if (!npz) return INK_NO_MEMORY;
    npz->ctx = ctx;
    ink_status status = inki_write_begin(ctx, path, &npz->file);
    if (status == INK_OK)
        *out = npz;
    else
        inki_free(npz);
    return status;
}

ink_status inki_npz_write_commit(struct inki_npz_writer *npz)
{
    ink_status status = put_directory(npz);
    if (status == INK_OK) status = inki_write_commit(&npz->file);
    inki_npz_write_abort(npz);
    return status;
}

void inki_npz_write_abort(struct inki_npz_writer *npz)
{
    if (!npz) return;
    deflate_end(npz);
    inki_write_abort(&npz->file);
    inki_free(npz->members);
    inki_free(npz);
}
