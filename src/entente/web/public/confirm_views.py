"""The page behind the mail of the manual adapter: what to do, and a button that says it is done.

Opening the address never acts (mail programs open links by themselves). After the confirmation the tool looks from
outside, and what it sees stands beside what was said; it never replaces it.
"""

import zoneinfo
from datetime import datetime
from typing import TYPE_CHECKING

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from entente.apps.cases import in_force, platform, queries, services
from entente.apps.cases.services import looking
from entente.apps.cases.whereabouts import where_in
from entente.apps.content import queries as content
from entente.apps.kernel import clock
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.config import config
from entente.web.public import places
from entente.web.public.pages import nothing_here, page, private

if TYPE_CHECKING:
    from entente.apps.cases.models import Action, OutsideLook
    from entente.apps.content.queries import PreviewData

HAND = Actor(kind="api_client", id="confirmation-link", name="Confirmation link")
"""Whoever holds the link of the mail; the mail went to the platform's own address."""
_ASKED = {"pending": "apply", "failed": "apply", "undoing": "undo"}


class ConfirmForm(forms.Form):
    """What was done, and when. `asked` is what the page asked for: it may have changed since it was opened."""

    asked = forms.ChoiceField(choices=[("apply", "apply"), ("undo", "undo")], widget=forms.HiddenInput)
    done_at = forms.DateTimeField(
        label=gettext_lazy("When it was done"),
        required=False,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text=gettext_lazy("Leave it empty if you did it just now."),
    )


class RefuseForm(forms.Form):
    """Why it cannot be done."""

    REASONS = (
        ("not_found", gettext_lazy("I cannot find it: nothing is at this address")),
        ("not_ours", gettext_lazy("It is not ours: the address belongs to another service")),
        ("other", gettext_lazy("Something else")),
    )
    asked = forms.ChoiceField(choices=[("apply", "apply"), ("undo", "undo")], widget=forms.HiddenInput)
    reason = forms.ChoiceField(
        label=gettext_lazy("What is the matter?"), choices=REASONS, widget=forms.RadioSelect
    )
    note = forms.CharField(label=gettext_lazy("In a few words"), required=False, max_length=200)


@require_http_methods(["GET", "HEAD", "POST"])
@private
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Show what to do; a button confirms it, another says why not."""
    action = queries.action_by_token(token)
    if action is None:
        raise nothing_here()
    asked = _ASKED.get(action.state, "")
    is_refusing = "refuse" in request.POST
    confirming = ConfirmForm(
        request.POST if request.method == "POST" and not is_refusing else None, initial={"asked": asked}
    )
    refusing = RefuseForm(request.POST if is_refusing else None, initial={"asked": asked}, prefix=None)
    used = refusing if is_refusing else confirming
    changed = False
    if request.method == "POST" and used.is_valid():
        if used.cleaned_data["asked"] == asked:
            _record(action, used)
            return redirect("public:confirm", token=token)
        changed = True
    return page(
        request,
        "public/confirm.html",
        {**_facts(action, asked), "form": confirming, "refusing": refusing, "changed": changed},
    )


def _record(action: "Action", form: forms.Form) -> None:
    at = clock.now()
    if isinstance(form, RefuseForm):
        code, note = form.cleaned_data["reason"], form.cleaned_data["note"].strip()
        services.record_refusal(action_id=action.pk, reason=code, note=note, actor=HAND, at=at)
        return
    with transaction.atomic():
        done_at: datetime = form.cleaned_data["done_at"] or at
        recorded = services.record_effect(action_id=action.pk, effect_at=done_at, actor=HAND, at=at)
        looking.plan_looks(action=recorded, at=at)


def _facts(action: "Action", asked: str) -> dict[str, object]:
    decision = action.decision
    since = action.undone_at or action.effect_at
    expected = looking.expected_of(action)
    left = in_force.remainder_of(action)
    return {
        "action": action,
        "is_copy_missing": missing_copy(action) is not None,
        "is_held": left.is_held,
        "back_where": "" if left.freed.is_nowhere else where_in(left.freed),
        "asked": asked,
        "url": decision.item.url,
        "measure": decision.outcome,
        "where": places.where(decision.scope_kind, decision.scope_countries),
        "is_silent": platform.is_silent(decision.case_id),
        "since": since,
        "expected": expected,
        "looks": [_look(look, expected) for look in _recent(action)],
        "zone": timezone.localtime(clock.now(), zoneinfo.ZoneInfo(config().zone)).tzname(),
    }


def missing_copy(action: "Action") -> "PreviewData | None":
    """Return the copy of the item a measure is about while it is missing."""
    decision = action.decision
    copy = content.preview(content_item_id=decision.item.content_item_id, case_id=decision.case_id)
    return copy if copy is not None and copy.is_missing else None


def _recent(action: "Action") -> "list[OutsideLook]":
    """Return the looks that belong to the last confirmation."""
    since = action.undone_at or action.effect_recorded_at or action.requested_at
    return [look for look in queries.looks_of(action.pk) if look.due_at >= since]


def _look(look: "OutsideLook", expected: looking.Expected) -> dict[str, object]:
    """Say whether what was seen fits what was confirmed; a page behind a login may look like anything."""
    return {
        "due_at": look.due_at,
        "looked_at": look.looked_at,
        "verdict": look.verdict,
        "status_code": look.status_code,
        "fits": looking.fits(look.verdict, expected),
    }
