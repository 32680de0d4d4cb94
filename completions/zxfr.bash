# bash completion for zxfr; made by: zxfr completion bash

# Sets command to the first word that could be one, or to get where that is the zone.
_zxfr_command() {
    local i
    command='' zone=''
    for ((i = 1; i < ${#words[@]} - 1; i++)); do
        case ${words[i]} in
        -t | --type | --since | -c | --class | --origin | --include-dir | --list | --bad-lines | --catalog | --group | --pick | --shard | -d | --dir | --diff-dir | --keep | --unlisted-to | --max-unlisted | --exec-all | --exec-jobs | --exec-delay | --listen | --allow-notify | --min-refresh | --max-refresh | --also | --max-lag | --rate | -p | --port | -b | --bind | --connect-timeout | --answer-timeout | --idle-timeout | --max-time | --retry | -k | --key-file | --key-name | --server-key | -y | --key | --tls-hostname | --tls-ca | --tls-pin | --tls-cert | --tls-key | -f | --format | -o | --output | --diff-to | --exec | --memory | --only | --except | --ignore | --max-records | --max-bytes | --min-records | --max-shrink | --max-change | --check-cmd | --cmd-timeout | --keep-refused | --level | --fail-on | --verify | --require | --trust-anchor | --at | --clock-skew | --min-signature-life | --jobs | --max-findings | --color | --report | --metrics | --metrics-label | --record) ((i++)) ;;
        -* | @* | +*) ;;
        get | convert | diff | check | catalog | sync | watch | audit | help | version | completion) command=${words[i]} && break ;;
        *) command='get' zone=yes && break ;;
        esac
    done
}

# Sets list to the options of the command; without one to all.
_zxfr_options() {
    list=''
    [[ $command == @(|get) ]] && list+=' -t --type --since'
    [[ $command == @(|get|convert) ]] && list+=' --condense'
    [[ $command == @(|get|sync|watch) ]] && list+=' --no-fallback'
    [[ $command == @(|get|convert|sync|watch) ]] && list+=' --allow-older'
    [[ $command == @(|get|convert|diff|check|catalog|sync|watch|audit) ]] && list+=' -c --class'
    [[ $command == @(|convert|diff|check|catalog) ]] && list+=' --origin'
    [[ $command == @(|convert|diff|check) ]] && list+=' --accept-incomplete'
    [[ $command == @(|convert|diff|check|catalog) ]] && list+=' --include-dir --no-include'
    list+=' --list-types'
    [[ $command == @(|sync|watch|audit) ]] && list+=' --list'
    [[ $command == @(|sync|watch) ]] && list+=' --bad-lines --catalog --group --allow-empty --pick --shard -d --dir --diff-dir --keep --adopt --unlisted-to --max-unlisted'
    [[ $command == @(|sync) ]] && list+=' --recheck -n --dry-run'
    [[ $command == @(|sync|watch) ]] && list+=' --exec-all --exec-jobs'
    [[ $command == @(|watch) ]] && list+=' --exec-delay --listen --allow-notify --min-refresh --max-refresh'
    [[ $command == @(|audit) ]] && list+=' --also --content --max-lag --diff --rate'
    [[ $command == @(|get|diff|check|catalog|sync|watch|audit) ]] && list+=' -p --port -4 --ipv4 -6 --ipv6 -b --bind --connect-timeout --answer-timeout --idle-timeout'
    [[ $command == @(|get|convert|diff|check|catalog|sync|watch|audit) ]] && list+=' --max-time'
    [[ $command == @(|get|diff|check|catalog|sync|watch) ]] && list+=' --retry'
    [[ $command == @(|get|convert|diff|check|catalog|sync|watch|audit) ]] && list+=' -k --key-file --key-name'
    [[ $command == @(|get|diff|check|catalog|sync|watch|audit) ]] && list+=' --server-key'
    [[ $command == @(|get|convert|diff|check|catalog|sync|watch|audit) ]] && list+=' -y --key'
    [[ $command == @(|get|diff|check|catalog|sync|watch|audit) ]] && list+=' --tls --tls-hostname --tls-ca --tls-pin --tls-cert --tls-key --tls-alpn --tls-insecure'
    [[ $command == @(|get|convert|diff|check|catalog|audit) ]] && list+=' -f --format'
    [[ $command == @(|get|convert|diff) ]] && list+=' -o --output --whole'
    [[ $command == @(|get) ]] && list+=' --update --diff-to'
    [[ $command == @(|get|convert|diff) ]] && list+=' --touch'
    [[ $command == @(|get|convert|diff|sync|watch) ]] && list+=' --wait'
    [[ $command == @(|get|convert) ]] && list+=' --force'
    [[ $command == @(|get|convert|sync|watch) ]] && list+=' --exec'
    [[ $command == @(|get|convert) ]] && list+=' --sort --keep-case'
    [[ $command == @(|get|convert|diff|sync|watch) ]] && list+=' --memory'
    [[ $command == @(|get|convert|diff) ]] && list+=' --relative --pretty --no-class --no-ttl --generic --modern --typed --with-dnssec --split --only --except --no-dnssec'
    [[ $command == @(|diff) ]] && list+=' --ignore --case -N --new-file --stat'
    [[ $command == @(|get|convert|diff|check|catalog|sync|watch|audit) ]] && list+=' --max-records'
    [[ $command == @(|get|diff|check|catalog|sync|watch|audit) ]] && list+=' --max-bytes'
    [[ $command == @(|get|convert|diff|sync|watch) ]] && list+=' --min-records'
    [[ $command == @(|get|convert|sync|watch) ]] && list+=' --max-shrink --max-change --check-cmd --cmd-timeout --keep-refused'
    [[ $command == @(|get|convert|diff|sync|watch) ]] && list+=' --strict'
    [[ $command == @(|get|convert|diff|check|catalog|sync|watch|audit) ]] && list+=' --no-sandbox'
    [[ $command == @(|check) ]] && list+=' --level'
    [[ $command == @(|check|audit) ]] && list+=' --fail-on'
    [[ $command == @(|audit) ]] && list+=' --allow-open'
    [[ $command == @(|get|convert|sync|watch) ]] && list+=' --verify'
    [[ $command == @(|get|convert|check|sync|watch) ]] && list+=' --require'
    [[ $command == @(|get|convert|sync|watch) ]] && list+=' --allow-unsigned'
    [[ $command == @(|get|convert|check|sync|watch) ]] && list+=' --trust-anchor'
    [[ $command == @(|check) ]] && list+=' --at'
    [[ $command == @(|get|convert|check|sync|watch) ]] && list+=' --clock-skew --min-signature-life --jobs'
    list+=' --list-rules'
    [[ $command == @(|get|convert|diff|check|catalog|sync|watch) ]] && list+=' --max-findings'
    [[ $command == @(|get|convert|diff|check|catalog|sync|watch|audit) ]] && list+=' -v --verbose -q --quiet'
    [[ $command == @(|get|convert|diff|check|catalog|sync|audit) ]] && list+=' --progress --no-progress'
    [[ $command == @(|get|convert|diff|check|catalog|sync|watch|audit) ]] && list+=' --color'
    [[ $command == @(|get|convert|sync) ]] && list+=' --exit-code'
    [[ $command == @(|get|convert|diff|sync|watch) ]] && list+=' --report'
    [[ $command == @(|sync|watch) ]] && list+=' --metrics --metrics-label'
    [[ $command == @(|get) ]] && list+=' --record'
    list+=' -h --help -V --version'
}

# Adds the zones to list whose files are in the folder. What is not in plain letters bash
# would expand.
_zxfr_zones() {
    local file
    for file in *.zone; do
        [[ -f $file && $file =~ ^[A-Za-z0-9_][A-Za-z0-9._-]*$ ]] && list+=" ${file%.zone}"
    done
}

# Sets list or files to what may stand where a word stands.
_zxfr_words() {
    case $command in
    '') list='get convert diff check catalog sync watch audit help version completion' && _zxfr_zones ;;
    convert | diff | check | catalog) files=yes ;;
    sync | watch | audit) _zxfr_zones ;;
    get)
        list='axfr ixfr='
        [[ $zone ]] || _zxfr_zones
        ;;
    help) list='get convert diff check catalog sync watch audit help version completion' ;;
    completion) list='bash zsh fish' ;;
    esac
}

_zxfr() {
    local words cur prev command zone list='' files='' hosts='' many='' value='' lead='' last taken word left=''
    # As they are on the line, where a blank after a backslash does not end a word: bash
    # itself cuts words at = : @.
    # shellcheck disable=SC2162
    read -a words <<<"${COMP_LINE:0:COMP_POINT}"
    [[ ${COMP_LINE:0:COMP_POINT} == *[[:blank:]] ]] && words+=('')
    COMPREPLY=()
    ((${#words[@]} > 1)) || return
    _zxfr_command
    cur=${words[-1]} prev=${words[-2]}
    if [[ $cur == --*=* ]]; then
        value=yes prev=${cur%%=*} cur=${cur#*=}
        # What comes before is kept, unless bash takes what comes after it for a word.
        [[ $COMP_WORDBREAKS == *=* ]] || lead=$prev=
    fi
    case $prev in
    -f | --format)
        [[ $command == @(|get|convert) ]] && list+=' zone'
        [[ $command == @(|get|convert|diff) ]] && list+=' jsonl'
        [[ $command == @(|get|convert|diff|check|catalog|audit) ]] && list+=' json'
        [[ $command == @(|get|convert|diff) ]] && list+=' stats'
        [[ $command == @(|get|convert) ]] && list+=' zonemd'
        [[ $command == @(|get|convert|diff) ]] && list+=' diff ixfr nsupdate'
        ;;
    -t | --type) list='axfr ixfr=' ;;
    -c | --class) list='IN CH HS' ;;
    --only | --except) list='A NS MD MF CNAME SOA MB MG MR NULL WKS PTR HINFO MINFO MX TXT RP AFSDB X25 ISDN RT NSAP NSAP-PTR SIG KEY PX GPOS AAAA LOC NXT EID NIMLOC SRV ATMA NAPTR KX CERT A6 DNAME SINK APL DS SSHFP IPSECKEY RRSIG NSEC DNSKEY DHCID NSEC3 NSEC3PARAM TLSA SMIMEA HIP NINFO RKEY TALINK CDS CDNSKEY OPENPGPKEY CSYNC ZONEMD SVCB HTTPS DSYNC HHIT BRID SPF UINFO UID GID UNSPEC NID L32 L64 LP EUI48 EUI64 URI CAA AVC DOA AMTRELAY RESINFO WALLET CLA IPN TA DLV WINS WINSR ALIAS LUA' many=yes ;;
    --ignore) list='ttl serial soa dnssec zonemd' many=yes ;;
    --color) list='auto always never' ;;
    --fail-on)
        [[ $command == @(|check) ]] && list+=' error warning info'
        [[ $command == @(|audit) ]] && list+=' open lag differs lame unsigned timeout'
        many=yes
        ;;
    --verify | --require) list='zonemd dnssec none' many=yes ;;
    --bad-lines) list='stop skip' ;;
    --level) list='no-soa= no-ns= one-ns= ns-no-address= ns-cname= soa-timers= soa-expire= cname-and-other= several-cnames= below-dname= dname-and-ns= wildcard-ns= malformed= length= ds-no-ns= no-glue= some-glue= delegation-cname= target-cname= target-twice= target-address= ttls-differ= ttls-differ-signed= large-rrset= duplicate= occluded= host-name= unsigned= dnssec-remains= stripped= no-signatures= rrset-unsigned= rrset-bogus= rrset-expired= rrset-early= all-expired= rrset-unverifiable= rrset-too-large= too-much-work= signature-wrong= signature-bad= signature-old= signature-skew= signature-surplus= signature-alone= original-ttl= signature-ttl= expires-soon= algorithm-missing= algorithm-of-anchor= key-forgeable= key-unfit= key-malformed= key-exponent= key-unknown= key-sha1= key-revoked= dnskey-elsewhere= ds-at-apex= ds-sha1= ds-sha1-too= anchor= anchor-idle= anchor-revoked= cds-signature= cds-no-key= cds-other= cds-delete= cds-delete-beside= signer-state= not-judged= no-denial= nsec-missing= nsec-next= nsec-bitmap= nsec-several= nsec-surplus= nsec-empty= nsec-incomplete= bitmap-form= nsec3-missing= nsec3-next= nsec3-bitmap= nsec3-nsec-bit= nsec3-surplus= nsec3-several= nsec3-beside= nsec3-owner= nsec3-flags= nsec3-leftover= nsec3-chains= nsec3param-ignored= nsec3-iterations= nsec3-many-iterations= nsec3-work= nsec3-algorithm= denial-both= denial-ttl= denial-ttl-minimum= zonemd-absent= zonemd-unsupported= zonemd-serial= zonemd-duplicate= zonemd-length= zonemd-mismatch= zonemd-other= zonemd-stripped= require-zonemd= require-dnssec= min-signature-life=' ;;
    --include-dir | --list | -d | --dir | --diff-dir | --unlisted-to | -k | --key-file | --tls-ca | --tls-cert | --tls-key | -o | --output | --diff-to | --keep-refused | --trust-anchor | --report | --metrics | --record) files=yes ;;
    --since | --origin | --catalog | --group | --pick | --shard | --keep | --max-unlisted | --exec-all | --exec-jobs | --exec-delay | --listen | --allow-notify | --min-refresh | --max-refresh | --also | --max-lag | --rate | -p | --port | -b | --bind | --connect-timeout | --answer-timeout | --idle-timeout | --max-time | --retry | --key-name | --server-key | -y | --key | --tls-hostname | --tls-pin | --exec | --memory | --max-records | --max-bytes | --min-records | --max-shrink | --max-change | --check-cmd | --cmd-timeout | --at | --clock-skew | --min-signature-life | --jobs | --max-findings | --metrics-label) return ;;
    *)
        [[ $value ]] && return
        case $cur in
        -*) _zxfr_options ;;
        @*) hosts=yes ;;
        +*) return ;;
        *) _zxfr_words ;;
        esac
        ;;
    esac
    if [[ $hosts ]]; then
        [[ $COMP_WORDBREAKS == *@* ]] || lead=@
        mapfile -t COMPREPLY < <(compgen -P "$lead" -A hostname -- "${cur#@}")
        return
    fi
    if [[ $files ]]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -P "$lead" -f -- "$cur")
        return
    fi
    if [[ $many ]]; then
        last=${cur##*,}
        taken=,${cur%"$last"} lead+=${cur%"$last"} cur=$last
        for word in $list; do
            # None stands alone.
            [[ $taken == *,$word,* || ($taken != , && $word == none) ]] || left+=" $word"
        done
        list=$left
    fi
    mapfile -t COMPREPLY < <(compgen -P "$lead" -W "$list" -- "$cur")
    [[ ${COMPREPLY[*]} == *= ]] && compopt -o nospace 2>/dev/null
    return 0
}
complete -F _zxfr zxfr
