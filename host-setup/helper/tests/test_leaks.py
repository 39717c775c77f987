"""The guard: two hundred secrets of twenty kinds in ten places, none of which passes, and five hundred innocent values that do.

All are made from a seed when the tests run (planted.py), so that nobody finds a secret in this repository.
"""

import base64
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from box import AUTHOR, NAR_HASH, app, operation_id, state_text, store_hash
from console import ask, refused, result
from croft_hostd import scanner
from operating import OperationCase
from planted import Maker

SEED = 20261121
GUARD = Path(__file__).resolve().parents[1] / "croft-guard"


def nix_text(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("${", "\\${").replace("\n", "\\n") + '"'


class Places:
    """Ten places for a name and a value. Each gives (apps, host settings, files of the flake, files of the new closure)."""

    @staticmethod
    def all():
        return [getattr(Places, name) for name in vars(Places) if name.startswith("in_")]

    @staticmethod
    def in_environment(name, value):
        return {"shop": {"run": {"env": {name: value}}}}, {}, {}, {}

    @staticmethod
    def in_command(name, value):
        return {"shop": {"run": {"command": ["python3", "app.py", "--" + name.lower().replace("_", "-"), value]}}}, {}, {}, {}

    @staticmethod
    def in_a_jobs_command(name, value):
        return {"shop": {"jobs": {"report": {"onCalendar": "daily", "command": ["send", f"--{name}={value}"]}}}}, {}, {}, {}

    @staticmethod
    def in_a_setting_of_the_host(name, value):
        return {}, {"extra": {name: value}}, {}, {}

    @staticmethod
    def in_a_nix_file(name, value):
        return {}, {}, {"host/default.nix": f"{{\n  environment.variables.{name} = {nix_text(value)};\n}}\n"}, {}

    @staticmethod
    def in_an_indented_string(name, value):
        body = "\n".join(f"      {line}" for line in f"{name}={value}".splitlines())
        return {}, {}, {"host/web.nix": f"{{\n  services.web.extraConfig = ''\n{body}\n  '';\n}}\n"}, {}

    @staticmethod
    def in_another_file(name, value):
        return {}, {}, {"host/settings.yaml": f"shop:\n  {name}: {json.dumps(value)}\n"}, {}

    @staticmethod
    def in_the_flake_itself(name, value):
        return {}, {}, {"flake.nix": f"{{ outputs = _: {{ {name} = {nix_text(value)}; }}; }}\n"}, {}

    @staticmethod
    def in_a_built_unit(name, value):
        text = value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
        return {}, {}, {}, {"unit-relay.service/relay.service": f'[Service]\nEnvironment="{name}={text}"\n'}

    @staticmethod
    def in_a_built_package(name, value):
        return {}, {}, {}, {"croft-app-shop-1/.env": f"{name}={json.dumps(value)}\n"}


class GuardedCase(OperationCase):
    def attempt(self, planted, kind="apply"):
        """What becomes of a change with this in it: the problem, or None when it went through."""
        apps, host, files, built = planted
        entry = app(rev="2" * 40)
        for name, member in apps.get("shop", {}).items():
            entry[name] = {**entry.get(name, {}), **member}
        if files:
            self.box.commit_by_hand(files)
        closure = self.box.closure

        def build(*arguments):
            top = closure(*arguments)
            for name, text in built.items():
                path = f"/nix/store/{store_hash(name + str(self.next))}-{name}"
                self.box.write(path, text)
                root = "/".join(path.split("/")[:4])
                self.box.store.add(root, len(text), [])
                self.box.store.paths[top][1].append(root)
            return top

        self.box.closure = build
        try:
            return self.outcome(kind, state_text({"shop": entry}, **host))
        finally:
            self.box.closure = closure

    def outcome(self, kind, state):
        self.next += 1
        members = {"operation": operation_id(self.next), "state": state, "author": AUTHOR, "message": "x", "confirm": "none"}
        if kind == "plan":
            del members["confirm"]
        last = ask(self.box, type=kind, **members)[-1]
        if last["type"] == "refused":
            self.assertFalse(os.path.exists(self.box.path(f"/var/lib/croft/operations/{members['operation']}")))
            return last["problem"]
        return self.report(members["operation"]).get("problem")

    def put(self, name, value, app="shop"):
        coded = base64.b64encode(value.encode() if isinstance(value, str) else value).decode()
        result(self.box, type="secret-put", app=app, name=name, value=coded)

    def assert_found(self, planted, where, value=None):
        before = self.box.running(), self.box.boot_default()
        problem = self.attempt(planted)
        self.assertIsNotNone(problem, "it went through")
        self.assertEqual(problem["code"], "SECRET_FOUND", problem)
        self.assertIn(where, problem["why"])
        if value:
            for piece in (value, value[:12], value[-12:]):
                self.assertNotIn(piece, json.dumps(problem, ensure_ascii=False))
        self.assertEqual((self.box.running(), self.box.boot_default()), before)
        return problem


class PlantedTest(GuardedCase):
    def test_two_hundred_secrets_of_twenty_kinds_in_ten_places(self):
        kinds = list(Maker(SEED).secrets())
        places = Places.all()
        self.assertEqual((len(kinds), len(places)), (20, 10))
        passed = []
        for number, kind in enumerate(kinds):
            self.setUp()
            for at, place in enumerate(places):
                name, value = Maker(SEED + 100 * number + at).secrets()[kind]
                main = self.box.git("rev-parse", "main")
                problem = self.attempt(place(name, value))
                if problem is None or problem["code"] != "SECRET_FOUND":
                    passed.append((kind, place.__name__, problem))
                elif value in json.dumps(problem):
                    passed.append((kind, place.__name__, "its value was told"))
                self.box.git("reset", "--hard", "--quiet", main)
                self.box.git("clean", "-fdq")
        self.assertEqual(passed, [])

    def test_secrets_that_the_box_knows_in_ten_places(self):
        """They have no shape at all: the box has to recognise them, also when they were encoded."""
        value = "correct horse & battery/staple + 1"
        self.put("PHRASE", value)
        raw = value.encode()
        forms = (
            value,
            base64.b64encode(raw).decode(),
            base64.b64encode(b"ada:" + raw).decode(),
            base64.urlsafe_b64encode(b"x" + raw).decode(),
            raw.hex(),
            raw.hex().upper(),
            "https://x.example/?q=correct%20horse%20%26%20battery%2Fstaple%20%2B%201",
        )
        recognised = 0
        for number, place in enumerate(Places.all()):
            form = forms[number % len(forms)]
            main = self.box.git("rev-parse", "main")
            problem = self.attempt(place("SETTING", form))
            self.assertIsNotNone(problem, (place.__name__, form))
            # What looks random already is refused before anything is opened.
            self.assertRegex(problem["why"], "the value of the secret PHRASE of shop|as random as a key", place.__name__)
            self.assertEqual(problem["code"], "SECRET_FOUND", place.__name__)
            recognised += "PHRASE" in problem["why"]
            self.assertNotIn("battery", json.dumps(problem))
            self.box.git("reset", "--hard", "--quiet", main)
            self.box.git("clean", "-fdq")
        self.assertGreaterEqual(recognised, 7)

    def test_five_hundred_innocent_values(self):
        values = [pair for number in range(10) for pair in Maker(SEED + number).innocent()]
        self.assertGreaterEqual(len(values), 500)
        alarms = []
        for number, (name, value) in enumerate(values):
            for style, ending in ((scanner.SOURCE, ".nix"), (scanner.SOURCE, ".yaml"), (scanner.GENERATED, ""), (scanner.PACKAGE, ".env")):
                text = f"  {name} = {nix_text(value)};\n" if ending == ".nix" else f"{name}: {json.dumps(value)}\n"
                alarms += [(name, value, style, ending, found.kind) for found in scanner.scan(text.encode(), style, ending)]
            if found := scanner.value(value.encode(), name.encode()):
                alarms.append((name, value, "state", found.kind))
        self.assertEqual(alarms, [])

    def test_innocent_values_go_through_an_apply(self):
        values = Maker(SEED).innocent()
        environment = {f"{name}_{number}" if name == "SETTING" else name: value for number, (name, value) in enumerate(values)}
        apps, host, files, built = {"shop": {"run": {"env": environment}}}, {}, {}, {}
        files["host/default.nix"] = "{\n" + "".join(f"  a{n}.{name} = {nix_text(value)};\n" for n, (name, value) in enumerate(values)) + "}\n"
        built["unit-x.service/x.service"] = "".join(f'Environment="{name}={value}"\n' for name, value in environment.items())
        self.assertIsNone(self.attempt((apps, host, files, built)))

    def test_more_kinds(self):
        maker = Maker(SEED)
        some = maker.some
        alphabet = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
        for value in (
            "github_pat_" + some(alphabet, 60),
            "tskey-auth-" + some(alphabet, 12) + "-" + some(alphabet, 24),
            "SG." + some(alphabet, 22) + "." + some(alphabet, 43),
            "npm_" + some(alphabet, 36),
            "pypi-AgEIcHlwaS5vcmc" + some(alphabet, 60),
            "dop_v1_" + maker.hex(64),
            "sk-proj-" + some(alphabet, 48),
            "hf_" + some(alphabet, 34),
            "123456789:AA" + some(alphabet, 33),
            "whsec_" + some(alphabet, 32),
            "GOCSPX-" + some(alphabet, 28),
            "https://hooks.slack.com/services/T0" + some("ABC123", 8) + "/B0" + some("ABC123", 8) + "/" + some(alphabet, 24),
            "DefaultEndpointsProtocol=https;AccountKey=" + maker.base64(64),
            "$6$" + some(alphabet, 16) + "$" + some(alphabet, 86),
            "$2b$12$" + some(alphabet, 53),
            "$argon2id$v=19$m=65536,t=3,p=4$" + some(alphabet, 22) + "$" + some(alphabet, 43),
        ):
            with self.subTest(value[:8]):
                self.assertIsNotNone(scanner.value(value.encode(), b"SETTING"))
                self.assertTrue(scanner.scan(f"x {value} y\n".encode(), scanner.PACKAGE, ".js"))

    def test_names_that_tell_and_names_that_do_not(self):
        for name in ("password", "DB_PASSWORD", "adminPassword", "smtp.passwd", "API_KEY", "apiKey", "secretKey", "SECRET_KEY_BASE",
                     "client_secret", "GITHUB_TOKEN", "psk", "wifi-psk", "DB_PASS", "accessToken", "encryption_key", "TOKEN_2"):  # fmt: skip
            self.assertTrue(scanner.telling(name.encode()), name)
        for name in ("passwordFile", "PASSWORD_POLICY", "tokens", "TOKEN_TTL", "compass", "proxy_pass", "publicKey", "API_KEY_ID", "secretName",
                     "keyboard", "monkey", "primaryKey", "sshPublicKey", "PUBLISHABLE_KEY", "credentialsPath", "bypass"):  # fmt: skip
            self.assertFalse(scanner.telling(name.encode()), name)

    def test_code_about_secrets_is_no_secret(self):
        text = (
            'password = config.age.secrets.db.path;\n  token = lib.mkOption { type = lib.types.str; };\n  apiKey = cfg.apiKey;\n'
            '  secretKey = "/run/secrets/key";\n  password = "${passwordOf name}";\n  proxy_pass = "http://127.0.0.1:8080";\n'
            '  description = "The password: see the manual.";\n  # token: ask Ada\n  hashedPasswordFile = "/var/lib/x";\n  passwd: files systemd\n'
            '  text = "-----BEGIN PRIVATE KEY-----";\n  url = "https://user:password@host.example/";\n'
        )
        self.assertEqual([finding.kind for finding in scanner.scan(text.encode(), scanner.SOURCE, "a.nix")], [])


    def test_this_repository_has_none(self):
        """What a box builds from it would be refused: an update of Croft has to pass its own guard."""
        repository = Path(__file__).resolve().parents[3]
        found = []
        for folder in ("nix", "host-setup/host", "host-setup/helper"):
            for file in (repository / folder).rglob("*"):
                if file.is_file() and not {"tests", "__pycache__"} & set(file.parts):
                    for style in (scanner.SOURCE, scanner.GENERATED, scanner.PACKAGE):
                        found += [(file, style, each.kind, each.text) for each in scanner.scan(file.read_bytes(), style, file.name)]
        self.assertEqual(found, [])

    def test_words_of_systemd(self):
        text = (
            "[Service]\nImportCredential=tmpfiles.*\nLoadCredential=ssh.authorized_keys.root\nConditionCredential=|sysusers.extra2\n"
            "LoadCredentialEncrypted=API_KEY:/var/lib/croft/credentials/apps/shop/API_KEY\nKeyringMode=private\nPassEnvironment=TERM2\n"
            'ExecStart="/nix/store/7px06da6vg3k4sz2m3m9hf0bq8m9rpbj-croft-launch-1/bin/croft-launch" "--env=API_KEY" "--" "/bin/i2prouter-plain"\n'
        )
        for style in (scanner.SOURCE, scanner.GENERATED, scanner.PACKAGE):
            self.assertEqual([each.text for each in scanner.scan(text.encode(), style, "a.service")], [])


class AllowedTest(GuardedCase):
    def setUp(self):
        super().setUp()
        self.value = Maker(SEED).secrets()["github"][1]

    def test_a_line_with_a_reason_is_let_through_and_what_is_built_from_it(self):
        text = f'{{ x = "{self.value}"; # croft-guard: allow it was revoked, and is in the tests\n}}\n'
        files = {"host/default.nix": text}
        self.assertIsNone(self.attempt(({}, {}, files, {"unit-x.service/x.service": f"Environment=X={self.value}\n"})))
        without = text.replace("allow it was revoked, and is in the tests", "allow ")
        self.assert_found(({}, {}, {"host/default.nix": without}, {}), "host/default.nix:1", self.value)

    def test_a_marker_in_the_state_is_a_text_like_any_other(self):
        env = {"X": f"{self.value} # croft-guard: allow me"}
        self.assert_found(({"shop": {"run": {"env": env}}}, {}, {}, {}), "apps.shop.run.env.X", self.value)

    def test_a_place_that_the_owner_names(self):
        planted = {"shop": {"run": {"env": {"DEMO": self.value}}}}, {}, {}, {"unit-x.service/x.service": f"Environment=X={self.value}\n"}
        self.assert_found(planted, "field apps.shop.run.env.DEMO")
        allowed = {"croft-guard.allow": "# reasons\nstate.json:apps.*.DEMO  the demo's own, everybody may have it\n"}
        self.assertIsNone(self.attempt((planted[0], {}, allowed, planted[3])))

    def test_a_place_without_a_reason_is_not_allowed(self):
        planted = {"shop": {"run": {"env": {"DEMO": self.value}}}}, {}, {"croft-guard.allow": "state.json:apps.*.DEMO\n"}, {}
        self.assert_found(planted, "field apps.shop.run.env.DEMO")

    def test_a_marker_is_no_way_past_a_value_that_the_box_knows(self):
        self.put("PHRASE", "a phrase that nobody has thought of")
        text = '{ x = "a phrase that nobody has thought of"; # croft-guard: allow really\n}\n'
        self.assert_found(({}, {}, {"host/default.nix": text}, {}), "the value of the secret PHRASE of shop")

    def test_a_secret_that_is_a_plain_word_stops_nothing(self):
        """People keep settings in secrets, too. What may stand anywhere says nothing where it stands."""
        for name, value in {"DB_USER": "postgres", "DB_HOST": "db.attic.example", "MAIL": "ada@attic.example", "PORT_": "5432", "DIR": "/var/lib/shop"}.items():
            self.put(name, value)
        env = {"A": "postgres", "B": "db.attic.example:5432", "C": "ada@attic.example", "D": "/var/lib/shop/x"}
        self.assertIsNone(self.attempt(({"shop": {"run": {"env": env}}}, {}, {}, {})))

    def test_the_lines_of_a_secret_are_known_each(self):
        self.put("SETTINGS", "MODE=production\nKEY='tr0ub4dor and three'\n")
        self.assert_found(({"shop": {"run": {"env": {"X": "tr0ub4dor and three"}}}}, {}, {}, {}), "apps.shop.run.env.X")
        self.assertIsNone(self.attempt(({"shop": {"run": {"env": {"MODE": "production"}}}}, {}, {}, {})))


class WhereTest(GuardedCase):
    def test_it_is_found_before_anything_is_written_or_evaluated(self):
        value = Maker(SEED).secrets()["github"][1]
        refs = self.box.git("for-each-ref")
        for kind in ("apply", "plan"):
            self.box.calls.clear()
            problem = self.attempt(({"shop": {"run": {"env": {"X": value}}}}, {}, {}, {}), kind)
            self.assertEqual(problem["code"], "SECRET_FOUND")
            self.assertFalse([call for call in self.box.calls if call[0] == "nixos-rebuild"])
        self.assertEqual(self.box.git("for-each-ref"), refs)

    def test_a_known_value_is_in_no_commit_and_no_record(self):
        self.put("PHRASE", "a phrase that nobody has thought of")
        refs = self.box.git("for-each-ref")
        problem = self.attempt(({"shop": {"run": {"env": {"X": "a phrase that nobody has thought of"}}}}, {}, {}, {}))
        self.assertEqual(problem["code"], "SECRET_FOUND")
        self.assertFalse([call for call in self.box.calls if call[0] == "nixos-rebuild"])
        self.assertEqual(self.box.git("for-each-ref"), refs)
        for directory, _, names in os.walk(self.box.path("/var/lib/croft")):
            for name in names:
                path = Path(directory, name)
                self.assertNotIn(b"nobody has thought", b"" if path.is_symlink() else path.read_bytes(), path)
        self.assertNotIn("nobody has thought", json.dumps(self.box.journal))

    def test_what_the_box_has_made_for_a_database_is_known_too(self):
        self.put("PGPASSWORD", "a phrase that nobody has thought of")
        sealed = Path(self.box.path("/var/lib/croft/credentials/apps/shop/PGPASSWORD"))
        place = Path(self.box.path("/var/lib/croft/credentials/databases/shop/PGPASSWORD"))
        place.parent.mkdir(parents=True)
        sealed.rename(place)
        self.assertEqual(result(self.box, type="secrets")["secrets"], [])
        self.assert_found(({"shop": {"run": {"env": {"X": "a phrase that nobody has thought of"}}}}, {}, {}, {}), "apps.shop.run.env.X")

    def test_binary_files_and_large_ones_are_searched_for_known_values(self):
        self.put("PHRASE", "a phrase that nobody has thought of")
        content = "\0" * 300000 + "a phrase that nobody has thought of" + "\0" * 10
        self.assert_found(({}, {}, {}, {"croft-app-shop-2/bin/shop": content}), "croft-app-shop-2/bin/shop")

    def test_several_are_named_with_their_places(self):
        maker = Maker(SEED)
        env = {f"X{number}": Maker(number).secrets()["github"][1] for number in range(3)}
        problem = self.assert_found(({"shop": {"run": {"env": env}}}, {}, {}, {}), "apps.shop.run.env.X0")
        self.assertIn("apps.shop.run.env.X2", problem["why"])
        self.assertNotIn("ghp_", json.dumps(problem))
        self.assertIsNotNone(maker)

    def test_the_line_of_a_file_is_named(self):
        text = "{\n\n  x = 1;\n  password = \"hunter2\";\n}\n"
        self.assert_found(({}, {}, {"host/default.nix": text}, {}), "host/default.nix:4", "hunter2")

    def test_what_comes_from_a_cache_is_not_searched_for_shapes(self):
        """Test suites and examples are full of keys; whoever has the cache has them, too."""
        key = Maker(SEED).secrets()["private key"][1]
        planted = {}, {}, {}, {"python3-3.13/lib/test/keys.pem": key}
        self.box.store.signed.add("python3-3.13")
        self.assertIsNone(self.attempt(planted))
        self.box.store.signed.clear()
        self.assert_found(({"shop": {"run": {"env": {"X": "1"}}}}, *planted[1:]), "python3-3.13/lib/test/keys.pem")

    def test_edits_by_hand_are_looked_at_when_they_are_adopted(self):
        self.box.write("/var/lib/croft/flake/host/default.nix", '{ services.x.password = "hunter2"; }\n')
        report = self.start("reconcile", what="flake", action="adopt")
        self.assertIn("host/default.nix:1", self.failed(report, "SECRET_FOUND")["why"])

    def test_a_secret_of_another_machine_is_told_of(self):
        self.put("PHRASE", "a phrase that nobody has thought of")
        sealed = Path(self.box.path("/var/lib/croft/credentials/apps/shop/PHRASE"))
        sealed.rename(sealed.with_name("OTHER"))
        self.assertIsNone(self.attempt(({}, {}, {}, {})))
        log = Path(self.box.path(f"/var/lib/croft/operations/{operation_id(self.next)}/log")).read_text(encoding="utf-8")
        self.assertIn("OTHER of shop", log)

    def test_a_rollback_is_not_held_up(self):
        self.deployed()
        self.box.commit_by_hand({"x.nix": '{ password = "hunter2"; }\n'})
        self.assertEqual(self.start("rollback", confirm="none")["state"], "SUCCEEDED")


class CommandTest(unittest.TestCase):
    """croft-guard, in a repository."""

    def setUp(self):
        kept = tempfile.TemporaryDirectory()
        self.addCleanup(kept.cleanup)
        self.directory = Path(kept.name)
        self.git("init", "--quiet")
        self.value = Maker(SEED).secrets()["github"][1]

    def git(self, *arguments):
        subprocess.run(["git", "-C", self.directory, *arguments], check=True, capture_output=True)

    def write(self, name, text):
        (self.directory / name).parent.mkdir(parents=True, exist_ok=True)
        (self.directory / name).write_text(text, encoding="utf-8")

    def guard(self, *arguments):
        return subprocess.run([sys.executable, "-IS", GUARD, *arguments], cwd=self.directory, capture_output=True, text=True, check=False)

    def test_it_names_file_line_and_kind(self):
        self.write("host/a.nix", f'{{\n  x = "{self.value}";\n}}\n')
        self.write("state.json", state_text({"shop": {**app(), "run": {"env": {"API_KEY": "hunter2"}}}}))
        self.git("add", "--all")
        done = self.guard()
        self.assertEqual(done.returncode, 1)
        self.assertIn("host/a.nix:2: a GitHub token", done.stdout)
        self.assertIn("state.json: field apps.shop.run.env.API_KEY", done.stdout)
        self.assertNotIn(self.value, done.stdout + done.stderr)
        self.assertNotIn("hunter2", done.stdout + done.stderr)

    def test_nothing_found(self):
        self.write("a.nix", f'{{ hash = "{NAR_HASH}"; }}\n')
        self.git("add", "--all")
        self.assertEqual((self.guard().returncode, self.guard().stdout), (0, ""))

    def test_what_is_staged_counts_not_what_lies_there(self):
        self.write("a.nix", f'{{ x = "{self.value}"; }}\n')
        self.git("add", "--all")
        self.write("a.nix", "{ }\n")
        self.assertEqual(self.guard("--staged").returncode, 1)
        self.git("add", "--all")
        self.write("a.nix", f'{{ x = "{self.value}"; }}\n')
        self.assertEqual(self.guard("--staged").returncode, 0)
        self.assertEqual(self.guard().returncode, 1)

    def test_from_a_folder_below_and_for_some_files(self):
        self.write("host/a.nix", f'{{ x = "{self.value}"; }}\n')
        self.write("host/b.nix", "{ }\n")
        self.git("add", "--all")
        inside = {"cwd": self.directory / "host", "capture_output": True, "text": True, "check": False}
        self.assertEqual(subprocess.run([sys.executable, "-IS", GUARD], **inside).returncode, 1)
        self.assertEqual(subprocess.run([sys.executable, "-IS", GUARD, "b.nix"], **inside).returncode, 0)
        self.assertEqual(subprocess.run([sys.executable, "-IS", GUARD, "a.nix"], **inside).returncode, 1)

    def test_markers_and_the_list_hold_here_too(self):
        self.write("a.nix", f'{{ x = "{self.value}"; }} # croft-guard: allow it is an example\n')
        self.write("keys/test.pem", Maker(SEED).secrets()["private key"][1])
        self.write("croft-guard.allow", "keys/*  made for the tests\n")
        self.git("add", "--all")
        self.assertEqual(self.guard().returncode, 0, self.guard().stdout)

    def test_mistakes_of_its_user(self):
        self.assertEqual(self.guard("--nonsense").returncode, 2)
        self.assertEqual(self.guard("missing.nix").returncode, 2)
        outside = subprocess.run([sys.executable, "-IS", GUARD], cwd="/", capture_output=True, text=True, check=False)
        self.assertEqual(outside.returncode, 2)


class PlannedTest(GuardedCase):
    def test_a_plan_tells_of_it(self):
        value = Maker(SEED).secrets()["github"][1]
        self.assertEqual(self.attempt(({}, {}, {}, {"unit-x.service/x.service": f"Environment=X={value}\n"}), "plan")["code"], "SECRET_FOUND")

    def test_admission_knows_the_field(self):
        entry = app()
        entry["run"]["env"] = {"API_TOKEN": "hunter2"}
        problem = refused(self.box, type="apply", operation=operation_id(7), state=state_text({"shop": entry}), author=AUTHOR, message="x")
        self.assertEqual(problem["code"], "SECRET_FOUND")
        self.assertIn("apps.shop.run.env.API_TOKEN", problem["why"])


if __name__ == "__main__":
    unittest.main()
