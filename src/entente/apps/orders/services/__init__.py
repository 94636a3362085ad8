"""What happens to an order, one module per workflow."""

from entente.apps.orders.services.answering import answer_not_binding, send_answer
from entente.apps.orders.services.authenticity import refute_order, verify_order
from entente.apps.orders.services.checking import (
    declare_impossible,
    execute_order,
    file_as_information,
    resume_order,
)
from entente.apps.orders.services.clarifying import clarify_order
from entente.apps.orders.services.correcting import correct_receipt
from entente.apps.orders.services.course import check_assessor, choose_course, unassessed, usable_assessments
from entente.apps.orders.services.deciding import continue_executions
from entente.apps.orders.services.ending import end_order, mark_final
from entente.apps.orders.services.examining import continue_examinations, examine_again
from entente.apps.orders.services.identifying import complete_form, identify_issuer
from entente.apps.orders.services.receiving import OrderDraft, Received, receive_removal_order
from entente.apps.orders.services.refusing import check_size, mark_refusal_seen, refuse_too_large
from entente.apps.orders.services.reporting import hand_over_answer
from entente.apps.orders.services.restoring import continue_restorations
from entente.apps.orders.services.signatures import forget_expired

__all__ = [
    "OrderDraft",
    "Received",
    "answer_not_binding",
    "check_assessor",
    "check_size",
    "choose_course",
    "clarify_order",
    "complete_form",
    "continue_examinations",
    "continue_executions",
    "continue_restorations",
    "correct_receipt",
    "declare_impossible",
    "end_order",
    "examine_again",
    "execute_order",
    "file_as_information",
    "forget_expired",
    "hand_over_answer",
    "identify_issuer",
    "mark_final",
    "mark_refusal_seen",
    "receive_removal_order",
    "refuse_too_large",
    "refute_order",
    "resume_order",
    "send_answer",
    "unassessed",
    "usable_assessments",
    "verify_order",
]
