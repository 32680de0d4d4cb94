# fish completion for zxfr; made by: zxfr completion fish

# Prints the first word that could be a command, or get, and behind it a line more where that
# is the zone.
function __zxfr_command
    set -l skip
    for word in (commandline -opc)[2..-1]
        if test -n "$skip"
            set skip
            continue
        end
        switch $word
            case -t --type --since -c --class --origin --include-dir --list --bad-lines --catalog --group --pick --shard -d --dir --diff-dir --keep --unlisted-to --max-unlisted --exec-all --exec-jobs --exec-delay --listen --allow-notify --min-refresh --max-refresh --also --max-lag --rate -p --port -b --bind --connect-timeout --answer-timeout --idle-timeout --max-time --retry -k --key-file --key-name --server-key -y --key --tls-hostname --tls-ca --tls-pin --tls-cert --tls-key -f --format -o --output --diff-to --exec --memory --only --except --ignore --max-records --max-bytes --min-records --max-shrink --max-change --check-cmd --cmd-timeout --keep-refused --level --fail-on --verify --require --trust-anchor --at --clock-skew --min-signature-life --jobs --max-findings --color --report --metrics --metrics-label --record
                set skip yes
            case '-*' '@*' '+*'
            case get convert diff check catalog sync watch audit help version completion
                echo $word
                return
            case '*'
                printf '%s\n' get zone
                return
        end
    end
end

# Whether the command is one of these; '' is none yet.
function __zxfr_is
    set -l command (__zxfr_command)
    contains -- "$command[1]" $argv
end

# Whether the next word may be a zone.
function __zxfr_zone_due
    set -l command (__zxfr_command)
    test -z "$command[2]"; and contains -- "$command[1]" '' get sync watch audit
end

# Prints the zones whose files are in the folder.
function __zxfr_zones
    set -l files *.zone
    string replace -rf '^([A-Za-z0-9_][A-Za-z0-9._-]*)\.zone$' '$1\tzone' -- $files
end

function __zxfr_at
    string match -q '@*' -- (commandline -ct)
end

# The same, or none was typed yet.
function __zxfr_may
    __zxfr_is '' $argv
end

# Prints the words of a list, after those that are there already, with commas. None stands alone.
function __zxfr_list
    set -l lead (commandline -ct | string replace -r -- '^-[^=]*=' '' | string match -r '.*,')
    set -l taken (string split , -- $lead)
    for word in ($argv)
        set -l name (string split \t -- $word)[1]
        contains -- $name $taken
        or test -n "$lead" -a "$name" = none
        or echo "$lead$word"
    end
end

function __zxfr_formats
    __zxfr_may get convert; and printf '%s\t%s\n' \
        'zone' 'master file'
    __zxfr_may get convert diff; and printf '%s\t%s\n' \
        'jsonl' 'JSON, one record a line'
    __zxfr_may get convert diff check catalog audit; and printf '%s\t%s\n' \
        'json' 'one JSON document'
    __zxfr_may get convert diff; and printf '%s\t%s\n' \
        'stats' 'figures'
    __zxfr_may get convert; and printf '%s\t%s\n' \
        'zonemd' 'the ZONEMD records that the zone would have'
    __zxfr_may get convert diff; and printf '%s\t%s\n' \
        'diff' 'changes, a line each' \
        'ixfr' 'changes as a server sends them' \
        'nsupdate' 'changes for nsupdate and knsupdate'
end

function __zxfr_transfers
    printf '%s\t%s\n' \
        'axfr' 'the whole zone' \
        'ixfr=' 'with a serial: what has changed since'
end

function __zxfr_classes
    printf '%s\n' 'IN' 'CH' 'HS'
end

function __zxfr_types
    printf '%s\n' 'A' 'NS' 'MD' 'MF' 'CNAME' 'SOA' 'MB' 'MG' 'MR' 'NULL' 'WKS' 'PTR' 'HINFO' 'MINFO' 'MX' 'TXT' 'RP' 'AFSDB' 'X25' 'ISDN' 'RT' 'NSAP' 'NSAP-PTR' 'SIG' 'KEY' 'PX' 'GPOS' 'AAAA' 'LOC' 'NXT' 'EID' 'NIMLOC' 'SRV' 'ATMA' 'NAPTR' 'KX' 'CERT' 'A6' 'DNAME' 'SINK' 'APL' 'DS' 'SSHFP' 'IPSECKEY' 'RRSIG' 'NSEC' 'DNSKEY' 'DHCID' 'NSEC3' 'NSEC3PARAM' 'TLSA' 'SMIMEA' 'HIP' 'NINFO' 'RKEY' 'TALINK' 'CDS' 'CDNSKEY' 'OPENPGPKEY' 'CSYNC' 'ZONEMD' 'SVCB' 'HTTPS' 'DSYNC' 'HHIT' 'BRID' 'SPF' 'UINFO' 'UID' 'GID' 'UNSPEC' 'NID' 'L32' 'L64' 'LP' 'EUI48' 'EUI64' 'URI' 'CAA' 'AVC' 'DOA' 'AMTRELAY' 'RESINFO' 'WALLET' 'CLA' 'IPN' 'TA' 'DLV' 'WINS' 'WINSR' 'ALIAS' 'LUA'
end

function __zxfr_ignored
    printf '%s\t%s\n' \
        'ttl' 'TTLs' \
        'serial' 'the serial of the SOA' \
        'soa' 'the SOA' \
        'dnssec' 'what signing a zone adds to it' \
        'zonemd' 'ZONEMD and the signatures over it'
end

function __zxfr_colors
    printf '%s\t%s\n' \
        'auto' 'where the output is a terminal' \
        'always' 'wherever it goes' \
        'never' 'nowhere'
end

function __zxfr_commands
    printf '%s\t%s\n' \
        'get' 'transfer a zone, or what has changed in it; need not be named' \
        'convert' 'write the zone of a file in any format' \
        'diff' 'tell what turns one zone into another' \
        'check' 'tell whether zones are good' \
        'catalog' 'list the member zones of a catalog zone' \
        'sync' 'bring the files of many zones up to date, once' \
        'watch' 'bring the files of many zones up to date, and keep them so' \
        'audit' 'tell who transfers a zone to anyone, who is behind, who differs' \
        'help' 'print the help, or that of a command' \
        'version' 'print the version, and those of libraries and sandbox' \
        'completion' 'print what completes zxfr\'s words in a shell'
end

function __zxfr_shells
    printf '%s\n' 'bash' 'zsh' 'fish'
end

function __zxfr_fail-on
    __zxfr_may check; and printf '%s\t%s\n' \
        'error' 'check: an error' \
        'warning' 'check: a warning, or an error' \
        'info' 'check: whatever is found'
    __zxfr_may audit; and printf '%s\t%s\n' \
        'open' 'audit: anybody gets the zone' \
        'lag' 'audit: a server is behind' \
        'differs' 'audit: other content at the same serial' \
        'lame' 'audit: a server without authority' \
        'unsigned' 'audit: no signatures where there should be' \
        'timeout' 'audit: a server does not answer'
end

function __zxfr_proofs
    printf '%s\t%s\n' \
        'zonemd' 'a digest of the zone' \
        'dnssec' 'signatures' \
        'none' 'nothing, whatever was named before'
end

function __zxfr_bad-lines
    printf '%s\t%s\n' \
        'stop' 'ask nothing: exit status 2' \
        'skip' 'leave them out, and tell them'
end

function __zxfr_rules
    printf '%s\n' 'no-soa=' 'no-ns=' 'one-ns=' 'ns-no-address=' 'ns-cname=' 'soa-timers=' 'soa-expire=' 'cname-and-other=' 'several-cnames=' 'below-dname=' 'dname-and-ns=' 'wildcard-ns=' 'malformed=' 'length=' 'ds-no-ns=' 'no-glue=' 'some-glue=' 'delegation-cname=' 'target-cname=' 'target-twice=' 'target-address=' 'ttls-differ=' 'ttls-differ-signed=' 'large-rrset=' 'duplicate=' 'occluded=' 'host-name=' 'unsigned=' 'dnssec-remains=' 'stripped=' 'no-signatures=' 'rrset-unsigned=' 'rrset-bogus=' 'rrset-expired=' 'rrset-early=' 'all-expired=' 'rrset-unverifiable=' 'rrset-too-large=' 'too-much-work=' 'signature-wrong=' 'signature-bad=' 'signature-old=' 'signature-skew=' 'signature-surplus=' 'signature-alone=' 'original-ttl=' 'signature-ttl=' 'expires-soon=' 'algorithm-missing=' 'algorithm-of-anchor=' 'key-forgeable=' 'key-unfit=' 'key-malformed=' 'key-exponent=' 'key-unknown=' 'key-sha1=' 'key-revoked=' 'dnskey-elsewhere=' 'ds-at-apex=' 'ds-sha1=' 'ds-sha1-too=' 'anchor=' 'anchor-idle=' 'anchor-revoked=' 'cds-signature=' 'cds-no-key=' 'cds-other=' 'cds-delete=' 'cds-delete-beside=' 'signer-state=' 'not-judged=' 'no-denial=' 'nsec-missing=' 'nsec-next=' 'nsec-bitmap=' 'nsec-several=' 'nsec-surplus=' 'nsec-empty=' 'nsec-incomplete=' 'bitmap-form=' 'nsec3-missing=' 'nsec3-next=' 'nsec3-bitmap=' 'nsec3-nsec-bit=' 'nsec3-surplus=' 'nsec3-several=' 'nsec3-beside=' 'nsec3-owner=' 'nsec3-flags=' 'nsec3-leftover=' 'nsec3-chains=' 'nsec3param-ignored=' 'nsec3-iterations=' 'nsec3-many-iterations=' 'nsec3-work=' 'nsec3-algorithm=' 'denial-both=' 'denial-ttl=' 'denial-ttl-minimum=' 'zonemd-absent=' 'zonemd-unsupported=' 'zonemd-serial=' 'zonemd-duplicate=' 'zonemd-length=' 'zonemd-mismatch=' 'zonemd-other=' 'zonemd-stripped=' 'require-zonemd=' 'require-dnssec=' 'min-signature-life='
end

complete -c zxfr -f
complete -c zxfr -n '__zxfr_is ""' -a '(__zxfr_commands)'
complete -c zxfr -n '__zxfr_zone_due' -a '(__zxfr_zones)'
complete -c zxfr -n '__zxfr_at' -a '@(__fish_print_hostnames)'
complete -c zxfr -n '__zxfr_is convert diff check catalog' -F
complete -c zxfr -n '__zxfr_is get' -a '(__zxfr_transfers)'
complete -c zxfr -n '__zxfr_is help' -a '(__zxfr_commands)'
complete -c zxfr -n '__zxfr_is completion' -a '(__zxfr_shells)'
complete -c zxfr -n '__zxfr_may get' -s t -l type -x -a '(__zxfr_transfers)' -d 'kind of transfer (default axfr)'
complete -c zxfr -n '__zxfr_may get' -l since -x -d 'the same as ixfr=SERIAL: what has changed since then'
complete -c zxfr -n '__zxfr_may get convert' -l condense -d 'of several steps of changes: their net effect'
complete -c zxfr -n '__zxfr_may get sync watch' -l no-fallback -d 'with --update, and in sync: fail rather than ask for the whole zone in place of changes'
complete -c zxfr -n '__zxfr_may get convert sync watch' -l allow-older -d 'with -o, and in sync: replace FILE by a zone whose serial is older, too'
complete -c zxfr -n '__zxfr_may get convert diff check catalog sync watch audit' -s c -l class -x -a '(__zxfr_classes)' -d 'class of the zone: IN (the default), CH, HS or CLASSn'
complete -c zxfr -n '__zxfr_may convert diff check catalog' -l origin -x -d 'the zone of a file that does not tell, or the one of several that is wanted'
complete -c zxfr -n '__zxfr_may convert diff check' -l accept-incomplete -d 'take a file that says that it is not whole'
complete -c zxfr -n '__zxfr_may convert diff check catalog' -l include-dir -r -F -d 'look for what $INCLUDE names under DIR next'
complete -c zxfr -n '__zxfr_may convert diff check catalog' -l no-include -d 'refuse a file that includes another one'
complete -c zxfr -l list-types -d 'list the RR types with their fields, and stop'
complete -c zxfr -n '__zxfr_may sync watch audit' -l list -r -F -d 'take the zones from FILE, one a line, each with options of its own'
complete -c zxfr -n '__zxfr_may sync watch' -l bad-lines -x -a '(__zxfr_bad-lines)' -d 'what to do about bad lines of the list (default stop)'
complete -c zxfr -n '__zxfr_may sync watch' -l catalog -x -d 'take the member zones of this catalog zone (several may be given)'
complete -c zxfr -n '__zxfr_may sync watch' -l group -x -d 'with --catalog: the members of this group only (several may be given)'
complete -c zxfr -n '__zxfr_may sync watch' -l allow-empty -d 'take a catalog without members, or a list without zones'
complete -c zxfr -n '__zxfr_may sync watch' -l pick -x -d 'this one of all these zones only (several may be given)'
complete -c zxfr -n '__zxfr_may sync watch' -l shard -x -d 'one of N parts of all these zones only: I is 0 to N-1'
complete -c zxfr -n '__zxfr_may sync watch' -s d -l dir -r -F -d 'the folder of the files, NAME.zone (default .)'
complete -c zxfr -n '__zxfr_may sync watch' -l diff-dir -r -F -d 'write what has changed in each zone to DIR, as NAME.OLD-NEW.diff'
complete -c zxfr -n '__zxfr_may sync watch' -l keep -x -d 'keep the last N old files of each zone, in .old in the folder'
complete -c zxfr -n '__zxfr_may sync watch' -l adopt -d 'take over files that zxfr has not written; the old ones are kept'
complete -c zxfr -n '__zxfr_may sync watch' -l unlisted-to -r -F -d 'move files that belong to no zone of the list or the catalogs to DIR'
complete -c zxfr -n '__zxfr_may sync watch' -l max-unlisted -x -d 'fail if more of the files belong to no zone (default 20)'
complete -c zxfr -n '__zxfr_may sync' -l recheck -d 'read every file to its end, and judge also those that stay'
complete -c zxfr -n '__zxfr_may sync' -s n -l dry-run -d 'only ask for serials, and tell what would change'
complete -c zxfr -n '__zxfr_may sync watch' -l exec-all -x -d 'run the command CMD once after all, and let it read a line for each changed zone'
complete -c zxfr -n '__zxfr_may sync watch' -l exec-jobs -x -d 'how many commands of --exec may run at once (default 1)'
complete -c zxfr -n '__zxfr_may watch' -l exec-delay -x -d 'how long the command of --exec-all waits for more changes (default 2s)'
complete -c zxfr -n '__zxfr_may watch' -l listen -x -d 'take NOTIFY at this address, over UDP and TCP (several may be given; port 53)'
complete -c zxfr -n '__zxfr_may watch' -l allow-notify -x -d 'an address or a prefix, as 192.0.2.0/24, that may notify (several may be given)'
complete -c zxfr -n '__zxfr_may watch' -l min-refresh -x -d 'ask for no zone more often than that by itself (default 1m)'
complete -c zxfr -n '__zxfr_may watch' -l max-refresh -x -d '... nor less often (default 1d)'
complete -c zxfr -n '__zxfr_may audit' -l also -x -d 'compare with this server, too, such as a hidden primary (several may be given)'
complete -c zxfr -n '__zxfr_may audit' -l content -d 'read each zone whole, and compare the sums of the contents'
complete -c zxfr -n '__zxfr_may audit' -l max-lag -x -d 'how many serial steps a server may be behind, or for how long (default 0)'
complete -c zxfr -n '__zxfr_may audit' -l diff -d 'print what differs between the first two servers with other content at one serial'
complete -c zxfr -n '__zxfr_may audit' -l rate -x -d 'ask no address more often than N times a second (default 5; 0: no limit)'
complete -c zxfr -n '__zxfr_may get diff check catalog sync watch audit' -s p -l port -x -d 'port of servers given without one (default 53; with TLS 853)'
complete -c zxfr -n '__zxfr_may get diff check catalog sync watch audit' -s 4 -l ipv4 -d 'use IPv4 addresses only'
complete -c zxfr -n '__zxfr_may get diff check catalog sync watch audit' -s 6 -l ipv6 -d 'use IPv6 addresses only'
complete -c zxfr -n '__zxfr_may get diff check catalog sync watch audit' -s b -l bind -x -d 'connect from this local address'
complete -c zxfr -n '__zxfr_may get diff check catalog sync watch audit' -l connect-timeout -x -d 'longest time to connect to one address (default 3s)'
complete -c zxfr -n '__zxfr_may get diff check catalog sync watch audit' -l answer-timeout -x -d 'longest time until an answer begins (default 10s)'
complete -c zxfr -n '__zxfr_may get diff check catalog sync watch audit' -l idle-timeout -x -d 'longest time without an octet of an answer that has begun (default 60s)'
complete -c zxfr -n '__zxfr_may get convert diff check catalog sync watch audit' -l max-time -x -d 'longest time for everything, of many zones for each (default 2h; 0: no limit)'
complete -c zxfr -n '__zxfr_may get diff check catalog sync watch' -l retry -x -d 'after failures that may pass try all servers again, N times (default 0)'
complete -c zxfr -n '__zxfr_may get convert diff check catalog sync watch audit' -s k -l key-file -r -F -d 'sign with the key in FILE, in the syntax of any server'
complete -c zxfr -n '__zxfr_may get convert diff check catalog sync watch audit' -l key-name -x -d 'with -k: the key of this name, where FILE holds several'
complete -c zxfr -n '__zxfr_may get diff check catalog sync watch audit' -l server-key -x -d 'sign with the key in FILE for this server, given as after @'
complete -c zxfr -n '__zxfr_may get convert diff check catalog sync watch audit' -s y -l key -x -d 'sign with this key; -k is safer'
complete -c zxfr -n '__zxfr_may get diff check catalog sync watch audit' -l tls -d 'transfer over TLS, from a server that proves who it is'
complete -c zxfr -n '__zxfr_may get diff check catalog sync watch audit' -l tls-hostname -x -d 'name, or address, that its certificate must be for'
complete -c zxfr -n '__zxfr_may get diff check catalog sync watch audit' -l tls-ca -r -F -d 'trust these certificates (PEM file or folder), not the system\'s'
complete -c zxfr -n '__zxfr_may get diff check catalog sync watch audit' -l tls-pin -x -d 'trust the server that has this public key (several may be given)'
complete -c zxfr -n '__zxfr_may get diff check catalog sync watch audit' -l tls-cert -r -F -d 'our own certificate and its chain (PEM), for servers that want one'
complete -c zxfr -n '__zxfr_may get diff check catalog sync watch audit' -l tls-key -r -F -d 'the key of our certificate, if not in the same file'
complete -c zxfr -n '__zxfr_may get diff check catalog sync watch audit' -l tls-alpn -d 'insist that the server selects DNS over TLS (ALPN dot)'
complete -c zxfr -n '__zxfr_may get diff check catalog sync watch audit' -l tls-insecure -d 'encrypt only: do not authenticate the server'
complete -c zxfr -n '__zxfr_may get convert diff check catalog audit' -s f -l format -x -a '(__zxfr_formats)' -d 'format of the output (default zone; of changes diff)'
complete -c zxfr -n '__zxfr_may get convert diff' -s o -l output -r -F -d 'replace FILE once the zone is complete, and only then'
complete -c zxfr -n '__zxfr_may get convert diff' -l whole -d 'let nothing out before the zone is complete'
complete -c zxfr -n '__zxfr_may get' -l update -d 'with -o: bring FILE up to date by changes (IXFR)'
complete -c zxfr -n '__zxfr_may get' -l diff-to -r -F -d 'with --update: write what has changed (as format diff) to FILE'
complete -c zxfr -n '__zxfr_may get convert diff' -l touch -d 'with -o: renew the time of a FILE that stays the same'
complete -c zxfr -n '__zxfr_may get convert diff sync watch' -l wait -d 'queue after another run that writes FILE, or works in DIR'
complete -c zxfr -n '__zxfr_may get convert' -l force -d 'with -o: replace FILE even if it holds another zone'
complete -c zxfr -n '__zxfr_may get convert sync watch' -l exec -x -d 'run the command CMD after FILE was replaced, at least once'
complete -c zxfr -n '__zxfr_may get convert' -l sort -d 'write in canonical order and form, duplicates merged'
complete -c zxfr -n '__zxfr_may get convert' -l keep-case -d 'with --sort: leave the letter case of names as it came'
complete -c zxfr -n '__zxfr_may get convert diff sync watch' -l memory -x -d 'sort in so much memory, and in TMPDIR; of many zones transfer few while they take more (default 1G)'
complete -c zxfr -n '__zxfr_may get convert diff' -l relative -d 'write names relative to the zone'
complete -c zxfr -n '__zxfr_may get convert diff' -l pretty -d 'write for the eye: columns, each owner once, the SOA explained'
complete -c zxfr -n '__zxfr_may get convert diff' -l no-class -d 'leave out the class'
complete -c zxfr -n '__zxfr_may get convert diff' -l no-ttl -d 'leave out the TTL'
complete -c zxfr -n '__zxfr_may get convert diff' -l generic -d 'write every type in the generic form of RFC 3597'
complete -c zxfr -n '__zxfr_may get convert diff' -l modern -d 'write the mnemonic of every type, known to all readers or not'
complete -c zxfr -n '__zxfr_may get convert diff' -l typed -d 'in JSON: also a member for each field of the RDATA'
complete -c zxfr -n '__zxfr_may get convert diff' -l with-dnssec -d 'nsupdate: tell also what signing a zone makes'
complete -c zxfr -n '__zxfr_may get convert diff' -l split -d 'nsupdate: as many updates as the changes take, which is not atomic'
complete -c zxfr -n '__zxfr_may get convert diff' -l only -x -a '(__zxfr_list __zxfr_types)' -d 'write only these types (A,AAAA,...) and the SOA'
complete -c zxfr -n '__zxfr_may get convert diff' -l except -x -a '(__zxfr_list __zxfr_types)' -d 'leave these types out'
complete -c zxfr -n '__zxfr_may get convert diff' -l no-dnssec -d 'leave out what signing a zone adds; DS and ZONEMD stay'
complete -c zxfr -n '__zxfr_may diff' -l ignore -x -a '(__zxfr_list __zxfr_ignored)' -d 'make no difference of what the list names'
complete -c zxfr -n '__zxfr_may diff' -l case -d 'letter case makes a difference, in names too'
complete -c zxfr -n '__zxfr_may diff' -s N -l new-file -d 'a file that is missing is an empty zone'
complete -c zxfr -n '__zxfr_may diff' -l stat -d 'only the changed names, and how much of each type has changed'
complete -c zxfr -n '__zxfr_may get convert diff check catalog sync watch audit' -l max-records -x -d 'stop at more than N records'
complete -c zxfr -n '__zxfr_may get diff check catalog sync watch audit' -l max-bytes -x -d 'stop at more than N octets received or written'
complete -c zxfr -n '__zxfr_may get convert diff sync watch' -l min-records -x -d 'refuse a zone of fewer than N records'
complete -c zxfr -n '__zxfr_may get convert sync watch' -l max-shrink -x -d 'refuse a zone that has lost more of FILE\'s records'
complete -c zxfr -n '__zxfr_may get convert sync watch' -l max-change -x -d 'refuse a zone with more changes; @: at the apex'
complete -c zxfr -n '__zxfr_may get convert sync watch' -l check-cmd -x -d 'refuse a zone with which this command fails'
complete -c zxfr -n '__zxfr_may get convert sync watch' -l cmd-timeout -x -d 'longest time for a command (default 5m; 0: no limit)'
complete -c zxfr -n '__zxfr_may get convert sync watch' -l keep-refused -r -F -d 'keep what was refused in this folder, as NAME.SERIAL.zone'
complete -c zxfr -n '__zxfr_may get convert diff sync watch' -l strict -d 'fail where there would be a warning'
complete -c zxfr -n '__zxfr_may get convert diff check catalog sync watch audit' -l no-sandbox -d 'keep all rights to files, ports and system calls'
complete -c zxfr -n '__zxfr_may check' -l level -x -a '(__zxfr_rules)' -d 'what a finding of the rule is: error, warning, info or off'
complete -c zxfr -n '__zxfr_may check audit' -l fail-on -x -a '(__zxfr_list __zxfr_fail-on)' -d 'exit 1 on findings of this level (default error); audit: on these problems'
complete -c zxfr -n '__zxfr_may audit' -l allow-open -d 'take it for right that anybody may transfer the zone'
complete -c zxfr -n '__zxfr_may get convert sync watch' -l verify -x -a '(__zxfr_list __zxfr_proofs)' -d 'refuse a zone whose zonemd, dnssec is wrong, or has gone'
complete -c zxfr -n '__zxfr_may get convert check sync watch' -l require -x -a '(__zxfr_list __zxfr_proofs)' -d 'refuse a zone that does not prove itself by zonemd, dnssec'
complete -c zxfr -n '__zxfr_may get convert sync watch' -l allow-unsigned -d 'with --verify: take a zone that has lost its ZONEMD or signatures'
complete -c zxfr -n '__zxfr_may get convert check sync watch' -l trust-anchor -r -F -d 'DS or DNSKEY records that the keys of zones must lead to'
complete -c zxfr -n '__zxfr_may check' -l at -x -d 'judge signatures as of then: +7d, 2026-12-24, 2026-12-24T18:00:00Z'
complete -c zxfr -n '__zxfr_may get convert check sync watch' -l clock-skew -x -d 'by how much the signer\'s clock may be ahead (default 5m)'
complete -c zxfr -n '__zxfr_may get convert check sync watch' -l min-signature-life -x -d 'refuse a zone whose signatures expire before that'
complete -c zxfr -n '__zxfr_may get convert check sync watch' -l jobs -x -d 'threads for signatures; without the option one for each processor'
complete -c zxfr -l list-rules -d 'list the rules of check with their levels, and stop'
complete -c zxfr -n '__zxfr_may get convert diff check catalog sync watch' -l max-findings -x -d 'how many errors of a file are told, or findings (default 20; in check 100)'
complete -c zxfr -n '__zxfr_may get convert diff check catalog sync watch audit' -s v -l verbose -d 'tell how the transfer goes; -vv: each message, too'
complete -c zxfr -n '__zxfr_may get convert diff check catalog sync watch audit' -s q -l quiet -d 'print errors only, no warnings'
complete -c zxfr -n '__zxfr_may get convert diff check catalog sync audit' -l progress -d 'show progress (default where standard error is a terminal)'
complete -c zxfr -n '__zxfr_may get convert diff check catalog sync audit' -l no-progress -d 'show no progress'
complete -c zxfr -n '__zxfr_may get convert diff check catalog sync watch audit' -l color -x -a '(__zxfr_colors)' -d 'colours in messages, changes, findings, tables and --pretty (default auto)'
complete -c zxfr -n '__zxfr_may get convert sync' -l exit-code -d 'exit 1 if FILE was replaced, 0 if it stayed the same; in sync: any file'
complete -c zxfr -n '__zxfr_may get convert diff sync watch' -l report -r -F -d 'write what happened to FILE, as a JSON document; of many zones: as JSON Lines'
complete -c zxfr -n '__zxfr_may sync watch' -l metrics -r -F -d 'write figures of the run and of each zone to FILE, for Prometheus'
complete -c zxfr -n '__zxfr_may sync watch' -l metrics-label -x -d 'put this label on all of them'
complete -c zxfr -n '__zxfr_may get' -l record -r -F -d 'write the conversation with the servers to FILE, as it happens'
complete -c zxfr -s h -l help -d 'print this help, or that of the command, and stop; -h: one screen'
complete -c zxfr -s V -l version -d 'print the version, and stop'
