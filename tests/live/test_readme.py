"""What the README shows works as it stands there."""

from __future__ import annotations

import re
import runpy
from collections.abc import Callable
from pathlib import Path

from harness import broker
from harness.house import House
from harness.process import ROOT


def block(language: str) -> str:
    """The README's first block of this language."""
    found = re.search(rf"^```{language}\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    assert found, f"the README shows no {language}"
    return found[1]


def with_database(text: str, database: Path) -> str:
    changed = text.replace("/var/lib/seshat/chat.db", str(database))
    assert changed != text
    return changed


def test_check_is_content_with_the_readmes_config(open_house: Callable[..., House], tmp_path: Path) -> None:
    house = open_house(start_broker=False)
    config = tmp_path / "seshat.ini"
    here = f"server = {house.prosody.server}\nca_file = {house.prosody.ca_file}\n"
    config.write_text(with_database(block("ini"), tmp_path / "readme.db") + here)
    done = broker.run("check", config)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_readmes_site_answers_the_widget_and_prints_its_snippet(tmp_path: Path) -> None:
    program = tmp_path / "site.py"
    program.write_text(with_database(block("python"), tmp_path / "readme.db"))
    site = runpy.run_path(str(program), run_name="__main__")
    app = site["app"]
    page = block("html")
    app.add_url_rule("/", view_func=lambda: site["flask"].render_template_string(page))
    assert app.test_client().get("/seshat/availability").json == {"availability": "offline"}
    shown = app.test_client().get("/").text
    assert 'src="/static/jquery.min.js"' in shown and "data-seshat" in shown
