"""Letters that look like other letters, as one table of what each is folded to.

The idea is that of the skeletons of UTS #39; the table is our own and smaller. Most look-alikes need no line here:
mathematical, fullwidth, enclosed and superscript letters fold by their compatibility decomposition, accented ones by
losing their marks, and letters with strokes, hooks and tails, small capitals and letters in black circles by their
Unicode names. What remains are whole alphabets whose letters coincide with Latin ones.

A fold must not depend on the case, or a Russian sentence in capitals would differ from the same one in small letters.
Where the two cases of a letter resemble different Latin letters, the small one decides, because more is written in it.
"""

from __future__ import annotations

import re
import unicodedata


def _pairs(latin: str, other: str) -> dict[str, str]:
    return dict(zip(other.split(), latin.split(), strict=True))


LOOKALIKES: dict[str, str] = {
    # Cyrillic, after case folding
    **_pairs(
        "a b c d e h i j k l m o p q s t w x y v y h",
        "а в с ԁ е н і ј к ӏ м о р ԛ ѕ т ԝ х у ѵ ү һ",
    ),
    # Greek
    **_pairs("a b e z n i k u v o p t u x y w j c c", "α β ε ζ η ι κ μ ν ο ρ τ υ χ γ ω ϳ ϲ Ϲ"),
    # Armenian
    **_pairs("h n o g q j u l", "հ ո օ ց զ յ ս լ"),
    # Cherokee: its case folding goes to the capital-shaped letters
    **_pairs(
        "d r t i a j e w m h y g z b r w s v s l c p k d g b",
        "Ꭰ Ꭱ Ꭲ Ꭵ Ꭺ Ꭻ Ꭼ Ꮃ Ꮇ Ꮋ Ꮍ Ꮐ Ꮓ Ꮟ Ꮢ Ꮤ Ꮥ Ꮩ Ꮪ Ꮮ Ꮯ Ꮲ Ꮶ Ꮷ Ᏻ Ᏼ",
    ),
    # Lisu
    **_pairs(
        "b p d t g k j c z f m n l s r v h w x y a e i o u",
        "ꓐ ꓑ ꓓ ꓔ ꓖ ꓗ ꓙ ꓚ ꓜ ꓝ ꓟ ꓠ ꓡ ꓢ ꓣ ꓦ ꓧ ꓪ ꓫ ꓬ ꓮ ꓰ ꓲ ꓳ ꓴ",
    ),
    # Coptic, whose letters are those of Greek
    **_pairs("a b e z n i k u v o p c t u x w", "ⲁ ⲃ ⲉ ⲍ ⲏ ⲓ ⲕ ⲙ ⲛ ⲟ ⲣ ⲥ ⲧ ⲩ ⲭ ⲱ"),
    # Latin letters that are shapes of others
    **_pairs("a g i j e e v", "ɑ ɡ ı ȷ ɛ ə ʋ"),
    # Arabic script: letters that keyboards of Persian, Urdu and Kurdish write for the same one
    **_pairs("ي ي ك ه ه ه", "ی ى ک ہ ھ ە"),
}
"""Letter, already case-folded, and what it is folded to; the lunate sigma in both cases, or it became a sigma."""

_BASE_IN_NAME = re.compile(
    r"(?:NEGATIVE (?:CIRCLED|SQUARED) |CROSSED NEGATIVE SQUARED )?LATIN (?:CAPITAL|SMALL) LETTER ([A-Z])(?: WITH .+)?"
    r"|LATIN LETTER SMALL CAPITAL ([A-Z])"
    r"|REGIONAL INDICATOR SYMBOL LETTER ([A-Z])"
)


def base_letter(character: str) -> str:
    """Return the ASCII letter that a character is a form of, by its Unicode name; the character where it is none.

    `ø` is LATIN SMALL LETTER O WITH STROKE, the white A on black is NEGATIVE SQUARED LATIN CAPITAL LETTER A.
    """
    match = _BASE_IN_NAME.fullmatch(unicodedata.name(character, ""))
    return (match[1] or match[2] or match[3]).lower() if match else character
