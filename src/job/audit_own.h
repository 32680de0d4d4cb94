/* What the files of the audit share: audit.c has the zones and their rows, audit_hosts.c finds the
 * servers of a zone and their addresses, audit_places.c says when an address may be asked, and
 * audit_item.c asks it. Nobody else includes this. */
#ifndef JOB_AUDIT_OWN_H
#define JOB_AUDIT_OWN_H

#include "job/audit.h"
#include "base/dict.h"

struct nameservers;
struct audit_content;

/* What an event of the engine belongs to: the first member of each owner. */
enum audit_owner { AUDIT_OWNER_PLACE, AUDIT_OWNER_ITEM, AUDIT_OWNER_HOST, AUDIT_OWNER_ZONE };

/* One address: a server, across all zones. */
struct audit_place {
    enum audit_owner owner;
    struct audit *audit;
    struct address address;
    struct audit_item *first, *last; /* rows that wait for their next step */
    struct timer timer;
    uint64_t next_at;   /* of loop_now: no question before */
    unsigned transfers; /* under way */
};

/* The work on one row. */
struct audit_item {
    enum audit_owner owner;
    struct audit_item *next; /* of the place, while it waits there */
    struct audit_work *work;
    struct audit_row *row;
    struct audit_host *host; /* the first that has its address: names the certificate and the key */
    struct audit_place *place;
    enum audit_step step;
    bool is_asked; /* the engine has its question */
    bool is_again; /* it was behind: only the serial is of interest */
    struct question question;
    struct timer limit; /* of the step, from its query on */
    struct answer *answer;
    const struct endpoint *endpoint;
    struct audit_content *content; /* of a transfer that is read whole */
};

/* A name that is looked up for a zone. */
struct audit_host {
    enum audit_owner owner;
    struct audit_work *work;
    const struct server *given; /* by the user; NULL: the DNS names it */
    char name[AUDIT_HOST_MAX];
    unsigned sources;
    uint16_t port;
    struct address_list addresses;
    struct err err;
};

struct audit_work {
    enum audit_owner owner;
    struct audit *audit;
    struct audit_zone *zone;
    struct nameservers *nameservers; /* while they are looked for */
    struct audit_host *hosts;
    size_t host_count, hosts_open;
    struct audit_item *items; /* one for each row that has an address */
    size_t item_count, items_open;
    struct timer again;
    uint64_t again_until;
    struct timer limit; /* --max-time */
};

struct audit {
    struct audit_config config;
    struct dict places;       /* by address and port */
    struct audit_work *works; /* one for each zone */
    size_t begun, open;
    struct timer tick;
    struct audit_figures figures;
    struct notes notes; /* of answers to questions for a SOA: nobody asks */
    struct err err;     /* that ends the run */
};

/* ---- audit.c ------------------------------------------------------------------------------- */

/* Ends the run with this error. Always false. */
bool audit_stop(struct audit *audit, const struct err *err);

/* The same, with ERR_MEMORY. */
bool audit_no_memory(struct audit *audit);

const struct route *audit_route(const struct audit_work *work);

/* All hosts of the zone are looked up: makes the rows, and asks for each. */
void audit_rows_begin(struct audit_work *work);

/* All rows have what there is to know: the zone is complete, or who is behind is asked again. */
void audit_rows_done(struct audit_work *work);

/* The zone is complete. Nothing of its work is left, and it is told. */
void audit_zone_done(struct audit_work *work);

/* ---- audit_hosts.c ------------------------------------------------------------------------- */

/* Looks up the servers that are named, or those that the DNS names, and those of --also. */
void audit_hosts_begin(struct audit_work *work);

/* Takes what has come of a search that audit_hosts_begin has started: for the zone's servers ... */
void audit_hosts_take(struct audit_work *work, const struct engine_event *event);

/* ... and for one of them. */
void audit_host_take(struct audit_host *host, const struct engine_event *event);

void audit_hosts_fini(struct audit_work *work);

/* ---- audit_places.c ------------------------------------------------------------------------ */

/* The place of an address, made if there is none. NULL: ERR_MEMORY, in audit->err. */
struct audit_place *audit_place_of(struct audit *audit, const struct address *address);

/* Asks for all that wait there and may be asked now. */
void audit_place_serve(struct audit_place *place);

/* Queues an item at its place, for its step. */
void audit_place_put(struct audit_item *item);

/* Takes it out of the queue, where it is in it. */
void audit_place_drop(struct audit_item *item);

void audit_places_fini(struct audit *audit);

/* ---- audit_item.c -------------------------------------------------------------------------- */

bool audit_is_transfer(enum audit_step step);

/* Puts the question of the item's step. False: the run is stopped. */
bool audit_item_ask(struct audit_item *item);

/* Takes what has come of it, and goes on to the next step. */
void audit_item_take(struct audit_item *item, const struct engine_event *event);

/* Gives up what is under way, and frees what belongs to it. */
void audit_item_fini(struct audit_item *item);

#endif
