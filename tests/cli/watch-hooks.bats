#!/usr/bin/env bats
# The command watch: commands after changes, signals, the service manager.
# shellcheck disable=SC2016,SC2046 # commands are for zxfr's shell; names of zones are words

load helper
load sync
load watch

many() { for i; do NAME "$i" && echo; done; }

begin() {
    free_port
    mkdir d
    manyzones_start --zones 20 --serial 7 --log "$T/log" "${SERVER[@]}"
    watch_start $(many "${ZONES[@]}") "$S" -d d --listen "127.0.0.1#$LISTEN" "$@"
    for i in "${ZONES[@]}"; do eventually has_serial "$i" 7; done
}
markers() { find d -name '.*.hook' | wc -l; }
markers_are() { [[ $(markers) == "$1" ]]; }

# ---- Commands ----------------------------------------------------------------------------------

# Each run writes when it begins and ends, with the serial that it was told and that FILE has then.
RUN='file=$(tail -n 1 "$ZXFR_FILE" | cut -d" " -f7); echo "begin $ZXFR_ZONE $ZXFR_SERIAL $file" >>runs
sleep 0.3; echo "end $ZXFR_ZONE $ZXFR_SERIAL" >>runs'

@test "--exec: one at a time for a zone that changes fifty times meanwhile, and the last serial is not lost" {
    ZONES=(0 1)
    begin --exec "$RUN" --exec-jobs 4
    for ((serial = 8; serial < 58; serial++)); do
        manyzones_change "0 $serial"
        notify --serial $serial "$(NAME 0)"
    done
    eventually has_serial 0 57
    eventually grep -qE "^begin $(NAME 0) [0-9]+ 57$" runs
    eventually markers_are 0
    watch_end
    cat runs
    awk -v zone="$(NAME 0)" '$2 == zone { open += $1 == "begin" ? 1 : -1; if (open > 1) bad = 1 } END { exit bad || open }' runs
    [[ $(grep -c "^begin $(NAME 0)" runs) -ge 2 && $(grep -c "^begin $(NAME 1)" runs) == 1 ]]
    # the last one was told the last serial
    grep "^begin $(NAME 0)" runs | tail -n 1 | grep -q " 57 57$"
    err_empty
}

@test "--exec: one that fails is tried again, and told once" {
    ZONES=(0 1)
    SERVER=(--refresh 1 --retry 1)
    begin --exec 'echo "$ZXFR_ZONE $ZXFR_SERIAL" >>runs; test "$ZXFR_ZONE" != zone000001.example || test -e good' \
        --min-refresh 1s --metrics metrics --report report
    eventually tells zone000001.example "--exec"
    eventually has_lines zone000001 3 runs
    markers_are 1
    touch good
    eventually markers_are 0
    watch_end
    [[ $(grep -c zone000000 runs) == 1 && $(grep -c zone000001 runs) -ge 3 ]]
    count_is 1 zone000001.example "$T/err"
    promtool check metrics <metrics
    metric_is zxfr_hooks_pending 0
    [[ $(metric 'zxfr_hook_runs_total{hook="exec",result="ok"}') == 2 ]] || grep hook metrics
    [[ $(metric 'zxfr_hook_runs_total{hook="exec",result="ok"}') == 2 ]]
}

@test "--exec: the marker of a process that was killed is taken up" {
    ZONES=(0 1)
    begin --exec 'test ! -e block || sleep 60; echo "$ZXFR_ZONE $ZXFR_SERIAL" >>runs'
    eventually has_lines "" 2 runs
    eventually markers_are 0
    touch block
    manyzones_change "1 8"
    notify "$(NAME 1)"
    eventually has_serial 1 8
    eventually markers_are 1
    child=$(pgrep -P "$ZX_PID")
    kill -KILL "$ZX_PID"
    wait "$ZX_PID" || true
    [[ -z $child ]] || kill -KILL -- "-$child" 2>/dev/null || true
    rm block
    markers_are 1
    watch_start $(many 0 1) "$S" -d d --exec 'echo "$ZXFR_ZONE $ZXFR_SERIAL" >>runs'
    eventually grep -qx "$(NAME 1) 8" runs
    eventually markers_are 0
    watch_end
    [[ $(wc -l <runs) == 3 ]] || { cat runs && false; }
}

@test "--exec-all: once a batch, and what a command that fails was given comes again with later lines" {
    ZONES=({0..9})
    begin --exec-all 'cat >>all; echo -- >>all; test -e good' --exec-delay 1s --metrics metrics
    eventually grep -qx -- -- all
    [[ $(grep -c axfr all) == 10 ]]
    [[ $(grep -cx -- -- all) == 1 ]] # ten zones, one command
    touch good
    manyzones_change "3 8"
    notify "$(NAME 3)"
    eventually has_serial 3 8
    eventually has_lines -- 2 all || eventually has_lines -- 2 all # it waits for ten seconds
    watch_end
    [[ $(grep -cx -- -- all) == 2 && $(grep -c axfr all) == 20 && $(grep -c "$(NAME 3) 7 8" all) == 1 ]] || { cat all && show; }
    count_is 1 "--exec-all: exit status 1" "$T/err"
    count_is 1 "--exec-all: failures are over" "$T/err"
    promtool check metrics <metrics
}

@test "--exec-all: many changes in quick succession are few batches, and none is missing" {
    ZONES=({0..9})
    begin --exec-all 'cat >>all; echo -- >>all' --exec-delay 1s
    for serial in {8..17}; do
        lines=() && for i in {0..9}; do lines+=("$i $serial"); done
        manyzones_change "${lines[@]}"
        for i in 0 3 6; do notify --blind --serial $serial "$(NAME $i)"; done
    done
    for i in 0 3 6; do eventually has_serial $i 17; done
    eventually grep -q "$(NAME 6) [0-9]* 17 " all
    eventually grep -q "$(NAME 3) [0-9]* 17 " all
    eventually grep -q "$(NAME 0) [0-9]* 17 " all
    watch_end
    diff <(sort "$T/out") <(grep -vx -- -- all | sort)
    [[ $(grep -cx -- -- all) -lt 12 ]]
}

# ---- Signals -----------------------------------------------------------------------------------

now_ms() { date +%s%3N; }

@test "SIGTERM while a command runs: 0 within a second, the marker stays, the command is gone" {
    ZONES=(0 1)
    begin --exec 'echo $$ >>runs; exec sleep 60'
    eventually test -s runs
    child=$(head -n 1 runs)
    began=$(now_ms)
    kill -TERM "$ZX_PID"
    zx_wait
    took=$(($(now_ms) - began))
    is 0
    echo "took $took ms"
    ((took < 2000)) # a second, on a machine that is busy
    refute kill -0 "$child"
    markers_are 2
    has_serial 0 7
    has_serial 1 7
    told STOPPING=1
    # a command that ignores SIGTERM
    rm runs
    watch_start $(many 0 1) "$S" -d d --exec 'trap "" TERM; echo $$ >>runs; while :; do sleep 0.1; done'
    eventually test -s runs
    child=$(head -n 1 runs)
    began=$(now_ms)
    kill -TERM "$ZX_PID"
    zx_wait
    took=$(($(now_ms) - began))
    is 0
    echo "took $took ms"
    ((took < 2500))
    eventually refute_runs "$child"
    markers_are 2
}
refute_runs() { ! kill -0 "$1" 2>/dev/null; }

@test "SIGINT is no orderly end, and the status says so" {
    ZONES=(0)
    begin --report report --metrics metrics
    kill -INT "$ZX_PID"
    zx_wait
    is 130
    [[ $(tail -n 1 report | jq -c .interrupted) != null ]]
    tail -n 1 report | jq -e '.interrupted' >/dev/null
    promtool check metrics <metrics
}

@test "SIGTERM in the first round, from a slow server" {
    free_port
    mkdir d
    manyzones_start --zones 20 --serial 7 --log "$T/log" --do "every 2 for transfers delay 60000"
    watch_start $(many {0..19}) "$S" -d d --listen "127.0.0.1#$LISTEN" --metrics metrics --report report
    eventually has_lines "" 4 "$T/log"
    began=$(now_ms)
    kill -TERM "$ZX_PID"
    zx_wait
    took=$(($(now_ms) - began))
    is 0
    echo "took $took ms"
    ((took < 2000))
    [[ -z $(find d -name '.*' ! -name .) ]] || { ls -la d && false; }
    err_empty
    [[ $(tail -n 1 report | jq -r .event) == summary ]]
    promtool check metrics <metrics
}

@test "SIGTERM from a server that gives a large zone slowly, over TCP, and with peers that are connected" {
    free_port
    mkdir d
    manyzones_start --zones 2 --serial 7 --log "$T/log" --do "zone 0 big 200000" --do "zone 0 pace 300"
    watch_start $(many 0 1) "$S" -d d --listen "127.0.0.1#$LISTEN"
    eventually has_serial 1 7
    eventually test -e "d/.$(NAME 0).zone.zxfr"
    /usr/bin/python3 -c '
import socket, sys, time
conns = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(10)]
open("connected", "w").close()
time.sleep(20)' "$LISTEN" 3>&- &
    PIDS+=($!)
    eventually test -e connected
    began=$(now_ms)
    kill -TERM "$ZX_PID"
    zx_wait
    took=$(($(now_ms) - began))
    is 0
    ((took < 2000))
    names_are zone000001.example
    [[ -z $(find d -name '.*' ! -name .) ]] || { ls -la d && false; }
}

# ---- The service manager -----------------------------------------------------------------------

@test "ready, status, reloading, stopping" {
    ZONES=(0 1 2)
    SERVER=(--refresh 1 --retry 1)
    begin --min-refresh 1s
    told READY=1
    eventually grep -q "^STATUS=.*3 zones" "$T/told"
    kill -HUP "$ZX_PID"
    eventually told_times READY=1 2
    told RELOADING=1
    grep -q "^MONOTONIC_USEC=[0-9]*$" "$T/told"
    server_stop
    eventually grep -q "^STATUS=.*3 failing" "$T/told"
    watch_end
    eventually told STOPPING=1
    tail -n 1 "$T/told" | grep -qx STOPPING=1
    refute told WATCHDOG=1
}

@test "the watchdog is told, as often as it wants" {
    export WATCHDOG_USEC=2000000
    ZONES=(0)
    begin
    eventually told WATCHDOG=1
    watch_end
}

@test "no READY before the addresses are bound" {
    manyzones_start --zones 1 --serial 7
    mkdir d
    manager_start
    zx watch "$(NAME 0)" "$S" -d d --listen "127.0.0.1#$PORT"
    is 3
    refute told READY=1
}

# ---- What keeps it from its end ----------------------------------------------------------------

@test "SIGTERM while zones that have changed once more wait for their commands" {
    free_port
    mkdir d
    manyzones_start --zones 80 --serial 7
    watch_start $(many {0..79}) "$S" -d d --listen "127.0.0.1#$LISTEN" --exec 'sleep 20' --exec-jobs 64
    eventually has_serial 79 7
    changes=()
    for i in {0..79}; do changes+=("$i 8"); done
    manyzones_change "${changes[@]}"
    for i in {70..79}; do notify "$(NAME "$i")"; done
    eventually has_serial 79 8
    watch_end
}

# A FIFO that is open at its other end, and is not read.
@test "nobody reads what it says, nor the report: zones are kept current, and SIGTERM ends it" {
    free_port
    mkdir d
    mkfifo "$T/err" report
    sleep 60 <>"$T/err" &
    PIDS+=($!)
    sleep 60 <>report &
    PIDS+=($!)
    manyzones_start --zones 1500 --serial 7
    many {0..1499} >list
    watch_start -v --list list "$S" -d d --listen "127.0.0.1#$LISTEN" --report report
    eventually all_there
    manyzones_change "3 8"
    notify "$(NAME 3)"
    said_is "NOERROR aa unsigned"
    eventually has_serial 3 8
    kill -TERM "$ZX_PID"
    ended_by=$((SECONDS + 3))
    zx_wait
    is 0
    ((SECONDS <= ended_by))
}
all_there() { [[ $(find d -name '*.zone' | wc -l) == 1500 ]]; }
