/* program: picks the command, begins its job and ends it.
 * SPDX-License-Identifier: MIT */
#include "args.h"
#include "interrupt.h"
#include "terminal.h"

#include <stdlib.h>
#include <string.h>

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < command_count; i++)
        if (strcmp(commands[i].name, name) == 0) return &commands[i];
    return NULL;
}

static int unknown_command(const char *typed)
{
    const char *names[32];
    size_t count = 0;
    for (; count < command_count && count < 32; count++) names[count] = commands[count].name;
    const char *near = ink_did_you_mean(typed, names, count);
    if (near) return fail(CODE_USAGE, "there is no command '%s'; did you mean %s? see inkling help", typed, near);
    return fail(CODE_USAGE, "there is no command '%s'; see inkling help", typed);
}

int job_fail(const struct job *job, ink_status status)
{
    static const struct {
        ink_status status;
        int code;
    } codes[] = {
        {INK_NO_MEMORY, CODE_INTERNAL}, {INK_BAD_ARGUMENT, CODE_USAGE},
        {INK_BAD_SETTING, CODE_USAGE},  {INK_NOT_FOUND, CODE_INPUT},
        {INK_BAD_FILE, CODE_INPUT},     {INK_BAD_DATA, CODE_INPUT},
        {INK_IO, CODE_INPUT},           {INK_UNSUPPORTED, CODE_INPUT},
        {INK_DIVERGED, CODE_MISSED},    {INK_CANCELLED, CODE_INTERRUPTED},
    };
    const char *message = ink_ctx_message(job->ctx);
    int code = CODE_INTERNAL;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].status == status) code = codes[i].code;
    return fail(code, "%s", *message ? message : ink_status_text(status));
}

/* Appends a folder to a list of them, separated by colons. */
static void add_folder(char *list, size_t room, const char *folder)
{
    size_t used = strlen(list);
    if (!folder || !*folder) return;
    snprintf(list + used, room - used, "%s%s", used > 0 ? ":" : "", folder);
}

const char *user_folder(char *out, size_t room)
{
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    bool own = data && *data == '/';
    *out = 0;
    if (own || (home && *home))
        snprintf(out, room, "%s%s", own ? data : home, own ? "/inkling" : "/.local/share/inkling");
    return out;
}

/* Named sets are looked for where --data-path says, then in $INKLING_DATA, in ./data and in the user's data folder, then where
 * the library knows. */
static int set_data_path(const struct job *job)
{
    char list[8192] = "";
    char user[4096];
    add_folder(list, sizeof list, ink_settings_get(job->set, "data-path"));
    add_folder(list, sizeof list, getenv("INKLING_DATA"));
    add_folder(list, sizeof list, "./data");
    add_folder(list, sizeof list, user_folder(user, sizeof user));
    ink_status status = ink_settings_set(job->ctx, job->set, "data-path", list);
    return status == INK_OK ? CODE_DONE : job_fail(job, status);
}

static int set_threads(const struct job *job)
{
    const char *text = ink_settings_get(job->set, "threads");
    unsigned threads = strcmp(text, "all") == 0 ? 0 : (unsigned)strtoul(text, NULL, 10);
    ink_status status = ink_ctx_set_threads(job->ctx, threads);
    return status == INK_OK ? CODE_DONE : job_fail(job, status);
}

static void on_note(void *user, const char *line)
{
    (void)user;
    if (strncmp(line, "warning: ", 9) == 0)
        warn("%s", line);
    else
        talk("%s", line);
}

bool job_follows(const struct job *job)
{
    return (job->comm && job->comm->rank > 0) || (job->questions && job->questions->rank > 0);
}

static int begin_context(struct job *job)
{
    const char *kernels = getenv("INKLING_KERNELS");
    char reason[200];
    ink_status status = ink_ctx_new(NULL, &job->ctx);
    if (status == INK_UNSUPPORTED && kernels && ink_kernels_check(kernels, reason, sizeof reason) != INK_OK)
        return fail(CODE_USAGE, "INKLING_KERNELS=%s: %s", kernels, reason);
    if (status == INK_OK) status = ink_settings_new(job->ctx, &job->set);
    if (status == INK_OK && job->comm) status = ink_ctx_set_comm(job->ctx, job->comm);
    return status == INK_OK ? CODE_DONE : fail(CODE_INTERNAL, "%s", ink_status_text(status));
}

/* What will be saved is what was asked for, without what is added below; going on is no setting to repeat. */
static int keep_given(struct job *job)
{
    if (!job_value(job, "save-config")) return CODE_DONE;
    ink_status status = ink_settings_copy(job->ctx, job->set, &job->given);
    if (status == INK_OK && ink_settings_is_set(job->given, "resume"))
        status = ink_settings_set(job->ctx, job->given, "resume", "false");
    return status == INK_OK ? CODE_DONE : job_fail(job, status);
}

static int run_job(struct job *job, int count, char **words)
{
    int code = args_parse(job, count, words);
    if (code != CODE_DONE) return code;
    if (job->quiet) terminal_quiet();
    ink_ctx_on_note(job->ctx, on_note, NULL);
    code = args_complete(job);
    if (code == CODE_DONE) code = keep_given(job);
    if (code == CODE_DONE) code = set_data_path(job);
    if (code == CODE_DONE) code = set_threads(job);
    return code == CODE_DONE ? job->command->run(job) : code;
}

/* What other processes have no part in is done by the first one alone. */
static int run_command(const struct command *command, int count, char **words, const ink_comm *comm,
                       const struct questions *questions)
{
    enum args_help help = args_wants_help(count, words);
    struct job job = {.command = command,
                      .comm = command->by == TOGETHER ? comm : NULL,
                      .questions = command->by == BY_ASKING ? questions : NULL};
    if (command->by == BY_ONE && comm && comm->rank > 0) return CODE_DONE;
    if (help != ARGS_NO_HELP) {
        help_command(command, help == ARGS_LONG_HELP);
        return CODE_DONE;
    }
    int code = begin_context(&job);
    if (code == CODE_DONE) code = run_job(&job, count, words);
    ink_settings_free(job.given);
    ink_settings_free(job.set);
    free(job.config);
    ink_ctx_free(job.ctx);
    return code;
}

static int run_program(int count, char **words, const ink_comm *comm, const struct questions *questions)
{
    if (count < 2) return fail(CODE_USAGE, "no command was given; see inkling help");
    const char *first = words[1];
    if (strcmp(first, "--version") == 0) {
        out("inkling %s\n", ink_version());
        return CODE_DONE;
    }
    if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0) {
        help_overview();
        return CODE_DONE;
    }
    if (strncmp(first, "--help=", 7) == 0 || strncmp(first, "--version=", 10) == 0)
        return fail(CODE_USAGE, "%.*s takes no value; see inkling help", (int)strcspn(first, "="), first);
    if (*first == '-') return fail(CODE_USAGE, "a command comes first: inkling COMMAND … %s; see inkling help", first);
    const struct command *command = command_find(first);
    return command ? run_command(command, count - 2, words + 2, comm, questions) : unknown_command(first);
}

int program_run(int count, char **words, const ink_comm *comm, const struct questions *questions)
{
    terminal_begin();
    if (comm && comm->rank > 0) terminal_mute();
    int code = run_program(count, words, comm, questions);
    return terminal_end(code == CODE_INTERRUPTED ? interrupt_code() : code);
}
