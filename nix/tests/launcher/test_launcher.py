"""croft-launch: what a secret has is what the program gets. croft-relay: what is said arrives. Needs a C compiler and nothing else."""

import contextlib
import errno
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
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

    def test_a_container_s_variables_are_replaced_by_the_app_s(self):
        place = self.credentials / "variables"
        place.write_bytes(b"LC_ALL=C.UTF-8\0ODD=two\nlines = \xff\0TWICE=first\0TWICE=last\0EMPTY=\0")
        given = self.environment([f"--environment={place}"], environment={"container": "systemd-nspawn"})
        self.assertEqual(given, {"LC_ALL": b"C.UTF-8", "ODD": b"two\nlines = \xff", "TWICE": b"last", "EMPTY": b""})
        self.assertIn("cannot be read", self.refused([f"--environment={place}-not"]))
        place.write_bytes(b"A=" + b"x" * 2 * 1024 * 1024)
        self.assertIn("they are too many", self.refused([f"--environment={place}"]))

    def test_an_account_is_taken_for_good(self):
        for words in ("0:5", "5:0", "5", "5:", "five:5", "5:5:5", ""):
            self.assertIn("--as is UID:GID", self.refused([f"--as={words}"]))
        if os.getuid() == 0:
            shows = "import os; print(os.getresuid(), os.getresgid(), os.getgroups()); os.setuid(0)"
            place = "/usr/bin/python3"
            done = self.launch(["--as=1234:1235"], (place, "-c", shows))
            self.assertEqual(done.stdout.decode(), "(1234, 1234, 1234) (1235, 1235, 1235) []\n", done.stderr)
            self.assertNotEqual(done.returncode, 0)

    def test_a_persons_command_is_looked_for_in_their_path(self):
        path = {"PATH": "/usr/bin:/bin"}
        self.assertEqual(self.launch(["--search=/nowhere", "--path"], ("true",), path).returncode, 0)
        self.assertEqual(self.launch(["--search=/nowhere"], ("true",), path).returncode, 127)


class RelayTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        kept = tempfile.TemporaryDirectory()
        cls.addClassCleanup(kept.cleanup)
        cls.place = Path(kept.name)
        cls.relay = cls.place / "croft-relay"
        checks = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
        subprocess.run(["cc", "-std=gnu17", "-Wall", "-Wextra", "-Werror", "-O1", "-g", *checks, "-o", cls.relay, SOURCE.with_name("croft-relay.c")], check=True)

    def server(self, family, address):
        """Says what it heard, backwards, when the other side has said all."""
        server = socket.socket(family)
        server.bind(address)
        server.listen()
        self.addCleanup(server.close)

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    with server.accept()[0] as connection, connection.makefile("rb") as stream:
                        connection.sendall(stream.read()[::-1])

        threading.Thread(target=serve, daemon=True).start()
        return server.getsockname()

    @staticmethod
    def said(place, words):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(20)
            connection.connect(str(place))

            def say():
                with contextlib.suppress(OSError):
                    connection.sendall(words)
                    connection.shutdown(socket.SHUT_WR)

            saying = threading.Thread(target=say)
            saying.start()
            with connection.makefile("rb") as stream:
                heard = stream.read()
            saying.join()
            return heard

    def test_what_is_said_arrives_on_both_sides_whole(self):
        path, (address, port) = self.server(socket.AF_UNIX, str(self.place / "server")), self.server(socket.AF_INET, ("127.0.0.1", 0))
        places = [self.place / "one", self.place / "two", self.place / "nobody"]
        relay = subprocess.Popen(
            ["setsid", "--wait", self.relay, f"{places[0]}={path}", f"{places[1]}={address}:{port}", f"{places[2]}={self.place}/nowhere"], start_new_session=True
        )
        # Ends when it listens; what goes on is in the background.
        self.assertEqual(relay.wait(20), 0)
        [background] = [int(number) for number in filter(str.isdigit, os.listdir("/proc")) if self.runs(number, str(places[0]))]
        self.addCleanup(os.kill, background, signal.SIGKILL)
        long = bytes(range(256)) * 4000
        for _ in range(3):
            for place in places[:2]:
                for words in (b"", b"abc", long):
                    self.assertEqual(self.said(place, words), words[::-1])
            with contextlib.suppress(ConnectionError):
                self.assertEqual(self.said(places[2], b""), b"")

    @staticmethod
    def runs(number, word):
        try:
            return word.encode() in Path("/proc", number, "cmdline").read_bytes()
        except OSError:
            return False

    def test_from_the_standard_input(self):
        path = self.server(socket.AF_UNIX, str(self.place / "other"))
        ours, theirs = socket.socketpair()
        child = subprocess.Popen([self.relay, "--stdio", path], stdin=theirs, stdout=theirs)
        theirs.close()
        ours.sendall(b"abc")
        ours.shutdown(socket.SHUT_WR)
        self.assertEqual(ours.makefile("rb").read(), b"cba")
        ours.close()
        self.assertEqual(child.wait(20), 0)

    def test_what_it_cannot_do_it_says(self):
        for words, why in (
            ([], "takes 1 to 16"),
            (["nowhere"], "is not PLACE=TARGET"),
            (["here=/there"], "neither a path nor an address"),
            (["localhost:80=/there"], "is no address"),
            ([f"/{'x' * 200}=/there"], "too long"),
            (["--stdio", "/nowhere"], "cannot be reached"),
            (["/nowhere/at/all=/there"], "cannot be listened at"),
        ):
            done = subprocess.run([self.relay, *words], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn(why, done.stderr)


if __name__ == "__main__":
    unittest.main()
