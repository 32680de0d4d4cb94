/* A zone as a whole: the same findings whatever the number of threads, an end as soon as a halt is
 * due, and what an empty or unsigned zone comes to. */
#include "base/work.h"
#include "verify/dnssec.h"

#include "zonetext.h"

#include <stdatomic.h>

enum { NAMES = 3000, NOW = 1438300000 };

/* RFC 8080 section 6.1, so that there is something to verify; nearly all else is wrong. */
static const char *const apex_lines[] = {
    "3600 SOA ns. admin. 1 2 3 4 3600",
    "3600 NS ns.",
    "3600 MX 10 mail.example.com.",
    "3600 RRSIG MX 15 2 3600 1440021600 1438207200 3613 example.com. "
    "oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg==",
    "3600 DNSKEY 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=",
    "0 NSEC3PARAM 1 0 100 -",
    NULL,
};

#define RRSIG_A                                                                                    \
    "3600 RRSIG A 15 3 3600 1440021600 1438207200 3613 example.com. "                              \
    "oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg=="

static bool take(struct dnssec *dnssec, struct node_walk *walk, const char *owner,
                 const char *const lines[], struct err *err)
{
    static struct node node;
    zonetext_node(&node, walk, owner, lines);
    bool good = dnssec_node(dnssec, &node, err);
    node_fini(&node);
    return good;
}

/* The apex, many names with a signature that does not fit, some without. */
static bool walk_zone(struct dnssec *dnssec, struct node_walk *walk, struct err *err)
{
    bool good = take(dnssec, walk, "example.com.", apex_lines, err);
    for (unsigned i = 0; good && i < NAMES; i++) {
        char owner[32];
        snprintf(owner, sizeof owner, "h%06u.example.com.", i);
        good =
            take(dnssec, walk, owner,
                 (const char *const[]){"3600 A 192.0.2.1", i % 7 != 0 ? RRSIG_A : NULL, NULL}, err);
    }
    return good;
}

/* All findings as one text, which the caller frees; NULL where the walk ended early. */
static char *judge(struct work *work, const struct halt *halt, struct err *err)
{
    struct node_walk walk = zonetext_walk("example.com.");
    struct findings *findings = findings_new(4000, NULL, err);
    struct dnssec_config config = {.apex = walk.apex,
                                   .apex_length = walk.apex_length,
                                   .class = CLASS_IN,
                                   .now = NOW,
                                   .skew = 300,
                                   .findings = findings,
                                   .work = work,
                                   .halt = halt};
    struct dnssec *dnssec = dnssec_new(&config, err);
    struct dnssec_result result;
    char *text = NULL;
    size_t size = 0;
    if (walk_zone(dnssec, &walk, err) && dnssec_end(dnssec, &result, err)) {
        FILE *file = open_memstream(&text, &size);
        struct finding finding;
        findings_close(findings);
        for (size_t i = 0; findings_get(findings, i, &finding); i++)
            fprintf(file, "%u %u %s\n", finding.rule, finding.type, finding.text);
        fprintf(file, "%d %d %llu", result.good, result.trust, (unsigned long long)result.sets);
        fclose(file);
    }
    dnssec_free(dnssec);
    findings_free(findings);
    return text;
}

static void test_threads(void)
{
    struct err err = {.kind = ERR_NONE};
    char *alone = judge(NULL, NULL, &err);
    ok(alone != NULL && strlen(alone) > 100000, "a zone with very much to say");
    static const unsigned counts[] = {0, 1, 4};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct work *work = work_new(counts[i], &err);
        char *text = judge(work, NULL, &err);
        ok(text != NULL && strcmp(text, alone) == 0, "%u threads: the same findings", counts[i]);
        free(text);
        work_free(work);
    }
    free(alone);
}

/* ---- Halts --------------------------------------------------------------------------------- */

struct nth_halt {
    struct halt halt;
    atomic_uint *asked;
    unsigned nth;
};

static bool is_nth(const struct halt *halt, struct err *err)
{
    const struct nth_halt *own = (const struct nth_halt *)halt;
    return atomic_fetch_add(own->asked, 1) >= own->nth &&
           !err_set(err, ERR_INTERRUPTED, "interrupted");
}

static void test_halts(unsigned threads)
{
    struct err err = {.kind = ERR_NONE};
    struct work *work = work_new(threads, &err);
    unsigned early = 0, wrong = 0, late = 0, nth = 0;
    for (char *text = NULL; text == NULL && nth < 100000; nth += nth / 2 + 1) {
        struct err why = {.kind = ERR_NONE};
        atomic_uint asked = 0;
        struct nth_halt halt = {{.due = is_nth}, &asked, nth};
        text = judge(work, &halt.halt, &why);
        early += text == NULL;
        wrong += text == NULL && why.kind != ERR_INTERRUPTED;
        late += text == NULL && atomic_load(&asked) > nth + threads + 1;
        free(text);
        if (text != NULL)
            break;
    }
    ok(early > 10 && wrong == 0, "%u threads: a halt ends the walk, %u times", threads, early);
    is_int(late, 0, "... at once");
    work_free(work);
}

/* ---- Small zones --------------------------------------------------------------------------- */

static void test_nothing(const char *what, const char *const lines[], enum rule rule)
{
    struct err err = {.kind = ERR_NONE};
    struct node_walk walk = zonetext_walk("example.com.");
    struct findings *findings = findings_new(10, NULL, &err);
    struct dnssec_config config = {.apex = walk.apex,
                                   .apex_length = walk.apex_length,
                                   .class = CLASS_IN,
                                   .now = NOW,
                                   .findings = findings};
    struct dnssec *dnssec = dnssec_new(&config, &err);
    struct dnssec_result result;
    bool good = lines == NULL || take(dnssec, &walk, "example.com.", lines, &err);
    ok(good && dnssec_end(dnssec, &result, &err) && findings_count_rule(findings, rule) == 1 &&
           findings_count(findings, LEVEL_ERROR) + findings_count(findings, LEVEL_WARNING) +
                   findings_count(findings, LEVEL_INFO) ==
               1,
       "%s: one finding", what);
    ok(!result.good && result.is_signed == (rule == RULE_NO_SIGNATURES), "... and not good");
    dnssec_free(dnssec);
    findings_free(findings);
}

int main(void)
{
    test_threads();
    test_halts(0);
    test_halts(3);
    test_nothing("no name at all", NULL, RULE_UNSIGNED);
    test_nothing("no key", (const char *const[]){"60 SOA ns. admin. 1 2 3 4 60", "60 NS ns.", NULL},
                 RULE_UNSIGNED);
    test_nothing("no key, but NSEC",
                 (const char *const[]){"60 SOA ns. admin. 1 2 3 4 60", "60 NS ns.",
                                       "60 NSEC example.com. NS SOA RRSIG NSEC", NULL},
                 RULE_DNSSEC_REMAINS);
    test_nothing("a key, and no signature",
                 (const char *const[]){"60 SOA ns. admin. 1 2 3 4 60", "60 NS ns.",
                                       "60 DNSKEY 257 3 15 "
                                       "l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=",
                                       NULL},
                 RULE_NO_SIGNATURES);
    return tap_end();
}
