/* model: a network: layers over one weight block, and the workspace to run it.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_MODEL_H
#define INKI_MODEL_H

#include "base/file.h"
#include "model/loss.h"
#include "model/op.h"

#include <jansson.h>

struct ink_model {
    struct inki_node *nodes; /* scale (if there is scaling), the notation's, the output layer */
    size_t node_count;
    size_t size; /* of the weight block, in floats */
    float *w;
    struct inki_shape in;
    size_t features, outputs,
        classes; /* outputs: of the network, one a class or a target; classes 0: targets are numbers */
    const struct inki_loss *loss;
    char *notation;      /* hidden layers, canonical */
    char scaling[16];    /* "none", "255", "minmax", "standard" */
    char **class_names;  /* [classes], NULL where targets are numbers */
    char **target_names; /* [outputs], NULL where there are classes */
    json_t *metadata;    /* object of texts */
};

/* Describes what a network is made from. shift and factor ([features]) are the frozen scaling, both NULL for none. */
struct inki_model_plan {
    const char *notation;
    struct inki_shape in;
    const struct inki_loss *loss; /* NULL: cross-entropy */
    size_t classes;
    char *const *class_names; /* copied; NULL: numbers */
    size_t targets;           /* for a loss of numbers, instead of the classes */
    char *const *target_names;
    const char *scaling;
    const float *shift, *factor;
    size_t
        most_values; /* the tensors may have no more values than this (a file's size justifies no more); 0: no limit */
};

/* A network with all weights 0 but the scaling. Errors: BAD_SETTING (notation, with position), NO_MEMORY. */
ink_status inki_model_begin(ink_ctx *ctx, const struct inki_model_plan *plan, ink_model **out);

/* Starting weights by the settings init and seed. */
ink_status inki_model_init(ink_ctx *ctx, ink_model *model, const ink_settings *set);

/* The notation that the settings net, hidden, activation, dropout mean; in a new text (inki_free). */
ink_status inki_notation_from(ink_ctx *ctx, const ink_settings *set, char **out);

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

/* True if both have the same classes in the same order. */
bool inki_same_classes(char *const *a, size_t a_count, char *const *b, size_t b_count);

/* The values that black and white pixels have for a model of pictures, NaN where its scaling does not tell. */
void inki_model_range(const ink_model *model, double *low, double *high);

/* Releases what json_dumps gave, also where the program has given jansson other memory functions. */
void inki_json_free(char *text);

/* Sets one text of the metadata. Errors: NO_MEMORY (also a text that is no UTF-8). */
ink_status inki_model_set_metadata(ink_ctx *ctx, ink_model *model, const char *key, const char *text);

/* Calls visit for the tensors' values in the order of the file, a few thousand at a time. */
typedef ink_status inki_visit(void *arg, const struct inki_node *layer, const struct inki_tensor *tensor,
                              const float *values, size_t first, size_t count);
ink_status inki_model_visit(const ink_model *model, inki_visit *visit, void *arg);

/* XXH64, seed 0, of the tensors in the order and form of the file. */
uint64_t inki_model_hash(const ink_model *model);

/* The workspace for up to `rows` rows of one network; for_training: with gradients. */
struct inki_pass {
    ink_ctx *ctx;
    const ink_model *model;
    size_t rows; /* room */
    bool training;
    struct inki_input input;
    float **y;               /* [layers]: outputs; in-place layers share with their input; NULL for scale */
    float **keep;            /* [layers]: slopes and masks, training only */
    float **scratch;         /* [layers] */
    struct inki_call *calls; /* [layers], room */
    float **dy;              /* [layers]: gradients by outputs; an in-place layer's is that of the layer before it */
    size_t tail;      /* from this layer on they are so small that each thread takes some rows through all of them */
    size_t scratches; /* copies of the scratch of tail layers, one a thread */
    uint64_t seed;    /* dropout */
    uint32_t step, first_row;
    bool fresh; /* the weights changed since the last pass */
    /* When not NULL, backward takes the step of plain SGD for the decaying weights of the layers inki_pass_fused at once. */
    const struct inki_update *sgd;
    /* The last layer, where it is a head (struct inki_head), else NULL; its sums; logits and their gradients, a copy a thread. */
    const struct inki_node *head;
    float *partial, *logits, *logit_gradients;
    /* Where gradients go, if they may be made together with the loss; g NULL: not. */
    struct inki_into {
        float *g;
        bool add, last;
    } into;
    bool done; /* they have been */
};
ink_status inki_pass_begin(ink_ctx *ctx, const ink_model *model, size_t rows, bool for_training, struct inki_pass *out);
void inki_pass_end(struct inki_pass *pass);

/* Lets the next forward and backward fetch `count` blocks of `size` bytes, which are wanted after them. */
void inki_pass_ahead(struct inki_pass *pass, const void *const *blocks, size_t count, size_t size);

/* Whether backward can take this layer's step: the first trained one, since no input gradient needs its old weights, and a head. */
bool inki_pass_fused(const ink_model *model, size_t layer);

/* Runs the network on raw rows from[rows] (bytes or floats, `features` each), rows <= pass->rows. Returns the logits
 * z[rows][inki_logit_stride]. */
float *inki_forward(struct inki_pass *pass, const void *const *from, bool bytes, size_t rows);
size_t inki_logit_stride(const ink_model *model);

/* The same with the model's loss: z becomes the answers. The call says targets, weights, smoothing, scale and where results go;
 * the rest is filled in. With `train` the gradient by the logits is kept for inki_backward, or where pass->into says where to and
 * the network has a head, all of backward is done at once, unless a loss is not finite; then no answers are
 * returned. */
float *inki_forward_loss(struct inki_pass *pass, const void *const *from, bool bytes, size_t rows,
                         struct inki_loss_call *call, bool train);

/* From what inki_forward_loss kept to g[model->size] (set, or added to; `last`: complete). Only what belongs to trained layers
 * is touched. */
void inki_backward(struct inki_pass *pass, size_t rows, float *g, bool add, bool last);

/* How many rows a pass is best cut into at most: activations and gradients then stay in the cache. */
#define INKI_CHUNK_ROWS INKI_FUSED_ROWS

#endif
