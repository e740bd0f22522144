/* history: the run's history as JSON lines, written during training.
 * SPDX-License-Identifier: MIT */
#include "history.h"

#include "cli.h"
#include "terminal.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *text_real(char to[TEXT_ROOM], double value)
{
    return isfinite(value) ? text_exact(to, value) : "null";
}

void history_write(FILE *file, const char *key, const ink_epoch *row)
{
    char text[TEXT_ROOM];
    fprintf(file, "{%s\"epoch\":%zu,\"step\":%zu,\"lr\":%s,", key, row->epoch, row->step, text_real(text, row->lr));
    for (size_t i = 0; i < row->score_count; i++)
        fprintf(file, "\"train_%s\":%s,", row->scores[i].name, text_real(text, row->train[i]));
    for (size_t i = 0; i < row->score_count; i++)
        fprintf(file, "\"val_%s\":%s,", row->scores[i].name, text_real(text, row->val[i]));
    fprintf(file, "\"seconds\":%.3f}\n", row->seconds);
}

static void write_step(FILE *file, const char *key, size_t step, double loss)
{
    if (isfinite(loss))
        fprintf(file, "{%s\"step\":%zu,\"loss\":%.17g}\n", key, step, loss);
    else
        fprintf(file, "{%s\"step\":%zu,\"loss\":null}\n", key, step);
}

static void note_error(struct history *history)
{
    if (!history->error) history->error = errno ? errno : EIO;
}

/* True if the file is there to be written to. */
static bool begin_history(struct history *history)
{
    if (!history->path || history->error) return false;
    if (!history->file) history->file = fopen(history->path, "w");
    if (!history->file) note_error(history);
    return history->file != NULL;
}

static bool is_regular(FILE *file)
{
    struct stat info;
    return fstat(fileno(file), &info) == 0 && S_ISREG(info.st_mode);
}

void history_row(struct history *history, const ink_epoch *row)
{
    if (!begin_history(history)) return;
    if (history->steps && !is_regular(history->file)) return;
    history_write(history->file, history->key, row);
    if (fflush(history->file) != 0) note_error(history);
}

static void write_all(const struct history *history, const ink_run *run)
{
    const double *losses = ink_run_step_losses(run);
    size_t step = 0, steps = ink_run_steps(run);
    for (size_t i = 0; i < ink_run_epochs(run); i++) {
        const ink_epoch *row = ink_run_epoch(run, i);
        for (; step < row->step && step < steps; step++)
            write_step(history->file, history->key, step + 1, losses[step]);
        history_write(history->file, history->key, row);
    }
    for (; step < steps; step++) write_step(history->file, history->key, step + 1, losses[step]);
}

static void write_anew(struct history *history, const ink_run *run)
{
    if (!begin_history(history)) return;
    bool emptied = !is_regular(history->file) ||
                   (fseek(history->file, 0, SEEK_SET) == 0 && ftruncate(fileno(history->file), 0) == 0);
    if (!emptied)
        note_error(history);
    else
        write_all(history, run);
}

void history_run(struct history *history, const ink_run *run)
{
    if (!begin_history(history)) return;
    write_all(history, run);
    if (fflush(history->file) != 0) note_error(history);
}

int history_end(struct history *history, const ink_run *run)
{
    if (history->steps && run) write_anew(history, run);
    if (history->file) {
        errno = 0;
        if (ferror(history->file)) note_error(history);
        if (fclose(history->file) != 0) note_error(history);
    }
    history->file = NULL;
    if (!history->error || history->error == EPIPE) return CODE_DONE;
    return fail(CODE_INPUT, "cannot write %s: %s", history->path, strerror(history->error));
}
