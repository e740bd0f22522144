/* saved: the model file that a command writes: what it replaces, and where it goes when there is no room for it.
 * SPDX-License-Identifier: MIT */
#include "saved.h"

#include "files.h"
#include "json.h"
#include "terminal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool is_there(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

/* A pipe, a device or a folder: no place for a model, now or before. */
static bool is_special(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && !S_ISREG(info.st_mode);
}

/* ------------------------------------------------------- what is replaced */

/* The score by which people know a model, of the rows that say most about it. */
static void describe_scores(json_t *metrics, bool classes, char *text, size_t room)
{
    static const char *const parts[] = {"test", "val", "train"}, *const names[] = {"test", "validation", "training"};
    const char *score = classes ? "accuracy" : "rmse";
    char key[32], share[TEXT_ROOM];
    for (size_t i = 0; i < 3; i++) {
        snprintf(key, sizeof key, "%s_%s", parts[i], score);
        const json_t *value = json_object_get(metrics, key);
        if (!json_is_number(value)) continue;
        if (classes)
            snprintf(text, room, "a model of %s, %s accuracy", text_share(share, json_number_value(value)), names[i]);
        else
            snprintf(text, room, "a model of rmse %s, %s", text_loss(share, json_number_value(value)), names[i]);
        return;
    }
    snprintf(text, room, "a model without scores");
}

/* What the file at `path` is; "" where there is none. */
static void describe_file(ink_ctx *ctx, const char *path, char *text, size_t room)
{
    ink_model *model;
    ink_model_info info = INK_INIT(ink_model_info);
    *text = 0;
    if (!is_there(path) || is_special(path)) return;
    snprintf(text, room, "a file that is not a model");
    if (ink_model_load(ctx, path, &model) != INK_OK) return;
    const char *kept = ink_model_metadata(model, "metrics");
    json_t *metrics = kept ? json_loads(kept, 0, NULL) : NULL;
    ink_model_describe(model, &info);
    describe_scores(metrics, info.classes > 0, text, room);
    json_decref(metrics);
    ink_model_free(model);
}

void saved_announce(const struct job *job, const char *path)
{
    char is[96];
    describe_file(job->ctx, path, is, sizeof is);
    if (*is) talk("%s: the new model replaces %s; -o NAME keeps it", path, is);
}

/* ----------------------------------------------------------- where it goes */

/* A name in the folder that is free: the file's own, or with a number. False if there is none. */
static bool find_name(const char *folder, const char *path, char *out, size_t room)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    for (int i = 1; i <= 1000; i++) {
        int length =
            i == 1 ? snprintf(out, room, "%s/%s", folder, name) : snprintf(out, room, "%s/%d-%s", folder, i, name);
        if (length < 0 || (size_t)length >= room) return false;
        if (!is_there(out)) return true;
    }
    return false;
}

/* Writes to the first place that takes it. Memory comes last: it does not outlive the machine. */
static bool write_elsewhere(const struct job *job, const ink_model *model, const char *path, struct saved *out)
{
    const char *const folders[] = {".", getenv("TMPDIR"), "/tmp", getenv("HOME"), "/var/tmp", "/dev/shm"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        if (!folders[i] || !*folders[i] || !find_name(folders[i], path, out->path, sizeof out->path)) continue;
        if (ink_model_save(job->ctx, model, out->path) == INK_OK) return true;
    }
    *out->path = 0;
    return false;
}

static int write_to(const struct job *job, const ink_model *model, const char *path, struct saved *out)
{
    char why[1024];
    int length = snprintf(out->path, sizeof out->path, "%s", path);
    ink_status status =
        length >= 0 && (size_t)length < sizeof out->path ? ink_model_save(job->ctx, model, out->path) : INK_IO;
    if (status == INK_OK) return CODE_DONE;
    *out->replaced = 0;
    snprintf(why, sizeof why, "%s", ink_ctx_message(job->ctx));
    if (status == INK_IO && !is_special(path) && write_elsewhere(job, model, path, out))
        return fail(CODE_INPUT, "%s; the model is kept in %s", why, out->path);
    *out->path = 0;
    return fail(status == INK_IO ? CODE_INPUT : CODE_INTERNAL, "%s", why);
}

int saved_write(const struct job *job, const ink_model *model, const char *path, struct saved *out)
{
    describe_file(job->ctx, path, out->replaced, sizeof out->replaced);
    return write_to(job, model, path, out);
}

int saved_write_failed(const struct job *job, const ink_model *model, const char *path, struct saved *out)
{
    static const char ending[] = ".safetensors";
    char aside[sizeof out->path];
    size_t length = strlen(path), cut = sizeof ending - 1;
    *out->replaced = 0;
    if (!is_there(path)) return write_to(job, model, path, out);
    if (length > cut && strcmp(path + length - cut, ending) == 0) length -= cut;
    snprintf(aside, sizeof aside, "%.*s.diverged%s", (int)length, path, ending);
    int code = write_to(job, model, aside, out);
    if (code == CODE_DONE)
        talk("%s stays as it was; the last good weights of this training are in %s", path, out->path);
    return code;
}

const char *saved_text(const struct saved *saved, char text[4400])
{
    bool replaces = *saved->replaced != 0;
    snprintf(text, 4400, "%s%s%s%s", saved->path, replaces ? " (replaces " : "", saved->replaced, replaces ? ")" : "");
    return text;
}
