#!/usr/bin/env python3
"""Counts what the suites did, and says it in one line.

    results.py suite NAME -- ARGV…     runs a suite; its counts are the last "N passed, N failed" line it prints, or unittest's own words
    results.py check NAME -- ARGV…     runs a program that has no counts: one test, passed when it exits with 0
    results.py junit NAME DIRECTORY -- ARGV…   runs a suite that leaves JUnit XML reports in the directory, and counts them
    results.py absent NAME WHY         a suite that cannot run on this machine: one test, skipped; failed with CROFT_TEST_WHOLE=yes
    results.py sum NAME…               prints all counts, how long each suite took, and the sum; exit code 1 when a test failed or a suite did not run

Counts are kept in target/results, one file for each suite. The sum names every suite that has to be there: a suite that was
forgotten, died before its end or found no test counts as a failure, so that silence never looks like success.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import asdict, dataclass
from pathlib import Path

STARTED = time.monotonic()
RESULTS = Path(os.environ.get("CROFT_RESULTS", "target/results"))

COUNTS = re.compile(r"^(?:\S+: )?(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$")
RAN = re.compile(r"^Ran (\d+) tests? in ")
OUTCOME = re.compile(r"^(?:OK|FAILED)(?: \((.*)\))?$")


@dataclass
class Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    #: How long that took, on the clock.
    seconds: float = 0.0
    #: Why the suite could not run here.
    absent: str = ""

    def __add__(self, other):
        return Counts(
            self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped, self.seconds + other.seconds
        )

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def counts_of(lines):
    """The last counts that a suite's words tell, or None."""
    found, ran = None, None
    for line in lines:
        line = line.strip()
        if match := COUNTS.match(line):
            found = Counts(int(match[1]), int(match[2]), int(match[3] or 0))
        elif match := RAN.match(line):
            ran = int(match[1])
        elif ran is not None and (match := OUTCOME.match(line)):
            found, ran = counts_of_unittest(ran, match[1] or ""), None
    return found


def counts_of_unittest(ran, outcome):
    named = {name: int(number) for name, number in re.findall(r"([a-z ]+)=(\d+)", outcome)}
    named = {name.strip(): number for name, number in named.items()}
    failed = named.get("failures", 0) + named.get("errors", 0) + named.get("unexpected successes", 0)
    skipped = named.get("skipped", 0)
    return Counts(max(ran - failed - skipped, 0), failed, skipped)


def counts_of_reports(directory):
    """The sum over JUnit XML reports; the elements are counted, because rerun and crashed classes make the attributes lie."""
    total = Counts()
    for report in sorted(Path(directory).glob("TEST-*.xml")):
        for case in ElementTree.parse(report).getroot().iter("testcase"):
            if case.find("failure") is not None or case.find("error") is not None:
                total += Counts(failed=1)
            elif case.find("skipped") is not None:
                total += Counts(skipped=1)
            else:
                total += Counts(passed=1)
    return total


def run(name, argv):
    """Runs a program, shows its words as they come and keeps them; returns its exit code and the words."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    words = []
    with (RESULTS / f"{name}.log").open("w", encoding="utf-8") as log:
        try:
            process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as e:
            print(f"{name}: {argv[0]} was not started: {e}")
            return 127, []
        with process:
            for line in process.stdout:
                sys.stdout.write(line)
                sys.stdout.flush()
                log.write(line)
                words.append(line)
    return process.returncode, words


def keep(name, counts):
    RESULTS.mkdir(parents=True, exist_ok=True)
    counts.seconds = round(time.monotonic() - STARTED, 1)
    (RESULTS / f"{name}.json").write_text(json.dumps(asdict(counts)) + "\n", encoding="utf-8")
    print(f"{name}: {counts}", flush=True)
    return 1 if counts.failed else 0


def command_suite(name, argv):
    code, words = run(name, argv)
    counts = counts_of(words)
    if counts is None:
        print(f"{name}: it said no counts and ended with exit code {code}; that is a failure.")
        return keep(name, Counts(failed=1))
    return keep(name, with_exit_code(name, counts, code))


def with_exit_code(name, counts, code):
    """A program that died after its last good test has not passed."""
    if code == 0 or counts.failed:
        return counts
    print(f"{name}: it ended with exit code {code} although no test failed; that is a failure.")
    return counts + Counts(failed=1)


def command_check(name, argv):
    code, _ = run(name, argv)
    return keep(name, Counts(passed=1) if code == 0 else Counts(failed=1))


def command_junit(name, directory, argv):
    shutil.rmtree(directory, ignore_errors=True)
    code, _ = run(name, argv)
    return keep(name, with_exit_code(name, counts_of_reports(directory), code))


def command_absent(name, why):
    print(f"{name}: not at hand: {why}.")
    if os.environ.get("CROFT_TEST_WHOLE"):
        return keep(name, Counts(failed=1, absent=why))
    return keep(name, Counts(skipped=1, absent=why))


def command_sum(names):
    total = Counts()
    print()
    for name in names:
        try:
            counts = Counts(**json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8")))
            remark = ""
            if counts.absent:
                remark = f"   (not at hand: {counts.absent})"
            elif counts.passed + counts.failed == 0:
                counts, remark = counts + Counts(failed=1), "   (no test ran)"
        except OSError:
            counts, remark = Counts(failed=1), "   (it did not run)"
        print(
            f"  {name:<12} {counts.passed:>5} passed  {counts.failed:>3} failed  {counts.skipped:>3} skipped"
            f"  {counts.seconds:>5.0f} s{remark}"
        )
        total += counts
    # Suites run beside each other: their sum is more than the clock's.
    started = os.environ.get("CROFT_TEST_STARTED")
    elapsed = f", {(time.time() - int(started)) / 60:.1f} on the clock" if started else ""
    print(f"\n{total.seconds / 60:.1f} minutes of suites{elapsed}\n")
    print(total, flush=True)
    return 1 if total.failed else 0


def main(arguments):
    match arguments:
        case ["suite", name, "--", *argv] if argv:
            return command_suite(name, argv)
        case ["check", name, "--", *argv] if argv:
            return command_check(name, argv)
        case ["junit", name, directory, "--", *argv] if argv:
            return command_junit(name, directory, argv)
        case ["absent", name, why]:
            return command_absent(name, why)
        case ["sum", *names] if names:
            return command_sum(names)
        case _:
            print(__doc__, file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
