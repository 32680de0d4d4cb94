/* The files of the reader, and what a record means in its context. */
#include "zone/zonefile.h"

#include "zone/zonefile_state.h"

#include "base/cursor.h"
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

/* The words about odd records are put together in functions of their own: their buffers have room
 * for the longest name, which the path of every record must not pay for. */
COLD bool zonefile_note(struct zonefile *z, const struct rr *rr, enum err_kind kind,
                        const char *field, const char *what, struct err *err)
{
    struct name_string owner;
    char type[16], place[ZONEFILE_PLACE];
    if (z->config.notes->kinds[kind].count > 0 && !z->config.notes->strict) {
        notes_count(z->config.notes, kind);
        return true;
    }
    *types_text(type, rr->type, 0) = '\0';
    zonefile_place(z, z->blame, place);
    /* Under strict this is an error, which gets its place where errors are passed on. */
    return notes_add(z->config.notes, err, kind, "%.120s%s%.100s %s%s%s %s",
                     z->config.notes->strict ? "" : place, z->config.notes->strict ? "" : ": ",
                     name_string(&owner, rr->owner), type, field != NULL ? " " : "",
                     field != NULL ? field : "", what);
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
    char *window = calloc(1, ZONEFILE_WINDOW);
    if (level == NULL || window == NULL) {
        free(level);
        free(window);
        close_input(input);
        return err_set(err, ERR_MEMORY, "out of memory");
    }
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

bool zonefile_include(struct zonefile *z, const char *path, const uint8_t *origin,
                      uint8_t origin_length, struct err *err)
{
    char quoted[LEXER_QUOTE_ROOM];
    struct zonefile_input input = {.name = NULL};
    lexer_quote(quoted, path, strlen(path));
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

/* Reads on after an entry that did not end in the window. At least as much again is read, so that
 * an entry that comes in small pieces is not begun anew for each of them. */
static bool refill(struct zonefile *z, struct err *err)
{
    struct zonefile_level *level = current_level(z);
    size_t kept = (size_t)(level->lexer.end - level->entry), length = kept, got = 1;
    bool good = make_room(level, kept, err);
    while (good && got > 0 && (length == kept || length < 2 * kept)) {
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
    return true;
}

/* ---- Entries ------------------------------------------------------------------------------- */

bool zonefile_keep_end(struct zonefile *z, const char *line, size_t length)
{
    struct endline end;
    if (!endline_read(&end, line, length))
        return false;
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

/* The lines of an entry, for the caller's sum. */
static void pass_lines(struct zonefile *z, const char *from, const char *to)
{
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
                pass_lines(z, level->entry, lexer->at);
            return step;
        }
        if (!lexer->starved) {
            prefix_place(z, lexer->token, err);
            return step;
        }
        if (!refill(z, err))
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

/* The first record settles what the zone is. */
static bool settle_zone(struct zonefile *z, const struct rr *rr, struct err *err)
{
    const uint8_t *apex = z->config.origin;
    uint8_t length = z->config.origin_length;
    if (rr->type == TYPE_SOA) {
        if (apex != NULL && !name_equal(apex, length, rr->owner, rr->owner_length)) {
            struct name_string zone;
            char what[320];
            snprintf(what, sizeof what, "is not of the zone %.255s", name_string(&zone, apex));
            return refuse_record(rr, what, err);
        }
        apex = rr->owner;
        length = rr->owner_length;
    } else if (apex == NULL) {
        apex = z->names.origin;
        length = z->names.origin_length;
    }
    if (length == 0) {
        refuse_record(rr, "comes before any SOA and $ORIGIN, which would name the zone", err);
        err->kind = ERR_NO_ORIGIN;
        return false;
    }
    memcpy(z->apex, apex, length);
    z->facts.apex = z->apex;
    z->facts.apex_length = length;
    z->facts.class = rr->class;
    return true;
}

/* Checks a SOA: it is the zone's or, a second time, the one that ends a transfer (*again). */
static bool accept_soa(struct zonefile *z, const struct rr *rr, bool *again, struct err *err)
{
    *again = z->facts.has_soa;
    if (!name_equal(rr->owner, rr->owner_length, z->apex, z->facts.apex_length))
        return refuse_record(rr, "is not at the apex of the zone", err);
    if (*again) {
        if (!soa_equal(rr, &z->soa.rr))
            return refuse_record(rr, "differs from the SOA that came before", err);
        z->facts.soa_last = true;
        return true;
    }
    soa_keep(&z->soa, rr);
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

/* Checks a record in its context. Sets *given to whether the caller gets it. */
static bool accept_record(struct zonefile *z, struct rr *rr, bool *given, struct err *err)
{
    bool again = false;
    *given = false;
    if (z->facts.apex == NULL && !settle_zone(z, rr, err))
        return false;
    if (z->facts.soa_last)
        return refuse_record(rr, "comes after the second SOA, which ends the zone", err);
    if (rr->type == TYPE_SOA && !accept_soa(z, rr, &again, err))
        return false;
    if (again)
        return true;
    if (rr->ttl > INT32_MAX && !note_ttl(z, rr, err))
        return false;
    if ((rr->flags & RR_SAME_OWNER) == 0 &&
        !name_within(rr->owner, rr->owner_length, z->apex, z->facts.apex_length))
        z->owner_outside = true;
    else if ((rr->flags & RR_SAME_OWNER) == 0)
        z->owner_outside = false;
    if (z->owner_outside)
        return zonefile_note(z, rr, ERR_OUT_OF_ZONE, NULL,
                             "is outside the zone; such records are left out", err);
    if (z->config.check_neighbours &&
        !neighbour_check(&z->neighbour, rr, (rr->flags & RR_SAME_OWNER) != 0, z->config.notes, err))
        return false;
    z->facts.records++;
    *given = true;
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
            if (z->facts.apex == NULL) {
                err_set(err, ERR_ZONE_FILE, "%.250s: holds no record",
                        current_level(z)->input.name);
                return SOURCE_FAIL;
            }
            return neighbour_end(&z->neighbour, z->config.notes, err) ? SOURCE_END : SOURCE_FAIL;
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

struct endline zonefile_end_line(const struct source *source)
{
    return ((const struct zonefile *)(const void *)source)->end;
}
