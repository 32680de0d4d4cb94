#include "xfer/keyfile.h"

#include "xfer/keyfile_own.h"

#include "base/foreign.h"

#include <string.h>

/* Moves to the first thing that no syntax takes for a comment. */
static void skip_comments(struct keyfile *file)
{
    while (keyfile_skip_bind(file) && file->at < file->end && *file->at == ';')
        keyfile_skip_line(file);
}

/* The first row that a text fits has it; BIND's takes what is left. */
static const struct {
    enum keyfile_syntax syntax;
    bool (*fits)(struct keyfile ahead);
    enum keyfile_event (*next)(struct keyfile *file, struct tsig_key *key, struct err *err);
} syntaxes[] = {
    {KEYFILE_INI, keyfile_fits_ini, keyfile_next_ini},
    {KEYFILE_FOREIGN, keyfile_fits_foreign, keyfile_next_foreign},
    {KEYFILE_PRIVATE, keyfile_fits_private, keyfile_next_private},
    {KEYFILE_SCRIPT, keyfile_fits_script, keyfile_next_script},
    {KEYFILE_PUBLIC, keyfile_fits_public, keyfile_next_public},
    {KEYFILE_LIST, keyfile_fits_list, keyfile_next_in_list},
    {KEYFILE_YAML, keyfile_fits_yaml, keyfile_next_yaml},
    {KEYFILE_LINE, keyfile_fits_lines, keyfile_next_in_lines},
    {KEYFILE_BIND, keyfile_fits_bind, keyfile_next_bind},
};

void keyfile_init(struct keyfile *file, const char *path, const char *text, size_t length)
{
    size_t mark = foreign_mark(text, length);
    text += mark;
    length -= mark;
    *file =
        (struct keyfile){.path = path, .text = text, .at = text, .end = text + length, .line = 1};
    struct keyfile ahead = *file;
    skip_comments(&ahead);
    while (!syntaxes[file->row].fits(ahead))
        file->row++;
    file->syntax = syntaxes[file->row].syntax;
    if (ahead.at == ahead.end)
        file->at = file->end; /* comments only: the first may be keymgr's */
}

/* What keymgr writes for kdig as a first line: "# algorithm:name:secret". */
static enum keyfile_event read_keymgr_comment(struct keyfile *file, struct tsig_key *key)
{
    struct keyfile start = *file;
    struct keyfile_piece line;
    start.at = file->text;
    if (file->syntax != KEYFILE_LINE || !keyfile_next_line(&start, &line) || line.at[0] != '#')
        return KEYFILE_END;
    line.at++;
    line.length--;
    keyfile_trim(&line);
    return keyfile_word(key, line.at, line.length) == NULL ? KEYFILE_KEY : KEYFILE_END;
}

static enum keyfile_event fail_empty(const struct keyfile *file, struct err *err)
{
    struct keyfile start = *file;
    start.at = file->text;
    skip_comments(&start);
    err_set(err, ERR_KEY, "%.300s: %s", file->path, keyfile_hint(&start));
    return KEYFILE_FAIL;
}

enum keyfile_event keyfile_next(struct keyfile *file, struct tsig_key *key, struct err *err)
{
    enum keyfile_event event = syntaxes[file->row].next(file, key, err);
    if (event == KEYFILE_END && !file->found)
        event = read_keymgr_comment(file, key);
    if (event == KEYFILE_END && !file->found)
        event = fail_empty(file, err);
    file->found |= event == KEYFILE_KEY;
    if (event != KEYFILE_KEY)
        keyfile_clear(key);
    return event;
}
