"""Postfix on a running machine: delivers here, relays through a smarthost that wants TLS and a password."""

import secrets
import shutil
import smtplib
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from nix import evaluate, nixos, toplevel
from test_services import show, switch

SMARTHOST = Path(__file__).with_name("smarthost.py")
PATIENCE = 30


def configuration(authority, passwords):
    return f"""
  {{
    networking.hostName = "sandbox";
    networking.firewall.enable = false;
    users.users.ada = {{ isNormalUser = true; }};
    services.postfix = {{
      enable = true;
      postmasterAlias = "ada";
      mapFiles.senders = builtins.toFile "senders" "shop@attic.example OK\\n";
      settings.main = {{
        inet_interfaces = "loopback-only";
        home_mailbox = "Maildir/";
        relayhost = [ "[localhost]:5587" ];
        smtp_host_lookup = "native";
        smtp_sasl_auth_enable = true;
        smtp_sasl_password_maps = "texthash:{passwords}";
        smtp_sasl_security_options = "noanonymous";
        smtp_tls_security_level = "secure";
        smtp_tls_CAfile = "{authority}";
      }};
      settings.master.app = {{
        name = "127.0.0.1:2601"; type = "inet"; private = false; command = "smtpd";
        args = [ "-o" "smtpd_sender_restrictions=check_sender_access,hash:/etc/postfix/senders,reject" ];
      }};
    }};
  }}
"""


def awaited(what):
    end = time.monotonic() + PATIENCE
    while not (found := what()):
        if time.monotonic() > end:
            raise AssertionError("it did not come to pass")
        time.sleep(0.05)
    return found


@unittest.skipUnless(Path("/run/systemd/system").exists(), "systemd does not run here")
class MailTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = Path(tempfile.mkdtemp(prefix="croft-mail-"))
        cls.kept = cls.directory / "kept"
        cls.kept.mkdir()
        certificate, key = cls.directory / "cert.pem", cls.directory / "key.pem"
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"),
                *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate),
            ],
            check=True,
            capture_output=True,
        )
        password = secrets.token_hex(16)
        passwords = cls.directory / "passwords"
        passwords.touch(0o600)
        passwords.write_text(f"[localhost]:5587 ada@attic.example:{password}\n")
        argv = [sys.executable, SMARTHOST, "5587", certificate, key, cls.kept, "ada@attic.example", password]
        cls.smarthost = subprocess.Popen(argv)
        switch(toplevel(configuration(certificate, passwords)))

    @classmethod
    def tearDownClass(cls):
        cls.smarthost.terminate()
        cls.smarthost.wait()
        switch(toplevel('{ networking.firewall.enable = false; networking.hostName = "sandbox"; }'))
        shutil.rmtree(cls.directory)

    def send(self, sender, recipient, port=25):
        with smtplib.SMTP("127.0.0.1", port, timeout=PATIENCE) as server:
            server.sendmail(sender, [recipient], f"Subject: hello\r\n\r\nTo {recipient}.\r\n")

    def test_mail_for_an_account_of_the_machine_comes_into_its_mailbox(self):
        mailbox = Path("/home/ada/Maildir/new")
        shutil.rmtree(mailbox, ignore_errors=True)  # of an earlier run in the same machine
        self.send("shop@attic.example", "postmaster@localhost")
        # Among what another test has sent to the same person.
        awaited(lambda: mailbox.is_dir() and any("To postmaster@localhost." in message.read_text() for message in mailbox.iterdir()))

    def test_other_mail_goes_to_the_smarthost(self):
        self.send("shop@attic.example", "eve@elsewhere.example")
        (message,) = awaited(lambda: list(self.kept.glob("*.eml")))
        lines = message.read_text().splitlines()
        self.assertEqual(lines[0].split(" ")[:2], ["MAIL", "FROM:<shop@attic.example>"])
        self.assertIn("RCPT TO:<eve@elsewhere.example>", lines[1])
        self.assertEqual(lines[-1], "To eve@elsewhere.example.")

    def test_a_listener_of_its_own_has_its_own_rules_and_maps(self):
        with self.assertRaises(smtplib.SMTPRecipientsRefused):
            self.send("somebody@attic.example", "ada@localhost", 2601)
        self.send("shop@attic.example", "ada@localhost", 2601)

    def test_it_is_nixoss_unit_under_nixoss_account(self):
        self.assertEqual(show("postfix.service", "Type"), "forking")
        argv = ["ps", "-C", "qmgr", "-o", "user="]
        self.assertEqual(subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split(), ["postfix"])


class MailSettingsTest(unittest.TestCase):
    def test_what_does_nothing_here_says_so(self):
        module = '{ services.postfix = { enable = true; headerChecks = [ { pattern = "/a/"; action = "DISCARD"; } ]; }; }'
        failed = evaluate(f"let c = {nixos(module)}.config; in map (a: a.message) (builtins.filter (a: !a.assertion) c.assertions)")
        self.assertTrue(any("headerChecks" in message for message in failed), failed)


if __name__ == "__main__":
    unittest.main()
