"""Confirm or revert: through the dialogue, on a box whose time only passes while somebody waits."""

import json
import os
import socket
import tempfile
import unittest

from box import AUTHOR, app, operation_id, state_text
from console import ask, refused, result
from croft_hostd import records
from croft_hostd.system import System
from operating import NEW_REV, OLD_REV, OperationCase

FIREWALL = {"firewall": {"tcp": [8443]}}


class ConfirmTest(OperationCase):
    def change(self, after=None, do=None, **members):
        """Applies a change of the firewall; `after` seconds of waiting, `do` happens."""
        self.box.sign_in(opened=self.box.uptime + 5)
        self.operation = operation_id(self.next + 1)
        if do:
            self.box.planned.append((self.box.uptime + after, do))
        return self.start("apply", **{"state": state_text(**FIREWALL), "message": "Open 8443", **members})

    def confirm(self, **members):
        return result(self.box, type="confirm", operation=self.operation, **members)["operation"]

    def refused_confirm(self):
        problem = refused(self.box, type="confirm", operation=self.operation)
        self.assertEqual(problem["code"], "CONFIRM_REFUSED", problem)
        return problem["why"]

    def frames(self, operation):
        return ask(self.box, type="follow", operation=operation)

    def rolled_back(self, report, code):
        self.assertEqual((report["state"], report["problem"]["code"]), ("ROLLED_BACK", code), report)
        self.assertTrue(report["problem"]["what"].endswith("The previous system runs again."), report)

    # -- waiting -----------------------------------------------------------------------------------------------

    def test_a_host_level_change_that_is_confirmed_stays(self):
        seen = []
        report = self.change(10, lambda: seen.extend([self.report(self.operation), self.confirm()]))
        waiting, confirmed = seen
        self.assertEqual((waiting["state"], waiting["phase"]), ("AWAITING_CONFIRM", "confirm"))
        self.assertEqual((waiting["confirm"]["level"], waiting["confirm"]["reasons"]), ("host", ["firewall"]))
        self.assertIn(waiting["confirm"]["secondsLeft"], (50, 51))
        self.assertTrue(waiting["confirm"]["until"].startswith("2026-05-04T12:01:0"), waiting)
        self.assertNotIn("confirm", confirmed)
        self.assertEqual((report["state"], report["result"]["generation"]), ("SUCCEEDED", 2), report)
        self.assertEqual(self.box.boot_default(), "system-2-link")

    def test_nobody_confirms_and_the_box_goes_back(self):
        before = self.snapshot()
        started = self.box.uptime
        report = self.change()
        self.rolled_back(report, "CONFIRM_MISSED")
        self.assertIn("60 seconds", report["problem"]["why"])
        self.assertTrue(60 <= self.box.uptime - started < 62, self.box.uptime - started)
        self.assert_unchanged(before)

    def test_a_unit_that_the_change_started_and_that_falls_while_it_waits_takes_it_back(self):
        before = self.snapshot()
        started = self.box.uptime
        self.next_switch(["restarting the following units: cron.service, sshd.service"], 0)
        report = self.change(10, lambda: self.box.failing.append("sshd.service"))
        self.assertIn("sshd.service", self.failed(report, "SWITCH_FAILED")["why"])
        self.assertTrue(10 <= self.box.uptime - started < 13, self.box.uptime - started)
        self.refused_confirm()
        self.assert_unchanged(before)

    def test_a_unit_that_the_change_did_not_touch_may_fall_while_it_waits(self):
        self.next_switch(["the following new units were started: sshd.service"], 0)
        report = self.change(10, lambda: self.box.failing.append("backup.service"))
        self.rolled_back(report, "CONFIRM_MISSED")

    def test_followers_count_down(self):
        report = self.change(confirmWithin=15)
        waiting = [frame for frame in self.frames(report["operation"]) if frame.get("phase") == "confirm"]
        self.assertEqual([frame.get("secondsLeft") for frame in waiting], [None, *range(15, 0, -1)])

    def test_the_boot_default_stays_while_it_waits(self):
        seen = []
        self.change(5, lambda: seen.append((self.box.boot_default(), self.box.git("rev-list", "--count", "main"))))
        self.assertEqual(seen, [("system-1-link", "1")])

    def test_a_wall_clock_that_jumps_changes_nothing(self):
        for jump in (366 * 86400, -366 * 86400):
            with self.subTest(jump):
                started = self.box.uptime
                seen = []

                def leap():
                    self.box.clock += jump
                    seen.append(self.report(self.operation)["confirm"])

                self.rolled_back(self.change(10, leap), "CONFIRM_MISSED")
                self.assertTrue(60 <= self.box.uptime - started < 62)
                self.assertIn(seen[0]["secondsLeft"], (50, 51))
                self.assertEqual(seen[0]["until"][:4], "2027" if jump > 0 else "2026", seen)

    def test_a_change_of_apps_waits_for_nobody_unless_it_is_asked_to(self):
        self.assertEqual(self.apply({"shop": app(OLD_REV)})["state"], "SUCCEEDED")
        self.rolled_back(self.apply({"shop": app(NEW_REV)}, confirm="manual", confirmWithin=15), "CONFIRM_MISSED")

    def test_none_never_waits(self):
        self.assertEqual(self.change(confirm="none")["state"], "SUCCEEDED")

    def test_the_time_to_confirm_begins_when_health_has_passed(self):
        port = self.serving()
        started = self.box.uptime
        self.rolled_back(self.change(state=state_text({"shop": app(port=port)}, **FIREWALL), confirmWithin=15), "CONFIRM_MISSED")
        self.assertGreaterEqual(self.box.uptime - started, 15)

    def test_ill_health_is_not_asked_about(self):
        port = self.serving(b"HTTP/1.1 500 Broken\r\n\r\n")
        report = self.change(state=state_text({"shop": app(port=port)}, **FIREWALL))
        self.failed(report, "APP_UNHEALTHY")

    def test_a_rollback_over_a_host_setting_waits_as_well(self):
        self.change(5, self.confirm)
        self.operation = operation_id(self.next + 1)
        self.rolled_back(self.start("rollback"), "CONFIRM_MISSED")

    def test_members_have_bounds(self):
        for members in ({"confirmWithin": 14}, {"confirmWithin": 601}, {"confirm": "maybe"}):
            frame = {"type": "apply", "operation": operation_id(5), "author": AUTHOR, "message": "x", "state": state_text(), **members}
            self.assertEqual(refused(self.box, **frame)["code"], "BAD_REQUEST")

    # -- what a confirmation proves ------------------------------------------------------------------------------

    def test_a_confirmation_over_a_connection_from_before_proves_nothing(self):
        self.box.sign_in(opened=10)
        why = []
        self.box.planned.append((self.box.uptime + 5, lambda: why.append(self.refused_confirm())))
        self.operation = operation_id(1)
        self.rolled_back(self.start("apply", state=state_text(**FIREWALL), message="x"), "CONFIRM_MISSED")
        self.assertIn("older than the change", why[0])

    def test_a_late_login_over_an_early_connection_proves_nothing(self):
        """What counts is sshd's process for the connection, not the one for the signed-in user."""
        why = []

        def late():
            self.box.sign_in(opened=self.box.uptime - 20)
            why.append(self.refused_confirm())

        self.rolled_back(self.change(10, late), "CONFIRM_MISSED")
        self.assertIn("older than the change", why[0])

    def test_a_request_that_did_not_come_over_ssh_proves_nothing(self):
        why = []

        def local():
            self.box.console = 4000
            self.box.write("/proc/4000/stat", "4000 (a (strange) name) S 1 " + "0 " * 17 + "999999999 0\n")
            why.append(self.refused_confirm())

        self.rolled_back(self.change(10, local), "CONFIRM_MISSED")
        self.assertIn("did not come over SSH", why[0])

    def test_a_process_that_only_calls_itself_sshd_proves_nothing(self):
        why = []

        def forged():
            self.box.write("/proc/898/status", "Name:\tsshd\nUid:\t990\t990\t990\t990\n")
            why.append(self.refused_confirm())

        self.rolled_back(self.change(10, forged), "CONFIRM_MISSED")
        self.assertIn("did not come over SSH", why[0])

    def test_the_kernel_says_who_asks(self):
        one, other = socket.socketpair()
        with one, other, tempfile.TemporaryFile() as file:
            self.assertEqual(System().peer(one.fileno()), os.getpid())
            self.assertIsNone(System().peer(file.fileno()))

    def test_what_does_not_wait_cannot_be_confirmed(self):
        self.box.sign_in(opened=self.box.uptime + 1)
        self.operation = self.deployed()["operation"]
        self.assertIn("does not wait", self.refused_confirm())
        self.operation = self.pending()
        self.assertIn("does not wait", self.refused_confirm())
        self.assertEqual(refused(self.box, type="confirm", operation=operation_id(404))["code"], "NOT_FOUND")

    def test_whoever_is_second_hears_that_it_is_decided(self):
        why = []
        self.change(5, lambda: (self.confirm(), why.append(self.refused_confirm())))
        self.assertIn("does not wait", why[0])

    # -- revert ------------------------------------------------------------------------------------------------

    def test_cancel_while_it_waits_is_a_revert(self):
        before, started, seen = self.snapshot(), self.box.uptime, []
        report = self.change(5, lambda: seen.append(result(self.box, type="cancel", operation=self.operation)["operation"]))
        self.rolled_back(report, "REVERTED")
        self.assertEqual(seen[0]["state"], "RUNNING")
        self.assertLess(self.box.uptime - started, 5.2)
        self.assert_unchanged(before)

    def test_cancel_while_health_waits_is_a_revert(self):
        before, started = self.snapshot(), self.box.uptime
        entry = app(port=self.serving(b"HTTP/1.1 503 Not yet\r\n\r\n"))
        entry["health"]["timeoutSeconds"] = 600
        cancel = lambda: result(self.box, type="cancel", operation=self.operation)  # noqa: E731
        self.rolled_back(self.change(7, cancel, state=state_text({"shop": entry})), "REVERTED")
        self.assertLess(self.box.uptime - started, 7.3)
        self.assert_unchanged(before)

    def test_cancel_during_the_activation_takes_effect_when_that_has_ended(self):
        before = self.snapshot()
        self.during_switch(lambda: result(self.box, type="cancel", operation=operation_id(1)))
        self.rolled_back(self.change(), "REVERTED")
        self.assert_unchanged(before)

    def test_cancel_after_the_end_says_how_it_ended(self):
        report = self.change(5, self.confirm)
        self.assertEqual(result(self.box, type="cancel", operation=report["operation"])["operation"], report)

    def during_switch(self, do):
        switch = self.box._switch

        def switching(program, action):
            self.box._switch = switch
            do()
            return switch(program, action)

        self.box._switch = switching

    def test_a_way_back_that_fails_is_not_called_rolled_back(self):
        self.box.switches[self.box.running()] = (["Failed to run activate script"], 2)
        report = self.change()
        self.assertEqual((report["state"], report["problem"]["code"]), ("FAILED", "CONFIRM_MISSED"))
        self.assertIn("failed as well", report["problem"]["what"])

    # -- others meanwhile --------------------------------------------------------------------------------------

    def test_the_box_is_busy_while_a_change_waits(self):
        codes = []
        self.change(5, lambda: codes.append(refused(self.box, type="rollback", operation=operation_id(77), author=AUTHOR)["code"]))
        self.assertEqual(codes, ["HOST_BUSY"])

    # -- the guard ---------------------------------------------------------------------------------------------

    def test_the_guard_is_armed_before_the_activation_and_disarmed_at_the_end(self):
        armed = []
        self.during_switch(lambda: armed.extend(self.box.timers))
        report = self.change(5, self.confirm)
        self.assertEqual(armed, [f"croft-guard-{report['operation']}"])
        self.assertEqual(self.box.timers, set())

    def test_without_a_guard_nothing_is_activated(self):
        before = self.snapshot()
        run = self.box._systemd_run
        self.box._systemd_run = lambda argv: (1, "", "Failed to start transient timer unit\n") if argv[-2] == "guard" else run(argv)
        problem = self.failed(self.change(), "INTERNAL")
        self.assertIn("timer", problem["why"])
        self.assert_unchanged(before)

    def test_the_guard_counts_on_the_monotonic_clock_and_comes_within_fifteen_seconds(self):
        self.change(5, self.confirm)
        argv = next(call for call in self.box.calls if call[0] == "systemd-run" and call[-2] == "guard")
        self.assertFalse(any("OnCalendar" in part or "on-calendar" in part for part in argv))
        periods = [int(part.split("=")[-1]) for part in argv if part.startswith("--on-active=") or "OnUnitInactiveSec" in part]
        self.assertEqual(len(periods), 2)
        self.assertLessEqual(max(periods), 10)

    def test_the_guard_leaves_a_change_alone_that_somebody_works_on(self):
        self.change(5, lambda: (self.box.run_operation(self.operation, "guard"), self.confirm()))
        self.assertEqual(self.report(self.operation)["state"], "SUCCEEDED")

    def test_the_guard_reverts_a_change_that_nobody_works_on_any_more(self):
        before = self.snapshot()
        operation = self.pending()
        wanted = self.box.closure("wanted", state_text(**FIREWALL), "dirty")
        self.die(operation, "confirm", previous=self.box.running(), toplevel=wanted)
        record = records.Record(self.box, operation)
        confirm = {"deadline": self.box.uptime + 60, "boot": self.box.boot, "level": "host", "reasons": ["firewall"]}
        record.note({"phase": "confirm", "confirm": confirm, "activated": self.box.uptime})
        self.box.point("/run/current-system", wanted)
        self.box.timers.add(f"croft-guard-{operation}")
        self.box.run_operation(operation, "guard")
        self.rolled_back(self.report(operation), "CONFIRM_MISSED")
        self.assertEqual(self.box.timers, set())
        self.assert_unchanged(before)

    def test_who_is_killed_on_the_way_back_from_a_failed_unit_does_not_say_that_nobody_confirmed(self):
        before = self.snapshot()
        operation = self.pending()
        wanted = self.box.closure("wanted", state_text(**FIREWALL), "dirty")
        self.die(operation, "confirm", previous=self.box.running(), toplevel=wanted)
        records.Record(self.box, operation).judge("failed")
        self.box.point("/run/current-system", wanted)
        self.box.run_operation(operation, "recover")
        self.failed(self.report(operation), "OPERATION_DIED")
        self.assert_unchanged(before)

    def test_the_guard_kills_a_runner_that_is_stuck(self):
        killed = []
        self.box.kill = killed.append

        def stuck():
            self.box.uptime += 66
            self.box.run_operation(self.operation, "guard")

        self.change(5, stuck)
        self.assertEqual(killed, [f"croft-op-{self.operation}.service"])

    # -- restart -----------------------------------------------------------------------------------------------

    def test_a_restart_while_it_waits_is_no_confirmation(self):
        before = self.snapshot()
        operation = self.pending()
        wanted = self.box.closure("wanted", state_text(**FIREWALL), "dirty")
        self.die(operation, "confirm", previous=self.box.running(), toplevel=wanted)
        self.box.point("/run/current-system", wanted)
        self.box.reboot()
        report = self.report(operation)
        self.assertEqual((report["state"], report["problem"]["code"]), ("ROLLED_BACK", "CONFIRM_MISSED"), report)
        self.assertIn("was restarted, and runs the previous system", report["problem"]["what"])
        self.assert_unchanged(before)

    def test_a_report_from_before_a_restart_has_no_time_left(self):
        operation = self.pending()
        record = records.Record(self.box, operation)
        confirm = {"deadline": 1e9, "boot": "an earlier one", "level": "host", "reasons": []}
        record.note({"phase": "confirm", "confirm": confirm})
        self.assertEqual(json.loads(json.dumps(record.report()))["confirm"]["secondsLeft"], 0)


if __name__ == "__main__":
    unittest.main()
