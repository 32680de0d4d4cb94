/* job/zonefolder and job/zones: names of zones and of files, the lock, what a killed run has left,
 * what no zone names. */
#include "job/zonefolder.h"

#include "tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct loop loop = {.signal_fd = -1};
static struct err err;
static struct stat st;
static char base[] = "/tmp/zxfr-folder.XXXXXX";

static const uint8_t a_zone[] = "\1a\7example", A_zone[] = "\1A\7ExamPle",
                     b_zone[] = "\1b\7example", root[] = "";

static void put_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    if (file == NULL || fputs(text, file) == EOF || fclose(file) != 0) {
        printf("Bail out! cannot write %s\n", path);
        exit(1);
    }
}

static int64_t shard_of(const struct zone *zone, uint32_t shards)
{
    uint32_t shard;
    return zones_shard(zone, shards, &shard, &err) ? (int64_t)shard : -1;
}

static void test_zones(void)
{
    struct zones zones;
    bool is_new;
    zones_init(&zones);
    struct zone *first = zones_add(&zones, a_zone, sizeof a_zone, &is_new, &err);
    ok(first != NULL && is_new, "a zone");
    ok(zones_add(&zones, A_zone, sizeof A_zone, &is_new, &err) == first && !is_new,
       "the same in other letters");
    ok(zones_add(&zones, root, sizeof root, &is_new, &err) != NULL && is_new, "the root");
    ok(zones_add(&zones, b_zone, sizeof b_zone, NULL, &err) != NULL, "another one");
    is_int((int64_t)zones.count, 3, "three in all");
    ok(zones_find(&zones, A_zone, sizeof A_zone) == first, "it is found");
    ok(zones.rows[0] == first && zones.rows[2]->name[1] == 'b', "in the order of the list");
    /* python3 -c 'import hashlib;
     * print(int.from_bytes(hashlib.sha256(b"\1a\7example\0").digest()[:8], "big") % 1000)' */
    is_int(shard_of(first, 1000), 23, "its shard of 1000");
    is_int(shard_of(zones.rows[1], 1000), 192, "that of the root"); /* the same of b"\0" */
    is_int(shard_of(first, 1), 0, "of one shard");
    zones_fini(&zones);
}

static void fill_folder(void)
{
    if (system("rm -rf d to && mkdir d to") != 0)
        exit(1);
    put_text("d/a.example.zone", "; zxfr end: a.example. IN serial 1 records 0\n");
    put_text("d/b.example.zone", "; zxfr end: b.example. IN serial 1 records 0\n");
    put_text("d/c.example.zone", "written by others\n");
    put_text("d/other", "");
    put_text("d/.a.example.zone.hook", "- axfr 1.1\n");
    put_text("d/.a.example.zone.zxfr", "half");
    put_text("d/.b.example.zone.zxfr", "half");
    put_text("d/.unlike.zxfr", "theirs");
}

static bool is_in(const struct dict *dict, const char *name)
{
    return dict_value(dict, name, strlen(name)) != NULL;
}

static void test_folder(void)
{
    struct zonefolder folder, second;
    struct zonefolder_config config = {.path = "d/", .loop = &loop};
    fill_folder();
    int writer = open("d/.b.example.zone.zxfr", O_RDWR);
    ok(writer >= 0 && flock(writer, LOCK_EX) == 0, "somebody writes a file");
    ok(zonefolder_open(&folder, &config, &err), "a folder: %s", err.text);
    is_str(folder.path, "d", "its path");
    is_int((int64_t)folder.files.count, 3, "three files of zones");
    ok(is_in(&folder.markers, "a.example") && folder.markers.count == 1, "one marker");
    ok(access("d/.a.example.zone.zxfr", F_OK) != 0, "what a killed run has left goes");
    ok(access("d/.b.example.zone.zxfr", F_OK) == 0, "what somebody writes stays");
    ok(access("d/.unlike.zxfr", F_OK) == 0, "and what has another name");
    ok(!zonefolder_open(&second, &config, &err) && err.kind == ERR_BUSY, "it is locked");
    zonefolder_close(&second);
    config.only_reads = true;
    ok(zonefolder_open(&second, &config, &err), "but for those who only read");
    zonefolder_close(&second);
    zonefolder_close(&folder);
    close(writer);
    err = (struct err){.kind = ERR_NONE};
    config = (struct zonefolder_config){.path = "d", .is_shared = true, .loop = &loop};
    ok(zonefolder_open(&folder, &config, &err) && zonefolder_open(&second, &config, &err),
       "shards work side by side");
    zonefolder_close(&second);
    zonefolder_close(&folder);
    config.path = "d/other";
    ok(!zonefolder_open(&folder, &config, &err) && err.kind == ERR_OUTPUT, "a file is no folder");
    zonefolder_close(&folder);
    err = (struct err){.kind = ERR_NONE};
}

static void test_unlisted(void)
{
    struct zonefolder folder;
    const struct zonefolder_config config = {.path = "d", .loop = &loop};
    struct unlisted unlisted;
    struct zones zones, rows;
    const struct zones *lists[] = {&zones};
    fill_folder();
    zones_init(&zones);
    zones_init(&rows);
    ok(zonefolder_open(&folder, &config, &err) &&
           zones_add(&zones, a_zone, sizeof a_zone, NULL, &err) != NULL &&
           unlisted_find(&unlisted, &folder, lists, 1, &err),
       "of three files one is listed");
    ok(unlisted.files == 3 && unlisted.count == 2, "... two are not");
    is_str(unlisted.names[0], "b.example.zone", "... the first of them");
    put_text("to/b.example.zone", "older");
    ok(mkdir("to/b.example.zone.2", 0700) == 0, "a name that is taken, and another one");
    ok(unlisted_move(&unlisted, &folder, "to", &err) && unlisted.moved == 1, "one is moved");
    ok(access("to/b.example.zone.3", F_OK) == 0 && access("d/b.example.zone", F_OK) != 0,
       "... that of zxfr");
    ok(stat("to/b.example.zone", &st) == 0 && st.st_size == 5, "... and replaces nothing");
    ok(access("d/c.example.zone", F_OK) == 0, "... and not that of others");
    zonefolder_rows(&folder, &rows);
    ok(rows.count == 1 && zones_find(&rows, a_zone, sizeof a_zone) != NULL,
       "which zones the files are of");
    unlisted_fini(&unlisted);
    zonefolder_close(&folder);
    zones_fini(&zones);
    zones_fini(&rows);
}

int main(void)
{
    if (mkdtemp(base) == NULL || chdir(base) != 0) {
        printf("Bail out! no folder\n");
        return 1;
    }
    test_zones();
    test_folder();
    test_unlisted();
    ok(system("rm -rf d to") == 0 && rmdir(base) == 0, "nothing is left");
    return tap_end();
}
