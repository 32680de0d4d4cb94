#!/usr/bin/python3
"""Count the single tests in meson's log, and show what failed.

    tally.py BUILD-FOLDER SUITE...

The last line is "N passed, N failed", with ", N skipped" where tests were skipped. A program
that crashed, ran out of time, skipped all its tests or told fewer of them than it planned is at
least one failure, and so is a suite of which nothing ran.
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


def tally(entry):
    """Passed, failed and skipped of one program, after showing what is worth showing."""
    name, result, out = entry["name"], entry["result"], entry.get("stdout", "")
    passed, failed, skipped, planned = tap(out)
    told = len(passed) + len(failed) + len(skipped)
    if told == 0 and result in ("OK", "EXPECTEDFAIL"):
        return 1, 0, 0
    for lines in skipped:
        print(f"{name}: {lines[0]}")
    failures = len(failed)
    for lines in failed:
        print(f"{name}: " + "\n    ".join(lines))
    if planned is not None and told < planned:
        failures += planned - told
        print(f"{name}: {planned - told} of {planned} planned tests did not run")
    if result not in ("OK", "EXPECTEDFAIL") and failures == 0:
        failures = 1
    # bats ends with 1 when a test failed, which was shown; any other end is news.
    if failures > len(failed) or entry.get("returncode") not in (0, 1):
        print(f"{name}: {result}, exit status {entry.get('returncode')}; the end of its output:")
        text = out + entry.get("stderr", "")
        print("\n".join("    " + line for line in text.splitlines()[-60:]))
    return len(passed), failures, len(skipped)


def main():
    folder, suites, sums = sys.argv[1], set(sys.argv[2:]), [0, 0, 0]
    with open(f"{folder}/meson-info/intro-tests.json", encoding="utf-8") as tests:
        of_test = {test["name"]: test["suite"] for test in json.load(tests)}
    try:
        with open(f"{folder}/meson-logs/testlog.json", encoding="utf-8",
                  errors="replace") as log:
            entries = [json.loads(line) for line in log]
    except OSError:
        entries = []
    for entry in entries:
        # "project:suite+suite / name", or the bare name in a project with a single suite.
        head, slash, _ = entry["name"].partition(" / ")
        if slash:
            suites -= set(head.split(":", 1)[-1].split("+"))
        else:
            suites -= {suite.split(":", 1)[-1] for suite in of_test.get(head, [])}
        sums = [a + b for a, b in zip(sums, tally(entry))]
    for suite in sorted(suites):
        print(f"{suite}: nothing of this suite ran")
        sums[1] += 1
    passed, failed, skipped = sums
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
