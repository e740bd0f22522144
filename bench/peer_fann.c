/* peer_fann: training by FANN, for bench/peers.
 * SPDX-License-Identifier: MIT
 *
 * peer_fann FOLDER ROWS BATCH EPOCHS RATE WIDTH…
 *
 * FANN has no ReLU, no softmax and no cross-entropy: hidden layers are its piecewise linear sigmoid, the cheapest that it
 * has, outputs its stepwise sigmoid, and the loss is its mean squared error. BATCH 1 is its incremental training; a greater
 * one is its batch training on that many rows at a time, which is the nearest to Inkling's. Rows are shuffled as pointers. Prints
 * the seconds of each epoch, then the mean squared error of the last. */
#include <fann.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_LAYERS = 8 };

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void read_file(const char *folder, const char *name, void *values, size_t count)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file || fread(values, 4, count, file) != count) {
        fprintf(stderr, "%s: cannot be read\n", path);
        exit(3);
    }
    fclose(file);
}

static struct fann_train_data *read_rows(const char *folder, unsigned rows, unsigned features, unsigned classes)
{
    struct fann_train_data *all = fann_create_train(rows, features, classes);
    int32_t *labels = malloc(rows * sizeof *labels);
    if (!all || !labels) exit(4);
    read_file(folder, "x.f32", all->input[0], (size_t)rows * features); /* FANN keeps the rows in one block */
    read_file(folder, "t.i32", labels, rows);
    for (unsigned i = 0; i < rows; i++)
        for (unsigned j = 0; j < classes; j++) all->output[i][j] = (int32_t)j == labels[i];
    free(labels);
    return all;
}

static void swap(fann_type **a, fann_type **b)
{
    fann_type *other = *a;
    *a = *b;
    *b = other;
}

static double epoch(struct fann *net, struct fann_train_data *all, unsigned batch)
{
    struct fann_train_data part = *all;
    double error = 0;
    for (unsigned i = all->num_data; i > 1; i--) {
        unsigned j = (unsigned)rand() % i;
        swap(&all->input[j], &all->input[i - 1]);
        swap(&all->output[j], &all->output[i - 1]);
    }
    if (batch == 1) return (double)fann_train_epoch(net, all);
    for (unsigned first = 0; first < all->num_data; first += batch) {
        part.input = all->input + first;
        part.output = all->output + first;
        part.num_data = all->num_data - first < batch ? all->num_data - first : batch;
        error += (double)fann_train_epoch(net, &part) * part.num_data;
    }
    return error / all->num_data;
}

int main(int count, char **words)
{
    unsigned widths[MOST_LAYERS], layers = (unsigned)count - 6;
    if (count < 8 || layers > MOST_LAYERS) return 2;
    const unsigned rows = (unsigned)atoi(words[2]), batch = (unsigned)atoi(words[3]), epochs = (unsigned)atoi(words[4]);
    for (unsigned i = 0; i < layers; i++) widths[i] = (unsigned)atoi(words[6 + i]);
    struct fann *net = fann_create_standard_array(layers, widths);
    struct fann_train_data *all = read_rows(words[1], rows, widths[0], widths[layers - 1]);
    if (!net) return 4;
    fann_set_training_algorithm(net, batch == 1 ? FANN_TRAIN_INCREMENTAL : FANN_TRAIN_BATCH);
    fann_set_learning_rate(net, (float)atof(words[5]));
    fann_set_activation_function_hidden(net, FANN_LINEAR_PIECE);
    fann_set_activation_function_output(net, FANN_SIGMOID_STEPWISE);
    fann_set_train_error_function(net, FANN_ERRORFUNC_LINEAR);
    double error = 0;
    for (unsigned i = 0; i < epochs; i++) {
        double began = now();
        error = epoch(net, all, batch);
        printf("%.6f ", now() - began);
    }
    printf("\n%.6f\n", error);
    return 0;
}
