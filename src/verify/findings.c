#include "verify/findings.h"

#include "base/codec.h"
#include "dns/name.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct rule_row findings_rules[RULES] = {
#define RULE(name, slug, level, group, gate, text, section)                                        \
    [RULE_##name] = {slug, text, section, LEVEL_##level, RULES_##group, gate},
#include "verify/rules.def"
#undef RULE
};

enum { TEXT_MAX = 1024 };

struct item {
    enum rule rule;
    enum level level;
    uint16_t type;
    uint8_t owner_length; /* 0: the zone */
    uint64_t ordinal;     /* within its rule */
    uint64_t sequence;    /* among all */
    uint64_t more;
    char *octets; /* the owner, then the text with a NUL */
};

struct findings {
    size_t most;
    uint8_t levels[RULES];
    uint64_t of_rule[RULES], of_level[LEVELS], of_gate[RULE_GROUPS];
    uint64_t sequence;
    struct item *items;
    size_t count, room;
};

static const char *const level_texts[LEVELS] = {"off", "info", "warning", "error"};

const char *findings_level_text(enum level level)
{
    return level_texts[level];
}

enum level findings_level(const char *word)
{
    unsigned level = 0;
    while (level < LEVELS && strcmp(level_texts[level], word) != 0)
        level++;
    return (enum level)level;
}

enum rule findings_rule(const char *slug)
{
    unsigned rule = 0;
    while (rule < RULES && strcmp(findings_rules[rule].slug, slug) != 0)
        rule++;
    return (enum rule)rule;
}

struct findings *findings_new(size_t most, const uint8_t levels[], struct err *err)
{
    struct findings *findings = calloc(1, sizeof *findings);
    if (findings == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    findings->most = most;
    for (unsigned rule = 0; rule < RULES; rule++)
        findings->levels[rule] = levels != NULL ? levels[rule] : findings_rules[rule].level;
    return findings;
}

void findings_free(struct findings *findings)
{
    if (findings == NULL)
        return;
    for (size_t i = 0; i < findings->count; i++)
        free(findings->items[i].octets);
    free(findings->items);
    free(findings);
}

static struct item *add_item(struct findings *findings)
{
    if (findings->count == findings->room) {
        size_t room = findings->room > 0 ? 2 * findings->room : 16;
        struct item *items = realloc(findings->items, room * sizeof *items);
        if (items == NULL)
            return NULL;
        findings->items = items;
        findings->room = room;
    }
    return &findings->items[findings->count];
}

/* The owner and the text in one piece of memory. */
static bool keep(struct findings *findings, const struct item *like, const uint8_t *owner,
                 const char *text)
{
    size_t length = strlen(text) + 1;
    struct item *item = add_item(findings);
    char *octets = item != NULL ? malloc(like->owner_length + length) : NULL;
    if (octets == NULL)
        return false;
    if (like->owner_length > 0)
        memcpy(octets, owner, like->owner_length);
    memcpy(octets + like->owner_length, text, length);
    *item = *like;
    item->octets = octets;
    findings->count++;
    return true;
}

bool findings_add(struct findings *findings, struct err *err, enum rule rule, const uint8_t *owner,
                  uint16_t type, const char *format, ...)
{
    const struct rule_row *row = &findings_rules[rule];
    struct item like = {
        .rule = rule,
        .level = findings->levels[rule],
        .type = type,
        .owner_length = owner != NULL ? (uint8_t)name_length(owner, NAME_MAX_WIRE) : 0,
        .ordinal = findings->of_rule[rule],
        .sequence = findings->sequence++,
    };
    findings->of_gate[row->group] += row->gate;
    if (like.level == LEVEL_OFF)
        return true;
    findings->of_rule[rule]++;
    findings->of_level[like.level]++;
    if (like.ordinal >= findings->most)
        return true;
    char text[TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    codec_mask(text);
    return keep(findings, &like, owner, text) || err_set(err, ERR_MEMORY, "out of memory");
}

uint64_t findings_count(const struct findings *findings, enum level level)
{
    return findings->of_level[level];
}

uint64_t findings_count_rule(const struct findings *findings, enum rule rule)
{
    return findings->of_rule[rule];
}

uint64_t findings_count_gate(const struct findings *findings, enum rule_group group)
{
    return findings->of_gate[group];
}

static int in_order(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int by_worth(const void *left, const void *right)
{
    const struct item *a = left, *b = right;
    int order = in_order(b->level, a->level);
    order = order != 0 ? order : in_order(a->ordinal, b->ordinal);
    return order != 0 ? order : in_order(a->sequence, b->sequence);
}

static int by_owner(const void *left, const void *right)
{
    const struct item *a = left, *b = right;
    int order = in_order(a->owner_length > 0, b->owner_length > 0);
    if (order == 0 && a->owner_length > 0)
        order = name_order((const uint8_t *)a->octets, a->owner_length, (const uint8_t *)b->octets,
                           b->owner_length);
    return order != 0 ? order : in_order(a->sequence, b->sequence);
}

static void swap(struct item *a, struct item *b)
{
    struct item kept = *a;
    *a = *b;
    *b = kept;
}

/* Lets the first cases of rules that would not be among the chosen ones take the places of the last
 * of these, but of a quarter of them at most: errors come first. */
static void let_firsts_in(struct findings *findings)
{
    size_t last = findings->most, least = last - last / 4;
    for (size_t i = findings->most; i < findings->count && last > least; i++) {
        if (findings->items[i].ordinal > 0)
            continue;
        while (last > least && findings->items[last - 1].ordinal == 0)
            last--;
        if (last > least)
            swap(&findings->items[--last], &findings->items[i]);
    }
}

void findings_close(struct findings *findings)
{
    if (findings->count == 0)
        return;
    qsort(findings->items, findings->count, sizeof *findings->items, by_worth);
    let_firsts_in(findings);
    while (findings->count > findings->most)
        free(findings->items[--findings->count].octets);
    qsort(findings->items, findings->count, sizeof *findings->items, by_owner);
    struct item *last[RULES] = {NULL};
    uint64_t chosen[RULES] = {0};
    for (size_t i = 0; i < findings->count; i++) {
        struct item *item = &findings->items[i];
        last[item->rule] = item;
        chosen[item->rule]++;
    }
    for (unsigned rule = 0; rule < RULES; rule++)
        if (last[rule] != NULL)
            last[rule]->more = findings->of_rule[rule] - chosen[rule];
}

bool findings_get(const struct findings *findings, size_t index, struct finding *finding)
{
    if (index >= findings->count)
        return false;
    const struct item *item = &findings->items[index];
    *finding = (struct finding){
        .rule = item->rule,
        .level = item->level,
        .owner = item->owner_length > 0 ? (const uint8_t *)item->octets : NULL,
        .type = item->type,
        .more = item->more,
        .text = item->octets + item->owner_length,
    };
    return true;
}
