"""The journal by cursor, and an app's unit."""

import unittest

from box import START, Box, ScriptedChild, app, operation_id, state_text
from console import ask, refused, result
from croft_hostd import journal
from croft_hostd.units import ending

UNIT = "croft-app-shop.service"


class JournalTest(unittest.TestCase):
    def setUp(self):
        self.box = Box()
        self.addCleanup(self.box.close)

    def lines(self, **members):
        frames = ask(self.box, type="journal", app="shop", **members)
        return [frame["text"] for frame in frames if frame["type"] == "line"], frames

    def test_the_last_lines_and_then_what_follows_them(self):
        for number in range(300):
            self.box.log(UNIT, f"line {number}")
        texts, frames = self.lines()
        self.assertEqual(texts, [f"line {number}" for number in range(100, 300)])
        self.box.log(UNIT, "line 300")
        texts, _ = self.lines(after=frames[-1]["result"]["cursor"])
        self.assertEqual(texts, ["line 300"])

    def test_following_begins_with_the_last_lines_and_loses_none_between(self):
        """Lines written between the look back and the follow are the ones that a naive follower loses."""
        for number in range(5):
            self.box.log(UNIT, f"line {number}")
        spawn = self.box.spawn
        started = []

        def spawn_and_log(argv, env=None):
            child = spawn(argv, env)
            if "--follow" not in argv:
                self.box.log(UNIT, "in between")
            started.append(argv)
            return child

        self.box.spawn = spawn_and_log
        texts, frames = self.lines(follow=True, lines=2)
        self.assertEqual(texts, ["line 3", "line 4", "in between"])
        self.assertTrue(any(part.startswith("--after-cursor=") for part in started[-1]), started[-1])

    def test_following_a_unit_that_has_not_said_anything_begins_now(self):
        self.box.log("other.service", "noise")
        spawn = self.box.spawn

        def spawn_and_log(argv, env=None):
            child = spawn(argv, env)
            if "--follow" not in argv:
                self.box.log(UNIT, "first words")
            return child

        self.box.spawn = spawn_and_log
        self.assertEqual(self.lines(follow=True)[0], ["first words"])

    def test_a_torn_last_line_is_dropped(self):
        whole = b'{"__CURSOR":"s=1;i=1","__REALTIME_TIMESTAMP":"1777896000000001","MESSAGE":"whole"}'
        lines = journal.Lines()
        frames = lines.frames([("out", whole), ("out-torn", b'{"__CURSOR":"s=1;i=2","__REAL')])
        self.assertEqual(([frame["text"] for frame in frames], lines.cursor), (["whole"], "s=1;i=1"))
        self.assertEqual(frames[0]["time"], "2026-05-04T12:00:00.000001Z")

    def test_an_unknown_cursor_is_refused(self):
        self.assertEqual(refused(self.box, type="journal", app="shop", after="s=nope")["code"], "BAD_REQUEST")

    def test_odd_messages(self):
        for value, wanted in (
            ([104, 105, 255], "hi\ufffd"),
            (["a", "b"], "a\nb"),
            (None, ""),
            ("\x1b[32mgreen\x1b[0m", "green"),
            ("x" * 9000, "x" * 8192 + "… [808 bytes cut]"),
        ):
            self.assertEqual(journal.text_of({"MESSAGE": value}), wanted)

    def test_a_console_that_leaves_ends_the_follower(self):
        """The scripted console has closed its side; a journalctl that says nothing would otherwise run for ever."""
        quiet = ScriptedChild([[]] * 3)
        self.box.log(UNIT, "one")
        spawn = self.box.spawn
        self.box.spawn = lambda argv, env=None: quiet if "--follow" in argv else spawn(argv, env)
        texts, frames = self.lines(follow=True)
        self.assertEqual((texts, frames[-1]["type"]), (["one"], "line"))
        self.assertTrue(quiet.stopped)


class UnitTest(unittest.TestCase):
    def setUp(self):
        self.box = Box()
        self.addCleanup(self.box.close)

    def test_numbers_that_are_not_set(self):
        self.box.units[UNIT] = {"MainPID": "0", "NRestarts": "[not set]", "StateChangeTimestamp": ""}
        unit = result(self.box, type="units", apps=["shop"])["units"][0]
        self.assertEqual((unit["mainPid"], unit["restarts"], unit["since"]), (None, 0, None))

    def test_no_apps_is_no_question(self):
        self.assertEqual(result(self.box, type="units", apps=[])["units"], [])

    def test_control_of_an_unknown_app(self):
        self.assertEqual(refused(self.box, type="control", app="shop", action="start")["code"], "NOT_FOUND")

    def test_control_names_the_unit_behind_two_dashes(self):
        self.box.closure("x", state_text({"shop": app()}), "0" * 40)
        self.assertEqual(result(self.box, type="control", app="shop", action="stop")["unit"]["active"], "inactive")
        self.assertIn(["systemctl", "stop", "--no-ask-password", "--", UNIT], self.box.calls)

    def test_endings_in_words(self):
        self.assertEqual(ending({"ExecMainCode": "1", "ExecMainStatus": "0"}, ""), "ended by itself, without an error")
        self.assertEqual(ending({"ExecMainCode": "2", "ExecMainStatus": "11"}, ""), "was killed by signal 11")
        self.assertIn("memory", ending({"Result": "oom-kill"}, ""))
        log = "Main process exited, code=exited, status=1/FAILURE\nStarted\nMain process exited, code=killed, status=9/KILL"
        self.assertEqual(ending({"Result": "success"}, log), "was killed by signal 9/KILL")


if __name__ == "__main__":
    unittest.main()
