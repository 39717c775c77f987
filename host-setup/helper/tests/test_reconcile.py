"""What was done on the box without Croft: taken over, or taken back."""

import json
import os
import unittest

from box import AUTHOR, app, operation_id, state_text
from console import refused, result
from operating import NEW_REV, OLD_REV, OperationCase

FLAKE = "/var/lib/croft/flake"


class ReconcileTest(OperationCase):
    def reconcile(self, what, action, **members):
        return self.start("reconcile", what=what, action=action, **members)

    def succeeded(self, report):
        self.assertEqual(report["state"], "SUCCEEDED", report)
        self.assert_agree()
        return report["result"]

    def assert_agree(self):
        """Running, boot default, boot loader and main are one."""
        default = os.readlink(self.box.path(f"/nix/var/nix/profiles/{self.box.boot_default()}"))
        self.assertEqual((self.box.running(), os.readlink(self.box.path("/boot/default-system"))), (default, default))

    def edit(self, name, text):
        self.box.write(f"{FLAKE}/{name}", text)

    def read(self, name):
        try:
            with open(self.box.path(f"{FLAKE}/{name}"), encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return None

    # -- edits -------------------------------------------------------------------------------------------------

    def test_edits_are_adopted_as_one_commit_of_the_operator(self):
        self.edit("state.json", state_text({"shop": app(OLD_REV)}))
        self.edit("host/new.nix", "{ }\n")
        base = self.box.git("rev-parse", "main")
        found = self.succeeded(self.reconcile("flake", "adopt", confirm="none"))
        self.assertEqual(found["revision"], self.box.git("rev-parse", "main"))
        self.assertEqual(self.box.git("rev-parse", "main^"), base)
        self.assertEqual(self.box.git("status", "--porcelain"), "")
        self.assertEqual(self.box.git("diff", "--name-only", "main^", "main").split(), ["host/new.nix", "state.json"])
        shown = self.box.git("log", "-1", "--format=%an|%cn|%(trailers:key=Croft-Operation,valueonly)", "main").strip()
        self.assertEqual(shown, f"Ada Lovelace|Croft|{operation_id(1)}")
        self.assertEqual(self.box.git("for-each-ref", "--format=%(refname)"), "refs/heads/main")

    def test_edits_of_other_files_wait_for_a_confirmation(self):
        self.edit("host/default.nix", "{ }\n")
        before = (self.read("host/default.nix"), *self.snapshot())
        seen = []
        self.box.planned.append((self.box.uptime + 3, lambda: seen.append(self.report(operation_id(1))["confirm"]["reasons"])))
        report = self.reconcile("flake", "adopt")
        self.assertEqual((report["state"], report["problem"]["code"]), ("ROLLED_BACK", "CONFIRM_MISSED"), report)
        self.assertEqual(seen, [["flake"]])
        self.assertEqual((self.read("host/default.nix"), *self.snapshot()), before, "the edits are there as before")

    def test_an_edit_of_state_json_that_fails_is_still_there(self):
        text = state_text({"shop": app(OLD_REV)})
        self.edit("state.json", text)
        before = self.snapshot()
        self.next_switch(["Failed to install bootloader"], 1, "boot")
        self.failed(self.reconcile("flake", "adopt"), "SWITCH_FAILED")
        self.assertEqual(self.read("state.json"), text)
        self.assert_unchanged(before)

    def test_edits_that_are_no_state_are_refused(self):
        self.edit("state.json", "{")
        self.failed(self.reconcile("flake", "adopt"), "STATE_REFUSED")
        self.assertEqual(self.read("state.json"), "{")

    def test_a_commit_that_somebody_makes_meanwhile_wins(self):
        self.edit("state.json", state_text({"shop": app(OLD_REV)}))
        switch = self.box._switch

        def committing(program, action):
            self.box._switch = switch
            self.box.git("commit", "--quiet", "--allow-empty", "--message=By hand")
            return switch(program, action)

        self.box._switch = committing
        self.failed(self.reconcile("flake", "adopt"), "HOST_FLAKE_DIRTY")
        self.assertEqual(self.box.git("log", "-1", "--format=%s", "main"), "By hand")
        self.assert_agree()

    def test_edits_are_returned_and_kept_aside(self):
        self.edit("state.json", "whatever")
        self.edit("host/new.nix", "{ }\n")
        running = self.box.running()
        found = self.succeeded(self.reconcile("flake", "return"))
        self.assertEqual((found["revision"], found["toplevel"]), (self.box.git("rev-parse", "main"), running))
        self.assertEqual((self.read("state.json"), self.read("host/new.nix")), (state_text(), None))
        aside = f"refs/croft/set-aside/{operation_id(1)}"
        self.assertEqual(self.box.git("cat-file", "blob", f"{aside}:state.json"), "whatever")
        self.assertEqual(self.box.git("cat-file", "blob", f"{aside}:host/new.nix"), "{ }")
        self.assertEqual(self.box.git("status", "--porcelain"), "")

    def test_another_branch_is_returned_to_main(self):
        self.box.git("checkout", "--quiet", "-b", "trial")
        self.box.git("commit", "--quiet", "--allow-empty", "--message=Trial")
        self.failed(self.reconcile("flake", "adopt"), "HOST_FLAKE_DIRTY")
        self.succeeded(self.reconcile("flake", "return"))
        self.assertEqual(self.box.git("symbolic-ref", "HEAD"), "refs/heads/main")
        self.assertEqual(self.box.git("log", "-1", "--format=%s", "trial"), "Trial")

    def test_without_edits_there_is_nothing_to_do(self):
        for action in ("adopt", "return"):
            self.failed(self.reconcile("flake", action), "NOT_FOUND")

    # -- systems -----------------------------------------------------------------------------------------------

    def switched_by_hand(self):
        """Somebody has run `nixos-rebuild test` with another state."""
        self.deployed(OLD_REV)
        top = self.box.closure("by-hand", state_text({"shop": app(NEW_REV)}), "dirty")
        self.box.point("/run/current-system", top)
        return top

    def test_a_system_made_by_hand_is_adopted(self):
        top = self.switched_by_hand()
        switches = sum(call[-1] == "test" for call in self.box.calls)
        found = self.succeeded(self.reconcile("system", "adopt"))
        self.assertEqual((self.box.running(), found["toplevel"], found["generation"]), (top, top, 3))
        self.assertEqual(sum(call[-1] == "test" for call in self.box.calls), switches, "it runs already")
        self.assertEqual(json.loads(result(self.box, type="state")["state"])["apps"]["shop"]["source"]["rev"], NEW_REV)
        self.assertEqual(self.box.git("log", "-1", "--format=%s", "main"), "Adopt the running system")

    def test_a_system_whose_app_is_ill_is_not_adopted(self):
        self.switched_by_hand()
        before = self.snapshot()
        self.box.units["croft-app-shop.service"] = {"ActiveState": "failed", "SubState": "failed"}
        self.failed(self.reconcile("system", "adopt"), "APP_EXITED")
        self.assert_unchanged(before)

    def test_a_system_made_by_hand_is_taken_back(self):
        self.switched_by_hand()
        main = self.box.git("rev-parse", "main")
        found = self.succeeded(self.reconcile("system", "return", confirm="none"))
        self.assertEqual((self.box.git("rev-parse", "main"), found["revision"]), (main, main))
        self.assertEqual(found["apps"], {"shop": {"rev": OLD_REV}})

    def test_the_way_back_from_an_unknown_system_waits_for_a_confirmation(self):
        top = self.switched_by_hand()
        report = self.reconcile("system", "return")
        self.assertEqual((report["state"], self.box.running()), ("ROLLED_BACK", top), report)

    def test_words_are_of_a_closed_list(self):
        for members in ({"what": "flake", "action": "burn"}, {"what": "disk", "action": "adopt"}, {"what": "flake"}):
            problem = refused(self.box, type="reconcile", operation=operation_id(9), author=AUTHOR, **members)
            self.assertEqual(problem["code"], "BAD_REQUEST")


if __name__ == "__main__":
    unittest.main()
