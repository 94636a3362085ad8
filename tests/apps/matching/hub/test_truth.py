"""Whatever is added, taken back, merged, rebuilt, deleted or restarted: the answers are those of comparing every signal."""

import random
from pathlib import Path
from uuid import UUID

import pytest

from entente.apps.banks import services
from entente.apps.banks.models import Signal, SignalState
from entente.apps.matching.hub import IndexHub, Query, keeping, opening
from entente.apps.matching.hub.histories import newest_segment
from entente.core.matching.hamming import HammingIndex
from tests.apps.banks.acts import WORDS, bank, reviewer
from tests.apps.matching.hub.acts import add, ask, foreground, pdq, retract
from tests.world import NOW

pytestmark = pytest.mark.django_db

STEPS = 40
ACTS = ["add", "add", "retract", "reinstate", "merge", "delete", "restart", "ask one", "far"]


@pytest.mark.parametrize(
    "seed", [*range(6), *(pytest.param(one, marks=pytest.mark.long) for one in range(6, 60))]
)
def test_every_hub_says_what_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - chooses what happens next
    monkeypatch.setattr(opening, "MOST_IN_MEMORY", dice.choice([0, 3, 20_000]))
    monkeypatch.setattr(HammingIndex, "merge_from", 3)
    for name in ("_POLICY_SECONDS", "_ADOPT_SECONDS"):
        monkeypatch.setattr(f"entente.apps.matching.hub.following.{name}", 0.0)
    made = bank()
    hubs = [foreground(tmp_path) for _ in range(2)]
    for step in range(STEPS):
        act = dice.choice(ACTS)
        _write(act, step, made.id, dice)
        _keep(act, hubs, tmp_path, dice)
        monkeypatch.setattr("entente.apps.matching.hub.following.FAR", dice.choice([0, 2, 20_000]))
        for hub in hubs if act != "ask one" else hubs[:1]:
            _check(hub, dice)


def _write(act: str, step: int, bank_id: UUID, dice: random.Random) -> None:
    """Let the database change."""
    match act:
        case "add":
            add(bank_id, *[f"{step}-{number}" for number in range(dice.randint(1, 4))])
        case "retract" if standing := _numbers(SignalState.STANDING):
            retract(dice.choice(standing))
        case "reinstate" if retracted := _numbers(SignalState.RETRACTED):
            number = dice.choice(retracted)
            services.reinstate_signal(signal_id=number, reason=WORDS, actor=reviewer(), at=NOW)
        case _:
            pass


def _keep(act: str, hubs: list[IndexHub], folder: Path, dice: random.Random) -> None:
    """Let the folder, or the processes, change."""
    match act:
        case "merge":
            for held in dice.choice(hubs).holdings():
                keeping._keep(held)
        case "delete":
            (folder / "pdq" / (newest_segment(folder / "pdq") or "nothing")).unlink(missing_ok=True)
        case "restart":
            hubs[dice.randrange(len(hubs))] = foreground(folder)
        case _:
            pass


def _numbers(state: str) -> list[int]:
    return list(Signal.objects.filter(state=state).order_by("pk").values_list("pk", flat=True))


def _check(hub: IndexHub, dice: random.Random) -> None:
    """Ask about something near, and compare with every signal that stands."""
    word = f"{dice.randrange(STEPS)}-{dice.randrange(4)}"
    asked = pdq(word, *dice.sample(range(256), dice.choice([0, 5, 31, 32])))
    answer = hub.search([Query("pdq", asked)])
    assert answer.unknown == ""
    expected = {
        number: distance
        for number, value in Signal.objects.filter(state=SignalState.STANDING).values_list("pk", "value")
        if (distance := (int.from_bytes(value) ^ int.from_bytes(asked)).bit_count()) <= 31
    }
    assert {one.signal_id: one.distance for one in answer.found} == expected
    assert ask(hub, "never added").found == ()
