"""The pool with its real, confined processes: signals, hostile files, many threads, and nothing left behind."""

import functools
import os
import random
import subprocess
import sys
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from entente.apps.content.hashing import pool as pool_module
from entente.apps.content.hashing.contents import NotAFile
from entente.apps.content.hashing.jobs import cpu_seconds
from entente.apps.content.hashing.pool import HashingPool
from entente.apps.content.hashing.results import OUTCOMES, WANTED
from entente.core.signals import files, pdq
from entente.core.signals.texts.signal_types import TextExact
from entente.core.signals.vpdq import hash_video
from entente.core.signals.vpdq.signal import pack
from tests.apps.content import media_samples as samples
from tests.apps.content.hashing_samples import family, memory_kib, picture
from tests.core.signals.videos import Clip, scenes

EVERYTHING = frozenset(WANTED)
OF_IMAGES = frozenset({"sha256", "pdq"})
MIB = 1024


@pytest.fixture(scope="module")
def pool() -> Iterator[HashingPool]:
    with HashingPool(processes=2) as opened:
        yield opened


@functools.cache
def flat_png(side: int) -> bytes:
    """Return a square PNG of one colour, as small as it can be."""
    row = b"\x00" + b"\x80" * (3 * side)
    compressing = zlib.compressobj(9)
    rows = b"".join(compressing.compress(row) for _ in range(side)) + compressing.flush()
    return samples.png_of(side, side, rows)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "BMP", "GIF"])
@pytest.mark.parametrize(
    "size", [(90, 70), *(pytest.param(size, marks=pytest.mark.long) for size in ((320, 200), (1300, 900)))]
)
def test_pictures_have_the_hashes_they_have_without_a_pool(
    pool: HashingPool, kind: str, size: tuple[int, int]
) -> None:
    data = picture(kind, size=size)
    found = pool.hash(data, wanted=EVERYTHING, declared_type=f"image/{kind.lower()}")
    digests = files.digests(data)
    assert (found.outcome, found.sniffed_type, found.notes) == ("ok", f"image/{kind.lower()}", ())
    assert found.signals == {
        "sha256": [digests.sha256],
        "md5": [digests.md5],
        "pdq": [pdq.hash_image(data).value],
        "pdq_dihedral": [view.value for view in pdq.dihedral_hashes(data)],
    }


@pytest.mark.long
@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("PNG", "1"),
        ("PNG", "L"),
        ("PNG", "LA"),
        ("PNG", "P"),
        ("PNG", "RGBA"),
        ("PNG", "I;16"),
        ("JPEG", "L"),
        ("JPEG", "CMYK"),
        ("TIFF", "CMYK"),
        ("TIFF", "F"),
        ("TIFF", "LAB"),
        ("WEBP", "RGBA"),
        ("GIF", "L"),
    ],
)
@pytest.mark.parametrize("size", [(100, 60), (1200, 1000)])
def test_every_kind_of_pixel_is_hashed_in_there(
    pool: HashingPool, kind: str, mode: str, size: tuple[int, int]
) -> None:
    data = samples.picture(kind, size, mode if mode != "LAB" else "RGB")
    found = pool.hash(data, wanted=frozenset({"pdq"}))
    assert (found.outcome, found.signals) == (
        "ok" if (found.quality or 0) >= 50 else "low_quality",
        {"pdq": [pdq.hash_image(data).value]},
    )


@pytest.mark.parametrize(
    ("container", "codec", "layout"),
    [
        ("mp4", "libx264", "yuv420p"),
        ("mkv", "ffv1", "yuv420p10le"),
        *(
            pytest.param(*clip, marks=pytest.mark.long)
            for clip in (
                ("mkv", "ffv1", "bgr0"),
                ("webm", "libvpx-vp9", "yuv420p"),
                ("ts", "mpeg2video", "yuv420p"),
                ("avi", "mjpeg", "yuvj420p"),
            )
        ),
    ],
)
def test_videos_have_the_frames_they_have_without_a_pool(
    pool: HashingPool, tmp_path: Path, container: str, codec: str, layout: str
) -> None:
    path = tmp_path / f"clip.{container}"
    Clip(seconds=6, codec=codec, layout=layout, options=()).write(path, scenes(5))
    found = pool.hash(path.read_bytes(), wanted=EVERYTHING)
    assert (found.outcome, found.notes) == ("ok", ())
    assert found.signals["vpdq"] == [pack(hash_video(path, mode="sparse").frames)]
    assert found.signals["vpdq_dense"] == [pack(hash_video(path).frames)]


def test_documents_and_texts(pool: HashingPool) -> None:
    words = "Words of a harmless leaflet that is long enough to have a signature of its own. "
    document = pool.hash(samples.written_document(words), wanted=EVERYTHING)
    assert (document.outcome, document.sniffed_type) == ("ok", "application/pdf")
    assert set(document.signals) >= {"text_exact", "text_minhash"}
    strange = "\ufeffÜ\u0301 Ж ﷺ 한글 ｶﾞ \U0001d5c9 w\u200bo\u200brd " * 9
    text = pool.hash(strange.encode(), wanted=EVERYTHING, declared_type="text/plain; charset=utf-8")
    assert (text.outcome, text.notes) == ("ok", ())
    assert text.signals["text_exact"] == [TextExact().from_content(strange.encode())]
    assert (
        pool.hash(b"GIF89a in words", wanted=EVERYTHING, as_text=True, declared_type="image/gif").outcome
        == "ok"
    )


def test_files_are_read_through_descriptors_whatever_their_position(
    pool: HashingPool, tmp_path: Path
) -> None:
    path = tmp_path / "picture"
    path.write_bytes(picture())
    expected = pool.hash(path.read_bytes(), wanted=EVERYTHING)
    with path.open("r+b") as opened:
        opened.seek(100)
        assert pool.hash(opened.fileno(), wanted=EVERYTHING) == expected
        assert opened.tell() == 100
    reading, writing = os.pipe()
    with pytest.raises(NotAFile):
        pool.hash(reading, wanted=EVERYTHING)
    os.close(reading)
    os.close(writing)
    with pytest.raises(OSError, match="Bad file descriptor"):
        pool.hash(reading, wanted=EVERYTHING)


def test_large_files_get_a_worker_of_their_own(
    pool: HashingPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Clip(seconds=4).write(tmp_path / "clip.mp4", scenes(2))
    expected = pool.hash(path.read_bytes(), wanted=EVERYTHING)
    monkeypatch.setattr(pool_module, "SHARED_BYTES", 1000)
    with path.open("rb") as opened:
        assert pool.hash(opened.fileno(), wanted=EVERYTHING) == expected
    assert pool.hash(path.read_bytes(), wanted=EVERYTHING) == expected


def test_a_wrong_label_is_noted_and_the_bytes_decide(pool: HashingPool) -> None:
    found = pool.hash(picture(), wanted=OF_IMAGES, declared_type="video/mp4")
    assert (found.outcome, found.sniffed_type, found.notes) == ("ok", "image/jpeg", ("mislabelled",))


@pytest.mark.parametrize(
    ("data", "outcome"),
    [
        (b"", "not_decodable"),
        (bytes(20), "unsupported"),
        (picture()[:3000], "not_decodable"),
        (picture("AVIF")[:-100], "not_decodable"),
        (samples.picture("PNG", (4, 900)), "image_too_small"),
        (samples.picture("PNG", (1, 1)), "image_too_small"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "unsupported"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "unsupported"),
        (samples.sound(), "unsupported"),
        (b"\x00\x00\x00\x20ftypisom" + bytes(500), "not_decodable"),
        (samples.png_with_text_bomb(), "ok"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "ok"),
        (b"\x1f\x8b\x08" + bytes(100), "unsupported"),
    ],
)
def test_whatever_a_file_holds_is_an_outcome(pool: HashingPool, data: bytes, outcome: str) -> None:
    found = pool.hash(data, wanted=EVERYTHING, declared_type="image/png")
    assert found.outcome == outcome
    assert found.signals["sha256"] == [files.digests(data).sha256]


def test_a_picture_that_is_too_large_is_refused_before_it_is_decoded(pool: HashingPool) -> None:
    found = pool.hash(samples.png_of(50_000, 50_000, zlib.compress(b"\0")), wanted=EVERYTHING)
    assert found.outcome == "image_too_large"
    assert "50000 x 50000" in found.message
    assert "200,000,000" in found.message


def test_a_bomb_costs_little_time_and_memory(pool: HashingPool) -> None:
    data = flat_png(13_000)
    assert len(data) < 600_000
    pool.warm_up()
    processes = family()
    before = {process: (cpu_seconds(process), memory_kib(process, "Rss")) for process in processes}
    shared = sum(memory_kib(process, "Pss") for process in processes)
    found = pool.hash(data, wanted=EVERYTHING)
    assert family() == processes
    used = sum(cpu_seconds(process) - before[process][0] for process in processes)
    grown = sum(memory_kib(process, "VmHWM") - before[process][1] for process in processes[1:])
    assert (found.outcome, set(found.signals)) == ("low_quality", {"sha256", "md5", "pdq", "pdq_dihedral"})
    assert used < 2
    assert shared + grown < 512 * MIB


@pytest.mark.long
def test_a_picture_of_a_hundred_megapixels_is_hashed(pool: HashingPool, tmp_path: Path) -> None:
    path = tmp_path / "large.jpeg"
    Image.new("RGB", (10_000, 10_000), (90, 20, 200)).save(path, quality=30)
    assert pool.hash(path.read_bytes(), wanted=OF_IMAGES).outcome == "low_quality"


@pytest.mark.long
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "BMP", "GIF", "video", "pdf"]),
    st.integers(0, 2**32),
)
def test_damaged_files_have_an_outcome_and_end_nobody(pool: HashingPool, kind: str, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - where a file is damaged
    if kind == "video":
        whole = samples.video()
    else:
        whole = samples.written_document() if kind == "pdf" else picture(kind, size=(96, 64))
    damaged = bytearray(whole[: chance.choice([len(whole), chance.randrange(1, len(whole))])])
    for _ in range(chance.choice([1, 4, 30])):
        damaged[chance.randrange(len(damaged))] = chance.choice([0, 255, chance.randrange(256)])
    found = pool.hash(bytes(damaged), wanted=EVERYTHING)
    assert found.outcome in OUTCOMES
    assert found.message not in {"PermissionError", "ModuleNotFoundError", "ImportError"}
    assert found.signals["md5"] == [files.digests(bytes(damaged)).md5]


def test_many_threads_share_a_few_workers(pool: HashingPool) -> None:
    pictures = [picture(seed=seed, size=(200, 130)) for seed in range(8)]
    expected = [pdq.hash_image(data).value for data in pictures]
    with ThreadPoolExecutor(24) as threads:
        found = list(threads.map(lambda n: pool.hash(pictures[n % 8], wanted=OF_IMAGES), range(240)))
    assert [hashed.signals["pdq"][0] for hashed in found] == expected * 30
    assert len(family()) == 3


def test_a_worker_killed_in_the_middle_of_a_file_is_replaced(pool: HashingPool) -> None:
    pool.warm_up()
    before = {worker: cpu_seconds(worker) for worker in family()[1:]}
    with ThreadPoolExecutor(1) as threads:
        job = threads.submit(pool.hash, flat_png(13_000), wanted=EVERYTHING)
        busy: list[int] = []
        while not (busy or job.done()):
            busy = [worker for worker, used in before.items() if cpu_seconds(worker) > used + 0.04]
        os.kill(busy[0], 9)
        found = job.result()
    assert (found.outcome, set(found.signals)) == ("crashed", {"sha256", "md5"})
    for _ in range(3):
        assert pool.hash(picture(), wanted=EVERYTHING).outcome == "ok"
    assert len(family()) == 3
    assert busy[0] not in family()


def test_who_asks_loads_none_of_the_decoders() -> None:
    code = (
        "import sys, entente.apps.content.hashing.pool\n"
        "print(sorted({'numba', 'numpy', 'PIL', 'av', 'pypdfium2'} & set(sys.modules)))"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=env, check=True, text=True)
    assert done.stdout == "[]\n"
