#include "cli/zonelist.h"

#include "base/dict.h"
#include "cli/zonelist_words.h"
#include "io/infile.h"

#include <stdlib.h>
#include <string.h>

/* One line and its end fit, and a good piece of what follows. */
enum { ROOM = 4 * ZONELIST_LINE_MAX };

struct zonelist {
    struct zonelist_config config;
    struct orderbook *book;
    struct dict zones; /* to orders */
    unsigned *lines;   /* of each zone, by its number */
    size_t line_room;
    struct dict templates; /* to struct template */
    struct faults faults;
};

struct template
{
    const struct orders *orders;
    unsigned line;
};

/* While the list is read. */
struct reading {
    struct zonelist *list;
    struct infile *file;
    char text[ROOM + 1];
    size_t start, end; /* of what was not looked at yet */
    bool too_long;     /* the rest of a line is passed over */
    unsigned line;
    char *words[ZONELIST_WORDS_MAX];
};

/* ---- One line ------------------------------------------------------------------------------- */

/* Keeps an error of a line; false for what has nothing to do with the line. */
static bool add_fault(struct reading *reading, struct err *fault, struct err *err)
{
    if (err_is_trouble(fault->kind)) {
        *err = *fault;
        return false;
    }
    err_prefix(fault, "%.250s:%u: ", reading->file->name, reading->line);
    struct faults *faults = &reading->list->faults;
    if (fault->kind == ERR_NO_LIST && reading->list->zones.count == 0) {
        *err = *fault; /* each line of that file would be bad */
        return false;
    }
    faults_add(faults, fault);
    return faults->count < FAULTS_COUNTED ||
           err_set(err, ERR_USAGE, "%.450s; with %d bad lines it is not a list of zones",
                   faults->kept > 0 ? faults->texts[0] : fault->text, FAULTS_COUNTED);
}

/* The value is only given back. */
static void *as_value(const struct orders *orders)
{
    return (void *)(uintptr_t)orders;
}

static bool add_zone(struct reading *reading, const uint8_t *zone, uint8_t length,
                     const struct orders *orders, struct err *err)
{
    struct zonelist *list = reading->list;
    struct name_string name;
    size_t index;
    if (dict_find(&list->zones, zone, length, &index))
        return err_set(err, ERR_USAGE, "%.200s is on line %u, too", name_string(&name, zone),
                       list->lines[index]);
    if (list->zones.count == list->line_room) {
        size_t room = list->line_room == 0 ? 64 : list->line_room * 2;
        unsigned *lines = realloc(list->lines, room * sizeof *lines);
        if (lines == NULL)
            return err_set(err, ERR_MEMORY, "out of memory");
        list->lines = lines;
        list->line_room = room;
    }
    list->lines[list->zones.count] = reading->line;
    return dict_add(&list->zones, zone, length, as_value(orders), err);
}

static const char group_mark[] = "group=";

static bool add_template(struct reading *reading, const struct orderbook_words *words,
                         struct err *err)
{
    struct zonelist *list = reading->list;
    const char *group = words->words[0] + strlen(group_mark);
    const struct orderbook_words rest = {words->words + 1, words->count - 1};
    const struct template *before = dict_value(&list->templates, group, strlen(group));
    if (*group == '\0')
        return err_set(err, ERR_USAGE, "the name of the group is empty");
    if (before != NULL)
        return err_set(err, ERR_USAGE, "the template of the group %.80s is on line %u, too", group,
                       before->line);
    struct template *template = malloc(sizeof *template);
    if (template == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    *template = (struct template){.orders = orderbook_template(list->book, &rest, err),
                                  .line = reading->line};
    if (template->orders != NULL && dict_add(&list->templates, group, strlen(group), template, err))
        return true;
    free(template);
    return false;
}

static bool take_line(struct reading *reading, char *line, size_t length, struct err *err)
{
    uint8_t zone[NAME_MAX_WIRE], zone_length;
    struct orderbook_words words = {.words = reading->words};
    length -= length > 0 && line[length - 1] == '\r';
    if (length > ZONELIST_LINE_MAX)
        return err_set(err, ERR_USAGE, "longer than %d octets", ZONELIST_LINE_MAX);
    if (!zonelist_words_cut(line, length, reading->words, &words.count, err))
        return false;
    if (words.count == 0)
        return true;
    if (strncmp(words.words[0], group_mark, strlen(group_mark)) == 0)
        return add_template(reading, &words, err);
    const struct orders *orders =
        orderbook_line(reading->list->book, &words, zone, &zone_length, err);
    return orders != NULL && add_zone(reading, zone, zone_length, orders, err);
}

/* ---- The list ------------------------------------------------------------------------------- */

/* Takes what stands before an end of line, or before that of the list. */
static bool take_text(struct reading *reading, char *line, size_t length, struct err *err)
{
    struct err fault = {.kind = ERR_NONE};
    static const char mark[] = "\xef\xbb\xbf";
    size_t skip = 0;
    if (reading->line++ == 0 && length >= strlen(mark) && memcmp(line, mark, strlen(mark)) == 0)
        skip = strlen(mark);
    bool good = !reading->too_long
                    ? take_line(reading, line + skip, length - skip, &fault)
                    : err_set(&fault, ERR_USAGE, "longer than %d octets", ZONELIST_LINE_MAX);
    reading->too_long = false;
    return good || add_fault(reading, &fault, err);
}

/* Takes all lines that are there. */
static bool take_lines(struct reading *reading, struct err *err)
{
    char *newline;
    while ((newline = memchr(reading->text + reading->start, '\n',
                             reading->end - reading->start)) != NULL) {
        char *line = reading->text + reading->start;
        reading->start = (size_t)(newline - reading->text) + 1;
        if (!take_text(reading, line, (size_t)(newline - line), err))
            return false;
    }
    return true;
}

/* Moves the rest of the text to the front; of a line that is too long only that is remembered. */
static void make_room(struct reading *reading)
{
    size_t rest = reading->end - reading->start;
    if (reading->too_long || rest > ZONELIST_LINE_MAX + 1) {
        reading->too_long = true;
        rest = 0;
    }
    memmove(reading->text, reading->text + reading->end - rest, rest);
    reading->start = 0;
    reading->end = rest;
}

static bool read_lines(struct reading *reading, struct err *err)
{
    size_t got = 1;
    while (got > 0) {
        if (!infile_read(reading->file, reading->text + reading->end, ROOM - reading->end, &got,
                         err))
            return err_prefix(err, "%.250s: ", reading->file->name);
        reading->end += got;
        if (!take_lines(reading, err))
            return false;
        make_room(reading);
    }
    return (reading->end == 0 && !reading->too_long) ||
           take_text(reading, reading->text, reading->end, err);
}

static bool read_list(struct zonelist *list, const char *path, struct err *err)
{
    struct reading *reading = malloc(sizeof *reading);
    if (reading == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    reading->list = list;
    reading->start = reading->end = 0;
    reading->too_long = false;
    reading->line = 0;
    reading->file = infile_open(path, NULL, list->config.loop, list->config.deadline, err);
    bool good = reading->file != NULL ? read_lines(reading, err) : err_prefix(err, "--list: ");
    if (reading->file != NULL)
        infile_close(reading->file);
    free(reading);
    return good;
}

struct zonelist *zonelist_read(const struct zonelist_config *config, const char *path,
                               struct err *err)
{
    struct zonelist *list = calloc(1, sizeof *list);
    if (list == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    list->config = *config;
    list->faults.most = config->max_faults;
    list->zones.seed = list->templates.seed = loop_now();
    const struct orderbook_config book = {
        .run = config->run,
        .path = path,
        .loop = config->loop,
        .deadline = config->deadline,
        .teller = config->teller,
        .servers_come = config->servers_come,
        .before = config->before != NULL ? config->before->book : NULL,
    };
    list->book = orderbook_new(&book, err);
    bool good = list->book != NULL && (path == NULL || read_list(list, path, err));
    if (list->book != NULL)
        orderbook_forget_variables(list->book);
    if (good)
        return list;
    zonelist_free(list);
    return NULL;
}

void zonelist_inherit(struct zonelist *list, struct zonelist *before)
{
    orderbook_inherit(list->book, before->book);
    list->config.before = NULL;
}

void zonelist_free(struct zonelist *list)
{
    if (list == NULL)
        return;
    for (size_t i = 0; i < list->templates.count; i++)
        free(list->templates.entries[i].value);
    dict_fini(&list->templates);
    dict_fini(&list->zones);
    free(list->lines);
    faults_fini(&list->faults);
    orderbook_free(list->book);
    free(list);
}

const struct faults *zonelist_faults(const struct zonelist *list)
{
    return &list->faults;
}

bool zonelist_line(const struct zonelist *list, size_t index, struct zonelist_line *line)
{
    size_t length;
    if (index >= list->zones.count)
        return false;
    line->zone = dict_key(&list->zones, index, &length);
    line->zone_length = (uint8_t)length;
    line->line = list->lines[index];
    line->orders = list->zones.entries[index].value;
    return true;
}

bool zonelist_find(const struct zonelist *list, const uint8_t *zone, size_t length,
                   struct zonelist_line *line)
{
    size_t index;
    return dict_find(&list->zones, zone, length, &index) && zonelist_line(list, index, line);
}

const struct orders *zonelist_template(const struct zonelist *list, const char *group, size_t n)
{
    const struct template *template = dict_value(&list->templates, group, n);
    return template != NULL ? template->orders : NULL;
}

const char *zonelist_group(const struct zonelist *list, size_t index, size_t *n, unsigned *line)
{
    if (index >= list->templates.count)
        return NULL;
    *line = ((const struct template *)list->templates.entries[index].value)->line;
    return (const char *)dict_key(&list->templates, index, n);
}

const struct orders *zonelist_default(const struct zonelist *list)
{
    return orderbook_orders(list->book, 0);
}

const struct orders *zonelist_with_server(struct zonelist *list, const struct orders *like,
                                          const char *word, struct err *err)
{
    return orderbook_with_server(list->book, like, word, err);
}

const struct orders *zonelist_orders(const struct zonelist *list, size_t index)
{
    return orderbook_orders(list->book, index);
}

const struct tls_options *zonelist_tls(const struct zonelist *list, size_t index)
{
    return orderbook_tls(list->book, index);
}
