/* settings_rows: the one settings table. A new knob is one row here.
 * SPDX-License-Identifier: MIT
 *
 * Columns: id, name, group, type, min, max, log scale, default, choices (or the one word allowed), placeholder, help, and, where it depends on
 * others, what it needs to have an effect: "setting=value|value" or "setting!=value", all of those separated by spaces, one of those
 * separated by " or "; "given" stands for any value that was set. What was set and has no effect is reported (settings_needs.c), and a search does
 * not try values that change nothing. */
#ifndef INKI_SETTINGS_ROWS_H
#define INKI_SETTINGS_ROWS_H

#include "base/rows.h"

/* clang-format off */
#define INKI_SETTINGS(X) \
    X(LABELS, "labels", "data", TEXT, 0, 0, 0, "", NULL, "FILE", \
      "labels in a file of their own (default: found by the name of the images file)") \
    X(KIND, "kind", "data", CHOICE, 0, 0, 0, "auto", "auto|idx|npy|npz|pickle|arff|svmlight|jsonl|cifar|csv", NULL, \
      "what kind of file DATA is (auto: detected from its first bytes)") \
    X(ARRAYS, "arrays", "data", TEXT, 0, 0, 0, "auto", NULL, "ROWS|ROWS,LABELS", \
      "names of the arrays to take from a .npz or a pickled dict (auto: x_train,y_train or X,y or data,target and the like); of a pickle without names its layout, as rows,labels or row,label") \
    X(SHAPE, "shape", "data", TEXT, 0, 0, 0, "auto", NULL, "HEIGHTxWIDTH[xCHANNELS]|none", \
      "the shape of the images that rows are (auto: as the file says, and rows of bytes that make a square of 16x16 or more)") \
    X(LABEL_COLUMN, "label-column", "data", TEXT, 0, 0, 0, "auto", NULL, "NAME|NUMBER|first|last|none", \
      "which column of a table holds the labels, numbers from 1; several, with commas, are one-hot (auto: by name, place and content; see help data; also --target)") \
    X(TASK, "task", "data", CHOICE, 0, 0, 0, "auto", "auto|classify|regress", NULL, \
      "whether the label column holds classes or numbers to predict (auto: words are classes, and integers of up to 10 values, or of 20 with 20 rows each)") \
    X(ID_COLUMN, "id-column", "data", TEXT, 0, 0, 0, "auto", NULL, "NAME|NUMBER|none", \
      "which column of a table names the rows: never learned from (auto: by name, and what counts the rows)") \
    X(DROP, "drop", "data", TEXT, 0, 0, 0, "", NULL, "NAME|NUMBER,…", \
      "columns of a table to leave out") \
    X(COLUMNS, "columns", "data", TEXT, 0, 0, 0, "", NULL, "NAME=KIND …", \
      "what columns of a table are, with blanks between: number, category, flag, date, id, target or drop (default: by name and content)") \
    X(HEADER, "header", "data", CHOICE, 0, 0, 0, "auto", "auto|yes|no", NULL, \
      "whether a CSV file's first row holds the names of its columns (auto: detected from the content)") \
    X(SEPARATOR, "separator", "data", CHOICE, 0, 0, 0, "auto", "auto|comma|semicolon|tab|space|bar|colon", NULL, \
      "what separates the cells of a CSV file") \
    X(DECIMAL, "decimal", "data", CHOICE, 0, 0, 0, "auto", "auto|point|comma", NULL, \
      "the decimal sign of a CSV file's numbers (auto: by what all cells of a column fit)") \
    X(MISSING, "missing", "data", TEXT, 0, 0, 0, "", NULL, "TEXT,…", \
      "what a table's cells hold where a value is missing, beside what always does (empty, NA, ?, …): -999, unknown") \
    X(CLASS_NAMES, "class-names", "data", TEXT, 0, 0, 0, "", NULL, "FILE|A,B,C", \
      "names of the classes, in their order: with commas, or a file with a name a line") \
    X(TRANSPOSE, "transpose", "data", BOOL, 0, 0, 0, "false", NULL, NULL, \
      "let rows and columns of each image change places, as EMNIST's files need it") \
    X(DROP_ROWS, "drop-rows", "data", TEXT, 0, 0, 0, "", NULL, "FILE", \
      "leave out the rows that a CSV file with a column row names, as inkling suspects writes it: rows of the training part, counted from 0 as the file has them") \
    X(RELABEL, "relabel", "data", TEXT, 0, 0, 0, "", NULL, "FILE", \
      "give rows the classes that a CSV file with the columns row and answer names, as inkling suspects writes it; where it has a column kind, those of kind label") \
    X(LIMIT, "limit", "data", INT, 1, 4294967295.0, 0, "all", "all", "N", "take the first N rows only") \
    X(VAL, "val", "data", TEXT, 0, 0, 0, "auto", NULL, "auto|SHARE|COUNT|DATA", \
      "validation part: a fraction below 1, a number of rows, or other data; 0 for none (auto: 0.1; 0 for tables of fewer than 3,000 rows, whose length of training folds choose)") \
    X(TEST, "test", "data", TEXT, 0, 0, 0, "0", NULL, "SHARE|COUNT|DATA", \
      "test part, cut off before the validation part; data with a test part needs none") \
    X(STRATIFY, "stratify", "data", BOOL, 0, 0, 0, "false", NULL, NULL, \
      "keep the proportion of each class in every part", "val!=0 or test!=0 or folds!=none or stratify=false") \
    X(SCALE, "scale", "data", CHOICE, 0, 0, 0, "auto", "auto|none|255|minmax|standard", NULL, \
      "how inputs are scaled, fitted on the training rows and kept in the model (auto: 255 for byte images, else standard)") \
    X(NUMBER_INPUTS, "numbers", "data", TEXT, 0, 0, 0, "auto", NULL, "auto|standard|hat:N|ple:N|quantile", \
      "what the numbers of a table become: standard: z-scores; beside these hat:N or ple:N: N bins, piecewise linear; quantile: normal scores of their ranks (auto: where there are words or gaps hats, one bin for 250 rows, 6 to 32; else standard)") \
    X(DATA_PATH, "data-path", "run", TEXT, 0, 0, 0, "", NULL, "FOLDERS", \
      "folders, separated by colons, to look for named sets in before the usual places") \
    X(HIDDEN, "hidden", "network", TEXT, 0, 0, 0, "512", NULL, "N,N,…", \
      "widths of the hidden layers; 0 for none", "net!=given") \
    X(NET, "net", "network", TEXT, 0, 0, 0, "auto", NULL, "auto|NOTATION", \
      "the hidden layers in full; without it, hidden, activation, dropout and ensemble make the network if one of them is given (auto: for images of 16x16 pixels and more " INKI_OTHER_NET ", for drawings of 20x20 to 40x40, most of which is one plain colour, " INKI_DRAWING_NET "; for tables two layers of 128 relu, as ensemble says; else " INKI_PLAIN_NET ")") \
    X(ACTIVATION, "activation", "network", CHOICE, 0, 0, 0, "relu", INKI_ACTIVATION_CHOICES, NULL, \
      "activation of the hidden layers", "net!=given hidden!=0") \
    X(DROPOUT, "dropout", "network", REAL, 0, 0.95, 0, "0", NULL, "SHARE", \
      "fraction of hidden outputs set to 0 at random while training", "net!=given hidden!=0") \
    X(ENSEMBLE, "ensemble", "network", INT, 2, 64, 0, "auto", "auto|none", "K", \
      "train K networks side by side as one, each with hidden layers of these widths, and answer with their mean (auto: 8 in the default network of tables, else none)", "net!=given hidden!=0") \
    X(ENSEMBLE_WEIGHTS, "ensemble-weights", "network", CHOICE, 0, 0, 0, "auto", "auto|shared|separate", NULL, \
      "whether the members of an ensemble share their weights, each with scales of its own for inputs and outputs, or have weights of their own (auto: separate for numbers from 3,000 rows on, else shared)", "net!=given hidden!=0 ensemble!=none|auto or net!=given hidden!=given ensemble!=none") \
    X(INIT, "init", "network", TEXT, 0, 0, 0, "auto", NULL, "auto|he|xavier|uniform|normal:SD|zeros", \
      "starting weights (auto: uniform in layers with members; else he before relu, leaky_relu and gelu, else xavier)", "init-from=") \
    X(INIT_FROM, "init-from", "network", TEXT, 0, 0, 0, "", NULL, "FILE", \
      "take the starting weights from a .npz, a pickle or .safetensors (W1, b1, W2, b2, …; coefs_; a list of arrays) or a model file") \
    X(INIT_LAYOUT, "init-layout", "network", CHOICE, 0, 0, 0, "auto", "auto|in-out|out-in", NULL, \
      "shape of the weights in that file, where the shapes alone are ambiguous", "init-from!=") \
    X(LOSS, "loss", "training", CHOICE, 0, 0, 0, "auto", INKI_LOSS_CHOICES, INKI_LOSS_VALUES, \
      "loss to minimise (auto: cross_entropy for classes, mse for numbers, of which mae and huber mind outliers less; quantile:0.1,0.5,0.9: an output for each of these quantiles of the answer, 0.1,0.5,0.9 unless they are named)") \
    X(TARGET_SCALE, "target-scale", "training", CHOICE, 0, 0, 0, "auto", "auto|standard|log|none", NULL, \
      "how numbers to predict are scaled for the loss, fitted on the training rows and kept in the model; answers are in the target's own unit, within the range of these rows (standard: mean and deviation; log: those of the logarithm; none: as they are, without a range; auto: log for a target above 0 with a long tail that its logarithm has not, else standard)") \
    X(OPTIMIZER, "optimizer", "training", CHOICE, 0, 0, 0, "auto", INKI_OPTIMIZER_CHOICES, NULL, \
      "update rule for the weights (auto: sgd; adam where the network has layers over images; adamw for tables)") \
    X(LR, "lr", "training", REAL, 1e-10, 1e4, 1, "auto", "auto", "RATE", \
      "learning rate (auto: 0.2 for sgd, 0.01 for momentum and nesterov, 0.001 for the others; where optimizer is auto too 0.01 for layers over images and 0.003 for tables of fewer than 3,000 rows)") \
    X(MOMENTUM, "momentum", "training", REAL, 0, 0.99999, 0, "0.9", NULL, "SHARE", \
      "fraction of the velocity kept at each step, for momentum and nesterov", "optimizer=momentum|nesterov") \
    X(DAMPENING, "dampening", "training", REAL, 0, 1, 0, "0", NULL, "SHARE", \
      "fraction of the gradient kept out of the velocity, for momentum and nesterov", "optimizer=momentum|nesterov") \
    X(L2, "l2", "training", REAL, 0, 1e4, 1, "auto", "auto", "FACTOR", \
      "weight decay: l2 times W in the gradient, l2/2 times the sum of W squared in the loss (adamw: decoupled) (auto: 0; of tables 0.01 to 5)") \
    X(LABEL_SMOOTHING, "label-smoothing", "training", REAL, 0, 0.99, 0, "0", NULL, "SHARE", \
      "fraction of the target spread over all classes") \
    X(CLIP_NORM, "clip-norm", "training", REAL, 1e-6, 1e9, 1, "none", "none", "NORM", \
      "scale the gradient down when its norm is above this") \
    X(AUGMENT, "augment", "training", TEXT, 0, 0, 0, "auto", NULL, "auto|none|shift:2,rotate:10,flip,…", \
      "change the training images at every step, each by up to an amount: shift:2 pixels, rotate:10 degrees, scale:0.1 of the size, elastic:1.4 pixels of bending, flip (left and right), crop:2 pixels with the border reflected, cutout:8 pixels of a square, mixup:0.2 of two rows and their labels (auto: shift:1 for the default network of drawings, else none)") \
    X(CLASS_WEIGHT, "class-weight", "training", TEXT, 0, 0, 0, "none", NULL, "none|balanced|FILE", \
      "weight of each class in the training loss (balanced: rows / (classes times the class's rows); FILE: lines CLASS,WEIGHT)") \
    X(THRESHOLD, "threshold", "training", REAL, 0.0001, 0.9999, 0, "0.5", "auto", "SHARE|auto", \
      "of two classes, from which probability on the second is answered; kept in the model (auto: what gives the validation rows the largest balanced accuracy, when training has ended)") \
    X(EMA, "ema", "training", REAL, 0.1, 0.9999999, 0, "auto", "auto|none", "DECAY|none", \
      "validate and keep an exponential moving average of the weights, e.g. 0.999 (auto: none; 0.998 or 0.99 for tables from 3,000 rows on)") \
    X(BATCH, "batch", "training", INT, 1, 4294967295.0, 1, "auto", "auto|full", "N|full", "rows a step (auto: 64; 128 for the default networks of images; of tables 32 to 256, by their rows)") \
    X(NORM_ROWS, "norm-rows", "training", INT, 2, 128, 1, "32", "batch", "N|batch", \
      "batchnorm: about how many rows' statistics are taken together (batch: all of a batch, of up to 128 rows)") \
    X(EPOCHS, "epochs", "training", INT, 1, 10000000, 1, "auto", "auto", "N", \
      "passes over the training rows (auto: 35; where the network has layers over images 8, for the default one of images other than drawings 6, and of few rows as many as make 2,000 steps, up to 64; for tables 40, or as many as folds choose of fewer than 3,000 rows)", "steps=none") \
    X(STEPS, "steps", "training", INT, 1, 1e15, 1, "none", "none", "N", "stop after this many steps instead of the epochs") \
    X(SHUFFLE, "shuffle", "training", CHOICE, 0, 0, 0, "epoch", "epoch|none|sample", NULL, \
      "epoch: a new order each epoch; none: file order, and splits take the last rows; sample: each batch drawn without replacement from all rows") \
    X(SCHEDULE, "schedule", "training", CHOICE, 0, 0, 0, "auto", "auto|constant|step|exponential|cosine|one-cycle|plateau", NULL, \
      "how the learning rate changes (auto: constant where lr is given and for tables from 3,000 rows on; one-cycle for smaller tables and layers over images; else cosine; step, exponential: times decay; cosine: falls to min-lr; one-cycle: up to lr, then to min-lr; " \
      "plateau: falls when the validation loss stops improving)") \
    X(WARMUP, "warmup", "training", REAL, 0, 1000000, 0, "0", NULL, "EPOCHS", \
      "epochs over which the rate first rises in equal steps, before the schedule begins (fractions allowed)") \
    X(DECAY, "decay", "training", REAL, 0.0001, 1, 0, "0.9", NULL, "FACTOR", \
      "what the exponential schedule multiplies the rate by each epoch, and the step schedule every decay-every epochs", "schedule=step|exponential") \
    X(DECAY_EVERY, "decay-every", "training", INT, 1, 1000000, 0, "10", NULL, "EPOCHS", "epochs between the falls of the step schedule", "schedule=step") \
    X(PLATEAU_PATIENCE, "plateau-patience", "training", INT, 0, 1000000, 0, "15", NULL, "EPOCHS", \
      "epochs without improvement that the plateau schedule waits for", "schedule=plateau") \
    X(PLATEAU_FACTOR, "plateau-factor", "training", REAL, 0.0001, 0.9999, 0, "0.25", NULL, "FACTOR", \
      "what the plateau schedule multiplies the rate by", "schedule=plateau") \
    X(MIN_LR, "min-lr", "training", REAL, 0, 1e4, 1, "1e-4", NULL, "RATE", "the rate never falls below this", "schedule!=constant") \
    X(EVAL_EVERY, "eval-every", "training", INT, 1, 1e15, 1, "epoch", "epoch", "STEPS|epoch", \
      "steps between two rows of the history") \
    X(SEED, "seed", "training", INT, 0, 9007199254740991.0, 0, "1", NULL, "N", "the same seed gives the same model, byte for byte") \
    X(EARLY_STOP, "early-stop", "stopping", INT, 1, 1000000, 0, "auto", "auto|none", "EPOCHS", \
      "stop when the monitor has not improved for this many epochs (auto: none; 4 or more for tables from 3,000 rows on)") \
    X(BUDGET, "budget", "stopping", TEXT, 0, 0, 0, "none", NULL, "TIME", \
      "stop after this much time, e.g. 90s, 10m or 2h; at which step depends on the machine") \
    X(MONITOR, "monitor", "stopping", CHOICE, 0, 0, 0, "auto", INKI_MONITOR_CHOICES, NULL, \
      "what early stopping and the best weights go by (auto: val_accuracy for classes, val_loss for numbers; of equal scores the lower loss is better)", "val!=0 or folds!=none") \
    X(KEEP, "keep", "stopping", CHOICE, 0, 0, 0, "auto", "auto|best|last", NULL, "which weights are written (auto: best; last for tables of fewer than 3,000 rows)", "val!=0 or folds!=none or keep=auto|last") \
    X(FOLDS, "folds", "run", INT, 2, 65536, 0, "none", "none", "N", \
      "cross-validation: train N times, each time with another Nth of the rows to validate on (see help folds)") \
    X(REPEAT, "repeat", "run", INT, 1, 65536, 0, "1", NULL, "N", \
      "train N times, with the seeds seed, seed + 1, …, and report the mean (see help folds)") \
    X(HISTORY_STEPS, "history-steps", "run", BOOL, 0, 0, 0, "false", NULL, NULL, \
      "keep the loss of every step in the history too") \
    X(CHECKPOINT, "checkpoint", "run", TEXT, 0, 0, 0, "", NULL, "FILE", \
      "where the state of the training is kept while it runs (inkling train: the model's name and .checkpoint)") \
    X(CHECKPOINT_EVERY, "checkpoint-every", "run", TEXT, 0, 0, 0, "auto", NULL, "auto|none|EPOCHS|TIME", \
      "how often: auto (at most once a second, and less than 2 % of the time), none, every so many epochs, or a time like 5m", "folds=none repeat=1") \
    X(RESUME, "resume", "run", BOOL, 0, 0, 0, "false", NULL, NULL, \
      "resume from the checkpoint of an interrupted training, to the same final bits") \
    X(THREADS, "threads", "run", INT, 1, 1024, 0, "all", "all", "N", \
      "threads to work with (all: the cores this process may use); results do not depend on it") \
    X(METHOD, "method", "search", CHOICE, 0, 0, 0, "auto", "auto|grid|random|halving|hyperband", NULL, \
      "which points of the space are tried, and how long (auto: grid if the space has lists only and trials is not given, else random)") \
    X(OBJECTIVE, "objective", "search", CHOICE, 0, 0, 0, "auto", INKI_MONITOR_CHOICES, NULL, \
      "what the trials are compared by (auto: the monitor if one is given, else val_loss; of equal scores the lower loss is better)") \
    X(TRIALS, "trials", "search", INT, 1, 1000000, 1, "auto", "auto", "N", \
      "how many points to try (auto: all of a grid, 50 at random, and as many as hyperband takes)") \
    X(KEEP_ONE_IN, "keep-one-in", "search", INT, 2, 100, 0, "3", NULL, "N", \
      "halving and hyperband: of so many trials the best one continues, so many times as long", "method=halving|hyperband") \
    X(MIN_EPOCHS, "min-epochs", "search", INT, 1, 10000000, 1, "1", NULL, "N", \
      "halving and hyperband: no trial is stopped before this many epochs", "method=halving|hyperband") \
    X(WORKERS, "workers", "search", INT, 1, 1024, 0, "all", "all|none", "N", \
      "trials at a time, one thread each (all: the cores this process may use; none, to serve only); results do not depend on it")
/* clang-format on */

#endif
