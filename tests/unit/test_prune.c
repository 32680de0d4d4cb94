/* job/prune in a real folder: which old files of which zone go, and what is never touched. */
#include "job/prune.h"

#include "tap.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct err err;
static char folder[] = "/tmp/zxfr-prune.XXXXXX";

static void put(const char *name, time_t time)
{
    int fd = open(name, O_WRONLY | O_CREAT, 0600);
    struct timespec times[2] = {{time, 0}, {time, 0}};
    if (fd < 0 || futimens(fd, times) != 0) {
        printf("Bail out! cannot write %s\n", name);
        exit(1);
    }
    close(fd);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names that are there, sorted, a blank behind each; and removes them. */
static const char *names(void)
{
    static char text[2000];
    char *list[64];
    size_t count = 0;
    const struct dirent *entry;
    DIR *dir = opendir(".");
    while (dir != NULL && (entry = readdir(dir)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            list[count++] = strdup(entry->d_name);
    closedir(dir);
    qsort(list, count, sizeof *list, compare);
    *text = '\0';
    for (size_t i = 0; i < count; i++) {
        strcat(strcat(text, list[i]), " ");
        if (unlink(list[i]) != 0)
            rmdir(list[i]);
        free(list[i]);
    }
    return text;
}

static bool prune(unsigned keep, bool is_alone)
{
    err = (struct err){.kind = ERR_NONE};
    return prune_old(".", keep, is_alone, &err);
}

static void test_oldest(void)
{
    /* the time counts, not the number; zones whose names begin alike are not mixed up */
    put("a.example.10.zone", 300);
    put("a.example.9.zone", 400);
    put("a.example.4294967295.zone", 100);
    put("a.example.11.zone", 200);
    put("a.example.1.2.zone", 100);
    put("b.a.example.1.zone", 10);
    ok(prune(2, true), "four old files of a zone, one of two others");
    is_str(names(), "a.example.1.2.zone a.example.10.zone a.example.9.zone b.a.example.1.zone ",
           "... two of each stay, the latest");
    put("@.1.zone", 1);
    put("@.2.zone", 2);
    ok(prune(1, true), "of the root");
    is_str(names(), "@.2.zone ", "... one stays");
}

static void test_others(void)
{
    static const char all[] = ".a.1.zone.zxfr 1.zone a.1.zone.bak a.1.zones a.x1.zone a.zone ";
    put(".a.1.zone.zxfr", 1);
    put("1.zone", 1);
    put("a.1.zone.bak", 1);
    put("a.1.zones", 1);
    put("a.x1.zone", 1);
    put("a.zone", 1);
    ok(prune(0, true), "files with other names");
    is_str(names(), all, "... all stay");
    put("a.1.zone", 1);
    mkdir("a.2.zone", 0700);
    ok(symlink("a.1.zone", "a.3.zone") == 0, "a link");
    ok(prune(0, true), "what is no file");
    is_str(names(), "a.2.zone a.3.zone ", "... stays");
    ok(prune(1, true), "an empty folder");
}

static void test_remnants(void)
{
    put("a.1.zone", 1);
    put("a.1.zone.new", 1);
    ok(prune(1, false), "a name that another run may be about to rename");
    is_str(names(), "a.1.zone a.1.zone.new ", "... stays");
    put("a.1.zone", 1);
    put("a.1.zone.new", 1);
    ok(prune(1, true), "where no other is at work");
    is_str(names(), "a.1.zone ", "... it goes");
    ok(!prune_old("nowhere", 1, true, &err), "a folder that is not there");
    is_int(err.kind, ERR_OUTPUT, "... is an error");
}

int main(void)
{
    if (mkdtemp(folder) == NULL || chdir(folder) != 0) {
        printf("Bail out! no folder\n");
        return 1;
    }
    test_oldest();
    test_others();
    test_remnants();
    rmdir(folder);
    return tap_end();
}
