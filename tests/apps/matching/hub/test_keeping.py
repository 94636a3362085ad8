"""The worker keeps the segments: merges what is in memory, builds what is gone, says how it is."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from entente.apps.banks import services
from entente.apps.banks.models import Signal
from entente.apps.banks.services import NewSignal, Source
from entente.apps.matching.hub import hub, keeping, kept_status, merge_due, process
from entente.apps.matching.hub.histories import Marks
from entente.core.matching.exact import ExactIndex
from entente.core.matching.hamming import HammingIndex
from entente.core.matching.segmented import SegmentedIndex
from entente.core.signals import registry
from tests.apps.banks.acts import bank, reviewer
from tests.apps.matching.hub.acts import add, ask, foreground, pdq, rows
from tests.core.matching.sets import cut_short
from tests.core.signals.third_parties import Sound
from tests.world import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def indexes(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give this process a hub of the test's folder that reads in the foreground, and merge from two changes on."""
    for kind in (HammingIndex, ExactIndex):
        monkeypatch.setattr(kind, "merge_from", 2)
    process.install(foreground(data_dir / "indexes"))
    yield data_dir / "indexes"
    process.install(None)


def segments(folder: Path, kind: str = "pdq") -> list[str]:
    """Return what the folder of a type holds that matters."""
    return sorted(path.name for path in (folder / kind).glob("*") if path.suffix != ".lock")


def test_without_signals_nothing_is_loaded_or_written(indexes: Path) -> None:
    assert merge_due(at=NOW) == 0
    assert not indexes.exists()
    assert kept_status(indexes) is None


def test_enough_changes_are_merged_once(indexes: Path) -> None:
    made = bank()
    add(made.id, "one")
    assert len(rows(ask(hub(), "one"))) == 1
    assert merge_due(at=NOW) == 0
    add(made.id, "two")
    assert len(rows(ask(hub(), "two"))) == 1
    assert merge_due(at=NOW) == 1
    assert merge_due(at=NOW) == 0
    assert segments(indexes) == [f"{2:020d}.mark", f"{2:020d}.segment"]
    add(made.id, "three", "four")
    assert len(rows(ask(hub(), "four"))) == 1
    assert merge_due(at=NOW) == 1
    assert segments(indexes) == [f"{4:020d}.mark", f"{4:020d}.segment"]
    assert len(rows(ask(hub(), "one"))) == 1


def test_a_folder_that_was_cleared_is_made_again(indexes: Path) -> None:
    made = bank()
    add(made.id, "one", "two")
    assert len(rows(ask(hub(), "one"))) == 1
    shutil.rmtree(indexes)
    assert merge_due(at=NOW) == 1
    assert segments(indexes) == [f"{2:020d}.mark", f"{2:020d}.segment"]


@pytest.mark.parametrize("damage", ["deleted", "cut"])
def test_a_segment_that_is_gone_or_broken_is_built_again(indexes: Path, damage: str) -> None:
    made = bank()
    add(made.id, "one", "two")
    assert len(rows(ask(hub(), "one"))) == 1
    assert merge_due(at=NOW) == 1
    path = indexes / "pdq" / f"{2:020d}.segment"
    if damage == "cut":
        cut_short(path, 3000)
        process.install(foreground(indexes))
        assert len(rows(ask(hub(), "one"))) == 1
    else:
        path.unlink()
    assert merge_due(at=NOW) == 1
    assert merge_due(at=NOW) == 0
    assert segments(indexes) == [f"{2:020d}.mark", f"{2:020d}.segment"]
    late = foreground(indexes)
    assert len(rows(ask(late, "one"))) == 1
    assert late.status().types[0].in_memory == 0


def test_one_type_that_cannot_be_written_keeps_no_other_from_it(
    indexes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = bank()
    add(made.id, "one", "two")
    add(made.id, "one", "two", kind="sha256")
    assert len(rows(ask(hub(), "one"))) == 1
    merge = SegmentedIndex.merge

    def full(self: SegmentedIndex[Any]) -> bool:
        if self.folder.name == "pdq":
            raise OSError(28, "No space left on device")
        return merge(self)

    with monkeypatch.context() as disk:
        disk.setattr(SegmentedIndex, "merge", full)
        with pytest.raises(OSError, match="No space left"):
            merge_due(at=NOW)
    assert (segments(indexes), len(segments(indexes, "sha256"))) == ([], 2)
    assert merge_due(at=NOW) == 1


def test_what_nobody_can_vouch_for_waits_for_the_next_turn(indexes: Path) -> None:
    made = bank()
    add(made.id, "one", "two")
    assert len(rows(ask(hub(), "one"))) == 1
    (held,) = hub().holdings()
    held.marks = Marks()
    assert merge_due(at=NOW) == 0
    assert segments(indexes) == []


def test_the_worker_says_how_its_indexes_are(indexes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "_STATUS_SECONDS", 0.0)
    monkeypatch.setitem(registry.signal_types()._loaded, "sound", Sound())
    made = bank()
    add(made.id, "one", "two")
    services.add_signals(
        bank_id=made.id,
        signals=[NewSignal("sound", b"\0\1")],
        source=Source(how="import", words="list.csv"),
        actor=reviewer(),
        at=NOW,
    )
    Signal.objects.filter(value=pdq("one")).update(value=b"short")
    assert len(rows(ask(hub(), "two"))) == 1
    merge_due(at=NOW)
    found = kept_status(indexes)
    assert found is not None
    status, at = found
    assert at == NOW
    assert [(one.name, one.size, one.refused) for one in status.types] == [("pdq", 1, 1), ("sound", 1, 0)]
    assert status.reached == 3
    (indexes / keeping.STATUS_FILE).write_text("[]")
    assert kept_status(indexes) is None
