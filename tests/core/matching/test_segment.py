"""The file of a segment: whole and of this version, or refused; written to its end, or not there."""

import errno
import fcntl
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from entente.core.matching.errors import BadSegment
from entente.core.matching.segment import (
    PAGE_BYTES,
    PARTIAL_SUFFIX,
    Section,
    Segment,
    SegmentWriter,
    remove_leftovers,
)

KIND = "try"
SECTIONS = [
    Section("numbers", "u8", 700, 2),
    Section("nothing", "u2", 0, 5),
    Section("bytes", "u1", 5_000, 1),
]


def _write(path: Path, *, reached: int = 42, sections: list[Section] = SECTIONS) -> Path:
    with SegmentWriter(path, kind=KIND, reached=reached, sections=sections) as writer:
        for section in sections:
            writer.write(section.name, _values(section))
    return path


def _values(section: Section) -> np.ndarray[Any, Any]:
    return np.arange(section.rows * section.columns).astype(section.element)


def _resealed(page: bytes) -> bytes:
    """Return a header page with the checksum that fits it."""
    return page[:-4] + struct.pack("<I", zlib.crc32(page[:-4]))


def _edit(path: Path, at: int, data: bytes, *, reseal: bool = True) -> None:
    """Replace some bytes of the header."""
    whole = bytearray(path.read_bytes())
    whole[at : at + len(data)] = data
    page = bytes(whole[:PAGE_BYTES])
    path.write_bytes((_resealed(page) if reseal else page) + whole[PAGE_BYTES:])


def test_what_is_written_is_read(tmp_path: Path) -> None:
    opened = Segment.open(_write(tmp_path / "one"), KIND)
    opened.verify()
    assert opened.reached == 42
    for section in SECTIONS:
        read = opened.array(section.name, section.element)
        assert read.shape == (section.rows, section.columns)
        assert np.array_equal(read.ravel(), _values(section))
        assert not section.size or not read.flags.writeable


def test_a_section_can_be_written_in_pieces_and_read_back_before_the_end(tmp_path: Path) -> None:
    with SegmentWriter(tmp_path / "one", kind=KIND, reached=0, sections=SECTIONS) as writer:
        writer.write("bytes", _values(SECTIONS[2]))
        writer.write("numbers", _values(SECTIONS[0])[:300])
        writer.write("numbers", _values(SECTIONS[0])[300:])
        assert np.array_equal(writer.read_back("numbers").ravel(), _values(SECTIONS[0]))
    Segment.open(tmp_path / "one", KIND).verify()


def test_a_mapped_segment_stays_readable_when_it_is_replaced_or_deleted(tmp_path: Path) -> None:
    opened = Segment.open(_write(tmp_path / "one"), KIND)
    _write(tmp_path / "one", reached=43)
    assert (opened.reached, Segment.open(tmp_path / "one", KIND).reached) == (42, 43)
    (tmp_path / "one").unlink()
    opened.verify()


@pytest.mark.parametrize("size", [0, 1, 10, PAGE_BYTES - 1, PAGE_BYTES, PAGE_BYTES + 100, -4_000, -1])
def test_a_file_cut_short_is_refused(tmp_path: Path, size: int) -> None:
    data = _write(tmp_path / "one").read_bytes()
    # The last page is padding behind the last section: what lacks only of that is whole.
    (tmp_path / "one").write_bytes(data[:size] if size >= 0 else data[: PAGE_BYTES * 4 + 5_000 + size])
    with pytest.raises(BadSegment, match="one: "):
        Segment.open(tmp_path / "one", KIND)


def test_every_byte_of_the_header_counts(tmp_path: Path) -> None:
    path = _write(tmp_path / "one")
    page = path.read_bytes()[:PAGE_BYTES]
    with path.open("r+b", buffering=0) as file:
        for at in range(PAGE_BYTES):
            os.pwrite(file.fileno(), bytes([page[at] ^ (1 << at % 8)]), at)
            with pytest.raises(BadSegment, match="one: "):
                Segment.open(path, KIND)
            os.pwrite(file.fileno(), page[at : at + 1], at)
    Segment.open(path, KIND).verify()


def test_an_altered_section_is_named_by_verify(tmp_path: Path) -> None:
    data = bytearray(_write(tmp_path / "one").read_bytes())
    for at, name in (
        (PAGE_BYTES, "numbers"),
        (PAGE_BYTES + 700 * 16 - 1, "numbers"),
        (PAGE_BYTES * 4, "bytes"),
    ):
        altered = bytearray(data)
        altered[at] ^= 16
        (tmp_path / "altered").write_bytes(altered)
        opened = Segment.open(tmp_path / "altered", KIND)
        with pytest.raises(BadSegment, match=f"section {name} was altered"):
            opened.verify()


@pytest.mark.parametrize(
    ("at", "data", "message"),
    [
        (0, b"EntSegm\0", "no segment"),
        (8, struct.pack("<I", 2), "format 2; this program reads 1"),
        (12, b"other", "not a segment of try"),
        (28, struct.pack("<Q", 2**63), "makes no sense"),
        (36, struct.pack("<I", 17), "makes no sense"),
        (36, struct.pack("<I", 16), "unknown type"),
        (40, b"\xff", "without a name"),
        (56, b"f4", "unknown type"),
        (56, b"\xff4", "without a name"),
        (60, struct.pack("<Q", 2**63), "not inside"),
        (60, struct.pack("<Q", 701 * 2), "not inside"),
        (68, struct.pack("<Q", 2**40), "not inside"),
        (76, struct.pack("<Q", PAGE_BYTES + 1), "not inside"),
        (76, struct.pack("<Q", PAGE_BYTES * 7), "not inside"),
    ],
)
def test_a_header_that_checks_but_makes_no_sense_is_refused(
    tmp_path: Path, at: int, data: bytes, message: str
) -> None:
    path = _write(tmp_path / "one")
    _edit(path, at, data)
    with pytest.raises(BadSegment, match=message):
        Segment.open(path, KIND)


def test_another_version_is_named_although_its_header_is_laid_out_otherwise(tmp_path: Path) -> None:
    path = _write(tmp_path / "one")
    _edit(path, 8, struct.pack("<I", 7), reseal=False)
    with pytest.raises(BadSegment, match="format 7"):
        Segment.open(path, KIND)


def test_a_segment_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSegment, match="not a segment of other"):
        Segment.open(_write(tmp_path / "one"), "other")


@pytest.mark.parametrize(("name", "element"), [("missing", "u1"), ("numbers", "i8")])
def test_a_section_that_is_not_there_or_of_another_type_is_refused(
    tmp_path: Path, name: str, element: str
) -> None:
    with pytest.raises(BadSegment, match=f"no section {name} of {element}"):
        Segment.open(_write(tmp_path / "one"), KIND).array(name, element)


@pytest.mark.parametrize("content", [b"", b"hello", bytes(PAGE_BYTES), b"\x89PNG\r\n\x1a\n" * 1_000])
def test_any_other_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "one").write_bytes(content)
    with pytest.raises(BadSegment, match="segment"):
        Segment.open(tmp_path / "one", KIND)


def test_a_file_that_is_not_there_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Segment.open(tmp_path / "one", KIND)


@pytest.mark.parametrize("reached", [-1, 2**63])
def test_a_number_that_does_not_fit_is_refused(tmp_path: Path, reached: int) -> None:
    with pytest.raises(ValueError, match="reached"):
        _write(tmp_path / "one", reached=reached)


def test_a_section_must_be_written_to_its_end_and_no_further(tmp_path: Path) -> None:
    with (
        pytest.raises(ValueError, match="section bytes is not written to its end"),
        SegmentWriter(tmp_path / "one", kind=KIND, reached=0, sections=SECTIONS) as writer,
    ):
        writer.write("numbers", _values(SECTIONS[0]))
    with (
        pytest.raises(ValueError, match="section nothing has no room"),
        SegmentWriter(tmp_path / "one", kind=KIND, reached=0, sections=SECTIONS) as writer,
    ):
        writer.write("nothing", np.arange(1))
    assert list(tmp_path.iterdir()) == []


def test_an_error_while_writing_leaves_the_older_file(tmp_path: Path) -> None:
    path = _write(tmp_path / "one")
    with (
        pytest.raises(RuntimeError),
        SegmentWriter(path, kind=KIND, reached=43, sections=SECTIONS),
    ):
        raise RuntimeError
    assert [child.name for child in tmp_path.iterdir()] == ["one"]
    assert Segment.open(path, KIND).reached == 42


@pytest.mark.parametrize("call", ["ftruncate", "pwrite", "fsync", "replace"])
def test_a_full_disk_leaves_the_older_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = _write(tmp_path / "one")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path if call == "replace" else os, call, full)
    with pytest.raises(OSError, match="No space left"):
        _write(path, reached=43)
    monkeypatch.undo()
    assert [child.name for child in tmp_path.iterdir()] == ["one"]
    assert Segment.open(path, KIND).reached == 42


def test_a_write_that_the_system_takes_in_parts_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pwrite = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda handle, data, at: pwrite(handle, data[:700], at))
    Segment.open(_write(tmp_path / "one"), KIND).verify()


def test_what_the_disk_returns_otherwise_than_written_gets_no_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync = os.fsync

    def damaging(handle: int) -> None:
        os.pwrite(handle, b"\xff", PAGE_BYTES)
        fsync(handle)

    monkeypatch.setattr(os, "fsync", damaging)
    with pytest.raises(BadSegment, match="section numbers was altered"):
        _write(tmp_path / "one")
    assert list(tmp_path.iterdir()) == []


def test_leftovers_of_the_dead_are_removed_and_those_of_the_living_are_not(tmp_path: Path) -> None:
    dead, living, other = (
        tmp_path / name for name in (f".dead{PARTIAL_SUFFIX}", f".living{PARTIAL_SUFFIX}", "other")
    )
    for path in (dead, living, other):
        path.write_bytes(b"x")
    with living.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        remove_leftovers(tmp_path)
    assert sorted(child.name for child in tmp_path.iterdir()) == [living.name, other.name]


def test_a_partial_file_that_was_taken_for_a_leftover_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flock = fcntl.flock
    seen: list[Path] = []

    def late(handle: Any, how: int) -> None:
        if not seen:  # somebody removes the file between its making and its locking
            seen.append(next(tmp_path.glob(f".*{PARTIAL_SUFFIX}")))
            seen[0].unlink()
        flock(handle, how)

    monkeypatch.setattr(fcntl, "flock", late)
    Segment.open(_write(tmp_path / "one"), KIND).verify()
    assert [child.name for child in tmp_path.iterdir()] == ["one"]


WRITING = """
import os, sys
from pathlib import Path
from entente.core.matching.segment import Section, SegmentWriter
import numpy as np
with SegmentWriter(Path(sys.argv[1]), kind="try", reached=1, sections=[Section("one", "u1", 9, 1)]) as writer:
    writer.write("one", np.zeros(9, np.uint8))
    os.kill(os.getpid(), 9)
"""


def test_a_killed_writer_leaves_the_older_file_and_a_leftover_that_the_next_removes(tmp_path: Path) -> None:
    path = _write(tmp_path / "one")
    killed = subprocess.run([sys.executable, "-c", WRITING, path], check=False)
    assert killed.returncode == -9
    assert len(list(tmp_path.iterdir())) == 2
    assert Segment.open(path, KIND).reached == 42
    _write(path, reached=43)
    assert [child.name for child in tmp_path.iterdir()] == ["one"]
