"""The tests of ingest keep their raw files and data apart."""

from pathlib import Path

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def _own_var(settings: Settings, tmp_path: Path) -> None:
    settings.VAR = tmp_path / "var"
    settings.DATA = ""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return where the definitions of the test's city stand."""
    return tmp_path / "sources"
