"""Banks: what they must have, who may make them restrict, what ends them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from entente.apps.audit import queries as audit
from entente.apps.banks import queries, services
from entente.apps.banks.errors import (
    AlreadyProposed,
    BankClosed,
    BankInvalid,
    NeverRestricts,
    NoSuchBank,
    NoSuchProposal,
    PersonNeeded,
    ProposalDecided,
    ReasonMissing,
    SecondPersonNeeded,
    TwoPeopleNeeded,
)
from entente.apps.banks.models import Bank, RestrictProposal
from entente.apps.banks.services import BankOwner
from entente.apps.kernel.actors import SYSTEM, Actor
from entente.apps.kernel.ids import new_id
from entente.apps.oversight.models import OverseerCopy
from entente.apps.tlog.models import Leaf
from entente.core.tlog.leaf import read_leaf
from tests import world
from tests.apps.banks.acts import WORDS, add, bank, restricting, senior, settings
from tests.world import NOW

pytestmark = pytest.mark.django_db


def leaves() -> list[tuple[str, Any]]:
    return [(leaf.kind, dict(read_leaf(bytes(leaf.data)).facts)) for leaf in Leaf.objects.order_by("id")]


def change(bank_id: UUID, **changes: Any) -> Bank:
    row = Bank.objects.get(pk=bank_id)
    values = {
        "policy": row.policy,
        "radii": row.radii,
        "share_of_traffic": row.share_of_traffic,
        "provisional_hours": row.provisional_hours,
        "expires_at": row.expires_at,
        **changes,
    }
    return services.change_bank(
        bank_id=bank_id,
        settings=settings(values.pop("name", row.name), **values),
        reason=WORDS,
        actor=senior(),
        at=NOW,
    )


def test_a_bank_is_made_with_owner_basis_and_policy() -> None:
    made = bank("  Copies   of 2026 ", policy="open_case", radii={"text_minhash": 40}, share_of_traffic=0.5)
    line = queries.bank_page(made.id).line
    assert (line.policy.name, line.policy.policy, line.basis) == (
        "Copies of 2026",
        "open_case",
        "Our terms, section 4.",
    )
    assert (line.policy.radius("text_minhash"), line.policy.radius("sha256")) == (40, 0)
    assert (line.precision, line.standing_count, line.exchange_id, line.id) == (None, 0, None, made.id)
    assert [event.kind for event in audit.trail_of("bank", made.id)] == ["banks:bank:created"]
    assert leaves() == []


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("name", {"name": "  "}),
        ("name", {"name": "x" * 121}),
        ("basis", {"basis": " "}),
        ("basis_reference", {"basis_reference": "x" * 301}),
        ("policy", {"policy": "delete"}),
        ("share_of_traffic", {"share_of_traffic": 1.1}),
        ("share_of_traffic", {"share_of_traffic": -0.1}),
        ("provisional_hours", {"provisional_hours": 25}),
        ("provisional_hours", {"provisional_hours": 0}),
        ("radii", {"radii": {"text_minhash": 65}}),
        ("radii", {"radii": {"text_minhash": True}}),
        ("radii", {"radii": {"sha256": -1}}),
        ("radii", {"radii": {"nothing": 1}}),
    ],
)
def test_a_setting_outside_its_limits_is_refused_by_name(field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(BankInvalid) as refused:
        services.create_bank(
            settings=settings(**{"name": "A bank", **changes}), owner=BankOwner(), actor=senior(), at=NOW
        )
    assert refused.value.facts["field"] == field
    assert not Bank.objects.exists()


@pytest.mark.parametrize(
    ("field", "owner", "extra"),
    [
        ("owner_kind", BankOwner(kind="nobody", name="N"), {}),
        ("owner", BankOwner(kind="partner"), {}),
        ("owner", BankOwner(kind="partner", name="P", authority_id=new_id()), {}),
        ("owner", BankOwner(kind="authority", authority_id=new_id()), {}),
        ("negative_kind", BankOwner(), {"negative_kind": "satire"}),
        ("is_shared", BankOwner(kind="partner", name="P"), {"is_shared": True}),
        ("is_shared", BankOwner(), {"is_shared": True, "negative_kind": "evidence"}),
    ],
)
def test_an_owner_is_somebody(field: str, owner: BankOwner, extra: dict[str, Any]) -> None:
    with pytest.raises(BankInvalid) as refused:
        services.create_bank(settings=settings(), owner=owner, actor=senior(), at=NOW, **extra)
    assert refused.value.facts["field"] == field


def test_an_authority_of_the_register_owns_a_bank_under_its_name() -> None:
    office = world.office("Office for Lists")
    made = services.create_bank(
        settings=settings(),
        owner=BankOwner(kind="authority", authority_id=office.facts.id),
        actor=senior(),
        at=NOW,
    )
    policy = queries.bank(made.id)
    assert (policy.owner, policy.authority_id, policy.is_referral) == (
        "Office for Lists",
        office.facts.id,
        True,
    )


def test_two_banks_have_two_names() -> None:
    bank("The name")
    with pytest.raises(BankInvalid, match="name already"):
        bank("The name")
    other = bank("Another name")
    with pytest.raises(BankInvalid, match="name already"):
        change(other.id, name="The name")


def test_machines_auditors_and_overseers_make_no_bank() -> None:
    for who in (SYSTEM, world.actor("auditor"), world.actor("overseer")):
        with pytest.raises(PersonNeeded):
            services.create_bank(settings=settings(), owner=BankOwner(), actor=who, at=NOW)


def test_a_bank_restricts_by_two_people_with_leaf_and_copy() -> None:
    watcher = world.person("Olga Example", "overseer")
    from entente.apps.oversight import services as oversight

    oversight.appoint_overseer(
        person_id=watcher.id, body="platform", ground="Named by the board.", actor=senior(), at=NOW
    )
    made = restricting()
    assert queries.bank(made.id).policy == "restrict"
    assert leaves()[-1] == (
        "bank_policy_set",
        {"policy": "restrict", "owner": "own", "day": "2026-11-23"},
    )
    assert OverseerCopy.objects.get(kind="bank_policy").subject_id == made.id
    kinds = [event.kind for event in audit.trail_of("bank", made.id)]
    assert kinds == [
        "banks:bank:created",
        "banks:bank:restrict_proposed",
        "banks:bank:restrict_confirmed",
    ]
    (proposal,) = queries.proposals_of(made.id)
    assert (proposal.state, proposal.proposed_by_name, proposal.decided_by_name) == (
        "confirmed",
        "Ada Example",
        "Bea Example",
    )
    assert proposal.settings["basis_reference"] == "terms 4"


def test_one_person_alone_makes_nothing_restrict() -> None:
    ada = senior("Ada Example")
    made = bank()
    with pytest.raises(TwoPeopleNeeded):
        bank(policy="restrict")
    with pytest.raises(TwoPeopleNeeded):
        change(made.id, policy="restrict")
    proposal = services.propose_restrict(bank_id=made.id, ground=WORDS, actor=ada, at=NOW)
    with pytest.raises(SecondPersonNeeded):
        services.confirm_restrict(proposal_id=proposal.id, actor=ada, at=NOW)
    with pytest.raises(PersonNeeded):
        services.confirm_restrict(proposal_id=proposal.id, actor=SYSTEM, at=NOW)
    with pytest.raises(AlreadyProposed):
        services.propose_restrict(bank_id=made.id, ground=WORDS, actor=senior(), at=NOW)
    assert queries.bank_page(made.id).waiting is not None
    assert queries.bank(made.id).policy == "observe"


def test_a_third_person_finds_it_decided() -> None:
    made = restricting()
    proposal = RestrictProposal.objects.get()
    with pytest.raises(ProposalDecided):
        services.confirm_restrict(proposal_id=proposal.id, actor=senior("Cem Example"), at=NOW)
    with pytest.raises(ProposalDecided):
        services.refuse_restrict(proposal_id=proposal.id, note=WORDS, actor=senior("Cem Example"), at=NOW)
    with pytest.raises(AlreadyProposed, match="restricts already"):
        services.propose_restrict(bank_id=made.id, ground=WORDS, actor=senior(), at=NOW)
    with pytest.raises(NoSuchProposal):
        services.confirm_restrict(proposal_id=new_id(), actor=senior(), at=NOW)


def test_a_proposal_is_refused_with_a_note_or_taken_back() -> None:
    made = bank()
    ada = senior("Ada Example")
    for who in (senior("Cem Example"), ada):
        proposal = services.propose_restrict(bank_id=made.id, ground=WORDS, actor=ada, at=NOW)
        with pytest.raises(ReasonMissing):
            services.refuse_restrict(proposal_id=proposal.id, note="no", actor=who, at=NOW)
        refused = services.refuse_restrict(proposal_id=proposal.id, note=WORDS, actor=who, at=NOW)
        assert (refused.state, refused.decision_note) == ("refused", WORDS)
    assert queries.bank_page(made.id).waiting is None


def test_what_was_proposed_is_what_is_confirmed() -> None:
    made = bank()
    proposal = services.propose_restrict(bank_id=made.id, ground=WORDS, actor=senior("Ada Example"), at=NOW)
    change(made.id, radii={"text_minhash": 64})
    proposal.refresh_from_db()
    assert (proposal.state, proposal.decided_by_name) == ("overtaken", SYSTEM.name)
    with pytest.raises(ProposalDecided):
        services.confirm_restrict(proposal_id=proposal.id, actor=senior("Bea Example"), at=NOW)


def test_banks_of_authorities_and_negative_banks_never_restrict() -> None:
    for made in (bank(owner="authority"), bank(negative_kind="journalism")):
        with pytest.raises(NeverRestricts):
            services.propose_restrict(bank_id=made.id, ground=WORDS, actor=senior(), at=NOW)
    nameless = bank(basis_reference="")
    with pytest.raises(BankInvalid) as refused:
        services.propose_restrict(bank_id=nameless.id, ground=WORDS, actor=senior(), at=NOW)
    assert refused.value.facts["field"] == "basis_reference"
    assert bank(owner="partner").policy == "observe"


def test_the_table_refuses_what_the_services_refuse() -> None:
    made, proposal = restricting(), RestrictProposal.objects.get()
    for values in (
        {"restricted_by": None},
        {"owner_kind": "authority"},
        {"negative_kind": "evidence"},
        {"basis_reference": ""},
        {"share_of_traffic": 1.5},
        {"provisional_hours": 25},
        {"state": "retired"},
        {"is_shared": True, "owner_kind": "partner"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Bank.objects.filter(pk=made.pk).update(**values)
    with pytest.raises(IntegrityError), transaction.atomic():
        RestrictProposal.objects.filter(pk=proposal.pk).update(
            decided_by_id_text=proposal.proposed_by_id_text
        )


def test_a_restricting_bank_is_weakened_by_one_and_strengthened_by_two() -> None:
    made = restricting(radii={"text_minhash": 40}, share_of_traffic=0.5, provisional_hours=12)
    stronger: list[dict[str, Any]] = [
        {"radii": {"text_minhash": 41}},
        {"radii": {}},
        {"share_of_traffic": 0.6},
        {"provisional_hours": 13},
        {"basis": "Another basis."},
        {"basis_reference": "terms 5"},
    ]
    for changes in stronger:
        with pytest.raises(TwoPeopleNeeded, match="stronger"):
            change(made.id, **changes)
    ending = change(
        made.id, radii={"text_minhash": 10}, share_of_traffic=0.1, expires_at=NOW + timedelta(days=2)
    )
    assert ending.policy == "restrict"
    for later in (None, NOW + timedelta(days=3)):
        with pytest.raises(TwoPeopleNeeded):
            change(made.id, expires_at=later)
    assert change(made.id, expires_at=NOW + timedelta(days=1)).policy == "restrict"
    weaker = change(made.id, policy="open_case")
    assert (weaker.policy, weaker.restricted_by) == ("open_case", None)
    assert leaves()[-1][1]["policy"] == "open_case"
    assert change(made.id, radii={"text_minhash": 64}).radii == {"text_minhash": 64}


def test_a_change_that_changes_nothing_overtakes_nothing() -> None:
    made = bank()
    proposal = services.propose_restrict(bank_id=made.id, ground=WORDS, actor=senior("Ada Example"), at=NOW)
    change(made.id)
    proposal.refresh_from_db()
    assert proposal.state == "proposed"


def test_a_bank_that_restricts_keeps_its_reference() -> None:
    made = restricting()
    with pytest.raises(BankInvalid) as refused:
        change(made.id, basis_reference="  ")
    assert refused.value.facts["field"] == "basis_reference"


def test_a_bank_is_disabled_for_a_while_and_enabled_again() -> None:
    made = bank()
    tomorrow = NOW + timedelta(days=1)
    with pytest.raises(BankInvalid):
        services.disable_bank(bank_id=made.id, until=NOW, reason=WORDS, actor=senior(), at=NOW)
    services.disable_bank(bank_id=made.id, until=tomorrow, reason=WORDS, actor=senior(), at=NOW)
    policy = queries.bank(made.id)
    assert (policy.is_enforced(NOW), policy.is_enforced(tomorrow)) == (False, True)
    services.disable_bank(bank_id=made.id, until=None, reason=WORDS, actor=senior(), at=NOW)
    assert queries.bank(made.id).is_enforced(NOW)
    kinds = [event.kind for event in audit.trail_of("bank", made.id)]
    assert kinds[1:] == ["banks:bank:disabled", "banks:bank:enabled"]


def test_an_expired_bank_is_not_enforced() -> None:
    made = bank(expires_at=NOW + timedelta(days=1))
    policy = queries.bank(made.id)
    assert (policy.is_enforced(NOW), policy.is_enforced(NOW + timedelta(days=1))) == (True, False)


def test_a_retired_bank_is_closed_for_good() -> None:
    made = restricting()
    add(made.id, "one")
    services.retire_bank(bank_id=made.id, reason=WORDS, actor=senior(), at=NOW)
    assert leaves()[-1][1]["policy"] == "open_case"
    assert [line.id for line in queries.banks()] == []
    (line,) = queries.banks(include_retired=True)
    assert (line.retired_at, line.retired_reason, line.standing_count) == (NOW, WORDS, 1)
    assert not queries.bank_policies()[made.id].is_enforced(NOW)
    assert queries.standing("sha256") == []
    with pytest.raises(BankClosed):
        services.retire_bank(bank_id=made.id, reason=WORDS, actor=senior(), at=NOW)
    with pytest.raises(BankClosed):
        add(made.id, "two")
    observing = services.retire_bank(bank_id=bank().id, reason=WORDS, actor=senior(), at=NOW)
    assert observing.policy == "observe"


def test_an_unknown_bank_is_missing() -> None:
    for ask in (queries.bank, queries.bank_page):
        with pytest.raises(NoSuchBank):
            ask(new_id())
    with pytest.raises(NoSuchBank):
        add(new_id(), "one")
    with pytest.raises(NoSuchBank):
        services.retire_bank(bank_id=new_id(), reason=WORDS, actor=senior(), at=NOW)


def test_a_person_of_the_house_is_a_person_with_an_account() -> None:
    from entente.apps.banks.services.people import require_person_of_this_service

    for who in (Actor("person", "not-an-id", "X"), Actor("person", str(new_id()), "X"), SYSTEM):
        with pytest.raises(PersonNeeded):
            require_person_of_this_service(who)
    require_person_of_this_service(senior())
