#!/usr/bin/env bats
# kill -9 of a transfer into an existing FILE: whenever it comes, FILE is the old zone or the new
# one, whole, the folder holds at most the one temporary file besides, and the next run takes that
# over. By strace before each system call, and at random moments.

load helper

# Two zones that differ in every record, each with a server; SERVER[0] has ZONES[0].
setup_zones() {
    zone_text example.com. 1 | sed 's/3600/3601/' >"$T/zone.0"
    awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) printf "host%d IN A 10.0.%d.%d\n", i, i / 256, i % 256 }' \
        >>"$T/zone.0"
    zone_text example.com. 2 | sed 's/3600/3602/' >"$T/zone.1"
    awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) printf "name%d IN A 10.1.%d.%d\n", i, i / 256, i % 256 }' \
        >>"$T/zone.1"
    SERVER=() GOOD=()
    for i in 0 1; do
        primary_start "${@:2}" "$T/zone.$i"
        SERVER[i]=$S
        GOOD[i]=$T/good.$i
        zx example.com "$S" -o "${GOOD[i]}"
        is 0
        whole "${GOOD[i]}" $((RECORDS + $1)) example.com. $((i + 1))
    done
}

# After a kill of the run that was to bring zone $1 over the other one.
check_kill() {
    if cmp -s zone "${GOOD[1 - $1]}"; then
        STATE=old
    elif cmp -s zone "${GOOD[$1]}"; then
        STATE=new
    else
        echo "neither the old zone nor the new one" && ls -la . && return 1
    fi
    local there
    there=$(echo .[!.]* *)
    case $there in
    ".[!.]* zone") LEFT=no ;;
    ".zone.zxfr zone") LEFT=yes ;;
    *) echo "in the folder: $there" && return 1 ;;
    esac
}

# The next run makes it good.
check_next() {
    zx example.com "${SERVER[$1]}" -o zone
    is 0
    cmp zone "${GOOD[$1]}"
    box_holds zone
}

@test "kill -9 before each system call" {
    command -v strace >/dev/null || { echo "strace is not installed" && return 1; }
    export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
    setup_zones 50
    calls='openat,flock,ftruncate,?newfstatat,?fstat,?stat,?lstat,write,close,fchmod,fsync,?rename,?renameat,?renameat2'
    cp "${GOOD[0]}" zone
    strace -f -qq -o "$T/trace" -e trace="$calls" "$ZXFR" example.com "${SERVER[1]}" -o zone
    kills=0 states=
    while read -r name n; do
        cp "${GOOD[0]}" zone
        status=0
        # strace ends as the program did
        { strace -f -qq -o "$T/trace.now" -e trace="$calls" -e inject="$name:signal=KILL:when=$n" \
            "$ZXFR" example.com "${SERVER[1]}" -o zone || status=$?; } 2>"$T/err"
        is 137
        check_kill 1 || { echo "killed before $name $n" && return 1; }
        states+=" $name:$STATE:$LEFT"
        kills=$((kills + 1))
        check_next 1
    done < <(sed -E 's/^[0-9]+ +//; s/\(.*//' "$T/trace" | awk '{ print $1, ++n[$1] }')
    echo "$kills kills:$states"
    ((kills > 20))
    [[ $states == *"rename:old:yes fsync"* || $states == *"rename:old:yes openat:new:no fsync:new:no"* ]]
}

@test "kill -9 at 300 random moments" {
    RANDOM=${SEED:=$((EPOCHSECONDS % 32768))}
    echo "SEED=$SEED"
    # a pause of a millisecond in every 8000 octets: some thirty in a transfer
    setup_zones 8000 --message-size 4000 --do "trickle 8000 1"
    cp "${GOOD[0]}" zone
    exec {never}<> <(:) # reading it is a pause that starts no program
    # how long it takes, at the median
    for i in 1 0 1 0 1 0 1; do
        start=${EPOCHREALTIME/./}
        "$ZXFR" example.com "${SERVER[i]}" -o zone 3>&- &
        wait $!
        echo $((${EPOCHREALTIME/./} - start))
    done | sort -n >"$T/times"
    whole_time=$(sed -n 4p "$T/times")
    cmp zone "${GOOD[1]}"
    many=300
    [[ -z $SANITIZED ]] || many=50 # a build with sanitizers is slow, and shows nothing more
    current=1 kills=0 ended=0 old_clean=0 old_left=0 new_clean=0 new_left=0 begun=$EPOCHSECONDS
    while ((kills < many)); do
        next=$((1 - current))
        "$ZXFR" example.com "${SERVER[next]}" -o zone 2>/dev/null 3>&- &
        pid=$!
        # a third of them near the end, where the file is flushed and renamed
        random=$((RANDOM * 32768 + RANDOM))
        if ((RANDOM % 3 == 0)); then
            moment=$((whole_time * 7 / 8 + random % (whole_time / 6)))
        else
            moment=$((random % whole_time))
        fi
        printf -v pause '%d.%06d' $((moment / 1000000)) $((moment % 1000000))
        read -r -t "$pause" -u "$never" _ || true
        kill -KILL "$pid" 2>/dev/null || true
        status=0
        wait "$pid" 2>/dev/null || status=$?
        if ((status != 137)); then
            # it was faster
            is 0
            ended=$((ended + 1))
            cmp zone "${GOOD[next]}"
            current=$next
            continue
        fi
        kills=$((kills + 1))
        check_kill "$next" || { echo "kill $kills, after $moment us" && return 1; }
        case $STATE:$LEFT in
        old:no) old_clean=$((old_clean + 1)) ;;
        old:yes) old_left=$((old_left + 1)) ;;
        new:no) new_clean=$((new_clean + 1)) ;;
        new:yes) new_left=$((new_left + 1)) ;;
        esac
        [[ $STATE == old ]] || current=$next
        # every other time it is left to the next run that is killed
        if ((RANDOM % 2)); then
            next=$((1 - current))
            check_next "$next"
            current=$next
        fi
    done
    echo "one transfer: $whole_time us; $kills kills in $((EPOCHSECONDS - begun)) s:" \
        "nothing begun $old_clean, temporary file $old_left, replaced $new_clean; ended before $ended"
    # a new FILE beside a temporary file would be the work of two runs
    ((new_left == 0 && old_left > 0))
    check_next $((1 - current))
}
