/* compare: two models on the same rows: the exact test and the interval of what differs.
 * SPDX-License-Identifier: MIT
 *
 * Rows on which both are right or both wrong say nothing about which is better; those where just one is right do.
 *
 *  - The test is McNemar's (Psychometrika 1947) in its exact form: of the rows where just one is right, each is as likely to
 *    be won by either if the models are equally good.
 *  - The interval is Tango's score interval of the difference of two paired shares (Statistics in Medicine 1998, 17:891-908):
 *    all differences D that the score test does not refuse, |n d - n D| <= z sqrt(n (2 q + D (1 - D))), where d is the
 *    difference seen and q the most likely share of rows that only A gets right, given D. It keeps its 95 % with few rows and
 *    near the ends, where the usual d +- 1.96 deviations does not, and has a width when the models never differ. At D = 0 it is
 *    McNemar's test with the normal approximation, so test and interval agree but in narrow cases with few rows,
 *    where the exact test is the stricter one.
 *
 * Only the four operations and square roots are used: the same bits everywhere. */
#ifndef INKI_COMPARE_H
#define INKI_COMPARE_H

#include "base/ctx.h"

/* Two-sided exact p of `only_a` against `only_b` wins of a fair coin; 1 if both are 0. Values below 1e-300 may become 0. */
double inki_mcnemar(size_t only_a, size_t only_b);

/* 95 % interval of (only_b - only_a) / rows; only_a + only_b <= rows, rows > 0. */
void inki_tango(size_t only_a, size_t only_b, size_t rows, double *low, double *high);

/* The mean of b - a over rows, and its standard error (NaN for one row). */
void inki_paired_mean(const double *a, const double *b, size_t rows, double *mean, double *error);

#endif
