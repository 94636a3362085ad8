"""What every view here does with a service's answer: show it where the person is looking."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from entente.apps.kernel.actors import Actor
from entente.apps.kernel.errors import DomainError
from entente.web.permissions import May

if TYPE_CHECKING:
    from entente.apps.parties.models import Person

T = TypeVar("T")


def attempt(form: forms.Form, act: Callable[[], T]) -> T | None:
    """Run a service; on a domain error put it beside its field, or on top of the form, and return None."""
    try:
        return act()
    except DomainError as error:
        named = str(error.facts.get("field", ""))
        form.add_error(named if named in form.fields else None, _(error.message))
        return None


def attempt_or_say(request: HttpRequest, act: Callable[[], object], done: str) -> bool:
    """Run a service behind a single button; say what happened in a message."""
    try:
        act()
    except DomainError as error:
        messages.error(request, _(error.message))
        return False
    messages.success(request, done)
    return True


def page(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """Render a page with what the person may do; a form with errors answers 422."""
    full = {"may": May(request.user), **(context or {})}
    wrong = any(isinstance(value, forms.Form) and value.errors for value in full.values())
    return render(request, template, full, status=422 if wrong and status == 200 else status)  # noqa: PLR2004


def signed_in(request: HttpRequest) -> "Person":
    """Return the signed-in person; the table of permissions let nobody else through."""
    return cast("Person", request.user)


def actor(request: HttpRequest) -> Actor:
    """Return the signed-in person as the actor of a service."""
    return signed_in(request).actor
