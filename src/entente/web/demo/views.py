"""The exercise's own pages. The table of permissions lets nobody in elsewhere (DEMO_ONLY).

Becoming somebody asks for no passkey, which is why these pages exist in an exercise only: its people, keys and
content are invented, and any other instance refuses its keys.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import load_backend, login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from entente.apps.cases import queries as cases
from entente.apps.deliveries import queries as deliveries
from entente.apps.kernel import clock, wake
from entente.apps.kernel.errors import DomainError
from entente.apps.parties import queries as parties
from entente.apps.parties.roles import ROLE_DUTIES, Role
from entente.apps.parties.types import PersonFacts
from entente.web.accounts.adapters import landing_url
from entente.web.demo import playing, sending, story
from entente.web.demo.order_form import DemoOrderForm
from entente.web.public.pages import nothing_here, page, public

STEPS: Final = {
    "hour": (timedelta(hours=1), gettext_lazy("One hour later")),
    "day": (timedelta(days=1), gettext_lazy("Tomorrow")),
    "two_days": (timedelta(hours=48), gettext_lazy("48 hours later")),
    "half_year": (timedelta(days=184), gettext_lazy("Six months later")),
}
"""How far the visitor may move the clock at a time; only forward: what has expired stays so."""
_ORDER: Final = tuple(Role)


@dataclass(frozen=True, slots=True)
class Part:
    """Somebody one can be."""

    person: PersonFacts
    role: str
    duty: str
    is_me: bool


@require_safe
@public
def start(request: HttpRequest) -> HttpResponse:
    """Show whom one can be, what is going on, and the clock."""
    shown = cases.inbox(cases.InboxFilter())
    context = {
        "parts": _parts(request),
        "rows": [(row, _case_url(row.id)) for row in shown.rows[:8]],
        "has_more": shown.has_more or len(shown.rows) > 8,  # noqa: PLR2004
        "story": story.so_far(),
        "plays": playing.stories(sending.posts()),
        "steps": [(name, words) for name, (_by, words) in STEPS.items()],
        "offset": clock.offset(),
        "agora": sending.agora_address(),
        "mails": len(deliveries.mailbox(limit=100)),
        "console": landing_url(request.user) if request.user.is_authenticated else "",
    }
    return page(request, "demo/start.html", context)


@require_POST
def become(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Sign in as one of the invented people, without a passkey."""
    backend = settings.AUTHENTICATION_BACKENDS[0]
    person = load_backend(backend).get_user(person_id)
    if person is None or not person.is_active:
        raise nothing_here()
    logout(request)
    login(request, person, backend=backend)
    wanted = request.POST.get("next", "")
    is_here = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/")
    return redirect(wanted if is_here else landing_url(person))


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Be nobody again."""
    logout(request)
    return redirect("demo:start")


@require_POST
@public
def move_clock(request: HttpRequest) -> HttpResponse:
    """Move the exercise's clock forward; the worker finds by itself what has become due."""
    step = STEPS.get(request.POST.get("step", ""))
    if step is None:
        raise nothing_here()
    clock.shift(step[0])
    wake.notify_worker()
    messages.success(
        request, _("The clock has moved. What became due meanwhile happens in the next seconds.")
    )
    return redirect("demo:start")


@require_safe
@public
def mailbox(request: HttpRequest) -> HttpResponse:
    """Show every mail of the exercise: nothing leaves this machine."""
    recipient = request.GET.get("to", "")
    found = deliveries.mailbox(recipient=recipient)
    recipients = sorted({mail.recipient for mail in deliveries.mailbox(limit=500)})
    context = {"mails": found, "recipient": recipient, "recipients": recipients}
    return page(request, "demo/mailbox.html", context)


@require_safe
@public
def mail(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """Show one mail as text, its links alive."""
    found = deliveries.mailbox_message(message_id)
    if found is None:
        raise nothing_here()
    return page(request, "demo/mail.html", {"mail": found})


@require_safe
def mail_file(request: HttpRequest, file_id: UUID) -> HttpResponse:  # noqa: ARG001
    """Hand out a file of a mail, never shown in the browser itself."""
    found = deliveries.mailbox_file(file_id)
    if found is None:
        raise nothing_here()
    response = HttpResponse(found.content, content_type="application/octet-stream")
    name = "".join(sign if sign.isalnum() or sign in "-_." else "-" for sign in found.name)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
@public
def start_story(request: HttpRequest, story_id: str) -> HttpResponse:
    """Begin one of the three stories; the start page then says what to do next."""
    if story_id not in playing.PLOTS:
        raise nothing_here()
    try:
        playing.start(story_id, sending.posts())
    except DomainError as error:
        messages.error(request, _(error.message))
    else:
        messages.success(request, _("The story has begun. What to do next stands beside it."))
    return redirect(f"{reverse('demo:start')}#stories")


@require_http_methods(["GET", "HEAD", "POST"])
@public
def orders(request: HttpRequest) -> HttpResponse:
    """Send a further order as an invented authority, signed, through the front door."""
    senders, posts = sending.senders(), sending.posts()
    form = DemoOrderForm(
        request.POST or None,
        senders=[(one.slug, one.authority.name) for one in senders if one.may_order],
        posts=[*((post.url, f"{post.title} · {post.author}") for post in posts), *_nothing_there(posts)],
    )
    if request.method == "POST" and form.is_valid() and _send(request, form, senders):
        return redirect("demo:orders")
    context = {
        "form": form,
        "has_senders": bool(senders),
        "has_posts": bool(posts),
        "agora": sending.agora_address(),
    }
    return page(request, "demo/orders.html", context)


def _nothing_there(posts: list[sending.Post]) -> list[tuple[str, str]]:
    """Offer an address at which there is nothing, so that the order nobody can execute is sent by hand too."""
    address = playing.nowhere(posts)
    return [(address, _("An address that names no post (it cannot be executed)"))] if address else []


def _send(request: HttpRequest, form: DemoOrderForm, senders: Sequence[sending.Sender]) -> bool:
    values = form.cleaned_data
    sender = next(one for one in senders if one.slug == values["sender"])
    try:
        answer = sending.send_order(
            sender,
            url=values["url"],
            kind=values["kind"],
            reasons=f"EXERCISE. {values['reasons']}",
            is_silent=values["is_silent"],
        )
    except DomainError as error:
        form.add_error(None, _(error.message))
        return False
    messages.success(
        request,
        _("The order arrived and has its receipt: case %(case)s. Its hour is running.")
        % {"case": answer.get("case", "")},
    )
    return True


def _parts(request: HttpRequest) -> list[Part]:
    found = []
    for person in parties.people():
        role = next((role for role in _ORDER if role in person.roles), None)
        if role is not None:
            me = str(getattr(request.user, "pk", "")) == str(person.id)
            found.append(Part(person=person, role=str(role.label), duty=str(ROLE_DUTIES[role]), is_me=me))
    return sorted(found, key=lambda part: [str(role.label) for role in _ORDER].index(part.role))


def _case_url(case_id: UUID) -> str:
    try:
        return reverse("console:case", args=[case_id])
    except NoReverseMatch:
        return ""
