"""Annex I to type in from paper: every box of the form, none required, what is missing named beside its box.

An order with a missing box is an order. Whoever types types what stands there; nothing is filled in for the authority.
"""

import zoneinfo
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.forms import BoundField
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from entente.apps.kernel.config import config
from entente.core.law.orders import RemovalOrderForm, order_types
from entente.web import law_text
from entente.web.console import order_words
from entente.web.console.fields import LongTextField, MomentField, ZoneField, in_zone
from entente.web.public.places import language_name

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from entente.web.console.law_rows import FindingRow

HEAD: Final = "head"
CONTENTS: Final = "section_b__contents"
ISSUED_AT: Final = "section_a__issued_at"
ISSUED_ZONE: Final = "section_a__issued_zone"
_LANGUAGES: Final = (
    *("bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "ga", "hr", "hu", "it", "lt", "lv", "mt"),
    *("nl", "pl", "pt", "ro", "sk", "sl", "sv", "ar", "tr", "uk"),
)
_LEGAL_BASIS: Final = "Regulation (EU) 2021/784, Article 3"
_TRI: Final = (
    ("", gettext_lazy("not answered")),
    ("True", gettext_lazy("yes")),
    ("False", gettext_lazy("no")),
)
_FLAGS: Final = {"True": True, "False": False}


def states() -> list[tuple[str, str]]:
    """Return the states whose authorities can issue under some law of the data, by name."""
    codes = frozenset[str]().union(
        *(kind.territories(exercise=config().demo) for kind in order_types().values())
    )
    return sorted(((code, law_text.country(code)) for code in codes), key=lambda pair: pair[1])


def _languages() -> list[tuple[str, str]]:
    return sorted(((code, language_name(code)) for code in _LANGUAGES), key=lambda pair: pair[1])


def _authority_types() -> list[tuple[str, str]]:
    return [(code, str(label)) for code, label in law_text.AUTHORITY_TYPES.items()]


class _OpenChoice(forms.ChoiceField):
    """A choice that also keeps what somebody else wrote into the box, whatever it is."""

    def __init__(self, offered: list[tuple[str, str]], **kwargs: Any) -> None:
        """Offer nothing first, then what is known."""
        self._offered = [("", _("not on the paper")), *offered]
        super().__init__(choices=self._offered, required=False, **kwargs)

    def keep(self, value: str) -> None:
        """Offer a value that stands in the form already."""
        if value not in {code for code, _label in self._offered}:
            self._offered.append((value, value))
            self.choices = self._offered


def _text(label: Any, **kwargs: Any) -> forms.Field:
    return forms.CharField(label=label, required=False, max_length=1000, **kwargs)


def _day(label: Any) -> forms.Field:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget)


def _flag(label: Any) -> forms.Field:
    return forms.BooleanField(label=label, required=False)


def _tri(label: Any) -> forms.Field:
    return forms.ChoiceField(label=label, required=False, choices=_TRI)


def _long(label: Any, rows: int = 4, **kwargs: Any) -> forms.Field:
    return LongTextField(label=label, required=False, rows=rows, max_length=200_000, **kwargs)


_SPECIAL: Final[dict[str, Any]] = {
    "head__legal_basis": partial(_text, widget=forms.TextInput(attrs={"list": "legal-bases"})),
    "head__language": lambda label: _OpenChoice(_languages(), label=label),
    "section_a__issuing_state": lambda label: _OpenChoice(states(), label=label),
    "section_a__host_state": lambda label: _OpenChoice(states(), label=label),
    ISSUED_AT: lambda label: MomentField(label=label, required=False),
    CONTENTS: partial(
        _long,
        help_text=gettext_lazy(
            "One per line; after a blank, what helps to find the item. Exactly as on the paper."
        ),
    ),
    "section_b__reasons": partial(_long, rows=6),
    "section_b__types": lambda label: forms.MultipleChoiceField(
        label=label,
        required=False,
        choices=list(order_words.TYPES.items()),
        widget=forms.CheckboxSelectMultiple,
    ),
    "section_b__additional_information": _long,
    "section_c__non_disclosure": _flag,
    "section_d__other_state": _tri,
    "section_d__copy_sent": _tri,
    "section_e__authority_type": lambda label: _OpenChoice(_authority_types(), label=label),
    "section_e__date": _day,
    "section_e__stamp": _flag,
    "section_e__authenticated_channel": _flag,
}
_PAIRS: Final = {
    ISSUED_AT: {ISSUED_AT, ISSUED_ZONE},
    "section_e__representative_name": {"section_e__representative_name", "section_e__representative_post"},
    "section_e__telephone": {"section_e__telephone", "section_e__fax"},
    "section_d__other_state": {"section_d__other_state", "section_d__copy_sent"},
}
"""First of two boxes that stand beside each other -> both."""


@dataclass(frozen=True, slots=True)
class Part:
    """One section of the annex as the page lays it out: rows of one or two boxes."""

    title: "str | Promise"
    rows: list[list[BoundField]]


class AnnexForm(forms.Form):
    """Annex I, box by box. `form` is what stands there already, `findings` what is wrong with it."""

    def __init__(
        self,
        data: Any = None,
        *,
        form: RemovalOrderForm | None = None,
        findings: "Iterable[FindingRow]" = (),
        with_contents: bool = True,
    ) -> None:
        """Make a field of every box, filled with what stands there."""
        self.before = form or RemovalOrderForm(exercise=config().demo)
        self.with_contents = with_contents
        super().__init__(data, initial=_initial(self.before))
        for name, label in _boxes():
            if name == CONTENTS and not with_contents:
                continue
            self.fields[name] = _SPECIAL.get(name, _text)(label)
            if name == ISSUED_AT:
                self.fields[ISSUED_ZONE] = ZoneField(
                    label=gettext_lazy("Time zone of that time"), required=False
                )
        for name, field in self.fields.items():
            if isinstance(field, _OpenChoice):
                field.keep(str(self.initial.get(name) or ""))
        self.legal_bases = [_LEGAL_BASIS]
        self._name_findings(findings)

    def _name_findings(self, findings: "Iterable[FindingRow]") -> None:
        for row in findings:
            path = row.path.split("[", 1)[0]
            name = path.replace(".", "__") if "." in path else f"{HEAD}__{path}"
            if name in self.fields:
                shown = self.fields[name].help_text
                self.fields[name].help_text = f"{shown} {row.text}".strip()
                self.fields[name].widget.attrs["data-finding"] = row.tone

    @property
    def parts(self) -> list[Part]:
        """The form as the paper has it: its head, then sections A to G."""
        titles = [(HEAD, _("Head")), *((section, title) for section, title, _rest in order_words.SECTIONS)]
        return [
            Part(title, self._rows([name for name in self.fields if name.rpartition("__")[0] == section]))
            for section, title in titles
        ]

    def _rows(self, names: list[str]) -> list[list[BoundField]]:
        rows: list[list[BoundField]] = []
        placed: set[str] = set()
        for name in names:
            if name in placed:
                continue
            together = [other for other in names if other in _PAIRS.get(name, {name})]
            placed |= set(together)
            rows.append([self[other] for other in together])
        return rows

    @override
    def clean(self) -> dict[str, Any]:
        """Put time and zone of the issue together."""
        given = super().clean() or {}
        moment, zone = given.get(ISSUED_AT), given.get(ISSUED_ZONE) or timezone.get_current_timezone_name()
        if moment and zone in zoneinfo.available_timezones():
            try:
                given[ISSUED_AT] = in_zone(moment, zone)
            except forms.ValidationError as error:
                self.add_error(ISSUED_AT, error)
        return given

    def written(self) -> dict[str, Any]:
        """Return the form as JSON, as somebody read it from the paper."""
        form = self.before.to_json()
        for name, _label in _boxes():
            if name in self.fields:
                section, _sign, box = name.rpartition("__")
                boxes = form if section == HEAD else form[section]
                boxes[box] = self._box(name, boxes[box])
        return form

    def _box(self, name: str, stood: Any) -> Any:
        value = self.cleaned_data.get(name)
        if name == CONTENTS:
            return _lines(str(value or ""))
        if name in {"section_d__other_state", "section_d__copy_sent"}:
            return _FLAGS.get(str(value))
        if name in _READ:
            # What nobody could read stays as it was written, and so does what says the same.
            return stood if _READ[name](str(stood)) == value else value.isoformat() if value else ""
        return value

    @property
    def is_filled(self) -> bool:
        """Whether any box says something, the addresses and the mark of an exercise aside."""
        written = RemovalOrderForm.from_json(self.written())
        return written != RemovalOrderForm(exercise=written.exercise)


def _boxes() -> list[tuple[str, Any]]:
    """Return every box with its name in the page and its label, in the order of the paper."""
    head = [(f"{HEAD}__{name}", order_words.label_of(name)) for name in ("legal_basis", "language")]
    return head + [
        (f"{section}__{box}", label)
        for section, _title, boxes in order_words.SECTIONS
        for box, label in boxes
    ]


def _initial(form: RemovalOrderForm) -> dict[str, Any]:
    plain = form.to_json()
    values = {f"{HEAD}__{name}": plain[name] for name in ("legal_basis", "language")}
    for section, _title, boxes in order_words.SECTIONS:
        values |= {f"{section}__{box}": plain[section][box] for box, _label in boxes}
    values[CONTENTS] = "\n".join(
        " ".join(filter(None, (entry["url"], entry["additional_information"])))
        for entry in plain["section_b"]["contents"]
    )
    issued = _moment_of(form.section_a.issued_at)
    values[ISSUED_AT] = timezone.localtime(issued) if issued is not None else None
    values[ISSUED_ZONE] = timezone.get_current_timezone_name()
    values["section_e__date"] = _date_of(form.section_e.date)
    for name in ("section_d__other_state", "section_d__copy_sent"):
        values[name] = "" if values[name] is None else str(values[name])
    return values


def _moment_of(text: str) -> datetime | None:
    return RemovalOrderForm.from_json({"section_a": {"issued_at": text}}).section_a.issued_at_time


def _date_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None


_READ: Final[dict[str, Callable[[str], datetime | date | None]]] = {
    ISSUED_AT: _moment_of,
    "section_e__date": _date_of,
}
"""Boxes that are texts on the paper and pickers on the page -> how their text is read."""


def _lines(text: str) -> list[dict[str, str]]:
    """Return addresses written one per line, each with what helps to find the item; the same address once."""
    found: dict[str, dict[str, str]] = {}
    for line in text.splitlines():
        url, _blank, rest = line.strip().partition(" ")
        if url:
            found.setdefault(url, {"url": url, "additional_information": rest.strip()})
    return list(found.values())
