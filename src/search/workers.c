/* workers: workers on a store, until nothing is left to do.
 * SPDX-License-Identifier: MIT
 *
 * The calling thread starts the workers, then says every second that this process is alive, reports progress to the caller, and
 * looks at the clock. The workers meet only in the store. Where that is elsewhere each of them is a process of it; where it is served to others, the
 * calling thread stays until they have left. */
#include "base/clock.h"
#include "base/mem.h"
#include "base/sized.h"
#include "base/pool.h"
#include "base/text.h"
#include "search/search.h"
#include "train/trainer.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { LOOK_MS = 200, BEAT_MS = 1000 };

struct crew;

struct worker {
    struct crew *crew;
    struct inki_search_hand hand;
    struct inki_journal journal; /* the search's; over a link, as a process of its own */
    pthread_t thread;
};

struct crew {
    ink_search *search;
    struct worker *workers;
    size_t count, room; /* threads that were started; of `workers` */
    atomic_bool stop;
    pthread_mutex_t mutex;
    pthread_cond_t wake; /* a trial was handed in, or a worker has ended */
    /* under the mutex: */
    size_t alive;
    ink_status status; /* the first failure of the store */
    char message[1024];
    size_t *finished, finished_count; /* trials that were handed in and not reported yet; room for one a worker */
    /* of the calling thread: */
    ink_search_hooks hooks;
    double began, beat, budget;
    size_t epochs_before;
    int64_t event; /* the last of the store's that was looked at */
    bool cancelled;
};

/* ---- workers ---- */

static bool go_on(void *user)
{
    const struct crew *crew = user;
    return !atomic_load(&crew->stop);
}

static void wait_for_wake(struct crew *crew, long milliseconds)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += milliseconds * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_cond_timedwait(&crew->wake, &crew->mutex, &until);
}

/* The first failure ends the work of all. */
static void report_failure(struct crew *crew, const struct worker *worker, ink_status status)
{
    pthread_mutex_lock(&crew->mutex);
    if (crew->status == INK_OK) {
        crew->status = status;
        snprintf(crew->message, sizeof crew->message, "%s", ink_ctx_message(worker->hand.ctx));
    }
    pthread_mutex_unlock(&crew->mutex);
    atomic_store(&crew->stop, true);
}

/* Waits until the calling thread has reported what this worker handed in before. */
static void report_finished(struct crew *crew, size_t trial)
{
    pthread_mutex_lock(&crew->mutex);
    while (crew->finished_count == crew->room) wait_for_wake(crew, LOOK_MS);
    crew->finished[crew->finished_count++] = trial;
    pthread_cond_broadcast(&crew->wake);
    pthread_mutex_unlock(&crew->mutex);
}

/* One trial, or a pause where there is none to have now. *over: there will be none. */
static ink_status work_once(struct crew *crew, struct worker *worker, bool *over)
{
    struct inki_claim claim;
    bool ended;
    INK_TRY(inki_journal_claim(&worker->journal, worker->hand.ctx, &claim, over));
    if (claim.trial == 0) {
        pthread_mutex_lock(&crew->mutex);
        if (!*over) wait_for_wake(crew, LOOK_MS);
        pthread_mutex_unlock(&crew->mutex);
        return INK_OK;
    }
    size_t trial = claim.trial;
    ink_status status = inki_search_work(&worker->hand, &worker->journal, &claim, &ended);
    inki_claim_free(worker->hand.ctx, &claim);
    if (status == INK_OK && ended) report_finished(crew, trial);
    return status;
}

static void *work(void *arg)
{
    struct worker *worker = arg;
    struct crew *crew = worker->crew;
    bool over = false;
    while (!over && !atomic_load(&crew->stop)) {
        ink_status status = work_once(crew, worker, &over);
        if (status != INK_OK) report_failure(crew, worker, status);
    }
    pthread_mutex_lock(&crew->mutex);
    crew->alive--;
    pthread_cond_broadcast(&crew->wake);
    pthread_mutex_unlock(&crew->mutex);
    return NULL;
}

static ink_status start_worker(struct crew *crew, struct worker *worker)
{
    ink_search *search = crew->search;
    worker->crew = crew;
    ink_status status = ink_ctx_new(NULL, &worker->hand.ctx);
    if (status == INK_OK) status = ink_ctx_set_threads(worker->hand.ctx, 1);
    if (status != INK_OK) return inki_fail(search->ctx, status, "cannot start a worker: out of memory");
    worker->hand.search = search;
    worker->hand.go_on = go_on;
    worker->hand.user = crew;
    worker->journal = search->journal;
    if (search->journal.link) INK_TRY(inki_journal_join(&worker->journal));
    pthread_mutex_lock(&crew->mutex);
    crew->alive++;
    pthread_mutex_unlock(&crew->mutex);
    int failed = pthread_create(&worker->thread, NULL, work, worker);
    if (failed == 0) {
        crew->count++;
        return INK_OK;
    }
    pthread_mutex_lock(&crew->mutex);
    crew->alive--;
    pthread_mutex_unlock(&crew->mutex);
    return inki_fail(search->ctx, INK_NO_MEMORY, "cannot start a worker thread: %s", strerror(failed));
}

/* ---- how it goes ---- */

/* Epochs that are still to be trained, by the plan. */
static double epochs_left(const ink_search *search, const struct inki_counts *counts)
{
    const struct inki_plan *plan = &search->plan;
    double planned = 0, ended = (double)(counts->done + counts->failed), all = (double)counts->trials;
    size_t epochs = inki_get_int(search->set, INKI_EPOCHS);
    for (size_t i = 0; i < search->space.count; i++) { /* the middle of what is searched */
        const struct inki_axis *axis = &search->space.axes[i];
        double sum = 0;
        if (axis->id != INKI_EPOCHS) continue;
        for (size_t j = 0; j < axis->count; j++) {
            double value = 0;
            if (inki_parse_real(axis->values[j], &value)) sum += value;
        }
        epochs = (size_t)(axis->count ? sum / (double)axis->count : (axis->low + axis->high) / 2);
    }
    for (size_t b = 0; b < plan->bracket_count; b++) {
        size_t before = 0;
        for (size_t rung = 0; rung < plan->brackets[b].rungs; rung++) {
            size_t after = inki_plan_epochs(plan, b, rung, epochs);
            planned += (double)inki_plan_room(plan, b, rung) * (double)(after - before);
            before = after;
        }
    }
    /* Where trials all go to the end, those that did are done with, however early they stopped. */
    if (plan->method < INKI_HALVING) return planned * (double)search->rounds * (1 - ended / all);
    return planned > (double)counts->epochs ? planned - (double)counts->epochs : 0;
}

static ink_status read_finished(void *arg, const json_t *row)
{
    ink_search *search = arg;
    INK_TRY(inki_search_read_trial(search, row, &search->finished));
    search->finished.view.state = search->finished.state;
    search->finished.view.hash = search->finished.hash;
    search->finished.view.message = search->finished.message;
    return INK_OK;
}

static ink_status report_progress(struct crew *crew, size_t finished)
{
    ink_search *search = crew->search;
    if (!crew->hooks.progress) return INK_OK;
    INK_TRY(inki_journal_count(&search->journal, &search->counts));
    if (finished) INK_TRY(inki_journal_trials(&search->journal, finished, read_finished, search));
    const struct inki_counts *counts = &search->counts;
    double seconds = inki_seconds_now() - crew->began, done = (double)counts->epochs - (double)crew->epochs_before;
    ink_search_progress now = {.trials = counts->trials,
                               .ended = counts->done + counts->stopped + counts->failed,
                               .running = counts->running,
                               .best = counts->best,
                               .seconds = seconds,
                               .seconds_left = done > 0 ? epochs_left(search, counts) * seconds / done : (double)NAN,
                               .finished = finished ? &search->finished.view : NULL};
    memcpy(now.best_val, counts->best_val, sizeof now.best_val);
    if (!crew->hooks.progress(crew->hooks.user, &now)) crew->cancelled = true;
    return INK_OK;
}

/* ---- the calling thread ---- */

/* Reports what was handed in since the last time, or the progress. */
static ink_status report_all(struct crew *crew, bool once)
{
    for (;;) {
        pthread_mutex_lock(&crew->mutex);
        size_t trial = crew->finished_count ? crew->finished[0] : 0;
        if (trial) memmove(crew->finished, crew->finished + 1, --crew->finished_count * sizeof *crew->finished);
        if (trial) pthread_cond_broadcast(&crew->wake);
        pthread_mutex_unlock(&crew->mutex);
        if (!trial && !once) return INK_OK;
        INK_TRY(report_progress(crew, trial));
        once = false;
    }
}

/* What others have handed in. */
static ink_status report_news(struct crew *crew)
{
    size_t trial = 1;
    while (crew->hooks.serve && trial && !crew->cancelled) {
        INK_TRY(inki_journal_news(&crew->search->journal, &crew->event, &trial));
        if (trial) INK_TRY(report_progress(crew, trial));
    }
    return INK_OK;
}

/* Whether others may still come for something: trials, or the word that there are none. */
static ink_status serves(struct crew *crew, bool *out)
{
    struct inki_counts counts;
    size_t guests;
    *out = false;
    if (!crew->hooks.serve || atomic_load(&crew->stop)) return INK_OK;
    INK_TRY(inki_journal_count(&crew->search->journal, &counts));
    INK_TRY(inki_journal_guests(&crew->search->journal, &guests));
    *out = guests > 0 || counts.waiting + counts.running + counts.paused > 0;
    return INK_OK;
}

static ink_status look_after(struct crew *crew)
{
    double now = inki_seconds_now();
    if (now - crew->beat >= BEAT_MS * 1e-3) {
        INK_TRY(inki_journal_beat(&crew->search->journal));
        crew->beat = now;
    }
    if (crew->cancelled || (crew->budget > 0 && now - crew->began >= crew->budget)) atomic_store(&crew->stop, true);
    INK_TRY(report_news(crew));
    return report_all(crew, true);
}

/* Nobody listens any more. */
static void end_early(struct crew *crew)
{
    atomic_store(&crew->stop, true);
    pthread_mutex_lock(&crew->mutex);
    crew->finished_count = 0;
    pthread_cond_broadcast(&crew->wake);
    pthread_mutex_unlock(&crew->mutex);
}

/* Until the last worker has ended, and the last of those who are served. */
static ink_status attend(struct crew *crew)
{
    ink_status status = INK_OK;
    bool serving = crew->hooks.serve;
    for (size_t alive = crew->count; alive > 0 || serving;) {
        pthread_mutex_lock(&crew->mutex);
        if ((crew->alive > 0 || serving) && crew->finished_count == 0) wait_for_wake(crew, LOOK_MS);
        alive = crew->alive;
        pthread_mutex_unlock(&crew->mutex);
        if (status == INK_OK) status = look_after(crew);
        if (status == INK_OK) status = serves(crew, &serving);
        if (status == INK_OK) continue;
        serving = false;
        end_early(crew);
    }
    if (status == INK_OK) status = report_news(crew);
    return status == INK_OK ? report_all(crew, false) : status;
}

/* Workers of this process; by default one a core. */
static ink_status count_workers(const ink_search *search, const ink_search_hooks *hooks, size_t *out)
{
    const bool none = strcmp(ink_settings_get(search->set, "workers"), "none") == 0;
    *out = inki_get_int(search->set, INKI_WORKERS);
    if (*out == 0 && !none) *out = inki_cores();
    if (!none || hooks->serve) return INK_OK;
    return inki_fail(search->ctx, INK_BAD_SETTING, "workers: with none nobody would train; it goes with serving alone");
}

static ink_status begin_crew(struct crew *crew, ink_search *search, const ink_search_hooks *hooks)
{
    pthread_condattr_t clock;
    *crew = (struct crew){.search = search, .hooks = *hooks, .event = -1};
    pthread_mutex_init(&crew->mutex, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&crew->wake, &clock);
    pthread_condattr_destroy(&clock);
    crew->began = crew->beat = inki_seconds_now();
    crew->epochs_before = search->counts.epochs;
    INK_TRY(count_workers(search, hooks, &crew->room));
    crew->workers = inki_zalloc(search->ctx, crew->room, sizeof *crew->workers);
    crew->finished = inki_alloc(search->ctx, crew->room, sizeof *crew->finished);
    if (!crew->workers || !crew->finished) return INK_NO_MEMORY;
    return inki_budget(search->ctx, inki_get_text(search->set, INKI_BUDGET), &crew->budget);
}

static void end_crew(struct crew *crew)
{
    for (size_t i = 0; i < crew->count; i++) pthread_join(crew->workers[i].thread, NULL);
    for (size_t i = 0; crew->workers && i < crew->room; i++) ink_ctx_free(crew->workers[i].hand.ctx);
    inki_free(crew->workers);
    inki_free(crew->finished);
    pthread_cond_destroy(&crew->wake);
    pthread_mutex_destroy(&crew->mutex);
}

/* The process is one of the store's from join to leave; over a link its workers are, and it is none. */
static ink_status join_all(struct crew *crew)
{
    struct inki_journal *journal = &crew->search->journal;
    if (crew->hooks.serve && crew->hooks.anew) INK_TRY(inki_journal_dismiss(journal));
    if (crew->hooks.serve) INK_TRY(inki_journal_pardon(journal));
    if (!journal->link) INK_TRY(inki_journal_join(journal));
    return inki_journal_beat(journal);
}

static ink_status leave_all(struct crew *crew)
{
    ink_status status = INK_OK;
    if (!crew->search->journal.link) return inki_journal_leave(&crew->search->journal);
    INK_TRY(inki_journal_beat(&crew->search->journal)); /* how it stands now */
    for (size_t i = 0; i < crew->room && status == INK_OK; i++)
        if (crew->workers[i].journal.process) status = inki_journal_leave(&crew->workers[i].journal);
    return status;
}

/* No more workers than there are trials. */
static ink_status run_crew(struct crew *crew)
{
    INK_TRY(join_all(crew));
    ink_status status = INK_OK;
    for (size_t i = 0; i < crew->room && i < crew->search->count && status == INK_OK; i++)
        status = start_worker(crew, &crew->workers[i]);
    if (status != INK_OK) atomic_store(&crew->stop, true);
    ink_status attended = attend(crew);
    if (status == INK_OK) status = attended;
    if (status == INK_OK && crew->status != INK_OK)
        status = inki_fail(crew->search->ctx, crew->status, "%s", crew->message);
    if (status == INK_OK) return leave_all(crew);
    char message[sizeof crew->message];
    snprintf(message, sizeof message, "%s", ink_ctx_message(crew->search->ctx));
    if (leave_all(crew) != INK_OK) status = inki_fail(crew->search->ctx, status, "%s", message);
    return status;
}

/* What came of it; over a link, in numbers alone. */
static ink_status read_outcome(ink_search *search)
{
    if (search->journal.link) return inki_journal_count(&search->journal, &search->counts);
    INK_TRY(inki_search_read(search));
    inki_search_remark(search);
    return INK_OK;
}

ink_status ink_search_run(ink_search *search, const ink_search_hooks *hooks)
{
    struct crew crew;
    ink_search_hooks known = INK_INIT(ink_search_hooks);
    if (hooks) INK_TRY(inki_sized_take(search->ctx, "ink_search_hooks", hooks, &known, sizeof known));
    if (!search->data)
        return inki_fail(search->ctx, INK_BAD_ARGUMENT, "this store was opened for reading; a search needs its data");
    if (known.serve && search->journal.link)
        return inki_fail(search->ctx, INK_BAD_ARGUMENT, "only who has a search's store can serve it");
    atomic_store(&search->ended, false);
    ink_status status = begin_crew(&crew, search, &known);
    if (status == INK_OK) status = run_crew(&crew);
    atomic_store(&search->ended, true);
    bool cancelled = crew.cancelled;
    end_crew(&crew);
    INK_TRY(status);
    INK_TRY(read_outcome(search));
    const struct inki_counts *counts = &search->counts;
    if (cancelled && counts->waiting + counts->running + counts->paused > 0)
        return inki_fail(search->ctx, INK_CANCELLED, "interrupted with %zu of %zu trials left",
                         counts->waiting + counts->running + counts->paused, counts->trials);
    return INK_OK;
}
