"""croft-sampler on trees made for it: what is read, what is a gap, units that come and go, and several readers at once."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

from machine import needs

SOURCE = Path(__file__).resolve().parents[2] / "host/sampler/croft-sampler.c"

COLUMNS = (
    "cpu cpuUser cpuSystem cpuThrottled cpuPeriods cpuPeriodsThrottled memory memoryPeak memoryHigh memoryMax memoryOom memoryOomKill"
    " ioRead ioWritten ioReads ioWrites pids"
    " pressureCpuSome pressureCpuFull pressureMemorySome pressureMemoryFull pressureIoSome pressureIoFull"
).split()

# What systemd does between fork and exec.
START = """
import os, sys
os.dup2(int(sys.argv[1]), 3, inheritable=True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.argv[2], sys.argv[2:])
"""

PSI = "some avg10=0.00 avg60=0.00 avg300=0.00 total={}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total={}\n"


def files_of_unit(cpu=1000, memory=4096):
    return {
        "cpu.stat": f"usage_usec {cpu}\nuser_usec 700\nsystem_usec 300\nnice_usec 9\nnr_periods 5\nnr_throttled 2\nthrottled_usec 44\n",
        "memory.current": f"{memory}\n",
        "memory.peak": "8192\n",
        "memory.events": "low 1\nhigh 2\nmax 3\noom 4\noom_kill 5\noom_group_kill 6\n",
        "io.stat": "8:0 rbytes=100 wbytes=200 rios=3 wios=4 dbytes=0 dios=0\n259:1 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n",
        "pids.current": "7\n",
        "cpu.pressure": PSI.format(10, 11),
        "memory.pressure": PSI.format(12, 13),
        "io.pressure": PSI.format(14, 15),
    }


def build(directory):
    """The sampler, with what finds mistakes of memory and arithmetic."""
    built = Path(directory) / "croft-sampler"
    warnings = ["-std=gnu17", "-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Werror"]
    checks = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    subprocess.run(["cc", *warnings, "-O1", "-g", *checks, "-o", built, SOURCE], check=True)
    return built


class View:
    """What a reader knows after some frames, by the protocol's rules."""

    def __init__(self):
        self.names = {}
        self.values = {}
        self.frames = []

    def take(self, line):
        frame = json.loads(line)
        sample = frame["sample"]
        if sample.get("whole"):
            self.names, self.values = {}, {}
        for unit in sample["gone"]:
            del self.names[unit]
            self.values.pop(unit, None)
        for unit, name in sample["new"]:
            assert unit not in self.names, (unit, name)
            self.names[unit] = name
        for unit, *values in sample["units"]:
            assert unit in self.names, unit
            assert len(values) == len(COLUMNS)
            self.values[unit] = dict(zip(COLUMNS, values))
        self.frames.append(frame)
        return sample

    def unit(self, name):
        (found,) = [unit for unit, known in self.names.items() if known == name]
        return self.values[found]


@needs(shutil.which("cc"), "a C compiler (gcc)")
class SamplerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        kept = tempfile.TemporaryDirectory()
        cls.addClassCleanup(kept.cleanup)
        cls.sampler = build(kept.name)

    def setUp(self):
        kept = tempfile.TemporaryDirectory()
        self.addCleanup(kept.cleanup)
        self.root = Path(kept.name)
        self.cgroup = self.root / "sys/fs/cgroup"
        self.write("proc/stat", "cpu  10 20 30 40 50 60 70 80 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\ncpu1 1 2 3 4 5 6 7 8 0 0\nintr 1\n")
        self.write("proc/loadavg", "0.50 1.25 10.00 1/200 4711\n")
        self.write("proc/meminfo", "MemTotal:        1000 kB\nMemFree:          100 kB\nMemAvailable:     600 kB\nBuffers: 1 kB\nCached: 2 kB\nSwapCached: 0 kB\nDirty: 3 kB\nSwapTotal: 4 kB\nSwapFree: 4 kB\n")
        for kind in ("cpu", "memory", "io"):
            self.write(f"proc/pressure/{kind}", PSI.format(100, 50))
        self.write("proc/diskstats", "   8       0 sda 10 0 20 5 30 0 40 6 0 7 8 0 0 0 0 0 0\n   8       1 sda1 1 0 2 5 3 0 4 6 0 7 8\n   7 0 loop0 1 0 2 5 3 0 4 6 0 7 8\n")
        (self.root / "sys/block/sda").mkdir(parents=True)
        self.write("proc/net/dev", "Inter-|   Receive   | Transmit\n face |bytes\n    lo: 9 9 0 0 0 0 0 0 9 9 0 0 0 0 0 0\n  eth0: 100 10 1 2 0 0 0 0 200 20 3 4 0 0 0 0\n")
        self.write("proc/self/mountinfo", "22 1 98:0 / / rw,noatime - ext4 /dev/root rw\n23 22 98:0 /x /nowhere/else rw - ext4 /dev/root rw\n24 22 0:5 / /proc rw - proc proc rw\n")
        self.write("sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory pids\n")

    def write(self, path, text):
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    def unit(self, path, **values):
        (self.cgroup / path).mkdir(parents=True, exist_ok=True)
        for name, text in files_of_unit(**values).items():
            self.write(f"sys/fs/cgroup/{path}/{name}", text)

    def argv(self, *more):
        return [self.sampler, f"--root={self.root}", *more]

    def sampled(self, frames=1, *more):
        done = subprocess.run(self.argv("--interval=50", f"--frames={frames}", *more), capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        view = View()
        for line in done.stdout.splitlines():
            sample = view.take(line)
        return sample, view

    # -- what is read

    def test_the_machine(self):
        sample, view = self.sampled()
        tick = 1_000_000 // os.sysconf("SC_CLK_TCK")
        self.assertEqual(sample["cpu"], {"user": 10 * tick, "nice": 20 * tick, "system": 30 * tick, "idle": 40 * tick, "iowait": 50 * tick, "irq": 60 * tick, "softirq": 70 * tick, "steal": 80 * tick, "cores": 2})
        self.assertEqual(sample["load"], [50, 125, 1000])
        self.assertEqual(sample["memory"], {"total": 1024000, "free": 102400, "available": 614400, "buffers": 1024, "cached": 2048, "dirty": 3072, "swapTotal": 4096, "swapFree": 4096})
        self.assertEqual(sample["pressure"], {"cpu": [100, 50], "memory": [100, 50], "io": [100, 50]})
        self.assertEqual(sample["disks"], {"sda": [20 * 512, 40 * 512, 10, 30, 7000]})
        self.assertEqual(sample["interfaces"], {"eth0": [100, 200, 10, 20, 1, 3, 2, 4]})
        room = os.statvfs("/")
        self.assertEqual((list(sample["filesystems"]), sample["filesystems"]["/"][0]), (["/"], room.f_blocks * room.f_frsize))
        self.assertRegex(view.frames[0]["time"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")

    def test_units_slices_and_scopes_at_any_depth(self):
        for path in ("system.slice", "system.slice/a.service", "croft-apps.slice/croft-apps-shop.slice/croft-app-shop.service", "init.scope"):
            self.unit(path)
        self.unit("system.slice/dev-hugepages.mount")
        self.unit("system.slice/a.service/payload/inner.service")
        sample, view = self.sampled()
        self.assertEqual(sorted(view.names.values()), ["a.service", "croft-app-shop.service", "croft-apps-shop.slice", "croft-apps.slice", "init.scope", "system.slice"])
        wanted = [1000, 700, 300, 44, 5, 2, 4096, 8192, 2, 3, 4, 5, 101, 202, 6, 8, 7, 10, 11, 12, 13, 14, 15]
        self.assertEqual(view.unit("a.service"), dict(zip(COLUMNS, wanted)))
        self.assertEqual([name for name in sample["gaps"] if name.startswith("units")], [])

    def test_temperatures_of_named_sensors_before_zones(self):
        self.write("sys/class/thermal/thermal_zone0/type", "x86_pkg_temp\n")
        self.write("sys/class/thermal/thermal_zone0/temp", "45000\n")
        self.assertEqual(self.sampled()[0]["temperatures"], {"x86_pkg_temp": [45000]})
        self.write("sys/class/hwmon/hwmon0/name", "coretemp\n")
        self.write("sys/class/hwmon/hwmon0/temp1_input", "41000\n")
        self.write("sys/class/hwmon/hwmon0/temp1_label", "Package id 0\n")
        self.write("sys/class/hwmon/hwmon0/temp2_input", "39000\n")
        self.assertEqual(self.sampled()[0]["temperatures"], {"coretemp Package id 0": [41000], "coretemp temp2": [39000]})

    def test_names_are_json_whatever_is_in_them(self):
        for name in ("dev-disk-by\\x2dlabel.service", 'a"b.service', "caf\u00e9.service", "bell\a.service"):
            self.unit(f"system.slice/{name}")
        _, view = self.sampled()
        self.assertEqual(sorted(view.names.values()), ['a"b.service', "bell?.service", "caf??.service", "dev-disk-by\\x2dlabel.service", "system.slice"])

    # -- gaps

    def test_a_missing_controller_is_a_gap_with_a_reason_and_never_zero(self):
        self.write("sys/fs/cgroup/cgroup.controllers", "cpu\n")
        self.unit("a.service")
        for name in ("memory.current", "memory.peak", "memory.events", "io.stat", "pids.current", "io.pressure"):
            (self.cgroup / "a.service" / name).unlink()
        sample, view = self.sampled()
        unit = view.unit("a.service")
        self.assertEqual([name for name, value in unit.items() if value is None], [name for name in COLUMNS if name.startswith(("memory", "io", "pids", "pressureIo"))])
        self.assertEqual(sorted(name for name in sample["gaps"] if name.startswith("units")), ["units.io", "units.memory", "units.pids"])
        self.assertIn("memory controller", sample["gaps"]["units.memory"])

    def test_a_machine_that_shows_nothing(self):
        shutil.rmtree(self.root / "proc")
        shutil.rmtree(self.root / "sys")
        sample, _ = self.sampled()
        self.assertEqual(sorted(sample), ["at", "gaps", "gone", "new", "units", "whole"])
        self.assertEqual(sorted(sample["gaps"]), ["cpu", "disks", "filesystems", "interfaces", "load", "memory", "pressure", "temperatures", "units"])

    def test_what_is_no_number_is_a_gap(self):
        self.unit("a.service")
        for name, text in {
            "cpu.stat": "usage_usec 99999999999999999999999\nuser_usec -4\nsystem_usec\n",
            "memory.current": "max\n",
            "memory.events": "high\nmaximum 4\n",
            "io.stat": "8:0 rbytes=x wbytes=1 rios=1 wios=1\n",
            "pids.current": "",
            "cpu.pressure": "some avg10=0.00\nfull total=\n",
        }.items():
            self.write(f"sys/fs/cgroup/a.service/{name}", text)
        unit = self.sampled()[1].unit("a.service")
        known = {name for name, value in unit.items() if value is not None}
        self.assertEqual(known, {"memoryPeak", "pressureMemorySome", "pressureMemoryFull", "pressureIoSome", "pressureIoFull"})

    def test_files_that_are_far_too_long(self):
        self.unit("a.service")
        self.write("sys/fs/cgroup/a.service/io.stat", "8:0 rbytes=1 wbytes=1 rios=1 wios=1\n" * 20000)
        self.write("proc/meminfo", "x" * 500000)
        self.write("proc/diskstats", "8 0 " + "y" * 300000)
        self.write("proc/net/dev", "eth0: 1 2\n" * 50000 + "z" * 300 + ": 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n")
        self.write("proc/self/mountinfo", "1 2 3 " + "/" * 200000 + " - ext4\n" + "22 1 98:0 / / rw - ext4 /dev/root rw\n")
        sample, _ = self.sampled()
        self.assertEqual((sample["disks"], sample["interfaces"], sample["memory"]["total"]), ({}, {}, None))

    # -- units that come and go

    def test_only_what_has_changed_is_told_again(self):
        self.unit("a.service")
        self.unit("b.service")
        process = subprocess.Popen(self.argv("--interval=100"), stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        view = View()
        first = view.take(process.stdout.readline())
        self.assertEqual(len(first["units"]), 2)
        while view.take(process.stdout.readline())["units"]:
            pass
        self.write("sys/fs/cgroup/b.service/memory.current", "5000\n")
        while not (told := view.take(process.stdout.readline())["units"]):
            pass
        self.assertEqual((len(told), view.unit("b.service")["memory"]), (1, 5000))

    def test_a_unit_that_is_started_anew_is_another(self):
        self.unit("system.slice/a.service", cpu=5000)
        process = subprocess.Popen(self.argv("--interval=50"), stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        view = View()
        view.take(process.stdout.readline())
        (before,) = [unit for unit, name in view.names.items() if name == "a.service"]
        # Moved and not deleted, or the file system might give the new one the same inode.
        os.rename(self.cgroup / "system.slice/a.service", self.root / "away")
        while "a.service" in view.names.values():
            view.take(process.stdout.readline())
        self.unit("system.slice/a.service", cpu=10)
        while "a.service" not in view.names.values() or view.unit("a.service")["cpu"] != 10:
            view.take(process.stdout.readline())
        self.assertNotIn(before, view.names)

    def churn(self, make, remove, argv):
        """Units that come and go a hundred times a second; in the end a reader knows what is there."""
        process = subprocess.Popen(argv, stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        over = threading.Event()

        def come_and_go():
            for number in range(300):
                make(f"churn{number % 7}.service")
                time.sleep(0.005)
                remove(f"churn{number % 7}.service")
                time.sleep(0.005)
            make("last.service")
            over.set()

        thread = threading.Thread(target=come_and_go)
        thread.start()
        self.addCleanup(thread.join)
        view, seen = View(), 0
        while not over.is_set():
            seen += len(view.take(process.stdout.readline())["new"])
        for _ in range(3):
            view.take(process.stdout.readline())
        self.assertGreater(seen, 20)
        return view

    def test_units_that_come_and_go_a_hundred_times_a_second(self):
        self.unit("system.slice/stays.service")

        def remove(name):
            shutil.rmtree(self.cgroup / "system.slice" / name)

        view = self.churn(lambda name: self.unit(f"system.slice/{name}"), remove, self.argv("--interval=50"))
        self.assertEqual(sorted(view.names.values()), ["last.service", "stays.service", "system.slice"])

    def test_the_same_with_the_kernels_own_groups(self):
        top = next((place for place in ("/sys/fs/cgroup", "/sys/fs/cgroup/unified") if os.path.exists(f"{place}/cgroup.controllers")), None)
        if top is None or not os.access(top, os.W_OK):
            self.skipTest("This machine lets nobody make groups of cgroup v2 here.")
        slice_ = Path(f"{top}/crofttest{os.getpid()}.slice")
        try:
            slice_.mkdir()
        except OSError as error:
            self.skipTest(f"This machine lets nobody make groups of cgroup v2 here: {error}.")
        self.addCleanup(slice_.rmdir)

        def tidy():
            for group in slice_.glob("*.service"):
                group.rmdir()

        self.addCleanup(tidy)
        (self.root / "sys/fs/cgroup/cgroup.controllers").unlink()
        self.cgroup.rmdir()
        os.symlink(top, self.cgroup)
        view = self.churn(lambda name: (slice_ / name).mkdir(), lambda name: (slice_ / name).rmdir(), self.argv("--interval=50"))
        self.assertIn("last.service", view.names.values())
        self.assertEqual([name for name in view.names.values() if name.startswith("churn")], [])
        self.assertEqual(view.unit("last.service")["cpu"], 0)

    def test_more_units_than_are_wanted_are_counted(self):
        for number in range(12):
            self.unit(f"u{number}.service")
        sample, view = self.sampled(2, "--most-units=5")
        self.assertEqual((len(view.names), sample["cut"]), (5, 7))

    def alike(self, count, tail="", **values):
        """So many units whose files are one unit's."""
        self.unit(f"u0{tail}.service", **values)
        for number in range(1, count):
            unit = self.cgroup / f"u{number}{tail}.service"
            unit.mkdir()
            for name in files_of_unit():
                os.link(self.cgroup / f"u0{tail}.service" / name, unit / name)

    def test_a_thousand_units_fit_into_a_frame(self):
        """The limit of a frame is 1 MiB; numbers as large as they can be, and names as long as systemd allows."""
        self.alike(1000, "x" * 240, cpu=2**63 - 1, memory=2**63 - 1)
        done = subprocess.run(self.argv("--interval=50", "--frames=1"), capture_output=True, check=True)
        self.assertLess(len(done.stdout), 1024 * 1024)
        self.assertEqual(len(json.loads(done.stdout)["sample"]["units"]), 1000)

    # -- readers

    def serve(self):
        path = self.root / "s"
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        listener.bind(str(path))
        listener.listen()
        process = subprocess.Popen([sys.executable, "-c", START, str(listener.fileno()), *map(str, self.argv())], pass_fds=[listener.fileno()])
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process, path

    def reader(self, path, wish):
        connection = socket.socket(socket.AF_UNIX)
        self.addCleanup(connection.close)
        connection.settimeout(20)
        connection.connect(str(path))
        connection.sendall(wish)
        lines = connection.makefile("rb")
        self.addCleanup(lines.close)
        return connection, lines

    def test_readers_with_rhythms_of_their_own_share_the_readings(self):
        self.unit("a.service")
        _, path = self.serve()
        fast, slow = (self.reader(path, wish)[1] for wish in (b"100\n", b"400\n"))
        views = View(), View()
        for _ in range(3):
            views[1].take(slow.readline())
        for _ in range(9):
            views[0].take(fast.readline())
        times = [{frame["sample"]["at"] for frame in view.frames[1:]} for view in views]
        self.assertTrue(times[1] <= times[0], (times, "each moment of the slow one is one of the fast one"))
        for view in views:
            self.assertEqual(view.unit("a.service")["cpu"], 1000)

    def test_a_wish_that_is_none_ends_the_connection(self):
        process, path = self.serve()
        for wish in (b"\n", b"fast\n", b"0\n", b"49\n", b"60001\n", b"-100\n", b"1" * 40, b"100 \n", b"100\n100\n"):
            _, lines = self.reader(path, wish)
            try:
                self.assertEqual(lines.readline(), b"", wish)
            except ConnectionResetError:
                pass  # As the kernel says it where something of the wish was not read.
        self.assertIsNone(process.poll())

    def test_a_reader_that_does_not_read_holds_nobody_up(self):
        self.alike(300)
        shared = self.cgroup / "u0.service/memory.current"
        _, path = self.serve()
        _, deaf_lines = self.reader(path, b"50\n")
        _, lines = self.reader(path, b"50\n")
        view = View()
        for round_ in range(30):
            shared.write_text(f"{10**17 + round_}\n")
            while not view.take(lines.readline())["units"]:
                pass
        late, end = View(), view.frames[-1]["sample"]["at"]
        while not late.frames or late.frames[-1]["sample"]["at"] < end:
            late.take(deaf_lines.readline())
        self.assertLess(len(late.frames), len(view.frames))
        self.assertEqual(late.unit("u7.service")["memory"], 10**17 + 29)

    def test_a_sampler_that_was_stopped_goes_on_without_making_up_for_it(self):
        self.unit("a.service")
        process, path = self.serve()
        _, lines = self.reader(path, b"100\n")
        view = View()
        view.take(lines.readline())
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.8)
        process.send_signal(signal.SIGCONT)
        for _ in range(6):
            view.take(lines.readline())
        at = [frame["sample"]["at"] for frame in view.frames]
        steps = [later - before for before, later in zip(at, at[1:])]
        self.assertGreater(max(steps), 600_000)
        self.assertGreater(min(steps[-2:]), 50_000, "no burst of frames for the time that is lost")

    def test_readers_that_leave_are_forgotten(self):
        process, path = self.serve()
        for _ in range(100):
            connection, lines = self.reader(path, b"100\n")
            lines.readline()
            lines.close()
            connection.close()
        self.assertTrue(self.reader(path, b"100\n")[1].readline())
        self.assertIsNone(process.poll())


if __name__ == "__main__":
    unittest.main()
