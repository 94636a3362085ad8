"""Video: which pictures are hashed, dense and sparse, and that copies are found both ways."""

import itertools
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from entente.core.signals import vpdq
from entente.core.signals.vpdq import container
from entente.core.signals.vpdq.values import Mode
from tests.core.signals.videos import Clip, black, scenes

QUICK = (("preset", "ultrafast"), ("sc_threshold", "0"))
ALL_APART = -1


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Clip(seconds=8).write(tmp_path_factory.mktemp("clips") / "original.mp4", scenes(1))


def _times(found: vpdq.VideoHash) -> list[float]:
    return [round(frame.time_seconds, 3) for frame in found.frames]


def _decoding_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = container.list_packets

    def ragged(*args: Any) -> container.Contents:
        contents = listed(*args)
        return replace(contents, timeline=contents.timeline.without_plan)

    monkeypatch.setattr(container, "list_packets", ragged)


def test_dense_takes_a_frame_a_second_and_says_how_long_the_video_is(original: Path) -> None:
    found = vpdq.hash_video(original, near_copy_bits=ALL_APART)
    assert _times(found) == [0, 1, 2, 3, 4, 5, 6, 7]
    assert found.duration_seconds == pytest.approx(8)
    assert (found.outcome, found.notes) == (vpdq.Outcome.COMPLETE, ())
    assert all(len(frame.value) == 32 and frame.quality >= 50 for frame in found.frames)
    assert 8 <= found.decoded_frames <= 96


def test_a_broken_rate_counts_frames_as_vpdq_does(tmp_path: Path) -> None:
    clip = Clip(seconds=3.3, rate=Fraction(30_000, 1001), width=64, height=48)
    found = vpdq.hash_video(clip.write(tmp_path / "ntsc.mp4", scenes(1)), near_copy_bits=ALL_APART)
    assert _times(found) == [0, 0.968, 1.935, 2.903]


def test_a_rate_that_varies_leaves_no_holes(tmp_path: Path) -> None:
    times = (*(n / 12 for n in range(12)), 2.0, 3.5, 4.0, 4.25, 6.0, 7.25)
    clip = Clip(times=times, width=64, height=48, codec="mpeg4", options=())
    found = vpdq.hash_video(clip.write(tmp_path / "slow.mkv", scenes(1)), near_copy_bits=ALL_APART)
    assert {0.0, 2.0, 3.5, 6.0, 7.25} <= set(_times(found))


def test_the_interval_can_be_chosen(original: Path) -> None:
    found = vpdq.hash_video(original, interval_seconds=0.5, near_copy_bits=ALL_APART)
    assert _times(found) == [n / 2 for n in range(16)]


def test_sparse_takes_keyframes_two_intervals_apart(original: Path) -> None:
    found = vpdq.hash_video(original, mode="sparse")
    assert _times(found) == [0, 2, 4, 6]
    assert found.decoded_frames == 4


def test_sparse_decodes_on_where_keyframes_are_far_apart(tmp_path: Path) -> None:
    clip = Clip(seconds=9, gop=1000).write(tmp_path / "one_key.mp4", scenes(1))
    found = vpdq.hash_video(clip, mode="sparse", longest_gap_seconds=4, near_copy_bits=ALL_APART)
    times = [*_times(found), found.duration_seconds]
    assert times[0] == 0
    assert max(b - a for a, b in itertools.pairwise(times)) <= 4.1
    assert found.decoded_frames < 9 * 12


@pytest.mark.parametrize("mode", ["dense", "sparse"])
@pytest.mark.parametrize(
    "copy",
    [
        Clip(seconds=8, width=192, height=144, gop=30),
        Clip(seconds=8, rate=Fraction(10), codec="mpeg4", options=(("b", "600k"),)),
        Clip(seconds=4, begin_seconds=2.3),
    ],
    ids=["rescaled", "re-encoded", "cut"],
)
def test_a_copy_is_found_in_a_dense_bank(tmp_path: Path, original: Path, mode: Mode, copy: Clip) -> None:
    query = vpdq.hash_video(copy.write(tmp_path / "copy.mp4", scenes(1)), mode=mode)
    known = vpdq.hash_video(original)
    found = vpdq.compare(query, known)
    assert found.query_share == 1
    assert found.meets()
    back = vpdq.compare(known, query)
    assert back.known_share == 1
    assert back.query_share == found.known_share
    assert back.meets()


def test_another_video_is_not_found(tmp_path: Path, original: Path) -> None:
    other = Clip(seconds=6).write(tmp_path / "other.mp4", scenes(2))
    found = vpdq.compare(vpdq.hash_video(other), vpdq.hash_video(original))
    assert (found.query_share, found.known_share) == (0, 0)
    assert not found.meets()


@pytest.mark.parametrize("mode", ["dense", "sparse"])
def test_black_is_one_frame_that_matches_nothing(tmp_path: Path, mode: Mode) -> None:
    found = vpdq.hash_video(Clip(seconds=8).write(tmp_path / "black.mp4", black), mode=mode)
    (only,) = found.frames
    assert only.quality == 0
    assert only.until_seconds >= 6
    assert found.outcome is vpdq.Outcome.COMPLETE
    assert vpdq.compare(found, found).query_share == 0


def test_one_picture_is_a_video_too(tmp_path: Path) -> None:
    clip = Clip(times=(0.0,)).write(tmp_path / "one.mp4", scenes(1))
    for mode in ("dense", "sparse"):
        found = vpdq.hash_video(clip, mode=mode)
        assert _times(found) == [0]
        assert found.outcome is vpdq.Outcome.COMPLETE


ENCODINGS = {
    "b_frames": (Clip(gop=30, options=(("preset", "veryfast"), ("bf", "3"))), "mp4"),
    "open_gop": (Clip(gop=18, options=(*QUICK, ("bf", "3"), ("x264-params", "open-gop=1"))), "mp4"),
    "gradual_refresh": (Clip(gop=24, options=(*QUICK, ("intra-refresh", "1"))), "mkv"),
    "interlaced": (Clip(options=(*QUICK, ("x264-params", "tff=1"), ("bf", "2"))), "ts"),
    "two_b_layers": (
        Clip(options=(("preset", "veryfast"), ("bf", "4"), ("b-pyramid", "normal"))),
        "mkv",
    ),
    "mpeg2": (Clip(rate=Fraction(25), codec="mpeg2video", options=(("bf", "2"),), gop=15), "ts"),
    "mpeg4": (Clip(codec="mpeg4", options=(("bf", "2"),)), "avi"),
    "raw": (Clip(rate=Fraction(25)), "h264"),
    "hevc": (
        Clip(codec="libx265", options=(("preset", "ultrafast"), ("x265-params", "log-level=none:bframes=3"))),
        "mkv",
    ),
    "vp9": (
        Clip(seconds=3, codec="libvpx-vp9", options=(("cpu-used", "8"), ("deadline", "realtime"))),
        "webm",
    ),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_is_left_out_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    clip, extension = ENCODINGS[encoding]
    path = replace(clip, width=160, height=120).write(tmp_path / f"clip.{extension}", scenes(3))
    quick = vpdq.hash_video(path, near_copy_bits=ALL_APART)
    sparse = vpdq.hash_video(path, mode="sparse", near_copy_bits=ALL_APART)
    _decoding_everything(monkeypatch)
    whole = vpdq.hash_video(path, near_copy_bits=ALL_APART)
    monkeypatch.setattr(container, "KEPT_BYTES", 0)
    every = vpdq.hash_video(path, near_copy_bits=ALL_APART, interval_seconds=0.0001, longest_gap_seconds=1)
    assert len(whole.frames) >= clip.seconds
    assert quick.frames == whole.frames
    assert quick.decoded_frames <= whole.decoded_frames
    assert {(frame.value, frame.quality) for frame in sparse.frames} <= {
        (frame.value, frame.quality) for frame in every.frames
    }


@pytest.mark.parametrize("encoding", ["b_frames", "gradual_refresh"])
def test_a_large_file_is_read_twice_and_gives_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    clip, extension = ENCODINGS[encoding]
    path = replace(clip, width=160, height=120).write(tmp_path / f"clip.{extension}", scenes(3))
    kept = vpdq.hash_video(path)
    monkeypatch.setattr(container, "KEPT_BYTES", 1000)
    assert vpdq.hash_video(path) == kept


def test_more_threads_give_the_same_hash(original: Path) -> None:
    assert vpdq.hash_video(original, threads=2).frames == vpdq.hash_video(original).frames


@pytest.mark.parametrize("wish", [{"interval_seconds": 0.0}, {"longest_gap_seconds": 0.5}, {"mode": "all"}])
def test_a_wish_that_means_nothing_is_refused(original: Path, wish: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"interval|mode"):
        vpdq.hash_video(original, **wish)


@pytest.mark.kernels
def test_a_copy_is_found_by_kernels_that_are_plain_python(tmp_path: Path) -> None:
    known = Clip(seconds=3, width=128, height=96).write(tmp_path / "known.mp4", scenes(4))
    copy = Clip(seconds=3, width=96, height=72, codec="mpeg4", options=(("b", "800k"),))
    query = copy.write(tmp_path / "copy.mp4", scenes(4))
    found = vpdq.compare(vpdq.hash_video(query, mode="sparse"), vpdq.hash_video(known))
    assert found.query_share == 1
