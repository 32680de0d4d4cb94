#!/usr/bin/python3
"""Count the single tests in meson's log, and show what failed.

    tally.py BUILD-FOLDER SUITE...

What was skipped comes first, then, below a heading, what failed. The last line is "N passed, N
failed", with ", N skipped" where tests were skipped. A program that crashed, ran out of time,
skipped all its tests or told fewer of them than it planned is at least one failure, and so is a
suite of which nothing ran.

    tally.py --failed BUILD-FOLDER SUITE...

Instead, a line "SUITE NAME" for each program of these suites that failed.

A program that was run once more (meson-logs/again.json) counts as it went then; how it had failed
before is told under a heading of its own.
"""

import json
import re
import sys


def tap(text):
    """Passed, failed, skipped and planned tests of TAP output; the first three as texts."""
    passed, failed, skipped, planned, current = [], [], [], None, None
    for line in text.splitlines():
        match = re.match(r"(not )?ok\b(.*)", line)
        if match:
            current = [line]
            if match[1]:
                failed.append(current)
            elif re.search(r"#\s*skip", match[2], re.IGNORECASE):
                skipped.append(current)
            else:
                passed.append(current)
        elif re.match(r"1\.\.\d+", line):
            planned = int(re.match(r"1\.\.(\d+)", line)[1])
        elif current is not None:
            # Diagnostics, and whatever else was printed.
            current.append(line)
    return passed, failed, skipped, planned


def judge(entry):
    """Counts of passed, failed and skipped of one program; lines on what was skipped and failed."""
    name, result, out = entry["name"], entry["result"], entry.get("stdout", "")
    passed, failed, skipped, planned = tap(out)
    told = len(passed) + len(failed) + len(skipped)
    if told == 0 and result in ("OK", "EXPECTEDFAIL"):
        return (1, 0, 0), [], []
    skips = [f"{name}: {lines[0]}" for lines in skipped]
    words = [f"{name}: " + "\n    ".join(lines) for lines in failed]
    failures = len(failed)
    if planned is not None and told < planned:
        failures += planned - told
        words.append(f"{name}: {planned - told} of {planned} planned tests did not run")
    if result not in ("OK", "EXPECTEDFAIL") and failures == 0:
        failures = 1
    # bats ends with 1 when a test failed, which was shown; any other end is news.
    if failures > len(failed) or entry.get("returncode") not in (0, 1):
        words.append(f"{name}: {result}, exit status {entry.get('returncode')}; the end of its output:")
        text = out + entry.get("stderr", "")
        words.append("\n".join("    " + line for line in text.splitlines()[-60:]))
    return (len(passed), failures, len(skipped)), skips, words


def entries_of(path):
    """The programs in one of meson's logs; none where there is no log."""
    try:
        with open(path, encoding="utf-8", errors="replace") as log:
            return [json.loads(line) for line in log]
    except OSError:
        return []


def suites_of(entry, of_test):
    """The suites of a program, and its name without them."""
    # "project:suite+suite / name", or the bare name in a project with a single suite.
    head, slash, name = entry["name"].partition(" / ")
    if slash:
        return set(head.split(":", 1)[-1].split("+")), name
    return {suite.split(":", 1)[-1] for suite in of_test.get(head, [])}, head


def main():
    words = sys.argv[1:]
    only_failed = words[0] == "--failed"
    folder, *names = words[1:] if only_failed else words
    suites, sums = set(names), [0, 0, 0]
    with open(f"{folder}/meson-info/intro-tests.json", encoding="utf-8") as tests:
        of_test = {test["name"]: test["suite"] for test in json.load(tests)}
    again = {entry["name"]: entry for entry in entries_of(f"{folder}/meson-logs/again.json")}
    skips, unsteady, failed = [], [], []
    for entry in entries_of(f"{folder}/meson-logs/testlog.json"):
        of_entry, name = suites_of(entry, of_test)
        counts, skip, fail = judge(entry)
        if only_failed:
            if counts[1] and of_entry & suites:
                print(min(of_entry & suites), name)
            continue
        suites -= of_entry
        if entry["name"] in again:
            unsteady += fail
            counts, skip, fail = judge(again[entry["name"]])
        skips += skip
        failed += fail
        sums = [a + b for a, b in zip(sums, counts)]
    if only_failed:
        return 0
    for suite in sorted(suites):
        failed.append(f"{suite}: nothing of this suite ran")
        sums[1] += 1
    for heading, lines in (("", skips), ("== failed beside others, and was run again alone:", unsteady),
                           ("== failed:", failed)):
        if lines:
            print("\n".join([heading] * bool(heading) + lines))
    passed, failures, skipped = sums
    print(f"{passed} passed, {failures} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
