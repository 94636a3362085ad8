"""Whom limits count: the connection, or the last thing a proxy we trust wrote; never what a stranger claims."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory

from entente.apps.kernel.config import reset_cache
from entente.web.visitors import visitor_address


@pytest.fixture
def header(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Trust a proxy's header."""
    monkeypatch.setenv("ENTENTE_SERVER__CLIENT_ADDRESS_HEADER", "X-Forwarded-For")
    reset_cache()
    yield
    monkeypatch.undo()
    reset_cache()


def seen(told: str | None, connection: str = "192.0.2.1") -> str:
    headers = {} if told is None else {"X-Forwarded-For": told}
    request = RequestFactory(REMOTE_ADDR=connection).get("/", headers=headers)
    found = visitor_address(request)
    if found:
        assert get_adapter(request).get_client_ip(request) == found
    return found


def test_without_a_proxy_no_header_says_anything() -> None:
    assert seen("203.0.113.7") == "192.0.2.1"


@pytest.mark.usefixtures("header")
@pytest.mark.parametrize(
    ("told", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("10.0.0.1, 198.51.100.9 ,203.0.113.7", "203.0.113.7"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("2001:DB8::7", "2001:db8::7"),
        ("203.0.113.7, unknown", "192.0.2.1"),
        ("", "192.0.2.1"),
        (None, "192.0.2.1"),
    ],
)
def test_behind_a_proxy_its_last_entry_is_the_visitor(told: str | None, address: str) -> None:
    assert seen(told) == address


def test_without_any_address_nobody_is_counted_as_somebody() -> None:
    assert seen(None, connection="") == ""
    request = RequestFactory(REMOTE_ADDR="").get("/")
    with pytest.raises(PermissionDenied):
        get_adapter(request).get_client_ip(request)


@pytest.mark.parametrize(
    ("name", "setting"), [("", None), ("X-Forwarded-Proto", ["HTTP_X_FORWARDED_PROTO", "https"])]
)
def test_https_is_believed_from_the_named_header_only(
    name: str, setting: list[str] | None, data_dir: Path
) -> None:
    code = (
        "import json; from django.conf import settings; print(json.dumps(settings.SECURE_PROXY_SSL_HEADER))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={
            **os.environ,
            "ENTENTE_DATA_DIR": str(data_dir),
            "ENTENTE_SERVER__FORWARDED_PROTO_HEADER": name,
            "ENTENTE_SERVER__CLIENT_ADDRESS_HEADER": "X-Real-IP",
        },
        check=True,
        capture_output=True,
        text=True,
    )
    assert json.loads(told.stdout) == setting
