"""What users install: the sdist builds the wheel, and the wheel works in an environment that has nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PROGRAM = """
import asyncio, sys
from importlib.metadata import distributions
import seshat, seshat.aio
from seshat.integrations import asgi, wsgi

assert {found.metadata["Name"] for found in distributions()} == {"seshat"}, "it needs nothing else"
assert seshat.__file__.startswith(sys.prefix), seshat.__file__

async def visit(store):
    chat = await seshat.aio.Store(store).start("customer", text="Hi!")
    waiting = asyncio.create_task(chat.poll(after=1, wait=30))
    await chat.send("Hello?")
    return (await waiting).messages[0].text

with seshat.open("chat.db") as store:
    assert asyncio.run(visit(store)) == "Hello?"
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/seshat/availability"}
    assert b"".join(wsgi.create_app(store)(environ, lambda *_: None)) == b'{"availability":"offline"}'
    assert asgi.create_app(store)
print(seshat.__version__)
"""


def run(*command: str | Path, cwd: Path) -> str:
    # Into the folder that everything else is built in: what has not changed is not built again.
    target = os.environ.get("CARGO_TARGET_DIR", str(ROOT / "target"))
    env = {**os.environ, "CARGO_TARGET_DIR": target, "CARGO_NET_OFFLINE": "true", "PIP_NO_INDEX": "1"}
    # maturin calls itself by its name.
    env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), env["PATH"]])
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}: {done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """The sdist, unpacked. Always in the same place, or the compiler would keep every one it has ever seen."""
    run(sys.executable, "-m", "maturin", "sdist", "-m", ROOT / "seshat-py" / "Cargo.toml", "-o", tmp_path, cwd=tmp_path)
    (sdist,) = tmp_path.glob("*.tar.gz")
    place = ROOT / "target" / "sdist"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    run("tar", "-xzf", sdist, "-C", place, cwd=tmp_path)
    (unpacked,) = place.iterdir()
    return unpacked


def test_the_sdist_builds_a_wheel_that_works_on_its_own(sources: Path, tmp_path: Path) -> None:
    assert (sources / "LICENSE").is_file() and (sources / "README.md").is_file()
    settings = ["--no-deps", "--no-build-isolation", "--config-settings=build-args=--profile=dev"]
    run(sys.executable, "-m", "pip", "wheel", *settings, "-w", tmp_path, sources, cwd=tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    assert "-cp39-abi3-" in wheel.name, "one wheel for every Python from 3.9 on"

    clean = tmp_path / "clean"
    run(sys.executable, "-m", "venv", "--without-pip", clean, cwd=tmp_path)
    python = clean / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", wheel, cwd=tmp_path)
    said = run(python, "-I", "-c", PROGRAM, cwd=tmp_path)
    assert f"seshat-{said.strip()}-" in wheel.name
