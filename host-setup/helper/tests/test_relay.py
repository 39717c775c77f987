"""The relay as sshd starts it: a process of its own between pipes and the socket."""

import os
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

HELPER = os.path.join(os.path.dirname(__file__), "..")


class RelayTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = os.path.join(directory.name, "hostd.sock")
        with open(os.path.join(HELPER, "croft-host"), encoding="utf-8") as file:
            text = file.read()
        self.assertIn('"/run/croft/hostd.sock"', text)
        self.program = os.path.join(directory.name, "croft-host")
        with open(self.program, "w", encoding="utf-8") as file:
            file.write(text.replace("/run/croft/hostd.sock", self.path))
        self.listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(self.listener.close)
        self.listener.settimeout(20)
        self.listener.bind(self.path)
        self.listener.listen()

    def start(self, *arguments, environment=None):
        relay = subprocess.Popen(
            [sys.executable, "-IS", self.program, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **(environment or {})},
        )
        self.addCleanup(self.reap, relay)
        box, _ = self.listener.accept()
        self.addCleanup(box.close)
        box.settimeout(20)
        return relay, box

    def reap(self, relay):
        relay.kill()
        relay.wait()
        for pipe in (relay.stdin, relay.stdout, relay.stderr):
            pipe.close()

    def test_joins_both_ways_whatever_was_asked_for(self):
        relay, box = self.start("-c", "id; cat /etc/passwd", environment={"SSH_ORIGINAL_COMMAND": "sh -i"})
        relay.stdin.write(b"to the box\n")
        relay.stdin.flush()
        self.assertEqual(box.recv(100), b"to the box\n")
        box.sendall(b"to the console\n")
        self.assertEqual(relay.stdout.readline(), b"to the console\n")
        box.close()
        self.assertEqual(relay.wait(20), 0)
        self.assertEqual(relay.stdout.read(), b"")

    def test_a_console_that_has_said_all_still_gets_its_answer(self):
        relay, box = self.start()
        relay.stdin.close()
        self.assertEqual(box.recv(100), b"", "the box learns of the end")
        box.sendall(b"answer\n")
        box.close()
        self.assertEqual(relay.stdout.read(), b"answer\n")
        self.assertEqual(relay.wait(20), 0)

    def test_a_console_that_is_gone_ends_it_without_a_word_from_the_box(self):
        relay, box = self.start()
        relay.stdout.close()
        self.assertEqual(box.recv(100), b"", "the connection ends although neither side wrote")
        relay.wait(20)

    def test_much_data_arrives_whole(self):
        relay, box = self.start()
        data = os.urandom(3_000_000)
        thread = threading.Thread(target=lambda: (box.sendall(data), box.close()))
        thread.start()
        self.assertEqual(relay.stdout.read(), data)
        thread.join()

    def test_without_a_helper_it_says_so_to_sshd_and_fails(self):
        self.listener.close()
        relay = subprocess.run([sys.executable, "-IS", self.program], stdin=subprocess.DEVNULL, capture_output=True, timeout=20)
        self.assertEqual((relay.returncode, relay.stdout), (1, b""))
        self.assertIn(b"Connection refused", relay.stderr)


if __name__ == "__main__":
    unittest.main()
