/* interrupt: Ctrl-C, SIGTERM and SIGHUP ask long work to end.
 * SPDX-License-Identifier: MIT */
#include "interrupt.h"

#include "cli.h"

#include <signal.h>
#include <stddef.h>
#include <time.h>

/* What asks for an end, and what to call it. */
static const struct {
    int number;
    const char *name;
} asking[] = {{SIGINT, "Ctrl-C"}, {SIGTERM, "SIGTERM"}, {SIGHUP, "SIGHUP"}};

#define ONE_WISH 0.3 /* seconds: signals within it are one (timeout sends its own to the process and to its group) */

static volatile sig_atomic_t came; /* the first of them, 0: none */
static struct timespec when;       /* that was */

/* All that is called here may be called in a handler (POSIX). */
static void on_interrupt(int number)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!came) {
        when = now;
        came = number;
    } else if ((double)(now.tv_sec - when.tv_sec) + 1e-9 * (double)(now.tv_nsec - when.tv_nsec) > ONE_WISH) {
        signal(number, SIG_DFL);
        raise(number);
    }
}

void interrupt_catch(void)
{
    struct sigaction action = {.sa_handler = on_interrupt}, old;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof asking / sizeof *asking; i++) sigaddset(&action.sa_mask, asking[i].number);
    for (size_t i = 0; i < sizeof asking / sizeof *asking; i++)
        if (sigaction(asking[i].number, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(asking[i].number, &action, NULL);
}

bool interrupt_came(void) { return came != 0; }

const char *interrupt_name(void)
{
    for (size_t i = 0; i < sizeof asking / sizeof *asking; i++)
        if (asking[i].number == came) return asking[i].name;
    return asking[0].name;
}

int interrupt_code(void) { return came ? 128 + came : CODE_INTERRUPTED; }
