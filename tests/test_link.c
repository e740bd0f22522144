/* test_link: workers who have not got the store: the same results over a link that loses answers, refusals, whatever a guest may say.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#ifdef INKI_HAVE_SQLITE

#include "search/search.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A search that is served, by a thread of its own. */
struct served {
    ink_ctx *ctx, *answering;
    ink_search *search;
    pthread_t thread;
    pthread_mutex_t mutex; /* one question at a time */
    ink_status ended;
    /* What is lost on the way: one answer in so many, 0: none. */
    size_t lose_one_in, asked, lost;
};

static void *run_served(void *arg)
{
    struct served *served = arg;
    const ink_search_hooks hooks = {.size = sizeof hooks, .serve = true};
    served->ended = ink_search_run(served->search, &hooks);
    return NULL;
}

static void open_served(struct fixture *f, struct served *out, const char *store, const ink_data *data,
                        const char *space)
{
    *out = (struct served){0};
    pthread_mutex_init(&out->mutex, NULL);
    net_ok(f, ink_ctx_new(NULL, &out->ctx));
    net_ok(f, ink_ctx_new(NULL, &out->answering));
    ink_status status = ink_search_new(out->ctx, help_path(f, store), data, f->set, space, &out->search);
    if (status != INK_OK) fail_msg("%s", ink_ctx_message(out->ctx));
}

static void close_served(struct served *served)
{
    ink_search_free(served->search);
    ink_ctx_free(served->answering);
    ink_ctx_free(served->ctx);
    pthread_mutex_destroy(&served->mutex);
}

/* An answer as text. */
struct reply {
    char text[1 << 17];
    size_t size;
};

static bool add_reply(void *user, const char *bytes, size_t count)
{
    struct reply *reply = user;
    if (count >= sizeof reply->text - reply->size) return false;
    memcpy(reply->text + reply->size, bytes, count);
    reply->size += count;
    reply->text[reply->size] = 0;
    return true;
}

static bool lose(void *user, const char *bytes, size_t count)
{
    (void)user, (void)bytes, (void)count;
    return true;
}

/* The link: an answer that is lost is asked for again. */
static ink_status ask_served(void *user, const char *request, size_t size, ink_sink sink, void *to, char *why,
                             size_t room)
{
    struct served *served = user;
    unsigned code;
    pthread_mutex_lock(&served->mutex);
    bool loses = served->lose_one_in && served->asked++ % served->lose_one_in == 0;
    ink_status status = INK_OK;
    if (loses) status = ink_search_answer(served->search, served->answering, request, size, lose, NULL, &code);
    served->lost += loses;
    if (status == INK_OK) status = ink_search_answer(served->search, served->answering, request, size, sink, to, &code);
    if (status != INK_OK) snprintf(why, room, "%s", ink_ctx_message(served->answering));
    pthread_mutex_unlock(&served->mutex);
    return status;
}

static ink_search_link link_to(struct served *served)
{
    return (ink_search_link){.size = sizeof(ink_search_link), .name = "there", .ask = ask_served, .user = served};
}

/* Everything about the trials but times. */
static void describe_trials(const ink_search *search, char *text, size_t room)
{
    const ink_trial *trial;
    size_t used = 0;
    for (size_t rank = 0; (trial = ink_search_trial(search, rank)); rank++) {
        used +=
            (size_t)snprintf(text + used, room - used, "%zu %s %zu/%zu %zu %.17g %.17g %.17g %s %d %s\n", trial->trial,
                             trial->state, trial->best_epoch, trial->epochs, trial->parameters, trial->val[INK_LOSS],
                             trial->low[INK_LOSS], trial->val[ACCURACY], trial->hash, trial->as_good, trial->message);
        assert_true(used + 1 < room);
    }
}

static const struct {
    const char *set, *space;
} searches[] = {
    {"epochs=6; method=random; trials=6; objective=val_accuracy", "hidden=4|8,4 lr=0.01..1:log batch=8..64"},
    {"epochs=9; method=halving; trials=10; schedule=cosine; checkpoint-every=1", "hidden=4|8 lr=0.001..1:log"},
    {"method=grid; optimizer=momentum", "epochs=3,1,8 hidden=4|8 l2=0,0.01"},
    {"epochs=3; method=random; trials=4; folds=3; hidden=4", "lr=0.01..1:log"},
    {"epochs=3; method=random; trials=4; repeat=2; hidden=4", "lr=0.01..1:log"},
};

/* Workers over a link that loses every third answer come to the store that workers beside it come to. */
static void links_do_not_matter(void **state)
{
    static char here[16384], there[16384];
    struct fixture *f = *state;
    ink_data *data = net_clusters(f, 3, 300, 10, 3, 2.5f);
    for (size_t i = 0; i < COUNT(searches); i++) {
        char names[2][16];
        ink_search *search;
        struct served served;
        for (int k = 0; k < 2; k++) snprintf(names[k], sizeof names[k], "%s%zu.db", k ? "there" : "here", i);
        net_reset(f, "scale=standard; val=0.3; stratify=true; workers=2");
        net_set(f, searches[i].set);
        net_ok(f, ink_search_new(f->ctx, help_path(f, names[0]), data, f->set, searches[i].space, &search));
        net_ok(f, ink_search_run(search, NULL));
        describe_trials(search, here, sizeof here);
        ink_search_free(search);

        net_set(f, "workers=none");
        open_served(f, &served, names[1], data, searches[i].space);
        served.lose_one_in = 3;
        assert_int_equal(pthread_create(&served.thread, NULL, run_served, &served), 0);
        const ink_search_link link = link_to(&served);
        net_set(f, "workers=3");
        net_ok(f, ink_search_new_over(f->ctx, &link, data, f->set, searches[i].space, &search));
        net_ok(f, ink_search_run(search, NULL));
        pthread_join(served.thread, NULL);
        assert_int_equal(served.ended, INK_OK);
        describe_trials(served.search, there, sizeof there);
        assert_string_equal(there, here);
        assert_null(strstr(there, "waiting"));
        assert_true(served.lost >= 5);
        ink_search_free(search);
        close_served(&served);
    }
    ink_data_free(data);
}

static void other_searches_are_refused(void **state)
{
    struct fixture *f = *state;
    ink_data *data = net_clusters(f, 3, 300, 10, 3, 2.5f), *other = net_clusters(f, 4, 300, 10, 3, 2.5f);
    ink_search *search, *look;
    struct served served;
    net_reset(f, "val=0.3; epochs=2; hidden=4; method=grid");
    open_served(f, &served, "refuse.db", data, "lr=0.1,0.2");
    const ink_search_link link = link_to(&served);
    net_fails(f, ink_search_new_over(f->ctx, &link, other, f->set, "lr=0.1,0.2", &search), INK_BAD_DATA,
              "there|other data|fingerprint");
    net_fails(f, ink_search_new_over(f->ctx, &link, data, f->set, "lr=0.1,0.3", &search), INK_BAD_SETTING,
              "there|the space|lr=0.1,0.2|lr=0.1,0.3");
    net_set(f, "epochs=3");
    net_fails(f, ink_search_new_over(f->ctx, &link, data, f->set, "lr=0.1,0.2", &search), INK_BAD_SETTING,
              "there|epochs '2', not '3'");
    net_set(f, "epochs=2; val=0.2");
    net_fails(f, ink_search_new_over(f->ctx, &link, data, f->set, "lr=0.1,0.2", &search), INK_BAD_SETTING,
              "val '0.3', not '0.2'");
    net_ok(f, ink_search_open_over(f->ctx, &link, &look));
    ink_search_info info = INK_INIT(ink_search_info);
    ink_search_describe(look, &info);
    assert_string_equal(info.space, "lr=0.1,0.2");
    net_ok(f, ink_search_new_over(f->ctx, &link, data, info.set, info.space, &search));
    const ink_search_hooks hooks = {.size = sizeof hooks, .serve = true};
    net_fails(f, ink_search_run(search, &hooks), INK_BAD_ARGUMENT, "store");
    ink_search_free(search);
    ink_search_free(look);
    close_served(&served);

    net_set(f, "val=0.3; workers=none");
    net_ok(f, ink_search_new(f->ctx, help_path(f, "refuse.db"), data, f->set, "lr=0.1,0.2", &search));
    net_fails(f, ink_search_run(search, NULL), INK_BAD_SETTING, "workers|nobody");
    ink_search_free(search);
    ink_data_free(data);
    ink_data_free(other);
}

/* ---- what guests say ---- */

static unsigned question(struct served *served, struct reply *reply, const char *text)
{
    unsigned code = 0;
    reply->size = 0;
    *reply->text = 0;
    assert_int_equal(ink_search_answer(served->search, served->answering, text, strlen(text), add_reply, reply, &code),
                     INK_OK);
    return code;
}

/* The answer must have all of `words` (separated by |). */
static void expect_code(struct served *served, const char *text, unsigned code, const char *words)
{
    static struct reply reply;
    char copy[256], *rest = copy;
    unsigned got = question(served, &reply, text);
    if (got != code) fail_msg("%s: %u, not %u: %s", text, got, code, reply.text);
    snprintf(copy, sizeof copy, "%s", words);
    for (char *word; (word = strsep(&rest, "|"));)
        if (!strstr(reply.text, word)) fail_msg("%s: no '%s' in %s", text, word, reply.text);
}

#define HELD "\"process\":%lld,\"trial\":1,\"rung\":0,\"lease\":1,\"round\":0"
#define STANDING "\"standing\":{\"epochs\":[],\"before\":0,\"seconds\":1}"

static const char *const malformed[] = {"",
                                        "{",
                                        "[]",
                                        "7",
                                        "\"facts\"",
                                        "{\"ask\":7}",
                                        "{\"ask\":\"nothing\"}",
                                        "{\"ask\":\"facts\",\"ask\":\"join\"}",
                                        "{\"ask\":\"join\"}",
                                        "{\"ask\":\"join\",\"name\":[]}",
                                        "{\"ask\":\"beat\"}",
                                        "{\"ask\":\"beat\",\"processes\":{}}",
                                        "{\"ask\":\"trials\"}",
                                        "{\"ask\":\"trials\",\"trial\":-1}",
                                        "{\"ask\":\"trials\",\"trial\":1.5}",
                                        "\xff\xfe",
                                        "{\"ask\":\"facts\"} {}"};

static const struct {
    const char *text;
    unsigned code;
    const char *words;
} about[] = {
    {"{\"ask\":\"keep\"," HELD "}", 400, "epochs"},
    {"{\"ask\":\"keep\"," HELD ",\"standing\":{\"epochs\":[[1]],\"before\":0}}", 400, "epochs"},
    {"{\"ask\":\"keep\"," HELD ",\"standing\":{\"epochs\":[],\"before\":-1}}", 400, "before"},
    {"{\"ask\":\"keep\"," HELD ",\"standing\":{\"epochs\":[],\"before\":0,\"checkpoint\":{\"at\":0,\"size\":9}}}", 400,
     "place"},
    {"{\"ask\":\"keep\"," HELD ",\"standing\":{\"epochs\":[],\"before\":0,\"checkpoint\":7}}", 400, "checkpoint"},
    {"{\"ask\":\"finish\"," HELD "}", 400, "epochs"},
    {"{\"ask\":\"finish\"," HELD ",\"result\":{" STANDING ",\"epochs\":1,\"best_epoch\":1,\"rows\":90,"
     "\"parameters\":1,\"taken\":0,\"hash\":\"00\",\"val\":[0,0,0,0,0,0,0,0],\"losses\":{\"at\":0,\"size\":0}}}",
     400, "losses|90"},
    {"{\"ask\":\"finish\"," HELD ",\"result\":{" STANDING ",\"epochs\":1,\"best_epoch\":1,\"rows\":0,"
     "\"parameters\":1,\"taken\":0,\"hash\":\"xyz\",\"val\":[0,0,0,0,0,0,0,0]}}",
     400, "hash"},
    {"{\"ask\":\"finish\"," HELD ",\"result\":{" STANDING ",\"epochs\":1,\"best_epoch\":1,\"rows\":0,"
     "\"parameters\":1,\"taken\":0,\"hash\":\"00\",\"val\":[0]}}",
     400, "val"},
    {"{\"ask\":\"fail\"," HELD "}", 400, "message"},
    {"{\"ask\":\"release\",\"process\":%lld,\"trial\":7,\"rung\":0,\"lease\":1,\"round\":0}", 404, "no trial 7"},
    {"{\"ask\":\"round\",\"process\":%lld,\"trial\":1,\"rung\":0,\"lease\":1,\"round\":8}", 400, "round"},
    {"{\"ask\":\"keep\",\"process\":%lld,\"trial\":1,\"rung\":0,\"lease\":2,\"round\":0," STANDING "}", 409,
     "\"held\":false|trial 1|others"},
    {"{\"ask\":\"keep\",\"process\":%lld,\"trial\":2,\"rung\":0,\"lease\":1,\"round\":0," STANDING "}", 409, "held"},
    {"{\"ask\":\"keep\"," HELD "," STANDING "}", 200, "\"held\":true"},
};

static void wrong_questions_are_refused(void **state)
{
    struct fixture *f = *state;
    static struct reply reply;
    ink_data *data = net_clusters(f, 3, 300, 10, 3, 2.5f);
    struct served served;
    net_reset(f, "val=0.3; epochs=2; hidden=4; method=grid");
    open_served(f, &served, "hostile.db", data, "lr=0.1,0.2");
    for (size_t i = 0; i < COUNT(malformed); i++) expect_code(&served, malformed[i], 400, "error");
    expect_code(&served, "{\"ask\":\"claim\"}", 404, "error|join");
    expect_code(&served, "{\"ask\":\"claim\",\"process\":99}", 404, "99|join");
    expect_code(&served, "{\"ask\":\"claim\",\"process\":-9223372036854775808}", 404, "join");
    expect_code(&served, "{\"ask\":\"beat\",\"processes\":[1,2,\"3\"]}", 404, "join");
    net_ok(f, inki_journal_join(&served.search->journal)); /* process 1: who has the store is no guest */
    expect_code(&served, "{\"ask\":\"leave\",\"process\":1}", 404, "no worker 1");
    expect_code(&served, "{\"ask\":\"join\",\"name\":\"me\"}", 200, "\"process\":2");
    assert_int_equal(question(&served, &reply, "{\"ask\":\"claim\",\"process\":2}"), 200);
    assert_non_null(strstr(reply.text, "\"trial\":1"));

    char text[512];
    for (size_t i = 0; i < COUNT(about); i++) {
        snprintf(text, sizeof text, about[i].text, 2LL);
        expect_code(&served, text, about[i].code, about[i].words);
    }
    net_ok(f, inki_journal_leave(&served.search->journal));
    close_served(&served);
    ink_data_free(data);
}

/* A guest that is silent loses its trial; what it hands in then is another's, and it may come back under its number. */
static void silence_ends_a_lease(void **state)
{
    struct fixture *f = *state;
    ink_data *data = net_clusters(f, 3, 300, 10, 3, 2.5f);
    struct served served;
    net_reset(f, "val=0.3; epochs=2; hidden=4; method=grid");
    open_served(f, &served, "silent.db", data, "lr=0.1,0.2");
    struct inki_journal *journal = &served.search->journal;
    net_ok(f, inki_journal_join(journal));
    expect_code(&served, "{\"ask\":\"join\",\"name\":\"me\"}", 200, "\"process\":2");
    expect_code(&served, "{\"ask\":\"join\",\"name\":\"me\"}", 200, "\"process\":2");
    expect_code(&served, "{\"ask\":\"join\",\"name\":\"you\"}", 200, "\"process\":3");
    expect_code(&served, "{\"ask\":\"claim\",\"process\":2}", 200, "\"trial\":1,|\"lease\":1,");
    net_ok(f, inki_journal_beat(journal));
    expect_code(&served, "{\"ask\":\"claim\",\"process\":3}", 200, "\"trial\":2,|\"lease\":1,");

    net_ok(f, inki_db_begin(journal->db, served.ctx));
    net_ok(f, inki_db_finish(journal->db,
                             inki_db_run(journal->db, "UPDATE process SET beat = beat - 20 WHERE process = 2", "")));
    net_ok(f, inki_journal_beat(journal));
    expect_code(&served, "{\"ask\":\"keep\",\"process\":2,\"trial\":1,\"rung\":0,\"lease\":1,\"round\":0," STANDING "}",
                409, "\"held\":false|trial 1");
    expect_code(&served, "{\"ask\":\"claim\",\"process\":3}", 200, "\"trial\":1,|\"lease\":2,"); /* and gives 2 back */
    expect_code(&served, "{\"ask\":\"claim\",\"process\":2}", 200, "\"trial\":2,|\"lease\":2,");
    expect_code(&served,
                "{\"ask\":\"fail\",\"process\":2,\"trial\":2,\"rung\":0,\"lease\":2,\"round\":0,\"message\":"
                "\"no\"}",
                200, "\"held\":true");
    expect_code(&served,
                "{\"ask\":\"fail\",\"process\":2,\"trial\":2,\"rung\":0,\"lease\":2,\"round\":0,\"message\":"
                "\"no\"}",
                200, "\"held\":true"); /* again: it was its own */
    expect_code(&served,
                "{\"ask\":\"fail\",\"process\":3,\"trial\":2,\"rung\":0,\"lease\":2,\"round\":0,\"message\":"
                "\"no\"}",
                409, "held");
    expect_code(&served, "{\"ask\":\"beat\",\"processes\":[2,3]}", 200, "\"failed\":1|\"running\":1");
    net_ok(f, inki_journal_leave(journal));
    close_served(&served);
    ink_data_free(data);
}

/* Any change of a byte of real questions is answered, and never crashes. */
static void changed_questions_are_answered(void **state)
{
    static const char signs[] = "0123456789-[]{}\",:.eE\\x\x80";
    struct fixture *f = *state;
    static struct reply reply;
    ink_data *data = net_clusters(f, 3, 300, 10, 3, 2.5f);
    struct served served;
    static const char *const whole[] = {
        "{\"ask\":\"claim\",\"process\":1}", "{\"ask\":\"beat\",\"processes\":[1,1]}",
        "{\"ask\":\"finish\",\"process\":1,\"trial\":1,\"rung\":0,\"lease\":1,\"round\":0,\"result\":{" STANDING
        ",\"epochs\":1,\"best_epoch\":1,\"rows\":0,\"parameters\":1,\"taken\":0,\"hash\":\"00\",\"val\":[0,0,0,0,0,0,0,"
        "null],\"model\":{\"at\":0,\"size\":0},\"spread\":0.5}}",
        "{\"ask\":\"rounds\",\"process\":1,\"trial\":1}", "{\"ask\":\"trials\",\"trial\":0}"};
    net_reset(f, "val=0.3; epochs=2; hidden=4; method=random; trials=40");
    open_served(f, &served, "changed.db", data, "lr=0.01..1:log");
    expect_code(&served, "{\"ask\":\"join\",\"name\":\"me\"}", 200, "process");
    srand(7);
    for (size_t n = 0; n < 1500; n++) {
        char text[512];
        snprintf(text, sizeof text, "%s", whole[n % COUNT(whole)]);
        size_t length = strlen(text);
        for (int k = rand() % 3; k >= 0; k--)
            text[(size_t)rand() % length] = signs[(size_t)rand() % (sizeof signs - 1)];
        unsigned code = question(&served, &reply, text);
        if (code != 200 && code != 400 && code != 404 && code != 409) fail_msg("%s: %u %s", text, code, reply.text);
    }
    close_served(&served);
    ink_data_free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(links_do_not_matter, help_begin, help_end),
        cmocka_unit_test_setup_teardown(other_searches_are_refused, help_begin, help_end),
        cmocka_unit_test_setup_teardown(wrong_questions_are_refused, help_begin, help_end),
        cmocka_unit_test_setup_teardown(silence_ends_a_lease, help_begin, help_end),
        cmocka_unit_test_setup_teardown(changed_questions_are_answered, help_begin, help_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else
int main(void) { return 77; } /* skipped: a build without stores */
#endif
