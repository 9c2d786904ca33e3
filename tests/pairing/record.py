#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Records real clients behind one address, with the truth beside it.

usage: record.py OUT-DIR [--seed N] [--users N] [--seconds N] [--unfollowed SHARE] [--think SECONDS]
                 [--proxy]

Runs in a network namespace of its own (root).  Each user is a client program or library with its
own cookies and connections, and makes one navigation after the other: directly to a hot page, to
redirects of all kinds, forms, a login that bounces.  A share of the navigations is made with the
client told not to follow.  With --proxy all go through nginx, which keeps its connections to the
site alive and names the users by X-Forwarded-For.

OUT-DIR gets shared.pcap (all users behind 127.0.0.1), own.pcap (the same packets, an address a
user; not with --proxy), truth.tsv (what the site was asked).  X-Truth is blanked in both.
"""
import argparse
import asyncio
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile

import blank
import site_model

# Debian's own libraries, also where another Python comes first.
PYTHON = "/usr/bin/python3" if os.access("/usr/bin/python3", os.X_OK) else sys.executable
HERE = os.path.dirname(os.path.abspath(__file__))
NGINX = """
daemon off; worker_processes 1; pid {dir}/nginx.pid; error_log {dir}/nginx.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy;
    fastcgi_temp_path {dir}/fcgi; uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;
    map $http_x_truth $user {{ ~^(?<u>[0-9][0-9])- 198.51.100.1$u; }}
    upstream a {{ server 127.0.0.1:8001; keepalive 8; }}
    upstream b {{ server 127.0.0.1:8002; keepalive 8; }}
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $user;
    server {{ listen 127.0.0.1:9001; location / {{ proxy_pass http://a; }} }}
    server {{ listen 127.0.0.1:9002; location / {{ proxy_pass http://b; }} }}
}}
"""


class Program:
    """A client that is started anew for every navigation; its cookies are in a file."""
    has_cookies = True

    def __init__(self, name, folder, user):
        self.name = name
        self.jar = os.path.join(folder, f"jar{user}")
        open(self.jar, "w", encoding="ascii").close()

    def command(self, task):
        body = "&".join(f"{k}={v}" for k, v in task["body"].items()) if task["body"] else None
        truth = f"X-Truth: {task['truth']}"
        if self.name == "curl":
            return ["curl", "-s", "-o", "/dev/null", "-b", self.jar, "-c", self.jar, "-H", truth,
                    *(["-L"] if task["follows"] else []), *(["-d", body] if body else []),
                    task["url"]]
        return ["wget", "-q", "-O", "/dev/null", "--load-cookies", self.jar, "--save-cookies",
                self.jar, "--keep-session-cookies", "--header", truth, "--tries=1",
                f"--max-redirect={20 if task['follows'] else 0}",
                *([f"--post-data={body}"] if body else []), task["url"]]

    async def visit(self, task):
        process = await asyncio.create_subprocess_exec(*self.command(task),
                                                       stderr=asyncio.subprocess.DEVNULL)
        await process.wait()


class Library:
    """A worker process that stays; several users may share it."""

    def __init__(self, command, is_java=False):
        self.command, self.is_java = command, is_java
        self.has_cookies = command[0] != "node"
        self.process, self.waiting = None, {}

    async def start(self, log):
        self.process = await asyncio.create_subprocess_exec(
            *self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
        asyncio.get_running_loop().create_task(self.listen())

    async def listen(self):
        while line := await self.process.stdout.readline():
            self.waiting.pop(int(line)).set_result(None)

    async def visit(self, task):
        done = asyncio.get_running_loop().create_future()
        self.waiting[task["id"]] = done
        line = json.dumps(task)
        if self.is_java:
            body = "&".join(f"{k}={v}" for k, v in task["body"].items()) if task["body"] else ""
            line = "\t".join([str(task["id"]), str(task["user"]), task["method"],
                              str(int(task["follows"])), task["truth"], task["url"], body])
        self.process.stdin.write(line.encode() + b"\n")
        await asyncio.wait_for(done, 60)


def present():
    """The kinds of clients that are here; says which are not."""
    kinds = {"curl": shutil.which("curl"), "wget": shutil.which("wget"),
             "node": shutil.which("node"), "java": shutil.which("javac"), "urllib": True}
    for module in ("requests", "httpx"):
        kinds[module] = subprocess.run([PYTHON, "-c", f"import {module}"],
                                       stderr=subprocess.DEVNULL).returncode == 0
    missing = [kind for kind, is_here in kinds.items() if not is_here]
    if missing:
        print("not here:", *missing, file=sys.stderr)
    return sorted(kind for kind, is_here in kinds.items() if is_here)


async def make_clients(users, folder, log):
    kinds, shared, clients = present(), {}, []
    for user in range(users):
        kind = kinds[user % len(kinds)]
        if kind in ("curl", "wget"):
            clients.append(Program(kind, folder, user))
            continue
        if kind == "node":
            library = Library(["node", os.path.join(HERE, "worker.mjs")])
        elif kind in shared:
            clients.append(shared[kind])
            continue
        elif kind == "java":
            subprocess.run(["javac", "-d", folder, os.path.join(HERE, "Worker.java")], check=True)
            library = shared[kind] = Library(["java", "-Xmx128m", "-cp", folder, "Worker"], True)
        else:
            library = shared[kind] = Library([PYTHON, os.path.join(HERE, "worker.py"), kind])
        await library.start(log)
        clients.append(library)
    return clients


async def live(user, client, arguments, bases, end, counter):
    rng = random.Random(arguments.seed * 1000 + user)
    loop = asyncio.get_running_loop()
    sequence = 0
    while True:
        await asyncio.sleep(rng.expovariate(1 / arguments.think))
        if loop.time() >= end:
            return
        method, url, body = site_model.choose(rng, bases, client.has_cookies)
        sequence += 1
        counter[0] += 1
        await client.visit({"id": counter[0], "user": user, "method": method, "url": url,
                            "body": body, "truth": f"{user:02d}-{sequence:06d}",
                            "follows": rng.random() >= arguments.unfollowed})


async def record(arguments, folder):
    ports = (9001, 9002) if arguments.proxy else (8001, 8002)
    bases = [f"http://a.test:{ports[0]}", f"http://b.test:{ports[1]}"]
    log = open(os.path.join(folder, "log"), "w", encoding="utf-8")
    started = []

    async def start(*command, ready):
        process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE,
                                                       stderr=log)
        started.append(process)
        if ready:
            await process.stdout.readline()

    try:
        await start(sys.executable, os.path.join(HERE, "site_server.py"), str(arguments.seed),
                    os.path.join(arguments.out, "truth.tsv"), *bases, ready=True)
        if arguments.proxy:
            conf = os.path.join(folder, "nginx.conf")
            with open(conf, "w", encoding="ascii") as file:
                file.write(NGINX.format(dir=folder))
            await start("/usr/sbin/nginx", "-c", conf, ready=False)
        await start("tcpdump", "-i", "lo", "-U", "-Z", "root", "-B", "16384", "-w",
                    os.path.join(folder, "raw.pcap"), "tcp port 8001 or tcp port 8002",
                    ready=False)
        clients = await make_clients(arguments.users, folder, log)
        await asyncio.sleep(2)
        end = asyncio.get_running_loop().time() + arguments.seconds
        counter = [0]
        await asyncio.gather(*(live(user, client, arguments, bases, end, counter)
                               for user, client in enumerate(clients)))
        await asyncio.sleep(1)
        for client in set(clients):
            if isinstance(client, Library):
                client.process.stdin.close()
                await client.process.wait()
    finally:
        for process in reversed(started):
            process.send_signal(signal.SIGTERM)
            await process.wait()
    log.close()
    with open(os.path.join(folder, "log"), encoding="utf-8") as file:
        shutil.copyfileobj(file, sys.stderr)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--users", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--unfollowed", type=float, default=0.3)
    parser.add_argument("--think", type=float, default=1.5)
    parser.add_argument("--proxy", action="store_true")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    os.makedirs(arguments.out, exist_ok=True)
    if not arguments.inside:
        os.execvp("unshare", ["unshare", "-n", "-m", sys.executable, *sys.argv, "--inside"])
    with tempfile.TemporaryDirectory() as folder:
        hosts = os.path.join(folder, "hosts")
        with open(hosts, "w", encoding="ascii") as file:
            file.write("127.0.0.1 localhost a.test b.test\n")
        subprocess.run(["mount", "--bind", hosts, "/etc/hosts"], check=True)
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        try:
            asyncio.run(record(arguments, folder))
            blank.blank(os.path.join(folder, "raw.pcap"), arguments.out, not arguments.proxy)
        finally:
            subprocess.run(["umount", "/etc/hosts"], check=True)


if __name__ == "__main__":
    main()
