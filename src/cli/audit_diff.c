#include "cli/audit_diff.h"

#include "cli/cmd_diff.h"
#include "cli/opt_source.h"
#include "cli/say.h"
#include "cli/settings.h"
#include "out/writer.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORD_ROOM = NAME_TEXT_ROOM + ADDRESS_TEXT_MAX + 2 };

static bool may_differ(const struct audit_row *a, const struct audit_row *b)
{
    bool sums = a->has_content && b->has_content && a->content_serial == b->content_serial &&
                (a->sum.low != b->sum.low || a->sum.high != b->sum.high);
    return sums || (a->soa.has_soa && b->soa.has_soa &&
                    rdata_soa_serial(&a->soa.soa.rr) == rdata_soa_serial(&b->soa.soa.rr) &&
                    !soa_equal(&a->soa.soa.rr, &b->soa.soa.rr));
}

/* The first two. */
static bool find_pair(const struct audit_zone *zone, const struct audit_row *pair[2])
{
    for (size_t i = 0; i < zone->row_count; i++) {
        for (size_t j = i + 1; j < zone->row_count; j++) {
            if (!may_differ(&zone->rows[i], &zone->rows[j]))
                continue;
            pair[0] = &zone->rows[i];
            pair[1] = &zone->rows[j];
            return true;
        }
    }
    return false;
}

/* The words of the command line that would compare them. */
static void make_word(char word[WORD_ROOM], const struct audit_zone *zone,
                      const struct audit_row *row)
{
    struct name_string name;
    char address[ADDRESS_TEXT_MAX];
    snprintf(word, WORD_ROOM, "%s@%s", name_string(&name, zone->name),
             address_text(&row->address, address));
}

/* The command closes standard output, as the last that is done with it. */
static int run_diff(const struct settings *settings, const struct loop *loop, struct run_end *end)
{
    int kept = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
    int status = cmd_diff(settings, loop, end);
    if (kept >= 0) {
        dup2(kept, STDOUT_FILENO);
        close(kept);
    }
    return status;
}

static int compare(const struct settings *settings, const struct loop *loop, struct run_end *end,
                   const struct audit_zone *zone, const struct audit_row *const pair[2])
{
    char words[2][WORD_ROOM];
    struct err err = {.kind = ERR_NONE};
    int status = ERR_CLASS_INTERNAL;
    struct settings *own = malloc(sizeof *own);
    if (own == NULL) {
        say("out of memory");
        return status;
    }
    *own = *settings;
    own->command = command_find("diff");
    own->format = writer_find("diff");
    own->server_count = 0;
    own->is_fenced = true;
    own->quiet = false; /* which for diff is to print nothing */
    bool good = true;
    for (int i = 0; i < 2; i++) {
        make_word(words[i], zone, pair[i]);
        own->diff.words[i] = words[i];
        good = good && opt_source_take(own, &own->diff.sources[i], words[i], &err);
    }
    own->diff.word_count = 2;
    printf("\n%s %s\n", words[0], words[1]);
    fflush(stdout);
    if (good)
        status = run_diff(own, loop, end);
    else
        say_error("%s", err.text);
    free(own);
    return status;
}

int audit_diff(const struct settings *settings, const struct loop *loop, struct run_end *end,
               const struct audit_zone *zones, size_t count)
{
    int worst = 0;
    for (size_t i = 0; i < count && worst <= ERR_CLASS_DIFFERS; i++) {
        const struct audit_row *pair[2];
        if (!find_pair(&zones[i], pair))
            continue;
        int status = compare(settings, loop, end, &zones[i], pair);
        if (status > worst)
            worst = status;
    }
    return worst;
}
