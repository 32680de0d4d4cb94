#include "verify/nsec3.h"

#include "base/codec.h"
#include "base/cursor.h"
#include "base/mergesort.h"
#include "dns/types.h"
#include "verify/nsec3_names.h"
#include "verify/typemap.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HASH = NSEC3_HASH_LENGTH,
    HASH_TEXT = 32, /* as base32hex */
    PARAM_FIXED = 5,
    FLAG_OPT_OUT = 1,
    LINKS_MOST = 100,  /* wrong ones that are kept */
    LEFTOVER_MOST = 8, /* parameters that nothing names */
    FEW_ITERATIONS = 50,
    TEXT_ROOM = 1024,
    ROOM_FIRST = 256,
};

/* A record that was seen. */
struct link {
    uint8_t hash[HASH];
    uint32_t map;
    uint16_t map_length;
    bool opt_out, malformed;
};

/* A record that does not lead to the one after it. */
struct wrong_link {
    uint8_t hash[HASH], next[HASH], found[HASH];
};

struct chain {
    struct link *links; /* in the order of their hashes */
    size_t count, room;
    uint8_t next[HASH]; /* of the last one */
    struct wrong_link *wrong;
    uint64_t wrong_count; /* also those that are not kept */
    uint64_t faults;
};

struct leftover {
    uint8_t algorithm;
    struct nsec3_param param;
    uint64_t count;
    uint8_t owner[NAME_MAX_WIRE]; /* the first one */
};

struct nsec3 {
    struct nsec3_config config;
    struct nsec3_param params[NSEC3_CHAINS];
    struct chain chains[NSEC3_CHAINS];
    unsigned chain_count;
    struct nsec3_names *names;
    struct nsec3_summary summary;
    struct leftover leftovers[LEFTOVER_MOST];
    unsigned leftover_count;
    uint64_t other_leftovers;
};

/* ---- Words --------------------------------------------------------------------------------- */

/* "1 0 10 AABB", as an NSEC3PARAM record is written. */
enum { PARAM_ROOM = 2 * 255 + 32 };

static const char *param_text(char text[PARAM_ROOM], uint8_t algorithm,
                              const struct nsec3_param *param)
{
    int at = snprintf(text, PARAM_ROOM, "%u 0 %u ", algorithm, param->iterations);
    char *end = codec_hex(text + at, param->salt, param->salt_length);
    if (param->salt_length == 0)
        *end++ = '-';
    *end = '\0';
    return text;
}

struct hash_string {
    char text[HASH_TEXT + 1];
};

static const char *hash_text(struct hash_string *string, const uint8_t hash[HASH])
{
    *codec_base32hex(string->text, hash, HASH) = '\0';
    return string->text;
}

/* The owner of the record of a hash. */
static const uint8_t *hash_owner(const struct nsec3 *nsec3, const uint8_t hash[HASH],
                                 uint8_t out[NAME_MAX_WIRE])
{
    out[0] = HASH_TEXT;
    codec_base32hex((char *)out + 1, hash, HASH);
    memcpy(out + 1 + HASH_TEXT, nsec3->config.apex, nsec3->config.apex_length);
    name_lower(out, 1u + HASH_TEXT + nsec3->config.apex_length);
    return out;
}

/* ---- Parameters ---------------------------------------------------------------------------- */

static bool cut_param(const uint8_t *rdata, size_t length, struct nsec3_param *param)
{
    if (length < PARAM_FIXED || length < PARAM_FIXED + (size_t)rdata[4])
        return false;
    *param = (struct nsec3_param){.iterations = octets_u16(rdata + 2), .salt_length = rdata[4]};
    memcpy(param->salt, rdata + PARAM_FIXED, rdata[4]);
    return true;
}

static bool same_param(const struct nsec3_param *a, const struct nsec3_param *b)
{
    return a->iterations == b->iterations && a->salt_length == b->salt_length &&
           memcmp(a->salt, b->salt, a->salt_length) == 0;
}

static bool judge_cost(struct nsec3 *nsec3, const struct nsec3_param *param, struct err *err)
{
    char text[PARAM_ROOM];
    unsigned work = nsec3_hash_work(param);
    enum rule rule = RULE_NSEC3_ITERATIONS;
    if (param->iterations > FEW_ITERATIONS)
        rule = RULE_NSEC3_MANY_ITERATIONS;
    if (work > NSEC3_WORK)
        return findings_add(
            nsec3->config.findings, err, RULE_NSEC3_WORK, nsec3->config.apex, TYPE_NSEC3PARAM,
            "NSEC3PARAM %s: %u iterations with a salt of %u octets "
            "are more work than is done for a name; the chain is not looked into",
            param_text(text, NSEC3_HASH_SHA1, param), param->iterations, param->salt_length);
    if (param->iterations == 0 && param->salt_length == 0)
        return true;
    return findings_add(nsec3->config.findings, err, rule, nsec3->config.apex, TYPE_NSEC3PARAM,
                        "NSEC3PARAM %s: there should be no additional iterations, and no salt",
                        param_text(text, NSEC3_HASH_SHA1, param));
}

static bool ignore_param(struct nsec3 *nsec3, const char *why, unsigned number, struct err *err)
{
    return findings_add(nsec3->config.findings, err, RULE_NSEC3PARAM_IGNORED, nsec3->config.apex,
                        TYPE_NSEC3PARAM, "%s %u, so it counts for nothing", why, number);
}

static bool add_param(struct nsec3 *nsec3, const uint8_t *rdata, size_t length, struct err *err)
{
    struct nsec3_param param;
    if (!cut_param(rdata, length, &param))
        return ignore_param(nsec3, "it is malformed, with a length of", (unsigned)length, err);
    if (rdata[0] != NSEC3_HASH_SHA1)
        return ignore_param(nsec3, "it has the unknown hash algorithm", rdata[0], err);
    if (rdata[1] != 0)
        return ignore_param(nsec3, "it has the flags", rdata[1], err);
    if (nsec3->summary.named++ >= NSEC3_CHAINS) {
        nsec3->summary.refused = true;
        return true;
    }
    if (!judge_cost(nsec3, &param, err))
        return false;
    if (nsec3_hash_work(&param) > NSEC3_WORK)
        nsec3->summary.refused = true;
    else
        nsec3->params[nsec3->chain_count++] = param;
    return true;
}

static bool add_params(struct nsec3 *nsec3, const struct node *apex, struct err *err)
{
    const struct node_set *set = node_find(apex, TYPE_NSEC3PARAM);
    for (size_t i = 0; set != NULL && i < set->count; i++) {
        const struct node_record *record = &apex->records[set->first + i];
        if (!add_param(nsec3, node_rdata(apex, set->first + i), record->rdlength, err))
            return false;
    }
    return nsec3->summary.named <= NSEC3_CHAINS ||
           findings_add(nsec3->config.findings, err, RULE_NSEC3_CHAINS, nsec3->config.apex,
                        TYPE_NSEC3PARAM, "there are %u records, and only %d chains are looked into",
                        nsec3->summary.named, NSEC3_CHAINS);
}

struct nsec3 *nsec3_new(const struct nsec3_config *config, const struct node *apex, struct err *err)
{
    struct nsec3 *nsec3 = calloc(1, sizeof *nsec3);
    if (nsec3 == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    nsec3->config = *config;
    bool good = add_params(nsec3, apex, err);
    if (good && nsec3->chain_count > 0)
        nsec3->names = nsec3_names_new(config->apex, config->apex_length, nsec3->params,
                                       nsec3->chain_count, config->work, config->halt, err);
    if (good && (nsec3->names != NULL || nsec3->chain_count == 0))
        return nsec3;
    nsec3_free(nsec3);
    return NULL;
}

void nsec3_free(struct nsec3 *nsec3)
{
    if (nsec3 == NULL)
        return;
    for (unsigned i = 0; i < nsec3->chain_count; i++) {
        free(nsec3->chains[i].links);
        free(nsec3->chains[i].wrong);
    }
    nsec3_names_free(nsec3->names);
    free(nsec3);
}

/* ---- Records ------------------------------------------------------------------------------- */

/* A fault of a chain. */
__attribute__((format(printf, 7, 8))) static bool fault(struct nsec3 *nsec3, struct chain *chain,
                                                        enum rule rule, const uint8_t *owner,
                                                        uint16_t type, struct err *err,
                                                        const char *format, ...)
{
    char text[TEXT_ROOM];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    chain->faults++;
    return findings_add(nsec3->config.findings, err, rule, owner, type, "NSEC3 %s", text);
}

/* The parts of a record. */
struct record {
    uint8_t algorithm, flags;
    struct nsec3_param param;
    const uint8_t *next, *map;
    size_t map_length;
};

static bool cut_record(const uint8_t *rdata, size_t length, struct record *record)
{
    if (!cut_param(rdata, length, &record->param))
        return false;
    size_t at = PARAM_FIXED + (size_t)record->param.salt_length;
    if (length - at < 1 + HASH || rdata[at] != HASH)
        return false;
    record->algorithm = rdata[0];
    record->flags = rdata[1];
    record->next = rdata + at + 1;
    record->map = record->next + HASH;
    record->map_length = length - at - 1 - HASH;
    return true;
}

static struct link *new_link(struct chain *chain, struct err *err)
{
    if (chain->count == chain->room) {
        size_t room = chain->room > 0 ? chain->room + chain->room / 2 : ROOM_FIRST;
        struct link *links = realloc(chain->links, room * sizeof *links);
        if (links == NULL) {
            err_set(err, ERR_MEMORY, "out of memory");
            return NULL;
        }
        chain->links = links;
        chain->room = room;
    }
    return &chain->links[chain->count];
}

static bool note_wrong(struct chain *chain, const uint8_t hash[HASH], const uint8_t next[HASH],
                       const uint8_t found[HASH], struct err *err)
{
    if (chain->wrong == NULL)
        chain->wrong = calloc(LINKS_MOST, sizeof *chain->wrong);
    if (chain->wrong == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    if (chain->wrong_count < LINKS_MOST) {
        struct wrong_link *wrong = &chain->wrong[chain->wrong_count];
        memcpy(wrong->hash, hash, HASH);
        memcpy(wrong->next, next, HASH);
        memcpy(wrong->found, found, HASH);
    }
    chain->wrong_count++;
    return true;
}

/* The record before leads to this hash. */
static bool check_next(struct chain *chain, const uint8_t hash[HASH], struct err *err)
{
    return chain->count == 0 || memcmp(chain->next, hash, HASH) == 0 ||
           note_wrong(chain, chain->links[chain->count - 1].hash, chain->next, hash, err);
}

static bool add_link(struct nsec3 *nsec3, struct chain *chain, const uint8_t *owner,
                     const uint8_t hash[HASH], const struct record *record, struct err *err)
{
    struct nsec3_map map;
    struct link *link = new_link(chain, err);
    if (link == NULL)
        return false;
    if (chain->count > 0 && memcmp(chain->links[chain->count - 1].hash, hash, HASH) == 0)
        return fault(nsec3, chain, RULE_NSEC3_SEVERAL, owner, TYPE_NSEC3, err,
                     "records of this hash with the same parameters are several");
    bool malformed = !typemap_fits(record->map, record->map_length);
    if (malformed && !fault(nsec3, chain, RULE_BITMAP_FORM, owner, TYPE_NSEC3, err,
                            "has a bitmap of types that is malformed"))
        return false;
    if (!check_next(chain, hash, err) ||
        !nsec3_names_keep_map(nsec3->names, record->map, malformed ? 0 : record->map_length, &map,
                              err))
        return false;
    memcpy(link->hash, hash, HASH);
    link->map = map.at;
    link->map_length = map.length;
    link->opt_out = (record->flags & FLAG_OPT_OUT) != 0;
    link->malformed = malformed;
    memcpy(chain->next, record->next, HASH);
    chain->count++;
    return true;
}

static void add_leftover(struct nsec3 *nsec3, const uint8_t *owner, const struct record *record)
{
    unsigned i = 0;
    while (i < nsec3->leftover_count && (nsec3->leftovers[i].algorithm != record->algorithm ||
                                         !same_param(&nsec3->leftovers[i].param, &record->param)))
        i++;
    if (i == LEFTOVER_MOST) {
        nsec3->other_leftovers++;
        return;
    }
    struct leftover *leftover = &nsec3->leftovers[i];
    if (i == nsec3->leftover_count) {
        nsec3->leftover_count++;
        leftover->algorithm = record->algorithm;
        leftover->param = record->param;
        memcpy(leftover->owner, owner, name_length(owner, NAME_MAX_WIRE));
    }
    leftover->count++;
}

/* The hash that an owner tells (RFC 5155 section 3). */
static bool read_owner(const struct nsec3 *nsec3, const struct node *node, uint8_t hash[HASH])
{
    return node->owner_length == 1 + HASH_TEXT + nsec3->config.apex_length &&
           node->owner[0] == HASH_TEXT &&
           codec_read_base32hex((const char *)node->owner + 1, HASH_TEXT, hash);
}

static bool take_record(struct nsec3 *nsec3, const struct node *node, const uint8_t *rdata,
                        size_t length, struct err *err)
{
    struct findings *findings = nsec3->config.findings;
    struct record record;
    uint8_t hash[HASH];
    unsigned chain = 0;
    nsec3->summary.records++;
    if (!cut_record(rdata, length, &record))
        return findings_add(findings, err, RULE_NSEC3_NEXT, node->owner, TYPE_NSEC3,
                            "its next hash has not %d octets", HASH);
    if (record.flags > FLAG_OPT_OUT &&
        !findings_add(findings, err, RULE_NSEC3_FLAGS, node->owner, TYPE_NSEC3,
                      "it has the flags %u", record.flags))
        return false;
    if (!read_owner(nsec3, node, hash))
        return findings_add(findings, err, RULE_NSEC3_OWNER, node->owner, TYPE_NSEC3,
                            "its owner is not a hash directly below the apex");
    while (chain < nsec3->chain_count && !same_param(&nsec3->params[chain], &record.param))
        chain++;
    if (record.algorithm == NSEC3_HASH_SHA1 && chain < nsec3->chain_count)
        return add_link(nsec3, &nsec3->chains[chain], node->owner, hash, &record, err);
    add_leftover(nsec3, node->owner, &record);
    return true;
}

/* ---- Names --------------------------------------------------------------------------------- */

static bool add_name(struct nsec3 *nsec3, const struct node *node, struct err *err)
{
    uint8_t map[TYPEMAP_MAX];
    const struct node_set *ds = node_find(node, TYPE_DS);
    bool is_secure = node->place != NODE_CUT || (ds != NULL && ds->count > 0), is_name = false;
    for (size_t i = 0; i < node->set_count; i++)
        is_name = is_name || node->sets[i].count > 0;
    if (!is_name || nsec3->names == NULL)
        return true;
    return nsec3_names_add(nsec3->names, node->owner, node->owner_length,
                           is_secure ? NSEC3_REQUIRED : NSEC3_INSECURE, map,
                           typemap_make(map, node, true), err);
}

/* A name that is the hash of another one by chance there is not: somebody has made it. */
static bool judge_company(struct nsec3 *nsec3, const struct node *node, struct err *err)
{
    for (size_t i = 0; i < node->set_count; i++)
        if (node->sets[i].count > 0 && node->sets[i].type != TYPE_NSEC3)
            return findings_add(nsec3->config.findings, err, RULE_NSEC3_BESIDE, node->owner,
                                TYPE_NSEC3, "NSEC3: the name has other data, too");
    return true;
}

bool nsec3_node(struct nsec3 *nsec3, const struct node *node, struct err *err)
{
    const struct node_set *set = node_find(node, TYPE_NSEC3);
    if (set != NULL && set->count > 0 && !judge_company(nsec3, node, err))
        return false;
    for (size_t i = 0; set != NULL && i < set->count; i++)
        if (!take_record(nsec3, node, node_rdata(node, set->first + i),
                         node->records[set->first + i].rdlength, err))
            return false;
    bool is_own = node->place == NODE_APEX || node->place == NODE_WITHIN || node->place == NODE_CUT;
    return !is_own || add_name(nsec3, node, err);
}

/* ---- Comparing ----------------------------------------------------------------------------- */

/* The names of a chain in the order of their hashes. */
struct place {
    uint64_t head; /* of the hash */
    uint32_t row;
};

struct judge {
    struct nsec3 *nsec3;
    struct chain *chain;
    unsigned index; /* of the chain */
    struct nsec3_row *rows;
    struct place *places;
    size_t count;
    unsigned steps;
};

static const uint8_t *hash_of(const struct judge *judge, size_t row)
{
    return nsec3_names_hash(judge->nsec3->names, judge->index, row);
}

static int compare_places(const void *a, const void *b, void *context)
{
    const struct place *left = a, *right = b;
    if (left->head != right->head)
        return left->head < right->head ? -1 : 1;
    return memcmp(hash_of(context, left->row), hash_of(context, right->row), HASH);
}

static bool sort_places(struct judge *judge, struct err *err)
{
    const struct mergesort by_hash = {
        .compare = compare_places, .context = judge, .halt = judge->nsec3->config.halt};
    judge->places = calloc(judge->count > 0 ? judge->count : 1, sizeof *judge->places);
    if (judge->places == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    for (size_t i = 0; i < judge->count; i++)
        judge->places[i] =
            (struct place){.head = octets_u64(hash_of(judge, i)), .row = (uint32_t)i};
    return mergesort_run(&by_hash, judge->places, judge->count, sizeof *judge->places, err);
}

static bool judge_map(struct judge *judge, const struct link *link, size_t index, struct err *err)
{
    const struct nsec3_row *row = &judge->rows[index];
    const struct nsec3_names *names = judge->nsec3->names;
    uint8_t name[NAME_MAX_WIRE];
    char text[TYPEMAP_TEXT_ROOM];
    struct hash_string hash;
    const uint8_t *expected = nsec3_names_map(names, row->map),
                  *found = nsec3_names_map(names, link->map);
    if (index == 0 && typemap_has(found, link->map_length, TYPE_ZONEMD))
        judge->nsec3->summary.apex_tells_zonemd = true;
    if (link->malformed ||
        (row->map_length == link->map_length &&
         (row->map == link->map || memcmp(expected, found, link->map_length) == 0)))
        return true;
    nsec3_names_name(names, index, name);
    typemap_difference(text, expected, row->map_length, found, link->map_length);
    if (typemap_equal_but(expected, row->map_length, found, link->map_length, TYPE_NSEC))
        return findings_add(judge->nsec3->config.findings, err, RULE_NSEC3_NSEC_BIT, name,
                            TYPE_NSEC3, "NSEC3 %s tells other types than are there: %s",
                            hash_text(&hash, link->hash), text);
    return fault(judge->nsec3, judge->chain, RULE_NSEC3_BITMAP, name, TYPE_NSEC3, err,
                 "%s tells other types than are there: %s", hash_text(&hash, link->hash), text);
}

static bool say_surplus(struct judge *judge, const struct link *link, struct err *err)
{
    uint8_t owner[NAME_MAX_WIRE];
    return fault(judge->nsec3, judge->chain, RULE_NSEC3_SURPLUS,
                 hash_owner(judge->nsec3, link->hash, owner), TYPE_NSEC3, err,
                 "is of no name of the zone");
}

static bool step(struct judge *judge, struct err *err)
{
    return !halt_step(judge->nsec3->config.halt, &judge->steps, err);
}

/* Where a delegation has its record, the empty non-terminals above it must have theirs, also those
 * that opt-out could hide together with it (RFC 5155 section 7.1). */
static void note_present(struct judge *judge, size_t row)
{
    judge->rows[row].present = true;
    for (uint32_t above = judge->rows[row].parent;
         above != NSEC3_NO_ROW && judge->rows[above].kind == NSEC3_EMPTY &&
         !judge->rows[above].wanted;
         above = judge->rows[above].parent)
        judge->rows[above].wanted = true;
}

/* Finds for each record its name. */
static bool match(struct judge *judge, struct err *err)
{
    size_t at = 0;
    for (size_t i = 0; i < judge->count; i++)
        judge->rows[i].present = judge->rows[i].wanted = false;
    for (size_t i = 0; i < judge->chain->count; i++) {
        const struct link *link = &judge->chain->links[i];
        int order = -1;
        while (at < judge->count &&
               (order = memcmp(hash_of(judge, judge->places[at].row), link->hash, HASH)) < 0)
            at++;
        if (!step(judge, err))
            return false;
        if (at == judge->count || order != 0) {
            if (!say_surplus(judge, link, err))
                return false;
            continue;
        }
        note_present(judge, judge->places[at].row);
        if (!judge_map(judge, link, judge->places[at].row, err))
            return false;
    }
    return true;
}

/* Whether the span that covers a hash has the flag; there is at least one record. */
static bool is_opted_out(const struct chain *chain, const uint8_t hash[HASH])
{
    size_t from = 0, end = chain->count; /* the first that is not before it is among them */
    while (from < end) {
        size_t middle = from + (end - from) / 2;
        if (memcmp(chain->links[middle].hash, hash, HASH) < 0)
            from = middle + 1;
        else
            end = middle;
    }
    return chain->links[from > 0 ? from - 1 : chain->count - 1].opt_out;
}

/* Whether a name may lack its record: the span that covers the next closer name has opt-out
 * (RFC 5155 section 7.1). */
static bool may_lack(const struct judge *judge, size_t row)
{
    if (judge->rows[row].kind == NSEC3_REQUIRED || judge->rows[row].wanted)
        return false;
    for (;;) {
        uint32_t parent = judge->rows[row].parent;
        if (parent == NSEC3_NO_ROW)
            return false;
        if (judge->rows[parent].present)
            return is_opted_out(judge->chain, hash_of(judge, row));
        row = parent;
    }
}

static bool judge_missing(struct judge *judge, struct err *err)
{
    static const char *const kinds[] = {
        [NSEC3_REQUIRED] = "this name",
        [NSEC3_INSECURE] = "this delegation, which no opt-out covers,",
        [NSEC3_EMPTY] = "this empty non-terminal, which no opt-out covers,",
    };
    for (size_t i = 0; i < judge->count; i++) {
        uint8_t name[NAME_MAX_WIRE];
        char param[PARAM_ROOM];
        struct hash_string hash;
        if (!step(judge, err))
            return false;
        if (judge->rows[i].present || may_lack(judge, i))
            continue;
        nsec3_names_name(judge->nsec3->names, i, name);
        if (!fault(judge->nsec3, judge->chain, RULE_NSEC3_MISSING, name, 0, err,
                   "of %s is missing: %s with %s", kinds[judge->rows[i].kind],
                   hash_text(&hash, hash_of(judge, i)),
                   param_text(param, NSEC3_HASH_SHA1, &judge->nsec3->params[judge->index])))
            return false;
    }
    return true;
}

/* Whether a hash is that of a name whose record is missing, which was said. */
static bool is_missing(const struct judge *judge, const uint8_t hash[HASH])
{
    size_t from = 0, end = judge->count;
    while (from < end) {
        size_t middle = from + (end - from) / 2, row = judge->places[middle].row;
        int order = memcmp(hash_of(judge, row), hash, HASH);
        if (order == 0)
            return !judge->rows[row].present && !may_lack(judge, row);
        if (order < 0)
            from = middle + 1;
        else
            end = middle;
    }
    return false;
}

static bool judge_links(struct judge *judge, struct err *err)
{
    struct chain *chain = judge->chain;
    for (size_t i = 0; i < chain->wrong_count && i < LINKS_MOST; i++) {
        const struct wrong_link *wrong = &chain->wrong[i];
        uint8_t owner[NAME_MAX_WIRE];
        struct hash_string next, found;
        if (!is_missing(judge, wrong->next) &&
            !fault(judge->nsec3, chain, RULE_NSEC3_NEXT,
                   hash_owner(judge->nsec3, wrong->hash, owner), TYPE_NSEC3, err,
                   "leads to %s, and the next hash is %s", hash_text(&next, wrong->next),
                   hash_text(&found, wrong->found)))
            return false;
    }
    return chain->wrong_count <= LINKS_MOST ||
           fault(judge->nsec3, chain, RULE_NSEC3_NEXT, NULL, 0, err,
                 "records that do not lead to the next hash: %" PRIu64 " more",
                 chain->wrong_count - LINKS_MOST);
}

static bool judge_chain(struct judge *judge, struct err *err)
{
    struct chain *chain = judge->chain;
    char param[PARAM_ROOM];
    if (chain->count == 0)
        return fault(judge->nsec3, chain, RULE_NSEC3_MISSING, judge->nsec3->config.apex, 0, err,
                     "records for NSEC3PARAM %s are missing altogether",
                     param_text(param, NSEC3_HASH_SHA1, &judge->nsec3->params[judge->index]));
    return check_next(chain, chain->links[0].hash, err) && sort_places(judge, err) &&
           match(judge, err) && judge_missing(judge, err) && judge_links(judge, err);
}

static bool say_leftovers(struct nsec3 *nsec3, struct err *err)
{
    char param[PARAM_ROOM];
    for (unsigned i = 0; i < nsec3->leftover_count; i++) {
        const struct leftover *leftover = &nsec3->leftovers[i];
        if (!findings_add(
                nsec3->config.findings, err, RULE_NSEC3_LEFTOVER, leftover->owner, TYPE_NSEC3,
                "%" PRIu64 " records, this the first, have the parameters %s, which "
                "no NSEC3PARAM without flags names",
                leftover->count, param_text(param, leftover->algorithm, &leftover->param)))
            return false;
    }
    return nsec3->other_leftovers == 0 ||
           findings_add(nsec3->config.findings, err, RULE_NSEC3_LEFTOVER, NULL, TYPE_NSEC3,
                        "%" PRIu64 " records have still other parameters", nsec3->other_leftovers);
}

bool nsec3_end(struct nsec3 *nsec3, struct nsec3_summary *summary, struct err *err)
{
    bool good = nsec3->names == NULL || nsec3_names_end(nsec3->names, err);
    for (unsigned i = 0; good && i < nsec3->chain_count; i++) {
        struct judge judge = {.nsec3 = nsec3, .chain = &nsec3->chains[i], .index = i};
        judge.rows = nsec3_names_rows(nsec3->names, &judge.count);
        good = judge_chain(&judge, err);
        free(judge.places);
        nsec3->summary.complete += nsec3->chains[i].faults == 0;
    }
    good = good && (nsec3->summary.refused || say_leftovers(nsec3, err));
    *summary = nsec3->summary;
    return good;
}
