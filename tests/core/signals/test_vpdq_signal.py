"""Video: the signal type `vpdq` keeps the contract of signal types."""

import pytest
from hypothesis import strategies as st
from typing_extensions import override

from entente.core.signals.errors import MalformedSignal
from entente.core.signals.vpdq import Frame
from entente.core.signals.vpdq.signal import VpdqSignal, pack, unpack
from tests.core.signals.contract import SignalTypeContract

_frames = st.lists(
    st.builds(
        Frame,
        st.integers(0, 2**32 - 1).map(lambda milliseconds: milliseconds / 1000),
        st.sampled_from([b"\x00" * 32, b"\x0f" * 32, b"\x0f" * 31 + b"\x1f"])
        | st.binary(min_size=32, max_size=32),
        st.integers(0, 100),
    ),
    min_size=1,
    max_size=5,
)


class TestVpdqSignal(SignalTypeContract):
    kind = VpdqSignal()

    @classmethod
    @override
    def values(cls) -> st.SearchStrategy[bytes]:
        return _frames.map(pack)


@pytest.mark.parametrize(
    "frames",
    [
        [],
        [Frame(-1, bytes(32), 1)],
        [Frame(2**32, bytes(32), 1)],
        [Frame(0, bytes(31), 1)],
        [Frame(0, bytes(32), 101)],
    ],
)
def test_frames_that_do_not_fit_are_refused(frames: list[Frame]) -> None:
    with pytest.raises(MalformedSignal):
        pack(frames)


def test_a_value_has_its_frames_in_order() -> None:
    early, late = pack([Frame(1, bytes(32), 60)]), pack([Frame(2, bytes(32), 60)])
    assert [frame.time_seconds for frame in unpack(early + late)] == [1, 2]
    with pytest.raises(MalformedSignal, match="order"):
        unpack(late + early)


def test_the_distance_is_what_the_better_known_lacks() -> None:
    frames = [Frame(n, bytes([n * 16 + n]) * 16 + bytes([n * 37]) * 16, 90) for n in range(7)]
    kind = VpdqSignal()
    assert kind.distance(pack(frames), pack(frames[:2])) == 0
    assert kind.distance(pack(frames[:3]), pack([*frames[1:3], *frames[4:]])) == 34
    dark = pack([Frame(0, bytes(32), 10)])
    assert kind.distance(dark, pack(frames)) == 100
    assert kind.distance(dark, pack([Frame(1, bytes(32), 10)])) == 100
    assert kind.distance(dark, dark) == 0
