/* out/w_json and zone/jsonread: every record there and back, by its text and by its fields. */
#include "dns/rdata.h"
#include "dns/types.h"
#include "out/writer.h"
#include "zone/jsonread.h"

#include "schema.h"
#include "tap.h"
#include "wire.h"

#include <errno.h>
#include <jansson.h>
#include <time.h>

enum { COLUMNS = 7, LINE_MAX_OCTETS = 700000 };

static unsigned rounds = 1000; /* of random RDATA for each type */

/* ---- Writing ------------------------------------------------------------------------------- */

static char output[8000000];
static size_t written;
static struct buf buf;
static struct sink *sink;
static struct err err;

static bool keep(void *context, const void *octets, size_t n, struct err *error)
{
    (void)context;
    (void)error;
    if (sizeof output - 1 - written < n)
        abort();
    memcpy(output + written, octets, n);
    written += n;
    output[written] = '\0';
    return true;
}

/* The buffer begins with no room, so that each line gets memory of exactly what the writer asks
 * for, and a memory checker sees the octet behind. */
static void open_writer(const char *format, const struct writer_style *style)
{
    const struct writer_type *row;
    size_t i = 0;
    while ((row = writer_row(i)) != NULL && strcmp(row->name, format) != 0)
        i++;
    err = (struct err){.kind = ERR_NONE};
    written = 0;
    output[0] = '\0';
    if (row == NULL || !buf_init(&buf, 1, keep, NULL, &err))
        abort();
    sink = row->open(style, &buf, &err);
    if (sink == NULL)
        abort();
}

static void begin(const struct zone_info *zone)
{
    if (!sink->begin(sink, zone, &err))
        ok(false, "begin: %s", err.text);
}

static const uint8_t apex[] = {3, 'a', '"', '\\', 0};
static const struct zone_info whole = {
    .apex = apex, .apex_length = sizeof apex, .class = CLASS_IN, .serial = 2026112201};

static void close_writer(void)
{
    sink->free(sink);
    buf_fini(&buf);
}

static void finish(void)
{
    ok(sink->end(sink, OUTCOME_COMPLETE, NULL, &err), "the end (%s)", err.text);
    close_writer();
}

static void put_rr(enum rr_op op, struct rr *rr)
{
    if (!rdata_fits(rr->info, rr->rdata, rr->rdlength))
        rr->flags |= RR_OPAQUE;
    if (!sink->record(sink, op, rr, &err))
        ok(false, "record: %s", err.text);
}

static void put(enum rr_op op, const char *owner, unsigned type, uint32_t ttl, unsigned flags,
                const char *name, const char *hex)
{
    static struct wire o, r;
    o.n = r.n = 0;
    wire_name(&o, owner);
    if (name[0] != '\0')
        wire_name(&r, name);
    wire_hex(&r, hex);
    struct rr rr = {
        .owner = o.octets,
        .owner_length = (uint8_t)o.n,
        .rdata = r.octets,
        .rdlength = (uint16_t)r.n,
        .info = types_find((uint16_t)type, CLASS_IN),
        .ttl = ttl,
        .type = (uint16_t)type,
        .class = CLASS_IN,
        .flags = (uint8_t)flags,
    };
    put_rr(op, &rr);
}

/* ---- Reading ------------------------------------------------------------------------------- */

static struct {
    const char *text;
    size_t length, at, chunk;
} input;

static bool read_input(void *context, void *to, size_t room, size_t *got, struct err *error)
{
    (void)context;
    (void)error;
    size_t n = input.length - input.at;
    if (n > input.chunk)
        n = input.chunk;
    if (n > room)
        n = room;
    memcpy(to, input.text + input.at, n);
    input.at += n;
    *got = n;
    return true;
}

static unsigned long opened, closed;

static void close_input(void *context)
{
    (void)context;
    closed++;
}

static struct source *open_reader(const char *text, size_t length, size_t chunk)
{
    struct zonefile_input file = {.read = read_input, .close = close_input, .name = "x.json"};
    input.text = text;
    input.length = length;
    input.at = 0;
    input.chunk = chunk;
    opened++;
    err = (struct err){.kind = ERR_NONE};
    struct source *source = jsonread_open(CLASS_IN, &file, &err);
    if (source == NULL)
        abort();
    return source;
}

/* Reads one record and compares it. */
static bool same_again(const char *text, size_t length, size_t chunk, const struct rr *expected)
{
    struct source *source = open_reader(text, length, chunk);
    struct rr rr = {.ttl = 0};
    enum rr_op op;
    bool same = source->next(source, &rr, &op, &err) == SOURCE_RR && op == RR_ADD &&
                rr.type == expected->type && rr.class == expected->class &&
                rr.ttl == expected->ttl && rr.info == expected->info &&
                rr.owner_length == expected->owner_length &&
                memcmp(rr.owner, expected->owner, rr.owner_length) == 0 &&
                rr.rdlength == expected->rdlength &&
                (rr.rdlength == 0 || memcmp(rr.rdata, expected->rdata, rr.rdlength) == 0) &&
                (rr.flags & RR_OPAQUE) == (expected->flags & RR_OPAQUE) &&
                source->next(source, &rr, &op, &err) == SOURCE_END;
    source->free(source);
    return same;
}

/* ---- There and back ------------------------------------------------------------------------ */

static bool has_text(const json_t *json, const char *member, const char *text)
{
    const char *value = json_string_value(json_object_get(json, member));
    return value != NULL && strcmp(value, text) == 0;
}

/* Whether the data has the members that the schema names, and each is a leaf or a list of them. */
static bool data_fits(const struct rr *rr, const json_t *data)
{
    size_t count = 0;
    for (const struct field *field = rr->info->fields; field->name != NULL; field++)
        for (const struct json_part *part = kinds[field->kind].json; part->shape != SHAPE_END;
             part++) {
            const json_t *json =
                json_object_get(data, part->name != NULL ? part->name : field->name);
            if (json == NULL && !part->optional)
                return false;
            count += json != NULL;
        }
    return json_is_object(data) && json_object_size(data) == count;
}

/* The text without one member, to be freed. */
static char *without(const json_t *json, const char *member)
{
    json_t *copy = json_copy((json_t *)(uintptr_t)json);
    json_object_del(copy, member);
    char *text = json_dumps(copy, JSON_COMPACT);
    json_decref(copy);
    return text;
}

/* Why the record does not survive, or NULL. */
static const char *there_and_back(struct rr *rr, const char *expected_text)
{
    static const struct writer_style style = {.typed = true};
    json_error_t why;
    open_writer("jsonl", &style);
    begin(&whole);
    put_rr(RR_ADD, rr);
    bool ended = sink->end(sink, OUTCOME_COMPLETE, NULL, &err);
    close_writer();
    bool opaque = (rr->flags & RR_OPAQUE) != 0;
    if (!ended || written == 0 || strchr(output, '\n') != output + written - 1)
        return "is not one line";
    for (size_t i = 0; i + 1 < written; i++)
        if (output[i] < ' ' || output[i] > '~')
            return "is not printable ASCII";
    json_t *json = json_loads(output, JSON_REJECT_DUPLICATES, &why);
    if (json == NULL)
        return "does not parse";
    const json_t *data = json_object_get(json, "data");
    const char *wrong = NULL;
    if (json_object_size(json) != (opaque ? 5 : 6) || (data == NULL) != opaque ||
        json_integer_value(json_object_get(json, "ttl")) != rr->ttl)
        wrong = "has other members";
    else if (expected_text != NULL && !has_text(json, "rdata", expected_text))
        wrong = "has another text";
    else if (!opaque && !data_fits(rr, data))
        wrong = "has other fields";
    char *only_rdata = without(json, "data"), *only_data = without(json, "rdata");
    if (wrong == NULL && !same_again(output, written, SIZE_MAX, rr))
        wrong = "does not come back";
    if (wrong == NULL && !same_again(only_rdata, strlen(only_rdata), 7, rr))
        wrong = "does not come back from its text";
    if (wrong == NULL && !opaque && !same_again(only_data, strlen(only_data), SIZE_MAX, rr))
        wrong = "does not come back from its fields";
    free(only_rdata);
    free(only_data);
    json_decref(json);
    return wrong;
}

static struct wire owner, rdata;

static struct rr make_rr(unsigned type, uint16_t class)
{
    return (struct rr){
        .owner = owner.octets,
        .owner_length = (uint8_t)owner.n,
        .rdata = rdata.octets,
        .rdlength = (uint16_t)rdata.n,
        .info = types_find((uint16_t)type, class),
        .type = (uint16_t)type,
        .class = class,
        .ttl = schema_below(2) == 0 ? UINT32_MAX : schema_below(100000),
    };
}

static void tell(const char *wrong, const char *what, unsigned number)
{
    ok(wrong == NULL, "%s %u: there and back%s%s", what, number, wrong != NULL ? ": " : "",
       wrong != NULL ? wrong : "");
    if (wrong != NULL) {
        diag("%s", err.text);
        diag("%.2000s", output);
    }
}

static unsigned type_code(const char *word)
{
    uint16_t code = 0;
    if (!types_read(word, strlen(word), &code))
        ok(false, "%s is a type", word);
    return code;
}

static void check_vector(char *line, unsigned number)
{
    char *columns[COLUMNS] = {NULL}, *rest = line;
    line[strcspn(line, "\n")] = '\0';
    if (line[0] == '\0' || line[0] == '#')
        return;
    for (size_t i = 0; i < COLUMNS; i++)
        columns[i] = strsep(&rest, "\t");
    unsigned type = type_code(columns[0]);
    rdata.n = owner.n = 0;
    if (strcmp(columns[2], "-") != 0)
        wire_hex(&rdata, columns[2]);
    schema_name(&owner);
    struct rr rr = make_rr(type, types_class_parse(columns[1]));
    if (rr.info != NULL && (rr.info->flags & TYPE_FLAG_META) != 0)
        return; /* nothing that a zone has */
    tell(there_and_back(&rr, columns[3]), "vectors, line", number);
}

static bool vectors(const char *path)
{
    static char line[LINE_MAX_OCTETS];
    FILE *file = fopen(path, "r");
    unsigned number = 0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        check_vector(line, ++number);
    if (file != NULL)
        fclose(file);
    return number > 100;
}

/* Random RDATA of each type. Where the strict check refuses much of it, the maker is at fault. */
static void random_rdata(void)
{
    const struct type_info *info;
    for (size_t i = 0; (info = types_row(i)) != NULL; i++) {
        const char *wrong = NULL;
        unsigned fits = 0;
        if ((info->flags & (TYPE_FLAG_META | TYPE_FLAG_OPAQUE)) != 0)
            continue;
        for (unsigned round = 0; round < rounds && wrong == NULL; round++) {
            schema_rdata(&rdata, info);
            if (round % 20 == 0) { /* one octet of it changed */
                if (rdata.n > 0)
                    rdata.octets[schema_below((unsigned)rdata.n)] = (uint8_t)schema_octet();
            }
            owner.n = 0;
            schema_name(&owner);
            struct rr rr = make_rr(info->code, info->class == CLASS_CH ? CLASS_CH : CLASS_IN);
            wrong = there_and_back(&rr, NULL);
            fits += (rr.flags & RR_OPAQUE) == 0;
        }
        tell(wrong, info->mnemonic, info->code);
        ok(wrong != NULL || fits > rounds / 2, "%s: %u of %u fit", info->mnemonic, fits, rounds);
    }
}

/* The longest RDATA, with every padding of what ends in base64. */
static void longest_rdata(void)
{
    const struct type_info *info;
    unsigned types = 0;
    for (size_t i = 0; (info = types_row(i)) != NULL; i++) {
        const char *wrong = NULL;
        bool can = (info->flags & (TYPE_FLAG_META | TYPE_FLAG_OPAQUE)) == 0;
        for (unsigned less = 0; can && less < 3 && wrong == NULL; less++) {
            can = schema_rdata_long(&rdata, info, RDATA_MAX - less);
            owner.n = 0;
            schema_name(&owner);
            struct rr rr = make_rr(info->code, CLASS_IN);
            wrong = can ? there_and_back(&rr, NULL) : NULL;
        }
        if (can)
            tell(wrong, info->mnemonic, info->code);
        types += can;
    }
    ok(types > 30, "%u types can be so long", types);
}

static void member_names(void)
{
    const struct type_info *info;
    for (size_t i = 0; (info = types_row(i)) != NULL; i++) {
        const char *names[32];
        size_t count = 0;
        bool unique = true;
        for (const struct field *field = info->fields; field->name != NULL; field++)
            for (const struct json_part *part = kinds[field->kind].json;
                 part->shape != SHAPE_END && count < 32; part++) {
                names[count] = part->name != NULL ? part->name : field->name;
                for (size_t j = 0; j < count; j++)
                    unique = unique && strcmp(names[j], names[count]) != 0;
                count++;
            }
        ok(unique && count < 32, "%s: the names of its members differ", info->mnemonic);
    }
}

/* ---- The forms ----------------------------------------------------------------------------- */

static void some_records(void)
{
    put(RR_ADD, "example.", 6, 3600, 0, "ns.example.",
        "05 61646d696e 07 6578616d706c65 00 78c42c29 00001c20 00000384 00127500 0000012c");
    put(RR_ADD, "example.", 15, 3600, RR_SAME_OWNER, "", "000a 026d78 00");
    put(RR_ADD, "q\"\\.example.", 16, 0, 0, "", "03612262 00 025c ff");
    put(RR_ADD, "q\"\\.example.", 1, 1, RR_SAME_OWNER, "", "c00002");
}

static void lines(void)
{
    struct writer_style style = {.typed = false};
    open_writer("jsonl", &style);
    begin(&whole);
    some_records();
    finish();
    is_str(output,
           "{\"name\":\"example.\",\"ttl\":3600,\"class\":\"IN\",\"type\":\"SOA\",\"rdata\":"
           "\"ns.example. admin.example. 2026122281 7200 900 1209600 300\"}\n"
           "{\"name\":\"example.\",\"ttl\":3600,\"class\":\"IN\",\"type\":\"MX\",\"rdata\":\"10 "
           "mx.\"}\n"
           "{\"name\":\"q\\\\\\\"\\\\\\\\.example.\",\"ttl\":0,\"class\":\"IN\",\"type\":\"TXT\","
           "\"rdata\":"
           "\"\\\"a\\\\\\\"b\\\" \\\"\\\" \\\"\\\\\\\\\\\\255\\\"\"}\n"
           "{\"name\":\"q\\\\\\\"\\\\\\\\.example.\",\"ttl\":1,\"class\":\"IN\",\"type\":\"A\","
           "\"rdata\":"
           "\"\\\\# 3 c00002\"}\n",
           "lines, with their escapes");
    style = (struct writer_style){.no_ttl = true, .no_class = true, .generic = true};
    open_writer("jsonl", &style);
    begin(&whole);
    put(RR_ADD, "example.", 15, 3600, 0, "", "000a 00");
    finish();
    is_str(output, "{\"name\":\"example.\",\"type\":\"MX\",\"rdata\":\"\\\\# 3 000a00\"}\n",
           "without TTL and class, in generic form");
}

#define HEAD "{\"zone\":\"a\\\\\\\"\\\\\\\\.\",\"class\":\"IN\","
#define MX_OF(ttl)                                                                                 \
    "\"name\":\"example.\",\"ttl\":" #ttl ",\"class\":\"IN\",\"type\":\"MX\",\"rdata\":\"0 .\"}"

static void documents(void)
{
    struct writer_style style = {.typed = false};
    open_writer("json", &style);
    begin(&whole);
    put(RR_ADD, "example.", 15, 5, 0, "", "0000 00");
    put(RR_ADD, "example.", 15, 6, RR_SAME_OWNER, "", "0000 00");
    finish();
    is_str(output, HEAD "\"serial\":2026112201,\"records\":[\n{" MX_OF(5) ",\n{" MX_OF(6) "\n]}\n",
           "a document");
    open_writer("json", &style);
    begin(&whole);
    finish();
    is_str(output, HEAD "\"serial\":2026112201,\"records\":[]}\n", "one without records");
}

static void changes(void)
{
    struct writer_style style = {.typed = false};
    struct zone_info step = whole;
    step.changes = true;
    for (int document = 0; document < 2; document++) {
        open_writer(document ? "json" : "jsonl", &style);
        step.from = 1;
        step.serial = 2;
        begin(&step);
        put(RR_DELETE, "example.", 15, 5, 0, "", "0000 00");
        step.from = 2;
        step.serial = 3;
        begin(&step);
        put(RR_ADD, "example.", 15, 6, 0, "", "0000 00");
        finish();
        if (document)
            is_str(output,
                   HEAD "\"from\":1,\"changes\":[\n{\"op\":\"del\"," MX_OF(
                       5) ",\n{\"op\":\"add\"," MX_OF(6) "\n],\"to\":3}\n",
                   "changes in two steps, as a document");
        else
            is_str(output, "{\"op\":\"del\"," MX_OF(5) "\n{\"op\":\"add\"," MX_OF(6) "\n",
                   "changes in two steps, as lines");
    }
    open_writer("json", &style);
    step.from = step.serial = 7;
    begin(&step);
    finish();
    is_str(output, HEAD "\"from\":7,\"changes\":[],\"to\":7}\n", "no change");
    open_writer("jsonl", &style);
    begin(&step);
    finish();
    is_str(output, "", "no change, as lines");
}

static void failures(void)
{
    struct writer_style style = {.typed = false};
    for (int document = 0; document < 2; document++)
        for (int begun = 0; begun < 2; begun++) {
            json_error_t why;
            open_writer(document ? "json" : "jsonl", &style);
            if (begun) {
                begin(&whole);
                put(RR_ADD, "example.", 15, 5, 0, "", "0000 00");
            }
            ok(sink->end(sink, OUTCOME_ABORTED, "message 2: no", &err), "an aborted zone");
            close_writer();
            char *last = strstr(output, "; zxfr INCOMPLETE: message 2: no\n");
            ok(last != NULL && (last == output || last[-1] == '\n') && last[33] == '\0',
               "says so in its last line");
            json_t *json = json_loads(last, 0, &why);
            ok(json == NULL, "which is no JSON");
        }
}

/* ---- What is read -------------------------------------------------------------------------- */

#define REC(more) "{\"name\":\"a.\",\"ttl\":5,\"class\":\"IN\",\"type\":\"A\"," more "}"
#define A1 REC("\"rdata\":\"192.0.2.1\"")
#define TYPED(type, data) "{\"name\":\"a.\",\"ttl\":5,\"type\":\"" type "\",\"data\":{" data "}}"

/* Reads all. Returns how many records there were, or -1 after a failure. */
static int read_all(const char *text, size_t chunk, struct jsonread_facts *facts)
{
    struct source *source = open_reader(text, strlen(text), chunk);
    struct rr rr;
    enum rr_op op;
    enum source_event event;
    int count = 0;
    while ((event = source->next(source, &rr, &op, &err)) == SOURCE_RR)
        count++;
    *facts = *jsonread_facts(source);
    source->free(source);
    return event == SOURCE_END && err.kind == ERR_NONE ? count : -1;
}

static void good_input(void)
{
    static const struct {
        const char *text;
        int records;
        bool document, incomplete;
    } cases[] = {
        {"", 0, false, false},
        {"\n \r\n", 0, false, false},
        {A1, 1, false, false},
        {A1 "\n", 1, false, false},
        {A1 "\r\n\n" A1 "\n\n", 2, false, false},
        {A1 A1, 2, false, false},
        {"{\n  \"name\": \"a.\",\n  \"ttl\": 5,\n  \"type\": \"A\",\n  \"rdata\": "
         "\"192.0.2.1\"\n}\n",
         1, false, false},
        {REC("\"rdata\":\"192.0.2.1\",\"note\":{\"records\":[1,{}]},\"x\":null"), 1, false, false},
        {REC("\"rdata\":\"\\\\# 4 c0000201\""), 1, false, false},
        {REC("\"rdata\":\"\\\\# 3 c00002\""), 1, false, false},
        {REC("\"rdata\":\"192.0.2.1\",\"data\":{\"address\":\"192.0.2.1\"}"), 1, false, false},
        {A1 "\n; zxfr INCOMPLETE: message 2: no\n", 1, false, true},
        {"; zxfr INCOMPLETE: refused\n", 0, false, true},
        {"; zxfr INCOMPLETE: refused", 0, false, true},
        {"{\"records\":[]}", 0, true, false},
        {"{\"zone\":\"a.\",\"class\":\"IN\",\"serial\":5,\"records\":[" A1 "," A1 "]}\n", 2, true,
         false},
        {"{\"records\":[" A1 "],\"class\":\"IN\",\"serial\":5,\"zone\":\"a.\",\"x\":[[\"]\"]]}", 1,
         true, false},
        {"{\"zone\":\"a.\",\"class\":\"IN\",\"serial\":5,\"records\":[\n" A1
         "\n; zxfr INCOMPLETE: no\n",
         1, true, true},
        {TYPED("TXT", "\"strings\":[\"say \\\"hi\\\"\",\"\",\"\\\\\\\\\\\\255\"]"), 1, false,
         false},
        {TYPED("HTTPS",
               "\"priority\":1,\"target\":\".\",\"params\":{\"port\":\"443\",\"alpn\":\"h2\"}"),
         1, false, false},
        {TYPED("NSEC3PARAM", "\"hash_algorithm\":1,\"flags\":0,\"iterations\":0,\"salt\":\"-\""), 1,
         false, false},
        {TYPED("APL", "\"prefixes\":[]"), 1, false, false},
        {TYPED("APL", "\"prefixes\":[{\"family\":1,\"negate\":false,\"address\":\"192.0.2.0\","
                      "\"prefix\":24}]"),
         1, false, false},
    };
    static const size_t chunks[] = {1, 3, SIZE_MAX};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t j = 0; j < 3; j++) {
            struct jsonread_facts facts;
            int count = read_all(cases[i].text, chunks[j], &facts);
            if (count != cases[i].records || facts.document != cases[i].document ||
                facts.incomplete != cases[i].incomplete || facts.records != (uint64_t)count)
                ok(false, "good %zu: %d records (%s)", i, count, err.text);
        }
    ok(true, "good input is read, however it is cut");
    struct jsonread_facts facts;
    is_int(read_all("{\"zone\":\"a.b.\",\"class\":\"CH\",\"from\":5,\"changes\":["
                    "{\"op\":\"del\",\"name\":\"a.b.\",\"ttl\":0,\"type\":\"NS\",\"rdata\":\".\"},"
                    "{\"op\":\"add\",\"name\":\"a.b.\",\"ttl\":0,\"type\":\"NS\",\"rdata\":\"x.\"}"
                    "],\"to\":6}",
                    SIZE_MAX, &facts),
           2, "changes (%s)", err.text);
    ok(facts.changes && facts.document && facts.has_zone && facts.apex_length == 5 &&
           facts.class == CLASS_CH && facts.has_from && facts.from == 5 && facts.has_to &&
           facts.to == 6 && !facts.has_serial,
       "what their document says");
    is_int(read_all("{\"op\":\"del\"," MX_OF(5) "\n{\"op\":\"add\"," MX_OF(6), SIZE_MAX, &facts), 2,
           "changes as lines");
    ok(facts.changes && !facts.document, "are known by their op");
}

#define A_OF(name, rdata) "{\"name\":\"" name "\",\"ttl\":1,\"type\":\"A\",\"rdata\":\"" rdata "\"}"

/* What is wrong with a stream besides the first error, and how many records are good. */
static void resumed(const char *what, const char *text, unsigned records, const char *errors)
{
    char all[4 * ERR_TEXT_MAX] = "";
    unsigned count = 0;
    struct source *source = open_reader(text, strlen(text), 7);
    enum source_event event = SOURCE_FAIL;
    bool goes_on = true;
    while (goes_on) {
        struct rr rr;
        enum rr_op op;
        event = source->next(source, &rr, &op, &err);
        count += event == SOURCE_RR;
        if (event == SOURCE_FAIL)
            sprintf(all + strlen(all), "%.300s\n", err.text);
        err = (struct err){.kind = ERR_NONE};
        goes_on = event == SOURCE_RR || (event == SOURCE_FAIL && jsonread_resume(source));
    }
    is_str(all, errors, "all that is wrong: %s", what);
    is_int(count, records, "... and what is not");
    ok(!jsonread_resume(source), "... then there is nothing more");
    source->free(source);
}

static void resume(void)
{
    resumed("lines",
            A_OF("a.", "192.0.2.1") "\n" A_OF("b.", "x") "\n" A_OF(
                "c", "192.0.2.1") "\n{\"x\":tru}\n" A_OF("d.", "192.0.2.1") "\n",
            2,
            "x.json:2: rdata: A address: expected an IPv4 address, got \"x\"\n"
            "x.json:3: name: expected an absolute name, which ends in a dot\n"
            "x.json:4:8: invalid token\n");
    resumed("a document",
            "{\"records\":[\n" A_OF("a.", "x") ",\n" A_OF("b.", "192.0.2.1") ",\n" A_OF(
                "c.", "y") "],\"serial\":x}",
            1,
            "x.json:2: rdata: A address: expected an IPv4 address, got \"x\"\n"
            "x.json:4: rdata: A address: expected an IPv4 address, got \"y\"\n"
            "x.json:4:1: invalid token\n");
    resumed("no JSON in between", A_OF("a.", "x") "\nfoo\n" A_OF("b.", "y") "\n", 0,
            "x.json:1: rdata: A address: expected an IPv4 address, got \"x\"\n"
            "x.json:2: expected a record, as an object\n");
    resumed("an end within a record", A_OF("a.", "x") "\n{\"name\":", 0,
            "x.json:1: rdata: A address: expected an IPv4 address, got \"x\"\n"
            "x.json:2: ends inside the value that begins in line 2\n");
}

static void bad_input(void)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"[]", "x.json:1: expected a record"},
        {"x", "x.json:1: expected a record"},
        {"{", "ends inside"},
        {"{}", "x.json:1: name: expected a name"},
        {"{\"name\"", "expected a colon"},
        {A1 "\n{\"name\":\"a.\"", "x.json:2: ends inside the value that begins in line 2"},
        {A1 "\n" REC("\"rdata\":\"192.0.2.1\",\"ttl\":6"), "x.json:2:"},
        {A1 "\n{\"name\":\"a.\",}", "x.json:2:"},
        {A1 "\n{]}\n" A1, "x.json:2"},
        {A1 ",\n" A1, "x.json:1: expected a record"},
        {A1 "\n; something else\n", "x.json:2: expected a record"},
        {A1 "\n; zxfr INCOMPLETE: x\n" A1, "x.json:3: expected nothing"},
        {A1 "\n\n5", "x.json:3: expected a record"},
        {"{\"name\":\"a\",\"ttl\":5,\"type\":\"A\",\"rdata\":\"192.0.2.1\"}",
         "name: expected an absolute name"},
        {"{\"name\":\"a\\\\.\",\"ttl\":5,\"type\":\"A\",\"rdata\":\"192.0.2.1\"}",
         "name: expected an absolute name"},
        {"{\"name\":\"\",\"ttl\":5,\"type\":\"A\",\"rdata\":\"192.0.2.1\"}", "name: expected"},
        {"{\"name\":\"a..\",\"ttl\":5,\"type\":\"A\",\"rdata\":\"192.0.2.1\"}", "name: expected"},
        {"{\"name\":\"b\\u00fccher.\",\"ttl\":5,\"type\":\"A\",\"rdata\":\"192.0.2.1\"}",
         "name: expected a name, as a string of printable ASCII"},
        {"{\"name\":\"a\\u0000.\",\"ttl\":5,\"type\":\"A\",\"rdata\":\"192.0.2.1\"}", "x.json:1:"},
        {"{\"name\":\"a\\n.\",\"ttl\":5,\"type\":\"A\",\"rdata\":\"192.0.2.1\"}",
         "name: expected a name, as a string of printable ASCII"},
        {"{\"name\":\"\xff.\",\"ttl\":5,\"type\":\"A\",\"rdata\":\"192.0.2.1\"}", "x.json:1"},
        {"{\"name\":\"a.\",\"type\":\"A\",\"rdata\":\"192.0.2.1\"}",
         "ttl: expected a whole number"},
        {"{\"name\":\"a.\",\"ttl\":5.0,\"type\":\"A\",\"rdata\":\"192.0.2.1\"}", "ttl: expected"},
        {"{\"name\":\"a.\",\"ttl\":\"5\",\"type\":\"A\",\"rdata\":\"192.0.2.1\"}", "ttl: expected"},
        {"{\"name\":\"a.\",\"ttl\":-1,\"type\":\"A\",\"rdata\":\"192.0.2.1\"}", "ttl: expected"},
        {"{\"name\":\"a.\",\"ttl\":4294967296,\"type\":\"A\",\"rdata\":\"192.0.2.1\"}",
         "ttl: expected"},
        {"{\"name\":\"a.\",\"ttl\":99999999999999999999,\"type\":\"A\",\"rdata\":\"192.0.2.1\"}",
         "x.json:1"},
        {"{\"name\":\"a.\",\"ttl\":5,\"class\":\"XX\",\"type\":\"A\",\"rdata\":\"192.0.2.1\"}",
         "class: expected"},
        {A1 "\n{\"name\":\"a.\",\"ttl\":5,\"class\":\"CH\",\"type\":\"A\",\"rdata\":\". 1\"}",
         "x.json:2: class: expected the class of the records before"},
        {"{\"name\":\"a.\",\"ttl\":5,\"rdata\":\"192.0.2.1\"}", "type: expected"},
        {"{\"name\":\"a.\",\"ttl\":5,\"type\":1,\"rdata\":\"192.0.2.1\"}", "type: expected"},
        {"{\"name\":\"a.\",\"ttl\":5,\"type\":\"NOSUCH\",\"rdata\":\"192.0.2.1\"}",
         "type: expected"},
        {"{\"name\":\"a.\",\"ttl\":5,\"type\":\"TSIG\",\"rdata\":\"\\\\# 0\"}", "type: TSIG is no"},
        {"{\"name\":\"a.\",\"ttl\":5,\"type\":\"A\"}", "expected a member rdata or data"},
        {REC("\"rdata\":5"), "rdata: expected a string"},
        {REC("\"rdata\":\"192.0.2\""), "rdata: "},
        {REC("\"rdata\":\"192.0.2.1 x\""), "rdata: "},
        {REC("\"rdata\":\"192.0.2.1\\nx\""), "rdata: expected a string of printable ASCII"},
        {REC("\"rdata\":\"\\\\# 4 c00002\""), "rdata: "},
        {REC("\"rdata\":\"192.0.2.1\",\"data\":{\"address\":\"192.0.2.2\"}"),
         "data: expected the same as rdata"},
        {REC("\"op\":\"add\",\"rdata\":\"192.0.2.1\"") "\n" A1, "x.json:2: op: expected \"add\""},
        {A1 "\n" REC("\"op\":\"add\",\"rdata\":\"192.0.2.1\""), "x.json:2: op: expected no such"},
        {REC("\"op\":\"remove\",\"rdata\":\"192.0.2.1\""), "op: expected \"add\" or \"del\""},
        {REC("\"data\":5"), "data: expected an object"},
        {REC("\"data\":{}"), "data: the member address is missing"},
        {REC("\"data\":{\"address\":5}"), "data: address: expected a string of one word"},
        {REC("\"data\":{\"address\":\"192.0.2.1\",\"adress\":1}"), "data: A has no member adress"},
        {REC("\"data\":{\"address\":\"192.0.2.1\",\"\\u001b[2J\":1}"), "no member of that name"},
        {TYPED("MX", "\"preference\":65536,\"exchange\":\".\""), "data: "},
        {TYPED("MX", "\"preference\":\"5\",\"exchange\":\".\""),
         "preference: expected a whole number"},
        {TYPED("MX", "\"preference\":5,\"exchange\":\". .\""),
         "exchange: expected a string of one word"},
        {TYPED("MX", "\"preference\":5,\"exchange\":\"@\""), "data: "},
        {TYPED("MX", "\"preference\":5,\"exchange\":\"mail\""), "data: "},
        {TYPED("MX", "\"preference\":5,\"exchange\":\"(.\""), "exchange: expected"},
        {TYPED("MX", "\"preference\":5,\"exchange\":\". ;\""), "exchange: expected"},
        {TYPED("MX", "\"preference\":5,\"exchange\":\".;\""), "exchange: expected"},
        {TYPED("MX", "\"preference\":5,\"exchange\":\"a\\\\\""), "exchange: expected"},
        {TYPED("MX", "\"preference\":5,\"exchange\":\"\""), "exchange: expected"},
        {TYPED("MINFO", "\"responsible\":\"\\\\#\",\"errors\":\"0\""), "does not begin with"},
        {TYPED("HINFO", "\"cpu\":\"a\\\" \\\"b\\\\\",\"os\":\"\""),
         "a character after the backslash"},
        {TYPED("HINFO", "\"cpu\":\"\\\\2\",\"os\":\"\""), "data: "},
        {TYPED("HINFO", "\"cpu\":\"\\u00e9\",\"os\":\"\""), "cpu: expected a string of printable"},
        {TYPED("TXT", "\"strings\":[]"), "data: "},
        {TYPED("TXT", "\"strings\":\"a\""), "strings: expected an array"},
        {TYPED("TXT", "\"strings\":[5]"), "strings: expected a string"},
        {TYPED("WKS", "\"address\":\"192.0.2.1\",\"protocol\":6,\"ports\":[65536]"), "data: "},
        {TYPED("APL", "\"prefixes\":[{\"family\":1,\"address\":\"192.0.2.0\"}]"),
         "prefixes: expected objects"},
        {TYPED("APL", "\"prefixes\":[{\"family\":1,\"address\":\"192.0.2.0/1\",\"prefix\":2}]"),
         "prefixes: expected an address"},
        {TYPED("APL",
               "\"prefixes\":[{\"family\":1,\"address\":\"192.0.2.0\",\"prefix\":2,\"x\":1}]"),
         "prefixes: expected objects"},
        {TYPED("HTTPS", "\"priority\":1,\"target\":\".\",\"params\":[]"),
         "params: expected an object"},
        {TYPED("HTTPS", "\"priority\":1,\"target\":\".\",\"params\":{\"a b\":\"\"}"),
         "params: expected keys"},
        {TYPED("HTTPS", "\"priority\":1,\"target\":\".\",\"params\":{\"port\":443}"),
         "params: expected a string"},
        {TYPED("HTTPS",
               "\"priority\":1,\"target\":\".\",\"params\":{\"key7\":\"\",\"key07\":\"\"}"),
         "data: "},
        {TYPED("NULL", "\"x\":1"), "data: the type has no fields"},
        {TYPED("TYPE65280", "\"x\":1"), "data: the type has no fields"},
        {TYPED("LOC",
               "\"latitude\":\"42 N 71 W\",\"longitude\":\"10m 1m 1m 1m\",\"altitude\":\"1m\","
               "\"size\":\"1m\",\"horizontal_precision\":\"1m\",\"vertical_precision\":\"1m\""),
         "data: "},
        {TYPED("LOC",
               "\"latitude\":\"42 N\",\"longitude\":\"1 2 3 E\",\"altitude\":\"1m\","
               "\"size\":\"1m\",\"horizontal_precision\":\"1m\",\"vertical_precision\":\"1m\""),
         "latitude: expected a string of four words"},
        {"{\"zone\":\"a.\",\"records\":[" A1, "ends inside the document"},
        {"{\"zone\":\"a.\",\"records\":[" A1 ",", "expected a value"},
        {"{\"zone\":\"a.\",\"records\":[" A1 ",]}", "expected a value"},
        {"{\"zone\":\"a.\",\"records\":[" A1 "]", "ends inside the document"},
        {"{\"zone\":\"a.\",\"records\":[" A1 "]}\n" A1, "x.json:2: expected nothing after"},
        {"{\"zone\":\"a.\",\"records\":[" A1 "],\"zone\":\"b.\"}", "there twice"},
        {"{\"records\":[" A1 "],\"changes\":[]}", "both records and changes"},
        {"{\"records\":[" A1 "],\"class\":\"CH\"}",
         "class: expected the class of the records before"},
        {"{\"zone\":5,\"records\":[]}", "zone: expected"},
        {"{\"serial\":-5,\"records\":[]}", "serial: expected"},
        {"{\"serial\":1,\"records\":[{\"name\":\"a.\",\"ttl\":5,\"type\":\"SOA\",\"rdata\":"
         "\". . 2 3 4 5 6\"}]}",
         "serial: is 1, but that of the SOA is 2"},
        {"{\"records\":[" REC("\"op\":\"add\",\"rdata\":\"192.0.2.1\"") "]}",
         "op: expected no such"},
        {"{\"changes\":[" A1 "]}", "op: expected \"add\""},
        {"{\"records\":[\n5]}", "x.json:2: expected a record, as an object"},
    };
    static const size_t chunks[] = {1, 5, SIZE_MAX};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char first[ERR_TEXT_MAX] = "";
        for (size_t j = 0; j < 3; j++) {
            struct jsonread_facts facts;
            int count = read_all(cases[i].text, chunks[j], &facts);
            if (j == 0)
                strcpy(first, err.text);
            if (count >= 0 || err_class(err.kind) != ERR_CLASS_INPUT ||
                strstr(err.text, cases[i].words) == NULL || strncmp(err.text, "x.json:", 7) != 0 ||
                err.text[7] < '1' || err.text[7] > '9' || strcmp(first, err.text) != 0)
                ok(false, "bad %zu (%s): %s", i, cases[i].words, err.text);
        }
    }
    ok(true, "bad input is refused with its place, however it is cut");
}

/* What is read without bounds on it must have some. */
static void bounds(void)
{
    struct jsonread_facts facts;
    size_t n = 5000000;
    char *text = malloc(n + 1);
    memset(text, ' ', n);
    text[n] = '\0';
    is_int(read_all(text, 100000, &facts), 0, "blanks have no bound");
    memset(text, '[', n);
    text[0] = '{';
    ok(read_all(text, 100000, &facts) < 0, "five million brackets are refused: %s", err.text);
    memcpy(text, "{\"x\":", 5);
    ok(read_all(text, 100000, &facts) < 0, "also deeper: %s", err.text);
    memcpy(text, "{\"x\":\"", 6);
    ok(read_all(text, 100000, &facts) < 0 && strstr(err.text, "at most 4 MiB") != NULL,
       "a value is bounded: %s", err.text);
    n = 100000;
    memset(text, '[', n);
    memcpy(text, "{\"x\":", 5);
    memset(text + n / 2, ']', n / 2);
    memset(text + n / 2, ' ', 4); /* as many to the left as to the right */
    text[n - 1] = '}';
    text[n] = '\0';
    ok(read_all(text, 100000, &facts) < 0, "nesting is bounded: %s", err.text);
    free(text);
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : (uint64_t)time(NULL);
    if (argc > 3)
        rounds = (unsigned)strtoul(argv[3], NULL, 10);
    diag("seed %" PRIu64 " (test_json VECTORS SEED ROUNDS)", seed);
    schema_seed(seed);
    lines();
    documents();
    changes();
    failures();
    member_names();
    good_input();
    bad_input();
    resume();
    bounds();
    ok(argc > 1 && vectors(argv[1]), "the vectors were read");
    random_rdata();
    longest_rdata();
    ok(opened > 0 && opened == closed, "each input was closed, once");
    return tap_end();
}
