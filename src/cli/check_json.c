/* The findings of a check as a JSON document. */
#include "cli/check_say.h"

#include "base/codec.h"
#include "dns/types.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { TYPE_TEXT_MAX = 16, WORD_MAX = 1024 };

struct check_json {
    json_t *sources;
    bool failed; /* memory ran out */
};

struct check_json *check_say_json_begin(void)
{
    struct check_json *json = calloc(1, sizeof *json);
    if (json == NULL)
        return NULL;
    json->sources = json_array();
    json->failed = json->sources == NULL;
    return json;
}

/* The name of a file need not be UTF-8, which a string of JSON must be. */
static json_t *word_json(const char *word)
{
    char masked[WORD_MAX];
    json_t *json = json_string(word);
    if (json != NULL)
        return json;
    snprintf(masked, sizeof masked, "%s", word);
    codec_mask(masked);
    return json_string(masked);
}

static json_t *finding_json(const struct finding *finding)
{
    char type[TYPE_TEXT_MAX];
    struct name_string owner;
    if (finding->type != 0)
        *types_text(type, finding->type, false) = '\0';
    return json_pack("{s:s, s:s, s:o, s:o, s:n, s:s}", "rule", findings_rules[finding->rule].slug,
                     "level", findings_level_text(finding->level), "owner",
                     finding->owner != NULL ? json_string(name_string(&owner, finding->owner))
                                            : json_null(),
                     "type", finding->type != 0 ? json_string(type) : json_null(), "line", "text",
                     finding->text);
}

static json_t *findings_json(const struct findings *findings)
{
    struct finding finding;
    json_t *list = json_array();
    for (size_t i = 0; findings_get(findings, i, &finding); i++) {
        if (json_array_append_new(list, finding_json(&finding)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *counts_json(const struct findings *findings)
{
    return json_pack("{s:I, s:I, s:I}", "error", (json_int_t)findings_count(findings, LEVEL_ERROR),
                     "warning", (json_int_t)findings_count(findings, LEVEL_WARNING), "info",
                     (json_int_t)findings_count(findings, LEVEL_INFO));
}

static const char *zonemd_word(const struct zonemd_result *result)
{
    static const char *const words[] = {
        [ZONEMD_ABSENT] = "absent",
        [ZONEMD_UNSUPPORTED] = "unsupported",
        [ZONEMD_FAILED] = "failed",
        [ZONEMD_VERIFIED] = "verified",
    };
    return words[result->class];
}

static json_t *trusted_json(const struct dnssec_result *result)
{
    return !result->is_signed || result->trust == TRUST_NOT
               ? json_null()
               : json_string(result->trust == TRUST_ANCHOR ? "anchor" : "self");
}

/* RFC 3339. */
static json_t *expiry_json(const struct dnssec_result *result)
{
    char text[CODEC_MOMENT_ROOM];
    if (!result->has_expiry || !result->good || codec_moment(text, result->first_expiry) == NULL)
        return json_null();
    return json_string(text);
}

static json_t *failed_json(const struct checked *checked)
{
    return json_pack("{s:o, s:n, s:n, s:n, s:s, s:n, s:n, s:n, s:n, s:[]}", "source",
                     word_json(checked->word), "zone", "serial", "records", "result",
                     err_class_name(err_class(checked->kind)), "trusted", "zonemd", "first_expiry",
                     "counts", "findings");
}

static json_t *source_json(const struct checked *checked, enum level fail_on)
{
    const struct check *check = checked->check;
    struct name_string apex;
    if (checked->kind != ERR_NONE)
        return failed_json(checked);
    return json_pack(
        "{s:o, s:s, s:I, s:I, s:s, s:o, s:s, s:o, s:o, s:o}", "source", word_json(checked->word),
        "zone", name_string(&apex, check->side.zone.apex), "serial",
        (json_int_t)check->side.zone.serial, "records", (json_int_t)check->result.records, "result",
        check_say_is_good(checked, fail_on) ? "ok" : "bad", "trusted",
        trusted_json(&check->result.dnssec), "zonemd", zonemd_word(&check->result.zonemd),
        "first_expiry", expiry_json(&check->result.dnssec), "counts", counts_json(check->findings),
        "findings", findings_json(check->findings));
}

void check_say_json(struct check_json *json, const struct checked *checked, enum level fail_on)
{
    if (json != NULL && !json->failed)
        json->failed = json_array_append_new(json->sources, source_json(checked, fail_on)) != 0;
}

bool check_say_json_end(struct check_json *json, FILE *to)
{
    if (json == NULL)
        return false;
    json_t *document =
        json->failed || to == NULL ? NULL : json_pack("{s:O}", "sources", json->sources);
    bool good =
        document != NULL && json_dumpf(document, to, JSON_INDENT(2)) == 0 && fputc('\n', to) != EOF;
    json_decref(document);
    json_decref(json->sources);
    free(json);
    return good;
}
