/* members_tpl: weights that members share, and the answer of all of them.
 * SPDX-License-Identifier: MIT */

static void share_weights(const struct inki_shared *call)
{
    const float *restrict w = call->w, *restrict s = call->s;
    float *restrict made = call->made;
    const size_t n = call->n;
    for (size_t i = 0; i < call->rows; i++, w += n, made += n) {
        const float r = call->r[i];
        for (size_t j = 0; j < n; j++) made[j] = r * w[j] * s[j];
    }
}

/* The sum of 16 lanes, halves upon halves. */
INLINE float sum_of_lanes(const float lanes[16])
{
    float half[8], quarter[4];
    for (size_t i = 0; i < 8; i++) half[i] = lanes[i] + lanes[i + 8];
    for (size_t i = 0; i < 4; i++) quarter[i] = half[i] + half[i + 4];
    return (quarter[0] + quarter[2]) + (quarter[1] + quarter[3]);
}

enum { SHARE_LANES = 16 / VEC_WIDTH };

/* V, a constant, is the number of vectors in a row: s and ds are registers. */
INLINE void share_rows(const int V, const struct inki_shared *call)
{
    const float *w = call->w, *g = call->g;
    float *dw = call->dw, lanes[16];
    vec s[4 * SHARE_LANES], ds[4 * SHARE_LANES];
    UNROLL
    for (int j = 0; j < V; j++) {
        s[j] = vec_load(call->s + j * VEC_WIDTH);
        ds[j] = vec_load(call->ds + j * VEC_WIDTH);
    }
    for (size_t i = 0; i < call->rows; i++, w += V * VEC_WIDTH, g += V * VEC_WIDTH, dw += V * VEC_WIDTH) {
        const vec r = vec_set(call->r[i]);
        vec sum[SHARE_LANES];
        UNROLL
        for (int j = 0; j < SHARE_LANES; j++) sum[j] = vec_set(0);
        UNROLL
        for (int j = 0; j < V; j++) {
            const vec gradient = vec_load(g + j * VEC_WIDTH), weight = vec_load(w + j * VEC_WIDTH),
                      scaled = vec_mul(gradient, s[j]);
            vec_store(dw + j * VEC_WIDTH, vec_fma(r, scaled, vec_load(dw + j * VEC_WIDTH)));
            sum[j % SHARE_LANES] = vec_fma(scaled, weight, sum[j % SHARE_LANES]);
            ds[j] = vec_fma(vec_mul(r, weight), gradient, ds[j]);
        }
        UNROLL
        for (int j = 0; j < SHARE_LANES; j++) vec_store(lanes + j * VEC_WIDTH, sum[j]);
        call->dr[i] += sum_of_lanes(lanes);
    }
    UNROLL
    for (int j = 0; j < V; j++) vec_store(call->ds + j * VEC_WIDTH, ds[j]);
}

static void share_gradient(const struct inki_shared *call)
{
    switch (call->n / 16) {
    case 1:
        share_rows(SHARE_LANES, call);
        break;
    case 2:
        share_rows(2 * SHARE_LANES, call);
        break;
    case 3:
        share_rows(3 * SHARE_LANES, call);
        break;
    default:
        share_rows(4 * SHARE_LANES, call);
    }
}

/* log p of one member's logits is z - *from; NaN or infinite where one of them is. */
static double log_sum(size_t classes, const float *z)
{
    float max = z[0], sum = 0, poison = 0;
    for (size_t j = 1; j < classes; j++) max = z[j] > max ? z[j] : max;
    for (size_t j = 0; j < classes; j++) {
        sum += exp_f(z[j] - max);
        poison += 0 * z[j];
    }
    return (double)max + inki_log((double)sum) + (double)poison;
}

/* log of the mean over members of exp(z - from), of one class. */
static double log_mean(const struct inki_pooling *call, const float *z, const double *from)
{
    double most = (double)z[0] - from[0];
    float sum = 0;
    for (size_t m = 1; m < call->members; m++) {
        double one = (double)z[m * call->width] - from[m];
        most = one > most ? one : most;
    }
    for (size_t m = 0; m < call->members; m++) sum += exp_f((float)((double)z[m * call->width] - from[m] - most));
    return most + inki_log((double)sum / (double)call->members);
}

static void pool_classes(const struct inki_pooling *call)
{
    double from[INKI_MOST_MEMBERS];
    for (size_t i = 0; i < call->rows; i++) {
        float *z = call->z + i * call->stride;
        double poison = 0;
        for (size_t m = 0; m < call->members; m++) {
            from[m] = log_sum(call->classes, z + m * call->width);
            poison += 0 * from[m];
        }
        for (size_t j = 0; j < call->classes; j++) z[j] = (float)(log_mean(call, z + j, from) + poison);
    }
}
