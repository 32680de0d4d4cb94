# shellcheck shell=bash
# shellcheck disable=SC2154 # run assigns them
# A zone that comes over the network, for run: as text, to a file, as JSON, signed, and its changes.
#
# A replayed stream comes as fast as the loopback carries it. Its messages are as large as those of
# Knot; with those of 64 KiB that TCP would allow, dig needs twice the time a record, and nobody
# sends such. For signed transfers and for changes Knot itself is the server: there it sets the pace,
# and only the client's CPU time and memory count.

key=hmac-sha256:bench-key:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
knot='' # the name of the server, while it runs

# transfer_command TOOL PORT: fills the array command
transfer_command() {
    case $1 in
    zxfr) command=("$ZXFR" bench. @127.0.0.1 -p "$2") ;;
    zxfr.json) command=("$ZXFR" -f jsonl bench. @127.0.0.1 -p "$2") ;;
    zxfr.signed) command=("$ZXFR" -k "$work/key" bench. @127.0.0.1 -p "$2") ;;
    dig) command=(dig +noall +answer @127.0.0.1 -p "$2" bench. axfr) ;;
    dig.signed) command=(dig +noall +answer -k "$work/key.bind" @127.0.0.1 -p "$2" bench. axfr) ;;
    kdig) command=(kdig @127.0.0.1 -p "$2" bench. axfr) ;;
    kdig.json) command=(kdig +json @127.0.0.1 -p "$2" bench. axfr) ;;
    drill) command=(drill -p "$2" @127.0.0.1 bench. axfr) ;;
    reader) command=("$work/primary" --drain 127.0.0.1 "$2" bench.) ;;
    esac
}

# transfer_note KEY TOOL SERVER-PORT [OPTION OF MEASURE...]
transfer_note() {
    local command
    transfer_command "$2" "$3"
    note "$1" "${@:4}" "${command[@]}"
}

write_keys() {
    (umask 077 && echo "$key" >"$work/key")
    (umask 077 && echo "key bench-key { algorithm hmac-sha256; secret \"${key##*:}\"; };" >"$work/key.bind")
}

start_knot() {
    knot=knot$records
    text_of zone >"$work/served.zone"
    server_new "$knot" knot
    server_key "$knot" bench-key hmac-sha256 "${key##*:}"
    server_zone "$knot" bench. "$work/served.zone" key:bench-key 'zonefile-load: difference'
    SERVER_PATIENCE=600 server_start "$knot"
}

transfer_round() {
    local port
    port=$(port_of zone)

    transfer_note dump.zxfr zxfr "$port"
    transfer_note json.zxfr zxfr.json "$port"
    transfer_note file.zxfr zxfr "$port" -o "$work/out" # of measure: standard output, not flushed, as with cp
    transfer_note file.reader reader "$port"
    rm -f "$work/copy"
    note file.copy cp "$work/out" "$work/copy"
    rm -f "$work/out" "$work/copy"
    transfer_note signed.zxfr zxfr.signed "$(server_port "$knot")"
}

transfer_others() {
    local tool port
    port=$(port_of zone)

    for tool in dig kdig drill; do
        if is_very_large && [[ $tool = drill ]]; then
            skip dump.drill "$too_slow"
        else
            transfer_note "dump.$tool" "$tool" "$port"
        fi
    done
    transfer_note json.kdig kdig.json "$port"
    transfer_note signed.dig dig.signed "$(server_port "$knot")"
}

# ---- A hundred changes ----------------------------------------------------------------------------

serial_served() { dig +short @127.0.0.1 -p "$(server_port "$knot")" bench. soa | cut -d ' ' -f 3; }

# A hundred records less and a hundred more, and the next serial.
change_served() {
    local serial
    serial=$(serial_served)
    awk -v serial="$serial" -v every="$((records / 100))" '
        NR == 1 { sub(" " serial " ", " " serial + 1 " ") }
        NR % every != 7' "$work/served.zone" >"$work/served.new"
    seq 100 | awk '{ print "bench-new" $1 ".bench.\t60\tIN\tA\t192.0.2." $1 }' >>"$work/served.new"
    mv "$work/served.new" "$work/served.zone"
    kill -HUP "$(<"$(server_dir "$knot")/pid")"
    for _ in $(seq 6000); do
        [[ $(serial_served) != "$((serial + 1))" ]] || return 0
        sleep 0.1
    done
    die "Knot does not take the changes"
}

# Each run has the old file before it, and none has to wait for what others left to be written. Into a
# file that was not sorted no changes would go: the whole zone would come.
update_rounds() {
    local from=(bench. @127.0.0.1 -p "$(server_port "$knot")" -k "$work/key") round
    "$ZXFR" -q --sort -o "$work/old" "${from[@]}"
    change_served
    for ((round = 0; round < rounds * repeat; round++)); do
        cp "$work/old" "$work/current"
        sync -f "$work"
        note_once update.zxfr "$ZXFR" -q --update --no-fallback -o "$work/current" "${from[@]}"
        rm -f "$work/copy"
        # shellcheck disable=SC2016
        note_once update.copy sh -c 'cp "$1" "$2" && sync "$2"' sh "$work/current" "$work/copy"
    done
    "$ZXFR" -q --sort -o "$work/whole" "${from[@]}"
    cmp "$work/whole" <("$ZXFR" convert --sort "$work/current") || die "the changes give another zone"
    rm -f "$work"/{old,current,copy,whole}
}

transfer_measure() {
    local round
    write_keys
    start_knot
    for ((round = 0; round < rounds; round++)); do
        transfer_round
        ((round >= beside_rounds)) || transfer_others
    done
    update_rounds
    server_stop "$knot"
    knot=''
    rm -f "$work/served.zone"
}
