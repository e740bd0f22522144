/* peer_step: training by somebody else's matrix multiplication, for bench/peers: the same step as Inkling's in plain C.
 * SPDX-License-Identifier: MIT
 *
 * peer_step FOLDER ROWS BATCH EPOCHS RATE PAD BLOCK WIDTH…   with -DPEER_OPENBLAS, -DPEER_LIBXSMM or -DPEER_ONEDNN
 *
 * FOLDER has x.f32 and t.i32. Rows are shuffled and gathered; bias, ReLU, softmax, cross-entropy, loss and right answers are
 * loops here, and so is what the library cannot do. The update of W is the library's product with alpha = -rate and
 * beta = 1, so no gradient is kept. PAD 16: widths of layers are padded to whole vectors (0: not). BLOCK: how deep libxsmm's
 * kernels sum at once (0: all). Threads come from the library's own variable. Prints the seconds of each epoch, then the mean
 * loss and the share of right answers of the last. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_LAYERS = 8 };

struct layer {
    size_t in, out, in_row, out_row; /* widths, and padded */
    float *w, *b, *y, *d;            /* w[in_row][out_row]; outputs and their gradients [batch][out_row] */
};

static size_t rows, batch, pad, block, layer_count;
static float rate;
static struct layer layers[MOST_LAYERS];
static float *data, *x;
static int32_t *labels, *order;

static void *room(size_t count, size_t size)
{
    void *memory = aligned_alloc(64, (count * size + 127) / 64 * 64);
    if (!memory) exit(4);
    memset(memory, 0, count * size);
    return memory;
}

/* ---- the three products; rows of every matrix are `_row` floats apart ---- */

/* y[m][n] = x[m][k] w[k][n] */
static void multiply(size_t m, size_t n, size_t k, const float *a, size_t a_row, const float *w, size_t w_row, float *y,
                     size_t y_row);
/* dx[m][k] = d[m][n] w[k][n]' */
static void back(size_t m, size_t n, size_t k, const float *d, size_t d_row, const float *w, size_t w_row, float *dx,
                 size_t dx_row);
/* w[k][n] -= rate x[m][k]' d[m][n]; d may be changed */
static void update(size_t m, size_t n, size_t k, const float *a, size_t a_row, float *d, size_t d_row, float *w,
                   size_t w_row);

#if defined(PEER_OPENBLAS)
#include <cblas.h>

static void multiply(size_t m, size_t n, size_t k, const float *a, size_t a_row, const float *w, size_t w_row, float *y,
                     size_t y_row)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)m, (int)n, (int)k, 1, a, (int)a_row, w, (int)w_row, 0,
                y, (int)y_row);
}

static void back(size_t m, size_t n, size_t k, const float *d, size_t d_row, const float *w, size_t w_row, float *dx,
                 size_t dx_row)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)m, (int)k, (int)n, 1, d, (int)d_row, w, (int)w_row, 0, dx,
                (int)dx_row);
}

static void update(size_t m, size_t n, size_t k, const float *a, size_t a_row, float *d, size_t d_row, float *w,
                   size_t w_row)
{
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)k, (int)n, (int)m, -rate, a, (int)a_row, d, (int)d_row, 1,
                w, (int)w_row);
}

static const char *about(void) { return openblas_get_corename(); }

#elif defined(PEER_ONEDNN)
#include <oneapi/dnnl/dnnl.h>

static void check(dnnl_status_t status)
{
    if (status != dnnl_success) exit(4);
}

static void multiply(size_t m, size_t n, size_t k, const float *a, size_t a_row, const float *w, size_t w_row, float *y,
                     size_t y_row)
{
    check(dnnl_sgemm('N', 'N', (dnnl_dim_t)m, (dnnl_dim_t)n, (dnnl_dim_t)k, 1, a, (dnnl_dim_t)a_row, w,
                     (dnnl_dim_t)w_row, 0, y, (dnnl_dim_t)y_row));
}

static void back(size_t m, size_t n, size_t k, const float *d, size_t d_row, const float *w, size_t w_row, float *dx,
                 size_t dx_row)
{
    check(dnnl_sgemm('N', 'T', (dnnl_dim_t)m, (dnnl_dim_t)k, (dnnl_dim_t)n, 1, d, (dnnl_dim_t)d_row, w,
                     (dnnl_dim_t)w_row, 0, dx, (dnnl_dim_t)dx_row));
}

static void update(size_t m, size_t n, size_t k, const float *a, size_t a_row, float *d, size_t d_row, float *w,
                   size_t w_row)
{
    check(dnnl_sgemm('T', 'N', (dnnl_dim_t)k, (dnnl_dim_t)n, (dnnl_dim_t)m, -rate, a, (dnnl_dim_t)a_row, d,
                     (dnnl_dim_t)d_row, 1, w, (dnnl_dim_t)w_row));
}

static const char *about(void) { return "dnnl_sgemm"; }

#elif defined(PEER_LIBXSMM)
#include <libxsmm.h>
#include <omp.h>

/* libxsmm's matrices are columns: everything is its transpose here. Its kernels know neither alpha nor a transposed first
 * matrix, and run on the calling thread: OpenMP shares out columns. */
static libxsmm_smmfunction kernel(size_t m, size_t n, size_t k, size_t a, size_t b, size_t c, int flags, float beta)
{
    const libxsmm_blasint lda = (int)a, ldb = (int)b, ldc = (int)c;
    const float alpha = 1;
    const int prefetch = LIBXSMM_PREFETCH_NONE;
    libxsmm_smmfunction found =
        libxsmm_smmdispatch((int)m, (int)n, (int)k, &lda, &ldb, &ldc, &alpha, &beta, &flags, &prefetch);
    if (!found) {
        fprintf(stderr, "libxsmm has no kernel for %zu x %zu x %zu\n", m, n, k);
        exit(4);
    }
    return found;
}

static void share(size_t count, size_t *begin, size_t *end)
{
    size_t part = (size_t)omp_get_thread_num(), parts = (size_t)omp_get_num_threads();
    *begin = count * part / parts;
    *end = count * (part + 1) / parts;
}

static void multiply(size_t m, size_t n, size_t k, const float *a, size_t a_row, const float *w, size_t w_row, float *y,
                     size_t y_row)
{
    const size_t depth = block ? block : k;
#pragma omp parallel
    {
        size_t begin, end;
        share(m, &begin, &end);
        for (size_t p = 0; begin < end && p < k; p += depth) {
            size_t now = k - p < depth ? k - p : depth;
            kernel(n, end - begin, now, w_row, a_row, y_row, 0, p > 0)(w + p * w_row, a + begin * a_row + p,
                                                                       y + begin * y_row);
        }
    }
}

static void back(size_t m, size_t n, size_t k, const float *d, size_t d_row, const float *w, size_t w_row, float *dx,
                 size_t dx_row)
{
    static float *turned;
    static size_t count;
    if (n * dx_row > count) turned = room(count = n * dx_row, sizeof *turned);
    for (size_t j = 0; j < n; j++)
        for (size_t p = 0; p < k; p++) turned[j * dx_row + p] = w[p * w_row + j];
#pragma omp parallel
    {
        size_t begin, end;
        share(m, &begin, &end);
        if (begin < end)
            kernel(k, end - begin, n, dx_row, d_row, dx_row, 0, 0)(turned, d + begin * d_row, dx + begin * dx_row);
    }
}

static void update(size_t m, size_t n, size_t k, const float *a, size_t a_row, float *d, size_t d_row, float *w,
                   size_t w_row)
{
    for (size_t i = 0; i < m * d_row; i++) d[i] *= -rate;
#pragma omp parallel
    {
        size_t begin, end;
        share(k, &begin, &end);
        if (begin < end)
            kernel(n, end - begin, m, d_row, a_row, w_row, LIBXSMM_GEMM_FLAG_TRANS_B, 1)(d, a + begin,
                                                                                         w + begin * w_row);
    }
}

static const char *about(void) { return libxsmm_get_target_arch(); }
#else
#error "which library?"
#endif

/* ---- the step ---- */

static void gather(const int32_t *chosen, size_t count)
{
    const size_t features = layers[0].in;
#pragma omp parallel for
    for (size_t i = 0; i < count; i++)
        memcpy(x + i * features, data + (size_t)chosen[i] * features, features * sizeof *x);
}

static void activate(const struct layer *layer, size_t count, int relu)
{
    for (size_t i = 0; i < count; i++) {
        float *y = layer->y + i * layer->out_row;
        for (size_t j = 0; j < layer->out; j++) {
            float z = y[j] + layer->b[j];
            y[j] = relu && z < 0 ? 0 : z;
        }
    }
}

/* Softmax and cross-entropy; d gets the gradient of the mean loss. */
static double compute_loss(const struct layer *last, const int32_t *chosen, size_t count, size_t *right)
{
    double loss = 0;
    for (size_t i = 0; i < count; i++) {
        const float *z = last->y + i * last->out_row;
        float *d = last->d + i * last->out_row, most = z[0], sum = 0;
        size_t best = 0, label = (size_t)labels[chosen[i]];
        for (size_t j = 1; j < last->out; j++)
            if (z[j] > most) most = z[best = j];
        for (size_t j = 0; j < last->out; j++) sum += d[j] = expf(z[j] - most);
        loss += (double)(logf(sum) + most - z[label]);
        for (size_t j = 0; j < last->out; j++) d[j] /= sum * (float)count;
        d[label] -= 1 / (float)count;
        *right += best == label;
    }
    return loss;
}

static void back_through(struct layer *layer, size_t count)
{
    struct layer *below = layer - 1;
    back(count, layer->out_row, layer->in_row, layer->d, layer->out_row, layer->w, layer->out_row, below->d,
         below->out_row);
    for (size_t i = 0; i < count * below->out_row; i++) below->d[i] = below->y[i] > 0 ? below->d[i] : 0;
}

static void change(struct layer *layer, const float *from, size_t count)
{
    float sum[layer->out_row];
    memset(sum, 0, sizeof sum);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < layer->out_row; j++) sum[j] += layer->d[i * layer->out_row + j];
    for (size_t j = 0; j < layer->out; j++) layer->b[j] -= rate * sum[j];
    update(count, layer->out_row, layer->in_row, from, layer->in_row, layer->d, layer->out_row, layer->w,
           layer->out_row);
}

static double step(const int32_t *chosen, size_t count, size_t *right)
{
    const struct layer *last = &layers[layer_count - 1];
    gather(chosen, count);
    const float *from = x;
    for (struct layer *layer = layers; layer <= last; from = layer++->y) {
        multiply(count, layer->out_row, layer->in_row, from, layer->in_row, layer->w, layer->out_row, layer->y,
                 layer->out_row);
        activate(layer, count, layer < last);
    }
    double loss = compute_loss(last, chosen, count, right);
    for (size_t l = layer_count; l-- > 0;) {
        if (l > 0) back_through(&layers[l], count);
        change(&layers[l], l > 0 ? layers[l - 1].y : x, count);
    }
    return loss;
}

/* ---- around it ---- */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static double epoch(size_t *right)
{
    double loss = 0;
    *right = 0;
    for (size_t i = rows; i > 1; i--) {
        size_t j = (size_t)rand() % i;
        int32_t other = order[j];
        order[j] = order[i - 1];
        order[i - 1] = other;
    }
    for (size_t first = 0; first < rows; first += batch)
        loss += step(order + first, rows - first < batch ? rows - first : batch, right);
    return loss / (double)rows;
}

static void make_layers(char **widths)
{
    for (size_t l = 0; l < layer_count; l++) {
        struct layer *layer = &layers[l];
        layer->in = strtoul(widths[l], NULL, 10);
        layer->out = strtoul(widths[l + 1], NULL, 10);
        layer->in_row = l > 0 ? layers[l - 1].out_row : layer->in;
        layer->out_row = pad ? (layer->out + pad - 1) / pad * pad : layer->out;
        layer->w = room(layer->in_row * layer->out_row, sizeof(float));
        layer->b = room(layer->out_row, sizeof(float));
        layer->y = room(batch * layer->out_row, sizeof(float));
        layer->d = room(batch * layer->out_row, sizeof(float));
        const float most = sqrtf(6 / (float)layer->in); /* He's, uniform */
        for (size_t i = 0; i < layer->in; i++)
            for (size_t j = 0; j < layer->out; j++)
                layer->w[i * layer->out_row + j] = most * (2 * (float)rand() / (float)RAND_MAX - 1);
    }
}

static void *read_file(const char *folder, const char *name, size_t count)
{
    char path[4096];
    void *values = room(count, 4);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file || fread(values, 4, count, file) != count) {
        fprintf(stderr, "%s: cannot be read\n", path);
        exit(3);
    }
    fclose(file);
    return values;
}

int main(int count, char **words)
{
    if (count < 10 || count - 9 > MOST_LAYERS) return 2;
    const size_t epochs = strtoul(words[4], NULL, 10);
    rows = strtoul(words[2], NULL, 10);
    batch = strtoul(words[3], NULL, 10);
    rate = strtof(words[5], NULL);
    pad = strtoul(words[6], NULL, 10);
    block = strtoul(words[7], NULL, 10);
    layer_count = (size_t)count - 9;
    make_layers(words + 8);
    data = read_file(words[1], "x.f32", rows * layers[0].in);
    labels = read_file(words[1], "t.i32", rows);
    x = room(batch * layers[0].in, sizeof *x);
    order = room(rows, sizeof *order);
    for (size_t i = 0; i < rows; i++) order[i] = (int32_t)i;
    double loss = 0;
    size_t right = 0;
    for (size_t i = 0; i < epochs; i++) {
        double began = now();
        loss = epoch(&right);
        printf("%.6f ", now() - began);
    }
    printf("\n%.6f %.6f %s\n", loss, (double)right / (double)rows, about());
    return 0;
}
