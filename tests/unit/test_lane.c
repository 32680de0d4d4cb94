/* Whose turn it is at a server for which zones wait, some in a hurry. */
#include "job/lane.h"

#include "tap.h"

enum { ZONES = 40 };

static struct zone zones[ZONES];
static struct lane lane;

/* Puts zones in by their letters: capital ones are in a hurry. */
static void put(const char *letters)
{
    for (; *letters != '\0'; letters++) {
        bool first = *letters < 'a';
        lane_put(&lane, &zones[*letters - (first ? 'A' : 'a' - ZONES / 2)],
                 first ? ZONE_WAITS_FIRST : ZONE_WAITS_TURN);
    }
}

static char letter_of(const struct zone *zone)
{
    size_t i = (size_t)(zone - zones);
    return (char)(i < ZONES / 2 ? 'A' + (int)i : 'a' + (int)i - ZONES / 2);
}

static const char *take(size_t most)
{
    static char letters[ZONES + 1];
    size_t n = 0;
    while (n < most && !lane_is_empty(&lane)) {
        struct zone *zone = lane_next(&lane);
        if (zone->place != ZONE_AT_WORK)
            break;
        letters[n++] = letter_of(zone);
    }
    letters[n] = '\0';
    return letters;
}

int main(void)
{
    ok(lane_is_empty(&lane), "nobody waits at first");
    put("abc");
    is_str(take(ZONES), "abc", "in the order in which they came");
    put("aAbBc");
    is_str(take(ZONES), "ABabc", "who is in a hurry comes first");
    put("abABCDEFGHIJKLMNOPQRS");
    is_str(take(ZONES), "ABCDEFGaHIJKLMNbOPQRS", "... but one of eight turns is for the others");
    put("ABCDEFGHIJKL");
    is_str(take(ZONES), "ABCDEFGHIJKL", "... where there are any");
    put("ABCDEFGHIJKL");
    take(10);
    put("ab");
    is_str(take(ZONES), "KLab", "who comes later has not waited yet");
    put("abcABCD");
    lane_take_out(&lane, &zones[0]);
    lane_take_out(&lane, &zones[ZONES / 2 + 1]);
    lane_take_out(&lane, &zones[3]);
    ok(zones[3].place == ZONE_RESTS, "one that is taken out rests");
    is_str(take(ZONES), "BCac", "the first, one in the middle and the last are taken out");
    ok(lane_is_empty(&lane), "and then nobody waits");
    put("aA");
    char letters[21] = "";
    for (size_t i = 0; i < 20; i++) { /* as fast as one goes it comes again */
        letters[i] = *take(1);
        put((char[]){letters[i], '\0'});
    }
    is_str(letters, "AAAAAAAaAAAAAAAaAAAA", "a steady flow starves nobody");
    return tap_end();
}
