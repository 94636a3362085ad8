"""A port that is taken stops the exercise before anything is emptied or made."""

import socket
from pathlib import Path

from typer.testing import CliRunner

from entente.cli.main import app


def test_a_taken_port_is_named_and_nothing_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        told = CliRunner().invoke(app, ["demo", "--data", str(folder), "--port", str(port)])
    assert told.exit_code == 2
    assert f"Port {port} is taken" in told.output
    assert "--port" in told.output
    assert not folder.exists()
