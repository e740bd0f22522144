/* pickle_ops: opcodes of protocols 0 to 5.
 * SPDX-License-Identifier: MIT
 *
 * A pickle is a program for a machine with a stack, marks on the stack, and a memo of numbered values. An opcode is a byte and
 * an argument; the table says of which form, and what is done. Opcodes that would look up or call something go through the
 * table of pickle_calls.c. Formats: Python's Lib/pickletools.py, PEP 307, PEP 3154, PEP 574. */
#include "read/pickle_ops.h"

#include "base/text.h"
#include "read/pickle_calls.h"

#include <stdio.h>
#include <string.h>

enum { MOST_MARKS = 1 << 16, MOST_ARGS = 8, SNIFFED = 8, MOST_SMALL = 1024 };

/* The forms of arguments: so many bytes; a length of so many bytes and then as many; a line; two lines. */
enum form { NOTHING, BYTES_1, BYTES_2, BYTES_4, BYTES_8, COUNTED_1, COUNTED_4, COUNTED_8, LINE, LINES };

#define MARKED SIZE_MAX          /* as count: all that is above the mark */
#define ALONE INKI_PY_NUMBERS, 0 /* the function needs no more */

/* An argument: bytes of the file from `at`. what and count are the opcode's own, where one function serves several. */
struct argument {
    size_t at, size, second, second_size;
    enum inki_py_kind what;
    size_t count;
};

struct opcode {
    const char *name; /* Python's */
    enum form form;
    ink_status (*run)(struct inki_unpickler *u, const struct argument *a);
    enum inki_py_kind what;
    size_t count;
};

static const uint8_t *bytes_of(const struct inki_unpickler *u, const struct argument *a)
{
    return u->content->data + a->at;
}

/* A number of the argument's bytes, the lowest first. */
static uint64_t number_of(const struct inki_unpickler *u, const struct argument *a)
{
    uint64_t number = 0;
    for (size_t i = a->size; i-- > 0;) number = number << 8 | bytes_of(u, a)[i];
    return number;
}

/* ------------------------------------------------------------------- stack */

static ink_status push(struct inki_unpickler *u, struct inki_py value)
{
    INK_TRY(inki_table_reserve(u->ctx, &u->stack, 1, sizeof value));
    ((struct inki_py *)u->stack.items)[u->stack.count++] = value;
    return INK_OK;
}

/* Values above the last mark. */
static size_t above_mark(const struct inki_unpickler *u)
{
    const size_t *marks = u->marks.items;
    return u->stack.count - (u->marks.count ? marks[u->marks.count - 1] : 0);
}

static struct inki_py *top(const struct inki_unpickler *u, size_t below)
{
    return (struct inki_py *)u->stack.items + u->stack.count - 1 - below;
}

static ink_status need(const struct inki_unpickler *u, size_t count)
{
    return above_mark(u) >= count ? INK_OK : inki_py_wrong(u, "the stack is empty");
}

/* Takes the last mark away: *count values are above it, the first of them top(u, count - 1). */
static ink_status take_mark(struct inki_unpickler *u, size_t *count)
{
    if (u->marks.count == 0) return inki_py_wrong(u, "a mark is missing");
    *count = above_mark(u);
    u->marks.count--;
    return INK_OK;
}

static ink_status op_mark(struct inki_unpickler *u, const struct argument *a)
{
    (void)a;
    if (u->marks.count == MOST_MARKS) return inki_py_wrong(u, "nested too deeply");
    INK_TRY(inki_table_reserve(u->ctx, &u->marks, 1, sizeof(size_t)));
    ((size_t *)u->marks.items)[u->marks.count++] = u->stack.count;
    return INK_OK;
}

static ink_status op_pop(struct inki_unpickler *u, const struct argument *a)
{
    (void)a;
    if (u->marks.count && above_mark(u) == 0) {
        u->marks.count--;
        return INK_OK;
    }
    INK_TRY(need(u, 1));
    u->stack.count--;
    return INK_OK;
}

static ink_status op_pop_mark(struct inki_unpickler *u, const struct argument *a)
{
    size_t count = 0;
    (void)a;
    INK_TRY(take_mark(u, &count));
    u->stack.count -= count;
    return INK_OK;
}

static ink_status op_dup(struct inki_unpickler *u, const struct argument *a)
{
    (void)a;
    INK_TRY(need(u, 1));
    return push(u, *top(u, 0));
}

static ink_status op_stop(struct inki_unpickler *u, const struct argument *a)
{
    (void)a;
    u->stopped = true;
    return need(u, 1);
}

static ink_status op_proto(struct inki_unpickler *u, const struct argument *a)
{
    if (number_of(u, a) <= 5) return INK_OK;
    return inki_fail(u->ctx, INK_UNSUPPORTED,
                     "%s: byte %zu: pickle protocol %u is not supported; expected protocols 0 to 5", u->where, u->begin,
                     (unsigned)number_of(u, a));
}

static ink_status op_frame(struct inki_unpickler *u, const struct argument *a)
{
    if (number_of(u, a) <= u->content->size - u->at) return INK_OK;
    return inki_py_wrong(u, "the file ends within a frame");
}

/* -------------------------------------------------------------------- memo */

static const struct inki_py absent = {UINT64_MAX};

/* Every value that is kept took a byte, so an index is below the bytes read. */
static ink_status memo_put(struct inki_unpickler *u, uint64_t index)
{
    INK_TRY(need(u, 1));
    if (index >= u->at) return inki_py_wrong(u, "a memo index that is too large");
    while (u->memo.count <= index) {
        void *place;
        INK_TRY(inki_store_add(u->ctx, &u->memo, &place));
        *(struct inki_py *)place = absent;
    }
    *(struct inki_py *)inki_store_at(&u->memo, (size_t)index) = *top(u, 0);
    return INK_OK;
}

static ink_status memo_get(struct inki_unpickler *u, uint64_t index)
{
    struct inki_py value = index < u->memo.count ? *(struct inki_py *)inki_store_at(&u->memo, (size_t)index) : absent;
    return value.bits == absent.bits ? inki_py_wrong(u, "a memo index that was never stored") : push(u, value);
}

/* count 1: the index is a text. */
static ink_status read_index(struct inki_unpickler *u, const struct argument *a, uint64_t *index)
{
    char digits[24];
    size_t value;
    *index = a->count ? 0 : number_of(u, a);
    if (!a->count) return INK_OK;
    snprintf(digits, sizeof digits, "%.*s", (int)(a->size < 22 ? a->size : 22), (const char *)bytes_of(u, a));
    if (!inki_parse_count(digits, &value)) return inki_py_wrong(u, "malformed memo index");
    *index = value;
    return INK_OK;
}

static ink_status op_put(struct inki_unpickler *u, const struct argument *a)
{
    uint64_t index = 0;
    INK_TRY(read_index(u, a, &index));
    return memo_put(u, index);
}

static ink_status op_memoize(struct inki_unpickler *u, const struct argument *a)
{
    (void)a;
    return memo_put(u, u->memo.count);
}

static ink_status op_get(struct inki_unpickler *u, const struct argument *a)
{
    uint64_t index = 0;
    INK_TRY(read_index(u, a, &index));
    return memo_get(u, index);
}

/* ----------------------------------------------------------------- numbers */

static ink_status op_none(struct inki_unpickler *u, const struct argument *a)
{
    (void)a;
    return push(u, inki_py_make(INKI_PY_NONE, 0));
}

/* True and False */
static ink_status op_bool(struct inki_unpickler *u, const struct argument *a)
{
    return push(u, inki_py_number((double)a->count));
}

/* Of four bytes with a sign, of fewer without. */
static ink_status op_binint(struct inki_unpickler *u, const struct argument *a)
{
    uint64_t bits = number_of(u, a);
    return push(u, inki_py_number(a->size == 4 ? (double)(int32_t)(uint32_t)bits : (double)bits));
}

static ink_status op_long(struct inki_unpickler *u, const struct argument *a)
{
    return push(u, inki_py_number(inki_py_long(bytes_of(u, a), a->size)));
}

static ink_status op_binfloat(struct inki_unpickler *u, const struct argument *a)
{
    return push(u, inki_py_number(inki_py_double(bytes_of(u, a))));
}

/* INT, LONG and FLOAT of protocol 0 */
static ink_status op_text_number(struct inki_unpickler *u, const struct argument *a)
{
    double value;
    if (!inki_py_parse_number((const char *)bytes_of(u, a), a->size, &value))
        return inki_py_wrong(u, "malformed number");
    return push(u, inki_py_number(value));
}

/* ------------------------------------------------------------------- texts */

static ink_status op_text(struct inki_unpickler *u, const struct argument *a)
{
    struct inki_py value;
    INK_TRY(inki_py_text(u, a->at, a->size, &value));
    return push(u, value);
}

static ink_status op_string(struct inki_unpickler *u, const struct argument *a)
{
    struct inki_py value;
    const uint8_t *text = bytes_of(u, a);
    bool quoted = a->size >= 2 && (*text == '\'' || *text == '"') && text[a->size - 1] == *text;
    if (!quoted) return inki_py_wrong(u, "a string without quotes");
    INK_TRY(inki_py_unescape(u, a->at + 1, a->size - 2, &value));
    return push(u, value);
}

static ink_status op_unicode(struct inki_unpickler *u, const struct argument *a)
{
    struct inki_py value;
    INK_TRY(inki_py_unescape_unicode(u, a->at, a->size, &value));
    return push(u, value);
}

/* -------------------------------------------------- lists, tuples and dicts */

/* The top `count` values become one. */
static ink_status gather(struct inki_unpickler *u, enum inki_py_kind kind, size_t count)
{
    struct inki_py value;
    INK_TRY(inki_py_sequence(u, kind, count ? top(u, count - 1) : NULL, count, &value));
    u->stack.count -= count;
    return push(u, value);
}

/* So many values, or those above the mark, become a list, tuple or dict. */
static ink_status op_gather(struct inki_unpickler *u, const struct argument *a)
{
    size_t count = a->count;
    INK_TRY(count == MARKED ? take_mark(u, &count) : need(u, count));
    if (a->what == INKI_PY_DICT && count % 2) return inki_py_wrong(u, "a key without a value");
    return gather(u, a->what, count);
}

/* Puts so many values, or those above the mark, into the list or dict that lies below them. */
static ink_status op_put_into(struct inki_unpickler *u, const struct argument *a)
{
    size_t count = a->count;
    bool dict = a->what == INKI_PY_DICT;
    if (count == MARKED) INK_TRY(take_mark(u, &count));
    INK_TRY(need(u, count + 1));
    struct inki_py to = *top(u, count);
    const struct inki_py_object *object = inki_py_object(u, to);
    bool is_dict = object && object->kind == INKI_PY_DICT;
    bool is_list = object && (object->kind == INKI_PY_LIST || object->kind == INKI_PY_NUMBERS);
    if (dict ? !is_dict : !is_list)
        return inki_py_wrong(u,
                             dict ? "SETITEM on a value that is not a dict" : "APPEND on a value that is not a list");
    if (dict && count % 2) return inki_py_wrong(u, "a key without a value");
    INK_TRY(inki_py_append(u, to, count ? top(u, count - 1) : NULL, count));
    u->stack.count -= count;
    return INK_OK;
}

/* ------------------------------------------------------------------- calls */

static ink_status op_global(struct inki_unpickler *u, const struct argument *a)
{
    struct inki_py value;
    const char *file = (const char *)u->content->data;
    INK_TRY(inki_py_find(u, file + a->at, a->size, file + a->second, a->second_size, &value));
    return push(u, value);
}

static ink_status op_stack_global(struct inki_unpickler *u, const struct argument *a)
{
    size_t module_size, name_size;
    struct inki_py value;
    (void)a;
    INK_TRY(need(u, 2));
    const uint8_t *module = inki_py_bytes(u, *top(u, 1), &module_size),
                  *name = inki_py_bytes(u, *top(u, 0), &name_size);
    if (!module || !name) return inki_py_wrong(u, "GLOBAL without a name");
    INK_TRY(inki_py_find(u, (const char *)module, module_size, (const char *)name, name_size, &value));
    u->stack.count -= 2;
    return push(u, value);
}

/* Calls with the args, copied because what holds them may move. */
static ink_status call(struct inki_unpickler *u, struct inki_py callable, struct inki_py args)
{
    size_t count = 0;
    struct inki_py copy[MOST_ARGS], value;
    if (!inki_py_is_sequence(u, args, &count) || count > MOST_ARGS)
        return inki_py_wrong(u, "arguments are not a tuple");
    for (size_t i = 0; i < count; i++) copy[i] = inki_py_item(u, args, i);
    INK_TRY(inki_py_call(u, callable, copy, count, &value));
    return push(u, value);
}

static ink_status op_reduce(struct inki_unpickler *u, const struct argument *a)
{
    (void)a;
    INK_TRY(need(u, 2));
    u->stack.count -= 2;
    const struct inki_py *taken = (const struct inki_py *)u->stack.items + u->stack.count;
    return call(u, taken[0], taken[1]);
}

static ink_status op_newobj_ex(struct inki_unpickler *u, const struct argument *a)
{
    (void)a;
    INK_TRY(need(u, 3));
    const struct inki_py_object *named = inki_py_of_kind(u, *top(u, 0), INKI_PY_DICT);
    if (!named || named->count) return inki_py_wrong(u, "arguments by name");
    u->stack.count -= 3;
    const struct inki_py *taken = (const struct inki_py *)u->stack.items + u->stack.count;
    return call(u, taken[0], taken[1]);
}

static ink_status op_inst(struct inki_unpickler *u, const struct argument *a)
{
    size_t count = 0;
    INK_TRY(take_mark(u, &count));
    INK_TRY(gather(u, INKI_PY_TUPLE, count));
    INK_TRY(op_global(u, a));
    u->stack.count -= 2;
    const struct inki_py *taken = (const struct inki_py *)u->stack.items + u->stack.count;
    return call(u, taken[1], taken[0]);
}

static ink_status op_obj(struct inki_unpickler *u, const struct argument *a)
{
    (void)a;
    if (u->marks.count == 0 || above_mark(u) == 0) return inki_py_wrong(u, "a mark is missing");
    INK_TRY(gather(u, INKI_PY_TUPLE, above_mark(u) - 1));
    u->marks.count--;
    return op_reduce(u, NULL);
}

static ink_status op_build(struct inki_unpickler *u, const struct argument *a)
{
    (void)a;
    INK_TRY(need(u, 2));
    INK_TRY(inki_py_build(u, *top(u, 1), *top(u, 0)));
    u->stack.count--;
    return INK_OK;
}

/* Objects that are not in the file: registered numbers, names kept elsewhere (count 1), bytes kept elsewhere (2). */
static ink_status op_refused(struct inki_unpickler *u, const struct argument *a)
{
    static const char *const names[] = {"to call what has the extension code",
                                        "for an object that is kept elsewhere (a persistent id)",
                                        "for bytes that are kept elsewhere (save it without buffer_callback)"};
    char code[16] = "";
    if (a->count == 0) snprintf(code, sizeof code, " %u", (unsigned)number_of(u, a));
    return inki_fail(
        u->ctx, INK_UNSUPPORTED,
        "%s: byte %zu: asks %s%s: only numbers, text, lists, dicts and NumPy arrays are read; nothing was run",
        u->where, u->begin, names[a->count], code);
}

/* ------------------------------------------------------------------- table */

static const struct opcode opcodes[256] = {
    ['('] = {"MARK", NOTHING, op_mark, ALONE},
    ['.'] = {"STOP", NOTHING, op_stop, ALONE},
    ['0'] = {"POP", NOTHING, op_pop, ALONE},
    ['1'] = {"POP_MARK", NOTHING, op_pop_mark, ALONE},
    ['2'] = {"DUP", NOTHING, op_dup, ALONE},
    ['F'] = {"FLOAT", LINE, op_text_number, ALONE},
    ['I'] = {"INT", LINE, op_text_number, ALONE},
    ['J'] = {"BININT", BYTES_4, op_binint, ALONE},
    ['K'] = {"BININT1", BYTES_1, op_binint, ALONE},
    ['L'] = {"LONG", LINE, op_text_number, ALONE},
    ['M'] = {"BININT2", BYTES_2, op_binint, ALONE},
    ['N'] = {"NONE", NOTHING, op_none, ALONE},
    ['P'] = {"PERSID", LINE, op_refused, INKI_PY_NUMBERS, 1},
    ['Q'] = {"BINPERSID", NOTHING, op_refused, INKI_PY_NUMBERS, 1},
    ['R'] = {"REDUCE", NOTHING, op_reduce, ALONE},
    ['S'] = {"STRING", LINE, op_string, ALONE},
    ['T'] = {"BINSTRING", COUNTED_4, op_text, ALONE},
    ['U'] = {"SHORT_BINSTRING", COUNTED_1, op_text, ALONE},
    ['V'] = {"UNICODE", LINE, op_unicode, ALONE},
    ['X'] = {"BINUNICODE", COUNTED_4, op_text, ALONE},
    ['a'] = {"APPEND", NOTHING, op_put_into, INKI_PY_LIST, 1},
    ['b'] = {"BUILD", NOTHING, op_build, ALONE},
    ['c'] = {"GLOBAL", LINES, op_global, ALONE},
    ['d'] = {"DICT", NOTHING, op_gather, INKI_PY_DICT, MARKED},
    ['}'] = {"EMPTY_DICT", NOTHING, op_gather, INKI_PY_DICT, 0},
    ['e'] = {"APPENDS", NOTHING, op_put_into, INKI_PY_LIST, MARKED},
    ['g'] = {"GET", LINE, op_get, INKI_PY_NUMBERS, 1},
    ['h'] = {"BINGET", BYTES_1, op_get, ALONE},
    ['i'] = {"INST", LINES, op_inst, ALONE},
    ['j'] = {"LONG_BINGET", BYTES_4, op_get, ALONE},
    ['l'] = {"LIST", NOTHING, op_gather, INKI_PY_LIST, MARKED},
    [']'] = {"EMPTY_LIST", NOTHING, op_gather, INKI_PY_LIST, 0},
    ['o'] = {"OBJ", NOTHING, op_obj, ALONE},
    ['p'] = {"PUT", LINE, op_put, INKI_PY_NUMBERS, 1},
    ['q'] = {"BINPUT", BYTES_1, op_put, ALONE},
    ['r'] = {"LONG_BINPUT", BYTES_4, op_put, ALONE},
    ['s'] = {"SETITEM", NOTHING, op_put_into, INKI_PY_DICT, 2},
    ['t'] = {"TUPLE", NOTHING, op_gather, INKI_PY_TUPLE, MARKED},
    [')'] = {"EMPTY_TUPLE", NOTHING, op_gather, INKI_PY_TUPLE, 0},
    ['u'] = {"SETITEMS", NOTHING, op_put_into, INKI_PY_DICT, MARKED},
    ['G'] = {"BINFLOAT", BYTES_8, op_binfloat, ALONE},
    ['B'] = {"BINBYTES", COUNTED_4, op_text, ALONE},
    ['C'] = {"SHORT_BINBYTES", COUNTED_1, op_text, ALONE},
    [0x80] = {"PROTO", BYTES_1, op_proto, ALONE},
    [0x81] = {"NEWOBJ", NOTHING, op_reduce, ALONE},
    [0x82] = {"EXT1", BYTES_1, op_refused, ALONE},
    [0x83] = {"EXT2", BYTES_2, op_refused, ALONE},
    [0x84] = {"EXT4", BYTES_4, op_refused, ALONE},
    [0x85] = {"TUPLE1", NOTHING, op_gather, INKI_PY_TUPLE, 1},
    [0x86] = {"TUPLE2", NOTHING, op_gather, INKI_PY_TUPLE, 2},
    [0x87] = {"TUPLE3", NOTHING, op_gather, INKI_PY_TUPLE, 3},
    [0x88] = {"NEWTRUE", NOTHING, op_bool, INKI_PY_NUMBERS, 1},
    [0x89] = {"NEWFALSE", NOTHING, op_bool, INKI_PY_NUMBERS, 0},
    [0x8A] = {"LONG1", COUNTED_1, op_long, ALONE},
    [0x8B] = {"LONG4", COUNTED_4, op_long, ALONE},
    [0x8C] = {"SHORT_BINUNICODE", COUNTED_1, op_text, ALONE},
    [0x8D] = {"BINUNICODE8", COUNTED_8, op_text, ALONE},
    [0x8E] = {"BINBYTES8", COUNTED_8, op_text, ALONE},
    [0x8F] = {"EMPTY_SET", NOTHING, op_gather, INKI_PY_LIST, 0},
    [0x90] = {"ADDITEMS", NOTHING, op_put_into, INKI_PY_LIST, MARKED},
    [0x91] = {"FROZENSET", NOTHING, op_gather, INKI_PY_LIST, MARKED},
    [0x92] = {"NEWOBJ_EX", NOTHING, op_newobj_ex, ALONE},
    [0x93] = {"STACK_GLOBAL", NOTHING, op_stack_global, ALONE},
    [0x94] = {"MEMOIZE", NOTHING, op_memoize, ALONE},
    [0x95] = {"FRAME", BYTES_8, op_frame, ALONE},
    [0x96] = {"BYTEARRAY8", COUNTED_8, op_text, ALONE},
    [0x97] = {"NEXT_BUFFER", NOTHING, op_refused, INKI_PY_NUMBERS, 2},
    [0x98] = {"READONLY_BUFFER", NOTHING, op_refused, INKI_PY_NUMBERS, 2},
};

/* --------------------------------------------------------------- arguments */

/* The line from `at`; *next is behind its end. */
static bool read_line(const uint8_t *bytes, size_t size, size_t at, size_t *length, size_t *next)
{
    const uint8_t *end = at < size ? memchr(bytes + at, '\n', size - at) : NULL;
    if (!end) return false;
    *length = (size_t)(end - bytes) - at;
    *next = at + *length + 1;
    if (*length && end[-1] == '\r') --*length; /* written as text on another system */
    return true;
}

static bool read_counted(const uint8_t *bytes, size_t size, size_t width, struct argument *a, size_t *next)
{
    uint64_t count = 0;
    if (size - a->at < width) return false;
    for (size_t i = width; i-- > 0;) count = count << 8 | bytes[a->at + i];
    a->at += width;
    if (count > size - a->at) return false;
    a->size = (size_t)count;
    *next = a->at + a->size;
    return true;
}

/* The argument at byte *at, which moves behind it; false if the file ends before. */
static bool read_argument(const uint8_t *bytes, size_t size, enum form form, size_t *at, struct argument *a)
{
    static const size_t widths[] = {
        [BYTES_1] = 1, [BYTES_2] = 2, [BYTES_4] = 4, [BYTES_8] = 8, [COUNTED_1] = 1, [COUNTED_4] = 4, [COUNTED_8] = 8};
    *a = (struct argument){.at = *at};
    switch (form) {
    case NOTHING:
        return true;
    case BYTES_1:
    case BYTES_2:
    case BYTES_4:
    case BYTES_8:
        a->size = widths[form];
        *at += a->size;
        return *at <= size;
    case COUNTED_1:
    case COUNTED_4:
    case COUNTED_8:
        return read_counted(bytes, size, widths[form], a, at);
    case LINE:
        return read_line(bytes, size, a->at, &a->size, at);
    case LINES:
        if (!read_line(bytes, size, a->at, &a->size, &a->second)) return false;
        return read_line(bytes, size, a->second, &a->second_size, at);
    }
    return false;
}

/* --------------------------------------------------------------- the machine */

/* Small numbers in a row, of which large lists consist. */
static ink_status push_small(struct inki_unpickler *u)
{
    const uint8_t *bytes = u->content->data;
    size_t at = u->at, end = u->content->size, count = 0;
    while (at + 1 < end && bytes[at] == 'K' && count < MOST_SMALL) {
        at += 2;
        count++;
    }
    if (!count) return INK_OK;
    INK_TRY(inki_table_reserve(u->ctx, &u->stack, count, sizeof(struct inki_py)));
    struct inki_py *to = (struct inki_py *)u->stack.items + u->stack.count;
    for (size_t i = 0; i < count; i++) to[i] = inki_py_number(bytes[u->at + 2 * i + 1]);
    u->stack.count += count;
    u->at = at;
    return INK_OK;
}

static ink_status step(struct inki_unpickler *u)
{
    struct argument a;
    const uint8_t *bytes = u->content->data;
    INK_TRY(push_small(u));
    u->begin = u->at;
    u->doing = "the end";
    if (u->at >= u->content->size) return inki_py_wrong(u, "it is cut short");
    const struct opcode *opcode = &opcodes[bytes[u->at++]];
    if (!opcode->run)
        return inki_fail(u->ctx, INK_BAD_FILE,
                         "%s: byte %zu: 0x%02X is not an opcode; the pickle is damaged: save it again", u->where,
                         u->begin, bytes[u->begin]);
    u->doing = opcode->name;
    if (!read_argument(bytes, u->content->size, opcode->form, &u->at, &a)) return inki_py_wrong(u, "it is cut short");
    a.what = opcode->what;
    a.count = opcode->count;
    return opcode->run(u, &a);
}

ink_status inki_py_load(struct inki_unpickler *u, struct inki_py *out)
{
    u->stopped = false;
    u->stack.count = u->marks.count = u->memo.count = 0;
    while (!u->stopped) {
        INK_TRY(step(u));
        inki_bytes_done(u->content, u->begin);
    }
    *out = *top(u, 0);
    return INK_OK;
}

bool inki_py_is_pickle(const uint8_t *bytes, size_t size)
{
    size_t at = 0;
    struct argument a;
    if (size >= 2 && bytes[0] == 0x80) return bytes[1] >= 2 && bytes[1] <= 5;
    if (size == 0 || !bytes[0] || !strchr("(c]})", bytes[0])) return false;
    for (size_t i = 0; i < SNIFFED && at < size; i++) {
        const struct opcode *opcode = &opcodes[bytes[at]];
        if (!opcode->run || bytes[at] >= 0x80) return false;
        at++;
        if (!read_argument(bytes, size, opcode->form, &at, &a)) return false;
        if (opcode->form == LINES && !inki_py_is_name(bytes + a.at, a.size)) return false; /* a table's first row */
        if (opcode->run == op_stop) return i > 0;
    }
    return at < size;
}
