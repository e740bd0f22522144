/* report_values: what a trial of a search came to, as a page shows it.
 * SPDX-License-Identifier: MIT */
#include "out/report_search.h"

#include <math.h>
#include <string.h>

bool inki_search_has_result(const ink_trial *trial)
{
    return isfinite(trial->val[INK_LOSS]) && strcmp(trial->state, "failed");
}

const char *inki_search_value(const struct inki_search_page *page, const ink_trial *trial, size_t term)
{
    const char *value = ink_search_value(page->search, trial->trial, page->search->space.axes[term].name);
    return value ? value : "";
}

void inki_search_loss(struct inki_str *out, double loss)
{
    if (fabs(loss) >= 1e-3 && fabs(loss) < 1e5)
        inki_html_fixed(out, loss, 4);
    else
        inki_html_digits(out, loss, 3);
}

void inki_search_score(struct inki_str *out, const ink_score *score, double value)
{
    if (score->share)
        inki_html_percent(out, value);
    else
        inki_search_loss(out, value);
}
