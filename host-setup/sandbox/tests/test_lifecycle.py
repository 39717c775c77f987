"""start, stop, exec and destroy of the sandbox command, seen from the machine that runs it."""

import hashlib
import json
import os
import subprocess
import time
import unittest
from pathlib import Path

from box import SANDBOX, Box, shared_box


def instance(box):
    """The name under which a box's veth, namespace and cgroup go on this machine."""
    return "croft-" + hashlib.sha256(str(box.data).encode()).hexdigest()[:8]


def traces(box):
    """What of a box can be found on this machine."""
    name = instance(box)
    found = [str(path) for path in Path("/sys/fs/cgroup").glob(f"**/{name}")]
    found += [path for path in (f"/sys/class/net/{name}", f"/run/netns/{name}") if os.path.exists(path)]
    rules = subprocess.run(["nft", "list", "tables"], capture_output=True, text=True, check=True).stdout
    found += [line for line in rules.splitlines() if name.replace("-", "_") in line]
    found += [line for line in Path("/proc/self/mounts").read_text().splitlines() if str(box.data) in line]
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().decode(errors="replace")
            # Without a command line it is a kernel thread, or dead and about to be collected by this machine's PID 1.
            if command and (name in (process / "cgroup").read_text() or str(box.root) in command):
                found.append(command)
        except OSError:
            continue
    return found


class TwoBoxesTest(unittest.TestCase):
    """The shared box and a second one beside it."""

    @classmethod
    def setUpClass(cls):
        cls.first = shared_box()
        cls.second = Box()
        cls.addClassCleanup(cls.second.remove)
        cls.second.start()

    def host(self, box):
        return json.loads((box.data / "sandbox/host.json").read_text())

    def test_1_each_is_a_machine_of_its_own(self):
        self.assertNotEqual(self.host(self.first)["address"], self.host(self.second)["address"])
        self.assertNotEqual(self.host(self.first)["fingerprint"], self.host(self.second)["fingerprint"])
        ids = {box.out("cat", "/etc/machine-id") for box in (self.first, self.second)}
        self.assertEqual(len(ids), 2)
        for box in (self.first, self.second):
            self.assertIn(self.host(box)["address"] + "/30", box.out("ip", "-4", "-brief", "address", "show", "eth0"))
            # A unit started in one must not appear in the other one's cgroup tree.
            box.run("systemd-run", "--quiet", "--collect", f"--unit=only-{instance(box)}", "sleep", "infinity")
        for box, other in ((self.first, self.second), (self.second, self.first)):
            units = os.listdir(next(Path("/sys/fs/cgroup").glob(f"**/{instance(box)}/box/payload/system.slice")))
            self.assertIn(f"only-{instance(box)}.service", units)
            self.assertNotIn(f"only-{instance(other)}.service", units)
            box.run("systemctl", "stop", f"only-{instance(box)}")

    def test_2_gateway_is_this_machine(self):
        gateway = self.second.command("gateway").stdout.strip()
        with subprocess.Popen(
            ["python3", "-m", "http.server", "--bind", gateway, "18080", "--directory", str(SANDBOX.parent / "image")],
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as server:
            self.addCleanup(server.stderr.close)
            try:
                page = self.second.out("curl", "--silent", "--retry", "20", "--retry-connrefused", "--retry-delay", "1", f"http://{gateway}:18080/packages")
            finally:
                server.terminate()
        self.assertIn("nix-setup-systemd", page)

    def test_3_a_running_one_starts_at_once(self):
        started = time.monotonic()
        self.assertIn("is running", self.second.start().stderr)
        self.assertLess(time.monotonic() - started, 2)

    def test_4_stop_leaves_nothing_and_start_is_quick(self):
        self.assertNotEqual(traces(self.second), [])
        fingerprint = self.host(self.second)["fingerprint"]
        self.second.write("/root/kept", "kept")
        self.second.command("stop")
        self.assertEqual(traces(self.second), [])
        self.assertEqual(self.second.command("status", check=False).returncode, 3)
        # Nobody but the second one was stopped.
        self.assertEqual(self.first.command("status").stdout.splitlines()[0], "running")

        started = time.monotonic()
        self.second.start()
        self.assertLess(time.monotonic() - started, 10)
        self.assertEqual(self.host(self.second)["fingerprint"], fingerprint)
        self.assertEqual(self.second.out("cat", "/root/kept"), "kept")

    def test_5_killed_hard_it_comes_back(self):
        next(Path("/sys/fs/cgroup").glob(f"**/{instance(self.second)}/cgroup.kill")).write_text("1")
        deadline = time.monotonic() + 20
        while self.second.command("status", check=False).returncode != 3 and time.monotonic() < deadline:
            time.sleep(0.05)
        self.second.start()
        self.assertEqual(self.second.out("systemctl", "is-system-running"), "running")

    def test_6_two_starts_at_once_make_one_box(self):
        self.second.command("stop")
        argv = [SANDBOX, "start", "--blank", "--data", self.second.data]
        starts = [subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(2)]
        self.assertEqual([start.wait(timeout=60) for start in starts], [0, 0])
        self.assertEqual(len([trace for trace in traces(self.second) if "systemd-nspawn" in trace]), 1)

    def test_7_destroy_removes_the_files(self):
        self.second.command("destroy")
        self.assertEqual(traces(self.second), [])
        self.assertFalse((self.second.data / "sandbox").exists())


class FaultsTest(unittest.TestCase):
    """What a drill does to a box: its power fails, its disk is full, its clock jumps."""

    DISK = 4 << 30
    YEAR = 365 * 24 * 3600

    @classmethod
    def setUpClass(cls):
        cls.box = Box()
        cls.addClassCleanup(cls.box.remove)
        cls.box.command("start", "--blank", "--disk", "4G", "--clock")

    def test_the_power_fails(self):
        # A unit that would say goodbye, if it were asked.
        self.box.run(
            "systemd-run", "--quiet", "--unit=polite", "--property=ExecStop=touch /root/asked", "sleep", "infinity"
        )  # fmt: skip
        self.box.run("sh", "-c", "echo written >/root/before-the-cut")
        started = time.monotonic()
        self.box.command("stop", "--hard")
        self.assertLess(time.monotonic() - started, 5)
        self.assertEqual(traces(self.box), [])

        self.box.command("start", "--blank")
        self.assertEqual(self.box.out("systemctl", "is-system-running"), "running")
        self.assertEqual(self.box.out("cat", "/root/before-the-cut"), "written")
        self.assertEqual(self.box.run("test", "-e", "/root/asked", check=False).returncode, 1)
        self.assertEqual(len(self.box.out("journalctl", "--list-boots", "--quiet", "--no-pager").splitlines()), 2)
        rules = subprocess.run(["nft", "list", "tables"], capture_output=True, text=True, check=True).stdout
        self.assertIn(instance(self.box).replace("-", "_"), rules)

    def test_the_disk_is_full(self):
        size = int(self.box.out("df", "--block-size=1", "--output=size", "/").splitlines()[-1])
        self.assertLess(self.DISK * 0.9, size)
        self.assertLessEqual(size, self.DISK)
        full = self.box.run("fallocate", "--length", "5G", "/root/fill", check=False)
        self.assertIn("No space left on device", full.stderr)
        self.box.run("rm", "/root/fill")
        refused = self.box.command("start", "--blank", "--disk", "5G", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("was made with another one", refused.stderr)

    def test_the_clock_jumps(self):
        ticks = "import time\nwhile True:\n    print(time.time(), time.monotonic(), flush=True)\n    time.sleep(0.1)"
        self.box.run("systemd-run", "--quiet", "--unit=ticks", "python3", "-c", ticks)
        self.addCleanup(self.box.run, "systemctl", "stop", "ticks")
        before = self.seen("ticks", 1)
        self.box.command("clock", str(self.YEAR))
        self.addCleanup(self.box.command, "clock", "0")
        after = self.seen("ticks", len(before) + 5)

        first, last = before[-1], after[-1]
        self.assertAlmostEqual(last[0] - first[0] - self.YEAR, last[1] - first[1], delta=0.5)
        self.assertAlmostEqual(float(self.box.out("date", "+%s")) - self.YEAR, time.time(), delta=5)
        self.assertEqual(self.box.out("systemctl", "is-system-running"), "running")

    def seen(self, unit, count):
        """At least so many lines of numbers that a unit has printed."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            lines = self.box.out("journalctl", "--output=cat", "--no-pager", f"--unit={unit}", "--identifier=python3").splitlines()
            if len(lines) >= count:
                return [[float(number) for number in line.split()] for line in lines]
        self.fail(f"{unit} printed {len(lines)} lines")

    def test_without_one_of_its_own_the_clock_is_not_set(self):
        refused = shared_box().command("clock", "+60", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("It is this machine's clock", refused.stderr)


class CommandTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.box = shared_box()
        cls.absent = Box()
        cls.addClassCleanup(cls.absent.remove)

    def test_exec_carries_arguments_input_and_status_unharmed(self):
        argument = 'a b\n"$(id)" \'x\' ${HOME} é🦀 *'
        self.assertEqual(self.box.run("printf", "%s", argument).stdout, argument)
        self.assertEqual(self.box.run("cat", stdin=argument).stdout, argument)
        self.assertEqual(self.box.run("cat").stdout, "")
        self.assertEqual(self.box.run("sh", "-c", "exit 42", check=False).returncode, 42)

    def test_exec_does_nothing_itself_that_is_meant_for_the_box(self):
        """A shell on the way has `kill` built in, and would send the signal to a process of this machine."""
        found = self.box.run("type", "kill", check=False)
        self.assertEqual((found.returncode, found.stdout), (127, ""))
        self.box.run("sh", "-c", "sleep 300 >/dev/null 2>&1 & echo $! >/run/sleeper")
        self.box.run("kill", "-KILL", self.box.out("cat", "/run/sleeper").strip())

    def test_exec_brings_nothing_of_this_machine_along(self):
        os.environ["CROFT_TEST_LEAK"] = "leak"
        self.addCleanup(os.environ.pop, "CROFT_TEST_LEAK")
        self.assertNotIn("leak", self.box.out("env"))
        self.assertEqual(self.box.out("pwd"), "/")
        self.assertIn("init.scope", self.box.out("cat", "/proc/self/cgroup"))

    def assertExplains(self, result, status, *words):
        self.assertEqual(result.returncode, status, result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)

    def test_errors_say_what_why_and_what_next(self):
        for argv in (["exec", "--", "true"], ["shell"]):
            self.assertExplains(self.absent.command(*argv, check=False), 1, "is not running", "Why:", "Next:")
        self.assertExplains(self.absent.command("gateway", check=False), 1, "no address yet", "Why:", "Next:")
        self.assertExplains(self.absent.command("explode", check=False), 2, "'explode' is not a command", "usage:")
        self.assertExplains(self.absent.command("start", "--frob", check=False), 2, "'--frob' is not an option")
        self.assertEqual(self.absent.command("status", check=False).stdout, "absent\n")

    def test_without_root_it_says_so(self):
        # The sources may lie where only root can look, so their text is handed over.
        library = [(SANDBOX.parent / "lib" / name).read_text() for name in ("say.sh", "machine.sh")]
        result = subprocess.run(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "bash"],
            input="\n".join([*library, "require_root"]), capture_output=True, text=True, check=False, cwd="/",
        )  # fmt: skip
        self.assertExplains(result, 1, "cannot be managed", "needs root", "sudo")


if __name__ == "__main__":
    unittest.main()
