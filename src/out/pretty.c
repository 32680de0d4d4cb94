#include "out/pretty.h"

#include "base/codec.h"
#include "dns/types.h"

#include <stdlib.h>
#include <string.h>

enum {
    WIDTH = 80, /* where it is not given */
    WIDTH_LEAST = 40,
    OWNER_LEAST = 16, /* columns for owners */
    OWNER_MOST = 48,
    OWNER_STEP = 8, /* a longer owner moves the columns of its records by so much */
    TTL_WIDTH = 8,
    TYPE_WIDTH = 11,
    INDENT_LEAST = 8,
    FOLDED_LEAST = 44, /* characters that a line has for what is folded */
    CLOSE_ROOM = 2,    /* " )" */
    NUMBER_WIDTH = 11  /* of a SOA */
};

static const char owner_color[] = "\033[1m", type_color[] = "\033[36m", comment_color[] = "\033[2m",
                  no_color[] = "\033[0m";

void pretty_init(struct pretty *pretty, const struct writer_style *style, struct buf *out,
                 struct line *line)
{
    *pretty = (struct pretty){.style = style, .out = out, .line = line};
}

void pretty_fini(struct pretty *pretty)
{
    free(pretty->text);
}

static size_t width_of(const struct pretty *pretty)
{
    size_t width = pretty->style->width > 0 ? pretty->style->width : WIDTH;
    return width > WIDTH_LEAST ? width : WIDTH_LEAST;
}

static size_t least_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* ---- Pieces -------------------------------------------------------------------------------- */

static bool put(struct pretty *pretty, const char *text, size_t n, struct err *err)
{
    pretty->at += n;
    return buf_add(pretty->out, text, n, err);
}

static bool put_chars(struct pretty *pretty, const char *text, struct err *err)
{
    return put(pretty, text, strlen(text), err);
}

/* Blanks up to a column, at least one. */
static bool pad_to(struct pretty *pretty, size_t column, struct err *err)
{
    size_t n = pretty->at < column ? column - pretty->at : 1;
    char *to = buf_reserve(pretty->out, n, err);
    if (to == NULL)
        return false;
    memset(to, ' ', n);
    buf_commit(pretty->out, to + n);
    pretty->at += n;
    return true;
}

static bool new_line(struct pretty *pretty, size_t indent, struct err *err)
{
    if (!put(pretty, "\n", 1, err))
        return false;
    pretty->at = 0;
    return pad_to(pretty, indent, err);
}

static bool put_color(const struct writer_style *style, struct buf *out, const char *color,
                      struct err *err)
{
    return !style->color || buf_add(out, color, strlen(color), err);
}

static bool put_colored(struct pretty *pretty, const char *color, const char *text, size_t n,
                        struct err *err)
{
    return put_color(pretty->style, pretty->out, color, err) && put(pretty, text, n, err) &&
           put_color(pretty->style, pretty->out, no_color, err);
}

bool pretty_comment_begin(const struct writer_style *style, struct buf *out, struct err *err)
{
    return put_color(style, out, comment_color, err);
}

bool pretty_comment_end(const struct writer_style *style, struct buf *out, struct err *err)
{
    return put_color(style, out, no_color, err);
}

/* ---- The columns before the RDATA ---------------------------------------------------------- */

/* Owners have two fifths of the line. One that is longer moves the columns of all its records, so
 * that they stand one below the other, as long as the line has room for them. */
static size_t ttl_column_for(const struct pretty *pretty, size_t owner_length)
{
    size_t width = width_of(pretty), column = width * 2 / 5 / OWNER_STEP * OWNER_STEP;
    column = column < OWNER_LEAST ? OWNER_LEAST : least_of(column, OWNER_MOST);
    size_t moved = column;
    while (moved < owner_length + 1)
        moved += OWNER_STEP;
    return moved + TTL_WIDTH + TYPE_WIDTH <= width ? moved : column;
}

static bool put_owner(struct pretty *pretty, struct err *err)
{
    char text[LINE_FIXED];
    size_t n = (size_t)(line_owner(pretty->line, text) - text);
    pretty->ttl_column = ttl_column_for(pretty, n);
    return put_colored(pretty, owner_color, text, n, err);
}

static bool put_head(struct pretty *pretty, const struct rr *rr, bool generic, bool has_owner,
                     struct err *err)
{
    const struct writer_style *style = pretty->style;
    char text[64];
    pretty->at = 0;
    /* A line that begins with a blank has the owner of the line before. */
    if ((has_owner && !put_owner(pretty, err)) || !pad_to(pretty, pretty->ttl_column, err))
        return false;
    size_t n = (size_t)(codec_u32(text, rr->ttl) - text), column = pretty->at;
    if (!style->no_ttl && (!put(pretty, text, n, err) || !pad_to(pretty, column + TTL_WIDTH, err)))
        return false;
    if (!style->no_class &&
        (!put_chars(pretty, pretty->line->class, err) || !put(pretty, " ", 1, err)))
        return false;
    n = (size_t)(line_type(text, rr, generic) - text);
    column = pretty->at;
    return put_colored(pretty, type_color, text, n, err) &&
           pad_to(pretty, column + TYPE_WIDTH, err);
}

/* ---- RDATA --------------------------------------------------------------------------------- */

/* The end of the word that begins there: a blank within quotes does not end it. */
static const char *word_end(const char *at, const char *end)
{
    bool quoted = false;
    for (; at < end && (quoted || *at != ' '); at++) {
        if (*at == '\\' && at + 1 < end)
            at++;
        else if (*at == '"')
            quoted = !quoted;
    }
    return at;
}

static size_t count_words(const char *at, const char *end)
{
    size_t words = 0;
    for (; at < end; at = word_end(at, end) + 1)
        words++;
    return words;
}

/* Whether the last of so many words may be divided anywhere: it is the last field of the schema,
 * and no field is without a word. */
static bool last_spreads(const struct rr *rr, bool generic, size_t words)
{
    enum { GENERIC_WORDS = 3 }; /* \# LENGTH HEX */
    if (generic)
        return words == GENERIC_WORDS;
    size_t fields = 0;
    while (rr->info->fields[fields].name != NULL)
        fields++;
    return fields > 0 && words == fields && kinds[rr->info->fields[fields - 1].kind].spreads;
}

/* Text that is folded: after "(" lines begin at the indent. */
struct fold {
    struct pretty *pretty;
    size_t indent;
    bool opened;
    bool has_word; /* this line has one, or more */
};

/* To be called where the RDATA begins. What is folded does so there, or left of it, to have room.
 */
static struct fold begin_fold(struct pretty *pretty)
{
    size_t width = width_of(pretty), most = width < WIDTH ? INDENT_LEAST : width - FOLDED_LEAST;
    return (struct fold){.pretty = pretty, .indent = least_of(most, pretty->at)};
}

/* How many characters the line has room for. */
static size_t room_in(const struct fold *fold)
{
    size_t used = fold->pretty->at + fold->has_word + CLOSE_ROOM, width = width_of(fold->pretty);
    return used < width ? width - used : 0;
}

static bool break_line(struct fold *fold, struct err *err)
{
    const char *open = fold->opened ? "" : fold->has_word ? " (" : "(";
    fold->opened = true;
    fold->has_word = false;
    return put_chars(fold->pretty, open, err) && new_line(fold->pretty, fold->indent, err);
}

static bool put_word(struct fold *fold, const char *text, size_t n, struct err *err)
{
    bool good = !fold->has_word || put(fold->pretty, " ", 1, err);
    fold->has_word = true;
    return good && put(fold->pretty, text, n, err);
}

/* A word that is longer than a line is left whole. */
static bool fold_word(struct fold *fold, const char *text, size_t n, struct err *err)
{
    bool may_break = fold->has_word || !fold->opened;
    if (n > room_in(fold) && may_break && !break_line(fold, err))
        return false;
    return put_word(fold, text, n, err);
}

/* Lines of whole groups: four characters of base64 are three octets. */
static bool fold_spread(struct fold *fold, const char *text, size_t n, struct err *err)
{
    enum { GROUP = 4 };
    while (n > 0) {
        size_t room = room_in(fold);
        if (n > room && (fold->has_word || !fold->opened)) {
            if (!break_line(fold, err))
                return false;
            continue;
        }
        size_t part = n <= room ? n : room / GROUP * GROUP;
        if (!put_word(fold, text, part, err))
            return false;
        text += part;
        n -= part;
    }
    return true;
}

static bool put_folded(struct pretty *pretty, const char *at, const char *end, bool spreads,
                       struct err *err)
{
    struct fold fold = begin_fold(pretty);
    while (at < end) {
        const char *stop = word_end(at, end);
        size_t n = (size_t)(stop - at);
        bool good =
            spreads && stop == end ? fold_spread(&fold, at, n, err) : fold_word(&fold, at, n, err);
        if (!good)
            return false;
        at = stop + 1;
    }
    return !fold.opened || put_chars(pretty, " )", err);
}

/* ---- The SOA ------------------------------------------------------------------------------- */

/* A time in the two largest units that it has: "1h 30m". */
static char *put_duration(char *at, uint32_t seconds)
{
    static const struct {
        uint32_t seconds;
        char unit;
    } units[] = {{604800, 'w'}, {86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
    int shown = 0;
    for (size_t i = 0; i < sizeof units / sizeof *units && shown < 2; i++) {
        if (seconds < units[i].seconds)
            continue;
        if (shown++ > 0)
            *at++ = ' ';
        at = codec_u32(at, seconds / units[i].seconds);
        *at++ = units[i].unit;
        seconds %= units[i].seconds;
    }
    if (shown == 0)
        at = strcpy(at, "0s") + 2;
    return at;
}

/* "; refresh (2h)" */
static bool put_meaning(struct pretty *pretty, const char *name, bool is_time, uint32_t number,
                        struct err *err)
{
    char text[64], *at = text;
    if (is_time) {
        at = put_duration(strcpy(at, " (") + 2, number);
        *at++ = ')';
    }
    return pretty_comment_begin(pretty->style, pretty->out, err) && put_chars(pretty, "; ", err) &&
           put_chars(pretty, name, err) && put(pretty, text, (size_t)(at - text), err) &&
           pretty_comment_end(pretty->style, pretty->out, err);
}

/* The two names, then a line for each number with its meaning. */
static bool put_soa(struct pretty *pretty, const struct rr *rr, const char *at, const char *end,
                    struct err *err)
{
    struct fold fold = begin_fold(pretty);
    for (const struct field *field = rr->info->fields; field->name != NULL; field++) {
        const char *stop = word_end(at, end);
        size_t n = (size_t)(stop - at);
        bool is_name = kinds[field->kind].name_is == NAME_ALWAYS;
        if (is_name ? !fold_word(&fold, at, n, err)
                    : !break_line(&fold, err) || !put(pretty, at, n, err) ||
                          !pad_to(pretty, fold.indent + NUMBER_WIDTH, err) ||
                          !put_meaning(pretty, field->name, field->kind == KIND_TTL,
                                       (uint32_t)strtoul(at, NULL, 10), err))
            return false;
        at = stop + 1;
    }
    return new_line(pretty, fold.indent, err) && put(pretty, ")", 1, err);
}

/* ---- A record ------------------------------------------------------------------------------ */

static bool make_room(struct pretty *pretty, size_t room, struct err *err)
{
    if (room <= pretty->room)
        return true;
    char *text = realloc(pretty->text, room);
    if (text == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    pretty->text = text;
    pretty->room = room;
    return true;
}

static bool put_rdata(struct pretty *pretty, const struct rr *rr, bool generic, const char *end,
                      struct err *err)
{
    const char *text = pretty->text;
    size_t n = (size_t)(end - text), words = count_words(text, end);
    bool spreads = last_spreads(rr, generic, words), is_foldable = words > 1 || spreads;
    if (rr->type == TYPE_SOA && !generic)
        return put_soa(pretty, rr, text, end, err);
    if (pretty->at + n <= width_of(pretty) || !is_foldable)
        return put(pretty, text, n, err);
    return put_folded(pretty, text, end, spreads, err);
}

bool pretty_record(struct pretty *pretty, const struct rr *rr, bool generic, bool has_owner,
                   bool *misread, struct err *err)
{
    *misread = false;
    if (!make_room(pretty, rdata_text_bound(rr->rdlength) + 1, err))
        return false;
    char *end = generic ? rdata_text_generic(pretty->text, rr)
                        : rdata_text(pretty->text, rr, &pretty->line->rdata_style);
    *misread = end == NULL;
    if (*misread)
        return true;
    *end = '\0';
    return put_head(pretty, rr, generic, has_owner, err) &&
           put_rdata(pretty, rr, generic, end, err) && put(pretty, "\n", 1, err);
}
