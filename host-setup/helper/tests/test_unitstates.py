"""Dialogues that tell of the states of units; systemd's bus is a socket of the test's."""

import itertools
import json
import unittest

from box import Box
from bus import message, reloading, removed, scripted_bus, signal
from console import ask, refused
from croft_hostd import unitstates

SHOP = "croft-app-shop.service"
UP = {"LoadState": "loaded", "ActiveState": "active", "SubState": "running", "Result": "success"}
DOWN = {"LoadState": "loaded", "ActiveState": "failed", "SubState": "failed", "Result": "exit-code", "ExecMainCode": "1", "ExecMainStatus": "7"}


class UnitStatesTest(unittest.TestCase):
    def setUp(self):
        self.box = Box()
        self.addCleanup(self.box.close)
        self.units(**{SHOP: UP})

    def units(self, **states):
        self.box.units = {name: dict(state) for name, state in states.items()}
        self.box.listed["--type=service"] = list(states)

    def told(self, *parts, **more):
        """The `states` of each reading."""
        self.heard = scripted_bus(self.box, *parts, **more)
        frames = ask(self.box, type="unit-states")
        self.end = frames[-1]
        return [frame["states"] for frame in frames if frame["type"] == "reading"]

    def test_first_all_of_them_then_what_changes(self):
        first, second = self.told(lambda: self.box.units.update({SHOP: DOWN}), signal(SHOP))
        self.assertEqual((first["whole"], [(u["unit"], u["app"], u["active"]) for u in first["units"]]), (True, [(SHOP, "shop", "active")]))
        self.assertEqual((second["whole"], second["gone"]), (False, []))
        self.assertEqual([(u["active"], u["result"], u["exit"]) for u in second["units"]], [("failed", "exit-code", {"code": "exited", "status": 7})])
        self.assertEqual(self.end["problem"]["code"], "INTERNAL")

    def test_it_asks_systemd_to_tell(self):
        self.told()
        self.assertTrue(self.heard[0].startswith(b"\0AUTH EXTERNAL "))
        for word in (b"BEGIN", b"Hello", b"AddMatch", b"path_namespace='/org/freedesktop/systemd1'", b"Subscribe"):
            self.assertIn(word, self.heard[1])

    def test_a_change_that_is_none_is_not_told(self):
        self.assertEqual(len(self.told(signal(SHOP))), 1)

    def test_others_are_told_of_while_they_are_in_trouble(self):
        self.units(**{SHOP: UP, "cron.service": UP, "nginx.service": {**UP, "ActiveState": "activating", "SubState": "auto-restart"}})

        def turn():
            self.box.units["nginx.service"] = dict(UP)
            self.box.units["cron.service"] = dict(DOWN)

        first, second = self.told(turn, signal("nginx.service") + signal("cron.service"))
        self.assertEqual([unit["unit"] for unit in first["units"]], [SHOP, "nginx.service"])
        self.assertEqual(([unit["unit"] for unit in second["units"]], second["gone"]), (["cron.service"], ["nginx.service"]))

    def test_what_passes_by_is_not_told(self):
        self.units(**{SHOP: UP, "croft-op-x.service": DOWN, "croft-exec-shop-00000000.service": UP, "croft-hostd@1.service": UP})
        self.assertEqual([unit["unit"] for unit in self.told()[0]["units"]], [SHOP])

    def test_a_unit_that_is_gone(self):
        self.assertEqual(self.told(lambda: self.box.units.clear(), removed(SHOP))[1], {"whole": False, "units": [], "gone": [SHOP]})

    def test_after_a_reload_all_are_looked_at(self):
        def reload():
            self.box.units = {"croft-app-blog.service": dict(UP)}
            self.box.listed["--type=service"] = ["croft-app-blog.service"]

        second = self.told(reload, reloading())[1]
        self.assertEqual((second["whole"], [u["unit"] for u in second["units"]], second["gone"]), (True, ["croft-app-blog.service"], [SHOP]))

    def test_a_hundred_changes_are_one_look(self):
        def churn():
            self.box.units[SHOP] = {**DOWN, "NRestarts": "100"}

        self.told(churn, signal(SHOP) * 100)
        self.assertLessEqual(self.box.looks, 3)

    def test_a_message_in_pieces(self):
        whole = signal(SHOP)
        found = self.told(lambda: self.box.units.update({SHOP: DOWN}), *(whole[i : i + 1] for i in range(len(whole))))
        self.assertEqual(found[-1]["units"][0]["active"], "failed")

    def test_what_is_of_no_unit_is_passed_over(self):
        job = message(4, "/org/freedesktop/systemd1", "JobNew", b"\0" * 8, "uos")
        answer = message(2, "/", "x")
        self.assertEqual(len(self.told(job + answer + job)), 1)

    def test_a_long_silence_is_told(self):
        moments = itertools.count(0, unitstates.BEAT + 1)
        self.box.monotonic = lambda: next(moments)
        found = self.told(signal(SHOP))
        self.assertIn({"whole": False, "units": [], "gone": []}, found)

    def test_a_bus_that_is_not_there(self):
        self.assertIn("does not answer: No such file", refused(self.box, type="unit-states")["why"])

    def test_a_bus_that_lets_nobody_in(self):
        self.told(answer=b"REJECTED EXTERNAL\r\n", settle=False)
        self.assertIn("lets nobody in", self.end["problem"]["why"])

    def test_a_bus_that_refuses(self):
        self.told(message(3, "/", "x"))
        self.assertIn("refused to be listened to", self.end["problem"]["why"])

    def test_what_is_no_dbus(self):
        self.told(b"\xff" * 64)
        self.assertIn("not D-Bus", self.end["problem"]["why"])

    def test_numbers_that_are_not_set(self):
        state = unitstates.reading(SHOP, {"NRestarts": "[not set]", "StateChangeTimestamp": "", "ExecMainCode": "0"})
        self.assertEqual((state["restarts"], state["since"], state["exit"]), (0, None, None))
        json.dumps(state)


if __name__ == "__main__":
    unittest.main()
