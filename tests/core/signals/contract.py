"""What every signal type keeps, ours and third parties': a test class inherits this and names its type.

    class TestPdq(SignalTypeContract):
        kind = Pdq()

A type whose values are not hexadecimal hashes overrides `values`, the strategy that draws canonical values of it.
"""

import re
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entente.core.signals.errors import MalformedSignal, SignalError
from entente.core.signals.signal_type import FromContent, HexSignalType, Medium, SignalType

SPOILT = ["{}\n", "\n{}", "{}\r\n", " {}", "{} ", "\t{}", "{}\t", "{}\x00", "\x00{}", "\ufeff{}", "{}\u2028"]
"""What copying, exporting and careless concatenation put around a hash."""

HEX_SPOILT = [
    "\uff11{tail}",  # a fullwidth digit
    "\u0661{tail}",  # an Arabic-Indic digit: int(..., 16) would read it
    "{tail}",  # too short
    "00{tail}",  # too long
    "0x{tail}",
    "+{tail}",
    "g{tail}",
    "_{tail}",
]

_INHERITED = settings(
    deadline=None, suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow]
)
"""One method runs for many types: each draws its own values, so examples kept from another type are no loss."""


class SignalTypeContract:
    """The contract; `kind` is the type under test."""

    kind: ClassVar[SignalType]

    @classmethod
    def values(cls) -> st.SearchStrategy[bytes]:
        """Draw canonical values of the type."""
        assert isinstance(cls.kind, HexSignalType), "say which values there are: override `values`"
        return st.binary(min_size=cls.kind.size_bytes, max_size=cls.kind.size_bytes)

    def test_it_says_what_it_is(self) -> None:
        assert re.fullmatch(r"[a-z][a-z0-9_]{0,31}", self.kind.name)
        assert self.kind.title
        assert self.kind.distance_unit
        assert self.kind.media
        assert self.kind.media <= set(Medium)
        assert 0 <= self.kind.default_radius <= self.kind.widest_radius

    def test_it_shows_examples_of_everything(self) -> None:
        examples = self.kind.examples
        assert examples.canonical
        assert examples.malformed
        assert examples.near
        assert examples.far

    def test_canonical_examples_survive_the_round_trip(self) -> None:
        for written in self.kind.examples.canonical:
            value = self.kind.parse(written)
            assert type(value) is bytes
            assert self.kind.write(value) == written

    def test_other_accepted_forms_are_folded_into_the_canonical_one(self) -> None:
        for written, canonical in self.kind.examples.folded:
            assert written != canonical
            assert self.kind.write(self.kind.parse(written)) == canonical

    def test_malformed_examples_are_refused(self) -> None:
        for written in ("", *self.kind.examples.malformed):
            with pytest.raises(MalformedSignal):
                self.kind.parse(written)

    @pytest.mark.parametrize("pattern", SPOILT)
    def test_nothing_may_stand_around_a_signal(self, pattern: str) -> None:
        for written in self.kind.examples.canonical:
            with pytest.raises(MalformedSignal):
                self.kind.parse(pattern.format(written))

    @pytest.mark.parametrize("pattern", HEX_SPOILT)
    def test_hexadecimal_means_as_many_ascii_digits_as_it_has(self, pattern: str) -> None:
        if not isinstance(self.kind, HexSignalType):
            return
        for written in self.kind.examples.canonical:
            with pytest.raises(MalformedSignal):
                self.kind.parse(pattern.format(tail=written[1:]))

    def test_hexadecimal_in_upper_case_is_folded(self) -> None:
        if isinstance(self.kind, HexSignalType):
            for written in self.kind.examples.canonical:
                assert self.kind.parse(written.upper()) == self.kind.parse(written)

    def test_a_refusal_does_not_repeat_a_megabyte(self) -> None:
        with pytest.raises(MalformedSignal) as refusal:
            self.kind.parse("\x00" * 2**20)
        assert len(str(refusal.value)) < 300

    def test_a_value_of_the_wrong_length_is_not_written(self) -> None:
        for wrong in (b"", b"\x00", b"\xff" * 10_007):
            with pytest.raises(MalformedSignal):
                self.kind.write(wrong)
            for written in self.kind.examples.canonical:
                value = self.kind.parse(written)
                with pytest.raises(MalformedSignal):
                    self.kind.distance(value, wrong)
                with pytest.raises(MalformedSignal):
                    self.kind.distance(wrong, value)

    def test_near_pairs_are_within_the_default_radius(self) -> None:
        for one, other in self.kind.examples.near:
            assert self._distance(one, other) <= self.kind.default_radius

    def test_far_pairs_are_beyond_the_widest_radius(self) -> None:
        for one, other in self.kind.examples.far:
            assert self._distance(one, other) > self.kind.widest_radius

    def _distance(self, one: str, other: str) -> int:
        here = self.kind.distance(self.kind.parse(one), self.kind.parse(other))
        assert here == self.kind.distance(self.kind.parse(other), self.kind.parse(one))
        return here

    @_INHERITED
    @given(st.data())
    def test_every_value_survives_the_round_trip(self, data: st.DataObject) -> None:
        value = data.draw(self.values())
        written = self.kind.write(value)
        assert self.kind.parse(written) == value
        assert self.kind.write(self.kind.parse(written)) == written

    @_INHERITED
    @given(st.data())
    def test_a_distance_is_symmetric_whole_and_nothing_to_itself(self, data: st.DataObject) -> None:
        one, other = data.draw(self.values()), data.draw(self.values())
        there, back = self.kind.distance(one, other), self.kind.distance(other, one)
        assert type(there) is int
        assert there == back >= 0
        assert self.kind.distance(one, one) == 0

    @_INHERITED
    @given(st.text(max_size=80))
    def test_any_text_is_parsed_or_refused(self, written: str) -> None:
        try:
            value = self.kind.parse(written)
        except MalformedSignal:
            return
        assert self.kind.parse(self.kind.write(value)) == value

    @_INHERITED
    @given(st.binary(max_size=300))
    def test_any_content_has_a_canonical_value_or_none_that_is_said(self, content: bytes) -> None:
        if not isinstance(self.kind, FromContent):
            return
        try:
            value = self.kind.from_content(content)
        except SignalError:
            return
        assert self.kind.parse(self.kind.write(value)) == value
        assert self.kind.from_content(content) == value
