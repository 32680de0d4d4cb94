# shellcheck shell=bash
# shellcheck disable=SC2154 # run assigns them
# Many zones, for run.
#
# One Knot, with its default limits, is the primary of all. A peer that forks for each zone is measured
# over a part of them, and its figures multiplied. All write to folders of $work; only for the
# memory of very many zones, where the time does not count, a tmpfs takes the files.
#
# zxfr flushes what it writes. Of its peers BIND 9.18 does too, each file, Knot 3.2 flushes its database
# alone, and a shell's redirection nothing (strace -c -f -e fsync,fdatasync).

zone_count=10000 part_asked=500 part_fetched=1000 very_many=100000
many_rounds=3 zones_dir='' zones_list='' port_zones=''
secondary='' memory_dir='' # while there are any

many_quick() { zone_count=1000 part_asked=100 part_fetched=100 very_many=50000; }

many_primary() {
    # shellcheck source=tests/interop/many.bash
    . "$top/tests/interop/many.bash"
    zones_dir=$work/zones zones_list=$work/zones/list
    many_zones "$zones_dir" "$zone_count"
    many_server zones knot "$zones_dir"
    many_start zones "$zones_dir"
    port_zones=$(server_port zones)
    head -n "$part_asked" "$zones_list" >"$work/list.asked"
    head -n "$part_fetched" "$zones_list" >"$work/list.fetched"
}

# A folder for one run, which has to wait for none of what others have left to be written.
many_folder() {
    rm -rf "$work/many/$1"
    mkdir -p "$work/many/$1"
    sync -f "$work/many"
}

# many_sync KEY FOLDER LIST PORT
many_sync() {
    note_once "$1" "$ZXFR" sync --list "$3" -d "$2" -p "$4" @127.0.0.1
}

# ---- Peers ----------------------------------------------------------------------------------------

# shellcheck disable=SC2016
loop_of_dig='while read -r zone; do dig +short @127.0.0.1 -p "$1" "$zone" soa; done <"$2"'
# shellcheck disable=SC2016
dig_to_file='exec dig +noall +answer @127.0.0.1 -p "$1" "$3" axfr >"$2/$3.zone"'

many_conf_knot() { # FOLDER
    cat <<END
server:
    rundir: "$1"
log:
  - target: stderr
    any: warning
database:
    storage: "$1/db"
remote:
  - id: primary
    address: 127.0.0.1@$port_zones
template:
  - id: default
    storage: "$1/files"
    master: primary
    zonefile-load: none
    zonefile-sync: 0
    journal-content: none
    semantic-checks: off
zone:
END
    awk '{ print "  - domain: " $1 }' "$zones_list"
}

# With more transfers at once it takes longer.
many_conf_bind() { # FOLDER
    cat <<END
options {
  directory "$1/files";
  listen-on { none; };
  listen-on-v6 { none; };
  pid-file none;
  session-keyfile none;
  managed-keys-directory "$1";
  recursion no;
  dnssec-validation no;
  notify no;
  empty-zones-enable no;
  masterfile-format text;
  serial-query-rate 10000;
  transfers-in 20;
  transfers-per-ns 20;
  tcp-clients 1000;
};
controls { };
logging { channel err { stderr; severity warning; }; category default { err; }; };
END
    awk -v port="$port_zones" '{
        printf "zone \"%s\" { type secondary; primaries { 127.0.0.1 port %s; }; file \"%s.zone\"; };\n", $1, port, $1
    }' "$zones_list"
}

# The servers give a file its name when it is whole. Waits for each in turn, and starts no program that
# would take time from them.
files_come() { # FOLDER
    local zone tries=0 never

    rm -f "$work/never"
    mkfifo "$work/never"
    exec {never}<>"$work/never"
    while read -r zone; do
        until [[ -e $1/$zone.zone ]]; do
            read -r -t 0.01 -u "$never" _ || true
            if ((++tries > 30000)) || ! kill -0 "$secondary" 2>/dev/null; then
                return 1
            fi
        done
    done <"$zones_list"
    exec {never}>&-
}

# note_secondary KEY KIND: from the start of the server until it has the files of all zones, in the form
# of measure; its CPU time and memory are those until then.
note_secondary() {
    local key=$1 kind=$2 dir=$work/many/$2 from until cpu memory
    many_folder "$kind"
    mkdir "$dir/files" "$dir/db"
    "many_conf_$kind" "$dir" >"$dir/conf"
    case $kind in
    knot) set -- knotd -c "$dir/conf" ;;
    bind) set -- "$(servers_named "$dir")" -f -c "$dir/conf" ;;
    esac
    from=${EPOCHREALTIME/[.,]/}
    "$@" >"$dir/log" 2>&1 &
    secondary=$!
    files_come "$dir/files" || { head -n 20 "$dir/log" >&2 && echo "run: $key: failed" >&2 && exit 1; }
    until=${EPOCHREALTIME/[.,]/}
    cpu=$(sed 's/.*) //' "/proc/$secondary/stat" | awk '{ print $12 + $13 }')
    memory=$(awk '$1 == "VmHWM:" { print $2 }' "/proc/$secondary/status")
    kill "$secondary"
    wait "$secondary" || true
    secondary=''
    awk "BEGIN { print ($until - $from) / 1e6, $cpu / $(getconf CLK_TCK), $memory, 0 }" \
        >>"$results/$key"
}

# ---- Rounds ---------------------------------------------------------------------------------------

many_round() {
    many_folder zxfr
    many_sync first.zxfr "$work/many/zxfr" "$zones_list" "$port_zones"
    many_sync same.zxfr "$work/many/zxfr" "$zones_list" "$port_zones"
    note_once same.dig bash -c "$loop_of_dig" bash "$port_zones" "$work/list.asked"
    many_folder dig
    note_once first.dig xargs -a "$work/list.fetched" -P 10 -I '{}' \
        sh -c "$dig_to_file" sh "$port_zones" "$work/many/dig" '{}'
    note_secondary first.knot knot
    note_secondary first.bind bind
}

# What they have written is what the primary has, by BIND's word; dig's files begin no other.
same_files() {
    local zone kind
    while read -r zone; do
        for kind in zxfr knot/files bind/files; do
            cmp <(named-compilezone -q -i none -o - "$zone" "$zones_dir/$zone.zone") \
                <(named-compilezone -q -i none -o - "$zone" "$work/many/$kind/$zone.zone") || exit 1
        done
    done < <(awk -v every=$((zone_count / 20)) 'NR % every == 1' "$zones_list")
    [[ $(find "$work/many/dig" -type f -size +0 | wc -l) = "$part_fetched" ]] || exit 1
}

# A tmpfs, where there is one, so that a hundred thousand files need not be flushed first.
very_many_zones() {
    local round base=$work port

    [[ $(stat -f -c %T /dev/shm 2>/dev/null) != tmpfs || ! -w /dev/shm ]] || base=/dev/shm
    memory_dir=$(mktemp -d "$base/zxfr-bench.XXXXXX")
    seq 0 $((very_many - 1)) | awk '{ printf "zone%06d.example\n", $1 }' >"$work/list.many"
    start_program many "$work/manyzones" --zones "$very_many"
    port=$(port_of many)
    many_sync very_many.first "$memory_dir" "$work/list.many" "$port"
    for ((round = 0; round < many_rounds; round++)); do
        many_sync very_many.same "$memory_dir" "$work/list.many" "$port"
    done
    rm -rf "$memory_dir"
    memory_dir=''
}

many_measure() {
    local round

    many_primary
    count zones "$zone_count"
    count asked "$part_asked"
    count fetched "$part_fetched"
    count very_many "$very_many"
    for ((round = 0; round < many_rounds; round++)); do
        many_round
    done
    same_files
    very_many_zones
    stop_all
    server_stop zones
}
