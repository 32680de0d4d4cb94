/* Findings that wait: what they mean is known only when more of the zone was seen.
 *
 * Purpose: keeps the first ones of each rule as texts, and counts the others.
 * Owns: the texts; its size does not grow with the zone.
 * Borrows: nothing after a call.
 * Never: judges. */
#ifndef VERIFY_PENDING_H
#define VERIFY_PENDING_H

#include "verify/findings.h"

enum {
    PENDING_RULES = 8,  /* different ones in one list */
    PENDING_MOST = 100, /* that are kept of each */
};

struct pending_item {
    enum rule rule;
    uint16_t type;
    uint8_t owner_length; /* 0: the zone */
    char *octets;         /* the owner, then the text with a NUL */
};

/* All zero: empty. */
struct pending {
    struct pending_item *items;
    size_t item_count, room;
    struct {
        enum rule rule;
        uint64_t count;
    } rules[PENDING_RULES];
    unsigned rule_count;
};

void pending_fini(struct pending *pending);

/* As findings_add. Error: ERR_MEMORY. */
bool pending_add(struct pending *pending, struct err *err, enum rule rule, const uint8_t *owner,
                 uint16_t type, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* How many there are, of all rules. */
uint64_t pending_count(const struct pending *pending);

/* Gives all that was kept to the findings, and for each rule one that says how many more there
 * were; then it is empty. Error: ERR_MEMORY. */
bool pending_say(struct pending *pending, struct findings *findings, struct err *err);

#endif
