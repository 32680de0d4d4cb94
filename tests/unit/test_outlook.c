/* How soon a look that has failed is worth another one. */
#include "job/outlook.h"

#include "tap.h"

static const struct {
    enum err_kind kind;
    enum schedule_failure failure;
} rows[] = {
    {ERR_NO_ROUTE, SCHEDULE_PASSING},      {ERR_RESOLVER, SCHEDULE_PASSING},
    {ERR_HOST, SCHEDULE_PASSING},          {ERR_CONNECT, SCHEDULE_PASSING},
    {ERR_TIMEOUT_CONN, SCHEDULE_PASSING},  {ERR_TIMEOUT_ANSWER, SCHEDULE_PASSING},
    {ERR_EOF_EARLY, SCHEDULE_PASSING},     {ERR_RCODE_SERVFAIL, SCHEDULE_PASSING},
    {ERR_SOA_CHANGED, SCHEDULE_PASSING},   {ERR_TSIG_TIME, SCHEDULE_PASSING},
    {ERR_TSIG_BADTIME, SCHEDULE_PASSING},  {ERR_TLS_NOT_YET, SCHEDULE_PASSING},
    {ERR_BUSY, SCHEDULE_PASSING},          {ERR_TIMEOUT_TOTAL, SCHEDULE_USUAL},
    {ERR_RCODE_REFUSED, SCHEDULE_USUAL},   {ERR_RCODE_NOTAUTH, SCHEDULE_USUAL},
    {ERR_TSIG_BADKEY, SCHEDULE_USUAL},     {ERR_TLS_ISSUER, SCHEDULE_USUAL},
    {ERR_TLS_EXPIRED, SCHEDULE_USUAL},     {ERR_OUT_OF_ZONE, SCHEDULE_USUAL},
    {ERR_OUTPUT, SCHEDULE_USUAL},          {ERR_SERIAL_OLDER, SCHEDULE_USUAL},
    {ERR_DNSSEC_TIME, SCHEDULE_USUAL},     {ERR_CHECK_FAILED, SCHEDULE_USUAL},
    {ERR_FILE_FOREIGN, SCHEDULE_USUAL},    {ERR_FILE_CHANGED, SCHEDULE_USUAL},
    {ERR_TOO_MUCH_HELD, SCHEDULE_USUAL},   {ERR_MAX_CHANGE, SCHEDULE_LASTING},
    {ERR_MIN_RECORDS, SCHEDULE_LASTING},   {ERR_MAX_BYTES, SCHEDULE_LASTING},
    {ERR_ZONEMD, SCHEDULE_LASTING},        {ERR_DNSSEC, SCHEDULE_LASTING},
    {ERR_PROOF_LOST, SCHEDULE_LASTING},    {ERR_SIGNATURE_LIFE, SCHEDULE_LASTING},
    {ERR_CHECK_CMD, SCHEDULE_LASTING},     {ERR_CATALOG_VERSION, SCHEDULE_LASTING},
    {ERR_CATALOG_EMPTY, SCHEDULE_LASTING},
};

/* The outlook after two servers have failed, the worse of them with `worst`. */
static enum schedule_failure after_two(enum err_kind worst, enum err_kind other)
{
    struct attempts attempts = {.list = NULL};
    const struct attempt tried[] = {{.kind = worst}, {.kind = other}};
    attempts_add(&attempts, &tried[0]);
    attempts_add(&attempts, &tried[1]);
    enum schedule_failure failure = outlook_after(attempts.worst.kind, &attempts);
    attempts_fini(&attempts);
    return failure;
}

int main(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        is_int(outlook_after(rows[i].kind, NULL), rows[i].failure, "%s", err_slug(rows[i].kind));
    is_int(after_two(ERR_RCODE_REFUSED, ERR_CONNECT), SCHEDULE_PASSING,
           "one server does not have the zone, the other was not there");
    is_int(after_two(ERR_RCODE_NOTAUTH, ERR_RCODE_SERVFAIL), SCHEDULE_PASSING,
           "... or has not loaded it yet");
    is_int(after_two(ERR_RCODE_REFUSED, ERR_RCODE_NOTAUTH), SCHEDULE_USUAL, "neither has it");
    is_int(after_two(ERR_OUT_OF_ZONE, ERR_CONNECT), SCHEDULE_USUAL,
           "what one has is malformed, and would come again");
    is_int(after_two(ERR_MAX_CHANGE, ERR_CONNECT), SCHEDULE_LASTING, "... or was refused");
    return tap_end();
}
