/* What a check has found, on standard output.
 *
 * Purpose: a line for each finding and a summary for each zone; or all of it as one JSON document;
 * and the list of the rules.
 * Owns: nothing but the document under way. */
#ifndef CLI_CHECK_SAY_H
#define CLI_CHECK_SAY_H

#include "job/check.h"

#include <stdio.h>

/* One zone that was asked for. `kind` is ERR_NONE, or what has kept it from being read. */
struct checked {
    const char *word; /* as it was given, or the path of a file in a folder */
    enum err_kind kind;
    const struct check *check;
    uint64_t now; /* at which it was judged, in seconds since 1970 */
};

/* Whether it was read, and has no finding of that level or a higher one. */
bool check_say_is_good(const struct checked *checked, enum level fail_on);

/* As text; `quiet`: the errors alone; `colored`: the words for their levels have colours. */
void check_say_text(FILE *to, const struct checked *checked, bool quiet, bool colored);

/* The document: a source each, then all of it at once; to NULL it is only freed. Without memory
 * nothing is written, and check_say_json_end fails. */
struct check_json;
struct check_json *check_say_json_begin(void);
void check_say_json(struct check_json *json, const struct checked *checked, enum level fail_on);
bool check_say_json_end(struct check_json *json, FILE *to);

/* A line for each rule: its name, level, where it is written and what it means. */
void check_say_rules(FILE *to);

#endif
