#include "cli/check_say.h"

#include "base/codec.h"
#include "dns/types.h"

#include <inttypes.h>

enum { TYPE_TEXT_MAX = 16, TIME_TEXT_MAX = 16 };

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
    return "no ZONEMD";
}

/* Of a zone that is not signed well there is no such time. */
static bool knows_expiry(const struct dnssec_result *result)
{
    return result->has_expiry && result->good;
}

/* As in RRSIG records. */
static const char *expiry_text(char to[TIME_TEXT_MAX], const struct dnssec_result *result)
{
    *to = '\0';
    if (knows_expiry(result))
        *codec_time(to, (uint32_t)result->first_expiry) = '\0';
    return to;
}

static const char *dnssec_text(const struct dnssec_result *result)
{
    if (!result->is_signed)
        return "not signed";
    if (!result->good)
        return "signed badly";
    return result->trust == TRUST_ANCHOR ? "signed, trusted by an anchor"
                                         : "signed, consistent in itself";
}

void check_say_text(FILE *to, const struct checked *checked, bool quiet, bool colored)
{
    const struct check *check = checked->check;
    struct name_string apex;
    struct finding finding;
    char expiry[TIME_TEXT_MAX], masked[WORD_MAX];
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
            " warning%s, %" PRIu64 " info%s; %s, %s%s%s\n",
            word, name_string(&apex, check->side.zone.apex), check->side.zone.serial,
            check->result.records, plural(check->result.records), counts[LEVEL_ERROR],
            plural(counts[LEVEL_ERROR]), counts[LEVEL_WARNING], plural(counts[LEVEL_WARNING]),
            counts[LEVEL_INFO], plural(counts[LEVEL_INFO]), dnssec_text(&check->result.dnssec),
            zonemd_text(&check->result.zonemd),
            knows_expiry(&check->result.dnssec) ? ", first expiry " : "",
            expiry_text(expiry, &check->result.dnssec));
}

void check_say_rules(FILE *to)
{
    for (unsigned rule = 0; rule < RULES; rule++)
        fprintf(to, "%s\t%s\t%s\t%s\n", findings_rules[rule].slug,
                findings_level_text((enum level)findings_rules[rule].level),
                findings_rules[rule].section, findings_rules[rule].text);
}
