"""Short words for what notices go through, for every test that needs one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from entente.apps.cases import queries as cases
from entente.apps.cases import services as case_services
from entente.apps.cases.models import Action, Decision
from entente.apps.cases.services.deciding import Ruling
from entente.apps.kernel.actors import PUBLIC, SYSTEM
from entente.apps.notices import services
from entente.apps.notices.models import Notice
from entente.apps.parties.types import PersonFacts
from tests.apps.cases.filled import WORDS, assess
from tests.apps.cases.told import letters_arrive
from tests.world import NOW


def notice(*urls: str, at: datetime = NOW, **changes: Any) -> Notice:
    """Receive a complete notice."""
    values: dict[str, Any] = {
        "urls": urls or ("https://agora.example/p/1",),
        "explanation": "This text calls for attacks; see the last lines.",
        "good_faith": True,
        "door": "public_form",
        "received_at": at,
        "notifier_mail": "reader@mail.example",
    }
    return services.receive_notice(draft=services.NoticeDraft(**{**values, **changes}), actor=PUBLIC, at=at)


def decide(
    found: Notice,
    person: PersonFacts,
    *,
    outcome: str = "disable",
    at: datetime = NOW,
    position: int = 0,
    supersedes: UUID | None = None,
    **changes: Any,
) -> Decision:
    """Assess the first address in full and decide about the one at `position`."""
    assessment = assess(found.case_id, person, road="notice", outcome=outcome, at=at)
    return services.decide_notice(
        notice_id=found.id,
        item_id=cases.items_of(found.case_id)[position].id,
        ruling=ruling(outcome, **changes),
        assessment=assessment,
        actor=person.actor,
        at=at,
        supersedes=supersedes,
    )


def ruling(outcome: str = "disable", **changes: Any) -> Ruling:
    """Return a complete ruling under the law on illegal content, or one that keeps."""
    if outcome == "keep":
        return Ruling(outcome="keep", basis_id="keep", reasons=WORDS)
    values: dict[str, Any] = {
        "outcome": outcome,
        "basis_id": "dsa.illegal_content",
        "reasons": WORDS,
        "ground_id": "tco.a_incites",
        "scope_kind": "countries",
        "scope_countries": ("DE", "FR"),
        "label": "Contains a call to violence." if outcome == "warning_label" else "",
    }
    return Ruling(**{**values, **changes})


def apply_all(case_id: UUID, at: datetime = NOW) -> None:
    """Let the platform carry out everything that was asked for, and the letters arrive."""
    for action in Action.objects.filter(decision__case_id=case_id, state__in=["pending", "undoing"]):
        case_services.record_effect(action_id=action.id, effect_at=at, actor=SYSTEM, at=at)
    letters_arrive(case_id, at)


def disabled(**changes: Any) -> tuple[Notice, Decision, PersonFacts]:
    """Receive a notice, disable its address and let the platform do it."""
    from tests import world

    found = notice(**changes)
    person = world.person("Rae Example", "reviewer")
    decision = decide(found, person)
    apply_all(found.case_id)
    return found, decision, person
