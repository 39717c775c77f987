"""What a verification says of two trees, and of recipes that it does not build again. Whether Nix builds anew is tested on a box."""

import os
import unittest

from box import AUTHOR, ScriptedChild, operation_id, store_hash
from console import ask, result
from croft_hostd import derivations, packages, verification
from operating import OperationCase


def path(name):
    return f"/nix/store/{store_hash(name)}-{name}"


class TreesTest(OperationCase):
    def tree(self, name, files):
        place = self.box.path(f"/srv/{name}")
        os.makedirs(place)
        for file, content in files.items():
            os.makedirs(os.path.dirname(f"{place}/{file}"), exist_ok=True)
            with open(f"{place}/{file}", "wb") as out:
                out.write(content)
        return place

    def test_equal_trees_do_not_differ(self):
        files = {"a": b"1", "b/c": b"2"}
        self.assertEqual(verification.compared(self.tree("one", files), self.tree("two", files)), ([], False))

    def test_each_difference_is_named(self):
        one = self.tree("one", {"same": b"x", "gone": b"1", "text": b"a\nb\n", "bytes": b"\0\1"})
        two = self.tree("two", {"same": b"x", "come": b"1", "text": b"a\nc\n", "bytes": b"\0\2"})
        os.symlink("same", f"{one}/link")
        os.symlink("text", f"{two}/link")
        found, more = verification.compared(one, two)
        self.assertFalse(more)
        told = {entry["file"]: (entry["change"], entry["lines"]) for entry in found}
        self.assertEqual(told["gone"], ("removed", None))
        self.assertEqual(told["come"], ("added", None))
        self.assertEqual(told["bytes"], ("changed", None))
        self.assertEqual(told["link"], ("changed", None))
        self.assertEqual(told["text"][0], "changed")
        self.assertIn("-b\n+c", told["text"][1])
        self.assertNotIn("same", told)

    def test_a_file_that_becomes_executable_differs(self):
        one, two = self.tree("one", {"run": b"x"}), self.tree("two", {"run": b"x"})
        os.chmod(f"{two}/run", 0o755)
        self.assertEqual([entry["file"] for entry in verification.compared(one, two)[0]], ["run"])

    def test_what_is_told_is_bounded(self):
        one = self.tree("one", {f"f{number:04}": b"a" for number in range(200)})
        two = self.tree("two", {f"f{number:04}": b"b" for number in range(200)})
        found, more = verification.compared(one, two)
        self.assertEqual((len(found), more), (100, True))
        self.assertEqual({entry["lines"] for entry in verification.compared(one, two, lambda text: None)[0]}, {None})

    def test_a_name_that_is_no_text_can_be_told(self):
        one, two = self.tree("one", {}), self.tree("two", {})
        with open(os.fsencode(two) + b"/\xff\n", "wb") as file:
            file.write(b"x")
        (entry,) = verification.compared(one, two)[0]
        self.assertEqual(entry["file"].encode(), "\ufffd\n".encode())


class VerifyTest(OperationCase):
    def setUp(self):
        super().setUp()
        self.deployed()
        self.checks = {}
        self.damaged = []
        box, ran, spawned = self.box, self.box.run, self.box.spawn

        def run(argv, *rest, **more):
            if argv[:2] == ["nix-store", "--verify-path"]:
                bad = [name for name in argv[2:] if name in self.damaged]
                return type("Done", (), {"code": bool(bad), "out": "", "err": "".join(f"path '{name}' was modified!\n" for name in bad)})()
            if argv[:2] == ["nix-store", "--delete"]:
                os.unlink(box.path(argv[2]))
                return type("Done", (), {"code": 0, "out": "", "err": ""})()
            return ran(argv, *rest, **more)

        def spawn(argv, *rest, **more):
            if argv[:3] == ["nix-store", "--realise", "--check"]:
                code, other = self.checks[argv[-1]]
                if other:
                    box.write(other[0], other[1])
                return ScriptedChild([[("err", b"error: it says why")]], code)
            return spawned(argv, *rest, **more)

        box.run, box.spawn = run, spawn

    def has(self, name, needs=(), recipe=True, fixed=False, signed=False):
        place, drv = path(name), path(f"{name}.drv")
        self.box.write(place, f"{name} as it is\n")
        self.box.store.add(place, 100, needs, drv if recipe is not None else None)
        if recipe:
            digest = '"r:sha256","00"' if fixed else '"",""'
            self.box.write(drv, f'Derive([("out","{place}",{digest})],[],[],"x","y",[],[])')
        if signed:
            self.box.store.signed.add(name)
        self.checks[drv] = (0, None)
        return place

    def runs(self, *places):
        unit = f"{self.box.running()}/etc/systemd/system/croft-app-shop.service"
        self.box.write(unit, "".join(f"ExecStartPre={place}\n" for place in places))

    def verified(self):
        report = self.start("verify", app="shop")
        self.assertEqual(report["state"], "SUCCEEDED", report)
        return report["result"]

    def test_what_comes_out_the_same_is_identical(self):
        self.runs(self.has("made-1.0"), self.has("cached-1.0", signed=True), self.has("fetched-1.0", fixed=True))
        found = self.verified()
        self.assertEqual((found["verdict"], found["rebuilt"], found["fetched"], found["paths"]), ("identical", 1, 1, 3))
        self.assertEqual(found["identity"], result(self.box, type="closure", app="shop", identity=True)["identity"])

    def test_what_comes_out_otherwise_is_shown_and_taken_away(self):
        made = self.has("made-1.0")
        self.runs(made, self.has("other-1.0"))
        self.checks[path("made-1.0.drv")] = (104, (f"{made}.check", "made-1.0 otherwise\n"))
        found = self.verified()
        self.assertEqual((found["verdict"], found["differing"], found["rebuilt"]), ("differs", 1, 1))
        self.assertEqual(found["outputs"][0]["path"], made)
        self.assertIn("+made-1.0 otherwise", found["outputs"][0]["files"][0]["lines"])
        self.assertFalse(os.path.lexists(self.box.path(f"{made}.check")))

    def test_what_cannot_be_built_again_is_told_with_its_reason(self):
        self.runs(self.has("made-1.0"), self.has("lost-1.0", recipe=False))
        self.checks[path("made-1.0.drv")] = (1, None)
        found = self.verified()
        self.assertEqual((found["verdict"], found["skipped"]), ("partly", 2))
        why = {output["path"]: output["why"] for output in found["outputs"]}
        self.assertIn("it says why", why[path("made-1.0")])
        self.assertIn("no longer on the box", why[path("lost-1.0")])

    def test_damage_weighs_most(self):
        made = self.has("made-1.0")
        self.runs(made)
        self.damaged = [made]
        found = self.verified()
        self.assertEqual((found["verdict"], found["damaged"]), ("damaged", [made]))

    def test_an_app_that_is_not_there_is_refused(self):
        (refused,) = ask(self.box, type="verify", operation=operation_id(50), app="nobody", author=AUTHOR)
        self.assertEqual(refused["problem"]["code"], "NOT_FOUND")


class RecipeTest(unittest.TestCase):
    def test_what_has_its_hash_in_its_recipe_is_fixed(self):
        self.assertTrue(derivations.parse('Derive([("out","/nix/store/a-x","r:sha256","00")],[],[],"x","y",[],[])').fixed)
        self.assertFalse(derivations.parse('Derive([("out","/nix/store/a-x","","")],[],[],"x","y",[],[])').fixed)

    def test_names_are_cut_as_nix_does_it(self):
        for name, wanted in (
            ("glibc-2.40-66-bin", ("glibc", "2.40-66")),
            ("bash-interactive-5.2p37", ("bash-interactive", "5.2p37")),
            ("unit-script-start", ("unit-script-start", "")),
            ("python3.13-numpy-2.2.1", ("python3.13-numpy", "2.2.1")),
            ("croft-app-shop-bfc470136e78", ("croft-app-shop", "bfc470136e78")),
        ):
            self.assertEqual(packages.parsed(path(name)), wanted)


if __name__ == "__main__":
    unittest.main()
