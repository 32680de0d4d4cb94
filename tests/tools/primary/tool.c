#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

_Noreturn void tool_die(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fprintf(stderr, "%s: ", program_invocation_short_name);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(2);
}

void *tool_grow(void *old, size_t size)
{
    void *p = realloc(old, size ? size : 1);

    if (!p) {
        tool_die("out of memory");
    }
    return p;
}

void *tool_grow_array(void *old, size_t count, size_t element)
{
    if (count & (count - 1)) {
        return old;
    }
    return tool_grow(old, (count ? 2 * count : 1) * element);
}

void *tool_copy(const void *data, size_t len)
{
    void *p = tool_grow(NULL, len);

    if (len) {
        memcpy(p, data, len);
    }
    return p;
}

uint8_t *tool_map(const char *file, size_t *size)
{
    struct stat status;
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    void *map;

    if (fd < 0 || fstat(fd, &status)) {
        tool_die("%s: %s", file, strerror(errno));
    }
    if (!status.st_size) {
        tool_die("%s: the file is empty", file);
    }
    *size = (size_t)status.st_size;
    map = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED) {
        tool_die("%s: %s", file, strerror(errno));
    }
    close(fd);
    return map;
}

bool tool_number(const char *text, long *value)
{
    char *end;

    errno = 0;
    *value = strtol(text, &end, 0);
    return end != text && !*end && !errno;
}

long tool_number_argument(const char *text, long min, long max)
{
    long value;

    if (!tool_number(text, &value) || value < min || value > max) {
        tool_die("%s: not a number from %ld to %ld", text, min, max);
    }
    return value;
}

bool tool_same_word(const char *text, size_t len, const char *word)
{
    return strlen(word) == len && !strncasecmp(text, word, len);
}

bool tool_numbered(const char *text, size_t len, const char *prefix, unsigned *value)
{
    size_t skip = strlen(prefix);

    if (len <= skip || len > skip + 5 || strncasecmp(text, prefix, skip)) {
        return false;
    }
    *value = 0;
    for (size_t i = skip; i < len; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        *value = *value * 10 + (unsigned)(text[i] - '0');
    }
    return *value <= 0xffff;
}

bool tool_choice(const char *choices, const char *word, long *number)
{
    size_t len = strlen(word);

    *number = 0;
    for (const char *p = choices; *p; p += strcspn(p, " "), p += *p == ' ', ++*number) {
        if (strcspn(p, " ") == len && !strncmp(p, word, len)) {
            return true;
        }
    }
    return false;
}

long tool_choice_argument(const char *text, const char *choices)
{
    long value;

    if (!tool_choice(choices, text, &value)) {
        tool_die("%s: not one of: %s", text, choices);
    }
    return value;
}

void tool_sleep(long ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};

    while (nanosleep(&t, &t) && errno == EINTR) {
    }
}
