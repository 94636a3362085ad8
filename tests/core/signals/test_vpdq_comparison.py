"""Video: near-copies, and the share of each video in the other, against brute force."""

from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente.core.signals.vpdq import Frame, Outcome, VideoHash, comparison
from entente.core.signals.vpdq.comparison import compare, compare_frames
from entente.core.signals.vpdq.near_copies import bits_apart, without_near_copies

BASE = int("0123456789abcdef" * 4, 16)
FAR = int("fedcba98" * 8, 16)


def _frame(seconds: float, flipped: int = 0, quality: int = 100, base: int = BASE) -> Frame:
    return Frame(seconds, (base ^ ((1 << flipped) - 1)).to_bytes(32), quality)


def _video(*frames: Frame) -> VideoHash:
    return VideoHash(frames, float(len(frames)), len(frames), Outcome.COMPLETE)


_frames = st.lists(
    st.builds(
        _frame,
        st.floats(0, 100),
        st.integers(0, 90),
        st.sampled_from([0, 49, 50, 100]),
        st.sampled_from([BASE, FAR]),
    ),
    max_size=12,
).map(tuple)


@given(_frames, _frames, st.sampled_from([0, 10, 31, 255]), st.sampled_from([1, 5, 1 << 20]))
def test_shares_are_those_of_brute_force(
    query: tuple[Frame, ...], known: tuple[Frame, ...], radius: int, at_a_time: int
) -> None:
    with mock.patch.object(comparison, "_PAIRS_AT_A_TIME", at_a_time):
        found = compare_frames(query, known, radius_bits=radius)
    ours = {frame.value for frame in query if frame.quality >= 50}
    theirs = {frame.value for frame in known if frame.quality >= 50}
    of_ours = {one for one in ours if any(bits_apart(one, other) <= radius for other in theirs)}
    of_theirs = {one for one in theirs if any(bits_apart(one, other) <= radius for other in ours)}
    assert (found.query_frames, found.known_frames) == (len(ours), len(theirs))
    assert {pair.query.value for pair in found.of_query} == of_ours
    assert {pair.known.value for pair in found.of_known} == of_theirs
    assert found.query_share == (len(of_ours) / len(ours) if ours else 0)
    assert found.known_share == (len(of_theirs) / len(theirs) if theirs else 0)
    for pair in (*found.of_query, *found.of_known):
        assert pair.distance_bits == bits_apart(pair.query.value, pair.known.value)
    for pair in found.of_query:
        assert pair.distance_bits == min(bits_apart(pair.query.value, other) for other in theirs)
    for pair in found.of_known:
        assert pair.distance_bits == min(bits_apart(pair.known.value, one) for one in ours)


def test_the_radius_is_within_and_beyond_is_not() -> None:
    known = _video(_frame(0))
    assert compare(_video(_frame(0, 31)), known).query_share == 1
    assert compare(_video(_frame(0, 32)), known).query_share == 0
    assert compare(_video(_frame(0, 32)), known, radius_bits=32).query_share == 1
    assert compare(_video(_frame(0, 0, 49)), known).query_share == 0
    assert compare(_video(_frame(0, 0, 49)), known, quality=49).query_share == 1


@pytest.mark.parametrize("radius", [-1, 256])
def test_a_radius_that_means_nothing_is_refused(radius: int) -> None:
    with pytest.raises(ValueError, match="radius"):
        compare(_video(), _video(), radius_bits=radius)


def test_one_video_in_the_other_is_enough() -> None:
    short = _video(_frame(0), _frame(1, base=FAR))
    long = _video(*short.frames, *(_frame(n, 40 * n % 256, base=FAR ^ (n << 200)) for n in range(2, 30)))
    inside = compare(short, long)
    assert (inside.query_share, inside.meets()) == (1, True)
    assert inside.known_share < 0.8
    around = compare(long, short)
    assert (around.known_share, around.meets()) == (1, True)
    assert not around.meets(known_share=2)
    assert not around.meets(shared_frames=3)
    assert not inside.meets(shared_frames=5)
    assert not compare(_video(), short).meets()


def test_near_copies_extend_the_frame_they_repeat() -> None:
    kept = without_near_copies([_frame(2, 5), _frame(0), _frame(1, 4), _frame(3, 9)])
    assert [(frame.time_seconds, frame.until_seconds) for frame in kept] == [(0, 1), (2, 3)]


def test_dark_frames_are_one_whatever_their_bits_and_never_swallow_a_usable_one() -> None:
    dark = [_frame(0, 0, 0), _frame(1, 99, 49), _frame(2, 99, 50), _frame(3, 99, 49)]
    kept = without_near_copies(dark)
    assert [(frame.time_seconds, frame.until_seconds) for frame in kept] == [(0, 1), (2, 2), (3, 3)]


def test_a_slow_pan_is_not_swallowed() -> None:
    kept = without_near_copies([_frame(n, n) for n in range(31)])
    assert [frame.time_seconds for frame in kept] == [0, 5, 10, 15, 20, 25, 30]


@given(_frames, st.integers(0, 8))
def test_what_is_dropped_is_near_to_what_was_kept(frames: tuple[Frame, ...], bits: int) -> None:
    kept = without_near_copies(frames, bits)
    assert set(kept) or not frames
    assert [frame.time_seconds for frame in kept] == sorted(frame.time_seconds for frame in kept)
    for frame in frames:
        spans = [one for one in kept if one.time_seconds <= frame.time_seconds <= one.until_seconds]
        assert any(
            bits_apart(one.value, frame.value) <= bits or max(one.quality, frame.quality) < 50
            for one in spans
        )
    assert without_near_copies(kept, bits) == kept
