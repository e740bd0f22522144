/* events: the run's history as TensorBoard's event files.
 * SPDX-License-Identifier: MIT */
#include "events.h"

#include "cli.h"
#include "terminal.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* ------------------------------------------------------------------- records */

/* CRC-32C (Castagnoli), bit by bit: a few hundred bytes an epoch. */
static uint32_t crc_of(const uint8_t *bytes, size_t size)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78U : 0);
    }
    return ~crc;
}

/* So that the checksum of something with a checksum in it stays good. */
static uint32_t masked(uint32_t crc) { return (crc >> 15 | crc << 17) + 0xA282EAD8U; }

static void put_little(uint8_t *to, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) to[i] = (uint8_t)(value >> 8 * i);
}

static void note_error(struct events *events)
{
    if (!events->error) events->error = errno ? errno : EIO;
}

static void write_record(struct events *events, const uint8_t *content, size_t size)
{
    uint8_t head[12], tail[4];
    put_little(head, size, 8);
    put_little(head + 8, masked(crc_of(head, 8)), 4);
    put_little(tail, masked(crc_of(content, size)), 4);
    errno = 0;
    if (fwrite(head, 1, sizeof head, events->file) != sizeof head || fwrite(content, 1, size, events->file) != size ||
        fwrite(tail, 1, sizeof tail, events->file) != sizeof tail)
        note_error(events);
}

/* ------------------------------------------------------------------ messages */

/* A protocol buffer message under way; the caller sees to it that it fits. */
struct message {
    uint8_t bytes[512];
    size_t size;
};

static void add_varint(struct message *to, uint64_t value)
{
    for (; value >= 0x80; value >>= 7) to->bytes[to->size++] = (uint8_t)(value | 0x80);
    to->bytes[to->size++] = (uint8_t)value;
}

enum { VARINT = 0, EIGHT_BYTES = 1, BLOCK = 2, FOUR_BYTES = 5 };

static void add_key(struct message *to, unsigned field, unsigned kind) { add_varint(to, field << 3 | kind); }

static void add_block(struct message *to, unsigned field, const void *bytes, size_t size)
{
    add_key(to, field, BLOCK);
    add_varint(to, size);
    memcpy(to->bytes + to->size, bytes, size);
    to->size += size;
}

static void add_double(struct message *to, unsigned field, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    add_key(to, field, EIGHT_BYTES);
    put_little(to->bytes + to->size, bits, 8);
    to->size += 8;
}

static void add_float(struct message *to, unsigned field, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    add_key(to, field, FOUR_BYTES);
    put_little(to->bytes + to->size, bits, 4);
    to->size += 4;
}

/* Fields of Event: 1 wall_time, 2 step, 3 file_version, 5 summary; of Summary: 1 value; of Value: 1 tag, 2 simple_value. */
static struct message begin_event(size_t step)
{
    struct message event = {.size = 0};
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    add_double(&event, 1, (double)now.tv_sec + 1e-9 * (double)now.tv_nsec);
    if (step) {
        add_key(&event, 2, VARINT);
        add_varint(&event, step);
    }
    return event;
}

static void add_scalar(struct message *summary, const char *tag, double value)
{
    struct message entry = {.size = 0};
    if (!isfinite(value)) return;
    add_block(&entry, 1, tag, strlen(tag));
    add_float(&entry, 2, (float)value);
    add_block(summary, 1, entry.bytes, entry.size);
}

/* Tagged "accuracy/training". */
static void add_score(struct message *summary, const ink_score *score, const char *part, double value)
{
    char tag[64];
    snprintf(tag, sizeof tag, "%s/%s", score->name, part);
    add_scalar(summary, tag, value);
}

/* -------------------------------------------------------------------- public */

static int cannot_write(struct events *events)
{
    return fail(CODE_INPUT, "cannot write %s: %s", *events->path ? events->path : events->folder,
                strerror(events->error));
}

int events_begin(struct events *events)
{
    static const char version[] = "brain.Event:2";
    if (!events->folder) return CODE_DONE;
    errno = 0;
    if (mkdir(events->folder, 0777) != 0 && errno != EEXIST) note_error(events);
    for (int run = 0; !events->file && !events->error; run++) {
        int length = snprintf(events->path, sizeof events->path, "%s/events.out.tfevents.%lld.inkling.%d",
                              events->folder, (long long)time(NULL), run);
        if (length < 0 || (size_t)length >= sizeof events->path) errno = ENAMETOOLONG;
        if ((size_t)length < sizeof events->path) events->file = fopen(events->path, "wbx");
        if (!events->file && errno != EEXIST) note_error(events);
    }
    if (events->error) return cannot_write(events);
    struct message event = begin_event(0);
    add_block(&event, 3, version, sizeof version - 1);
    write_record(events, event.bytes, event.size);
    return CODE_DONE;
}

void events_row(struct events *events, const ink_epoch *row)
{
    if (!events->file || events->error) return;
    struct message event = begin_event(events->by_steps ? row->step : row->epoch), summary = {.size = 0};
    for (size_t i = 0; i < row->score_count; i++) {
        add_score(&summary, &row->scores[i], "training", row->train[i]);
        add_score(&summary, &row->scores[i], "validation", row->val[i]);
    }
    add_scalar(&summary, "rate", row->lr);
    add_scalar(&summary, "rows_per_second", row->rows_per_second);
    add_block(&event, 5, summary.bytes, summary.size);
    write_record(events, event.bytes, event.size);
    if (fflush(events->file) != 0) note_error(events);
}

int events_end(struct events *events)
{
    if (!events->file) return CODE_DONE;
    errno = 0;
    if (fclose(events->file) != 0) note_error(events);
    events->file = NULL;
    return events->error ? cannot_write(events) : CODE_DONE;
}
