#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Hard limits of size (CONTRIBUTING.md): what is over them must be split, not excused."""
import re
import sys
from pathlib import Path

FILE_LINES = 800
FUNCTION_LINES = 80
PARAMETERS = 6
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
# A definition ends its head with ')' and opens its body with '{' in the first column.
HEAD = re.compile(r"\(([^()]*(?:\([^()]*\)[^()]*)*)\)\s*$", re.S)


def function_faults(path, lines):
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
            head = " ".join(lines[max(0, number - 6) : number - 1])
            match = HEAD.search(head)
            if match and match[1].count(",") + 1 > PARAMETERS:
                yield f"{path}:{number}: more than {PARAMETERS} parameters"
        elif line.startswith("}") and start:
            if number - start - 1 > FUNCTION_LINES:
                yield f"{path}:{start}: function of {number - start - 1} lines"
            start = None


def faults(path):
    lines = path.read_text().splitlines()
    if not lines or "SPDX-License-Identifier: MIT" not in lines[0]:
        yield f"{path}:1: no licence line"
    if len(lines) > FILE_LINES and path.parts[0] == "src":
        yield f"{path}: {len(lines)} lines"
    for number, line in enumerate(lines, 1):
        if UNFINISHED.search(line):
            yield f"{path}:{number}: unfinished: {line.strip()}"
    yield from function_faults(path, lines)


def main():
    found = []
    for folder in ("src", "tests", "bench"):
        for path in sorted(Path(folder).rglob("*.[ch]")):
            found += faults(path)
    print("\n".join(found) or "budgets: kept")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
