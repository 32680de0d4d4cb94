#!/usr/bin/env bats
# Every system call that has to do with the output fails in turn, by strace. What is expected of
# all of them: up to and including the rename the old FILE stands and the exit status is 8, with a
# message that names the file and the cause; after it the new FILE stands, whole. No litter.

load helper

# Names that a system does not have are passed over ("?").
CALLS='?open,openat,flock,ftruncate,write,?writev,?pwrite64,read,?pread64,lseek,fsync,?fdatasync'
CALLS+=',?fchmod,?fchmodat,?fchown,?fchownat,?chmod,?chown,?rename,?renameat,?renameat2,close'
CALLS+=',?unlink,?unlinkat,?stat,?fstat,?lstat,?newfstatat,?statx,?readlink,?readlinkat,?utimensat'

setup_faults() {
    command -v strace >/dev/null || { echo "strace is not installed" && return 1; }
    # A build with sanitizers cannot look for leaks while it is traced.
    export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
    primary_start "$ZONE"
    prepare() { old_file zone; }
}

# A file that must stay as it is, and the check that it did.
old_file() {
    rm -f "$1"
    echo "; the old zone" >"$1"
    chmod 640 "$1"
    touch -d '2020-01-01' "$1"
    OLD_STATE=$(stat -c '%i %y %a %U' "$1")
}
old_stays() {
    [[ $(<"$1") == "; the old zone" && $(stat -c '%i %y %a %U' "$1") == "$OLD_STATE" ]] || {
        stat "$1" && show
    }
}
is_old() { [[ $(<"$1") == "; the old zone" ]]; }

# traced STRACE-OPTION... -- WORD...: zxfr under strace; the calls are in $T/trace, with the paths
# of descriptors.
traced() {
    local options=()
    while [[ $1 != -- ]]; do
        options+=("$1")
        shift
    done
    shift
    status=0
    timeout --foreground -k 5 60 strace -f -y -s 0 -qq -o "$T/trace" -e trace="$CALLS" \
        "${options[@]}" "$ZXFR" "$@" >"$T/out" 2>"$T/err" </dev/null || status=$?
}

# Lines "NAME N FILE WHICH": the N-th call of this name concerns FILE, in the order of the calls.
# WHICH tells two calls of one kind apart, for the judges below: "lock" is before the transfer,
# "fence" belongs to what the sandbox lets through, "end" is behind it, "done" behind the rename.
steps() {
    awk -v box="$PWD" -v tmp="$T/tmp" '
        {
            line = $0
            sub(/^[0-9]+ +/, "", line)
            name = line
            sub(/\(.*/, "", name)
            n = ++count[name]
            sub(/\) += .*/, "", line)
            gsub(/AT_FDCWD<[^>]*>/, "AT_FDCWD", line)
            file = ""
            if (line ~ /\.zone\.zxfr/) file = ".zone.zxfr"
            else if (line ~ "\"zone\"|" box "/zone>") file = "zone"
            else if (line ~ /\.report\.zxfr/) file = ".report.zxfr"
            else if (line ~ "\"report\"|" box "/report>") file = "report"
            else if (line ~ "\"record\"|" box "/record>") file = "record"
            else if (line ~ "\"" tmp "\", .*O_TMPFILE") file = "nameless"
            else if (line ~ tmp "/(zxfr\\.|#[0-9])") file = "spool"
            else if (line ~ "\"\\.\"|<" box ">") file = "folder"
            else if (line ~ /^(write|close|fstat|newfstatat)\(1</) file = "stdout"
            if (file == ".zone.zxfr" && name == "write") state = "end"
            if (line ~ /O_PATH/) fence = 1
            if (file != "") print name, n, file, fence ? "fence" : state == "" ? "lock" : state
            if (name == "close") fence = 0
            if (name ~ /^rename/ && file ~ /zone/) state = "done"
        }' "$T/trace"
}

# Fails each call of a run WORD... in turn with $ERROR and lets `judge NAME FILE WHICH` decide;
# prints how many there were. Without a fault the status is $UNTOUCHED. $ONLY restricts the calls ("NAME FILE WHICH", a regular expression).
sweep() {
    local name n file which list=$T/steps seen=0
    prepare
    traced -- "$@"
    is "${UNTOUCHED:-0}"
    steps >"$list"
    while read -r name n file which <&4; do
        [[ "$name $file $which" =~ ${ONLY:-.} ]] || continue
        prepare
        traced -e inject="$name:error=${ERROR:-EIO}:when=$n" -- "$@"
        STEP="$name $n of $file ($which): ${ERROR:-EIO}"
        # the call that was meant, and no other
        steps >"$T/steps.now"
        if [[ $(grep -c '(INJECTED)$' "$T/trace") != 1 ]] ||
            ! grep -qxF "$name $n $file $which" "$T/steps.now"; then
            echo "$STEP: not the call that was meant" && cat "$T/trace"
            return 1
        fi
        judge "$name" "$file" "$which" || { echo "wrong after $STEP" && return 1; }
        seen=$((seen + 1))
    done 4<"$list"
    echo "$seen calls"
    ((seen >= ${LEAST:-1}))
}

# The message of a failed output.
told() {
    is 8 && err_clean && err_has "$1" && err_has "${CAUSE:-Input/output error}"
}

# The transaction of -o zone. Listed are the calls without which the result is right all the same.
judge_file() {
    case "$1 $2 $3" in
    *" fence")
        # without its rule there is no sandbox, and the run is what it would be without
        is 0 && whole zone && box_holds zone
        return
        ;;
    *" done")
        whole zone && told zone && box_holds zone
        return
        ;;
    "close zone lock" | "fstat zone lock" | "newfstatat zone lock")
        # what FILE holds is looked at; its size is asked for more often than it must be known
        if ((status == 0)); then
            whole zone && box_holds zone
            return
        fi
        ;;
    "close zone end" | "openat zone end" | "open zone end" | "read zone end" | "pread64 "*)
        # FILE was to be compared with the new zone; where that cannot be, it is replaced
        is 0 && whole zone && box_holds zone
        return
        ;;
    "newfstatat .zone.zxfr end" | "fstat .zone.zxfr end" | "statx .zone.zxfr end")
        # one is for the comparison, the other for the mode
        if ((status == 0)); then
            whole zone && box_holds zone && [[ $(stat -c %a zone) == 640 ]]
            return
        fi
        ;;
    esac
    told zone && old_stays zone && box_holds zone
}

@test "-o FILE: every call in turn" {
    setup_faults
    judge() { judge_file "$@"; }
    # the least number keeps a change of the trace's form from passing as success
    LEAST=18 sweep example.com "$S" -o zone
}

@test "-o FILE that does not exist: every call in turn" {
    setup_faults
    prepare() { rm -f zone; }
    judge() {
        case $3 in
        done | fence) judge_file "$@" ;;
        *) told zone && box_holds ;;
        esac
    }
    LEAST=14 sweep example.com "$S" -o zone
}

@test "-o FILE of another owner: every call in turn" {
    ((EUID == 0)) || skip "needs root"
    setup_faults
    prepare() {
        old_file zone
        chown 65534:65534 zone
        OLD_STATE=$(stat -c '%i %y %a %U' zone)
    }
    judge() {
        [[ $1 == fchown* ]] || { judge_file "$@" && return; }
        # the group could be kept
        is 0 && whole zone && [[ $(stat -c '%u:%g %a' zone) == "0:65534 640" ]]
    }
    LEAST=19 sweep example.com "$S" -o zone
    # neither could: a group that could not read before cannot read now
    prepare
    traced -e inject=fchown:error=EPERM -- example.com "$S" -o zone
    is 0
    whole zone
    [[ $(stat -c '%u:%g %a' zone) == "0:0 600" ]]
    # nobody gets a right that he had not, and what all could do all still can
    for modes in "644 644" "664 644" "604 600" "4755 755" "777 777" "660 600"; do
        prepare
        chmod "${modes% *}" zone
        traced -e inject=fchown:error=EPERM -- example.com "$S" -o zone
        is 0
        [[ $(stat -c '%u:%g %a' zone) == "0:0 ${modes#* }" ]] || { stat zone && show; }
    done
    # the group was kept: so are the rights, but for those of the owner that the file had
    prepare
    chmod 4664 zone
    traced -e inject=fchown:error=EPERM:when=1 -- example.com "$S" -o zone
    is 0
    [[ $(stat -c '%u:%g %a' zone) == "0:65534 664" ]]
}

@test "the folder of a file system that cannot flush it" {
    setup_faults
    judge() { is 0 && whole zone && err_empty && box_holds zone; }
    for ERROR in EINVAL EOPNOTSUPP; do
        ONLY="^fsync " sweep example.com "$S" -o zone
    done
}

@test "errors of writing in the middle of a larger zone" {
    setup_faults
    write_big
    primary_start "$BIG"
    judge() { judge_file "$@"; }
    while read -r ERROR CAUSE; do
        LEAST=3 ONLY="^write .zone.zxfr" sweep example.com "$S" -o zone
    done <<'LIST'
ENOSPC No space left on device
EIO Input/output error
EDQUOT Disk quota exceeded
EFBIG File too large
LIST
}

@test "writes that are interrupted, and such as take half" {
    setup_faults
    write_big
    primary_start "$BIG"
    zx example.com "$S"
    cp "$T/out" "$T/good"
    judge() { is 0 && cmp zone "$T/good" && box_holds zone; }
    ERROR=EINTR LEAST=3 ONLY="^write .zone.zxfr" sweep example.com "$S" -o zone
    prepare() { rm -f record zone; }
    judge() { is 0 && cmp "$T/out" "$T/good" && box_holds record; }
    ERROR=EINTR LEAST=4 ONLY="^write (stdout|record)" sweep example.com "$S" --record record
    [[ -z $SANITIZED ]] || return 0 # their library wants to be the first
    for words in "-o zone" "" "--whole" "-o zone --whole --report report --record record"; do
        rm -f zone report record
        status=0
        # shellcheck disable=SC2086
        LD_PRELOAD=$HALFWRITE "$ZXFR" example.com "$S" $words >"$T/out" 2>"$T/err" || status=$?
        is 0
        if [[ $words == -o* ]]; then cmp zone "$T/good"; else cmp "$T/out" "$T/good"; fi
    done
    jq -e '.records == 20007' report
    [[ $(tail -c 60 record | wc -c) == 60 ]]
    box_holds record report zone
}

@test "stdout: every call in turn" {
    setup_faults
    prepare() { :; }
    judge() { told "standard output" && box_holds; }
    LEAST=2 ONLY="^(write|close) stdout" sweep example.com "$S"
    write_big
    primary_start "$BIG"
    LEAST=4 ONLY="^(write|close) stdout" sweep example.com "$S"
}

@test "--whole: every call of the spool in turn" {
    setup_faults
    prepare() { :; }
    judge() {
        case "$1 $2" in
        *" nameless") is 0 && whole "$T/out" && box_holds ;; # one with a name will do
        "unlink spool")
            # nothing is wrong with the zone; the file stays because it cannot be removed
            is 0 && whole "$T/out" && rm "$T"/tmp/zxfr.*
            ;;
        "close spool") is 0 && whole "$T/out" && box_holds ;;
        *stat*" stdout") is 0 && whole "$T/out" && box_holds ;; # only whether it may block
        *" stdout") told "standard output" && box_holds ;;
        *) is 8 && err_clean && err_has "Input/output error" && box_holds &&
            { [[ $1 == read ]] || out_empty; } ;; # the last read is behind the zone
        esac
    }
    LEAST=8 sweep --whole example.com "$S"
}

@test "a failed transfer: every call in turn" {
    setup_faults
    primary_start --records 2 --do "close -1" "$ZONE"
    local bad=$S
    # the first server fails after some records, and the second must begin with an empty file
    primary_start "$ZONE"
    judge() { judge_file "$@"; }
    write_big
    primary_start --do "close -1" "$BIG"
    LEAST=20 sweep example.com "$bad" "$S" "@127.0.0.1#${PORTS[0]}" -o zone
    # nothing to remove it with: the one file stays, and the next run takes it over
    prepare
    traced -e inject=unlink,unlinkat:error=EIO -- example.com "$bad" -o zone
    is 3
    old_stays zone
    box_holds .zone.zxfr zone
    zx example.com "@127.0.0.1#${PORTS[0]}" -o zone
    is 0
    whole zone
    box_holds zone
}

@test "the same zone again: every call in turn" {
    setup_faults
    zx example.com "$S" -o "$T/good"
    prepare() { cp "$T/good" zone; }
    judge() {
        whole zone
        case "$1 $2 $3" in
        *" fence") is 0 ;;
        "unlink "*) is 0 && rm .zone.zxfr ;; # the next run would take it over
        "utimensat "*) told zone ;;
        *" end") ((status == 0)) || told zone ;;
        # The last line, where it only helps to find out which zone it is, may be missed.
        "close zone lock" | "fstat zone lock" | "newfstatat zone lock" | "pread64 zone lock")
            ((status == 0)) || told zone
            ;;
        *" done") is 0 ;;
        *) told zone ;;
        esac && box_holds zone
    }
    LEAST=14 sweep example.com "$S" -o zone --touch
}

@test "--report and --record: every call in turn" {
    setup_faults
    prepare() {
        old_file zone
        echo "{}" >report
        echo old >record
    }
    judge() {
        # Whether two names are one file cannot be told: nothing is touched.
        if [[ $1 =~ ^(newfstatat|fstat|stat|statx|readlink)$ && $3 == lock && $status == 8 &&
            $(<report) == "{}" ]]; then
            told "$2" && old_stays zone && [[ $(<record) == old ]] && box_holds record report zone
            return
        fi
        # Before a file is written it is looked at: what cannot be read is no zone.
        if [[ "$1 $2 $3 $status" =~ ^(openat|read|lseek|pread64|close|fstat)\ (record|report)\ lock\ 0$ ]]; then
            whole zone && jq -e '.exit == 0' report && "$ZXFR" convert -q record -o /dev/null
            return
        fi
        # So it is where the sandbox was to let only one file through: it lets more.
        if [[ $1 =~ ^(newfstatat|fstat|stat|statx|readlink)$ && $3 == lock && $status == 0 ]]; then
            set -- "$1" "$2" fence
        fi
        case "$2 $3" in
        *" fence") is 0 && whole zone && jq -e '.exit == 0' report || return ;;
        .report.zxfr* | "report "*)
            # the old report or the new one, and the new one wherever the status is 0
            whole zone || return
            if ((status == 0)); then
                jq -e '.exit == 0' report
            else
                told report && { [[ $(<report) == "{}" ]] || jq -e '.exit == 0' report; }
            fi || return
            ;;
        "record "*)
            # what the server sent last is written when the zone stands already
            told record || return
            if is_old zone; then old_stays zone; else whole zone; fi || return
            jq -e '.exit == 8' report || return
            ;;
        *) return 0 ;; # shown above
        esac && box_holds record report zone
    }
    LEAST=20 ONLY=" (.report.zxfr|report|record) " sweep example.com "$S" -o zone \
        --report report --record record
}

# FILE of which changes are known, and a folder for what is refused.
prepare_gates() {
    rm -rf kept zone .zone.zxfr
    mkdir kept
    sed 's/2026112201/2026112200/;s/192.0.2.1/192.0.2.9/' "$ZONE" >zone
    chmod 640 zone
    touch -d '2020-01-01' zone
    cp zone "$T/before"
    OLD_STATE=$(stat -c '%i %y %a %U' zone)
}
before_stays() {
    cmp zone "$T/before" && [[ $(stat -c '%i %y %a %U' zone) == "$OLD_STATE" ]]
}

@test "gates: every call in turn, with a zone that is taken and one that is refused" {
    setup_faults
    zx example.com "$S" --sort -o "$T/good"
    prepare() { prepare_gates; }
    judge() {
        case $status in
        0) cmp zone "$T/good" && [[ $(stat -c %a zone) == 640 ]] ;;
        # 7: what was written cannot be read for the comparison
        7 | 8)
            err_clean && err_has "Input/output error" &&
                case "$3" in
                done) cmp zone "$T/good" ;;
                *) before_stays ;;
                esac
            ;;
        *) show ;;
        esac && box_holds kept zone
    }
    LEAST=18 sweep example.com "$S" --sort -o zone --max-change 50% --max-change @NS=0 \
        --keep-refused kept
    # What was refused is kept as a whole, or not, which a warning tells; FILE stays whatever fails.
    judge() {
        [[ $1 != unlink* ]] || rm .zone.zxfr # the next run would take it over
        if ((status == 0)); then # FILE could not be looked at, so it could not be judged
            err_has "warning: zone is not a whole zone of which anything is known" || return
            cmp zone "$T/good" && box_holds kept zone
            return
        fi
        before_stays || return
        case $status in
        9) err_has "--max-change 0: 1 added, 1 deleted, of 6 before" || return ;;
        7 | 8) err_clean && err_has "Input/output error" || return ;;
        *) show || return ;;
        esac
        if [[ -e kept/example.com.2026112201.zone ]]; then
            cmp kept/example.com.2026112201.zone "$T/good" || return
            box_holds kept kept/example.com.2026112201.zone zone
        else
            [[ $status != 9 ]] || err_has "warning: what was refused is not kept: " || return
            box_holds kept zone || box_holds kept kept/.example.com.2026112201.zone.zxfr zone
        fi
    }
    UNTOUCHED=9 LEAST=15 sweep example.com "$S" --sort -o zone --max-change 0 --keep-refused kept
}
