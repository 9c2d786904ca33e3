#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs the commands that the README shows, and compares what it says they print.

usage: readme_test.py SEEOTHER ROOT [--update]

Commands are indented lines "$ seeother ..."; what follows, indented and up to the next line that is
not, is their output.  The table of limits must be that of src/core/limits.h.  --update writes the
README anew instead.
"""
import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^    \$ (seeother .*)\n((?:    (?!\$ ).*\n|\n(?=    (?!\$ )))*)", re.MULTILINE)
STRINGS = r'((?:\s*"(?:[^"\\]|\\.)*")+)'
LIMIT = re.compile(rf'SEE_LIMIT\((\w+), ([^,]+),{STRINGS},{STRINGS},\s*"([^"]*)"\)')
COUNTERS_HEAD = "| stage | counters |\n|---|---|\n"
LIMITS_HEAD = "| limit | default | bounds | when it is reached | counter |\n|---|---|---|---|---|\n"


def run(seeother, command, folder):
    environment = dict(os.environ, PATH=os.path.dirname(seeother) + ":" + os.environ["PATH"])
    done = subprocess.run(["sh", "-c", command], cwd=folder, env=environment, text=True,
                          capture_output=True, check=False)
    assert not done.stderr, done.stderr
    return "".join(("    " + line).rstrip() + "\n" for line in done.stdout.splitlines())


def limits(root):
    with open(os.path.join(root, "src/core/limits.h"), encoding="utf-8") as file:
        text = file.read().replace("\\\n", "\n")
    table = LIMITS_HEAD
    for name, value, what, then, counter in LIMIT.findall(text[text.index("#define SEE_LIMITS"):]):
        number = value.replace("u", "")
        shown = number if "<<" not in number else str(
            int(number.split("<<")[0]) << int(number.split("<<")[1]))
        joined = [ast.literal_eval("(" + part.strip() + ")") for part in (what, then)]
        table += f"| `{name}` | {shown} | {joined[0]} | {joined[1]} | `{counter}` |\n"
    return table


def counters(seeother, root, folder):
    """The counters of every stage, as `coverage` has them."""
    done = subprocess.run(
        [seeother, "analyze", "--format", "jsonl", "-d", os.path.join(folder, "counters.db"),
         os.path.join(root, "samples", "curl-303-all-right.pcap")],
        text=True, capture_output=True, check=True)
    stages = json.loads(done.stdout.splitlines()[-1])["coverage"]
    return COUNTERS_HEAD + "".join(
        f"| `{stage}` | {', '.join(f'`{name}`' for name in names)} |\n"
        for stage, names in stages.items())


def written_anew(seeother, root, readme):
    folder = tempfile.mkdtemp()
    try:
        os.symlink(os.path.join(root, "samples"), os.path.join(folder, "samples"))
        readme = BLOCK.sub(lambda found: "    $ " + found[1] + "\n"
                           + run(seeother, found[1], folder), readme)
        readme = re.sub(re.escape(COUNTERS_HEAD) + r"(?:\|.*\n)*",
                        lambda _: counters(seeother, root, folder), readme)
    finally:
        shutil.rmtree(folder)
    return re.sub(re.escape(LIMITS_HEAD) + r"(?:\|.*\n)*", lambda _: limits(root), readme)


def main():
    seeother, root = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    path = os.path.join(root, "README.md")
    with open(path, encoding="utf-8") as file:
        readme = file.read()
    anew = written_anew(seeother, root, readme)
    assert len(BLOCK.findall(readme)) >= 3
    if "--update" in sys.argv:
        with open(path, "w", encoding="utf-8") as file:
            file.write(anew)
        return 0
    if anew != readme:
        theirs, ours = readme.splitlines(), anew.splitlines()
        for line in range(max(len(theirs), len(ours))):
            pair = [text[line] if line < len(text) else "" for text in (theirs, ours)]
            if pair[0] != pair[1]:
                print(f"README.md:{line + 1}\n  says     {pair[0]}\n  should   {pair[1]}")
                break
        print("the README is out of date; tests/e2e/readme_test.py SEEOTHER ROOT --update mends it")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
