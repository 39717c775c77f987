"""Every bound of a request and of the desired state, tried on both sides."""

import json
import os
import unittest

from box import AUTHOR, REV, app, operation_id, state_text
from croft_hostd import giturl, protocol, secrets, state
from croft_hostd.problems import Problem

GOLDEN = os.path.join(os.path.dirname(__file__), "..", "..", "..", "src", "test", "resources", "golden")


class RequestTest(unittest.TestCase):
    good = {"operation": operation_id(1), "state": "{}", "author": AUTHOR, "message": "m"}

    def accepted(self, kind, **members):
        return protocol.check({"type": kind, **members})

    def refused(self, field, kind, code="BAD_REQUEST", **members):
        with self.assertRaises(Problem) as caught:
            protocol.check({"type": kind, **members})
        self.assertEqual(caught.exception.code, code)
        self.assertTrue(caught.exception.why.startswith(field), caught.exception.why)

    def test_types_are_a_closed_set(self):
        self.refused("shell", "shell", "NOT_ALLOWED")
        self.refused("hello", "hello", "NOT_ALLOWED")

    def test_unknown_members_are_dropped(self):
        self.assertEqual(self.accepted("state", future=1), {"type": "state"})

    def test_required_members(self):
        for name in self.good:
            members = {key: value for key, value in self.good.items() if key != name}
            self.refused(name, "apply", **members)

    def test_operation(self):
        for value in ("", "x" * 25, "x" * 27, "X" * 26, "../../../../../../etc/pass", "0" * 25 + "\n", "0" * 25 + "é", 7, None):
            with self.subTest(value=value):
                self.refused("operation", "cancel", operation=value)

    def test_app_names(self):
        for value in ("a", "a-b-1", "a" * 31):
            self.accepted("control", app=value, action="stop")
        for value in ("", "A", "1a", "-a", "a" * 32, "a b", "a.service", "a\n", "a;id", "$(id)", "é", ["a"], None):
            with self.subTest(value=value):
                self.refused("app", "control", app=value, action="stop")

    def test_actions(self):
        for value in ("kill", "", "start ", ["start"], None):
            self.refused("action", "control", app="a", action=value)

    def test_authors(self):
        for name, email in (("A", "a@b"), ("é" * 200, "x" * 200), ("Ada Lovelace, Countess", "ada")):
            self.accepted("rollback", operation=operation_id(1), author={"name": name, "email": email})
        for author in (
            "Ada",
            {"name": "Ada"},
            {"name": "", "email": "a"},
            {"name": " ", "email": "a"},
            {"name": "a" * 201, "email": "a"},
            {"name": "Ada <x>", "email": "a"},
            {"name": "Ada\ncommitter Mallory", "email": "a"},
            {"name": "Ada", "email": "a\0b"},
            {"name": "Ada", "email": "\ud800"},
        ):
            with self.subTest(author=author):
                self.refused("author", "rollback", operation=operation_id(1), author=author)

    def test_numbers(self):
        for value in (0, -1, 2**31, 1.5, "1", True, [1]):
            self.refused("generation", "rollback", operation=operation_id(1), author=AUTHOR, generation=value)
        for value in (0, 10001):
            self.refused("lines", "journal", app="a", lines=value)

    def test_cursors_and_units_cannot_be_options(self):
        for value in ("--file=/etc/shadow", "a b", "", "x" * 513, "s=1\n", "é"):
            if value.startswith("-"):
                continue  # It follows an = in the argument vector; the alphabet is what matters.
            self.refused("after", "follow", operation=operation_id(1), after=value)
        for value in ("sshd.service", "croft-app-a", "croft-../x.service", "croft-a.service\n", "--all"):
            self.refused("unit", "journal", unit=value)

    def test_journal_wants_one_of_app_unit_and_host(self):
        self.refused("app", "journal")
        self.refused("app", "journal", app="a", host=True)
        self.refused("app", "journal", host=False)
        self.accepted("journal", app="a", unit="croft-job-a-x.service")
        self.accepted("journal", host=True, unit="ssh*")
        self.refused("unit", "journal", unit="ssh*")
        for value in ("-x", "--file=/etc/shadow", "a b", "", "*", "a*b", "x" * 202, "a/b"):
            self.refused("unit", "journal", host=True, unit=value)

    def test_journal_filters(self):
        self.accepted(
            "journal", app="a", search="(a+)+$", regex=True, priority=0, boot=-3, colours=True, oldest=True,
            since="2026-05-04T12:00:00Z", until="2026-05-04T12:00:00.123456Z",
        )
        for value in ("", "x" * 201, "é" * 101, "a\0b", "a\nb", 1):
            self.refused("search", "journal", app="a", search=value)
        for value in (-1, 8, "3", True):
            self.refused("priority", "journal", app="a", priority=value)
        for value in (1, -1001, "0"):
            self.refused("boot", "journal", app="a", boot=value)
        for value in ("now", "2026-13-04T12:00:00Z", "2026-05-04T12:00:00", "2026-05-04T12:00:00+02:00", "@1", "2026-05-04T12:00:00.Z"):
            self.refused("since", "journal", app="a", since=value)
        self.refused("before", "journal", app="a", after="s=1", before="s=2")
        for name, value in (("before", "s=1"), ("around", "s=1"), ("until", "2026-05-04T12:00:00Z"), ("oldest", True)):
            self.refused(name, "journal", app="a", follow=True, **{name: value})

    def test_sizes(self):
        self.accepted("apply", **{**self.good, "state": "x" * protocol.MAX_STATE})
        self.refused("state", "apply", **{**self.good, "state": "x" * (protocol.MAX_STATE + 1)})
        self.refused("state", "apply", **{**self.good, "state": "é" * (protocol.MAX_STATE // 2 + 1)})
        self.refused("apps", "units", apps=["a"] * 501)
        self.refused("message", "apply", **{**self.good, "message": "a\0b"})
        self.accepted("metrics", interval=60)
        for value in (0, 61, 0.5, "1", True):
            self.refused("interval", "metrics", interval=value)

    def test_expect_is_a_store_path(self):
        path = "/nix/store/7px06da6vg3k4sz2m3m9hf0bq8m9rpbj-nixos-system-attic-26.05"
        self.assertEqual(self.accepted("apply", **self.good, expect=path)["expect"], path)
        for value in ("/etc/passwd", path + "/../x", path + "\n", "/nix/store/short-x"):
            self.refused("expect", "apply", **self.good, expect=value)


class GitUrlTest(unittest.TestCase):
    def test_allowed(self):
        for url in (
            "https://github.com/ada/shop",
            "https://git.example:8443/ada/shop.git",
            "https://[2001:db8::1]/shop",
            "ssh://git@git.example/ada/shop",
            "ssh://git.example:22/shop",
            "git@git.example:ada/shop.git",
            "git@git.example:~ada/shop",
            "http://10.213.0.1:8080/shop/.git",
            "http://127.0.0.1/x",
            "http://localhost:3000/x",
            "http://192.168.1.5/x",
            "http://172.31.0.1/x",
            "http://[fd00::1]/x",
        ):
            with self.subTest(url=url):
                self.assertIsNone(giturl.why_refused(url))

    def test_refused(self):
        for url in (
            "",
            "shop",
            "/etc",
            "../x",
            "file:///etc",
            "ext::sh -c id",
            "git://git.example/x",
            "ftp://git.example/x",
            "fd::7/x",
            "--upload-pack=touch /tmp/x",
            "-oProxyCommand=id:x",
            "git@-oProxyCommand=id:x",
            "ssh://-oProxyCommand=id/x",
            "ssh://git@-oProxyCommand=id/x",
            "https://-x/x",
            "https://user:secret@git.example/x",
            "https://token@git.example/x",
            "ssh://git:secret@git.example/x",
            "https://git.example/x?rev=1",
            "https://git.example/x#frag",
            "https://git.example/x y",
            "https://git.example/x\n",
            "https://git.example/$(id)",
            "https://git.example/'x'",
            "https://git.example:0/x",
            "https://git.example:70000/x",
            "https://gìt.example/x",
            "http://git.example/x",
            "http://8.8.8.8/x",
            "http://172.32.0.1/x",
            "http://0177.0.0.1/x",
            "http://127.0.0.1.evil.example/x",
            "http://2130706433/x",
            "http://010.0.0.1/x",
            "http://169.254.169.254/latest",
            "https://git.example/" + "x" * 2048,
        ):
            with self.subTest(url=url[:60]):
                self.assertIsNotNone(giturl.why_refused(url))

    def test_a_refusal_does_not_repeat_a_password(self):
        with self.assertRaises(Problem) as caught:
            giturl.check_url("https://user:hunter2@git.example/x")
        self.assertNotIn("hunter2", str(caught.exception))

    def test_refs(self):
        for ref in ("main", "v1.0", "feature/x+y", "release@2", "a" * 250):
            self.assertIsNone(giturl.why_ref_refused(ref), ref)
        for ref in ("", "-x", "--upload-pack=x", "a..b", "a//b", "a@{1}", "a b", "a~1", "a^", "a:b", "a*", ".a", "a/.b", "a.lock", "a/", "a\n", "é", "a" * 251):
            self.assertIsNotNone(giturl.why_ref_refused(ref), ref)

    def test_flake_references(self):
        for url, wanted in (
            ("https://git.example/x", "git+https://git.example/x"),
            ("ssh://git@git.example/x", "git+ssh://git@git.example/x"),
            ("git@git.example:ada/x.git", "git+ssh://git@git.example/ada/x.git"),
        ):
            self.assertEqual(giturl.as_flake_reference(url, REV), f"{wanted}?rev={REV}&shallow=0")


class StateTest(unittest.TestCase):
    def refused(self, field, text, code="STATE_REFUSED"):
        with self.assertRaises(Problem) as caught:
            state.parse(text)
        self.assertEqual(caught.exception.code, code)
        if field:
            self.assertTrue(caught.exception.why.startswith(field + ": "), caught.exception.why)

    def with_app(self, **members):
        return state_text({"shop": {**app(), **members}})

    def test_a_whole_state(self):
        found = state.parse(state_text({"shop": app(port=8090, domains=["shop.example"])}, timezone="Europe/Paris"))
        shop = found.apps["shop"]
        self.assertEqual((found.host_name, shop.port, shop.health_path, shop.health_seconds), ("attic", 8090, "/", 5))
        self.assertEqual((shop.unit, shop.domain, shop.rev), ("croft-app-shop.service", "shop.example", REV))

    def test_not_a_state(self):
        self.refused("state.json", "")
        self.refused("state.json", "[]")
        self.refused("state.json", '{"version":1,"version":1}')
        self.refused("state.json", "[" * 100_000)
        self.refused("state.json", '{"version":1,"x":NaN}')
        self.refused("host", '{"version":1}')

    def test_versions(self):
        for version in (0, 2, "1", None, True, 1.5):
            self.refused(None, json.dumps({"version": version, "host": {"name": "a"}}), "STATE_VERSION")

    def test_names(self):
        self.refused("host.name", state_text(name="Attic"))
        self.refused("host.name", state_text(name='a"; evil'))
        self.refused("apps.Shop", state_text({"Shop": app()}))

    def test_sources(self):
        for field, value in (
            ("type", "tarball"),
            ("url", "file:///etc"),
            ("rev", "main"),
            ("rev", REV + "\n"),
            ("rev", REV.upper()),
            ("narHash", "sha256-x"),
            ("narHash", None),
            ("ref", "--x"),
        ):
            with self.subTest(field=field):
                self.refused(f"apps.shop.source.{field}", self.with_app(source={**app()["source"], field: value}))

    def test_runs(self):
        for field, value in (
            ("port", 0),
            ("port", 65536),
            ("port", "80"),
            ("port", True),
            ("command", []),
            ("command", ["x"] * 65),
            ("command", "python3 app.py"),
            ("env", ["A=1"]),
        ):
            with self.subTest(field=field, value=value):
                self.refused(f"apps.shop.run.{field}", self.with_app(run={field: value}))
        self.refused("apps.shop.run.command[1]", self.with_app(run={"command": ["a", "b\0"]}))
        self.refused("apps.shop.run.command[0]", self.with_app(run={"command": ["x" * 65537]}))
        self.refused("apps.shop.run.env.A", self.with_app(run={"env": {"A": 1}}))
        self.refused("apps.shop.run.env.A-B", self.with_app(run={"env": {"A-B": ""}}))
        self.refused("apps.shop.run.env.A", self.with_app(run={"env": {"A": "\ud800"}}))

    def test_what_looks_like_code_is_data(self):
        for value in ("${builtins.exec}", "'; rm -rf /", '"', "\n", "🎪", "$(id)", "%n", "x" * 65536):
            state.parse(self.with_app(run={"env": {"A": value}, "command": ["a", value]}))

    def test_the_rest(self):
        self.refused("apps.shop.isolation", self.with_app(isolation="none"))
        self.refused("apps.shop.build.builder", self.with_app(build={"builder": "make"}))
        for engine in ("postgresql", "mysql"):
            for access in ("trust", "", None, True, ["password"]):
                self.refused(f"apps.shop.attach.{engine}.access", self.with_app(attach={engine: {"access": access}}))
            self.refused(f"apps.shop.attach.{engine}", self.with_app(attach={engine: "password"}))
            known = state.parse(self.with_app(attach={engine: {"access": "password"}, "redis": {}}))
            self.assertEqual(known.apps["shop"].passwords, [engine])
            self.assertEqual(state.parse(self.with_app(attach={engine: {"access": "socket"}})).apps["shop"].passwords, [])
        self.refused("apps.shop.attach", self.with_app(attach=["postgresql"]))
        self.refused("apps.shop.domains[0]", self.with_app(domains=["a b"]))
        self.refused("apps.shop.domains[0]", self.with_app(domains=["-a.example"]))
        self.refused("apps.shop.domains[1]", self.with_app(domains=["a.example", "a." + "b" * 260]))
        self.refused("apps.shop.health.path", self.with_app(health={"path": "x"}))
        self.refused("apps.shop.health.path", self.with_app(health={"path": "/a\r\nHost: x"}))
        self.refused("apps.shop.health.timeoutSeconds", self.with_app(health={"timeoutSeconds": 601}))

    def test_two_apps_on_one_port(self):
        self.refused(None, state_text({"a": app(port=80), "b": app(port=80)}), "PORT_TAKEN")

    def test_what_watches_the_box(self):
        def watched(apps=None, **monitoring):
            document = json.loads(state_text(apps or {}))
            document["services"] = {"monitoring": monitoring}
            return json.dumps(document)

        where = "services.monitoring"
        known = state.parse(watched(exporters={"systemd": 9558, "node": 9100}, otlp={"endpoint": "https://otel.example", "header": "X-Key"}))
        self.assertEqual({key: (each.unit, each.port) for key, each in known.exporters.items()}, {"node": ("prometheus-node-exporter.service", 9100), "systemd": ("prometheus-systemd-exporter.service", 9558)})
        self.assertTrue(known.sends_header)
        self.assertIn(("services", "monitoring", "OTLP_HEADER"), secrets.named(known))
        self.assertEqual(secrets.named(state.parse(watched(otlp={"endpoint": "https://otel.example"}))), [])
        for address in ("0.0.0.0", "10.0.0.256", "attic", "224.0.0.1", "::1", 7):
            self.refused(f"{where}.address", watched(address=address, exporters={"node": 9100}))
        for port in (80, 65536, "9100", True):
            self.refused(f"{where}.exporters.node", watched(exporters={"node": port}))
        self.refused(f"{where}.exporters.redis", watched(exporters={"redis": 9121}))
        self.refused(f"{where}.exporters.systemd", watched(exporters={"node": 9100, "systemd": 9100}))
        self.refused(f"{where}.exporters.node", watched({"shop": app(port=9100)}, exporters={"node": 9100}))
        self.refused(f"{where}.otlp.endpoint", watched(otlp={}))
        self.refused(f"{where}.otlp.endpoint", watched(otlp={"endpoint": "https://a\nb"}))
        self.refused(f"{where}.otlp.header", watched(otlp={"endpoint": "https://a", "header": "A: b"}))

    @unittest.skipUnless(os.path.isdir(GOLDEN), "no golden states in this tree")
    def test_what_nix_accepts_is_accepted_here(self):
        """The box must not refuse what the options allow; the reverse, Nix may know more, is fine."""
        played = 0
        for case in sorted(os.listdir(GOLDEN)):
            directory = os.path.join(GOLDEN, case)
            text = os.path.join(directory, "state.json")
            if os.path.exists(text) and not os.path.exists(os.path.join(directory, "error.txt")):
                with self.subTest(case=case), open(text, encoding="utf-8") as file:
                    state.parse(file.read())
                    played += 1
        self.assertGreater(played, 0)


if __name__ == "__main__":
    unittest.main()
