/* The message IDs of a connection: which question each belongs to, or what became of it.
 *
 * Purpose: tells answers apart that come on one connection, and what came too late from what nobody
 * has asked for.
 * Owns: nothing; the table is memory of its owner.
 * Borrows: a question while its ID is live.
 * Never: allocates, draws random numbers. */
#ifndef NET_IDS_H
#define NET_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct question;

enum {
    IDS_SLOTS = 1024, /* a power of two, and at least twice IDS_MOST */
    IDS_MOST = 400,   /* live and dead ones */
    IDS_DONE = 64,    /* how many completed ones are remembered */
};

/* All zero: empty. */
struct ids {
    struct ids_slot {
        struct question *question; /* NULL: dead */
        uint16_t id;
        bool used;
    } slots[IDS_SLOTS];
    unsigned count;
    uint16_t done[IDS_DONE]; /* a ring */
    unsigned done_count;     /* ever */
};

enum ids_state {
    IDS_UNKNOWN,
    IDS_LIVE,
    IDS_DEAD,     /* given up; its answer may still come, or go on */
    IDS_COMPLETED /* its answer has come */
};

/* What an ID is; *question is set if it is live. */
enum ids_state ids_find(const struct ids *ids, uint16_t id, struct question **question);

/* Whether there is room for one more. */
bool ids_has_room(const struct ids *ids);

/* Enters an ID that ids_find does not know. */
void ids_add(struct ids *ids, uint16_t id, struct question *question);

/* A live ID is over: dead, completed, or as if it had never been. */
void ids_kill(struct ids *ids, uint16_t id);
void ids_complete(struct ids *ids, uint16_t id);
void ids_remove(struct ids *ids, uint16_t id);

#endif
