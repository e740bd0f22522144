/* onnx_network: from an ONNX file to a network.
 * SPDX-License-Identifier: MIT */
#include "out/onnx_images.h"

/* A message of the model's first field, ir_version, or another that comes early; not the other kinds that are imported. */
bool inki_onnx_is(const uint8_t *bytes, size_t size)
{
    return size > 2 && (bytes[0] == 0x08 || bytes[0] == 0x12 || bytes[0] == 0x3a || bytes[0] == 0x42);
}

#ifdef INKI_HAVE_ONNX

#include <string.h>

/* Only files that were written here have metadata that mean what ours mean. */
static ink_status take_metadata(const struct inki_onnx *onnx, struct inki_network *network)
{
    bool ours = false;
    for (size_t i = 0; i < onnx->model->n_metadata_props; i++) {
        const Inki__Onnx__Text *one = onnx->model->metadata_props[i];
        ours = ours || (inki_onnx_same(one->key, "format") && inki_onnx_same(one->value, "inkling-1"));
    }
    if (!ours) return INK_OK;
    network->metadata = json_object();
    for (size_t i = 0; network->metadata && i < onnx->model->n_metadata_props; i++) {
        const Inki__Onnx__Text *one = onnx->model->metadata_props[i];
        json_t *value = one->key && one->value ? json_string(one->value) : NULL; /* NULL: no UTF-8 */
        if (value && json_object_set_new(network->metadata, one->key, value) != 0) continue;
    }
    return network->metadata ? INK_OK : inki_fail(onnx->ctx, INK_NO_MEMORY, "out of memory");
}

/* Encodings of columns are not read back. */
static ink_status check_encoding(const struct inki_onnx *onnx)
{
    for (size_t i = 0; i < onnx->model->n_metadata_props; i++)
        if (inki_onnx_same(onnx->model->metadata_props[i]->key, "encoding"))
            return inki_fail(onnx->ctx, INK_UNSUPPORTED,
                             "%s: encodes the columns of a table, which cannot be imported; use the model file that it "
                             "was made from",
                             onnx->path);
    return INK_OK;
}

static size_t size_of(const struct inki_shape *shape) { return shape->height * shape->width * shape->channels; }

static ink_status follow_images(struct inki_onnx *onnx, struct inki_network *network)
{
    INK_TRY(inki_onnx_images(onnx, network));
    const struct inki_shape in = network->in;
    inki_onnx_props(onnx, network);
    if (size_of(&network->in) != size_of(&in) || in.height > 1) network->in = in;
    return INK_OK;
}

ink_status inki_onnx_network(ink_ctx *ctx, const char *path, const struct inki_bytes *content,
                             struct inki_network *network)
{
    struct inki_onnx onnx;
    INK_TRY(inki_onnx_begin(ctx, path, content, &onnx));
    bool images = false;
    ink_status status = check_encoding(&onnx);
    if (status == INK_OK) status = inki_onnx_has_images(&onnx, &images);
    if (status == INK_OK) status = images ? follow_images(&onnx, network) : inki_onnx_follow(&onnx, network);
    if (status == INK_OK) status = take_metadata(&onnx, network);
    inki_onnx_end(&onnx);
    return status;
}

#else

ink_status inki_onnx_network(ink_ctx *ctx, const char *path, const struct inki_bytes *content,
                             struct inki_network *network)
{
    (void)content;
    (void)network;
    return inki_fail(ctx, INK_UNSUPPORTED,
                     "%s: this build cannot read ONNX: it was built without protobuf-c (Debian: libprotobuf-c-dev and "
                     "protobuf-c-compiler)",
                     path);
}

#endif
