"""What is made of a file, in this process and with harmless input; the pool's tests do it in confined ones."""

import io
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pypdfium2
import pytest

from entente.apps.content.hashing.confined import documents, images, making, texts, videos
from entente.apps.content.hashing.confined.making import Kind, Shares, kind_of, make
from entente.apps.content.hashing.confined.source import Incomplete, Source
from entente.apps.content.hashing.results import OF_TEXTS, WANTED, Asked, Hashed
from entente.core.signals import files, pdq
from entente.core.signals.errors import NotDecodable
from entente.core.signals.texts.signal_types import TextExact, TextMinhash
from entente.core.signals.vpdq import container, hashing, luma
from entente.core.signals.vpdq.signal import unpack
from entente.core.signals.vpdq.values import Limits
from tests.apps.content import media_samples as samples
from tests.apps.content.failing import raising
from tests.apps.content.hashing_samples import picture
from tests.core.signals.videos import Clip, black, scenes

EVERYTHING = frozenset(WANTED)
WORDS = "Nobody has to read this, it only has to be long enough for a signature of its shingles. "
SHARES = Shares(document_seconds=60, video_seconds=60)


@pytest.fixture(autouse=True)
def videos_by_descriptor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "opened", container.opened)
    monkeypatch.setattr(luma, "pixels_of", luma.pixels_of)
    videos.prepare()


@pytest.fixture
def source_of() -> Iterator[Callable[..., Source]]:
    opened: list[int] = []

    def of(data: bytes, *, size_bytes: int | None = None, held_bytes: int = 2**26) -> Source:
        descriptor = os.memfd_create("test")
        opened.append(descriptor)
        os.pwrite(descriptor, data, 0)
        return Source(descriptor, len(data) if size_bytes is None else size_bytes, held_bytes=held_bytes)

    yield of
    for descriptor in opened:
        os.close(descriptor)


@pytest.fixture
def made(source_of: Callable[..., Source]) -> Callable[..., Hashed]:
    def of(data: bytes, *wanted: str, shares: Shares = SHARES, **options: bool) -> Hashed:
        asked = Asked(frozenset(wanted) or EVERYTHING, **options)
        return make(source_of(data), asked, lambda _known: None, shares)

    return of


Made = Callable[..., Hashed]


def test_a_picture_has_digests_and_eight_views(made: Made) -> None:
    data = picture()
    found = made(data)
    digests, views = files.digests(data), pdq.dihedral_hashes(data)
    assert (found.outcome, found.sniffed_type, found.notes) == ("ok", "image/jpeg", ())
    assert found.quality == views[0].quality
    assert found.signals == {
        "sha256": [digests.sha256],
        "md5": [digests.md5],
        "pdq": [pdq.hash_image(data).value],
        "pdq_dihedral": [view.value for view in views],
    }


def test_only_what_is_asked_for_is_made(made: Made) -> None:
    data = picture("PNG")
    assert set(made(data, "pdq").signals) == {"pdq"}
    assert set(made(data, "pdq_dihedral", "md5").signals) == {"pdq_dihedral", "md5"}
    digest = made(b"PK\x03\x04" + bytes(100), "sha256")
    assert (digest.outcome, set(digest.signals)) == ("ok", {"sha256"})


def test_what_is_known_before_decoding_is_said_before(source_of: Callable[..., Source]) -> None:
    told: list[Hashed] = []
    source = source_of(picture())
    make(source, Asked(frozenset({"sha256", "pdq"})), told.append, SHARES)
    assert [(hashed.sniffed_type, set(hashed.signals)) for hashed in told] == [("image/jpeg", {"sha256"})]
    make(source, Asked(frozenset({"sha256"})), told.append, SHARES)
    assert len(told) == 1


@pytest.mark.parametrize(
    ("data", "outcome", "message"),
    [
        (samples.picture("PNG", (3, 300)), "image_too_small", "5 pixels"),
        (samples.png_of(50_000, 50_000), "image_too_large", "200,000,000"),
        (samples.picture("GIF", (300, 200), "L")[:100], "not_decodable", ""),
        (picture()[:4000], "not_decodable", "broken or cut"),
        (b"\xff\xd8\xff", "not_decodable", ""),
        (samples.picture("PNG"), "low_quality", ""),
        (b"", "not_decodable", "empty"),
        (samples.sound(), "unsupported", ""),
        (b"PK\x03\x04" + bytes(100), "unsupported", ""),
        (samples.document(1), "low_quality", ""),
        (b"%PDF-1.7 and nothing else %%EOF", "not_decodable", "pdfium"),
    ],
)
def test_why_nothing_can_be_compared(made: Made, data: bytes, outcome: str, message: str) -> None:
    found = made(data)
    assert found.outcome == outcome
    assert message in found.message
    assert found.signals["sha256"] == [files.digests(data).sha256]


def test_a_failure_of_ours_is_not_called_one_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_content: bytes) -> object:
        raise NotDecodable("the picture is broken") from PermissionError(1, "not permitted")

    monkeypatch.setattr(pdq, "hash_image", fail)
    with pytest.raises(PermissionError):
        images.hash_picture(b"", frozenset({"pdq"}))


@pytest.mark.parametrize(
    ("data", "declared"),
    [(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"), (b"<!DOCTYPE html><p>", "text/html")],
)
def test_markup_is_never_drawn_and_a_text_only_if_called_one(made: Made, data: bytes, declared: str) -> None:
    found = made(data)
    assert (found.outcome, found.sniffed_type, found.notes) == (
        "unsupported",
        declared,
        ("markup_not_rendered",),
    )
    assert set(made(data, declared_text=True).signals) == {"sha256", "md5", "text_exact"}


def test_texts(made: Made) -> None:
    found = made(WORDS.encode())
    assert (found.outcome, found.sniffed_type, found.quality) == ("ok", "text/plain", None)
    assert found.signals["text_exact"] == [TextExact().from_content(WORDS.encode())]
    assert found.signals["text_minhash"] == [TextMinhash().from_content(WORDS.encode())]
    assert made(WORDS.encode("utf-16")).signals["text_exact"] == found.signals["text_exact"]
    assert made(WORDS.encode(), "pdq").outcome == "unsupported"
    broken = made(b"\xc3\x28" + WORDS.encode())
    assert (broken.outcome, broken.notes) == ("ok", ("invalid_utf8",))


def test_texts_that_say_too_little(made: Made) -> None:
    found = made(b"Three short words")
    assert (found.outcome, set(found.signals) & OF_TEXTS, found.notes) == (
        "ok",
        {"text_exact"},
        ("text_too_short",),
    )
    assert made(b"Three short words", "text_minhash").outcome == "low_quality"
    nothing = made(b"", as_text=True)
    assert (nothing.outcome, nothing.notes) == ("low_quality", ("text_empty", "text_too_short"))


def test_a_text_is_one_because_somebody_says_so(made: Made) -> None:
    assert made(b"GIF89a is the name of a format", as_text=True).signals["text_exact"]
    noise = random.Random(1).randbytes(500)  # noqa: S311 - bytes that are no text
    assert made(b"\x01" + noise).outcome == "unsupported"
    assert made(b"\x01" + noise, declared_text=True).notes == ("invalid_utf8",)
    assert kind_of("image/gif", Asked(EVERYTHING, declared_text=True)) is Kind.PICTURE


def test_a_text_that_is_too_long_to_be_looked_at_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from entente.core.signals.texts import normalising

    monkeypatch.setattr(normalising, "MOST_CHARACTERS", 200)
    assert texts.hash_text(WORDS.encode() * 10, OF_TEXTS).notes == ("text_cut",)


def test_files_beyond_what_is_decoded_are_too_large(
    source_of: Callable[..., Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Kind.PICTURE, "_value_", (frozenset({"pdq"}), 100))
    found = make(source_of(picture()), Asked(EVERYTHING), lambda _known: None, SHARES)
    assert (found.outcome, found.message) == ("too_large", "A file of image/jpeg is decoded up to 100 bytes.")


def test_a_clip_has_frames_sparse_and_dense(made: Made, tmp_path: Path) -> None:
    clip = Clip(seconds=8).write(tmp_path / "clip.mp4", scenes(3)).read_bytes()
    found = made(clip)
    assert (found.outcome, found.sniffed_type, found.notes) == ("ok", "video/mp4", ())
    sparse, dense = unpack(found.signals["vpdq"][0]), unpack(found.signals["vpdq_dense"][0])
    assert 1 <= len(sparse) <= len(dense)
    assert found.quality == max(frame.quality for frame in dense)
    cut = made(clip[: len(clip) * 3 // 4], "vpdq")
    assert cut.outcome in {"ok", "not_decodable"}


def test_a_clip_that_is_cut_short_keeps_what_is_there(made: Made, tmp_path: Path) -> None:
    clip = Clip(seconds=8).write(tmp_path / "clip.mkv", scenes(3)).read_bytes()
    found = made(clip[: len(clip) // 2], "vpdq")
    assert (found.outcome, found.notes) == ("ok", ("truncated",))
    assert made(clip[:100], "vpdq").outcome == "not_decodable"


def test_clips_that_show_nothing(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = Clip(seconds=4).write(tmp_path / "clip.mp4", black).read_bytes()
    assert made(clip, "vpdq").outcome == "low_quality"
    assert made(samples.sound(), "vpdq").outcome == "unsupported"
    tiny = Clip(seconds=2, width=16, height=4).write(tmp_path / "tiny.mp4", black).read_bytes()
    assert made(tiny, "vpdq").outcome == "not_decodable"
    monkeypatch.setattr(videos, "Limits", tiny_limits)
    found = made(clip, "vpdq")
    assert (found.outcome, found.message) == ("image_too_large", "pictures of 320 x 240")


def tiny_limits(*, frames: int, cpu_seconds: float) -> Limits:
    return Limits(pixels=100, frames=frames, cpu_seconds=cpu_seconds)


def test_a_clip_that_takes_too_long_keeps_what_was_hashed(made: Made, tmp_path: Path) -> None:
    clip = Clip(seconds=4).write(tmp_path / "clip.mp4", scenes(1)).read_bytes()
    found = made(clip, "vpdq", shares=Shares(60, -1.0))
    assert found.outcome == "not_decodable"


def test_a_clip_whose_reader_stumbles_is_not_decodable(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "_hashed", raising(IndexError("list index out of range")))
    assert made(samples.video(), "vpdq").outcome == "not_decodable"


def document_of(*pages: bytes) -> bytes:
    """Return a PDF with a picture on each page; an empty page for no bytes."""
    made = pypdfium2.PdfDocument.new()
    for data in pages:
        page = made.new_page(300, 200)
        if data:
            shown = pypdfium2.PdfImage.new(made)
            shown.load_jpeg(io.BytesIO(data))
            shown.set_matrix(pypdfium2.PdfMatrix().scale(300, 200))
            page.insert_obj(shown)
            page.gen_content()
    buffer = io.BytesIO()
    made.save(buffer)
    made.close()
    return buffer.getvalue()


def test_a_document_has_its_words_and_its_pages(made: Made) -> None:
    found = made(samples.written_document(WORDS))
    assert (found.outcome, found.sniffed_type) == ("ok", "application/pdf")
    assert found.signals["text_minhash"] == [TextMinhash().from_content(WORDS.encode())]
    found = made(document_of(picture(seed=1), b"", picture(seed=2)))
    assert found.outcome == "ok"
    shown = [pdq.hash_image(picture("PNG", seed)).value for seed in (1, 2)]
    apart = [
        (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()
        for one, other in zip(found.signals["pdq"], shown, strict=True)
    ]
    assert max(apart) <= 10


def test_of_a_document_only_what_is_asked_for_is_read(made: Made) -> None:
    data = samples.written_document(WORDS)
    assert set(made(data, "text_exact").signals) == {"text_exact"}
    assert set(made(data, "pdq").signals) == {"pdq"}
    assert made(data, "vpdq").outcome == "unsupported"


def test_long_documents_are_read_in_part(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "DOCUMENT_PAGES", 2)
    found = made(document_of(*[picture(seed=n) for n in range(4)]), "pdq")
    assert (len(found.signals["pdq"]), found.notes) == (2, ("pages_left_out",))
    assert made(document_of(picture(), b"", b""), "pdq", "text_exact").notes == ("pages_left_out",)
    monkeypatch.setattr(documents, "DOCUMENT_CHARACTERS", 50)
    assert made(samples.written_document(WORDS), "text_exact").notes == ("text_cut",)
    slow = made(samples.written_document(WORDS), shares=Shares(-1.0, 60))
    assert (slow.outcome, slow.notes) == ("low_quality", ("pages_left_out",))


@pytest.mark.parametrize(
    ("size", "note"),
    [
        ((float("inf"), 10.0), "page_of_no_size"),
        ((0.0, 10.0), "page_of_no_size"),
        ((2e6, 10.0), "page_of_no_size"),
        ((9000.0, 10.0), "page_too_narrow"),
    ],
)
def test_pages_of_odd_sizes_are_not_drawn(size: tuple[float, float], note: str) -> None:
    class Page:
        def get_size(self) -> tuple[float, float]:
            return size

    read = documents._Read()
    documents._draw(Page(), read)
    assert (list(read.notes), read.pages) == ([note], [])


def test_a_page_that_fails_leaves_the_others(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "_draw", raising(pypdfium2.PdfiumError("no")))
    found = made(samples.written_document(WORDS))
    assert (found.outcome, found.notes) == ("ok", ("damaged",))
    assert "pdq" not in found.signals


def test_documents_with_a_password_or_without_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    class Empty(list):  # type: ignore[type-arg]
        def close(self) -> None:
            pass

    monkeypatch.setattr(pypdfium2, "PdfDocument", lambda _content: Empty())
    assert documents.hash_document(b"", EVERYTHING, cpu_seconds=1).message == "a PDF without a page"
    monkeypatch.setattr(pypdfium2, "PdfDocument", raising(pypdfium2.PdfiumError("Incorrect password error")))
    found = documents.hash_document(b"", EVERYTHING, cpu_seconds=1)
    assert (found.outcome, found.notes) == ("unsupported", ("encrypted",))


def test_memory_that_runs_out_keeps_the_digests(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "_made", raising(MemoryError()))
    found = made(picture())
    assert (found.outcome, set(found.signals)) == ("memory", {"sha256", "md5"})


def test_large_files_are_digested_piece_by_piece(source_of: Callable[..., Source]) -> None:
    data = random.Random(2).randbytes(3 * 2**20 + 5)  # noqa: S311 - bytes to digest
    source = source_of(data, held_bytes=2**17)
    assert source.head() == data[: 2**16]
    expected = files.digests(data)
    assert source.digests() == {"sha256": [expected.sha256], "md5": [expected.md5]}


def test_a_file_that_is_cut_meanwhile_is_not_decodable(source_of: Callable[..., Source]) -> None:
    source = source_of(b"short", size_bytes=500)
    assert make(source, Asked(EVERYTHING), lambda _known: None, SHARES).outcome == "not_decodable"
    with pytest.raises(Incomplete):
        source.content()


def test_pieces_of_a_file_are_put_together(
    source_of: Callable[..., Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, pread = source_of(b"in small pieces"), os.pread
    monkeypatch.setattr(os, "pread", lambda descriptor, count, at: pread(descriptor, min(count, 4), at))
    assert source.content() == b"in small pieces"
