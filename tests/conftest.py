"""What every suite here may ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def open_house(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Opens whole installations; see harness.house. They are closed with the test."""
    # Not at the top: the tidy tests run before anything is built.
    from harness.house import House

    with ExitStack() as opened:
        yield lambda **wishes: opened.enter_context(House(tmp_path, **wishes))
