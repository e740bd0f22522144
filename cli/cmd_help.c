/* cmd_help: help from the tables: overview, commands, topics, single settings.
 * SPDX-License-Identifier: MIT */
#include "help.h"
#include "terminal.h"

#include <string.h>

#define INDENT 26

/* --------------------------------------------------------- one flag's entry */

/* "  -o, --output FILE" and the help beside it, or below where it is long. */
static void print_entry(const char *head, const char *help)
{
    size_t width = text_width(head);
    out("%s", head);
    if (width + 2 > INDENT)
        out("\n%*s", INDENT, "");
    else
        out("%*s", (int)(INDENT - width), "");
    out_wrapped(INDENT, INDENT, help);
}

static void print_flag(const struct flag *flag)
{
    char head[128], letter[8] = "    ";
    if (flag->letter) snprintf(letter, sizeof letter, "-%c, ", flag->letter);
    snprintf(head, sizeof head, "  %s--%s%s%s", letter, flag->name, flag->placeholder ? " " : "",
             flag->placeholder ? flag->placeholder : "");
    print_entry(head, flag->help);
}

/* "0 to 0.95", "from 1", "" */
static void describe_range(char *to, size_t room, const ink_setting *row)
{
    char low[TEXT_ROOM], high[TEXT_ROOM];
    bool open = row->max >= 4294967295.0;
    size_t used;
    text_exact(low, row->min);
    if (open)
        used = (size_t)snprintf(to, room, "from %s", low);
    else
        used = (size_t)snprintf(to, room, "%s to %s", low, text_exact(high, row->max));
    for (const char *word = row->choices; word && used < room; word = strchr(word, '|') ? strchr(word, '|') + 1 : NULL)
        used += (size_t)snprintf(to + used, room - used, " or %.*s", (int)strcspn(word, "|"), word);
}

/* A condition, "optimizer=momentum|nesterov", in words: "optimizer momentum or nesterov". */
static void describe_condition(char *to, size_t room, const char *condition, size_t length)
{
    size_t name = strcspn(condition, "!="), used;
    bool is_not = condition[name] == '!';
    const char *values = condition + name + 1 + is_not, *end = condition + length;
    bool none = values == end, given = (size_t)(end - values) == 5 && memcmp(values, "given", 5) == 0;
    if (none || given) {
        snprintf(to, room, "%s%.*s", none != is_not || (given && is_not) ? "no " : "", (int)name, condition);
        return;
    }
    used = (size_t)snprintf(to, room, "%.*s %s", (int)name, condition, is_not ? "other than " : "");
    for (; values < end && used + 8 < room; values++)
        used += (size_t)snprintf(to + used, room - used, *values == '|' ? " or " : "%c", *values);
}

/* "; needs optimizer momentum or nesterov", or nothing. */
static void describe_needs(char *to, size_t room, const char *needs)
{
    size_t used = 0;
    bool joined = true; /* by "needs" or "or" */
    *to = 0;
    for (const char *at = needs; at && *at && used + 64 < room;) {
        size_t length = strcspn(at, " ");
        bool is_or = length == 2 && memcmp(at, "or", 2) == 0;
        used += (size_t)snprintf(to + used, room - used, "%s",
                                 used == 0 ? "; needs "
                                 : is_or   ? " or "
                                 : joined  ? ""
                                           : " and ");
        if (!is_or) describe_condition(to + used, room - used, at, length);
        used += strlen(to + used);
        joined = is_or;
        at += length + (at[length] == ' ');
    }
}

void help_describe(char *to, size_t room, const ink_setting *row)
{
    char range[256] = "", needs[200];
    bool number = row->type == INK_TYPE_INT || row->type == INK_TYPE_REAL;
    if (number) describe_range(range, sizeof range, row);
    describe_needs(needs, sizeof needs, row->needs);
    if (*row->initial)
        snprintf(to, room, "%s [%s%sdefault: %s%s]", row->help, range, number ? "; " : "", row->initial, needs);
    else
        snprintf(to, room, *needs ? "%s [%s]" : "%s", row->help, *needs ? needs + 2 : "");
}

/* Many choices go on in lines of their own. */
static void break_choices(const char *head, char *to, size_t room)
{
    size_t indent = strcspn(head + 2, " ") + 3, column = 0, used = 0;
    for (; *head && used + indent + 3 < room; head++) {
        to[used++] = *head;
        column++;
        if (*head != '|' || column + strcspn(head + 1, "|") < TERMINAL_WIDTH) continue;
        used += (size_t)snprintf(to + used, room - used, "\n%*s", (int)indent, "");
        column = indent;
    }
    to[used] = 0;
}

static void print_setting(const ink_setting *row)
{
    char head[320], broken[400], help[768];
    const char *value = row->placeholder ? row->placeholder : row->type == INK_TYPE_CHOICE ? row->choices : "";
    snprintf(head, sizeof head, "  --%s%s%s", row->name, *value ? " " : "", value);
    help_describe(help, sizeof help, row);
    break_choices(head, broken, sizeof broken);
    print_entry(broken, help);
}

/* ------------------------------------------------------- groups of settings */

bool help_next_group(const char **list, char group[32])
{
    size_t length = strcspn(*list, " ");
    snprintf(group, 32, "%.*s", (int)length, *list);
    *list += length;
    *list += strspn(*list, " ");
    return length > 0;
}

static void print_settings(const struct command *command)
{
    char group[32];
    for (const char *list = command->groups; help_next_group(&list, group);) {
        out("\nSettings: %s\n", group);
        for (size_t i = 0; i < ink_settings_count(); i++) {
            const ink_setting *row = ink_settings_row(i);
            if (strcmp(row->group, group) == 0 && command_takes(command, row)) print_setting(row);
        }
    }
}

/* The names only. */
static void print_setting_names(const struct command *command)
{
    char group[32], line[2048];
    for (const char *list = command->groups; help_next_group(&list, group);) {
        size_t used = 0;
        for (size_t i = 0; i < ink_settings_count() && used < sizeof line - 80; i++) {
            const ink_setting *row = ink_settings_row(i);
            if (strcmp(row->group, group) != 0 || !command_takes(command, row)) continue;
            used += (size_t)snprintf(line + used, sizeof line - used, "%s--%s", used ? " " : "", row->name);
        }
        out("  %-12s", group);
        out_wrapped(14, 14, used ? line : "");
    }
}

/* ----------------------------------------------------------------- commands */

static void print_usage(const struct command *command)
{
    out("usage: inkling %s %s%s\n", command->name, command->operands,
        *command->groups || command->flags[0].name ? " [--FLAG VALUE …]" : "");
}

static void print_flags(const struct command *command)
{
    out("\nFlags:\n");
    for (const struct flag *flag = command->flags; flag->name; flag++) print_flag(flag);
    print_entry("  -h, --help", "short help with -h, all of it with --help");
}

void help_command(const struct command *command, bool long_form)
{
    print_usage(command);
    out_wrapped(0, 0, command->summary);
    if (long_form) {
        out("\n");
        out_wrapped(0, 0, command->detail);
    }
    print_flags(command);
    if (long_form) {
        print_settings(command);
        return;
    }
    if (*command->groups) {
        out("\nSettings, each --NAME VALUE:\n");
        print_setting_names(command);
    }
    out("\ninkling help %s prints everything.\n", command->name);
}

void help_overview(void)
{
    out("Inkling %s: small neural networks, trained fast\n\n", ink_version());
    out("usage: inkling COMMAND … [--FLAG VALUE …]\n\nCommands:\n");
    for (size_t i = 0; i < command_count; i++) out("  %-10s%s\n", commands[i].name, commands[i].summary);
    out("\nTopics:\n");
    for (size_t i = 0; i < topic_count; i++) out("  %-10s%s\n", topics[i].name, topics[i].summary);
    out("\nFirst steps:\n"
        "  inkling train mnist\n"
        "  inkling eval model.safetensors mnist\n"
        "  inkling predict model.safetensors mnist -o answers.csv\n\n"
        "inkling COMMAND -h is short, inkling help COMMAND prints everything.\n");
}

/* ------------------------------------------------------------------- topics */

static void print_all_settings(void)
{
    out_wrapped(
        0, 0,
        "Every setting is a flag of inkling train (--NAME VALUE or --NAME=VALUE; those that are true or false also "
        "--NAME and --no-NAME), and the model keeps what it was trained with.");
    print_settings(command_find("train"));
}

static void print_data(void)
{
    out_wrapped(
        0, 0,
        "DATA is one of\n"
        "  mnist, fashion     a named set of images\n"
        "  adult, diamonds, titanic, penguins, mpg\n"
        "                     a named table, with its target\n"
        "  a folder           with the four IDX files, compressed with gzip or not\n"
        "  a file             IDX images, .npy, or .npz with x_train, y_train, …\n"
        "  a table            CSV or TSV, with a header or without; ARFF\n"
        "The kind of a file is detected from its content; each may be compressed with gzip. Labels in a file of their "
        "own: "
        "--labels FILE.\n"
        "\n"
        "In a table the label column is found by its name (label, target, class, y; outcome, species and the like), "
        "its place "
        "(last, first), and what it and the others hold; where two columns are nearly as likely, you are asked. "
        "Columns named "
        "id and the like, those that count the rows, dates, file names and long texts are left out. --label-column (or "
        "--target), --id-column, --drop, --header, --separator and --decimal override that; one line says what was "
        "decided.\n"
        "\n"
        "Named sets are looked for in the folders of --data-path, in $INKLING_DATA, in ./data, in the user's data "
        "folder "
        "($XDG_DATA_HOME/inkling or ~/.local/share/inkling), and where the system's packages put them; a set is a "
        "folder of its name in one of these, and inkling fetch NAME brings it. A named table has its target "
        "(adult income, diamonds price, titanic survived, penguins species, mpg mpg) unless --label-column "
        "names another.\n"
        "\n"
        "Training rows are split by --val and --test (a fraction below 1, a number of rows, or data of its own); "
        "--stratify keeps each class' proportion; with --shuffle none a split takes the last rows (order: train, "
        "validation, test). "
        "Sets "
        "that bring a test part along, such as mnist, keep it for the test: eval, predict and data look at it unless "
        "--part says otherwise.\n");
}

static void print_notation(void)
{
    const char *activations = "relu|leaky_relu|tanh|sigmoid|gelu|identity", *word, *form;
    for (size_t i = 0; i < ink_settings_count(); i++)
        if (strcmp(ink_settings_row(i)->name, "activation") == 0) activations = ink_settings_row(i)->choices;
    out_wrapped(
        0, 0,
        "A network is written as its hidden layers, from input to output, separated by | (in quotes, since | means "
        "something to the shell). The output layer follows from the number of classes, the scaling of the inputs from "
        "--scale.\n"
        "\n");
    for (size_t i = 0; ink_operation_row(i, &word, &form); i++) {
        out("  ");
        out_wrapped(2, 4, form);
    }
    out("\nActivations: %s\n\n", activations);
    out_wrapped(0, 0,
                "  inkling train mnist --net \"dense 100 relu\"\n"
                "  inkling train mnist --net \"dense 256 relu | dropout 0.2 | dense 64 tanh\"\n"
                "  inkling train mnist --net \"dense 128 relu | add( dense 128 ) relu\"\n"
                "  inkling train mnist --net \"dense 64 relu members 8 shared\"\n"
                "  inkling train mnist --net \"conv 16 5x5 relu | maxpool 2 | conv 32 3x3 relu\"\n"
                "\n"
                "--hidden 256,64 --activation tanh is short for --net \"dense 256 tanh | dense 64 tanh\"; with "
                "--ensemble 8 each layer ends in members 8 shared.\n");
}

static void print_recipes(void)
{
    out_wrapped(
        0, 0,
        "A settings file has lines \"name = value\" with the names of the settings (inkling help settings), under "
        "sections "
        "named as their groups, which may be left out. Comments begin with ; or #. A line that begins with a space "
        "continues the line before. A recipe is such a file in ./recipes or in the folder that comes with the "
        "program.\n"
        "\n"
        "  inkling train --config run.ini           settings from a file\n"
        "  inkling train --config best-mnist        from a recipe\n"
        "  inkling train --config run.ini --lr 0.1  a flag overrides the file\n"
        "  inkling train mnist --lr 0.1 --save-config run.ini\n"
        "\n"
        "Beside settings a file may say: description; follows (a notebook); why; data (DATA, which may then be left "
        "out on "
        "the command line); after (commands that follow, one a line); files (commands on the notebook's own files); "
        "space "
        "(what to search). Paths in it are taken from the folder that the program is called in.\n"
        "\n"
        "  [data]\n"
        "  data = mnist\n"
        "  val = 0.1\n"
        "  [network]\n"
        "  hidden = 100\n"
        "  [training]\n"
        "  lr = 0.1         ; the notebook's\n"
        "\n"
        "--hidden on the command line takes the place of the file's net, --epochs that of its steps. --save-config "
        "writes "
        "what was given, and the defaults as comments.\n");
}

static void print_folds(void)
{
    out_wrapped(
        0, 0,
        "--folds 5 (cross-validation) trains five times. Each time another fifth of the rows is the validation part, "
        "and "
        "scaling, weights and order start from scratch on the others. --stratify spreads each class evenly, --seed "
        "draws the "
        "folds, and with --shuffle none they are blocks of the file. A test part (DATA's own, or --test) is in no "
        "fold: "
        "each round is scored on it, and nothing is chosen by it. --oof FILE writes for each row the answer of the "
        "model "
        "that was not trained on it; of numbers to predict, a column for each.\n"
        "No model is written unless -o is given. Then one more is trained, on all rows and without a validation part, "
        "for as many epochs as the best epochs of the rounds were on average (steps, if --steps or --eval-every are "
        "given).\n"
        "\n"
        "--repeat 10 trains with the seeds seed, seed + 1, …: each round is what inkling train --seed N gives, split "
        "included (--val DATA and --shuffle none leave the split as it is). The model of the best round by --monitor "
        "is "
        "written; its own validation score is optimistic, the mean is not. Without a validation part it is the first "
        "round's. With --folds too, each seed draws other folds.\n"
        "\n"
        "Printed are: a line per round with the scores of its kept weights, their mean, the sample deviation (n - 1), "
        "and "
        "the "
        "standard error of the mean. Folds share training rows, so their scores depend on each other; a second, larger "
        "error allows for that. A round that diverges is left out of the means, and the exit code is 1. Ctrl-C keeps "
        "the "
        "rounds that are done. --budget and --early-stop hold for each training. In the --history each line begins "
        "with "
        "seed and fold (fold 0: the last training, on all rows).\n"
        "\n"
        "  inkling train data.csv --folds 5 --stratify --oof answers.csv\n"
        "  inkling train mnist --repeat 10\n"
        "  inkling train data.csv --folds 5 --repeat 3 -o model.safetensors\n");
}

static void print_exit(void)
{
    out("Exit codes:\n"
        "    0  done\n"
        "    1  a requested threshold was missed (eval --min-accuracy), or\n"
        "       training diverged\n"
        "    2  the command line: an unknown command, flag or value\n"
        "    3  bad input, or a file that cannot be read or written\n"
        "    4  out of memory, or a mistake inside Inkling\n"
        "  130  interrupted by Ctrl-C; the best model so far has been written\n"
        "  143  the same by SIGTERM, 129 by SIGHUP\n\n"
        "A failure prints one sentence on stderr. A run that fails leaves existing files\n"
        "as they are, but for a --history, which is written while training goes on: where\n"
        "a training that diverged finds a model in its place, what it has is written\n"
        "beside it, as NAME.diverged.safetensors. A model that cannot be written in the\n"
        "end (a full disk) is kept where there is room: in this folder, $TMPDIR, /tmp,\n"
        "$HOME, /var/tmp or /dev/shm, and the sentence says where.\n");
}

const struct topic topics[] = {
    {"settings", "every setting with its range and default", print_all_settings},
    {"data", "what DATA can be, and how it is split", print_data},
    {"notation", "how networks are written", print_notation},
    {"recipes", "settings files, and what is in them", print_recipes},
    {"folds", "cross-validation, and training with several seeds", print_folds},
    {"exit", "exit codes", print_exit},
};
const size_t topic_count = sizeof topics / sizeof *topics;

static bool help_topic(const char *name)
{
    for (size_t i = 0; i < topic_count; i++)
        if (strcmp(topics[i].name, name) == 0) return topics[i].print(), true;
    return false;
}

static bool help_setting(const char *name)
{
    for (size_t i = 0; i < ink_settings_count(); i++)
        if (strcmp(ink_settings_row(i)->name, name) == 0) return print_setting(ink_settings_row(i)), true;
    return false;
}

static int unknown_topic(const char *typed)
{
    const char *names[256];
    size_t count = 0;
    for (size_t i = 0; i < command_count; i++) names[count++] = commands[i].name;
    for (size_t i = 0; i < topic_count; i++) names[count++] = topics[i].name;
    for (size_t i = 0; i < ink_settings_count() && count < 256; i++) names[count++] = ink_settings_row(i)->name;
    const char *near = ink_did_you_mean(typed, names, count);
    if (near) return fail(CODE_USAGE, "there is no help on '%s'; did you mean %s? see inkling help", typed, near);
    return fail(CODE_USAGE, "there is no help on '%s'; see inkling help", typed);
}

static bool help_of_command(const char *name)
{
    const struct command *command = command_find(name);
    if (command) help_command(command, true);
    return command != NULL;
}

static int print_manual(const char *name)
{
    const struct command *command = name ? command_find(name) : NULL;
    if (name && !command)
        return fail(CODE_USAGE, "manual pages are of commands: there is no command '%s'; see inkling help", name);
    return manual_print(command);
}

/* A name may be a topic and a command (data): then both are printed. */
int cmd_help(struct job *job)
{
    const char *shell = job_value(job, "completion");
    if (shell) return completion_print(shell), CODE_DONE;
    if (job_value(job, "man")) return print_manual(job->operand_count > 0 ? job->operands[0] : NULL);
    if (job->operand_count == 0) return help_overview(), CODE_DONE;
    const char *name = job->operands[0];
    bool topic = help_topic(name);
    if (topic && command_find(name)) out("\n");
    if (help_of_command(name) || topic) return CODE_DONE;
    return help_setting(name) ? CODE_DONE : unknown_topic(name);
}
