/* job/side_ahead over files written by hand: what is read ahead, what is not, and that nothing else
 * shows which it was. */
#include "job/side_ahead.h"

#include "out/writer.h"
#include "tap.h"

#include <sys/resource.h>
#include <unistd.h>

enum { OLD, NEW };

/* So that a file is long enough, in octets. */
enum { LONG = 2 << 20, SHORT = 1000 };

#define SOA(zone) zone " 60 IN SOA ns." zone " h." zone " 5 7200 3600 1209600 300\n"

static struct loop loop = {.signal_fd = -1};
static const struct key_options no_keys;
static const struct keys keys = {.config.options = &no_keys};
static struct loop_halt halt;
static struct shape shape;
static struct spec spec;
static struct side sides[2];
static struct side_ahead ahead;
static char folder[] = "/tmp/zxfr-ahead.XXXXXX";
static char told[2000]; /* what was told, a word each */

static void note_fact(struct teller *teller, const struct fact *fact)
{
    const char *what = fact->kind == FACT_SIDE_READ ? " read"
                       : fact->kind == FACT_WARNINGS
                           ? fact->notes->counts[ERR_RDATA] > 0 ? " odd" : ""
                       : fact->kind == FACT_SIDE_FAILED ? " failed: "
                                                        : " ?";
    (void)teller;
    if (*what == '\0')
        return;
    snprintf(told + strlen(told), sizeof told - strlen(told), "%s%s%s;", fact->label, what,
             fact->kind == FACT_SIDE_FAILED ? fact->err->text : "");
}

static struct teller teller = {note_fact};

/* A file that begins with `head` and ends with `tail`, of records and at least so many octets. */
static void put_zone(const char *path, const char *head, const char *tail, long octets)
{
    FILE *file = fopen(path, "w");
    bool good = file != NULL && fputs(head, file) != EOF;
    for (unsigned i = 0; good && ftell(file) < octets; i++)
        good = fprintf(file, "n%u 60 IN A 192.0.2.%u\n", i * 7919 % 65536, i % 250) > 0;
    if (!good || fputs(tail, file) == EOF || fclose(file) != 0) {
        printf("Bail out! cannot write %s\n", path);
        exit(1);
    }
}

static void begin(unsigned jobs)
{
    static const char *const labels[] = {"OLD", "NEW"}, *const paths[] = {"old", "new"};
    told[0] = '\0';
    for (int i = OLD; i <= NEW; i++)
        sides[i] = (struct side){.config = {.label = labels[i],
                                            .word = paths[i],
                                            .path = paths[i],
                                            .spec = &spec,
                                            .reading = {.max_findings = 3},
                                            .loop = &loop,
                                            .deadline = LOOP_NEVER,
                                            .halt = &halt.halt,
                                            .keys = &keys,
                                            .teller = &teller}};
    ahead = (struct side_ahead){.work = NULL};
    side_ahead_begin(&ahead, sides, jobs);
}

static enum err_kind load(int i)
{
    struct err err = {.kind = ERR_NONE};
    return side_expect(&sides[i], &sides[NEW - i], &err) ? side_load(&sides[i]) : err.kind;
}

/* Reads both as a command does. Returns whether the second one was read ahead. */
static bool run(unsigned jobs)
{
    begin(jobs);
    if (load(OLD) != ERR_NONE) {
        side_ahead_end(&ahead);
        return false;
    }
    side_ahead_take(&ahead);
    bool was_ahead = sides[NEW].input != NULL;
    load(NEW);
    side_ahead_end(&ahead);
    return was_ahead;
}

static void end(void)
{
    side_fini(&sides[OLD]);
    side_fini(&sides[NEW]);
}

static const struct {
    const char *what, *old[2], *new[2]; /* head and tail */
    long octets[2];
    bool is_ahead;
    const char *told;
} rows[] = {
    {"two long files", {SOA("a."), ""}, {SOA("a."), ""}, {LONG, LONG}, true, "OLD read;NEW read;"},
    {"the first one is much longer",
     {SOA("a."), ""},
     {SOA("a."), ""},
     {4 * LONG, LONG},
     true,
     "OLD read;NEW read;"},
    {"the second one is much longer",
     {SOA("a."), ""},
     {SOA("a."), ""},
     {LONG, 4 * LONG},
     true,
     "OLD read;NEW read;"},
    {"a short one", {SOA("a."), ""}, {SOA("a."), ""}, {LONG, SHORT}, false, "OLD read;NEW read;"},
    {"a short one before",
     {SOA("a."), ""},
     {SOA("a."), ""},
     {SHORT, LONG},
     false,
     "OLD read;NEW read;"},
    {"warnings of both",
     {SOA("a."), "x 60 IN A \\# 1 00\n"},
     {SOA("a."), "x 60 IN A \\# 1 00\n"},
     {LONG, LONG},
     true,
     "OLD odd;OLD read;NEW odd;NEW read;"},
    {"the first one is broken",
     {SOA("a."), "x 60 IN A 1\n"},
     {SOA("a."), ""},
     {LONG, LONG},
     false,
     "OLD failed: old:79468:11: A address: expected an IPv4 address, got \"1\";"},
    {"the second one is broken",
     {SOA("a."), ""},
     {SOA("a."), "x 60 IN A 1\n"},
     {LONG, LONG},
     false,
     "OLD read;NEW failed: new:79468:11: A address: expected an IPv4 address, got \"1\";"},
    {"both are",
     {SOA("a."), "x 60 IN A 1\n"},
     {"x 60 IN A 1\n" SOA("a."), ""},
     {LONG, LONG},
     false,
     "OLD failed: old:79468:11: A address: expected an IPv4 address, got \"1\";"},
    {"the second one includes a file",
     {SOA("a."), ""},
     {SOA("a."), "$INCLUDE more\n"},
     {LONG, LONG},
     false,
     "OLD read;NEW read;"},
    {"the first one does",
     {SOA("a."), "$INCLUDE more\n"},
     {SOA("a."), ""},
     {LONG, LONG},
     true,
     "OLD read;NEW read;"},
    {"the first one alone tells the zone",
     {SOA("a."), ""},
     {"", ""},
     {LONG, LONG},
     true,
     "OLD read;NEW read;"},
    {"the second one alone does",
     {"", ""},
     {SOA("a."), ""},
     {LONG, LONG},
     true,
     "OLD read;NEW read;"},
    {"the second one is JSON", {SOA("a."), ""}, {"{\n", ""}, {LONG, LONG}, false, NULL},
    {"the second one is a recording",
     {SOA("a."), ""},
     {"zxfr-recording 1\n", ""},
     {LONG, LONG},
     false,
     NULL},
};

/* With one thread and with two it comes to the same. */
static void test_rows(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char alone[sizeof told];
        put_zone("old", rows[i].old[0], rows[i].old[1], rows[i].octets[OLD]);
        put_zone("new", rows[i].new[0], rows[i].new[1], rows[i].octets[NEW]);
        ok(!run(1), "%s: nothing is read ahead by one thread", rows[i].what);
        uint64_t records = sides[NEW].store != NULL ? store_facts(sides[NEW].store).records : 0;
        strcpy(alone, told);
        end();
        is_int(run(2), rows[i].is_ahead, "... whether it is by two");
        is_str(told, alone, "... the same is told");
        is_int(sides[NEW].store != NULL ? (int64_t)store_facts(sides[NEW].store).records : 0,
               (int64_t)records, "... and as many records are there");
        end();
        if (rows[i].told != NULL)
            is_str(alone, rows[i].told, "... what is told");
    }
}

/* The first file is another one by the time that it is read, so the second one, which does not tell
 * its zone, is of another zone, too. */
static void test_replaced(void)
{
    struct name_string apex;
    put_zone("old", SOA("a."), "", LONG);
    put_zone("new", "", "", LONG);
    put_zone("other", SOA("b."), "", LONG);
    begin(2);
    ok(ahead.work != NULL && rename("other", "old") == 0, "the first file is replaced");
    is_int(load(OLD), ERR_NONE, "... it is read");
    side_ahead_take(&ahead);
    ok(sides[NEW].input == NULL, "... what was read ahead does not count");
    is_int(load(NEW), ERR_NONE, "... it is read again");
    is_str(name_string(&apex, sides[NEW].zone.apex), "b.", "... as one of the other zone");
    end();
}

/* What nobody takes leaves nothing behind. */
static void test_unwanted(void)
{
    put_zone("old", SOA("a."), "", LONG);
    put_zone("new", SOA("a."), "", LONG);
    begin(2);
    ok(ahead.work != NULL, "two files, of which the first one is never read");
    side_ahead_end(&ahead);
    ok(sides[NEW].store == NULL && sides[NEW].input == NULL, "... nothing is left of the second");
    side_ahead_end(&ahead);
    side_ahead_take(&ahead);
    end();
}

/* A signal comes while both are read. */
static void test_signal(void)
{
    int ends[2];
    bool good = pipe(ends) == 0;
    loop.signal_fd = ends[0];
    begin(2);
    ok(good && ahead.work != NULL && write(ends[1], "", 1) == 1, "a signal comes");
    is_int(load(OLD), ERR_INTERRUPTED, "... the first file is not read on");
    side_ahead_end(&ahead);
    end();
    begin(2);
    ok(ahead.work == NULL, "... nothing is begun after it");
    end();
    loop.signal_fd = -1;
    close(ends[0]);
    close(ends[1]);
}

/* From now on. */
static void test_memory(void)
{
    const struct rlimit limit = {(rlim_t)1 << 50, (rlim_t)1 << 50};
    ok(setrlimit(RLIMIT_AS, &limit) == 0 && !run(2) && strcmp(told, "OLD read;NEW read;") == 0,
       "where the address space is limited no thread takes a part of it");
    end();
}

int main(void)
{
    if (mkdtemp(folder) == NULL || chdir(folder) != 0) {
        printf("Bail out! no folder\n");
        return 1;
    }
    loop_halt_init(&halt, &loop, LOOP_NEVER);
    shape.format = writer_find("zone");
    spec.shape = &shape;
    put_zone("more", "more 60 IN A 192.0.2.1\n", "", 0);
    test_rows();
    test_replaced();
    test_unwanted();
    test_signal();
    test_memory();
    ok(unlink("old") == 0 && unlink("new") == 0 && unlink("more") == 0 && chdir("/") == 0 &&
           rmdir(folder) == 0,
       "nothing is left");
    return tap_end();
}
