"""The shared memory of attempts: one table, JSON, keyed hashes."""

import pytest

from entente.apps.parties import shared_cache
from entente.apps.parties.models import SharedValue
from entente.apps.parties.shared_cache import SharedCache


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    value = [1_000_000.0]
    monkeypatch.setattr("time.time", lambda: value[0])
    return value


@pytest.fixture
def memory(db: None) -> SharedCache:
    return SharedCache("", {})


def test_a_value_lives_until_its_end(memory: SharedCache, moment: list[float]) -> None:
    memory.set("attempts", [1.5, 2.5], timeout=60)
    assert memory.get("attempts") == [1.5, 2.5]
    assert memory.touch("attempts", timeout=120)
    moment[0] += 119
    assert memory.get("attempts") == [1.5, 2.5]
    moment[0] += 1
    assert memory.get("attempts", "gone") == "gone"
    assert not memory.touch("attempts")


def test_only_one_of_several_adds(memory: SharedCache, moment: list[float]) -> None:
    other_worker = SharedCache("", {})
    assert memory.add("code 123456", "used", timeout=30)
    assert not other_worker.add("code 123456", "used", timeout=30)
    moment[0] += 30
    assert other_worker.add("code 123456", "used", timeout=30)
    assert memory.add("for ever", 1, timeout=None)
    moment[0] += 10**9
    assert not memory.add("for ever", 2, timeout=None)
    assert memory.get("for ever") == 1


def test_values_are_forgotten(memory: SharedCache) -> None:
    memory.set("a", 1)
    memory.set("a", 2)
    assert memory.get("a") == 2
    assert memory.delete("a")
    assert not memory.delete("a")
    memory.set("b", None)
    memory.clear()
    assert not SharedValue.objects.exists()


def test_addresses_are_not_kept_in_clear(memory: SharedCache) -> None:
    memory.set("rl:login:ip:192.0.2.7", [1])
    (row,) = SharedValue.objects.all()
    assert "192.0.2.7" not in row.key
    assert len(row.key) == 64


def test_old_values_are_swept(
    memory: SharedCache, moment: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_cache, "_SWEEP_EVERY_WRITES", 2)
    memory.set("a", 1, timeout=1)
    moment[0] += 1
    memory.set("b", 1, timeout=10)
    assert SharedValue.objects.count() == 1
