/* base/buf. */
#include "base/buf.h"

#include "tap.h"

struct store {
    char data[100000];
    size_t length;
    unsigned calls;
    unsigned fail_at; /* number of the call that fails; 0: none */
    const void *last; /* where the octets of the last call were */
};

static bool keep(void *context, const void *octets, size_t n, struct err *err)
{
    struct store *store = context;
    store->last = octets;
    if (++store->calls == store->fail_at)
        return err_set(err, ERR_OUTPUT, "no room");
    memcpy(store->data + store->length, octets, n);
    store->length += n;
    return true;
}

static void gathers(void)
{
    static struct store store;
    struct buf buf;
    struct err err = {.kind = ERR_NONE};
    ok(buf_init(&buf, 8, keep, &store, &err), "buf_init");
    ok(buf_add(&buf, "abcd", 4, &err) && buf_add(&buf, "efgh", 4, &err), "fill it");
    is_int(store.calls, 0, "nothing is flushed before it must be");
    ok(buf_add(&buf, "i", 1, &err), "one octet more");
    is_mem(store.data, store.length, "abcdefgh", 8, "flushes what was there");
    ok(buf_add(&buf, "", 0, &err), "no octets");
    const char *more = "0123456789abcdef";
    ok(buf_add(&buf, more, 16, &err), "more than it holds");
    is_mem(store.data, store.length, "abcdefghi0123456789abcdef", 25, "everything came, in order");
    ok(store.last == more && buf.capacity == 8, "without a copy");
    ok(buf_add(&buf, "jk", 2, &err) && buf_drain(&buf, &err), "some more, and drain");
    is_mem(store.data, store.length, "abcdefghi0123456789abcdefjk", 27, "comes behind");
    unsigned calls = store.calls;
    ok(buf_drain(&buf, &err), "drain an empty buffer");
    is_int(store.calls, calls, "calls nobody");
    buf_fini(&buf);
    is_int(err.kind, ERR_NONE, "no error");
}

static void reserves(void)
{
    static struct store store;
    struct buf buf;
    struct err err = {.kind = ERR_NONE};
    ok(buf_init(&buf, 16, keep, &store, &err), "buf_init");
    char *at = buf_reserve(&buf, 16, &err);
    if (ok(at != NULL, "reserve all")) {
        memset(at, 'a', 16); /* all of the room may be used */
        buf_commit(&buf, at + 3);
    }
    at = buf_reserve(&buf, 13, &err);
    if (ok(at != NULL, "the rest is still free")) {
        is_int(store.calls, 0, "without a flush");
        memset(at, 'b', 13);
        buf_commit(&buf, at + 13);
    }
    at = buf_reserve(&buf, 1000, &err);
    if (ok(at != NULL, "reserve more than it has")) {
        memset(at, 'c', 1000);
        buf_commit(&buf, at + 1000);
    }
    ok(buf_drain(&buf, &err), "drain");
    is_int((int64_t)store.length, 1016, "what was committed came");
    ok(memcmp(store.data, "aaabbbbbbbbbbbbb", 16) == 0 && store.data[16] == 'c' &&
           store.data[1015] == 'c',
       "and nothing else");
    buf_fini(&buf);
}

static void prints(void)
{
    static struct store store;
    struct buf buf;
    struct err err = {.kind = ERR_NONE};
    char words[2100];
    memset(words, 'w', sizeof words);
    ok(buf_init(&buf, 10, keep, &store, &err), "buf_init");
    ok(buf_printf(&buf, &err, "%s %d", "number", 42), "print");
    ok(buf_printf(&buf, &err, "%.*s", 2048, words), "print the most that is allowed");
    ok(buf_drain(&buf, &err), "drain");
    is_int((int64_t)store.length, 9 + 2048, "all of it came");
    ok(memcmp(store.data, "number 42ww", 11) == 0, "in order");
    ok(!buf_printf(&buf, &err, "%.*s", 2049, words), "one more is refused");
    is_int(err.kind, ERR_INTERNAL, "as a defect");
    buf_fini(&buf);
}

static void fails(void)
{
    static struct store store = {.fail_at = 2};
    struct buf buf;
    struct err err = {.kind = ERR_NONE}, later = {.kind = ERR_NONE};
    ok(buf_init(&buf, 4, keep, &store, &err), "buf_init");
    ok(buf_add(&buf, "abcd", 4, &err) && buf_add(&buf, "efgh", 4, &err), "the first flush is good");
    ok(!buf_add(&buf, "i", 1, &err), "the second fails");
    is_int(err.kind, ERR_OUTPUT, "with the error of the callback");
    is_str(err.text, "no room", "and its words");
    ok(!buf_add(&buf, "j", 1, &later), "what comes later is refused");
    ok(!buf_add(&buf, "jklmno", 6, &later), "also more than it holds");
    is_int(later.kind, ERR_OUTPUT, "with an error");
    ok(buf_reserve(&buf, 0, &later) == NULL, "even nothing");
    ok(!buf_printf(&buf, &later, "x"), "printing too");
    ok(!buf_drain(&buf, &later), "draining too");
    is_int(store.calls, 2, "the callback is not called again");
    is_mem(store.data, store.length, "abcd", 4, "only what was good is out");
    buf_fini(&buf);
}

static void fails_without_a_copy(void)
{
    static struct store store = {.fail_at = 1};
    struct buf buf;
    struct err err = {.kind = ERR_NONE}, later = {.kind = ERR_NONE};
    ok(buf_init(&buf, 4, keep, &store, &err), "buf_init");
    ok(!buf_add(&buf, "abcdef", 6, &err), "more than it holds fails as what is flushed does");
    is_str(err.text, "no room", "with the words of the callback");
    ok(!buf_add(&buf, "g", 1, &later), "what comes later is refused");
    is_int(store.calls, 1, "the callback is not called again");
    buf_fini(&buf);
}

int main(void)
{
    gathers();
    reserves();
    prints();
    fails();
    fails_without_a_copy();
    return tap_end();
}
