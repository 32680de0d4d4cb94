/* The text of RDATA: two octets of type, one of class and origin, then the text. */
#include "fuzz.h"

#include "dns/rdata.h"
#include "dns/types.h"

#include <string.h>

static const uint8_t root[] = {1, 'o', 0};

/* What was read is written, read again, and must be the same. */
static void check_again(const struct rr *rr, bool generic, bool portable)
{
    struct rdata_style style = {.portable = portable};
    char *text = malloc(rdata_text_bound(rr->rdlength));
    uint8_t *out = malloc(RDATA_SCRATCH);
    uint16_t rdlength = 0;
    bool opaque = false;
    struct err err = {.kind = ERR_NONE};
    MUST(text != NULL && out != NULL);
    char *end = generic ? rdata_text_generic(text, rr) : rdata_text(text, rr, &style);
    if (end != NULL) {
        MUST(rdata_parse_text(rr->info, rr->type, text, (size_t)(end - text), NULL, 0, out,
                              &rdlength, &opaque, &err));
        MUST(rdlength == rr->rdlength && memcmp(out, rr->rdata, rdlength) == 0);
        MUST(opaque == ((rr->flags & RR_OPAQUE) != 0));
    } else {
        MUST(!generic && portable);
    }
    free(text);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    struct rr rr = {.type = (uint16_t)(data[0] << 8 | data[1])};
    rr.info = types_find(rr.type, (data[2] & 1) != 0 ? CLASS_CH : CLASS_IN);
    size_t n = size - 3;
    char *text = malloc(n > 0 ? n : 1);
    uint8_t *out = malloc(RDATA_SCRATCH);
    bool opaque = false;
    struct err err = {.kind = ERR_NONE};
    MUST(text != NULL && out != NULL);
    memcpy(text, data + 3, n);
    bool good = rdata_parse_text(rr.info, rr.type, text, n, (data[2] & 2) != 0 ? root : NULL,
                                 sizeof root, out, &rr.rdlength, &opaque, &err);
    MUST(good == (err.kind == ERR_NONE));
    if (good) {
        MUST(rdata_fits(rr.info, out, rr.rdlength) == !opaque);
        rr.rdata = out;
        rr.flags = opaque ? RR_OPAQUE : 0;
        check_again(&rr, true, false);
        if (!opaque) {
            check_again(&rr, false, false);
            check_again(&rr, false, true);
        }
    } else {
        MUST(err.kind == ERR_SYNTAX || err.kind == ERR_NO_ORIGIN);
        for (const char *p = err.text; *p != '\0'; p++)
            MUST(*p >= ' ' && *p <= '~');
    }
    free(text);
    free(out);
    return 0;
}
