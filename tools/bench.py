#!/usr/bin/env python3
"""What Croft costs on top of the bare tools, as ratios measured in one run on one sandbox host.

usage: ./croft bench [--runs N] [--data DIR] [--check]

deploy    from the API request to SUCCEEDED, against `nixos-rebuild switch` of an equivalent commit in a clone of the box's flake
rollback  from the API request to SUCCEEDED, against `nixos-rebuild switch --rollback`
revert    from "revert", said while a change waits for its confirmation, to the first answer of the version before
follow    lines a second of a unit's journal that arrive while they are followed, by the API, against `ssh … journalctl -f -o json`
missed    from the moment when a change had to be confirmed at the latest to the first answer of the version before

Limits: 1.10 times the bare tools for deploy, 1.15 for rollback; 15 seconds for revert and for missed; 0.9 times the lines of ssh for follow. With --check the exit code
is 1 when the median of one is over its limit.

Each run does one of each, in turns, so that a noisy machine hits both sides. The app changes by one line each time, so that
there is always something to fetch, build and restart. The clock of the bare tools runs inside the box, around the command
alone; Croft's runs here, around everything: HTTP, database, SSH, resolving the ref, the health check and the boot entry.
"""

import argparse
import base64
import datetime
import functools
import hashlib
import http.server
import json
import os
import re
import secrets
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
APP = "bench"
PORT = 9500
# Ratios to the bare tools.
RATIOS = {"deploy": 1.10, "rollback": 1.15}
# Seconds.
SECONDS = {"revert": 15.0, "missed": 15.0}
# Lines a second, as a ratio to what ssh and journalctl give: at least.
FOLLOW = 0.9
LINES = 200_000
# The least that a change may be given to be confirmed in, in seconds.
CONFIRM_WITHIN = 15
# Seconds after which an answer does not come any more.
PATIENCE = 120

PROGRAM = """import os
from http.server import BaseHTTPRequestHandler, HTTPServer

VERSION = "%s"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(VERSION.encode())


HTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
"""

# Runs inside the box: how many seconds a command takes.
STOPWATCH = """import subprocess, sys, time
began = time.monotonic()
done = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, capture_output=True, text=True)
took = time.monotonic() - began
sys.stderr.write(done.stdout + done.stderr)
print(took)
sys.exit(done.returncode)
"""


# Runs inside the box: writes numbered lines to its standard output, which is the journal.
WRITER = """import sys
for number in range(1, int(sys.argv[1]) + 1):
    print("a line of a log as long as they often are, with a number at its end to be found by:", number)
"""


# Runs inside the box: writes the time of day, so many times a second for so many seconds.
CLOCK = """import sys, time
rate, seconds = int(sys.argv[1]), int(sys.argv[2])
began = time.monotonic()
for number in range(rate * seconds):
    ahead = number / rate - (time.monotonic() - began)
    if ahead > 0:
        time.sleep(ahead)
    print(f"written at {time.time():.6f}", flush=True)
"""
# Lines a second, and for how many seconds.
RATES = {1: 20, 1_000: 5, 10_000: 5}


def say(words):
    print(f"bench: {words}", file=sys.stderr, flush=True)


def run(*argv, **options):
    done = subprocess.run(
        [str(word) for word in argv], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **options
    )
    if done.returncode != 0:
        sys.exit(f"bench: {' '.join(map(str, argv))} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


class Croft:
    """A console of its own with its box, claimed by way of the API."""

    def __init__(self, data):
        self.data = data
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        say("starting a console and a box")
        out = run(HOME / "croft", "up", "--detach", "--data", data, "--port", port)
        ready = re.search(r"^Croft is ready: (http://[^/]+)/(?:setup#(\S+))?$", out, re.M)
        self.base, claim = ready[1], ready[2]
        self.token = None
        account = {"claim": claim, "username": "bench", "password": secrets.token_urlsafe(24)}
        self.token = self.call("POST", "/api/v1/setup", account)["token"]
        self.host = self.call("GET", "/api/v1/hosts")[0]["name"]

    def call(self, method, path, body=None):
        request = urllib.request.Request(
            self.base + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Accept": "application/json"},
        )
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as e:
            sys.exit(f"bench: {method} {path} was refused: {e.read().decode(errors='replace')}")

    def timed(self, path, body):
        """Seconds from the request until the operation shows its end."""
        began = time.monotonic()
        operation = self.call("POST", f"/api/v1/hosts/{self.host}/{path}", body)
        operation = self.leaves(operation, "QUEUED", "RUNNING", "AWAITING_CONFIRM", "LOST")
        took = time.monotonic() - began
        expect(operation, "SUCCEEDED")
        return took

    def leaves(self, operation, *states):
        """Waits until an operation is in another state than these."""
        while operation["state"] in states:
            time.sleep(0.01)
            operation = self.call("GET", f"/api/v1/operations/{operation['id']}")
        return operation

    def awaiting_confirmation(self):
        """Applies the drafts as a change that has to be confirmed, up to the moment when it waits for that."""
        request = {"confirm": "manual", "confirmWithinSeconds": CONFIRM_WITHIN}
        operation = self.call("POST", f"/api/v1/hosts/{self.host}/apply", request)
        return expect(self.leaves(operation, "QUEUED", "RUNNING", "LOST"), "AWAITING_CONFIRM")

    def timed_revert(self, served, version):
        """Seconds from "revert" until a version is served again."""
        operation = self.awaiting_confirmation()
        began = time.monotonic()
        self.call("POST", f"/api/v1/operations/{operation['id']}/cancel", {})
        took = await_version(served, version) - began
        expect(self.leaves(operation, "AWAITING_CONFIRM", "RUNNING", "LOST"), "ROLLED_BACK")
        return took

    def timed_missed(self, served, version):
        """Seconds from the end of the time for a confirmation until a version is served again."""
        operation = self.awaiting_confirmation()
        until = datetime.datetime.fromisoformat(operation["confirm"]["until"])
        late = time.monotonic() + (until - datetime.datetime.now(datetime.timezone.utc)).total_seconds()
        took = await_version(served, version) - late
        expect(self.leaves(operation, "AWAITING_CONFIRM", "RUNNING", "LOST"), "ROLLED_BACK")
        return took

    def in_box(self, *argv):
        return run(HOME / "croft", "sandbox", "exec", "--data", self.data, "--", *argv)

    def timed_in_box(self, *argv):
        return float(self.in_box("python3", "-c", STOPWATCH, *argv))

    def root(self, path):
        return self.data / "sandbox" / "root" / path.lstrip("/")


def expect(operation, state):
    if operation["state"] != state:
        sys.exit(f"bench: the operation is not {state}: {json.dumps(operation, indent=2)}")
    return operation


def get(url):
    """What an app answers."""
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=10) as answer:
        return answer.read().decode()


def await_version(url, version):
    """When an app answers with a version for the first time from now on, on the monotonic clock."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            if get(url) == version:
                return time.monotonic()
        except OSError:
            pass  # Between the two versions nobody answers.
        time.sleep(0.01)
    sys.exit(f"bench: {version} was not served again within {PATIENCE} s")


class Repository:
    """The app's source, served as plain files."""

    def __init__(self, directory, address):
        shutil.rmtree(directory, ignore_errors=True)
        self.work = directory / "app"
        self.work.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")
        handler = functools.partial(QuietHandler, directory=str(directory))
        server = http.server.ThreadingHTTPServer((address, 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.url = f"http://{address}:{server.server_port}/app/.git"

    def git(self, *arguments):
        return run("git", "-C", self.work, "-c", "user.name=Bench", "-c", "user.email=bench@example.org", *arguments)

    def commit(self, version):
        """Commits a version; its revision and the hash of its files as Nix counts it."""
        (self.work / "main.py").write_text(PROGRAM % version)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", version)
        self.git("update-server-info")
        return self.git("rev-parse", "HEAD").strip(), nar_hash({"main.py": (self.work / "main.py").read_bytes()})


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def nar_hash(files):
    """The SHA-256 of a directory of plain files in Nix's archive format. Asking Nix would put the source into its store
    before the clock runs."""

    def words(*texts):
        for text in texts:
            text = text.encode() if isinstance(text, str) else text
            yield struct.pack("<Q", len(text)) + text + b"\0" * (-len(text) % 8)

    digest = hashlib.sha256()
    for piece in words("nix-archive-1", "(", "type", "directory"):
        digest.update(piece)
    for name in sorted(files):
        for piece in words("entry", "(", "name", name, "node", "(", "type", "regular", "contents", files[name], ")", ")"):
            digest.update(piece)
    for piece in words(")"):
        digest.update(piece)
    return "sha256-" + base64.b64encode(digest.digest()).decode()


class BareTools:
    """A clone of the box's flake that a person changes by hand."""

    FLAKE = "/root/bench-flake"

    def __init__(self, croft):
        self.croft = croft
        croft.in_box("rm", "-rf", self.FLAKE)
        croft.in_box("git", "clone", "--quiet", "/var/lib/croft/flake", self.FLAKE)
        self.state = croft.root(self.FLAKE) / "state.json"
        self.attribute = json.loads(self.state.read_text())["host"]["name"]

    def timed_switch(self, revision, nar):
        state = json.loads(self.state.read_text())
        state["apps"][APP]["source"].update(rev=revision, narHash=nar)
        self.state.write_text(json.dumps(state, indent=2, sort_keys=True) + "\n")
        person = ("-c", "user.name=Bench", "-c", "user.email=bench@example.org")
        self.croft.in_box("git", "-C", self.FLAKE, *person, "commit", "--quiet", "--all", "--message", revision)
        return self.croft.timed_in_box("nixos-rebuild", "switch", "--flake", f"{self.FLAKE}#{self.attribute}")

    def timed_rollback(self):
        return self.croft.timed_in_box("nixos-rebuild", "switch", "--rollback")

    def give_back(self):
        """Returns the box to the system of its own flake. What a person switched to by hand, from a commit that the box does
        not know, is no ground for an unattended change: the next one would wait for a confirmation."""
        self.croft.in_box("nixos-rebuild", "switch", "--flake", f"/var/lib/croft/flake#{self.attribute}")


def spec(url):
    return {
        "source": {"type": "git", "url": url, "ref": "main"},
        "build": {"builder": "python"},
        "isolation": "service",
        "run": {"port": PORT, "env": {}},
        "domains": [],
        "health": {"path": "/", "timeoutSeconds": 30},
    }


WRITTEN = re.compile(rb'"written at ([0-9.]+)"')


class Followed:
    """A unit's journal, and how fast it arrives: by the API, and by ssh as root, who may read it."""

    UNIT = f"croft-app-{APP}"
    LIMITS = ("--property=LogRateLimitIntervalSec=1s", "--property=LogRateLimitBurst=100000000")

    def __init__(self, croft):
        self.croft = croft
        box = json.loads((croft.data / "sandbox" / "host.json").read_text())
        self.key = croft.data / "bench-key"
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key)
        keys = croft.root("/root/.ssh/authorized_keys")
        keys.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with keys.open("a") as file:
            file.write(self.key.with_suffix(".pub").read_text())
        keys.chmod(0o600)
        self.ssh = ["ssh", "-i", self.key, "-p", box["port"], "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
        self.ssh += ["-o", "LogLevel=ERROR", "-o", "BatchMode=yes", f"root@{box['address']}"]
        self.cursor = json.loads(croft.in_box("journalctl", "--lines=1", "--output=json"))["__CURSOR"]
        croft.in_box("systemd-run", "--quiet", "--wait", "--collect", f"--unit={self.UNIT}-lines", *self.LIMITS, "python3", "-c", WRITER, str(LINES))
        croft.in_box("journalctl", "--sync")

    def by_ssh(self):
        """Lines a second from asking until the last one is here."""
        words = f"journalctl -f -o json --no-tail --unit={self.UNIT}-lines --after-cursor='{self.cursor}'"
        began = time.monotonic()
        with subprocess.Popen([str(word) for word in (*self.ssh, words)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as child:
            took = self.last_of(child.stdout) - began
            child.kill()
        return LINES / took

    def by_api(self):
        query = urllib.parse.urlencode({"follow": "true", "unit": f"{self.UNIT}-lines.service", "after": self.cursor})
        request = urllib.request.Request(f"{self.croft.base}/api/v1/hosts/{self.croft.host}/logs?{query}")
        request.add_header("Authorization", f"Bearer {self.croft.token}")
        began = time.monotonic()
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=PATIENCE) as answer:
            return LINES / (self.last_of(answer) - began)

    def delays(self, rate, seconds):
        """Seconds from each `write()` in the box until a reader of the API has the line."""
        unit = f"{self.UNIT}-clock-{rate}"
        query = urllib.parse.urlencode({"follow": "true", "unit": f"{unit}.service", "lines": 1})
        request = urllib.request.Request(f"{self.croft.base}/api/v1/hosts/{self.croft.host}/logs?{query}")
        request.add_header("Authorization", f"Bearer {self.croft.token}")
        found, rest = [], b""
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=PATIENCE) as answer:
            writer = threading.Thread(
                target=self.croft.in_box,
                args=("systemd-run", "--quiet", "--wait", "--collect", f"--unit={unit}", *self.LIMITS, "python3", "-c", CLOCK, str(rate), str(seconds)),
            )
            writer.start()
            while len(found) < rate * seconds:
                rest += answer.read1(1 << 20)
                here = time.time()
                *whole, rest = rest.split(b"\n")
                found += [here - float(line[1]) for line in map(WRITTEN.search, whole) if line]
            writer.join()
        return sorted(found)

    @staticmethod
    def last_of(stream):
        """When the last line came. Read in large pieces: this side must not be what is measured."""
        sought = f"found by: {LINES}\"".encode()
        rest = b""
        while piece := stream.read1(1 << 20):
            if sought in rest + piece:
                return time.monotonic()
            rest = piece[-len(sought) :]
        sys.exit("bench: the log ended before its last line")


def describe_rate(rates):
    return f"{statistics.median(rates):6.0f} /s ({min(rates):.0f}-{max(rates):.0f})"


def describe(seconds):
    return f"{statistics.median(seconds):6.2f} s ({min(seconds):.2f}-{max(seconds):.2f})"


def main():
    parser = argparse.ArgumentParser(
        prog="./croft bench", description=__doc__.split("\n\n", 2)[2], formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=7, help="how often each is measured (at least 5)")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a limit is broken")
    parser.add_argument("--only", choices=("follow",), help="measure this alone")
    parser.add_argument("--data", type=Path, default=HOME / "target" / "bench")
    options = parser.parse_args()
    if options.runs < 5:
        parser.error("medians of fewer than 5 runs say little")
    data = options.data.resolve()
    if data.exists():
        run(HOME / "croft", "down", "--data", data)
        run(HOME / "croft", "sandbox", "destroy", "--data", data)
        shutil.rmtree(data)
    try:
        croft = Croft(data)
        broken = not options.only and measure(croft, options.runs)
        broken |= measure_logs(croft, options.runs)
    finally:
        run(HOME / "croft", "down", "--data", data)
    return 1 if broken and options.check else 0


def measure(croft, runs):
    gateway = run(HOME / "croft", "sandbox", "gateway", "--data", croft.data).strip()
    repository = Repository(croft.data / "bench-git", gateway)
    say("the first deployment, which is not counted")
    repository.commit("first")
    croft.call("PUT", f"/api/v1/hosts/{croft.host}/apps/{APP}", spec(repository.url))
    croft.timed(f"apps/{APP}/deploy", {})
    bare = BareTools(croft)
    bare.timed_switch(*repository.commit("warm"))
    bare.give_back()

    served = croft.call("GET", f"/api/v1/hosts/{croft.host}/apps/{APP}")["observed"]["url"]
    ours = {what: [] for what in (*RATIOS, *SECONDS)}
    theirs = {what: [] for what in RATIOS}
    for number in range(1, runs + 1):
        repository.commit(f"croft {number}")
        ours["deploy"].append(croft.timed(f"apps/{APP}/deploy", {}))
        ours["rollback"].append(croft.timed("rollback", {}))
        for what, timed in (("revert", croft.timed_revert), ("missed", croft.timed_missed)):
            before = get(served)
            repository.commit(f"{what} {number}")
            croft.call("PUT", f"/api/v1/hosts/{croft.host}/apps/{APP}", spec(repository.url))
            ours[what].append(timed(served, before))
        revision, nar = repository.commit(f"bare {number}")
        theirs["deploy"].append(bare.timed_switch(revision, nar))
        theirs["rollback"].append(bare.timed_rollback())
        bare.give_back()
        say(
            f"run {number} of {runs}: "
            + ", ".join(f"{what} {ours[what][-1]:.2f} / {theirs[what][-1]:.2f} s" for what in RATIOS)
            + "".join(f", {what} {ours[what][-1]:.2f} s" for what in SECONDS)
        )
    return report(ours, theirs, runs)


def measure_logs(croft, runs):
    """Prints a line; whether the limit is broken."""
    say(f"writing {LINES} lines")
    followed = Followed(croft)
    ours, theirs = [], []
    for number in range(1, runs + 1):
        theirs.append(followed.by_ssh())
        ours.append(followed.by_api())
        say(f"run {number} of {runs}: follow {ours[-1]:.0f} / {theirs[-1]:.0f} lines a second")
    ratio = statistics.median(ours) / statistics.median(theirs)
    print(f"\n{'':<10}{'Croft':<30}{'ssh … journalctl -f':<30}{'ratio':>6}  {'least':>7}")
    print(f"{'follow':<10}{describe_rate(ours):<30}{describe_rate(theirs):<30}{ratio:>6.2f}  {FOLLOW:>7.2f}  {verdict(ratio >= FOLLOW)}")
    print()
    for rate, seconds in RATES.items():
        delays = followed.delays(rate, seconds)
        half, most = (1000 * delays[int(len(delays) * part)] for part in (0.5, 0.99))
        print(f"from write() to a reader of the API, at {rate:6d} lines a second: {half:.0f} ms (half), {most:.0f} ms (99 of 100)")
    return ratio < FOLLOW


def report(ours, theirs, runs):
    """Prints the table; whether a limit is broken."""
    print(f"\nMedians of {runs} runs on {os.cpu_count()} cores, in brackets the least and the most.\n")
    print(f"{'':<10}{'Croft':<24}{'nixos-rebuild':<24}{'ratio':>6}  {'limit':>7}")
    broken = False
    for what, limit in RATIOS.items():
        ratio = statistics.median(ours[what]) / statistics.median(theirs[what])
        broken |= ratio > limit
        print(
            f"{what:<10}{describe(ours[what]):<24}{describe(theirs[what]):<24}{ratio:>6.2f}  {limit:>7.2f}  {verdict(ratio <= limit)}"
        )
    for what, limit in SECONDS.items():
        within = statistics.median(ours[what]) <= limit
        broken |= not within
        print(f"{what:<10}{describe(ours[what]):<24}{'':<24}{'':>6}  {limit:>5.0f} s  {verdict(within)}")
    return broken


def verdict(within):
    return "within" if within else "OVER"


if __name__ == "__main__":
    sys.exit(main())
