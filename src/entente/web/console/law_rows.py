"""What the law engine said of an order, as rows of a page: what is wrong with its form, and why it binds or does not."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from entente.web.console import order_words, words

if TYPE_CHECKING:
    from entente.apps.orders.models import RemovalOrder

_GROUND_ORDER: Final = {"contradictory": 0, "missing": 1, "doubtful": 2}
_WEIGHTS: Final = {
    "for": ("ample", "check"),
    "against": ("over", "cross"),
    "unknown": ("near", "triangle"),
}


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One thing wrong with a form, with the ground of Annex III it leads to."""

    code: str
    text: str
    path: str
    field: Any
    severity: Any
    tone: str
    article: str
    ground: str
    ground_label: Any


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """One reason for or against binding."""

    text: str
    weight: str
    tone: str
    shape: str


def reasons(kept: Iterable[dict[str, Any]]) -> list[ReasonRow]:
    """Return the reasons for and against binding, those against first."""
    rows = []
    for reason in kept:
        weight = str(reason.get("weight", "unknown"))
        tone, shape = _WEIGHTS.get(weight, _WEIGHTS["unknown"])
        rows.append(ReasonRow(words.said(reason), weight, tone, shape))
    return sorted(rows, key=lambda row: row.weight == "for")


def findings(order: "RemovalOrder") -> list[FindingRow]:
    """Return what is wrong with an order's form, the worst first."""
    rows = []
    for finding in order.findings:
        severity = str(finding.get("severity", "doubtful"))
        tone, label = words.SEVERITY[severity]
        ground = str(finding.get("annex3_ground") or "")
        rows.append(
            (
                _GROUND_ORDER.get(severity, 9),
                FindingRow(
                    code=str(finding.get("code", "")),
                    text=words.said(finding),
                    path=str(finding.get("field", "")),
                    field=order_words.label_of(str(finding.get("field", ""))),
                    severity=label,
                    tone=tone,
                    article=str(finding.get("article", "")),
                    ground="" if ground == "None" else ground,
                    ground_label=words.GROUNDS.get(ground, ""),
                ),
            )
        )
    return [row for _rank, row in sorted(rows, key=lambda pair: pair[0])]
