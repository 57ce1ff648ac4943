"""Adds up pytest's JUnit reports: `python -m tests.support.totals REPORT...` prints one closing line.

Exit 1 when a report is missing, something failed, or nothing passed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree


def add_up(reports: list[Path]) -> tuple[int, int, int]:
    """How many tests passed, failed (errors are failures) and were skipped."""
    counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for report in reports:
        for suite in ElementTree.parse(report).getroot().iter("testsuite"):
            for key in counts:
                counts[key] += int(suite.get(key, "0"))
    failed = counts["failures"] + counts["errors"]
    return counts["tests"] - failed - counts["skipped"], failed, counts["skipped"]


def main(arguments: list[str]) -> int:
    reports = [Path(argument) for argument in arguments]
    missing = [report for report in reports if not report.is_file()]
    passed, failed, skipped = add_up([report for report in reports if report not in missing])
    for report in missing:
        print(f"no report {report}: that part of the tests did not come to its end")
    print(f"total: {passed} passed, {failed} failed, {skipped} skipped")
    return 1 if missing or failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
