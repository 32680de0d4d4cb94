/* The rules of peer, each as rows of a table: what is known, what happens, what follows. */
#include "net/peer.h"

#include "tap.h"

enum { S = 1000000, NOW = 1000 * S };

/* What stays the same is named by the value of the state before. */
struct row {
    const char *rule;
    struct peer before;
    enum peer_edns edns;
    struct peer_event event;
    struct peer_verdict verdict;
    struct peer after;
    enum peer_edns edns_after;
};

#define FRESH .window = 4, .soa_window = 256, .connections = 2

static const struct row rows[] = {
    /* 1, 2: closes */
    {.rule = "a close on the only question of a new connection is charged at once",
     .before = {FRESH},
     .event = {.what = PEER_CLOSED, .unbegun = 1, .waiting = 1, .alone = true},
     .verdict = {.charge = CHARGE_FLIGHT},
     .after = {FRESH, .fruitless = 1}},
    {.rule = "on a connection that gave answers the only question is asked once more",
     .before = {FRESH},
     .event = {.what = PEER_CLOSED, .unbegun = 1, .waiting = 1, .alone = true, .completed = 3},
     .verdict = {.charge = CHARGE_NONE, .again = true},
     .after = {FRESH}},
    {.rule = "but not twice",
     .before = {FRESH},
     .event = {.what = PEER_CLOSED,
               .unbegun = 1,
               .waiting = 1,
               .alone = true,
               .completed = 3,
               .again = true},
     .verdict = {.charge = CHARGE_FLIGHT},
     .after = {FRESH}},
    {.rule = "the only one on its connection, but not at the address, is free",
     .before = {FRESH},
     .event = {.what = PEER_CLOSED, .unbegun = 1, .waiting = 1},
     .verdict = {.charge = CHARGE_NONE, .counts = true},
     .after = {.window = 2, .soa_window = 128, .connections = 2, .epoch = 1, .fruitless = 1}},
    {.rule = "until its free tries are used up",
     .before = {FRESH},
     .event = {.what = PEER_CLOSED, .unbegun = 1, .waiting = 1, .tries = 5},
     .verdict = {.charge = CHARGE_FLIGHT},
     .after = {FRESH, .fruitless = 1}},
    {.rule = "several without progress: free, the windows are halved, the next waits",
     .before = {FRESH},
     .event = {.what = PEER_CLOSED, .unbegun = 10, .waiting = 10},
     .verdict = {.charge = CHARGE_BEGUN, .counts = true},
     .after = {.window = 2,
               .soa_window = 128,
               .connections = 2,
               .epoch = 1,
               .fruitless = 1,
               .not_before = NOW + S / 10}},
    {.rule = "halved once for all that were asked before",
     .before = {.window = 2, .soa_window = 128, .connections = 2, .epoch = 7},
     .event = {.what = PEER_CLOSED, .unbegun = 10, .epoch = 6},
     .verdict = {.charge = CHARGE_BEGUN, .counts = true},
     .after = {.window = 2, .soa_window = 128, .connections = 2, .epoch = 7, .fruitless = 1}},
    {.rule = "never below one",
     .before = {.window = 1, .soa_window = 1, .connections = 2},
     .event = {.what = PEER_CLOSED, .unbegun = 2},
     .verdict = {.charge = CHARGE_BEGUN, .counts = true},
     .after = {.window = 1, .soa_window = 1, .connections = 2, .epoch = 1, .fruitless = 1}},
    {.rule = "several with progress: free, and it costs no try",
     .before = {FRESH},
     .event = {.what = PEER_CLOSED, .unbegun = 10, .waiting = 10, .completed = 1},
     .verdict = {.charge = CHARGE_BEGUN},
     .after = {FRESH}},
    {.rule = "those that had begun are charged, the others free",
     .before = {FRESH},
     .event = {.what = PEER_CLOSED, .begun = 1, .unbegun = 3, .waiting = 3},
     .verdict = {.charge = CHARGE_BEGUN, .counts = true},
     .after = {.window = 2, .soa_window = 128, .connections = 2, .epoch = 1}},
    /* 3: silence */
    {.rule = "silence of the only question is charged at once",
     .before = {FRESH},
     .event = {.what = PEER_SILENT, .unbegun = 1, .waiting = 1, .alone = true},
     .verdict = {.charge = CHARGE_FLIGHT},
     .after = {FRESH, .silent = 1, .fruitless = 1}},
    {.rule = "after an answer on the same connection it is free, once",
     .before = {FRESH, .silent = 2},
     .event = {.what = PEER_SILENT, .unbegun = 1, .waiting = 1, .completed = 1, .alone = true},
     .verdict = {.charge = CHARGE_NONE, .again = true},
     .after = {FRESH, .silent = 2}},
    {.rule = "and only once",
     .before = {FRESH},
     .event = {.what = PEER_SILENT,
               .unbegun = 1,
               .waiting = 1,
               .completed = 1,
               .alone = true,
               .again = true},
     .verdict = {.charge = CHARGE_FLIGHT},
     .after = {FRESH, .silent = 1, .fruitless = 1}},
    {.rule = "the third in a row takes all that wait with it",
     .before = {FRESH, .silent = 2, .fruitless = 2},
     .event = {.what = PEER_SILENT, .unbegun = 1, .waiting = 5, .alone = true},
     .verdict = {.charge = CHARGE_FLIGHT, .down = true},
     .after = {FRESH, .fruitless = 3, .not_before = NOW + 4 * S / 10}},
    {.rule = "where that is kept in mind, one more is enough when it is tried again",
     .before = {FRESH, .silent = 2, .fruitless = 2},
     .event = {.what = PEER_SILENT, .unbegun = 1, .waiting = 1, .alone = true, .remembers = true},
     .verdict = {.charge = CHARGE_FLIGHT, .down = true},
     .after = {FRESH, .silent = 2, .fruitless = 3}},
    {.rule = "an answer between them begins the count anew",
     .before = {FRESH, .silent = 2, .fruitless = 2},
     .event = {.what = PEER_REFUSED, .alone = true},
     .verdict = {.charge = CHARGE_ONE},
     .after = {FRESH}},
    {.rule = "silence of several: asked one by one, the oldest last",
     .before = {FRESH},
     .event = {.what = PEER_SILENT, .unbegun = 8, .waiting = 8},
     .verdict = {.charge = CHARGE_NONE, .counts = true, .suspect = true},
     .after = {.window = 1, .soa_window = 1, .connections = 2, .epoch = 1}},
    {.rule = "of two, which are all, at a server that never said anything: both are charged",
     .before = {FRESH},
     .event = {.what = PEER_SILENT, .unbegun = 2, .waiting = 2},
     .verdict = {.charge = CHARGE_FLIGHT},
     .after = {FRESH, .fruitless = 1, .not_before = NOW + S / 10}},
    {.rule = "not where it has answered before",
     .before = {FRESH, .has_answered = true},
     .event = {.what = PEER_SILENT, .unbegun = 2, .waiting = 2},
     .verdict = {.charge = CHARGE_NONE, .counts = true, .suspect = true},
     .after = {.window = 1, .soa_window = 1, .connections = 2, .epoch = 1, .has_answered = true}},
    {.rule = "nor where more wait",
     .before = {FRESH},
     .event = {.what = PEER_SILENT, .unbegun = 2, .waiting = 3},
     .verdict = {.charge = CHARGE_NONE, .counts = true, .suspect = true},
     .after = {.window = 1, .soa_window = 1, .connections = 2, .epoch = 1}},
    {.rule = "silence of one beside others elsewhere is no proof",
     .before = {FRESH},
     .event = {.what = PEER_SILENT, .unbegun = 1, .waiting = 1},
     .verdict = {.charge = CHARGE_NONE, .counts = true, .suspect = true},
     .after = {.window = 1, .soa_window = 1, .connections = 2, .epoch = 1}},
    /* 4: connecting; 13: pacing */
    {.rule = "a connect that failed is charged to all that wait",
     .before = {FRESH},
     .event = {.what = PEER_CONNECT_FAILED, .waiting = 9},
     .verdict = {.charge = CHARGE_ALL},
     .after = {FRESH, .fruitless = 1, .not_before = NOW + S / 10}},
    {.rule = "nobody waits longer for a retry of one zone",
     .before = {FRESH},
     .event = {.what = PEER_CONNECT_FAILED, .waiting = 1},
     .verdict = {.charge = CHARGE_ALL},
     .after = {FRESH, .fruitless = 1}},
    {.rule = "with another connection that serves, that one must do",
     .before = {FRESH},
     .event = {.what = PEER_CONNECT_FAILED, .waiting = 9, .live = 1, .live_good = true},
     .verdict = {.charge = CHARGE_NONE},
     .after = {.window = 4,
               .soa_window = 256,
               .connections = 1,
               .fruitless = 1,
               .not_before = NOW + S / 10}},
    {.rule = "another one that has given nothing does not help",
     .before = {FRESH},
     .event = {.what = PEER_CONNECT_FAILED, .waiting = 9, .live = 1},
     .verdict = {.charge = CHARGE_ALL},
     .after = {FRESH, .fruitless = 1, .not_before = NOW + S / 10}},
    {.rule = "what this machine lacks is the trouble of one question",
     .before = {FRESH},
     .event = {.what = PEER_CONNECT_FAILED, .waiting = 9, .local = true},
     .verdict = {.charge = CHARGE_ONE},
     .after = {FRESH}},
    {.rule = "the pause is doubled",
     .before = {FRESH, .fruitless = 3},
     .event = {.what = PEER_CONNECT_FAILED, .waiting = 2},
     .verdict = {.charge = CHARGE_ALL},
     .after = {FRESH, .fruitless = 4, .not_before = NOW + 8 * S / 10}},
    {.rule = "up to five seconds",
     .before = {FRESH, .fruitless = 255},
     .event = {.what = PEER_CONNECT_FAILED, .waiting = 2},
     .verdict = {.charge = CHARGE_ALL},
     .after = {FRESH, .fruitless = 255, .not_before = NOW + 5 * S}},
    /* 5: TLS */
    {.rule = "a handshake that failed is charged to all that wait, whatever else stands",
     .before = {FRESH},
     .event = {.what = PEER_HANDSHAKE_FAILED, .waiting = 9, .live = 1, .live_good = true},
     .verdict = {.charge = CHARGE_ALL},
     .after = {FRESH, .fruitless = 1, .not_before = NOW + S / 10}},
    /* 6: EDNS */
    {.rule = "FORMERR: once more without EDNS",
     .before = {FRESH, .silent = 1},
     .event = {.what = PEER_FORMERR, .edns = true},
     .verdict = {.charge = CHARGE_NONE, .without = true},
     .after = {FRESH},
     .edns_after = PEER_EDNS_TRYING},
    {.rule = "so for the others that were asked with it",
     .before = {FRESH},
     .edns = PEER_EDNS_TRYING,
     .event = {.what = PEER_FORMERR, .edns = true},
     .verdict = {.charge = CHARGE_NONE, .without = true},
     .after = {FRESH},
     .edns_after = PEER_EDNS_TRYING},
    {.rule = "also when EDNS is off already",
     .before = {FRESH},
     .edns = PEER_EDNS_OFF,
     .event = {.what = PEER_FORMERR, .edns = true},
     .verdict = {.charge = CHARGE_NONE, .without = true},
     .after = {FRESH},
     .edns_after = PEER_EDNS_OFF},
    {.rule = "FORMERR without EDNS: it was not that",
     .before = {FRESH},
     .edns = PEER_EDNS_TRYING,
     .event = {.what = PEER_FORMERR},
     .verdict = {.charge = CHARGE_ONE},
     .after = {FRESH},
     .edns_after = PEER_EDNS_UNKNOWN},
    {.rule = "a server that has shown that it knows EDNS means what it says",
     .before = {FRESH},
     .edns = PEER_EDNS_GOOD,
     .event = {.what = PEER_FORMERR, .edns = true},
     .verdict = {.charge = CHARGE_ONE},
     .after = {FRESH},
     .edns_after = PEER_EDNS_GOOD},
    {.rule = "any other answer without EDNS: it stays off",
     .before = {FRESH},
     .edns = PEER_EDNS_TRYING,
     .event = {.what = PEER_SERVFAIL_SOA},
     .verdict = {.charge = CHARGE_ONE},
     .after = {FRESH},
     .edns_after = PEER_EDNS_OFF},
    {.rule = "an OPT record in an answer proves EDNS",
     .before = {FRESH},
     .event = {.what = PEER_GOOD_SOA, .edns = true, .has_opt = true},
     .after = {FRESH, .good_soa = 1},
     .edns_after = PEER_EDNS_GOOD},
    {.rule = "an answer without one proves nothing",
     .before = {FRESH},
     .event = {.what = PEER_GOOD_SOA, .edns = true},
     .after = {FRESH, .good_soa = 1},
     .edns_after = PEER_EDNS_UNKNOWN},
    /* 7: SERVFAIL */
    {.rule = "SERVFAIL to a SOA question is the zone's",
     .before = {FRESH},
     .event = {.what = PEER_SERVFAIL_SOA},
     .verdict = {.charge = CHARGE_ONE},
     .after = {FRESH}},
    {.rule = "SERVFAIL to a transfer that was alone is the zone's",
     .before = {FRESH, .least_window = 4},
     .event = {.what = PEER_SERVFAIL_TRANSFER, .alone = true},
     .verdict = {.charge = CHARGE_ONE},
     .after = {FRESH, .least_window = 4}},
    {.rule = "but asked again soon where the server was busy before",
     .before = {.window = 1, .soa_window = 1, .connections = 2, .epoch = 2, .least_window = 1},
     .event = {.what = PEER_SERVFAIL_TRANSFER, .alone = true, .epoch = 2, .tries = 3},
     .verdict = {.charge = CHARGE_NONE, .busy = true},
     .after = {.window = 1,
               .soa_window = 1,
               .connections = 2,
               .epoch = 3,
               .least_window = 1,
               .transfer_not_before = NOW + S / 50}},
    {.rule = "four times",
     .before = {.window = 1, .soa_window = 1, .connections = 2, .least_window = 1},
     .event = {.what = PEER_SERVFAIL_TRANSFER, .alone = true, .tries = 4},
     .verdict = {.charge = CHARGE_ONE},
     .after = {.window = 1, .soa_window = 1, .connections = 2, .least_window = 1}},
    {.rule = "beside others it means busy",
     .before = {FRESH},
     .event = {.what = PEER_SERVFAIL_TRANSFER},
     .verdict = {.charge = CHARGE_NONE, .busy = true},
     .after = {.window = 2,
               .soa_window = 128,
               .connections = 2,
               .epoch = 1,
               .transfer_not_before = NOW + S / 10}},
    {.rule = "longer each time",
     .before = {FRESH, .epoch = 1},
     .event = {.what = PEER_SERVFAIL_TRANSFER, .tries = 4},
     .verdict = {.charge = CHARGE_NONE, .busy = true},
     .after = {FRESH, .epoch = 1, .transfer_not_before = NOW + 16 * S / 10}},
    {.rule = "five times",
     .before = {FRESH},
     .event = {.what = PEER_SERVFAIL_TRANSFER, .tries = 5},
     .verdict = {.charge = CHARGE_ONE},
     .after = {FRESH}},
    /* 8: windows */
    {.rule = "the window grows with the sixteenth good transfer",
     .before = {FRESH, .good = 15},
     .event = {.what = PEER_GOOD_TRANSFER},
     .after = {.window = 5, .soa_window = 256, .connections = 2}},
    {.rule = "not before",
     .before = {FRESH, .good = 14},
     .event = {.what = PEER_GOOD_TRANSFER},
     .after = {FRESH, .good = 15}},
    {.rule = "up to 16",
     .before = {.window = 16, .soa_window = 256, .connections = 2, .good = 15},
     .event = {.what = PEER_GOOD_TRANSFER},
     .after = {.window = 16, .soa_window = 256, .connections = 2}},
    {.rule = "that of SOA questions is doubled",
     .before = {.window = 1, .soa_window = 1, .connections = 2, .good_soa = 15},
     .event = {.what = PEER_GOOD_SOA},
     .after = {.window = 1, .soa_window = 2, .connections = 2}},
    {.rule = "up to 256",
     .before = {.window = 1, .soa_window = 200, .connections = 2, .good_soa = 15},
     .event = {.what = PEER_GOOD_SOA},
     .after = {.window = 1, .soa_window = 256, .connections = 2}},
    /* 10: signatures that have waited */
    {.rule = "BADTIME after a long wait is the wait's",
     .before = {FRESH},
     .event = {.what = PEER_BADTIME, .waited = 151 * S},
     .verdict = {.charge = CHARGE_NONE, .counts = true},
     .after = {FRESH}},
    {.rule = "BADTIME at once is the clocks'",
     .before = {FRESH},
     .event = {.what = PEER_BADTIME, .waited = 149 * S},
     .verdict = {.charge = CHARGE_ONE, .counts = true},
     .after = {FRESH}},
    /* 11: our own closes */
    {.rule = "a connection that we give up says nothing of the server",
     .before = {FRESH},
     .event = {.what = PEER_GIVEN_UP, .begun = 1, .unbegun = 5, .waiting = 5},
     .verdict = {.charge = CHARGE_BEGUN, .counts = true},
     .after = {FRESH}},
    {.rule = "where an answer is nobody's, one by one shows whose it is",
     .before = {FRESH},
     .event = {.what = PEER_GARBLED, .begun = 1, .unbegun = 5, .waiting = 5, .completed = 3},
     .verdict = {.charge = CHARGE_BEGUN, .counts = true},
     .after = {.window = 1, .soa_window = 1, .connections = 2, .epoch = 1}},
    /* 12: a limit of questions on a connection */
    {.rule = "a clean close after some answers is kept in mind",
     .before = {FRESH},
     .event = {.what = PEER_CLOSED, .unbegun = 5, .completed = 100, .clean = true},
     .verdict = {.charge = CHARGE_BEGUN},
     .after = {FRESH, .closed_after = 100}},
    {.rule = "and the second after as many is a limit",
     .before = {FRESH, .closed_after = 100},
     .event = {.what = PEER_CLOSED, .unbegun = 5, .completed = 100, .clean = true},
     .verdict = {.charge = CHARGE_BEGUN},
     .after = {FRESH, .closed_after = 100, .per_connection = 100}},
    {.rule = "after another number it is none",
     .before = {FRESH, .closed_after = 100},
     .event = {.what = PEER_CLOSED, .unbegun = 5, .completed = 99, .clean = true},
     .verdict = {.charge = CHARGE_BEGUN},
     .after = {FRESH, .closed_after = 99}},
    {.rule = "a connection that breaks tells of no limit",
     .before = {FRESH, .closed_after = 100},
     .event = {.what = PEER_CLOSED, .unbegun = 5, .completed = 100},
     .verdict = {.charge = CHARGE_BEGUN},
     .after = {FRESH, .closed_after = 100}},
};

static bool same_peer(const struct peer *a, const struct peer *b)
{
    return a->not_before == b->not_before && a->transfer_not_before == b->transfer_not_before &&
           a->epoch == b->epoch && a->window == b->window && a->soa_window == b->soa_window &&
           a->good == b->good && a->good_soa == b->good_soa &&
           a->per_connection == b->per_connection && a->closed_after == b->closed_after &&
           a->connections == b->connections && a->silent == b->silent &&
           a->fruitless == b->fruitless;
}

static bool same_verdict(const struct peer_verdict *a, const struct peer_verdict *b)
{
    return a->charge == b->charge && a->counts == b->counts && a->again == b->again &&
           a->down == b->down && a->suspect == b->suspect && a->without == b->without &&
           a->busy == b->busy;
}

static void play(const struct row *row)
{
    struct peer peer = row->before;
    enum peer_edns edns = row->edns;
    struct peer_event event = row->event;
    event.now = NOW;
    struct peer_verdict verdict = peer_take(&peer, &edns, &event);
    bool good = same_peer(&peer, &row->after) && same_verdict(&verdict, &row->verdict) &&
                edns == row->edns_after;
    ok(good, "%s", row->rule);
    if (!good)
        diag("charge %d counts %d again %d down %d suspect %d without %d busy %d; window %u soa %u "
             "epoch %u good %u %u per %u after %u conns %u silent %u fruitless %u not before "
             "%" PRIu64 " %" PRIu64 " edns %d",
             (int)verdict.charge, verdict.counts, verdict.again, verdict.down, verdict.suspect,
             verdict.without, verdict.busy, peer.window, peer.soa_window, peer.epoch, peer.good,
             peer.good_soa, peer.per_connection, peer.closed_after, peer.connections, peer.silent,
             peer.fruitless, peer.not_before, peer.transfer_not_before, (int)edns);
}

/* What an address has shown last, and the smallest window. */
static void states(void)
{
    static const struct {
        struct peer_event event;
        enum peer_state from_up, from_down;
    } shown[] = {
        {{.what = PEER_CONNECT_FAILED}, PEER_DOWN, PEER_DOWN},
        {{.what = PEER_CONNECT_FAILED, .local = true}, PEER_UP, PEER_DOWN},
        {{.what = PEER_CONNECT_FAILED, .live = 1, .live_good = true}, PEER_UP, PEER_DOWN},
        {{.what = PEER_HANDSHAKE_FAILED}, PEER_DOWN, PEER_DOWN},
        {{.what = PEER_CLOSED, .unbegun = 1}, PEER_DOWN, PEER_DOWN},
        {{.what = PEER_CLOSED, .unbegun = 1, .begun = 1}, PEER_UP, PEER_DOWN},
        {{.what = PEER_CLOSED, .unbegun = 1, .completed = 1}, PEER_UP, PEER_DOWN},
        {{.what = PEER_GIVEN_UP, .unbegun = 1}, PEER_UP, PEER_DOWN},
        {{.what = PEER_SILENT, .unbegun = 1}, PEER_DOWN, PEER_DOWN},
        {{.what = PEER_SERVFAIL_SOA}, PEER_UP, PEER_UP},
        {{.what = PEER_REFUSED}, PEER_UP, PEER_UP},
        {{.what = PEER_GOOD_TRANSFER}, PEER_UP, PEER_UP},
    };
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        struct peer up, down;
        peer_init(&up);
        peer_init(&down);
        up.state = PEER_UP;
        down.state = PEER_DOWN;
        peer_take(&up, NULL, &shown[i].event);
        peer_take(&down, NULL, &shown[i].event);
        ok(up.state == shown[i].from_up && down.state == shown[i].from_down,
           "what event %d shows (row %zu)", (int)shown[i].event.what, i);
    }
    struct peer peer;
    peer_init(&peer);
    ok(peer.state == PEER_UNKNOWN && peer.least_window == 4, "at first nothing is known");
    peer_hear(&peer);
    is_int(peer.state, PEER_UP, "a message is a sign of life");
    peer_take(&peer, NULL, &(struct peer_event){.what = PEER_SERVFAIL_TRANSFER});
    for (unsigned i = 0; i < 32; i++)
        peer_take(&peer, NULL, &(struct peer_event){.what = PEER_GOOD_TRANSFER});
    ok(peer.window == 4 && peer.least_window == 2, "the smallest window is remembered");
    peer_take(&peer, NULL, &(struct peer_event){.what = PEER_GARBLED, .epoch = 1});
    is_int(peer.least_window, 1, "... and a smaller one");
}

/* A server that counts a transfer for a moment after its end. */
static void gaps(void)
{
    static const unsigned expected[] = {1000, 2000, 4000, 8000, 16000, 20000, 20000};
    const struct peer_event refused = {.what = PEER_SERVFAIL_TRANSFER, .alone = true, .now = NOW};
    const struct peer_event well = {.what = PEER_GOOD_TRANSFER, .now = NOW};
    struct peer peer;
    peer_init(&peer);
    peer.window = peer.least_window = 1;
    peer_take(&peer, NULL, &well);
    is_int((int64_t)peer.transfer_not_before, 0, "one after the other without a gap, at first");
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        peer_take(&peer, NULL, &refused);
        peer_take(&peer, NULL, &well);
        is_int((int64_t)(peer.transfer_not_before - NOW), expected[i], "a larger gap each time");
    }
    peer.window = 2;
    peer.transfer_not_before = 0;
    peer_take(&peer, NULL, &well);
    is_int((int64_t)peer.transfer_not_before, 0, "none where it bears several");
}

int main(void)
{
    struct peer peer;
    peer_init(&peer);
    is_int(peer.window, 4, "four transfers at first");
    is_int(peer.soa_window, 256, "and 256 SOA questions");
    is_int(peer.connections, 2, "on two connections at most");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        play(&rows[i]);
    ok(!peer_is_tired(4) && peer_is_tired(5), "five free tries");
    ok(peer_uses_edns(PEER_EDNS_UNKNOWN) && peer_uses_edns(PEER_EDNS_GOOD) &&
           !peer_uses_edns(PEER_EDNS_TRYING) && !peer_uses_edns(PEER_EDNS_OFF),
       "EDNS until a FORMERR");
    states();
    gaps();
    return tap_end();
}
