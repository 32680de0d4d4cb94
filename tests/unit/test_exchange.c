/* xfer/exchange with a key: signed transfers that dnspython has made (tsig/streams.py), and every
 * way in which somebody could change them. Whatever happens, no message may come out that is not
 * one of theirs, in its place, with a signature behind it. */
#include "xfer/exchange.h"

#include "dns/types.h"

#include "tap.h"
#include "wire.h"

#include <ctype.h>

enum { ID = 0x1234, NOW = 1700000000, MESSAGES_MAX = 128, MESSAGE_ROOM = 512 };

static const uint8_t zone[] = {7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0};

struct message {
    bool is_signed;
    size_t n;
    uint8_t octets[MESSAGE_ROOM];
};

struct stream {
    char name[64];
    struct message query;
    unsigned count;
    struct message messages[MESSAGES_MAX];
};

/* ---- The streams --------------------------------------------------------------------------- */

static struct stream streams[64];
static unsigned stream_count;

static void read_message(struct message *message, const char *hex, bool is_signed)
{
    static struct wire wire;
    wire.n = 0;
    wire_hex(&wire, hex);
    if (wire.n > MESSAGE_ROOM)
        abort();
    message->is_signed = is_signed;
    message->n = wire.n;
    memcpy(message->octets, wire.octets, wire.n);
}

static bool read_streams(const char *path)
{
    static char line[4096], word[16], rest[4080];
    FILE *file = fopen(path, "r");
    struct stream *stream = NULL;
    if (file == NULL)
        return false;
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "%15s %4079s", word, rest) != 2)
            abort();
        if (strcmp(word, "stream") == 0) {
            stream = &streams[stream_count++];
            snprintf(stream->name, sizeof stream->name, "%.60s", rest);
        } else if (strcmp(word, "query") == 0) {
            read_message(&stream->query, rest, true);
        } else {
            read_message(&stream->messages[stream->count++], rest, strcmp(word, "signed") == 0);
        }
    }
    fclose(file);
    return stream_count > 0;
}

static const struct stream *find(const char *name)
{
    for (unsigned i = 0; i < stream_count; i++)
        if (strcmp(streams[i].name, name) == 0)
            return &streams[i];
    diag("no stream %s", name);
    abort();
}

static struct tsig_key key_of(const char *algorithm)
{
    struct tsig_key key = {.algorithm = tsig_algorithm_find(algorithm, strlen(algorithm))};
    if (key.algorithm == NULL || name_parse("xfr-key.example", key.name, &key.name_length) != NULL)
        abort();
    key.mac_length = key.algorithm->mac;
    for (key.secret_length = 0; key.secret_length < 32; key.secret_length++)
        key.secret[key.secret_length] = (uint8_t)key.secret_length;
    return key;
}

/* ---- Running one --------------------------------------------------------------------------- */

static struct run {
    struct err err;
    unsigned pushed, given;
    bool strange;   /* a message came out that is none of the stream's, or not in its place */
    bool too_early; /* or before a signature that covers it was pushed */
    bool ended;     /* exchange_ended had nothing to say */
    struct wire query;
} run;

static uint8_t lower(uint8_t octet)
{
    return octet >= 'A' && octet <= 'Z' ? octet | 0x20 : octet;
}

/* Whether a message is the one of the stream at that place; the letter case of the names in its
 * TSIG record does not count. */
static bool is_message(const struct msg *msg, const struct message *expected)
{
    if (msg->length != expected->n)
        return false;
    for (size_t i = 0; i < msg->length; i++) {
        uint8_t a = msg->octets[i], b = expected->octets[i];
        bool in_record = msg->tsig_at != 0 && i >= msg->tsig_at;
        if (in_record ? lower(a) != lower(b) : a != b)
            return false;
    }
    return true;
}

/* Takes what may be used. */
static void take(struct exchange *exchange, const struct stream *original, bool was_signed)
{
    struct msg msg;
    while (exchange_next(exchange, &msg)) {
        if (run.given >= original->count || !is_message(&msg, &original->messages[run.given]))
            run.strange = true;
        if (!was_signed)
            run.too_early = true;
        run.given++;
    }
}

/* Pushes the messages of `stream`; what comes out is compared with those of `original`. */
static void push_all(const struct stream *original, const struct stream *stream,
                     const struct tsig_key *key, bool is_ixfr)
{
    static struct notes notes;
    uint8_t out[MSG_QUERY_MAX + 2];
    struct exchange exchange = {
        .question = {zone, sizeof zone, is_ixfr ? 251 : TYPE_AXFR, CLASS_IN, 0},
        .id = ID,
        .edns = MSG_EDNS_NONE,
        .key = key,
        .notes = &notes,
    };
    memset(&run, 0, offsetof(struct run, query) + sizeof run.query.n);
    size_t n = exchange_query(&exchange, NOW, out, &run.err);
    wire_mem(&run.query, out, n);
    for (bool good = n > 0; good && run.pushed < stream->count;) {
        const struct message *message = &stream->messages[run.pushed++];
        uint8_t *copy = wire_exact(message->octets, message->n);
        good = exchange_push(&exchange, copy, message->n, NOW, &run.err);
        take(&exchange, original, message->is_signed);
        free(copy);
    }
    if (run.err.kind == ERR_NONE)
        run.ended = exchange_ended(&exchange, &run.err);
    exchange_fini(&exchange);
}

static struct tsig_key sha256;

static void push(const struct stream *original, const struct stream *stream)
{
    push_all(original, stream, &sha256, false);
}

static bool complete(const struct stream *stream)
{
    return run.err.kind == ERR_NONE && run.given == stream->count && !run.strange && !run.too_early;
}

/* ---- Good streams -------------------------------------------------------------------------- */

/* dnspython writes hmac-md5 in capitals. */
static void is_query(const struct stream *stream)
{
    static struct message ours, theirs;
    ours.n = run.query.n - 2;
    theirs = stream->query;
    for (size_t i = 0; i < ours.n && i < MESSAGE_ROOM; i++) {
        ours.octets[i] = lower(run.query.octets[i + 2]);
        theirs.octets[i] = lower(theirs.octets[i]);
    }
    is_mem(ours.octets, ours.n, theirs.octets, theirs.n, "%s: the query is as dnspython signs it",
           stream->name);
}

static void good(const char *name, const char *algorithm, bool is_ixfr)
{
    const struct stream *stream = find(name);
    struct tsig_key key = key_of(algorithm);
    push_all(stream, stream, &key, is_ixfr);
    is_query(stream);
    ok(complete(stream), "... complete (%s)", run.err.text);
    is_int(run.given, stream->count, "... messages");
}

static void good_streams(void)
{
    static const char *const names[] = {"three",  "unsigned-middle", "one",       "again",
                                        "run-99", "upper-case",      "compressed"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        good(names[i], "hmac-sha256", false);
    good("ixfr-unsigned-soa", "hmac-sha256", true);
    for (size_t i = 0; tsig_algorithm_row(i) != NULL; i++)
        good(tsig_algorithm_row(i)->name, tsig_algorithm_row(i)->name, false);
}

/* ---- Bad streams --------------------------------------------------------------------------- */

static struct stream changed;

/* Of the changed stream `given` messages come out, then the error in message `number`. */
static void refused(const struct stream *original, enum err_kind kind, unsigned number,
                    unsigned given, const char *what)
{
    char start[32];
    snprintf(start, sizeof start, "message %u: ", number);
    push(original, &changed);
    is_str(err_slug(run.err.kind), err_slug(kind), "%s: what it is (%s)", what, run.err.text);
    ok(strncmp(run.err.text, start, strlen(start)) == 0, "... in message %u", number);
    is_int(run.given, given, "... after so many messages that could be used");
    ok(!run.strange && !run.too_early, "... which are what they shall be");
}

static void drop(unsigned at)
{
    changed.count--;
    memmove(&changed.messages[at], &changed.messages[at + 1],
            (changed.count - at) * sizeof *changed.messages);
}

static void insert(unsigned at, const struct message *message)
{
    memmove(&changed.messages[at + 1], &changed.messages[at],
            (changed.count - at) * sizeof *changed.messages);
    changed.messages[at] = *message;
    changed.count++;
}

/* Takes the signature off; the record is the last. */
static void strip(struct message *message)
{
    struct msg msg;
    struct err err = {.kind = ERR_NONE};
    if (!msg_parse(&msg, message->octets, message->n, &err) || msg.tsig_at == 0)
        abort();
    message->n = msg.tsig_at;
    message->octets[11]--;
    message->is_signed = false;
}

static void signatures_missing(void)
{
    const struct stream *three = find("three");
    changed = *three;
    strip(&changed.messages[0]);
    refused(three, ERR_TSIG_FIRST, 1, 0, "the first message without its signature");
    changed = *three;
    strip(&changed.messages[1]);
    refused(three, ERR_TSIG_MAC, 3, 1, "the middle one without its signature");
    changed = *three;
    strip(&changed.messages[2]);
    refused(three, ERR_TSIG_LAST, 3, 2, "the last one without its signature");
    ok(strstr(run.err.text, "it is the last") != NULL, "... at once (%s)", run.err.text);
    changed = *find("unsigned-middle");
    strip(&changed.messages[2]);
    refused(find("unsigned-middle"), ERR_TSIG_LAST, 3, 1, "the last of a run without it");

    const struct stream *run_100 = find("run-100");
    changed = *run_100;
    refused(run_100, ERR_TSIG_RUN, 101, 1, "100 unsigned messages");
    const struct stream *run_99 = find("run-99");
    changed = *run_99;
    drop(50);
    refused(run_99, ERR_TSIG_MAC, 100, 1, "one of 99 unsigned messages dropped");
}

static void order(void)
{
    const struct stream *three = find("three"), *held = find("again");
    changed = *three;
    drop(0);
    refused(three, ERR_TSIG_MAC, 1, 0, "the first message dropped");
    changed = *three;
    drop(1);
    refused(three, ERR_TSIG_MAC, 2, 1, "the middle one dropped");
    changed = *three;
    changed.messages[0] = three->messages[1];
    changed.messages[1] = three->messages[0];
    refused(three, ERR_TSIG_MAC, 1, 0, "the first two swapped");
    changed = *three;
    changed.messages[1] = three->messages[2];
    changed.messages[2] = three->messages[1];
    refused(three, ERR_TSIG_MAC, 2, 1, "the last two swapped");
    for (unsigned i = 0; i < 3; i++) {
        changed = *three;
        insert(i, &three->messages[i]);
        refused(three, ERR_TSIG_MAC, i + 2, i + 1, "a message repeated");
    }
    changed = *held;
    changed.messages[3] = held->messages[4];
    changed.messages[4] = held->messages[3];
    refused(held, ERR_TSIG_MAC, 6, 3, "two unsigned messages swapped");
    changed = *held;
    insert(4, &held->messages[3]);
    refused(held, ERR_TSIG_MAC, 7, 3, "an unsigned message repeated");
    changed = *held;
    insert(2, &held->messages[3]);
    refused(held, ERR_TSIG_MAC, 4, 1, "an unsigned message moved forward");
    changed = *three;
    changed.messages[1] = find("unsigned-middle")->messages[2];
    refused(three, ERR_TSIG_MAC, 2, 1, "a signed message of another transfer");
}

/* The stream ends, or the server falls silent, after so many messages. */
static void cut_after(const char *name, unsigned count, enum err_kind kind, unsigned given,
                      bool is_ixfr)
{
    changed = *find(name);
    changed.count = count;
    push_all(find(name), &changed, &sha256, is_ixfr);
    is_str(err_slug(run.err.kind), err_slug(kind), "%s, cut after message %u (%s)", name, count,
           run.err.text);
    is_int(run.given, given, "... messages that could be used");
    ok(!run.strange && !run.too_early, "... which are what they shall be");
}

static void cuts(void)
{
    cut_after("three", 2, ERR_NONE, 2, false);
    cut_after("unsigned-middle", 2, ERR_NONE, 1, false);
    cut_after("again", 3, ERR_NONE, 3, false);
    cut_after("again", 5, ERR_NONE, 3, false);
    cut_after("ixfr-unsigned-soa", 2, ERR_TSIG_LAST, 1, true);
    cut_after("ixfr-unsigned-soa", 1, ERR_NONE, 1, true);

    const struct stream *middle = find("unsigned-middle");
    changed = *middle;
    changed.messages[1].octets[3] |= 2; /* SERVFAIL */
    refused(middle, ERR_TSIG_MAC, 3, 1,
            "an error RCODE that somebody put into an unsigned message");
    changed.count = 2;
    refused(middle, ERR_RCODE_SERVFAIL, 2, 1, "an unsigned error at the end");
    ok(strstr(run.err.text, "(unsigned; check the key too)") != NULL, "... says that (%s)",
       run.err.text);
    changed.messages[1].octets[0] ^= 1;
    push(middle, &changed);
    is_int(run.err.kind, ERR_NONE, "... but not with the ID of another query (%s)", run.err.text);
}

static void error_answers(void)
{
    const struct stream *three = find("three");
    for (uint8_t rcode = 1; rcode < 11; rcode++) {
        changed = *three;
        strip(&changed.messages[0]);
        changed.messages[0].octets[3] |= rcode;
        push(three, &changed);
        is_int(err_class(run.err.kind), ERR_CLASS_REFUSED, "an unsigned RCODE %u: %s", rcode,
               run.err.text);
        ok(strstr(run.err.text, "(unsigned; check the key too)") != NULL, "... says that");
        changed.messages[0].octets[1] ^= 1;
        push(three, &changed);
        is_int(run.err.kind, ERR_TSIG_FIRST, "... and counts for nothing with another ID");
    }
    changed = *three;
    push_all(three, &changed, NULL, false);
    is_int(run.err.kind, ERR_TSIG_UNEXPECTED, "a signed answer to an unsigned query");
    static const struct {
        const char *name;
        enum err_kind kind;
    } rows[] = {{"held-id", ERR_ID},
                {"held-rcode", ERR_RCODE_SERVFAIL},
                {"signed-rcode", ERR_RCODE_SERVFAIL}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        changed = *find(rows[i].name);
        refused(find(rows[i].name), rows[i].kind, 2, 1, rows[i].name);
        ok(strstr(run.err.text, "unsigned") == NULL, "... which is signed (%s)", run.err.text);
    }
    changed = *find("late");
    refused(find("late"), ERR_TSIG_TIME, 2, 1, "a message signed five minutes later");
}

static void truncated(void)
{
    struct tsig_key key = sha256;
    char name[32];
    for (unsigned n = 1; n <= 32; n++) {
        snprintf(name, sizeof name, "truncated-%u", n);
        changed = *find(name);
        if (n < 32)
            refused(&changed, n < 16 ? ERR_TSIG_FORM : ERR_TSIG_SHORT, 1, 0, name);
        else
            good(name, "hmac-sha256", false);
    }
    key.mac_length = 16; /* what BIND calls hmac-sha256-128 */
    for (unsigned n = 16; n <= 32; n += 2) {
        snprintf(name, sizeof name, "short-%u", n);
        const struct stream *stream = find(name);
        push_all(stream, stream, &key, false);
        is_mem(run.query.octets + 2, run.query.n - 2, stream->query.octets, stream->query.n,
               "a query with half of its MAC");
        ok(complete(stream), "... answered with %u octets (%s)", n, run.err.text);
    }
}

/* ---- Every octet --------------------------------------------------------------------------- */

/* Where a change of letter case does no harm: in the names of the record. */
static bool is_harmless(const struct message *message, size_t at, unsigned mask)
{
    struct msg msg;
    struct err err = {.kind = ERR_NONE};
    if (mask != 0x20 || !isalpha(message->octets[at]) || !message->is_signed ||
        !msg_parse(&msg, message->octets, message->n, &err) || at < msg.tsig_at)
        return false;
    size_t in_record = at - msg.tsig_at;
    size_t names = 17 + MSG_RECORD_FIXED; /* xfr-key.example., and what stands behind it */
    return in_record < 17 || (in_record >= names && in_record < names + 13);
}

static void flip_all(const char *name)
{
    const struct stream *stream = find(name);
    unsigned flips = 0, harmless = 0, taken = 0, wrong = 0;
    for (unsigned i = 0; i < stream->count; i++) {
        for (size_t at = 0; at < stream->messages[i].n; at++) {
            for (unsigned mask = 1; mask <= 256; mask <<= 1) {
                changed = *stream;
                changed.messages[i].octets[at] ^= (uint8_t)(mask == 256 ? 255 : mask);
                push(stream, &changed);
                enum err_class class = err_class(run.err.kind);
                bool no_harm = is_harmless(&stream->messages[i], at, mask);
                flips++;
                harmless += no_harm;
                taken += complete(stream);
                bool fits = no_harm ? complete(stream)
                                    : run.given <= i && !run.strange && !run.too_early &&
                                          (class == ERR_CLASS_AUTH || class == ERR_CLASS_PROTOCOL);
                if (!fits && wrong++ < 10)
                    diag("message %u, octet %zu, mask %u: given %u, %s", i + 1, at, mask, run.given,
                         run.err.text);
            }
        }
    }
    is_int(wrong, 0, "%s: each octet changed in 9 ways, %u changes", name, flips);
    ok(harmless > 0 && taken == harmless, "... of which %u, of letter case, do no harm", harmless);
}

/* ---- Padding ------------------------------------------------------------------------------- */

static void padding(void)
{
    for (unsigned i = 0; i < 8; i++) {
        static struct notes notes;
        uint8_t out[MSG_QUERY_MAX + 2];
        struct exchange exchange = {
            .question = {zone, sizeof zone, TYPE_AXFR, CLASS_IN, 0},
            .id = ID,
            .edns = i % 2 == 0 ? MSG_EDNS_BARE : MSG_EDNS_ASK,
            .pad = i < 4 ? 128 : 75,
            .key = i % 4 < 2 ? NULL : &sha256,
            .notes = &notes,
        };
        struct err err = {.kind = ERR_NONE};
        struct msg msg;
        size_t n = exchange_query(&exchange, NOW, out, &err);
        ok(n > 2 && (n - 2) % exchange.pad == 0, "a padded query has %zu octets", n - 2);
        ok(msg_parse(&msg, out + 2, n - 2, &err), "... and is a message (%s)", err.text);
        is_int(msg.additionals, exchange.key != NULL ? 2 : 1, "... with its records");
        size_t at = 12 + sizeof zone + 4 + 11 + (exchange.edns == MSG_EDNS_ASK ? 8 : 0);
        size_t end = msg.tsig_at != 0 ? msg.tsig_at : n - 2;
        is_int(out[2 + at] << 8 | out[3 + at], 12, "... the last option is the padding");
        is_int((int64_t)(out[4 + at] << 8 | out[5 + at]), (int64_t)(end - at - 4),
               "... to the end");
        for (at += 4; at < end && out[2 + at] == 0; at++)
            ;
        is_int((int64_t)at, (int64_t)end, "... of zeros");
        exchange_fini(&exchange);
    }
}

int main(int argc, char **argv)
{
    if (!ok(argc > 1 && read_streams(argv[1]), "the streams are there"))
        return tap_end();
    sha256 = key_of("hmac-sha256");
    good_streams();
    signatures_missing();
    order();
    cuts();
    error_answers();
    truncated();
    flip_all("three");
    flip_all("unsigned-middle");
    flip_all("again");
    padding();
    return tap_end();
}
