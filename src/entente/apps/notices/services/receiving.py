"""Receiving a notice: a case, a clock, a receipt; and nothing else happens to the content."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from entente.apps.audit import services as audit
from entente.apps.cases import services as cases
from entente.apps.content import services as content
from entente.apps.content.addresses import AddressError
from entente.apps.deadlines import services as deadlines
from entente.apps.deliveries import services as deliveries
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.config import config
from entente.apps.kernel.ids import new_token
from entente.apps.kernel.wake import notify_worker_on_commit
from entente.apps.notices.errors import NoticeIncomplete
from entente.apps.notices.models import Notice, NoticeKind
from entente.apps.notices.services import suspecting
from entente.apps.parties import queries as parties
from entente.apps.tlog import services as tlog

MIN_EXPLANATION = 20
"""A substantiated explanation (DSA 16(2)(a)) is more than a word."""
ALARM_AFTER = timedelta(hours=4)
"""Receipt and answer are owed without undue delay (DSA 16(4), 16(5)): after that the senior reviewers are woken."""


@dataclass(frozen=True, slots=True)
class NoticeDraft:
    """A notice or referral as a door hands it in; the elements of DSA 16(2)."""

    urls: tuple[str, ...]
    explanation: str
    good_faith: bool
    door: str
    received_at: datetime
    kind: str = NoticeKind.NOTICE
    ground_claimed: str = ""
    notifier_name: str = ""
    notifier_mail: str = ""
    notifier_language: str = "en"
    authority_id: UUID | None = None


def _gaps(draft: NoticeDraft) -> dict[str, str]:
    gaps = {}
    if not draft.urls:
        gaps["urls"] = _("Give the exact address of the content.")
    for url in draft.urls:
        try:
            content.canonical_url(url)
        except AddressError as error:
            gaps["urls"] = str(error)
    if len(draft.urls) > config().limits.order_addresses:
        gaps["urls"] = _("At most %(limit)s addresses at a time.") % {
            "limit": config().limits.order_addresses
        }
    if len(draft.explanation.strip()) < MIN_EXPLANATION:
        gaps["explanation"] = _("Explain in a few words why you think the content is illegal.")
    if draft.kind == NoticeKind.NOTICE and not draft.good_faith:
        gaps["good_faith"] = _(
            "Confirm that you believe in good faith that what you write is accurate and complete."
        )
    if draft.kind == NoticeKind.REFERRAL and draft.authority_id is None:
        gaps["authority"] = _("A referral comes from an authority of our register.")
    return gaps


def _row(draft: NoticeDraft, at: datetime) -> Notice:
    return Notice(
        kind=draft.kind,
        authority_id=draft.authority_id,
        explanation=draft.explanation.strip(),
        ground_claimed=draft.ground_claimed,
        notifier_name=draft.notifier_name.strip()[:200],
        notifier_mail=draft.notifier_mail.strip()[:254],
        notifier_language=draft.notifier_language,
        is_good_faith=draft.good_faith,
        door=draft.door,
        token=new_token(),
        received_at=draft.received_at,
        recorded_at=at,
    )


@transaction.atomic
def receive_notice(*, draft: NoticeDraft, actor: Actor, at: datetime) -> Notice:
    """Take in a notice or a referral. Raises NoticeIncomplete with every gap named."""
    gaps = _gaps(draft)
    if gaps:
        raise NoticeIncomplete(" ".join(gaps.values()), gaps=gaps)
    items = [
        content.register_content(url=content.canonical_url(url).url, at=at)
        for url in dict.fromkeys(draft.urls)
    ]
    notice = _row(draft, at)
    sender = (
        parties.authority(draft.authority_id).name
        if draft.authority_id
        else (draft.notifier_name or _("Anonymous"))
    )
    notice.case = cases.open_case(
        kind=draft.kind,
        stage="assess",
        intake_kind="notice",
        intake_id=notice.id,
        title=items[0].url,
        sender=sender,
        items=items,
        actor=actor,
        at=at,
    )
    notice.receipt = _log(notice, draft, at)
    notice.save(force_insert=True)
    deadlines.start_deadline(
        subject_kind="notice",
        subject_id=notice.id,
        rule_id="house.notice.assess",
        trigger_at=draft.received_at,
        at=at,
        case_id=notice.case_id,
    )
    for item in items:
        content.request_snapshot(content_item=item, case_id=notice.case_id, at=at)
    audit.record(
        kind=f"notices:{draft.kind}:received",
        subject_kind="notice",
        subject_id=notice.id,
        case_id=notice.case_id,
        actor=actor,
        at=at,
        facts={"door": draft.door, "items": len(items), "named": bool(draft.notifier_mail)},
    )
    suspecting.lay_on_desk(notice, draft.urls, actor, at)
    _confirm(notice, at)
    notify_worker_on_commit()
    return notice


def _log(notice: Notice, draft: NoticeDraft, at: datetime) -> dict[str, object]:
    digest = hashlib.sha256("\n".join([*draft.urls, notice.explanation]).encode()).hexdigest()
    leaf = tlog.append_leaf(
        kind="notice_received",
        public_facts={"kind": notice.kind, "day": tlog.day(notice.received_at)},
        commitments={
            "notice": str(notice.id),
            "received_at": notice.received_at.isoformat(),
            "digest": digest,
        },
        at=at,
    )
    return dict(
        tlog.accepted_receipt(leaf=leaf, request_digest=digest, received_at=notice.received_at, at=at)
    )


def status_url(notice: Notice) -> str:
    """Return the address of the status page."""
    return f"{config().base_url.rstrip('/')}/notices/{notice.token}"


def _confirm(notice: Notice, at: datetime) -> None:
    """Confirm receipt without undue delay (DSA 16(4)), where the notifier left an address."""
    if not notice.notifier_mail:
        return
    with override(notice.notifier_language):
        deliveries.enqueue(
            transport="mail",
            purpose="notice.receipt",
            destination=notice.notifier_mail,
            payload={
                "subject": _("We have received your notice"),
                "text": _(
                    "Your notice has arrived. A person will assess it and tell you the result, with the roads open to you.\n\nFollow it here:\n%(url)s\n"
                )
                % {"url": status_url(notice)},
                "language": notice.notifier_language,
            },
            subject_kind="notice",
            subject_id=notice.id,
            case_id=notice.case_id,
            at=at,
            alarm_after=ALARM_AFTER,
            idempotency_key=f"notice-receipt-{notice.id}",
        )
