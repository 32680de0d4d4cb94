/* A signed transfer. Two octets of options and chunking, then messages, each behind an octet that
 * says what is done with it and two of length: the target signs where it is told to, rightly or
 * not, because no fuzzer guesses a MAC. Nothing may leave the exchange that a second, plain check
 * with HMAC() does not cover; and the chunks must make no difference. */
#include "fuzz.h"

#include "dns/types.h"
#include "xfer/exchange.h"
#include "xfer/frame.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <string.h>

enum { ID = 0x5a78, NOW = 1700000000, STREAM_MAX = 400000, MESSAGES_MAX = 512 };

static const uint8_t apex[] = {7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0};
static const uint8_t key_name[] = {3, 'k', 'e', 'y', 0};
static const uint8_t algorithm_name[] = {11,  'h', 'm', 'a', 'c', '-', 's',
                                         'h', 'a', '2', '5', '6', 0};
static const char secret[] = "a secret that is none";

/* ---- A second opinion ---------------------------------------------------------------------- */

/* What is hashed so far, and the MAC before it. */
struct chain {
    uint8_t *octets;
    size_t n;
    bool answered;
};

static void chain_add(struct chain *chain, const void *octets, size_t n)
{
    MUST(chain->n + n <= 2 * STREAM_MAX);
    memcpy(chain->octets + chain->n, octets, n);
    chain->n += n;
}

static void chain_restart(struct chain *chain, const uint8_t *mac, size_t n)
{
    uint8_t head[2] = {0, (uint8_t)n};
    chain->n = 0;
    chain_add(chain, head, 2);
    chain_add(chain, mac, n);
}

static void chain_mac(const struct chain *chain, uint8_t mac[32])
{
    unsigned length = 32;
    MUST(HMAC(EVP_sha256(), secret, sizeof secret - 1, chain->octets, chain->n, mac, &length) !=
         NULL);
}

static void chain_message(struct chain *chain, const uint8_t *octets, size_t n, const uint8_t *id,
                          unsigned additionals)
{
    uint8_t count[2] = {(uint8_t)(additionals >> 8), (uint8_t)additionals};
    chain_add(chain, id, 2);
    chain_add(chain, octets + 2, 8);
    chain_add(chain, count, 2);
    chain_add(chain, octets + 12, n - 12);
}

/* What a first answer has, or the timers alone. `fields` are the record's from the time on, without
 * the MAC: time 6, fudge 2, error 2, other length 2, other data. */
static void chain_variables(struct chain *chain, const uint8_t *fields, size_t n)
{
    static const uint8_t class_ttl[] = {0, 255, 0, 0, 0, 0};
    if (!chain->answered) {
        chain_add(chain, key_name, sizeof key_name);
        chain_add(chain, class_ttl, sizeof class_ttl);
        chain_add(chain, algorithm_name, sizeof algorithm_name);
    }
    chain_add(chain, fields, chain->answered ? 8 : n);
}

/* Passes over a name as it stands in a message that msg_parse takes. */
static size_t pass_name(const uint8_t *octets, size_t at)
{
    while (octets[at] != 0 && octets[at] < 0xc0)
        at += octets[at] + 1u;
    return at + (octets[at] == 0 ? 1 : 2);
}

static size_t u16(const uint8_t *p)
{
    return (size_t)p[0] << 8 | p[1];
}

/* Where the last record begins, if it is a TSIG record; 0: it is none. */
static size_t find_record(const uint8_t *octets)
{
    size_t at = 12, last = 0;
    unsigned long records = u16(octets + 6) + u16(octets + 8) + u16(octets + 10);
    for (unsigned long i = u16(octets + 4); i > 0; i--)
        at = pass_name(octets, at) + 4;
    for (; records > 0; records--) {
        last = at;
        at = pass_name(octets, at);
        at += 10 + u16(octets + at + 8);
    }
    if (u16(octets + 10) == 0 || u16(octets + pass_name(octets, last)) != TYPE_TSIG)
        return 0;
    return last;
}

/* Whether the message closes a run with a right signature; `octets` is well formed. */
static bool is_right(struct chain *chain, const uint8_t *octets, size_t n)
{
    static uint8_t fields[12 + 65535]; /* large */
    uint8_t mac[32];
    size_t record = find_record(octets);
    if (record == 0) {
        chain_add(chain, octets, n);
        return false;
    }
    size_t at = pass_name(octets, pass_name(octets, record) + 10);
    size_t mac_length = u16(octets + at + 8);
    const uint8_t *sent = octets + at + 10, *behind = sent + mac_length;
    if (mac_length != sizeof mac || behind + 6 > octets + n)
        return false;
    size_t other = u16(behind + 4);
    if (behind + 6 + other != octets + n)
        return false;
    memcpy(fields, octets + at, 8);
    memcpy(fields + 8, behind + 2, 4 + other);
    chain_message(chain, octets, record, behind, (unsigned)u16(octets + 10) - 1);
    chain_variables(chain, fields, 12 + other);
    chain_mac(chain, mac);
    uint64_t time = (uint64_t)u16(fields) << 32 | (uint64_t)u16(fields + 2) << 16 | u16(fields + 4);
    uint64_t apart = time > NOW ? time - NOW : NOW - time;
    chain->answered = true;
    chain_restart(chain, sent, mac_length);
    return memcmp(mac, sent, sizeof mac) == 0 && apart <= u16(fields + 6) && u16(fields + 8) == 0;
}

/* ---- Making the stream --------------------------------------------------------------------- */

enum how {
    HOW_RAW,    /* as it is, unsigned or with whatever record it has */
    HOW_SIGN,   /* with a right signature */
    HOW_WRONG,  /* with one octet of the record changed */
    HOW_SHORT,  /* with a part of the MAC */
    HOW_TIMES,  /* with another time */
    HOW_ERROR,  /* with an error */
    HOW_ALWAYS, /* as the first of a series */
    HOW_REPEAT, /* the message before once more */
    HOWS
};

static struct stream {
    uint8_t octets[STREAM_MAX];
    size_t n;
    size_t last, last_length; /* the last message */
} stream;

static bool put(const void *octets, size_t n)
{
    if (STREAM_MAX - stream.n < n)
        return false;
    if (n > 0)
        memcpy(stream.octets + stream.n, octets, n);
    stream.n += n;
    return true;
}

/* Signs what is last in the stream, `octet` says how. */
static void sign(struct chain *chain, enum how how, uint8_t octet)
{
    uint8_t *message = stream.octets + stream.last;
    uint8_t fields[18], record[128], mac[32];
    size_t n = stream.last_length, fields_length = 12, mac_length = sizeof mac;
    unsigned additionals = n >= 12 ? (unsigned)u16(message + 10) : 0xffff;
    if (additionals == 0xffff || STREAM_MAX - stream.n < sizeof record || n > 65535 - sizeof record)
        return;
    uint32_t time = NOW + (how == HOW_TIMES ? (uint32_t)octet * 5 - 640 : 0);
    memset(fields, 0, sizeof fields);
    for (int i = 0; i < 4; i++)
        fields[2 + i] = (uint8_t)(time >> (24 - 8 * i));
    fields[6] = 300 >> 8;
    fields[7] = 300 & 255;
    if (how == HOW_ERROR) {
        fields[9] = octet;
        fields[11] = 6;
        fields_length = 18;
    }
    bool answered = chain->answered;
    chain->answered = answered && how != HOW_ALWAYS;
    chain_message(chain, message, n, message, additionals);
    chain_variables(chain, fields, fields_length);
    chain_mac(chain, mac);
    chain->answered = true;
    if (how == HOW_SHORT)
        mac_length = octet % 33;
    chain_restart(chain, mac, mac_length);
    uint8_t *p = record;
    memcpy(p, key_name, sizeof key_name);
    p += sizeof key_name;
    memcpy(p, "\0\372\0\377\0\0\0\0\0", 9);
    p += 9;
    *p++ = (uint8_t)(sizeof algorithm_name + 8 + 2 + mac_length + 2 + fields_length - 8);
    memcpy(p, algorithm_name, sizeof algorithm_name);
    p += sizeof algorithm_name;
    memcpy(p, fields, 8);
    p += 8;
    *p++ = 0;
    *p++ = (uint8_t)mac_length;
    memcpy(p, mac, mac_length);
    p += mac_length;
    memcpy(p, message, 2);
    p += 2;
    memcpy(p, fields + 8, fields_length - 8);
    p += fields_length - 8;
    size_t length = (size_t)(p - record);
    if (how == HOW_WRONG)
        record[octet % length] ^= (uint8_t)(1 << octet % 8);
    message[10] = (uint8_t)((additionals + 1) >> 8);
    message[11] = (uint8_t)(additionals + 1);
    MUST(put(record, length));
    stream.last_length += length;
    stream.octets[stream.last - 2] = (uint8_t)(stream.last_length >> 8);
    stream.octets[stream.last - 1] = (uint8_t)stream.last_length;
}

static void add_message(struct chain *chain, enum how how, uint8_t octet, const uint8_t *octets,
                        size_t n)
{
    uint8_t head[2] = {(uint8_t)(n >> 8), (uint8_t)n};
    if (how == HOW_REPEAT && stream.last != 0) {
        size_t from = stream.last - 2, length = stream.last_length + 2;
        if (STREAM_MAX - stream.n >= length)
            put(stream.octets + from, length);
        return;
    }
    if (STREAM_MAX - stream.n < n + 2)
        return;
    put(head, 2);
    stream.last = stream.n;
    stream.last_length = n;
    put(octets, n);
    if (how != HOW_RAW && how != HOW_REPEAT)
        sign(chain, how, octet);
    else if (n > 0)
        chain_add(chain, octets, n);
}

static void make_stream(struct chain *chain, const uint8_t *data, size_t size)
{
    unsigned count = 0;
    stream.n = stream.last = stream.last_length = 0;
    while (size >= 4 && count++ < MESSAGES_MAX) {
        size_t n = u16(data + 2);
        enum how how = (enum how)(data[0] % HOWS);
        uint8_t octet = data[1];
        data += 4;
        size -= 4;
        if (n > size)
            n = size;
        /* Not to be hashed over and over where nothing is ever signed. */
        if (chain->n + n + 64 > STREAM_MAX)
            return;
        add_message(chain, how, octet, data, n);
        data += n;
        size -= n;
    }
}

/* ---- Running it ---------------------------------------------------------------------------- */

/* All that one run shows to the outside. */
struct result {
    struct err err;
    uint64_t pushed, given;
    bool ended;
    unsigned char sum[32]; /* of what came out */
};

struct run {
    const uint8_t *octets;
    size_t left;
    uint32_t random; /* 0: in one piece */
    struct exchange exchange;
    struct chain second;
    uint64_t covered; /* messages of which the second opinion knows a right signature */
    bool trusted;     /* so far */
    struct frame frame;
    EVP_MD_CTX *digest;
    struct result *result;
};

static bool read_more(struct run *run)
{
    size_t room;
    uint8_t *to = frame_room(&run->frame, &room);
    size_t n = run->left < room ? run->left : room;
    if (run->random != 0) {
        run->random = run->random * 1664525 + 1013904223;
        size_t most = (run->random >> 24) % 3 == 0 ? 1 : (run->random >> 16) % 700 + 1;
        n = n < most ? n : most;
    }
    memcpy(to, run->octets, n);
    run->octets += n;
    run->left -= n;
    frame_filled(&run->frame, n);
    return n > 0;
}

/* The second opinion on a message that was pushed. */
static void judge(struct run *run, const uint8_t *octets, size_t length)
{
    struct msg msg;
    struct err ignored = {.kind = ERR_NONE};
    if (!msg_parse(&msg, octets, length, &ignored))
        run->trusted = false;
    if (run->trusted && is_right(&run->second, octets, length))
        run->covered = run->result->pushed;
    else if (run->trusted && find_record(octets) != 0)
        run->trusted = false;
}

static void push(struct run *run, const uint8_t *octets, size_t length)
{
    struct result *result = run->result;
    struct msg msg;
    uint8_t *copy = malloc(length);
    MUST(copy != NULL);
    memcpy(copy, octets, length);
    result->pushed++;
    bool good = exchange_push(&run->exchange, copy, length, NOW, &result->err);
    MUST(good == (result->err.kind == ERR_NONE));
    judge(run, octets, length);
    while (exchange_next(&run->exchange, &msg)) {
        MUST(good);
        result->given++;
        MUST(result->given <= run->covered);
        MUST(EVP_DigestUpdate(run->digest, msg.octets, msg.length) == 1);
    }
    free(copy);
}

static void run_once(const struct tsig_key *key, uint32_t random, struct result *result)
{
    static struct notes notes;
    uint8_t query[MSG_QUERY_MAX + 2];
    memset(&notes, 0, sizeof notes);
    memset(result, 0, sizeof *result);
    struct run run = {.octets = stream.octets, .left = stream.n, .random = random, .trusted = true};
    run.result = result;
    run.exchange = (struct exchange){.question = {apex, sizeof apex, TYPE_AXFR, CLASS_IN, 0},
                                     .id = ID,
                                     .edns = MSG_EDNS_BARE,
                                     .key = key,
                                     .notes = &notes};
    run.digest = EVP_MD_CTX_new();
    run.second.octets = malloc(2 * STREAM_MAX);
    MUST(run.digest != NULL && run.second.octets != NULL && frame_init(&run.frame, &result->err));
    MUST(EVP_DigestInit(run.digest, EVP_sha256()) == 1);
    size_t n = exchange_query(&run.exchange, NOW, query, &result->err);
    MUST(n > 40);
    chain_restart(&run.second, query + n - 6 - 32, 32);
    const uint8_t *octets;
    size_t length;
    while (result->err.kind == ERR_NONE) {
        enum frame_event event = frame_next(&run.frame, &octets, &length, &result->err);
        if (event == FRAME_MESSAGE)
            push(&run, octets, length);
        else if (event == FRAME_MORE && !read_more(&run))
            break;
    }
    if (result->err.kind == ERR_NONE)
        result->ended = exchange_ended(&run.exchange, &result->err);
    for (const char *p = result->err.text; *p != '\0'; p++)
        MUST(*p >= ' ' && *p <= '~');
    MUST(EVP_DigestFinal(run.digest, result->sum, NULL) == 1);
    EVP_MD_CTX_free(run.digest);
    exchange_fini(&run.exchange);
    frame_fini(&run.frame);
    free(run.second.octets);
}

/* The MAC of the query, with which the first answer is chained. */
static void begin_chain(struct chain *chain, const struct tsig_key *key)
{
    uint8_t query[MSG_QUERY_MAX + 2];
    struct err err = {.kind = ERR_NONE};
    struct exchange exchange = {.question = {apex, sizeof apex, TYPE_AXFR, CLASS_IN, 0},
                                .id = ID,
                                .edns = MSG_EDNS_BARE,
                                .key = key};
    size_t n = exchange_query(&exchange, NOW, query, &err);
    exchange_fini(&exchange);
    chain_restart(chain, query + n - 6 - 32, 32);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct result whole, parts;
    if (size < 2 || size > 200000)
        return 0;
    struct tsig_key key = {
        .name_length = sizeof key_name,
        .mac_length = 32, /* the second opinion knows no truncation */
        .algorithm_assumed = data[0] % 2 == 0,
        .algorithm = tsig_algorithm_find("hmac-sha256", 11),
        .secret_length = sizeof secret - 1,
    };
    memcpy(key.name, key_name, sizeof key_name);
    memcpy(key.secret, secret, sizeof secret - 1);
    struct chain chain = {.octets = malloc(2 * STREAM_MAX)};
    MUST(chain.octets != NULL);
    begin_chain(&chain, &key);
    make_stream(&chain, data + 2, size - 2);
    free(chain.octets);
    run_once(&key, 0, &whole);
    run_once(&key, data[1] + 1u, &parts);
    MUST(whole.pushed == parts.pushed && whole.given == parts.given && whole.ended == parts.ended);
    MUST(memcmp(whole.sum, parts.sum, sizeof whole.sum) == 0);
    MUST(whole.err.kind == parts.err.kind && strcmp(whole.err.text, parts.err.text) == 0);
    return 0;
}
