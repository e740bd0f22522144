/* members_form: the layers of an ensemble in the notation: "dense 64 relu members 8 shared".
 * SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "model/members.h"

#include <stdio.h>
#include <string.h>

enum { MOST_OUTPUTS = 100000 };

static bool is_word(const char *text, const char *word)
{
    return inki_same_name(text, strlen(text), word, strlen(word));
}

/* "members 8 shared", words[0] being the first. */
static const char *parse_members(struct inki_node *node, const char *const *words, size_t count, size_t *members,
                                 size_t *bad)
{
    *bad = 1;
    if (count < 2 || !inki_parse_count(words[1], members) || *members < 1 || *members > INKI_MOST_MEMBERS)
        return "expected 'members' and their number, 1 to 64, as in 'dense 64 relu members 8'";
    if (node->members && node->members != *members) return "the layer in front has another number of members";
    *bad = 2;
    node->shared = count == 3 && is_word(words[2], "shared");
    if (count > 2 && !node->shared)
        return "only 'shared' can follow the number of members; put '|' before the next layer";
    return NULL;
}

const char *inki_members_parse(struct inki_node *node, const char *const *words, size_t count, size_t *bad)
{
    size_t outputs, members, first = 1;
    *bad = 0;
    if (count < 1 || !inki_parse_count(words[0], &outputs) || outputs < 1 || outputs > MOST_OUTPUTS)
        return "the number of a member's outputs must be 1 to 100000";
    *bad = 1;
    node->act = INKI_ACT_identity;
    if (count >= 2 && !is_word(words[1], "members")) {
        if (!inki_activation_find(words[1], &node->act)) return INKI_NO_SUCH_ACTIVATION;
        first = 2;
    }
    const char *what = parse_members(node, words + first, count - first, &members, bad);
    *bad += first;
    if (what) return what;
    node->parted = node->members > 0;
    node->members = members;
    inki_node_shapes(node, (struct inki_shape){1, members, outputs, inki_padded(outputs) - outputs});
    node->panels = 1; /* cut along rows alone */
    node->saves = node->act != INKI_ACT_identity;
    return NULL;
}

void inki_members_print(const struct inki_node *node, char *text, size_t room)
{
    snprintf(text, room, "dense %zu %s members %zu%s", node->out.channels, inki_activation_name(node->act),
             node->out.width, node->shared ? " shared" : "");
}
