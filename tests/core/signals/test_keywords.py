"""Keyword sets: where words begin and end in each script, overlaps, bounds."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typing_extensions import override

from entente.core.signals import keywords
from entente.core.signals.errors import MalformedSignal
from entente.core.signals.keywords import (
    MAX_KEYWORD_CHARACTERS,
    Keyword,
    KeywordMatch,
    KeywordSet,
    keyword_form,
)
from entente.core.signals.texts.normalising import normalise
from tests.core.signals.contract import SignalTypeContract


class TestKeyword(SignalTypeContract):
    kind = Keyword()

    @classmethod
    @override
    def values(cls) -> st.SearchStrategy[bytes]:
        words = st.text(st.sampled_from("abc天한מ 1\u0430ß"), min_size=1, max_size=12)
        return words.filter(lambda word: bool(normalise(word).text)).map(
            lambda word: normalise(word).text.encode()
        )


def words_in(text: str, *words: str) -> list[str]:
    return [match.word for match in KeywordSet.compile(words).find(text)]


@pytest.mark.parametrize(
    ("word", "text", "count"),
    [
        ("rain", "Rain, more rain; no r\u0430in. R A I N", 4),
        ("rain", "rainy trains rain2 3rain", 0),
        ("mountain lake", "the MOUNTAIN-lake and the mountain\n\nlake", 2),
        ("mountain lake", "mountain lakes", 0),
        ("3d", "3D, 3-D, 13d", 1),
        ("😀", "rain😀snow 😀", 2),
        # scripts without spaces
        ("天气", "今天天气很好", 1),
        ("雨", "下雨了下大雨", 2),
        ("น้ำตก", "ไปเที่ยวน้ำตกกัน", 1),
        ("手机", "iPhone手机壳", 1),
        ("iphone", "我的iPhone手机", 1),
        # particles behind, in Hangul
        ("날씨", "날씨가 좋다 오늘날씨", 1),
        # conjunctions, prepositions and the article before, in Arabic and Hebrew
        ("مطر", "والمطر مطر بالمطر", 3),
        ("مطر", "ماطر تمطر مطرنا", 0),
        ("גשם", "והגשם גשם בגשם", 3),
        ("גשם", "טגשם והבלכגשם", 0),
        ("дождь", "ДОЖДЬ идёт, дождь", 2),
        ("дождь", "дождьик", 0),
    ],
)
def test_where_a_word_begins_and_ends_depends_on_its_script(word: str, text: str, count: int) -> None:
    assert words_in(text, word) == [word] * count


def test_overlapping_words_are_all_found_in_their_order() -> None:
    found = words_in(
        "the old mountain lake road",
        "lake",
        "mountain lake",
        "lake road",
        "old mountain lake road",
        "mountain",
    )
    assert found == ["old mountain lake road", "mountain", "mountain lake", "lake", "lake road"]
    assert words_in("天天天", "天", "天天") == ["天", "天天", "天", "天天", "天"]


def test_a_match_says_where_in_both_texts() -> None:
    given = "See: r\u200ba\u200bi\u200bn!"
    (match,) = KeywordSet.compile(["Rain"]).find(given)
    assert match == KeywordMatch("Rain", 4, 8, (5, 12))
    assert normalise(given).text[match.start : match.end] == "rain"
    assert given[slice(*match.original)] == "r\u200ba\u200bi\u200bn"
    assert KeywordSet.compile(["rain"]).find(given.encode())[0].original == (5, 12)
    assert KeywordSet.compile(["rain"]).find(normalise(given))[0].original == (5, 12)


def test_words_of_one_normal_form_are_one() -> None:
    words = KeywordSet.compile(["Rain", "rain", "r\u0430in", "snow"])
    assert len(words) == 2
    assert [match.word for match in words.find("rain")] == ["Rain"]


def test_an_empty_set_and_an_empty_text_find_nothing() -> None:
    assert KeywordSet.compile([]).find("rain") == []
    assert KeywordSet.compile(["rain"]).find(b"") == []


@pytest.mark.parametrize(
    "word", ["", "...", "\u200b", "\u0e49", "a" * (MAX_KEYWORD_CHARACTERS + 1), "\ufdfa" * 99]
)
def test_what_is_no_word_is_refused(word: str) -> None:
    with pytest.raises(MalformedSignal):
        KeywordSet.compile(["rain", word])
    with pytest.raises(MalformedSignal):
        keyword_form(word)


@pytest.mark.parametrize("value", [b"\xff", b"Rain", b"rain ", b"rain\n"])
def test_a_value_that_is_not_a_normal_form_is_refused(value: bytes) -> None:
    with pytest.raises(MalformedSignal):
        Keyword().write(value)


def test_as_many_as_are_asked_for_and_no_more() -> None:
    words = KeywordSet.compile(["rain"])
    text = "rain " * 5000
    assert len(words.find(text)) == keywords.MOST_MATCHES
    assert len(words.find(text, most=3)) == 3
    assert len(words.find(text, most=10_000)) == 5000
    assert words.find(text, most=0) == []


def test_fifty_thousand_words_are_one_pass() -> None:
    rng = random.Random(5)  # noqa: S311 - a repeatable sample
    words = ["".join(rng.choices("abcdefghijklmnop", k=9)) for _ in range(50_000)]
    text = f"{'rain over the lake ' * 20_000}{words[1]} {words[49_999]}"
    assert [match.word for match in KeywordSet.compile(words).find(text)] == [words[1], words[49_999]]


_LETTERS = st.text(st.sampled_from("ab 天雨한글مطو1😀"), max_size=30)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_LETTERS, max_size=6), _LETTERS, st.sampled_from([1, 3, 8, 2048]))
def test_what_is_found_is_what_looking_everywhere_finds(words: list[str], text: str, window: int) -> None:
    usable = [word for word in words if normalise(word).text]
    before = keywords._WINDOW
    keywords._WINDOW = window
    try:
        found = {(match.word, match.start, match.end) for match in KeywordSet.compile(usable).find(text)}
    finally:
        keywords._WINDOW = before
    normal, expected = normalise(text).text, set()
    for form, word in {normalise(word).text: word for word in reversed(usable)}.items():
        for start in range(len(normal)):
            if normal.startswith(form, start) and _stands_alone(normal, form, start):
                expected.add((word, start, start + len(form)))
    assert found == expected


def _stands_alone(text: str, form: str, start: int) -> bool:
    before, after = text[:start].rpartition(" ")[2], text[start + len(form) :].partition(" ")[0]
    if form[0] in "مطو":
        begins = len(before) <= 4 and set(before) <= set("و")
    else:
        begins = not before or form[0] in "天雨"
    return begins and (not after or form[-1] in "天雨한글")


def _is_word(word: str) -> bool:
    try:
        keyword_form(word)
    except MalformedSignal:
        return False
    return True


@settings(deadline=None)
@given(st.lists(st.text(max_size=15).filter(_is_word), min_size=1, max_size=8))
def test_normalising_together_is_normalising_one_by_one(words: list[str]) -> None:
    assert keywords._forms(words) == [keyword_form(word) for word in words]


def test_words_that_cannot_be_normalised_together_are_not() -> None:
    assert keywords._forms(["a\uf8ffb", "rain"]) == ["a\uf8ffb", "rain"]
    assert keywords._forms(["\u200b" * 2000 + "rain"]) == ["rain"]
