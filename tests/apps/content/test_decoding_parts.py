"""The pieces of decoding, one by one, in this process and with harmless input."""

import io
import json
import os
import platform
import struct
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av
import puremagic
import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from entente.apps.content.decoding import (
    child,
    confinement,
    documents,
    lengths,
    limits,
    media,
    pictures,
    sniffing,
)
from entente.apps.content.decoding.results import BadFrame, Decoded, clean_text, pack, unpack
from tests.apps.content import media_samples as samples
from tests.apps.content.failing import raising


@pytest.fixture(autouse=True)
def pillow_as_before() -> Iterator[None]:
    before = Image.MAX_IMAGE_PIXELS
    with warnings.catch_warnings():
        yield
    Image.MAX_IMAGE_PIXELS = before


def decode_here(data: bytes, *, partial: bool = False) -> Decoded:
    return child.decode_file(io.BytesIO(data), partial=partial, confine=False)


def small_png(size: tuple[int, int] = (3, 2)) -> bytes:
    return samples.picture("PNG", size)


FULL = Decoded(
    "truncated", "image/png", 3, 2, 1, 1500, "text", ("mislabelled",), small_png(), small_png((4, 4)), b""
)


def test_a_frame_comes_back() -> None:
    assert unpack(pack(FULL)) == FULL
    assert unpack(pack(Decoded("memory"))) == Decoded("memory")


def reframed(frame: bytes, **changes: object) -> bytes:
    (length,) = struct.unpack_from(">I", frame, 4)
    facts = json.loads(frame[8 : 8 + length]) | changes
    text = json.dumps(facts).encode()
    return b"EDR1" + struct.pack(">I", len(text)) + text + frame[8 + length :]


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": "fine"},
        {"outcome": 1},
        {"sniffed_type": "x" * 101},
        {"width": -1},
        {"width": True},
        {"width": 1.5},
        {"frames": 2**60},
        {"text_excerpt": "x" * 2001},
        {"notes": "mislabelled"},
        {"notes": ["<script>"]},
        {"notes": [1]},
        {"notes": ["n"] * 17},
        {"notes": ["n" * 41]},
        {"stills": []},
        {"stills": {"blurred": 1}},
        {"stills": {"blurred": 0, "grey": 0, "colour": 0}},
        {"stills": {"blurred": 9**9, "grey": 0, "colour": 0}},
        {"stills": {"blurred": 5, "grey": 0, "colour": 0}},
    ],
)
def test_a_frame_that_lies_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(BadFrame):
        unpack(reframed(pack(FULL), **changes))


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"EDR1",
        b"EDR2" + bytes(4),
        b"EDR1" + struct.pack(">I", 10) + b"{}",
        b"EDR1" + struct.pack(">I", 10**6) + bytes(10**6),
        b"EDR1" + struct.pack(">I", 4) + b"[[[[",
        b"EDR1" + struct.pack(">I", 2) + b"[]",
        b"EDR1" + struct.pack(">I", 60_000) + b"[" * 60_000,
        pack(FULL) + b"x",
        pack(FULL)[:-1],
    ],
)
def test_what_is_no_frame_is_refused(frame: bytes) -> None:
    with pytest.raises(BadFrame):
        unpack(frame)


@pytest.mark.parametrize("size", [(641, 1), (1, 641)])
def test_a_still_that_is_too_large_or_no_png_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(BadFrame):
        unpack(pack(replace(FULL, blurred=small_png(size))))
    with pytest.raises(BadFrame):
        unpack(pack(replace(FULL, blurred=b"\x89PNG\r\n\x1a\n" + b"<svg>")))
    with pytest.raises(BadFrame):
        unpack(pack(replace(FULL, blurred=b"<svg onload=alert(1)>" * 3)))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_cleanly(data: bytes) -> None:
    for frame in (data, b"EDR1" + data):
        with pytest.raises(BadFrame):
            unpack(frame)


def test_text_cannot_turn_the_page_around() -> None:
    assert clean_text("a\u202eb\u2066c\x00d\x1be\ufeff") == "a\ufffdb\ufffdc\ufffdd\ufffde\ufffd"
    assert clean_text("one\r\ntwo\rthree\tfour\n") == "one\ntwo\nthree\tfour\n"
    assert clean_text("مرحبا\u200f é 世") == "مرحبا\ufffd é 世"


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "video/x-msvideo"),
        (b"\x00\x00\x00\x20ftypavif", "image/avif"),
        (b"\x00\x00\x00\x20ftypheic", "image/heic"),
        (b"\x00\x00\x00\x20ftypqt  ", "video/quicktime"),
        (b"\x00\x00\x00\x20ftypM4A ", "audio/mp4"),
        (b"\x00\x00\x00\x20ftypisom", "video/mp4"),
        (b"\x1a\x45\xdf\xa3....webm", "video/webm"),
        (b"\x1a\x45\xdf\xa3....matroska", "video/x-matroska"),
        (b"OggS......theora", "video/ogg"),
        (b"OggS......vorbis", "audio/ogg"),
        (b"BM\x00\x10\x00\x00\x00\x00\x00\x00", "image/bmp"),
        ((b"G" + bytes(187)) * 3, "video/mp2t"),
        (b"\xff\xfb\x90\x00" + bytes(40), "audio/mpeg"),
        (b"ID3\x04", "audio/mpeg"),
        (b"%PDF-1.7", "application/pdf"),
        (b"hello", "text/plain"),
        ("héllo 世界".encode(), "text/plain"),
        ("hello".encode("utf-16"), "text/plain"),
        ("é".encode() * 30 + b"\xc3", "text/plain"),
        (b"\xef\xbb\xbf  <HTML>", "text/html"),
        (b"<!-- x --><svg/>", "image/svg+xml"),
        (b"text about <svg> tags", "text/plain"),
        (b"\x7fELF" + bytes(20), "application/x-executable"),
        (bytes(100), "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_sniffing(head: bytes, media_type: str) -> None:
    assert sniffing.sniff(head) == media_type


def test_a_name_from_the_other_library_never_leads_to_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    for named in ("image/png", "", None):
        monkeypatch.setattr(puremagic, "from_string", lambda *_a, _n=named, **_k: _n)
        assert sniffing.sniff(bytes(100)) == "application/octet-stream"
    monkeypatch.setattr(puremagic, "from_string", lambda *_a, **_k: "application/x-thing")
    assert sniffing.sniff(bytes(100)) == "application/x-thing"


@pytest.mark.parametrize(
    ("declared", "sniffed", "wrong"),
    [
        ("", "image/png", False),
        ("application/octet-stream", "image/png", False),
        ("IMAGE/JPG; q=1", "image/jpeg", False),
        ("image/png", "image/jpeg", True),
        ("image/png", "application/octet-stream", False),
        ("text/markdown; charset=utf-8", "text/plain", False),
        ("application/json", "text/plain", False),
        ("image/png", "text/plain", True),
        ("application/ogg", "video/ogg", False),
        ("video/mp4", "video/quicktime", False),
        ("application/vnd.oasis.opendocument.text", "application/zip", False),
        ("image/png", "application/zip", True),
    ],
)
def test_labels(declared: str, sniffed: str, wrong: bool) -> None:  # noqa: FBT001
    assert sniffing.is_mislabelled(declared, sniffed) is wrong


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA", "LA", "1"])
def test_every_kind_of_pixel_becomes_a_still(mode: str) -> None:
    found = decode_here(samples.picture("PNG", (900, 30), mode))
    assert (found.outcome, found.width, found.height) == ("ok", 900, 30)
    with Image.open(io.BytesIO(found.colour)) as still:
        assert (still.mode, still.size, still.info) == ("RGB", (640, 21), {})
    with Image.open(io.BytesIO(found.blurred)) as still:
        assert still.mode == "L"


def test_cmyk_and_transparent_palettes() -> None:
    assert decode_here(samples.picture("JPEG", mode="CMYK")).blurred
    assert decode_here(samples.picture("PNG", (20, 20), "P", transparency=0)).blurred
    assert decode_here(samples.picture("PNG", (20, 20), "L", transparency=0)).blurred


def test_transparency_is_laid_over_grey() -> None:
    buffer = io.BytesIO()
    Image.new("RGBA", (10, 10), (255, 0, 0, 0)).save(buffer, "PNG")
    with Image.open(io.BytesIO(decode_here(buffer.getvalue()).colour)) as still:
        assert still.getpixel((5, 5)) == (128, 128, 128)


def test_a_turned_photograph_is_turned_back_and_tells_nothing_else() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "secret place"
    found = decode_here(samples.picture("JPEG", (1200, 600), exif=exif))
    with Image.open(io.BytesIO(found.colour)) as still:
        assert still.size == (320, 640)
        assert not still.getexif()
    assert b"secret" not in found.colour


def test_blurring_hides_details() -> None:
    image = Image.new("L", (600, 400), 255)
    for x in range(0, 600, 8):
        image.paste(0, (x, 0, x + 4, 400))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    found = decode_here(buffer.getvalue())
    with Image.open(io.BytesIO(found.blurred)) as still:
        low, high = still.crop((100, 100, 500, 300)).getextrema()
    assert high - low < 8  # type: ignore[operator]


def test_animations_show_their_first_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    found = decode_here(samples.animation(5))
    assert (found.outcome, found.frames, found.notes) == ("ok", 5, ("animated",))
    monkeypatch.setattr(pictures, "MAX_GIF_COUNT_BYTES", 10)
    found = decode_here(samples.animation(5))
    assert (found.frames, found.notes) == (None, ("animated", "frames_not_counted"))


def test_a_cut_picture_shows_what_is_left_of_it() -> None:
    whole = samples.picture("JPEG")
    found = decode_here(whole[: len(whole) // 2])
    assert (found.outcome, found.width, bool(found.blurred)) == ("truncated", 1200, True)


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(50),
        b"\xff\xd8\xff" + bytes(50),
        b"GIF89a" + bytes(20),
        b"II*\x00" + bytes(50),
        b"BM\x00\x10\x00\x00\x00\x00\x00\x00" + bytes(50),
    ],
)
def test_broken_pictures_have_no_still(data: bytes) -> None:
    found = decode_here(data)
    assert found.outcome in {"damaged", "truncated", "too_large"}
    assert not found.blurred


def test_errors_of_the_reader_are_told_apart() -> None:
    assert pictures._fault_of(OSError("image file is truncated (3 bytes not processed)")) == "truncated"
    assert pictures._fault_of(EOFError()) == "truncated"
    assert pictures._fault_of(ValueError("Decompressed data too large for limits")) == "too_large"
    assert pictures._fault_of(SyntaxError("broken PNG file")) == "damaged"


def test_a_reader_that_fails_later_is_an_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_image: object) -> object:
        raise OSError("size exceeds something")

    monkeypatch.setattr(pictures, "_reduced", fail)
    assert decode_here(small_png()).outcome == "too_large"

    def broken(_image: object) -> object:
        raise OSError("broken data stream")

    monkeypatch.setattr(pictures, "_reduced", broken)
    found = decode_here(small_png())
    assert (found.outcome, found.width, found.blurred) == ("damaged", 3, b"")

    def opening(*_args: object, **_options: object) -> object:
        raise Image.DecompressionBombError("bomb")

    monkeypatch.setattr(Image, "open", opening)
    assert decode_here(small_png()).outcome == "too_large"


def test_pixels_are_counted_before_they_are_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_PIXELS", 5)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10**9)
    source = io.BytesIO(small_png())
    assert pictures.decode_picture(source, 100, "image/png") == Decoded("too_large", "image/png", 3, 2)


def test_sound_has_a_duration_and_no_picture() -> None:
    found = decode_here(samples.sound(2))
    assert (found.outcome, found.duration_ms, found.notes) == ("ok", 2000, ("no_picture",))


def test_a_long_video_is_shown_a_little_after_its_start() -> None:
    found = decode_here(samples.video(frames=150))
    with Image.open(io.BytesIO(found.colour)) as still:
        red = still.getpixel((100, 100))[0]  # type: ignore[index]
    assert red > 60  # the first frames are darker


def test_a_video_that_cannot_be_sought_is_read_from_its_beginning() -> None:
    class Container:
        sought = 0

        def seek(self, _at: int) -> None:
            self.sought += 1
            if self.sought == 1:
                raise av.error.InvalidDataError(22, "cannot seek")

        def demux(self, _stream: object) -> Iterator[object]:
            yield from ()

    assert media._first_frame(Container(), None, 60_000) is None


def test_broken_packets_are_passed_over_and_counted() -> None:
    class Packet:
        def __init__(self, error: Exception | None, frames: list[str]) -> None:
            self.error, self.frames = error, frames

        def decode(self) -> list[str]:
            if self.error:
                raise self.error
            return self.frames

    class Container:
        def __init__(self, *packets: Packet) -> None:
            self.packets = packets

        def demux(self, _stream: object) -> Iterator[Packet]:
            yield from self.packets

    broken = Packet(av.error.InvalidDataError(1, "broken"), [])
    empty, good = Packet(None, []), Packet(None, ["frame"])
    assert media._decodable(Container(broken, empty, good), None) == "frame"
    assert media._decodable(Container(Packet(av.error.EOFError(1, "end"), []), good), None) is None
    assert media._decodable(Container(*[empty] * (limits.MAX_VIDEO_PACKETS + 2), good), None) is None

    class Failing:
        def demux(self, _stream: object) -> Iterator[Packet]:
            raise av.error.InvalidDataError(1, "broken")

    assert media._decodable(Failing(), None) is None


def test_a_video_of_too_many_pixels_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "MAX_PIXELS", 1000)
    assert decode_here(samples.video()).outcome == "too_large"


def test_a_video_without_frames_is_truncated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "_first_frame", lambda *_: None)
    assert decode_here(samples.video()).outcome == "truncated"


def test_media_that_end_or_break_while_opening(monkeypatch: pytest.MonkeyPatch) -> None:
    def ends(*_args: object, **_options: object) -> object:
        raise av.error.EOFError(1, "end")

    assert decode_here(b"fLaC" + bytes(100)).outcome == "damaged"
    monkeypatch.setattr(av, "open", ends)
    assert decode_here(b"fLaC" + bytes(100)).outcome == "truncated"


def test_playlists_are_text_and_open_nothing() -> None:
    found = decode_here(b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")
    assert (found.outcome, found.sniffed_type) == ("ok", "text/plain")


def test_documents() -> None:
    found = decode_here(samples.document(pages=3))
    assert (found.outcome, found.frames, found.notes) == ("ok", 3, ("first_page_only",))
    assert found.text_excerpt == ""
    assert decode_here(samples.written_document("x" * 100)).text_excerpt.startswith("xxx")
    assert decode_here(b"%PDF-1.7 and nothing else %%EOF").outcome == "damaged"


def test_an_encrypted_document_is_unsupported(monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(_data: bytes) -> object:
        raise pypdfium2.PdfiumError("Failed to load document (PDFium: Incorrect password error).")

    monkeypatch.setattr(pypdfium2, "PdfDocument", locked)
    found = documents.decode_document(io.BytesIO(b"%PDF"))
    assert (found.outcome, found.notes) == ("unsupported", ("encrypted",))


@pytest.mark.parametrize(
    ("size", "outcome"),
    [((float("nan"), 10), "damaged"), ((0, 10), "damaged"), ((2e6, 10), "too_large")],
)
def test_impossible_pages(size: tuple[float, float], outcome: str) -> None:
    class Page:
        def get_size(self) -> tuple[float, float]:
            return size

    class Document(list):  # type: ignore[type-arg]
        pass

    assert documents._first_page(Document([Page()])).outcome == outcome
    assert documents._first_page(Document()).outcome == "damaged"


def test_a_page_that_fails_to_draw_is_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_document: object) -> Decoded:
        raise pypdfium2.PdfiumError("no")

    monkeypatch.setattr(documents, "_first_page", fail)
    assert documents.decode_document(io.BytesIO(samples.document())).outcome == "damaged"


@pytest.mark.parametrize(
    ("data", "media_type", "cut"),
    [
        (b"RIFF", "image/webp", True),
        (b"RIFF" + struct.pack("<I", 4) + b"WEBP", "image/webp", False),
        (b"RIFF" + struct.pack("<I", 400) + b"WEBP", "image/webp", True),
        (struct.pack(">I", 16) + b"ftypisom0000", "video/mp4", False),
        (struct.pack(">I", 16) + b"ftypisom0000" + struct.pack(">I", 99) + b"mdat", "video/mp4", True),
        (struct.pack(">I", 16) + b"ftypisom0000" + b"\x00\x00", "video/mp4", True),
        (struct.pack(">I", 16) + b"ftypisom0000" + struct.pack(">I", 0) + b"mdat12", "video/mp4", False),
        (struct.pack(">I4sQ", 1, b"mdat", 16), "video/mp4", False),
        (struct.pack(">I4sQ", 1, b"mdat", 160), "video/mp4", True),
        ((struct.pack(">I", 8) + b"free") * 100, "video/mp4", False),
        (b"%PDF-1.7 ... %%EOF\n", "application/pdf", False),
        (b"%PDF-1.7 ...", "application/pdf", True),
        (b"anything", "image/png", False),
    ],
)
def test_promised_lengths(data: bytes, media_type: str, cut: bool) -> None:  # noqa: FBT001
    assert lengths.is_cut(io.BytesIO(data), media_type) is cut


def test_a_machine_without_a_filter_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "z80")
    assert confinement.filter_system_calls() is False
    found = child.decode_file(io.BytesIO(b"hello"), partial=False, confine=True)
    assert found.notes == ("unconfined",)


def test_the_filter_program_is_made_of_whole_steps() -> None:
    for machine, allowed in confinement._ALLOWED.items():
        program = confinement._program(confinement._ARCHITECTURES[machine], allowed)
        assert len(program) == 8 * (4 + 2 * len(allowed) + 1)
        assert len(set(allowed)) == len(allowed)


def test_the_child_writes_one_frame_and_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run `main` here, with what it would do to its own process left out."""
    reading, writing = os.pipe()
    path = tmp_path / "file"
    path.write_bytes(b"hello")
    for name in ("limit_resources", "drop_privileges", "filter_system_calls"):
        monkeypatch.setattr(confinement, name, lambda *_: True)
    monkeypatch.setattr(os, "dup", lambda _fd: writing)
    monkeypatch.setattr(os, "dup2", lambda *_: None)

    def end(status: int) -> None:
        raise SystemExit(status)

    monkeypatch.setattr(os, "_exit", end)
    for fault, outcome in ((None, "ok"), (MemoryError(), "memory")):
        if fault is not None:
            monkeypatch.setattr(child, "decode_file", raising(fault))
        descriptor = os.open(path, os.O_RDONLY)
        with pytest.raises(SystemExit) as raised:
            child.main([str(descriptor), "0", str(2**30), "20"])
        assert raised.value.code == 0
        assert unpack(os.read(reading, 65536)).outcome == outcome
    os.close(reading)
    os.close(writing)
