/* marked: rows that a file names are left out or labelled anew: all of them, or those whose column `action` says so.
 * SPDX-License-Identifier: MIT */
#include "read/marked.h"

#include "base/mem.h"
#include "base/settings.h"
#include "base/text.h"
#include "read/cells.h"

#include <string.h>

enum column { ROW, LABEL, ANSWER, KIND, ACTION, COLUMNS };
static const char *const names[COLUMNS] = {"row", "label", "answer", "kind", "action"};
static const char *const actions[] = {"keep", "drop", "relabel"};
enum action { KEEP, DROP, RELABEL, ACTIONS };

/* One of the two files while it is read. */
struct marks {
    ink_ctx *ctx;
    const ink_data *data;
    const char *path;
    struct inki_cells cells;
    size_t place[COLUMNS], columns; /* place: from 0, SIZE_MAX where there is no such column */
    size_t row, line;               /* of the line at hand */
    int class[COLUMNS];             /* of its label and answer, -1: none of the data's */
    char shown[COLUMNS][INKI_SHOWN_ROOM];
    bool other_kind;    /* than label */
    enum action action; /* of a file with such a column */
    uint8_t *dropped;   /* [rows] */
    int32_t *labels;    /* [rows], as they are to be */
    size_t count, left; /* rows marked; lines of another kind or action */
};

static int class_of(const ink_data *data, const struct inki_cell *cell)
{
    char *const *const lists[] = {data->class_names, data->class_labels};
    for (size_t i = 0; i < 2 && lists[i]; i++)
        for (size_t c = 0; c < data->classes; c++)
            if (strlen(lists[i][c]) == cell->length && memcmp(lists[i][c], cell->text, cell->length) == 0)
                return (int)c;
    return -1;
}

static bool is_text(const struct inki_cell *cell, const char *text)
{
    return cell->length == strlen(text) && memcmp(cell->text, text, cell->length) == 0;
}

/* ---------------------------------------------------------------- the file */

static ink_status check_head(const struct marks *m, bool relabel)
{
    for (size_t k = 0; k < COLUMNS; k++) {
        if (m->place[k] != SIZE_MAX || (k != ROW && !(k == ANSWER && relabel))) continue;
        return inki_fail(
            m->ctx, INK_BAD_DATA,
            "%s:1: there is no column '%s'; expected the names of columns here, as inkling suspects writes "
            "them: row,label,answer,p,kind",
            m->path, names[k]);
    }
    return INK_OK;
}

static ink_status read_head(struct marks *m, bool relabel)
{
    struct inki_cell cell;
    for (size_t k = 0; k < COLUMNS; k++) m->place[k] = SIZE_MAX;
    if (inki_cells_row(&m->cells)) {
        do {
            INK_TRY(inki_cells_next(&m->cells, &cell));
            for (size_t k = 0; k < COLUMNS; k++)
                if (is_text(&cell, names[k]) && m->place[k] == SIZE_MAX) m->place[k] = m->columns;
            m->columns++;
        } while (!m->cells.row_ended);
    }
    m->cells.columns = m->columns;
    return check_head(m, relabel);
}

static ink_status take_row(struct marks *m, const struct inki_cell *cell)
{
    char text[24] = "";
    if (cell->length < sizeof text) memcpy(text, cell->text, cell->length);
    m->line = cell->line;
    if (inki_parse_count(text, &m->row) && m->row < m->data->rows) return INK_OK;
    return inki_fail(
        m->ctx, INK_BAD_DATA,
        "%s:%zu: '%s' is no row of %s, whose %zu rows are numbered from 0; was the file made of other data?", m->path,
        cell->line, inki_cell_shown(cell, m->shown[ROW]), m->data->source, m->data->rows);
}

static ink_status take_action(struct marks *m, const struct inki_cell *cell)
{
    char shown[INKI_SHOWN_ROOM];
    for (size_t i = 0; i < ACTIONS; i++)
        if (is_text(cell, actions[i])) {
            m->action = (enum action)i;
            return INK_OK;
        }
    return inki_fail(m->ctx, INK_BAD_DATA, "%s:%zu: '%s' is no action; expected keep, drop or relabel", m->path,
                     cell->line, inki_cell_shown(cell, shown));
}

static ink_status take_cell(struct marks *m, size_t at, const struct inki_cell *cell)
{
    if (at == m->place[ROW]) INK_TRY(take_row(m, cell));
    if (at == m->place[ACTION]) INK_TRY(take_action(m, cell));
    if (at == m->place[KIND]) m->other_kind = !is_text(cell, "label");
    for (size_t k = LABEL; k <= ANSWER; k++) {
        if (at != m->place[k]) continue;
        m->class[k] = class_of(m->data, cell);
        inki_cell_shown(cell, m->shown[k]);
    }
    return INK_OK;
}

static ink_status read_line(struct marks *m)
{
    struct inki_cell cell;
    for (size_t i = 0; i < m->columns; i++) {
        INK_TRY(inki_cells_next(&m->cells, &cell));
        INK_TRY(take_cell(m, i, &cell));
    }
    return inki_cells_end_row(&m->cells);
}

/* ---------------------------------------------------------------- its lines */

/* A file of other data would do harm without a word. */
static ink_status check_label(const struct marks *m)
{
    if (m->place[LABEL] == SIZE_MAX || !m->data->labels || m->class[LABEL] == m->data->labels[m->row]) return INK_OK;
    return inki_fail(m->ctx, INK_BAD_DATA,
                     "%s:%zu: row %zu has the label '%s' in %s and '%s' here: the file was made of other data, or this "
                     "data was changed by it already",
                     m->path, m->line, m->row, m->data->class_names[m->data->labels[m->row]], m->data->source,
                     m->shown[LABEL]);
}

static ink_status mark_dropped(struct marks *m)
{
    if (m->place[ACTION] != SIZE_MAX && m->action != DROP) return INK_OK;
    m->count += !m->dropped[m->row];
    m->dropped[m->row] = 1;
    return INK_OK;
}

static ink_status mark_label(struct marks *m)
{
    const int32_t before = m->data->labels[m->row], class = m->class[ANSWER];
    if (m->place[ACTION] != SIZE_MAX ? m->action != RELABEL : m->other_kind) {
        m->left++;
        return INK_OK;
    }
    if (class < 0)
        return inki_fail(m->ctx, INK_BAD_DATA, "%s:%zu: '%s' is none of the %zu classes of %s (%s … %s)", m->path,
                         m->line, m->shown[ANSWER], m->data->classes, m->data->source, m->data->class_names[0],
                         m->data->class_names[m->data->classes - 1]);
    if (m->labels[m->row] != before && m->labels[m->row] != class)
        return inki_fail(m->ctx, INK_BAD_DATA, "%s:%zu: row %zu is here a second time, with another answer; keep one",
                         m->path, m->line, m->row);
    m->count += m->labels[m->row] == before && class != before;
    m->labels[m->row] = class;
    return INK_OK;
}

static ink_status read_lines(struct marks *m, bool relabel)
{
    INK_TRY(read_head(m, relabel));
    while (inki_cells_row(&m->cells)) {
        INK_TRY(read_line(m));
        INK_TRY(check_label(m));
        INK_TRY((relabel ? mark_label : mark_dropped)(m));
    }
    return INK_OK;
}

static ink_status read_marks(struct marks *m, bool relabel)
{
    struct inki_bytes content;
    INK_TRY(inki_bytes_read(m->ctx, m->path, &content));
    m->cells = (struct inki_cells){
        .ctx = m->ctx, .where = m->path, .bytes = content.data, .size = content.size, .line = 1, .separator = ','};
    ink_status status = read_lines(m, relabel);
    inki_cells_free(&m->cells);
    inki_bytes_free(m->ctx, &content);
    return status;
}

/* -------------------------------------------------------------------- both */

static ink_status find_dropped(ink_ctx *ctx, const ink_data *data, const char *path, uint8_t *dropped)
{
    struct marks m = {.ctx = ctx, .data = data, .path = path, .dropped = dropped};
    INK_TRY(read_marks(&m, false));
    if (m.count == data->rows)
        return inki_fail(ctx, INK_BAD_DATA, "%s: names all %zu rows of %s, and none would be left", path, m.count,
                         data->source);
    inki_note(ctx, "%s: %zu of %zu rows left out (drop-rows %s)", data->source, m.count, data->rows, path);
    return INK_OK;
}

static ink_status relabel(ink_ctx *ctx, ink_data *data, const char *path)
{
    struct marks m = {.ctx = ctx, .data = data, .path = path};
    if (!data->labels)
        return inki_fail(ctx, INK_BAD_SETTING, "relabel: %s has no classes, so that nothing can be labelled anew",
                         data->source);
    m.labels = inki_alloc(ctx, data->rows, sizeof *m.labels);
    if (!m.labels) return INK_NO_MEMORY;
    memcpy(m.labels, data->labels, data->rows * sizeof *m.labels);
    ink_status status = read_marks(&m, true);
    if (status == INK_OK) {
        char left[64] = "";
        if (m.left)
            snprintf(left, sizeof left, "; lines of other %s, not used: %zu",
                     m.place[ACTION] != SIZE_MAX ? "actions" : "kinds", m.left);
        memcpy(data->labels, m.labels, data->rows * sizeof *m.labels);
        inki_note(ctx, "%s: %zu of %zu rows have other labels (relabel %s)%s", data->source, m.count, data->rows, path,
                  left);
    }
    inki_free(m.labels);
    return status;
}

ink_status inki_marked_apply(ink_ctx *ctx, ink_data *data, const ink_settings *set)
{
    const char *drop = inki_get_text(set, INKI_DROP_ROWS), *fresh = inki_get_text(set, INKI_RELABEL);
    ink_status status = INK_OK;
    uint8_t *dropped = NULL;
    if (*drop) {
        dropped = inki_zalloc(ctx, data->rows, 1);
        status = dropped ? find_dropped(ctx, data, drop, dropped) : INK_NO_MEMORY;
    }
    if (status == INK_OK && *fresh) status = relabel(ctx, data, fresh);
    if (status == INK_OK && *drop) status = inki_data_drop(ctx, data, dropped);
    inki_free(dropped);
    return status;
}
