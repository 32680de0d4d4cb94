/* xfer/keyfile: keys in every syntax, and what is said where there are none. The files of BIND and
 * Knot were made by tsig-keygen, rndc-confgen and keymgr. */
#include "xfer/keyfile.h"

#include "tap.h"

#define KEYGEN                                                                                     \
    "key \"a.b-c_d\" {\n\talgorithm hmac-sha512;\n"                                                \
    "\tsecret \"geoZ5DlJ1BcaCI0tN3yB7e3Bk6QeLQeesh5vI7sY9RWRDM0ZLWUHTr0c4H4+j+N4Kiyg8ShbZLrM4N"    \
    "Ec9DRKRA==\";\n};\n"
#define RNDC                                                                                       \
    "key \"rndc-key\" {\n\talgorithm hmac-sha256;\n"                                               \
    "\tsecret \"ID1N7yDcNj4DDtI/3g4sBe1ReOFkm0q5QrpZnlHsuQ8=\";\n};\n"
#define KEYMGR                                                                                     \
    "# hmac-sha384:zone.transfer:VRDcTsAirV9VoKMexAKau0Jj5Nb+uiJcDB3tlqHz+6V1MBswVcFQdejAqI8LG"    \
    "R1k\nkey:\n  - id: zone.transfer\n    algorithm: hmac-sha384\n"                               \
    "    secret: VRDcTsAirV9VoKMexAKau0Jj5Nb+uiJcDB3tlqHz+6V1MBswVcFQdejAqI8LGR1k\n"
#define HEX_512                                                                                    \
    "81ea19e43949d4171a088d2d377c81ededc193a41e2d079eb21e6f23bb18f515910ccd192d65074ebd1ce07e3"    \
    "e8fe3782a2ca0f1285b64bacce0d11cf4344a44"
#define HEX_256 "203d4def20dc363e030ed23fde0e2c05ed5178e1649b4ab942ba599e51ecb90f"
#define HEX_384                                                                                    \
    "5510dc4ec022ad5f55a0a31ec4029abb4263e4d6feba225c0c1ded96a1f3fba575301b3055c15075e8c0a88f0"    \
    "b191d64"
#define SECRET "c2VjcmV0IG9mIGEga2V5" /* "secret of a key" */
#define HEX "736563726574206f662061206b6579"
#define BIND(rest) "key \"k\" { algorithm hmac-sha256; secret \"" SECRET "\"; }" rest

/* What must come of a text: one line for each key, "name algorithm mac-length secret". */
static const struct {
    const char *what, *path, *text, *keys;
} good[] = {
    {"tsig-keygen", "f", KEYGEN, "a.b-c_d. hmac-sha512 64 " HEX_512 "\n"},
    {"rndc-confgen", "f", RNDC, "rndc-key. hmac-sha256 32 " HEX_256 "\n"},
    {"keymgr", "f", KEYMGR, "zone.transfer. hmac-sha384 48 " HEX_384 "\n"},
    {"keymgr's comment alone", "f", "# hmac-sha256:k:" SECRET "\n", "k. hmac-sha256 32 " HEX "\n"},

    {"BIND, other order, no quotes", "f", "key K.Example. {secret " SECRET ";algorithm HMAC-MD5;};",
     "k.example. hmac-md5 16 " HEX "\n"},
    {"BIND, comments", "f",
     "/* key \"x\" { */ key // {\n k # }\n { /**/ algorithm hmac-sha1; // secret \"\n"
     " # }\n secret /* \" */ \"" SECRET "\" ; };",
     "k. hmac-sha1 20 " HEX "\n"},
    {"BIND, long name of md5", "f",
     "key k { algorithm hmac-md5.sig-alg.reg.int.; secret \"" SECRET "\"; };",
     "k. hmac-md5 16 " HEX "\n"},
    {"BIND, blanks in the quotes", "f",
     "key k { algorithm \"hmac-sha1\"; secret \"c2VjcmV0 IG9m\n\tIGEga2V5\"; };",
     "k. hmac-sha1 20 " HEX "\n"},
    {"BIND, cut to 128 bits", "f", "key k { algorithm hmac-sha256-128; secret " SECRET "; };",
     "k. hmac-sha256 16 " HEX "\n"},
    {"BIND, cut to 80 bits", "f", "key k { algorithm hmac-sha1-80; secret " SECRET "; };",
     "k. hmac-sha1 10 " HEX "\n"},
    {"BIND, cut to no bits, which is none", "f",
     "key k { algorithm hmac-sha512-0; secret " SECRET "; };", "k. hmac-sha512 64 " HEX "\n"},
    {"BIND, cut to all bits", "f", "key k { algorithm hmac-sha224-224; secret " SECRET "; };",
     "k. hmac-sha224 28 " HEX "\n"},
    {"named.conf", "f",
     "include \"/etc/bind/named.conf.options\";\nacl \"key\" { 192.0.2.1; { key \"no\"; }; };\n"
     "options { directory \"/var/cache/bind\"; tkey-domain \"{\"; };\n" BIND(
         ";\n") "server 192.0.2.1 { keys { \"k\"; }; };\nkey-directory { key x; };\n"
                "view \"v\" { key other { algorithm hmac-sha1; secret \"" SECRET "\"; };\n"
                "  zone \"z\" { type secondary; primaries { 192.0.2.1 key k; }; allow-transfer { "
                "key k; }; }; };\n",
     "k. hmac-sha256 32 " HEX "\nother. hmac-sha1 20 " HEX "\n"},
    {"BIND, escapes in the name", "f",
     "key \"a\\.b\\\"c\" { algorithm hmac-sha1; secret " SECRET "; };",
     "a\\.b\\\"c. hmac-sha1 20 " HEX "\n"},
    {"BIND, lines end in CR LF", "f",
     "key k {\r\n\talgorithm hmac-sha1;\r\n\tsecret \"" SECRET "\";\r\n};\r\n",
     "k. hmac-sha1 20 " HEX "\n"},

    {"Knot, other order, other indents", "f",
     "key:\n- secret: \"" SECRET "\"\n  id: \"K\" # it is\n  algorithm: hmac-sha224\n"
     "-   id: b\n    comment: \"secret: x\n    algorithm: hmac-sha1\n\n    secret: " SECRET "\n",
     "k. hmac-sha224 28 " HEX "\nb. hmac-sha1 20 " HEX "\n"},
    {"knot.conf", "f",
     "server:\n    listen: 127.0.0.1@53\n\nkey:\n  - id: k\n    algorithm: hmac-sha256\n"
     "    secret: " SECRET "\n\nremote:\n  - id: r\n    address: 192.0.2.1\n    key: k\n\n"
     "acl:\n  - id: a\n    key: [k, b]\n    action: transfer\nkey:\n  - id: b\n    secret: " SECRET
     "\n    algorithm: hmac-sha512\nzone:\n  - domain: example.\n",
     "k. hmac-sha256 32 " HEX "\nb. hmac-sha512 64 " HEX "\n"},
    {"Knot, the algorithm of RFC 4868", "f",
     "key:\n  - id: k\n    algorithm: hmac-sha256-128\n    secret: " SECRET "\n",
     "k. hmac-sha256-128 16 " HEX "\n"},

    {"NSD", "f",
     "key:\n\tname: \"k\"\n\talgorithm: hmac-sha256\n\tsecret: \"" SECRET "\"\n"
     "key:\nname: b\nalgorithm: sha256\nsecret: '" SECRET "'\n",
     "k. hmac-sha256 32 " HEX "\nb. hmac-sha256 32 " HEX "\n"},
    {"nsd.conf", "f",
     "# key:\nserver:\n  ip-address: 127.0.0.1\n  identity: \"key:\"\ninclude: "
     "\"/etc/nsd/*.conf\"\n"
     "key: name: k algorithm: md5 secret: " SECRET " zone: name: example\n"
     "  zonefile: \"z\" provide-xfr: 127.0.0.1 k\nremote-control:\n  control-enable: no\n",
     "k. hmac-md5 16 " HEX "\n"},
    {"NSD, no blank behind the colon", "f",
     "key:\n name:\"k\"\n algorithm:\"hmac-sha1\"\n secret:\"" SECRET "\"\n",
     "k. hmac-sha1 20 " HEX "\n"},

    {"K*.private", "/x/Kxfr.example.+163+00317.private",
     "Private-key-format: v1.3\nAlgorithm: 163 (HMAC_SHA256)\nKey: " SECRET
     "\nBits: AAA=\nCreated: 20260101000000\nPublish: 20260101000000\n",
     "xfr.example. hmac-sha256 32 " HEX "\n"},
    {"K*.private, cut", "Ka.+165+00001.private",
     "Private-key-format: v1.2\nAlgorithm: 165 (HMAC_SHA512)\nBits: AQA=\nKey: " SECRET "\n",
     "a. hmac-sha512 32 " HEX "\n"},
    {"K*.private, a name with escapes", "Ka%2Fb\\.c%20.+.+157+00001.private",
     "Private-key-format: v1.2\nAlgorithm: 157 (HMAC_MD5)\nKey: " SECRET "\n",
     "a/b\\.c\\032.\\+. hmac-md5 16 " HEX "\n"},
    {"K*.private under another name", "my.private",
     "Private-key-format: v1.2\nAlgorithm: 161 (HMAC_SHA1)\nKey: " SECRET "\n",
     "- hmac-sha1 20 " HEX "\n"},
    {"K*.private of ldns", "Kxfr.example.+159+60942.private",
     "Private-key-format: v1.2\nAlgorithm: 159 (HMAC_SHA256)\nKey: " SECRET "\n",
     "xfr.example. hmac-sha256 32 " HEX "\n"},
    {"K*.private of ldns, SHA-1", "Kk.+158+1.private",
     "Private-key-format: v1.2\r\nAlgorithm: 158 (HMAC_SHA1)\r\nKey: " SECRET "\r\n",
     "k. hmac-sha1 20 " HEX "\n"},
    {"K*.private, the word decides", "Kk.+1.private",
     "Private-key-format: v1.2\nAlgorithm: 163 ( hmac_sha512 )\nKey: " SECRET "\n",
     "k. hmac-sha512 64 " HEX "\n"},
    {"K*.private, a number that nobody knows", "Kk.+1.private",
     "Private-key-format: v1.2\nAlgorithm: 199 (HMAC_SHA384)\nKey: " SECRET "\n",
     "k. hmac-sha384 48 " HEX "\n"},
    {"K*.key of ldns", "f", "k.\tIN\tKEY\t0 3 159 " SECRET "\n", "k. hmac-sha256 32 " HEX "\n"},
    {"K*.key of ldns, SHA-1", "f", "k. IN KEY 0 3 158 " SECRET, "k. hmac-sha1 20 " HEX "\n"},
    {"K*.key", "f", "; a comment\nxfr.example. IN KEY 512 3 163 c2VjcmV0IG9m IGEga2V5\n",
     "xfr.example. hmac-sha256 32 " HEX "\n"},
    {"K*.key with a TTL", "f", "k. 3600 IN KEY 0 3 162 " SECRET, "k. hmac-sha224 28 " HEX "\n"},

    {"Unbound", "f",
     "tsig-key:\n\tname: \"k\"\n\talgorithm: hmac-sha256\n\tsecret: \"" SECRET "\"\n",
     "k. hmac-sha256 32 " HEX "\n"},
    {"unbound.conf", "f",
     "server:\n  interface: ::1\ntsig-key:\n  name: k\n  algorithm: hmac-sha512\n  secret: " SECRET
     "\ntsig-key: name: b algorithm: sha1 secret: " SECRET "\nauth-zone:\n  name: \"example\"\n"
     "  primary: 192.0.2.1\n  tsig-key: k\nremote-control:\n  control-enable: no\n",
     "k. hmac-sha512 64 " HEX "\nb. hmac-sha1 20 " HEX "\n"},
    {"Unbound, a mark and CR LF", "f",
     "\xef\xbb\xbftsig-key:\r\n  name: k\r\n  algorithm: hmac-sha256\r\n  secret: " SECRET "\r\n",
     "k. hmac-sha256 32 " HEX "\n"},

    {"nsupdate", "f", "key hmac-sha512:k " SECRET "\n", "k. hmac-sha512 64 " HEX "\n"},
    {"nsupdate without algorithm", "f", "key k.Example " SECRET "\n",
     "k.example. hmac-sha256 32 " HEX " assumed\n"},
    {"a script of nsupdate", "f",
     "; a comment\nserver 192.0.2.1 53\nzone example.com\n\tKEY hmac-sha256-128:k c2VjcmV0 "
     "IG9mIGEga2V5\n"
     "update add x.example.com 300 TXT \"{\" \"key k x\"\nupdate add y 300 SVCB 1 . "
     "dohpath=/q{?dns}\n"
     "send\nkey md5:b " SECRET "\nsend\n",
     "k. hmac-sha256 16 " HEX "\nb. hmac-md5 16 " HEX "\n"},
    {"nsupdate, keys called like other things", "f",
     "key key " SECRET "\nkey zone " SECRET "\r\nkey hmac-sha1:hmac-sha1 " SECRET,
     "key. hmac-sha256 32 " HEX " assumed\nzone. hmac-sha256 32 " HEX
     " assumed\nhmac-sha1. hmac-sha1 20 " HEX "\n"},
    {"nsupdate, a mark and CR LF", "f",
     "\xef\xbb\xbfserver ::1\r\nkey hmac-sha1:k " SECRET "\r\nsend\r\n",
     "k. hmac-sha1 20 " HEX "\n"},
    {"a secret that BIND would take for a comment", "f", "key k //8=\n",
     "k. hmac-sha256 32 ffff assumed\n"},
    {"BIND, which begins as a script does", "f",
     "zone \"example\" IN { type hint; };\nserver 192.0.2.1 { keys k; };\n" BIND(";"),
     "k. hmac-sha256 32 " HEX "\n"},
    {"BIND, another one", "f", "server ::1 // {\n { keys k; };\n" BIND(";"),
     "k. hmac-sha256 32 " HEX "\n"},
    {"a KEY record called key", "f", "key 300 IN KEY 512 3 163 " SECRET,
     "key. hmac-sha256 32 " HEX "\n"},

    {"pdnsutil", "f", "k.example. hmac-sha256. " SECRET "\nb. hmac-md5. " SECRET "\n",
     "k.example. hmac-sha256 32 " HEX "\nb. hmac-md5 16 " HEX "\n"},
    {"pdnsutil, when it makes a key", "f", "Create new TSIG key k hmac-sha512 " SECRET "\n",
     "k. hmac-sha512 64 " HEX "\n"},
    {"pdnsutil, a mark, comments and CR LF", "f",
     "\xef\xbb\xbf# of ns1\r\nk. hmac-md5.sig-alg.reg.int. " SECRET "\r\n; no\r\n",
     "k. hmac-md5 16 " HEX "\n"},

    {"certbot", "f",
     "# Target DNS server\ndns_rfc2136_server = 192.0.2.1\n# Target DNS port\ndns_rfc2136_port = "
     "53\n"
     "# TSIG key name\ndns_rfc2136_name = k.\n# TSIG key secret\n"
     "dns_rfc2136_secret = c2VjcmV0IG9m IGEga2V5\n# TSIG key algorithm\n"
     "dns_rfc2136_algorithm = HMAC-SHA512\n# TSIG sign SOA query (optional, default: false)\n"
     "dns_rfc2136_sign_query = false\n",
     "k. hmac-sha512 64 " HEX "\n"},
    {"certbot, its default", "f", "dns_rfc2136_secret=" SECRET "\ndns_rfc2136_name=k",
     "k. hmac-md5 16 " HEX " assumed\n"},
    {"certbot, quotes, comments, a mark and CR LF", "f",
     "\xef\xbb\xbf[x]\r\nemail = a@b\r\ndns_rfc2136_name = 'k' # it is\r\n"
     "dns_rfc2136_algorithm=hmac-sha1 # \r\ndns_rfc2136_secret = \"" SECRET "\" # no\r\n",
     "k. hmac-sha1 20 " HEX "\n"},

    {"a line", "f", "hmac-sha256:k:" SECRET "\n", "k. hmac-sha256 32 " HEX "\n"},
    {"lines", "f", "\n# hmac-sha1:old:" SECRET "\n  hmac-sha512:k:" SECRET "  \r\n; no\nb:" SECRET,
     "k. hmac-sha512 64 " HEX "\nb. hmac-sha256 32 " HEX " assumed\n"},
    {"a line in drill's order", "f", "k:" SECRET ":hmac-sha384", "k. hmac-sha384 48 " HEX "\n"},
};

/* What must be refused, and what the message must say. No message may show a part of the secret. */
static const struct {
    const char *what, *text, *says;
} bad[] = {
    {"nothing", "", "f: holds no key"},
    {"blanks", " \n\n", "f: holds no key, only blanks"},
    {"comments", "# one\n// two\n/* three */\n", "f: holds no key"},
    {"a named.conf without key", "options { directory \"/\"; };", "f: holds no key"},
    {"a named.conf that includes", "options { };\ninclude \"keys.conf\";\n",
     "includes other files"},
    {"a knot.conf that includes", "server:\n  listen: ::1\ninclude: keys.conf\n", "includes other"},
    {"an include behind the key section", "key:\ninclude: keys.conf\n", "includes other"},
    {"zone data", "example. IN SOA a. b. 1 2 3 4 5\n", "f: holds no key"},
    {"the key of a zone", "example. IN DNSKEY 257 3 13 " SECRET "\n", "holds no key"},
    {"one that signs with RSA", "k. IN KEY 512 3 8 " SECRET "\n",
     "line 1: expected the number of an HMAC"},
    {"a private key of ECDSA",
     "Private-key-format: v1.3\nAlgorithm: 13 (ECDSAP256SHA256)\nPrivateKey: " SECRET "\n",
     "line 2: expected the number of an HMAC"},
    {"an HMAC by number and a signature by word",
     "Private-key-format: v1.3\nAlgorithm: 163 (ECDSAP256SHA256)\nKey: " SECRET "\n",
     "line 2: expected the number of an HMAC"},
    {"a word that has the secret",
     "Private-key-format: v1.3\nAlgorithm: 199 (" SECRET ")\nKey: " SECRET "\n",
     "line 2: expected the number of an HMAC"},
    {"an open parenthesis", "Private-key-format: v1.3\nAlgorithm: 199 (\nKey: " SECRET "\n",
     "line 2: expected the number of an HMAC"},
    {"octets", "\177ELF\1\2\3", "holds no key"},

    {"nothing at all", "", "it is empty"},
    {"a script without key", "server ::1\nupdate delete x\nsend\n", "script of nsupdate"},
    {"a script, key alone", "server ::1\nkey\n", "line 2: expected key [ALGORITHM:]NAME SECRET"},
    {"a script, no secret", "key hmac-sha256:k\n", "line 1: expected the secret after the name"},
    {"a script, as for -y", "key hmac-sha256:k:" SECRET "\n", "line 1: expected the secret after"},
    {"a script, unknown algorithm", "key hmac-sha257:k " SECRET,
     "line 1: expected the name of an alg"},
    {"a script, order mixed up", "key " SECRET " k", "line 1: expected a secret in base64"},
    {"a script, no base64", "zone x\nkey k " SECRET "=\n", "line 2: expected a secret in base64"},
    {"a script, secret before the name", "key " SECRET ":k " SECRET,
     "line 1: expected the name of an"},
    {"a script, no name", "key hmac-sha1: " SECRET, "line 1: expected a domain name"},
    {"a script, bits", "key hmac-sha256-8:k " SECRET, "line 1: a MAC can be cut only"},
    {"a list, another line", "k. hmac-sha1. " SECRET "\n" SECRET "\n",
     "line 2: expected three words"},
    {"a list, four words", "k. hmac-sha1. " SECRET " x\n", "line 1: expected three words"},
    {"a list, no secret", "k. hmac-sha1.\n", "line 1: expected three words"},
    {"a list, no algorithm", "k. sha1 " SECRET "\nk. " SECRET " sha1",
     "line 2: expected the name of"},
    {"a list, no name", "a..b sha1 " SECRET, "line 1: expected a domain name"},
    {"a list, no base64", "k. sha1 " SECRET "?", "line 1: expected a secret"},
    {"certbot, no name", "dns_rfc2136_secret = " SECRET "\n", "expected dns_rfc2136_name = before"},
    {"certbot, no secret", "dns_rfc2136_name = k\n", "expected dns_rfc2136_secret = before"},
    {"certbot, empty", "dns_rfc2136_name = k\ndns_rfc2136_secret =\n",
     "line 2: the secret is empty"},
    {"certbot, twice", "dns_rfc2136_secret=" SECRET "\ndns_rfc2136_secret=" SECRET,
     "line 2: this sett"},
    {"certbot, mixed up",
     "dns_rfc2136_name = k\ndns_rfc2136_algorithm = " SECRET "\ndns_rfc2136_secret = hmac-sha1\n",
     "line 2: expected the name of an algorithm"},
    {"certbot, mixed up in another way",
     "dns_rfc2136_secret = k\ndns_rfc2136_name = " SECRET " " SECRET,
     "line 2: expected a domain name"},
    {"certbot, quote open", "dns_rfc2136_name = k\ndns_rfc2136_secret = \"" SECRET "\n",
     "line 2: expected a secret"},
    {"certbot's own settings", "dns-rfc2136-credentials = /x\n",
     "the file that dns-rfc2136-credentials"},
    {"Unbound without secret", "tsig-key:\n name: k\n algorithm: sha1\n",
     "line 4: the key clause ends here, without secret"},
    {"a zone of Unbound's that has a key", "auth-zone:\n  tsig-key: " SECRET "\n", "holds no key"},
    {"the secret alone", SECRET "\n", "perhaps the secret of one: write the key as a line"},
    {"the secret alone, and a mark", "\xef\xbb\xbf\r\n " SECRET "\r\n",
     "perhaps the secret of one"},
    {"JSON", "{\"name\": \"k\", \"algorithm\": \"hmac-sha256\", \"key\": \"" SECRET "\"}\n",
     "but JSON: write the key as a line"},
    {"JSON, an array", "[\n {\"key\": \"" SECRET "\"}\n]\n", "but JSON"},
    {"JSON, cut", "[{\"key\": \"" SECRET, "but JSON"},
    {"UTF-16", "\xff\xfekey k", "is UTF-16, not UTF-8: save it as UTF-8"},
    {"UTF-16, the other order", "\xfe\xffkey k", "is UTF-16, not UTF-8: save it as UTF-8"},
    {"bzip2", "BZh91AY&SY", "compressed (bzip2)"},
    {"gzip", "\x1f\x8b\x08{", "compressed (gzip)"},
    {"zstd", "\x28\xb5\x2f\xfd key: {", "compressed (zstd)"},
    {"lego", "RFC2136_NAMESERVER=192.0.2.1:53\nRFC2136_TSIG_SECRET=" SECRET "\n",
     "settings of lego"},

    {"BIND without name", "key { algorithm hmac-sha1; secret " SECRET "; };",
     "line 1: expected the name"},
    {"BIND without algorithm", "key k {\n secret \"" SECRET "\";\n};",
     "line 3: the key clause ends here, without algorithm"},
    {"BIND without secret", "key k {\n algorithm hmac-sha1; };",
     "line 2: the key clause ends here, without secret"},
    {"BIND, unknown algorithm", "\n\nkey k { algorithm hmac-sha257;\n secret " SECRET "; };",
     "line 3: expected the name of an algorithm"},
    {"BIND, the secret as algorithm", "key k { algorithm " SECRET "; secret hmac-sha256; };",
     "expected the name of an algorithm"},
    {"BIND, no base64", "key k { algorithm hmac-sha1;\nsecret \"" SECRET "=\"; };",
     "line 2: expected a secret in base64"},
    {"BIND, base64 cut", "key k { algorithm hmac-sha1; secret \"c2VjcmV0IG9mIGEga2V\"; };",
     "base64"},
    {"BIND, bits left over", "key k { algorithm hmac-sha1; secret \"c2Vjcm==\"; };", "base64"},
    {"BIND, empty", "key k { algorithm hmac-sha1; secret \"\"; };", "line 1: the secret is empty"},
    {"BIND, twice", "key k { secret " SECRET ";\nsecret " SECRET "; };",
     "line 2: the key clause says that twice"},
    {"BIND, another word", "key k {\nsecrets \"" SECRET "\"; };",
     "line 2: expected algorithm, secret or }"},
    {"BIND, no semicolon", "key k { secret \"" SECRET "\" algorithm hmac-sha1; };",
     "expected ; after the value"},
    {"BIND, a comment eats the semicolon", "key k { secret " SECRET "//;\n algorithm hmac-sha1; };",
     "line 2: expected ;"},
    {"BIND, no value", "key k { secret; };", "expected a value"},
    {"BIND, open", "key k { secret " SECRET ";", "expected algorithm, secret or }"},
    {"BIND, open elsewhere", "options { };\n" BIND(";\nview \"v\" {\n"),
     "line 4: the text ends before all braces"},
    {"BIND, closed too often", BIND(";\n};\n"), "line 2: this } closes nothing"},
    {"BIND, quote open", "options { };\n key \"k { secret " SECRET "; };",
     "line 2: a quote or comment begins here"},
    {"BIND, comment open", BIND(";\n /* ") " " SECRET, "line 2: a quote or comment begins here"},
    {"BIND, too few bits", "key k { algorithm hmac-sha256-120; secret " SECRET "; };",
     "multiple of 8 bits"},
    {"BIND, too few bits of md5", "key k { algorithm hmac-md5-72; secret " SECRET "; };",
     "multiple of 8 bits"},
    {"BIND, odd bits", "key k { algorithm hmac-sha256-129; secret " SECRET "; };",
     "multiple of 8 bits"},
    {"BIND, too many bits", "key k { algorithm hmac-sha256-264; secret " SECRET "; };",
     "multiple of 8 bits"},
    {"BIND, far too many bits", "key k { algorithm hmac-sha256-99999999999; secret " SECRET "; };",
     "expected the name of an algorithm"},
    {"BIND, bits twice", "key k { algorithm hmac-sha256-128-128; secret " SECRET "; };",
     "at most one number"},
    {"BIND, no domain name", "key \"a..b\" { algorithm hmac-sha1; secret " SECRET "; };",
     "line 1: expected a domain name"},
    {"BIND, the root", "key . { algorithm hmac-sha1; secret " SECRET "; };",
     "line 1: expected a domain name"},

    {"Knot without id", "key:\n  - algorithm: hmac-sha1\n    secret: " SECRET "\n",
     "line 4: the key clause ends here, without the name"},
    {"Knot, misspelt", "key:\n  - id: k\n    algoritm: hmac-sha1\n    secret: " SECRET "\n",
     "line 3: the key clause ends here, without algorithm"},
    {"Knot, two values", "key:\n  - id: k b\n", "line 2: expected name: or id:"},
    {"Knot, no value", "key:\n  - id:\n    secret: " SECRET "\n", "line 2: expected a value"},
    {"Knot, no base64", "key:\n  - id: k\n    algorithm: hmac-sha1\n    secret: [" SECRET "]\n",
     "line 4: expected a secret"},
    {"NSD, quote open", "key:\n name: \"k\n secret: \"" SECRET "\n", "line 2: expected a value"},
    {"NSD, twice", "key:\n name: k\n name: b\n", "line 3: the key clause says that twice"},
    {"NSD, blanks", "key:\n name: k\n algorithm: sha1\n secret: c2VjcmV0 IG9mIGEga2V5\n",
     "line 4: expected name:"},

    {"private without key", "Private-key-format: v1.3\nAlgorithm: 163 (HMAC_SHA256)\n",
     "expected a line Key:"},
    {"private without algorithm", "Private-key-format: v1.3\nKey: " SECRET "\n",
     "expected a line Algorithm:"},
    {"private, no base64", "Private-key-format: v1.3\nAlgorithm: 163\nKey: ." SECRET "\n",
     "line 3: expected a secret"},
    {"private, bits", "Private-key-format: v1.3\nAlgorithm: 163\nKey: " SECRET "\nBits: AHg=\n",
     "line 4: a MAC can be cut only"},
    {"private, no bits", "Private-key-format: v1.3\nAlgorithm: 163\nKey: " SECRET "\nBits: 128\n",
     "line 4: expected a number of bits"},
    {"private, bits too long",
     "Private-key-format: v1.3\nAlgorithm: 163\nKey: " SECRET "\nBits: IAiQ=\n",
     "line 4: expected a number of bits"},
    {"KEY cut", "k. IN KEY 512 3 163\n", "line 1: the secret is empty"},
    {"KEY cut before", "k. IN KEY 512 3\n", "line 1: expected flags"},
    {"another record behind", "k. IN KEY 512 3 163 " SECRET "\nk. IN TXT " SECRET "\n",
     "line 2: expected a KEY record"},

    {"a line of one field", "hmac-sha256:" SECRET "\n:\n", "line 2: expected a domain name"},
    {"a line, unknown algorithm", "hmac-sha257:k:" SECRET "\n",
     "line 1: expected the name of an algorithm"},
    {"a line, order mixed up", SECRET ":k:hmac-sha256x\n",
     "line 1: expected the name of an algorithm"},
    {"a line with blanks", "hmac-sha256:k: " SECRET "\n", "line 1: expected no blanks"},
    {"a line with no base64", "hmac-sha256:k:" SECRET "?\n", "line 1: expected a secret"},
    {"a line, no name", "hmac-sha256::" SECRET "\n", "line 1: expected a domain name"},
};

static char *add_key(char *at, const struct tsig_key *key)
{
    struct name_string name;
    at += sprintf(at, "%s %s %d ", key->name_length > 0 ? name_string(&name, key->name) : "-",
                  key->algorithm->name, key->mac_length);
    for (size_t i = 0; i < key->secret_length; i++)
        at += sprintf(at, "%02x", key->secret[i]);
    return at + sprintf(at, "%s\n", key->algorithm_assumed ? " assumed" : "");
}

/* Reads a text that lies at the end of its memory, so that a memory checker sees a read behind. */
static enum keyfile_event read_text(const char *path, const char *text, size_t n, char *keys,
                                    struct err *err)
{
    char *exact = malloc(n > 0 ? n : 1);
    struct keyfile file;
    struct tsig_key key;
    enum keyfile_event event;
    if (exact == NULL)
        abort();
    memcpy(exact, text, n);
    *keys = '\0';
    keyfile_init(&file, path, exact, n);
    while ((event = keyfile_next(&file, &key, err)) == KEYFILE_KEY)
        keys = add_key(keys, &key);
    free(exact);
    return event;
}

/* No four characters of the secret in a row. */
static bool shows_secret(const char *text)
{
    char part[5] = "";
    for (size_t i = 0; i + 4 <= strlen(SECRET); i++) {
        memcpy(part, &SECRET[i], 4);
        if (strstr(text, part) != NULL)
            return true;
    }
    return false;
}

static void test_files(void)
{
    static char keys[8192];
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct err err = {.kind = ERR_NONE};
        read_text(good[i].path, good[i].text, strlen(good[i].text), keys, &err);
        is_str(err.text, "", "%s: read", good[i].what);
        is_str(keys, good[i].keys, "%s: the keys", good[i].what);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct err err = {.kind = ERR_NONE};
        bool failed = read_text("f", bad[i].text, strlen(bad[i].text), keys, &err) == KEYFILE_FAIL;
        ok(failed && err.kind == ERR_KEY, "%s: refused", bad[i].what);
        if (!ok(strstr(err.text, bad[i].says) != NULL, "%s: says %s", bad[i].what, bad[i].says))
            diag("%s", err.text);
        ok(!shows_secret(err.text), "%s: nothing of the secret is told", bad[i].what);
    }
}

/* However a good file is cut, there is an answer, and it shows nothing. */
static void test_cuts(void)
{
    static char keys[8192];
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        bool quiet = true;
        for (size_t n = 0; n < strlen(good[i].text); n++) {
            struct err err = {.kind = ERR_NONE};
            read_text(good[i].path, good[i].text, n, keys, &err);
            quiet = quiet && !shows_secret(err.text);
        }
        ok(quiet, "%s: cut at each octet", good[i].what);
    }
}

static void word_is(const char *word, const char *expected)
{
    struct tsig_key key;
    char got[256] = "";
    const char *why = keyfile_word(&key, word, strlen(word));
    if (why == NULL)
        add_key(got, &key);
    is_str(why != NULL ? why : got, expected, "the word %s", word);
}

static void test_words(void)
{
    static const char no_algorithm[] =
        "expected the name of an algorithm, such as hmac-sha256, at one end";
    static const char no_secret[] = "expected a secret in base64, of at most 1024 octets";
    static const char no_name[] = "expected a domain name as name of the key";
    word_is("k:YWI=", "k. hmac-sha256 32 6162 assumed\n");
    word_is("hmac-sha512:k:YWI=", "k. hmac-sha512 64 6162\n");
    word_is("sha1:k.Example:YWI=", "k.example. hmac-sha1 20 6162\n");
    word_is("k:YWI=:hmac-md5", "k. hmac-md5 16 6162\n");
    word_is("k:YWI=:hmac-sha256.", "k. hmac-sha256 32 6162\n");
    word_is("hmac-md5.sig-alg.reg.int:k:YWI=", "k. hmac-md5 16 6162\n");
    word_is("hmac-sha256-128:k:YWI=", "k. hmac-sha256-128 16 6162\n");
    word_is("hmac-sha256:a:b:YWI=", "a\\:b. hmac-sha256 32 6162\n");
    word_is("a:b:YWI=:hmac-sha256", "a\\:b. hmac-sha256 32 6162\n");
    word_is("sha256:YWI=:hmac-sha1", "sha256. hmac-sha1 20 6162\n");
    word_is("hmac-sha1:k:sha1", "k. hmac-sha1 20 b216b5\n"); /* "sha1" is base64 */
    word_is("", "expected a colon between the name of the key and the secret");
    word_is("k", "expected a colon between the name of the key and the secret");
    word_is("k:", "the secret is empty");
    word_is(":YWI=", no_name);
    word_is("k:YWI", no_secret);
    word_is("a:b:YWI=", no_algorithm);
    word_is("hmac-sha256-120:k:YWI=", no_algorithm);
    word_is("hmac-sha1:k:YWI=x", no_secret);
    word_is("hmac-sha1::YWI=", no_name);
    word_is("::", no_algorithm);
}

/* 1 and 1024 octets are a secret, 0 and 1025 are none. */
static void test_lengths(void)
{
    static char word[2048], keys[4096];
    for (size_t octets = 0; octets <= 1026; octets++) {
        struct tsig_key key;
        size_t digits = (octets * 4 + 2) / 3;
        strcpy(word, "k:");
        memset(word + 2, 'A', digits);
        memset(word + 2 + digits, '=', (4 - digits % 4) % 4);
        word[2 + (digits + 3) / 4 * 4] = '\0';
        bool taken = keyfile_word(&key, word, strlen(word)) == NULL;
        if (taken != (octets >= 1 && octets <= 1024) || (taken && key.secret_length != octets))
            ok(false, "a secret of %zu octets", octets);
    }
    ok(true, "secrets of 0 to 1026 octets");
    struct err err = {.kind = ERR_NONE};
    static const char with_nul[] = "key \"a\0b\" { algorithm hmac-sha1; secret " SECRET "; };";
    static const char xz[] = "\xfd"
                             "7zXZ\0\0\4";
    struct err other = {.kind = ERR_NONE};
    ok(read_text("f", xz, sizeof xz - 1, keys, &other) == KEYFILE_FAIL &&
           strstr(other.text, "compressed (xz)") != NULL,
       "xz");
    ok(read_text("f", with_nul, sizeof with_nul - 1, keys, &err) == KEYFILE_FAIL,
       "a NUL in the name");
}

int main(void)
{
    test_files();
    test_cuts();
    test_words();
    test_lengths();
    return tap_end();
}
