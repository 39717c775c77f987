"""Real programs, as the port to the operating system starts and ends them."""

import os
import select
import socket
import sys
import tempfile
import threading
import unittest

import box  # noqa: F401  It knows where croft_hostd is.
from croft_hostd.frames import ConsoleGone
from croft_hostd.system import System

# Says that it runs; when it is asked to end, leaves a file behind.
TIDY = """
import signal, sys
def end(*_):
    open(sys.argv[1], "w").close()
    sys.exit()
signal.signal(signal.SIGTERM, end)
print("runs", flush=True)
signal.pause()
"""

# Says the number of a child; neither ends when it is asked to.
STUBBORN = """
import signal, subprocess
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(subprocess.Popen(["sleep", "60"]).pid, flush=True)
while True:
    signal.pause()
"""


def ends(pid, seconds=10):
    """Whether a process ends, or has ended."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([process], [], [], seconds)[0])
    finally:
        os.close(process)


class ChildTest(unittest.TestCase):
    def started(self, program, *arguments):
        child = System().spawn([sys.executable, "-c", program, *arguments])
        self.addCleanup(child.stop)
        while not (said := child.lines()):
            pass
        return child, said[0][1]

    def test_a_program_that_is_stopped_may_tidy_up(self):
        with tempfile.TemporaryDirectory() as place:
            child, _ = self.started(TIDY, f"{place}/tidied")
            self.assertEqual(child.stop(patience=30), 0)
            self.assertEqual(os.listdir(place), ["tidied"])

    def test_one_that_does_not_end_is_killed_with_all_that_it_started(self):
        child, number = self.started(STUBBORN)
        self.assertEqual(child.stop(patience=0.2), -9)
        self.assertTrue(ends(int(number)))


class PendingTest(unittest.TestCase):
    def test_nobody_works_for_a_console_that_is_gone(self):
        console, writer = os.pipe()
        self.addCleanup(os.close, writer)
        with tempfile.TemporaryDirectory() as place:
            os.mkfifo(f"{place}/child")
            seen = []

            def leave():
                with open(f"{place}/child") as file:
                    seen.append(int(file.read()))
                os.close(console)

            leaving = threading.Thread(target=leave)
            leaving.start()
            with self.assertRaises(ConsoleGone):
                System().run(["sh", "-c", 'sleep 60 & echo $! >"$1"; wait', "sh", f"{place}/child"], timeout=30, reader=writer)
            leaving.join()
            self.assertTrue(ends(seen[0]))

    def test_a_console_that_has_said_all_still_gets_its_answer(self):
        console, hostd = socket.socketpair()
        with console, hostd:
            console.shutdown(socket.SHUT_WR)
            self.assertEqual(System().run(["sh", "-c", "sleep 0.1; echo done"], reader=hostd.fileno()).out, "done\n")


if __name__ == "__main__":
    unittest.main()
