"""Dialogues that pass on what the sampler says; the sampler is a socket of the test's, or the real one."""

import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

from box import Box
from console import HELLO, ask, refused
from croft_hostd import metrics
from croft_hostd.server import serve
from machine import needs
from sampling import scripted_sampler
from test_sampler import START, build

FRAME = b'{"type":"reading","time":"2026-05-04T12:00:00.000000Z","sample":{"at":1,"gaps":{},"new":[],"gone":[],"units":[]}}\n'


class MetricsTest(unittest.TestCase):
    def setUp(self):
        self.box = Box()
        self.addCleanup(self.box.close)

    def sampler(self, *parts):
        self.wishes = scripted_sampler(self.box, *parts)

    def test_frames_are_passed_on_as_they_are(self):
        self.sampler(FRAME + FRAME)
        frames = ask(self.box, type="metrics", interval=5)
        self.assertEqual((frames[:-1], frames[-1]["type"], self.wishes), ([json.loads(FRAME)] * 2, "refused", [b"5000\n"]))

    def test_without_a_wish_it_is_a_second(self):
        self.sampler(FRAME)
        ask(self.box, type="metrics")
        self.assertEqual(self.wishes, [b"1000\n"])

    def test_a_console_that_leaves_ends_the_dialogue(self):
        """The console of these tests has closed its side from the beginning; the box's clock passes the two seconds."""
        moments = itertools.count(0, 2)
        self.box.monotonic = lambda: next(moments)
        self.sampler(FRAME, None)
        self.assertEqual(ask(self.box, type="metrics"), [json.loads(FRAME)])

    def test_a_sampler_that_dies_is_told_and_its_torn_frame_is_not(self):
        self.sampler(FRAME[:-30])
        problem = refused(self.box, type="metrics")
        self.assertEqual(problem["code"], "INTERNAL")
        self.assertIn("It ended.", problem["why"])

    def test_a_frame_without_an_end(self):
        self.sampler(b"x" * 3_000_000)
        self.assertIn("does not end", refused(self.box, type="metrics")["why"])

    def test_a_sampler_that_is_not_there(self):
        self.assertIn("does not answer: No such file", refused(self.box, type="metrics")["why"])
        place = self.box.path(metrics.SOCKET)
        os.makedirs(os.path.dirname(place))
        with socket.socket(socket.AF_UNIX) as nobody:
            nobody.bind(place)
        self.assertIn("does not answer: Connection refused", refused(self.box, type="metrics")["why"])


@needs(shutil.which("cc"), "a C compiler (gcc)")
class RealSamplerTest(unittest.TestCase):
    def test_dialogues_that_share_a_sampler(self):
        with tempfile.TemporaryDirectory() as built:
            box = Box()
            self.addCleanup(box.close)
            place = box.path(metrics.SOCKET)
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(place)
                listener.listen()
                sampler = subprocess.Popen([sys.executable, "-c", START, str(listener.fileno()), build(built)], pass_fds=[listener.fileno()])
                self.addCleanup(sampler.wait)
                self.addCleanup(sampler.kill)
                consoles = [self.dialogue(box) for _ in range(3)]
                moments = [[json.loads(lines.readline())["sample"]["at"] for _ in range(3)] for lines in consoles]
        # The first frame comes at once; from then on everybody has the same moments.
        self.assertTrue(set(moments[1][1:]) & set(moments[0]) and set(moments[2][1:]) & set(moments[1]), moments)

    def dialogue(self, box):
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        thread = threading.Thread(target=lambda: (serve(box, theirs.fileno(), theirs.fileno()), theirs.close()))
        thread.start()
        self.addCleanup(thread.join, 30)
        lines = ours.makefile("rwb")
        self.addCleanup(ours.shutdown, socket.SHUT_RDWR)
        self.addCleanup(lines.close)
        for frame in (HELLO, {"type": "metrics"}):
            lines.write(json.dumps(frame).encode() + b"\n")
        lines.flush()
        self.assertEqual(json.loads(lines.readline())["type"], "hello")
        return lines


if __name__ == "__main__":
    unittest.main()
