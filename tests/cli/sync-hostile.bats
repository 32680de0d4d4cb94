#!/usr/bin/env bats
# The command sync against whoever means harm: servers, catalogs, local users, and bad luck.

load helper
load sync

begin() {
    manyzones_start --zones "${1:-5}" --serial 7
    mkdir d
    Z=$(NAME 0) F=d/$(NAME 0).zone
}

# ---- Local files -------------------------------------------------------------------------------

@test "no output falls on another one, on what is read, or on a name that a zone's file may have" {
    begin
    zx sync "$Z" "$S" -d d
    cp "$F" before
    echo "$Z $S" >list
    echo 'key "k." { algorithm hmac-sha256; secret "AAAA"; };' >key
    chmod 600 key
    cp key keep
    ln -s d folder
    ln -s "$F" link
    mkdir diffs refused d/.old
    local bad=("--report $F" "--metrics $F" "--metrics d/other.zone" "--report folder/$Z.zone"
        "--metrics link" "--report d/.$Z.zone.zxfr" "--metrics d/.$Z.zone.hook" "--report m --metrics m"
        "--report key -k key" "--metrics key -k key" "--metrics diffs/x.1-2.diff --diff-dir diffs"
        "--metrics refused/x.1.zone --keep-refused refused --min-records 1"
        "--keep-refused folder --min-records 1" "--keep-refused d/.old --min-records 1")
    for words in "${bad[@]}"; do
        # shellcheck disable=SC2086
        zx sync "$Z" "$(NAME 1)" "$S" -d d $words
        usage_error
        cmp "$F" before
        cmp key keep
        names_are "$Z"
        [[ ! -e m && ! -e refused/x.1.zone && ! -e diffs/x.1-2.diff ]]
    done
    for words in "--report list" "--metrics list" "--unlisted-to folder" "--unlisted-to d/.old"; do
        # shellcheck disable=SC2086
        zx sync --list list -d d $words
        usage_error
        [[ $(<list) == "$Z $S" ]]
    done
    cp list d/list.zone
    zx sync --list d/list.zone -d d --adopt
    usage_error "list: d/list.zone has the name of a file that sync writes"
    # Nor is anything written to one where the run ends before it is looked at.
    echo "$Z --nonsense" >list
    zx sync --list list -d d --metrics list
    is 2
    [[ $(<list) == "$Z --nonsense" ]]
    status=0
    "$ZXFR" sync "$(NAME 1)" "$S" -d d --report out >out 2>"$T/err" || status=$?
    is 2
    # What only resembles them is allowed.
    zx sync "$(NAME 1)" "$S" -d d --report d/report --metrics d/zone
    is 0
}

@test "what is not a file is nobody's, whatever is adopted" {
    begin
    for what in fifo folder device; do
        case $what in
            fifo) mkfifo "$F" ;;
            folder) mkdir "$F" ;;
            device) ln -s /dev/zero "$F" ;;
        esac
        LIMIT=20 zx sync "$Z" "$(NAME 1)" "$S" -d d --adopt --no-sandbox
        is 12
        err_has "$F: it is not a file that can be read"
        is_zone "d/$(NAME 1).zone" 1 7
        rm -rf d
        mkdir d
    done
}

@test "a huge file of somebody else costs no time" {
    begin
    truncate -s 400G "$F" || skip "no sparse files here"
    LIMIT=30 zx sync "$Z" "$(NAME 1)" "$S" -d d
    is 12
    err_has "$F: it has no end line"
    is_zone "d/$(NAME 1).zone" 1 7
}

@test "what follows an end line is found behind much, and at the end of a long file" {
    begin
    zx sync "$Z" "$S" -d d
    head -c 2000000 /dev/zero | tr '\0' '\n' | cat - "$F" >long
    printf '; a word\n' >>long
    cp long "$F"
    zx sync "$Z" "$S" -d d
    is 0
    err_has "something follows its end line"
    cmp long "$F.edited"
    is_zone "$F" 0 7
}

@test "old files are kept in a folder, and nowhere else" {
    begin
    mkdir away
    for i in 1 2 3; do echo precious >"away/x.$i.zone"; done
    ln -s ../away d/.old
    for more in "" --no-sandbox; do
        # shellcheck disable=SC2086
        zx sync "$Z" "$S" -d d --keep 1 $more
        is 8
        err_has "d/.old is in the way: not a folder"
        names_are
    done
    [[ $(cat away/*) == $'precious\nprecious\nprecious' ]]
    rm d/.old
    : >d/.old
    zx sync "$Z" "$S" -d d --keep 1
    is 8
    [[ $(manyzones_count connections) == 0 ]]
}

@test "a note that is locked for ever ends no run and no other zone's command" {
    begin
    echo '1 axfr 1.1' >"d/.$Z.zone.hook"
    flock "d/.$Z.zone.hook" sleep 300 3>&- &
    PIDS+=($!)
    eventually refute flock -n "d/.$Z.zone.hook" true
    # shellcheck disable=SC2016
    LIMIT=40 zx sync "$Z" "$(NAME 1)" "$S" -d d --exec 'echo "$ZXFR_ZONE" >>log' --cmd-timeout 1
    pkill -P "${PIDS[-1]}" sleep
    is 13
    err_has "$Z: --exec: not run: another run has locked the note of it"
    [[ $(<log) == "$(NAME 1)" ]]
    is_zone "$F" 0 7
    [[ -s d/.$Z.zone.hook ]] # the next run tries again
    # shellcheck disable=SC2016
    zx sync "$Z" "$(NAME 1)" "$S" -d d --exec 'echo "$ZXFR_ZONE" >>log'
    is 0
    [[ $(tail -n 1 log) == "$Z" ]]
}

# ---- Bad luck ----------------------------------------------------------------------------------

@test "what cannot be told is an error with words, and no file is lost" {
    begin
    zx sync "$Z" "$(NAME 1)" "$S" -d d --report /dev/full
    is 8
    err_has "cannot write /dev/full: No space left on device"
    names_are "$Z" "$(NAME 1)"
    rm d/*
    status=0
    timeout --foreground 60 "$ZXFR" sync "$Z" "$(NAME 1)" "$S" -d d 2>"$T/err" >/dev/full || status=$?
    is 8
    err_has "cannot write standard output: No space left on device"
    [[ $(wc -l <"$T/err") == 1 ]]
    names_are "$Z" "$(NAME 1)"
}

# ---- Servers -----------------------------------------------------------------------------------

@test "three hundred mute servers hold up no zone of a good one" {
    begin 20
    cat >mute.py <<'PYTHON'
import select
import socket
servers, open_ones = [], []
for i in range(300):
    s = socket.socket()
    s.bind(('127.0.%d.%d' % (1 + i // 200, i % 200 + 1), 0))
    s.listen(64)
    servers.append(s)
    for j in range(8):
        print('m%d.s%d.example @%s#%d' % (j, i, *s.getsockname()))
print('ready', flush=True)
while True:
    for s in select.select(servers, [], [])[0]:
        open_ones.append(s.accept()[0])
PYTHON
    setpriv --pdeathsig TERM -- /usr/bin/python3 mute.py >mute 2>&1 3>&- &
    PIDS+=($!)
    eventually grep -q ready mute
    grep -v ready mute >list
    for i in {0..19}; do echo "$(NAME $i) $S"; done >>list
    zx_start sync --list list -d d --answer-timeout 60 --max-time 90
    # Places are shared by servers, and are free again when nothing has come for a moment.
    eventually test -e "d/$(NAME 19).zone"
    eventually eval '[[ $(names | wc -l) == 20 ]]'
    kill "$ZX_PID"
    zx_wait
    is 143
}

@test "what brings more than there is memory for is ended, and harms nobody" {
    begin
    manyzones_start --zones 8 --serial 7 --do 'zone 5 big 1000000' --do 'zone 6 big 1000000' \
        --do 'zone 7 big 100000'
    zx sync zone00000{0..7}.example "$S" -d d --memory 16M
    is 12
    err_has "it has brought more than there is room for" "zone000005.example" "zone000006.example"
    names_are zone00000{0,1,2,3,4,7}.example
    [[ $(find d -name '.*' ! -name .) == "" ]]
    zx sync zone000005.example "$S" -d d --memory 256M
    is 0
}

@test "few descriptors: a run ends early, but never badly, and every file is whole" {
    begin 300
    for ((i = 0; i < 300; i++)); do echo "$(NAME $i) $S"; done >list
    for most in 64 24 16 12; do
        status=0
        (ulimit -n $most && exec "$ZXFR" sync --list list -d d) >"$T/out" 2>"$T/err" </dev/null || status=$?
        ((status == 0 || status == 8 || status == 12)) || show
        err_clean
        [[ -z $(find d -name '.*' ! -name .) ]]
        written=$(find d -name '*.zone' | wc -l)
        ((status != 0 || written == 300)) || show
        # one that was not whole would have no such line
        [[ $(find d -name '*.zone' -exec tail -qn 1 {} + | grep -c '^; zxfr end: ') == "$written" ]]
        rm -f d/*
    done
    zx sync --list list -d d
    is 0
}
