/* job/zonestate over files written by hand: whose a file is, what is wrong with it, whether it is
 * the same still. */
#include "job/zonestate.h"

#include "tap.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct loop loop = {.signal_fd = -1};
static struct err err;
static struct zonestate state;
static char folder[] = "/tmp/zxfr-state.XXXXXX";
static const uint8_t zone[] = "\1a\7example";

#define SOA(serial)                                                                                \
    "a.example.\t60\tIN\tSOA\tns.a.example. h.a.example. " #serial " 7200 3600 1209600 300\n"
#define NS "a.example.\t60\tIN\tNS\tns.a.example.\n"
#define END(serial) "; zxfr end: a.example. IN serial " #serial " records 2"
#define SUM " sum 0123456789abcdef0123456789abcdef"

static void put_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    if (file == NULL || fputs(text, file) == EOF || fclose(file) != 0) {
        printf("Bail out! cannot write %s\n", path);
        exit(1);
    }
}

static bool read_file(const char *path)
{
    const struct oldzone_config config = {.path = path,
                                          .zone = zone,
                                          .zone_length = sizeof zone,
                                          .loop = &loop,
                                          .deadline = LOOP_NEVER};
    err = (struct err){.kind = ERR_NONE};
    return zonestate_read(&state, &config, &err);
}

static const struct {
    const char *what, *text;
    enum zonestate_kind kind;
    bool merges;
} rows[] = {
    {"an empty file", "", ZONESTATE_MISSING, false},
    {"sorted", SOA(5) NS END(5) SUM "\n", ZONESTATE_OURS, true},
    {"sorted, with the time when signatures expire",
     SOA(5) NS END(5) " expires 20270101000000" SUM "\n", ZONESTATE_OURS, true},
    {"not sorted", SOA(5) NS END(5) "\n", ZONESTATE_OURS, false},
    {"another serial at the end", SOA(5) NS END(6) SUM "\n", ZONESTATE_EDITED, false},
    {"another serial at the head", SOA(6) NS END(5) SUM "\n", ZONESTATE_EDITED, false},
    {"something behind the end line", SOA(5) NS END(5) SUM "\n; a remark\n", ZONESTATE_EDITED,
     false},
    {"an end line without its line feed", SOA(5) NS END(5) SUM, ZONESTATE_EDITED, false},
    {"an end line in the middle", SOA(5) END(5) SUM "\n" NS, ZONESTATE_EDITED, false},
    {"no SOA", NS END(5) SUM "\n", ZONESTATE_EDITED, false},
    {"not whole", SOA(5) NS "; zxfr INCOMPLETE: interrupted\n", ZONESTATE_EDITED, false},
    {"of others", SOA(5) NS, ZONESTATE_FOREIGN, false},
    {"an end line within another", SOA(5) NS "x " END(5) SUM "\n", ZONESTATE_FOREIGN, false},
    {"no text", "\1\2\3", ZONESTATE_FOREIGN, false},
    {"another zone's end line", SOA(5) NS "; zxfr end: b.example. IN serial 5 records 2" SUM "\n",
     ZONESTATE_EDITED, false},
};

static void test_rows(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        put_text("file", rows[i].text);
        ok(read_file("file"), "%s", rows[i].what);
        is_int(state.kind, rows[i].kind, "... what it is (%s)", state.why);
        is_int(state.merges, rows[i].merges, "... whether changes can be put into it");
        ok((state.why[0] == '\0') == state.merges, "... and why not");
    }
}

/* Wherever a long line or a block ends. */
static void test_places(void)
{
    static char text[40000];
    unsigned wrong = 0;
    for (size_t before = 8100; before < 8300; before++) {
        size_t n = 0;
        memset(text, 'x', before);
        text[before] = '\n';
        n = before + 1;
        n += (size_t)sprintf(text + n, "%s", END(5) "\n");
        sprintf(text + n, "%s", "; behind\n");
        put_text("file", text);
        wrong += !read_file("file") || state.kind != ZONESTATE_EDITED;
    }
    is_int(wrong, 0, "an end line across the blocks that are read");
}

static void test_others(void)
{
    unlink("file");
    ok(read_file("file"), "no file");
    is_int(state.kind, ZONESTATE_MISSING, "... is missing");
    ok(zonestate_holds(&state, "file"), "... and still");
    put_text("file", "");
    ok(zonestate_holds(&state, "file"), "an empty one is as good as none");
    put_text("file", "x");
    ok(!zonestate_holds(&state, "file"), "another is not");
    put_text("file", SOA(5) NS END(5) SUM "\n");
    ok(read_file("file") && zonestate_holds(&state, "file"), "a file is the same");
    struct stat st;
    stat("file", &st);
    put_text("file", SOA(16) NS END(16) SUM "\n");
    utimensat(AT_FDCWD, "file", (struct timespec[2]){st.st_atim, st.st_mtim}, 0);
    ok(!zonestate_holds(&state, "file"), "one that was written since is not, though its time is");
    unlink("file");
    ok(!zonestate_holds(&state, "file"), "nor one that is gone");
    mkdir("folder", 0700);
    ok(read_file("folder"), "a folder");
    is_int(state.kind, ZONESTATE_FOREIGN, "... is not ours");
    rmdir("folder");
    ok(mkfifo("fifo", 0600) == 0 && read_file("fifo"), "a FIFO, which is not waited for");
    is_int(state.kind, ZONESTATE_FOREIGN, "... is not ours");
    unlink("fifo");
}

/* Another process replaces the file again and again: what is read is one of the two, never the head
 * of one with the end of the other. */
static void test_replaced(void)
{
    unsigned wrong = 0, serials[2] = {0, 0};
    put_text("file", SOA(5) NS END(5) SUM "\n");
    pid_t child = fork();
    unsigned serial = 6;
    while (child == 0) {
        put_text("next", serial == 5 ? SOA(5) NS END(5) SUM "\n" : SOA(6) NS END(6) SUM "\n");
        rename("next", "file");
        serial ^= 3;
        usleep(200);
    }
    for (unsigned i = 0; i < 20000 && (serials[0] < 500 || serials[1] < 500 || i < 4000); i++) {
        bool good = read_file("file") && state.kind == ZONESTATE_OURS && state.old.serial - 5 < 2;
        wrong += !good;
        if (good)
            serials[state.old.serial - 5]++;
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    is_int(wrong, 0, "a file that is replaced while it is read");
    ok(serials[0] >= 500 && serials[1] >= 500, "... %u and %u times", serials[0], serials[1]);
    unlink("next");
    unlink("file");
}

int main(void)
{
    if (mkdtemp(folder) == NULL || chdir(folder) != 0) {
        printf("Bail out! no folder\n");
        return 1;
    }
    test_rows();
    test_places();
    test_others();
    test_replaced();
    ok(rmdir(folder) == 0, "nothing is left");
    return tap_end();
}
