#include "cli/run_files.h"

#include "cli/opt_gates.h"
#include "io/files.h"
#include "io/folder.h"
#include "io/secret.h"
#include "job/oldfile.h"

#include <stdio.h>
#include <string.h>

static void add_key(struct files *files, const char *path)
{
    if (path == NULL || secret_variable(path) != NULL)
        return;
    files_add(files, path, "key file", FILE_KEPT);
    /* dnssec-keygen writes two, and both are read. */
    files_add_beside(files, path, ".key", ".private", "key file", FILE_KEPT);
    files_add_beside(files, path, ".private", ".key", "key file", FILE_KEPT);
}

static void add_kept(struct files *files, const struct settings *settings)
{
    const struct key_options *keys = &settings->keys;
    add_key(files, keys->file);
    for (size_t i = 0; i < keys->server_count; i++)
        add_key(files, keys->servers[i].file);
    files_add(files, settings->anchors, "trust anchor", FILE_KEPT);
    files_add(files, settings->tls.ca, "file of trusted certificates", FILE_KEPT);
    files_add(files, settings->tls.cert, "certificate", FILE_KEPT);
    files_add(files, settings->tls.key, "key of the certificate", FILE_KEPT);
}

static void add_all(struct files *files, const struct settings *settings, bool writes)
{
    const char *output = settings->output.path != NULL ? settings->output.path : "-";
    bool is_diff =
        settings->diff.word_count > 0; /* its output is not what it reads in another form */
    if (writes)
        files_add(files, output, is_diff ? "comparison" : "zone", FILE_REPLACED);
    files_add(files, settings->diff_to, "changes", FILE_REPLACED);
    files_add(files, settings->record, "recording", FILE_WRITTEN);
    files_add(files, settings->report, "report", FILE_ADDED);
    files_add(files, settings->input, "input", FILE_READ);
    files_add(files, settings->diff.sources[0].path, "zone OLD", FILE_KEPT);
    files_add(files, settings->diff.sources[1].path, "zone NEW", FILE_KEPT);
    add_kept(files, settings);
}

static bool check_folder(const struct settings *settings, struct err *err)
{
    const char *folder = settings->gates.keep_refused;
    return folder == NULL || folder_is(folder) ||
           err_set(err, ERR_USAGE, "--keep-refused: %.300s is not a folder", folder);
}

/* What stands there is asked before it is opened: a FIFO would wait for its reader. */
static bool check_target(const struct settings *settings, struct err *err)
{
    const char *option = opt_gates_given(settings), *path = settings->output.path;
    return option == NULL || path == NULL || settings->changes || !files_is_special(path) ||
           err_set(err, ERR_USAGE, "--%s: %.300s is not a regular file", option, path);
}

/* Whether one of the files that hold no zone would replace one: a backup, most likely. */
static bool replaces_zone(const struct settings *settings, const char **which, struct err *err)
{
    const struct {
        const char *option, *path;
    } others[] = {{"record", settings->record},
                  {"report", settings->report},
                  {"diff-to", settings->diff_to},
                  {"metrics", settings->metrics.path}};
    uint64_t records;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        *which = others[i].path;
        if (*which == NULL || strcmp(*which, "-") == 0 || files_is_special(*which) ||
            oldfile_records(*which, &records) != OLDFILE_COUNTED)
            continue;
        err_set(err, ERR_USAGE, "--%s: %.300s holds a zone, which would be lost: give another name",
                others[i].option, *which);
        return true;
    }
    return false;
}

bool run_files_check(const struct settings *settings, bool writes, bool *report_clashes,
                     struct err *err)
{
    struct files files = {.count = 0};
    const struct file_use *first, *second;
    const char *report = settings->report;
    add_all(&files, settings, writes);
    bool good = files_check(&files, &first, &second, err);
    /* Where it is not known which two they are, it may be one of them. */
    *report_clashes = !good && (first == NULL || first->path == report || second->path == report);
    files_fini(&files);
    const char *zone = NULL;
    good = good && !replaces_zone(settings, &zone, err);
    *report_clashes |= !good && report != NULL && zone == report;
    return good && check_folder(settings, err) && check_target(settings, err);
}

/* ---- Of many zones ------------------------------------------------------------------------- */

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), length = strlen(end);
    return n > length && strcmp(name + n - length, end) == 0;
}

/* Whether it has a name in a folder that the files of zones have there: some zone's, today or once
 * a catalog has one more. */
static bool check_name(const struct file_use *use, const char *folder, const char *const *ends,
                       struct err *err)
{
    char name[NAME_MAX + 1];
    if (folder == NULL || strcmp(use->path, "-") == 0 || !files_lies_in(use->path, folder, name))
        return true;
    for (; *ends != NULL; ends++)
        if (ends_with(name, *ends))
            return err_set(err, ERR_USAGE, "%s: %.300s has the name of a file that sync writes",
                           use->what, use->path);
    return true;
}

static bool check_names(const struct files *files, const struct settings *settings,
                        const char *folder, struct err *err)
{
    static const char *const zones[] = {".zone", ".zone.zxfr", ".zone.hook", NULL};
    static const char *const diffs[] = {".diff", ".diff.zxfr", NULL};
    for (unsigned i = 0; i < files->count; i++)
        if (!check_name(&files->list[i], folder, zones, err) ||
            !check_name(&files->list[i], settings->gates.keep_refused, zones, err) ||
            !check_name(&files->list[i], settings->sync.diff_dir, diffs, err))
            return false;
    return true;
}

/* What is moved or kept there would be taken for files of zones, and removed as old ones. */
static bool check_folders(const struct settings *settings, const char *folder, struct err *err)
{
    const struct {
        const char *option, *path;
    } others[] = {{"unlisted-to", settings->sync.unlisted_to},
                  {"keep-refused", settings->gates.keep_refused}};
    char old[PATH_MAX];
    snprintf(old, sizeof old, "%.4000s/.old", folder);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (others[i].path != NULL &&
            (files_same_folder(others[i].path, folder) || files_same_folder(others[i].path, old)))
            return err_set(err, ERR_USAGE, "--%s: %.300s is where the zones' own files are",
                           others[i].option, others[i].path);
    return true;
}

bool run_files_check_sync(const struct settings *settings, const char *folder, struct err *err)
{
    struct files files = {.count = 0};
    const struct file_use *first, *second;
    const char *report = settings->report, *zone;
    if (report == NULL || strcmp(report, "-") != 0)
        files_add(&files, "-", "lines", FILE_WRITTEN);
    files_add(&files, report, "report", FILE_WRITTEN);
    files_add(&files, settings->metrics.path, "metrics", FILE_REPLACED);
    files_add(&files, settings->sync.list, "list", FILE_KEPT);
    add_kept(&files, settings);
    bool good = files_check(&files, &first, &second, err) &&
                check_names(&files, settings, folder, err) &&
                check_folders(settings, folder, err) && !replaces_zone(settings, &zone, err);
    files_fini(&files);
    return good;
}
