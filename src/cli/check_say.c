#include "cli/check_say.h"

#include "base/codec.h"
#include "dns/types.h"
#include "verify/words.h"

#include <inttypes.h>

enum { TYPE_TEXT_MAX = 16 };

bool check_say_is_good(const struct checked *checked, enum level fail_on)
{
    if (checked->kind != ERR_NONE)
        return false;
    for (unsigned level = fail_on; level < LEVELS; level++)
        if (findings_count(checked->check->findings, (enum level)level) > 0)
            return false;
    return true;
}

/* The name of a file in a folder may be anything. */
enum { WORD_MAX = 1024 };

static const char *masked_word(char to[WORD_MAX], const char *word)
{
    snprintf(to, WORD_MAX, "%s", word);
    codec_mask(to);
    return to;
}

static void put_level(FILE *to, enum level level, bool colored)
{
    static const char *const colors[LEVELS] = {
        [LEVEL_INFO] = "\033[2m", [LEVEL_WARNING] = "\033[33m", [LEVEL_ERROR] = "\033[1;31m"};
    bool has_color = colored && colors[level] != NULL;
    fprintf(to, "%s%s%s: ", has_color ? colors[level] : "", findings_level_text(level),
            has_color ? "\033[0m" : "");
}

static void say_finding(FILE *to, const char *word, const struct finding *finding, bool colored)
{
    char type[TYPE_TEXT_MAX] = "";
    struct name_string owner;
    if (finding->type != 0)
        *types_text(type, finding->type, false) = '\0';
    fprintf(to, "%s: ", word);
    if (finding->owner != NULL)
        fprintf(to, "%s%s%s: ", name_string(&owner, finding->owner), *type != '\0' ? " " : "",
                type);
    put_level(to, finding->level, colored);
    fprintf(to, "%s (%s)\n", finding->text, findings_rules[finding->rule].slug);
    if (finding->more == 0)
        return;
    fprintf(to, "%s: ", word);
    put_level(to, finding->level, colored);
    fprintf(to, "%" PRIu64 " more of them (%s)\n", finding->more,
            findings_rules[finding->rule].slug);
}

static const char *plural(uint64_t number)
{
    return number == 1 ? "" : "s";
}

/* What is not there is a finding. */
static const char *zonemd_text(const struct zonemd_result *result)
{
    switch (result->class) {
    case ZONEMD_VERIFIED:
        return "ZONEMD right";
    case ZONEMD_FAILED:
        return "ZONEMD wrong";
    case ZONEMD_UNSUPPORTED:
        return "ZONEMD not verifiable";
    case ZONEMD_ABSENT:
        break;
    }
    return "";
}

static const char *dnssec_text(const struct dnssec_result *result)
{
    if (!result->is_signed)
        return "";
    if (!result->good)
        return "signed badly";
    return result->trust == TRUST_ANCHOR ? "signed, trusted by an anchor"
                                         : "signed, consistent in itself";
}

/* "; signed badly, ZONEMD right, first expiry 2026-12-24T18:00:00Z, in 25 d", as much of it as
 * there is. Of a zone that is not signed well there is no such time. */
enum { PROOFS_ROOM = 160 };

static const char *proofs_text(char to[PROOFS_ROOM], const struct checked *checked)
{
    const struct verify_result *result = &checked->check->result;
    const struct dnssec_result *dnssec = &result->dnssec;
    const char *signatures = dnssec_text(dnssec), *digest = zonemd_text(&result->zonemd);
    char time[WORDS_TIME_ROOM] = "";
    bool has_expiry = dnssec->is_signed && dnssec->has_expiry && dnssec->good;
    if (has_expiry)
        words_time(time, (uint32_t)dnssec->first_expiry, (uint32_t)checked->now);
    snprintf(to, PROOFS_ROOM, "%s%s%s%s%s%s", *signatures != '\0' || *digest != '\0' ? "; " : "",
             signatures, *signatures != '\0' && *digest != '\0' ? ", " : "", digest,
             has_expiry ? ", first expiry " : "", time);
    return to;
}

void check_say_text(FILE *to, const struct checked *checked, bool quiet, bool colored)
{
    const struct check *check = checked->check;
    struct name_string apex;
    struct finding finding;
    char proofs[PROOFS_ROOM], masked[WORD_MAX];
    const char *word = masked_word(masked, checked->word);
    if (checked->kind != ERR_NONE) /* it was told */
        return;
    for (size_t i = 0; findings_get(check->findings, i, &finding); i++)
        if (!quiet || finding.level == LEVEL_ERROR)
            say_finding(to, word, &finding, colored);
    if (quiet)
        return;
    uint64_t counts[LEVELS];
    for (unsigned level = 0; level < LEVELS; level++)
        counts[level] = findings_count(check->findings, (enum level)level);
    fprintf(to,
            "%s: %s serial %" PRIu32 ", %" PRIu64 " record%s: %" PRIu64 " error%s, %" PRIu64
            " warning%s, %" PRIu64 " info%s%s\n",
            word, name_string(&apex, check->side.zone.apex), check->side.zone.serial,
            check->result.records, plural(check->result.records), counts[LEVEL_ERROR],
            plural(counts[LEVEL_ERROR]), counts[LEVEL_WARNING], plural(counts[LEVEL_WARNING]),
            counts[LEVEL_INFO], plural(counts[LEVEL_INFO]), proofs_text(proofs, checked));
}

void check_say_rules(FILE *to)
{
    for (unsigned rule = 0; rule < RULES; rule++)
        fprintf(to, "%s\t%s\t%s\t%s\n", findings_rules[rule].slug,
                findings_level_text((enum level)findings_rules[rule].level),
                findings_rules[rule].section, findings_rules[rule].text);
}
