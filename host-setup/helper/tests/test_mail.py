"""Mail: what Postfix's queue and log tell, messages that are followed, passwords, and the records of the names."""

import base64
import json
import os
import re
import subprocess
import unittest
from pathlib import Path

from box import state_text
from console import refused, result
from croft_hostd import state
from operating import OLD_REV, OperationCase

SERVER = {
    "hostname": "mail.attic.example",
    "domains": ["attic.example"],
    "dkimSelector": "croft",
    "messageMax": 26214400,
    "keys": "/var/lib/croft/mail/dkim",
    "passwords": "/var/lib/croft/mail/passwords",
    "mailboxes": {"ada@attic.example": 1000, "bob@attic.example": None},
    "directory": "/var/lib/croft/mail/boxes",
    "group": "dovecot2",
}
RELAY = {"host": "smtp.example.net", "port": 587, "security": "starttls", "user": "attic@example.net"}
SHOP = {"from": ["@shop.example", "shop@attic.example"], "perHour": 6, "port": 26841}
BOXES = "/var/lib/croft/mail/boxes"
PASSWORDS = "/var/lib/croft/mail/passwords"


def queued(identity, arrived, queue="deferred", **members):
    recipients = [{"address": "eve@elsewhere.example", "delay_reason": "Connection refused"}]
    return {"queue_name": queue, "queue_id": identity, "arrival_time": arrived, "message_size": 443, "forced_expire": False, "sender": "shop@attic.example", "recipients": recipients, **members}


class MailCase(OperationCase):
    def setUp(self):
        super().setUp()
        self.deployed(OLD_REV)
        self.set_up(relay=RELAY, server=SERVER)

    def set_up(self, **mail):
        attach = {"shop": {"mail": SHOP}, "wiki": {"mail": None}}
        self.box.write("/etc/croft/facts.json", json.dumps({"version": 1, "attach": attach, "mail": {"port": 24575, "relay": None, "server": None, **mail}}))


class ReadingTest(MailCase):
    def said(self, identifier, text, unit="postfix.service"):
        self.box.log(unit, text, SYSLOG_IDENTIFIER=identifier)

    def test_a_box_without_mail(self):
        self.box.write("/etc/croft/facts.json", '{"version":1,"mail":null}')
        for frame in ({"type": "mail"}, {"type": "mail-dns"}, {"type": "mail-queue"}, {"type": "mail-queue-act", "action": "retry"},
                      {"type": "mail-test", "to": "a@b.example"}, {"type": "mail-password", "mailbox": "a@b.example", "value": "YWJjZGVmZ2g="}):  # fmt: skip
            with self.subTest(frame["type"]):
                self.assertEqual(refused(self.box, **frame)["code"], "MAIL_NOT_SET_UP")

    def test_how_it_is(self):
        self.box.units["postfix.service"] = {"LoadState": "loaded", "ActiveState": "active"}
        self.box.mail_queue = [queued("B2", 1777890000), queued("A1", 1777880000)]
        found = result(self.box, type="mail")
        self.assertEqual(found["relay"], RELAY)
        self.assertEqual(found["server"], {"hostname": "mail.attic.example", "domains": ["attic.example"], "messageMax": 26214400})
        self.assertEqual([(one["unit"], one["active"]) for one in found["units"]], [("postfix.service", "active"), ("dovecot.service", "inactive"), ("rspamd.service", "inactive")])
        self.assertEqual(found["queue"], {"messages": 2, "bytes": 886, "oldest": "2026-05-04T07:33:20.000000Z"})

    def test_a_box_that_only_sends_has_no_mailboxes(self):
        self.set_up(relay=RELAY)
        found = result(self.box, type="mail")
        self.assertEqual((found["server"], found["mailboxes"], [one["unit"] for one in found["units"]]), (None, [], ["postfix.service"]))
        self.assertEqual(refused(self.box, type="mail-password", mailbox="a@b.example", value="YWJjZGVmZ2g=")["code"], "MAIL_NOT_SET_UP")
        self.assertEqual(result(self.box, type="mail-dns"), {"records": []})

    def test_what_an_app_sent_is_counted_from_its_own_log(self):
        smtpd, cleanup = "postfix/croft-app-shop/smtpd", "postfix/croft-app-shop/cleanup"
        for identity in "ABC":
            self.said(smtpd, f"{identity}1: client=localhost[127.0.0.1]")
        self.said(cleanup, "C1: reject: header From: boss@x.example from localhost[127.0.0.1]; from=<shop@attic.example> to=<e@f.example>: 5.7.1 not")
        self.said(smtpd, "NOQUEUE: reject: RCPT from localhost[127.0.0.1]: 554 5.7.1 <x@y.example>: Sender address rejected")
        self.said(smtpd, "warning: Message delivery request rate limit exceeded: 7 from localhost[127.0.0.1] for service 127.0.0.1:26841")
        self.said(smtpd, "disconnect from localhost[127.0.0.1] mail=0/1 commands=0/1")
        # Somebody else's, and somebody who says that it is Postfix's.
        self.said("postfix/smtpd", "D1: client=localhost[127.0.0.1]")
        self.said(smtpd, "E1: client=localhost[127.0.0.1]", unit="croft-app-shop.service")
        (sender,) = result(self.box, type="mail")["senders"]
        self.assertEqual(sender, {"app": "shop", **SHOP, "sentLastHour": 2, "refusedLastHour": 3})

    def test_mailboxes_and_what_is_left_of_others(self):
        for place, size in (("attic.example/ada/Maildir/cur/1.M1.a,S=700,W=720:2,S", 3), ("attic.example/ada/Maildir/.Sent/new/2.M2.a", 4),
                            ("attic.example/ada/Maildir/dovecot.index", 9), ("attic.example/old/Maildir/new/3", 5)):  # fmt: skip
            self.box.write(f"{BOXES}/{place}", "x" * size)
        self.box.write(PASSWORDS, "bob@attic.example:{SHA512-CRYPT}$6$x\n")
        self.assertEqual(
            result(self.box, type="mail")["mailboxes"],
            [
                {"address": "ada@attic.example", "bytes": 704, "messages": 2, "quota": 1000, "password": False, "declared": True},
                {"address": "bob@attic.example", "bytes": 0, "messages": 0, "quota": None, "password": True, "declared": True},
                {"address": "old@attic.example", "bytes": 5, "messages": 1, "quota": None, "password": False, "declared": False},
            ],
        )


class QueueTest(MailCase):
    def test_whose_a_message_is_says_the_port_it_came_in_by(self):
        self.box.mail_queue = [queued("B2", 1777890000, sender="MAILER-DAEMON"), queued("A1", 1777880000)]
        self.box.mail_ports = {"A1": 26841, "B2": 25}
        found = result(self.box, type="mail-queue")
        self.assertEqual([(one["id"], one["app"], one["queue"]) for one in found["messages"]], [("A1", "shop", "deferred"), ("B2", None, "deferred")])
        self.assertEqual(found["messages"][0]["recipients"], [{"address": "eve@elsewhere.example", "reason": "Connection refused"}])
        self.assertFalse(found["truncated"])

    def test_a_message_that_leaves_meanwhile_takes_no_other_s_mark_along(self):
        self.box.mail_queue = [queued(identity, 1777880000) for identity in ("A1", "B2", "C3")]
        self.box.mail_ports = {"A1": 26841, "C3": 26841}
        found = result(self.box, type="mail-queue")["messages"]
        self.assertEqual([(one["id"], one["app"]) for one in found], [("A1", "shop"), ("B2", None), ("C3", "shop")])

    def test_a_long_queue_is_cut_at_its_newest(self):
        self.box.mail_queue = [queued(f"X{number}", 1777880000 + number, recipients=[{"address": "e@f.example"}]) for number in range(501)]
        found = result(self.box, type="mail-queue")
        self.assertEqual((len(found["messages"]), found["truncated"], found["messages"][-1]["id"]), (500, True, "X499"))
        self.assertIsNone(found["messages"][0]["recipients"][0]["reason"])

    def test_trying_again_and_deleting(self):
        self.box.mail_queue = [queued("A1", 1777880000), queued("B2", 1777890000)]
        act = {"type": "mail-queue-act"}
        self.assertEqual(result(self.box, **act, action="retry"), {"messages": 2})
        self.assertEqual(self.box.calls[-1][-2:], ["postqueue", "-f"])
        self.assertEqual(result(self.box, **act, action="retry", id="B2"), {"messages": 1})
        self.assertEqual(self.box.calls[-1][-3:], ["postqueue", "-i", "B2"])
        self.assertEqual(result(self.box, **act, action="delete", id="A1"), {"messages": 1})
        self.assertEqual([one["queue_id"] for one in self.box.mail_queue], ["B2"])
        self.assertEqual(refused(self.box, **act, action="delete", id="A1")["code"], "NOT_FOUND")
        self.assertEqual(refused(self.box, **act, action="delete")["code"], "BAD_REQUEST")

    def test_bounds(self):
        for frame in ({"type": "mail-queue-act", "action": "hold"}, {"type": "mail-queue-act", "action": "delete", "id": "ALL; x"},
                      {"type": "mail-queue-act", "action": "delete", "id": "-d"}, {"type": "mail-test", "to": "ada"},
                      {"type": "mail-test", "to": "a@b.example>\r\nDATA"}, {"type": "mail-test", "to": "a@b.example", "app": "A"},
                      {"type": "mailbox-drop", "mailbox": "../x@attic.example"}, {"type": "mailbox-drop", "mailbox": "a/b@attic.example"},
                      {"type": "mailbox-drop", "mailbox": ".a@attic.example"}, {"type": "mailbox-drop", "mailbox": "a@.."},
                      {"type": "mail-password", "mailbox": "ada@attic.example", "value": "?"}):  # fmt: skip
            with self.subTest(str(frame)):
                self.assertEqual(refused(self.box, **frame)["code"], "BAD_REQUEST")


class SendingTest(MailCase):
    def setUp(self):
        super().setUp()
        self.box.mail_answer = (250, "2.0.0 Ok: queued as 4FvX1z9kQ")

    def logged(self, text):
        self.box.log("postfix.service", text)

    def test_it_goes_by_the_app_s_own_way(self):
        self.box.planned.append((self.box.uptime + 2, lambda: self.logged("4FvX1z9kQ: to=<eve@elsewhere.example>, relay=smtp.example.net[192.0.2.1]:587, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 kept)")))
        found = result(self.box, type="mail-test", to="eve@elsewhere.example", app="shop")
        self.assertEqual(found, {"id": "4FvX1z9kQ", "status": "sent", "response": "250 kept", "relay": "smtp.example.net[192.0.2.1]:587", "seconds": 2.0})
        port, sender, recipient, text = self.box.mail_sent
        self.assertEqual((port, sender, recipient), (26841, "shop@attic.example", "eve@elsewhere.example"))
        self.assertIn("\r\nTo: <eve@elsewhere.example>\r\n", text)

    def test_who_the_box_itself_is(self):
        self.box.mail_answer = (550, "no")
        for mail, sender in (({"server": SERVER, "relay": RELAY}, "postmaster@attic.example"), ({"relay": RELAY}, "attic@example.net"),
                             ({"relay": {**RELAY, "user": None}}, "postmaster@shop.example"), ({"relay": {**RELAY, "user": "apikey"}}, "postmaster@shop.example")):  # fmt: skip
            with self.subTest(sender):
                self.set_up(**mail)
                result(self.box, type="mail-test", to="a@b.example")
                self.assertEqual(self.box.mail_sent[:2], (24575, sender))

    def test_what_waits_says_why(self):
        self.logged("4FvX1z9kQ: to=<e@f.example>, orig_to=<x@f.example>, relay=smtp.example.net[192.0.2.1]:587, delay=1, delays=0/0/1/0, dsn=4.7.8, status=deferred (SASL authentication failed; server said: 535 (wrong) password)")
        found = result(self.box, type="mail-test", to="e@f.example")
        self.assertEqual((found["status"], found["response"]), ("deferred", "SASL authentication failed; server said: 535 (wrong) password"))

    def test_a_message_that_nobody_says_anything_of_is_queued(self):
        self.logged("4FvX1z9kQ: from=<postmaster@attic.example>, size=1, nrcpt=1 (queue active)")
        # A message of somebody else's, in whose lines the id stands.
        self.logged("OTHER: to=<4FvX1z9kQ: to=@f.example>, relay=x, delay=1, status=sent (4FvX1z9kQ)")
        found = result(self.box, type="mail-test", to="e@f.example")
        self.assertEqual((found["status"], found["relay"], found["seconds"]), ("queued", None, 30.0))

    def test_what_the_listener_refuses_is_told(self):
        for answer, status in (((450, "4.7.1 too much mail"), "deferred"), ((554, "5.7.1 not as this"), "bounced")):
            self.box.mail_answer = answer
            found = result(self.box, type="mail-test", to="e@f.example", app="shop")
            self.assertEqual((found["id"], found["status"], found["response"]), (None, status, answer[1]))

    def test_an_app_without_mail(self):
        self.assertEqual(refused(self.box, type="mail-test", to="e@f.example", app="wiki")["code"], "MAIL_NOT_SET_UP")


class PasswordTest(MailCase):
    def put(self, value, mailbox="ada@attic.example", how=result):
        return how(self.box, type="mail-password", mailbox=mailbox, value=base64.b64encode(value).decode())

    def test_only_a_hash_is_kept_and_the_value_is_in_no_argument(self):
        self.box.write(PASSWORDS, "bob@attic.example:{SHA512-CRYPT}$6$x\n")
        password = "pässword $(id) 'x' : %s".encode()
        self.assertEqual(self.put(password), {"mailbox": "ada@attic.example"})
        place = self.box.path(PASSWORDS)
        lines = Path(place).read_text(encoding="utf-8").splitlines()
        self.assertEqual(lines[1], "bob@attic.example:{SHA512-CRYPT}$6$x")
        hashed = re.fullmatch(r"ada@attic\.example:\{SHA512-CRYPT\}(\$6\$(rounds=100000\$[0-9a-f]{16})\$[A-Za-z0-9./]{86})", lines[0])
        self.assertTrue(hashed, lines)
        argv = ["openssl", "passwd", "-6", "-salt", hashed[2], "-stdin"]
        self.assertEqual(subprocess.run(argv, input=password, capture_output=True, check=True).stdout.decode().strip(), hashed[1])
        self.assertEqual(os.stat(place).st_mode & 0o777, 0o640)
        self.assertNotIn("pässword", str(self.box.calls))

    def test_a_long_one_counts_to_its_end(self):
        self.put(b"x" * 255 + b"a")
        first = Path(self.box.path(PASSWORDS)).read_text(encoding="utf-8")
        salt = first.split("$6$")[1].rsplit("$", 1)[0]
        other = subprocess.run(["openssl", "passwd", "-6", "-salt", salt, "-stdin"], input=b"x" * 255 + b"b", capture_output=True, check=True).stdout.decode()
        self.assertNotIn(other.strip(), first)

    def test_what_is_no_password(self):
        for value in (b"short", b"x" * 257, b"\xff" * 10, b"two\nlines of it", b"with\0nul in it"):
            with self.subTest(str(value)[:20]):
                self.assertEqual(self.put(value, how=refused)["code"], "BAD_REQUEST")
        self.assertEqual(self.put(b"long enough", "eve@attic.example", refused)["code"], "NOT_FOUND")
        self.assertFalse(os.path.exists(self.box.path(PASSWORDS)))

    def test_what_is_left_is_deleted_and_what_is_there_is_not(self):
        self.box.write(f"{BOXES}/attic.example/old/Maildir/cur/1", "12345")
        self.box.write(f"{BOXES}/attic.example/ada/Maildir/cur/1", "1")
        self.box.write(PASSWORDS, "ada@attic.example:{X}y\nold@attic.example:{X}y\n")
        drop = {"type": "mailbox-drop"}
        self.assertEqual(refused(self.box, **drop, mailbox="ada@attic.example")["code"], "MAILBOX_IN_USE")
        self.assertEqual(result(self.box, **drop, mailbox="old@attic.example"), {"bytes": 5})
        self.assertEqual(os.listdir(self.box.path(f"{BOXES}/attic.example")), ["ada"])
        self.assertEqual(Path(self.box.path(PASSWORDS)).read_text(encoding="utf-8"), "ada@attic.example:{X}y\n")
        self.assertEqual(refused(self.box, **drop, mailbox="old@attic.example")["code"], "NOT_FOUND")

    def test_what_is_left_can_be_deleted_when_there_is_no_mail_server_any_more(self):
        self.box.write(f"{BOXES}/attic.example/old/Maildir/cur/1", "12345")
        self.box.write("/etc/croft/facts.json", '{"version":1,"mail":null}')
        self.assertEqual(result(self.box, type="mailbox-drop", mailbox="old@attic.example"), {"bytes": 5})


def name(text):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + b"\0"


def text(*parts):
    return b"".join(bytes([len(part)]) + part.encode() for part in parts)


class RecordsTest(MailCase):
    def setUp(self):
        super().setUp()
        self.box.write("/etc/resolv.conf", "nameserver 192.0.2.53\n")
        self.box.write("/proc/net/fib_trie", "  |-- 1.2.3.4\n     /32 host LOCAL\n")
        self.box.write("/var/lib/croft/mail/dkim/attic.example.croft.pub", "MIIBIjANBg")
        self.set_up(server=SERVER)

    def records(self):
        return {record["purpose"]: record for record in result(self.box, type="mail-dns")["records"]}

    def test_a_domain_that_says_nothing(self):
        self.box.zones = {("nothing", 1): []}
        found = self.records()
        self.assertEqual(
            {purpose: (one["type"], one["name"], one["wanted"], one["ok"]) for purpose, one in found.items()},
            {
                "address": ("A", "mail.attic.example.", "1.2.3.4", False),
                "ptr": ("PTR", "4.3.2.1.in-addr.arpa.", "mail.attic.example.", False),
                "mx": ("MX", "attic.example.", "10 mail.attic.example.", False),
                "spf": ("TXT", "attic.example.", "v=spf1 mx ~all", False),
                "dkim": ("TXT", "croft._domainkey.attic.example.", "v=DKIM1; k=rsa; p=MIIBIjANBg", False),
                "dmarc": ("TXT", "_dmarc.attic.example.", "v=DMARC1; p=quarantine", False),
            },
        )
        self.assertTrue(all(one["why"] for one in found.values()))

    def test_a_domain_that_says_all(self):
        self.box.zones = {
            ("mail.attic.example", 1): [bytes([1, 2, 3, 4])],
            ("4.3.2.1.in-addr.arpa", 12): [name("mail.attic.example")],
            # The name goes on at the question's.
            ("attic.example", 15): [b"\0\5\4mail\xc0\x0c"],
            ("attic.example", 16): [text("google-site-verification=x"), text("v=spf1 ip4:1.2.3.4 -all")],
            ("croft._domainkey.attic.example", 16): [text("v=DKIM1; k=rsa; ", "p=MIIBIj", "ANBg")],
            ("_dmarc.attic.example", 16): [text("v=DMARC1; p=reject")],
        }
        found = self.records()
        self.assertEqual({purpose: one["ok"] for purpose, one in found.items()}, dict.fromkeys(found, True))
        self.assertEqual(found["mx"]["found"], ["5 mail.attic.example."])

    def test_what_is_wrong(self):
        self.box.zones = {
            ("mail.attic.example", 1): [bytes([9, 9, 9, 9])],
            ("4.3.2.1.in-addr.arpa", 12): [name("host-1-2-3-4.provider.example")],
            ("attic.example", 15): [b"\0\5" + name("mx.elsewhere.example")],
            ("attic.example", 16): [text("v=spf1 mx ~all"), text("v=spf1 -all")],
            ("croft._domainkey.attic.example", 16): [text("v=DKIM1; k=rsa; p=OTHER")],
        }
        found = self.records()
        self.assertEqual({purpose: one["ok"] for purpose, one in found.items()}, dict.fromkeys(found, False))
        self.assertIn("9.9.9.9 is not this box", found["address"]["why"])
        self.assertIn("more than one", found["spf"]["why"])

    def test_what_nobody_knows(self):
        found = self.records()
        self.assertEqual({purpose: one["ok"] for purpose, one in found.items()}, dict.fromkeys(found))
        self.set_up(server=SERVER, relay=RELAY)
        self.box.zones = {("attic.example", 16): [text("v=spf1 include:example.net ~all")]}
        self.assertIsNone(self.records()["spf"]["ok"])
        self.assertEqual(self.records()["spf"]["wanted"], "v=spf1 mx a:smtp.example.net ~all")
        os.unlink(self.box.path("/var/lib/croft/mail/dkim/attic.example.croft.pub"))
        self.assertIsNone(self.records()["dkim"]["ok"])

    def test_a_box_that_does_not_know_its_public_address(self):
        self.box.write("/proc/net/fib_trie", "  |-- 192.168.1.5\n     /32 host LOCAL\n")
        self.box.zones = {("mail.attic.example", 1): [bytes([1, 2, 3, 4])]}
        found = self.records()
        self.assertEqual((found["address"]["wanted"], found["address"]["ok"], found["address"]["found"]), ("", None, ["1.2.3.4"]))
        self.assertIn("router", found["address"]["why"])
        self.assertEqual(found["ptr"]["name"], "4.3.2.1.in-addr.arpa.")

    def test_a_name_that_leads_to_itself_is_no_answer(self):
        self.box.zones = {("attic.example", 15): [b"\0\5\xc0\x2d"]}
        self.assertIsNone(self.records()["mx"]["ok"])


class StateTest(unittest.TestCase):
    def parse(self, services):
        return state.parse(json.dumps({**json.loads(state_text()), "services": services}))

    def test_who_signs_in_at_the_relay(self):
        for services, signs_in in (({}, False), ({"mail": {}}, False), ({"mail": {"relay": {"host": "a"}}}, False), ({"mail": {"relay": {"host": "a", "user": "b"}}}, True)):
            self.assertEqual(self.parse(services).signs_in_at_relay, signs_in)
        document = json.loads(state_text(acme={"email": "a@b.example", "dns": {"provider": "hetzner"}}))
        for kind, dns in (("acme", ("hetzner", [])), ("internal", None)):
            document["services"] = {"mail": {"server": {"tls": kind}}}
            self.assertEqual(state.parse(json.dumps(document)).dns, dns)
        for services in ({"mail": []}, {"mail": {"relay": "a"}}, {"mail": {"server": "a"}}, {"mail": {"relay": {"user": 1}}}, []):
            with self.assertRaises(Exception) as raised:
                self.parse(services)
            self.assertEqual(raised.exception.code, "STATE_REFUSED")


class MissingPasswordTest(OperationCase):
    def test_a_relay_without_its_password_is_refused_before_anything_is_built(self):
        document = json.loads(state_text())
        document["services"] = {"mail": {"relay": {"host": "smtp.example.net", "user": "attic"}}}
        problem = refused(self.box, type="apply", operation="01jmail0000000000000000001", state=json.dumps(document), author={"name": "A", "email": "a@b"}, message="m")
        self.assertEqual((problem["code"], "RELAY_PASSWORD" in problem["what"]), ("SECRET_MISSING", True))
        self.assertFalse([call for call in self.box.calls if call[0] == "nixos-rebuild"])


if __name__ == "__main__":
    unittest.main()
