/* npy: NumPy's .npy: magic, version, header length, a Python dict as text, then the elements.
 * SPDX-License-Identifier: MIT */
#include "read/npy.h"
#include "read/labels.h"
#include "read/load.h"

#include "base/text.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>

static const uint8_t magic[6] = {0x93, 'N', 'U', 'M', 'P', 'Y'};

static bool is_npy(const uint8_t *bytes, size_t size) { return size >= 6 && memcmp(bytes, magic, 6) == 0; }

/* ---------------------------------------------------------- the dict's text */

/* A place in the header; what it says so far. */
struct header {
    ink_ctx *ctx;
    const char *where;
    const uint8_t *bytes;
    size_t at, end;
    struct inki_array *array;
    bool has_type, has_order, has_shape;
};

static ink_status bad_header(const struct header *h, const char *wanted)
{
    return inki_fail(h->ctx, INK_BAD_FILE,
                     "%s: byte %zu: expected %s in the .npy header; the file is damaged: save it again", h->where,
                     h->at, wanted);
}

static void skip_spaces(struct header *h)
{
    while (h->at < h->end && (h->bytes[h->at] == ' ' || h->bytes[h->at] == '\n')) h->at++;
}

/* Takes a character, spaces before it left out. */
static bool take_char(struct header *h, char c)
{
    skip_spaces(h);
    if (h->at >= h->end || h->bytes[h->at] != (uint8_t)c) return false;
    h->at++;
    return true;
}

static bool take_word(struct header *h, const char *word)
{
    size_t length = strlen(word);
    skip_spaces(h);
    if (h->end - h->at < length || memcmp(h->bytes + h->at, word, length) != 0) return false;
    h->at += length;
    return true;
}

/* A text in single or double quotes without escapes, at most room-1 bytes. */
static bool take_text(struct header *h, char *text, size_t room)
{
    size_t length = 0, at;
    skip_spaces(h);
    if (h->at >= h->end || (h->bytes[h->at] != '\'' && h->bytes[h->at] != '"')) return false;
    for (at = h->at + 1; at < h->end && h->bytes[at] != h->bytes[h->at]; at++) {
        if (h->bytes[at] == '\\' || h->bytes[at] < ' ' || length + 1 >= room) return false;
        text[length++] = (char)h->bytes[at];
    }
    if (at >= h->end) return false;
    text[length] = 0;
    h->at = at + 1;
    return true;
}

static bool take_number(struct header *h, size_t *number)
{
    char digits[32];
    size_t length = 0;
    skip_spaces(h);
    while (h->at + length < h->end && length + 1 < sizeof digits) {
        char c = (char)h->bytes[h->at + length];
        if (c < '0' || c > '9') break;
        digits[length++] = c;
    }
    digits[length] = 0;
    if (!inki_parse_count(digits, number)) return false;
    h->at += length;
    if (h->at < h->end && h->bytes[h->at] == 'L') h->at++; /* Python 2's long numbers */
    return true;
}

/* ------------------------------------------------------------- its entries */

/* `kind` is the type without its byte order. */
static ink_status unknown_type(const struct header *h, const char *kind)
{
    if (*kind == 'O') {
        return inki_fail(h->ctx, INK_UNSUPPORTED,
                         "%s: an object array (allow_pickle) cannot be read; save a plain array: "
                         "x.astype('float32') of numbers, y.astype(str) of words",
                         h->where);
    }
    return inki_fail(h->ctx, INK_UNSUPPORTED,
                     "%s: elements of type '%s' cannot be read; save bool, int8 to uint64 or float16 "
                     "to float64",
                     h->where, kind);
}

static ink_status parse_type(struct header *h)
{
    char type[32];
    skip_spaces(h);
    if (h->at < h->end && h->bytes[h->at] == '[') {
        return inki_fail(h->ctx, INK_UNSUPPORTED,
                         "%s: an array of records cannot be read; save a plain array of numbers", h->where);
    }
    if (!take_text(h, type, sizeof type)) return bad_header(h, "a type such as '<f4'");
    bool has_order = *type && strchr("<>|=", *type);
    h->array->big_endian = *type == '>' || (*type == '=' && !inki_is_little_endian());
    h->has_type = true;
    return inki_array_set_type(h->array, type + has_order) ? INK_OK : unknown_type(h, type + has_order);
}

static ink_status parse_order(struct header *h)
{
    h->array->fortran = take_word(h, "True");
    if (!h->array->fortran && !take_word(h, "False")) return bad_header(h, "True or False");
    h->has_order = true;
    return INK_OK;
}

static ink_status parse_shape(struct header *h)
{
    struct inki_array *array = h->array;
    size_t dim;
    array->rank = 0;
    if (!take_char(h, '(')) return bad_header(h, "a shape such as (100, 784)");
    while (!take_char(h, ')')) {
        if (!take_number(h, &dim)) return bad_header(h, "a number or )");
        if (array->rank == INKI_RANK_MAX) {
            return inki_fail(h->ctx, INK_UNSUPPORTED,
                             "%s: an array of more than %d dimensions cannot be read; reshape it", h->where,
                             INKI_RANK_MAX);
        }
        array->dims[array->rank++] = dim;
        if (take_char(h, ',')) continue;
        if (array->rank == 1 || !take_char(h, ')')) return bad_header(h, "a comma");
        break;
    }
    h->has_shape = true;
    return INK_OK;
}

static ink_status parse_entry(struct header *h)
{
    char key[32];
    size_t begin = h->at;
    if (!take_text(h, key, sizeof key)) return bad_header(h, "a key in quotes");
    if (!take_char(h, ':')) return bad_header(h, "a colon");
    if (strcmp(key, "descr") == 0 && !h->has_type) return parse_type(h);
    if (strcmp(key, "fortran_order") == 0 && !h->has_order) return parse_order(h);
    if (strcmp(key, "shape") == 0 && !h->has_shape) return parse_shape(h);
    h->at = begin;
    return bad_header(h, "descr, fortran_order and shape, each once");
}

static ink_status parse_dict(struct header *h)
{
    if (!take_char(h, '{')) return bad_header(h, "{");
    while (!take_char(h, '}')) {
        INK_TRY(parse_entry(h));
        if (take_char(h, ',')) continue;
        if (!take_char(h, '}')) return bad_header(h, "a comma or }");
        break;
    }
    skip_spaces(h);
    if (h->at != h->end) return bad_header(h, "nothing but spaces");
    if (!h->has_type || !h->has_order || !h->has_shape)
        return bad_header(h, "descr, fortran_order and shape, each once,");
    return INK_OK;
}

/* ---------------------------------------------------------------- the file */

/* Where the dict begins and ends: its length has 2 bytes in version 1, 4 in 2 and 3. */
static ink_status find_dict(struct header *h, const struct inki_bytes *content)
{
    const uint8_t *bytes = content->data;
    size_t size = content->size;
    if (!is_npy(bytes, size)) return inki_fail(h->ctx, INK_BAD_FILE, "%s: byte 0: is not a .npy file", h->where);
    if (size > 6 && (bytes[6] < 1 || bytes[6] > 3)) {
        return inki_fail(h->ctx, INK_UNSUPPORTED,
                         "%s: byte 6: .npy version %d is not supported; expected versions 1 to 3", h->where, bytes[6]);
    }
    h->at = size > 6 && bytes[6] > 1 ? 12 : 10;
    if (size >= h->at) h->end = h->at + ((size_t)bytes[8] | (size_t)bytes[9] << 8);
    if (size >= h->at && h->at == 12) h->end += (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
    if (size < h->at || size < h->end) {
        return inki_fail(h->ctx, INK_BAD_FILE,
                         "%s: byte %zu: the file ends within its header; it was cut short: save it again", h->where,
                         size);
    }
    return INK_OK;
}

static ink_status check_size(const struct header *h, size_t size)
{
    struct inki_array *array = h->array;
    size_t bytes = array->item, room = size - h->end;
    bool fits = true;
    array->count = 1;
    for (size_t d = 0; d < array->rank; d++) fits = fits && inki_mul_fits(array->count, array->dims[d], &array->count);
    fits = fits && inki_mul_fits(array->count, bytes, &bytes);
    if (!fits) {
        return inki_fail(h->ctx, INK_BAD_FILE, "%s: the .npy header's shape is larger than any file; save it again",
                         h->where);
    }
    if (bytes > room) {
        return inki_fail(h->ctx, INK_BAD_FILE,
                         "%s: byte %zu: %zu elements need %zu bytes, the file has %zu left; it may be cut "
                         "short: save it again",
                         h->where, h->end, array->count, bytes, room);
    }
    if (bytes < room) {
        return inki_fail(h->ctx, INK_BAD_FILE,
                         "%s: byte %zu: %zu bytes after the array; a .npy file holds one array: save it "
                         "again",
                         h->where, h->end + bytes, room - bytes);
    }
    return INK_OK;
}

ink_status inki_npy_parse(ink_ctx *ctx, struct inki_bytes *content, const char *where, struct inki_array *out)
{
    *out = (struct inki_array){0};
    struct inki_array array = {0};
    struct header h = {.ctx = ctx, .where = where, .bytes = content->data, .array = &array};
    INK_TRY(find_dict(&h, content));
    INK_TRY(parse_dict(&h));
    INK_TRY(check_size(&h, content->size));
    array.fortran = array.fortran && array.rank > 1;
    array.values = content->data + h.end;
    array.block = *content;
    *content = (struct inki_bytes){0};
    *out = array;
    return INK_OK;
}

static ink_status read_samples(struct inki_source *source, ink_data **out)
{
    struct inki_array array;
    *out = NULL;
    INK_TRY(inki_npy_parse(source->ctx, &source->content, source->path, &array));
    ink_status status = inki_array_samples(source->ctx, &array, source->path, out);
    inki_array_free(source->ctx, &array);
    return status;
}

static ink_status read_labels(struct inki_source *source, struct inki_labels *out)
{
    struct inki_array array;
    INK_TRY(inki_npy_parse(source->ctx, &source->content, source->path, &array));
    ink_status status = inki_array_labels(source->ctx, &array, source->path, out);
    inki_array_free(source->ctx, &array);
    return status;
}

const struct inki_reader inki_npy_reader = {"npy", "NumPy arrays", is_npy, read_samples, read_labels};
