#include "cli/report_stats.h"

#include "base/codec.h"
#include "dns/types.h"

enum { WORD_MAX = 20 };

static const char *type_string(char text[WORD_MAX], uint16_t type)
{
    *types_text(text, type, false) = '\0';
    return text;
}

static json_t *signature(const struct stats_place *place, uint32_t time)
{
    struct name_string name;
    char expires[WORD_MAX], type[WORD_MAX];
    if (place->owner_length == 0)
        return json_null();
    *codec_time(expires, time) = '\0';
    return json_pack("{s:s, s:s, s:s}", "expires", expires, "name",
                     name_string(&name, place->owner), "covers", type_string(type, place->type));
}

/* An object of the types that there are, each with its counts. */
static json_t *types_json(const struct stats *stats)
{
    json_t *all = json_object();
    for (unsigned i = 0; i < STATS_TYPES && all != NULL; i++) {
        const struct stats_count *count = &stats->types[i];
        char type[WORD_MAX];
        if (count->records == 0 && count->deleted == 0)
            continue;
        json_t *one = stats->changes
                          ? json_pack("{s:I, s:I}", "added", (json_int_t)count->records, "deleted",
                                      (json_int_t)count->deleted)
                          : json_pack("{s:I, s:I}", "records", (json_int_t)count->records, "octets",
                                      (json_int_t)count->octets);
        if (json_object_set_new(all, type_string(type, (uint16_t)i), one) != 0) {
            json_decref(all);
            return NULL;
        }
    }
    return all;
}

json_t *report_stats(const struct stats *s)
{
    struct name_string deepest, largest;
    char type[WORD_MAX];
    if (s->types == NULL || s->apex_length == 0)
        return json_null();
    if (s->changes)
        return json_pack("{s:I, s:I, s:I, s:o}", "steps", (json_int_t)s->steps, "added",
                         (json_int_t)s->all.records, "deleted", (json_int_t)s->all.deleted, "types",
                         types_json(s));
    if (s->all.records == 0)
        return json_pack("{s:i, s:o}", "records", 0, "types", types_json(s));
    return json_pack(
        "{s:I, s:I, s:I, s:{s:s, s:I}, s:{s:s, s:s, s:I}, s:{s:I, s:I}, s:o, s:o, s:o}", "records",
        (json_int_t)s->all.records, "octets", (json_int_t)s->all.octets, "names",
        (json_int_t)s->names, "deepest_name", "name", name_string(&deepest, s->deepest.owner),
        "labels", (json_int_t)s->deepest_labels, "largest_rrset", "name",
        name_string(&largest, s->largest.owner), "type", type_string(type, s->largest.type),
        "records", (json_int_t)s->largest_records, "ttl", "least", (json_int_t)s->least_ttl,
        "greatest", (json_int_t)s->greatest_ttl, "first_expiry",
        signature(&s->earliest, s->earliest_expiration), "last_expiry",
        signature(&s->latest, s->latest_expiration), "types", types_json(s));
}
