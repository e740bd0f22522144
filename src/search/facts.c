/* facts: what a store says of its search, and whether another is the same.
 * SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "model/model.h"
#include "search/search.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *inki_search_fact(const json_t *facts, const char *name)
{
    const char *text = json_string_value(json_object_get(facts, name));
    return text ? text : "";
}

/* ---- facts ---- */

static json_t *hash_text(uint64_t hash)
{
    char text[20];
    snprintf(text, sizeof text, "%016" PRIx64, hash);
    return json_string(text);
}

static json_t *count_text(size_t count)
{
    char text[24];
    snprintf(text, sizeof text, "%zu", count);
    return json_string(text);
}

/* The settings that were given and have a say in the results; those of the plan are facts of their own. */
static json_t *settings_text(const ink_search *search)
{
    json_t *object = json_object(), *value;
    for (int i = 0; i < INKI_SETTING_COUNT; i++) {
        const char *name = ink_settings_row((size_t)i)->name;
        if (inki_setting_is_kept((enum inki_setting)i) && i != INKI_BUDGET && i != INKI_MONITOR &&
            ink_settings_is_set(search->set, name))
            json_object_set_new(object, name, json_string(ink_settings_get(search->set, name)));
    }
    char *text = json_dumps(object, JSON_COMPACT);
    value = text ? json_string(text) : NULL;
    inki_json_free(text);
    json_decref(object);
    return value;
}

static json_t *objective_text(const ink_search *search)
{
    char text[64];
    snprintf(text, sizeof text, "val_%s", search->loss->scores[search->score].name);
    return json_string(text);
}

json_t *inki_search_make_facts(const ink_search *search)
{
    const struct inki_plan *plan = &search->plan;
    json_t *facts = json_object();
    json_object_set_new(facts, "version", json_string(ink_version()));
    json_object_set_new(facts, "data", json_string(search->data->source));
    json_object_set_new(facts, "fingerprint", hash_text(search->fingerprint));
    json_object_set_new(facts, "train", hash_text(search->parts[0].train_print));
    json_object_set_new(facts, "valid", hash_text(search->parts[0].valid_print));
    json_object_set_new(facts, "space", json_string(search->space.text));
    json_object_set_new(facts, "method", json_string(inki_plan_method(plan)));
    json_object_set_new(facts, "loss", json_string(search->loss->name));
    json_object_set_new(facts, "classes", count_text(search->data->classes));
    json_object_set_new(facts, "objective", objective_text(search));
    json_object_set_new(facts, "trials", count_text(plan->trials));
    json_object_set_new(facts, "keep-one-in", count_text(plan->keep));
    json_object_set_new(facts, "min-epochs", json_string(ink_settings_get(search->set, "min-epochs")));
    json_object_set_new(facts, "folds", json_string(ink_settings_get(search->set, "folds")));
    json_object_set_new(facts, "repeat", json_string(ink_settings_get(search->set, "repeat")));
    json_object_set_new(facts, "settings", settings_text(search));
    return facts;
}

/* ---- the same again? ---- */

/* The way out besides; with a store that is elsewhere there is none. */
static const char *or_another(const ink_search *search)
{
    return search->journal.link ? "" : ", or choose another --store";
}

static ink_status differs(const ink_search *search, const char *store, ink_status status, const char *what,
                          const char *was, const char *is)
{
    return inki_fail(search->ctx, status, "%s: was started with %s '%s', not '%s'; use the same settings%s", store,
                     what, was, is, or_another(search));
}

/* Settings by name; one that was not given then or now counts as its default, marked as such. */
static ink_status compare_settings(const ink_search *search, const char *store, const char *was_text,
                                   const char *is_text)
{
    json_t *was = json_loads(was_text, 0, NULL), *is = json_loads(is_text, 0, NULL);
    ink_status status = INK_OK;
    for (size_t i = 0; i < ink_settings_count() && status == INK_OK; i++) {
        const ink_setting *row = ink_settings_row(i);
        const char *a = json_string_value(json_object_get(was, row->name)),
                   *b = json_string_value(json_object_get(is, row->name));
        if ((!a && !b) || (a && b && strcmp(a, b) == 0)) continue;
        status = differs(search, store, INK_BAD_SETTING, row->name, a ? a : "not given", b ? b : "not given");
    }
    json_decref(was);
    json_decref(is);
    return status;
}

static bool may_grow(const ink_search *search, const char *was, const char *is)
{
    size_t a, b;
    if (search->journal.link) return false;
    if (search->plan.method != INKI_RANDOM && search->plan.method != INKI_GRID) return false;
    return inki_parse_count(was, &a) && inki_parse_count(is, &b) && b > a;
}

ink_status inki_search_compare(const ink_search *search, const char *store, const json_t *was, const json_t *is)
{
    static const struct {
        const char *name, *what;
        ink_status status;
    } facts[] = {{"version", "Inkling", INK_UNSUPPORTED},
                 {"space", "the space", INK_BAD_SETTING},
                 {"method", "method", INK_BAD_SETTING},
                 {"objective", "objective", INK_BAD_SETTING},
                 {"keep-one-in", "keep-one-in", INK_BAD_SETTING},
                 {"min-epochs", "min-epochs", INK_BAD_SETTING},
                 {"folds", "folds", INK_BAD_SETTING},
                 {"repeat", "repeat", INK_BAD_SETTING},
                 {"trials", "trials", INK_BAD_SETTING}};
    if (strcmp(inki_search_fact(was, "fingerprint"), inki_search_fact(is, "fingerprint")) != 0)
        return inki_fail(search->ctx, INK_BAD_DATA,
                         "%s: was started with other data: %s with fingerprint %s, not %s with %s; use the same data%s",
                         store, inki_search_fact(was, "data"), inki_search_fact(was, "fingerprint"),
                         inki_search_fact(is, "data"), inki_search_fact(is, "fingerprint"), or_another(search));
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        const char *a = inki_search_fact(was, facts[i].name), *b = inki_search_fact(is, facts[i].name);
        if (strcmp(a, b) == 0 || (strcmp(facts[i].name, "trials") == 0 && may_grow(search, a, b))) continue;
        return differs(search, store, facts[i].status, facts[i].what, a, b);
    }
    INK_TRY(compare_settings(search, store, inki_search_fact(was, "settings"), inki_search_fact(is, "settings")));
    if (strcmp(inki_search_fact(was, "train"), inki_search_fact(is, "train")) == 0 &&
        strcmp(inki_search_fact(was, "valid"), inki_search_fact(is, "valid")) == 0)
        return INK_OK;
    return inki_fail(search->ctx, INK_BAD_DATA,
                     "%s: was started with other training and validation rows (settings val, test, labels, or their "
                     "files); use the same rows%s",
                     store, or_another(search));
}
