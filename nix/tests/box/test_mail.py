"""Mail on a real box, with the real Postfix, Dovecot and rspamd: apps that send through a relay, and mailboxes that are read over IMAP.

Run by `python3 -m unittest discover -s nix/tests/box`; CROFT_TEST_DATA=DIR keeps and reuses the box.
"""

import base64
import json
import os
import unittest
from ipaddress import ip_address

import dkim
from authority import PLACE as AUTHORITY_PLACE
from authority import Authority
from provisioned import REPOSITORY, ProvisionedBoxTest, until
from test_secrets import ASK

SMARTHOST = REPOSITORY / "host-setup/sandbox/nixpkgs/tests/smarthost.py"
PLACE = "/srv/relay"
#: An address of the world's, which the box says is its own.
PUBLIC = "11.22.33.44"
RELAY_USER = "attic@example.net"
RELAY_PASSWORD = b"a relay's $(id) 'pass word' %s"
ADA_PASSWORD = "ada's own passphrase"
# Sends one message: port, sender, recipient, the header From when it is another, and more of the text. Prints what the server said.
SEND = """
import smtplib, sys
port, sender, recipient = sys.argv[1:4]
text = "From: Shop <%s>\\r\\nTo: <%s>\\r\\nSubject: hello\\r\\n\\r\\nA message for %s.\\r\\n%s\\r\\n" % ((sys.argv[4:5] or [sender])[0], recipient, recipient, "".join(sys.argv[5:]))
try:
    with smtplib.SMTP("127.0.0.1", int(port), local_hostname="shop.example", timeout=20) as server:
        server.sendmail(sender, [recipient], text)
    print("taken")
except smtplib.SMTPRecipientsRefused as error:
    print("refused", *error.recipients.values())
except (OSError, smtplib.SMTPException) as error:
    print("refused", error)
"""
# The app's own way: by what it is told, from its own unit.
JOB = """
import os, smtplib
with smtplib.SMTP(os.environ["SMTP_HOST"], int(os.environ["SMTP_PORT"]), timeout=20) as server:
    server.sendmail(os.environ["MAIL_FROM"], ["eve@elsewhere.example"], "From: %(MAIL_FROM)s\\r\\nSubject: by %(SMTP_URL)s\\r\\n\\r\\nHello.\\r\\n" % os.environ)
"""
# Signs in for sending: user, sender, recipient; the password comes on stdin.
SUBMIT = """
import smtplib, ssl, sys
context = ssl.create_default_context(cafile="/var/lib/croft/self-signed/mail.attic.example/full.pem")
context.check_hostname = False
user, sender, recipient = sys.argv[1:]
try:
    with smtplib.SMTP("127.0.0.1", 587, local_hostname="laptop.example", timeout=20) as server:
        server.starttls(context=context)
        password = sys.stdin.read()
        if password:
            server.login(user, password)
        server.sendmail(sender, [recipient], f"From: {sender}\\r\\nSubject: by hand\\r\\n\\r\\nHello.\\r\\n")
    print("taken")
except smtplib.SMTPRecipientsRefused as error:
    print("refused", *error.recipients.values())
except (OSError, smtplib.SMTPException) as error:
    print("refused", error)
"""
# A message of this size for somebody, from outside: what the server says to it.
OFFER = """
import smtplib, sys
recipient, size = sys.argv[1], int(sys.argv[2])
with smtplib.SMTP("127.0.0.1", 25, local_hostname="strange.example", timeout=20) as server:
    server.ehlo()
    server.mail("x@strange.example", ["SIZE=%d" % size])
    code, said = server.rcpt(recipient)
    if code == 250 and server.data("Subject: much\\r\\n\\r\\n" + ("x" * 70 + "\\r\\n") * (size // 72))[0] == 250:
        said = b"kept"
print(said)
"""
# Everything in a mailbox, by IMAP over TLS: user; the password comes on stdin. `no` when nobody is let in.
READ = """
import imaplib, json, ssl, sys
context = ssl.create_default_context(cafile="/var/lib/croft/self-signed/mail.attic.example/full.pem")
context.check_hostname = False
with imaplib.IMAP4_SSL("127.0.0.1", 993, ssl_context=context, timeout=20) as session:
    try:
        session.login(sys.argv[1], sys.stdin.read())
    except imaplib.IMAP4.error:
        print(json.dumps("no"))
        sys.exit()
    session.select()
    numbers = session.search(None, "ALL")[1][0].split()
    print(json.dumps([session.fetch(number, "(RFC822)")[1][0][1].decode() for number in numbers]))
"""
MAKE_RELAY = f"""
set -e
systemctl stop test-relay.service 2>/dev/null || true
rm -rf {PLACE} && mkdir -p {PLACE}/kept && cd {PLACE} && cat > smarthost.py
for name in cert other; do
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=relay \\
    -addext subjectAltName=DNS:smtp.example.net -keyout $name.key -out $name.pem 2>/dev/null
done
"""


def app(**attach):
    source = {"type": "git", "url": "https://git.example/ada/python-app.git", "rev": "1" * 40, "narHash": f"sha256-{'1' * 42}A="}
    return {"source": source, "build": {"builder": "python"}, "run": {"command": ["python3", "-c", "import signal; signal.pause()"]}, "attach": attach}


RELAY = {"host": "smtp.example.net", "port": 5587, "user": RELAY_USER}
SERVER = {
    "hostname": "mail.attic.example",
    "domains": ["attic.example", "lists.attic.example"],
    "mailboxes": {"ada@attic.example": {}, "bob@attic.example": {}, "ann@lists.attic.example": {"quota": "1M"}},
    "aliases": {"info@attic.example": ["ada@attic.example"], "@lists.attic.example": ["ann@lists.attic.example"]},
}
APPS = {
    "shop": app(mail={"from": ["shop@attic.example"]}) | {"jobs": {"send": {"onCalendar": "yearly", "command": ["python3", "-c", JOB]}}},
    "news": app(mail={"from": ["@lists.attic.example"], "perHour": 2}),
    "wiki": app(),
}
# Of all that mail is, but for what Dovecot writes anew for itself whenever somebody looks.
DIGEST = r"""
cd /var/lib/croft/mail && stat -c '%n %U %G %a' passwords && cat passwords && find boxes dkim ! -name 'dovecot*' \( \
  -type d ! -path 'boxes/*' -printf '%p %y %m %u %g\n' -o -type d -path 'boxes/*/*' -printf '%p %y %m %u %g\n' -o -type d -o -type f -printf '%p %y %m %u %g %s %T@ ' -exec sha256sum {} \; -o -printf '%p %y %l\n' \) | LC_ALL=C sort
"""
CELLAR = {"targets": {"cellar": {"type": "local", "path": "/srv/cellar"}}}
OWNERS = """{ croft.fetchSource = source: {
  outPath = "${./app}"; inherit (source) rev narHash; shortRev = builtins.substring 0 7 source.rev; lastModified = 0;
}; services.postfix.settings.main.smtp_tls_CAfile = "/srv/relay/cert.pem";
networking.hosts."127.0.0.1" = [ "smtp.example.net" ];
# Otherwise each wrong password makes the next one wait longer.
services.dovecot2.settings."service anvil"."unix_listener anvil-auth-penalty".mode = "0";
}"""


# What a person has who reads and writes: sessions over TLS, in use. (Dovecot says goodbye to one that idles for ten seconds after a reload;
# mail programs come back by themselves.)
STAY = r"""
import imaplib, os, smtplib, ssl, sys, time
context = ssl._create_unverified_context()
imap = imaplib.IMAP4_SSL("127.0.0.1", 993, ssl_context=context, timeout=60)
imap.login(sys.argv[1], sys.argv[2])
smtp = smtplib.SMTP("127.0.0.1", 587, timeout=60)
smtp.starttls(context=context)
open("/srv/there", "w").close()
while not os.path.exists("/srv/renewed"):
    imap.noop()
    time.sleep(0.1)
print(imap.noop()[0], imap.select()[0], smtp.noop()[0])
"""


def published(record):
    """A line of a zone."""
    text = record["wanted"]
    if record["type"] == "TXT":
        text = " ".join(f'"{text[at : at + 255]}"' for at in range(0, len(text), 255))
    return f"{record['name']} {record['type']} {text}"


class MailTest(Authority, ProvisionedBoxTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.box.write("/var/lib/croft/flake/host/app/main.py", "")
        cls.box.run("sh", "-c", MAKE_RELAY, stdin=SMARTHOST.read_text())
        cls.start_relay("cert")
        cls.deployed = None

    @classmethod
    def tearDownClass(cls):
        # A box that is kept is started with what its flake says last.
        cls("commit").commit()

    def setUp(self):
        self.deploy()
        type(self).facts = json.loads(self.box.out("cat", "/etc/croft/facts.json"))

    @classmethod
    def start_relay(cls, certificate):
        """The provider's server, with this one of its two certificates."""
        argv = ["python3", f"{PLACE}/smarthost.py", "5587", f"{PLACE}/{certificate}.pem", f"{PLACE}/{certificate}.key", f"{PLACE}/kept", RELAY_USER]
        cls.box.run("systemctl", "stop", "test-relay.service", check=False)
        unit = ["--quiet", "--collect", "--unit=test-relay", "--expand-environment=no"]
        cls.box.run("systemd-run", *unit, *argv, RELAY_PASSWORD.decode())
        until(lambda: "127.0.0.1:5587" in cls.box.out("ss", "-ltn"))

    def deploy(self, server=SERVER, acme=None, owners=OWNERS):
        """Switches to such a box, unless it is one already."""
        if self.deployed is None:
            self.relay_password(RELAY_PASSWORD)
            self.box.run("rm", "-rf", "/srv/cellar", "/var/lib/croft/backup/cellar.json", "/var/lib/croft/restores")
            self.asked(type="secret-put", service="backup-cellar", name="RESTIC_PASSWORD", value=base64.b64encode(os.urandom(24)).decode())
        if self.deployed != (server, acme, owners):
            host = {"acme": acme} if acme else None
            self.switch(apps=APPS, host=host, owners=owners, services={"mail": {"relay": RELAY} | ({"server": server} if server else {})}, backups=CELLAR)
            type(self).deployed = (server, acme, owners)

    @classmethod
    def ask(cls, **request):
        return json.loads(cls.box.run("python3", "-c", ASK, stdin=json.dumps(request)).stdout)

    @classmethod
    def asked(cls, **request):
        told = cls.ask(**request)
        assert told["type"] == "done", told
        return told["result"]

    @classmethod
    def password(cls, mailbox, password):
        cls.asked(type="mail-password", mailbox=mailbox, value=base64.b64encode(password.encode()).decode())

    def relay_password(self, value):
        self.asked(type="secret-put", service="mail", name="RELAY_PASSWORD", value=base64.b64encode(value).decode(), restart=True)

    def operate(self, kind, **members):
        """The report of an operation, when it has ended."""
        operation = f"01jmail{os.urandom(9).hex()}0"[:26]
        self.asked(type=kind, operation=operation, author={"name": "Ada", "email": "ada@example.org"}, **members)

        def report():
            return self.asked(type="operations", operation=operation)["operations"][0]

        until(lambda: report()["state"] != "RUNNING", 120)
        return report()

    def succeeded(self, kind, **members):
        report = self.operate(kind, **members)
        self.assertEqual(report["state"], "SUCCEEDED", report)
        return report["result"]

    def port(self, name):
        return str(self.facts["attach"][name]["mail"]["port"])

    def send(self, user, *words):
        return self.box.run("runuser", "-u", user, "--", "python3", "-c", SEND, *map(str, words)).stdout.strip()

    def submit(self, password, *words):
        return self.box.run("python3", "-c", SUBMIT, *words, stdin=password).stdout.strip()

    def read(self, user, password):
        return json.loads(self.box.run("python3", "-c", READ, user, stdin=password).stdout)

    def kept(self):
        """What the relay was given, the newest last."""
        files = sorted((self.box.root / PLACE.lstrip("/") / "kept").glob("*.eml"), key=lambda file: int(file.stem))
        return [file.read_text() for file in files]

    def queue(self):
        return self.asked(type="mail-queue")["messages"]

    def awaited(self, words, what):
        """The newest of `what`, as soon as the words are in it."""
        until(lambda: any(words in one for one in what()))
        return next(one for one in reversed(what()) if words in one)

    def test_an_app_sends_by_what_it_is_told_and_the_relay_gets_it_signed(self):
        self.box.run("systemctl", "start", "croft-job-shop-send.service")
        message = self.awaited(f"Subject: by smtp://127.0.0.1:{self.port('shop')}", self.kept)
        sender, recipient, text = message.split("\n", 2)
        self.assertIn("MAIL FROM:<shop@attic.example>", sender)
        self.assertIn("RCPT TO:<eve@elsewhere.example>", recipient)
        (record,) = [one for one in self.asked(type="mail-dns")["records"] if (one["purpose"], one["domain"]) == ("dkim", "attic.example")]
        signature = dkim.verify(text.replace("\n", "\r\n"), record["wanted"])
        self.assertEqual((signature["d"], f"{signature['s']}._domainkey.attic.example."), ("attic.example", record["name"]))
        with self.assertRaises(AssertionError):
            dkim.verify(text.replace("Hello.", "Hello!").replace("\n", "\r\n"), record["wanted"])
        (shop,) = [one for one in self.asked(type="mail")["senders"] if one["app"] == "shop"]
        self.assertGreater(shop["sentLastHour"], 0)

    def test_an_app_sends_as_itself_and_as_nobody_else(self):
        shop, port = "croft-app-shop", self.port("shop")
        self.assertIn("app shop may send as: shop@attic.example", self.send(shop, port, "boss@attic.example", "eve@elsewhere.example"))
        self.assertIn("may send as", self.send(shop, port, "shop@sub.attic.example", "eve@elsewhere.example"))
        self.assertIn("may send as", self.send(shop, port, "", "eve@elsewhere.example"))
        for written in ("boss@attic.example", "x@y.example>, <shop@attic.example", "boss@attic.example, shop@attic.example"):
            self.assertIn("not one of the app's senders", self.send(shop, port, "shop@attic.example", "eve@elsewhere.example", written))
        self.assertEqual(self.send(shop, port, "Shop@attic.example", "ada@attic.example", "SHOP@attic.example"), "taken")

    def test_a_listener_is_the_app_s_alone(self):
        for user in ("croft-app-wiki", "croft-app-news", "nobody"):
            self.assertIn("Connection refused", self.send(user, self.port("shop"), "shop@attic.example", "eve@elsewhere.example"))
        self.assertIn("Connection refused", self.send("croft-app-wiki", self.facts["mail"]["port"], "ada@attic.example", "eve@elsewhere.example"))
        self.assertIn("Connection refused", self.send("croft-app-wiki", 11334, "ada@attic.example", "eve@elsewhere.example"))
        # Rules that are loaded anew leave ours as they are.
        self.box.run("systemctl", "reload", "firewall.service")
        self.assertIn("Connection refused", self.send("croft-app-wiki", self.port("shop"), "shop@attic.example", "eve@elsewhere.example"))

    def test_an_app_that_sends_too_much_is_held_up(self):
        send = ("croft-app-news", self.port("news"), "any@lists.attic.example", "ada@attic.example")
        answers = [self.send(*send) for _ in range(4)]
        self.assertIn("too much mail", answers[3])
        self.assertLessEqual(answers.count("taken"), 2)
        # It is its own count.
        self.assertEqual(self.send("croft-app-shop", self.port("shop"), "shop@attic.example", "ada@attic.example"), "taken")
        news = next(one for one in self.asked(type="mail")["senders"] if one["app"] == "news")
        self.assertGreaterEqual(news["refusedLastHour"], 2)

    def test_a_relay_that_refuses_the_password_makes_mail_wait_and_says_so(self):
        self.relay_password(b"of somebody else")
        try:
            told = self.asked(type="mail-test", to="eve@elsewhere.example", app="shop")
            self.assertEqual(told["status"], "deferred", told)
            self.assertIn("535", told["response"])
            (waiting,) = [one for one in self.queue() if one["id"] == told["id"]]
            self.assertEqual((waiting["app"], waiting["sender"], waiting["queue"]), ("shop", "shop@attic.example", "deferred"))
            self.assertIn("authentication failed", waiting["recipients"][0]["reason"])
        finally:
            self.relay_password(RELAY_PASSWORD)
        before = len(self.kept())
        self.assertEqual(self.asked(type="mail-queue-act", action="retry", id=told["id"]), {"messages": 1})
        until(lambda: len(self.kept()) > before and told["id"] not in [one["id"] for one in self.queue()])
        # It is in no place where another could read it.
        values = self.box.run("sh", "-c", "systemctl show postfix.service; cat /etc/postfix/*.cf; ps -eo args; cat /proc/[0-9]*/environ | tr '\\0' '\\n'").stdout
        self.assertNotIn("pass word", values.replace(RELAY_PASSWORD.decode(), "", values.count(f"kept {RELAY_USER} ")))

    def test_a_relay_password_of_two_lines_is_refused_and_mail_goes_on(self):
        before = self.box.out("systemctl", "show", "--property=MainPID", "--value", "postfix.service")
        told = self.ask(type="secret-put", service="mail", name="RELAY_PASSWORD", value=base64.b64encode(b"two\nlines").decode(), restart=True)
        self.assertEqual(told["problem"]["code"], "BAD_REQUEST", told)
        self.assertIn("RELAY_PASSWORD of mail is one line", told["problem"]["why"])
        self.assertEqual(self.box.out("systemctl", "show", "--property=MainPID", "--value", "postfix.service"), before)
        self.assertEqual(self.asked(type="mail-test", to="eve@elsewhere.example")["status"], "sent")

    def test_a_relay_that_cannot_prove_its_name_gets_nothing(self):
        self.start_relay("other")
        try:
            before = len(self.kept())
            told = self.asked(type="mail-test", to="eve@elsewhere.example")
            self.assertEqual(told["status"], "deferred", told)
            self.assertIn("certificate not", told["response"])
            self.assertEqual(len(self.kept()), before)
            self.asked(type="mail-queue-act", action="delete", id=told["id"])
            self.assertNotIn(told["id"], [one["id"] for one in self.queue()])
        finally:
            self.start_relay("cert")

    def test_a_test_message_arrives_in_a_mailbox_and_is_read_there(self):
        self.password("ada@attic.example", ADA_PASSWORD)
        for recipient in ("ada@attic.example", "Ada+shopping@attic.example", "info@attic.example", "postmaster@attic.example"):
            told = self.asked(type="mail-test", to=recipient)
            self.assertEqual(told["status"], "sent", told)
            self.assertIn(f"To: <{recipient}>", self.read("ada@attic.example", ADA_PASSWORD)[-1])
        # Whatever there is not, goes to her who takes it all.
        self.password("ann@lists.attic.example", "ann's passphrase")
        self.assertEqual(self.asked(type="mail-test", to="nobody.of.that.name@lists.attic.example")["status"], "sent")
        self.awaited("nobody.of.that.name", lambda: self.read("ann@lists.attic.example", "ann's passphrase"))
        listed = {one["address"]: one for one in self.asked(type="mail")["mailboxes"]}
        self.assertGreaterEqual(listed["ada@attic.example"]["messages"], 4)
        self.assertGreater(listed["ada@attic.example"]["bytes"], 1000)
        self.assertEqual((listed["ann@lists.attic.example"]["quota"], listed["bob@attic.example"]["password"]), (1 << 20, False))

    def test_nobody_gets_in_without_a_password(self):
        self.password("ada@attic.example", ADA_PASSWORD)
        self.assertEqual(self.read("ada@attic.example", "a wrong passphrase"), "no")
        for password in ("", "x", "*", "{SHA512-CRYPT}"):
            self.assertEqual(self.read("bob@attic.example", password), "no")
            self.assertEqual(self.read("nobody@attic.example", password), "no")
        self.assertIn("refused", self.submit("x", "bob@attic.example", "bob@attic.example", "eve@elsewhere.example"))
        self.assertNotIn(":143 ", self.box.out("ss", "-ltn"))
        self.assertEqual(self.box.out("stat", "-c", "%U:%G %a", "/var/lib/croft/mail/passwords"), "root:dovecot2 640")

    def test_strangers_get_mail_in_and_none_through(self):
        for port in (25, 587):
            self.assertIn("refused", self.send("nobody", port, "x@strange.example", "eve@elsewhere.example"))
            self.assertIn("refused", self.send("nobody", port, "ada@attic.example", "eve@elsewhere.example"))
        self.assertIn("Relay access denied", self.send("nobody", 25, "x@strange.example", "eve@elsewhere.example"))
        for trick in ("eve%elsewhere.example@attic.example", "@attic.example:eve@elsewhere.example", "elsewhere.example!eve@attic.example"):
            self.assertIn("refused", self.send("nobody", 25, "x@strange.example", trick))
        self.assertIn("User unknown", self.send("nobody", 25, "x@strange.example", "nobody@attic.example"))
        self.assertEqual(self.send("nobody", 25, "x@strange.example", "bob@attic.example"), "taken")
        # What comes in there is nobody's here, and is not signed, whoever it says it is from.
        self.password("ada@attic.example", ADA_PASSWORD)
        self.assertEqual(self.send("croft-app-wiki", 25, "ada@attic.example", "ada@attic.example"), "taken")
        message = self.awaited("From: Shop <ada@attic.example>", lambda: self.read("ada@attic.example", ADA_PASSWORD))
        self.assertNotIn("DKIM-Signature", message)

    def test_spam_is_refused_at_the_door(self):
        self.password("bob@attic.example", "bob's passphrase")
        offer = ("nobody", 25, "x@strange.example", "bob@attic.example", "x@strange.example")
        # What every filter takes for the worst of spam, so that it can be tried.
        self.assertIn("refused (554", self.send(*offer, "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"))
        self.assertEqual(self.send(*offer, "And what is none: ham."), "taken")
        self.awaited("what is none: ham", lambda: self.read("bob@attic.example", "bob's passphrase"))
        self.assertNotIn("GTUBE", str(self.read("bob@attic.example", "bob's passphrase")))

    def test_people_send_as_themselves(self):
        self.password("ada@attic.example", ADA_PASSWORD)
        before = len(self.kept())
        self.assertEqual(self.submit(ADA_PASSWORD, "ada@attic.example", "ada@attic.example", "eve@elsewhere.example"), "taken")
        self.assertEqual(self.submit(ADA_PASSWORD, "ada@attic.example", "info@attic.example", "eve@elsewhere.example"), "taken")
        until(lambda: len(self.kept()) >= before + 2)
        self.assertTrue(all("DKIM-Signature" in one for one in self.kept()[before:]))
        self.assertIn("not owned by user", self.submit(ADA_PASSWORD, "ada@attic.example", "bob@attic.example", "eve@elsewhere.example"))
        self.assertIn("refused", self.submit("", "ada@attic.example", "ada@attic.example", "eve@elsewhere.example"))

    def test_a_full_mailbox_takes_no_more(self):
        def answer(size):
            return self.box.run("python3", "-c", OFFER, "ann@lists.attic.example", str(size)).stdout

        # In the words for either, by what Dovecot knows of the mailbox so far.
        self.assertRegex(answer(1_400_000), "larger than the whole mailbox|The mailbox is full")
        self.assertIn("kept", answer(700_000))
        until(lambda: "The mailbox is full" in answer(700_001))
        self.assertIn("kept", answer(1000))

    def test_what_is_left_of_a_mailbox_stays_until_it_is_dropped(self):
        self.password("bob@attic.example", "bob's passphrase")
        self.asked(type="mail-test", to="bob@attic.example")
        self.awaited("To: <bob@attic.example>", lambda: self.read("bob@attic.example", "bob's passphrase"))
        self.assertEqual(self.ask(type="mailbox-drop", mailbox="bob@attic.example")["problem"]["code"], "MAILBOX_IN_USE")
        self.deploy({**SERVER, "mailboxes": {"ada@attic.example": {}}, "aliases": {}})
        # His password is still there, and opens nothing.
        self.assertIn("bob@attic.example:", self.box.out("cat", "/var/lib/croft/mail/passwords"))
        self.assertEqual(self.read("bob@attic.example", "bob's passphrase"), "no")
        self.assertIn("authentication failed", self.submit("bob's passphrase", "bob@attic.example", "bob@attic.example", "eve@elsewhere.example"))
        self.assertIn("User unknown", self.send("nobody", 25, "x@strange.example", "bob@attic.example"))
        (left,) = [one for one in self.asked(type="mail")["mailboxes"] if one["address"] == "bob@attic.example"]
        self.assertEqual((left["declared"], left["messages"] > 0), (False, True))
        self.assertEqual(self.asked(type="mailbox-drop", mailbox="bob@attic.example")["bytes"], left["bytes"])
        self.assertNotIn("bob@attic.example", [one["address"] for one in self.asked(type="mail")["mailboxes"]])

    def served(self, *starttls, port):
        """(issuer, serial) of the certificate that a mail program is shown."""
        script = 'openssl s_client -connect "127.0.0.1:$1" "${@:2}" </dev/null 2>/dev/null | openssl x509 -noout -issuer -serial'
        done = self.box.run("bash", "-c", script, "bash", str(port), *starttls, check=False)
        return tuple(done.stdout.splitlines())

    def all_served(self):
        submission = self.served("-starttls", "smtp", port=587)
        return {self.served(port=993), self.served("-starttls", "smtp", port=25), self.served(port=465), submission}

    def pids(self):
        return [self.box.out("systemctl", "show", "--property=MainPID", "--value", unit) for unit in ("postfix.service", "dovecot.service")]

    def test_a_new_certificate_reaches_mail_programs_and_ends_no_session_in_use(self):
        resolv = self.box.out("cat", "/etc/resolv.conf")
        self.start_authority()
        self.addCleanup(self.box.run, "tee", "/etc/resolv.conf", stdin=resolv + "\n")
        acme, server = self.pebble(), {**SERVER, "tls": "acme"}
        self.deploy(server, acme)
        until(lambda: len(found := self.all_served()) == 1 and "Pebble" in str(found))
        ((issuer, serial),) = self.all_served()

        def board():
            return next(one for one in self.asked(type="certificates")["certificates"] if one["name"] == "mail.attic.example")

        reading = board()
        self.assertEqual((reading["kind"], reading["pending"], reading["lastError"], reading["apps"]), ("acme", False, None, []))
        self.assertEqual(sorted(reading["units"]), ["dovecot.service", "postfix.service"])

        self.password("ada@attic.example", ADA_PASSWORD)
        self.deploy(server, acme, OWNERS[:-1] + " security.acme.defaults.validMinDays = 100; }")
        before = self.pids()
        self.box.run("systemctl", "stop", "test-stay.service", check=False)
        self.box.run("rm", "-f", "/srv/there", "/srv/renewed", "/srv/stayed")
        stay = ["python3", "-c", STAY, "ada@attic.example", ADA_PASSWORD]
        self.box.run("systemd-run", "--quiet", "--collect", "--unit=test-stay", "--property=StandardOutput=file:/srv/stayed", *stay)
        until(lambda: (self.box.root / "srv/there").exists())
        self.assertTrue(self.asked(type="certificate-renew", name="mail.attic.example")["renewed"])
        until(lambda: len(found := self.all_served()) == 1 and (issuer, serial) not in found and "Pebble" in str(found))
        self.assertEqual(self.pids(), before, "a reload is enough")
        self.box.write("/srv/renewed", "")
        until(lambda: (self.box.root / "srv/stayed").read_text() == "OK OK 250\n")

        # What is to be published is right when it is published as it stands; a key takes more than a datagram.
        def records():
            return {one["purpose"]: one for one in self.asked(type="mail-dns")["records"] if one["domain"] == "attic.example"}

        wanted = records()
        self.assertEqual({purpose: one["ok"] for purpose, one in wanted.items()}, dict.fromkeys(("mx", "spf", "dkim", "dmarc"), False))
        self.publish("attic.example", *map(published, wanted.values()))
        until(lambda: {one["ok"] for one in records().values()} == {True}, 20)

        # So are the server's own name, and the name that its address leads back to.
        def own():
            found = [one for one in self.asked(type="mail-dns")["records"] if one["domain"] == "mail.attic.example"]
            return {(one["purpose"], one["name"]): one["ok"] for one in found}

        backwards = ip_address(self.address).reverse_pointer
        self.assertEqual(own(), {("address", "mail.attic.example."): None, ("ptr", f"{backwards}."): False}, "the box has a private address only")
        self.publish("in-addr.arpa", f"{backwards}. PTR mail.attic.example.")
        until(lambda: own()["ptr", f"{backwards}."])
        self.box.run("ip", "address", "add", f"{PUBLIC}/32", "dev", "lo")
        self.addCleanup(self.box.run, "ip", "address", "del", f"{PUBLIC}/32", "dev", "lo")
        backwards = ip_address(PUBLIC).reverse_pointer
        self.assertEqual(own(), {("address", "mail.attic.example."): False, ("ptr", f"{backwards}."): False}, "the name leads elsewhere")
        self.publish("attic.example", f"mail A {PUBLIC}", instead_of="mail A ")
        self.publish("in-addr.arpa", f"{backwards}. PTR mail.attic.example.")
        until(lambda: set(own().values()) == {True}, 20)

        # A client that knows the authority and nothing else goes by the name.
        self.box.write(f"{AUTHORITY_PLACE}/root.pem", self.root)
        asked = ["-CAfile", f"{AUTHORITY_PLACE}/root.pem", "-verify_hostname", "mail.attic.example", "-verify_return_error", "-brief"]
        for port, starttls in ((993, []), (25, ["-starttls", "smtp"])):
            script = 'openssl s_client -connect "127.0.0.1:$1" "${@:2}" </dev/null'
            self.box.run("bash", "-c", script, "bash", str(port), *starttls, *asked)

    def test_mail_comes_back_from_a_backup_to_the_byte(self):
        ada, mail = "ada@attic.example", "/var/lib/croft/mail"
        self.password(ada, ADA_PASSWORD)
        self.asked(type="mail-test", to=ada)
        before = self.awaited(f"To: <{ada}>", lambda: self.read(ada, ADA_PASSWORD)), len(self.read(ada, ADA_PASSWORD))
        digest = self.box.out("sh", "-c", DIGEST)
        kept = [one["item"] for one in self.succeeded("backup-run", target="cellar")["targets"][0]["snapshots"]]
        self.assertEqual(kept[-2:], ["mail", "box"])
        snapshot = next(one["id"] for one in self.asked(type="backup-list", target="cellar")["snapshots"] if one["item"] == "mail")
        (record,) = [one for one in self.asked(type="mail-dns")["records"] if (one["purpose"], one["domain"]) == ("dkim", "attic.example")]
        tried = self.succeeded("restore-test", target="cellar")["mail"]
        self.assertEqual((tried["problem"], tried["keys"], tried["messages"] > 0), (None, 2, True), tried)

        # All is lost. Afterwards keys are made anew, as on a new machine.
        self.addCleanup(self.box.run, "systemctl", "restart", "croft-mail-keys.service", "rspamd.service")
        self.box.run("systemctl", "stop", "dovecot.service")
        self.box.run("sh", "-c", f"rm -rf {mail}/boxes/* {mail}/dkim/*; : > {mail}/passwords")
        self.box.run("systemctl", "start", "dovecot.service")
        self.assertEqual(self.read(ada, ADA_PASSWORD), "no")
        beside = self.succeeded("mail-restore", target="cellar", snapshot=snapshot, mode="side")
        found = {one["address"]: one for one in beside["mailboxes"]}
        self.assertEqual((found[ada]["live"], found[ada]["onlyCopy"] > 0), (0, True), found)
        self.assertEqual({one["same"] for one in beside["keys"]}, {False})
        self.assertEqual(self.read(ada, ADA_PASSWORD), "no", "nothing that is in use was touched")
        self.asked(type="mail-restore-drop", id=beside["id"])

        swapped = self.succeeded("mail-restore", target="cellar", snapshot=snapshot, mode="swap")
        self.assertEqual((self.read(ada, ADA_PASSWORD)[-1], len(self.read(ada, ADA_PASSWORD))), before)
        self.assertEqual(self.box.out("sh", "-c", DIGEST), digest)
        self.assertIn(record, self.asked(type="mail-dns")["records"], "the key whose public half is published")
        self.box.run("systemctl", "start", "croft-job-shop-send.service")
        text = self.awaited("Subject: by smtp", self.kept).split("\n", 2)[2]
        dkim.verify(text.replace("\n", "\r\n"), record["wanted"])

        # And back: mail that comes meanwhile waits in Postfix' queue, and what was in place since is not lost.
        self.asked(type="mail-test", to=ada)
        self.succeeded("mail-restore-undo", id=swapped["undo"])
        self.assertEqual(self.read(ada, ADA_PASSWORD), "no")
        (copy,) = self.asked(type="backups")["mail"]
        self.assertEqual((copy["replaced"], ada in copy["mailboxes"]), (False, True))
        self.succeeded("mail-restore", target="cellar", snapshot=snapshot, mode="swap", mailboxes=[ada])
        self.assertEqual(len(self.read(ada, ADA_PASSWORD)), before[1])
        self.assertNotIn(record, self.asked(type="mail-dns")["records"], "one mailbox brings no keys with it")

    def test_without_a_server_it_listens_to_nobody(self):
        self.deploy(server=None)
        listening = [line.split()[3] for line in self.box.out("ss", "-Hltn").splitlines()]
        mail = [place for place in listening if place.rsplit(":", 1)[1] in ("25", "465", "587", "993", self.port("shop"), "24575")]
        self.assertEqual(sorted(mail), sorted(["127.0.0.1:24575", f"127.0.0.1:{self.port('shop')}"]))
        self.box.run("systemctl", "stop", "test-relay.service")
        told = self.asked(type="mail-test", to="eve@elsewhere.example", app="shop")
        self.assertEqual((told["status"], "refused" in told["response"]), ("deferred", True), told)
        self.assertEqual([one["app"] for one in self.queue() if one["id"] == told["id"]], ["shop"])
        self.start_relay("cert")
        self.asked(type="mail-queue-act", action="retry")
        until(lambda: told["id"] not in [one["id"] for one in self.queue()])
        self.assertEqual(self.asked(type="mail-test", to="eve@elsewhere.example")["status"], "sent")
        self.assertIn(f"MAIL FROM:<{RELAY_USER}>", self.kept()[-1])


if __name__ == "__main__":
    unittest.main()
