/* run_tool: other programs, run to their end.
 * SPDX-License-Identifier: MIT */
#include "run_tool.h"

#include "interrupt.h"
#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { LOOK_EVERY = 50 }; /* ms */

static enum tool_end spawn(const struct tool *tool, pid_t *child)
{
    posix_spawn_file_actions_t actions;
    if (posix_spawn_file_actions_init(&actions) != 0) return TOOL_FAILED;
    int wrong = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!wrong)
        wrong =
            posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, tool->log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (!wrong) wrong = posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    if (!wrong) wrong = posix_spawnp(child, tool->words[0], &actions, NULL, (char *const *)tool->words, environ);
    posix_spawn_file_actions_destroy(&actions);
    return !wrong ? TOOL_DONE : wrong == ENOENT || wrong == EACCES ? TOOL_MISSING : TOOL_FAILED;
}

static size_t size_of(const char *path)
{
    struct stat info;
    return path && stat(path, &info) == 0 ? (size_t)info.st_size : 0;
}

static void draw(const struct tool *tool)
{
    char size[TEXT_ROOM];
    size_t bytes = size_of(tool->output);
    if (tool->label && tool->most)
        bar_draw((double)bytes / (double)tool->most, tool->label, text_size(size, (double)bytes));
}

/* Whether the program must be ended, and why. */
static enum tool_end look(const struct tool *tool)
{
    if (interrupt_came()) return TOOL_INTERRUPTED;
    if (tool->most && size_of(tool->output) > tool->most) return TOOL_TOO_LARGE;
    draw(tool);
    return TOOL_DONE;
}

enum tool_end tool_run(const struct tool *tool)
{
    const struct timespec pause = {.tv_nsec = LOOK_EVERY * 1000000};
    pid_t child, ended = 0;
    int status = 0;
    if (tool->output) unlink(tool->output);
    enum tool_end end = spawn(tool, &child);
    if (end != TOOL_DONE) return end;
    while ((ended = waitpid(child, &status, WNOHANG)) == 0 && (end = look(tool)) == TOOL_DONE) nanosleep(&pause, NULL);
    if (ended == 0) {
        kill(child, SIGTERM);
        while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    }
    if (tool->label) bar_clear();
    if (interrupt_came()) return TOOL_INTERRUPTED;
    if (end != TOOL_DONE) return end;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? TOOL_DONE : TOOL_FAILED;
}

void tool_reason(const char *log, char *out, size_t room)
{
    FILE *file = fopen(log, "r");
    *out = 0;
    while (file && !*out && fgets(out, (int)room, file)) out[strcspn(out, "\r\n")] = 0;
    if (file) fclose(file);
}
