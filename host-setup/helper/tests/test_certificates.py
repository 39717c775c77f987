"""Certificates and ports: what the board shows, uploads, leftovers, and the check before an authority is asked."""

import base64
import json
import os
import subprocess
import tempfile
import time
import unittest
from ipaddress import ip_address

from box import Box
from console import refused, result
from croft_hostd import dns
from croft_hostd.system import rfc3339

AUTHORITY = "https://acme-v02.api.letsencrypt.org/directory"
ACME = {"name": "letsencrypt", "server": AUTHORITY, "challenge": "http-01", "caCertificate": None, "secrets": []}
DIRECTORY = json.dumps({"newOrder": "https://x", "meta": {"caaIdentities": ["letsencrypt.org"]}})
SERVICE, TIMER = "acme-order-renew-shop.example.service", "acme-renew-shop.example.timer"
LISTENING = "  {at}: {address}:{port:04X} 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 {inode} 1 0\n"


def openssl(directory, *argv):
    subprocess.run(["openssl", *argv], cwd=directory, check=True, capture_output=True)


class Made:
    """A root, an intermediate and leaves of ninety days, made once for all tests: the box's clock is the machine's."""

    def __init__(self):
        self.directory = tempfile.TemporaryDirectory()
        place = self.directory.name
        self.at = int(time.time())
        for name, issuer in (("root", None), ("middle", "root"), ("leaf", "middle"), ("wild", "middle")):
            openssl(place, "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
            names = {"leaf": "DNS:shop.example,DNS:www.shop.example", "wild": "DNS:*.shop.example"}.get(name)
            self.sign(name, issuer, f"subjectAltName={names}\n" if names else "basicConstraints=critical,CA:TRUE\n")

    def sign(self, name, issuer, extensions):
        place = self.directory.name
        with open(f"{place}/extensions", "w", encoding="utf-8") as file:
            file.write(extensions)
        by = ["-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key"] if issuer else ["-signkey", f"{name}.key"]
        openssl(place, "x509", "-req", "-in", f"{name}.csr", *by, "-days", "90", "-extfile", "extensions", "-out", f"{name}.pem")

    def text(self, *names):
        return "".join(self.read(f"{name}.pem") for name in names)

    def key(self, name):
        return base64.b64encode(self.read(f"{name}.key").encode()).decode()

    def read(self, file):
        with open(f"{self.directory.name}/{file}", encoding="utf-8") as opened:
            return opened.read()


def setUpModule():
    global MADE
    MADE = Made()
    unittest.addModuleCleanup(MADE.directory.cleanup)


def fact(name="shop.example", kind="acme", **members):
    store = {"uploaded": "/var/lib/croft/certificates", "self-signed": "/var/lib/croft/self-signed"}.get(kind, "/var/lib/acme")
    units = {"service": f"acme-order-renew-{name}.service", "timer": f"acme-renew-{name}.timer"}
    if kind not in ("acme", "internal"):
        units = {"service": f"croft-certificate-{name}.service", "timer": None}
    file = "fullchain.pem" if store == "/var/lib/acme" else "full.pem"
    return {"name": name, "domains": [name.replace("_", "*")], "kind": kind, "apps": ["shop"], "chain": f"{store}/{name}/{file}", "reloads": ["nginx.service"], **units, **members}


class CertificatesCase(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.box = Box()
        self.box.clock = MADE.at + 60.0
        self.addCleanup(self.box.close)

    def facts(self, *certificates, **others):
        self.box.write("/etc/croft/facts.json", json.dumps({"version": 1, "certificates": list(certificates), **others}))

    def ran(self, unit, *lines, status="0", result="success", invocation="f" * 32):
        for line in lines:
            self.box.log(unit, line, _SYSTEMD_INVOCATION_ID=invocation)
        self.box.units[unit] = {"LoadState": "loaded", "ActiveState": "inactive", "SubState": "dead", "Result": result, "ExecMainStatus": status, "InvocationID": invocation}


class BoardTest(CertificatesCase):
    def board(self):
        return result(self.box, type="certificates")

    def one(self):
        (reading,) = self.board()["certificates"]
        return reading

    def test_an_authority_that_has_had_enough(self):
        self.facts(fact(), acme=ACME)
        self.box.write("/var/lib/acme/shop.example/fullchain.pem", MADE.text("leaf", "middle"))
        said = "2026/05/04 11:59:00 acme: error: 429 :: POST :: https://acme/new-order :: urn:ietf:params:acme:error:rateLimited :: too many, retry after x, url: "
        self.ran(SERVICE, said, status="10", invocation="a" * 32)
        # A try that was none came after it.
        self.ran(SERVICE, "The authority's rate limit: it is not asked.", result="exec-condition")
        self.box.elapses[TIMER] = self.box.clock + 60
        place, until = "/var/lib/croft/acme-limits/shop.example", int(self.box.clock) + 7200
        self.box.write(place, f"{until} {AUTHORITY} {'a' * 32}\n")
        reading = self.one()
        self.assertEqual((reading["limitedUntil"], reading["nextAttempt"]), (rfc3339(until), rfc3339(until)))
        self.assertIn("too many", reading["lastError"])
        problem = refused(self.box, type="certificate-renew", name="shop.example")
        self.assertEqual(problem["code"], "CERTIFICATE_NOT_ISSUED")
        self.assertIn(rfc3339(until), problem["why"])
        self.assertFalse([argv for argv in self.box.calls if argv[:2] == ["systemctl", "start"]], "nobody is asked")
        for words in (f"{until} https://another {'a' * 32}", f"{int(self.box.clock)} {AUTHORITY} x", "soon", "x y z", ""):
            with self.subTest(words):
                self.box.write(place, words)
                self.assertIsNone(self.one()["limitedUntil"])

    def test_an_issued_certificate(self):
        self.facts(fact())
        self.box.write("/var/lib/acme/shop.example/fullchain.pem", MADE.text("leaf", "middle"))
        self.box.write("/var/lib/acme/shop.example/acme-success", "")
        self.box.elapses[TIMER] = 1777899600.0
        reading = self.one()
        since = rfc3339(MADE.at)[:16], rfc3339(MADE.at + 90 * 24 * 3600)[:16]
        self.assertEqual((reading.pop("notBefore")[:16], reading.pop("notAfter")[:16]), since)
        self.assertEqual(
            reading,
            {
                "name": "shop.example",
                "domains": ["shop.example"],
                "kind": "acme",
                "issuer": "CN=middle",
                "pending": False,
                "nextAttempt": "2026-05-04T13:00:00.000000Z",
                "limitedUntil": None,
                "lastError": None,
                "units": ["nginx.service"],
                "apps": ["shop"],
            },
        )

    def test_the_error_of_the_last_order_is_the_authority_s(self):
        self.facts(fact())
        self.box.write("/var/lib/acme/shop.example/fullchain.pem", MADE.text("leaf"))
        self.ran(
            SERVICE,
            "Starting acme-order-renew-shop.example.service - Order (and renew) ACME certificate for shop.example...",
            "2026/05/04 11:15:51 [INFO] [shop.example] acme: Obtaining bundled SAN certificate",
            "2026/05/04 11:15:51 Could not obtain certificates:",
            "\terror: one or more domains had a problem:",
            "[shop.example] acme: error: 400 :: urn:ietf:params:acme:error:dns :: no valid A records found for shop.example",
            "Failed to fetch certificates. This may mean your DNS records are set up incorrectly.",
            status="10",
        )
        reading = self.one()
        self.assertTrue(reading["pending"])
        self.assertEqual(
            reading["lastError"],
            "Could not obtain certificates: error: one or more domains had a problem: [shop.example] acme: error: 400 :: "
            "urn:ietf:params:acme:error:dns :: no valid A records found for shop.example",
        )

    def test_an_order_that_did_not_even_begin(self):
        self.facts(fact())
        self.ran(SERVICE, "Failed to set up credentials: No such file or directory", status="243", result="exit-code")
        reading = self.one()
        self.assertEqual((reading["issuer"], reading["lastError"]), (None, "Failed to set up credentials: No such file or directory"))

    def test_nothing_yet_and_under_way(self):
        self.facts(fact())
        self.assertEqual(self.one()["lastError"], "There is no certificate yet.")
        self.box.units[SERVICE] = {"LoadState": "loaded", "ActiveState": "activating"}
        self.assertIsNone(self.one()["lastError"])

    def test_a_file_that_is_no_certificate(self):
        self.facts(fact(kind="uploaded"))
        self.box.write("/var/lib/croft/certificates/shop.example/full.pem", "nonsense")
        reading = self.one()
        self.assertEqual((reading["notAfter"], reading["lastError"]), (None, "There is no certificate yet."))

    def test_a_box_that_says_nothing_of_certificates(self):
        self.assertEqual(self.board(), {"certificates": [], "leftovers": [], "authority": None})

    def test_what_is_left_of_domains_that_are_gone(self):
        self.facts(fact())
        for place in ("acme/shop.example/fullchain.pem", "acme/old.example/fullchain.pem", "croft/certificates/old.example/full.pem"):
            self.box.write(f"/var/lib/{place}", MADE.text("leaf"))
        self.box.write("/var/lib/acme/.lego/old.example/certificates/old.example.key", "")
        self.box.write("/var/lib/acme/acme-challenge/.well-known/x", "")
        top = self.box.running()
        self.box.write(f"{top}/etc/croft/facts.json", json.dumps({"certificates": [fact("old.example")]}))
        known = [(one["name"], one["kind"], one["generations"]) for one in self.board()["leftovers"]]
        self.assertEqual(known, [("old.example", "acme", [1]), ("old.example", "uploaded", [])])

        self.assertEqual(refused(self.box, type="certificate-remove", name="shop.example")["code"], "CERTIFICATE_IN_USE")
        self.assertEqual(refused(self.box, type="certificate-remove", name="never.example")["code"], "NOT_FOUND")
        self.assertEqual(result(self.box, type="certificate-remove", name="old.example"), {"name": "old.example", "kinds": ["acme", "uploaded"]})
        self.assertEqual(self.board()["leftovers"], [])
        self.assertFalse(os.path.exists(self.box.path("/var/lib/acme/.lego/old.example")))
        self.assertTrue(os.path.exists(self.box.path("/var/lib/acme/shop.example")))


class RenewTest(CertificatesCase):
    def test_trying_now(self):
        self.facts(fact())
        self.box.write("/var/lib/acme/shop.example/fullchain.pem", MADE.text("leaf"))
        self.assertFalse(result(self.box, type="certificate-renew", name="shop.example")["renewed"])
        self.assertIn(["systemctl", "start", "--no-ask-password", "--", SERVICE], self.box.calls)

    def test_an_order_that_fails_is_told_with_its_reason(self):
        self.facts(fact())
        start = self.box._systemctl

        def fails(argv):
            if argv[1] != "start":
                return start(argv)
            self.ran(SERVICE, "2026/05/04 11:15:51 Could not obtain certificates:", "\ttoo many failed authorizations (5) for shop.example", status="10")
            return 0, "", ""

        self.box._systemctl = fails
        problem = refused(self.box, type="certificate-renew", name="shop.example")
        self.assertEqual(problem["code"], "CERTIFICATE_NOT_ISSUED")
        self.assertEqual(problem["why"], "Could not obtain certificates: too many failed authorizations (5) for shop.example.")

    def test_uploaded_and_unknown_ones(self):
        self.facts(fact(kind="uploaded"))
        self.assertEqual(refused(self.box, type="certificate-renew", name="shop.example")["code"], "CERTIFICATE_REFUSED")
        self.assertEqual(refused(self.box, type="certificate-renew", name="other.example")["code"], "NOT_FOUND")
        for name in ("../shop", "*.shop.example", "-x.example", "a..b", "SHOP.example", "x" * 254):
            self.assertEqual(refused(self.box, type="certificate-renew", name=name)["code"], "BAD_REQUEST", name)


class PutTest(CertificatesCase):
    PLACE = "/var/lib/croft/certificates/shop.example"

    def put(self, chain, key, name="shop.example"):
        return result(self.box, type="certificate-put", name=name, chain=chain, key=key)

    def why(self, chain, key, name="shop.example"):
        problem = refused(self.box, type="certificate-put", name=name, chain=chain, key=key)
        self.assertEqual(problem["code"], "CERTIFICATE_REFUSED", problem)
        self.assertFalse(os.path.exists(self.box.path("/var/lib/croft/certificates")), "nothing is kept of it")
        return problem["why"]

    def kept(self):
        with open(self.box.path(f"{self.PLACE}/full.pem"), encoding="utf-8") as file:
            return file.read()

    def test_a_good_one_is_kept_in_order_and_nginx_is_told(self):
        self.facts(fact(kind="uploaded"))
        self.box.write(f"{self.PLACE}/placeholder", "")
        # As people have them: out of order, with the root, with words between.
        told = self.put("Bag Attributes\n" + MADE.text("root", "middle", "leaf").replace("\n", "\r\n"), MADE.key("leaf"))
        self.assertEqual((told["domains"], told["issuer"], told["trusted"], told["reloaded"]), (["shop.example", "www.shop.example"], "CN=middle", False, ["nginx.service"]))
        self.assertEqual(self.kept(), MADE.read("leaf.key") + MADE.text("leaf", "middle"))
        self.assertEqual(os.stat(self.box.path(f"{self.PLACE}/full.pem")).st_mode & 0o777, 0o640)
        self.assertEqual(os.listdir(self.box.path(self.PLACE)), ["full.pem"])
        self.assertNotIn("PRIVATE", json.dumps([argv for argv in self.box.calls]))

    def test_before_an_app_has_the_domain(self):
        self.assertEqual(self.put(MADE.text("leaf"), MADE.key("leaf"))["reloaded"], [])
        self.assertNotIn("reload", [argv[1] for argv in self.box.calls if argv[0] == "systemctl"])

    def test_a_wildcard(self):
        self.assertEqual(self.put(MADE.text("wild"), MADE.key("wild"), "_.shop.example")["domains"], ["*.shop.example"])
        self.assertEqual(self.put(MADE.text("wild"), MADE.key("wild"), "a.shop.example")["domains"], ["*.shop.example"])

    def test_what_does_not_fit_is_refused_with_the_reason(self):
        leaf, key = MADE.text("leaf"), MADE.key("leaf")
        self.assertIn("belongs to none", self.why(leaf, MADE.key("root")))
        self.assertIn("and not for other.example", self.why(leaf, key, "other.example"))
        self.assertIn("and not for a.b.shop.example", self.why(MADE.text("wild"), MADE.key("wild"), "a.b.shop.example"))
        self.assertIn("and not for *.shop.example", self.why(leaf, key, "_.shop.example"))
        self.assertIn("no certificate in PEM", self.why("hello", key))
        self.assertIn("cannot be read", self.why(leaf.replace("M", "N", 3), key))
        self.assertIn("a field of its own", self.why(leaf + MADE.read("leaf.key"), key))
        self.assertIn("more than 10", self.why(leaf * 11, key))
        self.assertIn("key cannot be read", self.why(leaf, base64.b64encode(b"\x00\xff nonsense").decode()))
        openssl(MADE.directory.name, "pkey", "-in", "leaf.key", "-aes256", "-passout", "pass:x", "-out", "locked.key")
        self.assertIn("without a passphrase", self.why(leaf, MADE.key("locked")))

    def test_one_that_is_not_valid_now(self):
        self.box.clock = MADE.at + 91 * 24 * 3600.0
        self.assertIn("It ended on ", self.why(MADE.text("leaf"), MADE.key("leaf")))
        self.box.clock = MADE.at - 3600.0
        self.assertIn("It is not valid before ", self.why(MADE.text("leaf"), MADE.key("leaf")))

    def test_a_weak_key(self):
        place = MADE.directory.name
        openssl(place, "req", "-x509", "-newkey", "rsa:1024", "-nodes", "-subj", "/CN=weak", "-addext", "subjectAltName=DNS:shop.example", "-keyout", "weak.key", "-out", "weak.pem")
        self.assertIn("1024 bits", self.why(MADE.text("weak"), MADE.key("weak")))

    def test_when_nginx_does_not_take_it_the_old_one_stays(self):
        self.facts(fact(kind="uploaded"))
        self.put(MADE.text("leaf"), MADE.key("leaf"))
        before = self.kept()
        self.box.reloads = (1, "", "nginx: [emerg] cannot load certificate")
        problem = refused(self.box, type="certificate-put", name="shop.example", chain=MADE.text("leaf", "middle", "root"), key=MADE.key("leaf"))
        self.assertEqual(problem["code"], "CERTIFICATE_REFUSED")
        self.assertEqual(self.kept(), before)

    def test_members_have_bounds(self):
        for members in ({"key": "no base64!"}, {"key": "A" * 90_000}, {"chain": "x" * 300_000}, {"name": "a/b"}, {"name": ""}):
            request = {"type": "certificate-put", "name": "shop.example", "chain": "x", "key": "AAAA", **members}
            self.assertEqual(refused(self.box, **request)["code"], "BAD_REQUEST", members)


class CheckTest(CertificatesCase):
    def setUp(self):
        super().setUp()
        self.facts(acme=ACME, firewall={"enabled": True, "tcp": [[22, 22], [80, 80]], "udp": []})
        self.box.write("/etc/resolv.conf", "# by hand\nnameserver 192.0.2.53\noptions edns0\n")
        self.address("203.0.113.9")
        self.zone("shop.example", dns.A, ip_address("8.8.8.8").packed)
        self.address("8.8.8.8")
        self.box.web[AUTHORITY] = (0, DIRECTORY, "")
        self.listen(80)

    def address(self, *own):
        lines = "".join(f"           |-- {address}\n              /32 host LOCAL\n" for address in ("127.0.0.1", *own))
        self.box.write("/proc/net/fib_trie", "Main:\n  +-- 0.0.0.0/0 3 0 5\n" + lines)
        self.box.write("/proc/net/if_inet6", "00000000000000000000000000000001 01 80 10 80       lo\nfe80000000000000b04526fffe028ffb 02 40 20 80     eth0\n")

    def zone(self, name, kind, *records):
        self.box.zones[name, kind] = list(records)

    def listen(self, *ports, address="00000000"):
        rows = "".join(LISTENING.format(at=at, address=address, port=port, inode=900 + at) for at, port in enumerate(ports))
        self.box.write("/proc/net/tcp", "  sl  local_address\n" + rows)

    def checks(self, domain="shop.example"):
        return {check["id"]: check for check in result(self.box, type="certificate-check", domain=domain)["checks"]}

    def caa(self, name, tag, value, flags=0):
        self.zone(name, dns.CAA, bytes([flags, len(tag)]) + tag.encode() + value.encode())

    def test_all_is_well(self):
        told = {name: check["ok"] for name, check in self.checks().items()}
        self.assertEqual(told, {"dns": True, "port-80": True, "port-443": False, "caa": True, "acme-server": True, "rate-limit": True, "staging": None})
        self.box.write("/var/lib/acme/shop.example/acme-success", "")
        self.assertNotIn("staging", self.checks())

    def test_addresses(self):
        self.zone("shop.example", dns.A, ip_address("9.9.9.9").packed)
        check = self.checks()["dns"]
        self.assertEqual((check["ok"], check["found"]), (False, "9.9.9.9"))
        self.address("10.0.0.5")
        self.assertIsNone(self.checks()["dns"]["ok"], "a box behind a router cannot know")
        self.zone("shop.example", dns.A, ip_address("10.0.0.5").packed)
        self.assertTrue(self.checks()["dns"]["ok"])
        self.assertIn("no such name", self.checks("nobody.example")["dns"]["why"])
        # An authority asks an address of IPv6 first.
        self.address("8.8.8.8")
        self.box.write("/proc/net/if_inet6", "2a010000000000000000000000000001 02 40 00 80     eth0\n")
        self.zone("shop.example", dns.A, ip_address("8.8.8.8").packed)
        self.zone("shop.example", dns.AAAA, ip_address("2a02::1").packed)
        self.assertFalse(self.checks()["dns"]["ok"])

    def test_name_servers_that_do_not_answer(self):
        self.box.zones.clear()
        told = self.checks()
        self.assertEqual((told["dns"]["ok"], told["caa"]["ok"]), (None, None))
        self.box.write("/etc/resolv.conf", "")
        self.assertIn("no name server", self.checks()["dns"]["why"])

    def test_a_long_answer_comes_by_stream(self):
        self.zone("shop.example", dns.A, *[ip_address(f"9.9.9.{last}").packed for last in range(1, 120)])
        self.assertEqual(self.checks()["dns"]["found"].count(","), 118)

    def test_garbage_of_a_name_server(self):
        for answer in (b"", b"\0" * 11, b"\0" * 12, b"\xff" * 40):
            self.box.ask_name_server = lambda *_, answer=answer: answer
            self.assertIsNone(self.checks()["dns"]["ok"], answer)

    def test_caa(self):
        self.caa("example", "issue", "other.authority; x=y")
        check = self.checks()["caa"]
        self.assertEqual((check["ok"], check["found"]), (False, 'issue "other.authority; x=y"'))
        # The nearest set decides.
        self.caa("shop.example", "issue", " LetsEncrypt.org ")
        self.assertTrue(self.checks()["caa"]["ok"])
        self.caa("shop.example", "issue", ";")
        self.assertFalse(self.checks()["caa"]["ok"])
        self.caa("shop.example", "iodef", "mailto:a@b.example")
        self.assertTrue(self.checks()["caa"]["ok"])
        self.caa("shop.example", "strange", "x", flags=128)
        self.assertFalse(self.checks()["caa"]["ok"])

    def test_caa_of_wildcards(self):
        self.caa("shop.example", "issuewild", ";")
        self.assertTrue(self.checks()["caa"]["ok"])
        self.assertFalse(self.checks("*.shop.example")["caa"]["ok"])

    def test_ports(self):
        self.listen(80, 443, address="0100007F")
        told = self.checks()
        self.assertEqual((told["port-80"]["ok"], told["port-80"]["found"]), (False, "nothing listens, open in the firewall"))
        self.listen(443)
        self.assertEqual(self.checks()["port-443"]["found"], "something listens, closed in the firewall")

    def test_the_authority(self):
        self.box.web[AUTHORITY] = (6, "", "curl: (6) Could not resolve host: acme-v02.api.letsencrypt.org")
        check = self.checks()["acme-server"]
        self.assertEqual((check["ok"], check["found"]), (False, "curl: (6) Could not resolve host: acme-v02.api.letsencrypt.org"))
        for page in ("<html>", "[]", "{}", '{"newOrder": 1, "meta": 7}'):
            self.box.web[AUTHORITY] = (0, page, "")
            self.assertFalse(self.checks()["acme-server"]["ok"], page)

    def test_too_many_of_the_same(self):
        for _ in range(5):
            self.box.log(SERVICE, "2026/05/04 11:17:38 [INFO] [shop.example] Server responded with a certificate.")
        check = self.checks()["rate-limit"]
        self.assertEqual((check["ok"], check["found"]), (False, "5"))

    def test_an_authority_that_wants_to_be_left_alone(self):
        until = int(self.box.clock) + 7200
        self.ran(SERVICE, "acme: error: 429 :: urn:ietf:params:acme:error:rateLimited :: too many new orders, url: ", status="10", invocation="a" * 32)
        self.box.write("/var/lib/croft/acme-limits/shop.example", f"{until} {AUTHORITY} {'a' * 32}\n")
        check = self.checks()["rate-limit"]
        self.assertEqual((check["ok"], check["found"]), (False, f"none before {rfc3339(until)}"))
        self.assertIn("too many new orders", check["why"])
        self.assertTrue(self.checks("www.shop.example")["rate-limit"]["ok"])
        # Of any authority that says so, and of no other.
        own = "https://ca.example/directory"
        self.box.web[own] = self.box.web[AUTHORITY]
        self.facts(acme={**ACME, "name": "custom", "server": own})
        self.assertNotIn("rate-limit", self.checks())
        self.box.write("/var/lib/croft/acme-limits/shop.example", f"{until} {own} {'a' * 32}\n")
        self.assertFalse(self.checks()["rate-limit"]["ok"])

    def test_a_box_without_an_authority_is_checked_for_let_s_encrypt(self):
        self.facts(firewall={"enabled": True, "tcp": [], "udp": []})
        told = self.checks()
        self.assertEqual((told["acme-server"]["found"], told["staging"]["found"]), (AUTHORITY, "no authority is set"))

    def test_domains_have_a_form(self):
        for domain in ("", "a b", "a..b", "*", "*.*.a", "a.*.b", "-a.b", "a/b", "é.example", "x" * 64 + ".b", ".".join(["abc"] * 64)):
            self.assertEqual(refused(self.box, type="certificate-check", domain=domain)["code"], "BAD_REQUEST", domain)


class PortsTest(CertificatesCase):
    def test_what_is_declared_and_what_listens(self):
        declared = [{"protocol": "tcp", "from": 80, "to": 80, "by": "web-server"}]
        self.facts(firewall={"enabled": True, "tcp": [[80, 80]], "udp": []}, ports=declared)
        rows = [("00000000", 80, 901), ("00000000", 8081, 902), ("0100007F", 5432, 903)]
        self.box.write("/proc/net/tcp", "  sl\n" + "".join(LISTENING.format(at=at, address=address, port=port, inode=inode) for at, (address, port, inode) in enumerate(rows)))
        self.box.write("/proc/4711/comm", "python3\n")
        self.box.write("/proc/4711/cgroup", "0::/user.slice/session-1.scope\n")
        os.makedirs(self.box.path("/proc/4711/fd"))
        os.symlink("socket:[902]", self.box.path("/proc/4711/fd/3"))
        told = result(self.box, type="ports")
        self.assertEqual((told["firewall"], told["declared"]), (True, declared))
        web = {"protocol": "tcp", "port": 80, "address": "0.0.0.0", "unit": None, "process": None, "declared": True, "open": True, "by": ["web-server"]}
        stray = {"protocol": "tcp", "port": 8081, "address": "0.0.0.0", "unit": "session-1.scope", "process": "python3", "declared": False, "open": False, "by": []}
        self.assertEqual(told["listening"], [web, stray])

    def hears(self, **inodes):
        """Sockets for everybody, port by port, and the units that have them; none: nobody can see who."""
        rows = [(int(name.removeprefix("port")), 901 + at, unit) for at, (name, unit) in enumerate(inodes.items())]
        self.box.write("/proc/net/tcp", "  sl\n" + "".join(LISTENING.format(at=at, address="00000000", port=port, inode=inode) for at, (port, inode, _) in enumerate(rows)))
        for _, inode, unit in rows:
            self.box.write(f"/proc/{inode}/comm", "server\n")
            self.box.write(f"/proc/{inode}/cgroup", f"0::/system.slice/{unit}\n")
            os.makedirs(self.box.path(f"/proc/{inode}/fd"))
            os.symlink(f"socket:[{inode}]", self.box.path(f"/proc/{inode}/fd/3"))
        return {one["port"]: one for one in result(self.box, type="ports")["listening"]}

    def test_who_declared_it(self):
        """SSH at the ports that it has, mail at all of its own, and what the box's own configuration runs without opening it."""
        mail = [{"protocol": "tcp", "from": port, "to": port, "by": "mail-server"} for port in (25, 465, 587, 993)]
        own = [{"protocol": "tcp", "from": 8000, "to": 8010, "by": "settings"}, {"protocol": "tcp", "from": 8005, "to": 8005, "by": "app:shop"}]
        sshd = [{"protocol": "tcp", "from": 2222, "to": 2222, "by": "sshd"}]
        opened = [[25, 25], [465, 465], [587, 587], [993, 993], [2222, 2222], [8000, 8010]]
        self.facts(firewall={"enabled": True, "tcp": opened, "udp": []}, ports=[*mail, *sshd, *own], ssh={"enabled": True, "ports": [2222, 2200], "passwordAuthentication": False})
        self.box.units["printer.service"] = {"LoadState": "loaded", "FragmentPath": "/nix/store/x/printer.service"}
        heard = self.hears(port25="postfix.service", port993="dovecot.service", port2222="sshd.service", port2200="sshd.service", port8005="croft-app-shop.service", port22="session-1.scope", port631="printer.service")
        self.assertEqual(
            {port: (one["by"], one["declared"], one["open"]) for port, one in heard.items()},
            {
                22: ([], False, False),
                25: (["mail-server"], True, True),
                631: (["configuration"], True, False),
                993: (["mail-server"], True, True),
                2200: (["sshd"], True, False),
                2222: (["sshd"], True, True),
                8005: (["app:shop", "settings"], True, True),
            },
        )

    def test_without_a_firewall_everything_is_open(self):
        self.facts(firewall={"enabled": False, "tcp": [], "udp": []})
        self.box.write("/proc/net/tcp", "  sl\n" + LISTENING.format(at=0, address="00000000", port=8081, inode=902))
        told = result(self.box, type="ports")
        (one,) = told["listening"]
        self.assertEqual((told["firewall"], one["declared"], one["open"]), (False, False, True))


if __name__ == "__main__":
    unittest.main()
