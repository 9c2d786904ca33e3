#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Puts a line of text with requests, which follows redirects by default."""

import sys

import requests

answer = requests.put(sys.argv[1], data="name=Ada\n", headers={"Content-Type": "text/plain"}, timeout=10)
print(answer.status_code, answer.url)
