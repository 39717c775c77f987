"""Apps on a booted sandbox host: what a state says is what the process gets, in a unit that is closed enough.

Run by `python3 -m unittest discover -s nix/tests/box`; CROFT_TEST_DATA=DIR keeps and reuses the box.
"""

import base64
import hashlib
import io
import json
import re
import tarfile
import unittest
import urllib.error
import urllib.request

from provisioned import AS_SOMEBODY, FLAKE, REPOSITORY, ProvisionedBoxTest, until

GOLDEN = REPOSITORY / "src/test/resources/golden"
SOURCES = REPOSITORY / "nix/tests/sources"
# Inside the box, so that nothing outside has to be reached.
GIT_SERVER = "http://127.0.0.1:8600"

# What a process has beyond the state and the words that Croft promises: systemd's own.
SYSTEMDS = {
    "INVOCATION_ID",
    "JOURNAL_STREAM",
    "LANG",
    "LOGNAME",
    "MEMORY_PRESSURE_WATCH",
    "MEMORY_PRESSURE_WRITE",
    "SHELL",
    "SYSTEMD_EXEC_PID",
    "USER",
}


# A package's own program: it says what the project in whose directory it runs has.
SERVE = """
const { createRequire } = require("node:module");
const fs = require("node:fs");
const project = createRequire(process.cwd() + "/package.json");
const told = JSON.stringify({
  greeting: require(".")(),
  own: project("@croft/words"),
  near: project("near"),
  made: fs.readFileSync("made.txt", "utf8"),
  maker: fs.existsSync("node_modules/maker") || fs.existsSync("node_modules/.bin/make-it"),
});
require("node:http").createServer((request, response) => response.end(told)).listen(Number(process.env.PORT), process.env.HOST);
"""


class AppsTest(ProvisionedBoxTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pins = cls.serve_sources()

    @classmethod
    def serve_sources(cls):
        """The test's sources as git repositories on a web server in the box: name -> what pins them."""
        cls.box.run("systemctl", "stop", "test-git.service", check=False)
        cls.box.run("rm", "-rf", "/srv/test-git")
        for source in sorted(SOURCES.iterdir()):
            for file in source.rglob("*"):
                if file.is_file():
                    cls.box.write(f"/srv/test-git/{source.name}/{file.relative_to(source)}", file.read_text())
            git = ["git", *AS_SOMEBODY, "-C", f"/srv/test-git/{source.name}"]
            cls.box.run(*git, "init", "-q", "-b", "main")
            cls.box.run(*git, "add", "--all")
            cls.box.run(*git, "commit", "-q", "-m", "v1")
            cls.box.run(*git, "update-server-info")
        cls.box.run(
            "systemd-run", "--quiet", "--unit=test-git", "python3", "-m", "http.server", "8600",
            "--bind", "127.0.0.1", "--directory", "/srv/test-git",
        )  # fmt: skip
        until(lambda: cls.box.run("curl", "-s", GIT_SERVER, check=False).returncode == 0)
        return {source.name: cls.pin(source.name) for source in sorted(SOURCES.iterdir())}

    @classmethod
    def pin(cls, name):
        url = f"{GIT_SERVER}/{name}/.git"
        rev = cls.box.out("git", "-C", f"/srv/test-git/{name}", *AS_SOMEBODY, "rev-parse", "HEAD")
        known = json.loads(cls.box.out("nix", "flake", "prefetch", "--json", f"git+{url}?rev={rev}"))
        return {"type": "git", "url": url, "rev": rev, "narHash": known["hash"]}

    def golden(self, case):
        """The apps of a golden state, from the sources in the box."""
        apps = json.loads((GOLDEN / case / "state.json").read_text(encoding="utf-8"))["apps"]
        for app in apps.values():
            app["source"] = self.pins[re.fullmatch(r".*/([a-z-]+)\.git", app["source"]["url"])[1]]
        return apps

    def app(self, source, builder, port, **rest):
        return {"source": self.pins[source], "build": {"builder": builder}, "run": {"port": port}, **rest}

    def switch(self, apps, **state):
        super().switch(apps=apps, **state)

    def refusal(self, apps):
        """What Nix says about a state that it does not build; the box's flake is then as it was."""
        self.commit(apps=apps)
        done = self.box.run("nix", "build", "--no-link", f"{FLAKE}#nixosConfigurations.sandbox.config.system.build.toplevel", "-L", check=False)
        self.box.run("git", "-C", FLAKE, "reset", "-q", "--hard", "HEAD~1")
        self.assertNotEqual(done.returncode, 0)
        return done.stderr

    def get(self, port, path="/", host=None):
        """What the box answers, once it does."""
        request = urllib.request.Request(f"http://{self.address}:{port}{path}", headers={"Host": host} if host else {})
        answer = []

        def answered():
            try:
                with urllib.request.urlopen(request, timeout=10) as reply:
                    answer.append(reply.read().decode())
            except OSError:
                return False
            return True

        until(answered)
        return answer[0]

    def exposure(self, app):
        told = self.box.out("systemd-analyze", "security", "--no-pager", f"croft-app-{app}.service")
        return float(re.search(r"exposure level for \S+: ([0-9.]+)", told)[1])

    def assert_carried(self, app, given):
        expected = {**app["run"].get("env", {}), "PORT": str(app["run"]["port"]), "HOST": "0.0.0.0"}
        actual = given["environment"]
        for name, value in expected.items():
            self.assertEqual(actual.get(name), value, name)
        own = {"HOME", "PATH", "STATE_DIRECTORY", "TZDIR", "LOCALE_ARCHIVE"}
        self.assertLessEqual(set(actual) - set(expected), SYSTEMDS | own)
        self.assertEqual(given["argv"], app["run"]["command"][2:])

    def test_hostile_text_reaches_the_process_unharmed(self):
        apps = self.golden("hostile-text")
        self.switch(apps)
        self.assert_carried(apps["mirror"], json.loads(self.get(8080)))
        self.assertEqual(self.box.out("find", "/tmp", "/var/tmp", "-name", "croft-evaluated"), "")

    def test_large_values_reach_the_process_unharmed(self):
        apps = self.golden("large-values")
        self.switch(apps)
        self.assert_carried(apps["mirror"], json.loads(self.get(8080)))

    def test_each_builder_serves_in_a_closed_unit(self):
        self.switch(
            {
                "site": self.app("static-site", "static", 8080),
                "with-dash": self.app("python-app", "python", 8081),
                "procfile": self.app("procfile-app", "python", 8082),
                "node": self.app("node-app", "node", 8083),
                "flake": self.app("flake-app", "flake", 8084),
                "low": self.app("node-app", "node", 81),
                "named": self.app("node-app", "node", 8085, domains=["named.example"]),
            }
        )
        self.assertIn("static v1", self.get(8080))
        self.assertEqual(json.loads(self.get(8082))["argv"], ["--from-procfile", "8082"])
        self.assertEqual(json.loads(self.get(8083))["argv"], ["--from-package"])
        self.assertIn(f"flake {self.pins['flake-app']['rev']}", self.get(8084))
        self.assertEqual(json.loads(self.get(81))["environment"]["PORT"], "81")

        python = json.loads(self.get(8081))
        self.assertEqual(python["environment"]["STATE_DIRECTORY"], "/var/lib/croft/apps/with-dash")
        self.assertEqual(python["environment"]["HOME"], "/var/lib/croft/apps/with-dash")
        self.assertEqual(python["user"], int(self.box.out("id", "-u", "croft-app-with-dash")))
        self.assertEqual(
            self.box.out("stat", "--format=%U:%G:%a", "/var/lib/croft/apps/with-dash"),
            "croft-app-with-dash:croft-app-with-dash:700",
        )
        self.assertEqual(
            self.box.out("systemctl", "show", "--property=ControlGroup", "--value", "croft-app-with-dash.service"),
            r"/croft.slice/croft-apps.slice/croft-apps-with\x2ddash.slice/croft-app-with-dash.service",
        )

        # Behind the web server: by name there, and nowhere else.
        self.assertEqual(json.loads(self.get(80, host="named.example"))["environment"]["HOST"], "127.0.0.1")
        with self.assertRaises(OSError):
            urllib.request.urlopen(f"http://{self.address}:8085/", timeout=3)
        with self.assertRaises(urllib.error.HTTPError) as unknown:
            urllib.request.urlopen(f"http://{self.address}/", timeout=10)
        self.assertEqual(unknown.exception.code, 404)

        for app in ("site", "with-dash", "procfile", "node", "flake", "low", "named"):
            with self.subTest(app=app):
                self.assertLessEqual(self.exposure(app), 2.0)

    # -- packages of npm

    PACKAGES = "http://127.0.0.1:8600/npm-packages"

    @classmethod
    def publish(cls, name, version, files, **manifest):
        """Puts a package where a registry would have it; what a lock says of it."""
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w:gz") as tar:
            # Some registries' archives have another directory than "package", and one without the right to enter it.
            for path, text in ({"package.json": json.dumps({"name": name, "version": version, **manifest})} | files).items():
                member = tarfile.TarInfo(f"{name.rpartition('/')[2]}/{path}")
                member.size = len(text.encode())
                member.mode = 0o644
                tar.addfile(member, io.BytesIO(text.encode()))
        file = f"{name.replace('/', '-')}-{version}.tgz"
        place = cls.box.root / "srv/test-git/npm-packages" / file
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(archive.getvalue())
        digest = base64.b64encode(hashlib.sha512(archive.getvalue()).digest()).decode()
        return {"version": version, "resolved": f"{cls.PACKAGES}/{file}", "integrity": f"sha1-AAAAAAAAAAAAAAAAAAAAAAAAAAA= sha512-{digest}"}

    def project(self, name, lock, **files):
        """Commits a project of npm's to a repository of its own; what pins it."""
        texts = {"package-lock.json": json.dumps({"name": name, "lockfileVersion": 3, "packages": lock})}
        for path, text in (texts | files).items():
            self.box.write(f"/srv/test-git/{name}/{path}", text)
        git = ["git", *AS_SOMEBODY, "-C", f"/srv/test-git/{name}"]
        self.box.run(*git, "init", "-q", "-b", "main")
        self.box.run(*git, "add", "--all")
        self.box.run(*git, "commit", "-q", "-m", "v1")
        self.box.run(*git, "update-server-info")
        return {"source": self.pin(name), "build": {"builder": "node"}, "run": {"port": 8086}}

    def test_a_node_project_has_the_packages_of_its_lock(self):
        words = self.publish("@croft/words", "1.0.0", {"index.js": "module.exports = ['old']"})
        newer = self.publish("@croft/words", "2.0.0", {"index.js": "module.exports = ['hello', 'box']"})
        greet = self.publish(
            "greet", "1.2.3", {"index.js": "module.exports = () => require('@croft/words').join(' ')", "cli.js": "#!/usr/bin/env node\nrequire('./web')",
            "web.js": SERVE}, bin={"greet-serve": "cli.js"},
        )  # fmt: skip
        maker = self.publish(
            "maker", "0.1.0", {"make.js": "#!/usr/bin/env node\nrequire('fs').writeFileSync('made.txt', process.argv[2])"}, bin={"make-it": "make.js"},
        )  # fmt: skip
        other = {"version": "1.0.0", "resolved": f"{self.PACKAGES}/never-fetched.tgz", "integrity": words["integrity"], "optional": True}
        lock = {
            "": {"name": "shop", "workspaces": ["tools/*"]},
            "node_modules/@croft/words": words,
            "node_modules/greet": greet | {"bin": {"greet-serve": "cli.js"}, "hasInstallScript": True},
            "node_modules/greet/node_modules/@croft/words": newer,
            "node_modules/maker": maker | {"dev": True, "bin": {"make-it": "make.js"}},
            "node_modules/for-a-mac": other | {"os": ["darwin"]},
            "node_modules/for-an-arm": other | {"cpu": ["arm64"]},
            "node_modules/for-alpine": other | {"libc": ["musl"]},
            "node_modules/near": {"resolved": "tools/near", "link": True},
            "tools/near": {"version": "1.0.0"},
        }
        package = {"scripts": {"build": "make-it built", "start": "greet-serve"}, "dependencies": {"greet": "1"}, "devDependencies": {"maker": "0"}}
        files = {"package.json": json.dumps(package), "tools/near/index.js": "module.exports = 'near'"}
        app = self.project("npm-shop", lock, **files)
        self.switch({"shop": app})

        told = json.loads(self.get(8086))
        self.assertEqual(told, {"greeting": "hello box", "own": ["old"], "near": "near", "made": "built", "maker": False})

        # What is not as the lock says is not taken.
        lock["node_modules/greet"]["integrity"] = words["integrity"]
        changed = self.project("npm-changed", lock, **files)
        self.assertIn("hash mismatch", self.refusal({"shop": changed}))
        lock["node_modules/greet"] = {"version": "1.0.0", "resolved": "git+ssh://git@git.example/greet.git#0123"}
        self.assertIn("publish it there", self.refusal({"shop": self.project("npm-git", lock, **files)}))
        lock["node_modules/greet"] = greet
        lock["../node_modules/x"] = greet
        self.assertIn("no place for one", self.refusal({"shop": self.project("npm-outside", lock, **files)}))

    def test_a_locked_flake_is_built_as_it_is_locked(self):
        tree = "/srv/test-git/flake-app"
        nixpkgs = json.loads(self.box.out("cat", f"{FLAKE}/flake.lock"))["nodes"]["nixpkgs"]["locked"]["path"]
        self.box.run("nix", "flake", "lock", "--override-input", "nixpkgs", f"path:{nixpkgs}", tree)
        self.box.run("git", *AS_SOMEBODY, "-C", tree, "add", "--all")
        self.box.run("git", *AS_SOMEBODY, "-C", tree, "commit", "-q", "--allow-empty", "-m", "locked")
        self.box.run("git", "-C", tree, "update-server-info")
        app = self.app("flake-app", "flake", 8086)
        app["source"] = self.pin("flake-app")
        self.switch({"locked": app})
        self.assertIn(f"flake {app['source']['rev']}", self.get(8086))

    def contents(self, app=None):
        """An app's closure, or the system's, put together from its pages."""
        asked = {"app": app} if app else {}
        found = self.done(type="closure", **asked)
        while found["next"] is not None:
            page = self.done(type="closure", **asked, **{"from": found["next"]})
            self.assertEqual(page["identity"], found["identity"])
            found = {**page, "paths": found["paths"] + page["paths"]}
        return found

    def verified(self, number, app):
        *_, last = self.ask(type="verify", operation=f"01jverify{number:017d}", app=app, author={"name": "Ada", "email": "ada@example.org"})
        report = last["result"]["operation"]
        self.assertEqual(report["state"], "SUCCEEDED", report)
        return report["result"]

    def test_what_an_app_is_made_of_is_what_nix_says(self):
        self.switch({"site": self.app("static-site", "static", 8080)})
        for found in (self.contents("site"), self.contents()):
            roots = ["/nix/store/" + found["paths"][root]["path"] for root in found["roots"]]
            wanted = json.loads(self.box.out("nix", "path-info", "--json", "--recursive", *roots))
            self.assertEqual(["/nix/store/" + entry["path"] for entry in found["paths"]], sorted(wanted))
            self.assertEqual(found["total"], len(wanted))
            self.assertEqual(found["bytes"], sum(entry["narSize"] for entry in wanted.values()))
            for entry in found["paths"]:
                told = wanted["/nix/store/" + entry["path"]]
                self.assertEqual("sha256-" + entry["sha256"], told["narHash"])
                needs = {"/nix/store/" + found["paths"][other]["path"] for other in entry["references"]}
                self.assertEqual(needs, set(told["references"]) - {"/nix/store/" + entry["path"]})
        self.assertEqual(self.done(type="closure", identity=True), {"identity": found["identity"]})
        made = {(entry["name"], entry["version"]) for entry in self.contents("site")["paths"]}
        self.assertIn(("croft-app-site", self.pins["static-site"]["rev"][:12]), made)
        *_, refused = self.ask(type="closure", app="nobody")
        self.assertEqual(refused["problem"]["code"], "NOT_FOUND")

    def test_an_app_is_rebuilt_byte_for_byte_or_told_where_not(self):
        self.switch({"site": self.app("static-site", "static", 8080), "dated": self.app("dated-app", "flake", 8081)})

        same = self.verified(1, "site")
        self.assertEqual((same["verdict"], same["differing"], same["damaged"]), ("identical", 0, []), same)
        self.assertIn("identical", [output["outcome"] for output in same["outputs"] if "croft-app-site" in output["path"]])

        other = self.verified(2, "dated")
        self.assertEqual((other["verdict"], other["differing"]), ("differs", 1), other)
        differing = other["outputs"][0]
        self.assertTrue(differing["path"].endswith("-dated-app"), differing)
        self.assertEqual([file["file"] for file in differing["files"]], ["share/built"])
        self.assertRegex(differing["files"][0]["lines"], r"(?m)^-built at [0-9.]+$")
        self.assertRegex(differing["files"][0]["lines"], r"(?m)^\+built at [0-9.]+$")
        # What was compared is not left lying in the store.
        self.assertEqual(self.box.out("sh", "-c", "ls -d /nix/store/*.check 2>/dev/null || true"), "")

    def test_a_path_that_was_changed_by_hand_is_damaged(self):
        self.switch({"site": self.app("static-site", "static", 8080)})
        page = next("/nix/store/" + entry["path"] for entry in self.contents("site")["paths"] if entry["name"] == "croft-app-site")
        place = f"{page}/share/www/index.html"
        kept = self.box.out("cat", place)
        try:
            self.box.run("sh", "-c", f"chmod u+w {place} && echo changed > {place}")
            found = self.verified(3, "site")
            self.assertEqual(found["verdict"], "damaged", found)
            self.assertEqual(found["damaged"], [page])
        finally:
            self.box.run("nix-store", "--repair-path", page)
        self.assertEqual(self.box.out("cat", place), kept)

    def test_data_outlives_the_app_and_belongs_to_it_again(self):
        app = {"notes": self.app("python-app", "python", 8090)}
        self.switch(app)
        self.get(8090)
        self.box.run("runuser", "-u", "croft-app-notes", "--", "sh", "-c", "echo kept > /var/lib/croft/apps/notes/note")
        self.switch({})
        self.assertNotEqual(self.box.run("systemctl", "is-active", "croft-app-notes.service", check=False).returncode, 0)
        self.switch(app)
        self.get(8090)
        told = self.box.out("stat", "--format=%U", "/var/lib/croft/apps/notes/note")
        self.assertEqual(told, "croft-app-notes")

    def test_an_app_reaches_neither_the_channel_nor_another_apps_data(self):
        self.switch({"one": self.app("python-app", "python", 8091), "two": self.app("python-app", "python", 8092)})
        self.get(8091)
        for path in ("/var/lib/croft/apps/two", "/var/lib/croft/operations", "/var/lib/croft/credentials"):
            refused = self.box.run("runuser", "-u", "croft-app-one", "--", "ls", path, check=False)
            self.assertIn("Permission denied", refused.stderr, path)
        socket = "import socket; socket.socket(socket.AF_UNIX).connect('/run/croft/hostd.sock')"
        refused = self.box.run("runuser", "-u", "croft-app-one", "--", "python3", "-c", socket, check=False)
        self.assertIn("PermissionError", refused.stderr)

    def test_other_files_under_the_same_commit_are_refused(self):
        app = self.app("python-app", "python", 8093)
        app["source"] = {**app["source"], "narHash": self.pins["static-site"]["narHash"]}
        self.assertIn("NAR hash mismatch", self.refusal({"changed": app}))

    def test_a_syntax_error_ends_the_build(self):
        self.box.write("/srv/test-git/broken/main.py", "def broken(:\n")
        git = ["git", *AS_SOMEBODY, "-C", "/srv/test-git/broken"]
        self.box.run(*git, "init", "-q", "-b", "main")
        self.box.run(*git, "add", "--all")
        self.box.run(*git, "commit", "-q", "--allow-empty", "-m", "broken")
        self.box.run(*git, "update-server-info")
        app = self.app("python-app", "python", 8094)
        app["source"] = self.pin("broken")
        self.assertIn("SyntaxError", self.refusal({"broken": app}))


if __name__ == "__main__":
    unittest.main()
