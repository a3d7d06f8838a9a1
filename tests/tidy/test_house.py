"""The rules of the house, held by a machine: how long files are, who may import whom, whose licence is whose."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

#: Beyond this a file no longer holds one idea.
MOST_LINES = 550
CODE = {".rs", ".py", ".js", ".mjs", ".c", ".h", ".rb", ".php", ".css", ".html", ".sh", ".sql", ".lua"}
#: Written by machines, or quoted whole from elsewhere.
NOT_OURS = {"Cargo.lock", "package-lock.json", "LICENSE", "COPYING"}

CLIENT_SIDE = ["seshat-core", "seshat-web", "seshat-ffi", "seshat-py"]
BSD = "BSD-3-Clause"
GPL = "GPL-3.0-or-later"


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def text_of(path: Path) -> str:
    """The text of a file, or nothing for pictures and the like."""
    try:
        return path.read_text()
    except UnicodeDecodeError:
        return ""


def product_of(path: Path) -> str:
    """A Rust file without its unit tests, which may reach for anything."""
    return text_of(path).split("#[cfg(test)]")[0]


def manifest(crate: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / crate / "Cargo.toml").read_text())


def crates() -> list[str]:
    members: list[str] = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["members"]
    return members


def uses(crate: str) -> set[str]:
    """What a crate depends on, in any way."""
    content = manifest(crate)
    kinds = ("dependencies", "dev-dependencies", "build-dependencies")
    return {name for kind in kinds for name in content.get(kind, {})}


def test_no_file_is_too_long_to_hold_one_idea() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in tracked()
        if (path.suffix in CODE or path.parent.name == "scripts") and path.name not in NOT_OURS
        # What a generator committed is read by nobody; minified files have few lines anyway.
        if (count := text_of(path).count("\n")) > MOST_LINES and "@generated" not in text_of(path)[:400]
    }
    assert long == {}


@pytest.mark.parametrize("crate", CLIENT_SIDE)
def test_only_the_broker_knows_xmpp_and_an_async_runtime(crate: str) -> None:
    strangers = {name for name in uses(crate) if re.match(r"tokio|xmpp|minidom|jid$|async-std|smol", name)}
    assert strangers == set()


def test_imports_run_downward_and_no_front_imports_another() -> None:
    allowed = {
        "seshat-core": set(),
        "seshat-web": {"seshat-core"},
        "seshat-ffi": {"seshat-core", "seshat-web"},
        "seshat-py": {"seshat-core", "seshat-web"},
        "broker": {"seshat-core"},
        "bench": {"seshat-core", "seshat-web"},
    }
    ours = {manifest(crate)["package"]["name"] for crate in crates()}
    assert set(crates()) == set(allowed)
    for crate in crates():
        assert (uses(crate) & ours) - {manifest(crate)["package"]["name"]} <= allowed[crate], crate


def test_no_sqlite_leaves_the_store() -> None:
    for path in tracked():
        name = str(path.relative_to(ROOT))
        outside = not name.startswith("seshat-core/src/store/")
        if outside and "/src/" in name and not name.startswith("bench/") and path.suffix == ".rs":
            assert "rusqlite::" not in product_of(path), name


def test_only_the_link_speaks_xmpp() -> None:
    for path in (ROOT / "broker" / "src").rglob("*.rs"):
        if "link" not in path.relative_to(ROOT / "broker" / "src").parts:
            found = re.search(r"\b(tokio_xmpp|xmpp_parsers|minidom)\b", product_of(path))
            assert not found, f"{path.relative_to(ROOT)}: {found}"


def test_the_relay_has_no_clock_and_no_socket() -> None:
    for folder in ("relay", "command"):
        for path in (ROOT / "broker" / "src" / folder).rglob("*.rs"):
            found = re.search(r"\b(std::net|tokio|SystemTime::now|Instant::now|std::thread)\b", product_of(path))
            assert not found, f"{path.relative_to(ROOT)}: {found}"


def test_every_crate_names_its_licence_and_has_it_beside_it() -> None:
    shared = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["license"]
    assert shared == BSD
    for crate in crates():
        package = manifest(crate)["package"]
        licence = shared if package.get("license") == {"workspace": True} else package["license"]
        assert licence == (GPL if crate == "broker" else BSD), crate
    assert "GNU GENERAL PUBLIC LICENSE" in (ROOT / "broker" / "LICENSE").read_text()
    assert "Redistribution and use in source and binary forms" in (ROOT / "LICENSE").read_text()
    project = tomllib.loads((ROOT / "seshat-py" / "pyproject.toml").read_text())["project"]
    assert BSD in str(project["license"])


def test_licences_advisories_and_sources_have_a_policy() -> None:
    policy = tomllib.loads((ROOT / "deny.toml").read_text())
    assert {"licenses", "advisories", "sources", "bans"} <= set(policy)


def test_the_version_is_the_same_everywhere() -> None:
    workspace = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]
    version = workspace["package"]["version"]
    for crate in crates():
        assert manifest(crate)["package"]["version"] == {"workspace": True}, crate
    for name, dependency in workspace["dependencies"].items():
        if name.startswith("seshat-"):
            assert dependency["version"] == version, name
    project = tomllib.loads((ROOT / "seshat-py" / "pyproject.toml").read_text())["project"]
    assert "version" in project.get("dynamic", []) or project["version"] == version
    newest = re.search(r"^## \[?([^\]\s]+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest and newest[1] in (version, "Unreleased"), "the CHANGELOG's newest heading is not this version"


def test_no_package_registry_is_named_by_host() -> None:
    # Spelt in two halves, so that this file does not name them either.
    hosts = ["crates" + ".io", "pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "npmjs" + ".com"]
    hosts += ["deb.debian" + ".org", "registry.npm" + "mirror", "rubygems" + ".org", "packagist" + ".org"]
    for path in tracked():
        text = text_of(path)
        if path.name == "Cargo.lock":
            # Cargo writes where its index is; there is no other way to spell it.
            text = text.replace("registry+https://github.com/rust-lang/crates" + ".io-index", "")
        found = [host for host in hosts if host in text]
        assert not found, f"{path.relative_to(ROOT)} names {found}"


def test_no_path_of_one_machine_is_in_the_repository() -> None:
    homes = re.compile(r"/(root|home/[a-z]+|work|Users/[A-Za-z]+)/")
    for path in tracked():
        for number, line in enumerate(text_of(path).splitlines(), 1):
            found = homes.search(line)
            assert not found, f"{path.relative_to(ROOT)}:{number} has {found and found[0]}"


def test_nothing_is_left_unfinished_or_skipped() -> None:
    marks = ["to" + "do!(", "unimplemen" + "ted!(", "db" + "g!(", "FIX" + "ME", "#[ig" + "nore]", "mark.sk" + "ip"]
    marks += ["mark.xf" + "ail"]
    for path in tracked():
        if path.suffix in {".rs", ".py", ".js", ".mjs"} and "min.js" not in path.name:
            found = [mark for mark in marks if mark in text_of(path)]
            assert not found, f"{path.relative_to(ROOT)}: {found}"
