"""One command in an app's environment: its account, variables, secrets, slice and confinement, taken from the app's own unit.

The unit's text is read as systemd has it, overrides of the box's owner included. What says how the app itself is started, watched
and stopped is left out; all the rest is set on a transient unit, whose output is streamed while it runs.
"""

import os
import shlex
import sys

from . import programs, units
from .jsontext import loads
from .output import cut
from .problems import problem
from .system import rfc3339
from .text import clean

_STOP_SECONDS = 10
#: Of the unit's [Service]: what concerns the app's own process and not what it may do.
_LEFT_OUT = frozenset(
    "Type ExecStart ExecStartPre ExecStartPost ExecCondition ExecReload ExecReloadPost ExecStop ExecStopPost Restart RestartSec RestartSteps"
    " RestartMaxDelaySec RestartMode RemainAfterExit TimeoutSec TimeoutStartSec TimeoutStopSec TimeoutAbortSec TimeoutStartFailureMode"
    " TimeoutStopFailureMode RuntimeMaxSec RuntimeRandomizedExtraSec WatchdogSec WatchdogSignal PIDFile BusName NotifyAccess Sockets"
    " FileDescriptorStoreMax FileDescriptorStorePreserve OOMPolicy GuessMainPID SuccessExitStatus RestartPreventExitStatus"
    " RestartForceExitStatus RootDirectoryStartOnly NonBlocking USBFunctionDescriptors USBFunctionStrings ReloadSignal ExitType"
    " StandardInput StandardOutput StandardError StandardInputText StandardInputData TTYPath TTYReset TTYVHangup TTYVTDisallocate"
    " SyslogIdentifier LogExtraFields Environment".split()
)
_LAUNCHER = "/bin/croft-launch"
_JAIL = "-croft-jail"
#: What makes a place with a network of its own; a command beside the app is told that the app has its port.
_PLACES = ("-croft-container", "-croft-podman", "-croft-microvm")
#: A unit's settings are root's when its first word has this in front: then the account is the affair of what stands in front.
_BY_ROOT = "!"
_ACCOUNT = frozenset("User Group StateDirectory StateDirectoryMode".split())


def serve(system, request, writer, console_fd):
    """Answers an `exec` request."""
    app = request["app"]
    settings, launcher = _settings(system, app)
    units.require_not_held(system, app)
    unit = units.exec_unit(app, os.urandom(4).hex())
    seconds = request["timeoutSeconds"]
    argv = [
        "systemd-run",
        "--quiet",
        "--collect",
        "--pipe",
        "--wait",
        "--no-ask-password",
        "--service-type=exec",
        # The words are the operator's; a dollar sign in them is one.
        "--expand-environment=no",
        f"--unit={unit}",
        f"--description=Croft: a command of {app}",
        *settings,
        # Looked at by systemd when it starts it: whoever holds the app has stopped all that was started before.
        f"--property=AssertPathExists=!{units.HELD}/{app}",
        f"--property=RuntimeMaxSec={seconds}",
        f"--property=TimeoutStopSec={_STOP_SECONDS}",
        f"--property=SyslogIdentifier=croft-exec-{app}",
        "--",
        *_started(launcher, request["command"]),
    ]
    began = system.monotonic()
    child = system.spawn(argv)
    try:
        _copy(system, child, unit, writer, console_fd)
        code = child.wait()
    finally:
        # Whoever closes the channel ends the command with it.
        child.stop()
        system.run(["systemctl", "stop", "--no-block", "--", unit])
    took = system.monotonic() - began
    if code != 0 and took >= seconds:
        raise problem("EXEC_FAILED", app=app, why=f"It was ended after {seconds} seconds, which was all the time it had.")
    return {"exitCode": code, "seconds": round(took, 3)}


def _started(front, command):
    """The command behind what stands in front of the app's own."""
    if front and front[0].endswith((_JAIL, *_PLACES)):
        # Nothing of Croft's but croft-launch is to be seen in there.
        aside = ["--aside"] if front[0].endswith(_PLACES) else []
        return [front[0].removeprefix(_BY_ROOT), *aside, *front[1:-1], "--path", front[-1], *command]
    return [*front, *programs.croft_op("launch", "--"), *command]


def launch(command):
    """Becomes the command, in the unit. It is looked for as the app's own programs are."""
    import signal

    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, and what is ignored stays so.
    try:
        os.execvp(command[0], command)
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        raise SystemExit(126 if isinstance(error, PermissionError) else 127) from error


def _copy(system, child, unit, writer, console_fd):
    from .frames import ConsoleGone
    from .journal import console_closed

    number = 0
    while (batch := child.lines(1.0)) is not None:
        frames = []
        for stream, raw in batch:
            number += 1
            text = cut(clean(raw.decode("utf-8", "replace")))
            priority = 6 if stream.startswith("out") else 4
            frames.append(
                {"type": "line", "cursor": str(number), "time": rfc3339(system.now()), "priority": priority, "unit": unit, "text": text}
            )
        if frames:
            writer.write_all(frames)
        elif console_closed(console_fd):
            raise ConsoleGone()


def _settings(system, app):
    """(arguments for systemd-run, the words in front of the app's own command that hand it its secrets)"""
    unit = units.app_unit(app)
    shown = system.run(["systemctl", "cat", "--no-pager", "--", unit], timeout=30)
    if shown.code != 0:
        raise problem("NOT_FOUND", thing=f"the app {app}", why=f"There is no unit {unit} on it.")
    variables, found, launcher = [], [], []
    for key, value in _service_lines(shown.out):
        if key == "Environment":
            variables += [f"--setenv={one}" for one in _variables(value)]
        elif key == "ExecStart":
            launcher = _launcher(value)
        elif key not in _LEFT_OUT and not key.startswith("X-"):
            found.append((key, value.replace("%%", "%")))
    by_root = bool(launcher) and launcher[0].startswith(_BY_ROOT)
    # systemd-run has no such sign: there root is whom the unit belongs to, and the directory stays the app's.
    left_out = _ACCOUNT if by_root else ()
    told = [f"--setenv=STATE_DIRECTORY=/var/lib/{value}" for key, value in found if by_root and key == "StateDirectory"]
    return variables + told + [f"--property={key}={value}" for key, value in found if key not in left_out], launcher


def _service_lines(text):
    """(key, value) of the [Service] sections, in order, with continued lines joined."""
    section, rest = "", ""
    for line in text.splitlines():
        line = rest + line.strip()
        rest = ""
        if not line or line[0] in "#;":
            continue
        if line.endswith("\\"):
            rest = line[:-1] + " "
        elif line.startswith("["):
            section = line
        elif section == "[Service]" and "=" in line:
            key, value = line.split("=", 1)
            yield key.strip(), value.strip()


def _variables(value):
    """The assignments of an Environment= line. NixOS writes one in each, quoted as JSON is."""
    try:
        words = [loads(value)]
    except ValueError:
        words = shlex.split(value)
    return [word.replace("%%", "%") for word in words if isinstance(word, str) and "=" in word]


def _launcher(value):
    words, end = shlex.split(value), 0
    while end < len(words) and words[end].endswith((_LAUNCHER, _JAIL, *_PLACES)) and "--" in words[end:]:
        end = words.index("--", end) + 1
    return [word.replace("%%", "%").replace("$$", "$") for word in words[:end]]
