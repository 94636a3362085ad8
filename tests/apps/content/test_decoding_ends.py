"""Where decoding stops: partial pictures, long texts, and the package it starts from."""

from pathlib import Path

from entente.apps.content.decoding import decoder, limits
from tests.apps.content.test_decoding_parts import decode_here, small_png


def test_a_partial_picture_is_not_tried() -> None:
    assert decode_here(small_png(), partial=True).outcome == "too_large"
    assert decode_here(b"<svg/>").notes == ("markup_not_rendered",)
    assert decode_here(b"PK\x03\x04").outcome == "unsupported"


def test_long_texts_are_cut_at_the_limit() -> None:
    found = decode_here("é".encode() * 50_000)
    assert found.text_excerpt == "é" * limits.EXCERPT_CHARACTERS


def test_the_source_root_is_the_one_the_package_lies_in() -> None:
    assert (Path(decoder._SOURCE_ROOT) / "entente" / "__init__.py").exists()
