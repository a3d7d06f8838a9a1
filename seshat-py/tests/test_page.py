"""docs/python.md is true: its programs run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "python.md").read_text()
PROGRAMS = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("program", PROGRAMS, ids=[re.sub(r"\W+", "-", p[:40]) for p in PROGRAMS])
def test_the_programs_of_the_page_run(program: str, tmp_path: Path) -> None:
    program = program.replace("/var/lib/seshat/", f"{tmp_path}/")
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_page_ends_with_what_a_site_must_know() -> None:
    advice = PAGE.split("## In production", 1)[1]
    for word in ("Workers", "Long polling", "Forks", "File permissions", "Never open the file with another SQLite"):
        assert f"**{word}" in advice
