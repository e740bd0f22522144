/* commands: the command table: what there is, with which flags and settings. A new command is one row here and one file.
 * SPDX-License-Identifier: MIT */
#include "cli.h"

/* clang-format off */
#define JSON_FLAG {"json", 0, NULL, NULL, "print the results as JSON"}
#define QUIET_FLAG {"quiet", 'q', NULL, NULL, "no talk on stderr, failures excepted"}
#define PART_FLAG {"part", 0, "PART", "train|test|all", \
    "which rows: train, test or all (default: the test part where DATA brings one along, else all)"}
#define END_FLAG {NULL, 0, NULL, NULL, NULL}

static const struct flag train_flags[] = {
    {"output", 'o', "FILE", NULL, "where the model goes (default: model.safetensors)"},
    {"history", 0, "FILE", NULL, "write one JSON line an epoch, as training goes on"},
    JSON_FLAG, QUIET_FLAG, END_FLAG,
};

static const struct flag eval_flags[] = {
    PART_FLAG,
    {"min-accuracy", 0, "SHARE", NULL, "exit with 1 if the accuracy is below this, e.g. 0.97"},
    JSON_FLAG, QUIET_FLAG, END_FLAG,
};

static const struct flag predict_flags[] = {
    {"output", 'o', "FILE", NULL, "where the answers go (default: stdout)"},
    {"columns", 0, "ID,TARGET", NULL, "names of the two columns (default: ID,target)"},
    {"first-id", 0, "0|1", "0|1", "number of the first row (default: 0)"},
    {"proba", 0, NULL, NULL, "one more column a class, with its probability"},
    PART_FLAG, JSON_FLAG, QUIET_FLAG, END_FLAG,
};

static const struct flag show_flags[] = {JSON_FLAG, QUIET_FLAG, END_FLAG};
static const struct flag data_flags[] = {PART_FLAG, JSON_FLAG, QUIET_FLAG, END_FLAG};
static const struct flag search_flags[] = {
    {"space", 0, "SPACE", NULL, "what to try: NAME=VALUES … in the settings' names"},
    {"store", 0, "FILE", NULL, "where the search is kept (default: search.db)"},
    {"join", 0, "STORE", NULL, "work on a search that was begun elsewhere"},
    {"list", 0, "STORE", NULL, "show a search's trials"},
    {"best", 0, "STORE", NULL, "write the best trial's model"},
    {"trial", 0, "N|smallest", NULL, "with --best: another trial, or the smallest that is as good"},
    {"refit", 0, NULL, NULL, "with --best: train it anew on the training and the validation rows"},
    {"output", 'o', "FILE", NULL, "where the best model goes (with --best; default: model.safetensors)"},
    {"csv", 0, NULL, NULL, "print the trials as CSV"},
    JSON_FLAG, QUIET_FLAG, END_FLAG,
};
static const struct flag help_flags[] = {END_FLAG};

#define SPLITTING "val test stratify scale history-steps"

const struct command commands[] = {
    {"train", "train a network on DATA and write it to one file", "DATA", cmd_train, train_flags,
     "data network training stopping run", "",
     "DATA is a named set (mnist, fashion) or a file or folder; see inkling help data. Its rows are split into a training, a"
     " validation and a test part; scaling is fitted on the training rows and becomes part of the model. The weights of the best"
     " epoch by the monitor are written, with everything that is needed to use them.\n"
     "Ctrl-C ends training after the step at hand and keeps the best weights; a second one ends at once. While training runs,"
     " its state is kept in a checkpoint beside the model; the same command with --resume goes on from it, also after a crash,"
     " and ends with the same weights.\n"
     "\n"
     "  inkling train mnist\n"
     "  inkling train mnist --hidden 100,64 --lr 0.1 --batch 60 -o digits.safetensors\n"
     "  inkling train fashion --net \"dense 256 relu | dropout 0.2\" --optimizer adam\n"},
    {"eval", "compare a model's answers with the labels of DATA", "MODEL DATA", cmd_eval, eval_flags,
     "data run", SPLITTING,
     "Prints loss, accuracy with its 95 % interval, top-k accuracy, calibration error, precision, recall and F1 of each class, and"
     " the confusion matrix.\n"
     "\n"
     "  inkling eval model.safetensors mnist\n"
     "  inkling eval model.safetensors mnist --min-accuracy 0.97 --quiet\n"},
    {"predict", "write a model's answers for DATA as a table", "MODEL DATA", cmd_predict, predict_flags,
     "data run", SPLITTING,
     "Writes one line a row: its number and the name of the most probable class, as CSV with a header. With --json, an object"
     " with the list \"predictions\" instead.\n"
     "\n"
     "  inkling predict model.safetensors mnist -o answers.csv\n"
     "  inkling predict model.safetensors x.npy --columns ImageId,Label --first-id 1\n"
     "  inkling predict model.safetensors mnist --proba | head\n"},
    {"show", "what is in a model", "MODEL", cmd_show, show_flags, "", "",
     "Prints layers, shapes, parameters, memory, classes, scores, and the settings that it was trained with (* marks those that"
     " differ from the defaults).\n"
     "\n"
     "  inkling show model.safetensors\n"},
    {"data", "what is in DATA", "DATA", cmd_data, data_flags, "data run", SPLITTING,
     "Prints rows, features, classes and their balance, the range of the values, constant columns, and draws a few pictures.\n"
     "\n"
     "  inkling data mnist\n"
     "  inkling data fashion --part train\n"},
    {"search", "try many settings and keep the best", "[DATA]", cmd_search, search_flags,
     "search data network training stopping run", "checkpoint resume threads history-steps",
     "Trains DATA once for each point of a space of settings (a trial), several at a time, one thread each, and compares them on the"
     " validation rows. All else is as the settings say. The test part is never looked at. Results do not depend on the number of"
     " workers or on who ends first.\n"
     "\n"
     "The space is a line of terms NAME=VALUES:\n"
     "  batch=32,64,128        these values\n"
     "  hidden=20|40|100,50    texts by |, since a comma may belong to one\n"
     "  net=dense 20 relu / dense 40 tanh | dropout 0.2    networks by /\n"
     "  lr=1e-4..1e-1:log      any number of a range, even in its logarithm\n"
     "  l2=0..0.01  epochs=5..20    even in itself; whole numbers where the setting is\n"
     "  lr=1e-4..1e-1:log:4    four points of it, for a grid\n"
     "A value in double quotes is taken as it is.\n"
     "\n"
     "--method grid tries every point, random as many as --trials says. halving begins with all of them for a few epochs, and lets"
     " one in three go on, three times as long, until the last have all their epochs; hyperband does that several times, with fewer"
     " trials that begin with more. A trial that goes on continues from where it was.\n"
     "\n"
     "The store is an SQLite file with every trial, its history and its model. The same command goes on with it, also after a crash;"
     " other processes may help: --join. At the end, trials that cannot be told apart from the best are marked, compared row by row"
     " of the validation part, and the smallest of them is named; and how much of the variance each term explains alone.\n"
     "\n"
     "  inkling search fashion --space \"hidden=20|40 lr=1e-4..0.1:log\" --trials 20 --epochs 10\n"
     "  inkling search mnist --space \"batch=32,64 lr=0.1,0.01\" --method grid --store grid.db\n"
     "  inkling search --join grid.db\n"
     "  inkling search --list grid.db --csv\n"
     "  inkling search --best grid.db --refit -o model.safetensors\n"},
    {"help", "help on a command, a topic or a setting", "[TOPIC]", cmd_help, help_flags, "", "",
     "\n"
     "  inkling help train\n"
     "  inkling help lr\n"},
};
/* clang-format on */

const size_t command_count = sizeof commands / sizeof *commands;
