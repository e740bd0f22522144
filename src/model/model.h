/* model: a network: layers over one weight block, and the workspace to run it.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_MODEL_H
#define INKI_MODEL_H

#include "base/file.h"
#include "model/loss.h"
#include "model/op.h"

#include <jansson.h>

struct ink_model {
    const struct inki_node *scale;  /* the first node, where rows are scaled; else NULL */
    struct inki_encoding *encoding; /* what the first node does, where rows are columns that it encodes; else NULL */
    struct inki_node *nodes;        /* scale or encode (if there is one), the notation's, the output layer */
    size_t node_count;
    size_t size; /* of the weight block, in floats */
    float *w;
    struct inki_shape in; /* of the raw rows, as features */
    size_t members;       /* of an ensemble: of each a block of the last layer's outputs; 1 without */
    size_t features, outputs,
        classes; /* outputs: of the network, one a class or a target; classes 0: targets are numbers */
    const struct inki_loss *loss;
    struct inki_numbers numbers; /* its scales are the model's */
    /* two classes: from which probability of the second on it is the answer; 0: if it is the larger one */
    float threshold;
    char *notation;             /* hidden layers, canonical */
    char scaling[16];           /* "none", "255", "minmax", "standard"; "encoding" */
    char **class_names;         /* [classes], NULL where targets are numbers */
    char **target_names;        /* [numbers.targets], NULL where there are classes */
    char **output_names;        /* [outputs], of quantiles: "price_q10"; else NULL */
    json_t *metadata;           /* object of texts */
    struct inki_unlike *unlike; /* what tells rows unlike all that it was trained on (model/unlike.h); NULL: nothing */
};

/* Of a model with an encoding. _begin: the first node, by a copy of the encoding. Errors: BAD_DATA if it is not for the model's features, NO_MEMORY.
 * _fill: the constants (NULL: they stay 0) into the weights. _describe: its metadata; without an encoding nothing. Errors: NO_MEMORY, BAD_DATA for
 * words that are not UTF-8. _check: of weights that were read from the file `name`; in each column the knots ascend. Errors: BAD_FILE. */
ink_status inki_encode_begin(ink_ctx *ctx, const struct inki_encoding *encoding, ink_model *model);
void inki_encode_fill(ink_model *model, const float *constants);
ink_status inki_encode_describe(ink_ctx *ctx, ink_model *model);
ink_status inki_encode_check(ink_ctx *ctx, const char *name, const ink_model *model);

/* Describes what a network is made from. shift and factor ([features]) are the frozen scaling, both NULL for none; or
 * rows are columns of a table, and `encoding` says what becomes of them. */
struct inki_model_plan {
    const char *notation;
    struct inki_shape in;
    const struct inki_loss *loss; /* NULL: cross-entropy */
    size_t classes;
    char *const *class_names;          /* copied; NULL: numbers */
    size_t targets;                    /* for a loss of numbers, instead of the classes */
    const struct inki_numbers *levels; /* for that of quantiles; NULL: none */
    char *const *target_names;
    const char *scaling;
    const float *shift, *factor;
    const struct inki_encoding *encoding; /* instead of these, of as many columns as features; copied; NULL: none */
    /* the tensors may have no more values than this (a file's size justifies no more); 0: no limit */
    size_t most_values;
};

/* A network with all weights 0 but the scaling. Errors: BAD_SETTING (notation, with position), NO_MEMORY. */
ink_status inki_model_begin(ink_ctx *ctx, const struct inki_model_plan *plan, ink_model **out);

/* Starting weights by the settings init and seed. */
ink_status inki_model_init(ink_ctx *ctx, ink_model *model, const ink_settings *set);

/* The notation that the settings net, hidden, activation, dropout mean; in a new text (inki_free). */
ink_status inki_notation_from(ink_ctx *ctx, const ink_settings *set, char **out);

/* Whether the network is left to the data: neither net nor one of the short settings says what it is. */
bool inki_net_is_auto(const ink_settings *set);

/* A note where activation or dropout alone take the place of the default network, `usual`. */
void inki_notation_note(ink_ctx *ctx, const ink_settings *set, const char *usual);

/* A model as the bytes of its file, and back; `name` stands for the file in messages. Errors: as ink_model_save and _load.
 * Ownership: the caller. */
ink_status inki_model_to_bytes(ink_ctx *ctx, const ink_model *model, struct inki_bytes *out);
ink_status inki_model_from_bytes(ink_ctx *ctx, const char *name, const struct inki_bytes *bytes, ink_model **out);

/* An independent copy, made by the context's allocator. */
ink_status inki_model_copy(ink_ctx *ctx, const ink_model *model, ink_model **out);

/* Whether it answers with classes. */
static inline bool inki_is_classifier(const ink_model *model) { return model->loss->target == INKI_TARGET_CLASSES; }

/* Errors: UNSUPPORTED, with a sentence, for a model that answers with numbers; `what` is what cannot be done with it. */
ink_status inki_only_classes(ink_ctx *ctx, const ink_model *model, const char *what);

/* Lets it answer with scaled targets: scales[numbers.targets], copied; NULL: with its outputs. Errors: NO_MEMORY. */
ink_status inki_model_set_scales(ink_ctx *ctx, ink_model *model, const struct inki_target_scale *scales);

/* The same from a text of the metadata of the file `path`; NULL: none. Errors: BAD_FILE, NO_MEMORY. */
ink_status inki_model_read_scales(ink_ctx *ctx, ink_model *model, const char *path, const char *text);

/* Sets the threshold. Errors: NO_MEMORY. */
ink_status inki_model_set_threshold(ink_ctx *ctx, ink_model *model, float threshold);

/* The same from a text of the metadata of the file `path`; NULL: none. Errors: BAD_FILE, NO_MEMORY. */
ink_status inki_model_read_threshold(ink_ctx *ctx, ink_model *model, const char *path, const char *text);

/* True if both have the same classes in the same order. */
bool inki_same_classes(char *const *a, size_t a_count, char *const *b, size_t b_count);

/* The values that black and white pixels have for a model of images, NaN where its scaling does not determine them. */
void inki_model_range(const ink_model *model, double *low, double *high);

/* Releases what json_dumps gave, also where the program has given jansson other memory functions. */
void inki_json_free(char *text);

/* Sets one text of the metadata. Bytes that are not UTF-8, as a file's name may have, become U+FFFD. Errors: NO_MEMORY. */
ink_status inki_model_set_metadata(ink_ctx *ctx, ink_model *model, const char *key, const char *text);

/* Says the network node by node, in the order of its notation. */
ink_status inki_model_emit(const ink_model *model, const struct inki_emitter *to);

/* Calls visit for the tensors' values in the order of the file, a few thousand at a time. */
typedef ink_status inki_visit(void *arg, const struct inki_node *layer, const struct inki_param *tensor,
                              const float *values, size_t first, size_t count);
ink_status inki_model_visit(const ink_model *model, inki_visit *visit, void *arg);

/* XXH64, seed 0, of the tensors in the order and form of the file. */
uint64_t inki_model_hash(const ink_model *model);

/* How many rows go through a network at once at most: activations and gradients then stay in the cache. */
#define INKI_CHUNK_ROWS INKI_FUSED_ROWS

#endif
