# shellcheck shell=bash
# What the tests of watch share, beside sync.bash.
#
#   watch_start WORD...          zxfr watch in the background; returns when it is ready
#   watch_end                    SIGTERM; it must end with status 0
#   free_port                    sets LISTEN to a port of loopback that is free for UDP and TCP
#   notify WORD... [ZONE]        tools/notify.py to 127.0.0.1, port LISTEN: $said
#   said_is WORDS                that must be what it has said
#   server_stop                  ends the last server of manyzones_start
#   manager_start                a service manager's socket; what it is told goes to $T/told
#   metric SERIES [FILE]         the value of a series (without labels: of that name)
#   has_serial N SERIAL          the file of the N-th zone has that serial
#   question_count TYPE [N]      so many questions the first server with --log "$T/log" was asked
#   tells ZONE WORDS             stderr says these words of the zone
#   descriptors                  how many zxfr has open

server_stop() {
    kill "$MANYZONES_PID"
    wait "$MANYZONES_PID" 2>/dev/null || true
}

manager_start() {
    local log=$T/told
    : >"$log"
    export NOTIFY_SOCKET=$T/manager
    setpriv --pdeathsig TERM -- /usr/bin/python3 "$TOOLS/manager.py" "$NOTIFY_SOCKET" >"$log" \
        2>"$log.err" </dev/null 3>&- &
    PIDS+=($!)
    eventually grep -q listening "$log"
}

told() { grep -qxF -- "$1" "$T/told"; }
told_count() { grep -cxF -- "$1" "$T/told" || true; }
told_times() { [[ $(told_count "$1") == "$2" ]]; }
ended() { refute kill -0 "$ZX_PID"; }

watch_start() {
    local before
    [[ -n ${NOTIFY_SOCKET:-} ]] || manager_start || return
    before=$(told_count READY=1)
    zx_start watch "$@"
    eventually watch_is_ready "$((before + 1))"
}
watch_is_ready() { told_times READY=1 "$1"; }

watch_end() {
    kill -TERM "$ZX_PID"
    zx_wait || return
    is 0
}

free_port() { LISTEN=$("$TOOLS/ports.py"); }

# The options come first, the zone is the last word.
notify() {
    local words=("${@:1:$#-1}")
    said=$(/usr/bin/python3 "$TOOLS/notify.py" "${words[@]}" "${TO:-127.0.0.1}" "$LISTEN" "${@: -1}" 2>&1) || {
        echo "notify ${*}: $said"
        return 1
    }
}
said_is() { [[ $said == "$1" ]] || { echo "said: $said, not: $1" && show; }; }

metric() {
    awk -v series="$1" '{ value = $NF; sub(/ [^ ]*$/, ""); if ($0 == series) { print value; found = 1 } }
        END { exit !found }' "${2:-metrics}"
}
metric_is() { [[ $(metric "$1") == "$2" ]]; }

# shellcheck disable=SC2154 # d is a folder
has_serial() { grep -q "^; zxfr end: $(NAME "$1")\. IN serial $2 " "d/$(NAME "$1").zone"; }

question_count() { awk -v type="$1" -v zone="${2:-}" '$2 == type && (zone == "" || $3 == zone) { n++ } END { print n + 0 }' "$T/log"; }
questions_are() { [[ $(question_count "$1" "${3:-}") == "$2" ]]; }
questions_exceed() { (($(question_count "$1" "${3:-}") > $2)); }
# No question is asked while another one would have been.
quiet_for() {
    local before
    before=$(wc -l <"$T/log")
    sleep "$1"
    [[ $(wc -l <"$T/log") == "$before" ]] || { echo "asked meanwhile:" && tail -n 3 "$T/log" && show; }
}

# The lines of stderr that tell words of a zone, alone or with others.
tells() { grep -F -- "$2" "$T/err" | grep -F -- "$1"; }
tells_times() { [[ $(tells "$2" "$3" | wc -l) == "$1" ]]; }

# has_lines WORDS N FILE: at least so many lines with these words; lines_are FILE N: in all.
has_lines() { (($(grep -cF -- "$1" "$3") >= $2)); }
lines_are() { [[ $(wc -l <"$1") == "$2" ]]; }
few_descriptors() { (($(descriptors) < $1)); }

descriptors() { find "/proc/$ZX_PID/fd" -mindepth 1 | wc -l; }
memory() { awk '$1 == "VmRSS:" { print $2 }' "/proc/$ZX_PID/status"; }
peak() { awk '$1 == "VmHWM:" { print $2 }' "/proc/$ZX_PID/status"; }
