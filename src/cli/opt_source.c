#include "cli/opt_source.h"

#include "cli/idn.h"
#include "cli/opt_value.h"

#include <string.h>

bool opt_source_is_server(const char *word)
{
    return strchr(word, '@') != NULL && strchr(word, '/') == NULL;
}

bool opt_source_zone(struct zone_source *source, const char *text, size_t n, struct err *err)
{
    if (n == 0)
        return err_set(err, ERR_USAGE, "the name of the zone is empty");
    if (n >= sizeof source->zone_text)
        return err_set(err, ERR_USAGE, "%.80s: the name of the zone is too long", text);
    memcpy(source->zone_text, text, n);
    source->zone_text[n] = '\0';
    if (!idn_is_ascii(source->zone_text)) {
        char labels[IDN_WORD_ROOM];
        if (!idn_ascii(source->zone_text, labels, err))
            return false;
        memcpy(source->zone_text, labels, strlen(labels) + 1);
    }
    return opt_value_zone(source->zone_text, source->zone, &source->zone_length, err);
}

_Static_assert((int)IDN_WORD_ROOM <= (int)NAME_TEXT_ROOM, "A-labels fit in place of a name");

bool opt_source_read(struct zone_source *source, const char *word, struct err *err)
{
    *source = (struct zone_source){.word = word};
    if (!opt_source_is_server(word)) {
        source->path = word;
        return true;
    }
    const char *at = strchr(word, '@');
    if (!opt_source_zone(source, word, (size_t)(at - word), err))
        return at == word && strchr(word, ':') == NULL ? err_prefix(err, "%.80s: ", word) : false;
    source->has_server = at[1] != '\0';
    return !source->has_server || opt_value_server(&source->server, at + 1, err);
}

bool opt_source_take(struct settings *settings, struct zone_source *source, const char *word,
                     struct err *err)
{
    if (!opt_source_read(source, word, err))
        return false;
    if (source->has_server && settings->server_count == SERVERS_MAX)
        return err_set(err, ERR_USAGE, "more than %d servers", SERVERS_MAX);
    if (source->has_server)
        settings->servers[settings->server_count++] = source->server;
    return true;
}
