"""What is played: the main job first, then the long roads, each step with its time on screen."""

import http.client
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

from entente.apps.cases import queries as cases
from entente.apps.cases import services as case_services
from entente.apps.cases.services.deciding import Ruling
from entente.apps.complaints import services as complaints
from entente.apps.evidence import queries as evidence
from entente.apps.kernel import clock
from entente.apps.kernel.actors import Actor
from entente.apps.notices import services as notices
from entente.apps.orders import queries as orders
from entente.apps.orders import services as order_services
from entente.apps.orders.services.checking import FiveAnswers
from entente.cli.demo import authority
from entente.cli.demo.stage import PUBLIC_BASE, Plan
from entente.cli.demo.world import PEOPLE, person
from entente.cli.output import say
from entente.core.law import assessment as law_assessment

_PATIENCE_SECONDS = 30.0
YES = FiveAnswers(
    is_authentic=True, is_addressed_to_us=True, is_complete=True, is_ours=True, is_free_of_manifest_error=True
)
WORDS = "EXERCISE: examined by a scripted person; every word of this world is invented."


class NotAsPlanned(RuntimeError):
    """The exercise did not go as it should; the message says what was seen instead."""


def expect(what: str, seen: Any, wanted: Any) -> None:
    """Raise NotAsPlanned unless what is seen is what should be."""
    if seen != wanted:
        raise NotAsPlanned(f"{what}: expected {wanted!r}, saw {seen!r}")


def wait_for(what: str, look: Callable[[], Any]) -> Any:
    """Return what `look` finds as soon as it finds something. Raises NotAsPlanned after half a minute."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise NotAsPlanned(f"{what} did not happen within {_PATIENCE_SECONDS:.0f} s")


class Steps:
    """Prints each step with the seconds since the first one."""

    def __init__(self, title: str) -> None:
        """Start the clock of one story."""
        say(f"\n[bold]{title}[/bold]")
        self._begin = time.monotonic()

    def step(self, text: str) -> None:
        """Say one step."""
        say(f"  {time.monotonic() - self._begin:6.2f} s  {text}")


def status_at_agora(plan: Plan, post: str) -> int:
    """Return the HTTP status a visitor of agora gets for a post."""
    connection = http.client.HTTPConnection("127.0.0.1", plan.agora_port, timeout=10)
    try:
        connection.request(
            "GET", f"/p/{post}", headers={"Host": f"127.0.0.1:{plan.agora_port}", "X-Agora-Country": "XB"}
        )
        return connection.getresponse().status
    finally:
        connection.close()


def _send(plan: Plan, post: str, reference: str, *, reasons: str = "", silent: bool = False) -> UUID:
    form = authority.order_form(
        "belmara",
        post,
        reference=reference,
        kind="a_incites",
        reasons=reasons or "EXERCISE. The text calls on readers to take a bridge by force.",
        silent=silent,
    )
    status, answer = authority.send(plan, "belmara", form)
    if status not in {200, 201}:
        raise NotAsPlanned(f"the order was answered {status}: {answer}")
    return UUID(answer["id"])


def _execute(order_id: UUID) -> None:
    order_services.execute_order(
        order_id=order_id, answers=YES, actor=person("on_call").actor, at=clock.now()
    )


def _executed(order_id: UUID) -> Any:
    found = orders.order(order_id)
    return found if found.execution == "executed" else None


def first_order(plan: Plan) -> None:
    """One order, from signature to feedback."""
    tell = Steps("One order, from signature to feedback")
    expect("agora before", status_at_agora(plan, "ember-call"), 200)
    order_id = _send(plan, "ember-call", "OBIO-2026-101")
    found = orders.order(order_id)
    tell.step("Belmara's office signed an order; the answer holds a receipt signed by this instance.")
    tell.step(f"Case {found.case.reference} is open, the hour runs since {found.received_at:%H:%M:%S} UTC.")
    _execute(order_id)
    tell.step("The on-call person answered the five questions without opening the post, and pressed one key.")
    done = wait_for("the effect at agora", lambda: _executed(order_id))
    expect("agora after", status_at_agora(plan, "ember-call"), 451)
    tell.step("Agora answers 451 in the Union's territory, with the reasons; nothing was deleted.")
    (answer,) = orders.answers_of(order_id)
    tell.step(f"Annex II went to {answer.recipient}: measure at {done.executed_at:%H:%M:%S} UTC.")
    tell.step(
        "The author has a letter with the roads that are open; the full assessment is due within 24 hours."
    )


def leave_one_waiting(plan: Plan) -> None:
    """Send a second order and leave it to the visitor, its clock running."""
    _send(plan, "tide-summons", "OBIO-2026-102")
    say("\nA second order has just arrived. Its hour is running, and it is yours.")


def say_where_to_go(plan: Plan) -> None:
    """Print addresses and logins."""
    say(f"\n[bold]Start here:[/bold] {plan.entente}/demo/   (pick whom to be with one click)")
    say(f"The hosting service: {plan.agora}/   its users: {plan.agora}/exercise/")
    say(f"The mailbox of the exercise: {plan.entente}/demo/mailbox/")
    say("\nPeople: " + ", ".join(f"{name} ({role.replace('_', ' ')})" for name, role, _lang, _zone in PEOPLE))
    say("Stop with Ctrl-C.")


def everything_else(plan: Plan) -> None:
    """Play the roads that take days and months, moving the clock."""
    from entente.cli.demo import recognition

    wrong_order(plan)
    impossible_order(plan)
    silent_order(plan)
    kept_notice(plan)
    restored_by_complaint(plan)
    recognition.known_content(plan)
    half_a_year_later(plan)


def _forward(by: timedelta) -> datetime:
    clock.shift(by)
    return clock.now()


def assess(case_id: UUID, who: Any, *, road: str, outcome: str, purpose: str = "none") -> Any:
    """Assess the first address of a case in full, in scripted words."""
    (item, *_rest) = cases.items_of(case_id)
    values = {
        "ground": "tco.a_incites",
        "purposes_considered": sorted(law_assessment.purposes()),
        "true_purpose": purpose,
        "polemic": purpose != "none",
        "exemption_reasoning": WORDS,
        "danger": WORDS,
        **{f"test_{part}": WORDS for part in law_assessment.three_part_test()},
        **{f"factor_{part}": WORDS for part in law_assessment.rabat_factors()},
        "scope_kind": "countries",
        "scope_countries": ["XA"],
        "scope_reasoning": WORDS,
        "language": "en",
        "understood_by": "reviewer",
        "outcome": outcome,
        "reasoning": WORDS,
    }
    draft = case_services.save_assessment_draft(
        case_id=case_id, item_id=item.id, values=values, road=road, person_id=who.id, at=clock.now()
    )
    return case_services.complete_assessment(assessment_id=draft.id, actor=who.actor, at=clock.now())


def wrong_order(plan: Plan) -> None:
    """Play a wrong order (satire): executed in the hour, challenged, withdrawn, restored."""
    tell = Steps("A wrong order: satire, executed in the hour, challenged, withdrawn, restored")
    order_id = _send(plan, "ember-parody", "OBIO-2026-103")
    _execute(order_id)
    done = wait_for("the effect at agora", lambda: _executed(order_id))
    expect("agora", status_at_agora(plan, "ember-parody"), 451)
    tell.step("Executed inside the hour: an order is executed, not judged.")
    legal = person("legal")
    assess(done.case_id, legal, road="order", outcome="ask_for_scrutiny", purpose="artistic")
    order_services.choose_course(
        order_id=order_id,
        course="ask_for_scrutiny",
        reasons="EXERCISE. It is a parody.",
        actor=legal.actor,
        at=clock.now(),
    )
    tell.step(
        f"Assessed by somebody else: a parody. Scrutiny asked of {orders.answers_of(order_id)[-1].recipient}."
    )
    at = _forward(timedelta(hours=20))
    order_services.end_order(
        order_id=order_id,
        fate="withdrawn",
        by_whom="Belmara Office against Incitement Online (EXERCISE)",
        document="EXERCISE: message of withdrawal",
        happened_at=at,
        actor=person("senior_reviewer").actor,
        at=at,
    )
    wait_for("the restoration at agora", lambda: status_at_agora(plan, "ember-parody") == HTTPStatus.OK)
    tell.step("Twenty hours later the issuer withdraws; the post is back by itself, the author is told.")


def impossible_order(plan: Plan) -> None:
    """Play an order the host rightly cannot execute: its address names no post."""
    tell = Steps("An order that cannot be executed: the address names nothing here")
    order_id = _send(plan, "no-such-post", "OBIO-2026-104")
    order_services.declare_impossible(
        order_id=order_id,
        ground="manifest_error",
        explanation="EXERCISE. No post has this address; please send the right one.",
        actor=person("on_call").actor,
        at=clock.now(),
    )
    expect("execution", orders.order(order_id).execution, "impossible")
    tell.step(
        "Annex III with its ground went out; the hour stopped, and would start anew with a clarification."
    )


def silent_order(plan: Plan) -> None:
    """Play an order with a lawful silence: nothing says more, until it ends by itself."""
    tell = Steps("An order that asks for silence: six weeks, then everything opens by itself")
    order_id = _send(plan, "furrow-oath", "OBIO-2026-105", silent=True)
    _execute(order_id)
    done = wait_for("the effect at agora", lambda: _executed(order_id))
    expect(
        "agora during the silence",
        status_at_agora(plan, "furrow-oath"),
        status_at_agora(plan, "no-such-post"),
    )
    tell.step("Agora answers exactly as for a post that never existed; the letter waits.")
    _forward(timedelta(weeks=6, hours=1))
    wait_for(
        "the end of the silence", lambda: [s for s in cases.statements_of(done.case_id) if s.state == "sent"]
    )
    wait_for(
        "the explanation at agora",
        lambda: status_at_agora(plan, "furrow-oath") == HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS,
    )
    tell.step("Six weeks later: the letter is out, agora explains, the author's deadlines start now.")


def notice_of(post: str, text: str) -> Any:
    """Receive a reader's notice about a post of agora."""
    at = clock.now()
    return notices.receive_notice(
        draft=notices.NoticeDraft(
            urls=(f"{PUBLIC_BASE}/p/{post}",),
            explanation=text,
            good_faith=True,
            door="public_form",
            received_at=at,
            notifier_name="A reader (EXERCISE)",
            notifier_mail="reader@mail.example",
        ),
        actor=Actor(kind="public", id="public", name=""),
        at=at,
    )


def decide_notice(notice: Any, who: Any, outcome: str, purpose: str = "none") -> Any:
    """Assess a notice in full and decide about it."""
    assessment = assess(notice.case_id, who, road="notice", outcome=outcome, purpose=purpose)
    (item,) = cases.items_of(notice.case_id)
    restricts = outcome != "keep"
    return notices.decide_notice(
        notice_id=notice.id,
        item_id=item.id,
        ruling=Ruling(
            outcome=outcome,
            basis_id="terms.terrorism" if restricts else "keep",
            ground_id="terms.terrorism" if restricts else "",
            reasons=WORDS,
            scope_kind="worldwide" if restricts else "countries",
        ),
        assessment=assessment,
        actor=who.actor,
        at=clock.now(),
    )


def kept_notice(plan: Plan) -> None:
    """Play a notice about a news report: assessed, kept."""
    tell = Steps("A notice about a news report: assessed first, and kept")
    found = notice_of("ember-news", "EXERCISE. This page repeats a call to violence, it must go.")
    expect("agora", status_at_agora(plan, "ember-news"), 200)
    decide_notice(found, person("senior_reviewer"), "keep", "journalistic")
    expect("agora", status_at_agora(plan, "ember-news"), 200)
    tell.step("A journalistic purpose: the report stays. The reader is told, with the roads open to them.")


def restored_by_complaint(plan: Plan) -> None:
    """Play a notice, a decision to disable, a complaint upheld by somebody else, a restoration."""
    tell = Steps("A decision after a notice, a complaint, a restoration")
    found = notice_of("toll-polemic", "EXERCISE. This text goes much too far in my view, please look.")
    decision = decide_notice(found, person("reviewer"), "disable")
    wait_for(
        "the effect at agora",
        lambda: status_at_agora(plan, "toll-polemic") == HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS,
    )
    tell.step("Disabled after the full assessment, under the service's own terms, with reasons.")
    (letter,) = wait_for(
        "the letter", lambda: [told for told in cases.statements_of(found.case_id) if told.informed_at]
    )
    at = _forward(timedelta(days=3))
    complaint = complaints.lodge_complaint(
        decision=decision,
        complainant="affected",
        informed_at=letter.informed_at,
        text="EXERCISE. It is sharp criticism of tolls, and nothing else.",
        contact_mail="author@mail.example",
        language="en",
        actor=Actor(kind="affected", id="affected", name=""),
        at=at,
    )
    complaints.uphold_complaint(
        complaint_id=complaint.id,
        reasons="EXERCISE. Polemic in public debate; the first decision read it too narrowly.",
        actor=person("senior_reviewer").actor,
        at=clock.now(),
    )
    wait_for("the restoration at agora", lambda: status_at_agora(plan, "toll-polemic") == HTTPStatus.OK)
    tell.step("Three days later somebody else upholds the complaint; the post is back at once.")


def half_a_year_later(_plan: Plan) -> None:
    """Move on six months: what the withdrawn order preserved is destroyed, and it shows."""
    tell = Steps("Six months later")
    parody = orders.by_reference("OBIO-2026-103")
    (item,) = cases.items_of(parody.case_id)
    until = evidence.preserved_until("content_item", item.content_item_id)
    expect("the copy is preserved", until is not None, wanted=True)
    tell.step(
        f"The copy of the withdrawn order's post is kept until {until:%Y-%m-%d} (Art. 6), and not a day more."
    )
    _forward(timedelta(days=215))
    wait_for(
        "the end of the preservation",
        lambda: evidence.preserved_until("content_item", item.content_item_id) is None,
    )
    tell.step("The preservation has ended by itself; the copy is destroyed, and its end is on record.")
