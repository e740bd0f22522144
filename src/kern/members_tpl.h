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
static inline float sum_of_lanes(float lanes[16])
{
    for (size_t i = 0; i < 8; i++) lanes[i] += lanes[i + 8];
    for (size_t i = 0; i < 4; i++) lanes[i] += lanes[i + 4];
    return (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]);
}

static void share_gradient(const struct inki_shared *call)
{
    const float *restrict w = call->w, *restrict g = call->g, *restrict s = call->s;
    float *restrict dw = call->dw, *restrict ds = call->ds;
    const size_t n = call->n;
    for (size_t i = 0; i < call->rows; i++, w += n, g += n, dw += n) {
        const float r = call->r[i];
        float lanes[16] = {0};
        for (size_t j0 = 0; j0 < n; j0 += 16)
            for (size_t j = 0; j < 16; j++) {
                const float scaled = g[j0 + j] * s[j0 + j];
                dw[j0 + j] = fmaf(r, scaled, dw[j0 + j]);
                lanes[j] = fmaf(scaled, w[j0 + j], lanes[j]);
                ds[j0 + j] = fmaf(r * w[j0 + j], g[j0 + j], ds[j0 + j]);
            }
        call->dr[i] += sum_of_lanes(lanes);
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
