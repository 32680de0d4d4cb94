#!/usr/bin/env bats
# The command watch: its words; when it looks, and what it says of zones that fail, come back, expire.
# When a zone is due is in tests/unit/test_schedule.c, which has a clock of its own.
# shellcheck disable=SC2046 # names of zones are words

load helper
load sync
load watch

many() { for i; do NAME "$i" && echo; done; }

# ---- Words -------------------------------------------------------------------------------------

@test "words that are not for watch, and those that cannot be right" {
    manyzones_start --zones 3
    mkdir d
    for words in --dry-run -n --recheck --exit-code; do
        zx watch "$(NAME 0)" "$S" -d d "$words"
        usage_error "watch"
    done
    printf '%s\n' "$(NAME 0)" >list
    zx_stdin list watch --list - "$S" -d d
    usage_error "--list: watch reads the list again on SIGHUP"
    zx watch "$(NAME 0)" "$S" -d d --min-refresh 0
    usage_error "--min-refresh"
    zx watch "$(NAME 0)" "$S" -d d --min-refresh 0.5
    usage_error "--min-refresh"
    zx watch "$(NAME 0)" "$S" -d d --min-refresh 10s --max-refresh 9s
    usage_error "--min-refresh is longer than --max-refresh"
    zx watch "$(NAME 0)" "$S" -d d --max-refresh 30s # below the default of the other
    usage_error "--min-refresh is longer than --max-refresh"
    zx watch "$(NAME 0)" "$S" -d d --allow-notify 192.0.2.0/24
    usage_error "--allow-notify needs --listen"
    for bad in 192.0.2.1/24 192.0.2.0/33 2001:db8::1/32 192.0.2/24 localhost / 1.2.3.4/ 1.2.3.4/-1 ::/129; do
        zx watch "$(NAME 0)" "$S" -d d --listen 127.0.0.1#5300 --allow-notify "$bad"
        usage_error "--allow-notify"
    done
    for bad in localhost 127.0.0.1#0x 127.0.0.1#65536 127.0.0.1# "" "#53" 300.0.0.1 ::1%nowhere0; do
        zx watch "$(NAME 0)" "$S" -d d --listen "$bad"
        usage_error "--listen"
    done
    zx sync "$(NAME 0)" "$S" -d d --listen 127.0.0.1#5300
    usage_error "--listen"
    zx watch "$S" -d d
    usage_error "no zones given"
    [[ $(manyzones_count soa) == 0 && $(manyzones_count axfr) == 0 && $(manyzones_count connections) == 0 ]]
    names_are
}

@test "an address that is in use, or is nobody's here" {
    manyzones_start --zones 1
    mkdir d
    zx watch "$(NAME 0)" "$S" -d d --listen "127.0.0.1#$PORT" # the server's, over TCP
    is 3
    err_has "127.0.0.1#$PORT" "Address already in use" "--listen"
    err_clean
    zx watch "$(NAME 0)" "$S" -d d --listen "192.0.2.1#5300"
    is 3
    err_has "192.0.2.1#5300" "Cannot assign requested address"
    [[ $(manyzones_count soa) == 0 && $(manyzones_count axfr) == 0 && $(manyzones_count connections) == 0 ]]
    names_are
}

@test "metrics or a report that cannot be made" {
    mkdir d
    for option in --metrics --report; do
        zx watch "$(NAME 0)" @127.0.0.1#9 -d d "$option" nowhere/file
        is 8
        err_has nowhere/
    done
    [[ -z $(ls -A d) ]]
}

@test "a second one in the same folder" {
    manyzones_start --zones 1
    mkdir d
    watch_start "$(NAME 0)" "$S" -d d
    status=0
    "$ZXFR" watch "$(NAME 0)" "$S" -d d >"$T/out2" 2>"$T/err2" </dev/null || status=$?
    [[ $status == 8 ]]
    cat "$T/err2"
    has "$T/err2" "another run"
    status=0
    "$ZXFR" sync "$(NAME 0)" "$S" -d d >"$T/out2" 2>"$T/err2" </dev/null || status=$?
    [[ $status == 8 ]]
    watch_end
}

# ---- Looks -------------------------------------------------------------------------------------

# The gaps between the questions for the SOA of a zone, in milliseconds.
gaps() { awk -v zone="$1" '$2 == "SOA" && $3 == zone { if (last) print $1 - last; last = $1 }' "$T/log"; }
# Each is at least 3/4 of the time, and at least so many of them are not much longer than it.
gaps_are() {
    gaps "$1" | tee gaps | awk -v ms="$2" '$1 < ms * 3 / 4 - 5 { exit 1 }' || { cat gaps && return 1; }
}

@test "a zone is looked at when its SOA says so, between the limits, and nothing else is asked" {
    manyzones_start --zones 3 --serial 7 --refresh 2 --retry 1 --expire 100 --log "$T/log"
    mkdir d
    watch_start $(many 0 1 2) "$S" -d d --min-refresh 1s
    for i in 0 1 2; do eventually has_serial $i 7; done
    eventually questions_exceed SOA 3 0
    manyzones_change "1 8"
    eventually has_serial 1 8
    eventually questions_exceed SOA 5 2
    watch_end
    for i in 0 1 2; do gaps_are $i 2000; done
    [[ $(question_count AXFR) == 3 && $(question_count IXFR) == 1 && $(question_count other) == 0 ]]
    [[ $(sort "$T/out") == "$(NAME 0) - 7 added 9 deleted 0 axfr
$(NAME 1) - 7 added 10 deleted 0 axfr
$(NAME 1) 7 8 added 2 deleted 2 ixfr
$(NAME 2) - 7 added 11 deleted 0 axfr" ]] || show
    err_empty
}

@test "the limits of what a SOA may say" {
    manyzones_start --zones 1 --refresh 0 --retry 0 --log "$T/log"
    mkdir d
    watch_start "$(NAME 0)" "$S" -d d --min-refresh 2s
    eventually questions_exceed SOA 2
    watch_end
    gaps_are 0 2000
    : >"$T/log"
    server_stop
    manyzones_start --zones 1 --refresh 86400 --log "$T/log"
    watch_start "$(NAME 0)" "$S" -d d --min-refresh 1s --max-refresh 1s
    eventually questions_exceed SOA 3
    watch_end
    gaps_are 0 1000
}

@test "after a failure the next look comes after retry, and what has failed is told once, as is that it is well" {
    manyzones_start --zones 4 --serial 7 --refresh 100 --retry 1
    KEPT=$PORT
    mkdir d
    zx sync $(many 0 1 2 3) "$S" -d d -q
    is 0
    server_stop
    manyzones_start --zones 4 --serial 8 --refresh 100 --retry 1 --port "$KEPT" --log "$T/log" \
        --do "zone 1 rcode SERVFAIL" --do "zone 2 rcode SERVFAIL"
    watch_start $(many 0 1 2 3) "$S" -d d --min-refresh 1s --report report --metrics metrics
    eventually questions_exceed SOA 3 1
    gaps_are 1 1000
    [[ $(question_count SOA 0) == 1 && $(question_count SOA 3) == 1 ]]
    eventually tells zone000001.example SERVFAIL
    eventually tells zone000002.example SERVFAIL
    server_stop
    manyzones_start --zones 4 --serial 8 --refresh 100 --retry 1 --port "$KEPT" --log "$T/log"
    eventually has_serial 1 8
    eventually has_serial 2 8
    watch_end
    count_is 1 "answered SERVFAIL" "$T/err"
    err_lacks zone000000 zone000003
    # a line each for what is news: the first look, each failure, what ends it
    jq -e . report >/dev/null
    [[ $(jq -r 'select(.event == "zone" and .zone == "zone000000.example.") | .state' report) == updated ]]
    [[ $(jq -r 'select(.event == "zone" and .zone == "zone000001.example.") | .state' report | sort -u | tr '\n' ' ') == "kept updated " ]]
    [[ $(jq -r 'select(.event == "summary") | .exit' report) == 0 ]]
    [[ $(tail -n 1 report | jq -r .event) == summary ]]
    promtool check metrics <metrics
    metric_is 'zxfr_zone_exit_status{zone="zone000001.example"}' 0
}

@test "all fails, and comes back: the metrics and the status say which exit status sync would have" {
    manyzones_start --zones 2 --serial 7 --refresh 1 --retry 1
    KEPT=$PORT
    mkdir d
    watch_start $(many 0 1) "$S" -d d --min-refresh 1s --metrics metrics --connect-timeout 1s
    eventually has_serial 0 7
    eventually has_serial 1 7
    eventually metric_is zxfr_run_exit_status 0
    server_stop
    eventually tells zone000000.example "Connection refused"
    eventually tells zone000001.example "Connection refused"
    watch_end # the metrics are written at the end: what sync would have ended with
    promtool check metrics <metrics
    [[ $(metric 'zxfr_zone_exit_status{zone="zone000000.example"}') == 3 ]]
    [[ $(metric 'zxfr_zone_serial{zone="zone000000.example"}') == 7 ]]
    refute metric 'zxfr_zone_server_serial{zone="zone000000.example"}'
    for i in 0 1; do [[ $(tells "$(NAME $i)" "Connection refused" | wc -l) == 1 ]] || show; done
}

@test "a zone that nobody confirms for as long as its SOA allows is told once, and again when it is confirmed" {
    manyzones_start --zones 2 --serial 7 --refresh 1 --retry 1 --expire 3
    KEPT=$PORT
    mkdir d
    watch_start $(many 0 1) "$S" -d d --min-refresh 1s --metrics metrics
    eventually has_serial 0 7
    eventually has_serial 1 7
    server_stop
    sleep 2
    err_lacks expired
    for i in 0 1; do eventually tells "$(NAME $i)" expired; done
    sleep 2
    for i in 0 1; do [[ $(tells "$(NAME $i)" expired | wc -l) == 1 ]] || show; done
    manyzones_start --zones 2 --serial 7 --refresh 1 --retry 1 --expire 3 --port "$KEPT"
    for i in 0 1; do eventually tells "$(NAME $i)" "current again"; done
    # and once more, if that happens again
    server_stop
    for i in 0 1; do eventually tells_times 2 "$(NAME $i)" expired; done
    watch_end
}

@test "a file that is long out of date at the start is told at once, if the server is away" {
    manyzones_start --zones 1 --serial 7 --refresh 1 --retry 1 --expire 3
    mkdir d
    zx sync "$(NAME 0)" "$S" -d d -q
    is 0
    server_stop
    touch -d "1 day ago" "d/$(NAME 0).zone"
    watch_start "$(NAME 0)" "$S" -d d --min-refresh 1s
    eventually tells zone000000.example expired
    watch_end
    count_is 1 expired "$T/err"
}

@test "a server that is away for longer than expire, and comes back older" {
    manyzones_start --zones 1 --serial 7 --refresh 1 --retry 1 --expire 3
    KEPT=$PORT
    mkdir d
    watch_start "$(NAME 0)" "$S" -d d --min-refresh 1s --metrics metrics --report report
    eventually has_serial 0 7
    cp "d/$(NAME 0).zone" before
    server_stop
    eventually tells zone000000.example expired
    manyzones_start --zones 1 --serial 6 --refresh 1 --retry 1 --expire 3 --port "$KEPT"
    eventually tells zone000000.example "is older than 7"
    sleep 4
    count_is 1 "is older than 7" "$T/err"
    # each look was short, however old the connection is
    [[ $(jq -rs '[.[] | select(.exit == 9)] | length' report) -ge 3 ]]
    jq -rs '[.[] | select(.event == "zone") | .seconds] | max' report
    jq -es 'all(.[]; .event != "zone" or .seconds < 2)' report >/dev/null
    err_lacks "current again"
    cmp before "d/$(NAME 0).zone"
    # now, since the end may come in the middle of a look
    [[ $(metric 'zxfr_zone_exit_status{zone="zone000000.example"}') == 9 ]]
    [[ $(metric 'zxfr_zone_server_serial{zone="zone000000.example"}') == 6 ]]
    watch_end
    jq -es 'any(.[]; .event == "zone" and .exit == 9 and .server_serial == 6)' report >/dev/null
    watch_start "$(NAME 0)" "$S" -d d --min-refresh 1s --allow-older
    eventually has_serial 0 6
    watch_end
}

@test "a zone that its server has no more" {
    manyzones_start --zones 2 --serial 7 --refresh 1 --retry 1
    KEPT=$PORT
    mkdir d
    watch_start $(many 0 1) "$S" -d d --min-refresh 1s
    eventually has_serial 0 7
    eventually has_serial 1 7
    server_stop
    manyzones_start --zones 1 --serial 7 --refresh 1 --retry 1 --port "$KEPT" --log "$T/log"
    eventually tells zone000001.example NOTAUTH
    has_serial 1 7
    manyzones_change "0 8"
    eventually has_serial 0 8
    count_is 1 NOTAUTH "$T/err"
    watch_end
}
