"""URL-MD5 as services exchange it: 32 hexadecimal digits that somebody computed from an address they did not show.

What was hashed depends on who did it. The spelling that the open reference tools hash is the text of the address in
lower case without `http://` or `https://`, and otherwise as it stood (its fragment, its final slash and its query
stay). That is what `exchanged_md5` computes, and what we publish. Others hash the address as it stood; so a lookup
asks for the digests of every usual spelling, of which there are at most MOST_SPELLINGS.

A digest of an address hides nothing: who has a list of addresses finds those that were hashed. It is treated like the
address itself.
"""

from __future__ import annotations

import hashlib
import re

from entente.core.signals.errors import MalformedSignal
from entente.core.signals.urls.canonical import MAX_URL_CHARACTERS, as_browsers_read

MOST_SPELLINGS = 16

_SCHEME = re.compile(r"^https?://", re.IGNORECASE)


def exchanged_md5(url: str) -> bytes:
    """Return the MD5 that services exchange for an address: of its text in lower case, without its scheme.

    The text is taken as it is but for blanks around it: the sender did not canonicalise it either. Raises
    MalformedSignal for an empty text, one longer than MAX_URL_CHARACTERS, and one that is not Unicode.
    """
    text = url.strip()
    if not text or len(text) > MAX_URL_CHARACTERS:
        raise MalformedSignal(f"an address has 1 to {MAX_URL_CHARACTERS} characters")
    return _md5(_shortened(text))


def exchanged_lookup_keys(url: str) -> list[bytes]:
    """Return the digests under which an address may have been exchanged, ours first, each once.

    Of the text as given and of its canonical form: in lower case without a scheme, and as it stands; with and without
    its final slash; and of the canonical one under either scheme. Raises MalformedSignal as `exchanged_md5`, and
    MalformedUrl for what no browser could open.
    """
    text = url.strip()
    first = exchanged_md5(text)
    address = as_browsers_read(text)
    bare = address.url.removeprefix(f"{address.scheme}://")
    spellings = [
        text,
        _shortened(text),
        address.url,
        _shortened(bare),
        bare,
        f"http://{bare}",
        f"https://{bare}",
    ]
    spellings += [spelling.removesuffix("/") for spelling in spellings]
    return list(dict.fromkeys([first, *(_md5(spelling) for spelling in spellings)]))


def _shortened(text: str) -> str:
    return _SCHEME.sub("", text).lower()


def _md5(text: str) -> bytes:
    try:
        return hashlib.md5(text.encode(), usedforsecurity=False).digest()
    except UnicodeEncodeError:
        raise MalformedSignal("the address holds a lone surrogate") from None
