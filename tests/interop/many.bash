# shellcheck shell=bash
# Thousands of zones on the real servers of servers.bash, which is sourced before this file.
#
#   many_zones FOLDER COUNT [SERIAL]   writes zone000000.example and so on to FOLDER/NAME.zone, those that
#                                      tools/manyzones makes; FOLDER/list has their names
#   many_server NAME KIND FOLDER [KEY [LINE...]]
#                                      a server of all of them, for server_start; with a KEY
#                                      (ALGORITHM:KEY:SECRET) transfers are for who has it alone, "-"
#                                      is none; LINEs go into the section of each zone
#   many_catalog NAME ZONE FOLDER [LINE...]
#                                      before server_start: also a catalog of these zones, each third one
#                                      in no group, in gold and in silver; Knot generates it, BIND gets
#                                      a file; on the others there is none
#   many_tls NAME CERT KEY             before server_start: a port for TLS, which many_tls_port tells;
#                                      BIND and NSD
#   many_start NAME FOLDER             server_start, and waits until each zone is there
#   many_bump FOLDER SERIAL NUMBER...  another serial and so another address for these zones
#   many_reload NAME FOLDER NUMBER...  tells the server, and waits until it has what many_bump wrote
#   many_sample NAME FOLDER COUNT [KEY] transfers random ones by dnspython, and compares
#   many_files FOLDER DIR               holds the files that a run has written against those of the zones,
#                                      by dnspython: each is there, nothing else is, and they say the same
#
# Limits are those that each server has by default. Several servers may share a folder. Changes (IXFR) of
# what many_bump wrote come with these LINEs: BIND 'ixfr-from-differences yes;', Knot
# 'zonefile-load: difference', NSD 'store-ixfr: yes' 'create-ixfr: yes'; BIND and NSD then write beside
# the files of the folder.

many_py() { "$PYTHON" "$SERVERS_SOURCE/many.py" "$@"; }

many_zones() { many_py zones "$1" "$2" "${3:-1}"; }
many_bump() { many_py bump "$@"; }

# The section of each zone, as server_zone writes it for one.
many_sections() { # KIND FOLDER WHO LINE...
    local kind=$1 folder=$2 who=$3 section allow
    shift 3
    case $kind:$who in
    bind:local) allow='allow-transfer { 127.0.0.1; ::1; };' ;;
    bind:*) allow="allow-transfer { key \"$who\"; };" ;;
    knot:local) allow='acl: [ local ]' ;;
    knot:*) allow="acl: [ \"acl-$who\" ]" ;;
    nsd:local) allow=$'provide-xfr: 127.0.0.1 NOKEY\n    provide-xfr: ::1 NOKEY' ;;
    nsd:*) allow="provide-xfr: 127.0.0.1 \"$who\"" ;;
    esac
    case $kind in
    bind) section='zone "NAME" { type master; file "FILE";' ;;
    pdns) section='zone "NAME" { type master; file "FILE"; };' ;;
    knot) section=$'  - domain: "NAME"\n    file: "FILE"' ;;
    nsd) section=$'zone:\n  name: "NAME"\n  zonefile: "FILE"' ;;
    esac
    if [ "$kind" != pdns ]; then
        section+=$(printf '\n    %s' "$allow" "$@")
        [ "$kind" != bind ] || section+=$'\n};'
    fi
    awk -v section="$section" -v folder="$folder" '{
        text = section
        sub(/NAME/, $0, text)
        sub(/FILE/, folder "/" $0 ".zone", text)
        print text
    }' "$folder/list"
}

many_server() {
    local name=$1 kind=$2 folder=$3 key=${4:--} dir=$SERVERS_DIR/$1 who=local secret
    shift $(($# < 4 ? $# : 4))
    server_new "$name" "$kind"
    if [ "$key" != - ]; then
        IFS=: read -r key who secret <<<"$key"
        server_key "$name" "$who" "$key" "$secret"
        [ "$kind" != knot ] || printf '  - id: "acl-%s"\n    key: "%s"\n    action: transfer\n' \
            "$who" "$who" >"$dir/acl.$who"
    fi
    if [ "$kind" = pdns ]; then
        [ "$who" = local ] && server_option "$name" 'allow-axfr-ips=127.0.0.1,::1'
        [ "$who" = local ] || many_pdns_key "$dir" "$folder" "$who" "$key" "$secret" || return
    fi
    many_sections "$kind" "$folder" "$who" "$@" >"$dir/zones/1"
    # Whether the last one is there is asked one by one, many_start asks for all at once.
    tail -n 1 "$folder/list" >"$dir/zonelist"
}

many_pdns_key() { # DIR FOLDER KEY ALGORITHM SECRET
    server_option "${1##*/}" 'allow-axfr-ips='
    pdnsutil --config-dir="$1" create-bind-db "$1/keys.db" >"$1/pdnsutil" 2>&1 &&
        printf 'launch=bind\nbind-dnssec-db=%s\n' "$1/keys.db" >"$1/pdns.conf" &&
        pdnsutil --config-dir="$1" import-tsig-key "$3" "$4" "$5" >>"$1/pdnsutil" 2>&1 &&
        many_py pdnskey "$1/keys.db" "$3" "$2" || { cat "$1/pdnsutil" && return 1; }
}

many_catalog() {
    local name=$1 zone=$2 folder=$3 dir=$SERVERS_DIR/$1
    shift 3
    case $(<"$dir/kind") in
    bind)
        many_py catalog "$dir/catalog.zone" "$zone" "$folder" &&
            server_zone "$name" "$zone" "$dir/catalog.zone" local "$@"
        ;;
    knot)
        many_py groups "$folder" | awk -v zone="$zone" '
            NR == FNR { group[$1] = $2; next }
            { print }
            $1 == "-" && $2 == "domain:" {
                name = $3
                gsub(/"/, "", name)
                print "    catalog-role: member\n    catalog-zone: \"" zone "\""
                if (group[name] != "-") print "    catalog-group: " group[name]
            }' - "$dir/zones/1" >"$dir/sections" &&
            mv "$dir/sections" "$dir/zones/1" &&
            server_zone "$name" "$zone" "$dir/none" local 'catalog-role: generate' "$@"
        ;;
    *)
        echo "many_catalog: not on $(<"$dir/kind")"
        return 1
        ;;
    esac
}

many_tls() {
    local name=$1 port
    port=$(servers_free_port)
    echo "$port" >"$SERVERS_DIR/$name/port.tls"
    case $(<"$SERVERS_DIR/$name/kind") in
    bind)
        server_clause "$name" "tls many { cert-file \"$2\"; key-file \"$3\"; };"
        server_option "$name" "listen-on port $port tls many { 127.0.0.1; };"
        ;;
    nsd)
        server_option "$name" "ip-address: 127.0.0.1@$port" "tls-port: $port" \
            "tls-service-key: \"$3\"" "tls-service-pem: \"$2\""
        ;;
    *)
        echo "many_tls: not on $(<"$SERVERS_DIR/$name/kind")"
        return 1
        ;;
    esac
}

many_tls_port() { cat "$SERVERS_DIR/$1/port.tls"; }

many_start() {
    server_start "$1" && many_py ready "$(server_port "$1")" "$2" || { server_log "$1" && return 1; }
}

# BIND, Knot and NSD read the files again that are newer than what they have.
many_reload() {
    local name=$1 folder=$2 zones
    shift 2
    mapfile -t zones < <(printf 'zone%06d.example\n' "$@")
    if [ "$(<"$SERVERS_DIR/$name/kind")" = pdns ]; then
        pdns_control --config-dir="$(server_dir "$name")" bind-reload-now "${zones[@]}" >/dev/null
    else
        kill -HUP "$(<"$SERVERS_DIR/$name/pid")"
    fi || return
    many_py ready "$(server_port "$name")" "$folder" "${zones[@]}" || { server_log "$name" && return 1; }
}

many_sample() { many_py sample "$(server_port "$1")" "${@:2}"; }
many_files() { many_py files "$@"; }
