#!/usr/bin/env bats
# OpenSSL is loaded by what needs it, and by nothing else. The dynamic linker is led to a file that is
# none, or another library.

load helper

setup_libraries() {
    cp "$ZONE" zone
    echo 'hmac-sha256:key.example.com:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=' >key
    mkdir none other zones
    : >none/libssl.so.3
    local jansson
    jansson=$(ldd "$ZXFR" | awk '$1 ~ /^libjansson/ { print $3 }')
    ln -s "$jansson" other/libssl.so.3
}

without() { LD_LIBRARY_PATH=$PWD/none zx "$@"; }

# zxfr WORD... says that it cannot go on.
wants() {
    without "$@"
    is 2
    err_has "OpenSSL is needed and cannot be loaded: " && err_has "/libssl.so.3: file too short"
    err_has "hint: install OpenSSL 3"
}

@test "transfers, files, JSON, differences and plain gates do without" {
    setup_libraries
    primary_start "$ZONE"
    for format in zone json jsonl; do
        without example.com "$S" -f "$format"
        is 0
    done
    without example.com "$S" -o copy --sort --max-shrink 10%
    is 0
    without --update -o copy example.com "$S"
    is 0
    without diff copy zone
    is 0
    without sync example.com "$S" -d zones
    is 0
    cmp <(grep -v '^;' zones/example.com.zone | sort) <(grep -v '^;' copy | sort)
}

@test "a key, TLS, sums and signatures need it, and say so" {
    setup_libraries
    primary_start "$ZONE"
    wants example.com "$S" -k key
    [[ $(grep -vc '^;' "$T/out") == 0 ]] && out_has "; zxfr INCOMPLETE:"
    wants example.com "$S" --tls --tls-insecure
    wants example.com "$S" -k key -o copy
    [[ ! -e copy ]]
    wants check zone
    wants convert -f zonemd zone
    wants convert zone -o copy --require zonemd
    [[ ! -e copy ]]
    without sync example.com "$S" -d zones --shard 0/2
    is 2
    err_has "OpenSSL is needed and cannot be loaded: "
}

@test "in sync it is told of the zones that need it, and the others are current" {
    setup_libraries
    sed 's/example\.com/example.net/g' "$ZONE" >net
    primary_start "$ZONE"
    primary_start net
    chmod 600 key
    printf 'example.com @127.0.0.1#%s\nexample.net @127.0.0.1#%s\n' "${PORTS[@]}" >list
    without sync --list list -d zones --server-key "127.0.0.1#${PORTS[0]}=key"
    is 12
    err_has "zxfr: example.com: 127.0.0.1#${PORTS[0]}: OpenSSL is needed and cannot be loaded: "
    [[ ! -e zones/example.com.zone && -s zones/example.net.zone ]]
}

@test "another library of the same name is told from it" {
    setup_libraries
    LD_LIBRARY_PATH=$PWD/other zx check zone
    is 2
    err_has "libssl.so.3 is not the one zxfr was built for: no "
}

@test "version says that it is missing" {
    setup_libraries
    without version
    is 0
    out_has "openssl no (OpenSSL is needed and cannot be loaded: $PWD/none/libssl.so.3: file too short)"
}

# The settings that forbid everything are read where the run has given up the right to read most files.
@test "its settings hold, whatever needs it" {
    setup_libraries
    primary_start "$ZONE"
    chmod 600 key
    printf 'openssl_conf = a\n[a]\nalg_section = b\n[b]\ndefault_properties = fips=yes\n' >conf
    export OPENSSL_CONF=$PWD/conf
    zx example.com "$S" -k key
    is 2
    err_has "OpenSSL cannot sign with hmac-sha256"
    zx sync example.com "$S" -d zones -k key
    err_has "OpenSSL cannot sign with hmac-sha256"
    zx audit --content example.com "$S" -k key
    err_has "OpenSSL cannot sign with hmac-sha256"
}

# Else each of them would be in a shard by chance, or in none.
@test "where its settings forbid SHA-256 no zone is given to a shard" {
    setup_libraries
    primary_start "$ZONE"
    printf 'openssl_conf = a\n[a]\nalg_section = b\n[b]\ndefault_properties = fips=yes\n' >conf
    export OPENSSL_CONF=$PWD/conf
    zx sync example.com "$S" -d zones --shard 0/2
    is 2
    err_has "OpenSSL does not make SHA-256" && err_has "hint: its settings (openssl.cnf, OPENSSL_CONF)"
    zx sync --catalog "catalog.example$S" -d zones --shard 1/2
    is 2
    err_has "OpenSSL does not make SHA-256"
    local label
    label=$(printf '=%.0s' {1..60})
    zx sync "$label.$label.example.com" "$S" -d zones
    is 2
    err_has "OpenSSL does not make SHA-256"
}

# What it says is behind the name of the file that it is about.
@test "a folder named memory is no lack of memory" {
    setup_libraries
    mv none memory
    LD_LIBRARY_PATH=$PWD/memory zx check zone
    is 2
    err_has "OpenSSL is needed and cannot be loaded: $PWD/memory/libssl.so.3: file too short"
}

@test "too many open files are not taken for an OpenSSL that is missing" {
    setup_libraries
    command -v strace >/dev/null || { echo "strace is not installed" && return 1; }
    primary_start --key "$(<key)" "$ZONE"
    local first options=(-qq -o "$T/trace" -e trace=openat)
    strace "${options[@]}" "$ZXFR" example.com "$S" -k key >/dev/null
    first=$(awk '/ld\.so\.cache.*O_RDONLY\|O_CLOEXEC\)/ { n = NR } END { print n }' "$T/trace")
    status=0
    strace "${options[@]}" -e inject=openat:error=EMFILE:when="$first+" "$ZXFR" example.com "$S" -k key \
        >"$T/out" 2>"$T/err" || status=$?
    is 11
    err_has "OpenSSL cannot be loaded: Too many open files" && err_has "hint: ulimit -n"
}

# Where ldconfig has found it holds inside the sandbox, too.
@test "it is looked for where the system's libraries are" {
    setup_libraries
    command -v strace >/dev/null || { echo "strace is not installed" && return 1; }
    strace -qq -o "$T/trace" -e trace=openat,openat2,open "$ZXFR" check zone >/dev/null
    grep 'libssl' "$T/trace"
    refute grep 'ld\.so\.cache.*EACCES' "$T/trace"
}
