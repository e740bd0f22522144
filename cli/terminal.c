/* terminal: what the program says: results on stdout, talk and progress on stderr.
 * SPDX-License-Identifier: MIT */
#include "terminal.h"

#include "cli.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { LIVE_LINES = 8 };

static struct {
    bool quiet, mute, utf8, bar, colour;
    char sentence[2048];     /* the first failure's */
    size_t live[LIVE_LINES]; /* columns of the lines of the live text, as they were drawn */
    size_t live_count;       /* 0: there is none */
    int out_error;           /* errno of the first write to stdout that failed */
    FILE *capture;           /* where results go instead, NULL: to stdout */
} terminal;

static bool locale_is_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value && *value) return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
    }
    return false;
}

void terminal_begin(void)
{
    signal(SIGPIPE, SIG_IGN);
    const char *kind = getenv("TERM");
    terminal.utf8 = locale_is_utf8();
    terminal.bar = isatty(STDERR_FILENO) && kind && strcmp(kind, "dumb") != 0;
    const char *no_colour = getenv("NO_COLOR");
    terminal.colour = terminal.bar && !(no_colour && *no_colour);
}

void terminal_quiet(void)
{
    terminal.quiet = true;
    terminal.bar = false;
}

void terminal_mute(void)
{
    terminal_quiet();
    terminal.mute = true;
    if (!freopen("/dev/null", "w", stdout)) terminal.out_error = errno;
}

const char *terminal_sentence(void) { return terminal.sentence; }

bool terminal_is_utf8(void) { return terminal.utf8; }

bool out_works(void)
{
    if (!terminal.out_error && ferror(stdout)) terminal.out_error = errno ? errno : EIO;
    return !terminal.out_error;
}

int terminal_end(int code)
{
    bar_clear();
    bool works = out_works();
    errno = 0;
    if (fclose(stdout) != 0 && works) terminal.out_error = errno ? errno : EIO;
    if (!terminal.out_error || terminal.out_error == EPIPE) return code;
    fail(CODE_INPUT, "cannot write the results: %s", strerror(terminal.out_error));
    return code == CODE_DONE ? CODE_INPUT : code;
}

/* ------------------------------------------------------------------ stdout */

void out(const char *format, ...)
{
    if (!out_works()) return;
    bar_clear();
    char *text;
    va_list list;
    va_start(list, format);
    int length = vasprintf(&text, format, list);
    va_end(list);
    if (length < 0) {
        terminal.out_error = ENOMEM;
        return;
    }
    ink_text_clean(text, true);
    if (fputs(text, terminal.capture ? terminal.capture : stdout) < 0) terminal.out_error = errno ? errno : EIO;
    free(text);
}

char *out_captured(void (*print)(void))
{
    char *text = NULL;
    size_t size;
    terminal.capture = open_memstream(&text, &size);
    if (!terminal.capture) return NULL;
    print();
    bool failed = fclose(terminal.capture) != 0;
    terminal.capture = NULL;
    if (failed) free(text);
    return failed ? NULL : text;
}

size_t text_width(const char *text)
{
    size_t width = 0;
    for (; *text; text++) width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

/* What of a text fits into so many columns, on one line. */
static void out_cut(const char *text, size_t width)
{
    size_t length = 0;
    for (size_t column = 0; text[length]; length++) {
        column += ((unsigned char)text[length] & 0xC0) != 0x80;
        if (column > width) break;
    }
    char *line = strndup(text, length);
    if (!line) return;
    ink_text_clean(line, false);
    out("%s", line);
    free(line);
}

static void out_spaces(size_t count) { out("%*s", (int)count, ""); }

void out_left(const char *text, size_t width)
{
    size_t used = text_width(text);
    out_cut(text, width);
    if (used < width) out_spaces(width - used);
}

void out_right(const char *text, size_t width)
{
    size_t used = text_width(text);
    if (used < width) out_spaces(width - used);
    out_cut(text, width);
}

/* One line of text without a newline, wrapped. */
static void out_wrapped_line(size_t at, size_t indent, const char *line, size_t length)
{
    bool first = true;
    for (size_t i = 0; i < length;) {
        size_t word = strcspn(line + i, " \n");
        size_t end = i + word, width = 0;
        for (size_t k = i; k < end; k++) width += ((unsigned char)line[k] & 0xC0) != 0x80;
        if (!first && at + 1 + width > TERMINAL_WIDTH && !terminal.capture) {
            out("\n%*s", (int)indent, "");
            at = indent;
            first = true;
        }
        out("%s%.*s", first ? "" : " ", (int)word, line + i);
        at += width + !first;
        first = false;
        i = end + 1;
    }
    out("\n");
}

void out_wrapped(size_t at, size_t indent, const char *text)
{
    while (*text) {
        size_t length = strcspn(text, "\n");
        if (*text == ' ' || length == 0)
            out("%.*s\n", (int)length, text);
        else
            out_wrapped_line(at, indent, text, length);
        text += length;
        if (*text) text++;
        if (*text && *text != ' ') out_spaces(indent);
        at = indent;
    }
}

void terminal_parameters(size_t count, const char *notation)
{
    char line[4096];
    snprintf(line, sizeof line, "%zu (%s)", count, *notation ? notation : "no hidden layers");
    out("parameters   ");
    out_wrapped(13, 13, line);
}

/* ------------------------------------------------------------------ stderr */

/* A message may quote what a file or a path holds: it stays one line and cannot move the cursor. */
static void compose(char line[2048], const char *format, va_list list)
{
    vsnprintf(line, 2048, format, list);
    ink_text_clean(line, false);
}

/* Where a line for the terminal is to be broken: its length, or that of the words that fit. */
static size_t fitting(const char *line, size_t width)
{
    size_t column = 0, space = 0;
    for (size_t i = 0; line[i]; i++) {
        column += ((unsigned char)line[i] & 0xC0) != 0x80;
        if (column > width) return space ? space : strlen(line);
        if (line[i] == ' ') space = i;
    }
    return strlen(line);
}

static void print_line(const char *line)
{
    bar_clear();
    const char *at = line;
    for (size_t indent = 0; terminal.bar && text_width(at) + indent > TERMINAL_WIDTH; indent = 2) {
        size_t length = fitting(at, TERMINAL_WIDTH - indent);
        if (!at[length]) break;
        fprintf(stderr, "%*s%.*s\n", (int)indent, "", (int)length, at);
        at += length + 1;
    }
    fprintf(stderr, "%s%s\n", at == line ? "" : "  ", at);
}

void talk(const char *format, ...)
{
    char line[2048];
    va_list list;
    if (terminal.quiet) return;
    va_start(list, format);
    compose(line, format, list);
    va_end(list);
    print_line(line);
}

void warn(const char *format, ...)
{
    char line[2048];
    va_list list;
    if (terminal.mute) return;
    va_start(list, format);
    compose(line, format, list);
    va_end(list);
    print_line(line);
}

int fail(int code, const char *format, ...)
{
    char line[2048];
    va_list list;
    if (fflush(stdout) != 0) out_works();
    va_start(list, format);
    compose(line, format, list);
    va_end(list);
    if (!*terminal.sentence) memcpy(terminal.sentence, line, sizeof line);
    if (terminal.mute) return code;
    bar_clear();
    fprintf(stderr, "inkling: %s\n", line);
    return code;
}

static size_t terminal_columns(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return TERMINAL_WIDTH;
    return size.ws_col < TERMINAL_WIDTH ? size.ws_col : TERMINAL_WIDTH;
}

bool terminal_is_live(void) { return terminal.bar; }

size_t terminal_width(void) { return terminal_columns(); }

/* A sequence ESC [ … letter takes no columns: its length, 0 if there is none. */
static size_t escape_length(const char *text)
{
    if (text[0] != '\x1b' || text[1] != '[') return 0;
    size_t length = 2;
    while (text[length] && !isalpha((unsigned char)text[length])) length++;
    return text[length] ? length + 1 : 0;
}

/* Adds what of a line fits to a frame, without colours where there are to be none; returns its columns. */
static size_t add_fitting(char *frame, size_t room, const char *line, size_t length, size_t width)
{
    size_t used = strlen(frame), columns = 0;
    for (size_t i = 0; i < length && used + 16 < room;) {
        size_t escape = escape_length(line + i);
        bool begins = ((unsigned char)line[i] & 0xC0) != 0x80;
        if (!escape && begins && columns == width) break;
        columns += !escape && begins;
        for (size_t k = 0; k < (escape ? escape : 1); k++)
            if (!escape || terminal.colour) frame[used++] = line[i + k];
        i += escape ? escape : 1;
    }
    frame[used] = 0;
    strcat(frame, terminal.colour ? "\x1b[0m\x1b[K" : "\x1b[K");
    return columns;
}

/* To the beginning of the live text. A terminal that became narrower since has broken its lines. */
static void add_rewind(char *frame, size_t columns)
{
    size_t rows = 0;
    for (size_t i = 0; i < terminal.live_count; i++)
        rows += terminal.live[i] > columns ? (terminal.live[i] - 1) / columns + 1 : 1;
    size_t used = strlen(frame);
    if (rows > 1) used += (size_t)sprintf(frame + used, "\x1b[%zuA", rows - 1);
    strcpy(frame + used, "\r");
}

void live_draw(const char *text)
{
    char frame[8192] = "";
    if (!terminal.bar) return;
    size_t columns = terminal_columns(), count = 0;
    add_rewind(frame, columns);
    for (; *text && count < LIVE_LINES; count++) {
        size_t length = strcspn(text, "\n");
        if (count > 0) strcat(frame, "\n");
        terminal.live[count] = add_fitting(frame, sizeof frame - 64, text, length, columns - 1);
        text += length + (text[length] == '\n');
    }
    strcat(frame, "\x1b[J");
    terminal.live_count = count;
    fputs(frame, stderr); /* at once: nothing to be seen in between */
    fflush(stderr);
}

void live_end(void)
{
    if (terminal.live_count) fputs("\n", stderr);
    terminal.live_count = 0;
}

void bar_text(char *to, size_t room, double share, size_t width)
{
    size_t full = (size_t)((share > 0 ? share < 1 ? share : 1 : 0) * (double)width), used = 0;
    to[0] = 0;
    for (size_t i = 0; i < width && used + 4 < room; i++) {
        const char *wide = i < full ? "█" : "░", *plain = i < full ? "#" : ".";
        used += (size_t)snprintf(to + used, room - used, "%s", terminal.utf8 ? wide : plain);
    }
}

void bar_draw(double share, const char *before, const char *after)
{
    char bar[256], line[1024];
    size_t columns = terminal_columns(), used = text_width(before) + text_width(after) + 3;
    size_t room = columns > used + 4 ? columns - used : 0;
    bar_text(bar, sizeof bar, share, room > 40 ? 40 : room);
    snprintf(line, sizeof line, "%s %s %s", before, bar, after);
    live_draw(line);
}

void bar_clear(void)
{
    char frame[64] = "";
    if (!terminal.live_count) return;
    add_rewind(frame, terminal_columns());
    fprintf(stderr, "%s\x1b[J", frame);
    terminal.live_count = 0;
}

/* ----------------------------------------------------------------- numbers */

char *text_time(char to[TEXT_ROOM], double seconds)
{
    if (!isfinite(seconds) || seconds < 0 || seconds > 1e9) return strcpy(to, "-");
    unsigned long all = (unsigned long)(seconds + 0.5);
    if (all < 3600)
        snprintf(to, TEXT_ROOM, "%lu:%02lu", all / 60, all % 60);
    else
        snprintf(to, TEXT_ROOM, "%lu:%02lu:%02lu", all / 3600, all / 60 % 60, all % 60);
    return to;
}

char *text_rate(char to[TEXT_ROOM], double per_second)
{
    static const char units[] = {0, 'k', 'M', 'G'};
    if (!isfinite(per_second) || per_second < 0) return strcpy(to, "-");
    size_t unit = 0;
    while (per_second >= 999.5 && unit + 1 < sizeof units) per_second /= 1000, unit++;
    int digits = unit > 0 && per_second < 9.95 ? 1 : 0;
    snprintf(to, TEXT_ROOM, "%.*f%.1s", digits, per_second, &units[unit]);
    return to;
}

char *text_count(char to[TEXT_ROOM], size_t count)
{
    char digits[24];
    size_t length = (size_t)snprintf(digits, sizeof digits, "%zu", count), at = 0;
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) to[at++] = ',';
        to[at++] = digits[i];
    }
    to[at] = 0;
    return to;
}

char *text_size(char to[TEXT_ROOM], double bytes)
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB"};
    size_t unit = 0;
    while (bytes >= 1024 && unit < 3) bytes /= 1024, unit++;
    snprintf(to, TEXT_ROOM, "%.*f %s", unit ? 1 : 0, bytes, units[unit]);
    return to;
}

char *text_share(char to[TEXT_ROOM], double share)
{
    if (!isfinite(share)) return strcpy(to, "-");
    snprintf(to, TEXT_ROOM, "%.2f %%", 100 * share);
    return to;
}

char *text_loss(char to[TEXT_ROOM], double loss)
{
    if (!isfinite(loss)) return strcpy(to, "-");
    bool plain = loss == 0 || (loss >= 1e-3 && loss < 1e5);
    snprintf(to, TEXT_ROOM, plain ? "%.4f" : "%.3g", loss);
    return to;
}

char *text_number(char to[TEXT_ROOM], double value)
{
    if (!isfinite(value)) return strcpy(to, "-");
    snprintf(to, TEXT_ROOM, fabs(value) >= 1e4 && fabs(value) < 1e12 ? "%.0f" : "%.5g", value);
    return to;
}

char *text_score(char to[TEXT_ROOM], const ink_score *score, double value)
{
    if (score->share) return text_share(to, value);
    return strcmp(score->name, "loss") == 0 ? text_loss(to, value) : text_number(to, value);
}

char *text_exact(char to[TEXT_ROOM], double value)
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(to, TEXT_ROOM, "%.*g", digits, value);
        if (strtod(to, NULL) == value) break;
    }
    char *exponent = strchr(to, 'e'); /* 1e-06 is 1e-6 */
    if (exponent && exponent[2] == '0') memmove(exponent + 2, exponent + 3, strlen(exponent + 2));
    return to;
}
