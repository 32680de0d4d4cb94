#include "zone/patch.h"

#include "base/codec.h"
#include "base/copy.h"
#include "dns/endline.h"
#include "dns/expiry.h"
#include "dns/line.h"
#include "dns/namekey.h"
#include "dns/order.h"
#include "dns/rdata.h"
#include "dns/types.h"

#include <stdlib.h>
#include <string.h>

enum {
    WINDOW = 256 * 1024,
    WINDOW_MOST = 4 << 20, /* no line that zxfr writes is longer */
    TYPE_WORD = 16,
};

/* The position of a record in the order of a sorted file. The SOA has none: it comes first. */
struct position {
    uint8_t key[NAMEKEY_ROOM];
    size_t key_length;
    uint64_t chunk; /* what the key begins with */
    uint16_t type;
};

/* The next delete, or the next add, in canonical form. */
struct change {
    struct source *source;
    enum rr_op op;
    bool ended;
    struct rr rr;
    struct position position;
    uint8_t owner[NAME_MAX_WIRE];
    uint8_t *rdata;
};

/* A line of the old file, and what is known about it. */
struct old_line {
    const char *text, *rdata; /* in the window */
    size_t length, rdata_length;
    uint32_t ttl;
};

struct patch {
    const struct patch_config *config;
    uint8_t apex[NAME_MAX_WIRE]; /* in lower case */
    bool writes;

    char *window;
    size_t capacity;
    size_t copied; /* what comes before was written or left out */
    size_t at, end;
    bool last; /* nothing comes after `end` */

    uint64_t lines;
    struct sum old_sum, changed_sum; /* of the old lines; how the changes alter it */
    uint64_t old_records, added, deleted;
    uint32_t old_serial;

    /* Of the line before. */
    struct position position;
    struct namekey_row owners;
    uint8_t owner[NAME_READ_ROOM];
    uint8_t owner_length; /* 0: it was not read yet */
    char owner_text[NAME_TEXT_ROOM + COPY_BLOCK];
    size_t owner_text_length;
    char middle[LINE_MIDDLE]; /* TTL and class, as in struct line */
    size_t middle_length;
    uint32_t ttl;
    char type_text[TYPE_WORD];
    size_t type_text_length;
    const struct type_info *info;
    bool moves_origin; /* a type in generic form before which line_origin must stand */
    bool is_plain;     /* neither that nor a signature: what is kept of it is not looked at */

    /* Of its RRset. */
    bool touched;  /* some of it changes */
    uint16_t part; /* RRSIG: the type that is covered */
    bool has_part;
    bool has_new_ttl;
    uint32_t new_ttl;
    uint8_t *rdata, *rdata_before; /* canonical */
    size_t rdata_before_length;
    bool has_rdata_before;

    bool old_origin; /* line_origin was seen */
    bool origin_due; /* and no line that needs it was kept or written since */
    bool origin_written;

    struct expiry expiry; /* of the signatures that were kept or written, or only looked at */
    struct types_memo types;

    struct change deletes, adds, absent;
    struct line line;
};

static bool refuse(const struct patch *p, const char *what, struct err *err)
{
    return err_set(err, ERR_OLD_FILE, "line %llu %s", (unsigned long long)p->lines, what);
}

/* ---- Changes ------------------------------------------------------------------------------- */

static int compare_owners(const struct position *a, const struct position *b)
{
    if (a->chunk != b->chunk)
        return a->chunk < b->chunk ? -1 : 1;
    return order_octets(a->key, a->key_length, b->key, b->key_length);
}

static int compare_positions(const struct position *a, const struct position *b)
{
    int order = compare_owners(a, b);
    return order != 0 ? order : order_types(a->type, b->type);
}

/* Copies a record in canonical form. */
static void make_canonical(struct change *change, const struct rr *rr, size_t apex_length)
{
    memcpy(change->owner, rr->owner, rr->owner_length);
    name_lower(change->owner, rr->owner_length);
    rdata_canonical(rr, change->rdata);
    change->rr = *rr;
    change->rr.owner = change->owner;
    change->rr.rdata = change->rdata;
    struct position *position = &change->position;
    position->key_length =
        namekey_make(position->key, change->owner, rr->owner_length, apex_length);
    position->chunk = namekey_chunk(position->key, position->key_length, 0);
    change->position.type = rr->type;
}

static bool next_change(const struct patch *p, struct change *change, struct err *err)
{
    struct rr rr;
    enum rr_op op;
    for (;;) {
        switch (change->source->next(change->source, &rr, &op, err)) {
        case SOURCE_BEGIN:
            continue;
        case SOURCE_RR:
            break;
        case SOURCE_END:
            change->ended = true;
            return true;
        case SOURCE_FAIL:
        default:
            return false;
        }
        if (op != change->op || rr.type == TYPE_SOA)
            continue;
        if (!name_within(rr.owner, rr.owner_length, p->apex, p->config->apex_length))
            return err_set(err, ERR_INTERNAL, "a change outside the zone");
        make_canonical(change, &rr, p->config->apex_length);
        return true;
    }
}

COLD static bool refuse_change(const struct rr *rr, enum err_kind kind, const char *what,
                               struct err *err)
{
    struct name_string owner;
    char type[16];
    *types_text(type, rr->type, 0) = '\0';
    return err_set(err, kind, "%.255s %s: %s", name_string(&owner, rr->owner), type, what);
}

static bool refuse_absent(const struct rr *rr, struct err *err)
{
    return refuse_change(rr, ERR_IXFR_DEL_ABSENT, "the changes delete a record that is not there",
                         err);
}

COLD static bool note_ttl(const struct patch *p, const struct rr *rr, const char *what,
                          uint32_t old, struct err *err)
{
    struct name_string owner;
    char type[16];
    *types_text(type, rr->type, 0) = '\0';
    return notes_add(p->config->notes, err, ERR_IXFR_TTL, "%.200s %s: %s with TTL %lu, but %s %lu",
                     name_string(&owner, rr->owner), type, what, (unsigned long)rr->ttl,
                     *what == 'd' ? "it has" : "the RRset had", (unsigned long)old);
}

/* ---- Output -------------------------------------------------------------------------------- */

/* Copies what was kept of the old file, up to an offset in the window. */
static bool copy_up_to(struct patch *p, size_t to, struct err *err)
{
    size_t from = p->copied;
    p->copied = to;
    return !p->writes || from >= to || buf_add(p->config->out, p->window + from, to - from, err);
}

/* Leaves a line of the old file out. What comes before it is written. */
static bool leave_out(struct patch *p, const struct old_line *old, struct err *err)
{
    size_t from = (size_t)(old->text - p->window);
    if (!copy_up_to(p, from, err))
        return false;
    p->copied = from + old->length + 1;
    sum_take_line(&p->changed_sum, old->text, old->length);
    return true;
}

static bool write_origin(struct patch *p, struct err *err)
{
    p->origin_written = true;
    p->origin_due = false;
    sum_line(&p->changed_sum, line_origin, strlen(line_origin));
    return buf_add(p->config->out, line_origin, strlen(line_origin), err) &&
           buf_add(p->config->out, "\n", 1, err);
}

/* Writes a record as a new line. What comes before it must have been written. */
static bool write_record(struct patch *p, const struct rr *rr, struct err *err)
{
    bool generic;
    size_t room = LINE_FIXED + rdata_text_bound(rr->rdlength);
    char *from = buf_reserve(p->config->out, room, err);
    if (from == NULL)
        return false;
    char *at = line_put(&p->line, from, rr, &generic);
    if (generic && !p->origin_written && line_moves_origin(rr)) {
        if (!write_origin(p, err) || (from = buf_reserve(p->config->out, room, err)) == NULL)
            return false;
        at = line_put(&p->line, from, rr, &generic);
    }
    sum_line(&p->changed_sum, from, (size_t)(at - from));
    if (rr->type == TYPE_RRSIG)
        expiry_add_record(&p->expiry, rr);
    *at++ = '\n';
    buf_commit(p->config->out, at);
    return true;
}

/* Writes the next add, in front of the line at `from` in the window. */
static bool write_add(struct patch *p, size_t from, struct err *err)
{
    p->added++;
    return copy_up_to(p, from, err) && write_record(p, &p->adds.rr, err) &&
           next_change(p, &p->adds, err);
}

/* ---- The old file -------------------------------------------------------------------------- */

/* Makes room after the line that has begun, and reads on. */
static bool refill(struct patch *p, struct err *err)
{
    size_t kept = p->end - p->at, got = 0;
    if (!copy_up_to(p, p->at, err))
        return false;
    memmove(p->window, p->window + p->at, kept);
    p->at = p->copied = 0;
    p->end = kept;
    if (kept > p->capacity / 2) {
        char *larger =
            p->capacity < WINDOW_MOST ? realloc(p->window, 2 * p->capacity + COPY_BLOCK) : NULL;
        if (larger == NULL)
            return p->capacity < WINDOW_MOST
                       ? err_set(err, ERR_MEMORY, "out of memory")
                       : refuse(p, "is longer than any that zxfr writes", err);
        p->window = larger;
        p->capacity *= 2;
    }
    if (!p->config->read(p->config->context, p->window + kept, p->capacity - kept, &got, err))
        return false;
    p->end += got;
    p->last = got == 0;
    return true;
}

/* Finds the next line. The window does not move until the next call. */
static bool next_line(struct patch *p, struct old_line *old, struct err *err)
{
    size_t seen = 0; /* of the line */
    p->lines++;
    for (;;) {
        size_t from = p->at + seen;
        const char *end = p->end > from ? memchr(p->window + from, '\n', p->end - from) : NULL;
        if (end != NULL) {
            old->text = p->window + p->at;
            old->length = (size_t)(end - old->text);
            p->at += old->length + 1;
            return true;
        }
        if (p->last)
            return err_set(err, ERR_OLD_FILE, "it does not end with an end line");
        seen = p->end - p->at;
        if (!refill(p, err))
            return false;
    }
}

/* Reads an owner that is not like most, and makes its key. */
static bool read_odd_owner(struct patch *p, const char *text, size_t length,
                           uint8_t key[NAMEKEY_ROOM], size_t *key_length, struct err *err)
{
    const struct patch_config *config = p->config;
    if (length >= NAME_TEXT_ROOM ||
        name_read(text, length, NULL, 0, p->owner, &p->owner_length) != NULL ||
        !name_within(p->owner, p->owner_length, p->apex, config->apex_length))
        return refuse(p, "has no owner within the zone", err);
    *key_length = namekey_make(key, p->owner, p->owner_length, config->apex_length);
    return true;
}

/* Takes an owner that is not spelt as that of the line before. *same_owner: it is that one, with
 * other capitals, which zxfr does not write. */
static bool enter_owner(struct patch *p, const char *text, size_t length, bool *same_owner,
                        struct err *err)
{
    uint8_t room[NAMEKEY_ROOM];
    const uint8_t *key = p->owners.key;
    struct position *position = &p->position;
    size_t key_length = namekey_follow(&p->owners, text, length);
    p->owner_length = 0;
    if (key_length == 0) {
        key = room;
        if (!read_odd_owner(p, text, length, room, &key_length, err))
            return false;
    }
    uint64_t chunk = namekey_chunk(key, key_length, 0);
    if (p->owner_text_length > 0 && chunk <= position->chunk) {
        int order = chunk < position->chunk
                        ? 1
                        : order_octets(position->key, position->key_length, key, key_length);
        if (order > 0)
            return refuse(p, "is not in canonical order", err);
        *same_owner = order == 0;
    }
    copy_blocks(position->key, key, key_length);
    position->key_length = key_length;
    position->chunk = chunk;
    copy_blocks(p->owner_text, text, length);
    p->owner_text_length = length;
    return true;
}

/* The wire form of the owner, which few lines need. */
static const uint8_t *owner_of(struct patch *p)
{
    if (p->owner_length == 0) /* it was taken, so it can be read */
        name_read(p->owner_text, p->owner_text_length, NULL, 0, p->owner, &p->owner_length);
    return p->owner;
}

/* Reads TTL and class, with the tabs around them, that are not those of the line before. */
static bool enter_middle(struct patch *p, const char *text, const char *end, struct err *err)
{
    const char *ttl = text + 1;
    const char *tab = memchr(ttl, '\t', (size_t)(end - ttl));
    const char *class = tab != NULL ? tab + 1 : end;
    size_t class_length = strlen(p->line.class);
    uint64_t value;
    if (tab == NULL || !codec_read_number(ttl, (size_t)(tab - ttl), UINT32_MAX, &value) ||
        (size_t)(end - class) <= class_length || memcmp(class, p->line.class, class_length) != 0 ||
        class[class_length] != '\t')
        return refuse(p, "is not a record with TTL and class as zxfr writes it", err);
    p->middle_length = (size_t)(class + class_length + 1 - text);
    if (p->middle_length > sizeof p->middle)
        return refuse(p, "has a TTL with too many digits", err);
    memcpy(p->middle, text, p->middle_length);
    p->ttl = (uint32_t)value;
    return true;
}

static bool enter_type(struct patch *p, const char *text, size_t length, struct err *err)
{
    uint16_t type;
    if (length >= TYPE_WORD || !types_recall(&p->types, text, length, &type))
        return refuse(p, "has an unknown type", err);
    memcpy(p->type_text, text, length);
    p->type_text_length = length;
    p->position.type = type;
    p->info = types_find(type, p->config->class);
    bool generic = length > 4 && memcmp(text, "TYPE", 4) == 0;
    p->moves_origin = generic && p->info != NULL && rdata_may_hold_name(p->info);
    p->is_plain = !p->moves_origin && type != TYPE_RRSIG;
    return true;
}

/* Whether a text begins with what was there before, and a tab. */
static bool begins_alike(const char *at, const char *end, const char *before, size_t length)
{
    return (size_t)(end - at) > length && at[length] == '\t' && copy_is_same(at, before, length);
}

/* Splits a line into its fields. *moved tells whether it begins another RRset. */
static bool split(struct patch *p, struct old_line *old, bool *moved, struct err *err)
{
    const char *at = old->text, *end = at + old->length, *tab;
    bool same_owner =
        p->owner_text_length > 0 && begins_alike(at, end, p->owner_text, p->owner_text_length);
    uint16_t before = p->position.type;
    tab = same_owner ? at + p->owner_text_length : memchr(at, '\t', old->length);
    if (tab == NULL)
        return refuse(p, "is not a record as zxfr writes it", err);
    if (!same_owner && !enter_owner(p, at, (size_t)(tab - at), &same_owner, err))
        return false;
    at = tab;
    if ((size_t)(end - at) < p->middle_length || p->middle_length == 0 ||
        !copy_is_same(at, p->middle, p->middle_length))
        if (!enter_middle(p, at, end, err))
            return false;
    at += p->middle_length;
    if (p->type_text_length == 0 || !begins_alike(at, end, p->type_text, p->type_text_length)) {
        tab = memchr(at, '\t', (size_t)(end - at));
        if (tab == NULL)
            return refuse(p, "has no type", err);
        if (!enter_type(p, at, (size_t)(tab - at), err))
            return false;
    }
    at += p->type_text_length;
    if (same_owner && p->position.type < before && before != TYPE_SOA)
        return refuse(p, "is not in canonical order", err);
    *moved = !same_owner || p->position.type != before;
    old->ttl = p->ttl;
    old->rdata = at + 1;
    old->rdata_length = (size_t)(end - old->rdata);
    return true;
}

/* Reads the RDATA of a line that was split, in canonical form. */
static bool parse(struct patch *p, const struct old_line *old, struct rr *rr, struct err *err)
{
    struct err ignored = {.kind = ERR_NONE};
    bool opaque;
    *rr = (struct rr){
        .owner = owner_of(p),
        .owner_length = p->owner_length,
        .rdata = p->rdata,
        .info = p->info,
        .ttl = old->ttl,
        .type = p->position.type,
        .class = p->config->class,
    };
    if (!rdata_parse_text(p->info, rr->type, old->rdata, old->rdata_length, NULL, 0, p->rdata,
                          &rr->rdlength, &opaque, &ignored)) {
        if (ignored.kind == ERR_MEMORY)
            *err = ignored;
        return refuse(p, "cannot be read", err);
    }
    if (opaque)
        rr->flags = RR_OPAQUE;
    return true;
}

/* ---- What becomes of a line ---------------------------------------------------------------- */

/* Of a signature that stays little is read, unless it looks unlike all others. */
static bool look_at_signature(struct patch *p, const struct old_line *old, struct err *err)
{
    struct rr rr;
    uint16_t covered;
    uint32_t until;
    if (expiry_read(old->rdata, old->rdata_length, &p->types, &covered, &until)) {
        const uint8_t *owner = owner_of(p);
        expiry_add(&p->expiry, owner, p->owner_length, covered, until);
        return true;
    }
    if (!parse(p, old, &rr, err))
        return false;
    expiry_add_record(&p->expiry, &rr);
    return true;
}

/* The $ORIGIN line of the old file was left out, because the record that it stood before may go; it
 * is written again before the first line that needs it. A function of its own, so that the way of
 * all other lines stays short. */
__attribute__((noinline)) static bool keep_special(struct patch *p, const struct old_line *old,
                                                   struct err *err)
{
    if (p->position.type == TYPE_RRSIG && !look_at_signature(p, old, err))
        return false;
    if (!p->origin_due || !p->moves_origin)
        return true;
    return copy_up_to(p, (size_t)(old->text - p->window), err) && write_origin(p, err);
}

/* Keeps a line of the old file. */
static bool keep_line(struct patch *p, const struct old_line *old, struct err *err)
{
    return p->is_plain || keep_special(p, old, err);
}

/* Where a change is, seen from the RRset that was reached: before it, in it, or beyond. */
static int place(const struct patch *p, const struct change *change)
{
    return change->ended ? 1 : compare_positions(&change->position, &p->position);
}

static bool is_here(const struct patch *p, const struct change *change)
{
    return place(p, change) == 0;
}

/* Begins an RRset of the old file: the adds before it are written. A delete before it is of a
 * record that is absent, as is what must be. */
static bool enter_set(struct patch *p, size_t from, struct err *err)
{
    int deletes = place(p, &p->deletes), adds;
    if (deletes < 0)
        return refuse_absent(&p->deletes.rr, err);
    while ((adds = place(p, &p->adds)) < 0)
        if (!write_add(p, from, err))
            return false;
    while (place(p, &p->absent) < 0)
        if (!next_change(p, &p->absent, err))
            return false;
    p->touched = deletes == 0 || adds == 0 || is_here(p, &p->absent);
    p->has_part = p->has_rdata_before = false;
    return true;
}

static bool refuse_present(const struct rr *rr, struct err *err)
{
    return refuse_change(rr, ERR_IXFR_ADD_PRESENT, "the changes add a record that is already there",
                         err);
}

/* Passes over what must be absent, and comes before a record of the RRset that was reached; that
 * itself must not be it. */
static bool pass_absent(struct patch *p, const struct rr *rr, struct err *err)
{
    struct change *absent = &p->absent;
    int order = -1;
    while (is_here(p, absent) &&
           (order = order_octets(absent->rdata, absent->rr.rdlength, rr->rdata, rr->rdlength)) < 0)
        if (!next_change(p, absent, err))
            return false;
    return order != 0 || refuse_present(&absent->rr, err);
}

/* Begins the RRset of a record, or its signatures over another type, unless the record before was
 * part of it. */
static bool enter_part(struct patch *p, const struct rr *rr, size_t from, struct err *err)
{
    uint16_t part = order_covered(rr);
    if (p->has_part && p->part == part)
        return true;
    while (is_here(p, &p->adds) && order_covered(&p->adds.rr) < part)
        if (!write_add(p, from, err))
            return false;
    p->has_part = true;
    p->part = part;
    p->has_new_ttl = is_here(p, &p->adds) && order_covered(&p->adds.rr) == part;
    p->new_ttl = p->adds.rr.ttl;
    return true;
}

/* Keeps a record of an RRset that changes; it gets the TTL of what is added to it. */
static bool keep_touched(struct patch *p, const struct old_line *old, struct rr *rr,
                         struct err *err)
{
    if (!p->has_new_ttl || p->new_ttl == rr->ttl)
        return keep_line(p, old, err);
    uint32_t before = rr->ttl;
    rr->ttl = p->new_ttl;
    return note_ttl(p, rr, "added to", before, err) && leave_out(p, old, err) &&
           write_record(p, rr, err);
}

/* Handles a line of an RRset that changes. */
static bool merge_line(struct patch *p, const struct old_line *old, struct err *err)
{
    struct rr rr;
    struct change *deletes = &p->deletes, *adds = &p->adds;
    size_t from = (size_t)(old->text - p->window);
    if (!parse(p, old, &rr, err))
        return false;
    if (p->has_rdata_before &&
        order_octets(p->rdata_before, p->rdata_before_length, rr.rdata, rr.rdlength) >= 0)
        return refuse(p, "is not in canonical order", err);
    if (!pass_absent(p, &rr, err) || !enter_part(p, &rr, from, err))
        return false;
    while (is_here(p, adds) &&
           order_octets(adds->rdata, adds->rr.rdlength, rr.rdata, rr.rdlength) < 0)
        if (!write_add(p, from, err))
            return false;
    int order = -1;
    if (is_here(p, deletes))
        order = order_octets(rr.rdata, rr.rdlength, deletes->rdata, deletes->rr.rdlength);
    if (order > 0)
        return refuse_absent(&deletes->rr, err);
    bool good = true;
    if (order == 0) {
        p->deleted++;
        good = (deletes->rr.ttl == rr.ttl || note_ttl(p, &deletes->rr, "deleted", rr.ttl, err)) &&
               leave_out(p, old, err) && next_change(p, deletes, err);
    } else if (is_here(p, adds) &&
               order_octets(adds->rdata, adds->rr.rdlength, rr.rdata, rr.rdlength) == 0) {
        return refuse_present(&adds->rr, err);
    } else {
        good = keep_touched(p, old, &rr, err);
    }
    uint8_t *before = p->rdata_before;
    p->rdata_before = p->rdata;
    p->rdata = before;
    p->rdata_before_length = rr.rdlength;
    p->has_rdata_before = true;
    return good;
}

/* Handles a line of the old file with a record other than the SOA. */
static bool handle_record(struct patch *p, struct old_line *old, struct err *err)
{
    bool moved;
    if (!split(p, old, &moved, err))
        return false;
    if (p->position.type == TYPE_SOA)
        return refuse(p, "is a second SOA", err);
    if (p->moves_origin && !p->old_origin)
        return refuse(p, "is not as zxfr writes it: no $ORIGIN before it", err);
    p->old_records++;
    if (!p->writes)
        return keep_line(p, old, err);
    if (moved && !enter_set(p, (size_t)(old->text - p->window), err))
        return false;
    return p->touched ? merge_line(p, old, err) : keep_line(p, old, err);
}

static bool handle_origin(struct patch *p, const struct old_line *old, struct err *err)
{
    if (p->old_origin)
        return refuse(p, "is a second $ORIGIN", err);
    p->old_origin = true;
    p->origin_due = p->writes && !p->origin_written;
    return !p->writes || leave_out(p, old, err);
}

/* ---- The first line and the last ----------------------------------------------------------- */

static bool replace_soa(struct patch *p, const struct old_line *old, const struct rr *rr,
                        struct err *err)
{
    const struct rr *old_soa = p->config->old_soa;
    make_canonical(&p->deletes, old_soa, p->config->apex_length);
    if (order_octets(rr->rdata, rr->rdlength, p->deletes.rdata, old_soa->rdlength) != 0)
        return refuse_change(rr, ERR_IXFR_DEL_ABSENT, "the changes begin with another SOA", err);
    if (old_soa->ttl != rr->ttl && !note_ttl(p, old_soa, "deleted", rr->ttl, err))
        return false;
    make_canonical(&p->adds, p->config->new_soa, p->config->apex_length);
    return leave_out(p, old, err) && write_record(p, &p->adds.rr, err) &&
           next_change(p, &p->deletes, err) && next_change(p, &p->adds, err) &&
           next_change(p, &p->absent, err);
}

static bool handle_soa(struct patch *p, struct err *err)
{
    struct old_line old;
    struct rr rr;
    bool moved;
    if (!next_line(p, &old, err))
        return false;
    if (old.length > 0 && old.text[old.length - 1] == '\r')
        return err_set(err, ERR_OLD_FILE, "its line ends were changed to CR LF");
    if (!split(p, &old, &moved, err) || p->position.key_length != 0 ||
        p->position.type != TYPE_SOA || !parse(p, &old, &rr, err) ||
        rr.rdlength < RDATA_SOA_NUMBERS) {
        if (err->kind != ERR_MEMORY)
            *err = (struct err){.kind = ERR_NONE};
        return err_set(err, ERR_OLD_FILE,
                       "it does not begin with the SOA of this zone, as sorted files do");
    }
    sum_line(&p->old_sum, old.text, old.length);
    p->old_serial = rdata_soa_serial(&rr);
    return !p->writes || replace_soa(p, &old, &rr, err);
}

/* Checks that nothing follows the end line. */
static bool ends_here(struct patch *p, struct err *err)
{
    while (p->at == p->end && !p->last)
        if (!refill(p, err))
            return false;
    return p->at == p->end || err_set(err, ERR_OLD_FILE, "something follows its end line");
}

static bool is_end(const struct old_line *old, struct endline *end)
{
    return old->length > 0 && *old->text == ';' && endline_read(end, old->text, old->length) &&
           end->kind != ENDLINE_INCOMPLETE;
}

static void tell_expiry(struct patch *p, struct endline *end)
{
    expiry_end(&p->expiry);
    end->has_expires = p->expiry.has_first;
    end->expires = p->expiry.first;
}

/* The end line must say what was read. When the signatures of the old zone expire is not known
 * where a new one was written. */
static bool check_end(struct patch *p, const struct old_line *old, const struct endline *end,
                      struct err *err)
{
    struct endline expected =
        endline_of(p->apex, p->config->class, p->old_serial, p->old_records + 1, &p->old_sum);
    if (!p->writes)
        tell_expiry(p, &expected);
    if (endline_matches(old->text, old->length, &expected))
        return ends_here(p, err);
    if (end->filtered)
        return err_set(err, ERR_OLD_FILE, "it was filtered, so it is not the whole zone");
    if (end->kind == ENDLINE_COMPLETE && end->sum[0] == '\0')
        return err_set(err, ERR_OLD_FILE, "its end line has no sum, so --sort did not write it");
    return err_set(err, ERR_OLD_FILE,
                   "its end line does not fit its lines: it was edited or damaged");
}

/* Writes what is left of the changes, and the new end line. */
static bool finish(struct patch *p, const struct old_line *old, struct err *err)
{
    char line[ENDLINE_ROOM];
    size_t from = (size_t)(old->text - p->window);
    if (!p->deletes.ended)
        return refuse_absent(&p->deletes.rr, err);
    while (!p->adds.ended)
        if (!write_add(p, from, err))
            return false;
    if (!copy_up_to(p, from, err))
        return false;
    sum_add(&p->changed_sum, &p->old_sum);
    struct endline end = endline_of(p->apex, p->config->class, rdata_soa_serial(p->config->new_soa),
                                    p->old_records + 1 + p->added - p->deleted, &p->changed_sum);
    tell_expiry(p, &end);
    return buf_add(p->config->out, line, endline_write(line, &end), err);
}

static bool is_origin(const struct old_line *old)
{
    return old->length > 0 && *old->text == '$' && old->length == strlen(line_origin) &&
           memcmp(old->text, line_origin, old->length) == 0;
}

static bool patch_lines(struct patch *p, struct err *err)
{
    struct old_line old;
    struct endline end = {.kind = ENDLINE_NONE};
    if (!handle_soa(p, err))
        return false;
    for (;;) {
        if (!next_line(p, &old, err))
            return false;
        if (is_end(&old, &end))
            break;
        sum_line(&p->old_sum, old.text, old.length);
        if (!(is_origin(&old) ? handle_origin(p, &old, err) : handle_record(p, &old, err)))
            return false;
    }
    /* Looking past the end line may move the window, so the new one is written first. */
    if (p->writes && !finish(p, &old, err))
        return false;
    p->copied = p->at;
    return check_end(p, &old, &end, err);
}

/* ---- All of it ----------------------------------------------------------------------------- */

enum { RDATA_ROOMS = 5 };

bool patch_run(const struct patch_config *config, struct patch_facts *facts, struct err *err)
{
    struct patch *p = calloc(1, sizeof *p);
    uint8_t *rdata = malloc((size_t)RDATA_ROOMS * RDATA_SCRATCH);
    char *window = malloc(WINDOW + COPY_BLOCK);
    bool good = false;
    if (p == NULL || rdata == NULL || window == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        free(window);
    } else {
        p->config = config;
        memcpy(p->apex, config->apex, config->apex_length);
        name_lower(p->apex, config->apex_length);
        namekey_begin(&p->owners, p->apex, config->apex_length);
        p->writes = config->new_soa != NULL;
        p->window = window;
        p->capacity = WINDOW;
        p->rdata = rdata;
        p->rdata_before = rdata + RDATA_SCRATCH;
        p->deletes = (struct change){
            .source = config->deletes, .op = RR_DELETE, .rdata = rdata + (size_t)2 * RDATA_SCRATCH};
        p->adds = (struct change){
            .source = config->adds, .op = RR_ADD, .rdata = rdata + (size_t)3 * RDATA_SCRATCH};
        p->absent = (struct change){
            .source = config->absent, .op = RR_ADD, .rdata = rdata + (size_t)4 * RDATA_SCRATCH};
        line_init(&p->line, config->class);
        good = patch_lines(p, err);
        *facts = (struct patch_facts){
            .serial = p->old_serial,
            .old_records = p->old_records + 1,
            .records = p->old_records + 1 + p->added - p->deleted,
        };
        free(p->window);
    }
    free(rdata);
    free(p);
    return good;
}
