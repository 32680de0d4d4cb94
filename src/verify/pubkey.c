#include "verify/pubkey.h"

#include "base/openssl.h"

#include <stdlib.h>
#include <string.h>

enum family { FAMILY_RSA, FAMILY_EC, FAMILY_ED };

struct algorithm {
    uint8_t code, family;
    bool sha1;
    uint16_t least_bits; /* RSA: of the modulus */
    uint8_t key_length, signature_length;
    const char *name; /* of OpenSSL: of the curve, or of the key's type */
    const char *digest;
};

/* clang-format off */
static const struct algorithm algorithms[] = {
    { 5, FAMILY_RSA, true,   512,  0,   0, "RSA",     "SHA1"},
    { 7, FAMILY_RSA, true,   512,  0,   0, "RSA",     "SHA1"},
    { 8, FAMILY_RSA, false,  512,  0,   0, "RSA",     "SHA256"},
    {10, FAMILY_RSA, false, 1024,  0,   0, "RSA",     "SHA512"}, /* RFC 5702 section 2.2 */
    {13, FAMILY_EC,  false,    0, 64,  64, "P-256",   "SHA256"},
    {14, FAMILY_EC,  false,    0, 96,  96, "P-384",   "SHA384"},
    {15, FAMILY_ED,  false,    0, 32,  64, "ED25519", NULL},
    {16, FAMILY_ED,  false,    0, 57, 114, "ED448",   NULL},
};
/* clang-format on */

enum {
    ROWS = sizeof algorithms / sizeof *algorithms,
    RSA_MOST_BITS = 4096,   /* RFC 3110 section 3, RFC 5702 section 2 */
    RSA_EXPONENT_BITS = 33, /* of 2^32 + 1 */
    EC_KEY_MOST = 96,
    EC_SIGNATURE_MOST = 96,
    NOT_READY = -100, /* of no function of OpenSSL */
    DER_MOST = 2 * (EC_SIGNATURE_MOST / 2 + 3) + 3,
};

static const struct algorithm *find(uint8_t code)
{
    for (size_t i = 0; i < ROWS; i++)
        if (algorithms[i].code == code)
            return &algorithms[i];
    return NULL;
}

static bool no_memory(struct err *err)
{
    return err_set(err, ERR_MEMORY, "out of memory");
}

/* Empties OpenSSL's list of errors, and tells whether one of the reasons was among them. */
static bool had_error(int reason, int other)
{
    bool found = false;
    for (unsigned long code; (code = ERR_get_error()) != 0;)
        found = found || ERR_GET_REASON(code) == reason || ERR_GET_REASON(code) == other;
    return found;
}

static bool lacked_memory(void)
{
    return had_error(ERR_R_MALLOC_FAILURE, ERR_R_MALLOC_FAILURE);
}

static const char not_here[] = "this system does not verify its algorithm";

/* ---- Keys ---------------------------------------------------------------------------------- */

static bool refuse(struct pubkey *key, enum pubkey_state state, const char *why)
{
    key->state = state;
    key->why = why;
    return true;
}

/* Makes the key of its parameters; what OpenSSL refuses is malformed. */
static bool make_key(struct pubkey *key, const char *type, OSSL_PARAM *params, const char *why,
                     struct err *err)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    bool made = context != NULL && EVP_PKEY_fromdata_init(context) == 1 &&
                EVP_PKEY_fromdata(context, &key->evp, EVP_PKEY_PUBLIC_KEY, params) == 1;
    EVP_PKEY_CTX_free(context);
    if (lacked_memory() || context == NULL)
        return no_memory(err);
    return made || refuse(key, PUBKEY_MALFORMED, why);
}

/* Where the exponent and the modulus of an RSA key are (RFC 3110 section 2). */
struct rsa_parts {
    const uint8_t *exponent, *modulus;
    size_t exponent_length, modulus_length;
};

static size_t bits_of(const uint8_t *octets, size_t length)
{
    size_t bits = length * 8;
    for (unsigned bit = 0x80; length > 0 && bit > 0 && (octets[0] & bit) == 0; bit >>= 1)
        bits--;
    return bits;
}

/* Leading zeros are not allowed, but count for nothing. */
static void skip_zeros(const uint8_t **octets, size_t *length)
{
    while (*length > 0 && **octets == 0) {
        ++*octets;
        --*length;
    }
}

static bool cut_rsa(struct rsa_parts *parts, const uint8_t *octets, size_t length)
{
    size_t head = length > 0 && octets[0] == 0 ? 3 : 1;
    if (length < head)
        return false;
    size_t n = head == 3 ? (size_t)octets[1] << 8 | octets[2] : octets[0];
    if (n == 0 || length - head <= n)
        return false;
    *parts = (struct rsa_parts){octets + head, octets + head + n, n, length - head - n};
    skip_zeros(&parts->exponent, &parts->exponent_length);
    skip_zeros(&parts->modulus, &parts->modulus_length);
    return true;
}

static bool is_one(const uint8_t *octets, size_t length)
{
    return length == 1 && octets[0] == 1;
}

static bool build_rsa(struct pubkey *key, const struct rsa_parts *parts, struct err *err)
{
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    BIGNUM *n = BN_bin2bn(parts->modulus, (int)parts->modulus_length, NULL);
    BIGNUM *e = BN_bin2bn(parts->exponent, (int)parts->exponent_length, NULL);
    OSSL_PARAM *params = NULL;
    if (builder != NULL && n != NULL && e != NULL &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) == 1)
        params = OSSL_PARAM_BLD_to_param(builder);
    bool good =
        params != NULL ? make_key(key, "RSA", params, "not an RSA key", err) : no_memory(err);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    BN_free(n);
    BN_free(e);
    return good;
}

static bool init_rsa(struct pubkey *key, const struct algorithm *row, const uint8_t *octets,
                     size_t length, struct err *err)
{
    struct rsa_parts parts;
    if (!cut_rsa(&parts, octets, length))
        return refuse(key, PUBKEY_MALFORMED, "exponent and modulus do not fit into it");
    size_t bits = bits_of(parts.modulus, parts.modulus_length);
    key->bits = bits <= UINT16_MAX ? (uint16_t)bits : UINT16_MAX;
    /* x^1 is x: a signature is then nothing but the padded hash. OpenSSL takes such a key. */
    if (parts.exponent_length == 0 || is_one(parts.exponent, parts.exponent_length))
        return refuse(key, PUBKEY_FORGEABLE, "its exponent is below 3");
    if ((parts.exponent[parts.exponent_length - 1] & 1) == 0)
        return refuse(key, PUBKEY_UNFIT, "its exponent is even");
    if (bits < row->least_bits)
        return refuse(key, PUBKEY_UNFIT, "its modulus is too short");
    if (bits > RSA_MOST_BITS)
        return refuse(key, PUBKEY_UNFIT, "its modulus is longer than 4096 bits");
    if ((parts.modulus[parts.modulus_length - 1] & 1) == 0)
        return refuse(key, PUBKEY_UNFIT, "its modulus is even");
    size_t exponent_bits = bits_of(parts.exponent, parts.exponent_length);
    if (exponent_bits >= bits)
        return refuse(key, PUBKEY_UNFIT, "its exponent is longer than its modulus");
    static const uint8_t most[] = {1, 0, 0, 0, 1};
    key->large_exponent =
        exponent_bits > RSA_EXPONENT_BITS ||
        (exponent_bits == RSA_EXPONENT_BITS && memcmp(parts.exponent, most, sizeof most) > 0);
    return build_rsa(key, &parts, err);
}

static bool init_ec(struct pubkey *key, const struct algorithm *row, const uint8_t *octets,
                    struct err *err)
{
    uint8_t point[1 + EC_KEY_MOST] = {4}; /* not compressed */
    char group[8];                        /* OpenSSL takes variables, and does not change them */
    memcpy(point + 1, octets, row->key_length);
    strcpy(group, row->name);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point,
                                          1 + (size_t)row->key_length),
        OSSL_PARAM_construct_end(),
    };
    return make_key(key, "EC", params, "it is not a point of the curve", err);
}

static bool all_are(const uint8_t *octets, size_t length, uint8_t value)
{
    for (size_t i = 0; i < length; i++)
        if (octets[i] != value)
            return false;
    return true;
}

/* The points whose order divides the cofactor, in all their encodings: y is 0, 1 or -1, also where
 * it is written with p added, or of order 8. With such a key one signature is good for everything,
 * or for every few messages. `last` is the index of the octet that ends y. */
static bool is_small_25519(const uint8_t octets[32])
{
    static const uint8_t eighths[2][32] = {
        {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
         0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
         0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
        {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
         0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
         0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
    };
    uint8_t last = octets[31] & 0x7f; /* the top bit is the sign of x */
    for (size_t i = 0; i < 2; i++)
        if (memcmp(octets, eighths[i], 31) == 0 && last == eighths[i][31])
            return true;
    if (octets[0] <= 1)
        return all_are(octets + 1, 30, 0) && last == 0;
    return octets[0] >= 0xec && octets[0] <= 0xee && all_are(octets + 1, 30, 0xff) && last == 0x7f;
}

static bool is_small_448(const uint8_t octets[57])
{
    if ((octets[56] & 0x7f) != 0)
        return false;
    if (octets[0] <= 1 && all_are(octets + 1, 55, 0))
        return true;
    bool minus_one = octets[0] == 0xfe && all_are(octets + 1, 27, 0xff) && octets[28] == 0xfe &&
                     all_are(octets + 29, 27, 0xff);
    bool p = octets[0] == 0xff && all_are(octets + 1, 27, 0xff) && octets[28] == 0xfe &&
             all_are(octets + 29, 27, 0xff);
    bool p_and_one = all_are(octets, 28, 0) && all_are(octets + 28, 28, 0xff);
    return minus_one || p || p_and_one;
}

static bool init_ed(struct pubkey *key, const struct algorithm *row, const uint8_t *octets,
                    struct err *err)
{
    bool is_448 = row->key_length == 57;
    if (is_448 ? is_small_448(octets) : is_small_25519(octets))
        return refuse(key, PUBKEY_FORGEABLE, "it is a point of small order");
    key->evp = EVP_PKEY_new_raw_public_key_ex(NULL, row->name, NULL, octets, row->key_length);
    if (lacked_memory())
        return no_memory(err);
    return key->evp != NULL || refuse(key, PUBKEY_UNKNOWN, not_here);
}

static bool init_known(struct pubkey *key, const struct algorithm *row, const uint8_t *octets,
                       size_t length, struct err *err)
{
    if (!openssl_load(err))
        return false;
    if (row->key_length > 0 && length != row->key_length)
        return refuse(key, PUBKEY_LENGTH, "it has not the length of its algorithm");
    switch ((enum family)row->family) {
    case FAMILY_RSA:
        return init_rsa(key, row, octets, length, err);
    case FAMILY_EC:
        return init_ec(key, row, octets, err);
    case FAMILY_ED:
        return init_ed(key, row, octets, err);
    }
    return false;
}

void pubkey_fini(struct pubkey *key)
{
    if (key->evp != NULL)
        EVP_PKEY_free(key->evp);
    key->evp = NULL;
}

/* ---- What one thread verifies with --------------------------------------------------------- */

struct pubkey_lane {
    EVP_MD_CTX *hash, *whole; /* the latter for algorithms that hash themselves */
    EVP_MD *digests[ROWS];    /* fetched once */
    size_t count;
    EVP_PKEY_CTX *contexts[]; /* of the keys, ready to verify */
};

struct pubkey_lane *pubkey_lane_new(size_t keys, struct err *err)
{
    struct pubkey_lane *lane =
        openssl_load(err) ? calloc(1, sizeof *lane + keys * sizeof *lane->contexts) : NULL;
    if (lane != NULL) {
        lane->count = keys;
        lane->hash = EVP_MD_CTX_new();
        lane->whole = EVP_MD_CTX_new();
        if (lane->hash != NULL && lane->whole != NULL)
            return lane;
    }
    pubkey_lane_free(lane);
    no_memory(err);
    return NULL;
}

void pubkey_lane_free(struct pubkey_lane *lane)
{
    if (lane == NULL)
        return;
    for (size_t i = 0; i < lane->count; i++)
        EVP_PKEY_CTX_free(lane->contexts[i]);
    for (size_t i = 0; i < ROWS; i++)
        EVP_MD_free(lane->digests[i]);
    EVP_MD_CTX_free(lane->hash);
    EVP_MD_CTX_free(lane->whole);
    free(lane);
}

static const EVP_MD *digest_of(struct pubkey_lane *lane, const struct algorithm *row)
{
    EVP_MD **digest = &lane->digests[row - algorithms];
    if (*digest == NULL)
        *digest = EVP_MD_fetch(NULL, row->digest, NULL);
    return *digest;
}

static bool prepare(EVP_PKEY_CTX *context, const struct algorithm *row, const EVP_MD *digest)
{
    if (context == NULL || EVP_PKEY_verify_init(context) != 1)
        return false;
    return row->family != FAMILY_RSA ||
           (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
            EVP_PKEY_CTX_set_signature_md(context, digest) == 1);
}

/* The context of a key, ready to verify; NULL where the system refuses, or lacks memory. */
static EVP_PKEY_CTX *context_of(struct pubkey_lane *lane, const struct pubkey *key, size_t index,
                                const struct algorithm *row, const EVP_MD *digest)
{
    EVP_PKEY_CTX **context = &lane->contexts[index];
    if (*context != NULL)
        return *context;
    EVP_PKEY_CTX *fresh = EVP_PKEY_CTX_new_from_pkey(NULL, key->evp, NULL);
    if (prepare(fresh, row, digest))
        *context = fresh;
    else
        EVP_PKEY_CTX_free(fresh);
    return *context;
}

/* Makes ready what verifying by a key needs. */
static bool get_ready(struct pubkey_lane *lane, const struct pubkey *key, size_t index,
                      const struct algorithm *row)
{
    if (row->family == FAMILY_ED) {
        EVP_MD_CTX_reset(lane->whole);
        return EVP_DigestVerifyInit(lane->whole, NULL, NULL, NULL, key->evp) == 1;
    }
    const EVP_MD *digest = digest_of(lane, row);
    return digest != NULL && context_of(lane, key, index, row, digest) != NULL;
}

/* ---- Signatures ---------------------------------------------------------------------------- */

/* An integer of `length` octets in DER (X.690 section 8.3). */
static uint8_t *put_integer(uint8_t *at, const uint8_t *octets, size_t length)
{
    while (length > 1 && *octets == 0) {
        octets++;
        length--;
    }
    size_t pad = octets[0] >= 0x80;
    *at++ = 2;
    *at++ = (uint8_t)(length + pad);
    if (pad > 0)
        *at++ = 0;
    memcpy(at, octets, length);
    return at + length;
}

/* r and s one after the other (RFC 6605 section 4) as OpenSSL wants them. At most 104 octets of
 * content, so the length needs one octet. */
static size_t make_der(uint8_t der[DER_MOST], const uint8_t *signature, size_t length)
{
    uint8_t *at = put_integer(der + 2, signature, length / 2);
    at = put_integer(at, signature + length / 2, length / 2);
    der[0] = 0x30;
    der[1] = (uint8_t)(at - der - 2);
    return (size_t)(at - der);
}

static int verify_hash(struct pubkey_lane *lane, size_t index, const struct algorithm *row,
                       const uint8_t *octets, size_t length, const uint8_t *signature,
                       size_t signature_length)
{
    uint8_t hash[EVP_MAX_MD_SIZE], der[DER_MOST];
    unsigned hash_length;
    if (EVP_DigestInit_ex2(lane->hash, lane->digests[row - algorithms], NULL) != 1 ||
        EVP_DigestUpdate(lane->hash, octets, length) != 1 ||
        EVP_DigestFinal_ex(lane->hash, hash, &hash_length) != 1)
        return NOT_READY;
    if (row->family == FAMILY_EC) {
        signature_length = make_der(der, signature, signature_length);
        signature = der;
    }
    return EVP_PKEY_verify(lane->contexts[index], signature, signature_length, hash, hash_length);
}

enum pubkey_verdict pubkey_verify(struct pubkey_lane *lane, const struct pubkey *key, size_t index,
                                  const uint8_t *octets, size_t length, const uint8_t *signature,
                                  size_t signature_length, struct err *err)
{
    const struct algorithm *row = find(key->algorithm);
    if (row == NULL)
        return PUBKEY_INVALID;
    size_t expected =
        row->family == FAMILY_RSA ? (key->bits + 7u) / 8 : (size_t)row->signature_length;
    if (signature_length != expected)
        return PUBKEY_INVALID;
    int result = NOT_READY;
    if (get_ready(lane, key, index, row))
        result = row->family == FAMILY_ED
                     ? EVP_DigestVerify(lane->whole, signature, signature_length, octets, length)
                     : verify_hash(lane, index, row, octets, length, signature, signature_length);
    if (result == 1)
        return PUBKEY_VALID;
    /* What an algorithm is made of, such as the hash of Ed25519, is there as the algorithm is;
     * where it is said to be missing there was no memory when it was first looked for. */
    if (!had_error(ERR_R_MALLOC_FAILURE, ERR_R_UNSUPPORTED) && result != NOT_READY)
        return PUBKEY_INVALID;
    no_memory(err);
    return PUBKEY_FAILED;
}

/* ---- Whether the system allows SHA-1 ------------------------------------------------------- */

/* A key of 1024 bits, and its signature by algorithm 5 over "zxfr". */
static const uint8_t known_key[] = {
    0x03, 0x01, 0x00, 0x01, 0xc9, 0x91, 0x6e, 0xd0, 0x4b, 0x42, 0x68, 0x29, 0xd3, 0xd3, 0x1e,
    0x27, 0xc1, 0x00, 0x06, 0x7f, 0x70, 0xec, 0xd6, 0xe1, 0xf8, 0x29, 0x36, 0xf3, 0xee, 0x88,
    0x10, 0x28, 0x25, 0x73, 0xe2, 0x75, 0xeb, 0xee, 0x2f, 0x40, 0x86, 0x1a, 0xf4, 0xa9, 0xbe,
    0x8c, 0x74, 0xad, 0x7d, 0x85, 0x73, 0xbc, 0xf1, 0xd3, 0x51, 0x83, 0xc2, 0x6e, 0xab, 0x1d,
    0xaf, 0x47, 0xa4, 0x7e, 0xad, 0x77, 0x5b, 0xc5, 0x00, 0x2b, 0x7a, 0xdd, 0x7b, 0x9b, 0x7a,
    0xe5, 0x99, 0xdb, 0xde, 0xad, 0xb0, 0x2f, 0xeb, 0x17, 0xb4, 0xb4, 0xc7, 0x7a, 0x84, 0xd4,
    0x70, 0x6d, 0x37, 0x9e, 0x8b, 0x0f, 0xac, 0x38, 0xfa, 0x26, 0x7f, 0x8f, 0x9a, 0x63, 0x22,
    0x49, 0x5f, 0xd2, 0x5b, 0x2f, 0x5a, 0x85, 0xab, 0xa5, 0x3d, 0xe7, 0x25, 0xa6, 0xe9, 0x61,
    0xdb, 0x02, 0xd4, 0x7a, 0xb3, 0xaf, 0xbf, 0x50, 0x8d, 0x23, 0xf1, 0x81,
};
static const uint8_t known_signature[] = {
    0x4c, 0x10, 0xc4, 0xe3, 0xce, 0x78, 0x05, 0xa2, 0xc7, 0x5a, 0xac, 0x29, 0x69, 0x7a, 0xdb, 0x95,
    0x3b, 0x8b, 0x6a, 0x8a, 0x0e, 0x29, 0x98, 0xfa, 0x65, 0x63, 0xfb, 0x3a, 0x50, 0x0c, 0xf1, 0x5d,
    0x0e, 0xe8, 0x62, 0x12, 0xd0, 0x3a, 0x0f, 0x57, 0x64, 0xfe, 0x1a, 0x63, 0xda, 0xcb, 0xc7, 0xd6,
    0x2a, 0x03, 0x62, 0xe8, 0xe7, 0xc3, 0xaf, 0xa5, 0x45, 0x32, 0x64, 0xf9, 0x5a, 0xea, 0x2d, 0x5e,
    0x51, 0xa7, 0x08, 0x2f, 0xfc, 0x56, 0x33, 0x34, 0x45, 0xf9, 0x15, 0x25, 0x50, 0x29, 0xb3, 0x7e,
    0x0a, 0xdd, 0xc0, 0x2d, 0xe2, 0xcb, 0x2d, 0x41, 0x60, 0x41, 0x89, 0x13, 0x23, 0x7b, 0x29, 0x35,
    0x73, 0xef, 0xdb, 0xe6, 0x55, 0x1f, 0x47, 0xe3, 0xba, 0xc3, 0xab, 0xde, 0x15, 0x6d, 0x20, 0xe8,
    0xa4, 0x16, 0x10, 0xa8, 0xcc, 0x8d, 0x48, 0xbc, 0xdf, 0xf9, 0xbf, 0xb7, 0x03, 0x9e, 0x9f, 0x6a,
};

/* Gets ready to verify with a key. What fails here is not the key's fault: a system may lack an
 * algorithm. */
static bool rehearse(struct pubkey *key, struct err *err)
{
    struct pubkey_lane *lane = pubkey_lane_new(1, err);
    if (lane == NULL)
        return false;
    bool ready = get_ready(lane, key, 0, find(key->algorithm));
    pubkey_lane_free(lane);
    if (lacked_memory())
        return no_memory(err);
    return ready || refuse(key, PUBKEY_UNKNOWN, not_here);
}

static bool probe_sha1(bool *allowed, struct err *err)
{
    struct pubkey key = {.algorithm = 5};
    struct pubkey_lane *lane = pubkey_lane_new(1, err);
    enum pubkey_verdict verdict = PUBKEY_FAILED;
    if (lane != NULL && init_known(&key, find(5), known_key, sizeof known_key, err) &&
        rehearse(&key, err))
        verdict = key.state == PUBKEY_GOOD
                      ? pubkey_verify(lane, &key, 0, (const uint8_t *)"zxfr", 4, known_signature,
                                      sizeof known_signature, err)
                      : PUBKEY_INVALID;
    pubkey_fini(&key);
    pubkey_lane_free(lane);
    *allowed = verdict == PUBKEY_VALID;
    return verdict != PUBKEY_FAILED;
}

bool pubkey_knows(uint8_t algorithm, bool *knows, struct err *err)
{
    const struct algorithm *row = find(algorithm);
    *knows = row != NULL;
    return row == NULL || !row->sha1 || probe_sha1(knows, err);
}

bool pubkey_init(struct pubkey *key, uint8_t algorithm, const uint8_t *octets, size_t length,
                 struct err *err)
{
    bool knows;
    *key = (struct pubkey){.algorithm = algorithm};
    if (!pubkey_knows(algorithm, &knows, err))
        return false;
    if (!knows)
        return refuse(key, PUBKEY_UNKNOWN,
                      find(algorithm) != NULL ? "this system refuses signatures with SHA-1"
                                              : "its algorithm is not known here");
    return init_known(key, find(algorithm), octets, length, err) &&
           (key->state != PUBKEY_GOOD || rehearse(key, err));
}
