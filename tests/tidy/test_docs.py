"""The broker's page is complete: every key and every command there is, and none that is not."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "broker.md").read_text()


def first_column(after: str) -> set[str]:
    """The first words of the first column of the table that follows a heading."""
    table = PAGE.split(after, 1)[1].split("\n## ", 1)[0]
    return {row for row in re.findall(r"^\| `([^` ]+)[^|]*\|", table, re.MULTILINE)}


def test_every_key_of_the_config_is_documented_and_no_other() -> None:
    source = (ROOT / "broker" / "src" / "config" / "mod.rs").read_text()
    keys = re.search(r"pub const KEYS: .*? = \[(.*?)\];", source, re.DOTALL)
    assert keys
    assert first_column("## The config file") == set(re.findall(r'"(\w+)"', keys[1]))


def test_every_command_is_documented_and_no_other() -> None:
    files = {path.stem.upper() for path in (ROOT / "broker" / "src" / "command").glob("*.rs")}
    commands = {f"!{name}" for name in files - {"MOD", "TURN"}}
    assert first_column("## What employees type") == commands
