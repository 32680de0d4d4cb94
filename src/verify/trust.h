/* How far the keys of a zone can be trusted. */
#ifndef VERIFY_TRUST_H
#define VERIFY_TRUST_H

enum trust {
    TRUST_NOT,    /* no key of the zone signed the DNSKEY records; or there are anchors, and none
                   * leads to one that did */
    TRUST_SELF,   /* there are no anchors, and a key of the zone signed them */
    TRUST_ANCHOR, /* a key that an anchor leads to signed them */
};

#endif
