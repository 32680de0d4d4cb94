/* JSON for reports: objects in the making, and values of the sorts that they have.
 *
 * Purpose: no member is left out in silence where there is no memory: the object as a whole is not
 * there then.
 * Owns: an object until it is finished. Never: prints, writes files. */
#ifndef CLI_REPORT_JSON_H
#define CLI_REPORT_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct report_object {
    json_t *json;
    bool failed;
};

struct report_object report_object(void);

/* Takes the value; NULL: there was no memory to make it. */
void report_put(struct report_object *object, const char *name, json_t *value);

/* The object, which is the caller's then; NULL where something has failed. */
json_t *report_close(struct report_object *object);

/* The same for an array. */
struct report_list {
    json_t *json;
    bool failed;
};

struct report_list report_list(void);
void report_append(struct report_list *list, json_t *value);
json_t *report_list_close(struct report_list *list);

/* The name of a server or a file may not be UTF-8, and then JSON cannot hold it as it is. An empty
 * text, and NULL, are null. */
json_t *report_text(const char *text);

/* null where it is not known. */
json_t *report_number(bool is_known, uint64_t number);
json_t *report_flag(bool is_known, bool flag);

/* A moment, in microseconds since 1970, as RFC 3339 writes it, in UTC and whole seconds; 0 is null.
 */
json_t *report_time(uint64_t moment);

/* The moment that a time of 32 bits stands for, as those of signatures do (RFC 4034 section 3.1.5):
 * the one that is closest to now. */
uint64_t report_moment(uint32_t time, uint64_t now);

/* The text of a document, with a newline at its end, to be freed; NULL without memory. The second
 * is in one line. */
char *report_print(const json_t *json, size_t *length);
char *report_line(const json_t *json, size_t *length);

#endif
