"""`entente doctor`: each organ that is ill is named with what to do."""

import json
import os
import time
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from entente.apps.deadlines.services import rota
from entente.apps.kernel import clock
from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.config import Config, Mail, load
from entente.cli import findings
from entente.cli.findings import Finding
from entente.cli.worker import BEAT_FILE
from tests import world
from tests.cli.trees import entente


def state_of(found: list[Finding]) -> list[str]:
    return [one.state for one in found]


def test_a_new_instance_is_well_but_for_what_its_people_have_to_enter(instance: Path) -> None:
    done = entente("doctor", "--data", str(instance), "--json")
    assert done.returncode == 1, done.stderr
    said = json.loads(done.stdout)
    ill = {one["organ"] for one in said["findings"] if one["state"] != "well"}
    empty = {"worker", "mail", "host profile", "register", "on call"}
    assert empty <= ill <= empty | {"PDF", "disk"}
    assert all(one["advice"] for one in said["findings"] if one["state"] != "well")


def test_the_table_for_a_person_says_the_same(instance: Path) -> None:
    done = entente("doctor", "--data", str(instance))
    assert done.returncode == 1
    assert "entente serve" in done.stdout


def test_a_wrong_configuration_is_the_end_of_the_examination(instance: Path) -> None:
    (instance / "entente.toml").write_text('zone = "Atlantis"\n')
    done = entente("doctor", "--data", str(instance))
    assert done.returncode == 2
    assert "Atlantis" in done.stderr


def test_nothing_there_is_nothing_to_look_at(tmp_path: Path) -> None:
    done = entente("doctor", "--data", str(tmp_path / "nowhere"), "--json")
    assert done.returncode == 2
    assert "entente init" in json.loads(done.stdout)["error"]


def beat(folder: Path, *, age: float = 0.0, failures: int = 0) -> None:
    steps = {"deadlines": {"handled": 0, "failures": failures, "error": "DatabaseError"}}
    path = folder / BEAT_FILE
    path.write_text(json.dumps({"pid": 1, "at": time.time(), "steps": steps}))
    os.utime(path, (time.time() - age, time.time() - age))


@pytest.mark.parametrize(("age", "failures", "state"), [(0.5, 0, "well"), (6.0, 0, "ill"), (0.5, 3, "ill")])
def test_the_workers_beat(data_dir: Path, age: float, failures: int, state: str) -> None:
    beat(data_dir, age=age, failures=failures)
    assert state_of(list(findings.worker(load(data_dir, {})))) == [state]


@pytest.mark.parametrize(("free", "state"), [(10e9, "well"), (1e9, "warning"), (1e8, "ill")])
def test_the_disk(data_dir: Path, monkeypatch: pytest.MonkeyPatch, free: float, state: str) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _path: SimpleNamespace(free=free))
    assert state_of(list(findings.disk(load(data_dir, {})))) == [state]


def test_keys_that_others_can_read(data_dir: Path) -> None:
    (data_dir / "keys" / "vault.key").chmod(0o640)
    (found,) = findings.keys(load(data_dir, {}))
    assert found.state == "ill"
    assert "chmod go-rwx" in found.advice


def test_a_mail_server_that_does_not_answer(data_dir: Path) -> None:
    config = Config(data_dir=data_dir, mail=Mail(host="127.0.0.1", port=9))
    (found,) = findings.mail(config)
    assert found.state == "ill"
    assert "mail.host" in found.advice


def test_a_check_that_breaks_is_a_finding(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_config: Config) -> Any:
        raise RuntimeError("the thermometer fell")

    monkeypatch.setattr(findings, "CHECKS", (broken, findings.disk))
    found = list(findings.look(load(data_dir, {})))
    assert "the thermometer fell" in found[0].detail
    assert found[1].organ == "disk"


@pytest.mark.django_db
def test_an_instance_that_knows_its_host_its_authorities_and_who_is_on_call_is_well(data_dir: Path) -> None:
    config, at = load(data_dir, {}), clock.now()
    assert state_of([*findings.host(config), *findings.rota(config)]) == [
        "warning",
        "warning",
        "warning",
        "well",
    ]
    world.host(at=at)
    world.office(at=at)
    person = world.person("Ada", "on_call", at=at)
    rota.add_shift(
        person_id=person.id,
        starts_at=at - timedelta(hours=1),
        ends_at=at + timedelta(hours=30),
        position=0,
        actor=SYSTEM,
        at=at,
    )
    assert state_of([*findings.host(config), *findings.rota(config)]) == ["well"] * 4


@pytest.mark.django_db
def test_alarms_that_wait_are_ill_and_missing_copies_want_a_look(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = load(data_dir, {})
    assert state_of(list(findings.copies(config))) == ["well"]
    monkeypatch.setattr("entente.apps.content.queries.missing_copies", lambda: 2)
    monkeypatch.setattr(
        "entente.apps.deadlines.queries.oldest_unswept", lambda **_when: timedelta(seconds=11)
    )
    assert state_of(list(findings.copies(config))) == ["warning"]
    monkeypatch.setattr("entente.apps.content.queries.given_up_copies", lambda: 1)
    assert state_of(list(findings.copies(config))) == ["ill"]
    assert state_of(list(findings.rota(config)))[-1] == "ill"


def _kept(folder: Path, **changes: Any) -> None:
    kind = {"name": "pdq", "state": "ready", "size": 7, "refused_examples": []}
    status = {
        "types": [{**kind, **changes.pop("kind", {})}],
        "reached": 7,
        "unknown": "",
        "seconds_behind": 0.1,
    }
    (folder / "indexes").mkdir(exist_ok=True)
    said = {**status, "at": clock.now().isoformat(), **changes}
    (folder / "indexes" / "status.json").write_text(json.dumps(said))


def test_indexes_that_nobody_keeps_that_are_behind_or_pass_something_over_want_a_look(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = load(data_dir, {})
    monkeypatch.setattr("entente.apps.banks.queries.last_change", lambda: 0)
    assert state_of(list(findings.indexes(config))) == ["well"]
    monkeypatch.setattr("entente.apps.banks.queries.last_change", lambda: 7)
    assert state_of(list(findings.indexes(config))) == ["ill"]
    _kept(data_dir)
    (found,) = findings.indexes(config)
    assert (found.state, found.detail) == ("well", "at change 7: pdq 7")
    _kept(data_dir, at=(clock.now() - timedelta(minutes=2)).isoformat())
    assert state_of(list(findings.indexes(config))) == ["ill"]
    for changes, state, word in (
        ({"unknown": "behind", "trouble": "OperationalError"}, "ill", "unknown (behind) OperationalError"),
        ({"kind": {"state": "failed", "problem": "OSError: full"}}, "ill", "full"),
        ({"kind": {"state": "building"}}, "warning", "being built"),
        ({"kind": {"state": "not_installed"}}, "warning", "passed over"),
        ({"kind": {"refused": 2, "refused_examples": ["3: too short"]}}, "warning", "3: too short"),
        ({"kind": {"in_memory": 200_001}}, "warning", "in no segment"),
    ):
        _kept(data_dir, **changes)
        (found,) = findings.indexes(config)
        assert (found.state, word in found.detail) == (state, True)
