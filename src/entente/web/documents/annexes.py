"""What we answered an authority, as documents: Annex II, Annex III, a courteous reply, requests.

The documents are kept as they were sent (`orders.Answer.document`); this module only lays them out, with every box of
the annex whether ticked or not.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entente.core.law.clocks import parse_timestamp
from entente.core.law.orders.answers import Measure
from entente.core.law.orders.findings import ImpossibilityGround
from entente.web import law_text
from entente.web.documents.pdf import Document

if TYPE_CHECKING:
    from entente.apps.orders.models import Answer

_TEMPLATES: Final = {"feedback": "documents/annex2.html", "impossibility": "documents/annex3.html"}
_TITLES: Final = {
    "feedback": gettext_lazy(
        "Feedback after the removal of or the disabling of access to content (Annex II)"
    ),
    "impossibility": gettext_lazy("Information on the impossibility to execute a removal order (Annex III)"),
    "not_binding": gettext_lazy("Answer to your message"),
    "scrutiny_request": gettext_lazy("Reasoned request for scrutiny of a removal order"),
    "scrutiny_draft": gettext_lazy("Reasoned request for scrutiny of a removal order (draft, not sent)"),
    "withdrawal_request": gettext_lazy("Request to withdraw a removal order"),
}
_KEYWORDS: Final = "Regulation (EU) 2021/784"


def of_answer(answer: "Answer") -> Document:
    """Return one kept answer as a document."""
    kind = answer.kind
    title = str(_TITLES.get(kind, _("Answer")))
    return Document(
        template=_TEMPLATES.get(kind, "documents/reply.html"),
        context={
            "answer": answer,
            "order": answer.order,
            "kind": kind,
            "form": _with_times(answer.document),
            "measures": _measures(answer.document),
            "grounds": _grounds(answer.document),
            "said": _said(answer.document.get("reasons")),
        },
        title=f"{title}: {answer.order.reference}" if answer.order.reference else title,
        name=f"{kind.replace('_', '-')}-{answer.order.case.reference}",
        keywords=f"{_KEYWORDS}, {answer.order.reference}",
        author=str(
            answer.document.get("host_name") or _section(answer.document, "section_c").get("host_name") or ""
        ),
    )


def _section(document: dict[str, Any], name: str) -> dict[str, Any]:
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def _said(reasons: Any) -> list[str]:
    """Return what the law engine said, in the reader's language; requests carry their reasons as one text instead."""
    if not isinstance(reasons, list):
        return []
    return [law_text.sentence(str(reason.get("message", "")), reason.get("params")) for reason in reasons]


def _with_times(value: Any) -> Any:
    """Turn the moments of a kept document back into moments, so that they can be written for a reader."""
    if isinstance(value, dict):
        return {key: _moment(key, inner) or _with_times(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_times(inner) for inner in value]
    return value


def _moment(key: str, value: Any) -> datetime | None:
    if not isinstance(value, str) or not (key.endswith("_at") or key in {"date", "at"}):
        return None
    try:
        return parse_timestamp(value)
    except ValueError:
        return None


def _measures(document: dict[str, Any]) -> list[tuple[bool, str]]:
    """Return the two boxes of Annex II, section B."""
    ticked = _section(document, "section_b").get("measure")
    return [
        (ticked == Measure.REMOVED, _("The content was removed.")),
        (
            ticked == Measure.DISABLED,
            _("Access to the content was disabled in all Member States. It is preserved under Article 6."),
        ),
    ]


def _grounds(document: dict[str, Any]) -> list[tuple[bool, str]]:
    """Return the three boxes of Annex III, section B."""
    ticked = _section(document, "section_b").get("grounds") or []
    words = {
        ImpossibilityGround.FORCE_MAJEURE: _(
            "Force majeure, or it is impossible in fact for reasons not due to the addressee, technical or operational reasons that can be shown objectively included (Article 3(7))."
        ),
        ImpossibilityGround.MANIFEST_ERROR: _("The order contains manifest errors (Article 3(8))."),
        ImpossibilityGround.INSUFFICIENT_INFORMATION: _(
            "The order does not contain enough information to be executed (Article 3(8))."
        ),
    }
    return [(str(ground) in ticked, text) for ground, text in words.items()]
