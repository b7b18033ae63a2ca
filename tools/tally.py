#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""tally.py NAME STATUS REPORT: print "NAME PASSED FAILED".

REPORT is Meson's log of JSON lines, whose tests say in their output how many cases they had
(cmocka), or a JUnit file (pytest).  A step that failed (STATUS not 0) counts at least one failure,
so that a report that is missing or cut short can never look like success."""
import json
import re
import sys
import xml.etree.ElementTree as xml
from pathlib import Path


def meson(text):
    passed = failed = 0
    for line in text.splitlines():
        test = json.loads(line)
        output = test.get("stdout", "") + "\n" + test.get("stderr", "")
        good = sum(map(int, re.findall(r"^\[  PASSED  \] (\d+) test", output, re.M)))
        bad = sum(map(int, re.findall(r"^\[  FAILED  \] (?:\w+: )?(\d+) test", output, re.M)))
        if test["result"] in ("OK", "EXPECTEDFAIL"):
            passed += good or 1
        elif test["result"] != "SKIP":
            passed += good
            failed += bad or 1
    return passed, failed


def junit(text):
    passed = failed = 0
    for suite in xml.fromstring(text).iter("testsuite"):
        bad = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        failed += bad
        passed += max(0, int(suite.get("tests", 0)) - bad - int(suite.get("skipped", 0)))
    return passed, failed


def main():
    name, status, report = sys.argv[1:]
    passed = failed = 0
    try:
        text = Path(report).read_text()
        passed, failed = (junit if report.endswith(".xml") else meson)(text)
    except (OSError, ValueError, xml.ParseError) as fault:
        print(f"{report}: {fault}", file=sys.stderr)
        status = "1"
    if status != "0":
        failed = max(failed, 1)
    print(name, passed, failed)


if __name__ == "__main__":
    main()
