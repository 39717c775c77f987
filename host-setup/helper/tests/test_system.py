"""Real programs, as the port to the operating system starts and ends them."""

import os
import sys
import tempfile
import unittest

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


def state(pid):
    """Whether a process is still there; one that nobody has collected is not."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return "ended" if file.read().split()[2] in "ZX" else "runs"
    except FileNotFoundError:
        return "ended"


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
        self.assertEqual(state(int(number)), "ended")


if __name__ == "__main__":
    unittest.main()
