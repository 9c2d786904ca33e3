# SPDX-License-Identifier: BSD-3-Clause
"""The site that the clients of the measurement visit: two origins, hot pages, redirects to them.

What was asked for is written down, a line a request: the number of the connection's client port,
of its server port, the navigation it belongs to (the field X-Truth, which is blanked from the
capture before anyone looks), the request, the answer.
"""
import asyncio
import random
import sys
import urllib.parse

ORIGINS = {8001: "http://a.test:8001", 8002: "http://b.test:8002"}
HOT = 8
SID_USES = 4
REASONS = {200: "OK", 301: "Moved Permanently", 302: "Found", 303: "See Other",
           307: "Temporary Redirect", 308: "Permanent Redirect"}


class Site:
    def __init__(self, seed, log, bases):
        self.random = random.Random(seed)
        self.log = log
        self.bases = bases  # what the origins are called from outside, by port
        self.sids = {}
        self.orders = 1000

    def hot(self):
        """A hot page: the first is asked for most."""
        return min(int(self.random.expovariate(0.5)), HOT - 1)

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
            return status, f"/hot/{self.hot()}", []
        if kind == "x":
            return status, f"{other}/hot/{self.hot()}", []
        if kind == "t":
            return status, f"{other}/callback?code={self.token()}", []
        if kind == "s":
            return status, f"/hot/{self.hot()}", [f"Set-Cookie: visit={self.token()}; Path=/"]
        if kind.startswith("c") and kind != "c0":
            return status, f"/r/{status}/c{int(kind[1:]) - 1}", []
        return status, f"/hot/{self.hot()}", []

    async def serve(self, reader, writer, port):
        peer = writer.get_extra_info("peername")
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                lines = head.decode("latin-1").split("\r\n")
                method, target, _ = lines[0].split(" ", 2)
                fields = {}
                for line in lines[1:]:
                    name, _, value = line.partition(":")
                    fields[name.lower()] = value.strip()
                if "chunked" in fields.get("transfer-encoding", ""):
                    while True:
                        size = int((await reader.readline()).split(b";")[0], 16)
                        await reader.readexactly(size + 2)
                        if size == 0:
                            break
                elif int(fields.get("content-length", 0)) > 0:
                    await reader.readexactly(int(fields["content-length"]))
                await asyncio.sleep(0.001 + self.random.expovariate(200))
                status, location, more = self.answer(port, method, target, fields)
                print(peer[1], port, fields.get("x-truth", "-"), method, target, status,
                      location or "-", sep="\t", file=self.log)
                body = b"" if location else b"<p>Here you are.</p>\n" * 10
                answer = [f"HTTP/1.1 {status} {REASONS[status]}", "Server: site",
                          "Content-Type: text/html", f"Content-Length: {len(body)}"]
                answer += [f"Location: {location}"] if location else []
                has_close = "close" in fields.get("connection", "").lower()
                answer += more + (["Connection: close"] if has_close else [])
                writer.write("\r\n".join(answer + ["", ""]).encode("latin-1")
                             + (b"" if method == "HEAD" else body))
                await writer.drain()
                if has_close:
                    break
        except (asyncio.IncompleteReadError, ConnectionError, ValueError):
            pass
        finally:
            writer.close()


async def main(seed, log_path, bases):
    with open(log_path, "w", encoding="latin-1", buffering=1) as log:
        site = Site(seed, log, bases)
        for port in ORIGINS:
            await asyncio.start_server(lambda r, w, p=port: site.serve(r, w, p),
                                       "127.0.0.1", port, backlog=512)
        print("ready", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    names = sys.argv[3:] or list(ORIGINS.values())
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], dict(zip(ORIGINS, names))))
