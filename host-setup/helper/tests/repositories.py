"""restic of a box of tests: a repository is a directory, with a copy of what was given to it for each snapshot.

It keeps to what restic 0.14 says and ends with; the real one is asked in nix/tests/box.
"""

import hashlib
import json
import os
import subprocess

from croft_hostd.system import Finished


def options(argv, prefix):
    return [part.removeprefix(prefix) for part in argv if part.startswith(prefix)]


class Restic:
    """One invocation, from the systemd-run that it is started with."""

    def __init__(self, box, argv, opened):
        self._box = box
        self._argv = argv
        at = next(number for number, part in enumerate(argv) if part.endswith("croft-op")) + 2
        self._target, self._arguments = argv[at], argv[at + 1 :]
        self._directory = options(argv, "--property=WorkingDirectory=")[0]
        self._secrets = {}
        for name, place in (part.split(":", 1) for part in options(argv, "--property=LoadCredentialEncrypted=")):
            with open(box.path(place), encoding="utf-8") as file:
                self._secrets[name] = opened(name, file.read())
        for name, place in (part.split(":", 1) for part in options(argv, "--property=LoadCredential=")):
            with open(box.path(place), "rb") as file:
                self._secrets[name] = file.read()
        with open(box.path("/etc/croft/facts.json"), encoding="utf-8") as file:
            settings = json.loads(file.read())["backups"]["targets"][self._target]
        self._place = box.path(settings["path"])

    def run(self):
        verb = self._arguments[0]
        if self._target in self._box.unreachable:
            said = "subprocess ssh: ssh: connect to host depot port 22: Connection refused\n"
            return self._end(1, "", said + "Fatal: unable to open repository at sftp:x: unable to start the sftp session, error: server unexpectedly closed connection: unexpected EOF\n")
        if self._target in self._box.refusing:
            trying = "Stat(<config/>) returned error, retrying after 781.556249ms: Stat: Forbidden\n"
            return self._end(1, "", 6 * trying + "signal terminated received, cleaning up\nFatal: unable to open config file: context canceled\nIs there a repository at the following location?\n")
        if verb == "init":
            os.makedirs(os.path.join(self._place, "snapshots"))
            self._write("config", {"id": hashlib.sha256(os.urandom(8)).hexdigest(), "password": self._secrets["RESTIC_PASSWORD"].decode()})
            return self._end(0, "created restic repository\n")
        config = self._read("config")
        if config is None:
            said = "Fatal: unable to open config file: stat config: no such file or directory\nIs there a repository at the following location?\n"
            return self._end(1, "", said)
        if config["password"] != self._secrets["RESTIC_PASSWORD"].decode():
            return self._end(1, "", "Fatal: wrong password or no key found\n")
        return getattr(self, "_" + verb)(config)

    def _cat(self, config):
        return self._end(0, json.dumps({"id": config["id"]}))

    def _unlock(self, config):
        return self._end(0, "successfully removed locks\n")

    def _check(self, config):
        for name in self._names():
            if not os.path.isdir(os.path.join(self._place, "data", name)):
                return self._end(1, "", f"pack {name}: does not exist\nFatal: repository contains errors\n")
        return self._end(0, "no errors were found\n")

    def _stats(self, config):
        return self._end(0, json.dumps({"total_size": 4096 * len(self._names()), "snapshots_count": len(self._names())}))

    def _backup(self, config):
        if self._box.on_backup:
            self._box.on_backup(self._box.path(self._directory))
        name = hashlib.sha256(os.urandom(8)).hexdigest()
        os.makedirs(os.path.join(self._place, "data"), exist_ok=True)
        subprocess.run(["cp", "-a", "--", self._box.path(self._directory), os.path.join(self._place, "data", name)], check=True)
        tags = options(self._arguments, "--tag=")
        clock = self._box.now()
        entry = {"id": name, "time": f"2026-05-04T12:00:{clock % 60:09.6f}Z", "paths": [self._directory], "tags": tags, "number": len(self._names())}
        self._write(f"snapshots/{name}", entry)
        summary = {"message_type": "summary", "snapshot_id": name[:8], "data_added": 100, "total_bytes_processed": 100}
        said = [json.dumps({"message_type": "status", "percent_done": 0, "total_bytes": 100}), json.dumps(summary)]
        return self._end(self._box.backup_code, "\n".join(said) + "\n")

    def _snapshots(self, config):
        found = [self._read(f"snapshots/{name}") for name in self._names()]
        wanted = self._arguments[self._arguments.index("--tag") + 1] if "--tag" in self._arguments else None
        found = [entry for entry in found if wanted is None or wanted in entry["tags"]]
        return self._end(0, json.dumps(sorted(found, key=lambda entry: entry["number"])))

    def _forget(self, config):
        for name in [name for name in self._names() if name[:8] in self._arguments]:
            os.unlink(os.path.join(self._place, "snapshots", name))
        if "--prune" in self._arguments:
            by_path = {}
            for entry in sorted((self._read(f"snapshots/{name}") for name in self._names()), key=lambda entry: -entry["number"]):
                by_path.setdefault(entry["paths"][0], []).append(entry["id"])
            for names in by_path.values():
                for name in names[self._box.keeps :]:
                    os.unlink(os.path.join(self._place, "snapshots", name))
        return self._end(0)

    def _restore(self, config):
        place = os.path.join(self._place, "data", self._arguments[1])
        if not os.path.isdir(place):
            return self._end(1, "", "ignoring error for /state/orders: ciphertext verification failed\nFatal: There were 1 errors\n")
        target = self._box.path(options(self._arguments, "--target=")[0])
        sparse = "always" if "--sparse" in self._arguments else "never"
        subprocess.run(["cp", "-a", f"--sparse={sparse}", "--", f"{place}/.", target], check=True)
        return self._end(0, "")

    def _names(self):
        return os.listdir(os.path.join(self._place, "snapshots"))

    def _end(self, code, out="", err=""):
        return Finished(self._argv, code, out, err)

    def _write(self, name, value):
        with open(os.path.join(self._place, name), "w", encoding="utf-8") as file:
            file.write(json.dumps(value))

    def _read(self, name):
        try:
            with open(os.path.join(self._place, name), encoding="utf-8") as file:
                return json.loads(file.read())
        except FileNotFoundError:
            return None
