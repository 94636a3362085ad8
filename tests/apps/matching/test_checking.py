"""Checks: what they answer, what they keep, and that what meets nothing leaves no row."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from entente.apps.banks import services as bank_services
from entente.apps.cases import queries as cases
from entente.apps.deadlines import queries as deadline_queries
from entente.apps.deadlines import services as deadlines
from entente.apps.matching import check_ids, counts, services
from entente.apps.matching.errors import CheckUnreadable
from entente.apps.matching.hub import Query
from entente.apps.matching.models import CheckCount, Match, Recognition
from entente.apps.matching.services.checking import content_key
from entente.apps.matching.types import Asker, CheckedContent
from entente.apps.tlog.models import Leaf
from tests import world
from tests.apps.banks import acts as banks
from tests.apps.matching.acts import AGORA, URL, ComparedHub, asked, check, confirmed, recognition
from tests.world import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _host() -> None:
    world.host()


def test_a_check_that_meets_nothing_writes_nothing_and_its_id_says_what_was_answered() -> None:
    with CaptureQueriesContext(connection) as captured:
        answer = check("nothing known")
    assert not [one["sql"] for one in captured if not one["sql"].lstrip().upper().startswith("SELECT")]
    assert (answer.answer, answer.met, Recognition.objects.count()) == ("no_match", (), 0)
    opened = check_ids.unseal(answer.check_id, asker_id=AGORA.id)
    assert opened is not None
    assert (opened.at, opened.reached, opened.is_of_asker) == (NOW, answer.reached, True)
    foreign = check_ids.unseal(answer.check_id, asker_id="client:other")
    assert foreign is not None
    assert not foreign.is_of_asker


@pytest.mark.parametrize("altered", ["", "none_", "none_!!!", "match_1", "none_AAAA"])
def test_an_id_that_is_not_ours_opens_as_nothing(altered: str) -> None:
    assert check_ids.unseal(altered, asker_id=AGORA.id) is None


def test_an_altered_id_opens_as_nothing() -> None:
    sealed = check_ids.seal(asker_id=AGORA.id, reached=7, at=NOW)
    altered = sealed[:10] + ("A" if sealed[10] != "A" else "B") + sealed[11:]
    assert check_ids.unseal(altered, asker_id=AGORA.id) is None


def test_an_index_that_cannot_tell_is_answered_as_unknown_and_opens_nothing() -> None:
    confirmed(banks.restricting())
    answer = check(unknown="behind")
    assert (answer.answer, answer.why, answer.met) == ("unknown", "behind", ())
    assert not Recognition.objects.exists()


@pytest.mark.parametrize("count", [0, 1001])
def test_a_check_asks_about_one_to_a_thousand_signals(count: int) -> None:
    with pytest.raises(CheckUnreadable):
        services.check(queries=[asked()] * count, content=CheckedContent(), asker=AGORA, at=NOW)


def test_a_match_of_a_bank_that_observes_is_kept_and_opens_no_case() -> None:
    bank = banks.bank(policy="observe")
    signal = banks.one(bank.id)
    answer = check()
    assert (answer.answer, answer.policy, answer.case.reference) == ("match", "observe", "")
    kept = Match.objects.get()
    assert (kept.signal_id, kept.bank_id, kept.distance, kept.policy) == (signal.pk, bank.pk, 0, "observe")
    assert kept.not_restricted == "policy"


def test_a_match_opens_a_case_with_clock_copy_and_leaf() -> None:
    bank = banks.bank("Watched", policy="open_case")
    banks.one(bank.id)
    answer = check(title="A landscape", kind="image", uploader_ref="u1")
    found = recognition()
    assert found.case is not None
    assert (answer.policy, answer.case.reference) == ("open_case", found.case.reference)
    assert (found.case.kind, found.case.stage, found.case.sender) == ("match", "assess", "Watched")
    (clock,) = deadline_queries.all_for_case(found.case.pk)
    assert clock.rule_id == "house.match.assess"
    (item,) = cases.items_of(found.case.pk)
    assert item.url == URL
    assert item.decision is None
    leaf = Leaf.objects.filter(kind="content_recognised").get()
    assert json.loads(bytes(leaf.data))["facts"]["policy"] == "open_case"


def test_the_same_thing_again_finds_the_same_match_and_case() -> None:
    banks.one(banks.bank(policy="open_case").id)
    first, again = check(), check(at=NOW + timedelta(hours=1))
    assert first.check_id == again.check_id
    assert first.case.reference == again.case.reference
    assert (Match.objects.count(), recognition().times_seen) == (1, 2)
    assert recognition().last_seen_at == NOW + timedelta(hours=1)


def test_the_same_address_asked_by_another_joins_the_open_case() -> None:
    banks.one(banks.bank(policy="open_case").id)
    first = check()
    other = check(asker=Asker(id="client:other", name="Other"))
    assert other.recognition_id != first.recognition_id
    assert other.case.reference == first.case.reference


def test_without_an_address_a_match_is_answered_and_says_why_there_is_no_case() -> None:
    banks.one(banks.bank(policy="open_case").id)
    answer = check(url="")
    assert (answer.answer, answer.case.reference, answer.notes) == ("match", "", ("no_address",))


def test_a_thing_is_known_by_its_name_else_its_bytes_else_its_signals() -> None:
    queries = [asked("one"), asked("two")]
    named = content_key(CheckedContent(id="1"), queries)
    bytes_alone = content_key(CheckedContent(digest=b"d" * 32), queries)
    signals = content_key(CheckedContent(), queries)
    assert len({named, bytes_alone, signals}) == 3
    assert signals == content_key(CheckedContent(), queries[::-1])


def test_a_signal_met_twice_counts_at_its_smallest_distance() -> None:
    bank = banks.bank(policy="observe")
    near = Query("pdq", b"\x00" * 31 + b"\x01")
    bank_services.add_signals(
        bank_id=bank.id,
        signals=[bank_services.NewSignal("pdq", b"\x00" * 32)],
        source=bank_services.Source(),
        actor=banks.reviewer(),
        at=NOW,
    )
    answer = check(queries=[Query("pdq", b"\x00" * 31 + b"\x07"), near])
    (met,) = answer.met
    assert (met.distance, met.value) == (1, near.value)


def test_what_a_bank_takes_too_far_away_does_not_count() -> None:
    bank = banks.bank(policy="observe", radii={"pdq": 2})
    bank_services.add_signals(
        bank_id=bank.id,
        signals=[bank_services.NewSignal("pdq", b"\x00" * 32)],
        source=bank_services.Source(),
        actor=banks.reviewer(),
        at=NOW,
    )
    assert check(queries=[Query("pdq", b"\x00" * 31 + b"\x07")]).answer == "no_match"
    assert check(queries=[Query("pdq", b"\x00" * 31 + b"\x03")]).answer == "match"


def test_a_bank_looks_at_its_share_of_traffic_and_always_the_same_part_of_it() -> None:
    bank = banks.bank(policy="observe", share_of_traffic=0.5)
    banks.one(bank.id)
    answers = [check(id=str(number), url="").answer for number in range(40)]
    assert {"match", "no_match"} == set(answers)
    assert answers == [check(id=str(number), url="").answer for number in range(40)]


def test_a_disabled_bank_matches_nothing() -> None:
    bank = banks.bank(policy="observe", disabled_until=NOW + timedelta(days=1))
    banks.one(bank.id)
    assert check().answer == "no_match"


def test_checks_are_counted_by_hour_and_answer_and_written_later() -> None:
    counts.flush()
    CheckCount.objects.all().delete()
    banks.one(banks.bank(policy="observe").id)
    check()
    check("nothing")
    check("nothing either")
    assert not CheckCount.objects.exists()
    counts.flush()
    check("nothing at all")
    counts.flush()
    rows = {row.answer: row.count for row in CheckCount.objects.filter(signal_type="sha256")}
    assert rows == {"match": 1, "no_match": 3}


def test_a_thing_without_any_signal_is_unknown_or_met_nothing() -> None:
    unseen = services.unknown_of(asker=AGORA, why="busy", at=NOW)
    assert (unseen.answer, unseen.why) == ("unknown", "busy")
    empty = services.unknown_of(asker=AGORA, why="", at=NOW, notes=("not_decodable",))
    assert (empty.answer, empty.notes) == ("no_match", ("not_decodable",))


def test_the_clock_of_a_case_wakes_people() -> None:
    banks.one(banks.bank(policy="open_case").id)
    check()
    deadlines.sweep(at=NOW)
    (clock,) = deadline_queries.all_for_case(recognition().case_id)  # type: ignore[arg-type] # it has a case
    assert clock.state == "running"


def test_what_was_sent_later_completes_what_is_known_of_the_thing() -> None:
    banks.one(banks.bank(policy="observe").id)
    check()
    assert recognition().content_digest == ""
    check(digest=banks.value("the bytes"))
    assert recognition().content_digest == banks.value("the bytes").hex()


def test_a_signal_whose_bank_is_not_known_here_yet_counts_for_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    banks.one(banks.bank(policy="observe").id)
    monkeypatch.setattr(ComparedHub, "policies", lambda _hub: {})
    assert check().answer == "no_match"
