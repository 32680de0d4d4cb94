/* Small files of text, for tests: written whole, read whole. */
#ifndef TEXTFILE_H
#define TEXTFILE_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

/* Without the file nothing can be tested. */
static inline void put_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    if (file == NULL || fputs(text, file) == EOF || fclose(file) != 0) {
        printf("Bail out! cannot write %s\n", path);
        exit(1);
    }
}

/* What is in it, until the next call; "missing" if it is not there. */
static inline const char *content(const char *path)
{
    static char text[20000];
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return "missing";
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

/* How many descriptors the process has open; the one that looks is among them. */
static inline int open_files(void)
{
    int count = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (dir != NULL && readdir(dir) != NULL)
        count++;
    if (dir != NULL)
        closedir(dir);
    return count;
}

#endif
