"""Django registration of the screens."""

from typing import TYPE_CHECKING

from django.apps import AppConfig
from typing_extensions import override

if TYPE_CHECKING:
    from entente.apps.deadlines.models import Deadline


class WebConfig(AppConfig):
    """Templates, static files and view modules."""

    name = "entente.web"
    label = "web"

    @override
    def ready(self) -> None:
        """Say where in the console the work behind an alarm is done, and make the files of answers by mail."""
        from entente.apps.deadlines.registries import page_link
        from entente.apps.deliveries.registries import mail_attachments
        from entente.web.documents import attaching

        page_link.register("console", link_to_work)
        for kind in attaching.ANSWERS:
            mail_attachments.register(f"answer.{kind}", attaching.files_of)


def link_to_work(deadline: "Deadline") -> str:
    """Return the address of the page where a deadline's work is done."""
    from entente.apps.kernel.config import config

    base = config().base_url.rstrip("/")
    if deadline.case_id:
        return f"{base}/console/cases/{deadline.case_id}/"
    if deadline.subject_kind == "arrival":
        return f"{base}/console/arrivals/{deadline.subject_id}/"
    return f"{base}/console/deadlines/"
