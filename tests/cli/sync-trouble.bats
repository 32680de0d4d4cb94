#!/usr/bin/env bats
# What goes wrong around a run over many zones while it is at work: a disk that is full, a folder that goes or
# cannot be written, files that somebody else changes or writes. Files stay whole, and the next run makes all good.

load helper

zones() { seq -f 'zone%06g.example' 0 "$1"; }

# All files are as their end lines say, and there are N.
all_whole() {
    local files
    files=$(find "${2:-d}" -maxdepth 1 -name '*.zone' ! -name '.*' | wc -l)
    [[ $files == "$1" ]] || { echo "$files files" && show; } || return
    ((files == 0)) || python3 "$BATS_TEST_DIRNAME/../tools/sum.py" "${2:-d}"/*.zone || show
}

setup_zones() {
    mkdir d
    zones "$1" >list
    manyzones_start --zones $(($1 + 1)) "${@:2}"
}

@test "a disk that is full: what was there stays, what did not fit is told" {
    need_namespaces
    setup_zones 39
    zx sync --list list "$S" -d d -q
    is 0
    for ((i = 0; i < 40; i++)); do echo "$i 2"; done >changes
    mapfile -t lines <changes
    manyzones_change "${lines[@]}"
    # room for the files as they are, each of which takes a page, and for nothing else
    cat >"$T/full" <<'SCRIPT'
mkdir "$1/small" && mount -t tmpfs -o size=160k none "$1/small" && cp "$1"/d/* "$1/small" || exit 99
shift
status=0
"$ZXFR" sync --list list "$S" -d small --no-sandbox || status=$?
mkdir after && cp -a small/. after && umount small && rmdir small
exit $status
SCRIPT
    status=0
    S=$S unshare -rm sh "$T/full" "$PWD" >"$T/out" 2>"$T/err" || status=$?
    [[ $status == 8 || $status == 12 ]] || show
    err_has "No space left on device"
    all_whole 40 after
    [[ -z $(find after -name '.*.zxfr') ]] || { ls -la after && false; }
    # the next run, with room
    zx sync --list list "$S" -d after -q
    is 0
    all_whole 40 after
    [[ $(grep -l ' serial 2 ' after/*.zone | wc -l) == 40 ]]
}

@test "a limit of the size of files" {
    setup_zones 3 --do "zone 1 big 3000"
    status=0
    (ulimit -f 16 && exec "$ZXFR" sync --list list "$S" -d d) >"$T/out" 2>"$T/err" </dev/null || status=$?
    is 12
    err_has "zone000001.example: " "File too large"
    all_whole 3
    [[ -z $(find d -name '.*') ]]
}

@test "a folder that is removed while the run is at work" {
    setup_zones 30 --do "for transfers delay 1500"
    zx_start sync --list list "$S" -d d --answer-timeout 30s
    sleep 0.3 # no file is begun before an answer has
    rm -rf d
    zx_wait
    is 8
    err_has "No such file or directory"
    [[ ! -e d ]]
    # another folder of that name is not the one that was locked
    mkdir d
    zx_start sync --list list "$S" -d d --answer-timeout 30s
    sleep 0.3
    mv d elsewhere
    mkdir d
    zx_wait
    [[ $status == 0 || $status == 8 ]] || show
    all_whole "$(find d -name '*.zone' | wc -l)"
    [[ -z $(find d elsewhere -name '.*.zxfr') ]]
}

@test "a folder that cannot be written" {
    setup_zones 30
    chmod 755 "$T" .
    chmod 555 d
    zx_nobody sync --list list "$S" -d d
    is 8
    err_has "Permission denied"
    [[ -z $(ls -A d) ]]
}

@test "a file that somebody changes meanwhile is not replaced" {
    setup_zones 2
    zx sync --list list "$S" -d d -q
    is 0
    manyzones_change "0 2" "1 2" "2 2"
    kill "$MANYZONES_PID"
    manyzones_start --zones 3 --serial 2 --do "zone 1 for transfers delay 600"
    zx_start sync --list list "$S" -d d
    eventually grep -q ' serial 2 ' d/zone000002.example.zone
    echo "; somebody was here" >>d/zone000001.example.zone
    cp d/zone000001.example.zone theirs
    zx_wait
    is 12
    err_has "zone000001.example: " "changed by somebody else"
    cmp d/zone000001.example.zone theirs
    zx sync --list list "$S" -d d -q
    is 0
    all_whole 3
    cmp d/zone000001.example.zone.edited theirs
}

@test "a file that zxfr get is writing" {
    setup_zones 2
    # whoever writes a file has its temporary file locked
    : >d/.zone000001.example.zone.zxfr
    flock --no-fork d/.zone000001.example.zone.zxfr sleep 30 3>&- &
    PIDS+=($!)
    sleep 0.2
    zx sync --list list "@127.0.0.1#${PORTS[0]}" -d d
    is 12
    err_has "zone000001.example: " "another run"
    [[ -e d/.zone000001.example.zone.zxfr ]]
    kill "${PIDS[-1]}"
    wait "${PIDS[-1]}" || true
    zx sync --list list "@127.0.0.1#${PORTS[0]}" -d d
    is 0
    all_whole 3
    [[ -z $(find d -name '.*') ]]
}
