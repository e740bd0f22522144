/* text: numbers and names to and from text.
 * SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "base/little.h"
#include "base/mem.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* A number's parts: value = mantissa * 10^exponent, if it had no more than 19 digits. */
struct decimal {
    uint64_t mantissa;
    int exponent, digits;
    bool negative;
};

static size_t scan_digits(const char *text, size_t at, size_t length, struct decimal *d, bool fraction)
{
    for (; at < length && is_digit(text[at]); at++) {
        if (d->mantissa != 0 || text[at] != '0') d->digits++;
        if (d->digits <= 19) d->mantissa = d->mantissa * 10 + (uint64_t)(text[at] - '0');
        if (fraction) d->exponent--;
    }
    return at;
}

static size_t scan_exponent(const char *text, size_t at, size_t length, struct decimal *d)
{
    size_t begin = at;
    int sign = 1, value = 0;
    if (at >= length || (text[at] != 'e' && text[at] != 'E')) return begin;
    at++;
    if (at < length && (text[at] == '+' || text[at] == '-')) sign = text[at++] == '-' ? -1 : 1;
    if (at >= length || !is_digit(text[at])) return begin;
    for (; at < length && is_digit(text[at]); at++)
        if (value < 100000) value = value * 10 + (text[at] - '0');
    d->exponent += sign * value;
    return at;
}

/* The rare number that needs more than one rounding-free operation: libc's strtod, without a decimal point (which the
 * locale decides). No double, nor the middle of two, has more than 767 digits: of the digits behind, all that counts is
 * whether one of them is not 0. */
static double parse_slowly(const char *text, size_t length, const struct decimal *d)
{
    enum { DIGITS = 770 };
    char copy[DIGITS + 32];
    size_t used = 0;
    int exponent = d->exponent;
    bool rest = false;
    for (size_t i = 0; i < length && text[i] != 'e' && text[i] != 'E'; i++) {
        if (!is_digit(text[i]) || (used == 0 && text[i] == '0')) continue;
        if (used < DIGITS)
            copy[used++] = text[i];
        else {
            rest = rest || text[i] != '0';
            exponent++;
        }
    }
    if (used == 0) return 0;
    if (rest) {
        copy[used++] = '1';
        exponent--;
    }
    snprintf(copy + used, sizeof copy - used, "e%d", exponent);
    return strtod(copy, NULL);
}

static const double powers_of_ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                       1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* mantissa * 10^exponent as a sum of two doubles, rounded to one (Dekker 1971): the mantissa is hi + lo exactly, the power of
 * ten exact, and fma gives what the first operation lost. The tail's error is below 2^-51 of it: false where that decides. */
static bool scale_exactly(const struct decimal *d, double *value)
{
    bool divide = d->exponent < 0;
    double power = powers_of_ten[divide ? -d->exponent : d->exponent], hi = (double)d->mantissa;
    double lo = (double)(int64_t)(d->mantissa - (uint64_t)hi);
    double first = divide ? hi / power : hi * power;
    double tail = divide ? (fma(-first, power, hi) + lo) / power : fma(lo, power, fma(hi, power, -first));
    double slack = fabs(tail) * 0x1p-50;
    *value = first + (tail + slack);
    return *value == first + (tail - slack);
}

/* A power up to 10^22 is exact, and if the mantissa is too, one multiplication or division rounds correctly (Clinger 1990). */
size_t inki_parse_number(const char *text, size_t length, double *value)
{
    struct decimal d = {0, 0, 0, false};
    size_t at = 0, end;
    if (at < length && (text[at] == '+' || text[at] == '-')) d.negative = text[at++] == '-';
    size_t begin = at;
    at = scan_digits(text, at, length, &d, false);
    size_t digits = at - begin;
    if (at < length && text[at] == '.') {
        end = scan_digits(text, at + 1, length, &d, true);
        digits += end - at - 1;
        at = end;
    }
    if (digits == 0) return 0;
    at = scan_exponent(text, at, length, &d);
    bool small = d.digits <= 19 && d.exponent >= -22 && d.exponent <= 22;
    double m = (double)d.mantissa;
    if (small && (uint64_t)m == d.mantissa)
        *value = d.exponent < 0 ? m / powers_of_ten[-d.exponent] : m * powers_of_ten[d.exponent];
    else if (!small || !scale_exactly(&d, value))
        *value = parse_slowly(text, at, &d);
    if (d.negative) *value = -*value;
    return at;
}

bool inki_parse_real(const char *text, double *value)
{
    size_t length = strlen(text);
    return length > 0 && inki_parse_number(text, length, value) == length && isfinite(*value);
}

bool inki_parse_count(const char *text, size_t *value)
{
    size_t result = 0;
    if (!*text) return false;
    for (; *text; text++) {
        if (!is_digit(*text) || result > (SIZE_MAX - 9) / 10) return false;
        result = result * 10 + (size_t)(*text - '0');
    }
    *value = result;
    return true;
}

/* A decimal point whatever the locale's is. */
static void set_point(char *text)
{
    const char *point = localeconv()->decimal_point;
    char *at = strcmp(point, ".") == 0 ? NULL : strstr(text, point);
    if (!at) return;
    *at = '.';
    memmove(at + 1, at + strlen(point), strlen(at + strlen(point)) + 1);
}

char *inki_format_count(size_t count, char out[32])
{
    char digits[24];
    size_t length = (size_t)snprintf(digits, sizeof digits, "%zu", count), at = 0;
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = 0;
    return out;
}

/* Of all precisions that read back exactly the shortest text: 1000, not 1e+03. */
void inki_format_real(double value, char out[32])
{
    char text[48];
    *out = 0;
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value && (!*out || strlen(text) <= strlen(out))) snprintf(out, 32, "%.31s", text);
    }
    set_point(out);
}

void inki_format_exact(double value, char out[32])
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, 32, "%.*g", digits, value);
        if (strtod(out, NULL) == value) break;
    }
    set_point(out);
}

void inki_format_float(float value, char out[24])
{
    snprintf(out, 24, "%.9g", (double)value);
    set_point(out);
}

static bool make_room(struct inki_str *str, size_t more)
{
    if (str->failed) return false;
    if (str->length + more + 1 <= str->room) return true;
    size_t room = (str->room ? str->room * 2 : 128) + more;
    char *text = inki_grow(str->ctx, str->text, str->length, room, 1);
    if (!text) {
        str->failed = true;
        return false;
    }
    str->text = text;
    str->room = room;
    return true;
}

void inki_str_add(struct inki_str *str, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int need = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (need < 0 || !make_room(str, (size_t)need)) return;
    va_start(args, format);
    vsnprintf(str->text + str->length, (size_t)need + 1, format, args);
    va_end(args);
    str->length += (size_t)need;
}

size_t inki_utf8_length(const char *character)
{
    const unsigned char *text = (const unsigned char *)character;
    unsigned char first = text[0], low = 0x80, high = 0xBF;
    if (first < 0x80) return 1;
    size_t length = first >= 0xC2 && first <= 0xDF   ? 2
                    : (first & 0xF0) == 0xE0         ? 3
                    : first >= 0xF0 && first <= 0xF4 ? 4
                                                     : 0;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
    if (length == 0 || text[1] < low || text[1] > high) return 0;
    for (size_t i = 2; i < length; i++) {
        if ((text[i] & 0xC0) != 0x80) return 0;
    }
    return length;
}

void inki_str_add_utf8(struct inki_str *str, const char *text)
{
    while (*text) {
        size_t length = inki_utf8_length(text);
        inki_str_add(str, "%.*s", length ? (int)length : 3, length ? text : "\xEF\xBF\xBD");
        text += length ? length : 1;
    }
}

bool inki_same_name(const char *a, size_t a_size, const char *b, size_t b_size)
{
    size_t i = 0, j = 0;
    for (;; i++, j++) {
        while (i < a_size && (a[i] == '-' || a[i] == '_')) i++;
        while (j < b_size && (b[j] == '-' || b[j] == '_')) j++;
        if (i == a_size || j == b_size) return i == a_size && j == b_size;
        if (inki_lower(a[i]) != inki_lower(b[j])) return false;
    }
}

int inki_choice_index(const char *choices, const char *name)
{
    size_t length = strlen(name);
    for (int index = 0; choices; index++) {
        const char *end = strchr(choices, '|');
        size_t width = end ? (size_t)(end - choices) : strlen(choices);
        if (inki_same_name(choices, width, name, length)) return index;
        choices = end ? end + 1 : NULL;
    }
    return -1;
}

static uint64_t load_word(const unsigned char *at)
{
    return (uint64_t)at[0] | (uint64_t)at[1] << 8 | (uint64_t)at[2] << 16 | (uint64_t)at[3] << 24 |
           (uint64_t)at[4] << 32 | (uint64_t)at[5] << 40 | (uint64_t)at[6] << 48 | (uint64_t)at[7] << 56;
}

static const uint64_t hash_prime = 0x9E3779B97F4A7C15u;

static uint64_t hash_mix(uint64_t lane, uint64_t word)
{
    uint64_t mixed = (lane ^ word) * hash_prime;
    return mixed ^ mixed >> 29;
}

uint64_t inki_hash_again(const void *table, uint64_t hash)
{
    const uint64_t secret = (uint64_t)(uintptr_t)table >> 4;
    hash ^= secret * hash_prime;
    hash = (hash ^ hash >> 32) * hash_prime;
    return (hash ^ hash >> 29) * (secret << 1 | 1) >> 16;
}

uint64_t inki_hash_at(const void *table, const char *text, size_t length)
{
    const uint64_t secret = (uint64_t)(uintptr_t)table >> 4;
    uint64_t hash = secret * hash_prime ^ length, word;
    for (; length >= sizeof word; text += sizeof word, length -= sizeof word) {
        memcpy(&word, text, sizeof word);
        hash ^= word;
        hash = hash_mix(hash ^ hash >> 32, secret);
    }
    word = 0;
    for (size_t i = 0; i < length; i++) word = word << 8 | (uint8_t)text[i];
    hash ^= word;
    hash = hash_mix(hash ^ hash >> 32, secret);
    return hash ^ hash >> 32;
}

/* Four lanes of multiply-and-shift over 32 bytes, folded at the end: the chains overlap. The tail is filled with 0;
 * the size takes part, so that tails do not collide. */
uint64_t inki_hash(uint64_t hash, const void *bytes, size_t size) { return inki_hash_numbers(hash, bytes, size, 1); }

uint64_t inki_hash_numbers(uint64_t hash, const void *numbers, size_t count, size_t each)
{
    const unsigned char *at = numbers;
    const size_t size = count * each;
    unsigned char tail[32] = {0}, turned[32];
    uint64_t lane[4] = {hash ^ size, hash + hash_prime, hash ^ ~hash_prime, hash - hash_prime};
    size_t i = 0;
    for (; i + 32 <= size; i += 32) {
        const unsigned char *from = at + i;
        if (INKI_BIG_ENDIAN && each > 1) {
            memcpy(turned, from, 32);
            inki_swap_little(turned, 32 / each, each);
            from = turned;
        }
        for (size_t j = 0; j < 4; j++) lane[j] = hash_mix(lane[j], load_word(from + 8 * j));
    }
    if (i < size) memcpy(tail, at + i, size - i);
    inki_swap_little(tail, 32 / each, each);
    for (size_t j = 0; j < 4; j++) lane[j] = hash_mix(lane[j], load_word(tail + 8 * j));
    for (int j = 1; j < 4; j++) lane[0] = hash_mix(lane[0], lane[j]);
    return hash_mix(lane[0], lane[0] >> 32);
}

/* Damerau-Levenshtein distance (neighbouring letters swapped count as one), for texts up to 63 bytes. */
static unsigned distance(const char *a, const char *b)
{
    unsigned rows[3][64];
    size_t n = strlen(a), m = strlen(b);
    if (n > 63 || m > 63) return 64;
    for (unsigned j = 0; j <= m; j++) rows[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        unsigned *now = rows[i % 3], *above = rows[(i - 1) % 3], *two_above = rows[(i + 1) % 3];
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= m; j++) {
            unsigned best = above[j - 1] + (a[i - 1] != b[j - 1]);
            if (above[j] + 1 < best) best = above[j] + 1;
            if (now[j - 1] + 1 < best) best = now[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && two_above[j - 2] + 1 < best)
                best = two_above[j - 2] + 1;
            now[j] = best;
        }
    }
    return rows[n % 3][m];
}

/* What other programs call things, and their names here. */
static const char *const synonyms[][2] = {
    {"learning-rate", "lr"},
    {"learning-rate-init", "lr"},
    {"rate", "lr"},
    {"alpha", "l2"},
    {"weight-decay", "l2"},
    {"wd", "l2"},
    {"l2-regularization", "l2"},
    {"batch-size", "batch"},
    {"bs", "batch"},
    {"mini-batch", "batch"},
    {"num-epochs", "epochs"},
    {"n-epochs", "epochs"},
    {"max-iter", "epochs"},
    {"iterations", "steps"},
    {"max-steps", "steps"},
    {"layers", "hidden"},
    {"num-layers", "hidden"},
    {"n-layers", "hidden"},
    {"units", "hidden"},
    {"hidden-layers", "hidden"},
    {"hidden-layer-sizes", "hidden"},
    {"hidden-size", "hidden"},
    {"architecture", "net"},
    {"network", "net"},
    {"patience", "early-stop"},
    {"early-stopping", "early-stop"},
    {"solver", "optimizer"},
    {"optim", "optimizer"},
    {"scheduler", "schedule"},
    {"lr-schedule", "schedule"},
    {"lr-scheduler", "schedule"},
    {"clip", "clip-norm"},
    {"gradient-clip", "clip-norm"},
    {"max-grad-norm", "clip-norm"},
    {"dropout-rate", "dropout"},
    {"validation-split", "val"},
    {"validation-fraction", "val"},
    {"validation", "val"},
    {"val-split", "val"},
    {"test-size", "test"},
    {"test-split", "test"},
    {"random-state", "seed"},
    {"random-seed", "seed"},
    {"n-jobs", "threads"},
    {"jobs", "threads"},
    {"num-workers", "threads"},
    {"normalize", "scale"},
    {"scaler", "scale"},
    {"scaling", "scale"},
    {"standardize", "scale"},
    {"class-weights", "class-weight"},
    {"cv", "folds"},
    {"k-folds", "folds"},
    {"cross-validation", "folds"},
    {"augmentation", "augment"},
    {"loss-function", "loss"},
    {"criterion", "loss"},
    {"weights", "init-from"},
    {"initializer", "init"},
    {"delimiter", "separator"},
    {"sep", "separator"},
    {"label", "label-column"},
    {"y", "label-column"},
    {"out", "output"},
    {"save", "output"},
    {"model-path", "output"},
    {"linear", "identity"},
    {"logistic", "sigmoid"},
    {"standard-scaler", "standard"},
    {"min-max-scaler", "minmax"},
    {"cosine-annealing", "cosine"},
    {"reduce-on-plateau", "plateau"},
    {"glorot", "xavier"},
    {"kaiming", "he"},
};

/* The one of the names that the typed one means elsewhere, or in another spelling; NULL: none. */
static const char *synonym_of(const char *typed, const char *const *names, size_t count)
{
    const size_t length = strlen(typed);
    for (size_t i = 0; i < count; i++)
        if (inki_same_name(typed, length, names[i], strlen(names[i]))) return names[i];
    for (size_t s = 0; s < sizeof synonyms / sizeof *synonyms; s++)
        for (size_t i = 0; i < count && inki_same_name(typed, length, synonyms[s][0], strlen(synonyms[s][0])); i++)
            if (strcmp(names[i], synonyms[s][1]) == 0) return names[i];
    return NULL;
}

const char *ink_did_you_mean(const char *typed, const char *const *names, size_t count)
{
    const char *best = synonym_of(typed, names, count);
    if (best) return best;
    unsigned nearest = (unsigned)strlen(typed) / 3 + 2; /* a name must be nearer than this */
    for (size_t i = 0; i < count; i++) {
        unsigned d = distance(typed, names[i]);
        if (d < nearest && d < strlen(names[i])) {
            nearest = d;
            best = names[i];
        }
    }
    return best;
}
