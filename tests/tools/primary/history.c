#include "history.h"

#include <stdlib.h>
#include <string.h>

enum { TYPE_A = 1, TYPE_SOA = 6 };

static void *must(void *p)
{
    if (!p) {
        abort(); /* out of memory */
    }
    return p;
}

void records_insert(struct records *r, size_t at, struct record record)
{
    if (!(r->count & (r->count - 1))) { /* full at each power of two */
        r->list = must(realloc(r->list, (r->count ? 2 * r->count : 1) * sizeof *r->list));
    }
    memmove(r->list + at + 1, r->list + at, (r->count - at) * sizeof *r->list);
    r->list[at] = record;
    r->count++;
}

void records_remove(struct records *r, size_t at)
{
    r->count--;
    memmove(r->list + at, r->list + at + 1, (r->count - at) * sizeof *r->list);
}

static void append(struct records *r, struct record record)
{
    records_insert(r, r->count, record);
}

uint32_t history_serial(const struct record *soa)
{
    const uint8_t *p = soa->rdata + soa->length - 20;

    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

struct record history_soa(const struct record *soa, uint32_t serial)
{
    struct record r = *soa;

    r.rdata = memcpy(must(malloc(r.length)), soa->rdata, r.length);
    for (size_t i = 0; i < 4; i++) {
        r.rdata[r.length - 20 + i] = (uint8_t)(serial >> (24 - 8 * i));
    }
    return r;
}

/* ---------------------------------------------------------------- the changes */

static size_t name_length(const uint8_t *name)
{
    size_t at = 0;

    while (name[at]) {
        at += 1u + name[at];
    }
    return at + 1;
}

static uint8_t lower(uint8_t octet)
{
    return octet >= 'A' && octet <= 'Z' ? octet | 0x20 : octet;
}

/* Any order will do in which equal records meet. */
static int compare(const void *a, const void *b)
{
    const struct record *x = a, *y = b;
    size_t length = name_length(x->owner), other = name_length(y->owner);

    for (size_t i = 0; i < length && i < other; i++) {
        if (lower(x->owner[i]) != lower(y->owner[i])) {
            return lower(x->owner[i]) - lower(y->owner[i]);
        }
    }
    if (x->type != y->type) {
        return x->type < y->type ? -1 : 1;
    }
    if (x->length != y->length) {
        return x->length < y->length ? -1 : 1;
    }
    if (x->length && memcmp(x->rdata, y->rdata, x->length)) {
        return memcmp(x->rdata, y->rdata, x->length);
    }
    return x->ttl < y->ttl ? -1 : x->ttl > y->ttl;
}

/* The records of a version without its SOA, in order. */
static struct records sorted(const struct records *version)
{
    struct records r = {NULL, version->count - 2};

    r.list = must(malloc(version->count * sizeof *r.list));
    memcpy(r.list, version->list + 1, r.count * sizeof *r.list);
    qsort(r.list, r.count, sizeof *r.list, compare);
    return r;
}

/* The records of one sorted list that the other has not. */
static void append_missing(struct records *plan, const struct records *of, const struct records *in)
{
    size_t j = 0;

    for (size_t i = 0; i < of->count; i++) {
        while (j < in->count && compare(&in->list[j], &of->list[i]) < 0) {
            j++;
        }
        if (j == in->count || compare(&in->list[j], &of->list[i])) {
            append(plan, of->list[i]);
        }
    }
}

static void append_step(struct records *plan, const struct records *from, const struct records *to)
{
    struct records old = sorted(from), new = sorted(to);

    append(plan, from->list[0]);
    append_missing(plan, &old, &new);
    append(plan, to->list[0]);
    append_missing(plan, &new, &old);
    free(old.list);
    free(new.list);
}

void history_answer(const struct records *versions, size_t count, uint32_t since,
                    enum history_mode mode, struct records *plan)
{
    const struct records *newest = &versions[count - 1];
    uint32_t distance = history_serial(&newest->list[0]) - since; /* RFC 1982 */
    size_t from = 0;

    append(plan, newest->list[0]);
    if (!distance || distance >= 0x80000000u) {
        return;
    }
    while (from + 1 < count && history_serial(&versions[from].list[0]) != since) {
        from++;
    }
    if (mode == HISTORY_ZONE || from + 1 == count) {
        for (size_t i = 1; i < newest->count; i++) {
            append(plan, newest->list[i]);
        }
        return;
    }
    if (mode == HISTORY_CONDENSED) {
        append_step(plan, &versions[from], newest);
    } else {
        for (; from + 1 < count; from++) {
            append_step(plan, &versions[from], &versions[from + 1]);
        }
    }
    append(plan, newest->list[0]);
}

/* ---------------------------------------------------------------- what is wrong with them */

/* Where the n-th SOA record of the plan is, the first is 0; or the plan's end. */
static size_t find_soa(const struct records *plan, size_t n)
{
    size_t at = 0;

    while (at < plan->count && (plan->list[at].type != TYPE_SOA || n--)) {
        at++;
    }
    return at;
}

static size_t count_soas(const struct records *plan)
{
    size_t n = 0;

    while (find_soa(plan, n) < plan->count) {
        n++;
    }
    return n;
}

static void set_serial(struct records *plan, size_t n, uint32_t serial)
{
    struct record *soa = &plan->list[find_soa(plan, n)];

    *soa = history_soa(soa, serial);
}

/* Another refresh time. */
static void change_soa(struct records *plan, size_t n)
{
    struct record *soa = &plan->list[find_soa(plan, n)];

    *soa = history_soa(soa, history_serial(soa));
    soa->rdata[soa->length - 13] ^= 1;
}

/* An address of absent.ZONE. */
static struct record absent(const struct records *plan)
{
    struct record r = {.type = TYPE_A, .class = plan->list[0].class, .ttl = 3600, .length = 4};
    size_t length = name_length(plan->list[0].owner);

    r.owner = must(malloc(7 + length));
    memcpy(r.owner, "\6absent", 7);
    memcpy(r.owner + 7, plan->list[0].owner, length);
    r.rdata = memcpy(must(malloc(4)), "\300\0\2\1", 4);
    return r;
}

static bool holds(const struct records *plan, const struct record *r)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (!compare(&plan->list[i], r)) {
            return true;
        }
    }
    return false;
}

/* An answer that is to be broken. */
struct patient {
    struct records *plan;
    const struct records *newest; /* the version */
    uint32_t since;
    size_t soas;
    size_t turn, first_delete, first_add; /* of the first step */
};

static const char *do_base(const struct patient *p)
{
    set_serial(p->plan, 1, p->since + 1);
    return NULL;
}

static const char *do_gap(const struct patient *p)
{
    set_serial(p->plan, 3, history_serial(&p->plan->list[p->turn]) + 1);
    return NULL;
}

static const char *do_back(const struct patient *p)
{
    set_serial(p->plan, 2, p->since - 1);
    return NULL;
}

static const char *do_stay(const struct patient *p)
{
    set_serial(p->plan, 2, p->since);
    return NULL;
}

static const char *do_past(const struct patient *p)
{
    set_serial(p->plan, 2, history_serial(&p->plan->list[0]) + 1);
    return NULL;
}

static const char *do_skip(const struct patient *p)
{
    for (size_t at = find_soa(p->plan, p->soas - 3); at + 1 < p->plan->count;) {
        records_remove(p->plan, at);
    }
    return NULL;
}

static const char *do_link(const struct patient *p)
{
    change_soa(p->plan, 3);
    return NULL;
}

static const char *do_newest(const struct patient *p)
{
    change_soa(p->plan, p->soas - 2);
    return NULL;
}

static const char *do_delabsent(const struct patient *p)
{
    records_insert(p->plan, p->turn, absent(p->plan));
    return NULL;
}

static const char *do_deltwice(const struct patient *p)
{
    if (p->first_delete == p->turn) {
        return "the first step deletes nothing";
    }
    records_insert(p->plan, p->first_delete, p->plan->list[p->first_delete]);
    return NULL;
}

/* What the newest version has and no step touches, the old one has too. */
static const char *do_addpresent(const struct patient *p)
{
    for (size_t i = 1; i < p->newest->count; i++) {
        if (!holds(p->plan, &p->newest->list[i])) {
            records_insert(p->plan, p->first_add, p->newest->list[i]);
            return NULL;
        }
    }
    return "the changes touch every record";
}

static const char *do_addtwice(const struct patient *p)
{
    if (p->plan->list[p->first_add].type == TYPE_SOA) {
        return "the first step adds nothing";
    }
    records_insert(p->plan, p->first_add, p->plan->list[p->first_add]);
    return NULL;
}

static const char *do_ttl(const struct patient *p)
{
    if (p->first_delete == p->turn) {
        return "the first step deletes nothing";
    }
    p->plan->list[p->first_delete].ttl++;
    return NULL;
}

static const char *do_lone(const struct patient *p)
{
    p->plan->count = 1;
    return NULL;
}

static const char *only_soa(const struct patient *p, uint32_t serial)
{
    p->plan->count = 1;
    set_serial(p->plan, 0, serial);
    return NULL;
}

static const char *do_uptodate(const struct patient *p)
{
    return only_soa(p, p->since);
}

static const char *do_older(const struct patient *p)
{
    return only_soa(p, p->since - 1);
}

static const char *do_undefined(const struct patient *p)
{
    return only_soa(p, p->since + 0x80000000u);
}

static const char *do_empty(const struct patient *p)
{
    p->plan->count = 0;
    return NULL;
}

/* A step has two SOA records, and there are those at the beginning and at the end. */
static const struct fault {
    size_t steps; /* at least */
    const char *(*act)(const struct patient *);
} faults[] = {
    [HISTORY_BASE] = {1, do_base},
    [HISTORY_GAP] = {2, do_gap},
    [HISTORY_BACK] = {1, do_back},
    [HISTORY_STAY] = {1, do_stay},
    [HISTORY_PAST] = {1, do_past},
    [HISTORY_SKIP] = {2, do_skip},
    [HISTORY_LINK] = {2, do_link},
    [HISTORY_NEWEST] = {1, do_newest},
    [HISTORY_DELABSENT] = {1, do_delabsent},
    [HISTORY_DELTWICE] = {1, do_deltwice},
    [HISTORY_ADDPRESENT] = {1, do_addpresent},
    [HISTORY_ADDTWICE] = {1, do_addtwice},
    [HISTORY_TTL] = {1, do_ttl},
    [HISTORY_LONE] = {0, do_lone},
    [HISTORY_UPTODATE] = {0, do_uptodate},
    [HISTORY_OLDER] = {0, do_older},
    [HISTORY_UNDEFINED] = {0, do_undefined},
    [HISTORY_EMPTY] = {0, do_empty},
};

const char *history_break(struct records *plan, enum history_fault fault, uint32_t since,
                          const struct records *newest)
{
    struct patient p = {.plan = plan, .newest = newest, .since = since};

    p.soas = count_soas(plan);
    if (p.soas < 2 + 2 * faults[fault].steps && faults[fault].steps) {
        return faults[fault].steps == 1 ? "there are no changes" : "there is only one step";
    }
    if (faults[fault].steps) {
        p.turn = find_soa(plan, 2);
        p.first_delete = find_soa(plan, 1) + 1;
        p.first_add = p.turn + 1;
    }
    return faults[fault].act(&p);
}
