"""What a change would do: closures, units, ports, users, reboot, /boot; and any two generations side by side."""

import json
import os
import time
import unittest

from box import AUTHOR, REV, Box, app, operation_id, state_text, store_hash
from console import refused, result
from croft_hostd import boot, closures, config, facts, packages, records, review, unitfiles
from croft_hostd.problems import Problem

OLD_REV, NEW_REV = "1" * 40, "2" * 40
FACTS = {
    "version": 1,
    "firewall": {"enabled": True, "tcp": [[22, 22], [80, 80]], "udp": []},
    "users": {"root": {"groups": ["root"], "keys": 0, "normal": False}, "ada": {"groups": ["wheel"], "keys": 1, "normal": True}},
    "ssh": {"enabled": True, "ports": [22], "passwordAuthentication": False},
    "microvms": [],
    "gc": {"automatic": True, "keepGenerations": 10, "minFree": 2 * 1024**3},
}


def path(name):
    return f"/nix/store/{store_hash(name)}-{name}"


class PackagesTest(unittest.TestCase):
    def test_names_are_cut_as_nix_cuts_them(self):
        for name, wanted in (
            ("glibc-2.40-66", ("glibc", "2.40-66")),
            ("glibc-2.40-66-bin", ("glibc", "2.40-66")),
            ("openssl-3.4.1-dev", ("openssl", "3.4.1")),
            ("nixos-system-attic-26.05.20260501.abcdef1", ("nixos-system-attic", "26.05.20260501.abcdef1")),
            ("unit-sshd.service", ("unit-sshd.service", "")),
            ("etc", ("etc", "")),
            ("libfoo-lib32", ("libfoo", "")),
            ("croft-app-shop-bfc470136e78", ("croft-app-shop", "bfc470136e78")),
            ("croft-app-my-shop-2-0fc470136e78", ("croft-app-my-shop-2", "0fc470136e78")),
        ):
            self.assertEqual(packages.name_and_version(path(name)), wanted)

    def test_bytes_are_exact_and_versions_are_those_of_both_sides(self):
        a, b, c, d, e = (path(name) for name in ("tool-1.0", "tool-1.1", "tool-1.2", "gone", "came"))
        sizes = {a: 100, b: 10, c: 1117, d: 7, e: 1}
        self.assertEqual(
            packages.changes(sizes, {a, b, d}, {b, c, e}),
            [
                {"name": "came", "from": [], "to": [""], "bytes": 1},
                {"name": "gone", "from": [""], "to": [], "bytes": -7},
                {"name": "tool", "from": ["1.0", "1.1"], "to": ["1.1", "1.2"], "bytes": 1017},
            ],
        )

    def test_a_rebuild_of_the_same_version_and_size_is_no_change(self):
        one, other = path("tool-1.0"), "/nix/store/" + "0" * 32 + "-tool-1.0"
        self.assertEqual(packages.changes({one: 5, other: 5}, {one}, {other}), [])
        self.assertEqual(packages.changes({one: 5, other: 6}, {one}, {other}), [{"name": "tool", "from": ["1.0"], "to": ["1.0"], "bytes": 1}])


class GraphTest(unittest.TestCase):
    def setUp(self):
        self.box = Box()
        self.addCleanup(self.box.close)

    def test_every_form_of_path_info(self):
        a, b = path("a-1"), path("b-1")
        entry = {"narSize": 5, "references": [a, b], "deriver": None}
        by_path = {a: entry, b: {"narSize": 7, "references": []}, path("invalid"): None}
        by_name = {"version": 2, "storeDir": "/nix/store", "info": {key[11:]: value for key, value in by_path.items()}}
        by_name["info"][a[11:]] = {**entry, "references": [a[11:], b[11:]], "deriver": "x" * 32 + "-a.drv"}
        listed = [{**entry, "path": a}, {**by_path[b], "path": b}, {"path": path("invalid"), "valid": False}]
        for document in (by_path, by_name, listed):
            graph = closures.parse(json.dumps(document))
            self.assertEqual((graph.sizes, graph.references[a]), ({a: 5, b: 7}, [b]))

    def test_what_nix_does_not_say_is_a_problem_not_a_number(self):
        self.box._nix = lambda argv: (0, "{}}", "")
        with self.assertRaises(Problem):
            closures.everything(self.box)
        self.box._nix = lambda argv: (1, "", "error: daemon is gone")
        with self.assertRaises(Problem) as caught:
            closures.everything(self.box)
        self.assertIn("daemon is gone", caught.exception.detail)

    def test_exclusive_bytes_are_those_of_one_owner_alone(self):
        graph = closures.Graph()
        for name, size, references in (("one", 1, ["lib", "old"]), ("two", 2, ["lib"]), ("old", 10, ["base"]), ("lib", 100, ["base"]), ("base", 1000, [])):
            graph.add(path(name), size, [path(other) for other in references])
        self.assertEqual(graph.exclusive({1: [path("one")], 2: [path("two")], 3: []}), {1: 11, 2: 2, 3: 0})
        self.assertEqual(graph.exclusive({1: [path("one")], 2: [path("one")]}), {1: 0, 2: 0})
        self.assertEqual(graph.exclusive({1: [path("one")], "others": [path("old")]})[1], 101)

    def test_a_second_question_is_answered_without_nix(self):
        top = self.box.running()
        first = closures.of(self.box, {top})
        asked = len(self.box.calls)
        self.assertEqual(closures.of(self.box, {top}).sizes, first.sizes)
        self.assertEqual(len(self.box.calls), asked)

    def test_a_torn_cache_is_no_cache(self):
        top = self.box.running()
        first = closures.of(self.box, {top}).sizes
        place = self.box.path("/var/cache/croft/closures.json")
        with open(place, encoding="utf-8") as file:
            text = file.read()
        for torn in (text[: len(text) // 2], "", "[]", '{"paths":["x"],"sizes":[1],"references":[[7]]}', "null"):
            with open(place, "w", encoding="utf-8") as file:
                file.write(torn)
            self.assertEqual(closures.of(self.box, {top}).sizes, first)

    def test_a_hundred_generations_are_answered_fast(self):
        shared = [self.box.store.add(path(f"shared-{number}"), 10_000) for number in range(1500)]
        for number in range(2, 102):
            own = [self.box.store.add(path(f"own-{number}-{part}"), part) for part in range(20)]
            top = self.box.closure(f"g{number}", state_text(), "0" * 40)
            self.box.store.add(top, 1, [*shared, *own])
            self.box.generation(number, top)
        result(self.box, type="generations")
        began = time.process_time()
        listed = result(self.box, type="generations")["generations"]
        self.assertLess(time.process_time() - began, 2.0)
        self.assertEqual(len(listed), 101)
        self.assertEqual({generation["bytesFreed"] for generation in listed[1:-1]}, {1 + sum(range(20))})
        self.assertIsNone(listed[0]["bytesFreed"], "the boot default cannot be deleted")


class UnitFilesTest(unittest.TestCase):
    def setUp(self):
        self.box = Box()
        self.addCleanup(self.box.close)
        self.old, self.new = "/nix/store/old", "/nix/store/new"
        for top in (self.old, self.new):
            self.unit(top, "multi-user.target", "[Unit]\nWants=known.service\n")
            self.unit(top, "known.service", "[Service]\nExecStart=/bin/known\n")

    def unit(self, top, name, text="[Unit]\n"):
        self.box.write(f"{top}/etc/systemd/system/{name}", text)

    def want(self, top, target, unit, kind="wants"):
        self.unit(top, f"{target}.{kind}/{unit}")

    def started(self, *active):
        return unitfiles.started_by_targets(self.box, self.old, self.new, active or ["multi-user.target"])

    def test_what_an_active_target_wants_is_started(self):
        self.unit(self.new, "shop.service")
        self.unit(self.new, "unwanted.service")
        self.want(self.new, "multi-user.target", "shop.service")
        self.assertEqual(self.started(), ["shop.service"])
        self.assertEqual(self.started("graphical.target"), [])

    def test_so_is_what_those_need_in_turn(self):
        self.unit(self.new, "shop.service", "[Unit]\nRequires=shop-setup.service\nAfter=other.service\n[Service]\nWants=nobody.service\n")
        for name in ("shop-setup.service", "other.service", "nobody.service", "shop.timer", "extra.socket"):
            self.unit(self.new, name)
        self.unit(self.new, "shop.target", "[Unit]\nUpholds=extra.socket\n")
        self.want(self.new, "multi-user.target", "shop.service", "requires")
        self.want(self.new, "multi-user.target", "shop.target")
        self.assertEqual(self.started(), ["extra.socket", "shop-setup.service", "shop.service"])

    def test_templates_are_found_by_their_instances(self):
        self.unit(self.new, "job@.service", "[Unit]\nWants=job-db.service\n")
        self.unit(self.new, "job-db.service")
        self.want(self.new, "multi-user.target", "job@blue.service")
        self.want(self.new, "multi-user.target", "nothing@blue.service")
        self.assertEqual(self.started(), ["job-db.service", "job@blue.service"])

    def test_what_was_there_before_is_left_alone(self):
        self.unit(self.old, "shop.service")
        self.unit(self.new, "shop.service", "[Unit]\nDescription=changed\n")
        self.want(self.new, "multi-user.target", "shop.service")
        self.assertEqual(self.started(), [])

    def test_targets_that_are_never_started_anew(self):
        self.unit(self.new, "shop.service")
        for target, text in (("manual.target", "[Unit]\nX-OnlyManualStart=true\n"), ("refused.target", "[Unit]\nRefuseManualStart=yes\n"), ("suspend.target", "")):
            self.unit(self.new, target, text)
            self.want(self.new, target, "shop.service")
        self.assertEqual(self.started("manual.target", "refused.target", "suspend.target"), [])

    def test_a_circle_ends(self):
        self.unit(self.new, "a.service", "[Unit]\nWants=b.service\n")
        self.unit(self.new, "b.service", "[Unit]\nWants=a.service\n")
        self.want(self.new, "multi-user.target", "a.service")
        self.assertEqual(self.started(), ["a.service", "b.service"])

    def test_drop_ins_count_and_an_empty_assignment_forgets(self):
        self.unit(self.new, "multi-user.target.d/more.conf", "[Unit]\nWants=\nWants=late.service\n")
        self.unit(self.new, "late.service")
        self.assertEqual(self.started(), ["late.service"])
        self.assertEqual(unitfiles.changes(self.box, self.old, self.new), {"added": ["late.service"], "removed": [], "changed": ["multi-user.target"]})

    def test_a_system_without_units_has_none(self):
        self.assertEqual(unitfiles.changes(self.box, "/nix/store/nothing", self.new)["added"], ["known.service", "multi-user.target"])

    def test_files_that_are_no_text_do_not_disturb(self):
        place = self.box.path(f"{self.new}/etc/systemd/system/blob.service")
        with open(place, "wb") as file:
            file.write(b"\xff\xfe[Unit]\n")
        self.want(self.new, "multi-user.target", "blob.service")
        self.assertEqual(self.started(), ["blob.service"])


class FactsTest(unittest.TestCase):
    def changes(self, **firewall):
        return facts.port_changes(FACTS, {**FACTS, "firewall": {**FACTS["firewall"], **firewall}})

    def test_ports(self):
        self.assertEqual(self.changes(), {"opened": [], "closed": []})
        self.assertEqual(
            self.changes(tcp=[[22, 22], [443, 443], [8000, 8100]], udp=[[51820, 51820]]),
            {
                "opened": [
                    {"protocol": "tcp", "from": 443, "to": 443},
                    {"protocol": "tcp", "from": 8000, "to": 8100},
                    {"protocol": "udp", "from": 51820, "to": 51820},
                ],
                "closed": [{"protocol": "tcp", "from": 80, "to": 80}],
            },
        )

    def test_a_firewall_that_goes_opens_all_the_rest(self):
        opened = [(port["protocol"], port["from"], port["to"]) for port in self.changes(enabled=False)["opened"]]
        self.assertEqual(opened, [("tcp", 1, 21), ("tcp", 23, 79), ("tcp", 81, 65535), ("udp", 1, 65535)])

    def test_ranges(self):
        for ranges, taken, left in (
            ([[1, 10]], [[3, 4], [6, 6]], [[1, 2], [5, 5], [7, 10]]),
            ([[1, 10]], [[1, 10]], []),
            ([[1, 10]], [], [[1, 10]]),
            ([[5, 6], [8, 9]], [[1, 5], [9, 20]], [[6, 6], [8, 8]]),
            ([[5, 6]], [[1, 4], [7, 9]], [[5, 6]]),
        ):
            self.assertEqual(facts.without(ranges, taken), left)

    def test_users(self):
        changed = {**FACTS["users"], "ada": {"groups": [], "keys": 1, "normal": True}, "bob": {"groups": [], "keys": 0, "normal": True}}
        del changed["root"]
        self.assertEqual(facts.user_changes(FACTS, {**FACTS, "users": changed}), {"added": ["bob"], "removed": ["root"], "changed": ["ada"]})

    def test_a_system_that_does_not_say(self):
        self.assertIsNone(facts.port_changes(None, FACTS))
        self.assertIsNone(facts.user_changes(FACTS, None))
        box = Box()
        self.addCleanup(box.close)
        for text in ("", "{", "[]", "7"):
            box.write("/nix/store/x/etc/croft/facts.json", text)
            self.assertIsNone(facts.of_system(box, "/nix/store/x"))


class RebootTest(unittest.TestCase):
    def setUp(self):
        self.box = Box()
        self.addCleanup(self.box.close)
        self.new = "/nix/store/new-system"
        for top, kernel in ((self.box.running(), "linux-6.18"), (self.new, "linux-6.18")):
            self.system(top, kernel)

    def system(self, top, kernel, params="quiet"):
        for name in ("kernel", "initrd", "kernel-modules"):
            package = path(f"{kernel}-{name}")
            self.box.write(f"{package}/image", "x" * 5000)
            self.box.point(f"{top}/{name}", self.box.path(f"{package}/image"))
        self.box.write(f"{top}/kernel-params", params)
        self.box.write(f"{top}/init-interface-version", "systemd 2")

    def test_the_same_kernel_needs_none(self):
        self.assertEqual(review.reboot(self.box, self.new), {"needed": False, "why": []})

    def test_each_reason(self):
        self.system(self.new, "linux-6.19", params="debug")
        self.box.write(f"{self.new}/init-interface-version", "systemd 3")
        why = ["kernel", "initial file system", "kernel modules", "kernel parameters", "systemd's init interface"]
        self.assertEqual(review.reboot(self.box, self.new), {"needed": True, "why": why})

    def test_it_is_the_booted_system_that_counts(self):
        self.box.point("/run/booted-system", "/nix/store/" + "0" * 32 + "-deleted")
        self.assertEqual(review.reboot(self.box, self.new), {"needed": False, "why": []})

    def test_a_box_without_a_kernel_of_its_own(self):
        self.assertEqual(review.reboot(self.box, self.box.running())["needed"], False)

    def boot(self, *systems, free):
        self.box.own_boot = True
        self.box.free = free
        os.makedirs(self.box.path("/boot/EFI/nixos"), exist_ok=True)
        for top in systems:
            for name in boot._images(self.box, top):
                self.box.write(f"/boot/EFI/nixos/{name}.efi", "")

    def test_boot_needs_what_it_does_not_have_yet(self):
        self.assertIsNone(boot.room(self.box, self.new), "/boot is no file system of its own")
        self.boot(self.new, free=10)
        self.assertEqual(boot.room(self.box, self.new), {"bytesNeeded": 0, "bytesFree": 10})
        self.system(self.new, "linux-6.19")
        self.assertEqual(boot.room(self.box, self.new), {"bytesNeeded": 10_000, "bytesFree": 10})

    def test_a_full_boot_names_the_generations_and_the_bytes(self):
        old = {number: f"/nix/store/old-{number}" for number in (3, 4, 5)}
        for number, top in old.items():
            self.system(top, f"linux-6.{number}")
            self.box.generation(number, top)
        self.box.point(config.PROFILE, "system-1-link")
        self.boot(*old.values(), free=1024 * 1024 - 5000)
        self.system(self.new, "linux-6.19")
        with self.assertRaises(Problem) as caught:
            boot.require_room(self.box, self.new)
        self.assertEqual(caught.exception.code, "BOOT_FULL")
        self.assertIn("Delete the generations 3, 4 on", caught.exception.next)
        self.assertIn("20 KiB", caught.exception.next)
        for number in old:
            os.unlink(f"{self.box.path(config.PROFILE)}-{number}-link")
        with self.assertRaises(Problem) as caught:
            boot.require_room(self.box, self.new)
        self.assertIn("Enlarge /boot", caught.exception.next)
        self.box.free = 2 * 1024 * 1024
        boot.require_room(self.box, self.new)


class GenerationTest(unittest.TestCase):
    def setUp(self):
        self.box = Box()
        self.addCleanup(self.box.close)
        self.next = 0
        for rev in (OLD_REV, NEW_REV):
            self.operate("apply", state=state_text({"shop": app(rev)}), message="Deploy shop")

    def operate(self, kind, **members):
        self.next += 1
        operation = operation_id(self.next)
        result(self.box, type=kind, operation=operation, author=AUTHOR, **members)
        return result(self.box, type="operations", operation=operation)["operations"][0]

    def facts(self, top, **members):
        self.box.write(f"{top}/etc/croft/facts.json", json.dumps({**FACTS, **members}))

    def built(self, more):
        """Does something to every system that is built from now on."""
        closure = self.box.closure

        def build(*arguments):
            top = closure(*arguments)
            more(top)
            return top

        self.box.closure = build

    def test_a_plan_tells_everything(self):
        running = self.box.running()
        self.facts(running)

        def more(top):
            self.facts(top, firewall={"enabled": True, "tcp": [[22, 22], [443, 443]], "udp": []})
            self.box.write(f"{top}/etc/systemd/system/multi-user.target", "[Unit]\nWants=croft-app-stall.service\n")
            said = ("would stop the following units: croft-app-shop.service", "would start the following units: croft-app-shop.service")
            self.box.switches[(top, "dry-activate")] = (said, 0)

        self.built(more)
        review_ = self.operate("plan", state=state_text({"shop": app(NEW_REV), "stall": app(OLD_REV)}), message="Add a stall")["result"]
        self.assertEqual(review_["units"], {"start": ["croft-app-stall.service"], "stop": [], "restart": ["croft-app-shop.service"], "reload": []})
        self.assertEqual([port["from"] for port in review_["ports"]["opened"]], [443])
        self.assertEqual([port["from"] for port in review_["ports"]["closed"]], [80])
        self.assertEqual(review_["users"], {"added": [], "removed": [], "changed": []})
        self.assertEqual((review_["level"], review_["reasons"]), ("app", []))
        self.assertEqual(review_["base"], self.box.git("rev-parse", "main"))
        self.assertEqual((review_["reboot"], review_["boot"], review_["data"]), ({"needed": False, "why": []}, None, []))
        self.assertEqual(review_["bytesNeeded"], 1000 + 1_000_000 + 0x1111)
        stall = next(change for change in review_["closure"] if change["name"] == "croft-app-stall")
        self.assertEqual(stall, {"name": "croft-app-stall", "from": [], "to": [OLD_REV[:12]], "bytes": 1_000_000 + 0x1111})

    def test_a_system_that_only_a_reboot_brings_up_can_be_reviewed(self):
        def more(top):
            self.box.switches[(top, "dry-activate")] = (("Warning: the new NixOS configuration has an ‘init’ that is",), 100)
            self.box.write(f"{top}/init-interface-version", "systemd 9")

        self.built(more)
        found = self.operate("plan", state=state_text({"shop": app(REV)}), message="x")
        self.assertEqual(found["state"], "SUCCEEDED", found)
        self.assertEqual(found["result"]["reboot"], {"needed": True, "why": ["systemd's init interface"]})

    def test_two_generations_side_by_side(self):
        found = result(self.box, type="compare", **{"from": 2, "to": 3})
        shop = next(change for change in found["closure"] if change["name"] == "croft-app-shop")
        self.assertEqual(shop, {"name": "croft-app-shop", "from": [OLD_REV[:12]], "to": [NEW_REV[:12]], "bytes": 0x1111})
        self.assertEqual(found["bytes"], 0x1111)
        self.assertEqual(found["units"], {"added": [], "removed": [], "changed": ["croft-app-shop.service"]})
        self.assertIsNone(found["ports"])
        self.assertIn(OLD_REV, found["state"]["from"])
        self.assertIn(NEW_REV, found["state"]["to"])
        backwards = result(self.box, type="compare", **{"from": 3, "to": 2})
        self.assertEqual(backwards["bytes"], -found["bytes"])
        running = result(self.box, type="compare", to=1)
        self.assertEqual((running["from"], running["units"]["removed"]), (None, ["croft-app-shop.service"]))
        self.assertEqual(refused(self.box, type="compare", to=77)["code"], "GENERATION_NOT_FOUND")

    def test_the_state_of_a_generation(self):
        found = result(self.box, type="state", generation=2)
        self.assertEqual(found["state"], state_text({"shop": app(OLD_REV)}))
        self.assertEqual(found["revision"], self.box.git("rev-parse", "main^"))
        self.assertEqual(refused(self.box, type="state", generation=77)["code"], "GENERATION_NOT_FOUND")

    def test_generations_are_shown_also_when_nix_does_not_answer(self):
        self.box._nix_store = lambda argv: (1, "", "error: cannot connect to the daemon")
        listed = result(self.box, type="generations")["generations"]
        self.assertEqual([(one["number"], one["closureBytes"], one["bytesFreed"]) for one in listed], [(3, None, None), (2, None, None), (1, None, None)])

    def test_generations_are_shown_also_while_an_operation_runs(self):
        before = result(self.box, type="generations")["generations"]
        request = {"type": "apply", "author": AUTHOR, "message": "Under way"}
        records.Record(self.box, "7" * 26).create(request)
        self.assertEqual(result(self.box, type="generations")["generations"], before)

    def test_marks_stay_with_their_generation(self):
        marked = result(self.box, type="mark", generation=2, pinned=True, label="  before the fair 🎪 ")["generation"]
        self.assertEqual((marked["pinned"], marked["label"], marked["bytesFreed"]), (True, "before the fair 🎪", None))
        again = result(self.box, type="mark", generation=2, pinned=False)["generation"]
        self.assertEqual((again["pinned"], again["label"]), (False, "before the fair 🎪"))
        self.assertEqual(again["bytesFreed"], 1000 + 1_000_000 + 0x1111)
        self.assertNotIn("label", result(self.box, type="mark", generation=2, label="")["generation"])
        kinds = {generation["number"]: generation.get("kind") for generation in result(self.box, type="generations")["generations"]}
        self.assertEqual(kinds, {3: "apply", 2: "apply", 1: None})
        self.assertEqual(refused(self.box, type="mark", generation=9, pinned=True)["code"], "GENERATION_NOT_FOUND")
        for label in ("x" * 101, "two\nlines", "\ud800", 7):
            self.assertEqual(refused(self.box, type="mark", generation=2, label=label)["code"], "BAD_REQUEST")

    def test_marks_survive_a_torn_file_and_forget_a_number_that_means_another_system(self):
        for text in ("", "{", "[]", '{"x":{}}', '{"2":null}', '{"2":{"closure":"/nix/store/other","pinned":true}}'):
            self.box.write("/var/lib/croft/generations.json", text)
            self.assertFalse(any(generation["pinned"] for generation in result(self.box, type="generations")["generations"]))


if __name__ == "__main__":
    unittest.main()
