"""The list of banks, the page of one with its signals, and a bank as a file."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_POST

from entente.apps.banks import queries, services
from entente.apps.banks.choices import OwnerKind
from entente.apps.kernel import clock
from entente.apps.parties.permissions import is_allowed
from entente.core.exchange import formats
from entente.web.accounts.answering import actor, signed_in
from entente.web.console.banks import bank_acts, chosen_acts, exporting, places, words
from entente.web.console.banks.acts import offers
from entente.web.console.banks.adding_views import takes_signals
from entente.web.console.banks.asked_filter import NAMES, kept, wanted_in
from entente.web.console.banks.bank_forms import ExportForm
from entente.web.console.pages import show
from entente.web.permissions import requires

_LONGEST_NUMBER = 18
_SHORT = 24
_SHORT_WORDS = 64


@requires("banks.view")
@require_GET
def banks(request: HttpRequest) -> HttpResponse:
    """Show the banks, and what waits for a second person."""
    with_retired = request.GET.get("retired") == "yes"
    asked = request.GET.get("q", "").strip()
    everything = queries.banks(include_retired=True)
    lines = [line for line in everything if with_retired or line.retired_at is None]
    context = {
        "rows": [bank_row(line, clock.now()) for line in lines if _is_named(line, asked)],
        "q": asked,
        "with_retired": with_retired,
        "is_first": not everything,
        "retired_count": sum(line.retired_at is not None for line in everything),
        "waiting_restrict": queries.restrict_proposals(),
        "waiting_sharing": len(queries.sharing_proposals()),
    }
    return show(request, "console/banks/banks.html", context)


def _is_named(line: queries.BankLine, asked: str) -> bool:
    texts = (line.policy.name, words.owner(line.policy), line.basis, line.basis_reference)
    return any(asked.casefold() in text.casefold() for text in texts)


def bank_row(line: queries.BankLine, at: datetime) -> dict[str, Any]:
    """Return a bank in the words of a list."""
    return {
        "line": line,
        "owner": words.owner(line.policy),
        "policy": words.policy(line.policy),
        "precision": words.precision(line.judged_right, line.judged_wrong),
        "precision_short": words.precision_short(line.judged_right, line.judged_wrong),
        "state": words.bank_state(line.policy, at),
    }


@requires("banks.view")
@require_GET
def bank(request: HttpRequest, bank_id: UUID) -> HttpResponse:
    """Show a bank: what it may lead to, what waits, its signals."""
    page, at = queries.bank_page(bank_id), clock.now()
    me = signed_in(request).actor
    waiting = page.waiting
    context = {
        "place": places.of_bank(page),
        "is_mine": waiting is not None and waiting.proposed_by_id == me.id,
        "offers": offers(bank_acts.OF_A_BANK, page, request),
        "proposal_offers": offers(bank_acts.OF_A_PROPOSAL, places.Proposed(page, waiting), request)
        if waiting
        else [],
        "waiting": waiting,
        "waiting_settings": words.settings(waiting.settings) if waiting else [],
        "proposals": [(one, words.proposal_state(one.state)) for one in page.proposals if one != waiting],
        "policy_help": words.POLICY_HELP[page.line.policy.policy],
        "radii": _radii(page.line.policy),
        "share": page.line.policy.share_of_traffic * 100,
        "takes_signals": takes_signals(page),
        "is_own": page.line.policy.owner_kind == OwnerKind.OWN,
        "export_form": ExportForm(),
        **bank_row(page.line, at),
        **_signals(request, page),
    }
    return show(request, "console/banks/bank.html", context)


def _signals(request: HttpRequest, page: queries.BankPage) -> dict[str, Any]:
    """Return the part of a bank's signals that an address asks for."""
    text = request.GET.get("before", "")
    before = int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER else None
    found = queries.signals_of_bank(page.line.id, wanted_in(request.GET), before=before)
    carried = kept(request.GET)
    older = f"before={found.next_before}" if found.next_before is not None else ""
    return {
        "rows": [signal_row(one) for one in found.signals],
        "asked": {name: request.GET.get(name, "") for name in NAMES},
        "carried": carried,
        "is_filtered": bool(carried),
        "is_later": before is not None,
        "older": "&".join(filter(None, (carried, older))) if older else "",
        "types": words.type_choices(),
        "states": words.signal_states(),
        "entities": queries.entities(),
        "bulk": _bulk(request, page, found.signals),
    }


def _bulk(request: HttpRequest, page: queries.BankPage, signals: Sequence[queries.SignalFacts]) -> list[Any]:
    """Return what one may do with chosen signals of this bank; whether with these, the act itself says."""
    if not signals:
        return []
    policy = page.line.policy
    is_own = policy.owner_kind == OwnerKind.OWN
    fitting = [chosen_acts.RETRACT]
    if is_own and not (policy.is_shared or policy.negative_kind):
        fitting.insert(0, chosen_acts.SHARE)
    if not is_own:
        fitting.insert(0, chosen_acts.ADOPT)
    me = signed_in(request)
    return [act.offer(places.Chosen(page, ())) for act in fitting if is_allowed(me, act.permission)]


def signal_row(one: queries.SignalFacts) -> dict[str, Any]:
    """Return a signal in the words of a list."""
    written = one.written
    most = (
        _SHORT if written.isalnum() else _SHORT_WORDS
    )  # a hash is known by its beginning, an address is not
    return {
        "facts": one,
        "type": words.type_title(one.signal_type),
        "written": written if len(written) <= most else f"{written[:most]}…",
        "state": words.signal_state(one.state),
        "precision": words.precision_short(one.judged_right, one.judged_wrong),
    }


def _radii(policy: queries.BankPolicy) -> list[tuple[str, int, str]]:
    return [
        (words.type_title(name), policy.radius(name), words.unit(name))
        for name, _usual, _widest in words.ranged_types()
    ]


@requires("banks.share")
@require_POST
def bank_export(request: HttpRequest, bank_id: UUID) -> HttpResponseBase:
    """Hand out what stands in a bank as a file; it is on record before anybody has it."""
    page, at = queries.bank_page(bank_id), clock.now()
    form = ExportForm(request.POST)
    if not form.is_valid():
        return redirect("console:bank", bank_id)
    kind = formats.by_name(form.cleaned_data["format"])
    exported = exporting.write_bank(bank_id, kind, at=at)
    services.record_export(
        bank_id=bank_id,
        count=exported.count,
        left_out=exported.left_out,
        form=kind.name,
        actor=actor(request),
        at=at,
    )
    headers = {
        "Content-Disposition": f'attachment; filename="{slugify(page.line.policy.name) or "bank"}{kind.suffix}"',
        "Content-Length": str(exported.size_bytes),
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return StreamingHttpResponse(exported.chunks(), content_type=kind.media_type, headers=headers)
