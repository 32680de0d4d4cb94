#!/usr/bin/env bats
# Time is seen everywhere: whatever a run is busy with, a signal ends it at once, and so does the
# end of --max-time.

load helper
# shellcheck source=tests/tools/certs.bash
. "$BATS_TEST_DIRNAME/../tools/certs.bash"

# What a run may take longer than it should, in milliseconds: the machine may be busy.
SLACK=3000

now() { echo $((${EPOCHREALTIME//[!0-9]/} / 1000)); }

# Runs zxfr, which would be busy for long, with --max-time 1.
in_time() {
    local begin
    begin=$(now)
    zx "$@" --max-time 1
    is 3 || return
    err_has "not done within --max-time" || return
    (($(now) - begin < 1000 + SLACK)) || { echo "too late" && show; }
}

# Ends the run in the background by a signal.
terminated() {
    local begin
    begin=$(now)
    kill -TERM "$ZX_PID"
    zx_wait
    is 143 || return
    [[ $(<"$T/err") == "zxfr: interrupted" ]] || return
    (($(now) - begin < 1000 + SLACK)) || { echo "too late" && show; }
}

# Whether the run has the file open, and has read that much of it (all of it).
has_open() { is_at "$1" 0; }
has_read() { is_at "$1" "$(stat -c %s "$1")"; }
is_at() {
    local fd position
    for fd in "/proc/$ZX_PID/fd/"*; do
        if [[ $fd -ef $1 ]]; then
            read -r _ position <"/proc/$ZX_PID/fdinfo/${fd##*/}"
            ((position >= $2))
            return
        fi
    done
    return 1
}
has_left() { ! has_open "$1" || has_read "$1"; }

# A zone of so many records in no order at all.
write_shuffled() {
    zone_text example.com. >"$1"
    awk -v n="$2" 'BEGIN {
        srand(3)
        for (i = 0; i < n; i++)
            printf "h%d IN A 10.%d.%d.%d\n", rand() * 1e9, i / 65536, i / 256 % 256, i % 256
    }' >>"$1"
}

# ---- Reading -----------------------------------------------------------------------------------

@test "a file that includes files that include files is not read for ever" {
    local i
    for i in {0..14}; do
        printf "\$INCLUDE f$((i + 1))\n%.0s" 1 2 3 >"f$i"
    done
    echo "; the last" >f15
    LIMIT=20 zx convert f0 --origin example.com
    is 7
    err_has "more than 1000 files are included"
    # A thousand are not too many.
    zone_text example.com. >zone
    for i in {1..1000}; do echo "\$INCLUDE f15"; done >>zone
    zx convert zone
    is 0
    echo "\$INCLUDE f15" >>zone
    zx convert zone
    is 7
}

# A few files that are included often, so that the text is long and the disk is not full.
write_bomb() {
    local i
    for i in 0 1; do
        for ((j = 0; j < 30; j++)); do echo "\$INCLUDE f$((i + 1))"; done >"f$i"
    done
    yes "; a comment" | head -c "$1" >f2
}

@test "comments without end, in files that are included" {
    write_bomb 50000000
    in_time convert f0 --origin example.com -o zone
    box_holds f0 f1 f2
    zx_start convert f0 --origin example.com -o zone
    eventually has_open f2
    terminated
    box_holds f0 f1 f2
}

@test "small files that are included often" {
    write_bomb 100
    zx convert f0 --origin example.com
    is 7
    err_has "holds no record"
}

@test "a file that is nothing but comments" {
    yes ";" | head -c 400000000 >comments
    in_time convert comments --origin example.com
    zx_start convert comments --origin example.com -o zone
    eventually has_open comments
    terminated
    in_time diff comments "$ZONE"
    box_holds comments
}

@test "a pipe that never ends and never lets wait" {
    local begin
    begin=$(now)
    status=0
    yes ";" | timeout 30 "$ZXFR" convert - --origin example.com --max-time 1 >"$T/out" 2>"$T/err" || status=$?
    is 3
    (($(now) - begin < 1000 + SLACK))
}

@test "records that a few lines generate" {
    local i
    zone_text example.com. >zone
    for ((i = 0; i < 3000; i++)); do echo "\$GENERATE 0-65535 h\$.x$i A 192.0.2.1"; done >>zone
    in_time convert zone -o out
    in_time diff zone "$ZONE"
    zx_start convert zone -o out
    eventually test -s .out.zxfr
    terminated
    box_holds zone
}

@test "a long file of JSON Lines" {
    zx convert "$ZONE" -f jsonl
    cp "$T/out" lines
    yes "$(sed -n 2p "$T/out")" | head -n 3000000 >>lines
    in_time convert lines -o zone
    in_time diff lines "$ZONE"
    box_holds lines
}

# ---- Sorting, comparing ------------------------------------------------------------------------

@test "sorting a large zone" {
    write_shuffled large 1500000
    echo "; old" >zone
    zx_start convert large --sort -o zone
    eventually has_read large
    terminated
    [[ $(<zone) == "; old" ]]
    box_holds large zone
}

@test "comparing large zones" {
    write_shuffled old 700000
    cp old new
    zx_start diff old new
    eventually has_open new
    eventually has_left new
    terminated
}

@test "comparing large sorted zones" {
    write_shuffled shuffled 1500000
    "$ZXFR" convert shuffled --sort -q -o old
    cp old new
    # Line by line it takes a moment only, which may be missed.
    for _ in {1..20}; do
        zx_start diff old new
        until has_open new; do
            [[ -e /proc/$ZX_PID/exe ]] || break # it has ended
        done
        kill -TERM "$ZX_PID" 2>/dev/null || true
        zx_wait
        [[ $status == 0 ]] || break
    done
    is 143
    [[ $(<"$T/err") == "zxfr: interrupted" ]] || show
}

@test "finding that a large zone has not changed" {
    write_shuffled shuffled 1500000
    "$ZXFR" convert shuffled -o zone
    cp zone same
    # The comparison with the old file is the end of the run.
    for _ in {1..20}; do
        zx_start convert same -o zone
        until has_open zone; do
            [[ -e /proc/$ZX_PID/exe ]] || break # it has ended
        done
        kill -TERM "$ZX_PID" 2>/dev/null || true
        zx_wait
        [[ $status == 0 ]] || break
    done
    is 143
    cmp zone same
    box_holds same shuffled zone
}

# ---- Changes -----------------------------------------------------------------------------------

# A recording of changes: each of so many names, of 118 labels, loses an address and gets another.
# They come in no order, and in messages each name costs a few octets only.
record_changes() {
    python3 - "$1" >recording <<'END'
import struct
import sys

COUNT = int(sys.argv[1])
ZONE = b"\7example\3com\0"
DEEP = b"\1a" * 112 + ZONE  # behind it a pointer leads to the first name of a message


def soa(serial):
    names = b"\2ns" + ZONE + b"\1h" + ZONE
    rdata = names + struct.pack("!5L", serial, 1, 1, 1, 1)
    return ZONE + struct.pack("!HHLH", 6, 1, 60, len(rdata)) + rdata


def message(records, at):
    """As many records from there on as fit; where the next begins."""
    head = struct.pack("!6H", 7, 0x8400, 1, 0, 0, 0) + ZONE + struct.pack("!2H", 251, 1)
    body = b""
    deep = None
    count = 0
    while at < len(records) and len(body) < 60000:
        record = records[at]
        if isinstance(record, tuple):
            label, address = record
            if deep is None and len(head) + len(body) < 0x3f00:
                deep = len(head) + len(body) + len(label)
                tail = DEEP
            else:
                tail = struct.pack("!H", 0xc000 | deep)
            record = label + tail + struct.pack("!HHLH", 1, 1, 60, 4) + address
        body += record
        count += 1
        at += 1
    return head[:6] + struct.pack("!H", count) + head[8:] + body, at


def entry(kind, octets):
    sys.stdout.buffer.write(kind + struct.pack("!QH", 0, len(octets)) + octets)


labels = [b"\5%05x" % (i * 7919 % COUNT) for i in range(COUNT)]
records = [soa(2), soa(1)] + [(label, b"\n\0\0\1") for label in labels]
records += [soa(2)] + [(label, b"\n\0\0\2") for label in labels] + [soa(2)]
query = struct.pack("!6H", 7, 0, 1, 0, 1, 0) + ZONE + struct.pack("!2H", 251, 1) + soa(1)
sys.stdout.buffer.write(b"zxfr-recording 1 example.com. IN 1000000\n")
entry(b">", query)
at = 0
while at < len(records):
    octets, at = message(records, at)
    entry(b"<", octets)
END
}

@test "changes of names with a hundred labels and more" {
    record_changes 3
    zx convert recording -f nsupdate
    is 0
    out_has "update delete 00001.a.a."
    [[ $(grep -c '^update ' "$T/out") == 7 ]] # an SOA among them
    # Nearly as many as there is room for, which takes a second or two: --max-time is too coarse to end
    # that in the middle, but a signal goes the same way (test_halt).
    record_changes 110000
    for pause in 0.05 0.2; do
        for format in "nsupdate --split" "diff --condense"; do
            # shellcheck disable=SC2086
            zx_start convert recording -o out -f $format
            eventually has_open recording
            sleep "$pause"
            terminated
        done
    done
    box_holds recording
}

# ---- Files that wait ---------------------------------------------------------------------------

# Runs zxfr twice where a file of the command line waits for somebody: --max-time ends it with this
# status, and a signal ends it.
waits() {
    local begin expected=$1
    shift
    begin=$(now)
    zx "$@" --max-time 1
    is "$expected" || return
    err_has "within --max-time" || return
    (($(now) - begin >= 1000 && $(now) - begin < 1000 + SLACK)) || { echo "not in time" && show; } ||
        return
    zx_start "$@"
    eventually waits_for "${PIPE:-pipe}" || return
    terminated
}

# Whether the run has come to the FIFO: it has it open, or tries again and again.
waits_for() {
    has_open "$1" && return
    sleep 1
    kill -0 "$ZX_PID"
}

@test "FIFOs that nobody writes to, in place of any file that is read" {
    certs_begin "$T/certs"
    ca_new ca "Test root"
    cert_new me ca "DNS:me.test"
    primary_start "$ZONE"
    mkfifo pipe Kk.+163+00001.key
    printf '%s\n' 'Private-key-format: v1.3' 'Algorithm: 163 (HMAC_SHA256)' \
        'Key: AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=' >Kk.+163+00001.private
    chmod 600 Kk.+163+00001.private
    waits 3 example.com "$S" -k pipe
    waits 3 example.com "$S" --server-key "${S#@}=pipe"
    waits 3 example.com "$S" --tls-ca pipe
    waits 3 example.com "$S" --tls-ca "$CERTS/ca.pem" --tls-cert pipe
    waits 3 example.com "$S" --tls-ca "$CERTS/ca.pem" --tls-cert "$CERTS/me.pem" --tls-key pipe
    waits 3 convert pipe
    waits 3 diff pipe "$ZONE"
    waits 3 diff "$ZONE" pipe
    cp Kk.+163+00001.private Knone.private
    mkfifo Knone.key
    PIPE=Knone.key waits 3 example.com "$S" -k Knone.private
}

@test "FIFOs that nobody reads, in place of any file that is written" {
    primary_start "$ZONE"
    zx example.com "$S" --sort -o zone
    mkfifo pipe
    waits 8 example.com "$S" -o pipe
    waits 8 example.com "$S" --report pipe
    waits 8 example.com "$S" --record pipe
    waits 8 example.com "$S" --update -o zone --diff-to pipe
    waits 8 convert "$ZONE" -o pipe
    waits 8 diff "$ZONE" "$T/zone" -o pipe
}

@test "FIFOs whose reader is stuck" {
    write_big
    primary_start "$BIG"
    mkfifo pipe
    sleep 300 <>pipe &
    PIDS+=($!)
    waits 8 example.com "$S" -o pipe
    waits 8 example.com "$S" --record pipe
    waits 8 convert "$BIG" -o pipe
    waits 8 example.com "$S" --whole -o pipe
}

@test "a socket or a terminal whose reader is stuck" {
    write_big
    primary_start "$BIG"
    for kind in socket terminal; do
        for words in "example.com $S" "convert $BIG" "--whole example.com $S"; do
            begin=$(now)
            # shellcheck disable=SC2086
            timeout -k 5 60 python3 - "$kind" "$ZXFR" --max-time 1 $words 2>"$T/err" <<'PYTHON'
import os, pty, socket, subprocess, sys, tty
if sys.argv[1] == "socket":
    ours, theirs = socket.socketpair()
    end = theirs.fileno()
else:
    ours, end = pty.openpty()
    tty.setraw(end)
process = subprocess.run(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=end, timeout=30)
sys.exit(process.returncode != 8)
PYTHON
            err_has "within --max-time"
            (($(now) - begin < 2000 + SLACK)) || { echo "$kind, $words: too late" && show; }
        done
    done
}

@test "certificates and keys out of pipes" {
    certs_begin "$T/certs"
    ca_new ca "Test root"
    cert_new good ca "DNS:ns1.test,IP:127.0.0.1"
    cert_new me ca "DNS:me.test"
    primary_start "$ZONE"
    PRIMARY=$TLSFRONT primary_start --cert "$CERTS/good.pem" --key "$CERTS/good.key" \
        --client-ca "$CERTS/ca.pem" "$PORT"
    "$ZXFR" example.com "$S" --tls-ca <(cat "$CERTS/ca.pem") --tls-cert <(cat "$CERTS/me.pem") \
        --tls-key <(cat "$CERTS/me.key") >"$T/out" 2>"$T/err"
    whole "$T/out"
    "$ZXFR" example.com "$S" --tls-ca <(cat "$CERTS/ca.pem") \
        --tls-cert <(cat "$CERTS/me.pem" "$CERTS/me.key") >"$T/out" 2>"$T/err"
    whole "$T/out"
    status=0
    "$ZXFR" example.com "$S" --tls-ca <(echo nothing) >"$T/out" 2>"$T/err" || status=$?
    is 2
    err_has "holds no certificates in PEM form"
}
