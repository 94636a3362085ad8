"""Acts on banks, signals and exchanges: one page says what will happen, asks what is needed, and does it.

The page a thing has offers what fits now to whoever may do it, each with the sentence that its own page says again. A
service refuses all the same: an act whose address somebody kept is asked there.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.views.decorators.http import require_http_methods

from entente.apps.kernel import clock
from entente.apps.kernel.actors import Actor
from entente.apps.parties.permissions import is_allowed
from entente.web.accounts.answering import attempt, signed_in
from entente.web.console.pages import posted, show
from entente.web.permissions import requires

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Place:
    """Where an act happens: what it is about, where one goes back to, and the rooms above it."""

    name: str
    url: str
    crumbs: tuple[tuple[str, str], ...] = ()
    """(address, name) of each room, the outermost first."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an act is told: the thing it is about, the form's answers, who and when."""

    subject: Any
    values: Mapping[str, Any]
    actor: Actor
    at: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """An act as a page offers it."""

    url: str
    label: Words
    sentence: Words
    tone: str
    key: str


def _always(_subject: Any, _actor: Actor, _at: datetime) -> bool:
    return True


def _no_values(_request: HttpRequest, _subject: Any) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act. `load` finds what it is about (raises Missing), `place` says where that stands.

    `consequences` is one sentence, or makes it of the subject; `fits` says whether it can be done now by this person.
    `done` is the message afterwards, or makes it of what the service returned; `onward` is where one goes then.
    """

    name: str
    where: str
    permission: str
    form: type[forms.Form]
    title: Words
    consequences: Words | Callable[[Any], Words]
    submit: Words
    run: Callable[[Asked], Any]
    done: Words | Callable[[Any], Words]
    load: Callable[..., Any]
    place: Callable[[Any], Place]
    ids: Callable[[Any], dict[str, Any]] = lambda _subject: {}
    tone: str = ""
    key: str = ""
    fits: Callable[[Any, Actor, datetime], bool] = _always
    prefill: Callable[[HttpRequest, Any], dict[str, Any]] = _no_values
    options: Callable[[HttpRequest, Any], dict[str, Any]] = _no_values
    more: Callable[[HttpRequest, Any], dict[str, Any]] = _no_values
    onward: Callable[[Asked, Any], str] | None = None
    template: str = "console/banks/act.html"

    def view(self) -> Callable[..., HttpResponseBase]:
        """Return the view of this act."""

        @requires(self.permission)
        @require_http_methods(["GET", "POST"])
        def act_page(request: HttpRequest, **ids: UUID | int | str) -> HttpResponseBase:
            subject = self.load(request, **ids)
            form = self.form(
                posted(request), initial=self.prefill(request, subject), **self.options(request, subject)
            )
            me, at = signed_in(request).actor, clock.now()
            if request.method == "POST" and form.is_valid():
                asked = Asked(subject, form.cleaned_data, me, at)
                result = attempt(form, lambda: self.run(asked))
                if not form.errors:
                    messages.success(request, str(_said(self.done, result)))
                    return redirect(self.onward(asked, result) if self.onward else self.place(subject).url)
            context = {
                "act": self,
                "subject": subject,
                "place": self.place(subject),
                "consequences": _said(self.consequences, subject),
                "fits": self.fits(subject, me, at),
                "form": form,
                **self.more(request, subject),
            }
            return show(request, self.template, context)

        return act_page

    def route(self) -> URLPattern:
        """Return the address of this act."""
        return path(f"{self.where}/", self.view(), name=self.name)

    def offer(self, subject: Any, query: str = "") -> Offer:
        """Return the act as the page of its subject offers it."""
        url = reverse(f"console:{self.name}", kwargs=self.ids(subject))
        return Offer(f"{url}{query}", self.title, _said(self.consequences, subject), self.tone, self.key)


def offers(acts: Iterable[Act], subject: Any, request: HttpRequest, query: str = "") -> list[Offer]:
    """Return the acts that somebody may do now with a thing."""
    me, at = signed_in(request), clock.now()
    return [
        act.offer(subject, query)
        for act in acts
        if is_allowed(me, act.permission) and act.fits(subject, me.actor, at)
    ]


def _said(words: Any, about: Any) -> Words:
    said: Words = words(about) if callable(words) else words
    return said


class NoFields(forms.Form):
    """An act that needs no words, only a deliberate click."""
