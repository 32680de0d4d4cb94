#include "cli/report.h"

#include "cli/say.h"
#include "dns/types.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double seconds(const struct attempt *attempt)
{
    return (double)attempt->microseconds / 1e6;
}

static const char *result_name(int exit_status)
{
    return exit_status > 128 ? "signal" : err_class_name((enum err_class)exit_status);
}

/* A server's name or a file's may be no UTF-8, which no JSON can hold. NULL for an empty text. */
static json_t *text_json(const char *text)
{
    char masked[ERR_TEXT_MAX];
    json_t *json = *text != '\0' ? json_string(text) : NULL;
    if (json != NULL || *text == '\0')
        return json;
    snprintf(masked, sizeof masked, "%s", text);
    say_mask(masked);
    return json_string(masked);
}

/* The member "attempts": what became of each. */
static json_t *attempt_json(const struct attempt *attempt)
{
    return json_pack("{s:o?, s:s*, s:s, s:i, s:s*, s:o*, s:I, s:I, s:I, s:f}", "server",
                     text_json(attempt->server), "address", attempt->address[0] ? attempt->address : NULL,
                     "result", attempt->kind == ERR_INTERRUPTED ? "signal" : err_class_name(err_class(attempt->kind)), "exit",
                     (int)err_class(attempt->kind), "error",
                     attempt->kind != ERR_NONE ? err_slug(attempt->kind) : NULL, "message",
                     attempt->kind != ERR_NONE ? text_json(attempt->text) : NULL, "messages",
                     (json_int_t)attempt->messages, "records", (json_int_t)attempt->records,
                     "octets", (json_int_t)attempt->octets, "seconds", seconds(attempt));
}

static json_t *attempts_json(const struct attempts *attempts)
{
    json_t *list = json_array();
    size_t kept = attempts->list == NULL           ? 0
                  : attempts->count < ATTEMPTS_KEPT ? attempts->count
                                                    : ATTEMPTS_KEPT;
    for (size_t i = 0; i < kept; i++)
        json_array_append_new(list, attempt_json(&attempts->list[i]));
    return list;
}

static const struct attempt *successful(const struct attempts *attempts)
{
    size_t last = attempts->count < ATTEMPTS_KEPT ? attempts->count : ATTEMPTS_KEPT;
    for (size_t i = 0; attempts->list != NULL && i < last; i++)
        if (attempts->list[i].kind == ERR_NONE)
            return &attempts->list[i];
    return NULL;
}

static json_t *document(const struct settings *settings, const struct attempts *attempts,
                        int exit_status)
{
    const struct attempt *good = successful(attempts);
    const struct attempt *shown = good != NULL ? good : &attempts->worst;
    struct name_string zone;
    char class[16];
    *types_class_text(class, settings->class) = '\0';
    return json_pack("{s:s, s:s, s:s, s:o?, s:o?, s:n, s:n, s:I, s:n, s:n, s:I, s:I, s:f, s:n, "
                     "s:n, s:s, s:i, s:o}",
                     "zone", name_string(&zone, settings->zone), "class", class, "kind", "axfr",
                     "server", text_json(shown->server), "serial",
                     shown->has_serial ? json_integer((json_int_t)shown->serial) : NULL, "from",
                     "to", "records", (json_int_t)shown->records, "added", "deleted", "octets",
                     (json_int_t)shown->octets, "messages", (json_int_t)shown->messages, "seconds",
                     seconds(shown), "tsig", "tls", "result",
                     result_name(exit_status), "exit", exit_status, "attempts",
                     attempts_json(attempts));
}

bool report_write(const struct settings *settings, const struct attempts *attempts, int exit_status,
                  const struct loop *loop, struct err *err)
{
    struct outfile_options options = {.path = settings->report};
    struct outfile out;
    enum outfile_result result;
    json_t *json = document(settings, attempts, exit_status);
    char *text = json != NULL ? json_dumps(json, JSON_INDENT(2) | JSON_ENSURE_ASCII) : NULL;
    json_decref(json);
    if (text == NULL)
        return err_set(err, ERR_MEMORY, "no memory for the report");
    bool good = outfile_open(&out, &options, loop, loop_now() + settings->idle_timeout, err);
    if (good) {
        good = outfile_write(&out, text, strlen(text), err) && outfile_write(&out, "\n", 1, err) &&
               outfile_commit(&out, &result, err);
        if (!good)
            outfile_abort(&out);
    }
    free(text);
    return good;
}
