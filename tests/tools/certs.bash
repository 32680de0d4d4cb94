# shellcheck shell=bash
# Certificates for the tests of TLS, made by openssl.
#
#   certs_begin FOLDER                    everything goes there
#   ca_new NAME                           a root: NAME.pem, NAME.key
#   cert_new NAME CA SAN [CN [START END]] a certificate of that CA for the names SAN
#                                         ("DNS:ns1.test,IP:127.0.0.1"; empty: none), or signed
#                                         by itself if CA is "self"; times as 20260101000000Z
#   ca_below NAME CA                      an intermediate CA
#   pin_of FILE                           as openssl computes it, without zxfr

certs_begin() {
    CERTS=$1
    mkdir -p "$CERTS"
    : >"$CERTS/index"
    echo 01 >"$CERTS/serial"
    cat >"$CERTS/conf" <<END
[ca]
default_ca = tests
[tests]
database = $CERTS/index
serial = $CERTS/serial
new_certs_dir = $CERTS
default_md = sha256
unique_subject = no
copy_extensions = copyall
policy = any
[any]
commonName = optional
[req]
distinguished_name = dn
[dn]
END
}

certs_openssl() {
    openssl "$@" >>"$CERTS/log" 2>&1 || { echo "openssl $*" && tail -n 20 "$CERTS/log" && false; }
}

certs_request() { # NAME CN [EXTENSION...]
    local name=$1 subject=$2 words=()
    shift 2
    for extension; do words+=(-addext "$extension"); done
    certs_openssl req -new -config "$CERTS/conf" -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -keyout "$CERTS/$name.key" -out "$CERTS/$name.csr" -subj "/CN=$subject" "${words[@]}"
}

certs_sign() { # NAME CA START END
    local name=$1 ca=$2 by=()
    if [[ $ca == self ]]; then
        by=(-selfsign -keyfile "$CERTS/$name.key")
    else
        by=(-cert "$CERTS/$ca.pem" -keyfile "$CERTS/$ca.key")
    fi
    certs_openssl ca -batch -notext -config "$CERTS/conf" "${by[@]}" -in "$CERTS/$name.csr" \
        -out "$CERTS/$name.pem" -startdate "$3" -enddate "$4"
}

ca_new() {
    certs_request "$1" "${2:-$1 CA}" basicConstraints=critical,CA:TRUE keyUsage=keyCertSign &&
        certs_sign "$1" self 20200101000000Z 20491231000000Z
}

ca_below() {
    certs_request "$1" "$1 CA" basicConstraints=critical,CA:TRUE keyUsage=keyCertSign &&
        certs_sign "$1" "$2" 20200101000000Z 20491231000000Z
}

cert_new() {
    local name=$1 ca=$2 san=$3 cn=${4:-$1}
    certs_request "$name" "$cn" ${san:+"subjectAltName=$san"} &&
        certs_sign "$name" "$ca" "${5:-20200101000000Z}" "${6:-20491231000000Z}"
}

pin_of() {
    openssl x509 -in "$1" -pubkey -noout | openssl pkey -pubin -outform der |
        openssl dgst -sha256 -binary | base64
}
