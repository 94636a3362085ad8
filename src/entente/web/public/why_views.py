"""Why an address answers 451 (RFC 7725): the page the platform links to.

It is for anybody who stands before the closed address: which measure, which law, who demanded it or only pointed it
out, which roads. It names no person and quotes nothing. While a lawful silence runs it is not there (rule 14).
"""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from entente.apps.cases import in_force, letters
from entente.apps.cases import queries as cases
from entente.apps.cases.given_back import given_back
from entente.apps.parties import queries as parties
from entente.web.public import letter_facts, places
from entente.web.public.pages import nothing_here, page, private


@require_safe
@private
def why(request: HttpRequest, action_id: UUID) -> HttpResponse:
    """Explain one measure to whoever met it."""
    action = cases.action(action_id)
    if action is None or cases.is_silent(action.decision.case_id):
        raise nothing_here()
    decision = action.decision
    order = letter_facts.order_part(decision)
    context = {
        "action": action,
        "decision": decision,
        "is_over": action.state in {"undoing", "undone"},
        "back": given_back(in_force.remainder_of(action)),
        "where": places.where(decision.scope_kind, decision.scope_countries),
        "basis": places.basis_title(decision.basis_id),
        "article": places.basis_article(decision.basis_id),
        "ground": places.ground_title(decision.ground_id),
        "ground_article": places.ground_article(decision.ground_id),
        "order": order,
        "referred_by": letters.referred_by(decision),
        "host": parties.host_facts(),
    }
    return page(request, "public/why.html", context)
