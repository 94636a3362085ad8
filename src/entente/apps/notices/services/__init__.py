"""What happens to a notice."""

from entente.apps.notices.services.deciding import decide_notice
from entente.apps.notices.services.receiving import NoticeDraft, receive_notice

__all__ = ["NoticeDraft", "decide_notice", "receive_notice"]
