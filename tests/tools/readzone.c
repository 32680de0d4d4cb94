/*
 * readzone: shows what the master-file reader makes of a file.
 *
 * usage: readzone [-c CLASS] [-n] [-o ORIGIN] [-s] [-w OCTETS] FILE
 *
 *   -n  only counts
 *   -s  strict: what is otherwise noted is an error
 *   -w  reads so many octets at once
 *
 * A record is a line: owner (text), TTL, class and type (numbers), RDATA (hexadecimal), "same"
 * where the owner is said to be that of the line before. Notes go to standard error. Exit status:
 * 0, or that of the error.
 */
#include "dns/name.h"
#include "dns/types.h"
#include "io/infile.h"
#include "zone/zonefile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t chunk = SIZE_MAX;
static const struct loop loop = {.signal_fd = -1};

static bool read_chunk(void *context, void *to, size_t room, size_t *got, struct err *err)
{
    return infile_read(context, to, room < chunk ? room : chunk, got, err);
}

static bool open_file(void *context, const char *path, const char *from,
                      struct zonefile_input *input, struct err *err)
{
    struct infile *file = infile_open(path, from, &loop, LOOP_NEVER, err);
    (void)context;
    if (file == NULL)
        return false;
    *input = (struct zonefile_input){
        .read = read_chunk,
        .close = infile_close,
        .context = file,
        .name = file->name,
        .identity = {file->identity[0], file->identity[1]},
    };
    return true;
}

static int fail(const struct err *err)
{
    fprintf(stderr, "readzone: %s\n", err->text);
    return (int)err_class(err->kind);
}

static void show(const struct rr *rr)
{
    struct name_string owner;
    printf("%s %lu %u %u ", name_string(&owner, rr->owner), (unsigned long)rr->ttl, rr->class,
           rr->type);
    for (unsigned i = 0; i < rr->rdlength; i++)
        printf("%02x", rr->rdata[i]);
    printf("%s%s\n", rr->rdlength == 0 ? "-" : "", (rr->flags & RR_SAME_OWNER) != 0 ? " same" : "");
}

static int read_zone(struct source *source, const struct notes *notes, bool count)
{
    struct err err = {.kind = ERR_NONE};
    enum source_event event;
    struct rr rr;
    enum rr_op op;
    while ((event = source->next(source, &rr, &op, &err)) == SOURCE_RR)
        if (!count)
            show(&rr);
    for (size_t i = 0; i < ERR_KINDS; i++)
        if (notes->counts[i] > 0)
            fprintf(stderr, "note: %s: %llu: %s\n", err_slug((enum err_kind)i),
                    (unsigned long long)notes->counts[i], notes_text(notes, (enum err_kind)i));
    if (count)
        printf("%llu\n", (unsigned long long)zonefile_facts(source).records);
    source->free(source);
    return event == SOURCE_END ? 0 : fail(&err);
}

int main(int argc, char **argv)
{
    static struct notes notes;
    static uint8_t origin[NAME_MAX_WIRE];
    struct zonefile_config config = {.open = open_file, .notes = &notes, .check_neighbours = true};
    struct zonefile_input input;
    struct err err = {.kind = ERR_NONE};
    bool count = false;
    for (int letter; (letter = getopt(argc, argv, "c:no:sw:")) != -1;)
        switch (letter) {
        case 'c':
            config.class = types_class_parse(optarg);
            break;
        case 'n':
            count = true;
            break;
        case 'o':
            config.origin = origin;
            if (name_parse(optarg, origin, &config.origin_length) != NULL)
                return 2;
            break;
        case 's':
            notes.strict = true;
            break;
        case 'w':
            chunk = strtoul(optarg, NULL, 10);
            break;
        default:
            return 2;
        }
    if (optind + 1 != argc)
        return 2;
    if (!open_file(NULL, argv[optind], NULL, &input, &err))
        return fail(&err);
    struct source *source = zonefile_open(&config, &input, &err);
    return source == NULL ? fail(&err) : read_zone(source, &notes, count);
}
