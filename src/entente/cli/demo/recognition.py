"""Known content comes back: a mirrored, recompressed copy is caught at upload; a news picture goes to a person."""

import io
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import httpx

from entente.apps.banks import services as banks
from entente.apps.cases import queries as cases
from entente.apps.cases.services.deciding import Ruling
from entente.apps.content import queries as content
from entente.apps.kernel import clock
from entente.apps.matching import preparing
from entente.apps.matching import queries as matching
from entente.apps.matching import services as matching_services
from entente.cli.demo import programme
from entente.cli.demo.programme import WORDS, Steps
from entente.cli.demo.stage import Plan
from entente.cli.demo.world import person

if TYPE_CHECKING:
    from uuid import UUID

    from PIL.Image import Image

SOURCE: Final = "ember-call-fr"
"""The post that people disable, and whose picture then comes back."""

_NEWS_RADIUS: Final = 4
_GROUND: Final = (
    "EXERCISE. Copies of what we disabled come back within minutes; a person confirmed each signal."
)
_STRIP: Final = 14
"""Pixels of the caption under the newspaper's own copy of the picture."""


def known_content(plan: Plan) -> None:
    """Play the loop: disabled by people, confirmed by people, recognised by a machine, decided by people."""
    tell = Steps(
        "Known content: a copy comes back mirrored and recompressed, a newspaper shows the same picture"
    )
    picture = _picture(plan)
    case_id = _disable(plan)
    tell.step("People disabled a post with a picture, after the full assessment.")
    added = _make_bank(case_id)
    tell.step(
        f"One click gave its {added} signals to our own bank; two people had let that bank restrict for a day at most."
    )
    copy = _publish(plan, "basil", "A picture I found", _mirrored(picture))
    programme.wait_for(
        "the restriction of the copy",
        lambda: programme.status_at_agora(plan, copy) == HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS,
    )
    view = _recognised(copy)
    nearest = view.matches[0]
    tell.step(
        f"A user uploads it mirrored and recompressed: {nearest.signal.signal_type} at distance {nearest.distance}, held back, and the author is told with the road to a person."
    )
    _decide(view.case_id, "disable")
    tell.step("A reviewer looks, assesses in full, and disables it: the provisional restriction gives way.")
    _protect_news(picture)
    report = _publish(plan, "lowmere-courier", "What the call looked like", _captioned(picture))
    shown = programme.wait_for("the case of the news picture", lambda: _case_of(report))
    programme.expect("agora shows the news picture", programme.status_at_agora(plan, report), 200)
    tell.step(
        "A newspaper shows the same picture: it meets a bank of journalism too, so nothing is restricted and a person decides."
    )
    _decide(shown, "keep", purpose="journalistic")
    programme.expect("agora still shows it", programme.status_at_agora(plan, report), 200)
    tell.step("Kept: a journalistic purpose. The signal's precision says so from now on.")


def _disable(plan: Plan) -> "UUID":
    notice = programme.notice_of(SOURCE, "EXERCISE. This picture with its call comes from the Ember Compact.")
    programme.decide_notice(notice, person("reviewer"), "disable")
    programme.wait_for(
        "the effect at agora",
        lambda: programme.status_at_agora(plan, SOURCE) == HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS,
    )
    (item,) = cases.items_of(notice.case_id)
    programme.wait_for(
        "the copy",
        lambda: content.originals_of(content_item_id=item.content_item_id, case_id=notice.case_id),
    )
    found: UUID = notice.case_id
    return found


def _make_bank(case_id: "UUID") -> int:
    """Make a bank of this service, let two people allow it to restrict, and give it the signals."""
    senior, legal = person("senior_reviewer").actor, person("legal").actor
    bank = banks.create_bank(
        settings=banks.BankSettings(
            name="Copies of what we disabled (EXERCISE)",
            basis="Our terms: no calls to violence.",
            basis_reference="terms.terrorism",
            policy="open_case",
        ),
        owner=banks.BankOwner(),
        actor=senior,
        at=clock.now(),
    )
    proposal = banks.propose_restrict(bank_id=bank.id, ground=_GROUND, actor=senior, at=clock.now())
    banks.confirm_restrict(proposal_id=proposal.id, actor=legal, at=clock.now())
    (item,) = cases.items_of(case_id)
    if item.decision is None:
        raise programme.NotAsPlanned("nobody decided about the post")
    added = matching_services.offer_signals(
        decision_id=item.decision.pk,
        bank_id=bank.id,
        entity="",
        actor=person("reviewer").actor,
        at=clock.now(),
    )
    return added.added


def _protect_news(picture: "Image") -> None:
    """Make the bank of journalism, with the newspaper's own version of the picture."""
    senior = person("senior_reviewer").actor
    bank = banks.create_bank(
        settings=banks.BankSettings(
            name="Newsrooms (EXERCISE)",
            basis="Art. 1(3): journalistic purposes are not terrorist content.",
            radii={"pdq": _NEWS_RADIUS},
        ),
        owner=banks.BankOwner(),
        negative_kind="journalism",
        actor=senior,
        at=clock.now(),
    )
    signals = [
        banks.NewSignal(name, value)
        for name, value in preparing.for_bank(_captioned(picture), "image/jpeg")
        if name == "pdq"
    ]
    banks.add_signals(
        bank_id=bank.id,
        signals=signals,
        source=banks.Source(words="The newspaper's own version"),
        actor=senior,
        at=clock.now(),
    )


def _picture(plan: Plan) -> "Image":
    """Return the picture as anybody can save it from agora while the post is there."""
    from PIL import Image

    answer = httpx.get(f"{plan.agora}/media/{SOURCE}/1", timeout=30.0, trust_env=False)
    programme.expect("the picture at agora", answer.status_code, 200)
    return Image.open(io.BytesIO(answer.content)).convert("RGB")


def _mirrored(picture: "Image") -> bytes:
    from PIL import ImageOps

    return _jpeg(ImageOps.mirror(picture), 55)


def _captioned(picture: "Image") -> bytes:
    """Return the picture with a strip under it, as a newspaper prints it."""
    from PIL import ImageDraw

    shown = picture.copy()
    draw = ImageDraw.Draw(shown)
    draw.rectangle((0, shown.height - _STRIP, shown.width, shown.height), fill="#fffdf5")
    draw.text((6, shown.height - _STRIP), "EXERCISE: Lowmere Courier", fill="#2b2200")
    return _jpeg(shown, 80)


def _jpeg(picture: "Image", quality: int) -> bytes:
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=quality, comment=b"EXERCISE: invented content")
    return written.getvalue()


def _publish(plan: Plan, user: str, title: str, picture: bytes) -> str:
    """Publish a post on agora as one of its users does, with the form in the browser; return its id."""
    with httpx.Client(base_url=plan.agora, timeout=30.0, trust_env=False) as browser:
        browser.get(f"/exercise/login/{user}")
        answer = browser.post(
            "/new",
            data={"title": title, "body": "[EXERCISE: an invented post.]", "language": "en"},
            files={"files": ("picture.jpg", picture, "image/jpeg")},
        )
    found = re.fullmatch(r"/p/([\w-]+)", answer.headers.get("location", ""))
    if found is None:
        raise programme.NotAsPlanned(f"agora answered {answer.status_code} to a new post")
    return found[1]


def _recognised(post: str) -> matching.RecognitionView:
    found = [row for row in matching.recognised().rows if row.content_ref == post]
    if not found:
        raise programme.NotAsPlanned(f"the post {post} was not recognised")
    return found[0]


def _case_of(post: str) -> "UUID | None":
    rows = [row for row in matching.recognised().rows if row.content_ref == post]
    return rows[0].case_id if rows else None


def _decide(case_id: "UUID | None", outcome: str, *, purpose: str = "none") -> None:
    """Assess what was recognised in full, and decide."""
    if case_id is None:
        raise programme.NotAsPlanned("the match opened no case")
    who = person("reviewer")
    assessment = programme.assess(case_id, who, road="notice", outcome=outcome, purpose=purpose)
    (item,) = cases.items_of(case_id)
    restricts = outcome != "keep"
    matching_services.decide_match(
        case_id=case_id,
        item_id=item.id,
        ruling=Ruling(
            outcome=outcome,
            basis_id="terms.terrorism" if restricts else "keep",
            ground_id="terms.terrorism" if restricts else "",
            reasons=WORDS,
            scope_kind="worldwide" if restricts else "countries",
        ),
        assessment=assessment,
        actor=who.actor,
        at=clock.now(),
        supersedes=item.decision.pk if item.decision else None,
    )
