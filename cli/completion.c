/* completion: what completes the command line in bash, zsh and fish, from the command table and the settings.
 * SPDX-License-Identifier: MIT
 *
 * Offered are commands, the flags that a command takes, the words that a flag chooses among, named sets where DATA is wanted,
 * recipes (asked of the program) where one may be named, and files. */
#include "help.h"
#include "terminal.h"

#include <stdio.h>
#include <string.h>

#define RECIPES "$(inkling recipes 2>/dev/null | cut -d ' ' -f 1)"

/* What a flag's value or an operand may be. */
enum kind { KIND_SWITCH, KIND_WORDS, KIND_FILE, KIND_DATA, KIND_RECIPE, KIND_OTHER };

/* A flag of a command or a setting, alike. */
struct entry {
    const char *name, *value, *choices, *help;
    char letter;
    bool negated; /* --no-NAME too */
};

static void put_sets(void)
{
    for (size_t i = 0; i < ink_named_set_count(); i++) out("%s%s", i ? " " : "", ink_named_set_row(i)->name);
}

static bool has(const char *text, const char *word) { return text && strstr(text, word); }

static enum kind kind_of(const char *value, const char *choices)
{
    if (!value) return KIND_SWITCH;
    if (choices) return KIND_WORDS;
    if (has(value, "RECIPE")) return KIND_RECIPE;
    if (has(value, "DATA")) return KIND_DATA;
    if (has(value, "FILE") || has(value, "FOLDER") || has(value, "STORE")) return KIND_FILE;
    return KIND_OTHER;
}

static struct entry of_flag(const struct flag *flag)
{
    return (struct entry){flag->name, flag->placeholder, flag->choices, flag->help, flag->letter, false};
}

static struct entry of_setting(const ink_setting *row)
{
    bool choice = row->type == INK_TYPE_CHOICE, yes_no = row->type == INK_TYPE_BOOL;
    const char *value = row->placeholder ? row->placeholder : "VALUE";
    return (struct entry){row->name, yes_no ? NULL : value, choice ? row->choices : NULL, row->help, 0, yes_no};
}

/* Entry i of a command: its flags, then the settings that it takes; false after the last. */
static bool entry_at(const struct command *command, size_t i, struct entry *out)
{
    const struct flag *flag = command->flags;
    for (; flag->name && i > 0; flag++) i--;
    if (flag->name) return *out = of_flag(flag), true;
    for (size_t k = 0; k < ink_settings_count(); k++) {
        const ink_setting *row = ink_settings_row(k);
        if (!command_takes(command, row)) continue;
        if (i-- == 0) return *out = of_setting(row), true;
    }
    return false;
}

/* "a|b" as "a b". */
static void put_choices(const char *choices)
{
    for (; *choices; choices++) out("%c", *choices == '|' ? ' ' : *choices);
}

/* The beginning of a help sentence, up to what is between brackets or behind a colon; `escaped` characters get a \ and ' what the
 * shell wants in single quotes. */
static void put_help(const char *help, const char *escaped, const char *quote)
{
    size_t length = strlen(help);
    static const struct {
        const char *text;
        ptrdiff_t least; /* a stop before this place is none */
    } stops[] = {{" (", 4}, {"; ", 12}, {": ", 12}};
    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
        const char *stop = strstr(help, stops[i].text);
        if (stop && (size_t)(stop - help) < length && stop - help > stops[i].least) length = (size_t)(stop - help);
    }
    for (size_t i = 0; i < length; i++) {
        if (help[i] == '\'') {
            out("%s", quote);
            continue;
        }
        out("%s%c", strchr(escaped, help[i]) ? "\\" : "", help[i]);
    }
}

static void put_topics(void)
{
    for (size_t i = 0; i < command_count; i++) out("%s ", commands[i].name);
    for (size_t i = 0; i < topic_count; i++)
        if (!command_find(topics[i].name)) out("%s ", topics[i].name);
    for (size_t i = 0; i < ink_settings_count(); i++) out("%s ", ink_settings_row(i)->name);
}

/* Whether NAME among its operands is that of a data set, not of a recipe. */
static bool takes_set(const struct command *command) { return strcmp(command->name, "fetch") == 0; }

/* Words that may stand as an operand of the command, beside files. */
static void put_operands(const struct command *command)
{
    if (strcmp(command->name, "help") == 0) put_topics();
    if (takes_set(command)) put_sets();
    if (has(command->operands, "NAME") && !takes_set(command)) out(RECIPES);
    if (has(command->operands, "DATA")) put_sets();
}

/* -------------------------------------------------------------------- bash */

static void bash_flags(const struct command *command)
{
    struct entry entry;
    for (size_t i = 0; entry_at(command, i, &entry); i++) {
        if (entry.letter) out("-%c ", entry.letter);
        out("--%s ", entry.name);
        if (entry.negated) out("--no-%s ", entry.name);
    }
    out("--help");
}

/* What a flag's value may be, as a row of a case. */
static void bash_value(const struct entry *entry, const char *pattern)
{
    enum kind kind = kind_of(entry->value, entry->choices);
    if (kind == KIND_SWITCH) return;
    if (entry->letter) out("    %s\" -%c\" |", pattern, entry->letter);
    out("    %s\" --%s\") value=1", pattern, entry->name);
    if (kind != KIND_OTHER && kind != KIND_WORDS) out(" files=1");
    if (kind == KIND_WORDS) out(" words=\""), put_choices(entry->choices), out("\"");
    if (kind == KIND_DATA) out(" words=\""), put_sets(), out("\"");
    if (kind == KIND_RECIPE) out(" words=\"" RECIPES "\"");
    out(" ;;\n");
}

static void bash_values(void)
{
    for (size_t i = 0; i < command_count; i++)
        for (const struct flag *flag = commands[i].flags; flag->name; flag++) {
            struct entry entry = of_flag(flag);
            bash_value(&entry, commands[i].name);
        }
    for (size_t i = 0; i < ink_settings_count(); i++) {
        struct entry entry = of_setting(ink_settings_row(i));
        bash_value(&entry, "*");
    }
}

static void bash_print(void)
{
    out("# bash completion for inkling; made by inkling help --completion bash\n_inkling()\n{\n"
        "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}\n"
        "    local words='' files='' value=''\n"
        "    [ \"$word\" = = ] && word=''\n"
        "    [ \"$before\" = = ] && before=${COMP_WORDS[COMP_CWORD - 2]}\n"
        "    if ((COMP_CWORD == 1)); then\n        command='' before='' value=1 words='");
    for (size_t i = 0; i < command_count; i++) out("%s ", commands[i].name);
    out("--help --version'\n    fi\n    case \"$command $before\" in\n");
    bash_values();
    out("    esac\n    [ -n \"$value\" ] || case $command in\n");
    for (size_t i = 0; i < command_count; i++) {
        out("    %s) if [[ $word == -* ]]; then words='", commands[i].name);
        bash_flags(&commands[i]);
        out("'; else files=1 words=\"");
        put_operands(&commands[i]);
        out("\"; fi ;;\n");
    }
    out("    esac\n"
        "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\"; [ -z \"$files\" ] || compgen -f -- "
        "\"$word\")\n"
        "    [ -z \"$files\" ] || compopt -o filenames 2>/dev/null\n}\ncomplete -F _inkling inkling\n");
}

/* --------------------------------------------------------------------- zsh */

#define ZSH_QUOTE "'\\''"

static void zsh_action(enum kind kind, const char *choices)
{
    switch (kind) {
    case KIND_WORDS:
        out("("), put_choices(choices), out(")");
        break;
    case KIND_FILE:
        out("_files");
        break;
    case KIND_DATA:
        out("_inkling_data");
        break;
    case KIND_RECIPE:
        out("_inkling_recipe");
        break;
    case KIND_SWITCH:
    case KIND_OTHER:
        out(" ");
        break;
    }
}

static void zsh_entry(const struct entry *entry)
{
    enum kind kind = kind_of(entry->value, entry->choices);
    out("            ");
    if (entry->letter)
        out("'(-%c --%s)'{-%c,--%s%s}'[", entry->letter, entry->name, entry->letter, entry->name,
            kind == KIND_SWITCH ? "" : "=");
    else
        out("'--%s%s[", entry->name, kind == KIND_SWITCH ? "" : "=");
    put_help(entry->help, "[]:\\", ZSH_QUOTE);
    out("]");
    if (kind != KIND_SWITCH) {
        out(":");
        put_help(entry->value, ":\\", ZSH_QUOTE);
        out(":");
        zsh_action(kind, entry->choices);
    }
    out("' \\\n");
    if (entry->negated) out("            '--no-%s' \\\n", entry->name);
}

static void zsh_command(const struct command *command)
{
    struct entry entry;
    out("    %s)\n        _arguments \\\n", command->name);
    for (size_t i = 0; entry_at(command, i, &entry); i++) zsh_entry(&entry);
    out("            '(- *)'{-h,--help}'[help]' \\\n            '*:operand:");
    if (strcmp(command->name, "help") == 0)
        out("("), put_topics(), out(")");
    else
        out("%s", takes_set(command)               ? "_inkling_data"
                  : has(command->operands, "NAME") ? "_inkling_recipe"
                  : has(command->operands, "DATA") ? "_inkling_data"
                                                   : "_files");
    out("' ;;\n");
}

static void zsh_print(void)
{
    out("#compdef inkling\n# made by inkling help --completion zsh\n"
        "_inkling_data() { _alternative 'sets:data set:(");
    put_sets();
    out(")' 'files:file:_files'; }\n"
        "_inkling_recipe() {\n    local -a names=(" RECIPES ")\n"
        "    _alternative \"recipes:recipe:($names)\" 'files:file:_files'\n}\n"
        "_inkling() {\n    local -a all\n    all=(\n");
    for (size_t i = 0; i < command_count; i++) {
        out("        '%s:", commands[i].name);
        put_help(commands[i].summary, ":\\", ZSH_QUOTE);
        out("'\n");
    }
    out("        '--help:help' '--version:the version'\n    )\n"
        "    if ((CURRENT == 2)); then\n        _describe command all\n        return\n    fi\n"
        "    local command=$words[2]\n    shift words\n    ((CURRENT--))\n    case $command in\n");
    for (size_t i = 0; i < command_count; i++) zsh_command(&commands[i]);
    out("    esac\n}\nif [ \"$funcstack[1]\" = _inkling ]; then _inkling \"$@\"; else compdef _inkling inkling; fi\n");
}

/* -------------------------------------------------------------------- fish */

#define FISH_QUOTE "\\'"

static void fish_entry(const struct command *command, const struct entry *entry)
{
    enum kind kind = kind_of(entry->value, entry->choices);
    out("complete -c inkling -n '__fish_seen_subcommand_from %s' -l %s", command->name, entry->name);
    if (entry->letter) out(" -s %c", entry->letter);
    if (kind == KIND_WORDS) out(" -x -a '"), put_choices(entry->choices), out("'");
    if (kind == KIND_DATA) out(" -r -F -a '"), put_sets(), out("'");
    if (kind == KIND_RECIPE) out(" -r -F -a '(inkling recipes 2>/dev/null | cut -d \" \" -f 1)'");
    if (kind == KIND_FILE) out(" -r -F");
    if (kind == KIND_OTHER) out(" -x");
    out(" -d '");
    put_help(entry->help, "\\", FISH_QUOTE);
    out("'\n");
    if (entry->negated)
        out("complete -c inkling -n '__fish_seen_subcommand_from %s' -l no-%s\n", command->name, entry->name);
}

static void fish_operands(const struct command *command)
{
    const char *name = command->name;
    if (strcmp(name, "help") == 0) {
        out("complete -c inkling -n '__fish_seen_subcommand_from help' -f -a '");
        put_topics();
        out("'\n");
    } else if (has(command->operands, "NAME") && !takes_set(command))
        out("complete -c inkling -n '__fish_seen_subcommand_from %s' -a '(inkling recipes 2>/dev/null | cut -d \" \" "
            "-f 1)'\n",
            name);
    else if (has(command->operands, "DATA") || takes_set(command))
        out("complete -c inkling -n '__fish_seen_subcommand_from %s' -a '", name), put_sets(), out("'\n");
}

static void fish_print(void)
{
    struct entry entry;
    out("# fish completion for inkling; made by inkling help --completion fish\n"
        "complete -c inkling -n __fish_use_subcommand -f -l version -d 'the version'\n"
        "complete -c inkling -f -l help -s h -d help\n");
    for (size_t i = 0; i < command_count; i++) {
        out("complete -c inkling -n __fish_use_subcommand -f -a %s -d '", commands[i].name);
        put_help(commands[i].summary, "\\", FISH_QUOTE);
        out("'\n");
        for (size_t k = 0; entry_at(&commands[i], k, &entry); k++) fish_entry(&commands[i], &entry);
        fish_operands(&commands[i]);
    }
}

void completion_print(const char *shell)
{
    if (strcmp(shell, "bash") == 0)
        bash_print();
    else if (strcmp(shell, "zsh") == 0)
        zsh_print();
    else
        fish_print();
}
