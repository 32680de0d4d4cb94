#include "net/aside.h"

#include "base/work.h"

void aside_fini(struct aside *aside)
{
    for (struct engine_child *command = aside->children; command != NULL; command = command->next)
        child_fini(&command->child);
    lookup_free(aside->lookup);
}

bool aside_is_busy(const struct aside *aside)
{
    return aside->timers.first != NULL || aside->tasks > 0 || aside->children != NULL ||
           aside->inbox != NULL || (aside->lookup != NULL && lookup_is_busy(aside->lookup));
}

size_t aside_fds(struct aside *aside, struct pollfd *fds)
{
    size_t count = aside->lookup != NULL ? lookup_fds(aside->lookup, fds) : 0;
    if (aside->tasks > 0)
        fds[count++] = (struct pollfd){.fd = work_fd(aside->work), .events = POLLIN};
    if (aside->event_fd > 0)
        fds[count++] = (struct pollfd){.fd = aside->event_fd, .events = POLLIN};
    for (const struct engine_child *command = aside->children; command != NULL;
         command = command->next)
        fds[count++] = (struct pollfd){.fd = child_fd(&command->child), .events = POLLIN};
    aside->before_inbox = count;
    return aside->inbox != NULL ? count + inbox_fds(aside->inbox, fds + count) : count;
}

size_t aside_fd_count(const struct aside *aside)
{
    size_t inbox = aside->inbox != NULL ? inbox_fd_count(aside->inbox) : 0;
    return ASIDE_FDS + aside->child_count + inbox;
}

uint64_t aside_wake(struct aside *aside, uint64_t now)
{
    uint64_t wake = timer_next(&aside->timers);
    uint64_t lookup = aside->lookup != NULL ? lookup_wake(aside->lookup, now) : LOOP_NEVER;
    uint64_t inbox = aside->inbox != NULL ? inbox_wake(aside->inbox) : LOOP_NEVER;
    if (lookup < wake)
        wake = lookup;
    if (inbox < wake)
        wake = inbox;
    for (const struct engine_child *command = aside->children; command != NULL;
         command = command->next) {
        uint64_t due = child_due(&command->child);
        if (due < wake)
            wake = due;
    }
    return wake;
}

void aside_look(struct aside *aside, const struct pollfd *fds, size_t all, uint64_t now)
{
    size_t count = all > 0 ? aside->before_inbox : 0;
    if (aside->lookup != NULL)
        lookup_process(aside->lookup, fds, count);
    for (size_t i = 0; aside->event_fd > 0 && i < count; i++)
        if (fds[i].fd == aside->event_fd && fds[i].revents != 0)
            aside->event = loop_drain(aside->event_fd) || aside->event;
    if (aside->inbox != NULL)
        inbox_look(aside->inbox, fds + count, all - count, now);
}

static bool next_child(struct aside *aside, struct engine_event *event)
{
    for (struct engine_child **at = &aside->children; *at != NULL; at = &(*at)->next) {
        struct engine_child *command = *at;
        if (!child_poll(&command->child, &aside->child))
            continue;
        *at = command->next;
        aside->child_count--;
        command->runs = false;
        *event = (struct engine_event){.kind = ENGINE_CHILD,
                                       .owner = command->owner,
                                       .child = command,
                                       .result = &aside->child};
        return true;
    }
    return false;
}

static bool next_task(struct aside *aside, struct engine_event *event)
{
    struct task *task = aside->tasks > 0 ? work_done(aside->work) : NULL;
    if (task == NULL)
        return false;
    aside->tasks--;
    *event = (struct engine_event){.kind = ENGINE_TASK, .task = task};
    return true;
}

static bool next_lookup(struct aside *aside, uint64_t looked_at, struct engine_event *event)
{
    struct lookup_result *result = &aside->result;
    if (aside->lookup == NULL || !lookup_next(aside->lookup, looked_at, result))
        return false;
    *event = (struct engine_event){
        .kind = result->is_servers ? ENGINE_SERVERS : ENGINE_RESOLVED,
        .owner = result->owner,
        .err = &result->err,
        .resolver = result->was_known ? NULL : result->asked,
        .addresses = result->addresses.items,
        .address_count = result->addresses.count,
        .hosts = result->hosts,
        .host_count = result->host_count,
        .ns_hosts = result->ns_hosts,
        .has_primary = result->has_primary,
    };
    return true;
}

static bool next_timer(struct aside *aside, uint64_t now, struct engine_event *event)
{
    struct timer *timer = timer_take(&aside->timers, now);
    if (timer == NULL)
        return false;
    *event = (struct engine_event){.kind = ENGINE_TIMER, .timer = timer, .owner = timer->owner};
    return true;
}

/* After all else: there may be no end of messages. */
static bool next_notify(struct aside *aside, uint64_t now, struct engine_event *event)
{
    const uint8_t *octets;
    size_t length;
    if (aside->inbox == NULL || !inbox_next(aside->inbox, now, &octets, &length, &aside->sender))
        return false;
    *event = (struct engine_event){
        .kind = ENGINE_NOTIFY, .octets = octets, .length = length, .from = &aside->sender};
    return true;
}

bool aside_next(struct aside *aside, uint64_t now, uint64_t looked_at, struct engine_event *event)
{
    if (aside->event) {
        aside->event = false;
        *event = (struct engine_event){.kind = ENGINE_RELOAD};
        return true;
    }
    return next_timer(aside, now, event) || next_task(aside, event) || next_child(aside, event) ||
           next_lookup(aside, looked_at, event) || next_notify(aside, now, event);
}
