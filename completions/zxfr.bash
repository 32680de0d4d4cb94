# bash completion for zxfr; made by: zxfr completion bash
_zxfr() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()
    # --name=value comes as three words.
    [[ $cur == = ]] && cur='' prev=${COMP_WORDS[COMP_CWORD - 1]}
    [[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}
    case $prev in
    completion) mapfile -t COMPREPLY < <(compgen -W 'bash zsh fish' -- "$cur") && return ;;
    -t | --type) mapfile -t COMPREPLY < <(compgen -W 'axfr ixfr=' -- "$cur") && return ;;
    --since) return ;;
    -c | --class) mapfile -t COMPREPLY < <(compgen -W 'IN CH HS' -- "$cur") && return ;;
    --origin) return ;;
    -p | --port) return ;;
    -b | --bind) return ;;
    --connect-timeout) return ;;
    --idle-timeout) return ;;
    --max-time) return ;;
    --retry) return ;;
    -k | --key-file) mapfile -t COMPREPLY < <(compgen -f -- "$cur") && return ;;
    --key-name) return ;;
    --server-key) return ;;
    -y | --key) return ;;
    --tls-hostname) return ;;
    --tls-ca) mapfile -t COMPREPLY < <(compgen -f -- "$cur") && return ;;
    --tls-pin) return ;;
    --tls-cert) mapfile -t COMPREPLY < <(compgen -f -- "$cur") && return ;;
    --tls-key) mapfile -t COMPREPLY < <(compgen -f -- "$cur") && return ;;
    -f | --format) mapfile -t COMPREPLY < <(compgen -W 'zone jsonl json stats diff ixfr nsupdate' -- "$cur") && return ;;
    -o | --output) mapfile -t COMPREPLY < <(compgen -f -- "$cur") && return ;;
    --diff-to) mapfile -t COMPREPLY < <(compgen -f -- "$cur") && return ;;
    --only) return ;;
    --except) return ;;
    --ignore) return ;;
    --max-records) return ;;
    --max-bytes) return ;;
    --min-records) return ;;
    --max-shrink) return ;;
    --color) mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$cur") && return ;;
    --report) mapfile -t COMPREPLY < <(compgen -f -- "$cur") && return ;;
    --record) mapfile -t COMPREPLY < <(compgen -f -- "$cur") && return ;;
    esac
    if [[ $cur != -* ]]; then
        [[ " ${COMP_WORDS[*]:0:COMP_CWORD} " == *' '@(convert|diff)' '* ]] &&
            mapfile -t COMPREPLY < <(compgen -f -- "$cur") && return
        ((COMP_CWORD == 1)) || return
        mapfile -t COMPREPLY < <(compgen -W 'get convert diff help version completion' -- "$cur")
        return
    fi
    mapfile -t COMPREPLY < <(compgen -W '-t --type
        --since
        --condense
        --no-fallback
        --allow-older
        -c --class
        --origin
        --accept-incomplete
        --list-types
        -p --port
        -4 --ipv4
        -6 --ipv6
        -b --bind
        --connect-timeout
        --idle-timeout
        --max-time
        --retry
        -k --key-file
        --key-name
        --server-key
        -y --key
        --tls
        --tls-hostname
        --tls-ca
        --tls-pin
        --tls-cert
        --tls-key
        --tls-alpn
        --tls-insecure
        -f --format
        -o --output
        --whole
        --update
        --diff-to
        --touch
        --wait
        --sort
        --keep-case
        --relative
        --pretty
        --no-class
        --no-ttl
        --generic
        --modern
        --typed
        --with-dnssec
        --split
        --only
        --except
        --no-dnssec
        --ignore
        --case
        -N --new-file
        --stat
        --max-records
        --max-bytes
        --min-records
        --max-shrink
        --strict
        -v --verbose
        -q --quiet
        --progress
        --no-progress
        --color
        --exit-code
        --report
        --record
        -h --help
        -V --version' -- "$cur")
}
complete -o filenames -F _zxfr zxfr
