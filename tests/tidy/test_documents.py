"""The README is held to what is there: its targets exist, its commands run, its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

#: Where each command that the README shows is run. A command in nobody's hands is not shown.
RUN_BY = {
    "make demo": "tests/demo/test_demo.py",
    "make test": ".ci/run",
    "make bench": "scripts/bench",
    "make lint": "scripts/lint",
    "make install PREFIX=/usr/local": "seshat-ffi/tests/programs.rs",
    "cargo build --release -p seshat-broker": "scripts/build",
    "maturin build --release -m seshat-py/Cargo.toml": "scripts/build",
    "seshat-broker check seshat.ini": "tests/live/test_readme.py",
    "seshat-broker seshat.ini": "tests/harness/broker.py",
}


def readme() -> str:
    return (ROOT / "README.md").read_text()


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)) - {"help"}


def commands() -> set[str]:
    """What the README tells people to type, in shell blocks and within sentences."""
    blocks = re.findall(r"^```(?:sh|bash|shell|console)\n(.*?)^```", readme(), re.MULTILINE | re.DOTALL)
    lines = [line.removeprefix("$ ").split("  #")[0].strip() for block in blocks for line in block.splitlines()]
    inline = re.findall(r"`((?:make|cargo|maturin|seshat-broker|scripts/\S+|pip|npm|apt-get) [^`]+)`", readme())
    return {line for line in [*lines, *inline] if line and not line.startswith("#")}


def test_every_target_is_in_the_readme_and_every_one_named_there_exists() -> None:
    assert set(re.findall(r"\bmake ([a-z-]+)", readme())) == targets()


def test_every_command_of_the_readme_is_run_somewhere() -> None:
    assert commands() <= set(RUN_BY)
    for command in commands():
        assert (ROOT / RUN_BY[command]).is_file(), f"{command} should be run by {RUN_BY[command]}"


def test_every_target_is_one_script() -> None:
    for script in re.findall(r"^\t@?(scripts/\S+)", (ROOT / "Makefile").read_text(), re.MULTILINE):
        assert (ROOT / script).stat().st_mode & 0o111, script


PAGES = sorted(path.relative_to(ROOT) for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", (ROOT / page).read_text()):
        if "://" not in link and not link.startswith("mailto:"):
            assert (ROOT / page.parent / link).exists(), f"{page} links to {link}"
