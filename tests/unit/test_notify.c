/* xfer/notify: what becomes of a request, by itself and by its signature, and the reply to it.
 * Messages without a signature are written by hand. Signatures, and the MACs of the replies, were
 * made by dnspython 2.3 (dns.tsig.sign, for the key of key_of below at NOW). With --answer it
 * answers the requests on standard input, for notify_judge.py. */
#include "xfer/notify.h"

#include "dns/types.h"

#include "tap.h"
#include "wire.h"

#include <openssl/crypto.h>

enum { NOW = 1700000000 };

/* The name of the key of all vectors; their secret is 00 to 1f. */
static const char key_name[] = "xfr-key.example.";

static struct tsig_key key_of(const char *algorithm, unsigned mac_length, unsigned first)
{
    struct tsig_key key = {.algorithm = tsig_algorithm_find(algorithm, strlen(algorithm))};
    if (key.algorithm == NULL || name_parse(key_name, key.name, &key.name_length) != NULL)
        abort();
    key.mac_length = (uint8_t)(mac_length > 0 ? mac_length : key.algorithm->mac);
    for (key.secret_length = 0; key.secret_length < 32; key.secret_length++)
        key.secret[key.secret_length] = (uint8_t)(key.secret_length + first);
    return key;
}

static struct wire request, expected;

/* A name as text, escaped; "-" for none. */
static const char *words(const uint8_t *name, size_t length)
{
    static struct name_string string;
    return length > 0 ? name_string(&string, name) : "-";
}

/* ---- Without a signature ------------------------------------------------------------------- */

#define EXAMPLE "07 6578616d706c65 00"
#define QUESTION EXAMPLE " 0006 0001"
#define NUMBERS " 00000e10 00000258 00015180 0000012c"
#define SOA_AT "0006 0001 0000012c 0021 026e73c00c 0561646d696ec00c "
#define SOA "c00c " SOA_AT "000007e8" NUMBERS
#define OPT "00 0029 04d0 00 00 0000 0000"
#define TSIG_FIXED "6553f100 012c 0000 1234 0000 0000"
#define TSIG_NAMES "01 6b 00 00fa 00ff 00000000 001d 0b 686d61632d736861323536 00 0000"

static const struct row {
    const char *what, *request;
    const char *zone;  /* NULL: not given */
    int64_t serial;    /* -1: none */
    const char *reply; /* "": none is sent */
} rows[] = {
    {"no octet", "", NULL, -1, ""},
    {"less than a header", "1234 2400 0001 0000 0000 00", NULL, -1, ""},
    {"a response", "1234 a400 0001 0000 0000 0000" QUESTION, NULL, -1, ""},
    {"a response that is broken", "1234 8000 0001 0000 0000 0000", NULL, -1, ""},

    {"a header of zeros is a QUERY", "0000 0000 0000 0000 0000 0000", NULL, -1,
     "0000 8005 0000 0000 0000 0000"},
    {"QUERY, with RD", "1234 0100 0001 0000 0000 0000" QUESTION, NULL, -1,
     "1234 8105 0001 0000 0000 0000" QUESTION},
    {"QUERY that is broken", "1234 0000 0001 0007 0000 0000" QUESTION "ffff", NULL, -1,
     "1234 8005 0001 0000 0000 0000" QUESTION},
    {"QUERY with EDNS", "1234 0000 0001 0000 0000 0001" QUESTION OPT, NULL, -1,
     "1234 8005 0001 0000 0000 0001" QUESTION OPT},
    {"QUERY with EDNS version 1",
     "1234 0000 0001 0000 0000 0001" QUESTION "00 0029 04d0 00 01 0000 0000", NULL, -1,
     "1234 8005 0001 0000 0000 0001" QUESTION OPT},
    {"UPDATE", "1234 2800 0001 0000 0000 0000" QUESTION, NULL, -1,
     "1234 a804 0001 0000 0000 0000" QUESTION},
    {"opcode 15 without a question", "1234 7800 0000 0000 0000 0000", NULL, -1,
     "1234 f804 0000 0000 0000 0000"},

    {"NOTIFY", "1234 2400 0001 0000 0000 0000" QUESTION, "example.", -1,
     "1234 a400 0001 0000 0000 0000" QUESTION},
    {"without AA", "1234 2000 0001 0000 0000 0000" QUESTION, "example.", -1,
     "1234 a400 0001 0000 0000 0000" QUESTION},
    {"all other bits, TC among them", "1234 27ff 0001 0000 0000 0000" QUESTION, "example.", -1,
     "1234 a500 0001 0000 0000 0000" QUESTION},
    {"the root", "1234 2400 0001 0000 0000 0000 00 0006 0001", ".", -1,
     "1234 a400 0001 0000 0000 0000 00 0006 0001"},
    {"upper case is copied", "1234 2400 0001 0000 0000 0000 03 41c45a 00 0006 0001", "a\\196z.", -1,
     "1234 a400 0001 0000 0000 0000 03 41c45a 00 0006 0001"},
    {"EDNS", "1234 2400 0001 0000 0000 0001" QUESTION OPT, "example.", -1,
     "1234 a400 0001 0000 0000 0001" QUESTION OPT},
    {"EDNS with options and DO",
     "1234 2400 0001 0000 0000 0001" QUESTION "00 0029 1000 00 00 8000 0010"
     "0003 0000 000a 0008 0102030405060708",
     "example.", -1, "1234 a400 0001 0000 0000 0001" QUESTION OPT},
    {"records elsewhere are passed over",
     "1234 2400 0001 0000 0001 0001" QUESTION SOA "00 0001 0001 00000000 0004 c0000201", "example.",
     -1, "1234 a400 0001 0000 0000 0000" QUESTION},
    {"SIG(0) is no signature here",
     "1234 2400 0001 0000 0000 0001" QUESTION "00 0018 00ff 00000000 0000", "example.", -1,
     "1234 a400 0001 0000 0000 0000" QUESTION},

    {"a serial", "1234 2400 0001 0001 0000 0000" QUESTION SOA, "example.", 2024,
     "1234 a400 0001 0000 0000 0000" QUESTION},
    {"a serial of 2^32 - 1",
     "1234 2400 0001 0001 0000 0000" QUESTION "c00c " SOA_AT "ffffffff" NUMBERS, "example.",
     4294967295, "1234 a400 0001 0000 0000 0000" QUESTION},
    {"an owner in another letter case",
     "1234 2400 0001 0001 0000 0000" QUESTION "07 4558416d706c65 00" SOA_AT "00000000" NUMBERS,
     "example.", 0, "1234 a400 0001 0000 0000 0000" QUESTION},
    {"behind other records",
     "1234 2400 0001 0003 0000 0000" QUESTION "c00c 0001 0001 00000000 0004 c0000201"
     "01 61 c00c " SOA_AT "00000001" NUMBERS SOA,
     "example.", 2024, "1234 a400 0001 0000 0000 0000" QUESTION},
    {"a SOA of another name",
     "1234 2400 0001 0001 0000 0000" QUESTION "01 61 c00c " SOA_AT "00000001" NUMBERS, "example.",
     -1, "1234 a400 0001 0000 0000 0000" QUESTION},
    {"a SOA of another class",
     "1234 2400 0001 0001 0000 0000" QUESTION
     "c00c 0006 0003 0000012c 0021 026e73c00c 0561646d696ec00c 000007e8" NUMBERS,
     "example.", -1, "1234 a400 0001 0000 0000 0000" QUESTION},
    {"two SOAs", "1234 2400 0001 0002 0000 0000" QUESTION SOA SOA, "example.", -1,
     "1234 a400 0001 0000 0000 0000" QUESTION},
    {"a SOA without RDATA", "1234 2400 0001 0001 0000 0000" QUESTION "c00c 0006 0001 0000012c 0000",
     "example.", -1, "1234 a400 0001 0000 0000 0000" QUESTION},
    {"a SOA that is an octet too short",
     "1234 2400 0001 0001 0000 0000" QUESTION "c00c 0006 0001 00000000 0015 00 00 000007e8"
     "00000000 00000000 00000000 000000",
     "example.", -1, "1234 a400 0001 0000 0000 0000" QUESTION},
    {"a SOA that is an octet too long",
     "1234 2400 0001 0001 0000 0000" QUESTION "c00c 0006 0001 00000000 0017 00 00 000007e8"
     "00000000 00000000 00000000 00000000 00",
     "example.", -1, "1234 a400 0001 0000 0000 0000" QUESTION},
    {"a SOA of which a name points to itself",
     "1234 2400 0001 0001 0000 0000" QUESTION "c00c 0006 0001 00000000 0017 c025 00 000007e8"
     "00000000 00000000 00000000 00000000",
     "example.", -1, "1234 a400 0001 0000 0000 0000" QUESTION},
    {"an owner in the answer that points to itself",
     "1234 2400 0001 0001 0000 0000" QUESTION "c019 " SOA_AT "00000001" NUMBERS, "example.", -1,
     "1234 a400 0001 0000 0000 0000" QUESTION},

    {"BADVERS", "1234 2400 0001 0000 0000 0001" QUESTION "00 0029 04d0 00 01 0000 0000", NULL, -1,
     "1234 a000 0001 0000 0000 0001" QUESTION "00 0029 04d0 01 00 0000 0000"},
    {"BADVERS goes before options that are broken",
     "1234 2400 0001 0000 0000 0001" QUESTION "00 0029 04d0 00 ff 0000 0001 00", NULL, -1,
     "1234 a000 0001 0000 0000 0001" QUESTION "00 0029 04d0 01 00 0000 0000"},
    {"BADVERS goes before the question",
     "1234 2400 0000 0000 0000 0001"
     "00 0029 04d0 00 02 0000 0000",
     NULL, -1, "1234 a000 0000 0000 0000 0001 00 0029 04d0 01 00 0000 0000"},
    {"options that are broken",
     "1234 2400 0001 0000 0000 0001" QUESTION "00 0029 04d0 00 00 0000 0001 00", NULL, -1,
     "1234 a001 0001 0000 0000 0001" QUESTION OPT},
    {"two OPT records", "1234 2400 0001 0000 0000 0002" QUESTION OPT OPT, NULL, -1,
     "1234 a001 0001 0000 0000 0001" QUESTION OPT},
    {"an OPT record with an owner",
     "1234 2400 0001 0000 0000 0001" QUESTION "01 61 00 0029 04d0 00 00 0000 0000", NULL, -1,
     "1234 a001 0001 0000 0000 0000" QUESTION},

    {"no question", "1234 2400 0000 0000 0000 0000", NULL, -1, "1234 a001 0000 0000 0000 0000"},
    {"two questions", "1234 2400 0002 0000 0000 0000" QUESTION QUESTION, NULL, -1,
     "1234 a001 0001 0000 0000 0000" QUESTION},
    {"65535 questions", "1234 2400 ffff 0000 0000 0000" QUESTION, NULL, -1,
     "1234 a001 0001 0000 0000 0000" QUESTION},
    {"a question for another type", "1234 2400 0001 0000 0000 0000" EXAMPLE "0001 0001", NULL, -1,
     "1234 a001 0001 0000 0000 0000" EXAMPLE "0001 0001"},
    {"a question that is cut", "1234 2400 0001 0000 0000 0000" EXAMPLE "0006 00", NULL, -1,
     "1234 a001 0000 0000 0000 0000"},
    {"a question of which the name is cut", "1234 2400 0001 0000 0000 0000 07 6578", NULL, -1,
     "1234 a001 0000 0000 0000 0000"},
    {"a name that is a pointer to itself", "1234 2400 0001 0000 0000 0000 c00c 0006 0001", NULL, -1,
     "1234 a001 0000 0000 0000 0000"},
    {"a name that leads into the header", "1234 2400 0001 0000 0000 0000 01 61 c000 0006 0001",
     NULL, -1, "1234 a001 0000 0000 0000 0000"},
    {"octets after the end", "1234 2400 0001 0000 0000 0000" QUESTION "00", NULL, -1,
     "1234 a001 0001 0000 0000 0000" QUESTION},
    {"an answer that is not there", "1234 2400 0001 0001 0000 0000" QUESTION, NULL, -1,
     "1234 a001 0001 0000 0000 0000" QUESTION},
    {"an answer that is cut", "1234 2400 0001 0001 0000 0000" QUESTION "c00c " SOA_AT "000007",
     NULL, -1, "1234 a001 0001 0000 0000 0000" QUESTION},

    {"TSIG before another record",
     "1234 2400 0001 0000 0000 0002" QUESTION TSIG_NAMES TSIG_FIXED OPT, NULL, -1,
     "1234 a001 0001 0000 0000 0000" QUESTION},
    {"TSIG in the answer section", "1234 2400 0001 0001 0000 0000" QUESTION TSIG_NAMES TSIG_FIXED,
     NULL, -1, "1234 a001 0001 0000 0000 0000" QUESTION},
    {"TSIG of class IN",
     "1234 2400 0001 0000 0000 0001" QUESTION "01 6b 00 00fa 0001 00000000 0011 00 0000" TSIG_FIXED,
     NULL, -1, "1234 a001 0001 0000 0000 0000" QUESTION},
    {"TSIG that is too short",
     "1234 2400 0001 0000 0000 0002" QUESTION OPT "01 6b 00 00fa 00ff 00000000 0010 00 0000"
     "6553f100 012c 0000 1234 0000 00",
     NULL, -1, "1234 a001 0001 0000 0000 0001" QUESTION OPT},
    {"TSIG that is broken, on a QUERY",
     "1234 0000 0001 0000 0000 0001" QUESTION "01 6b 00 00fa 00ff 00000000 0000", NULL, -1,
     "1234 8005 0001 0000 0000 0000" QUESTION},
};

static void check_row(const struct row *row)
{
    struct notify notify;
    uint8_t reply[NOTIFY_REPLY_MAX];
    request.n = expected.n = 0;
    wire_hex(&request, row->request);
    wire_hex(&expected, row->reply);
    uint8_t *exact = wire_exact(request.octets, request.n);
    bool answered = notify_read(&notify, exact, request.n);
    ok(answered == (expected.n > 0), "%s: whether it is answered", row->what);
    if (answered) {
        bool is_good = notify.rcode == RCODE_NOERROR;
        ok(!notify.is_signed, "... unsigned");
        is_str(is_good ? words(notify.zone, notify.zone_length) : NULL, row->zone, "... zone");
        ok(!is_good || notify.class == CLASS_IN, "... class");
        is_int(is_good && notify.has_serial ? (int64_t)notify.serial : -1, row->serial,
               "... serial");
        size_t n = notify_reply(&notify, notify.rcode, NOW, reply);
        is_mem(reply, n, expected.octets, expected.n, "... reply");
        ok(n <= request.n, "... not longer than the request");
    }
    notify_fini(&notify);
    free(exact);
}

static void unsigned_requests(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(&rows[i]);
}

/* The longest name, another class, and what the caller's own judgement makes of the reply. */
static void judged(void)
{
    struct notify notify;
    uint8_t reply[NOTIFY_REPLY_MAX];
    request.n = 0;
    wire_header(&request, 7, 0x2400, 1, 0, 0, 0);
    for (unsigned i = 0; i < 127; i++)
        wire_hex(&request, "01 41");
    wire_hex(&request, "00 0006 0003");
    ok(notify_read(&notify, request.octets, request.n) && notify.rcode == RCODE_NOERROR,
       "a name of 255 octets");
    is_int(notify.class, 3, "... of class CH");
    is_int(notify.zone_length, 255, "... the length");
    ok(memcmp(notify.zone, "\1a\1a", 4) == 0, "... in lower case");
    for (unsigned rcode = 0; rcode < 16; rcode++) {
        is_int((int64_t)notify_reply(&notify, rcode, NOW, reply), (int64_t)request.n,
               "... RCODE %u: the length", rcode);
        wire_set_u16(&request, 2, 0xa000 | (rcode == 0 ? 0x0400 : rcode));
        is_mem(reply, request.n, request.octets, request.n, "... AA only with NOERROR");
    }
    notify_fini(&notify);
}

/* ---- With a signature ---------------------------------------------------------------------- */

#define SIGNED                                                                                     \
    "1234 2400 0001 0001 0000 0002" QUESTION SOA OPT "077866722d6b6579" EXAMPLE "00fa 00ff"        \
    "00000000"
#define ALGORITHM "0b 686d61632d736861323536 00 0000"
#define TIMES "6553f100 012c"
#define MAC_HALF "a718d31f89cff483fc5d25e7c5e202cd"
#define MAC MAC_HALF "c668651bdce24aac19c75888b0bd12df"
#define QUERY_MAC "bd2361e1534d721b861d96170ecd8bc0c88630b24c9dfe5e7557032de4951e12"
#define END "1234 0000 0000"
#define REPLY(bits)                                                                                \
    "1234" bits "0001 0000 0000 0002" QUESTION OPT "077866722d6b6579" EXAMPLE "00fa 00ff 00000000"

/* As dnspython has signed it, which compresses the key's name. */
static const char by_dnspython[] =
    "123424000001000100000002076578616d706c650000060001c00c000600010000012c0021026e73c00c"
    "0561646d696ec00c000007e800000e1000000258000151800000012c00002904d0000000000000077866"
    "722d6b6579c00c00fa00ff00000000003d0b686d61632d7368613235360000006553f100012c0020a718"
    "d31f89cff483fc5d25e7c5e202cdc668651bdce24aac19c75888b0bd12df123400000000";
static const char whole[] = SIGNED "003d" ALGORITHM TIMES "0020" MAC END;
static const char capitals[] =
    "1234 2400 0001 0001 0000 0002" QUESTION SOA OPT "075846522d4b6559 07 4558414d504c45 00"
    "00fa 00ff 00000000 003d" ALGORITHM TIMES "0020" MAC END;
static const char half[] = SIGNED "002d" ALGORITHM TIMES "0010" MAC_HALF END;
static const char shorter[] =
    SIGNED "002c" ALGORITHM TIMES "000f a718d31f89cff483fc5d25e7c5e202" END;
static const char longer[] = SIGNED "003e" ALGORITHM TIMES "0021" MAC "00" END;
static const char empty[] = SIGNED "001d" ALGORITHM TIMES "0000" END;
/* What forwards a request may change its ID: the MAC covers the first one. */
static const char forwarded[] =
    "5678 2400 0001 0001 0000 0002" QUESTION SOA OPT "077866722d6b6579" EXAMPLE
    "00fa 00ff 00000000 003d" ALGORITHM TIMES "0020" MAC END;
static const char query[] = "1234 0100 0001 0000 0000 0001" QUESTION "07 7866722d6b6579" EXAMPLE
                            "00fa 00ff 00000000 003d" ALGORITHM TIMES "0020" QUERY_MAC END;

static const char reply_good[] =
    REPLY("a400") "003d" ALGORITHM TIMES
                  "0020 28f683d991bca6b21e4fdf89a588bad6af02501c43fb1dc69cb065a7d41bcd3a" END;
static const char reply_notauth[] =
    REPLY("a009") "003d" ALGORITHM TIMES
                  "0020 853e524c48d8e900469afea527e788c608afa2a30078116adf61e22fc2b27202" END;
static const char reply_forwarded[] =
    "5678 a400 0001 0000 0000 0002" QUESTION OPT "077866722d6b6579" EXAMPLE
    "00fa 00ff 00000000 003d" ALGORITHM TIMES
    "0020 93c90338dbfd1a3ad1ba9235f13925ee378ab04a750d420c05cdc6a67416cd9e"
    "5678 0000 0000";
/* At NOW + 301. */
static const char reply_badtime[] =
    REPLY("a009") "0043" ALGORITHM TIMES
                  "0020 933f66defb987f2db008eedc812200d89bb1cf5078fec1d6b9267e979db533ea"
                  "1234 0012 0006 00006553f22d";
/* To `half`: the MAC covers that of the request as it was sent. */
static const char reply_badtrunc[] = REPLY(
    "a009") "003d" ALGORITHM TIMES
            "0020 686c0646344bf4285f5ed1ffa9695c19fc75ec790d6791cd020f65760b914f72 1234 0016 0000";
static const char reply_half[] =
    REPLY("a400") "002d" ALGORITHM TIMES "0010 9393b54dbd6d00a11aff69790b68fbc4" END;
static const char reply_query[] =
    "1234 8105 0001 0000 0000 0001" QUESTION "07 7866722d6b6579" EXAMPLE
    "00fa 00ff 00000000 003d" ALGORITHM TIMES
    "0020 350e8e1c570c15a731aa205a02bfbce32ab8483be51ba6e7d8bae1febd21d3c1" END;
/* Without a MAC, by hand. */
static const char reply_badkey[] = REPLY("a009") "001d" ALGORITHM TIMES "0000 1234 0011 0000";
static const char reply_badsig[] = REPLY("a009") "001d" ALGORITHM TIMES "0000 1234 0010 0000";
static const char reply_formerr[] = "1234 a001 0001 0000 0000 0001" QUESTION OPT;
static const char reply_query_badkey[] =
    "1234 8105 0001 0000 0000 0001" QUESTION "07 7866722d6b6579" EXAMPLE
    "00fa 00ff 00000000 001d" ALGORITHM TIMES "0000 1234 0011 0000";

/* The keys by letters. */
enum { KEYS_MAX = 5 };
static struct tsig_key keys[KEYS_MAX];
static const char letters[] = "rhwon";

static void make_keys(void)
{
    keys[0] = key_of("hmac-sha256", 0, 0);  /* right */
    keys[1] = key_of("hmac-sha256", 16, 0); /* right, and content with half of the MAC */
    keys[2] = key_of("hmac-sha256", 0, 1);  /* of another secret */
    keys[3] = key_of("hmac-sha512", 0, 0);  /* of another algorithm */
    keys[4] = key_of("hmac-sha256", 0, 0);  /* of another name */
    if (name_parse("another.", keys[4].name, &keys[4].name_length) != NULL)
        abort();
}

static const struct tsig_key *key_at(char letter)
{
    const char *at = strchr(letters, letter);
    return at != NULL ? &keys[at - letters] : NULL;
}

static const struct signed_row {
    const char *what, *request, *keys;
    int now;         /* after NOW */
    unsigned judged; /* the RCODE of the reply, where nothing speaks against the request */
    char key;        /* that verifies it, or 0 */
    enum err_kind kind;
    unsigned rcode;
    const char *text;  /* of the error */
    const char *reply; /* NULL: not looked at */
} signed_rows[] = {
    {"as dnspython writes it", by_dnspython, "r", 0, 0, 'r', ERR_NONE, 0, "", reply_good},
    {"without compression", whole, "r", 0, 0, 'r', ERR_NONE, 0, "", reply_good},
    {"of a zone that is not here", whole, "r", 0, 9, 'r', ERR_NONE, 0, "", reply_notauth},
    {"with another ID on its way", forwarded, "r", 0, 0, 'r', ERR_NONE, 0, "", reply_forwarded},
    {"the key's name in another letter case", capitals, "r", 0, 0, 'r', ERR_NONE, 0, "",
     reply_good},
    {"the last of three keys", whole, "owr", 0, 0, 'r', ERR_NONE, 0, "", reply_good},
    {"the first of three keys", whole, "rwo", 0, 0, 'r', ERR_NONE, 0, "", reply_good},
    {"a key that half of it were enough for", whole, "h", 0, 0, 'h', ERR_NONE, 0, "", reply_good},

    {"no key", whole, "", 0, 0, 0, ERR_TSIG_KEY, 9,
     "there is no key xfr-key.example. with hmac-sha256.", reply_badkey},
    {"no key of that algorithm or name", whole, "on", 0, 0, 0, ERR_TSIG_KEY, 9,
     "there is no key xfr-key.example. with hmac-sha256.", reply_badkey},
    {"another secret", whole, "w", 0, 0, 0, ERR_TSIG_MAC, 9, "the signature is wrong",
     reply_badsig},
    {"another secret and another algorithm", whole, "ow", 0, 0, 0, ERR_TSIG_MAC, 9,
     "the signature is wrong", reply_badsig},

    {"the last second", whole, "r", 300, 9, 'r', ERR_NONE, 0, "", NULL},
    {"the first second", whole, "r", -300, 9, 'r', ERR_NONE, 0, "", NULL},
    {"too late", whole, "r", 301, 0, 0, ERR_TSIG_TIME, 9,
     "signed at another time: the server's clock is 301 s behind this one, more than 300 s",
     reply_badtime},
    {"too early", whole, "r", -301, 0, 0, ERR_TSIG_TIME, 9,
     "signed at another time: the server's clock is 301 s ahead of this one, more than 300 s",
     NULL},
    {"too late, and another key that is wrong", whole, "wrwo", 301, 0, 0, ERR_TSIG_TIME, 9,
     "signed at another time: the server's clock is 301 s behind this one, more than 300 s",
     reply_badtime},
    {"a wrong MAC goes before a wrong time", whole, "w", 301, 0, 0, ERR_TSIG_MAC, 9,
     "the signature is wrong", NULL},

    {"half of the MAC", half, "h", 0, 0, 'h', ERR_NONE, 0, "", reply_half},
    {"... is too short", half, "r", 0, 0, 0, ERR_TSIG_SHORT, 9,
     "a signature of 16 octets, where the key asks for 32 or more", reply_badtrunc},
    {"... but for another key", half, "rh", 0, 0, 'h', ERR_NONE, 0, "", reply_half},
    {"... and too late, which comes first", half, "r", 301, 0, 0, ERR_TSIG_TIME, 9,
     "signed at another time: the server's clock is 301 s behind this one, more than 300 s", NULL},
    {"less than half", shorter, "h", 0, 0, 0, ERR_TSIG_FORM, 1,
     "TSIG record: a MAC of 15 octets; hmac-sha256 has 16 to 32", reply_formerr},
    {"more than there is", longer, "r", 0, 0, 0, ERR_TSIG_FORM, 1,
     "TSIG record: a MAC of 33 octets; hmac-sha256 has 16 to 32", reply_formerr},
    {"no MAC", empty, "r", 0, 0, 0, ERR_TSIG_FORM, 1,
     "TSIG record: a MAC of 0 octets; hmac-sha256 has 16 to 32", reply_formerr},
    {"no MAC, no key", empty, "", 0, 0, 0, ERR_TSIG_KEY, 9,
     "there is no key xfr-key.example. with hmac-sha256.", reply_badkey},

    {"a QUERY", query, "r", 0, 0, 'r', ERR_NONE, 5, "", reply_query},
    {"a QUERY, no key", query, "", 0, 0, 0, ERR_TSIG_KEY, 5,
     "there is no key xfr-key.example. with hmac-sha256.", reply_query_badkey},
};

static void read_hex(struct wire *to, const char *hex)
{
    to->n = 0;
    wire_hex(to, hex);
}

/* Reads and verifies what is in `request`, with the keys of these letters. */
static bool take(struct notify *notify, const char *which, uint64_t now, struct err *err)
{
    const struct tsig_key *candidates[KEYS_MAX];
    size_t count = 0;
    for (; which[count] != '\0'; count++)
        candidates[count] = key_at(which[count]);
    *err = (struct err){.kind = ERR_NONE};
    return notify_read(notify, request.octets, request.n) && notify->is_signed &&
           notify_verify(notify, candidates, count, now, err);
}

static void check_signed_row(const struct signed_row *row)
{
    struct notify notify;
    struct err err;
    uint8_t reply[NOTIFY_REPLY_MAX];
    uint64_t now = (uint64_t)(NOW + row->now);
    read_hex(&request, row->request);
    ok(take(&notify, row->keys, now, &err) == (row->kind == ERR_NONE), "%s", row->what);
    ok(notify.is_signed, "... signed");
    is_str(words(notify.tsig.name, notify.tsig.name_length), key_name, "... the key's name");
    ok(notify.key == (row->key != 0 ? key_at(row->key) : NULL), "... the key that verified it");
    is_str(err_slug(err.kind), err_slug(row->kind), "... the error");
    is_str(err.text, row->text, "... in words");
    is_int(notify.rcode, row->rcode, "... RCODE");
    size_t n = notify_reply(&notify, notify.rcode != 0 ? notify.rcode : row->judged, now, reply);
    if (row->reply != NULL) {
        read_hex(&expected, row->reply);
        is_mem(reply, n, expected.octets, expected.n, "... the reply");
    }
    ok(notify.key != NULL || err.kind == ERR_TSIG_TIME || err.kind == ERR_TSIG_SHORT ||
           n <= request.n,
       "... is not longer than the request of somebody unknown");
    notify_fini(&notify);
}

/* Every bit of a signed request that is changed makes it one that nobody has signed, but for those
 * that a signature does not cover: the ID, and the letter case of the two names of the record. */
static void flips(void)
{
    const unsigned free_bits = 16 + 13 + 7;
    unsigned verified = 0, longest = 0;
    read_hex(&request, whole);
    for (size_t bit = 0; bit < request.n * 8; bit++) {
        struct notify notify;
        struct err err;
        struct msg msg;
        uint8_t reply[NOTIFY_REPLY_MAX];
        request.octets[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (take(&notify, "r", NOW, &err) && notify.rcode == RCODE_NOERROR)
            verified++;
        else if (notify.msg.id != 0 && (notify.msg.bits & MSG_QR) == 0) {
            struct err odd = {.kind = ERR_NONE};
            size_t n = notify_reply(&notify, notify.rcode, NOW, reply);
            if (!msg_parse(&msg, reply, n, &odd))
                ok(false, "bit %zu: the reply: %s", bit, odd.text);
            longest = n > longest ? (unsigned)n : longest;
        }
        notify_fini(&notify);
        request.octets[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    is_int(verified, free_bits, "how many bits of a signed request may change");
    ok(longest <= request.n, "no reply is longer than it (%u)", longest);
}

/* The names of the record are compressed by so much that a reply without compression, to whoever
 * has sent it, would be longer: it goes without a record. */
static void compressed_names(void)
{
    struct notify notify;
    struct err err;
    uint8_t reply[NOTIFY_REPLY_MAX];
    request.n = 0;
    wire_header(&request, 7, 0x2400, 1, 0, 0, 2);
    for (unsigned i = 0; i < 127; i++)
        wire_hex(&request, "01 61");
    wire_hex(&request, "00 0006 0001" OPT "c00c 00fa 00ff 00000000 0012 c00c 0000 " TIMES
                       "0000 0007 0000 0000");
    ok(!take(&notify, "r", NOW, &err) && notify.is_signed, "names that are compressed");
    is_int(notify.tsig.algorithm_length, 255, "... are read");
    size_t n = notify_reply(&notify, notify.rcode, NOW, reply);
    expected.n = 0;
    wire_mem(&expected, request.octets, request.n - 30);
    wire_set_u16(&expected, 2, 0xa009);
    wire_set_u16(&expected, 10, 1);
    is_mem(reply, n, expected.octets, expected.n, "... and not copied");
    notify_fini(&notify);
}

/* ---- Memory -------------------------------------------------------------------------------- */

static size_t allocations = SIZE_MAX; /* until one fails */
static bool has_failed;

static bool fails(void)
{
    if (allocations-- != 0)
        return false;
    has_failed = true;
    return true;
}

static void *failing(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return fails() ? NULL : malloc(size);
}

static void *failing_again(void *old, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return fails() ? NULL : realloc(old, size);
}

static void released(void *octets, const char *file, int line)
{
    (void)file;
    (void)line;
    free(octets);
}

/* Whether what came of the request is right, where an allocation may have failed: a NOTIFY is good
 * only with its signature, and then the reply has one, or there is none. OpenSSL does not always
 * say that memory was lacking. */
static bool is_told(const struct notify *notify, const struct err *err, const uint8_t *reply,
                    size_t length)
{
    if (notify->key != NULL)
        return notify->rcode == RCODE_NOERROR &&
               (length == 0 ||
                (length == expected.n && memcmp(reply, expected.octets, length) == 0));
    if (err->kind == ERR_MEMORY)
        return notify->rcode == RCODE_SERVFAIL && length > 0;
    return err->kind == ERR_TSIG_ALGORITHM && notify->rcode == RCODE_NOTAUTH;
}

/* Each allocation of OpenSSL fails in turn. */
static void memory(void)
{
    unsigned untold = 0, refused = 0, silent = 0;
    size_t n = 0;
    read_hex(&request, whole);
    read_hex(&expected, reply_good);
    for (has_failed = true; has_failed && n < 1000; n++) {
        struct notify notify;
        struct err err;
        uint8_t reply[NOTIFY_REPLY_MAX];
        allocations = n;
        has_failed = false;
        take(&notify, "r", NOW, &err);
        size_t length = notify_reply(&notify, notify.rcode, NOW, reply);
        allocations = SIZE_MAX;
        untold += !is_told(&notify, &err, reply, length);
        refused += err.kind == ERR_MEMORY;
        silent += length == 0;
        notify_fini(&notify);
    }
    ok(!has_failed, "each of %zu allocations fails in turn", n - 1);
    is_int(untold, 0, "... which makes no request good, and no reply wrong");
    ok(refused > 0 && silent > 0, "... %u are told before the reply, %u leave none", refused,
       silent);
}

/* ---- For notify_judge.py ------------------------------------------------------------------- */

enum { LINE = 140000, RING = 64 };

static void print_reply(struct notify *notify, unsigned judged, uint64_t now)
{
    uint8_t reply[NOTIFY_REPLY_MAX];
    size_t n = notify_reply(notify, notify->rcode != 0 ? notify->rcode : judged, now, reply);
    for (size_t i = 0; i < n; i++)
        printf("%02x", reply[i]);
    putchar('\n');
    fflush(stdout);
}

/* RCODE, error, key, zone, class, serial, reply; or "nothing". */
static void answer_request(const struct tsig_key *ring, size_t count, uint64_t now, unsigned judged)
{
    struct notify notify;
    struct err err = {.kind = ERR_NONE};
    const struct tsig_key *candidates[RING];
    size_t matching = 0;
    uint8_t *exact = wire_exact(request.octets, request.n);
    if (!notify_read(&notify, exact, request.n)) {
        puts("nothing");
    } else {
        for (size_t i = 0; i < count; i++)
            if (name_equal(ring[i].name, ring[i].name_length, notify.tsig.name,
                           notify.tsig.name_length))
                candidates[matching++] = &ring[i];
        if (notify.is_signed)
            notify_verify(&notify, candidates, matching, now, &err);
        printf("%u %s %td ", notify.rcode, err.kind != ERR_NONE ? err_slug(err.kind) : "-",
               notify.key != NULL ? notify.key - ring : -1);
        printf("%s %u ", words(notify.zone, notify.rcode == 0 ? notify.zone_length : 0),
               notify.class);
        printf(notify.has_serial ? "%" PRIu32 " " : "- ", notify.serial);
        print_reply(&notify, judged, now);
    }
    fflush(stdout);
    notify_fini(&notify);
    free(exact);
}

/* "keys" forgets all, "key NAME ALGORITHM LENGTH SECRET" adds one, "NOW RCODE REQUEST" asks. */
static int answer(void)
{
    static struct tsig_key ring[RING];
    static char line[LINE], name[LINE], algorithm[LINE], hex[LINE];
    size_t count = 0;
    uint64_t now;
    unsigned length, judged;
    while (fgets(line, sizeof line, stdin) != NULL) {
        if (strcmp(line, "keys\n") == 0) {
            count = 0;
        } else if (sscanf(line, "key %s %s %u %s", name, algorithm, &length, hex) == 4) {
            struct tsig_key *key = &ring[count++ % RING];
            *key = key_of(algorithm, length, 0);
            read_hex(&request, hex);
            memcpy(key->secret, request.octets, key->secret_length = request.n);
            if (name_parse(name, key->name, &key->name_length) != NULL)
                return 1;
            name_lower(key->name, key->name_length);
        } else if (sscanf(line, "%" SCNu64 " %u %s", &now, &judged, hex) == 3) {
            read_hex(&request, hex);
            answer_request(ring, count, now, judged);
        } else {
            return 1;
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (CRYPTO_set_mem_functions(failing, failing_again, released) != 1)
        return 1;
    make_keys();
    if (argc > 1 && strcmp(argv[1], "--answer") == 0)
        return answer();
    unsigned_requests();
    judged();
    for (size_t i = 0; i < sizeof signed_rows / sizeof *signed_rows; i++)
        check_signed_row(&signed_rows[i]);
    flips();
    compressed_names();
    memory();
    return tap_end();
}
