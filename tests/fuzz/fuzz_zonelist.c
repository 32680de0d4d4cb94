/* Lines of a list of zones. Whatever a line says: its words, quoted again, are the same words; it
 * sets nothing but what a line may set, and leaves nothing behind for the next one; and no word
 * after -y gets into a message. */
#include "fuzz.h"

#include "cli/opt.h"
#include "cli/zonelist_words.h"

#include <string.h>

enum { ROOM = 1 << 20, MOST = 8192 };

static struct settings run, settings, fresh;
static char room[ROOM];
static size_t used;

static char *keep(void *context, size_t size, struct err *err)
{
    (void)context;
    if (size > ROOM - used) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    used += size;
    return room + used - size;
}

static const char *see_path(void *context, const struct opt *opt, const char *path, struct err *err)
{
    MUST((opt->flags & OPT_ZONE) != 0 && *path != '\0');
    char *seen = keep(context, strlen(path) + 2, err);
    return seen != NULL ? strcat(strcpy(seen, "/"), path) : NULL;
}

static const struct opt_line line_of_run = {.run = &run, .path = see_path, .keep = keep};

static void set_up(void)
{
    static char zone[] = "z", option[] = "-o", file[] = "f", server[] = "@s", update[] = "--update";
    static char *words[] = {zone, option, file, server, update};
    struct err err = {.kind = ERR_NONE};
    MUST(opt_parse(&run, 5, words, &err));
    settings = run;
    MUST(opt_parse_line(&settings, &line_of_run, 1, words, &err));
    fresh = settings;
}

/* Words that are quoted wherever possible are the same words. */
static void check_words(char *const *words, size_t count)
{
    static char text[4 * MOST], *again[ZONELIST_WORDS_MAX];
    struct err err = {.kind = ERR_NONE};
    size_t at = 0, number;
    for (size_t i = 0; i < count; i++) {
        MUST(i == 0 || words[i] == words[i - 1] + strlen(words[i - 1]) + 1);
        text[at++] = '"';
        for (const char *c = words[i]; *c != '\0'; c++) {
            MUST(at < sizeof text - 8);
            if (*c == '"' || *c == '\\')
                text[at++] = '\\';
            text[at++] = *c;
        }
        text[at++] = '"';
        text[at++] = '\t';
    }
    /* what is as long as that with its quotes may be longer than a line, which cutting allows */
    char copy[MOST];
    size_t length = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t n = strlen(words[i]) + 1, j = 0; j < n; j++)
            copy[length++] = words[i][j];
    MUST(zonelist_words_cut(text, at, again, &number, &err) && number == count);
    MUST(count == 0 || memcmp(again[0], copy, length) == 0);
}

static void check_line(char *const *words, size_t count)
{
    struct err err = {.kind = ERR_NONE};
    static char zone[] = "z", *one[] = {zone};
    used = 0;
    bool good = opt_parse_line(&settings, &line_of_run, (int)count, words, &err);
    MUST(good == (err.kind == ERR_NONE));
    MUST(!good || (settings.zone_length > 0 && settings.zone_word != NULL));
    MUST(good || err_class(err.kind) == ERR_CLASS_USAGE || err.kind == ERR_MEMORY);
    MUST(settings.server_count <= SERVERS_MAX && settings.keys.server_count <= SERVERS_MAX);
    MUST(settings.keys.given == NULL && !settings.tls.insecure && settings.exec == NULL);
    MUST(settings.gates.check_cmd == NULL && settings.stop == STOP_NOT);
    MUST(settings.output.path == run.output.path && settings.command == run.command);
    for (size_t i = 1; i < count; i++)
        MUST(good || strcmp(words[i - 1], "-y") != 0 || strlen(words[i]) < 12 ||
             strchr(words[i], ':') == NULL || strstr(err.text, words[i]) == NULL);
    err = (struct err){.kind = ERR_NONE};
    MUST(opt_parse_line(&settings, &line_of_run, 1, one, &err));
    settings.zone_word = fresh.zone_word;
    memcpy(settings.zone, fresh.zone, sizeof settings.zone); /* what is behind its end */
    memcpy(settings.servers + 1, fresh.servers + 1,
           sizeof settings.servers - sizeof(struct server));
    MUST(memcmp(&settings, &fresh, sizeof settings) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char line[MOST + 1], *words[ZONELIST_WORDS_MAX];
    if (run.command == NULL)
        set_up();
    while (size > 0) {
        const uint8_t *end = memchr(data, '\n', size);
        size_t n = end != NULL ? (size_t)(end - data) : size, count;
        struct err err = {.kind = ERR_NONE};
        if (n > MOST)
            return 0;
        memcpy(line, data, n);
        if (zonelist_words_cut(line, n, words, &count, &err)) {
            check_words(words, count);
            if (count > 0)
                check_line(words, count);
        } else {
            MUST(err.kind == ERR_USAGE);
        }
        data += n + (end != NULL);
        size -= n + (end != NULL);
    }
    return 0;
}
