# SPDX-License-Identifier: BSD-3-Clause
"""Serves the site of site_model.py at its two ports.

What was asked for is written down, a line a request: the number of the connection's client port,
of its server port, the navigation it belongs to (the field X-Truth, which is blanked from the
capture before anyone looks), the request, the answer.
"""
import asyncio
import sys

import site_model

ORIGINS = {8001: "http://a.test:8001", 8002: "http://b.test:8002"}


class Server:
    def __init__(self, site, log):
        self.site, self.log = site, log
        self.random = site.random

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
                status, location, more = self.site.answer(port, method, target, fields)
                print(peer[1], port, fields.get("x-truth", "-"), method, target, status,
                      location or "-", sep="\t", file=self.log)
                body = b"" if location else b"<p>Here you are.</p>\n" * 10
                answer = [f"HTTP/1.1 {status} {site_model.REASONS[status]}", "Server: site",
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
        server = Server(site_model.Site(seed, bases), log)
        for port in ORIGINS:
            await asyncio.start_server(lambda r, w, p=port: server.serve(r, w, p),
                                       "127.0.0.1", port, backlog=512)
        print("ready", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    names = sys.argv[3:] or list(ORIGINS.values())
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], dict(zip(ORIGINS, names))))
