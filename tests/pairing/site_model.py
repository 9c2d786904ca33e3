# SPDX-License-Identifier: BSD-3-Clause
"""The site that the clients of the measurement visit, and what they ask of it: two origins, hot
pages, redirects to them, forms, a login that bounces.
"""
import random
import urllib.parse

HOT = 8
SID_USES = 4
REASONS = {200: "OK", 301: "Moved Permanently", 302: "Found", 303: "See Other",
           307: "Temporary Redirect", 308: "Permanent Redirect"}


def hot(rng):
    """A hot page: the first is asked for most."""
    return min(int(rng.expovariate(0.5)), HOT - 1)


class Site:
    def __init__(self, seed, bases):
        self.random = random.Random(seed)
        self.bases = bases  # what the origins are called from outside, by port
        self.sids = {}
        self.orders = 1000

    def token(self):
        return f"{self.random.getrandbits(104):026x}"

    def answer(self, port, method, target, fields):
        """(status, Location or None, further header lines)"""
        path, _, query = target.partition("?")
        parts = path.strip("/").split("/")
        other = self.bases[8001 + 8002 - port]
        if parts[0] == "r":
            return self.redirect(int(parts[1]), parts[2], other)
        if parts[0] == "private":
            sid = dict(pair.strip().partition("=")[::2]
                       for pair in fields.get("cookie", "").split(";")).get("sid")
            if self.sids.get(sid, 0) > 0:
                self.sids[sid] -= 1
                return 200, None, []
            return 302, "/login?next=" + urllib.parse.quote(path), []
        if parts[0] == "login":
            sid = self.token()
            self.sids[sid] = SID_USES
            target = dict(urllib.parse.parse_qsl(query)).get("next", "/")
            return 302, target, [f"Set-Cookie: sid={sid}; Path=/"]
        if parts[0] == "order" and method == "POST":
            self.orders += 1
            own = self.random.random() < 0.5
            return 303, f"/orders/{self.orders}" if own else "/thanks", []
        if parts[0] == "api":
            return self.random.choice([307, 308]), "/v2/api", []
        return 200, None, []

    def redirect(self, status, kind, other):
        if kind == "h":
            return status, f"/hot/{hot(self.random)}", []
        if kind == "x":
            return status, f"{other}/hot/{hot(self.random)}", []
        if kind == "t":
            return status, f"{other}/callback?code={self.token()}", []
        if kind == "s":
            return status, f"/hot/{hot(self.random)}", [f"Set-Cookie: visit={self.token()}; Path=/"]
        if kind.startswith("c") and kind != "c0":
            return status, f"/r/{status}/c{int(kind[1:]) - 1}", []
        return status, f"/hot/{hot(self.random)}", []


def choose(rng, bases, has_cookies):
    """(method, URL, body) of a navigation; a login is nothing for who keeps no cookies."""
    base = rng.choice(bases)
    status = rng.choice([301, 302, 302, 302])
    kind = rng.choices(["direct", "h", "x", "c2", "c3", "private", "order", "api", "t", "s"],
                       [30, 22, 12, 4, 3, 8 * has_cookies, 7, 6, 4, 4])[0]
    if kind == "direct":
        pages = [f"/hot/{hot(rng)}"] * 8 + ["/thanks", "/v2/api"]
        return "GET", base + rng.choice(pages), None
    if kind == "private":
        return "GET", f"{base}/private/{rng.randrange(5)}", None
    if kind in ("order", "api"):
        return "POST", f"{base}/{kind}", {"item": str(rng.randrange(20)), "count": "1"}
    return "GET", f"{base}/r/{status}/{kind}", None
