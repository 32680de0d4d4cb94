/* The canonical form of RDATA: capital letters of names become small ones wherever they stand, and
 * nothing else changes. */
#include "dns/rdata.h"
#include "dns/types.h"

#include "tap.h"

/* MX with a preference that looks like two capital letters, and one label and the root. */
static void test_capitals(void)
{
    unsigned wrong = 0, tried = 0;
    for (size_t n = 1; n <= 63; n++)
        for (size_t place = 0; place <= n; place++) { /* n: there is none */
            uint8_t rdata[80] = {'A', 'Z', (uint8_t)n}, expected[80], out[80], capital = 'A';
            size_t length = 3 + n + 1;
            for (size_t i = 0; i < n; i++)
                rdata[3 + i] = (uint8_t)"@[`{z-09\377"[(n + i) % 9];
            memcpy(expected, rdata, sizeof expected);
            capital = (uint8_t)(capital + (n + place) % 26);
            if (place < n) {
                rdata[3 + place] = capital;
                expected[3 + place] = (uint8_t)(capital + 32);
            }
            const struct rr rr = {.rdata = rdata,
                                  .rdlength = (uint16_t)length,
                                  .type = TYPE_MX,
                                  .info = types_find(TYPE_MX, CLASS_IN)};
            memset(out, '!', sizeof out);
            rdata_canonical(&rr, out);
            wrong += memcmp(out, expected, length) != 0 || out[length] != '!';
            tried++;
        }
    ok(wrong == 0, "MX: %u of %u are wrong", wrong, tried);
}

/* TXT has no names; and what is opaque is not looked at. */
static void test_others(void)
{
    uint8_t rdata[256], out[257];
    unsigned wrong = 0;
    for (size_t n = 0; n <= 255; n++) {
        memset(rdata, 'Q', sizeof rdata);
        memset(out, '!', sizeof out);
        rdata[0] = (uint8_t)n;
        struct rr rr = {.rdata = rdata,
                        .rdlength = (uint16_t)(n + 1),
                        .type = TYPE_TXT,
                        .info = types_find(TYPE_TXT, CLASS_IN)};
        rdata_canonical(&rr, out);
        wrong += memcmp(out, rdata, n + 1) != 0 || out[n + 1] != '!';
        rr =
            (struct rr){.rdata = rdata, .rdlength = (uint16_t)n, .type = 65000, .flags = RR_OPAQUE};
        memset(out, '!', sizeof out);
        rdata_canonical(&rr, out);
        wrong += memcmp(out, rdata, n) != 0 || out[n] != '!';
    }
    ok(wrong == 0, "TXT and opaque RDATA of each length: %u are wrong", wrong);
}

int main(void)
{
    test_capitals();
    test_others();
    return tap_end();
}
