/* count: instructions that an exported network takes for a row, the mean over its self-test's rows: QEMU's clock goes on by a nanosecond
 * with each (-icount shift=0), and SysTick counts that at 25 MHz.
 * SPDX-License-Identifier: MIT */
#define main self_test
#include "net_test.c"
#undef main

#ifndef OF
#define OF rows[row]
#endif

enum { MOST = 30 };

int main(void)
{
    static volatile uint32_t *const systick = (uint32_t *)0xE000E010u; /* control, reload, value */
    static float p[64];
    const int count = ROWS < MOST ? ROWS : MOST;
    uint64_t ticks = 0;
    systick[1] = 0xFFFFFFu;
    systick[2] = 0;
    systick[0] = 5;
    for (int row = 0; row < count; row++) {
        const uint32_t begin = systick[2];
        (void)net_predict(OF, p);
        ticks += (begin - systick[2]) & 0xFFFFFFu;
    }
    printf("%lu instructions\n", (unsigned long)(ticks * 40 / (uint64_t)count));
    return 0;
}
