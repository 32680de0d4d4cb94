/* Records for the eye: in columns, each owner once, what is long on several lines.
 *
 * Purpose: the layout of --pretty. It follows from the schema and from the width; every reader of
 * master files reads it back to the same records.
 * Owns: room for the text of RDATA.
 * Borrows: the style, the buffer and the line, for its life.
 * Never: knows what comes next. */
#ifndef OUT_PRETTY_H
#define OUT_PRETTY_H

#include "dns/line.h"
#include "out/writer.h"

struct pretty {
    const struct writer_style *style;
    struct buf *out;
    struct line *line; /* it keeps the text of the owner */
    char *text;        /* RDATA as one line */
    size_t room;
    size_t ttl_column; /* of the records of this owner */
    size_t at;         /* how many characters the line has */
};

void pretty_init(struct pretty *pretty, const struct writer_style *style, struct buf *out,
                 struct line *line);
void pretty_fini(struct pretty *pretty);

/* Writes a record whose owner the line has kept; the owner itself only where it is not that of the
 * record before. *misread: some reader would misread the record, and nothing was written: the
 * generic form is to be asked for. Errors: ERR_MEMORY, those of the buffer. */
bool pretty_record(struct pretty *pretty, const struct rr *rr, bool generic, bool has_owner,
                   bool *misread, struct err *err);

/* Begins and ends what is only a comment, in its colour. */
bool pretty_comment_begin(const struct writer_style *style, struct buf *out, struct err *err);
bool pretty_comment_end(const struct writer_style *style, struct buf *out, struct err *err);

#endif
