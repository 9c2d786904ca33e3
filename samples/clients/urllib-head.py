#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Asks for the header fields of a resource with urllib, which follows redirects by default."""

import sys
import urllib.request

request = urllib.request.Request(sys.argv[1], method="HEAD")
with urllib.request.urlopen(request, timeout=10) as answer:
    print(answer.status, answer.url)
