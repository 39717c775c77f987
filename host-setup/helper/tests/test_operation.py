"""Operations from the request to the report, through the dialogue, on a box with scripted programs."""

import json
import os
import unittest
import unittest.mock

from box import AUTHOR, NAR_HASH, REV, ScriptedChild, app, building, nix_records, operation_id, state_text
from console import ask, refused, result
from croft_hostd import config, records
from croft_hostd.problems import problem
from operating import NEW_REV, OLD_REV, OperationCase

_TAKEN = "warning: the following units failed: croft-app-shop.service"


class OwnersFlakeTest(OperationCase):
    """A repository of the owner's, with other boxes in it: Croft writes this one's state file, and nothing else."""

    def setUp(self):
        super().setUp()
        self.box.state_file = "hosts/attic/state.json"
        self.box.write("/etc/croft/hostd.json", '{"flake":"/var/lib/croft/flake","attribute":"attic","stateFile":"hosts/attic/state.json","branch":"trunk","nixosConfiguration":"my-attic"}')
        self.box.git("branch", "--quiet", "--move", "main", "trunk")
        os.makedirs(self.box.path("/var/lib/croft/flake/hosts/attic"))
        self.box.git("mv", "state.json", self.box.state_file)
        self.box.git("commit", "--quiet", "--message=My own layout")

    def test_only_the_state_file_changes(self):
        self.box.write("/var/lib/croft/flake/notes.txt", "not finished\n")
        before = self.box.git("rev-parse", "trunk")
        # The commit that moved the file is part of this change.
        report = self.apply({"shop": app(OLD_REV)}, confirm="none")
        self.assertEqual(report["state"], "SUCCEEDED", report)
        self.assertEqual(self.box.git("rev-parse", "trunk^"), before)
        self.assertEqual(self.box.git("diff", "--name-only", "trunk^", "trunk"), self.box.state_file)
        self.assertEqual(self.box.git("status", "--porcelain"), "?? notes.txt", "what the owner was about is left alone")
        self.assertEqual(result(self.box, type="state"), {"revision": self.box.git("rev-parse", "trunk"), "state": state_text({"shop": app(OLD_REV)})})
        again = self.apply({"shop": app(NEW_REV)})
        self.assertEqual(again["state"], "SUCCEEDED", again)
        built = [call[3] for call in self.box.calls if call[:2] == ["nixos-rebuild", "build"]]
        self.assertEqual(built[-1], f"git+file:///var/lib/croft/flake?rev={self.box.git('rev-parse', 'trunk')}#my-attic")
        plan = self.start("plan", state=state_text({}), message="Nothing")
        self.assertEqual((plan["result"]["level"], plan["result"]["reasons"]), ("app", []))

    def test_a_failure_leaves_the_branch_as_it_was(self):
        before = self.box.git("rev-parse", "trunk")
        self.box.build = (("error: evaluation failed",), 1)
        self.assertEqual(self.apply({"shop": app(OLD_REV)})["state"], "FAILED")
        self.assertEqual((self.box.git("rev-parse", "trunk"), self.box.git("status", "--porcelain")), (before, ""))

    def test_another_branch_in_the_working_tree_is_not_gone_over(self):
        self.box.git("checkout", "--quiet", "-b", "trying")
        problem = self.apply({"shop": app(OLD_REV)})["problem"]
        self.assertEqual((problem["code"], "Another branch than trunk" in problem["why"]), ("HOST_FLAKE_DIRTY", True))


class OperationTest(OperationCase):
    # -- apply -------------------------------------------------------------------------------------------------

    def test_apply_makes_one_commit_one_generation_and_moves_main(self):
        before = self.box.git("rev-parse", "main")
        port = self.serving()
        report = self.apply({"shop": app(OLD_REV, port)}, message="Deploy shop\n\nfor the \"market\" 🎪")
        self.assertEqual(report["state"], "SUCCEEDED", report)
        main = self.box.git("rev-parse", "main")
        self.assertEqual(
            report["result"],
            {"generation": 2, "toplevel": self.box.running(), "revision": main, "apps": {"shop": {"rev": OLD_REV}}, "snapshots": []},
        )
        self.assertEqual(self.box.boot_default(), "system-2-link")
        self.assertEqual(self.box.git("rev-parse", "main^"), before)
        shown = self.box.git("log", "-1", "--format=%an <%ae>|%cn|%s|%(trailers:key=Croft-Operation,valueonly)", "main")
        self.assertEqual(shown.strip(), f"Ada Lovelace <ada@example.com>|Croft|Deploy shop|{report['operation']}")
        self.assertEqual(self.box.git("status", "--porcelain"), "", "the working tree follows main")
        self.assertEqual(result(self.box, type="state"), {"revision": main, "state": state_text({"shop": app(OLD_REV, port)})})

    def test_apply_of_what_is_already_on_main_makes_no_commit(self):
        first = self.deployed()
        again = self.apply({"shop": app(OLD_REV)})
        self.assertEqual(again["result"]["revision"], first["result"]["revision"])
        self.assertEqual(again["result"]["generation"], first["result"]["generation"])

    def test_the_follower_gets_every_line_and_then_the_report(self):
        self.box.build = (building(lines=["one", "\x1b[31mtwo\x1b[0m", "x" * 9000]), 0)
        report = self.deployed()
        frames = ask(self.box, type="follow", operation=report["operation"])
        built = [frame for frame in frames if frame["type"] == "line" and frame["stream"] == "build"]
        self.assertEqual([frame["text"] for frame in built[:2]], ["one", "two"])
        self.assertEqual({frame["derivation"] for frame in built}, {"croft-app-shop-bfc470136e78"})
        self.assertTrue(built[2]["text"].endswith("… [808 bytes cut]"), built[2]["text"][-40:])
        phases = [frame["phase"] for frame in frames if frame["type"] == "progress"]
        self.assertEqual(sorted(set(phases), key=phases.index), ["resolve", "evaluate", "build", "activate", "health", "persist"])
        self.assertIn({"done": 1, "expected": 1, "running": 0, "failed": 0}, [counts(frame) for frame in frames])
        self.assertEqual(frames[-1], {"type": "done", "result": {"operation": report}})

    def test_a_follower_that_comes_back_gets_the_rest_and_nothing_twice(self):
        self.box.build = (building(lines=[f"line {number}" for number in range(50)]), 0)
        operation = self.deployed()["operation"]
        whole = ask(self.box, type="follow", operation=operation)
        for cut in (1, 7, len(whole) - 1):
            rest = ask(self.box, type="follow", operation=operation, after=whole[cut - 1]["cursor"])
            self.assertEqual(whole[:cut] + rest, whole)

    def test_the_same_operation_sent_twice_runs_once(self):
        frame = {"type": "apply", "operation": operation_id(7), "author": AUTHOR, "state": state_text({"shop": app()}), "message": "Once"}
        first, second = ask(self.box, **frame), ask(self.box, **frame)
        self.assertEqual(first, second)
        self.assertEqual(self.box.boot_default(), "system-2-link")
        self.assertEqual(sum(call[0] == "nixos-rebuild" for call in self.box.calls), 1)

    def test_an_operation_id_belongs_to_one_kind(self):
        report = self.deployed()
        problem = refused(self.box, type="rollback", operation=report["operation"], author=AUTHOR)
        self.assertEqual(problem["code"], "BAD_REQUEST")

    # -- bad input ---------------------------------------------------------------------------------------------

    def test_a_build_that_fails_changes_nothing_and_shows_the_builders_last_lines(self):
        self.deployed()
        before = self.snapshot()
        drv = "/nix/store/7px06da6vg3k4sz2m3m9hf0bq8m9rpbj-croft-app-shop-222222222222.drv"
        error = f"\x1b[31;1merror:\x1b[0m builder for '{drv}' failed with exit code 3;\n       last 2 log lines:"
        self.box.build = (building(drv, ["compiling", "boom"]) + nix_records({"action": "msg", "level": 0, "msg": error}), 1)
        report = self.apply({"shop": app(NEW_REV)})
        problem = self.failed(report, "BUILD_FAILED")
        self.assertEqual(problem["what"], "shop did not build.")
        self.assertIn("exit code 3", problem["why"])
        self.assertEqual(report["detail"], "compiling\nboom")
        self.assert_unchanged(before)

    def test_an_app_that_exits_at_once_is_taken_back(self):
        self.deployed()
        before = self.snapshot()
        self.box.units["croft-app-shop.service"] = {"ActiveState": "activating", "SubState": "auto-restart", "NRestarts": "1"}
        self.box.log("croft-app-shop.service", "Main process exited, code=exited, status=7/NOTRUNNING")
        report = self.apply({"shop": app(NEW_REV)})
        problem = self.failed(report, "APP_EXITED")
        self.assertEqual(problem["why"], "Its process ended with exit code 7.")
        self.assertIn("status=7", report["detail"])
        self.assert_unchanged(before)

    def test_an_app_that_answers_500_is_taken_back_and_the_last_answer_is_told(self):
        good = self.serving()
        self.deployed(port=good)
        before = self.snapshot()
        report = self.apply({"shop": app(NEW_REV, self.serving(b"HTTP/1.1 500 Broken\r\n\r\n"))})
        problem = self.failed(report, "APP_UNHEALTHY")
        self.assertIn("500 Broken", problem["why"])
        self.assertIn("for 5 seconds", problem["why"])
        self.assertTrue(problem["what"].endswith("The previous system runs again."), problem["what"])
        self.assert_unchanged(before)

    def test_an_app_without_a_health_check_is_well_when_its_port_answers(self):
        port = self.serving(b"HTTP/1.1 404 Not Found\r\n\r\n")
        entry = app(NEW_REV, port)
        del entry["health"]
        self.assertEqual(self.apply({"shop": entry})["state"], "SUCCEEDED")

    def test_a_port_that_something_else_holds_is_found_before_the_build(self):
        self.box.write("/proc/net/tcp", "  sl  local_address\n   0: 00000000:0016 00000000:0000 0A 0:0 0:0 0 0 0 4242 1\n")
        os.makedirs(self.box.path("/proc/312/fd"))
        os.symlink("socket:[4242]", self.box.path("/proc/312/fd/3"))
        self.box.write("/proc/312/cgroup", "0::/system.slice/sshd.service\n")
        self.box.write("/proc/312/comm", "sshd\n")
        before = self.snapshot()
        problem = self.failed(self.apply({"shop": app(port=22)}), "PORT_TAKEN")
        self.assertIn("sshd (sshd.service)", problem["why"])
        self.assertFalse(any(call[0] == "nixos-rebuild" for call in self.box.calls))
        self.assert_unchanged(before)

    def test_the_same_of_an_exporter(self):
        self.box.write("/proc/net/tcp", "  sl  local_address\n   0: 0100007F:238C 00000000:0000 0A 0:0 0:0 0 0 0 4242 1\n")
        os.makedirs(self.box.path("/proc/312/fd"))
        os.symlink("socket:[4242]", self.box.path("/proc/312/fd/3"))
        self.box.write("/proc/312/cgroup", "0::/system.slice/stray.service\n")
        self.box.write("/proc/312/comm", "stray\n")
        document = json.loads(state_text({}))
        document["services"] = {"monitoring": {"exporters": {"node": 9100}}}
        problem = self.failed(self.start("apply", state=json.dumps(document), message="x", confirm="none"), "PORT_TAKEN")
        self.assertIn("the exporter of the machine", problem["what"])
        self.assertIn("stray (stray.service)", problem["why"])
        self.box.write("/proc/312/cgroup", "0::/croft.slice/prometheus-node-exporter.service\n")
        self.assertEqual(self.start("apply", state=json.dumps(document), message="x", confirm="none")["state"], "SUCCEEDED")

    def test_an_app_may_keep_its_own_port_and_take_one_that_another_gives_up(self):
        port = self.serving()
        self.deployed(port=port)
        self.box.write("/proc/net/tcp", f"  sl  local_address\n   0: 00000000:{port:04X} 00000000:0000 0A 0:0 0:0 0 0 0 99 1\n")
        os.makedirs(self.box.path("/proc/77/fd"))
        os.symlink("socket:[99]", self.box.path("/proc/77/fd/3"))
        self.box.write("/proc/77/cgroup", "0::/croft.slice/croft-apps.slice/croft-apps-shop.slice/croft-app-shop.service\n")
        self.assertEqual(self.apply({"shop": app(NEW_REV, port)})["state"], "SUCCEEDED")
        self.assertEqual(self.apply({"stall": app(NEW_REV, port)})["state"], "SUCCEEDED")

    def test_a_nearly_full_disk_is_refused_before_the_build(self):
        self.box.free = 100 * 1024**2
        problem = self.failed(self.apply({"shop": app()}), "DISK_FULL")
        self.assertIn("100 MiB", problem["why"])
        self.assertIn("256 MiB", problem["why"])

    def test_a_disk_that_fills_during_the_build_is_told_from_a_bad_build(self):
        drv = "/nix/store/7px06da6vg3k4sz2m3m9hf0bq8m9rpbj-croft-app-shop-222222222222.drv"
        error = nix_records({"action": "msg", "level": 0, "msg": f"error: builder for '{drv}' failed with exit code 1"})
        self.box.build = (building(drv, ["dd: error writing 'x': No space left on device"]) + error, 1)
        self.failed(self.apply({"shop": app()}), "DISK_FULL")

    def test_a_hand_edit_is_left_alone(self):
        self.box.write("/var/lib/croft/flake/state.json", state_text(timezone="Europe/Paris"))
        before = self.snapshot()
        self.failed(self.apply({"shop": app()}), "HOST_FLAKE_DIRTY")
        self.assert_unchanged(before)

    def test_a_hand_edit_of_another_file_does_not_disturb(self):
        self.box.write("/var/lib/croft/flake/host/default.nix", "{ }\n")
        self.assertEqual(self.apply({"shop": app()})["state"], "SUCCEEDED")

    def test_a_state_with_a_mistake_is_refused_at_once_and_named(self):
        entry = app()
        entry["run"]["env"] = {"NAME": "a\0b"}
        problem = refused(
            self.box, type="apply", operation=operation_id(1), author=AUTHOR, message="x", state=state_text({"shop": entry})
        )
        self.assertEqual(problem["code"], "STATE_REFUSED")
        self.assertIn("apps.shop.run.env.NAME", problem["why"])
        self.assertEqual(result(self.box, type="operations"), {"operations": []})

    # -- the switch --------------------------------------------------------------------------------------------

    def test_a_unit_that_the_switch_broke_fails_the_change_and_is_taken_back(self):
        self.deployed()
        before = self.snapshot()
        self.next_switch(["warning: the following units failed: nginx.service", "x nginx.service - loaded"], 4)
        problem = self.failed(self.apply({"shop": app(NEW_REV)}), "SWITCH_FAILED")
        self.assertIn("nginx.service", problem["why"])
        self.assert_unchanged(before)

    def test_a_unit_that_failed_before_is_not_blamed_on_the_switch(self):
        self.box.failing = ["backup.service"]
        self.next_switch(["warning: the following units failed: backup.service"], 4)
        self.assertEqual(self.apply({"shop": app(NEW_REV)})["state"], "SUCCEEDED")

    def test_an_app_that_the_switch_could_not_start_is_app_exited_not_switch_failed(self):
        self.deployed()
        self.next_switch([_TAKEN], 4)
        self.box.units["croft-app-shop.service"] = {"ActiveState": "failed", "SubState": "failed", "ExecMainCode": "1", "ExecMainStatus": "3"}
        problem = self.failed(self.apply({"shop": app(NEW_REV)}), "APP_EXITED")
        self.assertEqual(problem["why"], "Its process ended with exit code 3.")

    def test_a_failed_activation_script_is_taken_back(self):
        before = self.snapshot()
        self.next_switch(["Failed to run activate script"], 2)
        self.failed(self.apply({"shop": app()}), "SWITCH_FAILED")
        self.assert_unchanged(before)

    def test_a_rebuild_by_hand_in_the_same_moment_is_host_busy(self):
        line = "Failed to start transient service unit: Unit nixos-rebuild-switch-to-configuration.service was already loaded or has a fragment file."
        self.next_switch([line], 1)
        self.failed(self.apply({"shop": app()}), "HOST_BUSY")

    def test_a_boot_loader_that_fails_leaves_profile_and_main_as_they_were(self):
        before = self.snapshot()
        self.next_switch(["Failed to install bootloader"], 1, "boot")
        self.failed(self.apply({"shop": app()}), "SWITCH_FAILED")
        self.assert_unchanged(before)

    def test_the_way_back_that_fails_is_told(self):
        self.deployed()
        self.box.switches[self.box.running()] = (["Failed to run activate script"], 2)
        self.next_switch(["Failed to run activate script"], 2)
        problem = self.failed(self.apply({"shop": app(NEW_REV)}), "SWITCH_FAILED")
        self.assertIn("Putting the previous system back failed as well", problem["what"])

    # -- rollback ----------------------------------------------------------------------------------------------

    def test_rollback_activates_the_generation_before_and_restores_its_state(self):
        self.deployed(OLD_REV)
        old_top = self.box.running()
        self.deployed(NEW_REV)
        report = self.start("rollback")
        self.assertEqual(report["state"], "SUCCEEDED", report)
        self.assertEqual(report["result"]["generation"], 2)
        self.assertEqual(report["result"]["apps"], {"shop": {"rev": OLD_REV}})
        self.assertEqual(self.box.running(), old_top)
        self.assertEqual(self.box.boot_default(), "system-2-link")
        state = result(self.box, type="state")
        self.assertEqual(state, {"revision": report["result"]["revision"], "state": state_text({"shop": app(OLD_REV)})})
        self.assertEqual(self.box.git("log", "-1", "--format=%s", "main"), "Roll back to generation 2")
        self.assertEqual(self.box.git("status", "--porcelain"), "")

    def test_rollback_to_a_number(self):
        self.deployed(OLD_REV)
        self.deployed(NEW_REV)
        report = self.start("rollback", generation=1)
        self.assertEqual((report["state"], report["result"]["generation"]), ("SUCCEEDED", 1), report)
        self.assertEqual(json.loads(result(self.box, type="state")["state"])["apps"], {})

    def test_rollback_to_an_ill_version_is_taken_back(self):
        self.deployed(OLD_REV)
        self.deployed(NEW_REV)
        before = self.snapshot()
        self.box.units["croft-app-shop.service"] = {"ActiveState": "failed", "SubState": "failed"}
        self.failed(self.start("rollback"), "APP_EXITED")
        self.assert_unchanged(before)

    def test_rollback_to_a_generation_that_is_gone_is_refused(self):
        for generation in (None, 17):
            members = {} if generation is None else {"generation": generation}
            problem = refused(self.box, type="rollback", operation=operation_id(9), author=AUTHOR, **members)
            self.assertEqual(problem["code"], "GENERATION_NOT_FOUND")

    def test_after_a_rollback_the_next_apply_starts_from_what_runs(self):
        self.deployed(OLD_REV)
        self.deployed(NEW_REV)
        self.start("rollback")
        report = self.apply({"shop": app(NEW_REV), "stall": app(OLD_REV)})
        self.assertEqual((report["state"], report["result"]["generation"]), ("SUCCEEDED", 4), report)

    # -- plan --------------------------------------------------------------------------------------------------

    def test_plan_reviews_without_changing_anything_and_apply_takes_exactly_that(self):
        before = self.snapshot()
        wanted = state_text({"shop": app()})
        report = self.start("plan", state=wanted, message="Deploy shop")
        self.assertEqual(report["state"], "SUCCEEDED", report)
        review = report["result"]
        self.assertEqual(review["closure"][0], {"name": "croft-app-shop", "from": [], "to": [REV[:12]], "bytes": 1_049_092})
        self.assertEqual(self.snapshot()[:3], before[:3])
        applied = self.start("apply", state=wanted, message="Deploy shop", expect=review["toplevel"])
        self.assertEqual(applied["state"], "SUCCEEDED", applied)
        self.assertEqual(applied["result"]["toplevel"], review["toplevel"])
        self.assertEqual(applied["result"]["revision"], review["revision"])

    def test_a_review_of_something_else_is_outdated(self):
        review = self.start("plan", state=state_text({"shop": app()}), message="Deploy shop")["result"]
        report = self.apply({"shop": app(NEW_REV)}, expect=review["toplevel"])
        self.failed(report, "PLAN_OUTDATED")

    # -- on what a change builds ---------------------------------------------------------------------------------

    def read(self):
        return result(self.box, type="state")["revision"]

    def test_a_change_that_builds_on_what_is_not_in_force_any_more_is_refused_at_once(self):
        read = self.read()
        self.assertEqual(self.apply({"stall": app()}, base=read)["state"], "SUCCEEDED")
        request = {"operation": operation_id(90), "state": state_text({"shop": app()}), "author": AUTHOR, "message": "Deploy shop"}
        for kind in ("plan", "apply", "upgrade"):
            with self.subTest(kind):
                before = self.snapshot()
                problem = refused(self.box, type=kind, base=read, **request)
                self.assertEqual(problem["code"], "STATE_CHANGED", problem)
                self.assertIn(read[:12], problem["why"])
                self.assert_unchanged(before)
        self.assertEqual(self.apply({"stall": app(), "shop": app()}, base=self.read())["state"], "SUCCEEDED")

    def test_what_somebody_commits_after_it_was_accepted_is_not_undone(self):
        operation = self.pending(base=self.read())
        self.box.commit_by_hand({"state.json": state_text({"stall": app()})})
        self.box.run_operation(operation)
        self.failed(result(self.box, type="operations", operation=operation)["operations"][0], "STATE_CHANGED")

    def test_a_commit_that_leaves_the_state_alone_is_no_other_state(self):
        read = self.read()
        self.box.commit_by_hand({"notes.txt": "of the owner\n"})
        self.assertNotEqual(self.read(), read)
        self.assertEqual(self.apply({"shop": app()}, base=read, confirm="none")["state"], "SUCCEEDED")

    # -- one at a time, cancel, death ----------------------------------------------------------------------------

    def test_a_second_change_is_refused_with_the_name_of_the_first(self):
        self.pending("Deploy the new shop")
        problem = refused(self.box, type="rollback", operation=operation_id(91), generation=1, author=AUTHOR)
        self.assertEqual(problem["code"], "HOST_BUSY")
        self.assertIn("Ada Lovelace applies a change since 2026-05-04T12:00:00", problem["why"])
        self.assertIn("Deploy the new shop", problem["why"])

    def test_a_change_waits_for_nothing_once_the_first_has_ended(self):
        operation = self.pending()
        self.box.run_operation(operation)
        self.assertEqual(self.apply({"shop": app(NEW_REV)})["state"], "SUCCEEDED")

    def test_cancel_before_activation_leaves_no_trace(self):
        before = self.snapshot()
        operation = self.pending()
        report = result(self.box, type="cancel", operation=operation)["operation"]
        self.assertEqual((report["state"], report["problem"]["code"]), ("CANCELLED", "CANCELLED"))
        self.assertNotIn(f"croft-op-{operation}.service", self.box.units)
        self.assert_unchanged(before)
        self.assertEqual(result(self.box, type="cancel", operation=operation)["operation"], report, "a second time is no mistake")

    def test_cancel_during_a_build_ends_the_build_instead_of_waiting_for_it(self):
        before = self.snapshot()
        operation = self.pending()
        record = records.Record(self.box, operation)
        child = ScriptedChild([[("err", b"building")]] * 5)
        told = child.lines
        child.lines = lambda timeout=None: (record.decide("cancel"), told(timeout))[1]
        with unittest.mock.patch.object(self.box, "_build", lambda: child):
            self.box.run_operation(operation)
        self.assertTrue(child.stopped)
        self.assertEqual(len(list(iter(told, None))), 4, "batches that nobody has read any more")
        self.assertEqual(self.report(operation)["state"], "CANCELLED")
        self.assert_unchanged(before)

    def test_cancel_leaves_a_build_the_time_to_tidy_up(self):
        operation = self.pending()
        record = records.Record(self.box, operation)
        record.note({"phase": "build"})
        finish = lambda: record.finish("CANCELLED", "build", problem("CANCELLED", why="It ended by itself."))  # noqa: E731
        self.box.planned.append((self.box.uptime + 0.5, finish))
        report = result(self.box, type="cancel", operation=operation)["operation"]
        self.assertEqual(report["problem"]["why"], "It ended by itself.")
        self.assertFalse([call for call in self.box.calls if call[:2] == ["systemctl", "stop"]])

    def test_a_build_that_does_not_end_by_itself_is_ended_within_two_seconds(self):
        operation = self.pending()
        records.Record(self.box, operation).note({"phase": "build"})
        began = self.box.uptime
        with unittest.mock.patch.object(self.box, "kill"):
            report = result(self.box, type="cancel", operation=operation)["operation"]
        self.assertEqual(report["state"], "CANCELLED")
        self.assertIn(["systemctl", "stop", "--no-block", "--", records.unit_of(operation)], self.box.calls)
        self.assertLess(self.box.uptime - began, 2.0)

    def test_a_runner_that_was_cancelled_before_it_activates_does_not_activate(self):
        before = self.snapshot()
        operation = self.pending()
        self.assertTrue(records.Record(self.box, operation).decide("cancel"))
        self.box.run_operation(operation)
        self.assertEqual(self.report(operation)["state"], "CANCELLED")
        self.assert_unchanged(before)

    def test_a_runner_killed_before_activation_is_reported_dead(self):
        operation = self.pending()
        self.die(operation, "build")
        result(self.box, type="operations")
        problem = self.failed(self.report(operation), "OPERATION_DIED")
        self.assertIn("before it changed anything", problem["why"])

    def test_a_runner_killed_after_activation_is_undone(self):
        first = self.box.running()
        operation = self.pending()
        wanted = self.box.closure("wanted", state_text({"shop": app()}), REV)
        self.box.point("/run/current-system", wanted)
        self.die(operation, "health", previous=first, toplevel=wanted)
        result(self.box, type="operations")
        problem = self.failed(self.report(operation), "OPERATION_DIED")
        self.assertTrue(problem["what"].endswith("The previous system runs again."), problem)
        self.assertEqual(self.box.running(), first)

    def test_a_box_that_goes_down_is_left_to_its_next_boot(self):
        operation = self.pending()
        wanted = self.box.closure("wanted", state_text({"shop": app()}), REV)
        self.die(operation, "health", previous=self.box.running(), toplevel=wanted)
        self.box.point("/run/current-system", wanted)
        self.box.state = "stopping"
        result(self.box, type="operations")
        self.assertIn("boots the previous system", self.failed(self.report(operation), "OPERATION_DIED")["what"])

    def test_a_runner_killed_behind_the_point_of_no_return_is_finished(self):
        base = self.box.git("rev-parse", "main")
        first = self.box.running()
        operation = self.pending()
        from croft_hostd.flake import Flake

        wanted = state_text({"shop": app()})
        flake = Flake(self.box, config.load(self.box))
        revision = flake.commit(flake.start_commit(operation, base, wanted, AUTHOR, "Deploy", self.box.now()))
        top = self.box.closure("wanted", wanted, revision)
        self.box.point("/run/current-system", top)
        self.box.generation(2, top)
        self.die(operation, "persist", stage="persist", previous=first, toplevel=top, base=base, revision=revision)
        result(self.box, type="operations")
        report = self.report(operation)
        self.assertEqual((report["state"], report["result"]["generation"]), ("SUCCEEDED", 2), report)
        self.assertEqual(self.box.git("rev-parse", "main"), revision)

    def test_an_unconfirmed_system_that_runs_does_not_pass_as_healthy(self):
        """After a kill the unconfirmed system may still run; applying the same again must prove it all the same."""
        self.deployed(OLD_REV)
        wanted = state_text({"shop": app(NEW_REV)})
        self.box.point("/run/current-system", self.box.closure("unconfirmed", wanted, "dirty"))
        self.box.units["croft-app-shop.service"] = {"ActiveState": "failed", "SubState": "failed"}
        self.failed(self.apply({"shop": app(NEW_REV)}), "APP_EXITED")

    def test_operations_are_listed_newest_first(self):
        first, second = self.deployed(OLD_REV), self.deployed(NEW_REV)
        self.assertEqual(result(self.box, type="operations")["operations"], [second, first])

    def test_an_unknown_operation_is_not_found(self):
        for kind in ("operations", "follow", "cancel"):
            self.assertEqual(refused(self.box, type=kind, operation=operation_id(404))["code"], "NOT_FOUND")

    def test_no_program_is_given_a_shell_line_and_nothing_foreign_becomes_an_option(self):
        self.deployed(NEW_REV)
        self.start("rollback")
        for call in self.box.calls:
            self.assertNotIn(call[0], ("sh", "bash", "/bin/sh"))
            self.assertFalse(any(AUTHOR["name"] in part or NAR_HASH in part for part in call), call)


def counts(frame):
    return {name: frame[name] for name in ("done", "expected", "running", "failed") if name in frame}


if __name__ == "__main__":
    unittest.main()
