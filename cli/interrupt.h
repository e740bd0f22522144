/* interrupt: Ctrl-C, SIGTERM and SIGHUP ask long work to end.
 * SPDX-License-Identifier: MIT */
#ifndef INTERRUPT_H
#define INTERRUPT_H

#include <stdbool.h>

/* From here on the first signal is only noted, and so are others within a third of a second; later ones have their usual effect. One
 * that the caller ignores (nohup) stays ignored. */
void interrupt_catch(void);

/* Whether there was one; which ("Ctrl-C", "SIGTERM", "SIGHUP"); and the exit code that goes with it: 128 and its number. */
bool interrupt_came(void);
const char *interrupt_name(void);
int interrupt_code(void);

#endif
