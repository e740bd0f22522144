/* pickle_values: what a pickle makes: numbers, text, lists, tuples, dicts and NumPy arrays; kept small.
 * SPDX-License-Identifier: MIT
 *
 * A value takes eight bytes: a number is a double, and what is no number stands in the bits of NaNs. Texts and arrays stay
 * where they are in the file. A list of numbers takes one byte a number while all are whole and 0..255, then four; lists
 * made one after another lie side by side, so that the rows of a pickled table already are the data's block. Nothing here is
 * recursive, and nothing is larger than a small multiple of the file. */
#ifndef INKI_PICKLE_VALUES_H
#define INKI_PICKLE_VALUES_H

#include "read/array.h"

struct inki_py {
    uint64_t bits;
};

/* What the upper bits say; below are numbers. CALLABLE: a row of the table in pickle_calls.c. OBJECT: one of the objects. */
enum inki_py_tag { INKI_PY_NUMBER, INKI_PY_NONE = 0xFFF9, INKI_PY_CALLABLE = 0xFFFA, INKI_PY_OBJECT = 0xFFFB };

/* A number; of all NaNs one. */
static inline struct inki_py inki_py_number(double value)
{
    union {
        double number;
        uint64_t bits;
    } u = {value};
    return (struct inki_py){value == value ? u.bits : 0x7FF8000000000000u};
}

static inline struct inki_py inki_py_make(enum inki_py_tag tag, size_t index)
{
    return (struct inki_py){(uint64_t)tag << 48 | index};
}

static inline bool inki_py_is_number(struct inki_py value) { return value.bits < (uint64_t)INKI_PY_NONE << 48; }

static inline double inki_py_as_number(struct inki_py value)
{
    union {
        uint64_t bits;
        double number;
    } u = {value.bits};
    return u.number;
}

static inline bool inki_py_is(struct inki_py value, enum inki_py_tag tag) { return value.bits >> 48 == (uint64_t)tag; }

static inline size_t inki_py_index(struct inki_py value) { return (size_t)(value.bits & 0xFFFFFFFFFFFFu); }

/* NUMBERS is a list (or long tuple) of numbers only; LIST and TUPLE may hold numbers too. */
enum inki_py_kind {
    INKI_PY_TEXT, /* text or bytes */
    INKI_PY_NUMBERS,
    INKI_PY_LIST,
    INKI_PY_TUPLE,
    INKI_PY_DICT,
    INKI_PY_DTYPE,
    INKI_PY_ARRAY
};

enum inki_py_width { INKI_PY_U1, INKI_PY_I4, INKI_PY_F4 }; /* of NUMBERS, from narrow to wide */

struct inki_py_object {
    uint8_t kind;
    uint8_t width; /* NUMBERS */
    bool made;     /* TEXT: it lies among the numbers, not in the file; ARRAY, DTYPE: its state is set */
    size_t count;  /* bytes of TEXT, numbers, items; of DICT keys and values */
    size_t at;     /* where they begin: in the file, the numbers, the items; ARRAY, DTYPE: which of them */
};

/* A growing table, whose items lie side by side and move when it grows. */
struct inki_table {
    void *items;
    size_t count, room;
};

enum { INKI_BLOCKS = 48, INKI_FIRST_BLOCK = 64 };

/* A growing store in blocks, each twice as large as the one before: items do not move, and nothing is copied. */
struct inki_store {
    char *blocks[INKI_BLOCKS];
    size_t size, count, room; /* size: of an item */
};

/* element, text, item and big_endian of arrays. */
struct inki_py_dtype {
    struct inki_array like;
    bool objects;  /* 'O' */
    bool readable; /* else name says what it is */
    char name[32];
};

struct inki_py_array {
    size_t type; /* which of the dtypes */
    size_t dims[INKI_RANK_MAX], count;
    struct inki_py_object data; /* a TEXT */
    uint8_t rank;
    bool fortran;
};

/* One pickle, or several in a row, being read. */
struct inki_unpickler {
    ink_ctx *ctx;
    const char *where;
    struct inki_bytes *content;
    size_t at, begin;  /* behind the opcode at hand, and where it began */
    const char *doing; /* its name */
    bool stopped;
    bool floats;               /* the last list of numbers was one of floats */
    size_t work;               /* what was done for calls and labels, in values of eight bytes (inki_py_spend) */
    struct inki_table stack;   /* of struct inki_py */
    struct inki_table marks;   /* of size_t: places in the stack */
    struct inki_table items;   /* of struct inki_py: what is in lists, tuples, dicts */
    struct inki_table numbers; /* of bytes: what is in lists of numbers, and texts that had to be decoded */
    struct inki_store memo;    /* of struct inki_py */
    struct inki_store objects; /* of struct inki_py_object */
    struct inki_store dtypes;  /* of struct inki_py_dtype */
    struct inki_store arrays;  /* of struct inki_py_array */
};

/* Room for `more` items of `size` bytes behind those that are there. Errors: NO_MEMORY. */
ink_status inki_table_reserve(ink_ctx *ctx, struct inki_table *table, size_t more, size_t size);

/* Item i of a store; one more, with undefined content. Errors: NO_MEMORY. */
void *inki_store_at(const struct inki_store *store, size_t i);
ink_status inki_store_add(ink_ctx *ctx, struct inki_store *store, void **out);
void inki_store_free(struct inki_store *store);

void inki_py_begin(struct inki_unpickler *u, ink_ctx *ctx, const char *where, struct inki_bytes *content);
void inki_py_free_machine(struct inki_unpickler *u); /* what is needed while reading only */
void inki_py_free(struct inki_unpickler *u);

/* Counts work on `values` values of eight bytes that the file need not hold once more, because the memo gives an object again
 * and again. Errors: BAD_DATA once all of it is out of proportion to the file. */
ink_status inki_py_spend(struct inki_unpickler *u, size_t values);

/* Fails with BAD_FILE at the opcode's byte: `what` is wrong. */
ink_status inki_py_wrong(const struct inki_unpickler *u, const char *what);

/* The object behind a value; NULL if it is none, or none of this kind. */
struct inki_py_object *inki_py_object(const struct inki_unpickler *u, struct inki_py value);
struct inki_py_object *inki_py_of_kind(const struct inki_unpickler *u, struct inki_py value, enum inki_py_kind kind);

/* A new object. Errors: NO_MEMORY. */
ink_status inki_py_add(struct inki_unpickler *u, struct inki_py_object object, struct inki_py *out);

/* Text in the file from `at`. */
ink_status inki_py_text(struct inki_unpickler *u, size_t at, size_t size, struct inki_py *out);

/* Room for size bytes of text to be decoded, at the end of the numbers; then as many of them as became text. */
ink_status inki_py_text_room(struct inki_unpickler *u, size_t size, uint8_t **room);
ink_status inki_py_text_made(struct inki_unpickler *u, size_t size, struct inki_py *out);

/* The bytes of a text; NULL if the value is none. Good until numbers or texts are made. */
const uint8_t *inki_py_bytes(const struct inki_unpickler *u, struct inki_py value, size_t *size);

/* Whether the value is this text. */
bool inki_py_is_text(const struct inki_unpickler *u, struct inki_py value, const char *text);

/* A list, tuple or dict of these values. */
ink_status inki_py_sequence(struct inki_unpickler *u, enum inki_py_kind kind, const struct inki_py *values,
                            size_t count, struct inki_py *out);

/* Puts values at the end of a LIST, NUMBERS or DICT (which may change from one kind of list to the other). */
ink_status inki_py_append(struct inki_unpickler *u, struct inki_py list, const struct inki_py *values, size_t count);

/* LIST, TUPLE or NUMBERS: how many items, and item i. */
bool inki_py_is_sequence(const struct inki_unpickler *u, struct inki_py value, size_t *count);
struct inki_py inki_py_item(const struct inki_unpickler *u, struct inki_py sequence, size_t i);

/* The value of a key in a DICT, false if it has none. The last of equal keys counts. */
bool inki_py_get(const struct inki_unpickler *u, struct inki_py dict, const char *key, struct inki_py *out);

/* An array, a list of numbers, or one number, as an array that borrows its values; false for all else. Good until numbers
 * are made. */
bool inki_py_array(const struct inki_unpickler *u, const struct inki_py *value, struct inki_array *out);

/* Whether a text can name a module or what is in it: letters, digits, dots. */
bool inki_py_is_name(const uint8_t *text, size_t size);

#endif
