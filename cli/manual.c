/* manual: manual pages, in roff with the macros of man(7), from the same tables as all help.
 * SPDX-License-Identifier: MIT */
#include "help.h"
#include "terminal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 78 }; /* columns of the source */

/* -------------------------------------------------------------------- text */

/* One character; those that roff reads otherwise as escapes. Returns its bytes. */
static size_t put_character(const char *text, bool minus)
{
    static const char *const escapes[128] = {['\\'] = "\\e",  ['\''] = "\\(aq", ['`'] = "\\(ga", ['^'] = "\\(ha",
                                             ['~'] = "\\(ti", ['"'] = "\\(dq",  ['|'] = "|\\:"};
    unsigned char c = (unsigned char)*text;
    if (c == '-' && minus)
        out("\\-");
    else if (c < 128 && escapes[c])
        out("%s", escapes[c]);
    else if (c < 128)
        out("%c", c);
    else {
        size_t length = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
        unsigned code = c & (0x7Fu >> length);
        for (size_t i = 1; i < length; i++) code = code << 6 | ((unsigned char)text[i] & 0x3Fu);
        out("\\[u%04X]", code);
        return length;
    }
    return 1;
}

/* A stretch of text. A - that may be typed stays one: in what is kept as it is, and in words that look like flags. */
static void put_stretch(const char *text, size_t length, bool kept)
{
    bool minus = kept;
    for (size_t i = 0; i < length;) {
        bool begins = i == 0 || strchr(" [(/=", text[i - 1]) != NULL;
        if (begins) minus = kept || text[i] == '-';
        if (i == 0 && (*text == '.' || *text == '\'')) out("\\&");
        i += put_character(text + i, minus);
    }
}

/* Prose in lines of the source's width. */
static void put_prose(const char *text, size_t length)
{
    size_t column = 0;
    for (size_t i = 0; i < length;) {
        size_t word = 0;
        while (i + word < length && text[i + word] != ' ') word++;
        if (column > 0) {
            bool wraps = column + 1 + word > LINE;
            out(wraps ? "\n" : " ");
            column = wraps ? 0 : column + 1;
        }
        put_stretch(text + i, word, false);
        column += word;
        i += word;
        while (i < length && text[i] == ' ') i++;
    }
    out("\n");
}

/* Text as in help: paragraphs, and lines that begin with a space, which are kept. */
static void put_text(const char *text)
{
    bool kept = false, first = true;
    for (size_t length; *text; text += length + (text[length] == '\n')) {
        length = strcspn(text, "\n");
        bool keep = *text == ' ';
        if (keep && !kept) out("%s.nf\n", first ? "" : ".PP\n");
        if (!keep && kept) out(".fi\n");
        if (keep) put_stretch(text + 1, length - 1, true), out("\n");
        if (!keep && length > 0) {
            if (!first) out(".PP\n");
            put_prose(text, length);
        }
        kept = keep;
        first = false;
    }
    if (kept) out(".fi\n");
}

/* ------------------------------------------------------------------ entries */

/* The first line of an entry: "-o, --output FILE". */
static void put_flag_head(char letter, const char *name, const char *value)
{
    out(".TP\n");
    if (letter) out("\\fB\\-%c\\fR, ", letter);
    out("\\fB\\-\\-");
    put_stretch(name, strlen(name), true);
    out("\\fR");
    if (value && *value) {
        out(" \\fI");
        put_stretch(value, strlen(value), true);
        out("\\fR");
    }
    out("\n");
}

static void put_settings(const struct command *command)
{
    char group[32], help[768];
    for (const char *list = command->groups; help_next_group(&list, group);) {
        out(".SS Settings: %s\n", group);
        for (size_t i = 0; i < ink_settings_count(); i++) {
            const ink_setting *row = ink_settings_row(i);
            if (strcmp(row->group, group) != 0 || !command_takes(command, row)) continue;
            put_flag_head(0, row->name,
                          row->placeholder               ? row->placeholder
                          : row->type == INK_TYPE_CHOICE ? row->choices
                                                         : "");
            help_describe(help, sizeof help, row);
            put_prose(help, strlen(help));
        }
    }
}

static void put_section(const char *name)
{
    out(".SH \"");
    for (; *name; name++) out("%c", toupper((unsigned char)*name));
    out("\"\n");
}

/* ".TH": no date, so that the same source gives the same page. */
static void put_title(const char *name)
{
    out(".\\\" made by inkling help --man\n.TH \"");
    for (; *name; name++)
        if (*name == '-')
            out("\\-");
        else
            out("%c", toupper((unsigned char)*name));
    out("\" 1 \"\" \"Inkling %s\" \"Inkling\"\n.nh\n.ad l\n", ink_version());
}

/* -------------------------------------------------------------------- pages */

static void command_page(const struct command *command)
{
    char name[64];
    snprintf(name, sizeof name, "inkling-%s", command->name);
    put_title(name);
    out(".SH NAME\ninkling\\-%s \\- ", command->name);
    put_prose(command->summary, strlen(command->summary));
    out(".SH SYNOPSIS\n.B inkling %s\n", command->name);
    if (*command->operands) {
        out("\\fI");
        put_stretch(command->operands, strlen(command->operands), true);
        out("\\fR\n");
    }
    out("[\\fB\\-\\-FLAG\\fR \\fIVALUE\\fR \\[u2026]]\n.SH DESCRIPTION\n");
    put_text(command->detail);
    out(".SH OPTIONS\n");
    for (const struct flag *flag = command->flags; flag->name; flag++) {
        put_flag_head(flag->letter, flag->name, flag->choices ? flag->choices : flag->placeholder);
        put_prose(flag->help, strlen(flag->help));
    }
    put_flag_head('h', "help", NULL);
    out("short help with \\fB\\-h\\fR, all of it with \\fB\\-\\-help\\fR\n");
    put_settings(command);
    out(".SH \"SEE ALSO\"\n.BR inkling (1)\n");
}

/* What the program as a whole has beside its help. */
static const char environment[] =
    "  INKLING_DATA      folders, separated by colons, with named sets in them\n"
    "  INKLING_KERNELS   portable, avx2, avx512 or neon (default: the best of this machine)\n"
    "  XDG_DATA_HOME     the user's data folder (default: ~/.local/share)\n"
    "  NO_COLOR          not empty: no colours on the terminal\n";

static int put_topics(void)
{
    for (size_t i = 0; i < topic_count; i++) {
        const struct topic *topic = &topics[i];
        if (strcmp(topic->name, "settings") == 0) continue; /* they are with the commands */
        char *text = out_captured(topic->print);
        if (!text) return fail(CODE_INTERNAL, "out of memory");
        put_section(strcmp(topic->name, "exit") == 0 ? "exit status" : topic->name);
        put_text(text);
        free(text);
    }
    return CODE_DONE;
}

static int program_page(void)
{
    put_title("inkling");
    out(".SH NAME\ninkling \\- small neural networks, trained fast\n.SH SYNOPSIS\n.B inkling\n\\fICOMMAND\\fR "
        "\\[u2026]\n"
        "[\\fB\\-\\-FLAG\\fR \\fIVALUE\\fR \\[u2026]]\n.SH DESCRIPTION\n");
    put_text("Trains, tunes, examines and ships small neural networks. Results go to stdout, messages and progress to "
             "stderr. Each command has a page of its own; settings are described with inkling-train(1).\n\n"
             "  inkling train mnist\n  inkling eval model.safetensors mnist\n"
             "  inkling predict model.safetensors mnist -o answers.csv\n");
    out(".SH COMMANDS\n");
    for (size_t i = 0; i < command_count; i++) {
        out(".TP\n.BR inkling\\-%s (1)\n", commands[i].name);
        put_prose(commands[i].summary, strlen(commands[i].summary));
    }
    int code = put_topics();
    put_section("environment");
    put_text(environment);
    out(".SH \"SEE ALSO\"\n");
    for (size_t i = 0; i < command_count; i++)
        out(".BR inkling\\-%s (1)%s\n", commands[i].name, i + 1 < command_count ? "," : "");
    return code;
}

int manual_print(const struct command *command)
{
    if (!command) return program_page();
    command_page(command);
    return CODE_DONE;
}
