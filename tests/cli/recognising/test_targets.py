"""Files on their way in: hostile names, links, pipes, folders that change while they are read."""

import io
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from entente.cli.recognising.targets import Tree, Unopened, open_named, open_standard_input


def outcome_of(path: str) -> str:
    with pytest.raises(Unopened) as refused:
        os.close(open_named(path))
    return refused.value.outcome


def test_what_is_no_file_is_said_and_blocks_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert outcome_of(str(tmp_path / "pipe")) == "not_a_file"
    assert outcome_of(str(tmp_path)) == "not_a_file"
    assert outcome_of(str(tmp_path / "nothing")) == "vanished"
    assert outcome_of("a\0b") == "unreadable"
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert outcome_of(str(tmp_path / "loop")) == "not_a_file"


def test_a_link_that_somebody_named_is_followed(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "link").symlink_to("file")
    descriptor = open_named(str(tmp_path / "link"))
    assert os.pread(descriptor, 10, 0) == b"content"
    os.close(descriptor)


def test_standard_input_is_read_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"content")))
    descriptor = open_standard_input(7)
    assert os.pread(descriptor, 10, 0) == b"content"
    os.close(descriptor)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"contents")))
    with pytest.raises(Unopened, match="Up to 7 bytes"):
        open_standard_input(7)


def tree_of(folder: Path, *paths: str) -> None:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(ascii(path))


def test_every_file_comes_once_in_order_and_no_link_is_followed(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    tree_of(root, "b", "a", "z/y/x", "c/1", "c/\x1b\udcff")
    tree_of(outside, "secret")
    (root / "c" / "out").symlink_to(outside)
    (root / "link").symlink_to(outside / "secret")
    os.mkfifo(root / "pipe")
    tree = Tree(root)
    assert list(tree.files()) == ["a", "b", "c/\x1b\udcff", "c/1", "z/y/x"]
    assert tree.passed_over == 3
    for path in ("c/out/secret", "link"):
        with pytest.raises(Unopened) as refused:
            tree.open(path)
        assert refused.value.outcome in {"not_a_file", "vanished"}
    tree.close()


def test_a_folder_that_becomes_a_link_meanwhile_leads_nowhere(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    tree_of(root, "c/secret")
    tree_of(outside, "secret")
    tree = Tree(root)
    (path,) = tree.files()
    (root / "c" / "secret").unlink()
    (root / "c").rmdir()
    (root / "c").symlink_to(outside)
    with pytest.raises(Unopened):
        tree.open(path)
    tree.close()


def test_files_are_read_below_the_folder(tmp_path: Path) -> None:
    tree_of(tmp_path, "z/y/x")
    tree = Tree(tmp_path)
    descriptor = tree.open("z/y/x")
    assert os.pread(descriptor, 10, 0) == b"'z/y/x'"
    os.close(descriptor)
    tree.close()


def test_our_own_files_are_left_out(tmp_path: Path) -> None:
    tree_of(tmp_path, "a", "out.csv", "out.csv.banks/0/bank.json")
    (tmp_path / "alias").symlink_to(tmp_path)
    leave_out = [tmp_path / "alias" / "out.csv", tmp_path / "out.csv.banks", Path("/elsewhere")]
    tree = Tree(tmp_path, leave_out=leave_out)
    assert list(tree.files()) == ["a"]
    tree.close()


def test_names_deeper_than_a_path_may_be_long_are_reached(tmp_path: Path) -> None:
    here, name = os.open(tmp_path, os.O_RDONLY), "d" * 200
    for _level in range(30):
        os.mkdir(name, dir_fd=here)
        below = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(os.open("deep", os.O_WRONLY | os.O_CREAT, dir_fd=here))
    os.close(here)
    tree = Tree(tmp_path)
    (path,) = tree.files()
    assert len(path) > 6_000
    os.close(tree.open(path))
    tree.close()
    os.system(f"rm -rf '{tmp_path}/{name}'")  # noqa: S605 - longer than what Python removes


def test_a_folder_that_cannot_be_read_is_told_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree_of(tmp_path, "a/1", "b/2")
    scandir = os.scandir

    def refusing(descriptor: int) -> Any:
        if Path(f"/proc/self/fd/{descriptor}").readlink().name == "a":
            raise PermissionError(13, "Permission denied")
        return scandir(descriptor)

    tree = Tree(tmp_path)
    monkeypatch.setattr(os, "scandir", refusing)
    assert list(tree.files()) == ["b/2"]
    assert tree.unreadable == [("a", "Permission denied")]
    tree.close()


def test_a_folder_that_is_none_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Tree(tmp_path / "nowhere")
