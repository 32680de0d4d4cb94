#include "cli/report_log.h"

#include "cli/report_json.h"

#include <inttypes.h>
#include <stdio.h>

static void keep(struct report_log *log, const char *text)
{
    if (log->warnings == NULL && !log->failed)
        log->warnings = json_array();
    if (log->warnings == NULL || json_array_append_new(log->warnings, report_text(text)) != 0)
        log->failed = true;
}

void report_log_notes(struct report_log *log, const struct notes *notes)
{
    char text[NOTES_TEXT_MAX + 40];
    for (int kind = 0; kind < ERR_KINDS; kind++) {
        const char *first = notes_text(notes, (enum err_kind)kind);
        uint64_t count = notes->counts[kind];
        if (*first == '\0')
            continue;
        if (count == 1)
            snprintf(text, sizeof text, "%s", first);
        else
            snprintf(text, sizeof text, "%s (and %" PRIu64 " more)", first, count - 1);
        keep(log, text);
    }
}

void report_log_keep(struct report_log *log, const struct fact *fact)
{
    if (fact->kind == FACT_WARNING || fact->kind == FACT_NOTICE || fact->kind == FACT_REMARK ||
        fact->kind == FACT_DISTRUST)
        keep(log, fact->text);
    if (fact->kind == FACT_WARNINGS)
        report_log_notes(log, fact->notes);
    if (fact->kind == FACT_SIDE_FAILED)
        log->failure = *fact->err;
}

static void tell(struct teller *teller, const struct fact *fact)
{
    struct report_log *log = (struct report_log *)teller;
    report_log_keep(log, fact);
    log->next->tell(log->next, fact);
}

void report_log_init(struct report_log *log, struct teller *next)
{
    *log = (struct report_log){.teller = {tell}, .next = next};
}

void report_log_fini(struct report_log *log)
{
    json_decref(log->warnings);
    log->warnings = NULL;
}

json_t *report_log_warnings(const struct report_log *log)
{
    if (log->failed)
        return NULL;
    return log->warnings != NULL ? json_incref(log->warnings) : json_array();
}
