"""The exact and the near-duplicate signal of texts: what they keep, what a distance means, what the bands find."""

import hashlib
import random
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from entente.core.signals.errors import MalformedSignal
from entente.core.signals.texts import minhash, shingles
from entente.core.signals.texts.errors import TextTooShort
from entente.core.signals.texts.minhash import (
    BANDS,
    FEWEST_SHINGLES,
    POSITIONS,
    SIGNATURE_BYTES,
    band_keys,
    candidate_probability,
    differing_positions,
    estimated_jaccard,
    signature,
)
from entente.core.signals.texts.normalising import normalise
from entente.core.signals.texts.signal_types import TextExact, TextMinhash
from tests.core.signals.contract import SignalTypeContract

VALLEY = (
    "The path to the upper valley begins behind the mill and climbs along the stream for an hour. Above the second "
    "bridge the meadows open, yellow in June, and the lake of the Society of Quiet Walkers lies below the ridge. Take "
    "bread, a hard cheese and two apples; there is water at the spring, but no shade until the afternoon."
)
SOUP = (
    "Cut four leeks and three potatoes, soften them in butter without letting them brown, and cover them with water. "
    "After half an hour pass them through a sieve, add cream, salt and a little nutmeg, and serve with toasted bread."
)
LAKE_ZH = "湖边的小路从磨坊后面开始沿着小溪向上走一个小时过了第二座桥草地就开阔了六月里一片金黄"
LAKE_TH = "เส้นทางไปยังทะเลสาบเริ่มต้นที่หลังโรงสีและไต่ขึ้นไปตามลำธารประมาณหนึ่งชั่วโมง"


class TestTextExact(SignalTypeContract):
    kind = TextExact()


class TestTextMinhash(SignalTypeContract):
    kind = TextMinhash()

    @classmethod
    @override
    def values(cls) -> st.SearchStrategy[bytes]:
        size = SIGNATURE_BYTES - 1
        return st.binary(min_size=size, max_size=size).map(lambda numbers: b"\x01" + numbers)


def near(one: str, other: str) -> int:
    return differing_positions(signature(normalise(one)), signature(normalise(other)))


def jaccard(one: str, other: str) -> float:
    """Return the share of common shingles, word by word: the brute force that the signature estimates."""
    sets = [
        {tuple(words[start : start + 3]) for start in range(len(words) - 2)}
        for words in (normalise(text).text.split() for text in (one, other))
    ]
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])


def test_the_exact_signal_is_the_digest_of_the_normal_form() -> None:
    assert TextExact().from_content(b"1 2 3 ".replace(b" ", b"")) == hashlib.sha256(b"123").digest()
    assert TextExact().from_content(b"Quiet  LAKE!") == hashlib.sha256(b"quiet lake").digest()
    assert TextExact().from_content("Q\u200bui\u0435t, lake".encode()) == TextExact().from_content(
        b"quiet lake"
    )
    assert TextExact().from_content(b"quiet lakes") != TextExact().from_content(b"quiet lake")


@pytest.mark.parametrize("content", [b"", b" \n\t", "\u200b\u202e".encode(), b"...!?"])
def test_nothing_has_no_signal(content: bytes) -> None:
    for kind in (TextExact(), TextMinhash()):
        with pytest.raises(TextTooShort):
            kind.from_content(content)


def test_short_texts_have_no_near_duplicates() -> None:
    words = [f"w{number}x" for number in range(FEWEST_SHINGLES + 2)]
    assert signature(normalise(" ".join(words)))
    for text in (" ".join(words[:-1]), "rain rain " * 100, "a b"):
        with pytest.raises(TextTooShort, match="shingles"):
            signature(normalise(text))


def test_the_signature_of_a_text_never_changes() -> None:
    # Computed once by this version: two services, and two releases, must agree in every byte.
    assert hashlib.sha256(signature(normalise(VALLEY))).hexdigest() == KNOWN_VALLEY
    assert hashlib.sha256(signature(normalise(LAKE_ZH))).hexdigest() == KNOWN_LAKE


KNOWN_VALLEY = "7baf5e0e7e5de3a433f4a8ca58d804ddb3c8b858c2096460076da3d70c1c891d"
KNOWN_LAKE = "9f792e6f90bfca0ca0bba2d18d80417e9dda1ca80568454b41ba421df7274cae"


@pytest.mark.parametrize("text", [VALLEY, SOUP, LAKE_ZH, LAKE_TH])
def test_what_reads_the_same_has_the_same_signature(text: str) -> None:
    for spoof in (text.upper(), text.replace(" ", "\u2003 "), "\u200b".join(text), f"  {text}!!!"):
        assert near(text, spoof) == 0


@pytest.mark.parametrize("text", [VALLEY, LAKE_ZH, LAKE_TH])
def test_a_small_edit_stays_near_and_another_text_is_far(text: str) -> None:
    kind = TextMinhash()
    middle = len(text) // 2
    assert near(text, text + " 2026") <= kind.default_radius
    assert near(text, text[:middle] + " 7 " + text[middle:]) <= kind.default_radius
    assert near(text, SOUP) > kind.widest_radius


def _edited(words: list[str], share: float, rng: random.Random) -> list[str]:
    return [
        rng.choice(["tree", "stone", "cloud", "river"]) + str(rng.random()) if rng.random() < share else word
        for word in words
    ]


def test_a_distance_estimates_the_share_of_common_shingles() -> None:
    rng = random.Random(7)  # noqa: S311 - a repeatable sample
    words = [f"word{rng.randrange(3000)}" for _ in range(400)]
    errors = []
    for share in (0.02, 0.05, 0.1, 0.2, 0.3):
        for _time in range(12):
            one, other = " ".join(words), " ".join(_edited(words, share, rng))
            errors.append(estimated_jaccard(near(one, other)) - jaccard(one, other))
    # One standard error is at most 0.044; the mean of 60 lies within three of its own, the largest within four.
    assert abs(statistics.mean(errors)) < 3 * 0.044 / 60**0.5
    assert max(map(abs, errors)) < 4 * 0.044
    assert 0.02 < statistics.pstdev(errors) < 0.055


def test_the_bands_find_as_many_as_the_curve_says() -> None:
    rng = random.Random(11)  # noqa: S311 - a repeatable sample
    words = [f"word{number}" for number in range(120)]
    found: dict[float, list[bool]] = {}
    expected: dict[float, list[float]] = {}
    for share in (0.05, 0.12, 0.2, 0.3):
        for _time in range(60):
            base = rng.sample(words, 80)
            other = _edited(base, share, rng)
            keys = [set(band_keys(signature(normalise(" ".join(text))))) for text in (base, other)]
            found.setdefault(share, []).append(bool(keys[0] & keys[1]))
            expected.setdefault(share, []).append(
                candidate_probability(jaccard(" ".join(base), " ".join(other)))
            )
    for share, hits in found.items():
        mean = statistics.mean(expected[share])
        assert statistics.mean(hits) == pytest.approx(mean, abs=4 * (mean * (1 - mean) / 60) ** 0.5 + 0.02)
    assert statistics.mean(found[0.05]) > 0.95


def test_the_documented_curve_is_the_formula() -> None:
    table = {0.1: 0.003, 0.2: 0.050, 0.3: 0.229, 0.4: 0.564, 0.5: 0.873, 0.6: 0.988, 0.7: 0.9998, 0.8: 1.000}
    for share, probability in table.items():
        assert candidate_probability(share) == pytest.approx(probability, abs=0.0006)
        assert f"{probability:.3f}" in (minhash.__doc__ or "") or str(probability) in (minhash.__doc__ or "")
    assert estimated_jaccard(TextMinhash().default_radius) == pytest.approx(0.6, abs=0.01)
    assert estimated_jaccard(TextMinhash().widest_radius) == 0.5


def test_unrelated_texts_share_no_band() -> None:
    rng = random.Random(3)  # noqa: S311 - a repeatable sample
    words = ["".join(rng.choices("abcdefghij", k=5)) for _ in range(300)]
    keys = [set(band_keys(signature(normalise(" ".join(rng.choices(words, k=60)))))) for _ in range(60)]
    shared = sum(bool(keys[one] & keys[other]) for one in range(60) for other in range(one))
    assert shared == 0


def test_band_keys_tell_their_band_and_version() -> None:
    value = signature(normalise(VALLEY))
    keys = TextMinhash().lookup_keys(value)
    assert len(keys) == len(set(keys)) == BANDS
    assert b"".join(key[2:] for key in keys) == value[1:]
    assert [key[1] for key in keys] == list(range(BANDS))
    assert {key[0] for key in keys} == {value[0]}
    with pytest.raises(MalformedSignal):
        TextMinhash().lookup_keys(value[:-1])
    with pytest.raises(MalformedSignal, match="version 2"):
        TextMinhash().write(b"\x02" + value[1:])


def test_the_order_within_a_word_and_of_words_counts() -> None:
    def found(text: str) -> set[int]:
        return set(shingles.shingles(normalise(text)).tolist())

    assert not found("tide rain snow") & found("edit rain snow")
    assert not found("rain snow hail") & found("snow rain hail")
    assert len(found("rain snow hail rain snow hail")) == 3
    assert found("rain snow") == found("") == set()
    assert len(found("天气很好")) == 2
    assert len(found("天\u093c气很")) == 1  # a mark belongs to its character


@given(st.lists(st.integers(0, 2**64 - 1), max_size=20, unique=True))
def test_mixing_is_one_to_one_and_that_of_splitmix(values: list[int]) -> None:
    mixed = shingles.mix64(np.array(values, dtype=np.uint64)).tolist()
    assert len(set(mixed)) == len(values)
    assert mixed == [_splitmix(value) for value in values]


def _splitmix(value: int) -> int:
    mask = 2**64 - 1
    value = (value + 0x9E3779B97F4A7C15) & mask
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & mask
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & mask
    return value ^ (value >> 31)


@given(st.sets(st.integers(0, 2**64 - 1), min_size=1, max_size=600))
def test_the_minima_are_those_of_counting_one_by_one(values: set[int]) -> None:
    minima = minhash._minima(np.array(sorted(values), dtype=np.uint64)).tolist()
    pairs = zip(minhash._FACTORS.tolist(), minhash._TERMS.tolist(), strict=True)
    assert minima == [min((value * factor + term) % 2**64 for value in values) for factor, term in pairs]
    assert len(minima) == POSITIONS
