#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Posts a form with treq, following redirects as its option says a browser does."""

import sys

import treq
from twisted.internet import task


def post(_reactor, uri):
    answer = treq.post(uri, data={"text": "tea"}, browser_like_redirects=True)
    return answer.addCallback(treq.text_content).addCallback(print)


task.react(post, sys.argv[1:])
