import unittest

import greeting


class GreetingTest(unittest.TestCase):
    def test_names_the_one_greeted(self):
        self.assertIn("x", greeting.text("x"))
