/* prepare: the sources that prepare a photo of a digit, as the build embeds them, and their way into an exported file.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_PREPARE_H
#define INKI_PREPARE_H

/* Each ends with a 0 byte. */
extern const char inki_prepare_exp_log_h[], inki_prepare_exp_log_c[], inki_prepare_plane_h[], inki_prepare_plane_c[],
    inki_prepare_light_h[], inki_prepare_light_c[], inki_prepare_page_h[], inki_prepare_page_c[],
    inki_prepare_digit_c[];

#endif
