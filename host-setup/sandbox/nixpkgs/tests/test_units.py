"""Unit files: units/CASE/config.nix leads to units/CASE/expected/, and systemd itself has nothing to say against them."""

import subprocess
import unittest

from nix import TESTS, Refused, build, evaluate, expected, nixos, without_hashes



def listing(directory):
    """A directory of units as one text: links by their target, files by their content without hashes."""
    parts = []
    for path in sorted(directory.rglob("*")):
        name = path.relative_to(directory)
        if path.is_symlink():
            parts.append(f"### {name} -> {path.readlink()}\n")
        elif path.is_file():
            parts.append(f"### {name}\n{without_hashes(path.read_text(encoding='utf-8'))}\n")
    return "\n".join(parts)


class UnitsTest(unittest.TestCase):
    maxDiff = None

    def test_texts(self):
        for case in sorted(path.parent for path in (TESTS / "units").glob("*/config.nix")):
            with self.subTest(case.name):
                units = build(f"{nixos(f'import {case}/config.nix')}.config.system.build.units")
                expected(self, f"units/{case.name}/units.txt", listing(units))

    def test_configuration_files(self):
        for case, path in (("openssh", "ssh/sshd_config"), ("nginx", "nginx/nginx.conf"), ("acme", "nginx/nginx.conf")):
            with self.subTest(case):
                etc = build(f"{nixos(f'import {TESTS}/units/{case}/config.nix')}.config.system.build.etc")
                text = (etc / "etc" / path).read_text(encoding="utf-8")
                expected(self, f"units/{case}/{path.rsplit('/')[-1]}", without_hashes(text))

    def test_firewall_rules(self):
        text = evaluate(
            f"{nixos(f'import {TESTS}/units/firewall/config.nix')}.config.networking.nftables.tables.nixos-fw.content"
        )
        expected(self, "units/firewall/rules.nft", f"table inet nixos-fw {{\n{text}}}\n")

    def test_scripts(self):
        units = build(f"{nixos(f'import {TESTS}/units/service/config.nix')}.config.system.build.units")
        text = (units / "scripted.service").read_text(encoding="utf-8")
        [start] = [line for line in text.splitlines() if line.startswith("ExecStart=")]
        program, *arguments = start.removeprefix("ExecStart=").split()
        self.assertEqual(arguments, ["%i", "two"])
        self.assertTrue(program.endswith("/bin/scripted-start"))
        with open(program, encoding="utf-8") as file:
            self.assertEqual(without_hashes(file.read()), "#!<bash>/bin/bash\nset -e\n\necho start\n")

    def test_systemd_accepts_them(self):
        for case in ("kinds", "openssh", "nginx", "firewall", "acme"):
            with self.subTest(case):
                units = build(f"{nixos(f'import {TESTS}/units/{case}/config.nix')}.config.system.build.units")
                files = [str(path) for path in sorted(units.iterdir()) if path.is_file() and not path.is_symlink()]
                done = subprocess.run(
                    ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *files], capture_output=True, text=True, check=False
                )
                ours = [line for line in done.stderr.splitlines() if str(units) in line]
                self.assertEqual(ours, [])

    def test_a_script_with_a_syntax_error_fails_the_build(self):
        with self.assertRaises(Refused) as caught:
            build(f"{nixos('''{ systemd.services.a.script = \"if then\"; }''')}.config.system.build.units")
        self.assertIn("syntax error", caught.exception.stderr)

    def test_an_endless_environment_value_is_refused(self):
        module = '{ lib, ... }: { systemd.services.a = { script = "true"; environment.LONG = lib.concatStrings (lib.genList (_: "x") 1048576); }; }'
        with self.assertRaises(Refused) as caught:
            evaluate(f"{nixos(module)}.config.systemd.units.\"a.service\".text")
        self.assertIn("The value of the environment variable ‘LONG’ in systemd service ‘a.service’ is too long.", caught.exception.message)


if __name__ == "__main__":
    unittest.main()
