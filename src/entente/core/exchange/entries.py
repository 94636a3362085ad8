"""An entry: one signal as a partner lists it, or takes it back; and what was said instead where none could be read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from entente.core.exchange.errors import MalformedEntry

MAX_LABELS = 100
MAX_LABEL_CHARACTERS = 200
MAX_ENTITY_CHARACTERS = 200
MAX_NOTE_CHARACTERS = 2000
MAX_REF_CHARACTERS = 500

_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_UNSEEN_IN_NOTES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NO_OFFSET = timedelta(0)


@dataclass(frozen=True, slots=True)
class Entry:
    """One signal as a partner lists it. Whatever exists can be written in every format and read back equal.

    Raises MalformedEntry. The value itself is not checked here: readers parse it, writers check it.
    """

    signal_type: str
    """A name of `entente.core.signals.registry`. Empty only in a retraction that names its reference alone."""

    value: bytes
    """The canonical value of that type."""

    labels: tuple[str, ...] = ()
    """What the partner calls it: behaviour, medium, ideology; in the partner's words, each once."""

    entity: str = ""
    """Whom the partner takes it to come from."""

    note: str = ""
    """Free text; the only one that may have several lines."""

    partner_ref: str = ""
    """Under which reference the partner keeps it."""

    is_retracted: bool = False
    """The partner takes it back. With a reference alone: everything that came under it."""

    changed_at: datetime | None = None
    """When the partner last changed it, in UTC; None where it does not say."""

    def __post_init__(self) -> None:
        if not self.signal_type and (self.value or not self.partner_ref or not self.is_retracted):
            raise MalformedEntry("without a signal type there is only the retraction of a reference")
        if self.labels:
            _check_labels(self.labels)
        if self.entity:
            _check(self.entity, "the entity", MAX_ENTITY_CHARACTERS, _UNSEEN)
        if self.note:
            _check(self.note, "the note", MAX_NOTE_CHARACTERS, _UNSEEN_IN_NOTES)
        if self.partner_ref:
            _check(self.partner_ref, "the reference", MAX_REF_CHARACTERS, _UNSEEN)
        if self.changed_at is not None and self.changed_at.utcoffset() != _NO_OFFSET:
            raise MalformedEntry("the time of the change is not in UTC")


@dataclass(frozen=True, slots=True)
class Bad:
    """One line or object from which no entry could be read. The rest of the document is read all the same."""

    line: int
    """The line, counted from 1; in a format that has none, the number of the object, from 1."""

    reason: str
    """What is wrong, in English, without repeating what was written there."""


def _check_labels(labels: tuple[str, ...]) -> None:
    if len(labels) > MAX_LABELS:
        raise MalformedEntry(f"it has {len(labels)} labels; {MAX_LABELS} are the most")
    if len(set(labels)) != len(labels):
        raise MalformedEntry("a label stands twice")
    for label in labels:
        _check(label, "a label", MAX_LABEL_CHARACTERS, _UNSEEN)


def _check(text: str, what: str, most: int, unseen: re.Pattern[str]) -> None:
    if len(text) > most:
        raise MalformedEntry(f"{what} has {len(text)} characters; {most} are the most")
    if unseen.search(text):
        raise MalformedEntry(f"{what} holds a control character or half of one character")
    if not text or text.strip() != text:
        raise MalformedEntry(f"{what} is blank, or begins or ends with a blank")
