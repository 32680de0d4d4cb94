#!/usr/bin/env bats
# The command watch for a while, and under attack, in short. tests/soak/run does the same for long. Of each
# part the first lines say what it comes to.

soak() {
    /usr/bin/python3 "$BATS_TEST_DIRNAME/../soak/run" --short --only "$1"
}

@test "zones that change, primaries that fall ill, lists that are read again" {
    soak week
}

@test "killed at random moments: files are whole, every change has its command" {
    soak kills
}

@test "floods of NOTIFYs, forged ones, connections that say nothing" {
    soak floods
}
