/* scores: what trainings say about the test part.
 * SPDX-License-Identifier: MIT */
#ifndef SCORES_H
#define SCORES_H

#include "json.h"
#include "terminal.h"

#include "inkling.h"

/* The score that stands beside the loss where there is room for one: accuracy for classes, rmse for numbers. */
enum { SCORE_BESIDE = 1 };

/* A line that begins with `title`; nothing without metrics. */
void scores_print_test(const char *title, const ink_metrics *test);

/* "98.20 to 98.71 %", or with the digits of a number. */
char *text_range(char to[2 * TEXT_ROOM + 8], const ink_score *score, double low, double high);

/* Puts all scores into an object, with their intervals: "loss", "accuracy", "accuracy_low", "accuracy_high". */
void scores_json_add(json_t *object, const ink_metrics *metrics);

/* The same as an object; null without metrics. */
json_t *scores_json_test(const ink_metrics *test);

#endif
