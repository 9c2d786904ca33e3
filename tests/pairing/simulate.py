# SPDX-License-Identifier: BSD-3-Clause
"""Makes a capture like those of record.py without clients or clock: many seeds in little time.

The header sections are those of the real clients, in their order; so is what they do about
connections and cookies.  Seen from the server: a client's answer to a response arrives a round trip
later, two when it opens a connection.
"""
import heapq
import io
import os
import random
import struct
import sys
import urllib.parse

import site_model

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "rewrite"))
import ip  # noqa: E402

START = 1_700_000_000.0

# What a header section looks like: {host}, {cookie} and {content} stand for a field or nothing.
HEADS = {
    "curl": ("Host: {host}", "User-Agent: curl/7.88.1", "Accept: */*", "{cookie}", "{content}"),
    "wget": ("Host: {host}", "User-Agent: Wget/1.21.3", "Accept: */*",
             "Accept-Encoding: identity", "Connection: Keep-Alive", "{content}", "{cookie}"),
    "requests": ("Host: {host}", "User-Agent: python-requests/2.28.1",
                 "Accept-Encoding: gzip, deflate", "Accept: */*", "Connection: keep-alive",
                 "{cookie}", "{content}"),
    "httpx": ("Host: {host}", "Accept: */*", "Accept-Encoding: gzip, deflate",
              "Connection: keep-alive", "User-Agent: python-httpx/0.23.3", "{cookie}",
              "{content}"),
    "urllib": ("Accept-Encoding: identity", "{content}", "Host: {host}",
               "User-Agent: Python-urllib/3.11", "{cookie}", "Connection: close"),
    "node": ("host: {host}", "connection: keep-alive", "{content}", "accept: */*",
             "accept-language: *", "sec-fetch-mode: cors", "user-agent: node",
             "accept-encoding: gzip, deflate"),
    "java": ("{content}", "Host: {host}", "User-Agent: Java-http-client/17.0.15", "{cookie}"),
}
KINDS = sorted(HEADS)


class Connection:
    """What is sent in each direction, as frames in a heap of all."""

    def __init__(self, frames, client, server, opened, trip):
        self.frames, self.ends = frames, (client, server)
        self.sent = [1000, 5000]
        self.add(opened, 0, b"", 0x02)
        self.add(opened, 1, b"", 0x12)
        self.add(opened + trip, 0, b"", 0x10)

    def add(self, time, side, payload, flags=0x18):
        (source, sport), (destination, dport) = self.ends[side], self.ends[1 - side]
        ack = self.sent[1 - side] if flags & 0x10 else 0
        segment = struct.pack(">HHIIBBHHH", sport, dport, self.sent[side], ack, 0x50, flags,
                              65535, 0, 0) + payload
        header = ip.with_checksum(struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(segment), 0, 0,
                                              64, 6, 0, source, destination))
        heapq.heappush(self.frames, (time, len(self.frames), bytes(12) + b"\x08\x00" + header
                                     + segment))
        self.sent[side] += len(payload) + (1 if flags & 3 else 0)


class Exchange:
    def __init__(self, time, opens, base, request, truth, fields):
        self.time, self.opens, self.base, self.request = time, opens, base, request
        self.truth, self.fields = truth, fields
        self.end = time
        self.answer = b""
        self.log = None


class User:
    def __init__(self, world, number):
        self.world, self.number = world, number
        self.random = random.Random(world.seed * 1000 + number)
        self.kind = KINDS[number % len(KINDS)]
        self.trip = self.random.choice(world.trips)
        self.cookies = {}
        self.open = {}  # connections by base, where the kind keeps them
        self.sequence = 0

    def own_time(self):
        """From a response to the request that follows it: 2 ms, seldom more than 20."""
        return self.random.lognormvariate(-6.2, 1.0)

    def head(self, method, url, body):
        parts = urllib.parse.urlsplit(url)
        jar = self.cookies.setdefault(parts.hostname, {}) if self.kind != "node" else {}
        cookie = "; ".join(f"{k}={v}" for k, v in jar.items())
        lines = [f"{method} {parts.path}{'?' + parts.query if parts.query else ''} HTTP/1.1"]
        for line in HEADS[self.kind]:
            if line == "{cookie}":
                lines += [f"Cookie: {cookie}"] if cookie else []
            elif line == "{content}":
                lines += [f"Content-Length: {len(body)}",
                          "Content-Type: application/x-www-form-urlencoded"] if body else []
            else:
                lines.append(line.format(host=parts.netloc))
        if self.world.is_proxied:
            lines.append(f"X-Forwarded-For: 198.51.100.{self.number + 1}")
        return "\r\n".join(lines + ["", ""]).encode() + (body or b""), cookie

    def visit(self, now, method, url, body, follows):
        """One navigation that begins at the client at `now`; when it is over there."""
        self.sequence += 1
        if self.kind in ("curl", "wget", "urllib"):
            self.open = {}  # a program that is started anew, or that closes each time
        for _ in range(21):
            parts = urllib.parse.urlsplit(url)
            base = f"{parts.scheme}://{parts.netloc}"
            opens = base not in self.open
            if self.kind == "urllib":
                self.open = {}
            arrival = now + self.trip / 2 + (self.trip if opens else 0)
            request, cookie = self.head(method, url, body)
            exchange = Exchange(arrival, opens, base, request,
                                f"{self.number:02d}-{self.sequence:06d}", {"cookie": cookie})
            status, location, more = self.world.serve(self, exchange, method, url)
            if self.kind in ("java", "node") and self.random.random() < 0.5:
                self.open.pop(base, None)  # another connection of its pool, or none is free
            elif self.kind != "urllib":
                self.open.setdefault(base, True)
            for line in more:
                name, _, value = line.partition(": ")[2].split(";")[0].partition("=")
                self.cookies.setdefault(parts.hostname, {})[name] = value
            now = exchange.end + self.trip / 2 + self.own_time()
            if not location or not follows:
                return now
            if status == 303 or (status in (301, 302) and method == "POST"):
                method, body = "GET", None
            url = urllib.parse.urljoin(url, location)
        return now


class World:
    def __init__(self, seed, users, seconds, unfollowed, think, trips, is_proxied, is_own):
        self.seed, self.trips, self.is_proxied, self.is_own = seed, trips, is_proxied, is_own
        self.bases = ["http://a.test:8001", "http://b.test:8002"]
        self.site = site_model.Site(seed, dict(zip((8001, 8002), self.bases)))
        self.exchanges, self.connections, self.pool = [], {}, {}
        for number in range(users):
            user = User(self, number)
            rng, now = user.random, START + user.random.uniform(0, think)
            while now < START + seconds:
                method, url, body = site_model.choose(rng, self.bases, user.kind != "node")
                body = urllib.parse.urlencode(body).encode() if body else None
                now = user.visit(now, method, url, body, rng.random() >= unfollowed)
                now += rng.expovariate(1 / think)

    def serve(self, user, exchange, method, url):
        parts = urllib.parse.urlsplit(url)
        port = parts.port
        target = parts.path + ("?" + parts.query if parts.query else "")
        status, location, more = self.site.answer(port, method, target, exchange.fields)
        exchange.end = exchange.time + 0.001 + self.site.random.expovariate(200)
        body = b"" if location else b"<p>Here you are.</p>\n" * 10
        lines = [f"HTTP/1.1 {status} {site_model.REASONS[status]}", "Content-Type: text/html",
                 f"Content-Length: {len(body)}"]
        lines += ([f"Location: {location}"] if location else []) + more
        exchange.answer = "\r\n".join(lines + ["", ""]).encode() + body
        exchange.log = (method, target, status, location or "-")
        self.exchanges.append((exchange.time, len(self.exchanges), user, port, exchange))
        return status, location, more

    def connection(self, frames, user, port, exchange, ports):
        """The connection that carries the exchange; a proxy takes any of its own that is idle."""
        key = port if self.is_proxied else (user.number, port)
        kept = self.pool.setdefault(key, [])
        idle = [c for c in kept if c[1] < exchange.time]
        if idle and (self.is_proxied or not exchange.opens):
            return idle[-1]
        address = bytes([10, 0, 0, user.number + 1 if self.is_own else 250])
        ports[0] = ports[0] + 1 if ports[0] < 60000 else 10000
        trip = 0.0002 if self.is_proxied else user.trip
        made = [Connection(frames, (address, ports[0]), (bytes([10, 0, 1, 1]), port),
                           exchange.time - trip, trip), 0.0]
        if self.is_proxied:
            kept.append(made)
        else:
            kept[:] = [made]
        return made

    def write(self, capture, truth):
        frames, ports = [], [20000]
        with open(truth, "w", encoding="ascii") as file:
            for _, _, user, port, exchange in sorted(self.exchanges, key=lambda e: e[:2]):
                held = self.connection(frames, user, port, exchange, ports)
                held[1] = exchange.end
                held[0].add(exchange.time, 0, exchange.request)
                held[0].add(exchange.end, 1, exchange.answer)
                print(held[0].ends[0][1], port, exchange.truth, *exchange.log, sep="\t",
                      file=file)
        out = io.BytesIO()
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        while frames:
            time, _, data = heapq.heappop(frames)
            micro = round(time * 1e6)
            out.write(struct.pack("<IIII", micro // 10**6, micro % 10**6, len(data), len(data)))
            out.write(data)
        with open(capture, "wb") as file:
            file.write(out.getvalue())


NEAR = (0.0002, 0.001, 0.005, 0.02)


def simulate(capture, truth, seed, *, users=40, seconds=120, unfollowed=0.3, think=1.5,
             trips=NEAR, is_proxied=False, is_own=False):
    World(seed, users, seconds, unfollowed, think, trips, is_proxied, is_own).write(capture, truth)
