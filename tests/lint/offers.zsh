# What zsh offers at the end of a command line, one word a line.
#
# usage: zsh -f offers.zsh FOLDER LINE, where the completion function _zxfr is in FOLDER.
#
# An interactive zsh at a terminal of its own gets the line and a tab. Its compadd, to which all
# completion functions hand their matches, prints what it would have added.

zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PROMPT= RPROMPT=; fpath=(${(q)1} \$fpath); autoload -Uz compinit; compinit -D -u"
zpty -w shell 'compadd() {
    if [[ ${@[1,(i)(-|--)]} == *-[OAD]* ]]; then
        builtin compadd "$@"
        return
    fi
    local -a hits
    builtin compadd -A hits "$@"
    (( $#hits )) && print -rl -- "<"${^hits}">"
    return $(( ! $#hits ))
}
tell() { BUFFER=; print "\nEN""D"; }
zle -N tell
bindkey "^X" tell
print READ""Y'
zpty -r -m shell seen '*READY*'
zpty -w -n shell "$2"$'\t\x18'
zpty -r -m shell seen '*END*'
zpty -d shell
print -r -- "$seen" | tr -d '\r' | grep -o '<[^<>]*>' | tr -d '<>' | sort -u
