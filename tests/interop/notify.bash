# shellcheck shell=bash
# Makes the servers of servers.bash send NOTIFY for the zones of many.bash; both are sourced before this
# file. Delays and limits that a server has for NOTIFY are as small or large as it allows.
#
#   notify_server NAME KIND FOLDER [KEY [LINE...]]
#                               many_server, which sends NOTIFY for each zone to the address NOTIFY_TO and
#                               NOTIFY_PORT; with a KEY (ALGORITHM:KEY:SECRET) signed; from NOTIFY_FROM
#                               if that is not empty
#   notify_other NAME KEY FROM TO
#                               before server_start, of a server with a key: for the zones FROM to TO NOTIFY
#                               is signed by another KEY in the same form, or not at all: none, which
#                               PowerDNS cannot do
#   notify_also6 NAME           before server_start: the server answers at ::1, too, at the port
#                               that notify_port6 tells
#   notify_change NAME FOLDER NUMBER SERIAL WAY
#                               the zone gets this serial, one more than it had, and what many_bump
#                               writes for it. WAY is file, or another one: BIND and Knot DNS
#                               dynamic, PowerDNS own (it is not told to send NOTIFY, it looks)
#   notify_settle NAME          waits until what it sends at its start is over, as far as the server tells
#   notify_count NAME           counts anew from here
#   notify_done NAME, notify_failed NAME
#                               how many requests were acknowledged since then, and how many
#                               were not, by the server's own account; NSD keeps silent about the former
#   notify_asked NAME           how often it was asked for a SOA; Knot DNS: for more than transfers; PowerDNS:
#                               for anything, over TCP

NOTIFY_CONTROL='key "control" { algorithm hmac-sha256; secret "Y29udHJvbA=="; };'

notify_server() {
    local name=$1 kind=$2 folder=$3 key=${4:--} dir=$SERVERS_DIR/$1 who=none
    shift $(($# < 4 ? $# : 4))
    [ "$key" = - ] || who=$(cut -d: -f2 <<<"$key")
    local lines
    mapfile -t lines < <(notify_lines "$kind" "$who")
    many_server "$name" "$kind" "$folder" "$key" "${lines[@]}" "$@" || return
    echo "$who" >"$dir/notifier"
    "notify_begin_$kind" "$name" "$dir"
    [ "$kind" != knot ] || notify_remote "$dir" "$who"
}

# For the section of a zone; with a KEY that is not none it signs.
notify_lines() { # KIND KEY
    case $1 in
    bind) printf '%s\n' 'notify explicit;' "also-notify { $NOTIFY_TO port $NOTIFY_PORT$(notify_key bind "$2"); };" ;;
    knot) echo "notify: \"$(notify_key knot "$2")\"" ;;
    nsd)
        echo "notify: $NOTIFY_TO@$NOTIFY_PORT $(notify_key nsd "$2")"
        [ -z "${NOTIFY_FROM:-}" ] || echo "outgoing-interface: $NOTIFY_FROM"
        ;;
    esac
}

notify_key() { # KIND KEY
    case $1:$2 in
    bind:none) ;;
    bind:*) echo " key \"$2\"" ;;
    knot:*) echo "zxfr-$2" ;;
    nsd:none) echo NOKEY ;;
    nsd:*) echo "$2" ;;
    esac
}

notify_begin_bind() {
    servers_free_port >"$2/control"
    server_option "$1" 'notify-delay 0;' 'notify-rate 1000;' 'startup-notify-rate 1000;' 'querylog yes;' \
        'allow-new-zones yes;'
    [ -z "${NOTIFY_FROM:-}" ] || server_option "$1" "notify-source $NOTIFY_FROM;"
    server_clause "$1" "$NOTIFY_CONTROL" "controls { inet 127.0.0.1 port $(<"$2/control") allow { 127.0.0.1; }
        keys { \"control\"; }; };"
    echo "$NOTIFY_CONTROL options { default-server 127.0.0.1; default-key \"control\";
        default-port $(<"$2/control"); };" >"$2/rndc.conf"
}

notify_begin_knot() { server_clause "$1" 'remote:'; }

notify_remote() { # DIR KEY
    {
        printf '  - id: "zxfr-%s"\n    address: "%s@%s"\n' "$2" "$NOTIFY_TO" "$NOTIFY_PORT"
        [ "$2" = none ] || printf '    key: "%s"\n' "$2"
        [ -z "${NOTIFY_FROM:-}" ] || printf '    via: "%s"\n' "$NOTIFY_FROM"
    } >>"$1/clauses"
}

# The last remote-control counts.
notify_begin_nsd() {
    server_option "$1" 'xfrd-reload-timeout: 0' 'verbosity: 3'
    server_clause "$1" 'remote-control:' '  control-enable: yes' "  control-interface: \"$2/nsd.sock\""
}

notify_begin_pdns() {
    local to=$NOTIFY_TO
    [[ $to != *:* ]] || to="[$to]"
    server_option "$1" 'primary=yes' "also-notify=$to:$NOTIFY_PORT" 'only-notify=' 'loglevel=6' \
        'xfr-cycle-interval=1'
    [ -z "${NOTIFY_FROM:-}" ] || server_option "$1" "query-local-address=$NOTIFY_FROM"
}

notify_other() {
    local dir=$SERVERS_DIR/$1 kind who=$2 algorithm secret
    kind=$(<"$dir/kind")
    if [ "$who" != none ]; then
        IFS=: read -r algorithm who secret <<<"$2"
        server_key "$1" "$who" "$algorithm" "$secret"
    fi
    if [ "$kind" = pdns ]; then
        notify_other_pdns "$dir" "$who" "$algorithm" "$secret" "$3" "$4"
        return
    fi
    [ "$kind" != knot ] || notify_remote "$dir" "$who"
    awk -v from="$3" -v last="$4" -v old="$(notify_key "$kind" "$(<"$dir/notifier")")" \
        -v new="$(notify_key "$kind" "$who")" '
        match($0, /"zone[0-9]+\.example"/) { number = substr($0, RSTART + 5, 6) + 0 }
        number >= from && number <= last && /notify[: ]/ && (at = index($0, old)) {
            $0 = substr($0, 1, at - 1) new substr($0, at + length(old))
        }
        { print }' "$dir/zones/1" >"$dir/sections" && mv "$dir/sections" "$dir/zones/1"
}

# The first key that may transfer a zone signs.
notify_other_pdns() { # DIR KEY ALGORITHM SECRET FROM TO
    pdnsutil --config-dir="$1" import-tsig-key "$2" "$3" "$4" >>"$1/pdnsutil" 2>&1 &&
        many_py pdnsfirst "$1/keys.db" "$2" "$5" "$6"
}

notify_also6() {
    local dir=$SERVERS_DIR/$1 port
    port=$(servers_free_port)
    echo "$port" >"$dir/port6"
    case $(<"$dir/kind") in
    bind) server_option "$1" "listen-on-v6 port $port { ::1; };" ;;
    knot) server_option "$1" "    listen: ::1@$port" ;;
    nsd) server_option "$1" "ip-address: ::1@$port" ;;
    pdns) server_option "$1" "local-address+=[::1]:$port" ;;
    esac
}

notify_port6() { cat "$SERVERS_DIR/$1/port6"; }

# ---- Changes -----------------------------------------------------------------------------------

notify_change() {
    local dir=$SERVERS_DIR/$1 folder=$2 number=$3 serial=$4 way=$5 kind zone
    kind=$(<"$dir/kind")
    zone=$(printf 'zone%06d.example' "$number")
    [ "$way" = dynamic ] || many_bump "$folder" "$serial" "$number"
    NOTIFY_BEGUN=$EPOCHREALTIME
    "notify_${way}_$kind" "$dir" "$zone" "$serial" >"$dir/change" 2>&1 || { cat "$dir/change" && return 1; }
    NOTIFY_ENDED=$EPOCHREALTIME
    [ "$way" != dynamic ] || many_bump "$folder" "$serial" "$number"
}

notify_file_bind() { rndc -c "$1/rndc.conf" reload "$2"; }

notify_dynamic_bind() {
    printf '%s\n' "server 127.0.0.1 $(<"$1/port")" "zone $2" "update delete www.$2 A" \
        "update add www.$2 3600 A 10.0.0.$3" send | nsupdate
}

notify_file_knot() { knotc -s "$1/knot.sock" zone-reload "$2"; }

notify_dynamic_knot() {
    knotc -s "$1/knot.sock" zone-begin "$2" && knotc -s "$1/knot.sock" zone-unset "$2" www A &&
        knotc -s "$1/knot.sock" zone-set "$2" www 3600 A "10.0.0.$3" && knotc -s "$1/knot.sock" zone-commit "$2"
}

notify_file_nsd() { nsd-control -c "$1/nsd.conf" reload "$2"; }

notify_file_pdns() { notify_own_pdns "$@" && pdns_control --config-dir="$1" notify "$2"; }
notify_own_pdns() { pdns_control --config-dir="$1" bind-reload-now "$2"; }

# ---- What the server says ----------------------------------------------------------------------

notify_settle() {
    local dir=$SERVERS_DIR/$1 i
    case $(<"$dir/kind") in
    bind) rndc -c "$dir/rndc.conf" trace 3 ;;
    nsd)
        for ((i = 0; i < 600; i++)); do
            nsd-control -c "$dir/nsd.conf" zonestatus >"$dir/zonestatus" || return
            grep -q 'notify:' "$dir/zonestatus" || break
            sleep 0.05
        done
        ;;
    esac
}

notify_count() { wc -l <"$SERVERS_DIR/$1/log" >"$SERVERS_DIR/$1/settled"; }

notify_log() { tail -n "+$(($(<"$SERVERS_DIR/$1/settled") + 1))" "$SERVERS_DIR/$1/log"; }

notify_done() {
    local words
    case $(<"$SERVERS_DIR/$1/kind") in
    bind) words='notify response from .*: NOERROR' ;;
    knot) words='notify, outgoing, remote .*serial [0-9]*$' ;;
    pdns) words='(was acknowledged)' ;;
    esac
    notify_log "$1" | grep -c "$words" || :
}

notify_failed() {
    local words
    case $(<"$SERVERS_DIR/$1/kind") in
    bind) words='notify response from .*: [^N]\|notify response from .*: NO[^E]\|notify to .* failed\|retries exceeded' ;;
    knot) words='notify, outgoing, .* failed\|notify, outgoing, .*server responded' ;;
    nsd) words='could not send notify\|max notify send count\|bad notify reply\|notify-ack with bad\|notify response error' ;;
    pdns) words='unsuccessful notification report\|Unable to .*notif\|spurious notify answer' ;;
    esac
    notify_log "$1" | grep -c "$words" || :
}

notify_asked() {
    local dir=$SERVERS_DIR/$1
    case $(<"$dir/kind") in
    bind) grep -c 'query: .* IN SOA' "$dir/log" || : ;;
    knot) knotc -s "$dir/knot.sock" zone-stats -- | awk '/server-operation\[query\]/ { sum += $NF } END { print sum + 0 }' ;;
    nsd) nsd-control -c "$dir/nsd.conf" stats_noreset | sed -n 's/^num\.type\.SOA=//p' ;;
    pdns) pdns_control --config-dir="$dir" show tcp-queries ;;
    esac
}
