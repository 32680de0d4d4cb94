#!/usr/bin/env bats
# Trying again, guards, reports and recordings, and servers that nobody named.

load helper

# ---- Trying again ------------------------------------------------------------------------------

@test "--retry: all servers again after network failures" {
    primary_start --do "connection 1" --do "close -1" --do "connection 2" --do "reset 0" "$ZONE"
    zx example.com "$S" -o zone --retry 1
    is 3
    [[ ! -e zone ]]
    primary_start --do "connection 1" --do "close -1" "$ZONE"
    zx example.com "$S" -o zone --retry 1
    is 0
    whole zone
    box_holds zone
}

@test "--retry: all servers again after a quota, and after the zone has changed meanwhile" {
    primary_start --query-log "$T/log" --do "connection 1" --do "rcode 1 SERVFAIL" --do "stop 2 close" \
        --do "connection 2" --do "endserial 77" "$ZONE"
    zx example.com "$S" -o zone --retry 2
    is 0
    err_has SERVFAIL
    err_has "serial 77"
    [[ $(wc -l <"$T/log") == 3 ]]
    box_holds zone
    zx example.com "$S" -o zone --retry 0
    is 0
}

@test "--retry: what --max-time leaves no time for is told" {
    primary_start --query-log "$T/log" --do "close -1" "$ZONE"
    zx example.com "$S" -o zone --retry 3 --max-time 1
    is 3
    [[ $(wc -l <"$T/log") == 1 ]]
    err_has "example.com: not tried again (--retry): --max-time would be over before"
    zx -q example.com "$S" -o zone --retry 3 --max-time 1
    is 3
    err_lacks "not tried again"
    zx example.com "$S" -o zone
    is 3
    err_lacks "not tried again"
}

@test "--retry does not repeat what will not change, nor what is out already" {
    primary_start --refuse REFUSED --query-log "$T/log"
    zx example.com "$S" -o zone --retry 5
    is 4
    [[ $(wc -l <"$T/log") == 1 ]]
    : >"$T/log"
    write_big
    primary_start --query-log "$T/log" --do "close -100" "$BIG"
    zx example.com "$S" --retry 5
    is 3
    incomplete
    [[ $(wc -l <"$T/log") == 1 ]]
}

@test "bad counts" {
    for option in --retry --max-records --max-bytes --min-records --max-shrink; do
        for number in "" x -1 1.5 5x " 5" 99999999999999999999999999; do
            zx example.com @127.0.0.1 -o zone "$option=$number"
            usage_error "$option"
        done
    done
    zx example.com @127.0.0.1 -o zone --max-shrink 101
    usage_error --max-shrink
}

# ---- Guards ------------------------------------------------------------------------------------

@test "--max-records and --max-bytes end the run at once, exit 9" {
    primary_start --query-log "$T/log" "$ZONE"
    other=$S
    primary_start --do endless "$ZONE"
    for option in --max-records=5000 --max-bytes=1M --max-records=5k; do
        zx example.com "$S" "$other" -o zone "$option"
        is 9
        err_has "more than"
        box_holds
        zx example.com "$S" "$other" "$option"
        is 9
        incomplete
        err_clean
    done
    [[ ! -s $T/log ]]
}

@test "limits are limits, not one less" {
    primary_start "$ZONE"
    octets=$("$PRIMARY" --drain 127.0.0.1 "$PORT" example.com)
    zx example.com "$S"
    is 0
    written=$(stat -c %s "$T/out")
    ((octets < written))
    zx example.com "$S" --max-records 7 --min-records 7 --max-bytes "$written"
    is 0
    whole "$T/out"
    zx example.com "$S" --max-bytes $((written - 1))
    is 9
    err_has "more than $((written - 1)) octets to write"
    incomplete
    echo "; old" >zone
    for option in --no-progress --sort --whole "--format json" "--format jsonl"; do
        # shellcheck disable=SC2086
        zx example.com "$S" $option -o zone --max-bytes 300
        is 9
        err_has "more than 300 octets to write"
        [[ $(<zone) == "; old" ]]
        # shellcheck disable=SC2086
        zx example.com "$S" $option --max-bytes 300
        is 9
    done
    zx example.com "$S" --max-records 6
    is 9
    incomplete
    zx example.com "$S" --min-records 8
    is 9
    incomplete
    zx example.com "$S" --max-bytes $((octets - 1))
    is 9
    err_has "octets received"
}

@test "--min-records refuses a small zone; another server may have more" {
    write_big 100
    primary_start "$ZONE"
    small=$S
    primary_start "$BIG"
    echo "; old" >zone
    zx example.com "$small" -o zone --min-records 50
    is 9
    [[ $(<zone) == "; old" ]]
    zx example.com "$small" "$S" -o zone --min-records 50
    is 0
    whole zone "$BIG_RECORDS"
}

@test "--max-shrink compares with FILE" {
    write_big 93 # 100 records
    primary_start "$BIG"
    zx example.com "$S" -o zone --max-shrink 10 # no FILE: nothing to compare with
    is 0
    whole zone 100
    cp zone before
    primary_start "$ZONE"
    zx example.com "$S" -o zone --max-shrink 92
    is 9
    cmp zone before
    err_has percent
    zx example.com "$S" -o zone --max-shrink 93
    is 0
    whole zone
    # growing is no shrinking
    zx example.com "@127.0.0.1#${PORTS[0]}" -o zone --max-shrink 0
    is 0
    whole zone 100
}

@test "--max-shrink of a FILE without end line: a warning; with --strict a failure" {
    primary_start "$ZONE"
    echo "; by hand" >zone
    zx example.com "$S" -o zone --max-shrink 10 --strict
    refute test "$status" = 0
    [[ $(<zone) == "; by hand" ]]
    zx example.com "$S" -o zone --max-shrink 10
    is 0
    err_has warning
    whole zone
}

# ---- The report, the recording, --exit-code ----------------------------------------------------

@test "--report tells what happened" {
    primary_start --refuse REFUSED
    first=$S
    primary_start "$ZONE"
    zx example.com "$first" "$S" --report report
    is 0
    whole "$T/out"
    for pair in '"zone": "example.com."' '"class": "IN"' '"kind": "axfr"' '"serial": 2026112201' \
        '"records": 7' '"messages": 1' '"result": "ok"' '"exit": 0' '"result": "refused"' '"exit": 4'; do
        grep -qF "$pair" report || { cat report && show; }
    done
    grep -q "127.0.0.1#${PORTS[0]}" report
    grep -q "127.0.0.1#${PORTS[1]}" report
    for member in zone class kind server serial from to records added deleted octets messages seconds \
        tsig tls result exit attempts; do
        grep -q "^  \"$member\": " report || { echo "$member" && cat report && show; }
    done
}

@test "--report: an address that fails leaves nothing on the one that does not" {
    need_namespaces
    write_big 500
    primary_start --message-size 1000 --do "close -500" -a 127.0.0.2 "$BIG"
    primary_start -a 127.0.0.3 -p "$PORT" "$ZONE"
    printf '127.0.0.2 two.test\n127.0.0.3 two.test\n' >"$T/hosts"
    status=0
    with_hosts "$T/hosts" "$ZXFR" example.com "@two.test#$PORT" -o zone --report report \
        >"$T/out" 2>"$T/err" || status=$?
    is 0
    for pair in '  "records": 7' '  "exit": 0'; do
        grep -q "^$pair" report || { cat report && show; }
    done
    [[ $(grep -c '"error": "' report) == 1 && $(grep -c '"result": "ok"' report) == 2 ]] ||
        { cat report && show; }
}

@test "--report of failures" {
    primary_start --refuse REFUSED --ede $'18:\x1b[31m'
    zx example.com "$S" --report report
    is 4
    grep -q '^  "exit": 4' report
    grep -q '^  "result": "refused"' report
    refute grep -q '[^ -~]' report
    closed_port
    zx example.com "@127.0.0.1#$CLOSED" --report report
    is 3
    grep -q '^  "exit": 3' report
    primary_start "$ZONE"
    zx example.com "$S" --report missing/report
    is 8
    zx example.com "$S" --report /dev/full
    is 8
    write_big
    primary_start "$BIG"
    status=0
    "$ZXFR" example.com "$S" --report report >/dev/full 2>"$T/err" || status=$?
    is 8
    grep -q '^  "exit": 8' report
}

@test "--report after a signal" {
    primary_start --do "stall 0" "$ZONE"
    zx_start example.com "$S" -o zone --report report
    eventually test -e .zone.zxfr
    sleep 0.1
    kill -INT "$ZX_PID"
    zx_wait
    is 130
    grep -q '^  "exit": 130' report
    grep -q '^  "result": "signal"' report
    box_holds report
}

@test "--report of names that are no UTF-8" {
    primary_start "$ZONE"
    zx example.com "$S" -o $'missing\xff/zone' --report report
    is 8
    grep -q '"message": ".*missing?/' report || { cat report && show; }
}

@test "the zone, the recording and the report go to three files" {
    primary_start "$ZONE"
    echo "; old" >zone
    ln -s zone link
    ln zone second
    for option in --record --report; do
        for file in zone ./zone link second .zone.zxfr; do
            zx example.com "$S" -o zone $option "$file"
            is 2
            err_has "$file would hold both"
            [[ $(<zone) == "; old" ]]
        done
        zx example.com "$S" -o new $option new
        is 2
        zx example.com "$S" $option "$T/out"
        is 2
        zx example.com "$S" -o /dev/null $option /dev/null
        is 0
    done
    zx example.com "$S" --report -
    is 2
    zx example.com "$S" --report both --record both
    is 2
    box_holds link second zone
    # nor does one of the others replace a zone that is there, such as a backup of another one
    zx example.com "$S" -o backup
    is 0
    cp backup "$T/backup"
    for option in --record --report --diff-to; do
        zx example.com "$S" -o zone --update $option backup
        is 2
        err_has "$option: backup holds a zone"
        cmp backup "$T/backup"
        [[ $(<zone) == "; old" ]]
    done
    mkdir d
    for option in --report --metrics; do
        zx sync example.com "$S" -d d $option backup
        is 2
        cmp backup "$T/backup"
    done
}

# Whatever they are for, and where one of them is not there yet.
@test "an output is none of the other files of a run: exit 2, and nothing changes" {
    primary_start --query-log "$T/log" "$ZONE"
    printf 'key "a.key." { algorithm hmac-sha256; secret "AAAA"; };\n' >key
    chmod 600 key
    echo "certificates" >ca
    zx example.com "$S" -o zone --sort
    is 0
    echo "; old" >c
    sha256sum key ca zone c >"$T/before"
    : >"$T/log"
    both() {
        zx example.com "$S" "$@"
        usage_error "would hold both"
    }
    overwritten() {
        zx example.com "$S" "$@"
        usage_error "would be overwritten"
    }
    both -o new --report ./new
    both -o zone --update --diff-to ./c --report c
    both -o zone --update --diff-to ./zone
    both -o zone --update --diff-to new --record ../box/new
    overwritten -k key -o key
    overwritten -k ./key -o zone --report key
    overwritten --record key -k key
    overwritten --server-key "${S#@}=key" -o ../box/key
    overwritten --tls-ca ca -o ca
    overwritten --tls-cert ca -o ca
    overwritten --tls-cert c --tls-key ca -o zone --record ./ca
    zx diff zone "example.com$S" -k key -o key
    usage_error "would be overwritten"
    zx convert zone -k key -o ./key
    usage_error "would be overwritten"
    # what is compared is not what a comparison may replace
    zx diff zone "example.com$S" -o zone
    usage_error "zone is the zone OLD, and would be overwritten"
    zx diff -o ../box/zone c zone
    usage_error "zone is the zone NEW, and would be overwritten"
    zx convert zone -o ./zone --sort # what was read whole may be replaced
    is 0
    [[ ! -s $T/log ]]
    sha256sum --quiet -c "$T/before"
    box_holds c ca key zone
}

@test "a recording that cannot be written leaves the mark on stdout" {
    write_big
    primary_start "$BIG"
    mkdir $'new\nline'
    status=0
    (ulimit -f 100 && exec "$ZXFR" example.com "$S" --record $'new\nline/recording') 2>"$T/err" |
        cat >"$T/out" || true
    incomplete
    out_has "cannot write new?line/recording"
    [[ $(wc -l <"$T/out") -gt 100 && $(grep -c '^;' "$T/out") == 1 ]]
}

@test "a limit on the size of files is an error of the output" {
    write_big
    primary_start "$BIG"
    (ulimit -f 100 && exec "$ZXFR" example.com "$S" -o zone) 2>"$T/err" || status=$?
    is 8
    box_holds
}

@test "--record keeps the conversation, of failures too" {
    primary_start --do "connection 1" --do "close -20" "$ZONE"
    zx example.com "$S" --record recording
    is 3
    head -n 1 recording | grep -qa '^zxfr-recording 1 example.com. IN [0-9]*$'
    [[ $(stat -c %s recording) -gt 100 ]]
    zx example.com "$S" --record recording
    is 0
    [[ $(grep -ac zxfr-recording recording) == 1 ]]
    [[ $(stat -c %a recording) == 600 ]]
    zx example.com "$S" --record missing/recording
    is 8
    zx example.com "$S" --record /dev/full -o zone
    is 8
}

@test "--exit-code: 0 unchanged, 1 replaced" {
    primary_start "$ZONE"
    zx example.com "$S" -o zone --exit-code
    is 1
    whole zone
    zx example.com "$S" -o zone --exit-code
    is 0
    err_empty
    zone_text example.com. 7 >"$T/new"
    primary_start "$T/new"
    zx example.com "$S" -o zone --exit-code
    is 1
    primary_start --refuse REFUSED
    zx example.com "$S" -o zone --exit-code
    is 4
}

# ---- Without a server --------------------------------------------------------------------------

@test "no server given and no resolver: exit 3" {
    need_namespaces
    echo "127.0.0.1 localhost" >"$T/hosts"
    status=0
    with_hosts "$T/hosts" timeout 60 "$ZXFR" example.com -o zone >"$T/out" 2>"$T/err" || status=$?
    is 3
    err_has servers
    err_clean
    box_holds
    status=0
    with_hosts "$T/hosts" timeout 60 "$ZXFR" example.com >"$T/out" 2>"$T/err" || status=$?
    is 3
    incomplete
}
