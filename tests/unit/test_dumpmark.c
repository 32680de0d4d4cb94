/* The lines of dig 9.18 and 9.20, kdig 3.2 and 3.4, drill 1.8, as these programs wrote them. */
#include "dns/dumpmark.h"

#include "tap.h"

static const struct {
    const char *line;
    enum dumpmark mark;
} rows[] = {
    {"; Transfer failed.", DUMPMARK_FAILED},
    {"; Transfer failed.  Didn't start with SOA answer.", DUMPMARK_FAILED},
    {";; communications error to 127.0.0.1#34561: end of file", DUMPMARK_FAILED},
    {";; communications error to ::1#53: timed out", DUMPMARK_FAILED},
    {";; communications error to 127.0.0.1#34561: connection reset", DUMPMARK_FAILED},
    {";; no servers could be reached", DUMPMARK_FAILED},
    {";; connection timed out; no servers could be reached", DUMPMARK_FAILED},
    {";; Connection to ::1#53(::1) for example.com failed: connection refused.", DUMPMARK_FAILED},
    {";; Got bad packet: bad compression pointer", DUMPMARK_FAILED},
    {";; ERROR: ID mismatch: expected ID 11703, got 30946", DUMPMARK_FAILED},
    {";; Couldn't verify signature: tsig verify failure", DUMPMARK_FORGED},
    {";; WARNING -- Some TSIG could not be validated", DUMPMARK_FORGED},
    {";; ERROR: reply verification for 127.0.0.1@36263(TCP) (failed to verify TSIG)",
     DUMPMARK_FORGED},
    {";; WARNING: can't receive reply from 127.0.0.1@34561(TCP)", DUMPMARK_FAILED_ANYWHERE},
    {";; WARNING: response timeout for 127.0.0.1@34561(TCP)", DUMPMARK_FAILED_ANYWHERE},
    {";; ERROR: failed to query server 127.0.0.1@34561(TCP)", DUMPMARK_FAILED_ANYWHERE},
    {";; ERROR: server replied with error 'SERVFAIL'", DUMPMARK_FAILED_ANYWHERE},
    {";; ERROR: malformed reply packet from 127.0.0.1@4(TCP)", DUMPMARK_FAILED_ANYWHERE},
    {"AXFR failed.", DUMPMARK_FAILED},
    {"nullAXFR failed.", DUMPMARK_FAILED},
    {"null", DUMPMARK_FAILED},

    {"; <<>> DiG 9.18.49-1~deb12u3-Debian <<>> @127.0.0.1 -p 36001 axfr example.com",
     DUMPMARK_BEGINS},
    {"; <<>> DiG 9.20.30-1~deb13u1-Debian <<>> example.com -t AXFR +nocookie", DUMPMARK_BEGINS},
    {"; <<>> DiG 9.18.49 <<>> axfr example.com +time=2 +onesoa", DUMPMARK_BEGINS_ONE_SOA},
    {"; <<>> DiG 9.18.49 <<>> example.com any", DUMPMARK_NONE},
    {"; <<>> DiG 9.18.49 <<>> axfrd.example.com any", DUMPMARK_NONE},
    {";; AXFR for example.com.", DUMPMARK_BEGINS},
    {";; AXFR for .", DUMPMARK_BEGINS},
    {";; XFR size: 8 records (messages 1, bytes 252)", DUMPMARK_ENDS},

    /* of whole transfers */
    {"; (1 server found)", DUMPMARK_NONE},
    {";; global options: +cmd", DUMPMARK_NONE},
    {";; Query time: 0 msec", DUMPMARK_NONE},
    {";; Received 241 B (1 messages, 8 records)", DUMPMARK_NONE},
    {";; WARNING: query/response question sections are different", DUMPMARK_NONE},
    {";; WARNING: ID mismatch: expected ID 35154, got 56327", DUMPMARK_NONE},

    /* what people write */
    {"; Transfer failed", DUMPMARK_NONE},
    {"; Transfer failed. Restored from the backup of May", DUMPMARK_NONE},
    {";Transfer failed.", DUMPMARK_NONE},
    {"; ; Transfer failed.", DUMPMARK_NONE},
    {"; no servers could be reached", DUMPMARK_NONE},
    {"; dig said: ;; communications error to 127.0.0.1#53: end of file", DUMPMARK_NONE},
    {";; ERROR: the address is wrong, see the ticket", DUMPMARK_NONE},
    {";; AXFR for example.com. is allowed from ns2.", DUMPMARK_NONE},
    {";; AXFR for the secondaries", DUMPMARK_NONE},
    {";; communications error to the upstream: see the log", DUMPMARK_NONE},
    {";; WARNING: can't receive reply from abuse@example.com", DUMPMARK_NONE},
    {"", DUMPMARK_NONE},
    {";", DUMPMARK_NONE},
};

int main(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        is_int(dumpmark_of(rows[i].line, strlen(rows[i].line)), rows[i].mark, "%s", rows[i].line);
    return tap_end();
}
