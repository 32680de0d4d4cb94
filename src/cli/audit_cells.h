/* The words of a row of an audit: a cell for each column.
 *
 * Owns: the texts, inside the object. Never: prints. */
#ifndef CLI_AUDIT_CELLS_H
#define CLI_AUDIT_CELLS_H

#include "job/audit_facts.h"

enum audit_cell {
    CELL_ZONE,
    CELL_SERVER,
    CELL_ADDRESS,
    CELL_RCODE, /* over TCP, or why there is none, or no address */
    CELL_UDP,   /* likewise */
    CELL_AA,
    CELL_SERIAL,
    CELL_LAG,
    CELL_SIGNED,
    CELL_EXPIRES,
    CELL_NSID,
    CELL_TRANSFER,
    CELL_RECORDS,
    CELL_SUM,
    CELL_PROBLEMS,
    CELLS
};

enum { AUDIT_CELL_MAX = NAME_TEXT_ROOM };

struct audit_cells {
    char texts[CELLS][AUDIT_CELL_MAX];
};

/* The titles. */
void audit_cells_head(struct audit_cells *cells);

/* What is not known is "-". `now`: microseconds since 1970. */
void audit_cells_of(struct audit_cells *cells, const struct audit_zone *zone,
                    const struct audit_row *row, uint64_t now);

/* The name of the RCODE of an answer that came. */
const char *audit_cells_rcode(char text[AUDIT_CELL_MAX], const struct audit_answer *answer);

#endif
