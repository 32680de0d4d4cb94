#!/usr/bin/env bats
# Catalog zones beside other consumers: what BIND and Knot DNS add of each catalog in catalog.tsv, what
# they call broken, and a catalog that Knot DNS generates.
#
# Environment: ZXFR, the path of the program.

load servers.bash

setup_file() {
    cd "$BATS_FILE_TMPDIR" || return
    servers_begin "$BATS_FILE_TMPDIR/servers"
    server_new bind bind
    server_new knot knot
    printf '$TTL 5\n@ SOA . . 1 1 1 1 1\n@ NS .\n' >plain.zone
    make_catalogs
    # Many of these zones do not load: another one is waited for.
    local name list=
    for name in bind knot; do
        server_zone "$name" plain.example "$BATS_FILE_TMPDIR/plain.zone"
    done
    for name in $(rows | cut -f1); do
        list+=" zone \"$name.test\" default-primaries { 127.0.0.1 port 1; } in-memory yes;"
        server_zone bind "$name.test" "$BATS_FILE_TMPDIR/$name.zone"
        server_zone knot "$name.test" "$BATS_FILE_TMPDIR/$name.zone" local \
            'catalog-role: interpret' 'catalog-template: default'
    done
    server_option bind "catalog-zones {$list };"
    for name in bind knot; do
        sed -i '2,$d' "$SERVERS_DIR/$name/zonelist"
        server_start "$name" >"$BATS_FILE_TMPDIR/$name.start" || :
    done
}

teardown_file() { servers_end; }

setup() {
    SERVERS_DIR=$BATS_FILE_TMPDIR/servers
    cd "$BATS_TEST_TMPDIR" || return
}

# The rows, with something in each field, because the shell takes several tabs for one.
rows() { sed '/^#/d; :again; s/\t\t/\t \t/; t again; s/\t$/\t /' "$BATS_TEST_DIRNAME/catalog.tsv"; }

make_catalogs() {
    local name head records
    while IFS=$'\t' read -r name _ _ _ head records _; do
        {
            echo "\$ORIGIN $name.test."
            echo '@ 0 SOA invalid. invalid. 7 3600 600 2147483646 0'
            [[ $head != *n* ]] || echo '@ 0 NS invalid.'
            [[ $head != *v* ]] || echo 'version 0 TXT "2"'
            sed 's/ ~ /\n/g' <<<"$records" | sed "/^ *\$/d; s/\.@\$/.$name.test./" |
                sed '/^%/!s/ /.zones 0 /; s/^% \([^ ]*\)/\1 0/'
        } >"$name.zone"
    done < <(rows)
}

# The labels of members in what is printed or logged, one a line with its name whole, below NAME.test.
labels() { tr A-Z a-z | sed -n "s/\.$1\.test\.*\$//p" | sort | paste -sd,; }

# Whatever order the table has them in.
sorted() { [[ $1 == - ]] || tr , '\n' <<<"$1" | sort | paste -sd,; }

log_of() { [[ ! -e $SERVERS_DIR/$1/log ]] || cat "$SERVERS_DIR/$1/log"; }

zxfr_of() {
    local status=0
    "$ZXFR" catalog "$BATS_FILE_TMPDIR/$1.zone" >out 2>err || status=$?
    case $status in
    0) cut -f1 out | labels "$1" ;;
    9) echo broken ;;
    *) echo "exit status $status" && cat err ;;
    esac
}

bind_of() {
    if ! named-checkzone -i none -k ignore "$1.test" "$BATS_FILE_TMPDIR/$1.zone" >/dev/null; then
        echo refused
    elif log_of bind | grep -q "catz: $1.test: reload done: success"; then
        log_of bind | sed -n "s/.*catz: adding zone '\(.*\)' from catalog '$1.test' - success/\1/p" |
            sort -u | labels "$1"
    elif log_of bind | grep -q "catz: $1.test: reload done"; then
        echo broken
    else
        echo "not processed"
    fi
}

knot_of() {
    if log_of knot | grep -Eq "\[$1\.test\.\] zone event 'load' failed"; then
        echo broken
    elif log_of knot | grep -q "\[$1\.test\.\] catalog reloaded\|\[$1\.test\.\] loaded"; then
        log_of knot | sed -n 's/.*\[\(.*\)\] zone added from catalog$/\1/p' | labels "$1"
    else
        echo "not processed"
    fi
}

need() {
    server_up "$1" || { cat "$BATS_FILE_TMPDIR/$1.start" && return 1; }
}

# Prints the rows of which WHO says something else than the table's column.
differ() {
    local row expected got what other
    while IFS=$'\t' read -ra row; do
        if [[ ${row[$2]} == *" if "* ]]; then
            read -r expected _ what _ other <<<"${row[$2]}"
            server_does "$1" "$what" || expected=$other
        else
            expected=$(sorted "${row[$2]}")
        fi
        got=$("$1_of" "${row[0]}")
        [[ $got == "$expected" ]] || echo "${row[0]}: $1: $got, expected: $expected"
    done < <(rows)
}

# same WHO COLUMN: servers get time for it.
same() {
    local i found
    for ((i = 0; i < 20; i++)); do
        found=$(differ "$1" "$2")
        [[ -n $found && $1 != zxfr ]] || break
        sleep 0.5
    done
    [[ -z $found ]] || { echo "$found" && log_of "$1" | grep -v 'refresh: \|zone will be loaded'; return 1; }
}

@test "zxfr lists or refuses each catalog as the table says" { same zxfr 1; }

@test "BIND adds the members that the table says" { need bind && same bind 2; }

@test "Knot DNS adds the members that the table says" { need knot && same knot 3; }

@test "where zxfr differs from one of them the table says why, and nowhere else" {
    local zxfr bind knot reason
    while IFS=$'\t' read -r _ zxfr bind knot _ _ reason; do
        bind=${bind/refused/broken} knot=${knot/refused/broken}
        if [[ $zxfr == "$bind" && $zxfr == "$knot" ]]; then
            [[ $reason == " " || -z $reason ]] || { echo "a reason without a difference: $reason" && return 1; }
        else
            [[ -n ${reason// /} ]] || { echo "no reason: $zxfr, $bind, $knot" && return 1; }
        fi
    done < <(rows)
}

@test "BIND and Knot DNS transfer the catalogs that load, and zxfr lists the same from them" {
    local server name port
    for server in bind knot; do
        need "$server"
        port=$(server_port "$server")
        for name in good ext hostile twice; do
            status=0
            "$ZXFR" catalog "$name.test@127.0.0.1#$port" >out 2>err || status=$?
            cat err
            [[ $status == 0 || $name:$status == twice:9 ]]
            "$ZXFR" catalog "$BATS_FILE_TMPDIR/$name.zone" >expected 2>/dev/null || true
            diff expected out
        done
    done
}

@test "a catalog that Knot DNS generates: its members and groups; BIND takes the dump of it" {
    local name port
    server_new producer knot
    printf '$TTL 5\n@ SOA . . 1 1 1 1 1\n@ NS .\n' >plain.zone
    server_zone producer catalog.invalid "$PWD/none" local 'catalog-role: generate'
    for name in one two three.one 'a/b' 'xn--4ca'; do
        server_zone producer "$name.example" "$PWD/plain.zone" local 'catalog-role: member' \
            'catalog-zone: catalog.invalid' "$([[ $name == *o* ]] && echo 'catalog-group: gold')"
    done
    server_start producer
    port=$(server_port producer)
    "$ZXFR" catalog "catalog.invalid@127.0.0.1#$port" >out
    cat out
    cut -f1,3,4 out >got
    printf '%s\t%s\t-\n' a/b.example. - one.example. gold three.one.example. gold two.example. gold \
        xn--4ca.example. - | diff - got
    # each label is that of the record in Knot's own zone
    dig +noall +answer +onesoa -p "$port" @127.0.0.1 axfr catalog.invalid | awk '$4 == "PTR" {
        sub(/\.zones\..*/, "", $1); print $5 "\t" $1 }' | sort >pairs
    cut -f1,2 out | sort | diff pairs -

    "$ZXFR" -o catalog.zone catalog.invalid "@127.0.0.1#$port"
    "$ZXFR" catalog catalog.zone | diff out -
    server_new consumer bind
    server_option consumer \
        'catalog-zones { zone "catalog.invalid" default-primaries { 127.0.0.1 port 1; } in-memory yes; };'
    server_zone consumer catalog.invalid "$PWD/catalog.zone"
    server_start consumer
    for ((i = 0; i < 100; i++)); do
        log_of consumer | sed -n "s/.*catz: adding zone '\(.*\)' from catalog 'catalog.invalid' - success/\1./p" |
            sort >added
        [[ $(wc -l <added) -lt 5 ]] || break
        sleep 0.1
    done
    cut -f1 out | sort | diff - added
    server_stop consumer
    server_stop producer
}
