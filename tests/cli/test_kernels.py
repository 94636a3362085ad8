"""Compiled kernels lie in the data directory, closed to others; an upgrade keeps nothing of an older version."""

import os
import stat
from pathlib import Path

import pytest

from entente.cli import kernels


def test_an_operator_who_keeps_them_elsewhere_looks_after_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(kernels.VARIABLE, "/somewhere/else")
    kernels.use_folder(tmp_path)
    assert os.environ[kernels.VARIABLE] == "/somewhere/else"
    assert not kernels.fill(tmp_path, anew=True)
    assert not (tmp_path / kernels.FOLDER).exists()


def test_what_is_there_stays_unless_it_is_to_be_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(kernels.VARIABLE)
    kernels.use_folder(tmp_path)
    folder = tmp_path / kernels.FOLDER
    assert os.environ[kernels.VARIABLE] == str(folder)
    folder.mkdir()
    assert not kernels.fill(tmp_path, anew=False)


@pytest.mark.long
def test_they_are_compiled_into_a_folder_of_the_service_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(kernels.VARIABLE, str(tmp_path / kernels.FOLDER))
    folder = tmp_path / kernels.FOLDER
    folder.mkdir()
    (folder / "of-an-older-version").touch()
    assert kernels.fill(tmp_path, anew=True)
    assert not (folder / "of-an-older-version").exists()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert list(folder.rglob("*.nbi"))
