# SPDX-License-Identifier: BSD-3-Clause
"""Users of a Python library, each with a session of its own: requests, httpx or urllib.

A line in is a navigation, as JSON; a line out is its id once it is done.
"""
import concurrent.futures
import http.cookiejar
import json
import sys
import threading
import urllib.error
import urllib.request


class Requests:
    def __init__(self):
        import requests
        self.session = requests.Session()

    def visit(self, url, method, body, truth, follows):
        answer = self.session.request(method, url, data=body, headers={"X-Truth": truth},
                                      allow_redirects=follows, timeout=20)
        return answer.content


class Httpx:
    def __init__(self):
        import httpx
        self.client = httpx.Client(timeout=20)

    def visit(self, url, method, body, truth, follows):
        data = {"data": body} if body else {}
        self.client.request(method, url, headers={"X-Truth": truth}, follow_redirects=follows,
                            **data)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Urllib:
    """Closes every connection, so that nothing but its fields tells it from another."""

    def __init__(self):
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.follower = urllib.request.build_opener(jar)
        self.stayer = urllib.request.build_opener(jar, NoRedirect)

    def visit(self, url, method, body, truth, follows):
        data = "&".join(f"{k}={v}" for k, v in body.items()).encode() if body else None
        request = urllib.request.Request(url, data, {"X-Truth": truth}, method=method)
        opener = self.follower if follows else self.stayer
        try:
            with opener.open(request, timeout=20) as answer:
                answer.read()
        except urllib.error.HTTPError:
            pass  # a redirect that is not followed, or a 307 of a POST


def main(library):
    kind = {"requests": Requests, "httpx": Httpx, "urllib": Urllib}[library]
    users, lock = {}, threading.Lock()

    def run(task):
        try:
            users[task["user"]].visit(task["url"], task["method"], task["body"], task["truth"],
                                      task["follows"])
        except Exception as error:  # whatever happens, the navigation is over
            print(task["truth"], repr(error), file=sys.stderr)
        with lock:
            print(json.dumps(task["id"]), flush=True)

    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        for line in sys.stdin:
            task = json.loads(line)
            if task["user"] not in users:
                users[task["user"]] = kind()
            pool.submit(run, task)


main(sys.argv[1])
