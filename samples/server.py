#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""A small HTTP/1.1 server that redirects, for recording samples.

usage: server.py [PORT]

Every answer follows from the request alone, so that a recording can be made
again.  Routes are fixed paths with fixed targets; /r/STATUS?to=PATH is for the
client that walks through all statuses.  Whatever is asked without being a
redirect exists, and says with which method and how much content it was asked.
"""

import html
import http.server
import pathlib
import sys
import urllib.parse

CLIENTS = pathlib.Path(__file__).parent / "clients"

# Two Location lines and the space in a Location are what the samples are about.
REDIRECTS = {
    "/order": (307, ["/v2/order"]),
    "/checkout": (303, ["/orders/1042"]),
    "/articles/7": (303, ["/articles/7/revisions/3"]),
    "/profile": (301, ["/users/me"]),
    "/basket": (302, ["/users/me/basket"]),
    "/comments": (303, ["/comments/51"]),
    "/report.pdf": (307, ["/archive/report.pdf"]),
    "/downloads/report.pdf": (302, ["http://other.example/mirror/report.pdf"]),
    "/notes/1": (307, ["http://other.example/shared/notes/1"]),
    "/messages": (308, ["/v2/messages"]),
    "/account": (302, ["/login"]),
    "/login": (302, ["/account"]),
    "/spring": (302, ["/offers/spring", "/offers/april"]),
    "/summer": (302, ["/offers/summer sale"]),
}

# What a real service would refuse is refused here, for a changed method shows
# to a user as an error.  Other paths take any method.
ALLOWED = {
    "/v2/order": ["POST"],
    "/orders/1042": ["GET", "HEAD"],
    "/articles/7/revisions/3": ["GET", "HEAD"],
}

PAGES = {
    "/matrix": "matrix.html",
    "/editor": "editor.html",
}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Header section and content leave in one write, hence in one segment.
    wbufsize = -1
    timeout = 30

    def answer(self):
        content = self.read_content()
        if content is None:
            self.close_connection = True
            self.reply(411, "<p>Content-Length, please.</p>\n")
            return
        path, _, query = self.path.partition("?")
        status, locations = self.redirect(path, query)
        if status:
            self.reply(status, note(locations[0]), [("Location", to) for to in locations])
        elif self.is_preflight():
            self.reply(204, "", [
                ("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT"),
                ("Access-Control-Allow-Headers", "content-type"),
            ])
        elif path in PAGES:
            self.reply(200, (CLIENTS / PAGES[path]).read_text(encoding="ascii"))
        elif self.command not in ALLOWED.get(path, [self.command]):
            self.reply(405, f"<p>{self.command} is not for this resource.</p>\n",
                       [("Allow", ", ".join(ALLOWED[path]))])
        else:
            self.reply(200, f"<p>{self.command} with {len(content)} octets of content.</p>\n")

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer

    def read_content(self):
        """The content of the request; None when its length is not announced."""
        if "Transfer-Encoding" in self.headers:
            return None
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def redirect(self, path, query):
        # A preflight asks about the resource and must not be redirected.
        if self.is_preflight():
            return None, []
        if path.startswith("/r/"):
            target = urllib.parse.parse_qs(query)["to"][0]
            return int(path.removeprefix("/r/")), [target]
        return REDIRECTS.get(path, (None, []))

    def is_preflight(self):
        return self.command == "OPTIONS" and "Access-Control-Request-Method" in self.headers

    def reply(self, status, text, fields=()):
        content = text.encode("ascii")
        self.send_response(status)
        for name, value in fields:
            self.send_header(name, value)
        if "Origin" in self.headers:
            self.send_header("Access-Control-Allow-Origin", self.headers["Origin"])
        if status != 204:
            self.send_header("Content-Type", "text/html; charset=us-ascii")
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def version_string(self):
        """Leaves out the version of Python, which would change the recordings."""
        return "samples"

    def log_message(self, *_):
        """Says nothing: the capture is the log."""


def note(location):
    """The short hypertext note that a redirect should carry (RFC 9110, 15.4)."""
    link = html.escape(location)
    return f'<p>What you ask for is at <a href="{link}">{link}</a>.</p>\n'


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 80
    http.server.ThreadingHTTPServer(("", port), Handler).serve_forever()


if __name__ == "__main__":
    main()
