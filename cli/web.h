/* web: the files of web/ that the program serves by itself, as the build embeds them.
 * SPDX-License-Identifier: MIT */
#ifndef WEB_H
#define WEB_H

/* Each ends with a 0 byte. */
extern const char web_report_css[], web_watch_css[], web_watch_html[], web_watch_js[], web_chart_js[];

#endif
