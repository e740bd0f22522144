/* scores: what trainings say about the test part.
 * SPDX-License-Identifier: MIT */
#include "scores.h"

#include "terminal.h"

void scores_print_test(const char *title, const ink_metrics *test)
{
    char loss[TEXT_ROOM], share[TEXT_ROOM];
    if (!test) return;
    out("%-12s accuracy %s (95 %% interval %.2f to %.2f %%), loss %s\n", title, text_share(share, test->accuracy),
        100 * test->accuracy_low, 100 * test->accuracy_high, text_loss(loss, test->loss));
}

json_t *scores_json_test(const ink_metrics *test)
{
    if (!test) return json_null();
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "rows", json_of_count(test->rows), "loss", json_of_real(test->loss),
                     "accuracy", json_of_real(test->accuracy), "accuracy_low", json_of_real(test->accuracy_low),
                     "accuracy_high", json_of_real(test->accuracy_high));
}
