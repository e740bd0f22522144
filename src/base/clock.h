/* clock: how late it is.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_CLOCK_H
#define INKI_CLOCK_H

/* Seconds of the monotonic clock: only differences mean something. */
double inki_seconds_now(void);

#endif
