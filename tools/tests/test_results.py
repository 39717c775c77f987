"""The counting of results.py, by way of its command line."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

RESULTS = Path(__file__).resolve().parent.parent / "results.py"


class ResultsTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)

    def call(self, *arguments, whole="", aloud=""):
        return subprocess.run(
            [sys.executable, str(RESULTS), *arguments],
            env={
                **os.environ,
                "CROFT_RESULTS": str(self.directory / "results"),
                "CROFT_TEST_WHOLE": whole,
                "CROFT_TEST_WORDS": aloud,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    def suite(self, name, words, code=0, aloud=""):
        program = f"import sys; sys.stdout.write({words!r}); sys.exit({code})"
        return self.call("suite", name, "--", sys.executable, "-c", program, aloud=aloud)

    def kept(self, name):
        kept = json.loads((self.directory / "results" / f"{name}.json").read_text())
        self.assertGreaterEqual(kept.pop("seconds"), 0)
        self.assertEqual(kept.pop("absent"), "")
        kept.pop("failures")
        return kept

    def test_takes_the_last_counts_that_a_suite_prints(self):
        self.assertEqual(self.suite("a", "1 passed, 0 failed\nwords\n5 passed, 0 failed, 2 skipped\n").returncode, 0)
        self.assertEqual(self.kept("a"), {"passed": 5, "failed": 0, "skipped": 2})

    def test_understands_unittest(self):
        done = self.suite("a", "Ran 9 tests in 0.1s\n\nFAILED (failures=1, errors=2, skipped=3)\n", 1)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(self.kept("a"), {"passed": 3, "failed": 3, "skipped": 3})

    def test_what_a_suite_prints_is_kept_and_shown_on_request(self):
        words = "ERROR: of a test that wants one\n5 passed, 0 failed\n"
        self.assertEqual(self.suite("a", words).stdout, "a: 5 passed, 0 failed, 0 skipped\n")
        self.assertEqual((self.directory / "results" / "a.log").read_text(), words)
        self.assertTrue(self.suite("a", words, aloud="yes").stdout.startswith(words))

    def test_the_end_of_a_suite_that_names_no_failure_is_shown(self):
        said = self.suite("a", "".join(f"line {number}\n" for number in range(1, 101)), 2).stdout
        self.assertNotIn("line 40\n", said)
        self.assertIn("line 41\nline 42\n", said)
        self.assertIn("line 100\n", said)

    def test_silence_is_a_failure(self):
        self.assertEqual(self.suite("a", "all is well\n").returncode, 1)
        self.assertEqual(self.kept("a")["failed"], 1)

    def test_a_bad_exit_code_is_a_failure_whatever_was_counted(self):
        self.assertEqual(self.suite("a", "5 passed, 0 failed\n", 3).returncode, 1)
        self.assertEqual(self.kept("a"), {"passed": 5, "failed": 1, "skipped": 0})

    def test_a_program_that_is_not_there_is_a_failure(self):
        self.assertEqual(self.call("suite", "a", "--", "/nonexistent/suite").returncode, 1)
        self.assertEqual(self.call("check", "b", "--", "/nonexistent/check").returncode, 1)

    def junit(self, report, code=0, name="a"):
        reports = self.directory / "reports"
        reports.mkdir()
        (reports / "TEST-of-yesterday.xml").write_text('<testsuite><testcase name="old"/></testsuite>')
        program = (
            f"import pathlib, sys; d = pathlib.Path({str(reports)!r}); d.mkdir();"
            f"(d / 'TEST-a.xml').write_text({report!r}); (d / 'other.xml').write_text('<nothing/>'); sys.exit({code})"
        )
        return self.call("junit", name, str(reports), "--", sys.executable, "-c", program)

    def test_counts_junit_reports_of_this_run_only(self):
        done = self.junit(
            '<testsuite><testcase name="1"/><testcase name="2"><failure/></testcase>'
            '<testcase name="3"><error/></testcase><testcase name="4"><skipped/></testcase></testsuite>'
        )
        self.assertEqual(done.returncode, 1)
        self.assertEqual(self.kept("a"), {"passed": 1, "failed": 2, "skipped": 1})

    def test_a_crash_behind_good_reports_is_a_failure(self):
        self.assertEqual(self.junit('<testsuite><testcase name="1"/></testsuite>', 1).returncode, 1)
        self.assertEqual(self.kept("a"), {"passed": 1, "failed": 1, "skipped": 0})

    def test_the_sum_is_the_last_line(self):
        self.suite("a", "5 passed, 0 failed, 2 skipped\n")
        self.call("check", "b", "--", sys.executable, "-c", "")
        done = self.call("sum", "a", "b")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stdout.splitlines()[-1], "6 passed, 0 failed, 2 skipped")

    def test_the_sum_tells_of_each_failure_again(self):
        self.suite(
            "a",
            "=====\nFAIL: test_it (test_x.Test)\nIt holds.\n-----\nTraceback (most recent call last):\n"
            "AssertionError: 1 != 2\n\n=====\nERROR: test_more (test_x.Test)\n-----\nOSError: gone\n\n"
            "-----\nRan 9 tests in 0.1s\n\nFAILED (failures=1, errors=1)\nnot of it\n",
            1,
        )
        report = (
            '<testsuite><testcase classname="dev.croft.BoxIT" name="itIsWhole"><failure message="m">'
            "Expecting: 1\n\tat org.assertj.Assert(A.java:1)\n\tat dev.croft.BoxIT.itIsWhole(BoxIT.java:7)\n"
            "</failure></testcase></testsuite>"
        )
        self.junit(report, name="b")
        said = self.call("sum", "a", "b").stdout
        self.assertIn("a: test_it (test_x.Test)\n  It holds.\n  Traceback (most recent call last):\n  AssertionError: 1 != 2\n\n", said)
        self.assertIn("a: test_more (test_x.Test)\n  OSError: gone\n\n", said)
        self.assertIn("b: dev.croft.BoxIT.itIsWhole\n  Expecting: 1\n  \tat dev.croft.BoxIT.itIsWhole(BoxIT.java:7)\n", said)
        self.assertNotIn("not of it", said)

    def test_a_suite_that_did_not_run_fails_the_sum(self):
        self.suite("a", "5 passed, 0 failed\n")
        done = self.call("sum", "a", "forgotten")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout.splitlines()[-1], "5 passed, 1 failed, 0 skipped")

    def test_a_suite_that_cannot_run_here_says_so_and_fails_nothing(self):
        self.suite("a", "2 passed, 0 failed\n")
        self.assertEqual(self.call("absent", "b", "no daemon").returncode, 0)
        done = self.call("sum", "a", "b")
        self.assertEqual(done.returncode, 0)
        self.assertIn("not at hand: no daemon", done.stdout)
        self.assertEqual(done.stdout.splitlines()[-1], "2 passed, 0 failed, 1 skipped")

    def test_where_all_must_run_a_suite_that_cannot_is_a_failure(self):
        self.suite("a", "2 passed, 0 failed\n")
        self.assertEqual(self.call("absent", "b", "no daemon", whole="yes").returncode, 1)
        done = self.call("sum", "a", "b", whole="yes")
        self.assertEqual(done.returncode, 1)
        self.assertIn("not at hand: no daemon", done.stdout)
        self.assertEqual(done.stdout.splitlines()[-1], "2 passed, 1 failed, 0 skipped")

    def test_a_suite_without_tests_fails_the_sum(self):
        self.suite("a", "0 passed, 0 failed\n")
        self.assertEqual(self.call("sum", "a").returncode, 1)


if __name__ == "__main__":
    unittest.main()
