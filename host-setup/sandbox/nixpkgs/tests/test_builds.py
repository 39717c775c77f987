"""Packages: real projects in make, Python, Node, Java and Go, and the small builders, all in Nix's own build sandbox."""

import json
import subprocess
import unittest
import uuid

from nix import TESTS, TREE, Refused, build, evaluate, nix

PACKAGES = f'(import {TREE}/pkgs {{ system = "x86_64-linux"; }})'


def package(text, *flags):
    return build(f"with {PACKAGES}; {text}", *flags)


def run(*argv):
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


class ProjectsTest(unittest.TestCase):
    def project(self, name, greeting):
        result = build(f"{PACKAGES}.callPackage {TESTS}/projects/{name} {{ }}")
        self.assertEqual(run(result / "bin/greet"), greeting)
        return result

    def test_make(self):
        result = self.project("make", "hello from make\n")
        self.assertEqual(run(result / "bin/greet-sh"), "hello from a patched script\n")
        self.assertEqual((result / "version").read_text(), "1.0\n")
        wrapped = (result / "bin/.greet-sh-wrapped").read_text()
        self.assertTrue(wrapped.startswith("#!/nix/store/"), "the first line still asks the environment for a shell")
        [manual] = [path for path in result.parent.glob("*-greet-1.0-man") if (path / "share/man/man1/greet.1").exists()]
        self.assertFalse((result / "share/man").exists(), manual)

    def test_python(self):
        self.project("python", '{"greeting": "hello from python"}\n')

    def test_node(self):
        self.project("node", "hello from node\n")

    def test_java(self):
        self.project("java", "hello from java 38a0963a\n")

    def test_go(self):
        self.project("go", "hello from go\n")

    def test_nix_is_told_the_phases(self):
        unique = uuid.uuid4()  # or the build would be there already
        done = nix(
            "build", "--impure", "--no-link", "--log-format", "internal-json", "--expr",
            f'(({PACKAGES}.callPackage {TESTS}/projects/make {{ }}).overrideAttrs {{ doCheck = false; unique = "{unique}"; }})',
        )  # fmt: skip
        records = [json.loads(line.removeprefix("@nix ")) for line in done.stderr.splitlines() if line.startswith("@nix ")]
        phases = [r["fields"][0] for r in records if r["action"] == "result" and r["type"] == 104]
        self.assertEqual(phases, ["unpackPhase", "patchPhase", "configurePhase", "buildPhase", "installPhase", "fixupPhase"])

    def test_a_failing_build_shows_its_own_words(self):
        with self.assertRaises(Refused) as caught:
            package('stdenv.mkDerivation { name = "broken"; dontUnpack = true; buildPhase = "echo about to fail; false"; }', "-L")
        self.assertIn("broken> about to fail", caught.exception.stderr)

    def test_a_program_nobody_asked_for_is_not_there(self):
        with self.assertRaises(Refused) as caught:
            package('runCommand "undeclared" { } "git --version > $out"', "-L")
        self.assertIn("git: command not found", caught.exception.stderr)

    def test_a_build_has_no_network_and_no_home(self):
        script = "test ! -e $HOME; ! (exec 3<>/dev/tcp/127.0.0.1/22) 2>/dev/null; echo closed > $out"
        self.assertEqual(package(f"runCommand \"closed\" {{ }} ''{script}''").read_text(), "closed\n")


class BuildersTest(unittest.TestCase):
    def test_text_and_scripts(self):
        self.assertEqual(package('writeText "t" "a $b \'c\' \\n"').read_text(), "a $b 'c' \n")
        self.assertEqual(run(package('writeShellScript "s" "echo \\"$1\\""'), "x y"), "x y\n")
        self.assertEqual(run(package('writeShellScriptBin "s" "echo hi"') / "bin/s"), "hi\n")
        application = package('writeShellApplication { name = "s"; runtimeInputs = [ jq ]; text = "jq -n 1+1"; }')
        self.assertEqual(run(application / "bin/s"), "2\n")
        self.assertEqual((package('writeTextDir "a/b" "c"') / "a/b").read_text(), "c")

    def test_trees(self):
        joined = package('symlinkJoin { name = "j"; paths = [ jq (writeTextDir "bin/extra" "x") ]; postBuild = "echo done > $out/done"; }')
        self.assertEqual({path.name for path in (joined / "bin").iterdir()}, {"jq", "extra"})
        self.assertEqual((joined / "done").read_text(), "done\n")
        farm = package('linkFarm "f" { "a/b c" = writeText "x" "1"; }')
        self.assertEqual((farm / "a/b c").read_text(), "1")
        limited = package('buildEnv { name = "e"; paths = [ (writeTextDir "bin/x" "") (writeTextDir "etc/y" "") ]; pathsToLink = [ "/bin" ]; }')
        self.assertEqual([path.name for path in limited.iterdir()], ["bin"])

    def test_formats(self):
        value = '{ b = [ 1 true "x\\"y" ]; a.c = "ü"; }'
        self.assertEqual(json.loads(package(f'(formats.json {{ }}).generate "j" {value}').read_text()), {"b": [1, True, 'x"y'], "a": {"c": "ü"}})
        self.assertEqual(package(f'(formats.toml {{ }}).generate "t" {value}').read_text(), 'b = [1, true, "x\\"y"]\n\n[a]\nc = "ü"\n')
        self.assertEqual(package('(formats.ini { }).generate "i" { s.k = 1; }').read_text(), "[s]\nk=1\n")
        self.assertEqual(package('(formats.keyValue { }).generate "k" { a = "b"; }').read_text(), "a=b\n")

    def test_substitution(self):
        self.assertEqual(package('replaceVars (writeText "in" "a @x@ b") { x = "$1 & \\\\1"; }').read_text(), "a $1 & \\1 b")
        with self.assertRaises(Refused) as caught:
            package('replaceVars (writeText "in" "a") { missing = "b"; }', "-L")
        self.assertIn("doesn't match anything in file", caught.exception.stderr)

    def test_overriding(self):
        base = f'with {PACKAGES}; (stdenv.mkDerivation (self: {{ pname = "p"; version = "1"; buildCommand = "echo ${{self.version}} > $out"; passthru.v = self.version; }}))'
        self.assertEqual(build(base).read_text(), "1\n")
        self.assertEqual(build(f'{base}.overrideAttrs {{ version = "2"; }}').read_text(), "2\n")
        self.assertEqual(evaluate(f'({base}.overrideAttrs (old: {{ version = old.version + "3"; }})).v'), "13")
        self.assertEqual(evaluate(f'({base}.overrideAttrs (final: old: {{ version = "4"; }})).name'), "p-4")
        self.assertEqual(evaluate(f'(({PACKAGES}).extend (final: prev: {{ mine = prev.jq; }})).mine.pname'), "jq")

    def test_programs_of_debian(self):
        names = evaluate(
            f"with {PACKAGES}; map lib.getExe [ bash jq python3 nodejs jdk_headless go git curl nginx darkhttpd busybox gnumake gcc gawk systemd nftables iproute2 openssh ]"
        )
        self.assertEqual([name.rsplit("/", 1)[1] for name in names][:3], ["bash", "jq", "python3"])
        for program in ("bash", "coreutils", "git", "curl", "jq", "systemd", "python3", "busybox", "nix", "util-linux", "iproute2"):
            with self.subTest(program):
                self.assertTrue(any((package(program) / "bin").iterdir()))

    def test_a_program_that_the_image_lacks_is_named(self):
        with self.assertRaises(Refused) as caught:
            package('debianPackage "jq" { programs = [ "no-such-program" ]; }', "-L")
        self.assertIn("/usr/bin/no-such-program is not there. The sandbox image has no Debian package 'jq'", caught.exception.stderr)

    def test_versions_are_those_of_the_image(self):
        versions = json.loads((TREE / "pkgs/debian-versions.json").read_text(encoding="utf-8"))
        wrong = {}
        for name, version in versions.items():
            done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", name], capture_output=True, text=True, check=False)
            # without epoch, Debian's revision and repackaging marks; a package the image lacks has nothing to say
            upstream = done.stdout.rsplit("-", 1)[0].split(":")[-1].split("+")[0].split("~")[0]
            if done.returncode == 0 and upstream and upstream != version:
                wrong[name] = upstream
        self.assertEqual(wrong, {})


class DarkhttpdTest(unittest.TestCase):
    def test_serves_files_and_lists_none(self):
        site = package('runCommand "site" { } "mkdir -p $out/sub; echo home > $out/index.html; echo page > $out/sub/page.txt"')
        program = package("darkhttpd") / "bin/darkhttpd"
        server = subprocess.Popen(
            [program, site, "--port", "0", "--addr", "127.0.0.1", "--no-listing", "--no-server-id"], stdout=subprocess.PIPE, text=True
        )
        try:
            address = server.stdout.readline().split()[-1]
            self.assertEqual(run("curl", "-s", address), "home\n")
            self.assertEqual(run("curl", "-s", address + "sub/page.txt"), "page\n")
            for path in ("missing", "sub/", "../etc/passwd", "%2e%2e/%2e%2e/etc/passwd"):
                code = run("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--path-as-is", address + path)
                self.assertEqual(code, "404", path)
        finally:
            server.terminate()
            server.wait()
            server.stdout.close()


if __name__ == "__main__":
    unittest.main()
