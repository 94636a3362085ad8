"""What other rooms and doors may do with banks.

`keeping`, `adjusting` and `restricting` are about banks, `adding`, `changing`, `judging` and `sweeping` about signals, `adopting`,
`offering` and `sharing` about what moves between banks, `connecting`, `paging` and `fetching` about exchanges,
`exporting` about what leaves as a file.
"""

from entente.apps.banks.services.adding import MOST_AT_ONCE, add_signals
from entente.apps.banks.services.adjusting import adjust_bank
from entente.apps.banks.services.adopting import adopt_signals
from entente.apps.banks.services.changing import (
    LONGEST_DISABLED,
    disable_signal,
    enable_signal,
    end_order_signals,
    quarantine_signal,
    reinstate_signal,
    release_signal,
    retract_signals,
    set_signal_end,
)
from entente.apps.banks.services.connecting import (
    change_exchange,
    create_exchange,
    start_anew,
    turn_off,
    turn_on,
)
from entente.apps.banks.services.exporting import record_export
from entente.apps.banks.services.fetching import fetch_due
from entente.apps.banks.services.judging import (
    add_opinion,
    confirm_signal,
    record_designation,
    record_judgement,
    set_labels,
)
from entente.apps.banks.services.keeping import change_bank, create_bank, disable_bank, retire_bank
from entente.apps.banks.services.offering import Decided, offer_from_decision
from entente.apps.banks.services.paging import record_page
from entente.apps.banks.services.restricting import confirm_restrict, propose_restrict, refuse_restrict
from entente.apps.banks.services.sharing import confirm_sharing, propose_sharing, refuse_sharing
from entente.apps.banks.services.sweeping import end_due_signals
from entente.apps.banks.types import Added, BankOwner, BankSettings, NewSignal, PageResult, Source

__all__ = [
    "LONGEST_DISABLED",
    "MOST_AT_ONCE",
    "Added",
    "BankOwner",
    "BankSettings",
    "Decided",
    "NewSignal",
    "PageResult",
    "Source",
    "add_opinion",
    "add_signals",
    "adjust_bank",
    "adopt_signals",
    "change_bank",
    "change_exchange",
    "confirm_restrict",
    "confirm_sharing",
    "confirm_signal",
    "create_bank",
    "create_exchange",
    "disable_bank",
    "disable_signal",
    "enable_signal",
    "end_due_signals",
    "end_order_signals",
    "fetch_due",
    "offer_from_decision",
    "propose_restrict",
    "propose_sharing",
    "quarantine_signal",
    "record_designation",
    "record_export",
    "record_judgement",
    "record_page",
    "refuse_restrict",
    "refuse_sharing",
    "reinstate_signal",
    "release_signal",
    "retire_bank",
    "retract_signals",
    "set_labels",
    "set_signal_end",
    "start_anew",
    "turn_off",
    "turn_on",
]
