"""The command line: it starts at once and knows its commands."""

import subprocess
import sys

import pytest

from entente import __version__
from entente.cli import main
from entente.cli.processes import Patience, describe_end
from tests.cli.trees import entente


def test_help_lists_every_command_without_loading_any() -> None:
    done = entente("--help")
    assert done.returncode == 0
    for name in main.COMMANDS:
        assert name in done.stdout


def test_the_command_line_loads_no_framework() -> None:
    code = "import sys, entente.cli.main; print([m for m in ('django', 'pydantic', 'rich.console') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_version_is_said() -> None:
    assert entente("--version").stdout.startswith(f"entente {__version__} (Python ")


def test_an_unknown_command_is_an_error() -> None:
    done = entente("obey")
    assert done.returncode == 2
    assert "obey" in done.stderr


def test_what_breaks_never_looks_like_something_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(**_arguments: object) -> None:
        raise RuntimeError("the thermometer fell")

    monkeypatch.setattr(main, "app", broken)
    assert main.main() == 2
    assert "the thermometer fell" in capsys.readouterr().err


@pytest.mark.parametrize("name", [name for name in main.COMMANDS if name != "demo"])
def test_every_command_explains_itself(name: str) -> None:
    command = main.load(name)
    assert command.help


def test_patience_doubles_and_forgives() -> None:
    patience = Patience()
    patience.begin()
    assert [patience.wait_after_end() for _ in range(4)] == [0.1, 0.2, 0.4, 0.8]
    for _ in range(20):
        longest = patience.wait_after_end()
    assert longest == 30.0
    patience.started_at -= 60
    assert patience.wait_after_end() == 0.1


def test_an_end_is_put_into_words() -> None:
    assert describe_end(3) == "exit code 3"
    assert describe_end(-9) == "signal SIGKILL"
    assert describe_end(-250) == "signal 250"
