#include "trouble.h"

#include "../primary/tool.h"
#include "../primary/type.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_MAX = 100000000 };

static long take_nothing(char *word)
{
    if (word) {
        tool_die("%s: there is nothing more to say", word);
    }
    return 1;
}

static long take_number(char *word)
{
    return tool_number_argument(word ? word : "nothing", 0, NUMBER_MAX);
}

static long take_rcode(char *word)
{
    long value;

    if (!word || !type_rcode_parse(word, &value) || value > 15) {
        tool_die("%s: no RCODE of a header", word ? word : "nothing");
    }
    return value;
}

static long take_broken(char *word)
{
    return tool_choice_argument(word ? word : "nothing", BROKEN_WAYS);
}

/* clang-format off */
static const struct verb {
    const char *name;
    size_t member;
    long (*take)(char *word);
    const char *help;
} verbs[] = {
    {"mute",   offsetof(struct trouble, mute),   take_nothing, "never answer"},
    {"rcode",  offsetof(struct trouble, rcode),  take_rcode,   "RCODE: answer with that"},
    {"delay",  offsetof(struct trouble, delay),  take_number,  "MS: wait before the answer"},
    {"pace",   offsetof(struct trouble, pace),   take_number,  "MS: wait before each further message"},
    {"big",    offsetof(struct trouble, big),    take_number,  "N: a zone of N records"},
    {"broken", offsetof(struct trouble, broken), take_broken,  "HOW a transfer is: " BROKEN_WAYS},
};
/* clang-format on */

enum { VERB_COUNT = sizeof verbs / sizeof *verbs };

static void take_type(struct trouble_command *c, char *word)
{
    c->transfers = word && !strcmp(word, "transfers");
    if (!c->transfers && (!word || !type_parse(word, strlen(word), &c->type))) {
        tool_die("%s: no type of query", word ? word : "nothing");
    }
}

/* Takes a word that says what the command is for, and what follows it. */
static bool take_scope(struct trouble_command *c, const char *word, char **rest)
{
    if (!strcmp(word, "zone")) {
        c->zone = take_number(strtok_r(NULL, " ", rest));
    } else if (!strcmp(word, "every")) {
        const char *number = strtok_r(NULL, " ", rest);

        c->every = tool_number_argument(number ? number : "nothing", 1, NUMBER_MAX);
    } else if (!strcmp(word, "for")) {
        take_type(c, strtok_r(NULL, " ", rest));
    } else {
        return false;
    }
    return true;
}

struct trouble_command trouble_parse(const char *text)
{
    struct trouble_command c = {.zone = -1, .every = 1};
    char *copy = tool_copy(text, strlen(text) + 1), *rest = NULL;
    char *word = strtok_r(copy, " ", &rest);
    size_t verb = 0;

    while (word && take_scope(&c, word, &rest)) {
        word = strtok_r(NULL, " ", &rest);
    }
    while (word && verb < VERB_COUNT && strcmp(word, verbs[verb].name)) {
        verb++;
    }
    if (!word || verb == VERB_COUNT) {
        tool_die("%s: no such command", text);
    }
    c.member = verbs[verb].member;
    c.value = verbs[verb].take(strtok_r(NULL, " ", &rest));
    take_nothing(strtok_r(NULL, " ", &rest));
    free(copy);
    return c;
}

static bool fits(const struct trouble_command *c, unsigned zone, unsigned type)
{
    bool transfer = type == TYPE_AXFR || type == TYPE_IXFR;

    return (c->zone < 0 || c->zone == (long)zone) && zone % (unsigned long)c->every == 0 &&
           (!c->type || c->type == type) && (!c->transfers || transfer);
}

struct trouble trouble_of(const struct trouble_command *commands, size_t count, unsigned zone,
                          unsigned type)
{
    struct trouble t = {.rcode = -1, .broken = BROKEN_NOT};

    for (size_t i = 0; i < count; i++) {
        if (fits(&commands[i], zone, type)) {
            memcpy((char *)&t + commands[i].member, &commands[i].value, sizeof commands[i].value);
        }
    }
    return t;
}

void trouble_help(void)
{
    for (size_t i = 0; i < VERB_COUNT; i++) {
        printf("  %-8s %s\n", verbs[i].name, verbs[i].help);
    }
}
