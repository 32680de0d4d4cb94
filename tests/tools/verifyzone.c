/*
 * verifyzone: shows what the judge of DNSSEC makes of a master file.
 *
 * usage: verifyzone [-a ANCHORS] [-j THREADS] [-k SKEW] [-m MOST] [-o ORIGIN] [-q] [-t TIME] FILE
 *
 *   -j  so many threads beside the main one (0)
 *   -m  at most so many findings (100)
 *   -q  only the last line
 *   -t  YYYYMMDDHHMMSS, in place of the clock's time
 *
 * A finding is a line: owner and type, level, text, rule. The last line is "result", with what the
 * zone comes to. Exit status: 0 the zone is not signed, or good; 1 it is not good; above that, the
 * status of an error, or 2.
 */
#include "base/codec.h"
#include "dns/types.h"
#include "io/infile.h"
#include "verify/dnssec.h"
#include "zone/store.h"
#include "zone/zonefile.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const struct loop loop = {.signal_fd = -1};

static bool open_file(void *context, const char *path, const char *from,
                      struct zonefile_input *input, struct err *err)
{
    struct infile *file = infile_open(path, from, &loop, LOOP_NEVER, err);
    (void)context;
    if (file == NULL)
        return false;
    *input = (struct zonefile_input){.read = infile_read,
                                     .close = infile_close,
                                     .context = file,
                                     .name = file->name,
                                     .identity = {file->identity[0], file->identity[1]}};
    return true;
}

static int fail(const struct err *err)
{
    fprintf(stderr, "verifyzone: %s\n", err->text);
    return (int)err_class(err->kind);
}

/* ---- From the file into the store ---------------------------------------------------------- */

static struct store *load(const struct zonefile_config *config, const char *path, struct err *err)
{
    static const struct store_config plain;
    struct zonefile_input input;
    if (!open_file(NULL, path, NULL, &input, err))
        return NULL;
    struct source *source = zonefile_open(config, &input, err);
    struct store *store = source != NULL ? store_new(&plain, err) : NULL;
    struct sink *sink = store != NULL ? store_sink(store) : NULL;
    struct zone_info zone;
    struct rr rr;
    enum rr_op op;
    enum source_event event = SOURCE_FAIL;
    bool begun = false, good = sink != NULL;
    while (good && (event = source->next(source, &rr, &op, err)) == SOURCE_RR) {
        struct zonefile_facts facts = zonefile_facts(source);
        zone = (struct zone_info){.apex = facts.apex,
                                  .apex_length = facts.apex_length,
                                  .class = facts.class,
                                  .serial = facts.serial};
        good = (begun || sink->begin(sink, &zone, err)) && sink->record(sink, op, &rr, err);
        begun = true;
    }
    if (good && event == SOURCE_END && !begun)
        err_set(err, ERR_NO_SOA, "no record in %s", path);
    good = good && event == SOURCE_END && begun && sink->end(sink, OUTCOME_COMPLETE, NULL, err);
    if (source != NULL)
        source->free(source);
    if (!good) {
        store_free(store);
        return NULL;
    }
    return store;
}

static struct anchors *load_anchors(const char *path, struct err *err)
{
    static char text[1 << 20];
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        err_set(err, ERR_ANCHOR, "cannot open %s", path);
        return NULL;
    }
    size_t length = fread(text, 1, sizeof text, file);
    fclose(file);
    return anchor_read(path, text, length, err);
}

/* ---- The walk ------------------------------------------------------------------------------ */

static bool take_node(struct dnssec *dnssec, struct node *node, struct node_walk *walk,
                      struct err *err)
{
    return node->owner_length == 0 ||
           (node_seal(node, walk, err) && dnssec_node(dnssec, node, err));
}

static bool walk_zone(struct store *store, struct dnssec *dnssec, struct node_walk *walk,
                      struct err *err)
{
    struct node node = {.owner_length = 0};
    struct source *source = store_walk(store, NULL, err);
    struct rr rr;
    enum rr_op op;
    enum source_event event = SOURCE_FAIL;
    bool good = source != NULL;
    while (good && (event = source->next(source, &rr, &op, err)) == SOURCE_RR) {
        if (!name_equal(node.owner, node.owner_length, rr.owner, rr.owner_length)) {
            good = take_node(dnssec, &node, walk, err);
            node_begin(&node, rr.owner, rr.owner_length, walk->apex_length);
        }
        good = good && node_add(&node, &rr, err);
    }
    good = good && event == SOURCE_END && take_node(dnssec, &node, walk, err);
    node_fini(&node);
    if (source != NULL)
        source->free(source);
    return good;
}

static void show_findings(const struct findings *findings)
{
    struct finding finding;
    for (size_t i = 0; findings_get(findings, i, &finding); i++) {
        struct name_string owner;
        char type[16] = "";
        if (finding.type != 0)
            *types_text(type, finding.type, 0) = '\0';
        printf("%s%s%s: %s: %s (%s)\n",
               finding.owner != NULL ? name_string(&owner, finding.owner) : "the zone",
               finding.type != 0 ? " " : "", type, findings_level_text(finding.level), finding.text,
               findings_rules[finding.rule].slug);
        if (finding.more > 0)
            printf("... and %" PRIu64 " more of this rule\n", finding.more);
    }
}

static int show_result(const struct dnssec_result *result, const struct findings *findings)
{
    static const char *const trust[] = {"no", "self", "anchor"};
    static const char *const denial[] = {"none", "NSEC", "NSEC3", "both"};
    char expiry[15] = "-";
    if (result->has_expiry)
        *codec_time(expiry, (uint32_t)result->first_expiry) = '\0';
    printf("result %s%s trust %s denial %s sets %" PRIu64 " expiry %s errors %" PRIu64
           " warnings %" PRIu64 " infos %" PRIu64 "%s%s%s\n",
           !result->is_signed ? "unsigned"
           : result->good     ? "good"
                              : "bad",
           result->is_signed && !result->all_verified ? " unverified" : "", trust[result->trust],
           denial[result->denial], result->sets, expiry, findings_count(findings, LEVEL_ERROR),
           findings_count(findings, LEVEL_WARNING), findings_count(findings, LEVEL_INFO),
           result->soa_good ? " soa" : "", result->zonemd_good ? " zonemd" : "",
           result->zonemd_denied ? " no-zonemd" : "");
    return result->stripped || (result->is_signed && !result->good);
}

static int verify(struct dnssec_config *config, struct store *store, size_t most, bool quiet)
{
    struct err err = {.kind = ERR_NONE};
    struct zone_info zone = store_facts(store).zone;
    struct node_walk walk = {.apex_length = zone.apex_length};
    struct dnssec_result result;
    memcpy(walk.apex, zone.apex, zone.apex_length);
    name_lower(walk.apex, walk.apex_length);
    config->apex = walk.apex;
    config->apex_length = walk.apex_length;
    config->class = zone.class;
    config->findings = findings_new(most, NULL, &err);
    struct dnssec *dnssec = config->findings != NULL ? dnssec_new(config, &err) : NULL;
    bool good = dnssec != NULL && walk_zone(store, dnssec, &walk, &err) &&
                dnssec_end(dnssec, &result, &err);
    int status = good ? 0 : fail(&err);
    if (good) {
        findings_close(config->findings);
        if (!quiet)
            show_findings(config->findings);
        status = show_result(&result, config->findings);
    }
    dnssec_free(dnssec);
    findings_free(config->findings);
    return status;
}

/* ---- The command line ---------------------------------------------------------------------- */

struct words {
    struct zonefile_config file;
    struct dnssec_config dnssec;
    const char *anchors;
    size_t most;
    unsigned threads;
    bool quiet;
};

static bool read_words(struct words *words, int argc, char **argv)
{
    static uint8_t origin[NAME_MAX_WIRE];
    uint32_t now;
    for (int letter; (letter = getopt(argc, argv, "a:j:k:m:o:qt:")) != -1;)
        switch (letter) {
        case 'a':
            words->anchors = optarg;
            break;
        case 'j':
            words->threads = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 'k':
            words->dnssec.skew = (uint32_t)strtoul(optarg, NULL, 10);
            break;
        case 'm':
            words->most = strtoul(optarg, NULL, 10);
            break;
        case 'o':
            words->file.origin = origin;
            if (name_parse(optarg, origin, &words->file.origin_length) != NULL)
                return false;
            break;
        case 'q':
            words->quiet = true;
            break;
        case 't':
            if (!codec_read_time(optarg, strlen(optarg), &now))
                return false;
            words->dnssec.now = now;
            break;
        default:
            return false;
        }
    return optind + 1 == argc;
}

int main(int argc, char **argv)
{
    static struct notes notes;
    struct words words = {.file = {.open = open_file, .notes = &notes},
                          .dnssec = {.now = (uint64_t)time(NULL), .skew = 300},
                          .most = 100};
    struct err err = {.kind = ERR_NONE};
    if (!read_words(&words, argc, argv))
        return 2;
    struct anchors *anchors = NULL;
    if (words.anchors != NULL && (anchors = load_anchors(words.anchors, &err)) == NULL)
        return fail(&err);
    words.dnssec.anchors = anchors;
    struct store *store = load(&words.file, argv[optind], &err);
    struct work *work = words.threads > 0 ? work_new(words.threads, &err) : NULL;
    words.dnssec.work = work;
    int status = store != NULL && (work != NULL || words.threads == 0)
                     ? verify(&words.dnssec, store, words.most, words.quiet)
                     : fail(&err);
    work_free(work);
    store_free(store);
    anchor_free(anchors);
    return status;
}
