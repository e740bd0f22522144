/* again: a model file that is to be proved, and the data that it was trained on; what it claims beside what is found.
 * SPDX-License-Identifier: MIT */
#ifndef AGAIN_H
#define AGAIN_H

#include "cli.h"
#include "json.h"

struct again {
    ink_model *model;  /* also where its weights are not those of its hash */
    ink_settings *set; /* the model's own, with where data are looked for */
    ink_data *data;    /* read by these */
    const char *path;  /* of it */
};

/* Opens MODEL; then DATA, or what the file says that it was trained on. Return the exit code; again_close takes what came of either. */
int again_load_model(const struct job *job, struct again *out);
int again_load_data(const struct job *job, struct again *again);
void again_close(struct again *again);

/* An object of the model's metadata, or NULL. The caller's. */
json_t *again_metadata(const ink_model *model, const char *key);

/* What is claimed and what is found: {"name", "claimed", "found", "ok"} each. */
struct claims {
    json_t *list;
    size_t wrong;
};

/* Adds one and takes both values; they hold where they are equal, numbers to twelve digits. */
void claims_add(struct claims *claims, const char *name, json_t *claimed, json_t *found);

/* A table of them; `wrong_only`: of those that do not hold. */
void claims_print(const struct claims *claims, bool wrong_only);

/* "data_fingerprint, test_loss": those that do not hold, in to[room]; returns `to`. */
char *claims_wrong(const struct claims *claims, char *to, size_t room);

#endif
