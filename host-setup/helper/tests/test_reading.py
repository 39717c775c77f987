"""Reading what other programs say: Nix's log, its errors, source trees, git servers, reviews."""

import os
import re
import tempfile
import unittest

from box import NAR_HASH, REV, Box, building, nix_records
from console import refused, result
from croft_hostd import buildfailure, detect, problems, review
from croft_hostd.nixlog import NixLog
from croft_hostd.output import Output, cut
from croft_hostd.problems import problem
from croft_hostd.text import clean

ROOT = os.path.join(os.path.dirname(__file__), "..", "..", "..")
DRV = "/nix/store/7px06da6vg3k4sz2m3m9hf0bq8m9rpbj-croft-app-shop-bfc470136e78.drv"


def log_of(*lines):
    log = NixLog()
    said = [said for line in lines for said in log.feed(line.encode())]
    return log, said


def disk_full(text):
    return problem("DISK_FULL", where="/", free="0 B", needed="more", detail=text)


class NixLogTest(unittest.TestCase):
    def test_phases_counts_and_lines(self):
        log, said = log_of("unpacking 'x'", *building(lines=["a", "b"]))
        self.assertEqual(said, [(None, "unpacking 'x'"), (DRV, "a"), (DRV, "b")])
        self.assertEqual(log.phase, "build")
        self.assertEqual(log.progress(), {"done": 1, "expected": 1, "running": 0, "failed": 0})
        self.assertEqual(log.tail(DRV), ["a", "b"])

    def test_downloads_are_the_phase_fetch_and_count_bytes(self):
        log, _ = log_of(
            *nix_records(
                {"action": "start", "id": 2**63, "type": 108, "level": 3, "text": "", "fields": ["/nix/store/x", "cache"]},
                {"action": "start", "id": 2**64 - 1, "type": 100, "level": 3, "text": "", "fields": ["/nix/store/x", "a", "b"]},
                {"action": "result", "id": 2**64 - 1, "type": 105, "fields": [500, 2000, 0, 0]},
            )
        )
        self.assertEqual(log.phase, "fetch")
        self.assertEqual(log.progress(), {"bytesDone": 500, "bytesExpected": 2000})

    def test_garbage_is_survived(self):
        lines = ("@nix ", "@nix {", "@nix []", "@nix 7", '@nix {"action":"result","id":1,"type":105,"fields":["x"]}')
        more = ('@nix {"action":"stop","id":99}', '@nix {"action":"new thing"}', '@nix {"action":"start","id":1,"type":999}')
        log, said = log_of(*lines, *more)
        self.assertEqual((said, log.progress()), ([], {}))

    def test_text_is_cleaned_of_terminal_control(self):
        self.assertEqual(clean("\x1b[31;1merror:\x1b[0m \x1b]0;title\x07x"), "error: x")
        self.assertEqual(clean("10%\r50%\r100%\r"), "100%")
        self.assertEqual(clean("a\x00b\x07c"), "a\ufffdb\ufffdc")

    def test_long_lines_are_cut_with_a_mark(self):
        self.assertEqual(cut("x" * 8192), "x" * 8192)
        self.assertEqual(cut("é" * 5000), "é" * 4096 + "… [1808 bytes cut]")

    def test_a_build_log_without_end_is_bounded(self):
        written = []
        output = Output(written.append, lambda priority, text: None)
        for number in range(100_010):
            output.build(DRV, str(number))
        self.assertEqual(len(written), 100_001)
        self.assertIn("too long", written[-1]["text"])
        written.clear()
        output = Output(written.append, lambda priority, text: None)
        for _ in range(3000):
            output.build(DRV, "x" * 10_000)
        self.assertLess(sum(len(record["text"]) for record in written), 17 * 1024 * 1024)


class BuildFailureTest(unittest.TestCase):
    def classified(self, *lines, ended=1):
        log, _ = log_of(*lines)
        return buildfailure.classify(ended, log, disk_full)

    def error(self, text):
        return nix_records({"action": "msg", "level": 0, "msg": text})[0]

    def check(self, code, *lines, why=None, **options):
        found = self.classified(*lines, **options)
        self.assertEqual(found.code, code, found)
        if why:
            self.assertIn(why, found.why)
        return found

    def test_builders(self):
        old = self.error(f"error: builder for '{DRV}' failed with exit code 2;\n last 10 log lines:\n > boom")
        found = self.check("BUILD_FAILED", *building(lines=["boom"]), old, why="exit code 2")
        self.assertEqual((found.what, found.detail), ("shop did not build.", "boom"))
        new = self.error(f"error: Cannot build '{DRV}'.\n       Reason: builder failed with exit code 1.\n")
        self.check("BUILD_FAILED", *building(), new, why="exit code 1")
        killed = self.error(f"error: builder for '{DRV}' failed due to signal 9 (Killed)")
        self.check("BUILD_FAILED", killed, why="when memory runs out")

    def test_a_full_disk_wherever_it_is_said(self):
        self.check("DISK_FULL", self.error("error: writing to file: No space left on device"))
        failed = self.error(f"error: builder for '{DRV}' failed with exit code 1")
        self.check("DISK_FULL", *building(lines=["cp: error writing: No space left on device"]), failed)

    def test_evaluation(self):
        trace = "error:\n       … while evaluating the attribute 'x'\n         at /nix/store/s-source/flake.nix:3:5:\n            2|\n\n       error: attribute 'y' missing\n       at /nix/store/s-source/flake.nix:4:5:\n            3| z"
        found = self.check("EVALUATION_FAILED", self.error(trace))
        self.assertEqual(found.why, "attribute 'y' missing.")
        self.check("EVALUATION_OUT_OF_MEMORY", ended=137)
        self.check("EVALUATION_OUT_OF_MEMORY", ended=-9)
        # nixos-rebuild passes on what Python calls -9, of which the kernel keeps eight bits.
        self.check("EVALUATION_OUT_OF_MEMORY", ended=247, why="signal 9")
        self.check("EVALUATION_OUT_OF_MEMORY", self.error("error: out of memory"))
        self.check("EVALUATION_FAILED", ended=1, why="ended with 1")

    def test_what_the_modules_refuse_is_passed_on(self):
        text = "error: … while\n\n error: croft: apps.shop.build: there is no main.py. Set run.command, or choose another builder."
        found = self.check("SOURCE_NOT_BUILDABLE", self.error(text))
        self.assertEqual(found.why, "there is no main.py. Set run.command, or choose another builder.")
        self.check("STATE_REFUSED", self.error("error: croft: state.json: color: unknown field; known are x."), why="color: unknown field")

    def test_sources(self):
        mismatch = f"error: NAR hash mismatch in input 'git+https://git.example/x?rev={REV}', expected 'sha256-a' but got 'sha256-b'"
        self.check("SOURCE_CHANGED", self.error(mismatch), why="got 'sha256-b'")
        gone = f"error: Cannot find Git revision '{REV}' in ref 'main' of repository 'https://git.example/x'! Please"
        self.check("SOURCE_REF_NOT_FOUND", self.error(gone))
        unreachable = "fatal: unable to access 'https://git.example/x/': Could not resolve host: git.example"
        found = self.check("SOURCE_UNREACHABLE", unreachable, self.error(gone), why="Could not resolve host")
        self.assertIn("https://git.example/x", found.what)
        for words in ("repository 'https://git.example/x/' not found", "Authentication failed for 'https://git.example/x/'"):
            self.check("SOURCE_UNREACHABLE", f"fatal: {words}", self.error(gone), why=words)


class DetectTest(unittest.TestCase):
    def look(self, **files):
        with tempfile.TemporaryDirectory() as directory:
            for name, text in files.items():
                place = os.path.join(directory, name.replace("__", "/").replace("_", "."))
                os.makedirs(os.path.dirname(place), exist_ok=True)
                with open(place, "w") as file:
                    file.write(text)
            return detect.look(directory)

    def test_each_builder(self):
        self.assertEqual(self.look(flake_nix="{}", app_py="")["builder"], "flake")
        self.assertEqual(self.look(main_py="", app_py="")["command"], ["python3", "main.py"])
        self.assertEqual(self.look(public__index_html="")["builder"], "static")
        node = self.look(package_json='{"scripts":{"start":"node src/server.js"}}', index_html="")
        self.assertEqual((node["builder"], node["command"]), ("node", ["node", "src/server.js"]))
        self.assertEqual([candidate["builder"] for candidate in node["candidates"]], ["node", "static"])

    def test_a_start_script_that_needs_a_shell_is_left_to_the_builder(self):
        found = self.look(package_json='{"scripts":{"start":"NODE_ENV=x node a.js; rm -rf /"}}')
        self.assertEqual(found["builder"], "node")
        self.assertNotIn("command", found)

    def test_packages_from_the_network_are_an_obstacle_with_a_reason(self):
        for files in (
            {"app_py": "", "requirements_txt": "# web\nflask\n"},
            {"app_py": "", "pyproject_toml": '[project]\ndependencies = ["flask"]\n'},
        ):
            found = self.look(**files)
            self.assertIsNone(found["builder"], files)
            self.assertIn("does not fetch", found["reason"])
        self.assertEqual(self.look(app_py="", requirements_txt="\n# none\n")["builder"], "python")

    def test_packages_of_npm_are_those_of_its_lock(self):
        files = {"package_json": '{"dependencies":{"express":"1"},"main":"server.js"}', "server_js": ""}
        lock = {"package-lock_json": '{\n  "name": "x",\n  "lockfileVersion": 3,\n  "packages": {' + " " * 300_000 + "}}"}
        found = self.look(**files, **lock)
        self.assertEqual((found["builder"], found["command"]), ("node", ["node", "server.js"]))
        self.assertIn("package-lock.json", found["reason"])
        for more, words in (
            ({}, "npm install --package-lock-only"),
            ({"pnpm-lock_yaml": ""}, "It has a pnpm-lock.yaml, which the node builder does not read."),
            ({"package-lock_json": '{"lockfileVersion": 1}'}, "npm 6 or older"),
        ):
            found = self.look(**files, **more)
            self.assertIsNone(found["builder"], more)
            self.assertIn(words, found["reason"])

    def test_nothing_buildable_names_what_is_there(self):
        found = self.look(README_md="hello", Makefile="all:")
        self.assertEqual((found["builder"], found["candidates"]), (None, []))
        self.assertIn("Makefile, README.md", found["reason"])
        self.assertEqual(self.look()["reason"], "The repository is empty.")

    def test_hostile_trees(self):
        self.assertIsNone(self.look(package_json="[1]")["builder"])
        self.assertIsNone(self.look(package_json="{")["builder"])
        self.assertEqual(self.look(app_py="", pyproject_toml="=")["builder"], "python")
        with tempfile.TemporaryDirectory() as directory:
            os.symlink("/etc/passwd", os.path.join(directory, "index.html"))
            os.mkfifo(os.path.join(directory, "app.py"))
            self.assertIsNone(detect.look(directory)["builder"])

    def test_suggestions(self):
        found = self.look(app_py="", Dockerfile="FROM x\nexpose 9000/tcp\n", Procfile="web: python3 app.py --verbose\n")
        self.assertEqual((found["port"], found["command"]), (9000, ["python3", "app.py", "--verbose"]))
        self.assertNotIn("port", self.look(app_py="", Dockerfile="EXPOSE 99999\n"))


class InspectTest(unittest.TestCase):
    def setUp(self):
        self.box = Box()
        self.addCleanup(self.box.close)
        self.box.source = {"index.html": "<p>"}
        self.box.remote = {"HEAD": REV, "refs/heads/main": REV, "refs/tags/v1": "3" * 40, "refs/tags/v1^{}": "4" * 40}

    def inspect(self, **members):
        return result(self.box, type="inspect", url="https://git.example/x", **members)

    def test_a_branch(self):
        found = self.inspect(ref="main")
        self.assertEqual((found["rev"], found["narHash"], found["builder"]), (REV, NAR_HASH, "static"))
        self.assertEqual(found["lastModified"], "2026-05-04T12:00:00.000000Z")

    def test_an_annotated_tag_is_the_commit_it_points_at(self):
        self.assertEqual(self.inspect(ref="v1")["rev"], "4" * 40)

    def test_a_commit_needs_no_server_to_resolve_it(self):
        self.assertEqual(self.inspect(ref="5" * 40)["rev"], "5" * 40)
        self.assertFalse(any(call[1] == "ls-remote" for call in self.box.calls))

    def test_refusals(self):
        def code(**members):
            return refused(self.box, type="inspect", **{"url": "https://git.example/x", **members})["code"]

        self.assertEqual(code(ref="nope"), "SOURCE_REF_NOT_FOUND")
        self.assertEqual(code(url="file:///etc"), "SOURCE_REFUSED")
        self.box.source = None
        self.assertEqual(code(), "SOURCE_UNREACHABLE")
        self.box.remote_failure = "fatal: unable to access 'x': Could not resolve host: git.example\n"
        self.assertEqual(code(), "SOURCE_UNREACHABLE")

    def test_the_address_stands_behind_two_dashes(self):
        self.inspect(ref="main")
        call = next(call for call in self.box.calls if call[1] == "ls-remote")
        self.assertEqual(call[call.index("--") + 1], "https://git.example/x")


class ReviewTest(unittest.TestCase):
    def test_a_unit_that_stops_and_starts_restarts(self):
        lines = [
            "would stop the following units: a.service, old.service",
            "would activate the configuration...",
            "would reload the following units: firewall.service",
            "would restart the following units: b.service",
            "would start the following units: a.service, new.service",
        ]
        self.assertEqual(
            review.planned_units(lines),
            {"start": ["new.service"], "stop": ["old.service"], "restart": ["a.service", "b.service"], "reload": ["firewall.service"]},
        )


class ProblemTextTest(unittest.TestCase):
    def test_the_box_s_codes_are_those_of_the_protocol(self):
        with open(os.path.join(ROOT, "docs", "protocol.md"), encoding="utf-8") as file:
            section = file.read().split("## 6. Problem codes")[1]
        box, console = section.split("Only the console makes:")
        self.assertEqual(set(problems.TEXTS), set(re.findall(r"`([A-Z_]+)`", box)))
        self.assertFalse(set(problems.TEXTS) & set(re.findall(r"`([A-Z_]+)`", console)))

    def test_every_code_has_its_heading(self):
        with open(os.path.join(ROOT, "docs", "protocol.md"), encoding="utf-8") as file:
            codes = re.findall(r"`([A-Z_]{4,})`", file.read().split("## 6. Problem codes")[1])
        with open(os.path.join(ROOT, "docs", "troubleshooting.md"), encoding="utf-8") as file:
            headings = re.findall(r"(?m)^### ([A-Z_]+)$", file.read())
        self.assertEqual(sorted(headings), sorted(codes))

    def test_texts_are_whole_sentences(self):
        for code, texts in problems.TEXTS.items():
            for text in texts:
                self.assertRegex(text, r"(\.|\})$", code)

    def test_a_detail_keeps_its_end_within_the_limit(self):
        detail = problems.keep_end("\n".join(f"line {number} é" for number in range(20_000)))
        self.assertLessEqual(len(detail.encode()), problems.DETAIL_BYTES + 4)
        self.assertTrue(detail.endswith("line 19999 é"))


if __name__ == "__main__":
    unittest.main()
