/* Trust anchors as IANA publishes them (RFC 7958 section 2.1):
 *
 *   <TrustAnchor ...><Zone>.</Zone>
 *   <KeyDigest id="..." validFrom="2017-02-02T00:00:00+00:00" validUntil="...">
 *   <KeyTag>20326</KeyTag><Algorithm>8</Algorithm>
 *   <DigestType>2</DigestType><Digest>E06D...</Digest>
 *   </KeyDigest></TrustAnchor> */
#include "base/codec.h"
#include "dns/types.h"
#include "verify/anchor_own.h"

#include <stdio.h>
#include <string.h>

/* The elements whose text is looked at. */
enum part { ZONE, TAG, ALGORITHM, DIGEST_TYPE, DIGEST, PARTS };

static const char *const parts[PARTS] = {"Zone", "KeyTag", "Algorithm", "DigestType", "Digest"};

struct state {
    struct anchor_piece texts[PARTS];
    uint64_t from, until;
};

enum { RDATA_TEXT_ROOM = 512 };

static bool begins(const struct anchor_text *text, const char *mark)
{
    size_t length = strlen(mark);
    return (size_t)(text->end - text->at) >= length && memcmp(text->at, mark, length) == 0;
}

static void move(struct anchor_text *text, const char *to)
{
    for (; text->at < to; text->at++)
        text->line += *text->at == '\n';
}

/* Moves behind the next mark. */
static bool move_behind(struct anchor_text *text, const char *mark)
{
    size_t length = strlen(mark);
    const char *found = memmem(text->at, (size_t)(text->end - text->at), mark, length);
    if (found == NULL)
        return false;
    move(text, found + length);
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct anchor_piece trim(const char *from, const char *to)
{
    while (from < to && is_blank(*from))
        from++;
    while (to > from && is_blank(to[-1]))
        to--;
    return (struct anchor_piece){from, (size_t)(to - from)};
}

static bool is_named(const struct anchor_piece *tag, const char *name)
{
    size_t length = strlen(name);
    return tag->length >= length && memcmp(tag->at, name, length) == 0 &&
           (tag->length == length || is_blank(tag->at[length]) || tag->at[length] == '/');
}

/* Reads 2017-02-02T00:00:00+00:00, with Z or another distance from UTC. */
static bool read_time(const struct anchor_piece *text, uint64_t *seconds)
{
    static const char form[] = "dddd-dd-ddTdd:dd:dd";
    char digits[14], *at = digits;
    uint64_t hours, minutes;
    uint32_t time;
    size_t n = sizeof form - 1;
    if (text->length < n + 1)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (form[i] == 'd')
            *at++ = text->at[i];
        else if (form[i] != text->at[i])
            return false;
    }
    if (!codec_read_time(digits, sizeof digits, &time))
        return false;
    const char *zone = text->at + n;
    *seconds = time;
    if (zone[0] == 'Z')
        return text->length == n + 1;
    if (text->length != n + 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':' ||
        !codec_read_number(zone + 1, 2, 23, &hours) ||
        !codec_read_number(zone + 4, 2, 59, &minutes))
        return false;
    uint64_t distance = hours * 3600 + minutes * 60;
    *seconds = zone[0] == '+' ? *seconds - distance : *seconds + distance;
    return zone[0] == '-' || distance <= time;
}

/* The value of an attribute; none is 0. */
static bool read_limit(const struct anchor_piece *tag, const char *name, uint64_t *seconds)
{
    size_t length = strlen(name);
    *seconds = 0;
    for (const char *at = tag->at; (size_t)(tag->at + tag->length - at) > length + 2; at++) {
        if (!is_blank(at[0]) || memcmp(at + 1, name, length) != 0 || at[length + 1] != '=')
            continue;
        const char *value = at + length + 2, *end = tag->at + tag->length;
        if (value == end || (*value != '"' && *value != '\''))
            return false;
        const char *close = memchr(value + 1, *value, (size_t)(end - value - 1));
        struct anchor_piece text = {value + 1, close != NULL ? (size_t)(close - value - 1) : 0};
        return close != NULL && read_time(&text, seconds);
    }
    return true;
}

static bool begin_digest(const struct anchor_text *text, const struct anchor_piece *tag,
                         struct state *state, struct err *err)
{
    for (int i = TAG; i < PARTS; i++)
        state->texts[i] = (struct anchor_piece){NULL, 0};
    return (read_limit(tag, "validFrom", &state->from) &&
            read_limit(tag, "validUntil", &state->until)) ||
           anchor_fail(text, "expected a time such as 2017-02-02T00:00:00+00:00", err);
}

static bool end_digest(struct anchor_text *text, const struct state *state, struct err *err)
{
    char rdata[RDATA_TEXT_ROOM];
    size_t at = 0;
    for (int i = ZONE; i < PARTS; i++)
        if (state->texts[i].length == 0 || state->texts[i].length > RDATA_TEXT_ROOM / 2)
            return anchor_fail(
                text, "a KeyDigest lacks zone, tag, algorithm, digest type or digest", err);
    for (int i = TAG; i < PARTS; i++) {
        if (state->texts[i].length + 2 > sizeof rdata - at)
            return anchor_fail(text, "the digest is too long", err);
        memcpy(rdata + at, state->texts[i].at, state->texts[i].length);
        at += state->texts[i].length;
        rdata[at++] = ' ';
    }
    rdata[at] = '\0';
    return anchor_add_text(text, &state->texts[ZONE], TYPE_DS, rdata, state->from, state->until,
                           err);
}

/* Takes a tag, with the text that follows it. */
static bool take_tag(struct anchor_text *text, const struct anchor_piece *tag, struct state *state,
                     struct err *err)
{
    if (is_named(tag, "KeyDigest"))
        return begin_digest(text, tag, state, err);
    if (is_named(tag, "/KeyDigest"))
        return end_digest(text, state, err);
    for (int i = ZONE; i < PARTS; i++)
        if (is_named(tag, parts[i])) {
            const char *end = memchr(text->at, '<', (size_t)(text->end - text->at));
            if (end == NULL)
                return anchor_fail(text, "an element does not end", err);
            state->texts[i] = trim(text->at, end);
        }
    return true;
}

bool anchor_read_xml(struct anchor_text *text, struct err *err)
{
    struct state state = {.from = 0};
    while (move_behind(text, "<")) {
        struct anchor_piece tag = {text->at, 0};
        if (begins(text, "!--")) {
            if (!move_behind(text, "-->"))
                return anchor_fail(text, "a comment does not end", err);
            continue;
        }
        if (!move_behind(text, ">"))
            return anchor_fail(text, "a tag does not end", err);
        tag.length = (size_t)(text->at - tag.at) - 1;
        if (!take_tag(text, &tag, &state, err))
            return false;
    }
    return true;
}
