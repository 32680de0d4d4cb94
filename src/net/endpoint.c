#include "net/endpoint.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 1024 };

struct endpoint_set {
    struct endpoint *buckets[BUCKETS];
};

/* By the remote address; what differs in the rest is little. */
static unsigned bucket_of(const struct address *address)
{
    const uint8_t *octets = (const uint8_t *)&address->storage;
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (socklen_t i = 0; i < address->length; i++)
        hash = (hash ^ octets[i]) * 16777619u;
    return (hash ^ hash >> 16) % BUCKETS;
}

struct endpoint_set *endpoint_set_new(struct err *err)
{
    struct endpoint_set *set = calloc(1, sizeof *set);
    if (set == NULL)
        err_set(err, ERR_MEMORY, "out of memory");
    return set;
}

void endpoint_set_free(struct endpoint_set *set)
{
    free(set);
}

bool endpoint_same_address(const struct address *a, const struct address *b)
{
    return a->length == b->length && a->datagram == b->datagram &&
           memcmp(&a->storage, &b->storage, a->length) == 0;
}

static bool same_host(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool endpoint_same_connection(const struct endpoint *a, const struct endpoint *b)
{
    return a == b ||
           (endpoint_same_address(&a->address, &b->address) && a->has_bind == b->has_bind &&
            (!a->has_bind || endpoint_same_address(&a->bind, &b->bind)) && a->tls == b->tls &&
            (a->tls == NULL || same_host(a->host, b->host)));
}

static struct endpoint *make_endpoint(const struct endpoint *like, struct err *err)
{
    bool has_host = like->tls != NULL && like->host != NULL;
    struct endpoint *made = malloc(sizeof *made);
    char *host = has_host ? strdup(like->host) : NULL;
    if (made == NULL || (has_host && host == NULL)) {
        free(made);
        free(host);
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    *made = *like;
    made->host = host;
    return made;
}

const struct endpoint *endpoint_intern(struct endpoint_set *set, const struct endpoint *like,
                                       struct err *err)
{
    struct endpoint **bucket = &set->buckets[bucket_of(&like->address)];
    for (struct endpoint *e = *bucket; e != NULL; e = e->next) {
        if (e->key == like->key && endpoint_same_connection(e, like)) {
            e->count++;
            return e;
        }
    }
    struct endpoint *made = make_endpoint(like, err);
    if (made == NULL)
        return NULL;
    made->set = set;
    made->count = 1;
    made->next = *bucket;
    *bucket = made;
    return made;
}

/* Whoever has a const endpoint may count it: the count is not a part of what it says. */
void endpoint_release(const struct endpoint *endpoint)
{
    if (endpoint == NULL)
        return;
    struct endpoint **at = &endpoint->set->buckets[bucket_of(&endpoint->address)];
    while (*at != endpoint)
        at = &(*at)->next;
    struct endpoint *own = *at;
    if (--own->count > 0)
        return;
    *at = own->next;
    free(own->host);
    free(own);
}
