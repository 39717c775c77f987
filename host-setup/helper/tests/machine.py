"""What a machine must have for a test."""

import os
import unittest


def needs(there, why):
    """Skips a test class where a machine lacks something; fails it where nothing may be left out, as in `croft test`."""

    def decorate(case):
        if there or not os.environ.get("CROFT_TEST_WHOLE"):
            return unittest.skipUnless(there, why)(case)

        def fail(cls):
            raise AssertionError(f"{case.__name__} was not run: {why}.")

        case.setUpClass = classmethod(fail)
        return case

    return decorate
