"""From the JSON of a check to questions. Written by hand, because it runs before every upload of a large platform."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from entente.apps.content.errors import AddressError
from entente.apps.content.services import canonical_url
from entente.apps.matching import preparing
from entente.apps.matching.errors import CheckUnreadable
from entente.apps.matching.hub import Query
from entente.apps.matching.preparing import Prepared
from entente.apps.matching.types import CheckedContent

MOST_ITEMS: Final = 1000
"""Things one request may ask about."""

MOST_TEXT_CHARACTERS: Final = 10_000_000
MOST_ADDRESSES: Final = 100

_LONGEST: Final = {
    "id": 200,
    "url": 8192,
    "uploader_ref": 200,
    "uploader_language": 35,
    "title": 200,
    "kind": 20,
}


@dataclass(frozen=True, slots=True)
class Question:
    """One thing, and what is asked about it. `unknown`: why part of it could not be looked at."""

    content: CheckedContent
    queries: tuple[Query, ...]
    notes: tuple[str, ...] = ()
    unknown: str = ""

    def with_prepared(self, prepared: Prepared) -> "Question":
        """Return the question with what was prepared from a file, a text or an address beside it."""
        digest = prepared.digest or self.content.digest
        return Question(
            replace(self.content, digest=digest),
            self.queries + prepared.queries,
            self.notes + prepared.notes,
            self.unknown or prepared.unknown,
        )


def questions_of(body: Any) -> tuple[list[Question], bool]:
    """Return the questions of a request, and whether it asked about many. Raises CheckUnreadable."""
    if not isinstance(body, Mapping):
        raise CheckUnreadable("Send a JSON object.", field="body")
    items = body.get("items")
    if items is None:
        return [question_of(body)], False
    if not isinstance(items, list) or not 0 < len(items) <= MOST_ITEMS:
        raise CheckUnreadable(f"`items` is a list of 1 to {MOST_ITEMS} things.", field="items")
    return [_numbered(position, item) for position, item in enumerate(items)], True


def _numbered(position: int, item: Any) -> Question:
    if not isinstance(item, Mapping):
        raise CheckUnreadable("Each of `items` is a JSON object.", field=f"items.{position}")
    try:
        return question_of(item)
    except CheckUnreadable as error:
        field = error.facts.get("field", "")
        raise CheckUnreadable(error.message, field=f"items.{position}.{field}") from None


def question_of(item: Mapping[str, Any], *, with_file: bool = False) -> Question:
    """Return what is asked about one thing. Raises CheckUnreadable; `with_file`: a file comes beside it."""
    question = Question(_content(item.get("content")), tuple(_signals(item.get("signals"))))
    for url in _texts(item, "urls", MOST_ADDRESSES):
        question = question.with_prepared(preparing.of_address(url))
    text = item.get("text")
    if text is not None:
        question = question.with_prepared(preparing.of_text(_text(text)))
    if not question.queries and not question.notes and not with_file:
        raise CheckUnreadable("Send a file, a text, an address or ready signals.", field="signals")
    return question


def _content(given: Any) -> CheckedContent:
    if given is None:
        return CheckedContent()
    if not isinstance(given, Mapping):
        raise CheckUnreadable("`content` is a JSON object.", field="content")
    values: dict[str, Any] = {}
    for name, value in given.items():
        longest = _LONGEST.get(name)
        if longest is None:
            known = ", ".join(_LONGEST)
            raise CheckUnreadable(f"`content` may hold: {known}.", field="content")
        if not isinstance(value, str) or len(value) > longest or "\x00" in value:
            raise CheckUnreadable(f"A text of at most {longest} characters.", field=f"content.{name}")
        values[name] = value
    _check_address(values.get("url", ""))
    return CheckedContent(**values)


def _check_address(url: str) -> None:
    """Refuse what is no address before anything is compared, so that a match is never lost to it."""
    try:
        if url:
            canonical_url(url)
    except AddressError as error:
        raise CheckUnreadable(error.message, field="content.url") from None


def _signals(given: Any) -> list[Query]:
    if given is None:
        return []
    if not isinstance(given, list):
        raise CheckUnreadable("`signals` is a list of {type, value}.", field="signals")
    return [_signal(entry) for entry in given]


def _signal(entry: Any) -> Query:
    if isinstance(entry, Mapping):
        name, value = entry.get("type"), entry.get("value")
        if isinstance(name, str) and isinstance(value, str):
            return preparing.ready_signal(name, value)
    raise CheckUnreadable("Each of `signals` is {type, value}.", field="signals")


def _texts(item: Mapping[str, Any], name: str, most: int) -> Sequence[str]:
    given = item.get(name)
    if given is None:
        return ()
    if isinstance(given, list) and len(given) <= most and all(isinstance(one, str) for one in given):
        return given
    raise CheckUnreadable(f"`{name}` is a list of at most {most} texts.", field=name)


def _text(given: Any) -> str:
    if isinstance(given, str) and len(given) <= MOST_TEXT_CHARACTERS:
        return given.encode("utf-8", "replace").decode()
    raise CheckUnreadable(f"`text` has at most {MOST_TEXT_CHARACTERS:,} characters.", field="text")
