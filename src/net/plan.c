#include "net/plan.h"

enum {
    REFUSALS_MAX = 3,      /* of servers that nobody named */
    PAUSE_FIRST = 1000000, /* microseconds before the second round; doubled for each */
    PAUSE_MOST = 60000000,
};

/* What the last action was. */
enum plan_state {
    STATE_NEW,
    STATE_FINDING,
    STATE_RESOLVING,
    STATE_SOA,
    STATE_PROOF, /* the SOA, after changes were asked for and there were none */
    STATE_CHANGES,
    STATE_ZONE,
    STATE_JUDGING,
    STATE_FINISHING,
    STATE_SLEEPING,
    STATE_OVER,
};

/* Which events answer it. */
static const unsigned awaited[] = {
    [STATE_NEW] = 1u << PLAN_START,
    [STATE_FINDING] = 1u << PLAN_SERVERS | 1u << PLAN_FAILED,
    [STATE_RESOLVING] = 1u << PLAN_ADDRESSES | 1u << PLAN_FAILED,
    [STATE_SOA] = 1u << PLAN_SOA | 1u << PLAN_FAILED,
    [STATE_PROOF] = 1u << PLAN_SOA | 1u << PLAN_FAILED,
    [STATE_CHANGES] = 1u << PLAN_GOOD | 1u << PLAN_FAILED,
    [STATE_ZONE] = 1u << PLAN_GOOD | 1u << PLAN_FAILED,
    [STATE_JUDGING] = 1u << PLAN_PASSED | 1u << PLAN_FAILED,
    [STATE_FINISHING] = 1u << PLAN_FINISHED | 1u << PLAN_FAILED,
    [STATE_SLEEPING] = 1u << PLAN_SLEPT | 1u << PLAN_FAILED,
    [STATE_OVER] = 0,
};

void plan_init(struct plan *plan, const struct plan_config *config, uint64_t deadline)
{
    *plan = (struct plan){.config = config, .deadline = deadline, .state = STATE_NEW};
}

static void set_action(struct plan *plan, struct plan_action *action, enum plan_do what,
                       enum plan_state state)
{
    action->what = what;
    plan->state = (uint8_t)state;
}

static void end_plan(struct plan *plan, struct plan_action *action)
{
    set_action(plan, action, DO_END, STATE_OVER);
    action->kind = plan->worst;
    action->found = (enum plan_found)plan->found;
}

static void set_finish(struct plan *plan, struct plan_action *action)
{
    set_action(plan, action, DO_FINISH, STATE_FINISHING);
    action->unchanged = plan->keeps;
}

/* ---- Questions to one address -------------------------------------------------------------- */

static bool merges(const struct plan *plan)
{
    return plan->config->wants == PLAN_UPDATE && plan->merges;
}

static bool looks(const struct plan *plan)
{
    return plan->config->wants == PLAN_LOOK;
}

static bool asks_soa(const struct plan *plan)
{
    return looks(plan) ||
           (plan->config->asks_soa && plan->has_serial && plan->config->wants != PLAN_CHANGES);
}

/* Whether somebody is left who may have a newer zone than this one. */
static bool is_last(const struct plan *plan);

/* Whether an older zone is taken because there is no other. A newer one that was refused is one. */
static bool yields(const struct plan *plan)
{
    return plan->config->yields && !plan->refused;
}

static void ask_zone(struct plan *plan, struct plan_action *action, enum plan_why why)
{
    set_action(plan, action, DO_ASK_AXFR, STATE_ZONE);
    action->restart = true;
    action->why = why;
    if (yields(plan) && plan->has_serial && !plan->saw_older && is_last(plan))
        plan->takes_older = true;
}

static void ask_transfer(struct plan *plan, struct plan_action *action)
{
    if (plan->config->wants == PLAN_CHANGES || merges(plan)) {
        set_action(plan, action, DO_ASK_IXFR, STATE_CHANGES);
        action->restart = true;
    } else {
        ask_zone(plan, action, plan->config->wants == PLAN_UPDATE ? PLAN_WHY_FILE : PLAN_WHY_NONE);
    }
}

static void ask_address(struct plan *plan, struct plan_action *action)
{
    plan->soa_refused = plan->is_followed_up = plan->asked_proof = false;
    action->begins = true;
    if (asks_soa(plan))
        set_action(plan, action, DO_ASK_SOA, STATE_SOA);
    else
        ask_transfer(plan, action);
}

/* The next question is another one to the same address, in the same attempt. */
static void follow_up(struct plan *plan)
{
    plan->is_followed_up = true;
    plan->asked_afresh = false;
}

/* Whether the zone as a whole may still be had where its changes failed. What is wrong with keys,
 * with TLS or with the network is wrong with both. */
static bool may_fall_back(const struct plan *plan, const struct plan_event *event)
{
    if (plan->state != STATE_CHANGES || !merges(plan))
        return false;
    if (plan->takes_older && event->kind == ERR_SERIAL_OLDER)
        return true;
    if (plan->config->no_fallback)
        return false;
    if (plan->soa_refused && event->kind == ERR_RCODE_REFUSED)
        return false; /* it has said so twice */
    switch ((int)err_class(event->kind)) {
    case ERR_CLASS_REFUSED:
    case ERR_CLASS_PROTOCOL:
    case ERR_CLASS_NODELTA:
    case ERR_CLASS_INPUT: /* the old zone has changed meanwhile */
        return !event->whole_came;
    default:
        return event->kind == ERR_DELTA_SIZE;
    }
}

/* A server may end a connection after its answer, whatever we ask on it; so a failure of the next
 * question there, before anything came of it, is not the last word. */
static bool may_ask_afresh(const struct plan *plan, const struct plan_event *event)
{
    return plan->is_followed_up && !plan->asked_afresh && !event->fresh && !event->began &&
           err_class(event->kind) == ERR_CLASS_NETWORK && event->kind != ERR_TIMEOUT_TOTAL;
}

static void ask_afresh(struct plan *plan, struct plan_action *action)
{
    plan->asked_afresh = true;
    action->what = plan->state == STATE_CHANGES ? DO_ASK_IXFR
                   : plan->state == STATE_PROOF ? DO_ASK_SOA
                                                : DO_ASK_AXFR;
    action->fresh = true;
}

/* ---- Servers and rounds -------------------------------------------------------------------- */

/* What comes after one of `count`, in the order that begins with `first` and then counts up.
 * `count` or more: nothing. */
static unsigned after(unsigned at, unsigned first)
{
    unsigned next = at == first ? 0 : at + 1;
    return next == first ? next + 1 : next;
}

static unsigned next_server(const struct plan *plan)
{
    return after(plan->server, plan->first_server);
}

static unsigned first_address(const struct plan *plan)
{
    bool is_first = plan->server == plan->first_server;
    return is_first && plan->first_address < plan->address_count ? plan->first_address : 0;
}

static unsigned next_address(const struct plan *plan)
{
    return after(plan->address, first_address(plan));
}

static bool is_last(const struct plan *plan)
{
    return next_server(plan) >= plan->server_count && next_address(plan) >= plan->address_count;
}

static void begin_servers(struct plan *plan, struct plan_action *action, unsigned server)
{
    plan->server = server;
    plan->address = 0;
    plan->has_answered = false;
    set_action(plan, action, DO_RESOLVE, STATE_RESOLVING);
    action->begins = true;
}

/* Whether the servers are asked once more, for what is older: each of them has answered, and had
 * nothing else. Without questions for the SOA it is not known of all answers, and one is enough. */
static bool may_take_older(const struct plan *plan)
{
    bool is_allowed = plan->config->allow_older && !plan->refused_newer;
    return (is_allowed || yields(plan)) && plan->saw_older && !plan->takes_older &&
           !((plan->config->asks_soa || looks(plan)) && (plan->saw_other || plan->saw_silent));
}

/* When the next round begins. */
static uint64_t next_round(const struct plan *plan, uint64_t now)
{
    uint64_t pause = PAUSE_FIRST;
    for (unsigned i = 0; i < plan->round && pause < PAUSE_MOST; i++)
        pause *= 2;
    return now + (pause < PAUSE_MOST ? pause : PAUSE_MOST);
}

/* All servers were asked. */
static void end_round(struct plan *plan, struct plan_action *action, uint64_t now)
{
    bool tries_again = !plan->lasts && plan->round < plan->config->retry;
    uint64_t until = next_round(plan, now);
    if (may_take_older(plan)) {
        plan->takes_older = true;
        plan->first_server = plan->newest_server;
        plan->first_address = plan->newest_address;
        begin_servers(plan, action, plan->first_server);
    } else if (tries_again && until < plan->deadline) {
        plan->round++;
        plan->first_server = plan->first_address = 0;
        plan->refusals = 0;
        plan->has_enough = plan->takes_older = plan->saw_silent = false;
        set_action(plan, action, DO_SLEEP, STATE_SLEEPING);
        action->until = until;
    } else {
        action->too_late = tries_again;
        end_plan(plan, action);
    }
}

static void go_on(struct plan *plan, struct plan_action *action, bool at_server, uint64_t now)
{
    bool is_over = !at_server || next_address(plan) >= plan->address_count;
    plan->saw_silent = plan->saw_silent || (is_over && !plan->has_answered);
    if (plan->stopped || (plan->has_enough && plan->lasts)) {
        end_plan(plan, action);
    } else if (plan->has_enough) {
        end_round(plan, action, now);
    } else if (at_server && next_address(plan) < plan->address_count) {
        plan->address = next_address(plan);
        ask_address(plan, action);
    } else if (next_server(plan) < plan->server_count) {
        begin_servers(plan, action, next_server(plan));
    } else {
        end_round(plan, action, now);
    }
}

/* ---- Failures ------------------------------------------------------------------------------ */

static bool servers_were_found(const struct plan *plan)
{
    return plan->config->servers == 0;
}

/* Whether another server may do better. */
static bool may_go_on(enum err_kind kind)
{
    switch ((int)kind) {
    case ERR_TIMEOUT_TOTAL:
    case ERR_MAX_RECORDS:
    case ERR_MAX_BYTES:
    case ERR_DDNS:
    case ERR_DDNS_SIZE:
    case ERR_CHECK_FAILED:
        return false;
    default:
        break;
    }
    return err_rank(err_class(kind)) != 0; /* of ERR_INTERRUPTED it is 0 */
}

/* The attempt has failed. */
static void charge_attempt(struct plan *plan, struct plan_action *action, enum err_kind kind,
                           bool can_restart)
{
    action->failed = kind;
    if (err_is_worse(kind, plan->worst))
        plan->worst = kind;
    if (kind == ERR_SERIAL_OLDER)
        plan->saw_older = true;
    else if (err_class(kind) != ERR_CLASS_NETWORK)
        plan->saw_other = true;
    plan->has_answered = plan->has_answered || err_class(kind) != ERR_CLASS_NETWORK;
    plan->lasts = plan->lasts || !err_passes(kind);
    if (servers_were_found(plan) && err_class(kind) == ERR_CLASS_REFUSED)
        plan->has_enough = ++plan->refusals >= REFUSALS_MAX;
    plan->stopped = !may_go_on(kind) || !can_restart;
}

/* This address has an older zone; the newest of them is remembered. */
static void note_older(struct plan *plan, uint32_t serial)
{
    if (plan->saw_older && serial_compare(serial, plan->newest) != SERIAL_NEWER)
        return;
    plan->newest = serial;
    plan->newest_server = plan->server;
    plan->newest_address = plan->address;
}

/* The attempt at an address has failed: what is next? */
static void fail_address(struct plan *plan, const struct plan_event *event, enum err_kind kind,
                         struct plan_action *action)
{
    if (kind == ERR_SERIAL_OLDER)
        note_older(plan, event->serial);
    charge_attempt(plan, action, kind, event->can_restart);
    /* A server that nobody named is asked once; one that cannot be reached was not asked. */
    bool was_asked = err_class(kind) != ERR_CLASS_NETWORK;
    go_on(plan, action, !(servers_were_found(plan) && was_asked), event->now);
}

/* What came, or is to stay, is complete. */
static void set_good(struct plan *plan, const struct plan_event *event, struct plan_action *action,
                     bool keeps)
{
    plan->by_changes = plan->state == STATE_CHANGES && !event->whole_came && !keeps;
    plan->keeps = keeps;
    if (keeps && plan->refused_newer)
        fail_address(plan, event, ERR_NOT_NEWER, action);
    else if (plan->config->judges)
        set_action(plan, action, DO_JUDGE, STATE_JUDGING);
    else
        set_finish(plan, action);
    action->unchanged = keeps;
}

/* Whether changes did not fit what they were put into, or the result is not what it should be. */
static bool changes_were_bad(enum err_kind kind)
{
    switch ((int)err_class(kind)) {
    case ERR_CLASS_PROTOCOL:
    case ERR_CLASS_NODELTA:
    case ERR_CLASS_INPUT: /* the old zone has changed meanwhile */
        return true;
    default:
        return kind == ERR_ZONEMD || kind == ERR_DNSSEC || kind == ERR_DELTA_SIZE;
    }
}

/* Whether the whole zone from the same server may be better than what was refused: a server's
 * history may be damaged, and signatures are renewed without a new serial. */
static bool whole_may_be_good(const struct plan *plan, enum err_kind kind)
{
    if (plan->config->no_fallback || !merges(plan))
        return false;
    return plan->keeps ? kind == ERR_SIGNATURE_LIFE : plan->by_changes && changes_were_bad(kind);
}

static void take_refusal(struct plan *plan, const struct plan_event *event,
                         struct plan_action *action)
{
    bool is_gate = err_class(event->kind) == ERR_CLASS_GUARD;
    plan->refused = plan->refused || is_gate;
    plan->refused_newer = plan->refused_newer || (is_gate && !(plan->keeps || event->same_serial));
    if (whole_may_be_good(plan, event->kind)) {
        follow_up(plan);
        ask_zone(plan, action, PLAN_WHY_FAILED);
        return;
    }
    charge_attempt(plan, action, event->kind, event->can_restart);
    /* Its other addresses have the same. */
    go_on(plan, action, false, event->now);
}

static void take_failure(struct plan *plan, const struct plan_event *event,
                         struct plan_action *action)
{
    switch ((enum plan_state)plan->state) {
    case STATE_RESOLVING:
        charge_attempt(plan, action, event->kind, event->can_restart);
        go_on(plan, action, false, event->now);
        break;
    case STATE_SOA:
        if (event->kind == ERR_RCODE_REFUSED && !looks(plan)) {
            /* Who may ask and who may transfer are two lists. */
            plan->soa_refused = true;
            follow_up(plan);
            ask_transfer(plan, action);
        } else {
            fail_address(plan, event, event->kind, action);
        }
        break;
    case STATE_PROOF:
        if (may_ask_afresh(plan, event))
            ask_afresh(plan, action);
        else if (err_class(event->kind) == ERR_CLASS_REFUSED)
            set_good(plan, event, action, true); /* what it has said before holds */
        else
            fail_address(plan, event, event->kind, action);
        break;
    case STATE_CHANGES:
    case STATE_ZONE:
        if (plan->state == STATE_CHANGES && merges(plan) && event->kind == ERR_OLD_FILE) {
            /* It is not what it seemed: no server's changes can be put into it. */
            plan->merges = false;
            follow_up(plan);
            ask_zone(plan, action, PLAN_WHY_FILE);
        } else if (may_fall_back(plan, event)) {
            follow_up(plan);
            ask_zone(plan, action, PLAN_WHY_FAILED);
        } else if (may_ask_afresh(plan, event)) {
            ask_afresh(plan, action);
        } else {
            fail_address(plan, event, event->kind, action);
        }
        break;
    case STATE_JUDGING:
        take_refusal(plan, event, action);
        break;
    case STATE_NEW:
    case STATE_FINDING:
    case STATE_FINISHING:
    case STATE_SLEEPING:
    case STATE_OVER:
    default:
        charge_attempt(plan, action, event->kind, event->can_restart);
        end_plan(plan, action);
    }
}

/* ---- Events -------------------------------------------------------------------------------- */

static void take_start(struct plan *plan, const struct plan_event *event,
                       struct plan_action *action)
{
    plan->has_serial = event->has_serial;
    plan->merges = event->merges;
    plan->server_count = plan->config->servers;
    plan->first_server = event->server < plan->server_count ? event->server : 0;
    if (servers_were_found(plan))
        set_action(plan, action, DO_FIND_SERVERS, STATE_FINDING);
    else
        begin_servers(plan, action, plan->first_server);
}

/* The zone has changed, and its serial has not: no changes can tell. */
static void take_same_serial(struct plan *plan, const struct plan_event *event,
                             struct plan_action *action)
{
    if (plan->config->no_fallback)
        fail_address(plan, event, ERR_SAME_SERIAL, action);
    else
        ask_zone(plan, action, PLAN_WHY_SAME);
}

static void take_good(struct plan *plan, const struct plan_event *event, struct plan_action *action)
{
    bool is_kept = event->unchanged && merges(plan);
    follow_up(plan);
    if (is_kept && event->differs) {
        take_same_serial(plan, event, action);
    } else if (is_kept && event->unproven && !plan->asked_proof) {
        set_action(plan, action, DO_ASK_SOA, STATE_PROOF);
        plan->asked_proof = true;
    } else {
        set_good(plan, event, action, event->unchanged);
    }
}

/* Nothing more is to be known. */
static void set_found(struct plan *plan, struct plan_action *action, enum plan_found found)
{
    plan->found = (uint8_t)found;
    plan->worst = ERR_NONE;
    end_plan(plan, action);
}

/* The SOA, where nothing follows from it. */
static void take_look(struct plan *plan, const struct plan_event *event, struct plan_action *action)
{
    bool is_older = event->order == SERIAL_OLDER || event->order == SERIAL_UNDEFINED;
    if (!plan->has_serial)
        set_found(plan, action, PLAN_FOUND_FIRST);
    else if (event->order == SERIAL_NEWER)
        set_found(plan, action, PLAN_FOUND_NEWER);
    else if (!is_older)
        set_found(plan, action, event->differs ? PLAN_FOUND_DIFFERS : PLAN_FOUND_SAME);
    else if (plan->takes_older)
        set_found(plan, action, PLAN_FOUND_OLDER);
    else
        fail_address(plan, event, ERR_SERIAL_OLDER, action);
}

static void take_soa(struct plan *plan, const struct plan_event *event, struct plan_action *action)
{
    bool was_kept = plan->state == STATE_PROOF;
    follow_up(plan);
    switch (event->order) {
    case SERIAL_EQUAL:
        if (event->differs)
            take_same_serial(plan, event, action);
        else
            set_good(plan, event, action, true);
        break;
    case SERIAL_NEWER:
        ask_transfer(plan, action);
        break;
    case SERIAL_OLDER:
    case SERIAL_UNDEFINED: /* not newer at any rate */
    default:
        if (was_kept) /* one of several servers behind an address lags; the others do not */
            set_good(plan, event, action, true);
        else if (plan->takes_older)
            ask_zone(plan, action, PLAN_WHY_OLDER);
        else
            fail_address(plan, event, ERR_SERIAL_OLDER, action);
    }
}

static void take_event(struct plan *plan, const struct plan_event *event,
                       struct plan_action *action)
{
    switch (event->what) {
    case PLAN_START:
        take_start(plan, event, action);
        break;
    case PLAN_SERVERS:
        plan->server_count = event->count;
        begin_servers(plan, action, 0);
        break;
    case PLAN_ADDRESSES:
        plan->address_count = event->count;
        plan->address = first_address(plan);
        ask_address(plan, action);
        break;
    case PLAN_SOA:
        if (looks(plan))
            take_look(plan, event, action);
        else
            take_soa(plan, event, action);
        break;
    case PLAN_GOOD:
        take_good(plan, event, action);
        break;
    case PLAN_FAILED:
        take_failure(plan, event, action);
        break;
    case PLAN_PASSED:
        set_finish(plan, action);
        break;
    case PLAN_SLEPT:
        begin_servers(plan, action, 0);
        break;
    case PLAN_FINISHED:
    default:
        plan->worst = ERR_NONE;
        end_plan(plan, action);
    }
}

/* Whether the event answers the last action, and says what it must. */
static bool is_awaited(const struct plan *plan, const struct plan_event *event)
{
    if ((awaited[plan->state] >> event->what & 1) == 0)
        return false;
    if (event->what == PLAN_SERVERS || event->what == PLAN_ADDRESSES)
        return event->count > 0;
    return event->what != PLAN_FAILED || event->kind != ERR_NONE;
}

struct plan_action plan_next(struct plan *plan, const struct plan_event *event)
{
    struct plan_action action = {.failed = ERR_NONE};
    if (plan->state == STATE_OVER) {
        end_plan(plan, &action);
    } else if (is_awaited(plan, event)) {
        take_event(plan, event, &action);
    } else {
        charge_attempt(plan, &action, ERR_INTERNAL, false);
        end_plan(plan, &action);
    }
    action.server = plan->server;
    action.address = plan->address;
    action.takes_older = plan->takes_older;
    action.needs_newer = plan->refused_newer && !plan->takes_older;
    return action;
}
