"""Video: everything that can be wrong with a file is an outcome."""

import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
from av.stream import Discard, Disposition

from entente.core.signals import pdq, vpdq
from entente.core.signals.errors import ImageTooSmall
from entente.core.signals.vpdq import Limits, Outcome, container, hashing
from entente.core.signals.vpdq.sampling import Timeline
from entente.core.signals.vpdq.values import Mode
from tests.core.signals.videos import Clip, scenes, write_tone

FRONT = (("movflags", "faststart"),)
BOTH = pytest.mark.parametrize("mode", ["dense", "sparse"])


@pytest.fixture(scope="module")
def sound_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Clip(seconds=6, gop=12, muxing=FRONT).write(tmp_path_factory.mktemp("clips") / "a.mp4", scenes(1))


def _cut(clip: Path, part: float) -> Path:
    content = clip.read_bytes()
    path = clip.with_name(f"cut{clip.suffix}")
    path.write_bytes(content[: int(len(content) * part)])
    return path


@BOTH
def test_a_file_cut_short_keeps_its_beginning(sound_clip: Path, mode: Mode) -> None:
    found = vpdq.hash_video(_cut(sound_clip, 0.6), mode=mode)
    assert found.outcome is Outcome.TRUNCATED
    assert 1 <= len(found.frames) <= 5
    assert vpdq.compare(found, vpdq.hash_video(sound_clip)).query_share >= 0.5


@pytest.mark.parametrize("suffix", [".mkv", ".avi"])
def test_other_containers_cut_short_say_so_too(tmp_path: Path, suffix: str) -> None:
    clip = Clip(seconds=6, codec="mpeg4", options=()).write(tmp_path / f"clip{suffix}", scenes(1))
    assert vpdq.hash_video(clip).outcome is Outcome.COMPLETE
    assert vpdq.hash_video(_cut(clip, 0.5)).outcome is Outcome.TRUNCATED


def test_a_stream_cut_short_has_no_end_to_miss(tmp_path: Path) -> None:
    clip = Clip(seconds=6).write(tmp_path / "clip.ts", scenes(1))
    found = vpdq.hash_video(_cut(clip, 0.5))
    assert 2 <= len(found.frames) <= 4
    assert found.outcome in {Outcome.COMPLETE, Outcome.DAMAGED}


def test_a_file_whose_index_was_cut_off_is_damaged(tmp_path: Path) -> None:
    clip = Clip(seconds=3).write(tmp_path / "clip.mp4", scenes(1))
    found = vpdq.hash_video(_cut(clip, 0.5))
    assert (found.outcome, found.frames) == (Outcome.DAMAGED, ())


@BOTH
def test_a_damaged_middle_costs_only_itself(tmp_path: Path, sound_clip: Path, mode: Mode) -> None:
    content = bytearray(sound_clip.read_bytes())
    middle = slice(int(len(content) * 0.4), int(len(content) * 0.6))
    content[middle] = b"\x5a" * len(content[middle])
    path = tmp_path / "damaged.mp4"
    path.write_bytes(content)
    found = vpdq.hash_video(path, mode=mode)
    times = [frame.time_seconds for frame in found.frames]
    assert times[0] == 0
    assert times[-1] >= 4
    if mode == "dense":
        assert found.outcome is Outcome.DAMAGED
        assert any("decoded" in note for note in found.notes)


@BOTH
def test_damage_anywhere_never_raises(tmp_path: Path, mode: Mode) -> None:
    random = np.random.default_rng(7)
    for suffix, codec in ((".mp4", "mpeg4"), (".mkv", "libx264"), (".ts", "mpeg2video"), (".avi", "mpeg4")):
        clip = Clip(seconds=1, width=64, height=48, codec=codec, options=(), gop=6, rate=Fraction(25))
        content = clip.write(tmp_path / f"clip{suffix}", scenes(1)).read_bytes()
        for _ in range(8):
            spoilt = bytearray(content)
            for place in random.integers(0, len(spoilt), 20):
                spoilt[place] = int(random.integers(0, 256))
            path = tmp_path / f"spoilt{suffix}"
            path.write_bytes(spoilt)
            found = vpdq.hash_video(path, mode=mode, limits=Limits(cpu_seconds=5))
            assert isinstance(found.outcome, Outcome)
            assert len(found.frames) <= 26


def test_sound_without_pictures_is_no_video(tmp_path: Path) -> None:
    found = vpdq.hash_video(write_tone(tmp_path / "tone.mp4"))
    assert (found.outcome, found.frames, found.notes) == (Outcome.NO_VIDEO, (), ("no video stream",))


def test_the_cover_of_a_song_is_no_video() -> None:
    cover = SimpleNamespace(disposition=Disposition.attached_pic, discard=None)
    album: Any = SimpleNamespace(streams=_Streams([cover]))
    assert container.video_stream(album) is None
    assert cover.discard is Discard.all


class _Streams(list[Any]):
    @property
    def video(self) -> list[Any]:
        return list(self)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"A text that somebody called a video.\n" * 50,
        b"\x1b[31mA text that paints itself red.\x1b[0m\n" * 50,
        b"#EXTM3U\n#EXTINF:10,\nfile:///dev/zero\n#EXT-X-ENDLIST\n",
        b"ffconcat version 1.0\nfile other.mp4\n",
        b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nm=video 5004 RTP/AVP 96\r\n",
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 100,
        b"\x00" * 10_000,
    ],
    ids=["empty", "newline", "text", "terminal", "playlist", "list", "session", "picture", "zeros"],
)
@pytest.mark.parametrize("name", ["a.mp4", "a.txt", "a.m3u8", "no name"])
def test_what_is_not_a_video_is_no_video(tmp_path: Path, content: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    found = vpdq.hash_video(path)
    assert (found.outcome, found.frames) == (Outcome.NO_VIDEO, ())


def test_a_picture_is_no_video(tmp_path: Path) -> None:
    from PIL import Image

    for extension in ("png", "jpeg", "bmp"):
        path = tmp_path / f"picture.{extension}"
        Image.fromarray(scenes(1)(0, 64, 48)).save(path)
        assert vpdq.hash_video(path).outcome is Outcome.NO_VIDEO


def test_a_file_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        vpdq.hash_video(tmp_path / "none.mp4")
    with pytest.raises(IsADirectoryError):
        vpdq.hash_video(tmp_path)


def test_a_path_is_never_an_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError):
        vpdq.hash_video("https://video.example/a.mp4")


def test_a_picture_of_a_few_pixels_has_no_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_pixels: object) -> None:
        raise ImageTooSmall("4 x 4")

    monkeypatch.setattr(pdq, "hash_pixels", refuse)
    found = vpdq.hash_video(Clip(seconds=1, width=16, height=16).write(tmp_path / "a.mp4", scenes(1)))
    assert (found.outcome, found.frames) == (Outcome.NO_FRAMES, ())
    assert found.notes == ("1 x a picture too small to be hashed",)


def test_a_picture_that_cannot_be_converted_is_damage(
    sound_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_pixels: object) -> None:
        raise ValueError("a layout nobody knows")

    monkeypatch.setattr(pdq, "hash_pixels", refuse)
    found = vpdq.hash_video(sound_clip)
    assert (found.outcome, found.frames) == (Outcome.DAMAGED, ())


@pytest.mark.parametrize(
    ("limits", "outcome"),
    [
        (Limits(pixels=320 * 240 - 1), Outcome.TOO_LARGE),
        (Limits(duration_seconds=2.5), Outcome.TOO_LONG),
        (Limits(packets=30), Outcome.TOO_LONG),
        (Limits(frames=2), Outcome.TOO_LONG),
        (Limits(cpu_seconds=0), Outcome.OUT_OF_TIME),
    ],
    ids=["pixels", "duration", "packets", "frames", "time"],
)
@pytest.mark.parametrize("suffix", ["mp4", "h264"])
def test_a_limit_that_is_reached_is_an_outcome(
    tmp_path: Path, limits: Limits, outcome: Outcome, suffix: str
) -> None:
    clip = Clip(seconds=6, gop=12).write(tmp_path / f"a.{suffix}", scenes(1))
    found = vpdq.hash_video(clip, limits=limits)
    assert found.outcome is outcome
    assert len(found.frames) <= 3


def test_a_video_without_a_decoder_has_no_frames(sound_clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = SimpleNamespace(codec_context=None)
    monkeypatch.setattr(container, "video_stream", lambda _opened: unknown)
    assert vpdq.hash_video(sound_clip).outcome is Outcome.NO_FRAMES


def test_a_file_that_changes_while_it_is_read_is_damaged(
    sound_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen, seen = container.video_stream, list[None]()

    def lost(opened: Any) -> Any:
        seen.append(None)
        return chosen(opened) if len(seen) == 1 else None

    monkeypatch.setattr(container, "video_stream", lost)
    monkeypatch.setattr(container, "KEPT_BYTES", 0)
    assert vpdq.hash_video(sound_clip).outcome is Outcome.DAMAGED


def test_pictures_that_are_not_shown_leave_no_plan(sound_clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = [
        SimpleNamespace(pts=n, size=9, is_corrupt=False, is_discard=n == 0, is_keyframe=True, duration=None)
        for n in range(3)
    ]
    monkeypatch.setattr(container, "packets", lambda *_: hidden)
    with container.opened(sound_clip) as opened:
        (stream,) = opened.streams.video
        contents = container.list_packets(opened, stream, container.Faults(), Limits())
    assert contents.timeline.ragged
    assert contents.timeline.pts.tolist() == [1, 2]


class _Breaking:
    """A container of which every reading breaks off after one packet."""

    def __init__(self) -> None:
        self.readings = 0

    def demux(self, _stream: object) -> Any:
        self.readings += 1
        yield SimpleNamespace(size=1)
        raise av.error.InvalidDataError(1, "broken")


def test_what_cannot_be_read_is_given_up_in_the_end() -> None:
    faults, broken = container.Faults(), _Breaking()
    opened: Any = broken
    stream: Any = None
    assert len(list(container.packets(opened, stream, faults))) == container.MOST_FAULTS
    assert broken.readings == container.MOST_FAULTS
    assert faults.notes == (f"{container.MOST_FAULTS} x a part of the file that cannot be read",)


class _Refusing:
    """A decoder that fails whatever it is asked."""

    def decode(self, _packet: object) -> Any:
        raise av.error.InvalidDataError(1, "broken")

    def flush_buffers(self) -> None:
        raise av.error.InvalidDataError(1, "broken")


def test_a_decoder_that_fails_is_counted() -> None:
    faults = container.Faults()
    stream: Any = SimpleNamespace(codec_context=_Refusing())
    packet: Any = None
    assert container.decode(stream, packet, faults) == []
    assert container.drain(stream, faults) == []
    assert faults.counts == {"a picture that cannot be decoded": 2}


@pytest.mark.parametrize(
    ("stream", "opened", "seconds"),
    [
        (SimpleNamespace(duration=None, metadata={"DURATION": "01:02:03.5"}), {}, 3723.5),
        (SimpleNamespace(duration=None, metadata={}), {"duration": 2_500_000, "streams": [1]}, 2.5),
        (SimpleNamespace(duration=None, metadata={}), {"duration": 2_500_000, "streams": [1, 2]}, 0.0),
        (SimpleNamespace(duration=None, metadata={}), {"duration": None, "streams": [1]}, 0.0),
    ],
)
def test_the_duration_that_is_declared(stream: Any, opened: dict[str, Any], seconds: float) -> None:
    found: Any = SimpleNamespace(**opened)
    assert container.declared_seconds(found, stream) == seconds


def test_a_rate_is_stated_guessed_or_unknown() -> None:
    stated: Any = SimpleNamespace(average_rate=Fraction(25), guessed_rate=Fraction(50))
    guessed: Any = SimpleNamespace(average_rate=None, guessed_rate=Fraction(50))
    unknown: Any = SimpleNamespace(average_rate=None, guessed_rate=None)
    assert [container.rate_of(one) for one in (stated, guessed, unknown)] == [25.0, 50.0, None]


def test_pictures_without_times_are_timed_by_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = [SimpleNamespace(pts=None) for _ in range(60)]
    monkeypatch.setattr(container, "decode", lambda *_: pictures)
    monkeypatch.setattr(container, "drain", lambda *_: [])
    times: list[float] = []
    monkeypatch.setattr(hashing.Reading, "hash", lambda _self, _picture, seconds: times.append(seconds))
    empty = np.asarray([], dtype=np.int64)
    timeline = Timeline(empty, empty.astype(np.bool_), 0.001, None, ragged=True)
    wish = hashing.Wish("dense", 1.0, 10.0, 4, 1, Limits())
    reading = hashing.Reading(wish, container.Faults(), 1e9)
    stream: Any = None
    packet: Any = None
    hashing._decode_all(stream, [packet], timeline, reading)
    assert times == [0, 1, 2]


def test_no_decoder_is_loaded_before_a_video_is_hashed() -> None:
    code = "import sys; from entente.core.signals import vpdq; sys.exit('av' in sys.modules or 'numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
