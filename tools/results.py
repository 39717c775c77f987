#!/usr/bin/env python3
"""Counts what the suites did, and says it in one line.

    results.py suite NAME -- ARGV…     runs a suite; its counts are the last "N passed, N failed" line it prints, or unittest's own words
    results.py check NAME -- ARGV…     runs a program that has no counts: one test, passed when it exits with 0
    results.py junit NAME DIRECTORY -- ARGV…   runs a suite that leaves JUnit XML reports in the directory, and counts them
    results.py absent NAME WHY         a suite that cannot run on this machine: one test, skipped; failed with CROFT_TEST_WHOLE=yes
    results.py sum NAME…               prints what failed and how, all counts, how long each suite took, and the sum; exit code 1 when a test failed or
                                       a suite did not run

What a suite prints is kept in target/results/NAME.log; shown are its counts and what failed, and everything as it comes only with CROFT_TEST_WORDS=yes.
Counts are kept beside it, one file for each suite. The sum names every suite that has to be there: a suite that was
forgotten, died before its end or found no test counts as a failure, so that silence never looks like success.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import asdict, dataclass, field
from pathlib import Path

STARTED = time.monotonic()
RESULTS = Path(os.environ.get("CROFT_RESULTS", "target/results"))

COUNTS = re.compile(r"^(?:\S+: )?(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$")
RAN = re.compile(r"^Ran (\d+) tests? in ")
OUTCOME = re.compile(r"^(?:OK|FAILED)(?: \((.*)\))?$")
#: How unittest tells of a test that failed: a line of =, this, a line of -, the traceback.
FAILED = re.compile(r"^(?:FAIL|ERROR): (.+)$")
#: What of one failure is said again at the end, where whoever has the end of the log alone can read it.
LINES = 12
FAILURES = 30
#: What is shown of the end of a suite that failed without telling of a test.
TAIL = 60


@dataclass
class Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    #: How long that took, on the clock.
    seconds: float = 0.0
    #: Why the suite could not run here.
    absent: str = ""
    #: The failures, each with its test's name in the first line and what was said of it after that.
    failures: list[str] = field(default_factory=list)

    def __add__(self, other):
        return Counts(
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
            self.seconds + other.seconds,
            failures=[*self.failures, *other.failures],
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


def failures_of_unittest(words):
    """What unittest says of each test that failed: its name, and the end of its traceback."""
    found, open_rules = [], 0
    for line in map(str.rstrip, words):
        if match := FAILED.match(line):
            found.append([match[1]])
            open_rules = 2
        elif line.startswith("====="):
            open_rules = 0
        elif line.startswith("-----"):
            # One stands under the name, and one under the last traceback.
            open_rules = max(open_rules - 1, 0)
        elif line and open_rules:
            found[-1].append(line)
    return ["\n".join([name, *said[-LINES:]]) for name, *said in found]


def failure_of_report(case, failure):
    """The beginning of what a JUnit report says of a test that failed, and where in our own classes."""
    said = (failure.text or failure.get("message") or "").strip().splitlines()
    words = [line for line in said if not line.lstrip().startswith("at ")]
    places = [line for line in said if line.lstrip().startswith("at dev.croft.")]
    return "\n".join([f"{case.get('classname')}.{case.get('name')}", *words[: LINES - 4], *places[:4]])


def counts_of_reports(directory):
    """The sum over JUnit XML reports; the elements are counted, because rerun and crashed classes make the attributes lie."""
    total = Counts()
    for report in sorted(Path(directory).glob("TEST-*.xml")):
        for case in ElementTree.parse(report).getroot().iter("testcase"):
            failure = next((found for kind in ("failure", "error") if (found := case.find(kind)) is not None), None)
            if failure is not None:
                total += Counts(failed=1, failures=[failure_of_report(case, failure)])
            elif case.find("skipped") is not None:
                total += Counts(skipped=1)
            else:
                total += Counts(passed=1)
    return total


def run(name, argv):
    """Runs a program and keeps its words; returns its exit code and the words."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    words, aloud = [], bool(os.environ.get("CROFT_TEST_WORDS"))
    # Line by line: somebody may be looking at it.
    with (RESULTS / f"{name}.log").open("w", encoding="utf-8", buffering=1) as log:
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
                if aloud:
                    sys.stdout.write(line)
                    sys.stdout.flush()
                log.write(line)
                words.append(line)
    return process.returncode, words


def keep(name, counts, words=()):
    RESULTS.mkdir(parents=True, exist_ok=True)
    counts.seconds = round(time.monotonic() - STARTED, 1)
    (RESULTS / f"{name}.json").write_text(json.dumps(asdict(counts)) + "\n", encoding="utf-8")
    if counts.failed and not counts.failures:
        print("".join(words[-TAIL:]))
    print_failures(counts.failures)
    print(f"{name}: {counts}", flush=True)
    return 1 if counts.failed else 0


def command_suite(name, argv):
    code, words = run(name, argv)
    counts = counts_of(words)
    if counts is None:
        print(f"{name}: it said no counts and ended with exit code {code}; that is a failure.")
        return keep(name, Counts(failed=1), words)
    counts.failures = failures_of_unittest(words) if counts.failed else []
    return keep(name, with_exit_code(name, counts, code), words)


def with_exit_code(name, counts, code):
    """A program that died after its last good test has not passed."""
    if code == 0 or counts.failed:
        return counts
    print(f"{name}: it ended with exit code {code} although no test failed; that is a failure.")
    return counts + Counts(failed=1)


def command_check(name, argv):
    code, words = run(name, argv)
    return keep(name, Counts(passed=1) if code == 0 else Counts(failed=1), words)


def command_junit(name, directory, argv):
    shutil.rmtree(directory, ignore_errors=True)
    code, words = run(name, argv)
    return keep(name, with_exit_code(name, counts_of_reports(directory), code), words)


def command_absent(name, why):
    print(f"{name}: not at hand: {why}.")
    if os.environ.get("CROFT_TEST_WHOLE"):
        return keep(name, Counts(failed=1, absent=why))
    return keep(name, Counts(skipped=1, absent=why))


def print_failures(failures):
    if not failures:
        return
    print("\nWhat failed:\n")
    for failure in failures[:FAILURES]:
        print(textwrap.indent("\n".join(line[:300] for line in failure.splitlines()), "  ") + "\n")
    if len(failures) > FAILURES:
        print(f"  … and {len(failures) - FAILURES} more: target/results, target/*-reports")


def command_sum(names):
    total, failures = Counts(), []
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
        failures += [f"{name}: {failure}" for failure in counts.failures]
    print_failures(failures)
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
