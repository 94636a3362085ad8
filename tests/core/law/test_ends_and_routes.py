"""Silences, preservations and routes: when they end, and whom they reach."""

from datetime import datetime, timedelta

import pytest

from entente.core.law.clocks import parse_timestamp
from entente.core.law.errors import NaiveTime, UnknownGround, UnknownRoute
from entente.core.law.preservation import preservation_ground, preservation_grounds, preservation_until
from entente.core.law.routes import RouteKind, advise, route
from entente.core.law.silence import Extension, SilenceRefused, SilenceRule, silence_end, silence_rule

PARIS = "Europe/Paris"


def at(text: str) -> datetime:
    return parse_timestamp(text)


DECIDED = at("2026-09-20T10:00:00+02:00")
FIRST_END = at("2026-11-01T10:00:00+01:00")


def rule() -> SilenceRule:
    found = silence_rule("eu.tco.removal_order")
    assert found is not None
    return found


def test_silence_lasts_six_weeks_by_the_calendar() -> None:
    assert silence_end(rule(), DECIDED, zone=PARIS) == FIRST_END


def test_a_shorter_silence_is_kept_and_a_longer_one_cut() -> None:
    week = DECIDED + timedelta(weeks=1)
    assert silence_end(rule(), DECIDED, zone=PARIS, asked_until=week) == week
    assert silence_end(rule(), DECIDED, zone=PARIS, asked_until=at("2028-01-01T00:00:00Z")) == FIRST_END
    with pytest.raises(SilenceRefused, match="before it was decided"):
        silence_end(rule(), DECIDED, zone=PARIS, asked_until=DECIDED)


def test_one_justified_extension_of_six_weeks_from_the_first_end() -> None:
    extension = Extension(decided_at=FIRST_END, justification="arrests are planned")
    assert silence_end(rule(), DECIDED, zone=PARIS, extension=extension) == at("2026-12-13T10:00:00+01:00")
    short = Extension(FIRST_END, "arrests are planned", until=FIRST_END + timedelta(days=2))
    assert silence_end(rule(), DECIDED, zone=PARIS, extension=short) == FIRST_END + timedelta(days=2)


def test_an_extension_needs_its_reasons_and_comes_in_time() -> None:
    with pytest.raises(SilenceRefused) as raised:
        silence_end(rule(), DECIDED, zone=PARIS, extension=Extension(FIRST_END, " "))
    assert raised.value.code == "silence.no_justification"
    late = Extension(FIRST_END + timedelta(seconds=1), "arrests are planned")
    with pytest.raises(SilenceRefused, match="after the silence had ended") as raised:
        silence_end(rule(), DECIDED, zone=PARIS, extension=late)
    assert raised.value.params == {"ended": FIRST_END.isoformat()}


def test_only_removal_orders_may_ask_for_silence() -> None:
    assert silence_rule("eu.dsa.art9_order") is None


@pytest.mark.parametrize(
    ("ground", "starts", "until"),
    [
        ("tco.art6", "2026-08-31T12:00:00+02:00", "2027-02-28T12:00:00+01:00"),
        ("tco.art6", "2026-11-23T10:00:00+01:00", "2027-05-23T10:00:00+02:00"),
        ("redress.window", "2026-11-23T10:00:00+01:00", "2027-05-23T10:00:00+02:00"),
        ("house.open_case", "2026-11-30T10:00:00+01:00", "2027-02-28T10:00:00+01:00"),
        ("house.arrival", "2026-11-30T10:00:00+01:00", "2027-11-30T10:00:00+01:00"),
    ],
)
def test_preservation_ends_by_the_calendar(ground: str, starts: str, until: str) -> None:
    assert preservation_until(ground, at(starts), PARIS) == at(until)
    assert preservation_until(preservation_ground(ground), at(starts), PARIS) == at(until)


def test_each_ground_says_who_may_ask_and_for_what() -> None:
    for ground in preservation_grounds().values():
        assert ground.purposes
        assert ground.may_ask
    assert preservation_ground("tco.art6").may_extend("court")
    assert not preservation_ground("tco.art6").may_extend("host")
    assert not preservation_ground("house.open_case").may_extend("court")


def test_an_unknown_ground_or_a_time_without_offset_is_refused() -> None:
    with pytest.raises(UnknownGround, match="no ground 'curiosity'"):
        preservation_until("curiosity", DECIDED, PARIS)
    with pytest.raises(NaiveTime):
        preservation_until("tco.art6", datetime(2026, 1, 1), PARIS)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("kind", "state", "host_state", "recipients", "fallback"),
    [
        ("threat_to_life", "DE", "FR", ["state_authorities"], True),
        ("threat_to_life", None, "FR", ["contact_point", "europol"], True),
        ("suspected_child_abuse", None, "FR", ["pharos"], False),
        ("suspected_child_abuse", None, "US", ["ncmec"], False),
        ("suspected_child_abuse", None, "GB", ["iwf", "nca"], False),
        ("suspected_child_abuse", None, "XA", ["national_police", "hotline"], True),
        ("suspected_child_abuse", None, None, ["national_police", "hotline"], True),
        ("data_request", None, "FR", ["legal"], True),
        ("data_request", "DE", "US", ["legal"], False),
    ],
)
def test_whom_to_tell(
    kind: str, state: str | None, host_state: str | None, recipients: list[str], *, fallback: bool
) -> None:
    advice = advise(kind, state=state, host_state=host_state)
    assert [recipient.code for recipient in advice.recipients] == recipients
    assert advice.is_fallback is fallback
    assert all("%(" not in recipient.text for recipient in advice.recipients)
    assert advice.article
    assert advice.route.steps


def test_the_state_concerned_is_named_in_words() -> None:
    known = advise(RouteKind.THREAT_TO_LIFE, state="DE", host_state="FR")
    assert "of DE" in known.recipients[0].text
    unknown = advise(RouteKind.THREAT_TO_LIFE, state=None, host_state="FR")
    assert "of FR" in unknown.recipients[0].text
    assert known.route.deadline_rule == "tco.imminent"


def test_the_route_of_the_key_starts_one_clock_and_stops_those_of_judging() -> None:
    taken = route(RouteKind.SUSPECTED_CHILD_ABUSE)
    assert taken.deadline_rule == "house.route.hand_over"
    assert {"house.notice.assess", "house.full_assessment"} <= set(taken.stops_rules)
    assert "tco.execute" not in taken.stops_rules
    assert route(RouteKind.DATA_REQUEST).stops_rules == ()


def test_an_unknown_route_is_named() -> None:
    with pytest.raises(UnknownRoute, match="no route 'shortcut'"):
        route("shortcut")
