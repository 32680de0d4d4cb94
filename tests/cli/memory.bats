#!/usr/bin/env bats
# --memory: a zone that is larger than that is sorted in TMPDIR, to the same bytes and words.

load helper

# A zone that takes more than twice the least SIZE: in canonical order, as awk and not zxfr knows it,
# and shuffled, with records that come again, under another TTL and in another letter case.
setup_file() {
    cd "$BATS_FILE_TMPDIR" || return
    awk 'BEGIN {
        for (i = 0; i < 500000; i++) {
            line = sprintf("h%06d.some-longer-label.example.com.\t%d\tIN\tA\t10.%d.%d.%d", i, 3600,
                i % 7, i / 250 % 250, i % 250)
            print line >"body"
            print line >"given"
            if (i % 500 == 7) {
                sub("h", "H", line)
                print line >"given"
            }
            if (i % 1000 == 8) {
                sub("\t3600", "\t900", line)
                print line >"given"
            }
        }
    }'
    printf 'example.com.\t60\tIN\tSOA\tns1.example.com. host.example.com. %d 1 2 3 4\n' 2026112201 >soa
    printf 'example.com.\t60\tIN\tNS\tns1.example.net.\n' >ns
    cat ns given >rest
    { cat soa && shuf --random-source=<(yes 1) rest; } >shuffled
    { cat soa && shuf --random-source=<(yes 2) rest; } >again
    { cat soa ns && awk -F '\t' -v OFS='\t' '(NR - 1) % 1000 == 8 { $2 = 900 } { print }' body; } >sorted
}

# Names of these files, in the way of this test.
begin() {
    F=$BATS_FILE_TMPDIR
    LITTLE=(--memory 16M)
}

old_file() { echo "; the old zone" >zone; }
old_stays() { [[ $(<zone) == "; the old zone" ]] || show; }

# in_full_tmp WORD...: zxfr with a TMPDIR that has room for 4 MB.
in_full_tmp() {
    mkdir -p "$T/small"
    status=0
    # shellcheck disable=SC2016
    unshare -rm sh -c 'mount -t tmpfs -o size=4m none "$1" && export TMPDIR="$1" && shift && "$@"' sh \
        "$T/small" "$ZXFR" "$@" >"$T/out" 2>"$T/err" </dev/null || status=$?
}

@test "the order that awk knows, of a file and of a transfer" {
    begin
    zx convert "${LITTLE[@]}" --sort "$F/shuffled" -o zone
    is 0
    err_has "the same record twice (and 1499 more)"
    head -n -1 zone | cmp - "$F/sorted"
    [[ $(tail -n 1 zone) == "; zxfr end: example.com. IN serial 2026112201 records 500002 sum "* ]]
    python3 "$BATS_TEST_DIRNAME/../tools/sum.py" zone
    cp zone before
    primary_start "$F/again"
    zx get "${LITTLE[@]}" --sort example.com "$S" -o zone --exit-code
    is 0 # it stayed
    cmp zone before
    box_holds before zone
}

@test "what is written and said is what it is in memory" {
    begin
    for words in --sort "--sort --keep-case" "--sort --relative" "--sort --pretty --no-class" \
        "--sort --format json" "--format stats" "--sort --except NS --no-ttl"; do
        # shellcheck disable=SC2086
        zx convert $words "$F/shuffled"
        is 0
        mv "$T/out" out.memory
        mv "$T/err" err.memory
        # shellcheck disable=SC2086
        zx convert "${LITTLE[@]}" $words "$F/shuffled"
        is 0
        cmp "$T/out" out.memory
        cmp "$T/err" err.memory
    done
}

@test "--strict refuses a zone of which nothing was written" {
    begin
    old_file
    zx convert "${LITTLE[@]}" --sort --strict "$F/shuffled" -o zone
    is 6
    mv "$T/err" err.little
    zx convert --sort --strict "$F/shuffled" -o zone
    is 6
    cmp "$T/err" err.little
    old_stays
    box_holds err.little zone
}

@test "the changes that awk knows" {
    begin
    awk 'NR % 4000 != 17' "$F/shuffled" >old
    awk 'NR % 5000 != 19' "$F/again" >new
    awk -F '\t' -v OFS='\t' 'NR == FNR { $1 = tolower($1); key = $1 OFS $5
            if (!(key in old) || $2 < old[key]) old[key] = $2
            next }
        { $1 = tolower($1); key = $1 OFS $5; if (!(key in new) || $2 < new[key]) new[key] = $2 }
        END { for (key in old) if (!(key in new) || old[key] != new[key]) { split(key, part, OFS)
                  print "-" part[1], old[key], "IN", "A", part[2] }
              for (key in new) if (!(key in old) || new[key] != old[key]) { split(key, part, OFS)
                  print "+" part[1], new[key], "IN", "A", part[2] } }' \
        <(tail -n +2 old) <(tail -n +2 new) | sort >expected
    zx diff "${LITTLE[@]}" old new
    is 1
    grep '^[-+]' "$T/out" | sort | diff - expected
    (($(wc -l <expected) > 150))
    mv "$T/out" out.little
    zx diff old new
    is 1
    cmp "$T/out" out.little
    for words in "--format ixfr" "--format nsupdate" "--stat" "--case"; do
        # shellcheck disable=SC2086
        zx diff $words old new
        is 1
        mv "$T/out" out.memory
        # shellcheck disable=SC2086
        zx diff "${LITTLE[@]}" $words old new
        is 1
        cmp "$T/out" out.memory
    done
}

@test "it takes no more memory than that, and some for the program" {
    [[ -z $SANITIZED ]] || skip "a build with sanitizers takes memory of its own"
    begin
    for row in "26000 99999 convert --sort shuffled" "0 24000 convert --memory 16M --sort shuffled" \
        "0 28000 diff --memory 16M shuffled again"; do
        read -r least most words <<<"$row"
        # shellcheck disable=SC2086
        (cd "$F" && "$MEASURE" "$ZXFR" -q $words) >measured
        cat measured
        read -r _ _ peak status <measured
        is 0
        ((peak > least && peak < most))
    done
}

@test "a TMPDIR that is full: the old file stays" {
    need_namespaces
    begin
    primary_start "$F/again"
    for words in "convert $F/shuffled" "get example.com $S"; do
        old_file
        # shellcheck disable=SC2086
        in_full_tmp $words --sort "${LITTLE[@]}" -o zone
        is 8
        err_clean
        err_has "cannot write a temporary file in $T/small: No space left on device" \
            "hint: the variable TMPDIR names the folder; without --memory nothing is put there"
        old_stays
        box_holds zone
    done
    in_full_tmp diff "${LITTLE[@]}" "$F/again" "$F/shuffled" -o zone
    is 8
    err_has "cannot write a temporary file in $T/small: No space left on device" "without --memory"
    old_stays
    box_holds zone
    # what fits into memory needs no such folder
    in_full_tmp convert --sort --memory 1G "$F/shuffled" -o zone
    is 0
    head -n -1 zone | cmp - "$F/sorted"
}

@test "a TMPDIR that is not there, and a limit on the size of files" {
    begin
    old_file
    TMPDIR=$T/missing zx convert --sort "${LITTLE[@]}" "$F/shuffled" -o zone
    is 8
    err_has "cannot make a temporary file in $T/missing: No such file" "TMPDIR"
    old_stays
    status=0
    (ulimit -f 4000 && exec "$ZXFR" convert --sort "${LITTLE[@]}" "$F/shuffled" -o zone) \
        >"$T/out" 2>"$T/err" </dev/null || status=$?
    is 8
    err_has "cannot write a temporary file in $TMPDIR: File too large"
    old_stays
    box_holds zone
}

@test "what cannot be written or read back, early or late" {
    need_strace
    begin
    # which calls of these names concern the file without a name
    strace -f -y -qq -o "$T/trace" -e trace=pwrite64,pread64 "$ZXFR" convert -q --sort "${LITTLE[@]}" \
        "$F/shuffled" -o zone
    for row in "pwrite64 ENOSPC write" "pread64 EIO read"; do
        read -r call _ <<<"$row"
        grep -F " $call(" "$T/trace" | grep -nF "<$TMPDIR/" | cut -d : -f 1 | sed -n '1p;$p' |
            sed "s/^/$row /"
    done >rows
    [[ $(wc -l <rows) == 4 ]]
    rm zone
    mv rows "$T"
    while read -r call error what which <&4; do
        old_file
        status=0
        strace -f -qq -o "$T/trace" -e trace="$call" -e inject="$call:error=$error:when=$which" \
            "$ZXFR" convert --sort "${LITTLE[@]}" "$F/shuffled" -o zone >"$T/out" 2>"$T/err" </dev/null ||
            status=$?
        grep -q INJECTED "$T/trace"
        echo "$call $which"
        is 8
        err_clean
        err_has "cannot $what a temporary file in $TMPDIR"
        old_stays
        box_holds zone
    done 4<"$T/rows"
}

is_put_away() { find "/proc/$ZX_PID/fd" -lname "$TMPDIR/*deleted*" | grep -q .; }

@test "a signal and the end of time leave nothing behind" {
    begin
    for row in "130 INT 2h" "143 TERM 2h" "3 CONT 2s"; do
        read -r expected signal limit <<<"$row"
        old_file
        mkfifo fifo
        zx_start convert --sort "${LITTLE[@]}" --max-time "$limit" fifo -o zone
        exec 7>fifo
        cat "$F/shuffled" >&7 || [[ $signal == CONT ]]
        eventually is_put_away || [[ $signal == CONT ]]
        kill "-$signal" "$ZX_PID"
        zx_wait
        exec 7>&-
        rm fifo
        is "$expected"
        old_stays
        box_holds zone
    done
}

@test "what a gate and --diff-to must sort is put away, too" {
    begin
    cp "$F/shuffled" zone
    zx convert --sort "${LITTLE[@]}" --strict --max-change 600000 "$ZONE" -o zone
    is 0
    grep -q "^; zxfr end: example.com. IN serial 2026112201 records 7 sum " zone
    cp "$F/shuffled" zone
    TMPDIR=$T/missing zx convert --sort "${LITTLE[@]}" --max-change 600000 "$ZONE" -o zone
    is 8
    err_has "temporary file in $T/missing"
    cmp zone "$F/shuffled"
    primary_start "$ZONE"
    cp "$F/shuffled" zone
    zx get --update "${LITTLE[@]}" --diff-to changes example.com "$S" -o zone
    is 0
    count_is 500000 $'-h' changes
    cp "$F/shuffled" zone
    TMPDIR=$T/missing zx get --update "${LITTLE[@]}" --diff-to changes example.com "$S" -o zone
    is 8
    cmp zone "$F/shuffled"
}

@test "where the option has no effect it is refused" {
    zx convert --memory 16M "$ZONE"
    usage_error "--memory needs --sort"
    zx example.com @127.0.0.1 --memory 16M
    usage_error "--memory needs --sort"
    zx check --memory 16M "$ZONE"
    usage_error "--memory is not for check"
    for size in 0 x 15M 16777215 1T -5M ""; do
        zx convert --sort --memory "$size" "$ZONE"
        usage_error "--memory" "is not an amount of memory, as 512M or 2G, of 16M at least"
    done
    zx convert --sort --memory 16777216 "$ZONE"
    is 0
}

@test "-v and the report tell how much had no room in memory" {
    local text pieces octets
    begin
    zx convert -v "${LITTLE[@]}" --sort "$F/shuffled" -o zone --report report
    is 0
    read -r pieces octets < <(jq -r '"\(.spilled.pieces) \(.spilled.octets)"' report)
    err_has "zone: sorted in $pieces pieces, octets $octets in ${TMPDIR:-/tmp}"
    # each piece but the last took all the memory, with what sorting takes; as text it is longer
    text=$(stat -c %s zone)
    ((pieces > 1 && octets > 8 << 20 && octets < text)) || show
    zx convert -v --sort "$F/shuffled" -o zone --report report
    is 0
    err_lacks "pieces"
    [[ $(jq .spilled report) == null ]]
}
