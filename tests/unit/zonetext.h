/* Names of a zone from lines of text, for the tests of verify. */
#ifndef ZONETEXT_H
#define ZONETEXT_H

#include "dns/rdata.h"
#include "dns/types.h"
#include "verify/node.h"

#include "tap.h"

/* Adds "TTL TYPE RDATA" to the node. Records come in order. */
static inline void zonetext_add(struct node *node, const char *line)
{
    static uint8_t rdata[RDATA_SCRATCH];
    struct err err = {.kind = ERR_NONE};
    char *rest, word[16] = "";
    struct rr rr = {.class = CLASS_IN, .ttl = (uint32_t)strtoul(line, &rest, 10), .rdata = rdata};
    sscanf(rest, "%15s", word);
    rest = strstr(rest, word) + strlen(word);
    rr.type = types_parse(word, strlen(word));
    rr.info = types_find(rr.type, CLASS_IN);
    bool opaque;
    bool read = rdata_parse_text(rr.info, rr.type, rest, strlen(rest), (const uint8_t *)"", 1,
                                 rdata, &rr.rdlength, &opaque, &err);
    rr.flags = read && opaque ? RR_OPAQUE : 0;
    if (!read || !node_add(node, &rr, &err))
        ok(false, "%s: %s", line, err.text);
}

/* Begins with an owner and adds the lines, up to NULL; then it is sealed. */
static inline void zonetext_node(struct node *node, struct node_walk *walk, const char *owner,
                                 const char *const lines[])
{
    struct err err = {.kind = ERR_NONE};
    uint8_t name[NAME_MAX_WIRE], length = 0;
    name_parse(owner, name, &length);
    node_begin(node, name, length, walk->apex_length);
    for (size_t i = 0; lines[i] != NULL; i++)
        zonetext_add(node, lines[i]);
    if (!node_seal(node, walk, &err))
        ok(false, "%s is sealed: %s", owner, err.text);
}

static inline struct node_walk zonetext_walk(const char *apex)
{
    struct node_walk walk = {.apex_length = 0};
    name_parse(apex, walk.apex, &walk.apex_length);
    name_lower(walk.apex, walk.apex_length);
    return walk;
}

#endif
