#include "cli/orderbook.h"

#include "base/dict.h"
#include "cli/compile.h"
#include "cli/opt.h"
#include "cli/opt_value.h"
#include "cli/opt_word.h"
#include "job/keyring.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A text that orders point to. */
struct piece {
    struct piece *next;
    char text[];
};

struct key_set {
    struct key_options options;
    struct keys keys;
};

struct tls_set {
    struct tls_options options;
    struct tls_context *context;
};

struct made {
    struct orders orders;
    struct gate_orders *gates; /* its own, or NULL: they are those of the run */
    struct server servers[];
};

struct orderbook {
    struct orderbook_config config;
    struct settings settings; /* the run's, with those of the last line in their place */
    struct made **made;
    size_t count, room;
    struct piece *pieces;
    bool must_keep;                 /* something else than orders points to the last pieces */
    struct arena key;               /* the one that is looked for */
    struct dict lines;              /* words to orders */
    struct dict keys, tls, anchors; /* options to struct key_set, tls_set, anchors */
    struct keyring *ring;
};

/* ---- Texts ---------------------------------------------------------------------------------- */

static char *keep(void *context, size_t size, struct err *err)
{
    struct orderbook *book = context;
    struct piece *piece = malloc(sizeof *piece + size);
    if (piece == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    piece->next = book->pieces;
    book->pieces = piece;
    return piece->text;
}

static void drop_to(struct orderbook *book, struct piece *mark)
{
    while (book->pieces != mark) {
        struct piece *piece = book->pieces;
        book->pieces = piece->next;
        free(piece);
    }
}

/* Whoever puts a secret where a file should be named must not find it in a log. */
static bool check_secret(const struct opt *opt, const char *path, const char *whole,
                         struct err *err)
{
    return opt->group != GROUP_KEYS || !keys_may_hold_secret(path) || access(whole, F_OK) == 0 ||
           err_set(err, ERR_USAGE,
                   "--%s takes a file, and there is none of that name, which is not shown because "
                   "it may hold a secret; a key itself is not for a line of a list",
                   opt->name);
}

/* The path as seen from the folder of the list. */
static const char *from_folder(struct orderbook *book, const char *path, struct err *err)
{
    const char *from = book->config.path;
    const char *slash = from != NULL && *path != '/' ? strrchr(from, '/') : NULL;
    if (slash == NULL)
        return path;
    size_t n = (size_t)(slash - from) + 1, length = strlen(path) + 1;
    char *whole = keep(book, n + length, err);
    if (whole == NULL)
        return NULL;
    memcpy(whole, from, n);
    memcpy(whole + n, path, length);
    return whole;
}

static const char *see_path(void *context, const struct opt *opt, const char *path, struct err *err)
{
    if (strcmp(path, "-") == 0) {
        err_set(err, ERR_USAGE, "--%s: standard input is not for a line of a list", opt->name);
        return NULL;
    }
    if (opt->group == GROUP_KEYS && secret_variable(path) != NULL)
        return path;
    const char *whole = from_folder(context, path, err);
    return whole != NULL && check_secret(opt, path, whole, err) ? whole : NULL;
}

/* ---- What is looked for --------------------------------------------------------------------- */

static void begin_key(struct orderbook *book)
{
    book->key.length = 0;
}

static bool add_octets(struct orderbook *book, const void *octets, size_t n, struct err *err)
{
    uint8_t *to = arena_reserve(&book->key, n, err);
    if (to == NULL)
        return false;
    if (n > 0)
        memcpy(to, octets, n);
    book->key.length += n;
    return true;
}

/* NULL is another text than an empty one. */
static bool add_text(struct orderbook *book, const char *text, struct err *err)
{
    return text == NULL
               ? add_octets(book, "-", 2, err)
               : add_octets(book, "+", 1, err) && add_octets(book, text, strlen(text) + 1, err);
}

static bool add_bool(struct orderbook *book, bool is, struct err *err)
{
    return add_octets(book, is ? "1" : "0", 1, err);
}

static void *find(const struct orderbook *book, const struct dict *dict)
{
    return dict_value(dict, book->key.base, book->key.length);
}

/* From now on what was kept for this line lasts. */
static bool put(struct orderbook *book, struct dict *dict, void *value, struct err *err)
{
    bool good = dict_add(dict, book->key.base, book->key.length, value, err);
    book->must_keep |= good;
    return good;
}

/* ---- Keys, certificates, anchors ------------------------------------------------------------ */

static struct keys_config keys_config(struct orderbook *book, const struct key_options *options)
{
    return (struct keys_config){
        .options = options,
        .loop = book->config.loop,
        .deadline = book->config.deadline,
        .strict = book->settings.strict,
        .teller = book->config.teller,
        .ring = book->ring,
    };
}

static bool name_keys(struct orderbook *book, const struct key_options *options, struct err *err)
{
    begin_key(book);
    bool good = add_bool(book, book->settings.strict, err) &&
                add_bool(book, options->given != NULL, err) && add_text(book, options->file, err) &&
                add_text(book, options->name, err);
    for (size_t i = 0; good && i < options->server_count; i++) {
        const struct key_of_server *server = &options->servers[i];
        good = add_octets(book, server->server, server->length, err) &&
               add_octets(book, "", 1, err) && add_text(book, server->file, err);
    }
    return good;
}

static const struct keys *find_keys(struct orderbook *book, struct err *err)
{
    const struct key_options *options = &book->settings.keys;
    if (!name_keys(book, options, err))
        return NULL;
    struct key_set *set = find(book, &book->keys);
    if (set != NULL)
        return &set->keys;
    set = calloc(1, sizeof *set);
    if (set == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    set->options = *options;
    const struct keys_config config = keys_config(book, &set->options);
    if (keys_load(&set->keys, &config, err) && put(book, &book->keys, set, err))
        return &set->keys;
    keys_fini(&set->keys);
    free(set);
    return NULL;
}

static bool name_tls(struct orderbook *book, const struct tls_options *tls, struct err *err)
{
    begin_key(book);
    return add_bool(book, book->settings.strict, err) && add_bool(book, tls->insist_alpn, err) &&
           add_bool(book, tls->insecure, err) && add_text(book, tls->hostname, err) &&
           add_text(book, tls->ca, err) && add_text(book, tls->cert, err) &&
           add_text(book, tls->key, err) &&
           add_octets(book, tls->pins, tls->pin_count * sizeof *tls->pins, err);
}

/* Gives NULL in clear text. */
static bool find_tls(struct orderbook *book, const struct tls_context **context, struct err *err)
{
    const struct settings *settings = &book->settings;
    *context = NULL;
    if (!settings->use_tls)
        return true;
    if (!name_tls(book, &settings->tls, err))
        return false;
    struct tls_set *set = find(book, &book->tls);
    if (set == NULL) {
        const struct keys_config config = keys_config(book, &settings->keys);
        set = calloc(1, sizeof *set);
        if (set == NULL)
            return err_set(err, ERR_MEMORY, "out of memory");
        set->options = settings->tls;
        if (!compile_tls(&set->context, settings, &config, err) ||
            !put(book, &book->tls, set, err)) {
            tls_context_free(set->context);
            free(set);
            return false;
        }
    }
    *context = set->context;
    return true;
}

static bool find_anchors(struct orderbook *book, const struct anchors **anchors, struct err *err)
{
    const struct settings *settings = &book->settings;
    struct anchors *read;
    *anchors = NULL;
    if (settings->anchors == NULL)
        return true;
    begin_key(book);
    if (!add_text(book, settings->anchors, err))
        return false;
    *anchors = find(book, &book->anchors);
    if (*anchors != NULL)
        return true;
    if (!compile_anchors(&read, settings, book->config.loop, book->config.deadline, err))
        return false;
    *anchors = read;
    if (put(book, &book->anchors, read, err))
        return true;
    anchor_free(read);
    return false;
}

/* ---- Orders --------------------------------------------------------------------------------- */

static bool same_change(const struct gate_change *a, const struct gate_change *b)
{
    return a->is_set == b->is_set && a->has_type == b->has_type && a->apex == b->apex &&
           a->percent == b->percent && a->type == b->type && a->most == b->most;
}

/* Of what a line can set. */
static bool same_gates(const struct gate_orders *a, const struct gate_orders *b)
{
    bool same = a->change_count == b->change_count && a->verify == b->verify &&
                a->require == b->require && a->allow_unsigned == b->allow_unsigned &&
                a->least_life == b->least_life;
    for (unsigned i = 0; same && i < a->change_count; i++)
        same = same_change(&a->changes[i], &b->changes[i]);
    return same;
}

static void free_made(struct made *made)
{
    if (made != NULL)
        free(made->gates);
    free(made);
}

/* Takes the orders into the book, as the last ones. On failure they are freed. */
static const struct orders *take(struct orderbook *book, struct made *made, struct err *err)
{
    if (book->count == book->room) {
        size_t room = book->room == 0 ? 8 : book->room * 2;
        struct made **list = realloc(book->made, room * sizeof(struct made *));
        if (list == NULL) {
            err_set(err, ERR_MEMORY, "out of memory");
            free_made(made);
            return NULL;
        }
        book->made = list;
        book->room = room;
    }
    made->orders.index = (uint32_t)book->count;
    book->made[book->count++] = made;
    book->must_keep = true;
    return &made->orders;
}

/* The same orders with servers and gates of their own. */
static struct made *copy_orders(const struct orders *orders, const struct server *servers,
                                size_t server_count, const struct gate_orders *gates,
                                struct err *err)
{
    struct made *made = malloc(sizeof *made + server_count * sizeof *servers);
    struct gate_orders *own = gates != NULL ? malloc(sizeof *own) : NULL;
    if (made == NULL || (gates != NULL && own == NULL)) {
        err_set(err, ERR_MEMORY, "out of memory");
        free(made);
        free(own);
        return NULL;
    }
    *made = (struct made){.orders = *orders, .gates = own};
    if (server_count > 0)
        memcpy(made->servers, servers, server_count * sizeof *servers);
    made->orders.route.servers = made->servers;
    made->orders.route.server_count = server_count;
    if (own != NULL) {
        *own = *gates;
        made->orders.shape.gates = own;
    }
    return made;
}

/* Makes orders of the settings as they are now. */
static const struct orders *make(struct orderbook *book, struct err *err)
{
    const struct settings *settings = &book->settings, *run = book->config.run;
    const struct tls_context *tls;
    const struct anchors *anchors;
    const struct keys *keys = find_keys(book, err);
    if (keys == NULL || !find_tls(book, &tls, err) || !find_anchors(book, &anchors, err))
        return NULL;
    struct orders orders = compile_orders(settings, keys, tls, anchors);
    bool is_same = same_gates(&settings->gates, &run->gates);
    orders.shape.gates = &run->gates;
    struct made *made = copy_orders(&orders, settings->servers, settings->server_count,
                                    is_same ? NULL : &settings->gates, err);
    return made != NULL ? take(book, made, err) : NULL;
}

struct orderbook *orderbook_new(const struct orderbook_config *config, struct err *err)
{
    struct orderbook *book = calloc(1, sizeof *book);
    if (book == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    book->config = *config;
    book->settings = *config->run;
    book->lines.seed = book->keys.seed = book->tls.seed = book->anchors.seed = loop_now();
    if (gate_what(&config->run->gates) != 0 || config->path != NULL)
        book->settings.jobs = compile_jobs(config->run); /* once: it asks the system */
    book->ring = keyring_new(config->before != NULL ? config->before->ring : NULL, err);
    if (book->ring != NULL && make(book, err) != NULL)
        return book;
    orderbook_free(book);
    return NULL;
}

void orderbook_inherit(struct orderbook *book, struct orderbook *before)
{
    keyring_inherit(book->ring, before->ring);
    book->config.before = NULL;
}

void orderbook_free(struct orderbook *book)
{
    if (book == NULL)
        return;
    for (size_t i = 0; i < book->count; i++)
        free_made(book->made[i]);
    for (size_t i = 0; i < book->keys.count; i++) {
        struct key_set *set = book->keys.entries[i].value;
        keys_fini(&set->keys);
        free(set);
    }
    for (size_t i = 0; i < book->tls.count; i++) {
        struct tls_set *set = book->tls.entries[i].value;
        tls_context_free(set->context);
        free(set);
    }
    for (size_t i = 0; i < book->anchors.count; i++)
        anchor_free(book->anchors.entries[i].value);
    drop_to(book, NULL);
    arena_fini(&book->key);
    dict_fini(&book->lines);
    dict_fini(&book->keys);
    dict_fini(&book->tls);
    dict_fini(&book->anchors);
    keyring_free(book->ring);
    free(book->made);
    free(book);
}

/* ---- Lines ---------------------------------------------------------------------------------- */

static bool begins_with(const char *word, const char *characters)
{
    return *word != '\0' && strchr(characters, *word) != NULL;
}

/* What the words are found by, without the zone, which is number `zone`. */
static bool name_words(struct orderbook *book, const struct orderbook_words *words, size_t zone,
                       bool is_template, struct err *err)
{
    begin_key(book);
    bool good = add_bool(book, is_template, err);
    for (size_t i = 0; good && i < words->count; i++)
        good = i == zone || add_octets(book, words->words[i], strlen(words->words[i]) + 1, err);
    return good;
}

/* A copy of the words that lasts as long as the orders, for *copy to be freed. */
static bool copy_words(struct orderbook *book, const struct orderbook_words *words, char ***copy,
                       struct err *err)
{
    const char *first = words->words[0], *last = words->words[words->count - 1];
    size_t length = (size_t)(last - first) + strlen(last) + 1;
    char *text = keep(book, length, err);
    *copy = malloc(words->count * sizeof **copy);
    if (*copy == NULL || text == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    memcpy(text, first, length);
    for (size_t i = 0; i < words->count; i++)
        (*copy)[i] = text + (words->words[i] - first);
    return true;
}

/* Reads the words into the settings. Sets *zone to the number of the one that names the zone. */
static bool parse(struct orderbook *book, const struct orderbook_words *words, bool is_template,
                  size_t *zone, struct err *err)
{
    const struct opt_line line = {
        .run = book->config.run,
        .is_template = is_template,
        .servers_come = book->config.servers_come,
        .path = see_path,
        .keep = keep,
        .context = book,
    };
    char **copy = NULL;
    bool good = copy_words(book, words, &copy, err) &&
                opt_parse_line(&book->settings, &line, (int)words->count, copy, err);
    for (*zone = 0; good && *zone < words->count; ++*zone)
        if (copy[*zone] == book->settings.zone_word)
            break;
    free(copy);
    return good;
}

/* The orders of words that were not met before. */
static const struct orders *read_words(struct orderbook *book, const struct orderbook_words *words,
                                       bool is_template, struct err *err)
{
    size_t zone;
    if (!parse(book, words, is_template, &zone, err) ||
        !name_words(book, words, zone, is_template, err))
        return NULL;
    const struct orders *orders = find(book, &book->lines);
    if (orders != NULL) /* the zone was not the first word, so that this was not seen before */
        return orders;
    const struct orders *made = make(book, err);
    if (made == NULL || !name_words(book, words, zone, is_template, err))
        return NULL;
    /* The book's own objects are not constant. */
    return put(book, &book->lines, book->made[made->index], err) ? made : NULL;
}

static const struct orders *read_or_drop(struct orderbook *book,
                                         const struct orderbook_words *words, bool is_template,
                                         struct err *err)
{
    struct piece *mark = book->pieces;
    book->must_keep = false;
    const struct orders *orders = read_words(book, words, is_template, err);
    if (!book->must_keep)
        drop_to(book, mark);
    return orders;
}

/* The orders of a line whose first word is its zone, if they are there; NULL: they are not, or with
 * an error. */
static const struct orders *find_line(struct orderbook *book, const struct orderbook_words *words,
                                      struct err *err)
{
    book->settings.zone_word = NULL;
    if (!opt_word_line(&book->settings, false, words->words[0], err) ||
        !name_words(book, words, 0, false, err))
        return NULL;
    return words->count == 1 ? orderbook_orders(book, 0) : find(book, &book->lines);
}

const struct orders *orderbook_line(struct orderbook *book, const struct orderbook_words *words,
                                    uint8_t zone[NAME_MAX_WIRE], uint8_t *zone_length,
                                    struct err *err)
{
    const struct orders *orders = NULL;
    if (!begins_with(words->words[0], "-+@"))
        orders = find_line(book, words, err);
    if (orders == NULL && err->kind == ERR_NONE)
        orders = read_or_drop(book, words, false, err);
    if (orders == NULL)
        return NULL;
    *zone_length = book->settings.zone_length;
    memcpy(zone, book->settings.zone, *zone_length);
    name_lower(zone, *zone_length);
    return orders;
}

const struct orders *orderbook_template(struct orderbook *book, const struct orderbook_words *words,
                                        struct err *err)
{
    if (words->count == 0)
        return orderbook_orders(book, 0);
    if (!name_words(book, words, words->count, true, err))
        return NULL;
    const struct orders *orders = find(book, &book->lines);
    return orders != NULL ? orders : read_or_drop(book, words, true, err);
}

/* ---- The rest ------------------------------------------------------------------------------- */

const struct orders *orderbook_with_server(struct orderbook *book, const struct orders *like,
                                           const char *word, struct err *err)
{
    struct server server;
    begin_key(book);
    if (!opt_value_server(&server, word, err) || !add_octets(book, "@", 1, err) ||
        !add_octets(book, &like->index, sizeof like->index, err) || !add_text(book, word, err))
        return NULL;
    const struct orders *orders = find(book, &book->lines);
    if (orders != NULL)
        return orders;
    size_t length = strlen(word) + 1;
    char *kept = keep(book, length, err);
    if (kept == NULL)
        return NULL;
    server.word = memcpy(kept, word, length);
    struct made *made = copy_orders(like, &server, 1, book->made[like->index]->gates, err);
    if (made == NULL || take(book, made, err) == NULL || !put(book, &book->lines, made, err))
        return NULL;
    return &made->orders;
}

void orderbook_forget_variables(struct orderbook *book)
{
    for (size_t i = 0; i < book->keys.count; i++) {
        const struct key_set *set = book->keys.entries[i].value;
        keys_forget_variables(&set->options);
    }
}

const struct orders *orderbook_orders(const struct orderbook *book, size_t index)
{
    return index < book->count ? &book->made[index]->orders : NULL;
}

const struct tls_options *orderbook_tls(const struct orderbook *book, size_t index)
{
    const struct tls_set *set = index < book->tls.count ? book->tls.entries[index].value : NULL;
    return set != NULL ? &set->options : NULL;
}
