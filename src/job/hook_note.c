#include "job/hook_note.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Microseconds that the short lock of a marker is waited for. Whoever has it needs a moment. */
enum { PATIENCE = 2000000 };

/* ---- The line ------------------------------------------------------------------------------ */

/* "2026112201 axfr 1764437537123456.4711": the serial of what was there before, or "-"; the kind;
 * what makes it a note of its own; and perhaps the word "mixed". */
static const char *const kind_names[] = {"axfr",     "ixfr", "axfr-style",
                                         "resigned", "file", "recording"};

static const char *read_kind(const char *word, size_t n)
{
    for (size_t i = 0; i < sizeof kind_names / sizeof *kind_names; i++)
        if (strlen(kind_names[i]) == n && memcmp(kind_names[i], word, n) == 0)
            return kind_names[i];
    return NULL;
}

static bool read_serial(struct hook_note *note, const char *word, size_t n)
{
    uint64_t number = 0;
    if (n == 1 && *word == '-')
        return true;
    for (size_t i = 0; i < n && i < 10; i++) {
        if (word[i] < '0' || word[i] > '9')
            return false;
        number = number * 10 + (uint64_t)(word[i] - '0');
    }
    note->has_serial = n > 0 && n <= 10 && number <= UINT32_MAX;
    note->serial = (uint32_t)number;
    return note->has_serial;
}

struct hook_note hook_note_read(const char *text)
{
    static const char own[] = "0123456789.";
    struct hook_note note = {.known = false};
    size_t serial = strcspn(text, " \n");
    const char *kind = text[serial] == ' ' ? text + serial + 1 : "";
    size_t n = strcspn(kind, " \n");
    const char *rest = kind[n] == ' ' ? kind + n + 1 : "";
    size_t end = strspn(rest, own);
    note.kind = read_kind(kind, n);
    note.mixed = strcmp(rest + end, " mixed\n") == 0;
    if (!read_serial(&note, text, serial) || note.kind == NULL || end == 0 ||
        (!note.mixed && strcmp(rest + end, "\n") != 0))
        return (struct hook_note){.known = false};
    note.known = true;
    return note;
}

/* A live signer may renew signatures without a new serial. */
static void name_kind(struct usercmd_facts *facts)
{
    bool may_be = strcmp(facts->kind, "axfr") == 0 || strcmp(facts->kind, "axfr-style") == 0;
    if (may_be && facts->has_serial && facts->has_old_serial && facts->serial == facts->old_serial)
        facts->kind = "resigned";
}

/* What was missed begins where the pending note says. The changes of this run begin at the content
 * that is there now: that is the same only if the serial is, and says which content it is. Returns
 * whether they tell less than was missed. */
static bool add_pending(const struct hook_note *note, struct usercmd_facts *facts)
{
    bool is_same = note->known && !note->mixed && note->has_serial && facts->has_old_serial &&
                   note->serial == facts->old_serial && strcmp(note->kind, "resigned") != 0;
    facts->has_old_serial = note->has_serial;
    facts->old_serial = note->serial;
    return !is_same;
}

uint64_t hook_note_make(char text[MARKER_MOST + 1], const char *pending,
                        struct usercmd_facts *facts)
{
    char serial[16] = "-";
    uint64_t stamp = loop_time_of_day() | 1;
    bool mixed = false;
    if (pending != NULL) {
        struct hook_note note = hook_note_read(pending);
        mixed = add_pending(&note, facts);
    }
    name_kind(facts);
    if (facts->has_old_serial)
        snprintf(serial, sizeof serial, "%" PRIu32, facts->old_serial);
    snprintf(text, MARKER_MOST + 1, "%s %s %" PRIu64 ".%ld%s\n", serial, facts->kind, stamp,
             (long)getpid(), mixed ? " mixed" : "");
    return stamp;
}

bool hook_note_is(const char *text, uint64_t stamp)
{
    char own[64];
    snprintf(own, sizeof own, " %" PRIu64 ".%ld", stamp, (long)getpid());
    const char *at = stamp != 0 ? strstr(text, own) : NULL;
    return at != NULL && (at[strlen(own)] == '\n' || at[strlen(own)] == ' ') &&
           hook_note_read(text).known;
}

/* ---- The marker ---------------------------------------------------------------------------- */

static bool open_marker(struct marker *marker, const char *target, bool make, bool *there,
                        const struct loop *loop, struct err *err)
{
    if (!marker_init(marker, target, loop, loop_now() + PATIENCE, err))
        return false;
    if (marker_open(marker, make, there, err))
        return true;
    if (err->kind != ERR_TIMEOUT_TOTAL)
        return false;
    *err = (struct err){.kind = ERR_NONE}; /* it was not the time of the run that was up */
    return err_set(err, ERR_BUSY, "another run has locked %.400s", marker->path);
}

bool hook_note_write(struct hook_note_written *written, const char *target,
                     const struct usercmd_facts *facts, const struct loop *loop, struct err *err)
{
    struct marker marker;
    struct usercmd_facts now = *facts;
    bool there;
    if (!open_marker(&marker, target, true, &there, loop, err))
        return false;
    *written = (struct hook_note_written){.found = !marker.made};
    snprintf(written->before, sizeof written->before, "%s", marker.text);
    written->stamp = hook_note_make(written->text, written->found ? written->before : NULL, &now);
    bool good = marker_write(&marker, written->text, err);
    marker_close(&marker);
    return good;
}

void hook_note_take_back(const struct hook_note_written *written, const char *target,
                         const struct loop *loop)
{
    struct err ignored = {.kind = ERR_NONE};
    struct marker marker;
    bool there;
    if (!open_marker(&marker, target, false, &there, loop, &ignored))
        return;
    if (there && strcmp(marker.text, written->text) == 0) {
        if (written->found)
            marker_write(&marker, written->before, &ignored);
        else
            marker_remove(&marker, &ignored);
    }
    marker_close(&marker);
}
