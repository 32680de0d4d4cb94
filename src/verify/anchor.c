#include "verify/anchor.h"

#include "base/cursor.h"
#include "base/openssl.h"
#include "dns/types.h"
#include "verify/keys.h"

#include <stdlib.h>
#include <string.h>

enum { DS_FIXED = 4, KEY_FIXED = 4, DIGEST_SHA1 = 1 };

static const struct digest {
    uint8_t type, length;
    const char *name;
} digests[] = {
    {DIGEST_SHA1, 20, "SHA1"},
    {2, 32, "SHA256"}, /* RFC 4509 */
    {4, 48, "SHA384"}, /* RFC 6605 */
};

static const struct digest *find_digest(uint8_t type)
{
    for (size_t i = 0; i < sizeof digests / sizeof *digests; i++)
        if (digests[i].type == type)
            return &digests[i];
    return NULL;
}

void anchor_free(struct anchors *anchors)
{
    if (anchors == NULL)
        return;
    arena_fini(&anchors->octets);
    free(anchors->items);
    free(anchors);
}

/* ---- Which there are ----------------------------------------------------------------------- */

static bool holds(const struct anchor *anchor, const uint8_t *zone, size_t length, uint64_t now)
{
    return name_equal(anchor->owner, anchor->owner_length, zone, length) && anchor->from <= now &&
           (anchor->until == 0 || now < anchor->until);
}

static bool is_weak(const struct anchors *anchors, const struct anchor *anchor)
{
    return anchor->type == TYPE_DS && anchor->rdlength >= DS_FIXED &&
           anchor_rdata(anchors, anchor)[3] == DIGEST_SHA1;
}

/* Whether a DS with a digest that can be computed here is better than one of type 1. */
static bool has_better(const struct anchors *anchors, const uint8_t *zone, size_t length,
                       uint64_t now)
{
    for (size_t i = 0; i < anchors->count; i++) {
        const struct anchor *anchor = &anchors->items[i];
        if (anchor->type == TYPE_DS && anchor->rdlength >= DS_FIXED &&
            holds(anchor, zone, length, now) && !is_weak(anchors, anchor) &&
            find_digest(anchor_rdata(anchors, anchor)[3]) != NULL)
            return true;
    }
    return false;
}

const struct anchor *anchor_next(const struct anchors *anchors, size_t *at, const uint8_t *zone,
                                 size_t length, uint64_t now)
{
    while (*at < anchors->count) {
        const struct anchor *anchor = &anchors->items[(*at)++];
        if (holds(anchor, zone, length, now) &&
            !(is_weak(anchors, anchor) && has_better(anchors, zone, length, now)))
            return anchor;
    }
    return NULL;
}

/* ---- Which key one leads to ---------------------------------------------------------------- */

/* A key as it is, or as if it were not revoked. */
struct view {
    const uint8_t *zone, *key;
    size_t zone_length, key_length;
    uint8_t head[KEY_FIXED];
};

static bool match_key(const struct view *view, const uint8_t *rdata, size_t length)
{
    return length == view->key_length && memcmp(rdata, view->head, KEY_FIXED) == 0 &&
           memcmp(rdata + KEY_FIXED, view->key + KEY_FIXED, length - KEY_FIXED) == 0;
}

static bool hash_key(const struct view *view, const struct digest *digest,
                     uint8_t out[EVP_MAX_MD_SIZE], struct err *err)
{
    if (!openssl_load(err))
        return false;
    EVP_MD *md = EVP_MD_fetch(NULL, digest->name, NULL);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good =
        md != NULL && context != NULL && EVP_DigestInit_ex2(context, md, NULL) == 1 &&
        EVP_DigestUpdate(context, view->zone, view->zone_length) == 1 &&
        EVP_DigestUpdate(context, view->head, KEY_FIXED) == 1 &&
        EVP_DigestUpdate(context, view->key + KEY_FIXED, view->key_length - KEY_FIXED) == 1 &&
        EVP_DigestFinal_ex(context, out, NULL) == 1;
    EVP_MD_CTX_free(context);
    EVP_MD_free(md);
    return good || err_set(err, ERR_MEMORY, "out of memory");
}

static uint16_t tag_of(const struct view *view)
{
    uint32_t sum = 0;
    if (view->head[1] == view->key[1])
        return keys_tag(view->key, view->key_length);
    for (size_t i = 0; i < view->key_length; i++) {
        uint8_t octet = i < KEY_FIXED ? view->head[i] : view->key[i];
        sum += i % 2 == 0 ? (uint32_t)octet << 8 : octet;
    }
    return (uint16_t)(sum + (sum >> 16));
}

static enum anchor_match match_ds(const struct view *view, const uint8_t *rdata, size_t length,
                                  struct err *err)
{
    uint8_t out[EVP_MAX_MD_SIZE];
    if (length < DS_FIXED)
        return ANCHOR_OTHER;
    const struct digest *digest = find_digest(rdata[3]);
    if (octets_u16(rdata) != tag_of(view) || rdata[2] != view->key[3])
        return ANCHOR_OTHER;
    if (digest == NULL)
        return ANCHOR_UNKNOWN;
    if (length - DS_FIXED != digest->length)
        return ANCHOR_OTHER;
    if (!hash_key(view, digest, out, err))
        return ANCHOR_FAILED;
    return memcmp(rdata + DS_FIXED, out, digest->length) == 0 ? ANCHOR_MATCHES : ANCHOR_OTHER;
}

static enum anchor_match match_view(bool is_ds, const uint8_t *rdata, size_t length,
                                    const struct view *view, struct err *err)
{
    if (is_ds)
        return match_ds(view, rdata, length, err);
    return match_key(view, rdata, length) ? ANCHOR_MATCHES : ANCHOR_OTHER;
}

enum anchor_match anchor_match(bool is_ds, const uint8_t *rdata, size_t length, const uint8_t *zone,
                               size_t zone_length, const uint8_t *key, size_t key_length,
                               struct err *err)
{
    struct view view = {
        .zone = zone, .key = key, .zone_length = zone_length, .key_length = key_length};
    memcpy(view.head, key, KEY_FIXED);
    enum anchor_match match = match_view(is_ds, rdata, length, &view, err);
    if (match != ANCHOR_OTHER || (key[1] & KEY_FLAG_REVOKE) == 0)
        return match;
    view.head[1] &= (uint8_t)~KEY_FLAG_REVOKE;
    match = match_view(is_ds, rdata, length, &view, err);
    return match == ANCHOR_MATCHES ? ANCHOR_REVOKED : match;
}
