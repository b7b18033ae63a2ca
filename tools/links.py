#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every relative link of every Markdown page leads to a file, and to a heading of it when it says
so.  Paths in backticks that look like ours must exist as well; the name foo is an example."""
import re
import subprocess
import sys
from pathlib import Path

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.S | re.M)
OURS = re.compile(r"`((?:src|docs|tests|tools|etc|bench)/[\w./-]+[\w/])`")


def pages():
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.md"],
        capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        return [Path(name) for name in listed.stdout.split("\n") if name]
    return [p for p in Path(".").rglob("*.md")
            if "node_modules" not in p.parts and not p.parts[0].startswith("build")]


def anchors(path):
    found = set()
    for heading in re.findall(r"^#+\s+(.*)$", FENCE.sub("", path.read_text()), re.M):
        slug = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        found.add(slug)
    return found


def faults(page):
    text = FENCE.sub("", page.read_text())
    for target in LINK.findall(text):
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        name, _, anchor = target.partition("#")
        path = page.parent / name if name else page
        if not path.exists():
            yield f"{page}: {target}: no such file"
        elif anchor and path.suffix == ".md" and anchor not in anchors(path):
            yield f"{page}: {target}: no such heading"
    for path in OURS.findall(text):
        if Path(path).stem != "foo" and not Path(path).exists():
            yield f"{page}: `{path}`: no such file"


def main():
    found = [fault for page in pages() if page.exists() for fault in faults(page)]
    print("\n".join(found) or "links: all lead somewhere")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
