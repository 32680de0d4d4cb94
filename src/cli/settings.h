/* What the command line asked for.
 *
 * Owns: texts that stand in place of words; other strings are the program's arguments. */
#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H

#include "io/prefix.h"
#include "job/gate.h"
#include "job/input.h"
#include "job/keys.h"
#include "job/spec.h"
#include "verify/findings.h"

struct command;

enum choice { CHOICE_AUTO, CHOICE_ON, CHOICE_OFF };

/* What an option asks for in place of the command. */
enum stop {
    STOP_NOT,
    STOP_HELP,
    STOP_SCREEN, /* -h */
    STOP_VERSION,
    STOP_LIST_TYPES,
    STOP_LIST_RULES
};

/* A zone to read. */
struct zone_source {
    const char *word;               /* as given */
    const char *path;               /* a file, or "-"; NULL: servers */
    char zone_text[NAME_TEXT_ROOM]; /* of servers */
    uint8_t zone[NAME_MAX_WIRE];
    uint8_t zone_length;
    struct server server;
    bool has_server; /* false: those that the zone names */
};

enum diff_ignore {
    DIFF_IGNORE_TTL = 1,
    DIFF_IGNORE_SERIAL = 2,
    DIFF_IGNORE_SOA = 4,
    DIFF_IGNORE_DNSSEC = 8,
    DIFF_IGNORE_ZONEMD = 16
};

struct diff_options {
    const char *words[2];
    unsigned word_count;
    struct zone_source sources[2];
    unsigned ignore; /* enum diff_ignore */
    bool exact;      /* --case */
    bool new_file, stat;
};

enum { CHECK_WORDS_MAX = 1024 };

struct check_options {
    const char *words[CHECK_WORDS_MAX];
    size_t word_count;
    uint8_t levels[RULES]; /* enum level */
    int fail_on;           /* enum level, from which on a finding makes the exit status 1 */
    bool has_at;
    uint64_t at; /* signatures are judged as of then, in seconds since 1970 */
};

enum { GIVEN_MAX = 256 };

/* What a repeatable option was given. */
struct given {
    const char *words[GIVEN_MAX];
    size_t count;
};

struct sync_options {
    const char **words; /* zones; they grow as they come */
    size_t word_count, word_room;
    const char *list;           /* a file, "-", or NULL */
    struct given catalogs;      /* CATZ[@SERVER] */
    struct given groups, picks; /* of those: these alone */
    const char *dir;            /* of the files; NULL: that of the process */
    const char *diff_dir;       /* folders, or NULL */
    const char *unlisted_to;    /* ... */
    unsigned keep;              /* how many old files of each zone are kept */
    unsigned max_unlisted;      /* percent */
    int skips_bad_lines;        /* of the list */
    bool adopt, allow_empty, recheck, dry_run;
    bool has_shard;
    unsigned shard, shards;
    const char *exec_all; /* a command, or NULL */
    unsigned exec_jobs;
};

enum { LISTEN_MAX = 16, ALLOW_NOTIFY_MAX = 256 };

struct watch_options {
    struct address listen[LISTEN_MAX];
    const char *listen_words[LISTEN_MAX];
    size_t listen_count;
    struct prefix allowed[ALLOW_NOTIFY_MAX];
    size_t allowed_count;
    uint64_t min_refresh, max_refresh, exec_delay; /* microseconds */
};

enum { ALSO_MAX = 16 };

struct audit_options {
    struct server also[ALSO_MAX]; /* asked beside those of the zones */
    size_t also_count;
    uint32_t max_lag;  /* serial steps */
    uint64_t lag_time; /* microseconds in which who is behind may catch up; 0: none */
    unsigned rate;     /* questions a second at an address */
    unsigned fail_on;  /* enum audit_problem */
    bool content, diff, allow_open;
};

enum { METRICS_LABELS_MAX = 16 };

struct metrics_options {
    const char *path;                       /* a file, or NULL */
    const char *labels[METRICS_LABELS_MAX]; /* NAME=VALUE */
    size_t label_count;
};

/* A text that stands in place of a word. */
struct kept {
    struct kept *next;
    char text[];
};

struct settings {
    struct kept *kept;             /* opt_fini frees them, and sync.words */
    const struct command *command; /* its row (command.h) */
    enum stop stop;
    const struct command *topic; /* of which command help is asked for, or NULL */
    const char *shell;           /* completion: for which */

    bool has_server_word;  /* on the command line, be it not read yet */
    const char *zone_word; /* as given */
    uint8_t zone[NAME_MAX_WIRE];
    uint8_t zone_length;
    const char *input; /* convert: a file, or "-" */
    struct diff_options diff;
    struct check_options check;
    struct sync_options sync;
    struct watch_options watch;
    struct audit_options audit;
    bool fail_on_level, fail_on_problems; /* of which --fail-on had words */
    bool is_fenced; /* the fence is up: this is a part of another run (--diff of audit) */
    struct zone_source source; /* catalog */
    bool accept_incomplete;
    struct input_reading reading;
    bool type_given;
    bool changes; /* ixfr=N: what has changed since the serial, not the zone */
    uint32_t since;
    bool condense;       /* of changes: their net effect */
    bool update;         /* bring the file of -o up to date */
    bool force;          /* FILE may be of another zone */
    const char *diff_to; /* --update: where what has changed is written, or NULL */

    struct server servers[SERVERS_MAX];

    /* ---- From here on to `strict`, and of `servers` the first server_count: what an option of one
     * zone may set (OPT_ZONE), and a line of a list sets for its zone alone. */
    uint16_t class;
    bool class_given;
    bool no_fallback;
    bool allow_older; /* FILE may become older */
    bool port_given;  /* known once all words were read */
    uint16_t port;
    size_t server_count;
    int family; /* AF_UNSPEC, AF_INET, AF_INET6 */
    struct address bind;
    bool has_bind;
    uint64_t connect_timeout, idle_timeout; /* microseconds */
    uint64_t answer_timeout;                /* 0: not given */
    uint64_t max_time;                      /* 0: none */
    unsigned retry;                         /* how often all servers are tried again */

    bool use_tls; /* --tls, or any option of TLS */
    struct tls_options tls;
    struct key_options keys;

    struct guard_limits guard; /* old_records is filled in by the run */
    struct gate_orders gates;  /* check has some of them, too */
    const char *anchors;       /* a file, or NULL */
    uint64_t skew;             /* microseconds */
    uint64_t max_bytes;        /* 0: no limit */
    bool strict;
    /* ---- */

    const struct writer_type *format;
    bool format_given;
    struct writer_style style;
    bool sort, keep_case;
    uint64_t memory; /* octets; 0: not given, which only commands of one zone know */
    struct outfile_options output;

    struct filter filter;
    unsigned jobs;   /* threads; 0: as many as there are processors */
    bool no_sandbox; /* no fence around the process */

    const char *exec; /* a command that is run after FILE was replaced, or NULL */

    unsigned verbose; /* how often -v was given */
    bool quiet, exit_code;
    const char *report, *record; /* files, or NULL */
    struct metrics_options metrics;
    enum choice progress, color;
};

#endif
