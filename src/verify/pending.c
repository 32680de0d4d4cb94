#include "verify/pending.h"

#include "dns/name.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 1024, ROOM_FIRST = 4 };

static void drop_items(struct pending *pending)
{
    for (size_t i = 0; i < pending->item_count; i++)
        free(pending->items[i].octets);
    pending->item_count = 0;
    pending->rule_count = 0;
}

void pending_fini(struct pending *pending)
{
    drop_items(pending);
    free(pending->items);
    *pending = (struct pending){.items = NULL};
}

/* Counts one of the rule; returns how many there were before. */
static uint64_t count_rule(struct pending *pending, enum rule rule)
{
    unsigned i = 0;
    while (i < pending->rule_count && pending->rules[i].rule != rule)
        i++;
    if (i == pending->rule_count && i < PENDING_RULES) {
        pending->rules[i].rule = rule;
        pending->rules[i].count = 0;
        pending->rule_count++;
    }
    return i < PENDING_RULES ? pending->rules[i].count++ : PENDING_MOST;
}

static bool make_room(struct pending *pending)
{
    if (pending->item_count < pending->room)
        return true;
    size_t room = pending->room > 0 ? 2 * pending->room : ROOM_FIRST;
    struct pending_item *items = realloc(pending->items, room * sizeof *items);
    if (items == NULL)
        return false;
    pending->items = items;
    pending->room = room;
    return true;
}

static bool keep(struct pending *pending, const struct pending_item *like, const uint8_t *owner,
                 const char *text)
{
    size_t length = strlen(text) + 1;
    char *octets = make_room(pending) ? malloc(like->owner_length + length) : NULL;
    if (octets == NULL)
        return false;
    if (like->owner_length > 0)
        memcpy(octets, owner, like->owner_length);
    memcpy(octets + like->owner_length, text, length);
    pending->items[pending->item_count] = *like;
    pending->items[pending->item_count++].octets = octets;
    return true;
}

bool pending_add(struct pending *pending, struct err *err, enum rule rule, const uint8_t *owner,
                 uint16_t type, const char *format, ...)
{
    struct pending_item like = {
        .rule = rule,
        .type = type,
        .owner_length = owner != NULL ? (uint8_t)name_length(owner, NAME_MAX_WIRE) : 0,
    };
    if (count_rule(pending, rule) >= PENDING_MOST)
        return true;
    char text[TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return keep(pending, &like, owner, text) || err_set(err, ERR_MEMORY, "out of memory");
}

uint64_t pending_count(const struct pending *pending)
{
    uint64_t count = 0;
    for (unsigned i = 0; i < pending->rule_count; i++)
        count += pending->rules[i].count;
    return count;
}

bool pending_say(struct pending *pending, struct findings *findings, struct err *err)
{
    bool good = true;
    for (size_t i = 0; good && i < pending->item_count; i++) {
        const struct pending_item *item = &pending->items[i];
        const uint8_t *owner = item->owner_length > 0 ? (const uint8_t *)item->octets : NULL;
        good = findings_add(findings, err, item->rule, owner, item->type, "%s",
                            item->octets + item->owner_length);
    }
    for (unsigned i = 0; good && i < pending->rule_count; i++)
        if (pending->rules[i].count > PENDING_MOST)
            good = findings_add(findings, err, pending->rules[i].rule, NULL, 0,
                                "%" PRIu64 " more of this kind",
                                pending->rules[i].count - PENDING_MOST);
    drop_items(pending);
    return good;
}
