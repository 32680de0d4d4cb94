/* job/gate: facts in, verdicts out. */
#include "job/gate.h"

#include "dns/types.h"

#include "tap.h"

static const uint8_t apex[] = "\7example\3com", below[] = "\3www\7example\3com";
static struct err err;

/* ---- What is asked ------------------------------------------------------------------------- */

static const struct guard_limits no_limits = {.max_shrink = NO_SHRINK_LIMIT};

/* A zone that nothing is known to be wrong with, and facts that lead to all of it. */
struct scene {
    struct gate_orders orders;
    struct gate_facts facts;
    struct guard_limits limits;
    struct verify_result verify;
    struct gate_count counts[GATE_CHANGES_MAX];
    struct findings *findings;
    struct gate_list list;
};

static struct scene *scene_new(void)
{
    struct scene *scene = calloc(1, sizeof *scene);
    scene->findings = findings_new(20, NULL, &err);
    scene->limits = no_limits;
    scene->facts = (struct gate_facts){
        .records = 100,
        .old = GATE_OLD_KNOWN,
        .limits = &scene->limits,
        .counts = scene->counts,
        .verify = &scene->verify,
        .findings = scene->findings,
    };
    return scene;
}

static void scene_free(struct scene *scene)
{
    findings_free(scene->findings);
    free(scene);
}

static void judge(struct scene *scene)
{
    err = (struct err){.kind = ERR_NONE};
    findings_close(scene->findings);
    memset(&scene->list, 0xa5, sizeof scene->list); /* what is left there would be seen */
    gate_judge(&scene->list, &scene->orders, &scene->facts);
    for (unsigned i = 0; i < scene->list.count; i++) {
        const struct gate_verdict *verdict = &scene->list.verdicts[i];
        ok(memchr(verdict->limit, '\0', sizeof verdict->limit) != NULL &&
               memchr(verdict->value, '\0', sizeof verdict->value) != NULL &&
               memchr(verdict->text, '\0', sizeof verdict->text) != NULL,
           "the texts of %s end", gate_name(verdict->gate));
        ok(verdict->result != GATE_REFUSED || *verdict->text != '\0', "a refusal by %s says why",
           gate_name(verdict->gate));
    }
}

static const char *result_text(enum gate_result result)
{
    static const char *const texts[] = {"skipped", "passed", "refused", "failed"};
    return (unsigned)result < 4 ? texts[result] : "none";
}

/* The only verdict of the list. */
static void is_alone(struct scene *scene, enum gate gate, enum gate_result result,
                     enum err_kind kind, const char *limit, const char *value, const char *text,
                     const char *what)
{
    judge(scene);
    const struct gate_verdict *verdict = &scene->list.verdicts[0];
    if (!is_int(scene->list.count, 1, "%s: one gate", what))
        return;
    is_str(gate_name(verdict->gate), gate_name(gate), "%s: which", what);
    is_str(result_text(verdict->result), result_text(result), "%s: the result", what);
    is_str(verdict->limit, limit, "%s: the limit", what);
    is_str(verdict->value, value, "%s: the value", what);
    ok(strstr(verdict->text, text) != NULL && (*text != '\0' || *verdict->text == '\0'),
       "%s: the text \"%s\" has \"%s\"", what, verdict->text, text);
    ok(gate_is_open(&scene->list, &err) == (result != GATE_REFUSED), "%s: open or not", what);
    is_str(err_slug(err.kind), err_slug(kind), "%s: the kind", what);
    is_str(err.text, result == GATE_REFUSED ? verdict->text : "", "%s: the error's text", what);
}

static void nothing_asked(void)
{
    struct scene *scene = scene_new();
    judge(scene);
    is_int(scene->list.count, 0, "nothing is asked: no verdict");
    ok(gate_is_open(&scene->list, &err), "... and all is open");
    is_int(gate_what(&scene->orders), 0, "... nothing is looked at");
    ok(!gate_needs_order(&scene->orders), "... nor sorted");
    scene->orders.check_cmd = "true";
    ok(!gate_needs_order(&scene->orders), "a command needs no order");
    scene->orders.change_count = 1;
    ok(!gate_needs_order(&scene->orders), "nor does a limit that was taken back");
    scene->orders.changes[0].is_set = true;
    ok(gate_needs_order(&scene->orders), "a limit on changes does");
    scene->orders.change_count = 0;
    scene->orders.least_life = 1;
    is_int(gate_what(&scene->orders), VERIFY_DNSSEC, "the life of signatures needs DNSSEC");
    ok(gate_needs_order(&scene->orders), "... and order");
    scene->orders = (struct gate_orders){.verify = VERIFY_ZONEMD, .require = VERIFY_DNSSEC};
    is_int(gate_what(&scene->orders), VERIFY_ZONEMD | VERIFY_DNSSEC, "verify and require add up");
    scene_free(scene);
}

/* ---- Numbers of records -------------------------------------------------------------------- */

static void min_records(void)
{
    static const struct {
        uint64_t least, records;
        bool good;
    } rows[] = {{100, 100, true},
                {101, 100, false},
                {1, 0, false},
                {1, 1, true},
                {UINT64_MAX, UINT64_MAX - 1, false},
                {UINT64_MAX, UINT64_MAX, true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene *scene = scene_new();
        char limit[32], value[32], what[160];
        snprintf(limit, sizeof limit, "%" PRIu64, rows[i].least);
        snprintf(value, sizeof value, "%" PRIu64, rows[i].records);
        snprintf(what, sizeof what, "%s of at least %s records", value, limit);
        scene->limits.min_records = rows[i].least;
        scene->facts.records = rows[i].records;
        is_alone(scene, GATE_MIN_RECORDS, rows[i].good ? GATE_PASSED : GATE_REFUSED,
                 rows[i].good ? ERR_NONE : ERR_MIN_RECORDS, limit, value, rows[i].good ? "" : limit,
                 what);
        scene_free(scene);
    }
}

static void max_shrink(void)
{
    static const struct {
        unsigned percent;
        uint64_t old, records;
        bool good;
    } rows[] = {{10, 100, 90, true},   {10, 100, 89, false}, {0, 100, 99, false},
                {0, 100, 100, true},   {99, 100, 1, true},   {99, 100, 0, false},
                {10, 100, 1000, true}, {10, 7, 6, false},    {15, 7, 6, true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene *scene = scene_new();
        char limit[32], value[32], what[160];
        snprintf(limit, sizeof limit, "%u%%", rows[i].percent);
        snprintf(value, sizeof value, "%" PRIu64, rows[i].records);
        snprintf(what, sizeof what, "%s left of %" PRIu64 ", at most %s", value, rows[i].old,
                 limit);
        scene->limits.max_shrink = rows[i].percent;
        scene->limits.old_records = rows[i].old;
        scene->facts.records = rows[i].records;
        is_alone(scene, GATE_MAX_SHRINK, rows[i].good ? GATE_PASSED : GATE_REFUSED,
                 rows[i].good ? ERR_NONE : ERR_MAX_SHRINK, limit, value,
                 rows[i].good ? "" : "percent", what);
        scene_free(scene);
    }
    struct scene *scene = scene_new();
    scene->limits.max_shrink = 10;
    is_alone(scene, GATE_MAX_SHRINK, GATE_SKIPPED, ERR_NONE, "10%", "", "is not known",
             "no old number");
    scene_free(scene);
}

/* ---- Changes ------------------------------------------------------------------------------- */

static void change_limits(void)
{
    static const struct {
        bool percent;
        uint64_t most, old, added, deleted;
        bool good;
    } rows[] = {
        {false, 0, 10, 0, 0, true},
        {false, 0, 10, 1, 0, false},
        {false, 0, 10, 0, 1, false},
        {false, 5, 10, 5, 5, true}, /* the larger counts, not the sum */
        {false, 5, 10, 6, 0, false},
        {false, 5, 10, 0, 6, false},
        {false, UINT64_MAX, 0, UINT64_MAX, UINT64_MAX, true},
        {true, 10, 100, 10, 10, true},
        {true, 10, 100, 11, 0, false},
        {true, 10, 109, 10, 0, true},
        {true, 10, 109, 11, 0, false}, /* 10.9: that many, not more */
        {true, 10, 110, 11, 0, true},
        {true, 10, 9, 1, 1, true}, /* less than one record is one */
        {true, 10, 9, 2, 0, false},
        {true, 10, 0, 1, 0, true},
        {true, 10, 0, 2, 0, false},
        {true, 0, 100, 0, 0, true},
        {true, 0, 100, 1, 0, false}, /* but nothing is nothing */
        {true, 0, 100, 0, 1, false},
        {true, 1, 150, 1, 0, true},
        {true, 1, 150, 2, 0, false},
        {true, 100, 7, 7, 7, true},
        {true, 100, 7, 8, 0, false},
        {true, 200, 7, 14, 0, true},
        {true, 1000000000, UINT64_MAX / 2, UINT64_MAX / 2, 0, true},
        {true, 1, UINT64_MAX / 2, UINT64_MAX / 2, 0, false},
        {true, 50, UINT64_MAX - 1, UINT64_MAX - 1, 0, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene *scene = scene_new();
        char limit[32], value[80], what[160];
        snprintf(limit, sizeof limit, "%" PRIu64 "%s", rows[i].most, rows[i].percent ? "%" : "");
        snprintf(value, sizeof value, "+%" PRIu64 " -%" PRIu64 " of %" PRIu64, rows[i].added,
                 rows[i].deleted, rows[i].old);
        value[GATE_VALUE_ROOM - 1] = '\0';
        snprintf(what, sizeof what, "%s, at most %s", value, limit);
        scene->orders.change_count = 1;
        scene->orders.changes[0] =
            (struct gate_change){.is_set = true, .percent = rows[i].percent, .most = rows[i].most};
        scene->counts[0] = (struct gate_count){
            .old = rows[i].old, .added = rows[i].added, .deleted = rows[i].deleted};
        strcpy(scene->counts[0].first, "+www.example.com. A 192.0.2.1");
        is_alone(scene, GATE_MAX_CHANGE, rows[i].good ? GATE_PASSED : GATE_REFUSED,
                 rows[i].good ? ERR_NONE : ERR_MAX_CHANGE, limit, value,
                 rows[i].good ? "" : "the first: +www.example.com. A 192.0.2.1", what);
        scene_free(scene);
    }
}

/* How a limit is called, and that none is taken for another. */
static void change_words(void)
{
    static const struct {
        struct gate_change change;
        const char *limit;
    } rows[] = {
        {{true, false, false, false, 0, 5}, "5"},
        {{true, true, false, false, TYPE_NS, 0}, "NS=0"},
        {{true, true, true, false, TYPE_NS, 0}, "@NS=0"},
        {{true, true, true, true, 65280, 12}, "@TYPE65280=12%"},
        {{true, true, true, true, TYPE_NSEC3PARAM, UINT64_MAX},
         "@NSEC3PARAM=18446744073709551615%"},
    };
    struct scene *scene = scene_new();
    scene->orders.change_count = 1 + sizeof rows / sizeof *rows;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        scene->orders.changes[i + 1] = rows[i].change; /* the first was taken back */
    judge(scene);
    is_int(scene->list.count, sizeof rows / sizeof *rows, "a verdict for each limit but \"off\"");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        is_str(scene->list.verdicts[i].limit, rows[i].limit, "the limit %s", rows[i].limit);
    scene_free(scene);
}

static void change_without_old(void)
{
    for (int strict = 0; strict < 2; strict++) {
        struct scene *scene = scene_new();
        scene->orders.change_count = 1;
        scene->orders.changes[0].is_set = true;
        scene->facts.strict = strict;
        scene->facts.old = GATE_OLD_NONE;
        is_alone(scene, GATE_MAX_CHANGE, GATE_SKIPPED, ERR_NONE, "0", "",
                 "there is no old zone to compare with", "no FILE");
        scene->facts.old = GATE_OLD_UNKNOWN;
        is_alone(scene, GATE_MAX_CHANGE, strict ? GATE_REFUSED : GATE_SKIPPED,
                 strict ? ERR_OLD_UNKNOWN : ERR_NONE, "0", "", "FILE is not a whole zone",
                 strict ? "FILE is something else, --strict" : "FILE is something else");
        scene_free(scene);
    }
}

static struct rr rr_of(const uint8_t *owner, size_t length, uint16_t type)
{
    return (struct rr){.owner = owner, .owner_length = (uint8_t)length, .type = type, .class = 1};
}

static void counting(void)
{
    enum { ALL, APEX_NS, ANY_NS, SOA, SIGNATURES, OFF, APEX_ALL, LIMITS };
    struct gate_orders orders = {.change_count = LIMITS};
    orders.changes[ALL] = (struct gate_change){.is_set = true};
    orders.changes[APEX_NS] =
        (struct gate_change){.is_set = true, .has_type = true, .apex = true, .type = TYPE_NS};
    orders.changes[ANY_NS] =
        (struct gate_change){.is_set = true, .has_type = true, .type = TYPE_NS};
    orders.changes[SOA] = (struct gate_change){.is_set = true, .has_type = true, .type = TYPE_SOA};
    orders.changes[SIGNATURES] =
        (struct gate_change){.is_set = true, .has_type = true, .type = TYPE_RRSIG};
    orders.changes[OFF] = (struct gate_change){.has_type = true, .type = TYPE_NS};
    orders.changes[APEX_ALL] = (struct gate_change){.is_set = true, .apex = true};
    static const struct {
        uint16_t type;
        bool apex, counts[LIMITS];
    } rows[] = {
        {TYPE_A, true, {[ALL] = true, [APEX_ALL] = true}},
        {TYPE_A, false, {[ALL] = true}},
        {TYPE_NS, true, {[ALL] = true, [APEX_NS] = true, [ANY_NS] = true, [APEX_ALL] = true}},
        {TYPE_NS, false, {[ALL] = true, [ANY_NS] = true}},
        {TYPE_SOA, true, {[SOA] = true}},
        {TYPE_RRSIG, true, {[SIGNATURES] = true}},
        {TYPE_RRSIG, false, {[SIGNATURES] = true}},
        {TYPE_ZONEMD, true, {false}},
        {TYPE_DNSKEY, true, {false}},
        {TYPE_NSEC, false, {false}},
        {TYPE_NSEC3, false, {false}},
        {TYPE_NSEC3PARAM, true, {false}},
        /* That is not what signing this zone makes. */
        {TYPE_DS, false, {[ALL] = true}},
        {65280, false, {[ALL] = true}},
    };
    static const uint8_t capitals[] = "\7EXAMPLE\3Com";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct gate_count counts[GATE_CHANGES_MAX] = {{.old = 0}};
        char type[40];
        struct rr rr = rows[i].apex ? rr_of(capitals, sizeof capitals, rows[i].type)
                                    : rr_of(below, sizeof below, rows[i].type);
        snprintf(type, sizeof type, "type %u%s", rows[i].type, rows[i].apex ? " at the apex" : "");
        gate_count_old(&orders, counts, apex, sizeof apex, &rr);
        gate_count_change(&orders, counts, apex, sizeof apex, RR_ADD, &rr);
        gate_count_change(&orders, counts, apex, sizeof apex, RR_ADD, &rr);
        gate_count_change(&orders, counts, apex, sizeof apex, RR_DELETE, &rr);
        for (unsigned j = 0; j < LIMITS; j++) {
            unsigned n = rows[i].counts[j];
            ok(counts[j].old == n && counts[j].added == 2 * n && counts[j].deleted == n,
               "%s, limit %u: %s", type, j, n ? "counts" : "does not count");
            ok((*counts[j].first != '\0') == (n > 0), "... and is the first or not");
        }
    }
    struct gate_count counts[GATE_CHANGES_MAX] = {{.old = 0}};
    struct rr first = rr_of(below, sizeof below, TYPE_A), then = rr_of(apex, sizeof apex, TYPE_NS);
    gate_count_change(&orders, counts, apex, sizeof apex, RR_DELETE, &first);
    gate_count_change(&orders, counts, apex, sizeof apex, RR_ADD, &then);
    ok(strncmp(counts[ALL].first, "-www.example.com. A", 19) == 0, "the first is kept");
    ok(strncmp(counts[ANY_NS].first, "+example.com. NS", 16) == 0, "of each limit its own");
}

/* ---- Proofs -------------------------------------------------------------------------------- */

/* FILE as it was. */
enum { WHOLE, MISSING, ODD };
static const enum gate_old olds[] = {
    [WHOLE] = GATE_OLD_KNOWN, [MISSING] = GATE_OLD_NONE, [ODD] = GATE_OLD_UNKNOWN};

static void zonemd(void)
{
    static const struct {
        const char *what;
        enum zonemd_class class;
        unsigned require, had;
        bool allow, finding, verifies, is_signed, good, strict;
        unsigned file;
        enum gate_result result;
        enum err_kind kind;
        const char *value, *text;
    } rows[] = {
        {.what = "right",
         .class = ZONEMD_VERIFIED,
         .result = GATE_PASSED,
         .value = "right (SHA-384)",
         .text = "signatures over it were not looked at"},
        {.what = "right, of a zone that is signed well",
         .class = ZONEMD_VERIFIED,
         .verifies = true,
         .is_signed = true,
         .good = true,
         .result = GATE_PASSED,
         .value = "right (SHA-384)"},
        {.what = "right, of a zone that is not signed",
         .class = ZONEMD_VERIFIED,
         .verifies = true,
         .result = GATE_PASSED,
         .value = "right (SHA-384)",
         .text = "signatures over it were not looked at"},
        {.what = "right, but not signed",
         .class = ZONEMD_VERIFIED,
         .verifies = true,
         .is_signed = true,
         .result = GATE_REFUSED,
         .kind = ERR_ZONEMD,
         .value = "right, but not signed",
         .text = "no good signature"},
        {.what = "wrong",
         .class = ZONEMD_FAILED,
         .finding = true,
         .result = GATE_REFUSED,
         .kind = ERR_ZONEMD,
         .value = "wrong",
         .text = "ZONEMD: other (zonemd-mismatch)"},
        {.what = "wrong, and --allow-unsigned",
         .class = ZONEMD_FAILED,
         .finding = true,
         .allow = true,
         .result = GATE_REFUSED,
         .kind = ERR_ZONEMD,
         .value = "wrong",
         .text = "(zonemd-mismatch)"},
        {.what = "absent, and FILE had none", .result = GATE_PASSED, .value = "absent"},
        {.what = "absent, and there is no FILE",
         .file = MISSING,
         .result = GATE_PASSED,
         .value = "absent"},
        {.what = "lost",
         .had = VERIFY_ZONEMD,
         .result = GATE_REFUSED,
         .kind = ERR_PROOF_LOST,
         .value = "absent",
         .text = "the old one has"},
        {.what = "lost, and --allow-unsigned",
         .had = VERIFY_ZONEMD,
         .allow = true,
         .result = GATE_PASSED,
         .value = "absent"},
        {.what = "what was lost is something else",
         .had = VERIFY_DNSSEC,
         .result = GATE_PASSED,
         .value = "absent"},
        {.what = "lost, as far as FILE can be read",
         .had = VERIFY_ZONEMD,
         .file = ODD,
         .result = GATE_REFUSED,
         .kind = ERR_PROOF_LOST,
         .value = "absent",
         .text = "the old one has"},
        {.what = "absent, and FILE is something",
         .file = ODD,
         .result = GATE_PASSED,
         .value = "absent",
         .text = "FILE is not a whole zone"},
        {.what = "absent, and FILE is something, --strict",
         .file = ODD,
         .strict = true,
         .result = GATE_REFUSED,
         .kind = ERR_OLD_UNKNOWN,
         .value = "",
         .text = "FILE is not a whole zone"},
        {.what = "absent, --require",
         .require = VERIFY_ZONEMD,
         .result = GATE_REFUSED,
         .kind = ERR_PROOF_ABSENT,
         .value = "absent",
         .text = "no ZONEMD record"},
        {.what = "absent, --require, --allow-unsigned",
         .require = VERIFY_ZONEMD,
         .allow = true,
         .result = GATE_REFUSED,
         .kind = ERR_PROOF_ABSENT,
         .value = "absent",
         .text = "no ZONEMD record"},
        {.what = "absent, --require, no FILE",
         .require = VERIFY_ZONEMD,
         .file = MISSING,
         .result = GATE_REFUSED,
         .kind = ERR_PROOF_ABSENT,
         .value = "absent",
         .text = "no ZONEMD record"},
        {.what = "unsupported",
         .class = ZONEMD_UNSUPPORTED,
         .result = GATE_PASSED,
         .value = "not verifiable"},
        {.what = "unsupported, and FILE had one that was not",
         .class = ZONEMD_UNSUPPORTED,
         .had = VERIFY_ZONEMD,
         .result = GATE_REFUSED,
         .kind = ERR_PROOF_LOST,
         .value = "not verifiable",
         .text = "the old one has"},
        {.what = "unsupported, and that is allowed",
         .class = ZONEMD_UNSUPPORTED,
         .had = VERIFY_ZONEMD,
         .allow = true,
         .result = GATE_PASSED,
         .value = "not verifiable"},
        {.what = "unsupported, --require",
         .class = ZONEMD_UNSUPPORTED,
         .require = VERIFY_ZONEMD,
         .result = GATE_REFUSED,
         .kind = ERR_PROOF_ABSENT,
         .value = "not verifiable",
         .text = "can be verified"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene *scene = scene_new();
        scene->orders.verify = VERIFY_ZONEMD;
        scene->orders.require = rows[i].require;
        scene->orders.allow_unsigned = rows[i].allow;
        scene->verify.zonemd.class = rows[i].class;
        scene->verify.dnssec = (struct dnssec_result){.is_signed = rows[i].is_signed,
                                                      .soa_good = rows[i].good,
                                                      .zonemd_good = rows[i].good,
                                                      .trust = TRUST_SELF};
        scene->facts.had = rows[i].had;
        scene->facts.strict = rows[i].strict;
        scene->facts.old = olds[rows[i].file];
        if (rows[i].finding)
            findings_add(scene->findings, &err, RULE_ZONEMD_MISMATCH, apex, TYPE_ZONEMD, "other");
        if (rows[i].verifies) { /* which a gate of signatures asks for, and is not looked at here */
            scene->orders.least_life = 1000000;
            judge(scene);
            is_int(scene->list.count, 2, "%s: two gates", rows[i].what);
            is_str(result_text(scene->list.verdicts[0].result), result_text(rows[i].result),
                   "%s: the result", rows[i].what);
            is_str(scene->list.verdicts[0].value, rows[i].value, "%s: the value", rows[i].what);
        } else {
            is_alone(scene, GATE_ZONEMD, rows[i].result, rows[i].kind,
                     rows[i].require ? "require" : "verify", rows[i].value,
                     rows[i].text != NULL ? rows[i].text : "", rows[i].what);
        }
        scene_free(scene);
    }
}

static void dnssec(void)
{
    static const struct {
        const char *what;
        unsigned require, had;
        bool allow, is_signed, verified, anchors, stripped;
        unsigned of_zone; /* anchors */
        enum trust trust;
        enum rule rules[2]; /* that were found */
        unsigned found;
        unsigned file;
        enum gate_result result;
        enum err_kind kind;
        const char *value, *text;
    } rows[] = {
        {.what = "good, no anchors",
         .is_signed = true,
         .verified = true,
         .trust = TRUST_SELF,
         .result = GATE_PASSED,
         .value = "self-consistent",
         .text = "no trust anchor was given"},
        {.what = "good, anchored",
         .is_signed = true,
         .verified = true,
         .anchors = true,
         .trust = TRUST_ANCHOR,
         .require = VERIFY_DNSSEC,
         .result = GATE_PASSED,
         .value = "trusted"},
        {.what = "good, and no anchor is for it",
         .is_signed = true,
         .verified = true,
         .anchors = true,
         .trust = TRUST_SELF,
         .result = GATE_REFUSED,
         .kind = ERR_DNSSEC_ANCHOR,
         .value = "not trusted",
         .text = "no trust anchor for this zone"},
        {.what = "bogus",
         .is_signed = true,
         .rules = {RULE_RRSET_BOGUS},
         .found = 1,
         .result = GATE_REFUSED,
         .kind = ERR_DNSSEC,
         .value = "bad",
         .text = "DNSSEC: www.example.com. A: found (rrset-bogus)"},
        {.what = "bogus, and --allow-unsigned",
         .is_signed = true,
         .allow = true,
         .rules = {RULE_RRSET_BOGUS},
         .found = 1,
         .result = GATE_REFUSED,
         .kind = ERR_DNSSEC,
         .value = "bad",
         .text = "(rrset-bogus)"},
        {.what = "two things",
         .is_signed = true,
         .rules = {RULE_RRSET_BOGUS, RULE_NSEC_NEXT},
         .found = 2,
         .result = GATE_REFUSED,
         .kind = ERR_DNSSEC,
         .value = "bad",
         .text = "(rrset-bogus), and more"},
        {.what = "the anchor alone",
         .is_signed = true,
         .anchors = true,
         .rules = {RULE_ANCHOR},
         .found = 1,
         .result = GATE_REFUSED,
         .kind = ERR_DNSSEC_ANCHOR,
         .value = "bad",
         .text = "(anchor)"},
        {.what = "the anchor and more",
         .is_signed = true,
         .anchors = true,
         .rules = {RULE_ANCHOR, RULE_RRSET_BOGUS},
         .found = 2,
         .result = GATE_REFUSED,
         .kind = ERR_DNSSEC,
         .value = "bad",
         .text = ", and more"},
        {.what = "one has expired",
         .is_signed = true,
         .rules = {RULE_RRSET_EXPIRED},
         .found = 1,
         .result = GATE_REFUSED,
         .kind = ERR_DNSSEC,
         .value = "bad",
         .text = "(rrset-expired)"},
        {.what = "all have expired",
         .is_signed = true,
         .rules = {RULE_ALL_EXPIRED},
         .found = 1,
         .result = GATE_REFUSED,
         .kind = ERR_DNSSEC_TIME,
         .value = "bad",
         .text = "(all-expired)"},
        {.what = "what keeps no validator from going on",
         .is_signed = true,
         .verified = true,
         .trust = TRUST_SELF,
         .rules = {RULE_EXPIRES_SOON, RULE_KEY_SHA1},
         .found = 2,
         .result = GATE_PASSED,
         .value = "self-consistent",
         .text = "self-consistent"},
        {.what = "a warning before what is bad",
         .is_signed = true,
         .rules = {RULE_KEY_SHA1, RULE_RRSET_BOGUS},
         .found = 2,
         .result = GATE_REFUSED,
         .kind = ERR_DNSSEC,
         .value = "bad",
         .text = "(rrset-bogus)"},
        {.what = "what is wrong with the digest",
         .is_signed = true,
         .verified = true,
         .trust = TRUST_SELF,
         .rules = {RULE_ZONEMD_MISMATCH},
         .found = 1,
         .result = GATE_PASSED,
         .value = "self-consistent",
         .text = "self-consistent"},
        {.what = "not verifiable, --require",
         .is_signed = true,
         .trust = TRUST_SELF,
         .require = VERIFY_DNSSEC,
         .result = GATE_REFUSED,
         .kind = ERR_PROOF_ABSENT,
         .value = "not verifiable",
         .text = "cannot be verified as a whole"},
        {.what = "not verifiable",
         .is_signed = true,
         .trust = TRUST_SELF,
         .result = GATE_PASSED,
         .value = "not verifiable",
         .text = "cannot be verified as a whole"},
        {.what = "not verifiable, and there is an anchor",
         .is_signed = true,
         .anchors = true,
         .of_zone = 1,
         .result = GATE_REFUSED,
         .kind = ERR_DNSSEC_ANCHOR,
         .value = "not trusted",
         .text = "that can be verified here"},
        {.what = "not signed, FILE was not either", .result = GATE_PASSED, .value = "not signed"},
        {.what = "not signed, there is no FILE",
         .file = MISSING,
         .result = GATE_PASSED,
         .value = "not signed"},
        {.what = "not signed, --require",
         .require = VERIFY_DNSSEC,
         .file = MISSING,
         .result = GATE_REFUSED,
         .kind = ERR_PROOF_ABSENT,
         .value = "not signed",
         .text = "the zone is not signed"},
        {.what = "not signed any more",
         .had = VERIFY_DNSSEC,
         .result = GATE_REFUSED,
         .kind = ERR_PROOF_LOST,
         .value = "not signed",
         .text = "not signed any more"},
        {.what = "not signed any more, --allow-unsigned",
         .had = VERIFY_DNSSEC,
         .allow = true,
         .result = GATE_PASSED,
         .value = "not signed"},
        {.what = "stripped",
         .anchors = true,
         .stripped = true,
         .rules = {RULE_STRIPPED},
         .found = 1,
         .result = GATE_REFUSED,
         .kind = ERR_PROOF_LOST,
         .value = "not signed",
         .text = "there is a trust anchor for it"},
        {.what = "anchors of other zones",
         .anchors = true,
         .result = GATE_PASSED,
         .value = "not signed"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene *scene = scene_new();
        scene->orders.verify = VERIFY_DNSSEC;
        scene->orders.require = rows[i].require;
        scene->orders.allow_unsigned = rows[i].allow;
        scene->verify.dnssec = (struct dnssec_result){.is_signed = rows[i].is_signed,
                                                      .all_verified = rows[i].verified,
                                                      .stripped = rows[i].stripped,
                                                      .anchors = rows[i].of_zone,
                                                      .trust = rows[i].trust};
        scene->facts.has_anchors = rows[i].anchors;
        scene->facts.had = rows[i].had;
        scene->facts.old = olds[rows[i].file];
        for (unsigned j = 0; j < rows[i].found; j++)
            findings_add(scene->findings, &err, rows[i].rules[j], below, TYPE_A, "found");
        is_alone(scene, GATE_DNSSEC, rows[i].result, rows[i].kind,
                 rows[i].require ? "require" : "verify", rows[i].value,
                 rows[i].text != NULL ? rows[i].text : "", rows[i].what);
        scene_free(scene);
    }
}

/* However few findings are kept, the refusal says what it is about. */
static void few_findings(void)
{
    for (size_t most = 0; most < 3; most++) {
        struct scene *scene = scene_new();
        findings_free(scene->findings);
        scene->findings = findings_new(most, NULL, &err);
        scene->facts.findings = scene->findings;
        scene->orders.verify = VERIFY_DNSSEC;
        scene->verify.dnssec.is_signed = true;
        for (int i = 0; i < 5; i++) {
            findings_add(scene->findings, &err, RULE_SIGNATURE_WRONG, below, TYPE_A, "wrong");
            findings_add(scene->findings, &err, RULE_TOO_MUCH_WORK, below, TYPE_A, "much");
            findings_add(scene->findings, &err, RULE_KEY_UNFIT, apex, 48, "unfit");
        }
        findings_add(scene->findings, &err, RULE_RRSET_BOGUS, below, TYPE_A, "bogus");
        findings_close(scene->findings);
        gate_judge(&scene->list, &scene->orders, &scene->facts);
        diag("--max-findings %zu: \"%s\"", most, scene->list.verdicts[0].text);
        is_str(result_text(scene->list.verdicts[0].result), "refused", "%zu findings are kept",
               most);
        ok(strstr(scene->list.verdicts[0].text, "rrset-bogus") != NULL,
           "... and the text says which rule it was");
        scene_free(scene);
    }
}

static void life(void)
{
    static const struct {
        uint64_t seconds, left;
        bool is_signed, good;
        const char *limit, *value;
    } rows[] = {
        {86400, 86400, true, true, "1d", "2026-11-30T12:00:00Z"},
        {86400, 86399, true, false, "1d", "2026-11-30T11:59:59Z"},
        {3600, 86400, true, true, "1h", "2026-11-30T12:00:00Z"},
        {604800, 86400, true, false, "1w", "2026-11-30T12:00:00Z"},
        {1209600, 86400, true, false, "2w", "2026-11-30T12:00:00Z"},
        {90000, 86400, true, false, "25h", "2026-11-30T12:00:00Z"},
        {61, 0, true, false, "61s", "2026-11-29T12:00:00Z"},
        {1, 1, true, true, "1s", "2026-11-29T12:00:01Z"},
        {86400, 0, false, true, "1d", "not signed"},
        {1893456000, 86400, true, false, "21915d", "2026-11-30T12:00:00Z"},
    };
    enum { NOW = 1795953600 }; /* 2026-11-29T12:00:00Z */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int keeps = 0; keeps < 2; keeps++) {
            struct scene *scene = scene_new();
            char what[80];
            snprintf(what, sizeof what, "%" PRIu64 " s of life, at least %s%s", rows[i].left,
                     rows[i].limit, keeps ? ", of FILE" : "");
            scene->orders.least_life = rows[i].seconds * 1000000;
            scene->facts.keeps = keeps;
            scene->verify.dnssec = (struct dnssec_result){.is_signed = rows[i].is_signed,
                                                          .has_expiry = rows[i].is_signed,
                                                          .now = NOW,
                                                          .first_expiry = NOW + rows[i].left};
            is_alone(scene, GATE_SIGNATURE_LIFE, rows[i].good ? GATE_PASSED : GATE_REFUSED,
                     rows[i].good ? ERR_NONE : ERR_SIGNATURE_LIFE, rows[i].limit, rows[i].value,
                     rows[i].good        ? ""
                     : rows[i].left == 0 ? "some RRset has none that is, now"
                                         : "signatures end at 2026-11-30T1",
                     what);
            scene_free(scene);
        }
    }
}

/* ---- All of them --------------------------------------------------------------------------- */

static void ask_all(struct scene *scene)
{
    scene->limits.min_records = 1;
    scene->limits.max_shrink = 50;
    scene->limits.old_records = 100;
    scene->orders = (struct gate_orders){
        .changes = {{.is_set = true, .most = 5}, {.is_set = false}, {.is_set = true, .most = 7}},
        .change_count = 3,
        .verify = VERIFY_ZONEMD,
        .require = VERIFY_DNSSEC,
        .least_life = 60000000,
        .check_cmd = "true",
    };
    scene->verify.dnssec =
        (struct dnssec_result){.is_signed = true, .all_verified = true, .trust = TRUST_SELF};
}

static void order(void)
{
    static const enum gate expected[] = {
        GATE_MIN_RECORDS, GATE_MAX_SHRINK, GATE_MAX_CHANGE,     GATE_MAX_CHANGE,
        GATE_ZONEMD,      GATE_DNSSEC,     GATE_SIGNATURE_LIFE, GATE_CHECK_CMD,
    };
    enum { COUNT = sizeof expected / sizeof *expected };
    struct scene *scene = scene_new();
    ask_all(scene);
    judge(scene);
    is_int(scene->list.count, COUNT, "all gates, and each limit that is set");
    for (unsigned i = 0; i < COUNT; i++) {
        bool is_command = expected[i] == GATE_CHECK_CMD;
        is_str(gate_name(scene->list.verdicts[i].gate), gate_name(expected[i]), "gate %u", i);
        is_str(result_text(scene->list.verdicts[i].result), is_command ? "skipped" : "passed",
               "... is %s", is_command ? "not asked yet" : "open");
    }
    ok(gate_is_open(&scene->list, &err), "all are open, but for the command");

    /* The first that refuses makes the error, and the others have their verdicts all the same. */
    scene->facts.records = 10;
    scene->counts[2].added = 8;
    scene->verify.dnssec.trust = TRUST_NOT;
    scene->facts.has_anchors = true;
    judge(scene);
    ok(!gate_is_open(&scene->list, &err), "three are shut");
    is_str(err_slug(err.kind), "max-shrink", "... the first counts");
    is_str(result_text(scene->list.verdicts[2].result), "passed", "... a limit that holds passes");
    is_str(result_text(scene->list.verdicts[3].result), "refused", "... one that does not refuses");
    is_str(result_text(scene->list.verdicts[5].result), "refused", "... as do signatures");
    is_str(result_text(scene->list.verdicts[COUNT - 1].result), "skipped",
           "... and the command is not asked");
    scene_free(scene);
}

static void kept(void)
{
    struct scene *scene = scene_new();
    ask_all(scene);
    scene->facts.keeps = true;
    scene->facts.records = 0; /* of what was not written */
    scene->verify.dnssec.trust = TRUST_NOT;
    scene->facts.has_anchors = true;
    scene->verify.dnssec.has_expiry = true;
    scene->verify.dnssec.now = 1000;
    scene->verify.dnssec.first_expiry = 1060;
    judge(scene);
    ok(gate_is_open(&scene->list, &err), "a FILE that stays is judged for its signatures alone");
    for (unsigned i = 0; i < scene->list.count; i++) {
        const struct gate_verdict *verdict = &scene->list.verdicts[i];
        bool is_life = verdict->gate == GATE_SIGNATURE_LIFE;
        is_str(result_text(verdict->result), is_life ? "passed" : "skipped", "... %s",
               gate_name(verdict->gate));
        is_str(verdict->text, is_life ? "" : "FILE stays", "... and why");
    }
    scene->verify.dnssec.first_expiry = 1059;
    judge(scene);
    ok(!gate_is_open(&scene->list, &err) && err.kind == ERR_SIGNATURE_LIFE, "... which may refuse");
    scene_free(scene);
}

static void commands(void)
{
    static const struct {
        const char *why;
        bool failed;
        enum gate_result result;
        enum err_kind kind;
        const char *value, *text;
    } rows[] = {
        {NULL, false, GATE_PASSED, ERR_NONE, "exit status 0", ""},
        {"exit status 1", false, GATE_REFUSED, ERR_CHECK_CMD, "exit status 1",
         "--check-cmd: exit status 1"},
        {"killed by signal 9", true, GATE_FAILED, ERR_CHECK_FAILED, "killed by signal 9",
         "--check-cmd could not judge: killed by signal 9"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene *scene = scene_new();
        ask_all(scene);
        judge(scene);
        gate_judge_command(&scene->list, rows[i].why, rows[i].failed);
        const struct gate_verdict *verdict = &scene->list.verdicts[scene->list.count - 1];
        err = (struct err){.kind = ERR_NONE};
        is_str(gate_name(verdict->gate), "check-cmd", "a command: %s", rows[i].value);
        is_str(result_text(verdict->result), result_text(rows[i].result), "... the result");
        is_str(verdict->value, rows[i].value, "... the value");
        is_str(verdict->text, rows[i].text, "... the text");
        ok(gate_is_open(&scene->list, &err) == (rows[i].why == NULL), "... open or not");
        is_str(err_slug(err.kind), err_slug(rows[i].kind), "... the kind");
        scene_free(scene);
    }
}

/* ---- Texts ---------------------------------------------------------------------------------- */

/* The longest name, of octets that take four characters each. */
static size_t longest_name(uint8_t name[NAME_MAX_WIRE])
{
    size_t length = 0;
    static const uint8_t labels[] = {63, 63, 63, 61};
    for (size_t i = 0; i < sizeof labels; i++) {
        name[length++] = labels[i];
        memset(name + length, 0xff, labels[i]);
        length += labels[i];
    }
    name[length++] = 0;
    return length;
}

static void long_texts(void)
{
    struct scene *scene = scene_new();
    uint8_t name[NAME_MAX_WIRE];
    char words[2000];
    size_t length = longest_name(name);
    is_int((int64_t)length, NAME_MAX_WIRE, "the longest name");
    memset(words, 'w', sizeof words - 1);
    words[sizeof words - 1] = '\0';
    ask_all(scene);
    scene->orders.changes[0] = (struct gate_change){.is_set = true,
                                                    .has_type = true,
                                                    .apex = true,
                                                    .percent = true,
                                                    .type = TYPE_NSEC3PARAM,
                                                    .most = 0};
    scene->counts[0] = (struct gate_count){.old = UINT64_MAX, .added = UINT64_MAX, .deleted = 0};
    const struct rr rr = rr_of(name, length, TYPE_NSEC3PARAM);
    struct gate_count counted[GATE_CHANGES_MAX] = {{.old = 0}};
    gate_count_change(&scene->orders, counted, name, length, RR_DELETE, &rr);
    memcpy(scene->counts[0].first, counted[0].first, sizeof counted[0].first);
    scene->counts[0].deleted = UINT64_MAX;
    findings_add(scene->findings, &err, RULE_NSEC3_MANY_ITERATIONS, name, TYPE_NSEC3PARAM, "%s",
                 words);
    findings_add(scene->findings, &err, RULE_TTLS_DIFFER_SIGNED, name, TYPE_NSEC3PARAM, "%s",
                 words);
    findings_add(scene->findings, &err, RULE_TTLS_DIFFER_SIGNED, name, TYPE_A, "%s", words);
    findings_add(scene->findings, &err, RULE_ZONEMD_DUPLICATE, name, TYPE_NSEC3PARAM, "%s", words);
    findings_add(scene->findings, &err, RULE_ZONEMD_DUPLICATE, name, TYPE_A, "%s", words);
    judge(scene);
    for (unsigned i = 0; i < scene->list.count; i++)
        diag("%s: \"%s\"", gate_name(scene->list.verdicts[i].gate), scene->list.verdicts[i].text);
    ok(strstr(scene->list.verdicts[2].text, " NSEC3PARAM") != NULL, "the type is told");
    ok(strstr(scene->list.verdicts[4].text, "(zonemd-duplicate), and more") != NULL,
       "the rule of the digest is told");
    ok(strstr(scene->list.verdicts[5].text, "(ttls-differ-signed), and more") != NULL,
       "the rule of a signature is told");
    gate_judge_command(&scene->list, words, false);
    ok(strlen(scene->list.verdicts[scene->list.count - 1].text) < GATE_TEXT_ROOM, "a command's");
    scene_free(scene);
}

int main(void)
{
    nothing_asked();
    min_records();
    max_shrink();
    change_limits();
    change_words();
    change_without_old();
    counting();
    zonemd();
    dnssec();
    few_findings();
    life();
    order();
    kept();
    commands();
    long_texts();
    return tap_end();
}
