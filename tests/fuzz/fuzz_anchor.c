/* Trust anchors, in all syntaxes: whatever the text, reading ends, what is read is whole, and a
 * message can be shown. */
#include "fuzz.h"

#include "dns/types.h"
#include "verify/anchor.h"

#include <string.h>

static void check_message(const char *said)
{
    for (; *said != '\0'; said++)
        MUST(*said >= ' ' && *said < 0x7f);
}

static void check_anchor(const struct anchors *anchors, const struct anchor *anchor)
{
    static const uint8_t key[] = {1, 1, 3, 13, 0};
    struct err err = {.kind = ERR_NONE};
    size_t at = 0;
    MUST(name_length(anchor->owner, anchor->owner_length) == anchor->owner_length);
    MUST(anchor->type == TYPE_DS || anchor->type == TYPE_DNSKEY);
    MUST(anchor->rdlength >= 4 && anchor->rdata + anchor->rdlength <= anchors->octets.length);
    while (anchor_next(anchors, &at, anchor->owner, anchor->owner_length, anchor->from) != NULL)
        ;
    MUST(anchor_match(anchor->type == TYPE_DS, anchor_rdata(anchors, anchor), anchor->rdlength,
                      anchor->owner, anchor->owner_length, key, sizeof key, &err) != ANCHOR_FAILED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = {.kind = ERR_NONE};
    char *text = malloc(size > 0 ? size : 1);
    MUST(text != NULL);
    memcpy(text, data, size);
    struct anchors *anchors = anchor_read("f", text, size, &err);
    free(text);
    MUST((anchors == NULL) == (err.kind == ERR_ANCHOR));
    check_message(err.text);
    for (size_t i = 0; anchors != NULL && i < anchors->count && i < 16; i++)
        check_anchor(anchors, &anchors->items[i]);
    MUST(anchors == NULL || anchors->count > 0);
    anchor_free(anchors);
    return 0;
}
