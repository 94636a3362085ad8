"""Three stories the visitor plays by hand: each is started with one button, and says what to do next and as whom.

Where a story stands is read from its newest case about its post, so a visitor may also start it elsewhere, stop in the
middle, or go another way.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entente.apps.cases import queries as cases
from entente.apps.content import queries as content
from entente.apps.kernel import clock
from entente.apps.kernel.actors import PUBLIC
from entente.apps.notices import services as notices
from entente.apps.orders import queries as orders
from entente.apps.parties import queries as parties
from entente.apps.parties.types import PersonFacts
from entente.web.demo import sending
from entente.web.demo.sending import SendingFailed

if TYPE_CHECKING:
    from entente.apps.cases.models import Case

Words = str | Promise
NOWHERE: Final = "no-such-post"
"""The end of an address at which the hosting service has no post."""


@dataclass(frozen=True, slots=True)
class Next:
    """What to do next: `person` is whom to become for it, `url` where it is done."""

    text: str
    url: str = ""
    person: PersonFacts | None = None


@dataclass(frozen=True, slots=True)
class Plot:
    """One story as it is written: `post` is the end of its address at the hosting service."""

    id: str
    post: str
    title: Words
    text: Words
    steps: tuple[Words, ...]
    start: Callable[[str], None]
    stands: "Callable[[Case, str], tuple[int, Next]]"


@dataclass(frozen=True, slots=True)
class Story:
    """One story as the start page shows it. `current` counts its steps from one; 0 while nobody has started it."""

    id: str
    title: Words
    text: Words
    steps: list[str]
    current: int
    next: Next | None
    case: "Case | None"

    @property
    def is_over(self) -> bool:
        """Whether its last step is done."""
        return self.current > len(self.steps)


def stories(posts: list[sending.Post]) -> list[Story]:
    """Return the three stories with where they stand; none while the hosting service has no posts."""
    return [_story(plot, _address(plot, posts)) for plot in PLOTS.values()] if posts else []


def start(story_id: str, posts: list[sending.Post]) -> None:
    """Begin a story. Raises SendingFailed, also where there is no such story or no post for it."""
    plot = PLOTS.get(story_id)
    if plot is None or not posts:
        raise SendingFailed(_("Agora does not answer, so there is no post for this story."))
    plot.start(_address(plot, posts))


def nowhere(posts: list[sending.Post]) -> str:
    """Return an address of the hosting service that names nothing, or an empty text without posts."""
    return f"{posts[0].url.rpartition('/')[0]}/{NOWHERE}" if posts else ""


def _address(plot: Plot, posts: list[sending.Post]) -> str:
    return f"{posts[0].url.rpartition('/')[0]}/{plot.post}"


def _story(plot: Plot, url: str) -> Story:
    found = content.find_content(url)
    about = cases.others_about(found.pk, but=UUID(int=0)) if found is not None else []
    kind = "notice" if plot.start is _send_notice else "removal_order"
    case = next((one for one in about if one.intake_kind == kind), None)
    current, following = plot.stands(case, url) if case is not None else (0, None)
    return Story(plot.id, plot.title, plot.text, [str(step) for step in plot.steps], current, following, case)


def _send_order(reasons: Words) -> Callable[[str], None]:
    def send(url: str) -> None:
        sender = next((one for one in sending.senders() if one.may_order), None)
        if sender is None:
            raise SendingFailed(_("No invented authority can sign here."))
        sending.send_order(sender, url=url, kind="a_incites", reasons=f"EXERCISE. {reasons}", is_silent=False)

    return send


def _send_notice(url: str) -> None:
    at = clock.now()
    draft = notices.NoticeDraft(
        urls=(url,),
        explanation="EXERCISE. This page repeats a call to violence, it must go.",
        good_faith=True,
        door="public_form",
        received_at=at,
        notifier_name="A reader (EXERCISE)",
        notifier_mail="reader@mail.example",
    )
    notices.receive_notice(draft=draft, actor=PUBLIC, at=at)


def _as(role: str) -> PersonFacts | None:
    return next(iter(parties.people_with_role(role)), None)


def _page(name: str, case: "Case") -> str:
    return reverse(f"console:{name}", args=[case.pk])


def _at_agora(url: str) -> str:
    return f"{sending.agora_address()}/p/{url.rpartition('/')[2]}"


def _satire(case: "Case", url: str) -> tuple[int, Next]:
    order = orders.of_case(case.pk)
    if order is None or order.execution == "awaiting":
        text = _(
            "Be the person on call and answer the five questions. That it is a parody is no reason to refuse: execute it."
        )
        return 2, Next(text, _page("check", case), _as("on_call"))
    if order.fate in {"withdrawn", "ceased", "annulled"}:
        return 5, Next(_("The post is back, and its author was told. Look at it in Agora."), _at_agora(url))
    if order.execution == "executing":
        return 2, Next(_("Agora carries it out. A few seconds, then load this page again."))
    if order.execution != "executed":
        return 2, Next(
            _("It went another way. That is allowed; start it again to see this one."), _page("case", case)
        )
    if not order.course:
        text = _(
            "Be a senior reviewer and assess it in full. Its true purpose is artistic: ask for scrutiny, then choose that course."
        )
        return 3, Next(text, _page("case", case), _as("senior_reviewer"))
    text = _(
        "Let a day pass with the clock below. The authority writes that it withdraws: be a senior reviewer and record the end of the order."
    )
    return 4, Next(text, _page("end_order", case), _as("senior_reviewer"))


def _impossible(case: "Case", _url: str) -> tuple[int, Next]:
    order = orders.of_case(case.pk)
    if order is not None and order.execution == "impossible":
        text = _(
            "Annex III is out and the hour stands still. Read it in the mailbox; a clarification would start a new hour."
        )
        return 3, Next(text, reverse("demo:mailbox"))
    text = _(
        "Be the person on call. The address names nothing at Agora: answer the fourth question with no, and report the impossibility."
    )
    return 2, Next(text, _page("check", case), _as("on_call"))


def _kept(case: "Case", _url: str) -> tuple[int, Next]:
    decisions = cases.decisions_of(case.pk)
    if decisions:
        return 3, Next(
            _("It is decided. The reader was told, with the roads open to them: look in the mailbox."),
            reverse("demo:mailbox"),
        )
    text = _("Be a reviewer and assess it in full. Its true purpose is journalistic: keep it, then decide.")
    return 2, Next(text, _page("case", case), _as("reviewer"))


PLOTS: Final = {
    plot.id: plot
    for plot in (
        Plot(
            id="satire",
            post="ember-parody",
            title=gettext_lazy("An order against a joke"),
            text=gettext_lazy(
                "An authority takes a parody for propaganda. It is executed, challenged, withdrawn, and given back."
            ),
            steps=(
                gettext_lazy("The order arrives"),
                gettext_lazy("Executed within the hour"),
                gettext_lazy("Assessed and challenged"),
                gettext_lazy("Withdrawn and restored"),
            ),
            start=_send_order(
                gettext_lazy("The text calls on readers to take the river bridge on the ninth evening.")
            ),
            stands=_satire,
        ),
        Plot(
            id="impossible",
            post=NOWHERE,
            title=gettext_lazy("An order nobody can execute"),
            text=gettext_lazy("Its address names no post. The host reports that, and the hour stops."),
            steps=(gettext_lazy("The order arrives"), gettext_lazy("Reported as impossible")),
            start=_send_order(gettext_lazy("The text calls on readers to close a mill by force.")),
            stands=_impossible,
        ),
        Plot(
            id="kept",
            post="ember-news",
            title=gettext_lazy("A notice about the news"),
            text=gettext_lazy(
                "A reader reports a news report that quotes a call. It is judged before anything happens, and it stays."
            ),
            steps=(gettext_lazy("The notice arrives"), gettext_lazy("Assessed and kept")),
            start=_send_notice,
            stands=_kept,
        ),
    )
}
