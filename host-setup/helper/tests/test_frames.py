"""Framing, and JSON without the json package."""

import json
import os
import random
import tempfile
import unittest

from box import Box
from console import HELLO, exchange
from croft_hostd import frames, jsontext
from croft_hostd.problems import Problem


class FrameTest(unittest.TestCase):
    def reader(self, raw, limit=frames.MAX_FROM_CONSOLE):
        file = tempfile.TemporaryFile()
        self.addCleanup(file.close)
        file.write(raw)
        file.flush()
        os.lseek(file.fileno(), 0, os.SEEK_SET)
        return frames.FrameReader(file.fileno(), limit)

    def refused(self, raw, **options):
        with self.assertRaises(Problem) as caught:
            self.reader(raw, **options).read(1)
        self.assertEqual(caught.exception.code, "PROTOCOL_ERROR")
        return caught.exception.why

    def test_frames_come_one_by_one(self):
        source = self.reader(b'{"type":"a"}\n {"type":"b","x":"\xc3\xa9"} \n')
        self.assertEqual(source.read(1), {"type": "a"})
        self.assertEqual(source.read(1), {"type": "b", "x": "é"})
        self.assertRaises(frames.ConsoleGone, source.read, 1)

    def test_what_is_not_a_frame_is_refused(self):
        for raw in (
            b"\n",
            b"[]\n",
            b'"type"\n',
            b"{}\n",
            b'{"type":1}\n',
            b'{"type":"a"} {"type":"b"}\n',
            b'{"type":"a","x":NaN}\n',
            b'{"type":"a","x":Infinity}\n',
            b'{"type":"\xff"}\n',
            b"{" * 100_000 + b"\n",
            b"[" * 100_000 + b"]" * 100_000 + b"\n",
            b'{"type":"a","x":"' + b"\x01" + b'"}\n',
        ):
            with self.subTest(raw=raw[:40]):
                self.refused(raw)

    def test_a_torn_last_frame_is_refused(self):
        self.assertIn("torn", self.refused(b'{"type":"a"}'))

    def test_the_limit_counts_the_newline(self):
        fits = b'{"type":"abc"}\n'
        self.assertEqual(self.reader(fits, limit=len(fits)).read(1), {"type": "abc"})
        self.assertIn("longer than", self.refused(fits, limit=len(fits) - 1))

    def test_a_console_that_leaves_is_no_error(self):
        box = Box()
        self.addCleanup(box.close)
        self.assertEqual(exchange(box, b""), [])
        self.assertEqual([frame["type"] for frame in exchange(box, json.dumps(HELLO).encode() + b"\n")], ["hello"])

    def test_the_first_frame_must_be_hello(self):
        box = Box()
        self.addCleanup(box.close)
        self.assertEqual(exchange(box, b'{"type":"state"}\n')[0]["problem"]["code"], "PROTOCOL_ERROR")


class JsonTextTest(unittest.TestCase):
    def test_reads_and_writes_what_json_does(self):
        seed = random.randrange(2**32)
        source = random.Random(seed)
        for _ in range(300):
            value = _value(source, 4)
            with self.subTest(seed=seed, value=value):
                text = jsontext.dumps(value)
                self.assertEqual(json.loads(text), value)
                self.assertEqual(jsontext.loads(json.dumps(value)), value)
                self.assertNotIn("\n", text)

    def test_refuses_what_json_does(self):
        for text in ("", " ", "{", '{"a":}', "[1,]", "nul", "NaN", '{"a":1}x', "'a'", '"\x00"', "01"):
            with self.subTest(text=text):
                self.assertRaises(ValueError, jsontext.loads, text)

    def test_falls_back_to_json(self):
        loads, dumps = jsontext._plain()
        self.assertEqual(loads(' {"a":[1]} '), {"a": [1]})
        self.assertEqual(dumps({"a": "é"}), '{"a":"é"}')
        self.assertRaises(ValueError, loads, "NaN")


def _value(source, depth):
    kind = source.randrange(7 if depth else 5)
    if kind == 0:
        return source.choice([None, True, False])
    if kind == 1:
        return source.randrange(-(2**64), 2**64)
    if kind == 2:
        return source.uniform(-1e9, 1e9)
    if kind in (3, 4):
        return "".join(source.choice("ab\"\\/\n\t\x1f\x7fé\u2028🎪${}") for _ in range(source.randrange(12)))
    if kind == 5:
        return [_value(source, depth - 1) for _ in range(source.randrange(5))]
    return {_value(source, 0).__str__(): _value(source, depth - 1) for _ in range(source.randrange(5))}


if __name__ == "__main__":
    unittest.main()
