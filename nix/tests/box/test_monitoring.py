"""What monitoring systems outside get of a real box: the real exporters, asked as Prometheus would.

Debian has no OpenTelemetry collector: what its unit and its configuration look like is held by nix/tests/expected/monitoring.json, and what is
tried here is that a sandbox host says so. Its systemd exporter comes with the next release: an image from a mirror that does not have it says so, too.

Run by `python3 -m unittest discover -s nix/tests/box`; CROFT_TEST_DATA=DIR keeps and reuses the box.
"""

import json
import re
import unittest
import urllib.error
import urllib.request

from provisioned import FLAKE, REPOSITORY, ProvisionedBoxTest, until

POSTGRESQL = {"postgresql": {"major": 17}}
NODE, POSTGRES, SYSTEMD = 9100, 9187, 9558
# A dropped packet is not answered: this long is waited for one that should not come.
SILENCE = 1.5
HEADER = r"""Basic "a\b'c #d=`e` é"""


class MonitoringTest(ProvisionedBoxTest):
    def monitored(self, **monitoring):
        return self.switch(apps={}, services={**POSTGRESQL, "monitoring": monitoring})

    def scraped(self, port, address="127.0.0.1"):
        """What an exporter says on the box itself; empty while it does not answer."""
        return self.box.run("curl", "-sS", "--max-time", "10", f"http://{address}:{port}/metrics", check=False).stdout

    def from_outside(self, port):
        try:
            with urllib.request.urlopen(f"http://{self.address}:{port}/metrics", timeout=SILENCE) as reply:
                return reply.read().decode()
        except (OSError, urllib.error.URLError):
            return None

    def figure(self, port, name):
        """The value of a metric; None while there is none."""
        found = re.search(rf"^{name} (\S+)$", self.scraped(port), re.M)
        return found and float(found[1])

    def listening(self, port):
        return [each for each in self.done(type="ports")["listening"] if each["port"] == port]

    def is_open(self, port):
        return self.box.run("ss", "-Hltn", f"sport = :{port}").stdout != ""

    def psql(self, statement, user="postgres-exporter"):
        argv = ["/run/current-system/sw/bin/psql", "-XtA", "-h", "/run/postgresql", "-d", "postgres", "-c", statement]
        done = self.box.run("runuser", "-u", user, "--", *argv, check=False)
        return (done.stdout or done.stderr).strip()

    def test_exporters_come_and_go_with_the_state(self):
        self.monitored(exporters={"node": NODE, "postgresql": POSTGRES})
        until(lambda: self.figure(NODE, "node_load1") is not None)
        until(lambda: self.figure(POSTGRES, "pg_up") == 1)
        # what a role of the box's own statistics may see, and nothing that apps have written
        self.assertRegex(self.scraped(POSTGRES), r'pg_database_size_bytes\{datname="postgres"\} ')
        self.assertIn("permission denied", self.psql("SELECT rolpassword FROM pg_authid"))
        self.assertEqual(self.psql("SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication FROM pg_roles WHERE rolname = current_user"), "f")
        self.assertEqual(self.psql("SELECT count(*) FROM pg_auth_members WHERE member = current_user::regrole"), "1")
        for exporter in ("node", "postgres"):
            self.assertIn("/croft-services-monitoring.slice/", self.box.out("systemctl", "show", "-P", "ControlGroup", f"prometheus-{exporter}-exporter.service"))
        # on the loopback, and told of as such
        self.assertIsNone(self.from_outside(NODE))
        self.assertEqual(self.listening(NODE), [])
        facts = json.loads(self.box.out("cat", "/etc/croft/facts.json"))
        self.assertEqual(facts["monitoring"], {"address": "127.0.0.1", "exporters": {"node": NODE, "postgresql": POSTGRES}})

        # it goes on after a restart of the server
        self.box.run("systemctl", "restart", "postgresql.service")
        until(lambda: self.figure(POSTGRES, "pg_up") == 1)

        self.switch(apps={}, services=POSTGRESQL)
        for port in (NODE, POSTGRES):
            self.assertFalse(self.is_open(port))
        self.assertEqual(self.psql("SELECT count(*) FROM pg_roles WHERE rolname = 'postgres-exporter'", user="postgres"), "0")
        self.assertEqual(self.box.run("systemctl", "list-units", "--all", "--plain", "--no-legend", "prometheus-*").stdout, "")

    def test_an_exporter_at_an_interface_is_reached_when_the_firewall_lets_it(self):
        self.monitored(address=self.address, exporters={"node": NODE})
        until(lambda: "node_load1" in self.scraped(NODE, self.address))
        self.assertIsNone(self.from_outside(NODE))
        self.assertEqual(self.scraped(NODE), "")
        [port] = self.listening(NODE)
        self.assertEqual((port["declared"], port["open"], port["by"]), (True, False, ["monitoring"]))

        self.monitored(address=self.address, openFirewall=True, exporters={"node": NODE})
        until(lambda: "node_load1" in (self.from_outside(NODE) or ""))
        [port] = self.listening(NODE)
        self.assertEqual((port["declared"], port["open"], port["by"]), (True, True, ["monitoring"]))
        self.assertIn({"protocol": "tcp", "from": NODE, "to": NODE, "by": "monitoring"}, self.done(type="ports")["declared"])

        self.switch(apps={}, services=None)
        self.assertFalse(self.is_open(NODE))
        self.assertEqual(self.listening(NODE), [])

    def test_the_systemd_exporter_tells_of_units(self):
        # A box that is kept must be able to begin again.
        self.addCleanup(self.commit, apps={})
        monitoring = {"exporters": {"systemd": SYSTEMD}}
        if not (self.box.root / "usr/bin/prometheus-systemd-exporter").exists():
            self.assertIn("The sandbox image has no Debian package 'prometheus-systemd-exporter'", self.not_built(monitoring))
            return
        self.monitored(**monitoring)
        until(lambda: re.search(r'^systemd_unit_state\{name="sshd.service",state="active",type="[a-z]*"\} 1$', self.scraped(SYSTEMD), re.M))
        self.assertIn("/croft-services-monitoring.slice/", self.box.out("systemctl", "show", "-P", "ControlGroup", "prometheus-systemd-exporter.service"))
        self.assertIsNone(self.from_outside(SYSTEMD))
        self.switch(apps={})
        self.assertFalse(self.is_open(SYSTEMD))

    def test_a_collector_which_debian_does_not_have_is_refused_in_words(self):
        self.addCleanup(self.commit, apps={})
        self.assertIn("the sandbox host (not NixOS) has no otelcol-contrib", self.not_built({"otlp": {"endpoint": "https://otel.attic.example"}}))

    def not_built(self, monitoring):
        self.commit(apps={}, services={"monitoring": monitoring})
        done = self.rebuild()
        self.assertNotEqual(done.returncode, 0)
        return done.stderr

    def test_a_header_without_its_secret_is_refused_before_anything_is_built(self):
        self.switch(apps={})
        state = json.loads(self.box.out("cat", f"{FLAKE}/state.json"))
        state["services"] = {"monitoring": {"otlp": {"endpoint": "https://otel.attic.example", "header": "Authorization"}}}
        main = self.box.out("git", "-C", FLAKE, "rev-parse", "main")
        [told] = self.ask(type="apply", operation="0" * 26, state=json.dumps(state), author={"name": "Ada", "email": "ada@example.org"}, message="x")
        self.assertEqual(told["problem"]["code"], "SECRET_MISSING", told)
        self.assertIn("monitoring needs the secret OTLP_HEADER", told["problem"]["what"])
        self.assertEqual(self.box.out("git", "-C", FLAKE, "rev-parse", "main"), main)

    def test_the_value_of_a_header_reaches_the_environment_as_it_is(self):
        self.box.write("/srv/otlp-header.sh", (REPOSITORY / "nix/modules/services/otlp-header.sh").read_text())

        def environment(value):
            self.box.run("sh", "-c", "umask 077; cat > /root/otlp-header", stdin=value)
            unit = ["-p", "RuntimeDirectory=croft-otlp-test", "-p", "LoadCredential=OTLP_HEADER:/root/otlp-header", "-p", "DynamicUser=yes"]
            unit += ["-p", "ExecStartPre=/usr/bin/bash /srv/otlp-header.sh", "-p", "EnvironmentFile=-/run/croft-otlp-test/environment"]
            return self.box.run("systemd-run", "--wait", "--pipe", "--quiet", "--collect", *unit, "/usr/bin/printenv", "OTLP_HEADER", check=False)

        self.assertEqual(environment(HEADER).stdout, HEADER + "\n")
        for refused in ("", "two\nlines", "a ${env:HOME}", "bell\a"):
            done = environment(refused)
            self.assertNotEqual(done.returncode, 0, refused)
            self.assertEqual(done.stdout, "", refused)


if __name__ == "__main__":
    unittest.main()
