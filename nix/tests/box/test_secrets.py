"""Secrets on a booted box: through the channel's socket, sealed by the real systemd-creds, opened by the real systemd.

Run by `python3 -m unittest discover -s nix/tests/box`; CROFT_TEST_DATA=DIR keeps and reuses the box.
"""

import base64
import json
import os
import re
import unittest

import test_apps
from provisioned import AS_SOMEBODY, FLAKE, REPOSITORY, until

import planted
from planted import SEED, Maker

#: (the end of a file's name, its text with a name and a value)
IN_FILES = (
    ("a.nix", lambda name, value: f"{{\n  environment.variables.{name} = {planted.nix_text(value)};\n}}\n"),
    ("b.nix", lambda name, value: "{\n  text = ''\n" + "".join(f"      {line}\n" for line in f"{name}={value}".splitlines()) + "  '';\n}\n"),
    ("c.yaml", lambda name, value: f"shop:\n  {name}: {json.dumps(value)}\n"),
    ("d.nix", lambda name, value: f"{{ outputs = _: {{ {name} = {planted.nix_text(value)}; }}; }}\n"),
)
CREDENTIALS = "/var/lib/croft/credentials"

# Speaks one dialogue on the socket; the request comes on stdin, so that no value is in an argument here either.
ASK = """
import json, socket, sys
channel = socket.socket(socket.AF_UNIX)
channel.connect("/run/croft/hostd.sock")
channel.sendall((json.dumps({"type": "hello", "protocol": 1, "client": "test"}) + "\\n" + sys.stdin.read() + "\\n").encode())
channel.shutdown(socket.SHUT_WR)
print(channel.makefile().readlines()[-1])
"""


class SecretsTest(test_apps.AppsTest):
    # The box of the apps' tests and its ways, not its tests.
    for name in [name for name in vars(test_apps.AppsTest) if name.startswith("test_")]:
        locals()[name] = None
    del name

    def ask(self, **request):
        return json.loads(self.box.run("python3", "-c", ASK, stdin=json.dumps(request)).stdout)

    def put(self, name, value, app="vault", **members):
        told = self.ask(type="secret-put", app=app, name=name, value=base64.b64encode(value).decode(), **members)
        self.assertEqual(told["type"], "done", told)
        return told["result"]

    def given(self, port):
        return json.loads(self.get(port))

    def vault(self, port, secrets, **run):
        app = self.app("python-app", "python", port)
        app["run"].update(secrets={name: {"as": how} for name, how in secrets.items()}, **run)
        return {"vault": app}

    def test_each_way_to_be_given_a_secret(self):
        single = b"it's \"$HOME\" %h `x`\nsecond line"
        self.put("SINGLE", single)
        self.put("LINES", b"USER_NAME=ada\nUSER_KEY='$(id)'\n")
        self.put("BYTES", bytes(range(256)))
        self.switch(self.vault(8120, {"SINGLE": "env", "LINES": "envFile", "BYTES": "file"}, env={"PLAIN": "x"}))
        told = self.given(8120)["environment"]
        self.assertEqual(told["SINGLE"], single.decode())
        self.assertEqual((told["USER_NAME"], told["USER_KEY"], told["PLAIN"]), ("ada", "$(id)", "x"))
        self.assertNotIn("BYTES", told)
        directory = told["CREDENTIALS_DIRECTORY"]
        self.assertEqual((self.box.root / directory.lstrip("/")).is_dir(), False)
        seen = self.box.run("sh", "-c", f"base64 -w0 {directory}/BYTES").stdout
        self.assertEqual(base64.b64decode(seen), bytes(range(256)))
        self.assertLessEqual(self.exposure("vault"), 2.0)

        # Nobody else's: not another app's, not a person's.
        refused = self.box.run("runuser", "-u", "nobody", "--", "cat", f"{directory}/SINGLE", check=False)
        self.assertNotEqual(refused.returncode, 0)
        listed = self.ask(type="secrets")["result"]["secrets"]
        mine = {entry["name"]: entry for entry in listed if entry.get("app") == "vault"}
        self.assertEqual(mine["BYTES"]["bytes"], 256)
        self.assertEqual(mine["SINGLE"]["bytes"], len(single))
        self.assertEqual(mine["LINES"]["usedBy"], ["croft-app-vault.service"])

        # A new value comes with a restart, which only this app gets.
        pid = self.box.out("systemctl", "show", "--property=MainPID", "--value", "croft-app-vault.service")
        self.assertEqual(self.put("SINGLE", b"new")["restarted"], [])
        self.assertEqual(self.given(8120)["environment"]["SINGLE"], single.decode())
        self.assertEqual(self.put("SINGLE", b"newer", restart=True)["restarted"], ["croft-app-vault.service"])
        self.assertEqual(self.given(8120)["environment"]["SINGLE"], "newer")
        self.assertNotEqual(pid, self.box.out("systemctl", "show", "--property=MainPID", "--value", "croft-app-vault.service"))

        used = self.ask(type="secret-remove", app="vault", name="SINGLE")
        self.assertEqual(used["problem"]["code"], "SECRET_IN_USE", used)
        self.switch({})
        for name in ("SINGLE", "LINES", "BYTES"):
            self.assertEqual(self.ask(type="secret-remove", app="vault", name=name)["type"], "done")

    def test_a_value_leaves_no_trace_but_the_sealed_one(self):
        # Seen twice: in what the box writes down, and in every argument vector while it is sealed.
        value = base64.b64encode(os.urandom(24))
        coded = base64.b64encode(value).decode()
        self.box.write("/root/watch", "while :; do cat /proc/*/cmdline /proc/*/environ 2>/dev/null; done > /root/watched\n")
        self.box.run("systemd-run", "--quiet", "--unit=test-watch", "sh", "/root/watch")
        for _ in range(5):
            self.put("TRACE", value)
        self.ask(type="secret-put", app="vault", name="TRACE", value=coded + "!")
        self.box.run("systemctl", "stop", "test-watch.service")
        watched = (self.box.root / "root/watched").read_bytes()
        self.assertIn(b"systemd-creds", watched)
        places = ["/root/watched", "/var/log", "/run/log", "/var/lib", "/var/cache", "/etc", "/tmp", "/run/croft", "/var/lib/croft"]
        for needle in (value.decode(), coded, coded[4:36]):
            self.box.run("journalctl", "--sync")
            journal = self.box.run("journalctl", "--no-pager", "--all", "--output=export", "--boot").stdout
            self.assertNotIn(needle, journal)
            found = self.box.run("grep", "-rlaF", "-f", "/dev/stdin", *places, check=False, stdin=needle + "\n")
            self.assertEqual(found.stdout, "", found)
        sealed = f"{CREDENTIALS}/apps/vault/TRACE"
        self.assertEqual(self.box.out("stat", "--format=%U:%a", sealed), "root:600")
        # Sealed under its name: another's cannot be put in its place.
        moved = self.box.run("systemd-creds", "decrypt", "--name=OTHER", sealed, "-", check=False)
        self.assertNotEqual(moved.returncode, 0)
        self.assertEqual(self.box.run("systemd-creds", "decrypt", "--name=TRACE", sealed, "-").stdout, value.decode())
        self.ask(type="secret-remove", app="vault", name="TRACE")

    def test_sizes_that_are_taken_and_those_that_are_not(self):
        for size in (1, 65536):
            value = os.urandom(size)
            self.assertEqual(self.put("SIZE", value)["secret"]["bytes"], size)
            opened = self.box.run("systemd-creds", "decrypt", "--transcode=base64", f"{CREDENTIALS}/apps/vault/SIZE", "-").stdout
            self.assertEqual(base64.b64decode(opened), value)
        for value in ("", base64.b64encode(bytes(65537)).decode()):
            told = self.ask(type="secret-put", app="vault", name="SIZE", value=value)
            self.assertEqual(told["problem"]["code"], "BAD_REQUEST", told)
        self.ask(type="secret-remove", app="vault", name="SIZE")

    def test_what_no_variable_can_hold_stops_the_app_with_a_word(self):
        self.put("BROKEN", b"hunter2\0x")
        self.commit(apps=self.vault(8121, {"BROKEN": "env"}))
        self.rebuild()
        log = self.box.out("journalctl", "--no-pager", "--unit=croft-app-vault.service")
        self.assertIn("the secret BROKEN has a NUL byte", log)
        self.assertNotIn("hunter2", log)
        self.switch({})
        self.ask(type="secret-remove", app="vault", name="BROKEN")

    def test_the_launcher_by_itself(self):
        for file in ("nix/launcher/croft-launch.c", "nix/launcher/croft-relay.c", "nix/tests/launcher/test_launcher.py"):
            self.box.write(f"/srv/launcher/{file}", (REPOSITORY / file).read_text())
        done = self.box.run("python3", "-m", "unittest", "/srv/launcher/nix/tests/launcher/test_launcher.py", check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(re.search(r"Ran \d\d tests", done.stderr))

    def test_a_state_without_its_secrets_is_refused_before_anything_is_built(self):
        self.switch({})
        state = json.loads(self.box.out("cat", f"{FLAKE}/state.json"))
        state["apps"] = self.vault(8122, {"GONE": "env"})
        text = json.dumps(state, indent=2, sort_keys=True) + "\n"
        main = self.box.out("git", "-C", FLAKE, "rev-parse", "main")
        author = {"name": "Ada", "email": "ada@example.org"}
        told = self.ask(type="apply", operation="0" * 26, state=text, author=author, message="x")
        self.assertEqual(told["problem"]["code"], "SECRET_MISSING", told)
        self.assertEqual(self.box.out("git", "-C", FLAKE, "rev-parse", "main"), main)
        self.assertFalse((self.box.root / "var/lib/croft/operations" / ("0" * 26)).exists())

    def apply(self, number, state):
        """How an apply of this state ended."""
        return self.operation(number, state, "apply", confirm="none")

    def operation(self, number, state, kind, **members):
        operation = f"{number:026d}"
        text = json.dumps(state, indent=2, sort_keys=True) + "\n"
        told = self.ask(type=kind, operation=operation, state=text, author={"name": "Ada", "email": "ada@example.org"}, message="x", **members)
        if told["type"] == "refused":
            return told
        ended = []

        def has_ended():
            (report,) = self.ask(type="operations", operation=operation)["result"]["operations"]
            ended[:] = [report] if report["state"] not in ("RUNNING", "AWAITING_CONFIRM") else []
            return ended

        until(has_ended)
        return ended[0]

    def test_a_secret_in_what_was_built_is_not_activated(self):
        """It is in no file: the flake puts it together, which only a look at the result shows."""
        number = int(self.box.out("date", "+%s%N"))
        value = "a phrase that nobody thought of"
        self.put("PHRASE", value.encode())
        half = len(value) // 2
        joined = f'"{value[:half]}" + "{value[half:]}"'
        self.commit(owners=f'{{ environment.etc."motd.d/croft-test".text = {joined}; }}')
        before = self.box.out("readlink", "-f", "/run/current-system")
        state = json.loads(self.box.out("cat", f"{FLAKE}/state.json"))
        report = self.apply(number, state)
        self.assertEqual(report["state"], "FAILED", report)
        self.assertEqual(report["problem"]["code"], "SECRET_FOUND", report)
        self.assertRegex(report["problem"]["why"], "/nix/store/.*croft-test.*has the value of the secret PHRASE of vault")
        self.assertNotIn(value, json.dumps(report))
        self.assertEqual(self.box.out("readlink", "-f", "/run/current-system"), before)

        # In the state it is found before anything is evaluated.
        self.commit()
        state["apps"] = self.vault(8123, {}, env={"X": base64.b64encode(b"ada:" + value.encode()).decode(), "Y": value})
        report = self.apply(number + 1, state)
        self.assertIn("apps.vault.run.env", report["problem"]["why"], report)
        self.assertEqual(report["problem"]["code"], "SECRET_FOUND", report)
        log = self.box.out("journalctl", "--no-pager", "--all", f"--unit=croft-op-{number + 1:026d}.service")
        self.assertNotIn("nobody thought", log)
        kept = self.box.run("grep", "-rla", "nobody thought", "/var/lib/croft", check=False).stdout
        self.assertNotIn("operations", kept)

        # The same state without it goes through.
        state["apps"] = self.vault(8123, {"PHRASE": "env"})
        report = self.apply(number + 2, state)
        self.assertEqual(report["state"], "SUCCEEDED", report)
        self.assertEqual(self.given(8123)["environment"]["PHRASE"], value)

    # -- two hundred of them -------------------------------------------------------------------------------------------

    def plan(self, state, files=()):
        """What becomes of a plan with these files in the flake: the problem, or None."""
        git = f"git -c user.name=Ada -c user.email=ada@example.org -c safe.directory=* -C {FLAKE}"
        for name, text in dict(files).items():
            self.box.write(f"{FLAKE}/{name}", text)
        if files:
            self.box.run("sh", "-ec", f"{git} add --all && {git} commit -q -m planted")
        try:
            type(self).planned = getattr(self, "planned", int(self.box.out("date", "+%s%N"))) + 1
            told = self.operation(self.planned, state, "plan")
            self.assertIn("result" if told.get("state") == "SUCCEEDED" else "problem", told)
            return told.get("problem")
        finally:
            if files:
                self.box.run("sh", "-ec", f"{git} reset -q --hard HEAD~1")

    def all_are_named(self, planted, attempt):
        """Tries with all of `planted` (what names the place -> whatever it is), then without those that were named, until nothing is
        refused; each has to have been named by then, and no value told."""
        left = dict(planted)
        while problem := attempt(left):
            self.assertEqual(problem["code"], "SECRET_FOUND", problem)
            named = [place for place in left if place in problem["why"]]
            self.assertTrue(named, problem["why"])
            for place in named:
                self.assertNotIn(left.pop(place)[1][:12], json.dumps(problem))
        self.assertEqual(left, {}, "these went through")

    def test_two_hundred_secrets_in_ten_places_and_five_hundred_that_are_none(self):
        self.commit()
        bare = json.loads(self.box.out("cat", f"{FLAKE}/state.json"))
        kinds = list(Maker(SEED).secrets())
        self.assertEqual(len(kinds), 20)

        def made(at):
            return [Maker(SEED + 100 * number + at).secrets()[kind] for number, kind in enumerate(kinds)]

        # Of the state each is tried by itself: that is refused before anything runs.
        for at, place in enumerate(planted.Places.of_the_state()):
            for kind, (name, value) in zip(kinds, made(at)):
                apps, host = place(name, value)[:2]
                state = {**bare, "apps": {}, "host": bare["host"] | host}
                if apps:
                    state["apps"] = self.vault(8125, {})
                    for member, content in apps["shop"].items():
                        state["apps"]["vault"][member] = state["apps"]["vault"].get(member, {}) | content
                problem = self.plan(state)
                self.assertEqual(problem and problem["code"], "SECRET_FOUND", (kind, place.__name__, problem))
                self.assertNotIn(value[:12], json.dumps(problem))

        # In files: each kind in a file of its own.
        files = {}
        for at, (ending, text) in enumerate(IN_FILES, len(planted.Places.of_the_state())):
            for number, (name, value) in enumerate(made(at)):
                files[f"planted/{at}-{number}-{ending}"] = (name, value, text(name, value))
        self.all_are_named(files, lambda left: self.plan(bare, {name: text for name, (_, _, text) in left.items()}))

        # In what is built, of pieces that say nothing.
        def pieces(value):
            return "(builtins.concatStringsSep \"\" [ " + " ".join(planted.nix_text(one) for one in value) + " ])"

        built = {}
        for number, (name, value) in enumerate(made(8)):
            built[f"planted-{number}.service"] = (name, value, f'systemd.services."planted-{number}".environment.${{{pieces(name)}}} = {pieces(value)};')
        for number, (name, value) in enumerate(made(9)):
            built[f"planted-{number}.env"] = (name, value, f'environment.etc."planted-{number}.env".text = {pieces(f"{name}={value}")};')

        def build(left):
            lines = "\n".join(text for _, _, text in left.values())
            return self.plan(bare, {"host/default.nix": f"{{ imports = [ ./provisioned.nix ];\n{lines}\n}}\n"})

        self.all_are_named(built, build)

        values = [Maker(SEED + number).innocent() for number in range(10)]
        self.assertGreaterEqual(sum(map(len, values)), 500)
        apps, lines = {}, []
        for at, some in enumerate(values):
            (entry,) = self.vault(8126 + at, {}).values()
            entry["run"]["env"] = {f"{name}_{number}" if name == "SETTING" else name: value for number, (name, value) in enumerate(some)}
            apps[f"vault-{at}"] = entry
            lines += [f"a{at}-{number}.{name} = {planted.nix_text(value)};" for number, (name, value) in enumerate(some)]
        text = "let\n  innocent = {\n    " + "\n    ".join(lines) + "\n  };\nin\n{ environment.etc.innocent.text = builtins.toJSON innocent; }\n"
        host = "{ imports = [ ./provisioned.nix ./innocent.nix ]; }\n"
        self.assertIsNone(self.plan({**bare, "apps": apps}, {"host/innocent.nix": text, "host/default.nix": host}))

    # -- in git ------------------------------------------------------------------------------------------------------

    def in_git(self, **secrets):
        """A state in which the vault gets these; each is (how, file, key)."""
        state = json.loads(self.box.out("cat", f"{FLAKE}/state.json"))
        state["apps"] = self.vault(8124, {})
        state["apps"]["vault"]["run"]["secrets"] = {
            name: {"as": how, "sops": {"file": file, "key": key} if key else {"file": file}} for name, (how, file, key) in secrets.items()
        }
        return state

    def test_secrets_that_are_kept_in_git(self):
        number = int(self.box.out("date", "+%s%N"))
        self.addCleanup(self.switch, apps={})
        self.assertIsNone(self.ask(type="secrets")["result"]["sops"])
        lacks = self.in_git(API_KEY=("env", "secrets/vault.yaml", "api/key"))
        self.assertRegex(self.apply(number, lacks)["problem"]["why"], "API_KEY.*the box's flake has no file secrets/vault.yaml")

        self.with_sops_nix()
        (own,) = self.ask(type="secrets")["result"]["sops"]["recipients"]
        other = self.box.run("sh", "-c", "age-keygen 2>/dev/null | sed -n 's/^# public key: //p'").stdout.strip()
        values = {"api": {"key": "it's \"$HOME\"\nsecond line"}, "list": ["a", "b"], "number": 5}
        self.encrypt("yaml", "secrets/vault.yaml", values, other, own)
        self.encrypt("dotenv", "secrets/vault.env", {"USER_NAME": "ada", "USER_KEY": "x=y"}, own)
        state = self.in_git(API_KEY=("env", "secrets/vault.yaml", "api/key"), LINES=("envFile", "secrets/vault.env", None))
        report = self.apply(number + 1, state)
        self.assertEqual(report["state"], "SUCCEEDED", report)
        given = self.given(8124)["environment"]
        self.assertEqual((given["API_KEY"], given["USER_NAME"], given["USER_KEY"]), (values["api"]["key"], "ada", "x=y"))
        self.assertEqual(self.box.out("stat", "--dereference", "--format=%U:%a", "/run/secrets/croft/vault/API_KEY"), "root:400")
        self.assertLessEqual(self.exposure("vault"), 2.0)

        # A new value is a commit and an apply, and starts the app anew.
        values["api"]["key"] = "rotated"
        self.encrypt("yaml", "secrets/vault.yaml", values, own, other)
        plan = self.operation(number + 2, state, "plan")
        self.assertIn("croft-app-vault.service", plan["result"]["units"]["restart"])
        self.assertEqual(self.apply(number + 3, state)["state"], "SUCCEEDED")
        self.assertEqual(self.given(8124)["environment"]["API_KEY"], "rotated")

        # What the box could not open is refused before anything is built, and the version before serves on.
        pid = self.box.out("systemctl", "show", "--property=MainPID", "--value", "croft-app-vault.service")
        self.encrypt("yaml", "secrets/vault.yaml", values, other)
        problem = self.apply(number + 4, state)["problem"]
        self.assertEqual(problem["code"], "SECRET_LOCKED", problem)
        self.assertIn("apps.vault.run.secrets.API_KEY.sops: secrets/vault.yaml is encrypted for " + other, problem["why"])
        self.assertIn(own, problem["next"])
        self.box.write(f"{FLAKE}/secrets/vault.yaml", "api:\n    key: rotated\n")
        self.box.run("git", "-C", FLAKE, "add", "--all")
        self.box.run("git", *AS_SOMEBODY, "-C", FLAKE, "commit", "-q", "-m", self.id())
        self.assertIn("is not encrypted by sops", self.apply(number + 5, state)["problem"]["why"])
        self.encrypt("yaml", "secrets/vault.yaml", {"api": {"token": "x"}}, own)
        self.assertIn("has no key api/key", self.apply(number + 6, state)["problem"]["why"])
        self.assertEqual(self.given(8124)["environment"]["API_KEY"], "rotated")
        self.assertEqual(pid, self.box.out("systemctl", "show", "--property=MainPID", "--value", "croft-app-vault.service"))

        # In a file that nothing names, the value is the guard's to find: it knows what the box has opened.
        self.encrypt("yaml", "secrets/vault.yaml", {"api": {"key": "a phrase that is in git"}}, own)
        self.assertEqual(self.apply(number + 7, state)["state"], "SUCCEEDED")
        self.box.write(f"{FLAKE}/host/note.txt", "a phrase that is in git\n")
        self.box.run("git", "-C", FLAKE, "add", "--all")
        self.box.run("git", *AS_SOMEBODY, "-C", FLAKE, "commit", "-q", "-m", self.id())
        problem = self.apply(number + 8, state)["problem"]
        self.assertEqual(problem["code"], "SECRET_FOUND", problem)
        self.assertIn("host/note.txt:1 has the value of the secret API_KEY of vault, in git", problem["why"])
        self.box.run("rm", f"{FLAKE}/host/note.txt")

    def test_the_guard_in_a_clone(self):
        self.commit()
        self.assertEqual(self.box.run("env", "-C", FLAKE, "croft-guard", check=False).returncode, 0)
        self.box.run("rm", "-rf", "/root/clone")
        self.box.run("git", "-c", "safe.directory=*", "clone", "-q", FLAKE, "/root/clone")
        git = ["git", *AS_SOMEBODY, "-C", "/root/clone"]
        # It comes with the box's flake, as README.md there says.
        self.assertEqual(self.box.out("git", "-C", "/root/clone", "ls-files", "-s", ".githooks").split()[0], "100755")
        self.box.run(*git, "config", "core.hooksPath", ".githooks")
        self.box.write("/root/clone/host/mine.nix", '{ services.mine.password = "hunter2"; }\n')
        self.box.run(*git, "add", "--all")
        refused = self.box.run(*git, "commit", "-q", "-m", "x", check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("host/mine.nix:1", refused.stdout + refused.stderr)
        self.box.write("/root/clone/host/mine.nix", '{ services.mine.passwordFile = "/run/secrets/mine"; }\n')
        self.box.run(*git, "add", "--all")
        self.box.run(*git, "commit", "-q", "-m", "x")
        done = self.box.run("env", "-C", "/root/clone", "nix", "run", ".#croft-guard", check=False)
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr[-2000:])


if __name__ == "__main__":
    unittest.main()
