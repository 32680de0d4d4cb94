#include "cli/report.h"

#include "dns/types.h"

#include <jansson.h>
#include <stdlib.h>

static double seconds(const struct attempt *attempt)
{
    return (double)attempt->microseconds / 1e6;
}

static const char *result_name(int exit_status)
{
    return exit_status > 128 ? "signal" : err_class_name((enum err_class)exit_status);
}

/* The member "attempts": what became of each. */
static json_t *attempt_json(const struct attempt *attempt)
{
    bool failed = attempt->kind != ERR_NONE;
    const char *address = attempt->address[0] != '\0' ? attempt->address : NULL;
    const char *result =
        attempt->kind == ERR_INTERRUPTED ? "signal" : err_class_name(err_class(attempt->kind));
    json_t *json = json_pack(
        "{s:s, s:s*, s:s, s:i, s:s*, s:s*, s:I, s:I, s:I, s:f}", "server", attempt->server,
        "address", address, "result", result, "exit", (int)err_class(attempt->kind), "error",
        failed ? err_slug(attempt->kind) : NULL, "message", failed ? attempt->text : NULL,
        "messages", (json_int_t)attempt->messages, "records", (json_int_t)attempt->records,
        "octets", (json_int_t)attempt->octets, "seconds", seconds(attempt));
    /* Without memory for it, an optional member would just be missing. */
    size_t members = 7u + (address != NULL ? 1u : 0u) + (failed ? 2u : 0u);
    if (json != NULL && json_object_size(json) == members)
        return json;
    json_decref(json);
    return NULL;
}

static json_t *attempts_json(const struct attempts *attempts)
{
    json_t *list = json_array();
    size_t kept = attempts->list == NULL           ? 0
                  : attempts->count < ATTEMPTS_KEPT ? attempts->count
                                                    : ATTEMPTS_KEPT;
    for (size_t i = 0; i < kept; i++) {
        if (json_array_append_new(list, attempt_json(&attempts->list[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *document(const struct settings *settings, const struct attempts *attempts,
                        int exit_status)
{
    const struct attempt *shown = attempts->has_good ? &attempts->good : &attempts->worst;
    struct name_string zone;
    char class[16];
    *types_class_text(class, settings->class) = '\0';
    return json_pack("{s:s, s:s, s:s, s:s?, s:o, s:n, s:n, s:I, s:n, s:n, s:I, s:I, s:f, s:n, "
                     "s:n, s:s, s:i, s:o}",
                     "zone", name_string(&zone, settings->zone), "class", class, "kind", "axfr",
                     "server", shown->server[0] ? shown->server : NULL, "serial",
                     shown->has_serial ? json_integer((json_int_t)shown->serial) : json_null(), "from",
                     "to", "records", (json_int_t)shown->records, "added", "deleted", "octets",
                     (json_int_t)shown->octets, "messages", (json_int_t)shown->messages, "seconds",
                     seconds(shown), "tsig", "tls", "result",
                     result_name(exit_status), "exit", exit_status, "attempts",
                     attempts_json(attempts));
}

/* The text with a newline behind it, to be freed. Not by json_dumps, which writes a document with
 * holes where memory for the growing text is short. */
static char *text_of(const json_t *json, size_t *length)
{
    const size_t flags = JSON_INDENT(2) | JSON_ENSURE_ASCII;
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

bool report_write(const struct settings *settings, const struct attempts *attempts, int exit_status,
                  const struct loop *loop, struct err *err)
{
    struct outfile_options options = {.path = settings->report};
    struct outfile out;
    enum outfile_result result;
    json_t *json = document(settings, attempts, exit_status);
    size_t length = 0;
    char *text = json != NULL ? text_of(json, &length) : NULL;
    json_decref(json);
    if (text == NULL)
        return err_set(err, ERR_MEMORY, "no memory for the report");
    bool good = outfile_open(&out, &options, loop, loop_now() + settings->idle_timeout, err);
    if (good) {
        good = outfile_write(&out, text, length, err) && outfile_commit(&out, &result, err);
        if (!good)
            outfile_abort(&out);
    }
    free(text);
    return good;
}
