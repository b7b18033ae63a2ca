#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes docs/OPTIONS.md from src/tables/options.tbl; --check only says whether it is stale."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "src/tables/options.tbl"
PAGE = ROOT / "docs/OPTIONS.md"

ROW = re.compile(r"^(OPT|RECORD|LIST|IGNORED)\((.*)\)$")
FIELD = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^,]+))\s*(?:,|$)')

HEAD = """<!-- Made by tools/docs_options.py from src/tables/options.tbl; do not edit. -->
# Options

The configuration is one YAML file. Without any, the program is a demonstration for this machine
only: two MUDs, an embedded router, and public keys that are refused on any other address;
`etc/gatehouse.yaml` says the same in full. As long as a file has neither `mud` nor `muds`, it
changes that demonstration; with one of them, the defaults below hold.

- **Variables.** A text that begins with `${NAME}` or `${NAME:default}` becomes the variable or the
  default as a whole, and what follows the `}` is dropped. Elsewhere in a text each one is replaced
  where it stands. A variable without value and default stays as it is written, with a warning. The
  environment file (`.env`, or the one named on the command line) adds variables but overrides none.
- **Secrets** may be `file:PATH`: the first line of that file. A secret whose variable is missing is
  left out.
- **Listeners** are `SCHEME://HOST:PORT` or `SCHEME+unix:PATH`, then perhaps `?max=N`, the
  connections at a time. Those of players also take `proxy=v1`, `v2` or `any` (what a proxy of
  `players.trusted_proxies` says first) and `game=NAME`, joined by `&`. Schemes: `http` and `https` (HTTP and WebSocket), `jsonl` and `jsonls`
  (JSON-RPC, one object per line), `telnet` and `telnets` (players),
  `mudmode` (the embedded router). IPv6 addresses stand in
  brackets; port 0 is any free one.
- **Faults** are told all at once, each with file, line and column. An unknown key is a fault.
- *reload*: a new value takes effect when the configuration is read again; the others need a restart.

A null means the same as leaving the key out.
"""


def rows():
    for number, line in enumerate(TABLE.read_text().splitlines(), 1):
        if line.startswith("//") or line.startswith("#") or not line.strip():
            continue
        found = ROW.match(line)
        if not found:
            sys.exit(f"{TABLE}:{number}: not a row")
        fields = [
            text.encode().decode("unicode_escape") if bare == "" else bare.strip()
            for text, bare in FIELD.findall(found[2])
        ]
        yield found[1], fields


def kind_of(kind, low, high, how):
    unit = f" {how}" if how else ""
    words = ", ".join(word.split("=")[0] for word in how.split("|"))
    return {
        "LINES": f"text of several lines, {low} to {high} bytes",
        "TEXT": f"text, {low} to {high} bytes",
        "INT": f"{low} to {high}{unit}",
        "PORT": f"{low} to {high}, or null",
        "BOOL": "true or false",
        "WORD": words,
        "URI": "one listener",
        "URIS": f"list of up to {high} listeners",
        "TEXTS": f"list of up to {high} texts",
        "COUNTS": f"names with {low} to {high}{unit}",
        "DIGEST": "secret",
        "SECRET": "secret",
        "PASSWORD": f"secret number, {low} to {high}",
    }[kind]


def code(text):
    return f"`{text}`" if text else ""


def cell(text):
    return text.replace("|", "\\|")


def line_of(path, kind, default, when, text):
    reload = "reload" if when == "RELOAD" else ""
    return f"| `{path}` | {cell(kind)} | {cell(default)} | {reload} | {cell(text)} |"


def page():
    scopes, ignored, items = {}, [], {}
    for macro, f in rows():
        out = scopes.setdefault(f[0], [])
        if macro == "OPT":
            default = "required" if f[7] == "REQUIRED" else code(f[7])
            out.append((f[1], kind_of(f[3], f[4], f[5], f[6]), default, f[8], f[9]))
        elif macro == "RECORD":
            items.setdefault(f[3], []).append((f[1], False))
            out.append((f[1], "mapping, see below", "", f[4], f[5]))
        elif macro == "LIST":
            items.setdefault(f[3], []).append((f[1], True))
            out.append((f[1], f"list of up to {f[4]} mappings, see below", code(f[5]), f[6], f[7]))
        else:
            ignored.append((f[0], f[1], f[2]))

    head = ["| key | value | default | | meaning |", "|---|---|---|---|---|"]
    lines = [HEAD, "## Keys", ""] + head
    lines += [line_of(*row) for row in scopes["config"]]
    for scope, places in items.items():
        names = " and of each entry of ".join(
            f"`{path}`" for path, _ in sorted(places, key=lambda place: place[1]))
        start = "Keys of each entry of " if all(many for _, many in places) else "Keys of "
        lines += ["", "## " + start + names, ""] + head
        lines += [line_of(*row) for row in scopes[scope]]
    lines += ["", "## Keys without effect", "",
              "Known from the I3 gateway whose files are accepted unchanged. Each gives one warning.",
              "", "| key | why |", "|---|---|"]
    for scope, path, why in ignored:
        prefix = "" if scope == "config" else items[scope][0][0] + "."
        lines.append(f"| `{prefix}{path}` | {cell(why)} |")
    return "\n".join(lines) + "\n"


def main():
    text = page()
    if sys.argv[1:] == ["--check"]:
        if not PAGE.exists() or PAGE.read_text() != text:
            sys.exit("docs/OPTIONS.md is stale: run tools/docs_options.py")
    elif sys.argv[1:]:
        sys.exit("usage: docs_options.py [--check]")
    else:
        PAGE.write_text(text)


if __name__ == "__main__":
    main()
