"""The library: each file of modules/ is a value, each of refused/ an error. Where the real library is at hand, both must agree."""

import os
import unittest

from nix import TESTS, TREE, Refused, canonical, evaluate, expected

OURS = TREE / "lib"
REAL = os.environ.get("CROFT_NIXPKGS_LIB")


def case(file, library):
    return f"import {file} {{ lib = import {library}; }}"


def refusal(file, library):
    """The message, or None when nothing was refused."""
    try:
        evaluate(case(file, library))
        return None
    except Refused as refused:
        return refused.message


class LibraryTest(unittest.TestCase):
    maxDiff = None

    def test_values(self):
        for file in sorted((TESTS / "modules").glob("*.nix")):
            with self.subTest(file.stem):
                expected(self, f"modules/{file.stem}.json", canonical(evaluate(case(file, OURS))))

    def test_refusals(self):
        for file in sorted((TESTS / "refused").glob("*.nix")):
            with self.subTest(file.stem):
                message = refusal(file, OURS)
                self.assertIsNotNone(message, "was accepted")
                expected(self, f"refused/{file.stem}.txt", message + "\n")


@unittest.skipUnless(REAL, "CROFT_NIXPKGS_LIB does not name the real library")
class RealLibraryTest(unittest.TestCase):
    maxDiff = None

    def test_values(self):
        for file in sorted((TESTS / "modules").glob("*.nix")):
            with self.subTest(file.stem):
                self.assertEqual(evaluate(case(file, REAL)), evaluate(case(file, OURS)))

    def test_refusals(self):
        for file in sorted((TESTS / "refused").glob("*.nix")):
            with self.subTest(file.stem):
                self.assertEqual(refusal(file, REAL), refusal(file, OURS))


if __name__ == "__main__":
    unittest.main()
