#!/usr/bin/env bats
# Where the zone goes: standard output, files as transactions, and what is no file.

load helper

inode() { stat -c '%i %Y' "$1"; }

# A file that must stay as it is, and the check that it did.
old_file() {
    echo "; the old zone" >"$1"
    touch -d '2020-01-01' "$1"
    OLD_STATE=$(stat -c '%i %y %a %U' "$1")
}
old_stays() {
    [[ $(<"$1") == "; the old zone" && $(stat -c '%i %y %a %U' "$1") == "$OLD_STATE" ]] || {
        stat "$1" && show
    }
}

# ---- Standard output ---------------------------------------------------------------------------

@test "the zone is named in the case of its SOA, however it was typed" {
    zone_text Example.COM. >"$T/odd"
    primary_start "$T/odd"
    for typed in EXAMPLE.com example.com; do
        for options in "" --pretty --relative "--relative --pretty"; do
            # shellcheck disable=SC2086
            zx "$typed" "$S" $options
            is 0
            refute grep -iE 'ORIGIN|end:' <(grep -vE '(ORIGIN|end:) Example.COM.' "$T/out")
            grep -q '^; zxfr end: Example.COM. IN serial' "$T/out"
        done
        zx "$typed" "$S" --sort
        is 0
        grep -q '^; zxfr end: example.com. IN serial' "$T/out"
    done
    zx EXAMPLE.com "$S" --sort --keep-case
    is 0
    grep -q '^; zxfr end: Example.COM. IN serial' "$T/out"
}

@test "a zone on stdout ends with its end line" {
    primary_start "$ZONE"
    zx example.com "$S"
    is 0
    err_empty
    whole "$T/out"
    out_has $'mail.example.com.\t3600\tIN\tAAAA\t2001:db8::25'
    zx example.com "$S" -o -
    is 0
    whole "$T/out"
}

@test "a large zone, in messages of several sizes" {
    write_big
    for option in "--records 1000" "--message-size 512" "--soa-alone --opt-only 3" "--compress none"; do
        # shellcheck disable=SC2086
        primary_start $option "$BIG"
        zx example.com "$S"
        is 0
        whole "$T/out" "$BIG_RECORDS"
        cp "$T/out" "$T/${first:-first}"
        first=second
        cmp "$T/first" "$T/out"
    done
}

@test "a cut stream ends with INCOMPLETE" {
    write_big 2000
    primary_start --message-size 1000 --do "close -500" "$BIG"
    zx example.com "$S"
    is 3
    incomplete
    [[ $(grep -vc '^;' "$T/out") -gt 1000 ]]
}

@test "no line is cut, wherever the stream is" {
    primary_start --records 2 --do "close -1" "$ZONE"
    size=$( ("$PRIMARY" --drain 127.0.0.1 "$PORT" example.com) 2>/dev/null)
    for ((at = 0; at < size; at += 7)); do
        primary_start --records 2 --do "close $at" "$ZONE"
        zx example.com "$S"
        is 3
        incomplete
        refute grep -vqE $'^; zxfr INCOMPLETE: |^[^\t]+\t3600\tIN\t[A-Z]+\t.+$' "$T/out"
        kill "${PIDS[-1]}"
    done
}

@test "closed and full standard output" {
    write_big
    primary_start "$BIG"
    for option in -4 --whole; do
        status=0
        "$ZXFR" "$option" example.com "$S" >&- 2>"$T/err" || status=$?
        is 8
        err_has "standard output"
        status=0
        "$ZXFR" "$option" example.com "$S" >/dev/full 2>"$T/err" || status=$?
        is 8
        err_has "standard output"
        err_has "No space left"
        err_clean
    done
    box_holds
}

@test "a small zone does not pass into a full standard output" {
    primary_start "$ZONE"
    status=0
    "$ZXFR" example.com "$S" >/dev/full 2>"$T/err" || status=$?
    is 8
}

@test "all three standard descriptors closed" {
    primary_start "$ZONE"
    status=0
    "$ZXFR" example.com "$S" <&- >&- 2>&- || status=$?
    [[ $status == 8 ]]
    status=0
    "$ZXFR" example.com "$S" -o zone <&- >&- 2>&- || status=$?
    [[ $status == 0 ]]
    whole zone
}

@test "a reader that leaves: SIGPIPE, without a message" {
    write_big
    primary_start "$BIG"
    # shellcheck disable=SC2016
    env --default-signal=PIPE bash -c '"$ZXFR" "$@" 2>err | head -n 1 >line; echo "${PIPESTATUS[0]}" >status' - example.com "$S"
    status=$(<status)
    cp err "$T/err"
    is 141
    err_empty
    [[ $(wc -l <line) == 1 ]]
}

@test "a reader that leaves where SIGPIPE is ignored: exit 8" {
    write_big
    primary_start "$BIG"
    # shellcheck disable=SC2016
    env --ignore-signal=PIPE bash -c '"$ZXFR" "$@" 2>err | head -n 1 >line; echo "${PIPESTATUS[0]}" >status' - example.com "$S"
    status=$(<status)
    is 8
}

@test "a reader that leaves ends --help, too" {
    # shellcheck disable=SC2016
    env --default-signal=PIPE bash -c '{ sleep 0.3; "$ZXFR" --help 2>err; echo $? >status; } | true'
    status=$(<status)
    is 141
    # shellcheck disable=SC2016
    env --ignore-signal=PIPE bash -c '{ sleep 0.3; "$ZXFR" --help 2>err; echo $? >status; } | true'
    status=$(<status)
    is 8
}

@test "--whole: nothing on stdout before the zone is complete" {
    write_big
    primary_start --do "stall -10" "$BIG"
    zx --whole example.com "$S" --idle-timeout 1
    is 3
    out_empty
    primary_start "$BIG"
    zx --whole example.com "$S"
    is 0
    whole "$T/out" "$BIG_RECORDS"
    box_holds
}

@test "a temporary file never has a name, so that none is left by whom it may" {
    command -v strace >/dev/null || { echo "strace is not installed" && return 1; }
    mkdir tmp
    /usr/bin/python3 -c 'import os; os.open("tmp", os.O_TMPFILE | os.O_RDWR)' || skip "the file system makes none"
    export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
    primary_start "$ZONE"
    TMPDIR=$PWD/tmp strace -f -qq -e trace=openat -o "$T/trace" "$ZXFR" --whole example.com "$S" >zone
    grep -F "$PWD/tmp" "$T/trace"
    refute grep -F "$PWD/tmp/" "$T/trace"
}

@test "--whole needs a folder for temporary files" {
    primary_start "$ZONE"
    TMPDIR=$T/missing zx --whole example.com "$S"
    is 8
    err_has "cannot make a temporary file in $T/missing: No such file or directory"
    err_has TMPDIR
    out_empty
    TMPDIR=$(printf '/a%.0s' {1..3000}) zx --whole example.com "$S"
    is 8
    out_empty
}

@test "appending to a file through stdout" {
    primary_start "$ZONE"
    echo first >both
    "$ZXFR" example.com "$S" >>both
    "$ZXFR" --whole example.com "$S" >>both
    [[ $(head -n 1 both) == first && $(grep -c "zxfr end" both) == 2 && $(wc -l <both) == 17 ]]
}

# ---- Files -------------------------------------------------------------------------------------

@test "-o makes a new file, with the mode that umask leaves" {
    primary_start "$ZONE"
    zx example.com "$S" -o zone
    is 0
    out_empty
    err_empty
    whole zone
    [[ $(stat -c %a zone) == 644 ]]
    umask 077
    zx example.com "$S" -o private
    is 0
    [[ $(stat -c %a private) == 600 ]]
    box_holds private zone
}

@test "the same octets go to a file and to stdout" {
    primary_start "$ZONE"
    zx example.com "$S" -o zone
    zx example.com "$S"
    cmp zone "$T/out"
    zx example.com "$S" --whole
    cmp zone "$T/out"
}

@test "-o replaces a file" {
    primary_start "$ZONE"
    old_file zone
    zx example.com "$S" -o zone
    is 0
    whole zone
    [[ $(stat -c %i zone) != "${OLD_STATE%% *}" ]]
    box_holds zone
    zone_text example.com. 2026112202 >"$T/new"
    primary_start "$T/new"
    zx example.com "$S" -o "$T/box/zone"
    is 0
    whole zone 7 example.com. 2026112202
    box_holds zone
}

@test "a file with the same content is left alone" {
    primary_start "$ZONE"
    zx example.com "$S" -o zone
    touch -d '2020-01-01' zone
    chmod 444 zone
    before=$(stat -c '%i %y %a' zone)
    zx example.com "$S" -o zone
    is 0
    [[ $(stat -c '%i %y %a' zone) == "$before" ]]
    zx -v example.com "$S" -o zone
    err_has unchanged
    box_holds zone
}

@test "--touch renews the time of a file that stays the same" {
    primary_start "$ZONE"
    zx example.com "$S" -o zone
    touch -d '2020-01-01' zone
    number=$(stat -c %i zone)
    zx example.com "$S" -o zone --touch
    is 0
    [[ $(stat -c %i zone) == "$number" && $(($(date +%s) - $(stat -c %Y zone))) -lt 60 ]]
    box_holds zone
}

@test "a file that is the beginning of the new one, or goes on behind it, is replaced" {
    primary_start "$ZONE"
    zx example.com "$S" -o zone
    cp zone good
    head -c 100 good >zone
    zx example.com "$S" -o zone
    cmp zone good
    cat good good >zone
    zx example.com "$S" -o zone
    cmp zone good
    : >zone
    zx example.com "$S" -o zone
    cmp zone good
    sed 's/192.0.2.1/192.0.2.9/' good >zone
    zx example.com "$S" -o zone
    cmp zone good
}

@test "mode and owner of the old file are kept" {
    primary_start "$ZONE"
    for mode in 600 640 664 444 400 200 755; do
        rm -f zone
        old_file zone
        chmod "$mode" zone
        zx example.com "$S" -o zone
        is 0
        [[ $(stat -c %a zone) == "$mode" ]] || stat zone
        chmod 600 zone
        whole zone
    done
    ((EUID == 0)) || skip "only root can give a file away"
    old_file zone
    chown 65534:12345 zone
    chmod 640 zone
    zx example.com "$S" -o zone
    is 0
    [[ $(stat -c '%u %g %a' zone) == "65534 12345 640" ]] || stat zone
}

@test "a file of somebody else, replaced by who may write the folder only" {
    ((EUID == 0)) || skip "only root can give a file away"
    primary_start "$ZONE"
    chmod 777 .
    old_file zone
    chmod 664 zone
    zx_nobody example.com "$S" -o zone
    is 0
    whole zone
    # neither the owner nor the group can be kept, so the new group gets no right of the old one
    [[ $(stat -c '%u %g %a' zone) == "65534 65534 604" ]] || stat zone
}

@test "nobody can read the temporary file of a private zone" {
    primary_start --do "stall -3" "$ZONE"
    umask 000
    zx_start example.com "$S" -o zone
    eventually test -s .zone.zxfr -o -e .zone.zxfr
    [[ $(stat -c %a .zone.zxfr) == 600 ]]
    kill "$ZX_PID"
    zx_wait
}

# ---- Symbolic links ----------------------------------------------------------------------------

@test "symbolic links are followed: relative, absolute, a chain, through folders" {
    primary_start "$ZONE"
    mkdir real
    ln -s real/zone relative
    ln -s "$PWD/real/zone" absolute
    ln -s relative chain
    ln -s real folder
    ln -s ../relative real/back
    for name in relative absolute chain folder/zone real/back; do
        old_file real/zone
        zx example.com "$S" -o "$name"
        is 0
        [[ -f real/zone && ! -L real/zone ]]
        whole real/zone
        box_holds absolute chain folder real real/back real/zone relative
    done
    [[ $(readlink relative) == real/zone && -L absolute && -L chain ]]
}

@test "a dangling link makes its target" {
    primary_start "$ZONE"
    mkdir real
    ln -s real/zone link
    zx example.com "$S" -o link
    is 0
    [[ -L link && ! -L real/zone ]]
    whole real/zone
    ln -s missing/zone dangling
    zx example.com "$S" -o dangling
    is 8
    err_has "the folder missing: No such file"
    box_holds dangling link real real/zone
}

@test "links in a circle" {
    primary_start "$ZONE"
    ln -s b a
    ln -s a b
    ln -s self self
    for name in a self; do
        zx example.com "$S" -o "$name"
        is 8
        err_has "$name"
        err_has "symbolic links"
    done
    box_holds a b self
}

@test "the temporary file is beside the real file" {
    primary_start --do "stall -3" "$ZONE"
    mkdir real
    ln -s real/zone link
    zx_start example.com "$S" -o link
    eventually test -e real/.zone.zxfr
    kill "$ZX_PID"
    zx_wait
    box_holds link real
}

# ---- What is no file ---------------------------------------------------------------------------

@test "a FIFO is written straight" {
    write_big
    primary_start "$BIG"
    mkfifo pipe
    timeout 30 cat pipe >copy 3>&- &
    PIDS+=($!)
    zx example.com "$S" -o pipe
    is 0
    wait "${PIDS[-1]}"
    whole copy "$BIG_RECORDS"
    [[ -p pipe ]]
    box_holds copy pipe
}

@test "a FIFO gets the mark of a cut transfer, and nothing of it with --whole" {
    write_big
    primary_start --do "close -100" "$BIG"
    mkfifo pipe
    timeout 30 cat pipe >copy 3>&- &
    PIDS+=($!)
    zx example.com "$S" -o pipe
    is 3
    wait "${PIDS[-1]}"
    [[ $(tail -n 1 copy) == "; zxfr INCOMPLETE: "* ]]
    timeout 30 cat pipe >copy 3>&- &
    PIDS+=($!)
    zx example.com "$S" -o pipe --whole
    is 3
    wait "${PIDS[-1]}"
    [[ ! -s copy ]]
}

@test "devices" {
    primary_start "$ZONE"
    zx example.com "$S" -o /dev/null
    is 0
    [[ -c /dev/null ]]
    ln -s /dev/null null
    zx example.com "$S" -o null
    is 0
    [[ -c /dev/null ]]
    zx example.com "$S" -o /dev/full
    is 8
    err_has /dev/full
    zx example.com "$S" -o /dev/full --whole
    is 8
    [[ ! -e /dev/.null.zxfr && ! -e /dev/.full.zxfr ]]
    box_holds null
}

@test "descriptors of zxfr itself are no output" {
    primary_start "$ZONE"
    for fd in 3 4 5 6; do
        for option in -o --report; do
            status=0
            "$ZXFR" example.com "$S" $option /dev/fd/$fd >"$T/out" 2>"$T/err" \
                3>&- 4>&- 5>&- 6>&- || status=$?
            is 8
        done
    done
    status=0
    "$ZXFR" example.com "$S" -o /dev/fd/0 <&- >"$T/out" 2>"$T/err" || status=$?
    is 8
}

@test "descriptors: /dev/stdout, /dev/fd/N, /proc/self/fd/N" {
    primary_start "$ZONE"
    zx example.com "$S" -o /dev/stdout
    is 0
    whole "$T/out"
    for name in /dev/fd/7 /proc/self/fd/7; do
        for option in -4 --whole; do
            echo first >file
            status=0
            "$ZXFR" "$option" example.com "$S" -o "$name" 7>>file >"$T/out" 2>"$T/err" || status=$?
            is 0
            out_empty
            [[ $(head -n 1 file) == first ]]
            tail -n +2 file >zone
            whole zone
        done
    done
    zx example.com "$S" -o /dev/fd/9
    is 8
    err_has /dev/fd/9
}

@test "a process substitution" {
    primary_start "$ZONE"
    "$ZXFR" example.com "$S" -o >(cat >copy)
    eventually grep -q 'zxfr end' copy
    whole copy
}

@test "a folder is no file" {
    primary_start "$ZONE"
    mkdir folder
    ln -s folder link
    for name in folder folder/ . / .. ./ link link/ /dev/; do
        zx example.com "$S" -o "$name"
        is 8
        err_has directory
        err_clean
    done
    box_holds folder link
}

# ---- Folders and names that cannot be ----------------------------------------------------------

@test "a missing folder" {
    primary_start --query-log "$T/log" "$ZONE"
    for name in missing/zone missing/ missing/../zone; do
        zx example.com "$S" -o "$name"
        is 8
        err_has missing/
    done
    echo x >file
    zx example.com "$S" -o file/zone
    is 8
    box_holds file
    [[ ! -s $T/log ]] # no server is asked for what cannot be written
}

@test "a folder that may not be written" {
    primary_start "$ZONE"
    mkdir closed
    old_file closed/zone
    chmod 666 closed/zone
    OLD_STATE=$(stat -c '%i %y %a %U' closed/zone)
    chmod 555 closed
    zx_nobody example.com "$S" -o closed/zone
    is 8
    err_has "zxfr: example.com: cannot write closed/zone: the folder closed: Permission denied"
    err_has "hint: the user of this run must be allowed to make files in that folder"
    err_lacks .zxfr
    zx_nobody example.com "$S" -o closed/new
    is 8
    err_has "Permission denied"
    chmod 000 closed
    zx_nobody example.com "$S" -o closed/zone
    is 8
    chmod 755 closed
    old_stays closed/zone
    box_holds closed closed/zone
}

@test "a folder that is not there" {
    primary_start "$ZONE"
    ln -s nowhere/else link
    touch file
    zx example.com "$S" -o absent/zone
    is 8
    err_has "zxfr: example.com: cannot write absent/zone: the folder absent: No such file or directory"
    err_has "hint: zxfr makes no folders"
    zx example.com "$S" -o link
    is 8
    err_has "zxfr: example.com: cannot write link: the folder nowhere: No such file or directory"
    zx example.com "$S" -o file/zone
    is 8
    err_has "file/zone: Not a directory" "hint: zxfr makes no folders"
    zx convert "$ZONE" -o absent/
    is 8
    err_has "cannot write absent/: it names a folder, which is not there" "hint: zxfr makes no folders"
    box_holds file link
}

@test "too many open files, and a file that may not be so large: the limit is named" {
    primary_start "$ZONE"
    write_big
    # At first there is none for the libraries, then none for the signals, then none for the file.
    seen=
    for ((limit = 3; limit < 20; limit++)); do
        status=0
        # shellcheck disable=SC2016
        bash -c 'ulimit -n "$1"; exec "${@:2}"' bash "$limit" "$ZXFR" example.com "$S" -o zone \
            >"$T/out" 2>"$T/err" </dev/null 3>&- || status=$?
        if [[ $status == 0 ]]; then break; fi
        if grep -q 'shared libraries' "$T/err"; then continue; fi
        err_has "Too many open files" "hint: ulimit -n, or LimitNOFILE= in a unit"
        seen+=" $status"
    done
    [[ $status == 0 && $seen == *" 11"*" 8"* ]] || show
    rm zone
    primary_start "$BIG"
    status=0
    # what is said goes through a pipe, for which there is no limit
    # shellcheck disable=SC2016
    bash -c '(ulimit -f 1 && exec "$@") 2>&1 | cat; exit "${PIPESTATUS[0]}"' bash \
        "$ZXFR" example.com "$S" -o zone >"$T/err" </dev/null 3>&- || status=$?
    is 8
    err_has "cannot write zone: File too large" "hint: ulimit -f"
    [[ ! -e zone ]]
}

@test "a folder that may be written but not read" {
    primary_start "$ZONE"
    mkdir blind
    chmod 333 blind
    zx_nobody example.com "$S" -o blind/zone
    is 0
    chmod 755 blind
    whole blind/zone
}

@test "an old file that may not be read or written is replaced all the same" {
    primary_start "$ZONE"
    chmod 777 .
    zx_nobody example.com "$S" -o zone
    is 0
    chmod 000 zone
    zx_nobody example.com "$S" -o zone
    is 0
    [[ $(stat -c %a zone) == 0 ]]
    chmod 644 zone
    whole zone
}

@test "a read-only file system" {
    need_namespaces
    primary_start "$ZONE"
    mkdir fixed
    old_file fixed/zone
    status=0
    # shellcheck disable=SC2016
    unshare -rm sh -c 'mount -t tmpfs none fixed && echo old >fixed/zone && mount -o remount,ro fixed &&
        "$@"; s=$?; cat fixed/zone >content; exit $s' sh "$ZXFR" example.com "$S" -o fixed/zone \
        >"$T/out" 2>"$T/err" || status=$?
    is 8
    err_has "zxfr: example.com: cannot write fixed/zone: the folder fixed: Read-only file system"
    err_has "hint: the file system is mounted so"
    [[ $(<content) == old ]]
}

@test "a full file system" {
    need_namespaces
    write_big
    primary_start "$BIG"
    mkdir small
    for option in -4 --whole; do
        status=0
        # shellcheck disable=SC2016
        unshare -rm sh -c 'mount -t tmpfs -o size=64k none small && echo old >small/zone &&
            TMPDIR=$PWD/small "$@"; s=$?; ls -A small >list; cat small/zone >content; exit $s' sh \
            "$ZXFR" "$option" example.com "$S" -o small/zone >"$T/out" 2>"$T/err" || status=$?
        is 8
        err_has "No space left"
        if [[ $option == -4 ]]; then err_has "hint: make room"; fi
        [[ $(<content) == old && $(<list) == zone ]]
    done
    status=0
    # shellcheck disable=SC2016
    unshare -rm sh -c 'mount -t tmpfs -o size=64k none small && TMPDIR=$PWD/small "$@"; s=$?
        ls -A small >list; exit $s' sh "$ZXFR" --whole example.com "$S" >"$T/out" 2>"$T/err" || status=$?
    is 8
    err_has "cannot write a temporary file in $PWD/small: No space left on device"
    err_has "hint: the variable TMPDIR names the folder"
    err_lacks "standard output"
    out_empty
    # So it is with the copy of a recording that can be read only once.
    zx example.com "$S" --record record
    status=0
    # shellcheck disable=SC2016
    unshare -rm sh -c 'mount -t tmpfs -o size=64k none small && TMPDIR=$PWD/small "$@"' sh \
        "$ZXFR" convert - <record >"$T/out" 2>"$T/err" || status=$?
    is 8
    err_has "cannot write a temporary file in $PWD/small: No space left on device"
    [[ ! -s list ]]
}

@test "names that are too long" {
    primary_start "$ZONE"
    long=$(printf 'n%.0s' {1..256})
    zx example.com "$S" -o "$long"
    is 8
    err_has "too long"
    path=$(printf './%.0s' {1..3000})zone
    zx example.com "$S" -o "$path"
    is 8
    err_has "too long"
    box_holds
    zx example.com "$S" -o "${long:0:245}"
    is 0
    whole "${long:0:245}"
}

@test "names with control characters are masked in messages" {
    primary_start "$ZONE"
    zx example.com "$S" -o $'missing\x1b[31m/zone\n'
    is 8
    err_clean
    zx example.com "$S" -o $'zone\x1b[31m\n'
    is 0
    whole $'zone\x1b[31m\n'
}

# ---- The temporary file ------------------------------------------------------------------------

@test "what a killed run left is removed, and another made" {
    write_big
    primary_start --do "connection 1" --do "stall -10" "$BIG"
    old_file zone
    zx_start example.com "$S" -o zone
    eventually test -s .zone.zxfr
    kill -KILL "$ZX_PID"
    zx_wait
    is 137
    old_stays zone
    box_holds .zone.zxfr zone
    zx example.com "$S" -o zone
    is 0
    whole zone "$BIG_RECORDS"
    box_holds zone
}

@test "whoever has the file of a killed run open neither reads nor writes the new one" {
    primary_start "$ZONE"
    for option in -4 --wait; do
        rm -f zone
        echo old >.zone.zxfr
        chmod 666 .zone.zxfr
        exec 7<>.zone.zxfr 8<.zone.zxfr
        left=$(stat -c %i .zone.zxfr)
        zx example.com "$S" -o zone "$option"
        is 0
        [[ $(stat -c %i zone) != "$left" && $(stat -c %a zone) == 644 ]]
        echo "evil.example.com. 1 IN A 192.0.2.66" >&7
        [[ $(cat <&8) == "evil.example.com. 1 IN A 192.0.2.66" ]]
        exec 7>&- 8<&-
        whole zone
        box_holds zone
    done
}

@test "many runs at once over what a killed one left" {
    primary_start "$ZONE"
    for round in 1 2 3 4 5; do
        rm -f zone
        head -c 100000 /dev/zero >.zone.zxfr
        for i in 1 2 3 4; do
            timeout -k 5 60 "$ZXFR" example.com "$S" -o zone --wait >"$T/out.$i" 2>&1 </dev/null 3>&- &
            pids[i]=$!
        done
        for i in 1 2 3 4; do
            wait "${pids[i]}" || { echo "round $round" && cat "$T/out.$i" && false; }
        done
        whole zone
        box_holds zone
    done
}

@test "another user's file that cannot be removed is told to be in the way" {
    ((EUID == 0)) || skip "only root can plant another user's file"
    primary_start "$ZONE"
    mkdir sticky
    chmod 1777 sticky
    for mode in 600 666; do
        : >sticky/.zone.zxfr
        chmod "$mode" sticky/.zone.zxfr
        zx_nobody example.com "$S" -o sticky/zone
        is 8
        err_has "sticky/.zone.zxfr is in the way: it belongs to another user (0)"
        [[ ! -e sticky/zone && -e sticky/.zone.zxfr ]]
    done
}

@test "a longer left-over leaves nothing behind the new content" {
    primary_start "$ZONE"
    head -c 1000000 /dev/zero >.zone.zxfr
    zx example.com "$S" -o zone
    is 0
    whole zone
    box_holds zone
}

@test "a temporary name that is a symbolic link is not followed" {
    primary_start "$ZONE"
    echo precious >"$T/precious"
    ln -s "$T/precious" .zone.zxfr
    old_file zone
    zx example.com "$S" -o zone
    is 8
    err_has .zone.zxfr
    [[ $(<"$T/precious") == precious && -L .zone.zxfr ]]
    old_stays zone
    ln -sf "$T/nothing" .zone.zxfr
    zx example.com "$S" -o zone
    is 8
    [[ ! -e $T/nothing ]]
}

@test "a reader that stops in the middle does not outlast --max-time" {
    write_big
    primary_start "$BIG"
    mkfifo pipe
    for option in -4 --whole; do
        { head -c 5000 >/dev/null && sleep 60; } <pipe &
        PIDS+=($!)
        status=0
        timeout 30 "$ZXFR" "$option" --max-time 1 example.com "$S" >pipe 2>"$T/err" || status=$?
        is 8
        err_has "within --max-time"
    done
}

@test "a link to standard output that is a pipe, and a socket" {
    primary_start "$ZONE"
    ln -s /dev/stdout link
    "$ZXFR" example.com "$S" -o link | cat >"$T/out"
    [[ ${PIPESTATUS[0]} == 0 ]]
    whole "$T/out"
    python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")' || skip "no python3"
    status=0
    timeout 30 "$ZXFR" example.com "$S" -o socket 2>"$T/err" || status=$?
    is 8
}

@test "another user's file at the temporary name is replaced, and never written" {
    primary_start "$ZONE"
    echo precious >"$T/precious"
    ln "$T/precious" .zone.zxfr
    zx example.com "$S" -o zone
    is 0
    whole zone
    [[ $(<"$T/precious") == precious ]]
    rm zone
    ((EUID == 0)) || skip "only root can plant another user's file"
    : >.zone.zxfr
    chown 65534 .zone.zxfr
    chmod 666 .zone.zxfr
    exec 7>>.zone.zxfr
    zx example.com "$S" -o zone
    is 0
    echo "evil.example.com. 1 IN A 192.0.2.66" >&7
    exec 7>&-
    whole zone
    [[ $(stat -c %u zone) == 0 ]]
    box_holds zone
}

@test "a folder, FIFO or socket in the way of the temporary name" {
    primary_start "$ZONE"
    old_file zone
    mkdir .zone.zxfr
    zx example.com "$S" -o zone
    is 8
    err_has .zone.zxfr
    old_stays zone
    rmdir .zone.zxfr
    mkfifo .zone.zxfr
    zx example.com "$S" -o zone
    is 8
    err_has .zone.zxfr
    old_stays zone
    [[ -p .zone.zxfr ]]
}

@test "two runs on one file: the second is busy at once" {
    primary_start --do "connection 1" --do "stall -3" "$ZONE"
    old_file zone
    zx_start example.com "$S" -o zone
    eventually test -e .zone.zxfr
    status=0
    began=$(date +%s)
    timeout 30 "$ZXFR" example.com "$S" -o "$PWD/zone" >"$T/out2" 2>"$T/err2" || status=$?
    [[ $status == 8 && $(($(date +%s) - began)) -lt 5 ]]
    grep -q "another run" "$T/err2"
    grep -q -- "--wait" "$T/err2"
    [[ -e .zone.zxfr ]]
    old_stays zone
    kill "$ZX_PID"
    zx_wait
    is 143
    old_stays zone
    box_holds zone
}

@test "--wait queues, and both succeed" {
    primary_start --do "connection 1" --do "delay 10 1500" "$ZONE"
    zx_start example.com "$S" -o zone
    eventually test -e .zone.zxfr
    zone_text example.com. 2026112202 >"$T/new"
    primary_start "$T/new"
    status=0
    timeout 30 "$ZXFR" example.com "$S" -o zone --wait >"$T/out2" 2>"$T/err2" || status=$?
    [[ $status == 0 ]]
    zx_wait
    is 0
    whole zone 7 example.com. 2026112202
    box_holds zone
}

@test "many runs that queue" {
    primary_start "$ZONE"
    local pids=() pid
    for _ in {1..12}; do
        timeout 60 "$ZXFR" example.com "$S" -o zone --wait 2>>"$T/err" 3>&- &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do
        wait "$pid"
    done
    whole zone
    box_holds zone
}

@test "--wait does not wait longer than --max-time" {
    primary_start --do "connection 1" --do "stall -3" "$ZONE"
    zx_start example.com "$S" -o zone
    eventually test -e .zone.zxfr
    status=0
    timeout 20 "$ZXFR" example.com "$S" -o zone --wait --max-time 1 >"$T/out2" 2>"$T/err2" || status=$?
    [[ $status == 8 ]]
    grep -q -- "--max-time" "$T/err2"
    [[ -e .zone.zxfr ]]
}

# ---- Failures leave nothing --------------------------------------------------------------------

@test "the file is what it was after every failure" {
    write_big 3000
    old_file zone
    while read -r status_wanted command; do
        primary_start --message-size 2000 --do "$command" "$BIG"
        zx example.com "$S" -o zone --idle-timeout 1
        is "$status_wanted"
        old_stays zone
        box_holds zone
        out_empty
        kill "${PIDS[-1]}"
    done <<'LIST'
3 close 0
3 close 2000
3 close -1
3 reset -1
3 stall -1
3 noend
6 endserial 5
6 after end
6 id last
6 garbage 3
4 rcode 1 REFUSED
4 rcode last SERVFAIL
LIST
}

@test "a file that was not there is not there after a failure" {
    primary_start --do "close -1" "$ZONE"
    zx example.com "$S" -o zone
    is 3
    closed_port
    zx example.com "@127.0.0.1#$CLOSED" -o zone
    is 3
    box_holds
}

@test "a limit on the size of files" {
    write_big
    primary_start "$BIG"
    old_file zone
    for option in -4 --whole; do
        status=0
        (
            ulimit -f 100
            exec env --ignore-signal=XFSZ "$ZXFR" example.com "$S" "$option" -o zone
        ) >"$T/out" 2>"$T/err" || status=$?
        is 8
        err_has "too large"
        old_stays zone
        box_holds zone
    done
    status=0
    (
        ulimit -f 100
        exec env --ignore-signal=XFSZ "$ZXFR" example.com "$S" --whole
    ) 2>"$T/err" | cat >"$T/out" || true
    err_has "too large"
    [[ ! -s $T/out ]]
    box_holds zone
}

@test "a failure of the last steps is told: fsync, rename, chmod" {
    need_strace
    primary_start "$ZONE"
    old_file zone
    while read -r call error; do
        status=0
        strace -f -qq -o /dev/null -e trace="$call" -e inject="$call:error=$error:when=1" \
            "$ZXFR" example.com "$S" -o zone >"$T/out" 2>"$T/err" || status=$?
        is 8
        err_has zone
        old_stays zone
        box_holds zone
    done <<'LIST'
fsync EIO
fchmod EPERM
rename EPERM
LIST
    # a file system without locks: what was made for the lock may stay
    status=0
    strace -qq -o /dev/null -e trace=flock -e inject=flock:error=ENOLCK \
        "$ZXFR" example.com "$S" -o zone 2>"$T/err" || status=$?
    is 8
    err_has lock
    old_stays zone
    # the folder of a file system that cannot flush folders; and one that fails
    status=0
    strace -qq -o /dev/null -e trace=fsync -e inject=fsync:error=EINVAL:when=2 \
        "$ZXFR" example.com "$S" -o zone 2>"$T/err" || status=$?
    is 0
    whole zone
    echo x >zone
    status=0
    strace -qq -o /dev/null -e trace=fsync -e inject=fsync:error=EIO:when=2 \
        "$ZXFR" example.com "$S" -o zone 2>"$T/err" || status=$?
    is 8
    box_holds zone
}

@test "the order of the last steps: flush, rename, flush the folder" {
    need_strace
    primary_start "$ZONE"
    strace -qq -o "$T/trace" -e trace=fsync,rename,renameat,renameat2 "$ZXFR" example.com "$S" -o zone
    [[ $(sed 's/(.*//' "$T/trace" | tr '\n' ' ') == "fsync rename fsync " ]] || cat "$T/trace"
    [[ $(sed 's/(.*//' "$T/trace" | tr '\n' ' ') == "fsync rename fsync " ]]
}

# ---- Styles ------------------------------------------------------------------------------------

@test "styles: --no-class, --no-ttl, --relative, --generic, --pretty" {
    primary_start "$ZONE"
    zx example.com "$S" --no-class
    is 0
    out_has $'www.example.com.\t3600\tCNAME\tns1.example.com.'
    zx example.com "$S" --no-ttl
    is 0
    out_has $'www.example.com.\tIN\tCNAME\tns1.example.com.'
    zx example.com "$S" --relative
    is 0
    out_has "\$ORIGIN example.com."
    out_has $'www\t3600\tIN\tCNAME\tns1'
    zx example.com "$S" --generic
    is 0
    out_has $'ns1.example.com.\t3600\tIN\tTYPE1\t\\# 4 c0000201'
    zx example.com "$S" --pretty
    is 0
    out_has "2026112201"
    for words in --no-class --no-ttl --relative --generic --modern --pretty "--pretty --relative"; do
        # shellcheck disable=SC2086
        zx example.com "$S" $words
        is 0
        [[ $(tail -n 1 "$T/out") == "; zxfr end: example.com. IN serial 2026112201 records 7" ]]
    done
}

@test "output names neither the server nor the time of day" {
    primary_start "$ZONE"
    zx example.com "$S" --pretty
    out_lacks 127.0.0.1
    out_lacks "$(date +%H:%M)"
    primary_start "$ZONE"
    cp "$T/out" first
    zx example.com "$S" --pretty
    cmp first "$T/out"
}
