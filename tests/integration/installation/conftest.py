"""Directories for installations: where the database's own user can reach them when root runs the tests."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """One installation for all tests of a module: its data directory is made once."""
    home = Path(tempfile.mkdtemp(prefix="lianfang-test-"))
    home.chmod(0o711)
    yield home
    shutil.rmtree(home)
