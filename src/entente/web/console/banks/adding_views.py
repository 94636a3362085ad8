"""Adding signals to a bank: a pasted list of one type, or a file of any format that is exchanged."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from entente.apps.banks import queries, services
from entente.apps.banks.choices import BankState
from entente.apps.banks.services import MOST_AT_ONCE, Source
from entente.apps.kernel import clock
from entente.apps.kernel.config import config
from entente.core.exchange import formats
from entente.core.exchange.entries import MAX_ENTITY_CHARACTERS
from entente.web.accounts.answering import actor, attempt
from entente.web.accounts.fields import LinesField
from entente.web.console.banks import places, words
from entente.web.console.banks.reading import MOST_LINES, Listed, format_of, from_file, from_lines
from entente.web.console.fields import LongTextField, MomentField
from entente.web.console.pages import show
from entente.web.permissions import requires


class SourceForm(forms.Form):
    """Where signals come from, in words."""

    source = forms.CharField(
        label=gettext_lazy("Where do they come from?"),
        help_text=gettext_lazy("A colleague, a report, a case."),
        max_length=300,
    )
    reason = LongTextField(label=gettext_lazy("Why do they belong here?"), required=False, rows=2)


class PasteForm(SourceForm):
    """One or more written signals of one type."""

    signal_type = forms.ChoiceField(label=gettext_lazy("Type"), choices=words.type_choices)
    lines = forms.CharField(
        label=gettext_lazy("Signals, one per line"),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "class": "code", "dir": "ltr"}),
        max_length=2_000_000,
        strip=False,  # the numbers of the lines are those that people see
    )
    entity = forms.CharField(label=gettext_lazy("Entity"), max_length=MAX_ENTITY_CHARACTERS, required=False)
    labels = LinesField(label=gettext_lazy("Labels"), required=False, rows=2)
    expires_at = MomentField(label=gettext_lazy("They end on"), required=False)

    field_order = ("signal_type", "lines", "source", "reason", "entity", "labels", "expires_at")


class FileForm(SourceForm):
    """A file in one of the formats that are exchanged."""

    upload = forms.FileField(label=gettext_lazy("File"))
    format = forms.ChoiceField(
        label=gettext_lazy("Format"),
        choices=[
            ("", gettext_lazy("as its name says")),
            *[(one.name, one.title) for one in formats.FORMATS],
        ],
        required=False,
    )

    field_order = ("upload", "format", "source", "reason")

    def clean_upload(self) -> Any:
        """Refuse what is larger than this service takes from a browser."""
        upload, limit = self.cleaned_data["upload"], config().limits.upload_bytes
        if upload.size > limit:
            raise forms.ValidationError(
                _("A file may have %(limit)d MB at most.") % {"limit": limit // 1_000_000}
            )
        return upload


@requires("signals.add")
@require_http_methods(["GET", "POST"])
def signals_add(request: HttpRequest, bank_id: UUID) -> HttpResponse:
    """Add signals, and say of every one that could not be kept why."""
    page = queries.bank_page(bank_id)
    road = request.POST.get("road", "")
    pasted = PasteForm(request.POST if road == "paste" else None)
    file = FileForm(*((request.POST, request.FILES) if road == "file" else (None,)))
    given, read = (file, _from_file) if road == "file" else (pasted, _from_lines)
    if given.is_bound and given.is_valid():
        told = attempt(given, lambda: _added(request, bank_id, given.cleaned_data, read))
        if told is not None:
            return show(request, "console/banks/signals_added.html", {**_context(page), **told})
    limits = {
        "most_lines": MOST_LINES,
        "most_signals": MOST_AT_ONCE,
        "most_megabytes": config().limits.upload_bytes // 1_000_000,
    }
    context = {"pasted": pasted, "file": file, "road": road, **limits, **_context(page)}
    return show(request, "console/banks/signals_add.html", context)


def takes_signals(page: queries.BankPage) -> bool:
    """Say whether people add signals to a bank: not to one that an exchange or two people fill."""
    policy = page.line.policy
    return policy.state == BankState.IN_USE and page.line.exchange_id is None and not policy.is_shared


def _context(page: queries.BankPage) -> dict[str, Any]:
    return {"bank": page.line, "place": places.of_bank(page), "takes_signals": takes_signals(page)}


def _from_lines(given: dict[str, Any]) -> Listed:
    common = {
        "signal_type": given["signal_type"],
        "entity": given["entity"],
        "labels": tuple(given["labels"]),
        "expires_at": given["expires_at"],
    }
    return from_lines(given["lines"], common)


def _from_file(given: dict[str, Any]) -> Listed:
    upload = given["upload"]
    return from_file(upload, format_of(given["format"], upload.name))


def _added(
    request: HttpRequest, bank_id: UUID, given: dict[str, Any], read: Callable[[dict[str, Any]], Listed]
) -> dict[str, Any]:
    """Read and add; return what the page says of it."""
    listed = read(given)
    name = f"{given['upload'].name}: " if "upload" in given else ""
    source = Source(
        how="import" if "upload" in given else "manual",
        words=f"{name}{given['source']}",
        reason=given["reason"],
    )
    added = services.add_signals(
        bank_id=bank_id, signals=listed.signals, source=source, actor=actor(request), at=clock.now()
    )
    return {
        "added": added,
        "bad": listed.told(added),
        "bad_count": len(listed.bad) + len(added.bad),
        "problem": listed.problem,
        "is_file": "upload" in given,
    }
