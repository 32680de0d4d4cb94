#include "cli/report_hook.h"

#include "cli/report_json.h"

static json_t *hook_json(const struct hook *hook)
{
    enum { SECOND = 1000000 };
    const struct child_result *result = &hook->command.result;
    bool has_exited =
        hook->err.kind != ERR_INTERRUPTED && result->signal == 0 && !result->timed_out;
    struct report_object o = report_object();
    report_put(&o, "name", json_string("exec"));
    report_put(&o, "exit", report_number(has_exited, (uint64_t)result->status));
    report_put(&o, "seconds", json_real((double)result->microseconds / SECOND));
    report_put(&o, "text", report_text(hook->words[0] != '\0' ? hook->words : NULL));
    return report_close(&o);
}

json_t *report_hooks(const struct hook *hook)
{
    json_t *list = json_array();
    if (hook == NULL || !hook->ran || json_array_append_new(list, hook_json(hook)) == 0)
        return list;
    json_decref(list);
    return NULL;
}
