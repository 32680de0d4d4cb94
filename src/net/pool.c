#include "net/pool.h"

#include <stdlib.h>
#include <string.h>

void pool_init(struct pool *pool, unsigned transfers)
{
    *pool = (struct pool){.sites_most = POOL_SITES};
    pool_limit(pool, transfers);
}

void pool_limit(struct pool *pool, unsigned transfers)
{
    pool->transfers_most = transfers > 0 ? transfers : POOL_TRANSFERS;
    pool->slow_at = 0;
}

/* ---- Servers ------------------------------------------------------------------------------- */

static unsigned bucket_of(const struct address *address)
{
    const uint8_t *octets = (const uint8_t *)&address->storage;
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (unsigned i = 0; i < address->length; i++)
        hash = (hash ^ octets[i]) * 16777619u;
    return (hash ^ hash >> 16) % POOL_BUCKETS;
}

static struct site *add_site(struct pool *pool)
{
    if (pool->site_count == pool->site_room) {
        size_t room = 2 * pool->site_room + 16;
        struct site **sites = realloc(pool->sites, room * sizeof(struct site *));
        if (sites == NULL)
            return NULL;
        pool->sites = sites;
        pool->site_room = room;
    }
    struct site *site = calloc(1, sizeof *site);
    if (site != NULL)
        pool->sites[pool->site_count++] = site;
    return site;
}

struct site *pool_find(const struct pool *pool, const struct address *address)
{
    struct site *site = pool->buckets[bucket_of(address)];
    while (site != NULL && !endpoint_same_address(&site->address, address))
        site = site->next;
    return site;
}

static struct site *find_site(struct pool *pool, const struct endpoint *to)
{
    struct site **bucket = &pool->buckets[bucket_of(&to->address)];
    struct site *site = pool_find(pool, &to->address);
    if (site != NULL)
        return site;
    site = add_site(pool);
    if (site == NULL)
        return NULL;
    peer_init(&site->peer);
    site->address = to->address;
    site->next = *bucket;
    *bucket = site;
    return site;
}

/* A server is called what its first door calls it. */
static bool name_site(struct site *site, const struct endpoint *to)
{
    if (site->doors != NULL)
        return true;
    char *host = to->host != NULL ? strdup(to->host) : NULL;
    if (to->host != NULL && host == NULL)
        return false;
    free(site->host);
    site->host = host;
    return true;
}

static struct door *find_door(struct site *site, const struct endpoint *to)
{
    struct err ignored = {.kind = ERR_NONE};
    struct endpoint like = *to;
    struct door **at = &site->doors;
    for (; *at != NULL; at = &(*at)->next)
        if (endpoint_same_connection((*at)->to, to))
            return *at;
    struct door *door = calloc(1, sizeof *door);
    if (door == NULL)
        return NULL;
    like.key = NULL;
    door->site = site;
    door->to = endpoint_intern(to->set, &like, &ignored);
    if (door->to == NULL || !name_site(site, to)) {
        endpoint_release(door->to);
        free(door);
        return NULL;
    }
    *at = door;
    return door;
}

static struct identity *find_identity(struct door *door, const struct tsig_key *key)
{
    for (struct identity *identity = door->identities; identity != NULL; identity = identity->next)
        if (identity->key == key)
            return identity;
    struct identity *identity = calloc(1, sizeof *identity);
    if (identity == NULL)
        return NULL;
    identity->key = key;
    identity->next = door->identities;
    door->identities = identity;
    return identity;
}

void pool_drop_identities(struct door *door)
{
    struct identity **at = &door->identities;
    while (*at != NULL) {
        struct identity *identity = *at;
        if (identity->questions > 0) {
            at = &identity->next;
            continue;
        }
        *at = identity->next;
        free(identity);
    }
}

void pool_drop(struct door *door)
{
    struct door **at = &door->site->doors;
    while (*at != door)
        at = &(*at)->next;
    *at = door->next;
    pool_drop_identities(door);
    endpoint_release(door->to);
    free(door);
}

static void free_site(struct site *site)
{
    while (site->doors != NULL)
        pool_drop(site->doors);
    free(site->host);
    free(site);
}

bool pool_is_crowded(const struct pool *pool)
{
    return pool->site_count >= pool->sites_most;
}

bool pool_is_stale(const struct site *site, uint64_t now)
{
    return now > site->used_at && now - site->used_at > POOL_KEPT;
}

static void leave_bucket(struct pool *pool, const struct site *site)
{
    struct site **at = &pool->buckets[bucket_of(&site->address)];
    while (*at != site)
        at = &(*at)->next;
    *at = site->next;
}

/* The next look is due when there are twice as many, so that one costs a site nothing. */
void pool_forget(struct pool *pool, uint64_t now)
{
    size_t kept = 0;
    for (size_t i = 0; i < pool->site_count; i++) {
        struct site *site = pool->sites[i];
        if (site->doors != NULL || !pool_is_stale(site, now)) {
            pool->sites[kept++] = site;
            continue;
        }
        pool->octets += site->figures.octets;
        leave_bucket(pool, site);
        free_site(site);
    }
    pool->site_count = kept;
    pool->sites_most = 2 * kept > POOL_SITES ? 2 * kept : POOL_SITES;
}

void pool_fini(struct pool *pool)
{
    while (pool->conns != NULL)
        pool_close(pool, pool->conns);
    for (size_t i = 0; i < pool->site_count; i++)
        free_site(pool->sites[i]);
    free(pool->sites);
    free(pool->fds);
    free(pool->polled);
}

/* ---- Connections that are awake -------------------------------------------------------------- */

void pool_rouse(struct pool *pool, struct conn *conn)
{
    timer_clear(&pool->wakes, &conn->wake);
    if (conn->awake)
        return;
    conn->awake = true;
    conn->awake_next = NULL;
    conn->awake_prev = pool->awake_last;
    if (pool->awake_last != NULL)
        pool->awake_last->awake_next = conn;
    else
        pool->awake = conn;
    pool->awake_last = conn;
}

void pool_rouse_site(struct pool *pool, const struct site *site)
{
    for (const struct door *door = site->doors; door != NULL; door = door->next)
        for (size_t i = 0; i < PEER_CONNECTIONS; i++)
            if (door->conns[i] != NULL)
                pool_rouse(pool, door->conns[i]);
}

static void leave_awake(struct pool *pool, struct conn *conn)
{
    if (!conn->awake)
        return;
    conn->awake = false;
    if (pool->sweep == conn)
        pool->sweep = conn->awake_next;
    if (conn->awake_prev != NULL)
        conn->awake_prev->awake_next = conn->awake_next;
    else
        pool->awake = conn->awake_next;
    if (conn->awake_next != NULL)
        conn->awake_next->awake_prev = conn->awake_prev;
    else
        pool->awake_last = conn->awake_prev;
}

void pool_lull(struct pool *pool, struct conn *conn, uint64_t until)
{
    leave_awake(pool, conn);
    if (until != LOOP_NEVER) {
        conn->wake.owner = conn;
        timer_set(&pool->wakes, &conn->wake, until);
    }
}

bool pool_make_room(struct pool *pool, size_t others)
{
    size_t wanted = pool->conn_count + others;
    if (wanted <= pool->fds_room)
        return true;
    struct pollfd *fds = realloc(pool->fds, 2 * wanted * sizeof *fds);
    if (fds != NULL)
        pool->fds = fds;
    struct conn **polled = realloc(pool->polled, 2 * wanted * sizeof(struct conn *));
    if (polled != NULL)
        pool->polled = polled;
    if (fds == NULL || polled == NULL)
        return false;
    pool->fds_room = 2 * wanted;
    return true;
}

/* ---- Doors where somebody waits ------------------------------------------------------------- */

static void set_busy(struct pool *pool, struct door *door)
{
    if (door->busy)
        return;
    door->busy = true;
    door->busy_next = NULL;
    door->busy_prev = pool->busy_last;
    if (pool->busy_last != NULL)
        pool->busy_last->busy_next = door;
    else
        pool->busy = door;
    pool->busy_last = door;
}

static void set_calm(struct pool *pool, struct door *door)
{
    if (!door->busy || door->waiting[0].count + door->waiting[1].count > 0)
        return;
    door->busy = false;
    if (pool->turn == door)
        pool->turn = door->busy_next;
    if (door->busy_prev != NULL)
        door->busy_prev->busy_next = door->busy_next;
    else
        pool->busy = door->busy_next;
    if (door->busy_next != NULL)
        door->busy_next->busy_prev = door->busy_prev;
    else
        pool->busy_last = door->busy_prev;
}

/* Puts a door after the others, so that all have their turn. */
static void rotate_doors(struct pool *pool, struct door *door)
{
    if (pool->busy_last == door)
        return;
    if (door->busy_prev != NULL)
        door->busy_prev->busy_next = door->busy_next;
    else
        pool->busy = door->busy_next;
    door->busy_next->busy_prev = door->busy_prev;
    door->busy = false;
    set_busy(pool, door);
}

bool pool_wait(struct pool *pool, struct question *question, uint64_t now, struct err *err)
{
    struct site *site = find_site(pool, question->to);
    struct door *door = site != NULL ? find_door(site, question->to) : NULL;
    struct identity *identity = door != NULL ? find_identity(door, question->to->key) : NULL;
    if (identity == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    site->used_at = now;
    question->own.door = door;
    question->own.identity = identity;
    question->own.conn = NULL;
    question->own.stage = STAGE_WAITING;
    queue_push(&door->waiting[question->kind], question);
    pool->waiting[question->kind]++;
    set_busy(pool, door);
    return true;
}

/* Takes a question off the queue of its door; one whose event is due stands in another. */
static void leave_door(struct pool *pool, struct question *question)
{
    struct door *door = question->own.door;
    if (question->own.queue == &door->waiting[question->kind])
        pool->waiting[question->kind]--;
    queue_leave(question);
    set_calm(pool, door);
    for (size_t i = 0; i < PEER_CONNECTIONS && !door->busy; i++)
        if (door->conns[i] != NULL && !door->conns[i]->open) /* nobody waits for it any more */
            pool_rouse(pool, door->conns[i]);
}

void pool_leave(struct pool *pool, struct question *question, bool complete)
{
    struct site *site = question->own.door->site;
    if (question->own.conn == NULL) {
        leave_door(pool, question);
        return;
    }
    pool_rouse(pool, question->own.conn);
    conn_leave(question->own.conn, question, complete);
    site->in_flight[question->kind]--;
    if (question->kind == QUESTION_TRANSFER && question->own.slow)
        site->slow--;
    else if (question->kind == QUESTION_TRANSFER)
        pool->transfers--;
    if (site->lone == question)
        site->lone = NULL;
}

/* ---- What goes where ------------------------------------------------------------------------ */

bool pool_is_long(const struct conn *conn, uint64_t now)
{
    for (const struct question *q = conn->begun.first; q != NULL; q = q->own.next)
        if (q->kind == QUESTION_TRANSFER && now - q->asked_at > POOL_LONG)
            return true;
    return false;
}

static bool takes_more(const struct conn *conn, uint64_t now)
{
    unsigned most = conn->door->site->peer.per_connection;
    return conn->open && !conn->lame && !conn->ended && (most == 0 || conn->carried < most) &&
           ids_has_room(&conn->ids) && !pool_is_long(conn, now);
}

/* Whether another SOA question may go. Many are sent with one call of the system, which answers one
 * by one would not allow. */
static bool takes_soa(struct site *site)
{
    unsigned window = site->peer.soa_window, in_flight = site->in_flight[QUESTION_SOA];
    if (in_flight >= window)
        site->full = true;
    else if (in_flight <= window - window / 8)
        site->full = false;
    return !site->full;
}

/* Many mute servers could take all places again and again. So one half of them is for those that
 * have none, or have shown that they answer and are not slow. */
static bool has_place(const struct pool *pool, const struct site *site)
{
    bool is_good = site->figures.transfers > 0 && site->slow == 0;
    bool is_modest = site->in_flight[QUESTION_TRANSFER] == 0;
    unsigned most = is_good || is_modest ? pool->transfers_most : (pool->transfers_most + 1) / 2;
    return pool->transfers < most;
}

/* The question that may go next, as far as windows say. */
static struct question *candidate(const struct pool *pool, const struct door *door, uint64_t now)
{
    struct site *site = door->site;
    const struct peer *peer = &site->peer;
    struct question *soa = door->waiting[QUESTION_SOA].first;
    struct question *transfer = door->waiting[QUESTION_TRANSFER].first;
    if (soa != NULL && takes_soa(site))
        return soa;
    if (transfer != NULL && !pool->held && site->in_flight[QUESTION_TRANSFER] < peer->window &&
        has_place(pool, site) && now >= peer->transfer_not_before)
        return transfer;
    return NULL;
}

/* The connection of a door that the next question goes to; NULL: none takes one. */
static struct conn *next_conn(const struct door *door, uint64_t now)
{
    struct conn *next = NULL;
    for (size_t i = 0; i < PEER_CONNECTIONS; i++) {
        struct conn *conn = door->conns[i];
        if (conn != NULL && takes_more(conn, now) &&
            (next == NULL || conn_load(conn) < conn_load(next)))
            next = conn;
    }
    return next;
}

/* Whether a connection carries nothing, and nothing waits for it: that would be made again, at the
 * cost of who has closed it, and so on without an end. */
static bool is_unused(const struct pool *pool, const struct conn *conn, uint64_t now)
{
    return conn->open && conn_load(conn) == 0 &&
           (next_conn(conn->door, now) != conn || candidate(pool, conn->door, now) == NULL);
}

/* A connection of the site, but not of this door, that carries nothing. */
static struct conn *unused_elsewhere(const struct pool *pool, const struct door *door, uint64_t now)
{
    for (const struct door *other = door->site->doors; other != NULL; other = other->next)
        for (size_t i = 0; other != door && i < PEER_CONNECTIONS; i++)
            if (other->conns[i] != NULL && is_unused(pool, other->conns[i], now))
                return other->conns[i];
    return NULL;
}

/* Any connection that carries nothing. While moves are looked for there will be no more of them. */
static struct conn *unused_anywhere(struct pool *pool, uint64_t now)
{
    for (struct conn *conn = pool->conns; conn != NULL && !pool->no_unused; conn = conn->next)
        if (is_unused(pool, conn, now))
            return conn;
    pool->no_unused = true;
    return NULL;
}

static struct pool_move move_at(struct pool *pool, struct door *door, uint64_t now)
{
    const struct peer *peer = &door->site->peer;
    struct pool_move move = {.door = door, .question = candidate(pool, door, now)};
    bool connecting = false;
    if (move.question == NULL)
        return move;
    for (size_t i = 0; i < PEER_CONNECTIONS; i++)
        connecting = connecting || (door->conns[i] != NULL && !door->conns[i]->open);
    move.conn = next_conn(door, now);
    if (move.conn != NULL)
        move.kind = POOL_GO;
    else if (connecting || now < peer->not_before)
        move.kind = POOL_NOTHING;
    else if (pool->full)
        move.kind = (move.conn = unused_anywhere(pool, now)) != NULL ? POOL_CLOSE : POOL_NOTHING;
    else if (door->site->conns < (peer->connections > 0 ? peer->connections : 1))
        move.kind = POOL_OPEN;
    else if ((move.conn = unused_elsewhere(pool, door, now)) != NULL)
        move.kind = POOL_CLOSE;
    return move;
}

bool pool_is_over(const struct conn *conn, uint64_t tick)
{
    const struct door *door = conn->door;
    if (!conn->open)
        return door->waiting[0].count + door->waiting[1].count == 0;
    if (conn_load(conn) > 0)
        return false;
    unsigned most = door->site->peer.per_connection;
    return conn->lame || conn->ended || (most > 0 && conn->carried >= most) ||
           (conn->unused_from != 0 && tick - conn->unused_from >= POOL_UNUSED);
}

/* Finds those of a queue that are slow, and when the next one will be. */
static void find_slow(struct pool *pool, struct queue *queue, uint64_t most)
{
    uint64_t now = pool->looked_at;
    for (struct question *q = queue->first; q != NULL; q = q->own.next) {
        if (q->kind != QUESTION_TRANSFER || q->own.slow)
            continue;
        uint64_t at = (q->asked_at != 0 ? q->asked_at : now) + most + 1;
        q->own.slow = at <= now;
        pool->transfers -= q->own.slow;
        q->own.door->site->slow += q->own.slow;
        if (!q->own.slow && at < pool->slow_at)
            pool->slow_at = at;
    }
}

/* A server that says nothing, or a little now and then, would take the places of all others. */
static void look_for_slow(struct pool *pool)
{
    if (pool->transfers < (pool->transfers_most + 1) / 2 || pool->looked_at < pool->slow_at)
        return;
    pool->slow_at = LOOP_NEVER;
    for (struct conn *conn = pool->conns; conn != NULL; conn = conn->next) {
        find_slow(pool, &conn->ready, POOL_MUTE);
        find_slow(pool, &conn->sending, POOL_MUTE);
        find_slow(pool, &conn->asked, POOL_MUTE);
        find_slow(pool, &conn->begun, POOL_LONG);
    }
}

void pool_look(struct pool *pool, uint64_t now)
{
    pool->looked_at = now;
    look_for_slow(pool);
    pool->sweep = pool->awake;
    pool->turn = pool->busy;
    pool->freed = pool->no_unused = false;
}

/* The next connection that is of no more use. */
static struct conn *next_over(struct pool *pool, uint64_t tick)
{
    while (pool->sweep != NULL) {
        struct conn *conn = pool->sweep;
        pool->sweep = conn->awake_next;
        if (pool_is_over(conn, tick))
            return conn;
        if (conn->open && conn_load(conn) == 0 && conn->unused_from == 0)
            conn->unused_from = tick;
    }
    return NULL;
}

/* The next door that may have a move. */
static struct door *next_door(struct pool *pool)
{
    if (pool->turn == NULL && pool->freed) {
        pool->turn = pool->busy;
        pool->freed = false;
    }
    return pool->turn;
}

struct pool_move pool_next(struct pool *pool, uint64_t now, uint64_t tick)
{
    struct conn *over = next_over(pool, tick);
    struct door *door;
    if (over != NULL)
        return (struct pool_move){.kind = POOL_CLOSE, .conn = over};
    while ((door = next_door(pool)) != NULL) {
        struct pool_move move = move_at(pool, door, now);
        pool->turn = door->busy_next;
        if (move.kind == POOL_NOTHING)
            continue;
        rotate_doors(pool, door);
        if (pool->turn == NULL)
            pool->turn = door; /* it was the last, and has its turn again */
        return move;
    }
    return (struct pool_move){.kind = POOL_NOTHING};
}

uint64_t pool_wake(const struct pool *pool, uint64_t now)
{
    uint64_t wake = LOOP_NEVER;
    if (pool->waiting[QUESTION_TRANSFER] > 0 && !pool->held &&
        pool->transfers >= (pool->transfers_most + 1) / 2)
        wake = pool->slow_at;
    for (const struct door *door = pool->busy; door != NULL; door = door->busy_next) {
        const struct peer *peer = &door->site->peer;
        if (peer->not_before > now && peer->not_before < wake)
            wake = peer->not_before;
        if (door->waiting[QUESTION_TRANSFER].count > 0 && !pool->held &&
            peer->transfer_not_before > now && peer->transfer_not_before < wake)
            wake = peer->transfer_not_before;
        /* A transfer that becomes a long one makes way for a second connection. */
        for (size_t i = 0; i < PEER_CONNECTIONS; i++) {
            const struct conn *conn = door->conns[i];
            for (const struct question *q = conn != NULL ? conn->begun.first : NULL; q != NULL;
                 q = q->own.next)
                if (q->asked_at + POOL_LONG >= now && q->asked_at + POOL_LONG + 1 < wake)
                    wake = q->asked_at + POOL_LONG + 1;
        }
    }
    return wake;
}

void pool_go(struct pool *pool, struct question *question, struct conn *conn)
{
    struct site *site = question->own.door->site;
    bool alone = site->in_flight[0] + site->in_flight[1] == 0;
    leave_door(pool, question);
    site->in_flight[question->kind]++;
    question->own.slow = false;
    if (question->kind == QUESTION_TRANSFER) {
        uint64_t at = pool->looked_at + POOL_MUTE + 1;
        pool->slow_at = pool->transfers++ == 0 || at < pool->slow_at ? at : pool->slow_at;
    }
    if (site->lone != NULL)
        site->lone->own.alone = false;
    site->lone = alone ? question : NULL;
    question->own.alone = alone;
    question->own.epoch = site->peer.epoch;
    conn->unused_from = 0;
    pool_rouse(pool, conn);
    conn_take(conn, question);
}

struct conn *pool_open(struct pool *pool, struct door *door, struct transport *transport,
                       struct record *record, enum link_fault *fault, struct err *err)
{
    *fault = LINK_LOCAL;
    if (!pool_make_room(pool, 1)) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    struct conn *conn = conn_new(transport, door->to, record, fault, err);
    if (conn == NULL)
        return NULL;
    conn->door = door;
    conn->slot = pool->conn_count;
    pool->polled[conn->slot] = conn;
    pool->fds[conn->slot] = (struct pollfd){.fd = conn->link->fd};
    pool_rouse(pool, conn);
    conn->next = pool->conns;
    if (pool->conns != NULL)
        pool->conns->prev = conn;
    pool->conns = conn;
    pool->conn_count++;
    door->site->conns++;
    for (size_t i = 0; i < PEER_CONNECTIONS; i++) {
        if (door->conns[i] == NULL) {
            door->conns[i] = conn;
            break;
        }
    }
    return conn;
}

void pool_close(struct pool *pool, struct conn *conn)
{
    struct door *door = conn->door;
    if (conn->prev != NULL)
        conn->prev->next = conn->next;
    else
        pool->conns = conn->next;
    if (conn->next != NULL)
        conn->next->prev = conn->prev;
    pool->conn_count--;
    pool->polled[conn->slot] = pool->polled[pool->conn_count];
    pool->fds[conn->slot] = pool->fds[pool->conn_count];
    pool->polled[conn->slot]->slot = conn->slot;
    door->site->conns--;
    for (size_t i = 0; i < PEER_CONNECTIONS; i++)
        if (door->conns[i] == conn)
            door->conns[i] = NULL;
    pool->full = false;
    pool->freed = true;
    timer_clear(&pool->wakes, &conn->wake);
    leave_awake(pool, conn);
    conn_free(conn);
}
