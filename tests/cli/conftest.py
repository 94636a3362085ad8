"""One initialised data directory for the whole folder; each test that serves works on a copy."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.trees import entente


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """Return an initialised data directory and what `entente init --json` said."""
    folder = tmp_path_factory.mktemp("init") / "data"
    done = entente("init", "--data", str(folder), "--json")
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout)


@pytest.fixture
def instance(made: tuple[Path, dict[str, str]], tmp_path: Path) -> Path:
    """Return a copy of the initialised data directory that the test may spoil."""
    copy = tmp_path / "data"
    shutil.copytree(made[0], copy)
    return copy
