# SPDX-License-Identifier: BSD-3-Clause
"""Captures of adversarial shapes, each of a size that is asked for.

A shape is a function of a size; it returns captures as lists of (microseconds, frame).
"""
import random
import socket
import struct

ETHERNET = bytes.fromhex("020000000001020000000002")
START = 1_700_000_000_000_000
SYN, ACK, FIN = 2, 16, 1
SERVER = "198.51.100.1"


def address(i):
    return f"10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}"


def ip(source, destination, protocol, octets, ident=0, fragment=0x4000):
    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(octets), ident, fragment, 64, protocol, 0,
                       socket.inet_aton(source), socket.inet_aton(destination)) + octets


def tcp(ports, seq, ack, flags, payload=b""):
    return struct.pack("!HHIIBBHHH", ports[0], ports[1], seq & 0xFFFFFFFF, ack & 0xFFFFFFFF,
                       0x50, flags, 65535, 0, 0) + payload


def frame(packet):
    return ETHERNET + b"\x08\x00" + packet


class Capture:
    def __init__(self):
        self.frames = []
        self.now = START

    def add(self, octets, step=10):
        self.now += step
        self.frames.append((self.now, octets))

    def connection(self, client="192.0.2.1", port=40000, server=SERVER):
        return Connection(self, client, port, server)


class Connection:
    def __init__(self, capture, client, port, server):
        self.capture = capture
        self.ends = [(client, port), (server, 80)]
        self.seq = [1000, 5000]
        self.send(0, b"", SYN)
        self.send(1, b"", SYN | ACK)

    def frame(self, me, payload, flags=ACK, at=0):
        """A segment that says `payload`, `at` octets behind the next one."""
        (source, sport), (destination, dport) = self.ends[me], self.ends[1 - me]
        return frame(ip(source, destination, 6, tcp((sport, dport), self.seq[me] + at,
                                                    self.seq[1 - me], flags, payload)))

    def send(self, me, payload, flags=ACK, step=10):
        for at in range(0, max(len(payload), 1), 1400):
            part = payload[at:at + 1400]
            self.capture.add(self.frame(me, part, flags), step)
            self.seq[me] += len(part) + (1 if flags & (SYN | FIN) else 0)
        return self

    def ask(self, path="/", fields="", method="GET", host="shop.example"):
        return self.send(0, f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n".encode())

    def answer(self, status=200, fields=""):
        return self.send(1, f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n{fields}\r\n".encode())

    def redirect(self, location, fields="", status=302):
        return self.answer(status, f"Location: {location}\r\n{fields}")

    def close(self):
        return self.send(0, b"", FIN | ACK).send(1, b"", FIN | ACK)


def syns(n):
    c = Capture()
    for i in range(n):
        c.add(frame(ip(address(i), SERVER, 6, tcp((1024 + i % 60000, 80), i * 77, 0, SYN))))
    return [c.frames]


def open_requests(n):
    """Connections with half a header section each."""
    c = Capture()
    for i in range(n):
        c.connection(address(i)).send(0, b"GET / HTTP/1.1\r\nHost: shop.exa")
    return [c.frames]


def same_ports_again(n):
    c = Capture()
    for i in range(n):
        one = c.connection()
        one.seq = [1001 + 5000 * i, 5001 + 5000 * i]
        one.ask().answer().close()
        c.now += 100_000
    return [c.frames]


def same_ports_again_soon(n):
    """The same two ends, opened anew with other numbers."""
    c = Capture()
    for i in range(n):
        (client, server) = ("192.0.2.1", SERVER)
        base = i * 100_000
        c.add(frame(ip(client, server, 6, tcp((4000, 80), base, 0, SYN))))
        c.add(frame(ip(server, client, 6, tcp((80, 4000), base + 7, base + 1, SYN | ACK))))
        c.add(frame(ip(client, server, 6, tcp((4000, 80), base + 1, base + 8, ACK,
                                              b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"))))
    return [c.frames]


def same_ends_in_many_networks(n):
    """One direction only, so that each could be the other half of any."""
    c = Capture()
    for i in range(n):
        tag = struct.pack("!HHH", 0x8100, i % 4094 + 1, 0x0800)
        c.add(ETHERNET + tag + ip("192.0.2.1", SERVER, 6, tcp((4000, 80), 1, 1, ACK, b"GET /")))
    return [c.frames]


def one_octet_segments(n):
    c = Capture()
    one = c.connection()
    one.send(0, f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {n}\r\n\r\n".encode())
    for _ in range(n):
        one.send(0, b"x")
    one.answer()
    return [c.frames]


def one_octet_head(n):
    c = Capture()
    one = c.connection()
    for octet in f"GET /{'x' * n} HTTP/1.1\r\nHost: a\r\n\r\n".encode():
        one.send(0, bytes([octet]))
    one.answer()
    return [c.frames]


def one_octet_not_http(n):
    """After a gap, octets in which the next message is looked for."""
    c = Capture()
    one = c.connection()
    one.ask().answer()
    one.seq[0] += 10
    for i in range(n):
        one.send(0, b"GET / HTTP"[i % 10:i % 10 + 1])
    return [c.frames]


def holes(n, order=lambda places: places):
    """Every other octet group is missing, and never comes."""
    c = Capture()
    one = c.connection()
    one.send(0, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n")
    for i in order(list(range(n))):
        c.add(one.frame(0, b"0123456789", at=20 * i + 10))
    return [c.frames]


def holes_backwards(n):
    return holes(n, lambda places: places[::-1])


def holes_at_random(n):
    return holes(n, lambda places: random.Random(1).sample(places, len(places)))


def holes_of_many(n):
    c = Capture()
    for i in range(n):
        one = c.connection(address(i))
        c.add(one.frame(0, b"0123456789", at=10))
    return [c.frames]


def overlapping(n):
    """The same held octets again and again, cut elsewhere each time, and the hole never filled."""
    c = Capture()
    one = c.connection()
    random_source = random.Random(2)
    for _ in range(n):
        at = random_source.randrange(1, 20000)
        c.add(one.frame(0, b"x" * random_source.randrange(1, 1400), at=at))
    return [c.frames]


def retransmissions(n):
    c = Capture()
    one = c.connection()
    again = one.frame(0, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    one.ask()
    for _ in range(n):
        c.add(again)
    return [c.frames]


def same_packets_later(n):
    """One packet, each time too late to be a copy."""
    c = Capture()
    one = c.connection()
    again = one.frame(0, b"x")
    for _ in range(n):
        c.add(again, 2_000_000)
    return [c.frames]


def fields(n):
    """Redirects and follow-ups with so many fields, each named otherwise."""
    c = Capture()
    many = "".join(f"x-{i}: {i}\r\n" for i in range(n))
    fewer = "".join(f"x-{i}: {i}\r\n" for i in range(n, 0, -1))
    for i in range(10):
        one = c.connection(port=1000 + i)
        one.ask("/a", many).redirect("/b").ask("/b", fewer).answer(200, many)
    return [c.frames]


def same_field(n):
    c = Capture()
    for i in range(10):
        one = c.connection(port=1000 + i)
        one.ask("/a", "X-Same: 1\r\n" * n).redirect("/b", "X-Same: 1\r\n" * n)
        one.ask("/b", "X-Same: 1\r\n" * n).answer()
    return [c.frames]


def cookies(n):
    """Many in one field, R's and F's, and as many set."""
    c = Capture()
    line = "Cookie: " + "; ".join(f"c{i}={i}" for i in range(n)) + "\r\n"
    for i in range(4):
        one = c.connection(port=1000 + i)
        one.ask("/a", line).redirect("/b", "Set-Cookie: d=1\r\n").ask("/b", line).answer()
    return [c.frames]


def set_cookies(n):
    c = Capture()
    line = "Cookie: " + "; ".join(f"c{i}={i}" for i in range(n)) + "\r\n"
    many = "".join(f"Set-Cookie: c{i}=x; Path=/\r\n" for i in range(n))
    for i in range(4):
        one = c.connection(port=1000 + i)
        one.ask("/a", line).redirect("/b", many).ask("/b", line).answer()
    return [c.frames]


def parameters(n):
    """A query of many parameters, secret ones among them, asked for and sent on to."""
    c = Capture()
    query = "&".join(("t=1" if i % 2 else "code=1") for i in range(n))
    for i in range(4):
        one = c.connection(port=1000 + i)
        one.ask("/a?" + query).redirect("/b?" + query).ask("/b?" + query).answer()
    return [c.frames]


def dots(n):
    """A path that takes back what it says, and percent-encodings."""
    c = Capture()
    for i in range(4):
        one = c.connection(port=1000 + i)
        one.ask("/" + "a/../" * n).redirect("/x/./%41" * n).ask("/x/./A" * n).answer()
    return [c.frames]


def locations(n):
    c = Capture()
    many = "".join(f"Location: /{i}\r\n" for i in range(n))
    for i in range(10):
        c.connection(port=1000 + i).ask("/a").answer(302, many).ask("/0").answer()
    return [c.frames]


def forwarded(n):
    c = Capture()
    line = "X-Forwarded-For: " + ", ".join(f"10.0.{i % 256}.1" for i in range(n)) + "\r\n"
    line += "Forwarded: " + ", ".join("for=10.0.0.1" for _ in range(n)) + "\r\n"
    for i in range(4):
        one = c.connection("10.0.0.1", port=1000 + i)
        one.ask("/a", line).redirect("/b").ask("/b", line).answer()
    return [c.frames]


def pipeline(n):
    c = Capture()
    one = c.connection()
    for i in range(n):
        one.ask(f"/{i}")
    for _ in range(n):
        one.answer()
    return [c.frames]


def chain(n):
    c = Capture()
    one = c.connection()
    for i in range(n):
        one.ask(f"/{i}").redirect(f"/{i + 1}")
    return [c.frames]


def cycle(n):
    c = Capture()
    for i in range(n):
        one = c.connection(port=1000 + i % 60000)
        one.ask("/a" if i % 2 else "/b").redirect("/b" if i % 2 else "/a").close()
    return [c.frames]


def pending(n):
    """One client, and none of its redirects followed."""
    c = Capture()
    one = c.connection()
    for i in range(n):
        one.ask(f"/{i}").redirect(f"/to-{i}").ask("/else").answer()
    return [c.frames]


def pending_of_many(n):
    c = Capture()
    for i in range(n):
        c.connection(address(i)).ask("/a").redirect("/b")
    c.now += 60_000_000
    c.connection().ask()
    return [c.frames]


def pending_to_one_target(n):
    c = Capture()
    one = c.connection()
    for i in range(n):
        one.ask(f"/{i}").redirect("/same").ask("/else").answer()
    return [c.frames]


def followed_to_one_target(n):
    """Each request could follow any of the redirects before it."""
    c = Capture()
    one, other = c.connection(), c.connection(port=40001)
    for i in range(n):
        one.ask(f"/{i}").redirect("/same")
        other.ask("/same").answer()
    return [c.frames]


def overdue(n):
    """Redirects, then as many follow-ups just before the window closes, then frames."""
    c = Capture()
    one, other = c.connection(), c.connection(port=40001)
    for i in range(n):
        one.ask(f"/{i}").redirect(f"/to-{i}")
    c.now = c.frames[-1][0] + 29_900_000
    for i in range(n):
        other.ask(f"/to-{i}")
    c.now += 200_000
    for i in range(10 * n):
        c.add(frame(ip(address(i), SERVER, 6, tcp((1024, 80), i, 0, SYN))), 1)
    return [c.frames]


def one_authority(n):
    c = Capture()
    for i in range(n):
        c.connection(address(i)).ask("/a").redirect("/b").ask("/b").answer().close()
    return [c.frames]


def authorities(n):
    c = Capture()
    one = c.connection()
    for i in range(n):
        one.ask("/", host=f"h{i}.example").answer()
    return [c.frames]


def fragments(n):
    """Datagrams of two fragments, of which one never comes."""
    c = Capture()
    for i in range(n):
        c.add(frame(ip(address(i), SERVER, 6, b"x" * 16, ident=i & 0xFFFF, fragment=0x2000)))
    return [c.frames]


def fragments_of_one(n):
    c = Capture()
    for i in range(n):
        c.add(frame(ip("192.0.2.1", SERVER, 6, b"x" * 8, ident=1 + i // 4000,
                       fragment=0x2000 | 2 * (i % 4000))))
    return [c.frames]


def tunnels(n):
    """IP in IP in IP, as deep as asked for."""
    c = Capture()
    for i in range(2000):
        packet = ip(address(i), SERVER, 6, tcp((4000, 80), 1, 0, SYN))
        for _ in range(n):
            packet = ip("192.0.2.1", SERVER, 4, packet)
        c.add(frame(packet))
    return [c.frames]


def networks(n):
    c = Capture()
    for i in range(n):
        tag = struct.pack("!HHHHH", 0x88A8, i % 4094, 0x8100, i // 4094 % 4094, 0x0800)
        c.add(ETHERNET + tag + ip(address(i), SERVER, 6, tcp((4000, 80), 1, 0, SYN)))
    return [c.frames]


def files(n):
    result = []
    now = START
    for i in range(n):
        c = Capture()
        c.now = now
        c.connection(address(i)).ask("/a").redirect("/b")
        now = c.now
        result.append(c.frames)
    return result


def rows(n):
    """Findings and chains, all of them stored."""
    c = Capture()
    one = c.connection()
    for i in range(n):
        one.ask(f"/{i}", method="POST").redirect(f"/to-{i}", status=307)
        one.ask(f"/to-{i}").answer()
    return [c.frames]


# name: (function, size)
SHAPES = {
    "SYNs": (syns, 8000),
    "requests that are never complete": (open_requests, 2000),
    "one pair of ports again and again": (same_ports_again, 1000),
    "one pair of ports, never closed": (same_ports_again_soon, 4000),
    "one pair of ends in many networks": (same_ends_in_many_networks, 2000),
    "one octet a segment, in content": (one_octet_segments, 6000),
    "one octet a segment, in a header section": (one_octet_head, 8000),
    "one octet a segment, after a gap": (one_octet_not_http, 8000),
    "holes that are never filled": (holes, 6000),
    "holes, last one first": (holes_backwards, 8000),
    "holes, in any order": (holes_at_random, 8000),
    "a hole in each of many connections": (holes_of_many, 2000),
    "overlapping retransmissions": (overlapping, 4000),
    "plain retransmissions": (retransmissions, 8000),
    "one packet again and again": (same_packets_later, 6000),
    "header fields": (fields, 200),
    "one header field repeated": (same_field, 200),
    "cookies": (cookies, 1500),
    "Set-Cookie fields": (set_cookies, 200),
    "parameters of a query": (parameters, 2500),
    "dot segments": (dots, 1500),
    "Location fields": (locations, 200),
    "forwarded addresses": (forwarded, 1000),
    "requests in a pipeline": (pipeline, 3000),
    "hops of a chain": (chain, 1500),
    "rounds of a cycle": (cycle, 800),
    "pending redirects of one client": (pending, 1500),
    "pending redirects of many clients": (pending_of_many, 1000),
    "pending redirects to one target": (pending_to_one_target, 2000),
    "redirects to one target, followed": (followed_to_one_target, 800),
    "overdue redirects": (overdue, 1500),
    "clients of one authority": (one_authority, 800),
    "authorities": (authorities, 2000),
    "datagrams in fragments": (fragments, 8000),
    "fragments of one datagram": (fragments_of_one, 8000),
    "tunnels in tunnels": (tunnels, 3),
    "networks": (networks, 8000),
    "files": (files, 30),
    "rows": (rows, 300),
}

# Those that are about the database.
STORED = {"files", "rows"}


def write(path, frames):
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        for time, octets in frames:
            out.write(struct.pack("<IIII", time // 1_000_000, time % 1_000_000, len(octets),
                                  len(octets)) + octets)
    return path
