/* terminal: what the program says: results on stdout, talk and progress on stderr.
 * SPDX-License-Identifier: MIT
 *
 * Results that cannot be written are an error, found at the latest in terminal_end; a reader that has gone away (EPIPE) is
 * none: the program runs to its end without a message. Talk is best effort. Colours are for live text only. */
#ifndef TERMINAL_H
#define TERMINAL_H

#include "inkling.h"

#include <stdio.h>

#if defined(__GNUC__)
#define TERMINAL_FORMAT(at, first) __attribute__((format(printf, at, first)))
#else
#define TERMINAL_FORMAT(at, first)
#endif

#define TERMINAL_WIDTH 80

/* Prepares both streams; terminal_end flushes them and returns the program's exit code: `code`, or that of a failed write. */
void terminal_begin(void);
int terminal_end(int code);

/* No messages from here on; errors are still printed. */
void terminal_quiet(void);

/* Nothing at all from here on, neither results nor errors; and what `fail` would have printed first, "" so far. */
void terminal_mute(void);
const char *terminal_sentence(void);

/* True if text may hold more than ASCII. */
bool terminal_is_utf8(void);

/* Results. */
TERMINAL_FORMAT(1, 2) void out(const char *format, ...);

/* Looks whether writing to stdout works still; false once it does not. */
bool out_works(void);

/* Text in lines of at most 80 columns, begun at column `at`, further lines indented by `indent`. Lines of the text that begin
 * with a space are kept as they are. Ends with a newline. */
void out_wrapped(size_t at, size_t indent, const char *text);

/* What `print` would write, with lines of any length; the caller frees. NULL: out of memory. */
char *out_captured(void (*print)(void));
/* "parameters   9970 (dense 12 relu)" */
void terminal_parameters(size_t count, const char *notation);

/* `text` in a field of `width` columns, cut to it, to the right or left; bytes that could move the cursor become '?'. */
void out_left(const char *text, size_t width);
void out_right(const char *text, size_t width);

/* A line of talk on stderr. */
TERMINAL_FORMAT(1, 2) void talk(const char *format, ...);

/* The same for what may be a mistake: also with --quiet. */
TERMINAL_FORMAT(1, 2) void warn(const char *format, ...);

/* "inkling: SENTENCE" on stderr; returns `code`. */
TERMINAL_FORMAT(2, 3) int fail(int code, const char *format, ...);

/* A line at the bottom of the terminal that is drawn again and again; nothing where stderr is no terminal. share 0 to 1. */
void bar_draw(double share, const char *before, const char *after);

/* The same with a text of up to eight lines, cut to the terminal's width; it may have colours (ESC [ … m), which are left out
 * where NO_COLOR is set. live_end leaves what is there and goes on below it; bar_clear takes it away. */
void live_draw(const char *text);
void live_end(void);

/* A bar of `width` columns as text. */
void bar_text(char *to, size_t room, double share, size_t width);

/* Whether stderr is a terminal that can be drawn on, and its columns (at most TERMINAL_WIDTH). */
bool terminal_is_live(void);
size_t terminal_width(void);
void bar_clear(void);

/* Columns that text takes. */
size_t text_width(const char *text);

/* Numbers for people; each returns `to`. */
#define TEXT_ROOM 32
char *text_time(char to[TEXT_ROOM], double seconds);                        /* "1:02:03", "0:07", "-" */
char *text_rate(char to[TEXT_ROOM], double per_second);                     /* "812k" */
char *text_count(char to[TEXT_ROOM], size_t count);                         /* "54,000" */
char *text_size(char to[TEXT_ROOM], double bytes);                          /* "310.6 KiB" */
char *text_share(char to[TEXT_ROOM], double share);                         /* "97.51 %", "-" */
char *text_loss(char to[TEXT_ROOM], double loss);                           /* "0.0812", "-" */
char *text_number(char to[TEXT_ROOM], double value);                        /* "555.23", "18823", "-" */
char *text_score(char to[TEXT_ROOM], const ink_score *score, double value); /* as the one or the other */
char *text_exact(char to[TEXT_ROOM], double value); /* the fewest digits that read back the same */

#endif
