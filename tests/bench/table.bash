# shellcheck shell=bash disable=SC2154 # tools and work are set by whoever sources it
# A table of tests/bench/README.md that a program of this folder makes: prints it, puts it there, or holds
# that file against it. Whoever sources this has a folder `work`, an array `tools`, zxfr and those it is
# compared with, and these functions:
#
#   table              prints the table of the tools that are there, and the lines below it, which
#                      name each but zxfr with its version
#   is_there TOOL      whether it is installed
#   version_of TOOL    major and minor, which say enough
#   part_of TOOL       of a table on standard input, what is about the tool
#
#   table_act ACTION PROGRAM   print, update or check; PROGRAM is the name between the marks

readme=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/README.md

table_act() {
    program=$2 first="<!-- made by tests/bench/$2 -->" last='<!-- end -->'
    case $1 in
    print) table ;;
    update) table_update ;;
    check) table_check ;;
    esac
}

table_in_readme() {
    awk -v first="$first" -v last="$last" '$0 == last { inside = 0 } inside
        $0 == first { inside = 1 }' "$readme"
}

table_update() {
    local tool
    for tool in "${tools[@]}"; do
        is_there "$tool" || { echo "$program: $tool is not installed" >&2 && exit 1; }
    done
    grep -qxF -- "$first" "$readme" || { echo "$program: $readme has no marks" >&2 && exit 1; }
    table >"$work/table"
    awk -v first="$first" -v last="$last" -v table="$work/table" '
        $0 == last { inside = 0 }
        !inside { print }
        $0 == first { inside = 1; while ((getline line < table) > 0) print line }' \
        "$readme" >"$work/readme"
    cat "$work/readme" >"$readme"
}

table_check() {
    local failed=0 number=0 tool version skip
    table_in_readme >"$work/told"
    table >"$work/table"
    echo "1..${#tools[@]}"
    for tool in "${tools[@]}"; do
        number=$((number + 1))
        skip=
        if ! is_there "$tool"; then
            skip="$tool is not installed"
        elif [[ $tool != zxfr ]]; then
            version=$(version_of "$tool")
            grep -q "\b$tool $version\b" "$work/told" || skip="the README is about another $tool than $version"
        fi
        if [[ $skip ]]; then
            echo "ok $number - what $tool does # SKIP $skip"
        elif diff <(part_of "$tool" <"$work/told") <(part_of "$tool" <"$work/table") >"$work/diff"; then
            echo "ok $number - what $tool does is what the README tells"
        else
            echo "not ok $number - what $tool does is what the README tells"
            sed 's/^/# /' "$work/diff"
            failed=1
        fi
    done
    return "$failed"
}
