#!/usr/bin/env bats
# The command sync: which zones a run is about. Words, lists, catalogs, groups, parts; what ends a run
# before anything is asked. What lists and catalogs are is in tests/unit/test_zonelist.c, test_catalog.c.

load helper
load sync

# ---- Words and lists ---------------------------------------------------------------------------

@test "words: a file each, of what the server has" {
    manyzones_start --zones 5 --serial 7
    mkdir d
    zx sync "$(NAME 0)" "$(NAME 3)." ZONE000004.Example "$S" -d d
    is 0
    err_empty
    names_are zone000000.example zone000003.example zone000004.example
    for i in 0 3 4; do is_zone "d/$(NAME $i).zone" $i 7; done
    sort "$T/out" | diff - <(printf '%s - 7 added %s deleted 0 axfr\n' "$(NAME 0)" 9 "$(NAME 3)" 12 \
        "$(NAME 4)" 13)
    zx sync "$(NAME 0)" "$(NAME 0)." "$S" -d d # a name that is there twice is one zone
    is 0
    out_empty
}

@test "a list: the options of a line win, comments and quotes, standard input" {
    manyzones_start --zones 4 --serial 7
    ONE=$S
    manyzones_start --zones 4 --serial 8
    mkdir d
    printf '# zones\n%s %s # the first server\n\n"%s"\nzone000002.example %s --max-records 3\n' \
        "$(NAME 0)" "$ONE" "$(NAME 1)" "$ONE" >list
    zx sync --list list "$S" -d d
    is 12
    names_are zone000000.example zone000001.example
    is_zone "d/$(NAME 0).zone" 0 7
    is_zone "d/$(NAME 1).zone" 1 8
    err_has "zone000002.example: " "--max-records"
    rm d/*
    zx_stdin list sync --list - "$(NAME 3)" "$(NAME 0)" "$S" -d d
    is 12
    names_are zone000000.example zone000001.example zone000003.example
    is_zone "d/$(NAME 0).zone" 0 7 # a word that has a line takes its options
    is_zone "d/$(NAME 3).zone" 3 8
}

@test "no zone at all is a mistake; --allow-empty makes it none" {
    manyzones_start
    mkdir d
    zx sync "$S" -d d
    usage_error "no zones given"
    printf '# nothing\n\n' >list
    zx sync --list list "$S" -d d
    usage_error "no zones"
    zx sync --list list --allow-empty "$S" -d d
    is 0
    out_empty
    err_empty
    zx sync "$(NAME 0)" --pick "$(NAME 1)" "$S" -d d
    usage_error "--pick"
    zx sync --list missing "$S" -d d
    is 7
    [[ $(manyzones_count soa) == 0 && $(manyzones_count axfr) == 0 ]]
}

@test "a bad line ends the run before anything is asked, and all are told" {
    manyzones_start --zones 4
    mkdir d
    printf '%s\n%s --nonsense\n%s --exec true\n%s\nzone000003.example %s --tls-insecure\n' \
        "$(NAME 0)" "$(NAME 1)" "$(NAME 2)" "$(NAME 0)" "$S" >list
    zx sync --list list "$S" -d d
    is 2
    out_empty
    err_has "list:2: " "list:3: " "list:4: " "list:5: "
    err_lacks "list:1: "
    [[ $(manyzones_count soa) == 0 && $(manyzones_count axfr) == 0 && $(manyzones_count connections) == 0 ]]
    names_are
    zx sync --list list --bad-lines skip "$S" -d d
    is 12
    err_has "list:2: " "list:3: " "list:4: " "list:5: "
    names_are zone000000.example
    zx sync "$(NAME 0)" --bad-lines skip "$S" -d d
    usage_error "--bad-lines"
    zx sync "$(NAME 0)" --bad-lines maybe "$S" -d d
    usage_error "--bad-lines"
}

# ---- Catalogs ----------------------------------------------------------------------------------

@test "a catalog: its members and its own file, options of lines, templates of groups" {
    manyzones_start --zones 6 --serial 7
    ONE=$S
    manyzones_start --zones 6 --serial 8
    TWO=$S
    catalog_start catalog.invalid. <<<"a zone000000.example.
b zone000001.example. blue
c zone000002.example. red
d zone000003.example. blue"
    mkdir d
    cat >list <<LIST
zone000003.example $ONE
zone000005.example $ONE
group=blue $TWO
LIST
    zx sync --catalog "catalog.invalid$C" --list list "$ONE" -d d
    is 0
    names_are catalog.invalid zone00000{0,1,2,3}.example
    is_zone "d/$(NAME 0).zone" 0 7
    is_zone "d/$(NAME 1).zone" 1 8 # by its group
    is_zone "d/$(NAME 2).zone" 2 7 # a group without a template
    is_zone "d/$(NAME 3).zone" 3 7 # by its line, although the group has another
    out_has "catalog.invalid - 1 added 10 deleted 0 axfr"
    err_has "list:2: no catalog has zone000005.example"
    [[ $(wc -l <"$T/err") == 1 ]]
    rm d/zone*
    zx sync --catalog "catalog.invalid$C" "$(NAME 4)" "$ONE" -d d
    is 0
    names_are catalog.invalid zone00000{0,1,2,3,4}.example
}

@test "--group, --pick" {
    manyzones_start --zones 6
    ONE=$S
    catalog_start catalog.invalid. <<<"a zone000000.example.
b zone000001.example. blue
c zone000002.example. red
d zone000003.example. blue"
    mkdir d
    zx sync --catalog "catalog.invalid$C" --group blue "$ONE" -d d
    is 0
    names_are catalog.invalid zone00000{1,3}.example
    zx sync --catalog "catalog.invalid$C" --group blue --group red --pick ZONE000002.example. "$ONE" -d d
    is 0
    names_are catalog.invalid zone00000{1,2,3}.example
    zx sync --catalog "catalog.invalid$C" --group green "$ONE" -d d
    is 2
    err_has "--group green: no catalog has a member of this group"
    # A slip of the pen in one of several, or in a template, is told; also where there is no catalog.
    zx sync --catalog "catalog.invalid$C" --group blue --group rde "$ONE" -d d
    is 0
    err_has "--group rde: no catalog has a member of this group"
    [[ $(wc -l <"$T/err") == 1 ]]
    printf 'group=blue --max-shrink 10\ngroup=rde --max-shrink 10\nzone000003.example\n' >list
    zx sync --catalog "catalog.invalid$C" --list list "$ONE" -d d
    is 0
    err_has "list:2: no catalog has a member of the group rde"
    [[ $(wc -l <"$T/err") == 1 ]]
    zx sync --list list --pick "$(NAME 3)" "$ONE" -d d
    is 0
    err_has "list:1: no catalog has a member of the group blue"
    err_has "list:2: no catalog has a member of the group rde"
    rm -f d/zone000000.example.zone
    zx sync --catalog "catalog.invalid$C" --pick "$(NAME 0)" --pick "$(NAME 5)" "$ONE" -d d
    is 2
    err_has "--pick $(NAME 5)"
    names_are catalog.invalid zone00000{1,2,3}.example
    zx sync "$(NAME 0)" --group blue "$ONE" -d d
    usage_error "--group needs --catalog"
}

@test "--shard: each zone is in one part, which its hash names; the catalog's file, too" {
    manyzones_start --zones 40
    ONE=$S
    catalog_start catalog.invalid. < <(for ((i = 0; i < 40; i++)); do echo "m$i $(NAME $i)."; done)
    /usr/bin/python3 - >expected <<'PYTHON'
import hashlib
import dns.name
for name in ['catalog.invalid'] + ['zone%06d.example' % i for i in range(40)]:
    digest = hashlib.sha256(dns.name.from_text(name).to_wire()).digest()
    print(int.from_bytes(digest[:8], 'big') % 3, name)
PYTHON
    for i in 0 1 2; do
        mkdir d$i
        zx sync --catalog "catalog.invalid$C" --shard $i/3 "$ONE" -d d$i
        is 0
        names d$i | sed "s/^/$i /" >>got
    done
    diff <(sort expected) <(sort got)
    for bad in 3/3 -1/3 1 1/0 a/3 1/ /3 1/3/4 1/99999999999; do
        zx sync "$(NAME 0)" --shard "$bad" "$ONE" -d d0
        usage_error "--shard"
    done
}

@test "a member of two catalogs, and a word that is a member, are one zone; a catalog among members" {
    manyzones_start --zones 6
    ONE=$S
    catalog_text one.invalid. <<<"a zone000000.example.
b one.invalid.
c two.invalid." >"$T/one"
    catalog_text two.invalid. <<<"a ZONE000000.EXAMPLE.
b zone000001.example." >"$T/two"
    primary_start "$T/one" "$T/two"
    mkdir d
    zx sync --catalog "one.invalid$S" --catalog "two.invalid$S" "$(NAME 1)" "$ONE" -d d --report report
    is 0
    names_are one.invalid two.invalid zone00000{0,1}.example
    [[ $(jq -r 'select(.event == "zone") | .zone' report | sort | tr '\n' ' ') == \
        "one.invalid. two.invalid. zone000000.example. zone000001.example. " ]]
    [[ $(jq -c 'select(.event == "summary") | .zones' report) == 2 ]]
    [[ $(manyzones_count axfr) == 2 ]]
}

@test "hostile names of members end up as files of the folder, with the encoder's names" {
    catalog_text catalog.invalid. >"$T/catalog" <<<"a \\.\\..
b a\\/b.
c a\\000b.
d -x.
e *.
f UPPER.Example.
g xn--bcher-kva.example.
h .
i \\.\\.\\/\\.\\.\\/etc.passwd.
j a%2fb.
k \\.zone.
l a\\.zone.
m ~."
    /usr/bin/python3 - >>"$T/catalog" <<'PYTHON'
print('n.zones PTR ' + '.'.join(['a' * 63, 'b' * 63, 'c' * 63, 'd' * 61]) + '.')
print('o.zones PTR ' + '.'.join(['a' * 63, 'b' * 63, 'c' * 63, 'd' * 60 + 'e']) + '.')
print('p.zones PTR b\\252cher.example.')
PYTHON
    # Each of them is served as a zone, too.
    mkdir zones d
    i=0
    sed -n 's/^[a-z]*\.zones PTR //p' "$T/catalog" >members
    while read -r name; do
        printf '$ORIGIN %s\n$TTL 1\n@ SOA . . 3 1 1 1 1\n@ NS ns.invalid.\n' "$name" >zones/$i
        i=$((i + 1))
    done <members
    [[ $i == 16 ]]
    primary_start "$T/catalog" zones/*
    find "$T" ! -path "$T/box/d/*" ! -path "$T/before" | sort >"$T/before"
    zx sync --catalog catalog.invalid "$S" -d d
    is 0
    /usr/bin/python3 - members >expected <<'PYTHON'
import hashlib
import sys
import dns.name
print('catalog.invalid.zone')
for line in open(sys.argv[1]):
    name = dns.name.from_text(line.strip()).canonicalize()
    bare = b'abcdefghijklmnopqrstuvwxyz0123456789-_'
    text = '.'.join(''.join(chr(c) if c in bare else '%%%02X' % c for c in label) for label in name.labels[:-1])
    if text.startswith('-'):
        text = '%2D' + text[1:]
    if len(text) > 200:
        end = '~' + hashlib.sha256(name.to_wire()).hexdigest()[:16]
        text = text[:200 - len(end)] + end
    print((text or '@') + '.zone')
PYTHON
    find d -mindepth 1 -printf '%P\n' | diff <(sort expected) <(sort)
    find "$T" ! -path "$T/box/d/*" ! -path "$T/box/expected" ! -path "$T/out" ! -path "$T/err" ! -path "$T/before" |
        sort | diff "$T/before" -
    zx sync --catalog catalog.invalid "$S" -d d # and are found again
    is 0
    out_empty
    err_empty
    find d -mindepth 1 -printf '%P\n' | diff <(sort expected) <(sort)
    err_clean
}

@test "a catalog that cannot be used: the kept copy is, and the run is not all well" {
    manyzones_start --zones 6
    ONE=$S
    catalog_start catalog.invalid. 1 <<<"a zone000000.example.
b zone000001.example."
    mkdir d away
    zx sync --catalog "catalog.invalid$C" "$ONE" -d d
    is 0
    cp d/catalog.invalid.zone copy
    cp d/zone000000.example.zone d/zone000005.example.zone
    catalog_stop
    manyzones_change "0 2"
    # Unreachable.
    zx sync --catalog "catalog.invalid$C" "$ONE" -d d --unlisted-to away --report report -v
    is 12
    cmp d/catalog.invalid.zone copy
    out_has "$(NAME 0) 1 2 "
    err_has "catalog.invalid"
    err_lacks "zone000005.example.zone: no zone"
    [[ -z $(ls away) ]]
    [[ $(jq -c 'select(.event == "summary") | [.exit, .zones, .unlisted, .catalogs[0].used, .catalogs[0].members]' report) == \
        '[12,2,null,"kept",2]' ]]
    # Broken: it has no version, or two members are one; vanished; empty.
    i=0
    for bad in noversion twice refused empty; do
        case $bad in
            noversion) catalog_text catalog.invalid. 3 <<<"a zone000002.example." | sed /^version/d >"$T/bad" ;;
            twice) catalog_text catalog.invalid. 3 <<<"a zone000002.example.
b zone000002.example." >"$T/bad" ;;
            refused) zone_text other.invalid. >"$T/bad" ;;
            empty) catalog_text catalog.invalid. 3 </dev/null >"$T/bad" ;;
        esac
        primary_start "$T/bad"
        manyzones_change "0 $((3 + i))"
        echo "$bad"
        zx sync --catalog "catalog.invalid$S" "$ONE" -d d --unlisted-to away
        is 12
        cmp d/catalog.invalid.zone copy
        out_has "$(NAME 0) $((2 + i)) $((3 + i)) "
        [[ -z $(ls away) && ! -e d/zone000002.example.zone ]]
        err_has "catalog.invalid"
        ((++i))
    done
    # The last one, where it is allowed.
    zx sync --catalog "catalog.invalid$S" "$ONE" -d d --allow-empty
    is 9 # all files are of no zone now
    err_has "--max-unlisted"
    zx sync --catalog "catalog.invalid$S" "$ONE" -d d --allow-empty --max-unlisted 100%
    is 0
}

@test "a catalog that cannot be used, and there is no copy" {
    closed_port
    mkdir d
    zx sync --catalog "catalog.invalid@127.0.0.1#$CLOSED" --connect-timeout 1s -d d
    is 3
    err_has "catalog.invalid"
    manyzones_start
    zx sync --catalog "catalog.invalid@127.0.0.1#$CLOSED" "$(NAME 0)" "$S" -d d
    is 12
    names_are zone000000.example
    catalog_start catalog.invalid. </dev/null
    zx sync --catalog "catalog.invalid$C" -d d
    is 9
    names_are zone000000.example
    # What is in its place must be a catalog.
    zone_text catalog.invalid. >"$T/none"
    primary_start "$T/none"
    zx catalog "$T/none" --origin catalog.invalid
    broken=$status
    zx sync --catalog "catalog.invalid$S" -d d
    is "$broken"
    names_are zone000000.example
}

@test "the copy of a catalog that somebody has edited is not believed" {
    manyzones_start --zones 6
    ONE=$S
    catalog_start catalog.invalid. 1 <<<"a zone000000.example.
b zone000001.example."
    mkdir d
    zx sync --catalog "catalog.invalid$C" "$ONE" -d d
    is 0
    cp d/catalog.invalid.zone copy
    sed -i 's/PTR.zone000001/PTR\tzone000002/' d/catalog.invalid.zone
    refute cmp -s d/catalog.invalid.zone copy
    cp d/catalog.invalid.zone edited
    catalog_stop
    zx sync --catalog "catalog.invalid$C" "$ONE" -d d
    [[ $status != 0 && ! -e d/zone000002.example.zone ]]
    cmp d/catalog.invalid.zone edited
    catalog_start catalog.invalid. 1 <<<"a zone000000.example.
b zone000001.example."
    zx sync --catalog "catalog.invalid$C" "$ONE" -d d
    is 0
    cmp d/catalog.invalid.zone copy
    cmp d/catalog.invalid.zone.edited edited
    names_are catalog.invalid zone00000{0,1}.example
}

@test "a catalog and the options of its line" {
    manyzones_start --zones 6
    ONE=$S
    catalog_text catalog.invalid. <<<"a zone000000.example." >"$T/catalog"
    primary_start --key hmac-sha256:k.example:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8= "$T/catalog"
    mkdir d keys
    echo 'hmac-sha256:k.example:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=' >keys/k
    chmod 600 keys/k
    echo "catalog.invalid $S -k k" >keys/list # relative to the list
    zx sync --catalog catalog.invalid --list keys/list "$ONE" -d d
    is 0
    err_empty
    names_are catalog.invalid zone000000.example
    [[ $(manyzones_count signed) == 0 ]]
}

@test "a member that moves to another catalog" {
    manyzones_start --zones 3
    ONE=$S
    catalog_text one.invalid. <<<"a zone000000.example.
b zone000001.example." >"$T/one"
    catalog_text two.invalid. <<<"a zone000002.example." >"$T/two"
    primary_start "$T/one" "$T/two"
    mkdir d
    zx sync --catalog "one.invalid$S" --catalog "two.invalid$S" "$ONE" -d d --max-unlisted 0
    is 0
    catalog_text one.invalid. 2 <<<"a zone000000.example." >"$T/one"
    catalog_text two.invalid. 2 <<<"a zone000002.example.
b zone000001.example." >"$T/two"
    primary_start "$T/one" "$T/two"
    zx sync --catalog "one.invalid$S" --catalog "two.invalid$S" "$ONE" -d d --max-unlisted 0
    is 0
    names_are one.invalid two.invalid zone00000{0,1,2}.example
    [[ $(cat "$T/out" | sort | cut -d' ' -f 1-3 | tr '\n' ';') == "one.invalid 1 2;two.invalid 1 2;" ]]
}

# ---- Files of no zone --------------------------------------------------------------------------

@test "files of no zone: counted, named, moved; never deleted" {
    manyzones_start --zones 20
    mkdir d away
    for ((i = 0; i < 20; i++)); do NAME $i && echo; done >list
    zx sync --list list "$S" -d d
    is 0
    sed -i '/zone00000[01]/d' list
    cp d/zone000000.example.zone before
    echo '; mine' >d/foreign.zone
    ln -s ../before d/link.zone
    mkdir d/folder.zone
    echo hello >d/notes.txt
    zx sync --list list "$S" -d d --report report
    is 9 # five of 23
    err_has "--max-unlisted 20%"
    [[ $(jq -c 'select(.event == "summary") | [.exit, .unlisted]' report) == '[9,5]' ]]
    zx sync --list list "$S" -d d --max-unlisted 25 -v
    is 0
    for name in zone000000.example zone000001.example foreign link folder; do
        err_has "d/$name.zone: no zone of this run names it"
    done
    err_lacks notes.txt
    # No file is moved where there are too many.
    zx sync --list list "$S" -d d --unlisted-to away
    is 9
    [[ -z $(ls away) ]]
    zx sync --list list "$S" -d d --max-unlisted 25 --unlisted-to away --dry-run
    is 0
    [[ -z $(ls away) ]]
    zx sync --list list "$S" -d d --max-unlisted 25 --unlisted-to away
    is 0
    [[ $(ls away | tr '\n' ' ') == "zone000000.example.zone zone000001.example.zone " ]]
    cmp away/zone000000.example.zone before
    [[ -e d/foreign.zone && -L d/link.zone && -d d/folder.zone && -e d/notes.txt ]]
    # A zone that comes and goes: a name that is taken there stays what it is.
    mv away/zone000001.example.zone d
    echo taken >away/zone000000.example.zone
    local number=1
    for sandbox in "" --no-sandbox "--report -"; do
        cp before d/zone000000.example.zone
        number=$((number + 1))
        # shellcheck disable=SC2086
        zx sync --list list "$S" -d d --max-unlisted 25 --unlisted-to away $sandbox
        is 0
        err_empty
        [[ $(<away/zone000000.example.zone) == taken ]]
        cmp away/zone000000.example.zone.$number before
        [[ -e away/zone000001.example.zone && ! -e d/zone000000.example.zone ]]
    done
    [[ $(find away -type f | wc -l) == 5 && ! -e d/zone000001.example.zone ]]
}

@test "files of no zone are not judged where not all zones are known" {
    manyzones_start --zones 4
    ONE=$S
    catalog_start catalog.invalid. <<<"a zone000000.example. blue
b zone000001.example."
    mkdir d away
    zx sync --catalog "catalog.invalid$C" "$ONE" -d d
    cp d/zone000000.example.zone d/zone000003.example.zone
    for option in "--group blue" "--pick zone000000.example" "--shard 0/2"; do
        # shellcheck disable=SC2086
        zx sync --catalog "catalog.invalid$C" "$ONE" -d d $option --max-unlisted 0 -v
        is 0
        err_lacks "no zone of this run"
        # shellcheck disable=SC2086
        zx sync --catalog "catalog.invalid$C" "$ONE" -d d $option --unlisted-to away
        usage_error "--unlisted-to"
    done
    zx sync "$(NAME 0)" "$ONE" -d d --max-unlisted 0
    is 0
    zx sync "$(NAME 0)" "$ONE" -d d --unlisted-to away
    usage_error "--unlisted-to"
    printf '%s\n%s --wrong\n' "$(NAME 0)" "$(NAME 1)" >list
    zx sync --list list --bad-lines skip "$ONE" -d d --max-unlisted 0 --unlisted-to away
    is 12
    [[ -z $(ls away) ]]
    zx sync --catalog "catalog.invalid$C" "$ONE" -d d --max-unlisted 0
    is 9
}

@test "files of no zone go to another file system" {
    far=$(mktemp -d "/dev/shm/zxfr-cli.XXXXXX") || skip "there is no /dev/shm"
    manyzones_start --zones 2
    mkdir d
    zx sync "$(NAME 0)" "$(NAME 1)" "$S" -d d
    [[ $(stat -c %d d) != $(stat -c %d "$far") ]] || { rmdir "$far"; skip "it is the same file system"; }
    cp -p "d/$(NAME 1).zone" copy
    NAME 0 >list
    zx sync --list list "$S" -d d --unlisted-to "$far" --max-unlisted 50
    mv "$far"/* . 2>/dev/null
    rmdir "$far"
    is 0
    names_are "$(NAME 0)"
    cmp "$(NAME 1).zone" copy
    [[ $(stat -c '%Y %a' "$(NAME 1).zone") == $(stat -c '%Y %a' copy) ]]
}

@test "a catalog's server serves its members where nobody names another; groups and origins in the report" {
    zone_text one.example. 5 >one
    zone_text two.example. 6 >two
    catalog_text catalog.invalid. >"$T/catalog" <<<"a one.example. blue
b two.example."
    primary_start "$T/catalog" one two
    mkdir d
    echo "two.example --max-records 100" >list
    zx sync --catalog "catalog.invalid$S" --list list -d d --report report
    is 0
    err_empty
    names_are catalog.invalid one.example two.example
    jq -r 'select(.event == "zone") | "\(.zone) \(.origin) \(.group)"' report | sort |
        diff - <(printf '%s\n' "catalog.invalid. catalog null" "one.example. catalog blue" "two.example. catalog null")
    rm d/one.example.zone d/two.example.zone
    zx sync --catalog "catalog.invalid$S" --list list -d d --max-records 2 # the line wins over the run
    is 12
    names_are catalog.invalid two.example
}

@test "a part that has no zones is well" {
    manyzones_start
    mkdir d
    for i in 0 1 2 3; do
        zx sync "$(NAME 0)" "$S" -d d --shard $i/4
        is 0
        cat "$T/out" >>all
    done
    diff all - <<<"$(NAME 0) - 1 added 9 deleted 0 axfr"
    [[ $(manyzones_count axfr) == 1 ]]
}

@test "a server that is named by its name is told with its address" {
    manyzones_start --do "rcode REFUSED"
    mkdir d
    zx sync "$(NAME 0)" "@localhost#$PORT" -4 -d d
    is 4
    err_has "zone000000.example: localhost#$PORT (127.0.0.1#$PORT): message 1: the server answered REFUSED"
}

@test "a catalog that is given twice, or is a word, too" {
    zone_text one.example. 5 >one
    catalog_text catalog.invalid. >"$T/catalog" <<<"a one.example."
    primary_start "$T/catalog" one
    mkdir d
    zx sync --catalog "catalog.invalid$S" --catalog Catalog.Invalid. -d d
    usage_error "given twice"
    names_are
    zx sync --catalog "catalog.invalid$S" catalog.invalid -d d --report report
    is 0
    [[ $(jq -r 'select(.event == "zone") | .zone' report | tr '\n' ' ') == "catalog.invalid. one.example. " ]]
    zx sync --catalog "catalog.invalid$S" --pick catalog.invalid -d d # it is not among the members
    is 2
}

# ---- The same as one by one --------------------------------------------------------------------

# Lines for the control file: each of the zones has one of these serials.
random_serials() { for ((i = 0; i < 80; i++)); do echo "$i $((${1:?} + RANDOM % 3))"; done; }

@test "whatever the server does with order, sizes and limits: byte for byte what -o --update gives" {
    RANDOM=${SEED:=$((EPOCHSECONDS % 30000))}
    echo "SEED=$SEED"
    while read -r words; do
        echo "$words"
        # shellcheck disable=SC2086
        manyzones_start --zones 80 --seed "$RANDOM" $words
        mapfile -t serials < <(random_serials 1)
        manyzones_change "${serials[@]}"
        mkdir d alone
        many_random 50 >list
        zx sync --list list "$S" -d d --max-unlisted 100
        is 0
        cp d/* alone
        mapfile -t serials < <(random_serials 3)
        manyzones_change "${serials[@]}"
        many_random 50 >list
        zx sync --list list "$S" -d d --max-unlisted 100
        is 0
        cp "$T/out" lines
        while read -r zone; do
            zx "$zone" "$S" -o "alone/$zone.zone" --update
            is 0
        done <list
        diff -r alone d
        # and the lines are of those that have changed, each with the serial that its file has
        while read -r zone _ new _; do
            grep -q "^; zxfr end: $zone\\. IN serial $new " "d/$zone.zone"
        done <lines
        catalog_stop # the server
        rm -r d alone
    done <<'ROWS'
--order line
--order ready --jitter 3
--order mixed --records 2
--order mixed --jitter 5 --message-size 1200
--order ready --quota 2 --ixfr zone
--order line --close-after 7 --records 3 --ixfr none
--order ready --close-after 1
--order line --no-edns --connections 1
ROWS
}
many_random() { for ((i = 0; i < 80; i++)); do NAME $i && echo; done | shuf -n "$1" --random-source=<(yes "$RANDOM"); }
