/* web: the files of web/ as the build embeds them.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_WEB_H
#define INKI_WEB_H

/* Each ends with a 0 byte. */
extern const char inki_web_report_css[], inki_web_report_js[], inki_web_fit_js[], inki_web_net_js[], inki_web_pad_js[],
    inki_web_alive_js[], inki_web_glyphs_js[], inki_web_search_js[], inki_web_form_js[], inki_web_explain_js[],
    inki_web_runs_js[], inki_web_chart_js[], inki_web_parallel_js[], inki_web_suspects_js[];

#endif
