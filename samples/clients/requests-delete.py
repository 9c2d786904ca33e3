#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Deletes a resource with requests, which follows redirects by default."""

import sys

import requests

answer = requests.delete(sys.argv[1], timeout=10)
print(answer.status_code, answer.url)
