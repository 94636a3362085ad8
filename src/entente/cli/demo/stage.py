"""The two services of the exercise, as processes of their own: Entente and agora."""

import base64
import http.client
import os
import secrets
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from entente.cli.output import fail

PUBLIC_BASE = "https://agora.example"
_READY_SECONDS = 60.0
_STOP_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Plan:
    """Where everything is."""

    folder: Path
    port: int
    agora_port: int

    @property
    def data_dir(self) -> Path:
        """Entente's data directory."""
        return self.folder / "data"

    @property
    def agora_dir(self) -> Path:
        """Agora's data directory."""
        return self.folder / "agora"

    @property
    def entente(self) -> str:
        """Entente's address on this machine."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def agora(self) -> str:
        """Agora's address on this machine."""
        return f"http://127.0.0.1:{self.agora_port}"

    def secret(self, name: str) -> str:
        """Return a secret of the exercise (webhook secret, agora's token, keys of invented authorities)."""
        return (self.folder / "secrets" / name).read_text(encoding="ascii").strip()

    def keep_secret(self, name: str, value: str) -> None:
        """Keep a secret of the exercise, readable by its owner only."""
        folder = self.folder / "secrets"
        folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / name
        path.write_text(value, encoding="ascii")
        path.chmod(0o600)


def write_configuration(plan: Plan) -> None:
    """Write the configuration of an exercise; every key and page of it carries the word."""
    plan.keep_secret("webhook", "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode())
    plan.data_dir.mkdir(mode=0o700, parents=True)
    text = f"""# An exercise: invented people, invented content. Any other instance refuses its keys.
demo = true
hats = ["platform"]
instance_name = "Entente"
base_url = "{plan.entente}"
zone = "Europe/Brussels"

[server]
port = {plan.port}

[platform]
kind = "webhook"
webhook_url = "{plan.agora}/entente/webhook"
webhook_secret = "{plan.secret("webhook")}"

[resolve]
"agora.example" = "127.0.0.1:{plan.agora_port}"
"""
    path = plan.data_dir / "entente.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)


class Stage:
    """Start both services, know when they answer, end both by their own process ids."""

    def __init__(self, plan: Plan) -> None:
        """Remember the plan; nothing starts yet."""
        self.plan = plan
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        """Start agora, then Entente."""
        plan = self.plan
        environment = {**os.environ, "ENTENTE_DATA_DIR": str(plan.data_dir)}
        agora = {
            **os.environ,
            "AGORA_DATA": str(plan.agora_dir),
            "AGORA_ENTENTE": plan.entente,
            "AGORA_ENTENTE_TOKEN": plan.secret("agora-token"),
            "AGORA_WEBHOOK_SECRET": plan.secret("webhook"),
            "AGORA_PUBLIC_BASE": PUBLIC_BASE,
            "AGORA_EXERCISE": "1",
            "AGORA_PORT": str(plan.agora_port),
        }
        log = (plan.folder / "services.log").open("ab")
        self._start([sys.executable, "-m", "examples.agora"], agora, log)
        self._start([sys.executable, "-m", "entente.cli.main", "serve"], environment, log)
        log.close()
        return self

    def _start(self, command: list[str], environment: dict[str, str], log: object) -> None:
        self._processes.append(
            subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)  # type: ignore[call-overload]
        )

    def wait_until_ready(self) -> None:
        """Return when both answer; say where the words of the services are when one does not."""
        end = time.monotonic() + _READY_SECONDS
        for port, path in ((self.plan.port, "/healthz"), (self.plan.agora_port, "/")):
            while not _answers(port, path):
                if time.monotonic() > end or not self.is_alive():
                    raise fail(
                        f"The services did not start. What they said: {self.plan.folder / 'services.log'}"
                    )
                time.sleep(0.1)

    def is_alive(self) -> bool:
        """Say whether both services run."""
        return all(process.poll() is None for process in self._processes)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End both, politely first."""
        for process in self._processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self._processes:
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path, headers={"Host": f"127.0.0.1:{port}"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()
