"""Copies of apps' data on the file systems that make them at once: btrfs and XFS, real ones, in a file of this machine."""

import os
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

HELPER = os.path.join(os.path.dirname(__file__), "..", "..")
sys.path[:0] = [HELPER, os.path.join(HELPER, "tests")]

import test_snapshots

DATA = test_snapshots.DATA
#: The least that XFS takes.
SIZE = 320 * 1024 * 1024


class OnFileSystem(test_snapshots.SnapshotTest):
    """The helper's own tests of snapshots, with the whole box on another file system."""

    make = ()

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="croft-filesystem-")
        cls.addClassCleanup(os.rmdir, cls.directory)
        image = os.path.join(tempfile.gettempdir(), os.path.basename(cls.directory) + ".img")
        with open(image, "wb") as file:
            file.truncate(SIZE)
        cls.addClassCleanup(os.unlink, image)
        subprocess.run([*cls.make, image], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["mount", "-o", "loop", image, cls.directory], check=True)
        cls.addClassCleanup(subprocess.run, ["umount", "--lazy", cls.directory], check=True)

    def setUp(self):
        with unittest.mock.patch("box.new_root", lambda: tempfile.mkdtemp(dir=self.directory)):
            super().setUp()

    def test_without_room_nothing_is_begun_and_the_bytes_are_told(self):
        """Does not hold here: the copy takes no room."""
        self.put("x" * 200_000)
        free = self.box.free_bytes
        self.box.free_bytes = lambda path: 1000 if path == test_snapshots.snapshots.ROOT else free(path)
        self.assertEqual(self.upgrade()["state"], "SUCCEEDED")


class BtrfsTest(OnFileSystem):
    make = ("mkfs.btrfs", "--quiet")
    copier = "btrfs"
    methods = ("subvolume",)

    def setUp(self):
        super().setUp()
        os.makedirs(os.path.dirname(self.box.path(DATA)), exist_ok=True)
        subprocess.run(["btrfs", "subvolume", "create", self.box.path(DATA)], check=True, stdout=subprocess.DEVNULL)

    def test_the_copy_is_a_subvolume(self):
        self.put("one")
        self.upgrade()
        (entry,) = self.listed()
        copy = self.box.path(f"/var/lib/croft/snapshots/shop/{entry['id']}/state")
        shown = subprocess.run(["btrfs", "subvolume", "show", copy], check=True, capture_output=True, text=True)
        self.assertIn("UUID", shown.stdout)


class XfsTest(OnFileSystem):
    make = ("mkfs.xfs", "-q")
    methods = ("reflink",)


del OnFileSystem  # It is no test of its own.

if __name__ == "__main__":
    unittest.main()
