/* verify/findings. */
#include "verify/findings.h"

#include "dns/name.h"

#include "tap.h"

static struct err err;

static const uint8_t *name(const char *text)
{
    static uint8_t names[8][NAME_MAX_WIRE];
    static unsigned turn;
    uint8_t *octets = names[turn++ % 8], length;
    const char *why = name_parse(text, octets, &length);
    if (why != NULL)
        abort();
    return octets;
}

static bool add(struct findings *findings, enum rule rule, const char *owner, const char *text)
{
    return findings_add(findings, &err, rule, owner != NULL ? name(owner) : NULL, 0, "%s", text);
}

/* The texts in their order, with a blank after each. */
static const char *texts(struct findings *findings)
{
    static char all[4096];
    struct finding finding;
    all[0] = 0;
    findings_close(findings);
    for (size_t i = 0; findings_get(findings, i, &finding); i++)
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s ", finding.text,
                 finding.more > 0 ? "+" : "");
    return all;
}

static void test_table(void)
{
    for (unsigned rule = 0; rule < RULES; rule++) {
        const struct rule_row *row = &findings_rules[rule];
        ok(row->slug[strspn(row->slug, "abcdefghijklmnopqrstuvwxyz0123456789-")] == 0, "%s: a name",
           row->slug);
        is_int(findings_rule(row->slug), rule, "%s: is found, once", row->slug);
        ok(row->level > LEVEL_OFF && row->text[0] != 0 && row->section[0] != 0, "%s: is complete",
           row->slug);
    }
    is_int(findings_rule("no-such-rule"), RULES, "a rule that there is not");
    is_int(findings_level("warning"), LEVEL_WARNING, "the word for a level");
    is_int(findings_level("fatal"), LEVELS, "a word that is no level");
    is_str(findings_level_text(LEVEL_INFO), "info", "the level as a word");
}

static void test_order(void)
{
    struct findings *findings = findings_new(100, NULL, &err);
    add(findings, RULE_HOST_NAME, "z.example.", "z");
    add(findings, RULE_NO_GLUE, "a.b.example.", "ab");
    add(findings, RULE_SOA_TIMERS, NULL, "zone");
    add(findings, RULE_NO_NS, "example.", "apex");
    add(findings, RULE_HOST_NAME, "b.example.", "b1");
    add(findings, RULE_NO_GLUE, "b.example.", "b2");
    is_str(texts(findings), "zone apex b1 b2 ab z ", "by owner, those of one as they came");
    is_int((int64_t)findings_count(findings, LEVEL_INFO), 2, "infos");
    is_int((int64_t)findings_count(findings, LEVEL_WARNING), 3, "warnings");
    is_int((int64_t)findings_count(findings, LEVEL_ERROR), 1, "errors");
    findings_free(findings);
}

static void test_flood(void)
{
    struct findings *findings = findings_new(5, NULL, &err);
    char text[8];
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(text, sizeof text, "h%u", i);
        add(findings, RULE_HOST_NAME, "h.example.", text);
    }
    add(findings, RULE_ONE_NS, "i.example.", "one");
    add(findings, RULE_NO_GLUE, "j.example.", "glue");
    add(findings, RULE_NO_NS, "k.example.", "ns");
    is_str(texts(findings), "h0 h1+ one glue ns ", "a flood crowds nothing out");
    is_int((int64_t)findings_count_rule(findings, RULE_HOST_NAME), 1000, "and is counted");
    struct finding finding;
    ok(findings_get(findings, 1, &finding) && finding.more == 998, "how many are not shown");
    findings_free(findings);

    findings = findings_new(3, NULL, &err);
    for (unsigned i = 0; i < 10; i++)
        add(findings, RULE_HOST_NAME, "a.example.", "info");
    for (unsigned i = 0; i < 10; i++)
        add(findings, RULE_NO_NS, "b.example.", "error");
    is_str(texts(findings), "error error error+ ", "errors come before the rest");
    findings_free(findings);

    findings = findings_new(8, NULL, &err);
    for (unsigned i = 0; i < 1000; i++)
        add(findings, RULE_NO_NS, "a.example.", "error");
    for (unsigned i = 0; i < 1000; i++)
        add(findings, RULE_NO_GLUE, "b.example.", "warning");
    add(findings, RULE_HOST_NAME, "c.example.", "info");
    add(findings, RULE_ONE_NS, "d.example.", "late");
    is_str(texts(findings), "error error error error error error+ warning+ info ",
           "a flood of errors leaves a quarter to the first cases of others");
    findings_free(findings);

    findings = findings_new(0, NULL, &err);
    add(findings, RULE_NO_NS, NULL, "x");
    is_str(texts(findings), "", "none is kept where none may be");
    is_int((int64_t)findings_count(findings, LEVEL_ERROR), 1, "but counted");
    findings_free(findings);
}

static void test_levels(void)
{
    uint8_t levels[RULES];
    for (unsigned rule = 0; rule < RULES; rule++)
        levels[rule] = LEVEL_OFF;
    levels[RULE_ONE_NS] = LEVEL_ERROR;
    struct findings *findings = findings_new(9, levels, &err);
    add(findings, RULE_ONE_NS, NULL, "one");
    add(findings, RULE_ZONEMD_MISMATCH, NULL, "off");
    is_str(texts(findings), "one ", "a rule that is off says nothing");
    is_int((int64_t)findings_count(findings, LEVEL_ERROR), 1, "a level that was given counts");
    is_int((int64_t)findings_count_rule(findings, RULE_ZONEMD_MISMATCH), 0,
           "what is off is not counted");
    is_int((int64_t)findings_count_gate(findings, RULES_ZONEMD), 1, "but by the gate");
    is_int((int64_t)findings_count_gate(findings, RULES_ZONE), 0, "a rule that is for no gate");
    findings_free(findings);
}

static void test_text(void)
{
    struct findings *findings = findings_new(9, NULL, &err);
    add(findings, RULE_ONE_NS, NULL, "a\033[31m\nb");
    struct finding finding;
    findings_close(findings);
    ok(findings_get(findings, 0, &finding), "one");
    ok(strpbrk(finding.text, "\033\n") == NULL, "nothing that a terminal obeys");
    ok(!findings_get(findings, 1, &finding), "no more");
    findings_free(findings);
    findings_free(NULL);
}

int main(void)
{
    test_table();
    test_order();
    test_flood();
    test_levels();
    test_text();
    return tap_end();
}
