#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""One row, one file: every row of these tables names a file that exports its instance, every such
file has its row, and rows are sorted.  Every codec has a fuzz target, every target its line in the build."""
import re
import sys
from pathlib import Path

# table -> (folder, struct and prefix of the instances)
TABLES = {
    "codecs": ("src/proto", "codec"),
    "methods": ("src/api/methods", "method"),
    "oob": ("src/i3/oob", "oob_service"),
    "services": ("src/i3/services", "service"),
    "stores": ("src/store", "store"),
    "telnet": ("src/edge/telnet", "telnet"),
}


def rows_of(text):
    return re.findall(r"^[A-Z][A-Z0-9_]*\(\s*(\w+)", text, re.M)


def exported(folder, prefix):
    """{row: file} of every instance that a file of the folder exports."""
    found = {}
    for path in sorted(folder.glob("*.c")):
        pattern = rf"^const struct \w+ {prefix}_(\w+) = "
        for row in re.findall(pattern, path.read_text(), re.M):
            found[row] = path
    return found


def table_faults(root, table, folder, prefix):
    rows = rows_of((root / "src/tables" / f"{table}.tbl").read_text())
    files = exported(root / folder, prefix)
    if not rows:
        yield f"{table}.tbl: no rows"
    if table != "telnet" and rows != sorted(set(rows)):  # those are in order of their numbers
        yield f"{table}.tbl: rows are not sorted, each once"
    for row in rows:
        expected = root / folder / f"{row.lower()}.c"
        if row not in files:
            yield f"{table}.tbl: {row}: {expected} does not export {prefix}_{row}"
        elif files[row] != expected:
            yield f"{table}.tbl: {row}: {prefix}_{row} belongs in {expected}, not in {files[row]}"
    for row in sorted(files.keys() - set(rows)):
        yield f"{files[row]}: {prefix}_{row} has no row in {table}.tbl"
    if prefix == "method" or prefix == "service":
        for path in sorted((root / folder).glob("*.c")):
            if path.stem not in rows:
                yield f"{path}: no row in {table}.tbl"


def dialect_faults(root):
    """DIALECT(id, word, help): markup_<word>.c exports dialect_<word>."""
    text = (root / "src/tables/dialects.tbl").read_text()
    words = re.findall(r"^DIALECT\(\w+,\s*(\w+)", text, re.M)
    files = exported(root / "src/proto", "dialect")
    for word in words:
        if files.get(word) != root / "src/proto" / f"markup_{word}.c":
            yield f"dialects.tbl: {word}: markup_{word}.c does not export dialect_{word}"
    for word in sorted(files.keys() - set(words)):
        yield f"{files[word]}: dialect_{word} has no row in dialects.tbl"


def fuzz_faults(root):
    folder = root / "tests/fuzz"
    named = set(re.findall(r"'(\w+)':", (folder / "meson.build").read_text()))
    files = {p.name[: -len("_fuzz.c")] for p in folder.glob("*_fuzz.c")}
    for name in sorted(named ^ files):
        yield f"tests/fuzz: {name}_fuzz.c and meson.build disagree about {name}"
    for name in rows_of((root / "src/tables/codecs.tbl").read_text()):
        if name not in named:
            yield f"tests/fuzz: no target for the codec {name}"
    for name in sorted(files):
        if not any((folder / "corpus" / name).glob("*")):
            yield f"tests/fuzz/corpus/{name}: no seeds"


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    found = list(fuzz_faults(root)) + list(dialect_faults(root))
    for table, (folder, prefix) in TABLES.items():
        if not (root / "src/tables" / f"{table}.tbl").exists():
            found.append(f"{table}.tbl: missing")
            continue
        found += table_faults(root, table, folder, prefix)
    print("\n".join(found) or "rows: clean")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
