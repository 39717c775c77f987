"""A provisioned sandbox host whose state the tests change, as an operator with an editor would."""

import json
import os
import subprocess
import sys
import time
import unittest
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(REPOSITORY / "host-setup/sandbox/tests"))
# For the planted secrets, at the end: other files there have names of ours.
sys.path.append(str(REPOSITORY / "host-setup/helper/tests"))

from box import Box  # noqa: E402

FLAKE = "/var/lib/croft/flake"
AS_SOMEBODY = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "safe.directory=*"]


# Asks the box's croft-hostd, as the relay would.
CONSOLE = '''
import json, socket, sys

def ask(frame):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect("/run/croft/hostd.sock")
        with connection.makefile("rwb") as file:
            file.write(b'{"type":"hello","protocol":1,"client":"test"}\\n' + json.dumps(frame).encode() + b"\\n")
            file.flush()
            return [json.loads(line) for line in file][1:]

frame = json.load(sys.stdin)
frames = ask(frame)
if frames[0]["type"] == "accepted":
    frames = ask({"type": "follow", "operation": frame["operation"]})
json.dump(frames, sys.stdout)
'''


def until(holds, seconds=60):
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"did not come true within {seconds} s")
        time.sleep(0.1)


class ProvisionedBoxTest(unittest.TestCase):
    """CROFT_TEST_DATA=DIR keeps and reuses the box."""

    @classmethod
    def setUpClass(cls):
        kept = os.environ.get("CROFT_TEST_DATA")
        cls.box = Box(kept)
        if not kept:
            cls.addClassCleanup(cls.box.remove)
        key = cls.box.data / "console/channel_ed25519"
        if not key.exists():
            key.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        cls.box.command("start")
        cls.box.write("/srv/console.py", CONSOLE)
        cls.address = json.loads((cls.box.data / "sandbox/host.json").read_text())["address"]

    def commit(self, apps=None, host=None, owners=None, services=None, backups=None, secrets=None):
        """Commits a state with these apps and host settings, and a host.nix of the owner's; what is left out is as it was made."""
        state = json.loads(self.box.out("cat", f"{FLAKE}/state.json"))
        state["apps"] = apps or {}
        kept = {name: state["host"][name] for name in ("name", "stateVersion", "timezone")}
        state["host"] = kept | (host or {})
        state.pop("services", None)
        if services:
            state["services"] = services
        state.pop("backups", None)
        if backups:
            state["backups"] = backups
        state.pop("secrets", None)
        if secrets:
            state["secrets"] = secrets
        text = json.dumps(state, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        (self.box.root / FLAKE.lstrip("/") / "state.json").write_text(text, encoding="utf-8")
        provisioned = (REPOSITORY / "host-setup/sandbox/image/host.nix").read_text()
        both = f"{{ imports = [ ./provisioned.nix ({owners}) ]; }}\n" if owners else provisioned
        self.box.write(f"{FLAKE}/host/provisioned.nix", provisioned)
        self.box.write(f"{FLAKE}/host/default.nix", both)
        self.box.run("git", "-C", FLAKE, "add", "--all")
        self.box.run("git", *AS_SOMEBODY, "-C", FLAKE, "commit", "-q", "--allow-empty", "-m", self.id())

    def rebuild(self, action="switch"):
        return self.box.run("nixos-rebuild", action, "--flake", f"git+file://{FLAKE}#sandbox", check=False)

    def switch(self, **state):
        """Switches to such a state; the words of switch-to-configuration."""
        self.commit(**state)
        done = self.rebuild()
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        return done.stderr

    def ask(self, **frame):
        return json.loads(self.box.run("python3", "/srv/console.py", stdin=json.dumps(frame)).stdout)

    def done(self, **frame):
        *_, last = self.ask(**frame)
        self.assertEqual(last["type"], "done", last)
        return last["result"]

    # -- secrets in git ----------------------------------------------------------------------------------------------

    SHARE = "/usr/share/croft-sandbox"

    def with_sops_nix(self, **state):
        """Takes the sign in front of sops-nix away, as the template's words say, and switches to that."""
        flake = (REPOSITORY / "nix/template/flake.nix").read_text()
        self.assertIn("    # sops-nix = {", flake)
        self.box.write(f"{FLAKE}/flake.nix", flake.replace("    # sops-nix = {", "    sops-nix = {"))
        self.box.run("git", "-C", FLAKE, "add", "--all")
        inputs = {"nixpkgs": f"path:{self.SHARE}/nixpkgs", "croft": f"path:{self.SHARE}/croft?dir=nix", "sops-nix": f"path:{self.SHARE}/nixpkgs/sops-nix"}
        overrides = [word for name, place in inputs.items() for word in ("--override-input", name, place)]
        self.box.run("env", "-C", FLAKE, "nix", "flake", "lock", *overrides)
        self.switch(**(state or {"apps": {}}))

    def encrypt(self, kind, file, values, *recipients):
        self.box.write("/root/sopsfile.py", (REPOSITORY / "nix/tests/box/sopsfile.py").read_text())
        encrypted = self.box.run("python3", "/root/sopsfile.py", kind, *recipients, stdin=json.dumps(values)).stdout
        self.box.write(f"{FLAKE}/{file}", encrypted)
        self.box.run("git", "-C", FLAKE, "add", "--all")
        self.box.run("git", *AS_SOMEBODY, "-C", FLAKE, "commit", "-q", "--allow-empty", "-m", self.id())
