"""The strongest thing that happens by itself: a short restriction after a match with what a person confirmed here."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _
from django.utils.translation import override

from entente.apps.banks import queries as banks
from entente.apps.banks.territories import Territories
from entente.apps.cases import decided
from entente.apps.cases import services as cases
from entente.apps.cases.services.deciding import LONGEST_PROVISIONAL, Ruling
from entente.apps.content import queries as content
from entente.apps.deadlines import services as deadlines
from entente.apps.kernel.actors import SYSTEM
from entente.apps.matching import rules
from entente.apps.matching.models import Match, Recognition
from entente.apps.matching.services.assessing import start_assessment

if TYPE_CHECKING:
    from entente.apps.cases.models import CaseItem, Decision
    from entente.apps.matching.rules import Met

BASIS: Final = decided.PROVISIONAL


def restrict(*, recognition: Recognition, met: Sequence["Met"], at: datetime) -> list["Met"]:
    """Restrict a recognised thing until a person has looked, or a day at most; part of keeping the match.

    Returns the matches, each saying why it restricted nothing where it did not: a person has decided already
    (`decided`), the source is one that nobody silences on a doubt (`protected`), nobody's designation holds anywhere
    (`not_designated`), or what banks and signals say (`banks.rules`).
    """
    item = _item(recognition)
    obstacle = _obstacle(item)
    if obstacle:
        return [replace(one, not_restricted=one.not_restricted or obstacle) for one in met]
    where = {
        one.signal.id: banks.territories(one.signal.entity_id, on=at.date())
        for one in met
        if rules.effective(one) == "restrict"
    }
    judged = [
        replace(one, not_restricted="not_designated")
        if one.signal.id in where and not _is_anywhere(where[one.signal.id])
        else one
        for one in met
    ]
    restricting = [one for one in judged if rules.effective(one) == "restrict"]
    if restricting:
        _decide(recognition, item, restricting, [where[one.signal.id] for one in restricting], at)
    return judged


def _item(recognition: Recognition) -> "CaseItem":
    if recognition.case_id is None or recognition.content_item_id is None:
        raise ValueError("only a thing with a case is restricted")
    return decided.item_about(case_id=recognition.case_id, content_item_id=recognition.content_item_id)


def _obstacle(item: "CaseItem") -> str:
    if item.decision is not None or item.case.state != "open":
        return "decided"
    return "protected" if content.protected_match(item.url) is not None else ""


def _is_anywhere(where: Territories) -> bool:
    return where.everywhere or bool(where.countries)


def _decide(
    recognition: Recognition,
    item: "CaseItem",
    restricting: Sequence["Met"],
    where: Sequence[Territories],
    at: datetime,
) -> None:
    everywhere = any(one.everywhere for one in where)
    countries = sorted(set().union(*(one.countries for one in where)))
    hours = min(one.bank.provisional_hours for one in restricting)
    cases.issue_decision(
        case=item.case,
        item=item,
        ruling=Ruling(
            outcome="disable" if everywhere else "restrict_by_country",
            basis_id=BASIS,
            reasons=_reasons(item),
            facts=", ".join(
                f"{one.signal.signal_type} {one.distance} ({one.bank.name})" for one in restricting
            ),
            scope_kind="worldwide" if everywhere else "countries",
            scope_countries=() if everywhere else tuple(countries),
            ends_at=at + min(timedelta(hours=hours), LONGEST_PROVISIONAL),
        ),
        actor=SYSTEM,
        at=at,
    )
    # The clock of the review runs in place of the slower one of the assessment.
    deadlines.cancel_deadlines_of(
        subject_kind="recognition", subject_id=recognition.pk, reason="restricted", at=at
    )


def _reasons(item: "CaseItem") -> str:
    with override(cases.letter_language(item.content_item)):
        return str(
            _(
                "An automatic check found that it is the same as, or very close to, known content that a person of this service has examined and confirmed. A machine can be wrong. A person looks at it now; until then it is restricted, for a day at most."
            )
        )


def is_exact_copy_of_what_a_person_disabled(decision: "Decision", at: datetime) -> bool:
    """Say whether a provisional restriction stays past its end, as overdue (DESIGN.md rule 2).

    It does where the bytes are, one by one, those of content whose disabling by a person of this service is in force.
    """
    rows = Match.objects.filter(
        recognition__case_id=decision.case_id, signal_type="sha256", distance=0
    ).values_list("signal_id", "value", "recognition__content_digest")
    for signal_id, value, digest in rows:
        facts = banks.signals_facts([signal_id]).get(signal_id)
        if facts is None or not facts.is_confirmed or not facts.stands_at(at):
            continue
        is_same = bytes(value).hex() == digest and bytes(value) == facts.value
        if is_same and facts.decision_id is not None and decided.is_disabling(facts.decision_id):
            return True
    return False


def hear_end(decision: "Decision", at: datetime) -> None:
    """Go on after a provisional restriction ended by itself: what was recognised still waits for a person."""
    recognition = Recognition.objects.filter(case_id=decision.case_id).order_by("first_seen_at").first()
    if recognition is None:
        return
    start_assessment(recognition_id=recognition.pk, case_id=decision.case_id, at=at)
