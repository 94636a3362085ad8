"""Contrast of every pair of tokens that stand on each other (WCAG 2.2, 1.4.3 and 1.4.11)."""

import re
from pathlib import Path
from typing import Final

import pytest

import entente.web

TOKENS: Final = Path(entente.web.__path__[0]) / "static" / "entente" / "tokens.css"
TEXT: Final = 4.5
PART: Final = 3.0

GROUNDS: Final = ("paper", "leaf", "sunken", "hover")
WASHES: Final = ("accent-wash", "ample-wash", "near-wash", "over-wash")

#: (foreground, ground, smallest ratio)
PAIRS: Final = (
    [(ink, ground, TEXT) for ink in ("ink", "ink-soft", "accent", "accent-strong") for ground in GROUNDS]
    + [(tone, ground, TEXT) for tone in ("ample", "near", "over") for ground in GROUNDS]
    + [("ink", wash, TEXT) for wash in WASHES]
    + [("ink-soft", wash, TEXT) for wash in WASHES]
    + [("accent", wash, TEXT) for wash in WASHES]
    + [(tone, f"{tone}-wash", TEXT) for tone in ("accent", "ample", "near", "over")]
    # A row that is ticked keeps its clock.
    + [(tone, "accent-wash", TEXT) for tone in ("ample", "near", "over")]
    + [("on-accent", "accent", TEXT), ("on-accent", "accent-strong", TEXT), ("on-over", "over", TEXT)]
    + [("rule", ground, PART) for ground in GROUNDS]
    + [("focus", ground, PART) for ground in (*GROUNDS, *WASHES)]
)


def _tokens() -> dict[str, tuple[str, str]]:
    pattern = re.compile(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")
    return {name: (light, dark) for name, light, dark in pattern.findall(TOKENS.read_text(encoding="utf-8"))}


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it, for ``#rrggbb``."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_the_formula_knows_black_on_white() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_every_colour_is_one_the_test_can_read() -> None:
    declared = re.findall(r"--([a-z-]+): light-dark\(", TOKENS.read_text(encoding="utf-8"))
    assert set(declared) - set(_tokens()) == {"shade"}


@pytest.mark.parametrize("side", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "ground", "least"), PAIRS, ids=str)
def test_pair_is_legible(front: str, ground: str, least: float, side: int) -> None:
    tokens = _tokens()
    assert contrast(tokens[front][side], tokens[ground][side]) >= least
