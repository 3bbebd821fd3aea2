"""Check the subjects of the commits that main does not have yet: ``area: Do this.``, at most 72 characters."""

from __future__ import annotations

import re
import subprocess
import sys

SUBJECT = re.compile(r"[a-z0-9_, -]+: [A-Z].*\.")
MOST = 72
# The remote's branch where there is one, else the local one.
BASES = ("origin/main", "main")


def new_subjects() -> list[str]:
    """Return the subjects of the commits that are on this branch only; none outside a git checkout."""
    for base in BASES:
        command = ["git", "log", "--format=%s", f"{base}..HEAD"]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        if found.returncode == 0:
            return found.stdout.splitlines()
    return []


def main() -> None:
    bad = [subject for subject in new_subjects() if len(subject) > MOST or not SUBJECT.fullmatch(subject)]
    for subject in bad:
        print(f"{subject}\n    is not “area: Do this.” with at most {MOST} characters")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
