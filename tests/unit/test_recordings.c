/* Recordings of real servers (zxfr --record), fed to the machines as they came.
 *
 * The zone has 15 records, counted with dnspython in the file that the servers had loaded; the
 * messages were counted by the servers' kinds: BIND was told to send one record each, PowerDNS
 * sends a lone SOA first and last, Knot and NSD send all in one. */
#include "xfer/exchange.h"
#include "xfer/frame.h"
#include "xfer/xfr.h"

#include "base/cursor.h"
#include "dns/name.h"
#include "dns/types.h"
#include "tap.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *file;
    enum err_kind kind;
    unsigned messages, records;
} recordings[] = {
    {"bind", ERR_NONE, 16, 15},
    {"knot", ERR_NONE, 1, 15},
    {"nsd", ERR_NONE, 1, 15},
    {"pdns", ERR_NONE, 3, 15},
    {"bind-unknown", ERR_RCODE_NOTAUTH, 0, 0},
    {"knot-unknown", ERR_RCODE_NOTAUTH, 0, 0},
    {"nsd-unknown", ERR_RCODE_NOTAUTH, 0, 0},
    {"pdns-unknown", ERR_RCODE_NOTAUTH, 0, 0},
    {"cut", ERR_NONE, 2, 4},
    {"servfail", ERR_RCODE_SERVFAIL, 1, 4},
};

enum { FILE_MAX = 65536, HEAD = 9 };

/* A recording in parts. */
struct recording {
    uint8_t octets[FILE_MAX];
    size_t length, entries; /* all, and where the entries begin */
    char zone[256];
    uint16_t id;
    uint8_t answers[FILE_MAX]; /* what came, as it stood on the stream */
    size_t answers_length;
};

static bool read_file(struct recording *r, const char *folder, const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s.rec", folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    r->length = fread(r->octets, 1, sizeof r->octets, file);
    fclose(file);
    const uint8_t *end = memchr(r->octets, '\n', r->length);
    r->entries = end != NULL ? (size_t)(end - r->octets) + 1 : r->length;
    return end != NULL && sscanf((const char *)r->octets, "zxfr-recording 1 %255s ", r->zone) == 1;
}

static bool take_apart(struct recording *r)
{
    size_t at = r->entries;
    r->answers_length = 0;
    while (r->length - at >= HEAD + 2) {
        uint8_t kind = r->octets[at];
        size_t n = octets_u16(r->octets + at + HEAD);
        if (r->length - at - HEAD - 2 < n)
            return false;
        const uint8_t *framed = r->octets + at + HEAD;
        if (kind == '>')
            r->id = octets_u16(framed + 2);
        size_t skip = kind == '<' ? 0 : 2, add = n + 2 - skip;
        if (kind == '<' || kind == '!') {
            memcpy(r->answers + r->answers_length, framed + skip, add);
            r->answers_length += add;
        }
        at += HEAD + 2 + n;
    }
    return at == r->length;
}

struct result {
    struct err err;
    bool ended;
    struct xfr_facts facts;
};

/* Feeds the stream to the machines, `chunk` octets at a time, until it ends or they do. */
static struct result feed(const struct recording *r, size_t chunk)
{
    struct result result = {.ended = false};
    static struct notes notes; /* large, and not looked at */
    uint8_t apex[NAME_MAX_WIRE], apex_length = 0;
    ok(name_parse(r->zone, apex, &apex_length) == NULL, "... its zone is a name");
    struct xfr_config config = {
        .apex = apex, .apex_length = apex_length, .class = CLASS_IN, .notes = &notes};
    struct exchange exchange = {.question = {.name = apex,
                                             .name_length = apex_length,
                                             .type = TYPE_AXFR,
                                             .class = CLASS_IN},
                                .id = r->id,
                                .notes = &notes};
    struct frame frame;
    struct xfr *xfr = xfr_new(&config, &result.err);
    if (xfr == NULL || !frame_init(&frame, &result.err))
        return result;
    size_t fed = 0;
    for (bool more = true; more;) {
        struct rr rr;
        struct msg msg;
        const uint8_t *octets;
        size_t length, room;
        enum xfr_event event = xfr_next(xfr, &rr, &result.err);
        if (event == XFR_RR)
            continue;
        result.ended = event == XFR_END;
        if (event != XFR_MORE)
            break;
        if (exchange_next(&exchange, &msg)) {
            more = xfr_push(xfr, &msg, &result.err);
            continue;
        }
        enum frame_event framed = frame_next(&frame, &octets, &length, &result.err);
        if (framed == FRAME_MESSAGE) {
            more = exchange_push(&exchange, octets, length, 0, &result.err);
            continue;
        }
        more = framed == FRAME_MORE && fed < r->answers_length;
        if (!more)
            break;
        uint8_t *to = frame_room(&frame, &room);
        size_t n = r->answers_length - fed < chunk ? r->answers_length - fed : chunk;
        memcpy(to, r->answers + fed, n);
        frame_filled(&frame, n);
        fed += n;
    }
    result.facts = xfr_facts(xfr);
    frame_fini(&frame);
    xfr_free(xfr);
    return result;
}

int main(int argc, char **argv)
{
    static struct recording r;
    static const size_t chunks[] = {1, 7, FILE_MAX};
    for (size_t i = 0; i < sizeof recordings / sizeof *recordings && argc > 1; i++) {
        const char *name = recordings[i].file;
        if (!ok(read_file(&r, argv[1], name) && take_apart(&r), "%s: a recording", name))
            continue;
        for (size_t j = 0; j < sizeof chunks / sizeof *chunks; j++) {
            struct result result = feed(&r, chunks[j]);
            bool whole = recordings[i].kind == ERR_NONE && strcmp(name, "cut") != 0;
            is_int(result.err.kind, recordings[i].kind, "%s: what fails (%s)", name,
                   result.err.text);
            is_int(result.ended, whole, "... whether the zone ended");
            is_int((int64_t)result.facts.messages, recordings[i].messages, "... messages");
            is_int((int64_t)result.facts.records, recordings[i].records, "... records");
        }
    }
    ok(argc > 1, "the folder of the recordings is given");
    return tap_end();
}
