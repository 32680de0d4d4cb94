#!/usr/bin/env bats
# Keys: from every syntax into the signature of a query, and nowhere else.
#
# The server signs nothing, so each signed transfer ends with exit status 5; what is judged is the
# query, by tests/tools/querykey.py. Signed transfers are the matter of tests/interop/tsig.bats.

load helper

SECRET=c2VjcmV0IG9mIGEga2V5MTIzNDU2Nzg5MGFiY2RlZg== # "secret of a key1234567890abcdef"
OTHER=b3RoZXIgc2VjcmV0

serve() {
    QUERIES=$T/queries
    primary_start --query-log "$QUERIES" "$@" "$ZONE"
    umask 077 # key files are nobody else's
}

# The last query was signed with this: NAME ALGORITHM OCTETS. The secret may be another one.
signed_as() {
    local said
    said=$(tail -n 1 "$QUERIES" | /usr/bin/python3 "$BATS_TEST_DIRNAME/../tools/querykey.py" "${2-$SECRET}")
    [[ $said == "$1" ]] || { echo "the query: $said" && show; }
}

# Neither the secret nor a part of it, in base64 or as it is, is in what was written anywhere.
secret_nowhere() {
    local file
    for file in "$T/out" "$T/err" "$@"; do
        [[ ! -e $file ]] || for part in c2VjcmV0 IGEga2V5 MTIzNDU2 "secret of a" key12345 736563726574; do
            refute grep -qaF -- "$part" "$file" || return
        done
    done
}

# key_file FILE TEXT: the words KEY stand for the secret.
key_file() { printf '%s\n' "${2//KEY/$SECRET}" >"$1"; }

# key_gives FILE NAME ALGORITHM OCTETS
key_gives() {
    zx example.com "$S" -k "$1" "${@:5}"
    is 5
    err_lacks warning
    signed_as "$2 $3 $4"
    secret_nowhere
}

@test "-k takes every syntax" {
    serve
    key_file bind 'key "xfr.Example" { algorithm hmac-sha512; secret "KEY"; };'
    key_gives bind xfr.example. hmac-sha512. 64
    key_file cut 'key xfr { secret KEY; algorithm hmac-sha256-128; };'
    key_gives cut xfr. hmac-sha256. 16
    key_file knot $'key:\n  - id: xfr\n    algorithm: hmac-sha384\n    secret: KEY'
    key_gives knot xfr. hmac-sha384. 48
    key_file nsd $'key:\n\tname: "xfr"\n\talgorithm: sha224\n\tsecret: "KEY"'
    key_gives nsd xfr. hmac-sha224. 28
    key_file line 'hmac-sha1:xfr:KEY'
    key_gives line xfr. hmac-sha1. 20
    key_file rfc4868 'hmac-sha256-128:xfr:KEY'
    key_gives rfc4868 xfr. hmac-sha256-128. 16
    key_file Kxfr.example.+157+01234.private $'Private-key-format: v1.2\nAlgorithm: 157 (HMAC_MD5)\nKey: KEY\nBits: AAA='
    key_gives Kxfr.example.+157+01234.private xfr.example. hmac-md5.sig-alg.reg.int. 16
    key_gives Kxfr.example.+157+01234 xfr.example. hmac-md5.sig-alg.reg.int. 16
    key_gives "$PWD/Kxfr.example.+157+01234" xfr.example. hmac-md5.sig-alg.reg.int. 16
}

@test "a byte order mark is passed over" {
    serve
    while IFS='|' read -r text; do
        key_file marked "$(printf '\xef\xbb\xbf%b' "$text")"
        key_gives marked xfr. hmac-sha256. 32
    done <<'LIST'
key xfr { algorithm hmac-sha256; secret "KEY"; };
key:\r\n  - id: xfr\r\n    algorithm: hmac-sha256\r\n    secret: KEY\r\n
key:\n name: xfr\n algorithm: hmac-sha256\n secret: "KEY"\n
hmac-sha256:xfr:KEY
# hmac-sha256:xfr:KEY
LIST
}

@test "the tools' own files" {
    serve
    for algorithm in md5 sha1 sha224 sha256 sha384 sha512; do
        tsig-keygen -a "hmac-$algorithm" a.b-c >tsig-keygen
        keymgr -t a.b-c "hmac-$algorithm" >keymgr
        head -n 1 keymgr >comment
        for file in tsig-keygen keymgr comment; do
            secret=$(sed -n 's/.*[": ]\([A-Za-z0-9+/]*==*\).*/\1/p; s/.*secret[": ]*\([A-Za-z0-9+/]*=*\)"*;*$/\1/p' "$file" | tail -n 1)
            [[ $file != comment ]] || secret=$(sed 's/.*://' "$file")
            zx example.com "$S" -k "$file"
            is 5
            signed_as "a.b-c. hmac-${algorithm/md5/md5.sig-alg.reg.int}. $(octets "$algorithm")" "$secret"
        done
    done
    rndc-confgen -a -c "$PWD/rndc.key" -k rndc-key 2>/dev/null >&2
    zx example.com "$S" -k rndc.key
    is 5
    signed_as "rndc-key. hmac-sha256. 32" "$(sed -n 's/.*secret "\(.*\)";/\1/p' rndc.key)"
}

# ldns numbers HMACs in its own way.
@test "ldns-keygen's own files" {
    serve
    local algorithm bits file secret
    for algorithm in md5 sha1 sha224 sha256 sha384 sha512; do
        bits=256
        [[ $algorithm != sha1 ]] || bits=160
        [[ $algorithm != md5 ]] || algorithm=md5.sig-alg.reg.int
        [[ $algorithm != sha224 ]] || bits=224
        rm -f Kxfr.example.*
        ldns-keygen -a "hmac-$algorithm" -b "$bits" xfr.example >stem
        secret=$(sed -n 's/^Key: //p' "$(<stem).private")
        for file in "$(<stem).private" "$(<stem).key" "$(<stem)"; do
            zx example.com "$S" -k "$file"
            is 5
            signed_as "xfr.example. hmac-$algorithm. $(octets "${algorithm%%.*}")" "$secret"
        done
    done
}

# signed_whole NAME ALGORITHM SECRET FILE...: with each of the files a whole zone comes from a server
# that has this key and answers nobody else.
signed_whole() {
    local file
    primary_start --key "$2:$1:$3" "$ZONE"
    for file in "${@:4}"; do
        zx example.com "$S" -k "$file"
        is 0
        whole "$T/out"
        refute grep -qaF -- "$3" "$T/out" "$T/err"
    done
    zx example.com "$S"
    is 4
}

@test "ldns-keygen's files in a whole transfer" {
    umask 077
    ldns-keygen -a hmac-sha256 -b 256 xfr.example >stem
    signed_whole xfr.example hmac-sha256 "$(sed -n 's/^Key: //p' "$(<stem).private")" "$(<stem)".{private,key} "$(<stem)"
}

@test "PowerDNS' lists" {
    umask 077
    printf 'launch=bind\nbind-config=%s\nbind-dnssec-db=%s\n' "$PWD/named.conf" "$PWD/keys.db" >pdns.conf
    : >named.conf
    pdns() { pdnsutil --config-dir="$PWD" "$@" 2>pdns.err; }
    pdns create-bind-db "$PWD/keys.db"
    pdns generate-tsig-key xfr.example hmac-sha384 >made
    pdns list-tsig-keys >list
    [[ $(<list) == "xfr.example. hmac-sha384. "* ]] # or this test is of something else
    signed_whole xfr.example hmac-sha384 "$(awk '{ print $3 }' list)" list made
    pdns import-tsig-key other hmac-sha1 "$SECRET" >/dev/null
    pdns list-tsig-keys >list
    zx example.com "$S" -k list
    usage_error list several "xfr.example." "other."
    zx example.com "$S" -k list --key-name xfr.example
    is 0
}

@test "scripts of nsupdate and knsupdate" {
    umask 077
    key_file script $'server 127.0.0.1\nzone example.com\nkey hmac-sha512:xfr.example KEY\nupdate delete x.example.com\nshow\nquit\n'
    nsupdate script >/dev/null # both take it, and send nothing
    knsupdate script >/dev/null
    sed 's/$/\r/' script >crlf
    printf '\xef\xbb\xbf' | cat - crlf >marked
    signed_whole xfr.example hmac-sha512 "$SECRET" script crlf marked
    key_file plain 'key xfr.example KEY'
    signed_whole xfr.example hmac-sha256 "$SECRET" plain
}

@test "certbot's settings, and clauses of Unbound" {
    umask 077
    key_file certbot "# Target DNS server (IPv4 or IPv6 address, not a hostname)
dns_rfc2136_server = 192.0.2.1
# Target DNS port
dns_rfc2136_port = 53
# TSIG key name
dns_rfc2136_name = xfr.example.
# TSIG key secret
dns_rfc2136_secret = ${SECRET:0:20} ${SECRET:20}
# TSIG key algorithm
dns_rfc2136_algorithm = HMAC-SHA512"
    key_file unbound $'server:\n  verbosity: 1\ntsig-key:\n  name: "xfr.example"\n  algorithm: hmac-sha512\n  secret: "KEY"'
    signed_whole xfr.example hmac-sha512 "$SECRET" certbot unbound
    grep -v algorithm certbot >default
    signed_whole xfr.example hmac-md5 "$SECRET" default # as certbot itself
}

octets() { case $1 in md5) echo 16 ;; sha1) echo 20 ;; *) echo $((${1#sha} / 8)) ;; esac; }

@test "dnssec-keygen's two files" {
    serve
    key_file my.private $'Private-key-format: v1.2\nAlgorithm: 165 (HMAC_SHA512)\nKey: KEY\nBits: AQA='
    zx example.com "$S" -k my.private
    is 2
    err_has my.private
    err_has ".key file beside it"
    key_file my.key "xfr.example. IN key 512 3 165 KEY"
    key_gives my.private xfr.example. hmac-sha512. 32
    key_gives my.key xfr.example. hmac-sha512. 32
    key_gives my.private xfr.example. hmac-sha512. 32 --key-name XFR.example
    zx example.com "$S" -k my.private --key-name other
    usage_error my.private --key-name xfr.example.
    rm my.private
    key_gives my.key xfr.example. hmac-sha512. 64
}

@test "several keys, and --key-name" {
    serve
    key_file keys "key a { algorithm hmac-sha256; secret \"$OTHER\"; };
options { directory \"/\"; };
key \"b.Example\" { algorithm hmac-sha1; secret \"KEY\"; };"
    zx example.com "$S" -k keys
    usage_error keys several --key-name "a., b.example."
    for name in b.example B.EXAMPLE. 'b\.example'; do
        zx example.com "$S" -k keys --key-name "$name"
        if [[ $name == *'\'* ]]; then
            usage_error keys "a., b.example."
        else
            is 5
            signed_as "b.example. hmac-sha1. 20"
        fi
    done
    zx example.com "$S" -k keys --key-name c
    usage_error keys --key-name "a., b.example."
    zx example.com "$S" --server-key "${S#@}=keys"
    usage_error keys --server-key "a., b.example."
    key_file same "key a { algorithm hmac-sha1; secret \"KEY\"; }; key A { algorithm hmac-sha1; secret \"KEY\"; };"
    zx example.com "$S" -k same
    is 5
    key_file twice "key a { algorithm hmac-sha1; secret \"KEY\"; }; key A { algorithm hmac-sha1; secret $OTHER; };"
    zx example.com "$S" -k twice --key-name a
    usage_error twice several
    zx example.com "$S" --key-name a
    usage_error --key-name -k
    zx example.com "$S" -k keys --key-name a..b
    usage_error --key-name a..b
}

@test "--server-key is for its server, -k for the others" {
    key_file one "hmac-sha256:one:KEY"
    key_file two "hmac-sha512:two:KEY"
    chmod 600 one two
    serve
    first=$S
    primary_start --query-log "$T/queries.2" "$ZONE"
    second=$S
    zx example.com "$first" "$second" -k one --server-key "${second#@}=two"
    is 5
    signed_as "one. hmac-sha256. 32"
    QUERIES=$T/queries.2
    signed_as "two. hmac-sha512. 64"
    QUERIES=$T/queries
    zx example.com "$first" "$second" --server-key "$second=two"
    is 0 # the first gives the zone to everybody
    whole "$T/out"
    signed_as unsigned
    zx example.com "$first" --server-key "${second#@}=two"
    usage_error --server-key "${second#@}"
    zx example.com "$second" --server-key "${second#@}=two" --server-key "${second#@}=one"
    usage_error --server-key "two files"
    for bad in "" = x x= =x @=x; do
        zx example.com "$second" --server-key "$bad"
        usage_error --server-key
    done
    zx example.com "$second" "$first" -k - --server-key "${first#@}=-"
    usage_error "standard input"
}

@test "-y takes the order of dig and that of drill" {
    serve
    while read -r word name algorithm octets; do
        zx example.com "$S" -y "${word/KEY/$SECRET}"
        is 5
        count_is 1 "warning: --key shows the secret" "$T/err"
        signed_as "$name $algorithm $octets"
        secret_nowhere
        zx example.com "$S" -q --key="${word/KEY/$SECRET}"
        is 5
        err_lacks warning
        signed_as "$name $algorithm $octets"
    done <<'LIST'
xfr:KEY xfr. hmac-sha256. 32
hmac-sha1:xfr:KEY xfr. hmac-sha1. 20
sha512:Xfr.:KEY xfr. hmac-sha512. 64
xfr:KEY:hmac-sha384 xfr. hmac-sha384. 48
xfr.:KEY:hmac-sha224. xfr. hmac-sha224. 28
hmac-md5:xfr:KEY xfr. hmac-md5.sig-alg.reg.int. 16
hmac-sha256-128:xfr:KEY xfr. hmac-sha256-128. 16
LIST
    zx example.com "$S" -y "a:$OTHER" -y "b:$SECRET"
    signed_as "b. hmac-sha256. 32"
}

@test "-y that is none, and nothing of it in the message" {
    serve
    for word in "$SECRET" "$SECRET:" ":$SECRET" "xfr:${SECRET%=}" "xfr:$SECRET=" "hmac-sha257:xfr:$SECRET" \
        "$SECRET:hmac-sha256:xfr" "hmac-sha256:$SECRET" "xfr:" "xfr: $SECRET" "a..b:$SECRET" "xfr::$SECRET"; do
        zx example.com "$S" -y "$word"
        [[ $status != 5 ]] || continue # what is called like an algorithm may be the name of a key
        usage_error --key
        secret_nowhere
    done
    # Who takes one option for the other.
    zx example.com "$S" -k "hmac-sha256:xfr:$SECRET"
    usage_error --key-file -y
    secret_nowhere
    zx example.com "$S" --server-key "${S#@}=xfr:$SECRET"
    usage_error --server-key -y
    secret_nowhere
    # A secret that is damaged, or alone, or joined in another way, is no file's name either.
    for word in "hmac-sha256:xfr:${SECRET%=}" "xfr:$SECRET" "$SECRET" "xfr=$SECRET" "xfr $SECRET" \
        "hmac-sha256:xfr:${SECRET%==}" "${SECRET%==}ABCDEF"; do
        zx example.com "$S" -k "$word"
        usage_error --key-file file
        secret_nowhere
        zx example.com "$S" --server-key "${S#@}=$word"
        usage_error --server-key file
        secret_nowhere
    done
    zx example.com "$S" -k /etc/bind/absent/key/of/a/server/whose/name/is/long.key
    usage_error "cannot read /etc/bind/absent" "No such file"
    # Who forgets -y.
    for word in "hmac-sha256:xfr:$SECRET" "xfr:$SECRET"; do
        zx example.com "$S" "$word"
        usage_error "a key?" -y
        secret_nowhere
        zx "$word" "$S"
        usage_error "a key?" -y
        secret_nowhere
    done
    key_file file "xfr:KEY"
    zx example.com "$S" -y "xfr:$SECRET" -k file
    usage_error --key-file --key
}

@test "a key from standard input" {
    serve
    printf 'hmac-sha1:xfr:%s' "$SECRET" >line
    for key in - /dev/stdin; do
        status=0
        timeout 20 "$ZXFR" example.com "$S" -k "$key" <line >"$T/out" 2>"$T/err" || status=$?
        is 5
        err_lacks warning
        signed_as "xfr. hmac-sha1. 20"
    done
    status=0
    (sleep 0.2 && cat line) | timeout 20 "$ZXFR" example.com "$S" -k - >"$T/out" 2>"$T/err" || status=$?
    is 5
    signed_as "xfr. hmac-sha1. 20"
    zx example.com "$S" -k <(cat line)
    is 5
    zx example.com "$S" -k - # /dev/null
    usage_error "standard input: holds no key"
    status=0
    "$ZXFR" example.com "$S" -k - <&- >"$T/out" 2>"$T/err" || status=$?
    usage_error "standard input"
}

@test "a key from the environment" {
    serve
    key_file file 'key "xfr" { algorithm hmac-sha512; secret "KEY"; };'
    XFR_KEY=hmac-sha1:xfr:$SECRET zx example.com "$S" -k env:XFR_KEY --strict
    is 5
    err_lacks warning
    signed_as "xfr. hmac-sha1. 20"
    XFR_KEY=$(<file) zx example.com "$S" --key-file=env:XFR_KEY
    is 5
    signed_as "xfr. hmac-sha512. 64"
    XFR_KEY="key a { algorithm hmac-sha256; secret $OTHER; }; $(<file)" zx example.com "$S" -k env:XFR_KEY --key-name xfr
    is 5
    signed_as "xfr. hmac-sha512. 64"
    # Two options may name one variable.
    first=$S
    primary_start --query-log "$T/queries.2" "$ZONE"
    XFR_KEY=xfr:$SECRET zx example.com "$first" "$S" --server-key "$first=env:XFR_KEY" --server-key "$S=env:XFR_KEY"
    is 5
    signed_as "xfr. hmac-sha256. 32"
    QUERIES=$T/queries.2 signed_as "xfr. hmac-sha256. 32"
    XFR_KEY=sha384:xfr:$SECRET zx example.com "$S" -k file --server-key "$S=env:XFR_KEY"
    QUERIES=$T/queries.2 signed_as "xfr. hmac-sha384. 48"
    # A file of that name is another thing, and no output is kept from being called so.
    cp file env:XFR_KEY
    zx example.com "$first" -k ./env:XFR_KEY
    is 5
    signed_as "xfr. hmac-sha512. 64"
    rm env:XFR_KEY
    primary_start --key "hmac-sha256:xfr:$SECRET" "$ZONE"
    XFR_KEY=xfr:$SECRET zx example.com "$S" -k env:XFR_KEY -o env:XFR_KEY
    is 0
    whole env:XFR_KEY
    secret_nowhere env:XFR_KEY
}

@test "a key from the environment that is none" {
    serve
    unset XFR_KEY
    zx example.com "$S" -k env:XFR_KEY
    usage_error --key-file "no environment variable XFR_KEY" ./env:XFR_KEY
    : >env:XFR_KEY
    zx example.com "$S" --server-key "$S=env:XFR_KEY"
    usage_error --server-key "no environment variable XFR_KEY" ./env:XFR_KEY
    XFR_KEY='' zx example.com "$S" -k env:XFR_KEY
    usage_error --key-file "XFR_KEY is empty"
    XFR_KEY=' ' zx example.com "$S" -k env:XFR_KEY
    usage_error "env:XFR_KEY: holds no key"
    zx example.com "$S" -k env:
    usage_error --key-file "after env:"
    XFR_KEY="a=xfr:$SECRET" zx example.com "$S" -k env:XFR_KEY=a
    usage_error "no environment variable"
    secret_nowhere
    XFR_KEY="xfr:$SECRET?" zx example.com "$S" -k env:XFR_KEY
    usage_error "env:XFR_KEY: line 1" base64
    secret_nowhere
    XFR_KEY=$SECRET zx example.com "$S" -k env:XFR_KEY
    usage_error "env:XFR_KEY" algorithm:name:secret
    secret_nowhere
    # Who puts the key in the place of the name.
    for word in "xfr:$SECRET" "$SECRET" "${SECRET%==}" "hmac-sha256:xfr:$SECRET"; do
        zx example.com "$S" -k "env:$word"
        usage_error --key-file "not shown"
        secret_nowhere
        zx example.com "$S" --server-key "$S=env:$word"
        usage_error --server-key "not shown"
        secret_nowhere
    done
    # The other file of a pair is not looked for.
    key_file env:K.key 'xfr. IN KEY 512 3 163 KEY'
    status=0
    env K.private=$'Private-key-format: v1.2\nAlgorithm: 163 (HMAC_SHA256)\nKey: '"$SECRET" \
        "$ZXFR" example.com "$S" -k env:K.private >"$T/out" 2>"$T/err" || status=$?
    usage_error "expected the name of the key"
}

@test "a key is not left in the environment" {
    serve --do "stall 20"
    export XFR_KEY=xfr:$SECRET OTHER_KEY=xfr:$SECRET LEFT=alone
    zx_start example.com "$S" -k env:XFR_KEY --server-key "$S=env:OTHER_KEY"
    unset XFR_KEY OTHER_KEY
    eventually grep -q . "$T/queries"
    secret_nowhere "/proc/$ZX_PID/environ"
    grep -qaF LEFT=alone "/proc/$ZX_PID/environ" # it can be read
    kill -TERM "$ZX_PID"
    zx_wait
    is 143
    secret_nowhere
    # Not even while a file is waited for.
    mkfifo pipe
    export XFR_KEY=xfr:$SECRET
    zx_start example.com "$S" -k env:XFR_KEY --server-key "$S=pipe"
    unset XFR_KEY
    eventually test -e "/proc/$ZX_PID/fd/5"
    secret_nowhere "/proc/$ZX_PID/environ"
    kill -TERM "$ZX_PID"
    zx_wait
    is 143
    # A variable may be there twice; a shell cannot make that.
    /usr/bin/python3 - "$ZXFR" example.com "$S" -k env:XFR_KEY "$SECRET" <<'PYTHON' &
import ctypes, os, sys
words, secret = sys.argv[1:-1], sys.argv[-1]
array = lambda items: (ctypes.c_char_p * (len(items) + 1))(*[os.fsencode(i) for i in items], None)
null = os.open(os.devnull, os.O_RDWR)
for fd in (0, 1, 2):
    os.dup2(null, fd)
ctypes.CDLL(None).execve(os.fsencode(words[0]), array(words),
                         array([f"XFR_KEY=xfr:{secret}", "LEFT=alone", f"XFR_KEY=sha1:xfr:{secret}"]))
PYTHON
    ZX_PID=$!
    : >"$T/queries"
    eventually grep -q . "$T/queries"
    secret_nowhere "/proc/$ZX_PID/environ"
    grep -qaF LEFT=alone "/proc/$ZX_PID/environ"
    kill -TERM "$ZX_PID"
    zx_wait
}

@test "a key that does not come" {
    serve
    mkfifo pipe
    zx example.com "$S" -k pipe --max-time 1
    is 3
    out_empty
    err_has "pipe: not read within --max-time"
    zx_start example.com "$S" -k pipe
    eventually test -e "/proc/$ZX_PID/fd/5"
    kill -TERM "$ZX_PID"
    zx_wait
    is 143
    [[ $(<"$T/err") == "zxfr: interrupted" ]] || show
    zx example.com "$S" -k /dev/zero
    usage_error /dev/zero larger
    zx example.com "$S" -k .
    usage_error "directory"
    zx example.com "$S" -k nofile
    usage_error nofile "No such file"
    zx example.com "$S" -k ""
    usage_error --key-file
    head -c 1048577 /dev/zero | tr '\0' '#' >large
    zx example.com "$S" -k large
    usage_error large larger
    { head -c 1048000 /dev/zero | tr '\0' '\n' && printf 'xfr:%s' "$SECRET"; } >large
    zx example.com "$S" -k large
    is 5
    [[ ! -s $T/queries ]] || [[ $(wc -l <"$T/queries") == 1 ]] # nobody was asked before
}

@test "a file in which something is wrong: file, line, what was expected, and no secret" {
    serve
    while IFS='|' read -r text words; do
        key_file "$T/box/bad.key" "$(printf '%b' "$text")"
        zx example.com "$S" -k bad.key
        # shellcheck disable=SC2086
        usage_error bad.key $words
        secret_nowhere
    done <<'LIST'
|no key only blanks
server 192.0.2.1\nupdate delete x\nsend|no key script of nsupdate
key hmac-sha1:x KEY!|line 1 base64
key KEY:x KEY|line 1 algorithm
x. hmac-sha1. KEY!|line 1 base64
x. hmac-sha1. QUJD\nKEY|line 2 three words
dns_rfc2136_name = x\ndns_rfc2136_algorithm = KEY\ndns_rfc2136_secret = QUJD|line 2 algorithm
dns_rfc2136_name = KEY KEY\ndns_rfc2136_secret = QUJD|line 1 name
tsig-key:\n  name: x\n  algorithm: KEY\n  secret: QUJD|line 3 algorithm
{"name": "x", "secret": "KEY"}|no key JSON algorithm:name:secret
RFC2136_TSIG_SECRET=KEY|no key lego algorithm:name:secret
-----BEGIN PRIVATE KEY-----\nKEY\n-----END PRIVATE KEY-----|not a TSIG key PEM --tls-key
\xef\xbb\xbfkey x {\n secret "KEY!" };|line 2 expected
key x { algorithm hmac-sha1; secret "KEY"; };\nkey X. { algorithm hmac-sha1; secret "QUJD"; };|several different same name
key x {\n algorithm hmac-sha1;\n secret "KEY!"; };|line 3 base64
key x {\n algorithm hmac-sha1;\n secret "KEY" };|line 3 expected ;
key x {\n algorithm "KEY";\n secret "KEY"; };|line 2 algorithm
key "KEY..x" {\n algorithm hmac-sha1;\n secret "KEY"; };|line 1 name
key x {\n algorithm hmac-sha1;\n KEY; };|line 3 expected secret
key x {\n algorithm hmac-sha1-40;\n secret "KEY"; };|line 2 bits
key:\n  - id: x\n    algorithm: hmac-sha1\n    KEY\n|line 4 secret:
key:\n  - id: x\n    secret: KEY\n|line 4 algorithm
KEY|no key secret algorithm:name:secret
KEY:hmac-sha1:x y|line 1
Private-key-format: v1.2\nAlgorithm: KEY\nKey: KEY|line 2
include "keys.conf";|includes
LIST
    [[ ! -e $T/queries || ! -s $T/queries ]]
}

@test "a failing key is in the report, which has no secret" {
    serve
    key_file bad "hmac-sha1:xfr:KEY!"
    zx example.com "$S" -k bad --report report -o zone
    is 2
    [[ $(jq -r '.result, .exit' report) == $'usage\n2' ]]
    [[ ! -e zone ]]
    secret_nowhere report
}

# mode MODE WARNING...: warned of in words, with -q silent, with --strict an error; without WARNING
# nothing is said at all.
mode() {
    chmod "$1" key
    shift
    zx example.com "$S" -k key
    is 5
    if (($# == 0)); then
        err_lacks warning
        zx example.com "$S" -k key --strict
        is 5
        return
    fi
    for words; do err_has "$words"; done
    count_is 1 "warning: key: " "$T/err"
    zx example.com "$S" -k key -q
    is 5
    err_lacks warning
    zx example.com "$S" -k key --strict
    usage_error key --strict "$@"
}

@test "warnings of files that others can read or write" {
    serve
    key_file key "hmac-sha1:xfr:KEY"
    mode 600
    mode 400
    mode 640
    mode 440
    mode 644 "others can read"
    mode 604 "others can read"
    mode 660 "others can write this file"
    mode 620 "others can write this file"
    mode 602 "others can write this file"
    mode 601
    chmod 600 key
    chmod 777 .
    mode 600 "its folder"
    zx example.com "$S" -k "$PWD/key"
    err_has "its folder"
    chmod 1777 .
    mode 600
    chmod 775 .
    mode 600
    zx example.com "$S" -y "xfr:$SECRET" --strict
    usage_error --strict --key
}

@test "-y is not in the title of the process, nor anywhere in its environment" {
    serve --do "stall 20"
    for words in "-y xfr:$SECRET" "-vyhmac-sha1:xfr:$SECRET" "--key=xfr:$SECRET" "--key xfr:$SECRET:sha1"; do
        # shellcheck disable=SC2086
        zx_start example.com "$S" $words
        eventually grep -q . "$T/queries"
        tr '\0' ' ' <"/proc/$ZX_PID/cmdline" >title
        secret_nowhere title "/proc/$ZX_PID/environ"
        grep -q "example.com $S" title
        kill -TERM "$ZX_PID"
        zx_wait
        is 143
        secret_nowhere
        : >"$T/queries"
    done
}

@test "no secret in messages, report and recording" {
    serve
    key_file key "hmac-sha256:xfr:KEY"
    for words in "-k key" "-y xfr:$SECRET"; do
        # shellcheck disable=SC2086
        zx example.com "$S" $words -v --report report --record record
        is 5
        [[ -s report && -s record ]]
        secret_nowhere report record
    done
    zx --help -y "xfr:$SECRET"
    is 0
    secret_nowhere
}

# dump WORD...: ends a stalled run by a signal that makes a core dump, and leaves it in `core`.
dump() {
    rm -f core core.*
    : >"$T/queries"
    (ulimit -c unlimited && exec env --default-signal=ABRT,QUIT ${CORE:+"LD_PRELOAD=$CORE"} "$ZXFR" example.com "$S" "$@") \
        >"$T/out" 2>"$T/err" </dev/null 3>&- &
    ZX_PID=$!
    eventually grep -q . "$T/queries"
    kill "-${SIGNAL:-ABRT}" "$ZX_PID"
    zx_wait
    for file in core.*; do [[ ! -e $file ]] || mv "$file" core; done
}

@test "no secret in a core dump" {
    [[ -z $SANITIZED ]] || skip "sanitizers catch the signal"
    serve --do "stall 20"
    key_file key "hmac-sha256:xfr:KEY"
    dump
    [[ -s core ]] || skip "the system makes no core dumps here"
    grep -qaF example.com core # what is in memory is in the dump
    for signal in ABRT QUIT; do
        SIGNAL=$signal dump -k key
        [[ ! -e core ]]
        SIGNAL=$signal dump -y "xfr:$SECRET"
        [[ ! -e core ]]
        XFR_KEY=xfr:$SECRET SIGNAL=$signal dump -k env:XFR_KEY
        [[ ! -e core ]]
    done
    # Where the limit does not count, as for a program that takes the dumps, there is nothing in it.
    for words in "-k key" "-y xfr:$SECRET"; do
        # shellcheck disable=SC2086
        CORE=$CORELIMIT dump $words
        [[ -s core ]]
        secret_nowhere core
    done
    XFR_KEY=xfr:$SECRET CORE=$CORELIMIT dump -k env:XFR_KEY
    [[ -s core ]]
    secret_nowhere core
}

# Each option that reads a secret, or whom to trust, with its file; and each that writes one.
SECRETS=("-k key" "--server-key 127.0.0.1#1=key" "--tls-ca key" "--tls-cert key --tls-key other"
    "--tls-cert other --tls-key key")
OUTPUTS=("-o OUT" "-o zone --report OUT" "-o zone --record OUT" "-o zone --update --diff-to OUT")

# Nothing may be written over the file that the words read. Prints what is wrong.
refuses_to_overwrite() {
    local out=$1 secret output
    for secret in "${SECRETS[@]}"; do
        for output in "${OUTPUTS[@]}"; do
            # shellcheck disable=SC2086
            zx example.com @127.0.0.1#1 $secret ${output//OUT/$out}
            [[ $status == 2 ]] && grep -q "would be overwritten by the" "$T/err" && cmp -s key "$T/key" &&
                [[ ! -e zone ]] || { echo "$secret ${output//OUT/$out}" && show; }
        done
    done
    for words in "convert $ZONE -k key" "diff $ZONE $ZONE -k key"; do
        # shellcheck disable=SC2086
        zx $words -o "$out"
        is 2
        # shellcheck disable=SC2086
        zx $words --report "$out"
        is 2
    done
    cmp key "$T/key"
}

@test "no output is written over a key or a certificate, however it is spelled or linked" {
    echo 'hmac-sha256:k:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=' >key
    cp key other
    cp key "$T/key"
    ln -s key symbolic
    ln key hard
    ln -s "$PWD" folder
    for out in key ./key "$PWD/key" .././box//key symbolic hard folder/key folder/symbolic; do
        refuses_to_overwrite "$out"
    done
}

@test "nor over the other one of dnssec-keygen's two files" {
    echo 'hmac-sha256:k:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=' >Kk.+163+1.key
    cp Kk.+163+1.key Kk.+163+1.private
    zx example.com @127.0.0.1#1 -k Kk.+163+1.key -o ./Kk.+163+1.private
    usage_error "would be overwritten by the zone"
    zx example.com @127.0.0.1#1 --server-key 127.0.0.1#1=Kk.+163+1.private -o zone --report Kk.+163+1.key
    usage_error "would be overwritten by the report"
    cmp Kk.+163+1.key Kk.+163+1.private
}

@test "nor by way of a bind mount" {
    need_namespaces
    echo 'hmac-sha256:k:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=' >key
    cp key other
    cp key "$T/key"
    mkdir mounted
    touch mount
    local secret output out
    for secret in "${SECRETS[@]}"; do
        for output in "${OUTPUTS[@]}"; do
            for out in mounted/key mount; do
                status=0
                # shellcheck disable=SC2016,SC2086
                unshare -rm sh -c 'mount --bind . mounted && mount --bind key mount && "$@"' sh "$ZXFR" \
                    example.com @127.0.0.1#1 $secret ${output//OUT/$out} >"$T/out" 2>"$T/err" || status=$?
                is 2
                err_has "would be overwritten by the"
                cmp key "$T/key"
            done
        done
    done
}

@test "a key takes no right from the process: descriptors by name, as another user" {
    key_file "$T/tmp/key" "hmac-sha256:xfr:KEY"
    chmod 644 "$T/tmp/key"
    serve
    zx_nobody example.com "$S" -k "$T/tmp/key" -o /dev/fd/3 3>"$T/tmp/three"
    is 5
    grep -q INCOMPLETE "$T/tmp/three"
    zx_nobody example.com "$S" -k /dev/fd/3 3< <(printf 'xfr:%s' "$SECRET")
    is 5
    signed_as "xfr. hmac-sha256. 32"
    chmod 600 "$T/tmp/key"
    ((EUID == 0)) || return 0
    zx_nobody example.com "$S" -k "$T/tmp/key"
    is 2
    out_empty
    err_has "Permission denied" "hint: the user of this run may not read it"
}
