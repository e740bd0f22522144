/* show: a program in words.
 * SPDX-License-Identifier: MIT */
#include "model/program.h"

#include <stdio.h>

/* "panels of 100 columns" */
static const char *cut_text(const struct inki_task *task, char text[64])
{
    static const char *const units[] = {[INKI_PANELS] = "panels", [INKI_STRIPS] = "strips", [INKI_VECTORS] = "vectors"};
    if (task->cut.axis == INKI_WHOLE) return "all of it in each part";
    if (task->cut.axis == INKI_ONE) return "nothing: one part does it";
    if (task->cut.axis == INKI_ROWS) return "rows";
    snprintf(text, 64, "%s of %zu columns", units[task->cut.axis], task->cut.width);
    return text;
}

static void add_task(const struct inki_program *program, const struct inki_task *task, struct inki_str *out)
{
    const struct inki_node *node = task->site->node;
    const char *name = *node->name ? node->name : node->op->word;
    bool steps = task->site->steps && node->op->gradient == task->run, rows = task->run == program->tasks[0].run;
    char text[64];
    inki_str_add(out, "  %-10s %-9s along %s%s%s%s\n", rows ? "input" : name, task->what, cut_text(task, text),
                 task->derives ? ", once a step" : "", steps ? ", with the step of plain SGD" : "",
                 task->guards ? "; ends here where a loss is not finite" : "");
}

static void add_stage(const struct inki_program *program, size_t i, struct inki_str *out)
{
    const struct inki_stage *stage = &program->stages[i];
    bool small = program->use.threads > 1 && !inki_worth(stage->cost * program->use.rows);
    if (i > 0) inki_str_add(out, "%s", program->use.threads > 1 ? "  ---------- all parts meet\n" : "");
    inki_str_add(out, "stage %zu: %.1f million multiply-adds%s\n", i + 1,
                 (double)(stage->cost * program->use.rows) / 1e6, small ? ", in one part" : "");
    for (size_t t = stage->task; t < stage->task_end; t++) add_task(program, &program->tasks[t], out);
    if (stage->guards) inki_str_add(out, "  ends here where a loss is not finite\n");
}

void inki_program_show(const struct inki_program *program, struct inki_str *out)
{
    size_t bytes = 0;
    for (size_t i = 1; i < program->value_count; i++) bytes += program->values[i].copies * program->values[i].bytes;
    inki_str_add(out, "%zu rows at once in %u part%s; arrays of %.1f KB in an arena of %.1f KB\n", program->use.rows,
                 program->use.threads, program->use.threads > 1 ? "s" : "", (double)bytes / 1024,
                 (double)program->arena_bytes / 1024);
    for (size_t i = 0; i < program->stage_count; i++) add_stage(program, i, out);
}
