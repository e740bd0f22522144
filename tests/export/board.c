/* board: the least that starts main() on a Cortex-M: vectors, memory, the floating-point unit, and the way out.
 * SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdlib.h>

extern uint8_t data_from[], data_begin[], data_end[], bss_begin[], bss_end[], stack_top[];

int main(void);
void initialise_monitor_handles(void);
void reset(void);
void stop(void);

void reset(void)
{
    uint8_t *from = data_from;
#ifdef __ARM_FP
    *(volatile uint32_t *)0xE000ED88u |= 0xFu << 20; /* CPACR: coprocessors 10 and 11 */
#endif
    for (uint8_t *to = data_begin; to < data_end; to++) *to = *from++;
    for (uint8_t *to = bss_begin; to < bss_end; to++) *to = 0;
    initialise_monitor_handles();
    exit(main());
}

void stop(void)
{
    for (;;) {
    }
}

__attribute__((section(".vectors"), used)) static void *const vectors[16] = {stack_top, (void *)reset, (void *)stop,
                                                                             (void *)stop};
