"""Every page there is, in a real Chromium: usable by everybody, with nothing that sticks out on a narrow phone.

`make test` looks at one page of each kind, at a desk and in the light; the browser matrix of `make test-long` looks at
all of them, in the dark, at a phone, in French and from right to left too. A page that is neither looked at nor named
below with its reason fails there.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from entente.apps.arrivals import services as arrivals
from entente.apps.arrivals.services.recording import ArrivalDraft
from entente.apps.cases import queries as cases
from entente.apps.cases import services as case_services
from entente.apps.cases.services import telling
from entente.apps.complaints import services as complaints
from entente.apps.content import queries as content_queries
from entente.apps.content import services as content
from entente.apps.deadlines import queries as deadlines
from entente.apps.deadlines.services import rota
from entente.apps.deliveries import queries as deliveries
from entente.apps.evidence import queries as evidence
from entente.apps.kernel import clock
from entente.apps.kernel.actors import PUBLIC
from entente.apps.orders import queries as orders
from entente.apps.orders import services as order_services
from entente.apps.oversight import queries as oversight
from entente.apps.oversight import services as oversight_services
from entente.apps.parties import services as parties
from entente.apps.parties.permissions import CLOSED, DEMO_ONLY, ROUTES, SIGNED_ORDER, Token
from entente.apps.parties.types import PersonFacts
from entente.web.permissions import all_routes
from tests import world
from tests.apps.banks import acts as bank_acts
from tests.apps.matching import acts as match_acts
from tests.web import stories
from tests.web.console.banks import filled as banks
from tests.world import NOW, Office

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AT = NOW + timedelta(minutes=30)
NOTHING = UUID("01900000-0000-7000-8000-000000000000")


@dataclass(frozen=True, slots=True)
class Look:
    """How a page is looked at."""

    name: str
    width: int
    scheme: str
    language: str


LOOKS = [Look("desk, light, English", 1280, "light", "en")]
if os.environ.get("BROWSER_MATRIX") == "full":
    LOOKS += [
        Look("phone, dark, French", 360, "dark", "fr"),
        Look("phone, light, Arabic", 360, "light", "ar"),
        Look("desk, dark, Arabic", 1280, "dark", "ar"),
    ]

SHOWN = {
    "console:inbox",
    "console:case",
    "console:assess",
    "console:decide",
    "console:on_call",
    "console:audit",
    "public:landing",
    "public:notice",
    "public:letter",
}
"""One page of each kind: lists, a case, a long form, a decision, a table, a first page, a state, a letter."""

NO_PAGE = {
    # answers to a click: they act, or lead on
    "accounts:invitation_link": "leads on",
    "accounts:recovery_link": "leads on",
    "account_inactive": "only after a refused sign-in",
    "account_set_password": "leads on for whoever has one",
    "account_reset_password_from_key": "leads on",
    "mfa_authenticate": "between two steps of signing in",
    "mfa_login_webauthn": "answers a passkey",
    "mfa_reauthenticate": "leads on without an authenticator app",
    "mfa_reauthenticate_webauthn": "leads on without a passkey",
    "mfa_deactivate_totp": "leads on without an authenticator app",
    "mfa_view_recovery_codes": "leads on without codes",
    "mfa_download_recovery_codes": "a file",
    "mfa_remove_webauthn": "of a passkey; see the test of passkeys",
    "mfa_edit_webauthn": "of a passkey; see the test of passkeys",
    "socialaccount_login_cancelled": "only after the directory's own page",
    "socialaccount_login_error": "only after the directory's own page",
    "openid_connect_login": "leads to the directory",
    "openid_connect_callback": "comes from the directory",
    "accounts:invitation": "only behind its link",
    "accounts:recovery": "only behind its link",
    "console:own_initiative": "of an order that has ended; see its own test",
    "public:notice_complaint": "of a notice that was kept; see the tests of notices",
    "account_logout": "leads on for whoever is not signed in",
    "account_reauthenticate": "leads on without a password",
    "account_change_password": "leads on without a password",
    "public:set_language": "leads back",
    "console:settle_again": "of a message nobody could settle; same page as settling",
    "health": "for machines",
    "well_known": "for machines",
    "documents:letter_pdf": "a file",
    "documents:letter_order_pdf": "a file",
    "documents:scrutiny_pdf": "a file",
    "documents:receipt_pdf": "a file",
    "documents:removal_order_form": "a file",
    "documents:answer_json": "a file",
    "documents:answer_pdf": "a file",
    "documents:answer_html": "a sheet of paper shown in a frame",
    "public:notice_receipt_json": "a file",
    "console:original": "a file",
    "console:original_player": "of a film; see the test of looking",
    "console:original_media": "a file",
    "console:arrival_original": "a file",
    "console:preview_part": "a still",
    "console:case_items": "a part of a page",
    "console:decide_progress": "while a long decision is written",
    "console:resume": "of an order with another ground; same page as clarify",
}


def _named(value: object) -> str:
    return str(value)


class World:
    """One of everything, so that every page has something to show."""

    def __init__(self, office: Office) -> None:
        self.staff = world.person(
            "Ada Example", "reviewer", "senior_reviewer", "legal", "on_call", "administrator"
        )
        self.overseer = world.person("Owen Example", "overseer")
        other = world.person("Ben Example", "senior_reviewer", "legal", "on_call")
        self.ids: dict[str, Any] = {"person_id": other.id}
        self._house(office, other.id)
        self._orders(office)
        self._notices()
        self._desk()
        self._banks()
        self._matches()

    def _house(self, office: Office, other: UUID) -> None:
        actor = self.staff.actor
        appointment = oversight_services.appoint_overseer(
            person_id=self.overseer.id,
            body="platform",
            ground="Resolution of the board.",
            actor=actor,
            at=NOW,
        )
        invitation, _token = parties.invite_person(
            email="new@agora.example", roles=["reviewer"], actor=actor, at=NOW
        )
        client, _token = parties.create_api_client(
            name="Agora", scopes=["notices:write"], actor=actor, at=NOW
        )
        shift = rota.add_shift(
            person_id=other,
            starts_at=AT - timedelta(hours=1),
            ends_at=AT + timedelta(hours=1),
            actor=actor,
            at=NOW,
        )
        source = content.add_protected_source(
            pattern="archive.example", kind="archive", note="records", actor=actor, at=NOW
        )
        from entente.apps.parties.models import AuthorityKey

        self.ids |= {
            "appointment_id": appointment.id,
            "invitation_id": invitation.id,
            "client_id": client.id,
            "shift_id": shift.id,
            "source_id": source.id,
            "authority_id": office.facts.id,
            "key_id": AuthorityKey.objects.get().pk,
        }

    def _orders(self, office: Office) -> None:
        waiting = world.receive("https://agora.example/p/1", by=office, reference="W-1").order
        executed = stories.executed_order(office, "https://agora.example/p/2", at=NOW, reference="W-2")
        stuck = world.receive("https://agora.example/p/3", by=office, reference="W-3").order
        order_services.declare_impossible(
            order_id=stuck.id,
            ground="insufficient_information",
            explanation="The address leads to no post of ours.",
            actor=self.staff.actor,
            at=NOW,
        )
        foreign = world.receive("https://agora.example/p/4", reference="W-4").order
        assessor = world.person("Cleo Example", "senior_reviewer")
        stories.assess(executed.case_id, assessor, road="order", outcome="accept", at=NOW)
        self.cases = {
            "waiting": waiting.case_id,
            "executed": executed.case_id,
            "stuck": stuck.case_id,
            "foreign": foreign.case_id,
        }
        self.order_letter = stories.letter_of(executed.case_id)
        self.ids["answer_id"] = orders.answers_of(stuck.id)[0].id
        (kept,) = evidence.preservations_of(
            "content_item", cases.items_of(executed.case_id)[0].content_item_id
        )
        self.ids["preservation_id"] = kept.id

    def _notices(self) -> None:
        fresh = stories.given_notice(at=NOW, urls=("https://agora.example/p/11",))
        decided = stories.given_notice(at=NOW, urls=("https://agora.example/p/12",))
        decision = stories.decided_notice(decided, at=NOW)
        half = stories.given_notice(at=NOW, urls=("https://agora.example/p/13",))
        stories.assess(half.case_id, self.staff, road="notice", outcome="disable", at=NOW)
        left = stories.given_notice(at=NOW, urls=("https://agora.example/p/14",))
        case_services.leave_case_to_route(case_id=left.case_id, actor=self.staff.actor, at=NOW)
        threatened = stories.given_notice(at=NOW, urls=("https://agora.example/p/15",))
        case_services.raise_threat_alert(
            case_id=threatened.case_id,
            states=["DE"],
            signs="A place and an hour.",
            actor=self.staff.actor,
            at=NOW,
        )
        self.notice = decided
        self.complaint = complaints.lodge_complaint(
            decision=decision,
            complainant="affected",
            informed_at=AT,
            text="It is a photograph of my own garden, nothing else.",
            contact_mail="",
            language="en",
            actor=PUBLIC,
            at=AT,
        )
        action = cases.action_of_decision(decision.pk)
        assert action is not None
        self.cases |= {
            "fresh": fresh.case_id,
            "decided": decided.case_id,
            "half": half.case_id,
            "left": left.case_id,
            "threatened": threatened.case_id,
        }
        (copy,) = content_queries.previews_of_case(fresh.case_id)
        (letter,) = cases.statements_of(decided.case_id)
        telling._note_not_told(letter.pk, "not_found", AT)
        self.ids |= {
            "action_id": action.pk,
            "complaint_id": self.complaint.pk,
            "snapshot_id": copy.snapshot_id,
            "statement_id": letter.pk,
        }
        self.confirm_token = action.confirm_token

    def _desk(self) -> None:
        arrival = arrivals.record_arrival(
            draft=ArrivalDraft(
                door="mail",
                received_at=NOW,
                receipt_proof="mail headers",
                sender="Somebody",
                text="Please remove https://agora.example/p/30 within one hour under Regulation (EU) 2021/784.",
            ),
            actor=self.staff.actor,
            at=NOW,
        )
        copy = oversight.copies(limit=1)[0]
        advice = oversight_services.make_recommendation(
            copy_id=copy.id, text="Say in the letter which line counted.", overseer=self.overseer.actor, at=AT
        )
        self.ids |= {
            "arrival_id": arrival.pk,
            "copy_id": copy.id,
            "recommendation_id": advice.pk,
            "deadline_id": deadlines.nearest()[0].id,
            "delivery_id": deliveries.deliveries(limit=1)[0].id,
        }

    def _banks(self) -> None:
        filled = banks.everything()
        self.ids |= {
            "bank_id": filled.own.pk,
            "signal_id": filled.signal.pk,
            "exchange_id": filled.exchange.pk,
            "kind": "http_file",
        }
        self.proposals = {"restrict": filled.restrict_id, "sharing": filled.sharing_id}

    def _matches(self) -> None:
        bank = bank_acts.bank(policy="open_case")
        bank_acts.one(bank.id, "a word of this page")
        answer = match_acts.check("a word of this page", url="https://agora.example/p/40", at=NOW)
        self.ids["recognition_id"] = answer.recognition_id

    def address(self, name: str, pattern: str) -> str:
        """Return an address of a route that shows something."""
        values: dict[str, Any] = {}
        for parameter in re.findall(r"<(?:\w+:)?(\w+)>", pattern):
            if parameter == "case_id":
                values[parameter] = self.cases[CASE_OF.get(name, "waiting")]
            elif parameter == "item_id":
                values[parameter] = self._item(name)
            elif parameter == "token":
                values[parameter] = self._token(name)
            elif parameter == "proposal_id":
                values[parameter] = self.proposals[name.partition(":")[2].partition("_")[0]]
            else:
                values[parameter] = self.ids.get(parameter, NOTHING)  # of an act: refused before it is read
        return reverse(name, kwargs=values)

    def _item(self, name: str) -> UUID:
        case_id = (
            self.notice.case_id if name.startswith("public:") else self.cases[CASE_OF.get(name, "waiting")]
        )
        return cases.items_of(case_id)[0].id

    def _token(self, name: str) -> str:
        if name.startswith("public:letter"):
            return str(self.order_letter.token)
        tokens = {
            "public:complaint": self.complaint.token,
            "public:confirm": self.confirm_token,
            "public:confirm_copy": self.confirm_token,
        }
        return str(tokens.get(name, self.notice.token))


CASE_OF = {
    "console:assess": "fresh",
    "console:decide": "half",
    "console:course": "executed",
    "console:end_order": "executed",
    "console:mark_final": "executed",
    "console:clarify": "stuck",
    "console:answer_handed_over": "stuck",
    "console:answer_not_binding": "foreign",
    "console:examine_again": "foreign",
    "console:own_initiative": "foreign",
    "console:complaint_uphold": "decided",
    "console:complaint_reject": "decided",
    "console:complaint_confirm": "decided",
    "console:complaint_return": "decided",
    "console:complaint_answer": "decided",
    "console:case_child_abuse": "fresh",
    "console:copy_upload": "fresh",
    "console:letter_told": "decided",
    "console:offer_signals": "decided",
    "console:keep_longer": "executed",
    "console:route_handed_over": "left",
    "console:threat_alert": "threatened",
    "console:threat_warned": "threatened",
    "console:threat_dropped": "threatened",
}
"""On which case a page has something to show."""


@pytest.fixture
def told(office: Office) -> World:
    return World(office)


def _session(person: PersonFacts) -> str:
    browser = Client()
    browser.force_login(get_user_model().objects.get(pk=person.id))
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


@pytest.fixture
def office(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Office:
    settings.SECOND_FACTOR_REQUIRED = False
    monkeypatch.setattr(clock, "now", lambda: AT)
    world.host()
    return world.office()


@pytest.fixture
def tab(chromium: "Browser", live_server: "LiveServer", look: Look) -> "Iterator[Page]":
    context = chromium.new_context(
        viewport={"width": look.width, "height": 800},
        color_scheme="dark" if look.scheme == "dark" else "light",
        base_url=live_server.url,
        extra_http_headers={"Accept-Language": look.language},
    )
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


def _routes() -> dict[str, str]:
    """Return the routes that people open, with their patterns."""
    return {
        name: pattern
        for name, pattern in all_routes()
        if not isinstance(ROUTES[name], Token)
        and ROUTES[name] not in {CLOSED, DEMO_ONLY, SIGNED_ORDER}
        and not name.startswith("api:")
    }


def _sign_in(tab: "Page", session: str, look: Look) -> None:
    tab.context.clear_cookies()
    address = str(tab.context._impl_obj._options.get("baseURL"))
    cookies = [{"name": settings.LANGUAGE_COOKIE_NAME, "value": look.language, "url": address}]
    if session:
        cookies.append({"name": settings.SESSION_COOKIE_NAME, "value": session, "url": address})
    tab.context.add_cookies(cookies)  # type: ignore[arg-type]


def _what_is_wrong(tab: "Page", look: Look) -> list[str]:
    found = Axe().run(tab, options={"resultTypes": ["violations"]}).response["violations"]
    wrong = [f"{one['id']} {one['nodes'][0]['target']}" for one in found]
    width = tab.evaluate("document.documentElement.scrollWidth")
    return [*wrong, *([f"{width} pixels wide"] if width > look.width else [])]


def _look_at(tab: "Page", told: World, look: Look, names: set[str]) -> tuple[set[str], dict[str, list[str]]]:
    """Open the pages of these routes as whoever may; return the routes seen, and what is wrong by address."""
    sessions = {"": "", "staff": _session(told.staff), "overseer": _session(told.overseer)}
    get_user_model().objects.update(language=look.language)
    seen: set[str] = set()
    problems: dict[str, list[str]] = {}
    routes = {name: pattern for name, pattern in _routes().items() if name in names}
    for who, session in sessions.items():
        _sign_in(tab, session, look)
        for name, pattern in routes.items():
            if name in seen or (ROUTES[name] == "PUBLIC") != (who == ""):
                continue
            address = told.address(name, pattern)
            answer = tab.request.get(address, max_redirects=0)
            if answer.status == 405:  # an act, answered only to a click
                seen.add(name)
                continue
            if answer.status != 200:
                continue
            tab.goto(address)
            seen.add(name)
            wrong = _what_is_wrong(tab, look)
            if wrong:
                problems[address] = wrong
    return seen, problems


@pytest.mark.parametrize("look", LOOKS[:1], ids=_named)
def test_one_page_of_each_kind_can_be_used_by_everybody(tab: "Page", told: World, look: Look) -> None:
    assert _look_at(tab, told, look, SHOWN) == (SHOWN, {})


@pytest.mark.long
@pytest.mark.parametrize("look", LOOKS, ids=_named)
def test_every_page_can_be_used_by_everybody(tab: "Page", told: World, look: Look) -> None:
    wanted = set(_routes()) - set(NO_PAGE)
    assert _look_at(tab, told, look, wanted) == (wanted, {})
