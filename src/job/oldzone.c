#include "job/oldzone.h"

#include "dns/types.h"
#include "job/input.h"
#include "job/oldfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    LEAD_MOST = 100,    /* records before the SOA, where one is looked for */
    APEX_MOST = 100000, /* records at the apex */
    READS_MOST = 20,    /* of a file that is replaced meanwhile */
};

/* Takes records in as long as they are of the apex, which comes first in what is sorted. */
static void read_apex(struct oldzone *old, struct input *input, struct err *err)
{
    struct rr rr;
    enum rr_op op;
    for (unsigned i = 0; i < APEX_MOST; i++) {
        enum source_event event = input->source.next(&input->source, &rr, &op, err);
        if (event == SOURCE_BEGIN)
            continue;
        if (event != SOURCE_RR)
            return;
        const struct zone_info *zone = &input->zone;
        bool is_apex = name_equal(rr.owner, rr.owner_length, zone->apex, zone->apex_length);
        if (is_apex)
            soa_signed_add(&old->apex, &rr);
        if (old->apex.has_soa ? !is_apex : i > LEAD_MOST)
            return;
    }
}

static void keep_apex(struct oldzone *old)
{
    const struct rr *soa = &old->apex.soa.rr;
    if (!old->apex.has_soa)
        return;
    memcpy(old->zone, soa->owner, soa->owner_length);
    old->zone_length = soa->owner_length;
    old->serial = rdata_soa_serial(soa);
    old->has_serial = true;
}

/* Reads the head of a file that tells its zone, or is of the given one. */
static bool read_head(struct oldzone *old, const struct oldzone_config *config, bool tells,
                      struct err *err)
{
    struct err why = {.kind = ERR_NONE};
    struct notes *notes = malloc(sizeof *notes);
    if (notes == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    notes_reset(notes);
    const struct input_config reading = {
        .path = config->path,
        .origin = tells ? NULL : config->zone,
        .origin_length = tells ? 0 : config->zone_length,
        .sorts = true,
        .incomplete_good = true,
        .loop = config->loop,
        .deadline = config->deadline,
        .notes = notes,
    };
    struct input *input = input_open(&reading, &why);
    if (input != NULL && input->form != INPUT_RECORDING)
        read_apex(old, input, &why);
    keep_apex(old);
    if (input != NULL)
        input->source.free(&input->source);
    free(notes);
    if (err_is_trouble(why.kind))
        *err = why;
    if (why.kind == ERR_INPUT) /* it is there, and cannot be read */
        err_set(err, ERR_OUTPUT, "%s", why.text);
    return err->kind == ERR_NONE;
}

/* A file that says itself that it is not whole has no serial that could be lost. Of one that has no
 * SOA at its head the last line tells. */
static void use_last(struct oldzone *old, const struct endline *end, bool names_zone)
{
    if (end->kind == ENDLINE_INCOMPLETE)
        old->has_serial = false;
    if (old->zone_length > 0 || !names_zone)
        return;
    memcpy(old->zone, end->name, end->name_length);
    old->zone_length = end->name_length;
    old->serial = end->serial;
    old->has_serial = end->kind == ENDLINE_COMPLETE;
}

/* Opens it and reads its last line. Sets *has to whether there is something that may be read. */
static bool read_last(struct oldzone *old, const char *path, bool *has, struct err *err)
{
    struct stat *st = &old->status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    *has = false;
    old->is_there = fd >= 0 || errno != ENOENT;
    old->unopened = old->is_there && fd < 0 ? errno : 0;
    if (fd < 0)
        return errno == ENOENT || errno == EACCES || errno == ELOOP || errno == ENXIO ||
               err_set_errno(err, ERR_OUTPUT, errno, "cannot look at %.400s", path);
    bool good =
        fstat(fd, st) == 0 || err_set_errno(err, ERR_OUTPUT, errno, "cannot look at %.400s", path);
    *has = good && S_ISREG(st->st_mode) && st->st_size > 0;
    old->is_there = *has || !S_ISREG(st->st_mode);
    old->unread = *has ? oldfile_last(fd, &old->last, &old->last_fits) : 0;
    close(fd);
    return good;
}

static bool read_once(struct oldzone *old, const struct oldzone_config *config, struct err *err)
{
    bool has;
    *old = (struct oldzone){.zone_length = 0};
    if (!read_last(old, config->path, &has, err))
        return false;
    if (!has)
        return true;
    if (!read_head(old, config, true, err))
        return false;
    if (old->zone_length == 0 && !read_head(old, config, false, err))
        return false;
    use_last(old, &old->last, old->last_fits);
    return true;
}

static bool is_same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool oldzone_holds(const struct oldzone *old, const char *path)
{
    const struct stat *was = &old->status;
    struct stat st;
    if (stat(path, &st) != 0)
        return !old->is_there;
    if (!old->is_there)
        return S_ISREG(st.st_mode) && st.st_size == 0;
    return st.st_dev == was->st_dev && st.st_ino == was->st_ino && st.st_size == was->st_size &&
           is_same_time(&st.st_mtim, &was->st_mtim) && is_same_time(&st.st_ctim, &was->st_ctim);
}

bool oldzone_was_replaced(const struct oldzone *old, const char *path)
{
    return old->is_there && old->unopened == 0 && !oldzone_holds(old, path);
}

/* Head and last line are read each by itself: another run may replace the file between them. */
bool oldzone_read(struct oldzone *old, const struct oldzone_config *config, struct err *err)
{
    bool good = read_once(old, config, err);
    for (int i = 1; good && i < READS_MOST && oldzone_was_replaced(old, config->path); i++)
        good = read_once(old, config, err);
    return good;
}

bool oldzone_is_of(const struct oldzone *old, const uint8_t *zone, size_t zone_length,
                   const char *path, struct err *err)
{
    struct name_string text;
    return old->zone_length == 0 || name_equal(old->zone, old->zone_length, zone, zone_length) ||
           err_set(err, ERR_OTHER_ZONE, "%.200s holds the zone %.255s", path,
                   name_string(&text, old->zone));
}
