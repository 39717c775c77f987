"""The keys of a server that nobody has trusted yet."""

import subprocess
import tempfile
import unittest

from console import refused, result
from operating import OperationCase


class HostKeysTest(OperationCase):
    def setUp(self):
        super().setUp()
        self.said = (0, "", "")
        run = self.box.start

        def start(argv, *rest, **more):
            if argv[0] == "ssh-keyscan":
                self.box.calls.append(argv)
                code, out, err = self.said
                return Done(argv, code, out, err)
            return run(argv, *rest, **more)

        self.box.start = start

    def test_the_fingerprint_is_that_which_ssh_keygen_shows(self):
        with tempfile.TemporaryDirectory() as place:
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{place}/key"], check=True)
            with open(f"{place}/key.pub", encoding="utf-8") as file:
                kind, data = file.read().split()[:2]
            shown = subprocess.run(["ssh-keygen", "-lf", f"{place}/key.pub"], check=True, capture_output=True, text=True).stdout.split()[1]
        self.said = (0, f"# depot.example:2222 SSH-2.0-OpenSSH\n[depot.example]:2222 {kind} {data}\n[depot.example]:2222 ssh-rsa n*nsense\n", "")
        found = result(self.box, type="ssh-keys", host="depot.example", port=2222)
        self.assertEqual(found, {"keys": [{"type": kind, "key": f"{kind} {data}", "fingerprint": shown}]})
        self.assertIn(["ssh-keyscan", "-T", "10", "-p", "2222", "--", "depot.example"], self.box.calls)

    def test_a_server_that_does_not_answer_is_told(self):
        self.said = (1, "", "getaddrinfo depot.example: Name or service not known\n")
        problem = refused(self.box, type="ssh-keys", host="depot.example")
        self.assertEqual(problem["code"], "BACKUP_UNREACHABLE")
        self.assertIn("Name or service not known", problem["why"])

    def test_what_is_no_name_is_not_asked(self):
        for host in ("-oProxyCommand=id", "a b", "", "x" * 300):
            with self.subTest(host):
                self.assertEqual(refused(self.box, type="ssh-keys", host=host)["code"], "BAD_REQUEST")


class Done:
    def __init__(self, argv, code, out, err):
        self._ended = (argv, code, out, err)

    def finish(self):
        from croft_hostd.system import Finished

        return Finished(*self._ended)


if __name__ == "__main__":
    unittest.main()
