# shellcheck shell=bash
# Real name servers for the tests: BIND, Knot, NSD, PowerDNS, each on 127.0.0.1 and a free port.
#
#   servers_begin FOLDER                    everything the servers write goes below FOLDER
#   server_new NAME KIND                    KIND: bind, knot, nsd, pdns
#   server_option NAME 'LINE'...            lines for the server's main section
#   server_clause NAME 'LINE'...            lines for the top level of the configuration
#   server_key NAME KEY ALGORITHM SECRET    a TSIG key
#   server_zone NAME ZONE FILE [WHO [LINE...]]
#                                           WHO may transfer: local (default), none, key:KEY (not
#                                           pdns), keys: from here unsigned, or with any key of those
#                                           that were announced before;
#                                           LINEs go into the zone's own section
#   server_start NAME                       returns when all its zones are answered for
#   server_port NAME, server_dir NAME, server_log NAME
#   server_stop NAME, servers_end           stop one, stop all
#   server_does KIND WHAT                   whether exceptions.tsv says so of what is installed
#
# A function that fails says why on stdout, where bats shows it, with the server's log. Nothing
# is looked for in or written to the system's folders, and nothing needs root. Call
# servers_begin from the process that lives as long as the servers shall: they end with it, so
# that a test run that is killed leaves none behind.

SERVERS_SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# Debian's packages put dnspython where /usr/bin/python3 finds it; another python3 may come
# first in PATH.
servers_python() {
    local candidate
    for candidate in python3 /usr/bin/python3; do
        if "$candidate" -c 'import dns.zone' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "no python3 with dnspython found" >&2
    return 1
}

servers_begin() {
    SERVERS_DIR=$1
    mkdir -p "$SERVERS_DIR"
    PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
    PYTHON=${PYTHON:-$(servers_python)} || return
    export SERVERS_DIR PATH PYTHON
}

server_does() { "$PYTHON" "$SERVERS_SOURCE/installed.py" does "$@"; }

server_dir() { echo "$SERVERS_DIR/$1"; }
server_port() { cat "$SERVERS_DIR/$1/port"; }
# A server may say the same thing at each try; what differs in numbers only is shown once.
server_log() {
    awk '{ key = $0; gsub(/[0-9]+/, "", key) } !seen[key]++ { print substr($0, 1, 300) }' \
        "$SERVERS_DIR/$1/log" | head -n 60
}

server_new() {
    local dir=$SERVERS_DIR/$1
    mkdir -p "$dir/zones"
    echo "$2" >"$dir/kind"
    : >"$dir/options"
    : >"$dir/clauses"
    : >"$dir/keys"
    : >"$dir/keylist"
    : >"$dir/zonelist"
}

server_option() { printf '%s\n' "${@:2}" >>"$SERVERS_DIR/$1/options"; }
server_clause() { printf '%s\n' "${@:2}" >>"$SERVERS_DIR/$1/clauses"; }

server_key() {
    local dir=$SERVERS_DIR/$1 key=$2 algorithm=$3 secret=$4
    case $(<"$dir/kind") in
    bind) echo "key \"$key\" { algorithm $algorithm; secret \"$secret\"; };" ;;
    knot) printf '  - id: %s\n    algorithm: %s\n    secret: %s\n' "$key" "$algorithm" "$secret" ;;
    nsd)
        printf 'key:\n  name: "%s"\n  algorithm: %s\n  secret: "%s"\n' \
            "$key" "$algorithm" "$secret"
        ;;
    pdns) ;;
    esac >>"$dir/keys"
    echo "$key $algorithm $secret" >>"$dir/keylist"
}

# The folder zones/ holds one section for each zone, written when the zone is announced.
server_zone() {
    local dir=$SERVERS_DIR/$1 zone=$2 file=$3 who=${4:-local} number key
    shift $(($# < 4 ? $# : 4))
    echo "$zone" >>"$dir/zonelist"
    number=$(wc -l <"$dir/zonelist")
    {
        case $(<"$dir/kind") in
        bind | pdns)
            # PowerDNS 4.7 does not know the word "primary".
            printf 'zone "%s" {\n  type master;\n  file "%s";\n' "$zone" "$file"
            if [ "$(<"$dir/kind")" = bind ]; then
                case $who in
                local | keys) echo '  allow-transfer { 127.0.0.1; };' ;;
                none) echo '  allow-transfer { none; };' ;;
                key:*) echo "  allow-transfer { key \"${who#key:}\"; };" ;;
                esac
            fi
            [ $# -eq 0 ] || printf '  %s\n' "$@"
            echo '};'
            ;;
        knot)
            printf '  - domain: "%s"\n    file: "%s"\n' "$zone" "$file"
            case $who in
            local) echo '    acl: [ local ]' ;;
            keys)
                echo '    acl: [ local, keys ]'
                key=$(awk '{ print $1 }' "$dir/keylist" | paste -sd,)
                printf '  - id: keys\n    key: [ %s ]\n    action: transfer\n' "$key" >"$dir/acl.keys"
                ;;
            key:*)
                echo "    acl: [ \"acl-${who#key:}\" ]"
                printf '  - id: "acl-%s"\n    key: "%s"\n    action: transfer\n' \
                    "${who#key:}" "${who#key:}" >"$dir/acl.${who#key:}"
                ;;
            esac
            [ $# -eq 0 ] || printf '    %s\n' "$@"
            ;;
        nsd)
            printf 'zone:\n  name: "%s"\n  zonefile: "%s"\n' "$zone" "$file"
            case $who in
            local) echo '  provide-xfr: 127.0.0.1 NOKEY' ;;
            keys)
                for key in NOKEY $(awk '{ print $1 }' "$dir/keylist"); do
                    echo "  provide-xfr: 127.0.0.1 $key"
                done
                ;;
            key:*) echo "  provide-xfr: 127.0.0.1 \"${who#key:}\"" ;;
            esac
            [ $# -eq 0 ] || printf '  %s\n' "$@"
            ;;
        esac
    } >"$dir/zones/$number"
    # PowerDNS allows transfers for all zones or, in its database, for one.
    case $(<"$dir/kind"):$who in
    pdns:local | pdns:keys) server_option "${dir##*/}" 'allow-axfr-ips=127.0.0.1' ;;
    pdns:none) server_option "${dir##*/}" 'allow-axfr-ips=' ;;
    pdns:*)
        echo "server_zone: $who is not for pdns"
        return 1
        ;;
    esac
}

servers_zones() { (cd "$1/zones" && for f in $(printf '%s\n' * | sort -n); do cat "$f"; done); }

servers_conf_bind() {
    cat <<END
options {
  directory "$1";
  listen-on port $2 { 127.0.0.1; };
  listen-on-v6 { none; };
  pid-file none;
  session-keyfile none;
  managed-keys-directory "$1";
  recursion no;
  dnssec-validation no;
  notify no;
  empty-zones-enable no;
  check-names primary ignore;
  check-integrity no;
$(<"$1/options")
};
controls { };
logging {
  channel err { stderr; severity dynamic; print-time yes; print-category yes; };
  category default { err; };
};
$(<"$1/keys")
$(<"$1/clauses")
$(servers_zones "$1")
END
}

servers_conf_knot() {
    local acl
    cat <<END
server:
    listen: 127.0.0.1@$2
    rundir: "$1"
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
$(<"$1/options")
log:
  - target: stderr
    any: info
database:
    storage: "$1/db"
$([ -s "$1/keys" ] && echo 'key:' && cat "$1/keys")
acl:
  - id: local
    address: [ 127.0.0.1, "::1" ]
    action: transfer
$(for acl in "$1"/acl.*; do [ -e "$acl" ] && cat "$acl"; done)
$(<"$1/clauses")
template:
  - id: default
    storage: "$1"
    zonefile-sync: -1
    semantic-checks: off
zone:
$(servers_zones "$1")
END
}

# Without "database" NSD would keep a compiled copy in the system's folder.
servers_conf_nsd() {
    cat <<END
server:
  ip-address: 127.0.0.1
  port: $2
  server-count: 1
  username: ""
  database: ""
  zonesdir: "$1"
  zonelistfile: "$1/zone.list"
  xfrdfile: "$1/xfrd.state"
  xfrdir: "$1"
  pidfile: "$1/nsd.pid"
  cookie-secret-file: ""
$(sed 's/^/  /' "$1/options")
remote-control:
  control-enable: no
$(<"$1/keys")
$(<"$1/clauses")
$(servers_zones "$1")
END
}

# The empty security-poll-suffix keeps it from asking the Internet about its own version.
servers_conf_pdns() {
    {
        echo "$(<"$1/clauses")"
        servers_zones "$1"
    } >"$1/named.conf"
    cat <<END
launch=bind
bind-config=$1/named.conf
local-address=127.0.0.1
local-port=$2
socket-dir=$1
write-pid=no
daemon=no
guardian=no
setuid=
setgid=
security-poll-suffix=
disable-syslog=yes
loglevel=5
receiver-threads=1
distributor-threads=1
$([ ! -s "$1/keylist" ] || echo "bind-dnssec-db=$1/keys.db")
$(sort -u "$1/options")
END
}

# PowerDNS has its keys in a database, and there which zone each is for.
servers_keys_pdns() {
    local key algorithm secret zone
    [ ! -s "$1/keylist" ] || [ -e "$1/keys.db" ] || {
        pdnsutil --config-dir="$1" create-bind-db "$1/keys.db"
        while read -r key algorithm secret; do
            pdnsutil --config-dir="$1" import-tsig-key "$key" "$algorithm" "$secret"
            while read -r zone; do
                pdnsutil --config-dir="$1" activate-tsig-key "$zone" "$key" primary
            done <"$1/zonelist"
        done <"$1/keylist"
    } >"$1/pdnsutil" 2>&1
}

servers_free_port() { "$PYTHON" "$SERVERS_SOURCE/../tools/ports.py"; }

# AppArmor, on by default in a Debian that is no container, confines named by its path to the
# system's folders; a copy is not confined.
servers_named() {
    local named
    named=$(command -v named) || return
    if [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ]; then
        cp "$named" "$1/named"
        named=$1/named
    fi
    echo "$named"
}

server_start() {
    local name=$1 dir=$SERVERS_DIR/$1 kind port pid command _
    kind=$(<"$dir/kind")
    mkdir -p "$dir/db"
    case $kind in
    bind) command=$(servers_named "$dir") ;;
    knot) command=$(command -v knotd) ;;
    nsd) command=$(command -v nsd) ;;
    pdns) command=$(command -v pdns_server) ;;
    esac || {
        echo "server $name: the server for '$kind' is not installed"
        return 1
    }

    # Somebody else, who is no test of ours, may take the port between the look and the start.
    for _ in 1 2 3; do
        port=$(servers_free_port)
        echo "$port" >"$dir/port"
        # pdns finds its configuration by the name of the file.
        "servers_conf_$kind" "$dir" "$port" >"$dir/$kind.conf"
        : >"$dir/log"
        case $kind in
        bind) set -- "$command" -f -c "$dir/bind.conf" -n 1 -U 1 ;;
        knot) set -- "$command" -c "$dir/knot.conf" ;;
        nsd) set -- "$command" -d -c "$dir/nsd.conf" ;;
        pdns)
            servers_keys_pdns "$dir"
            set -- "$command" --config-dir="$dir"
            ;;
        esac
        # bats keeps descriptor 3 open for its own; a server that holds it would make bats wait
        # for the server. setpriv ends the server when the test process ends.
        setpriv --pdeathsig TERM setsid "$@" </dev/null >>"$dir/log" 2>&1 3>&- &
        pid=$!
        echo "$pid" >"$dir/pid"
        # shellcheck disable=SC2046 # zone names have no blanks
        if "$PYTHON" "$SERVERS_SOURCE/wire.py" wait --pid "$pid" \
            --patience "${SERVER_PATIENCE:-30}" "$port" $(<"$dir/zonelist") >"$dir/wait" 2>&1; then
            return 0
        fi
        server_stop "$name"
        grep -qi 'address already in use\|address in use' "$dir/log" || break
    done
    echo "server $name ($kind) did not come up: $(<"$dir/wait")"
    echo "--- its log:"
    server_log "$name"
    echo "--- its configuration:"
    head -n 60 "$dir/$kind.conf"
    return 1
}

server_up() { [ -s "$SERVERS_DIR/$1/pid" ] && kill -0 "$(<"$SERVERS_DIR/$1/pid")" 2>/dev/null; }

# Ends the server's whole session: NSD has children that outlive a parent that was killed.
server_stop() {
    local dir=$SERVERS_DIR/$1 pid i
    [ -s "$dir/pid" ] || return 0
    pid=$(<"$dir/pid")
    rm -f "$dir/pid"
    kill -TERM "$pid" 2>/dev/null
    for ((i = 0; i < 100; i++)); do
        kill -0 -- "-$pid" 2>/dev/null || return 0
        sleep 0.05
    done
    kill -KILL -- "-$pid" 2>/dev/null
    return 0
}

servers_end() {
    local dir
    for dir in "$SERVERS_DIR"/*/; do
        [ -d "$dir" ] && server_stop "$(basename "$dir")"
    done
    return 0
}
