/* zone/zonefile: what is read from a text, however it comes in pieces, and what is wrong with it.
 */
#include "zone/zonefile.h"

#include "base/sum.h"
#include "dns/rdata.h"
#include "dns/types.h"

#include "tap.h"

enum { DUMP = 4 << 20, FILES = 8 };

/* The files that a test has; the first is read, the others can be included. */
struct virtual_file {
    const char *name, *text;
    size_t length; /* 0: that of the text */
};

struct open_file {
    const struct virtual_file *file;
    size_t at, chunk;
};

struct result {
    char dump[DUMP], error[8 * ERR_TEXT_MAX], notes[4096];
    enum err_kind kind;
    enum source_event event;
    size_t length;
    struct zonefile_facts facts;
    uint8_t apex[NAME_MAX_WIRE];
    char broken[ERR_TEXT_MAX];
    struct endline end;
    struct sum sum;
    unsigned lines;
};

static const struct virtual_file *files;
static bool guessed, incomplete_good; /* of the configuration */
static size_t chunk_size;
static unsigned open_count, fail_at; /* fail_at: the read with this number fails */
static unsigned reads;

static size_t file_length(const struct virtual_file *file)
{
    return file->length != 0 ? file->length : strlen(file->text);
}

static bool read_file(void *context, void *to, size_t room, size_t *got, struct err *err)
{
    struct open_file *open = context;
    size_t n = file_length(open->file) - open->at;
    if (++reads == fail_at)
        return err_set(err, ERR_INPUT, "reading: Input/output error");
    if (n > room)
        n = room;
    if (n > open->chunk)
        n = open->chunk;
    memcpy(to, open->file->text + open->at, n);
    open->at += n;
    *got = n;
    return true;
}

static void close_file(void *context)
{
    open_count--;
    free(context);
}

static bool open_file(void *context, const char *path, const char *from,
                      struct zonefile_input *input, struct err *err)
{
    const struct virtual_file *file = files;
    (void)context;
    (void)from;
    for (; file->name != NULL && strcmp(file->name, path) != 0; file++)
        ;
    if (file->name == NULL)
        return err_set(err, ERR_INPUT, "%s: No such file or directory", path);
    struct open_file *open = calloc(1, sizeof *open);
    *open = (struct open_file){.file = file, .chunk = chunk_size};
    *input = (struct zonefile_input){
        .read = read_file, .close = close_file, .context = open, .name = file->name};
    open_count++;
    return true;
}

static void sum_line_of(void *context, const void *line, size_t length)
{
    struct result *result = context;
    sum_line(&result->sum, line, length);
    result->lines++;
}

static void dump_record(struct result *result, const struct rr *rr)
{
    static const struct rdata_style style = {.portable = false};
    char *at = result->dump + result->length;
    at = name_text(at, rr->owner, rr->owner_length);
    at += sprintf(at, " %lu ", (unsigned long)rr->ttl);
    at = types_class_text(at, rr->class);
    *at++ = ' ';
    at = types_text(at, rr->type, 0);
    *at++ = ' ';
    at = (rr->flags & RR_OPAQUE) != 0 ? rdata_text_generic(at, rr) : rdata_text(at, rr, &style);
    *at++ = (rr->flags & RR_SAME_OWNER) != 0 ? '\'' : '\n';
    if (at[-1] == '\'')
        *at++ = '\n';
    *at = '\0';
    result->length = (size_t)(at - result->dump);
}

static struct notes notes;
static bool resumes; /* errors do not end the reading, and all of them are kept */
static bool (*worth)(const void *context, uint16_t number); /* of the notes */

static void read_all(struct result *result, const char *origin, uint16_t class, bool strict,
                     bool include)
{
    static uint8_t wire[NAME_MAX_WIRE];
    struct err err = {.kind = ERR_NONE};
    struct zonefile_input input;
    struct zonefile_config config = {.class = class,
                                     .notes = &notes,
                                     .check_neighbours = true,
                                     .origin_guessed = guessed,
                                     .incomplete_good = incomplete_good,
                                     .open = include ? open_file : NULL,
                                     .line = sum_line_of,
                                     .context = result};
    struct rr rr;
    enum rr_op op;
    memset(&notes, 0, sizeof notes);
    memset(result, 0, sizeof *result);
    notes.strict = strict;
    notes.worth = worth;
    reads = 0;
    if (origin != NULL) {
        name_parse(origin, wire, &config.origin_length);
        config.origin = wire;
    }
    open_file(NULL, files[0].name, NULL, &input, &err);
    struct source *source = zonefile_open(&config, &input, &err);
    bool goes_on = true;
    while (goes_on) {
        while ((result->event = source->next(source, &rr, &op, &err)) == SOURCE_RR)
            dump_record(result, &rr);
        goes_on = resumes && result->event == SOURCE_FAIL;
        if (!goes_on)
            break;
        enum err_kind kind = err.kind;
        sprintf(result->error + strlen(result->error), "%.300s\n", err.text);
        err = (struct err){.kind = ERR_NONE};
        goes_on = strlen(result->error) < 4000 && zonefile_resume(source, kind, &err);
    }
    result->facts = zonefile_facts(source);
    if (result->facts.apex != NULL)
        memcpy(result->apex, result->facts.apex, result->facts.apex_length);
    if (result->event == SOURCE_END && zonefile_broken(source) != NULL)
        strcpy(result->broken, zonefile_broken(source));
    result->end = zonefile_end_line(source);
    source->free(source);
    strcat(result->error, err.text);
    result->kind = err.kind;
    for (size_t i = 0; i < ERR_KINDS; i++)
        if (notes.counts[i] > 0)
            sprintf(result->notes + strlen(result->notes), "%s %llu %.200s\n",
                    err_slug((enum err_kind)i), (unsigned long long)notes.counts[i],
                    notes_text(&notes, (enum err_kind)i));
}

static struct result whole, pieces;

/* Reads in one piece, and in pieces of different sizes, which must make no difference. */
static void read_any(const char *what, const char *origin, uint16_t class, bool strict,
                     bool include)
{
    static const size_t sizes[] = {1, 2, 3, 7, 16, 64, 1000};
    chunk_size = SIZE_MAX;
    read_all(&whole, origin, class, strict, include);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        chunk_size = sizes[i];
        read_all(&pieces, origin, class, strict, include);
        if (strcmp(whole.dump, pieces.dump) != 0 || strcmp(whole.error, pieces.error) != 0 ||
            strcmp(whole.notes, pieces.notes) != 0 || strcmp(whole.broken, pieces.broken) != 0 ||
            whole.kind != pieces.kind || whole.event != pieces.event ||
            (whole.event == SOURCE_END &&
             (whole.sum.low != pieces.sum.low || whole.sum.high != pieces.sum.high))) {
            ok(false, "%s: the same in pieces of %zu octets", what, sizes[i]);
            diag("whole: %s%s", whole.dump, whole.error);
            diag("pieces: %s%s", pieces.dump, pieces.error);
            return;
        }
    }
    if (open_count != 0)
        ok(false, "%s: every file is closed", what);
}

static void good_zone(const char *what, const char *text, const char *expected)
{
    struct virtual_file one[] = {{"zone", text, 0}, {NULL, NULL, 0}};
    files = one;
    read_any(what, "example.", 0, false, true);
    is_str(whole.event == SOURCE_END ? whole.dump : whole.error, expected, "%s", what);
}

static void bad_zone(const char *what, const char *text, const char *expected)
{
    struct virtual_file one[] = {{"zone", text, 0}, {NULL, NULL, 0}};
    files = one;
    read_any(what, "example.", 0, false, true);
    is_str(whole.error, expected, "%s", what);
    is_int(whole.event, SOURCE_FAIL, "... fails");
    is_int(err_class(whole.kind), ERR_CLASS_INPUT, "... as bad input");
}

#define SOA "@ 60 IN SOA a b 1 2 3 4 5\n"
#define SOA_OUT "example. 60 IN SOA a.example. b.example. 1 2 3 4 5\n"

static void test_entries(void)
{
    good_zone("a SOA", SOA, SOA_OUT);
    good_zone("class before TTL", "@ IN 60 SOA a b 1 2 3 4 5\n", SOA_OUT);
    good_zone("no class", "@ 60 SOA a b 1 2 3 4 5\n", SOA_OUT);
    good_zone("letter case", "@ 60 in sOa a b 1 2 3 4 5\n", SOA_OUT);
    good_zone("no line feed at the end", "@ 60 IN SOA a b 1 2 3 4 5", SOA_OUT);
    good_zone("CR LF", "@ 60 IN SOA (a b\r\n 1 2 3 4 5)\r\n\r\n; x\r\n@ NS n\r\n",
              SOA_OUT "example. 60 IN NS n.example.'\n");
    good_zone("a carriage return at the end", "@ 60 IN SOA a b 1 2 3 4 5\r", SOA_OUT);
    good_zone("comments and blanks",
              "; first\n\n   \t\n ; second\n@\t60   IN\tSOA a b 1 2 3 4 5;third\n\n;", SOA_OUT);
    good_zone("parentheses", "@ 60 IN SOA a b ( 1 ; serial )\n\n 2\n3)4(\n5 )(  ;x\n)\n", SOA_OUT);
    good_zone("parentheses within parentheses", "@ 60 IN SOA ((a b\n)(1 2\n)3\n) 4 5\n", SOA_OUT);
    good_zone("parentheses before the owner", "( @\n60 IN SOA a b 1 2 3 4 5 )\n", SOA_OUT);
    good_zone("a parenthesis at a word", "@ 60 IN SOA a(b)1 2(3\n)4 5\n", SOA_OUT);
    good_zone("an owner left out", SOA " NS n\n\tA 192.0.2.1\nx A 192.0.2.2\n (\n) TXT a\n",
              SOA_OUT "example. 60 IN NS n.example.'\nexample. 60 IN A 192.0.2.1'\n"
                      "x.example. 60 IN A 192.0.2.2\nx.example. 60 IN TXT \"a\"'\n");
    good_zone("owners that look like something else",
              SOA "A A 192.0.2.1\n300 300 A 192.0.2.1\nIN IN A 192.0.2.1\n1h A 192.0.2.1\n",
              SOA_OUT "A.example. 60 IN A 192.0.2.1\n300.example. 300 IN A 192.0.2.1\n"
                      "IN.example. 300 IN A 192.0.2.1\n1h.example. 300 IN A 192.0.2.1\n");
    good_zone("owners with escapes",
              SOA "\\@ A 192.0.2.1\n\\$ORIGIN A 192.0.2.1\na\\.b A 192.0.2.1\n\\065 A 192.0.2.1\n"
                  "a\\ b A 192.0.2.1\n\"a b\" A 192.0.2.1\na\\;b A 192.0.2.1\n",
              SOA_OUT "\\@.example. 60 IN A 192.0.2.1\n\\$ORIGIN.example. 60 IN A 192.0.2.1\n"
                      "a\\.b.example. 60 IN A 192.0.2.1\nA.example. 60 IN A 192.0.2.1\n"
                      "a\\032b.example. 60 IN A 192.0.2.1\na\\032b.example. 60 IN A 192.0.2.1'\n"
                      "a\\;b.example. 60 IN A 192.0.2.1\n");
    good_zone("raw octets", SOA "\xc3\xa9 TXT \xc3\xa9 \"\xff\t\"\n",
              SOA_OUT "\\195\\169.example. 60 IN TXT \"\\195\\169\" \"\\255\\009\"\n");
    good_zone("strings", SOA " TXT a\"b c\"d \"\" @ \\@ \"\\\"\" \"\\009;()\" \"x\\\ny\" a\\\"b\n",
              SOA_OUT "example. 60 IN TXT \"a\" \"b c\" \"d\" \"\" \"@\" \"@\" \"\\\"\" "
                      "\"\\009;()\" \"x\\010y\" \"a\\\"b\"'\n");
    good_zone("RFC 3597",
              SOA "x TYPE1 \\# 4 c000 0201\ny CLASS1 TYPE65400 \\# 0\nz MX \\# 1 ( 00\n )\n",
              SOA_OUT "x.example. 60 IN A 192.0.2.1\ny.example. 60 IN TYPE65400 \\# 0\n"
                      "z.example. 60 IN MX \\# 1 00\n");
    good_zone("another class", "@ 60 CH SOA a b 1 2 3 4 5\nx A y 777\n",
              "example. 60 CH SOA a.example. b.example. 1 2 3 4 5\n"
              "x.example. 60 CH A y.example. 777\n");
    good_zone("an owner of another file's length",
              SOA "aaaaaaaaaaaaaaaa.example. A 192.0.2.1\naaaaaaaaaaaaaaaa A 192.0.2.2\n",
              SOA_OUT "aaaaaaaaaaaaaaaa.example. 60 IN A 192.0.2.1\n"
                      "aaaaaaaaaaaaaaaa.example. 60 IN A 192.0.2.2'\n");
    good_zone("letter case makes another owner", SOA "x A 192.0.2.1\nX A 192.0.2.2\n",
              SOA_OUT "x.example. 60 IN A 192.0.2.1\nX.example. 60 IN A 192.0.2.2\n");
}

static void test_ttls(void)
{
    good_zone("units", "@ 1w2d3h4m5s IN SOA a b 1 1H 1M 1D 1W\n",
              "example. 788645 IN SOA a.example. b.example. 1 3600 60 86400 604800\n");
    good_zone(
        "$TTL",
        "$TTL 1h\n@ SOA a b 1 2 3 4 5\nx 60 A 192.0.2.1\ny A 192.0.2.1\n$ttl 9\n A 192.0.2.2\n",
        "example. 3600 IN SOA a.example. b.example. 1 2 3 4 5\n"
        "x.example. 60 IN A 192.0.2.1\ny.example. 3600 IN A 192.0.2.1\n"
        "y.example. 9 IN A 192.0.2.2'\n");
    good_zone("the last TTL", SOA "x 7 A 192.0.2.1\ny A 192.0.2.1\n",
              SOA_OUT "x.example. 7 IN A 192.0.2.1\ny.example. 7 IN A 192.0.2.1\n");
    good_zone("that of the SOA", "@ SOA a b 1 2 3 4 5\nx 7 A 192.0.2.1\ny A 192.0.2.1\n",
              "example. 5 IN SOA a.example. b.example. 1 2 3 4 5\n"
              "x.example. 7 IN A 192.0.2.1\ny.example. 5 IN A 192.0.2.1\n");
    is_str(whole.notes,
           "no-ttl 1 zone:1:3: example. SOA has no TTL; its last field, the TTL of negative "
           "answers, is used\n",
           "... with a note");
    good_zone("a large one", SOA "x 4294967295 A 192.0.2.1\n",
              SOA_OUT "x.example. 4294967295 IN A 192.0.2.1\n");
    is_str(whole.notes,
           "ttl-highbit 1 zone:2:14: x.example. A has TTL 4294967295, above 2^31 - 1\n",
           "... with a note");
    bad_zone("no TTL", "x A 192.0.2.1\n",
             "zone:1:3: expected a TTL, since there is neither a $TTL line nor a TTL before, got "
             "the record type");
    bad_zone("too large", "x 4294967296 A 192.0.2.1\n",
             "zone:1:3: expected a TTL in seconds, at most 4294967295, or such as 1h30m, got "
             "\"4294967296\"");
    bad_zone("digits behind a unit", "x 1h30 A 192.0.2.1\n",
             "zone:1:3: expected a TTL in seconds, at most 4294967295, or such as 1h30m, got "
             "\"1h30\"");
    bad_zone("two TTLs", SOA "x 1 2 A 192.0.2.1\n",
             "zone:2:5: expected a class or a record type, got \"2\"");
    bad_zone("$TTL without one", "$TTL\n",
             "zone:1:5: $TTL: expected a TTL in seconds, at most 4294967295, or such as 1h30m, got "
             "the end of the line");
    bad_zone("$TTL with more", "$TTL 1 2\n",
             "zone:1:8: $TTL: expected the end of the line, got \"2\"");
}

/* The text of TTL and class comes again, or nearly. */
static void test_heads(void)
{
#define FIRST SOA "x 7 IN A 192.0.2.1\n"
#define FIRST_OUT SOA_OUT "x.example. 7 IN A 192.0.2.1\n"
    static const struct {
        const char *what, *text, *expected;
    } good[] =
        {
            {"the same head", "y 7 IN A 192.0.2.2\ny 7 IN TXT 7 IN A\nz A 192.0.2.3\n",
             "y.example. 7 IN A 192.0.2.2\ny.example. 7 IN TXT \"7\" \"IN\" \"A\"'\n"
             "z.example. 7 IN A 192.0.2.3\n"},
            {"other heads between",
             "y 70 IN A 192.0.2.2\nz 7 IN A 192.0.2.3\ny 70 IN A 192.0.2.2\n",
             "y.example. 70 IN A 192.0.2.2\nz.example. 7 IN A 192.0.2.3\ny.example. 70 IN A "
             "192.0.2.2\n"},
            {"no class", "y 7 A 192.0.2.2\ny 7 IN A 192.0.2.3\n",
             "y.example. 7 IN A 192.0.2.2\ny.example. 7 IN A 192.0.2.3'\n"},
            {"no owner", " 7 IN A 192.0.2.2\n 7 IN A 192.0.2.3\n",
             "x.example. 7 IN A 192.0.2.2'\nx.example. 7 IN A 192.0.2.3'\n"},
            {"a quoted owner", "\"y\"7 IN A 192.0.2.2\n\"z\"7 IN A 192.0.2.2\n",
             "y.example. 7 IN A 192.0.2.2\nz.example. 7 IN A 192.0.2.2\n"},
            {"blanks, tabs, letter case",
             "y\t7\tIN\tA 192.0.2.2\ny  7  in  A 192.0.2.3\n"
             "z\t7\tIN\tA 192.0.2.2\nz  7  in  A 192.0.2.3\n",
             "y.example. 7 IN A 192.0.2.2\ny.example. 7 IN A 192.0.2.3'\n"
             "z.example. 7 IN A 192.0.2.2\nz.example. 7 IN A 192.0.2.3'\n"},
            {"parentheses",
             "y 7 IN ( A 192.0.2.2 )\ny ( 7 IN A\n192.0.2.3 )\ny ( 7\nIN A 192.0.2.4 )\n"
             "y ( 7\nIN A 192.0.2.5 )\n",
             "y.example. 7 IN A 192.0.2.2\ny.example. 7 IN A 192.0.2.3'\n"
             "y.example. 7 IN A 192.0.2.4'\ny.example. 7 IN A 192.0.2.5'\n"},
            {"a long one",
             "y         7         IN A 192.0.2.2\ny 0000007 CLASS1 A 192.0.2.3\n"
             "y         7         IN A 192.0.2.4\ny 0000007 CLASS1 A 192.0.2.5\n",
             "y.example. 7 IN A 192.0.2.2\ny.example. 7 IN A 192.0.2.3'\n"
             "y.example. 7 IN A 192.0.2.4'\ny.example. 7 IN A 192.0.2.5'\n"},
        },
      bad[] = {
          {"nothing after it", "y 7 IN\nz 7 IN A 192.0.2.1\n",
           "zone:3:7: expected a record type, got the end of the line"},
          {"only blanks after it", "y 7 IN  ; a comment\nz 7 IN A 192.0.2.1\n",
           "zone:3:9: expected a record type, got the end of the line"},
          {"a TTL after it", "y 7 IN 8 A 192.0.2.2\n",
           "zone:3:8: expected a record type, got \"8\""},
          {"a class after it", "y 7 IN IN A 192.0.2.2\n",
           "zone:3:8: expected a record type, got \"IN\""},
          {"no blank after it", "y 7 INA 192.0.2.2 x x x\n",
           "zone:3:5: expected a class or a record type, got \"INA\""},
          {"another class", "y 7 CH A z 777 ; x x x x\n",
           "zone:3:5: expected class IN, the class of the zone, got \"CH\""},
      };
    char text[500], expected[500];
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        snprintf(text, sizeof text, FIRST "%s", good[i].text);
        snprintf(expected, sizeof expected, FIRST_OUT "%s", good[i].expected);
        good_zone(good[i].what, text, expected);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(text, sizeof text, FIRST "%s", bad[i].text);
        bad_zone(bad[i].what, text, bad[i].expected);
    }
    static const char text_with_nul[] = FIRST "y 7 IN\0A 192.0.2.1 x\n";
    struct virtual_file nul[] = {{"zone", text_with_nul, sizeof text_with_nul - 1},
                                 {NULL, NULL, 0}};
    files = nul;
    read_any("NUL", "example.", 0, false, true);
    is_str(whole.error, "zone:3:7: a NUL octet", "a NUL after it");
}

static void test_origins(void)
{
    struct virtual_file one[] = {{"zone", NULL, 0}, {NULL, NULL, 0}};
    files = one;
    good_zone("$ORIGIN", SOA "$ORIGIN sub\nx NS y\n$origin example.\nx NS @\n@ NS x.\n",
              SOA_OUT "x.sub.example. 60 IN NS y.sub.example.\nx.example. 60 IN NS example.\n"
                      "example. 60 IN NS x.\n");
    files = one;
    one[0].text = "example. 60 IN SOA a b 1 2 3 4 5\nx NS @\n";
    read_any("no origin but the SOA's", NULL, 0, false, true);
    is_str(whole.dump, SOA_OUT "x.example. 60 IN NS example.\n", "no origin but the SOA's");
    one[0].text = "$ORIGIN example.\nx 60 A 192.0.2.1\n";
    read_any("no SOA", NULL, 0, false, true);
    is_str(whole.dump, "x.example. 60 IN A 192.0.2.1\n", "no SOA");
    ok(!whole.facts.has_soa && whole.facts.apex_length == 9 && whole.event == SOURCE_END,
       "... as the facts say");
    static const struct {
        const char *what, *text, *error;
    } lost[] = {
        {"a relative owner", "@ 60 IN SOA a b 1 2 3 4 5\n",
         "zone:1:1: owner: expected an absolute name, since no origin is known, got \"@\""},
        {"a relative owner by name", "x 60 IN SOA a b 1 2 3 4 5\n",
         "zone:1:1: owner: expected an absolute name, since no origin is known, got \"x\""},
        {"a relative name", "x. 60 IN NS a\n",
         "zone:1:13: NS host: expected an absolute name, since no origin is known, got \"a\""},
        {"a relative origin", "$ORIGIN x\n",
         "zone:1:9: $ORIGIN: expected an absolute name, since no origin is known, got \"x\""},
        {"no name of the zone", "x. 60 IN A 192.0.2.1\n",
         "zone:1:10: x. A comes before any SOA and $ORIGIN, which would name the zone"},
    };
    for (size_t i = 0; i < sizeof lost / sizeof *lost; i++) {
        one[0].text = lost[i].text;
        read_any(lost[i].what, NULL, 0, false, true);
        is_str(whole.error, lost[i].error, "%s without origin", lost[i].what);
        is_int(whole.kind, ERR_NO_ORIGIN, "... of this kind, which has a hint");
    }
}

/* A file of several zones, of which one is wanted. `one` and `three` are not of it, and `up` is a
 * part of `example.`, of which `three` is a part. */
#define ONE "one. 60 IN SOA a. b. 1 2 3 4 5\nx.one. 60 IN A 192.0.2.1\n"
#define TWO "example. 60 IN SOA a. b. 2 2 3 4 5\ny.example. 60 IN A 192.0.2.2\n"
#define TWO_SOA "example. 60 IN SOA a. b. 2 2 3 4 5\n"
#define CHAOS "version. 60 CH SOA a. b. 4 2 3 4 5\nversion. 0 CH TXT \"x\"\n"
#define TWO_OUT "example. 60 IN SOA a. b. 2 2 3 4 5\ny.example. 60 IN A 192.0.2.2\n"
#define SUB                                                                                        \
    "sub.example. 60 IN SOA a. b. 3 2 3 4 5\nz.sub.example. 60 IN A 192.0.2.3\n"                   \
    "sub.example. 60 IN NS z.sub.example.\n"
#define PARENT                                                                                     \
    ". 60 IN SOA a. b. 5 2 3 4 5\nexample. 60 IN NS n.example.\nn.example. 60 IN A 192.0.2.5\n"

static void test_zones(void)
{
    static const struct {
        const char *what, *text;
        unsigned left_out;
    } rows[] = {
        {"first", TWO ONE CHAOS, 4},         {"in the middle", ONE TWO CHAOS, 4},
        {"last", CHAOS ONE TWO, 4},          {"before a part", TWO SUB, 3},
        {"behind a part", SUB TWO, 3},       {"behind what it is a part of", PARENT TWO, 3},
        {"before it", TWO PARENT ONE, 5},    {"as of dig", ONE ONE TWO TWO_SOA ONE, 6},
        {"twice apart", TWO ONE TWO_SOA, 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        good_zone(rows[i].what, rows[i].text, TWO_OUT);
        is_int((int64_t)notes.counts[ERR_OUT_OF_ZONE], rows[i].left_out,
               "... and the rest is left out");
        is_int((int64_t)whole.facts.records, 2, "... and not counted");
    }
    good_zone("a record has the owner of one that was left out",
              TWO ONE "y.example. 60 IN A 192.0.2.9\n" TWO_SOA, TWO_OUT);
    good_zone("the zone's own class is that of its first record", CHAOS TWO, TWO_OUT);
    good_zone("another zone, and nothing else", ONE, "");
    is_int((int64_t)whole.facts.records, 0, "... holds no record");
    ok(whole.facts.has_soa == false, "... and no SOA");
    bad_zone("a SOA that does not belong there", TWO SUB "w.example. 60 IN A 192.0.2.7\n",
             "zone:6:18: w.example. A comes after the SOA of sub.example., which begins another "
             "zone");
    bad_zone("records of the zone among those of another, and no SOA of it",
             ONE "y.example. 60 IN A 192.0.2.2\n",
             "zone: has no SOA of the zone example., but of others");
    bad_zone("another class in the zone", TWO "x.example. 60 CH A y. 1\n",
             "zone:3:15: expected class IN, the class of the zone, got \"CH\"");
    struct virtual_file one[] = {{"zone", TWO ONE, 0}, {NULL, NULL, 0}};
    files = one;
    read_any("nobody says which", NULL, 0, false, true);
    is_str(whole.error,
           "zone:3:12: one. SOA is not at the apex of the zone; where a file holds several zones, "
           "--origin chooses one",
           "nobody says which");
    read_any("strict", "example.", 0, true, true);
    is_str(whole.error,
           "zone:3:12: one. SOA is of another zone; such records are left out (--strict)",
           "strict");
}

/* Where no SOA tells the zone. */
static void test_guesses(void)
{
    static const struct {
        const char *what, *text, *apex, *dump;
    } rows[] = {
        {"nothing", "x 60 A 192.0.2.1\n", "example.", "x.example. 60 IN A 192.0.2.1\n"},
        {"a SOA", "other. 60 SOA a b 1 2 3 4 5\n", "other.",
         "other. 60 IN SOA a.example. b.example. 1 2 3 4 5\n"},
        {"$ORIGIN", "$ORIGIN other.\nx 60 A 192.0.2.1\n", "other.", "x.other. 60 IN A 192.0.2.1\n"},
        {"the $ORIGIN that zxfr moves", "$ORIGIN invalid.\nx.example. 60 A 192.0.2.1\n", "example.",
         "x.example. 60 IN A 192.0.2.1\n"},
        {"that one behind another", "$ORIGIN other.\n$ORIGIN invalid.\nx.other. 60 A 192.0.2.1\n",
         "other.", "x.other. 60 IN A 192.0.2.1\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct virtual_file one[] = {{"zone", rows[i].text, 0}, {NULL, NULL, 0}};
        struct name_string apex;
        files = one;
        guessed = true;
        read_any(rows[i].what, "example.", 0, false, true);
        guessed = false;
        is_str(whole.dump, rows[i].dump, "the zone is guessed; the file says: %s", rows[i].what);
        is_str(name_string(&apex, whole.apex), rows[i].apex, "... its zone");
    }
}

/* What dig, kdig and drill leave: whether it is whole. */
static void test_dumps(void)
{
#define DIG "; <<>> DiG 9.18 <<>> axfr example"
#define LINES DIG "\n;; global options: +cmd\n"
    static const struct {
        const char *what, *text, *broken;
    } rows[] = {
        {"no marks", SOA, NULL},
        {"dig", LINES SOA "x A 192.0.2.1\n" SOA ";; XFR size: 3 records (messages 1, bytes 1)\n",
         NULL},
        {"dig without figures", LINES SOA "x A 192.0.2.1\n" SOA, NULL},
        {"dig +onesoa", DIG " +onesoa\n" SOA "x A 192.0.2.1\n", NULL},
        {"dig +onesoa, as it says elsewhere",
         LINES SOA ";; XFR size: 2 records (messages 1, bytes 1)\n", NULL},
        {"kdig", ";; AXFR for example.\n" SOA SOA ";; Received 1 B (1 messages, 2 records)\n",
         NULL},
        {"another server before",
         ";; communications error to ::1#53: connection refused\n" SOA "x A 192.0.2.1\n", NULL},
        {"another server before, kdig",
         ";; ERROR: failed to query server ::1@53(TCP)\n;; AXFR for example.\n" SOA SOA, NULL},
        {"another zone behind it",
         LINES SOA SOA "; <<>> DiG 9.18 <<>> axfr other\n"
                       "; Transfer failed.\n",
         NULL},
        {"words in a comment", SOA "; Transfer failed. And again.\n", NULL},
        {"a mark within a string", SOA "x TXT \"; Transfer failed.\"\n", NULL},
        {"a mark behind a record", SOA "x A 192.0.2.1 ; Transfer failed.\n", NULL},
        {"sorted", LINES "x 1 A 192.0.2.1\n" SOA, NULL},

        {"dig", SOA "; Transfer failed.\n",
         "line 2 says that the transfer failed: \"; Transfer failed.\""},
        {"CR LF", SOA "; Transfer failed.\r\n",
         "line 2 says that the transfer failed: \"; Transfer failed.\""},
        {"no line feed", SOA "; Transfer failed.",
         "line 2 says that the transfer failed: \"; Transfer failed.\""},
        {"the first of several",
         SOA "x A 192.0.2.1\n;; communications error to ::1#5: timed out\n"
             ";; no servers could be reached\n",
         "line 3 says that the transfer failed: \";; communications error to ::1#5: timed out\""},
        {"nothing but the beginning, dig", LINES SOA "x A 192.0.2.1\n",
         "the SOA is not repeated at the end, as in what dig and kdig write of a whole transfer"},
        {"nothing but the beginning, kdig",
         ";; AXFR for example.\n" SOA ";; Received 1 B (1 messages, 1 records)\n",
         "the SOA is not repeated at the end, as in what dig and kdig write of a whole transfer"},
        {"kdig, whose messages come first", ";; ERROR: server replied with error 'SERVFAIL'\n" SOA,
         "line 1 says that the transfer failed: \";; ERROR: server replied with error "
         "'SERVFAIL'\""},
        {"a wrong signature, whatever else",
         ";; Couldn't verify signature: tsig verify failure\n" SOA SOA,
         "line 1 says that the transfer failed: \";; Couldn't verify signature: tsig verify "
         "failure\""},
        {"drill", SOA "AXFR failed.\n", "line 2 says that the transfer failed: \"AXFR failed.\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct virtual_file one[] = {{"zone", rows[i].text, 0}, {NULL, NULL, 0}};
        files = one;
        read_any(rows[i].what, "example.", 0, false, true);
        is_str(whole.error, "", "%s: %s", rows[i].broken != NULL ? "not whole" : "whole",
               rows[i].what);
        is_str(whole.broken, rows[i].broken != NULL ? rows[i].broken : "", "... and why");
    }
    bad_zone("nothing came", "; Transfer failed.\n",
             "zone: holds no record, but the line \"; Transfer failed.\"");
    bad_zone("a name alone", SOA "null\nx\n",
             "zone:3:2: expected a TTL, a class or a record type, got the end of the line");
}

#define TSIG "k. 0 ANY TSIG hmac-sha256. 1795960286 300 32 k/NMSkvC 41682 NOERROR 0\n"

static void test_tsig_lines(void)
{
    good_zone("lines of TSIG", SOA TSIG "x A 192.0.2.1\n" TSIG,
              SOA_OUT "x.example. 60 IN A 192.0.2.1\n");
    is_str(whole.notes,
           "tsig-line 2 zone:2:1: the TSIG record of the key \"k.\" signs a message, and is not of "
           "the zone; such records are left out\n",
           "... with a note");
    good_zone("behind the second SOA", SOA SOA TSIG, SOA_OUT);
    good_zone("as the options of dig and kdig show them",
              SOA "k. 0 TSIG a. 1 1 0 1 NOERROR 0\nk. 0s ANY TSIG a. 1 1 0 1 NOERROR 0\n"
                  "k. ANY TSIG a. 1 1 0 1 NOERROR 0\nk. TSIG a. 1 1 0 1 NOERROR 0\n"
                  "k. 0 ANY TYPE250 \\# 1 00\nk.\t\t0 ANY TSIG a. 1 300 32 (\n\t\tAA==\n\t\t) 1 "
                  "NOERROR 0\nx A 192.0.2.1\n",
              SOA_OUT "x.example. 60 IN A 192.0.2.1\n");
    is_int((int64_t)notes.counts[ERR_TSIG_LINE], 6, "... all of them");
    bad_zone("one that does not end", SOA "k. 0 ANY TSIG a. 1 300 32 (\n AA==\n",
             "zone:2:6: expected a record type that a zone can hold, got \"ANY\"");
    struct virtual_file one[] = {{"zone", SOA TSIG, 0}, {NULL, NULL, 0}};
    files = one;
    read_any("strict", "example.", 0, true, true);
    is_str(whole.error,
           "zone:2:1: the TSIG record of the key \"k.\" signs a message, and is not of the zone; "
           "such records are left out (--strict)",
           "strict");
    bad_zone("a TSIG of the zone's class", SOA "k. 0 IN TSIG a. 1 1 0 1 NOERROR 0\n",
             "zone:2:9: expected a record type that a zone can hold, got \"TSIG\"");
}

/* What a text begins with, that of an included file too. */
static void test_beginnings(void)
{
    good_zone("a byte order mark", "\xef\xbb\xbf" SOA, SOA_OUT);
    struct sum sum = {0, 0};
    sum_line(&sum, SOA, sizeof(SOA) - 2);
    ok(whole.sum.low == sum.low && whole.sum.high == sum.high, "... is not of the first line");
    good_zone("before a directive", "\xef\xbb\xbf$TTL 60\n@ SOA a b 1 2 3 4 5\n", SOA_OUT);
    bad_zone("and nothing else", "\xef\xbb\xbf", "zone: holds no record");
    bad_zone("a place behind it", "\xef\xbb\xbfx Y\n",
             "zone:1:3: expected a TTL, a class or a record type, got \"Y\"");
    bad_zone("gzip", "\x1f\x8b\x08xxxxxxxxxxxxxxxxxxxxxxx",
             "zone: is compressed (gzip): unpack it first, as with 'gzip -dc FILE'");
    struct virtual_file two[] = {{"zone", SOA "$INCLUDE part\n", 0},
                                 {"part", "\xef\xbb\xbfx A 192.0.2.1\n", 0},
                                 {NULL, NULL, 0}};
    files = two;
    read_any("a mark in an included file", "example.", 0, false, true);
    is_str(whole.dump, SOA_OUT "x.example. 60 IN A 192.0.2.1\n", "a mark in an included file");
    two[1] = (struct virtual_file){"part", "\xff\xfex\0 \0A\0", 8};
    read_any("an included file in UTF-16", "example.", 0, false, true);
    is_str(whole.error, "part: is UTF-16, not UTF-8: save it as UTF-8",
           "an included file in UTF-16");
    is_int(whole.kind, ERR_FOREIGN, "... of this kind");
}

static void test_zone_rules(void)
{
    good_zone("the SOA again at the end", SOA "x A 192.0.2.1\nEXAMPLE. 60 IN SOA A b 1 2 3 4 5\n",
              SOA_OUT "x.example. 60 IN A 192.0.2.1\n");
    ok(whole.facts.soa_first && whole.facts.soa_last && whole.facts.records == 2 &&
           whole.facts.serial == 1,
       "... as the facts say");
    bad_zone("something behind it", SOA "x A 192.0.2.1\n" SOA "x A 192.0.2.1\n",
             "zone:4:3: the SOA of line 1 again at line 3, and more behind it: a transfer that was "
             "tried again? sorted by a tool?");
    is_int(whole.kind, ERR_INCOMPLETE, "... of this kind, which has a hint");
    incomplete_good = true;
    good_zone("the same, accepted", SOA "x A 192.0.2.1\n" SOA "@ NS n\n" SOA "y A 192.0.2.1\n",
              SOA_OUT "x.example. 60 IN A 192.0.2.1\nexample. 60 IN NS n.example.\n"
                      "y.example. 60 IN A 192.0.2.1\n");
    is_str(whole.broken,
           "the SOA of line 1 again at line 3, and more behind it: a transfer that was tried "
           "again? sorted by a tool?",
           "... but it is not whole");
    incomplete_good = false;
    bad_zone("another SOA", SOA "@ 60 IN SOA a b 2 2 3 4 5\n",
             "zone:2:9: example. SOA differs from the SOA that came before");
    good_zone("the SOA later", "x 60 A 192.0.2.1\n@ SOA a b 1 2 3 4 5\n",
              "x.example. 60 IN A 192.0.2.1\n" SOA_OUT);
    ok(whole.facts.has_soa && !whole.facts.soa_first, "... as the facts say");
    good_zone("outside",
              SOA "x.other. A 192.0.2.1\n A 192.0.2.2\nx A 192.0.2.3\nxexample. A 192.0.2.4\n",
              SOA_OUT "x.example. 60 IN A 192.0.2.3\n");
    is_str(whole.notes,
           "out-of-zone 3 zone:2:10: x.other. A is outside the zone; such records are "
           "left out\n",
           "... with a note");
    is_int((int64_t)whole.facts.records, 2, "... and not counted");
    good_zone("neighbours", SOA "x CNAME a\nx 61 A 192.0.2.1\n A 192.0.2.1\n",
              SOA_OUT "x.example. 60 IN CNAME a.example.\nx.example. 61 IN A 192.0.2.1'\n"
                      "x.example. 61 IN A 192.0.2.1'\n");
    is_str(whole.notes,
           "dup-rr 1 x.example. A: the same record twice\n"
           "cname-clash 1 x.example. A: other data beside a CNAME\n",
           "... are noted");
    bad_zone("class", SOA "x CH A y 1\n",
             "zone:2:3: expected class IN, the class of the zone, got \"CH\"");
    bad_zone("class by number", SOA "x CLASS3 A y 1\n",
             "zone:2:3: expected class IN, the class of the zone, got \"CLASS3\"");
    bad_zone("no class of a zone", "x ANY SOA a b 1 2 3 4 5\n",
             "zone:1:3: expected a record type that a zone can hold, got \"ANY\"");
    bad_zone("no class of a zone by number", "x CLASS255 SOA a b 1 2 3 4 5\n",
             "zone:1:3: expected a class that a zone can have, got \"CLASS255\"");
    bad_zone("no type of a zone", SOA "x AXFR \\# 0\n",
             "zone:2:3: expected a record type that a zone can hold, got \"AXFR\"");
    bad_zone("TYPE0", SOA "x TYPE0 \\# 0\n",
             "zone:2:3: expected a record type that a zone can hold, got \"TYPE0\"");
    bad_zone("SIG(0)", SOA "x SIG TYPE0 1 1 1 1 1 1 . AA==\n",
             "zone:2:3: a SIG record that covers type 0, which no zone can hold");
    bad_zone("a SOA that is none", "@ 1 SOA \\# 1 00\n",
             "zone:1:5: SOA rname is not a complete name");
    bad_zone("nothing", "", "zone: holds no record");
    bad_zone("nothing but comments", "$TTL 1\n;x\n", "zone: holds no record");
    good_zone("malformed RDATA", SOA "x A \\# 1 00\n", SOA_OUT "x.example. 60 IN A \\# 1 00\n");
    is_str(whole.notes, "rdata 1 zone:2:3: x.example. A address runs past the end of the RDATA\n",
           "... is noted");
    struct virtual_file one[] = {{"zone", SOA "x.other. A 192.0.2.1\n", 0}, {NULL, NULL, 0}};
    files = one;
    read_any("strict", "example.", 0, true, true);
    is_str(whole.error,
           "zone:2:10: x.other. A is outside the zone; such records are left out (--strict)",
           "strict");
    one[0].text = "@ SOA a b 1 2 3 4 5\n";
    read_any("strict", "example.", 0, true, true);
    is_str(whole.error,
           "zone:1:3: example. SOA has no TTL; its last field, the TTL of negative answers, "
           "is used (--strict)",
           "strict about a TTL");
}

static void test_syntax(void)
{
    bad_zone("a number", SOA "\n;\nx (\n MX\n 65536 y )\n",
             "zone:6:2: MX preference: expected a number from 0 to 65535, got \"65536\" within "
             "parentheses");
    bad_zone(
        "a long one",
        SOA
        "x TXT aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
        "zone:2:7: TXT strings: expected a string of at most 255 octets, got one of 261; split "
        "it: \"...\" \"...\"");
    bad_zone(
        "a long one with escapes",
        SOA
        "x TXT a "
        "\"\\092\\\"\\a\\\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaaaaa\" b\n",
        "zone:2:10: TXT strings: expected a string of at most 255 octets, got one of 264; split "
        "it: \"...\" \"...\"");
    bad_zone(
        "one that cannot be split",
        SOA
        "x HINFO b "
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
        "zone:2:11: HINFO os: expected a string of at most 255 octets, got one of 260");
    bad_zone("control characters", SOA "x MX \033[2J y\n",
             "zone:2:6: MX preference: expected a number from 0 to 65535, got \"\\027[2J\"");
    bad_zone("too little", SOA "x MX 1\n",
             "zone:2:7: MX exchange: expected a name, got the end of the line");
    bad_zone("too little before a comment", SOA "x MX 1  ; y\n",
             "zone:2:9: MX exchange: expected a name, got the end of the line");
    bad_zone("too little before a comment at the end", SOA "x MX 1;y",
             "zone:2:7: MX exchange: expected a name, got the end of the text");
    bad_zone("too little after comments in parentheses", SOA "x (;a\n MX ; b\n  ) 1 ;c\n",
             "zone:4:7: MX exchange: expected a name, got the end of the line");
    bad_zone("no type before a comment", SOA "x 1 IN ; A\n",
             "zone:2:8: expected a record type, got the end of the line");
    bad_zone("too little at the end", SOA "x MX 1",
             "zone:2:7: MX exchange: expected a name, got the end of the text");
    bad_zone("too much", SOA "x MX 1 y z\n",
             "zone:2:10: MX: expected the end of the line, got \"z\"");
    bad_zone("no type", SOA "x 1 IN\n",
             "zone:2:7: expected a record type, got the end of the line");
    bad_zone("no type at all", SOA "x\n",
             "zone:2:2: expected a TTL, a class or a record type, got the end of the line");
    bad_zone("an unknown type", SOA "x FOO bar\n",
             "zone:2:3: expected a TTL, a class or a record type, got \"FOO\"");
    bad_zone("a quoted type", SOA "x \"A\" 192.0.2.1\n",
             "zone:2:4: expected a TTL, a class or a record type, got \"A\"");
    bad_zone(
        "a type that is only known in another class", "@ 60 CH SOA a b 1 2 3 4 5\nx AAAA ::1\n",
        "zone:2:8: AAAA RDATA: expected \\# LENGTH HEX, since no text form is known, got \"::1\"");
    bad_zone(
        "no owner", " A 192.0.2.1\n",
        "zone:1:2: expected an owner at the beginning of the line, since no record came before, "
        "got \"A\"");
    bad_zone("an unknown directive", "$FOO\n",
             "zone:1:1: expected $ORIGIN, $TTL, $INCLUDE or $GENERATE (an owner that begins with a "
             "dollar sign is written \\$), got \"$FOO\"");
    bad_zone("an open parenthesis", SOA "x MX ( 1 y\nz A 192.0.2.1\n",
             "zone:3:1: MX: expected the end of the line, got \"z\" within parentheses");
    bad_zone("an open parenthesis at the end", SOA "x TXT ( 1 y\n",
             "zone:3:1: TXT strings: an opened parenthesis is not closed");
    bad_zone("a closed parenthesis", SOA "x MX 1 y )\n",
             "zone:2:10: MX: a parenthesis is closed that was not opened");
    bad_zone("an open quote", SOA "x TXT \"a\nb\"\n",
             "zone:2:7: TXT strings: a quoted string does not end on its line");
    bad_zone("an open quote at the end", SOA "x TXT \"a",
             "zone:2:7: TXT strings: a quoted string does not end");
    bad_zone("a backslash at the end of a line", SOA "x TXT a\\\n",
             "zone:2:8: TXT strings: a backslash ends the line");
    bad_zone("a backslash at the end", SOA "x TXT a\\",
             "zone:2:8: TXT strings: a backslash ends the text");
    bad_zone("a carriage return", SOA "x TXT a \rb\n",
             "zone:2:9: TXT strings: a carriage return without a line feed");
    bad_zone("an escape", SOA "x TXT a\\25\n",
             "zone:2:7: TXT strings: expected three digits after a backslash, got \"a\\25\"");
    bad_zone("an escape above 255", SOA "x TXT \\256\n",
             "zone:2:7: TXT strings: expected an escaped octet of at most 255, got \"\\256\"");
    bad_zone("an empty label", SOA "x..y A 192.0.2.1\n",
             "zone:2:1: owner: expected a name without empty labels, got \"x..y\"");
    bad_zone("a long label",
             SOA "x NS aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
             "zone:2:6: NS host: expected a name with labels of at most 63 octets, got "
             "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"");
    bad_zone(
        "an escape in a name", SOA "x NS a\\300\n",
        "zone:2:6: NS host: expected a name with three digits, at most 255, after a backslash, "
        "got \"a\\300\"");
    bad_zone("a list of changes",
             "; zxfr diff: example. IN 1 2\n-example. 60 IN SOA a b 1 2 3 4 5\n",
             "zone:1:1: this is a list of changes (--format diff), not a zone");
    struct virtual_file nul[] = {{"zone", SOA "x TXT a\0b\n", sizeof(SOA "x TXT a\0b\n") - 1},
                                 {NULL, NULL, 0}};
    files = nul;
    read_any("a NUL octet", "example.", 0, false, true);
    is_str(whole.error, "zone:2:8: TXT strings: a NUL octet", "a NUL octet");
}

static void test_includes(void)
{
    struct virtual_file set[FILES] = {
        {"zone", SOA "$TTL 9\n$INCLUDE \"in\\099\" sub ; x\n A 192.0.2.3\ny A 192.0.2.4\n", 0},
        {"inc", "x 7 A 192.0.2.1\n$ORIGIN other.example.\n$TTL 3\n$INCLUDE deep\nz A 192.0.2.2", 0},
        {"deep", "@ NS @\n", 0},
        {NULL, NULL, 0},
    };
    files = set;
    read_any("an included file", "example.", 0, false, true);
    is_str(whole.dump,
           SOA_OUT "x.sub.example. 7 IN A 192.0.2.1\nother.example. 3 IN NS other.example.\n"
                   "z.other.example. 3 IN A 192.0.2.2\nexample. 9 IN A 192.0.2.3\n"
                   "y.example. 9 IN A 192.0.2.4\n",
           "an included file: names and TTL come back");
    is_str(whole.error, "", "... without error");
    set[2].text = "\n; x\n@ NS a b\n";
    read_any("an error in an included file", "example.", 0, false, true);
    is_str(whole.error, "deep:3:8: NS: expected the end of the line, got \"b\"",
           "an error in an included file");
    set[2].text = "$INCLUDE zone\n";
    read_any("a cycle", "example.", 0, false, true);
    is_str(whole.error, "deep:1:10: $INCLUDE: \"zone\": the file includes itself", "a cycle");
    is_int(whole.kind, ERR_INCLUDE, "... of this kind");
    set[2].text = "$INCLUDE none\n";
    read_any("a missing file", "example.", 0, false, true);
    is_str(whole.error, "deep:1:10: $INCLUDE: none: No such file or directory", "a missing file");
    set[2].text = "$INCLUDE\n";
    read_any("no path", "example.", 0, false, true);
    is_str(whole.error, "deep:1:9: $INCLUDE: expected the path of a file, got the end of the line",
           "no path");
    read_any("no includes", "example.", 0, false, false);
    is_str(whole.error, "zone:3:11: $INCLUDE: \"inc\": no file can be included here",
           "files that include nothing");
    set[1].text = "x 7 A ( 192.0.2.1\n";
    read_any("a parenthesis over the end of a file", "example.", 0, false, true);
    is_str(whole.error, "inc:2:1: A: an opened parenthesis is not closed",
           "a parenthesis over the end of a file");
    char names[20][4], texts[20][32];
    struct virtual_file chain[21] = {{NULL, NULL, 0}};
    for (int i = 0; i < 20; i++) {
        sprintf(names[i], "%d", i);
        sprintf(texts[i], "$INCLUDE %d\n", i + 1);
        chain[i] = (struct virtual_file){names[i], texts[i], 0};
    }
    files = chain;
    strcpy(texts[12], SOA);
    read_any("twelve deep", "example.", 0, false, true);
    is_str(whole.event == SOURCE_END ? whole.dump : whole.error, SOA_OUT, "twelve deep");
    strcpy(texts[12], "$INCLUDE 13\n");
    read_any("too deep", "example.", 0, false, true);
    is_str(whole.error, "15:1:10: $INCLUDE: \"16\": files are included more than 15 deep",
           "too deep");
}

/* Reads a text of the zone that the origin names, or tells itself. */
static void read_text(const char *what, const char *origin, const char *text)
{
    struct virtual_file one[] = {{"zone", text, 0}, {NULL, NULL, 0}};
    files = one;
    read_any(what, origin, 0, false, true);
}

/* What is wrong after the first error, and what comes of it; the zone is "example.". */
static void test_resume(void)
{
    static const struct {
        const char *what, *text, *errors, *after; /* after: the records behind the SOA */
    } cases[] = {
        {"each once", SOA "a A 1.2.3\nb A 192.0.2.1\nc MX x y\nd NS e\n",
         "zone:2:5: A address: expected an IPv4 address, got \"1.2.3\"\n"
         "zone:4:6: MX preference: expected a number from 0 to 65535, got \"x\"\n",
         "b.example. 60 IN A 192.0.2.1\nd.example. 60 IN NS e.example.\n"},
        {"parentheses", SOA "a MX ( x ; (\n y )\n) z\nb A ( ( 192.0.2.1 ) x\n\n ) ; x\nc FOO\n",
         "zone:2:8: MX preference: expected a number from 0 to 65535, got \"x\" within "
         "parentheses\n"
         "zone:4:1: a parenthesis is closed that was not opened\n"
         "zone:5:21: A: expected the end of the line, got \"x\" within parentheses\n"
         "zone:8:3: expected a TTL, a class or a record type, got \"FOO\"\n",
         ""},
        {"a parenthesis that is not closed", SOA "a MX ( 1 x\nb A 1.2.3\nc TXT ( y )\nd A x\n",
         "zone:3:1: MX: expected the end of the line, got \"b\" within parentheses\n"
         "zone:3:5: A address: expected an IPv4 address, got \"1.2.3\"\n"
         "zone:5:5: A address: expected an IPv4 address, got \"x\"\n",
         "c.example. 60 IN TXT \"y\"\n"},
        {"parentheses that are never closed", SOA "a TXT ( x\n b )))\nc MX (( 1 y\n d A z\ne A z\n",
         "zone:3:5: TXT strings: a parenthesis is closed that was not opened\n"
         "zone:5:2: MX: expected the end of the line, got \"d\" within parentheses\n",
         ""},
        {"quotes that are never closed",
         SOA "a TXT \"b\nc TXT d\" e\n f TXT ( \"g\n h ) i\nj A x\n",
         "zone:2:7: TXT strings: a quoted string does not end on its line\n"
         "zone:3:8: TXT strings: a quoted string does not end on its line\n"
         "zone:4:2: expected a TTL, a class or a record type, got \"f\"\n"
         "zone:6:5: A address: expected an IPv4 address, got \"x\"\n",
         NULL},
        {"odd octets", SOA "a TXT b\rc\nd TXT \001\\\ne TXT f\\\n g A 192.0.2.1\nh A x\\",
         "zone:2:8: TXT strings: a carriage return without a line feed\n"
         "zone:3:8: TXT strings: a backslash ends the line\n"
         "zone:4:8: TXT strings: a backslash ends the line\n"
         "zone:5:2: expected a TTL, a class or a record type, got \"g\"\n"
         "zone:6:6: A address: a backslash ends the text\n",
         NULL},
        {"an owner that is left out",
         "@ 60 SOA a b 1 2 3 4 x\n NS c\nd A x\n A 192.0.2.1\na..b A 192.0.2.1\n A y\n",
         "zone:1:22: SOA minimum: expected a number of seconds, or a time such as 1h30m, got "
         "\"x\"\n"
         "zone:3:5: A address: expected an IPv4 address, got \"x\"\n"
         "zone:5:1: owner: expected a name without empty labels, got \"a..b\"\n"
         "zone:6:4: A address: expected an IPv4 address, got \"y\"\n",
         NULL},
        {"no owner before", " A 192.0.2.1\n A 192.0.2.2\n A x\n",
         "zone:1:2: expected an owner at the beginning of the line, since no record came before, "
         "got "
         "\"A\"\nzone:3:4: A address: expected an IPv4 address, got \"x\"\n",
         NULL},
        {"no TTL", "$TTL x\na A 192.0.2.1\nb A y\n",
         "zone:1:6: $TTL: expected a TTL in seconds, at most 4294967295, or such as 1h30m, got "
         "\"x\"\n"
         "zone:3:5: A address: expected an IPv4 address, got \"y\"\n",
         NULL},
        {"no TTL at all", "a A 192.0.2.1\nb A 192.0.2.1\nc 5 A x\n",
         "zone:1:3: expected a TTL, since there is neither a $TTL line nor a TTL before, got the "
         "record type\nzone:3:7: A address: expected an IPv4 address, got \"x\"\n",
         NULL},
        {"$GENERATE", SOA "$GENERATE 1-9 a A 192.0.2.$$\n$GENERATE x\nb A y\n",
         "zone:2:1: $GENERATE, number 1: A address: expected an IPv4 address, got \"192.0.2.$\"\n"
         "zone:3:11: $GENERATE: expected START-STOP or START-STOP/STEP for at most 65536 records, "
         "got "
         "\"x\"\nzone:4:5: A address: expected an IPv4 address, got \"y\"\n",
         NULL},
        {"other SOAs", SOA "a SOA a b 1 2 3 4 5\n@ SOA a b 2 2 3 4 5\nb A x\n",
         "zone:3:3: example. SOA differs from the SOA that came before\n"
         "zone:4:5: A address: expected an IPv4 address, got \"x\"\n",
         NULL},
        {"$ORIGIN", SOA "$ORIGIN a..b\nb A x\n",
         "zone:2:9: $ORIGIN: expected a name without empty labels, got \"a..b\"\n", NULL},
        {"$INCLUDE", SOA "a A x\n$INCLUDE none\nb A x\n",
         "zone:2:5: A address: expected an IPv4 address, got \"x\"\n"
         "zone:3:10: $INCLUDE: none: No such file or directory\n",
         NULL},
        {"a list of changes", "; zxfr diff: a b\n- a A 192.0.2.1\n",
         "zone:1:1: this is a list of changes (--format diff), not a zone\n", NULL},
        {"after the end", SOA SOA "a A 192.0.2.1\nb A x\n",
         "zone:3:3: the SOA of line 1 again at line 2, and more behind it: a transfer that was "
         "tried "
         "again? sorted by a tool?\n",
         NULL},
        {"no record", "$TTL 5\n", "zone: holds no record\n", NULL},
        {"nothing wrong", SOA, "", ""},
    };
    resumes = true;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        read_text(cases[i].what, "example.", cases[i].text);
        is_str(whole.error, cases[i].errors, "all that is wrong: %s", cases[i].what);
        if (cases[i].after != NULL)
            is_str(whole.dump + strlen(SOA_OUT), cases[i].after, "... and what is not");
    }
    resumes = false;
}

/* An error in an included file, and one after it. */
static void test_resume_included(void)
{
    static const struct virtual_file two[] = {
        {"zone", SOA "$INCLUDE part\n A x\nb A 192.0.2.1\n", 0},
        {"part", "$ORIGIN c\nd A x\ne TXT ( y \"\n", 0},
        {NULL, NULL, 0}};
    files = two;
    resumes = true;
    read_any("errors in an included file", "example.", 0, false, true);
    is_str(whole.error,
           "part:2:5: A address: expected an IPv4 address, got \"x\"\n"
           "part:3:11: TXT strings: a quoted string does not end on its line\n"
           "zone:3:4: A address: expected an IPv4 address, got \"x\"\n",
           "errors in an included file");
    is_str(whole.dump, SOA_OUT "b.example. 60 IN A 192.0.2.1\n", "... and what is not");
    resumes = false;
}

static bool is_not_ns(const void *context, uint16_t type)
{
    (void)context;
    return type != TYPE_NS;
}

/* Names that lack their dot. */
static void test_dots(void)
{
    static const char plain[] =
        "example.com 60 IN SOA a.b c.d 1 2 3 4 5\nwww.example.com A 192.0.2.1\n",
                      given[] = "example.com. 60 IN SOA a.b. c.d. 1 2 3 4 5\n"
                                "www.example.com. 60 IN A 192.0.2.1\n";
    static const char *const wrong[][3] = {
        {NULL, plain,
         "zone:1:1: owner: expected an absolute name, since no origin is known, got "
         "\"example.com\" (under --origin example.com it becomes example.com.example.com.)"},
        {NULL, "$ORIGIN example.com\n",
         "zone:1:9: $ORIGIN: expected an absolute name, since no origin is known, got "
         "\"example.com\" (under --origin example.com it becomes example.com.example.com.)"},
        {"example.com.", plain, "zone:1:19: the owner of the SOA becomes example.com.example.com."},
        {"Example.COM.", plain, "zone:1:19: the owner of the SOA becomes example.com.Example.COM."},
        {"example.com.", "$ORIGIN example.com\n@ 60 SOA a b 1 2 3 4 5\n",
         "zone:2:6: the owner of the SOA becomes example.com.example.com."},
    };
    static const char *const other[][3] = {
        {NULL, "example.com 60 IN A 192.0.2.1\n",
         "zone:1:1: owner: expected an absolute name, since no origin is known, got "
         "\"example.com\""},
        {NULL, "example 60 IN SOA a b 1 2 3 4 5\n",
         "zone:1:1: owner: expected an absolute name, since no origin is known, got \"example\""},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        read_text("a dot is missing", wrong[i][0], wrong[i][1]);
        is_str(whole.error, wrong[i][2], "a dot is missing");
        is_int(whole.kind, ERR_DOT_MISSING, "... of the kind whose hint says so");
    }
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        read_text("no origin", other[i][0], other[i][1]);
        is_str(whole.error, other[i][2], "no origin");
        is_int(whole.kind, ERR_NO_ORIGIN, "... of the kind whose hint is --origin");
    }
    read_text("the root as origin", ".", plain);
    is_str(whole.event == SOURCE_END ? whole.dump : whole.error, given, "the root as origin");
    is_str(whole.notes, "", "... with nothing to note");
    read_text("the zone of the root", ".", ". 60 SOA a b 1 2 3 4 5\ncom NS x\n");
    is_str(whole.dump, ". 60 IN SOA a. b. 1 2 3 4 5\ncom. 60 IN NS x.\n", "the zone of the root");
    is_str(whole.notes, "", "... with nothing to note");
}

/* What is noted of names, and of which records. */
static void test_spelling(void)
{
    static const struct {
        const char *what, *origin, *text, *notes;
    } cases[] = {
        {"an owner", "example.com.", SOA "www.EXAMPLE.com A 192.0.2.1\n",
         "name-twice 1 zone:2:17: www.EXAMPLE.com.example.com. A has an owner with the zone in it "
         "twice; is a dot missing?\n"},
        {"RDATA", "example.com.", SOA "@ MX 1 mail.example.com\n@ NS example.com\n",
         "name-twice 2 zone:2:3: example.com. MX has the name mail.example.com.example.com., with "
         "the zone in it twice; is a dot missing?\n"},
        {"SOA", "example.com.", "@ 60 SOA ns.example.com h.example.com 1 2 3 4 5\n",
         "name-twice 1 zone:1:6: example.com. SOA has the name h.example.com.example.com., with "
         "the zone in it twice; is a dot missing?\n"},
        {"$ORIGIN", "example.com.", SOA "$ORIGIN a.example.com ; x\nb A 192.0.2.1\n",
         "name-twice 1 zone:2:9: $ORIGIN: a.example.com.example.com. has the zone in it twice; is "
         "a "
         "dot missing?\n"},
        {"below another origin", "example.com.", SOA "$ORIGIN a\nb.example.com A 192.0.2.1\n",
         "name-twice 1 zone:3:15: b.example.com.a.example.com. A has an owner with the zone in it "
         "twice; is a dot missing?\n"},
        {"$GENERATE", "example.com.", SOA "$GENERATE 1-3 $.example.com A 192.0.2.1\n",
         "name-twice 3 zone:2:1: 1.example.com.example.com. A has an owner with the zone in it "
         "twice; is a dot missing?\n"},
        {"with the dot", "example.com.",
         SOA "x.example.com.example.com. A 192.0.2.1\n@ NS example.com.example.com.\n", ""},
        {"other names", "example.com.",
         SOA "example A 192.0.2.1\nx.com NS xexample.com\ncom.example NS example.com.x\n"
             "$ORIGIN x.\n@ NS example.com\n",
         "out-of-zone 1 zone:6:3: x. NS is outside the zone; such records are left out\n"},
        {"letters", "example.com.",
         SOA "\xc3\xa9 A 192.0.2.1\n@ NS \"\xc3\xa9\"\n\\195 A 192.0.2.1\n",
         "name-raw 2 zone:2:4: \\195\\169.example.com. A has octets above 127 in a name; a name "
         "with other letters than those of ASCII is written as xn--... (IDNA)\n"},
        {"letters in strings and comments", "example.com.", SOA "x TXT \xc3\xa9 ; \xc3\xa9\n", ""},
        {"a record outside the zone", "example.com.",
         SOA "x. NS \xc3\xa9\nx. 4294967295 A \\# 1 00\nx. NS a.example.com\n",
         "out-of-zone 3 zone:2:4: x. NS is outside the zone; such records are left out\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        read_text(cases[i].what, cases[i].origin, cases[i].text);
        is_str(whole.notes, cases[i].notes, "noted: %s", cases[i].what);
        is_str(whole.error, "", "... which is not an error");
    }
    struct virtual_file one[] = {{"zone", SOA "$ORIGIN a.example\n", 0}, {NULL, NULL, 0}};
    files = one;
    read_any("$ORIGIN, strictly", "example.", 0, true, true);
    is_str(whole.error,
           "zone:2:9: $ORIGIN: a.example.example. has the zone in it twice; is a dot missing? "
           "(--strict)",
           "$ORIGIN, strictly");
}

/* Of a type that is left out nothing is noted. */
static void test_left_out(void)
{
    worth = is_not_ns;
    read_text("types left out", "example.com.",
              SOA
              "@ 4294967295 NS \xc3\xa9.example.com\n@ 60 NS \\# 1 05\n@ NS \\# 1 05\n A \\# 1 00\n"
              "b CNAME x\nb NS y\nb A \\# 1 00\n");
    is_str(whole.notes,
           "rdata 2 zone:5:2: example.com. A address runs past the end of the RDATA\n"
           "cname-clash 1 b.example.com. A: other data beside a CNAME\n",
           "types left out");
    worth = NULL;
}

static void test_windows(void)
{
    good_zone("marks of Windows",
              SOA "pc [AGE:3712999] 1200 A 192.0.2.77\n [AGE:0]\tIN 1 A 192.0.2.78\n"
                  "@ [AGE:4294967295] A 192.0.2.1\n\t[age:12] ( 9\n IN A ) 192.0.2.2\n",
              SOA_OUT "pc.example. 1200 IN A 192.0.2.77\npc.example. 1 IN A 192.0.2.78'\n"
                      "example. 1 IN A 192.0.2.1\nexample. 9 IN A 192.0.2.2'\n");
    good_zone("an owner that looks like one", SOA "[AGE:1] A 192.0.2.1\n",
              SOA_OUT "\\091AGE\\:1\\].example. 60 IN A 192.0.2.1\n");
    bad_zone("a mark after the TTL", SOA "pc 1200 [AGE:1] A 192.0.2.77\n",
             "zone:2:9: expected a class or a record type, got \"[AGE:1]\"");
    bad_zone("two marks", SOA "pc [AGE:1] [AGE:1] A 192.0.2.77\n",
             "zone:2:12: expected a TTL, a class or a record type, got \"[AGE:1]\"");
    bad_zone("a mark without a number", SOA "pc [AGE:] A 192.0.2.77\n",
             "zone:2:4: expected a TTL, a class or a record type, got \"[AGE:]\"");
    bad_zone("a mark that is too large", SOA "pc [AGE:4294967296] A 192.0.2.77\n",
             "zone:2:4: expected a TTL, a class or a record type, got \"[AGE:4294967296]\"");
    bad_zone("a mark that does not end", SOA "pc [AGE:1 A 192.0.2.77\n",
             "zone:2:4: expected a TTL, a class or a record type, got \"[AGE:1\"");
    bad_zone("a mark without a record", SOA "pc [AGE:1]\n",
             "zone:2:11: expected a TTL, a class or a record type, got the end of the line");
    bad_zone("WINS without servers", SOA "@ WINS LOCAL L2 C900\n",
             "zone:2:21: WINS mapping: expected [LOCAL] [Lseconds] [Cseconds], and more after it, "
             "got the end of the line");
    bad_zone("WINS with a name", SOA "@ WINS LOCAL L2 C900 ( 192.0.2.1 x )\n",
             "zone:2:34: WINS servers: expected an IPv4 address, got \"x\" within parentheses");
}

static void test_generate(void)
{
    good_zone("$GENERATE", SOA "$GENERATE 1-3 h$ A 192.0.2.$\nx A 192.0.2.1\n",
              SOA_OUT "h1.example. 60 IN A 192.0.2.1\nh2.example. 60 IN A 192.0.2.2\n"
                      "h3.example. 60 IN A 192.0.2.3\nx.example. 60 IN A 192.0.2.1\n");
    good_zone("$GENERATE with steps", SOA "$generate 0-9/4 $ 7 IN CNAME $.$$.x\n",
              SOA_OUT "0.example. 7 IN CNAME 0.\\$.x.example.\n4.example. 7 IN CNAME "
                      "4.\\$.x.example.\n8.example. 7 IN CNAME 8.\\$.x.example.\n");
    good_zone("$GENERATE with numbers",
              SOA "$GENERATE 10-10 ${-1,4}.${1,3,o}.${0,5,x}.${5,0,X} NS \\$${0,7,n}\n",
              SOA_OUT "0009.013.0000a.F.example. 60 IN NS \\$a.0.0.0.example.\n");
    good_zone("$GENERATE with quotes",
              SOA "$GENERATE 1-1 $ MX \"$ x\"\n$GENERATE 1-1 $ TXT \"a $\" b\n",
              SOA_OUT "1.example. 60 IN MX 1 x.example.\n1.example. 60 IN TXT \"a 1\" \"b\"\n");
    good_zone("$GENERATE at the end", "$TTL 4\n" SOA "$GENERATE 1-2 $ A 192.0.2.$",
              SOA_OUT "1.example. 4 IN A 192.0.2.1\n2.example. 4 IN A 192.0.2.2\n");
    /* BIND's directive, and so BIND's reading */
    good_zone("an owner left out behind it",
              SOA "x A 192.0.2.8\n$GENERATE 1-1 $ A 192.0.2.$\n A 192.0.2.9\n",
              SOA_OUT "x.example. 60 IN A 192.0.2.8\n1.example. 60 IN A 192.0.2.1\n"
                      "x.example. 60 IN A 192.0.2.9\n");
    bad_zone("too many", SOA "$GENERATE 0-65536 $ A 192.0.2.1\n",
             "zone:2:11: $GENERATE: expected START-STOP or START-STOP/STEP for at most 65536 "
             "records, got \"0-65536\"");
    bad_zone("no range", SOA "$GENERATE 2-1 $ A 192.0.2.1\n",
             "zone:2:11: $GENERATE: expected START-STOP or START-STOP/STEP for at most 65536 "
             "records, got \"2-1\"");
    bad_zone("no step", SOA "$GENERATE 1-2/0 $ A 192.0.2.1\n",
             "zone:2:11: $GENERATE: expected START-STOP or START-STOP/STEP for at most 65536 "
             "records, got \"1-2/0\"");
    bad_zone("RDATA that goes wrong", SOA "$GENERATE 255-256 x A 192.0.2.$\n",
             "zone:2:1: $GENERATE, number 256: A address: expected an IPv4 address, got "
             "\"192.0.2.256\"");
    bad_zone("an owner that goes wrong", SOA "$GENERATE 1-2 x${1 A 192.0.2.$\n",
             "zone:2:1: $GENERATE, number 1: owner: expected $ or ${OFFSET[,WIDTH[,BASE]]}, got "
             "\"x${1\"");
    good_zone("all that may be", SOA "$GENERATE 0-65535 $ A 192.0.2.1\n", whole.dump);
    is_int((int64_t)whole.facts.records, 65537, "65536 records of one line");
}

static void test_end_line(void)
{
    good_zone("an end line", SOA "; zxfr end: example. IN serial 1 records 1\n", SOA_OUT);
    ok(whole.end.kind == ENDLINE_COMPLETE && whole.end.serial == 1 && whole.end.records == 1 &&
           whole.facts.records_before_end == 1 && !whole.end.filtered && whole.end.sum[0] == '\0' &&
           whole.end.class == CLASS_IN && whole.end.name_length == 9,
       "... is read");
    good_zone(
        "with a sum",
        SOA
        "; zxfr end: example. IN serial 1 records 7 filtered sum 0123456789abcdef0123456789abcdef",
        SOA_OUT);
    ok(whole.end.kind == ENDLINE_COMPLETE && whole.end.filtered && whole.end.records == 7,
       "... is read");
    is_str(whole.end.sum, "0123456789abcdef0123456789abcdef", "... and the sum");
    struct sum sum = {0, 0};
    sum_line(&sum, SOA, sizeof(SOA) - 2);
    ok(whole.sum.low == sum.low && whole.sum.high == sum.high && whole.lines == 1,
       "... which is that of the lines before");
    good_zone("lines over lines", "$TTL 5\n;\n\n@ SOA ( a b\n 1 2 3 4 5\n)\n; x",
              "example. 5 IN SOA "
              "a.example. b.example. 1 2 3 4 5\n");
    is_int(whole.lines, 7, "every line is told once");
    good_zone("an end line behind something else",
              "@ 60 IN SOA a b 1 2 3 4 5; zxfr end: example. IN serial 1 records 1\n",
              "example. 60 IN SOA a.example. b.example. 1 2 3 4 5\n");
    is_int(whole.end.kind, ENDLINE_DAMAGED, "... is damaged");
    good_zone("INCOMPLETE", SOA "; zxfr INCOMPLETE: message 2: it broke\n", SOA_OUT);
    is_int(whole.end.kind, ENDLINE_INCOMPLETE, "... is seen");
    is_str(whole.end.reason, "message 2: it broke", "... with its reason");
    good_zone("INCOMPLETE and an end line",
              SOA "; zxfr INCOMPLETE: x\n; zxfr end: example. IN serial 1 records 1\n", SOA_OUT);
    is_int(whole.end.kind, ENDLINE_INCOMPLETE, "... stays incomplete");
    good_zone("records behind it",
              SOA "; zxfr end: example. IN serial 1 records 1\nx A 192.0.2.1\n",
              SOA_OUT "x.example. 60 IN A 192.0.2.1\n");
    ok(whole.facts.records_before_end == 1 && whole.facts.records == 2, "... are told");
    static const char *const damaged[] = {
        "; zxfr end:",
        "; zxfr end: ",
        "; zxfr end: example. IN serial 1 records",
        "; zxfr end: example. IN serial 1 records 1x",
        "; zxfr end: example. IN serial x records 1",
        "; zxfr end: example. IN serial 1 records 1 sum 12",
        "; zxfr end: example. IN serial 1 records 1 foo",
        "; zxfr end: example. IN serial 1 records 18446744073709551616"};
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        char text[200];
        snprintf(text, sizeof text, "%s%s\n", SOA, damaged[i]);
        good_zone(damaged[i], text, SOA_OUT);
        is_int(whole.end.kind, ENDLINE_DAMAGED, "... is damaged");
    }
    good_zone("a comment like it", SOA " ; zxfr end: x\n; zxfr ends\n", SOA_OUT);
    is_int(whole.end.kind, ENDLINE_NONE, "... is none");
}

/* Long entries make the window grow; too long ones, and files that cannot be read, are errors. */
static void test_sizes(void)
{
    size_t n = 17u << 20;
    char *text = malloc(n + 400);
    struct virtual_file big[] = {{"zone", text, 0}, {NULL, NULL, 0}};
    files = big;
    chunk_size = SIZE_MAX;
    char *at = text + sprintf(text, SOA "x TXT (");
    for (int i = 0; i < 256; i++)
        at += sprintf(at, "\"%0254d\"\n\n;%02000d\n", i, i);
    strcpy(at, ")\ny A 192.0.2.1\n");
    read_all(&whole, "example.", 0, false, true);
    is_str(whole.error, "", "an entry of %zu octets", strlen(text));
    is_int((int64_t)whole.facts.records, 3, "... is read");
    chunk_size = 1;
    read_all(&pieces, "example.", 0, false, true);
    ok(strcmp(whole.dump, pieces.dump) == 0, "... octet by octet too");
    chunk_size = SIZE_MAX;
    at = text + sprintf(text, SOA "x TXT (");
    memset(at, '\n', n);
    at[n] = '\0';
    read_all(&whole, "example.", 0, false, true);
    is_str(whole.error, "zone:2:1: an entry of more than 16 MiB", "an entry of 17 MiB");
    strcpy(text, SOA "x A 192.0.2.1\n");
    for (chunk_size = 1; chunk_size < 40; chunk_size += 3) {
        fail_at = 3;
        read_all(&whole, "example.", 0, false, true);
        fail_at = 0;
        ok(whole.event == SOURCE_FAIL && whole.kind == ERR_INPUT &&
               strstr(whole.error, "reading: Input/output error") != NULL,
           "a read that fails: %s", whole.error);
    }
    ok(open_count == 0, "every file was closed");
    free(text);
}

int main(void)
{
    test_entries();
    test_ttls();
    test_heads();
    test_origins();
    test_zones();
    test_guesses();
    test_dumps();
    test_tsig_lines();
    test_beginnings();
    test_zone_rules();
    test_syntax();
    test_includes();
    test_resume();
    test_resume_included();
    test_dots();
    test_spelling();
    test_left_out();
    test_windows();
    test_generate();
    test_end_line();
    test_sizes();
    return tap_end();
}
