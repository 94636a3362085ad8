"""What people and partners say of a signal: confirmed, contested, labelled, right or wrong."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from entente.apps.audit import queries as audit
from entente.apps.banks import queries, services
from entente.apps.banks.errors import (
    NoSuchEntityLabel,
    NoSuchSignal,
    PersonNeeded,
    ReasonMissing,
    SignalInvalid,
)
from entente.apps.banks.models import EntityLabel, Signal, SignalOpinion
from entente.apps.banks.territories import DesignationFacts, Territories, territories_of
from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.errors import ChangedMeanwhile
from entente.apps.kernel.ids import new_id
from entente.apps.parties import services as parties
from tests import world
from tests.apps.banks.acts import LATER, WORDS, bank, changes, facts, one, reviewer, senior
from tests.world import NOW

pytestmark = pytest.mark.django_db


def test_the_first_confirmation_by_a_person_of_this_service_stays() -> None:
    row = one(bank().id)
    services.confirm_signal(signal_id=row.pk, actor=reviewer("Ada Example"), at=NOW)
    services.confirm_signal(signal_id=row.pk, actor=reviewer("Bea Example"), at=LATER)
    found = facts(row.pk)
    assert (found.confirmed_by_name, found.confirmed_at) == ("Ada Example", NOW)
    assert len(changes()) == 1


def test_neither_the_program_nor_a_person_from_elsewhere_confirms() -> None:
    row = one(bank().id)
    gone = world.person("Gus Example", "reviewer")
    parties.deactivate_person(
        person_id=gone.id, actor=world.actor("administrator"), at=NOW, hand_over_to=None
    )
    helper = parties.create_person(
        email="helper@elsewhere.example",
        name="Hal Example",
        actor=SYSTEM,
        at=NOW,
        roles=["reviewer"],
        from_outside=True,
    )
    for who in (SYSTEM, gone.actor, helper.actor):
        with pytest.raises(PersonNeeded):
            services.confirm_signal(signal_id=row.pk, actor=who, at=NOW)


def opine(signal_id: int, says: str, **changes: Any) -> SignalOpinion:
    values: dict[str, Any] = {"reason": WORDS, "actor": reviewer("Ada Example"), "at": NOW}
    return services.add_opinion(signal_id=signal_id, says=says, **{**values, **changes})


def test_one_opinion_per_author_is_in_force_and_all_are_kept() -> None:
    row = one(bank().id)
    ada = reviewer("Ada Example")
    partner = ("partner-7", "Watch Centre")
    opine(row.pk, "confirm", actor=ada)
    opine(row.pk, "contest", actor=ada, at=LATER)
    opine(row.pk, "contest", actor=ada, at=LATER)
    opine(row.pk, "contest", partner=partner, actor=SYSTEM)
    opine(row.pk, "confirm", partner=partner, actor=SYSTEM, at=LATER)
    opine(row.pk, "confirm", actor=reviewer("Bea Example"))
    found = facts(row.pk)
    assert (found.confirms, found.contests) == (2, 1)
    told = queries.history(row.pk).opinions
    assert len(told) == 6
    assert [(o.author_name, o.says) for o in told if o.is_in_force] == [
        ("Bea Example", "confirm"),
        ("Watch Centre", "confirm"),
        ("Ada Example", "contest"),
    ]
    assert len(changes()) == 1


def test_an_opinion_is_withdrawn() -> None:
    row = one(bank().id)
    ada = reviewer("Ada Example")
    opine(row.pk, "contest", actor=ada)
    opine(row.pk, "withdrawn", actor=ada, at=LATER)
    assert (facts(row.pk).confirms, facts(row.pk).contests) == (0, 0)


def test_an_opinion_has_an_author_words_and_a_meaning() -> None:
    row = one(bank().id)
    with pytest.raises(ReasonMissing):
        opine(row.pk, "confirm", reason="")
    with pytest.raises(SignalInvalid):
        opine(row.pk, "likes")
    with pytest.raises(PersonNeeded):
        opine(row.pk, "confirm", actor=SYSTEM)
    with pytest.raises(NoSuchSignal):
        opine(row.pk + 1, "confirm")


def test_opinions_are_history() -> None:
    row = one(bank().id)
    told = opine(row.pk, "confirm")
    for act in (lambda: SignalOpinion.objects.update(says="contest"), told.delete):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            act()


def test_two_opinions_of_one_author_at_once_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    row = one(bank().id)
    ada = reviewer("Ada Example")
    opine(row.pk, "confirm", actor=ada)

    class Blind:
        def filter(self, **_asked: object) -> "Blind":
            return self

        def order_by(self, *_asked: str) -> "Blind":
            return self

        def first(self) -> None:
            return None

    monkeypatch.setattr(SignalOpinion, "objects", Blind())
    with pytest.raises(ChangedMeanwhile):
        opine(row.pk, "contest", actor=ada)


def test_labels_are_set_one_by_one() -> None:
    row = one(bank().id, note="first", labels=("recruitment",))
    services.set_labels(signal_id=row.pk, entity=" Order of the Grey Lantern ", actor=reviewer(), at=NOW)
    found = facts(row.pk)
    assert (found.entity, found.labels, found.note) == (
        "Order of the Grey Lantern",
        ("recruitment",),
        "first",
    )
    services.set_labels(
        signal_id=row.pk, labels=["praise", "praise", "call"], note=" second ", actor=reviewer(), at=NOW
    )
    found = facts(row.pk)
    assert (found.entity, found.labels, found.note) == (
        "Order of the Grey Lantern",
        ("praise", "call"),
        "second",
    )
    services.set_labels(signal_id=row.pk, entity="", labels=[], note="", actor=reviewer(), at=NOW)
    found = facts(row.pk)
    assert (found.entity, found.entity_id, found.labels, found.note) == ("", None, (), "")
    with pytest.raises(SignalInvalid):
        services.set_labels(signal_id=row.pk, labels=["a\nb"], actor=reviewer(), at=NOW)


def designate(by: str, since: date, until: date | None = None, **changes: Any) -> None:
    values: dict[str, Any] = {"entity": "Order of the Grey Lantern", "reference": "List 7 of the exercise"}
    services.record_designation(
        designated_by=by, since=since, until=until, actor=senior(), at=NOW, **{**values, **changes}
    )


def test_a_designation_by_one_state_never_restricts_elsewhere() -> None:
    designate("FR", date(2026, 1, 1), date(2026, 12, 31))
    label = EntityLabel.objects.get()
    during = queries.territories(label.pk, on=NOW.date())
    assert (during.covers("FR"), during.covers("DE"), during.everywhere) == (True, False, False)
    assert queries.territories(label.pk, on=date(2025, 12, 31)) == Territories()
    assert queries.territories(label.pk, on=date(2027, 1, 1)) == Territories()
    designate("EU", date(2026, 6, 1))
    assert queries.territories(label.pk, on=NOW.date()).covers("DE")
    assert not queries.territories(label.pk, on=NOW.date()).covers("US")
    designate("UN", date(2026, 7, 1))
    assert queries.territories(label.pk, on=NOW.date()).covers("US")
    assert audit.trail_of("entity_label", label.pk)[-1].facts["by"] == "UN"


def test_a_signal_without_a_label_is_limited_by_none_and_a_mere_name_supports_nothing() -> None:
    assert queries.territories(None, on=NOW.date()).everywhere
    row = one(bank().id, entity="Somebody Else")
    assert queries.territories(facts(row.pk).entity_id, on=NOW.date()) == Territories()
    with pytest.raises(NoSuchEntityLabel):
        queries.territories(new_id(), on=NOW.date())


def test_invented_states_are_members_in_an_exercise_only() -> None:
    union = [DesignationFacts("EU", date(2026, 1, 1))]
    assert not territories_of(union, on=NOW.date()).covers("XA")
    assert territories_of(union, on=NOW.date(), exercise=True).covers("XA")


def test_the_same_designation_again_takes_the_new_end() -> None:
    designate("FR", date(2026, 1, 1))
    designate("FR", date(2026, 1, 1), date(2026, 3, 1))
    (line,) = queries.entities(name_contains="grey")
    assert line.designations == (
        DesignationFacts("FR", date(2026, 1, 1), date(2026, 3, 1), "List 7 of the exercise"),
    )


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("entity", {"entity": " "}),
        ("entity", {"entity": "x" * 201}),
        ("designated_by", {"by": "XA"}),
        ("designated_by", {"by": "fr"}),
        ("reference", {"reference": ""}),
        ("until", {"until": date(2025, 1, 1)}),
    ],
)
def test_a_designation_says_who_whom_where_and_how_long(field: str, changes: dict[str, Any]) -> None:
    values = {"by": "FR", "since": date(2026, 1, 1), **changes}
    with pytest.raises(SignalInvalid) as refused:
        designate(**values)
    assert refused.value.facts["field"] == field


def judge(signal_id: int, *, is_right: bool, item: Any = None) -> None:
    services.record_judgement(
        signal_id=signal_id,
        item_id=item or new_id(),
        is_right=is_right,
        decision_id=new_id(),
        case_id=new_id(),
        actor=reviewer(),
        at=NOW,
    )


def test_precision_is_measured_by_what_people_decided() -> None:
    made = bank()
    first, second = one(made.id, "one"), one(made.id, "two")
    item = new_id()
    judge(first.pk, is_right=False, item=item)
    assert facts(first.pk).precision == 0.0
    judge(first.pk, is_right=True, item=item)  # the complaint was upheld
    judge(first.pk, is_right=True, item=item)
    judge(first.pk, is_right=True)
    judge(second.pk, is_right=False)
    assert (facts(first.pk).precision, facts(second.pk).precision) == (1.0, 0.0)
    assert queries.bank_page(made.id).line.precision == pytest.approx(2 / 3)
    told = queries.history(first.pk).judgements
    assert [(one.is_right, one.judged_by_name) for one in told] == [(True, "Rae Example")] * 2
    judge(first.pk, is_right=False, item=item)
    assert (facts(first.pk).judged_right, facts(first.pk).judged_wrong) == (1, 1)


def test_the_tables_refuse_counts_and_designations_that_cannot_be() -> None:
    row = one(bank().id, entity="Somebody Else")
    designate("FR", date(2026, 1, 1), entity="Somebody Else")
    with pytest.raises(IntegrityError), transaction.atomic():
        Signal.objects.filter(pk=row.pk).update(confirms=-1)
    from entente.apps.banks.models import Designation

    for values in ({"until": date(2026, 1, 1) - timedelta(1)}, {"reference": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Designation.objects.update(**values)
