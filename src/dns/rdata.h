/* RDATA as a whole: the walkers over the fields that the schema names.
 *
 * Purpose: checks and decompresses what came in a message, writes text, makes the canonical form.
 * Owns: nothing.
 * Borrows: the RDATA, for the call; an unpacked record may borrow from the message.
 * Never: allocates, prints. */
#ifndef DNS_RDATA_H
#define DNS_RDATA_H

#include "dns/kinds.h"
#include "dns/name.h"
#include "dns/rr.h"

enum {
    RDATA_MAX = 65535,
    /* Room that rdata_unpack needs: the longest RDATA, and one name on top, which is written
     * before its length is known. */
    RDATA_SCRATCH = RDATA_MAX + NAME_RECALL_ROOM,
};

/* What rdata_unpack and rdata_parse tell besides the result. Set on every success. */
struct rdata_report {
    unsigned pointers; /* compression pointers that were followed */
    /* There may be something to note: `why` is set, the type has rules (dns/doubt.h), or pointers
     * were followed in one that may not be compressed. */
    bool odd;
    /* Why the RDATA is opaque although its type is known: the field and what is wrong with it, as
     * static phrases. NULL where it is not. */
    const char *field, *why;
};

/* rdata_unpack for what is out of the ordinary: private types and those without a schema, and RDATA
 * that does not fit. It wants rdata where rdata_unpack_usual has set it, and a report of zeros. */
bool rdata_unpack_oddity(struct rr *rr, const uint8_t *message, size_t at, uint8_t *scratch,
                         struct rdata_report *report, struct err *err);

/* rdata_unpack for what is as it mostly is. Returns how many compression pointers were followed;
 * otherwise -1, and changes nothing that matters: rdata_unpack_oddity is for that. */
static inline int rdata_unpack_usual(struct rr *rr, const uint8_t *message, size_t at,
                                     struct name_memo *memo, uint8_t scratch[RDATA_SCRATCH])
{
    enum { NO_FIELDS = TYPE_FLAG_OPAQUE | TYPE_FLAG_PRIVATE };
    const struct type_info *info = rr->info;
    rr->rdata = message + at;
    if (info == NULL || (info->flags & NO_FIELDS) != 0)
        return -1;
    return kinds_code[info->row].unpack(rr, message, memo, scratch);
}

/* Takes a record whose type, class, info and rdlength are set and whose RDATA begins at octet `at`
 * of a message, within its bounds. Sets rdata and rdlength to the uncompressed form, either in the
 * message or in `scratch`, and RR_OPAQUE where only the generic form can express it. RDATA that
 * holds no name is kept whatever it is, and so is that of a type that may not be compressed where
 * no pointer was met. Otherwise a malformed name, and octets after the last field of a type with
 * names, are errors (ERR_NAME, ERR_RDLEN, ERR_RDATA), because what may be compressed cannot be kept
 * as it is. Pointers are accepted in all names, as servers do. `memo` is of that message; without
 * one (NULL) it takes longer, and comes to the same. */
static inline bool rdata_unpack(struct rr *rr, const uint8_t *message, size_t at,
                                struct name_memo *memo, uint8_t scratch[RDATA_SCRATCH],
                                struct rdata_report *report, struct err *err)
{
    int pointers = memo != NULL ? rdata_unpack_usual(rr, message, at, memo, scratch) : -1;
    *report = (struct rdata_report){.pointers = 0};
    if (pointers >= 0) {
        report->pointers = (unsigned)pointers;
        report->odd = (rr->info->flags & TYPE_FLAG_CHECKED) != 0;
        return true;
    }
    rr->rdata = message + at;
    return rdata_unpack_oddity(rr, message, at, scratch, report, err);
}

/* The strict check of uncompressed RDATA: whether its text reads back to the same octets. */
bool rdata_fits(const struct type_info *info, const uint8_t *rdata, size_t length);

/* Takes a record whose type, class and info are set and reads its RDATA from the lexer up to the
 * end of the line: the text of its type, or the generic form \# LENGTH HEX (RFC 3597 section 5),
 * which every type may have. Sets rdata, in scratch, and rdlength, and RR_OPAQUE where only the
 * generic form can express it; then the report says why. Errors: ERR_SYNTAX and ERR_NO_ORIGIN,
 * which begin with the type and the field; none is set where the lexer is starved. */
bool rdata_parse(struct rr *rr, struct lexer *lexer, const struct rdata_context *context,
                 uint8_t scratch[RDATA_SCRATCH], struct rdata_report *report, struct err *err);

/* The same for one text. Names without a trailing dot are relative to the origin; NULL: there is
 * none, and they are an error. The info is the type's schema or NULL; rdlength and opaque are
 * results. */
bool rdata_parse_text(const struct type_info *info, uint16_t type, const char *text, size_t length,
                      const uint8_t *origin, size_t origin_length, uint8_t out[RDATA_SCRATCH],
                      uint16_t *rdlength, bool *opaque, struct err *err);

/* An upper bound of what rdata_text and rdata_text_generic write. An octet makes at most 6
 * characters with what separates it (\DDD, "1 127 ", TYPE65535 for two), but a set bit of a map of
 * types or ports names one: 8 words of 11 at worst. Such maps have at most 256 blocks of 34 octets.
 * Writing a name may touch some more. */
static inline size_t rdata_text_bound(size_t length)
{
    enum { IN_MAP_MAX = 8704 };
    return NAME_TEXT_ROOM +
           (length < IN_MAP_MAX ? (6 + 88) * length : 6 * length + 88 * (size_t)IN_MAP_MAX);
}

/* Writes the RDATA of a record that is not RR_OPAQUE. Returns the position after it; or NULL where
 * the style is portable and some common reader would not get the same octets from the text: then
 * the generic form is to be written. */
static inline char *rdata_text(char *to, const struct rr *rr, const struct rdata_style *style)
{
    return kinds_code[rr->info->row].text(to, rr, style);
}

/* Writes the generic form, \# LENGTH HEX (RFC 3597 section 5). */
char *rdata_text_generic(char *to, const struct rr *rr);

/* The room that rdata_json needs. */
size_t rdata_json_bound(size_t length);

/* Writes the RDATA of a record that is not RR_OPAQUE as a JSON object with the members that its
 * fields make. Returns the position after it. All of the room may be overwritten. */
char *rdata_json(char *to, const struct rr *rr);

/* Copies the RDATA in canonical form (RFC 4034 section 6.2): the names that the RFC lists are in
 * lower case. The length does not change. */
void rdata_canonical(const struct rr *rr, uint8_t *out);

/* Copies the RDATA with all its names in lower case, also those that the canonical form leaves as
 * they are: it is the same for two records whose names differ only in letter case. The length does
 * not change. */
void rdata_fold(const struct rr *rr, uint8_t *out);

/* Whether the type has a name that rdata_fold puts in lower case and rdata_canonical does not. */
bool rdata_folds_more(const struct type_info *info);

/* The serial of a SOA: the first of the five numbers that end its RDATA, whose length was checked.
 */
enum { RDATA_SOA_NUMBERS = 20 };
uint32_t rdata_soa_serial(const struct rr *soa);

/* Whether names in RDATA of the type may be compressed: RFC 3597 section 4 lists such types. Others
 * do it all the same, and servers read it. */
bool rdata_is_compressible(const struct type_info *info);

/* Whether RDATA of the type can hold a domain name that others, too, know to be there: not of a
 * private type. */
bool rdata_may_hold_name(const struct type_info *info);

#endif
