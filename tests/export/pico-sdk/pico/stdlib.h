/* stdlib: what the example for the Pico calls of its SDK, in QEMU.
 * SPDX-License-Identifier: MIT */
#ifndef PICO_STDLIB_H
#define PICO_STDLIB_H

#include <stdbool.h>
#include <stdint.h>

bool stdio_init_all(void); /* stdin becomes the file rows.txt */
uint64_t time_us_64(void);

#endif
