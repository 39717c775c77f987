"""The options of NixOS: what exists, what it takes, what happens to what moved, and what the sandbox says it cannot do."""

import json
import time
import unittest

from nix import TREE, Refused, evaluate, nixos

TABLE = json.loads((TREE / "data/nixos-options.json").read_text(encoding="utf-8"))
ROWS = {path: row for path, row in TABLE.items() if not path.startswith("_")}
# Rows of modules that a configuration has to import first.
OUTSIDE = {"agenix", "arion", "comin", "disko", "microvm-guest", "microvm-host", "quadlet-nix", "sops"}


def system(*modules):
    """Everything that building the system would evaluate."""
    return evaluate(f"{nixos(*modules)}.config.system.build.toplevel.drvPath")


def value(path, *modules):
    return evaluate(f"{nixos(*modules)}.config.{path}")


class OptionsTest(unittest.TestCase):
    maxDiff = None

    def refused(self, module, *words):
        with self.assertRaises(Refused) as caught:
            system(module)
        for word in words:
            self.assertIn(word, caught.exception.message)
        return caught.exception.message

    def test_a_name_that_nixos_does_not_have_is_an_error(self):
        message = self.refused(
            "{ services.nginx.enabel = true; }",
            "The option `services.nginx.enabel' does not exist. Definition values:",
            "Did you mean `services.nginx.enable'",
        )
        self.assertNotIn("sandbox", message, "the table is complete here, so NixOS's own words are enough")

    def test_so_is_one_inside_a_submodule(self):
        self.refused("{ systemd.services.web.restart = true; }", "The option `systemd.services.web.restart' does not exist.")
        self.refused(
            "{ users.users.ada.isSystemuser = true; }", "The option `users.users.ada.isSystemuser' does not exist."
        )
        self.refused(
            '{ services.nginx = { enable = true; virtualHosts.a.locations."/".proxypass = "http://x"; }; }',
            'The option `services.nginx.virtualHosts.a.locations."/".proxypass\' does not exist.',
        )

    def test_where_the_table_is_not_complete_the_message_says_so(self):
        self.refused(
            "{ services.unheardOf.enable = true; }",
            "The option `services.unheardOf' does not exist.",
            "for this prefix the table is not complete",
        )

    def test_a_wrong_type_is_an_error_in_nixos_words(self):
        self.refused(
            '{ networking.firewall.allowedTCPPorts = [ "22" ]; }',
            "is not of type `16 bit unsigned integer; between 0 and 65535 (both inclusive)'",
        )
        self.refused("{ services.nginx.enable = 1; }", "A definition for option `services.nginx.enable' is not of type `boolean'.")
        self.refused("{ systemd.services.web.wantedBy = [ \"no suffix\" ]; }", "is not of type `string matching the pattern")
        self.refused('{ networking.hostName = "with space"; }', "A definition for option `networking.hostName' is not of type")
        self.refused("{ systemd.services.web.serviceConfig.ExecStart = { }; }", "is not of type `systemd option'")
        self.refused(
            '{ services.openssh = { enable = true; settings.PermitRootLogin = "perhaps"; }; }',
            "services.openssh.settings.PermitRootLogin",
            "is not of type",
        )

    def test_conflicting_definitions_are_an_error(self):
        self.refused(
            '{ imports = [ { time.timeZone = "UTC"; } { time.timeZone = "Europe/Paris"; } ]; }',
            "The option `time.timeZone' has conflicting definition values",
        )

    def test_a_removed_option_fails_the_evaluation(self):
        self.refused('{ services.nginx.stateDir = "/x"; }', "The option definition `services.nginx.stateDir' in", "no longer has any effect")

    def test_a_renamed_option_works_under_its_new_name(self):
        self.assertTrue(value("boot.tmp.cleanOnBoot", "{ boot.cleanTmpDir = true; }"))
        warnings = value("warnings", "{ boot.cleanTmpDir = true; }")
        self.assertTrue(any("has been renamed to `boot.tmp.cleanOnBoot'" in w for w in warnings), warnings)

    def test_a_failed_assertion_reads_as_in_nixos(self):
        message = self.refused('{ assertions = [ { assertion = false; message = "one"; } { assertion = true; message = "two"; } ]; }')
        self.assertEqual(message, "Failed assertions:\n- one")

    def test_a_service_without_implementation_is_an_error_and_not_a_no_op(self):
        self.refused("{ services.caddy.enable = true; }", "The option `services.caddy.enable' is set in", "has no implementation of it")
        self.refused("{ virtualisation.docker.enable = true; }", "`virtualisation.docker.enable'")
        self.refused("{ containers.a = { }; }", "`containers'")
        system("{ services.caddy.enable = false; services.caddy.email = \"a@example.org\"; }")

    def test_every_service_that_can_be_enabled_is_implemented_or_refused(self):
        names = sorted(
            path
            for path, row in ROWS.items()
            if path.startswith(("services.", "virtualisation."))
            and row["group"] not in OUTSIDE
            and path.endswith(".enable")
            and path.count(".") == 2
            and row["typeExpr"]["t"] == "bool"
        )
        settings = " ".join(f"{name} = lib.mkForce true;" for name in names)
        with self.assertRaises(Refused) as caught:
            # MySQL has no default package, on NixOS either.
            system(f"{{ lib, pkgs, ... }}: {{ {settings} services.mysql.package = pkgs.mariadb; }}")
        silent = {name for name in names if f"`{name}' is set in" not in caught.exception.message}
        self.assertEqual(
            silent,
            # these do something, or are there on Debian anyway (systemd's own)
            {
                "services.dovecot2.enable",
                "services.mysql.enable",
                "services.nginx.enable",
                "services.openssh.enable",
                # refused by its program, when that is built
                "services.opentelemetry-collector.enable",
                "services.postfix.enable",
                "services.postgresql.enable",
                "services.rspamd.enable",
                "services.step-ca.enable",
                "services.logind.enable",
                "services.resolved.enable",
                "services.timesyncd.enable",
            },
        )

    def test_every_row_of_the_table_is_declared(self):
        outside = evaluate(f"builtins.attrNames (import {TREE}/nixos/options/table.nix {{ lib = import {TREE}/lib; }}).outside")
        modules = " ".join(f'(import {TREE}/nixos/options {{ from = "{name}"; }})' for name in outside)
        # evaluating the type of each option proves that its row can be read
        declared = evaluate(
            f"""let c = {nixos(f"{{ imports = [ {modules} ]; }}")}; lib = c.lib; in
            map (d: d.name) (lib.filter (d: d.type != "") (lib.optionAttrSetToDocList (removeAttrs c.options [ "_module" ])))"""
        )
        declared = {name.replace('"', "") for name in declared}
        missing = [
            path
            for path, row in ROWS.items()
            if not row.get("freeformKey") and path.replace('"', "") not in declared and not self.not_listed(path)
        ]
        self.assertEqual(missing, [])

    @staticmethod
    def not_listed(path):
        """Below a choice of types (and below what is only a known key) options exist, but no list of options shows them."""
        parts = path.split(".")
        parents = [ROWS.get(".".join(parts[:length]), {}) for length in range(1, len(parts))]
        choice = ('"either"', '"coercedTo"')
        return any(row.get("freeformKey") or any(word in json.dumps(row.get("typeExpr")) for word in choice) for row in parents)

    def test_modules_from_outside_nixpkgs_have_to_be_imported(self):
        self.refused('{ sops.defaultSopsFile = "/x"; }', "The option `sops' does not exist.")
        self.refused(
            f'{{ imports = [ (import {TREE}/nixos/options {{ from = "sops"; }}) ]; sops.age.generateKey = 1; }}',
            "sops.age.generateKey",
        )

    def test_defaults_of_the_table_are_the_values(self):
        chosen = {
            path: row["default"]
            for path, row in ROWS.items()
            if "default" in row
            and row["group"] not in OUTSIDE
            and not row.get("removed")
            and "<" not in path
            and "*" not in path
            and '"' not in path
            and not row.get("freeformKey")
            and row["typeExpr"]["t"] in ("bool", "str", "int", "port", "enum", "lines")
            # only declared in the configuration of a virtual machine, which is a value here
            and not path.startswith("virtualisation.vmVariant")
        }
        names = sorted(chosen)
        actual = evaluate(f"let c = {nixos()}.config; in {{ {' '.join(f'{json.dumps(n)} = c.{n};' for n in names)} }}")
        # what the stand-in's own modules define, as NixOS's would
        adjusted = {name for name in names if actual[name] != chosen[name]}
        self.assertEqual(adjusted, set())

    def test_evaluation_is_fast(self):
        started = time.monotonic()
        system()
        # 0.15 s on an idle machine; the bound is for a busy one
        self.assertLess(time.monotonic() - started, 2.0)


if __name__ == "__main__":
    unittest.main()
