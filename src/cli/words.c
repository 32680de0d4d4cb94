#include "cli/words.h"

#include "job/audit_facts.h"

#include "cli/command.h"
#include "cli/completion.h"
#include "cli/settings.h"
#include "dns/types.h"
#include "job/check.h"

#include <stdio.h>
#include <string.h>

/* The row of an array with n rows. */
static bool row(const struct word *rows, size_t n, size_t index, struct word *word)
{
    if (index < n)
        *word = rows[index];
    return index < n;
}

#define ROW(rows) row(rows, sizeof(rows) / sizeof *(rows), index, word)

/* What is no zone and no changes is text, or one JSON document. */
static unsigned commands_of_format(const struct writer_type *type)
{
    unsigned commands = COMMAND_GET | COMMAND_CONVERT;
    if ((type->flags & WRITER_CHANGES) != 0)
        commands |= COMMAND_DIFF;
    if (strcmp(type->name, "json") == 0)
        commands |= COMMAND_CHECK | COMMAND_CATALOG | COMMAND_AUDIT;
    return commands;
}

bool words_formats(size_t index, struct word *word)
{
    const struct writer_type *type = writer_row(index);
    if (type != NULL)
        *word = (struct word){type->name, type->help, 0, commands_of_format(type)};
    return type != NULL;
}

bool words_transfers(size_t index, struct word *word)
{
    static const struct word rows[] = {{"axfr", "the whole zone", 0, 0},
                                       {"ixfr=", "with a serial: what has changed since", 0, 0}};
    return ROW(rows);
}

bool words_classes(size_t index, struct word *word)
{
    static const struct word rows[] = {
        {"IN", NULL, CLASS_IN, 0}, {"CH", NULL, CLASS_CH, 0}, {"HS", NULL, CLASS_HS, 0}};
    return ROW(rows);
}

/* Those that a zone can hold, but A of class CH, which has the same name as A. */
bool words_types(size_t index, struct word *word)
{
    const struct type_info *info;
    for (size_t i = 0; (info = types_row(i)) != NULL; i++) {
        if ((info->flags & TYPE_FLAG_META) != 0 || info->class == CLASS_CH || index-- > 0)
            continue;
        *word = (struct word){info->mnemonic, NULL, info->code, 0};
        return true;
    }
    return false;
}

bool words_ignored(size_t index, struct word *word)
{
    static const struct word rows[] = {
        {"ttl", "TTLs", DIFF_IGNORE_TTL, 0},
        {"serial", "the serial of the SOA", DIFF_IGNORE_SERIAL, 0},
        {"soa", "the SOA", DIFF_IGNORE_SOA, 0},
        {"dnssec", "what signing a zone adds to it", DIFF_IGNORE_DNSSEC, 0},
        {"zonemd", "ZONEMD and the signatures over it", DIFF_IGNORE_ZONEMD, 0}};
    return ROW(rows);
}

bool words_colors(size_t index, struct word *word)
{
    static const struct word rows[] = {{"auto", "where the output is a terminal", CHOICE_AUTO, 0},
                                       {"always", "wherever it goes", CHOICE_ON, 0},
                                       {"never", "nowhere", CHOICE_OFF, 0}};
    return ROW(rows);
}

/* Levels are of check, problems of audit: the latter have numbers above. */
bool words_fail_on(size_t index, struct word *word)
{
    static const struct word rows[] = {
        {"error", "an error", LEVEL_ERROR, COMMAND_CHECK},
        {"warning", "a warning, or an error", LEVEL_WARNING, COMMAND_CHECK},
        {"info", "whatever is found", LEVEL_INFO, COMMAND_CHECK},
        {"open", "anybody gets the zone", WORD_AUDIT | AUDIT_IS_OPEN, COMMAND_AUDIT},
        {"lag", "a server is behind", WORD_AUDIT | AUDIT_IS_BEHIND, COMMAND_AUDIT},
        {"differs", "other content at the same serial", WORD_AUDIT | AUDIT_DIFFERS, COMMAND_AUDIT},
        {"lame", "a server without authority", WORD_AUDIT | AUDIT_IS_LAME, COMMAND_AUDIT},
        {"unsigned", "no signatures where there should be", WORD_AUDIT | AUDIT_IS_UNSIGNED,
         COMMAND_AUDIT},
        {"timeout", "a server does not answer", WORD_AUDIT | AUDIT_TIMES_OUT, COMMAND_AUDIT}};
    return ROW(rows);
}

bool words_proofs(size_t index, struct word *word)
{
    static const struct word rows[] = {{"zonemd", "a digest of the zone", VERIFY_ZONEMD, 0},
                                       {"dnssec", "signatures", VERIFY_DNSSEC, 0},
                                       {"none", "nothing, whatever was named before", 0, 0}};
    return ROW(rows);
}

/* What --level takes, up to the level. */
bool words_rules(size_t index, struct word *word)
{
#define RULE(name, slug, level, group, gate, text, section) {slug "=", NULL, 0, 0},
    static const struct word rows[] = {
#include "verify/rules.def"
    };
#undef RULE
    return ROW(rows);
}

bool words_bad_lines(size_t index, struct word *word)
{
    static const struct word rows[] = {{"stop", "ask nothing: exit status 2", 0, 0},
                                       {"skip", "leave them out, and tell them", 1, 0}};
    return ROW(rows);
}

bool words_commands(size_t index, struct word *word)
{
    const struct command *command;
    for (size_t i = 0; (command = command_row(i)) != NULL; i++) {
        if (command->run == NULL || index-- > 0)
            continue;
        *word = (struct word){command->name, command->help, 0, 0};
        return true;
    }
    return false;
}

bool words_shells(size_t index, struct word *word)
{
    const char *shell = completion_shell(index);
    *word = (struct word){shell, NULL, 0, 0};
    return shell != NULL;
}

const char *words_meaning(const struct word *word, char to[WORDS_MEANING])
{
    char names[COMMANDS_TEXT];
    if (word->commands == 0 || *command_names(word->commands, names) == '\0')
        return word->help;
    snprintf(to, WORDS_MEANING, "%s: %s", names, word->help);
    return to;
}

bool words_find(word_list *list, const char *text, size_t n, struct word *word)
{
    for (size_t i = 0; list(i, word); i++)
        if (strlen(word->text) == n && strncmp(word->text, text, n) == 0)
            return true;
    return false;
}

const char *words_join(word_list *list, const char *between, char *to, size_t room)
{
    struct word word;
    to[0] = '\0';
    for (size_t i = 0; list(i, &word); i++) {
        size_t used = strlen(to);
        snprintf(to + used, room - used, "%s%s", i > 0 ? between : "", word.text);
    }
    return to;
}
