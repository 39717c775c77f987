"""Jobs, one-off commands and files of apps."""

import base64
import fnmatch
import json
import os
import tempfile
import unittest
import unittest.mock

from box import app, operation_id
from console import ask, refused, result
from croft_hostd import execution, frames, sizes, snapshots, units
from operating import NEW_REV, OLD_REV, OperationCase

JOB = "croft-job-shop-tidy.service"
DATA = "/var/lib/croft/apps/shop"
STARTING, EXITED = "7d4958e842da4a758f6c1cdc7b36dcc5", "98e322203f7a4ed290d09fe03c09fe15"
SUCCEEDED, FAILED = "7ad2d189f7e94e70a38c781354912448", "d9b373ed55a64feb8242e02dbe79a49c"

UNIT = r"""[Unit]
Description=Croft app shop

[Service]
Environment="ODD=a \"b\" $HOME 100%%\nzwei"
Environment="PATH=/nix/store/x/bin"
Environment=PLAIN=x OTHER=y
ExecStart=
ExecStart="/nix/store/l-croft-launch/bin/croft-launch" "--search=/nix/store/x/bin" "--env=TOKEN" "--" "python3" "app.py"
ExecStartPre=+/bin/rm -rf /run/x
ExecSearchPath=/nix/store/x/bin
LoadCredentialEncrypted=TOKEN:/var/lib/croft/credentials/apps/shop/TOKEN
Restart=on-failure
Type=exec
# a comment
User=croft-app-shop
SystemCallFilter=@system-service
SystemCallFilter=~@privileged \
  @resources
X-RestartIfChanged=false
WorkingDirectory=/var/lib/croft/apps/100%%

[Install]
WantedBy=multi-user.target
"""


class AttachedCase(OperationCase):
    def setUp(self):
        super().setUp()
        self.deployed(OLD_REV)
        attach = {"shop": {"jobs": ["tidy"], "storage": {"uploads": 1024, "cache": None}}, "stall": {"jobs": []}}
        self.box.write("/etc/croft/facts.json", json.dumps({"version": 1, "attach": attach}))


class HeldTest(AttachedCase):
    """What writes an app's data beside the app itself, while that is copied or exchanged."""

    COMMAND = "croft-exec-shop-0badcafe.service"

    def setUp(self):
        super().setUp()
        self.box.write(f"{self.box.running()}/etc/systemd/system/croft-app-shop.service", UNIT.replace("LoadCredential", "X-"))
        for unit in (JOB, self.COMMAND):
            self.box.units[unit] = {"LoadState": "loaded", "ActiveState": "active", "SubState": "running"}
        self.box.listed[units.commands("shop")] = [self.COMMAND]
        self.box.write(f"{DATA}/orders", "old")

    def at_each_copy(self, look):
        start = self.box.start

        def starting(argv, *rest, **more):
            if argv[0] == "cp":
                look()
            return start(argv, *rest, **more)

        self.box.start = starting

    def begin(self):
        """What an operator gets who starts something of the app's."""
        frames_ = ({"type": "exec", "app": "shop", "command": ["ls"], "timeoutSeconds": 60}, {"type": "job-run", "app": "shop", "job": "tidy"},
                   {"type": "control", "app": "shop", "action": "restart"})  # fmt: skip
        return [ask(self.box, **frame)[-1].get("problem", {}).get("code") for frame in frames_]

    def test_a_command_stands_still_while_the_data_is_copied_and_none_begins(self):
        seen = []
        self.at_each_copy(lambda: seen.append((self.box.units[self.COMMAND].get("FreezerState"), self.begin())))
        self.assertEqual(self.apply({"shop": app(NEW_REV)})["state"], "SUCCEEDED")
        self.assertEqual(seen, [("frozen", ["HOST_BUSY"] * 3)])
        self.assertEqual(self.box.units[self.COMMAND]["FreezerState"], "running")
        self.assertFalse(os.listdir(self.box.path(units.HELD)))

    def test_jobs_and_commands_are_stopped_before_data_is_exchanged(self):
        self.apply({"shop": app(NEW_REV)})
        for unit in (JOB, self.COMMAND):
            self.box.units[unit]["ActiveState"] = "active"
        seen = []
        replace = snapshots.Directory.replace

        def replacing(*arguments):
            seen.append(self.begin())
            stopped = next(call for call in self.box.calls if call[:2] == ["systemctl", "stop"] and "croft-app-shop.service" in call)
            self.assertEqual(stopped[-3:], ["croft-app-shop.service", JOB, units.commands("shop")])
            self.assertEqual(self.box.units[JOB]["ActiveState"], "inactive")
            return replace(*arguments)

        with unittest.mock.patch.object(snapshots.Directory, "replace", replacing):
            report = self.start("rollback", data=True)
        self.assertEqual(report["state"], "SUCCEEDED", report)
        self.assertEqual(seen, [["HOST_BUSY"] * 3])
        self.assertFalse(os.listdir(self.box.path(units.HELD)))
        self.assertNotEqual(self.begin()[0], "HOST_BUSY")

    def test_whoever_has_ended_holds_nothing(self):
        units.hold(self.box, ["shop"], operation_id(7))
        units.hold(self.box, ["stall"], operation_id(8))
        units.release_of(self.box, operation_id(7))
        self.assertEqual(os.listdir(self.box.path(units.HELD)), ["stall"])

    def test_no_other_app_s_commands_are_meant(self):
        pattern = units.commands("shop")
        self.assertTrue(fnmatch.fnmatchcase(units.exec_unit("shop", "0badcafe"), pattern))
        for other in ("shop-two", "shop-0badcafe", "the-shop"):
            self.assertFalse(fnmatch.fnmatchcase(units.exec_unit(other, "0badcafe"), pattern))


class JobsTest(AttachedCase):
    def told(self, kind, invocation, **fields):
        self.box.log("init.scope", "x", UNIT=JOB, MESSAGE_ID=kind, INVOCATION_ID=invocation, _PID="1", **fields)

    def test_runs_are_those_that_systemd_tells(self):
        self.told(STARTING, "a")
        self.told(SUCCEEDED, "a")
        self.told(STARTING, "b")
        self.told(EXITED, "b", EXIT_CODE="exited", EXIT_STATUS="3")
        self.told(FAILED, "b", UNIT_RESULT="exit-code")
        self.told(STARTING, "c")
        # The job's own process may write what it likes.
        self.box.log(JOB, "x", UNIT=JOB, MESSAGE_ID=FAILED, INVOCATION_ID="a", _PID="77")
        self.box.elapses[JOB.replace(".service", ".timer")] = 1777939200
        (job,) = result(self.box, type="jobs")["jobs"]
        self.assertEqual((job["app"], job["job"], job["unit"], job["next"]), ("shop", "tidy", JOB, "2026-05-05T00:00:00.000000Z"))
        self.assertEqual([(run["result"], run["exitCode"], run["finishedAt"] is None) for run in job["history"]],
                         [(None, None, True), ("exit-code", 3, False), ("success", 0, False)])  # fmt: skip
        self.assertEqual(job["last"], job["history"][0])

    def test_a_job_that_never_ran(self):
        (job,) = result(self.box, type="jobs", app="shop")["jobs"]
        self.assertEqual((job["next"], job["last"], job["history"]), (None, None, []))
        self.assertEqual(result(self.box, type="jobs", app="stall")["jobs"], [])
        self.assertEqual(result(self.box, type="jobs", app="nobody")["jobs"], [])

    def test_run_now(self):
        self.assertEqual(result(self.box, type="job-run", app="shop", job="tidy")["job"]["active"], "active")
        self.assertEqual(refused(self.box, type="job-run", app="shop", job="tidy")["code"], "NOT_ALLOWED")
        self.assertEqual(refused(self.box, type="job-run", app="shop", job="other")["code"], "NOT_FOUND")
        self.assertEqual(refused(self.box, type="job-run", app="stall", job="tidy")["code"], "NOT_FOUND")

    def test_a_job_that_systemd_does_not_start(self):
        self.box.refusing.add(JOB)
        self.assertEqual(refused(self.box, type="job-run", app="shop", job="tidy")["code"], "EXEC_FAILED")


class ExecTest(AttachedCase):
    def setUp(self):
        super().setUp()
        self.box.write(f"{self.box.running()}/etc/systemd/system/croft-app-shop.service", UNIT)

    def run_command(self, *command, **members):
        return ask(self.box, type="exec", app="shop", command=list(command), timeoutSeconds=60, **members)

    def argv(self):
        return next(call for call in self.box.calls if "launch" in call)

    def test_it_gets_what_the_app_s_unit_has_and_nothing_of_how_that_starts(self):
        self.run_command("printf", "%s", "$HOME", "")
        argv = self.argv()
        settings, command = argv[: argv.index("--")], argv[argv.index("--") + 1 :]
        self.assertIn('--setenv=ODD=a "b" $HOME 100%\nzwei', settings)
        self.assertLess({"--setenv=PLAIN=x", "--setenv=OTHER=y", "--setenv=PATH=/nix/store/x/bin"}, set(settings))
        properties = [part.removeprefix("--property=") for part in settings if part.startswith("--property=")]
        self.assertEqual(properties, [
            "ExecSearchPath=/nix/store/x/bin", "LoadCredentialEncrypted=TOKEN:/var/lib/croft/credentials/apps/shop/TOKEN",
            "User=croft-app-shop", "SystemCallFilter=@system-service", "SystemCallFilter=~@privileged  @resources",
            "WorkingDirectory=/var/lib/croft/apps/100%", "AssertPathExists=!/run/croft-held/shop", "RuntimeMaxSec=60", "TimeoutStopSec=10",
            "SyslogIdentifier=croft-exec-shop",
        ])  # fmt: skip
        self.assertIn("--expand-environment=no", settings)
        self.assertEqual(command[:4], ["/nix/store/l-croft-launch/bin/croft-launch", "--search=/nix/store/x/bin", "--env=TOKEN", "--"])
        self.assertEqual(command[-6:], ["launch", "--", "printf", "%s", "$HOME", ""])

    def test_it_runs_in_a_jail_like_the_app_s(self):
        jail = '"/nix/store/j-croft-jail" "/nix/store/a-croft-jail-shop" "croft-app-shop" "/var/lib/croft/apps/shop" "--" '
        text = UNIT.replace('="/nix/store/l', f'={jail}"/nix/store/l').replace('"--env=TOKEN" "--"', '"--confine" "--env=TOKEN" "--"')
        self.box.write(f"{self.box.running()}/etc/systemd/system/croft-app-shop.service", text)
        self.run_command("ls", "--", "x")
        argv = next(call for call in self.box.calls if "croft-app-shop" in call)
        command = argv[argv.index("--") + 1 :]
        # Nothing of Croft's own but what is in the jail, and the command is looked for there.
        self.assertEqual(command, [
            "/nix/store/j-croft-jail", "/nix/store/a-croft-jail-shop", "croft-app-shop", "/var/lib/croft/apps/shop", "--",
            "/nix/store/l-croft-launch/bin/croft-launch", "--search=/nix/store/x/bin", "--confine", "--env=TOKEN", "--path", "--", "ls", "--", "x",
        ])  # fmt: skip

    def test_its_output_is_lines_and_its_code_the_end(self):
        self.box.said_by_command = ([[("out", b"one"), ("err", b"two \x1b[31mred")], [("out-torn", b"caf\xe9")]], 3)
        *lines, done = self.run_command("x")
        self.assertEqual([(line["cursor"], line["priority"], line["text"]) for line in lines],
                         [("1", 6, "one"), ("2", 4, "two red"), ("3", 6, "caf\ufffd")])  # fmt: skip
        self.assertEqual(done["result"]["exitCode"], 3)
        self.assertRegex(lines[0]["unit"], r"croft-exec-shop-[0-9a-f]{8}\.service")

    def test_the_end_of_the_channel_ends_the_command(self):
        class Endless:
            stopped = False

            def lines(self, timeout=None):
                return []

            def stop(self):
                self.stopped = True

        child = Endless()
        self.box.spawn = lambda argv, env=None: child
        with tempfile.TemporaryFile() as out, self.assertRaises(frames.ConsoleGone):
            reader, writer = os.pipe()
            os.close(writer)
            request = {"app": "shop", "command": ["sleep", "1"], "timeoutSeconds": 5}
            execution.serve(self.box, request, frames.FrameWriter(out.fileno()), reader)
        self.assertTrue(child.stopped)
        self.assertTrue(any(call[:2] == ["systemctl", "stop"] and call[-1].startswith("croft-exec-shop-") for call in self.box.calls))

    def test_more_time_than_it_was_given(self):
        spawn = self.box.spawn

        def slow(argv, env=None):
            self.box.uptime += 60
            return spawn(argv, env)

        self.box.spawn, self.box.said_by_command = slow, ((), 255)
        self.assertEqual(self.run_command("sleep", "99")[-1]["problem"]["code"], "EXEC_FAILED")

    def test_bounds(self):
        for command in ([], [""], ["a\0b"], "ls", ["x"] * 65, [1]):
            with self.subTest(str(command)[:30]):
                frame = {"type": "exec", "app": "shop", "command": command, "timeoutSeconds": 5}
                self.assertEqual(refused(self.box, **frame)["code"], "BAD_REQUEST")
        self.assertEqual(refused(self.box, type="exec", app="nobody", command=["ls"], timeoutSeconds=5)["code"], "NOT_FOUND")


class StorageTest(AttachedCase):
    def setUp(self):
        super().setUp()
        self.box.write(f"{DATA}/storage/uploads/cat.jpg", "x" * 5000)
        self.box.write("/var/lib/croft/apps/stall/secret", "hunter2")
        self.box.write(f"{DATA}/notes", "n")
        for link, target in (("out", "/etc"), ("up", ".."), ("file", self.box.path("/etc/os-release"))):
            os.symlink(target, self.box.path(f"{DATA}/{link}"))

    def read(self, path, offset=0):
        return ask(self.box, type="read-file", app="shop", path=path, offset=offset)

    def test_volumes(self):
        volumes = result(self.box, type="storage", app="shop")["volumes"]
        self.assertEqual([(one["name"], one["quota"], one["complete"]) for one in volumes],
                         [("", None, True), ("cache", None, True), ("uploads", 1024, True)])  # fmt: skip
        self.assertEqual([one["files"] for one in volumes], [5, 0, 1])
        self.assertGreaterEqual(volumes[2]["bytes"], 5000)
        self.assertEqual(refused(self.box, type="storage", app="nobody")["code"], "NOT_FOUND")

    def history(self, volume):
        volumes = result(self.box, type="storage", app="shop")["volumes"]
        return next(one["history"] for one in volumes if one["name"] == volume)

    def test_sizes_over_time(self):
        self.assertEqual(self.history("uploads"), [])
        sizes.note(self.box)
        self.box.clock += 86400
        self.box.write(f"{DATA}/storage/uploads/dog.jpg", "x" * 50_000)
        sizes.note(self.box)
        self.box.write(f"{DATA}/storage/uploads/fox.jpg", "x" * 50_000)
        sizes.note(self.box)
        first, second = self.history("uploads")
        self.assertEqual((first["date"], second["date"]), ("2026-05-04", "2026-05-05"))
        self.assertGreaterEqual(second["bytes"], first["bytes"] + 100_000, "the last of a day counts")
        self.assertGreater(self.history("")[1]["bytes"], second["bytes"])

    def test_sizes_are_kept_for_four_hundred_days_and_a_torn_line_costs_one(self):
        for _ in range(405):
            sizes.note(self.box)
            self.box.clock += 86400
        dates = [day["date"] for day in self.history("uploads")]
        self.assertEqual((len(dates), dates), (400, sorted(set(dates))))
        self.assertEqual(dates[0], "2026-05-09")
        place = self.box.path(sizes.PLACE)
        with open(place, encoding="utf-8") as file:
            lines = file.readlines()
        with open(place, "w", encoding="utf-8") as file:
            file.writelines([lines[0][:20] + "\n", "[]\n", *lines[1:]])
        self.assertEqual(len(self.history("uploads")), 399)

    def full(self):
        return [(one["volume"], one["quota"]) for one in result(self.box, type="disk")["quotas"]]

    def test_a_volume_near_its_quota_is_told_until_there_is_room(self):
        attach = {"shop": {"jobs": [], "storage": {"uploads": 100_000, "cache": None}}}
        self.box.write("/etc/croft/facts.json", json.dumps({"version": 1, "attach": attach}))
        sizes.note(self.box)
        self.assertEqual(self.full(), [])
        self.box.write(f"{DATA}/storage/uploads/dog.jpg", "x" * 84_000)
        self.assertEqual(self.full(), [], "what is counted once a day says so")
        self.box.clock += 86400
        sizes.note(self.box)
        self.assertEqual(self.full(), [("uploads", 100_000)])
        (told,) = result(self.box, type="disk")["quotas"]
        self.assertEqual(told["app"], "shop")
        self.assertGreaterEqual(told["bytes"], 90_000)
        self.box.write(f"{DATA}/storage/uploads/dog.jpg", "x" * 100_000)
        self.assertGreater(result(self.box, type="disk")["quotas"][0]["bytes"], 100_000)
        os.unlink(self.box.path(f"{DATA}/storage/uploads/dog.jpg"))
        self.assertEqual(self.full(), [], "before the day is over")

    def test_what_could_not_be_counted_in_time_is_no_size(self):
        for number in range(200):
            self.box.write(f"{DATA}/storage/uploads/{number}/file", "x")
        moments = iter(range(0, 10**6, 100))
        clock, self.box.monotonic = self.box.monotonic, lambda: float(next(moments))
        sizes.note(self.box)
        self.box.monotonic = clock
        self.assertEqual(self.history("uploads"), [])
        self.assertEqual(len(self.history("cache")), 1)

    def test_browse(self):
        found = result(self.box, type="browse", app="shop", path="")
        self.assertEqual([(entry["name"], entry["type"]) for entry in found["entries"]],
                         [("storage", "directory"), ("file", "link"), ("notes", "file"), ("out", "link"), ("up", "link")])  # fmt: skip
        (cat,) = result(self.box, type="browse", app="shop", path="storage/uploads")["entries"]
        self.assertEqual((cat["name"], cat["bytes"]), ("cat.jpg", 5000))

    def test_nothing_outside_is_reached(self):
        for path in ("out", "up", "file", "out/passwd", "up/stall/secret", "storage/../../stall/secret", "../stall/secret", "/etc/passwd", ".", "a//b"):
            for kind, more in (("browse", {}), ("read-file", {"offset": 0})):
                with self.subTest(path=path, kind=kind):
                    problem = refused(self.box, type=kind, app="shop", path=path, **more)
                    self.assertIn(problem["code"], ("NOT_FOUND", "BAD_REQUEST"))

    def test_a_link_that_appears_on_the_way_is_not_followed(self):
        place, real_open = self.box.path(f"{DATA}/storage"), os.open

        def swapping(name, *rest, **more):
            if name == b"storage" and os.path.isdir(place) and not os.path.islink(place):
                os.rename(place, place + "-away")
                os.symlink(self.box.path("/var/lib/croft/apps/stall"), place)
            return real_open(name, *rest, **more)

        os.open = swapping
        self.addCleanup(setattr, os, "open", real_open)
        self.assertEqual(refused(self.box, type="read-file", app="shop", path="storage/secret", offset=0)["code"], "NOT_FOUND")

    def test_a_file_comes_in_chunks_from_where_it_is_asked_for(self):
        content = os.urandom(600 * 1024)
        with open(self.box.path(f"{DATA}/big"), "wb") as file:
            file.write(content)
        *chunks, done = self.read("big", 1000)
        data = b"".join(base64.b64decode(chunk["data"]) for chunk in chunks)
        self.assertEqual(data, content[1000:])
        self.assertEqual((len(chunks), done["result"]["bytes"]), (2, len(content)))
        self.assertEqual([frame["type"] for frame in self.read("big", len(content) + 5)], ["done"])

    def test_what_is_no_file_is_not_read(self):
        os.mkfifo(self.box.path(f"{DATA}/pipe"))
        for path in ("pipe", "storage", ""):
            self.assertEqual(self.read(path)[-1]["problem"]["code"], "NOT_ALLOWED", path)

    def test_names_that_are_no_text(self):
        os.close(os.open(os.fsencode(self.box.path(DATA)) + b"/caf\xe9\n", os.O_CREAT | os.O_WRONLY))
        names = [entry["name"] for entry in result(self.box, type="browse", app="shop", path="")["entries"]]
        self.assertIn("caf\ufffd\n", names)

    def test_a_directory_of_many_is_cut(self):
        for number in range(2001):
            os.close(os.open(self.box.path(f"{DATA}/storage/uploads/{number}"), os.O_CREAT | os.O_WRONLY))
        found = result(self.box, type="browse", app="shop", path="storage/uploads")
        self.assertEqual((len(found["entries"]), found["truncated"]), (2000, True))


if __name__ == "__main__":
    unittest.main()

    def test_what_root_makes_a_place_for_is_told_whose_it_is(self):
        front = '"!/nix/store/c-croft-container" "/nix/store/s" "croft-app-shop" "/var/lib/croft/apps/shop" "0.0.0.0/8080" "-" "-" "--" '
        text = UNIT.replace('="/nix/store/l', f'={front}"/nix/store/l').replace("[Service]", "[Service]\nStateDirectory=croft/apps/shop", 1)
        self.box.write(f"{self.box.running()}/etc/systemd/system/croft-app-shop.service", text)
        self.run_command("ls")
        argv = next(call for call in self.box.calls if "croft-app-shop" in call)
        settings, command = argv[: argv.index("--")], argv[argv.index("--") + 1 :]
        self.assertIn("--setenv=STATE_DIRECTORY=/var/lib/croft/apps/shop", settings)
        self.assertFalse([part for part in settings if part.startswith(("--property=User=", "--property=StateDirectory="))])
        # The app has its port already.
        self.assertEqual(command[:3], ["/nix/store/c-croft-container", "--aside", "/nix/store/s"])
        self.assertEqual(command[-3:], ["--path", "--", "ls"])

    def test_what_the_account_makes_a_place_for_by_itself_keeps_its_account(self):
        front = '"/nix/store/c-croft-podman" "/nix/store/s" "croft-app-shop" "/var/lib/croft/apps/shop" "0.0.0.0/8080" "-" "-" "--" '
        text = UNIT.replace('="/nix/store/l', f'={front}"/nix/store/l').replace("[Service]", "[Service]\nSuccessExitStatus=129 130 141 143", 1)
        self.box.write(f"{self.box.running()}/etc/systemd/system/croft-app-shop.service", text)
        self.run_command("ls")
        argv = next(call for call in self.box.calls if "croft-app-shop" in call)
        settings, command = argv[: argv.index("--")], argv[argv.index("--") + 1 :]
        self.assertIn("--property=User=croft-app-shop", settings)
        # Of the app's own process, and not of a command.
        self.assertFalse([part for part in settings if "SuccessExitStatus" in part])
        self.assertEqual(command[:3], ["/nix/store/c-croft-podman", "--aside", "/nix/store/s"])
        self.assertEqual(command[-3:], ["--path", "--", "ls"])
