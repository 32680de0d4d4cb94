#include "script.h"

#include "bytes.h"
#include "fault.h"
#include "options.h"
#include "tool.h"
#include "type.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is left of a line, and its place. */
struct words {
    char *rest;
    const char *where;
};

/* NULL: there are no more. */
static char *next_word(struct words *w)
{
    return strtok_r(NULL, " \t\r\n", &w->rest);
}

/* A row of octets in hexadecimal digits, behind the message ID if its letter lets the word say so.
 */
static bool read_octets(struct command *c, char letter, const char *word)
{
    struct bytes data = {0};

    if (letter == 'i' && !strncmp(word, "id", 2)) {
        c->with_id = true;
        word += 2;
        bytes_u16(&data, 0);
    }
    if (!bytes_hex(&data, word, strlen(word))) {
        return false;
    }
    c->data = data.data;
    c->len = data.len;
    return data.len > 0;
}

static bool read_message_number(struct command *c, const char *word)
{
    if (!strcmp(word, "last")) {
        c->message = LAST_MESSAGE;
        return true;
    }
    if (!strcmp(word, "all") && c->verb->stage == STAGE_SIGN) {
        c->message = ALL_MESSAGES;
        return true;
    }
    return tool_number(word, &c->message) && c->message > 0;
}

static bool read_type(struct command *c, const char *word)
{
    unsigned type;

    if (!type_parse(word, strlen(word), &type) && !tool_numbered(word, strlen(word), "", &type)) {
        return false;
    }
    c->number = type;
    return true;
}

/* The letters are explained in fault.h. */
static bool read_argument(struct command *c, char letter, const char *word)
{
    switch (letter) {
    case 'm':
        return read_message_number(c, word);
    case 'o':
        return tool_number(word, &c->octet);
    case 'n':
        return tool_number(word, &c->number) && c->number >= 0;
    case 'r':
        return type_rcode_parse(word, &c->number);
    case 't':
        return read_type(c, word);
    case 'w':
        return tool_choice(c->verb->choices, word, &c->number);
    default:
        return read_octets(c, letter, word);
    }
}

static void read_connection(struct options *o, struct words *w)
{
    const char *word = next_word(w);

    if (!word || !(tool_number(word, &o->block) || !strcmp(word, "all")) || o->block < 0) {
        tool_die("%s: 'connection' needs a number or 'all'", w->where);
    }
    o->block = strcmp(word, "all") ? o->block : 0;
}

static void read_for(struct options *o, struct words *w)
{
    const char *word = next_word(w);

    o->block_type = 0;
    if (!word || (strcmp(word, "all") && !type_parse(word, strlen(word), &o->block_type))) {
        tool_die("%s: 'for' needs a type or 'all'", w->where);
    }
}

/* The verb, and its stage. */
static void read_verb(struct command *c, const char *word, struct words *w)
{
    if (!strcmp(word, "signed")) {
        word = next_word(w);
        c->verb = word ? fault_find(word) : NULL;
        if (!c->verb || c->verb->stage != STAGE_MESSAGE) {
            tool_die("%s: 'signed' needs a command for a message that is built", w->where);
        }
        c->stage = STAGE_SIGNED;
        return;
    }
    c->verb = fault_find(word);
    if (!c->verb) {
        tool_die("%s: no such command: %s", w->where, word);
    }
    c->stage = c->verb->stage;
    c->message = c->stage == STAGE_SIGN ? ALL_MESSAGES : 0;
}

static void read_arguments(struct command *c, struct words *w)
{
    const char *name = c->verb->name;

    for (const char *letter = c->verb->arguments; *letter; letter++) {
        const char *word = next_word(w);

        if (!word || !read_argument(c, *letter, word)) {
            tool_die("%s: %s: bad or missing argument: %s", w->where, name, word ? word : "");
        }
    }
    if (next_word(w)) {
        tool_die("%s: %s: too many arguments", w->where, name);
    }
    if (c->message == LAST_MESSAGE && c->stage < STAGE_MESSAGE) {
        tool_die("%s: %s: which message is the last is not known yet", w->where, name);
    }
    if (c->stage == STAGE_PACE && c->octet < 1) {
        tool_die("%s: %s: at least one octet", w->where, name);
    }
}

void script_line(struct options *o, char *line, const char *where)
{
    struct command c = {.connection = o->block, .type = o->block_type};
    struct words w = {.where = where};
    const char *word;

    line[strcspn(line, "#\n")] = '\0';
    word = strtok_r(line, " \t\r\n", &w.rest);
    if (!word) {
        return;
    }
    if (!strcmp(word, "connection")) {
        read_connection(o, &w);
        return;
    }
    if (!strcmp(word, "for")) {
        read_for(o, &w);
        return;
    }
    read_verb(&c, word, &w);
    read_arguments(&c, &w);
    o->commands = tool_grow_array(o->commands, o->command_count, sizeof *o->commands);
    o->commands[o->command_count++] = c;
}

void script_read(struct options *o, const char *file)
{
    FILE *f = fopen(file, "r");
    char *line = NULL, where[512];
    size_t size = 0;
    unsigned number = 0;

    if (!f) {
        tool_die("%s: %s", file, strerror(errno));
    }
    o->block = 0;
    o->block_type = 0;
    while (getline(&line, &size, f) >= 0) {
        snprintf(where, sizeof where, "%s:%u", file, ++number);
        script_line(o, line, where);
    }
    o->block = 0;
    o->block_type = 0;
    free(line);
    fclose(f);
}
