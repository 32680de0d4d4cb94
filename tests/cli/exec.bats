#!/usr/bin/env bats
# --exec: a command that is run after FILE was replaced, at least once. What the marker says, and
# processes that meet, are in tests/unit/test_hook.c.

load helper

# $T/vN is the zone with serial N, and a server of it is left in S_N.
server_of() {
    local n
    for n; do
        zone_text example.com. "$n" | sed "s/192\.0\.2\.1/192.0.2.$n/" >"$T/v$n"
        primary_start "$T/v$n"
        printf -v "S_$n" %s "$S"
    done
}

# What a command writes of its variables into $T/said, a line each time.
# shellcheck disable=SC2016
TELL='echo "$ZXFR_ZONE|$ZXFR_OLD_SERIAL|$ZXFR_SERIAL|$ZXFR_KIND|${ZXFR_DIFF##*/}" >>"$SAID"'
told() { [[ $(cat "$SAID" 2>/dev/null) == "$1" ]] || { cat "$SAID" && show; }; }
setup_said() {
    export SAID=$T/said GO=$T/go
    rm -f "$SAID"
}

# The program while its command is at work, until somebody makes $GO, or the test has ended.
# shellcheck disable=SC2016
HANG='; until [ -e "$GO" ] || [ ! -d "${GO%/*}" ]; do sleep 0.02; done'

nothing_runs() { ! pgrep -f -- "$1" >/dev/null; }

@test "what the command gets: variables, nothing to read, no open files, the same folder" {
    setup_said
    server_of 1
    # shellcheck disable=SC2016
    zx -v example.com "$S_1" -o zone --exec 'env | grep -E "^ZXFR_(DIFF|FILE|KIND|NAME|OLD.*|SERIAL|ZONE)=" | sort >"$SAID"; pwd >>"$SAID"
        wc -c >>"$SAID"; (ls /proc/$$/fd >"$SAID.fd"); tr "\n" " " <"$SAID.fd" >>"$SAID"; echo to standard output
        cat .zone.hook >>"$SAID"; cmp zone "$ZXFR_FILE"'
    is 0
    out_empty
    whole zone 7 example.com. 1
    local here
    here=$(pwd)
    [[ $(sed -n '1,8p' "$SAID") == "ZXFR_DIFF=
ZXFR_FILE=$here/zone
ZXFR_KIND=axfr
ZXFR_NAME=example.com
ZXFR_OLD_FILE=
ZXFR_OLD_SERIAL=
ZXFR_SERIAL=1
ZXFR_ZONE=example.com" ]] || { cat "$SAID" && false; }
    [[ $(sed -n 9p "$SAID") == "$here" && $(sed -n 10p "$SAID") == 0 ]]
    [[ $(sed -n 11p "$SAID") =~ ^"0 1 2 "(- axfr [0-9]+\.[0-9]+)$ ]] || { cat "$SAID" && false; }
    err_has "sandbox: none (commands are started)" "example.com: --exec: the command runs" \
        "example.com: --exec: exit status 0, " "to standard output"
    box_holds zone
}

@test "a failure: exit 13, FILE is new, and the next run tries again, whether FILE changes or not" {
    setup_said
    server_of 1 2 3
    zx example.com "$S_1" -o zone
    zx example.com "$S_2" -o zone --exec "$TELL; exit 3" --report report
    is 13
    whole zone 7 example.com. 2
    [[ $(<"$T/err") == "zxfr: example.com: --exec: exit status 3
zxfr: hint: the file is written all the same; the next run with --exec runs the command again, watch does so by itself" ]] || show
    jq -e '.result == "hook" and .exit == 13 and .message == "--exec: exit status 3" and
        .hint == "the file is written all the same; the next run with --exec runs the command again, watch does so by itself" and .state == "updated" and .changed and
        (.attempts | length) == 1 and .attempts[0].exit == 0 and .tries == 1 and
        (.hooks | length) == 1 and .hooks[0].name == "exec" and .hooks[0].exit == 3 and
        .hooks[0].text == "exit status 3" and .hooks[0].seconds > 0 and .records == 7 and
        .soa.refresh == 7200' report >/dev/null || { cat report && false; }
    rm report
    # A run without the option leaves it alone.
    zx example.com "$S_2" -o zone
    is 0
    box_holds .zone.hook zone
    zx -q example.com "$S_2" -o zone --exec "$TELL; exit 4"
    is 13
    err_has "example.com: --exec: exit status 4"
    zx example.com "$S_3" -o zone --exec "$TELL; exit 5"
    is 13
    zx example.com "$S_3" -o zone --exec "$TELL" --report report
    is 0
    err_empty
    jq -e '.result == "ok" and .state == "unchanged" and (.changed | not) and
        .hooks[0].exit == 0 and .hooks[0].text == null' report >/dev/null || { cat report && false; }
    rm report
    box_holds zone
    zx example.com "$S_3" -o zone --exec "$TELL" --report report
    is 0
    jq -e '.hooks == []' report >/dev/null
    told "example.com|1|2|axfr|
example.com|1|2|axfr|
example.com|1|3|axfr|
example.com|1|3|axfr|"
}

@test "--exit-code: 1 where FILE was replaced and the command is good; 13 before it" {
    setup_said
    server_of 1
    zx example.com "$S_1" -o zone --exec "$TELL" --exit-code
    is 1
    zx example.com "$S_1" -o zone --exec "$TELL" --exit-code
    is 0
    rm zone
    zx example.com "$S_1" -o zone --exec "false" --exit-code
    is 13
    zx example.com "$S_1" -o zone --exec "$TELL" --exit-code
    is 0
    told "example.com||1|axfr|
example.com||1|axfr|"
}

@test "same serial, other content: resigned; with changes: ixfr; the whole zone in their place" {
    setup_said
    zone_text example.com. 1 >"$T/v1"
    zone_text example.com. 2 | sed 's/hello/hullo/' >"$T/v2"
    primary_start --older "$T/v1" "$T/v2"
    zx --sort example.com "$S" -o zone
    sed 's/hullo/hallo/' "$T/v2" >"$T/v2b"
    primary_start "$T/v2b"
    local other=$S
    zx --sort example.com "$other" -o zone --exec "$TELL"
    is 0
    told "example.com|2|2|resigned|"
    rm "$SAID"
    primary_start "$T/v1"
    zx --sort example.com "$S" -o zone --allow-older
    primary_start --older "$T/v1" "$T/v2"
    zx --update example.com "$S" -o zone --exec "$TELL"
    is 0
    told "example.com|1|2|ixfr|"
    rm "$SAID"
    primary_start "$T/v1"
    zx --sort example.com "$S" -o zone --allow-older --exec "$TELL"
    is 0
    told "example.com|2|1|axfr|"
    rm "$SAID"
    primary_start --ixfr zone --older "$T/v1" "$T/v2"
    zx --update example.com "$S" -o zone --exec "$TELL"
    is 0
    told "example.com|1|2|axfr-style|"
}

@test "changes into FILE: the serial that was asked for, and the one they lead to" {
    setup_said
    zone_text example.com. 1 >"$T/v1"
    zone_text example.com. 2 | sed 's/hello/hullo/' >"$T/v2"
    primary_start --older "$T/v1" "$T/v2"
    zx example.com "$S" ixfr=1 -o changes --exec "$TELL; exit 1"
    is 13
    zx example.com "$S" ixfr=1 -o changes --exec "$TELL"
    is 0
    told "example.com|1|2|ixfr|
example.com|1|2|ixfr|"
    box_holds changes
}

@test "--diff-to: told only where it begins at ZXFR_OLD_SERIAL, and kept while a command is pending" {
    setup_said
    server_of 1 2 3
    zx --sort example.com "$S_1" -o zone
    zx --update --diff-to diff example.com "$S_2" -o zone --exec "$TELL; exit 1"
    is 13
    cp diff before
    grep -q '^; zxfr diff: example.com. IN 1 2$' diff
    # Nothing is new: what is pending is about the changes that are there.
    zx --update --diff-to diff example.com "$S_2" -o zone --exec "$TELL; exit 1"
    is 13
    cmp diff before
    # One more change: the file is not all that was missed.
    zx --update --diff-to diff example.com "$S_3" -o zone --exec "$TELL; exit 1"
    is 13
    grep -q '^; zxfr diff: example.com. IN 2 3$' diff
    zx --update --diff-to diff example.com "$S_3" -o zone --exec "$TELL"
    is 0
    told "example.com|1|2|axfr|diff
example.com|1|2|axfr|diff
example.com|1|3|axfr|
example.com|1|3|axfr|"
    [[ -s diff ]]
    zx --update --diff-to diff example.com "$S_3" -o zone --exec "$TELL"
    is 0
    [[ ! -s diff ]]
    # There was no zone to compare with.
    rm zone "$SAID" before
    zx --update --diff-to diff example.com "$S_3" -o zone --exec "$TELL"
    told "example.com||3|axfr|"
    box_holds diff zone
}

@test "a transfer that fails, or is refused, with a pending command: its status, and the command is run" {
    setup_said
    server_of 1 2
    zx example.com "$S_1" -o zone
    closed_port
    zx example.com "$S_2" -o zone --exec "false"
    is 13
    zx example.com "@127.0.0.1#$CLOSED" -o zone --exec "$TELL; exit 7" --report report
    is 3
    err_has "cannot connect" "example.com: --exec: exit status 7"
    jq -e '.exit == 3 and .result == "network" and .hooks[0].exit == 7 and .state == "kept" and
        (.message | contains("cannot connect"))' report >/dev/null || { cat report && false; }
    zx example.com "$S_2" -o zone --min-records 100 --exec "$TELL; kill -9 \$\$"
    is 9
    err_has "--exec: killed by signal 9"
    primary_start --refuse REFUSED "$ZONE"
    zx example.com "$S" -o zone --exec "$TELL"
    is 4
    told "example.com|1|2|axfr|
example.com|1|2|axfr|
example.com|1|2|axfr|"
    box_holds report zone
    # Nothing is pending any more; and nothing is run where nothing was replaced.
    zx example.com "$S" -o zone --exec "$TELL"
    is 4
    zx example.com "$S" -o other --exec "$TELL"
    is 4
    [[ $(wc -l <"$SAID") == 3 ]]
    box_holds report zone
}

@test "not after a mistake in the command line, nor where FILE is busy, of another zone, or gone" {
    setup_said
    server_of 1 2
    zx example.com "$S_1" -o zone --exec "false"
    is 13
    zx example.com "$S_1" -o zone --exec "$TELL" --relative --format json
    is 2
    zx example.com "$S_1" -o zone --exec "$TELL" -k "$T/none"
    is 2
    primary_start --do "stop 1 stall" "$T/v2"
    zx_start example.com "$S" -o zone
    eventually test -e .zone.zxfr
    zx example.com "$S_2" -o zone --exec "$TELL"
    is 8
    err_has "another run is writing zone"
    kill "$ZX_PID"
    zx_wait
    mv zone kept
    zx example.com "@127.0.0.1#1" -o zone --exec "$TELL"
    is 3
    zone_text example.org. 1 >zone
    zx example.com "$S_2" -o zone --exec "$TELL"
    is 9
    [[ ! -e $SAID && -e .zone.hook ]]
    mv kept zone
    zx example.com "$S_1" -o zone --exec "$TELL"
    told "example.com||1|axfr|"
}

@test "time, signals, and what cannot be run" {
    setup_said
    server_of 1 2
    zx example.com "$S_1" -o zone --exec "sleep 1000.125" --cmd-timeout 1s --report report
    is 13
    err_has "example.com: --exec: took longer than 1 s"
    jq -e '.hooks[0].exit == null and .hooks[0].seconds >= 1 and .hooks[0].seconds < 30 and
        .hooks[0].text == "took longer than 1 s"' report >/dev/null || { cat report && false; }
    nothing_runs "sleep 1000.125"
    zx example.com "$S_1" -o zone --exec "kill -TERM \$\$" --report report
    is 13
    err_has "killed by signal 15"
    jq -e '.hooks[0].exit == null and .hooks[0].text == "killed by signal 15"' report >/dev/null
    zx example.com "$S_1" -o zone --exec "$T/no-such-program --now"
    is 13
    err_has "exit status 127: not found"
    zx example.com "$S_1" -o zone --exec "$ZONE"
    is 13
    err_has "exit status 126: it cannot be run"
    zx example.com "$S_2" -o zone --exec "sleep 1000.25" --max-time 2s
    is 13
    err_has "example.com: --exec: ended, since time is up (--max-time)"
    whole zone 7 example.com. 2
    nothing_runs "sleep 1000.25"
    # One that takes no notice of SIGTERM, and what it has started
    zx example.com "$S_2" -o zone --exec "trap '' TERM; sleep 1000.375 & wait; sleep 1000.375" \
        --cmd-timeout 1s
    is 13
    nothing_runs "sleep 1000.375"
    zx example.com "$S_2" -o zone --exec "$TELL" --cmd-timeout 0
    is 0
    told "example.com||2|axfr|"
}

@test "a command that writes much" {
    setup_said
    server_of 1
    # shellcheck disable=SC2016
    zx example.com "$S_1" -o zone --exec 'head -c 10485760 /dev/zero | tr "\0" x'
    is 0
    out_empty
    [[ $(wc -c <"$T/err") == 10485760 ]]
    box_holds zone
}

@test "signals to zxfr while the command runs: it is ended, FILE is new, the command is pending" {
    setup_said
    server_of 1 2
    local name
    for name in INT TERM HUP; do
        rm -f zone .zone.hook report "$SAID"
        zx_start example.com "$S_1" -o zone --report report --exec "$TELL; sleep 1000.5"
        eventually test -s "$SAID"
        kill "-$name" "$ZX_PID"
        zx_wait
        is $((128 + $(kill -l $name)))
        whole zone 7 example.com. 1
        jq -e '.result == "signal" and .exit > 128 and .state == "new" and .hooks[0].exit == null and
            .hooks[0].text == "interrupted"' report >/dev/null || { cat report && false; }
        nothing_runs "sleep 1000.5"
        [[ -e .zone.hook ]]
    done
    rm "$SAID"
    zx example.com "$S_1" -o zone --exec "$TELL"
    is 0
    told "example.com||1|axfr|"
    # One that takes no notice of SIGTERM
    zx_start example.com "$S_2" -o zone --exec "trap '' TERM; $TELL; sleep 1000.625; sleep 1000.625"
    eventually grep -q "|2|" "$SAID"
    kill "$ZX_PID"
    zx_wait
    is 143
    nothing_runs "sleep 1000.625"
    # A failure of the run comes before the signal.
    zx_start example.com "@127.0.0.1#1" -o zone --exec "$TELL; sleep 1000.75"
    eventually test "$(wc -l <"$SAID")" = 3 || eventually pgrep -f "sleep 1000.75"
    kill "$ZX_PID"
    zx_wait
    is 3
    nothing_runs "sleep 1000.75"
    [[ -e .zone.hook ]]
}

@test "kill -9 between the marker and the rename, and while the command runs: the next run runs it" {
    need_strace
    setup_said
    server_of 1 2
    zx example.com "$S_1" -o zone
    strace -f -qq -o "$T/trace" -e trace=rename,renameat,renameat2 \
        -e inject=rename,renameat,renameat2:signal=KILL:error=EIO \
        "$ZXFR" example.com "$S_2" -o zone --exec "$TELL" >"$T/out" 2>"$T/err" </dev/null || status=$?
    is 137
    whole zone 7 example.com. 1
    [[ -e .zone.hook && ! -e $SAID ]]
    zx example.com "$S_1" -o zone --exec "$TELL; exit 1"
    is 13
    zx example.com "$S_2" -o zone --exec "$TELL"
    is 0
    told "example.com|1|1|axfr|
example.com|1|2|axfr|"
    box_holds zone
    rm "$SAID"
    zx_start example.com "$S_1" -o zone --allow-older --exec "$TELL$HANG"
    eventually test -s "$SAID"
    kill -KILL "$ZX_PID"
    zx_wait
    is 137
    zx example.com "$S_1" -o zone --exec "$TELL"
    is 0
    touch "$GO"
    told "example.com|2|1|axfr|
example.com|2|1|axfr|"
    box_holds zone
}

# Each run brings content of its own; some end in time, some are killed. When all have ended, a
# command was run that has seen what FILE holds now, or one is pending.
@test "kill -9 of runs that meet, at random moments: nothing is lost" {
    setup_said
    local round i seed=${SEED:-$RANDOM} serial=0 pending=0 killed=0 log=0
    echo "SEED=$seed"
    RANDOM=$seed
    # shellcheck disable=SC2016
    local see='cksum <"$ZXFR_FILE" >>"$SAID"; sleep 0.0$(($$ % 4)); exit $(($$ % 5 / 4))'
    for ((round = 0; round < 60; round++)); do
        PIDS=()
        for i in 1 2 3; do
            zone_text example.com. "$((++serial))" >"$T/new$i"
            "$ZXFR" convert -q "$T/new$i" -o zone --allow-older --wait --exec "$see" 2>>"$T/err" \
                </dev/null 3>&- &
            PIDS+=($!)
        done
        for i in 0 1 2; do
            ((RANDOM % 3 > 0)) || continue
            sleep "0.0$((RANDOM % 5))$((RANDOM % 10))"
            kill -KILL "${PIDS[i]}" 2>/dev/null && killed=$((killed + 1))
        done
        wait "${PIDS[@]}" 2>/dev/null || true
        eventually nothing_runs 'cksum <"[$]ZXFR_FILE"'
        if [[ -e .zone.hook ]]; then
            pending=$((pending + 1))
        elif [[ -e zone ]]; then
            # not always the last one: that of a killed run may be slower than the next run's
            grep -qxF "$(cksum <zone)" "$SAID" || { tail -n 3 "$SAID" && cksum zone && false; }
        fi
        # What is left is made up for: by a run that changes nothing, or by the next round.
        if ((round % 2)) && [[ -e .zone.hook ]]; then
            zx convert zone -o zone --exec 'cksum <"$ZXFR_FILE" >>"$SAID"'
            is 0
            [[ $(tail -n 1 "$SAID") == "$(cksum <zone)" && ! -e .zone.hook ]]
        fi
    done
    log=$(wc -l <"$SAID")
    echo "# killed $killed, pending after $pending of 60 rounds, commands $log"
    ((killed > 0 && log > 0))
}

# By the calls that can fail.
@test "what cannot be written, flushed or renamed: exit 8, FILE and the marker as they were" {
    need_strace
    setup_said
    server_of 1 2
    zx example.com "$S_1" -o zone
    cp zone "$T/before"
    local fault pending
    for pending in no yes; do
        for fault in openat:EACCES pwrite64:ENOSPC pwrite64:EIO ftruncate:EIO fsync:EIO fsync:ENOSPC \
            rename:EIO; do
            rm -f .zone.hook
            [[ $pending == no ]] || echo "9 ixfr 1.1" >.zone.hook
            local -a only=(-P .zone.hook -P "$PWD/.zone.hook")
            [[ $fault != rename* ]] || only=(-P .zone.zxfr -P "$PWD/.zone.zxfr")
            status=0
            strace -f -qq -o "$T/trace" "${only[@]}" -e trace="${fault%:*}" \
                -e inject="${fault%:*}:error=${fault#*:}:when=1" \
                "$ZXFR" example.com "$S_2" -o zone --exec "$TELL" >"$T/out" 2>"$T/err" </dev/null ||
                status=$?
            grep -q INJECTED "$T/trace" || { echo "$fault was not met" && cat "$T/trace" && false; }
            is 8
            err_has "zxfr: example.com: cannot "
            cmp zone "$T/before"
            if [[ $pending == yes ]]; then
                [[ $(<.zone.hook) == "9 ixfr 1.1" ]] || { echo "$fault" && cat .zone.hook && false; }
                box_holds .zone.hook zone
            else
                box_holds zone
            fi
        done
    done
    [[ ! -e $SAID ]]
    # A marker that cannot be removed: the command has been run, and will be again.
    rm -f .zone.hook
    status=0
    strace -f -qq -o "$T/trace" -P .zone.hook -e trace=unlink,unlinkat \
        -e inject=unlink,unlinkat:error=EIO \
        "$ZXFR" example.com "$S_2" -o zone --exec "$TELL" >"$T/out" 2>"$T/err" </dev/null || status=$?
    is 8
    err_has "cannot remove .zone.hook"
    whole zone 7 example.com. 2
    told "example.com|1|2|axfr|"
}

@test "the marker lasts before FILE is replaced, and that before --diff-to is" {
    need_strace
    setup_said
    server_of 1 2
    zx --sort example.com "$S_1" -o zone
    strace -f -qq -y -o "$T/trace" -e trace=fsync,rename,renameat,renameat2,pwrite64 "$ZXFR" --update \
        --diff-to diff example.com "$S_2" -o zone --exec "$TELL" >"$T/out" 2>"$T/err" </dev/null
    awk '/pwrite64.*\.zone\.hook/ { order = order "w" } /fsync.*\.zone\.hook/ { order = order "f" }
        /fsync.*box>/ { order = order "d" } /rename.*"diff"/ { order = order "D" }
        /rename.*"zone"/ { order = order "Z" } END { print order }' "$T/trace" >"$T/order"
    [[ $(<"$T/order") == wfdDdZd ]] || { cat "$T/trace" "$T/order" && false; }
}

@test "two runs at once: the second changes FILE while the command of the first is at work" {
    setup_said
    server_of 1 2 3
    zx example.com "$S_1" -o zone
    zx_start example.com "$S_2" -o zone --exec "$TELL$HANG"
    eventually test -s "$SAID"
    local first=$ZX_PID
    # One that changes nothing leaves it alone.
    zx example.com "$S_2" -o zone --exec "$TELL"
    is 0
    zx_start -v example.com "$S_3" -o zone --exec "$TELL"
    eventually grep -q "example.com: --exec: another run's command is at work" "$T/err"
    whole zone 7 example.com. 3
    touch "$GO"
    zx_wait
    is 0
    ZX_PID=$first
    zx_wait
    is 0
    told "example.com|1|2|axfr|
example.com|1|3|axfr|"
    box_holds zone
}

@test "signals and --max-time while another run's command is waited for" {
    setup_said
    server_of 1 2
    zx_start example.com "$S_1" -o zone --exec "$TELL$HANG"
    eventually test -s "$SAID"
    local first=$ZX_PID
    zx example.com "$S_2" -o zone --max-time 1s --exec "$TELL"
    is 13
    err_has "--exec: not run, since time is up (--max-time)"
    whole zone 7 example.com. 2
    zx_start -v example.com "$S_1" -o zone --allow-older --exec "$TELL"
    eventually grep -q "another run's command is at work" "$T/err"
    kill "$ZX_PID"
    zx_wait
    is 143
    touch "$GO"
    ZX_PID=$first
    zx_wait
    is 0
    # It was not run for what came since.
    zx example.com "$S_1" -o zone --exec "$TELL"
    is 0
    told "example.com||1|axfr|
example.com||1|axfr|"
}

@test "gates before it: what they refuse runs no command, but one that is pending" {
    setup_said
    server_of 1 2 3
    zx example.com "$S_1" -o zone --check-cmd "$TELL" --exec "$TELL" --report report
    is 0
    jq -e '.gates[-1].name == "check-cmd" and .gates[-1].result == "passed" and
        .hooks[0].exit == 0' report >/dev/null || { cat report && false; }
    zx example.com "$S_2" -o zone --check-cmd "exit 1" --exec "$TELL"
    is 9
    told "example.com||1||
example.com||1|axfr|"
    [[ ! -e .zone.hook ]]
    zx example.com "$S_2" -o zone --check-cmd true --exec "exit 1"
    is 13
    zx example.com "$S_3" -o zone --check-cmd "exit 1" --exec "$TELL"
    is 9
    whole zone 7 example.com. 2
    [[ $(tail -n 1 "$SAID") == "example.com|1|2|axfr|" ]]
    zx example.com "$S_3" -o zone --max-change @NS=0 --exec "$TELL"
    is 0
    [[ $(tail -n 1 "$SAID") == "example.com|2|3|axfr|" ]]
    zx convert "$T/v1" -o zone --check-cmd "exit 1" --exec "$TELL"
    is 9
    zx convert "$T/v1" -o zone --check-cmd true --exec "$TELL" --cmd-timeout 10s
    is 0
    [[ $(tail -n 1 "$SAID") == "example.com|3|1|file|" ]]
    [[ $(wc -l <"$SAID") == 5 ]]
    zx example.com "$S_2" -o zone --check-cmd true --exec "sleep 1000.0625" --cmd-timeout 1s
    is 13
    nothing_runs "sleep 1000.0625"
    box_holds .zone.hook report zone
}

@test "names of zones and files obey nobody" {
    setup_said
    # shellcheck disable=SC2016
    local zone='a\032b\$\(touch\032pwned\)\039\"x.example.' file='of $(touch pwned) '\''"; touch pwned #'
    { echo "$zone 60 IN SOA ns. host. 1 7200 3600 86400 300"; echo "$zone 60 IN NS ns.example."; } >"$T/odd"
    mkdir 'a b' && cd 'a b'
    # shellcheck disable=SC2016
    zx convert "$T/odd" -o "$file" --exec 'printf "%s\n" "$ZXFR_ZONE" "$ZXFR_NAME" "$ZXFR_FILE" >"$SAID"
        cat "$ZXFR_FILE" >/dev/null && touch $ZXFR_NAME'
    is 0
    # Written by hand, by the rules of the manual.
    # shellcheck disable=SC1003
    [[ $(sed -n 1p "$SAID") == 'a\032b\$\(touch\032pwned\)\'\''\"x.example' ]] || { cat "$SAID" && false; }
    [[ $(sed -n 2p "$SAID") == 'a%20b%24%28touch%20pwned%29%27%22x.example' ]] || { cat "$SAID" && false; }
    [[ $(sed -n 3p "$SAID") == "$PWD/$file" ]] || { cat "$SAID" && false; }
    [[ -e 'a%20b%24%28touch%20pwned%29%27%22x.example' ]]
    [[ $(find . -name pwned) == "" ]]
    zx convert "$T/odd" -o other --exec "exit 9"
    is 13
    err_clean
}

@test "-o through a symbolic link: the marker is beside the file behind it" {
    setup_said
    server_of 1 2
    mkdir real
    ln -s real/file link
    zx example.com "$S_1" -o link --exec "$TELL; ls -A . real >>\"\$SAID\"; exit 1"
    is 13
    box_holds link real real/.file.hook real/file
    zx example.com "$S_1" -o real/file --exec "$TELL"
    is 0
    box_holds link real real/file
}

@test "a marker in the way: exit 8, FILE stays" {
    setup_said
    server_of 1 2
    zx example.com "$S_1" -o zone
    echo precious >other
    ln -s other .zone.hook
    zx example.com "$S_2" -o zone --exec "$TELL"
    is 8
    err_has ".zone.hook is in the way: a symbolic link"
    whole zone 7 example.com. 1
    [[ $(<other) == precious ]]
    zx example.com "$S_1" -o zone --exec "$TELL"
    is 8
    zx example.com "@127.0.0.1#1" -o zone --exec "$TELL"
    is 3
    err_has ".zone.hook is in the way: a symbolic link"
    rm .zone.hook
    mkdir .zone.hook
    zx example.com "$S_2" -o zone --exec "$TELL"
    is 8
    rmdir .zone.hook
    [[ ! -e $SAID ]]
    box_holds other zone
}

@test "convert: file and recording, a failure with a pending command, the zone of FILE" {
    setup_said
    server_of 1 2
    zx example.com "$S_2" --record "$T/rec" -o "$T/got"
    zx convert "$T/v1" -o zone --exec "$TELL"
    is 0
    zx convert "$T/v1" -o zone --exec "$TELL"
    is 0
    zx convert "$T/rec" -o zone --exec "$TELL; exit 6" --report report
    is 13
    err_has "zxfr: example.com: --exec: exit status 6"
    jq -e '.result == "hook" and .exit == 13 and .message == "--exec: exit status 6" and
        .state == "updated" and .hooks[0].exit == 6 and .kind == "recording"' report >/dev/null ||
        { cat report && false; }
    # No input, or a bad one: the zone is the one in FILE.
    zx convert "$T/none" -o zone --exec "$TELL; exit 5" --report report
    is 7
    err_has "none" "example.com: --exec: exit status 5"
    jq -e '.exit == 7 and .hooks[0].exit == 5 and .state == "kept"' report >/dev/null
    echo "example.com. IN A 300.1.1.1" >"$T/bad"
    zx convert "$T/bad" -o zone --exec "$TELL"
    is 7
    told "example.com||1|file|
example.com|1|2|recording|
example.com|1|2|recording|
example.com|1|2|recording|"
    box_holds report zone
    # Another zone, on purpose: nothing is known of that zone's serial.
    rm "$SAID"
    zone_text example.org. 7 >"$T/org"
    zx convert "$T/org" -o zone --force --exec "$TELL"
    is 0
    told "example.org||7|file|"
    zx_start convert "$T/v1" -o zone --force --exec "$TELL; sleep 1000.875"
    eventually grep -q "example.com||1" "$SAID"
    kill "$ZX_PID"
    zx_wait
    is 143
    nothing_runs "sleep 1000.875"
}

@test "the secret of a variable is not passed on" {
    setup_said
    KEY=hmac-sha256:xfr-key.example.com:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
    primary_start --key "$KEY" "$ZONE"
    # shellcheck disable=SC2016
    SECRET=$KEY zx -k env:SECRET example.com "$S" -o zone --exec 'env >"$SAID"; tr "\0" "\n" </proc/$PPID/environ >>"$SAID"'
    is 0
    grep -q ^ZXFR_ZONE= "$SAID"
    lacks "$SAID" AAECAwQF
}

@test "what goes together" {
    server_of 1
    zx example.com "$S_1" --exec true
    usage_error "--exec needs -o FILE"
    zx example.com "$S_1" -o - --exec true
    usage_error "--exec needs -o FILE"
    zx convert "$T/v1" --exec true
    usage_error "--exec needs -o FILE"
    zx example.com "$S_1" -o zone --exec ''
    usage_error "--exec: the value is empty"
    zx example.com "$S_1" -o zone --cmd-timeout 5s
    usage_error "--cmd-timeout needs --check-cmd or --exec"
    zx example.com "$S_1" -o /dev/null --exec true
    usage_error "--exec: /dev/null is not a regular file"
    zx convert "$T/v1" -o /dev/null --exec true
    is 2
    err_has "--exec: /dev/null is not a regular file"
    zx diff "$T/v1" "$T/v1" -o zone --exec true
    usage_error --exec
    box_holds
}
