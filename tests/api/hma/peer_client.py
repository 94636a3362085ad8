"""A client of Hasher-Matcher-Actioner, written from what its interface is known to be. It knows nothing of this project.

All it is configured with is a base address; a token stands in its userinfo, where the client's HTTP library finds it.
"""

from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx


@dataclass
class Answered:
    """What came back."""

    status: int
    body: Any
    headers: httpx.Headers


@dataclass
class PeerClient:
    """Asks the hasher, the matcher and the curator."""

    base_url: str
    transport: httpx.BaseTransport | None = None
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(
            base_url=self.base_url, transport=self.transport, trust_env=False, timeout=60
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    def ask(self, method: str, path: str, **given: Any) -> Answered:
        """Send one request."""
        answer = self.http.request(method, path, **given)
        kind = answer.headers.get("Content-Type", "")
        body = answer.json() if kind.startswith("application/json") else answer.text
        return Answered(answer.status_code, body, answer.headers)

    def get(self, path: str, **parameters: Any) -> Answered:
        """Read."""
        return self.ask("GET", path, params=parameters)

    def post(self, path: str, body: Any = None, **parameters: Any) -> Answered:
        """Send JSON."""
        return self.ask("POST", path, json=body, params=parameters)

    def put(self, path: str, body: Any) -> Answered:
        """Change."""
        return self.ask("PUT", path, json=body)

    def delete(self, path: str) -> Answered:
        """Take away."""
        return self.ask("DELETE", path)

    def send(
        self, path: str, file: bytes, content_type: str = "photo", form: Any = None, **parameters: Any
    ) -> Answered:
        """Send a file; the name of its field is its content type."""
        named = {content_type: ("file.bin", file, "application/octet-stream")}
        return self.ask("POST", path, files=named, data=form, params=parameters)
