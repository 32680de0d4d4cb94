#include "io/resolve.h"

/* c-ares 1.34 calls functions deprecated whose successors came long after 1.16. */
#define CARES_NO_DEPRECATED
#include <ares.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ASKED_MAX = 8, HOST_MAX = 256 };

void address_set_port(struct address *address, uint16_t port)
{
    if (address->storage.ss_family == AF_INET)
        ((struct sockaddr_in *)&address->storage)->sin_port = htons(port);
    else
        ((struct sockaddr_in6 *)&address->storage)->sin6_port = htons(port);
}

uint16_t address_port(const struct address *address)
{
    return ntohs(address->storage.ss_family == AF_INET6
                     ? ((const struct sockaddr_in6 *)&address->storage)->sin6_port
                     : ((const struct sockaddr_in *)&address->storage)->sin_port);
}

bool address_parse(const char *text, uint16_t port, struct address *address)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM}, *found;
    struct in_addr ip4;
    /* The system's parser also takes 127.1 and 0x7f000001; a name server is written in full. */
    if (strchr(text, ':') == NULL && inet_pton(AF_INET, text, &ip4) != 1)
        return false;
    if (getaddrinfo(text, NULL, &hints, &found) != 0)
        return false;
    memset(address, 0, sizeof *address);
    memcpy(&address->storage, found->ai_addr, found->ai_addrlen);
    address->length = found->ai_addrlen;
    freeaddrinfo(found);
    address_set_port(address, port);
    return true;
}

/* An address of IPv4 in the clothes of IPv6 is shown as what it is. */
static bool put_mapped(const struct address *address, char text[ADDRESS_TEXT_MAX])
{
    const struct sockaddr_in6 *ip6 = (const struct sockaddr_in6 *)&address->storage;
    char host[INET_ADDRSTRLEN];
    if (ip6->sin6_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&ip6->sin6_addr) ||
        inet_ntop(AF_INET, ip6->sin6_addr.s6_addr + 12, host, sizeof host) == NULL)
        return false;
    snprintf(text, ADDRESS_TEXT_MAX, "%s#%u", host, (unsigned)ntohs(ip6->sin6_port));
    return true;
}

const char *address_text(const struct address *address, char text[ADDRESS_TEXT_MAX])
{
    char host[64], port[8];
    if (put_mapped(address, text))
        return text;
    if (getnameinfo((const struct sockaddr *)&address->storage, address->length, host, sizeof host,
                    port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        snprintf(text, ADDRESS_TEXT_MAX, "?");
    else
        snprintf(text, ADDRESS_TEXT_MAX, "%s#%s", host, port);
    return text;
}

void address_list_fini(struct address_list *list)
{
    free(list->items);
    *list = (struct address_list){.items = NULL};
}

_Static_assert((int)RESOLVE_FDS >= (int)ARES_GETSOCK_MAXNUM, "all its descriptors are waited for");

/* ---- c-ares -------------------------------------------------------------------------------- */

const char *resolve_library_version(void)
{
    return ares_version(NULL);
}

static bool start_ares(ares_channel *channel, struct err *err)
{
    struct ares_options options = {.timeout = 1000, .tries = 3};
    int status = ares_library_init(ARES_LIB_INIT_ALL);
    if (status == ARES_SUCCESS)
        status = ares_init_options(channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
    return status == ARES_SUCCESS ||
           err_set(err, status == ARES_ENOMEM ? ERR_MEMORY : ERR_HOST,
                   "cannot start the resolver: %s", ares_strerror(status));
}

static void stop_ares(ares_channel channel)
{
    ares_destroy(channel); /* calls back what is not done */
    ares_library_cleanup();
}

static void let_ports(ares_channel channel, struct fence *fence)
{
    struct ares_addr_port_node *servers = NULL;
    if (ares_get_servers_ports(channel, &servers) != ARES_SUCCESS)
        return;
    for (const struct ares_addr_port_node *node = servers; node != NULL; node = node->next)
        if (node->tcp_port > 0)
            fence_let_connect(fence, (uint16_t)node->tcp_port);
    ares_free_data(servers);
}

void resolve_fence(struct fence *fence)
{
    static const char *const files[] = {"/etc/resolv.conf", "/etc/hosts",    "/etc/nsswitch.conf",
                                        "/etc/host.conf",   "/etc/svc.conf", "/dev/urandom"};
    static const char *const variables[] = {"CARES_HOSTS", "HOSTALIASES"};
    struct err ignored = {.kind = ERR_NONE}; /* asking will say it again */
    ares_channel channel;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        fence_let_read(fence, files[i]);
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        if (getenv(variables[i]) != NULL)
            fence_let_read(fence, getenv(variables[i]));
    fence_let_connect(fence, 53);
    if (start_ares(&channel, &ignored)) {
        let_ports(channel, fence);
        stop_ares(channel);
    }
}

/* The descriptors that c-ares waits for. */
static size_t list_fds(ares_channel channel, struct pollfd fds[RESOLVE_FDS])
{
    ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
    /* Not by the library's macros: they shift a one into the sign bit of an int. */
    unsigned readable = (unsigned)ares_getsock(channel, sockets, ARES_GETSOCK_MAXNUM);
    unsigned writable = readable >> ARES_GETSOCK_MAXNUM;
    size_t count = 0;
    for (int i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
        short events =
            (short)((readable >> i & 1 ? POLLIN : 0) | (writable >> i & 1 ? POLLOUT : 0));
        if (events != 0)
            fds[count++] = (struct pollfd){.fd = sockets[i], .events = events};
    }
    return count;
}

/* Lets c-ares do what it can, and looks at its timeouts. */
static void process_fds(ares_channel channel, const struct pollfd *fds, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool reads = (fds[i].revents & (POLLIN | POLLERR | POLLHUP)) != 0;
        bool writes = (fds[i].revents & POLLOUT) != 0;
        if (reads || writes)
            ares_process_fd(channel, reads ? fds[i].fd : ARES_SOCKET_BAD,
                            writes ? fds[i].fd : ARES_SOCKET_BAD);
    }
    ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

/* Microseconds until c-ares wants to look at its timeouts, at most a second. */
static uint64_t pause_of(ares_channel channel)
{
    struct timeval most = {.tv_sec = 1}, wait;
    const struct timeval *next = ares_timeout(channel, &most, &wait);
    return (uint64_t)next->tv_sec * 1000000 + (uint64_t)next->tv_usec;
}

static const char *words_for(int family)
{
    return family == AF_INET    ? "an IPv4 address of the server"
           : family == AF_INET6 ? "an IPv6 address of the server"
                                : "the server's address";
}

/* Whether it was not a failure but an answer without records. */
static bool is_empty_answer(int status, struct err *err)
{
    if (err->kind != ERR_HOST)
        return false;
    err->kind = ERR_NO_SERVERS;
    if (status != ARES_ENODATA)
        return false;
    *err = (struct err){.kind = ERR_NONE};
    return true;
}

static bool take_addresses(const struct ares_addrinfo *found, uint16_t port,
                           struct address_list *list, struct err *err)
{
    list->items = calloc(ADDRESSES_MAX, sizeof *list->items);
    if (list->items == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    for (const struct ares_addrinfo_node *node = found->nodes;
         node != NULL && list->count < ADDRESSES_MAX; node = node->ai_next) {
        if (node->ai_family != AF_INET && node->ai_family != AF_INET6)
            continue;
        struct address *address = &list->items[list->count++];
        memcpy(&address->storage, node->ai_addr, node->ai_addrlen);
        address->length = node->ai_addrlen;
        address_set_port(address, port);
    }
    if (list->count > 0)
        return true;
    address_list_fini(list);
    return err_set(err, ERR_HOST, "the server's name has no address");
}

struct resolver {
    ares_channel channel;
    struct address asked[ASKED_MAX]; /* name servers to which there was a socket */
    size_t asked_count;
    struct resolve_job *done, *done_last;
};

struct resolve_job {
    int status;
    struct ares_addrinfo *found; /* of a host */
    uint8_t *message;            /* of records; NULL with ARES_ENOMEM if there is no room */
    size_t length;
    struct resolver *resolver;
    struct resolve_job *next; /* of those that are done */
    void *tag;
    int family;
    bool begun; /* the call that asks is over */
    bool known; /* it was done before that: nobody was asked */
    bool dropped, taken;
};

/* ---- Whom it asks -------------------------------------------------------------------------- */

/* A socket of c-ares is connected to its name server. */
static int note_socket(ares_socket_t fd, int type, void *context)
{
    struct resolver *resolver = context;
    struct address peer = {.length = sizeof peer.storage};
    (void)type;
    if (getpeername(fd, (struct sockaddr *)&peer.storage, &peer.length) != 0)
        return ARES_SUCCESS;
    for (size_t i = 0; i < resolver->asked_count; i++)
        if (memcmp(&resolver->asked[i], &peer, sizeof peer) == 0)
            return ARES_SUCCESS;
    if (resolver->asked_count < ASKED_MAX)
        resolver->asked[resolver->asked_count++] = peer;
    return ARES_SUCCESS;
}

static void add_asked(char text[RESOLVE_ASKED_MAX], const struct address *address)
{
    char one[ADDRESS_TEXT_MAX];
    size_t used = strlen(text);
    address_text(address, one);
    if (used + strlen(one) + 3 <= RESOLVE_ASKED_MAX)
        snprintf(text + used, RESOLVE_ASKED_MAX - used, "%s%s", used > 0 ? ", " : "", one);
}

/* Before there was a socket, or where there could be none. */
static void add_configured(char text[RESOLVE_ASKED_MAX], ares_channel channel)
{
    enum { DNS_PORT = 53 };
    struct ares_addr_port_node *list = NULL;
    char host[INET6_ADDRSTRLEN];
    struct address address;
    if (ares_get_servers_ports(channel, &list) != ARES_SUCCESS)
        return;
    for (const struct ares_addr_port_node *node = list; node != NULL; node = node->next)
        if (inet_ntop(node->family, &node->addr, host, sizeof host) != NULL &&
            address_parse(host, (uint16_t)(node->udp_port != 0 ? node->udp_port : DNS_PORT),
                          &address))
            add_asked(text, &address);
    ares_free_data(list);
}

const char *resolve_asked(const struct resolver *resolver, char text[RESOLVE_ASKED_MAX])
{
    text[0] = '\0';
    for (size_t i = 0; i < resolver->asked_count; i++)
        add_asked(text, &resolver->asked[i]);
    if (resolver->asked_count == 0)
        add_configured(text, resolver->channel);
    return text;
}

/* `what` completes "cannot find ...". */
static bool check_status(const struct resolve_job *job, const char *what, struct err *err)
{
    char whom[RESOLVE_ASKED_MAX];
    switch (job->status) {
    case ARES_SUCCESS:
        return true;
    case ARES_ENOMEM:
        return err_set(err, ERR_MEMORY, "out of memory");
    case ARES_ETIMEOUT:
    case ARES_ECONNREFUSED:
        return err_set(err, ERR_RESOLVER, "cannot find %s: no answer from the resolver %s", what,
                       resolve_asked(job->resolver, whom));
    default:
        return err_set(err, ERR_HOST, "cannot find %s: %s", what, ares_strerror(job->status));
    }
}

/* ---- Jobs ---------------------------------------------------------------------------------- */

struct resolver *resolve_open(struct err *err)
{
    struct resolver *resolver = calloc(1, sizeof *resolver);
    if (resolver == NULL)
        err_set(err, ERR_MEMORY, "out of memory");
    else if (start_ares(&resolver->channel, err)) {
        ares_set_socket_callback(resolver->channel, note_socket, resolver);
        return resolver;
    }
    free(resolver);
    return NULL;
}

static void free_job(struct resolve_job *job)
{
    ares_freeaddrinfo(job->found);
    free(job->message);
    free(job);
}

void resolve_close(struct resolver *resolver)
{
    if (resolver == NULL)
        return;
    stop_ares(resolver->channel);
    while (resolver->done != NULL) {
        struct resolve_job *job = resolver->done;
        resolver->done = job->next;
        free_job(job);
    }
    free(resolver);
}

/* c-ares may call back at once, from inside of the call that asks. */
static void end_job(struct resolve_job *job)
{
    struct resolver *resolver = job->resolver;
    job->known = !job->begun;
    if (job->dropped) {
        free_job(job);
        return;
    }
    job->next = NULL;
    if (resolver->done == NULL)
        resolver->done = job;
    else
        resolver->done_last->next = job;
    resolver->done_last = job;
}

static void take_host(void *context, int status, int timeouts, struct ares_addrinfo *found)
{
    struct resolve_job *job = context;
    (void)timeouts;
    job->status = status;
    job->found = found;
    end_job(job);
}

static void copy_message(struct resolve_job *job, const unsigned char *octets, size_t length)
{
    job->length = length;
    job->message = malloc(length > 0 ? length : 1);
    if (job->message == NULL)
        job->status = ARES_ENOMEM;
    else
        memcpy(job->message, octets, length);
}

static void take_records(void *context, int status, int timeouts, unsigned char *octets, int length)
{
    struct resolve_job *job = context;
    (void)timeouts;
    job->status = status;
    if (status == ARES_SUCCESS)
        copy_message(job, octets, (size_t)length);
    end_job(job);
}

static struct resolve_job *new_job(struct resolver *resolver, void *tag, struct err *err)
{
    struct resolve_job *job = calloc(1, sizeof *job);
    if (job == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    job->resolver = resolver;
    job->tag = tag;
    return job;
}

static bool is_in_file(struct resolver *resolver, const char *host, int family)
{
    struct hostent *found = NULL;
    if (ares_gethostbyname_file(resolver->channel, host, family, &found) != ARES_SUCCESS)
        return false;
    ares_free_hostent(found);
    return true;
}

/* The file of hosts has names without a dot at their end, and c-ares compares letters. Elsewhere
 * the dot says that no domain is to be tried behind the name, so it is taken away only where the
 * file has the rest, which goes to `bare`. */
static bool is_dotted_host(struct resolver *resolver, const char *host, int family,
                           char bare[HOST_MAX])
{
    size_t n = strlen(host);
    if (n < 2 || n > HOST_MAX || host[n - 1] != '.')
        return false;
    memcpy(bare, host, n - 1);
    bare[n - 1] = '\0';
    return (family != AF_INET6 && is_in_file(resolver, bare, AF_INET)) ||
           (family != AF_INET && is_in_file(resolver, bare, AF_INET6));
}

struct resolve_job *resolve_ask_host(struct resolver *resolver, const char *host, int family,
                                     void *tag, struct err *err)
{
    struct ares_addrinfo_hints hints = {.ai_family = family, .ai_socktype = SOCK_STREAM};
    char bare[HOST_MAX];
    struct resolve_job *job = new_job(resolver, tag, err);
    if (job == NULL)
        return NULL;
    job->family = family;
    ares_getaddrinfo(resolver->channel, is_dotted_host(resolver, host, family, bare) ? bare : host,
                     NULL, &hints, take_host, job);
    job->begun = true;
    return job;
}

struct resolve_job *resolve_ask_records(struct resolver *resolver, const char *name, uint16_t type,
                                        void *tag, struct err *err)
{
    enum { IN = 1 };
    struct resolve_job *job = new_job(resolver, tag, err);
    if (job == NULL)
        return NULL;
    ares_query(resolver->channel, name, IN, type, take_records, job);
    job->begun = true;
    return job;
}

struct resolve_job *resolve_take(struct resolver *resolver)
{
    struct resolve_job *job;
    while ((job = resolver->done) != NULL) {
        resolver->done = job->next;
        job->taken = true;
        if (!job->dropped)
            return job;
        free_job(job);
    }
    return NULL;
}

void *resolve_job_tag(const struct resolve_job *job)
{
    return job->tag;
}

void resolve_job_free(struct resolve_job *job)
{
    if (job == NULL)
        return;
    if (job->taken)
        free_job(job);
    else
        job->dropped = true;
}

bool resolve_job_was_known(const struct resolve_job *job)
{
    return job->known;
}

bool resolve_job_addresses(const struct resolve_job *job, uint16_t port, struct address_list *list,
                           struct err *err)
{
    *list = (struct address_list){.items = NULL};
    return check_status(job, words_for(job->family), err) &&
           take_addresses(job->found, port, list, err);
}

bool resolve_job_message(const struct resolve_job *job, const uint8_t **message, size_t *length,
                         struct err *err)
{
    *message = job->message;
    *length = job->length;
    return check_status(job, "the zone's servers", err) || is_empty_answer(job->status, err);
}

size_t resolve_fds(struct resolver *resolver, struct pollfd fds[RESOLVE_FDS])
{
    return list_fds(resolver->channel, fds);
}

uint64_t resolve_pause(struct resolver *resolver)
{
    return pause_of(resolver->channel);
}

void resolve_process(struct resolver *resolver, const struct pollfd *fds, size_t count)
{
    process_fds(resolver->channel, fds, count);
}
