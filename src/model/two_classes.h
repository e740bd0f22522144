/* two_classes: cross-entropy where there are two classes, with the scores that only these have.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_TWO_CLASSES_H
#define INKI_TWO_CLASSES_H

#include "model/loss.h"

/* The second class is the positive one. Parts: whether the answer is right; (p - y)^2 of the second class; whether the label is the second
 * class, whether it is answered rightly then, whether the second class is answered. */
enum inki_two_part {
    INKI_TWO_HIT,
    INKI_TWO_SQUARE,
    INKI_TWO_POSITIVE,
    INKI_TWO_FOUND,
    INKI_TWO_ANSWERED,
    INKI_TWO_PARTS
};

/* Scores that are made of the order of all rows, not of sums. */
enum { INKI_AUC = 2, INKI_AVERAGE_PRECISION = 3 };

extern const struct inki_loss inki_two_classes;

/* The class that probabilities p[2] stand for: the second from this probability on; 0: the more probable, of equal ones the first. */
static inline int inki_two_answer(const float *p, float threshold)
{
    return threshold > 0 ? p[1] >= threshold : p[1] > p[0];
}

#endif
