/* job/keyring, with job/keys: lists that are read again and again by one process, with keys that
 * can be read only once; and what becomes of secrets. */
#include "job/keyring.h"

#include "job/keys.h"
#include "tap.h"
#include "textfile.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECOND = 1000000 };

static const char first_key[] = "hmac-sha256:first.example:c2VjcmV0IG51bWJlciBvbmUgLi4uLi4=\n";
static const char second_key[] = "hmac-sha256:second.example:c2VjcmV0IG51bWJlciB0d28gLi4uLi4=\n";

static struct err err;
static struct loop loop = {.signal_fd = -1};
static char folder[] = "/tmp/zxfr-keyring.XXXXXX";
static char fifo[64], file[64];
static unsigned warnings;

static void tell(struct teller *teller, const struct fact *fact)
{
    (void)teller;
    warnings += fact->kind == FACT_WARNING;
}

static struct teller teller = {tell};

/* ---- Keys of a list, as it is read --------------------------------------------------------- */

static struct keyring *new_ring(const struct keyring *before)
{
    struct keyring *ring = keyring_new(before, &err);
    if (ring == NULL)
        exit(1);
    return ring;
}

/* The first octets of the secret that a file or variable gives, or the kind of the error. */
static const char *load(struct keyring *ring, const char *path)
{
    static char text[40];
    struct key_options options = {.file = path};
    const struct keys_config config = {.options = &options,
                                       .loop = &loop,
                                       .deadline = loop_now() + 10 * (uint64_t)SECOND,
                                       .teller = &teller,
                                       .ring = ring};
    struct keys keys;
    struct err why = {.kind = ERR_NONE};
    if (keys_load(&keys, &config, &why))
        snprintf(text, sizeof text, "%.17s", (const char *)keys_for(&keys, NULL)->secret);
    else
        snprintf(text, sizeof text, "%s", err_slug(why.kind));
    keys_fini(&keys);
    return text;
}

/* Somebody writes a key into the FIFO, once. */
static pid_t feed(void)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    int fd = open(fifo, O_WRONLY | O_CLOEXEC);
    _exit(fd < 0 || write(fd, first_key, strlen(first_key)) < 0);
}

static size_t mapped(void)
{
    return strtoul(content("/proc/self/statm"), NULL, 10) * (size_t)sysconf(_SC_PAGESIZE);
}

static struct secret_text make_text(const char *octets)
{
    struct secret_text text = {.length = strlen(octets)};
    text.text = secret_new(SECRET_FILE_MAX + 1, &err);
    if (text.text == NULL)
        exit(1);
    memcpy(text.text, octets, text.length);
    return text;
}

static const char *text_of(const struct keyring *ring, const char *path)
{
    static char octets[20];
    struct secret_text text;
    if (!keyring_text(ring, path, &text))
        return "none";
    snprintf(octets, sizeof octets, "%.*s", (int)text.length, text.text);
    return octets;
}

/* ---- The tests ----------------------------------------------------------------------------- */

static void texts(void)
{
    struct keyring *first = new_ring(NULL), *second, *third;
    struct secret_text text = make_text("one"), regular = make_text("file"), other;
    ok(keyring_keep(first, "env:A", &text, &err), "a text is kept");
    regular.stat.st_mode = S_IFREG;
    ok(keyring_keep(first, "file", &regular, &err) && !keyring_keeps(first, &regular),
       "that of a file is left to the caller");
    secret_text_fini(&regular);
    is_str(text_of(first, "file"), "none", "... and not found");
    second = new_ring(first);
    is_str(text_of(second, "env:A"), "one", "the next ring borrows it");
    is_str(text_of(second, "env:B"), "none", "... what there is");
    keyring_free(second);
    is_str(text_of(first, "env:A"), "one", "a ring that goes leaves the one before whole");
    second = new_ring(first);
    text = make_text("two");
    keyring_keep(second, "env:B", &text, &err);
    third = new_ring(second);
    is_str(text_of(third, "env:A"), "one", "borrowed over two rings");
    keyring_free(third);
    keyring_inherit(second, first);
    keyring_inherit(second, first); /* there is nothing more to be had */
    keyring_text(second, "env:A", &other);
    keyring_free(first);
    ok(strncmp(other.text, "one", 3) == 0, "inherited: it is where it was");
    is_str(text_of(second, "env:A"), "one", "... and found");
    is_str(text_of(second, "env:B"), "two", "... beside its own");
    /* One that has read it anew for itself. */
    third = new_ring(second);
    text = make_text("new");
    keyring_keep(third, "env:A", &text, &err);
    is_str(text_of(third, "env:A"), "new", "its own comes before that of the ring before");
    keyring_inherit(third, second);
    is_str(text_of(third, "env:A"), "new", "... also afterwards");
    is_str(text_of(third, "env:B"), "two", "... and the rest is inherited");
    keyring_free(second);
    is_str(text_of(third, "env:A"), "new", "... for good");
    keyring_free(third);
    keyring_free(NULL);
}

static void rooms(void)
{
    struct keyring *ring = new_ring(NULL);
    struct tsig_key *a = keyring_room(ring, 2, &err), *b = keyring_room(ring, 1, &err);
    unsigned sum = 0;
    memset(b, 'x', sizeof *b);
    memset(a, 'y', 2 * sizeof *a);
    keyring_give_back(ring, b, 1);
    for (size_t i = 0; i < sizeof *b; i++)
        sum |= ((const uint8_t *)b)[i];
    is_int(sum, 0, "room that is given back is cleansed");
    ok(keyring_room(ring, 1, &err) == b, "... and given again");
    keyring_give_back(ring, a, 2);
    ok(a->secret[0] == 'y', "room that is not the last stays");
    ok(keyring_put(ring, "path", NULL, false, b, &err), "a key is put there");
    keyring_give_back(ring, b, 1);
    ok(keyring_find(ring, "path", NULL, false) == b && keyring_room(ring, 1, &err) != b,
       "... and its room is not given again");
    ok(keyring_find(ring, "path", NULL, true) == NULL, "with strict it is another");
    ok(keyring_find(ring, "path", "name", false) == NULL, "... and with a name");
    ok(keyring_room(ring, KEYRING_ROOM, &err) != NULL, "as much room as there may be");
    keyring_free(ring);
}

static void variables(void)
{
    const struct key_options options = {.file = "env:ZXFR_TEST_KEY"};
    struct keyring *ring = new_ring(NULL), *fresh;
    setenv("ZXFR_TEST_KEY", first_key, 1);
    is_str(load(ring, "env:ZXFR_TEST_KEY"), "secret number one", "a variable gives a key");
    keys_forget_variables(&options);
    ok(getenv("ZXFR_TEST_KEY") == NULL, "... and is there no more");
    is_str(load(ring, "env:ZXFR_TEST_KEY"), "secret number one", "the ring has it");
    for (unsigned i = 0; i < 2; i++) {
        fresh = new_ring(ring);
        is_str(load(fresh, "env:ZXFR_TEST_KEY"), "secret number one", "read again: it is known");
        keyring_inherit(fresh, ring);
        keyring_free(ring);
        ring = fresh;
    }
    /* One that fails, after it has borrowed the variable. */
    fresh = new_ring(ring);
    is_str(load(fresh, "env:ZXFR_TEST_KEY"), "secret number one", "a list that is bad elsewhere");
    is_str(load(fresh, "/nowhere/at/all"), "key", "... fails");
    is_str(load(fresh, "env:ZXFR_TEST_NONE"), "key", "... by a variable, too");
    keyring_free(fresh);
    is_str(load(ring, "env:ZXFR_TEST_KEY"), "secret number one", "what was in force stays whole");
    fresh = new_ring(ring);
    is_str(load(fresh, "env:ZXFR_TEST_KEY"), "secret number one", "... for the next, too");
    keyring_inherit(fresh, ring);
    keyring_free(ring);
    keyring_free(fresh);
}

static void files(void)
{
    struct keyring *ring = new_ring(NULL), *fresh;
    int status = -1;
    pid_t pid = feed();
    is_str(load(ring, fifo), "secret number one", "a FIFO gives a key");
    waitpid(pid, &status, 0);
    is_int(status, 0, "... once");
    fresh = new_ring(ring);
    is_str(load(fresh, fifo), "secret number one", "read again: nobody waits for another writer");
    put_text(file, first_key);
    chmod(file, 0600);
    is_str(load(fresh, file), "secret number one", "a file");
    put_text(file, second_key);
    is_str(load(fresh, file), "secret number one", "... is read once for a list");
    keyring_inherit(fresh, ring);
    keyring_free(ring);
    ring = new_ring(fresh);
    is_str(load(ring, file), "secret number two", "... and anew for the next");
    is_str(load(ring, fifo), "secret number one", "... unlike the FIFO");
    unlink(fifo);
    put_text(fifo, second_key);
    chmod(fifo, 0600);
    struct keyring *other = new_ring(ring);
    is_str(load(other, fifo), "secret number two", "a file in the place of a FIFO is read");
    keyring_free(other);
    chmod(file, 0644);
    warnings = 0;
    load(ring, file);
    is_int(warnings, 0, "what is not read again is not warned of");
    keyring_inherit(ring, fresh);
    keyring_free(fresh);
    fresh = new_ring(ring);
    load(fresh, file);
    load(fresh, file);
    is_int(warnings, 1, "a file that others can read is told of once for each list");
    keyring_free(fresh);
    keyring_free(ring);
}

/* Lists that are read for ever: each text has a megabyte of address space. */
static void for_ever(void)
{
    struct keyring *ring = new_ring(NULL);
    size_t before = 0;
    put_text(file, second_key);
    setenv("ZXFR_TEST_KEY", first_key, 1);
    load(ring, "env:ZXFR_TEST_KEY");
    for (unsigned i = 0; i < 500; i++) {
        struct keyring *fresh = new_ring(ring);
        load(fresh, "env:ZXFR_TEST_KEY");
        load(fresh, file);
        load(fresh, "/nowhere/at/all");
        if (i % 3 == 0) {
            keyring_free(fresh); /* a list that failed */
        } else {
            keyring_inherit(fresh, ring);
            keyring_free(ring);
            ring = fresh;
        }
        before = i == 20 ? mapped() : before;
    }
    size_t after = mapped();
    is_str(load(ring, "env:ZXFR_TEST_KEY"), "secret number one", "after 500 lists it is there");
    keyring_free(ring);
    ok(after <= before + (size_t)4 * 1024 * 1024, "... and no secret was left behind: %zu, %zu",
       before, after);
}

int main(void)
{
    if (mkdtemp(folder) == NULL)
        return 1;
    snprintf(fifo, sizeof fifo, "%s/fifo", folder);
    snprintf(file, sizeof file, "%s/file", folder);
    if (mkfifo(fifo, 0600) != 0)
        return 1;
    texts();
    rooms();
    variables();
    files();
    for_ever();
    unlink(fifo);
    unlink(file);
    rmdir(folder);
    return tap_end();
}
