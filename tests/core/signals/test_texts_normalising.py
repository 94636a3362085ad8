"""The normal form: what reads the same is the same, in any script, and the way back is kept."""

import time
import unicodedata

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entente.core.signals.texts import characters, normalising
from entente.core.signals.texts.characters import BLANK, codes_of, composed, distinct, text_of, traits
from entente.core.signals.texts.folding import folded
from entente.core.signals.texts.lookalikes import LOOKALIKES, base_letter
from entente.core.signals.texts.normalising import MOST_MARKS, normalise
from entente.core.signals.texts.scripts import is_unspaced, proclitics_of, takes_particles


def form(text: str | bytes) -> str:
    return normalise(text).text


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("", ""),
        (" \t\n…!", ""),
        ("Evening  rain,\nover the LAKE!", "evening rain over the lake"),
        ("Straße, Œuvre, İstanbul, Łódź, smørrebrød", "strasse œuvre istanbul lodz smorrebrod"),
        ("don't l’eau ´quoted´", "dont leau quoted"),
        # letters that look like others
        ("r\u0430in \u0455n\u043ew", "rain snow"),
        ("ΜΟΤΟΡ мотор", "uotop motop"),
        ("\u0561\u0570\u057d", "\u0561hu"),
        ("\u13a1\u13aa\u13a5\u13c0", "raig"),
        ("\ua4e3\ua4ee\ua4f2\ua4e0", "rain"),
        # letters in other dress
        ("ｒａｉｎ 𝓻𝓪𝓲𝓷 𝔯𝔞𝔦𝔫 𝚛𝚊𝚒𝚗 ⓡⓐⓘⓝ 🅡🅐🅘🅝 🆁🅰🅸🅽 🇷🇦🇮🇳 ʀᴀɪɴ ᴿᵃⁱⁿ", " ".join(["rain"] * 10)),
        ("ﬁre ﬂood Ⅷ ½", "fire flood viii 1 2"),
        # what cannot be seen
        ("r\u200ba\u200di\u2060n\ufeff", "rain"),
        ("\u202enair\u202c", "nair"),
        ("r\u00ada\ufe0fi\U000e0061n\U000e0100", "rain"),
        ("r\x00a\x07i\x1bn", "rain"),
        ("r\u3164a\u115fi\u034fn", "rain"),
        # what is stacked
        ("r\u0338\u0322\u0359a\u0336\u0327i\u0489n\u20e3", "rain"),
        ("\u0e01" + "\u0e47" * 50, "\u0e01\u0e47"),
        # Arabic, Hebrew
        ("مَطَـــرٌ", "مطر"),
        ("\ufee3\ufec4\ufeae", "مطر"),
        ("أإآا ی ى ک", "اااا ييك"),
        ("שָׁלוֹם", "שלום"),
        # marks that are letters stay
        ("हिन्दी क़िला", "हिन्दी क\u093cिला"),
        ("ஆற்றங்கரை", "ஆற்றங்கரை"),
        ("น้ำตก", "น\u0e49\u0e4d\u0e32ตก"),
        # one spelling of syllables and kana
        (unicodedata.normalize("NFD", "한국 각"), "한국 각"),
        ("ｶﾞｷﾞ\u304b\u3099", "ガギが"),
        # digits
        ("٣ ३ ３ ③ ❸ ³ 𝟛", "3 3 3 3 3 3 3"),
        # spaces
        ("r a i n", "rain"),
        ("r.a.i.n r-a-i-n r_a_i_n", "rain rain rain"),
        ("r a i n   a n d   s n o w", "rain and snow"),
        ("r.a.i.n. .a.n.d. .s.n.o.w", "rain and snow"),
        ("i s   c o l d", "i s cold"),
        ("r. a. i. n.", "rain"),
        ("a b", "a b"),
        ("a b  c d", "abcd"),
        ("क\u093e ख ग", "क\u093eखग"),
        ("天 气 很 好。下雨", "天气很好下雨"),
        ("iPhone手机3天", "iphone 手机 3 天"),
        ("rain😀snow 👍🏽", "rain 😀 snow 👍"),
        ("l😀e😀t", "l 😀 e 😀 t"),
        ("a\u109b b c", "a\u109bbc"),  # a stray mark of another script
        ("\u0e49天 \u0e49天", "\u0e49 天 \u0e49 天"),  # marks without a letter
        # what is left alone
        ("w34ther @noon", "w34ther noon"),
        ("\ue000\U000f0000\u0378", "\ue000\U000f0000\u0378"),
        ("\ud800x", "\ufffd x"),
    ],
)
def test_what_reads_the_same_is_the_same(written: str, expected: str) -> None:
    assert form(written) == expected


@pytest.mark.parametrize(
    "spoof",
    [
        "Тhе mоuntаin lаkе is соld",
        "The mo\u200buntain la\u00adke is co\u2060ld",
        "T h e   m o u n t a i n   l a k e is c o l d",
        "Ｔｈｅ ｍｏｕｎｔａｉｎ ｌａｋｅ ｉｓ ｃｏｌｄ",
        "𝕋𝕙𝕖 𝕞𝕠𝕦𝕟𝕥𝕒𝕚𝕟 𝕝𝕒𝕜𝕖 𝕚𝕤 𝕔𝕠𝕝𝕕",
        "Τhε mοuηtαιη lακε ιs cοld",
        "T\u0301h\u0301e\u0301 mountain\u0336 lake --- is ... cold!!!",
        "The.mountain.lake.is.cold",
    ],
)
def test_a_spoofed_sentence_is_the_honest_one(spoof: str) -> None:
    assert form(spoof) == form("The mountain lake is cold")


def test_case_never_matters_in_any_alphabet() -> None:
    for text in (
        "Дождь идёт над озером",
        "Η βροχή πέφτει στη λίμνη",
        "Անձրև լճի վրա",
        "Ꭰꮃꮎ",
        "Lluvia en el río",
    ):
        assert form(text.upper()) == form(text.lower()) == form(text)


def test_every_character_folds_to_what_folds_to_itself() -> None:
    for code in range(0, 0x110000, 7):
        text = folded(code)
        assert "".join(map(folded, map(ord, text))).split() == text.split()
        assert len(text) <= 18


def test_look_alikes_lead_to_single_letters_that_are_folded() -> None:
    for letter, base in LOOKALIKES.items():
        assert folded(ord(letter)) == base
        assert folded(ord(base)) == base
    assert base_letter("ø") == "o"
    assert base_letter("世") == "世"


def test_stacks_are_cut_at_a_height_no_script_needs() -> None:
    tower = "ก" + "\u0e48\u0e49" * 50
    assert 1 < len(form(tower)) <= 1 + MOST_MARKS


def test_the_order_in_which_marks_were_typed_does_not_matter() -> None:
    # nukta (class 7) and virama (class 9), vowel (class 103) and tone mark (class 107)
    assert form("क\u094d\u093c") == form("क\u093c\u094d")
    assert form("น\u0e49\u0e38") == form("น\u0e38\u0e49")


def test_the_way_back_leads_to_what_was_written() -> None:
    given = "The r\u200b\u0430\u0301 i n, and ﬁre"
    normalised = normalise(given)
    assert normalised.text == "the ra i n and fire"
    start, end = normalised.original_span(4, 6)
    assert given[start:end] == "r\u200b\u0430"
    start, end = normalised.original_span(15, 17)  # both letters of the ligature
    assert given[start:end] == "ﬁ"


@pytest.mark.parametrize("span", [(0, 0), (-1, 1), (2, 1), (0, 5)])
def test_a_span_outside_the_text_has_no_way_back(span: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="no span"):
        normalise("rain").original_span(*span)


def test_bytes_that_are_not_utf8_are_replaced_and_said() -> None:
    normalised = normalise(b"rain \xff\xfe snow")
    assert normalised.had_invalid_utf8
    assert normalised.decoded == "rain \ufffd\ufffd snow"
    assert normalised.text == "rain \ufffd \ufffd snow"
    assert not normalise(b"rain snow").had_invalid_utf8


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "ﬁre r a i n か\u3099 क\u094d\u093c ß天abc " * 9
    whole = normalise(text)
    for size in (1, 2, 7):
        monkeypatch.setattr(normalising, "CHUNK_CHARACTERS", size)
        monkeypatch.setattr(characters, "CHUNK_CHARACTERS", size)
        chunked = normalise(text)
        assert chunked.text == whole.text
        assert np.array_equal(chunked.origins, whole.origins)


def test_what_grows_too_long_is_cut_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert normalise("\ufdfa" * 5).is_whole
    monkeypatch.setattr(normalising, "MOST_CHARACTERS", 40)
    monkeypatch.setattr(normalising, "CHUNK_CHARACTERS", 2)
    cut = normalise("\ufdfa" * 100)
    assert not cut.is_whole
    assert len(cut.text) <= 40
    assert normalise("a" * 40).is_whole
    assert not normalise("a" * 41).is_whole


@pytest.mark.parametrize(
    "unit", ["rain over the lake ", "a\u0301\u0489", "か\u3099", "a b ", " ", "天a", "\ufdfa"]
)
def test_the_time_is_linear_in_the_text(unit: str) -> None:
    def seconds(repeats: int) -> float:
        started = time.process_time()
        normalise(unit * repeats)
        return time.process_time() - started

    small = 20_000 // len(unit)
    seconds(small)
    # Sixteen times as much text; a quadratic pass would take 256 times as long.
    assert seconds(16 * small) < 80 * max(seconds(small), 0.002)


_TRICKY = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "ab \u0430.\u200b\u0301\u3099\u304b天ｶﾞ\u0e01\u0e49\u0e38\u1100\u1161\u11a8क\u093c\u094dß\ufdfa😀1'\n"
        ),
    ),
    max_size=40,
)


@settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(_TRICKY)
def test_the_normal_form_of_any_text_is_settled(text: str) -> None:
    normalised = normalise(text)
    assert normalise(normalised.text).text == normalised.text
    assert normalised.text == normalised.text.strip()
    assert "  " not in normalised.text
    assert normalised.origins.shape == (len(normalised.text),)
    if normalised.text:
        start, end = normalised.original_span(0, len(normalised.text))
        assert 0 <= start < end <= len(text)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_text(content: bytes) -> None:
    normalised = normalise(content)
    assert normalise(normalised.text.encode()).text == normalised.text
    assert normalised.had_invalid_utf8 == (content.decode(errors="ignore").encode() != content)


@given(st.text(st.characters(), max_size=30))
def test_arrays_of_characters(text: str) -> None:
    codes = codes_of(text)
    assert text_of(codes) == text
    found, places = distinct(codes)
    assert [chr(found[place]) for place in places] == list(text)
    assert found == sorted({ord(character) for character in text})


def test_composition_is_that_of_unicode() -> None:
    assert chr(composed(ord("か"), 0x3099)) == "が"
    assert composed(ord("a"), ord("b")) == -1
    assert traits(BLANK) == 0


def test_scripts() -> None:
    assert (
        is_unspaced(codes_of("天かカกລခខ་a1 ㄅ한а")).tolist()
        == [True] * 8 + [False] * 3 + [True] + [False] * 2
    )
    assert takes_particles("한")
    assert not takes_particles("a")
    assert proclitics_of("م")
    assert proclitics_of("ש")
    assert not proclitics_of("a")
