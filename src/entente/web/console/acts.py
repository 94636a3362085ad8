"""Acts on a case that need words first: one page says what will happen, asks what is needed, and does it.

Every act has its own address and its own line in the table of permissions; the page, the errors beside their
fields and the way back are the same for all.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.views.decorators.http import require_http_methods

from entente.apps.cases import queries as cases
from entente.apps.kernel import clock
from entente.apps.kernel.actors import Actor
from entente.web.accounts.answering import attempt, signed_in
from entente.web.console import turns
from entente.web.console.pages import case_url, posted, show, to_case
from entente.web.permissions import requires

if TYPE_CHECKING:
    from entente.apps.cases.models import Case

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Asked:
    """What an act is told: the case, the row it is about, the form's answers, who and when."""

    case: "Case"
    subject: Any
    values: Mapping[str, Any]
    actor: Actor
    at: datetime
    query: Mapping[str, str]


def _nothing(_case: "Case", **_ids: UUID) -> None:
    return None


def _no_values(_request: HttpRequest, _case: "Case", _subject: Any) -> dict[str, Any]:
    return {}


def _say(act: "Act", request: HttpRequest, _asked: Asked) -> None:
    messages.success(request, str(act.done))


def _same_case(asked: Asked) -> UUID:
    return asked.case.pk


@dataclass(frozen=True, slots=True)
class Act:
    """One act. `load` finds the row it is about (raises Missing); `prefill` and `options` feed the form.

    `tell` says that it is done, or offers to undo it; `onward` says which case one goes on with, `then` on which page
    of it: the name of an act, empty for the case itself.
    """

    name: str
    where: str
    permission: str
    form: type[forms.Form]
    title: Words
    consequences: Words
    submit: Words
    run: Callable[[Asked], object]
    done: Words
    tone: str = "primary"
    tab: str = ""
    load: Callable[..., Any] = _nothing
    prefill: Callable[[HttpRequest, "Case", Any], dict[str, Any]] = _no_values
    options: Callable[[HttpRequest, "Case", Any], dict[str, Any]] = _no_values
    template: str = "console/act.html"
    more: Callable[[HttpRequest, "Case", Any], dict[str, Any]] = field(default=_no_values)
    tell: Callable[["Act", HttpRequest, Asked], None] = _say
    onward: Callable[[Asked], UUID] = _same_case
    then: str = ""

    def view(self) -> Callable[..., HttpResponseBase]:
        """Return the view of this act."""

        @requires(self.permission)
        @require_http_methods(["GET", "POST"])
        def act_page(request: HttpRequest, case_id: UUID, **ids: UUID) -> HttpResponseBase:
            case = cases.case_by_id(case_id)
            subject = self.load(case, **ids)
            form = self.form(
                posted(request),
                initial=self.prefill(request, case, subject),
                **self.options(request, case, subject),
            )
            if request.method == "POST" and form.is_valid():
                me = signed_in(request).actor
                asked = Asked(case, subject, form.cleaned_data, me, clock.now(), request.POST.dict())
                attempt(form, lambda: self.run(asked))
                if not form.errors:
                    turns.note(request, is_heavy=case.is_heavy)
                    self.tell(self, request, asked)
                    if self.then:
                        return redirect(self.then, self.onward(asked))
                    return to_case(self.onward(asked), self.tab)
            context = {
                "act": self,
                "case": case,
                "subject": subject,
                "form": form,
                "back": case_url(case.pk, self.tab),
                **self.more(request, case, subject),
            }
            return show(request, self.template, context)

        return act_page

    def route(self) -> URLPattern:
        """Return the address of this act, below its case."""
        return path(f"cases/<uuid:case_id>/{self.where}/", self.view(), name=self.name)


class NoFields(forms.Form):
    """An act that needs no words, only a deliberate click."""
