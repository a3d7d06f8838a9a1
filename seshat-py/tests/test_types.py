"""Types and documentation: what they say is true."""

from __future__ import annotations

import doctest
import importlib
import inspect
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import seshat

PACKAGE = Path(seshat.__file__).parent
MODULES = ["seshat", *(m.name for m in pkgutil.walk_packages([str(PACKAGE)], "seshat."))]


def mypy(*arguments: str, cwd: Path) -> None:
    env = {**os.environ, "MYPY_CACHE_DIR": str(cwd / "cache")}
    done = subprocess.run([sys.executable, "-m", *arguments], cwd=cwd, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_stubs_are_what_the_module_is(tmp_path: Path) -> None:
    mypy("mypy.stubtest", "seshat", cwd=tmp_path)


def test_the_package_is_strictly_typed(tmp_path: Path) -> None:
    assert (PACKAGE / "py.typed").exists()
    mypy("mypy", "--strict", "-p", "seshat", cwd=tmp_path)


def test_a_typed_site_learns_what_may_be_none(tmp_path: Path) -> None:
    site = tmp_path / "site.py"
    site.write_text(
        "import seshat\n"
        "store = seshat.open('chat.db')\n"
        "chat = store.start('Ann')\n"
        "reveal_type(chat.poll())\n"
        "reveal_type(chat.poll(rev=1))\n"
        "reveal_type(chat.poll().messages)\n"
    )
    env = {**os.environ, "MYPY_CACHE_DIR": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "mypy", "--strict", str(site)]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    said = re.findall(r'Revealed type is "([^"]+)"', done.stdout)
    state = "seshat._seshat.State"
    assert [text.replace("builtins.", "") for text in said] == [
        state,
        f"{state} | None",
        "tuple[seshat._seshat.Message, ...]",
    ], done.stdout


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_docstrings_work(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_everything_public_is_documented() -> None:
    for name in seshat.__all__:
        thing = getattr(seshat, name)
        assert name.startswith("__") or thing.__doc__, name
        if isinstance(thing, type) and thing.__module__ == "seshat":
            for member in (m for m in dir(thing) if not m.startswith("_")):
                assert getattr(thing, member).__doc__, f"{name}.{member}"


def test_importing_the_package_imports_no_framework() -> None:
    code = "import seshat, sys; print(sorted({'flask','werkzeug','markupsafe','gunicorn','django','asyncio'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_readme_lists_every_option_with_its_default() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    listed = dict(re.findall(r"^\| `(\w+)` \|.*\| ([^|]+) \|$", readme, re.M))
    assert listed.pop("user") and listed.pop("trusted_proxies")
    options = inspect.signature(seshat.Web).parameters.values()
    said = {o.name: o.default for o in options if o.name != "store"}
    assert listed.keys() == said.keys()
    for name, default in said.items():
        shown = listed[name].strip("`")
        assert shown == ("none" if default == () else str(default).removesuffix(".0")), name
