/* main: a fuzz target without libFuzzer: files as they are, cut, and changed at random.
 * SPDX-License-Identifier: MIT
 *
 * fuzz_NAME [--seconds N] [--seed N] FILE|FOLDER …    runs each file; some with a piece repeated until they are large, which
 * shows what takes time or memory out of proportion; then for N seconds changed ones. Prints how many; an input that fails is
 * kept as fuzz-failed.bin. */
#include "fuzz.h"

#include "base/rng.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { MOST_FILES = 4096, MOST_SIZE = 1 << 20, CUTS = 64, STRETCHES = 96, STRETCHED = 128 << 10 };

static struct seed {
    uint8_t *bytes;
    size_t size;
} seeds[MOST_FILES];
static size_t seed_count, runs;

static void run(const uint8_t *bytes, size_t size)
{
    fuzz_one(bytes, size);
    runs++;
}

static void add_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    fuzz_assert(file != NULL, path);
    struct seed *seed = &seeds[seed_count];
    seed->bytes = malloc(MOST_SIZE);
    fuzz_assert(seed->bytes != NULL && seed_count < MOST_FILES - 1, "too many files");
    seed->size = fread(seed->bytes, 1, MOST_SIZE, file);
    fclose(file);
    uint8_t *fits = realloc(seed->bytes, seed->size + 1);
    if (fits) seed->bytes = fits;
    seed_count++;
}

static void add_path(const char *path)
{
    struct stat info;
    fuzz_assert(stat(path, &info) == 0, path);
    if (!S_ISDIR(info.st_mode)) {
        add_file(path);
        return;
    }
    DIR *folder = opendir(path);
    fuzz_assert(folder != NULL, path);
    for (struct dirent *entry; (entry = readdir(folder));) {
        char name[4096];
        if (*entry->d_name == '.') continue;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        add_path(name);
    }
    closedir(folder);
}

/* As it is, and cut at some places. */
static void run_seed(const struct seed *seed)
{
    size_t step = seed->size / CUTS + 1;
    run(seed->bytes, seed->size);
    for (size_t cut = 0; cut < seed->size; cut += step) run(seed->bytes, cut);
}

/* A piece of the file over and over again where it stands. */
static void run_stretched(struct inki_rng *rng, uint8_t *room)
{
    const struct seed *seed = &seeds[inki_rng_below(rng, seed_count)];
    if (seed->size == 0 || seed->size > STRETCHED) return;
    size_t at = (size_t)inki_rng_below(rng, seed->size), most = seed->size - at < 64 ? seed->size - at : 64;
    size_t length = (size_t)inki_rng_below(rng, most) + 1, size = at, rest = seed->size - at;
    memcpy(room, seed->bytes, at);
    for (; size + length + rest <= STRETCHED; size += length) memcpy(room + size, seed->bytes + at, length);
    memcpy(room + size, seed->bytes + at, rest);
    run(room, size + rest);
}

/* Some bytes changed, some parts moved, one perhaps from another seed. */
static void run_changed(struct inki_rng *rng, uint8_t *room)
{
    static const uint8_t edges[] = {0, 1, 0x7F, 0x80, 0xFE, 0xFF, '0', '9', ',', '\n', '(', '"'};
    const struct seed *seed = &seeds[inki_rng_below(rng, seed_count)], *other = &seeds[inki_rng_below(rng, seed_count)];
    size_t size = seed->size;
    memcpy(room, seed->bytes, size);
    for (uint64_t changes = size ? inki_rng_below(rng, 8) + 1 : 0; changes-- > 0;) {
        size_t at = (size_t)inki_rng_below(rng, size), from = (size_t)inki_rng_below(rng, other->size + 1);
        size_t length = (size_t)inki_rng_below(rng, size - at + 1) % 64;
        switch (inki_rng_below(rng, 6)) {
        case 0:
            room[at] = (uint8_t)inki_rng_next(rng);
            break;
        case 1:
            room[at] = edges[inki_rng_below(rng, sizeof edges)];
            break;
        case 2:
            room[at] ^= (uint8_t)(1u << inki_rng_below(rng, 8));
            break;
        case 3:
            memmove(room + (size_t)inki_rng_below(rng, size - length + 1), room + at, length);
            break;
        case 4:
            if (length > other->size - from) length = other->size - from;
            memcpy(room + at, other->bytes + from, length);
            break;
        default:
            if (inki_rng_below(rng, 4) == 0) size = at + 1;
            break;
        }
    }
    run(room, size);
}

int main(int count, char **words)
{
    double seconds = 0;
    uint64_t number = 1;
    for (int i = 1; i < count; i++) {
        if (strcmp(words[i], "--seconds") == 0 && i + 1 < count)
            seconds = (double)strtoul(words[++i], NULL, 10);
        else if (strcmp(words[i], "--seed") == 0 && i + 1 < count)
            number = strtoul(words[++i], NULL, 10);
        else
            add_path(words[i]);
    }
    for (size_t i = 0; i < seed_count; i++) run_seed(&seeds[i]);
    size_t whole = runs;
    struct inki_rng rng = inki_rng_begin(number, INKI_RNG_TEST, 0, 0);
    uint8_t *room = malloc(MOST_SIZE + 1);
    fuzz_assert(room != NULL && seed_count > 0, "no memory, or no file was named");
    for (int i = 0; i < STRETCHES; i++) run_stretched(&rng, room);
    time_t begin = time(NULL);
    while (difftime(time(NULL), begin) < seconds) {
        for (int i = 0; i < 64; i++) run_changed(&rng, room);
        run_stretched(&rng, room);
    }
    printf("%zu files, %zu runs of them, %zu of changed ones\n", seed_count, whole, runs - whole);
    for (size_t i = 0; i < seed_count; i++) free(seeds[i].bytes);
    free(room);
    return 0;
}
