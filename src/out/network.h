/* network: a network as another program's file describes it, on its way to a model.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_NETWORK_H
#define INKI_NETWORK_H

#include "base/text.h"
#include "out/plain.h"

struct inki_network {
    ink_ctx *ctx;
    const char *path;
    struct inki_plain plain; /* layers have no names; room for `room` of them */
    size_t room;
    struct inki_shape in;
    char scaling[16];
    /* a network with layers over images: in, outputs, the notation of its hidden layers and values are set */
    bool images;
    struct inki_str notation;
    size_t outputs, value_count, value_room;
    struct inki_network_values {
        float *at;
        size_t count;
    } * values;               /* of each parameter, in the order of the notation */
    json_t *classes;          /* list of the classes' names; NULL, or a list that does not fit: numbers */
    json_t *metadata;         /* object of texts that becomes the model's, or NULL */
    const char **class_names; /* [classes], into `classes`, while the model is made */
};

/* An empty one, and its end. */
void inki_network_begin(ink_ctx *ctx, const char *path, struct inki_network *out);
void inki_network_end(struct inki_network *network);

/* One more layer, weights undefined. Errors: BAD_FILE (sizes that do not follow the layer before, more layers than a model can
 * have), NO_MEMORY. */
ink_status inki_network_add(struct inki_network *network, size_t inputs, size_t outputs, struct inki_plain_layer **out);

/* The next parameter of a network with layers over images, undefined. Errors: NO_MEMORY. */
ink_status inki_network_values(struct inki_network *network, size_t count, float **out);

/* Scaling of `features` values, at first x = u. Errors: NO_MEMORY. */
ink_status inki_network_scale(struct inki_network *network, size_t features);

/* A list of three numbers (channels, height, width) as the image's shape, and a name as the kind of scaling, where they make sense. */
void inki_network_shape(struct inki_network *network, const json_t *list);
void inki_network_scaling(struct inki_network *network, const char *name);

/* "relu" and the like to act; BAD_FILE if there is none of that name. */
ink_status inki_network_activation(const struct inki_network *network, const char *name, enum inki_activation *act);

/* A model of these layers. The metadata's notation and scaling hold if they describe them, else they are rewritten. Errors: BAD_FILE
 * (no layers, an activation behind the last, weights that are not finite), BAD_SETTING, NO_MEMORY. */
ink_status inki_network_model(struct inki_network *network, ink_model **out);

#endif
