/* What the judges of a zone have found.
 *
 * Purpose: the table of rules, and a list of findings that stays small whatever the zone is like.
 * Owns: the texts of the findings that are kept.
 * Borrows: nothing after a call.
 * Never: prints; decides anything. What follows from a finding is the business of gates and of the
 * command check. */
#ifndef VERIFY_FINDINGS_H
#define VERIFY_FINDINGS_H

#include "base/err.h"

#include <stdint.h>

enum level { LEVEL_OFF, LEVEL_INFO, LEVEL_WARNING, LEVEL_ERROR, LEVELS };

enum rule_group { RULES_ZONE, RULES_DNSSEC, RULES_ZONEMD, RULE_GROUPS };

enum rule {
#define RULE(name, slug, level, group, gate, text, section) RULE_##name,
#include "verify/rules.def"
#undef RULE
    RULES
};

struct rule_row {
    const char *slug, *text, *section; /* the permanent name; what it means; where it is written */
    uint8_t level;                     /* enum level, unless the user says otherwise */
    uint8_t group;                     /* enum rule_group */
    bool gate;                         /* a finding of it fails the gate of its group */
};
extern const struct rule_row findings_rules[RULES];

/* The rule of that name; RULES: there is none. */
enum rule findings_rule(const char *slug);

/* The word for a level, and the level of a word; LEVELS: it is none. */
const char *findings_level_text(enum level level);
enum level findings_level(const char *word);

struct finding {
    enum rule rule;
    enum level level;
    const uint8_t *owner; /* wire form; NULL: the zone as a whole */
    uint16_t type;        /* 0: the name as a whole */
    uint64_t more;        /* of the last one of its rule: how many of the rule are not among them */
    const char *text;     /* one line, nothing in it that a terminal would obey */
};

struct findings;

/* Keeps the first `most` findings of each rule. `levels` are those of the rules, RULES of them;
 * NULL: the table's. Error: ERR_MEMORY. */
struct findings *findings_new(size_t most, const uint8_t levels[], struct err *err);
void findings_free(struct findings *findings);

/* Adds a finding of the rule about a type at the owner; no owner: about the zone, no type: about
 * the name. It is counted whether it is kept or not; one of a rule that is off, for gates only.
 * Only the thread that walks may call it. Error: ERR_MEMORY. */
bool findings_add(struct findings *findings, struct err *err, enum rule rule, const uint8_t *owner,
                  uint16_t type, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* How many there were of a level, kept or not; of a rule; and of a group those that fail its gate.
 */
uint64_t findings_count(const struct findings *findings, enum level level);
uint64_t findings_count_rule(const struct findings *findings, enum rule rule);
uint64_t findings_count_gate(const struct findings *findings, enum rule_group group);

/* Ends the adding: chooses `most` of those that were kept, the higher levels first and of each rule
 * as many as of the others, so that no rule crowds out another; a quarter of them may be the first
 * cases of rules that have come to nothing so. Puts them in the order of their
 * owners (RFC 4034 section 6.1), those about the zone first, those of one owner as they were added.
 */
void findings_close(struct findings *findings);

/* The chosen ones by index; false past the end. */
bool findings_get(const struct findings *findings, size_t index, struct finding *finding);

#endif
