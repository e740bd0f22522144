/* exp_log: e^x and the natural logarithm, the same bits on every machine.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_EXP_LOG_H
#define INKI_EXP_LOG_H

#include "base/within.h"

/* Natural logarithm, the same bits on every machine (libm's differ by version); x > 0, finite. */
INKI_WITHIN double inki_log(double x);

/* e to the x, for the same reason; within 4e-16 of it, 0 below -708 and infinite above 709. */
INKI_WITHIN double inki_exp(double x);

#endif
