#include "cli/run_files.h"

#include "io/files.h"
#include "io/secret.h"

static void add_key(struct files *files, const char *path)
{
    if (path != NULL && secret_variable(path) == NULL)
        files_add(files, path, "key file", FILE_KEPT);
}

void run_files(struct files *files, const struct settings *settings, bool writes)
{
    const struct key_options *keys = &settings->keys;
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
    add_key(files, keys->file);
    for (size_t i = 0; i < keys->server_count; i++)
        add_key(files, keys->servers[i].file);
    files_add(files, settings->tls.ca, "file of trusted certificates", FILE_KEPT);
    files_add(files, settings->tls.cert, "certificate", FILE_KEPT);
    files_add(files, settings->tls.key, "key of the certificate", FILE_KEPT);
}
