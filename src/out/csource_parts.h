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

/* Text within a comment, which nothing in it ends; within a string literal. */
void inki_c_put_comment(struct inki_text *file, const char *text);
void inki_c_put_literal(struct inki_text *file, const char *text);

/* Functions: rate_of, power_of_e, and an activation's, which has this name. */
void inki_c_put_rate(struct inki_text *file);
void inki_c_put_exponential(struct inki_text *file);
void inki_c_put_activation(struct inki_text *file, enum inki_activation act);
const char *inki_c_activation_name(enum inki_activation act);

/* Whether power_of_e is called, where layers have the activations seen[] (NULL: none). */
bool inki_c_needs_powers(const struct inki_csource *source, const bool seen[INKI_ACT_COUNT]);

/* Whether a target is a logarithm. */
bool inki_c_has_logs(const ink_model *model);

/* What makes the answer of source->out, of an ensemble of workspace->logits; and "return …;" of it, in a function with the last layer as l. */
void inki_c_put_answer(const struct inki_csource *source, struct inki_text *file);
void inki_c_put_return(const struct inki_csource *source, struct inki_text *file);

/* "int NAME_predict_in(…)", or NAME_predict's; the beginning of the first where layers are a table, `from` the row; and all of NAME_predict, with
 * a static workspace. */
void inki_c_put_signature(const struct inki_csource *source, bool in, struct inki_text *file);
void inki_c_put_begin(const struct inki_csource *source, struct inki_text *file);
void inki_c_put_static(const struct inki_csource *source, struct inki_text *file);

/* The same of NAME_predict_known. Its function known_of with its constants; in the loop through the layers, behind the run of l, its call: nothing
 * where it is not wanted. */
void inki_c_put_known_signature(const struct inki_csource *source, bool in, struct inki_text *file);
void inki_c_put_known(const struct inki_csource *source, struct inki_text *file);
void inki_c_put_known_call(const struct inki_csource *source, struct inki_text *file);

/* Of a table: the types of the header; the function encode with its constants, and how many bytes these take. */
void inki_c_put_row(const struct inki_csource *source, struct inki_text *file);
void inki_c_put_encoding(const struct inki_csource *source, struct inki_text *file);
size_t inki_c_encoding_data(const struct inki_encoding *encoding);

#endif
