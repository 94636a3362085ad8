"""Hostile files in the real, confined subprocess: a named outcome each time, and the parent lives."""

import os
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest

from entente.apps.content.decoding import decoder
from entente.apps.content.decoding.decoder import decode
from entente.apps.content.decoding.limits import Limits
from entente.apps.content.decoding.results import Decoded
from tests.apps.content import media_samples as samples


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "hostile"


def decoded(file: Path, data: bytes, **options: object) -> Decoded:
    file.write_bytes(data)
    return decode(file, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "BMP", "GIF"])
def test_pictures_become_three_small_stills(file: Path, kind: str) -> None:
    found = decoded(file, samples.picture(kind), declared_type=f"image/{kind.lower()}")
    assert (found.outcome, found.width, found.height, found.frames) == ("ok", 1200, 800, 1)
    assert found.sniffed_type == f"image/{kind.lower()}"
    assert found.notes == ()
    for still in (found.blurred, found.grey, found.colour):
        assert struct.unpack(">II", still[16:24]) == (640, 427)


@pytest.mark.parametrize(
    ("container", "codec", "media_type"),
    [
        ("mp4", "libx264", "video/mp4"),
        ("webm", "libvpx", "video/webm"),
        ("avi", "mpeg4", "video/x-msvideo"),
        ("mpegts", "mpeg2video", "video/mp2t"),
    ],
)
def test_videos_become_a_still(file: Path, container: str, codec: str, media_type: str) -> None:
    found = decoded(file, samples.video(container, codec))
    assert (found.outcome, found.sniffed_type) == ("ok", media_type)
    assert (found.width, found.height) == (320, 240)
    assert found.duration_ms == pytest.approx(1200, abs=150)
    assert found.blurred


def test_a_document_becomes_its_first_page_and_words(file: Path) -> None:
    found = decoded(file, samples.written_document())
    assert (found.outcome, found.width, found.height, found.frames) == ("ok", 300, 200, 1)
    assert "A harmless leaflet" in found.text_excerpt
    assert found.blurred


@pytest.mark.parametrize("share", [0.15, pytest.param(0.9, marks=pytest.mark.long)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_cut_pictures_are_truncated(file: Path, kind: str, share: float) -> None:
    whole = samples.picture(kind)
    assert decoded(file, whole[: int(len(whole) * share)]).outcome == "truncated"


@pytest.mark.parametrize("share", [0.3, 0.95])
def test_cut_videos_and_documents_are_truncated(file: Path, share: float) -> None:
    for whole in (samples.video(frames=60), samples.written_document()):
        assert decoded(file, whole[: int(len(whole) * share)]).outcome == "truncated"


def test_a_wrong_label_is_noted_and_the_bytes_decide(file: Path) -> None:
    found = decoded(file, samples.picture("JPEG"), declared_type="image/png")
    assert (found.outcome, found.sniffed_type, found.notes) == ("ok", "image/jpeg", ("mislabelled",))
    found = decoded(file, samples.video(), declared_type="image/jpeg")
    assert (found.sniffed_type, found.notes) == ("video/mp4", ("mislabelled",))


@pytest.mark.parametrize(
    ("data", "sniffed"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "image/svg+xml"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "text/html"),
        (
            b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
            "application/xml",
        ),
    ],
)
def test_markup_sent_as_an_image_is_never_drawn(file: Path, data: bytes, sniffed: str) -> None:
    found = decoded(file, data, declared_type="image/png")
    assert (found.outcome, found.sniffed_type) == ("unsupported", sniffed)
    assert found.notes == ("mislabelled", "markup_not_rendered")
    assert found.text_excerpt == data.decode()
    assert not found.blurred


def test_pixel_bombs_are_too_large(file: Path) -> None:
    for width, height in ((60_000, 60_000), (100_000, 700), (8001, 8001)):
        assert decoded(file, samples.png_of(width, height, zlib.compress(b"\x00"))).outcome == "too_large"


@pytest.mark.long
def test_a_picture_at_the_limit_fits_into_the_memory(file: Path) -> None:
    side = 7900
    rows = zlib.compress((b"\x00" + b"\x80" * (3 * side)) * side, 1)
    found = decoded(file, samples.png_of(side, side, rows))
    assert (found.outcome, found.width) == ("ok", side)


def test_text_bombs_in_a_picture_are_too_large(file: Path) -> None:
    assert decoded(file, samples.png_with_text_bomb()).outcome == "too_large"


def test_archives_are_never_unpacked(file: Path) -> None:
    for head, kind in ((b"PK\x03\x04", "application/zip"), (b"\x1f\x8b\x08", "application/gzip")):
        found = decoded(file, head + bytes(1000))
        assert (found.outcome, found.sniffed_type) == ("unsupported", kind)


def test_a_huge_page_is_too_large_or_scaled_down(file: Path) -> None:
    found = decoded(file, samples.written_document(box="0 0 90000000 90000000"))
    assert found.outcome in {"too_large", "damaged"}
    found = decoded(file, samples.written_document(box="0 0 14400 10"))
    assert (found.outcome, found.width, found.height) == ("ok", 14400, 10)


def test_a_file_over_the_limit_is_not_even_started(file: Path) -> None:
    found = decoded(file, samples.picture("PNG"), limits=Limits(input_bytes=100))
    assert found == Decoded("too_large")


def test_of_a_partial_copy_only_videos_are_tried(file: Path) -> None:
    found = decoded(file, samples.picture("PNG")[:5000], partial=True)
    assert (found.outcome, found.notes) == ("too_large", ("partial_input",))
    whole = samples.video("webm", "libvpx", frames=100)
    found = decoded(file, whole[: len(whole) // 2], partial=True)
    assert (found.outcome, found.notes) == ("ok", ("partial_input",))
    assert found.blurred


def test_too_little_memory_is_named(file: Path) -> None:
    side = 7000
    rows = zlib.compress((b"\x00" + b"\x80" * (3 * side)) * side, 1)
    found = decoded(file, samples.png_of(side, side, rows), limits=Limits(memory_bytes=200 * 1024 * 1024))
    assert found.outcome == "memory"


def test_noise_is_unsupported(file: Path) -> None:
    assert decoded(file, bytes(range(256)) * 40).outcome == "unsupported"
    assert decoded(file, b"").outcome == "unsupported"


def run_instead(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str) -> None:
    """Let another program stand in for the decoder: what a taken-over one could do."""
    package = tmp_path / "stand_in"
    package.mkdir()
    (package / "stand_in_child.py").write_text(code)
    monkeypatch.setattr(decoder, "_SOURCE_ROOT", package)
    monkeypatch.setattr(decoder, "_CHILD", "stand_in_child")


_BEFORE = "import os, sys, time, signal, resource\n"


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("time.sleep(60)", "timeout"),
        ("os.write(1, b'EDR1'); time.sleep(60)", "timeout"),
        ("os.kill(os.getpid(), signal.SIGXCPU)", "timeout"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "timeout"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "crashed"),
        ("sys.exit(0)", "crashed"),
        ("sys.exit(3)", "crashed"),
        ("os.write(1, b'nonsense')", "crashed"),
        ("os.write(1, b'EDR1' + b'\\xff' * 100)", "crashed"),
        ("os.write(1, b'x' * 100); os.close(1); time.sleep(60)", "crashed"),
    ],
)
def test_whatever_the_child_does_has_a_name(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, outcome: str
) -> None:
    run_instead(monkeypatch, tmp_path, _BEFORE + code)
    monkeypatch.setattr(decoder, "_DEATH_SECONDS", 0.2)
    started = time.monotonic()
    assert decoded(file, b"x", limits=Limits(wall_seconds=2)).outcome == outcome
    assert time.monotonic() - started < 15


def test_a_flood_of_output_is_cut_off(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_instead(monkeypatch, tmp_path, _BEFORE + "while True: os.write(1, b'x' * 65536)")
    monkeypatch.setattr(decoder, "_DEATH_SECONDS", 0.1)
    assert decoded(file, b"x", limits=Limits(wall_seconds=20)).outcome == "crashed"


def test_nothing_of_a_decoding_outlives_it(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "pid"
    code = f"{_BEFORE}pid = os.fork()\nif pid: open({str(told)!r}, 'w').write(str(pid))\ntime.sleep(60)"
    run_instead(monkeypatch, tmp_path, code)
    assert decoded(file, b"x", limits=Limits(wall_seconds=3)).outcome == "timeout"
    grandchild = Path(f"/proc/{told.read_text()}/stat")
    for _ in range(100):
        if not grandchild.exists() or grandchild.read_text().split()[2] == "Z":
            return
        time.sleep(0.05)
    pytest.fail("a grandchild lives on")


_CONFINED = """
import os, socket, subprocess, sys
from entente.apps.content.decoding import confinement
from entente.apps.content.decoding.limits import Limits
confinement.limit_resources(Limits())
print(confinement.drop_privileges(), confinement.filter_system_calls(), flush=True)
for name, attempt in (
    ("open", lambda: open("/etc/passwd")),
    ("write", lambda: open("/tmp/x", "w")),
    ("socket", lambda: socket.socket()),
    ("fork", os.fork),
    ("exec", lambda: os.execv("/bin/true", ["true"])),
    ("unlink", lambda: os.unlink("/nothing")),
    ("kill", lambda: os.kill(os.getppid(), 0)),
):
    try:
        attempt()
    except PermissionError:
        print(name, "refused", flush=True)
    except OSError as error:
        print(name, error, flush=True)
    else:
        print(name, "WORKED", flush=True)
os._exit(0)
"""


def test_the_confined_process_can_open_nothing_reach_nobody_and_start_nothing() -> None:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-c", _CONFINED], capture_output=True, env=env, check=True, text=True
    )
    lines = done.stdout.splitlines()
    assert lines[0] == "True True"
    assert lines[1:] == [
        f"{name} refused" for name in ("open", "write", "socket", "fork", "exec", "unlink", "kill")
    ]
