"""What the spine does, one module per workflow."""

from entente.apps.cases.letters import letter_language
from entente.apps.cases.services.acting import record_effect, record_refusal, retry_action, undo_decision
from entente.apps.cases.services.assessing import complete_assessment, save_assessment_draft
from entente.apps.cases.services.care import add_viewing_seconds, save_viewing_preference
from entente.apps.cases.services.deciding import issue_decision
from entente.apps.cases.services.ending import end_due_restrictions
from entente.apps.cases.services.informing import (
    end_due_silences,
    end_silence,
    extend_silence,
    inform_person,
    open_letters,
    start_silence,
)
from entente.apps.cases.services.leaving import leave_case_to_route, record_route_handover
from entente.apps.cases.services.looking import look_due, record_outside_look
from entente.apps.cases.services.opening import (
    assign_case,
    close_case,
    hand_back_case,
    hand_over_cases,
    mark_heavy,
    move_stage,
    open_case,
    settle_case,
    take_back_hand_over,
)
from entente.apps.cases.services.own_road import OwnRoad, find_own_road
from entente.apps.cases.services.telling import tell_by_hand
from entente.apps.cases.services.warning import (
    Told,
    continue_keeping,
    drop_threat_alert,
    raise_threat_alert,
    warn_of_threat,
)
from entente.apps.deadlines.services.calling import page_people

__all__ = [
    "OwnRoad",
    "Told",
    "add_viewing_seconds",
    "assign_case",
    "close_case",
    "complete_assessment",
    "continue_keeping",
    "drop_threat_alert",
    "end_due_restrictions",
    "end_due_silences",
    "end_silence",
    "extend_silence",
    "find_own_road",
    "hand_back_case",
    "hand_over_cases",
    "inform_person",
    "issue_decision",
    "leave_case_to_route",
    "letter_language",
    "look_due",
    "mark_heavy",
    "move_stage",
    "open_case",
    "open_letters",
    "page_people",
    "raise_threat_alert",
    "record_effect",
    "record_outside_look",
    "record_refusal",
    "record_route_handover",
    "retry_action",
    "save_assessment_draft",
    "save_viewing_preference",
    "settle_case",
    "start_silence",
    "take_back_hand_over",
    "tell_by_hand",
    "undo_decision",
    "warn_of_threat",
]
