/* xfer/frame: messages out of a stream, however it is cut. */
#include "xfer/frame.h"

#include "tap.h"
#include "wire.h"

/* What came out: the messages with their lengths before them, as they went in. */
struct taken {
    struct wire octets;
    unsigned count;
    enum frame_event last;
    struct err err;
    size_t pending;
};

static struct taken taken;

static void take_all(struct frame *frame)
{
    const uint8_t *message;
    size_t length;
    while ((taken.last = frame_next(frame, &message, &length, &taken.err)) == FRAME_MESSAGE) {
        wire_u16(&taken.octets, (unsigned)length);
        wire_mem(&taken.octets, message, length);
        taken.count++;
    }
}

/* Puts n octets in, as many at once as fit. Returns false when the frame has failed. */
static bool put(struct frame *frame, const uint8_t *octets, size_t n)
{
    while (n > 0) {
        size_t room;
        uint8_t *to = frame_room(frame, &room);
        if (room == 0) {
            taken.last = FRAME_FAIL;
            return false;
        }
        size_t part = n < room ? n : room;
        memcpy(to, octets, part);
        frame_filled(frame, part);
        octets += part;
        n -= part;
        take_all(frame);
        if (taken.last == FRAME_FAIL)
            return false;
    }
    return true;
}

/* Runs a stream through a new frame in chunks of the given sizes, the last of them repeated. */
static void run(const uint8_t *stream, size_t n, const size_t *chunks, size_t count)
{
    struct frame frame;
    memset(&taken, 0, sizeof taken);
    if (!frame_init(&frame, &taken.err))
        abort();
    take_all(&frame);
    for (size_t at = 0, i = 0; at < n;) {
        size_t chunk = chunks[i];
        if (i + 1 < count)
            i++;
        if (chunk > n - at)
            chunk = n - at;
        if (!put(&frame, stream + at, chunk))
            break;
        at += chunk;
    }
    taken.pending = frame_rest(&frame, NULL);
    frame_fini(&frame);
}

static struct wire stream;

static void message(unsigned fill, size_t n)
{
    wire_u16(&stream, (unsigned)n);
    for (size_t i = 0; i < n; i++)
        wire_u8(&stream, fill + (unsigned)(i * 7 + i / 251));
}

static bool all_came(unsigned count)
{
    return taken.last == FRAME_MORE && taken.count == count && taken.pending == 0 &&
           taken.octets.n == stream.n && memcmp(taken.octets.octets, stream.octets, stream.n) == 0;
}

static void small(void)
{
    stream.n = 0;
    message(1, 12);
    message(2, 13);
    message(3, 300);
    message(4, 12);
    size_t whole = stream.n;
    run(stream.octets, whole, &whole, 1);
    ok(all_came(4), "in one piece");
    run(stream.octets, whole, &(size_t){1}, 1);
    ok(all_came(4), "octet by octet");
    bool good = true;
    for (size_t first = 1; first < whole; first++)
        for (size_t second = 1; second < whole - first; second += first % 5 == 0 ? 1 : 29) {
            size_t chunks[] = {first, second, whole};
            run(stream.octets, whole, chunks, 3);
            good = good && all_came(4);
        }
    ok(good, "in three pieces, cut anywhere");
    good = true;
    for (size_t n = 0; n < whole; n++) {
        run(stream.octets, n, &whole, 1);
        good = good && taken.last == FRAME_MORE && taken.octets.n + taken.pending == n &&
               memcmp(taken.octets.octets, stream.octets, taken.octets.n) == 0 &&
               (taken.pending == 0) == (n == 0 || n == 14 || n == 29 || n == 331);
    }
    ok(good, "a stream that ends anywhere: what is whole comes, the rest is pending");
}

static void large(void)
{
    stream.n = 0;
    message(1, 65535);
    message(2, 12);
    message(3, 65535);
    size_t whole = stream.n;
    static const size_t sizes[] = {1, 2, 3, 1000, 4096, 16384, 65535, 65536, 65537, 131086};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        run(stream.octets, whole, &sizes[i], 1);
        ok(all_came(3), "messages of 65535 octets in chunks of %zu", sizes[i]);
    }
    unsigned random = 1;
    bool good = true;
    for (unsigned round = 0; round < 60; round++) {
        size_t chunks[40];
        stream.n = 0;
        unsigned count = 0;
        while (stream.n < 60000) {
            random = random * 1103515245 + 12345;
            size_t length =
                (random >> 8) % 8 == 0 ? 12 + (random >> 12) % 65524 : 12 + (random >> 12) % 40;
            message(count++, length);
        }
        for (size_t i = 0; i < 40; i++) {
            random = random * 1103515245 + 12345;
            chunks[i] = (random >> 8) % 2 == 0 ? (random >> 9) % 5 + 1 : (random >> 9) % 40000 + 1;
        }
        run(stream.octets, stream.n, chunks, 40);
        good = good && all_came(count);
    }
    ok(good, "random messages in random chunks");
}

/* More octets than the buffer holds, always read to the brim. */
static void long_stream(void)
{
    struct frame frame;
    struct err err = {.kind = ERR_NONE};
    const uint8_t *message_at;
    size_t length;
    if (!frame_init(&frame, &err))
        abort();
    uint64_t put_in = 0, came = 0, messages = 0;
    bool good = true;
    /* The stream: message k has 12 + k * 1021 % 65524 octets, all of value k. */
    size_t k = 0, left_of_message = 0, prefix = 0;
    while (messages < 2000 && good) {
        size_t room;
        uint8_t *to = frame_room(&frame, &room);
        good = good && room > 0;
        for (size_t i = 0; i < room; i++) {
            size_t n = 12 + k * 1021 % 65524;
            if (prefix < 2) {
                to[i] = (uint8_t)(prefix == 0 ? n >> 8 : n);
                if (++prefix == 2)
                    left_of_message = n;
                continue;
            }
            to[i] = (uint8_t)k;
            if (--left_of_message == 0) {
                prefix = 0;
                k++;
            }
        }
        frame_filled(&frame, room);
        put_in += room;
        while (frame_next(&frame, &message_at, &length, &err) == FRAME_MESSAGE) {
            good = good && length == 12 + messages * 1021 % 65524;
            for (size_t i = 0; i < length; i++)
                good = good && message_at[i] == (uint8_t)messages;
            came += length + 2;
            messages++;
        }
        good = good && put_in - came == frame_rest(&frame, NULL);
    }
    ok(good, "2000 messages, the buffer filled to the brim each time");
    frame_fini(&frame);
}

static void bad_lengths(void)
{
    for (unsigned length = 0; length < 12; length++) {
        stream.n = 0;
        message(1, 20);
        wire_u16(&stream, length);
        wire_fill(&stream, 0, 100);
        for (size_t chunk = 1; chunk < 30; chunk += 7) {
            run(stream.octets, stream.n, &chunk, 1);
            ok(taken.last == FRAME_FAIL && taken.count == 1, "length %u in chunks of %zu", length,
               chunk);
            is_str(err_slug(taken.err.kind), err_slug(length == 0 ? ERR_LEN_ZERO : ERR_LEN_SHORT),
                   "its error");
        }
        run(stream.octets, 22 + 2, &(size_t){1}, 1);
        ok(taken.last == FRAME_FAIL, "known from the length alone");
        run(stream.octets, 22 + 1, &(size_t){1}, 1);
        ok(taken.last == FRAME_MORE && taken.pending == 1, "but not from its first octet");
    }
}

int main(void)
{
    small();
    large();
    long_stream();
    bad_lengths();
    return tap_end();
}
