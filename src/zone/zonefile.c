/* The files of the reader, and what a record means in its context. */
#include "zone/zonefile.h"

#include "zone/zonefile_state.h"

#include "base/cursor.h"
#include "base/foreign.h"
#include "dns/doubt.h"
#include "dns/types.h"
#include "dns/rdata.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct zonefile_level *current_level(const struct zonefile *z)
{
    return z->levels[z->depth - 1];
}

/* ---- Places and notes ---------------------------------------------------------------------- */

const char *zonefile_place(const struct zonefile *z, const char *at, char place[ZONEFILE_PLACE])
{
    const struct zonefile_level *level = current_level(z);
    unsigned long line = level->line;
    unsigned long column = 1;
    if (at != NULL && at >= level->entry && at <= level->lexer.end) {
        const char *begin = level->entry;
        for (const char *p = level->entry; p < at; p++)
            if (*p == '\n') {
                line++;
                begin = p + 1;
            }
        column = (unsigned long)(at - begin) + 1;
    }
    snprintf(place, ZONEFILE_PLACE, "%.250s:%lu:%lu", level->input.name, line, column);
    return place;
}

const char *zonefile_note_place(const struct zonefile *z, const char *at,
                                char place[ZONEFILE_PLACE])
{
    enum { MOST = 120 };
    place[0] = '\0';
    if (z->config.notes->strict) /* then it is an error, which gets its place where these do */
        return place;
    zonefile_place(z, at, place);
    strcat(place, ": ");
    size_t length = strlen(place);
    return length > MOST ? place + length - MOST : place;
}

/* The words about odd records are put together in functions of their own: their buffers have room
 * for the longest name, which the path of every record must not pay for. */
COLD bool zonefile_note(struct zonefile *z, const struct rr *rr, enum err_kind kind,
                        const char *field, const char *what, struct err *err)
{
    struct name_string owner;
    char type[16], place[ZONEFILE_PLACE];
    if (z->config.notes->counts[kind] > 0 && !z->config.notes->strict) {
        notes_count(z->config.notes, kind);
        return true;
    }
    *types_text(type, rr->type, 0) = '\0';
    return notes_add(z->config.notes, err, kind, "%s%.100s %s%s%s %s",
                     zonefile_note_place(z, z->blame, place), name_string(&owner, rr->owner), type,
                     field != NULL ? " " : "", field != NULL ? field : "", what);
}

COLD static bool refuse_record(const struct rr *rr, const char *what, struct err *err)
{
    struct name_string owner;
    char type[16];
    *types_text(type, rr->type, 0) = '\0';
    return err_set(err, ERR_ZONE_FILE, "%.255s %s %s", name_string(&owner, rr->owner), type, what);
}

/* Puts the place before the text of an error. */
COLD static bool prefix_place(const struct zonefile *z, const char *at, struct err *err)
{
    char place[ZONEFILE_PLACE];
    return err_prefix(err, "%s: ", zonefile_place(z, at, place));
}

/* ---- Files --------------------------------------------------------------------------------- */

static void close_input(const struct zonefile_input *input)
{
    if (input->close != NULL)
        input->close(input->context);
}

static bool push_level(struct zonefile *z, const struct zonefile_input *input, struct err *err)
{
    struct zonefile_level *level = calloc(1, sizeof *level);
    char *window = malloc(ZONEFILE_WINDOW); /* of which only what was read counts */
    if (level == NULL || window == NULL) {
        free(level);
        free(window);
        close_input(input);
        return err_set(err, ERR_MEMORY, "out of memory");
    }
    window[0] = '\0';
    level->input = *input;
    level->window = window;
    level->capacity = ZONEFILE_WINDOW;
    level->line = 1;
    lexer_init(&level->lexer, window, 0, false);
    level->entry = window;
    z->levels[z->depth++] = level;
    return true;
}

/* Closes the current file, and restores what the file that included it knew of names. */
static void pop_level(struct zonefile *z)
{
    struct zonefile_level *level = current_level(z);
    z->depth--;
    z->names = level->saved;
    z->owner_text_length = 0;
    z->owner_moved = true;
    z->spelling.high = z->depth > 0 && current_level(z)->high;
    close_input(&level->input);
    free(level->window);
    free(level);
}

static bool same_file(const struct zonefile_input *a, const struct zonefile_input *b)
{
    if ((a->identity[0] | a->identity[1]) == 0 || (b->identity[0] | b->identity[1]) == 0)
        return strcmp(a->name, b->name) == 0;
    return a->identity[0] == b->identity[0] && a->identity[1] == b->identity[1];
}

void zonefile_keep_told(struct zonefile *z, const uint8_t *origin, uint8_t length)
{
    static const uint8_t moved[] = "\7invalid";
    if (z->facts.apex != NULL || name_equal(origin, length, moved, sizeof moved))
        return;
    memcpy(z->told, origin, length);
    z->told_length = length;
}

bool zonefile_include(struct zonefile *z, const char *path, const uint8_t *origin,
                      uint8_t origin_length, struct err *err)
{
    char quoted[LEXER_QUOTE_ROOM];
    struct zonefile_input input = {.name = NULL};
    lexer_quote(quoted, path, strlen(path));
    if (z->config.no_include)
        return err_set(err, ERR_INCLUDE, "%s: files are not included (--no-include)", quoted);
    if (z->config.open == NULL)
        return err_set(err, ERR_INCLUDE, "%s: no file can be included here", quoted);
    if (z->depth == ZONEFILE_LEVELS)
        return err_set(err, ERR_INCLUDE, "%s: files are included more than %d deep", quoted,
                       ZONEFILE_LEVELS - 1);
    if (z->includes == ZONEFILE_INCLUDES)
        return err_set(err, ERR_INCLUDE, "%s: more than %d files are included", quoted,
                       ZONEFILE_INCLUDES);
    z->includes++;
    if (!z->config.open(z->config.context, path, current_level(z)->input.name, &input, err))
        return false;
    for (unsigned i = 0; i < z->depth; i++)
        if (same_file(&z->levels[i]->input, &input)) {
            close_input(&input);
            return err_set(err, ERR_INCLUDE, "%s: the file includes itself", quoted);
        }
    if (!push_level(z, &input, err))
        return false;
    current_level(z)->saved = z->names;
    memcpy(z->names.origin, origin, origin_length);
    z->names.origin_length = origin_length;
    zonefile_keep_told(z, origin, origin_length);
    z->owner_text_length = 0;
    return true;
}

/* Makes room after what is not read yet. */
static bool make_room(struct zonefile_level *level, size_t kept, struct err *err)
{
    char *window = level->window;
    if (kept <= level->capacity / 2) {
        memmove(window, level->entry, kept);
    } else {
        if (level->capacity >= ZONEFILE_ENTRY_MAX)
            return err_set(err, ERR_SYNTAX, "an entry of more than %d MiB",
                           ZONEFILE_ENTRY_MAX >> 20);
        window = malloc(level->capacity * 2);
        if (window == NULL)
            return err_set(err, ERR_MEMORY, "out of memory");
        memcpy(window, level->entry, kept);
        free(level->window);
        level->window = window;
        level->capacity *= 2;
    }
    level->entry = window;
    return true;
}

/* Looks at the first octets of a file, which are in the window. */
static bool begin_text(struct zonefile_level *level, struct err *err)
{
    struct lexer *lexer = &level->lexer;
    size_t length = (size_t)(lexer->end - level->window);
    const char *says = foreign_zone_says(level->window, length);
    level->begun = true;
    if (says != NULL)
        return err_set(err, ERR_FOREIGN, "%.250s: %s", level->input.name, says);
    level->entry = lexer->at = level->window + foreign_mark(level->window, length);
    return true;
}

/* Reads on after an entry that did not end in the window. At least as much again is read, so that
 * an entry that comes in small pieces is not begun anew for each of them. */
bool zonefile_refill(struct zonefile *z, struct err *err)
{
    struct zonefile_level *level = current_level(z);
    size_t kept = (size_t)(level->lexer.end - level->entry), length = kept, got = 1;
    size_t least = level->begun ? 2 * kept : FOREIGN_HEAD;
    bool good = make_room(level, kept, err);
    while (good && got > 0 && (length == kept || length < least)) {
        good = level->input.read(level->input.context, level->window + length,
                                 level->capacity - length, &got, err);
        length += good ? got : 0;
    }
    if (!good) {
        lexer_init(&level->lexer, level->window, 0, true);
        level->entry = level->window;
        return prefix_place(z, NULL, err);
    }
    lexer_init(&level->lexer, level->window, length, got == 0);
    level->high = level->high || spelling_is_high(level->window + kept, length - kept);
    z->spelling.high = level->high;
    return level->begun || begin_text(level, err);
}

/* ---- Entries ------------------------------------------------------------------------------- */

bool zonefile_keep_end(struct zonefile *z, const char *line, size_t length)
{
    struct endline end;
    if (!endline_read(&end, line, length))
        return false;
    if (z->depth > 1 && end.kind != ENDLINE_INCOMPLETE)
        return false; /* of another file; but a zone that includes a part of one lacks the rest */
    if (z->end.kind != ENDLINE_INCOMPLETE || end.kind == ENDLINE_INCOMPLETE)
        z->end = end;
    z->facts.records_before_end = z->facts.records;
    return true;
}

/* In a comment after a record an end line is damaged. */
static void keep_misplaced_end(struct zonefile *z, const char *comment, size_t length)
{
    if (z->end.kind != ENDLINE_INCOMPLETE && endline_begins(comment, length))
        z->end = (struct endline){.kind = ENDLINE_DAMAGED};
}

/* The lines of an entry, which has so many line ends, for the caller's sum. */
static void pass_lines(struct zonefile *z, const char *from, const char *to, unsigned lines)
{
    if (lines == 1 && from < to && to[-1] == '\n') { /* nearly always: that is where it ends */
        z->config.line(z->config.context, from, (size_t)(to - 1 - from));
        return;
    }
    while (from < to) {
        const char *end = memchr(from, '\n', (size_t)(to - from));
        z->config.line(z->config.context, from, (size_t)((end != NULL ? end : to) - from));
        from = end != NULL ? end + 1 : to;
    }
}

/* Reads the next entry of the current file. */
static enum zonefile_step next_entry(struct zonefile *z, struct rr *rr, struct err *err)
{
    struct zonefile_level *level = current_level(z);
    struct lexer *lexer = &level->lexer;
    for (;;) {
        level->line += level->lines;
        level->lines = 0;
        level->entry = lexer->at;
        lexer->lines = 0;
        zonefile_begin_entry(z);
        enum zonefile_step step = ZONEFILE_FAILED;
        if (lexer->at < lexer->end)
            step = zonefile_entry(z, rr, err);
        else if (lexer->last)
            return ZONEFILE_NOTHING; /* the end of the file */
        else
            lexer->starved = true;
        if (step != ZONEFILE_FAILED) {
            level->lines = lexer->lines;
            if (lexer->comment != NULL && step == ZONEFILE_RECORD && level == z->levels[0])
                keep_misplaced_end(z, lexer->comment, (size_t)(lexer->at - lexer->comment));
            lexer->comment = NULL;
            if (z->config.line != NULL && level == z->levels[0])
                pass_lines(z, level->entry, lexer->at, level->lines);
            return step;
        }
        if (!lexer->starved) {
            z->in_entry = true;
            prefix_place(z, lexer_place(lexer), err);
            return step;
        }
        if (!zonefile_refill(z, err))
            return step;
    }
}

/* Reads entries up to a record; ZONEFILE_NOTHING is the end of the last file. */
static enum zonefile_step next_record(struct zonefile *z, struct rr *rr, struct err *err)
{
    while (z->depth > 0) {
        if (z->generate.active)
            return zonefile_generate_next(z, rr, err) ? ZONEFILE_RECORD : ZONEFILE_FAILED;
        enum zonefile_step step = next_entry(z, rr, err);
        if (step == ZONEFILE_RECORD || step == ZONEFILE_FAILED)
            return step;
        const struct lexer *lexer = &current_level(z)->lexer;
        if (step != ZONEFILE_OPENED && lexer->last && lexer->at == lexer->end &&
            !z->generate.active) {
            if (z->depth == 1)
                return ZONEFILE_NOTHING; /* the first file stays, to name places */
            pop_level(z);
        }
    }
    return ZONEFILE_NOTHING;
}

/* ---- The zone ------------------------------------------------------------------------------ */

/* Whether it is known from elsewhere which zone is wanted, so that the file may hold others. */
static bool is_wanted_known(const struct zonefile *z)
{
    return z->config.origin != NULL && !z->config.origin_guessed;
}

bool zonefile_is_other(const struct zonefile *z, const struct rr *rr)
{
    const struct zonefile_config *config = &z->config;
    return is_wanted_known(z) &&
           (z->other.here ||
            (rr->owner != NULL &&
             !name_within(rr->owner, rr->owner_length, config->origin, config->origin_length)));
}

static bool is_apex(const struct zonefile *z, const struct rr *rr)
{
    return name_equal(rr->owner, rr->owner_length, z->apex, z->facts.apex_length);
}

/* The zone that a file is of, by its first record; *length is 0 if nothing tells. */
static const uint8_t *find_apex(const struct zonefile *z, const struct rr *rr, uint8_t *length)
{
    static const uint8_t root[1] = {0}; /* that was wanted, if no SOA tells */
    if (!is_wanted_known(z) && rr->type == TYPE_SOA) {
        *length = rr->owner_length;
        return rr->owner;
    }
    if (!is_wanted_known(z) && z->told_length > 0) {
        *length = z->told_length;
        return z->told;
    }
    *length = z->config.origin_length;
    return z->config.origin != NULL ? z->config.origin : root;
}

/* The first record settles what the zone is. */
static bool settle_zone(struct zonefile *z, const struct rr *rr, struct err *err)
{
    uint8_t length;
    const uint8_t *apex = find_apex(z, rr, &length);
    if (length == 0) {
        refuse_record(rr, "comes before any SOA and $ORIGIN, which would name the zone", err);
        err->kind = ERR_NO_ORIGIN;
        return false;
    }
    memcpy(z->apex, apex, length);
    z->facts.apex = z->apex;
    z->facts.apex_length = length;
    z->spelling.zone = z->apex;
    z->spelling.zone_length = length;
    return true;
}

/* The records that follow are of another zone. */
COLD static void begin_other(struct zonefile *z, const struct rr *rr)
{
    struct zonefile_other *other = &z->other;
    other->here = true;
    other->below = name_within(rr->owner, rr->owner_length, z->apex, z->facts.apex_length);
    memcpy(other->apex, rr->owner, rr->owner_length);
    other->length = rr->owner_length;
    z->facts.other = other->apex;
}

/* Leaves a record out that belongs to another zone. What stands among the records of a part of the
 * zone, and is none of these, would be lost by a SOA that does not belong there. */
COLD static bool leave_out_other(struct zonefile *z, const struct rr *rr, struct err *err)
{
    struct zonefile_other *other = &z->other;
    bool inside = name_within(rr->owner, rr->owner_length, z->apex, z->facts.apex_length);
    z->owner_moved = true;
    if (inside && other->below &&
        !name_within(rr->owner, rr->owner_length, other->apex, other->length)) {
        struct name_string apex;
        char what[320];
        snprintf(what, sizeof what, "comes after the SOA of %.255s, which begins another zone",
                 name_string(&apex, other->apex));
        return refuse_record(rr, what, err);
    }
    other->lost |= inside && !other->below;
    return zonefile_note(z, rr, ERR_OUT_OF_ZONE, NULL,
                         "is of another zone; such records are left out", err);
}

/* Checks a SOA: it is the zone's or, a second time, the one that ends a transfer (*again). */
static bool accept_soa(struct zonefile *z, const struct rr *rr, bool *again, struct err *err)
{
    *again = z->facts.has_soa;
    if (!is_apex(z, rr))
        return refuse_record(rr,
                             "is not at the apex of the zone; where a file holds several zones, "
                             "--origin chooses one",
                             err);
    if (*again) {
        if (!soa_equal(rr, &z->soa.rr))
            return refuse_record(rr, "differs from the SOA that came before", err);
        z->facts.soa_last = z->owner_moved = true;
        z->again_line = z->levels[0]->line;
        return true;
    }
    soa_keep(&z->soa, rr);
    z->soa_line = z->levels[0]->line;
    z->facts.has_soa = true;
    z->facts.soa_first = z->facts.records == 0;
    z->facts.serial = rdata_soa_serial(rr);
    return true;
}

COLD static bool note_ttl(struct zonefile *z, const struct rr *rr, struct err *err)
{
    char words[64];
    snprintf(words, sizeof words, "has TTL %lu, above 2^31 - 1", (unsigned long)rr->ttl);
    return zonefile_note(z, rr, ERR_TTL_HIGHBIT, NULL, words, err);
}

/* What comes behind the second SOA. That happens where a transfer broke off and was tried again, or
 * where a tool has sorted the lines. */
COLD static bool go_on(struct zonefile *z, struct err *err)
{
    if (!z->goes_on)
        snprintf(z->why, sizeof z->why,
                 "the SOA of line %lu again at line %lu, and more behind it: a transfer that was "
                 "tried again? sorted by a tool?",
                 z->soa_line, z->again_line);
    if (!z->config.incomplete_good)
        return err_set(err, ERR_INCOMPLETE, "%s", z->why);
    z->goes_on = true;
    z->facts.soa_last = false;
    return true;
}

/* Whether a SOA of another zone than was asked for is meant as one; its owner may only lack its
 * dot. */
COLD static bool is_meant(const struct zonefile *z, const struct rr *rr, struct err *err)
{
    struct name_string name;
    return !spelling_is_twice(rr->owner, rr->owner_length, z->apex, z->facts.apex_length) ||
           err_set(err, ERR_DOT_MISSING, "the owner of the SOA becomes %.255s",
                   name_string(&name, rr->owner));
}

/* Judges a SOA, and what comes where the zone is not plain. Sets *left_out to whether the caller
 * does not get it. */
COLD static bool accept_special(struct zonefile *z, const struct rr *rr, bool *left_out,
                                struct err *err)
{
    bool is_soa = rr->type == TYPE_SOA;
    if (z->facts.apex == NULL && !settle_zone(z, rr, err))
        return false;
    if (is_soa && is_wanted_known(z)) {
        z->other.here = false;
        if (!is_apex(z, rr) && !is_meant(z, rr, err))
            return false;
        if (!is_apex(z, rr))
            begin_other(z, rr);
    }
    z->plain = false;
    *left_out = z->other.here;
    if (z->other.here)
        return leave_out_other(z, rr, err);
    if ((z->facts.soa_last && !go_on(z, err)) || (is_soa && !accept_soa(z, rr, left_out, err)))
        return false;
    if (z->facts.class == 0 &&
        name_within(rr->owner, rr->owner_length, z->apex, z->facts.apex_length))
        z->facts.class = rr->class;
    z->plain = z->facts.class != 0 && !z->facts.soa_last;
    return true;
}

COLD static bool note_twice(struct zonefile *z, const struct rr *rr, struct err *err)
{
    struct name_string name;
    char words[200];
    if (z->spelling.twice_length == rr->owner_length &&
        memcmp(z->spelling.twice, rr->owner, rr->owner_length) == 0)
        snprintf(words, sizeof words, "has an owner with the zone in it twice; is a dot missing?");
    else
        snprintf(words, sizeof words,
                 "has the name %.100s, with the zone in it twice; is a dot missing?",
                 name_string(&name, z->spelling.twice));
    return zonefile_note(z, rr, ERR_NAME_TWICE, NULL, words, err);
}

COLD static bool note_doubt(struct zonefile *z, const struct rr *rr, const struct doubt *doubt,
                            struct err *err)
{
    char words[DOUBT_TEXT];
    return zonefile_note(z, rr, doubt->kind, NULL, doubt_text(words, doubt), err);
}

static bool note_rdata(struct zonefile *z, const struct rr *rr, struct err *err)
{
    struct doubt doubt;
    if (z->report.why != NULL)
        return zonefile_note(z, rr, ERR_RDATA, z->report.field, z->report.why, err);
    return !doubt_find(rr, &doubt) || note_doubt(z, rr, &doubt, err);
}

/* Notes what is odd about a record that is given. */
static bool note_oddities(struct zonefile *z, const struct rr *rr, struct err *err)
{
    if (z->report.odd && !note_rdata(z, rr, err))
        return false;
    if (rr->ttl > INT32_MAX && !note_ttl(z, rr, err))
        return false;
    if (z->spelling.twice_length > 0 && !note_twice(z, rr, err))
        return false;
    return !z->spelling.raw ||
           zonefile_note(z, rr, ERR_NAME_RAW, NULL,
                         "has octets above 127 in a name; a name with other letters than those of "
                         "ASCII is written as xn--... (IDNA)",
                         err);
}

/* Notes what is odd about a record that is given, alone and beside its neighbour. */
static bool note_record(struct zonefile *z, const struct rr *rr, struct err *err)
{
    if (!notes_want(z->config.notes, rr->type)) {
        z->untold = z->untold || (rr->flags & RR_SAME_OWNER) == 0;
        return true;
    }
    if (!note_oddities(z, rr, err))
        return false;
    bool same_owner = (rr->flags & RR_SAME_OWNER) != 0 && !z->untold;
    z->untold = false;
    return !z->config.check_neighbours ||
           neighbour_check(&z->neighbour, rr, same_owner, z->config.notes, err);
}

/* Checks a record in its context. Sets *given to whether the caller gets it. */
static bool accept_record(struct zonefile *z, struct rr *rr, bool *given, struct err *err)
{
    *given = false;
    if (!z->plain || rr->type == TYPE_SOA) {
        bool left_out = false;
        if (!accept_special(z, rr, &left_out, err))
            return false;
        if (left_out)
            return true;
    }
    if ((rr->flags & RR_SAME_OWNER) == 0 &&
        !name_within(rr->owner, rr->owner_length, z->apex, z->facts.apex_length))
        z->owner_outside = true;
    else if ((rr->flags & RR_SAME_OWNER) == 0)
        z->owner_outside = false;
    if (z->owner_outside)
        return zonefile_note(z, rr, ERR_OUT_OF_ZONE, NULL,
                             "is outside the zone; such records are left out", err);
    if (!note_record(z, rr, err))
        return false;
    z->facts.records++;
    *given = true;
    return true;
}

static bool end_file(const struct zonefile *z, struct err *err)
{
    const char *name = current_level(z)->input.name, *line = z->dump.line;
    struct name_string apex;
    if (z->facts.apex == NULL)
        return err_set(err, ERR_ZONE_FILE, "%.250s: holds no record%s%s", name,
                       *line != '\0' ? ", but the line " : "", line);
    if (z->other.lost && !z->facts.has_soa)
        return err_set(err, ERR_ZONE_FILE, "%.250s: has no SOA of the zone %.255s, but of others",
                       name, name_string(&apex, z->apex));
    return true;
}

static enum source_event zonefile_next(struct source *source, struct rr *rr, enum rr_op *op,
                                       struct err *err)
{
    struct zonefile *z = (struct zonefile *)source;
    *op = RR_ADD;
    for (;;) {
        bool given;
        switch (next_record(z, rr, err)) {
        case ZONEFILE_RECORD:
            if (!accept_record(z, rr, &given, err)) {
                prefix_place(z, z->blame, err);
                return SOURCE_FAIL;
            }
            if (given)
                return SOURCE_RR;
            break;
        case ZONEFILE_NOTHING:
            z->hopeless = true;
            return end_file(z, err) && neighbour_end(&z->neighbour, z->config.notes, err)
                       ? SOURCE_END
                       : SOURCE_FAIL;
        case ZONEFILE_FAILED:
        case ZONEFILE_OPENED:
        default:
            return SOURCE_FAIL;
        }
    }
}

static void zonefile_free(struct source *source)
{
    struct zonefile *z = (struct zonefile *)source;
    while (z->depth > 0)
        pop_level(z);
    free(z);
}

struct source *zonefile_open(const struct zonefile_config *config,
                             const struct zonefile_input *file, struct err *err)
{
    struct zonefile *z = malloc(sizeof *z);
    if (z == NULL) {
        close_input(file);
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    memset(z, 0, offsetof(struct zonefile, scratch));
    z->source = (struct source){.next = zonefile_next, .free = zonefile_free};
    z->config = *config;
    z->facts.class = config->class;
    if (config->origin != NULL) {
        memcpy(z->names.origin, config->origin, config->origin_length);
        z->names.origin_length = config->origin_length;
    }
    /* Under the root names are absolute without their dot, and the SOA tells the zone. */
    if (config->origin_length == 1)
        z->config.origin = NULL;
    z->spelling.zone = z->config.origin;
    z->spelling.zone_length = z->config.origin != NULL ? config->origin_length : 0;
    if (!push_level(z, file, err)) {
        free(z);
        return NULL;
    }
    return &z->source;
}

struct zonefile_facts zonefile_facts(const struct source *source)
{
    return ((const struct zonefile *)(const void *)source)->facts;
}

const char *zonefile_broken(struct source *source)
{
    struct zonefile *z = (struct zonefile *)source;
    if (z->goes_on)
        return z->why;
    return zonefile_dump_whole(z, z->why) ? NULL : z->why;
}

struct endline zonefile_end_line(const struct source *source)
{
    return ((const struct zonefile *)(const void *)source)->end;
}
