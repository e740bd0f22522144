/* scores: what trainings say about the test part.
 * SPDX-License-Identifier: MIT */
#include "scores.h"

#include "terminal.h"

#include <math.h>

char *text_range(char to[2 * TEXT_ROOM + 8], const ink_score *score, double low, double high)
{
    char text[2][TEXT_ROOM];
    if (score->share)
        snprintf(to, 2 * TEXT_ROOM + 8, "%.2f to %.2f %%", 100 * low, 100 * high);
    else
        snprintf(to, 2 * TEXT_ROOM + 8, "%s to %s", text_score(text[0], score, low), text_score(text[1], score, high));
    return to;
}

void scores_print_test(const char *title, const ink_metrics *test)
{
    char loss[TEXT_ROOM], value[TEXT_ROOM], range[2 * TEXT_ROOM + 8];
    if (!test) return;
    const ink_score *score = &test->scores[SCORE_BESIDE];
    out("%-12s %s %s (95 %% interval %s), loss %s\n", title, score->name,
        text_score(value, score, test->score[SCORE_BESIDE]),
        text_range(range, score, test->low[SCORE_BESIDE], test->high[SCORE_BESIDE]), text_loss(loss, test->loss));
}

void scores_json_add(json_t *object, const ink_metrics *metrics)
{
    char name[64];
    for (size_t i = 0; i < metrics->score_count; i++) {
        const char *score = metrics->scores[i].name;
        json_object_set_new(object, score, json_of_real(metrics->score[i]));
        if (isnan(metrics->low[i])) continue;
        snprintf(name, sizeof name, "%s_low", score);
        json_object_set_new(object, name, json_of_real(metrics->low[i]));
        snprintf(name, sizeof name, "%s_high", score);
        json_object_set_new(object, name, json_of_real(metrics->high[i]));
    }
}

json_t *scores_json_test(const ink_metrics *test)
{
    if (!test) return json_null();
    json_t *object = json_pack("{s:o}", "rows", json_of_count(test->rows));
    scores_json_add(object, test);
    return object;
}
