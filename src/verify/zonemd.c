#include "verify/zonemd.h"

#include "base/codec.h"
#include "base/copy.h"
#include "base/cursor.h"
#include "base/openssl.h"
#include "dns/rdata.h"
#include "dns/types.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Section 2.2: serial, scheme, hash algorithm, digest. */
enum { ZONEMD_HEAD = 6, DIGEST_LEAST = 12, SCHEME_SIMPLE = 1 };

static const struct hash_row {
    uint8_t code, length;
    const char *name;
} hashes[ZONEMD_HASHES] = {
    [ZONEMD_SHA384] = {1, 48, "SHA-384"},
    [ZONEMD_SHA512] = {2, 64, "SHA-512"},
};

/* Octets go to the hashes in pieces of about this size. What all records of a set begin with are
 * the owner, the type, the class and the TTL. */
enum { PIECE = 16384, SET_HEAD_MAX = NAME_MAX_WIRE + 8, RECORD_HEAD_MAX = SET_HEAD_MAX + 2 };

/* A ZONEMD record of the apex. */
struct claim {
    uint32_t serial;
    uint8_t scheme, hash; /* their numbers */
    uint8_t digest[ZONEMD_DIGEST_MAX];
    uint16_t length; /* of the digest as it is there, of which ZONEMD_DIGEST_MAX are kept */
};

/* What is wrong with a claim. */
enum fault {
    FAULT_NONE,
    FAULT_SERIAL,
    FAULT_UNSUPPORTED,
    FAULT_DUPLICATE,
    FAULT_LENGTH,
    FAULT_MISMATCH
};

struct zonemd {
    bool always, apex_passed;
    EVP_MD_CTX *contexts[ZONEMD_HASHES]; /* NULL: not wanted */
    uint8_t digests[ZONEMD_HASHES][ZONEMD_DIGEST_MAX];
    bool made[ZONEMD_HASHES];
    uint32_t serial; /* of the SOA */
    uint8_t apex[NAME_MAX_WIRE];
    struct claim *claims;
    size_t claim_count;
    uint8_t seen[UINT8_MAX + 1][UINT8_MAX + 1]; /* how many claims of a kind: 0, 1, or 2 for more */
    size_t filled, head_length;
    uint8_t head[SET_HEAD_MAX + COPY_BLOCK]; /* of the set under way */
    uint8_t piece[PIECE + COPY_BLOCK];
};

bool zonemd_is_known(const uint8_t *rdata, size_t length)
{
    return length >= ZONEMD_HEAD && rdata[4] == SCHEME_SIMPLE &&
           (rdata[5] == zonemd_code(ZONEMD_SHA384) || rdata[5] == zonemd_code(ZONEMD_SHA512));
}

uint8_t zonemd_code(enum zonemd_hash hash)
{
    return hashes[hash].code;
}

static const EVP_MD *digest_of(unsigned hash)
{
    return hash == ZONEMD_SHA384 ? EVP_sha384() : EVP_sha512();
}

struct zonemd *zonemd_new(bool always, struct err *err)
{
    struct zonemd *zonemd = openssl_load(err) ? calloc(1, sizeof *zonemd) : NULL;
    bool good = zonemd != NULL;
    for (unsigned hash = 0; good && hash < ZONEMD_HASHES; hash++) {
        zonemd->contexts[hash] = EVP_MD_CTX_new();
        good = zonemd->contexts[hash] != NULL &&
               EVP_DigestInit_ex(zonemd->contexts[hash], digest_of(hash), NULL) == 1;
    }
    if (good) {
        zonemd->always = always;
        return zonemd;
    }
    err_set(err, ERR_MEMORY, "out of memory");
    zonemd_free(zonemd);
    return NULL;
}

void zonemd_free(struct zonemd *zonemd)
{
    if (zonemd == NULL)
        return;
    for (unsigned hash = 0; hash < ZONEMD_HASHES; hash++)
        EVP_MD_CTX_free(zonemd->contexts[hash]);
    free(zonemd->claims);
    free(zonemd);
}

static bool hash_octets(struct zonemd *zonemd, const uint8_t *octets, size_t length,
                        struct err *err)
{
    for (unsigned hash = 0; hash < ZONEMD_HASHES; hash++)
        if (zonemd->contexts[hash] != NULL &&
            EVP_DigestUpdate(zonemd->contexts[hash], octets, length) != 1)
            return err_set(err, ERR_INTERNAL, "%s failed", hashes[hash].name);
    return true;
}

static bool hash_piece(struct zonemd *zonemd, struct err *err)
{
    size_t filled = zonemd->filled;
    zonemd->filled = 0;
    return hash_octets(zonemd, zonemd->piece, filled, err);
}

/* Begins a set of the name whose owner is in the head already. */
static void begin_set(struct zonemd *zonemd, uint16_t class, const struct node *node, uint16_t type,
                      uint32_t ttl)
{
    uint8_t *at = zonemd->head + node->owner_length;
    at = octets_put_u16(octets_put_u16(at, type), class);
    octets_put_u16(octets_put_u16(at, ttl >> 16), ttl & 0xffff);
    zonemd->head_length = node->owner_length + 8u;
}

/* Section 3.3.1: the record in canonical form, with the TTL of its RRset. */
static bool add_record(struct zonemd *zonemd, const struct node *node, size_t index,
                       struct err *err)
{
    uint16_t length = node->records[index].rdlength;
    if (zonemd->filled + RECORD_HEAD_MAX > PIECE && !hash_piece(zonemd, err))
        return false;
    uint8_t *at = zonemd->piece + zonemd->filled;
    copy_blocks(at, zonemd->head, zonemd->head_length);
    octets_put_u16(at + zonemd->head_length, length);
    zonemd->filled += zonemd->head_length + 2;
    const uint8_t *rdata = node_rdata(node, index);
    if (length > PIECE - zonemd->filled)
        return hash_piece(zonemd, err) && hash_octets(zonemd, rdata, length, err);
    copy_few(zonemd->piece + zonemd->filled, rdata, length);
    zonemd->filled += length;
    return true;
}

/* Section 3.3.1: the ZONEMD records of the apex and their signatures are left out. */
static bool is_left_out(const struct node *node, const struct node_set *set)
{
    return set->type == TYPE_ZONEMD && node->place == NODE_APEX;
}

static bool add_set(struct zonemd *zonemd, uint16_t class, const struct node *node,
                    const struct node_set *set, struct err *err)
{
    if (is_left_out(node, set))
        return true;
    begin_set(zonemd, class, node, set->type, set->ttl);
    for (size_t i = 0; i < set->count; i++)
        if (!add_record(zonemd, node, set->first + i, err))
            return false;
    return true;
}

/* The signatures of a name are one group in the order of their RDATA, which begins with the type
 * that they cover; but those over each type are a set with a TTL of its own. */
static bool add_signatures(struct zonemd *zonemd, uint16_t class, const struct node *node,
                           struct err *err)
{
    for (size_t i = 0; i < node->set_count; i++) {
        const struct node_set *set = &node->sets[i];
        if (is_left_out(node, set))
            continue;
        uint32_t ttl = UINT32_MAX;
        for (size_t k = 0; k < set->signatures; k++) {
            uint32_t of_this = node->records[set->first_signature + k].ttl;
            ttl = of_this < ttl ? of_this : ttl;
        }
        begin_set(zonemd, class, node, TYPE_RRSIG, ttl);
        for (size_t k = 0; k < set->signatures; k++)
            if (!add_record(zonemd, node, set->first_signature + k, err))
                return false;
    }
    return true;
}

static bool add_node(struct zonemd *zonemd, uint16_t class, const struct node *node,
                     struct err *err)
{
    size_t i = 0;
    copy_few(zonemd->head, node->owner, node->owner_length);
    for (; i < node->set_count && node->sets[i].type < TYPE_RRSIG; i++)
        if (!add_set(zonemd, class, node, &node->sets[i], err))
            return false;
    if (!add_signatures(zonemd, class, node, err))
        return false;
    for (; i < node->set_count; i++)
        if (!add_set(zonemd, class, node, &node->sets[i], err))
            return false;
    return true;
}

static void read_claim(struct claim *claim, const uint8_t *rdata, size_t rdlength)
{
    struct cursor cursor = cursor_at(rdata, 0, rdlength);
    claim->serial = cursor_u32(&cursor);
    claim->scheme = cursor_u8(&cursor);
    claim->hash = cursor_u8(&cursor);
    claim->length = (uint16_t)(cursor.failed ? 0 : rdlength - cursor.at);
    memcpy(claim->digest, rdata + cursor.at,
           claim->length < ZONEMD_DIGEST_MAX ? claim->length : ZONEMD_DIGEST_MAX);
}

static enum zonemd_hash hash_of(const struct claim *claim)
{
    unsigned hash = 0;
    while (hash < ZONEMD_HASHES && hashes[hash].code != claim->hash)
        hash++;
    return claim->scheme == SCHEME_SIMPLE ? (enum zonemd_hash)hash : ZONEMD_HASHES;
}

/* Section 4: records of one scheme and hash algorithm make each other void. */
static bool is_repeated(const struct zonemd *zonemd, const struct claim *claim)
{
    return zonemd->seen[claim->scheme][claim->hash] > 1;
}

/* What can be said of a record before the digest is there, in the order of section 4. */
static enum fault early_fault(const struct zonemd *zonemd, const struct claim *claim)
{
    enum zonemd_hash hash = hash_of(claim);
    return claim->length < DIGEST_LEAST           ? FAULT_LENGTH
           : is_repeated(zonemd, claim)           ? FAULT_DUPLICATE
           : claim->serial != zonemd->serial      ? FAULT_SERIAL
           : hash == ZONEMD_HASHES                ? FAULT_UNSUPPORTED
           : claim->length != hashes[hash].length ? FAULT_LENGTH
                                                  : FAULT_NONE;
}

/* Ends the hashes that no record asks for. */
static void drop_unwanted(struct zonemd *zonemd)
{
    bool wanted[ZONEMD_HASHES] = {false};
    for (size_t i = 0; i < zonemd->claim_count; i++)
        if (early_fault(zonemd, &zonemd->claims[i]) == FAULT_NONE)
            wanted[hash_of(&zonemd->claims[i])] = true;
    for (unsigned hash = 0; hash < ZONEMD_HASHES; hash++) {
        if (wanted[hash] || zonemd->always)
            continue;
        EVP_MD_CTX_free(zonemd->contexts[hash]);
        zonemd->contexts[hash] = NULL;
    }
}

static bool take_apex(struct zonemd *zonemd, const struct node *apex, struct err *err)
{
    const struct node_set *soa = node_find(apex, TYPE_SOA);
    const struct node_set *set = node_find(apex, TYPE_ZONEMD);
    memcpy(zonemd->apex, apex->owner, apex->owner_length);
    if (soa != NULL && soa->count > 0 && apex->records[soa->first].rdlength >= RDATA_SOA_NUMBERS)
        zonemd->serial = octets_u32(node_rdata(apex, soa->first) +
                                    apex->records[soa->first].rdlength - RDATA_SOA_NUMBERS);
    size_t count = set != NULL ? set->count : 0;
    zonemd->claims = calloc(count + 1, sizeof *zonemd->claims);
    if (zonemd->claims == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    for (; zonemd->claim_count < count; zonemd->claim_count++) {
        size_t record = set->first + zonemd->claim_count;
        struct claim *claim = &zonemd->claims[zonemd->claim_count];
        read_claim(claim, node_rdata(apex, record), apex->records[record].rdlength);
        uint8_t *seen = &zonemd->seen[claim->scheme][claim->hash];
        *seen = (uint8_t)(*seen + (*seen < 2));
    }
    drop_unwanted(zonemd);
    return true;
}

/* Both hashes run over the apex, because its ZONEMD records come after much of its data. */
bool zonemd_node(struct zonemd *zonemd, uint16_t class, const struct node *node, struct err *err)
{
    bool wanted =
        zonemd->contexts[ZONEMD_SHA384] != NULL || zonemd->contexts[ZONEMD_SHA512] != NULL;
    if (wanted && !add_node(zonemd, class, node, err))
        return false;
    if (zonemd->apex_passed)
        return true;
    zonemd->apex_passed = true;
    return hash_piece(zonemd, err) && take_apex(zonemd, node, err);
}

static bool end_hashes(struct zonemd *zonemd, struct err *err)
{
    if (!hash_piece(zonemd, err))
        return false;
    for (unsigned hash = 0; hash < ZONEMD_HASHES; hash++) {
        EVP_MD_CTX *context = zonemd->contexts[hash];
        if (context == NULL)
            continue;
        if (EVP_DigestFinal_ex(context, zonemd->digests[hash], NULL) != 1)
            return err_set(err, ERR_INTERNAL, "%s failed", hashes[hash].name);
        zonemd->made[hash] = true;
    }
    return true;
}

static enum fault fault_of(const struct zonemd *zonemd, const struct claim *claim)
{
    enum fault fault = early_fault(zonemd, claim);
    if (fault != FAULT_NONE)
        return fault;
    enum zonemd_hash hash = hash_of(claim);
    return memcmp(claim->digest, zonemd->digests[hash], hashes[hash].length) == 0 ? FAULT_NONE
                                                                                  : FAULT_MISMATCH;
}

/* Scheme and hash algorithm, with their names where they have one. */
struct claim_text {
    char text[64];
};

static const char *claim_string(struct claim_text *to, const struct claim *claim)
{
    enum zonemd_hash hash = hash_of(claim);
    if (hash < ZONEMD_HASHES)
        snprintf(to->text, sizeof to->text, "ZONEMD (SIMPLE, %s)", hashes[hash].name);
    else
        snprintf(to->text, sizeof to->text, "ZONEMD (scheme %u, hash algorithm %u)", claim->scheme,
                 claim->hash);
    return to->text;
}

/* The beginning of a digest is enough to see which is which. */
enum { DIGEST_SHOWN = 8 };

static COLD bool find_mismatch(const struct zonemd *zonemd, const struct claim *claim,
                               const char *what, struct findings *findings, struct err *err)
{
    char there[2 * DIGEST_SHOWN + 1] = "", made[2 * DIGEST_SHOWN + 1] = "";
    *codec_hex(there, claim->digest, DIGEST_SHOWN) = 0;
    *codec_hex(made, zonemd->digests[hash_of(claim)], DIGEST_SHOWN) = 0;
    return findings_add(findings, err, RULE_ZONEMD_MISMATCH, zonemd->apex, TYPE_ZONEMD,
                        "%s says %s..., the zone has %s...", what, there, made);
}

static COLD bool find_fault(const struct zonemd *zonemd, const struct claim *claim,
                            enum fault fault, struct findings *findings, struct err *err)
{
    struct claim_text text;
    const char *what = claim_string(&text, claim);
    enum zonemd_hash hash = hash_of(claim);
    unsigned least = hash < ZONEMD_HASHES ? hashes[hash].length : DIGEST_LEAST;
    const uint8_t *apex = zonemd->apex;
    switch (fault) {
    case FAULT_NONE:
        return true;
    case FAULT_SERIAL:
        return findings_add(findings, err, RULE_ZONEMD_SERIAL, apex, TYPE_ZONEMD,
                            "%s is of serial %" PRIu32 ", the zone has %" PRIu32, what,
                            claim->serial, zonemd->serial);
    case FAULT_UNSUPPORTED:
        return findings_add(findings, err, RULE_ZONEMD_UNSUPPORTED, apex, TYPE_ZONEMD,
                            "%s cannot be verified here", what);
    case FAULT_DUPLICATE:
        return findings_add(findings, err, RULE_ZONEMD_DUPLICATE, apex, TYPE_ZONEMD,
                            "%s is there more than once, so that none counts", what);
    case FAULT_LENGTH:
        return findings_add(findings, err, RULE_ZONEMD_LENGTH, apex, TYPE_ZONEMD,
                            "%s has a digest of %u octets, not %u", what, claim->length, least);
    case FAULT_MISMATCH:
        return find_mismatch(zonemd, claim, what, findings, err);
    }
    return true;
}

/* Section 4: one that is right suffices. Others beside it are wrong for those who look at these. */
static COLD bool find_other(const struct zonemd *zonemd, const struct claim *claim,
                            struct findings *findings, struct err *err)
{
    struct claim_text text;
    return findings_add(findings, err, RULE_ZONEMD_OTHER, zonemd->apex, TYPE_ZONEMD,
                        "%s is wrong, beside one that is right", claim_string(&text, claim));
}

static bool find_faults(const struct zonemd *zonemd, enum zonemd_class class,
                        struct findings *findings, struct err *err)
{
    if (class == ZONEMD_ABSENT)
        return findings_add(findings, err, RULE_ZONEMD_ABSENT, zonemd->apex, 0, "no ZONEMD record");
    for (size_t i = 0; i < zonemd->claim_count; i++) {
        const struct claim *claim = &zonemd->claims[i];
        enum fault fault = fault_of(zonemd, claim);
        if (fault == FAULT_NONE || (fault == FAULT_UNSUPPORTED && class != ZONEMD_UNSUPPORTED))
            continue;
        bool good = class == ZONEMD_VERIFIED ? find_other(zonemd, claim, findings, err)
                                             : find_fault(zonemd, claim, fault, findings, err);
        if (!good)
            return false;
    }
    return true;
}

static void judge(const struct zonemd *zonemd, struct zonemd_result *result)
{
    *result = (struct zonemd_result){.class = ZONEMD_ABSENT};
    for (size_t i = 0; i < zonemd->claim_count; i++) {
        const struct claim *claim = &zonemd->claims[i];
        enum fault fault = fault_of(zonemd, claim);
        enum zonemd_class class = fault == FAULT_NONE          ? ZONEMD_VERIFIED
                                  : fault == FAULT_UNSUPPORTED ? ZONEMD_UNSUPPORTED
                                                               : ZONEMD_FAILED;
        if (class == ZONEMD_VERIFIED && hash_of(claim) > result->hash)
            result->hash = hash_of(claim);
        if (class > result->class)
            result->class = class;
    }
}

bool zonemd_end(struct zonemd *zonemd, struct findings *findings, struct zonemd_result *result,
                struct err *err)
{
    if (!end_hashes(zonemd, err))
        return false;
    judge(zonemd, result);
    return findings == NULL || find_faults(zonemd, result->class, findings, err);
}

const uint8_t *zonemd_digest(const struct zonemd *zonemd, enum zonemd_hash hash, size_t *length)
{
    *length = hashes[hash].length;
    return zonemd->made[hash] ? zonemd->digests[hash] : NULL;
}
