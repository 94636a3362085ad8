"""What would leave this service: proposed by one person, confirmed or refused by another."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from entente.apps.banks import queries, services
from entente.web.accounts.answering import signed_in
from entente.web.console.banks import places, words
from entente.web.console.banks.acts import Act, NoFields, offers
from entente.web.console.banks.bank_acts import waits, waits_for
from entente.web.console.banks.bank_forms import NoteForm
from entente.web.console.banks.bank_views import signal_row
from entente.web.console.pages import show
from entente.web.permissions import requires

_MOST_DECIDED = 50


@requires("banks.view")
@require_GET
def sharing(request: HttpRequest) -> HttpResponse:
    """Show the proposals that wait, and what became of the last ones."""
    me = signed_in(request).actor
    waiting = queries.sharing_proposals()
    numbers = {one.id for one in waiting}
    decided = [
        one
        for one in queries.sharing_proposals(waiting_only=False, limit=_MOST_DECIDED)
        if one.id not in numbers
    ]
    context = {
        "waiting": [
            {**_row(one), "is_mine": one.proposed_by_id == me.id, "offers": _offers(request, one)}
            for one in waiting
        ],
        "decided": [_row(one) for one in decided],
        "place": places.in_sharing(),
    }
    return show(request, "console/banks/sharing.html", context)


def _row(one: queries.ProposalLine) -> dict[str, Any]:
    return {
        "proposal": one,
        "state": words.proposal_state(one.state),
        "use": words.use(one.use_at_most),
        "ground": words.ground(one.ground),
        "count": len(one.signal_ids),
    }


def _offers(request: HttpRequest, one: queries.ProposalLine) -> list[Any]:
    return offers((CONFIRM, REFUSE), places.Proposed(queries.bank_page(one.bank_id), one), request)


def _ids(one: places.Proposed) -> dict[str, UUID]:
    return {"proposal_id": one.proposal.id}


def _shown(_request: HttpRequest, one: places.Proposed) -> dict[str, Any]:
    """Show what would leave: the statement, and each signal."""
    signals = places.facts_of(one.proposal.signal_ids)
    return {**_row(one.proposal), "signals": [signal_row(signal) for signal in signals]}


CONFIRM = Act(
    name="sharing_confirm",
    where="sharing/<uuid:proposal_id>/confirm",
    permission="banks.share",
    form=NoFields,
    title=gettext_lazy("Share with partners"),
    consequences=gettext_lazy(
        "You take over the ground and the statement. The signals go to every partner that reads this bank; the public log and the overseer learn of it. What partners do with them cannot be undone from here."
    ),
    submit=gettext_lazy("I have looked: share them"),
    run=lambda asked: services.confirm_sharing(
        proposal_id=asked.subject.proposal.id, actor=asked.actor, at=asked.at
    ),
    done=gettext_lazy("The signals are shared."),
    load=places.sharing_at,
    place=places.in_sharing,
    ids=_ids,
    fits=waits_for,
    more=_shown,
    template="console/banks/sharing_act.html",
    tone="primary",
)
REFUSE = Act(
    name="sharing_refuse",
    where="sharing/<uuid:proposal_id>/refuse",
    permission="banks.share",
    form=NoteForm,
    title=gettext_lazy("Refuse it, or take it back"),
    consequences=gettext_lazy("Nothing leaves. The note is kept with the proposal."),
    submit=gettext_lazy("Do not share them"),
    run=lambda asked: services.refuse_sharing(
        proposal_id=asked.subject.proposal.id, note=asked.values["note"], actor=asked.actor, at=asked.at
    ),
    done=gettext_lazy("The proposal is refused; nothing left."),
    load=places.sharing_at,
    place=places.in_sharing,
    ids=_ids,
    fits=waits,
    more=_shown,
    template="console/banks/sharing_act.html",
)
ACTS = (CONFIRM, REFUSE)
