/* RDATA: two octets of type, one of class and style, one that says how many octets of the rest
 * stand before the RDATA in the message, for pointers to lead to. */
#include "fuzz.h"

#include "dns/name.h"
#include "dns/rdata.h"
#include "dns/types.h"

#include <string.h>

/* Text of one line in which words are apart by one blank, but in quotes. */
static void check_form(const char *text, size_t n)
{
    bool in_quotes = false;
    for (size_t i = 0; i < n; i++) {
        MUST(text[i] >= ' ' && text[i] <= '~');
        if (text[i] == '\\') {
            MUST(i + 1 < n);
            i++;
        } else if (text[i] == '"') {
            in_quotes = !in_quotes;
        } else if (text[i] == ' ' && !in_quotes) {
            MUST(i > 0 && i + 1 < n && text[i + 1] != ' ');
        }
    }
    MUST(!in_quotes);
}

static void check_text(const struct rr *rr)
{
    static const uint8_t origin[] = {1, 'a', 0};
    size_t bound = rdata_text_bound(rr->rdlength);
    char *text = malloc(bound); /* exactly, so that a memory checker sees the octet behind */
    MUST(text != NULL);
    for (int style = 0; style < 4; style++) {
        struct rdata_style how = {.portable = (style & 1) != 0};
        if ((style & 2) != 0) {
            how.origin = origin;
            how.origin_length = sizeof origin;
        }
        char *end = (rr->flags & RR_OPAQUE) != 0 ? rdata_text_generic(text, rr)
                                                 : rdata_text(text, rr, &how);
        if (end == NULL) { /* some common reader would not get it */
            MUST(how.portable);
            continue;
        }
        MUST(end >= text && (size_t)(end - text) <= bound);
        check_form(text, (size_t)(end - text));
    }
    char *end = rdata_text_generic(text, rr);
    MUST((size_t)(end - text) <= bound);
    check_form(text, (size_t)(end - text));
    free(text);
}

static uint8_t lower(uint8_t octet)
{
    return octet >= 'A' && octet <= 'Z' ? (uint8_t)(octet | 0x20) : octet;
}

static void check_canonical(struct rr *rr)
{
    size_t n = rr->rdlength;
    uint8_t *first = malloc(n + 1), *second = malloc(n + 1);
    MUST(first != NULL && second != NULL);
    first[n] = 0xa5;
    rdata_canonical(rr, first);
    MUST(first[n] == 0xa5);
    for (size_t i = 0; i < n; i++)
        MUST(first[i] == rr->rdata[i] || first[i] == lower(rr->rdata[i]));
    rr->rdata = first;
    rdata_canonical(rr, second);
    MUST(memcmp(first, second, n) == 0);
    free(first);
    free(second);
}

/* The same with a memo, twice: the first time it learns. */
static void check_recalled(const struct rr *expected, const uint8_t *message, size_t at, uint16_t n,
                           bool good, const struct rdata_report *told)
{
    uint8_t *scratch = malloc(RDATA_SCRATCH);
    struct name_memo *memo = malloc(sizeof *memo);
    MUST(scratch != NULL && memo != NULL);
    name_forget(memo, at + n);
    for (int i = 0; i < 2; i++) {
        struct rr rr = {.info = expected->info, .type = expected->type, .rdlength = n};
        struct rdata_report report;
        struct err err = {.kind = ERR_NONE};
        MUST(rdata_unpack(&rr, message, at, memo, scratch, &report, &err) == good);
        if (good) {
            MUST(rr.rdlength == expected->rdlength && rr.flags == expected->flags);
            MUST(rr.rdlength == 0 || memcmp(rr.rdata, expected->rdata, rr.rdlength) == 0);
            MUST(report.pointers == told->pointers && report.odd == told->odd &&
                 report.why == told->why && report.field == told->field);
        }
    }
    free(scratch);
    free(memo);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 4 || size > 60000)
        return 0;
    uint16_t type = (uint16_t)(data[0] << 8 | data[1]);
    uint16_t class = (data[2] & 1) != 0 ? CLASS_CH : CLASS_IN;
    size_t before = data[3], rest = size - 4;
    if (before > rest)
        before = rest;
    size_t n = rest - before, at = 12 + before;
    uint8_t *message = malloc(12 + rest), *scratch = malloc(RDATA_SCRATCH);
    MUST(message != NULL && scratch != NULL);
    memset(message, 0xff, 12);
    memcpy(message + 12, data + 4, rest);

    struct rr rr = {
        .info = types_find(type, class), .type = type, .class = class, .rdlength = (uint16_t)n};
    struct rdata_report report;
    struct err err = {.kind = ERR_NONE};
    bool flat = rdata_fits(rr.info, message + at, n);
    bool good = rdata_unpack(&rr, message, at, NULL, scratch, &report, &err);
    MUST(good == (err.kind == ERR_NONE));
    check_recalled(&rr, message, at, (uint16_t)n, good, &report);
    if (flat) /* a pointer is never part of flat RDATA, so both see the same */
        MUST(good && report.pointers == 0 && (rr.flags & RR_OPAQUE) == 0);
    if (good) {
        bool opaque = (rr.flags & RR_OPAQUE) != 0;
        if (report.pointers == 0) {
            MUST(opaque == !flat);
            MUST(rr.rdlength == n && (n == 0 || memcmp(rr.rdata, message + at, n) == 0));
        }
        MUST(rdata_fits(rr.info, rr.rdata, rr.rdlength) == !opaque);
        MUST(!opaque || rr.info == NULL ||
             (rr.info->flags & (TYPE_FLAG_OPAQUE | TYPE_FLAG_PRIVATE)) != 0 ||
             (report.why != NULL && report.field != NULL));
        check_text(&rr);
        check_canonical(&rr);
    }
    free(scratch);
    free(message);
    return 0;
}
