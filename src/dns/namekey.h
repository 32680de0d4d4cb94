/* Names as keys that sort by memcmp as DNSSEC orders names (RFC 4034 section 6.1).
 *
 * Purpose: a key holds the labels of a name, without those of the apex, in reverse order and in
 * lower case, with a 00 between two labels. In a label 00 becomes 01 01 and 01 becomes 01 02, so
 * that the 00 between labels is below every octet of a label and a shorter label comes first. No
 * two names have the same key, and the name can be made from it again, in lower case. The key of
 * the apex is empty; no key ends in 00.
 * Owns: nothing.
 * Borrows: names, for the call.
 * Never: allocates, prints. */
#ifndef DNS_NAMEKEY_H
#define DNS_NAMEKEY_H

#include "dns/name.h"

enum {
    /* The longest key: a label of 63 octets makes 126, and there are fewer than 255 octets in
     * all. */
    NAMEKEY_MAX = 2 * NAME_MAX_WIRE,
    NAMEKEY_ROOM = NAMEKEY_MAX + 64, /* to make one: some octets after it are overwritten */
};

/* Makes the key of a name that is at or under the apex, of which only the length matters. Returns
 * the length of the key. */
size_t namekey_make(uint8_t out[NAMEKEY_ROOM], const uint8_t *name, size_t length,
                    size_t apex_length);

/* Names in text that come one after the other: what each has in common with the one before, from
 * the apex on, is in the key already. */
struct namekey_row {
    uint8_t key[NAMEKEY_ROOM];

    /* Private: the name of the key, at the end of its room, and how much of text and key is that of
     * each of its ancestors, of which the first is the apex and the last is the name itself. */
    char text[NAME_MAX_WIRE];
    unsigned depth;
    struct {
        uint8_t text, key;
    } ancestors[NAME_MAX_WIRE / 2 + 1];
};

/* Begins below an apex, given in lower case. */
void namekey_begin(struct namekey_row *row, const uint8_t *apex, size_t apex_length);

/* Makes the key of a name below the apex from its text as name_text writes it, and returns its
 * length. Returns 0, and there is no key, where the text has anything in it but small letters,
 * digits, hyphens and underscores, or is not such a name: it is to be read in the usual way. Some
 * octets after the text are read, COPY_BLOCK at most. */
size_t namekey_follow(struct namekey_row *row, const char *text, size_t length);

/* Makes the name of a key, in lower case if the apex is. Returns its length. */
size_t namekey_name(uint8_t out[NAME_MAX_WIRE], const uint8_t *key, size_t length,
                    const uint8_t *apex, size_t apex_length);

/* How many octets two keys have in common at their beginnings, of which the first `most` count. */
size_t namekey_common(const uint8_t *a, const uint8_t *b, size_t most);

/* Eight octets of a key, zeros after its end, as a number that sorts as they do. Keys that agree up
 * to `from` are in the order of these numbers; where those are equal, the keys decide. */
uint64_t namekey_chunk(const uint8_t *key, size_t length, size_t from);

#endif
