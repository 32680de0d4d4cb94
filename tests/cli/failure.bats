#!/usr/bin/env bats
# Transfers that fail: exit status, words, and what of several servers is tried.

load helper

# One failing transfer: the commands for the server, the exit status, and words of the message.
fails() {
    local wanted=$1 words=$2 command
    local options=()
    shift 2
    for command; do options+=(--do "$command"); done
    primary_start --records 2 "${options[@]}" "$ZONE"
    zx example.com "$S" --idle-timeout 1 --connect-timeout 1
    is "$wanted"
    err_has "127.0.0.1#$PORT"
    err_has "$words"
    err_clean
    incomplete
    kill "${PIDS[-1]}"
}

# ---- The server says no ------------------------------------------------------------------------

@test "every RCODE is named, exit 4" {
    for rcode in FORMERR SERVFAIL NXDOMAIN NOTIMP REFUSED YXDOMAIN YXRRSET NXRRSET NOTAUTH NOTZONE; do
        primary_start --refuse "$rcode"
        zx example.com "$S"
        is 4
        err_has "127.0.0.1#$PORT"
        err_has "$rcode"
        err_clean
        incomplete
        kill "${PIDS[-1]}"
    done
    for rcode in 11 15; do
        primary_start --refuse "$rcode"
        zx example.com "$S"
        is 4
        err_has "RCODE $rcode"
    done
    primary_start --refuse 16
    zx example.com "$S"
    is 4
    err_has BADVERS
    primary_start --refuse 23
    zx example.com "$S"
    is 4
    err_has BADCOOKIE
    primary_start --refuse 3841
    zx example.com "$S"
    is 4
    err_has 3841
}

@test "there is a hint for the usual refusals" {
    for rcode in SERVFAIL NXDOMAIN NOTIMP REFUSED NOTAUTH; do
        primary_start --refuse "$rcode"
        zx example.com "$S"
        is 4
        count_is 1 "hint: " "$T/err"
    done
    primary_start "$ZONE"
    zx example.net "$S"
    is 4
    err_has NOTAUTH
}

@test "extended errors are named" {
    primary_start --refuse REFUSED --ede "18:not on Sundays"
    zx example.com "$S"
    is 4
    err_has REFUSED
    err_has 18
    err_has Prohibited
    err_has "not on Sundays"
    primary_start --refuse SERVFAIL --ede 4711
    zx example.com "$S"
    is 4
    err_has 4711
    primary_start --refuse REFUSED --ede "20"
    zx example.com "$S"
    err_has "Not Authoritative"
}

@test "a server's words cannot control the terminal" {
    primary_start --refuse REFUSED --ede $'18:\x1b]0;owned\x07\x1b[2J\r\n\x9b31mred\xc2\x9b\x7f'
    for option in -4 -v --progress; do
        zx example.com "$S" "$option" --no-progress
        is 4
        err_has owned
        err_clean
    done
    primary_start --refuse REFUSED --ede "18:$(printf 'long %.0s' {1..2000})"
    zx example.com "$S"
    is 4
    err_clean
}

@test "a zone name with control characters stays escaped everywhere" {
    zone_text '\027[31m\007.' >"$T/odd.zone"
    primary_start --do "connection 2" --do "endserial 7" --do "connection 3" --do "outofzone" "$T/odd.zone"
    zx '\027[31m\007' "$S" -v
    is 0
    refute grep -qa $'[\x01-\x08\x0b-\x1f\x7f]' "$T/out"
    err_clean
    zx '\027[31m\007' "$S" -v
    is 6
    refute grep -qa $'[\x01-\x08\x0b-\x1f\x7f]' "$T/out"
    err_clean
    zx '\027[31m\007' "$S" -v
    is 0
    err_clean
}

@test "an error RCODE in the middle" {
    fails 4 SERVFAIL "rcode 2 SERVFAIL"
    err_has "message 2"
    fails 4 REFUSED "rcode last REFUSED"
}

@test "a server from before EDNS is asked again without it" {
    primary_start --query-log "$T/log" --no-edns "$ZONE"
    zx example.com "$S" -v
    is 0
    err_has "without EDNS"
    whole "$T/out"
    [[ $(wc -l <"$T/log") == 2 ]]
    sed -n 1p "$T/log" | grep -q '^.\{20\}0001.*000029' || cat "$T/log"
    sed -n 2p "$T/log" | grep -q '^.\{20\}0000.*00fc0001$' || cat "$T/log"
    : >"$T/log"
    primary_start --refuse FORMERR --query-log "$T/log"
    zx example.com "$S"
    is 4
    err_has FORMERR
    [[ $(wc -l <"$T/log") == 2 ]]
}

@test "what others say never stands in the end line as if it were ours" {
    local line='; zxfr end: example.com. IN serial 2026112201 records 2' format
    primary_start --refuse SERVFAIL --ede "0:$line" "$ZONE"
    for format in zone json jsonl; do
        zx example.com "$S" -f "$format"
        is 4
        out_lacks "zxfr end"
        err_has "the server answered SERVFAIL; extended error 0 (Other): \"$line\""
        [[ $format == json ]] || incomplete
    done
    zx example.com "$S" -o file --report report
    is 4
    python3 -c 'import json, sys
says = json.load(open("report"))["attempts"][0]["message"]
sys.exit(not says.endswith(": \"" + sys.argv[1] + "\""))' "$line"
    # in the middle of a zone
    primary_start --records 2 --ede "0:$line" --do "rcode 2 REFUSED" "$ZONE"
    zx example.com "$S"
    is 4
    [[ $(tail -n 1 "$T/out") == "; zxfr INCOMPLETE: message 2: the server answered REFUSED; extended error 0 (Other)" ]]
    # a file of that name
    echo "example.com. 300 IN A 192.0.2.x" >"zxfr end: x"
    zx convert "zxfr end: x"
    is 7
    out_lacks "zxfr end"
    incomplete
    # what the end line of a file says
    printf 'example.com. 300 IN SOA a. b. 1 2 3 4 5\n; zxfr INCOMPLETE: \033[2J%s\n' "$line" >part
    for format in zone json; do
        zx convert --accept-incomplete part -f "$format"
        is 0
        refute grep -q '^; zxfr end' "$T/out"
        refute grep -q '[^ -~]' <(tr -d '\t' <"$T/out")
    done
    zx convert --accept-incomplete part
    out_lacks "zxfr end"
}

# ---- The network -------------------------------------------------------------------------------

@test "nobody listens" {
    closed_port
    zx example.com "@127.0.0.1#$CLOSED"
    is 3
    err_has "127.0.0.1#$CLOSED"
    err_has "Connection refused"
    err_has hint
    incomplete
}

@test "no such host" {
    need_namespaces
    echo "127.0.0.1 localhost" >"$T/hosts"
    status=0
    LIMIT=60 with_hosts "$T/hosts" "$ZXFR" example.com @ns.invalid >"$T/out" 2>"$T/err" || status=$?
    is 3
    err_has ns.invalid
    err_clean
    for name in "$(printf 'a%.0s' {1..64}).invalid" $'n\x1b[31ms.invalid'; do # what cannot be one is not asked for
        status=0
        with_hosts "$T/hosts" "$ZXFR" example.com "@$name" >"$T/out" 2>"$T/err" || status=$?
        is 2
        err_clean
    done
}

# A server that stands still takes connections until its queue is full; then the system drops what
# comes, as a firewall would.
silent_server() {
    primary_start "$ZONE"
    kill -STOP "${PIDS[-1]}"
    bash -c 'for i in {1..400}; do exec {fd}<>"/dev/tcp/127.0.0.1/$0"; echo "$i"; done' "$PORT" \
        >"$T/opened" 3>&- &
    PIDS+=($!)
    local before=-1
    while [[ $(wc -l <"$T/opened") != "$before" ]]; do
        before=$(wc -l <"$T/opened")
        sleep 0.2
    done
    [[ $before -gt 0 && $before -lt 400 ]]
}

@test "no answer to the attempt to connect: --connect-timeout" {
    silent_server
    silent=$S
    began=$(date +%s)
    zx example.com "$silent" --connect-timeout 1
    is 3
    [[ $(($(date +%s) - began)) -le 4 ]]
    err_has "$PORT"
    err_has --connect-timeout
    incomplete
    # the next server is not asked later than that
    primary_start "$ZONE"
    zx example.com "$silent" "$S" --connect-timeout 1s
    is 0
    whole "$T/out"
    zx example.com "$silent" "$S" --connect-timeout 1m --max-time 1
    is 3
    err_has --max-time
}

@test "accepted, never answered" {
    primary_start --do "stall 0" "$ZONE"
    for option in --answer-timeout --idle-timeout; do # the latter holds for the first octet, too
        SECONDS=0
        zx example.com "$S" "$option" 1
        is 3
        ((SECONDS <= 4))
        err_has ": accepted, then nothing for 1 s"
        err_has "--answer-timeout waits longer"
        incomplete
    done
    SECONDS=0
    zx example.com "$S" --answer-timeout 3 --idle-timeout 1
    is 3
    ((SECONDS >= 3))
}

@test "an answer that has begun may pause for longer than it may take to begin" {
    # the first octet comes at once, the rest of its message later
    primary_start --do "delay 1 2500" "$ZONE"
    zx example.com "$S" --answer-timeout 1
    is 0
    whole "$T/out"
    zx example.com "$S" --answer-timeout 1 --idle-timeout 1
    is 3
    err_has ": nothing for 1 s"
    err_has "--idle-timeout waits longer"
}

@test "both sides of a diff at one dead server: its silence is waited for once" {
    primary_start --do "stall 0" "$ZONE"
    SECONDS=0
    zx diff example.com "$S" "$S" --answer-timeout 3
    is 3
    ((SECONDS < 6))
    err_has OLD
}

# A server whose n-th connection meets the fault at octet n - 1 of its answer.
faulty_at_every_octet() {
    local at
    for ((at = 0; at < $2; at++)); do
        printf 'connection %d\n%s %d\n' $((at + 1)) "$1" "$at"
    done >"$T/script"
    primary_start --records 3 --script "$T/script" "$ZONE"
}

# One transfer of those; prints what is wrong with it.
octet_fails() {
    local status=0 out=$T/out.$1
    timeout 60 "$ZXFR" example.com "$S" --idle-timeout 1 >"$out" 2>"$out.err" </dev/null || status=$?
    [[ $status == 3 ]] || echo "run $1: exit $status: $(<"$out.err")"
    [[ $(tail -n 1 "$out") == "; zxfr INCOMPLETE: "* ]] || echo "run $1: $(tail -n 1 "$out")"
    [[ $(<"$out.err") == "zxfr: example.com: 127.0.0.1#$PORT: "* ]] || echo "run $1: $(<"$out.err")"
    if grep -q 'zxfr end:' "$out"; then
        echo "run $1: an end line"
    fi
}

@test "the end, a reset and silence at every octet" {
    local opt=11 fault i # the query of zxfr has an OPT record, and so has the answer
    primary_start --records 3 "$ZONE"
    size=$(($("$PRIMARY" --drain 127.0.0.1 "$PORT" example.com) + opt))
    for fault in close reset stall; do
        runs=()
        faulty_at_every_octet "$fault" "$size"
        for ((i = 0; i < size; i++)); do
            octet_fails "$i" >>"$T/wrong" 3>&- &
            runs+=($!)
            # what waits for a timeout costs no processor time
            if ((${#runs[@]} == 60)); then
                wait "${runs[@]}"
                runs=()
            fi
        done
        [[ ${#runs[@]} == 0 ]] || wait "${runs[@]}"
        if [[ -s $T/wrong ]]; then
            echo "$fault:" && cat "$T/wrong"
            return 1
        fi
        # one more octet than that, and all is there
        zx example.com "$S"
        is 0
        whole "$T/out"
        kill "${PIDS[-1]}"
    done
}

@test "an end, a reset or silence once everything is there" {
    local last
    for fault in close reset stall; do
        primary_start --records 3 --do "stop 4 $fault" "$ZONE"
        zx example.com "$S" --idle-timeout 1
        is 0
        whole "$T/out"
        for last in -1 -2 -3; do
            fails 3 "" "$fault $last"
        done
    done
}

@test "the end after the last octet is the end of a whole zone" {
    for command in "split 1" "split 7" "trickle 20 1" "delay 100 200"; do
        primary_start --do "$command" "$ZONE"
        zx example.com "$S"
        is 0
        whole "$T/out"
    done
}

@test "a server that trickles is not idle, but --max-time ends it" {
    primary_start --do "trickle 4 50" "$ZONE"
    zx example.com "$S" --idle-timeout 1
    is 0
    whole "$T/out"
    zx example.com "$S" --max-time 1
    is 3
    err_has --max-time
    incomplete
}

@test "--max-time ends an endless fast stream" {
    primary_start --do endless "$ZONE"
    began=$(date +%s)
    status=0
    timeout 30 "$ZXFR" example.com "$S" --max-time 1 2>"$T/err" | tail -n 1 >"$T/out" ||
        status=${PIPESTATUS[0]}
    status=0
    timeout 30 "$ZXFR" example.com "$S" --max-time 1 >/dev/null 2>"$T/err" || status=$?
    is 3
    [[ $(($(date +%s) - began)) -le 10 ]]
    err_has --max-time
    out_has INCOMPLETE
}

@test "--max-time ends the run: no other server is tried" {
    primary_start --do "stall 0" "$ZONE"
    first=$S
    primary_start --query-log "$T/log" "$ZONE"
    zx example.com "$first" "$S" --max-time 1
    is 3
    err_has --max-time
    [[ ! -s $T/log ]]
}

@test "--max-time holds where the reader of the output is stuck" {
    write_big
    primary_start "$BIG"
    mkfifo pipe
    sleep 60 <>pipe 3>&- &
    PIDS+=($!)
    LIMIT=20 zx example.com "$S" -o pipe --max-time 1
    is 8
    err_has --max-time
    mkfifo lonely
    LIMIT=20 zx example.com "$S" -o lonely --max-time 1
    is 8
    err_has --max-time
}

# ---- Broken answers ----------------------------------------------------------------------------

@test "transfers that are no zone: exit 6" {
    fails 6 "not a SOA" nosoa
    fails 6 "serial" "endserial 99"
    fails 6 "SOA" "soa middle"
    fails 6 "SOA" "soa other"
    fails 6 "class" "class 32"
    fails 6 "type" "meta ANY"
    fails 6 "type" "meta OPT"
    fails 6 "question" noquestion
    fails 6 "question" "question 1 name"
    fails 6 "question" "question 1 type"
    fails 6 "question" "question 1 class"
    fails 6 "question" "question 1 count"
    fails 6 "question" "question 2 name"
    fails 6 "message 1: message ID" "id 1"
    fails 6 "message 2: message ID" "id 2"
    fails 6 "query" "qr 1"
    fails 6 "query" "qr 2"
    fails 6 "opcode 4" "opcode 1 4"
    fails 6 "truncated" "tc 1"
    fails 6 "truncated" "tc last"
    fails 6 "message 2" "trailing 2 5"
    fails 6 "length 0" "zero 1"
    fails 6 "length 0" "zero 2"
    fails 6 "message 1" "garbage 1"
    fails 6 "message 2" "garbage 2"
    fails 6 "length 5" "frame 2 5"
}

@test "records after the end" {
    primary_start --do "after end" "$ZONE"
    zx example.com "$S"
    is 6
    err_has "after the SOA"
    incomplete
}

@test "the SOA again within the zone" {
    # the same SOA ends the zone, so what follows it is too much
    fails 6 "" "soa same"
}

@test "an end that never comes" {
    fails 3 "nothing for 1 s, after 306 octets" noend
}

@test "length prefixes that lie" {
    fails 6 "" "frame 1 40"
    fails 3 "" "frame last 4000"
}

@test "names the message in which it happened" {
    fails 6 "message 3" "id 3"
    fails 4 "message 3" "rcode 3 REFUSED"
}

@test "a signed answer to an unsigned query: exit 5" {
    # response, one question, one additional record: TSIG of k., hmac-sha256, MAC of 32 octets
    local message=id84000001000000000001 tsig
    tsig=016b0000fa00ff00000000003d0b686d61632d73686132353600000000000000012c0020
    message+=076578616d706c6503636f6d0000fc0001
    message+=$tsig$(printf '00%.0s' {1..32})000000000000
    primary_start --do "insert 1 $message" "$ZONE"
    zx example.com "$S"
    is 5
    err_has TSIG
    incomplete
}

@test "an empty answer" {
    primary_start --do "insert 1 id84000001000000000000076578616d706c6503636f6d0000fc0001" "$ZONE"
    zx example.com "$S"
    is 6
    err_has "no records"
}

# ---- Warnings ----------------------------------------------------------------------------------

@test "records outside the zone are left out, with one warning" {
    primary_start --do outofzone "$ZONE"
    zx example.com "$S"
    is 0
    whole "$T/out"
    count_is 1 warning "$T/err"
    [[ $(wc -l <"$T/err") == 1 ]] || show
    err_has "127.0.0.1#$PORT"
    err_has outside
    err_clean
}

@test "-q silences warnings, not errors" {
    primary_start --do outofzone "$ZONE"
    zx example.com "$S" -q
    is 0
    err_empty
    primary_start --refuse REFUSED
    zx example.com "$S" -q
    is 4
    err_has REFUSED
}

@test "--strict makes a failure of a warning" {
    for command in outofzone "authority 1" "additional 2"; do
        primary_start --records 2 --do "$command" "$ZONE"
        zx example.com "$S"
        is 0
        whole "$T/out"
        count_is 1 warning "$T/err"
        zx example.com "$S" --strict
        is 6
        err_has strict
        incomplete
    done
    primary_start "$ZONE"
    zx example.com "$S" --strict
    is 0
}

@test "many cases of a warning are one line with a count" {
    {
        zone_text example.com.
        for i in {1..300}; do echo "twice $i IN A 192.0.2.$((i % 250))"; done
    } >"$T/ttl.zone"
    primary_start "$T/ttl.zone"
    zx example.com "$S"
    is 0
    [[ $(wc -l <"$T/err") -le 10 ]] || show
    err_has more
}

@test "AA cleared is no warning; -v counts it" {
    primary_start --do "aa off" "$ZONE"
    zx example.com "$S"
    is 0
    err_empty
    zx example.com "$S" -v
    is 0
    err_has AA
}

@test "warnings of an attempt that failed are not those of the one that worked" {
    primary_start --do outofzone --do "close -1" "$ZONE"
    first=$S
    primary_start "$ZONE"
    zx example.com "$first" "$S" -o zone
    is 0
    whole zone
    err_lacks outside
}

# ---- What -v tells -----------------------------------------------------------------------------

@test "-v: connected, serial, records, messages, octets" {
    primary_start --records 2 "$ZONE"
    octets=$("$PRIMARY" --drain 127.0.0.1 "$PORT" example.com)
    zx example.com "$S" -v
    is 0
    whole "$T/out"
    err_has connected
    err_has "serial 2026112201"
    err_has "records 7"
    err_has "messages 4"
    err_clean
    # the reader to nowhere asks without EDNS: an OPT of 11 octets in each message less
    refute [ "$(sed -n 's/.*octets \([0-9]*\),.*/\1/p' "$T/err")" -lt "$octets" ]
    zx example.com "$S" -v -o zone
    is 0
    err_has written
}

@test "a successful transfer says nothing" {
    primary_start "$ZONE"
    zx example.com "$S"
    err_empty
    zx example.com "$S" -o zone
    err_empty
    zx example.com "$S" -o zone
    err_empty
}

@test "a server is called as it was written, once" {
    primary_start --refuse REFUSED
    zx example.com "@127.0.0.1:$PORT"
    err_has "127.0.0.1"
    refute grep -q "127.0.0.1.*127.0.0.1" "$T/err"
    zx example.com "@localhost#$PORT" -4
    err_has "localhost#$PORT (127.0.0.1#$PORT)"
}

# A mail of cron may be of a loop over many zones.
@test "whatever fails, each line tells the zone, and once" {
    local refused broken words
    primary_start --refuse REFUSED
    refused=$S
    primary_start --do "rcode 1 SERVFAIL" "$ZONE"
    broken=$S
    primary_start --do outofzone "$ZONE"
    tells_zone() {
        for words in "$@"; do
            # shellcheck disable=SC2086
            zx $words
            grep -v '^zxfr: hint: ' "$T/err" >said || show
            refute grep -Ev '^zxfr: ((OLD|NEW): )?example\.com: ' said || show
            refute grep -E 'example\.com: (.*: )?example\.com: ' said || show
        done
    }
    tells_zone "example.com $refused" "example.com $refused $broken -q" "example.com $refused $broken" \
        "example.com $refused $S" "example.com $S --min-records 100" "example.com $S -o no/such" \
        "example.com $S --strict" "example.com $refused --retry 1" "catalog example.com$refused" \
        "catalog example.com$S" "check -q example.com$refused" "diff example.com $refused $broken" \
        "diff example.com$S example.com$broken" "example.com $broken -o file --update -q"
    status=0
    "$ZXFR" example.com "$S" -q 2>"$T/err" >/dev/full || status=$?
    is 8
    err_has "zxfr: example.com: cannot write standard output: No space left on device"
    # What is wrong with the command line is not about the zone.
    zx example.com "$S" -k none
    is 2
    err_has "zxfr: cannot read none: "
}

# ---- Several servers ---------------------------------------------------------------------------

@test "the first refuses, the second works" {
    primary_start --refuse REFUSED
    first=$S
    primary_start "$ZONE"
    for words in "" "-o zone" "--whole"; do
        rm -f zone
        # shellcheck disable=SC2086
        zx example.com "$first" "$S" $words
        is 0
        err_has "127.0.0.1#${PORTS[0]}"
        err_has REFUSED
        [[ ! -e zone ]] || cp zone "$T/out"
        whole "$T/out"
    done
}

@test "the first works, the second is not asked" {
    primary_start --query-log "$T/log" "$ZONE"
    second=$S
    primary_start "$ZONE"
    zx example.com "$S" "$second"
    is 0
    whole "$T/out"
    [[ ! -s $T/log ]]
}

@test "nobody, nowhere, silence, and then the zone" {
    closed_port
    primary_start --do "stall 0" "$ZONE"
    silent=$S
    primary_start --do "close 0" "$ZONE"
    shut=$S
    primary_start "$ZONE"
    zx example.com "@127.0.0.1#$CLOSED" "$silent" "$shut" "$S" --idle-timeout 1
    is 0
    whole "$T/out"
}

@test "records that are out cannot be taken back: no second attempt on a streaming stdout" {
    write_big
    primary_start --do "close -100" "$BIG"
    first=$S
    primary_start --query-log "$T/log" "$BIG"
    zx example.com "$first" "$S"
    is 3
    incomplete
    [[ ! -s $T/log ]]
}

@test "-o and --whole start again at any point" {
    write_big
    primary_start --do "close -100" "$BIG"
    first=$S
    primary_start "$BIG"
    zx example.com "$first" "$S" -o zone
    is 0
    out_empty
    whole zone "$BIG_RECORDS"
    zx example.com "$first" "$S" --whole
    is 0
    cmp "$T/out" zone
    box_holds zone
}

@test "a shorter zone after a longer broken attempt" {
    write_big
    primary_start --do "close -100" "$BIG"
    first=$S
    primary_start "$ZONE"
    zx example.com "$first" "$S" -o zone
    is 0
    whole zone
    zx example.com "$first" "$S" --whole
    is 0
    whole "$T/out"
}

@test "a broken answer and a changed serial are worth another server" {
    for command in "endserial 7" "id 2" "garbage 2" "rcode 2 REFUSED" nosoa; do
        primary_start --records 2 --do "$command" "$ZONE"
        first=$S
        primary_start "$ZONE"
        zx example.com "$first" "$S" -o zone
        is 0
        whole zone
        rm zone
    done
}

@test "all fail in different ways: the worst is the exit status" {
    local tsig message=id84000001000000000001
    tsig=016b0000fa00ff00000000003d0b686d61632d73686132353600000000000000012c0020
    message+=076578616d706c6503636f6d0000fc0001$tsig$(printf '00%.0s' {1..32})000000000000
    closed_port
    network=@127.0.0.1#$CLOSED
    primary_start --refuse REFUSED
    refused=$S
    primary_start --do "id 1" "$ZONE"
    protocol=$S
    primary_start --do "insert 1 $message" "$ZONE"
    authentication=$S
    while read -r wanted servers; do
        # shellcheck disable=SC2086
        zx example.com $servers
        is "$wanted"
        incomplete
        count_is 1 "not transferred" "$T/err"
    done <<LIST
4 $network $refused
4 $refused $network
6 $network $protocol $refused
6 $protocol $refused $network
6 $refused $network $protocol
5 $network $refused $protocol $authentication
5 $authentication $protocol $refused $network
3 $network $network
LIST
    # every attempt is told
    zx example.com "$network" "$refused" "$protocol" "$authentication"
    for port in "$CLOSED" "${PORTS[@]}"; do
        err_has "127.0.0.1#$port"
    done
}

@test "a failing output ends the run: no other server is tried" {
    write_big
    primary_start "$BIG"
    first=$S
    primary_start --query-log "$T/log" "$BIG"
    status=0
    "$ZXFR" example.com "$first" "$S" >/dev/full 2>"$T/err" || status=$?
    is 8
    [[ ! -s $T/log ]]
}

@test "a name with two addresses: the next one is tried" {
    need_namespaces
    # c-ares 1.34 takes two names that share an address for one host.
    printf '::1 both.test\n127.0.0.1 both.test\n127.0.0.3 four.test\n' >"$T/hosts"
    primary_start "$ZONE"
    status=0
    with_hosts "$T/hosts" "$ZXFR" example.com "@both.test#$PORT" -v >"$T/out" 2>"$T/err" || status=$?
    is 0
    whole "$T/out"
    status=0
    with_hosts "$T/hosts" "$ZXFR" example.com "@both.test#$PORT" -6 >"$T/out" 2>"$T/err" || status=$?
    is 3
    err_has "both.test#$PORT"
    err_has "::1#$PORT"
    primary_start -a ::1 -p "$PORT" "$ZONE"
    status=0
    with_hosts "$T/hosts" "$ZXFR" example.com "@both.test#$PORT" -6 >"$T/out" 2>"$T/err" || status=$?
    is 0
    status=0
    with_hosts "$T/hosts" "$ZXFR" example.com "@four.test#$PORT" -6 >"$T/out" 2>"$T/err" || status=$?
    is 3
    status=0
    with_hosts "$T/hosts" "$ZXFR" example.com "@both.test#$PORT" -b 127.0.0.2 >"$T/out" 2>"$T/err" ||
        status=$?
    is 0
}
