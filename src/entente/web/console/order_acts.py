"""What a person records or answers about an order, each with its own page."""

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from entente.apps.cases import queries as cases
from entente.apps.cases import services as case_services
from entente.apps.kernel import clock
from entente.apps.kernel.errors import Conflict, Missing
from entente.apps.orders import queries as order_queries
from entente.apps.orders import services as orders
from entente.apps.parties import queries as parties
from entente.web.console import order_forms as forms
from entente.web.console import words
from entente.web.console.acts import Act, Asked, NoFields
from entente.web.console.answers import answers_from, is_answered
from entente.web.console.finding import found, order_of

if TYPE_CHECKING:
    from entente.apps.cases.models import Case
    from entente.apps.orders.models import Answer, RemovalOrder

_MANY: Final = 200


def _now(_request: HttpRequest, _case: "Case", _order: "RemovalOrder") -> dict[str, Any]:
    """Prefill the present moment, in the person's zone."""
    return dict.fromkeys(
        ("ceased_at", "received_at", "happened_at"), timezone.localtime(clock.now()).replace(microsecond=0)
    )


def _receipt(_request: HttpRequest, _case: "Case", order: "RemovalOrder") -> dict[str, Any]:
    return {"received_at": timezone.localtime(order.received_at)}


def _end(request: HttpRequest, case: "Case", order: "RemovalOrder") -> dict[str, Any]:
    return {**_now(request, case, order), "by_whom": order.issuer_name}


def _impossible(request: HttpRequest, _case: "Case", order: "RemovalOrder") -> dict[str, Any]:
    """Prefill the ground, and in words what led there: a finding of the form, or a question of the check."""
    ground = request.GET.get("ground", "")
    sentences = [
        words.said(finding)
        for finding in order.findings
        if finding.get("code") in request.GET.getlist("finding")
    ]
    return {"ground": ground if ground in words.GROUNDS else "", "explanation": "\n".join(sentences)}


def _open_items(_request: HttpRequest, case: "Case", _order: "RemovalOrder") -> dict[str, Any]:
    rows = cases.items_of(case.pk, limit=_MANY)
    return {
        "items": [
            (str(row.id), row.url)
            for row in rows
            if not row.impossible_ground and row.action_state != "applied"
        ]
    }


def _given_answers(request: HttpRequest, _case: "Case", _order: "RemovalOrder") -> dict[str, Any]:
    """Carry the answers of the check along, so that the record shows what led to the report."""
    given = request.POST if request.method == "POST" else request.GET
    return {"carried": [(name, value) for name, value in given.items() if is_answered(name)]}


def _document(case: "Case", answer_id: UUID) -> "Answer":
    """Return a document of the case's order. Raises Missing, also for a document of another case."""
    answer = found(order_queries.answer, answer_id)
    if answer.order_id != order_of(case).pk:
        raise Missing(_("There is nothing at this address."))
    return answer


def _title(_request: HttpRequest, _case: "Case", answer: "Answer") -> dict[str, Any]:
    return {"about": words.ANSWERS.get(answer.kind, answer.kind)}


def _courteous(_request: HttpRequest, case: "Case", order: "RemovalOrder") -> dict[str, Any]:
    """Write the courteous answer in the issuer's language where we speak it."""
    authority = parties.authority(order.authority_id) if order.authority_id else None
    language = next((code for code in (authority.languages if authority else ()) if code in _LANGUAGES), "en")
    host = parties.host_facts()
    with override(language):
        against = [words.said(reason) for reason in order.binding_reasons if reason.get("weight") != "for"]
        text = _(
            "Dear colleagues,\n\nthank you for your message %(reference)s, which reached us on %(date)s and which we filed as %(case)s.\n\nWe have examined whether it binds our service here. It does not, for these reasons:\n%(reasons)s\n\nWe have therefore taken it as information. It is read by a person, and where the content breaks our terms we act on that basis. If you think that we are wrong, or if an authority that is competent for our service orders a measure, please write to our contact point.\n\nYours faithfully\n%(host)s"
        ) % {
            "reference": order.reference or "–",
            "date": order.received_at.strftime("%Y-%m-%d %H:%M UTC"),
            "case": case.reference,
            "reasons": "\n".join(f"- {sentence}" for sentence in against),
            "host": host.name,
        }
    return {"text": text}


_LANGUAGES: Final = ("en", "fr", "es", "de", "ar")


def _register(_request: HttpRequest, _case: "Case", order: "RemovalOrder") -> dict[str, Any]:
    """Show the number of our register, and beside it the one in the message that nobody calls."""
    form = order_queries.form_of(order)
    return {
        "authority": parties.authority(order.authority_id) if order.authority_id else None,
        "message_phone": form.section_e.telephone,
    }


def _restoring(_request: HttpRequest, case: "Case", _order: "RemovalOrder") -> dict[str, Any]:
    """Warn before content comes back that somebody suspected of showing child abuse."""
    if cases.departure_of(case.pk) is None:
        return {}
    return {
        "about": _(
            "Somebody suspected child abuse here. What the order held down becomes reachable again: speak to whom the route names first."
        )
    }


def _verify(asked: Asked) -> object:
    return orders.verify_order(
        order_id=asked.subject.pk,
        method="call_back",
        note=asked.values["note"],
        actor=asked.actor,
        at=asked.at,
    )


def _refute(asked: Asked) -> object:
    return orders.refute_order(
        order_id=asked.subject.pk, note=asked.values["note"], actor=asked.actor, at=asked.at
    )


def _declare_impossible(asked: Asked) -> object:
    return orders.declare_impossible(
        order_id=asked.subject.pk,
        ground=asked.values["ground"],
        explanation=asked.values["explanation"],
        item_ids=[UUID(text) for text in asked.values.get("items", [])] or None,
        answers=answers_from(asked.query),
        actor=asked.actor,
        at=asked.at,
    )


def _resume(asked: Asked) -> object:
    return orders.resume_order(
        order_id=asked.subject.pk,
        ceased_at=asked.values["ceased_at"],
        note=asked.values["note"],
        actor=asked.actor,
        at=asked.at,
    )


def _correct(asked: Asked) -> object:
    return orders.correct_receipt(
        order_id=asked.subject.pk,
        received_at=asked.values["received_at"],
        proof=asked.values["proof"],
        actor=asked.actor,
        at=asked.at,
    )


def _hand_over(asked: Asked) -> object:
    return orders.hand_over_answer(
        answer_id=asked.subject.pk, how=asked.values["how"], actor=asked.actor, at=asked.at
    )


def _end_order(asked: Asked) -> object:
    return orders.end_order(
        order_id=asked.subject.pk,
        fate=asked.values["fate"],
        by_whom=asked.values["by_whom"],
        document=asked.values["document"],
        happened_at=asked.values["happened_at"],
        actor=asked.actor,
        at=asked.at,
    )


def _mark_final(asked: Asked) -> object:
    return orders.mark_final(
        order_id=asked.subject.pk,
        document=asked.values["document"],
        happened_at=asked.values["happened_at"],
        actor=asked.actor,
        at=asked.at,
    )


def _answer_not_binding(asked: Asked) -> object:
    return orders.answer_not_binding(
        order_id=asked.subject.pk, text=asked.values["text"], actor=asked.actor, at=asked.at
    )


def _file_as_information(asked: Asked) -> object:
    return orders.file_as_information(
        order_id=asked.subject.pk, reason=asked.values["reason"], actor=asked.actor, at=asked.at
    )


def _extend_silence(asked: Asked) -> object:
    return case_services.extend_silence(
        case_id=asked.case.pk, reason=asked.values["reason"], actor=asked.actor, at=asked.at
    )


def _end_silence(asked: Asked) -> object:
    silence = cases.silence_of(asked.case.pk)
    if silence is None or silence.ended_at is not None:
        raise Conflict(_("No silence runs on this case."))
    return case_services.end_silence(silence=silence, actor=asked.actor, at=asked.at)


ACTS: Final = (
    Act(
        name="verify",
        where="verify",
        permission="orders.verify",
        form=forms.CallBackForm,
        title=gettext_lazy("Verify the order by calling back"),
        consequences=gettext_lazy(
            "Call the number of our own register, never one in the message. What you write here stays with the order as its proof."
        ),
        submit=gettext_lazy("It is genuine"),
        run=_verify,
        done=gettext_lazy("The order is verified."),
        load=order_of,
        template="console/verify.html",
        more=_register,
    ),
    Act(
        name="refute",
        where="refute",
        permission="orders.verify",
        form=forms.RefuteForm,
        title=gettext_lazy("The order is not genuine"),
        consequences=gettext_lazy(
            "Whatever was disabled because of it is restored at once and by itself, and the person affected is told."
        ),
        submit=gettext_lazy("Refute the order"),
        tone="danger",
        run=_refute,
        done=gettext_lazy("The order is refuted. What it held down is being restored."),
        load=order_of,
        more=_restoring,
    ),
    Act(
        name="impossible",
        where="impossible",
        permission="orders.execute",
        form=forms.ImpossibleForm,
        title=gettext_lazy("Report that it cannot be executed"),
        consequences=gettext_lazy(
            "Annex III goes to the authority at once. The hour stops, and starts anew when the obstacle ceases or the clarification arrives."
        ),
        submit=gettext_lazy("Send Annex III"),
        run=_declare_impossible,
        done=gettext_lazy("Annex III is on its way. The hour stands still."),
        load=order_of,
        prefill=_impossible,
        options=_open_items,
        more=_given_answers,
    ),
    Act(
        name="resume",
        where="resume",
        permission="orders.execute",
        form=forms.ResumeForm,
        title=gettext_lazy("The obstacle has ceased"),
        consequences=gettext_lazy("A new hour runs from the moment the obstacle ceased."),
        submit=gettext_lazy("Start the new hour"),
        run=_resume,
        done=gettext_lazy("A new hour runs."),
        load=order_of,
        prefill=_now,
    ),
    Act(
        name="correct_receipt",
        where="receipt",
        permission="orders.check",
        form=forms.CorrectReceiptForm,
        title=gettext_lazy("Correct the time of receipt"),
        consequences=gettext_lazy(
            "The first record stays; your correction is added with its proof. The clock uses the earliest time of all."
        ),
        submit=gettext_lazy("Add the correction"),
        run=_correct,
        done=gettext_lazy("The correction is on record."),
        load=order_of,
        prefill=_receipt,
    ),
    Act(
        name="answer_handed_over",
        where="answers/<uuid:answer_id>/handed-over",
        permission="orders.check",
        form=forms.HandedOverForm,
        title=gettext_lazy("The document was handed over"),
        consequences=gettext_lazy(
            "For a document that we could not send: the authority's clock ends with your record, under your name."
        ),
        submit=gettext_lazy("Record it"),
        run=_hand_over,
        done=gettext_lazy("It is on record that the authority has the document."),
        tab="people",
        load=_document,
        more=_title,
    ),
    Act(
        name="end_order",
        where="end",
        permission="orders.record_end",
        form=forms.EndOrderForm,
        title=gettext_lazy("The order has ended"),
        consequences=gettext_lazy(
            "Everything it holds down is restored at once and by itself; the person affected is told. Where our own terms forbid the content, that is a new decision with its own reasons."
        ),
        submit=gettext_lazy("Record the end, restore"),
        run=_end_order,
        done=gettext_lazy("The order has ended. What it held down is being restored."),
        load=order_of,
        prefill=_end,
        more=_restoring,
    ),
    Act(
        name="mark_final",
        where="final",
        permission="orders.record_end",
        form=forms.FinalForm,
        title=gettext_lazy("The order has become final"),
        consequences=gettext_lazy("The measure stays. The order can still be withdrawn or annulled."),
        submit=gettext_lazy("Record it"),
        run=_mark_final,
        done=gettext_lazy("The order is final."),
        load=order_of,
        prefill=_now,
    ),
    Act(
        name="answer_not_binding",
        where="courteous",
        permission="orders.check",
        form=forms.CourteousForm,
        title=gettext_lazy("Answer courteously"),
        consequences=gettext_lazy(
            "The letter goes to the address in our own register; without one it waits here for download. The case is closed."
        ),
        submit=gettext_lazy("Send the answer"),
        run=_answer_not_binding,
        done=gettext_lazy("The answer is written. The case is closed."),
        tab="people",
        load=order_of,
        prefill=_courteous,
    ),
    Act(
        name="file_as_information",
        where="information",
        permission="orders.check",
        form=forms.ReasonForm,
        title=gettext_lazy("It does not bind us: file it as information"),
        consequences=gettext_lazy(
            "The countdown ends, nothing is disabled, and a courteous answer explains why. This is for messages that are not addressed to us or do not bind us; an order whose content you find lawful is executed and then challenged."
        ),
        submit=gettext_lazy("File as information"),
        run=_file_as_information,
        done=gettext_lazy("Filed as information. Now answer the sender."),
        load=order_of,
        more=_given_answers,
    ),
    Act(
        name="extend_silence",
        where="silence/extend",
        permission="orders.record_end",
        form=forms.ReasonForm,
        title=gettext_lazy("Extend the silence, once"),
        consequences=gettext_lazy(
            "The law allows one extension, with the authority's own justification. At its end everything opens by itself."
        ),
        submit=gettext_lazy("Extend"),
        run=_extend_silence,
        done=gettext_lazy("The silence is extended."),
        tab="people",
    ),
    Act(
        name="end_silence",
        where="silence/end",
        permission="orders.record_end",
        form=NoFields,
        title=gettext_lazy("End the silence now"),
        consequences=gettext_lazy(
            "The letters it held back go out now, and the person's own deadlines start now. This cannot be taken back."
        ),
        submit=gettext_lazy("End the silence"),
        run=_end_silence,
        done=gettext_lazy("The silence has ended; the letters are on their way."),
        tab="people",
    ),
)
"""In the order the case page offers them."""
