/* csource_parts: what all sources of exported networks are put together from.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_CSOURCE_PARTS_H
#define INKI_CSOURCE_PARTS_H

#include "out/csource.h"

/* Constants "NAMEnumber[count]"; of joined ones `more` further values lie behind the first. */
void inki_c_put_joined(struct inki_text *file, const char *name, size_t number, const float *values, size_t count,
                       const float *behind, size_t more);
void inki_c_put_floats(struct inki_text *file, const char *name, size_t number, const float *values, size_t count);
void inki_c_put_int8(struct inki_text *file, size_t number, const int8_t *values, size_t count);
void inki_c_put_int32(struct inki_text *file, const char *name, size_t number, const int32_t *values, size_t count);
void inki_c_put_table(struct inki_text *file, size_t number, const uint16_t *values);
void inki_c_put_powers(struct inki_text *file, size_t number, const uint8_t *values, size_t count);

/* Functions: rate_of, power_of_e, softmax, and an activation's, which has this name. */
void inki_c_put_rate(struct inki_text *file);
void inki_c_put_exponential(struct inki_text *file);
void inki_c_put_softmax(struct inki_text *file);
void inki_c_put_activation(struct inki_text *file, enum inki_activation act);
const char *inki_c_activation_name(enum inki_activation act);

/* softmax, and for an ensemble pool, which makes the answer of workspace->logits. */
void inki_c_put_answer(const struct inki_csource *source, struct inki_text *file);

/* NAME_predict, with a static workspace. */
void inki_c_put_static(const struct inki_csource *source, struct inki_text *file);

#endif
