#include "xfer/tsig.h"

#include "base/cursor.h"
#include "base/openssl.h"
#include "dns/types.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* clang-format off */
#define ROW(name, digest, wire, output, mac) {name, digest, wire, sizeof wire, output, mac}
static const struct tsig_algorithm algorithms[] = {
    ROW("hmac-sha256",     "SHA256", "\013hmac-sha256",     32, 32),
    ROW("hmac-sha256-128", "SHA256", "\017hmac-sha256-128", 32, 16),
    ROW("hmac-sha384",     "SHA384", "\013hmac-sha384",     48, 48),
    ROW("hmac-sha384-192", "SHA384", "\017hmac-sha384-192", 48, 24),
    ROW("hmac-sha512",     "SHA512", "\013hmac-sha512",     64, 64),
    ROW("hmac-sha512-256", "SHA512", "\017hmac-sha512-256", 64, 32),
    ROW("hmac-sha224",     "SHA224", "\013hmac-sha224",     28, 28),
    ROW("hmac-sha1",       "SHA1",   "\011hmac-sha1",       20, 20),
    ROW("hmac-md5",        "MD5",    "\010hmac-md5\007sig-alg\003reg\003int", 16, 16),
};
/* clang-format on */

enum { ROWS = sizeof algorithms / sizeof *algorithms };

const struct tsig_algorithm *tsig_algorithm_row(size_t index)
{
    return index < ROWS ? &algorithms[index] : NULL;
}

static bool is_name(const char *name, size_t length, const char *row)
{
    return strlen(row) == length && strncasecmp(name, row, length) == 0;
}

const struct tsig_algorithm *tsig_algorithm_find(const char *name, size_t length)
{
    static const char prefix[] = "hmac-", long_md5[] = "hmac-md5.sig-alg.reg.int";
    if (length > 0 && name[length - 1] == '.')
        length--;
    if (is_name(name, length, long_md5))
        return tsig_algorithm_find("hmac-md5", 8);
    for (size_t i = 0; i < ROWS; i++)
        if (is_name(name, length, algorithms[i].name) ||
            is_name(name, length, algorithms[i].name + strlen(prefix)))
            return &algorithms[i];
    return NULL;
}

/* ---- The MAC ------------------------------------------------------------------------------- */

/* RFC 8945 section 5.2.2.1: a shorter MAC than this, or than half of the hash, is malformed. */
enum { MAC_LEAST = 10 };

struct tsig_series {
    const struct tsig_key *key;
    EVP_MAC_CTX *keyed;   /* the key and nothing else; copied for each MAC */
    EVP_MAC_CTX *running; /* what the next MAC covers, up to now */
    uint64_t asked;       /* when the query was signed */
    unsigned covered;     /* how many unsigned messages that is */
    bool answered;        /* a signed answer was verified: what follows signs the time alone */
    size_t mac_length;
    uint8_t mac[TSIG_MAC_MAX]; /* the last one, as long as it was sent */
};

static bool no_memory(struct err *err)
{
    return err_set(err, ERR_MEMORY, "out of memory");
}

static bool hash_octets(struct tsig_series *series, const void *octets, size_t length,
                        struct err *err)
{
    return EVP_MAC_update(series->running, octets, length) == 1 || no_memory(err);
}

static bool begin_mac(struct tsig_series *series, struct err *err)
{
    EVP_MAC_CTX_free(series->running);
    series->running = EVP_MAC_CTX_dup(series->keyed);
    return series->running != NULL || no_memory(err);
}

/* Begins the MAC of an answer with the one before it, as it was sent (RFC 8945 section 4.3.1). */
static bool begin_chained_mac(struct tsig_series *series, struct err *err)
{
    uint8_t head[2] = {0, (uint8_t)series->mac_length};
    return begin_mac(series, err) && hash_octets(series, head, sizeof head, err) &&
           hash_octets(series, series->mac, series->mac_length, err);
}

static EVP_MAC_CTX *new_context(const struct tsig_key *key)
{
    char digest[16]; /* OpenSSL takes its parameters as variables, and does not change them */
    strcpy(digest, key->algorithm->digest);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *context = hmac != NULL ? EVP_MAC_CTX_new(hmac) : NULL;
    EVP_MAC_free(hmac);
    if (context != NULL && EVP_MAC_init(context, key->secret, key->secret_length, params) == 1)
        return context;
    EVP_MAC_CTX_free(context);
    return NULL;
}

/* Tells lack of memory from an algorithm that is switched off: OpenSSL says so, unless it has not
 * even memory for that. */
static bool cannot_sign(const struct tsig_key *key, struct err *err)
{
    bool told = false;
    for (unsigned long code; (code = ERR_get_error()) != 0;) {
        told = true;
        if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
            return no_memory(err);
    }
    return told ? err_set(err, ERR_TSIG_ALGORITHM, "OpenSSL cannot sign with %s",
                          key->algorithm->name)
                : no_memory(err);
}

struct tsig_series *tsig_series_new(const struct tsig_key *key, struct err *err)
{
    struct tsig_series *series = openssl_load(err) ? calloc(1, sizeof *series) : NULL;
    if (series == NULL) {
        no_memory(err);
        return NULL;
    }
    series->key = key;
    series->keyed = new_context(key);
    if (series->keyed != NULL)
        return series;
    cannot_sign(key, err);
    tsig_series_free(series);
    return NULL;
}

/* OpenSSL cleanses the state of a MAC before it gives the memory back. */
void tsig_series_free(struct tsig_series *series)
{
    if (series == NULL)
        return;
    EVP_MAC_CTX_free(series->keyed);
    EVP_MAC_CTX_free(series->running);
    free(series);
}

/* ---- The record ---------------------------------------------------------------------------- */

static uint8_t *put_mem(uint8_t *p, const void *octets, size_t n)
{
    memcpy(p, octets, n);
    return p + n;
}

static uint8_t *put_u48(uint8_t *p, uint64_t value)
{
    for (int shift = 40; shift >= 0; shift -= 8)
        *p++ = (uint8_t)(value >> shift);
    return p;
}

/* Time and fudge, which RFC 8945 calls the timers. */
static uint8_t *put_timers(uint8_t *p, uint64_t time, unsigned fudge)
{
    return octets_put_u16(put_u48(p, time), fudge);
}

static uint64_t octets_u48(const uint8_t *p)
{
    return (uint64_t)octets_u16(p) << 32 | octets_u32(p + 2);
}

const char *tsig_read(struct tsig_record *record, const struct msg *msg)
{
    unsigned pointers = 0;
    size_t at = msg->tsig_at;
    if (name_unpack(msg->octets, msg->length, &at, record->name, &record->name_length, &pointers) !=
        NULL)
        return "the key's name is malformed";
    struct msg_record head = msg_record(msg->octets, at);
    at = head.rdata_at;
    size_t end = at + head.rdlength;
    if (name_unpack(msg->octets, end, &at, record->algorithm, &record->algorithm_length,
                    &pointers) != NULL)
        return "the algorithm's name is malformed";
    struct cursor c = cursor_at(msg->octets, at, end);
    const uint8_t *time = cursor_take(&c, 6);
    record->fudge = cursor_u16(&c);
    record->mac_length = cursor_u16(&c);
    record->mac = cursor_take(&c, record->mac_length);
    record->id = cursor_u16(&c);
    record->error = cursor_u16(&c);
    record->other_length = cursor_u16(&c);
    record->other = cursor_take(&c, record->other_length);
    if (time == NULL || c.failed)
        return "the RDATA is too short";
    record->time = octets_u48(time);
    return c.at == end ? NULL : "octets after the last field of the RDATA";
}

/* ---- What a MAC covers --------------------------------------------------------------------- */

/* RFC 8945 section 4.3.2: the message without the record, with the ID that it first had. */
static bool cover_message(struct tsig_series *series, const uint8_t *octets, size_t length,
                          uint16_t id, unsigned additionals, struct err *err)
{
    uint8_t head[MSG_HEADER];
    memcpy(head, octets, sizeof head);
    octets_put_u16(head, id);
    octets_put_u16(head + 10, additionals);
    return hash_octets(series, head, sizeof head, err) &&
           hash_octets(series, octets + sizeof head, length - sizeof head, err);
}

/* RFC 8945 section 4.3.3: the names in canonical form, which is how the key has them. */
static bool cover_variables(struct tsig_series *series, const struct tsig_record *record,
                            struct err *err)
{
    const struct tsig_key *key = series->key;
    uint8_t octets[2 * NAME_MAX_WIRE + 18];
    uint8_t *p = put_mem(octets, key->name, key->name_length);
    p = octets_put_u16(p, CLASS_ANY);
    p = octets_put_u16(p, 0); /* TTL */
    p = octets_put_u16(p, 0);
    p = put_mem(p, key->algorithm->wire, key->algorithm->wire_length);
    p = put_timers(p, record->time, record->fudge);
    p = octets_put_u16(p, record->error);
    p = octets_put_u16(p, record->other_length);
    return hash_octets(series, octets, (size_t)(p - octets), err) &&
           hash_octets(series, record->other, record->other_length, err);
}

static bool cover_timers(struct tsig_series *series, const struct tsig_record *record,
                         struct err *err)
{
    uint8_t octets[8];
    put_timers(octets, record->time, record->fudge);
    return hash_octets(series, octets, sizeof octets, err);
}

/* Ends a MAC and gives the whole of it. */
static bool finish_mac(struct tsig_series *series, uint8_t mac[TSIG_MAC_MAX], struct err *err)
{
    size_t length = 0;
    return EVP_MAC_final(series->running, mac, &length, TSIG_MAC_MAX) == 1 || no_memory(err);
}

/* Keeps a MAC as it was sent: the next one begins with it. */
static bool keep_mac(struct tsig_series *series, const uint8_t *mac, size_t length, struct err *err)
{
    series->covered = 0;
    memcpy(series->mac, mac, length);
    series->mac_length = length;
    return begin_chained_mac(series, err);
}

bool tsig_cover(struct tsig_series *series, const uint8_t *octets, size_t length, struct err *err)
{
    series->covered++;
    return hash_octets(series, octets, length, err);
}

/* ---- Signing ------------------------------------------------------------------------------- */

size_t tsig_record_length(const struct tsig_key *key)
{
    return (size_t)key->name_length + MSG_RECORD_FIXED + key->algorithm->wire_length + 16 +
           key->mac_length;
}

/* Puts the record after the message. Returns the new length. */
static size_t put_record(const struct tsig_record *record, uint8_t *message, size_t length)
{
    uint8_t *p = put_mem(message + length, record->name, record->name_length);
    p = octets_put_u16(p, TYPE_TSIG);
    p = octets_put_u16(p, CLASS_ANY);
    p = octets_put_u32(p, 0); /* TTL */
    p = octets_put_u16(p,
                       record->algorithm_length + 16u + record->mac_length + record->other_length);
    p = put_mem(p, record->algorithm, record->algorithm_length);
    p = put_timers(p, record->time, record->fudge);
    p = octets_put_u16(p, record->mac_length);
    p = put_mem(p, record->mac, record->mac_length);
    p = octets_put_u16(p, record->id);
    p = octets_put_u16(p, record->error);
    p = octets_put_u16(p, record->other_length);
    p = put_mem(p, record->other, record->other_length);
    octets_put_u16(message + 10, octets_u16(message + 10) + 1u);
    return (size_t)(p - message);
}

/* Ends the MAC that was begun with the message, and puts the record with it. */
static size_t put_signed(struct tsig_series *series, struct tsig_record *record, uint8_t *message,
                         size_t length, struct err *err)
{
    uint8_t mac[TSIG_MAC_MAX];
    if (!cover_message(series, message, length, record->id, octets_u16(message + 10), err) ||
        !cover_variables(series, record, err) || !finish_mac(series, mac, err) ||
        !keep_mac(series, mac, record->mac_length, err))
        return 0;
    record->mac = mac;
    return put_record(record, message, length);
}

size_t tsig_sign(struct tsig_series *series, uint8_t *message, size_t length, uint64_t now,
                 struct err *err)
{
    const struct tsig_key *key = series->key;
    struct tsig_record record = {
        .name_length = key->name_length,
        .algorithm_length = key->algorithm->wire_length,
        .time = now,
        .fudge = TSIG_FUDGE,
        .mac_length = key->mac_length,
        .id = octets_u16(message),
        .other = message,
    };
    memcpy(record.name, key->name, key->name_length);
    memcpy(record.algorithm, key->algorithm->wire, key->algorithm->wire_length);
    series->asked = now;
    return begin_mac(series, err) ? put_signed(series, &record, message, length, err) : 0;
}

const char *tsig_error_name(unsigned error)
{
    switch (error) {
    case TSIG_BADSIG:
        return "BADSIG";
    case TSIG_BADKEY:
        return "BADKEY";
    case TSIG_BADTIME:
        return "BADTIME";
    case TSIG_BADTRUNC:
        return "BADTRUNC";
    default:
        return NULL;
    }
}

/* ---- Verifying ----------------------------------------------------------------------------- */

/* "the server's clock is 1000 s ahead of this one" */
static const char *skew_words(char words[64], int64_t skew)
{
    uint64_t seconds = skew < 0 ? 0 - (uint64_t)skew : (uint64_t)skew;
    if (seconds == 0)
        return "its clock shows the same as this one";
    snprintf(words, 64, "the server's clock is %" PRIu64 " s %s this one", seconds,
             skew < 0 ? "behind" : "ahead of");
    return words;
}

/* The server says that the query is not good. */
static bool peer_error(const struct tsig_series *series, const struct tsig_record *record,
                       struct err *err)
{
    const struct tsig_key *key = series->key;
    const char *doubt = record->mac_length == 0 ? " (unsigned)" : "";
    struct name_string name;
    char words[64] = "the clocks differ";
    switch (record->error) {
    case TSIG_BADSIG:
        return err_set(err, ERR_TSIG_BADSIG,
                       "the server answered BADSIG%s: key %.255s has another secret there", doubt,
                       name_string(&name, key->name));
    case TSIG_BADKEY:
        return err_set(err, ERR_TSIG_BADKEY,
                       "the server answered BADKEY%s: it does not know key %.255s with %s%s", doubt,
                       name_string(&name, key->name), key->algorithm->name,
                       key->algorithm_assumed ? ", which is taken where no algorithm is named; an "
                                                "old key may need hmac-md5: before its name"
                                              : "");
    case TSIG_BADTIME: /* RFC 8945 section 5.2.3: the other data is the server's time */
        if (record->other_length == 6)
            skew_words(words, (int64_t)octets_u48(record->other) - (int64_t)series->asked);
        return err_set(err, ERR_TSIG_BADTIME, "the server answered BADTIME%s: %s", doubt, words);
    case TSIG_BADTRUNC:
        return err_set(
            err, ERR_TSIG_BADTRUNC,
            "the server answered BADTRUNC%s: a signature of %u octets is too short for it", doubt,
            key->mac_length);
    default:
        return err_set(err, ERR_TSIG_ERROR, "the server answered TSIG error %u%s", record->error,
                       doubt);
    }
}

static bool is_key_name(const struct tsig_key *key, const struct tsig_record *record)
{
    return name_equal(record->name, record->name_length, key->name, key->name_length);
}

static bool is_algorithm(const struct tsig_key *key, const struct tsig_record *record)
{
    const struct tsig_algorithm *algorithm = key->algorithm;
    return name_equal(record->algorithm, record->algorithm_length, (const uint8_t *)algorithm->wire,
                      algorithm->wire_length);
}

static bool check_names(const struct tsig_key *key, const struct tsig_record *record,
                        struct err *err)
{
    struct name_string other;
    if (!is_key_name(key, record))
        return err_set(err, ERR_TSIG_KEY, "signed with another key than the query: %.255s",
                       name_string(&other, record->name));
    if (!is_algorithm(key, record))
        return err_set(err, ERR_TSIG_KEY, "signed with another algorithm than the query: %.255s",
                       name_string(&other, record->algorithm));
    return true;
}

/* RFC 8945 section 5.2.2.1. */
static bool check_mac_length(const struct tsig_algorithm *algorithm, unsigned length,
                             struct err *err)
{
    unsigned least = algorithm->output / 2u > MAC_LEAST ? algorithm->output / 2u : MAC_LEAST;
    return (length >= least && length <= algorithm->mac) ||
           err_set(err, ERR_TSIG_FORM, "TSIG record: a MAC of %u octets; %s has %u to %u", length,
                   algorithm->name, least, algorithm->mac);
}

static bool check_mac(struct tsig_series *series, const struct msg *msg,
                      const struct tsig_record *record, struct err *err)
{
    uint8_t mac[TSIG_MAC_MAX];
    if (!cover_message(series, msg->octets, msg->tsig_at, record->id, msg->additionals - 1u, err) ||
        !(series->answered ? cover_timers : cover_variables)(series, record, err) ||
        !finish_mac(series, mac, err))
        return false;
    bool same = CRYPTO_memcmp(mac, record->mac, record->mac_length) == 0;
    OPENSSL_cleanse(mac, sizeof mac); /* the right MAC of a message that somebody forged */
    if (same)
        return true;
    if (series->covered == 0)
        return err_set(err, ERR_TSIG_MAC, "the signature is wrong");
    return err_set(err, ERR_TSIG_MAC, "the signature, which is also for the %u before it, is wrong",
                   series->covered);
}

/* RFC 8945 section 5.2.3; times have 48 bits, so that no difference overflows. */
static bool check_time(const struct tsig_record *record, uint64_t now, struct err *err)
{
    int64_t skew = (int64_t)record->time - (int64_t)now;
    char words[64];
    return (skew <= record->fudge && skew >= -(int64_t)record->fudge) ||
           err_set(err, ERR_TSIG_TIME, "signed at another time: %s, more than %u s",
                   skew_words(words, skew), record->fudge);
}

static bool check_policy(const struct tsig_key *key, const struct tsig_record *record,
                         struct err *err)
{
    return record->mac_length >= key->mac_length ||
           err_set(err, ERR_TSIG_SHORT,
                   "a signature of %u octets, where the key asks for %u or more",
                   record->mac_length, key->mac_length);
}

bool tsig_verify(struct tsig_series *series, const struct msg *msg, uint64_t now, struct err *err)
{
    struct tsig_record record;
    const struct tsig_key *key = series->key;
    const char *why = tsig_read(&record, msg);
    if (why != NULL)
        return err_set(err, ERR_TSIG_FORM, "TSIG record: %s", why);
    if (record.mac_length == 0 && record.error != 0) /* proves nothing, but there is nothing else */
        return peer_error(series, &record, err);
    if (!check_names(key, &record, err) ||
        !check_mac_length(key->algorithm, record.mac_length, err) ||
        !check_mac(series, msg, &record, err))
        return false;
    if (!check_policy(key, &record, err) || !check_time(&record, now, err))
        return false;
    if (record.error != 0)
        return peer_error(series, &record, err);
    series->answered = true;
    return keep_mac(series, record.mac, record.mac_length, err);
}

/* ---- A request that was received ----------------------------------------------------------- */

bool tsig_is_key(const struct tsig_key *key, const struct tsig_record *record)
{
    return is_key_name(key, record) && is_algorithm(key, record);
}

bool tsig_verify_request(struct tsig_series *series, const struct msg *msg,
                         const struct tsig_record *record, uint64_t now, struct err *err)
{
    return check_mac_length(series->key->algorithm, record->mac_length, err) &&
           begin_mac(series, err) && check_mac(series, msg, record, err) &&
           keep_mac(series, record->mac, record->mac_length, err) && check_time(record, now, err) &&
           check_policy(series->key, record, err);
}

size_t tsig_reply(struct tsig_series *series, const struct tsig_record *request,
                  enum tsig_error error, uint8_t *message, size_t length, uint64_t now,
                  struct err *err)
{
    uint8_t clock[6];
    struct tsig_record record = *request;
    put_u48(clock, now);
    record.id = octets_u16(message);
    record.error = (uint16_t)error;
    record.other = clock;
    record.other_length = 0;
    if (error == TSIG_BADTIME) { /* RFC 8945 section 5.2.3: else its answer would be BADTIME, too */
        record.other_length = sizeof clock;
    } else {
        record.time = now;
        record.fudge = TSIG_FUDGE;
    }
    if (series == NULL) {
        record.mac_length = 0;
        return put_record(&record, message, length);
    }
    if (record.mac_length < series->key->mac_length)
        record.mac_length = series->key->mac_length;
    return put_signed(series, &record, message, length, err);
}
