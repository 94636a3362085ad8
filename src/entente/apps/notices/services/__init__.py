"""What happens to a notice."""

from entente.apps.notices.services.deciding import decide_notice
from entente.apps.notices.services.own_initiative import open_own_initiative
from entente.apps.notices.services.receiving import NoticeDraft, receive_notice

__all__ = ["NoticeDraft", "decide_notice", "open_own_initiative", "receive_notice"]
