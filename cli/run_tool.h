/* run_tool: other programs, run to their end.
 * SPDX-License-Identifier: MIT */
#ifndef RUN_TOOL_H
#define RUN_TOOL_H

#include <stddef.h>

enum tool_end { TOOL_DONE, TOOL_FAILED, TOOL_MISSING, TOOL_TOO_LARGE, TOOL_INTERRUPTED };

/* A program, looked for in PATH, and its arguments; what it prints goes to the file `log`. */
struct tool {
    const char *const *words; /* the last is NULL */
    const char *log;
    const char *output; /* the file that it writes anew, to be watched; or NULL */
    size_t most;        /* bytes of output: when it has more, the program is ended */
    const char *label;  /* what the bar on a terminal says; NULL: no bar */
};
enum tool_end tool_run(const struct tool *tool);

/* The first line of the log that says something, "" if there is none. */
void tool_reason(const char *log, char *out, size_t room);

#endif
