"""What somebody pastes or uploads, as signals to add: each bad line is told with its number, the rest goes on."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entente.apps.banks.services import MOST_AT_ONCE, Added, NewSignal
from entente.apps.kernel.errors import Invalid, TooLarge
from entente.core.exchange import formats
from entente.core.exchange.entries import Bad, Entry
from entente.core.exchange.errors import FormatUnreadable

if TYPE_CHECKING:
    from entente.core.exchange.formats.lines import Content

MOST_LINES: Final = 1000
"""Pasted at once; more of them are a file."""

_RETRACTION: Final = gettext_lazy(
    "it is a retraction: retract signals on the pages of the bank, with a reason"
)


@dataclass(slots=True)
class Listed:
    """What was read: the signals with their places, and the places of what was none, each with the reason."""

    signals: list[NewSignal] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    bad: list[tuple[int, str]] = field(default_factory=list)
    problem: str = ""
    """Why the rest could not be made out, where it could not."""

    def add(self, place: int, signal: NewSignal) -> None:
        """Keep one."""
        self.places.append(place)
        self.signals.append(signal)

    def told(self, added: Added) -> list[tuple[str, str]]:
        """Return every place that was not taken, under its reason: those of one reason together, as ranges."""
        by_reason: dict[str, list[int]] = {}
        refused = [(self.places[one.index], one.reason) for one in added.bad]
        for place, reason in sorted([*self.bad, *refused]):
            by_reason.setdefault(reason, []).append(place)
        return [(reason, ranges(found)) for reason, found in by_reason.items()]


def from_lines(text: str, common: Mapping[str, Any]) -> Listed:
    """Read written signals of one type, one per line; empty lines are passed over. Raises Invalid, TooLarge."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1)]
    listed = Listed()
    for number, line in lines:
        if line:
            listed.add(number, NewSignal(written=line, **common))
    if not listed.signals:
        raise Invalid(_("Write at least one signal."), field="lines")
    if len(listed.signals) > MOST_LINES:
        raise TooLarge(
            _("At most %(most)s lines at once. Upload them as a file.") % {"most": f"{MOST_LINES:,}"}
        )
    return listed


def from_file(content: "Content", form: "formats.Format") -> Listed:
    """Read a document; places are its entries, counted from 1. Raises TooLarge."""
    listed = Listed()
    for place, one in enumerate(_until_unreadable(form.read(content), listed), start=1):
        if place > MOST_AT_ONCE:
            raise TooLarge(
                _(
                    "At most %(most)s signals in a file here. The command “entente banks import” takes larger ones."
                )
                % {"most": f"{MOST_AT_ONCE:,}"}
            )
        if isinstance(one, Bad):
            listed.bad.append((place, one.reason))
        elif one.is_retracted:
            listed.bad.append((place, str(_RETRACTION)))
        else:
            listed.add(place, _signal(one))
    return listed


def format_of(name: str, file_name: str) -> "formats.Format":
    """Return the format of a name, or the one that a file's name speaks of. Raises Invalid."""
    if name:
        return formats.by_name(name)
    lower = PurePath(file_name).name.lower()
    for one in sorted(formats.FORMATS, key=lambda form: -len(form.suffix)):
        if lower.endswith(one.suffix):
            return one
    raise Invalid(_("The file's name does not tell its format. Choose it."), field="format")


def ranges(places: Iterable[int]) -> str:
    """Return sorted numbers as people write them: 3–17, 22."""
    runs = [
        [number for _index, number in run]
        for _key, run in groupby(enumerate(dict.fromkeys(places)), lambda pair: pair[1] - pair[0])
    ]
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def _signal(entry: Entry) -> NewSignal:
    return NewSignal(
        entry.signal_type,
        entry.value,
        note=entry.note,
        entity=entry.entity,
        labels=entry.labels,
        partner_ref=entry.partner_ref,
    )


def _until_unreadable(found: Iterator[Entry | Bad], listed: Listed) -> Iterator[Entry | Bad]:
    try:
        yield from found
    except FormatUnreadable as error:
        listed.problem = str(error)
