"""croft-launch: what a secret has is what the program gets. Needs a C compiler and nothing else."""

import errno
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "launcher/croft-launch.c"
SHOW = "import json, os, sys; print(json.dumps([sys.argv[1:], {k: os.fsencode(v).hex() for k, v in os.environ.items()}]))"


class LauncherTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        kept = tempfile.TemporaryDirectory()
        cls.addClassCleanup(kept.cleanup)
        cls.launcher = Path(kept.name) / "croft-launch"
        checks = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
        warnings = ["-std=gnu17", "-Wall", "-Wextra", "-Werror"]
        subprocess.run(["cc", *warnings, "-O1", "-g", *checks, "-o", cls.launcher, SOURCE], check=True)

    def setUp(self):
        kept = tempfile.TemporaryDirectory()
        self.addCleanup(kept.cleanup)
        self.credentials = Path(kept.name)

    def launch(self, words, program=(sys.executable, "-c", SHOW), environment=None):
        given = {"CREDENTIALS_DIRECTORY": str(self.credentials), "LC_ALL": "C.UTF-8", **(environment or {})}
        return subprocess.run([self.launcher, *words, "--", *program], env=given, capture_output=True, check=False)

    def environment(self, words, **rest):
        done = self.launch(words, **rest)
        self.assertEqual(done.returncode, 0, done.stderr)
        return {name: bytes.fromhex(value) for name, value in json.loads(done.stdout)[1].items()}

    def refused(self, words, code=78, **rest):
        done = self.launch(words, **rest)
        self.assertEqual(done.returncode, code, done)
        self.assertEqual(done.stdout, b"")
        return done.stderr.decode()

    def secret(self, name, value):
        (self.credentials / name).write_bytes(value)

    def test_a_value_is_carried_byte_for_byte(self):
        values = [b"simple", b"$(touch /tmp/x) `id` $HOME %h", b"a'b\"c\\d\\n", b"two\nlines\n\nand more", b"caf\xe9 \xff", b" blanks ", b"=", b"x" * 65536]
        for value in values:
            self.secret("KEY", value)
            self.assertEqual(self.environment(["--env=KEY"])["KEY"], value)

    def test_the_line_break_of_an_editor_is_no_part_of_it(self):
        for written, meant in ((b"v\n", b"v"), (b"v\r\n", b"v"), (b"v\n\n", b"v\n"), (b"\n", b"")):
            self.secret("KEY", written)
            self.assertEqual(self.environment(["--env=KEY"])["KEY"], meant)

    def test_a_value_with_text_around_it(self):
        self.secret("PGPASSWORD", b"s3-cret_\n")
        words = ["--env=PGPASSWORD", "--around=PGPASSWORD,URL=postgresql://shop:*@127.0.0.1:5432/shop?a=*", "--around=PGPASSWORD,SAME=*"]
        given = self.environment(words)
        self.assertEqual(given["URL"], b"postgresql://shop:s3-cret_@127.0.0.1:5432/shop?a=*")
        self.assertEqual((given["SAME"], given["PGPASSWORD"]), (b"s3-cret_", b"s3-cret_"))
        self.secret("PGPASSWORD", b"%s%n*:=")
        self.assertEqual(self.environment(["--around=PGPASSWORD,URL=a%s*b"])["URL"], b"a%s%s%n*:=b")
        for wrong in ("", "PGPASSWORD", "PGPASSWORD,URL", "PGPASSWORD,URL=no place", "PGPASSWORD:URL=*"):
            self.assertIn("--around is", self.refused([f"--around={wrong}"]))
        self.assertIn("the secret OTHER cannot be read", self.refused(["--around=OTHER,URL=*"]))
        self.assertIn("is set already", self.refused(["--around=PGPASSWORD,URL=*"], environment={"URL": "mine"}))

    def test_arguments_go_through_untouched(self):
        self.secret("KEY", b"v")
        words = ["", "--", "--env=KEY", "$KEY", "a b", "'\""]
        done = self.launch(["--env=KEY"], (sys.executable, "-c", SHOW, *words))
        self.assertEqual(json.loads(done.stdout)[0], words)

    def test_the_lines_of_a_file(self):
        self.secret(
            "ENV",
            b"# comment\n\n  export A=1\nB = two words # and this \r\nC='$A \\n \"'\nD=\"a\\n\\\"b\\\" \\$A \\x\\\\\"  \n"
            b"PEM=\"-----\nline = 2\n-----\"\nE=\nF=a=b\nLAST=end",
        )
        found = self.environment(["--env-file=ENV"])
        wanted = {
            "A": b"1", "B": b"two words # and this", "C": b"$A \\n \"", "D": b"a\n\"b\" $A \\x\\", "PEM": b"-----\nline = 2\n-----",
            "E": b"", "F": b"a=b", "LAST": b"end",
        }  # fmt: skip
        self.assertEqual({name: found.get(name) for name in wanted}, wanted)

    def test_an_empty_file_has_no_lines(self):
        for content in (b"", b"\n", b"# nothing", b"   "):
            self.secret("ENV", content)
            self.environment(["--env-file=ENV"])

    def test_what_is_not_a_line_is_refused_by_its_number_alone(self):
        for content, words in (
            (b"A=1\nhunter2hunter2\n", "line 2 is not NAME=VALUE"),
            (b"A=1\n1B=hunter2\n", "line 2 is not NAME=VALUE"),
            (b"A=\"x\ny\"\n\n=hunter2", "line 4 is not NAME=VALUE"),
            (b"A=1\nB='hunter2\n", "the quote in line 2 does not end"),
            (b"B=\"a\nb\"hunter2\n", "more behind the quoted value in line 2"),
        ):
            self.secret("ENV", content)
            said = self.refused(["--env-file=ENV"])
            self.assertIn(words, said)
            self.assertNotIn("hunter2", said)

    def test_a_nul_is_refused(self):
        self.secret("KEY", b"hunter2\0x")
        for word in ("--env=KEY", "--env-file=KEY"):
            said = self.refused([word])
            self.assertIn("NUL", said)
            self.assertNotIn("hunter2", said)

    def test_a_variable_is_set_once(self):
        self.secret("KEY", b"hunter2")
        self.secret("ENV", b"KEY=hunter2")
        self.assertIn("set already", self.refused(["--env=KEY"], environment={"KEY": ""}))
        self.assertIn("set already", self.refused(["--env=KEY", "--env-file=ENV"]))
        self.assertNotIn("hunter2", self.refused(["--env=KEY", "--env-file=ENV"]))

    def test_a_secret_that_is_not_there(self):
        self.assertIn("GONE cannot be read", self.refused(["--env=GONE"]))
        done = subprocess.run([self.launcher, "--env=GONE", "--", "true"], env={}, capture_output=True, check=False)
        self.assertEqual(done.returncode, 78)

    def test_the_program_is_looked_for_where_the_unit_says(self):
        first, second = self.credentials / "first", self.credentials / "second"
        for directory in (first, second):
            directory.mkdir()
        (second / "tool").symlink_to("/bin/echo")
        self.assertEqual(self.launch([f"--search={first}:{second}"], ("tool", "x")).stdout, b"x\n")
        (first / "tool").write_text("not executable")
        self.assertEqual(self.launch([f"--search={first}:{second}"], ("tool", "x")).stdout, b"x\n")
        os.unlink(second / "tool")
        self.assertIn("Permission denied", self.refused([f"--search={first}:{second}"], 126, program=("tool",)))
        self.assertIn("tool cannot be started", self.refused([f"--search={second}"], 127, program=("tool",)))
        self.assertIn("cannot be started", self.refused([], 127, program=("./none",)))

    def test_a_confined_program_makes_no_place_of_its_own(self):
        tries = """
import ctypes, errno, json, threading
libc = ctypes.CDLL(None, use_errno=True)
def tried(call, *arguments):
    return 0 if call(*arguments) == 0 else ctypes.get_errno()
threading.Thread(target=print, args=("threads work",)).start()
print(json.dumps([
    tried(libc.unshare, 0x10000000), tried(libc.setns, 0, 0), tried(libc.chroot, b"/"), tried(libc.umount, b"/nowhere"),
    tried(libc.mount, b"none", b"/nowhere", b"tmpfs", 0, None),
    tried(libc.syscall, 56 if __import__("os").uname().machine == "x86_64" else 220, 0x10000000 | 17, None, None, None, None),
]))
"""
        done = self.launch(["--confine"], (sys.executable, "-c", tries))
        self.assertEqual(done.returncode, 0, done.stderr)
        threads, results = done.stdout.decode().splitlines()
        self.assertEqual((threads, json.loads(results)), ("threads work", [errno.EPERM] * 6))

    def test_a_confined_program_is_given_its_secrets(self):
        self.secret("KEY", b"v")
        self.assertEqual(self.environment(["--env=KEY", "--confine"])["KEY"], b"v")

    def test_a_persons_command_is_looked_for_in_their_path(self):
        path = {"PATH": "/usr/bin:/bin"}
        self.assertEqual(self.launch(["--search=/nowhere", "--path"], ("true",), path).returncode, 0)
        self.assertEqual(self.launch(["--search=/nowhere"], ("true",), path).returncode, 127)


if __name__ == "__main__":
    unittest.main()
