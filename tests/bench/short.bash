# shellcheck shell=bash
# shellcheck disable=SC2154 # run assigns them
# What takes no time of its own, for run: a small zone from start to end, and a NOTIFY.

small_runs=200 notify_runs=40

short_quick() { small_runs=50 notify_runs=10; }

# In blocks of ten, so that both meet the same machine.
small_zone() {
    local block tool
    serve_stream small 50
    for ((block = 0; block < small_runs; block += 10)); do
        for tool in zxfr kdig dig; do
            transfer_note "small.$tool" "$tool" "$(port_of small)"
        done
    done
}

short_measure() {
    repeat=10
    small_zone
    "$top/tests/bench/notify.py" --changes "$notify_runs" --folder "$work/notify" \
        "$work/manyzones" "$ZXFR" >"$results/notify.zxfr"
}
