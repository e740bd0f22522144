/* test_text: numbers to and from text, lists of names, suggestions and hashes.
 * SPDX-License-Identifier: MIT */
#include "room.h"
#include "inkling-extra.h"

#include "base/mem.h"
#include "base/rng.h"
#include "base/text.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- numbers ---- */

static void same_as_strtod(const char *text)
{
    double expected = strtod(text, NULL), value = 1234567;
    size_t length = strlen(text);
    if (inki_parse_number(text, length, &value) != length) fail_msg("not all of '%s' was taken", text);
    if (memcmp(&value, &expected, sizeof value) != 0)
        fail_msg("'%.100s' (%zu characters): %a instead of %a", text, length, value, expected);
}

static char *add_digits(struct inki_rng *rng, char *at, size_t count)
{
    while (count-- > 0) *at++ = (char)('0' + inki_rng_below(rng, 10));
    return at;
}

static void random_decimals(void **state)
{
    struct inki_rng rng = inki_rng_begin(1, INKI_RNG_TEST, 1, 0);
    char text[128];
    (void)state;
    for (int i = 0; i < 100000; i++) {
        char *at = text;
        size_t whole = inki_rng_below(&rng, 26), part = inki_rng_below(&rng, 22);
        if (inki_rng_below(&rng, 3) == 0) *at++ = "+-"[inki_rng_below(&rng, 2)];
        at = add_digits(&rng, at, whole);
        if (inki_rng_below(&rng, 4) != 0) *at++ = '.';
        at = add_digits(&rng, at, whole ? part : part + 1);
        int exponent = (int)inki_rng_below(&rng, 720) - 370;
        *at = 0;
        if (inki_rng_below(&rng, 2)) sprintf(at, "%c%d", "eE"[i % 2], i % 3 ? exponent : exponent / 20);
        same_as_strtod(text);
    }
}

static double random_bits(struct inki_rng *rng)
{
    double value;
    do {
        uint64_t bits = inki_rng_next(rng) | (uint64_t)inki_rng_next(rng) << 32;
        memcpy(&value, &bits, sizeof value);
    } while (!isfinite(value));
    return value;
}

static void random_doubles_as_text(void **state)
{
    struct inki_rng rng = inki_rng_begin(1, INKI_RNG_TEST, 2, 0);
    char text[128];
    (void)state;
    for (int i = 0; i < 30000; i++) {
        double value = i % 2 ? random_bits(&rng) : ldexp(random_bits(&rng), 0);
        if (i % 3 == 0) value = inki_rng_normal(&rng) * pow(10, (double)inki_rng_below(&rng, 30) - 15);
        snprintf(text, sizeof text, "%.*g", 1 + i % 25, value);
        same_as_strtod(text);
    }
}

/* The middle between a double and the next has 54 bits: long double holds it, and prints it in full. */
static void halfway_cases(void **state)
{
    struct inki_rng rng = inki_rng_begin(1, INKI_RNG_TEST, 3, 0);
    char text[1200];
    (void)state;
    for (int i = 0; i < 20000; i++) {
        double low = i < 200 ? (double)i * 0x1p-1074 : fabs(random_bits(&rng)), high = nextafter(low, (double)INFINITY);
        if (i % 4 == 1) low = floor(ldexp(low, -ilogb(low) + 52 + i % 8)), high = nextafter(low, (double)INFINITY);
        long double middle = (long double)low + ((long double)high - (long double)low) / 2;
        if (!isfinite(high)) continue;
        snprintf(text, sizeof text, i % 2 ? "%.770Lg" : "%.770Le", middle);
        if (strlen(text) > 780) continue;
        same_as_strtod(text);
        snprintf(text, sizeof text, "%.20Le", middle); /* a little beside it */
        same_as_strtod(text);
    }
}

static void four_hundred_digits(void **state)
{
    struct inki_rng rng = inki_rng_begin(1, INKI_RNG_TEST, 4, 0);
    char text[900];
    (void)state;
    for (int i = 0; i < 2000; i++) {
        char *at = text;
        if (i % 5 == 0) at += sprintf(at, "%0*d", i % 150 + 1, 0);
        at = add_digits(&rng, at, 400 - (size_t)(i % 4) * 100);
        if (i % 2) *at++ = '.';
        at = add_digits(&rng, at, (size_t)(i % 3) * 100);
        *at = 0;
        if (i % 7) sprintf(at, "e%d", (int)inki_rng_below(&rng, 400) - 600);
        same_as_strtod(text);
    }
}

/* FIRST COUNT times MIDDLE LAST. */
static void same_for_long_text(const char *first, char middle, size_t count, const char *last)
{
    char *text = malloc(strlen(first) + count + strlen(last) + 1);
    assert_non_null(text);
    char *end = stpcpy(text, first);
    memset(end, middle, count);
    strcpy(end + count, last);
    same_as_strtod(text);
    free(text);
}

static void thousands_of_digits(void **state)
{
    (void)state;
    for (size_t count = 700; count <= 3000; count += 23) {
        char exponent[16];
        snprintf(exponent, sizeof exponent, "e-%zu", count);
        same_for_long_text("1", '0', count, exponent);
        same_for_long_text("3", '7', count, exponent);
        snprintf(exponent, sizeof exponent, "31e%zu", count);
        same_for_long_text("-0.", '0', count, exponent);
        same_for_long_text("000", '0', count, "12.5");
        same_for_long_text("1.", '0', count, "1");
        same_for_long_text("9007199254740993.", '0', count, "1"); /* just above halfway: up */
        same_for_long_text("9007199254740993.", '0', count, "");  /* halfway: to even */
        same_for_long_text("9007199254740992.", '9', count, "");  /* just below: down */
    }
}

static void what_is_no_number(void **state)
{
    static const char *const wrong[] = {"",      "+",     "-",   ".",     "+.",    "e5",    ".e5", "1e", "1e+",
                                        "1e-",   "nan",   "NaN", "inf",   "-inf",  "0x10",  " 1",  "1 ", "1,5",
                                        "1.2.3", "--1",   "+-1", "1e5.5", "1e 5",  "\t1",   "1\n", "1f", "infinity",
                                        "0b1",   "1_000", "é",   "١",     "1e999", "-1e999"};
    double value;
    (void)state;
    for (size_t i = 0; i < LENGTH(wrong); i++)
        if (inki_parse_real(wrong[i], &value)) fail_msg("'%s' was taken for a number", wrong[i]);
    assert_int_equal(inki_parse_number("nan", 3, &value), 0);
    assert_int_equal(inki_parse_number("inf", 3, &value), 0);
    assert_int_equal(inki_parse_number(" 1", 2, &value), 0);
    assert_int_equal(inki_parse_number("", 0, &value), 0);
}

/* What is reported about the front of a longer text. */
static void numbers_in_front(void **state)
{
    static const struct {
        const char *text;
        size_t length, taken;
        double value;
    } cases[] = {{"12345", 3, 3, 123}, {"1e5", 2, 1, 1},     {"1e5x", 4, 3, 1e5}, {"1e", 2, 1, 1},
                 {"1e+", 3, 1, 1},     {"1.5.3", 5, 3, 1.5}, {"5.", 2, 2, 5},     {".5", 2, 2, 0.5},
                 {"-.5,", 4, 3, -0.5}, {"0x10", 4, 1, 0},    {"7,8", 3, 1, 7},    {"1e0000000000005", 15, 15, 1e5},
                 {"0e99999", 7, 7, 0}, {"1e-99999", 8, 8, 0}};
    double value;
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        char *exact = malloc(cases[i].length); /* without an end mark: nothing behind may be read */
        assert_non_null(exact);
        memcpy(exact, cases[i].text, cases[i].length);
        assert_int_equal(inki_parse_number(exact, cases[i].length, &value), cases[i].taken);
        assert_true(value == cases[i].value);
        free(exact);
    }
    assert_int_equal(inki_parse_number("-0", 2, &value), 2);
    assert_true(value == 0 && signbit(value));
}

static void counts(void **state)
{
    size_t value = 7;
    (void)state;
    assert_true(inki_parse_count("0", &value) && value == 0);
    assert_true(inki_parse_count("00012", &value) && value == 12);
#if SIZE_MAX > UINT32_MAX
    assert_true(inki_parse_count("4294967296", &value) && value == 4294967296u);
    assert_true(inki_parse_count("1000000000000000000", &value) && value == 1000000000000000000u);
#else
    assert_true(inki_parse_count("4294967280", &value) && value == 4294967280u);
    assert_false(inki_parse_count("4294967296", &value));
#endif
    static const char *const wrong[] = {"",
                                        "-1",
                                        "+1",
                                        " 1",
                                        "1 ",
                                        "1.0",
                                        "1e3",
                                        "0x1",
                                        "99999999999999999999",
                                        "18446744073709551616",
                                        "184467440737095516150"};
    for (size_t i = 0; i < LENGTH(wrong); i++)
        if (inki_parse_count(wrong[i], &value)) fail_msg("'%s' was taken for a count", wrong[i]);
}

static void reads_back(double value)
{
    char text[32];
    double again;
    inki_format_real(value, text);
    assert_true(strlen(text) < 32);
    if (!inki_parse_real(text, &again) || memcmp(&again, &value, sizeof value) != 0)
        fail_msg("%a was written as %s", value, text);
}

static void formats_read_back(void **state)
{
    struct inki_rng rng = inki_rng_begin(1, INKI_RNG_TEST, 5, 0);
    (void)state;
    for (int i = 0; i < 20000; i++) reads_back(random_bits(&rng));
    for (int i = -1074; i < 1024; i++) reads_back(ldexp(1, i));
    for (int i = 0; i < 1000; i++) reads_back(-i / 1000.0);
    reads_back(-0.0);
}

static void formats_are_the_shortest(void **state)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0.1, "0.1"},
                 {0.25, "0.25"},
                 {-1.5, "-1.5"},
                 {0, "0"},
                 {0.30000000000000004, "0.30000000000000004"},
                 {1.0 / 3, "0.3333333333333333"},
                 {5e-324, "5e-324"},
                 {1, "1"},
                 {9007199254740991, "9007199254740991"}};
    char text[32], plain[32];
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        inki_format_real(cases[i].value, text);
        assert_string_equal(text, cases[i].text);
    }
    for (int i = 0; i < 100000; i += i < 1000 ? 1 : 500) { /* no 1e+02 for 100 */
        inki_format_real(i, text);
        snprintf(plain, sizeof plain, "%d", i);
        if (i < 10000) assert_string_equal(text, plain);
        assert_true(strlen(text) <= strlen(plain));
    }
}

/* A locale that writes 1,5: an installed one, else one made for the test where the sources are there. */
static bool set_comma_locale(const struct room *room)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8",  "de_DE",
                                        "fr_FR.UTF-8", "nl_NL.UTF-8", "ru_RU.UTF-8"};
    char command[256];
    for (size_t i = 0; i < LENGTH(names); i++)
        if (setlocale(LC_ALL, names[i]) && strcmp(localeconv()->decimal_point, ",") == 0) return true;
    snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 '%s' >'%s' 2>&1", room_path(room, "de_DE.UTF-8"),
             room_path(room, "said"));
    if (system(command) != 0) return false;
    setenv("LOCPATH", room->folder, 1);
    return setlocale(LC_ALL, "de_DE.UTF-8") && strcmp(localeconv()->decimal_point, ",") == 0;
}

static void decimal_comma(void **state)
{
    if (!set_comma_locale(*state)) {
        print_message("there is no locale with a decimal comma\n");
        setlocale(LC_ALL, "C");
        skip();
    }
    double value = 0;
    char text[32];
    assert_true(inki_parse_real("1.5", &value) && value == 1.5);
    assert_true(inki_parse_real("123456789012345678901234567890.5e-10", &value));
    assert_true(value == 123456789012345678901234567890.5e-10);
    assert_false(inki_parse_real("1,5", &value));
    inki_format_real(0.1, text);
    assert_string_equal(text, "0.1");
    inki_format_real(-1.0 / 3, text);
    assert_string_equal(text, "-0.3333333333333333");
    formats_read_back(state);
    setlocale(LC_ALL, "C");
    unsetenv("LOCPATH");
}

/* ---- texts ---- */

static void texts_grow(void **state)
{
    struct room *room = *state;
    struct inki_str str = {.ctx = room->ctx};
    char expected[20000] = "";
    size_t used = 0;
    for (int i = 0; i < 1500; i++) {
        inki_str_add(&str, "%d:%s;", i, i % 3 ? "a" : "bcd");
        used += (size_t)snprintf(expected + used, sizeof expected - used, "%d:%s;", i, i % 3 ? "a" : "bcd");
    }
    assert_false(str.failed);
    assert_int_equal(str.length, used);
    assert_string_equal(str.text, expected);
    room->tally.fail_at = room->tally.calls + 1;
    inki_str_add(&str, "%20000d", 1);
    assert_true(str.failed);
    inki_str_add(&str, "more");
    assert_int_equal(str.length, used);
    assert_string_equal(str.text, expected);
    inki_free(str.text);
}

static void choices_by_name(void **state)
{
    (void)state;
    assert_int_equal(inki_choice_index("sgd|momentum|adam", "sgd"), 0);
    assert_int_equal(inki_choice_index("sgd|momentum|adam", "momentum"), 1);
    assert_int_equal(inki_choice_index("sgd|momentum|adam", "adam"), 2);
    static const char *const wrong[] = {"", "sg", "sgdx", "sgd|momentum", "|", "adam|", "adamw"};
    for (size_t i = 0; i < LENGTH(wrong); i++) assert_int_equal(inki_choice_index("sgd|momentum|adam", wrong[i]), -1);
    assert_int_equal(inki_choice_index("sgd|momentum|adam", "Adam"), 2); /* any case, with - or _ */
    assert_int_equal(inki_choice_index("one-cycle|leaky_relu", "OneCycle"), 0);
    assert_int_equal(inki_choice_index("one-cycle|leaky_relu", "leaky-ReLU"), 1);
    assert_int_equal(inki_choice_index("one-cycle|leaky_relu", "leaky_relu_"), 1);
    assert_int_equal(inki_choice_index("one-cycle|leaky_relu", "leaky"), -1);
    assert_int_equal(inki_choice_index("one", "one"), 0);
    assert_int_equal(inki_choice_index(NULL, "one"), -1);
}

static void suggestions(void **state)
{
    static const char *const names[] = {"hidden",     "batch",      "epochs", "lr",       "momentum",
                                        "early-stop", "eval-every", "init",   "init-from"};
    static const struct {
        const char *typed, *expected;
    } cases[] = {{"epchs", "epochs"},
                 {"epoch", "epochs"},
                 {"bacth", "batch"},
                 {"momentun", "momentum"},
                 {"hiden", "hidden"},
                 {"rl", "lr"},
                 {"earlystop", "early-stop"},
                 {"eval-evry", "eval-every"},
                 {"initfrom", "init-from"},
                 {"Batch", "batch"},
                 {"", NULL},
                 {"x", NULL},
                 {"zzzzzzzz", NULL},
                 {"learning-rate", "lr"},
                 {"Learning_Rate", "lr"},
                 {"batchsize", "batch"},
                 {"EPOCHS", "epochs"},
                 {"weight-decay", NULL}}; /* l2 is not among them */
    char longer[200];
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        const char *near = ink_did_you_mean(cases[i].typed, names, LENGTH(names));
        if (!cases[i].expected != !near || (near && strcmp(near, cases[i].expected) != 0))
            fail_msg("'%s': '%s' instead of '%s'", cases[i].typed, near, cases[i].expected);
    }
    assert_null(ink_did_you_mean("batch", names, 0));
    for (size_t length = 50; length < sizeof longer; length++) {
        memset(longer, 'a', length);
        longer[length] = 0;
        assert_null(ink_did_you_mean(longer, names, LENGTH(names)));
        ink_did_you_mean("batch", (const char *const[]){longer}, 1);
    }
}

/* ---- hash ---- */

static void hash_sees_every_bit(void **state)
{
    uint8_t bytes[100];
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(i * 7 + 3);
    for (size_t size = 1; size <= sizeof bytes; size++) {
        uint64_t plain = inki_hash(0, bytes, size);
        for (size_t bit = 0; bit < 8 * size; bit++) {
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_int_not_equal(inki_hash(0, bytes, size), plain);
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

static void hash_sees_length_and_chain(void **state)
{
    static const uint8_t zeros[300];
    uint64_t seen[301];
    (void)state;
    for (size_t size = 0; size <= 300; size++) {
        seen[size] = inki_hash(0, zeros, size);
        for (size_t i = 0; i < size; i++) assert_int_not_equal(seen[i], seen[size]);
        assert_int_not_equal(inki_hash(1, zeros, size), seen[size]);
        assert_int_not_equal(inki_hash(seen[size], zeros, size), seen[size]);
    }
    assert_int_not_equal(inki_hash(inki_hash(0, "a", 1), "b", 1), inki_hash(inki_hash(0, "b", 1), "a", 1));
}

/* Data fingerprints and checkpoints hold these: they must never change, whatever the address. */
static void hash_never_changes(void **state)
{
    uint8_t bytes[1016];
    (void)state;
    for (size_t shift = 0; shift < 16; shift++) {
        for (size_t i = 0; i < 1000; i++) bytes[shift + i] = (uint8_t)(i * i + i / 256);
        assert_int_equal(inki_hash(0, bytes, 0), 0xC6777E4949377A13u);
        assert_int_equal(inki_hash(0, bytes + shift, 1000), 0xD3125E465F1246D3u);
        assert_int_equal(inki_hash(0x123456789ABCDEF0u, bytes + shift, 13), 0xC573A3686683B49Eu);
    }
}

/* Texts and hashes that go to one place of a table are spread by one that lies elsewhere. */
static void hash_by_address(void **state)
{
    (void)state;
    static const char tables[4096];
    enum { PLACES = 256, TEXTS = 4096 };
    size_t together[3] = {0};
    char text[24];
    for (int i = 0; i < TEXTS; i++) {
        const size_t length = (size_t)snprintf(text, sizeof text, "a text, number %d", i);
        const uint64_t hash = (uint64_t)i << 48; /* alike but for their highest bits */
        if (inki_hash_at(tables, text, length) % PLACES != 0) continue;
        together[0]++;
        together[1] += inki_hash_at(tables + 2048, text, length) % PLACES == 0;
        together[2] += inki_hash_again(tables, hash) % PLACES == 0;
    }
    assert_in_range(together[0], 1, 64);
    assert_in_range(together[1], 0, 4);
    assert_in_range(together[2], 0, 4);
    assert_int_equal(inki_hash_at(tables, "same", 4), inki_hash_at(tables, "same text", 4));
}

static void text_for_terminals(void **state)
{
    static const char *const pairs[][2] = {
        {"plain, \xC3\xA9\xE6\x97\xA5\xF0\x9F\x90\x88", "plain, \xC3\xA9\xE6\x97\xA5\xF0\x9F\x90\x88"},
        {"\x1B]0;t\a\x7F\r", "?]0;t???"},
        {"a\xC2\x9B"
         "b\xC2\x85\xC2\xA0",
         "a?b?\xC2\xA0"},
        {"a\x9B\x80\xE9", "a??\xE9"}, /* no UTF-8 */
        {"\xE2\x80\xAE\xE2\x81\xA6\xE2\x80\x8F\xD8\x9C\xEF\xBB\xBF\xE2\x80\xA8.", "??????."},
        {"\xE2\x80", "\xE2?"}, /* cut short */
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(pairs); i++) {
        char text[64];
        snprintf(text, sizeof text, "%s", pairs[i][0]);
        ink_text_clean(text, false);
        assert_string_equal(text, pairs[i][1]);
    }
    char lines[] = "a\tb\nc\r";
    ink_text_clean(lines, true);
    assert_string_equal(lines, "a\tb\nc?");
    ink_text_clean(lines, false);
    assert_string_equal(lines, "a?b?c?");
}

static void grouped_digits(void **state)
{
    static const struct {
        size_t count;
        const char *text;
    } cases[] = {{0, "0"},
                 {7, "7"},
                 {999, "999"},
                 {1000, "1,000"},
                 {54000, "54,000"},
                 {100000, "100,000"},
                 {1234567, "1,234,567"}};
    char text[32];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(inki_format_count(cases[i].count, text), cases[i].text);
    assert_int_equal(strlen(inki_format_count(SIZE_MAX, text)), sizeof(size_t) > 4 ? 26 : 13);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grouped_digits),
        cmocka_unit_test(random_decimals),
        cmocka_unit_test(random_doubles_as_text),
        cmocka_unit_test(halfway_cases),
        cmocka_unit_test(four_hundred_digits),
        cmocka_unit_test(thousands_of_digits),
        cmocka_unit_test(what_is_no_number),
        cmocka_unit_test(numbers_in_front),
        cmocka_unit_test(counts),
        cmocka_unit_test(formats_read_back),
        cmocka_unit_test(formats_are_the_shortest),
        cmocka_unit_test_setup_teardown(decimal_comma, room_begin, room_end),
        cmocka_unit_test_setup_teardown(texts_grow, room_begin, room_end),
        cmocka_unit_test(text_for_terminals),
        cmocka_unit_test(choices_by_name),
        cmocka_unit_test(suggestions),
        cmocka_unit_test(hash_sees_every_bit),
        cmocka_unit_test(hash_sees_length_and_chain),
        cmocka_unit_test(hash_never_changes),
        cmocka_unit_test(hash_by_address),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
