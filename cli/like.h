/* like: names and ids of a sample submission, for answers of the same form.
 * SPDX-License-Identifier: MIT */
#ifndef LIKE_H
#define LIKE_H

#include <stddef.h>

/* What a sample such as Kaggle's sample_submission.csv says: its first two columns' names, and the ids of its rows. */
struct like {
    char id[128], target[128];
    char **ids; /* [rows], as they stand there */
    size_t rows;
    size_t first; /* of ids that are numbers one after another */
    int counts;   /* whether they are */
};

/* Reads it. Returns the exit code, after saying what is wrong; like_free takes what came of either. */
int like_read(const char *path, struct like *out);
void like_free(struct like *like);

#endif
