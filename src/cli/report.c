#include "cli/report.h"

#include "cli/report_stats.h"
#include "base/codec.h"
#include "dns/types.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static double seconds(const struct attempt *attempt)
{
    return (double)attempt->microseconds / 1e6;
}

static const char *result_name(int exit_status)
{
    return exit_status > 128 ? "signal" : err_class_name((enum err_class)exit_status);
}

/* The name of a server or a file may not be UTF-8, and then JSON cannot hold it. An empty text is
 * null. */
static json_t *text_json(const char *text)
{
    char masked[ERR_TEXT_MAX];
    bool ascii = true;
    for (const char *p = text; *p != '\0'; p++)
        ascii = ascii && (*p & 0x80) == 0;
    if (*text == '\0')
        return json_null();
    json_t *json = json_string(text);
    if (json != NULL || ascii)
        return json;
    snprintf(masked, sizeof masked, "%s", text);
    codec_mask(masked);
    return json_string(masked);
}

/* The member "tls": null for clear text. */
static json_t *tls_json(const struct tls_facts *tls)
{
    if (tls->version[0] == '\0')
        return json_null();
    return json_pack("{s:s, s:s, s:o, s:s, s:o, s:s, s:b}", "version", tls->version, "cipher",
                     tls->cipher, "alpn", text_json(tls->alpn), "authenticated",
                     tls_trust_name(tls->trust), "name", text_json(tls->name), "pin", tls->pin,
                     "client_certificate", (int)tls->client_certificate);
}

/* The member "tsig": the key, and nothing of its secret. */
static json_t *key_json(const struct tsig_key *key)
{
    struct name_string name;
    if (key == NULL)
        return json_null();
    return json_pack("{s:s, s:s}", "name", name_string(&name, key->name), "algorithm",
                     key->algorithm->name);
}

/* The member "attempts": the result of each. */
static json_t *attempt_json(const struct attempt *attempt)
{
    bool failed = attempt->kind != ERR_NONE;
    const char *result =
        attempt->kind == ERR_INTERRUPTED ? "signal" : err_class_name(err_class(attempt->kind));
    /* "o" takes a reference and fails where there was no memory to make it, so that no member is
     * left out in silence. */
    return json_pack("{s:o, s:o, s:s, s:i, s:o, s:o, s:I, s:I, s:I, s:f, s:o, s:o}", "server",
                     text_json(attempt->server), "address", text_json(attempt->address), "result",
                     result, "exit", (int)err_class(attempt->kind), "error",
                     text_json(failed ? err_slug(attempt->kind) : ""), "message",
                     text_json(failed ? attempt->text : ""), "messages",
                     (json_int_t)attempt->messages, "records", (json_int_t)attempt->records,
                     "octets", (json_int_t)attempt->octets, "seconds", seconds(attempt), "tsig",
                     key_json(attempt->key), "tls", tls_json(&attempt->tls));
}

static json_t *attempts_json(const struct attempts *attempts)
{
    json_t *list = json_array();
    size_t kept = attempts_kept(attempts);
    for (size_t i = 0; i < kept; i++) {
        if (json_array_append_new(list, attempt_json(&attempts->list[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static const char *kind_name(const struct attempt *attempt)
{
    switch (attempt->answer) {
    case XFR_ZONE_STYLE:
        return "axfr-style";
    case XFR_UPTODATE:
        return "uptodate";
    case XFR_UNDECIDED:
    case XFR_ZONE:
    case XFR_INCREMENTAL:
    case XFR_OLDER:
    default:
        return attempt->asked_changes ? "ixfr" : "axfr";
    }
}

static json_t *number_json(bool is_known, uint64_t number)
{
    return is_known ? json_integer((json_int_t)number) : json_null();
}

static json_t *document(const struct settings *settings, const struct attempts *attempts,
                        const struct stats *stats, int exit_status)
{
    const struct attempt *shown = attempts->has_good ? &attempts->good : &attempts->worst;
    struct name_string zone;
    char class[16];
    bool changed = shown->changes.steps > 0;
    bool is_known = changed || shown->answer == XFR_UPTODATE;
    *types_class_text(class, settings->class) = '\0';
    return json_pack(
        "{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:I, s:I, s:f, s:o, "
        "s:o, s:o, s:s, s:i, s:o}",
        "zone", name_string(&zone, settings->zone), "class", class, "kind", kind_name(shown),
        "fallback", text_json(shown->fallback), "server", text_json(shown->server), "serial",
        number_json(shown->has_serial, shown->serial), "from", number_json(is_known, shown->since),
        "to", number_json(is_known, shown->serial), "records", (json_int_t)shown->records, "added",
        number_json(is_known, shown->changes.added), "deleted",
        number_json(is_known, shown->changes.deleted), "octets", (json_int_t)shown->octets,
        "messages", (json_int_t)shown->messages, "seconds", seconds(shown), "tsig",
        key_json(shown->key), "tls", tls_json(&shown->tls), "stats", report_stats(stats), "result",
        result_name(exit_status), "exit", exit_status, "attempts", attempts_json(attempts));
}

/* The text with a newline at its end, to be freed. Not by json_dumps, which leaves parts out where
 * there is no memory for the growing text. */
static char *text_of(const json_t *json, size_t *length)
{
    const size_t flags = JSON_INDENT(2) | JSON_REAL_PRECISION(9) | JSON_ENSURE_ASCII;
    *length = json_dumpb(json, NULL, 0, flags);
    char *text = *length > 0 ? malloc(*length + 1) : NULL;
    if (text != NULL && json_dumpb(json, text, *length, flags) != *length) {
        free(text);
        return NULL;
    }
    if (text != NULL)
        text[(*length)++] = '\n';
    return text;
}

bool report_write(const struct settings *settings, const struct attempts *attempts,
                  const struct stats *stats, int exit_status, const struct loop *loop,
                  uint64_t deadline, struct err *err)
{
    uint64_t patience = loop_now() + settings->idle_timeout; /* with whoever does not read it */
    struct outfile_options options = {.path = settings->report,
                                      .new_mode = settings->output.new_mode};
    struct outfile out;
    enum outfile_result result;
    json_t *json = document(settings, attempts, stats, exit_status);
    size_t length = 0;
    char *text = json != NULL ? text_of(json, &length) : NULL;
    json_decref(json);
    if (text == NULL)
        return err_set(err, ERR_MEMORY, "no memory for the report");
    bool good = outfile_open(&out, &options, loop, deadline < patience ? deadline : patience, err);
    if (good) {
        good = outfile_write(&out, text, length, err) && outfile_commit(&out, &result, err);
        if (!good)
            outfile_abort(&out);
    }
    free(text);
    return good;
}
