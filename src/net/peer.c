#include "net/peer.h"

#include <stddef.h>

void peer_init(struct peer *peer)
{
    *peer = (struct peer){.window = PEER_WINDOW,
                          .soa_window = PEER_SOA_WINDOW,
                          .least_window = PEER_WINDOW,
                          .connections = PEER_CONNECTIONS};
}

void peer_hear(struct peer *peer)
{
    peer->state = PEER_UP;
}

bool peer_is_tired(unsigned free_tries)
{
    return free_tries >= PEER_FREE_TRIES;
}

bool peer_uses_edns(enum peer_edns edns)
{
    return edns == PEER_EDNS_UNKNOWN || edns == PEER_EDNS_GOOD;
}

static uint64_t pause_after(unsigned times)
{
    uint64_t pause = PEER_PAUSE;
    for (unsigned i = 0; i < times && pause < PEER_PAUSE_MOST; i++)
        pause *= 2;
    return pause < PEER_PAUSE_MOST ? pause : PEER_PAUSE_MOST;
}

static void shrink_window(struct peer *peer, uint16_t to)
{
    peer->window = to;
    if (to < peer->least_window)
        peer->least_window = to;
}

/* Halves the windows, once for all questions that were asked since the last time: they suffer from
 * one and the same trouble. */
static void halve_windows(struct peer *peer, uint32_t epoch)
{
    if (epoch != peer->epoch)
        return;
    peer->epoch++;
    shrink_window(peer, peer->window > 1 ? peer->window / 2 : 1);
    peer->soa_window = peer->soa_window > 1 ? peer->soa_window / 2 : 1;
    peer->good = peer->good_soa = 0;
}

/* What comes next comes one by one. */
static void go_single(struct peer *peer, uint32_t epoch)
{
    if (epoch != peer->epoch)
        return;
    peer->epoch++;
    shrink_window(peer, 1);
    peer->soa_window = 1;
    peer->good = peer->good_soa = 0;
}

/* The server has said something. */
static void answered(struct peer *peer)
{
    peer->silent = peer->fruitless = 0;
    peer->has_answered = true;
    peer->state = PEER_UP;
}

/* ---- Connections --------------------------------------------------------------------------- */

/* A connection came to nothing: the next one waits, unless it is all for one question, which has
 * rules of its own. */
static void slow_down(struct peer *peer, const struct peer_event *event)
{
    if (event->waiting > 1)
        peer->not_before = event->now + pause_after(peer->fruitless);
    if (peer->fruitless < UINT8_MAX)
        peer->fruitless++;
}

static struct peer_verdict connect_failed(struct peer *peer, const struct peer_event *event)
{
    if (event->local)
        return (struct peer_verdict){.charge = CHARGE_ONE};
    slow_down(peer, event);
    if (!event->live_good) {
        peer->state = PEER_DOWN;
        return (struct peer_verdict){.charge = CHARGE_ALL};
    }
    /* It takes no more of them than it has. */
    peer->connections = event->live < PEER_CONNECTIONS ? (uint8_t)event->live : PEER_CONNECTIONS;
    return (struct peer_verdict){.charge = CHARGE_NONE};
}

/* Some servers end each connection after a number of questions. */
static void learn_limit(struct peer *peer, const struct peer_event *event)
{
    if (!event->clean || event->completed == 0 || event->completed > UINT16_MAX)
        return;
    if (peer->closed_after == event->completed)
        peer->per_connection = peer->closed_after;
    peer->closed_after = (uint16_t)event->completed;
}

static struct peer_verdict closed_on_one(struct peer *peer, const struct peer_event *event)
{
    /* A connection that served may end at any time; this question only came too late. */
    if (event->completed > 0 && !event->again)
        return (struct peer_verdict){.charge = CHARGE_NONE, .again = true};
    if (event->alone || peer_is_tired(event->tries))
        return (struct peer_verdict){.charge = CHARGE_FLIGHT};
    halve_windows(peer, event->epoch);
    return (struct peer_verdict){.charge = CHARGE_NONE, .counts = true};
}

static struct peer_verdict closed(struct peer *peer, const struct peer_event *event)
{
    learn_limit(peer, event);
    if (event->completed == 0 && event->begun == 0) {
        slow_down(peer, event);
        peer->state = PEER_DOWN;
    }
    if (event->begun == 0 && event->unbegun == 1)
        return closed_on_one(peer, event);
    if (event->completed == 0)
        halve_windows(peer, event->epoch);
    return (struct peer_verdict){.charge = CHARGE_BEGUN, .counts = event->completed == 0};
}

static struct peer_verdict silent(struct peer *peer, const struct peer_event *event)
{
    peer->state = PEER_DOWN;
    /* Some servers answer one question a connection, and do not read on. */
    if (event->unbegun == 1 && event->completed > 0 && !event->again)
        return (struct peer_verdict){.charge = CHARGE_NONE, .again = true};
    if (event->unbegun == 1 && event->alone) {
        bool down = ++peer->silent >= PEER_SILENT_DOWN;
        if (down)
            peer->silent = event->remembers ? PEER_SILENT_DOWN - 1 : 0;
        slow_down(peer, event);
        return (struct peer_verdict){.charge = CHARGE_FLIGHT, .down = down};
    }
    /* Asked one by one, these few would only find the same out again, one after the other. */
    if (!peer->has_answered && event->unbegun == event->waiting &&
        event->unbegun == PEER_SILENT_FEW) {
        slow_down(peer, event);
        return (struct peer_verdict){.charge = CHARGE_FLIGHT};
    }
    go_single(peer, event->epoch);
    return (struct peer_verdict){.charge = CHARGE_NONE, .counts = true, .suspect = true};
}

/* ---- Answers ------------------------------------------------------------------------------- */

static void learn_edns(enum peer_edns *edns, const struct peer_event *event)
{
    if (edns == NULL)
        return;
    if (event->has_opt)
        *edns = PEER_EDNS_GOOD;
    else if (!event->edns && *edns == PEER_EDNS_TRYING)
        *edns = PEER_EDNS_OFF;
}

/* A server from before EDNS answers FORMERR to it (RFC 6891 section 7). */
static struct peer_verdict formerr(enum peer_edns *edns, const struct peer_event *event)
{
    if (event->edns && *edns != PEER_EDNS_GOOD) {
        if (*edns == PEER_EDNS_UNKNOWN)
            *edns = PEER_EDNS_TRYING;
        return (struct peer_verdict){.charge = CHARGE_NONE, .without = true};
    }
    if (!event->edns && *edns == PEER_EDNS_TRYING)
        *edns = PEER_EDNS_UNKNOWN; /* that was not it */
    return (struct peer_verdict){.charge = CHARGE_ONE};
}

/* SERVFAIL to a transfer often means: not now. One that has its server for itself is not over a
 * limit; but a server that had one may count the transfer before for a moment longer (BIND with
 * transfers-out 1), or others transfer, too. */
static struct peer_verdict maybe_busy(struct peer *peer, const struct peer_event *event)
{
    bool was_busy = peer->least_window < PEER_WINDOW;
    if (event->alone ? !was_busy || event->tries >= PEER_LONE_TRIES : peer_is_tired(event->tries))
        return (struct peer_verdict){.charge = CHARGE_ONE};
    halve_windows(peer, event->epoch);
    if (event->alone)
        peer->gap = (uint16_t)(peer->gap == 0                    ? PEER_LONE_GAP
                               : 2 * peer->gap < PEER_LONE_PAUSE ? 2 * peer->gap
                                                                 : PEER_LONE_PAUSE);
    peer->transfer_not_before =
        event->now + (event->alone ? PEER_LONE_PAUSE : pause_after(event->tries));
    return (struct peer_verdict){.charge = CHARGE_NONE, .busy = true};
}

static struct peer_verdict bad_time(const struct peer_event *event)
{
    bool is_ours = event->waited > PEER_STALE && !peer_is_tired(event->tries);
    return (struct peer_verdict){.charge = is_ours ? CHARGE_NONE : CHARGE_ONE, .counts = true};
}

static struct peer_verdict good(struct peer *peer, const struct peer_event *event)
{
    if (event->what == PEER_GOOD_TRANSFER && peer->window == 1 && peer->gap > 0)
        peer->transfer_not_before = event->now + peer->gap; /* it counts this one for a moment */
    if (event->what == PEER_GOOD_TRANSFER && ++peer->good >= PEER_GROW_AFTER) {
        peer->good = 0;
        if (peer->window < PEER_WINDOW_MOST)
            peer->window++;
    }
    if (event->what == PEER_GOOD_SOA && ++peer->good_soa >= PEER_GROW_AFTER) {
        peer->good_soa = 0;
        peer->soa_window = peer->soa_window < PEER_SOA_WINDOW / 2 ? (uint16_t)(2 * peer->soa_window)
                                                                  : PEER_SOA_WINDOW;
    }
    return (struct peer_verdict){.charge = CHARGE_NONE};
}

struct peer_verdict peer_take(struct peer *peer, enum peer_edns *edns,
                              const struct peer_event *event)
{
    if (event->what >= PEER_FORMERR)
        answered(peer);
    if (event->what > PEER_FORMERR)
        learn_edns(edns, event);
    switch (event->what) {
    case PEER_CONNECT_FAILED:
        return connect_failed(peer, event);
    case PEER_HANDSHAKE_FAILED:
        slow_down(peer, event);
        peer->state = PEER_DOWN;
        return (struct peer_verdict){.charge = CHARGE_ALL};
    case PEER_CLOSED:
        return closed(peer, event);
    case PEER_GIVEN_UP:
        return (struct peer_verdict){.charge = CHARGE_BEGUN, .counts = event->completed == 0};
    case PEER_GARBLED:
        go_single(peer, event->epoch); /* then it shows whose answer that is */
        return (struct peer_verdict){.charge = CHARGE_BEGUN, .counts = true};
    case PEER_SILENT:
        return silent(peer, event);
    case PEER_FORMERR:
        return formerr(edns, event);
    case PEER_SERVFAIL_TRANSFER:
        return maybe_busy(peer, event);
    case PEER_BADTIME:
        return bad_time(event);
    case PEER_GOOD_SOA:
    case PEER_GOOD_TRANSFER:
        return good(peer, event);
    case PEER_SERVFAIL_SOA:
    case PEER_REFUSED:
    default:
        return (struct peer_verdict){.charge = CHARGE_ONE};
    }
}
