# shellcheck shell=bash
# shellcheck disable=SC2154 # run assigns them
# What is done with files, for run: read, sorted, compared. The zone is there in order and shuffled.

make_files() {
    serve_stream shuffled "$records" shuffled
    text_of zone >"$work/ordered.zone"
    text_of shuffled >"$work/shuffled.zone"
    awk -v every="$((records / 100))" 'NR % every != 7' "$work/shuffled.zone" >"$work/changed.zone"
    seq 100 | awk '{ print "bench-new" $1 ".bench.\t60\tIN\tA\t192.0.2." $1 }' >>"$work/changed.zone"
    "$ZXFR" convert --sort -o "$work/old.sorted" "$work/shuffled.zone"
    "$ZXFR" convert --sort -o "$work/new.sorted" "$work/changed.zone"
}

read_round() { note read.zxfr "$ZXFR" convert "$work/ordered.zone"; }

# kzonecheck reads all of the zone, and then finds that glue is missing: exit status 1.
read_others() {
    note_status 1 read.kzonecheck -n "$repeat" kzonecheck -d off -o bench. "$work/ordered.zone" 2>/dev/null
}

sort_round() {
    note sort.zxfr "$ZXFR" convert --sort "$work/shuffled.zone"
    note sort.transfer "$ZXFR" --sort bench. @127.0.0.1 -p "$(port_of shuffled)"
    [[ $knows_memory = no ]] || note sort.memory "$ZXFR" convert --sort --memory 64M "$work/shuffled.zone"
}

compare_round() {
    note_status 1 diff.zxfr -n "$repeat" "$ZXFR" diff "$work/shuffled.zone" "$work/changed.zone"
    note_status 1 diff_sorted.zxfr -n "$repeat" "$ZXFR" diff "$work/old.sorted" "$work/new.sorted"
}

# Of comm only the clock counts: bash does not wait for the two sorts, and so their CPU time is lost.
compare_others() {
    # shellcheck disable=SC2016
    local both='export LC_ALL=C; comm -3 <(sort "$1") <(sort "$2")'
    note diff.comm bash -c "$both" bash "$work/shuffled.zone" "$work/changed.zone"
    note diff_sorted.comm bash -c "$both" bash "$work/old.sorted" "$work/new.sorted"
}

slow_round() {
    note sort.bind named-compilezone -q -i none -o "$work/compiled" bench. "$work/shuffled.zone"
    if is_very_large; then
        skip sort.ldns "$too_slow"
        skip diff.ldns "$too_slow"
        return
    fi
    note sort.ldns ldns-read-zone -z "$work/shuffled.zone"
    note diff.ldns ldns-compare-zones "$work/shuffled.zone" "$work/changed.zone"
}

files_others() {
    read_others
    compare_others
}

# The same records in another order, or with less memory, are the same zone.
same_results() {
    local way
    "$ZXFR" convert --sort -o "$work/sorted" "$work/ordered.zone"
    for way in zone shuffled; do
        cmp "$work/sorted" <("$ZXFR" --sort bench. @127.0.0.1 -p "$(port_of "$way")") || exit 1
    done
    cmp "$work/sorted" "$work/old.sorted" || exit 1
    [[ $knows_memory = no ]] ||
        cmp "$work/sorted" <("$ZXFR" convert --sort --memory 64M "$work/shuffled.zone") || exit 1
    cmp <("$ZXFR" diff "$work/shuffled.zone" "$work/changed.zone") \
        <("$ZXFR" diff "$work/old.sorted" "$work/new.sorted") || exit 1
}

ask_for_memory() {
    knows_memory=yes
    if ! "$ZXFR" convert --sort --memory 64M /dev/null >/dev/null 2>"$work/said" &&
        grep -q memory "$work/said"; then
        knows_memory=no
        skip sort.memory "this zxfr does not know convert --memory"
    fi
}

files_measure() {
    local round
    make_files
    ask_for_memory
    for ((round = 0; round < rounds; round++)); do
        read_round
        sort_round
        compare_round
        ((round >= beside_rounds)) || files_others
        ((round >= slow_rounds)) || slow_round
    done
    same_results
    rm -f "$work"/{shuffled.zone,changed.zone,old.sorted,new.sorted,sorted,compiled,stream.shuffled}
}
