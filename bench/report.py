# SPDX-License-Identifier: MIT
"""Figures of many rounds into tables: medians with least and greatest, ratios of the same round,
targets beside them.  A target that is not met fails nothing: a benchmark on a busy machine is read,
not passed."""
import json
import statistics
from datetime import datetime, timezone


class Report:
    def __init__(self, about):
        self.about, self.raw, self.tables, self.notes = about, [], [], []

    def record(self, bench, case, server, round_no, result):
        self.raw.append({"bench": bench, "case": case, "server": server, "round": round_no,
                         **result})

    def of(self, bench, case, server, key):
        """{round: figure}"""
        return {r["round"]: r[key] for r in self.raw
                if (r["bench"], r["case"], r["server"]) == (bench, case, server) and key in r}

    @staticmethod
    def verdict(figures, most):
        return "yes" if figures and statistics.median(figures.values()) <= most else "NO"

    def table(self, title, head, rows):
        if rows:
            self.tables.append((title, head, rows))

    def note(self, text):
        if text not in self.notes:
            self.notes.append(text)

    def markdown(self):
        lines = ["# Benchmark", "", ", ".join(f"{k} {v}" for k, v in self.about.items())]
        for title, head, rows in self.tables:
            lines += ["", f"## {title}", "", "| " + " | ".join(head) + " |",
                      "|" + "|".join("---" if i == 0 else "--:" for i in range(len(head))) + "|"]
            lines += ["| " + " | ".join(row) + " |" for row in rows]
        if self.notes:
            lines += ["", "## Notes", ""] + [f"- {n}" for n in self.notes]
        return "\n".join(lines) + "\n"

    def write(self, directory):
        directory.mkdir(parents=True, exist_ok=True)
        stamp = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        (directory / f"{stamp}.json").write_text(json.dumps(
            {"about": self.about, "notes": self.notes, "runs": self.raw}, indent=1) + "\n")
        for name in (f"{stamp}.md", "latest.md"):
            (directory / name).write_text(self.markdown())
        return directory / f"{stamp}.json"


def number(x):
    if abs(x) >= 1000:
        return f"{x:,.0f}"
    return f"{x:.0f}" if abs(x) >= 100 else f"{x:.3g}"


def spread(figures, scale=1.0):
    """'median (least..greatest)' of {round: figure}"""
    v = [x * scale for x in figures.values()]
    if not v:
        return "-"
    if len(v) == 1:
        return number(v[0])
    return f"{number(statistics.median(v))} ({number(min(v))}..{number(max(v))})"


def ratio(over, under):
    """{round: over/under} where both were measured in that round"""
    return {r: over[r] / under[r] for r in over if under.get(r)}


def over_constant(figures, constant):
    return {r: v / constant for r, v in figures.items()}
