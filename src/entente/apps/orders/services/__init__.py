"""What happens to an order, one module per workflow."""

from entente.apps.orders.services.answering import answer_not_binding, send_answer
from entente.apps.orders.services.authenticity import refute_order, verify_order
from entente.apps.orders.services.checking import (
    clarify_order,
    declare_impossible,
    execute_order,
    file_as_information,
    resume_order,
)
from entente.apps.orders.services.correcting import correct_receipt
from entente.apps.orders.services.course import choose_course
from entente.apps.orders.services.deciding import continue_executions
from entente.apps.orders.services.ending import end_order, mark_final
from entente.apps.orders.services.receiving import OrderDraft, Received, check_size, receive_removal_order
from entente.apps.orders.services.reporting import hand_over_answer
from entente.apps.orders.services.restoring import continue_restorations
from entente.apps.orders.services.signatures import forget_expired

__all__ = [
    "OrderDraft",
    "Received",
    "answer_not_binding",
    "check_size",
    "choose_course",
    "clarify_order",
    "continue_executions",
    "continue_restorations",
    "correct_receipt",
    "declare_impossible",
    "end_order",
    "execute_order",
    "file_as_information",
    "forget_expired",
    "hand_over_answer",
    "mark_final",
    "receive_removal_order",
    "refute_order",
    "resume_order",
    "send_answer",
    "verify_order",
]
