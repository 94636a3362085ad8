"""A vault, an adapter and actors for the tests of content."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from entente.apps.evidence import vault
from entente.apps.kernel import config
from entente.apps.kernel.actors import Actor
from entente.apps.matching import preparing

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
REVIEWER = Actor("person", "p-1", "Ada Example", frozenset({"reviewer"}))
AUDITOR = Actor("person", "p-2", "Una Example", frozenset({"auditor"}))
PLATFORM = Actor("api_client", "c-1", "agora")

Adapter = Callable[..., None]


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> vault.LocalVault:
    own = vault.LocalVault(tmp_path / "vault", bytes(range(32)), reserve_bytes=0)
    monkeypatch.setattr(vault, "instance", lambda: own)
    return own


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch) -> Iterator[Adapter]:
    """Offer a way to set configuration for one test, as the environment would."""

    def set_all(**settings: str) -> None:
        for name, value in settings.items():
            monkeypatch.setenv(f"ENTENTE_{name.upper()}", value)
        config.reset_cache()

    yield set_all
    monkeypatch.undo()
    config.reset_cache()


@pytest.fixture
def webhook(configure: Adapter) -> None:
    configure(
        platform__kind="webhook",
        platform__webhook_url="http://127.0.0.1:9/hooks",
        platform__webhook_secret="whsec_" + "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0",
    )


def vault_files(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "vault").rglob("*") if path.is_file()]


@pytest.fixture(autouse=True, scope="module")
def _alone() -> None:
    """End what other tests of this process left running: here processes and descriptors are counted."""
    preparing.close_pool()
