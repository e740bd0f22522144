/* cmd_show: what is in a model file.
 * SPDX-License-Identifier: MIT */
#include "cli.h"
#include "json.h"
#include "terminal.h"

#include <inttypes.h>
#include <string.h>

#define LEFT 14 /* width of the names on the left */

static void print_name(const char *name) { out_left(name, LEFT); }

static void print_text(const char *name, const char *text)
{
    if (!text || !*text) return;
    print_name(name);
    out_wrapped(LEFT, LEFT, text);
}

/* Bytes that one row needs on its way through the network. */
static double row_bytes(const ink_model *model, const ink_model_info *info)
{
    double values = (double)info->features;
    for (size_t i = 0; i < info->layers; i++) {
        ink_layer_info layer = INK_INIT(ink_layer_info);
        ink_model_layer(model, i, &layer);
        values += (double)layer.outputs;
    }
    return values * sizeof(float);
}

static size_t row_work(const ink_model *model, const ink_model_info *info)
{
    size_t work = 0;
    for (size_t i = 0; i < info->layers; i++) {
        ink_layer_info layer = INK_INIT(ink_layer_info);
        ink_model_layer(model, i, &layer);
        work += layer.multiply_adds;
    }
    return work;
}

static void print_input(const ink_model_info *info)
{
    print_name("input");
    out("%zu features", info->features);
    if (info->height > 1) out(" (%zux%zu", info->height, info->width);
    if (info->height > 1 && info->channels > 1) out("x%zu", info->channels);
    out("%s, scaling %s\n", info->height > 1 ? ")" : "", info->scaling);
}

static void print_outputs(const ink_model *model, const ink_model_info *info)
{
    char line[4096];
    size_t used = (size_t)snprintf(line, sizeof line, "%zu:", info->outputs);
    for (size_t i = 0; i < info->outputs && used < sizeof line - 64; i++) {
        const char *name = ink_model_output(model, i);
        used += (size_t)snprintf(line + used, sizeof line - used, " %.60s", name ? name : "?");
    }
    print_text(info->classes ? "classes" : "targets", line);
}

/* "28x28x16"; "100" where outputs have no places. */
static const char *shape_text(const ink_layer_info *layer, char text[TEXT_ROOM])
{
    if (layer->height * layer->width == 1)
        snprintf(text, TEXT_ROOM, "%zu", layer->channels);
    else
        snprintf(text, TEXT_ROOM, "%zux%zux%zu", layer->height, layer->width, layer->channels);
    return text;
}

static void print_layers(const ink_model *model, const ink_model_info *info)
{
    char shape[TEXT_ROOM], size[TEXT_ROOM];
    out("\n%3s %-10s %-10s %-10s %10s %10s %10s %9s\n", "", "layer", "name", "activation", "outputs", "parameters",
        "mult.-adds", "memory");
    for (size_t i = 0; i < info->layers; i++) {
        ink_layer_info layer = INK_INIT(ink_layer_info);
        ink_model_layer(model, i, &layer);
        out("%3zu %-10s %-10s %-10s %10s %10zu %10zu %9s\n", i + 1, layer.kind, layer.name, layer.activation,
            shape_text(&layer, shape), layer.parameters, layer.multiply_adds, text_size(size, (double)layer.bytes));
    }
}

/* "name=value" each, * after those that differ from the defaults. */
static void print_settings(const struct job *job, json_t *settings)
{
    const char *name;
    json_t *value;
    char line[8192] = "";
    size_t used = 0;
    json_object_foreach(settings, name, value)
    {
        const char *text = json_is_string(value) ? json_string_value(value) : "?";
        const char *initial = ink_settings_get(job->set, name);
        bool other = !initial || strcmp(initial, text) != 0;
        if (used >= sizeof line - 512) break;
        if (!other && !*text) continue;
        used += (size_t)snprintf(line + used, sizeof line - used, "%s%.64s=%.400s%s", used ? " " : "", name, text,
                                 other ? "*" : "");
    }
    out("\n");
    print_text("settings", line);
}

static void print_metrics(json_t *metrics)
{
    const char *name;
    json_t *value;
    char line[4096] = "";
    size_t used = 0;
    json_object_foreach(metrics, name, value)
    {
        if (!json_is_number(value) || used >= sizeof line - 128) continue;
        used += (size_t)snprintf(line + used, sizeof line - used, "%s%.64s=%.6g", used ? " " : "", name,
                                 json_number_value(value));
    }
    print_text("scores", line);
}

static json_t *metadata_value(const ink_model *model, const char *key)
{
    const char *text = ink_model_metadata(model, key);
    return text ? json_loads(text, 0, NULL) : NULL;
}

static const char *text_in(json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* The columns of the table that are no numbers to learn from: "label target, PassengerId id (an id), Name dropped (text …)". */
static void print_schema(const ink_model *model)
{
    char line[4096] = "";
    json_t *list = metadata_value(model, "schema"), *column;
    size_t used = 0, i;
    json_array_foreach(list, i, column)
    {
        const char *kind = text_in(column, "kind"), *why = text_in(column, "why");
        if ((strcmp(kind, "number") == 0 && !*why) || used >= sizeof line - 512) continue;
        used += (size_t)snprintf(line + used, sizeof line - used, "%s%.60s %.20s%s%.60s%s", used ? ", " : "",
                                 text_in(column, "name"), kind, *why ? " (" : "", why, *why ? ")" : "");
    }
    print_text("columns", line);
    json_decref(list);
}

/* Whether it knows which rows are unlike all others, and if not, why. */
static void print_known(const struct job *job, const ink_model *model)
{
    const bool has = ink_known_check(job->ctx, model) == INK_OK;
    const char *why =
        has ? "yes: predict --known says which rows are unlike the training" : strchr(ink_ctx_message(job->ctx), ':');
    char line[512];
    snprintf(line, sizeof line, "%s%s", has ? "" : "no", why ? why : "");
    print_text("known", line);
}

static void print_model(const struct job *job, const ink_model *model, json_t *settings, json_t *metrics)
{
    char size[TEXT_ROOM], row[TEXT_ROOM], line[128];
    ink_model_info info = INK_INIT(ink_model_info);
    ink_model_describe(model, &info);
    print_text("model", job->operands[0]);
    print_text("network", *info.notation ? info.notation : "no hidden layers");
    print_input(&info);
    print_outputs(model, &info);
    snprintf(line, sizeof line, "%zu parameters in %s, %s a row", info.parameters,
             text_size(size, (double)info.parameters * sizeof(float)), text_size(row, row_bytes(model, &info)));
    print_text("memory", line);
    snprintf(line, sizeof line, "%zu multiply-adds a row", row_work(model, &info));
    print_text("work", line);
    snprintf(line, sizeof line, "%016" PRIx64, info.hash);
    print_text("weights", line);
    print_known(job, model);
    print_text("seed", ink_model_metadata(model, "seed"));
    print_text("data", ink_model_metadata(model, "data"));
    print_schema(model);
    print_metrics(metrics);
    print_text("created by", ink_model_metadata(model, "created_by"));
    print_layers(model, &info);
    print_settings(job, settings);
}

/* -------------------------------------------------------------------- JSON */

static json_t *json_of_layer(const ink_model *model, size_t i)
{
    ink_layer_info layer = INK_INIT(ink_layer_info);
    ink_model_layer(model, i, &layer);
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:[o, o, o], s:o, s:o, s:o}", "kind", json_of_text(layer.kind), "name",
                     json_of_text(layer.name), "activation", json_of_text(layer.activation), "inputs",
                     json_of_count(layer.inputs), "outputs", json_of_count(layer.outputs), "shape",
                     json_of_count(layer.height), json_of_count(layer.width), json_of_count(layer.channels),
                     "parameters", json_of_count(layer.parameters), "multiply_adds", json_of_count(layer.multiply_adds),
                     "bytes", json_of_count(layer.bytes));
}

static void put_lists(json_t *root, const ink_model *model, const ink_model_info *info)
{
    json_t *outputs = json_array(), *layers = json_array();
    for (size_t i = 0; i < info->outputs; i++) json_array_append_new(outputs, json_of_text(ink_model_output(model, i)));
    for (size_t i = 0; i < info->layers; i++) json_array_append_new(layers, json_of_layer(model, i));
    json_object_set_new(root, info->classes ? "classes" : "targets", outputs);
    json_object_set_new(root, "layers", layers);
}

static int json_model(const struct job *job, const ink_model *model, json_t *settings, json_t *metrics)
{
    static const char *const texts[] = {"seed", "data", "data_fingerprint", "inkling_version", "created_by"};
    ink_model_info info = INK_INIT(ink_model_info);
    ink_model_describe(model, &info);
    json_t *root = json_pack(
        "{s:o, s:o, s:o, s:[o, o, o], s:o, s:o, s:o, s:o, s:o, s:o}", "model", json_of_text(job->operands[0]),
        "notation", json_of_text(info.notation), "features", json_of_count(info.features), "input_shape",
        json_of_count(info.height), json_of_count(info.width), json_of_count(info.channels), "scaling",
        json_of_text(info.scaling), "parameters", json_of_count(info.parameters), "bytes",
        json_of_count(info.parameters * sizeof(float)), "bytes_per_row", json_of_count((size_t)row_bytes(model, &info)),
        "multiply_adds", json_of_count(row_work(model, &info)), "hash", json_of_hash(info.hash));
    if (!root) return fail(CODE_INTERNAL, "out of memory");
    put_lists(root, model, &info);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        json_object_set_new(root, texts[i], json_of_text(ink_model_metadata(model, texts[i])));
    json_t *schema = metadata_value(model, "schema");
    json_object_set_new(root, "columns", schema ? schema : json_null());
    json_object_set_new(root, "known", json_boolean(ink_known_check(job->ctx, model) == INK_OK));
    json_object_set(root, "settings", settings ? settings : json_null());
    json_object_set(root, "metrics", metrics ? metrics : json_null());
    return json_print(root);
}

/* An object of the metadata, NULL if there is none. */
static json_t *metadata_object(const ink_model *model, const char *key)
{
    json_t *value = metadata_value(model, key);
    if (json_is_object(value)) return value;
    json_decref(value);
    return NULL;
}

/* ----------------------------------------------------------------- program */

/* What a step depends on is as the model was trained, but for what the command line gives. */
static int take_step(struct job *job, json_t *settings)
{
    static const char *const names[] = {"batch", "optimizer", "clip-norm", "threads"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        bool flag = strcmp(names[i], "clip-norm") != 0, own = strcmp(names[i], "threads") != 0;
        const char *given = flag ? job_value(job, names[i]) : NULL;
        const char *kept = own ? json_string_value(json_object_get(settings, names[i])) : NULL;
        if (!given && !kept) continue;
        if (ink_settings_set(job->ctx, job->set, names[i], given ? given : kept) == INK_OK) continue;
        return given ? fail(CODE_USAGE, "--%s; see inkling help show", ink_ctx_message(job->ctx))
                     : fail(CODE_INPUT, "%s", ink_ctx_message(job->ctx));
    }
    int64_t threads = 0;
    if (!job_value(job, "threads") || ink_settings_get_int(job->ctx, job->set, "threads", &threads) != INK_OK)
        return CODE_DONE;
    ink_status status = ink_ctx_set_threads(job->ctx, (unsigned)threads);
    return status == INK_OK ? CODE_DONE : job_fail(job, status);
}

static bool write_out(void *user, const char *bytes, size_t count)
{
    (void)user;
    out("%.*s", (int)count, bytes);
    return true;
}

static int show_program(struct job *job, const ink_model *model, json_t *settings)
{
    int code = take_step(job, settings);
    if (code != CODE_DONE) return code;
    ink_status status = ink_model_program(job->ctx, model, job->set, write_out, NULL);
    return status == INK_OK ? CODE_DONE : job_fail(job, status);
}

/* Flags that mean something for a program only. */
static int check_flags(const struct job *job)
{
    static const char *const names[] = {"batch", "optimizer", "threads"};
    if (job_value(job, "program"))
        return job->json ? fail(CODE_USAGE, "--program prints text; leave out --json") : CODE_DONE;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (job_value(job, names[i]))
            return fail(CODE_USAGE, "--%s goes with --program; see inkling help show", names[i]);
    return CODE_DONE;
}

int cmd_show(struct job *job)
{
    ink_model *model;
    int code = check_flags(job);
    if (code != CODE_DONE) return code;
    ink_status status = ink_model_load(job->ctx, job->operands[0], &model);
    if (status != INK_OK) return job_fail(job, status);
    json_t *settings = metadata_object(model, "settings"), *metrics = metadata_object(model, "metrics");
    if (job_value(job, "program"))
        code = show_program(job, model, settings);
    else if (job->json)
        code = json_model(job, model, settings, metrics);
    else
        print_model(job, model, settings, metrics);
    json_decref(settings);
    json_decref(metrics);
    ink_model_free(model);
    return code;
}
