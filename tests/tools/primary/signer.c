#include "signer.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { HEADER = 12, NAME_MAX_WIRE = 255, MESSAGE_MAX = 65535, TYPE_TSIG = 250, CLASS_ANY = 255 };

/* RFC 8945 section 6, and the truncated ones of RFC 4868, whose names are names of their own.
 */
struct signer_algorithm {
    const char *name, *alias;
    const EVP_MD *(*digest)(void);
    size_t mac_len;
};

static const struct signer_algorithm algorithms[] = {
    {"hmac-md5.sig-alg.reg.int", "hmac-md5", EVP_md5, 16},
    {"hmac-sha1", "sha1", EVP_sha1, 20},
    {"hmac-sha224", "sha224", EVP_sha224, 28},
    {"hmac-sha256", "sha256", EVP_sha256, 32},
    {"hmac-sha256-128", "sha256-128", EVP_sha256, 16},
    {"hmac-sha384", "sha384", EVP_sha384, 48},
    {"hmac-sha384-192", "sha384-192", EVP_sha384, 24},
    {"hmac-sha512", "sha512", EVP_sha512, 64},
    {"hmac-sha512-256", "sha512-256", EVP_sha512, 32},
};

enum { ALGORITHM_COUNT = sizeof algorithms / sizeof *algorithms };

/* ---------------------------------------------------------------- octets */

struct octets {
    uint8_t *data;
    size_t len, capacity;
};

static void *need(void *p)
{
    if (!p) {
        fputs("primary: out of memory\n", stderr);
        exit(2);
    }
    return p;
}

static void add(struct octets *o, const void *data, size_t len)
{
    if (o->capacity - o->len < len) {
        o->capacity = 2 * (o->len + len);
        o->data = need(realloc(o->data, o->capacity));
    }
    if (len) {
        memcpy(o->data + o->len, data, len);
        o->len += len;
    }
}

/* The lowest octets of a number, big end first. */
static void add_number(struct octets *o, uint64_t value, unsigned size)
{
    while (size--) {
        uint8_t octet = (uint8_t)(value >> 8 * size);

        add(o, &octet, 1);
    }
}

static uint64_t number_at(const uint8_t *p, unsigned size)
{
    uint64_t value = 0;

    while (size--) {
        value = value << 8 | *p++;
    }
    return value;
}

static void set16(uint8_t *p, unsigned value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

/* ---------------------------------------------------------------- names */

static size_t name_len(const uint8_t *name)
{
    size_t at = 0;

    while (name[at]) {
        at += 1u + name[at];
    }
    return at + 1;
}

/* Lower case, as MACs want it (RFC 8945 section 4.3.3). */
static void name_from_text(uint8_t out[256], const char *text, size_t len)
{
    size_t label = 0, at = 1;

    if (len > 250) {
        fputs("primary: a name is too long\n", stderr);
        exit(2);
    }
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '.') {
            out[label] = (uint8_t)(at - label - 1);
            label = at++;
        } else {
            out[at++] = (uint8_t)tolower((unsigned char)text[i]);
        }
    }
    out[label] = (uint8_t)(at - label - 1);
    if (out[label]) { /* there was no dot at the end */
        out[at] = 0;
    }
}

static bool name_same(const uint8_t *a, const uint8_t *b)
{
    size_t len = name_len(a);

    if (len != name_len(b)) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (tolower(a[i]) != tolower(b[i])) {
            return false;
        }
    }
    return true;
}

static void add_canonical(struct octets *o, const uint8_t *name)
{
    size_t at = o->len, len = name_len(name);

    add(o, name, len);
    for (size_t i = 0; i < len; i++) {
        o->data[at + i] = (uint8_t)tolower(name[i]);
    }
}

/* A name in a query; some clients compress it. Returns where it ends, 0 if it is malformed. */
static size_t read_name(uint8_t out[256], const uint8_t *data, size_t len, size_t at)
{
    size_t end = 0, size = 0, label;

    while (at < len) {
        if (data[at] >= 0xc0 && at + 1 < len) {
            size_t target = number_at(data + at, 2) & 0x3fff;

            end = end ? end : at + 2;
            if (target >= at) { /* only back, so this comes to an end */
                return 0;
            }
            at = target;
            continue;
        }
        label = data[at];
        if (label > 63 || size + label + 1 > NAME_MAX_WIRE || len - at <= label) {
            return 0;
        }
        memcpy(out + size, data + at, label + 1);
        size += label + 1;
        at += label + 1;
        if (!label) {
            return end ? end : at;
        }
    }
    return 0;
}

/* ---------------------------------------------------------------- keys */

static const struct signer_algorithm *find_algorithm(const char *text, size_t len)
{
    for (size_t i = 0; i < ALGORITHM_COUNT; i++) {
        const char *names[] = {algorithms[i].name, algorithms[i].alias};

        for (size_t n = 0; n < 2; n++) {
            if (strlen(names[n]) == len && !strncasecmp(text, names[n], len)) {
                return &algorithms[i];
            }
        }
    }
    return NULL;
}

bool signer_key_add(struct signer_config *config, const char *text)
{
    const char *first = strchr(text, ':'), *last = strrchr(text, ':');
    struct signer_key key = {.algorithm = &algorithms[3]};
    size_t len;
    int room;

    if (!first) {
        return false;
    }
    if (first != last) {
        key.algorithm = find_algorithm(text, (size_t)(first - text));
        text = first + 1;
    }
    name_from_text(key.name, text, (size_t)(last - text));
    len = strlen(last + 1);
    key.secret = need(malloc(len + 4));
    room = EVP_DecodeBlock(key.secret, (const unsigned char *)last + 1, (int)len);
    if (!key.algorithm || room <= 0) {
        return false;
    }
    key.secret_len = (size_t)room - (last[len] == '=') - (last[len - 1] == '=');
    config->keys = need(realloc(config->keys, (config->count + 1) * sizeof key));
    config->keys[config->count++] = key;
    return true;
}

static const struct signer_key *find_key(const struct signer_config *config,
                                         const struct signer_record *r)
{
    for (size_t i = 0; i < config->count; i++) {
        const struct signer_key *key = &config->keys[i];
        uint8_t algorithm[256];

        name_from_text(algorithm, key->algorithm->name, strlen(key->algorithm->name));
        if (name_same(key->name, r->name) && name_same(algorithm, r->algorithm)) {
            return key;
        }
    }
    return NULL;
}

/* ---------------------------------------------------------------- the MAC */

static void hmac(const struct signer_key *key, const struct signer_algorithm *algorithm,
                 const struct octets *input, uint8_t out[EVP_MAX_MD_SIZE])
{
    unsigned len;

    need(HMAC(algorithm->digest(), key->secret, (int)key->secret_len, input->data, input->len, out,
              &len));
}

/* RFC 8945 section 4.3.3. */
static void add_variables(struct octets *o, const struct signer_record *r)
{
    add_canonical(o, r->name);
    add_number(o, CLASS_ANY, 2);
    add_number(o, 0, 4);
    add_canonical(o, r->algorithm);
    add_number(o, r->time, 6);
    add_number(o, r->fudge, 2);
    add_number(o, r->error, 2);
    add_number(o, r->other_len, 2);
    add(o, r->other, r->other_len);
}

static void add_timers(struct octets *o, const struct signer_record *r)
{
    add_number(o, r->time, 6);
    add_number(o, r->fudge, 2);
}

/* ---------------------------------------------------------------- the query */

/* The rest of a TSIG record whose owner was read; at is behind that. */
static bool read_rdata(struct signer_record *r, const uint8_t *data, size_t len, size_t at)
{
    if (len - at < 10 || number_at(data + at, 2) != TYPE_TSIG ||
        number_at(data + at + 2, 2) != CLASS_ANY || number_at(data + at + 4, 4) ||
        number_at(data + at + 8, 2) != len - at - 10) {
        return false;
    }
    at = read_name(r->algorithm, data, len, at + 10);
    if (!at || len - at < 10) {
        return false;
    }
    r->time = number_at(data + at, 6);
    r->fudge = (unsigned)number_at(data + at + 6, 2);
    r->mac_len = number_at(data + at + 8, 2);
    at += 10;
    if (r->mac_len > sizeof r->mac || len - at < r->mac_len + 6) {
        return false;
    }
    memcpy(r->mac, data + at, r->mac_len);
    at += r->mac_len;
    r->id = (unsigned)number_at(data + at, 2);
    r->error = (unsigned)number_at(data + at + 2, 2);
    r->other_len = number_at(data + at + 4, 2);
    at += 6;
    r->other = need(malloc(r->other_len + 1));
    if (len - at != r->other_len) {
        return false;
    }
    memcpy((uint8_t *)(uintptr_t)r->other, data + at, r->other_len);
    return true;
}

static bool mac_matches(const struct signer_series *s, const uint8_t *data, size_t at)
{
    struct octets input = {0};
    uint8_t mac[EVP_MAX_MD_SIZE];

    add(&input, data, at);
    set16(input.data, s->request.id);
    set16(input.data + 10, (unsigned)number_at(input.data + 10, 2) - 1);
    add_variables(&input, &s->request);
    hmac(s->key, s->key->algorithm, &input, mac);
    free(input.data);
    return !memcmp(mac, s->request.mac, s->request.mac_len);
}

/* The order of RFC 8945 section 5.2. */
static unsigned judge(struct signer_series *s, const uint8_t *data, size_t at)
{
    const struct signer_record *r = &s->request;
    uint64_t now = number_at(s->now, 6);
    size_t full;

    if (!s->key) {
        return SIGNER_BADKEY;
    }
    full = s->key->algorithm->mac_len;
    if (r->mac_len > full || r->mac_len < 10 || r->mac_len < full / 2) {
        return SIGNER_FORMERR;
    }
    if (!mac_matches(s, data, at)) {
        return SIGNER_BADSIG;
    }
    if ((long)r->mac_len < s->config->min_mac) {
        return SIGNER_BADTRUNC;
    }
    return (now > r->time ? now - r->time : r->time - now) > r->fudge ? SIGNER_BADTIME : 0;
}

unsigned signer_series_check(struct signer_series *s, const struct signer_config *config,
                             const uint8_t *data, size_t len, size_t at)
{
    uint64_t now = (uint64_t)((long)time(NULL) + config->clock);
    size_t rdata;

    *s = (struct signer_series){.config = config, .id = (unsigned)number_at(data, 2)};
    for (unsigned i = 0; i < sizeof s->now; i++) {
        s->now[i] = (uint8_t)(now >> 8 * (5 - i));
    }
    if (!config->count || !at) {
        return 0;
    }
    rdata = read_name(s->request.name, data, len, at);
    if (!rdata || !read_rdata(&s->request, data, len, rdata)) {
        return SIGNER_FORMERR;
    }
    s->asked = true;
    s->key = find_key(config, &s->request);
    s->error = judge(s, data, at);
    memcpy(s->prior, s->request.mac, s->request.mac_len);
    s->prior_len = s->request.mac_len;
    return s->error;
}

/* ---------------------------------------------------------------- the answer */

bool signer_series_signs(const struct signer_series *s)
{
    return s->key || s->asked;
}

struct signer_way signer_way_right(const struct signer_series *s)
{
    struct signer_way way = {.mac_len = -1, .class = CLASS_ANY, .fudge = 300, .error = s->error};

    if (!s->key || s->error == SIGNER_BADSIG || s->error == SIGNER_BADKEY) {
        way.mac_len = 0; /* RFC 8945 section 5.3.2 */
    } else if (s->error == SIGNER_BADTIME) {
        way.other = s->now;
        way.other_len = sizeof s->now;
    }
    return way;
}

static void keep_pending(struct signer_series *s, const uint8_t *data, size_t len)
{
    struct octets o = {s->pending, s->pending_len, s->pending_capacity};

    add(&o, data, len);
    s->pending = o.data;
    s->pending_len = o.len;
    s->pending_capacity = o.capacity;
}

/* Another name of the same length or so, which no test uses for a key. */
static void other_name(uint8_t name[256])
{
    name[1] = name[1] == 'x' ? 'y' : 'x';
}

static void swap_case(uint8_t *name)
{
    for (; *name; name += 1u + *name) {
        for (unsigned i = 1; i <= *name; i++) {
            name[i] = isalpha(name[i]) ? name[i] ^ 0x20 : name[i];
        }
    }
}

/* The algorithm that is claimed instead: its name is known everywhere, its MAC can be made. */
static const struct signer_algorithm *other_algorithm(const struct signer_algorithm *right)
{
    return right == &algorithms[1] ? &algorithms[0] : &algorithms[1];
}

/* What the record says, and what its MAC covers. */
static struct signer_record make_record(const struct signer_series *s, const struct signer_way *way,
                                        const struct signer_algorithm **algorithm)
{
    struct signer_record r = s->request;

    if (s->key) {
        memcpy(r.name, s->key->name, sizeof r.name);
        *algorithm = s->key->algorithm;
        if (way->algorithm_name == SIGNER_NAME_OTHER) {
            *algorithm = other_algorithm(*algorithm);
        }
        name_from_text(r.algorithm, (*algorithm)->name, strlen((*algorithm)->name));
    }
    if (way->key_name == SIGNER_NAME_OTHER) {
        other_name(r.name);
    }
    /* RFC 8945 section 5.2.3: with BADTIME the client's own time, with which it can check the
     * MAC */
    if (s->error != SIGNER_BADTIME) {
        r.time = number_at(s->now, 6);
    }
    r.time = (uint64_t)((int64_t)r.time + way->time);
    r.fudge = way->fudge;
    r.id = s->id ^ way->id_mask;
    r.error = way->error;
    r.other = way->other;
    r.other_len = way->other_len;
    return r;
}

/* RFC 8945 section 5.3.1, or what the way wants of it. */
static void add_prior(struct octets *input, const struct signer_series *s, enum signer_mac mac)
{
    const uint8_t *prior = s->prior;
    size_t len = s->prior_len;

    if (mac == SIGNER_MAC_REQUEST) {
        prior = s->request.mac;
        len = s->request.mac_len;
    }
    if (mac == SIGNER_MAC_NOPRIOR || (!s->asked && !s->signed_count)) {
        return;
    }
    if (mac != SIGNER_MAC_NOLENGTH) {
        add_number(input, len, 2);
    }
    add(input, prior, len);
}

static void make_mac(const struct signer_series *s, const struct signer_way *way,
                     const struct signer_algorithm *algorithm, const struct signer_record *r,
                     const uint8_t *data, size_t len, uint8_t out[EVP_MAX_MD_SIZE])
{
    struct octets input = {0};
    bool timers = s->signed_count > 0;
    size_t at;

    add_prior(&input, s, way->mac);
    if (way->mac != SIGNER_MAC_NOPENDING) {
        add(&input, s->pending, s->pending_len);
    }
    at = input.len;
    add(&input, data, len);
    set16(input.data + at, r->id);
    if (way->mac == SIGNER_MAC_COUNT) {
        set16(input.data + at + 10, (unsigned)number_at(data + 10, 2) + 1);
    }
    timers = way->mac == SIGNER_MAC_TIMERS || (timers && way->mac != SIGNER_MAC_VARIABLES);
    (timers ? add_timers : add_variables)(&input, r);
    hmac(s->key, algorithm, &input, out);
    free(input.data);
}

/* The end of a name is one that stands at octet 12 of the message, or failing that its root. */
static void add_compressed(struct octets *o, const uint8_t *name)
{
    const uint8_t *there = o->data + HEADER, *label = name;
    size_t target = HEADER + name_len(there) - 1;

    for (; *label; label += 1u + *label) {
        if (name_same(label, there)) {
            target = HEADER;
            break;
        }
    }
    add(o, name, (size_t)(label - name));
    add_number(o, 0xc000u | target, 2);
}

static void add_name(struct octets *o, const uint8_t *right, enum signer_name how)
{
    uint8_t name[256];

    memcpy(name, right, name_len(right));
    if (how == SIGNER_NAME_COMPRESSED) {
        add_compressed(o, name);
        return;
    }
    if (how == SIGNER_NAME_LIE) {
        other_name(name);
    } else if (how == SIGNER_NAME_CASE) {
        swap_case(name);
    }
    add(o, name, name_len(name));
}

/* Lengths that lie, and where RDATA ends early; rdata is where it begins. */
struct form {
    enum signer_form form;
    long mac_len, other_len, rdlength; /* added to what is right */
};

static const struct form forms[] = {
    {SIGNER_FORM_MACMORE, 1, 0, 0},       {SIGNER_FORM_MACLESS, -1, 0, 0},
    {SIGNER_FORM_MACHUGE, 65535, 0, 0},   {SIGNER_FORM_OTHERMORE, 0, 1, 0},
    {SIGNER_FORM_OTHERHUGE, 0, 65535, 0}, {SIGNER_FORM_RDMORE, 0, 0, 1},
    {SIGNER_FORM_RDLESS, 0, 0, -1},
};

static struct form find_form(enum signer_form form)
{
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (forms[i].form == form) {
            return forms[i];
        }
    }
    return (struct form){form, 0, 0, 0};
}

static uint64_t stretched(size_t right, long more)
{
    return more == 65535 ? 65535 : (uint64_t)((long)right + more);
}

static void add_rdata(struct octets *o, const struct signer_way *way, const struct signer_record *r,
                      const uint8_t *mac, size_t mac_len)
{
    struct form form = find_form(way->form);
    size_t from = o->len;

    if (way->form == SIGNER_FORM_EMPTY) {
        return;
    }
    if (way->form == SIGNER_FORM_LOOP) {
        add_number(o, 0xc000u | from, 2);
    } else {
        add_name(o, r->algorithm, way->algorithm_name);
    }
    if (way->form == SIGNER_FORM_LABEL) {
        o->data[from] |= 0x40;
    } else if (way->form == SIGNER_FORM_NAME) {
        o->len -= 3;
        return;
    }
    add_number(o, r->time, way->form == SIGNER_FORM_TIME ? 4 : 6);
    if (way->form == SIGNER_FORM_TIME) {
        return;
    }
    add_number(o, r->fudge, 2);
    add_number(o, stretched(mac_len, form.mac_len), 2);
    add(o, mac, mac_len - (way->form == SIGNER_FORM_MAC && mac_len ? 1 : 0));
    if (way->form == SIGNER_FORM_MAC) {
        return;
    }
    add_number(o, r->id, 2);
    add_number(o, r->error, 2);
    if (way->form == SIGNER_FORM_NOOTHER) {
        return;
    }
    add_number(o, stretched(r->other_len, form.other_len), 2);
    add(o, r->other, r->other_len);
    add(o, "\xa5", way->form == SIGNER_FORM_TRAILING);
}

static void add_record(struct octets *o, const struct signer_way *way,
                       const struct signer_record *r, const uint8_t *mac, size_t mac_len)
{
    size_t at;

    add_name(o, r->name, way->key_name);
    add_number(o, TYPE_TSIG, 2);
    add_number(o, way->class, 2);
    add_number(o, way->ttl, 4);
    add_number(o, 0, 2);
    at = o->len;
    add_rdata(o, way, r, mac, mac_len);
    set16(o->data + at - 2, (unsigned)stretched(o->len - at, find_form(way->form).rdlength));
}

/* Which of the four counts of the header grow. */
static void count_record(struct octets *o, enum signer_place place)
{
    size_t at = place == SIGNER_PLACE_ANSWER ? 6 : place == SIGNER_PLACE_AUTHORITY ? 8 : 10;
    unsigned more = place == SIGNER_PLACE_EARLY || place == SIGNER_PLACE_TWICE ? 2 : 1;

    set16(o->data + at, (unsigned)number_at(o->data + at, 2) + more);
}

/* The MAC as it is sent: of the length that the query's had, if the way says nothing else. */
static size_t shape_mac(const struct signer_series *s, const struct signer_way *way,
                        const struct signer_algorithm *algorithm, uint8_t *mac)
{
    size_t full = algorithm ? algorithm->mac_len : 0, len = full;

    if (s->asked && s->key && algorithm == s->key->algorithm && s->request.mac_len < len) {
        len = s->request.mac_len;
    }
    if (way->mac_len >= 0) {
        memset(mac + full, 0, (size_t)way->mac_len > full ? (size_t)way->mac_len - full : 0);
        len = (size_t)way->mac_len;
    }
    return len;
}

bool signer_series_sign(struct signer_series *s, const struct signer_way *way, uint8_t **data,
                        size_t *len)
{
    struct octets o = {*data, *len, *len};
    const struct signer_algorithm *algorithm = NULL;
    static uint8_t mac[MESSAGE_MAX];
    struct signer_record r;
    size_t mac_len;

    if (way->skip) {
        keep_pending(s, *data, *len);
        return true;
    }
    r = make_record(s, way, &algorithm);
    if (s->key) {
        make_mac(s, way, algorithm, &r, *data, *len, mac);
    }
    mac_len = shape_mac(s, way, algorithm, mac);
    memcpy(s->prior, mac, mac_len);
    s->prior_len = mac_len;
    s->pending_len = 0;
    s->signed_count++;
    if (way->mac == SIGNER_MAC_FLIP && mac_len) {
        mac[mac_len - 1] ^= 1;
    } else if (way->mac == SIGNER_MAC_ZERO) {
        memset(mac, 0, mac_len);
    }
    add_record(&o, way, &r, mac, mac_len);
    if (way->place == SIGNER_PLACE_TWICE) {
        add_record(&o, way, &r, mac, mac_len);
    } else if (way->place == SIGNER_PLACE_EARLY) {
        add(&o, "\0\0\1\0\1\0\0\0\0\0\4\300\0\2\1", 15); /* . 0 IN A 192.0.2.1 */
    }
    count_record(&o, way->place);
    *data = o.data;
    *len = o.len;
    return o.len <= MESSAGE_MAX;
}
