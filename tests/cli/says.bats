#!/usr/bin/env bats
# What is said, to whom and how often: at a terminal, with -q, -v and -vv.

load helper

# Runs zxfr with a terminal as its standard error; what came there is in $T/err.
at_terminal() {
    status=0
    timeout --foreground -k 5 60 env NO_COLOR=1 "$BATS_TEST_DIRNAME/terminal.py" "$@" >"$T/err" </dev/null || status=$?
    : >"$T/out"
}

# ---- At a terminal -----------------------------------------------------------------------------

@test "progress goes on while nothing comes, in a transfer of few records" {
    primary_start --records 1 --do "stop 3 stall" "$ZONE"
    at_terminal "$ZXFR" example.com "$S" --idle-timeout 3
    is 3
    grep -Eq '^~example\.com: 2 records, [1-9][0-9]* octets, [0-9]+ s, [0-9]+ octets/s; no data for 1 s of 3 s$' "$T/err" || show
    err_has "octets/s; no data for 2 s of 3 s"
    # it is removed before the message, and does not come again
    [[ $(tail -n 2 "$T/err" | head -n 1) == "~zxfr: example.com: 127.0.0.1#$PORT: after message 2: nothing for 3 s, after "* ]]
    [[ $(tail -n 1 "$T/err") == "zxfr: hint: "* ]]
}

@test "progress while there is no answer, no handshake, and between two rounds" {
    primary_start --do "stall 0" "$ZONE"
    at_terminal "$ZXFR" example.com "$S" --idle-timeout 2
    is 3
    err_has "~example.com: no answer yet from 127.0.0.1#$PORT, 1 s of 2 s"
    at_terminal "$ZXFR" example.com "$S" --tls --connect-timeout 2
    is 3
    err_has "~example.com: shaking hands (TLS) with 127.0.0.1#$PORT, 1 s of 2 s"
    closed_port
    at_terminal "$ZXFR" example.com "@127.0.0.1#$CLOSED" --retry 1
    is 3
    err_has "~example.com: once more in 1 s"
}

@test "progress has a rate, and no line is longer than the terminal" {
    write_big 2000
    primary_start --do "trickle 12000 300" "$BIG"
    at_terminal "$ZXFR" example.com "$S" -o "$T/box/zone"
    is 0
    grep -Eq '~example.com: [0-9]+ records, [0-9.]+ [kM]B, [0-9] s, [0-9.]+ [kM]B/s' "$T/err" || show
    local long
    long=$(printf 'a%.0s' {1..60}).$(printf 'b%.0s' {1..60}).
    zone_text "$long" >"$T/long"
    primary_start --do "stall 0" "$T/long"
    at_terminal "$ZXFR" "$long" "$S" --idle-timeout 1
    is 3
    err_has "~$(printf 'a%.0s' {1..60})."
    refute grep -q '^~.\{80\}' <(grep -v zxfr: "$T/err")
}

@test "no progress where nobody looks, or with --no-progress or -q" {
    primary_start --do "stall 0" "$ZONE"
    zx example.com "$S" --idle-timeout 1
    is 3
    err_lacks "no answer yet"
    for word in --no-progress -q; do
        at_terminal "$ZXFR" example.com "$S" --idle-timeout 1 "$word"
        is 3
        err_lacks "no answer yet"
    done
    for word in TERM=dumb TERM= "-u TERM"; do
        # shellcheck disable=SC2086
        at_terminal env $word "$ZXFR" example.com "$S" --idle-timeout 1
        is 3
        err_lacks "no answer yet"
    done
    # a background job of a shell that looks after its jobs: another process group has the terminal
    at_terminal bash -c "set -m; '$ZXFR' example.com $S --idle-timeout 1 </dev/null & wait \$!"
    is 3
    err_has "nothing for 1 s"
    err_lacks "no answer yet"
}

@test "where the zone goes to the same terminal, progress ends before it" {
    primary_start --records 1 --do "delay 0 1500" --do "delay 200 1500" "$ZONE"
    at_terminal --both "$ZXFR" example.com "$S"
    is 0
    err_has "~example.com: no answer yet from 127.0.0.1#$PORT, 1 s of "
    sed -n '/^~*example.com.*SOA/,$p' "$T/err" >rest
    refute grep -q ' records, ' rest
    sed 's/^~//' rest | diff - <("$ZXFR" convert "$ZONE")
}

# ---- What goes on in the process ---------------------------------------------------------------

# Writes a zone into a FIFO, with a pause before its last record.
slowly() {
    mkfifo fifo
    {
        head -n -1 "$1"
        sleep "$2"
        tail -n 1 "$1"
    } >fifo 3>&- &
    PIDS+=($!)
}

@test "reading a file that comes slowly: progress, and for how long nothing has come" {
    slowly "$ZONE" 2.5
    at_terminal "$ZXFR" convert fifo -o zone
    is 0
    err_has "~fifo: reading, "
    err_has "; no data for 1 s"
    "$ZXFR" convert "$ZONE" | cmp - zone
    [[ $(tail -n 1 "$T/err") == "~" ]] || show # and it is removed
    # check and diff read the same way; -q and --no-progress show nothing
    local words
    for words in "check fifo" "diff $ZONE fifo"; do
        rm fifo
        slowly "$ZONE" 1.5
        # shellcheck disable=SC2086
        at_terminal --both "$ZXFR" $words
        err_has "~fifo: reading, "
        refute grep -q '^~fifo: reading.*fifo' "$T/err"
    done
    for words in -q --no-progress; do
        rm fifo
        slowly "$ZONE" 1.5
        at_terminal "$ZXFR" convert fifo -o zone $words
        is 0
        err_lacks reading
    done
    rm fifo
    slowly "$ZONE" 1.5
    at_terminal --columns 20 "$ZXFR" convert fifo -o zone
    grep -q '^~fifo: reading, [0-9.]* M$' "$T/err" || grep -q '^~fifo: reading.\{5\}' "$T/err" || show
    refute grep -q '^~.\{20\}' "$T/err"
    rm fifo
    slowly "$ZONE" 1.5
    zx convert fifo -o zone --progress
    err_has "zxfr: fifo: reading, "
    err_lacks $'\r'
}

@test "a large zone: read, sorted, checked, compared, written" {
    awk 'BEGIN { srand(1); print "example.com. 60 IN SOA a. b. 1 2 3 4 5"; print "example.com. 60 IN NS a."
        for (i = 0; i < 300000; i++) printf "h%d.example.com. 60 IN A 192.0.2.1\n", rand() * 1e8 }' >large
    at_terminal "$ZXFR" -q convert large --sort -o sorted
    is 0
    err_empty
    # what takes a tenth of a second takes some seconds by its clock
    local fast=(env FASTCLOCK=40 "LD_PRELOAD=$SHIFTCLOCK_SO" ASAN_OPTIONS=verify_asan_link_order=0)
    at_terminal "${fast[@]}" "$ZXFR" convert large --sort -o sorted
    is 0
    grep -Eq '^~large: (reading|writing), [0-9]+ (of [0-9]+ )?records, |^~large: sorting, [0-9]+ records, ' "$T/err" || show
    refute grep -q '^~large: ' <(tail -n 1 "$T/err")
    at_terminal --both "${fast[@]}" "$ZXFR" check large
    is 0
    grep -Eq '^~large: checking, [0-9]+ of [0-9]+ records, [0-9]+ s$|^~large: sorting, ' "$T/err" || show
    grep -q '^~\?large: example.com. serial 1, [0-9]* records: ' "$T/err" || show
    refute grep -q 'checking.*large: example' "$T/err"
}

@test "on a terminal that shows the zone, too, a failure is told once" {
    primary_start --do "stall 0" "$ZONE"
    at_terminal --both "$ZXFR" example.com "$S" --idle-timeout 1
    is 3
    count_is 1 "nothing for 1 s" "$T/err"
    err_lacks INCOMPLETE
    # but what began is marked
    primary_start --records 1 --do "stop 3 stall" "$ZONE"
    at_terminal --both "$ZXFR" example.com "$S" --idle-timeout 1
    is 3
    count_is 1 "nothing for 1 s" "$T/err"
    [[ $(tail -n 1 "$T/err") == "; zxfr INCOMPLETE: see the message" ]]
    echo "example.com. 300 IN A 192.0.2.x" >bad
    at_terminal --both "$ZXFR" convert bad
    is 7
    count_is 1 "192.0.2.x" "$T/err"
}

@test "a hint is said once, however many servers need it" {
    primary_start --refuse REFUSED "$ZONE"
    local first=$S
    primary_start --refuse REFUSED "$ZONE"
    zx example.com "$first" "$S"
    is 4
    count_is 2 "answered REFUSED" "$T/err"
    count_is 1 "hint: " "$T/err"
}

# ---- -q ----------------------------------------------------------------------------------------

@test "-q keeps the hint of what ended the run" {
    primary_start --refuse REFUSED "$ZONE"
    zx example.com "$S" -q
    is 4
    count_is 1 "answered REFUSED" "$T/err"
    err_has "hint: the server's access list"
    local refuses=$S
    closed_port
    zx example.com "@127.0.0.1#$CLOSED" "$refuses" -q
    is 4
    err_has "Connection refused"
    count_is 1 "hint: " "$T/err"
    err_has "hint: the server's access list"
    # what another server has made good is not worth a word
    primary_start "$ZONE"
    zx example.com "@127.0.0.1#$CLOSED" "$S" -q
    is 0
    err_empty
}

# ---- -v ----------------------------------------------------------------------------------------

@test "-v names a server as it was given, beside its address" {
    primary_start "$ZONE"
    zx example.com "@localhost#$PORT" -4 -v
    is 0
    err_has "zxfr: localhost#$PORT (127.0.0.1#$PORT): connected in "
    err_has "zxfr: example.com: localhost#$PORT (127.0.0.1#$PORT): the zone has serial "
    err_has "zxfr: example.com: localhost#$PORT (127.0.0.1#$PORT): records 7, "
    zx example.com "$S" -v
    err_has "zxfr: 127.0.0.1#$PORT: connected in "
}

@test "-v says what became of FILE after a failure" {
    primary_start --refuse REFUSED "$ZONE"
    zx example.com "$S" -v -o zone
    is 4
    [[ $(tail -n 1 "$T/err") == "zxfr: zone: not written" && ! -e zone ]] || show
    echo "; old" >zone
    zx example.com "$S" -v -o zone
    is 4
    [[ $(tail -n 1 "$T/err") == "zxfr: zone: stays as it was" && $(<zone) == "; old" ]] || show
    zx example.com "$S" -o zone
    err_lacks "stays as it was"
    zx example.com "$S" -v
    err_lacks "not written"
    printf '@ SOA\n' >bad
    zx convert -v --origin example.com bad -o zone
    is 7
    [[ $(tail -n 1 "$T/err") == "zxfr: zone: stays as it was" && $(<zone) == "; old" ]] || show
}

@test "what is told and recorded of a signed transfer has nothing of the key" {
    # 32 octets that look like nothing else
    local secret=8f7bMk0eWq3xYtZaC5vR1uGdSiHnPjLoB2kXyTfE9wQ= file hex
    (umask 077 && echo "hmac-sha256:k.test:$secret" >key)
    primary_start --records 2 --key "hmac-sha256:k.test:$secret" "$ZONE"
    zx example.com "$S" -k key -vv --record rec --report report -o zone
    is 0
    cp "$T/err" told
    zx convert -vv rec -k key -o again
    is 0
    cp "$T/err" told.again
    hex=$(base64 -d <<<"$secret" | od -An -v -tx1 | tr -d ' \n')
    [[ ${#hex} == 64 ]]
    for file in rec report zone told told.again again; do
        # in base64, as octets and as text in hexadecimal digits; any 6 octets of it
        [[ $(grep -c "${secret:0:8}\|${secret:16:8}" "$file") == 0 ]] || show
        octets=$(od -An -v -tx1 "$file" | tr -d ' \n')
        for at in 0 12 24 36 48; do
            [[ $octets != *"${hex:$at:12}"* ]] || { echo "$file has it" && show; }
            ! grep -qi "${hex:$at:12}" "$file" || { echo "$file has it as text" && show; }
        done
    done
}

@test "-v says what --touch did" {
    primary_start "$ZONE"
    zx example.com "$S" -o file --sort
    zx example.com "$S" -o file --sort -v
    err_has "file: unchanged, left alone"
    zx example.com "$S" -o file --sort -v --touch
    err_has "file: unchanged, but for its time (--touch)"
    zx example.com "$S" -o file -v --touch --update
    err_has "file: unchanged, but for its time (--touch)"
}

@test "an older serial: the hint names --allow-older, and with it nothing has failed" {
    zone_text example.com. 1 >"$T/v1"
    zone_text example.com. 2 >"$T/v2"
    "$ZXFR" convert --sort "$T/v2" -o file
    primary_start "$T/v1"
    zx example.com "$S" -o file --update
    is 9
    err_has "the server's serial 1 is older than 2"
    err_has "hint: the server may lag behind"
    err_has "if the serial was reset on purpose, --allow-older"
    zx example.com "$S" -o file --update --allow-older
    is 0
    err_empty
    "$ZXFR" convert --sort "$T/v2" -o file
    zx example.com "$S" -o file --update --allow-older -v
    is 0
    err_has "the server's serial 1 is older than 2; it is taken if no server has a newer zone (--allow-older)"
    err_lacks hint
    err_lacks "failed"
    # a failure beside it is one
    "$ZXFR" convert --sort "$T/v2" -o file
    local old=$S
    closed_port
    zx example.com "$old" "@127.0.0.1#$CLOSED" -o file --update --allow-older
    is 0
    err_has "Connection refused"
    err_has "transferred from ${old#@}, the attempts before it failed"
}

# ---- -vv ---------------------------------------------------------------------------------------

# What dnspython finds in the messages of a recording, in the words of -vv.
judge_messages() {
    /usr/bin/python3 - "$1" <<'PYTHON'
import sys
import dns.message, dns.rcode

data = open(sys.argv[1], "rb").read()
at = data.index(b"\n") + 1
number = 0
while at < len(data):
    kind = data[at : at + 1]
    length = int.from_bytes(data[at + 9 : at + 11], "big")
    wire = data[at + 11 : at + 11 + length]
    at += 11 + length
    if kind == b">":
        number = 0
    if kind != b"<":
        continue
    number += 1
    m = dns.message.from_wire(wire, one_rr_per_rrset=True, ignore_trailing=True,
                              keyring=False, continue_on_error=True)
    words = f"message {number}: octets {length}"
    if m.rcode() != 0:
        words += ", " + dns.rcode.to_text(m.rcode())
    words += f", records {len(m.answer)}"
    if m.answer:
        words += f", {m.answer[0].name} to {m.answer[-1].name}"
    print(words)
PYTHON
}

# The lines about messages in $T/err, without the name before and what follows the owners.
told_messages() {
    grep -o 'message [0-9]*: octets .*, records .*' "$T/err" |
        sed -E 's/, (not signed|TSIG)[^,]*(, [0-9.]+ ms)?$//'
}

@test "-vv: the way there, the query and each message; the same from a recording" {
    local key=hmac-sha256:k.test:AAECAwQFBgcICQoLDA0ODw==
    (umask 077 && echo "$key" >"$T/key")
    primary_start --records 2 --key "$key" --do "unsign 2" "$ZONE"
    zx example.com "@localhost#$PORT" -4 -k "$T/key" -vv --record rec
    is 0
    err_clean
    err_has "zxfr: example.com: looked up localhost (file of hosts): 127.0.0.1#$PORT"
    grep -Eq "^zxfr: localhost#$PORT \(127.0.0.1#$PORT\): connected in [0-9.]+ ms, from 127.0.0.1#[0-9]+$" "$T/err" || show
    grep -Eq ": query: example.com. IN AXFR, id [0-9]+, no flags, EDNS 0, TSIG key k.test., octets [0-9]+$" "$T/err" || show
    grep -Eq ": message 1: .*, TSIG verified, [0-9.]+ ms$" "$T/err" || show
    grep -Eq ": message 2: .*, not signed yet, [0-9.]+ ms$" "$T/err" || show
    judge_messages rec >"$T/expected"
    [[ $(wc -l <"$T/expected") == 4 ]]
    told_messages >"$T/told"
    diff "$T/expected" "$T/told"
    local query
    query=$(grep -o 'query: .*' "$T/err")
    # from the recording, with and without the key
    zx convert -vv rec -o /dev/null
    is 0
    told_messages | diff "$T/expected" -
    err_has "zxfr: rec: $query"
    grep -Eq "^zxfr: rec: message 1: .*, TSIG not verified, [0-9.]+ ms$" "$T/err" || show
    zx convert -vv rec -k "$T/key" -o /dev/null
    is 0
    grep -Eq "^zxfr: rec: message 1: .*, TSIG verified, [0-9.]+ ms$" "$T/err" || show
    # one that has no times
    python3 - <<'PYTHON'
data = open("rec", "rb").read()
at = data.index(b"\n") + 1
out = data[:at]
while at < len(data):
    end = at + 11 + int.from_bytes(data[at + 9 : at + 11], "big")
    out += data[at : at + 1] + bytes(8) + data[at + 9 : end]
    at = end
open("still", "wb").write(out)
PYTHON
    zx convert -vv still -o /dev/null
    is 0
    told_messages | diff "$T/expected" -
    err_lacks " ms"
}

@test "-vv: what is refused, malformed or changed is told before the failure" {
    primary_start --refuse REFUSED "$ZONE"
    zx example.com "$S" -vv
    is 4
    grep -Eq ": message 1: octets [0-9]+, REFUSED, records 0, not signed, [0-9.]+ ms$" "$T/err" || show
    primary_start --records 2 --do "trailing 2 5" "$ZONE"
    zx example.com "$S" -vv
    is 6
    grep -Eq ": message 2: octets [0-9]+, malformed, [0-9.]+ ms$" "$T/err" || show
    local key=hmac-sha256:k.test:AAECAwQFBgcICQoLDA0ODw==
    (umask 077 && echo "$key" >"$T/key")
    primary_start --records 2 --key "$key" --do "signed tamper 2" "$ZONE"
    zx example.com "$S" -vv -k "$T/key"
    is 5
    grep -Eq ": message 2: octets .*, TSIG not good, " "$T/err" || show
}

@test "-vv: changes, and both sides of diff" {
    zone_text example.com. 1 >"$T/v1"
    zone_text example.com. 2 >"$T/v2"
    primary_start --older "$T/v1" "$T/v2"
    zx example.com "$S" ixfr=1 -vv
    is 0
    err_has ": query: example.com. IN IXFR since 1, id "
    zx diff example.com "$S" "$S" -vv
    is 0
    count_is 2 ": query: example.com. IN AXFR, " "$T/err"
    count_is 2 ": message 1: octets " "$T/err"
}

@test "-v tells no message, and -v -v is -vv" {
    primary_start "$ZONE"
    zx example.com "$S" -v --record rec
    is 0
    err_lacks "query: "
    err_lacks ": message 1: "
    err_lacks ", from 127.0.0.1"
    zx convert -v rec
    err_lacks ": message 1: "
    zx example.com "$S" -v -v
    err_has ": message 1: octets "
    zx example.com "$S" --verbose --verbose -q
    err_has ": message 1: octets "
}
