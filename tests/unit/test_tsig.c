/* xfer/tsig: the vectors of one signed transfer, of which HMAC and dnspython agree on the first
 * three, the form of the record, and every rule about names, lengths, times and errors. What is
 * expected is computed here with HMAC(), apart from src/. */
#include "xfer/tsig.h"

#include "tap.h"
#include "wire.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

enum { ID = 0x1234, NOW = 1700000000 };

static const char key_name[] = "xfr-key.example.";

static struct tsig_key key_of(const char *algorithm)
{
    struct tsig_key key = {.algorithm = tsig_algorithm_find(algorithm, strlen(algorithm))};
    if (key.algorithm == NULL || name_parse(key_name, key.name, &key.name_length) != NULL)
        abort();
    key.mac_length = key.algorithm->mac;
    for (key.secret_length = 0; key.secret_length < 32; key.secret_length++)
        key.secret[key.secret_length] = (uint8_t)key.secret_length;
    return key;
}

/* ---- The vectors --------------------------------------------------------------------------- */

static const char query_hex[] = "123400000001000000000000 076578616d706c6500 00fc0001";
static const char mac_query[] = "9e615626c6aaf426a05c3c607bc6edd7d9453ebb5cccab1bab264a8798399444";
static const char first_hex[] =
    "1234 8400 0001 0001 0000 0000 07 6578616d706c65 00 00fc 0001"
    "07 6578616d706c65 00 0006 0001 0000012c 002f 02 6e73 07 6578616d706c65 00 05 61646d696e"
    "07 6578616d706c65 00 00000001 00000e10 00000258 00015180 0000012c";
static const char mac_first[] = "b24ca5d14c82e1ecf382d9496b4e0eba69eaef5dadafd098351c693c805295dc";
static const char unsigned_hex[] =
    "1234 8400 0000 0001 0000 0000 07 6578616d706c65 00 0002 0001 0000012c"
    "000c 02 6e73 07 6578616d706c65 00";
static const char last_hex[] =
    "1234 8400 0000 0002 0000 0000 02 6e73 07 6578616d706c65 00 0001 0001 0000012c 0004 c0000201"
    "07 6578616d706c65 00 0006 0001 0000012c 002f 02 6e73 07 6578616d706c65 00 05 61646d696e"
    "07 6578616d706c65 00 00000001 00000e10 00000258 00015180 0000012c";
static const char mac_last[] = "2e6f93aad209f50bf3fa043eb8e741dccc13ba824aa55a446072f6f6ccb480fb";
static const char badtime_hex[] = "1234 8009 0001 0000 0000 0000 07 6578616d706c65 00 00fc 0001";
static const char mac_badtime[] =
    "724d079a55df48773deee6a4fbedc61d25dc731bdeecf0b355ec5137bb7aeee4";

/* How the record of an answer is written; what is 0 has its usual value. */
struct record {
    const char *name, *algorithm;
    uint64_t time;
    unsigned fudge, error;
    const char *mac_hex, *other_hex;
};

static void put_time(struct wire *w, uint64_t time)
{
    wire_u16(w, (unsigned)(time >> 32));
    wire_u32(w, (uint32_t)time);
}

/* The message with its record. */
static void put_signed(struct wire *w, const char *hex, const struct record *record)
{
    static struct wire mac, other;
    w->n = mac.n = other.n = 0;
    wire_hex(w, hex);
    wire_set_u16(w, 10, 1);
    wire_hex(&mac, record->mac_hex);
    wire_hex(&other, record->other_hex != NULL ? record->other_hex : "");
    size_t at = wire_rr(w, record->name != NULL ? record->name : key_name, 250, 255, 0);
    wire_name(w, record->algorithm != NULL ? record->algorithm : "hmac-sha256.");
    put_time(w, record->time);
    wire_u16(w, record->fudge != 0 ? record->fudge : 300);
    wire_u16(w, (unsigned)mac.n);
    wire_mem(w, mac.octets, mac.n);
    wire_u16(w, ID);
    wire_u16(w, record->error);
    wire_u16(w, (unsigned)other.n);
    wire_mem(w, other.octets, other.n);
    wire_rdata_end(w, at);
}

static struct err err;

static bool verify(struct tsig_series *series, const struct wire *w, uint64_t now)
{
    struct msg msg;
    uint8_t *copy = wire_exact(w->octets, w->n);
    err = (struct err){.kind = ERR_NONE};
    if (!msg_parse(&msg, copy, w->n, &err) || msg.tsig_at == 0) {
        diag("no message with a record: %s", err.text);
        abort();
    }
    bool good = tsig_verify(series, &msg, now, &err);
    free(copy);
    return good;
}

/* A series whose query was signed. */
static struct tsig_series *asked(const struct tsig_key *key, struct wire *query)
{
    err = (struct err){.kind = ERR_NONE};
    struct tsig_series *series = tsig_series_new(key, &err);
    if (series == NULL)
        abort();
    query->n = 0;
    wire_hex(query, query_hex);
    query->n = tsig_sign(series, query->octets, query->n, NOW, &err);
    return series;
}

static struct wire made, expected;

static void vectors(void)
{
    struct tsig_key key = key_of("hmac-sha256");
    struct tsig_series *series = asked(&key, &made);
    put_signed(&expected, query_hex, &(struct record){.time = NOW, .mac_hex = mac_query});
    is_int((int64_t)made.n, 113, "V1: the length of the query");
    is_mem(made.octets, made.n, expected.octets, expected.n, "V1: the query");
    is_int((int64_t)tsig_record_length(&key), (int64_t)made.n - 25, "V1: what a record adds");

    put_signed(&made, first_hex, &(struct record){.time = NOW + 1, .mac_hex = mac_first});
    ok(verify(series, &made, NOW + 1), "V2: the first answer (%s)", err.text);
    made.n = 0;
    wire_hex(&made, unsigned_hex);
    ok(tsig_cover(series, made.octets, made.n, &err), "V3: an unsigned message");
    put_signed(&made, last_hex, &(struct record){.time = NOW + 2, .mac_hex = mac_last});
    ok(verify(series, &made, NOW + 2), "V3: the last answer (%s)", err.text);
    tsig_series_free(series);

    series = asked(&key, &made);
    put_signed(&made, badtime_hex,
               &(struct record){
                   .time = NOW, .mac_hex = mac_badtime, .error = 18, .other_hex = "00006553f4e8"});
    ok(!verify(series, &made, NOW + 3), "V4: an answer with BADTIME");
    is_int(err.kind, ERR_TSIG_BADTIME, "V4: is told as that");
    is_str(err.text, "the server answered BADTIME: the server's clock is 1000 s ahead of this one",
           "V4: with the skew");
    tsig_series_free(series);
}

/* ---- Every algorithm ----------------------------------------------------------------------- */

/* The MAC of octets, computed apart. Returns its whole length. */
static unsigned hmac(const char *digest, const struct tsig_key *key, const struct wire *data,
                     uint8_t mac[64])
{
    unsigned length = 0;
    if (HMAC(EVP_get_digestbyname(digest), key->secret, (int)key->secret_length, data->octets,
             data->n, mac, &length) == NULL)
        abort();
    return length;
}

static void wire_to_hex(char *to, const uint8_t *octets, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sprintf(to + 2 * i, "%02x", octets[i]);
    to[2 * n] = '\0';
}

/* What goes into the MAC of a first answer. */
static void put_covered(struct wire *data, const uint8_t *before, size_t before_length,
                        const char *hex, const char *algorithm, const struct record *record)
{
    static struct wire other;
    data->n = other.n = 0;
    wire_u16(data, (unsigned)before_length);
    wire_mem(data, before, before_length);
    wire_hex(data, hex);
    wire_name(data, key_name);
    wire_u16(data, 255);
    wire_u32(data, 0);
    wire_name(data, algorithm);
    put_time(data, record->time);
    wire_u16(data, record->fudge != 0 ? record->fudge : 300);
    wire_u16(data, record->error);
    wire_hex(&other, record->other_hex != NULL ? record->other_hex : "");
    wire_u16(data, (unsigned)other.n);
    wire_mem(data, other.octets, other.n);
}

static struct wire covered;

/* Signs an answer, with the first `length` octets of the MAC. */
static void put_answer(struct wire *w, const struct tsig_key *key, const char *digest,
                       const char *algorithm, const struct wire *query, const char *hex,
                       struct record record, unsigned length)
{
    uint8_t mac[64] = {0};
    char mac_hex[2 * 80 + 1];
    /* The query's MAC stands before the ID, the error and the length of no other data. */
    size_t before = key->mac_length;
    put_covered(&covered, query->octets + query->n - 6 - before, before, hex, algorithm, &record);
    hmac(digest, key, &covered, mac);
    wire_to_hex(mac_hex, mac, length < 64 ? length : 64);
    for (unsigned i = 64; i < length; i++)
        strcat(mac_hex, "00");
    record.algorithm = record.algorithm != NULL ? record.algorithm : algorithm;
    record.mac_hex = mac_hex;
    put_signed(w, hex, &record);
}

static const struct {
    const char *name, *digest, *wire;
    unsigned output, least, most;
} algorithms[] = {
    {"hmac-md5", "MD5", "hmac-md5.sig-alg.reg.int.", 16, 10, 16},
    {"hmac-sha1", "SHA1", "hmac-sha1.", 20, 10, 20},
    {"hmac-sha224", "SHA224", "hmac-sha224.", 28, 14, 28},
    {"hmac-sha256", "SHA256", "hmac-sha256.", 32, 16, 32},
    {"hmac-sha384", "SHA384", "hmac-sha384.", 48, 24, 48},
    {"hmac-sha512", "SHA512", "hmac-sha512.", 64, 32, 64},
    {"hmac-sha256-128", "SHA256", "hmac-sha256-128.", 32, 16, 16},
    {"hmac-sha384-192", "SHA384", "hmac-sha384-192.", 48, 24, 24},
    {"hmac-sha512-256", "SHA512", "hmac-sha512-256.", 64, 32, 32},
};
enum { ALGORITHMS = sizeof algorithms / sizeof *algorithms };

static struct wire query;

/* Answers with a MAC of every length, to a key that asks for `wanted` octets. */
static void lengths(size_t row, unsigned wanted)
{
    struct tsig_key key = key_of(algorithms[row].name);
    unsigned right = 0;
    key.mac_length = (uint8_t)wanted;
    for (unsigned n = 0; n <= 70; n++) {
        struct tsig_series *series = asked(&key, &query);
        enum err_kind kind = n < algorithms[row].least || n > algorithms[row].most ? ERR_TSIG_FORM
                             : n < wanted                                          ? ERR_TSIG_SHORT
                                                                                   : ERR_NONE;
        put_answer(&made, &key, algorithms[row].digest, algorithms[row].wire, &query, first_hex,
                   (struct record){.time = NOW}, n);
        verify(series, &made, NOW);
        if (err.kind == kind)
            right++;
        else
            diag("MAC of %u octets: %s", n, err.text);
        tsig_series_free(series);
    }
    is_int(right, 71, "%s, key of %u octets: a MAC of every length", algorithms[row].name, wanted);
}

static void every_algorithm(void)
{
    for (size_t i = 0; i < ALGORITHMS; i++) {
        struct tsig_key key = key_of(algorithms[i].name);
        struct record record = {.time = NOW, .algorithm = algorithms[i].wire};
        uint8_t mac[64];
        char mac_hex[129];
        struct tsig_series *series = asked(&key, &query);
        tsig_series_free(series);
        put_covered(&covered, NULL, 0, query_hex, algorithms[i].wire, &record);
        memmove(covered.octets, covered.octets + 2, covered.n -= 2); /* no MAC before the query's */
        is_int(hmac(algorithms[i].digest, &key, &covered, mac), algorithms[i].output,
               "%s: the length of the hash", algorithms[i].name);
        wire_to_hex(mac_hex, mac, algorithms[i].most);
        record.mac_hex = mac_hex;
        put_signed(&expected, query_hex, &record);
        is_mem(query.octets, query.n, expected.octets, expected.n, "... the query");
        for (unsigned wanted = algorithms[i].least; wanted <= algorithms[i].most; wanted += 6)
            lengths(i, wanted);
        lengths(i, algorithms[i].most);
    }
}

/* ---- The rules ----------------------------------------------------------------------------- */

static void rule(struct record record, const char *hex, uint64_t now, enum err_kind kind,
                 const char *words, const char *what)
{
    struct tsig_key key = key_of("hmac-sha256");
    struct tsig_series *series = asked(&key, &query);
    if (record.mac_hex != NULL)
        put_signed(&made, hex, &record);
    else
        put_answer(&made, &key, "SHA256", "hmac-sha256.", &query, hex, record, 32);
    is_int(verify(series, &made, now), kind == ERR_NONE, "%s", what);
    is_str(err_slug(err.kind), err_slug(kind), "... as what it is");
    ok(strstr(err.text, words) != NULL, "... \"%s\" in \"%s\"", words, err.text);
    is_int(err_class(err.kind), kind == ERR_NONE ? ERR_CLASS_OK : ERR_CLASS_AUTH, "... class");
    tsig_series_free(series);
}

static void names(void)
{
    rule((struct record){.time = NOW, .name = "XFR-key.ExamplE.", .algorithm = "HMAC-sha256."},
         first_hex, NOW, ERR_NONE, "", "names in another letter case");
    rule((struct record){.time = NOW, .name = "xfr-key@12"}, first_hex, NOW, ERR_NONE, "",
         "a compressed key name");
    rule((struct record){.time = NOW, .name = "xfr-kez.example."}, first_hex, NOW, ERR_TSIG_KEY,
         "xfr-kez.example.", "another key name");
    rule((struct record){.time = NOW, .algorithm = "hmac-sha512."}, first_hex, NOW, ERR_TSIG_KEY,
         "hmac-sha512.", "another algorithm");
    rule((struct record){.time = NOW, .algorithm = "hmac-sha256-128."}, first_hex, NOW,
         ERR_TSIG_KEY, "hmac-sha256-128.", "the truncated algorithm of that hash");
    rule((struct record){.time = NOW, .name = "\033[31m."}, first_hex, NOW, ERR_TSIG_KEY,
         "\\027\\09131m.", "a key name that would colour the terminal");
    rule((struct record){.time = NOW, .mac_hex = mac_query}, first_hex, NOW, ERR_TSIG_MAC, "wrong",
         "the MAC of something else");
}

static void times(void)
{
    const struct {
        uint64_t time, now;
        unsigned fudge;
        const char *words; /* NULL: good */
    } rows[] = {
        {NOW, NOW + 300, 300, NULL},
        {NOW, NOW + 301, 300, "301 s behind this one, more than 300 s"},
        {NOW + 300, NOW, 300, NULL},
        {NOW + 301, NOW, 300, "301 s ahead of this one, more than 300 s"},
        {NOW + 2, NOW, 1, "2 s ahead of this one, more than 1 s"},
        {0, 300, 300, NULL},
        {0, 301, 300, "301 s behind"},
        {5, 0, 300, NULL},
        {301, 0, 300, "301 s ahead"},
        {UINT64_C(0xffffffffffff), UINT64_C(0xffffffffffff), 65535, NULL},
        {UINT64_C(0xffffffffffff), 0, 65535, "281474976710655 s ahead"},
        {0, UINT64_C(0xffffffffffff), 65535, "281474976710655 s behind"},
        {UINT64_C(0x100000000), UINT64_C(0xffffffff), 300, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        rule((struct record){.time = rows[i].time, .fudge = rows[i].fudge}, first_hex, rows[i].now,
             rows[i].words == NULL ? ERR_NONE : ERR_TSIG_TIME,
             rows[i].words == NULL ? "" : rows[i].words, "a time and a fudge");
    rule((struct record){.time = NOW - 5000, .mac_hex = mac_query}, first_hex, NOW, ERR_TSIG_MAC,
         "wrong", "a wrong MAC goes before a wrong time");
    rule((struct record){.time = NOW - 5000, .error = 22}, first_hex, NOW, ERR_TSIG_TIME,
         "5000 s behind", "a wrong time goes before an error");
}

static void errors(void)
{
    rule((struct record){.time = NOW, .error = 17, .mac_hex = ""}, badtime_hex, NOW,
         ERR_TSIG_BADKEY,
         "BADKEY (unsigned): it does not know key xfr-key.example. with hmac-sha256", "BADKEY");
    rule((struct record){.time = NOW, .error = 16, .mac_hex = ""}, badtime_hex, NOW,
         ERR_TSIG_BADSIG, "BADSIG (unsigned): key xfr-key.example.", "BADSIG");
    rule((struct record){.time = 0, .error = 16, .mac_hex = ""}, badtime_hex, NOW, ERR_TSIG_BADSIG,
         "BADSIG", "BADSIG without a time");
    rule((struct record){.time = NOW, .error = 18, .mac_hex = "", .other_hex = "00006553ed18"},
         badtime_hex, NOW, ERR_TSIG_BADTIME,
         "BADTIME (unsigned): the server's clock is 1000 s behind this one", "BADTIME, unsigned");
    rule((struct record){.time = NOW, .error = 18, .other_hex = "00"}, badtime_hex, NOW,
         ERR_TSIG_BADTIME, "BADTIME: the clocks differ", "BADTIME without a time");
    rule((struct record){.time = NOW, .error = 22}, badtime_hex, NOW, ERR_TSIG_BADTRUNC,
         "32 octets", "BADTRUNC");
    rule((struct record){.time = NOW, .error = 17}, badtime_hex, NOW, ERR_TSIG_BADKEY, "BADKEY: it",
         "BADKEY, signed");
    rule((struct record){.time = NOW, .error = 999}, badtime_hex, NOW, ERR_TSIG_ERROR, "error 999",
         "an error that nobody knows");
    rule((struct record){.time = NOW, .mac_hex = ""}, badtime_hex, NOW, ERR_TSIG_FORM, "0 octets",
         "no MAC and no error");

    struct tsig_key key = key_of("hmac-sha256");
    key.algorithm_assumed = true;
    struct tsig_series *series = asked(&key, &query);
    put_signed(&made, badtime_hex, &(struct record){.time = NOW, .error = 17, .mac_hex = ""});
    ok(!verify(series, &made, NOW) && strstr(err.text, "hmac-md5:") != NULL,
       "BADKEY where no algorithm was named speaks of hmac-md5: (%s)", err.text);
    tsig_series_free(series);
}

/* Every shorter and longer RDATA of a good record. */
static void forms(void)
{
    struct tsig_key key = key_of("hmac-sha256");
    struct tsig_series *series = asked(&key, &query);
    put_answer(&made, &key, "SHA256", "hmac-sha256.", &query, first_hex,
               (struct record){.time = NOW}, 32);
    size_t whole = 13 + 16 + 32, rdata_at = made.n - whole;
    unsigned refused = 0;
    for (size_t n = 0; n < whole; n++) {
        static struct wire cut;
        cut.n = 0;
        wire_mem(&cut, made.octets, rdata_at + n);
        wire_set_u16(&cut, rdata_at - 2, (unsigned)n);
        refused += !verify(series, &cut, NOW) && err.kind == ERR_TSIG_FORM;
    }
    is_int(refused, (int64_t)whole, "a record that is too short, at every length");
    for (unsigned more = 1; more <= 3; more++) {
        static struct wire longer;
        longer.n = 0;
        wire_mem(&longer, made.octets, made.n);
        wire_fill(&longer, 0, more);
        wire_set_u16(&longer, rdata_at - 2, (unsigned)whole + more);
        ok(!verify(series, &longer, NOW) && err.kind == ERR_TSIG_FORM, "too long by %u (%s)", more,
           err.text);
    }
    tsig_series_free(series);
}

static void secrets(void)
{
    for (size_t n = 1; n <= TSIG_SECRET_MAX; n = n < 140 ? n + 1 : n * 2) {
        struct tsig_key key = key_of("hmac-sha256");
        memset(key.secret, 0xa5, key.secret_length = n);
        struct tsig_series *series = asked(&key, &query);
        put_answer(&made, &key, "SHA256", "hmac-sha256.", &query, first_hex,
                   (struct record){.time = NOW}, 32);
        if (!verify(series, &made, NOW))
            ok(false, "a secret of %zu octets: %s", n, err.text);
        tsig_series_free(series);
    }
    ok(true, "secrets of many lengths");
}

static void table(void)
{
    static const char *const same[][2] = {
        {"hmac-sha256", "HMAC-SHA256."},
        {"hmac-md5", "hmac-md5.sig-alg.reg.int."},
        {"hmac-md5", "md5"},
        {"hmac-sha1", "sha1"},
        {"hmac-sha512-256", "sha512-256"},
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        ok(tsig_algorithm_find(same[i][0], strlen(same[i][0])) ==
               tsig_algorithm_find(same[i][1], strlen(same[i][1])),
           "%s is %s", same[i][1], same[i][0]);
    ok(tsig_algorithm_find("hmac-sha255", 11) == NULL, "hmac-sha255 is nothing");
    ok(tsig_algorithm_find("", 0) == NULL, "nor is nothing");
    ok(tsig_algorithm_row(ALGORITHMS - 1) != NULL && tsig_algorithm_row(ALGORITHMS) == NULL,
       "the table has as many rows as are tested here");
}

int main(void)
{
    vectors();
    every_algorithm();
    names();
    times();
    errors();
    forms();
    secrets();
    table();
    return tap_end();
}
