/* look: what the columns of a table hold, by its first rows.
 * SPDX-License-Identifier: MIT */
#include "read/look.h"

#include "base/mem.h"
#include "base/text.h"
#include "read/numerals.h"

#include <assert.h>
#include <string.h>

/* ---------------------------------------------------------------- kinds of text */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/* Words that may stand in a date: its months and days, by their first three letters, and what goes with a time. */
static bool is_date_word(const char *text, size_t length)
{
    static const char names[] = "jan feb mar apr may jun jul aug sep oct nov dec mon tue wed thu fri sat sun utc gmt ";
    static const char *const others[] = {"t", "z", "am", "pm", "st", "nd", "rd", "th"};
    char word[4] = "";
    for (size_t i = 0; i < 3 && i < length; i++) word[i] = inki_lower(text[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (length == strlen(others[i]) && strncmp(word, others[i], length) == 0) return true;
    return length >= 3 && length <= 9 && strstr(names, word);
}

bool inki_is_date(const char *text, size_t length)
{
    size_t numbers = 0, dashes = 0, slashes = 0, dots = 0, colons = 0, words = 0, i = 0;
    while (i < length) {
        size_t begin = i;
        while (i < length && is_digit(text[i])) i++;
        if (i > begin) {
            if (i - begin > 9 || (begin > 0 && text[begin - 1] == ':' && i - begin != 2)) return false;
            numbers++;
            continue;
        }
        while (i < length && is_letter(text[i])) i++;
        if (i > begin) {
            if (!is_date_word(text + begin, i - begin)) return false;
            words += i - begin >= 3;
            continue;
        }
        char c = text[i++];
        dashes += c == '-', slashes += c == '/', dots += c == '.', colons += c == ':';
        if (!strchr("-/.:, +", c)) return false;
    }
    if (numbers < 2 || (!is_digit(*text) && !is_letter(*text))) return false;
    return (words > 0 && numbers <= 8) || (dashes >= 2 && numbers >= 3) || (slashes == 2 && numbers >= 3) ||
           (dots == 2 && numbers == 3 && dashes == 0) || (colons > 0 && colons <= 3);
}

static bool is_address(const char *text, size_t length)
{
    size_t dots = 0, digits = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '.') {
            if (digits == 0) return false;
            dots++;
            digits = 0;
        } else if (!is_digit(text[i]) || ++digits > 3) {
            return false;
        }
    }
    return dots == 3 && digits > 0;
}

bool inki_is_place(const char *text, size_t length)
{
    static const char *const ends[] = {"png", "jpg",  "jpeg", "gif", "bmp", "tif", "tiff", "webp", "npy",
                                       "csv", "json", "txt",  "wav", "mp3", "mp4", "dcm",  "html", "xml"};
    size_t dot = length;
    if (is_address(text, length)) return true;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '.') dot = i;
        if (i + 2 < length && memcmp(text + i, "://", 3) == 0) return true;
    }
    for (size_t i = 0; dot + 1 < length && i < sizeof ends / sizeof *ends; i++) {
        size_t size = strlen(ends[i]), k = 0;
        while (k < size && dot + 1 + k < length && inki_lower(text[dot + 1 + k]) == ends[i][k]) k++;
        if (k == size && dot + 1 + size == length) return true;
    }
    return length > 1 && *text == '/';
}

/* The bytes of a currency's or another sign at the begin of a text; 0 if there is none. */
static size_t sign_at(const char *text, size_t length)
{
    static const char *const signs[] = {"$", "\xC2\xA3", "\xC2\xA5", "\xE2\x82\xAC", "\x80", "\xE2\x88\x92", "(",
                                        "~", "<",        ">"};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        size_t size = strlen(signs[i]);
        if (length > size && memcmp(text, signs[i], size) == 0) return size;
    }
    return 0;
}

/* A number with a sign before it, or with up to four letters or signs behind it. */
static bool is_measure(const char *text, size_t length)
{
    enum { UNIT = 4 };
    size_t sign = sign_at(text, length), digits = 0, behind = 0;
    text += sign, length -= sign;
    while (length > 0 && *text == ' ') text++, length--;
    if (length > 0 && *text == '-') text++, length--;
    while (length > 0 && (is_digit(*text) || (digits > 0 && strchr(".,' _", *text)))) {
        digits += is_digit(*text);
        text++, length--;
    }
    for (size_t i = 0; i < length; i++) {
        if (is_digit(text[i]) || strchr("-/:", text[i])) return false;
        behind += ((uint8_t)text[i] & 0xC0) != 0x80;
    }
    return digits > 0 && behind <= UNIT && (sign > 0 || behind > 0 || length == 0);
}

bool inki_flag_value(const char *text, size_t length, double *value)
{
    static const char *const words[] = {"false", "true", "no", "yes", "f", "t", "n", "y"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t k = 0;
        while (k < length && words[i][k] && inki_lower(text[k]) == words[i][k]) k++;
        if (k < length || words[i][k]) continue;
        *value = (double)(i % 2);
        return true;
    }
    return false;
}

/* How many numbers a cell lists, with blanks between them; 0 if it is no list of two or more. */
static size_t list_length(const char *text, size_t length)
{
    size_t count = 0, used;
    double value;
    for (;;) {
        while (length > 0 && *text == ' ') text++, length--;
        if (length == 0) return count > 1 ? count : 0;
        used = inki_parse_number(text, length, &value);
        if (used == 0 || (used < length && text[used] != ' ')) return 0;
        text += used, length -= used;
        count++;
    }
}

/* ------------------------------------------------------------------ one cell */

static uint64_t hash_of(const char *text, size_t length) { return inki_hash(length + 1, text, length); }

/* 007, but not 0, 0.7 or -0. */
static bool is_padded(const char *text, size_t length)
{
    if (length > 0 && (*text == '-' || *text == '+')) text++, length--;
    return length > 1 && *text == '0' && is_digit(text[1]);
}

/* rises: all so far do, and this is an integer. */
static void see_order(struct inki_traits *traits, double value, bool rises)
{
    const bool first = traits->numbers == 0, second = traits->numbers == 1;
    traits->rises = rises && (first || value > traits->last);
    if (second) traits->step = value - traits->last;
    traits->even = traits->rises && (first || second || (traits->even && value - traits->last == traits->step));
    traits->last = value;
}

static void see_number(struct inki_traits *traits, const struct inki_cell *cell, double value)
{
    bool whole = value == floor(value), first = traits->numbers == 0;
    if (first) traits->low = traits->high = traits->first = value;
    if (value < traits->low) traits->low = value;
    if (value > traits->high) traits->high = value;
    traits->counts = whole && (first ? traits->cells == 1 && traits->missing == 0
                                     : traits->counts && value == traits->first + traits->numbers);
    see_order(traits, value, first ? traits->cells == 1 && traits->missing == 0 && whole : traits->rises && whole);
    traits->padded = traits->padded || is_padded(cell->text, cell->length);
    traits->numbers++;
    if (whole) traits->integers++;
}

static void see_date(struct inki_traits *traits, const struct inki_cell *cell)
{
    const unsigned forms = inki_date_forms(cell->text, cell->length);
    bool any = false;
    for (size_t i = 0; i < INKI_DATE_KINDS; i++) {
        traits->dated[i] += forms >> i & 1;
        any = any || traits->dated[i] == traits->cells;
    }
    if (inki_is_date(cell->text, cell->length)) traits->dates++;
    if (!any && traits->undated == 0) traits->undated = cell->line;
}

static void see_unit(struct inki_traits *traits, const struct inki_cell *cell)
{
    const char *text = cell->text;
    size_t length = cell->length;
    const unsigned unit = inki_numeral_unit(&text, &length);
    unsigned marks, forms = unit ? inki_numeral_forms(text, length, &marks) : 0;
    if (!forms || (traits->in_unit && traits->unit != unit)) return;
    if (traits->in_unit++ == 0) traits->unit_forms = UINT8_MAX;
    traits->unit = (uint8_t)unit;
    traits->unit_forms &= (uint8_t)forms;
    traits->unit_marks |= (uint8_t)marks;
}

void inki_look_settle_unit(struct inki_traits *traits)
{
    enum { FEW = 10, MANY = 20 };
    const bool mostly = traits->cells >= MANY && 20 * (uint64_t)traits->in_unit >= 19 * (uint64_t)traits->cells;
    const bool all = traits->in_unit > 1 && traits->in_unit == traits->cells;
    if (traits->forms || !traits->unit_forms || !(all || mostly) ||
        (traits->distinct <= FEW && !inki_unit_is_sign(traits->unit))) {
        traits->unit = 0;
        return;
    }
    traits->forms = traits->unit_forms;
    traits->marks = traits->unit_marks;
}

/* What is no number of the plain form. */
static void see_text(struct inki_traits *traits, const struct inki_cell *cell)
{
    size_t list = list_length(cell->text, cell->length);
    traits->counts = traits->rises = traits->even = false;
    see_unit(traits, cell);
    if (is_measure(cell->text, cell->length)) traits->measures++;
    if (memchr(cell->text, ' ', cell->length)) traits->spaced++;
    see_date(traits, cell);
    if (inki_is_place(cell->text, cell->length)) traits->places++;
    traits->list_length = list && (traits->lists == 0 || traits->list_length == list) ? (uint32_t)list : 0;
    if (list) traits->lists++;
}

/* Infinite values are numbers; - and None may be gaps. True if the cell is one of them. */
static bool see_special(struct inki_traits *traits, const struct inki_cells *cells, const struct inki_cell *cell,
                        uint64_t *hash)
{
    float value;
    const bool weak = inki_cell_weak(cells, cell);
    if (!weak && (!inki_cell_special(cells, cell, &value) || isnan(value))) return false;
    traits->cells++;
    traits->counts = traits->rises = traits->even = false;
    traits->weak += weak;
    traits->numbers += !weak;
    *hash = !weak ? hash_of(cell->text, cell->length) : *cell->text == '-' ? INKI_DASH_HASH : INKI_NONE_HASH;
    return true;
}

static ink_status make_room(struct inki_look *look)
{
    if (look->rows < look->room) return INK_OK;
    const size_t most = INKI_LOOK_CELLS / look->columns + 1, before = look->rows * look->columns;
    size_t room = 2 * look->room + 8;
    if (room > most && look->rows < most) room = most;
    uint64_t *hashes = inki_grow(look->ctx, look->hashes, before, room * look->columns, sizeof *hashes);
    if (!hashes) return INK_NO_MEMORY;
    look->hashes = hashes;
    double *values = inki_grow(look->ctx, look->values, before, room * look->columns, sizeof *values);
    if (!values) return INK_NO_MEMORY;
    look->values = values;
    look->room = room;
    return INK_OK;
}

/* Integers of up to three digits, which most cells of images are: no more need be known of them. */
static bool is_small(const struct inki_cell *cell, double *value)
{
    unsigned number = 0;
    if (cell->length == 0 || cell->length > 3 || (*cell->text == '0' && cell->length > 1)) return false;
    for (size_t i = 0; i < cell->length; i++) {
        if (!is_digit(cell->text[i])) return false;
        number = 10 * number + (unsigned)(cell->text[i] - '0');
    }
    *value = number;
    return true;
}

void inki_look_cell(struct inki_traits *traits, const struct inki_cells *cells, const struct inki_cell *cell,
                    uint64_t *hash, double *value)
{
    double number;
    *hash = 0;
    *value = (double)NAN;
    if (is_small(cell, value)) {
        traits->cells++;
        *hash = (uint64_t)*value + 1;
        see_number(traits, cell, *value);
        return;
    }
    if (inki_cell_missing(cells, cell)) {
        traits->missing++;
        traits->counts = traits->rises = traits->even = false;
        return;
    }
    if (see_special(traits, cells, cell, hash)) return;
    unsigned marks, forms = inki_numeral_forms(cell->text, cell->length, &marks);
    traits->cells++;
    traits->forms &= (uint8_t)forms;
    traits->marks |= (uint8_t)marks;
    *hash = hash_of(cell->text, cell->length);
    if (!(forms & INKI_PLAIN) || !inki_cell_number(cell, &number)) {
        see_text(traits, cell);
        inki_flag_value(cell->text, cell->length, value);
        return;
    }
    *value = number;
    see_number(traits, cell, number);
}

ink_status inki_look_add(struct inki_look *look, size_t column, const struct inki_cells *cells,
                         const struct inki_cell *cell)
{
    if (column == 0) INK_TRY(make_room(look));
    const size_t at = look->rows * look->columns + column;
    inki_look_cell(&look->traits[column], cells, cell, &look->hashes[at], &look->values[at]);
    return INK_OK;
}

void inki_look_end_row(struct inki_look *look) { look->rows++; }

/* ----------------------------------------------------------------------- rows */

static ink_status look_row(struct inki_look *look, struct inki_cells *cells, bool *whole)
{
    struct inki_cell cell;
    *whole = false;
    for (size_t i = 0; i < look->columns; i++) {
        if (cells->row_ended) return INK_OK;
        ink_status status = inki_cells_next(cells, &cell);
        if (status != INK_OK) return status == INK_NO_MEMORY ? status : INK_OK;
        INK_TRY(inki_look_add(look, i, cells, &cell));
    }
    *whole = cells->row_ended;
    return INK_OK;
}

/* A row that does not fit will be an error, and many columns of which nothing is there are not worth the memory. */
static ink_status check_first_row(struct inki_look *look, struct inki_cells *cells)
{
    const size_t at = cells->at, line = cells->line, blank_rows = cells->blank_rows;
    struct inki_cell cell;
    size_t count = 0;
    ink_status status = INK_OK;
    if (inki_cells_row(cells)) {
        while (!cells->row_ended && status == INK_OK && count <= look->columns) {
            status = inki_cells_next(cells, &cell);
            count++;
        }
        look->ragged = status != INK_OK || count != look->columns;
    }
    cells->at = at;
    cells->line = line;
    cells->blank_rows = blank_rows;
    return status == INK_NO_MEMORY ? status : INK_OK;
}

ink_status inki_look_begin(struct inki_look *look, struct inki_cells *cells, size_t columns)
{
    bool whole = true;
    *look = (struct inki_look){.ctx = cells->ctx, .columns = columns};
    INK_TRY(check_first_row(look, cells));
    if (look->ragged) return INK_OK;
    look->traits = inki_zalloc(cells->ctx, columns, sizeof *look->traits);
    if (!look->traits) return INK_NO_MEMORY;
    for (size_t i = 0; i < columns; i++) look->traits[i].forms = UINT8_MAX;
    while (look->rows < INKI_LOOK_ROWS && (look->rows + 1) * columns <= INKI_LOOK_CELLS + columns && whole &&
           inki_cells_row(cells)) {
        INK_TRY(look_row(look, cells, &whole));
        if (whole) inki_look_end_row(look);
    }
    return INK_OK;
}

/* ------------------------------------------------------------------- counting */

/* Room for all values of a column, half empty. */
enum { SLOTS = 2048 };

/* One more key, if it was not there: 0 is none. */
static size_t add_key(uint64_t slots[SLOTS], uint64_t key)
{
    size_t slot = (size_t)((key * 0x9E3779B97F4A7C15u) >> 53);
    while (slots[slot] && slots[slot] != key) slot = (slot + 1) % SLOTS;
    if (slots[slot]) return 0;
    slots[slot] = key;
    return 1;
}

uint64_t inki_look_key(double value)
{
    uint64_t key;
    value += 0.0; /* -0 is 0 */
    memcpy(&key, &value, sizeof key);
    return key + 1;
}

static size_t count_texts(const struct inki_look *look, size_t column, uint64_t slots[SLOTS])
{
    size_t count = 0;
    memset(slots, 0, SLOTS * sizeof *slots);
    for (size_t row = 0; row < look->rows; row++) {
        uint64_t hash = look->hashes[row * look->columns + column];
        if (hash) count += add_key(slots, hash);
    }
    return count;
}

/* Weak cells are gaps, unless they are nearly all that the column has beside one other text. */
static void resolve_weak(struct inki_look *look, size_t column)
{
    struct inki_traits *traits = &look->traits[column];
    size_t kinds = 0;
    bool seen[2] = {false, false};
    for (size_t row = 0; row < look->rows; row++) {
        const uint64_t hash = look->hashes[row * look->columns + column];
        if (hash == INKI_DASH_HASH) seen[0] = true;
        if (hash == INKI_NONE_HASH) seen[1] = true;
    }
    kinds = (size_t)seen[0] + seen[1];
    if (traits->numbers == 0 && traits->distinct <= kinds + 1) return;
    traits->cells = (uint32_t)(traits->cells - traits->weak);
    traits->missing = (uint32_t)(traits->missing + traits->weak);
    traits->distinct = (uint32_t)(traits->distinct - kinds);
    traits->weak = 0;
    for (size_t row = 0; row < look->rows; row++) {
        uint64_t *hash = &look->hashes[row * look->columns + column];
        if (*hash == INKI_DASH_HASH || *hash == INKI_NONE_HASH) *hash = 0;
    }
}

static size_t count_numbers(const struct inki_look *look, size_t column, bool as_floats, uint64_t slots[SLOTS])
{
    size_t count = 0;
    memset(slots, 0, SLOTS * sizeof *slots);
    for (size_t row = 0; row < look->rows; row++) {
        double value = look->values[row * look->columns + column];
        if (value == value) count += add_key(slots, inki_look_key(as_floats ? (double)(float)value : value));
    }
    return count;
}

static_assert((int)INKI_LOOK_ROWS < (int)SLOTS, "a column has room");

ink_status inki_look_count(struct inki_look *look)
{
    uint64_t *slots = inki_alloc(look->ctx, SLOTS, sizeof *slots);
    if (!slots) return INK_NO_MEMORY;
    for (size_t i = 0; i < look->columns; i++) {
        struct inki_traits *traits = &look->traits[i];
        traits->distinct = (uint32_t)count_texts(look, i, slots);
        if (traits->weak) resolve_weak(look, i);
        inki_look_settle_unit(traits);
        traits->as_doubles = traits->as_floats = 0;
        if (traits->integers == traits->numbers && fabs(traits->low) < 1e6 && fabs(traits->high) < 1e6) continue;
        traits->as_doubles = (uint32_t)count_numbers(look, i, false, slots);
        traits->as_floats = (uint32_t)count_numbers(look, i, true, slots);
    }
    inki_free(slots);
    return INK_OK;
}

void inki_look_free(struct inki_look *look)
{
    inki_free(look->hashes);
    inki_free(look->values);
    inki_free(look->traits);
    *look = (struct inki_look){.ctx = look->ctx};
}
