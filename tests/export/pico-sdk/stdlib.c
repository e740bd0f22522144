/* stdlib: the serial port is a file, and the time is QEMU's.
 * SPDX-License-Identifier: MIT */
#include "pico/stdlib.h"

#include <stdio.h>
#include <time.h>

bool stdio_init_all(void) { return freopen("rows.txt", "r", stdin) != NULL; }

uint64_t time_us_64(void) { return (uint64_t)clock() * (1000000 / CLOCKS_PER_SEC); }
