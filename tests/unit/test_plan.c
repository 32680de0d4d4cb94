/* net/plan: scenarios, a comparison with plain loops that ask and wait, and random walks. */
#include "net/plan.h"

#include "tap.h"

enum { SECOND = 1000000, TEXT_MAX = 128 };

/* ---- Words for actions and events ---------------------------------------------------------- */

static const char *const action_words[] = {
    [DO_FIND_SERVERS] = "find", [DO_RESOLVE] = "host",  [DO_ASK_SOA] = "soa",
    [DO_ASK_IXFR] = "ixfr",     [DO_ASK_AXFR] = "axfr", [DO_FINISH] = "finish",
    [DO_JUDGE] = "judge",       [DO_SLEEP] = "sleep",   [DO_END] = "end",
};
static const char *const why_words[] = {
    [PLAN_WHY_NONE] = "",      [PLAN_WHY_FILE] = "?file",   [PLAN_WHY_FAILED] = "?failed",
    [PLAN_WHY_SAME] = "?same", [PLAN_WHY_OLDER] = "?older",
};
static const char *const found_words[] = {
    [PLAN_FOUND_NOTHING] = "",     [PLAN_FOUND_SAME] = ":same",   [PLAN_FOUND_DIFFERS] = ":differs",
    [PLAN_FOUND_NEWER] = ":newer", [PLAN_FOUND_OLDER] = ":older", [PLAN_FOUND_FIRST] = ":first",
};

static bool is_question(enum plan_do what)
{
    return what == DO_ASK_SOA || what == DO_ASK_IXFR || what == DO_ASK_AXFR;
}

/* Where, until when, or how it ends. */
static void detail(char text[TEXT_MAX], const struct plan_action *a)
{
    *text = '\0';
    if (a->what == DO_RESOLVE)
        snprintf(text, TEXT_MAX, "%u", a->server);
    if (is_question(a->what))
        snprintf(text, TEXT_MAX, "%u.%u%s", a->server, a->address,
                 a->takes_older   ? "~"
                 : a->needs_newer ? "+"
                                  : "");
    if (a->what == DO_SLEEP)
        snprintf(text, TEXT_MAX, "%g", (double)a->until / SECOND);
    if (a->what == DO_END)
        snprintf(text, TEXT_MAX, ":%s%s%s", err_slug(a->kind), found_words[a->found],
                 a->too_late ? ":late" : "");
    if ((a->what == DO_FINISH || a->what == DO_JUDGE) && a->unchanged)
        snprintf(text, TEXT_MAX, ":unchanged");
}

/* [(FAILED)] [*] [^] [!] WHAT [DETAIL] [?WHY]: an attempt has failed, another one begins, the
 * target is made anew, on a new connection; ~: an older zone will do; +: only a newer one will. */
static const char *action_text(char text[TEXT_MAX], const struct plan_action *a)
{
    char more[TEXT_MAX], failed[TEXT_MAX] = "";
    detail(more, a);
    if (a->failed != ERR_NONE)
        snprintf(failed, sizeof failed, "(%.30s)", err_slug(a->failed));
    snprintf(text, TEXT_MAX, "%.32s%s%s%s%s%.32s%s", failed, a->begins ? "*" : "",
             a->restart ? "^" : "", a->fresh ? "!" : "", action_words[a->what], more,
             why_words[a->why]);
    return text;
}

static enum err_kind kind_of(const char *slug, size_t length)
{
    for (unsigned kind = 1; kind < ERR_KINDS; kind++)
        if (strlen(err_slug(kind)) == length && strncmp(err_slug(kind), slug, length) == 0)
            return kind;
    printf("Bail out! no event and no kind of error: %.*s\n", (int)length, slug);
    exit(1);
}

/* Words of events that stand for themselves. */
static const struct event_word {
    const char *word;
    struct plan_event event;
} event_words[] = {
    {"start", {.what = PLAN_START}},
    {"good", {.what = PLAN_GOOD}},
    {"kept", {.what = PLAN_GOOD, .unchanged = true}},
    {"kept-signed", {.what = PLAN_GOOD, .unchanged = true, .unproven = true}},
    {"kept-other", {.what = PLAN_GOOD, .unchanged = true, .differs = true}},
    {"passed", {.what = PLAN_PASSED}},
    {"done", {.what = PLAN_FINISHED}},
    {"slept", {.what = PLAN_SLEPT}},
    {"newer", {.what = PLAN_SOA, .order = SERIAL_NEWER}},
    {"older", {.what = PLAN_SOA, .order = SERIAL_OLDER}},
    {"apart", {.what = PLAN_SOA, .order = SERIAL_UNDEFINED}},
    {"equal", {.what = PLAN_SOA, .order = SERIAL_EQUAL}},
    {"differs", {.what = PLAN_SOA, .order = SERIAL_EQUAL, .differs = true}},
};

static struct plan_event word_event(const char *word, size_t length)
{
    for (size_t i = 0; i < sizeof event_words / sizeof *event_words; i++)
        if (strlen(event_words[i].word) == length &&
            strncmp(event_words[i].word, word, length) == 0)
            return event_words[i].event;
    if (length > 1 && word[1] >= '0' && word[1] <= '9' && (*word == 'a' || *word == 's'))
        return (struct plan_event){.what = *word == 'a' ? PLAN_ADDRESSES : PLAN_SERVERS,
                                   .count = (unsigned)strtoul(word + 1, NULL, 10)};
    return (struct plan_event){.what = PLAN_FAILED, .kind = kind_of(word, length)};
}

/* WORD[/MARK]...[@SECONDS]: =N the serial. aN addresses, sN servers, the words above, or the slug
 * of an error. Marks: began, whole (it came in place of changes), reused (the connection), final
 * (what came cannot be taken back), same (the serial of the old zone). */
static struct plan_event event_of(const char *text)
{
    struct plan_event event = word_event(text, strcspn(text, "/@="));
    const char *at = strchr(text, '@'), *serial = strchr(text, '=');
    event.serial = serial != NULL ? (uint32_t)strtoul(serial + 1, NULL, 10) : 0;
    event.began = strstr(text, "/began") != NULL;
    event.whole_came = strstr(text, "/whole") != NULL;
    event.fresh = strstr(text, "/reused") == NULL;
    event.can_restart = strstr(text, "/final") == NULL;
    event.same_serial = strstr(text, "/same") != NULL;
    event.now = at != NULL ? strtoull(at + 1, NULL, 10) * SECOND : 0;
    return event;
}

/* ---- Scenarios ----------------------------------------------------------------------------- */

/* What of the configuration and of the old zone is not zero, and a deadline in seconds. */
struct scenario {
    const char *name;
    struct plan_config config;
    struct plan_event start;
    unsigned deadline;
    const char *script; /* EVENT>ACTION ... */
};

/* An old zone that changes can be put into, one whose serial alone is known, and none. */
#define OLD .start = {.has_serial = true, .merges = true}
#define OLD_ODD .start = {.has_serial = true}
#define OLD_NONE .start = {.has_serial = false}

/* clang-format off */
static const struct scenario scenarios[] = {
/* -- One server after the other -- */
{"one server, one address", {.servers = 1}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0 good>finish done>end:ok"},
{"two servers: the first cannot be reached", {.servers = 2}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0 connect>(connect)*host1 a1>*^axfr1.0 good>finish done>end:ok"},
{"two addresses: the second has it", {.servers = 1}, OLD_NONE, 0,
 "start>*host0 a2>*^axfr0.0 timeout-connect>(timeout-connect)*^axfr0.1 good>finish done>end:ok"},
{"a server that was named is asked at all its addresses, whatever it says", {.servers = 2}, OLD_NONE, 0,
 "start>*host0 a3>*^axfr0.0 rcode-refused>(rcode-refused)*^axfr0.1 id>(id)*^axfr0.2 tsig-mac>(tsig-mac)*host1 "
 "a1>*^axfr1.0 good>finish done>end:ok"},
{"a lookup that fails is an attempt", {.servers = 2}, OLD_NONE, 0,
 "start>*host0 host>(host)*host1 a1>*^axfr1.0 good>finish done>end:ok"},
{"all lookups fail", {.servers = 2}, OLD_NONE, 0,
 "start>*host0 host>(host)*host1 timeout-connect>(timeout-connect)end:host"},
{"a literal address of the wrong family", {.servers = 2}, OLD_NONE, 0,
 "start>*host0 family>(family)*host1 a1>*^axfr1.0 good>finish done>end:ok"},
{"every attempt after another one forgets what came", {.servers = 2}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0 eof-early/began>(eof-early)*host1 a1>*^axfr1.0 good>finish done>end:ok"},
{"a key that is missing: no question was sent, the next server", {.servers = 2}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0 tsig-no-key>(tsig-no-key)*host1 a1>*^axfr1.0 good>finish done>end:ok"},
{"a guard that vetoes at the end: the next server", {.servers = 2}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0 max-shrink/began>(max-shrink)*host1 a1>*^axfr1.0 good>finish done>end:ok"},
{"one is asked before the others, which keep their order", {.servers = 4}, .start = {.server = 2}, 0,
 "start>*host2 a1>*^axfr2.0 connect>(connect)*host0 a1>*^axfr0.0 connect>(connect)*host1 a1>*^axfr1.0 connect>(connect)*host3 "
 "a1>*^axfr3.0 connect>(connect)end:connect"},
{"the last one before the others, at all its addresses", {.servers = 2}, .start = {.server = 1}, 0,
 "start>*host1 a2>*^axfr1.0 connect>(connect)*^axfr1.1 id>(id)*host0 host>(host)end:id"},
{"it alone, where it has the zone", {.servers = 3}, .start = {.server = 1}, 0,
 "start>*host1 a1>*^axfr1.0 good>finish done>end:ok"},
{"its name is not found: the others all the same", {.servers = 2}, .start = {.server = 1}, 0,
 "start>*host1 host>(host)*host0 a1>*^axfr0.0 good>finish done>end:ok"},
{"in the first round only", {.servers = 3, .retry = 2}, .start = {.server = 1}, 0,
 "start>*host1 host>(host)*host0 host>(host)*host2 host>(host)sleep1 slept>*host0 host>(host)*host1 host>(host)*host2 "
 "host>(host)sleep2 slept>*host0 a1>*^axfr0.0 good>finish done>end:ok"},
{"there is no such server", {.servers = 2}, .start = {.server = 2}, 0,
 "start>*host0 host>(host)*host1 host>(host)end:host"},
{"more servers than a byte counts", {.servers = 300}, OLD_NONE, 0,
 "start>*host0 a400>*^axfr0.0 connect>(connect)*^axfr0.1 interrupted>(interrupted)end:interrupted"},

/* -- The worst of all -- */
{"a refusal is worse than silence", {.servers = 2}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0 rcode-refused>(rcode-refused)*host1 a1>*^axfr1.0 connect>(connect)end:rcode-refused"},
{"of equals the first", {.servers = 2}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0 rcode-notauth>(rcode-notauth)*host1 a1>*^axfr1.0 rcode-refused>(rcode-refused)end:rcode-notauth"},
{"authentication is the worst", {.servers = 3}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0 id>(id)*host1 a1>*^axfr1.0 tsig-mac>(tsig-mac)*host2 a1>*^axfr2.0 max-shrink>(max-shrink)end:tsig-mac"},
{"what is not a server's failure is the worst of all", {.servers = 2}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0 tsig-mac>(tsig-mac)*host1 a1>*^axfr1.0 output>(output)end:output"},

/* -- What ends all -- */
{"a signal", {.servers = 2, .retry = 3}, OLD_NONE, 0,
 "start>*host0 a2>*^axfr0.0 interrupted>(interrupted)end:interrupted"},
{"a signal while a name is looked up", {.servers = 2, .retry = 3}, OLD_NONE, 0,
 "start>*host0 interrupted>(interrupted)end:interrupted"},
{"a signal while servers are looked for", {.retry = 3}, OLD_NONE, 0,
 "start>find interrupted>(interrupted)end:interrupted"},
{"the end of time", {.servers = 2, .retry = 3}, OLD_NONE, 0,
 "start>*host0 a2>*^axfr0.0 timeout-total>(timeout-total)end:timeout-total"},
{"the end of time after what is worse", {.servers = 2}, OLD_NONE, 0,
 "start>*host0 a2>*^axfr0.0 id>(id)*^axfr0.1 timeout-total>(timeout-total)end:id"},
{"the end of time during a lookup", {.servers = 2, .retry = 3}, OLD_NONE, 0,
 "start>*host0 timeout-total>(timeout-total)end:timeout-total"},
{"too many records", {.servers = 2}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0 max-records/began>(max-records)end:max-records"},
{"too many octets", {.servers = 2}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0 max-bytes/began>(max-bytes)end:max-bytes"},
{"a record that no update can hold", {.servers = 2}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0 ddns/began>(ddns)end:ddns"},
{"an update that is too large", {.servers = 2}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0 ddns-size/began>(ddns-size)end:ddns-size"},
{"but not what another server may do better", {.servers = 2}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0 ddns-split/began>(ddns-split)*host1 a1>*^axfr1.0 min-records>(min-records)end:ddns-split"},
{"the output fails", {.servers = 2}, OLD_NONE, 0,
 "start>*host0 a2>*^axfr0.0 output/began>(output)end:output"},
{"no memory", {.servers = 2}, OLD_NONE, 0,
 "start>*host0 a2>*^axfr0.0 memory>(memory)end:memory"},
{"what the user gave cannot be used", {.servers = 2}, OLD_NONE, 0,
 "start>*host0 a2>*^axfr0.0 tsig-algorithm>(tsig-algorithm)end:tsig-algorithm"},
{"what came cannot be taken back", {.servers = 2, .retry = 3}, OLD_NONE, 0,
 "start>*host0 a2>*^axfr0.0 eof-early/began/final>(eof-early)end:eof-early"},
{"nothing came that would have to be taken back", {.servers = 2}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0 eof-early>(eof-early)*host1 a1>*^axfr1.0 eof-early/began/final>(eof-early)end:eof-early"},
{"after the end nothing more", {.servers = 1}, OLD_NONE, 0,
 "start>*host0 host>(host)end:host a1>end:host good>end:host start>end:host slept>end:host output>end:host"},
{"after a good end, too", {.servers = 1}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0 good>finish done>end:ok done>end:ok output>end:ok"},

/* -- Servers that were found -- */
{"the zone names its servers", {.retry = 0}, OLD_NONE, 0,
 "start>find s2>*host0 a1>*^axfr0.0 good>finish done>end:ok"},
{"whom to ask first is said of servers that are named", {.retry = 0}, .start = {.server = 1}, 0,
 "start>find s3>*host0 host>(host)*host1 host>(host)*host2 host>(host)end:host"},
{"none was found: no second round", {.retry = 5}, OLD_NONE, 0,
 "start>find no-servers>(no-servers)end:no-servers"},
{"the resolver does not answer: no second round", {.retry = 5}, OLD_NONE, 0,
 "start>find timeout-connect>(timeout-connect)end:timeout-connect"},
{"three refusals are enough", {.retry = 0}, OLD_NONE, 0,
 "start>find s5>*host0 a1>*^axfr0.0 rcode-refused>(rcode-refused)*host1 a1>*^axfr1.0 rcode-servfail>(rcode-servfail)*host2 "
 "a1>*^axfr2.0 rcode-notauth>(rcode-notauth)end:rcode-refused"},
{"only refusals count", {.retry = 0}, OLD_NONE, 0,
 "start>find s6>*host0 a1>*^axfr0.0 rcode-refused>(rcode-refused)*host1 a1>*^axfr1.0 connect>(connect)*host2 host>(host)*host3 "
 "a1>*^axfr3.0 id>(id)*host4 a1>*^axfr4.0 rcode-notauth>(rcode-notauth)*host5 a1>*^axfr5.0 good>finish done>end:ok"},
{"of servers that were named no number of refusals is enough", {.servers = 5}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0 rcode>(rcode)*host1 a1>*^axfr1.0 rcode>(rcode)*host2 a1>*^axfr2.0 rcode>(rcode)*host3 "
 "a1>*^axfr3.0 rcode>(rcode)*host4 a1>*^axfr4.0 good>finish done>end:ok"},
{"one that answers is asked at one address", {.retry = 0}, OLD_NONE, 0,
 "start>find s2>*host0 a3>*^axfr0.0 rcode-refused>(rcode-refused)*host1 a3>*^axfr1.0 id>(id)end:id"},
{"one that does not answer at the next one", {.retry = 0}, OLD_NONE, 0,
 "start>find s2>*host0 a3>*^axfr0.0 connect>(connect)*^axfr0.1 timeout-idle>(timeout-idle)*^axfr0.2 lone-soa>(lone-soa)*host1 "
 "a3>*^axfr1.0 good>finish done>end:ok"},
{"no key for servers that were found: all are passed over", {.retry = 2}, OLD_NONE, 0,
 "start>find s2>*host0 a2>*^axfr0.0 tsig-no-key>(tsig-no-key)*host1 a2>*^axfr1.0 tsig-no-key>(tsig-no-key)end:tsig-no-key"},

/* -- Rounds -- */
{"a second round after a second", {.servers = 2, .retry = 1}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0 connect>(connect)*host1 host@7>(host)sleep8 slept>*host0 a1>*^axfr0.0 good>finish done>end:ok"},
{"pauses double, up to a minute", {.servers = 1, .retry = 9}, OLD_NONE, 0,
 "start>*host0 host@0>(host)sleep1 slept>*host0 host@1>(host)sleep3 slept>*host0 host@3>(host)sleep7 slept>*host0 "
 "host@7>(host)sleep15 slept>*host0 host@20>(host)sleep36 slept>*host0 host@40>(host)sleep72 slept>*host0 "
 "host@80>(host)sleep140 slept>*host0 host@200>(host)sleep260 slept>*host0 host@300>(host)sleep360 slept>*host0 "
 "host@400>(host)end:host"},
{"no retry: one round", {.servers = 1}, OLD_NONE, 0,
 "start>*host0 a2>*^axfr0.0 connect>(connect)*^axfr0.1 eof-early>(eof-early)end:connect"},
{"one refusal, and later does not help", {.servers = 2, .retry = 5}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0 connect>(connect)*host1 a1>*^axfr1.0 rcode-refused>(rcode-refused)end:rcode-refused"},
{"nor where the refusal came in an earlier round", {.servers = 1, .retry = 5}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0 connect>(connect)sleep1 slept>*host0 a2>*^axfr0.0 rcode-refused>(rcode-refused)*^axfr0.1 "
 "connect>(connect)end:rcode-refused"},
{"a pause that would reach the deadline is not begun", {.servers = 1, .retry = 5}, OLD_NONE, 10,
 "start>*host0 a1>*^axfr0.0 connect@9>(connect)end:connect:late"},
{"which is told only where it would have been begun", {.servers = 1, .retry = 1}, OLD_NONE, 3,
 "start>*host0 a1>*^axfr0.0 connect@0>(connect)sleep1 slept>*host0 a1>*^axfr0.0 connect@2>(connect)end:connect"},
{"what passes is tried again: a quota", {.servers = 1, .retry = 2}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0 rcode-servfail>(rcode-servfail)sleep1 slept>*host0 a1>*^axfr0.0 good>finish done>end:ok"},
{"a zone that changed meanwhile", {.servers = 1, .retry = 2}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0 soa-changed/began>(soa-changed)sleep1 slept>*host0 a1>*^axfr0.0 good>finish done>end:ok"},
{"one and the other", {.servers = 2, .retry = 2}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0 connect>(connect)*host1 a1>*^axfr1.0 rcode-servfail>(rcode-servfail)sleep1 slept>*host0 a1>*^axfr0.0 "
 "good>finish done>end:ok"},
{"a quota and a refusal, in any order: the refusal stays", {.servers = 2, .retry = 2}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0 rcode-servfail>(rcode-servfail)*host1 a1>*^axfr1.0 rcode-refused>(rcode-refused)end:rcode-servfail"},
{"a zone that the server does not have", {.servers = 1, .retry = 2}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0 rcode-notauth>(rcode-notauth)end:rcode-notauth"},
{"a lagging server", {.wants = PLAN_UPDATE, .servers = 1, .retry = 2}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 serial-older>(serial-older)end:serial-older"},
{"three quotas are enough for a round", {.retry = 1}, OLD_NONE, 0,
 "start>find s4>*host0 a1>*^axfr0.0 rcode-servfail>(rcode-servfail)*host1 a1>*^axfr1.0 rcode-servfail>(rcode-servfail)*host2 "
 "a1>*^axfr2.0 rcode-servfail>(rcode-servfail)sleep1 slept>*host0 a1>*^axfr0.0 rcode-servfail>(rcode-servfail)*host1 a1>*^axfr1.0 "
 "good>finish done>end:ok"},
{"one that would not is", {.servers = 1, .retry = 5}, OLD_NONE, 10,
 "start>*host0 a1>*^axfr0.0 connect@8>(connect)sleep9 slept>*host0 a1>*^axfr0.0 connect@9>(connect)end:connect:late"},
{"a signal during the pause", {.servers = 1, .retry = 5}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0 connect>(connect)sleep1 interrupted>(interrupted)end:interrupted"},
{"servers that were found are not looked for again", {.retry = 1}, OLD_NONE, 0,
 "start>find s1>*host0 a1>*^axfr0.0 connect>(connect)sleep1 slept>*host0 a1>*^axfr0.0 good>finish done>end:ok"},

/* -- Changes for their own sake -- */
{"changes", {.wants = PLAN_CHANGES, .servers = 1}, OLD_NONE, 0,
 "start>*host0 a1>*^ixfr0.0 good>finish done>end:ok"},
{"no changes: nothing else is asked for, but another server", {.wants = PLAN_CHANGES, .servers = 3}, OLD_NONE, 0,
 "start>*host0 a1>*^ixfr0.0 lone-soa>(lone-soa)*host1 a1>*^ixfr1.0 axfr-style/whole>(axfr-style)*host2 a1>*^ixfr2.0 "
 "rcode-notimp>(rcode-notimp)end:lone-soa"},
{"changes that contradict themselves", {.wants = PLAN_CHANGES, .servers = 1}, OLD_NONE, 0,
 "start>*host0 a1>*^ixfr0.0 ixfr-chain>(ixfr-chain)end:ixfr-chain"},
{"too many changes", {.wants = PLAN_CHANGES, .servers = 1}, OLD_NONE, 0,
 "start>*host0 a1>*^ixfr0.0 delta-size>(delta-size)end:delta-size"},
{"an older serial", {.wants = PLAN_CHANGES, .servers = 2}, OLD_NONE, 0,
 "start>*host0 a1>*^ixfr0.0 serial-older>(serial-older)*host1 a1>*^ixfr1.0 kept>finish:unchanged done>end:ok"},

/* -- An old zone brought up to date -- */
{"by changes", {.wants = PLAN_UPDATE, .servers = 1}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 good>finish done>end:ok"},
{"nothing newer", {.wants = PLAN_UPDATE, .servers = 1}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 kept>finish:unchanged done>end:ok"},
{"an old zone that changes cannot be put into: the whole one, from the start", {.wants = PLAN_UPDATE, .servers = 2}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0?file rcode-refused>(rcode-refused)*host1 a1>*^axfr1.0?file good>finish done>end:ok"},
{"after a refusal", {.wants = PLAN_UPDATE, .servers = 1}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 rcode-notimp>^axfr0.0?failed good>finish done>end:ok"},
{"after a broken answer", {.wants = PLAN_UPDATE, .servers = 1}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 ixfr-base>^axfr0.0?failed good>finish done>end:ok"},
{"after changes that do not fit", {.wants = PLAN_UPDATE, .servers = 1}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 ixfr-del-absent/began>^axfr0.0?failed good>finish done>end:ok"},
{"after a SOA alone", {.wants = PLAN_UPDATE, .servers = 1}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 lone-soa>^axfr0.0?failed good>finish done>end:ok"},
{"after changes that are too many", {.wants = PLAN_UPDATE, .servers = 1}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 delta-size>^axfr0.0?failed good>finish done>end:ok"},
{"after too many, whatever had come", {.wants = PLAN_UPDATE, .servers = 1}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 delta-size/whole>^axfr0.0?failed good>finish done>end:ok"},
{"after the old file has changed", {.wants = PLAN_UPDATE, .servers = 1}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 old-file>^axfr0.0?file good>finish done>end:ok"},
{"but once: then that ends all", {.wants = PLAN_UPDATE, .servers = 2}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 old-file>^axfr0.0?file old-file>(old-file)end:old-file"},
{"not after the whole zone", {.wants = PLAN_UPDATE, .servers = 2}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 soa-changed/began/whole>(soa-changed)*host1 a1>*^ixfr1.0 good>finish done>end:ok"},
{"not after the network failed", {.wants = PLAN_UPDATE, .servers = 1}, OLD, 0,
 "start>*host0 a2>*^ixfr0.0 eof-early>(eof-early)*^ixfr0.1 timeout-idle/reused>(timeout-idle)end:eof-early"},
{"not after authentication failed", {.wants = PLAN_UPDATE, .servers = 1}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 tsig-mac>(tsig-mac)end:tsig-mac"},
{"not after a guard", {.wants = PLAN_UPDATE, .servers = 1}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 max-shrink>(max-shrink)end:max-shrink"},
{"not after what is not a server's failure", {.wants = PLAN_UPDATE, .servers = 2}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 memory>(memory)end:memory"},
{"not where it is not allowed", {.wants = PLAN_UPDATE, .servers = 2, .no_fallback = true}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 rcode-notimp>(rcode-notimp)*host1 a1>*^ixfr1.0 delta-size>(delta-size)end:delta-size"},
{"a file that takes no changes: the whole zone even where that is not allowed, from whoever comes next", {.wants = PLAN_UPDATE, .servers = 2, .no_fallback = true}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 old-file>^axfr0.0?file eof-early>(eof-early)*host1 a1>*^axfr1.0?file good>finish done>end:ok"},
{"the whole zone fails as well: one attempt", {.wants = PLAN_UPDATE, .servers = 2}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 rcode-notimp>^axfr0.0?failed rcode-refused>(rcode-refused)*host1 a1>*^ixfr1.0 good>finish done>end:ok"},
{"fallback and found: one refusal", {.wants = PLAN_UPDATE}, OLD, 0,
 "start>find s4>*host0 a1>*^ixfr0.0 rcode>^axfr0.0?failed rcode>(rcode)*host1 a1>*^ixfr1.0 rcode>^axfr1.0?failed rcode>(rcode)*host2 "
 "a1>*^ixfr2.0 rcode>^axfr2.0?failed rcode>(rcode)end:rcode"},
{"a connection that ends after its answer: another one", {.wants = PLAN_UPDATE, .servers = 1}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 rcode-notimp>^axfr0.0?failed no-answer/reused>!axfr0.0 good>finish done>end:ok"},
{"that fails, too", {.wants = PLAN_UPDATE, .servers = 1}, OLD, 0,
 "start>*host0 a2>*^ixfr0.0 rcode-notimp>^axfr0.0?failed eof-early/reused>!axfr0.0 connect>(connect)*^ixfr0.1 "
 "id>^axfr0.1?failed net-io/reused>!axfr0.1 timeout-idle/reused>(timeout-idle)end:connect"},
{"at the next address all begins anew", {.wants = PLAN_UPDATE, .servers = 1}, OLD, 0,
 "start>*host0 a2>*^ixfr0.0 rcode-notimp>^axfr0.0?failed connect>(connect)*^ixfr0.1 eof-early/reused>(eof-early)end:connect"},
{"it was another one already", {.wants = PLAN_UPDATE, .servers = 1}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 rcode-notimp>^axfr0.0?failed no-answer>(no-answer)end:no-answer"},
{"something has come of it", {.wants = PLAN_UPDATE, .servers = 1}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 rcode-notimp>^axfr0.0?failed eof-early/reused/began>(eof-early)end:eof-early"},
{"it is not the network", {.wants = PLAN_UPDATE, .servers = 1}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 rcode-notimp>^axfr0.0?failed tls-record/reused>(tls-record)end:tls-record"},
{"time is over", {.wants = PLAN_UPDATE, .servers = 1}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 rcode-notimp>^axfr0.0?failed timeout-total/reused>(timeout-total)end:timeout-total"},
{"the target cannot be made anew for the whole zone", {.wants = PLAN_UPDATE, .servers = 2}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 rcode-notimp>^axfr0.0?failed output>(output)end:output"},

/* -- Older -- */
{"older: the next server", {.wants = PLAN_UPDATE, .servers = 2}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 serial-older>(serial-older)*host1 a1>*^ixfr1.0 good>finish done>end:ok"},
{"older everywhere: kept", {.wants = PLAN_UPDATE, .servers = 2, .retry = 4}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 serial-older>(serial-older)*host1 a1>*^ixfr1.0 rcode>^axfr1.0?failed serial-older>(serial-older)"
 "end:serial-older"},
{"older, and allowed: all once more", {.wants = PLAN_UPDATE, .servers = 2, .allow_older = true}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 serial-older>(serial-older)*host1 a1>*^ixfr1.0 connect>(connect)*host0 a1>*^ixfr0.0~ "
 "serial-older>^axfr0.0~?failed good>finish done>end:ok"},
{"newer goes before older", {.wants = PLAN_UPDATE, .servers = 2, .allow_older = true}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 serial-older>(serial-older)*host1 a1>*^ixfr1.0 good>finish done>end:ok"},
{"who is asked first has an older one, another the newest", {.wants = PLAN_UPDATE, .servers = 3, .allow_older = true},
 .start = {.has_serial = true, .merges = true, .server = 2}, 0,
 "start>*host2 a1>*^ixfr2.0 serial-older=3>(serial-older)*host0 a1>*^ixfr0.0 serial-older=3>(serial-older)*host1 a1>*^ixfr1.0 "
 "serial-older=5>(serial-older)*host1 a1>*^ixfr1.0~ connect>(connect)*host0 a1>*^ixfr0.0~ connect>(connect)*host2 a1>*^ixfr2.0~ "
 "good>finish done>end:ok"},
{"older, in place of changes", {.wants = PLAN_UPDATE, .servers = 1, .allow_older = true}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 serial-older/whole>(serial-older)*host0 a1>*^ixfr0.0~ good>finish done>end:ok"},
{"older, and no IXFR", {.wants = PLAN_UPDATE, .servers = 1, .allow_older = true}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 rcode-notimp>^axfr0.0?failed serial-older>(serial-older)*host0 a1>*^ixfr0.0~ "
 "rcode-notimp>^axfr0.0~?failed good>finish done>end:ok"},
{"older is taken whole, even without fallback", {.wants = PLAN_UPDATE, .servers = 1, .allow_older = true, .no_fallback = true}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 serial-older>(serial-older)*host0 a1>*^ixfr0.0~ serial-older>^axfr0.0~?failed good>finish done>end:ok"},
{"the second pass is no retry, and there is no third", {.wants = PLAN_UPDATE, .servers = 1, .allow_older = true, .retry = 3}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 connect@5>(connect)sleep6 slept>*host0 a1>*^ixfr0.0 serial-older>(serial-older)*host0 a1>*^ixfr0.0~ "
 "connect>(connect)end:serial-older"},
{"nothing older was seen: no second pass", {.wants = PLAN_UPDATE, .servers = 1, .allow_older = true}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 tsig-mac>(tsig-mac)end:tsig-mac"},
{"without questions for the SOA one older zone is enough", {.wants = PLAN_UPDATE, .servers = 2, .allow_older = true}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 serial-older>(serial-older)*host1 a1>*^ixfr1.0 max-shrink>(max-shrink)*host0 a1>*^ixfr0.0~ "
 "serial-older>^axfr0.0~?failed good>finish done>end:ok"},
{"a failure that ends all ends the first pass", {.wants = PLAN_UPDATE, .servers = 2, .allow_older = true}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 serial-older>(serial-older)*host1 a1>*^ixfr1.0 max-bytes>(max-bytes)end:serial-older"},
{"refusals of both passes count", {.wants = PLAN_UPDATE, .allow_older = true, .no_fallback = true}, OLD, 0,
 "start>find s3>*host0 a1>*^ixfr0.0 rcode>(rcode)*host1 a1>*^ixfr1.0 rcode>(rcode)*host2 a1>*^ixfr2.0 serial-older>(serial-older)*host2 "
 "a1>*^ixfr2.0~ rcode>(rcode)end:serial-older"},

/* -- The same serial, and another zone -- */
{"nothing newer, but another SOA: the whole zone", {.wants = PLAN_UPDATE, .servers = 1}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 kept-other>^axfr0.0?same good>finish done>end:ok"},
{"which is not wanted", {.wants = PLAN_UPDATE, .servers = 2, .no_fallback = true}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 kept-other>(same-serial)*host1 a1>*^ixfr1.0 kept>finish:unchanged done>end:ok"},
{"nor after the SOA", {.wants = PLAN_UPDATE, .asks_soa = true, .servers = 1, .no_fallback = true}, OLD, 0,
 "start>*host0 a1>*soa0.0 differs>(same-serial)end:same-serial"},
{"nothing newer, and signed: the SOA", {.wants = PLAN_UPDATE, .servers = 1}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 kept-signed>soa0.0 equal>finish:unchanged done>end:ok"},
{"signed anew", {.wants = PLAN_UPDATE, .servers = 1}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 kept-signed>soa0.0 differs>^axfr0.0?same good>finish done>end:ok"},
{"newer meanwhile: changes, and no second question for the SOA", {.wants = PLAN_UPDATE, .servers = 1}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 kept-signed>soa0.0 newer>^ixfr0.0 kept-signed>finish:unchanged done>end:ok"},
{"older meanwhile: nothing newer", {.wants = PLAN_UPDATE, .servers = 1, .allow_older = true}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 kept-signed>soa0.0 older>finish:unchanged done>end:ok"},
{"the SOA is refused: nothing newer", {.wants = PLAN_UPDATE, .servers = 1}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 kept-signed>soa0.0 rcode-refused>finish:unchanged done>end:ok"},
{"it is no answer: the next server", {.wants = PLAN_UPDATE, .servers = 2}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 kept-signed>soa0.0 tsig-mac>(tsig-mac)*host1 a1>*^ixfr1.0 kept-signed>soa1.0 equal>finish:unchanged done>end:ok"},
{"on another connection, where the first ends", {.wants = PLAN_UPDATE, .servers = 1}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 kept-signed>soa0.0 no-answer/reused>!soa0.0 equal>finish:unchanged done>end:ok"},
{"changes for their own sake: nothing newer is nothing newer", {.wants = PLAN_CHANGES, .servers = 1}, OLD_NONE, 0,
 "start>*host0 a1>*^ixfr0.0 kept-signed>finish:unchanged done>end:ok"},

/* -- A look, and nothing more -- */
{"nothing new", {.wants = PLAN_LOOK, .servers = 1, .judges = true}, OLD, 0,
 "start>*host0 a1>*soa0.0 equal>end:ok:same equal>end:ok:same"},
{"a newer zone", {.wants = PLAN_LOOK, .servers = 1}, OLD, 0,
 "start>*host0 a1>*soa0.0 newer>end:ok:newer"},
{"another one with the same serial", {.wants = PLAN_LOOK, .servers = 2, .no_fallback = true}, OLD, 0,
 "start>*host0 a1>*soa0.0 differs>end:ok:differs"},
{"no old zone, or one without a serial", {.wants = PLAN_LOOK, .servers = 1}, OLD_NONE, 0,
 "start>*host0 a1>*soa0.0 older>end:ok:first"},
{"no changes can be put into the old one", {.wants = PLAN_LOOK, .servers = 1}, OLD_ODD, 0,
 "start>*host0 a1>*soa0.0 newer>end:ok:newer"},
{"a server that is down, one that lags, one that has it", {.wants = PLAN_LOOK, .servers = 3}, OLD, 0,
 "start>*host0 a1>*soa0.0 connect>(connect)*host1 a2>*soa1.0 older=3>(serial-older)*soa1.1 apart=9>(serial-older)*host2 "
 "a1>*soa2.0 equal>end:ok:same"},
{"older everywhere", {.wants = PLAN_LOOK, .servers = 2, .retry = 3}, OLD, 0,
 "start>*host0 a1>*soa0.0 older=3>(serial-older)*host1 a1>*soa1.0 older=4>(serial-older)end:serial-older"},
{"older everywhere, and allowed: the newest", {.wants = PLAN_LOOK, .servers = 2, .allow_older = true}, OLD, 0,
 "start>*host0 a1>*soa0.0 older=3>(serial-older)*host1 a1>*soa1.0 older=4>(serial-older)*host1 a1>*soa1.0~ older=4>end:ok:older"},
{"but not where one has said something else", {.wants = PLAN_LOOK, .servers = 2, .allow_older = true}, OLD, 0,
 "start>*host0 a1>*soa0.0 older=3>(serial-older)*host1 a1>*soa1.0 tsig-mac>(tsig-mac)end:tsig-mac"},
{"who refuses is not asked for the zone", {.wants = PLAN_LOOK, .servers = 2}, OLD, 0,
 "start>*host0 a1>*soa0.0 rcode-refused>(rcode-refused)*host1 a1>*soa1.0 rcode-refused>(rcode-refused)end:rcode-refused"},
{"three refusals of servers that were found", {.wants = PLAN_LOOK}, OLD, 0,
 "start>find s4>*host0 a2>*soa0.0 rcode>(rcode)*host1 a1>*soa1.0 rcode>(rcode)*host2 a1>*soa2.0 rcode>(rcode)end:rcode"},
{"what passes is looked for again", {.wants = PLAN_LOOK, .servers = 1, .retry = 1}, OLD, 0,
 "start>*host0 a1>*soa0.0 rcode-servfail>(rcode-servfail)sleep1 slept>*host0 a1>*soa0.0 newer>end:ok:newer"},
{"a signal ends a look", {.wants = PLAN_LOOK, .servers = 2, .retry = 1}, OLD, 0,
 "start>*host0 a1>*soa0.0 interrupted>(interrupted)end:interrupted"},

/* -- A zone over one that has a serial -- */
{"one server: what it has", {.yields = true, .servers = 1}, OLD_ODD, 0,
 "start>*host0 a1>*^axfr0.0~ good>finish done>end:ok"},
{"older: the next server, which has a newer one", {.yields = true, .servers = 2}, OLD_ODD, 0,
 "start>*host0 a1>*^axfr0.0 serial-older=3>(serial-older)*host1 a1>*^axfr1.0 good>finish done>end:ok"},
{"older everywhere: the newest", {.yields = true, .servers = 3}, OLD_ODD, 0,
 "start>*host0 a1>*^axfr0.0 serial-older=3>(serial-older)*host1 a1>*^axfr1.0 serial-older=5>(serial-older)*host2 a1>*^axfr2.0 "
 "serial-older=4>(serial-older)*host1 a1>*^axfr1.0~ good>finish done>end:ok"},
{"newest as serials go", {.yields = true, .servers = 2}, OLD_ODD, 0,
 "start>*host0 a1>*^axfr0.0 serial-older=4294967295>(serial-older)*host1 a1>*^axfr1.0 serial-older=2>(serial-older)*host1 "
 "a1>*^axfr1.0~ good>finish done>end:ok"},
{"the newest fails the second time: the others have it still", {.yields = true, .servers = 3}, OLD_ODD, 0,
 "start>*host0 a1>*^axfr0.0 serial-older=3>(serial-older)*host1 a2>*^axfr1.0 serial-older=4>(serial-older)*^axfr1.1 "
 "serial-older=5>(serial-older)*host2 host>(host)*host1 a2>*^axfr1.1~ rcode-servfail>(rcode-servfail)*^axfr1.0~ "
 "connect>(connect)*host0 a1>*^axfr0.0~ good>finish done>end:ok"},
{"with fewer addresses the second time", {.yields = true, .servers = 2}, OLD_ODD, 0,
 "start>*host0 a2>*^axfr0.0 serial-older=1>(serial-older)*^axfr0.1 serial-older=2>(serial-older)*host1 a1>*^axfr1.0 "
 "connect>(connect)*host0 a1>*^axfr0.0~ good>finish done>end:ok"},
{"the only one that answers has an older one: it is the last", {.yields = true, .servers = 2}, OLD_ODD, 0,
 "start>*host0 a1>*^axfr0.0 connect>(connect)*host1 a1>*^axfr1.0~ good>finish done>end:ok"},
{"the last one of several addresses", {.yields = true, .servers = 1}, OLD_ODD, 0,
 "start>*host0 a2>*^axfr0.0 connect>(connect)*^axfr0.1~ good>finish done>end:ok"},
{"the last one is the last in the order of this round", {.yields = true, .servers = 2}, .start = {.has_serial = true, .server = 1}, 0,
 "start>*host1 a1>*^axfr1.0 connect>(connect)*host0 a1>*^axfr0.0~ good>finish done>end:ok"},
{"in a new round others are asked first again", {.yields = true, .servers = 2, .retry = 1}, OLD_ODD, 0,
 "start>*host0 a1>*^axfr0.0 connect>(connect)*host1 a1>*^axfr1.0~ connect>(connect)sleep1 slept>*host0 a1>*^axfr0.0 "
 "serial-older=3>(serial-older)*host1 a1>*^axfr1.0 good>finish done>end:ok"},
{"no serial: nothing is older", {.yields = true, .servers = 2}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0 good>finish done>end:ok"},
{"where nobody yields older is a failure", {.servers = 1}, OLD_ODD, 0,
 "start>*host0 a1>*^axfr0.0 serial-older=3>(serial-older)end:serial-older"},

/* -- What came is judged -- */
{"it is good", {.servers = 1, .judges = true}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0 good>judge passed>finish done>end:ok"},
{"refused: the next server, not the next address", {.servers = 2, .judges = true}, OLD_NONE, 0,
 "start>*host0 a2>*^axfr0.0 good>judge max-change>(max-change)*host1 a1>*^axfr1.0+ good>judge passed>finish done>end:ok"},
{"refused everywhere, and not again", {.servers = 2, .retry = 3, .judges = true}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0 good>judge zonemd>(zonemd)*host1 a1>*^axfr1.0+ good>judge min-records>(min-records)end:zonemd"},
{"what cannot be judged is not fetched elsewhere", {.servers = 2, .judges = true}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0 good>judge check-failed>(check-failed)end:check-failed"},
{"a signal while it is judged", {.servers = 2, .judges = true}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0 good>judge interrupted>(interrupted)end:interrupted"},
{"the commit that follows fails", {.servers = 2, .judges = true}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0 good>judge passed>finish output>(output)end:output"},
{"a newer zone that was refused makes no older one welcome", {.servers = 2, .yields = true, .judges = true}, OLD_ODD, 0,
 "start>*host0 a1>*^axfr0.0 good>judge dnssec>(dnssec)*host1 a1>*^axfr1.0+ serial-older=3>(serial-older)end:dnssec"},
{"nor one that was seen before", {.servers = 2, .yields = true, .judges = true}, OLD_ODD, 0,
 "start>*host0 a1>*^axfr0.0 serial-older=3>(serial-older)*host1 a1>*^axfr1.0 good>judge dnssec>(dnssec)end:serial-older"},
{"even where older zones are allowed", {.servers = 2, .allow_older = true, .judges = true}, OLD_ODD, 0,
 "start>*host0 a1>*^axfr0.0 good>judge dnssec>(dnssec)*host1 a1>*^axfr1.0+ serial-older=3>(serial-older)end:dnssec"},
{"changes that give a bad zone: the whole one", {.wants = PLAN_UPDATE, .servers = 1, .judges = true}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 good>judge zonemd>^axfr0.0+?failed good>judge passed>finish done>end:ok"},
{"which is as bad", {.wants = PLAN_UPDATE, .servers = 1, .judges = true}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 good>judge dnssec>^axfr0.0+?failed good>judge dnssec>(dnssec)end:dnssec"},
{"not where it came already", {.wants = PLAN_UPDATE, .servers = 1, .judges = true}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 good/whole>judge dnssec>(dnssec)end:dnssec"},
{"nor where it is not wanted", {.wants = PLAN_UPDATE, .servers = 1, .no_fallback = true, .judges = true}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 good>judge dnssec>(dnssec)end:dnssec"},
{"nor where it cannot be better", {.wants = PLAN_UPDATE, .servers = 1, .judges = true}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 good>judge max-change>(max-change)end:max-change"},
{"what is to stay is judged", {.wants = PLAN_UPDATE, .servers = 1, .judges = true}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 kept>judge:unchanged passed>finish:unchanged done>end:ok"},
{"its signatures end: there may be new ones", {.wants = PLAN_UPDATE, .servers = 1, .judges = true}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 kept>judge:unchanged signature-life>^axfr0.0?failed good>judge passed>finish done>end:ok"},
{"or another server has them", {.wants = PLAN_UPDATE, .servers = 2, .judges = true}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 kept>judge:unchanged signature-life>^axfr0.0?failed good>judge signature-life/same>"
 "(signature-life)*host1 a1>*^ixfr1.0 good>judge passed>finish done>end:ok"},
{"after a refusal nothing new is not good news", {.wants = PLAN_UPDATE, .servers = 2, .judges = true}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 good>judge check-cmd>(check-cmd)*host1 a1>*^ixfr1.0+ kept>(not-newer)end:check-cmd"},
{"nor with the SOA first", {.wants = PLAN_UPDATE, .asks_soa = true, .servers = 2, .judges = true}, OLD, 0,
 "start>*host0 a1>*soa0.0 newer>^ixfr0.0 good>judge check-cmd>(check-cmd)*host1 a1>*soa1.0+ equal>(not-newer)end:check-cmd"},
{"what was refused had the old serial: the next may have it, too", {.wants = PLAN_UPDATE, .servers = 2, .judges = true}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 kept>judge:unchanged signature-life>^axfr0.0?failed good>judge signature-life/same>"
 "(signature-life)*host1 a1>*^ixfr1.0 kept>judge:unchanged signature-life>^axfr1.0?failed good>judge passed>finish done>end:ok"},
{"but no older one", {.servers = 2, .yields = true, .judges = true}, OLD_ODD, 0,
 "start>*host0 a1>*^axfr0.0 good>judge check-cmd/same>(check-cmd)*host1 a1>*^axfr1.0 serial-older=3>(serial-older)end:check-cmd"},
{"the whole zone with the old serial is not newer", {.servers = 2, .judges = true}, OLD_ODD, 0,
 "start>*host0 a1>*^axfr0.0 good>judge zonemd>(zonemd)*host1 a1>*^axfr1.0+ not-newer>(not-newer)end:zonemd"},

/* -- The end -- */
{"the commit fails", {.servers = 2, .retry = 3}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0 good>finish output>(output)end:output"},
{"its failure is one more, and may not be the worst", {.servers = 2}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0 rcode-refused>(rcode-refused)*host1 a1>*^axfr1.0 good>finish timeout-total>(timeout-total)end:rcode-refused"},
{"no second round for it", {.servers = 2, .retry = 3}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0 good>finish timeout-total>(timeout-total)end:timeout-total"},

/* -- The SOA first -- */
{"the same: nothing to do", {.wants = PLAN_UPDATE, .asks_soa = true, .servers = 1}, OLD, 0,
 "start>*host0 a1>*soa0.0 equal>finish:unchanged done>end:ok"},
{"newer: changes", {.wants = PLAN_UPDATE, .asks_soa = true, .servers = 1}, OLD, 0,
 "start>*host0 a1>*soa0.0 newer>^ixfr0.0 good>finish done>end:ok"},
{"newer: the whole zone, where that is wanted", {.asks_soa = true, .servers = 1}, OLD, 0,
 "start>*host0 a1>*soa0.0 newer>^axfr0.0 good>finish done>end:ok"},
{"newer: the whole zone, where changes cannot be put into the old one", {.wants = PLAN_UPDATE, .asks_soa = true, .servers = 1}, OLD_ODD, 0,
 "start>*host0 a1>*soa0.0 newer>^axfr0.0?file good>finish done>end:ok"},
{"no old zone: no question for the SOA", {.wants = PLAN_UPDATE, .asks_soa = true, .servers = 1}, OLD_NONE, 0,
 "start>*host0 a1>*^axfr0.0?file good>finish done>end:ok"},
{"changes alone: none either", {.wants = PLAN_CHANGES, .asks_soa = true, .servers = 1}, OLD, 0,
 "start>*host0 a1>*^ixfr0.0 good>finish done>end:ok"},
{"the same serial, another SOA: the whole zone", {.wants = PLAN_UPDATE, .asks_soa = true, .servers = 1}, OLD, 0,
 "start>*host0 a1>*soa0.0 differs>^axfr0.0?same good>finish done>end:ok"},
{"the same serial, another SOA, and that fails", {.wants = PLAN_UPDATE, .asks_soa = true, .servers = 2}, OLD, 0,
 "start>*host0 a1>*soa0.0 differs>^axfr0.0?same rcode-refused>(rcode-refused)*host1 a1>*soa1.0 equal>finish:unchanged done>end:ok"},
{"older: the other servers", {.wants = PLAN_UPDATE, .asks_soa = true, .servers = 2}, OLD, 0,
 "start>*host0 a2>*soa0.0 older>(serial-older)*soa0.1 apart>(serial-older)*host1 a1>*soa1.0 newer>^ixfr1.0 good>finish done>end:ok"},
{"older everywhere: the old one is kept", {.wants = PLAN_UPDATE, .asks_soa = true, .servers = 2, .retry = 3}, OLD, 0,
 "start>*host0 a1>*soa0.0 older>(serial-older)*host1 a1>*soa1.0 older>(serial-older)end:serial-older"},
{"older, as far as they answer", {.wants = PLAN_UPDATE, .asks_soa = true, .servers = 3, .retry = 3}, OLD, 0,
 "start>*host0 a1>*soa0.0 connect>(connect)*host1 a1>*soa1.0 older>(serial-older)*host2 host>(host)end:serial-older"},
{"older, found: one address is enough", {.wants = PLAN_UPDATE, .asks_soa = true}, OLD, 0,
 "start>find s2>*host0 a2>*soa0.0 older>(serial-older)*host1 a1>*soa1.0 newer>^ixfr1.0 good>finish done>end:ok"},
{"older everywhere, and allowed", {.wants = PLAN_UPDATE, .asks_soa = true, .servers = 2, .allow_older = true}, OLD, 0,
 "start>*host0 a1>*soa0.0 older=4>(serial-older)*host1 a2>*soa1.0 connect>(connect)*soa1.1 older=3>(serial-older)*host0 a1>*soa0.0~ "
 "older=4>^axfr0.0~?older good>finish done>end:ok"},
{"allowed, but one has not answered", {.wants = PLAN_UPDATE, .asks_soa = true, .servers = 2, .allow_older = true}, OLD, 0,
 "start>*host0 a1>*soa0.0 older>(serial-older)*host1 a1>*soa1.0 timeout-idle>(timeout-idle)end:serial-older"},
{"... but in the second round all have", {.wants = PLAN_UPDATE, .asks_soa = true, .servers = 2, .retry = 1, .allow_older = true}, OLD, 0,
 "start>*host0 a1>*soa0.0 connect@5>(connect)*host1 a1>*soa1.0 connect@5>(connect)sleep6 slept>*host0 a1>*soa0.0 older=3>(serial-older)"
 "*host1 a1>*soa1.0 older=4>(serial-older)*host1 a1>*soa1.0~ older=4>^axfr1.0~?older good>finish done>end:ok"},
{"allowed, but one has something newer that cannot be taken", {.wants = PLAN_UPDATE, .asks_soa = true, .servers = 2, .allow_older = true}, OLD, 0,
 "start>*host0 a1>*soa0.0 older>(serial-older)*host1 a1>*soa1.0 newer>^ixfr1.0 max-shrink>(max-shrink)end:serial-older"},
{"allowed, but one may have something newer", {.wants = PLAN_UPDATE, .asks_soa = true, .servers = 2, .allow_older = true}, OLD, 0,
 "start>*host0 a1>*soa0.0 rcode-servfail>(rcode-servfail)*host1 a1>*soa1.0 older>(serial-older)end:serial-older"},
{"in the second pass it has become newer", {.wants = PLAN_UPDATE, .asks_soa = true, .servers = 1, .allow_older = true}, OLD, 0,
 "start>*host0 a1>*soa0.0 apart>(serial-older)*host0 a1>*soa0.0~ newer>^ixfr0.0~ good>finish done>end:ok"},
{"newer, but the transfer is older", {.wants = PLAN_UPDATE, .asks_soa = true, .servers = 1}, OLD, 0,
 "start>*host0 a1>*soa0.0 newer>^ixfr0.0 serial-older>(serial-older)end:serial-older"},
{"the SOA is refused: one transfer is asked for", {.wants = PLAN_UPDATE, .asks_soa = true, .servers = 1}, OLD, 0,
 "start>*host0 a1>*soa0.0 rcode-refused>^ixfr0.0 good>finish done>end:ok"},
{"on another connection, where the first ends after its answer", {.asks_soa = true, .servers = 1}, OLD, 0,
 "start>*host0 a1>*soa0.0 rcode-refused>^axfr0.0 no-answer/reused>!axfr0.0 good>finish done>end:ok"},
{"and one only", {.wants = PLAN_UPDATE, .asks_soa = true, .servers = 2}, OLD, 0,
 "start>*host0 a1>*soa0.0 rcode-refused>^ixfr0.0 rcode-refused>(rcode-refused)*host1 a1>*soa1.0 equal>finish:unchanged done>end:ok"},
{"but who answers otherwise may have the whole zone", {.wants = PLAN_UPDATE, .asks_soa = true, .servers = 1}, OLD, 0,
 "start>*host0 a1>*soa0.0 rcode-refused>^ixfr0.0 rcode-notimp>^axfr0.0?failed good>finish done>end:ok"},
{"the SOA is refused, the whole zone is wanted", {.asks_soa = true, .servers = 1}, OLD, 0,
 "start>*host0 a1>*soa0.0 rcode-refused>^axfr0.0 rcode-refused>(rcode-refused)end:rcode-refused"},
{"a refusal at one address says nothing of the next", {.wants = PLAN_UPDATE, .asks_soa = true, .servers = 1}, OLD, 0,
 "start>*host0 a2>*soa0.0 rcode-refused>^ixfr0.0 connect>(connect)*soa0.1 newer>^ixfr0.1 rcode-refused>^axfr0.1?failed "
 "good>finish done>end:ok"},
{"trouble with the zone is not followed up", {.wants = PLAN_UPDATE, .asks_soa = true, .servers = 2}, OLD, 0,
 "start>*host0 a1>*soa0.0 rcode-servfail>(rcode-servfail)*host1 a1>*soa1.0 id>(id)end:id"},
{"a signal while the SOA is asked for", {.wants = PLAN_UPDATE, .asks_soa = true, .servers = 2}, OLD, 0,
 "start>*host0 a2>*soa0.0 interrupted>(interrupted)end:interrupted"},
{"the SOA does not come: no second question there", {.wants = PLAN_UPDATE, .asks_soa = true, .servers = 1, .retry = 1}, OLD, 0,
 "start>*host0 a1>*soa0.0 eof-early/reused>(eof-early)sleep1 slept>*host0 a1>*soa0.0 newer>^ixfr0.0 good>finish done>end:ok"},
{"a connection that ends after the SOA: another one, for each question", {.wants = PLAN_UPDATE, .asks_soa = true, .servers = 1}, OLD, 0,
 "start>*host0 a1>*soa0.0 newer>^ixfr0.0 eof-early/reused>!ixfr0.0 ixfr-chain>^axfr0.0?failed eof-early/reused>!axfr0.0 "
 "eof-early/reused>(eof-early)end:eof-early"},
};
/* clang-format on */

static struct plan begun_plan(const struct scenario *s)
{
    struct plan plan;
    plan_init(&plan, &s->config, s->deadline != 0 ? s->deadline * (uint64_t)SECOND : UINT64_MAX);
    return plan;
}

/* One step: an event, and the action that is expected. */
static bool play_step(struct plan *plan, const struct scenario *s, char *step)
{
    char text[TEXT_MAX];
    char *expected = strchr(step, '>');
    *expected++ = '\0';
    struct plan_event event = event_of(step);
    if (event.what == PLAN_START) {
        event = s->start;
        event.what = PLAN_START;
    }
    struct plan_action action = plan_next(plan, &event);
    if (strcmp(action_text(text, &action), expected) == 0)
        return true;
    diag("after %s: %s, expected %s", step, text, expected);
    return false;
}

static void play(const struct scenario *s)
{
    char script[1024], *rest = script, *step;
    struct plan plan = begun_plan(s);
    bool good = strlen(s->script) < sizeof script;
    snprintf(script, sizeof script, "%s", s->script);
    while (good && (step = strtok_r(rest, " ", &rest)) != NULL)
        good = play_step(&plan, s, step);
    ok(good && plan_next(&plan, &(struct plan_event){.what = PLAN_GOOD}).what == DO_END, "%s",
       s->name);
}

/* ---- Events that answer nothing ------------------------------------------------------------- */

/* Scripts that lead to each of the states, with the events that are awaited there. */
static const struct {
    const char *script;
    bool asks_soa, found;
    unsigned awaited;
} ways[] = {
    {"", false, false, 1u << PLAN_START},
    {"start", false, true, 1u << PLAN_SERVERS | 1u << PLAN_FAILED},
    {"start", false, false, 1u << PLAN_ADDRESSES | 1u << PLAN_FAILED},
    {"start a1", true, false, 1u << PLAN_SOA | 1u << PLAN_FAILED},
    {"start a1", false, false, 1u << PLAN_GOOD | 1u << PLAN_FAILED},
    {"start a1 kept-signed", false, false, 1u << PLAN_SOA | 1u << PLAN_FAILED},
    {"start a1 rcode", false, false, 1u << PLAN_GOOD | 1u << PLAN_FAILED},
    {"start a1 good", false, false, 1u << PLAN_FINISHED | 1u << PLAN_FAILED},
    {"start host", false, false, 1u << PLAN_SLEPT | 1u << PLAN_FAILED},
};

static struct plan plan_at(size_t way, struct plan_config *config)
{
    char script[TEXT_MAX], *rest = script, *step;
    struct plan plan;
    *config = (struct plan_config){.wants = PLAN_UPDATE,
                                   .asks_soa = ways[way].asks_soa,
                                   .servers = ways[way].found ? 0 : 1,
                                   .retry = 1};
    plan_init(&plan, config, UINT64_MAX);
    snprintf(script, sizeof script, "%s", ways[way].script);
    while ((step = strtok_r(rest, " ", &rest)) != NULL) {
        struct plan_event event = event_of(step);
        event.has_serial = event.merges = true;
        plan_next(&plan, &event);
    }
    return plan;
}

static bool is_defect(size_t way, struct plan_event event)
{
    struct plan_config config;
    struct plan plan = plan_at(way, &config);
    struct plan_action action = plan_next(&plan, &event);
    return action.what == DO_END && action.kind == ERR_INTERNAL && action.failed == ERR_INTERNAL;
}

static void defects(void)
{
    for (size_t way = 0; way < sizeof ways / sizeof *ways; way++) {
        unsigned taken = 0;
        for (unsigned what = PLAN_START; what <= PLAN_FINISHED; what++)
            if (!is_defect(way, (struct plan_event){.what = what, .kind = ERR_HOST, .count = 1}))
                taken |= 1u << what;
        is_int(taken, ways[way].awaited, "the events that are awaited after \"%s\"",
               ways[way].script);
        ok(is_defect(way, (struct plan_event){.what = PLAN_FAILED}), "no failure without a kind");
    }
    ok(is_defect(1, (struct plan_event){.what = PLAN_SERVERS}), "no servers without one");
    ok(is_defect(2, (struct plan_event){.what = PLAN_ADDRESSES}), "no addresses without one");
}

/* ---- A world at random ---------------------------------------------------------------------- */

/* What will come of questions, lookups and so on, as a sequence of numbers has it. */
struct world {
    uint64_t state, now;
    unsigned good_of; /* one of so many questions goes well */
    bool is_plain;    /* the same serial is the same zone */
};

static unsigned draw(struct world *world, unsigned below)
{
    world->state ^= world->state << 13;
    world->state ^= world->state >> 7;
    world->state ^= world->state << 17;
    return (unsigned)(world->state >> 33) % below;
}

static enum err_kind draw_kind(struct world *world)
{
    static const enum err_kind often[] = {
        ERR_CONNECT,      ERR_TIMEOUT_IDLE, ERR_EOF_EARLY,  ERR_RCODE_REFUSED, ERR_RCODE_NOTIMP,
        ERR_SERIAL_OLDER, ERR_LONE_SOA,     ERR_IXFR_CHAIN, ERR_DELTA_SIZE,    ERR_RCODE_SERVFAIL,
    };
    unsigned at = draw(world, 2 * sizeof often / sizeof *often);
    if (at < sizeof often / sizeof *often)
        return often[at];
    if (at % 4 != 0)
        return ERR_CONNECT;
    return 1 + draw(world, ERR_KINDS - 1);
}

static void draw_good(struct world *world, const struct plan_action *action,
                      struct plan_event *event)
{
    static const enum plan_event_kind good[] = {
        [DO_FIND_SERVERS] = PLAN_SERVERS, [DO_RESOLVE] = PLAN_ADDRESSES,
        [DO_ASK_SOA] = PLAN_SOA,          [DO_ASK_IXFR] = PLAN_GOOD,
        [DO_ASK_AXFR] = PLAN_GOOD,        [DO_FINISH] = PLAN_FINISHED,
        [DO_JUDGE] = PLAN_PASSED,         [DO_SLEEP] = PLAN_SLEPT,
    };
    event->what = good[action->what];
    event->count = 1 + draw(world, 4);
    event->order = (enum serial_order)draw(world, SERIAL_UNDEFINED + 1);
    event->differs = draw(world, 2) == 0 && !world->is_plain;
    event->unproven = draw(world, 2) == 0 && !world->is_plain;
    event->unchanged = draw(world, 2) == 0;
}

/* What comes of an action. */
static struct plan_event answer(struct world *world, const struct plan_action *action)
{
    bool asked = is_question(action->what);
    struct plan_event event = {
        .what = PLAN_FAILED,
        .kind = draw_kind(world),
        .can_restart = draw(world, 16) != 0,
        .began = draw(world, 3) == 0,
        .whole_came = draw(world, 3) == 0,
        .fresh = action->begins || action->fresh || draw(world, 3) == 0,
        .serial = draw(world, 4),
    };
    bool good = draw(world, asked ? world->good_of : 8) != 0;
    if (good != asked)
        draw_good(world, action, &event);
    /* What is older is not refused once it is taken. */
    if (action->takes_older && action->what == DO_ASK_AXFR && event.kind == ERR_SERIAL_OLDER)
        event.kind = ERR_MIN_RECORDS;
    world->now += draw(world, 3) * (uint64_t)SECOND;
    event.now = world->now;
    return event;
}

static struct plan_config draw_config(struct world *world)
{
    return (struct plan_config){
        .wants = (enum plan_wants)draw(world, PLAN_LOOK + 1),
        .asks_soa = draw(world, 2) == 0,
        .no_fallback = draw(world, 4) == 0,
        .allow_older = draw(world, 2) == 0,
        .yields = draw(world, 2) == 0,
        .judges = draw(world, 2) == 0,
        .servers = draw(world, 4),
        .retry = draw(world, 4),
    };
}

static uint64_t draw_deadline(struct world *world)
{
    return draw(world, 2) == 0 ? UINT64_MAX : draw(world, 40) * (uint64_t)SECOND;
}

/* ---- The same by plain loops ---------------------------------------------------------------- */

/* A run that asks and waits, one thing after the other, without questions for the SOA. It says what
 * it does in the words of actions; what a plan says must be the same. */
struct loops {
    struct world world;
    const struct plan_config *config;
    uint64_t deadline;
    bool merges;
    bool stop, lasts, enough, too_late, saw_older, takes_older;
    unsigned servers, refusals;
    unsigned first_server, first_address, newest_server, newest_address;
    uint32_t newest;
    enum err_kind worst, failed; /* failed: to be said with the next action */
    struct text {
        char words[16384];
        size_t length;
    } *said;
};

static void say(struct text *said, const struct plan_action *action)
{
    char words[TEXT_MAX];
    size_t room = sizeof said->words - said->length;
    int n = snprintf(said->words + said->length, room, "%s ", action_text(words, action));
    if (n > 0 && (size_t)n < room)
        said->length += (size_t)n;
}

static void loops_say(struct loops *run, struct plan_action *action)
{
    action->failed = run->failed;
    action->takes_older = run->takes_older;
    run->failed = ERR_NONE;
    say(run->said, action);
}

static struct plan_event loops_do(struct loops *run, struct plan_action action)
{
    loops_say(run, &action);
    return answer(&run->world, &action);
}

static bool loops_may_go_on(const struct plan_event *event)
{
    static const enum err_kind last[] = {ERR_INTERRUPTED, ERR_TIMEOUT_TOTAL, ERR_MAX_RECORDS,
                                         ERR_MAX_BYTES,   ERR_DDNS,          ERR_DDNS_SIZE,
                                         ERR_CHECK_FAILED};
    for (size_t i = 0; i < sizeof last / sizeof *last; i++)
        if (event->kind == last[i])
            return false;
    return err_rank(err_class(event->kind)) > 0 && event->can_restart;
}

static void loops_failed(struct loops *run, const struct plan_event *event)
{
    int rank = err_rank(err_class(event->kind));
    run->failed = event->kind;
    if (run->worst == ERR_NONE || rank == 0 || rank > err_rank(err_class(run->worst)))
        run->worst = event->kind;
    run->saw_older |= event->kind == ERR_SERIAL_OLDER;
    run->lasts |= err_class(event->kind) != ERR_CLASS_NETWORK &&
                  event->kind != ERR_RCODE_SERVFAIL && event->kind != ERR_SOA_CHANGED;
    if (run->config->servers == 0 && err_class(event->kind) == ERR_CLASS_REFUSED)
        run->enough = ++run->refusals >= 3;
    run->stop = !loops_may_go_on(event) || (run->enough && run->lasts);
}

/* What an address has that has an older zone. */
static void loops_older(struct loops *run, unsigned server, unsigned address, uint32_t serial)
{
    if (!run->saw_older || (int32_t)(serial - run->newest) > 0) {
        run->newest = serial;
        run->newest_server = server;
        run->newest_address = address;
    }
    run->saw_older = true;
}

static bool loops_fall_back(const struct loops *run, const struct plan_event *event)
{
    enum err_class class = err_class(event->kind);
    if (run->config->wants != PLAN_UPDATE || !run->merges)
        return false;
    if (run->takes_older && event->kind == ERR_SERIAL_OLDER)
        return true;
    if (run->config->no_fallback)
        return false;
    return event->kind == ERR_DELTA_SIZE ||
           (!event->whole_came && (class == ERR_CLASS_REFUSED || class == ERR_CLASS_PROTOCOL ||
                                   class == ERR_CLASS_NODELTA || class == ERR_CLASS_INPUT));
}

static bool loops_address(struct loops *run, unsigned server, unsigned address,
                          struct plan_event *event)
{
    bool updates = run->config->wants == PLAN_UPDATE;
    bool changes = run->config->wants == PLAN_CHANGES || (updates && run->merges);
    struct plan_action ask = {.what = changes ? DO_ASK_IXFR : DO_ASK_AXFR,
                              .server = server,
                              .address = address,
                              .begins = true,
                              .restart = true,
                              .why = updates && !changes ? PLAN_WHY_FILE : PLAN_WHY_NONE};
    *event = loops_do(run, ask);
    bool is_file = updates && run->merges && event->kind == ERR_OLD_FILE;
    if (event->what == PLAN_FAILED && (is_file || loops_fall_back(run, event))) {
        ask.what = DO_ASK_AXFR;
        ask.why = is_file ? PLAN_WHY_FILE : PLAN_WHY_FAILED;
        run->merges &= !is_file;
        ask.begins = false;
        *event = loops_do(run, ask);
        if (event->what == PLAN_FAILED && err_class(event->kind) == ERR_CLASS_NETWORK &&
            event->kind != ERR_TIMEOUT_TOTAL && !event->began && !event->fresh) {
            ask.why = PLAN_WHY_NONE;
            ask.restart = false;
            ask.fresh = true;
            *event = loops_do(run, ask);
        }
    }
    if (event->what == PLAN_FAILED && event->kind == ERR_SERIAL_OLDER)
        loops_older(run, server, address, event->serial);
    if (event->what == PLAN_FAILED)
        loops_failed(run, event);
    return event->what == PLAN_GOOD;
}

/* The n-th of those that are counted from 0, where one goes first. */
static unsigned nth(unsigned n, unsigned first)
{
    return n == 0 ? first : n <= first ? n - 1 : n;
}

static bool loops_server(struct loops *run, unsigned server, struct plan_event *event)
{
    struct plan_action resolve = {.what = DO_RESOLVE, .server = server, .begins = true};
    *event = loops_do(run, resolve);
    if (event->what == PLAN_FAILED) {
        loops_failed(run, event);
        return false;
    }
    unsigned count = event->count;
    unsigned first =
        server == run->first_server && run->first_address < count ? run->first_address : 0;
    for (unsigned i = 0; i < count && !run->stop && !run->enough; i++) {
        if (loops_address(run, server, nth(i, first), event))
            return true;
        if (run->config->servers == 0 && err_class(event->kind) != ERR_CLASS_NETWORK)
            break;
    }
    return false;
}

static bool loops_servers(struct loops *run, struct plan_event *event)
{
    for (unsigned server = 0; server < run->servers && !run->stop && !run->enough; server++)
        if (loops_server(run, nth(server, run->first_server), event))
            return true;
    return false;
}

static bool loops_pause(struct loops *run, unsigned round)
{
    uint64_t seconds = round < 6 ? UINT64_C(1) << round : 60;
    struct plan_action pause = {.what = DO_SLEEP, .until = run->world.now + seconds * SECOND};
    if (run->stop || run->lasts || round == run->config->retry)
        return false;
    run->too_late = pause.until >= run->deadline;
    if (run->too_late)
        return false;
    run->refusals = run->first_server = run->first_address = 0;
    run->enough = false;
    struct plan_event event = loops_do(run, pause);
    if (event.what == PLAN_FAILED)
        loops_failed(run, &event);
    return event.what == PLAN_SLEPT;
}

static bool loops_rounds(struct loops *run, struct plan_event *event)
{
    run->servers = run->config->servers;
    if (run->servers == 0) {
        *event = loops_do(run, (struct plan_action){.what = DO_FIND_SERVERS});
        run->servers = event->count;
        if (event->what == PLAN_FAILED) {
            loops_failed(run, event);
            return false;
        }
    }
    for (unsigned round = 0;; round++) {
        if (loops_servers(run, event))
            return true;
        if (!run->stop && run->saw_older && run->config->allow_older) {
            run->takes_older = true;
            run->first_server = run->newest_server;
            run->first_address = run->newest_address;
            if (loops_servers(run, event))
                return true;
        }
        if (!loops_pause(run, round))
            return false;
    }
}

static void loops_run(struct loops *run)
{
    struct plan_event event;
    bool good = loops_rounds(run, &event);
    if (good) {
        struct plan_action finish = {.what = DO_FINISH, .unchanged = event.unchanged};
        event = loops_do(run, finish);
        good = event.what == PLAN_FINISHED;
        if (!good)
            loops_failed(run, &event);
    }
    loops_say(run, &(struct plan_action){.what = DO_END,
                                         .kind = good ? ERR_NONE : run->worst,
                                         .too_late = run->too_late});
}

static void plan_run(struct plan *plan, struct world *world, struct plan_event event,
                     struct text *said)
{
    for (;;) {
        struct plan_action action = plan_next(plan, &event);
        say(said, &action);
        if (action.what == DO_END)
            return;
        event = answer(world, &action);
    }
}

static bool same_as_loops(unsigned seed)
{
    static struct text by_loops, by_plan;
    struct world world = {.state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1,
                          .good_of = 2 + seed % 30};
    struct plan_config config = draw_config(&world);
    config.asks_soa = config.yields = config.judges = false;
    if (config.wants == PLAN_LOOK) /* which is all questions for the SOA */
        config.wants = PLAN_UPDATE;
    world.is_plain = true;
    uint64_t deadline = draw_deadline(&world);
    bool merges = draw(&world, 3) != 0;
    unsigned first = config.servers > 0 ? draw(&world, config.servers) : 0;
    by_loops.length = by_plan.length = 0;
    struct loops run = {.world = world,
                        .config = &config,
                        .deadline = deadline,
                        .merges = merges,
                        .first_server = first,
                        .said = &by_loops};
    const struct plan_event start = {
        .what = PLAN_START, .has_serial = merges, .merges = merges, .server = first};
    struct plan plan;
    loops_run(&run);
    plan_init(&plan, &config, deadline);
    plan_run(&plan, &world, start, &by_plan);
    if (strcmp(by_loops.words, by_plan.words) == 0)
        return true;
    diag("seed %u\n# loops: %s\n# plan:  %s", seed, by_loops.words, by_plan.words);
    return false;
}

static void loops(void)
{
    bool same = true;
    for (unsigned seed = 0; seed < 100000 && same; seed++)
        same = same_as_loops(seed);
    ok(same, "what plain loops do");
}

/* ---- What always holds ---------------------------------------------------------------------- */

struct walk {
    struct plan_config config;
    uint64_t deadline;
    struct plan_event event; /* the last one */
    unsigned server_count, address_count;
    unsigned attempts, ended; /* those without a server are among the latter only */
    unsigned questions, sleeps;
    unsigned passes; /* that came to the server 0 */
    bool is_open;    /* an attempt has begun and has not ended */
    bool has_target; /* made in this attempt */
    bool lasts;      /* something failed that does not pass */
    enum err_kind worst;
    const char *wrong;
};

static void demand(struct walk *walk, bool holds, const char *what)
{
    if (!holds && walk->wrong == NULL)
        walk->wrong = what;
}

static bool ends_all(const struct plan_event *event)
{
    return event->what == PLAN_FAILED &&
           (err_rank(err_class(event->kind)) == 0 || event->kind == ERR_TIMEOUT_TOTAL);
}

/* Each attempt that has begun ends once: by a failure, or well. */
static void check_attempts(struct walk *walk, const struct plan_action *action)
{
    bool ends = action->failed != ERR_NONE || action->what == DO_FINISH ||
                (action->found != PLAN_FOUND_NOTHING && walk->is_open);
    bool resolved = walk->event.what == PLAN_ADDRESSES;
    if (ends) {
        walk->ended++;
        walk->is_open = false;
    }
    if (action->failed != ERR_NONE && err_is_worse(action->failed, walk->worst))
        walk->worst = action->failed;
    walk->lasts |= action->failed != ERR_NONE && !err_passes(action->failed);
    if (action->begins) {
        demand(walk, !walk->is_open || resolved, "an attempt begins before the last one has ended");
        walk->attempts += !resolved;
        walk->is_open = true;
        walk->has_target = false;
    }
    demand(walk,
           !ends_all(&walk->event) || action->what == DO_END ||
               (action->why == PLAN_WHY_FAILED && err_class(walk->event.kind) == ERR_CLASS_INPUT) ||
               (action->why == PLAN_WHY_FILE && walk->event.kind == ERR_OLD_FILE),
           "nothing follows a failure that ends all");
    demand(walk, action->failed == ERR_NONE || walk->event.can_restart || action->what == DO_END,
           "nothing follows what cannot be taken back");
}

static void check_question(struct walk *walk, const struct plan_action *action)
{
    walk->questions++;
    demand(walk, walk->is_open, "a question belongs to an attempt");
    demand(walk, action->server < walk->server_count, "the server is there");
    demand(walk, action->address < walk->address_count, "the address is there");
    demand(walk,
           !action->fresh || (walk->has_target && !action->restart && !action->begins &&
                              action->why == PLAN_WHY_NONE && !walk->event.began),
           "the same question again changes nothing");
    walk->has_target |= action->restart;
    demand(walk, action->what == DO_ASK_SOA || walk->has_target, "records have a target");
    demand(walk, !action->takes_older || walk->config.allow_older || walk->config.yields,
           "older only if allowed");
    demand(walk, action->what != DO_ASK_AXFR || walk->config.wants != PLAN_CHANGES,
           "who wants changes gets no zone");
    demand(walk, action->what != DO_ASK_IXFR || walk->config.wants != PLAN_ZONE,
           "who wants a zone gets no changes");
    demand(walk, action->what == DO_ASK_SOA || walk->config.wants != PLAN_LOOK,
           "who looks gets nothing");
}

static void check_action(struct walk *walk, const struct plan_action *action)
{
    check_attempts(walk, action);
    if (is_question(action->what))
        check_question(walk, action);
    if (action->what == DO_RESOLVE) {
        demand(walk, action->server < walk->server_count, "the server is there");
        walk->passes += action->server == 0;
    }
    if (action->what == DO_SLEEP) {
        walk->sleeps++;
        demand(walk, action->until < walk->deadline, "no pause passes the deadline");
        demand(walk, action->until > walk->event.now, "a pause is one");
        demand(walk, !walk->lasts, "later may help");
    }
    if (action->what == DO_END)
        demand(walk, !walk->is_open, "every attempt has ended");
    bool looked = walk->config.wants == PLAN_LOOK && walk->event.what == PLAN_SOA &&
                  action->failed == ERR_NONE;
    demand(walk, (action->found != PLAN_FOUND_NOTHING) == (looked && action->what == DO_END),
           "what is found is found by the SOA");
    demand(walk,
           walk->config.wants != PLAN_LOOK ||
               (action->what != DO_FINISH && action->what != DO_JUDGE),
           "a look leads to nothing");
    if (action->what == DO_END && (walk->event.what == PLAN_FINISHED || looked))
        demand(walk, action->kind == ERR_NONE, "a good end");
    else if (action->what == DO_END)
        demand(walk, action->kind != ERR_NONE && action->kind == walk->worst, "the worst");
}

/* Bounds that hold for the whole walk. */
static void check_walk(struct walk *walk)
{
    demand(walk, walk->ended == walk->attempts || walk->ended == walk->attempts + 1,
           "every attempt is counted once");
    demand(walk, walk->passes <= walk->config.retry + 2, "rounds, and one more for older zones");
    demand(walk, walk->sleeps <= walk->config.retry, "a pause for each retry");
    demand(walk, walk->questions <= (walk->sleeps + 2) * walk->server_count * 4 * 5,
           "five questions to an address");
}

static const char *walk_once(unsigned seed)
{
    struct world world = {.state = seed * UINT64_C(0x9e3779b97f4a7c15) + 7,
                          .good_of = 2 + seed % 30};
    struct walk walk = {.config = draw_config(&world), .deadline = draw_deadline(&world)};
    struct plan plan;
    plan_init(&plan, &walk.config, walk.deadline);
    walk.server_count = walk.config.servers;
    walk.event = (struct plan_event){.what = PLAN_START,
                                     .has_serial = draw(&world, 3) != 0,
                                     .merges = draw(&world, 2) != 0,
                                     .server = draw(&world, 5)};
    for (unsigned steps = 0; walk.wrong == NULL; steps++) {
        struct plan_action action = plan_next(&plan, &walk.event);
        check_action(&walk, &action);
        demand(&walk, steps < 2000, "it ends");
        if (action.what == DO_END)
            break;
        walk.event = answer(&world, &action);
        if (walk.event.what == PLAN_SERVERS)
            walk.server_count = walk.event.count;
        if (walk.event.what == PLAN_ADDRESSES)
            walk.address_count = walk.event.count;
    }
    check_walk(&walk);
    return walk.wrong;
}

static void walks(void)
{
    const char *wrong = NULL;
    unsigned seed = 0;
    while (seed < 100000 && wrong == NULL)
        wrong = walk_once(seed++);
    ok(wrong == NULL, "what always holds");
    if (wrong != NULL)
        diag("seed %u: not so: %s", seed - 1, wrong);
}

int main(void)
{
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
        play(&scenarios[i]);
    defects();
    loops();
    walks();
    return tap_end();
}
