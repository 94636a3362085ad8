"""What the person affected and the notifier may say against a decision or an order, one module per workflow."""

from entente.apps.complaints.services.complaining import (
    answer_challenge,
    complaint_until,
    confirm_rejection,
    lodge_complaint,
    propose_rejection,
    return_proposal,
    uphold_complaint,
)
from entente.apps.complaints.services.scrutiny import request_scrutiny, scrutiny_until

__all__ = [
    "answer_challenge",
    "complaint_until",
    "confirm_rejection",
    "lodge_complaint",
    "propose_rejection",
    "request_scrutiny",
    "return_proposal",
    "scrutiny_until",
    "uphold_complaint",
]
