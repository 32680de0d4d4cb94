#include "job/servers.h"

#include "dns/msg.h"
#include "dns/types.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Adds a host name that stands in wire form in RDATA. Names that no host can have, the root among
 * them (an MNAME that says nothing), are passed over. */
static void add_host(struct server list[SERVERS_MAX], size_t *count, const uint8_t *name)
{
    struct name_string text;
    name_string(&text, name);
    size_t n = strlen(text.text);
    if (n < 2 || n >= sizeof list[0].host || strchr(text.text, '\\') != NULL ||
        *count == SERVERS_MAX)
        return;
    for (size_t i = 0; i < *count; i++)
        if (strcasecmp(list[i].host, text.text) == 0)
            return;
    struct server *server = &list[(*count)++];
    *server = (struct server){.word = server->host};
    memcpy(server->host, text.text, n + 1);
}

/* The names at the start of the RDATA of all answer records of a type at the zone's apex. */
static void take_names(const struct spec *spec, const struct msg *msg, uint16_t type,
                       struct server list[SERVERS_MAX], size_t *count)
{
    size_t at = msg->answer_at;
    for (unsigned i = 0; i < msg->answers; i++) {
        uint8_t owner[NAME_MAX_WIRE], target[NAME_MAX_WIRE], owner_length, length;
        unsigned pointers = 0;
        if (name_unpack(msg->octets, msg->length, &at, owner, &owner_length, &pointers) != NULL)
            return;
        struct msg_record record = msg_record(msg->octets, at);
        size_t rdata_at = record.rdata_at, rdata_end = record.rdata_at + record.rdlength;
        at = rdata_end;
        if (record.type == type && name_equal(owner, owner_length, spec->zone, spec->zone_length) &&
            name_unpack(msg->octets, rdata_end, &rdata_at, target, &length, &pointers) == NULL)
            add_host(list, count, target);
    }
}

static bool ask(const struct spec *spec, const struct loop *loop, uint16_t type, uint64_t deadline,
                struct server list[SERVERS_MAX], size_t *count, struct err *err)
{
    struct name_string zone;
    struct err odd = {.kind = ERR_NONE}; /* an answer that cannot be read names nobody */
    struct msg msg;
    uint8_t *octets;
    size_t length;
    if (!resolve_query(loop, name_string(&zone, spec->zone), type, deadline, &octets, &length, err))
        return false;
    if (octets != NULL && msg_parse(&msg, octets, length, &odd))
        take_names(spec, &msg, type, list, count);
    free(octets);
    return true;
}

bool servers_find(const struct spec *spec, const struct loop *loop, uint64_t deadline,
                  struct server list[SERVERS_MAX], size_t *count, struct err *err)
{
    *count = 0;
    if (!ask(spec, loop, TYPE_SOA, deadline, list, count, err) ||
        !ask(spec, loop, TYPE_NS, deadline, list, count, err))
        return false;
    return *count > 0 || err_set(err, ERR_NO_SERVERS, "the resolver knows no servers of the zone");
}
