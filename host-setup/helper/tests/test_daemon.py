"""The listening process, as systemd starts it: a real one, on a socket of its own."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import unittest

HELPER = os.path.realpath(os.path.join(os.path.dirname(__file__), ".."))

# What systemd does between fork and exec: the socket becomes descriptor 3, and the variables name this process.
START = """
import os, sys
listener = int(sys.argv[1])
os.dup2(listener, 3, inheritable=True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.executable, [sys.executable, "-IS", sys.argv[2]])
"""


class DaemonTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = os.path.join(directory.name, "hostd.sock")
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        listener.bind(self.path)
        listener.listen()
        self.daemon = subprocess.Popen(
            [sys.executable, "-c", START, str(listener.fileno()), os.path.join(HELPER, "croft-hostd")],
            pass_fds=[listener.fileno()],
            stdin=subprocess.DEVNULL,
        )
        self.addCleanup(self.daemon.wait)
        self.addCleanup(self.daemon.kill)

    def connect(self):
        connection = socket.socket(socket.AF_UNIX)
        self.addCleanup(connection.close)
        connection.settimeout(20)
        connection.connect(self.path)
        frames = connection.makefile("rw", encoding="utf-8", newline="\n")
        self.addCleanup(frames.close)
        return connection, frames

    def hello(self, frames):
        frames.write('{"type":"hello","protocol":1,"client":"test"}\n')
        frames.flush()
        return json.loads(frames.readline())

    def test_many_connections_at_once_each_with_its_own_process(self):
        open_ones = [self.connect()[1] for _ in range(20)]
        for frames in reversed(open_ones):
            self.assertEqual(self.hello(frames)["type"], "hello")
        for frames in open_ones:
            frames.write('{"type":"nonsense"}\n')
            frames.flush()
            self.assertEqual(json.loads(frames.readline())["problem"]["code"], "NOT_ALLOWED")
            self.assertEqual(frames.readline(), "", "the box closes the connection after its last word")

    def test_a_dialogue_outlives_the_daemon(self):
        """A switch that brings a new helper restarts the daemon; whoever is being answered is answered."""
        _, frames = self.connect()
        self.hello(frames)
        self.daemon.terminate()
        self.daemon.wait(20)
        frames.write('{"type":"nonsense"}\n')
        frames.flush()
        self.assertEqual(json.loads(frames.readline())["type"], "refused")

    def test_a_connection_that_breaks_off_does_no_harm(self):
        connection, frames = self.connect()
        frames.write('{"type":"hel')
        frames.flush()
        connection.close()
        self.assertEqual(self.hello(self.connect()[1])["type"], "hello")


class IdleTest(unittest.TestCase):
    def test_it_ends_when_nobody_came(self):
        sys.path.insert(0, HELPER)
        from croft_hostd import daemon

        with tempfile.TemporaryDirectory() as directory, socket.socket(socket.AF_UNIX) as listener:
            listener.bind(os.path.join(directory, "s"))
            listener.listen()
            self.assertIsNone(daemon.listen(listener, lambda connection: None, idle=0.01))


if __name__ == "__main__":
    unittest.main()
