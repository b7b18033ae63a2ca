#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""run.py BUILD [SECONDS] [TARGET...]: run each fuzz target for SECONDS, two at a time.

New inputs stay in BUILD/corpus and are used again by the next run; what crashed is in
BUILD/crashes.  Every target is one line in BUILD/logs/tally."""
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
AT_A_TIME = 2
INPUT_BYTES = 1 << 16  # over every limit a parser has by default, so that limits are met
INPUT_SECONDS = 10
MEMORY_MIB = 2048


def fuzz(build, binary, seconds):
    name = binary.name.removesuffix("_fuzz")
    corpus, crashes = build / "corpus" / name, build / "crashes"
    corpus.mkdir(parents=True, exist_ok=True)
    crashes.mkdir(exist_ok=True)
    seeds = HERE / "corpus" / name
    words = HERE / f"{name}.dict"
    command = [
        str(binary), f"-max_total_time={seconds}", f"-timeout={INPUT_SECONDS}",
        f"-rss_limit_mb={MEMORY_MIB}", f"-max_len={INPUT_BYTES}", "-print_final_stats=1",
        f"-artifact_prefix={crashes}/{name}-", str(corpus)]
    command += [f"-dict={words}"] if words.exists() else []
    command += [str(seeds)] if seeds.exists() else []
    log = build / "logs" / f"fuzz-{name}.log"
    with log.open("wb") as out:
        status = subprocess.run(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL,
                                check=False).returncode
    text = log.read_text(errors="replace")
    runs = re.search(r"stat::number_of_executed_units:\s*(\d+)", text)
    return name, status, int(runs[1]) if runs else 0, log


def main():
    build = Path(sys.argv[1])
    rest = sys.argv[2:]
    seconds = int(rest.pop(0)) if rest and rest[0].isdigit() else 60
    targets = sorted((build / "tests/fuzz").glob("*_fuzz"))
    if rest:
        targets = [t for t in targets if t.name.removesuffix("_fuzz") in rest]
        if len(targets) != len(set(rest)):
            sys.exit(f"run.py: no such target among: {' '.join(rest)}")
    failed = 0
    with ThreadPoolExecutor(AT_A_TIME) as pool, (build / "logs/tally").open("a") as tally:
        for name, status, runs, log in pool.map(lambda t: fuzz(build, t, seconds), targets):
            good = status == 0 and runs > 0
            failed += not good
            print(f"{'ok  ' if good else 'FAIL'}  fuzz {name:<12} {runs} inputs   {log}", flush=True)
            if not good:
                print("\n".join(log.read_text(errors="replace").splitlines()[-40:]))
            tally.write(f"fuzz-{name} {int(good)} {int(not good)}\n")
    return failed > 0 or not targets


if __name__ == "__main__":
    sys.exit(main())
