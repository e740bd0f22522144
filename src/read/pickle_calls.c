/* pickle_calls: the table of what may be called, and NumPy's constructors.
 * SPDX-License-Identifier: MIT
 *
 * How NumPy pickles an array: _reconstruct(ndarray, (0,), b'b') and a state (version, shape, dtype, Fortran order, bytes) set
 * by BUILD, or from protocol 5 on _frombuffer(bytes, dtype, shape, order); a type: dtype('f4', 0, 1) and a state with its
 * byte order; a number of its own: scalar(dtype, bytes). NumPy 2 says numpy._core for numpy.core. */
#include "read/pickle_calls.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

enum callable {
    CALL_RECONSTRUCT,
    CALL_FROMBUFFER,
    CALL_SCALAR,
    CALL_NDARRAY,
    CALL_DTYPE,
    CALL_ENCODE,
    CALL_BYTES,
    CALL_LIST,
    CALL_DICT
};

static const struct {
    const char *module, *name;
    enum callable what;
} known[] = {
    {"numpy.core.multiarray", "_reconstruct", CALL_RECONSTRUCT},
    {"numpy._core.multiarray", "_reconstruct", CALL_RECONSTRUCT},
    {"numpy.core.numeric", "_frombuffer", CALL_FROMBUFFER},
    {"numpy._core.numeric", "_frombuffer", CALL_FROMBUFFER},
    {"numpy.core.multiarray", "scalar", CALL_SCALAR},
    {"numpy._core.multiarray", "scalar", CALL_SCALAR},
    {"numpy", "ndarray", CALL_NDARRAY},
    {"numpy.core.multiarray", "ndarray", CALL_NDARRAY},
    {"numpy", "matrix", CALL_NDARRAY},
    {"numpy.matrixlib.defmatrix", "matrix", CALL_NDARRAY},
    {"numpy", "memmap", CALL_NDARRAY},
    {"numpy.core.memmap", "memmap", CALL_NDARRAY},
    {"numpy", "dtype", CALL_DTYPE},
    {"_codecs", "encode", CALL_ENCODE},
    {"builtins", "bytes", CALL_BYTES},
    {"__builtin__", "bytes", CALL_BYTES},
    {"builtins", "bytearray", CALL_BYTES},
    {"__builtin__", "bytearray", CALL_BYTES},
    {"builtins", "set", CALL_LIST},
    {"__builtin__", "set", CALL_LIST},
    {"builtins", "frozenset", CALL_LIST},
    {"__builtin__", "frozenset", CALL_LIST},
    {"builtins", "dict", CALL_DICT},
    {"__builtin__", "dict", CALL_DICT},
    {"collections", "OrderedDict", CALL_DICT},
    {"sklearn.utils", "Bunch", CALL_DICT},
    {"sklearn.utils._bunch", "Bunch", CALL_DICT},
    {"sklearn.datasets.base", "Bunch", CALL_DICT},
};

/* What else to do, for packages whose objects people pickle. */
static const struct {
    const char *package, *advice;
} advice[] = {
    {"pandas", "; of a table, save df.to_numpy() with np.save, or df.to_csv()"},
    {"torch", "; save tensor.numpy() with np.save"},
    {"tensorflow", "; save tensor.numpy() with np.save"},
    {"jax", "; save np.asarray(array) with np.save"},
    {"PIL", "; pickle np.array(image)"},
    {"scipy", "; save matrix.toarray() with np.save"},
    {"joblib", "; save the arrays with np.savez"},
    {"sklearn", "; save its arrays, e.g. coefs_ and intercepts_ of a network, with np.savez"},
    {"keras", "; pickle model.get_weights()"},
    {"numpy.ma", "; save array.filled() with np.save"},
};

/* -------------------------------------------------------------------- names */

static bool same_text(const char *text, const char *bytes, size_t size)
{
    return strlen(text) == size && memcmp(text, bytes, size) == 0;
}

static const char *advice_for(const char *module, size_t size)
{
    for (size_t i = 0; i < sizeof advice / sizeof *advice; i++) {
        size_t length = strlen(advice[i].package);
        if (size >= length && memcmp(module, advice[i].package, length) == 0 &&
            (size == length || module[length] == '.'))
            return advice[i].advice;
    }
    return "";
}

/* At most room-1 bytes that can be printed. */
static void printable(const char *bytes, size_t size, char *out, size_t room)
{
    size_t i = 0;
    for (; i < size && i + 1 < room; i++) out[i] = bytes[i] > ' ' && bytes[i] < 127 ? bytes[i] : '?';
    out[i] = 0;
}

ink_status inki_py_find(const struct inki_unpickler *u, const char *module, size_t module_size, const char *name,
                        size_t name_size, struct inki_py *out)
{
    char shown_module[100], shown_name[100];
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (!same_text(known[i].module, module, module_size) || !same_text(known[i].name, name, name_size)) continue;
        *out = inki_py_make(INKI_PY_CALLABLE, i);
        return INK_OK;
    }
    printable(module, module_size, shown_module, sizeof shown_module);
    printable(name, name_size, shown_name, sizeof shown_name);
    return inki_fail(
        u->ctx, INK_UNSUPPORTED,
        "%s: byte %zu: asks to call %s.%s: only numbers, text, lists, dicts and NumPy arrays are read; nothing "
        "was run%s",
        u->where, u->begin, shown_module, shown_name, advice_for(module, module_size));
}

static bool is_callable(struct inki_py value, enum callable what)
{
    return inki_py_is(value, INKI_PY_CALLABLE) && known[inki_py_index(value)].what == what;
}

/* -------------------------------------------------------------------- types */

static struct inki_py_dtype *dtype_of(const struct inki_unpickler *u, struct inki_py value)
{
    const struct inki_py_object *object = inki_py_of_kind(u, value, INKI_PY_DTYPE);
    return object ? inki_store_at(&u->dtypes, object->at) : NULL;
}

/* dtype('f4', False, True) */
static ink_status make_dtype(struct inki_unpickler *u, const struct inki_py *args, size_t count, struct inki_py *out)
{
    void *place;
    size_t size = 0;
    struct inki_py_dtype type = {.readable = false};
    const char *name = count ? (const char *)inki_py_bytes(u, args[0], &size) : NULL;
    if (!name || size >= sizeof type.name) return inki_py_wrong(u, "an array type needs a name such as f4");
    bool has_order = size && strchr("<>|=", *name);
    type.like.big_endian = size && *name == '>';
    printable(name + has_order, size - has_order, type.name, sizeof type.name);
    type.readable = inki_array_set_type(&type.like, type.name);
    type.objects = *type.name == 'O';
    INK_TRY(inki_store_add(u->ctx, &u->dtypes, &place));
    *(struct inki_py_dtype *)place = type;
    return inki_py_add(u, (struct inki_py_object){.kind = INKI_PY_DTYPE, .at = u->dtypes.count - 1}, out);
}

/* (version, byte order, subarray, names, fields, size, alignment, flags): records have names. */
static ink_status build_dtype(struct inki_unpickler *u, struct inki_py value, struct inki_py state)
{
    size_t count, size;
    struct inki_py_dtype *type = dtype_of(u, value);
    if (!inki_py_is_sequence(u, state, &count) || count < 5)
        return inki_py_wrong(u, "the state of a type is too short");
    const char *order = (const char *)inki_py_bytes(u, inki_py_item(u, state, 1), &size);
    if (!order || size != 1 || !strchr("<>|=", *order)) return inki_py_wrong(u, "a type has no byte order");
    type->like.big_endian = *order == '>' || (*order == '=' && !inki_is_little_endian());
    for (size_t i = 2; i < 5; i++) {
        if (!inki_py_is(inki_py_item(u, state, i), INKI_PY_NONE)) type->readable = type->objects = false;
    }
    return INK_OK;
}

/* ------------------------------------------------------------------- arrays */

static ink_status add_array(struct inki_unpickler *u, struct inki_py *out)
{
    void *place;
    INK_TRY(inki_store_add(u->ctx, &u->arrays, &place));
    *(struct inki_py_array *)place = (struct inki_py_array){.rank = 0};
    return inki_py_add(u, (struct inki_py_object){.kind = INKI_PY_ARRAY, .at = u->arrays.count - 1}, out);
}

/* A count from 0 on. */
static bool read_count(struct inki_py value, size_t *out)
{
    double number = inki_py_is_number(value) ? inki_py_as_number(value) : -1;
    if (!(number >= 0 && number <= 9007199254740992.0)) return false;
    *out = (size_t)number;
    return (double)*out == number;
}

static ink_status read_shape(struct inki_unpickler *u, struct inki_py shape, struct inki_py_array *array)
{
    size_t rank = 1;
    bool good = true, alone = inki_py_is_number(shape);
    if (!alone && !inki_py_is_sequence(u, shape, &rank))
        return inki_py_wrong(u, "the shape of an array is not a tuple");
    if (rank > INKI_RANK_MAX) {
        return inki_fail(u->ctx, INK_UNSUPPORTED,
                         "%s: byte %zu: an array of %zu dimensions; at most %d are read: reshape it", u->where,
                         u->begin, rank, INKI_RANK_MAX);
    }
    array->rank = (uint8_t)rank;
    array->count = 1;
    for (size_t d = 0; d < rank && good; d++) {
        good = read_count(alone ? shape : inki_py_item(u, shape, d), &array->dims[d]) &&
               inki_mul_fits(array->count, array->dims[d], &array->count);
    }
    return good ? INK_OK : inki_py_wrong(u, "the shape of an array is not one of numbers");
}

/* An array of objects is the list that it holds, if it has one dimension. */
static ink_status take_objects(struct inki_unpickler *u, struct inki_py value, const struct inki_py_array *array,
                               struct inki_py data)
{
    size_t count;
    struct inki_py_object *object = inki_py_object(u, value), *list = inki_py_object(u, data);
    if (!inki_py_is_sequence(u, data, &count) || count != array->count)
        return inki_py_wrong(u, "an array of objects has another length than its shape");
    if (array->rank == 1 && list->kind != INKI_PY_ARRAY) *object = *list;
    return INK_OK;
}

/* Sets shape, type and values of an array; `order` says whether it is Fortran's. */
static ink_status fill_array(struct inki_unpickler *u, struct inki_py value, struct inki_py shape, struct inki_py type,
                             bool fortran, struct inki_py data)
{
    size_t size;
    struct inki_py_array array = {.rank = 0};
    const struct inki_py_dtype *dtype = dtype_of(u, type);
    if (!dtype) return inki_py_wrong(u, "an array has no type");
    array.type = inki_py_object(u, type)->at;
    INK_TRY(read_shape(u, shape, &array));
    array.fortran = fortran && array.rank > 1;
    if (dtype->objects) return take_objects(u, value, &array, data);
    if (!inki_py_bytes(u, data, &size)) return inki_py_wrong(u, "an array has no bytes");
    if (dtype->readable && (!inki_mul_fits(array.count, dtype->like.item, &array.count) || array.count != size))
        return inki_fail(u->ctx, INK_BAD_FILE,
                         "%s: byte %zu: an array of %zu bytes does not match its shape; "
                         "the pickle is damaged: save it again",
                         u->where, u->begin, size);
    if (dtype->readable) array.count /= dtype->like.item;
    array.data = *inki_py_object(u, data);
    struct inki_py_object *object = inki_py_object(u, value);
    *(struct inki_py_array *)inki_store_at(&u->arrays, object->at) = array;
    object->made = true;
    return INK_OK;
}

/* [version,] shape, dtype, Fortran order, bytes */
static ink_status build_array(struct inki_unpickler *u, struct inki_py value, struct inki_py state)
{
    size_t count;
    if (!inki_py_is_sequence(u, state, &count) || count < 4 || count > 5)
        return inki_py_wrong(u, "the state of an array is not what NumPy writes");
    size_t first = count - 4;
    struct inki_py order = inki_py_item(u, state, first + 2);
    return fill_array(u, value, inki_py_item(u, state, first), inki_py_item(u, state, first + 1),
                      inki_py_is_number(order) && inki_py_as_number(order) != 0, inki_py_item(u, state, first + 3));
}

/* _frombuffer(bytes, dtype, shape, order) */
static ink_status frombuffer(struct inki_unpickler *u, const struct inki_py *args, size_t count, struct inki_py *out)
{
    if (count != 4) return inki_py_wrong(u, "_frombuffer needs bytes, type, shape and order");
    INK_TRY(add_array(u, out));
    return fill_array(u, *out, args[2], args[1], inki_py_is_text(u, args[3], "F"), args[0]);
}

/* scalar(dtype, bytes): a number, or a text. */
static ink_status scalar(struct inki_unpickler *u, const struct inki_py *args, size_t count, struct inki_py *out)
{
    size_t size;
    uint8_t *room;
    const struct inki_py_dtype *type = count ? dtype_of(u, args[0]) : NULL;
    const uint8_t *bytes = count == 2 ? inki_py_bytes(u, args[1], &size) : NULL;
    if (!type || !bytes) return inki_py_wrong(u, "a NumPy number has no type or no bytes");
    if (!type->readable || size != type->like.item) return inki_py_wrong(u, "a NumPy number of an unknown type");
    struct inki_array array = type->like;
    array.count = 1;
    array.values = bytes;
    if (array.element) {
        *out = inki_py_number(inki_array_at(&array, 0));
        return INK_OK;
    }
    INK_TRY(inki_py_spend(u, size / 8));
    INK_TRY(inki_py_text_room(u, inki_array_text_room(&array), &room));
    array.values = inki_py_bytes(u, args[1], &size); /* it may have moved */
    return inki_py_text_made(u, inki_array_text(&array, 0, (char *)room), out);
}

/* ---------------------------------------------------------------- and calls */

/* bytes(), bytearray(bytes), bytearray(text, 'latin-1') */
static ink_status make_bytes(struct inki_unpickler *u, const struct inki_py *args, size_t count, struct inki_py *out)
{
    size_t size;
    if (count == 0) return inki_py_text(u, u->at, 0, out);
    if (count == 2) return inki_py_latin1(u, args[0], out);
    if (!inki_py_bytes(u, args[0], &size)) return inki_py_wrong(u, "encodes a value that is not a string");
    *out = args[0];
    return INK_OK;
}

/* encode(text, 'latin1') */
static ink_status encode(struct inki_unpickler *u, const struct inki_py *args, size_t count, struct inki_py *out)
{
    bool latin1 = count == 2 && (inki_py_is_text(u, args[1], "latin1") || inki_py_is_text(u, args[1], "latin-1"));
    if (!latin1) return inki_py_wrong(u, "bytes are encoded as latin1, not otherwise");
    return inki_py_latin1(u, args[0], out);
}

/* dict(), OrderedDict([[key, value], …]) */
static ink_status make_dict(struct inki_unpickler *u, const struct inki_py *args, size_t count, struct inki_py *out)
{
    size_t pairs = 0, two;
    INK_TRY(inki_py_sequence(u, INKI_PY_DICT, NULL, 0, out));
    if (count == 0) return INK_OK;
    if (!inki_py_is_sequence(u, args[0], &pairs))
        return inki_py_wrong(u, "makes a dict from a value that is not a list");
    INK_TRY(inki_py_spend(u, 2 * pairs));
    for (size_t i = 0; i < pairs; i++) {
        struct inki_py pair = inki_py_item(u, args[0], i);
        if (!inki_py_is_sequence(u, pair, &two) || two != 2)
            return inki_py_wrong(u, "makes a dict from a list of something other than pairs");
        struct inki_py entry[2] = {inki_py_item(u, pair, 0), inki_py_item(u, pair, 1)};
        INK_TRY(inki_py_append(u, *out, entry, 2));
    }
    return INK_OK;
}

/* set([…]) as a list */
static ink_status make_list(struct inki_unpickler *u, const struct inki_py *args, size_t count, struct inki_py *out)
{
    size_t items;
    if (count == 0) return inki_py_sequence(u, INKI_PY_LIST, NULL, 0, out);
    if (!inki_py_is_sequence(u, args[0], &items))
        return inki_py_wrong(u, "makes a set from a value that is not a list");
    *out = args[0];
    return INK_OK;
}

ink_status inki_py_call(struct inki_unpickler *u, struct inki_py callable, const struct inki_py *args, size_t count,
                        struct inki_py *out)
{
    if (!inki_py_is(callable, INKI_PY_CALLABLE)) return inki_py_wrong(u, "calls a value that is not a function");
    switch (known[inki_py_index(callable)].what) {
    case CALL_RECONSTRUCT:
        if (count != 3 || !is_callable(args[0], CALL_NDARRAY))
            return inki_py_wrong(u, "_reconstruct of a type that is not an array");
        return add_array(u, out);
    case CALL_FROMBUFFER:
        return frombuffer(u, args, count, out);
    case CALL_SCALAR:
        return scalar(u, args, count, out);
    case CALL_DTYPE:
        return make_dtype(u, args, count, out);
    case CALL_ENCODE:
        return encode(u, args, count, out);
    case CALL_BYTES:
        return make_bytes(u, args, count, out);
    case CALL_LIST:
        return make_list(u, args, count, out);
    case CALL_DICT:
        return make_dict(u, args, count, out);
    case CALL_NDARRAY:
        break;
    }
    return inki_py_wrong(u, "an array is not made as NumPy does it");
}

ink_status inki_py_build(struct inki_unpickler *u, struct inki_py object, struct inki_py state)
{
    if (inki_py_of_kind(u, object, INKI_PY_ARRAY)) return build_array(u, object, state);
    if (inki_py_of_kind(u, object, INKI_PY_DTYPE)) return build_dtype(u, object, state);
    if (inki_py_of_kind(u, object, INKI_PY_DICT)) return INK_OK; /* attributes beside the entries */
    return inki_py_wrong(u, "BUILD on a value without a state");
}
