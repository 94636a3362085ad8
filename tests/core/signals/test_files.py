"""SHA-256 and MD5: of bytes and of files, in bounded memory."""

import hashlib
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente.core.signals import files
from entente.core.signals.files import CHUNK_BYTES, FileDigests, Md5, Sha256, digests, digests_of_path
from tests.core.signals.contract import SignalTypeContract


class TestSha256(SignalTypeContract):
    kind = Sha256()


class TestMd5(SignalTypeContract):
    kind = Md5()


# FIPS 180-4 (example of "abc") and RFC 1321, appendix A.5.
KNOWN = [
    (
        b"",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "d41d8cd98f00b204e9800998ecf8427e",
    ),
    (
        b"abc",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "900150983cd24fb0d6963f7d28e17f72",
    ),
]


@pytest.mark.parametrize(("content", "sha256", "md5"), KNOWN)
def test_known_answers(content: bytes, sha256: str, md5: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    expected = FileDigests(bytes.fromhex(sha256), bytes.fromhex(md5), len(content))
    assert digests(content) == digests_of_path(path) == expected
    assert Sha256().from_content(content) == Sha256().from_path(path) == expected.sha256
    assert Md5().from_content(content) == Md5().from_path(path) == expected.md5


@given(st.binary(max_size=200))
def test_every_kind_of_buffer_is_hashed_by_its_bytes(content: bytes) -> None:
    expected = FileDigests(hashlib.sha256(content).digest(), hashlib.md5(content).digest(), len(content))  # noqa: S324
    assert digests(content) == digests(bytearray(content)) == digests(memoryview(content)) == expected


def test_a_view_of_wide_items_is_measured_in_bytes() -> None:
    assert digests(memoryview(bytes(16)).cast("I")).size_bytes == 16


@pytest.mark.parametrize("size", [CHUNK_BYTES - 1, CHUNK_BYTES, 2 * CHUNK_BYTES + 1])
def test_the_borders_of_chunks_change_nothing(size: int, tmp_path: Path) -> None:
    content = bytes(range(251)) * (size // 251 + 1)
    path = tmp_path / "file"
    path.write_bytes(content[:size])
    assert digests_of_path(path) == digests(content[:size])


def test_a_large_file_is_read_in_little_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "CHUNK_BYTES", 1 << 16)
    path = tmp_path / "file"
    with path.open("wb") as file:
        file.truncate(1 << 24)
    tracemalloc.start()
    try:
        assert digests_of_path(path).size_bytes == 1 << 24
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_what_cannot_be_opened_is_said_by_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        digests_of_path(tmp_path / "nothing")
