/* config: settings files, read through inih and written for people to edit.
 * SPDX-License-Identifier: MIT
 *
 * inih finds sections, names, comments and continued lines; it is handed one line after the other, so that messages can
 * name the line. It sees at most 200 bytes of a line (its buffer) and strips spaces by locale, so the value itself is taken
 * from the line in memory. */
#include "base/config.h"
#include "base/mem.h"

#include <ini.h>
#include <string.h>

enum { ENTRIES = INKI_SETTING_COUNT + INKI_ABOUT_COUNT, MOST_BYTES = 1 << 20, NONE = -1 };

struct line {
    const char *text;
    size_t size;
};

struct reading {
    ink_ctx *ctx;
    const char *path;
    struct line rest, line; /* what has not been read, the line in hand */
    size_t number;          /* of the line in hand, from 1 */
    int last;               /* the entry that a line may continue, or NONE */
    struct inki_str value;  /* what its lines say so far */
    size_t value_line;      /* the last of them */
    size_t said[ENTRIES];   /* the line that each entry stands in, 0 for none */
    ink_settings *file;     /* what the file says */
    ink_status status;
    size_t wrong_line; /* where status comes from */
};

/* ----------------------------------------------------------------- entries */

/* Entry i: the settings, then what a file says about itself. */
static const char *name_of(int i)
{
    return i < INKI_SETTING_COUNT ? ink_settings_row((size_t)i)->name : inki_about_rows[i - INKI_SETTING_COUNT].name;
}

static const char *section_of(int i)
{
    return i < INKI_SETTING_COUNT ? ink_settings_row((size_t)i)->group
                                  : inki_about_rows[i - INKI_SETTING_COUNT].section;
}

static bool keeps_lines(int i) { return i >= INKI_SETTING_COUNT && inki_about_rows[i - INKI_SETTING_COUNT].lines; }

static const char *value_of(const ink_settings *set, int i)
{
    return i < INKI_SETTING_COUNT ? ink_settings_get(set, name_of(i)) : ink_settings_about(set, name_of(i));
}

static bool is_said(const ink_settings *set, int i)
{
    return i < INKI_SETTING_COUNT ? ink_settings_is_set(set, name_of(i)) : ink_settings_about(set, name_of(i)) != NULL;
}

static ink_status put_value(ink_ctx *ctx, ink_settings *set, int i, const char *text)
{
    if (i < INKI_SETTING_COUNT) return ink_settings_set(ctx, set, name_of(i), text);
    return ink_settings_set_about(ctx, set, name_of(i), text);
}

static int find_row(const char *name)
{
    for (int i = 0; i < ENTRIES; i++)
        if (strcmp(name_of(i), name) == 0) return i;
    return NONE;
}

/* In the order of writing. */
static const char *const sections[] = {"recipe", "data", "network", "training", "stopping", "search", "run"};
enum { SECTIONS = sizeof sections / sizeof *sections };

/* ------------------------------------------------------------------- lines */

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }

static struct line trimmed(struct line line)
{
    while (line.size > 0 && is_space(line.text[0])) line.text++, line.size--;
    while (line.size > 0 && is_space(line.text[line.size - 1])) line.size--;
    return line;
}

/* The line up to a comment: a ; or # after a space. */
static struct line uncommented(struct line line)
{
    for (size_t i = 1; i < line.size; i++) {
        if ((line.text[i] == ';' || line.text[i] == '#') && is_space(line.text[i - 1])) line.size = i;
    }
    return trimmed(line);
}

/* What is behind the = or : of the line, or all of it where it continues the one before. */
static struct line value_in(struct line line, bool goes_on)
{
    size_t at = 0;
    while (!goes_on && at < line.size && line.text[at] != '=' && line.text[at] != ':') at++;
    if (!goes_on && at < line.size) at++;
    return uncommented((struct line){line.text + at, line.size - at});
}

/* BAD_FILE with the place and what the context's message says. */
static ink_status misfit(const struct reading *reading, ink_status status)
{
    if (status != INK_BAD_SETTING) return status;
    return inki_fail(reading->ctx, INK_BAD_FILE, "%s:%zu: %s", reading->path, reading->value_line,
                     ink_ctx_message(reading->ctx));
}

/* Sets what the entry's lines say: once, however many there are. */
static void end_entry(struct reading *reading)
{
    struct inki_str *value = &reading->value;
    if (reading->last != NONE && reading->status == INK_OK) {
        ink_status status =
            value->failed ? INK_NO_MEMORY : put_value(reading->ctx, reading->file, reading->last, value->text);
        reading->status = misfit(reading, status);
        reading->wrong_line = reading->value_line;
    }
    inki_free(value->text);
    *value = (struct inki_str){.ctx = reading->ctx};
    reading->last = NONE;
}

/* inih's reader: the next line, cut where its buffer ends. */
static char *next_line(char *to, int room, void *stream)
{
    struct reading *reading = stream;
    if (reading->status != INK_OK || reading->rest.size == 0) return NULL;
    const char *end = memchr(reading->rest.text, '\n', reading->rest.size);
    size_t size = end ? (size_t)(end - reading->rest.text) : reading->rest.size, taken = size + (end != NULL);
    reading->line = (struct line){reading->rest.text, size};
    reading->rest = (struct line){reading->rest.text + taken, reading->rest.size - taken};
    reading->number++;
    if (size > 0 && reading->line.text[0] == '[') end_entry(reading);
    if (reading->status != INK_OK) return NULL;
    if (size > (size_t)room - 2) size = (size_t)room - 2;
    memcpy(to, reading->line.text, size);
    memcpy(to + size, "\n", 2);
    return to;
}

/* ----------------------------------------------------------------- reading */

static ink_status unknown(const struct reading *reading, const char *name)
{
    const char *names[ENTRIES];
    for (int i = 0; i < ENTRIES; i++) names[i] = name_of(i);
    const char *near = ink_did_you_mean(name, names, ENTRIES);
    if (near)
        return inki_fail(reading->ctx, INK_BAD_FILE, "%s:%zu: there is no setting '%s'; did you mean '%s'?",
                         reading->path, reading->number, name, near);
    return inki_fail(reading->ctx, INK_BAD_FILE, "%s:%zu: there is no setting '%s'; 'inkling help settings' lists them",
                     reading->path, reading->number, name);
}

static ink_status wrong_section(const struct reading *reading, const char *section, int entry)
{
    for (size_t i = 0; i < SECTIONS; i++) {
        if (strcmp(sections[i], section) == 0)
            return inki_fail(reading->ctx, INK_BAD_FILE, "%s:%zu: %s belongs into [%s], not into [%s]", reading->path,
                             reading->number, name_of(entry), section_of(entry), section);
    }
    return inki_fail(reading->ctx, INK_BAD_FILE, "%s:%zu: there is no section [%s]; %s belongs into [%s]",
                     reading->path, reading->number, section, name_of(entry), section_of(entry));
}

static ink_status check_entry(const struct reading *reading, const char *section, const char *name, int entry)
{
    if (entry == NONE) return unknown(reading, name);
    if (*section && strcmp(section, section_of(entry)) != 0) return wrong_section(reading, section, entry);
    if (reading->said[entry])
        return inki_fail(reading->ctx, INK_BAD_FILE, "%s:%zu: %s is already set in line %zu", reading->path,
                         reading->number, name, reading->said[entry]);
    return INK_OK;
}

static void add_line(struct reading *reading, bool goes_on)
{
    struct line value = value_in(reading->line, goes_on);
    const char *between = reading->value.length == 0 ? "" : keeps_lines(reading->last) ? "\n" : " ";
    inki_str_add(&reading->value, "%s%.*s", between, (int)value.size, value.text);
    reading->value_line = reading->number;
}

/* inih's handler: one line with a value. Returns 0 once something is wrong. */
static int take_line(void *user, const char *section, const char *name, const char *value)
{
    struct reading *reading = user;
    (void)value;
    if (reading->status != INK_OK) return 0;
    bool goes_on = reading->last != NONE && is_space(reading->line.text[0]);
    if (!goes_on) {
        end_entry(reading);
        int entry = find_row(name);
        if (reading->status == INK_OK) {
            reading->status = check_entry(reading, section, name, entry);
            reading->wrong_line = reading->number;
        }
        if (reading->status != INK_OK) return 0;
        reading->said[entry] = reading->number;
        reading->last = entry;
    }
    add_line(reading, goes_on);
    return 1;
}

/* Texts only: what a terminal is shown and C ends at must not hide in them. */
static ink_status check_bytes(ink_ctx *ctx, const char *path, const struct inki_bytes *bytes)
{
    size_t line = 1;
    if (bytes->size > MOST_BYTES)
        return inki_fail(ctx, INK_BAD_FILE, "%s: has %zu bytes; a settings file has at most %d", path, bytes->size,
                         MOST_BYTES);
    for (size_t i = 0; i < bytes->size; i++) {
        uint8_t c = bytes->data[i];
        line += c == '\n';
        if (c == 0x7f || (c < 0x20 && c != '\n' && c != '\t' && c != '\r'))
            return inki_fail(ctx, INK_BAD_FILE, "%s:%zu: byte %zu is 0x%02x; expected text (UTF-8) with settings", path,
                             line, i, c);
    }
    return INK_OK;
}

/* inih names the first line that it cannot read, or whose value was not taken; it continues to the end all the same. */
static ink_status parse_text(struct reading *reading)
{
    int bad = ini_parse_stream(next_line, reading, take_line, reading);
    end_entry(reading);
    if (reading->status != INK_OK && (bad <= 0 || (size_t)bad >= reading->wrong_line)) return reading->status;
    if (bad < 0) return inki_fail(reading->ctx, INK_NO_MEMORY, "out of memory for %s", reading->path);
    if (bad == 0) return INK_OK;
    return inki_fail(reading->ctx, INK_BAD_FILE, "%s:%d: expected 'name = value' or a [section]", reading->path, bad);
}

/* ----------------------------------------------------------------- merging */

/* What was said before leaves no room for what the file says. */
static bool is_ruled_out(const ink_settings *set, int entry)
{
    if (entry == INKI_NET) return ink_settings_is_set(set, "hidden");
    return entry == INKI_STEPS && ink_settings_is_set(set, "epochs");
}

/* A whole network in the file leaves a part of one that was asked for without meaning. */
static ink_status check_network(const struct reading *reading, const ink_settings *set)
{
    static const char *const parts[] = {"activation", "dropout", "ensemble"};
    bool whole = reading->said[INKI_NET] && !ink_settings_is_set(set, "net") && !ink_settings_is_set(set, "hidden");
    for (size_t i = 0; whole && i < sizeof parts / sizeof *parts; i++) {
        if (ink_settings_is_set(set, parts[i]))
            return inki_fail(reading->ctx, INK_BAD_SETTING,
                             "%s: has no effect beside the whole network in %s:%zu; set net or hidden too", parts[i],
                             reading->path, reading->said[INKI_NET]);
    }
    return INK_OK;
}

static ink_status merge(const struct reading *reading, ink_settings *set)
{
    ink_settings *next;
    INK_TRY(check_network(reading, set));
    INK_TRY(ink_settings_copy(reading->ctx, set, &next));
    ink_status status = INK_OK;
    for (int i = 0; i < ENTRIES && status == INK_OK; i++) {
        const ink_settings *from = is_said(set, i) ? set : reading->file;
        bool counts = is_said(from, i) && (from == set || !is_ruled_out(set, i));
        if (counts) status = put_value(reading->ctx, next, i, value_of(from, i));
    }
    if (status == INK_OK) inki_settings_swap(set, next);
    ink_settings_free(next);
    return status;
}

ink_status inki_settings_parse(ink_ctx *ctx, ink_settings *set, const char *path, const struct inki_bytes *bytes)
{
    struct reading reading = {.ctx = ctx, .path = path, .last = NONE, .value = {.ctx = ctx}};
    reading.rest = (struct line){(const char *)bytes->data, bytes->size};
    INK_TRY(check_bytes(reading.ctx, path, bytes));
    INK_TRY(ink_settings_new(reading.ctx, &reading.file));
    ink_status status = parse_text(&reading);
    if (status == INK_OK) status = merge(&reading, set);
    ink_settings_free(reading.file);
    return status;
}

ink_status ink_settings_load(ink_ctx *ctx, ink_settings *set, const char *path)
{
    struct inki_bytes bytes;
    INK_TRY(inki_bytes_read(ctx, path, &bytes));
    ink_status status = inki_settings_parse(ctx, set, path, &bytes);
    inki_bytes_free(ctx, &bytes);
    return status;
}

/* ----------------------------------------------------------------- writing */

/* A line of a value that would be read back as it is. */
static bool is_plain(const char *text, size_t size)
{
    struct line line = {text, size}, back = uncommented(line);
    bool begins = size > 0 && (text[0] == ';' || text[0] == '#');
    for (size_t i = 0; i < size; i++)
        if (((unsigned char)text[i] < 0x20 && text[i] != '\t') || text[i] == 0x7f) return false;
    return back.text == text && back.size == size && !begins;
}

/* name = value; further lines are indented. */
static ink_status add_entry(struct inki_str *out, const ink_settings *set, int entry)
{
    const char *at = value_of(set, entry);
    inki_str_add(out, "%s =", name_of(entry));
    for (bool first = true; first || *at; first = false) {
        size_t size = keeps_lines(entry) ? strcspn(at, "\n") : strlen(at);
        if (!is_plain(at, size) || (size == 0 && at[size]))
            return inki_fail(out->ctx, INK_BAD_SETTING,
                             "%s: '%s' cannot be written to a settings file (it contains a line end or a comment sign, "
                             "or ends with a space)",
                             name_of(entry), value_of(set, entry));
        inki_str_add(out, "%s%s%.*s", first ? "" : "\n   ", size ? " " : "", (int)size, at);
        at += size + (at[size] != 0);
    }
    inki_str_add(out, "\n");
    return INK_OK;
}

/* A section's entries: what was said, then the defaults. */
static ink_status add_section(struct inki_str *out, const ink_settings *set, const char *section)
{
    bool titled = false;
    for (int said = 1; said >= 0; said--) {
        for (int i = 0; i < ENTRIES; i++) {
            if (strcmp(section_of(i), section) != 0 || is_said(set, i) != said) continue;
            if (!said && i >= INKI_SETTING_COUNT) continue;
            if (!titled) inki_str_add(out, "\n[%s]\n", section);
            titled = true;
            if (said)
                INK_TRY(add_entry(out, set, i));
            else
                inki_str_add(out, ";%s = %s\n", name_of(i), value_of(set, i));
        }
    }
    return INK_OK;
}

static ink_status write_text(ink_ctx *ctx, const char *path, const struct inki_str *text)
{
    struct inki_writer writer;
    INK_TRY(inki_write_begin(ctx, path, &writer));
    ink_status status = inki_write(&writer, text->text, text->length);
    if (status == INK_OK) status = inki_write_commit(&writer);
    if (status != INK_OK) inki_write_abort(&writer);
    return status;
}

ink_status inki_settings_print(const ink_settings *set, struct inki_str *out)
{
    inki_str_add(out,
                 "# Settings of Inkling %s, for inkling train --config FILE.\n"
                 "# Lines that begin with ; are settings that were left at their defaults.\n",
                 ink_version());
    for (size_t i = 0; i < SECTIONS; i++) INK_TRY(add_section(out, set, sections[i]));
    return out->failed ? INK_NO_MEMORY : INK_OK;
}

ink_status ink_settings_save(ink_ctx *ctx, const ink_settings *set, const char *path)
{
    struct inki_str text = {.ctx = ctx};
    ink_status status = inki_settings_print(set, &text);
    if (status == INK_OK) status = write_text(ctx, path, &text);
    inki_free(text.text);
    return status;
}
