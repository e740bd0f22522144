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

static void print_input(const ink_model_info *info)
{
    print_name("input");
    out("%zu features", info->features);
    if (info->height > 1) out(" (%zux%zu", info->height, info->width);
    if (info->height > 1 && info->channels > 1) out("x%zu", info->channels);
    out("%s, scaling %s\n", info->height > 1 ? ")" : "", info->scaling);
}

/* The classes, or the targets that are numbers. */
static const char *output_name(const ink_model *model, size_t i)
{
    const char *name = ink_model_class(model, i);
    return name ? name : ink_model_target(model, i);
}

static void print_outputs(const ink_model *model, const ink_model_info *info)
{
    char line[4096];
    size_t used = (size_t)snprintf(line, sizeof line, "%zu:", info->outputs);
    for (size_t i = 0; i < info->outputs && used < sizeof line - 64; i++) {
        const char *name = output_name(model, i);
        used += (size_t)snprintf(line + used, sizeof line - used, " %.60s", name ? name : "?");
    }
    print_text(info->classes ? "classes" : "targets", line);
}

static void print_layers(const ink_model *model, const ink_model_info *info)
{
    out("\n%3s  %-10s %-12s %-12s %8s %8s %11s\n", "", "layer", "name", "activation", "inputs", "outputs",
        "parameters");
    for (size_t i = 0; i < info->layers; i++) {
        ink_layer_info layer = INK_INIT(ink_layer_info);
        ink_model_layer(model, i, &layer);
        out("%3zu  %-10s %-12s %-12s %8zu %8zu %11zu\n", i + 1, layer.kind, layer.name, layer.activation, layer.inputs,
            layer.outputs, layer.parameters);
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
    snprintf(line, sizeof line, "%016" PRIx64, info.hash);
    print_text("weights", line);
    print_text("seed", ink_model_metadata(model, "seed"));
    print_text("data", ink_model_metadata(model, "data"));
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
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "kind", json_of_text(layer.kind), "name",
                     json_of_text(layer.name), "activation", json_of_text(layer.activation), "inputs",
                     json_of_count(layer.inputs), "outputs", json_of_count(layer.outputs), "parameters",
                     json_of_count(layer.parameters));
}

static void put_lists(json_t *root, const ink_model *model, const ink_model_info *info)
{
    json_t *outputs = json_array(), *layers = json_array();
    for (size_t i = 0; i < info->outputs; i++) json_array_append_new(outputs, json_of_text(output_name(model, i)));
    for (size_t i = 0; i < info->layers; i++) json_array_append_new(layers, json_of_layer(model, i));
    json_object_set_new(root, info->classes ? "classes" : "targets", outputs);
    json_object_set_new(root, "layers", layers);
}

static int json_model(const struct job *job, const ink_model *model, json_t *settings, json_t *metrics)
{
    static const char *const texts[] = {"seed", "data", "data_fingerprint", "inkling_version", "created_by"};
    ink_model_info info = INK_INIT(ink_model_info);
    ink_model_describe(model, &info);
    json_t *root =
        json_pack("{s:o, s:o, s:o, s:[o, o, o], s:o, s:o, s:o, s:o, s:o}", "model", json_of_text(job->operands[0]),
                  "notation", json_of_text(info.notation), "features", json_of_count(info.features), "input_shape",
                  json_of_count(info.height), json_of_count(info.width), json_of_count(info.channels), "scaling",
                  json_of_text(info.scaling), "parameters", json_of_count(info.parameters), "bytes",
                  json_of_count(info.parameters * sizeof(float)), "bytes_per_row",
                  json_of_count((size_t)row_bytes(model, &info)), "hash", json_of_hash(info.hash));
    if (!root) return fail(CODE_INTERNAL, "out of memory");
    put_lists(root, model, &info);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        json_object_set_new(root, texts[i], json_of_text(ink_model_metadata(model, texts[i])));
    json_object_set(root, "settings", settings ? settings : json_null());
    json_object_set(root, "metrics", metrics ? metrics : json_null());
    return json_print(root);
}

/* An object of the metadata, NULL if there is none. */
static json_t *metadata_object(const ink_model *model, const char *key)
{
    const char *text = ink_model_metadata(model, key);
    json_t *value = text ? json_loads(text, 0, NULL) : NULL;
    if (json_is_object(value)) return value;
    json_decref(value);
    return NULL;
}

int cmd_show(struct job *job)
{
    ink_model *model;
    int code = CODE_DONE;
    ink_status status = ink_model_load(job->ctx, job->operands[0], &model);
    if (status != INK_OK) return job_fail(job, status);
    json_t *settings = metadata_object(model, "settings"), *metrics = metadata_object(model, "metrics");
    if (job->json)
        code = json_model(job, model, settings, metrics);
    else
        print_model(job, model, settings, metrics);
    json_decref(settings);
    json_decref(metrics);
    ink_model_free(model);
    return code;
}
