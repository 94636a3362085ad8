"""Everything the letter to the person affected says, put together once for page, print and PDF.

One shape for orders (Regulation (EU) 2021/784, Art. 11) and for the host's own decisions (Regulation (EU) 2022/2065,
Art. 17): what, where, since when, until when, by whom, on which basis, why, and which road is open. Names of staff
and of other people affected never appear; the state's part always does.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from entente.apps.cases import in_force, threats
from entente.apps.cases import queries as cases
from entente.apps.cases.given_back import GivenBack, given_back
from entente.apps.evidence import queries as evidence
from entente.apps.matching import queries as matching
from entente.apps.notices import queries as notices
from entente.apps.orders import queries as orders
from entente.apps.parties import queries as parties
from entente.core.law import bases
from entente.core.law import orders as law
from entente.web.public import places, roads
from entente.web.public.roads import Road

if TYPE_CHECKING:
    from entente.apps.cases.models import Action, Decision, StatementOfReasons
    from entente.apps.notices.models import Notice
    from entente.apps.orders.models import RemovalOrder

ENDED = frozenset({"withdrawn", "ceased", "annulled"})


@dataclass(frozen=True, slots=True)
class OrderPart:
    """The state's part: who ordered it, on which law, with which reasons and which redress (sections A, B, E and G)."""

    authority: str
    country: str
    reference: str
    issued_at: datetime | None
    received_at: datetime
    instrument: str
    types: tuple[str, ...]
    reasons: str
    additional_information: str
    redress_body: str
    redress_deadline: str
    redress_link: str
    contact_mail: str
    fate: str
    fate_at: datetime | None
    is_final: bool

    @property
    def has_ended(self) -> bool:
        """Say whether the order was withdrawn, ceased or was annulled."""
        return self.fate in ENDED


@dataclass(frozen=True, slots=True)
class Letter:
    """The letter. `source`: order, notice, referral, match, own_initiative (then `found_through`, in whose name).

    `standing`: in_force, pending, restoring, restored, replaced, or given_back (a letter about that).
    """

    statement: "StatementOfReasons"
    decision: "Decision"
    action: "Action | None"
    host: str
    host_mail: str
    standing: str
    ended_at: datetime | None
    where: str
    basis: str
    basis_article: str
    ground: str
    ground_article: str
    order: OrderPart | None
    source: str
    referred_by: str
    found_through: str
    found_authority: str
    kept_until: datetime | None
    earlier: "Decision | None"
    back: GivenBack
    roads: tuple[Road, ...]

    @property
    def is_order(self) -> bool:
        """Say whether a binding order is behind the measure."""
        return self.order is not None

    @property
    def is_provisional(self) -> bool:
        """Say whether a machine's match restricted it, and no person has judged it yet."""
        return bases.basis(self.decision.basis_id).kind is bases.BasisKind.PROVISIONAL

    @property
    def is_open(self) -> bool:
        """Say whether the measure holds, or is on its way."""
        return self.standing in {"in_force", "pending"}

    @property
    def since(self) -> datetime:
        """Return since when the measure holds; until the platform has said so, since it was decided."""
        return (self.action.effect_at if self.action else None) or self.decision.decided_at


def letter_of(statement: "StatementOfReasons", *, at: datetime) -> Letter:
    """Put a letter together as it stands at `at`."""
    decision = statement.decision
    told = _earlier(decision) or decision
    action = cases.action_of_decision(told.pk)
    part = order_part(decision)
    notice = notices.of_case(decision.case_id)
    host = parties.host_facts()
    basis = bases.basis(decision.basis_id)
    standing, ended_at = _standing(decision, action)
    return Letter(
        statement=statement,
        decision=decision,
        action=action,
        host=host.name,
        host_mail=host.contact_point_mail,
        standing=standing,
        ended_at=ended_at,
        where=places.where(told.scope_kind, told.scope_countries),
        basis=places.basis_title(basis.id),
        basis_article=places.basis_article(basis.id),
        ground=places.ground_title(told.ground_id),
        ground_article=places.ground_article(told.ground_id),
        order=part,
        source=_source(decision, notice),
        referred_by=_referred_by(decision, notice),
        found_through=notice.found_through if notice is not None else "",
        found_authority=notice.found_authority if notice is not None else "",
        kept_until=_kept_until(decision),
        earlier=_earlier(decision),
        back=_back(statement, action),
        roads=roads.open_roads(statement, part, standing, at=at),
    )


def _source(decision: "Decision", notice: "Notice | None") -> str:
    if notice is not None:
        return notice.kind
    return "match" if decision.case.intake_kind == "match" else "order"


def _referred_by(decision: "Decision", notice: "Notice | None") -> str:
    """Return the authority that pointed the content out: by a referral, or by the signals of its bank alone."""
    if notice is not None:
        return notice.authority.name if notice.authority else ""
    return matching.authority_behind(decision.case_id) if decision.case.intake_kind == "match" else ""


def order_part(decision: "Decision") -> OrderPart | None:
    """Return the state's part of a decision that rests on an order, or None."""
    if bases.basis(decision.basis_id).kind != bases.BasisKind.ORDER:
        return None
    found = orders.of_case(decision.case_id)
    return _part_of(found) if found is not None else None


def _part_of(found: "RemovalOrder") -> OrderPart:
    form = orders.form_of(found)
    titles = {
        ground.tco_type: places.ground_title(ground.id)
        for ground in bases.grounds().values()
        if ground.tco_type is not None
    }
    link = form.section_g.legislation_link.strip()
    return OrderPart(
        authority=found.issuer_name,
        country=places.country_name(found.issuer_country),
        reference=found.reference,
        issued_at=found.issued_at,
        received_at=found.received_at,
        instrument=law.order_type(found.order_type_id).instrument,
        types=tuple(titles[kind] for kind in form.section_b.types if kind in titles),
        reasons=form.section_b.reasons,
        additional_information=form.section_b.additional_information,
        redress_body=form.section_g.body,
        redress_deadline=form.section_g.deadline,
        redress_link=link if link.startswith(("https://", "http://")) else "",
        contact_mail=found.authority.contact_mail if found.authority else "",
        fate=found.fate,
        fate_at=found.fate_at,
        is_final=found.fate == "final",
    )


def _earlier(decision: "Decision") -> "Decision | None":
    """Return the restriction a restoration took back."""
    if decision.outcome != "restore" or decision.supersedes_id is None:
        return None
    return cases.decision(decision.supersedes_id)


def back_after(decision: "Decision") -> GivenBack:
    """Return what the end of a decision's measure gives back, as it is now."""
    action = cases.action_of_decision(decision.pk)
    return given_back(in_force.remainder_of(action)) if action is not None else GivenBack()


def _back(statement: "StatementOfReasons", action: "Action | None") -> GivenBack:
    """Return what the end of the measure gave back: in a letter about the end as it was then, else as it is now."""
    is_about_end = statement.decision.outcome == "restore"
    if action is None:
        return GivenBack()
    return given_back(in_force.remainder_of(action, until=statement.written_at if is_about_end else None))


def _kept_until(decision: "Decision") -> datetime | None:
    """Return until when this letter's own case keeps the copy.

    Never for how long anything keeps it: another case may be under a lawful silence, and moves no date here (rule 14).
    """
    lines = evidence.preservations_of("content_item", decision.item.content_item_id)
    own = [
        line.until
        for line in lines
        # A warning of a threat to life tips nobody off, not even by a date.
        if line.case_id == decision.case_id and line.state == "active" and line.ground_id != threats.GROUND
    ]
    return max(own, default=None)


def _standing(decision: "Decision", action: "Action | None") -> tuple[str, datetime | None]:
    if decision.outcome == "restore":
        return "given_back", (action.undone_at if action else None) or decision.decided_at
    if action is not None and action.state in {"undoing", "undone"}:
        current = cases.item(decision.item_id).decision
        if current is not None and current.outcome != "restore" and current.pk != decision.pk:
            return "replaced", action.undo_requested_at
        return ("restored" if action.state == "undone" else "restoring"), action.undone_at
    return ("in_force" if action is not None and action.state == "applied" else "pending"), None
