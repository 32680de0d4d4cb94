# shellcheck shell=bash
# What tests/run and tests/sanitize have in common: build, run suites, count. To be sourced at the
# top of the source, beside install.bash.
#
#   suites_build PROGRAM BUILD [WORD...]   builds in that folder; sets it up first, if it is new, with
#                                          these words for meson. Ends the shell if that fails
#   suites_run BUILD "[WORD...]" SUITE...  runs the suites, with these words for meson test, below the
#                                          command suites_prefix; the last line is "N passed, N
#                                          failed". Fails if one did. A program of cli or interop
#                                          that failed is run once more, alone: real servers and
#                                          clocks beside other tests on a loaded machine can be late

say() { printf '== %s\n' "$*"; }

# The build cannot even begin: one failure, in the form that ends every run.
suites_give_up() {
    printf '%s\n0 passed, 1 failed\n' "$*"
    exit 1
}

suites_build() {
    local program=$1 build=$2 tool
    shift 2
    for tool in meson ninja python3; do
        command -v "$tool" >/dev/null || suites_give_up "$program: $tool is not installed"
    done
    build_folder "$build" "$@" || suites_give_up "$program: meson setup failed"
    say "building"
    ninja -C "$build" || suites_give_up "$program: the build failed"
}

suites_prefix=()

suites_run() {
    local build=$1 words=$2 suite arguments=()
    shift 2
    rm -f "$build/meson-logs/testlog.json" "$build/meson-logs/again.json"
    for suite; do
        arguments+=(--suite "$suite")
    done
    say "running the suites: $*"
    # Its exit status says less than its log, which is read below.
    # shellcheck disable=SC2086
    "${suites_prefix[@]}" meson test -C "$build" --no-rebuild $words "${arguments[@]}" |
        grep --line-buffered -v '^Full log written'
    suites_again "$build" "$words"
    python3 tests/tally.py "$build" "$@"
}

# More of them than this are not late, but broken.
suites_again_most=4

suites_again() {
    local build=$1 words=$2 failed suite name
    mapfile -t failed < <(python3 tests/tally.py --failed "$build" cli interop)
    [ ${#failed[@]} -le $suites_again_most ] || return 0
    for name in "${failed[@]}"; do
        suite=${name%% *} name=${name#* }
        say "once more, alone: $suite / $name"
        # shellcheck disable=SC2086
        "${suites_prefix[@]}" meson test -C "$build" --no-rebuild $words --logbase alone \
            --suite "$suite" "$name" | grep --line-buffered -v '^Full log written'
        cat "$build/meson-logs/alone.json" >>"$build/meson-logs/again.json"
    done
}
