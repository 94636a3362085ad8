"""Annex I in words: the label of every box, and the filled form as sections a person can read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entente.core.law.orders import RemovalOrderForm
from entente.web import law_text
from entente.web.public.places import language_name
from entente.web.templatetags.entente_ui import brief

Label = str | Promise

SECTIONS: Final[tuple[tuple[str, Label, tuple[tuple[str, Label], ...]], ...]] = (
    (
        "section_a",
        gettext_lazy("A. Issuer and addressee"),
        (
            ("issuing_state", gettext_lazy("State of the issuing authority")),
            ("addressee", gettext_lazy("Addressee")),
            ("legal_representative", gettext_lazy("Legal representative")),
            ("contact_point", gettext_lazy("Contact point")),
            ("host_state", gettext_lazy("State of the hosting service")),
            ("issued_at", gettext_lazy("Issued at")),
            ("reference", gettext_lazy("Reference")),
        ),
    ),
    (
        "section_b",
        gettext_lazy("B. Content"),
        (
            ("contents", gettext_lazy("Addresses")),
            ("reasons", gettext_lazy("Statement of reasons")),
            ("types", gettext_lazy("Type of content (Art. 2(7))")),
            ("additional_information", gettext_lazy("Additional information")),
        ),
    ),
    (
        "section_c",
        gettext_lazy("C. Silence"),
        (("non_disclosure", gettext_lazy("The content provider must not be told")),),
    ),
    (
        "section_d",
        gettext_lazy("D. Another Member State"),
        (
            ("other_state", gettext_lazy("The host is established in another Member State")),
            ("copy_sent", gettext_lazy("A copy went to that state's authority")),
        ),
    ),
    (
        "section_e",
        gettext_lazy("E. Issuing authority"),
        (
            ("authority_type", gettext_lazy("Kind of authority")),
            ("authority_name", gettext_lazy("Authority")),
            ("representative_name", gettext_lazy("Certified by")),
            ("representative_post", gettext_lazy("Post")),
            ("file_number", gettext_lazy("File number")),
            ("address", gettext_lazy("Address of the authority")),
            ("telephone", gettext_lazy("Telephone in the message (never called)")),
            ("fax", gettext_lazy("Fax")),
            ("email", gettext_lazy("E-mail")),
            ("date", gettext_lazy("Date")),
            ("stamp", gettext_lazy("Stamp")),
            ("signature", gettext_lazy("Signature")),
            ("authenticated_channel", gettext_lazy("Sent through an authenticated channel")),
        ),
    ),
    (
        "section_f",
        gettext_lazy("F. Contacts"),
        (
            ("feedback_contact", gettext_lazy("Where feedback goes")),
            ("establishment_authority_contact", gettext_lazy("Authority of the state of establishment")),
        ),
    ),
    (
        "section_g",
        gettext_lazy("G. Redress"),
        (
            ("body", gettext_lazy("Body or court")),
            ("deadline", gettext_lazy("Deadline")),
            ("legislation_link", gettext_lazy("Provisions")),
        ),
    ),
)
TYPES: Final = {
    "a_incites": gettext_lazy("(a) incites to commit terrorist offences"),
    "b_solicits_commit": gettext_lazy("(b) solicits to commit or contribute to offences"),
    "c_solicits_group": gettext_lazy("(c) solicits to take part in a group"),
    "d_instructs": gettext_lazy("(d) instructs in making or using weapons"),
    "e_threatens": gettext_lazy("(e) threatens to commit an offence"),
}
_HEAD: Final = {
    "legal_basis": gettext_lazy("Legal basis"),
    "language": gettext_lazy("Language of the order"),
}
_LABELS: Final = {
    **_HEAD,
    **{f"{section}.{name}": label for section, _title, boxes in SECTIONS for name, label in boxes},
}


def label_of(field: str) -> Label:
    """Return the label of a box by its path, for example `section_b.contents[0].url`."""
    path = field.split("[", 1)[0]
    return _LABELS.get(field) or _LABELS.get(path) or field


def sections(form: RemovalOrderForm) -> list[tuple[Label, list[tuple[Label, Any]]]]:
    """Return the form as (title, [(label, value)]); empty boxes stay, so that one sees what is missing."""
    plain = form.to_json()
    head: list[tuple[Label, Any]] = [(label, _written(name, plain[name])) for name, label in _HEAD.items()]
    found: list[tuple[Label, list[tuple[Label, Any]]]] = [(_("Head"), head)]
    for section, title, boxes in SECTIONS:
        values = plain[section]
        found.append((title, [(label, _written(name, values[name])) for name, label in boxes]))
    return found


@dataclass(frozen=True, slots=True)
class Difference:
    """One box that two versions of a form fill differently."""

    label: Label
    before: Any
    after: Any


def differences(before: RemovalOrderForm, after: RemovalOrderForm) -> list[Difference]:
    """Return the boxes that changed from one version of a form to the next, in the order of the paper."""
    pairs = zip(sections(before), sections(after), strict=True)
    return [
        Difference(label, old, new)
        for (_title, olds), (_same, news) in pairs
        for (label, old), (_label, new) in zip(olds, news, strict=True)
        if old != new
    ]


def _written(name: str, value: Any) -> Any:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name == "types":
        return ", ".join(str(TYPES.get(kind, kind)) for kind in value)
    if name == "contents":
        return "\n".join(
            " ".join(filter(None, [entry["url"], entry["additional_information"]])) for entry in value
        )
    read = _READERS.get(name)
    return (read(str(value)) if read and value else value) or ""


def _moment(text: str) -> str:
    moment = parse_datetime(text)
    return brief(moment, "j M Y, H:i:s T") if moment else text


_READERS: Final[dict[str, Callable[[str], Any]]] = {
    "authority_type": lambda code: law_text.AUTHORITY_TYPES.get(code, code),
    "date": law_text.day,
    "host_state": law_text.country,
    "issued_at": _moment,
    "issuing_state": law_text.country,
    "language": language_name,
}
"""Boxes that hold codes and moments: how a reader reads them."""
