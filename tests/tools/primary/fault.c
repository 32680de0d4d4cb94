#include "fault.h"

#include "options.h"
#include "query.h"
#include "source.h"
#include "tool.h"
#include "type.h"

#include <stdio.h>
#include <string.h>

/* In the order of the help. */
static const struct verb *const tables[] = {
    fault_plan_verbs, fault_build_verbs, fault_message_verbs, fault_sign_verbs, fault_send_verbs};

enum { TABLE_COUNT = sizeof tables / sizeof *tables };

const struct verb *fault_find(const char *name)
{
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        for (const struct verb *v = tables[i]; v->name; v++) {
            if (!strcmp(v->name, name)) {
                return v;
            }
        }
    }
    return NULL;
}

void fault_help(void)
{
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        for (const struct verb *v = tables[i]; v->name; v++) {
            printf("  %-11s %-3s", v->name, v->arguments);
            printf("          %s%s%s%s\n", v->help, v->choices ? " (" : "",
                   v->choices ? v->choices : "", v->choices ? ")" : "");
        }
    }
}

static bool is_for(const struct answer *a, const struct command *c, long message)
{
    return c->message == message || c->message == ALL_MESSAGES ||
           (c->message == LAST_MESSAGE && message == (long)a->message_count);
}

/* A question for the SOA goes before transfers or follows them: what is to be wrong with it is for
 * it alone. */
static bool concerns(const struct command *c, const struct answer *a)
{
    bool any = a->query->type != TYPE_SOA || c->stage == STAGE_QUERY;

    return (!c->connection || c->connection == a->connection) &&
           (c->type ? c->type == a->query->type : any);
}

void fault_run(struct answer *a, enum stage stage, long message)
{
    for (size_t i = 0; i < a->options->command_count; i++) {
        const struct command *c = &a->options->commands[i];

        if (c->stage != stage || (message && !is_for(a, c, message)) || !concerns(c, a)) {
            continue;
        }
        if (c->verb->needs_zone && a->source->stream) {
            tool_die("%s: works on a zone file, not on a recorded stream", c->verb->name);
        }
        c->verb->act(a, c);
    }
}

bool fault_in_use(const struct answer *a, enum stage stage)
{
    for (size_t i = 0; i < a->options->command_count; i++) {
        const struct command *c = &a->options->commands[i];

        if (c->stage == stage && concerns(c, a)) {
            return true;
        }
    }
    return false;
}

void fault_check_numbers(const struct answer *a, enum stage from, enum stage to)
{
    for (size_t i = 0; i < a->options->command_count; i++) {
        const struct command *c = &a->options->commands[i];

        if (c->stage >= from && c->stage <= to && c->message > (long)a->message_count &&
            concerns(c, a)) {
            tool_die("%s %ld: the answer has %zu messages", c->verb->name, c->message,
                     a->message_count);
        }
    }
}

struct message *fault_chosen(struct answer *a, const struct command *c)
{
    long n = c->message == LAST_MESSAGE ? (long)a->message_count : c->message;

    if (n > (long)a->message_count) {
        tool_die("%s %ld: the answer has %zu messages", c->verb->name, n, a->message_count);
    }
    return &a->messages[n - 1];
}
