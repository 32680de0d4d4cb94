#!/usr/bin/env bats
# Streams made to cost much: the client's memory stays flat, and its time in proportion to what it
# writes.

load helper

# The client needs about 3 MiB: the C library and c-ares, 256 KiB for reading, 192 KiB for writing.
# 16 MiB leave room for other C libraries and for pages that the kernel counts otherwise, and are
# less than any of these streams would take if a part of it was kept.
MEMORY_MOST=16384 # KiB
# Seconds of CPU time for 100 MB that are received or written, with ten times what is needed for a
# slow or busy machine, and a second for the start.
SECONDS_100MB=5

# stream KIND COUNT: serves it.
stream() {
    python3 "${BATS_TEST_DIRNAME}/../tools/hostile.py" "$1" "$2" >"$T/stream"
    primary_start --replay "$T/stream"
}

# measured WORD...: zxfr under measure; $status, $MEMORY in KiB, $CPU, and what it wrote in $T/out.
measured() {
    # shellcheck disable=SC2034
    read -r WALL CPU MEMORY status < <(timeout --foreground -k 5 120 "$MEASURE" -o "$T/out" "$ZXFR" "$@" 2>"$T/err")
}

frugal() {
    local octets
    [[ -z $SANITIZED ]] || return 0 # whose shadow memory counts, too
    octets=$(stat -c %s "$T/out")
    octets=$((octets + ${RECEIVED:-$(stat -c %s "$T/stream")}))
    echo "$MEMORY KiB, $CPU s of CPU for $octets octets"
    ((MEMORY <= MEMORY_MOST))
    awk -v cpu="$CPU" -v octets="$octets" -v most="$SECONDS_100MB" \
        'BEGIN { exit !(cpu <= 1 + most * octets / 1e8) }'
}

@test "owners of 255 octets on records of 12" {
    stream owners 100
    measured example.com "$S"
    is 0
    [[ $(tail -n 1 "$T/out") == "; zxfr end: example.com. IN serial 1 records "* ]] || show
    frugal
}

@test "records that are one pointer to a long name" {
    stream pointers 20
    measured example.com "$S"
    is 0
    [[ $(tail -n 1 "$T/out") == *" records 10"???? ]] || { tail -c 200 "$T/out" && show; }
    frugal
}

@test "100000 messages of one record" {
    stream messages 100000
    measured example.com "$S"
    is 0
    [[ $(tail -n 1 "$T/out") == *" records 100001" ]]
    frugal
}

@test "the longest chains of pointers" {
    stream chains 20
    measured example.com "$S"
    is 0
    frugal
}

@test "owners of 120 labels, each octet escaped" {
    stream labels 20
    measured example.com "$S"
    is 0
    frugal
}

@test "RDATA of the greatest length" {
    stream rdata 300
    measured example.com "$S"
    is 0
    [[ $(tail -n 1 "$T/out") == *" records 301" ]]
    frugal
}

@test "the same, where the output is a file, is held, or is recorded" {
    stream pointers 10
    rm -f zone
    measured example.com "$S" -o zone
    is 0
    frugal
    measured example.com "$S" --whole
    is 0
    frugal
    measured example.com "$S" --record record --report report
    is 0
    frugal
}

@test "names that are compressed where none may be, a hundred times as long as they come" {
    stream hip 20
    for option in --no-progress --sort --strict --update; do
        rm -f zone
        measured example.com "$S" -o zone "$option"
        is 6
        [[ $option == --strict ]] || err_has "message 2: names that are compressed where none may be"
        [[ ! -e zone ]]
        : >"$T/out"
        frugal
    done
    measured example.com "$S"
    is 6
    incomplete
    frugal
    # A recording of it is no better.
    zx example.com "$S" -o zone --record recording
    is 6
    zx convert recording -o zone
    is 6
    err_has "names that are compressed where none may be"
    [[ ! -e zone ]]
}

@test "a stream without end, up to --max-records and --max-bytes" {
    primary_start --do endless "$ZONE"
    RECEIVED=0
    measured example.com "$S" --max-records 1000000
    is 9
    err_has "1000000"
    incomplete
    frugal
    # 50 MB that were received
    RECEIVED=50000000
    measured example.com "$S" --max-bytes 50000000
    is 9
    err_has "50000000"
    incomplete
    frugal
    RECEIVED=0
    measured example.com "$S" --max-time 1 --idle-timeout 1
    is 3
    incomplete
    [[ -n $SANITIZED ]] || ((MEMORY <= MEMORY_MOST))
}

@test "a name that never ends, and RDATA of 65535 octets that cannot be" {
    # a pointer to itself; a length that is more than the message
    python3 -c '
import struct, sys
q = b"\7example\3com\0" + struct.pack("!HH", 252, 1)
soa = b"\xc0\x0c" + struct.pack("!HHIH", 6, 1, 0, 24) + b"\xc0\x0c\xc0\x0c" + struct.pack("!5I", 1, 2, 3, 4, 5)
for bad in (struct.pack("!H", 0xc000 | 12 + len(q) + len(soa)) + struct.pack("!HHIH", 1, 1, 0, 0),
            b"\xc0\x0c" + struct.pack("!HHIH", 65280, 1, 0, 65535)):
    m = struct.pack("!HHHHHH", 0, 0x8400, 1, 2, 0, 0) + q + soa + bad
    open(sys.argv.pop(1), "wb").write(struct.pack("!H", len(m)) + m)
' "$T/loop" "$T/long"
    RECEIVED=0
    for bad in loop long; do
        primary_start --replay "$T/$bad"
        measured example.com "$S"
        is 6
        frugal
    done
}

# 24 octets of the stream become more than 500 of memory. What both changes and updates take is
# bounded, and so is what it takes to sort names that differ in the last of their octets only.
CHANGES_MOST=$((256 * 1024 + MEMORY_MOST))

# A message has room for 2837 records: one of 255 octets, and 2836 of 23.
@test "changes of names of 120 labels with one suffix: bounded in memory, and sorted in time" {
    stream changes 40
    MEMORY_MOST=$CHANGES_MOST
    for format in "diff" "nsupdate --split"; do
        # shellcheck disable=SC2086
        measured example.com "$S" ixfr=1 --condense -f $format
        is 0
        frugal
        [[ $(grep -cE '^(\+|update add )[0-9a-f]{6}\.a\.' "$T/out") == $((40 * 2837)) ]] || show
    done
}

@test "such changes beyond the bound" {
    stream changes 340
    for format in "diff" "nsupdate --split" "ixfr"; do
        # shellcheck disable=SC2086
        measured example.com "$S" ixfr=1 --condense -f $format
        is 9
        err_has "the changes take more than"
        MEMORY_MOST=$CHANGES_MOST frugal
    done
    # those that updates have room for beside themselves are fewer
    stream changes 100
    measured example.com "$S" ixfr=1 -f nsupdate --split
    is 9
    err_has "the changes take more than 134217728 octets"
    MEMORY_MOST=$((128 * 1024 + MEMORY_MOST)) frugal
}
