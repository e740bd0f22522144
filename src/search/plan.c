/* plan: which trials there are, how long each may train, and how many continue.
 * SPDX-License-Identifier: MIT */
#include "search/plan.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/text.h"

#include <string.h>

enum { MOST_TRIALS = 1000000, MOST_SHUFFLED = 4000000, DEFAULT_TRIALS = 50, MOST_RUNGS = 40 };

static const char *const names[] = {"auto", "grid", "random", "halving", "hyperband"};

const char *inki_plan_method(const struct inki_plan *plan) { return names[plan->method]; }

static const struct inki_axis *axis_of(const struct inki_space *space, enum inki_setting id)
{
    for (size_t i = 0; i < space->count; i++)
        if (space->axes[i].id == id) return &space->axes[i];
    return NULL;
}

/* The most epochs that a trial can have. */
static size_t most_epochs(const ink_settings *set, const struct inki_space *space)
{
    const struct inki_axis *axis = axis_of(space, INKI_EPOCHS);
    size_t most = 0;
    if (!axis) return inki_get_int(set, INKI_EPOCHS);
    for (size_t i = 0; i < axis->count; i++) {
        double value = 0;
        if (inki_parse_real(axis->values[i], &value) && value > (double)most) most = (size_t)value;
    }
    return axis->count ? most : (size_t)axis->high;
}

static enum inki_method choose_method(const ink_settings *set, const struct inki_space *space)
{
    enum inki_method method = (enum inki_method)inki_get_choice(set, INKI_METHOD);
    if (method != INKI_AUTO) return method;
    return inki_space_range(space) || inki_get_int(set, INKI_TRIALS) ? INKI_RANDOM : INKI_GRID;
}

/* ---- how many trials ---- */

static ink_status count_grid(const ink_settings *set, const struct inki_space *space, struct inki_plan *plan)
{
    const struct inki_axis *range = inki_space_range(space);
    size_t points = inki_space_points(space), wanted = inki_get_int(set, INKI_TRIALS);
    if (range)
        return inki_fail(plan->ctx, INK_BAD_SETTING,
                         "space: a grid needs points, and %s is a range: say how many, such as %s=LOW..HIGH:5, or take "
                         "method random",
                         range->name, range->name);
    if (wanted && (points == 0 || wanted < points)) {
        inki_note(plan->ctx, "only the first %zu points of the grid are tried", wanted);
        points = wanted;
    }
    if (points == 0 || points > MOST_TRIALS)
        return inki_fail(plan->ctx, INK_BAD_SETTING,
                         "space: the grid has more than %d points; take method random with a number of trials",
                         MOST_TRIALS);
    plan->trials = points;
    return INK_OK;
}

/* No more trials than there are points. */
static void count_draws(const ink_settings *set, const struct inki_space *space, struct inki_plan *plan)
{
    size_t points = inki_space_points(space), wanted = inki_get_int(set, INKI_TRIALS);
    plan->trials = wanted ? wanted : DEFAULT_TRIALS;
    if (points == 0 || plan->trials <= points) return;
    if (wanted) inki_note(plan->ctx, "the space has only %zu points: no more trials are run", points);
    plan->trials = points;
}

/* ---- brackets ---- */

static ink_status add_bracket(struct inki_plan *plan, size_t count, size_t rungs)
{
    size_t n = plan->bracket_count;
    const struct inki_bracket *last = n ? &plan->brackets[n - 1] : NULL;
    if ((n & (n - 1)) == 0) { /* room for twice as many at 1, 2, 4, … */
        struct inki_bracket *grown = inki_grow(plan->ctx, plan->brackets, n, 2 * n + 1, sizeof *grown);
        if (!grown) return INK_NO_MEMORY;
        plan->brackets = grown;
        last = n ? &grown[n - 1] : NULL;
    }
    plan->brackets[n] = (struct inki_bracket){last ? last->first + last->count : 1, count, rungs};
    plan->bracket_count++;
    return INK_OK;
}

/* The largest r with keep^r <= n. */
static size_t whole_log(size_t keep, size_t n)
{
    size_t r = 0;
    for (; n >= keep; n /= keep) r++;
    return r;
}

static size_t raised(size_t keep, size_t rungs)
{
    size_t result = 1;
    while (rungs-- > 0 && inki_mul_fits(result, keep, &result)) {
    }
    return result;
}

static ink_status make_halving(struct inki_plan *plan, size_t most_halvings)
{
    size_t halvings = whole_log(plan->keep, plan->trials);
    return add_bracket(plan, plan->trials, 1 + (halvings < most_halvings ? halvings : most_halvings));
}

/* Rounds of brackets until there are the wanted number of trials; one round where none was wanted. */
static ink_status make_hyperband(struct inki_plan *plan, size_t most_halvings, size_t wanted)
{
    plan->trials = 0;
    do {
        for (size_t s = most_halvings + 1; s-- > 0;) {
            size_t count = ((most_halvings + 1) * raised(plan->keep, s) + s) / (s + 1);
            if (wanted && count > wanted - plan->trials) count = wanted - plan->trials;
            if (count == 0) return INK_OK;
            if (count > MOST_TRIALS)
                return inki_fail(plan->ctx, INK_BAD_SETTING, "hyperband would take at least %zu trials; set trials",
                                 count);
            INK_TRY(add_bracket(plan, count, s + 1));
            plan->trials += count;
        }
    } while (plan->trials < wanted);
    return INK_OK;
}

static ink_status check_epochs(const ink_settings *set, const struct inki_space *space, const struct inki_plan *plan)
{
    if (!inki_get_int(set, INKI_STEPS) && !axis_of(space, INKI_STEPS)) return INK_OK;
    return inki_fail(plan->ctx, INK_BAD_SETTING, "%s shares out epochs: set epochs instead of steps",
                     inki_plan_method(plan));
}

static ink_status make(const ink_settings *set, const struct inki_space *space, struct inki_plan *plan)
{
    size_t least = inki_get_int(set, INKI_MIN_EPOCHS), most = most_epochs(set, space);
    size_t halvings = whole_log(plan->keep, most / least);
    if (plan->method == INKI_GRID) {
        INK_TRY(count_grid(set, space, plan));
    } else {
        count_draws(set, space, plan);
    }
    if (plan->method < INKI_HALVING) return add_bracket(plan, plan->trials, 1);
    INK_TRY(check_epochs(set, space, plan));
    if (halvings == 0)
        return inki_fail(plan->ctx, INK_BAD_SETTING,
                         "%s: %zu epochs of which at least %zu are trained leave nothing to save; set more epochs, or "
                         "take method random",
                         inki_plan_method(plan), most, least);
    if (plan->method == INKI_HALVING) return make_halving(plan, halvings);
    return make_hyperband(plan, halvings, inki_get_int(set, INKI_TRIALS));
}

ink_status inki_plan_make(const ink_settings *set, const struct inki_space *space, struct inki_plan *out)
{
    *out = (struct inki_plan){
        .ctx = space->ctx, .method = choose_method(set, space), .keep = inki_get_int(set, INKI_KEEP_ONE_IN)};
    ink_status status = make(set, space, out);
    if (status != INK_OK) inki_plan_free(out);
    return status;
}

void inki_plan_free(struct inki_plan *plan)
{
    if (plan->ctx) inki_free(plan->brackets);
    *plan = (struct inki_plan){0};
}

size_t inki_plan_epochs(const struct inki_plan *plan, size_t bracket, size_t rung, size_t epochs)
{
    size_t share = raised(plan->keep, plan->brackets[bracket].rungs - 1 - rung);
    return epochs / share + (epochs % share != 0);
}

size_t inki_plan_room(const struct inki_plan *plan, size_t bracket, size_t rung)
{
    size_t room = plan->brackets[bracket].count / raised(plan->keep, rung);
    return room ? room : 1;
}

/* ---- points ---- */

/* The points of a space in random order, the first `trials` of them: none comes twice. */
static ink_status shuffled_points(const struct inki_plan *plan, const struct inki_space *space, uint64_t seed,
                                  json_t **points)
{
    size_t count = inki_space_points(space);
    struct inki_rng rng = inki_rng_begin(seed, INKI_RNG_SEARCH, 0, 0);
    uint32_t *order = inki_alloc(plan->ctx, count, sizeof *order);
    if (!order) return INK_NO_MEMORY;
    for (size_t i = 0; i < count; i++) order[i] = (uint32_t)i;
    inki_rng_shuffle(&rng, order, count);
    for (size_t t = 0; t < plan->trials; t++) points[t] = inki_space_point(space, order[t % count]);
    inki_free(order);
    return INK_OK;
}

ink_status inki_plan_points(const struct inki_plan *plan, const struct inki_space *space, uint64_t seed,
                            json_t **points)
{
    size_t count = inki_space_points(space);
    ink_status status = INK_OK;
    if (plan->method == INKI_GRID)
        for (size_t t = 0; t < plan->trials; t++) points[t] = inki_space_point(space, t);
    else if (count > 0 && count <= MOST_SHUFFLED)
        status = shuffled_points(plan, space, seed, points);
    else
        for (size_t t = 0; t < plan->trials; t++) points[t] = inki_space_draw(space, seed, t + 1);
    for (size_t t = 0; t < plan->trials && status == INK_OK; t++)
        if (!points[t]) status = inki_fail(plan->ctx, INK_NO_MEMORY, "out of memory for %zu trials", plan->trials);
    return status;
}
