/* pickle_values: objects in tables, lists side by side.
 * SPDX-License-Identifier: MIT */
#include "read/pickle_values.h"

#include "base/mem.h"

#include <string.h>

enum { FIRST_ROOM = 64, LARGE = 1 << 20, LONG_TUPLE = 16, MOST_WORK = 8, FREE_WORK = 1 << 16 };

ink_status inki_table_reserve(ink_ctx *ctx, struct inki_table *table, size_t more, size_t size)
{
    if (table->room - table->count >= more) return INK_OK;
    size_t room = 2 * table->room;
    if (room < table->count + more) room = table->count + more;
    if (room < FIRST_ROOM) room = FIRST_ROOM;
    void *items = inki_grow(ctx, table->items, table->count, room, size);
    if (!items) return INK_NO_MEMORY;
    table->items = items;
    table->room = room;
    return INK_OK;
}

static void table_free(struct inki_table *table)
{
    inki_free(table->items);
    *table = (struct inki_table){0};
}

/* Block k begins with item FIRST * (2^k - 1). */
void *inki_store_at(const struct inki_store *store, size_t i)
{
    size_t place = i / INKI_FIRST_BLOCK + 1, k = 0;
#if defined(__GNUC__)
    k = (size_t)(63 - __builtin_clzll((unsigned long long)place));
#else
    while (place >> (k + 1)) k++;
#endif
    size_t begin = INKI_FIRST_BLOCK * (((size_t)1 << k) - 1);
    return store->blocks[k] + (i - begin) * store->size;
}

ink_status inki_store_add(ink_ctx *ctx, struct inki_store *store, void **out)
{
    if (store->count == store->room) {
        size_t k = 0, more = store->room + INKI_FIRST_BLOCK;
        while (store->blocks[k]) k++;
        store->blocks[k] = inki_alloc(ctx, more, store->size);
        if (!store->blocks[k]) return INK_NO_MEMORY;
        store->room += more;
    }
    *out = inki_store_at(store, store->count++);
    return INK_OK;
}

void inki_store_free(struct inki_store *store)
{
    for (size_t k = 0; k < INKI_BLOCKS; k++) inki_free(store->blocks[k]);
    *store = (struct inki_store){.size = store->size};
}

void inki_py_begin(struct inki_unpickler *u, ink_ctx *ctx, const char *where, struct inki_bytes *content)
{
    *u = (struct inki_unpickler){.ctx = ctx, .where = where, .content = content, .doing = ""};
    u->memo.size = sizeof(struct inki_py);
    u->objects.size = sizeof(struct inki_py_object);
    u->dtypes.size = sizeof(struct inki_py_dtype);
    u->arrays.size = sizeof(struct inki_py_array);
}

void inki_py_free_machine(struct inki_unpickler *u)
{
    table_free(&u->stack);
    table_free(&u->marks);
    inki_store_free(&u->memo);
}

void inki_py_free(struct inki_unpickler *u)
{
    inki_py_free_machine(u);
    table_free(&u->items);
    table_free(&u->numbers);
    inki_store_free(&u->objects);
    inki_store_free(&u->dtypes);
    inki_store_free(&u->arrays);
}

ink_status inki_py_wrong(const struct inki_unpickler *u, const char *what)
{
    return inki_fail(u->ctx, INK_BAD_FILE, "%s: byte %zu (%s): %s; the pickle is damaged: save it again", u->where,
                     u->begin, u->doing, what);
}

ink_status inki_py_spend(struct inki_unpickler *u, size_t values)
{
    const size_t most = MOST_WORK * u->content->size + FREE_WORK;
    if (values <= most - u->work) {
        u->work += values;
        return INK_OK;
    }
    return inki_fail(u->ctx, INK_BAD_DATA,
                     "%s: byte %zu: its objects are used so often that they come to more than %zu bytes can justify; "
                     "save arrays (np.savez)",
                     u->where, u->begin, u->content->size);
}

/* ----------------------------------------------------------------- objects */

struct inki_py_object *inki_py_object(const struct inki_unpickler *u, struct inki_py value)
{
    return inki_py_is(value, INKI_PY_OBJECT) ? inki_store_at(&u->objects, inki_py_index(value)) : NULL;
}

struct inki_py_object *inki_py_of_kind(const struct inki_unpickler *u, struct inki_py value, enum inki_py_kind kind)
{
    struct inki_py_object *object = inki_py_object(u, value);
    return object && object->kind == kind ? object : NULL;
}

ink_status inki_py_add(struct inki_unpickler *u, struct inki_py_object object, struct inki_py *out)
{
    void *place;
    INK_TRY(inki_store_add(u->ctx, &u->objects, &place));
    *(struct inki_py_object *)place = object;
    *out = inki_py_make(INKI_PY_OBJECT, u->objects.count - 1);
    return INK_OK;
}

/* ------------------------------------------------------------------- texts */

ink_status inki_py_text(struct inki_unpickler *u, size_t at, size_t size, struct inki_py *out)
{
    return inki_py_add(u, (struct inki_py_object){.kind = INKI_PY_TEXT, .count = size, .at = at}, out);
}

/* Room at the end of the numbers. Those of a long list take at most half of the file that is left: reserved at once, the
 * pages behind their end cost nothing, and they need not be copied again and again. */
static ink_status reserve_numbers(struct inki_unpickler *u, size_t more)
{
    struct inki_table *numbers = &u->numbers;
    if (numbers->room - numbers->count >= more) return INK_OK;
    size_t rest = (u->content->size - u->at) / 2;
    bool large = numbers->count + more > LARGE;
    return inki_table_reserve(u->ctx, numbers, large && rest > more ? rest : more, 1);
}

ink_status inki_py_text_room(struct inki_unpickler *u, size_t size, uint8_t **room)
{
    INK_TRY(reserve_numbers(u, size + 1)); /* never nothing */
    *room = (uint8_t *)u->numbers.items + u->numbers.count;
    return INK_OK;
}

ink_status inki_py_text_made(struct inki_unpickler *u, size_t size, struct inki_py *out)
{
    struct inki_py_object text = {.kind = INKI_PY_TEXT, .made = true, .count = size, .at = u->numbers.count};
    u->numbers.count += size;
    return inki_py_add(u, text, out);
}

static const uint8_t *text_bytes(const struct inki_unpickler *u, const struct inki_py_object *text)
{
    return (text->made ? (const uint8_t *)u->numbers.items : u->content->data) + text->at;
}

const uint8_t *inki_py_bytes(const struct inki_unpickler *u, struct inki_py value, size_t *size)
{
    const struct inki_py_object *text = inki_py_of_kind(u, value, INKI_PY_TEXT);
    if (!text) return NULL;
    *size = text->count;
    return text->count ? text_bytes(u, text) : (const uint8_t *)"";
}

bool inki_py_is_text(const struct inki_unpickler *u, struct inki_py value, const char *text)
{
    size_t size;
    const uint8_t *bytes = inki_py_bytes(u, value, &size);
    return bytes && size == strlen(text) && memcmp(bytes, text, size) == 0;
}

/* --------------------------------------------------------- lists of numbers */

static size_t width_size(unsigned width) { return width == INKI_PY_U1 ? 1 : 4; }

static enum inki_py_width width_of(double value)
{
    if (value >= 0 && value <= 255 && value == (double)(uint8_t)value) return INKI_PY_U1;
    if (value >= INT32_MIN && value <= INT32_MAX && value == (double)(int32_t)value) return INKI_PY_I4;
    return INKI_PY_F4;
}

/* Whether the list's numbers are the last, so that it can grow where it is. */
static bool is_last(const struct inki_unpickler *u, const struct inki_py_object *list)
{
    return list->at + list->count * width_size(list->width) == u->numbers.count;
}

static double number_at(const struct inki_unpickler *u, const struct inki_py_object *list, size_t i)
{
    const uint8_t *at = (const uint8_t *)u->numbers.items + list->at + i * width_size(list->width);
    int32_t whole;
    float real;
    switch (list->width) {
    case INKI_PY_U1:
        return *at;
    case INKI_PY_I4:
        memcpy(&whole, at, sizeof whole);
        return whole;
    default:
        memcpy(&real, at, sizeof real);
        return (double)real;
    }
}

/* What a float cannot hold becomes infinite, and is refused when it is used. */
static void set_number(uint8_t *at, unsigned width, double value)
{
    int32_t whole;
    float real;
    if (width == INKI_PY_U1) {
        *at = (uint8_t)value;
    } else if (width == INKI_PY_I4) {
        whole = (int32_t)value;
        memcpy(at, &whole, sizeof whole);
    } else {
        real = (float)value;
        memcpy(at, &real, sizeof real);
    }
}

/* Makes the last list's numbers wider, with room for `more` of them. Backwards: their new places are behind the old. */
static ink_status widen(struct inki_unpickler *u, struct inki_py_object *list, enum inki_py_width width, size_t more)
{
    size_t at = (list->at + 3) / 4 * 4, count = list->count;
    INK_TRY(reserve_numbers(u, at + 4 * (count + more) - u->numbers.count));
    struct inki_py_object old = *list;
    list->at = at;
    list->width = (uint8_t)width;
    uint8_t *numbers = u->numbers.items;
    for (size_t i = count; i-- > 0;) set_number(numbers + at + 4 * i, width, number_at(u, &old, i));
    u->numbers.count = at + 4 * count;
    return INK_OK;
}

/* Puts numbers at the end of the list that is the last. *done is less than count if one is whole and a float would change it. */
static ink_status append_numbers(struct inki_unpickler *u, struct inki_py_object *list, const struct inki_py *values,
                                 size_t count, size_t *done)
{
    INK_TRY(reserve_numbers(u, count * width_size(list->width)));
    uint8_t *numbers = u->numbers.items;
    for (*done = 0; *done < count; ++*done) {
        double value = inki_py_as_number(values[*done]);
        enum inki_py_width width = list->width == INKI_PY_F4 ? INKI_PY_F4 : width_of(value);
        if (width > list->width) {
            INK_TRY(widen(u, list, width, count - *done));
            numbers = u->numbers.items;
        }
        if (width == INKI_PY_F4 && (double)(float)value != value && width_of(value) != INKI_PY_F4) return INK_OK;
        set_number(numbers + u->numbers.count, list->width, value);
        u->numbers.count += width_size(list->width);
        list->count++;
    }
    return INK_OK;
}

/* A list without items becomes one of numbers. It begins as wide as the one before ended: rows are alike. */
static ink_status begin_numbers(struct inki_unpickler *u, struct inki_py_object *list)
{
    size_t fill = u->floats ? (4 - u->numbers.count % 4) % 4 : 0;
    INK_TRY(reserve_numbers(u, fill));
    u->numbers.count += fill;
    *list = (struct inki_py_object){.kind = INKI_PY_NUMBERS, .at = u->numbers.count};
    list->width = u->floats ? INKI_PY_F4 : INKI_PY_U1;
    return INK_OK;
}

/* ------------------------------------------------------------------- items */

/* A list has room for a power of two, which follows from its count, so that growing costs no more than twice its size. */
static size_t room_for(size_t count)
{
    size_t room = 1;
    while (room < count) room *= 2;
    return room;
}

static ink_status append_items(struct inki_unpickler *u, struct inki_py_object *list, const struct inki_py *values,
                               size_t count)
{
    size_t old_room = list->count ? room_for(list->count) : 0, room = room_for(list->count + count);
    if (room > old_room) {
        bool last = list->at + old_room == u->items.count && old_room > 0;
        size_t more = last ? room - old_room : room;
        INK_TRY(inki_table_reserve(u->ctx, &u->items, more, sizeof *values));
        struct inki_py *items = u->items.items;
        if (!last && list->count) memcpy(items + u->items.count, items + list->at, list->count * sizeof *items);
        if (!last) list->at = u->items.count;
        u->items.count += more;
    }
    struct inki_py *items = u->items.items;
    if (count) memcpy(items + list->at + list->count, values, count * sizeof *values);
    list->count += count;
    return INK_OK;
}

/* A list of numbers becomes one of values, for something else to be put into it, or because others came behind it. */
static ink_status turn_to_items(struct inki_unpickler *u, struct inki_py_object *list)
{
    struct inki_py_object numbers = *list;
    size_t room = room_for(numbers.count);
    INK_TRY(inki_table_reserve(u->ctx, &u->items, room, sizeof(struct inki_py)));
    struct inki_py *items = u->items.items;
    *list = (struct inki_py_object){.kind = INKI_PY_LIST, .count = numbers.count, .at = u->items.count};
    for (size_t i = 0; i < numbers.count; i++) items[list->at + i] = inki_py_number(number_at(u, &numbers, i));
    u->items.count += room;
    if (is_last(u, &numbers)) u->numbers.count = numbers.at;
    return INK_OK;
}

static bool all_numbers(const struct inki_py *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!inki_py_is_number(values[i])) return false;
    return true;
}

ink_status inki_py_append(struct inki_unpickler *u, struct inki_py list, const struct inki_py *values, size_t count)
{
    size_t done = 0;
    struct inki_py_object *object = inki_py_object(u, list);
    if (count == 0) return INK_OK;
    if (object->kind != INKI_PY_DICT && all_numbers(values, count)) {
        if (object->count == 0) INK_TRY(begin_numbers(u, object));
        if (object->kind == INKI_PY_NUMBERS && is_last(u, object)) {
            INK_TRY(append_numbers(u, object, values, count, &done));
            u->floats = object->width == INKI_PY_F4;
            if (done == count) return INK_OK;
        }
    }
    if (object->kind == INKI_PY_NUMBERS) INK_TRY(turn_to_items(u, object));
    return append_items(u, object, values + done, count - done);
}

ink_status inki_py_sequence(struct inki_unpickler *u, enum inki_py_kind kind, const struct inki_py *values,
                            size_t count, struct inki_py *out)
{
    struct inki_py_object object = {.kind = (uint8_t)kind};
    if (kind == INKI_PY_TUPLE && count >= LONG_TUPLE && all_numbers(values, count)) object.kind = INKI_PY_LIST;
    if (object.kind == INKI_PY_TUPLE && count > 0) { /* as long as it is: it will not grow */
        INK_TRY(inki_table_reserve(u->ctx, &u->items, count, sizeof *values));
        object.at = u->items.count;
        object.count = count;
        memcpy((struct inki_py *)u->items.items + object.at, values, count * sizeof *values);
        u->items.count += count;
    }
    INK_TRY(inki_py_add(u, object, out));
    return object.kind == INKI_PY_TUPLE ? INK_OK : inki_py_append(u, *out, values, count);
}

/* ------------------------------------------------------------------ looking */

bool inki_py_is_sequence(const struct inki_unpickler *u, struct inki_py value, size_t *count)
{
    const struct inki_py_object *object = inki_py_object(u, value);
    if (!object) return false;
    *count = object->count;
    return object->kind == INKI_PY_LIST || object->kind == INKI_PY_TUPLE || object->kind == INKI_PY_NUMBERS;
}

struct inki_py inki_py_item(const struct inki_unpickler *u, struct inki_py sequence, size_t i)
{
    const struct inki_py_object *object = inki_py_object(u, sequence);
    const struct inki_py *items = u->items.items;
    if (object->kind == INKI_PY_NUMBERS) return inki_py_number(number_at(u, object, i));
    return items[object->at + i];
}

bool inki_py_get(const struct inki_unpickler *u, struct inki_py dict, const char *key, struct inki_py *out)
{
    const struct inki_py_object *object = inki_py_of_kind(u, dict, INKI_PY_DICT);
    const struct inki_py *items = u->items.items;
    for (size_t i = object ? object->count : 0; i >= 2; i -= 2) {
        if (!inki_py_is_text(u, items[object->at + i - 2], key)) continue;
        *out = items[object->at + i - 1];
        return true;
    }
    return false;
}

/* An array of one dimension of this machine's own numbers. */
static bool borrow(struct inki_array *out, const char *type, const void *values, size_t count)
{
    *out = (struct inki_array){.rank = 1, .dims = {count}, .count = count, .values = values};
    out->big_endian = !inki_is_little_endian();
    return inki_array_set_type(out, type);
}

static bool borrow_array(const struct inki_unpickler *u, const struct inki_py_object *object, struct inki_array *out)
{
    const struct inki_py_array *array = inki_store_at(&u->arrays, object->at);
    if (!object->made) return false;
    const struct inki_py_dtype *type = inki_store_at(&u->dtypes, array->type);
    if (!type->readable) return false;
    *out = type->like;
    out->rank = array->rank;
    out->count = array->count;
    out->fortran = array->fortran;
    memcpy(out->dims, array->dims, sizeof out->dims);
    out->values = text_bytes(u, &array->data);
    return true;
}

bool inki_py_array(const struct inki_unpickler *u, const struct inki_py *value, struct inki_array *out)
{
    static const char *const types[] = {[INKI_PY_U1] = "u1", [INKI_PY_I4] = "i4", [INKI_PY_F4] = "f4"};
    const struct inki_py_object *object = inki_py_object(u, *value);
    if (inki_py_is_number(*value)) { /* its bits are those of a double */
        borrow(out, "f8", value, 1);
        out->rank = 0;
        return true;
    }
    if (!object) return false;
    if (object->kind == INKI_PY_ARRAY) return borrow_array(u, object, out);
    if (object->kind == INKI_PY_NUMBERS)
        return borrow(out, types[object->width], (const uint8_t *)u->numbers.items + object->at, object->count);
    if ((object->kind != INKI_PY_LIST && object->kind != INKI_PY_TUPLE) || object->count == 0) return false;
    const struct inki_py *items = (const struct inki_py *)u->items.items + object->at;
    return all_numbers(items, object->count) && borrow(out, "f8", items, object->count);
}
