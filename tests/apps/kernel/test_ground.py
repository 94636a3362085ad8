"""Ids, clock, registries, transitions, keys and the nudge to the worker."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction

from entente.apps.audit import services as audit
from entente.apps.audit.models import AuditEvent
from entente.apps.kernel import clock, ids, keys, wake
from entente.apps.kernel import config as configuration
from entente.apps.kernel.actors import SYSTEM, Actor
from entente.apps.kernel.errors import ChangedMeanwhile, Conflict, DomainError
from entente.apps.kernel.registries import AlreadyRegistered, NoHandler, Registry
from entente.apps.kernel.transitions import compare_and_set
from entente.apps.parties.models import Invitation
from tests import world


def test_ids_are_version_7_and_never_go_backwards(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [ids.new_id() for _turn in range(5000)]
    assert {value.version for value in made} == {7}
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    monkeypatch.setattr("entente.apps.kernel.ids.time.time_ns", lambda: 1)
    assert ids.new_id() > made[-1]


def test_ids_of_many_threads_differ() -> None:
    made: list[object] = []
    threads = [
        threading.Thread(target=lambda: made.extend(ids.new_id() for _n in range(500))) for _t in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 2000


def test_tokens_hold_256_bits() -> None:
    assert len(ids.new_token()) == 43
    assert ids.new_token() != ids.new_token()


def demo(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    (folder / "entente.toml").write_text("demo = true\n")
    monkeypatch.setenv("ENTENTE_DATA_DIR", str(folder))
    configuration.reset_cache()
    monkeypatch.setattr(clock, "_mapped", {})


@pytest.fixture(autouse=True)
def _forget_configuration() -> object:
    yield
    configuration.reset_cache()


def test_the_clock_moves_in_an_exercise_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(clock.ClockNotMovable):
        clock.shift(timedelta(hours=1))
    demo(monkeypatch, tmp_path)
    assert clock.offset() == timedelta(0)
    before = clock.now()
    assert clock.shift(timedelta(days=1)) == timedelta(days=1)
    assert clock.now() - before >= timedelta(days=1)
    with pytest.raises(clock.ClockNotMovable):
        clock.shift(timedelta(seconds=-1))
    assert clock.shift(timedelta(hours=1)) == timedelta(days=1, hours=1)


def test_another_process_sees_the_moved_clock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    demo(monkeypatch, tmp_path)
    clock.shift(timedelta(hours=2))
    monkeypatch.setattr(clock, "_mapped", {})
    assert clock.offset() == timedelta(hours=2)


def test_a_registry_has_one_handler_per_key() -> None:
    registry: Registry[str, int] = Registry("example")
    registry.register("a", 1)
    registry.register("a", 1)
    with pytest.raises(AlreadyRegistered):
        registry.register("a", 1000)
    with pytest.raises(NoHandler):
        registry.get("b")
    assert registry.get("a") == 1
    assert registry.find("b") is None
    assert registry.keys() == frozenset({"a"})
    assert list(registry) == [1]


def test_an_error_keeps_its_facts_and_has_a_message() -> None:
    assert Conflict("no", limit=3).facts == {"limit": 3}
    assert DomainError().message == DomainError.title


def test_an_actor_knows_its_roles() -> None:
    actor = Actor(kind="person", id="1", name="Ada", roles=frozenset({"legal"}))
    assert actor.has_role("legal", "reviewer")
    assert not actor.has_role("overseer")


@pytest.mark.django_db
def test_of_two_writers_one_wins() -> None:
    from entente.apps.parties import services as parties

    world.host()
    parties.invite_person(
        email="new@agora.example",
        name="New",
        roles=["reviewer"],
        actor=world.actor("administrator"),
        at=world.NOW,
    )
    first = Invitation.objects.get()
    second = Invitation.objects.get()
    compare_and_set(first, expected="open", to="withdrawn", closed_at=world.NOW)
    assert (first.state, first.closed_at) == ("withdrawn", world.NOW)
    with pytest.raises(ChangedMeanwhile):
        compare_and_set(second, expected=["open"], to="accepted")


@pytest.mark.django_db
@pytest.mark.parametrize("act", ["update", "delete"])
def test_the_database_refuses_to_change_history(act: str) -> None:
    from django.db import DatabaseError

    audit.record(
        kind="tests:thing:done", subject_kind="thing", subject_id=ids.new_id(), actor=SYSTEM, at=world.NOW
    )
    rows = AuditEvent.objects.filter(kind="tests:thing:done")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows.update(actor_name="else") if act == "update" else rows._raw_delete(rows.db)
    assert rows.get().actor_name == SYSTEM.name


def test_keys_are_made_once_with_safe_modes(tmp_path: Path) -> None:
    made = keys.create(tmp_path)
    assert {path.name for path in made} == {"instance.key", "vault.key", "secret.key"}
    assert {oct(path.stat().st_mode & 0o777) for path in made} == {"0o600"}
    assert keys.create(tmp_path) == []


def test_missing_short_and_readable_keys_are_refused(tmp_path: Path) -> None:
    with pytest.raises(keys.KeysMissing, match="entente init"):
        keys.read(tmp_path, "vault.key")
    keys.create(tmp_path)
    (tmp_path / "keys" / "vault.key").chmod(0o644)
    with pytest.raises(keys.KeyUnsafe, match="chmod 600"):
        keys.read(tmp_path, "vault.key")
    (tmp_path / "keys" / "vault.key").chmod(0o600)
    (tmp_path / "keys" / "vault.key").write_bytes(b"short")
    with pytest.raises(keys.KeysMissing, match="backup"):
        keys.read(tmp_path, "vault.key")


def test_the_instance_signs_and_an_exercise_key_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    signature = keys.sign(b"words")
    keys.instance_public_key().verify(signature, b"words")
    assert not keys.instance_key_id().startswith("exercise-")
    keys.create(tmp_path)
    demo(monkeypatch, tmp_path)
    assert keys.instance_key_id().startswith("exercise-")
    assert len(keys.vault_key()) == 32
    assert keys.secret_key()


def test_the_worker_hears_a_nudge_and_survives_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    keys.create(tmp_path)
    demo(monkeypatch, tmp_path)
    wake.notify_worker()  # nobody listens: nothing happens
    listener = wake.Listener()
    try:
        assert listener.wait(0.01) is False
        for _turn in range(3):
            wake.notify_worker()
        assert listener.wait(1.0) is True
        assert listener.wait(0.01) is False
    finally:
        listener.close()
