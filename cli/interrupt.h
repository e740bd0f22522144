/* interrupt: Ctrl-C asks long work to end.
 * SPDX-License-Identifier: MIT */
#ifndef INTERRUPT_H
#define INTERRUPT_H

#include <stdbool.h>

/* From here on the first Ctrl-C is only noted, the second has its usual effect. A Ctrl-C that the caller ignores stays ignored. */
void interrupt_catch(void);

/* Whether there was one. */
bool interrupt_came(void);

#endif
