/* cli: what the commands share: the command table, one call's job, exit codes.
 * SPDX-License-Identifier: MIT
 *
 * A call of the program becomes one `struct job`: main picks the command's row, args fills the job from the command
 * line, the command's function works it off and returns the exit code. Everything that help says comes from the same
 * rows and from the library's settings table. */
#ifndef CLI_H
#define CLI_H

#include "inkling-extra.h"
#include "inkling-many.h"

enum {
    CODE_DONE = 0,
    CODE_MISSED = 1,       /* a threshold was missed, or training diverged */
    CODE_USAGE = 2,        /* the command line */
    CODE_INPUT = 3,        /* input or a file */
    CODE_INTERNAL = 4,     /* memory, or our mistake */
    CODE_INTERRUPTED = 130 /* the program ends with interrupt_code() */
};

/* A flag that belongs to a command (settings are flags too, from the library's table). */
struct flag {
    const char *name;        /* "output": --output */
    char letter;             /* 'o': -o; 0 for none */
    const char *placeholder; /* "FILE"; NULL for a switch */
    const char *choices;     /* "train|test|all", or NULL: free text */
    const char *help;
};

struct job;

enum by {
    BY_ONE,   /* the first one alone */
    TOGETHER, /* all, on the same training */
    BY_ASKING /* those behind the first ask it for their work */
};

/* One row of the command table. */
struct command {
    const char *name, *summary;
    const char *operands; /* "MODEL DATA"; a name in [] may be left out; … at the end: any number of the last */
    int (*run)(struct job *job);
    const struct flag *flags; /* ends with a row without a name */
    const char *groups;       /* groups of settings that it takes: "data run", or "" */
    const char *without;      /* settings of those groups that mean nothing to it, or "" */
    const char *detail;       /* for the long help; lines that begin with spaces are kept as they are */
    enum by by;               /* who works on it, where several processes were started (inkling-mpi) */
};
extern const struct command commands[];
extern const size_t command_count;

/* A topic of help that is no command. */
struct topic {
    const char *name, *summary;
    void (*print)(void);
};
extern const struct topic topics[];
extern const size_t topic_count;

/* One call of the program. */
struct job {
    const struct command *command;
    ink_ctx *ctx;
    ink_settings *set;
    ink_settings *given; /* as --config and the flags have it, for --save-config; else NULL */
    char *config;        /* the settings file that was read, or NULL */
    char **operands;
    size_t operand_count;
    const char *values[16]; /* of the command's flags, in their order; NULL: not given, "true": a switch that is on */
    bool quiet, json;
    const ink_comm *comm;              /* the processes that work on it together, NULL: one */
    const struct questions *questions; /* those that the first one gives work to, NULL: there are none */
};

/* Questions of processes to the first of them, as texts. */
struct questions {
    unsigned rank, ranks;

    /* Behind the first, by any thread: as ink_search_link.ask. */
    ink_status (*ask)(void *user, const char *request, size_t size, ink_sink sink, void *to, char *why, size_t room);

    /* The first one: answers by a thread of its own, until end, which waits for the end of all others. begin says what is wrong, and returns
     * the exit code. */
    int (*begin)(bool (*answer)(void *user, const char *request, size_t size, ink_sink sink, void *to), void *user);
    void (*end)(void);
};

/* Whether another process writes the files and prints. */
bool job_follows(const struct job *job);

/* The program, from its words to its exit code. comm, questions: the processes that were started with the same words, NULL: it alone. Those behind the first
 * say nothing (terminal_sentence has what went wrong). */
int program_run(int count, char **words, const ink_comm *comm, const struct questions *questions);

/* The user's data folder, where named sets may lie: out[room]; "" where the environment names none. Returns `out`. */
const char *user_folder(char *out, size_t room);

/* The value of one of the command's own flags, NULL if it was not given. */
const char *job_value(const struct job *job, const char *name);

/* Says the context's message and returns the exit code that belongs to the status. */
int job_fail(const struct job *job, ink_status status);

/* Writes the settings as they were asked for, and what was trained on; path NULL: nothing. Returns the exit code. */
int job_save_settings(const struct job *job, const char *path);

/* True if the command takes this setting. */
bool command_takes(const struct command *command, const ink_setting *row);
const struct command *command_find(const char *name);

/* Rows of the data that a command works on: those of --part, else the test part where there is one; the first --limit. */
struct rows {
    ink_data *whole, *chosen, *limited; /* all that was opened, the part, its first rows (NULL: no limit) */
    const ink_data *part;               /* what to work on: one of them */
    ink_data_info info;                 /* of the part */
    size_t other_rows;                  /* that the data has beside the part */
    const char *part_name;
};
int rows_open(const struct job *job, const char *path, struct rows *out);

/* The same for rows that a model is to answer. */
int rows_open_for(const struct job *job, const char *path, const ink_model *model, struct rows *out);

/* And where each row of the file is to be answered, whether it has a target or not. */
int rows_open_all_for(const struct job *job, const char *path, const ink_model *model, struct rows *out);
void rows_close(struct rows *rows);

/* Says so where the model was trained on these very rows, or where data of this name was other data then. scores: they are to be
 * scored, and not only answered. */
void rows_note_model(const struct rows *rows, const ink_model *model, bool scores);

/* The commands' functions return the exit code. */
int cmd_train(struct job *job);
bool folds_are_wanted(const struct job *job); /* train: by the settings folds and repeat, or --oof */
int cmd_folds(struct job *job);
int cmd_eval(struct job *job);
int cmd_compare(struct job *job);
int cmd_predict(struct job *job);
int cmd_explain(struct job *job);
int cmd_verify(struct job *job);
int cmd_reproduce(struct job *job);
int cmd_show(struct job *job);
int cmd_data(struct job *job);
int cmd_convert(struct job *job);
int cmd_export(struct job *job);
int cmd_report(struct job *job);
int cmd_serve(struct job *job);
int cmd_import(struct job *job);
int cmd_recipes(struct job *job);
int cmd_bench(struct job *job);
int cmd_search(struct job *job);
int cmd_suspects(struct job *job);
int cmd_doctor(struct job *job);
int cmd_fetch(struct job *job);
int cmd_help(struct job *job);

/* Help to stdout: of everything, of one command short or long. */
void help_overview(void);
void help_command(const struct command *command, bool long_form);

#endif
