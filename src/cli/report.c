#include "cli/report.h"

#include "cli/report_json.h"

#include <stdlib.h>

json_t *report_diff(const struct report_diff *diff)
{
    bool failed = diff->message != NULL, names = diff->is_known && diff->is_by_name;
    struct report_object o = report_object();
    report_put(&o, "event", json_string("diff"));
    report_put(&o, "time", report_time(diff->ended));
    report_put(&o, "started", report_time(diff->started));
    report_put(&o, "old", report_zone(&diff->old));
    report_put(&o, "new", report_zone(&diff->new));
    report_put(&o, "added", report_number(diff->is_known, diff->added));
    report_put(&o, "deleted", report_number(diff->is_known, diff->deleted));
    report_put(&o, "changed_names", report_number(names, diff->changed_names));
    report_put(&o, "result", json_string(report_result(diff->exit_status)));
    report_put(&o, "exit", json_integer(diff->exit_status));
    report_put(&o, "message", report_text(diff->message));
    report_put(&o, "hint",
               report_text(failed ? err_hint(diff->failure, diff->failure_facts) : NULL));
    return report_close(&o);
}

bool report_write(const struct settings *settings, json_t *document, const struct loop *loop,
                  uint64_t deadline, struct err *err)
{
    uint64_t patience = loop_now() + settings->idle_timeout; /* with whoever does not read it */
    struct outfile_options options = {.path = settings->report,
                                      .new_mode = settings->output.new_mode};
    struct outfile out;
    enum outfile_result result;
    size_t length = 0;
    char *text = document != NULL ? report_print(document, &length) : NULL;
    json_decref(document);
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
