#include "zone/pair.h"

#include "base/cursor.h"
#include "base/sum.h"
#include "dns/endline.h"
#include "dns/line.h"
#include "dns/rdata.h"
#include "dns/soa.h"
#include "dns/types.h"
#include "zone/zonefile.h"

#include <stdlib.h>
#include <string.h>

enum {
    WINDOW = 256 * 1024,
    WINDOW_MOST = 8 << 20, /* no line that zxfr writes is longer */
};

struct side {
    struct source source;
    struct pair *pair;
    struct pair_input input;

    char *window;
    size_t capacity, at, end;
    bool last; /* nothing comes after `end` */

    struct source *records; /* parses the lines that it is fed */
    const char *rest;       /* of a line that was fed in part */
    size_t rest_length;
    unsigned lines_fed; /* for the record that is being read */
    bool ended;         /* the end line was read, and is right */

    struct sum sum; /* of the lines that were not passed over in both */
    uint64_t count; /* how many records these hold */

    bool has_first; /* the SOA is still to be given */
    struct soa soa;
};

struct pair {
    struct side sides[2];
    struct sum sum; /* of the lines that both have */
    uint64_t count;
    struct notes notes; /* not shown: what is parsed here differs, and is told anyway */
};

/* ---- Lines --------------------------------------------------------------------------------- */

static bool refuse(const struct side *side, const char *what, struct err *err)
{
    return err_set(err, ERR_ZONE_FILE, "%.300s: %s", side->input.name, what);
}

/* Reads on. What is left in the window moves to its front. */
static bool refill(struct side *side, struct err *err)
{
    size_t kept = side->end - side->at, got = 0;
    memmove(side->window, side->window + side->at, kept);
    side->at = 0;
    side->end = kept;
    if (kept > side->capacity / 2) {
        if (side->capacity >= WINDOW_MOST)
            return refuse(side, "has a line that is longer than any that zxfr writes", err);
        char *larger = realloc(side->window, 2 * side->capacity);
        if (larger == NULL)
            return err_set(err, ERR_MEMORY, "out of memory");
        side->window = larger;
        side->capacity *= 2;
    }
    if (!side->input.read(side->input.context, side->window + kept, side->capacity - kept, &got,
                          err))
        return false;
    side->end += got;
    side->last = got == 0;
    return true;
}

/* Makes sure that a whole line is in the window, from `at` on, and sets *length, without its line
 * feed. At the end of the file *found is false. */
static bool fetch_line(struct side *side, size_t *length, bool *found, struct err *err)
{
    size_t seen = 0;
    for (;;) {
        const char *from = side->window + side->at;
        size_t there = side->end - side->at;
        const char *end = there > seen ? memchr(from + seen, '\n', there - seen) : NULL;
        *found = end != NULL;
        if (*found) {
            *length = (size_t)(end - from);
            return true;
        }
        if (side->last)
            return true;
        seen = there;
        if (!refill(side, err))
            return false;
    }
}

/* In these files every record begins with its owner. */
static bool begins_record(char first)
{
    return first > ' ' && first != ';' && first != '$' && first != '(' && first != ')' &&
           first != '"';
}

static bool is_origin_line(const char *line, size_t length)
{
    return length == strlen(line_origin) && memcmp(line, line_origin, length) == 0;
}

/* The last line must say what was read. */
static bool check_end(struct side *side, const char *line, size_t length, struct err *err)
{
    struct sum sum = side->sum;
    sum_add(&sum, &side->pair->sum);
    const struct endline expected =
        endline_of(side->soa.owner, side->soa.rr.class, rdata_soa_serial(&side->soa.rr),
                   side->count + side->pair->count, &sum);
    side->at += length + 1;
    bool more = side->at < side->end;
    if (!more && !side->last && !refill(side, err))
        return false;
    if (!endline_matches(line, length, &expected) || side->at < side->end)
        return err_set(err, ERR_END_LINE, "%.300s: does not hold what its end line says",
                       side->input.name);
    side->ended = true;
    return true;
}

/* Finds the line of the next record; *length is 0 at the end. */
static bool next_record_line(struct side *side, const char **line, size_t *length, struct err *err)
{
    bool found;
    for (;;) {
        if (!fetch_line(side, length, &found, err))
            return false;
        if (!found)
            return refuse(side, "does not end with an end line", err);
        *line = side->window + side->at;
        if (*length > 0 && begins_record(**line))
            break;
        if (!is_origin_line(*line, *length)) {
            char copy[ENDLINE_ROOM];
            if (*length > sizeof copy || *length == 0 || **line != ';')
                return refuse(side, "has a line that zxfr does not write", err);
            memcpy(copy, *line, *length); /* the window may move */
            size_t end = *length;
            *length = 0;
            return check_end(side, copy, end, err);
        }
        sum_line(&side->sum, *line, *length);
        side->at += *length + 1;
    }
    sum_line(&side->sum, *line, *length);
    side->count++;
    side->at += *length + 1;
    return true;
}

/* Feeds the parser one line a call, or as much of it as there is room for. */
static bool feed_line(void *context, void *to, size_t room, size_t *got, struct err *err)
{
    struct side *side = context;
    if (side->rest_length == 0) {
        size_t length = 0;
        if (!side->ended && !next_record_line(side, &side->rest, &length, err))
            return false;
        side->lines_fed += length > 0;
        side->rest_length = length > 0 ? length + 1 : 0;
    }
    *got = side->rest_length < room ? side->rest_length : room;
    if (*got > 0)
        memcpy(to, side->rest, *got);
    side->rest += *got;
    side->rest_length -= *got;
    return true;
}

/* ---- The sources --------------------------------------------------------------------------- */

static enum source_event side_next(struct source *source, struct rr *rr, enum rr_op *op,
                                   struct err *err)
{
    struct side *side = (struct side *)source;
    *op = RR_ADD;
    if (side->has_first) {
        side->has_first = false;
        *rr = side->soa.rr;
        return SOURCE_RR;
    }
    side->lines_fed = 0;
    enum source_event event = side->records->next(side->records, rr, op, err);
    if (event != SOURCE_RR || side->lines_fed == 1)
        return event;
    refuse(side, "has a record that is not one line", err);
    return SOURCE_FAIL;
}

static void side_free(struct source *source)
{
    (void)source; /* it belongs to the pair */
}

/* The first record must be the SOA, and is kept. */
static bool read_soa(struct side *side, struct err *err)
{
    struct rr rr;
    enum rr_op op;
    side->has_first = false;
    if (side_next(&side->source, &rr, &op, err) != SOURCE_RR)
        return err->kind != ERR_NONE ? false : refuse(side, "holds no record", err);
    if (rr.type != TYPE_SOA || !soa_keep(&side->soa, &rr))
        return refuse(side, "does not begin with a SOA", err);
    side->has_first = true;
    return true;
}

static bool open_side(struct pair *pair, struct side *side, const struct pair_input *input,
                      struct err *err)
{
    struct zonefile_input lines = {.read = feed_line, .context = side, .name = input->name};
    struct zonefile_config config = {.notes = &pair->notes};
    *side = (struct side){.source = {.next = side_next, .free = side_free},
                          .pair = pair,
                          .input = *input,
                          .window = malloc(WINDOW),
                          .capacity = WINDOW};
    if (side->window == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    side->records = zonefile_open(&config, &lines, err);
    return side->records != NULL && read_soa(side, err);
}

struct pair *pair_open(const struct pair_input inputs[2], struct err *err)
{
    struct pair *pair = calloc(1, sizeof *pair);
    if (pair == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    const struct rr *a = &pair->sides[0].soa.rr, *b = &pair->sides[1].soa.rr;
    bool good = open_side(pair, &pair->sides[0], &inputs[0], err) &&
                open_side(pair, &pair->sides[1], &inputs[1], err);
    if (good &&
        (a->class != b->class || !name_equal(a->owner, a->owner_length, b->owner, b->owner_length)))
        good = err_set(err, ERR_ZONES_DIFFER, "two different zones");
    if (good)
        return pair;
    pair_free(pair);
    return NULL;
}

void pair_free(struct pair *pair)
{
    for (int i = 0; i < 2; i++) {
        if (pair->sides[i].records != NULL)
            pair->sides[i].records->free(pair->sides[i].records);
        free(pair->sides[i].window);
    }
    free(pair);
}

struct pair_facts pair_facts(const struct pair *pair, int side)
{
    const struct side *s = &pair->sides[side];
    return (struct pair_facts){
        .zone = {.apex = s->soa.owner,
                 .apex_length = s->soa.rr.owner_length,
                 .class = s->soa.rr.class,
                 .serial = rdata_soa_serial(&s->soa.rr)},
        .soa = s->soa.rr,
        .records = s->count + pair->count,
    };
}

struct source *pair_source(struct pair *pair, int side)
{
    return &pair->sides[side].source;
}

/* ---- What is the same ---------------------------------------------------------------------- */

/* Reads until n octets are in the window. *has is false where the file ends before. */
static bool has_octets(struct side *side, size_t n, bool *has, struct err *err)
{
    while (side->end - side->at < n && !side->last)
        if (!refill(side, err))
            return false;
    *has = side->end - side->at >= n;
    return true;
}

bool pair_skip(void *context, struct err *err)
{
    struct pair *pair = context;
    struct side *a = &pair->sides[0], *b = &pair->sides[1];
    size_t length = 0;
    bool found, has;
    if (a->has_first || b->has_first)
        return true;
    for (;;) {
        if (!fetch_line(a, &length, &found, err))
            return false;
        if (!found || !has_octets(b, length + 1, &has, err))
            return !found;
        const char *line = a->window + a->at;
        if (!has || memcmp(line, b->window + b->at, length + 1) != 0)
            return true;
        bool is_record = length > 0 && begins_record(*line);
        if (!is_record && !is_origin_line(line, length))
            return true; /* an end line, or a line that next_record_line refuses */
        sum_line(&pair->sum, line, length);
        pair->count += is_record;
        a->at += length + 1;
        b->at += length + 1;
    }
}
