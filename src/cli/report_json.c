#include "cli/report_json.h"

#include "base/codec.h"
#include "base/err.h"

#include <stdio.h>
#include <stdlib.h>

enum { SECOND = 1000000 };

struct report_object report_object(void)
{
    return (struct report_object){.json = json_object()};
}

void report_put(struct report_object *object, const char *name, json_t *value)
{
    if (value == NULL || json_object_set_new(object->json, name, value) != 0)
        object->failed = true;
}

json_t *report_close(struct report_object *object)
{
    if (!object->failed)
        return object->json;
    json_decref(object->json);
    return NULL;
}

struct report_list report_list(void)
{
    return (struct report_list){.json = json_array()};
}

void report_append(struct report_list *list, json_t *value)
{
    if (value == NULL || json_array_append_new(list->json, value) != 0)
        list->failed = true;
}

json_t *report_list_close(struct report_list *list)
{
    if (!list->failed)
        return list->json;
    json_decref(list->json);
    return NULL;
}

json_t *report_text(const char *text)
{
    char masked[ERR_TEXT_MAX];
    bool ascii = true;
    if (text == NULL || *text == '\0')
        return json_null();
    for (const char *p = text; *p != '\0'; p++)
        ascii = ascii && (*p & 0x80) == 0;
    json_t *json = json_string(text);
    if (json != NULL || ascii)
        return json;
    snprintf(masked, sizeof masked, "%s", text);
    codec_mask(masked);
    return json_string(masked);
}

json_t *report_number(bool is_known, uint64_t number)
{
    return is_known ? json_integer((json_int_t)number) : json_null();
}

json_t *report_flag(bool is_known, bool flag)
{
    return is_known ? json_boolean(flag) : json_null();
}

json_t *report_time(uint64_t moment)
{
    char text[CODEC_MOMENT_ROOM];
    if (moment == 0 || codec_moment(text, moment / SECOND) == NULL)
        return json_null();
    return json_string(text);
}

uint64_t report_moment(uint32_t time, uint64_t now)
{
    int64_t today = (int64_t)(now / SECOND);
    int64_t moment = today + (int32_t)(time - (uint32_t)today);
    return moment > 0 ? (uint64_t)moment * SECOND : 0;
}

/* Not by json_dumps, which leaves parts out where there is no memory for the growing text. */
static char *print(const json_t *json, size_t form, size_t *length)
{
    const size_t flags = form | JSON_REAL_PRECISION(9) | JSON_ENSURE_ASCII;
    *length = json_dumpb(json, NULL, 0, flags);
    char *text = *length > 0 ? malloc(*length + 1) : NULL;
    if (text != NULL && json_dumpb(json, text, *length, flags) != *length) {
        free(text);
        return NULL;
    }
    if (text != NULL)
        text[(*length)++] = '\n';
    return text;
}

char *report_print(const json_t *json, size_t *length)
{
    return print(json, JSON_INDENT(2), length);
}

char *report_line(const json_t *json, size_t *length)
{
    return print(json, JSON_COMPACT, length);
}
