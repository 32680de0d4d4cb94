#!/usr/bin/env bats
# Signals, and what is shown on a terminal.

load helper

number_of() { kill -l "$1"; }

# Sends the signal to a run that has begun to write, and checks how it ends.
ends_by() {
    local signal=$1
    kill -"$signal" "$ZX_PID"
    zx_wait
    is $((128 + $(number_of "$signal")))
    [[ $(<"$T/err") == "zxfr: interrupted" ]] || show
}

@test "INT, TERM and HUP in a stalled transfer to a file" {
    write_big
    primary_start --do "stall -10" "$BIG"
    echo "; old" >zone
    for signal in INT TERM HUP; do
        zx_start example.com "$S" -o zone
        eventually test -s .zone.zxfr
        ends_by "$signal"
        [[ $(<zone) == "; old" ]]
        box_holds zone
    done
}

@test "INT, TERM and HUP in a busy transfer to a file" {
    primary_start --do endless "$ZONE"
    echo "; old" >zone
    for signal in INT TERM HUP; do
        zx_start example.com "$S" -o zone
        eventually test -s .zone.zxfr
        ends_by "$signal"
        [[ $(<zone) == "; old" ]]
        box_holds zone
    done
}

@test "before the first answer, and while connecting" {
    primary_start --do "stall 0" "$ZONE"
    for signal in INT TERM HUP; do
        zx_start example.com "$S" -o zone
        eventually test -e .zone.zxfr
        sleep 0.1
        ends_by "$signal"
        box_holds
    done
}

@test "no other server is tried after a signal" {
    primary_start --do "stall 0" "$ZONE"
    first=$S
    primary_start --query-log "$T/log" "$ZONE"
    zx_start example.com "$first" "$S" -o zone
    eventually test -e .zone.zxfr
    sleep 0.1
    ends_by INT
    [[ ! -s $T/log ]]
}

@test "a stream to a file through stdout is marked" {
    write_big
    primary_start --do "stall -10" "$BIG"
    zx_start example.com "$S"
    eventually test -s "$T/out"
    ends_by INT
    incomplete
    out_has interrupted
}

@test "a stream to a pipe is marked, too" {
    write_big
    primary_start --do "stall -10" "$BIG"
    mkfifo pipe
    cat pipe >copy 3>&- &
    PIDS+=($!)
    env --default-signal=INT,TERM,HUP,PIPE "$ZXFR" example.com "$S" >pipe 2>"$T/err" 3>&- &
    ZX_PID=$!
    sleep 0.7
    ends_by INT
    wait "${PIDS[-1]}"
    tail -n 1 copy
    [[ $(tail -n 1 copy) == "; zxfr INCOMPLETE: "* ]]
    grep -q host1 copy
}

@test "a pipe that nobody reads does not hold up a signal" {
    write_big
    primary_start "$BIG"
    mkfifo pipe
    sleep 60 <>pipe 3>&- &
    PIDS+=($!)
    for option in -4 --whole; do
        for signal in INT TERM; do
            zx_start example.com "$S" "$option" -o pipe
            sleep 0.5
            ends_by "$signal"
        done
    done
    box_holds pipe
}

@test "while waiting for the lock" {
    primary_start --do "stall -3" "$ZONE"
    zx_start example.com "$S" -o zone
    first=$ZX_PID
    eventually test -e .zone.zxfr
    zx_start example.com "$S" -o zone --wait
    sleep 0.3
    ends_by INT
    [[ -e .zone.zxfr ]]
    ZX_PID=$first
    ends_by TERM
    box_holds
}

@test "while a FIFO has no reader" {
    primary_start "$ZONE"
    mkfifo pipe
    for signal in INT HUP; do
        zx_start example.com "$S" -o pipe
        sleep 0.3
        ends_by "$signal"
    done
    # a report that nobody takes: the rest is done
    for words in "example.com $S -o zone" "convert $ZONE -o zone" "diff $ZONE $ZONE"; do
        for signal in INT TERM; do
            # shellcheck disable=SC2086
            zx_start $words --report pipe
            sleep 0.3
            ends_by "$signal"
        done
    done
    whole zone
    box_holds pipe zone
}

@test "a signal that was ignored stays ignored" {
    primary_start --do "delay -10 1500" "$ZONE"
    env --default-signal=INT --ignore-signal=HUP "$ZXFR" example.com "$S" -o zone 2>"$T/err" 3>&- &
    ZX_PID=$!
    eventually test -e .zone.zxfr
    sleep 0.2
    kill -HUP "$ZX_PID"
    zx_wait
    is 0
    whole zone
    rm zone
    nohup "$ZXFR" example.com "$S" -o zone >/dev/null 2>"$T/err" </dev/null 3>&- &
    ZX_PID=$!
    eventually test -e .zone.zxfr
    sleep 0.2
    kill -HUP "$ZX_PID"
    zx_wait
    is 0
    whole zone
}

@test "a second signal does no harm" {
    write_big
    primary_start --do "stall -10" "$BIG"
    zx_start example.com "$S" -o zone
    eventually test -s .zone.zxfr
    kill -INT "$ZX_PID"
    kill -INT "$ZX_PID" 2>/dev/null || true
    zx_wait
    is 130
    box_holds
}

@test "USR1 and ALRM have their default effect; PIPE at a socket has none" {
    primary_start --do "reset 0" "$ZONE"
    zx example.com "$S"
    is 3
}

# ---- The terminal ------------------------------------------------------------------------------

# Runs a shell line with a terminal as its stdin, stdout and stderr; what was shown is in $T/screen.
on_terminal() {
    script -qec "$1" "$T/screen" >/dev/null </dev/null 3>&- || status=$?
    [[ -s $T/screen ]]
}

@test "progress is shown where stderr alone is a terminal, and removed" {
    write_big
    primary_start --do "delay -10 700" "$BIG"
    on_terminal "'$ZXFR' example.com $S >'$T/out'"
    grep -q $'\r\x1b\\[K.*example.com.* records' "$T/screen"
    # what was shown last is the order to clear the line
    [[ $(grep -v '^Script ' "$T/screen" | tr -d '\n' | tail -c 4 | od -An -tx1 | tr -d ' ') == 0d1b5b4b ]] || {
        od -c "$T/screen" && show
    }
    whole "$T/out" "$BIG_RECORDS"
}

@test "no progress with -q, --no-progress, or once the zone goes to the terminal" {
    write_big 3000
    primary_start "$BIG"
    for line in "-q >'$T/out'" "--no-progress >'$T/out'" "-q" "--no-progress"; do
        on_terminal "'$ZXFR' example.com $S $line" || true
        if grep -q ' records, ' "$T/screen"; then show; fi
    done
    # without these, none once the zone has begun
    on_terminal "'$ZXFR' example.com $S" || true
    grep -q $'\tSOA\t' "$T/screen"
    if sed '1,/\tSOA\t/d' "$T/screen" | grep -q ' records, '; then show; fi
}

@test "no progress where stderr is no terminal, unless asked for" {
    write_big
    primary_start "$BIG"
    zx example.com "$S"
    err_empty
    zx example.com "$S" --progress
    is 0
    err_has records
    zx example.com "$S" --progress -o zone
    is 0
    err_has records
}

@test "progress is removed before a message and at a signal" {
    write_big
    primary_start --do "stall -10" "$BIG"
    on_terminal "'$ZXFR' example.com $S --idle-timeout 1 >'$T/out'"
    grep -q $' records' "$T/screen"
    grep -Eq $'\r\x1b\\[K(\x1b\\[1;31m)?zxfr:' "$T/screen"
    on_terminal "timeout --foreground -s INT 1 env --default-signal=INT '$ZXFR' example.com $S >'$T/out'"
    grep -Eq $'\r\x1b\\[K(\x1b\\[1;31m)?zxfr:(\x1b\\[0m)? interrupted' "$T/screen" || {
        od -c "$T/screen" && show
    }
}

@test "a signal is told once, also where the zone is on the same terminal" {
    write_big
    primary_start --do "stall -10" "$BIG"
    for options in "" "-v" "-q" "-o zone" "-o zone -v"; do
        on_terminal "timeout --foreground -s INT 1 env --default-signal=INT '$ZXFR' example.com $S $options"
        count_is 1 interrupted "$T/screen"
        grep -q 'zxfr:.* interrupted' "$T/screen" || show
    done
}

@test "progress masks the zone's name" {
    {
        zone_text '\027x.'
        for i in {1..3000}; do echo "h$i IN A 192.0.2.1"; done
    } >"$T/odd"
    primary_start "$T/odd"
    zx '\027x' "$S" --progress
    is 0
    err_has records
}
