/* watch: a page on this machine that shows a training's curves while it runs.
 * SPDX-License-Identifier: MIT
 *
 * The page asks for /history/N once a second: how far it is, and the rows from the Nth on. Training and the server meet in
 * one lock, which is held for as long as it takes to copy some numbers. */
#include "watch.h"

#include "cli.h"
#include "history.h"
#include "json.h"
#include "site.h"
#include "terminal.h"
#include "web.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    ROWS_A_TIME = 2000,       /* in one answer; the page asks again */
    OPEN_MILLISECONDS = 3000, /* a page that asked within them is open */
    WAIT_MILLISECONDS = 2000, /* for it to get the end */
};

struct watch {
    struct site site;
    struct server *server;
    char *page;
    size_t page_size;
    pthread_mutex_t lock; /* of all below */
    ink_epoch *rows;
    size_t count, room;
    ink_progress now;
    char ended[256]; /* "" while it runs */
    double asked;    /* when a page last asked */
    bool delivered;  /* an answer had the end in it */
};

static double now_milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return 1e3 * (double)now.tv_sec + 1e-6 * (double)now.tv_nsec;
}

/* --------------------------------------------------------------------- answers */

/* What the columns of the rows are, and which of them the best row goes by; nothing before the first row. */
static void write_scores(FILE *file, const struct watch *watch)
{
    const ink_epoch *row = watch->rows;
    if (watch->count == 0) return;
    fprintf(file, "\"monitor\":\"val_%s\",\"scores\":[", row->scores[row->monitor].name);
    for (size_t i = 0; i < row->score_count; i++)
        fprintf(file, "%s{\"name\":\"%s\",\"share\":%s}", i ? "," : "", row->scores[i].name,
                row->scores[i].share ? "true" : "false");
    fputs("],", file);
}

static void write_state(FILE *file, const struct watch *watch, size_t from, size_t to)
{
    char rate[TEXT_ROOM], left[TEXT_ROOM];
    const ink_progress *now = &watch->now;
    bool is_rate = isfinite(now->rows_per_second), is_left = isfinite(now->seconds_left);
    fprintf(
        file, "{\"epoch\":%zu,\"epochs\":%zu,\"step\":%zu,\"steps\":%zu,\"rows_per_second\":%s,\"seconds_left\":%s,",
        now->epoch, now->epochs, now->step, now->steps_total, is_rate ? text_exact(rate, now->rows_per_second) : "null",
        is_left ? text_exact(left, now->seconds_left) : "null");
    json_t *ended = json_of_text(*watch->ended ? watch->ended : NULL);
    write_scores(file, watch);
    fputs("\"ended\":", file);
    json_dumpf(ended, file, JSON_ENCODE_ANY);
    json_decref(ended);
    fprintf(file, ",\"from\":%zu,\"count\":%zu,\"rows\":[\n", from, watch->count);
    for (size_t i = from; i < to; i++) {
        if (i > from) fputc(',', file);
        history_write(file, watch->rows[i].best ? "\"best\":true," : "", &watch->rows[i]);
    }
    fputs("]}\n", file);
}

static struct answer answer_history(struct watch *watch, size_t from)
{
    struct answer answer = {.status = 200};
    FILE *file = open_memstream(&answer.text, &answer.size);
    if (!file) return answer;
    pthread_mutex_lock(&watch->lock);
    if (from > watch->count) from = watch->count;
    size_t to = watch->count - from > ROWS_A_TIME ? from + ROWS_A_TIME : watch->count;
    write_state(file, watch, from, to);
    watch->asked = now_milliseconds();
    watch->delivered = *watch->ended && to == watch->count;
    pthread_mutex_unlock(&watch->lock);
    bool failed = ferror(file);
    if (fclose(file) != 0 || failed) free(answer.text), answer.text = NULL;
    return answer;
}

static struct answer get(void *user, const char *path)
{
    static const char history[] = "/history";
    struct watch *watch = user;
    if (strcmp(path, "/") == 0)
        return (struct answer){200, watch->page, watch->page_size, "text/html; charset=utf-8", true};
    if (strncmp(path, history, sizeof history - 1) != 0) return (struct answer){0};
    const char *from = path + sizeof history - 1;
    if (!*from) return answer_history(watch, 0);
    size_t digits = strspn(from + 1, "0123456789");
    if (*from != '/' || digits == 0 || digits > 9 || from[1 + digits]) return (struct answer){0};
    return answer_history(watch, strtoul(from + 1, NULL, 10));
}

/* ------------------------------------------------------------------------ page */

static void write_text(FILE *file, const char *text)
{
    for (; *text; text++) {
        bool special = strchr("<>&\"'", *text) != NULL, control = (unsigned char)*text < 0x20;
        fprintf(file, special || control ? "&#%d;" : "%c", control ? '?' : (unsigned char)*text);
    }
}

static bool make_page(struct watch *watch, const char *data)
{
    FILE *file = open_memstream(&watch->page, &watch->page_size);
    if (!file) return false;
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
          "content=\"width="
          "device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" "
          "href=\"data:,\">\n<title>",
          file);
    write_text(file, data);
    fprintf(file,
            " \xC2\xB7 Inkling</title>\n<style>\n%s%s</style>\n</head>\n<body>\n<header><p class=\"brand\">Inkling</p>"
            "<h1>Training on ",
            web_report_css, web_watch_css);
    write_text(file, data);
    fprintf(file, "</h1></header>\n%s<script>\n%s</script>\n<script>\n%s</script>\n</body>\n</html>\n", web_watch_html,
            web_chart_js, web_watch_js);
    bool failed = ferror(file);
    return fclose(file) == 0 && !failed;
}

/* ------------------------------------------------------------------------ whole */

static void free_watch(struct watch *watch)
{
    site_end(watch->server);
    pthread_mutex_destroy(&watch->lock);
    free(watch->page);
    free(watch->rows);
    free(watch);
}

int watch_begin(const struct job *job, const char *text, struct watch **out)
{
    char address[SITE_ADDRESS_ROOM];
    unsigned port;
    *out = NULL;
    int code = site_read_port("watch", text, &port);
    if (code != CODE_DONE) return code;
    struct watch *watch = calloc(1, sizeof *watch);
    if (!watch) return fail(CODE_INTERNAL, "out of memory");
    pthread_mutex_init(&watch->lock, NULL);
    watch->now.rows_per_second = watch->now.seconds_left = NAN;
    watch->site = (struct site){.user = watch, .get = get, .paths = "GET / and GET /history", .polls = true};
    code = make_page(watch, job->operands[0]) ? CODE_DONE : fail(CODE_INTERNAL, "out of memory");
    if (code == CODE_DONE) code = site_begin(&watch->site, "127.0.0.1", port, &watch->server);
    if (code != CODE_DONE) {
        free_watch(watch);
        return code;
    }
    talk("live curves at %s", site_address(watch->server, address));
    *out = watch;
    return CODE_DONE;
}

static void keep_row(struct watch *watch, const ink_epoch *row)
{
    if (watch->count == watch->room) {
        size_t room = watch->room ? 2 * watch->room : 64;
        ink_epoch *rows = reallocarray(watch->rows, room, sizeof *rows);
        if (!rows) return; /* training matters more */
        watch->rows = rows;
        watch->room = room;
    }
    watch->rows[watch->count++] = *row;
}

void watch_progress(struct watch *watch, const ink_progress *now)
{
    if (!watch) return;
    pthread_mutex_lock(&watch->lock);
    if (now->row) keep_row(watch, now->row);
    watch->now = *now;
    watch->now.row = NULL;
    pthread_mutex_unlock(&watch->lock);
}

static bool is_waited_for(struct watch *watch)
{
    pthread_mutex_lock(&watch->lock);
    bool waited = !watch->delivered && watch->asked > 0 && now_milliseconds() - watch->asked < OPEN_MILLISECONDS;
    pthread_mutex_unlock(&watch->lock);
    return waited;
}

void watch_end(struct watch *watch, const ink_run *run)
{
    const struct timespec moment = {0, 20000000};
    if (!watch) return;
    pthread_mutex_lock(&watch->lock);
    snprintf(watch->ended, sizeof watch->ended, "%s", run ? ink_run_ended(run) : "without a result");
    pthread_mutex_unlock(&watch->lock);
    for (int waited = 0; waited < WAIT_MILLISECONDS && is_waited_for(watch); waited += 20) nanosleep(&moment, NULL);
    free_watch(watch);
}
