"""An index that follows a change sequence: true at one number, whatever is merged, deleted, damaged or fed meanwhile."""

import errno
import fcntl
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entente.core.matching.changes import Change
from entente.core.matching.errors import BadSegment, ChangesMissing, MalformedHash
from entente.core.matching.exact import ExactIndex
from entente.core.matching.hamming import HammingIndex
from entente.core.matching.mapped import MappedIndex
from entente.core.matching.segmented import SegmentedIndex
from tests.core.matching.sets import cut_short, flip_bit

KINDS: list[type[MappedIndex]] = [HammingIndex, ExactIndex]
VALUES = [bytes([number]) * 32 for number in range(6)]
WIDEST = {HammingIndex: 64, ExactIndex: 0}

rows = st.integers(0, 12)
values = st.sampled_from([*VALUES, *VALUES, None, b"short", bytes(33)])
batches = st.lists(st.tuples(rows, values), max_size=12)


class World:
    """The database's side: all changes there were, and what stands."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.standing: dict[int, bytes] = {}

    def write(self, batch: list[tuple[int, bytes | None]]) -> None:
        """Add changes, each with its number."""
        for row, value in batch:
            self.changes.append((len(self.changes) + 1, row, value))
            self.standing.pop(row, None)
            if value is not None:
                self.standing[row] = value

    def check(self, index: SegmentedIndex[MappedIndex], kind: type[MappedIndex]) -> None:
        """Compare what the index answers with what stands."""
        good = {row: value for row, value in self.standing.items() if len(value) == 32}
        assert index.reached == len(self.changes)
        assert len(index) == len(good)
        for query in VALUES:
            near = sorted(
                (distance, row)
                for row, value in good.items()
                if (distance := _distance(query, value)) <= WIDEST[kind]
            )
            found = index.search(query, WIDEST[kind])
            assert found.matches == [(row, distance) for distance, row in near]
            assert found.reached == len(self.changes)


def _distance(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


def _segments(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.segment"))


ACTS = ["apply", "merge", "refresh", "rebuild", "fill", "reopen", "delete all", "damage newest"]


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.tuples(st.sampled_from(ACTS), batches), max_size=14))
def test_it_says_what_stands_at_the_number_it_reached(
    tmp_path_factory: pytest.TempPathFactory,
    kind: type[MappedIndex],
    acts: list[tuple[str, list[tuple[int, bytes | None]]]],
) -> None:
    folder = tmp_path_factory.mktemp("index")
    world = World()
    writer, reader = (SegmentedIndex.follow(folder, kind) for _ in range(2))
    for act, batch in acts:
        world.write(batch)
        writer.apply(world.changes)
        match act:
            case "merge":
                writer.merge()
            case "refresh":
                reader.refresh()
            case "rebuild":
                writer.rebuild(list(world.standing.items()), len(world.changes))
            case "fill":
                reader.fill(list(world.standing.items()), len(world.changes))
            case "reopen":
                writer = SegmentedIndex.follow(folder, kind)
                writer.apply(world.changes)
            case "delete all":
                for name in _segments(folder):
                    (folder / name).unlink()
            case "damage newest" if _segments(folder):
                cut_short(folder / _segments(folder)[-1], 3_000)
                writer = SegmentedIndex.follow(folder, kind)
                assert writer.broken
                writer.apply(world.changes)
        reader.apply(world.changes)
        world.check(writer, kind)
        world.check(reader, kind)


def _follow(folder: Path) -> SegmentedIndex[ExactIndex]:
    return SegmentedIndex.follow(folder, ExactIndex)


def _three(index: SegmentedIndex[ExactIndex]) -> None:
    index.apply([(1, 10, VALUES[0]), (2, 11, VALUES[1]), (3, 10, None)])


def test_an_index_begins_at_nothing_and_makes_its_folder(tmp_path: Path) -> None:
    index = _follow(tmp_path / "a" / "b")
    assert (index.reached, len(index), index.search(VALUES[0], 0)) == (0, 0, ([], 0))
    assert (tmp_path / "a" / "b").stat().st_mode & 0o077 == 0
    assert not index.refresh()


def test_changes_are_seen_at_once_and_repeated_ones_change_nothing(tmp_path: Path) -> None:
    index = _follow(tmp_path)
    _three(index)
    _three(index)
    assert index.search(VALUES[0], 0) == ([], 3)
    assert index.search(VALUES[1], 0) == ([(11, 0)], 3)


def test_a_gap_is_refused_and_what_came_before_is_in(tmp_path: Path) -> None:
    index = _follow(tmp_path)
    with pytest.raises(ChangesMissing, match="change 3 where 2"):
        index.apply([(1, 10, VALUES[0]), (3, 11, VALUES[1])])
    assert index.search(VALUES[0], 0) == ([(10, 0)], 1)
    assert index.apply([(2, 12, None), (3, 11, VALUES[1])]) == 3


def test_many_changes_come_in_whatever_is_wrong_behind_them(tmp_path: Path) -> None:
    index = _follow(tmp_path)
    many: list[Change] = [(number, number % 5_000, VALUES[number % 6]) for number in range(1, 9_001)]
    with pytest.raises(ChangesMissing, match="change 9005 where 9001"):
        index.apply([*many, (9_005, 1, None)])
    assert (index.reached, len(index)) == (9_000, 5_000)
    assert (4_321, 0) in index.search(VALUES[4_321 % 6], 0).matches


def test_a_reader_that_fails_half_way_leaves_what_it_gave(tmp_path: Path) -> None:
    index = _follow(tmp_path)

    def reading() -> list[Change]:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        index.apply(change for part in ([(1, 10, VALUES[0])], None) for change in (part or reading()))
    assert index.search(VALUES[0], 0) == ([(10, 0)], 1)


def test_a_shared_sequence_advances_over_the_changes_of_others(tmp_path: Path) -> None:
    index = _follow(tmp_path)
    assert index.apply([(4, 10, VALUES[0])], read=(0, 9)) == 9
    assert index.apply([], read=(9, 20)) == 20
    with pytest.raises(ChangesMissing, match="read after 21 where 20"):
        index.apply([(22, 10, None)], read=(21, 22))
    index.merge()
    assert _follow(tmp_path).search(VALUES[0], 0) == ([(10, 0)], 20)


def test_one_malformed_signal_keeps_no_other_from_being_found(tmp_path: Path) -> None:
    index = _follow(tmp_path)
    newline = VALUES[2] + b"\n"
    index.apply([(1, 10, VALUES[0]), (2, 11, newline), (3, 10, b""), (4, 12, VALUES[2])])
    assert sorted(index.refused) == [10, 11]
    assert "32 bytes, not 33" in index.refused[11]
    assert (index.search(VALUES[0], 0), index.search(VALUES[2], 0)) == (([], 4), ([(12, 0)], 4))
    index.apply([(5, 10, VALUES[1])])
    assert sorted(index.refused) == [11]
    index.merge()
    assert index.rebuild([(10, VALUES[1]), (11, newline), (12, VALUES[2])], 6)
    assert index.search(VALUES[2], 0) == ([(12, 0)], 6)


def test_a_malformed_question_is_refused(tmp_path: Path) -> None:
    index = _follow(tmp_path)
    with pytest.raises(MalformedHash, match="32 bytes"):
        index.search(VALUES[0] + b"\n", 0)
    with pytest.raises(MalformedHash, match="n x 32"):
        index.search_many(np.zeros((1, 31), np.uint8), 0)


def test_many_questions_are_answered_at_one_number(tmp_path: Path) -> None:
    index = SegmentedIndex.follow(tmp_path, HammingIndex)
    index.apply([(1, 10, VALUES[0]), (2, 11, VALUES[1])])
    index.merge()
    index.apply([(3, 12, VALUES[1])])
    found, reached = index.search_many(np.frombuffer(VALUES[1] + VALUES[0], np.uint8).reshape(2, 32), 32)
    assert [column.tolist() for column in found] == [
        [0, 0, 0, 1, 1, 1],
        [11, 12, 10, 10, 11, 12],
        [0, 0, 32, 0, 32, 32],
    ]
    assert reached == 3


def test_enough_changes_ask_for_a_merge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ExactIndex, "merge_from", 3)
    index = _follow(tmp_path)
    index.apply([(1, 10, VALUES[0]), (2, 11, VALUES[1])])
    assert not index.should_merge
    index.apply([(3, 10, None)])
    assert index.should_merge
    assert index.merge()
    assert not index.should_merge
    assert not index.merge()  # there is nothing new
    assert _segments(tmp_path) == ["00000000000000000003.segment"]


def test_a_merge_of_more_rows_than_a_block_keeps_all(tmp_path: Path) -> None:
    index = _follow(tmp_path)
    digests = [number.to_bytes(32) for number in range(70_000)]
    assert index.rebuild(enumerate(digests), 5)
    index.apply([(6, 3, None), (7, 69_999, VALUES[1]), (8, 70_000, VALUES[2])])
    assert index.merge()
    assert len(index) == 70_000
    assert index.search(digests[3], 0).matches == []
    assert index.search(digests[66_000], 0).matches == [(66_000, 0)]
    assert index.search(VALUES[1], 0).matches == [(69_999, 0)]


def test_another_process_picks_up_what_one_merged(tmp_path: Path) -> None:
    one, other = _follow(tmp_path), _follow(tmp_path)
    _three(one)
    one.merge()
    assert other.refresh()
    assert not other.refresh()
    assert other.search(VALUES[1], 0) == ([(11, 0)], 3)
    other.apply([(4, 12, VALUES[2])])
    one.apply([(4, 12, VALUES[2]), (5, 13, VALUES[3])])
    one.merge()
    assert other.refresh()
    assert (other.reached, len(other)) == (5, 3)


def test_nobody_falls_back_behind_what_another_merged(tmp_path: Path) -> None:
    slow, fast = _follow(tmp_path), _follow(tmp_path)
    _three(fast)
    fast.merge()
    slow.apply([(1, 10, VALUES[0])])
    assert not slow.merge()
    assert (slow.reached, slow.search(VALUES[1], 0)) == (3, ([(11, 0)], 3))
    assert not slow.rebuild([(10, VALUES[0])], 2)
    assert slow.reached == 3


def test_only_one_merges_at_a_time(tmp_path: Path) -> None:
    index = _follow(tmp_path)
    _three(index)
    with (tmp_path / "merge.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert not index.merge()
    assert index.merge()


def test_older_segments_and_leftovers_are_deleted_and_mapped_ones_go_on(tmp_path: Path) -> None:
    one, other = _follow(tmp_path), _follow(tmp_path)
    _three(one)
    one.merge()
    other.refresh()
    (tmp_path / ".x.partial").write_bytes(b"left by somebody who was killed")
    one.apply([(4, 11, None)])
    one.merge()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["00000000000000000004.segment", "merge.lock"]
    assert other.search(VALUES[1], 0) == ([(11, 0)], 3)


def test_a_broken_segment_is_noted_and_the_older_one_taken(tmp_path: Path) -> None:
    index = _follow(tmp_path)
    _three(index)
    index.merge()
    older = (tmp_path / _segments(tmp_path)[0]).read_bytes()
    index.apply([(4, 12, VALUES[2])])
    index.merge()
    (tmp_path / "00000000000000000003.segment").write_bytes(older)
    flip_bit(tmp_path / "00000000000000000004.segment", 4096)
    again = _follow(tmp_path)
    assert again.reached == 3
    assert list(again.broken) == ["00000000000000000004.segment"]
    assert "digests was altered" in again.broken["00000000000000000004.segment"]
    assert not again.refresh()
    again.apply([(4, 12, VALUES[2])])
    assert again.merge()
    assert not again.broken
    assert _follow(tmp_path).search(VALUES[2], 0) == ([(12, 0)], 4)


def test_a_broken_segment_is_tried_again_when_it_was_replaced(tmp_path: Path) -> None:
    index = _follow(tmp_path)
    _three(index)
    index.merge()
    flip_bit(tmp_path / _segments(tmp_path)[0], 4096)
    again = _follow(tmp_path)
    assert (again.reached, again.refresh(), again.reached) == (0, False, 0)
    assert index.rebuild([(11, VALUES[1])], 3)
    assert again.refresh()
    assert again.search(VALUES[1], 0) == ([(11, 0)], 3)


def test_a_broken_segment_of_later_changes_does_not_stay(tmp_path: Path) -> None:
    (tmp_path / "00000000000000000009.segment").write_bytes(b"cut short")
    index = _follow(tmp_path)
    _three(index)
    assert index.merge()
    assert _segments(tmp_path) == ["00000000000000000003.segment"]


def test_a_segment_that_says_less_than_its_name_is_not_taken_for_newer(tmp_path: Path) -> None:
    index = _follow(tmp_path)
    _three(index)
    index.merge()
    (tmp_path / "00000000000000000009.segment").write_bytes((tmp_path / _segments(tmp_path)[0]).read_bytes())
    assert not index.refresh()
    assert index.reached == 3


def test_a_segment_that_is_deleted_while_it_is_looked_for_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index, other = _follow(tmp_path), _follow(tmp_path)
    _three(index)
    index.merge()
    stat = Path.stat

    def deleting(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if path.suffix == ".segment":
            path.unlink()
        return stat(path, follow_symlinks=follow_symlinks)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", deleting)
        assert not other.refresh()
    assert (other.reached, other.broken) == (0, {})


def test_a_full_disk_leaves_everything_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = _follow(tmp_path)
    _three(index)
    index.merge()
    index.apply([(4, 12, VALUES[2])])

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full)
        with pytest.raises(OSError, match="No space left"):
            index.merge()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["00000000000000000003.segment", "merge.lock"]
    assert index.search(VALUES[2], 0) == ([(12, 0)], 4)
    assert _follow(tmp_path).reached == 3
    assert index.merge()


def test_a_segment_of_another_kind_is_broken_here(tmp_path: Path) -> None:
    index = SegmentedIndex.follow(tmp_path, HammingIndex)
    index.apply([(1, 1, VALUES[0])])
    index.merge()
    other = _follow(tmp_path)
    assert other.reached == 0
    assert "not a segment of exact-256" in other.broken["00000000000000000001.segment"]
    with pytest.raises(BadSegment):
        ExactIndex.open(tmp_path / "00000000000000000001.segment")


def test_what_stands_is_held_in_memory_and_no_older_segment_is_picked_up(tmp_path: Path) -> None:
    writer, reader = _follow(tmp_path), _follow(tmp_path)
    reader.fill([], 0)
    assert (reader.reached, len(reader), reader.mapped) == (0, 0, "")
    _three(writer)
    reader.fill([(11, VALUES[1]), (12, b"short")], 3)
    assert (reader.reached, len(reader), reader.in_memory) == (3, 1, 1)
    assert reader.refused == {12: "row 12: a hash has 32 bytes, not 5"}
    late = _follow(tmp_path)
    late.fill([(7, VALUES[0])], 5)
    assert writer.merge()
    assert not late.refresh()
    assert late.search(VALUES[1], 0) == ([], 5)
    assert reader.refresh()
    assert (reader.in_memory, reader.mapped) == (0, f"{3:020d}.segment")
    assert reader.search(VALUES[1], 0) == ([(11, 0)], 3)
    late.apply([(6, 7, None)])
    assert late.search(VALUES[0], 0) == ([], 6)
    assert late.merge()
    assert reader.refresh()
    assert (len(reader), reader.reached) == (0, 6)


def test_whoever_vouches_for_a_segment_is_asked_before_it_appears(tmp_path: Path) -> None:
    index = _follow(tmp_path)
    _three(index)
    seen: list[tuple[int, list[str]]] = []

    def refuse(reached: int) -> None:
        seen.append((reached, _segments(tmp_path)))
        raise LookupError("nobody knows")

    index.before_write = refuse
    with pytest.raises(LookupError, match="nobody knows"):
        index.merge()
    assert (seen, _segments(tmp_path)) == ([(3, [])], [])
    assert not index.is_compiled
    assert SegmentedIndex.follow(tmp_path / "hamming", HammingIndex).is_compiled
