/* The format zonemd: the ZONEMD records that the apex of the zone would have, two lines and nothing
 * else (RFC 8976), so that two copies of a zone can be compared by a line. */
#include "out/writer.h"

#include "base/codec.h"
#include "dns/endline.h"
#include "dns/neighbour.h"
#include "dns/order.h"
#include "dns/types.h"
#include "verify/zonemd.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { CLASS_TEXT_MAX = 16, SCHEME_SIMPLE = 1 };

struct zonemd_writer {
    struct sink sink;
    struct buf *out;
    struct zonemd *zonemd;
    struct node_walk walk;
    struct node node; /* the name under way */
    bool has_node;
    uint16_t class;
    uint32_t serial, ttl; /* of the SOA */
    /* Where nobody has sorted the records: */
    struct notes *tries;
    uint8_t before[NAMEKEY_MAX]; /* the key of the name before */
    struct neighbour neighbour;
};

static bool zonemd_writer_begin(struct sink *sink, const struct zone_info *zone, struct err *err)
{
    struct zonemd_writer *w = (struct zonemd_writer *)sink;
    node_walk_begin(&w->walk, zone->apex, zone->apex_length);
    w->class = zone->class;
    w->serial = zone->serial;
    w->zonemd = zonemd_new(true, err);
    return w->zonemd != NULL;
}

static COLD bool find_no_order(struct err *err)
{
    return err_set(err, ERR_INTERNAL, "the records are not in order");
}

/* Hands over the name under way, which is complete. */
static bool close_node(struct zonemd_writer *w, struct err *err)
{
    if (!w->has_node)
        return true;
    if (w->tries != NULL && w->node.is_mixed)
        return find_no_order(err);
    return node_seal(&w->node, &w->walk, err) && zonemd_node(w->zonemd, w->class, &w->node, err);
}

/* Whether the name that has begun, of such a record, comes after the one before. */
static bool follows(const struct zonemd_writer *w, size_t length_before, bool is_first)
{
    const struct node *node = &w->node;
    return is_first || order_octets(w->before, length_before, node->key, node->key_length) < 0;
}

/* Ends the name before, and begins that of the record. */
static bool begin_node(struct zonemd_writer *w, const struct rr *rr, struct err *err)
{
    struct node *node = &w->node;
    const struct node_walk *walk = &w->walk;
    size_t length = node->key_length;
    bool is_first = !w->has_node;
    if (!close_node(w, err))
        return false;
    if (w->tries != NULL &&
        !name_within(rr->owner, rr->owner_length, walk->apex, walk->apex_length))
        return find_no_order(err);
    memcpy(w->before, node->key, length);
    node_begin(node, rr->owner, rr->owner_length, walk->apex_length);
    w->has_node = true;
    return w->tries == NULL || follows(w, length, is_first) || find_no_order(err);
}

/* Notes what a store would, of the record as it would give it. */
static bool note_record(struct zonemd_writer *w, const struct rr *rr, bool is_new, struct err *err)
{
    struct rr canonical = *rr;
    canonical.owner = w->node.owner;
    return neighbour_check_distinct(&w->neighbour, &canonical, !is_new, w->tries, err);
}

static bool zonemd_writer_record(struct sink *sink, enum rr_op op, const struct rr *rr,
                                 struct err *err)
{
    struct zonemd_writer *w = (struct zonemd_writer *)sink;
    bool is_new = !w->has_node || !node_is_of(&w->node, rr);
    (void)op;
    if (rr->type == TYPE_SOA)
        w->ttl = rr->ttl;
    return (!is_new || begin_node(w, rr, err)) &&
           (w->tries == NULL || note_record(w, rr, is_new, err)) && node_add(&w->node, rr, err);
}

static bool put_line(const struct zonemd_writer *w, enum zonemd_hash hash, struct err *err)
{
    size_t length;
    const uint8_t *digest = zonemd_digest(w->zonemd, hash, &length);
    char hex[2 * ZONEMD_DIGEST_MAX + 1], class[CLASS_TEXT_MAX];
    struct name_string apex;
    *codec_hex(hex, digest, length) = '\0';
    *types_class_text(class, w->class) = '\0';
    return buf_printf(w->out, err, "%s\t%" PRIu32 "\t%s\tZONEMD\t%" PRIu32 " %d %u %s\n",
                      name_string(&apex, w->walk.apex), w->ttl, class, w->serial, SCHEME_SIMPLE,
                      zonemd_code(hash), hex);
}

static bool zonemd_writer_end(struct sink *sink, enum outcome outcome, const char *why,
                              struct err *err)
{
    struct zonemd_writer *w = (struct zonemd_writer *)sink;
    struct zonemd_result result;
    if (outcome == OUTCOME_ABORTED)
        return endline_write_incomplete(w->out, why, err) && buf_drain(w->out, err);
    return close_node(w, err) &&
           (w->tries == NULL || neighbour_end(&w->neighbour, w->tries, err)) &&
           zonemd_end(w->zonemd, NULL, &result, err) && put_line(w, ZONEMD_SHA384, err) &&
           put_line(w, ZONEMD_SHA512, err) &&
           (outcome != OUTCOME_PARTIAL || endline_write_incomplete(w->out, why, err)) &&
           buf_drain(w->out, err);
}

static void zonemd_writer_free(struct sink *sink)
{
    struct zonemd_writer *w = (struct zonemd_writer *)sink;
    zonemd_free(w->zonemd);
    node_fini(&w->node);
    free(w);
}

struct sink *w_zonemd_open(const struct writer_style *style, struct buf *out, struct err *err)
{
    struct zonemd_writer *w = calloc(1, sizeof *w);
    (void)style;
    if (w == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    w->sink = (struct sink){zonemd_writer_begin, zonemd_writer_record, zonemd_writer_end,
                            zonemd_writer_free};
    w->out = out;
    return &w->sink;
}

void w_zonemd_try(struct sink *sink, struct notes *notes)
{
    ((struct zonemd_writer *)sink)->tries = notes;
}
