/* Changes as commands for nsupdate of BIND and knsupdate of Knot DNS.
 *
 * Each update requires the SOA that the changes begin at, so that a zone which has moved on stays
 * as it is. What both programs were seen to accept: one command a line, comments that begin with a
 * semicolon, and no empty lines, because BIND's sends at one. */
#include "out/writer.h"

#include "base/codec.h"
#include "base/halt.h"
#include "base/notes.h"
#include "dns/endline.h"
#include "dns/name.h"
#include "dns/rdata.h"
#include "dns/types.h"
#include "out/ddns.h"

#include <stdlib.h>
#include <string.h>

enum {
    /* nsupdate takes what follows the first 131071 octets of a line, line feed included, for
     * another line. The generic form of a record that fits in a message is shorter. */
    COMMAND_MAX = 131071,
    COMMAND_FIXED = NAME_TEXT_ROOM + 96, /* the rest of a line, without the RDATA */
};

struct nsupdate_writer {
    struct sink sink;
    const struct writer_style *style;
    struct buf *out;
    struct rdata_style rdata_style;
    struct notes *notes;
    struct notes no_notes; /* used unless w_nsupdate_notes was called */
    const struct halt *halt;
    unsigned steps; /* between two looks at it */

    uint8_t apex[NAME_MAX_WIRE];
    uint8_t apex_length;
    char class[16];
    const struct rr *newest;
    struct ddns *ddns; /* NULL: no change has come */
};

static bool nsupdate_begin(struct sink *sink, const struct zone_info *info, struct err *err)
{
    struct nsupdate_writer *w = (struct nsupdate_writer *)sink;
    if (w->ddns != NULL || info->newest == NULL)
        return true;
    memcpy(w->apex, info->apex, info->apex_length);
    w->apex_length = info->apex_length;
    *types_class_text(w->class, info->class) = '\0';
    w->newest = info->newest;
    struct ddns_config config = {.apex = w->apex,
                                 .apex_length = w->apex_length,
                                 .class = info->class,
                                 .split = w->style->split,
                                 .halt = w->halt};
    w->ddns = ddns_new(&config, err);
    return w->ddns != NULL;
}

/* BIND refuses a whole update that has a record of these types, which signed zones before RFC 4034.
 * The types of today are left out before, by the choice of records. */
static bool is_refused(const struct nsupdate_writer *w, const struct rr *rr)
{
    return !w->style->with_dnssec && (rr->type == TYPE_SIG || rr->type == TYPE_NXT);
}

COLD static bool note_left_out(struct nsupdate_writer *w, const struct rr *rr, struct err *err)
{
    struct name_string owner;
    if (w->notes->counts[ERR_DDNS_TYPE] > 0 && !w->notes->strict) {
        notes_count(w->notes, ERR_DDNS_TYPE);
        return true;
    }
    return notes_add(w->notes, err, ERR_DDNS_TYPE,
                     "%.255s %s: left out, since BIND refuses an update with such a record",
                     name_string(&owner, rr->owner), rr->type == TYPE_SIG ? "SIG" : "NXT");
}

static bool nsupdate_record(struct sink *sink, enum rr_op op, const struct rr *rr, struct err *err)
{
    struct nsupdate_writer *w = (struct nsupdate_writer *)sink;
    return is_refused(w, rr) ? note_left_out(w, rr, err) : ddns_add(w->ddns, op, rr, err);
}

/* ---- Names that nsupdate refuses ----------------------------------------------------------- */

/* Unless it is told not to check names, nsupdate refuses to add records of some types to an owner
 * that is not a host name, and of some types with RDATA that names something else than a host. This
 * is what 9.18 was seen to refuse. */
static const struct checked {
    uint16_t type;
    bool owner;        /* must be a host name */
    bool reverse_only; /* the RDATA is checked only in the reverse trees */
    uint8_t skip;      /* octets of the RDATA before its names */
    uint8_t names;     /* how many of them are checked */
} checked[] = {
    {TYPE_A, true, false, 0, 0},         {TYPE_NS, false, false, 0, 1},
    {TYPE_SOA, false, false, 0, 2}, /* MNAME, and RNAME without its first label */
    {11 /* WKS */, true, false, 0, 0},   {12 /* PTR */, false, true, 0, 1},
    {15 /* MX */, true, false, 2, 1},    {18 /* AFSDB */, false, false, 2, 1},
    {21 /* RT */, false, false, 2, 1},   {TYPE_AAAA, true, false, 0, 0},
    {33 /* SRV */, false, false, 6, 1},  {38 /* A6 */, true, false, 0, 0},
    {64 /* SVCB */, false, false, 2, 1}, {65 /* HTTPS */, false, false, 2, 1},
};

static bool is_letter_or_digit(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_host(const uint8_t *name)
{
    for (; *name != 0; name += *name + 1)
        for (unsigned i = 1; i <= *name; i++)
            if (!is_letter_or_digit(name[i]) && (name[i] != '-' || i == 1 || i == *name))
                return false;
    return true;
}

/* The local part of a mailbox may be any visible characters. */
static bool is_mailbox(const uint8_t *name)
{
    if (*name == 0)
        return true;
    for (unsigned i = 1; i <= *name; i++)
        if (name[i] <= 0x20 || name[i] >= 0x7f)
            return false;
    return is_host(name + *name + 1);
}

static bool is_reverse(const struct rr *rr)
{
    static const struct {
        const char *name;
        size_t length;
    } trees[] = {{"\7in-addr\4arpa", 14}, {"\3ip6\4arpa", 10}, {"\3ip6\3int", 9}};
    for (size_t i = 0; i < sizeof trees / sizeof *trees; i++)
        if (name_within(rr->owner, rr->owner_length, (const uint8_t *)trees[i].name,
                        trees[i].length))
            return true;
    return false;
}

static bool has_odd_rdata(const struct checked *row, const struct rr *rr)
{
    if (row->names == 0 || (rr->flags & RR_OPAQUE) != 0 || (row->reverse_only && !is_reverse(rr)))
        return false;
    const uint8_t *name = rr->rdata + row->skip;
    if (!is_host(name))
        return true;
    return row->names > 1 && !is_mailbox(name + name_length(name, NAME_MAX_WIRE));
}

static bool has_odd_names(const struct rr *rr)
{
    for (size_t i = 0; i < sizeof checked / sizeof *checked; i++) {
        if (checked[i].type != rr->type)
            continue;
        bool wildcard = rr->owner[0] == 1 && rr->owner[1] == '*';
        return (checked[i].owner && !is_host(rr->owner + (wildcard ? 2 : 0))) ||
               has_odd_rdata(&checked[i], rr);
    }
    return false;
}

static bool find_odd(struct nsupdate_writer *w, bool *found, struct err *err)
{
    struct rr rr;
    enum rr_op op;
    enum ddns_event event;
    bool good = true;
    *found = false;
    while (good && !*found && (event = ddns_next(w->ddns, &rr, &op)) != DDNS_END) {
        *found = event == DDNS_CHANGE && op == RR_ADD && has_odd_names(&rr);
        good = !halt_step(w->halt, &w->steps, err);
    }
    ddns_rewind(w->ddns);
    return good;
}

/* ---- The commands -------------------------------------------------------------------------- */

static char *put_chars(char *at, const char *text)
{
    size_t n = strlen(text);
    memcpy(at, text, n);
    return at + n;
}

static bool is_generic(const struct nsupdate_writer *w, const struct rr *rr)
{
    /* With no RDATA after the type, the command would delete all records of the type. */
    if ((rr->flags & RR_OPAQUE) != 0 || rr->info == NULL || rr->rdlength == 0)
        return true;
    return !w->style->modern && (rr->info->flags & TYPE_FLAG_PORTABLE) == 0;
}

static char *put_type(char *at, const struct rr *rr, bool generic)
{
    if (!generic)
        return put_chars(at, rr->info->mnemonic);
    return codec_u32(put_chars(at, "TYPE"), rr->type);
}

/* Writes a command about a record, with its TTL or without. */
static bool put_command(struct nsupdate_writer *w, const char *command, bool with_ttl,
                        const struct rr *rr, bool generic, struct err *err)
{
    char *line = buf_reserve(w->out, COMMAND_FIXED + rdata_text_bound(rr->rdlength), err);
    if (line == NULL)
        return false;
    char *at = put_chars(line, command);
    at = name_text(at, rr->owner, rr->owner_length);
    *at++ = ' ';
    if (with_ttl) {
        at = codec_u32(at, rr->ttl);
        *at++ = ' ';
    }
    at = put_chars(at, w->class);
    *at++ = ' ';
    at = put_type(at, rr, generic);
    *at++ = ' ';
    at = generic ? rdata_text_generic(at, rr) : rdata_text(at, rr, &w->rdata_style);
    if (!generic && (at == NULL || at - line >= COMMAND_MAX))
        return put_command(w, command, with_ttl, rr, true, err); /* nothing was committed yet */
    *at++ = '\n';
    buf_commit(w->out, at);
    return true;
}

static bool put_remarks(struct nsupdate_writer *w, const struct ddns_facts *facts, struct err *err)
{
    if (facts->messages > 1 &&
        !buf_printf(
            w->out, err,
            "; These are %zu updates, one after the other, which is not atomic: until the last\n"
            "; is done the zone is neither the old nor the new one, and if one fails, the zone\n"
            "; stays as the updates before that one left it. Each requires the SOA that the one\n"
            "; before it sets, so none is done after one that failed.\n",
            facts->messages))
        return false;
    if (facts->lone_ds > 0 &&
        !buf_printf(
            w->out, err,
            "; Of the DS that are added, %zu have a name to which no NS is added: BIND ignores\n"
            "; them in silence where there is none.\n",
            facts->lone_ds))
        return false;
    return !facts->sets_soa || facts->to == facts->wanted ||
           buf_printf(w->out, err,
                      "; The last serial is %lu, not %lu: a server that has %lu accepts only\n"
                      "; higher ones, and each update needs one.\n",
                      (unsigned long)facts->to, (unsigned long)facts->wanted,
                      (unsigned long)facts->from);
}

static bool put_head(struct nsupdate_writer *w, const struct ddns_facts *facts, struct err *err)
{
    struct name_string apex;
    bool odd;
    if (!buf_printf(w->out, err, "; zxfr nsupdate: %s %s %lu %lu\n", name_string(&apex, w->apex),
                    w->class, (unsigned long)facts->from, (unsigned long)facts->wanted) ||
        !put_remarks(w, facts, err) || !find_odd(w, &odd, err))
        return false;
    return !odd ||
           buf_printf(
               w->out, err,
               "; Some names are not host names, which nsupdate refuses without the next line;\n"
               "; knsupdate does not know that line: remove it there.\n"
               "check-names no\n");
}

static bool put_require(struct nsupdate_writer *w, const struct rr *soa, struct err *err)
{
    struct name_string apex;
    return buf_printf(w->out, err, "zone %s\nclass %s\n", name_string(&apex, w->apex), w->class) &&
           put_command(w, "prereq yxrrset ", false, soa, is_generic(w, soa), err);
}

static bool put_change(struct nsupdate_writer *w, enum rr_op op, const struct rr *rr,
                       struct err *err)
{
    if (op == RR_ADD)
        return put_command(w, "update add ", true, rr, is_generic(w, rr), err);
    /* Where a record with empty RDATA is deleted, nsupdate sends that (RFC 2136 section 2.5.4), but
     * knsupdate a delete of the RRset. */
    return (rr->rdlength > 0 ||
            buf_printf(w->out, err, "; knsupdate deletes all records of the type here.\n")) &&
           put_command(w, "update delete ", false, rr, is_generic(w, rr), err);
}

static bool put_messages(struct nsupdate_writer *w, struct err *err)
{
    bool good = true;
    struct rr rr;
    enum rr_op op;
    enum ddns_event event;
    while (good && (event = ddns_next(w->ddns, &rr, &op)) != DDNS_END) {
        if (halt_step(w->halt, &w->steps, err))
            good = false;
        else if (event == DDNS_REQUIRE)
            good = put_require(w, &rr, err);
        else if (event == DDNS_SEND)
            good = buf_printf(w->out, err, "send\n");
        else
            good = put_change(w, op, &rr, err);
    }
    return good;
}

static bool nsupdate_end(struct sink *sink, enum outcome outcome, const char *why, struct err *err)
{
    struct nsupdate_writer *w = (struct nsupdate_writer *)sink;
    if (outcome == OUTCOME_ABORTED)
        return endline_write_incomplete(w->out, why, err) && buf_drain(w->out, err);
    if (w->ddns != NULL) {
        if (!ddns_plan(w->ddns, w->newest, w->notes, err))
            return false;
        struct ddns_facts facts = ddns_facts(w->ddns);
        if (facts.messages > 0 && (!put_head(w, &facts, err) || !put_messages(w, err)))
            return false;
    }
    return buf_drain(w->out, err);
}

static void nsupdate_free(struct sink *sink)
{
    struct nsupdate_writer *w = (struct nsupdate_writer *)sink;
    ddns_free(w->ddns);
    free(w);
}

void w_nsupdate_notes(struct sink *sink, struct notes *notes)
{
    ((struct nsupdate_writer *)sink)->notes = notes;
}

void w_nsupdate_halt(struct sink *sink, const struct halt *halt)
{
    ((struct nsupdate_writer *)sink)->halt = halt;
}

struct sink *w_nsupdate_open(const struct writer_style *style, struct buf *out, struct err *err)
{
    struct nsupdate_writer *w = calloc(1, sizeof *w);
    if (w == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    w->sink = (struct sink){nsupdate_begin, nsupdate_record, nsupdate_end, nsupdate_free};
    w->style = style;
    w->out = out;
    w->rdata_style.portable = !style->modern;
    w->notes = &w->no_notes;
    return &w->sink;
}
