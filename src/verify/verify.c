#include "verify/verify.h"

#include "dns/order.h"
#include "verify/sanity.h"

#include <stdlib.h>
#include <string.h>

struct verify {
    struct sink sink;
    struct sink *next;
    struct verify_config config;
    struct verify_result *result;
    uint16_t class;
    struct node_walk walk;
    struct node node; /* the name under way */
    bool has_node;
    uint8_t before[NAMEKEY_MAX]; /* the key of the name before it */
    struct sanity *sanity;
    struct zonemd *zonemd;
    struct dnssec *dnssec;
};

static bool begin_sanity(struct verify *verify, struct err *err)
{
    const struct verify_config *config = &verify->config;
    verify->sanity = sanity_new(verify->walk.apex, verify->walk.apex_length, config->findings,
                                config->halt, err);
    return verify->sanity != NULL;
}

static bool begin_zonemd(struct verify *verify, struct err *err)
{
    verify->zonemd = zonemd_new(false, err);
    return verify->zonemd != NULL;
}

static bool begin_dnssec(struct verify *verify, struct err *err)
{
    const struct verify_config *config = &verify->config;
    const struct dnssec_config dnssec = {
        .apex = verify->walk.apex,
        .apex_length = verify->walk.apex_length,
        .class = verify->class,
        .now = config->now,
        .skew = config->skew,
        .anchors = config->anchors,
        .findings = config->findings,
        .work = config->work,
        .halt = config->halt,
    };
    verify->dnssec = dnssec_new(&dnssec, err);
    return verify->dnssec != NULL;
}

static bool verify_begin(struct sink *sink, const struct zone_info *zone, struct err *err)
{
    struct verify *verify = (struct verify *)sink;
    unsigned what = verify->config.what;
    verify->class = zone->class;
    verify->result->serial = zone->serial;
    node_walk_begin(&verify->walk, zone->apex, zone->apex_length);
    return ((what & VERIFY_ZONE) == 0 || begin_sanity(verify, err)) &&
           ((what & VERIFY_ZONEMD) == 0 || begin_zonemd(verify, err)) &&
           ((what & VERIFY_DNSSEC) == 0 || begin_dnssec(verify, err)) &&
           verify->next->begin(verify->next, zone, err);
}

static COLD bool give_up(struct err *err, const char *why)
{
    return err_set(err, ERR_INTERNAL, "%s", why);
}

/* Of a try: puts the records of the name in order. */
static bool settle_node(struct verify *verify, struct err *err)
{
    struct node *node = &verify->node;
    uint64_t merged = 0;
    if (!node_sort(node, &merged, verify->config.tries, err))
        return false;
    verify->result->records -= merged;
    for (size_t i = 0; node->key_length == 0 && i < node->record_count; i++)
        if (node->records[i].type == TYPE_DNSKEY && (verify->config.what & VERIFY_DNSSEC) != 0)
            return give_up(err, "the zone is signed");
    return true;
}

/* Shows the name under way, which is complete, to the judges. */
static bool close_node(struct verify *verify, struct err *err)
{
    if (!verify->has_node)
        return true;
    const struct node *node = &verify->node;
    return (verify->config.tries == NULL || settle_node(verify, err)) &&
           node_seal(&verify->node, &verify->walk, err) &&
           (verify->sanity == NULL || sanity_node(verify->sanity, node, err)) &&
           (verify->zonemd == NULL || zonemd_node(verify->zonemd, verify->class, node, err)) &&
           (verify->dnssec == NULL || dnssec_node(verify->dnssec, node, err));
}

/* Ends the name before, and begins that of the record. */
static bool begin_node(struct verify *verify, const struct rr *rr, struct err *err)
{
    struct node *node = &verify->node;
    const struct node_walk *walk = &verify->walk;
    size_t length = node->key_length;
    bool is_try = verify->config.tries != NULL, is_first = !verify->has_node;
    if (!close_node(verify, err))
        return false;
    if (is_try && !name_within(rr->owner, rr->owner_length, walk->apex, walk->apex_length))
        return give_up(err, "a record is outside the zone");
    memcpy(verify->before, node->key, length);
    node_begin(node, rr->owner, rr->owner_length, walk->apex_length);
    verify->has_node = true;
    return !is_try || is_first ||
           order_octets(verify->before, length, node->key, node->key_length) < 0 ||
           give_up(err, "the names are not in order");
}

static bool verify_record(struct sink *sink, enum rr_op op, const struct rr *rr, struct err *err)
{
    struct verify *verify = (struct verify *)sink;
    verify->result->records++;
    if (!verify->has_node || !node_is_of(&verify->node, rr))
        if (!begin_node(verify, rr, err))
            return false;
    if (verify->config.tries != NULL && rr->class != verify->class)
        return give_up(err, "a record is of another class");
    return node_add(&verify->node, rr, err) && verify->next->record(verify->next, op, rr, err);
}

static bool end_judges(struct verify *verify, struct err *err)
{
    struct verify_result *result = verify->result;
    struct findings *findings = verify->config.findings;
    return close_node(verify, err) && (verify->sanity == NULL || sanity_end(verify->sanity, err)) &&
           (verify->zonemd == NULL || zonemd_end(verify->zonemd, findings, &result->zonemd, err)) &&
           (verify->dnssec == NULL || dnssec_end(verify->dnssec, &result->dnssec, err));
}

static bool verify_end(struct sink *sink, enum outcome outcome, const char *why, struct err *err)
{
    struct verify *verify = (struct verify *)sink;
    if (outcome != OUTCOME_ABORTED && !end_judges(verify, err))
        return false;
    return verify->next->end(verify->next, outcome, why, err);
}

static void verify_free(struct sink *sink)
{
    struct verify *verify = (struct verify *)sink;
    verify->next->free(verify->next);
    sanity_free(verify->sanity);
    zonemd_free(verify->zonemd);
    dnssec_free(verify->dnssec);
    node_fini(&verify->node);
    free(verify);
}

struct sink *verify_new(struct sink *next, const struct verify_config *config,
                        struct verify_result *result, struct err *err)
{
    struct verify *verify = calloc(1, sizeof *verify);
    if (verify == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        next->free(next);
        return NULL;
    }
    *result = (struct verify_result){.records = 0};
    verify->sink = (struct sink){verify_begin, verify_record, verify_end, verify_free};
    verify->next = next;
    verify->config = *config;
    verify->result = result;
    return &verify->sink;
}
