"""A booted sandbox host for the tests, driven from the outside through its own command."""

import atexit
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

SANDBOX = Path(__file__).resolve().parent.parent / "sandbox"


class Box:
    def __init__(self, data=None):
        self.data = Path(data or tempfile.mkdtemp(prefix="croft-sandbox-test-"))
        self.root = self.data / "sandbox" / "root"

    def command(self, *argv, check=True, **options):
        result = subprocess.run(
            [SANDBOX, argv[0], "--data", self.data, *argv[1:]], capture_output=True, text=True, check=False, **options
        )
        if check and result.returncode != 0:
            raise AssertionError(f"sandbox {' '.join(map(str, argv))}: status {result.returncode}\n{result.stderr}")
        return result

    def start(self):
        return self.command("start", "--blank")

    def run(self, *argv, check=True, stdin=None):
        """Runs argv inside as root."""
        options = ["--stdin"] if stdin is not None else []
        return self.command("exec", *options, "--", *argv, check=check, input=stdin)

    def out(self, *argv):
        return self.run(*argv).stdout.strip()

    def write(self, path, text, executable=False):
        file = self.root / str(path).lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        if executable:
            file.chmod(0o755)

    def remove(self):
        self.command("destroy")
        shutil.rmtree(self.data)


_shared = None


def shared_box():
    """One blank box for all tests of a run; CROFT_TEST_DATA=DIR keeps and reuses it."""
    global _shared
    if _shared is None:
        kept = os.environ.get("CROFT_TEST_DATA")
        _shared = Box(kept)
        _shared.start()
        if not kept:
            atexit.register(_shared.remove)
    return _shared
