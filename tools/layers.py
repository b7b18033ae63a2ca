#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Fail when a folder of src/ includes one it must not know.  This table is the architecture
(docs/ARCHITECTURE.md); a folder that is not in it may not exist."""
import re
import sys
from pathlib import Path

EVERYTHING = {"base", "proto", "net", "store", "hub", "i3", "api", "bridge", "edge", "ops"}
KNOWS = {
    "base": set(),
    "proto": {"base"},
    "net": {"base"},
    "store": {"base", "net"},
    "hub": {"base", "store", "net"},
    "i3": {"base", "proto", "net", "hub", "store"},
    "api": {"base", "proto", "net", "hub", "store"},
    "edge": {"base", "proto", "net", "hub", "store"},
    "bridge": {"base", "proto", "net", "hub", "store"},
    "ops": EVERYTHING,
    "main.c": EVERYTHING,
    "tables": {"base"},  # types that rows are made of, never behaviour
}
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')


def faults(src):
    for path in sorted(src.rglob("*.[ch]")):
        home = path.relative_to(src).parts[0]
        if home not in KNOWS:
            yield f"{path}: {home} is not in the table of tools/layers.py"
            continue
        allowed = KNOWS[home] | {home, "tables"}
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            folder = match[1].split("/")[0]
            if "/" not in match[1] or not (src / match[1]).exists():
                yield f"{path}:{number}: write {match[1]} as folder/file.h below src/"
            elif folder not in allowed:
                yield f"{path}:{number}: {home} must not know {folder}"


def main():
    src = Path(sys.argv[1] if len(sys.argv) > 1 else "src")
    found = list(faults(src))
    print("\n".join(found) or "layers: clean")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
