/* test_config: settings files, read and written.
 * SPDX-License-Identifier: MIT */
#include "room.h"

#include "base/rng.h"
#include "base/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static ink_settings *fresh(const struct room *room)
{
    ink_settings *set;
    assert_int_equal(ink_settings_new(room->ctx, &set), INK_OK);
    return set;
}

static const char *write_text(const struct room *room, const char *text)
{
    const char *path = room_path(room, "run.ini");
    room_write(path, text, strlen(text));
    return path;
}

/* The text as a file, loaded into `set`. */
static void load(const struct room *room, ink_settings *set, const char *text)
{
    ink_status status = ink_settings_load(room->ctx, set, write_text(room, text));
    if (status != INK_OK) fail_msg("%s: %s", ink_status_name(status), ink_ctx_message(room->ctx));
}

static void check(const ink_settings *set, const char *name, const char *wanted)
{
    assert_true(ink_settings_is_set(set, name));
    assert_string_equal(ink_settings_get(set, name), wanted);
}

/* All values as one text, to see whether anything changed. */
static void describe(const ink_settings *set, char *to, size_t room)
{
    size_t used = 0;
    for (size_t i = 0; i < ink_settings_count() && used < room; i++) {
        const char *name = ink_settings_row(i)->name;
        used += (size_t)snprintf(to + used, room - used, "%s%c%s\n", name, ink_settings_is_set(set, name) ? '=' : '-',
                                 ink_settings_get(set, name));
    }
    for (size_t i = 0; i < INKI_ABOUT_COUNT && used < room; i++) {
        const char *text = ink_settings_about(set, inki_about_rows[i].name);
        used += (size_t)snprintf(to + used, room - used, "%s:%s\n", inki_about_rows[i].name, text ? text : "-");
    }
    assert_true(used < room);
}

static void assert_same(const ink_settings *a, const ink_settings *b)
{
    static char one[16384], other[16384];
    describe(a, one, sizeof one);
    describe(b, other, sizeof other);
    assert_string_equal(one, other);
}

/* ---- reading ---- */

static void sections_may_be_left_out(void **state)
{
    static const char *const texts[] = {
        "hidden = 100,64\nlr = 0.1\nseed = 7\nearly-stop = 3\n",
        "[network]\nhidden = 100,64\n\n[training]\nlr = 0.1\nseed = 7\n[stopping]\nearly-stop = 3",
        "seed=7\r\n[training]\r\nlr=1e-1\r\n[network]\r\nhidden=100,64\r\n[stopping]\r\nearly-stop=3\r\n",
        ("\xEF\xBB\xBF# first\n; second\n\n  lr : 0.1 ; the notebook's\nhidden=100,64 # "
         "two\n\tlast\nseed\t=\t007\nearly-stop=3"),
    };
    struct room *room = *state;
    for (size_t i = 0; i < LENGTH(texts); i++) {
        ink_settings *set = fresh(room);
        load(room, set, texts[i]);
        check(set, "lr", "0.1");
        check(set, "seed", "7");
        check(set, "hidden", i == 3 ? "100,64 last" : "100,64");
        check(set, "early-stop", "3");
        assert_false(ink_settings_is_set(set, "batch"));
        ink_settings_free(set);
    }
}

static void an_empty_file_says_nothing(void **state)
{
    struct room *room = *state;
    ink_settings *set = fresh(room), *empty = fresh(room);
    load(room, set, "");
    load(room, set, "\n\n# nothing\n[training]\n");
    assert_same(set, empty);
    ink_settings_free(empty);
    ink_settings_free(set);
}

static void lines_go_on(void **state)
{
    struct room *room = *state;
    ink_settings *set = fresh(room);
    load(room, set,
         "net =\n  dense 512 relu |   ; wide\n\n  # then\n  dropout 0.4 |\n\tdense 128 relu\n[data]\ndata = "
         "mnist\n[recipe]\n"
         "why = Because\n  of this.\nafter = inkling eval a b\n  inkling show a\n");
    check(set, "net", "dense 512 relu | dropout 0.4 | dense 128 relu");
    assert_string_equal(ink_settings_about(set, "why"), "Because of this.");
    assert_string_equal(ink_settings_about(set, "after"), "inkling eval a b\ninkling show a");
    assert_string_equal(ink_settings_about(set, "data"), "mnist");
    assert_null(ink_settings_about(set, "space"));
    assert_null(ink_settings_about(set, "lr"));
    ink_settings_free(set);
}

/* A section's first line goes on with nothing, however it is indented. */
static void sections_may_be_indented(void **state)
{
    struct room *room = *state;
    ink_settings *set = fresh(room);
    load(room, set, "[training]\n  lr = 0.5\n[network]\n  hidden = 3\n");
    check(set, "lr", "0.5");
    check(set, "hidden", "3");
    ink_settings_free(set);
}

/* Longer than the buffer of the library that reads: the value is whole all the same. */
static void lines_may_be_long(void **state)
{
    struct room *room = *state;
    for (size_t length = 150; length < 1200; length += 7) {
        char value[1300], text[5400];
        memset(value, 'x', length);
        value[length] = 0;
        value[length / 2] = ' ';
        ink_settings *set = fresh(room);
        snprintf(text, sizeof text, "labels = %s ; and a comment\n# %s\nwhy = %s\n %s\nlr = 0.5\n", value, value, value,
                 value);
        load(room, set, text);
        check(set, "labels", value);
        check(set, "lr", "0.5");
        assert_int_equal(strlen(ink_settings_about(set, "why")), 2 * length + 1);
        ink_settings_free(set);
    }
}

static void mistakes_are_reported_by_line(void **state)
{
    static const struct {
        const char *text, *words[3];
    } cases[] = {
        {"lr = 0.1\nbatchh = 3\n", {"run.ini:2:", "'batchh'", "did you mean 'batch'?"}},
        {"descripton = x\n", {"run.ini:1:", "'descripton'", "did you mean 'description'?"}},
        {"\n\nfrobnicate = 3\n", {"run.ini:3:", "'frobnicate'", "help settings"}},
        {"lr = fast\n", {"run.ini:1:", "lr: 'fast'", "number"}},
        {"epochs = 3\ndropout = 1.5", {"run.ini:2:", "dropout: 1.5", "outside"}},
        {"optimizer = adm\n", {"run.ini:1:", "'adm'", "did you mean 'adam'?"}},
        {"[network]\nhidden = 3\nlr = 0.1\n", {"run.ini:3:", "lr belongs into [training]", "not into [network]"}},
        {"[trainin]\nlr = 0.1\n", {"run.ini:2:", "no section [trainin]", "lr belongs into [training]"}},
        {"[training]\ndata = mnist\n", {"run.ini:2:", "data belongs into [data]", "[training]"}},
        {"lr = 0.1\nseed = 1\nlr = 0.1\n", {"run.ini:3:", "lr is already set in line 1", "already"}},
        {"lr = 0.1\nseed\nepochs = many\n", {"run.ini:2:", "name = value", "[section]"}},
        {"lr = 0.1\n  batch = 60\n", {"run.ini:2:", "lr: '0.1 batch = 60'", "number"}},
        {"[training\nlr = 0.1\n", {"run.ini:1:", "name = value", "[section]"}},
        {"= 3\n", {"run.ini:1:", "''", "settings"}},
        {"lr =\n", {"run.ini:1:", "lr: ''", "number"}},
        {"lr = 0.1\ndescription = a\x1b[2J\n", {"run.ini:2:", "0x1b", "expected text"}},
        {"\xFF\xFEl\x01r\x01", {"run.ini:1:", "0x01", "UTF-8"}},
    };
    struct room *room = *state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        ink_settings *set = fresh(room), *before;
        assert_int_equal(ink_settings_set(room->ctx, set, "seed", "5"), INK_OK);
        assert_int_equal(ink_settings_copy(room->ctx, set, &before), INK_OK);
        const char *path = write_text(room, cases[i].text);
        if (ink_settings_load(room->ctx, set, path) != INK_BAD_FILE) fail_msg("was taken: %s", cases[i].text);
        for (size_t w = 0; w < LENGTH(cases[i].words); w++) room_said(room, cases[i].words[w]);
        assert_same(set, before);
        ink_settings_free(before);
        ink_settings_free(set);
    }
}

static void files_that_are_none(void **state)
{
    struct room *room = *state;
    ink_settings *set = fresh(room);
    size_t size = (1 << 20) + 1;
    char *large = malloc(size);
    assert_non_null(large);
    memset(large, '\n', size);
    assert_int_equal(ink_settings_load(room->ctx, set, room_path(room, "nothing.ini")), INK_NOT_FOUND);
    room_said(room, "nothing.ini");
    assert_int_equal(ink_settings_load(room->ctx, set, room->folder), INK_BAD_FILE);
    room_write(room_path(room, "large.ini"), large, size);
    assert_int_equal(ink_settings_load(room->ctx, set, room_path(room, "large.ini")), INK_BAD_FILE);
    room_said(room, "1048577 bytes");
    room_write(room_path(room, "zero.ini"), "lr = 0\0.1", 9);
    assert_int_equal(ink_settings_load(room->ctx, set, room_path(room, "zero.ini")), INK_BAD_FILE);
    room_said(room, "byte 6 is 0x00");
    free(large);
    ink_settings_free(set);
}

/* ---- who counts ---- */

static void the_caller_counts(void **state)
{
    struct room *room = *state;
    ink_settings *set = fresh(room);
    assert_int_equal(ink_settings_set(room->ctx, set, "lr", "0.5"), INK_OK);
    assert_int_equal(ink_settings_set(room->ctx, set, "batch", "32"), INK_OK); /* the default, but said */
    assert_int_equal(ink_settings_set_about(room->ctx, set, "data", "mine"), INK_OK);
    load(room, set, "lr = 0.1\nbatch = 60\nseed = 9\ndata = mnist\ndescription = d\n");
    check(set, "lr", "0.5");
    check(set, "batch", "32");
    check(set, "seed", "9");
    assert_string_equal(ink_settings_about(set, "data"), "mine");
    assert_string_equal(ink_settings_about(set, "description"), "d");
    load(room, set, "seed = 10\ntest = 5\n"); /* the first file counts */
    check(set, "seed", "9");
    check(set, "test", "5");
    ink_settings_free(set);
}

/* What the caller said would mean nothing beside what the file says. */
static void rivals(void **state)
{
    struct room *room = *state;
    static const char text[] = "net = dense 9 relu\nsteps = 100\nepochs = 3\n";
    ink_settings *set = fresh(room);
    assert_int_equal(ink_settings_set(room->ctx, set, "hidden", "20"), INK_OK);
    assert_int_equal(ink_settings_set(room->ctx, set, "epochs", "7"), INK_OK);
    load(room, set, text);
    assert_false(ink_settings_is_set(set, "net"));
    assert_false(ink_settings_is_set(set, "steps"));
    check(set, "epochs", "7");
    ink_settings_free(set);

    set = fresh(room);
    assert_int_equal(ink_settings_set(room->ctx, set, "dropout", "0.2"), INK_OK);
    assert_int_equal(ink_settings_load(room->ctx, set, write_text(room, text)), INK_BAD_SETTING);
    room_said(room, "dropout: has no effect beside the whole network in");
    room_said(room, "run.ini:1;");
    assert_int_equal(ink_settings_set(room->ctx, set, "net", "dense 3 tanh"), INK_OK);
    load(room, set, text);
    check(set, "net", "dense 3 tanh");
    check(set, "steps", "100");
    ink_settings_free(set);
}

/* ---- writing ---- */

/* A value of the row that is not its default. */
static void other_value(const ink_setting *row, char to[64])
{
    switch (row->type) {
    case INK_TYPE_BOOL:
        snprintf(to, 64, "%s", strcmp(row->initial, "true") == 0 ? "false" : "true");
        break;
    case INK_TYPE_INT:
        snprintf(to, 64, "%.0f", row->min + 3);
        break;
    case INK_TYPE_REAL:
        snprintf(to, 64, "%.17g", row->min + (row->max < 1e3 ? row->max - row->min : 1) / 3);
        break;
    case INK_TYPE_CHOICE: {
        const char *last = strrchr(row->choices, '|');
        snprintf(to, 64, "%s", last + 1);
        break;
    }
    case INK_TYPE_TEXT:
        snprintf(to, 64, "é=\t[x]: 'a;b#c' \"|\"");
        break;
    }
}

static void what_was_set_comes_back(void **state)
{
    struct room *room = *state;
    for (size_t skip = 0; skip < 3; skip++) { /* all, every second setting in turn */
        ink_settings *set = fresh(room), *back = fresh(room);
        char value[64];
        for (size_t i = 0; i < ink_settings_count(); i++) {
            other_value(ink_settings_row(i), value);
            if (skip && i % 2 == skip - 1) continue;
            assert_int_equal(ink_settings_set(room->ctx, set, ink_settings_row(i)->name, value), INK_OK);
        }
        assert_int_equal(ink_settings_set_about(room->ctx, set, "data", "my data/x.csv"), INK_OK);
        assert_int_equal(ink_settings_set_about(room->ctx, set, "after", "inkling show m\n[x]\ninkling help"), INK_OK);
        assert_int_equal(ink_settings_save(room->ctx, set, room_path(room, "saved.ini")), INK_OK);
        assert_int_equal(ink_settings_load(room->ctx, back, room_path(room, "saved.ini")), INK_OK);
        assert_same(set, back);
        ink_settings_free(back);
        ink_settings_free(set);
    }
    assert_int_equal(room_count_files(room), 1);
}

/* The defaults are there to be read, and to be made settings by taking a sign away. */
static void defaults_are_comments(void **state)
{
    struct room *room = *state;
    ink_settings *set = fresh(room), *back = fresh(room);
    const char *path = room_path(room, "saved.ini");
    assert_int_equal(ink_settings_set(room->ctx, set, "batch", "32"), INK_OK);
    assert_int_equal(ink_settings_save(room->ctx, set, path), INK_OK);
    size_t size, kept = 0;
    char *text = (char *)room_read(path, &size);
    text = realloc(text, size + 1);
    assert_non_null(text);
    text[size] = 0;
    assert_non_null(strstr(text, "\n[training]\nbatch = 32\n;"));
    assert_non_null(strstr(text, "\n;lr = auto\n"));
    for (size_t i = 0; i < size; i++)
        if (text[i] != ';') text[kept++] = text[i];
    room_write(path, text, kept);
    assert_int_equal(ink_settings_load(room->ctx, back, path), INK_OK);
    for (size_t i = 0; i < ink_settings_count(); i++) {
        const char *name = ink_settings_row(i)->name;
        check(back, name, ink_settings_get(set, name));
    }
    free(text);
    ink_settings_free(back);
    ink_settings_free(set);
}

static void texts_that_cannot_be_kept(void **state)
{
    static const char *const texts[] = {" a", "a ", "a ;b", "a\t#b", ";", "#x", "a\nb", "a\x1b", "a\x7f"};
    struct room *room = *state;
    const char *path = room_path(room, "saved.ini");
    room_write(path, "old", 3);
    for (size_t i = 0; i < LENGTH(texts); i++) {
        ink_settings *set = fresh(room);
        assert_int_equal(ink_settings_set(room->ctx, set, "labels", texts[i]), INK_OK);
        assert_int_equal(ink_settings_save(room->ctx, set, path), INK_BAD_SETTING);
        room_said(room, "labels");
        ink_settings_free(set);
    }
    size_t size;
    uint8_t *text = room_read(path, &size);
    assert_int_equal(size, 3);
    free(text);
    ink_settings *set = fresh(room);
    assert_int_equal(ink_settings_save(room->ctx, set, room_path(room, "no/saved.ini")), INK_IO);
    assert_int_equal(ink_settings_set_about(room->ctx, set, "lr", "1"), INK_BAD_ARGUMENT);
    ink_settings_free(set);
    assert_int_equal(room_count_files(room), 1);
}

static void copies_come_without_what_is_said_about_them(void **state)
{
    struct room *room = *state;
    ink_settings *set = fresh(room), *copy;
    load(room, set, "description = d\nlr = 0.5\n");
    assert_int_equal(ink_settings_copy(room->ctx, set, &copy), INK_OK);
    assert_null(ink_settings_about(copy, "description"));
    check(copy, "lr", "0.5");
    assert_int_equal(ink_settings_set_about(room->ctx, set, "description", NULL), INK_OK);
    assert_null(ink_settings_about(set, "description"));
    ink_settings_free(copy);
    ink_settings_free(set);
}

/* ---- damage, memory ---- */

static const char whole[] =
    "\xEF\xBB\xBF# all\n[recipe]\ndescription = d ; x\nafter = a\n  b\n[data]\ndata: mnist\nval=0.2\n"
    "[network]\r\nnet = dense 5 relu |\n  dropout 0.1\n[training]\nlr = 1e-3\nbatch = full";

/* Loads bytes: either they are taken, or the settings are as before. */
static void try_bytes(const struct room *room, const char *bytes, size_t size)
{
    ink_settings *set = fresh(room), *before = fresh(room);
    const char *path = room_path(room, "run.ini");
    room_write(path, bytes, size);
    ink_status status = ink_settings_load(room->ctx, set, path);
    assert_true(status == INK_OK || status == INK_BAD_FILE);
    if (status != INK_OK) assert_same(set, before);
    if (status != INK_OK) room_said(room, "run.ini:");
    ink_settings_free(before);
    ink_settings_free(set);
}

static void damage(void **state)
{
    struct room *room = *state;
    struct inki_rng rng = inki_rng_begin(3, INKI_RNG_TEST, 0, 0);
    char bytes[sizeof whole];
    for (size_t size = 0; size < sizeof whole; size++) try_bytes(room, whole, size);
    for (size_t i = 0; i < 2000; i++) {
        memcpy(bytes, whole, sizeof whole);
        for (size_t changes = 1 + inki_rng_below(&rng, 4); changes > 0; changes--)
            bytes[inki_rng_below(&rng, sizeof whole - 1)] = (char)"\n\n =[];#\t\xff:a9"[inki_rng_below(&rng, 13)];
        try_bytes(room, bytes, sizeof whole - 1);
    }
}

static void every_allocation_may_fail(void **state)
{
    struct room *room = *state;
    const char *path = write_text(room, whole), *saved = room_path(room, "saved.ini");
    ink_settings *set = fresh(room), *empty = fresh(room);
    for (size_t n = 1;; n++) {
        size_t live = room->tally.live;
        room->tally.calls = 0;
        room->tally.fail_at = n;
        ink_status status = ink_settings_load(room->ctx, set, path);
        room->tally.fail_at = 0;
        if (status == INK_OK) break;
        assert_int_equal(status, INK_NO_MEMORY);
        assert_int_equal(room->tally.live, live);
        assert_same(set, empty);
        assert_true(n < 1000);
    }
    check(set, "net", "dense 5 relu | dropout 0.1");
    for (size_t n = 1;; n++) {
        size_t live = room->tally.live;
        room->tally.calls = 0;
        room->tally.fail_at = n;
        ink_status status = ink_settings_save(room->ctx, set, saved);
        room->tally.fail_at = 0;
        assert_int_equal(room->tally.live, live);
        if (status == INK_OK) break;
        assert_int_equal(status, INK_NO_MEMORY);
        assert_int_equal(room_count_files(room), 1);
        assert_true(n < 100);
    }
    ink_settings_free(empty);
    ink_settings_free(set);
}

/* A megabyte of lines that continue one value takes time in proportion. */
static void many_lines_go_on(void **state)
{
    struct room *room = *state;
    static const char *const names[] = {"hidden", "net", "augment", "description", "why", "space"};
    static char text[1 << 20];
    for (size_t n = 0; n < LENGTH(names); n++) {
        ink_settings *set = fresh(room);
        size_t length = (size_t)snprintf(text, sizeof text, "%s = 8\n", names[n]);
        while (length + 4 < sizeof text) length += (size_t)snprintf(text + length, sizeof text - length, " 1\n");
        clock_t began = clock();
        (void)!ink_settings_load(room->ctx, set, write_text(room, text));
        double seconds = (double)(clock() - began) / CLOCKS_PER_SEC;
        if (seconds > 2) fail_msg("%s: %.1f s for %zu bytes", names[n], seconds, length);
        ink_settings_free(set);
    }
}

#define IN_ROOM(test) cmocka_unit_test_setup_teardown(test, room_begin, room_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_ROOM(sections_may_be_left_out),
        IN_ROOM(an_empty_file_says_nothing),
        IN_ROOM(lines_go_on),
        IN_ROOM(sections_may_be_indented),
        IN_ROOM(many_lines_go_on),
        IN_ROOM(lines_may_be_long),
        IN_ROOM(mistakes_are_reported_by_line),
        IN_ROOM(files_that_are_none),
        IN_ROOM(the_caller_counts),
        IN_ROOM(rivals),
        IN_ROOM(what_was_set_comes_back),
        IN_ROOM(defaults_are_comments),
        IN_ROOM(texts_that_cannot_be_kept),
        IN_ROOM(copies_come_without_what_is_said_about_them),
        IN_ROOM(damage),
        IN_ROOM(every_allocation_may_fail),
    };
    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
