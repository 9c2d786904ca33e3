#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""How well pairs are found in captures made by simulate.py, against what was promised.

usage: pairing_test.py SEEOTHER

run.py measures the same with real clients; here a worse weight shows within seconds.
"""
import functools
import os
import sys
import tempfile
import unittest

import measure
import simulate

SEEOTHER = os.path.abspath(sys.argv.pop(1))
SEEDS = (7, 8)
SHARES = (0, 0.3, 0.6)


@functools.lru_cache(maxsize=None)
def result(place, unfollowed):
    total = measure.Result()
    for seed in SEEDS:
        with tempfile.TemporaryDirectory() as folder:
            capture, truth = os.path.join(folder, "pcap"), os.path.join(folder, "truth")
            simulate.simulate(capture, truth, seed, seconds=90, unfollowed=unfollowed,
                              is_own=place == "own", is_proxied=place == "proxy")
            total.add(measure.measure(SEEOTHER, capture, truth))
    return total


class Pairing(unittest.TestCase):
    def check(self, found, precision, recall):
        self.assertGreater(found.redirects, 2000)
        self.assertGreaterEqual(found.precision()[0], precision)
        self.assertGreaterEqual(found.recall()[0], recall)

    def test_behind_one_address(self):
        for share, recall in zip(SHARES, (0.95, 0.92, 0.9)):
            with self.subTest(unfollowed=share):
                self.check(result("shared", share), 0.995, recall)

    def test_through_a_proxy(self):
        for share in SHARES:
            with self.subTest(unfollowed=share):
                self.check(result("proxy", share), 0.995, 0.95)

    def test_one_client_an_address(self):
        total = measure.Result()
        for share in SHARES:
            total.add(result("own", share))
        self.check(total, 0.999, 0.985)
        self.check(result("own", 0), 0.999, 0.99)

    def test_confidence_means_something(self):
        """A level is right more often than the one below it."""
        total = measure.Result()
        for place in ("shared", "own", "proxy"):
            for share in SHARES:
                total.add(result(place, share))
        high, medium, low = (total.precision((level,))[0] for level in measure.LEVELS)
        self.assertGreater(high, medium)
        self.assertGreater(medium, 0.9)
        self.assertLess(low, 0.1)


if __name__ == "__main__":
    unittest.main()
