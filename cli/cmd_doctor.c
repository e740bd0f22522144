/* cmd_doctor: what this Inkling has and finds on this machine, and what is wrong.
 * SPDX-License-Identifier: MIT */
#include "cli.h"
#include "json.h"
#include "terminal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#ifdef INKLING_HAVE_MICROHTTPD
#define HAS_SERVER true
#else
#define HAS_SERVER false
#endif

enum { PLACES = 16, SETS = 16, FEATURES = 16, PATH_ROOM = 4096 };

/* How a named set was found. OTHER: it can be read, but is not the one that was published. */
enum state { WHOLE, OTHER, DAMAGED, MISSING };
static const char *const state_names[] = {"whole", "other", "damaged", "missing"};

struct set_found {
    const ink_named_set *set;
    enum state state;
    char *places[PLACES]; /* that were looked in */
    size_t place_count, place;
    size_t rows, test_rows;
    char message[512]; /* of a damaged one */
};

struct findings {
    long cores; /* of the machine */
    ink_feature features[FEATURES];
    size_t feature_count;
    struct set_found sets[SETS];
    size_t set_count;
    char folder[PATH_ROOM];
    int write_error; /* 0: it can be written to */
    double free_bytes;
    char problems[SETS + 1][640];
    size_t problem_count;
};

/* ------------------------------------------------------------------ looking */

static void look_for_features(struct findings *found)
{
    for (size_t i = 0; i < ink_feature_count() && found->feature_count < FEATURES - 1; i++)
        found->features[found->feature_count++] = *ink_feature_row(i);
    found->features[found->feature_count++] = (ink_feature){"serve", "libmicrohttpd", "answers over HTTP", HAS_SERVER};
}

static bool is_listed(const struct set_found *set, const char *folder)
{
    for (size_t i = 0; i < set->place_count; i++)
        if (strcmp(set->places[i], folder) == 0) return true;
    return false;
}

/* Whether both parts are those that were published. */
static bool is_published(const struct job *job, const ink_data *data, const ink_named_set *set)
{
    ink_data *test;
    bool same = ink_data_fingerprint(data) == set->fingerprint;
    if (same) same = ink_data_part(job->ctx, data, INK_PART_TEST, &test) == INK_OK;
    if (!same) return false;
    same = ink_data_fingerprint(test) == set->test_fingerprint;
    ink_data_free(test);
    return same;
}

/* Whether all files of a set are in the folder as they were published, each compressed with gzip or not. */
static bool are_files_published(const struct job *job, size_t row, const char *folder)
{
    char path[PATH_ROOM];
    const ink_named_file *file;
    for (size_t i = 0; (file = ink_named_set_file(row, i)); i++) {
        snprintf(path, sizeof path, "%.3800s/%.200s", folder, file->name);
        if (access(path, F_OK) != 0) strcat(path, ".gz");
        if (ink_named_set_take(job->ctx, row, i, path, NULL) != INK_OK) return false;
    }
    return true;
}

static void check_files(const struct job *job, size_t row, struct set_found *set)
{
    set->state = are_files_published(job, row, set->places[set->place]) ? WHOLE : OTHER;
    if (set->state == OTHER) return;
    set->rows = set->set->rows;
    set->test_rows = set->set->test_rows;
}

static void read_set(const struct job *job, size_t row, struct set_found *set)
{
    ink_data *data;
    if (!set->set->fingerprint) {
        check_files(job, row, set);
        return;
    }
    ink_data_info info = INK_INIT(ink_data_info);
    if (ink_data_load(job->ctx, set->places[set->place], job->set, &data) != INK_OK) {
        set->state = DAMAGED;
        snprintf(set->message, sizeof set->message, "%s", ink_ctx_message(job->ctx));
        return;
    }
    ink_data_describe(data, &info);
    set->rows = info.rows;
    set->test_rows = info.test_rows;
    set->state = is_published(job, data, set->set) ? WHOLE : OTHER;
    ink_data_free(data);
}

static void look_for_set(const struct job *job, size_t row, struct set_found *set)
{
    char folder[PATH_ROOM];
    bool there;
    *set = (struct set_found){.set = ink_named_set_row(row), .state = MISSING};
    for (size_t i = 0; ink_named_set_place(job->set, row, i, folder, sizeof folder, &there); i++) {
        bool first = there && set->state == MISSING;
        if (set->place_count == PLACES || (is_listed(set, folder) && !first)) continue;
        if (first) set->state = WHOLE, set->place = set->place_count;
        set->places[set->place_count] = strdup(folder);
        if (set->places[set->place_count]) set->place_count++;
    }
    if (set->state != MISSING && set->place < set->place_count) read_set(job, row, set);
}

/* Makes a file and removes it: permissions alone do not show read-only disks. */
static void look_at_folder(struct findings *found)
{
    char name[] = "./.inkling-XXXXXX";
    struct statvfs disk;
    if (!getcwd(found->folder, sizeof found->folder)) snprintf(found->folder, sizeof found->folder, ".");
    int handle = mkstemp(name);
    if (handle < 0)
        found->write_error = errno;
    else
        unlink(name), close(handle);
    found->free_bytes = statvfs(".", &disk) == 0 ? (double)disk.f_bavail * (double)disk.f_frsize : 0;
}

static void judge(struct findings *found)
{
    const size_t room = sizeof found->problems[0];
    for (size_t i = 0; i < found->set_count; i++) {
        const struct set_found *set = &found->sets[i];
        if (set->state == DAMAGED)
            snprintf(found->problems[found->problem_count++], room, "%s", set->message);
        else if (set->state == OTHER)
            snprintf(found->problems[found->problem_count++], room, "%s: is not the published %s; get it with %s",
                     set->places[set->place], set->set->name, set->set->fetch);
    }
    if (found->write_error)
        snprintf(found->problems[found->problem_count++], room, "%.500s: cannot be written to: %s", found->folder,
                 strerror(found->write_error));
}

static void look_around(const struct job *job, struct findings *found)
{
    found->cores = sysconf(_SC_NPROCESSORS_ONLN);
    look_for_features(found);
    for (size_t i = 0; i < ink_named_set_count() && i < SETS; i++)
        look_for_set(job, i, &found->sets[found->set_count++]);
    look_at_folder(found);
    judge(found);
}

/* ------------------------------------------------------------------ telling */

static void print_set(const struct set_found *set)
{
    out("  %-10s", set->set->name);
    if (set->state == MISSING && set->set->target) {
        out("not found; get it with %s\n", set->set->fetch);
        return;
    }
    if (set->state == MISSING) {
        out("not found; get it with %s. Looked in\n", set->set->fetch);
        for (size_t i = 0; i < set->place_count; i++) out("  %-10s  %s\n", "", set->places[i]);
        return;
    }
    const char *said = set->state == WHOLE ? "whole" : set->state == OTHER ? "not as published" : "DAMAGED";
    out("%s", said);
    char rows[TEXT_ROOM], test_rows[TEXT_ROOM];
    if (set->rows && set->test_rows)
        out(", %s and %s rows", text_count(rows, set->rows), text_count(test_rows, set->test_rows));
    else if (set->rows)
        out(", %s rows", text_count(rows, set->rows));
    out(": %s\n", set->places[set->place]);
}

static void print_findings(const struct job *job, const struct findings *found)
{
    char text[TEXT_ROOM];
    out("inkling     %s\nkernels     %s; this machine can run", ink_version(), ink_ctx_kernels(job->ctx));
    for (size_t i = 0; ink_kernels(i); i++) out("%s %s", i ? "," : "", ink_kernels(i));
    out("\nthreads     %u; the machine has %ld cores\n\nbuilt in\n", ink_ctx_threads(job->ctx), found->cores);
    for (size_t i = 0; i < found->feature_count; i++) {
        const ink_feature *feature = &found->features[i];
        out("  %-10s%-4s%-14s%s\n", feature->name, feature->built_in ? "yes" : "no", feature->library, feature->what);
    }
    out("\ndata sets\n");
    for (size_t i = 0; i < found->set_count; i++) print_set(&found->sets[i]);
    out("\nfolder      %s\n            %s, %s free\n\n", found->folder,
        found->write_error ? "CANNOT be written to" : "can be written to", text_size(text, found->free_bytes));
    if (found->problem_count == 0) out("All is well.\n");
    for (size_t i = 0; i < found->problem_count; i++) out("problem: %s\n", found->problems[i]);
}

static json_t *json_of_set(const struct set_found *set)
{
    json_t *places = json_array();
    bool there = set->state != MISSING, read = set->rows > 0;
    for (size_t i = 0; i < set->place_count; i++) json_array_append_new(places, json_of_text(set->places[i]));
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "name", set->set->name, "state", state_names[set->state],
                     "folder", json_of_text(there ? set->places[set->place] : NULL), "rows",
                     read ? json_of_count(set->rows) : json_null(), "test_rows",
                     read ? json_of_count(set->test_rows) : json_null(), "message",
                     json_of_text(*set->message ? set->message : NULL), "looked_in", places);
}

static int print_json(const struct job *job, const struct findings *found)
{
    json_t *kernels = json_array(), *features = json_object(), *sets = json_array(), *problems = json_array();
    for (size_t i = 0; ink_kernels(i); i++) json_array_append_new(kernels, json_of_text(ink_kernels(i)));
    for (size_t i = 0; i < found->feature_count; i++)
        json_object_set_new(features, found->features[i].name, json_boolean(found->features[i].built_in));
    for (size_t i = 0; i < found->set_count; i++) json_array_append_new(sets, json_of_set(&found->sets[i]));
    for (size_t i = 0; i < found->problem_count; i++) json_array_append_new(problems, json_of_text(found->problems[i]));
    return json_print(json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o}", "version", ink_version(),
                                "kernels", ink_ctx_kernels(job->ctx), "kernels_available", kernels, "threads",
                                json_of_count(ink_ctx_threads(job->ctx)), "cores", json_of_count((size_t)found->cores),
                                "features", features, "sets", sets, "folder", json_of_text(found->folder), "writable",
                                !found->write_error, "free_bytes", json_of_real(found->free_bytes), "problems",
                                problems));
}

int cmd_doctor(struct job *job)
{
    struct findings *found = calloc(1, sizeof *found);
    int code = CODE_DONE;
    if (!found) return fail(CODE_INTERNAL, "out of memory");
    ink_ctx_on_note(job->ctx, NULL, NULL);
    look_around(job, found);
    if (job->json)
        code = print_json(job, found);
    else
        print_findings(job, found);
    if (code == CODE_DONE && found->problem_count > 0) code = CODE_MISSED;
    for (size_t i = 0; i < found->set_count; i++)
        for (size_t k = 0; k < found->sets[i].place_count; k++) free(found->sets[i].places[k]);
    free(found);
    return code;
}
