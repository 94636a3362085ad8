"""A removal order as it came, laid out as Annex I: whole for staff, without other people's addresses for the person."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from entente.apps.content import services as content
from entente.apps.content.addresses import AddressError
from entente.apps.orders import queries as orders
from entente.core.law import bases
from entente.core.law.orders import RemovalOrderForm
from entente.web import law_text
from entente.web.documents.pdf import Document
from entente.web.public.places import citation

if TYPE_CHECKING:
    from entente.apps.cases.models import StatementOfReasons
    from entente.apps.orders.models import RemovalOrder


def copy_for_person(statement: "StatementOfReasons") -> Document | None:
    """Return the person's copy of the order behind their letter, or None where no order is behind it."""
    found = orders.of_case(statement.case_id)
    if found is None:
        return None
    form = orders.form_of(found)
    ours = statement.decision.item.url
    own = tuple(entry for entry in form.section_b.contents if _canonical(entry.url) == ours)
    hidden = len(form.section_b.contents) - len(own)
    shown = replace(form, section_b=replace(form.section_b, contents=own))
    return _document(found, shown, hidden=hidden)


def _canonical(url: str) -> str:
    try:
        return content.canonical_url(url).url
    except AddressError:
        return url.strip()


def _document(found: "RemovalOrder", form: RemovalOrderForm, *, hidden: int) -> Document:
    return Document(
        template="documents/annex1.html",
        context={
            "order": found,
            "form": form,
            "types": _types(form),
            "hidden": hidden,
            "words": _words(form),
        },
        title=_("Copy of removal order %(reference)s") % {"reference": found.reference or "?"},
        name=f"order-{found.case.reference}",
        keywords="Regulation (EU) 2021/784",
        author=found.issuer_name,
    )


def _words(form: RemovalOrderForm) -> dict[str, Any]:
    """Return the boxes that hold codes as a reader reads them; what is no code stays as it came."""
    a, e = form.section_a, form.section_e
    return {
        "issuing_state": law_text.country(a.issuing_state),
        "host_state": law_text.country(a.host_state),
        "issued_at": parse_datetime(str(a.issued_at)) if a.issued_at else None,
        "authority_type": law_text.AUTHORITY_TYPES.get(str(e.authority_type), e.authority_type),
        "date": law_text.day(str(e.date)) if e.date else "",
    }


def _types(form: RemovalOrderForm) -> list[tuple[bool, str, str]]:
    """Return every box of Art. 2(7): ticked or not, its words, its article."""
    return [
        (ground.tco_type in form.section_b.types, _(ground.title), citation(ground.article))
        for ground in bases.grounds().values()
        if ground.tco_type is not None
    ]


def boxes() -> list[dict[str, Any]]:
    """Return the boxes of Art. 2(7) for the empty form: name, words, article."""
    return [
        {
            "name": f"section_b.types.{ground.tco_type}",
            "title": _(ground.title),
            "article": citation(ground.article),
        }
        for ground in bases.grounds().values()
        if ground.tco_type is not None
    ]
