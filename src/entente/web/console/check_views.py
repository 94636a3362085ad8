"""The execution check: five questions beside what the program knows, one key that executes, and the other exits."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from entente.apps.cases import queries as cases
from entente.apps.content import queries as content
from entente.apps.deadlines import queries as deadlines
from entente.apps.kernel import clock
from entente.apps.kernel.errors import DomainError
from entente.apps.orders import queries as orders
from entente.apps.orders import services as order_services
from entente.apps.parties import queries as parties
from entente.apps.parties.types import AuthorityFacts, HostFacts
from entente.core.law import assessment as law
from entente.core.law.orders import RemovalOrderForm
from entente.web.accounts.answering import actor
from entente.web.console import law_rows, turns, words
from entente.web.console.answers import NOTE, QUESTIONS, answers_from, box
from entente.web.console.finding import order_of
from entente.web.console.pages import show, to_case
from entente.web.permissions import requires

if TYPE_CHECKING:
    from entente.apps.orders.models import RemovalOrder

_SHOWN: Final = 20
_ADDRESS_CODES: Final = "address."


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing the program knows that bears on a question: a word with a shape, and what it means."""

    tone: str
    word: str | Promise
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """One of the five questions with the facts beside it, the step that may settle it, and the exit its no leads to."""

    number: int
    id: str
    box: str
    text: str
    help: str
    facts: list[Fact]
    more: list[Fact]
    more_label: str
    given: str
    ground: str
    exit_url: str
    exit_text: str
    exit_label: str
    step_url: str
    step_label: str


@dataclass(frozen=True, slots=True)
class Known:
    """What is read once for all five questions."""

    order: "RemovalOrder"
    form: RemovalOrderForm
    findings: list[law_rows.FindingRow]
    authority: AuthorityFacts | None
    host: HostFacts
    rows: list[cases.ItemView]
    is_protected: bool


@requires("orders.check")
@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, case_id: UUID) -> HttpResponseBase:
    """Ask the five questions; execute on POST."""
    case = cases.case_by_id(case_id)
    order = order_of(case)
    if request.method == "POST" and _execute(request, order):
        turns.note(request, is_heavy=case.is_heavy)
        return to_case(case_id)
    given = request.POST if request.method == "POST" else request.GET
    known = _known(order)
    due = deadlines.most_pressing(case_id)
    context = {
        "case": case,
        "order": order,
        "departure": cases.departure_of(case_id),
        "clock": due,
        "questions": _questions(known, given),
        "note": given.get(NOTE, ""),
        "known": known,
        "rows": known.rows[:_SHOWN],
        "more": max(0, case.item_count - _SHOWN),
        "is_waiting": order.execution == "awaiting",
        "sources": [(row, content.protected_match(row.url)) for row in known.rows[:_SHOWN]]
        if known.is_protected
        else [],
    }
    status = 422 if request.method == "POST" else 200
    return show(request, "console/check.html", context, status=status)


def _execute(request: HttpRequest, order: "RemovalOrder") -> bool:
    answers = answers_from(request.POST)
    if answers is None:
        messages.error(request, _("Answer all five questions first."))
        return False
    try:
        order_services.execute_order(order_id=order.pk, answers=answers, actor=actor(request), at=clock.now())
    except DomainError as error:
        messages.error(request, _(error.message))
        return False
    messages.success(
        request,
        _("Executed: the platform was asked to disable, the content is preserved, the feedback follows."),
    )
    return True


def _known(order: "RemovalOrder") -> Known:
    facts = orders.check_facts(order)
    return Known(
        order=order,
        form=orders.form_of(order),
        findings=law_rows.findings(order),
        authority=parties.authority(order.authority_id) if order.authority_id else None,
        host=parties.host_facts(),
        rows=cases.items_of(order.case_id, limit=_SHOWN),
        is_protected=facts.is_protected,
    )


def _questions(known: Known, given: Any) -> list[Question]:
    facts = {
        "authentic": _authentic,
        "addressed": _addressed,
        "elements": _elements,
        "address": _address,
        "nothing_wrong": _nothing_wrong,
    }
    return [
        Question(
            number=number,
            id=question.id,
            box=box(question.id),
            text=_(question.question),
            help=_(question.help),
            facts=facts[question.id](known) if question.id in QUESTIONS else [],
            more=_binding(known, speaking_for=True) if question.id == "addressed" else [],
            more_label=_("What speaks for it"),
            given=given.get(box(question.id), ""),
            ground=str(question.annex3_ground or ""),
            exit_url=_exit(known.order, question),
            exit_text=_(question.if_no_text),
            exit_label=_("File as information") if question.annex3_ground is None else _("Prepare Annex III"),
            step_url=reverse(f"console:{step}", args=[known.order.case_id]) if step else "",
            step_label=str(_STEPS.get(step, "")),
        )
        for number, question in enumerate(law.execution_check(), start=1)
        for step in [_step(known, question.id)]
    ]


_STEPS: Final = {
    "identify_issuer": gettext_lazy("Say which authority it is"),
    "verify": gettext_lazy("Verify by calling back"),
    "complete_form": gettext_lazy("Complete what the paper says"),
}


def _step(known: Known, question: str) -> str:
    """Return the act that may answer a question better than a guess: a name, a call, the second page of a fax."""
    order = known.order
    if question == "authentic" and order.authenticity == "unverified":
        return "verify" if known.authority is not None else "identify_issuer"
    if question == "elements" and known.findings and orders.may_be_completed(order):
        return "complete_form"
    return ""


def _exit(order: "RemovalOrder", question: law.ExecutionCheckQuestion) -> str:
    if question.annex3_ground is None:
        return reverse("console:file_as_information", args=[order.case_id])
    return reverse("console:impossible", args=[order.case_id])


def _authentic(known: Known) -> list[Fact]:
    order = known.order
    rows = [
        Fact(
            words.AUTHENTICITY_TONES[order.authenticity],
            order.get_authenticity_display(),
            str(words.METHODS.get(order.authenticity_method, "")),
        )
    ]
    if order.authenticity != "verified":
        if order.matches_register:
            rows.append(
                Fact("ample", _("Matches our register"), _("Domain and form fit an authority we know."))
            )
        else:
            rows.append(
                Fact("over", _("Matches nothing"), _("Neither domain nor form fit an authority we know."))
            )
    if known.authority is not None:
        phone = known.authority.callback_phone or _("no number")
        rows.append(Fact("neutral", _("Our register"), f"{known.authority.name} · {phone}"))
    return rows


def _addressed(known: Known) -> list[Fact]:
    named = known.form.section_a.addressee
    same = bool(named) and named.casefold().strip() == known.host.name.casefold().strip()
    rows = [
        Fact("ample" if same else "near", _("Addressee"), named or _("not named")),
        Fact("neutral", _("We are"), known.host.name or _("not filled in yet")),
    ]
    against = _binding(known, speaking_for=False)
    binds = Fact(
        "ample", _("Binds here"), _("Regime, issuer and reach were computed; nothing speaks against it.")
    )
    return [*rows, *(against or [binds])]


def _binding(known: Known, *, speaking_for: bool) -> list[Fact]:
    return [
        Fact(reason.tone, _LABELS.get(reason.weight, reason.weight), reason.text)
        for reason in law_rows.reasons(known.order.binding_reasons)
        if (reason.weight == "for") is speaking_for
    ]


_LABELS: Final[dict[str, Any]] = {
    "for": gettext_lazy("Binds"),
    "against": gettext_lazy("Does not bind"),
    "unknown": gettext_lazy("Not known"),
}


def _elements(known: Known) -> list[Fact]:
    rows = [
        Fact(row.tone, row.severity, row.text)
        for row in known.findings
        if row.tone != "over" and not row.code.startswith(_ADDRESS_CODES)
    ]
    return rows or [Fact("ample", _("Complete"), _("Every element of Art. 3(4) is there."))]


def _address(known: Known) -> list[Fact]:
    rows = [
        Fact(row.tone, row.severity, row.text)
        for row in known.findings
        if row.code.startswith(_ADDRESS_CODES)
    ]
    return rows or [Fact("ample", _("Ours"), _("Every address is on this service and names one item."))]


def _nothing_wrong(known: Known) -> list[Fact]:
    rows = [
        Fact(row.tone, row.severity, row.text)
        for row in known.findings
        if row.tone == "over" and not row.code.startswith(_ADDRESS_CODES)
    ]
    if known.is_protected:
        text = _(
            "It belongs to the protected corpus. The hour runs on; the legal person is woken and scrutiny prepared."
        )
        rows.append(Fact("near", _("Protected source"), text))
    if known.order.related_to_id:
        rows.append(Fact("neutral", _("Related"), _("Another order names the same reference or address.")))
    return rows or [Fact("ample", _("Nothing seen"), _("No contradiction was found in the form."))]
