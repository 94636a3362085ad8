"""`entente serve`: it refuses what cannot work, says when it is ready, survives its children, drains."""

import os
import shutil
import signal
import socket
import sqlite3
from pathlib import Path

import pytest

from tests.cli.trees import children_of, entente, parent_of, tree, wait_until


def test_a_tree_serves_survives_and_drains(instance: Path) -> None:
    with tree(instance) as running:
        assert running.get() == 200
        first = running.members()
        assert len(first) == 3  # two web workers and the worker
        for victim in first:
            before = set(running.members())
            os.kill(victim, signal.SIGKILL)
            wait_until(
                lambda before=before, victim=victim: (
                    victim not in (now := running.members())  # type: ignore[misc]
                    and len(now) == 3
                    and bool(set(now) - before)
                ),
                "the killed child is replaced",
            )
            wait_until(lambda: running.get() == 200, "requests are answered again")
        assert "ended by signal SIGKILL" in (instance / "serve.log").read_text()
        wait_until((instance / "worker.beat").exists, "the worker's beat")
        assert running.stop() == 0
        assert running.survivors() == []
        assert running.get() == 0


@pytest.mark.long
def test_the_tree_comes_back_when_the_nursery_is_killed(instance: Path) -> None:
    with tree(instance) as running:
        running.members()
        killed = running.nursery
        os.kill(killed, signal.SIGKILL)
        wait_until(
            lambda: running.nursery not in (0, killed) and len(running.members()) == 3, "a new nursery"
        )
        wait_until(lambda: running.get() == 200, "requests are answered again")
        assert not children_of(killed)
        assert running.stop(signal.SIGINT) == 0
        assert running.survivors() == []


def test_nobody_is_left_when_the_parent_is_killed(instance: Path) -> None:
    with tree(instance) as running:
        running.members()
        os.kill(running.process.pid, signal.SIGKILL)
        running.process.wait()
        wait_until(lambda: not any(parent_of(pid) for pid in running.known - {0}), "everybody has ended")


def test_all_errors_of_configuration_and_keys_are_said_at_once(instance: Path) -> None:
    (instance / "entente.toml").write_text('hats = ["king"]\nlog_level = "LOUD"\n')
    (instance / "keys" / "vault.key").unlink()
    (instance / "keys" / "secret.key").chmod(0o644)
    done = entente("serve", "--data", str(instance))
    assert done.returncode == 2
    for part in ("hats", "log_level", "vault.key", "chmod go-rwx"):
        assert part in done.stderr
    assert "Traceback" not in done.stderr


def test_missing_migrations_and_static_files_are_said_at_once(instance: Path) -> None:
    with sqlite3.connect(instance / "entente.sqlite3") as database:
        database.execute("DELETE FROM django_migrations WHERE app = 'audit'")
    database.close()
    shutil.rmtree(instance / "static")
    done = entente("serve", "--data", str(instance), ENTENTE_SERVER__PORT="0")
    assert done.returncode == 2
    assert "audit.0001_initial" in done.stderr
    assert "entente upgrade" in done.stderr
    assert "static files" in done.stderr


def test_a_directory_that_is_not_there_is_said(tmp_path: Path) -> None:
    done = entente("serve", "--data", str(tmp_path / "nowhere"))
    assert done.returncode == 2
    assert "entente init" in done.stderr


def test_a_taken_address_is_said(instance: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = entente("serve", "--data", str(instance), ENTENTE_SERVER__PORT=str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert "server.port" in done.stderr


@pytest.mark.parametrize("command", ["worker"])
def test_the_worker_alone_refuses_what_cannot_work(command: str, tmp_path: Path) -> None:
    done = entente(command, "--data", str(tmp_path / "nowhere"))
    assert done.returncode == 2
