#include "cli/report_hook.h"

#include "cli/report_json.h"

struct zone_command report_hook_command(const struct hook *hook)
{
    const struct child_result *result = &hook->command.result;
    return (struct zone_command){
        .ran = hook->ran,
        .has_exited =
            hook->err.kind != ERR_INTERRUPTED && result->signal == 0 && !result->timed_out,
        .status = result->status,
        .microseconds = result->microseconds,
        .text = hook->words,
        .failure = hook->err.kind,
        .message = hook->err.text,
    };
}

static json_t *command_json(const struct zone_command *command)
{
    enum { SECOND = 1000000 };
    struct report_object o = report_object();
    report_put(&o, "name", json_string("exec"));
    report_put(&o, "exit", report_number(command->has_exited, (uint64_t)command->status));
    report_put(&o, "seconds", json_real((double)command->microseconds / SECOND));
    report_put(&o, "text", report_text(command->text));
    return report_close(&o);
}

json_t *report_hook_list(const struct zone_command *command)
{
    json_t *list = json_array();
    if (command == NULL || !command->ran || json_array_append_new(list, command_json(command)) == 0)
        return list;
    json_decref(list);
    return NULL;
}
