#include "verify/sanity.h"

#include "base/copy.h"
#include "base/cursor.h"
#include "dns/doubt.h"
#include "dns/rdata.h"
#include "dns/spelling.h"
#include "dns/types.h"
#include "verify/names.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { TYPE_TEXT_MAX = 16, DAY = 86400, EXPIRE_LEAST = 7 * DAY, MESSAGE_MAX = 65535 };

/* What a target is for. */
enum use { USE_ZONE_NS, USE_DELEGATION_NS, USE_GLUE, USE_MAIL_OR_SERVICE, USES };

enum ask_place {
    ASK_MORE,          /* another one of the set follows */
    ASK_LAST,          /* of the set */
    ASK_LAST_OF_OTHERS /* of the set, which also leads out of the zone */
};

/* A target that must be looked up. The arena of sanity holds one after the other, those of a set
 * together: such a head, not aligned, and then the target as a name. */
struct ask {
    size_t owner; /* where it is among the names */
    uint16_t type;
    uint8_t use;   /* enum use */
    uint8_t place; /* enum ask_place */
    uint8_t target_length;
};

struct sanity {
    struct findings *findings;
    const struct halt *halt;
    uint8_t apex[NAME_MAX_WIRE];
    uint8_t apex_length;
    bool is_signed; /* the apex has DNSKEY records */
    struct names names;
    struct arena asks;
    uint64_t asked[USES]; /* how many there are */
};

struct sanity *sanity_new(const uint8_t *apex, size_t length, struct findings *findings,
                          const struct halt *halt, struct err *err)
{
    struct sanity *sanity = calloc(1, sizeof *sanity);
    if (sanity == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    sanity->findings = findings;
    sanity->halt = halt;
    memcpy(sanity->apex, apex, length);
    name_lower(sanity->apex, length);
    sanity->apex_length = (uint8_t)length;
    names_begin(&sanity->names, sanity->apex, length);
    return sanity;
}

void sanity_free(struct sanity *sanity)
{
    if (sanity == NULL)
        return;
    names_fini(&sanity->names);
    arena_fini(&sanity->asks);
    free(sanity);
}

/* "A", or TYPE65280. */
struct type_text {
    char text[TYPE_TEXT_MAX];
};

static const char *type_string(struct type_text *to, uint16_t type)
{
    *types_text(to->text, type, false) = '\0';
    return to->text;
}

/* ---- The apex ------------------------------------------------------------------------------ */

static bool judge_soa(struct sanity *sanity, const struct node *apex, const struct node_set *soa,
                      struct err *err)
{
    struct findings *findings = sanity->findings;
    const struct node_record *record = &apex->records[soa->first];
    if (record->rdlength < RDATA_SOA_NUMBERS)
        return true;
    const uint8_t *numbers = node_rdata(apex, soa->first) + record->rdlength - RDATA_SOA_NUMBERS;
    uint32_t refresh = octets_u32(numbers + 4), retry = octets_u32(numbers + 8);
    uint32_t expire = octets_u32(numbers + 12);
    if (refresh < retry &&
        !findings_add(findings, err, RULE_SOA_TIMERS, apex->owner, TYPE_SOA,
                      "refresh %" PRIu32 " is less than retry %" PRIu32, refresh, retry))
        return false;
    if (expire < (uint64_t)refresh + retry &&
        !findings_add(findings, err, RULE_SOA_TIMERS, apex->owner, TYPE_SOA,
                      "expire %" PRIu32 " is less than refresh %" PRIu32 " and retry %" PRIu32
                      " together: secondaries give the zone up before they have tried again",
                      expire, refresh, retry))
        return false;
    return expire >= EXPIRE_LEAST ||
           findings_add(findings, err, RULE_SOA_EXPIRE, apex->owner, TYPE_SOA,
                        "expire %" PRIu32 " is less than 7 days", expire);
}

static bool judge_apex(struct sanity *sanity, const struct node *apex, struct err *err)
{
    const struct node_set *soa = node_find(apex, TYPE_SOA), *ns = node_find(apex, TYPE_NS);
    const struct node_set *keys = node_find(apex, TYPE_DNSKEY);
    struct findings *findings = sanity->findings;
    sanity->is_signed = keys != NULL && keys->count > 0;
    if (soa == NULL || soa->count == 0) {
        if (!findings_add(findings, err, RULE_NO_SOA, apex->owner, TYPE_SOA, "no SOA record"))
            return false;
    } else if (!judge_soa(sanity, apex, soa, err)) {
        return false;
    }
    if (ns == NULL || ns->count == 0)
        return findings_add(findings, err, RULE_NO_NS, apex->owner, TYPE_NS,
                            "no NS record: servers refuse to load such a zone");
    return ns->count > 1 ||
           findings_add(findings, err, RULE_ONE_NS, apex->owner, TYPE_NS,
                        "one name server only: a failure of it is one of the zone");
}

/* ---- The records of a name ----------------------------------------------------------------- */

/* What may stand beside a CNAME (RFC 4035 section 2.5). */
static bool goes_with_cname(uint16_t type)
{
    return type == TYPE_CNAME || type == TYPE_RRSIG || type == TYPE_NSEC || type == TYPE_KEY ||
           type == TYPE_SIG || type == TYPE_NXT;
}

static bool judge_alias(struct sanity *sanity, const struct node *node, const struct node_set *set,
                        struct err *err)
{
    struct type_text text;
    if (set->count > 1 &&
        !findings_add(sanity->findings, err, RULE_SEVERAL_CNAMES, node->owner, set->type,
                      "%zu %s records", set->count, type_string(&text, set->type)))
        return false;
    for (size_t i = 0; set->type == TYPE_CNAME && i < node->set_count; i++)
        if (node->sets[i].count > 0 && !goes_with_cname(node->sets[i].type))
            return findings_add(sanity->findings, err, RULE_CNAME_AND_OTHER, node->owner, set->type,
                                "CNAME and %s", type_string(&text, node->sets[i].type));
    return true;
}

/* The octets that an RRset takes in a message, with its owner as a pointer from the second record
 * on. */
static bool judge_size(struct sanity *sanity, const struct node *node, const struct node_set *set,
                       struct err *err)
{
    uint64_t octets = (uint64_t)set->octets + (uint64_t)set->count * 12;
    struct type_text text;
    return octets <= MESSAGE_MAX ||
           findings_add(sanity->findings, err, RULE_LARGE_RRSET, node->owner, set->type,
                        "%s: %zu records of %" PRIu64 " octets: no message can hold them",
                        type_string(&text, set->type), set->count, octets);
}

static bool judge_ttls(struct sanity *sanity, const struct node *node, const struct node_set *set,
                       struct err *err)
{
    struct type_text text;
    return !set->ttls_differ || set->signatures > 0 ||
           findings_add(sanity->findings, err, RULE_TTLS_DIFFER, node->owner, set->type,
                        "%s: the TTLs differ, the lowest is %" PRIu32,
                        type_string(&text, set->type), set->ttl);
}

static bool is_address(uint16_t type)
{
    return type == TYPE_A || type == TYPE_AAAA;
}

/* Data below a delegation that no referral carries. */
static bool judge_occluded(struct sanity *sanity, const struct node *node,
                           const struct node_set *set, struct err *err)
{
    struct type_text text;
    return node->place != NODE_GLUE || is_address(set->type) ||
           findings_add(sanity->findings, err, RULE_OCCLUDED, node->owner, set->type,
                        "%s below a delegation, which nobody can ask for",
                        type_string(&text, set->type));
}

/* RFC 952 with RFC 1123 section 2.1; a wildcard stands for such names. */
static bool is_host_name(const uint8_t *name)
{
    if (name[0] == 1 && name[1] == '*')
        name += 2;
    for (; *name > 0; name += *name + 1) {
        if (name[1] == '-' || name[*name] == '-')
            return false;
        for (unsigned i = 1; i <= *name; i++) {
            uint8_t c = name[i];
            if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
                return false;
        }
    }
    return true;
}

static bool judge_host_name(struct sanity *sanity, const struct node *node,
                            const struct node_set *set, struct err *err)
{
    struct type_text text;
    return !is_address(set->type) || is_host_name(node->owner) ||
           findings_add(sanity->findings, err, RULE_HOST_NAME, node->owner, set->type,
                        "%s at a name that is not that of a host", type_string(&text, set->type));
}

/* Whether the other judges tell what is wrong with RDATA of a type, with what follows from it. */
static bool is_told_elsewhere(const struct sanity *sanity, const struct node *node, uint16_t type)
{
    return (type == TYPE_ZONEMD && node->place == NODE_APEX) ||
           (type == TYPE_NSEC3 && sanity->is_signed);
}

static COLD bool find_malformed(struct sanity *sanity, const struct rr *rr, struct err *err)
{
    struct type_text type;
    return findings_add(sanity->findings, err, RULE_MALFORMED, rr->owner, rr->type,
                        "%s: RDATA of %u octets does not fit the type",
                        type_string(&type, rr->type), rr->rdlength);
}

/* Lengths that another field fixes; other doubts are for those who hand the zone to a reader. */
static bool judge_lengths(struct sanity *sanity, const struct rr *rr, struct err *err)
{
    struct doubt doubt;
    struct type_text type;
    char text[DOUBT_TEXT];
    return !doubt_find(rr, &doubt) || doubt.kind != ERR_RDATA_LENGTH ||
           findings_add(sanity->findings, err, RULE_LENGTH, rr->owner, rr->type, "%s %s",
                        type_string(&type, rr->type), doubt_text(text, &doubt));
}

static bool judge_rdata(struct sanity *sanity, const struct node *node, const struct node_set *set,
                        struct err *err)
{
    uint16_t flags = set->info != NULL ? set->info->flags : TYPE_FLAG_OPAQUE;
    bool may_be_opaque = (flags & (TYPE_FLAG_OPAQUE | TYPE_FLAG_PRIVATE)) != 0;
    bool is_checked = (flags & TYPE_FLAG_CHECKED) != 0, good = true;
    if (((may_be_opaque || !set->any_opaque) && !is_checked) ||
        is_told_elsewhere(sanity, node, set->type))
        return true;
    for (size_t i = 0; good && i < set->count; i++) {
        const struct node_record *record = &node->records[set->first + i];
        bool is_malformed = (record->flags & RR_OPAQUE) != 0 && !may_be_opaque;
        if (!is_malformed && !is_checked)
            continue;
        const struct rr rr = {
            .owner = node->owner,
            .owner_length = node->owner_length,
            .rdata = node_rdata(node, set->first + i),
            .rdlength = record->rdlength,
            .info = set->info,
            .type = set->type,
            .flags = record->flags,
        };
        good = is_malformed ? find_malformed(sanity, &rr, err) : judge_lengths(sanity, &rr, err);
    }
    return good;
}

static bool judge_set(struct sanity *sanity, const struct node *node, const struct node_set *set,
                      struct err *err)
{
    if ((set->type == TYPE_CNAME || set->type == TYPE_DNAME) &&
        !judge_alias(sanity, node, set, err))
        return false;
    return judge_size(sanity, node, set, err) && judge_ttls(sanity, node, set, err) &&
           judge_rdata(sanity, node, set, err) && judge_occluded(sanity, node, set, err) &&
           judge_host_name(sanity, node, set, err);
}

/* ---- Targets ------------------------------------------------------------------------------- */

/* Where in the RDATA of a type its target is. */
static const struct target_row {
    uint16_t type;
    uint8_t at;
    bool is_server; /* an address where the name belongs is a mistake that people make here */
    bool is_looked_up;
} target_rows[] = {
    {TYPE_NS, 0, true, true},      {TYPE_MX, 2, true, true},      {TYPE_SRV, 6, false, true},
    {TYPE_CNAME, 0, false, false}, {TYPE_DNAME, 0, false, false}, {TYPE_PTR, 0, false, false},
};

static const struct target_row *target_row(uint16_t type)
{
    for (size_t i = 0; i < sizeof target_rows / sizeof *target_rows; i++)
        if (target_rows[i].type == type)
            return &target_rows[i];
    return NULL;
}

/* Whether a name ends in the name of the zone twice, which says that it was meant to be absolute.
 * In the root every name would. */
static bool is_twice(const struct sanity *sanity, const uint8_t *name, size_t length)
{
    return sanity->apex_length > 1 &&
           spelling_is_twice(name, (uint8_t)length, sanity->apex, sanity->apex_length);
}

/* Four labels of digits, and nothing else than the name of the zone after them. */
static bool is_dotted_quad(const struct sanity *sanity, const uint8_t *name, size_t length)
{
    const uint8_t *at = name;
    if (name[1] < '0' || name[1] > '9') /* of most names */
        return false;
    for (unsigned label = 0; label < 4; label++, at += *at + 1) {
        if (*at == 0 || *at > 3)
            return false;
        for (unsigned i = 1; i <= *at; i++)
            if (at[i] < '0' || at[i] > '9')
                return false;
    }
    size_t rest = length - (size_t)(at - name);
    return rest == 1 || name_equal(at, rest, sanity->apex, sanity->apex_length);
}

static COLD bool find_twice(struct sanity *sanity, const struct node *node, uint16_t type,
                            const uint8_t *target, struct err *err)
{
    struct name_string text;
    struct type_text of_type;
    return findings_add(sanity->findings, err, RULE_TARGET_TWICE, node->owner, type,
                        "%s leads to %s: is a dot missing?", type_string(&of_type, type),
                        name_string(&text, target));
}

static COLD bool find_address(struct sanity *sanity, const struct node *node, uint16_t type,
                              const uint8_t *target, struct err *err)
{
    struct name_string text;
    struct type_text of_type;
    return findings_add(sanity->findings, err, RULE_TARGET_ADDRESS, node->owner, type,
                        "%s leads to %s, which looks like an address; a name belongs there",
                        type_string(&of_type, type), name_string(&text, target));
}

static bool judge_target_text(struct sanity *sanity, const struct node *node,
                              const struct target_row *row, const uint8_t *target, size_t length,
                              bool is_within, struct err *err)
{
    return (!is_within || !is_twice(sanity, target, length) ||
            find_twice(sanity, node, row->type, target, err)) &&
           (!row->is_server || !is_dotted_quad(sanity, target, length) ||
            find_address(sanity, node, row->type, target, err));
}

/* Keeps a question for the end. */
static bool keep_ask(struct sanity *sanity, const struct ask *ask, const uint8_t *target,
                     struct err *err)
{
    uint8_t *to = arena_reserve(&sanity->asks, sizeof *ask + ask->target_length, err);
    if (to == NULL)
        return false;
    memcpy(to, ask, sizeof *ask);
    copy_few(to + sizeof *ask, target, ask->target_length);
    sanity->asks.length += sizeof *ask + ask->target_length;
    return true;
}

/* It was the last one of its set. */
static void end_asks(struct sanity *sanity, size_t at, enum ask_place place)
{
    sanity->asks.base[at + offsetof(struct ask, place)] = (uint8_t)place;
}

static enum use use_of(const struct node *node, const struct target_row *row, const uint8_t *target,
                       size_t length)
{
    if (row->type != TYPE_NS)
        return USE_MAIL_OR_SERVICE;
    if (node->place != NODE_CUT)
        return USE_ZONE_NS;
    return name_within(target, length, node->owner, node->owner_length) ? USE_GLUE
                                                                        : USE_DELEGATION_NS;
}

/* The length of the target that begins in RDATA, or 0 where it is malformed, which is told
 * elsewhere. In RDATA that fits its type nothing comes after it. */
static size_t target_length(const struct node_record *record, const struct target_row *row,
                            const uint8_t *rdata)
{
    size_t rest = record->rdlength > row->at ? record->rdlength - row->at : 0;
    if ((record->flags & RR_OPAQUE) != 0)
        return name_length(rdata + row->at, rest);
    return rest <= NAME_MAX_WIRE ? rest : 0;
}

/* One target. *last is where the question about it was kept, if there is one. */
static bool judge_target(struct sanity *sanity, const struct node *node,
                         const struct target_row *row, const uint8_t *target, size_t length,
                         size_t *last, enum ask_place *place, struct err *err)
{
    bool is_within = name_within(target, length, sanity->apex, sanity->apex_length);
    if (!judge_target_text(sanity, node, row, target, length, is_within, err))
        return false;
    if (!row->is_looked_up)
        return true;
    if (!is_within) {
        *place = ASK_LAST_OF_OTHERS;
        return true;
    }
    const struct ask ask = {
        .owner = sanity->names.last,
        .type = row->type,
        .use = (uint8_t)use_of(node, row, target, length),
        .place = ASK_MORE,
        .target_length = (uint8_t)length,
    };
    *last = sanity->asks.length;
    sanity->asked[ask.use]++;
    return keep_ask(sanity, &ask, target, err);
}

static bool judge_targets(struct sanity *sanity, const struct node *node,
                          const struct node_set *set, struct err *err)
{
    const struct target_row *row = target_row(set->type);
    size_t last = SIZE_MAX;
    enum ask_place place = ASK_LAST;
    if (row == NULL || node->place == NODE_GLUE || node->place == NODE_OCCLUDED)
        return true;
    for (size_t i = 0; i < set->count; i++) {
        const uint8_t *rdata = node_rdata(node, set->first + i);
        size_t length = target_length(&node->records[set->first + i], row, rdata);
        if (length > 0 &&
            !judge_target(sanity, node, row, rdata + row->at, length, &last, &place, err))
            return false;
    }
    if (last != SIZE_MAX)
        end_asks(sanity, last, place);
    return true;
}

/* ---- All of it ----------------------------------------------------------------------------- */

static bool judge_delegation(struct sanity *sanity, const struct node *node, struct err *err)
{
    const struct node_set *dname = node_find(node, TYPE_DNAME);
    if (dname != NULL && dname->count > 0 &&
        !findings_add(sanity->findings, err, RULE_DNAME_AND_NS, node->owner, TYPE_DNAME,
                      "a DNAME beside the NS of a delegation: it belongs into the zone below, and "
                      "some servers refuse this one"))
        return false;
    return node->owner[0] != 1 || node->owner[1] != '*' ||
           findings_add(sanity->findings, err, RULE_WILDCARD_NS, node->owner, TYPE_NS,
                        "a delegation whose name is a wildcard: some servers refuse the zone, "
                        "others answer each in its own way");
}

static bool judge_place(struct sanity *sanity, const struct node *node, struct err *err)
{
    const struct node_set *ds = node_find(node, TYPE_DS);
    if (node->place == NODE_OCCLUDED &&
        !findings_add(
            sanity->findings, err, RULE_BELOW_DNAME, node->owner, 0,
            "data below a DNAME: some servers refuse the zone, others never answer with it"))
        return false;
    if (node->place == NODE_CUT)
        return judge_delegation(sanity, node, err);
    return node->place != NODE_WITHIN || ds == NULL || ds->count == 0 ||
           findings_add(sanity->findings, err, RULE_DS_NO_NS, node->owner, TYPE_DS,
                        "DS without NS: there is no delegation");
}

bool sanity_node(struct sanity *sanity, const struct node *node, struct err *err)
{
    if (!names_add(&sanity->names, node, err))
        return false;
    if (node->place == NODE_DENIAL) {
        const struct node_set *set = node_find(node, TYPE_NSEC3);
        return set == NULL || judge_rdata(sanity, node, set, err);
    }
    if (node->place == NODE_APEX && !judge_apex(sanity, node, err))
        return false;
    if (!judge_place(sanity, node, err))
        return false;
    for (size_t i = 0; i < node->set_count; i++) {
        const struct node_set *set = &node->sets[i];
        if (set->count > 0 &&
            (!judge_set(sanity, node, set, err) || !judge_targets(sanity, node, set, err)))
            return false;
    }
    return true;
}

static COLD bool find_alias(struct sanity *sanity, const struct ask *ask, const uint8_t *target,
                            struct err *err)
{
    static const enum rule rules[] = {
        [USE_ZONE_NS] = RULE_NS_CNAME,
        [USE_DELEGATION_NS] = RULE_DELEGATION_CNAME,
        [USE_GLUE] = RULE_DELEGATION_CNAME,
        [USE_MAIL_OR_SERVICE] = RULE_TARGET_CNAME,
    };
    struct name_string text;
    struct type_text type;
    uint8_t owner[NAME_MAX_WIRE];
    names_name(&sanity->names, ask->owner, owner);
    return findings_add(sanity->findings, err, rules[ask->use], owner, ask->type,
                        "%s leads to %s, which is an alias (CNAME)", type_string(&type, ask->type),
                        name_string(&text, target));
}

static COLD bool find_no_address(struct sanity *sanity, const struct ask *ask,
                                 const uint8_t *target, struct err *err)
{
    struct name_string text;
    uint8_t owner[NAME_MAX_WIRE];
    names_name(&sanity->names, ask->owner, owner);
    return findings_add(sanity->findings, err, RULE_NS_NO_ADDRESS, owner, ask->type,
                        "%s has neither A nor AAAA record", name_string(&text, target));
}

/* How many name servers of a delegation need glue, and how many lack it. */
struct glue {
    size_t needed, missing;
    size_t others;            /* that can be reached without glue of the delegation */
    struct name_string first; /* of those that lack it */
};

static COLD bool find_glue(struct sanity *sanity, const struct ask *ask, const struct glue *glue,
                           struct err *err)
{
    uint8_t owner[NAME_MAX_WIRE];
    names_name(&sanity->names, ask->owner, owner);
    if (glue->missing == glue->needed && glue->others == 0)
        return findings_add(sanity->findings, err, RULE_NO_GLUE, owner, TYPE_NS,
                            "no address of a name server of the delegation is there (%s): nobody "
                            "can reach it",
                            glue->first.text);
    return findings_add(sanity->findings, err, RULE_SOME_GLUE, owner, TYPE_NS,
                        "%zu of %zu name servers of the delegation that need an address here have "
                        "none (%s)",
                        glue->missing, glue->needed, glue->first.text);
}

/* Whether anything can come of a question: where addresses may be elsewhere, only a target that is
 * an alias is a mistake. */
static bool matters(const struct sanity *sanity, enum use use)
{
    return use == USE_ZONE_NS || use == USE_GLUE || (sanity->names.bits & NAMES_CNAME) != 0;
}

static bool answer(struct sanity *sanity, const struct ask *ask, const uint8_t *target,
                   struct glue *glue, struct err *err)
{
    unsigned bits;
    if (!matters(sanity, ask->use))
        return true;
    size_t length = ask->target_length;
    enum names_way way = ask->use == USE_GLUE
                             ? names_find_glue(&sanity->names, ask->owner, target, length, &bits)
                             : names_find(&sanity->names, target, length, &bits);
    bool has_alias = (bits & NAMES_CNAME) != 0, has_address = (bits & NAMES_ADDRESS) != 0;
    if (has_alias && (bits & NAMES_BELOW) == 0 && !find_alias(sanity, ask, target, err))
        return false;
    if (ask->use == USE_ZONE_NS && !has_address && !has_alias && way != NAMES_DELEGATED)
        return find_no_address(sanity, ask, target, err);
    if (ask->use != USE_GLUE)
        return true;
    glue->needed++;
    if (has_address)
        return true;
    if (glue->missing++ == 0)
        name_string(&glue->first, target);
    return true;
}

static bool make_names_ready(struct sanity *sanity, struct err *err)
{
    uint64_t questions = 0;
    for (unsigned use = 0; use < USES; use++)
        if (use == USE_GLUE)
            questions += sanity->asked[use] > 0; /* for most the answer is next to the question */
        else if (matters(sanity, (enum use)use))
            questions += sanity->asked[use];
    return names_end(&sanity->names, questions, err);
}

bool sanity_end(struct sanity *sanity, struct err *err)
{
    struct glue glue = {0};
    unsigned steps = 0;
    struct ask ask;
    if (!make_names_ready(sanity, err))
        return false;
    for (size_t at = 0; at < sanity->asks.length; at += sizeof ask + ask.target_length) {
        const uint8_t *from = sanity->asks.base + at;
        memcpy(&ask, from, sizeof ask);
        if (halt_step(sanity->halt, &steps, err) ||
            !answer(sanity, &ask, from + sizeof ask, &glue, err))
            return false;
        glue.others += ask.use == USE_DELEGATION_NS || ask.place == ASK_LAST_OF_OTHERS;
        if (ask.place == ASK_MORE)
            continue;
        if (glue.missing > 0 && !find_glue(sanity, &ask, &glue, err))
            return false;
        glue.needed = glue.missing = glue.others = 0;
    }
    return true;
}
