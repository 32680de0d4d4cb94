#include "job/zonestate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    ENDLINE_BEGINNING = 20,      /* octets that tell an end line from anything else */
    END_LOOKED_AT = 1024 * 1024, /* octets at the end of a file in which one is looked for */
    READS_MOST = 20,             /* of a file that is replaced while it is judged */
};

static void say_why(struct zonestate *state, const char *why)
{
    snprintf(state->why, sizeof state->why, "%s", why);
}

/* The last line is an end line: whether it is that of what stands before it, as far as the head
 * tells. */
static const char *misfit(const struct zonestate *state, const struct oldzone_config *config)
{
    const struct endline *last = &state->old.last;
    bool is_of = name_equal(last->name, last->name_length, config->zone, config->zone_length);
    switch (last->kind) {
    case ENDLINE_INCOMPLETE:
        return "its last line says that it is not whole";
    case ENDLINE_DAMAGED:
        return "its end line is damaged";
    case ENDLINE_NONE:
    case ENDLINE_COMPLETE:
    default:
        break;
    }
    if (!is_of)
        return "its end line is of another zone";
    if (!state->old.apex.has_soa)
        return "it has no SOA at its head";
    if (!name_equal(state->old.zone, state->old.zone_length, config->zone, config->zone_length))
        return "its SOA is of another zone";
    return state->old.serial == last->serial ? NULL
                                             : "its end line has another serial than its SOA";
}

/* Looks for an end line in the last part of it: something was added behind. Of a huge file no more
 * is read, since all zones wait meanwhile. Error: ERR_OUTPUT, it cannot be read. */
static bool find_endline(bool *has, const char *path, off_t size, struct err *err)
{
    char octets[8192 + 1];
    size_t kept = 1;
    bool found = false;
    ssize_t n = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    bool is_long = size > END_LOOKED_AT;
    octets[0] = is_long ? ' ' : '\n';
    if (fd >= 0 && is_long)
        lseek(fd, size - END_LOOKED_AT, SEEK_SET);
    while (fd >= 0 && !found && (n = read(fd, octets + kept, sizeof octets - 1 - kept)) > 0) {
        size_t length = kept + (size_t)n;
        const char *end = octets + length;
        for (const char *at = octets;
             !found && (at = memchr(at, '\n', (size_t)(end - at))) != NULL &&
             end - at > ENDLINE_BEGINNING;
             at++) {
            char line[ENDLINE_BEGINNING + 1];
            memcpy(line, at + 1, ENDLINE_BEGINNING);
            line[ENDLINE_BEGINNING] = '\0';
            found = endline_begins(line, ENDLINE_BEGINNING);
        }
        kept = length < ENDLINE_BEGINNING ? length : ENDLINE_BEGINNING;
        memmove(octets, end - kept, kept);
    }
    if (n < 0)
        err_set_errno(err, ERR_OUTPUT, errno, "cannot read %.400s", path);
    if (fd >= 0)
        close(fd);
    *has = found;
    return n >= 0;
}

static bool judge(struct zonestate *state, const struct oldzone_config *config, struct err *err)
{
    const struct oldzone *old = &state->old;
    bool has_endline = false, is_file = S_ISREG(old->status.st_mode);
    if (!old->is_there) {
        state->kind = ZONESTATE_MISSING;
        say_why(state, "it is not there yet");
        return true;
    }
    if (old->unread != 0)
        return err_set_errno(err, ERR_OUTPUT, old->unread, "cannot read %.400s", config->path);
    if (old->last.kind == ENDLINE_NONE && is_file &&
        !find_endline(&has_endline, config->path, old->status.st_size, err))
        return false;
    if (has_endline) {
        state->kind = ZONESTATE_EDITED;
        say_why(state, "something follows its end line");
        return true;
    }
    if (old->last.kind == ENDLINE_NONE) {
        state->is_file = is_file;
        state->kind = ZONESTATE_FOREIGN;
        say_why(state, is_file ? "it has no end line: it was written by something else, or cut off"
                       : old->unopened != 0 ? strerror(old->unopened)
                                            : "it is not a file that can be read");
        return true;
    }
    const char *why = misfit(state, config);
    state->kind = why != NULL ? ZONESTATE_EDITED : ZONESTATE_OURS;
    state->merges = why == NULL && old->last.sum[0] != '\0' && !old->last.filtered;
    say_why(state, why != NULL     ? why
                   : state->merges ? ""
                                   : "it was not written with --sort, all types in the one style");
    return true;
}

bool zonestate_read(struct zonestate *state, const struct oldzone_config *config, struct err *err)
{
    bool good = false;
    state->merges = false;
    for (int i = 0; i < READS_MOST; i++) {
        good = oldzone_read(&state->old, config, err) && judge(state, config, err);
        if (!good || !oldzone_was_replaced(&state->old, config->path))
            break;
    }
    return good;
}

bool zonestate_holds(const struct zonestate *state, const char *path)
{
    return oldzone_holds(&state->old, path);
}
