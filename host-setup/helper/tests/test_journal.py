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


    def texts(self, **members):
        frames = ask(self.box, type="journal", **members)
        return [frame["text"] for frame in frames if frame["type"] == "line"], frames[-1].get("result")

    def cursor(self, text):
        return next(entry["__CURSOR"] for entry in self.box.journal if entry["MESSAGE"] == text)

    def numbered(self, count=20, unit=UNIT):
        for number in range(count):
            self.box.log(unit, f"line {number}", PRIORITY=str(number % 8))

    def test_pages_before_and_after_a_cursor(self):
        self.numbered()
        self.assertEqual(self.texts(app="shop", before=self.cursor("line 10"), lines=3)[0], ["line 7", "line 8", "line 9"])
        self.assertEqual(self.texts(app="shop", after=self.cursor("line 10"), lines=2)[0], ["line 11", "line 12"])
        self.assertEqual(self.texts(app="shop", before=self.cursor("line 0"))[0], [])

    def test_context_around_a_line(self):
        self.numbered()
        texts, done = self.texts(app="shop", around=self.cursor("line 10"), lines=4)
        self.assertEqual((texts, done["found"]), (["line 8", "line 9", "line 10", "line 11", "line 12"], True))
        self.assertEqual(self.texts(app="shop", around=self.cursor("line 19"), lines=2)[0], ["line 18", "line 19"])

    def test_text_is_searched_for_as_it_is_and_a_pattern_as_one(self):
        for text in ("Out of [a-z]", "out of x", "a\\Eb.c", "abxc"):
            self.box.log(UNIT, text)
        self.assertEqual(self.texts(app="shop", search="OF [A-Z]")[0], ["Out of [a-z]"])
        self.assertEqual(self.texts(app="shop", search="of [a-z]", regex=True)[0], ["out of x"])
        self.assertEqual(self.texts(app="shop", search="\\Eb.c")[0], ["a\\Eb.c"])
        self.assertEqual(refused(self.box, type="journal", app="shop", search="(", regex=True)["code"], "BAD_REQUEST")

    def test_priority_and_time(self):
        self.numbered(8)
        self.assertEqual(self.texts(app="shop", priority=1)[0], ["line 0", "line 1"])
        since, until = (micros_text(self.box.journal[number]) for number in (2, 4))
        self.assertEqual(self.texts(app="shop", since=since, until=until)[0], ["line 2", "line 3", "line 4"])
        self.assertEqual(self.texts(app="shop", since=since, oldest=True, lines=2)[0], ["line 2", "line 3"])
        # journalctl takes no --since beside a cursor.
        self.assertEqual(self.texts(app="shop", since=since, before=self.cursor("line 5"))[0], ["line 2", "line 3", "line 4"])

    def test_an_app_has_its_units_and_nobody_elses(self):
        self.box.write("/etc/croft/facts.json", '{"attach":{"shop":{"jobs":["daily"]},"shop-x":{"jobs":["nightly"]}}}')
        for unit in (UNIT, "croft-job-shop-daily.service", "croft-migrate-shop.service", "croft-app-shop-x.service",
                     "croft-job-shop-x-nightly.service", "sshd.service"):
            self.box.log(unit, unit)
        mine = [UNIT, "croft-job-shop-daily.service", "croft-migrate-shop.service"]
        self.assertEqual(self.texts(app="shop")[0], mine)
        self.assertEqual(self.texts(app="shop", unit="croft-job-shop-daily.service")[0], mine[1:2])
        for unit in ("croft-job-shop-x-nightly.service", "croft-app-shop-x.service", "croft-job-shop-*"):
            self.assertEqual(refused(self.box, type="journal", app="shop", unit=unit)["code"], "BAD_REQUEST", unit)
        self.assertEqual(len(self.texts(host=True)[0]), 6)
        self.assertEqual(self.texts(host=True, unit="ssh*")[0], ["sshd.service"])

    def test_an_answer_is_bounded_and_says_so(self):
        for number in range(1100):
            self.box.log(UNIT, f"{number} " + "x" * 8000)
        texts, done = self.texts(app="shop", lines=10000)
        self.assertFalse(done["complete"])
        self.assertLess(sum(len(text) for text in texts), 17 * 1024 * 1024)
        self.assertTrue(texts[-1].startswith("1099 "))

    def test_what_anybody_may_send_ends_nothing(self):
        """Any process may send fields of any shape to journald; its neighbours' lines still come."""
        lines = journal.Lines()
        good = b'{"__CURSOR":"s=1;i=%d","__REALTIME_TIMESTAMP":"1777896000000001","MESSAGE":"ok"}'
        bad = [
            b'{"__CURSOR":"s=1;i=2","__REALTIME_TIMESTAMP":"1777896000000001","PRIORITY":["1","2"],"MESSAGE":null}',
            b'{"__CURSOR":"s=1;i=3","__REALTIME_TIMESTAMP":"1777896000000001","PRIORITY":"loud","UNIT":["a","b"]}',
            b'{"__CURSOR":"s=1;i=4","__REALTIME_TIMESTAMP":"1777896000000001","MESSAGE":[1,2,300]}',
            b'{"__CURSOR":"s=1;i=5","MESSAGE":[' + b"1," * 100,
            b"[]", b"\xff\xfe",
        ]
        frames = lines.frames([("out", raw) for raw in (good % 1, *bad, good % 9)])
        self.assertEqual([frame["text"] for frame in frames if frame["type"] == "line"], ["ok", "", "", "ok"])
        self.assertEqual((frames[-1]["cursor"], frames[-2]["type"]), ("s=1;i=9", "skipped"))
        self.assertEqual([frame["priority"] for frame in frames[1:3]], [6, 6])

    def test_colours_stay_when_asked_for_and_nothing_else_of_a_terminal(self):
        text = "\x1b[1;31mred\x1b[0m\x1b[2J\x1b]0;title\x07\x1b[38:5:9mx\x1b" + "[" + "1;" * 50 + "mbomb\x1bc<b>\u202e"
        self.assertEqual(journal.text_of({"MESSAGE": text}, True), "\x1b[1;31mred\x1b[0m\x1b[38:5:9mxbomb<b>\ufffd")
        self.assertEqual(journal.text_of({"MESSAGE": "\x1b[1;31mred\x1b[0m"}), "red")

    def test_a_search_that_takes_too_long_says_how_far_it_came(self):
        slow = ScriptedChild([[("out", b'{"__CURSOR":"s=1;i=1","__REALTIME_TIMESTAMP":"1777896000000001","MESSAGE":"hit"}')], [], [], []])
        self.box.spawn = lambda argv, env=None: slow
        ticks = iter(range(0, 1000, 15))
        self.box.monotonic = lambda: next(ticks)
        texts, done = self.texts(app="shop", search="hit")
        self.assertEqual((texts, done["complete"], slow.stopped), (["hit"], False, True))


def micros_text(entry):
    return journal.Clock()(entry["__REALTIME_TIMESTAMP"])


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
